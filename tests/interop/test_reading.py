"""Circuits that other libraries make are read with the meaning that they have there."""

from __future__ import annotations

import math

import cirq
import numpy as np
import pennylane as qml
import pytest
import qiskit.circuit.library as gates
import sympy
from qiskit import QuantumCircuit, QuantumRegister
from qiskit.circuit import (
    AnnotatedOperation,
    ControlModifier,
    InverseModifier,
    Parameter,
    PowerModifier,
)
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Clifford, Operator, Pauli, SparsePauliOp, random_clifford

from arraybackends.errors import CapabilityError
from arraybackends.integrations.cirq import from_cirq, to_cirq
from arraybackends.integrations.pennylane import from_pennylane, to_pennylane
from arraybackends.integrations.qiskit import from_qiskit, to_qiskit
from arraybackends.quantum import Circuit
from arraybackends.quantum import Parameter as OurParameter

ATOL = 1e-9

# Qiskit


def of_qiskit(*appended, n=4, phase=0.0):
    """Circuit of Qiskit with operations on the qubits 2, 0, 3, 1, as many as each needs."""
    circuit = QuantumCircuit(n, global_phase=phase)
    for operation in appended:
        circuit.append(operation, [2, 0, 3, 1][: operation.num_qubits])
    return circuit


def composite():
    """Gate with a definition of its own, which has a global phase and another such gate inside."""
    inner = QuantumCircuit(2, global_phase=0.7)
    inner.rz(0.3, 1)
    inner.ch(1, 0)
    outer = QuantumCircuit(3, global_phase=-0.2)
    outer.append(inner.to_gate(), [2, 0])
    outer.cu(0.1, 0.2, 0.3, 0.4, 1, 2)
    return outer.to_gate()


ORTHOGONAL = np.linalg.qr(np.random.default_rng(3).normal(size=(8, 8)))[0]
QISKIT = {
    "cu": gates.CUGate(0.1, 0.2, 0.3, 0.4),
    "cu on 0": gates.CUGate(0.1, 0.2, 0.3, 0.4, ctrl_state=0),
    "cx on 0": gates.CXGate(ctrl_state=0),
    "ccx on 01": gates.CCXGate(ctrl_state="01"),
    "u1": gates.U1Gate(0.4),
    "u2": gates.U2Gate(0.4, 1.1),
    "u3": gates.U3Gate(0.4, 1.1, -2.0),
    "cu3": gates.CU3Gate(0.4, 1.1, -2.0),
    "r": gates.RGate(0.4, 1.1),
    "rv": gates.RVGate(0.4, 1.1, 0.3),
    "dcx": gates.DCXGate(),
    "rccx": gates.RCCXGate(),
    "rc3x": gates.RC3XGate(),
    "c3sx": gates.C3SXGate(),
    "mcp": gates.MCPhaseGate(0.7, 3),
    "mcx on 010": gates.MCXGate(3, ctrl_state="010"),
    "xx+yy": gates.XXPlusYYGate(0.7, 1.3),
    "xx-yy": gates.XXMinusYYGate(0.7, 1.3),
    "unitary": gates.UnitaryGate(ORTHOGONAL),
    "controlled unitary": gates.UnitaryGate(ORTHOGONAL).control(1, ctrl_state=0, annotated=True),
    "diagonal": gates.DiagonalGate([1, 1j, -1, np.exp(0.3j)]),
    "pauli": gates.PauliGate("XYZ"),
    "permutation": gates.PermutationGate([2, 0, 1]),
    "qft": gates.QFTGate(3),
    "evolution": gates.PauliEvolutionGate(Pauli("XYZ"), 0.4),
    "commuting evolution": gates.PauliEvolutionGate(
        SparsePauliOp(["XXI", "ZZI", "III"], [0.5, -0.7, 0.3]), 0.9
    ),
    "controlled evolution": gates.PauliEvolutionGate(Pauli("XY"), 0.4).control(1),
    "rotation": gates.PauliProductRotationGate(-Pauli("XYZ"), 0.4),
    "hamiltonian": gates.HamiltonianGate(np.array([[0.2, 1j], [-1j, 1]]), 0.7),
    "inverse": AnnotatedOperation(gates.SGate(), InverseModifier()),
    "square": AnnotatedOperation(gates.TGate(), PowerModifier(2)),
    "root": AnnotatedOperation(gates.RXGate(4.0), PowerModifier(0.5)),
    "root of several": AnnotatedOperation(composite(), PowerModifier(0.3)),
    "nested": AnnotatedOperation(composite(), [InverseModifier(), ControlModifier(1, 0)]),
    "controlled": composite().control(1, annotated=False),
    "controlled phase": gates.GlobalPhaseGate(0.4).control(2, ctrl_state=1, annotated=True),
    "composite": composite(),
    "clifford": Clifford(random_clifford(3, seed=1)),
    "multiplexer": gates.UCRYGate([0.1, 0.2, 0.3, 0.4]),
}


