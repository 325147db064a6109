"""Vectorisation and compilation by JAX."""

from __future__ import annotations

import contextlib
import functools
import warnings
import weakref
from collections.abc import Callable
from typing import Any, Literal

import jax
from jax import lax
from jax import numpy as jnp

from arraybackends.adapters.jax.errors import UNTRACEABLE, is_array, raise_as_ours
from arraybackends.errors import CompilationError, CompilationFallbackWarning
from arraybackends.generic.containers import broadcast_prefix, flatten, unflatten
from arraybackends.generic.vectorisation import check_options, steered_by_values
from arraybackends.protocol import JitStatus

__all__ = ["JitFunction", "fused", "of_user", "raised_inside", "vmap"]


def of_user(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function, so that its own exceptions can be told from those of JAX."""

    @functools.wraps(fn, updated=())
    def marked(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    return marked


_MARK = of_user(of_user).__code__


def raised_inside(error: BaseException) -> bool:
    """Whether an exception came out of a function marked by `of_user`."""
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code is _MARK:
            return True
        traceback = traceback.tb_next
    return False


@functools.cache
def fused(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `fn(xp, static, *arrays)` whole: step by step JAX compiles each for each shape."""
    compiled: Callable[..., Any] = jax.jit(fn, static_argnums=(0, 1))
    return compiled


# Vectorisation


def vmap(
    fn: Callable[..., Any], in_axes: Any, out_axes: Any, chunk_size: int | None, randomness: str
) -> Callable[..., Any]:
    """`jax.vmap`, on chunks if asked; JAX's random functions take keys, so `randomness` is moot."""
    check_options(chunk_size, randomness)
    in_axes = tuple(in_axes) if isinstance(in_axes, list) else in_axes
    mapped = jax.vmap(of_user(fn), in_axes=in_axes, out_axes=out_axes)

    @functools.wraps(fn, updated=())
    def vectorised(*args: Any) -> Any:
        try:
            if chunk_size is None:
                return mapped(*args)
            return _by_chunks(mapped, args, in_axes, out_axes, chunk_size)
        except (TypeError, ValueError, *UNTRACEABLE) as error:
            is_outermost = not any(isinstance(x, jax.core.Tracer) for x in jax.tree.leaves(args))
            if is_outermost and isinstance(error, UNTRACEABLE):
                raise steered_by_values(fn) from error
            if raised_inside(error) or isinstance(error, UNTRACEABLE):
                raise
            raise_as_ours(error, "vmap", (fn,), {"in_axes": in_axes, "out_axes": out_axes})

    return vectorised


def _by_chunks(
    mapped: Callable[..., Any], args: Any, in_axes: Any, out_axes: Any, chunk_size: int
) -> Any:
    leaves, structure = flatten(args)
    axes = broadcast_prefix(in_axes, args, name="in_axes")
    sizes = {leaf.shape[axis] for leaf, axis in zip(leaves, axes, strict=True) if axis is not None}
    if len(sizes) != 1 or max(sizes) <= chunk_size:
        return mapped(*args)
    size = sizes.pop()
    results = []
    for start in range(0, size, chunk_size):
        stop = min(start + chunk_size, size)
        parts = [
            leaf if axis is None else lax.slice_in_dim(leaf, start, stop, axis=axis)
            for leaf, axis in zip(leaves, axes, strict=True)
        ]
        results.append(mapped(*unflatten(structure, parts)))
    columns = zip(*(flatten(result)[0] for result in results), strict=True)
    positions = broadcast_prefix(out_axes, results[0], name="out_axes")
    joined = [
        column[0] if axis is None else jnp.concat(column, axis=axis)
        for column, axis in zip(columns, positions, strict=True)
    ]
    return unflatten(flatten(results[0])[1], joined)


# Compilation


_REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (
        jax.errors.TracerBoolConversionError,
        (
            "A Python `if`, `while`, `and` or `or` depends on values. Use `xp.cond`, `xp.where` or "
            "`xp.while_loop`, or `static_argnums` for a constant."
        ),
    ),
    (
        jax.errors.TracerArrayConversionError,
        "An array was given to NumPy or converted with `xp.to_numpy`. Use functions of `xp`.",
    ),
    (
        jax.errors.TracerIntegerConversionError,
        "An array was used as a Python integer. Name that argument in `static_argnums`.",
    ),
    (
        jax.errors.NonConcreteBooleanIndexError,
        "A boolean mask makes an array of unknown shape. Use `xp.where`.",
    ),
    (
        jax.errors.ConcretizationTypeError,
        (
            "A Python number was made of an array, or a shape depends on values. Use functions of "
            "`xp`, or `static_argnums` for a constant."
        ),
    ),
)


