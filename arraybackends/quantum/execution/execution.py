"""Execution of circuits: pure functions of angles and given arrays, written against `xp` alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.execution.batch import batch_shape, stack_angles, stack_given
from arraybackends.quantum.execution.step import Members, run_routine, values, zero_state
from arraybackends.quantum.execution.sweep import evolution_of
from arraybackends.quantum.execution.value import Constants, check_given
from arraybackends.quantum.gates.structure import Structure
from arraybackends.quantum.memory import STATES_OF_RUN, check_memory
from arraybackends.quantum.planning.plan import plan
from arraybackends.quantum.planning.program import Program

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["given_arrays", "run", "simulate", "zero_state"]


# Whole circuits


def simulate(
    xp: ArrayBackend[Any], structure: Structure, angles: Sequence[Any], matrices: Sequence[Any],
    /, *, states: int = STATES_OF_RUN, is_unitary: bool = False, initial: Any = None,
) -> Any:  # fmt: skip
    """
    Final state of a circuit.

    Parameters
    ----------
    xp : ArrayBackend
    structure : Structure
    angles : sequence of float or array, shape batch
        One for each slot; batch shapes broadcast.
    matrices : sequence of array or nested tuple, shape (2**k, 2**k) or (2**k,)
        Those of the `unitary` and `diagonal` gates; arrays also with a batch in front.
    states : int
        How many states the caller will hold at once, for the check of the memory.
    is_unitary : bool
        Whether all matrices are known to be unitary. If not, the state before each step that
        contains one is kept for derivatives.
    initial : array, shape (*batch, 2**n_qubits), complex, optional
        State to start from; |0...0> unless given.

    Returns
    -------
    array, shape (*batch, 2**n_qubits), complex
    """
    batch = batch_shape(xp, structure, angles, matrices)
    if initial is not None:
        batch = tuple(xp.broadcast_shapes(batch, tuple(initial.shape[:-1])))
    check_memory(xp, structure.n_qubits, math.prod(batch), states=states)
    program = plan(structure)
    given = given_arrays(xp, program, stack_given(xp, structure, matrices, batch))
    evolution = evolution_of(xp, program, is_unitary=is_unitary)
    if initial is not None:
        initial = xp.broadcast_to(initial, (*batch, 2**structure.n_qubits))
        initial = xp.reshape(initial, (math.prod(batch), 2**structure.n_qubits))
    state = evolution.function(stack_angles(xp, angles, batch), given, initial)
    return xp.reshape(state, (*batch, 2**structure.n_qubits))


def run(
    xp: ArrayBackend[Any], program: Program, constants: Constants, angles: Any,
    given: Sequence[Any] = (), initial: Any = None, /,
) -> Any:  # fmt: skip
    """
    Run a program.

    Parameters
    ----------
    xp : ArrayBackend
    program : Program
    constants : Constants
        Those of the program, from `step.prepare`.
    angles : array, shape (n_angles, batch), real
    given : sequence of array
        Of the users' gates; with the batch in front where they differ.
    initial : array, shape (batch, 2**n_qubits), complex, optional
        |0...0> unless given.

    Returns
    -------
    array, shape (batch, 2**n_qubits), complex
    """
    arrays = values(xp, program, constants, angles, given)
    members = Members(arrays, 1, angles.shape[1] if initial is None else initial.shape[0])
    return run_routine(xp, program.routine, members, initial)


def given_arrays(xp: ArrayBackend[Any], program: Program, matrices: Iterable[Any], /) -> list[Any]:
    """Return the users' matrices and diagonals as arrays."""
    given = [
        xp.asarray(matrix, dtype=complex_dtype(xp), device=xp.device)
        if isinstance(matrix, tuple)
        else matrix
        for matrix in matrices
    ]
    check_given(program, given)
    return given
