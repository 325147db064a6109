"""Pairs of float16, for libraries that are like NumPy."""

from __future__ import annotations

from typing import Any

from arraybackends.generic.half import check_operands, check_packed

__all__ = ["pack", "unpack"]


def pack(xp: Any, x: Any, out: Any, /) -> Any:
    """Round both parts of complex64 numbers to float16, in a new array."""
    check_operands(xp, x, out)
    parts = x.astype("complex64", order="C", copy=False).reshape(-1).view("float32")
    return parts.astype("float16").view("int32").reshape(x.shape)


def unpack(xp: Any, x: Any, /) -> Any:
    """Return the numbers again."""
    check_packed(xp, x)
    halves = x.astype("int32", order="C", copy=False).reshape(-1).view("float16")
    return halves.astype("float32").view("complex64").reshape(x.shape)
