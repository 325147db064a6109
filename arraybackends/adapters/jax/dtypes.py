"""The dtypes of JAX, and the refusal to narrow one in silence."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from arraybackends.errors import DTypeError
from arraybackends.precision import DTYPE_NAMES, dtype_name

__all__ = ["DTYPES", "default_integer", "is_available", "kind_of", "native_dtype"]

_config: Any = jax.config  # its members are made at run time

DTYPES = {name: np.dtype(name) for name in DTYPE_NAMES}
_WIDE = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}


def is_available(name: str) -> bool:
    """Whether JAX has a dtype now: while x64 is off it narrows those of 64 bits."""
    return name not in _WIDE or _config.jax_enable_x64


def native_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the native dtype for any spelling, or refuse it rather than narrow (rows 4, 101)."""
    name = dtype_name(dtype)
    if not is_available(name):
        raise DTypeError(
            f"JAX would narrow {name} to {_WIDE[name]}, because its x64 mode is off. Ask for "
            f'{_WIDE[name]}, or select the backend with `precision="double"`, which turns it on.'
        )
    return DTYPES[name]


def default_integer() -> np.dtype[Any]:
    """Return int64, or int32 while x64 is off."""
    return DTYPES["int64" if _config.jax_enable_x64 else "int32"]


def kind_of(x: Any) -> str:
    """Return the kind of an array's dtype: `b`, `i`, `u`, `f` or `c`."""
    kind: str = x.dtype.kind
    return kind
