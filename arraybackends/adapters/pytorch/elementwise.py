"""Element-wise functions of the standard."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import torch

from arraybackends.adapters.operands import require_array
from arraybackends.adapters.pytorch import special_values
from arraybackends.adapters.pytorch.dtypes import operands, tensor_of
from arraybackends.adapters.pytorch.errors import checked, raise_as_ours, require_tensor
from arraybackends.adapters.pytorch.tracing import is_traced
from arraybackends.errors import DTypeError

__all__ = ["FUNCTIONS", "where"]

Tensor = torch.Tensor

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def _register(name: str, function: Callable[..., Any], native: Any) -> None:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = native.__doc__
    FUNCTIONS[name] = function


# Two arguments


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
            raise_as_ours(error, name, (x1, x2), {})
        try:
            return native(*operands(x1, x2))
        except (RuntimeError, TypeError) as error:
            raise_as_ours(error, name, (x1, x2), {})

    _register(name, function, native)


def _of_floating_point(name: str) -> Callable[[Any, Any], Tensor]:
    """Refuse integers, of which PyTorch makes float32 (rows 11, 12)."""
    native = getattr(torch, name)

    def function(x1: Any, x2: Any) -> Tensor:
        if not (x1.is_floating_point() or x1.is_complex()):
            raise _no_floating_point(name, x1)
        return native(x1, x2)  # type: ignore[no-any-return]

    function.__doc__ = native.__doc__
    return function


def _pow(x1: Any, x2: Any) -> Tensor:
    if isinstance(x2, Tensor):
        integers = not (x2.is_floating_point() or x2.is_complex())
        negative = integers and known_to_hold_any(x2 < 0)
    else:
        integers = isinstance(x2, int) and not (x1.is_floating_point() or x1.is_complex())
        negative = integers and x2 < 0
    if negative:
        # PyTorch answers with 0 (row 29).
        raise ValueError(
            "Argument `x2` must not be negative where both arguments are integers, but is "
            f"{x2!r}. Convert `x1` to floating point first."
        )
    return torch.pow(x1, x2)


def _floor_divide(x1: Any, x2: Any) -> Tensor:
    """Divide and round down; PyTorch gives NaN or -1 where one is infinite, and no derivative."""
    x1, x2 = (x.detach() if isinstance(x, Tensor) else x for x in (x1, x2))
    quotient = torch.floor_divide(x1, x2)
    if not quotient.is_floating_point():
        return quotient
    difference = x1 - x2
    if special_values.known_finite(difference):
        return quotient
    # Where the difference of finite numbers overflows, their quotient is as good.
    return torch.where(torch.isfinite(difference), quotient, torch.floor(x1 / x2))


def _remainder(x1: Any, x2: Any) -> Tensor:
    """
    Remainder with the sign of `x2`.

    PyTorch gives a zero the sign of `x1` (row 113a), and NaN where `x1 / x2` overflows.
    """
    remainder = torch.remainder(x1, x2)
    if not x1.is_floating_point():
        return remainder
    lost = torch.isnan(remainder)
    if known_to_hold_any(lost):
        remainder = torch.where(lost, _long_remainder(x1, tensor_of(x2, x1)), remainder)
    _give_sign(remainder, x2)
    return remainder


def _long_remainder(x1: Tensor, x2: Tensor) -> Tensor:
    """Remainder by way of multiples of `x2`, so that no quotient overflows; exact at each step."""
    factor = 2.0**1000 if x1.dtype is torch.float64 else 2.0**120
    for divisor in (x2 * factor * factor, x2 * factor):
        x1 = torch.fmod(x1, divisor)
    return torch.remainder(x1, x2)


def _give_sign(x: Tensor, sign: Any) -> None:
    """Set the signs of zeros, through an alias that leaves the derivative of `x` alone."""
    x.detach().copysign_(sign.detach() if isinstance(sign, Tensor) else sign)


def known_to_hold_any(mask: Tensor) -> bool:
    """Whether any element holds; no, where looking would take a transfer or is impossible."""
    if mask.device.type != "cpu" or torch._C._are_functorch_transforms_active():
        return False
    return not is_traced() and bool(torch.any(mask))


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
        return torch.sgn(x)
    if x.is_floating_point():
        return torch.where(torch.isnan(x), x, torch.sign(x))
    return torch.sign(x)


def _conjugate(x: Tensor) -> Tensor:
    """The lazy conjugate cannot leave for NumPy (row 103); `conj_physical` is slow in `vmap`."""
    return torch.conj(x).resolve_conj()


def _unary(name: str, native: Callable[[Tensor], Tensor]) -> None:
    def function(x: Tensor, /) -> Tensor:
        try:
            return native(x)
        except (RuntimeError, TypeError) as error:
            raise_as_ours(error, name, (x,), {})

    _register(name, function, native)


def _transcendental(name: str) -> None:
    """Register a function of floating-point arrays, of which PyTorch makes any integers float32."""
    native = getattr(torch, name)
    on_complex = getattr(special_values, name, native)

    def function(x: Tensor, /) -> Tensor:
        if require_tensor(x).is_floating_point():
            return native(x)  # type: ignore[no-any-return]
        if x.is_complex():
            return on_complex(x)  # type: ignore[no-any-return]
        raise _no_floating_point(name, x)

    _register(name, function, native)


def _no_floating_point(name: str, x: Tensor) -> DTypeError:
    return DTypeError(
        f"Arguments of `{name}` must be floating-point arrays, but have {x.dtype}. Convert them "
        "with `xp.astype`."
    )


# Three arguments


@checked
def clip(x: Tensor, /, min: Any = None, max: Any = None) -> Tensor:
    """Clamp to an interval; bounds are cast to the dtype of `x`, and a NaN bound gives NaN."""
    if min is None and max is None:
        return require_tensor(x).clone()
    min, max = _bound(min, x), _bound(max, x)
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        # PyTorch takes two numbers or two tensors.
        min, max = (None if b is None else tensor_of(b, x).to(x.dtype) for b in (min, max))
    return torch.clamp(x, min, max)


def _bound(bound: Any, x: Tensor) -> Any:
    if bound is None or isinstance(bound, Tensor):
        return bound
    if not x.is_floating_point():
        # A number beyond the range of an integer dtype would wrap.
        info = torch.iinfo(x.dtype)
        return math.floor(builtins.min(builtins.max(bound, info.min), info.max))
    # PyTorch clamps by a NaN tensor, but not by a NaN number (pytorch/pytorch#172067).
    return bound if bound == bound else tensor_of(bound, x)


@checked
def where(condition: Tensor, x1: Any, x2: Any, /) -> Tensor:
    """Choose between two arrays, which promote as in the standard."""
    both = isinstance(x1, Tensor) + isinstance(x2, Tensor)
    if both == 0:
        require_array("where", x1, x2)
    if both == 2 and x1.dtype is x2.dtype:
        return torch.where(condition, x1, x2)
    x1, x2 = operands(x1, x2)
    return torch.where(condition, x1, x2)


# The table

for _name in ("abs", "ceil", "floor", "isfinite", "isinf", "isnan", "logical_not", "negative",
              "positive", "real", "signbit", "square", "trunc"):  # fmt: skip
    _unary(_name, getattr(torch, _name))
_unary("bitwise_invert", torch.bitwise_not)
_unary("conj", _conjugate)
for _name in ("acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "expm1",
              "log", "log10", "log1p", "log2", "reciprocal", "sin", "sinh", "sqrt", "tan",
              "tanh"):  # fmt: skip
    _transcendental(_name)
for _name in ("add", "subtract", "multiply",
              "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift",
              "bitwise_right_shift", "greater", "greater_equal", "less", "less_equal"):  # fmt: skip
    _binary(_name, getattr(torch, _name), scalars=True)
for _name in ("copysign", "logical_and", "logical_or",
              "logical_xor", "maximum", "minimum", "nextafter"):  # fmt: skip
    _binary(_name, getattr(torch, _name))
for _name in ("atan2", "hypot", "logaddexp"):
    _binary(_name, _of_floating_point(_name))
_binary("divide", _of_floating_point("divide"), scalars=True)
# PyTorch's own `equal` compares whole arrays (row 79).
_binary("equal", torch.eq, scalars=True)
_binary("not_equal", torch.ne, scalars=True)
_binary("floor_divide", _floor_divide, scalars=True)
_binary("remainder", _remainder, scalars=True)
_binary("pow", _pow, scalars=True)
FUNCTIONS |= {function.__name__: function for function in (imag, round, sign, clip, where)}
