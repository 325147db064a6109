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

_ABOUT_SHAPES = ("shape", "dimension", "broadcast", "axes", "axis", "size", "square")


def translated(error: Exception, /) -> Exception:
    """Exception of arraybackends for one of NumPy; what is neither stays what it is."""
    if isinstance(error, np.exceptions.AxisError):
        return AxisError(f"An axis does not fit the array: {error}.")
    if isinstance(error, np.linalg.LinAlgError):
        if "dimension" in str(error) or "square" in str(error):
            return ShapeError(f"The matrices have the wrong shape: {error}.")
        return LinAlgError(f"The linear-algebra operation failed: {error}.")
    if isinstance(error, TypeError):
        return DTypeError(f"The operation is not defined for these arguments: {error}.")
    message = str(error)
    if "duplicate" in message or "repeated axis" in message:
        return AxisError(f"An axis is repeated: {message}.")
    if any(word in message for word in _ABOUT_SHAPES):
        return ShapeError(f"The shapes of the arguments do not fit: {message}.")
    return error


def guarded(function: Callable[..., Any], /) -> Callable[..., Any]:
    """Function whose errors are ours and whose results are arrays, not scalars (row 52)."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except (ValueError, TypeError) as error:
            ours = translated(error)
            if ours is error:
                raise
            raise ours from error
        return np.asarray(result) if isinstance(result, np.generic) else result

    return wrapper
