"""Functions that take no other library's arrays, which NumPy would fetch in silence."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from arraybackends.adapters.operands import PLAIN, refuse_foreign

__all__ = ["owned", "require_own"]

_OWN = PLAIN | {np.ndarray}


def require_own(name: str, *operands: Any) -> None:
    """Raise if an operand of a function is another library's array."""
    refuse_foreign("numpy", (np.ndarray, np.generic), name, operands)


def owned(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Function that takes no other library's arrays."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        # On small arrays to look at the types alone is what most calls can afford.
        for x in args:
            kind = type(x)
            if kind not in _OWN and not (
                (kind is tuple or kind is list) and _OWN.issuperset(map(type, x))
            ):
                require_own(name, x)
        return function(*args, **kwargs)

    return wrapper
