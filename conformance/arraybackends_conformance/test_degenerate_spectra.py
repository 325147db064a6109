"""Derivatives of `eigh` and `svd` where eigenvalues or singular values repeat, or nearly do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law, needs
from arraybackends_conformance.telling import numbers

IDENTITY = np.eye(3)
UNITARY = np.linalg.qr(numbers((3, 3), np.complex128))[0]
ROTATION = np.linalg.qr(numbers((3, 3)))[0]


def _spectrum(vectors: np.ndarray, *values: float) -> np.ndarray:
    return (vectors * np.asarray(values)) @ np.conj(vectors.T)


HERMITIAN = {
    "identity": IDENTITY,
    "rotated identity": 2 * _spectrum(ROTATION, 1.0, 1.0, 1.0),
    "two equal": _spectrum(ROTATION, 2.0, 2.0, 5.0),
    "two nearly equal": _spectrum(ROTATION, 2.0, 2.0 + 1e-9, 5.0),
    "complex": _spectrum(UNITARY, 3.0, 1.0, 1.0),
}
GENERAL = {
    "identity": IDENTITY,
    "complex": UNITARY,
    "tall": np.eye(4, 2),
    "wide": 3 * np.eye(2, 4),
    "nearly equal": _spectrum(ROTATION, 1.0, 1.0 + 1e-9, 2.0),
}


def _adjoint(xp: Any, x: Any) -> Any:
    return xp.conj(xp.matrix_transpose(x))


def _root(xp: Any, x: Any) -> Any:
    """Return the square root of a positive matrix."""
    values, vectors = xp.linalg.eigh(x)
    roots = xp.astype(xp.sqrt(values), vectors.dtype)
    return xp.matmul(xp.multiply(vectors, roots), _adjoint(xp, vectors))


TRACES: dict[str, Callable[[Any, Any], Any]] = {
    "values of eigh": lambda xp, x: xp.sum(xp.sqrt(xp.linalg.eigh(x)[0])),
    "eigvalsh": lambda xp, x: xp.sum(xp.sqrt(xp.linalg.eigvalsh(x))),
    "root": lambda xp, x: xp.real(xp.linalg.trace(_root(xp, x))),
}
NUCLEAR: dict[str, Callable[[Any, Any], Any]] = {
    "thin svd": lambda xp, x: xp.sum(xp.linalg.svd(x, full_matrices=False)[1]),
    "svdvals": lambda xp, x: xp.sum(xp.linalg.svdvals(x)),
    "norm": lambda xp, x: xp.linalg.matrix_norm(x, ord="nuc"),
}


def _assert_gradient(xp: Any, function: Any, x: np.ndarray, expected: np.ndarray) -> None:
    found = xp.to_numpy(xp.grad(function, method="autodiff")(xp.asarray(x)))
    assert found.dtype == x.dtype
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@law("linalg.eigh", "linalg.eigvalsh")
@pytest.mark.parametrize("function", TRACES)
@pytest.mark.parametrize("matrix", HERMITIAN)
def test_trace_of_the_root(xp: Any, function: str, matrix: str) -> None:
    """The gradient of tr sqrt(A) is A**(-1/2) / 2: half the identity at the identity."""
    needs(xp, "autodiff")
    x = HERMITIAN[matrix]
    values, vectors = np.linalg.eigh(x)
    expected = _spectrum(vectors, *(0.5 / np.sqrt(values)))
    _assert_gradient(xp, lambda a: TRACES[function](xp, a), x, expected)


@law("linalg.svd", "linalg.svdvals", "linalg.matrix_norm")
@pytest.mark.parametrize("function", NUCLEAR)
@pytest.mark.parametrize("matrix", GENERAL)
def test_sum_of_singular_values(xp: Any, function: str, matrix: str) -> None:
    """The gradient is U Vh: the identity at the identity."""
    needs(xp, "autodiff")
    x = GENERAL[matrix]
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    _assert_gradient(xp, lambda a: NUCLEAR[function](xp, a), x, u @ vh)


@law("linalg.eigh", "linalg.svd")
@pytest.mark.parametrize("by", ["eigh", "svd"])
def test_vector_of_a_simple_value(xp: Any, by: str) -> None:
    """The projector on the largest value does not mind that the others are equal, or zero."""
    needs(xp, "autodiff")
    weights = numbers((3, 3)) / 2
    weights = weights + weights.T

    def loss(a: Any) -> Any:
        if by == "eigh":
            v = xp.linalg.eigh(a)[1][:, 2:]
            projector = xp.matmul(v, _adjoint(xp, v))
        else:
            u, _, vh = xp.linalg.svd(a)
            projector = xp.matmul(u[:, :1], vh[:1, :])
        return xp.sum(xp.multiply(projector, xp.asarray(weights)))

    for rest in (1.0, 0.0):
        x = _spectrum(ROTATION, rest, rest, 4.0)
        inside = ROTATION.T @ weights @ ROTATION
        coupling = np.zeros((3, 3))
        coupling[2, :2] = coupling[:2, 2] = inside[2, :2]
        # |dv> = sum_j |j><j|dA|v> / (4 - w_j); left and right vectors turn as one for symmetric A
        gap = 4.0 - rest if by == "eigh" else (16.0 - rest**2) / (4.0 + rest)
        expected = ROTATION @ coupling @ ROTATION.T / gap
        _assert_gradient(xp, loss, x, expected)


@law("linalg.svd")
def test_best_approximation_of_low_rank(xp: Any) -> None:
    """Singular vectors of the value 0 have no part in a truncated decomposition."""
    needs(xp, "autodiff")
    left, right = ROTATION[:, :1], np.conj(UNITARY.T)[:1].real
    right = right / np.linalg.norm(right)
    x = 2.0 * left @ right
    weights = numbers((3, 3))

    def loss(a: Any) -> Any:
        u, s, vh = xp.linalg.svd(a, full_matrices=False)
        low = xp.matmul(xp.multiply(u[:, :1], s[:1]), vh[:1, :])
        return xp.sum(xp.multiply(low, xp.asarray(weights)))

    p, q = left @ left.T, right.T @ right
    # The tangent space of the matrices of rank 1: P G + G Q - P G Q
    _assert_gradient(xp, loss, x, p @ weights + weights @ q - p @ weights @ q)


@law("linalg.eigh", "linalg.svd")
@pytest.mark.parametrize("by", ["eigh", "svd"])
def test_what_is_not_determined_is_not_a_number(xp: Any, by: str) -> None:
    """Which vectors span one eigenspace is left to the library, and so has no derivative."""
    needs(xp, "autodiff")
    weights = numbers((3, 3))

    def loss(a: Any) -> Any:
        vectors = xp.linalg.eigh(a)[1] if by == "eigh" else xp.linalg.svd(a)[0]
        return xp.sum(xp.multiply(vectors, xp.asarray(weights)))

    found = xp.to_numpy(xp.grad(loss, method="autodiff")(xp.asarray(IDENTITY)))
    assert np.any(np.isnan(found)), f"a derivative that does not exist is {found}"


@law("hessian", "linalg.eigh")
def test_second_derivatives_of_the_root(xp: Any) -> None:
    """Those of tr sqrt(A) at diag(1, 4) are the divided differences of 1 / (2 sqrt(w))."""
    needs(xp, "autodiff")

    def function(t: Any) -> Any:
        a = xp.stack([xp.stack([t[0], t[1]]), xp.stack([t[1], t[2]])])
        return xp.linalg.trace(_root(xp, a))

    hessian = xp.to_numpy(xp.hessian(function)(xp.asarray([1.0, 0.0, 4.0])))
    slope = (0.5 / 2 - 0.5) / (4 - 1)
    np.testing.assert_allclose(hessian, np.diag([-0.25, 2 * slope, -0.25 / 8]), atol=1e-12)


@law("jvp", "linalg.svd")
def test_forward_mode_is_the_transpose(xp: Any) -> None:
    """<w, J v> = <J^T w, v> for the factors of a complex matrix, weighted."""
    needs(xp, "autodiff")
    x, direction = numbers((2, 3, 2), np.complex128)
    weights = numbers((3, 2), np.complex128)

    def function(a: Any) -> Any:
        u, s, vh = xp.linalg.svd(a, full_matrices=False)
        return xp.matmul(xp.multiply(u, xp.astype(xp.exp(s), u.dtype)), vh)

    _, tangent = xp.jvp(function, (xp.asarray(x),), (xp.asarray(direction),))
    (cotangent,) = xp.vjp(function, xp.asarray(x))[1](xp.asarray(weights))
    left = np.sum(np.conj(weights) * xp.to_numpy(tangent)).real
    right = np.sum(np.conj(xp.to_numpy(cotangent)) * direction).real
    assert left == pytest.approx(right, rel=1e-10)
