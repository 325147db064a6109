"""Signed zeros, infinities and NaN where JAX's element-wise functions miss the standard's values.

Ordinary values are JAX's own. Each function is compiled as one kernel, so that the selections cost
next to nothing, and carries its derivative: differentiating a selection would give NaN wherever the
branch not taken has no derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
from jax import lax
from jax import numpy as jnp

__all__ = ["COMPLEX", "floor_divide", "remainder", "sign"]


def _function(value: Callable[[Any], Any], derivative: Callable[[Any, Any], Any]) -> Any:
    """Make a compiled function from its value and its derivative, `(x, y) -> dy/dx`."""
    function = jax.custom_jvp(value)

    @function.defjvp
    def differentiate(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
        y = function(*primals)
        return y, derivative(primals[0], y) * tangents[0]

    return jax.jit(function)


def _parts(z: Any) -> tuple[Any, Any]:
    return jnp.real(z), jnp.imag(z)


def _times_i(z: Any) -> Any:
    a, b = _parts(z)
    return lax.complex(-b, a)


def _times_minus_i(z: Any) -> Any:
    a, b = _parts(z)
    return lax.complex(b, -a)


def _exp(z: Any) -> Any:
    a, b = _parts(z)
    u, v = _parts(lax.exp(z))
    lost = ~jnp.isfinite(b)
    u = jnp.where(lost & (a == -jnp.inf), 0, jnp.where(lost & (a == jnp.inf), jnp.inf, u))
    v = jnp.where(b == 0, b, jnp.where(lost & (a == -jnp.inf), jnp.copysign(0, b), v))
    return lax.complex(u, v)


def _expm1(z: Any) -> Any:
    a, b = _parts(z)
    u, v = _parts(lax.expm1(z))
    lost = ~jnp.isfinite(b)
    u = jnp.where(lost & (a == -jnp.inf), -1, jnp.where(lost & (a == jnp.inf), jnp.inf, u))
    u = jnp.where(b == 0, jnp.where(a == 0, 0, jnp.expm1(a)), u)
    v = jnp.where(b == 0, b, jnp.where(lost & (a == -jnp.inf), jnp.copysign(0, b), v))
    return lax.complex(u, v)


def _sinh(z: Any) -> Any:
    a, b = _parts(z)
    lost = ~jnp.isfinite(b) & ((a == 0) | jnp.isinf(a))
    u = jnp.where(lost | (b == 0), jnp.sinh(a), jnp.sinh(a) * jnp.cos(b))
    v = jnp.where(b == 0, b, jnp.cosh(a) * jnp.sin(b))
    return lax.complex(u, v)


def _cosh(z: Any) -> Any:
    a, b = _parts(z)
    lost = ~jnp.isfinite(b)
    u = jnp.where(lost & jnp.isinf(a), jnp.inf, jnp.cosh(a) * jnp.cos(b))
    v = jnp.where(
        b == 0, jnp.where(jnp.signbit(a) & ~jnp.isnan(a), -b, b), jnp.sinh(a) * jnp.sin(b)
    )
    return lax.complex(u, jnp.where(lost & (a == 0), 0, v))


def _tanh(z: Any) -> Any:
    a, b = _parts(z)
    u, v = _parts(lax.tanh(z))
    u = jnp.where(jnp.isinf(a), jnp.sign(a), jnp.where((a == 0) | (b == 0), jnp.tanh(a), u))
    # C has 0 sin(2b) at infinite a, the standard 0 with the sign of b.
    v = jnp.where(b == 0, b, jnp.where(jnp.isinf(a), jnp.copysign(0, b), v))
    return lax.complex(u, v)


def _sqrt(z: Any) -> Any:
    a, b = _parts(z)
    u, v = _parts(lax.sqrt(z))
    # JAX loses the side of the branch cut (row 110).
    v = jnp.where(jnp.isinf(b) | (jnp.isnan(b) & (a == -jnp.inf)), jnp.inf, v)
    u = jnp.where(jnp.isinf(b) | (jnp.isnan(b) & (a == jnp.inf)), jnp.inf, u)
    return lax.complex(u, jnp.copysign(v, b))


def _with_infinite_magnitude(native: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Logarithm whose real part is infinite if either part of the argument is."""

    def value(z: Any) -> Any:
        a, b = _parts(z)
        u, v = _parts(native(z))
        return lax.complex(jnp.where(jnp.isinf(a) | jnp.isinf(b), jnp.inf, u), v)

    return value


