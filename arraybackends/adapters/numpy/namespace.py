"""NumPy as the standard has it: what differs in NumPy 2.4 is put right here, with the reason.

Results are arrays of zero dimensions where NumPy would give scalars (`out=...` does that within
the call), and errors are those of `arraybackends.errors`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from array_api_compat import numpy as compat

from arraybackends.errors import AxisError, DTypeError, LinAlgError, ShapeError
from arraybackends.precision import DTYPE_NAMES

NATIVE = np
DTYPES = {name: np.dtype(name) for name in DTYPE_NAMES}


# Errors


def _translated(error: Exception) -> Exception:
    """Exception of arraybackends for one of NumPy."""
    if isinstance(error, np.exceptions.AxisError):
        return AxisError(f"Argument `axis` does not fit the array: {error}.")
    if isinstance(error, np.linalg.LinAlgError):
        return LinAlgError(f"The linear-algebra operation failed: {error}.")
    if isinstance(error, TypeError):
        return DTypeError(f"The operation is not defined for these arguments: {error}.")
    return ShapeError(f"The shapes of the arguments do not fit: {error}.")


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Function with NumPy's exceptions replaced by ours."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (ValueError, TypeError) as error:
            raise _translated(error) from error

    return wrapper


# Element by element


def _unary(name: str, ufunc: np.ufunc) -> Callable[..., Any]:
    def function(x: Any, /) -> Any:
        return ufunc(x, out=...)

    function.__name__ = function.__qualname__ = name
    return function


def _unary_float(name: str, ufunc: np.ufunc) -> Callable[..., Any]:
    """Function of floating-point arrays alone (row 18): NumPy would convert integers."""

    def function(x: Any, /) -> Any:
        try:
            return ufunc(x, out=..., casting="no")
        except TypeError as error:
            raise DTypeError(
                f"Argument `x` of `{name}` must be a floating-point array, but is {x!r}."
            ) from error

    function.__name__ = function.__qualname__ = name
    return function


def _binary(name: str, ufunc: np.ufunc) -> Callable[..., Any]:
    def function(x1: Any, x2: Any, /) -> Any:
        try:
            return ufunc(x1, x2, out=...)
        except (ValueError, TypeError) as error:
            raise _translated(error) from error

    function.__name__ = function.__qualname__ = name
    return function


_UNARY = {
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
    "sign": np.sign,
    "signbit": np.signbit,
    "square": np.square,
    "trunc": np.trunc,
}
_UNARY_FLOAT = {
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "reciprocal": np.reciprocal,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
}
_BINARY = {
    "add": np.add,
    "atan2": np.arctan2,
    "bitwise_and": np.bitwise_and,
    "bitwise_left_shift": np.left_shift,
    "bitwise_or": np.bitwise_or,
    "bitwise_right_shift": np.right_shift,
    "bitwise_xor": np.bitwise_xor,
    "copysign": np.copysign,
    "divide": np.divide,
    "equal": np.equal,
    "floor_divide": np.floor_divide,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "hypot": np.hypot,
    "less": np.less,
    "less_equal": np.less_equal,
    "logaddexp": np.logaddexp,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "matmul": np.matmul,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "multiply": np.multiply,
    "nextafter": np.nextafter,
    "not_equal": np.not_equal,
    "pow": np.power,
    "remainder": np.remainder,
    "subtract": np.subtract,
}
_ELEMENTWISE = {
    **{name: _unary(name, ufunc) for name, ufunc in _UNARY.items()},
    **{name: _unary_float(name, ufunc) for name, ufunc in _UNARY_FLOAT.items()},
    **{name: _binary(name, ufunc) for name, ufunc in _BINARY.items()},
}


# Reductions


def max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    try:
        return np.maximum.reduce(x, axis=axis, out=..., keepdims=keepdims)
    except (ValueError, TypeError) as error:
        raise _translated(error) from error


def min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    try:
        return np.minimum.reduce(x, axis=axis, out=..., keepdims=keepdims)
    except (ValueError, TypeError) as error:
        raise _translated(error) from error


def all(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    try:
        return np.logical_and.reduce(x, axis=axis, dtype=np.bool, out=..., keepdims=keepdims)
    except (ValueError, TypeError) as error:
        raise _translated(error) from error


def any(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    try:
        return np.logical_or.reduce(x, axis=axis, dtype=np.bool, out=..., keepdims=keepdims)
    except (ValueError, TypeError) as error:
        raise _translated(error) from error


FIXUPS: dict[str, Any] = {**_ELEMENTWISE, "max": max, "min": min, "all": all, "any": any}
SOURCES = (FIXUPS, compat)
LINALG_SOURCES = (compat.linalg,)
FFT_SOURCES = (compat.fft,)
