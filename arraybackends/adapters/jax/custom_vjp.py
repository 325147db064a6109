"""Functions with a reverse-mode derivative of their own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax

from arraybackends.adapters.jax.differentiation import conjugate
from arraybackends.adapters.jax.errors import is_array
from arraybackends.errors import GradientError

__all__ = ["custom_vjp"]


@jax.tree_util.register_static
class _Constant:
    """A residual that is no array, kept from becoming one."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Constant) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)


def _is_constant(x: Any) -> bool:
    return isinstance(x, _Constant)


def custom_vjp(
    fwd: Callable[..., tuple[Any, Any]], bwd: Callable[[Any, Any], tuple[Any, ...]]
) -> Callable[..., Any]:
    """Make the function `fwd(...)[0]`, differentiated by `bwd` in the uphill convention."""

    @jax.custom_vjp
    def function(*args: Any) -> Any:
        return fwd(*args)[0]

    def forward(*args: Any) -> tuple[Any, Any]:
        output, residuals = fwd(*args)
        constant = jax.tree.map(lambda x: x if is_array(x) else _Constant(x), residuals)
        return output, (constant, len(args) * (_Constant(None),))

    def backward(kept: Any, cotangent: Any) -> tuple[Any, ...]:
        residuals, arguments = kept
        residuals = jax.tree.map(
            lambda x: x.value if _is_constant(x) else x, residuals, is_leaf=_is_constant
        )
        cotangents: Any = bwd(residuals, conjugate(cotangent))
        if not isinstance(cotangents, tuple) or len(cotangents) != len(arguments):
            raise GradientError(
                f"Argument `bwd` of `custom_vjp` must return a tuple of {len(arguments)} "
                f"cotangents, one for each argument, but returned {cotangents!r}."
            )
        return conjugate(cotangents)  # type: ignore[no-any-return]

    function.defvjp(forward, backward)

    @functools.wraps(fwd, updated=())
    def custom(*args: Any) -> Any:
        return function(*args)

    return custom
