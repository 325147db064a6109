"""Fourier transforms of the standard: PyTorch's, which call an axis `dim`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch

from arraybackends.adapters.pytorch.errors import checked, require_tensor
from arraybackends.errors import DTypeError

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
    @functools.wraps(function)
    def of_floating_point(x: Tensor, /, **options: Any) -> Any:
        if name.endswith("shift") or require_tensor(x).is_floating_point() or x.is_complex():
            return function(x, **options)
        # PyTorch would make it complex64 (row 113j).
        raise DTypeError(
            f"Argument `x` of `{name}` must be of floating point, but has {x.dtype}. Convert it "
            "with `xp.astype`."
        )

    of_floating_point.__name__ = of_floating_point.__qualname__ = name
    of_floating_point.__doc__ = getattr(torch.fft, name).__doc__
    return checked(of_floating_point)


FFT: dict[str, Callable[..., Any]] = (
    {name: _along_axis(name) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")}
    | {name: _over_axes(name) for name in ("fftn", "ifftn", "rfftn", "irfftn")}
    | {name: _shift(name) for name in ("fftshift", "ifftshift")}
)