def _asinh(z: Any) -> Any:
    a, b = _parts(z)
    # In the first quadrant JAX is right; the function is odd and commutes with conjugation.
    u, v = _parts(lax.asinh(lax.complex(jnp.abs(a), jnp.abs(b))))
    missing = jnp.isnan(a) | jnp.isnan(b)
    u = jnp.where(jnp.isinf(a) | jnp.isinf(b), jnp.inf, jnp.where(missing, jnp.nan, u))
    v = jnp.where(jnp.isnan(a), jnp.where(b == 0, 0, jnp.nan), v)
    v = jnp.where(jnp.isnan(b), jnp.nan, v)
    return lax.complex(jnp.copysign(u, a), jnp.copysign(v, b))


def _acos(z: Any) -> Any:
    a, b = _parts(z)
    u, v = _parts(lax.acos(z))
    missing = jnp.isnan(a) | jnp.isnan(b)
    u = jnp.where(missing, jnp.where(a == 0, math.pi / 2, jnp.nan), u)
    v = jnp.where(missing, jnp.where(jnp.isinf(a) | jnp.isinf(b), jnp.inf, jnp.nan), v)
    return lax.complex(u, -jnp.copysign(v, b))


def _acosh(z: Any) -> Any:
    u, v = _parts(_acos(z))
    return lax.complex(jnp.abs(v), jnp.copysign(u, jnp.imag(z)))


def _atanh(z: Any) -> Any:
    a, b = _parts(z)
    u, v = _parts(lax.atanh(lax.complex(jnp.abs(a), jnp.abs(b))))
    u = jnp.where(jnp.isinf(a) | jnp.isinf(b) | (a == 0), 0, jnp.where(jnp.isnan(b), jnp.nan, u))
    far = jnp.isinf(b) | (jnp.isinf(a) & ~jnp.isnan(b))
    v = jnp.where(far, math.pi / 2, jnp.where(jnp.isnan(a) | jnp.isnan(b), jnp.nan, v))
    return lax.complex(jnp.copysign(u, a), jnp.copysign(v, b))


def _sign(z: Any) -> Any:
    missing = jnp.isnan(z)
    unit = jnp.where(z == 0, 0, jnp.sign(z))
    return jnp.where(missing, lax.complex(jnp.nan, jnp.nan).astype(z.dtype), unit)


_sqrt_function = _function(_sqrt, lambda _, y: 0.5 / y)
_exp_function = _function(_exp, lambda _, y: y)
_sinh_function = _function(_sinh, lambda z, _: _cosh_function(z))
_cosh_function: Any = _function(_cosh, lambda z, _: _sinh_function(z))


def _log(native: Callable[[Any], Any], base: float) -> Any:
    return _function(_with_infinite_magnitude(native), lambda z, _: 1 / (z * math.log(base)))


def _root(z: Any, shift: float) -> Any:
    """Root of (z + shift) on the side of the branch cut on which z is."""
    a, b = _parts(z)
    return _sqrt_function(lax.complex(a + shift, b))


def _asinh_slope(z: Any) -> Any:
    return 1 / (_root(_times_i(z), 1.0) * _root(_times_minus_i(z), 1.0))


def _asin_slope(z: Any) -> Any:
    return 1 / (_root(z, 1.0) * _root(lax.complex(*(-part for part in _parts(z))), 1.0))


@jax.custom_jvp
def _magnitude(z: Any) -> Any:
    a, b = _parts(z)
    return jnp.where(jnp.isinf(a) | jnp.isinf(b), jnp.inf, lax.abs(z))


