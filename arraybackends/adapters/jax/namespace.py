"""Where the names of the standard come from."""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np

from arraybackends.adapters.dtype_limits import (
    FloatInfo,
    IntegerInfo,
    float_info,
    integer_info,
)
from arraybackends.adapters.jax import elementwise, fft, linalg, manipulation
from arraybackends.adapters.jax.dtypes import DTYPES
from arraybackends.adapters.jax.errors import is_array
from arraybackends.precision import dtype_name

__all__ = ["DTYPES", "FFT_SOURCES", "LINALG_SOURCES", "NATIVE", "SOURCES"]

NATIVE = jax


def _dtype_of(x: Any) -> Any:
    return DTYPES[dtype_name(x.dtype if is_array(x) else x)]


def finfo(type: Any, /) -> FloatInfo:
    return float_info(_dtype_of(type))


def iinfo(type: Any, /) -> IntegerInfo:
    return integer_info(_dtype_of(type))


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
