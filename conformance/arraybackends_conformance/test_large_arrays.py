"""Arrays longer than a register, a block or a byte can count, where other kernels run."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law, needs
from arraybackends_conformance.telling import BINARY, UNARY
from arraybackends_conformance.tolerance import COMPLEX_FUNCTION, FUNCTION, ROUNDED, Tolerance

LONG = 1031
"""A prime: every vectorised loop leaves a remainder."""
SIDE = 67
EPS = float(np.finfo("float64").eps)

DOMAINS = {"acosh": (1.0, 9.0), "acos": (-1.0, 1.0), "asin": (-1.0, 1.0), "atanh": (-0.9, 0.9)}
POSITIVE = ("log", "log10", "log1p", "log2", "sqrt", "reciprocal")
EXACT_FUNCTIONS = ("abs", "negative", "positive", "ceil", "floor", "trunc", "round", "sign",
                   "signbit", "isfinite", "isinf", "isnan", "conj", "real")  # fmt: skip
ELEMENTWISE = sorted(name for name, kinds in (UNARY | BINARY).items() if "real" in kinds)


def random(*shape: int, low: float = -3.0, high: float = 3.0, name: str = "") -> np.ndarray:
    """Numbers that depend on nothing but the name, so that each run is the same."""
    return np.random.default_rng(zlib.crc32(name.encode())).uniform(low, high, shape)


def _tolerance(name: str) -> Tolerance:
    if name in EXACT_FUNCTIONS or (name in BINARY and name not in ("atan2", "hypot", "logaddexp")):
        return ROUNDED
    if name == "atanh":  # XLA subtracts two logarithms from each other
        return COMPLEX_FUNCTION
    return FUNCTION


@law(*ELEMENTWISE)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_long_arrays_are_computed_like_short_ones(xp: Any, name: str) -> None:
    """No element of a long array, contiguous or not, differs from what it is alone."""
    low, high = DOMAINS.get(name, (0.1, 9.0) if name in POSITIVE else (-3.0, 3.0))
    arguments = [random(LONG, low=low, high=high, name=f"{name}{i}")
                 for i in range(1 + (name in BINARY))]  # fmt: skip
    expected = getattr(np, name)(*arguments)
    whole = [xp.asarray(x.copy()) for x in arguments]
    strided = [xp.asarray(np.repeat(x, 2))[::2] for x in arguments]
    tolerance = _tolerance(name)
    for given in (whole, strided):
        found = xp.to_numpy(getattr(xp, name)(*given))
        assert found.dtype == expected.dtype
        if expected.dtype == bool:
            np.testing.assert_array_equal(found, expected)
        else:
            np.testing.assert_allclose(
                found, expected, rtol=tolerance.relative * EPS, atol=tolerance.absolute * EPS
            )


@law("matmul", "tensordot", "einsum", "vecdot", "kron")
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_large_products_keep_their_digits(xp: Any, dtype: str) -> None:
    """n eps |A| |B|: no unit with fewer digits, no block left out."""
    a, b = (random(SIDE, SIDE, name=f"{dtype}{i}").astype(dtype) for i in "ab")
    if dtype == "complex128":
        a, b = a + 1j * b.T, b - 1j * a.T
    x, y = xp.asarray(a.copy()), xp.asarray(b.copy())
    bound = SIDE * EPS * 8 * float(np.max(np.abs(a) @ np.abs(b)))
    for found in (xp.matmul(x, y), xp.tensordot(x, y, axes=1), xp.einsum("ij,jk->ik", x, y),
                  xp.linalg.matmul(x, y)):  # fmt: skip
        np.testing.assert_allclose(xp.to_numpy(found), a @ b, rtol=0, atol=bound)
    found = xp.vecdot(xp.asarray(a.copy()), xp.asarray(b.copy()))
    np.testing.assert_allclose(xp.to_numpy(found), np.vecdot(a, b), rtol=0, atol=bound)
    stacked = xp.matmul(xp.stack([x, y]), xp.stack([y, x]))
    np.testing.assert_allclose(xp.to_numpy(stacked), np.stack([a @ b, b @ a]), rtol=0, atol=bound)


@law("linalg.solve", "linalg.inv", "linalg.slogdet")
def test_large_systems_are_solved(xp: Any) -> None:
    """The residue of a well-conditioned system is that of double precision."""
    a = random(SIDE, SIDE, name="a") + 4 * SIDE * np.eye(SIDE)[::-1]  # pivots are off the diagonal
    b = random(SIDE, 2, name="b")
    native = xp.asarray(a.copy())
    solved = xp.to_numpy(xp.linalg.solve(native, xp.asarray(b.copy())))
    np.testing.assert_allclose(a @ solved, b, atol=1e-13)
    np.testing.assert_allclose(xp.to_numpy(xp.linalg.inv(native)) @ a, np.eye(SIDE), atol=1e-13)
    sign, logarithm = xp.linalg.slogdet(native)
    expected = np.linalg.slogdet(a)
    assert float(sign) == expected[0]
    assert float(logarithm) == pytest.approx(expected[1], rel=1e-13)


@law("linalg.eigh", "linalg.svd", "linalg.qr", "linalg.cholesky", "linalg.eigvals")
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_large_decompositions_reconstruct(xp: Any, dtype: str) -> None:
    """Factors multiply to the matrix, and are unitary, to the digits of double precision."""
    a = random(SIDE, SIDE, name="a").astype(dtype)
    if dtype == "complex128":
        a = a + 1j * random(SIDE, SIDE, name="i")
    h = a + a.conj().T
    positive = a @ a.conj().T + SIDE * np.eye(SIDE)
    values, vectors = (xp.to_numpy(x) for x in xp.linalg.eigh(xp.asarray(h.copy())))
    u, s, vh = (xp.to_numpy(x) for x in xp.linalg.svd(xp.asarray(a.copy())))
    q, r = (xp.to_numpy(x) for x in xp.linalg.qr(xp.asarray(a.copy())))
    lower = xp.to_numpy(xp.linalg.cholesky(xp.asarray(positive.copy())))
    for found, wanted in (
        ((vectors * values) @ vectors.conj().T, h), ((u * s) @ vh, a), (q @ r, a),
        (lower @ lower.conj().T, positive), (vectors.conj().T @ vectors, np.eye(SIDE)),
        (u.conj().T @ u, np.eye(SIDE)), (q.conj().T @ q, np.eye(SIDE)),
    ):  # fmt: skip
        np.testing.assert_allclose(found, wanted, rtol=0, atol=SIDE * EPS * np.linalg.norm(wanted))


@law("fft.fft", "fft.ifft", "fft.rfft", "fft.irfft")
@pytest.mark.parametrize("n", [16, 17, 30, 64, 101])
def test_long_transforms(xp: Any, n: int) -> None:
    """Lengths that are powers of 2, composite and prime; transforms invert each other."""
    x = random(n, name="re") + 1j * random(n, name="im")
    native, real = xp.asarray(x.copy()), xp.asarray(x.real.copy())
    found = xp.fft.fft(native)
    np.testing.assert_allclose(xp.to_numpy(found), np.fft.fft(x), rtol=0, atol=n * 16 * EPS)
    np.testing.assert_allclose(xp.to_numpy(xp.fft.ifft(found)), x, rtol=0, atol=64 * EPS)
    half = xp.fft.rfft(real)
    np.testing.assert_allclose(xp.to_numpy(half), np.fft.rfft(x.real), rtol=0, atol=n * 16 * EPS)
    np.testing.assert_allclose(xp.to_numpy(xp.fft.irfft(half, n=n)), x.real, rtol=0, atol=64 * EPS)


@law("cumulative_sum", "cumulative_prod", "sum", "prod", "mean")
def test_long_reductions(xp: Any) -> None:
    """Sums and products of many elements leave none out."""
    x = random(LONG, name="sums")
    factors = 1 + x / 1000
    for name, data in (("sum", x), ("mean", x), ("std", x), ("prod", factors), ("max", x),
                       ("min", x), ("cumulative_sum", x),
                       ("cumulative_prod", factors)):  # fmt: skip
        found = xp.to_numpy(getattr(xp, name)(xp.asarray(data.copy())))
        np.testing.assert_allclose(found, getattr(np, name)(data), rtol=LONG * EPS, atol=LONG * EPS)
    integers = np.arange(LONG) - 7
    assert int(xp.sum(xp.asarray(integers.copy()))) == integers.sum()
    running = xp.cumulative_sum(xp.asarray(integers.copy()))
    np.testing.assert_array_equal(xp.to_numpy(running), np.cumsum(integers))


@law("unique_counts", "unique_inverse", "bincount", "count_nonzero", "isin", "searchsorted")
def test_many_elements_are_counted(xp: Any) -> None:
    """More equal elements than a byte can count, in arrays longer than one block."""
    needs(xp, "data_dependent_shapes")
    x = np.arange(3 * LONG) % 5 % 3
    native = xp.asarray(x.copy())
    values, counts = np.unique(x, return_counts=True)
    found = xp.unique_counts(native)
    order = np.argsort(xp.to_numpy(found.values))
    np.testing.assert_array_equal(xp.to_numpy(found.counts)[order], counts)
    np.testing.assert_array_equal(xp.to_numpy(xp.bincount(native)), counts)
    assert int(xp.count_nonzero(native)) == np.count_nonzero(x)
    inverse = xp.unique_inverse(native)
    np.testing.assert_array_equal(xp.to_numpy(xp.take(inverse[0], inverse[1])), x)
    np.testing.assert_array_equal(xp.to_numpy(xp.isin(native, xp.asarray([1]))), x == 1)
    ordered = np.sort(x)
    found = xp.searchsorted(xp.asarray(ordered.copy()), xp.asarray(values.copy()))
    np.testing.assert_array_equal(xp.to_numpy(found), np.searchsorted(ordered, values))


@law("argmax", "argmin", "nonzero", "sort", "argsort", "take", "flip", "roll")
def test_positions_in_long_arrays(xp: Any) -> None:
    """Extremes and non-zeros are found at the far end too; long arrays are moved whole."""
    x = random(LONG, name="positions")
    x[-2], x[-3] = 9.0, -9.0
    native = xp.asarray(x.copy())
    assert (int(xp.argmax(native)), int(xp.argmin(native))) == (LONG - 2, LONG - 3)
    assert xp.to_numpy(xp.nonzero(xp.greater(native, 8.0))[0]).tolist() == [LONG - 2]
    np.testing.assert_array_equal(xp.to_numpy(xp.sort(native)), np.sort(x))
    np.testing.assert_array_equal(xp.to_numpy(xp.argsort(native)), np.argsort(x))
    np.testing.assert_array_equal(xp.to_numpy(xp.roll(native, 400)), np.roll(x, 400))
    np.testing.assert_array_equal(xp.to_numpy(xp.flip(native)), np.flip(x))
    order = np.argsort(x)
    np.testing.assert_array_equal(xp.to_numpy(xp.take(native, xp.asarray(order))), x[order])
    wide = x[: 31 * 33].reshape(31, 33)
    transposed = xp.matrix_transpose(xp.asarray(wide.copy()))
    np.testing.assert_array_equal(xp.to_numpy(xp.reshape(transposed, (-1,))), wide.T.reshape(-1))
