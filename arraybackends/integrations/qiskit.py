"""
Circuits and Pauli sums from and to Qiskit.

Qubit i is qubit i on both sides. Qiskit writes qubit 0 last, in the index of a state as in labels
and counts; so the state of the translated circuit is that of `circuit.reverse_bits()`.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, overload

import numpy as np

from arraybackends.integrations.translation import (
    angle_with,
    elementary,
    extend_under,
    given_array,
    import_library,
    kraus_of,
    refusal,
    satisfying,
)
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.gates.gate import pauli_label
from arraybackends.quantum.gates.instruction import Instruction
from arraybackends.quantum.gates.parameter import Angle, Parameter
from arraybackends.quantum.gates.structure import BARRIER, DIAGONAL, MEASURE, RESET, UNITARY
from arraybackends.quantum.observables import PauliSum

qiskit = import_library("qiskit", "qiskit")
library = import_library("qiskit.circuit.library", "qiskit")
quantum_info = import_library("qiskit.quantum_info", "qiskit")

__all__ = ["from_qiskit", "to_qiskit"]

QuantumCircuit: TypeAlias = Any
SparsePauliOp: TypeAlias = Any

_GATES = {
    "id": library.IGate, "h": library.HGate, "x": library.XGate, "y": library.YGate,
    "z": library.ZGate, "s": library.SGate, "sdg": library.SdgGate, "t": library.TGate,
    "tdg": library.TdgGate, "sx": library.SXGate, "sxdg": library.SXdgGate,
    "p": library.PhaseGate, "rx": library.RXGate, "ry": library.RYGate, "rz": library.RZGate,
    "u": library.UGate, "cx": library.CXGate, "cy": library.CYGate, "cz": library.CZGate,
    "ch": library.CHGate, "cs": library.CSGate, "csdg": library.CSdgGate, "csx": library.CSXGate,
    "cp": library.CPhaseGate, "crx": library.CRXGate, "cry": library.CRYGate,
    "crz": library.CRZGate, "swap": library.SwapGate, "iswap": library.iSwapGate,
    "ecr": library.ECRGate, "rxx": library.RXXGate, "ryy": library.RYYGate,
    "rzz": library.RZZGate, "rzx": library.RZXGate, "ccx": library.CCXGate,
    "ccz": library.CCZGate, "cswap": library.CSwapGate, "gphase": library.GlobalPhaseGate,
    "xx_plus_yy": library.XXPlusYYGate, "xx_minus_yy": library.XXMinusYYGate,
}  # fmt: skip
_NAMES = {kind: name for name, kind in _GATES.items() if name not in ("xx_plus_yy", "xx_minus_yy")}
_NAMES |= {library.U1Gate: "p", library.U3Gate: "u"}

# Operators of classical conditions, by name.
_UNARY = {"LOGIC_NOT": operator.not_}
_BINARY = {
    "LOGIC_AND": lambda x, y: x and y, "LOGIC_OR": lambda x, y: x or y,
    "EQUAL": operator.eq, "NOT_EQUAL": operator.ne, "LESS": operator.lt,
    "LESS_EQUAL": operator.le, "GREATER": operator.gt, "GREATER_EQUAL": operator.ge,
    "BIT_AND": operator.and_, "BIT_OR": operator.or_, "BIT_XOR": operator.xor,
}  # fmt: skip

# Gates that Qiskit has as others with certain angles.
_SPECIAL: dict[str, Callable[..., Any]] = {
    "csxdg": lambda: library.SXdgGate().control(1, annotated=True),
    "iswapdg": lambda: library.XXPlusYYGate(np.pi),
    "sqrt_iswap": lambda: library.XXPlusYYGate(-np.pi / 2),
    "sqrt_iswapdg": lambda: library.XXPlusYYGate(np.pi / 2),
    "single_excitation": lambda theta: library.XXPlusYYGate(theta, -np.pi / 2),
}


@overload
def to_qiskit(given: Circuit, /) -> QuantumCircuit: ...


@overload
def to_qiskit(given: PauliSum, /) -> SparsePauliOp: ...


def to_qiskit(given: Circuit | PauliSum, /) -> Any:
    """
    Translate a circuit or a Pauli sum to Qiskit.

    Parameters
    ----------
    given : Circuit or PauliSum

    Returns
    -------
    qiskit.QuantumCircuit or qiskit.quantum_info.SparsePauliOp
        Parameters become `qiskit.circuit.Parameter`s of the same name, channels Kraus instructions,
        conditions `if_test` blocks. The global phase is kept.

    Raises
    ------
    CapabilityError
        If an operation has no counterpart: a post-selection, a readout error.
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
    >>> dict(to_qiskit(Circuit(2).h(0).crz(0, 1, 0.5)).count_ops())
    {'h': 1, 'crz': 1}
    """
    if isinstance(given, PauliSum):
        return quantum_info.SparsePauliOp.from_list(given.to_qiskit(), num_qubits=given.n_qubits)
    symbols = {name: qiskit.circuit.Parameter(name) for name in given.parameters}
    made = qiskit.QuantumCircuit(given.n_qubits, given.n_bits)
    for instruction in given:
        block = made.copy_empty_like() if instruction.condition else made
        for part in elementary(instruction, of=("double_excitation",)):
            block.append(*_write(part, symbols))
        for place, (bit, value) in enumerate(instruction.condition):
            is_last = place == len(instruction.condition) - 1
            outer = made if is_last else made.copy_empty_like()
            outer.if_test((made.clbits[bit], value), block, made.qubits, made.clbits)
            block = outer
    return made


def _write(instruction: Instruction, symbols: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return an operation of Qiskit, its qubits and its classical bits."""
    gate, qubits, values, controls, bits, _ = instruction
    if gate == MEASURE:
        return library.Measure(), [[*qubits]], [[*bits]]
    if gate == RESET:
        return library.Reset(), [[*qubits]], []
    if gate == BARRIER:
        return library.Barrier(len(qubits)), qubits, []
    if (kraus := kraus_of(instruction)) is not None:
        channel = quantum_info.Kraus([*kraus])
        return channel.to_instruction(), qubits[::-1], []
    if gate == UNITARY:
        made = library.UnitaryGate(given_array(gate, values[0]), check_input=False)
        qubits = qubits[::-1]
    elif gate == DIAGONAL:
        made, qubits = library.DiagonalGate([*given_array(gate, values[0])]), qubits[::-1]
    else:
        angles = [angle_with(value, symbols.__getitem__) for value in values]
        make = _GATES.get(gate) or _SPECIAL.get(gate)
        if make is not None:
            made = make(*angles)
        elif label := pauli_label(gate):
            made = library.PauliProductRotationGate(quantum_info.Pauli(label[::-1]), angles[0])
        else:
            raise refusal(gate, "Qiskit")
    if controls:
        steering, states = zip(*controls, strict=True)
        state = "".join(map(str, reversed(states)))
        if gate in _GATES:
            made = made.control(len(controls), ctrl_state=state, annotated=True)
        else:  # of a rotation about a Pauli string, `control` makes an evolution, which is slow
            control = qiskit.circuit.ControlModifier(len(controls), state)
            made = qiskit.circuit.AnnotatedOperation(made, control)
        qubits = (*steering, *qubits)
    return made, qubits, []


