"""Batches: angles and given arrays whose leading axes broadcast, in one axis for the executor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import real_dtype
from arraybackends.quantum.gates.given import GIVEN, batch_of
from arraybackends.quantum.gates.structure import Structure

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["batch_shape", "given_batches", "stack_angles", "stack_given"]


def batch_shape(
    xp: ArrayBackend[Any], structure: Structure, angles: Sequence[Any], matrices: Sequence[Any], /
) -> tuple[int, ...]:
    """Return the shape to which the batches of angles and given arrays broadcast."""
    shapes = {tuple(angle.shape) for angle in angles if type(angle) is not float}
    shapes |= set(given_batches(structure, matrices).values())
    try:
        return tuple(xp.broadcast_shapes(*shapes))
    except ShapeError as error:
        raise ShapeError(
            "The batch shapes of the angles and given arrays must broadcast, but are "
            f"{sorted(shapes)}."
        ) from error


def given_batches(structure: Structure, matrices: Sequence[Any], /) -> dict[int, tuple[int, ...]]:
    """Return the batch shapes of the given arrays that have one, by slot."""
    if all(isinstance(matrix, tuple) for matrix in matrices):
        return {}
    batches = {
        operation.slots[0]: batch_of(operation.gate, matrices[operation.slots[0]])
        for operation in structure.operations
        if operation.gate in GIVEN
    }
    return {slot: batch for slot, batch in batches.items() if batch}


def stack_angles(xp: ArrayBackend[Any], angles: Sequence[Any], batch: tuple[int, ...], /) -> Any:
    """Return all angles as one array of shape (n_angles, prod(batch))."""
    dtype, size = real_dtype(xp), math.prod(batch)
    arrays = [position for position, angle in enumerate(angles) if type(angle) is not float]
    numbers = [position for position, angle in enumerate(angles) if type(angle) is float]
    parts = []
    if numbers:
        column = xp.asarray([angles[i] for i in numbers], dtype=dtype, device=xp.device)
        parts.append(xp.broadcast_to(column[:, None], (len(numbers), size)))
    if arrays:
        rows = [xp.broadcast_to(xp.astype(angles[i], dtype), batch) for i in arrays]
        parts.append(xp.reshape(xp.stack(rows), (len(arrays), size)))
    if not parts:
        return xp.zeros((0, size), dtype=dtype, device=xp.device)
    if len(parts) == 1:
        return parts[0]
    sources = numbers + arrays
    order = [sources.index(position) for position in range(len(angles))]
    return xp.take(xp.concat(parts), xp.asarray(order, device=xp.device), axis=0)


def stack_given(
    xp: ArrayBackend[Any], structure: Structure, matrices: Sequence[Any], batch: tuple[int, ...],
    /, *, repeats: int = 1,
) -> list[Any]:  # fmt: skip
    """Return given arrays, batches in one axis, with each element so often repeated."""
    found = list(matrices)
    for slot, own in given_batches(structure, matrices).items():
        value = tuple(found[slot].shape[len(own) :])
        whole = xp.broadcast_to(found[slot], (*batch, *value))
        flat = xp.reshape(whole, (math.prod(batch), 1, *value))
        flat = xp.broadcast_to(flat, (math.prod(batch), repeats, *value))
        found[slot] = xp.reshape(flat, (math.prod(batch) * repeats, *value))
    return found
