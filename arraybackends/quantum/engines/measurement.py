"""Operations on qubits and classical bits, one qubit at a time, as every engine of noise runs them.

Bits are 0 before anything is measured into them, which decides some conditions beforehand. A
readout error holds for all measurements of its qubit that come after it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.errors import CapabilityError
from arraybackends.quantum.gates.channel import POST_SELECT, READOUT_ERROR, channel_of
from arraybackends.quantum.gates.gate import gate_of
from arraybackends.quantum.gates.structure import (
    BARRIER,
    DIAGONAL,
    KRAUS,
    MEASURE,
    RESET,
    UNITARY,
    Operation,
    Structure,
)

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "Resolved",
    "is_gate",
    "misread",
    "resolve",
    "terminal_measurements",
]


_PROJECTORS = ((1 + 0j, 0j), (0j, 1 + 0j))
"""Diagonals of the projections onto |0> and |1>."""


class Resolved(NamedTuple):
    """
    What engines run.

    Barriers and readout errors are gone, and measurements and resets are of one qubit. The slots of
    a measurement are those of its readout error, if any; `readout` has those of the qubits that are
    read out after the last operation. `measured` are the classical bits written.

    `pure` is what a state vector alone runs, or None if it cannot. In it post-selections are
    diagonals, whose arrays come after those of the circuit.
    """

    operations: tuple[Operation, ...]
    readout: dict[int, tuple[int, ...]]
    measured: tuple[int, ...]
    is_post_selected: bool
    pure: Structure | None

    def matrices(self, matrices: Sequence[Any], /) -> tuple[Any, ...]:
        """Return the arrays of `pure`, given those of the circuit."""
        return (*matrices, *_PROJECTORS) if self.is_post_selected else tuple(matrices)


@functools.lru_cache(maxsize=256)
def resolve(structure: Structure, /) -> Resolved:
    """
    Return the operations of a circuit as engines of noise run them.

    Raises
    ------
    CapabilityError
        If an operation is neither gate, channel nor measurement.
    """
    written: set[int] = set()
    readout: dict[int, tuple[int, ...]] = {}
    operations: list[Operation] = []
    for operation in structure.operations:
        condition = []
        for bit, value in operation.condition:
            if bit in written:
                condition.append((bit, value))
            elif value:
                break
        else:
            for one in _one_by_one(operation._replace(condition=tuple(condition))):
                if one.gate == READOUT_ERROR:
                    if one.condition:
                        raise CapabilityError("A readout error cannot depend on classical bits.")
                    readout[one.qubits[0]] = one.slots
                    continue
                slots = one.slots
                if one.gate == MEASURE:
                    written.update(one.bits)
                    slots = readout.get(one.qubits[0], ())
                operations.append(one._replace(slots=slots))
    return Resolved(
        tuple(operations),
        readout,
        tuple(sorted(written)),
        any(operation.gate in POST_SELECT for operation in operations),
        _pure(structure, operations),
    )


def _pure(structure: Structure, operations: Sequence[Operation]) -> Structure | None:
    pure = []
    for operation in operations:
        if operation.condition:
            return None
        if operation.gate in POST_SELECT:
            slot = structure.n_matrices + POST_SELECT.index(operation.gate)
            pure.append(Operation(DIAGONAL, operation.qubits, (slot,)))
        elif is_gate(operation.gate):
            pure.append(operation)
        else:
            return None
    if pure == operations:
        return structure._replace(operations=tuple(pure))
    n_matrices = structure.n_matrices + len(_PROJECTORS)
    return structure._replace(operations=tuple(pure), n_matrices=n_matrices)


def _one_by_one(operation: Operation) -> Iterator[Operation]:
    """Split measurements and resets by qubit; drop barriers; refuse what is unknown."""
    name, qubits = operation.gate, operation.qubits
    if name == MEASURE:
        for qubit, bit in zip(qubits, operation.bits, strict=True):
            yield operation._replace(qubits=(qubit,), bits=(bit,))
    elif name == RESET:
        for qubit in qubits:
            yield operation._replace(qubits=(qubit,))
    elif is_gate(name) or name == KRAUS or channel_of(name, len(qubits)) is not None:
        yield operation
    elif name != BARRIER:
        raise CapabilityError(
            f"The circuit has `{name}`, which is no gate, channel or measurement that the engines "
            "know."
        )


def is_gate(name: str, /) -> bool:
    """Whether an operation of this name is unitary."""
    return name in (UNITARY, DIAGONAL) or gate_of(name) is not None


@functools.lru_cache(maxsize=256)
def terminal_measurements(structure: Structure, /) -> tuple[Structure, dict[int, int]] | None:
    """
    Return a circuit without its measurements, and the qubit that each bit is read from.

    None if a measurement is not the last operation of its qubit, or a bit is read or written again.
    """
    qubits: dict[int, int] = {}
    rest = []
    for operation in structure.operations:
        controls = (qubit for qubit, _ in operation.controls)
        if operation.condition or {*operation.qubits, *controls} & set(qubits.values()):
            if operation.gate != BARRIER:
                return None
        elif operation.gate == MEASURE:
            if set(operation.bits) & set(qubits):
                return None
            qubits.update(zip(operation.bits, operation.qubits, strict=True))
        else:
            rest.append(operation)
    return structure._replace(operations=tuple(rest)), qubits


def misread(
    xp: ArrayBackend[Any], distribution: Any, errors: Mapping[int, tuple[Any, Any]], /
) -> Any:
    """
    Return the distribution of what is read, given that of what is there.

    Parameters
    ----------
    xp : ArrayBackend
    distribution : array, shape (*batch, 2**k), real
    errors : mapping of int to pair of array, shape batch, real
        Probabilities to read 1 for 0, and 0 for 1, at some places.
    """
    *batch, size = distribution.shape
    for place, (up, down) in errors.items():
        view = xp.reshape(distribution, (*batch, 2**place, 2, size // 2 ** (place + 1)))
        zero, one = view[..., 0, :], view[..., 1, :]
        rise, fall = up[..., None, None] * zero, down[..., None, None] * one
        read = xp.stack([zero - rise + fall, one + rise - fall], axis=-2)
        distribution = xp.reshape(read, (*batch, size))
    return distribution
