"""Pairs of float16."""

from __future__ import annotations

from typing import Any

import torch

from arraybackends.adapters.pytorch.errors import require_tensor
from arraybackends.generic.half import check_complex64, check_packed

__all__ = ["pack", "unpack"]

Tensor = torch.Tensor


def pack(xp: Any, x: Tensor, /) -> Tensor:
    """Round both parts of complex64 numbers to float16."""
    require_tensor(x)
    check_complex64(xp, x)
    parts = torch.view_as_real(x.detach().resolve_conj())
    halves = parts.to(torch.float16, memory_format=torch.contiguous_format)
    return halves.view(torch.int32)[..., 0]


def unpack(xp: Any, x: Tensor, /) -> Tensor:
    """Return the numbers again."""
    require_tensor(x)
    check_packed(xp, x)
    return torch.view_as_complex(x[..., None].view(torch.float16).to(torch.float32))
