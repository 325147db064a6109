"""Pauli sums mean the same everywhere: expectation values, variances and gradients."""

from __future__ import annotations

import warnings

import cirq
import numpy as np
import openfermion
import pennylane as qml
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pennylane import numpy as pnp
from qiskit.quantum_info import SparsePauliOp, Statevector

from arraybackends.integrations.cirq import from_cirq, to_cirq
from arraybackends.integrations.openfermion import from_openfermion, to_openfermion
from arraybackends.integrations.pennylane import from_pennylane, to_pennylane
from arraybackends.integrations.qiskit import from_qiskit, to_qiskit
from arraybackends.quantum import (
    Circuit,
    Parameter,
    PauliSum,
    expectation_function,
    parameter_shift_rule,
)

CASES = settings(max_examples=25)
ANGLES = ("rx", "ry", "rz", "p", "crx", "cry", "crz", "cp", "rxx", "rzz", "rzx", "xx_plus_yy")
ANGLES += ("xx_minus_yy", "single_excitation", "double_excitation", "u", "rxyz")


def qiskit_mean(circuit, observable):
    """Expectation value by Qiskit."""
    return Statevector(to_qiskit(circuit)).expectation_value(to_qiskit(observable)).real


def cirq_mean(circuit, observable):
    """Expectation value by Cirq."""
    qubits = cirq.LineQubit.range(circuit.n_qubits)
    simulator = cirq.Simulator(dtype=np.complex128)
    values = simulator.simulate_expectation_values(
        to_cirq(circuit), to_cirq(observable), qubit_order=qubits
    )
    return values[0].real


def pennylane_mean(circuit, observable):
    """Expectation value by PennyLane."""
    script = qml.tape.QuantumScript(
        to_pennylane(circuit).operations, [qml.expval(to_pennylane(observable))]
    )
    return qml.execute([script], qml.device("default.qubit", wires=circuit.n_qubits))[0]


@CASES
@given(data=st.data())
@pytest.mark.parametrize("mean", [qiskit_mean, cirq_mean, pennylane_mean])
def test_expectation_values_and_variances_agree(data, mean, circuits):
    """The mean of a sum, and of its square less the square of the mean, are the library's."""
    n = 4
    circuit = circuits.build(n, data.draw(circuits.steps(n)))
    observable = circuits.pauli_sum(n, data.draw(st.integers(0, 999)))
    first, second = mean(circuit, observable), mean(circuit, observable**2)
    np.testing.assert_allclose(circuit.expectation(observable), first, atol=1e-9)
    np.testing.assert_allclose(circuit.variance(observable), second - first**2, atol=1e-8)


@CASES
@given(seed=st.integers(0, 10**6))
def test_sums_come_back(seed, circuits):
    """A sum that was translated there and back has the same terms."""
    ours = circuits.pauli_sum(4, seed) + PauliSum({"IIII": 0.25, "XIIZ": 0.5})
    qubits = cirq.LineQubit.range(4)
    for back in (
        from_qiskit(to_qiskit(ours)),
        from_cirq(to_cirq(ours), qubits=qubits),
        from_pennylane(to_pennylane(ours), wires=range(4)),
        from_openfermion(to_openfermion(ours), n_qubits=4),
    ):
        assert back.terms == pytest.approx(ours.terms)


@CASES
@given(seed=st.integers(0, 10**6))
def test_matrices_of_sums_agree(seed, circuits, xp):
    """The matrix is that of each library, in our order of qubits."""
    ours = circuits.pauli_sum(3, seed)
    expected = ours.matrix(xp)
    reversed_sum = SparsePauliOp.from_list([(label, c) for label, c in ours.terms.items()])
    np.testing.assert_allclose(reversed_sum.to_matrix(), expected, atol=1e-12)
    np.testing.assert_allclose(to_cirq(ours).matrix(cirq.LineQubit.range(3)), expected, atol=1e-12)
    np.testing.assert_allclose(
        qml.matrix(to_pennylane(ours), wire_order=range(3)), expected, atol=1e-12
    )
    sparse = openfermion.get_sparse_operator(to_openfermion(ours), n_qubits=3)
    np.testing.assert_allclose(sparse.toarray(), expected, atol=1e-12)


def test_strings_stand_on_the_qubits_that_each_library_says():
    """Z on qubit 0 and X on qubit 2 are read from the spelling of each library."""
    expected = PauliSum({"ZIX": 1.0})
    q = cirq.LineQubit.range(3)
    assert from_qiskit(SparsePauliOp("XIZ")) == expected
    assert from_cirq(cirq.Z(q[0]) * cirq.X(q[2]), qubits=q) == expected
    assert from_pennylane(qml.Z(0) @ qml.X(2)) == expected
    assert from_openfermion(openfermion.QubitOperator("Z0 X2")) == expected


def test_fermions_and_matrices_are_refused():
    """An operator that is no sum of Pauli strings is refused with the remedy."""
    with pytest.raises(TypeError, match="jordan_wigner"):
        from_openfermion(openfermion.FermionOperator("1^ 0"))


@settings(max_examples=12, phases=[Phase.generate])
@given(data=st.data())
@pytest.mark.parametrize("method", ["adjoint", "parameter-shift"])
def test_gradients_agree_with_pennylane(data, method, circuits, xp):
    """The gradient in every angle is PennyLane's backpropagation through its own simulator."""
    n = 4
    steps = data.draw(circuits.steps(n, max_size=7, names=ANGLES, most_controls=1))
    observable = circuits.pauli_sum(n, data.draw(st.integers(0, 999)))
    values = [value for step in steps for value in step[2]]
    names = iter([Parameter(f"t{place:03}") for place in range(len(values))])
    symbolic = [(g, q, tuple(next(names) for _ in v), c, s) for g, q, v, c, s in steps]
    circuit = circuits.build(n, symbolic).h(range(n))

    def theirs(angles):
        left = iter(angles)
        bound = Circuit(n)
        for gate, qubits, some, controls, states in steps:
            bound.append(
                gate, qubits, *(0.0 for _ in some), controls=controls, control_states=states
            )
        operations = to_pennylane(bound.h(range(n))).operations
        made = []
        for operation in operations:
            count = operation.num_params
            made.append(
                qml.ops.functions.bind_new_parameters(
                    operation, [sign(operation) * next(left) for _ in range(count)]
                )
            )
        script = qml.tape.QuantumScript(made, [qml.expval(to_pennylane(observable))])
        return qml.execute([script], qml.device("default.qubit", wires=n), diff_method="backprop")[
            0
        ]

    if not values:
        return
    ours = xp.grad(expectation_function(circuit, observable, diff_method=method, xp=xp))(
        np.asarray(values)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)  # of autograd, in PennyLane
        expected = qml.grad(theirs)(pnp.array(values, requires_grad=True))
    np.testing.assert_allclose(ours, expected, atol=1e-8)


def sign(operation):
    """Sign with which PennyLane takes our angle."""
    name = getattr(operation, "base", operation).name
    return -1 if name in ("IsingXY", "GlobalPhase") else 1


def test_the_rule_of_four_terms_is_that_of_pennylane():
    """The shift rule of controlled rotations has PennyLane's coefficients and shifts."""
    ours = parameter_shift_rule((0.5, 1.0))
    theirs = qml.gradients.generate_shift_rule((0.5, 1.0))
    np.testing.assert_allclose(sorted(map(tuple, ours)), sorted(map(tuple, theirs)), atol=1e-12)
