"""Random circuits, and what each library says of them in double precision."""

from __future__ import annotations

import math
import os

import cirq
import numpy as np
import pennylane as qml
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, Statevector

import arraybackends as ab
from arraybackends.integrations.cirq import from_cirq, to_cirq
from arraybackends.integrations.pennylane import from_pennylane, to_pennylane
from arraybackends.integrations.qiskit import from_qiskit, to_qiskit
from arraybackends.quantum import Circuit, PauliSum
from arraybackends.quantum.gates.gate import GATES, gate_of

os.environ["ARRAYBACKENDS_BACKEND"] = "numpy"

settings.register_profile("interop", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("interop")

ANGLES = st.one_of(
    st.floats(-7, 7),
    st.sampled_from([0.0, math.pi / 2, -math.pi / 2, math.pi, -math.pi, 2 * math.pi, 4 * math.pi]),
)


class RandomCircuits:
    """Lists of gates that shrink, and the circuits and observables made of them."""

    names = (*GATES, "gphase", "rxyz", "rzyx", "ryz", "rzzz", "unitary", "diagonal")

    @classmethod
    def steps(cls, n_qubits, max_size=10, names=names, most_controls=2):
        """Lists of `(name, qubits, values, controls, states)`."""

        @st.composite
        def step(draw):
            name = draw(st.sampled_from(names))
            order = draw(st.permutations(range(n_qubits)))
            if name in ("unitary", "diagonal"):
                width = draw(st.integers(1, min(3, n_qubits)))
                values = (cls.given(name, width, draw(st.integers(0, 999))),)
            else:
                known = gate_of(name)
                width = known.n_qubits
                values = tuple(draw(ANGLES) for _ in range(known.n_angles))
            n_controls = draw(st.integers(0, min(most_controls, n_qubits - width)))
            states = tuple(draw(st.integers(0, 1)) for _ in range(n_controls))
            controls = tuple(order[width : width + n_controls])
            return name, tuple(order[:width]), values, controls, states

        return st.lists(step(), max_size=max_size)

    @staticmethod
    def given(name, width, seed):
        """Random unitary matrix or diagonal."""
        rng = np.random.default_rng(seed)
        size = 2**width
        if name == "diagonal":
            return np.exp(1j * rng.uniform(-4, 4, size)).tolist()
        return np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))[
            0
        ].tolist()

    @staticmethod
    def build(n_qubits, steps):
        """Circuit of such a list."""
        circuit = Circuit(n_qubits)
        for name, qubits, values, controls, states in steps:
            circuit.append(name, qubits, *values, controls=controls, control_states=states)
        return circuit

    @staticmethod
    def pauli_sum(n_qubits, seed, n_terms=6):
        """Random real sum of Pauli strings, different on each qubit."""
        rng = np.random.default_rng(seed)
        labels = ["".join(rng.choice(list("IXYZ"), n_qubits)) for _ in range(n_terms)]
        return PauliSum(dict(zip(labels, rng.normal(size=n_terms).tolist(), strict=True)))


class Qiskit:
    """Qiskit, with the order of its qubits turned round."""

    to, back = staticmethod(to_qiskit), staticmethod(from_qiskit)

    @staticmethod
    def matrix(made, _):
        """Matrix, qubit 0 the most significant."""
        return Operator(made).reverse_qargs().data

    @staticmethod
    def state(made, _):
        """Final state."""
        return Statevector(made).reverse_qargs().data


class Cirq:
    """Cirq."""

    to = staticmethod(to_cirq)

    @staticmethod
    def back(made):
        """Circuit of a circuit of Cirq."""
        return from_cirq(made)

    @staticmethod
    def matrix(made, _):
        """Matrix."""
        return cirq.unitary(made)

    @staticmethod
    def state(made, n_qubits):
        """Final state."""
        simulator = cirq.Simulator(dtype=np.complex128)
        return simulator.simulate(
            made, qubit_order=cirq.LineQubit.range(n_qubits)
        ).final_state_vector


class PennyLane:
    """PennyLane."""

    to = staticmethod(to_pennylane)

    @staticmethod
    def back(made):
        """Circuit of a script, on as many qubits as it uses."""
        return from_pennylane(made)

    @staticmethod
    def matrix(made, n_qubits):
        """Matrix."""
        return qml.matrix(made, wire_order=range(n_qubits))

    @staticmethod
    def state(made, n_qubits):
        """Final state."""
        script = qml.tape.QuantumScript(made.operations, [qml.state()])
        return qml.execute([script], qml.device("default.qubit", wires=n_qubits))[0]


@pytest.fixture(scope="session")
def circuits():
    """Random circuits."""
    return RandomCircuits


@pytest.fixture(scope="session", params=[Qiskit, Cirq, PennyLane], ids=lambda kind: kind.__name__)
def library(request):
    """Each library that simulates circuits."""
    return request.param


@pytest.fixture(scope="session")
def xp():
    """The NumPy backend."""
    return ab.get_backend("numpy")
