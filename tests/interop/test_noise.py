"""Channels and density matrices agree, where the libraries' conventions differ too."""

from __future__ import annotations

import math

import cirq
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import DensityMatrix, Kraus, SuperOp

from arraybackends.errors import CapabilityError
from arraybackends.integrations.cirq import from_cirq, to_cirq
from arraybackends.integrations.pennylane import from_pennylane, to_pennylane
from arraybackends.integrations.qiskit import from_qiskit, to_qiskit
from arraybackends.quantum import Circuit

CHANNELS = {
    "bit_flip": (0.2,),
    "phase_flip": (0.3,),
    "bit_phase_flip": (0.15,),
    "depolarizing": (0.4,),
    "amplitude_damping": (0.3,),
    "generalized_amplitude_damping": (0.3, 0.8),
    "phase_damping": (0.5,),
    "thermal_relaxation": (2.0, 2.7, 0.7),
    "excited_thermal_relaxation": (2.0, 1.5, 0.7, 0.2),
    "reset_error": (0.1, 0.2),
    "pauli_XY_ZI": (0.1, 0.3),
    "joint_depolarizing": (0.3,),
    "reset": (),
}


def qiskit_density(circuit):
    """Final density matrix by Qiskit."""
    state = DensityMatrix.from_int(0, 2**circuit.n_qubits)
    made = to_qiskit(circuit)
    for step in made.data:
        qubits = [made.find_bit(qubit).index for qubit in step.qubits]
        is_kraus = step.operation.name == "kraus"
        if step.operation.name == "reset":
            state = state.reset(qubits)
        else:
            state = state.evolve(Kraus(step.operation) if is_kraus else step.operation, qubits)
    return state.reverse_qargs().data


def cirq_density(circuit):
    """Final density matrix by Cirq, whose own channels are used where it has them."""
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    qubits = cirq.LineQubit.range(circuit.n_qubits)
    return simulator.simulate(to_cirq(circuit), qubit_order=qubits).final_density_matrix


def pennylane_density(circuit):
    """Final density matrix by PennyLane, whose own channels are used where it has them."""
    operations = [
        qml.ResetError(1.0, 0.0, wires=operation.wires)
        if isinstance(operation, qml.ops.MidMeasure)
        else operation
        for operation in to_pennylane(circuit).operations
    ]
    wires = range(circuit.n_qubits)
    script = qml.tape.QuantumScript(operations, [qml.density_matrix(wires)])
    return qml.execute([script], qml.device("default.mixed", wires=wires))[0]


@st.composite
def noisy_steps(draw, circuits, n_qubits):
    """Gates and channels, one after the other."""
    found = []
    for step in draw(circuits.steps(n_qubits, max_size=6, most_controls=1)):
        name = draw(st.sampled_from(sorted(CHANNELS)))
        width = 2 if name.startswith(("pauli", "joint")) else 1
        qubits = tuple(draw(st.permutations(range(n_qubits)))[:width])
        found += [step, (name, qubits, CHANNELS[name], (), ())]
    return found