def from_qiskit(given: Any, /) -> Any:
    """
    Translate a circuit or a Pauli operator of Qiskit.

    Parameters
    ----------
    given : qiskit.QuantumCircuit, qiskit.quantum_info.SparsePauliOp or qiskit.quantum_info.Pauli

    Returns
    -------
    Circuit or PauliSum
        Qubits and classical bits in the order of the circuit's; the global phase is kept. Gates
        without a counterpart of their own are replaced by their definitions.

    Raises
    ------
    CapabilityError
        If an operation has no counterpart: a loop, a switch, a real-time variable, an angle that is
        not linear in its parameters, an evolution under terms that do not commute.
    TypeError
        If it is no such object.

    Examples
    --------
    >>> from qiskit import QuantumCircuit
    >>> bell = QuantumCircuit(2)
    >>> bell.h(0)
    <...>
    >>> bell.cx(0, 1)
    <...>
    >>> from_qiskit(bell)
    Circuit(2).h(0).cx(0, 1)
    """
    if isinstance(given, quantum_info.Pauli):
        given = quantum_info.SparsePauliOp(given)
    if isinstance(given, quantum_info.SparsePauliOp):
        return PauliSum.from_qiskit(given.to_list())
    if not isinstance(given, qiskit.QuantumCircuit):
        raise TypeError(
            f"Argument `given` must be a circuit or a Pauli operator of Qiskit, but is {given!r}."
        )
    circuit = Circuit(given.num_qubits, given.num_clbits)
    _read(circuit, given, range(given.num_qubits), range(given.num_clbits))
    return circuit


