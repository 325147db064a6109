"""Shapes, selections, sorting and sets."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from array_api_compat import numpy as compat

from arraybackends.adapters.axes import require_axes, require_lengths
from arraybackends.adapters.numpy_errors import guarded
from arraybackends.adapters.operands import require_array

__all__ = ["FUNCTIONS"]


@guarded
def reshape(x: Any, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Any:
    plain = copy is None and type(x) is np.ndarray
    result = x.reshape(shape) if plain else np.reshape(x, shape, copy=copy)
    if result.shape != shape:
        require_lengths(shape)
    return result


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
    require_axes("nonzero", x, 1)
    return np.nonzero(x)


@guarded
def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    # `np.repeat` does not take unsigned repeats.
    if not isinstance(repeats, int):
        repeats = repeats.astype(np.int64, copy=False)
    return np.repeat(x, repeats, axis=axis)


@guarded
def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    require_axes("argsort", x, 1)  # NumPy takes a number for a vector
    return compat.argsort(  # type: ignore[attr-defined]
        x, axis=axis, descending=descending, stable=stable
    )


@guarded
def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    require_array("where", x1, x2)
    return np.where(condition, x1, x2)


@guarded
def searchsorted(
    x1: Any, x2: Any, /, *, side: Literal["left", "right"] = "left", sorter: Any = None
) -> Any:
    return np.asarray(np.searchsorted(x1, x2, side=side, sorter=sorter))


@guarded
def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    return np.asarray(np.isin(x1, x2, invert=invert))


# NumPy makes a matrix of a vector.


@guarded
def tril(x: Any, /, *, k: int = 0) -> Any:
    require_axes("tril", x, 2)
    return np.tril(x, k)


@guarded
def triu(x: Any, /, *, k: int = 0) -> Any:
    require_axes("triu", x, 2)
    return np.triu(x, k)


@guarded
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    # `np.unstack` gives scalars of a vector.
    require_axes("unstack", x, 1)
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
        name: guarded(getattr(compat, name), name)
        for name in (
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
        )
    },
    "argmax": argmax,
    "argmin": argmin,
    "argsort": argsort,
    "expand_dims": expand_dims,
    "isin": isin,
    "matrix_transpose": matrix_transpose,
    "nonzero": nonzero,
    "permute_dims": permute_dims,
    "repeat": repeat,
    "reshape": reshape,
    "searchsorted": searchsorted,
    "tril": tril,
    "triu": triu,
    "unstack": unstack,
    "where": where,
}
