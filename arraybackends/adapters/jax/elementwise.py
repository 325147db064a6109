"""Element-wise functions of the standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax import lax
from jax import numpy as jnp

from arraybackends.adapters.jax import accuracy, special_values
from arraybackends.adapters.jax.errors import (
    ArrayImpl,
    array_operand,
    is_array,
    operand,
    raise_as_ours,
    require_broadcastable,
    require_floating_point,
    standard,
)

__all__ = ["FUNCTIONS"]

FUNCTIONS: dict[str, Any] = {}

_UNARY = (
    "abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag "
    "isfinite isinf isnan log log10 log1p log2 logical_not negative positive real reciprocal round "
    "sign signbit sin sinh sqrt square tan tanh trunc"
).split()

_BINARY = (
    "add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign "
    "divide equal floor_divide greater greater_equal hypot less less_equal logaddexp logical_and "
    "logical_or logical_xor maximum minimum multiply nextafter not_equal pow remainder subtract"
).split()


_FLOATING_POINT = frozenset(
    "acos acosh asin asinh atan atan2 atanh copysign cos cosh divide exp expm1 hypot log log10 "
    "log1p log2 logaddexp nextafter reciprocal signbit sin sinh sqrt tan tanh".split()
)


def _named(name: str, function: Callable[..., Any], native: Any) -> None:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = native.__doc__
    FUNCTIONS[name] = function


def _unary(name: str, native: Callable[[Any], Any]) -> None:
    of_complex = special_values.COMPLEX.get(name, native)
    needs_floating_point = name in _FLOATING_POINT

    def function(x: Any, /) -> Any:
        if type(x) is not ArrayImpl:
            array_operand(x)
        kind = x.dtype.kind
        if kind not in "fc" and needs_floating_point:
            require_floating_point(name, x)
        try:
            return of_complex(x) if kind == "c" else native(x)
        except TypeError as error:
            raise_as_ours(error, name, (x,), {})

    _named(name, function, native)


def _binary(name: str, native: Callable[[Any, Any], Any]) -> None:
    needs_floating_point = name in _FLOATING_POINT

    def function(x1: Any, x2: Any, /) -> Any:
        if type(x1) is not ArrayImpl or type(x2) is not ArrayImpl:
            x1, x2 = operand(x1), operand(x2)
            if not is_array(x1) and not is_array(x2):
                raise TypeError(
                    f"Arguments `x1` and `x2` must hold an array, but are {x1!r} and {x2!r}."
                )
        if needs_floating_point:
            require_floating_point(name, x1, x2)
        try:
            return native(x1, x2)
        except (TypeError, ValueError) as error:
            require_broadcastable(x1, x2)
            raise_as_ours(error, name, (x1, x2), {})

    _named(name, function, native)


def _pow(x1: Any, x2: Any) -> Any:
    dtype = jnp.result_type(x1, x2)
    if dtype.kind in "iu":
        # JAX gives the lowest integer for an array of exponents below 0 (row 29).
        negative = jnp.less(x2, 0) if is_array(x2) else x2 < 0
        if not isinstance(negative, jax.core.Tracer) and jnp.any(negative):
            raise ValueError(
                "Argument `x2` must not be negative where both arguments are integers, but is "
                f"{x2!r}. Convert `x1` to floating point first."
            )
        # JAX gives the dtype of the base.
        return jnp.pow(jnp.asarray(x1, dtype=dtype), jnp.asarray(x2, dtype=dtype))
    return jnp.pow(x1, x2)


def _clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    if min is not None:
        x = FUNCTIONS["maximum"](
            x, lax.convert_element_type(min, x.dtype) if is_array(min) else min
        )
    if max is not None:
        x = FUNCTIONS["minimum"](
            x, lax.convert_element_type(max, x.dtype) if is_array(max) else max
        )
    return x


_FIXED: dict[str, Any] = {
    "atanh": accuracy.atanh,
    "floor_divide": special_values.floor_divide,
    "log1p": accuracy.log1p,
    "pow": _pow,
    "remainder": special_values.remainder,
    "sign": special_values.sign,
}

for _name in _UNARY:
    _unary(_name, _FIXED.get(_name, getattr(jnp, _name)))
for _name in _BINARY:
    _binary(_name, _FIXED.get(_name, getattr(jnp, _name)))
FUNCTIONS["clip"] = standard(_clip)
