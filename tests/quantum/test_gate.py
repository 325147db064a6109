"""Every gate against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from arraybackends.quantum import Circuit
from arraybackends.quantum.gate import GATES

ANGLES = (0.7, -1.3, 2.1)


def matrix_of(xp, gate, *angles):
    """Matrix of a gate, column by column: its action on every basis state."""
    n = GATES[gate].n_qubits
    columns = []
    for index in range(2**n):
        circuit = Circuit(n)
        for qubit in range(n):
            if index >> (n - 1 - qubit) & 1:
                circuit.x(qubit)
        circuit.append(gate, tuple(range(n)), *(xp.asarray(angle) for angle in angles))
        circuit.p(0, xp.asarray(0.0))  # an array names the backend also for gates without angles
        columns.append(xp.to_numpy(circuit.state()))
    return np.stack(columns, axis=1)


class TestMatrices:
    @pytest.mark.parametrize("gate", sorted(GATES))
    def test_equal_their_definition(self, numpy_xp, dense, gate):
        """Each gate is what the literature says, its phase included."""
        angles = ANGLES[: GATES[gate].n_angles]
        np.testing.assert_allclose(
            matrix_of(numpy_xp, gate, *angles), dense.gate(gate, *angles), atol=1e-14
        )

    @pytest.mark.parametrize("gate", ["h", "u", "crx", "iswap", "double_excitation", "cswap"])
    def test_are_the_same_on_every_backend(self, xp, dense, gate):
        """A gate of each kind has the same matrix on every backend."""
        if xp.name == "jax" and gate == "double_excitation":
            pytest.skip("Sixteen eager circuits say no more than four, and take seconds.")
        angles = ANGLES[: GATES[gate].n_angles]
        np.testing.assert_allclose(
            matrix_of(xp, gate, *angles), dense.gate(gate, *angles), atol=1e-14
        )

    @pytest.mark.parametrize("gate", sorted(GATES))
    def test_methods_take_qubits_first_and_angles_after(self, gate):
        """The method of each gate appends just that gate, with qubits before angles."""
        n = GATES[gate].n_qubits
        angles = ANGLES[: GATES[gate].n_angles]
        circuit = getattr(Circuit(n), gate)(*range(n), *angles)
        assert circuit == Circuit(n).append(gate, tuple(range(n)), *angles)