def _read(
    circuit: Circuit, given: QuantumCircuit, qubits: Sequence[int], bits: Sequence[int]
) -> None:
    """Append a circuit of Qiskit on some qubits and classical bits."""
    if given.num_vars or given.num_stretches:
        raise refusal("variable", "arraybackends")
    phase = _angle(given.global_phase)
    if phase != 0:
        circuit.global_phase(phase)
    for step in given.data:
        targets = [qubits[given.find_bit(qubit).index] for qubit in step.qubits]
        written = [bits[given.find_bit(bit).index] for bit in step.clbits]
        if isinstance(step.operation, qiskit.circuit.IfElseOp):
            _read_choice(circuit, step.operation, given, targets, written, bits)
        else:
            _append(circuit, step.operation, targets, written)


def _read_choice(
    circuit: Circuit, choice: Any, given: QuantumCircuit, qubits: Sequence[int],
    written: Sequence[int], bits: Sequence[int],
) -> None:  # fmt: skip
    """Append the blocks of an `if_else`, each under its condition."""
    read, is_true = _condition(choice.condition)
    places = [bits[given.find_bit(bit).index] for bit in read]
    blocks = [Circuit(circuit.n_qubits, circuit.n_bits) for _ in choice.blocks]
    for block, body in zip(blocks, choice.blocks, strict=True):
        _read(block, body, qubits, written)
    first = {bit for instruction in blocks[0] for bit in instruction.bits}
    if len(blocks) > 1 and first & set(places):
        raise refusal("if_else", "arraybackends", "It measures into a bit of its own condition.")
    extend_under(circuit, blocks[0], satisfying(places, is_true))
    for otherwise in blocks[1:]:
        extend_under(circuit, otherwise, satisfying(places, lambda values: not is_true(values)))


def _condition(condition: Any) -> tuple[list[Any], Callable[[tuple[int, ...]], object]]:
    """Return the bits that a condition reads, and whether it holds for values of them."""
    expr = qiskit.circuit.classical.expr
    if isinstance(condition, tuple):
        place, value = condition
        if isinstance(place, qiskit.circuit.Clbit):
            return [place], lambda values: values[0] == int(value)
        return [*place], lambda values: _integer(values) == int(value)
    if isinstance(condition, expr.Var):
        var = condition.var
        if isinstance(var, qiskit.circuit.Clbit):
            return [var], lambda values: values[0]
        if isinstance(var, qiskit.circuit.ClassicalRegister):
            return [*var], _integer
    if isinstance(condition, expr.Value):
        return [], lambda _: condition.value
    if isinstance(condition, expr.Unary) and condition.op.name in _UNARY:
        read, inner = _condition(condition.operand)
        return read, lambda values: _UNARY[condition.op.name](inner(values))
    if isinstance(condition, expr.Binary) and condition.op.name in _BINARY:
        left, first = _condition(condition.left)
        right, second = _condition(condition.right)
        size, act = len(left), _BINARY[condition.op.name]
        return left + right, lambda values: act(first(values[:size]), second(values[size:]))
    if isinstance(condition, expr.Cast) and condition.type == expr.lift(True).type:
        read, inner = _condition(condition.operand)
        return read, lambda values: bool(inner(values))
    raise refusal(f"condition {condition}", "arraybackends")


