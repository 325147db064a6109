"""Functions of real arrays for which XLA's polynomials lose digits."""

from __future__ import annotations

from typing import Any

import jax
from jax import lax
from jax import numpy as jnp

__all__ = ["atanh", "log1p"]

_LOWEST = -0.29
"""Below 1 / sqrt(2) - 1 XLA's polynomial for log1p loses up to seven bits (jax-ml/jax#39707)."""


@jax.custom_jvp
def _log1p(x: Any) -> Any:
    return jnp.where(x > _LOWEST, lax.log1p(x), lax.log(1 + x))


@_log1p.defjvp
def _log1p_jvp(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    return _log1p(*primals), jax.jvp(lax.log1p, primals, tangents)[1]


@jax.custom_jvp
def _atanh(x: Any) -> Any:
    return 0.5 * (_log1p(x) - _log1p(-x))


@_atanh.defjvp
def _atanh_jvp(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    return _atanh(*primals), jax.jvp(lax.atanh, primals, tangents)[1]


atanh = jax.jit(_atanh)
log1p = jax.jit(_log1p)
