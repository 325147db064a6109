"""Indexed updates on a copy, with derivatives."""

from __future__ import annotations

from typing import Any

import torch

from arraybackends.adapters.pytorch.errors import checked
from arraybackends.generic.update import UpdateName

__all__ = ["update"]

Tensor = torch.Tensor
_REDUCTIONS = {"multiply": "prod", "min": "amin", "max": "amax"}


def _positions(index: Any) -> Any:
    """Index with integers of 64 bits: others are refused, or bytes taken for a mask (row 87)."""
    if isinstance(index, tuple):
        return tuple(_positions(part) for part in index)
    if isinstance(index, Tensor) and index.dtype not in (torch.bool, torch.int64):
        return index.to(torch.int64)
    return index


@checked
def update(name: UpdateName, x: Tensor, index: Any, values: Any) -> Tensor:
    """Return an updated copy; repeated indices accumulate."""
    numbers = torch.arange(x.numel(), device=x.device).reshape(x.shape)
    selected = numbers[_positions(index)]
    if not isinstance(values, Tensor):
        values = torch.full((), values, dtype=x.dtype, device=x.device)
    values = values.to(x.dtype).broadcast_to(selected.shape).reshape(-1)
    selected = selected.reshape(-1)
    flat = x.reshape(-1)
    if name == "set":
        result = flat.index_put((selected,), values)
    elif name in ("add", "subtract"):
        result = flat.index_put((selected,), values if name == "add" else -values, accumulate=True)
    else:
        result = flat.scatter_reduce(0, selected, values, _REDUCTIONS[name])
    return result.reshape(x.shape)
