"""Operations on qubits and classical bits, one qubit at a time, as every engine of noise runs them.

Bits are 0 before anything is measured into them, which decides some conditions beforehand. A
readout error holds for all measurements of its qubit that come after it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from arraybackends.errors import CapabilityError
from arraybackends.quantum.channel import POST_SELECT, READOUT_ERROR, channel_of
from arraybackends.quantum.gate import gate_of
from arraybackends.quantum.structure import (
    BARRIER,
    DIAGONAL,
    KRAUS,
    MEASURE,
    RESET,
    UNITARY,
    Operation,
    Structure,
)

__all__ = ["Resolved", "is_gate", "is_unitary", "resolve"]


class Resolved(NamedTuple):
    """
    What engines run.

    Barriers and readout errors are gone, and measurements and resets are of one qubit. The slots of
    a measurement are those of its readout error, if any; `readout` has those of the qubits that are
    read out after the last operation.
    """

    operations: tuple[Operation, ...]
    readout: tuple[tuple[int, tuple[int, ...]], ...]
    measured: tuple[int, ...]
    is_post_selected: bool


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
        tuple(sorted(readout.items())),
        tuple(sorted(written)),
        any(operation.gate in POST_SELECT for operation in operations),
    )


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


def is_unitary(structure: Structure, /) -> bool:
    """Whether a state vector alone runs the circuit: gates only, and readout errors."""
    return all(
        (is_gate(operation.gate) or operation.gate in (BARRIER, READOUT_ERROR))
        and not operation.condition
        for operation in structure.operations
    )
