"""The structure of a circuit: which operation on which qubits, which angle goes where."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BARRIER", "DIAGONAL", "KRAUS", "MEASURE", "RESET", "UNITARY", "Operation", "Structure"]

UNITARY = "unitary"
"""Name of an operation whose matrix the user gives; its slot counts matrices, not angles."""

DIAGONAL = "diagonal"
"""Name of an operation whose diagonal the user gives; its slot counts matrices, not angles."""

KRAUS = "kraus"
"""Name of a channel whose Kraus matrices the user gives; its slot counts matrices, not angles."""

MEASURE = "measure"
"""Name of the measurement of qubits in the computational basis, into classical bits."""

RESET = "reset"
"""Name of the channel that leaves qubits in |0>, whatever they were."""

BARRIER = "barrier"
"""Name of an operation that does nothing, but is drawn."""


class Operation(NamedTuple):
    """
    One operation of a circuit.

    Parameters
    ----------
    gate : str
        Name in the gate table or in the channel table, or one of the names of this module.
    qubits : tuple of int
        On which it acts, controls apart; in the order of the gate's bits.
    slots : tuple of int
        Of its angles; of a gate given by an array, the slot of the array.
    controls : tuple of (int, int)
        Qubits that must be in a state, 0 or 1, for the gate to act.
    bits : tuple of int
        Classical bits that a measurement writes, one for each qubit.
    condition : tuple of (int, int)
        Classical bits that must have a value for the operation to happen.
    conjugate : bool
        Whether the complex conjugate of the gate acts, as on the columns of a density matrix.
    """

    gate: str
    qubits: tuple[int, ...]
    slots: tuple[int, ...] = ()
    controls: tuple[tuple[int, int], ...] = ()
    bits: tuple[int, ...] = ()
    condition: tuple[tuple[int, int], ...] = ()
    conjugate: bool = False


class Structure(NamedTuple):
    """A circuit without its angles: plain data, hashable, the key under which plans are cached."""

    n_qubits: int
    operations: tuple[Operation, ...]
    n_angles: int
    n_matrices: int
    n_bits: int = 0
