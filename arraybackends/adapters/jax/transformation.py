"""Vectorisation and compilation by JAX."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, Literal

import jax
from jax import numpy as jnp

from arraybackends.adapters.jax.errors import UNTRACEABLE, is_array, raise_as_ours
from arraybackends.errors import CompilationError, CompilationFallbackWarning
from arraybackends.generic.vectorisation import check_options
from arraybackends.protocol import JitStatus

__all__ = ["JitFunction", "vmap"]


class _Watched:
    """A function of the user's, and the exception that escaped from it."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        functools.update_wrapper(self, fn, updated=())
        self._fn = fn
        self.error: BaseException | None = None
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.error = None
        self.calls += 1
        try:
            return self._fn(*args, **kwargs)
        except BaseException as error:
            self.error = error
            raise


def vmap(
    fn: Callable[..., Any],
    in_axes: Any,
    out_axes: Any,
    chunk_size: int | None,
    randomness: str,
) -> Callable[..., Any]:
    check_options(chunk_size, randomness)
    in_axes = tuple(in_axes) if isinstance(in_axes, list) else in_axes

    @functools.wraps(fn, updated=())
    def vectorised(*args: Any) -> Any:
        watched = _Watched(fn)
        mapped = jax.vmap(watched, in_axes=in_axes, out_axes=out_axes)
        try:
            return mapped(*args)
        except (TypeError, ValueError) as error:
            if error is watched.error:
                raise
            raise_as_ours(error)

    return vectorised


_REMEDIES = {
    jax.errors.TracerBoolConversionError: (
        "A Python `if`, `while`, `and` or `or` depends on the values of an array. Use `xp.cond`, "
        "`xp.where` or `xp.while_loop`, or `static_argnums` for a constant."
    ),
    jax.errors.TracerArrayConversionError: (
        "An array was given to NumPy, or converted with `xp.to_numpy`. Use functions of `xp`."
    ),
    jax.errors.TracerIntegerConversionError: (
        "An array was used as a Python integer. Make that argument one of `static_argnums`."
    ),
    jax.errors.NonConcreteBooleanIndexError: (
        "A boolean mask makes an array of unknown shape. Use `xp.where`."
    ),
    jax.errors.ConcretizationTypeError: (
        "A Python number was made of an array, or a shape depends on values. Use functions of `xp`, "
        "or `static_argnums` for a constant."
    ),
}


def _reason(error: Exception) -> str:
    remedy = next((text for kind, text in _REMEDIES.items() if isinstance(error, kind)), None)
    first = str(error).strip().split("\n")[0].rstrip(".:")
    return f"{type(error).__name__}: {first}." + (f" {remedy}" if remedy else "")


class JitFunction:
    """A function compiled by JAX, or run eagerly once JAX has failed to compile it."""

    def __init__(
        self,
        fn: Callable[..., Any],
        static_argnums: int | tuple[int, ...],
        fallback: Literal["warn", "raise"],
    ) -> None:
        functools.update_wrapper(self, fn, updated=())
        self._fn = fn
        self._watched = _Watched(fn)
        self._static = (
            (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums)
        )
        self._compiled = jax.jit(self._watched, static_argnums=self._static)
        self._fallback = fallback
        self._status = JitStatus("pending")

    @property
    def status(self) -> JitStatus:
        return self._status

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._status.state == "fallback":
            return self._fn(*args, **kwargs)
        for number in self._static:
            if -len(args) <= number < len(args):
                _require_hashable(number, args[number])
        watched = self._watched
        calls, watched.error = watched.calls, None
        try:
            result = self._compiled(*args, **kwargs)
        except Exception as error:
            if not self._is_failure_to_compile(error, calls):
                raise
            return self._fall_back(error, args, kwargs)
        if self._status.state == "pending":
            self._status = JitStatus("compiled")
        return result

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind like a function, so that methods can be decorated."""
        return self if instance is None else functools.partial(self, instance)

    def _is_failure_to_compile(self, error: Exception, calls: int) -> bool:
        """Tell what JAX says of the function from what the function itself raises."""
        if isinstance(error, UNTRACEABLE):
            return True
        if isinstance(error, jax.errors.JaxRuntimeError):
            return self._watched.calls > calls and self._status.state == "pending"
        return error is not self._watched.error and isinstance(error, TypeError)

    def _fall_back(self, error: Exception, args: Any, kwargs: Any) -> Any:
        reason = _reason(error)
        name = getattr(self._fn, "__name__", type(self._fn).__name__)
        if self._fallback == "raise":
            raise CompilationError(f"JAX cannot compile `{name}`. {reason}") from error
        if any(isinstance(x, jax.core.Tracer) for x in jax.tree.leaves((args, kwargs))):
            # Inside another transformation the eager function meets the same obstacle.
            raise error
        self._status = JitStatus("fallback", reason)
        warnings.warn(
            f"`{name}` runs uncompiled from now on, because JAX cannot compile it. {reason}",
            CompilationFallbackWarning,
            stacklevel=3,
        )
        return self._fn(*args, **kwargs)


def _require_hashable(number: int, value: Any) -> None:
    try:
        hash(value)
    except TypeError:
        raise TypeError(
            f"Argument {number} is one of `static_argnums` and must be hashable, but is {value!r}."
        ) from None
