"""Execution of programs: a pure function of the angles, written against `xp` alone.

Shapes in here: angles have shape (n_angles, batch), a state (batch, 2**n_qubits), the matrices of a
kind (n_gates, batch, d, d) or, if nothing in them depends on angles, (1, 1, d, d), where the batch
of an unbatched circuit is 1.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import complex_dtype, real_dtype
from arraybackends.quantum.matrix import permute_qubits
from arraybackends.quantum.memory import STATES_OF_RUN, check_memory
from arraybackends.quantum.plan import Dense, Kind, Program, Step, plan
from arraybackends.quantum.structure import Structure

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "apply_step",
    "block_matrix",
    "kind_derivatives",
    "kind_matrices",
    "kind_parts",
    "run",
    "simulate",
]


# Whole circuits


def simulate(
    xp: ArrayBackend[Any], structure: Structure, angles: Sequence[Any], matrices: Sequence[Any],
    /, *, states: int = STATES_OF_RUN,
) -> Any:  # fmt: skip
    """
    Final state of a circuit.

    Parameters
    ----------
    xp : ArrayBackend
    structure : Structure
    angles : sequence of float or array, shape batch
        One for each slot; batch shapes broadcast.
    matrices : sequence of array or nested tuple, shape (2**k, 2**k)
        Those of the `unitary` gates.
    states : int
        How many states the caller will hold at once, for the check of the memory.

    Returns
    -------
    array, shape (*batch, 2**n_qubits), complex
    """
    batch = _batch_shape(xp, angles)
    check_memory(xp, structure.n_qubits, math.prod(batch), states=states)
    program = plan(structure)
    parts = kind_parts(xp, program, matrices)
    state = run(xp, program, parts, _stack_angles(xp, angles, batch))
    return xp.reshape(state, (*batch, 2**structure.n_qubits))


def run(xp: ArrayBackend[Any], program: Program, parts: Sequence[Any], angles: Any, /) -> Any:
    """Run a program on |0...0>, given its `kind_parts` and angles of shape (n_angles, batch)."""
    state = _zero_state(xp, program.n_qubits, angles.shape[1])
    made = kind_matrices(xp, program, parts, angles)
    for step in program.steps:
        matrix = None
        if isinstance(step, Dense):
            matrix = block_matrix(xp, program.blocks[step.block].factors, made)
        state = apply_step(xp, step, matrix, state)
    return state


def _zero_state(xp: ArrayBackend[Any], n_qubits: int, batch: int) -> Any:
    first = xp.ones((batch, 1), dtype=complex_dtype(xp), device=xp.device)
    rest = xp.zeros((batch, 2**n_qubits - 1), dtype=complex_dtype(xp), device=xp.device)
    return xp.concat([first, rest], axis=1)


# Angles


def _batch_shape(xp: ArrayBackend[Any], angles: Sequence[Any]) -> tuple[int, ...]:
    shapes = {tuple(angle.shape) for angle in angles if type(angle) is not float}
    try:
        return tuple(xp.broadcast_shapes(*shapes))
    except ShapeError as error:
        raise ShapeError(
            f"The batch shapes of the angles must broadcast, but are {sorted(shapes)}."
        ) from error


def _stack_angles(xp: ArrayBackend[Any], angles: Sequence[Any], batch: tuple[int, ...]) -> Any:
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


# Matrices


def kind_parts(xp: ArrayBackend[Any], program: Program, matrices: Sequence[Any], /) -> list[Any]:
    """
    Return what the matrices of each kind are made of, which does not depend on angles.

    The three parts (3, d, d) of gates with an angle; of others the matrices (n_gates, 1, d, d).
    """
    return [
        xp.asarray(
            kind.parts if kind.has_angles else (kind.parts,),
            dtype=complex_dtype(xp), device=xp.device,
        )
        if kind.parts
        else xp.stack([_given(xp, matrices[slot], kind.order) for slot in kind.slots])
        for kind in program.kinds
    ]  # fmt: skip


def kind_matrices(
    xp: ArrayBackend[Any], program: Program, parts: Sequence[Any], angles: Any, /
) -> list[Any]:
    """Return the matrices of all gates of each kind, shape (n_gates, batch or 1, d, d)."""
    made = []
    for kind, part in zip(program.kinds, parts, strict=True):
        if kind.frequency is None:
            made.append(part)
            continue
        theta = kind.frequency * _take(xp, angles, kind.slots)
        made.append(_combine(xp, part, xp.ones_like(theta), xp.cos(theta), xp.sin(theta)))
    return made


def kind_derivatives(xp: ArrayBackend[Any], kind: Kind, part: Any, angles: Any, /) -> Any:
    """Return the derivatives of the matrices of a kind, each in the angle of its gate."""
    assert kind.frequency is not None
    theta = kind.frequency * _take(xp, angles, kind.slots)
    sine, cosine = -kind.frequency * xp.sin(theta), kind.frequency * xp.cos(theta)
    return _combine(xp, part, xp.zeros_like(theta), sine, cosine)


def _combine(xp: ArrayBackend[Any], part: Any, *coefficients: Any) -> Any:
    """Contract coefficients of shape (n_gates, batch) with the constant, cosine and sine parts."""
    stacked = xp.astype(xp.stack(coefficients, axis=-1), part.dtype)
    flat = xp.reshape(part, (3, part.shape[1] ** 2))
    return xp.reshape(xp.matmul(stacked, flat), (*stacked.shape[:2], *part.shape[1:]))


def _given(xp: ArrayBackend[Any], matrix: Any, order: tuple[int, ...]) -> Any:
    """Return a user's matrix as (1, d, d) in the order of its window."""
    if isinstance(matrix, tuple):
        entries = (permute_qubits(matrix, order),)
        return xp.asarray(entries, dtype=complex_dtype(xp), device=xp.device)
    n = len(order)
    axes = (*order, *(n + place for place in order))
    matrix = xp.reshape(xp.astype(matrix, complex_dtype(xp)), (2,) * (2 * n))
    return xp.reshape(xp.permute_dims(matrix, axes), (1, 2**n, 2**n))


def _take(xp: ArrayBackend[Any], angles: Any, slots: tuple[int, ...]) -> Any:
    if slots == tuple(range(angles.shape[0])):
        return angles
    return xp.take(angles, xp.asarray(slots, device=xp.device), axis=0)


def block_matrix(
    xp: ArrayBackend[Any], factors: Sequence[tuple[int, int]], made: Sequence[Any], /
) -> Any:
    """Return the product of gates, first gate first, shape (batch or 1, d, d)."""
    matrices = (made[kind][position, ...] for kind, position in factors)
    return functools.reduce(lambda earlier, later: xp.matmul(later, earlier), matrices)


# Steps


def apply_step(xp: ArrayBackend[Any], step: Step, matrix: Any, state: Any, /) -> Any:
    """Apply a step to states (batch, 2**n); `matrix` (batch or 1, d, d) belongs to a dense step."""
    batch, size = state.shape
    if not isinstance(step, Dense):
        axes = (0, *(axis + 1 for axis in step.axes))
        view = xp.permute_dims(xp.reshape(state, (batch, *step.shape)), axes)
    elif step.right == 1:
        view = xp.reshape(state, (batch, step.left, step.dimension))
        view = xp.matmul(view, xp.matrix_transpose(matrix))
    else:
        view = xp.reshape(state, (batch, step.left, step.dimension, step.right))
        view = xp.matmul(matrix[:, None, :, :], view)
    return xp.reshape(view, (batch, size))
