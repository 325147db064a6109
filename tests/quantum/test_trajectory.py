"""Trajectories against density matrices, within their standard error."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import Circuit, PauliSum

Z = PauliSum({"Z": 1.0})


def mixed(theta, p=0.2):
    """Circuit with everything that trajectories choose."""
    circuit = Circuit(2).ry(0, theta).cx(0, 1).depolarizing(0, p).amplitude_damping(1, 0.3)
    circuit.readout_error(0, 0.1, 0.2).measure(0).cond({0: 1}, Circuit(2).rx(1, theta))
    return circuit.joint_depolarizing((1, 0), p).reset(0).h(0).thermal_relaxation(0, 1.0, 1.5, 0.4)


class TestMeans:
    @settings(max_examples=12)
    @given(data=st.data(), seed=st.integers(0, 2**32))
    def test_of_trajectories_are_the_density_matrix(self, numpy_xp, noisy, data, seed):
        """The mean projector is the density matrix, in every element within five sigma."""
        found = data.draw(noisy.operations(3))
        with ab.use_backend(numpy_xp):
            circuit = noisy.build(Circuit(3), found)
            rho = circuit.density_matrix()
            states = circuit.trajectories(2000, seed=seed).states()
        projectors = np.einsum("ti,tj->tij", states, states.conj())
        error = projectors.std(axis=0) / 2000**0.5
        assert (np.abs(projectors.mean(axis=0) - rho) <= 5.5 * error + 1e-9).all()
        np.testing.assert_allclose(np.linalg.norm(states, axis=-1), 1, atol=1e-12)

    def test_on_every_backend(self, xp, compiled):
        """Every backend runs the same trajectories, compiled where it compiles."""
        thetas = [0.4, 1.3]

        def run(theta):
            runs = mixed(theta).trajectories(400, seed=5)
            return runs.expectation(PauliSum({"XZ": 1.0}))

        value, error = map(xp.to_numpy, compiled(xp, run)(xp.asarray(thetas)))
        reference = run(np.array(thetas))
        np.testing.assert_allclose(value, reference.value, atol=1e-12)
        np.testing.assert_allclose(error, reference.standard_error, atol=1e-12)
        exact = mixed(np.array(thetas)).expectation(PauliSum({"XZ": 1.0}))
        assert (np.abs(value - exact) < 4 * error).all()
        assert (error > 0).all()

    def test_in_single_precision(self, xp, compiled):
        """In single precision states are complex64."""
        single = xp.with_options(precision="single")

        def run(theta):
            circuit = Circuit(1).ry(0, theta).bit_flip(0, 0.5).measure(0)
            return circuit.trajectories(5, seed=1).states()

        with ab.use_backend(single):
            states = compiled(single, run)(single.asarray(1.0))
        assert single.dtype_name(states.dtype) == "complex64"
        assert states.shape == (5, 2)

    def test_of_probabilities_have_readout_errors(self, numpy_xp):
        """Probabilities of a subset are means, with the errors of readout."""
        with ab.use_backend(numpy_xp):
            circuit = Circuit(2).readout_error(1, 0.1, 0.3).x(1).bit_flip(0, 0.4)
            found = circuit.trajectories(4000, seed=2).probabilities((1, 0))
            exact = circuit.probabilities((1, 0))
        np.testing.assert_allclose(exact, [0.3 * 0.6, 0.3 * 0.4, 0.7 * 0.6, 0.7 * 0.4])
        np.testing.assert_allclose(found, exact, atol=0.03)

    def test_after_post_selection(self, numpy_xp):
        """Trajectories are weighted by the probability that they are kept."""
        with ab.use_backend(numpy_xp):
            circuit = Circuit(2).ry(0, 1.1).depolarizing(0, 0.3).cx(0, 1).bit_flip(0, 0.1)
            circuit.post_select(0, 1).ry(1, 0.4)
            observable = PauliSum({"IZ": 1.0})
            value, error = circuit.trajectories(4000, seed=3).expectation(observable)
            exact = circuit.expectation(observable)
            norms = np.linalg.norm(circuit.trajectories(4000, seed=3).states(), axis=-1) ** 2
            assert abs(value - exact) < 4 * error
            kept = circuit.post_selection_probability()
        assert norms.mean() == pytest.approx(kept, abs=4 * norms.std() / 4000**0.5)


class TestRandomness:
    def test_does_not_depend_on_how_many_run_together(self, numpy_xp):
        """States, bits and outcomes are the same in chunks of any size."""
        with ab.use_backend(numpy_xp):
            circuit = mixed(0.7).measure(1)
            whole = circuit.trajectories(50, seed=9)
            parts = circuit.trajectories(50, seed=9, at_once=7)
            np.testing.assert_array_equal(whole.states(), parts.states())
            np.testing.assert_array_equal(whole.bits()[1], parts.bits()[1])
            np.testing.assert_array_equal(whole.outcomes(), parts.outcomes())
            np.testing.assert_array_equal(whole.outcomes((1, 0)), parts.outcomes((1, 0)))

    def test_is_that_of_the_seed(self, numpy_xp):
        """One seed, the same trajectories; another, others; each run has its own choices."""
        with ab.use_backend(numpy_xp):
            circuit = Circuit(1).h(0).measure(0)
            first, again, other = (
                circuit.trajectories(200, seed=seed).bits()[0] for seed in (1, 1, 2)
            )
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
        assert 0.3 < first.mean() < 0.7

    def test_is_its_own_for_each_element_of_a_batch(self, numpy_xp):
        """Equal elements of a batch have other outcomes."""
        bits = Circuit(1).ry(0, np.full(3, np.pi / 2)).measure(0).trajectories(100, seed=4).bits()
        assert bits[0].shape == (100, 3)
        assert (bits[0][:, 0] != bits[0][:, 1]).any()

    def test_may_come_from_a_traced_seed(self, xp, compiled):
        """Under vmap each element may have a seed of its own, as if alone."""
        if not xp.capabilities.vmap:
            pytest.skip("The backend does not vectorise.")

        def run(seed):
            with ab.use_backend(xp):
                return Circuit(1).h(0).measure(0).trajectories(20, seed=seed).bits()[0]

        mapped = xp.to_numpy(compiled(xp, xp.vmap(run))(xp.asarray([1, 2])))
        with ab.use_backend("numpy"):
            circuit = Circuit(1).h(0).measure(0)
            for row, seed in enumerate((1, 2)):
                alone = circuit.trajectories(20, seed=seed).bits()[0]
                np.testing.assert_array_equal(mapped[row], alone)


class TestGradients:
    def test_are_unbiased(self, xp, compiled):
        """The mean of derivatives is that of the density matrix, where paths depend on angles."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")
        observable = PauliSum({"ZI": 0.5, "IZ": 1.0})

        def circuit(theta):
            made = Circuit(2).ry(0, theta[0]).cx(0, 1).amplitude_damping(0, theta[1]).measure(1)
            made.cond({0: 1}, Circuit(2).ry(0, theta[0])).depolarizing(0, theta[1])
            return made.ry(1, 0.3)

        def estimate(theta):
            return circuit(theta).trajectories(20000, seed=11).expectation(observable).value

        def exact(theta):
            return circuit(theta).expectation(observable)

        theta = xp.asarray([0.9, 0.3])
        found, expected = (xp.to_numpy(compiled(xp, xp.grad(f))(theta)) for f in (estimate, exact))
        np.testing.assert_allclose(found, expected, atol=0.04)  # about four standard errors
        assert (np.abs(expected) > 0.2).all()

    def test_are_nan_where_a_path_is_never_taken(self, xp, compiled):
        """At the end of its range a parameter has no estimate of a derivative, and no wrong one."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")

        def estimate(p):
            return Circuit(1).x(0).bit_flip(0, p).trajectories(4, seed=1).expectation(Z).value

        slope = compiled(xp, xp.grad(estimate))(xp.asarray(0.0))
        assert np.isnan(xp.to_numpy(slope))

    def test_in_angles_do_not_mind_noise_that_is_off(self, xp, compiled):
        """Constant channels of probability zero leave the derivative in an angle exact."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")

        def estimate(theta):
            circuit = Circuit(1).ry(0, theta).bit_flip(0, 0.0).amplitude_damping(0, 0.0)
            return circuit.trajectories(3, seed=1).expectation(Z).value

        slope = compiled(xp, xp.grad(estimate))(xp.asarray(0.3))
        np.testing.assert_allclose(xp.to_numpy(slope), -np.sin(0.3), atol=1e-12)


