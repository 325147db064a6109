"""Central finite differences, written against the standard alone.

A derivative is (f(x + h) - f(x - h)) / 2h with h near eps**(1/3) * max(1, abs(x)) for the machine
epsilon of the dtype, where truncation and rounding errors are both near eps**(2/3): 4e-11 in double
and 2e-5 in single precision. Second derivatives take h near eps**(1/4) and lose half of the digits.
Steps are powers of two, so that x + h and x - h lie at the same distance from x.

Real and imaginary parts are separate directions; for a real L of a complex z the gradient is
dL/dRe z + i dL/dIm z. An array of n real elements costs 2n evaluations, a complex one 4n.

The functions here take lists of arrays to lists of arrays, the leaves of containers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

__all__ = ["jacobian", "pull_back", "push_forward", "second_derivatives"]


class _Direction(NamedTuple):
    """One real degree of freedom of one leaf."""

    leaf: int
    element: int
    unit: complex  # 1, or 1j for the imaginary part


def _is_complex(xp: Any, x: Any) -> bool:
    return bool(xp.isdtype(x.dtype, "complex floating"))


def _relative_step(xp: Any, dtype: Any, order: int) -> float:
    return float(2.0 ** round(math.log2(float(xp.finfo(dtype).eps)) / order))


class _Perturbation:
    """Moves single elements of the leaves by a step, forwards or backwards."""

    def __init__(self, xp: Any, leaves: list[Any], *, order: int) -> None:
        self._xp = xp
        self._leaves = leaves
        self._positions = []
        self._steps = []
        for leaf in leaves:
            size = math.prod(leaf.shape)
            positions = xp.arange(size, dtype=xp.int32, device=xp.device_of(leaf))
            self._positions.append(xp.reshape(positions, leaf.shape))
            scale = xp.clip(xp.abs(leaf), min=1.0)
            binary = xp.pow(2.0, xp.floor(xp.log2(scale)))
            self._steps.append(binary * _relative_step(xp, leaf.dtype, order))

    def directions(self) -> list[_Direction]:
        """Return all of them, leaf by leaf, the imaginary part of an element after the real one."""
        found = []
        for number, leaf in enumerate(self._leaves):
            units = (1.0, 1j) if _is_complex(self._xp, leaf) else (1.0,)
            for element in range(math.prod(leaf.shape)):
                found += [_Direction(number, element, unit) for unit in units]
        return found

    def moved(self, *moves: tuple[_Direction, int]) -> list[Any]:
        """Return the leaves with some directions moved by a number of steps."""
        xp, leaves = self._xp, list(self._leaves)
        for (number, element, unit), steps in moves:
            leaf = leaves[number]
            change = xp.astype(self._steps[number], leaf.dtype) * (steps * unit)
            leaves[number] = xp.where(self._positions[number] == element, leaf + change, leaf)
        return leaves

    def step(self, direction: _Direction) -> Any:
        """Return the step of a direction, a 0-d array."""
        flat = self._xp.reshape(self._steps[direction.leaf], (-1,))
        return flat[direction.element, ...]


def _quotient(xp: Any, forwards: Any, backwards: Any, step: Any) -> Any:
    """Difference quotient of one output leaf."""
    difference = forwards - backwards
    return difference / xp.astype(2.0 * step, difference.dtype)


def _partial_derivatives(
    xp: Any, fn: Callable[[list[Any]], list[Any]], leaves: list[Any]
) -> Iterator[tuple[_Direction, list[Any]]]:
    """Derivatives of every output leaf in one direction after the other."""
    perturbation = _Perturbation(xp, leaves, order=3)
    for direction in perturbation.directions():
        forwards = fn(perturbation.moved((direction, 1)))
        backwards = fn(perturbation.moved((direction, -1)))
        step = perturbation.step(direction)
        yield (
            direction,
            [_quotient(xp, f, b, step) for f, b in zip(forwards, backwards, strict=True)],
        )


def pull_back(
    xp: Any, fn: Callable[[list[Any]], list[Any]], leaves: list[Any], cotangents: list[Any]
) -> list[Any]:
    """
    Cotangents of the leaves: the gradient of Re(sum(conj(cotangent) * output)).

    `fn` is evaluated twice for each direction. A cotangent of None is zero.
    """
    gradients: list[list[Any]] = [[] for _ in leaves]
    for direction, derivatives in _partial_derivatives(xp, fn, leaves):
        terms = [
            _overlap(xp, cotangent, derivative)
            for cotangent, derivative in zip(cotangents, derivatives, strict=True)
            if cotangent is not None
        ]
        gradients[direction.leaf].append(sum(terms[1:], start=terms[0]))
    return [_assembled(xp, leaf, parts) for leaf, parts in zip(leaves, gradients, strict=True)]


def _overlap(xp: Any, cotangent: Any, derivative: Any) -> Any:
    """Re(sum(conj(cotangent) * derivative)), a real 0-d array."""
    if _is_complex(xp, cotangent) and _is_complex(xp, derivative):
        return xp.sum(
            xp.real(cotangent) * xp.real(derivative) + xp.imag(cotangent) * xp.imag(derivative)
        )
    real = [xp.real(x) if _is_complex(xp, x) else x for x in (cotangent, derivative)]
    return xp.sum(xp.multiply(*real))


def _assembled(xp: Any, leaf: Any, parts: list[Any]) -> Any:
    """Array like `leaf` from its partial derivatives."""
    if not parts:
        return xp.zeros_like(leaf)
    flat = xp.stack(parts)
    if not _is_complex(xp, leaf):
        return xp.reshape(xp.astype(flat, leaf.dtype), leaf.shape)
    pairs = xp.astype(xp.reshape(flat, (*leaf.shape, 2)), leaf.dtype)
    return pairs[..., 0] + pairs[..., 1] * 1j


def push_forward(
    xp: Any, fn: Callable[[list[Any]], list[Any]], leaves: list[Any], tangents: list[Any]
) -> list[Any]:
    """Derivatives of the outputs along the tangents; two evaluations of `fn`."""
    longest = max((float(xp.max(xp.abs(t))) for t in tangents if 0 not in t.shape), default=0.0)
    largest = max((float(xp.max(xp.abs(x))) for x in leaves if 0 not in x.shape), default=0.0)
    relative = max(_relative_step(xp, leaf.dtype, 3) for leaf in leaves)
    exponent = math.floor(math.log2(max(1.0, largest) / (longest or 1.0)))
    step = relative * 2.0**exponent
    forwards = fn([x + step * t for x, t in zip(leaves, tangents, strict=True)])
    backwards = fn([x - step * t for x, t in zip(leaves, tangents, strict=True)])
    return [(f - b) / (2.0 * step) for f, b in zip(forwards, backwards, strict=True)]


def jacobian(xp: Any, fn: Callable[[list[Any]], list[Any]], leaves: list[Any]) -> list[list[Any]]:
    """Blocks of the Jacobian, by output and real input, of shape (*output.shape, *input.shape)."""
    columns: list[list[list[Any]]] = [[] for _ in leaves]
    for direction, derivatives in _partial_derivatives(xp, fn, leaves):
        columns[direction.leaf].append(derivatives)
    by_leaf = [
        [
            xp.reshape(xp.stack(parts, axis=-1), (*parts[0].shape, *leaf.shape))
            for parts in zip(*rows, strict=True)
        ]
        for leaf, rows in zip(leaves, columns, strict=True)
    ]
    return [list(row) for row in zip(*by_leaf, strict=True)]


def second_derivatives(
    xp: Any, fn: Callable[[list[Any]], Any], leaves: list[Any]
) -> list[list[Any]]:
    """
    Blocks of the Hessian of a real scalar function of real leaves.

    `fn` returns a 0-d array; it is evaluated 2 n**2 + 1 times for n elements in all.
    """
    perturbation = _Perturbation(xp, leaves, order=4)
    directions = perturbation.directions()
    centre = fn(leaves)
    entries: dict[tuple[int, int], Any] = {}
    for row, a in enumerate(directions):
        for column, b in enumerate(directions[: row + 1]):
            area = perturbation.step(a) * perturbation.step(b)
            if row == column:
                curvature = fn(perturbation.moved((a, 1))) + fn(perturbation.moved((a, -1)))
                entry = (curvature - 2.0 * centre) / xp.astype(area, centre.dtype)
            else:
                corners = [
                    signs[0] * signs[1] * fn(perturbation.moved((a, signs[0]), (b, signs[1])))
                    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1))
                ]
                entry = sum(corners[1:], start=corners[0]) / xp.astype(4.0 * area, centre.dtype)
            entries[row, column] = entries[column, row] = entry
    numbers = [
        [i for i, direction in enumerate(directions) if direction.leaf == leaf]
        for leaf in range(len(leaves))
    ]
    return [
        [
            xp.reshape(
                xp.stack([entries[row, column] for row in numbers[i] for column in numbers[j]]),
                (*first.shape, *second.shape),
            )
            for j, second in enumerate(leaves)
        ]
        for i, first in enumerate(leaves)
    ]
