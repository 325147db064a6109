"""Reductions: `ufunc.reduce` costs a third of `np.sum`, and `out=...` gives arrays (row 52)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from arraybackends.adapters.numpy.dtypes import DTYPES
from arraybackends.adapters.numpy_errors import guarded, translated
from arraybackends.errors import DTypeError
from arraybackends.precision import dtype_name

__all__ = ["FUNCTIONS"]


def _accumulation(name: str, reduce: Callable[..., Any]) -> Callable[..., Any]:
    def function(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        if dtype is not None:
            dtype = DTYPES[dtype_name(dtype)]
        try:
            return reduce(x, axis=axis, dtype=dtype, out=..., keepdims=keepdims)
        except (ValueError, TypeError) as error:
            raise translated(error, name, (x,), {"axis": axis}) from error

    function.__name__ = function.__qualname__ = name
    return function


def _selection(name: str, reduce: Callable[..., Any], dtype: Any = None) -> Callable[..., Any]:
    def function(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        try:
            return reduce(x, axis=axis, dtype=dtype, out=..., keepdims=keepdims)
        except (ValueError, TypeError) as error:
            raise translated(error, name, (x,), {"axis": axis}) from error

    function.__name__ = function.__qualname__ = name
    return function


def _check_floating(name: str, x: Any) -> None:
    if x.dtype.kind not in "fc":
        raise DTypeError(
            f"Argument `x` of `{name}` must be a floating-point array, but has dtype {x.dtype}. "
            "Convert it with `xp.astype`."
        )


@guarded
def mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    _check_floating("mean", x)  # row 42
    return np.mean(x, axis=axis, keepdims=keepdims)


@guarded
def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    _check_floating("std", x)
    result = np.std(x, axis=axis, correction=correction, keepdims=keepdims)
    return _without_freedom(x, result, correction)


@guarded
def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    _check_floating("var", x)
    result = np.var(x, axis=axis, correction=correction, keepdims=keepdims)
    return _without_freedom(x, result, correction)


def _without_freedom(x: Any, spread: Any, correction: float) -> Any:
    """Spread, or NaN where no degree of freedom is left: NumPy divides by 0 and gives infinity."""
    if spread.size and x.size // spread.size <= correction:
        return np.full_like(spread, np.nan)
    return spread


@guarded
def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    # `np.count_nonzero` gives a Python integer.
    return np.asarray(np.count_nonzero(x, axis=axis, keepdims=keepdims))


def _cumulative(name: str, accumulate: Callable[..., Any]) -> Callable[..., Any]:
    def function(
        x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
    ) -> Any:
        if dtype is not None:
            dtype = DTYPES[dtype_name(dtype)]
        return accumulate(x, axis=axis, dtype=dtype, include_initial=include_initial)

    function.__name__ = function.__qualname__ = name
    return function


FUNCTIONS: dict[str, Any] = {
    "all": _selection("all", np.logical_and.reduce, np.dtype(bool)),
    "any": _selection("any", np.logical_or.reduce, np.dtype(bool)),
    "count_nonzero": count_nonzero,
    "cumulative_prod": _cumulative("cumulative_prod", guarded(np.cumulative_prod)),
    "cumulative_sum": _cumulative("cumulative_sum", guarded(np.cumulative_sum)),
    "max": _selection("max", np.maximum.reduce),
    "mean": mean,
    "min": _selection("min", np.minimum.reduce),
    "prod": _accumulation("prod", np.multiply.reduce),
    "std": std,
    "sum": _accumulation("sum", np.add.reduce),
    "var": var,
}
