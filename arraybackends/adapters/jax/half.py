"""Pairs of float16."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from arraybackends.generic.half import check_operands, check_packed

__all__ = ["pack", "unpack"]


def pack(xp: Any, x: jax.Array, out: Any, /) -> jax.Array:
    """Round both parts of complex64 numbers to float16, in a new array."""
    check_operands(xp, x, out)
    packed: jax.Array = _pack(x)
    return packed


def unpack(xp: Any, x: jax.Array, /) -> jax.Array:
    """Return the numbers again."""
    check_packed(xp, x)
    numbers: jax.Array = _unpack(x)
    return numbers


@jax.jit
def _pack(x: jax.Array) -> jax.Array:
    halves = jnp.stack([x.real, x.imag], axis=-1).astype(jnp.float16)
    return jax.lax.bitcast_convert_type(halves, jnp.int32)


@jax.jit
def _unpack(x: jax.Array) -> jax.Array:
    parts = jax.lax.bitcast_convert_type(x, jnp.float16).astype(jnp.float32)
    return jax.lax.complex(parts[..., 0], parts[..., 1])