def _integer(values: Sequence[int]) -> int:
    """Return the value of a classical register, whose first bit is the least significant."""
    return sum(value << place for place, value in enumerate(values))


def _append(circuit: Circuit, operation: Any, qubits: Sequence[int], bits: Sequence[int]) -> None:
    """Append an operation of Qiskit on some qubits and classical bits."""
    kind = getattr(operation, "base_class", type(operation))
    if kind is library.Measure:
        circuit.measure(qubits, bits)
    elif kind is library.Barrier:
        circuit.barrier(qubits)
    elif kind is library.Reset:
        circuit.reset(qubits)
    elif kind is qiskit.circuit.Delay:
        circuit.id(qubits)
    elif isinstance(operation, qiskit.circuit.ControlFlowOp | qiskit.circuit.Store):
        raise refusal(operation.name, "arraybackends", "Unroll or remove it first.")
    elif isinstance(operation, qiskit.circuit.ControlledGate):
        _append_controlled(circuit, operation, qubits)
    elif isinstance(operation, qiskit.circuit.AnnotatedOperation):
        _append_annotated(circuit, operation, qubits)
    elif kind in _NAMES:
        circuit.append(_NAMES[kind], qubits, *map(_angle, operation.params))
    elif kind in (library.UnitaryGate, library.HamiltonianGate):
        circuit.unitary(qubits[::-1], operation.to_matrix().tolist())
    elif kind is library.DiagonalGate:
        circuit.diagonal(qubits[::-1], [complex(value) for value in operation.params])
    elif kind is library.PauliProductRotationGate:
        pauli = operation.pauli()
        label, sign = pauli.to_label().lstrip("-"), -1 if pauli.phase else 1
        circuit.pauli_rotation(label[::-1], qubits, sign * _angle(operation.params[0]))
    elif kind is library.PauliEvolutionGate:
        _append_evolution(circuit, operation, qubits)
    elif kind in (library.XXPlusYYGate, library.XXMinusYYGate):
        _append_exchange(circuit, operation, qubits)
    elif operation.name == "kraus":
        circuit.kraus(qubits[::-1], [np.asarray(matrix).tolist() for matrix in operation.params])
    elif operation.name == "superop" and operation.definition is None:
        kraus = quantum_info.Kraus(quantum_info.SuperOp(operation.params[0])).data
        circuit.kraus(qubits[::-1], [matrix.tolist() for matrix in kraus])
    elif isinstance(operation, quantum_info.Clifford):
        _read(circuit, operation.to_circuit(), qubits, bits)
    elif getattr(operation, "definition", None) is not None:
        _read(circuit, operation.definition, qubits, bits)
    elif hasattr(operation, "__array__"):
        circuit.unitary(qubits[::-1], operation.to_matrix().tolist())
    else:
        raise refusal(operation.name, "arraybackends")


def _alone(operation: Any, n_qubits: int) -> Circuit:
    """Return the circuit of one operation."""
    circuit = Circuit(max(n_qubits, 1))
    _append(circuit, operation, range(n_qubits), ())
    return circuit


def _append_controlled(circuit: Circuit, operation: Any, qubits: Sequence[int]) -> None:
    count = operation.num_ctrl_qubits
    base = _alone(operation.base_gate, len(qubits) - count)
    if operation.base_class is library.CUGate:  # its base has no place for the phase
        base.global_phase(_angle(operation.params[3]))
    size = len(qubits) - count
    circuit.extend(_controlled(base, size, count, operation.ctrl_state), qubits)