@settings(max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("density", [qiskit_density, cirq_density, pennylane_density])
def test_density_matrices_agree(data, density, circuits):
    """The final density matrix of a random noisy circuit is the library's."""
    circuit = circuits.build(4, data.draw(noisy_steps(circuits, 4)))
    np.testing.assert_allclose(circuit.density_matrix(), density(circuit), atol=1e-7)


@pytest.mark.parametrize("name", CHANNELS)
def test_channels_come_back(name):
    """A channel that was translated there and back acts alike on an asymmetric state."""
    width = 2 if name.startswith(("pauli", "joint")) else 1
    circuit = Circuit(3).ry(0, 0.4).rx(1, 1.1).crx(0, 2, 2.0).cz(1, 2).ry(2, 0.3)
    circuit.append(name, (2, 0)[:width], *CHANNELS[name])
    expected = circuit.density_matrix()
    for back in (
        from_qiskit(to_qiskit(circuit)),
        from_cirq(to_cirq(circuit)),
        from_pennylane(to_pennylane(circuit)) if name != "reset" else circuit,
    ):
        np.testing.assert_allclose(back.density_matrix(), expected, atol=1e-7)


def superoperator(circuit):
    """Matrix of a circuit of one qubit on density matrices, from its action on four states."""
    states = (
        [[1, 0], [0, 0]],
        [[0, 0], [0, 1]],
        [[0.5, 0.5], [0.5, 0.5]],
        [[0.5, -0.5j], [0.5j, 0.5]],
    )
    zero, one, plus, right = (circuit.density_matrix(np.array(s, dtype=complex)) for s in states)
    x, y = 2 * plus - zero - one, 2 * right - zero - one
    images = (zero, (x + 1j * y) / 2, (x - 1j * y) / 2, one)
    return np.stack([image.reshape(-1) for image in images], axis=1)


def kraus_map(matrices):
    """The same of Kraus matrices."""
    return sum(np.kron(matrix, np.conj(matrix)) for matrix in matrices)


@pytest.mark.parametrize(("t1", "t2"), [(2.0, 1.5), (2.0, 2.0), (2.0, 2.9), (2.0, 4.0)])
@pytest.mark.parametrize("excited", [0.0, 0.3])
def test_thermal_relaxation_is_that_of_pennylane(t1, t2, excited):
    """PennyLane takes the excited population first; the map is the same, also for T2 > T1."""
    ours = superoperator(Circuit(1).thermal_relaxation(0, t1, t2, 0.7, excited))
    theirs = qml.ThermalRelaxationError.compute_kraus_matrices(excited, t1, t2, 0.7)
    np.testing.assert_allclose(ours, kraus_map(theirs), atol=1e-9)


def test_generalized_amplitude_damping_has_three_conventions():
    """Ours is the weight of |0>, as is Cirq's, which comes first; PennyLane's is that of |1>."""
    ours = superoperator(Circuit(1).generalized_amplitude_damping(0, 0.3, 0.8))
    theirs = cirq.kraus(cirq.generalized_amplitude_damp(p=0.8, gamma=0.3))
    np.testing.assert_allclose(ours, kraus_map(theirs), atol=1e-9)
    theirs = qml.GeneralizedAmplitudeDamping.compute_kraus_matrices(0.3, 0.2)
    np.testing.assert_allclose(ours, kraus_map(theirs), atol=1e-9)


def test_depolarizing_has_two_conventions():
    """Our p is Qiskit's: that of the mixed state. Cirq and PennyLane give that of an error."""
    ours = superoperator(Circuit(1).depolarizing(0, 0.4))
    mixed = 0.4 * np.outer([1, 0, 0, 1], [1, 0, 0, 1]) / 2 + 0.6 * np.eye(4)
    np.testing.assert_allclose(ours, mixed, atol=1e-12)
    np.testing.assert_allclose(ours, kraus_map(cirq.kraus(cirq.depolarize(0.3))), atol=1e-9)
    theirs = qml.DepolarizingChannel.compute_kraus_matrices(0.3)
    np.testing.assert_allclose(ours, kraus_map(theirs), atol=1e-9)


def test_channels_of_other_libraries_are_read():
    """Native channels, of one and two qubits, keep their maps."""
    a, b = cirq.LineQubit.range(2)
    state = [cirq.ry(0.4)(a), cirq.CX(a, b), cirq.rx(1.1)(b)]
    for channel in (
        cirq.depolarize(0.3)(b), cirq.depolarize(0.3, n_qubits=2)(b, a),
        cirq.asymmetric_depolarize(0.1, 0.2, 0.3)(b), cirq.amplitude_damp(0.3)(b),
        cirq.generalized_amplitude_damp(0.8, 0.3)(b), cirq.phase_damp(0.3)(b),
        cirq.bit_flip(0.3)(b), cirq.phase_flip(0.3)(b), cirq.reset(b),
        cirq.X(b).with_probability(0.3),
    ):  # fmt: skip
        made = cirq.Circuit(state, channel)
        expected = cirq.DensityMatrixSimulator(dtype=np.complex128).simulate(made)
        ours = from_cirq(made).density_matrix()
        np.testing.assert_allclose(ours, expected.final_density_matrix, atol=1e-7)
    start = [qml.RY(0.4, 0), qml.CNOT([0, 1]), qml.RX(1.1, 1)]
    for channel in (
        qml.PauliError("XY", 0.3, wires=[1, 0]), qml.ResetError(0.1, 0.3, wires=1),
        qml.ThermalRelaxationError(0.1, 2.0, 1.5, 0.7, wires=1), qml.BitFlip(0.3, 1),
        qml.PhaseDamping(0.3, 1), qml.DepolarizingChannel(0.6, 1),
    ):  # fmt: skip
        script = qml.tape.QuantumScript([*start, channel], [qml.density_matrix([0, 1])])
        expected = qml.execute([script], qml.device("default.mixed", wires=2))[0]
        np.testing.assert_allclose(from_pennylane(script).density_matrix(), expected, atol=1e-7)


def test_superoperators_of_qiskit_are_read():
    """A map given by its superoperator is read by its Kraus matrices."""
    damping = Kraus([np.diag([1, math.sqrt(0.7)]), [[0, math.sqrt(0.3)], [0, 0]]])
    made = to_qiskit(Circuit(2).h(0).cx(0, 1))
    made.append(SuperOp(damping).to_instruction(), [1])
    expected = Circuit(2).h(0).cx(0, 1).amplitude_damping(1, 0.3).density_matrix()
    np.testing.assert_allclose(from_qiskit(made).density_matrix(), expected, atol=1e-9)


def test_readout_errors_and_post_selection_are_refused():
    """What a library has not is refused by name, and never left out."""
    for translate in (to_qiskit, to_cirq, to_pennylane):
        with pytest.raises(CapabilityError, match="readout_error"):
            translate(Circuit(1).readout_error(0, 0.1, 0.2))
    for translate in (to_qiskit, to_cirq):
        with pytest.raises(CapabilityError, match="post_select_1"):
            translate(Circuit(1).h(0).post_select(0, 1))
