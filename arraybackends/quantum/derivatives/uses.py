"""The uses of angles: a circuit in which every gate has an angle of its own.

Two gates may share an angle, by name or by chance; a rule for the angle of one gate shifts that
one alone, and the chain rule adds up what the uses contribute.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.circuits.layout import Layout
from arraybackends.quantum.dtype import index_dtype
from arraybackends.quantum.gates.channel import READOUT_ERROR
from arraybackends.quantum.gates.gate import CompositeGate, gate_of
from arraybackends.quantum.gates.given import GIVEN
from arraybackends.quantum.gates.parameter import Parameter, affine
from arraybackends.quantum.gates.structure import MEASURE, Operation, Structure

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["Separated", "Uses", "separated"]


class Separated(NamedTuple):
    """A structure in which no two operations share an angle, and the old slot of each new one."""

    structure: Structure
    slots: tuple[int, ...]


@functools.lru_cache(maxsize=256)
def separated(structure: Structure, /) -> Separated:
    """
    Give every gate and channel angles of its own, and replace composite gates by their factors.

    A readout error becomes one for each measurement that it holds for.
    """
    slots: list[int] = []
    operations: list[Operation] = []
    for operation in _one_by_one(structure):
        if operation.gate in GIVEN:
            operations.append(operation)
            continue
        start = len(slots)
        slots.extend(operation.slots)
        operations.append(operation._replace(slots=tuple(range(start, len(slots)))))
    return Separated(
        structure._replace(operations=tuple(operations), n_angles=len(slots)), tuple(slots)
    )


def _one_by_one(structure: Structure) -> Iterator[Operation]:
    readout: dict[int, Operation] = {}
    for operation in structure.operations:
        gate = gate_of(operation.gate)
        if isinstance(gate, CompositeGate):
            for name, angle in gate.factors:
                yield operation._replace(gate=name, slots=(operation.slots[angle],))
        elif operation.gate == READOUT_ERROR:
            readout[operation.qubits[0]] = operation
        else:
            if operation.gate == MEASURE:
                yield from (readout[qubit] for qubit in operation.qubits if qubit in readout)
            yield operation


class Uses:
    """
    The linear map from the parameters of a circuit to the angles of its separated structure.

    Attributes
    ----------
    structure : Structure
    is_variable : tuple of bool
        Whether each angle depends on a parameter.
    """

    def __init__(self, circuit: Circuit, /) -> None:
        self._layout = Layout(circuit)
        self.structure, self._slots = separated(circuit.structure)
        self._n_angles = len(circuit.angles)
        varies = [bool(affine(angle)[0]) for angle in circuit.angles]
        self.is_variable = tuple(varies[slot] for slot in self._slots)

    def rows(self, xp: ArrayBackend[Any], theta: Any, /) -> Any:
        """Return the angles (batch, n_uses) for parameters (*batch, n_parameters)."""
        angles = xp.matrix_transpose(self._layout.angles(xp, theta))
        return xp.take(angles, self._indices(xp), axis=1)

    def parameters(self, xp: ArrayBackend[Any], gradient: Any, /) -> Any:
        """Return the gradient in parameters, (m, n_parameters), given that in uses, (m, n_uses)."""
        zeros = xp.zeros(
            (self._n_angles, gradient.shape[0]), dtype=gradient.dtype, device=xp.device
        )
        in_angles = xp.at(zeros)[self._indices(xp)].add(xp.matrix_transpose(gradient))
        return self._layout.parameters(xp, in_angles)

    def both_parameters(self, xp: ArrayBackend[Any], matrices: Any, /) -> Any:
        """Return bilinear forms in parameters, (m, P, P), given those in uses, (m, n, n)."""
        for _ in range(2):
            m, rows, columns = matrices.shape
            flat = self.parameters(xp, xp.reshape(matrices, (m * rows, columns)))
            matrices = xp.matrix_transpose(xp.reshape(flat, (m, rows, flat.shape[-1])))
        return matrices

    def layers(self) -> list[int]:
        """Return the layer of each use: in a layer, no gate with a parameter acts on another's."""
        found, layer, touched = [0] * len(self._slots), 0, set[int]()
        for operation in self.structure.operations:
            qubits = {*operation.qubits, *(qubit for qubit, _ in operation.controls)}
            slots = () if operation.gate in GIVEN else operation.slots
            if any(self.is_variable[slot] for slot in slots):
                if qubits & touched:
                    layer, touched = layer + 1, set()
                touched |= qubits
                for slot in slots:
                    found[slot] = layer
            elif qubits & touched:
                touched |= qubits
        return found

    def circuit(self, matrices: Sequence[Any], /) -> Circuit:
        """Return the circuit in which every use is a parameter, in their order."""
        from arraybackends.quantum.circuits.circuit import Circuit

        circuit = Circuit(self.structure.n_qubits, self.structure.n_bits)
        for operation in self.structure.operations:
            values: tuple[Any, ...] = tuple(Parameter(str(slot)) for slot in operation.slots)
            if operation.gate in GIVEN:
                values = tuple(matrices[slot] for slot in operation.slots)
            qubits, states = (
                zip(*operation.controls, strict=True) if operation.controls else ((), ())
            )
            circuit.append(
                operation.gate, operation.qubits, *values, controls=qubits, control_states=states,
                bits=operation.bits, condition=operation.condition,
            )  # fmt: skip
        return circuit

    def _indices(self, xp: ArrayBackend[Any]) -> Any:
        return xp.asarray(list(self._slots), dtype=index_dtype(xp), device=xp.device)