class TestOutcomes:
    def test_repeat_until_enough_are_kept(self, numpy_xp):
        """After post-selection there are as many outcomes as asked for, of those that are kept."""
        with ab.use_backend(numpy_xp):
            circuit = Circuit(2).h(0).cx(0, 1).bit_flip(1, 0.2).post_select(0, 1)
            counts = circuit.counts(500, seed=8)
            assert sum(counts.values()) == 500
            assert set(counts) == {"10", "11"}
            assert counts["10"] == pytest.approx(100, abs=4 * 80**0.5)
            with pytest.raises(ValueError, match="keeps hardly any run"):
                Circuit(1).depolarizing(0, 0.0).post_select(0, 1).sample(2, seed=1)

    def test_cannot_repeat_in_batches(self, numpy_xp):
        """Elements of a batch keep different runs, which is refused."""
        circuit = Circuit(1).ry(0, np.ones(2)).measure(0).post_select(0, 1)
        with pytest.raises(ab.CapabilityError, match="cannot be drawn for a batch"):
            circuit.sample(3, seed=1)

    def test_memory_is_checked(self, numpy_xp):
        """States that run together and do not fit are refused."""
        circuit = functools.reduce(lambda c, q: c.h(q), range(40), Circuit(40)).bit_flip(0, 0.1)
        with ab.use_backend(numpy_xp), pytest.raises(ab.MemoryLimitError, match="40 qubits"):
            circuit.trajectories(10, seed=1)


class TestDevices:
    @pytest.mark.parametrize(("backend", "device"), [("strict", "device1"), ("pytorch", "meta")])
    def test_hold_everything(self, backend, device):
        """Density matrices, trajectories and samples stay on the device, values unseen."""
        if not ab.available_backends()[backend].installed:
            pytest.skip(f"Backend {backend} is not installed.")
        xp = ab.get_backend(backend, device=device)
        theta = xp.asarray([0.1, 0.2], device=device)
        with ab.use_backend(xp):
            circuit = mixed(theta).measure(1).kraus(0, [[[0.6, 0], [0, 0.6]], [[0, 0.8], [0.8, 0]]])
            runs = circuit.trajectories(4, seed=1)
            for result in (
                circuit.density_matrix(),
                circuit.expectation(PauliSum({"XZ": 1.0})),
                circuit.bit_probabilities(),
                circuit.probabilities(0),
                circuit.copy().post_select(0, 1).density_matrix(),
                runs.states(),
                runs.expectation(PauliSum({"XZ": 1.0})).value,
                circuit.sample(4, seed=1),
                circuit.sample(4, seed=1, qubits=0),
            ):
                assert xp.device_of(result) == device
