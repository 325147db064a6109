"""
Circuits and Pauli sums from and to PennyLane.

Qubit i is the wire i; qubits are ordered alike on both sides. Angles that are arrays of PyTorch or
JAX stay arrays, so that derivatives pass through.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, overload

import numpy as np

from arraybackends.integrations.translation import (
    elementary,
    extend_under,
    given_array,
    import_library,
    kraus_of,
    number,
    refusal,
    satisfying,
)
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.gates.channel import POST_SELECT
from arraybackends.quantum.gates.gate import pauli_label
from arraybackends.quantum.gates.instruction import Instruction
from arraybackends.quantum.gates.parameter import Angle, LinearExpression, Parameter, scale
from arraybackends.quantum.gates.structure import BARRIER, DIAGONAL, MEASURE, RESET, UNITARY
from arraybackends.quantum.observables import PauliSum
from arraybackends.selection import backend_of

qml = import_library("pennylane", "pennylane")

__all__ = ["from_pennylane", "to_pennylane"]

QuantumScript: TypeAlias = Any
Operator: TypeAlias = Any

_GATES = {
    "id": qml.Identity, "h": qml.Hadamard, "x": qml.PauliX, "y": qml.PauliY, "z": qml.PauliZ,
    "s": qml.S, "t": qml.T, "sx": qml.SX, "p": qml.PhaseShift, "rx": qml.RX, "ry": qml.RY,
    "rz": qml.RZ, "u": qml.U3, "cx": qml.CNOT, "cy": qml.CY, "cz": qml.CZ, "ch": qml.CH,
    "cp": qml.ControlledPhaseShift, "crx": qml.CRX, "cry": qml.CRY, "crz": qml.CRZ,
    "swap": qml.SWAP, "iswap": qml.ISWAP, "sqrt_iswap": qml.SISWAP, "ecr": qml.ECR,
    "rxx": qml.IsingXX, "ryy": qml.IsingYY, "rzz": qml.IsingZZ,
    "single_excitation": qml.SingleExcitation, "double_excitation": qml.DoubleExcitation,
    "ccx": qml.Toffoli, "ccz": qml.CCZ, "cswap": qml.CSWAP,
}  # fmt: skip
_NAMES = {kind: name for name, kind in _GATES.items()} | {qml.U1: "p"}

# Gates that PennyLane has as others, changed.
_SPECIAL: dict[str, Callable[..., Operator]] = {
    "sdg": lambda wires: qml.adjoint(qml.S(wires)),
    "tdg": lambda wires: qml.adjoint(qml.T(wires)),
    "sxdg": lambda wires: qml.adjoint(qml.SX(wires)),
    "cs": lambda wires: qml.ctrl(qml.S(wires[1:]), wires[0]),
    "csdg": lambda wires: qml.ctrl(qml.adjoint(qml.S(wires[1:])), wires[0]),
    "csx": lambda wires: qml.ctrl(qml.SX(wires[1:]), wires[0]),
    "csxdg": lambda wires: qml.ctrl(qml.adjoint(qml.SX(wires[1:])), wires[0]),
    "iswapdg": lambda wires: qml.adjoint(qml.ISWAP(wires)),
    "sqrt_iswapdg": lambda wires: qml.adjoint(qml.SISWAP(wires)),
    "xx_plus_yy": lambda theta, wires: qml.IsingXY(-theta, wires),
    "gphase": lambda theta, wires: qml.GlobalPhase(-theta),
}

_CHANNELS: dict[str, Callable[..., Operator]] = {
    "bit_flip": qml.BitFlip,
    "phase_flip": qml.PhaseFlip,
    "depolarizing": lambda p, wires: qml.DepolarizingChannel(0.75 * p, wires),
    "amplitude_damping": qml.AmplitudeDamping,
    "generalized_amplitude_damping": lambda gamma, p, wires: (  # PennyLane's p is that of |1>
        qml.GeneralizedAmplitudeDamping(gamma, 1 - p, wires)
    ),
    "phase_damping": qml.PhaseDamping,
    "reset_error": qml.ResetError,
}

_MOST_QUBITS = 8
"""Of a gate that is given by its matrix for want of another way."""

_FEW_QUBITS = 4
"""Of a gate that is given by its matrix rather than by its decomposition."""


@overload
def to_pennylane(given: Circuit, /) -> QuantumScript: ...


@overload
def to_pennylane(given: PauliSum, /) -> Operator: ...


def to_pennylane(given: Circuit | PauliSum, /) -> Any:
    """
    Translate a circuit or a Pauli sum to PennyLane.

    Parameters
    ----------
    given : Circuit or PauliSum

    Returns
    -------
    pennylane.tape.QuantumScript or pennylane.ops.LinearCombination
        A script has the operations, with mid-circuit measurements and conditions, on the wires 0 to
        n - 1, of which it knows those that gates act on; and no measurement processes. In a quantum
        function apply it by `for op in script: pennylane.apply(op)`. The global phase is kept.

    Raises
    ------
    CapabilityError
        If an operation has no counterpart: a readout error, a condition on a bit before it is
        measured, a channel or a measurement under a condition.
    ValueError
        If a parameter is not bound: PennyLane has no symbols.

    Examples
    --------
    >>> from arraybackends.quantum import Circuit
    >>> [op.name for op in to_pennylane(Circuit(2).h(0).crz(0, 1, 0.5)).operations]
    ['Hadamard', 'CRZ']
    """
    if isinstance(given, PauliSum):
        strings = given.to_openfermion()
        wires = range(given.n_qubits)
        words = map(qml.pauli.PauliWord, map(dict, strings))
        terms = [word.operation(wire_order=wires) for word in words]
        return qml.ops.LinearCombination([*map(_plain, strings.values())], terms)
    operations: list[Operator] = []
    outcomes: dict[int, Any] = {}
    for instruction in given:
        gate, qubits, _, _, bits, condition = instruction
        if gate == MEASURE and not condition:
            for qubit, bit in zip(qubits, bits, strict=True):
                measured = qml.ops.MidMeasure([qubit], meas_uid=f"{len(operations)}")
                operations.append(measured)
                outcomes[bit] = qml.measurements.MeasurementValue([measured])
            continue
        parts = elementary(instruction)
        made = [operation for part in parts for operation in _write(part)]
        if condition:
            made = [_under(operation, condition, outcomes) for operation in made]
        operations += made
    return qml.tape.QuantumScript(operations)


def _plain(coefficient: complex) -> complex:
    return coefficient.real if coefficient.imag == 0 else coefficient


def _under(
    operation: Operator, condition: Sequence[tuple[int, int]], outcomes: Mapping[int, Any]
) -> Operator:
    """Return an operation under a condition on outcomes."""
    if not {bit for bit, _ in condition} <= set(outcomes):
        raise refusal("condition on a bit before its measurement", "PennyLane")
    if isinstance(operation, qml.operation.Channel | qml.ops.MidMeasure):
        raise refusal(f"{operation.name} under a condition", "PennyLane")
    wanted = [outcomes[bit] if value else ~outcomes[bit] for bit, value in condition]
    return qml.ops.Conditional(functools.reduce(lambda x, y: x & y, wanted), operation)


def _write(instruction: Instruction) -> list[Operator]:
    """Return the operations of PennyLane that an instruction becomes."""
    gate, qubits, values, controls, _, _ = instruction
    if gate == RESET:
        return [qml.ops.MidMeasure([qubit], reset=True) for qubit in qubits]
    if gate == MEASURE:
        raise refusal("measure under a condition", "PennyLane")
    if gate == BARRIER:
        return [qml.Barrier(qubits)]
    if gate in POST_SELECT:
        return [qml.ops.MidMeasure([*qubits], postselect=POST_SELECT.index(gate))]
    if gate in _CHANNELS:
        return [_CHANNELS[gate](*map(_number_or_array, values), wires=qubits)]
    if (kraus := kraus_of(instruction)) is not None:
        return [qml.QubitChannel([*kraus], wires=qubits)]
    if gate == UNITARY:
        made = [qml.QubitUnitary(_matrix_or_array(gate, values[0]), wires=qubits)]
    elif gate == DIAGONAL:
        made = [qml.DiagonalQubitUnitary(_matrix_or_array(gate, values[0]), wires=qubits)]
    else:
        angles = [_number_or_array(value) for value in values]
        if gate == "xx_minus_yy":
            made = [
                qml.X(qubits[1]), qml.IsingXY(-angles[0], wires=qubits), qml.X(qubits[1])
            ]  # fmt: skip
        elif make := _GATES.get(gate) or _SPECIAL.get(gate):
            made = [make(*angles, wires=qubits)]
        elif label := pauli_label(gate):
            made = [qml.PauliRot(angles[0], label, wires=qubits)]
        else:
            raise refusal(gate, "PennyLane")
    if not controls:
        return made
    wires, states = zip(*controls, strict=True)
    return [qml.ctrl(operation, wires, [*map(bool, states)]) for operation in made]


def _number_or_array(value: Angle) -> Any:
    """Return an angle as a number, or as an array that PennyLane differentiates."""
    if type(value) is float or isinstance(value, (Parameter, LinearExpression)):
        return number(value)
    xp = backend_of(value)
    return value if xp.name in ("pytorch", "jax") else xp.to_numpy(value)


def _matrix_or_array(gate: str, value: Any) -> Any:
    is_native = not isinstance(value, tuple) and backend_of(value).name in ("pytorch", "jax")
    return value if is_native else given_array(gate, value)


def from_pennylane(given: Any, /, wires: Iterable[Any] | None = None) -> Any:
    """
    Translate a script or a Pauli operator of PennyLane.

    Parameters
    ----------
    given : pennylane.tape.QuantumScript, operator or Pauli sentence
        That of a QNode is `pennylane.workflow.construct_tape(qnode)(*arguments)`. Its measurement
        processes are not part of the circuit.
    wires : iterable, optional
        Labels of the wires in the order that the qubits are to have. Unless given, labels that are
        integers are the qubits themselves, and others are taken in the order of appearance.

    Returns
    -------
    Circuit or PauliSum
        The global phase is kept. Operations without a counterpart of their own are given by their
        matrices (on up to four wires), decompositions or Kraus matrices.

    Raises
    ------
    CapabilityError
        If an operation has no counterpart: a snapshot, a wire cut, a measurement of a Pauli string;
        or if an operator is no sum of Pauli strings.

    Examples
    --------
    >>> import pennylane as qml
    >>> from_pennylane(qml.tape.QuantumScript([qml.H(0), qml.CNOT([0, 1]), qml.RZ(0.5, 1)]))
    Circuit(2).h(0).cx(0, 1).rz(1, 0.5)
    >>> from_pennylane(0.5 * qml.X(0) @ qml.Z(2))
    PauliSum({'XIZ': 0.5})
    """
    if isinstance(given, qml.tape.QuantumScript):
        used = [wire for operation in given.operations for wire in operation.wires]
        reader = _Reader(_places(used, wires))
        for operation in given.operations:
            reader.read(reader.circuit, operation)
        return reader.circuit
    sentence = qml.pauli.pauli_sentence(given)
    if sentence is None:
        raise refusal(given, "arraybackends", "It is no sum of Pauli strings.")
    places = _places([wire for word in sentence for wire in word], wires)
    terms = {
        tuple((places[wire], letter) for wire, letter in word.items()): complex(coefficient)
        for word, coefficient in sentence.items()
    }
    return PauliSum.from_openfermion(terms, n_qubits=max(len(places), 1))


def _places(used: Sequence[Any], wires: Iterable[Any] | None) -> dict[Any, int]:
    """Return the qubit of each wire."""
    order = list(dict.fromkeys(used)) if wires is None else list(wires)
    if wires is None and all(isinstance(wire, int) and wire >= 0 for wire in order):
        order = list(range(max(order, default=0) + 1))
    places = {wire: place for place, wire in enumerate(order)}
    if missing := [wire for wire in used if wire not in places]:
        raise ValueError(f"Argument `wires` is {order}, but the wire {missing[0]!r} is used.")
    return places


class _Reader:
    """The circuit that operations of PennyLane make, one after the other."""

    def __init__(self, places: Mapping[Any, int]) -> None:
        self.circuit = Circuit(max(len(places), 1))
        self._places = places
        self._bits: dict[Any, int] = {}

    def read(self, circuit: Circuit, operation: Operator) -> None:
        """Append an operation to a circuit on the whole register."""
        qubits = [self._places[wire] for wire in operation.wires]
        kind = type(operation)
        if kind in _NAMES:
            circuit.append(_NAMES[kind], qubits, *map(_angle, operation.data))
        elif kind in _READERS:
            _READERS[kind](circuit, qubits, operation)
        elif isinstance(operation, qml.ops.MidMeasure):
            self._measure(circuit, operation, qubits)
        elif isinstance(operation, qml.ops.Conditional):
            self._choose(circuit, operation)
        elif isinstance(operation, qml.ops.Controlled):
            controls = [self._places[wire] for wire in operation.control_wires]
            inner = self._alone(operation.base)
            circuit.extend(inner.control(controls, [*map(int, operation.control_values)]))
        elif isinstance(operation, qml.ops.Adjoint):
            circuit.extend(self._alone(operation.base).inverse())
        elif isinstance(operation, qml.ops.Pow) and operation.z == int(operation.z):
            circuit.extend(self._alone(operation.base).power(int(operation.z)))
        elif isinstance(operation, qml.ops.Prod):
            for factor in reversed(operation.operands):
                self.read(circuit, factor)
        elif isinstance(operation, qml.operation.Channel):
            matrices = [np.asarray(matrix).tolist() for matrix in operation.kraus_matrices()]
            circuit.kraus(qubits, matrices)
        else:
            self._expand(circuit, operation, qubits)

    def _alone(self, operation: Operator) -> Circuit:
        circuit = Circuit(self.circuit.n_qubits)
        self.read(circuit, operation)
        return circuit

    def _expand(self, circuit: Circuit, operation: Operator, qubits: Sequence[int]) -> None:
        """Append an operation by its matrix if that is small, or else by its decomposition."""
        if isinstance(operation, qml.WireCut | qml.Snapshot):
            raise refusal(operation.name, "arraybackends")
        n_qubits = len(qubits)
        has_other_way = operation.has_decomposition and not isinstance(operation, qml.ops.Exp)
        most = _FEW_QUBITS if has_other_way else _MOST_QUBITS
        if operation.has_matrix and 0 < n_qubits <= most:
            matrix = operation.matrix(operation.wires)
            if qml.math.get_interface(matrix) in ("torch", "jax"):
                circuit.unitary(qubits, matrix)
            else:
                circuit.unitary(qubits, np.asarray(matrix).tolist())
        elif has_other_way:
            for part in operation.decomposition():
                self.read(circuit, part)
        else:
            raise refusal(operation.name, "arraybackends")

    def _measure(self, circuit: Circuit, operation: Operator, qubits: Sequence[int]) -> None:
        key = _key(operation)
        self._bits.setdefault(key, len(self._bits))
        circuit.measure(qubits, [self._bits[key]])
        if operation.postselect is not None:
            circuit.post_select(qubits, int(operation.postselect))
        if operation.reset:
            circuit.reset(qubits)

    def _choose(self, circuit: Circuit, operation: Operator) -> None:
        measured = operation.meas_val.measurements
        unknown = [m for m in measured if _key(m) not in self._bits]
        if unknown:
            raise refusal(f"condition on {unknown} before its measurement", "arraybackends")
        truth = dict(operation.meas_val.items())
        block = Circuit(circuit.n_qubits, circuit.n_bits).extend(self._alone(operation.base))
        bits = [self._bits[_key(measurement)] for measurement in measured]
        extend_under(circuit, block, satisfying(bits, lambda values: bool(truth[values])))


def _key(measurement: Any) -> Any:
    return getattr(measurement, "meas_uid", None) or id(measurement)


def _angle(value: Any) -> Angle:
    """Return a number, or an array if it is one of PyTorch or JAX, or a batch."""
    if qml.math.get_interface(value) in ("torch", "jax"):
        return value
    array = np.asarray(value)
    return array if array.shape else float(array)


def _read_rotation(circuit: Circuit, qubits: Sequence[int], operation: Operator) -> None:
    label = operation.hyperparameters["pauli_word"]
    circuit.pauli_rotation(label, qubits, _angle(operation.data[0]))


def _read_rot(circuit: Circuit, qubits: Sequence[int], operation: Operator) -> None:
    phi, theta, omega = map(_angle, operation.data)
    circuit.rz(qubits, phi).ry(qubits, theta).rz(qubits, omega)


_READERS: dict[type, Callable[[Circuit, Sequence[int], Operator], object]] = {
    qml.Identity: lambda c, q, op: c.id(q),
    qml.Barrier: lambda c, q, op: c.barrier(q or None),
    qml.PauliRot: _read_rotation,
    qml.Rot: _read_rot,
    qml.MultiRZ: lambda c, q, op: c.append("r" + "z" * len(q), q, _angle(op.data[0])),
    qml.IsingXY: lambda c, q, op: c.append("xx_plus_yy", q, scale(_angle(op.data[0]), -1)),
    qml.GlobalPhase: lambda c, q, op: c.global_phase(scale(_angle(op.data[0]), -1)),
    qml.QubitUnitary: lambda c, q, op: c.unitary(q, _entries(op.data[0])),
    qml.DiagonalQubitUnitary: lambda c, q, op: c.diagonal(q, _entries(op.data[0])),
    qml.BitFlip: lambda c, q, op: c.bit_flip(q, _angle(op.data[0])),
    qml.PhaseFlip: lambda c, q, op: c.phase_flip(q, _angle(op.data[0])),
    qml.DepolarizingChannel: lambda c, q, op: c.depolarizing(q, scale(_angle(op.data[0]), 4 / 3)),
    qml.AmplitudeDamping: lambda c, q, op: c.amplitude_damping(q, _angle(op.data[0])),
    qml.GeneralizedAmplitudeDamping: lambda c, q, op: c.generalized_amplitude_damping(
        q, _angle(op.data[0]), 1 - _angle(op.data[1])
    ),
    qml.PhaseDamping: lambda c, q, op: c.phase_damping(q, _angle(op.data[0])),
    qml.ResetError: lambda c, q, op: c.reset_error(q, *map(_angle, op.data)),
}
del _NAMES[qml.Identity]  # which may have any number of wires


def _entries(array: Any) -> Any:
    """Return an array of PyTorch or JAX as it is, any other as nested lists."""
    if qml.math.get_interface(array) in ("torch", "jax"):
        return array
    return np.asarray(array).tolist()
