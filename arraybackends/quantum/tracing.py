"""Whether values can be looked at, and whether derivatives flow into them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

__all__ = ["is_traced", "is_tracked", "may_be", "number_if_known", "outside_transforms"]


def outside_transforms(xp: Any, /) -> AbstractContextManager[None]:
    """
    Make arrays that belong to no transform under which they happen to be made.

    PyTorch ties what is made under `grad` to it, and JAX what is made under `jit`, and both refuse
    it in rules of one's own, which run outside.
    """
    outside = getattr(xp, "_outside_transforms", nullcontext)
    context: AbstractContextManager[None] = outside()
    return context


def is_traced(xp: Any, x: Any, /) -> bool:
    """Whether the values of an array are not known, as under `jit` and `vmap`."""
    return bool(xp._is_traced(x))


def is_tracked(xp: Any, x: Any, /) -> bool:
    """Whether a derivative in an array may be wanted, as far as its library says."""
    return bool(xp._is_traced(x)) or bool(getattr(x, "requires_grad", False))


def number_if_known(xp: Any, x: Any, /) -> float | None:
    """Return the value of a 0-d real array, or None: under `jit` and `vmap` it is not known."""
    if not xp._is_traced(x):
        return float(x)
    try:  # under `grad` it is
        return float(x)
    except (TypeError, RuntimeError):
        return None


def may_be(xp: Any, condition: Any, /) -> bool:
    """Whether a 0-d boolean holds, as far as it is known: under `jit` and `vmap` it is not."""
    return xp._is_traced(condition) or bool(condition)
