"""Element-wise functions of the standard."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import torch

from arraybackends.adapters.pytorch.dtypes import promoted, tensor_of
from arraybackends.adapters.pytorch.errors import checked, raise_as_ours, require_tensor

__all__ = ["FUNCTIONS", "where"]

Tensor = torch.Tensor

FUNCTIONS: dict[str, Callable[..., Any]] = {}


# Two arguments


def _operands(x1: Any, x2: Any) -> tuple[Any, ...]:
    """Return operands that promote as in the standard: 0-d arrays count in full (rows 7, 8)."""
    if isinstance(x1, Tensor):
        return promoted(x1, tensor_of(x2, x1))
    return promoted(tensor_of(x1, require_tensor(x2)), x2)


def _binary(name: str, native: Callable[[Any, Any], Tensor], *, scalars: bool = False) -> None:
    """Register a function of two arrays; `scalars` if PyTorch takes a Python scalar as `x2`."""
    direct = (float, int, complex, bool) if scalars else ()

    def function(x1: Any, x2: Any, /) -> Tensor:
        try:
            if type(x2) in direct and isinstance(x1, Tensor):
                return native(x1, x2)
            if x1.dtype is x2.dtype:
                return native(x1, x2)
        except AttributeError:
            pass  # a Python scalar has no dtype
        except (RuntimeError, TypeError) as error:
            raise_as_ours(error, name, (x1, x2))
        try:
            return native(*_operands(x1, x2))
        except (RuntimeError, TypeError) as error:
            raise_as_ours(error, name, (x1, x2))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = native.__doc__
    FUNCTIONS[name] = function


def _pow(x1: Any, x2: Any) -> Tensor:
    if isinstance(x2, Tensor) and not x2.is_floating_point() and not x2.is_complex():
        _refuse_negative_exponents(x1, x2)
    return torch.pow(x1, x2)


def _refuse_negative_exponents(x1: Any, x2: Tensor) -> None:
    """Refuse what PyTorch answers with 0 (row 29), where looking at the values is free of a copy."""
    if x2.device.type != "cpu" or torch.compiler.is_compiling():
        return
    try:
        negative = bool(torch.any(x2 < 0))
    except RuntimeError:
        return  # traced by `vmap`, where there are no values to look at
    if negative:
        raise ValueError(
            f"Argument `x2` must not be negative where both arguments are integers, but is {x2!r}. "
            "Convert `x1` to floating point first."
        )


for _name in ("add", "subtract", "multiply", "divide", "floor_divide", "remainder",
              "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift",
              "bitwise_right_shift", "greater", "greater_equal", "less", "less_equal"):  # fmt: skip
    _binary(_name, getattr(torch, _name), scalars=True)
for _name in ("atan2", "copysign", "hypot", "logaddexp", "logical_and", "logical_or",
              "logical_xor", "maximum", "minimum", "nextafter"):  # fmt: skip
    _binary(_name, getattr(torch, _name))
# PyTorch's own `equal` compares whole arrays (row 79).
_binary("equal", torch.eq, scalars=True)
_binary("not_equal", torch.ne, scalars=True)
_binary("pow", _pow, scalars=True)


# One argument


def imag(x: Tensor, /) -> Tensor:
    """Imaginary part; PyTorch has none for real arrays (row 113d)."""
    return torch.imag(x) if require_tensor(x).is_complex() else torch.zeros_like(x)


def round(x: Tensor, /) -> Tensor:
    """Round to the nearest even; PyTorch does not round complex numbers (row 113e)."""
    if require_tensor(x).is_complex():
        return torch.complex(torch.round(x.real), torch.round(x.imag))
    return torch.round(x)


def sign(x: Tensor, /) -> Tensor:
    """Sign, or z / abs(z); PyTorch gives 0 for NaN and no sign of a complex number (row 112)."""
    if require_tensor(x).is_complex():
        return torch.where(x == 0, x, x / torch.abs(x))
    if x.is_floating_point():
        return torch.where(torch.isnan(x), x, torch.sign(x))
    return torch.sign(x)


# Three arguments


@checked
def clip(x: Tensor, /, min: Any = None, max: Any = None) -> Tensor:
    """Clamp to an interval; bounds are cast to the dtype of `x`, and a NaN bound gives NaN."""
    require_tensor(x)
    if min is None and max is None:
        return x.clone()
    return torch.clamp(x, _bound(min, x), _bound(max, x))


def _bound(bound: Any, x: Tensor) -> Tensor | None:
    """Return a bound as a tensor: PyTorch clamps by a NaN tensor, but not by a NaN number."""
    if bound is None:
        return None
    if isinstance(bound, Tensor):
        return bound.to(x.dtype)
    if not x.is_floating_point():
        # A number beyond the range of an integer dtype would wrap.
        info = torch.iinfo(x.dtype)
        bound = builtins.min(builtins.max(math.floor(bound), info.min), info.max)
    return torch.full((), bound, dtype=x.dtype, device=x.device)


@checked
def where(condition: Tensor, x1: Any, x2: Any, /) -> Tensor:
    """Choose between two arrays, which promote as in the standard."""
    if not isinstance(x1, Tensor) and not isinstance(x2, Tensor):
        return torch.where(condition, x1, x2)
    return torch.where(condition, *_operands(x1, x2))


FUNCTIONS |= {
    function.__name__: function for function in (imag, round, sign, clip, where)
} | {
    "bitwise_invert": torch.bitwise_not,
    # The lazy conjugate of `torch.conj` cannot leave for NumPy or DLPack (row 103).
    "conj": torch.conj_physical,
}
