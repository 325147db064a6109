"""Measurements in the middle of a circuit, conditions on them, and samples."""

from __future__ import annotations

import cirq
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.classical import expr
from qiskit.quantum_info import Statevector
from scipy.stats import chisquare

from arraybackends.errors import CapabilityError
from arraybackends.integrations.cirq import from_cirq, to_cirq
from arraybackends.integrations.pennylane import from_pennylane, to_pennylane
from arraybackends.integrations.qiskit import from_qiskit, to_qiskit
from arraybackends.quantum import Circuit


def dynamic():
    """Teleportation of an asymmetric state, with a reset and a condition on two bits."""
    circuit = Circuit(3).ry(0, 0.7).rx(0, 1.2).h(1).cx(1, 2).cx(0, 1).h(0)
    circuit.measure((0, 1), (0, 1))
    circuit.append("x", 2, condition={1: 1}).append("z", 2, condition={0: 1})
    circuit.append("ry", 0, 0.4, condition={0: 1, 1: 0}).reset(1).crx(2, 1, 0.9)
    return circuit


def pennylane_probabilities(circuit):
    """Probabilities of all qubits at the end, exactly."""
    wires = range(circuit.n_qubits)
    script = qml.tape.QuantumScript(to_pennylane(circuit).operations, [qml.probs(wires)])
    scripts, join = qml.defer_measurements(script)
    return join(qml.execute(scripts, qml.device("default.qubit", wires=6)))


def is_plausible(observed, probabilities):
    """Whether counts may come from a distribution, by a chi-squared test."""
    possible = probabilities > 1e-9
    assert observed[~possible].sum() == 0
    if possible.sum() == 1:
        return True
    expected = probabilities[possible] / probabilities[possible].sum() * observed.sum()
    return chisquare(observed[possible], expected).pvalue > 1e-4


def test_a_dynamic_circuit_has_the_probabilities_of_pennylane():
    """Probabilities after collapse, correction and reset are those of deferred measurements."""
    np.testing.assert_allclose(
        dynamic().probabilities(), pennylane_probabilities(dynamic()), atol=1e-9
    )


def test_a_dynamic_circuit_has_the_statistics_of_cirq():
    """Cirq's runs with collapse have the distribution that ours gives exactly."""
    circuit = dynamic()
    made = to_cirq(circuit) + cirq.measure(*cirq.LineQubit.range(3), key="end")
    runs = cirq.Simulator(dtype=np.complex128, seed=7).run(made, repetitions=1500)
    observed = np.bincount(runs.measurements["end"] @ [4, 2, 1], minlength=8)
    assert is_plausible(observed, circuit.probabilities())
    bits = np.bincount(
        (runs.measurements["c0"] * 2 + runs.measurements["c1"]).reshape(-1), minlength=4
    )
    assert is_plausible(bits, np.asarray(circuit.bit_probabilities()).reshape(-1))


@pytest.mark.parametrize(("to", "back"), [
    (to_qiskit, from_qiskit), (to_cirq, from_cirq), (to_pennylane, from_pennylane),
])  # fmt: skip
def test_dynamic_circuits_come_back(to, back):
    """Measurements, conditions and resets that were translated there and back act alike."""
    np.testing.assert_allclose(
        back(to(dynamic())).probabilities(), dynamic().probabilities(), atol=1e-9
    )


@settings(max_examples=10)
@given(data=st.data())
def test_samples_have_the_distribution_of_qiskit(data, circuits):
    """Counts, bit by bit from left to right, fit the probabilities of Qiskit's state."""
    circuit = circuits.build(4, data.draw(circuits.steps(4, max_size=8)))
    counts = circuit.counts(2000, seed=11)
    observed = np.array([counts.get(f"{index:04b}", 0) for index in range(16)])
    expected = Statevector(to_qiskit(circuit)).reverse_qargs().probabilities()
    assert is_plausible(observed, expected)


