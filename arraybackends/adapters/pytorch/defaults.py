"""What a backend object gives where nothing is asked for: device and dtypes."""

from __future__ import annotations

import numbers
from typing import Any

import torch

from arraybackends.adapters.pytorch import placement
from arraybackends.adapters.pytorch.dtypes import DTYPES, native_dtype
from arraybackends.precision import DEFAULT_DTYPES, Precision

__all__ = ["Defaults"]


class Defaults:
    """
    Device and dtypes of new tensors.

    Parameters
    ----------
    device : torch.device or None
        Where new tensors go; None for the default, which the user can set in PyTorch.
    precision : {"double", "single"}
    """

    def __init__(self, device: torch.device | None, precision: Precision) -> None:
        self.device = device
        self.precision = precision
        self.real = DTYPES[DEFAULT_DTYPES[precision].real]
        self.complex = DTYPES[DEFAULT_DTYPES[precision].complex]

    def place(self, device: Any) -> torch.device | None:
        """Return the device for a new tensor; None leaves it to PyTorch."""
        if device is not None:
            return placement.resolve(device)
        return self.device or placement.default_device(self.precision)

    def dtype(self, dtype: Any, *values: Any) -> torch.dtype:
        """Return the dtype asked for, or the default one for Python numbers."""
        if dtype is not None:
            return native_dtype(dtype)
        if all(isinstance(value, bool) for value in values):
            return torch.bool
        if all(isinstance(value, numbers.Integral) for value in values):
            return torch.int64
        if all(isinstance(value, numbers.Real) for value in values):
            return self.real
        return self.complex
