"""Matrices with equal eigenvalues, of lower rank, and stacks of unlike ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law
from arraybackends_conformance.tolerance import DECOMPOSITION


def _projector(dtype: str) -> np.ndarray:
    """Rank 2 of 4: eigenvalues 0, 0, 1, 1 in a basis that is not the standard one."""
    x = np.asarray([[1, 2, 2, 4], [2, -1, 3, 1]], dtype=dtype)
    if dtype.startswith("complex"):
        x = x * np.asarray([1, 1j, 1 - 1j, 1])
    q = np.linalg.qr(x.conj().T)[0]
    return np.asarray(q @ q.conj().T, dtype=dtype)


MATRICES = {
    "identity": lambda dtype: np.eye(4, dtype=dtype),
    "zero": lambda dtype: np.zeros((4, 4), dtype=dtype),
    "projector": _projector,
    "reflection": lambda dtype: (np.eye(4) - 2 * _projector(dtype)).astype(dtype),
}


def _bound(x: np.ndarray) -> float:
    return float(DECOMPOSITION.absolute * np.finfo(x.dtype).eps * max(np.linalg.norm(x), 1.0))


@law("linalg.eigh", "linalg.eigvalsh")
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("name", MATRICES)
def test_eigenvectors_of_equal_eigenvalues_are_orthogonal(xp: Any, name: str, dtype: str) -> None:
    """V V^H = V^H V = 1 and A = V diag(w) V^H, with w in ascending order."""
    x = MATRICES[name](dtype)
    x = (x + x.conj().T) / 2
    values, vectors = (xp.to_numpy(part) for part in xp.linalg.eigh(xp.asarray(x.copy())))
    adjoint = vectors.conj().T
    np.testing.assert_allclose(vectors @ adjoint, np.eye(4), atol=_bound(x))
    np.testing.assert_allclose(adjoint @ vectors, np.eye(4), atol=_bound(x))
    np.testing.assert_allclose((vectors * values) @ adjoint, x, atol=_bound(x))
    assert np.all(np.diff(values) >= 0)
    alone = xp.to_numpy(xp.linalg.eigvalsh(xp.asarray(x.copy())))
    np.testing.assert_allclose(alone, values, atol=_bound(x))


@law("linalg.svd", "linalg.svdvals", "linalg.qr", "linalg.pinv", "linalg.matrix_rank")
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("name", MATRICES)
def test_factors_of_matrices_without_full_rank(xp: Any, name: str, dtype: str) -> None:
    """Factors are unitary and multiply to the matrix; A A+ A = A; the rank is that of NumPy."""
    x = MATRICES[name](dtype)
    native = xp.asarray(x.copy())
    u, s, vh = (xp.to_numpy(part) for part in xp.linalg.svd(native))
    for unitary in (u, vh, xp.to_numpy(xp.linalg.qr(native)[0])):
        np.testing.assert_allclose(unitary.conj().T @ unitary, np.eye(4), atol=_bound(x))
    np.testing.assert_allclose((u * s) @ vh, x, atol=_bound(x))
    q, r = (xp.to_numpy(part) for part in xp.linalg.qr(native))
    np.testing.assert_allclose(q @ r, x, atol=_bound(x))
    inverse = xp.to_numpy(xp.linalg.pinv(native))
    np.testing.assert_allclose(x @ inverse @ x, x, atol=_bound(x))
    np.testing.assert_allclose(inverse @ x @ inverse, inverse, atol=_bound(x))
    assert int(xp.linalg.matrix_rank(native)) == np.linalg.matrix_rank(x)


@law("linalg.pinv", "linalg.matrix_rank")
def test_tolerances_may_differ_within_a_stack(xp: Any) -> None:
    """`rtol` may be an array: one tolerance for each matrix."""
    x = np.stack([np.diag([1.0, 0.5, 1e-2])] * 3)
    rtol = np.asarray([1e-3, 0.1, 0.7])
    ranks = xp.linalg.matrix_rank(xp.asarray(x.copy()), rtol=xp.asarray(rtol.copy()))
    assert xp.to_numpy(ranks).tolist() == [3, 2, 1]
    inverses = xp.to_numpy(xp.linalg.pinv(xp.asarray(x.copy()), rtol=xp.asarray(rtol.copy())))
    expected = np.stack([np.diag([1.0, 2.0, 100.0]), np.diag([1.0, 2.0, 0]), np.diag([1.0, 0, 0])])
    np.testing.assert_allclose(inverses, expected, atol=1e-12)


@law("linalg.expm")
def test_exponentials_of_a_stack_are_those_of_its_matrices(xp: Any) -> None:
    """Small, large and zero matrices beside each other."""
    generator = np.asarray([[0.0, -1.0], [1.0, 0.0]])
    angles = np.asarray([1e-3, 30.0, 0.0, 2.0])
    found = xp.to_numpy(xp.linalg.expm(xp.asarray(angles[:, None, None] * generator)))
    c, s = np.cos(angles), np.sin(angles)
    expected = np.moveaxis(np.asarray([[c, -s], [s, c]]), -1, 0)
    # JAX scales to twice the norm for which its approximant has sixteen digits: eleven remain.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


@law("linalg.vector_norm")
@pytest.mark.parametrize("order", [-1, -2, 0.5, 1.5, 2.5, 4])
def test_norms_of_every_order(xp: Any, order: float) -> None:
    """Orders may be negative and fractional."""
    x = np.asarray([0.5, -2.0, 3.0, 1.25])
    expected = float(np.sum(np.abs(x) ** order) ** (1 / order))
    assert float(xp.linalg.vector_norm(xp.asarray(x.copy()), ord=order)) == pytest.approx(
        expected, rel=1e-13
    )


@law("linalg.vector_norm", "linalg.matrix_norm")
def test_norms_of_zeros_are_zero(xp: Any) -> None:
    """Exactly, and of one element exactly its magnitude: nothing is added under a root."""
    zeros = xp.zeros((2, 3))
    for found in (
        xp.linalg.vector_norm(zeros),
        xp.linalg.matrix_norm(zeros),
        xp.linalg.vector_norm(zeros, ord=1),
        xp.linalg.matrix_norm(zeros, ord=2),
    ):
        assert float(found) == 0.0  # fmt: skip
    assert float(xp.linalg.vector_norm(xp.asarray([-1e-20]))) == pytest.approx(1e-20, rel=1e-14)


@law("einsum")
def test_blanks_between_subscripts_mean_nothing(xp: Any) -> None:
    """`einsum` takes "ij, jk -> ik" for "ij,jk->ik"."""
    x, y = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    found = xp.einsum("ij, jk -> ik", xp.asarray(x.copy()), xp.asarray(y.copy()))
    np.testing.assert_array_equal(xp.to_numpy(found), x @ y)


@law("linalg.qr", "linalg.svd")
def test_complete_factors_of_stacks(xp: Any) -> None:
    """`mode="complete"` and `full_matrices` hold for stacks of tall and of wide matrices."""
    for shape in ((2, 4, 3), (2, 3, 4), (1, 2, 5, 2)):
        *batch, rows, columns = shape
        x = np.cos(np.arange(float(np.prod(shape)))).reshape(shape)
        native = xp.asarray(x.copy())
        q, r = (xp.to_numpy(part) for part in xp.linalg.qr(native, mode="complete"))
        assert q.shape == (*batch, rows, rows)
        assert r.shape == (*batch, rows, columns)
        np.testing.assert_allclose(q @ r, x, atol=1e-13)
        k = min(rows, columns)
        u, s, vh = (xp.to_numpy(part) for part in xp.linalg.svd(native))
        assert (u.shape, vh.shape) == ((*batch, rows, rows), (*batch, columns, columns))
        np.testing.assert_allclose((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], x, atol=1e-13)