@_magnitude.defjvp
def _magnitude_jvp(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    return _magnitude(*primals), jax.jvp(lax.abs, primals, tangents)[1]


def _sign_jvp(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    # JAX has 0; along z the sign does not change, across it turns by 1 / abs(z).
    (z,), (tangent,) = primals, tangents
    unit = _complex_sign(z)
    across = tangent - unit * jnp.real(jnp.conj(unit) * tangent)
    return unit, jnp.where(z == 0, 0, across / jnp.where(z == 0, 1, lax.abs(z)))


_complex_sign = jax.custom_jvp(_sign)
_complex_sign.defjvp(_sign_jvp)

COMPLEX: dict[str, Callable[[Any], Any]] = {
    "abs": jax.jit(_magnitude),
    "acos": _function(_acos, lambda z, _: -_asin_slope(z)),
    "acosh": _function(_acosh, lambda z, _: 1 / (_root(z, 1.0) * _root(z, -1.0))),
    "asin": _function(
        lambda z: _times_minus_i(_asinh(_times_i(z))), lambda z, _: _asin_slope(z)
    ),
    "asinh": _function(_asinh, lambda z, _: _asinh_slope(z)),
    "atan": _function(
        lambda z: _times_minus_i(_atanh(_times_i(z))), lambda z, _: 1 / (1 + z * z)
    ),
    "atanh": _function(_atanh, lambda z, _: 1 / (1 - z * z)),
    "cos": _function(
        lambda z: _cosh(_times_i(z)), lambda z, _: -_times_minus_i(_sinh_function(_times_i(z)))
    ),
    "cosh": _cosh_function,
    "exp": _exp_function,
    "expm1": _function(_expm1, lambda z, _: _exp_function(z)),
    "log": _log(lax.log, math.e),
    "log10": _log(jnp.log10, 10.0),
    "log1p": _function(_with_infinite_magnitude(lax.log1p), lambda z, _: 1 / (1 + z)),
    "log2": _log(jnp.log2, 2.0),
    "sign": jax.jit(_complex_sign),
    "sin": _function(
        lambda z: _times_minus_i(_sinh(_times_i(z))), lambda z, _: _cosh_function(_times_i(z))
    ),
    "sinh": _sinh_function,
    "sqrt": _sqrt_function,
    "tan": _function(
        lambda z: _times_minus_i(_tanh(_times_i(z))), lambda _, y: 1 + y * y
    ),
    "tanh": _function(_tanh, lambda _, y: 1 - y * y),
}  # fmt: skip
"""Functions of complex arrays."""


@jax.jit
def sign(x: Any) -> Any:
    # JAX keeps the sign of zero.
    return jnp.where(x == 0, 0, jnp.sign(x)).astype(x.dtype)


@jax.jit
def floor_divide(x1: Any, x2: Any) -> Any:
    quotient = jnp.floor_divide(x1, x2)
    if quotient.dtype.kind != "f":
        return quotient
    # JAX follows Python, which gives NaN or -1 where the standard has floor(x1 / x2).
    exact = jnp.floor(jnp.divide(x1, x2))
    special = (x1 == 0) | (x2 == 0) | jnp.isinf(x1) | jnp.isinf(x2)
    zero = jnp.where(jnp.signbit(x1) == jnp.signbit(x2), 0.0, -0.0)
    ordinary = jnp.where(quotient == 0, zero, quotient)
    return lax.stop_gradient(jnp.where(special, exact, ordinary).astype(quotient.dtype))


@jax.custom_jvp
def _remainder(x1: Any, x2: Any) -> Any:
    rest = jnp.remainder(x1, x2)
    # A zero has the sign of the divisor.
    return jnp.copysign(rest, x2).astype(rest.dtype) if rest.dtype.kind == "f" else rest


@_remainder.defjvp
def _remainder_jvp(primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[Any, Any]:
    return _remainder(*primals), jax.jvp(jnp.remainder, primals, tangents)[1]


remainder = jax.jit(_remainder)
