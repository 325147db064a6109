"""Derivatives of decompositions whose factors meet again, where the spectrum is degenerate."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab

TARGET = np.random.default_rng(0).normal(size=(3, 3))


@pytest.mark.parametrize("name", ["pytorch", "jax"])
@pytest.mark.parametrize("decomposition", ["svd", "eigh"])
def test_product_of_the_factors(name, decomposition):
    """What the factors make together is differentiated as the matrix is, at equal values too."""
    xp = ab.get_backend(name)
    target = xp.asarray(TARGET)

    def distance(t, decompose):
        c, s, zero = xp.cos(t), xp.sin(t), 0 * t
        matrix = xp.stack([xp.stack([c, s, zero]), xp.stack([s, c, zero]), xp.stack([zero] * 3)])
        if decompose == "svd":
            u, values, vh = xp.linalg.svd(matrix, full_matrices=False)
            matrix = xp.matmul(u * values[None, :], vh)
        elif decompose == "eigh":
            values, u = xp.linalg.eigh(matrix)
            matrix = xp.matmul(u * values[None, :], xp.matrix_transpose(u))
        return xp.sum((matrix - target) ** 2)

    point = xp.asarray(0.0)
    found = xp.grad(lambda t: distance(t, decomposition))(point)
    expected = xp.grad(lambda t: distance(t, None))(point)
    assert float(found) == pytest.approx(float(expected), abs=1e-12)