@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")  # of evolutions there
@pytest.mark.parametrize("name", QISKIT)
def test_gates_of_qiskit(name):
    """The matrix is that of Qiskit, with its global phase, alone and under a control."""
    made = of_qiskit(QISKIT[name], phase=0.35)
    expected = Operator(made).reverse_qargs().data
    read = from_qiskit(made)
    np.testing.assert_allclose(read.matrix(), expected, atol=ATOL)
    np.testing.assert_allclose(read.control().matrix()[16:, 16:], expected, atol=ATOL)


@pytest.mark.parametrize("seed", range(12))
def test_random_circuits_of_qiskit(seed):
    """Circuits that Qiskit draws from all of its gates have the same matrix."""
    made = random_circuit(4, 6, max_operands=4, seed=seed)
    np.testing.assert_allclose(
        from_qiskit(made).matrix(), Operator(made).reverse_qargs().data, atol=ATOL
    )


def test_expressions_of_qiskit():
    """Linear expressions of parameters go there and back; others are refused."""
    a, b = Parameter("a"), Parameter("b")
    made = QuantumCircuit(1, global_phase=b / 2)
    made.rx(2 * a - b + 0.5, 0)
    made.p(a, 0)
    read = from_qiskit(made)
    bound = made.assign_parameters({a: 0.3, b: -1.1})
    ours = read.bind({"a": 0.3, "b": -1.1})
    np.testing.assert_allclose(ours.matrix(), Operator(bound).data, atol=ATOL)
    assert from_qiskit(to_qiskit(read)) == read
    made.rz(a * b, 0)
    with pytest.raises(CapabilityError, match=r"a\*b"):
        from_qiskit(made)


def test_registers_of_qiskit():
    """Qubits are numbered through all registers, in the order in which they were added."""
    made = QuantumCircuit(QuantumRegister(1, "z"), QuantumRegister(2, "a"))
    made.x(2)
    assert from_qiskit(made) == Circuit(3).x(2)


def test_what_qiskit_has_alone_is_refused():
    """A loop, a switch and an evolution under terms that do not commute are refused by name."""
    loop = QuantumCircuit(1, 1)
    with loop.for_loop(range(3)):
        loop.x(0)
    switch = QuantumCircuit(1, 1)
    with switch.switch(switch.clbits[0]) as case, case(0):
        switch.x(0)
    mixed = of_qiskit(gates.PauliEvolutionGate(SparsePauliOp(["X", "Z"]), 1.0))
    for made, name in ((loop, "for_loop"), (switch, "switch_case"), (mixed, "PauliEvolution")):
        with pytest.raises(CapabilityError, match=name):
            from_qiskit(made)


# Cirq

