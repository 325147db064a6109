"""The same tests on every backend: which one is the environment's choice."""

from __future__ import annotations

import math
import os

import gpregress
import pytest

import arraybackends as ab

xp = ab.get_backend()


@pytest.fixture(scope="module")
def process():
    """Train a process on 24 noisy samples of a sine."""
    rng = xp.random.default_rng(7)
    x = rng.uniform((24, 1), low=0.0, high=2.0 * math.pi)
    return gpregress.train(x, xp.sin(x[:, 0]) + 0.1 * rng.normal((24,)))


def hyperparameters(**values):
    """Turn plain numbers into the arrays that the library takes."""
    return {name: xp.asarray(value, dtype=xp.float64) for name, value in values.items()}


def test_backend_is_that_of_the_environment():
    """The backend under test is the one that the environment names."""
    assert xp.name == os.environ["ARRAYBACKENDS_BACKEND"]


def test_likelihood_of_one_observation_is_the_normal_density():
    """One observation has the density of a normal number with the sum of both variances."""
    theta = hyperparameters(length=0.3, amplitude=0.2, noise=-0.5)
    x, y = xp.asarray([[0.4]]), xp.asarray([1.3])
    variance = math.exp(0.4) + math.exp(-1.0)
    expected = -0.5 * 1.3**2 / variance - 0.5 * math.log(2.0 * math.pi * variance)
    assert float(gpregress.log_likelihood(theta, x, y)) == pytest.approx(expected, rel=1e-12)


def test_gradient_of_one_observation_is_the_analytic_one():
    """The derivatives by amplitude and noise are those of the normal density."""
    theta = hyperparameters(length=0.3, amplitude=0.2, noise=-0.5)
    x, y = xp.asarray([[0.4]]), xp.asarray([1.3])
    gradient = xp.grad(lambda t: gpregress.log_likelihood(t, x, y))(theta)
    variance = math.exp(0.4) + math.exp(-1.0)
    by_variance = 0.5 * 1.3**2 / variance**2 - 0.5 / variance
    assert float(gradient["length"]) == pytest.approx(0.0, abs=1e-8)
    assert float(gradient["amplitude"]) == pytest.approx(2 * math.exp(0.4) * by_variance, rel=1e-7)
    assert float(gradient["noise"]) == pytest.approx(2 * math.exp(-1.0) * by_variance, rel=1e-7)


def test_posterior_without_noise_interpolates():
    """Without noise the mean passes through the observations, where the variance vanishes."""
    theta = hyperparameters(length=0.0, amplitude=0.0, noise=-12.0)
    x, y = xp.asarray([[0.0], [1.0], [2.5]]), xp.asarray([0.3, -1.0, 0.8])
    mean, variance = gpregress.GaussianProcess(x, y, theta).predict(x)
    assert xp.to_numpy(mean) == pytest.approx(xp.to_numpy(y), abs=1e-8)
    assert xp.to_numpy(variance) == pytest.approx(0.0, abs=1e-8)


def test_posterior_far_away_is_the_prior(process):
    """Far from every observation mean and variance are those of the prior."""
    mean, variance = process.predict(xp.asarray([[1e3]]))
    assert float(mean[0]) == pytest.approx(0.0, abs=1e-12)
    prior = math.exp(2.0 * float(process.theta["amplitude"]))
    assert float(variance[0]) == pytest.approx(prior, rel=1e-12)


def test_training_finds_the_function_and_its_noise(process):
    """The trained process follows the sine between the samples and sees the noise of 0.1."""
    query = xp.linspace(0.5, 5.5, 50)
    mean, _ = process.predict(query[:, None])
    assert float(xp.max(xp.abs(mean - xp.sin(query)))) < 0.15
    assert math.exp(float(process.theta["noise"])) == pytest.approx(0.1, rel=0.3)


def test_training_is_the_same_on_every_backend(process):
    """The samples come from one stream, so what is learnt from them is the same everywhere."""
    learnt = [float(process.theta[name]) for name in ("length", "amplitude", "noise")]
    assert learnt == pytest.approx([0.466344684, -0.057418298, -2.262372734], rel=1e-6)


def test_arrays_are_those_of_the_chosen_library(process):
    """Results are native arrays of the backend and device that the observations came from."""
    posterior = process.predict(process.x)
    assert ab.backend_of(*posterior, *process.theta.values()) == xp


def test_shapes_that_do_not_fit_are_refused():
    """As many observations as points, or a clear error."""
    with pytest.raises(
        ValueError, match=r"shapes \(n, d\) and \(n,\), but have \(3, 1\) and \(2,\)"
    ):
        gpregress.train(xp.zeros((3, 1)), xp.zeros((2,)))
