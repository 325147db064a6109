"""Functions that take no other library's arrays, which NumPy would fetch in silence."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from arraybackends.adapters.operands import refuse_foreign

__all__ = ["owned", "require_own"]


def require_own(name: str, *operands: Any) -> None:
    """Raise if an operand of a function is another library's array."""
    refuse_foreign("numpy", (np.ndarray, np.generic), name, operands)


def owned(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Function that takes no other library's arrays."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if type(x) is not np.ndarray:
                require_own(name, x)
        return function(*args, **kwargs)

    return wrapper
