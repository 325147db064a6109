"""The same mistake is the same error on every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import arraybackends as ab

SHAPES: dict[str, Callable[[Any], Any]] = {
    "add": lambda xp: xp.add(xp.ones((2,)), xp.ones((3,))),
    "where": lambda xp: xp.where(xp.ones((2,), dtype=xp.bool), xp.ones((3,)), xp.ones((3,))),
    "matmul": lambda xp: xp.matmul(xp.ones((2, 3)), xp.ones((2, 3))),
    "tensordot": lambda xp: xp.tensordot(xp.ones((2, 3)), xp.ones((2, 3)), axes=1),
    "vecdot": lambda xp: xp.vecdot(xp.ones((2,)), xp.ones((3,))),
    "einsum": lambda xp: xp.einsum("ij,jk->ik", xp.ones((2, 3)), xp.ones((2, 3))),
    "concat": lambda xp: xp.concat([xp.ones((2, 2)), xp.ones((2, 3))]),
    "stack": lambda xp: xp.stack([xp.ones((2,)), xp.ones((3,))]),
    "reshape": lambda xp: xp.reshape(xp.ones((2, 3)), (4,)),
    "reshape unknown of nothing": lambda xp: xp.reshape(xp.ones((0,)), (0, -1)),
    "broadcast_to": lambda xp: xp.broadcast_to(xp.ones((2,)), (3,)),
    "broadcast_arrays": lambda xp: xp.broadcast_arrays(xp.ones((2,)), xp.ones((3,))),
    "broadcast_shapes": lambda xp: xp.broadcast_shapes((2,), (3,)),
    "squeeze": lambda xp: xp.squeeze(xp.ones((2, 3)), axis=0),
    "solve": lambda xp: xp.linalg.solve(xp.eye(2), xp.ones((3,))),
    "inv": lambda xp: xp.linalg.inv(xp.ones((2, 3))),
    "max of nothing": lambda xp: xp.max(xp.ones((0,))),
    "argmin of nothing": lambda xp: xp.argmin(xp.ones((0,))),
}

AXES: dict[str, Callable[[Any], Any]] = {
    "sum": lambda xp: xp.sum(xp.ones((2, 3)), axis=2),
    "sum repeated": lambda xp: xp.sum(xp.ones((2, 3)), axis=(0, 0)),
    "sum repeated from both ends": lambda xp: xp.sum(xp.ones((2, 3)), axis=(0, -2)),
    "max": lambda xp: xp.max(xp.ones((2, 3)), axis=-3),
    "mean": lambda xp: xp.mean(xp.ones((2, 3)), axis=5),
    "std": lambda xp: xp.std(xp.ones((2, 3)), axis=5),
    "all": lambda xp: xp.all(xp.ones((2, 3)), axis=5),
    "argmax": lambda xp: xp.argmax(xp.ones((2, 3)), axis=2),
    "cumulative_sum": lambda xp: xp.cumulative_sum(xp.ones((2, 3)), axis=2),
    "concat": lambda xp: xp.concat([xp.ones((2,)), xp.ones((2,))], axis=1),
    "stack": lambda xp: xp.stack([xp.ones((2,)), xp.ones((2,))], axis=2),
    "expand_dims": lambda xp: xp.expand_dims(xp.ones((2,)), axis=3),
    "flip": lambda xp: xp.flip(xp.ones((2,)), axis=1),
    "moveaxis": lambda xp: xp.moveaxis(xp.ones((2,)), 1, 0),
    "permute_dims repeated": lambda xp: xp.permute_dims(xp.ones((2, 3)), (0, 0)),
    "roll": lambda xp: xp.roll(xp.ones((2,)), 1, axis=1),
    "sort": lambda xp: xp.sort(xp.ones((2,)), axis=1),
    "argsort": lambda xp: xp.argsort(xp.ones((2,)), axis=1),
    "squeeze": lambda xp: xp.squeeze(xp.ones((2,)), axis=1),
    "take": lambda xp: xp.take(xp.ones((2,)), xp.asarray([0]), axis=1),
    "unstack": lambda xp: xp.unstack(xp.ones((2,)), axis=1),
    "fft": lambda xp: xp.fft.fft(xp.ones((2,), dtype=xp.complex128), axis=1),
    "vector_norm": lambda xp: xp.linalg.vector_norm(xp.ones((2,)), axis=1),
}

DTYPES: dict[str, Callable[[Any], Any]] = {
    "mean of integers": lambda xp: xp.mean(xp.asarray([1, 2])),
    "std of integers": lambda xp: xp.std(xp.asarray([1, 2])),
    "sqrt of integers": lambda xp: xp.sqrt(xp.asarray([1, 2])),
    "sin of integers": lambda xp: xp.sin(xp.asarray([1, 2])),
    "divide of integers": lambda xp: xp.divide(xp.asarray([1, 2]), xp.asarray([1, 2])),
    "norm of integers": lambda xp: xp.linalg.vector_norm(xp.asarray([1, 2])),
    "inverse of integers": lambda xp: xp.linalg.inv(xp.asarray([[1, 0], [0, 1]])),
    "difference of booleans": lambda xp: xp.subtract(xp.asarray([True]), xp.asarray([True])),
    "negative of booleans": lambda xp: xp.negative(xp.asarray([True])),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_do_not_fit_are_a_shape_error(xp: Any, name: str) -> None:
    """ShapeError, which is a ValueError, with a message."""
    with pytest.raises(ab.ShapeError, match=r"\w+ \w+"):
        SHAPES[name](xp)


@pytest.mark.parametrize("name", AXES)
def test_axes_that_are_not_there_are_an_axis_error(xp: Any, name: str) -> None:
    """AxisError, which is a ShapeError and an IndexError, with a message."""
    with pytest.raises(ab.AxisError, match=r"\w+ \w+"):
        AXES[name](xp)


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes_outside_an_operations_domain_are_a_dtype_error(xp: Any, name: str) -> None:
    """DTypeError, which is a TypeError, rather than a guess."""
    with pytest.raises(ab.DTypeError, match=r"\w+ \w+"):
        DTYPES[name](xp)
