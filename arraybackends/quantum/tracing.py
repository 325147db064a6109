"""Whether values can be looked at."""

from __future__ import annotations

from typing import Any

__all__ = ["is_traced", "may_be"]


def is_traced(xp: Any, x: Any, /) -> bool:
    """Whether the values of an array are not known, as under `jit` and `vmap`."""
    return bool(xp._is_traced(x))


def may_be(xp: Any, condition: Any, /) -> bool:
    """Whether a 0-d boolean holds, as far as it is known: under `jit` and `vmap` it is not."""
    return xp._is_traced(condition) or bool(condition)
