"""Arrays that users give, matrices, diagonals and Kraus matrices, and their checks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Number
from typing import Any, cast

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.gates import matrix as small
from arraybackends.quantum.gates.structure import DIAGONAL, KRAUS, UNITARY
from arraybackends.quantum.tracing import number_if_known
from arraybackends.selection import backend_of

__all__ = ["GIVEN", "as_given", "batch_of", "check_shape", "check_values"]

GIVEN = {UNITARY: "matrix", DIAGONAL: "values", KRAUS: "matrices"}
"""Operations whose value is an array that the user gives, not angles, and what it is called."""

_DEPTHS = {UNITARY: 2, DIAGONAL: 1, KRAUS: 3}

_TOLERANCE = 1e-6


def as_given(gate: str, array: Any, /) -> Any:
    """Return nested sequences of numbers as tuples of complex, and anything else as it is."""
    if not isinstance(array, (list, tuple)):
        return array
    return _as_tuples(array, _DEPTHS[gate], GIVEN[gate])


def batch_of(gate: str, array: Any, /) -> tuple[int, ...]:
    """Return the axes in front of one matrix or diagonal; nested tuples and channels have none."""
    if isinstance(array, tuple) or gate == KRAUS:
        return ()
    return tuple(array.shape[: -_DEPTHS[gate]])


def check_shape(gate: str, array: Any, qubits: tuple[int, ...], /) -> None:
    """Raise ShapeError unless an array fits the qubits."""
    dimension = 2 ** len(qubits)
    shape = _shape(array) if isinstance(array, tuple) else tuple(array.shape)
    expected: tuple[Any, ...] = (dimension,) * min(_DEPTHS[gate], 2)
    if gate == KRAUS:
        expected = ("m", *expected)
    count = len(expected) - min(_DEPTHS[gate], 2)
    batch = batch_of(gate, array)
    one = shape[len(batch) :]
    if len(one) != len(expected) or one[count:] != expected[count:] or 0 in one:
        shown = str(expected).replace("'", "")
        raise ShapeError(
            f"Argument `{GIVEN[gate]}` must have shape {shown} for the qubits {qubits}, but has "
            f"shape {shape}."
        )


def check_values(gate: str, array: Any, /) -> float:
    """
    Raise ValueError unless a matrix is unitary, a diagonal of modulus 1, a channel complete.

    Returns how far it is from that; infinity where values are not known.
    """
    if gate == DIAGONAL:
        return _check_phases(array)
    name = GIVEN[gate]
    if isinstance(array, tuple):
        kraus = (array,) if gate == UNITARY else array
        total = small.add(*(small.matmul(small.adjoint(k), k) for k in kraus))
        unit = small.identity(len(total))
        difference = small.add(total, small.scale(-1, unit))
        error: float | None = max(_largest(row) for row in difference)
    else:
        xp = backend_of(array)
        kraus = xp.astype(array, complex_dtype(xp))
        total = xp.matmul(xp.conj(xp.matrix_transpose(kraus)), kraus)
        if gate == KRAUS:
            total = xp.sum(total, axis=0)
        unit = xp.eye(total.shape[-1], dtype=total.dtype, device=xp.device)
        error = number_if_known(xp, xp.max(xp.abs(xp.detach(total - unit))))
    if error is not None and not error <= _TOLERANCE:  # also for nan
        law = (
            "be unitary, but adjoint(matrix) @ matrix"
            if gate == UNITARY
            else "preserve the trace, but the sum of adjoint(K) @ K"
        )
        raise ValueError(
            f"Argument `{name}` must {law} differs from the identity by {error:.2g}: {array!r}."
        )
    return math.inf if error is None else error


def _check_phases(values: Any) -> float:
    if isinstance(values, tuple):
        error: float | None = _largest(abs(value) - 1 for value in values)
    else:
        xp = backend_of(values)
        moduli = xp.abs(xp.astype(xp.detach(values), complex_dtype(xp)))
        error = number_if_known(xp, xp.max(xp.abs(moduli - 1)))
    if error is not None and not error <= _TOLERANCE:  # also for nan
        raise ValueError(
            f"Argument `values` must have elements of modulus 1, but one differs from that by "
            f"{error:.2g}: {values!r}."
        )
    return math.inf if error is None else error


def _largest(numbers: Iterable[complex]) -> float:
    """Return the largest modulus, or nan if there is one, which `max` may pass over."""
    sizes = [abs(number) for number in numbers]
    return next((size for size in sizes if size != size), max(sizes))


def _as_tuples(array: Any, depth: int, name: str) -> Any:
    """Return nested tuples of a depth with complex leaves."""
    if depth == 0 and isinstance(array, Number):
        return complex(cast("complex", array))
    if depth == 0 or not isinstance(array, (list, tuple)):
        # Arrays too: taking their values out would cut them off from derivatives.
        raise ShapeError(
            f"Argument `{name}` must be one array or nested sequences of numbers, but has "
            f"{array!r} inside."
        )
    return tuple(_as_tuples(part, depth - 1, name) for part in array)


def _shape(array: Any) -> tuple[int, ...]:
    """Return the shape of nested tuples; ragged ones get a 0."""
    if not isinstance(array, tuple):
        return ()
    inner = {_shape(part) for part in array}
    return (len(array), *(inner.pop() if len(inner) == 1 else (0,)))
