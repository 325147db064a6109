"""Fourier transforms of the standard: PyTorch's, which call an axis `dim`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch

from arraybackends.adapters.pytorch.errors import checked

__all__ = ["FFT"]

Tensor = torch.Tensor
Norm = Literal["backward", "ortho", "forward"]


def _along_axis(name: str) -> Callable[..., Any]:
    native = getattr(torch.fft, name)

    def function(
        x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward"
    ) -> Tensor:
        return native(x, n, axis, norm)  # type: ignore[no-any-return]

    return _named(name, function)


def _over_axes(name: str) -> Callable[..., Any]:
    native = getattr(torch.fft, name)

    def function(
        x: Tensor, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None,
        norm: Norm = "backward",
    ) -> Tensor:  # fmt: skip
        return native(x, s, axes, norm)  # type: ignore[no-any-return]

    return _named(name, function)


def _shift(name: str) -> Callable[..., Any]:
    native = getattr(torch.fft, name)

    def function(x: Tensor, /, *, axes: int | Sequence[int] | None = None) -> Tensor:
        return native(x, axes)  # type: ignore[no-any-return]

    return _named(name, function)


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = getattr(torch.fft, name).__doc__
    return checked(function)


FFT: dict[str, Callable[..., Any]] = (
    {name: _along_axis(name) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")}
    | {name: _over_axes(name) for name in ("fftn", "ifftn", "rfftn", "irfftn")}
    | {name: _shift(name) for name in ("fftshift", "ifftshift")}
)
