"""Shapes, selections, sorting and sets."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from array_api_compat import numpy as compat

from arraybackends.adapters.numpy.errors import guarded
from arraybackends.errors import ShapeError

__all__ = ["FUNCTIONS"]


@guarded
def expand_dims(x: Any, /, axis: Any = 0) -> Any:
    return np.expand_dims(x, axis)


@guarded
def nonzero(x: Any, /) -> tuple[Any, ...]:
    if np.ndim(x) == 0:
        raise ShapeError("Argument `x` of `nonzero` must have at least one axis, but has none.")
    return np.nonzero(x)


@guarded
def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    # `np.repeat` does not take unsigned repeats.
    if not isinstance(repeats, int):
        repeats = repeats.astype(np.int64, copy=False)
    return np.repeat(x, repeats, axis=axis)


@guarded
def searchsorted(x1: Any, x2: Any, /, *, side: Literal["left", "right"] = "left", sorter: Any = None) -> Any:
    return np.asarray(np.searchsorted(x1, x2, side=side, sorter=sorter))


@guarded
def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    return np.asarray(np.isin(x1, x2, invert=invert))


@guarded
def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    return np.argmax(x, axis=axis, keepdims=keepdims)


@guarded
def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    return np.argmin(x, axis=axis, keepdims=keepdims)


FUNCTIONS: dict[str, Any] = {
    **{
        name: guarded(getattr(compat, name))
        for name in (
            "argsort",
            "broadcast_arrays",
            "broadcast_shapes",
            "broadcast_to",
            "concat",
            "diff",
            "flip",
            "matrix_transpose",
            "meshgrid",
            "moveaxis",
            "permute_dims",
            "reshape",
            "roll",
            "sort",
            "squeeze",
            "stack",
            "take",
            "take_along_axis",
            "tile",
            "tril",
            "triu",
            "unique_all",
            "unique_counts",
            "unique_inverse",
            "unique_values",
            "unstack",
            "where",
        )
    },
    "argmax": argmax,
    "argmin": argmin,
    "expand_dims": expand_dims,
    "isin": isin,
    "nonzero": nonzero,
    "repeat": repeat,
    "searchsorted": searchsorted,
}