def _append_annotated(circuit: Circuit, operation: Any, qubits: Sequence[int]) -> None:
    size = operation.base_op.num_qubits
    made = _alone(operation.base_op, size)
    for place, modifier in enumerate(operation.modifiers):
        if isinstance(modifier, qiskit.circuit.InverseModifier):
            made = made.inverse()
        elif isinstance(modifier, qiskit.circuit.ControlModifier):
            made = _controlled(made, size, modifier.num_ctrl_qubits, modifier.ctrl_state)
            size += modifier.num_ctrl_qubits
        elif modifier.power == int(modifier.power):
            made = made.power(modifier.power)
        else:  # of the whole matrix, with principal phases
            before = qiskit.circuit.AnnotatedOperation(
                operation.base_op, operation.modifiers[: place + 1]
            )
            matrix = quantum_info.Operator(before).data.tolist()
            made = Circuit(size).unitary(range(size)[::-1], matrix)
    circuit.extend(made, qubits)


def _controlled(base: Circuit, size: int, count: int, state: int) -> Circuit:
    """Return a circuit on `size` qubits with controls before them."""
    states = [state >> place & 1 for place in range(count)]
    if size:
        return base.control(count, states)
    made = Circuit(count)
    for instruction in base:
        phase = instruction.values
        made.append("gphase", (), *phase, controls=range(count), control_states=states)
    return made


def _append_evolution(circuit: Circuit, operation: Any, qubits: Sequence[int]) -> None:
    """Append exp(-i t (a P + b Q + ...)) of strings that commute."""
    groups = operation.operator if isinstance(operation.operator, list) else [operation.operator]
    terms: list[tuple[str, Any]] = []
    for group in groups:
        is_sparse = isinstance(group, quantum_info.SparseObservable)
        paulis = quantum_info.SparsePauliOp.from_sparse_observable(group) if is_sparse else group
        terms += zip(paulis.paulis.to_labels(), paulis.coeffs, strict=True)
    strings = [PauliSum({label[::-1]: 1.0}) for label, _ in terms]
    if not all(one.commutes_with(other) for one, other in itertools.combinations(strings, 2)):
        raise refusal("PauliEvolution", "arraybackends", "Its terms do not commute.")
    for label, coefficient in terms:
        is_number = isinstance(coefficient, complex | np.complexfloating)
        if is_number and coefficient.imag:
            raise refusal("PauliEvolution", "arraybackends", "It has a complex coefficient.")
        factor = float(coefficient.real) if is_number else coefficient
        circuit.pauli_rotation(label[::-1], qubits, _angle(2 * factor * operation.time))


def _append_exchange(circuit: Circuit, operation: Any, qubits: Sequence[int]) -> None:
    """Append `XXPlusYYGate` or `XXMinusYYGate`, whose second angle turns the plane."""
    plus = operation.base_class is library.XXPlusYYGate
    append = circuit.xx_plus_yy if plus else circuit.xx_minus_yy
    append(*qubits, *map(_angle, operation.params))


def _angle(value: Any) -> Angle:
    """Read an angle: a number, a parameter, or a linear expression of parameters."""
    if not isinstance(value, qiskit.circuit.ParameterExpression):
        return float(value)
    factors = {symbol: value.gradient(symbol) for symbol in value.parameters}
    numbers = (int, float)
    if not all(isinstance(factor, numbers) for factor in factors.values()):
        raise refusal(f"angle {value}", "arraybackends", "Angles are linear in their parameters.")
    constant = float(value.bind(dict.fromkeys(value.parameters, 0)).numeric())
    terms = [factor * Parameter(symbol.name) for symbol, factor in factors.items()]
    return sum(terms, constant)