def test_blocks_of_qiskit_are_read():
    """Both branches of an `if_else`, on a register and on an expression, have their conditions."""
    qubits, bits = QuantumRegister(3), ClassicalRegister(2)
    made = QuantumCircuit(qubits, bits)
    made.ry(0.7, 0)
    made.ry(1.1, 1)
    made.measure([0, 1], [0, 1])
    with made.if_test((bits, 1)) as otherwise:
        made.ry(0.5, 2)
    with otherwise:
        made.ry(0.9, 2)
    with made.if_test(expr.logic_or(bits[0], expr.logic_not(bits[1]))):
        made.rx(0.3, 2)
    expected = Circuit(3).ry(0, 0.7).ry(1, 1.1).measure((0, 1), (0, 1))
    for first in (0, 1):
        for second in (0, 1):
            condition = {0: first, 1: second}
            angle = 0.5 if (first, second) == (1, 0) else 0.9
            expected.append("ry", 2, angle, condition=condition)
            if first or not second:
                expected.append("rx", 2, 0.3, condition=condition)
    np.testing.assert_allclose(
        from_qiskit(made).probabilities(), expected.probabilities(), atol=1e-12
    )


def test_a_block_that_changes_its_own_condition_is_refused():
    """A measurement into a bit that the rest of the block depends on has no translation."""
    made = QuantumCircuit(2, 1)
    made.h(0)
    made.measure(0, 0)
    with made.if_test((made.clbits[0], 1)):
        made.measure(1, 0)
        made.x(1)
    with pytest.raises(CapabilityError, match=r"own condition|measures into"):
        from_qiskit(made)


def test_conditions_of_cirq_and_pennylane_are_read():
    """Conditions on several outcomes hold where they hold there."""
    a, b, c = cirq.LineQubit.range(3)
    made = cirq.Circuit(
        cirq.ry(0.7)(a), cirq.ry(1.1)(b), cirq.measure(a, b, key="m", invert_mask=(True,)),
        cirq.X(c).with_classical_controls("m"),
    )  # fmt: skip
    exact = cirq.DensityMatrixSimulator(dtype=np.complex128)
    runs = exact.run(made + cirq.measure(c, key="end"), repetitions=600)
    ours = from_cirq(made).probabilities(2)
    zero = np.cos(0.35) ** 2 * 1.0  # the inverted first outcome is 1 if the qubit is 0
    expected = 1 - (1 - zero) * np.cos(0.55) ** 2
    np.testing.assert_allclose(ours[1], expected, atol=1e-9)
    assert is_plausible(np.bincount(runs.measurements["end"].reshape(-1), minlength=2), ours)

    first, second = (qml.ops.MidMeasure([wire], meas_uid=str(wire)) for wire in (0, 1))
    values = [qml.measurements.MeasurementValue([outcome]) for outcome in (first, second)]
    script = qml.tape.QuantumScript([
        qml.RY(0.7, 0), qml.RY(1.1, 1), first, second,
        qml.ops.Conditional(values[0] | ~values[1], qml.RX(0.8, 2)),
        qml.ops.Conditional(values[0] + values[1] == 2, qml.RY(0.3, 2)),
    ])  # fmt: skip
    read = from_pennylane(script)
    np.testing.assert_allclose(read.probabilities(), pennylane_probabilities(read), atol=1e-9)
    scripts, join = qml.defer_measurements(
        qml.tape.QuantumScript(script.operations, [qml.probs(range(3))])
    )
    theirs = join(qml.execute(scripts, qml.device("default.qubit", wires=6)))
    np.testing.assert_allclose(read.probabilities(), theirs, atol=1e-9)


def test_conditions_before_a_measurement_are_refused():
    """A condition on a bit that was not measured has no counterpart in Cirq and PennyLane."""
    for translate in (to_cirq, to_pennylane):
        with pytest.raises(CapabilityError, match="before its measurement"):
            translate(Circuit(1, 1).append("x", 0, condition={0: 1}))
