"""Derivatives: JAX's own, with gradients that point uphill.

For a real loss L of z = x + iy, JAX's reverse mode gives dL/dx - i dL/dy, the conjugate of the
contract's gradient (row 108). A cotangent is therefore conjugated on its way in and out.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax import numpy as jnp

from arraybackends.adapters.jax.errors import UNTRACEABLE, is_array
from arraybackends.errors import BackendMismatchError, GradientError, GradientFallbackWarning
from arraybackends.generic.differentiation import check_method, numerical_value_and_grad

__all__ = [
    "custom_vjp", "hessian", "jacfwd", "jacrev", "jvp", "value_and_grad", "vjp",
]  # fmt: skip


def conjugate(tree: Any) -> Any:
    """Conjugate the complex leaves of a container."""
    return jax.tree.map(lambda x: jnp.conj(x) if is_array(x) and x.dtype.kind == "c" else x, tree)


def _inexact(xp: Any, leaf: Any) -> Any:
    """Check one leaf to be differentiated; Python numbers become arrays of the default dtype."""
    if isinstance(leaf, (float, complex)):
        return xp.asarray(leaf)
    if not is_array(leaf) and (hasattr(leaf, "__dlpack__") or hasattr(leaf, "__array__")):
        raise BackendMismatchError(
            f"Arguments to be differentiated must be arrays of backend `jax`, but one is of type "
            f"`{type(leaf).__module__}.{type(leaf).__qualname__}`. Convert it with `xp.asarray` "
            "(NumPy) or `xp.from_dlpack` (other backends)."
        )
    if not is_array(leaf) or leaf.dtype.kind not in "fc":
        raise GradientError(
            "Arguments to be differentiated must be floating-point arrays of backend `jax`, but "
            f"one is {leaf!r}. Convert it with `xp.asarray`, or choose other arguments with "
            "`argnums`."
        )
    return xp.astype(leaf, leaf.dtype, copy=False)


class _Chosen:
    """The positional arguments to be differentiated, and the others."""

    def __init__(self, xp: Any, args: Sequence[Any], argnums: int | tuple[int, ...]) -> None:
        numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        for number in numbers:
            if not -len(args) <= number < len(args):
                raise GradientError(
                    f"Argument `argnums` is {argnums!r}, but the function was called with "
                    f"{len(args)} positional arguments."
                )
        self._single = isinstance(argnums, int)
        self._numbers = [number % len(args) for number in numbers]
        self.values = [
            jax.tree.map(functools.partial(_inexact, xp), args[n]) for n in self._numbers
        ]
        self._args = list(args)
        self.args = self.with_values(self.values)

    def with_values(self, values: Sequence[Any]) -> list[Any]:
        args = list(self._args)
        for number, value in zip(self._numbers, values, strict=True):
            args[number] = value
        return args

    def shaped(self, values: Sequence[Any]) -> Any:
        return values[0] if self._single else tuple(values)


def _real_scalar(xp: Any, value: Any) -> Any:
    if isinstance(value, float):
        return xp.asarray(value)
    if not is_array(value):
        raise GradientError(
            f"The function to be differentiated must return a 0-d real array, but returned "
            f"{value!r}."
        )
    if value.shape != () or value.dtype.kind != "f":
        raise GradientError(
            "The function to be differentiated must return a 0-d real array, but returned one of "
            f"shape {value.shape} and dtype {value.dtype.name}."
        )
    return xp.astype(value, value.dtype, copy=False)


def value_and_grad(
    xp: Any,
    fn: Callable[..., Any],
    argnums: int | tuple[int, ...],
    has_aux: bool,
    method: str,
) -> Callable[..., Any]:
    check_method(method)
    numerical = numerical_value_and_grad(xp, fn, argnums=argnums, has_aux=has_aux)

    @functools.wraps(fn, updated=())
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        chosen = _Chosen(xp, args, argnums)
        if method == "finite-difference":
            return numerical(*chosen.args, **kwargs)
        aux: list[Any] = []

        def scalar(*values: Any) -> tuple[Any, list[Any]]:
            output = fn(*chosen.with_values(values), **kwargs)
            if not has_aux:
                return _real_scalar(xp, output), []
            value, extra = output
            # Anything may be returned beside the value, but only arrays go through JAX.
            leaves, structure = jax.tree.flatten(extra)
            aux[:] = [structure, [None if is_array(leaf) else leaf for leaf in leaves]]
            return _real_scalar(xp, value), [leaf for leaf in leaves if is_array(leaf)]

        try:
            value, pull_back, arrays = jax.vjp(scalar, *chosen.values, has_aux=True)
        except UNTRACEABLE as error:
            if method == "autodiff":
                raise GradientError(
                    f"`{_name(fn)}` cannot be differentiated automatically: {_reason(error)} "
                    "Use functions of `xp`, or method='finite-difference'."
                ) from error
            if any(isinstance(x, jax.core.Tracer) for x in jax.tree.leaves((args, kwargs))):
                # Inside another transformation differences meet the same obstacle.
                raise
            warnings.warn(
                f"The gradient of `{_name(fn)}` comes from central differences: {_reason(error)}",
                GradientFallbackWarning,
                stacklevel=2,
            )
            return numerical(*chosen.args, **kwargs)
        gradient = chosen.shaped(conjugate(pull_back(jnp.ones_like(value))))
        if not has_aux:
            return value, gradient
        structure, leaves = aux
        found = iter(arrays)
        extra = jax.tree.unflatten(
            structure, [next(found) if leaf is None else leaf for leaf in leaves]
        )
        return (value, extra), gradient

    return differentiated


def _name(fn: Callable[..., Any]) -> str:
    return str(getattr(fn, "__name__", type(fn).__name__))


def _reason(error: Exception) -> str:
    """Say in one sentence what JAX could not trace."""
    first = str(error).strip().split("\n")[0].rstrip(".:")
    return f"a value was taken out of the graph ({type(error).__name__}: {first})."


def vjp(fn: Callable[..., Any], primals: Sequence[Any]) -> tuple[Any, Callable[[Any], Any]]:
    output, pull_back = jax.vjp(fn, *primals)

    def pull_back_uphill(cotangent: Any) -> tuple[Any, ...]:
        cotangents: tuple[Any, ...] = conjugate(pull_back(conjugate(cotangent)))
        return cotangents

    return output, pull_back_uphill


def jvp(fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    output, derivative = jax.jvp(fn, tuple(primals), tuple(tangents))
    return output, derivative


def jacrev(xp: Any, fn: Callable[..., Any], argnums: int | tuple[int, ...]) -> Callable[..., Any]:
    return jax.jacrev(fn, argnums=argnums)


def jacfwd(xp: Any, fn: Callable[..., Any], argnums: int | tuple[int, ...]) -> Callable[..., Any]:
    return jax.jacfwd(fn, argnums=argnums)


def hessian(xp: Any, fn: Callable[..., Any], argnums: int | tuple[int, ...]) -> Callable[..., Any]:
    return jax.jacfwd(jax.jacrev(fn, argnums=argnums), argnums=argnums)


def custom_vjp(
    fwd: Callable[..., tuple[Any, Any]], bwd: Callable[[Any, Any], tuple[Any, ...]]
) -> Callable[..., Any]:
    @jax.custom_vjp
    def function(*args: Any) -> Any:
        return fwd(*args)[0]

    def backward(residuals: Any, cotangent: Any) -> tuple[Any, ...]:
        cotangents = bwd(_unwrapped(residuals), conjugate(cotangent))
        return tuple(conjugate(c) for c in cotangents)

    def forward(*args: Any) -> tuple[Any, Any]:
        output, residuals = fwd(*args)
        return output, _wrapped(residuals)

    function.defvjp(forward, backward)

    @functools.wraps(fwd, updated=())
    def custom(*args: Any) -> Any:
        return function(*args)

    return custom


@jax.tree_util.register_static
class _Constant:
    """A residual that is no array, kept from becoming one."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Constant) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def _wrapped(residuals: Any) -> Any:
    return jax.tree.map(lambda x: x if is_array(x) else _Constant(x), residuals)


def _unwrapped(residuals: Any) -> Any:
    return jax.tree.map(
        lambda x: x.value if isinstance(x, _Constant) else x,
        residuals,
        is_leaf=lambda x: isinstance(x, _Constant),
    )
