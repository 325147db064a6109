"""Shift rules against derivatives of sums of waves, and spectra against dense matrices."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arraybackends.quantum import parameter_shift_rule
from arraybackends.quantum.derivatives.shift_rule import gate_frequencies
from arraybackends.quantum.gates.gate import GATES, gate_of

tenths = st.integers(2, 40).map(lambda n: n / 10)


class TestRule:
    def test_of_a_rotation_has_two_terms(self):
        """(f(x + pi/2) - f(x - pi/2)) / 2."""
        np.testing.assert_allclose(
            parameter_shift_rule([1.0]), [(0.5, math.pi / 2), (-0.5, -math.pi / 2)]
        )

    def test_of_a_controlled_rotation_has_four_terms(self):
        """The coefficients (sqrt 2 + 1) / (4 sqrt 2) and (sqrt 2 - 1) / (4 sqrt 2)."""
        rule = parameter_shift_rule([0.5, 1.0])
        root = math.sqrt(2)
        large, small = (root + 1) / (4 * root), (root - 1) / (4 * root)
        quarter = math.pi / 2
        expected = [
            (large, quarter), (-large, -quarter), (-small, 3 * quarter), (small, -3 * quarter),
        ]  # fmt: skip
        np.testing.assert_allclose(rule, expected, atol=1e-14)

    @given(st.integers(1, 6), tenths, st.integers(0, 2**16))
    def test_differentiates_equidistant_waves(self, count, least, seed):
        """Multiples of one frequency, with random coefficients, at a random point."""
        check([least * (place + 1) for place in range(count)], seed)

    @pytest.mark.parametrize("frequencies", [(1.0, 2.5), (0.3, 1.0, 1.7), (1.0, 2.0, 2.9, 4.1)])
    def test_differentiates_any_waves(self, frequencies):
        """Frequencies without a common measure."""
        check(frequencies, 7)

    def test_of_nothing_is_empty(self):
        """A constant has no derivative."""
        assert parameter_shift_rule([]) == ()

    @pytest.mark.parametrize("frequencies", [[0.0], [1.0, 1.0], [-1.0], [math.inf], [math.nan]])
    def test_refuses_what_are_no_frequencies(self, frequencies):
        """They are positive, finite and distinct."""
        with pytest.raises(ValueError, match="frequencies"):
            parameter_shift_rule(frequencies)

    def test_refuses_waves_that_its_shifts_cannot_tell_apart(self):
        """The sines of 1 and 3 are equal up to a sign at the shifts for two frequencies."""
        with pytest.raises(ValueError, match="no rule"):
            parameter_shift_rule([1.0, 3.0])


def check(frequencies, seed):
    """The rule gives the derivative of a random sum of waves."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, len(frequencies)))
    w, x = np.asarray(frequencies), rng.uniform(-3, 3)
    rule = parameter_shift_rule(frequencies)
    found = sum(c * (a @ np.cos(w * (x + s)) + b @ np.sin(w * (x + s))) for c, s in rule)
    exact = (w * b) @ np.cos(w * x) - (w * a) @ np.sin(w * x)
    assert found == pytest.approx(exact, abs=1e-9 * (1 + abs(exact)))


class TestSpectrum:
    @pytest.mark.parametrize("is_controlled", [False, True])
    @pytest.mark.parametrize(
        "name", [*sorted(n for n in GATES if GATES[n].n_angles == 1), "rxyz", "gphase"]
    )
    def test_is_that_of_the_dense_generator(self, name, is_controlled, dense):
        """Frequencies are the positive differences of phases of the matrix at a small angle."""
        t = 0.01
        matrix = dense.gate(name, t)
        if is_controlled:
            matrix = dense.controlled(matrix)
        energies = np.unique((np.angle(np.linalg.eigvals(matrix)) / t).round(6) + 0.0)
        expected = {round(abs(x - y), 6) for x, y in itertools.combinations(energies, 2)}
        found = gate_frequencies(name, gate_of(name), is_controlled=is_controlled)
        assert found == pytest.approx(sorted(expected))
