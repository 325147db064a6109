"""Where the names of the standard come from."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import numpy as np

from arraybackends.adapters.jax import elementwise, fft, linalg, manipulation
from arraybackends.adapters.jax.dtypes import DTYPES
from arraybackends.adapters.jax.errors import is_array
from arraybackends.precision import dtype_name

__all__ = ["DTYPES", "FFT_SOURCES", "LINALG_SOURCES", "NATIVE", "SOURCES"]

NATIVE = jax


class FloatLimits(NamedTuple):
    """Limits of a floating-point dtype as Python floats (row 24)."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: Any


class IntegerLimits(NamedTuple):
    """Limits of an integer dtype."""

    bits: int
    max: int
    min: int
    dtype: Any


def _dtype_of(x: Any) -> Any:
    return DTYPES[dtype_name(x.dtype if is_array(x) else x)]


def finfo(type: Any, /) -> FloatLimits:
    limits = np.finfo(_dtype_of(type))
    return FloatLimits(
        bits=limits.bits,
        eps=float(limits.eps),
        max=float(limits.max),
        min=float(limits.min),
        smallest_normal=float(limits.smallest_normal),
        dtype=limits.dtype,
    )


def iinfo(type: Any, /) -> IntegerLimits:
    limits = np.iinfo(_dtype_of(type))
    return IntegerLimits(
        bits=limits.bits, max=int(limits.max), min=int(limits.min), dtype=limits.dtype
    )


def result_type(*arrays_and_dtypes: Any) -> Any:
    # By NumPy, whose rules are the same within a kind: JAX narrows the arguments without x64.
    return np.result_type(
        *(
            x if isinstance(x, (bool, int, float, complex)) else _dtype_of(x)
            for x in arrays_and_dtypes
        )
    )


def can_cast(from_: Any, to: Any, /) -> bool:
    return bool(np.can_cast(_dtype_of(from_), _dtype_of(to)))


_CONSTANTS = {"e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "pi": math.pi}
_DTYPE_FUNCTIONS = {f.__name__: f for f in (finfo, iinfo, result_type, can_cast)}

SOURCES = (
    _CONSTANTS
    | _DTYPE_FUNCTIONS
    | elementwise.FUNCTIONS
    | manipulation.FUNCTIONS
    | linalg.FUNCTIONS,
)
LINALG_SOURCES = (linalg.EXTENSION,)
FFT_SOURCES = (fft.EXTENSION,)
