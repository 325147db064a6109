"""How long a range of `arange` is and where it ends, before any library makes it."""

from __future__ import annotations

import math

__all__ = ["ends_of_range", "length_of_range"]


def length_of_range(start: float, stop: float, step: float, /) -> int:
    """Return how many numbers lie in the half-open range."""
    if step == 0:
        raise ValueError("Argument `step` must not be 0.")
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
        return max(0, -((start - stop) // step))
    return max(0, math.ceil((stop - start) / step))


def ends_of_range(start: float, stop: float, step: float, /) -> tuple[float, ...]:
    """Return the first and the last number of the range; none of an empty one."""
    length = length_of_range(start, stop, step)
    return (start, start + (length - 1) * step) if length else ()
