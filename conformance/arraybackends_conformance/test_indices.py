"""What counts as an index, and from which end axes are counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law

X = np.arange(24.0).reshape(2, 3, 4)
DTYPES = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


@law("take", "take_along_axis", "at", "bincount", "repeat")
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_integer_dtype_is_an_index(xp: Any, dtype: str) -> None:
    """Unsigned bytes too select by position, and are no mask."""
    if dtype not in xp.__array_namespace_info__().dtypes():
        pytest.skip(f"The backend has no {dtype}.")
    i = np.asarray([1, 0, 2], dtype=dtype)
    index, x = xp.asarray(i.copy()), xp.asarray(X.copy())
    np.testing.assert_array_equal(xp.to_numpy(xp.take(x, index, axis=1)), X[:, [1, 0, 2]])
    vector = xp.asarray([5.0, 6.0, 7.0])
    assert xp.to_numpy(xp.take(vector, index)).tolist() == [6.0, 5.0, 7.0]
    assert xp.to_numpy(xp.take_along_axis(vector, index, axis=0)).tolist() == [6.0, 5.0, 7.0]
    assert xp.to_numpy(xp.at(vector)[index].set(xp.asarray([1.0, 2.0, 3.0]))).tolist() == (
        [2.0, 1.0, 3.0]
    )
    repeated = xp.asarray(np.asarray([1, 1, 1], dtype=dtype))
    assert xp.to_numpy(xp.at(vector)[repeated].add(1.0)).tolist() == [5.0, 9.0, 7.0]


FROM_THE_END: dict[str, Any] = {
    "moveaxis": (lambda xp, x: xp.moveaxis(x, (0, 1), (-1, -3)), np.moveaxis(X, (0, 1), (-1, -3))),
    "moveaxis of the last": (
        lambda xp, x: xp.moveaxis(x, (-1, 0), (-2, -1)), np.moveaxis(X, (-1, 0), (-2, -1))
    ),
    "concat": (lambda xp, x: xp.concat([x, x], axis=-2), np.concat([X, X], axis=-2)),
    "stack": (lambda xp, x: xp.stack([x, x], axis=-3), np.stack([X, X], axis=-3)),
    "expand_dims": (lambda xp, x: xp.expand_dims(x, (-1, -3)), np.expand_dims(X, (-1, -3))),
    "flip": (lambda xp, x: xp.flip(x, axis=(-1, 0)), np.flip(X, axis=(-1, 0))),
    "roll": (lambda xp, x: xp.roll(x, (1, 2), axis=(-1, -2)), np.roll(X, (1, 2), axis=(-1, -2))),
    "roll by one number": (lambda xp, x: xp.roll(x, 1, axis=(0, -1)), np.roll(X, 1, axis=(0, -1))),
    "sum": (lambda xp, x: xp.sum(x, axis=(-1, 0)), X.sum(axis=(-1, 0))),
    "max": (lambda xp, x: xp.max(x, axis=(-2, -1), keepdims=True),
            X.max(axis=(-2, -1), keepdims=True)),
    "std": (lambda xp, x: xp.std(x, axis=(-3, -1)), X.std(axis=(-3, -1))),
    "unstack": (lambda xp, x: xp.unstack(x, axis=-2)[2], X[:, 2]),
    "take": (lambda xp, x: xp.take(x, xp.asarray([1]), axis=-2), X[:, [1]]),
    "repeat": (lambda xp, x: xp.repeat(x, 2, axis=-2), np.repeat(X, 2, axis=-2)),
    "repeat by one number": (lambda xp, x: xp.repeat(x, xp.asarray([2]), axis=1),
                             np.repeat(X, 2, axis=1)),
    "cumulative_sum": (lambda xp, x: xp.cumulative_sum(x, axis=-2), np.cumsum(X, axis=-2)),
    "argmax": (lambda xp, x: xp.argmax(x, axis=-2, keepdims=True),
               np.argmax(X, axis=-2, keepdims=True)),
    "diff": (lambda xp, x: xp.diff(x, axis=-3), np.diff(X, axis=-3)),
    "sort": (lambda xp, x: xp.sort(x, axis=-2, descending=True), np.flip(X, axis=-2)),
    "squeeze": (lambda xp, x: xp.squeeze(x[:, :1, :1], axis=(-1,)), X[:, :1, 0]),
    "vector_norm": (lambda xp, x: xp.linalg.vector_norm(x, axis=(-3, -1)),
                    np.sqrt((X**2).sum(axis=(-3, -1)))),
    "fftshift": (lambda xp, x: xp.fft.fftshift(x, axes=(-1, 0)), np.fft.fftshift(X, axes=(-1, 0))),
}  # fmt: skip


@law("moveaxis", "roll", "repeat")
@pytest.mark.parametrize("name", FROM_THE_END)
def test_axes_count_from_either_end(xp: Any, name: str) -> None:
    """Negative axes, one or several, in any order, count from the end."""
    function, expected = FROM_THE_END[name]
    found = xp.to_numpy(function(xp, xp.asarray(X.copy())))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-14)
