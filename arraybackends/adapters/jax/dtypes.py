"""The dtypes of JAX, and the refusal to narrow one in silence."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from arraybackends.errors import DTypeError
from arraybackends.precision import DTYPE_NAMES, dtype_name

__all__ = ["DTYPES", "default_integer", "kind_of", "native_dtype", "require_width"]

DTYPES = {name: np.dtype(name) for name in DTYPE_NAMES}
_WIDE = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}


def require_width(name: str) -> None:
    """Refuse a 64-bit dtype while x64 is off: JAX would narrow it (rows 4, 101)."""
    if name in _WIDE and not jax.config.jax_enable_x64:
        raise DTypeError(
            f"JAX would narrow {name} to {_WIDE[name]}, because its x64 mode is off. Ask for "
            f'{_WIDE[name]}, or select the backend with `precision="double"`, which turns it on.'
        )


def native_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the native dtype for any spelling, or refuse it."""
    name = dtype_name(dtype)
    require_width(name)
    return DTYPES[name]


def default_integer() -> np.dtype[Any]:
    """Return int64, or int32 while x64 is off."""
    return DTYPES["int64" if jax.config.jax_enable_x64 else "int32"]


def kind_of(x: Any) -> str:
    """Return the kind of an array's dtype: `b`, `i`, `u`, `f` or `c`."""
    return np.dtype(x.dtype).kind
