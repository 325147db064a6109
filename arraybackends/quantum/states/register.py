"""Qubits as axes of arrays: how many there are, which are meant, and in which order they stand."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "check_number",
    "check_subset",
    "matrix_qubits",
    "reorder",
    "split",
    "vector_qubits",
]


def vector_qubits(x: Any, argument: str, /) -> int:
    """Return n of an array of shape (*batch, 2**n), or raise `ShapeError`."""
    shape = tuple(x.shape)
    if not shape or shape[-1].bit_count() != 1:
        raise ShapeError(
            f"Argument `{argument}` must have shape (*batch, 2**n_qubits), but has shape {shape}."
        )
    return int(shape[-1]).bit_length() - 1


def matrix_qubits(x: Any, argument: str, /) -> int:
    """Return n of an array of shape (*batch, 2**n, 2**n), or raise `ShapeError`."""
    shape = tuple(x.shape)
    if len(shape) < 2 or shape[-1] != shape[-2] or shape[-1].bit_count() != 1:
        raise ShapeError(
            f"Argument `{argument}` must be a density matrix of shape (*batch, 2**n_qubits, "
            f"2**n_qubits), but has shape {shape}."
        )
    return int(shape[-1]).bit_length() - 1


def check_number(value: Any, argument: str, least: int, /) -> int:
    """Return an integer of at least so much, or raise."""
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        raise TypeError(f"Argument `{argument}` must be an integer, but is {value!r}.")
    number = operator.index(value)
    if number < least:
        raise ValueError(f"Argument `{argument}` must be at least {least}, but is {number}.")
    return number


def check_subset(qubits: int | Iterable[int], n_qubits: int, argument: str, /) -> tuple[int, ...]:
    """Return qubits as a tuple of distinct numbers in range(n_qubits), or raise."""
    several = tuple(qubits) if isinstance(qubits, Iterable) else (qubits,)
    for qubit in several:
        if isinstance(qubit, bool) or not hasattr(type(qubit), "__index__"):
            raise TypeError(f"Argument `{argument}` must be made of integers, but has {qubit!r}.")
    subset = tuple(operator.index(qubit) for qubit in several)
    if len(set(subset)) != len(subset) or not all(0 <= q < n_qubits for q in subset):
        raise ValueError(
            f"Argument `{argument}` must be distinct and in range({n_qubits}), but is {subset}."
        )
    return subset


def reorder(xp: ArrayBackend[Any], x: Any, order: Sequence[int], /) -> Any:
    """Return (*batch, 2**n) with qubit `order[i]` of `x` at place i; neighbours move together."""
    runs: list[list[int]] = []
    for qubit in order:
        if runs and qubit == runs[-1][-1] + 1:
            runs[-1].append(qubit)
        else:
            runs.append([qubit])
    if len(runs) < 2:
        return x
    batch = tuple(x.shape[:-1])
    source = sorted(runs)
    axes = (*range(len(batch)), *(len(batch) + source.index(run) for run in runs))
    view = xp.reshape(x, (*batch, *(2 ** len(run) for run in source)))
    return xp.reshape(xp.permute_dims(view, axes), (*batch, 2 ** len(order)))


def split(xp: ArrayBackend[Any], x: Any, qubits: Sequence[int], n_qubits: int, /) -> Any:
    """Return (*batch, 2**n) as (*batch, 2**k, 2**(n - k)): `qubits` in order, then the rest."""
    rest = [qubit for qubit in range(n_qubits) if qubit not in qubits]
    shape = (*x.shape[:-1], 2 ** len(qubits), 2 ** len(rest))
    return xp.reshape(reorder(xp, x, (*qubits, *rest)), shape)
