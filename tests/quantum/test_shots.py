"""Estimates from shots: without bias, with honest errors, the same on every backend."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import (
    Circuit,
    Parameter,
    PauliSum,
    estimate_expectation,
    estimate_gradient,
    expectation_function,
    spsa_gradient,
)

HAMILTONIAN = PauliSum.from_text("0.3 XYZ - 0.7 ZIX + 0.2 IIY + 0.5 YZI - 0.4 ZZZ + 0.1 III")
THETA = np.array([0.2, 0.5, -0.4, 0.9, 0.25, 0.1])


def noisy():
    """Shared and scaled angles, controls, and channels, one with one parameter in two places."""
    a, b, c, d, g, h = map(Parameter, "abcdgh")
    circuit = Circuit(3).h(range(3)).u(0, a, b, c).crx(0, 2, d).rzz(2, 1, 2 * b - a)
    return circuit.amplitude_damping(0, g).append("reset_error", 1, h, h)


class TestEstimates:
    def test_are_unbiased_with_honest_errors(self, numpy_xp):
        """Over 150 runs the means are the exact values, and deviations the standard errors."""
        energy = expectation_function(noisy(), HAMILTONIAN, xp=numpy_xp)
        exact, gradient = numpy_xp.value_and_grad(energy)(THETA)
        options = {"shots": 200, "seed": 1, "xp": numpy_xp}
        thetas = np.tile(THETA, (150, 1))
        for estimate, expected in ((estimate_expectation, exact), (estimate_gradient, gradient)):
            value, error = estimate(noisy(), HAMILTONIAN, thetas, **options)
            deviations = (value - expected) / error
            assert np.abs(deviations.mean(axis=0)).max() < 4 / np.sqrt(150)
            assert np.abs(deviations.std(axis=0) - 1).max() < 0.25

    def test_are_equal_everywhere(self, xp, numpy_xp):
        """The same seed gives the same outcomes, thus the same estimates, in batches too."""
        if xp.name == "jax":
            pytest.skip("Compiling every group says little more than PyTorch.")
        thetas = np.stack([THETA, THETA / 2])
        options = {"shots": 100, "seed": 7}
        for estimate in (estimate_expectation, estimate_gradient):
            found = estimate(noisy(), HAMILTONIAN, xp.asarray(thetas), xp=xp, **options)
            expected = estimate(noisy(), HAMILTONIAN, thetas, xp=numpy_xp, **options)
            for mine, theirs in zip(found, expected, strict=True):
                np.testing.assert_allclose(xp.to_numpy(mine), theirs, atol=1e-12)

    def test_of_sharp_values_have_no_error(self, numpy_xp):
        """An eigenstate gives its eigenvalue, and constants have no gradient."""
        observable = PauliSum.from_text("ZI + 2 IZ - 0.5 II")
        circuit = Circuit(2).x(0)
        options = {"shots": 10, "seed": 1, "xp": numpy_xp}
        found = estimate_expectation(circuit, observable, np.zeros(0), **options)
        assert (float(found.value), float(found.standard_error)) == (0.5, 0.0)
        assert estimate_gradient(circuit, observable, np.zeros(0), **options).value.shape == (0,)

    def test_refuse_too_few_shots(self, numpy_xp):
        """Every group needs two."""
        with pytest.raises(ValueError, match="at least 8, 2 for each of the 4 groups"):
            estimate_expectation(noisy(), HAMILTONIAN, THETA, shots=7, seed=1, xp=numpy_xp)

    def test_refuse_post_selection(self, numpy_xp):
        """Quotients have no rule."""
        circuit = Circuit(1).rx(0, Parameter("t")).post_select(0, 1)
        with pytest.raises(ab.CapabilityError, match="post-selection"):
            estimate_gradient(
                circuit, PauliSum({"X": 1.0}), np.zeros(1), shots=10, seed=1, xp=numpy_xp
            )


class TestSPSA:
    matrix = np.array([[2.0, 0.3], [0.3, 1.0]])

    def gradient(self, xp, n_samples):
        """Estimate of the gradient of a quadratic form at (1, -2)."""

        def form(x):
            return xp.sum(x * xp.matmul(xp.asarray(self.matrix), x))

        x = xp.asarray([1.0, -2.0])
        return xp.to_numpy(spsa_gradient(xp, form, x, step=0.01, seed=3, n_samples=n_samples))

    def test_is_unbiased(self, numpy_xp):
        """The mean over many directions is the gradient."""
        found = self.gradient(numpy_xp, 400)
        np.testing.assert_allclose(found, 2 * self.matrix @ [1, -2], atol=0.5)

    def test_is_equal_everywhere(self, xp, numpy_xp):
        """The same seed gives the same directions."""
        if xp.name == "jax":
            pytest.skip("The random numbers of JAX, which take long to compile, have their tests.")
        np.testing.assert_allclose(self.gradient(xp, 2), self.gradient(numpy_xp, 2), rtol=1e-9)

    def test_descends_on_shots(self, numpy_xp):
        """Steps along it, from noisy values, lower the energy of a qubit to near -1."""
        circuit, observable = Circuit(1).ry(0, Parameter("t")), PauliSum({"Z": 1.0})
        theta = np.array([0.5])
        for step in range(40):

            def energy(t, seed=step):
                return estimate_expectation(
                    circuit, observable, t, shots=100, seed=seed, xp=numpy_xp
                ).value

            theta = theta - 0.3 * spsa_gradient(numpy_xp, energy, theta, step=0.2, seed=step)
        assert np.cos(theta[0]) < -0.98

    def test_refuses_steps_that_are_not_positive(self, numpy_xp):
        """The value is named."""
        with pytest.raises(ValueError, match="`step`"):
            spsa_gradient(numpy_xp, np.sum, np.zeros(2), step=0.0, seed=1)
