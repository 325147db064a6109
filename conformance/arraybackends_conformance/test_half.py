"""Complex numbers packed into half of their memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends.errors import DTypeError, ShapeError
from arraybackends_conformance.law import law

NORMAL, SUBNORMAL, LARGEST = 2.0**-14, 2.0**-24, 65504.0


def _numbers() -> Any:
    """Numbers of all sizes, ties between two float16 numbers, and the limits."""
    rng = np.random.default_rng(0)
    sizes = 2.0 ** np.arange(-14.0, 16.0)
    ties = (sizes[:, None] * (1 + (2 * np.arange(8.0) + 1) / 2048)).ravel()
    spread = rng.choice([-1.0, 1.0], 400) * 2.0 ** rng.uniform(-14, 15.9, 400)
    parts = np.concatenate(
        [ties, spread, [0.0, NORMAL, LARGEST, -LARGEST, 65519.0, 1.0, -1.0, 3.0]]
    )
    return (parts + 1j * rng.permutation(parts)).astype("complex64")


def _rounded(x: Any) -> Any:
    return x.view("float32").astype("float16").astype("float32").view("complex64")


@law("pack_half", "unpack_half")
def test_rounds_both_parts_to_float16(xp: Any) -> None:
    """To nearest, ties to even, as NumPy rounds; the result has half of the bytes."""
    x = _numbers()
    packed = xp.pack_half(xp.asarray(x))
    assert xp.dtype_name(packed.dtype) == "int32"
    np.testing.assert_array_equal(
        xp.to_numpy(packed), x.view("float32").astype("float16").view("int32")
    )
    found = xp.unpack_half(packed)
    assert xp.dtype_name(found.dtype) == "complex64"
    np.testing.assert_array_equal(xp.to_numpy(found), _rounded(x))


@law("pack_half", "unpack_half")
def test_rounds_small_numbers_to_multiples_or_to_zero(xp: Any) -> None:
    """Below 2**-14 parts are rounded to a multiple of 2**-24, or flushed where a library does."""
    parts = np.arange(-40.0, 40.0) * SUBNORMAL * 0.75
    x = (parts + 1j * parts[::-1]).astype("complex64")
    found = xp.to_numpy(xp.unpack_half(xp.pack_half(xp.asarray(x))))
    if xp.capabilities.flushes_subnormals:
        assert np.all((found == _rounded(x)) | (found.real == 0) | (found.imag == 0))
        assert np.all(np.abs(found - x) <= 2 * NORMAL)
    else:
        np.testing.assert_array_equal(found, _rounded(x))


@law("pack_half", "unpack_half")
def test_does_not_hide_what_is_too_large(xp: Any) -> None:
    """Numbers beyond the largest, and those that are none, come back as no finite ones."""
    x = np.asarray([65520.0, -1e30, 1j * 1e6, np.inf, np.nan], dtype="complex64")
    found = xp.to_numpy(xp.unpack_half(xp.pack_half(xp.asarray(x))))
    assert not np.isfinite(found).any()


@law("pack_half", "unpack_half")
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 5)])
def test_keeps_shape_and_device(xp: Any, shape: tuple[int, ...]) -> None:
    """Shapes are kept, those of views and of conjugates too, and so are devices and inputs."""
    x = xp.asarray(np.resize(_numbers(), shape).astype("complex64"))
    before = xp.to_numpy(x).copy()
    views = [x, xp.conj(x), xp.permute_dims(x, tuple(reversed(range(x.ndim))))]
    views += [x[..., ::2]] if shape else []
    for view in views:
        packed = xp.pack_half(view)
        found = xp.unpack_half(packed)
        assert tuple(packed.shape) == tuple(found.shape) == tuple(view.shape)
        assert xp.device_of(packed) == xp.device_of(found) == xp.device_of(x)
        np.testing.assert_array_equal(
            xp.to_numpy(found),
            _rounded(np.array(xp.to_numpy(view), order="C", ndmin=1)).reshape(view.shape),
        )
        part = xp.unpack_half(packed[..., ::2] if shape else packed)
        expected = xp.to_numpy(found)
        np.testing.assert_array_equal(xp.to_numpy(part), expected[..., ::2] if shape else expected)
    np.testing.assert_array_equal(xp.to_numpy(x), before)


@law("pack_half", "unpack_half")
def test_refuses_other_dtypes(xp: Any) -> None:
    """Nothing is narrowed by the way: complex128 and real numbers are errors."""
    for dtype in ("complex128", "float32"):
        if dtype in xp.__array_namespace_info__().dtypes():
            with pytest.raises(DTypeError, match=f"must be complex64, but has dtype {dtype}"):
                xp.pack_half(xp.ones(2, dtype=dtype, device=xp.device))
    with pytest.raises(DTypeError, match="must be what `pack_half` returns"):
        xp.unpack_half(xp.ones(2, dtype="complex64", device=xp.device))


@law("pack_half")
def test_writes_where_it_says_so(xp: Any) -> None:
    """With the capability `writes_out` the result is `out`, also a view of a larger array."""
    x = xp.asarray(_numbers()[:4])
    expected = xp.to_numpy(xp.pack_half(x))
    whole = xp.zeros((3, 4), dtype="int32", device=xp.device)
    out = whole[1, ...]
    found = xp.pack_half(x, out=out)
    np.testing.assert_array_equal(xp.to_numpy(found), expected)
    assert (found is out) == xp.capabilities.writes_out
    written = xp.to_numpy(whole)
    assert not written[[0, 2]].any()
    np.testing.assert_array_equal(written[1], expected if found is out else 0)


@law("pack_half")
def test_refuses_an_out_that_does_not_fit(xp: Any) -> None:
    """Another shape or another dtype is an error on every backend."""
    x = xp.ones((2, 3), dtype="complex64", device=xp.device)
    with pytest.raises(ShapeError, match=r"`out` must have the shape \(2, 3\)"):
        xp.pack_half(x, out=xp.zeros((3,), dtype="int32", device=xp.device))
    with pytest.raises(DTypeError, match="`out` must have the dtype int32"):
        xp.pack_half(x, out=xp.zeros((2, 3), dtype="complex64", device=xp.device))
