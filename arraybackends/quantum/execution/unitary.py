"""The dense matrix of a circuit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.execution.batch import batch_shape, stack_angles, stack_given
from arraybackends.quantum.execution.execution import given_arrays
from arraybackends.quantum.execution.sweep import evolution_of
from arraybackends.quantum.gates.structure import Structure
from arraybackends.quantum.memory import STATES_OF_RUN, check_memory
from arraybackends.quantum.planning.plan import plan

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["circuit_matrix"]


def circuit_matrix(
    xp: ArrayBackend[Any], structure: Structure, angles: Sequence[Any], matrices: Sequence[Any],
    /, *, is_unitary: bool = False,
) -> Any:  # fmt: skip
    """
    Matrix of a circuit: its columns are the final states of all basis states, in one batch.

    Parameters
    ----------
    xp : ArrayBackend
    structure : Structure
    angles, matrices : sequence
    is_unitary : bool
        As in `simulate`.

    Returns
    -------
    array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
    """
    batch, size = batch_shape(xp, structure, angles, matrices), 2**structure.n_qubits
    count = math.prod(batch)
    check_memory(xp, structure.n_qubits, count * size, states=STATES_OF_RUN)
    program = plan(structure)
    rows = xp.eye(size, dtype=complex_dtype(xp), device=xp.device)
    table = stack_angles(xp, angles, batch)
    if count != 1:
        rows = xp.reshape(xp.broadcast_to(rows, (count, size, size)), (count * size, size))
        table = xp.broadcast_to(table[:, :, None], (len(angles), count, size))
        table = xp.reshape(table, (len(angles), count * size))
    evolution = evolution_of(xp, program, is_unitary=is_unitary)
    given = given_arrays(xp, program, stack_given(xp, structure, matrices, batch, repeats=size))
    states = evolution.function(table, given, rows)
    return xp.matrix_transpose(xp.reshape(states, (*batch, size, size)))
