"""Functions of single elements: NumPy's ufuncs, and repairs where they leave the standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from arraybackends.adapters.numpy import special_values
from arraybackends.adapters.numpy.operands import owned, require_own
from arraybackends.adapters.numpy_errors import translated
from arraybackends.errors import DTypeError

__all__ = ["FUNCTIONS", "METHODS"]

# `out=...` makes a ufunc return an array of no dimensions instead of a scalar (row 52). It costs
# 40 ns, an eighth of a small `np.add`, so that functions of two arrays go without: of arrays of no
# dimensions they give NumPy scalars, which every function of the backend takes for arrays.


def _unary(name: str, ufunc: Callable[..., Any]) -> Callable[..., Any]:
    def function(x: Any, /) -> Any:
        if type(x) is not np.ndarray:
            require_own(name, x)
        try:
            return ufunc(x, out=...)
        except TypeError as error:
            raise translated(error, name, (x,), {}) from error

    function.__name__ = function.__qualname__ = name
    return function


def _unary_floating(name: str, ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """Function of floating-point arrays only: NumPy would convert integers, to float16 even."""

    def function(x: Any, /) -> Any:
        if type(x) is not np.ndarray:
            require_own(name, x)
        try:
            return ufunc(x, out=..., casting="no")
        except TypeError as error:
            raise DTypeError(
                f"Argument `x` of `{name}` must be a floating-point array, but is {x!r}. "
                "Convert it with `xp.astype`."
            ) from error

    function.__name__ = function.__qualname__ = name
    return function


def _binary(name: str, ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """Method of the backend for two arrays, or an array and a Python scalar."""
    own = np.ndarray

    def function(self: Any, x1: Any, x2: Any, /) -> Any:
        if type(x1) is not own or type(x2) is not own:
            require_own(name, x1, x2)
        try:
            return ufunc(x1, x2)
        except (ValueError, TypeError) as error:
            raise translated(error, name, (x1, x2), {}) from error

    function.__name__ = function.__qualname__ = name
    return function


def _binary_floating(name: str, ufunc: np.ufunc) -> Callable[..., Any]:
    """Function of two floating-point arrays: NumPy would convert integers (rows 11, 12)."""

    def function(x1: Any, x2: Any, /) -> Any:
        require_own(name, x1, x2)
        for x in (x1, x2):
            if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "biu":
                raise DTypeError(
                    f"Arguments of `{name}` must be floating-point arrays, but one has dtype "
                    f"{x.dtype}. Convert it with `xp.astype`."
                )
        try:
            return ufunc(x1, x2, out=...)
        except (ValueError, TypeError) as error:
            raise translated(error, name, (x1, x2), {}) from error

    function.__name__ = function.__qualname__ = name
    return function


_UNARY: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "bitwise_invert": np.invert,
    "ceil": np.ceil,
    "conj": np.conj,
    "floor": np.floor,
    "isfinite": np.isfinite,
    "isinf": np.isinf,
    "isnan": np.isnan,
    "logical_not": np.logical_not,
    "negative": np.negative,
    "positive": np.positive,
    "sign": special_values.sign,
    "signbit": np.signbit,
    "square": np.square,
    "trunc": np.trunc,
}
_UNARY_FLOATING: dict[str, Callable[..., Any]] = {
    "acos": np.acos,
    "acosh": np.acosh,
    "asin": np.asin,
    "asinh": np.asinh,
    "atan": np.atan,
    "atanh": np.atanh,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "expm1": special_values.expm1,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "reciprocal": np.reciprocal,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": special_values.tan,
    "tanh": special_values.tanh,
}
_BINARY: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "bitwise_and": np.bitwise_and,
    "bitwise_left_shift": np.bitwise_left_shift,
    "bitwise_or": np.bitwise_or,
    "bitwise_right_shift": np.bitwise_right_shift,
    "bitwise_xor": np.bitwise_xor,
    "equal": np.equal,
    "floor_divide": special_values.floor_divide,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "multiply": np.multiply,
    "not_equal": np.not_equal,
    "pow": special_values.pow,
    "remainder": np.remainder,
    "subtract": np.subtract,
}
_BINARY_FLOATING = {
    "atan2": np.atan2,
    "copysign": np.copysign,
    "divide": np.divide,
    "hypot": np.hypot,
    "logaddexp": np.logaddexp,
    "nextafter": np.nextafter,
}


def round(x: Any, /) -> Any:
    # `np.round` multiplies and divides by a power of ten, and gives scalars.
    if x.dtype.kind in "biu":
        return np.positive(x, out=...)
    return np.rint(x, out=...)


def real(x: Any, /) -> Any:
    return np.asarray(x).real


def imag(x: Any, /) -> Any:
    return np.asarray(np.imag(x))


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    # `np.clip` promotes to the dtype of the bounds, and overflows where a bound is out of range.
    result = np.positive(x, out=...) if x.dtype.kind != "b" else x.copy()
    try:
        if min is not None:
            result = np.maximum(result, _within_range(min, x.dtype), out=...)
        if max is not None:
            result = np.minimum(result, _within_range(max, x.dtype), out=...)
    except (ValueError, TypeError) as error:
        raise translated(error, "clip", (x, min, max), {}) from error
    return result.astype(x.dtype, copy=False)


def _within_range(bound: Any, dtype: np.dtype[Any]) -> Any:
    if dtype.kind in "iu" and isinstance(bound, int):
        limits = np.iinfo(dtype)
        return limits.min if bound < limits.min else limits.max if bound > limits.max else bound
    return bound


FUNCTIONS: dict[str, Any] = {
    **{name: _unary(name, ufunc) for name, ufunc in _UNARY.items()},
    **{name: _unary_floating(name, ufunc) for name, ufunc in _UNARY_FLOATING.items()},
    **{name: _binary_floating(name, ufunc) for name, ufunc in _BINARY_FLOATING.items()},
    "clip": owned("clip", clip),
    "imag": owned("imag", imag),
    "real": owned("real", real),
    "round": owned("round", round),
}
METHODS = {name: _binary(name, ufunc) for name, ufunc in _BINARY.items()}
