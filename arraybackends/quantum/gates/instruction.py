"""Instructions: the operations of a circuit with their values, and what becomes of them.

A circuit holds operations and values apart, so that plans can be cached; an instruction holds both,
which is what algebra, conversion and drawing want.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.gates import matrix as small
from arraybackends.quantum.gates.gate import CompositeGate, FixedGate, OneAngleGate, gate_of
from arraybackends.quantum.gates.parameter import scale
from arraybackends.quantum.gates.power import diagonal_power, finite_order_power, unitary_power
from arraybackends.quantum.gates.structure import BARRIER, DIAGONAL, UNITARY
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Instruction", "controlled", "has_exact_power", "inverse", "power", "remapped"]


class Instruction(NamedTuple):
    """
    One operation of a circuit with its values.

    Parameters
    ----------
    gate : str
        Name, as `Circuit.append` takes it.
    qubits : tuple of int
        On which it acts, controls apart; in the order of the gate's bits.
    values : tuple
        Angles in radians, or parameters of a channel; of a gate given by an array, that array.
    controls : tuple of (int, int)
        Qubits that must be in a state, 0 or 1, for the gate to act.
    bits : tuple of int
        Classical bits that a measurement writes.
    condition : tuple of (int, int)
        Classical bits that must have a value for the operation to happen.
    """

    gate: str
    qubits: tuple[int, ...]
    values: tuple[Any, ...] = ()
    controls: tuple[tuple[int, int], ...] = ()
    bits: tuple[int, ...] = ()
    condition: tuple[tuple[int, int], ...] = ()


def controlled(instruction: Instruction, controls: Sequence[tuple[int, int]], /) -> Instruction:
    """Return an instruction with more controls, which come first; by its own name if it has one."""
    gate = instruction.gate
    if gate == BARRIER or not controls:
        return instruction
    if gate not in (UNITARY, DIAGONAL) and gate_of(gate) is None:
        raise ValueError(f"`{gate}` cannot be controlled, because it is no unitary gate.")
    every = (*controls, *instruction.controls)
    excited = [control for control in every if control[1]]
    if gate == "gphase" and excited:  # a phase of the states in which that qubit is 1
        rest = tuple(control for control in every if control != excited[-1])
        phase = instruction._replace(gate="p", qubits=excited[-1][:1], controls=())
        return controlled(phase, rest)
    name = "c" * len(every) + gate
    if len(excited) == len(every) and gate_of(name) is not None:
        qubits = (*(qubit for qubit, _ in every), *instruction.qubits)
        return instruction._replace(gate=name, qubits=qubits, controls=())
    return instruction._replace(controls=every)


def remapped(instruction: Instruction, qubits: Mapping[int, int] | Sequence[int], /) -> Instruction:
    """Return an instruction with qubit `q` replaced by `qubits[q]`."""
    return instruction._replace(
        qubits=tuple(qubits[qubit] for qubit in instruction.qubits),
        controls=tuple((qubits[qubit], state) for qubit, state in instruction.controls),
    )


def inverse(instruction: Instruction, /) -> Instruction:
    """Return the instruction that undoes another, or raise ValueError."""
    gate, values = instruction.gate, instruction.values
    if gate == BARRIER:
        return instruction
    if gate in (UNITARY, DIAGONAL):
        return instruction._replace(values=(_adjoint(gate, values[0]),))
    known = gate_of(gate)
    if known is None:
        raise ValueError(f"`{gate}` has no inverse, because it is no unitary gate.")
    if isinstance(known, FixedGate):
        other = gate.removesuffix("dg") if gate.endswith("dg") else gate + "dg"
        return instruction if gate_of(other) is None else instruction._replace(gate=other)
    if isinstance(known, CompositeGate):
        # The names of the factors are the same in either order.
        angles = [angle for _, angle in known.factors]
        mirrored = dict(zip(angles, reversed(angles), strict=True))
        values = tuple(values[mirrored[angle]] for angle in range(len(values)))
    return instruction._replace(values=tuple(scale(value, -1) for value in values))


def has_exact_power(instruction: Instruction, /) -> bool:
    """Whether every integer power of an instruction is one instruction of the same kind."""
    gate = instruction.gate
    return gate in (UNITARY, DIAGONAL) or isinstance(gate_of(gate), OneAngleGate)


def power(xp: ArrayBackend[Any], instruction: Instruction, exponent: float, /) -> Instruction:
    """Return the power of an instruction, with principal phases, or raise ValueError."""
    gate, values = instruction.gate, instruction.values
    if gate == BARRIER:
        return instruction
    if gate == UNITARY:
        return instruction._replace(values=(unitary_power(xp, values[0], exponent),))
    if gate == DIAGONAL:
        return instruction._replace(values=(diagonal_power(values[0], exponent),))
    known = gate_of(gate)
    if known is None:
        raise ValueError(f"`{gate}` has no power, because it is no unitary gate.")
    if isinstance(known, CompositeGate):
        raise ValueError(
            f"`{gate}` has no power {exponent!r} that is a gate of several angles. Append its "
            "matrix with `unitary`, and take the power of that."
        )
    if isinstance(known, FixedGate):
        matrix = finite_order_power(known.matrix, exponent)
        if not small.is_diagonal(matrix):
            return instruction._replace(gate=UNITARY, values=(matrix,))
        diagonal = tuple(row[place] for place, row in enumerate(matrix))
        return instruction._replace(gate=DIAGONAL, values=(diagonal,))
    return instruction._replace(values=tuple(scale(value, exponent) for value in values))


def _adjoint(gate: str, array: Any) -> Any:
    """Return the adjoint of a matrix, or the conjugate of a diagonal."""
    if isinstance(array, tuple):
        if gate == UNITARY:
            return small.adjoint(array)
        return tuple(entry.conjugate() for entry in array)
    xp = backend_of(array)
    return xp.conj(xp.matrix_transpose(array) if gate == UNITARY else array)
