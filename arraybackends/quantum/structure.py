"""The structure of a circuit: which gate on which qubits, which angle goes where."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["UNITARY", "Operation", "Structure"]

UNITARY = "unitary"
"""Name of an operation whose matrix the user gives; its slot counts matrices, not angles."""


class Operation(NamedTuple):
    """One gate: its name in the gate table, its qubits, and the slots of its angles."""

    gate: str
    qubits: tuple[int, ...]
    slots: tuple[int, ...] = ()


class Structure(NamedTuple):
    """A circuit without its angles: plain data, hashable, the key under which plans are cached."""

    n_qubits: int
    operations: tuple[Operation, ...]
    n_angles: int
    n_matrices: int
