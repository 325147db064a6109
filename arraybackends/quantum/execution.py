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
    from arraybackends.quantum.pauli import PauliSum

__all__ = [
    "apply_step",
    "block_matrix",
    "expectation_of",
    "kind_derivatives",
    "kind_matrices",
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
    state = run(xp, plan(structure), _stack_angles(xp, angles, batch), matrices)
    return xp.reshape(state, (*batch, 2**structure.n_qubits))


def run(xp: ArrayBackend[Any], program: Program, angles: Any, matrices: Sequence[Any], /) -> Any:
    """Run a program on |0...0>; `angles` has shape (n_angles, batch)."""
    state = _zero_state(xp, program.n_qubits, angles.shape[1])
    made = [kind_matrices(xp, kind, angles, matrices) for kind in program.kinds]
    for step in program.steps:
        matrix = None
        if isinstance(step, Dense):
            matrix = block_matrix(xp, program.blocks[step.block].factors, made)
        state = apply_step(xp, step, matrix, state)
    return state


def expectation_of(xp: ArrayBackend[Any], state: Any, observable: PauliSum, /) -> Any:
    """Return <state|observable|state> for each state of shape (*batch, 2**n_qubits)."""
    return xp.real(xp.vecdot(state, observable.apply(xp, state)))


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


def kind_matrices(
    xp: ArrayBackend[Any], kind: Kind, angles: Any, matrices: Sequence[Any], /
) -> Any:
    """Return the matrices of all gates of a kind, shape (n_gates, batch, d, d)."""
    if kind.frequency is not None:
        theta = kind.frequency * _take(xp, angles, kind.slots)
        return _combine(xp, kind, xp.ones_like(theta), xp.cos(theta), xp.sin(theta))
    if kind.parts:
        return _constant(xp, kind.parts[0])[None, None, :, :]
    return xp.stack([_given(xp, matrices[slot], kind.order) for slot in kind.slots])


def kind_derivatives(xp: ArrayBackend[Any], kind: Kind, angles: Any, /) -> Any:
    """Return the derivatives of `kind_matrices`, each in the angle of its gate."""
    assert kind.frequency is not None
    theta = kind.frequency * _take(xp, angles, kind.slots)
    sine, cosine = -kind.frequency * xp.sin(theta), kind.frequency * xp.cos(theta)
    return _combine(xp, kind, xp.zeros_like(theta), sine, cosine)


def _combine(xp: ArrayBackend[Any], kind: Kind, *coefficients: Any) -> Any:
    """Contract coefficients of shape (n_gates, batch) with the constant, cosine and sine parts."""
    stacked = xp.astype(xp.stack(coefficients, axis=-1), complex_dtype(xp))
    parts = _constant(xp, kind.parts)
    flat = xp.reshape(parts, (3, parts.shape[1] ** 2))
    return xp.reshape(xp.matmul(stacked, flat), (*stacked.shape[:2], *parts.shape[1:]))


def _given(xp: ArrayBackend[Any], matrix: Any, order: tuple[int, ...]) -> Any:
    """Return a user's matrix as (1, d, d) in the order of its window."""
    if isinstance(matrix, tuple):
        return _constant(xp, permute_qubits(matrix, order))[None, :, :]
    n = len(order)
    axes = (*order, *(n + place for place in order))
    matrix = xp.reshape(xp.astype(matrix, complex_dtype(xp)), (2,) * (2 * n))
    return xp.reshape(xp.permute_dims(matrix, axes), (1, 2**n, 2**n))


def _constant(xp: ArrayBackend[Any], entries: Any) -> Any:
    return xp.asarray(entries, dtype=complex_dtype(xp), device=xp.device)


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
