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


def _selected(numbers: Tensor, index: Any) -> Tensor:
    """Return what an index selects; PyTorch has no slices that go backwards."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if not any(_is_backwards(part) for part in parts):
        return numbers[index]
    axis, named = 0, sum(map(_axes, parts))
    for place, part in enumerate(parts):
        if _is_backwards(part):
            taken = range(*part.indices(numbers.shape[axis]))
            along = torch.tensor(list(taken), dtype=torch.int64, device=numbers.device)
            numbers, parts[place] = numbers.index_select(axis, along), slice(None)
        axis += numbers.ndim - named if part is ... else _axes(part)
    return numbers[tuple(parts)]


def _is_backwards(part: Any) -> bool:
    return isinstance(part, slice) and part.step is not None and part.step < 0


def _axes(part: Any) -> int:
    """Return how many axes a part of an index is about."""
    if part is None or part is ...:
        return 0
    return part.ndim if isinstance(part, Tensor) and part.dtype is torch.bool else 1


@checked
def update(name: UpdateName, x: Tensor, index: Any, values: Any) -> Tensor:
    """Return an updated copy; repeated indices accumulate."""
    numbers = torch.arange(x.numel(), device=x.device).reshape(x.shape)
    selected = _selected(numbers, _positions(index))
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
