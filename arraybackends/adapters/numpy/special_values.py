"""Signed zeros, infinities and NaN where NumPy's element-wise functions miss the standard's values.

Ordinary values are NumPy's own; operands that need more are looked for first.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["expm1", "floor_divide", "pow", "sign", "tan", "tanh"]


def floor_divide(x1: Any, x2: Any, /, *, out: Any = ...) -> Any:
    """NumPy follows Python, which gives NaN or -1 where the standard has floor(x1 / x2)."""
    quotient = np.floor_divide(x1, x2, out=out)
    if quotient.dtype.kind == "f":
        infinite = np.isinf(x1) | np.isinf(x2)
        if np.count_nonzero(infinite):
            np.divide(x1, x2, out=quotient, where=infinite)
    return quotient


def pow(x1: Any, x2: Any, /, *, out: Any = ...) -> Any:
    """NumPy takes the root where one exponent, 0.5, is for all: it differs at -inf and -0."""
    power = np.power(x1, x2, out=out)
    root = np.equal(x2, 0.5)
    if np.count_nonzero(root) and power.dtype.kind == "f":
        np.add(power, 0.0, out=power, where=root)
        np.copyto(power, math.inf, where=root & np.isneginf(x1))
    return power


def sign(x: Any, /, *, out: Any = ...) -> Any:
    """NumPy has the sign of (nan, inf) as 1j; a complex number that is NaN has none."""
    unit = np.sign(x, out=out)
    if unit.dtype.kind == "c":
        missing = np.isnan(x)
        if np.count_nonzero(missing):
            np.copyto(unit, complex(math.nan, math.nan), where=missing)
    return unit


def expm1(x: Any, /, *, out: Any = ..., casting: Any = "same_kind") -> Any:
    """NumPy's formula for complex numbers holds for finite ones."""
    result = np.expm1(x, out=out, casting=casting)
    if result.dtype.kind == "c":
        result.real += 0.0  # not -0 at -0, unlike the function of real numbers
        special = ~np.isfinite(x)
        if np.count_nonzero(special):
            np.exp(x, out=result, where=special)
            np.subtract(result.real, 1.0, out=result.real, where=special)
    return result


def tanh(x: Any, /, *, out: Any = ..., casting: Any = "same_kind") -> Any:
    """C gives tanh(inf + ib) the imaginary part 0 sin(2b), the standard 0 with the sign of b."""
    result = np.tanh(x, out=out, casting=casting)
    if result.dtype.kind == "c":
        _zero_with_sign(result.imag, x.real, x.imag)
    return result


def tan(x: Any, /, *, out: Any = ..., casting: Any = "same_kind") -> Any:
    """The same as of `tanh`, turned by a right angle."""
    result = np.tan(x, out=out, casting=casting)
    if result.dtype.kind == "c":
        _zero_with_sign(result.real, x.imag, x.real)
    return result


def _zero_with_sign(part: Any, limit: Any, other: Any) -> None:
    """Make a part of a result 0 with the sign of `other` where `limit` is infinite."""
    infinite = np.isinf(limit)
    if np.count_nonzero(infinite):
        np.copysign(0.0, other, out=part, where=infinite)
