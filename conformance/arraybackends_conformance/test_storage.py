"""Products that may be written into an array that nobody needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends.errors import DTypeError, ShapeError
from arraybackends_conformance.law import law

SHAPES = [
    ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((1, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (6, 3, 4)), ((0, 3), (3, 4)), ((2, 0), (0, 4)),
]  # fmt: skip
DTYPES = ["float32", "float64", "complex64", "complex128"]


def _operands(xp: Any, shapes: Any, dtype: str) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return tuple(
        xp.asarray((rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype("complex128"))
        if dtype.startswith("complex")
        else xp.asarray(rng.normal(size=shape))
        for shape in shapes
    )


@law("matmul_into")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", SHAPES)
def test_equals_the_product(xp: Any, shapes: Any, dtype: str) -> None:
    """The product, whatever was in `out`; operands keep their values."""
    x1, x2 = (xp.astype(x, getattr(xp, dtype)) for x in _operands(xp, shapes, dtype))
    before = [xp.to_numpy(x).copy() for x in (x1, x2)]
    expected = xp.to_numpy(xp.matmul(x1, x2))
    out = xp.asarray(np.full(expected.shape, np.nan), dtype=getattr(xp, dtype))
    found = xp.matmul_into(x1, x2, out=out)
    assert xp.is_array(found)
    assert xp.dtype_name(found.dtype) == dtype
    tolerance = 1e-5 if dtype in ("float32", "complex64") else 1e-12
    np.testing.assert_allclose(xp.to_numpy(found), expected, rtol=tolerance, atol=tolerance)
    for x, values in zip((x1, x2), before, strict=True):
        np.testing.assert_array_equal(xp.to_numpy(x), values)


@law("matmul_into")
def test_writes_where_it_says_so(xp: Any) -> None:
    """With the capability `writes_out` the result is `out`, also a view of a larger array."""
    x1, x2 = _operands(xp, ((2, 3), (3, 4)), "float64")
    whole = xp.zeros((3, 2, 4), dtype=xp.float64, device=xp.device)
    out = whole[1, ...]
    found = xp.matmul_into(x1, x2, out=out)
    assert (found is out) == xp.capabilities.writes_out
    if xp.capabilities.writes_out:
        values = xp.to_numpy(whole)
        np.testing.assert_array_equal(values[1], xp.to_numpy(found))
        assert not values[0].any()
        assert not values[2].any()


@law("matmul_into")
def test_lets_derivatives_through(xp: Any) -> None:
    """Under differentiation the result is a new array, and the derivative that of `matmul`."""
    if not xp.capabilities.autodiff:
        pytest.skip("The backend has no automatic differentiation.")
    x1, x2 = _operands(xp, ((2, 3), (3, 4)), "float64")
    out = xp.zeros((2, 4), dtype=xp.float64, device=xp.device)

    def total(x: Any) -> Any:
        return xp.sum(xp.matmul_into(x, x2, out=out) ** 2)

    expected = xp.grad(lambda x: xp.sum(xp.matmul(x, x2) ** 2))(x1)
    np.testing.assert_allclose(xp.to_numpy(xp.grad(total)(x1)), xp.to_numpy(expected), rtol=1e-12)


@law("matmul_into")
def test_is_mapped_and_compiled(xp: Any) -> None:
    """Under `vmap` and `jit` it is `matmul`."""
    x1, x2 = _operands(xp, ((5, 2, 3), (3, 4)), "float64")

    def product(x: Any) -> Any:
        out = xp.zeros((2, 4), dtype=xp.float64, device=xp.device)
        return xp.matmul_into(x, x2, out=out)

    expected = xp.to_numpy(xp.matmul(x1, x2))
    for function in (xp.vmap(product), xp.jit(xp.vmap(product))):
        np.testing.assert_allclose(xp.to_numpy(function(x1)), expected, rtol=1e-12)


@law("matmul_into")
def test_refuses_an_out_that_does_not_fit(xp: Any) -> None:
    """Another shape, larger ones included, or another dtype is an error on every backend."""
    x1, x2 = _operands(xp, ((2, 3), (3, 4)), "float64")
    for shape in ((2, 3), (4,), (1, 2, 4), (5, 2, 4)):
        out = xp.zeros(shape, dtype=xp.float64, device=xp.device)
        with pytest.raises(ShapeError, match=r"`out` must have the shape \(2, 4\)"):
            xp.matmul_into(x1, x2, out=out)
    out = xp.zeros((2, 4), dtype=xp.complex128, device=xp.device)
    with pytest.raises(DTypeError, match="`out` must have the dtype float64"):
        xp.matmul_into(x1, x2, out=out)
