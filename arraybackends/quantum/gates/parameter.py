"""Named parameters, angles that get their value later, and their linear expressions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias, TypeGuard

from arraybackends.quantum.dtype import real_dtype
from arraybackends.selection import backend_of

__all__ = ["Angle", "LinearExpression", "Parameter", "Symbolic", "affine", "scale", "substitute"]

Angle: TypeAlias = Any
"""An angle in radians: a number, an array of any backend, or an expression of `Parameter`s."""


class _Linear:
    """The arithmetic that parameters and their linear expressions share."""

    __slots__ = ()
    __array_ufunc__ = None  # NumPy's scalars leave `scalar * parameter` to us

    def __add__(self, other: object) -> Angle:
        return _combine(self, other, 1.0)

    __radd__ = __add__

    def __sub__(self, other: object) -> Angle:
        return _combine(self, other, -1.0)

    def __rsub__(self, other: object) -> Angle:
        return -self + other

    def __neg__(self) -> Angle:
        return self * -1

    def __pos__(self) -> Angle:
        return self

    def __mul__(self, other: object) -> Angle:
        if isinstance(other, _Linear):
            raise TypeError(
                f"An angle is linear in its parameters, but the product of {self} and {other} is "
                "not. Compute it from values and `bind` the result."
            )
        if not _is_number(other):
            return NotImplemented
        terms, constant = affine(self)
        return _linear({name: c * other for name, c in terms.items()}, constant * other)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Angle:
        if not _is_number(other):
            return NotImplemented
        terms, constant = affine(self)
        return _linear({name: c / other for name, c in terms.items()}, constant / other)


@dataclass(frozen=True, slots=True)
class Parameter(_Linear):
    """
    Angle known by its name, in radians.

    Parameters
    ----------
    name : str
        Gates whose parameters have the same name share one angle.

    Notes
    -----
    Sums, differences and real multiples of parameters and numbers are `LinearExpression`s, angles
    like any other.

    Examples
    --------
    >>> from arraybackends.quantum import Circuit
    >>> a = Parameter("a")
    >>> circuit = Circuit(1).rx(0, a).rz(0, 2 * a - 0.5)
    >>> circuit.parameters
    ('a',)
    >>> circuit.bind({"a": 1.0})
    Circuit(1).rx(0, 1.0).rz(0, 1.5)
    """

    name: str

    def __post_init__(self) -> None:
        name: object = self.name
        if not isinstance(name, str) or not name:
            raise TypeError(f"Argument `name` must be a non-empty string, but is {self.name!r}.")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class LinearExpression(_Linear):
    """
    Real linear expression of parameters: a sum of multiples, and a constant, in radians.

    Parameters
    ----------
    terms : tuple of (str, float)
        Names of parameters, in the order of the alphabet, and their factors.
    constant : float

    Notes
    -----
    Made by arithmetic on parameters. Expressions are equal if their terms are; one that comes down
    to a parameter is that `Parameter`, and one without parameters is a number.

    Examples
    --------
    >>> a, b = Parameter("a"), Parameter("b")
    >>> print(2 * a - b / 2 + 0.1)
    2*a - 0.5*b + 0.1
    >>> (2 * a + b - a) - b == a
    True
    """

    terms: tuple[tuple[str, float], ...]
    constant: float

    def __str__(self) -> str:
        return _write(self, "{}*{}", str)

    def __repr__(self) -> str:
        return _write(self, "{} * {}", lambda name: repr(Parameter(name)))


Symbolic: TypeAlias = Parameter | LinearExpression
"""An angle that has no value yet."""


def affine(angle: Angle, /) -> tuple[dict[str, float], float]:
    """Return the factors of the parameters in an angle without arrays, and its constant."""
    if isinstance(angle, Parameter):
        return {angle.name: 1.0}, 0.0
    if isinstance(angle, LinearExpression):
        return dict(angle.terms), angle.constant
    return {}, float(angle)


def scale(angle: Angle, factor: float, /) -> Angle:
    """Return a multiple of any angle; of an array in the real dtype of its backend."""
    if isinstance(angle, _Linear) or type(angle) in (int, float):
        return factor * angle
    xp = backend_of(angle)
    return xp.astype(angle, real_dtype(xp)) * factor


def substitute(angle: Symbolic, values: Mapping[str, Angle], /) -> Angle:
    """
    Return an angle with values in place of parameters.

    Parameters
    ----------
    angle : Parameter or LinearExpression
    values : mapping of str to angle
        Parameters that are not in it stay.

    Returns
    -------
    float, array, Parameter or LinearExpression

    Raises
    ------
    ValueError
        If an array would be added to a parameter that stays.
    """
    if isinstance(angle, Parameter):
        return values.get(angle.name, angle)
    result: Angle = angle.constant
    arrays: list[Any] = []
    for name, factor in angle.terms:
        term = scale(values.get(name, Parameter(name)), factor)
        if isinstance(term, _Linear) or type(term) is float:
            result = result + term
        else:
            arrays.append(term)
    if not arrays:
        return result
    if isinstance(result, _Linear):
        raise ValueError(
            f"The angle {angle} cannot hold an array beside the unbound {result}. Bind all of its "
            "parameters at once."
        )
    xp = backend_of(*arrays)
    total = arrays[0]
    for array in arrays[1:]:
        total = xp.add(total, array)
    return total + result


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, Real) and not isinstance(value, bool)


def _combine(left: _Linear, right: object, sign: float) -> Angle:
    """Return left + sign * right."""
    if not isinstance(right, _Linear) and not _is_number(right):
        return NotImplemented
    terms, constant = affine(left)
    others, other_constant = affine(right)
    for name, factor in others.items():
        terms[name] = terms.get(name, 0.0) + sign * factor
    return _linear(terms, constant + sign * other_constant)


def _linear(terms: Mapping[str, Any], constant: Any) -> Angle:
    """Return the simplest angle of that value."""
    kept = tuple(sorted((name, float(factor)) for name, factor in terms.items() if factor))
    constant = float(constant)
    for number in (*(factor for _, factor in kept), constant):
        if not math.isfinite(number):
            raise ValueError(f"The factors of an angle must be finite, but one is {number!r}.")
    if not kept:
        return constant
    if constant == 0 and kept[0][1] == 1 and len(kept) == 1:
        return Parameter(kept[0][0])
    return LinearExpression(kept, constant)


def _write(expression: LinearExpression, product: str, show: Any) -> str:
    """Write an expression so that its value can be read back exactly."""

    def signed() -> Iterator[tuple[bool, str]]:
        for name, factor in expression.terms:
            shown, size = show(name), _number(abs(factor))
            yield factor < 0, shown if size == "1" else product.format(size, shown)
        if expression.constant:
            yield expression.constant < 0, _number(abs(expression.constant))

    (negative, first), *rest = signed()
    return (
        ("-" if negative else "")
        + first
        + "".join(f" {'-' if minus else '+'} {text}" for minus, text in rest)
    )


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
