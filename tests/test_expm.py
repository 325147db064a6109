"""The matrix exponential that backends without one of their own use."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

import arraybackends as ab
from arraybackends.generic.expm import expm

XP = ab.get_backend("numpy")


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [("float64", 1e-14), ("complex128", 1e-14), ("float32", 1e-5), ("complex64", 1e-5)],
)
@pytest.mark.parametrize("norm", [1e-6, 0.1, 3.0, 50.0])
def test_agrees_with_scipy(dtype, tolerance, norm):
    """Stacks of random matrices of small and large norm agree to a few rounding errors."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 4, 4)) + 1j * rng.normal(size=(2, 4, 4))
    x = (x if dtype.startswith("complex") else x.real).astype(dtype)
    x *= norm / np.linalg.norm(x, ord=1, axis=(-2, -1)).max()
    result = expm(XP, x)
    expected = linalg.expm(x.astype("complex128"))
    assert result.dtype == x.dtype
    error = np.abs(result - expected).max() / np.abs(expected).max()
    assert error < tolerance * max(1.0, norm)


def test_exponential_of_a_generator_is_unitary():
    """A rotation by a large angle keeps its rows orthonormal and its angle."""
    angle = 1000.0
    x = XP.asarray([[0.0, -angle], [angle, 0.0]])
    result = expm(XP, x)
    np.testing.assert_allclose(result[0, 0], np.cos(angle), atol=1e-12)
    np.testing.assert_allclose(result @ result.T, np.eye(2), atol=1e-11)


def test_nilpotent_zero_and_empty_matrices():
    """The series of a nilpotent matrix ends; zero gives the identity; nothing gives nothing."""
    nilpotent = XP.asarray([[0.0, 2.0], [0.0, 0.0]])
    np.testing.assert_allclose(expm(XP, nilpotent), [[1, 2], [0, 1]], rtol=1e-15)
    np.testing.assert_allclose(expm(XP, XP.zeros((3, 3))), np.eye(3), rtol=1e-15)
    assert expm(XP, XP.zeros((5, 0, 0))).shape == (5, 0, 0)


def test_strict_backend_needs_nothing_beyond_the_standard():
    """The same code runs on array-api-strict, on a device that the host cannot read."""
    xp = ab.get_backend("strict", device="device1")
    result = xp.linalg.expm(xp.asarray([[0.0, 1.0], [0.0, 0.0]]))
    assert xp.device_of(result) == "device1"
    np.testing.assert_allclose(xp.to_numpy(result), [[1, 1], [0, 1]], rtol=1e-15)


def test_refuses_other_shapes_and_dtypes():
    """Matrices must be square and floating point."""
    with pytest.raises(ab.ShapeError, match=r"\(2, 3\)"):
        expm(XP, XP.ones((2, 3)))
    with pytest.raises(ab.DTypeError, match="int64"):
        expm(XP, XP.ones((2, 2), dtype="int64"))


def test_exponential_of_subnormal_numbers_is_the_identity():
    """However small the norm."""
    result = expm(XP, XP.asarray([[5e-324, 0.0], [0.0, 0.0]]))
    np.testing.assert_allclose(result, np.eye(2), rtol=1e-15)
