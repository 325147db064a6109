"""Fourier transform, phase estimation and search, compared with their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit
from arraybackends.quantum.algorithms import grover_search, phase_estimation, qft


class TestFourierTransform:
    @pytest.mark.parametrize("n", [1, 2, 3, 5])
    def test_is_the_matrix_of_its_definition(self, numpy_xp, n):
        """exp(2 pi i j k / N) / sqrt(N), in order."""
        size = 2**n
        expected = np.exp(2j * np.pi * np.outer(range(size), range(size)) / size) / size**0.5
        np.testing.assert_allclose(qft(n).matrix(numpy_xp), expected, atol=1e-13)

    def test_is_that_of_the_library(self, xp, compiled):
        """The transform of a state is the inverse discrete one, times sqrt(N)."""
        state = np.exp(1j * np.arange(8) ** 2) / 8**0.5
        with ab.use_backend(xp):
            found = compiled(xp, qft(3).state)(xp.asarray(state))
        np.testing.assert_allclose(xp.to_numpy(found), np.fft.ifft(state) * 8**0.5, atol=1e-13)

    def test_without_swaps_is_bit_reversed(self, numpy_xp):
        """The swaps are all that is missing."""
        reversed_rows = [int(f"{row:03b}"[::-1], 2) for row in range(8)]
        found = qft(3, swaps=False).matrix(numpy_xp)
        np.testing.assert_allclose(found[reversed_rows], qft(3).matrix(numpy_xp), atol=1e-14)


class TestPhaseEstimation:
    def test_reads_phases_of_few_bits(self, xp, compiled):
        """5/8 in three qubits, with certainty."""
        with ab.use_backend(xp):
            unitary = Circuit(1).p(0, 2 * math.pi * 5 / 8)
            circuit = phase_estimation(unitary, 3, preparation=Circuit(1).x(0))
            found = compiled(xp, lambda: circuit.probabilities(range(3)))()
        np.testing.assert_allclose(xp.to_numpy(found), np.eye(8)[5], atol=1e-12)

    def test_spreads_other_phases_by_the_formula(self, numpy_xp):
        """sin**2(pi t d) / (t sin(pi d))**2 of the difference d, for a circuit of gates."""
        phase, size = 0.2137, 8
        unitary = Circuit(2).h(0).rzz(0, 1, -4 * math.pi * phase).h(0)
        with ab.use_backend(numpy_xp):
            circuit = phase_estimation(unitary, 3, preparation=Circuit(2).h(0))
            found = circuit.probabilities(range(3))
        difference = phase - np.arange(size) / size
        expected = np.sin(math.pi * size * difference) / (size * np.sin(math.pi * difference))
        np.testing.assert_allclose(found, expected**2, atol=1e-12)

    def test_needs_a_counting_qubit(self):
        """Without one there is nothing to read; the preparation has the qubits of the unitary."""
        with pytest.raises(ValueError, match="`n_counting` must be at least 1, but is 0"):
            phase_estimation(Circuit(1).s(0), 0)
        with pytest.raises(ValueError, match="one qubit for each of the 2 of the other circuit"):
            phase_estimation(Circuit(1).s(0), 1, preparation=Circuit(2))


class TestGrover:
    @pytest.mark.parametrize("marked", [["1011"], ["0000", "0110", "1111"]])
    def test_succeeds_by_the_formula(self, numpy_xp, marked):
        """sin**2((2 k + 1) theta) after k iterations, equally among the marked strings."""
        angle = math.asin(math.sqrt(len(marked) / 16))
        for k in range(5):
            with ab.use_backend(numpy_xp):
                found = grover_search(marked, n_iterations=k).probabilities()
            expected = math.sin((2 * k + 1) * angle) ** 2 / len(marked)
            np.testing.assert_allclose(found[[int(s, 2) for s in marked]], expected, atol=1e-12)

    def test_iterates_as_often_as_is_best(self, xp, compiled):
        """One of four is found with certainty."""
        with ab.use_backend(xp):
            found = compiled(xp, grover_search(["01"]).probabilities)()
        np.testing.assert_allclose(xp.to_numpy(found), [0, 1, 0, 0], atol=1e-12)

    def test_refuses_what_is_no_set_of_bit_strings(self):
        """Nothing, letters, different lengths, repetitions, negative numbers."""
        for marked in ([], [""], ["0a"], ["0", "01"], ["01", "01"]):
            with pytest.raises(ValueError, match="`marked` must be distinct bit strings"):
                grover_search(marked)
        with pytest.raises(ValueError, match="`n_iterations` must not be negative, but is -1"):
            grover_search(["1"], n_iterations=-1)
