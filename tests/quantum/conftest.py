"""Backends to run the core on, and dense matrices to compare it with."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

import arraybackends as ab

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # keeps JAX from looking for accelerators

settings.register_profile("core", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("core")

BACKENDS = ("numpy", "pytorch", "jax", "strict")


@pytest.fixture(scope="session", params=BACKENDS)
def xp(request):
    """Each backend whose library is installed."""
    if not ab.available_backends()[request.param].installed:
        pytest.skip(f"Backend {request.param} is not installed.")
    return ab.get_backend(request.param)


@pytest.fixture(scope="session")
def numpy_xp():
    """The NumPy backend."""
    return ab.get_backend("numpy")


class Dense:
    """Textbook matrices on n qubits by Kronecker products, in NumPy."""

    paulis = {
        "I": np.eye(2),
        "X": np.array([[0, 1], [1, 0]]),
        "Y": np.array([[0, -1j], [1j, 0]]),
        "Z": np.diag([1, -1]),
    }

    @staticmethod
    def embed(matrix, qubits, n_qubits):
        """Matrix on some qubits as a matrix on all."""
        rest = [q for q in range(n_qubits) if q not in qubits]
        full = np.kron(matrix, np.eye(2 ** len(rest))).reshape((2,) * (2 * n_qubits))
        order = [*qubits, *rest]
        places = [order.index(q) for q in range(n_qubits)]
        axes = places + [n_qubits + place for place in places]
        return full.transpose(axes).reshape(2**n_qubits, 2**n_qubits)

    @classmethod
    def string(cls, label):
        """Matrix of a Pauli string."""
        matrix = np.eye(1)
        for letter in label:
            matrix = np.kron(matrix, cls.paulis[letter])
        return matrix

    @classmethod
    def sum(cls, terms):
        """Matrix of a weighted sum of Pauli strings."""
        return sum(c * cls.string(label) for label, c in terms.items())

    @staticmethod
    def exponential(generator, theta):
        """exp(-i theta G) of a Hermitian matrix."""
        values, vectors = np.linalg.eigh(generator)
        return (vectors * np.exp(-1j * theta * values)) @ vectors.conj().T

    @staticmethod
    def controlled(matrix):
        """The same with one more control in front."""
        d = len(matrix)
        return np.block([[np.eye(d), np.zeros((d, d))], [np.zeros((d, d)), matrix]])

    @classmethod
    def gate(cls, name, *angles):
        """Matrix of a gate, by its definition in the literature."""
        x, y, z = (cls.paulis[letter] for letter in "XYZ")
        if name.startswith("c"):
            return cls.controlled(cls.gate(name[1:], *angles))
        if name[0] == "r" and set(name[1:]) <= set("xyz"):
            return cls.exponential(cls.string(name[1:].upper()), angles[0] / 2)
        if name == "gphase":
            return np.exp(1j * np.array([[angles[0]]]))
        if name in ("xx_plus_yy", "xx_minus_yy"):
            sign = 1 if name == "xx_plus_yy" else -1
            return cls.exponential(np.kron(x, x) + sign * np.kron(y, y), angles[0] / 4)
        if name == "u":
            theta, phi, lam = angles
            c, s = np.cos(theta / 2), np.sin(theta / 2)
            return np.array(
                [[c, -np.exp(1j * lam) * s], [np.exp(1j * phi) * s, np.exp(1j * (phi + lam)) * c]]
            )
        if name in ("single_excitation", "double_excitation"):
            d, low, high = {"s": (4, 1, 2), "d": (16, 3, 12)}[name[0]]
            generator = np.zeros((d, d), dtype=complex)
            generator[high, low], generator[low, high] = 1j, -1j
            return cls.exponential(generator, angles[0] / 2)
        if name.endswith("dg"):
            return cls.gate(name[:-2]).conj().T
        swap = np.eye(4)[[0, 2, 1, 3]]
        fixed = {
            "id": np.eye(2),
            "h": (x + z) / np.sqrt(2),
            "x": x,
            "y": y,
            "z": z,
            "s": np.diag([1, 1j]),
            "t": np.diag([1, np.exp(1j * np.pi / 4)]),
            "sx": np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2,
            "swap": swap,
            "iswap": np.diag([1, 1j, 1j, 1]) @ swap,
            "sqrt_iswap": cls.exponential(np.kron(x, x) + np.kron(y, y), -np.pi / 8),
            "ecr": (np.kron(x, np.eye(2)) - np.kron(y, x)) / np.sqrt(2),
        }
        if name == "p":
            return np.diag([1, np.exp(1j * angles[0])])
        return fixed[name]

    @classmethod
    def unitary(cls, n_qubits, operations):
        """Product of gates `(name, qubits, angles)`, the first acting first."""
        matrix = np.eye(2**n_qubits)
        for name, qubits, angles in operations:
            matrix = cls.embed(cls.gate(name, *angles), qubits, n_qubits) @ matrix
        return matrix


@pytest.fixture(scope="session")
def dense():
    """Textbook matrices."""
    return Dense


class NoisyCircuits:
    """Random lists of gates, channels, resets and measurements, and circuits made of them."""

    gates = {"h": 1, "ry": 1, "t": 1, "cx": 2, "crx": 2, "swap": 2, "ccx": 3}
    channels = {
        "bit_flip": (0.2,),
        "phase_flip": (0.3,),
        "depolarizing": (0.4,),
        "amplitude_damping": (0.3,),
        "generalized_amplitude_damping": (0.3, 0.7),
        "phase_damping": (0.5,),
        "thermal_relaxation": (2.0, 1.5, 0.7),
        "reset_error": (0.1, 0.2),
        "pauli_XY_ZZ": (0.1, 0.3),
        "joint_depolarizing": (0.2,),
    }

    @classmethod
    def operations(cls, n_qubits, max_size=8):
        """Lists of `(name, qubits, values, condition)`; the value of a measurement is its bit."""
        names = [*cls.gates, *cls.channels, "reset", "measure", "measure"]

        @st.composite
        def draw_operations(draw):
            found, n_bits = [], 0
            for _ in range(draw(st.integers(0, max_size))):
                name = draw(st.sampled_from(names))
                width = cls.gates.get(name, 2 if name.startswith(("pauli", "joint")) else 1)
                qubits = tuple(draw(st.permutations(range(n_qubits)))[:width])
                values = cls.channels.get(name, (0.7,) if name in ("ry", "crx") else ())
                condition = {}
                if n_bits and draw(st.booleans()):
                    condition = {draw(st.integers(0, n_bits - 1)): draw(st.integers(0, 1))}
                if name == "measure":
                    values = (draw(st.integers(0, n_bits)),)
                    n_bits = max(n_bits, values[0] + 1)
                found.append((name, qubits, values, condition))
            return found

        return draw_operations()

    @staticmethod
    def build(circuit, found):
        """Append such operations to a circuit."""
        for name, qubits, values, condition in found:
            if name == "measure":
                circuit.append("measure", qubits, bits=values, condition=condition)
            else:
                circuit.append(name, qubits, *values, condition=condition)
        return circuit


@pytest.fixture(scope="session")
def noisy():
    """Random noisy circuits."""
    return NoisyCircuits


@pytest.fixture(scope="session")
def compiled():
    """A function as one program where the backend compiles complex arithmetic: quicker there."""
    return lambda xp, fn: xp.jit(fn) if xp.capabilities.compiles_complex else fn
