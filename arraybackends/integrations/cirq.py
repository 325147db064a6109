"""
Circuits and Pauli sums from and to Cirq.

Qubit i is `cirq.LineQubit(i)`; qubits are ordered alike on both sides. Cirq simulates in single
precision unless told otherwise: `cirq.Simulator(dtype=numpy.complex128)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, overload

import numpy as np

from arraybackends.integrations.translation import (
    angle_with,
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
from arraybackends.quantum.gates.gate import pauli_label
from arraybackends.quantum.gates.instruction import Instruction
from arraybackends.quantum.gates.parameter import Angle, Parameter
from arraybackends.quantum.gates.structure import BARRIER, DIAGONAL, MEASURE, RESET, UNITARY
from arraybackends.quantum.observables import PauliSum

cirq = import_library("cirq", "cirq-core")
sympy = import_library("sympy", "sympy")

__all__ = ["from_cirq", "to_cirq"]

CirqCircuit: TypeAlias = Any
CirqPauliSum: TypeAlias = Any

_FIXED = {
    "id": cirq.I, "h": cirq.H, "x": cirq.X, "y": cirq.Y, "z": cirq.Z, "s": cirq.S,
    "sdg": cirq.S**-1, "t": cirq.T, "tdg": cirq.T**-1, "sx": cirq.X**0.5, "sxdg": cirq.X**-0.5,
    "cx": cirq.CX, "cy": cirq.ControlledGate(cirq.Y), "cz": cirq.CZ,
    "ch": cirq.ControlledGate(cirq.H), "cs": cirq.CZ**0.5, "csdg": cirq.CZ**-0.5,
    "csx": cirq.CX**0.5, "csxdg": cirq.CX**-0.5, "swap": cirq.SWAP, "iswap": cirq.ISWAP,
    "iswapdg": cirq.ISWAP**-1, "sqrt_iswap": cirq.SQRT_ISWAP, "sqrt_iswapdg": cirq.SQRT_ISWAP_INV,
    "ccx": cirq.CCX, "ccz": cirq.CCZ, "cswap": cirq.CSWAP,
}  # fmt: skip


def _phase(theta: Any) -> Any:
    return cirq.ZPowGate(exponent=theta / math.pi)


def _exchange(theta: Any) -> Any:
    return cirq.ISwapPowGate(exponent=-theta / math.pi)


def _global_phase(theta: Any) -> Any:
    exponential = sympy.exp if isinstance(theta, sympy.Basic) else np.exp
    return cirq.GlobalPhaseGate(exponential(1j * theta))


# Each a list of gates and of the places of their qubits, in the order in which they act.
_TURNING: dict[str, Callable[..., list[tuple[Any, Sequence[int]]]]] = {
    "p": lambda theta: [(_phase(theta), (0,))],
    "rx": lambda theta: [(cirq.rx(theta), (0,))],
    "ry": lambda theta: [(cirq.ry(theta), (0,))],
    "rz": lambda theta: [(cirq.rz(theta), (0,))],
    "u": lambda theta, phi, lam: [
        (_phase(lam), (0,)), (cirq.ry(theta), (0,)), (_phase(phi), (0,)),
    ],
    "cp": lambda theta: [(cirq.CZPowGate(exponent=theta / math.pi), (0, 1))],
    "crx": lambda theta: [(cirq.ControlledGate(cirq.rx(theta)), (0, 1))],
    "cry": lambda theta: [(cirq.ControlledGate(cirq.ry(theta)), (0, 1))],
    "crz": lambda theta: [(cirq.ControlledGate(cirq.rz(theta)), (0, 1))],
    "ecr": lambda: [(cirq.X, (0,)), (_rotation("ZX", -math.pi / 2), (0, 1))],
    "xx_plus_yy": lambda theta: [(_exchange(theta), (0, 1))],
    "xx_minus_yy": lambda theta: [
        (cirq.X, (1,)), (_exchange(theta), (0, 1)), (cirq.X, (1,)),
    ],
    "single_excitation": lambda theta: [
        (cirq.S**-1, (0,)), (_exchange(theta), (0, 1)), (cirq.S, (0,)),
    ],
    "gphase": lambda theta: [(_global_phase(theta), ())],
}  # fmt: skip

_CHANNELS: dict[str, Callable[..., Any]] = {
    "bit_flip": cirq.bit_flip,
    "phase_flip": cirq.phase_flip,
    "depolarizing": lambda p: cirq.depolarize(0.75 * p),
    "amplitude_damping": cirq.amplitude_damp,
    "generalized_amplitude_damping": lambda gamma, p: cirq.generalized_amplitude_damp(p, gamma),
    "phase_damping": cirq.phase_damp,
}


def _rotation(label: str, theta: Any) -> Any:
    """Return exp(-i theta P / 2)."""
    half = theta / (2 * math.pi)
    string = cirq.DensePauliString(label)
    return cirq.PauliStringPhasorGate(string, exponent_neg=half, exponent_pos=-half)


@overload
def to_cirq(given: Circuit, /) -> CirqCircuit: ...


@overload
def to_cirq(given: PauliSum, /) -> CirqPauliSum: ...


def to_cirq(given: Circuit | PauliSum, /) -> Any:
    """
    Translate a circuit or a Pauli sum to Cirq.

    Parameters
    ----------
    given : Circuit or PauliSum

    Returns
    -------
    cirq.Circuit or cirq.PauliSum
        Parameters become sympy symbols of the same name; the classical bit i the measurement key
        "c<i>". Qubits without a gate get an identity, so that the register keeps its size; a
        barrier begins a new moment. The global phase is kept.

    Raises
    ------
    CapabilityError
        If an operation has no counterpart: a post-selection, a readout error, a measurement under a
        condition, a condition on a bit before it is measured.
    ValueError
        If the parameter of a channel is not bound.
    ShapeError
        If an angle is a batch.

    Notes
    -----
    Derivatives end here: arrays become numbers.

    Examples
    --------
    >>> from arraybackends.quantum import Circuit
    >>> print(to_cirq(Circuit(2).h(0).cx(0, 1)))
    0: ───H───@───
              │
    1: ───────X───
    """
    qubits = cirq.LineQubit.range(given.n_qubits)
    if isinstance(given, PauliSum):
        return cirq.PauliSum.from_pauli_strings([
            cirq.DensePauliString(label, coefficient=c).on(*qubits)
            for label, c in given.terms.items()
        ])  # fmt: skip
    made = cirq.Circuit()
    measured: set[int] = set()
    for instruction in given:
        gate, _, _, _, bits, condition = instruction
        if gate == BARRIER:
            made.append(cirq.Moment(), strategy=cirq.InsertStrategy.NEW)
            continue
        if condition and gate == MEASURE:
            raise refusal("measure under a condition", "Cirq")
        if not measured.issuperset(bit for bit, _ in condition):
            raise refusal("condition on a bit before its measurement", "Cirq")
        conditions = [sympy.Eq(sympy.Symbol(f"c{bit}"), value) for bit, value in condition]
        for part in elementary(instruction, of=("double_excitation",)):
            for operation in _write(part, qubits):
                made.append(operation.with_classical_controls(*conditions))
        measured.update(bits)
    idle = sorted(set(qubits) - made.all_qubits())
    return made + cirq.Circuit(map(cirq.I, idle)) if idle else made


def _write(instruction: Instruction, register: Sequence[Any]) -> list[Any]:
    """Return the operations of Cirq that an instruction becomes."""
    gate, places, values, controls, bits, _ = instruction
    qubits = [register[place] for place in places]
    if gate == MEASURE:
        pairs = zip(qubits, bits, strict=True)
        return [cirq.measure(qubit, key=f"c{bit}") for qubit, bit in pairs]
    if gate == RESET:
        return [*map(cirq.reset, qubits)]
    if gate in _CHANNELS:
        return [_CHANNELS[gate](*map(number, values)).on(*qubits)]
    if (kraus := kraus_of(instruction)) is not None:
        return [cirq.KrausChannel([*kraus]).on(*qubits)]
    parts: list[tuple[Any, Sequence[int]]]
    if gate == UNITARY:
        parts = [(cirq.MatrixGate(given_array(gate, values[0])), range(len(qubits)))]
    elif gate == DIAGONAL:
        phases = np.angle(given_array(gate, values[0])).tolist()
        parts = [(cirq.DiagonalGate(phases), range(len(qubits)))]
    elif gate in _FIXED:
        parts = [(_FIXED[gate], range(len(qubits)))]
    else:
        angles = [angle_with(value, sympy.Symbol) for value in values]
        if gate in _TURNING:
            parts = _TURNING[gate](*angles)
        elif label := pauli_label(gate):
            parts = [(_rotation(label, angles[0]), range(len(qubits)))]
        else:
            raise refusal(gate, "Cirq")
    operations = [made.on(*(qubits[place] for place in inner)) for made, inner in parts]
    if not controls:
        return operations
    steering = [register[qubit] for qubit, _ in controls]
    states = [state for _, state in controls]
    return [made.controlled_by(*steering, control_values=states) for made in operations]


def from_cirq(given: Any, /, qubits: Iterable[Any] | None = None) -> Any:
    """
    Translate a circuit or a Pauli operator of Cirq.

    Parameters
    ----------
    given : cirq.AbstractCircuit, cirq.PauliSum or cirq.PauliString
    qubits : iterable of cirq.Qid, optional
        Qubits in the order that they are to have; all that are used, in Cirq's order, unless given.

    Returns
    -------
    Circuit or PauliSum
        Measurement keys become classical bits, one for each qubit measured, in the order of their
        appearance. The global phase is kept. Gates without a counterpart of their own are given by
        their matrices, channels by their Kraus matrices.

    Raises
    ------
    CapabilityError
        If an operation has no counterpart: a qudit, a confusion of outcomes, an angle that is not
        linear in its symbols, a loop until a condition.
    TypeError
        If it is no such object.

    Examples
    --------
    >>> import cirq
    >>> a, b = cirq.LineQubit.range(2)
    >>> from_cirq(cirq.Circuit(cirq.H(a), cirq.CX(a, b)))
    Circuit(2).h(0).cx(0, 1)
    """
    if isinstance(given, cirq.PauliString):
        given = cirq.PauliSum.from_pauli_strings(given)
    if isinstance(given, cirq.PauliSum):
        order = sorted(given.qubits) if qubits is None else list(qubits)
        return _read_sum(given, order)
    if not isinstance(given, cirq.AbstractCircuit):
        raise TypeError(
            f"Argument `given` must be a circuit or a Pauli operator of Cirq, but is {given!r}."
        )
    flat = cirq.unroll_circuit_op(given, deep=True, tags_to_check=None)
    order = sorted(flat.all_qubits()) if qubits is None else list(qubits)
    reader = _Reader(order)
    for operation in flat.all_operations():
        reader.read(operation)
    return reader.circuit


def _read_sum(given: CirqPauliSum, order: Sequence[Any]) -> PauliSum:
    places = {qubit: place for place, qubit in enumerate(order)}
    terms = {
        tuple((places[qubit], str(pauli)) for qubit, pauli in string.items()): string.coefficient
        for string in given
    }
    return PauliSum.from_openfermion(terms, n_qubits=len(order))


class _Reader:
    """The circuit that operations of Cirq make, one after the other."""

    def __init__(self, order: Sequence[Any]) -> None:
        if any(qubit.dimension != 2 for qubit in order):
            raise refusal("a qudit", "arraybackends")
        self.circuit = Circuit(len(order))
        self._places = {qubit: place for place, qubit in enumerate(order)}
        self._bits: dict[str, list[int]] = {}

    def read(self, operation: Any) -> None:
        """Append an operation."""
        operation = operation.untagged
        if not isinstance(operation, cirq.ClassicallyControlledOperation):
            self._append(self.circuit, operation)
            return
        block = Circuit(self.circuit.n_qubits, self.circuit.n_bits)
        self._append(block, operation.without_classical_controls())
        conditions: list[dict[int, int]] = [{}]
        for control in operation.classical_controls:
            new = self._satisfying(control)
            conditions = [
                {**old, **one}
                for old in conditions
                for one in new
                if all(old.get(bit, value) == value for bit, value in one.items())
            ]
        extend_under(self.circuit, block, conditions)

    def _satisfying(self, control: Any) -> list[dict[int, int]]:
        """Return the values of bits for which a condition holds."""
        keys = [str(key) for key in control.keys]
        unknown = [key for key in keys if key not in self._bits]
        if unknown:
            raise refusal(f"condition on {unknown} before its measurement", "arraybackends")
        places = [bit for key in keys for bit in self._bits[key]]

        def is_true(values: tuple[int, ...]) -> bool:
            found = dict(zip(places, values, strict=True))
            records = {
                cirq.MeasurementKey.parse_serialized(key): [
                    tuple(found[bit] for bit in self._bits[key])
                ]
                for key in keys
            }
            kinds = dict.fromkeys(records, cirq.MeasurementType.MEASUREMENT)
            qubits = {
                key: [tuple(cirq.LineQubit.range(len(rows[0])))] for key, rows in records.items()
            }
            store = cirq.ClassicalDataDictionaryStore(
                _records=records, _measured_qubits=qubits, _measurement_types=kinds
            )
            return bool(control.resolve(store))

        return satisfying(places, is_true)

    def _append(self, circuit: Circuit, operation: Any) -> None:
        operation = operation.untagged
        places = [self._places[qubit] for qubit in operation.qubits]
        gate = operation.gate
        if isinstance(gate, cirq.MeasurementGate):
            self._measure(circuit, gate, places)
        elif isinstance(operation, cirq.ControlledOperation):
            n_controls = len(operation.controls)
            states = _control_states(operation.control_values)
            inner = Circuit(max(self.circuit.n_qubits, 1))
            self._append(inner, operation.sub_operation)
            circuit.extend(inner.control(places[:n_controls], states))
        elif gate is not None:
            _append_gate(circuit, gate, places)
        elif isinstance(operation, cirq.PauliString) and abs(operation.coefficient) == 1:
            for qubit, pauli in operation.items():
                circuit.append(str(pauli).lower(), self._places[qubit])
            _append_phase(circuit, operation.coefficient)
        else:
            raise refusal(operation, "arraybackends")

    def _measure(self, circuit: Circuit, gate: Any, places: Sequence[int]) -> None:
        if gate.confusion_map:
            raise refusal("a measurement with a confusion map", "arraybackends")
        key = str(gate.mkey)
        if key not in self._bits:
            first = sum(map(len, self._bits.values()))
            self._bits[key] = [first + place for place in range(len(places))]
        if len(self._bits[key]) != len(places):
            raise refusal(f"key {key!r} of measurements of unequal size", "arraybackends")
        flipped = [q for q, flip in zip(places, gate.full_invert_mask(), strict=True) if flip]
        circuit.x(flipped).measure(places, self._bits[key]).x(flipped)


def _control_states(values: Any) -> list[int]:
    """Return the state of each control, if it is one for each."""
    found = [*values.expand()]
    if len(found) != 1:
        raise refusal(f"control values {values}", "arraybackends")
    return [int(state) for state in found[0]]


def _append_gate(circuit: Circuit, gate: Any, places: Sequence[int]) -> None:
    """Append a gate or channel of Cirq."""
    if any(dimension != 2 for dimension in cirq.qid_shape(gate)):
        raise refusal(f"{gate!r}, which acts on a qudit,", "arraybackends")
    known = _NAMES.get(gate) if isinstance(gate, cirq.EigenGate) else None
    if known is not None:
        circuit.append(known, places)
    elif isinstance(gate, cirq.ControlledGate):
        n_controls = gate.num_controls()
        inner = Circuit(circuit.n_qubits)
        _append_gate(inner, gate.sub_gate, places[n_controls:])
        states = _control_states(gate.control_values)
        circuit.extend(inner.control(places[:n_controls], states))
    elif isinstance(gate, cirq.EigenGate) and type(gate) in _POWERS:
        _POWERS[type(gate)](circuit, places, _radians(gate.exponent), gate.global_shift)
    elif isinstance(gate, (cirq.IdentityGate, cirq.WaitGate)):
        circuit.id(places)
    elif isinstance(gate, cirq.FSimGate):
        circuit.fsim(places[0], places[1], _angle(gate.theta), _angle(gate.phi))
    elif isinstance(gate, cirq.PhasedXPowGate):
        turn, exponent = _radians(gate.phase_exponent), _radians(gate.exponent)
        circuit.rz(places, -turn)
        _x_power(circuit, places, exponent, gate.global_shift)
        circuit.rz(places, turn)
    elif isinstance(gate, cirq.GlobalPhaseGate):
        _append_phase(circuit, gate.coefficient)
    elif isinstance(gate, cirq.DiagonalGate):
        circuit.diagonal(places, np.diag(cirq.unitary(gate)).tolist())
    elif isinstance(gate, cirq.PauliStringPhasorGate):
        _append_phasor(circuit, gate, places)
    elif isinstance(gate, cirq.ResetChannel):
        circuit.reset(places)
    elif type(gate) in _FROM_CHANNELS:
        _FROM_CHANNELS[type(gate)](circuit, places, gate)
    elif len(places) <= _MOST_QUBITS and (matrix := cirq.unitary(gate, None)) is not None:
        circuit.unitary(places, matrix.tolist())
    elif len(places) <= _MOST_QUBITS and not cirq.is_measurement(gate) and (
        kraus := cirq.kraus(gate, None)
    ):  # fmt: skip
        circuit.kraus(places, [np.asarray(matrix).tolist() for matrix in kraus])
    else:
        raise refusal(gate, "arraybackends")


_MOST_QUBITS = 8
"""Of a gate that is given by its matrix."""

_NAMES = {
    gate: name
    for name, gate in _FIXED.items()
    if isinstance(gate, cirq.EigenGate) and name not in ("cs", "csdg", "csx", "csxdg")
}


def _radians(half_turns: Any) -> Angle:
    return _angle(half_turns) * math.pi


def _angle(value: Any) -> Angle:
    """Read a number, or a linear expression of symbols."""
    if not isinstance(value, sympy.Basic):
        return float(value)
    symbols = sorted(value.free_symbols, key=str)
    try:
        polynomial = sympy.Poly(value, *symbols) if symbols else None
        if polynomial is None:
            return float(value)
        if polynomial.total_degree() > 1:
            raise sympy.PolynomialError
        terms = [float(polynomial.coeff_monomial(s)) * Parameter(str(s)) for s in symbols]
        return sum(terms, float(polynomial.coeff_monomial(1)))
    except (sympy.PolynomialError, TypeError) as error:
        raise refusal(
            f"angle {value}", "arraybackends", "Angles are linear in their parameters, and real."
        ) from error


# Gates that are powers: a rotation by pi times the exponent, and a phase


def _append_shift(circuit: Circuit, angle: Angle, shift: float) -> None:
    if shift:
        circuit.global_phase(angle * shift)


def _pauli_power(letter: str) -> Callable[..., None]:
    def append(circuit: Circuit, places: Sequence[int], angle: Angle, shift: float) -> None:
        circuit.append("r" + letter, places, angle)
        _append_shift(circuit, angle, shift + 0.5)

    return append


_x_power = _pauli_power("x")


def _phase_power(circuit: Circuit, places: Sequence[int], angle: Angle, shift: float) -> None:
    *controls, target = places
    circuit.append("p", target, angle, controls=controls)
    _append_shift(circuit, angle, shift)


def _flip_power(circuit: Circuit, places: Sequence[int], angle: Angle, shift: float) -> None:
    *controls, target = places
    circuit.append("rx", target, angle, controls=controls)
    circuit.append("gphase", (), angle * 0.5, controls=controls)
    _append_shift(circuit, angle, shift)


def _swap_power(circuit: Circuit, places: Sequence[int], angle: Angle, shift: float) -> None:
    """Append exp(i angle (1 - SWAP) / 2)."""
    for letters in ("rxx", "ryy", "rzz"):
        circuit.append(letters, places, angle * 0.5)
    _append_shift(circuit, angle, shift + 0.25)


def _iswap_power(circuit: Circuit, places: Sequence[int], angle: Angle, shift: float) -> None:
    circuit.append("xx_plus_yy", places, -angle)
    _append_shift(circuit, angle, shift)


def _h_power(circuit: Circuit, places: Sequence[int], angle: Angle, shift: float) -> None:
    """Turn about the axis between x and z."""
    circuit.ry(places, -math.pi / 4).rz(places, angle).ry(places, math.pi / 4)
    _append_shift(circuit, angle, shift + 0.5)


_POWERS: dict[type, Callable[..., None]] = {
    cirq.HPowGate: _h_power,
    cirq.SwapPowGate: _swap_power,
    cirq.ISwapPowGate: _iswap_power,
    **dict.fromkeys((cirq.XPowGate, type(cirq.X), cirq.Rx), _x_power),
    **dict.fromkeys((cirq.YPowGate, type(cirq.Y), cirq.Ry), _pauli_power("y")),
    **dict.fromkeys((cirq.ZPowGate, type(cirq.Z)), _phase_power),
    cirq.Rz: _pauli_power("z"),
    cirq.CZPowGate: _phase_power,
    cirq.CCZPowGate: _phase_power,
    cirq.CXPowGate: _flip_power,
    cirq.CCXPowGate: _flip_power,
    **dict.fromkeys((cirq.XXPowGate, cirq.MSGate), _pauli_power("xx")),
    cirq.YYPowGate: _pauli_power("yy"),
    cirq.ZZPowGate: _pauli_power("zz"),
}


# Other gates, and channels


def _append_phase(circuit: Circuit, coefficient: Any) -> None:
    """Append a global phase, given as exp(i theta)."""
    if isinstance(coefficient, sympy.Basic):
        theta = sympy.expand(-sympy.I * sympy.expand(coefficient.args[0])) if isinstance(
            coefficient, sympy.exp
        ) else None  # fmt: skip
        if theta is None:
            raise refusal(f"global phase {coefficient}", "arraybackends")
        circuit.global_phase(_angle(theta))
    else:
        circuit.global_phase(float(np.angle(complex(coefficient))))


def _append_phasor(circuit: Circuit, gate: Any, places: Sequence[int]) -> None:
    """Append exp(i pi a) on one eigenspace of a Pauli string, exp(i pi b) on the other."""
    string = gate.dense_pauli_string
    negative, positive = _radians(gate.exponent_neg), _radians(gate.exponent_pos)
    sign = complex(string.coefficient).real
    if sign < 0:
        negative, positive = positive, negative
    letters = str(string).lstrip("+-")
    circuit.pauli_rotation(letters, places, negative - positive)
    phase = (negative + positive) * 0.5
    if phase != 0:
        circuit.global_phase(phase)


def _depolarize(circuit: Circuit, places: Sequence[int], gate: Any) -> None:
    mixed = gate.p / (1 - 0.25 ** len(places))
    circuit.append("depolarizing" if len(places) == 1 else "joint_depolarizing", places, mixed)


_FROM_CHANNELS: dict[type, Callable[[Circuit, Sequence[int], Any], object]] = {
    cirq.BitFlipChannel: lambda c, q, gate: c.bit_flip(q, gate.p),
    cirq.PhaseFlipChannel: lambda c, q, gate: c.phase_flip(q, gate.p),
    cirq.DepolarizingChannel: _depolarize,
    cirq.AmplitudeDampingChannel: lambda c, q, gate: c.amplitude_damping(q, gate.gamma),
    cirq.GeneralizedAmplitudeDampingChannel: lambda c, q, gate: c.generalized_amplitude_damping(
        q, gate.gamma, gate.p
    ),
    cirq.PhaseDampingChannel: lambda c, q, gate: c.phase_damping(q, gate.gamma),
}
