"""Gaussian-process regression on any array library.

A library downstream of `arraybackends`, which is all that it imports: the arrays that come in say
which library computes. The kernel is the squared exponential; its hyper-parameters are learnt by
maximising the marginal likelihood.

C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine Learning", MIT Press 2006,
equations 2.23, 2.24, 2.30 and 5.1.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import arraybackends as ab

Array = Any
Hyperparameters = dict[str, Array]
"""Logarithms of `"length"` scale, `"amplitude"` and standard deviation of the `"noise"`."""


class Posterior(NamedTuple):
    """Mean and variance of the function at each query point, shape (m,)."""

    mean: Array
    variance: Array


class GaussianProcess(NamedTuple):
    """Observations `x`, shape (n, d), and `y`, shape (n,), with what was learnt from them."""

    x: Array
    y: Array
    theta: Hyperparameters

    def predict(self, query: Array) -> Posterior:
        """Condition the process on the observations; `query` has shape (m, d)."""
        xp = ab.backend_of(self.x, query)
        cross = kernel(self.theta, self.x, query)
        gram = noisy_gram(self.theta, self.x)
        weights = xp.linalg.solve(gram, cross)
        prior = xp.exp(2.0 * self.theta["amplitude"])
        variance = prior - xp.vecdot(weights, cross, axis=-2)
        return Posterior(xp.matrix_transpose(weights) @ self.y, xp.clip(variance, 0.0))


def kernel(theta: Hyperparameters, x1: Array, x2: Array) -> Array:
    """Squared-exponential covariance between two sets of points, shape (n1, n2)."""
    xp = ab.backend_of(x1, x2)
    difference = (x1[:, None, :] - x2[None, :, :]) / xp.exp(theta["length"])
    return xp.exp(2.0 * theta["amplitude"] - 0.5 * xp.sum(difference**2, axis=-1))


def noisy_gram(theta: Hyperparameters, x: Array) -> Array:
    """Covariance of the observations, shape (n, n)."""
    xp = ab.backend_of(x)
    identity = xp.eye(x.shape[0], dtype=x.dtype, device=xp.device_of(x))
    return kernel(theta, x, x) + xp.exp(2.0 * theta["noise"]) * identity


def log_likelihood(theta: Hyperparameters, x: Array, y: Array) -> Array:
    """Logarithm of the probability density of the observations, a 0-d array."""
    xp = ab.backend_of(x, y)
    gram = noisy_gram(theta, x)
    fit = xp.vecdot(y, xp.linalg.solve(gram, y))
    half_logdet = xp.sum(xp.log(xp.linalg.diagonal(xp.linalg.cholesky(gram))))
    return -0.5 * fit - half_logdet - 0.5 * y.shape[0] * math.log(2.0 * math.pi)


def train(x: Array, y: Array, *, steps: int = 60, rate: float = 0.1) -> GaussianProcess:
    """Maximise the marginal likelihood by Adam, from hyper-parameters of one.

    Parameters
    ----------
    x : array, shape (n, d), real
    y : array, shape (n,), of the dtype of `x`
    steps, rate : int, float
        How many steps of which size, in the logarithms.

    Raises
    ------
    ValueError
        If the shapes of `x` and `y` do not fit each other.
    """
    if x.ndim != 2 or y.shape != (x.shape[0],):
        raise ValueError(
            f"Arguments `x` and `y` must have shapes (n, d) and (n,), but have "
            f"{tuple(x.shape)} and {tuple(y.shape)}."
        )
    xp = ab.backend_of(x, y)
    names = ("length", "amplitude", "noise")
    loss = xp.value_and_grad(
        lambda values: -log_likelihood(dict(zip(names, values, strict=True)), x, y)
    )
    zero = xp.zeros((), dtype=x.dtype, device=xp.device_of(x))
    values, means, squares = [zero] * 3, [zero] * 3, [zero] * 3
    for step in range(1, steps + 1):
        _, gradients = loss(values)
        means = [0.9 * m + 0.1 * g for m, g in zip(means, gradients, strict=True)]
        squares = [0.99 * s + 0.01 * g**2 for s, g in zip(squares, gradients, strict=True)]
        scale = rate * math.sqrt(1.0 - 0.99**step) / (1.0 - 0.9**step)
        values = [
            v - scale * m / (xp.sqrt(s) + 1e-12)
            for v, m, s in zip(values, means, squares, strict=True)
        ]
    return GaussianProcess(x, y, dict(zip(names, values, strict=True)))
