"""Pairs of float16."""

from __future__ import annotations

from typing import Any

import torch

from arraybackends.adapters.pytorch.errors import require_tensor
from arraybackends.generic.half import check_operands, check_packed

__all__ = ["pack", "unpack"]

Tensor = torch.Tensor


def pack(xp: Any, x: Tensor, out: Tensor | None, /) -> Tensor:
    """Round both parts of complex64 numbers to float16, into `out` unless somebody records it."""
    require_tensor(x)
    check_operands(xp, x, out)
    parts = torch.view_as_real(x.detach().resolve_conj())
    halves = parts.to(torch.float16, memory_format=torch.contiguous_format)
    packed = halves.view(torch.int32)[..., 0]
    return packed if out is None or xp._is_traced(out) else out.copy_(packed)


def unpack(xp: Any, x: Tensor, /) -> Tensor:
    """Return the numbers again."""
    require_tensor(x)
    check_packed(xp, x)
    return torch.view_as_complex(x[..., None].view(torch.float16).to(torch.float32))
