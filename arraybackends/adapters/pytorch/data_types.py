"""Data type functions of the standard, with dtypes in any spelling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from arraybackends.adapters.dtype_limits import FloatInfo, IntegerInfo
from arraybackends.adapters.pytorch.dtypes import native_dtype, real_dtype, result_type
from arraybackends.errors import DTypeError

__all__ = ["FUNCTIONS"]


def _dtype_of(x: Any) -> torch.dtype:
    return x.dtype if isinstance(x, torch.Tensor) else native_dtype(x)


def finfo(type: Any, /) -> FloatInfo:
    """Limits of a floating-point dtype, or of the parts of a complex one (row 24)."""
    dtype = real_dtype(_dtype_of(type))
    if not dtype.is_floating_point:
        raise DTypeError(f"Argument `type` must be a floating-point dtype, but is {type!r}.")
    info = torch.finfo(dtype)
    return FloatInfo(info.bits, info.eps, info.max, info.min, info.smallest_normal, dtype)


def iinfo(type: Any, /) -> IntegerInfo:
    """Limits of an integer dtype."""
    dtype = _dtype_of(type)
    if dtype.is_floating_point or dtype.is_complex or dtype is torch.bool:
        raise DTypeError(f"Argument `type` must be an integer dtype, but is {type!r}.")
    info = torch.iinfo(dtype)
    return IntegerInfo(info.bits, info.max, info.min, dtype)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether promotion of both dtypes gives the second."""
    source, target = _dtype_of(from_), native_dtype(to)
    return result_type(source, target) == target


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (finfo, iinfo, can_cast, result_type)
}
