"""Functions of dtypes, in any spelling."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters.dtype_limits import (
    FloatInfo,
    IntegerInfo,
    float_info,
    integer_info,
)
from arraybackends.precision import DTYPE_NAMES, dtype_name

__all__ = ["DTYPES", "FUNCTIONS"]

DTYPES = {name: np.dtype(name) for name in DTYPE_NAMES}


def _dtype_of(x: Any) -> Any:
    """Return the dtype of an array, or that of any spelling."""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype
    return DTYPES[dtype_name(x)]


def finfo(type: Any, /) -> FloatInfo:
    return float_info(_dtype_of(type))


def iinfo(type: Any, /) -> IntegerInfo:
    return integer_info(_dtype_of(type))


def can_cast(from_: Any, to: Any, /) -> bool:
    return bool(np.can_cast(_dtype_of(from_), _dtype_of(to)))


def result_type(*arrays_and_dtypes: Any) -> Any:
    return np.result_type(
        *(
            x
            if isinstance(x, (np.ndarray, np.generic)) or type(x) in (bool, int, float, complex)
            else _dtype_of(x)
            for x in arrays_and_dtypes
        )
    )


FUNCTIONS: dict[str, Any] = {
    "can_cast": can_cast,
    "finfo": finfo,
    "iinfo": iinfo,
    "result_type": result_type,
}