Q = cirq.LineQubit.range(4)
CIRQ = {
    "power of x": cirq.X(Q[1]) ** 0.3,
    "shifted power of y": cirq.YPowGate(exponent=0.3, global_shift=0.2)(Q[1]),
    "shifted power of z": cirq.ZPowGate(exponent=0.3, global_shift=-0.7)(Q[1]),
    "power of h": cirq.HPowGate(exponent=0.3, global_shift=0.2)(Q[1]),
    "shifted flip": cirq.XPowGate(exponent=1, global_shift=-0.5)(Q[1]),
    "rz": cirq.rz(0.7)(Q[2]),
    "power of cx": cirq.CXPowGate(exponent=0.3, global_shift=0.1)(Q[2], Q[0]),
    "power of cz": cirq.CZPowGate(exponent=0.3, global_shift=0.1)(Q[2], Q[0]),
    "power of ccx": cirq.CCXPowGate(exponent=0.3, global_shift=0.1)(Q[2], Q[0], Q[1]),
    "power of ccz": cirq.CCZPowGate(exponent=0.3)(Q[2], Q[0], Q[1]),
    "cswap": cirq.CSWAP(Q[2], Q[0], Q[1]),
    "power of swap": cirq.SwapPowGate(exponent=0.3, global_shift=0.1)(Q[2], Q[0]),
    "power of iswap": cirq.ISwapPowGate(exponent=0.3, global_shift=0.1)(Q[2], Q[0]),
    "fsim": cirq.FSimGate(0.3, 0.8)(Q[2], Q[0]),
    "phased fsim": cirq.PhasedFSimGate(0.3, 0.8, 0.1, 0.2, 0.5)(Q[2], Q[0]),
    "phased x": cirq.PhasedXPowGate(phase_exponent=0.3, exponent=0.4, global_shift=0.1)(Q[1]),
    "phased xz": cirq.PhasedXZGate(x_exponent=0.1, z_exponent=0.2, axis_phase_exponent=0.3)(Q[1]),
    "phased iswap": cirq.PhasedISwapPowGate(phase_exponent=0.3, exponent=0.4)(Q[2], Q[0]),
    "power of xx": cirq.XXPowGate(exponent=0.3, global_shift=0.1)(Q[2], Q[0]),
    "power of yy": cirq.YYPowGate(exponent=0.3)(Q[2], Q[0]),
    "power of zz": cirq.ZZPowGate(exponent=0.3)(Q[2], Q[0]),
    "ms": cirq.ms(0.3)(Q[2], Q[0]),
    "matrix": cirq.MatrixGate(ORTHOGONAL)(Q[2], Q[0], Q[3]),
    "diagonal": cirq.DiagonalGate([0.1, 0.2, 0.3, 0.4])(Q[2], Q[0]),
    "ternary diagonal": cirq.ThreeQubitDiagonalGate([*range(8)])(Q[2], Q[0], Q[3]),
    "phase": cirq.global_phase_operation(np.exp(0.3j)),
    "controls": cirq.ry(0.3)(Q[0]).controlled_by(Q[3], Q[1], control_values=[0, 1]),
    "controlled gate": cirq.ControlledGate(cirq.ISWAP, 1, [0])(Q[3], Q[1], Q[0]),
    "controlled phase": cirq.global_phase_operation(1j).controlled_by(Q[1]),
    "string": cirq.PauliString({Q[2]: "X", Q[0]: "Y"}, coefficient=-1),
    "phasor": cirq.PauliStringPhasor(
        -cirq.X(Q[2]) * cirq.Z(Q[0]), exponent_neg=0.3, exponent_pos=0.1
    ),
    "permutation": cirq.QubitPermutationGate([2, 0, 1])(*Q[:3]),
    "fourier": cirq.qft(*Q[:3]),
    "tagged": cirq.S(Q[1]).with_tags("tag"),
    "block": cirq.CircuitOperation(cirq.FrozenCircuit(cirq.H(Q[0]), cirq.CX(*Q[:2])))
    .repeat(3)
    .with_qubits(Q[3], Q[1]),
    "wait": cirq.wait(Q[1], nanos=3),
    "clifford": cirq.SingleQubitCliffordGate.X_sqrt(Q[1]),
}


@pytest.mark.parametrize("name", CIRQ)
def test_operations_of_cirq(name):
    """The matrix is that of Cirq, with its global phase, alone and under a control."""
    made = cirq.Circuit(CIRQ[name], cirq.T.on_each(*Q))
    expected = cirq.unitary(made)
    read = from_cirq(made)
    np.testing.assert_allclose(read.matrix(), expected, atol=1e-7)
    np.testing.assert_allclose(read.control().matrix()[16:, 16:], expected, atol=1e-7)