def _reason(error: Exception) -> str:
    first = str(error).strip().split("\n")[0].rstrip(".:")
    remedy = next((text for kind, text in _REMEDIES if isinstance(error, kind)), "")
    return f"{type(error).__name__}: {first}. {remedy}".rstrip()


class JitFunction:
    """
    A function compiled by JAX, or run eagerly once JAX has failed to compile it.

    Parameters
    ----------
    xp : ArrayBackend
    fn : callable
    static_argnums : tuple of int
    fallback : {"warn", "raise"}
    """

    def __init__(
        self,
        xp: Any,
        fn: Callable[..., Any],
        static_argnums: tuple[int, ...],
        fallback: Literal["warn", "raise"],
    ) -> None:
        functools.update_wrapper(self, fn, updated=())
        self._xp = xp
        self._fn = fn
        self._static_argnums = static_argnums
        self._fallback: Literal["warn", "raise"] = fallback
        self._compiled = jax.jit(self._traced, static_argnums=static_argnums)
        self._status = JitStatus("pending")
        self._compilations = 0
        self._bound: weakref.WeakKeyDictionary[Any, JitFunction] = weakref.WeakKeyDictionary()

    @property
    def status(self) -> JitStatus:
        return self._status

    @property
    def compilations(self) -> int:
        return self._compilations

    def __get__(self, instance: Any, owner: type | None = None) -> JitFunction:
        """Bind like a function, so that methods can be decorated."""
        if instance is None:
            return self
        if instance not in self._bound:
            method = functools.wraps(self._fn)(functools.partial(self._fn, weakref.proxy(instance)))
            self._bound[instance] = JitFunction(
                self._xp, method, self._static_argnums, self._fallback
            )
        return self._bound[instance]

    def _traced(self, *args: Any, **kwargs: Any) -> Any:
        self._compilations += 1
        args, kwargs = jax.tree.map(self._of_default_width, (args, kwargs))
        output = of_user(self._fn)(*args, **kwargs)
        return jax.tree.map(self._strong, output)

    def _of_default_width(self, leaf: Any) -> Any:
        """Narrow what was a Python number: with x64 on, JAX traces it at 64 bits."""
        is_number = is_array(leaf) and leaf.weak_type and leaf.dtype.kind in "fc"
        if not is_number or self._xp.precision == "double":
            return leaf
        is_real = leaf.dtype.kind == "f"
        return self._xp.astype(
            leaf, self._xp._default_real if is_real else self._xp._default_complex
        )

    def _strong(self, leaf: Any) -> Any:
        """Array of a definite dtype, also from a Python number (row 6)."""
        if is_array(leaf):
            return self._xp.astype(leaf, leaf.dtype, copy=False)
        return self._xp.asarray(leaf) if isinstance(leaf, (bool, int, float, complex)) else leaf

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._status.state == "fallback":
            return self._fn(*args, **kwargs)
        for number in self._static_argnums:
            if -len(args) <= number < len(args):
                _require_hashable(number, args[number])
        try:
            # Where arguments are on no device of their own, the backend's is the right one.
            place = self._xp._placement(None)
            with jax.default_device(place) if place is not None else contextlib.nullcontext():
                result = self._compiled(*args, **kwargs)
        except (TypeError, jax.errors.JaxRuntimeError, *UNTRACEABLE) as error:
            if not self._is_failure_to_compile(error):
                raise
            return self._fall_back(error, args, kwargs)
        if self._status.state == "pending":
            self._status = JitStatus("compiled")
        return result

    def _is_failure_to_compile(self, error: Exception) -> bool:
        if isinstance(error, UNTRACEABLE):
            return True
        if raised_inside(error):
            return False
        # A TypeError of JAX's own is about arguments or results that are no arrays.
        is_first = self._status.state == "pending"
        return isinstance(error, TypeError) or (
            is_first and isinstance(error, jax.errors.JaxRuntimeError)
        )

    def _fall_back(self, error: Exception, args: Any, kwargs: Any) -> Any:
        reason = _reason(error)
        name = getattr(self._fn, "__name__", type(self._fn).__name__)
        leaves = jax.tree.leaves((args, kwargs))
        if any(isinstance(x, jax.core.Tracer) for x in leaves):
            # Inside another transformation the function would meet the same obstacle uncompiled.
            raise error
        if self._fallback == "raise":
            raise CompilationError(f"JAX cannot compile `{name}`. {reason}") from error
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
            f"Argument {number} is named in `static_argnums` and must be hashable, but is "
            f"{value!r}."
        ) from None
