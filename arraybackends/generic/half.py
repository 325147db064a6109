"""Complex numbers in half of their memory, made of what the standard has.

A float16 has a sign, five bits of exponent and ten of mantissa; the bits of both parts of a complex
number are one int32, those of the real part below.
"""

from __future__ import annotations

from typing import Any

from arraybackends.errors import DTypeError, ShapeError

__all__ = ["check_operands", "check_packed", "pack", "unpack"]

_PACKED = "int32"
_SIGN, _NAN = 0x8000, 0x7E00
_LOWEST = -14  # exponent of the smallest normal number, and of the subnormal ones
_BITS = 10
_TOO_LARGE = 65520.0  # where rounding arrives at what would be the next power of two


def check_operands(xp: Any, x: Any, out: Any, /) -> None:
    """Raise unless this is a complex64 array, and `out` an array or None that takes it packed."""
    if (name := xp.dtype_name(x.dtype)) != "complex64":
        raise DTypeError(
            f"Argument `x` must be complex64, but has dtype {name}. Convert it with `xp.astype`."
        )
    if out is None:
        return
    if tuple(out.shape) != tuple(x.shape):
        raise ShapeError(
            f"Argument `out` must have the shape {tuple(x.shape)} of `x`, but has shape "
            f"{tuple(out.shape)}."
        )
    if (name := xp.dtype_name(out.dtype)) != _PACKED:
        raise DTypeError(f"Argument `out` must have the dtype {_PACKED}, but has dtype {name}.")


def check_packed(xp: Any, x: Any, /) -> None:
    """Raise DTypeError unless this may be what `pack_half` returns."""
    if (name := xp.dtype_name(x.dtype)) != _PACKED:
        raise DTypeError(
            f"Argument `x` must be what `pack_half` returns, int32, but has dtype {name}."
        )


def pack(xp: Any, x: Any, out: Any, /) -> Any:
    """Round both parts to float16, in a new array: the standard writes into none."""
    check_operands(xp, x, out)
    real, imag = _bits(xp, xp.real(x)), _bits(xp, xp.imag(x))
    upper = xp.where(imag >= _SIGN, imag - 2 * _SIGN, imag)  # int32 has a sign
    return xp.bitwise_or(xp.bitwise_left_shift(upper, xp.full_like(upper, 16)), real)


def unpack(xp: Any, x: Any, /) -> Any:
    """Return the numbers again."""
    check_packed(xp, x)
    real = xp.bitwise_and(x, 0xFFFF)
    imag = xp.bitwise_and(xp.bitwise_right_shift(x, xp.full_like(x, 16)), 0xFFFF)
    real, imag = (xp.astype(_number(xp, bits), xp.complex64) for bits in (real, imag))
    return real + 1j * imag


def _bits(xp: Any, x: Any) -> Any:
    """Return the bits of float32 numbers rounded to float16, ties to even."""
    size = xp.abs(x)
    fits = size < _TOO_LARGE
    size = xp.where(fits, size, xp.zeros_like(size))
    # The exponent is found by comparison, which is exact where a logarithm is not.
    exponent = sum(
        (xp.astype(size >= 2.0**e, xp.int32) for e in range(_LOWEST + 1, 16)),
        start=xp.full_like(size, _LOWEST, dtype=xp.int32),
    )
    mantissa = xp.astype(xp.round(size * _power(xp, _BITS - exponent)), xp.int32)
    # A subnormal number has no leading one; a carry goes into the exponent by itself.
    bits = mantissa + (exponent - _LOWEST) * 2**_BITS
    bits = xp.where(fits, bits, xp.full_like(bits, _NAN))
    return bits + _SIGN * xp.astype(xp.signbit(x), xp.int32)


def _number(xp: Any, bits: Any) -> Any:
    """Return the float32 numbers whose float16 bits these are."""
    exponent = xp.bitwise_and(xp.bitwise_right_shift(bits, xp.full_like(bits, _BITS)), 0x1F)
    mantissa = xp.bitwise_and(bits, 2**_BITS - 1)
    leading = xp.astype(exponent > 0, xp.int32) * 2**_BITS
    above = xp.where(exponent > 0, exponent - 1, exponent)
    size = xp.astype(mantissa + leading, xp.float32) * _power(xp, above + _LOWEST - _BITS)
    size = xp.where(exponent == 0x1F, xp.full_like(size, xp.nan), size)
    return xp.where(bits >= _SIGN, -size, size)


def _power(xp: Any, exponent: Any) -> Any:
    """Return powers of two from -24 to 24, exactly."""
    powers = xp.asarray(
        [2.0**e for e in range(-24, 25)], dtype=xp.float32, device=xp.device_of(exponent)
    )
    flat = xp.take(powers, xp.reshape(exponent, (-1,)) + 24)
    return xp.reshape(flat, exponent.shape)
