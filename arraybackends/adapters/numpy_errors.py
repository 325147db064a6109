"""NumPy's exceptions as those of arraybackends, and NumPy's scalars as arrays.

array-api-strict and CuPy are built on NumPy and raise the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from arraybackends.adapters.refusal import is_explained, refusal
from arraybackends.errors import AxisError, DTypeError, LinAlgError, ShapeError

__all__ = ["guarded", "translated"]

_ABOUT_AXES = (
    "duplicate", "repeated axis", "axis out of range", "axis is out of", "tuple index out of range",
)  # fmt: skip
_ABOUT_SHAPES = (
    "Number of samples",
    "at least one array",
    "axes",
    "axis",
    "broadcast",
    "dimension",
    "empty sequence",
    "shape",
    "size",
    "square",
)


def translated(
    error: Exception, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], /
) -> Exception:
    """Exception of arraybackends for one of NumPy, which says what `function` was called with."""
    if is_explained(error):
        return error
    kind = AxisError if isinstance(error, IndexError) and "axes" in kwargs else _kind(error)
    return refusal(kind, function, args, kwargs, error)


def _kind(error: Exception) -> type[Exception]:
    message = str(error)
    if isinstance(error, np.linalg.LinAlgError):
        return ShapeError if "dimension" in message or "square" in message else LinAlgError
    if isinstance(error, AttributeError):
        return TypeError  # an argument is no array
    if isinstance(error, TypeError):
        return DTypeError
    if isinstance(error, np.exceptions.AxisError) or any(text in message for text in _ABOUT_AXES):
        return AxisError
    if isinstance(error, ValueError) and any(text in message for text in _ABOUT_SHAPES):
        return ShapeError
    return IndexError if isinstance(error, IndexError) else ValueError


def guarded(function: Callable[..., Any], name: str = "", /) -> Callable[..., Any]:
    """
    Function whose errors are ours and whose results are arrays, not scalars (row 52).

    Its name in the protocol is needed where the library calls it otherwise.
    """
    name = name or function.__name__

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            ours = translated(error, name, args, kwargs)
            if ours is error:
                raise
            raise ours from error
        return np.asarray(result) if isinstance(result, np.generic) else result

    return wrapper