@pytest.mark.parametrize("seed", range(8))
def test_random_circuits_of_cirq(seed):
    """Circuits that Cirq draws have the same matrix."""
    made = cirq.testing.random_circuit(Q, 10, 0.8, random_state=seed)
    read = from_cirq(made, qubits=Q)
    expected = cirq.unitary(cirq.Circuit(made, map(cirq.I, Q)))
    np.testing.assert_allclose(read.matrix(), expected, atol=1e-7)


def test_qubits_of_cirq_are_ordered_as_cirq_orders_them():
    """Named and grid qubits are sorted unless an order is given."""
    a, b = cirq.NamedQubit("a"), cirq.NamedQubit("b")
    made = cirq.Circuit(cirq.X(b), cirq.I(a))
    assert from_cirq(made) == Circuit(2).x(1).id(0)
    assert from_cirq(made, qubits=[b, a]) == Circuit(2).x(0).id(1)


def test_expressions_of_cirq():
    """Linear expressions of symbols go there and back; others are refused."""
    a = OurParameter("a")
    ours = Circuit(2).rx(0, 2 * a - 0.5).crz(0, 1, a).append("rxy", (1, 0), a).global_phase(3 * a)
    values = {"a": 0.4}
    made = to_cirq(ours)
    expected = ours.bind(values).matrix()
    np.testing.assert_allclose(cirq.unitary(cirq.resolve_parameters(made, values)), expected)
    np.testing.assert_allclose(from_cirq(made).bind(values).matrix(), expected, atol=ATOL)
    with pytest.raises(CapabilityError, match="sin"):
        from_cirq(cirq.Circuit(cirq.rx(sympy.sin(sympy.Symbol("a")))(Q[0])))


def test_what_cirq_has_alone_is_refused():
    """A qudit and a confusion of outcomes are refused by name."""
    qudit = cirq.Circuit(cirq.IdentityGate(qid_shape=(3,))(cirq.LineQid(0, 3)))
    confused = cirq.measure(Q[0], confusion_map={(0,): np.array([[0.9, 0.1], [0.2, 0.8]])})
    for made, name in ((qudit, "qudit"), (cirq.Circuit(confused), "confusion")):
        with pytest.raises(CapabilityError, match=name):
            from_cirq(made)


# PennyLane

W = [2, 0, 3, 1]
PENNYLANE = {
    "rot": qml.Rot(0.1, 0.2, 0.3, 1),
    "u1": qml.U1(0.3, 1),
    "u2": qml.U2(0.3, 0.4, 1),
    "crot": qml.CRot(0.1, 0.2, 0.3, [2, 0]),
    "phase 00": qml.CPhaseShift00(0.3, [2, 0]),
    "phase 01": qml.CPhaseShift01(0.3, [2, 0]),
    "pswap": qml.PSWAP(0.3, [2, 0]),
    "xy": qml.IsingXY(0.3, [2, 0]),
    "multirz": qml.MultiRZ(0.3, [2, 0, 3]),
    "string": qml.PauliRot(0.3, "XIY", [2, 0, 3]),
    "phase": qml.GlobalPhase(0.3),
    "single": qml.SingleExcitation(0.3, [2, 0]),
    "single minus": qml.SingleExcitationMinus(0.3, [2, 0]),
    "double": qml.DoubleExcitation(0.3, W),
    "double plus": qml.DoubleExcitationPlus(0.3, W),
    "orbital": qml.OrbitalRotation(0.3, W),
    "fermionic swap": qml.FermionicSWAP(0.3, [2, 0]),
    "unitary": qml.QubitUnitary(ORTHOGONAL, [2, 0, 3]),
    "diagonal": qml.DiagonalQubitUnitary(np.exp(1j * np.arange(4)), [2, 0]),
    "controlled unitary": qml.ControlledQubitUnitary(ORTHOGONAL, [1, 2, 0, 3], [0]),
    "mcx": qml.MultiControlledX([2, 0, 3, 1], [0, 1, 0]),
    "control": qml.ctrl(qml.RY(0.3, 0), [3, 1], [False, True]),
    "controlled phase": qml.ctrl(qml.GlobalPhase(0.3), [3]),
    "adjoint": qml.adjoint(qml.SX(1)),
    "adjoint of a product": qml.adjoint(qml.prod(qml.S(1), qml.H(1))),
    "product": qml.prod(qml.S(1), qml.H(1), qml.CNOT([2, 1])),
    "square": qml.pow(qml.T(1), 2),
    "root": qml.pow(qml.RX(4.0, 1), 0.5, lazy=True),
    "exponential": qml.exp(0.3 * qml.X(2) @ qml.Y(0) + 0.1 * qml.Z(2), -1j),
    "fourier": qml.QFT([2, 0, 3]),
    "adjoint fourier": qml.adjoint(qml.QFT([2, 0, 3])),
    "large fourier": qml.QFT([4, 2, 0, 3, 1]),
    "permute": qml.Permute([3, 2, 0], [2, 0, 3]),
    "grover": qml.GroverOperator([2, 0, 3]),
    "layers": qml.StronglyEntanglingLayers(np.arange(12.0).reshape(1, 4, 3), W),
    "ecr": qml.ECR([2, 0]),
    "trotter": qml.TrotterProduct(0.3 * qml.X(2) @ qml.Y(0) + 0.1 * qml.Z(2), 0.7, n=2, order=2),
    "select": qml.Select([qml.X(0), qml.H(0)], control=[2]),
    "and": qml.TemporaryAND([2, 0, 3]),
}


