"""Where everything stands in a drawing: columns of marks on wires, in integers."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.gates.gate import gate_of, pauli_label
from arraybackends.quantum.gates.structure import BARRIER, DIAGONAL, KRAUS, MEASURE, RESET, UNITARY
from arraybackends.quantum.tracing import is_traced
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.quantum.circuits.builder import CircuitBuilder
    from arraybackends.quantum.gates.instruction import Instruction

__all__ = ["Element", "Kind", "Layout", "Mark", "lay_out"]


class Kind(enum.Enum):
    """What is drawn on a wire."""

    BOX = "box"
    CONTROL = "control"
    ANTICONTROL = "anticontrol"
    NOT = "not"
    SWAP = "swap"
    BARRIER = "barrier"
    BIT = "bit"


class Mark(NamedTuple):
    """Something on a wire; the label is that of a box, or the value that a bit must have."""

    wire: int
    kind: Kind
    label: str = ""


class Element(NamedTuple):
    """An instruction in the drawing. Wires are the qubits, then the classical bits."""

    column: int
    marks: tuple[Mark, ...]

    @property
    def first(self) -> int:
        """Uppermost wire."""
        return min(mark.wire for mark in self.marks)

    @property
    def last(self) -> int:
        """Lowest wire."""
        return max(mark.wire for mark in self.marks)


class Layout(NamedTuple):
    """A whole drawing."""

    n_qubits: int
    n_bits: int
    n_columns: int
    elements: tuple[Element, ...]


_LABELS = {MEASURE: "M", RESET: "|0>", UNITARY: "U", DIAGONAL: "D", KRAUS: "K"}


def lay_out(circuit: CircuitBuilder, /) -> Layout:
    """
    Put every instruction into the first column where all wires that it spans are free.

    Parameters
    ----------
    circuit : Circuit

    Returns
    -------
    Layout
    """
    free = [0] * (circuit.n_qubits + circuit.n_bits)
    elements = []
    for instruction in circuit:
        marks = tuple(_marks(instruction, circuit.n_qubits))
        if not marks:  # a global phase is nowhere
            continue
        element = Element(0, marks)
        span = slice(element.first, element.last + 1)
        element = element._replace(column=max(free[span]))
        free[span] = [element.column + 1] * len(free[span])
        elements.append(element)
    return Layout(circuit.n_qubits, circuit.n_bits, max(free), tuple(elements))


def _marks(instruction: Instruction, n_qubits: int) -> Iterable[Mark]:
    for qubit, state in instruction.controls:
        yield Mark(qubit, Kind.CONTROL if state else Kind.ANTICONTROL)
    gate, qubits = instruction.gate, instruction.qubits
    while _is_controlled(gate):
        yield Mark(qubits[0], Kind.CONTROL)
        gate, qubits = gate[1:], qubits[1:]
    yield from _body(instruction._replace(gate=gate, qubits=qubits))
    for bit, value in instruction.condition:
        yield Mark(n_qubits + bit, Kind.BIT, f"={value}")
    for bit in instruction.bits:
        yield Mark(n_qubits + bit, Kind.BIT)


def _is_controlled(name: str) -> bool:
    """Whether a name of the gate table says that the first qubit is a control."""
    gate, inner = gate_of(name), gate_of(name[1:]) if name.startswith("c") else None
    return gate is not None and inner is not None and gate.n_qubits == inner.n_qubits + 1


def _body(instruction: Instruction) -> Iterable[Mark]:
    gate, qubits = instruction.gate, instruction.qubits
    symbol = {"x": Kind.NOT, "swap": Kind.SWAP, BARRIER: Kind.BARRIER}.get(gate)
    if symbol is not None:
        yield from (Mark(qubit, symbol) for qubit in qubits)
        return
    label = _LABELS.get(gate, gate.upper())
    if gate not in (UNITARY, DIAGONAL, KRAUS) and instruction.values:
        label += f"({', '.join(map(_text, instruction.values))})"
    letters = pauli_label(gate) or range(len(qubits))
    is_symmetric = gate in (MEASURE, RESET) or len({*letters}) == 1
    for letter, qubit in zip(letters, qubits, strict=True):
        yield Mark(qubit, Kind.BOX, label if is_symmetric else f"{label}:{letter}")


def _text(value: Any) -> str:
    """Return a value in a few letters; an array of several, or of unknown values, as its shape."""
    if type(value) is float:
        return f"{value:.4g}"
    if not hasattr(value, "shape"):
        return str(value)
    xp = backend_of(value)
    if value.shape == () and not is_traced(xp, value):
        return f"{float(value):.4g}"
    return "array" + "x".join(map(str, value.shape))
