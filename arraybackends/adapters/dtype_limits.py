"""Machine limits of dtypes, as Python numbers: of NumPy's, for the libraries that share them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from arraybackends.errors import DTypeError

__all__ = ["FloatInfo", "IntegerInfo", "float_info", "integer_info"]


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


def float_info(dtype: np.dtype[Any], /) -> FloatInfo:
    """Limits of a floating-point dtype; of a complex one, those of its components."""
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


def integer_info(dtype: np.dtype[Any], /) -> IntegerInfo:
    """Limits of an integer dtype."""
    if dtype.kind not in "iu":
        raise DTypeError(f"Argument `type` must be an integer dtype, but is {dtype}.")
    info = np.iinfo(dtype)
    return IntegerInfo(info.bits, info.max, info.min, info.dtype)
