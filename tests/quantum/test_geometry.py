"""Metrics and Fisher informations against fidelities, formulas and automatic derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import (
    Circuit,
    Parameter,
    PauliSum,
    classical_fisher_information,
    expectation_function,
    fubini_study_metric,
    natural_gradient,
    quantum_fisher_information,
    state_derivatives,
)


def entangled():
    """Three qubits, six parameters: shared, scaled, controlled, composite."""
    a, b, c, d, e, f = map(Parameter, "abcdef")
    return (
        Circuit(3)
        .h(range(3))
        .u(0, a, b, c)
        .crx(0, 2, d)
        .rz(2, a)
        .rzz(2, 1, 2 * e - a / 2)
        .single_excitation(0, 2, f)
        .append("ry", 0, b, controls=(1, 2), control_states=(0, 1))
    )


def layered():
    """Rotations, an entangling layer, rotations."""
    circuit = Circuit(2).ry(0, Parameter("a")).ry(1, Parameter("b")).cx(0, 1)
    return circuit.ry(0, Parameter("c")).ry(1, Parameter("d"))


THETA = np.linspace(-1, 1, 6)


class TestStateDerivatives:
    def test_equal_central_differences(self, numpy_xp):
        """Of every amplitude, in a batch, for shared and controlled parameters."""
        thetas = np.stack([THETA, THETA / 3])
        states, found = state_derivatives(entangled(), thetas, xp=numpy_xp)
        step = 1e-5
        for place in range(6):
            move = step * np.eye(6)[place]
            ahead, _ = state_derivatives(entangled(), thetas + move, xp=numpy_xp)
            behind, _ = state_derivatives(entangled(), thetas - move, xp=numpy_xp)
            np.testing.assert_allclose(found[:, place], (ahead - behind) / (2 * step), atol=1e-9)
        with ab.use_backend("numpy"):
            state = entangled().bind(list(map(np.asarray, THETA))).state()
        np.testing.assert_allclose(states[0], state, atol=1e-14)

    def test_equal_everywhere(self, xp, numpy_xp):
        """Every backend gives the same."""
        function = lambda theta: state_derivatives(layered(), theta, xp=xp)[1]  # noqa: E731
        if xp.capabilities.compiles_complex:
            function = xp.jit(function, fallback="raise")
        found = xp.to_numpy(function(xp.asarray(THETA[:4])))
        expected = state_derivatives(layered(), THETA[:4], xp=numpy_xp)[1]
        np.testing.assert_allclose(found, expected, atol=1e-13)

    def test_are_refused_for_mixed_states(self, numpy_xp):
        """Noise has no state vector; the error names the alternative."""
        circuit = Circuit(1).rx(0, Parameter("t")).depolarizing(0, 0.1)
        with pytest.raises(ab.CapabilityError, match="quantum_fisher_information"):
            state_derivatives(circuit, np.zeros(1), xp=numpy_xp)


class TestMetric:
    def test_of_a_rotation_is_a_quarter(self, numpy_xp):
        """RY(t) takes |0> along a circle of which the metric is 1/4 everywhere, in batches too."""
        circuit = Circuit(1).ry(0, Parameter("t"))
        found = fubini_study_metric(circuit, np.linspace(-3, 3, 7)[:, None], xp=numpy_xp)
        np.testing.assert_allclose(found, np.full((7, 1, 1), 0.25), atol=1e-15)

    def test_is_the_curvature_of_the_fidelity(self, numpy_xp):
        """-1/2 of the second derivatives of the overlap with a shifted state."""
        torch = pytest.importorskip("torch")
        xp = ab.get_backend("pytorch")
        fixed, _ = state_derivatives(entangled(), xp.asarray(THETA), xp=xp)

        def fidelity(theta):
            state = entangled().bind([theta[i] for i in range(6)]).state()
            return torch.abs(torch.vdot(fixed, state)) ** 2

        curvature = torch.autograd.functional.hessian(fidelity, xp.asarray(THETA)).numpy()
        found = fubini_study_metric(entangled(), THETA, xp=numpy_xp)
        np.testing.assert_allclose(found, -curvature / 2, atol=1e-12)

    def test_keeps_blocks_of_layers(self, numpy_xp):
        """Blocks on the diagonal are covariances of generators in the state before the layer."""
        found = fubini_study_metric(
            layered(), THETA[:4], approximation="block-diagonal", xp=numpy_xp
        )
        full = fubini_study_metric(layered(), THETA[:4], xp=numpy_xp)
        np.testing.assert_allclose(found[:2, :2], np.eye(2) / 4, atol=1e-14)
        np.testing.assert_allclose(found[2:, 2:], full[2:, 2:], atol=1e-14)
        assert np.all(found[:2, 2:] == 0)
        assert np.abs(full[:2, 2:]).max() > 0.01
        with ab.use_backend("numpy"):
            before = layered()[:3].bind({"a": THETA[0], "b": THETA[1]})
            covariance = before.covariance(PauliSum({"YI": 0.5}), PauliSum({"IY": 0.5}))
        assert found[2, 3] == pytest.approx(float(covariance), abs=1e-14)

    def test_keeps_the_diagonal(self, numpy_xp):
        """The diagonal approximation of distinct parameters is the diagonal."""
        found = fubini_study_metric(layered(), THETA[:4], approximation="diagonal", xp=numpy_xp)
        full = fubini_study_metric(layered(), THETA[:4], xp=numpy_xp)
        np.testing.assert_allclose(found, np.diag(np.diag(full)), atol=1e-14)

    def test_refuses_unknown_approximations(self, numpy_xp):
        """The known ones are named."""
        with pytest.raises(ValueError, match="block-diagonal"):
            fubini_study_metric(layered(), THETA[:4], approximation="full", xp=numpy_xp)


class TestQuantumFisherInformation:
    def test_of_a_phase_in_ghz_states_is_quadratic(self, numpy_xp):
        """n qubits in a GHZ state, each turned by t, carry n**2: the Heisenberg limit."""
        for n in (1, 2, 4):
            circuit = Circuit(n).h(0)
            for qubit in range(n - 1):
                circuit.cx(qubit, qubit + 1)
            circuit.rz(range(n), Parameter("t"))
            found = quantum_fisher_information(circuit, np.array([0.3]), xp=numpy_xp)
            assert found[0, 0] == pytest.approx(n**2)

    def test_of_dephased_phases_shrinks(self, xp):
        """A phase after dephasing with probability p carries (1 - 2 p)**2."""
        if xp.name == "jax":
            pytest.skip("A compilation says little more than PyTorch.")
        circuit = Circuit(1).h(0).rz(0, Parameter("t")).phase_flip(0, 0.2)
        found = quantum_fisher_information(circuit, xp.asarray([[0.3], [0.4]]), xp=xp)
        np.testing.assert_allclose(xp.to_numpy(found), [[[0.36]], [[0.36]]], atol=1e-12)

    def test_of_a_probability_is_classical(self, numpy_xp):
        """A bit flip of |0> with probability p carries 1 / (p (1 - p)), measured or not."""
        circuit = Circuit(1).bit_flip(0, Parameter("p"))
        for information in (quantum_fisher_information, classical_fisher_information):
            found = information(circuit, np.array([0.3]), xp=numpy_xp)
            assert found[0, 0] == pytest.approx(1 / 0.21)

    def test_of_weak_noise_is_that_of_the_pure_state(self, numpy_xp):
        """The mixed formula tends to four times the metric."""
        noisy = entangled().depolarizing(0, 1e-9)
        found = quantum_fisher_information(noisy, THETA, xp=numpy_xp)
        expected = 4 * fubini_study_metric(entangled(), THETA, xp=numpy_xp)
        np.testing.assert_allclose(found, expected, atol=1e-7)

    def test_bounds_what_a_measurement_finds(self, numpy_xp):
        """No measurement, of all or of some qubits, has more information than the state."""
        for circuit in (entangled(), entangled().depolarizing(0, 0.1).amplitude_damping(1, 0.2)):
            quantum = quantum_fisher_information(circuit, THETA, xp=numpy_xp)
            every = classical_fisher_information(circuit, THETA, xp=numpy_xp)
            some = classical_fisher_information(circuit, THETA, (2, 0), xp=numpy_xp)
            assert np.linalg.eigvalsh(quantum - every).min() > -1e-10
            assert np.linalg.eigvalsh(every - some).min() > -1e-10


class TestClassicalFisherInformation:
    def test_is_the_variance_of_the_score(self, numpy_xp):
        """Against logarithms of the probabilities, differentiated by central differences."""

        def logarithms(theta):
            with ab.use_backend("numpy"):
                return np.log(entangled().bind(list(map(np.asarray, theta))).probabilities((1, 2)))

        step = 1e-5
        scores = np.array(
            [(logarithms(THETA + m) - logarithms(THETA - m)) / (2 * step) for m in step * np.eye(6)]
        )
        expected = (scores * np.exp(logarithms(THETA))) @ scores.T
        found = classical_fisher_information(entangled(), THETA, (1, 2), xp=numpy_xp)
        np.testing.assert_allclose(found, expected, atol=1e-8)

    def test_passes_over_impossible_outcomes(self, numpy_xp):
        """An outcome of probability zero counts as zero."""
        circuit = Circuit(2).ry(0, Parameter("t"))
        found = classical_fisher_information(circuit, np.array([0.3]), xp=numpy_xp)
        assert found[0, 0] == pytest.approx(1)


class TestNaturalGradient:
    def test_is_the_pseudo_inverse(self, xp):
        """Without damping directions of metric zero are left out, in batches too."""
        rng = np.random.default_rng(1)
        factors = rng.normal(size=(2, 4, 3))
        metrics, gradients = factors @ factors.swapaxes(1, 2), rng.normal(size=(2, 4))
        found = xp.to_numpy(natural_gradient(xp, xp.asarray(metrics), xp.asarray(gradients)))
        for place in range(2):
            expected = np.linalg.pinv(metrics[place]) @ gradients[place]
            np.testing.assert_allclose(found[place], expected, rtol=1e-9)

    def test_damps(self, numpy_xp):
        """Damping is added to the diagonal."""
        metric, gradient = np.diag([0.25, 0.0]), np.array([1.0, 2.0])
        found = natural_gradient(numpy_xp, metric, gradient, damping=0.25)
        np.testing.assert_allclose(found, [2, 8])
        with pytest.raises(TypeError, match="`metric` must be an array of backend `numpy`"):
            natural_gradient(numpy_xp, [[1.0]], gradient)
        with pytest.raises(ValueError, match="damping"):
            natural_gradient(numpy_xp, metric, gradient, damping=-1.0)

    def test_follows_imaginary_time(self, numpy_xp):
        """Where the ansatz reaches every state, a short step is one along exp(-H t) psi."""
        circuit = Circuit(1).ry(0, Parameter("a")).rz(0, Parameter("b"))
        hamiltonian = PauliSum.from_text("0.4 X - 0.3 Y + 0.8 Z")
        theta, step = np.array([0.7, 0.4]), 1e-5
        slope = numpy_xp.grad(expectation_function(circuit, hamiltonian, xp=numpy_xp))(theta)
        metric = fubini_study_metric(circuit, theta, xp=numpy_xp)
        # d theta / d tau = -(1/2) metric**-1 slope is evolution in imaginary time.
        moved = theta - step / 2 * natural_gradient(numpy_xp, metric, slope)
        (before, _), (after, _) = (
            state_derivatives(circuit, t, xp=numpy_xp) for t in (theta, moved)
        )
        matrix = hamiltonian.matrix(numpy_xp)
        target = before - step * (matrix @ before)
        target = target / np.linalg.norm(target)
        assert abs(np.vdot(target, after)) ** 2 == pytest.approx(1, abs=1e-14)
        assert abs(np.vdot(before, after)) ** 2 < 1 - 1e-12

    def test_needs_fewer_steps_than_the_gradient(self, numpy_xp):
        """On the plateau of a product of rotations natural steps arrive, plain ones do not."""
        circuit = Circuit(2).ry(0, Parameter("a")).rx(1, Parameter("b")).cx(0, 1)
        circuit = circuit.ry(0, Parameter("c")).ry(1, Parameter("d"))
        hamiltonian = PauliSum.from_text("ZI + 0.5 IZ + 0.7 XX - 0.2 YY")
        energy = numpy_xp.value_and_grad(expectation_function(circuit, hamiltonian, xp=numpy_xp))
        lowest = np.linalg.eigvalsh(hamiltonian.matrix(numpy_xp))[0]

        def descend(natural):
            theta = np.array([0.3, 0.2, 0.1, -0.2])
            for _ in range(60):
                _, slope = energy(theta)
                if natural:
                    metric = fubini_study_metric(circuit, theta, xp=numpy_xp)
                    slope = natural_gradient(numpy_xp, metric, slope, damping=1e-3)
                theta = theta - 0.05 * slope
            return float(energy(theta)[0]) - lowest

        assert descend(natural=True) < 1e-3
        assert descend(natural=True) < 0.1 * descend(natural=False)

    def test_is_differentiable_with_damping(self):
        """Also where eigenvalues of the metric are equal."""
        torch = pytest.importorskip("torch")
        xp = ab.get_backend("pytorch")

        def loss(theta):
            metric = fubini_study_metric(layered(), theta, xp=xp)
            return xp.sum(natural_gradient(xp, metric, theta, damping=0.1) ** 2)

        theta = torch.tensor(THETA[:4], requires_grad=True)
        assert torch.autograd.gradcheck(loss, theta)
