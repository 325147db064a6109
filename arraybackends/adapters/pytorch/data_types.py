"""Data type functions of the standard, with dtypes in any spelling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from arraybackends.adapters.pytorch.dtypes import DTYPES, native_dtype, real_dtype, result_type
from arraybackends.errors import DTypeError
from arraybackends.generic.inspection import KINDS

__all__ = ["FUNCTIONS"]


@dataclass(frozen=True, slots=True)
class FloatInfo:
    """Limits of a floating-point dtype; PyTorch's own names its dtype by a string (row 24)."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class IntegerInfo:
    """Limits of an integer dtype; PyTorch's own names its dtype by a string (row 24)."""

    bits: int
    max: int
    min: int
    dtype: torch.dtype


def _dtype_of(x: Any) -> torch.dtype:
    return x.dtype if isinstance(x, torch.Tensor) else native_dtype(x)


def finfo(type: Any, /) -> FloatInfo:
    """Limits of a floating-point dtype, or of the parts of a complex one."""
    dtype = real_dtype(_dtype_of(type))
    if not dtype.is_floating_point:
        raise DTypeError(f"Argument `type` must be a floating-point dtype, but is {type!r}.")
    info = torch.finfo(dtype)
    return FloatInfo(info.bits, info.eps, info.max, info.min, info.smallest_normal, dtype)


def iinfo(type: Any, /) -> IntegerInfo:
    """Limits of an integer dtype."""
    dtype = _dtype_of(type)
    if not isdtype(dtype, "integral"):
        raise DTypeError(f"Argument `type` must be an integer dtype, but is {type!r}.")
    info = torch.iinfo(dtype)
    return IntegerInfo(info.bits, info.max, info.min, dtype)


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is of a kind: a kind of the standard, a dtype, or a tuple of them."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    # Half precision comes from autocast, and is real floating although it cannot be asked for.
    native = dtype if isinstance(dtype, torch.dtype) else native_dtype(dtype)
    if isinstance(kind, str) and kind in KINDS:
        half = kind in ("real floating", "numeric") and native in (torch.float16, torch.bfloat16)
        return half or any(native == DTYPES.get(name) for name in KINDS[kind])
    try:
        return native == native_dtype(kind)
    except DTypeError as error:
        raise ValueError(
            f"Argument `kind` must be a dtype or one of {', '.join(KINDS)}, but is {kind!r}."
        ) from error


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether promotion of both dtypes gives the second."""
    source, target = _dtype_of(from_), native_dtype(to)
    return result_type(source, target) == target


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (finfo, iinfo, isdtype, can_cast, result_type)
}
