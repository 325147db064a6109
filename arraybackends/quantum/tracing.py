"""Whether values can be looked at, and whether derivatives flow into them."""

from __future__ import annotations

from typing import Any

__all__ = ["is_traced", "is_tracked", "may_be"]


def is_traced(xp: Any, x: Any, /) -> bool:
    """Whether the values of an array are not known, as under `jit` and `vmap`."""
    return bool(xp._is_traced(x))


def is_tracked(xp: Any, x: Any, /) -> bool:
    """Whether a derivative in an array may be wanted, as far as its library says."""
    return bool(xp._is_traced(x)) or bool(getattr(x, "requires_grad", False))


def may_be(xp: Any, condition: Any, /) -> bool:
    """Whether a 0-d boolean holds, as far as it is known: under `jit` and `vmap` it is not."""
    return xp._is_traced(condition) or bool(condition)
