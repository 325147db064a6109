"""Shapes, selections, sorting and sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from array_api_compat import numpy as compat

from arraybackends.adapters.numpy_errors import guarded
from arraybackends.errors import ShapeError

__all__ = ["FUNCTIONS"]


@guarded
def reshape(x: Any, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Any:
    if copy is None and type(x) is np.ndarray:
        return x.reshape(shape)
    return np.reshape(x, shape, copy=copy)


@guarded
def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    return x.transpose(axes) if type(x) is np.ndarray else np.permute_dims(x, axes)


@guarded
def matrix_transpose(x: Any, /) -> Any:
    return x.mT if type(x) is np.ndarray and x.ndim > 1 else np.matrix_transpose(x)


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
def searchsorted(
    x1: Any, x2: Any, /, *, side: Literal["left", "right"] = "left", sorter: Any = None
) -> Any:
    return np.asarray(np.searchsorted(x1, x2, side=side, sorter=sorter))


@guarded
def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    return np.asarray(np.isin(x1, x2, invert=invert))


def _triangle(name: str, select: Callable[..., Any]) -> Callable[..., Any]:
    """Triangle of matrices: NumPy makes a matrix of a vector."""

    def function(x: Any, /, *, k: int = 0) -> Any:
        if x.ndim < 2:
            raise ShapeError(
                f"Argument `x` of `{name}` must have at least two axes, but has shape {x.shape}."
            )
        return select(x, k=k)

    function.__name__ = function.__qualname__ = name
    return function


@guarded
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    # `np.unstack` gives scalars of a vector.
    if x.ndim == 0:
        raise ShapeError("Argument `x` of `unstack` must have at least one axis, but has none.")
    front = np.moveaxis(x, axis, 0)
    return tuple(front[i, ...] for i in range(front.shape[0]))


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
            "meshgrid",
            "moveaxis",
            "roll",
            "sort",
            "squeeze",
            "stack",
            "take",
            "take_along_axis",
            "tile",
            "unique_all",
            "unique_counts",
            "unique_inverse",
            "unique_values",
            "where",
        )
    },
    "argmax": argmax,
    "argmin": argmin,
    "expand_dims": expand_dims,
    "isin": isin,
    "matrix_transpose": matrix_transpose,
    "nonzero": nonzero,
    "permute_dims": permute_dims,
    "repeat": repeat,
    "reshape": reshape,
    "searchsorted": searchsorted,
    "tril": _triangle("tril", np.tril),
    "triu": _triangle("triu", np.triu),
    "unstack": unstack,
}
