"""How many numbers there are to make, before any library makes them."""

from __future__ import annotations

import math

__all__ = ["ends_of_range", "length_of_range", "require_samples"]


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


def require_samples(n: int, /) -> None:
    """Refuse numbers of samples of a Fourier transform that are not positive."""
    if n < 1:
        raise ValueError(f"Argument `n` must be positive, but is {n}.")