@pytest.mark.parametrize("name", PENNYLANE)
def test_operations_of_pennylane(name):
    """The matrix is that of PennyLane, with its global phase, alone and under a control."""
    made = qml.tape.QuantumScript([PENNYLANE[name]])
    expected = qml.matrix(made, wire_order=range(5))
    read = from_pennylane(made, wires=range(5))
    np.testing.assert_allclose(read.matrix(), expected, atol=ATOL)
    np.testing.assert_allclose(read.control().matrix()[32:, 32:], expected, atol=ATOL)


def test_wires_of_pennylane():
    """Integers are the qubits themselves; other labels come in the order of appearance."""
    assert from_pennylane(qml.tape.QuantumScript([qml.X(2)])) == Circuit(3).x(2)
    script = qml.tape.QuantumScript([qml.X("b"), qml.H("a")])
    assert from_pennylane(script) == Circuit(2).x(0).h(1)
    assert from_pennylane(script, wires="ab") == Circuit(2).x(1).h(0)
    with pytest.raises(ValueError, match="'a' is used"):
        from_pennylane(script, wires="b")


def test_a_node_of_pennylane():
    """The script of a QNode gives the node's state."""

    @qml.qnode(qml.device("default.qubit", wires=3))
    def node(x):
        qml.BasisState([1, 0, 1], wires=range(3))
        qml.AngleEmbedding(x, wires=range(3))
        qml.BasicEntanglerLayers(np.array([[0.1, 0.2, 0.3]]), wires=range(3))
        return qml.state()

    x = np.array([0.3, 0.7, -0.2])
    read = from_pennylane(qml.workflow.construct_tape(node)(x))
    np.testing.assert_allclose(read.state(), node(x), atol=ATOL)


def test_what_pennylane_has_not_is_refused():
    """A parameter without a value is refused, and a snapshot by name."""
    with pytest.raises(ValueError, match="`bind` it first"):
        to_pennylane(Circuit(1).rx(0, OurParameter("a")))
    with pytest.raises(CapabilityError, match="Snapshot"):
        from_pennylane(qml.tape.QuantumScript([qml.X(0), qml.Snapshot()]))


def test_the_phase_of_rz_is_kept_by_all():
    """RZ and P differ by a phase, which all three show once they are controlled."""
    for circuit in (Circuit(2).crz(0, 1, math.pi), Circuit(2).cp(0, 1, math.pi)):
        ours = circuit.matrix()
        theirs = [
            Operator(to_qiskit(circuit)).reverse_qargs().data,
            cirq.unitary(to_cirq(circuit)),
            qml.matrix(to_pennylane(circuit), wire_order=range(2)),
        ]
        for matrix in theirs:
            np.testing.assert_allclose(matrix, ours, atol=ATOL)
