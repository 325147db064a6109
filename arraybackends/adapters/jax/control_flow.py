"""Loops and branches that JAX compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax import lax

from arraybackends.adapters.jax.errors import is_array, raise_as_ours
from arraybackends.adapters.jax.transformation import of_user, raised_inside

__all__ = ["cond", "scan", "while_loop"]


def _arrays(xp: Any, tree: Any) -> Any:
    """Make arrays of Python numbers, which JAX would type weakly (row 6)."""
    return jax.tree.map(lambda x: x if is_array(x) else xp.asarray(x), tree)


def scan(
    xp: Any,
    fn: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any,
    length: int | None,
    reverse: bool,
) -> tuple[Any, Any]:
    """`lax.scan` with the contract's errors."""

    def step(carry: Any, x: Any) -> tuple[Any, Any]:
        carry, y = of_user(fn)(carry, x)
        return _arrays(xp, carry), _arrays(xp, y)

    try:
        return lax.scan(step, _arrays(xp, init), xs, length=length, reverse=reverse)
    except (TypeError, ValueError) as error:
        if raised_inside(error):
            raise
        raise_as_ours(error, "scan", (fn, init, xs), {"length": length})


def cond(
    xp: Any, pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any], operands: Any
) -> Any:
    """`lax.cond`; both branches are traced."""

    def branch(fn: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: _arrays(xp, fn(*args))

    return lax.cond(pred, branch(true_fn), branch(false_fn), *_arrays(xp, operands))


def while_loop(
    xp: Any, cond_fn: Callable[[Any], Any], body_fn: Callable[[Any], Any], init: Any
) -> Any:
    """`lax.while_loop`; differentiable in forward mode only."""
    return lax.while_loop(cond_fn, lambda value: _arrays(xp, body_fn(value)), _arrays(xp, init))
