"""Lower precision of real products inside a context."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch

from arraybackends.errors import DTypeError

__all__ = ["autocast"]

_HALF = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def autocast(device: torch.device, dtype: Any) -> AbstractContextManager[Any]:
    """`torch.autocast`, which lowers products of float32 and leaves float64 and complex alone."""
    if dtype is None:
        return torch.autocast(device.type)
    name = dtype if isinstance(dtype, str) else str(dtype).rpartition(".")[2]
    if name not in _HALF:
        raise DTypeError(
            f"Argument `dtype` must be float16 or bfloat16, but is {dtype!r}: only real products "
            "are computed in lower precision, never complex ones."
        )
    return torch.autocast(device.type, dtype=_HALF[name])
