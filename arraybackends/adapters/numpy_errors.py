"""NumPy's exceptions as those of arraybackends, and NumPy's scalars as arrays.

array-api-strict and CuPy are built on NumPy and raise the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from arraybackends.errors import AxisError, DTypeError, LinAlgError, ShapeError

__all__ = ["guarded", "translated"]

_ABOUT_AXES = ("duplicate", "repeated axis", "axis out of range", "tuple index out of range")
_ABOUT_SHAPES = (
    "axes",
    "axis",
    "broadcast",
    "dimension",
    "empty sequence",
    "shape",
    "size",
    "square",
)


def translated(error: Exception, /) -> Exception:
    """Exception of arraybackends for one of NumPy; what is neither stays what it is."""
    message = str(error)
    if isinstance(error, np.linalg.LinAlgError):
        if "dimension" in message or "square" in message:
            return ShapeError(f"The matrices have the wrong shape: {message}.")
        return LinAlgError(f"The linear-algebra operation failed: {message}.")
    if isinstance(error, TypeError):
        return DTypeError(f"The operation is not defined for these arguments: {message}.")
    if isinstance(error, np.exceptions.AxisError) or any(text in message for text in _ABOUT_AXES):
        return AxisError(f"An axis does not fit the array, or is repeated: {message}.")
    if isinstance(error, ValueError) and any(text in message for text in _ABOUT_SHAPES):
        return ShapeError(f"The shapes of the arguments do not fit: {message}.")
    return error


def guarded(function: Callable[..., Any], /) -> Callable[..., Any]:
    """Function whose errors are ours and whose results are arrays, not scalars (row 52)."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except (ValueError, TypeError, IndexError) as error:
            ours = translated(error)
            if ours is error:
                raise
            raise ours from error
        return np.asarray(result) if isinstance(result, np.generic) else result

    return wrapper
