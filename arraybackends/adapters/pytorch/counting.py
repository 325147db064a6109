"""Counting values, also where they cannot be looked at."""

from __future__ import annotations

import torch

from arraybackends.adapters.pytorch.tracing import is_traced
from arraybackends.errors import DTypeError, ShapeError

__all__ = ["bincount"]

Tensor = torch.Tensor


def bincount(x: Tensor, weights: Tensor | None, minlength: int) -> Tensor:
    """Number (or total weight) of each value; `torch.bincount` drops derivatives and dtypes."""
    if x.ndim != 1:
        raise ShapeError(f"Argument `x` must have one axis, but has shape {tuple(x.shape)}.")
    if x.is_floating_point() or x.is_complex() or x.dtype is torch.bool:
        raise DTypeError(f"Argument `x` must be an array of integers, but has dtype {x.dtype}.")
    if weights is not None and weights.shape != x.shape:
        raise ShapeError(
            f"Argument `weights` must have the shape of `x`, {tuple(x.shape)}, but has "
            f"{tuple(weights.shape)}."
        )
    if minlength < 0:
        raise ValueError(f"Argument `minlength` must not be negative, but is {minlength}.")
    x = x.to(torch.int64)
    length = _length(x, minlength)
    if weights is None:
        weights = torch.ones_like(x)
    # One more bin takes the values that are not counted.
    counted = torch.where((x >= 0) & (x < length), x, length)
    return weights.new_zeros(length + 1).index_add(0, counted, weights)[:length]


def _length(x: Tensor, minlength: int) -> int:
    if is_traced() or x.device.type == "meta" or not x.shape[0]:
        return minlength
    try:
        smallest, largest = int(x.min()), int(x.max())
    except RuntimeError:
        return minlength  # traced by `vmap`
    if smallest < 0:
        raise ValueError(f"Argument `x` must not have negative elements, but has {smallest}.")
    return max(minlength, largest + 1)
