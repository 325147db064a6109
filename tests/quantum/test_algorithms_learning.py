"""Classifier and kernels, compared with dense matrices, differences and known accuracy."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter
from arraybackends.quantum.algorithms import (
    adam,
    angle_feature_map,
    fidelity_kernel,
    projected_kernel,
    reuploading_circuit,
    train_classifier,
    zz_feature_map,
)
from arraybackends.quantum.algorithms.classifier import _log_loss


def two_moons(m, seed, noise=0.1):
    """Two half circles that reach into each other, with noise, and which of them each point is."""
    rng = np.random.default_rng(seed)
    labels = np.arange(m) % 2
    angles = rng.uniform(0, np.pi, m)
    x = np.where(labels, 1 - np.cos(angles), np.cos(angles))
    y = np.where(labels, 0.5 - np.sin(angles), np.sin(angles))
    return 1.5 * (np.stack([x, y], axis=1) + noise * rng.normal(size=(m, 2))), labels


@pytest.fixture(scope="module")
def data():
    """Two features and three classes of a few samples."""
    rng = np.random.default_rng(5)
    return rng.uniform(-1, 1, (6, 2)), np.array([0, 1, 2, 2, 1, 0])


class TestCircuit:
    def test_is_a_fourier_series_of_the_features(self, numpy_xp):
        """Of the degree of the layers in each feature: higher frequencies are absent."""
        circuit = reuploading_circuit(2, 2, 2)
        grid = np.arange(16) * 2 * np.pi / 16
        values = dict.fromkeys(circuit.parameters, 0.0)
        for place, name in enumerate(values):
            values[name] = 0.3 + 0.7 * place
        with ab.use_backend(numpy_xp):
            found = circuit.bind({**values, "x0": grid}).probabilities()[:, 0]
        spectrum = np.abs(np.fft.rfft(found)) / 16
        assert spectrum[1:3].min() > 1e-4
        assert spectrum[3:].max() < 1e-15

    def test_gives_each_qubit_a_feature_and_each_feature_a_qubit(self):
        """In turn, whichever are fewer."""
        for n_qubits, n_features, expected in (
            (3, 2, [(0, "x0"), (1, "x1"), (2, "x0")]),
            (2, 3, [(0, "x0"), (1, "x1"), (0, "x2")]),
        ):
            circuit = reuploading_circuit(n_qubits, n_features)
            found = [(g.qubits[0], str(g.values[0])) for g in circuit if g.gate == "rx"]
            assert found == expected

    def test_has_layers_and_features(self):
        """One at least."""
        with pytest.raises(ValueError, match="`n_layers` must be at least 1, but is 0"):
            reuploading_circuit(2, 2, 0)
        with pytest.raises(ValueError, match="`n_features` must be at least 1, but is 0"):
            reuploading_circuit(2, 0)


class TestClassifier:
    def test_tells_two_moons_apart(self, numpy_xp):
        """At least 95 of 100 new points, after training on 100."""
        x, labels = two_moons(100, seed=1)
        trained = train_classifier(
            reuploading_circuit(2, 2, 4), ["x0", "x1"], x, labels, max_iterations=60
        )
        new_x, new_labels = two_moons(200, seed=2)
        assert np.mean(trained.predict(x) == labels) >= 0.95
        assert np.mean(trained.predict(new_x) == new_labels) >= 0.95
        assert trained.minimum.history[-1] < 0.5 * trained.minimum.history[0]

    def test_learns_on_every_backend(self, xp, data, compiled):
        """A few steps from the same start lower the loss by the same on all."""
        x, labels = data

        def train(xp):
            return train_classifier(
                reuploading_circuit(2, 2), ["x0", "x1"], xp.asarray(x), xp.asarray(labels),
                minimizer=functools.partial(adam, step=0.1), max_iterations=2,
            )  # fmt: skip

        trained, expected = train(xp), train(ab.get_backend("numpy"))
        history = trained.minimum.history
        assert history[0] > history[1] > history[2]
        np.testing.assert_allclose(history, expected.minimum.history, atol=1e-12)
        probabilities = xp.to_numpy(compiled(xp, trained.predict_proba)(xp.asarray(x)))
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
        loss = -np.log(probabilities[np.arange(6), labels]).mean()
        assert trained.minimum.value == pytest.approx(loss, abs=1e-12)

    def test_has_the_gradient_of_the_loss(self, numpy_xp, data):
        """The sweep over all samples gives what central differences do, shared weights included."""
        x, labels = data
        w, v, a = Parameter("w"), Parameter("v"), Parameter("a")
        circuit = Circuit(2).ry(0, w).rx(1, a).crx(0, 1, 2 * w - a).ry(0, Parameter("b")).rx(1, v)
        loss = _log_loss(numpy_xp, circuit, ["b", "a"], x, labels, 3)
        weights = np.array([0.4, -1.3])
        gradient = numpy_xp.grad(loss)(weights)
        steps = 1e-5 * np.eye(2)
        differences = [(loss(weights + s) - loss(weights - s)) / 2e-5 for s in steps]
        np.testing.assert_allclose(gradient, differences, atol=1e-9)

    def test_stays_finite_where_a_label_is_impossible(self, numpy_xp):
        """A sample of probability zero costs much, but not infinitely."""
        circuit = Circuit(1).rx(0, Parameter("x")).rx(0, Parameter("w"))
        x, labels = np.zeros((1, 1)), np.array([1])
        trained = train_classifier(circuit, ["x"], x, labels, start=np.zeros(1), max_iterations=3)
        assert np.isfinite(trained.minimum.history).all()

    def test_refuses_what_does_not_fit(self, data):
        """The message names the argument."""
        x, labels = data
        circuit, features = reuploading_circuit(2, 2), ["x0", "x1"]
        for bad_x, bad_labels, bad_features, error, message in (
            (x[:, :1], labels, features, ab.ShapeError, r"`x` must have shape \(m, 2\)"),
            (x, labels[:2], features, ab.ShapeError, r"`labels` must have shape \(6,\)"),
            (x, labels * 1.0, features, TypeError, "`labels` must be integers"),
            (x, labels - 1, features, ValueError, r"in range\(2\), .* from -1 to 1"),
            (x, labels + 2, features, ValueError, r"in range\(5\), .* 4 outcomes"),
            (x, labels, ["x0", "y"], ValueError, "`features` must be distinct parameters"),
            (x, labels, circuit.parameters, ValueError, "none is a weight"),
        ):
            with pytest.raises(error, match=message):
                train_classifier(circuit, bad_features, bad_x, bad_labels)
        with pytest.raises(ab.ShapeError, match=r"`start` must have shape \(8,\)"):
            train_classifier(circuit, features, x, labels, start=np.zeros(2))
        with pytest.raises(ab.CapabilityError, match="made of gates alone"):
            train_classifier(circuit.copy().bit_flip(0, 0.1), features, x, labels)


class TestKernels:
    def test_of_angles_is_a_product_of_cosines(self, xp, compiled):
        """cos**2((x - y) / 2) of each feature, on every backend, between two sets of data."""
        rng = np.random.default_rng(3)
        x, y = rng.uniform(-3, 3, (4, 2)), rng.uniform(-3, 3, (3, 2))
        kernel = compiled(xp, functools.partial(fidelity_kernel, angle_feature_map))
        found = kernel(xp.asarray(x), xp.asarray(y))
        expected = np.prod(np.cos((x[:, None, :] - y[None, :, :]) / 2) ** 2, axis=-1)
        np.testing.assert_allclose(xp.to_numpy(found), expected, atol=1e-13)

    def test_of_havlicek_is_that_of_dense_matrices(self, numpy_xp, dense):
        """exp(-i (sum of x Z + (pi - x)(pi - y) Z Z)) between Hadamard gates, as in the paper."""
        rng = np.random.default_rng(4)
        x = rng.uniform(0, 2 * np.pi, (5, 3))
        hadamards = functools.reduce(np.kron, [dense.gate("h")] * 3)

        def state(row):
            diagonal = sum(
                value * dense.embed(np.diag([1, -1]), (i,), 3) for i, value in enumerate(row)
            )
            for i, j in ((0, 1), (0, 2), (1, 2)):
                zz = dense.embed(np.diag([1, -1, -1, 1]), (i, j), 3)
                diagonal = diagonal + (np.pi - row[i]) * (np.pi - row[j]) * zz
            layer = dense.exponential(diagonal, 1.0) @ hadamards
            return (layer @ layer)[:, 0]

        states = np.array([state(row) for row in x])
        expected = np.abs(states.conj() @ states.T) ** 2
        found = fidelity_kernel(zz_feature_map, x)
        np.testing.assert_allclose(found, expected, atol=1e-12)
        np.testing.assert_allclose(found, found.T, atol=1e-15)
        np.testing.assert_allclose(np.diag(found), 1, atol=1e-12)
        assert np.linalg.eigvalsh(found).min() > -1e-12

    def test_is_semidefinite_with_more_data_than_dimensions(self, numpy_xp):
        """A singular kernel has no negative eigenvalue beyond rounding."""
        x = np.random.default_rng(6).uniform(0, 6, (40, 2))
        values = np.linalg.eigvalsh(fidelity_kernel(zz_feature_map, x))
        assert values.min() > -1e-12
        assert np.sum(values > 1e-10) <= 16

    def test_projected_is_gaussian_in_reduced_density_matrices(self, xp, compiled):
        """From partial traces of dense states."""
        x = np.random.default_rng(7).uniform(0, 6, (3, 2))
        with ab.use_backend("numpy"):
            states = zz_feature_map(x, n_layers=1).state().reshape(3, 2, 2)
        reduced = [
            np.einsum("mab,mcb->mac", states, states.conj()),
            np.einsum("mba,mbc->mac", states, states.conj()),
        ]
        distances = sum(
            np.sum(np.abs(rho[:, None] - rho[None, :]) ** 2, axis=(-2, -1)) for rho in reduced
        )
        feature_map = functools.partial(zz_feature_map, n_layers=1)
        kernel = compiled(xp, lambda x: projected_kernel(feature_map, x, gamma=0.7))
        found = kernel(xp.asarray(x))
        np.testing.assert_allclose(xp.to_numpy(found), np.exp(-0.7 * distances), atol=1e-12)

    @pytest.mark.parametrize("kernel", [fidelity_kernel, projected_kernel])
    def test_has_derivatives_in_the_data(self, kernel):
        """The gradient of a weighted sum of a kernel is the central difference."""
        pytest.importorskip("torch")
        xp = ab.get_backend("pytorch")
        x = np.random.default_rng(9).uniform(0, 6, (3, 2))
        weights = np.random.default_rng(10).normal(size=(3, 3))

        def weighted(x):
            return xp.sum(xp.asarray(weights) * kernel(zz_feature_map, x))

        gradient = xp.to_numpy(xp.grad(weighted)(xp.asarray(x)))
        step = np.random.default_rng(11).normal(size=x.shape)
        up, down = (float(weighted(xp.asarray(x + sign * 1e-6 * step))) for sign in (1, -1))
        assert np.sum(gradient * step) == pytest.approx((up - down) / 2e-6, rel=1e-6)

    def test_fits_data_by_ridge_regression(self, numpy_xp):
        """A function in the span of the kernel is learnt from few points: cos(x) from five."""
        x = np.linspace(0, 5, 5)[:, None]
        new = np.linspace(0, 6, 20)[:, None]
        kernel = fidelity_kernel(angle_feature_map, x)
        coefficients = np.linalg.solve(kernel + 1e-10 * np.eye(5), np.cos(x[:, 0]))
        found = fidelity_kernel(angle_feature_map, new, x) @ coefficients
        np.testing.assert_allclose(found, np.cos(new[:, 0]), atol=1e-7)

    def test_rotates_about_the_axis_it_is_told(self, numpy_xp):
        """All three axes give the same kernel; RZ acts on superpositions."""
        x = np.random.default_rng(8).uniform(0, 6, (3, 2))
        kernels = [
            fidelity_kernel(functools.partial(angle_feature_map, rotation=rotation), x)
            for rotation in ("rx", "ry", "rz")
        ]
        np.testing.assert_allclose(kernels[1:], kernels[:1] * 2, atol=1e-14)

    def test_refuses_what_does_not_fit(self):
        """Data without features or rows, maps without the batch, no layers."""
        with pytest.raises(ab.ShapeError, match=r"but data of shape \(2,\) were given"):
            fidelity_kernel(angle_feature_map, np.zeros(2))
        with pytest.raises(ab.ShapeError, match=r"of shape \(3, 2\) and \(3, 1\) were given"):
            projected_kernel(angle_feature_map, np.zeros((3, 2)), np.zeros((3, 1)))
        with pytest.raises(ab.ShapeError, match=r"`x` must have shape .* shape \(\)"):
            angle_feature_map(np.zeros(()))
        with pytest.raises(ab.ShapeError, match=r"with the batch \(3,\) .* the batch \(\)"):
            fidelity_kernel(lambda x: Circuit(1), np.zeros((3, 1)))
        with pytest.raises(ValueError, match="`n_layers` must be at least 1, but is 0"):
            zz_feature_map(np.zeros(2), n_layers=0)
