"""Numbers so large or small that squares overflow, and neighbours on either side of zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law

WIDTHS = {"float32": (1e30, 1e-30), "float64": (1e200, 1e-200)}


@law("abs", "multiply", "divide")
@pytest.mark.parametrize("dtype", WIDTHS)
def test_complex_magnitudes_do_not_overflow(xp: Any, dtype: str) -> None:
    """|z| and z / z are finite wherever z is, though the squares of its parts are not."""
    for scale in WIDTHS[dtype]:
        z = np.asarray([3 + 4j, -5 + 12j, 8 - 15j, -7 - 24j]) * scale
        native = xp.asarray(z.astype(np.result_type(dtype, "complex64")))
        expected = np.asarray([5.0, 13.0, 17.0, 25.0]) * scale
        rtol = 8 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(xp.to_numpy(xp.abs(native)), expected, rtol=rtol)
        np.testing.assert_allclose(xp.to_numpy(xp.divide(native, native)), 1, rtol=rtol, atol=rtol)


@law("linalg.vector_norm", "hypot")
@pytest.mark.parametrize("dtype", WIDTHS)
def test_hypotenuses_do_not_overflow(xp: Any, dtype: str) -> None:
    """`hypot` of huge and tiny numbers is finite and not zero."""
    for scale in WIDTHS[dtype]:
        a, b = (xp.asarray(np.asarray([x * scale], dtype)) for x in (3, 4))
        found = xp.to_numpy(xp.hypot(a, b))
        np.testing.assert_allclose(found, [5 * scale], rtol=8 * float(np.finfo(dtype).eps))


@law("nextafter")
@pytest.mark.parametrize("dtype", WIDTHS)
def test_nextafter_goes_toward_its_second_argument(xp: Any, dtype: str) -> None:
    """Up and down, on either side of zero, across powers of 2, and not at all."""
    starts = np.asarray([1.0, -1.0, 2.5, -2.5, 4.0, -4.0, 1e-3, -1e-3], dtype)
    x1, x2 = (part.reshape(-1) for part in np.meshgrid(starts, starts))
    found = xp.to_numpy(xp.nextafter(xp.asarray(x1.copy()), xp.asarray(x2.copy())))
    np.testing.assert_array_equal(found, np.nextafter(x1, x2), strict=True)


@law("log2", "log10", "pow", "exp", "round", "floor_divide")
def test_whole_results_are_nearly_whole(xp: Any) -> None:
    """Logarithms of powers and powers of whole numbers are right to the last digits."""
    n = np.arange(-30.0, 31.0)
    for name, base in (("log2", 2.0), ("log10", 10.0)):
        found = xp.to_numpy(getattr(xp, name)(xp.asarray(base**n)))
        np.testing.assert_allclose(found, n, rtol=1e-15, atol=0)
    small = np.arange(1.0, 12.0)
    found = xp.to_numpy(xp.pow(xp.asarray(small.copy()), 3.0))
    np.testing.assert_allclose(found, small**3, rtol=1e-15)
    halves = np.asarray([2.5, -2.5, 3.5, 0.5, -0.5, 1.5, 1e15 + 0.5, 2.0**52 + 1])
    np.testing.assert_array_equal(xp.to_numpy(xp.round(xp.asarray(halves.copy()))),
                                  np.round(halves))  # fmt: skip


@law("var", "std")
@pytest.mark.parametrize("name", ["var", "std"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("options", [{}, {"axis": 0}, {"correction": 1}, {"keepdims": True}])
def test_spread_about_a_large_mean(xp: Any, name: str, dtype: str, options: Any) -> None:
    """However it is called, and in either width, the mean is taken off before squaring."""
    mean = 1e5 if dtype == "float32" else 1e8
    x = (mean + np.arange(5)).astype(dtype)
    found = xp.to_numpy(getattr(xp, name)(xp.asarray(x.copy()), **options))
    expected = getattr(np, name)(x.astype("float64"), **options)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=64 * float(np.finfo(dtype).eps))


@law("equal", "add", "subtract")
def test_last_bits_are_not_forgiven(xp: Any) -> None:
    """Numbers one bit apart are different, and their difference is exact."""
    for dtype in WIDTHS:
        x = np.asarray([1.0, -3.0, 1e10, 1e-10], dtype)
        y = np.nextafter(x, np.asarray(np.inf, dtype))
        a, b = xp.asarray(x.copy()), xp.asarray(y.copy())
        assert not bool(xp.any(xp.equal(a, b)))
        np.testing.assert_array_equal(xp.to_numpy(xp.subtract(b, a)), y - x)
        assert bool(xp.all(xp.less(a, b)))


@law("copysign", "signbit", "negative", "multiply")
@pytest.mark.parametrize("dtype", WIDTHS)
def test_zeros_have_signs(xp: Any, dtype: str) -> None:
    """`signbit` and `copysign` tell -0 from 0, alone and among other numbers."""
    x = np.asarray([0.0, -0.0, 1.5, -1.5, np.inf, -np.inf], dtype)
    native = xp.asarray(x.copy())
    np.testing.assert_array_equal(xp.to_numpy(xp.signbit(native)), np.signbit(x))
    for magnitude in (2.0, 0.0, np.inf):
        size = xp.full((6,), magnitude, dtype=dtype)
        found = xp.to_numpy(xp.copysign(size, native))
        np.testing.assert_array_equal(np.signbit(found), np.signbit(x))
        np.testing.assert_array_equal(np.abs(found), magnitude)
    assert bool(xp.signbit(xp.asarray(-0.0, dtype=dtype)))
    assert bool(xp.signbit(xp.negative(xp.asarray(0.0, dtype=dtype))))


@law("astype")
@pytest.mark.parametrize("dtype", [*WIDTHS, "int8", "int64"])
def test_what_is_not_zero_is_true(xp: Any, dtype: str) -> None:
    """Conversion to bool asks whether a number is 0, not whether it rounds to 0."""
    x = np.asarray([0, 1, -1, 2, 100] if "int" in dtype else [0.0, -0.0, 0.5, -0.25, 1e-30, np.inf])
    x = x.astype(dtype)
    found = xp.astype(xp.asarray(x.copy()), xp.bool)
    np.testing.assert_array_equal(xp.to_numpy(found), x != 0, strict=True)
