"""Functions of dtypes, in any spelling."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from arraybackends.errors import DTypeError
from arraybackends.precision import DTYPE_NAMES, dtype_name

__all__ = ["DTYPES", "FUNCTIONS", "FloatInfo", "IntegerInfo"]

DTYPES = {name: np.dtype(name) for name in DTYPE_NAMES}


class FloatInfo(NamedTuple):
    """Machine limits of a floating-point dtype, as Python floats."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: Any


class IntegerInfo(NamedTuple):
    """Machine limits of an integer dtype."""

    bits: int
    max: int
    min: int
    dtype: Any


def _dtype_of(x: Any) -> Any:
    """Return the dtype of an array, or that of any spelling."""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype
    return DTYPES[dtype_name(x)]


def finfo(type: Any, /) -> FloatInfo:
    dtype = _dtype_of(type)
    if dtype.kind not in "fc":
        raise DTypeError(f"Argument `type` must be a floating-point dtype, but is {dtype}.")
    info = np.finfo(dtype)
    return FloatInfo(
        info.bits,
        float(info.eps),
        float(info.max),
        float(info.min),
        float(info.smallest_normal),
        info.dtype,
    )


def iinfo(type: Any, /) -> IntegerInfo:
    dtype = _dtype_of(type)
    if dtype.kind not in "iu":
        raise DTypeError(f"Argument `type` must be an integer dtype, but is {dtype}.")
    info = np.iinfo(dtype)
    return IntegerInfo(info.bits, info.max, info.min, info.dtype)


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
