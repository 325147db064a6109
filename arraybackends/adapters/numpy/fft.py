"""Fourier transforms."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from array_api_compat.numpy import fft as compat

from arraybackends.adapters.numpy_errors import guarded
from arraybackends.errors import DTypeError

__all__ = ["FUNCTIONS"]


def _floating(name: str, transform: Callable[..., Any]) -> Callable[..., Any]:
    """Transform of floating-point numbers: NumPy would convert integers."""

    @functools.wraps(transform)
    def function(x: Any, /, **options: Any) -> Any:
        if x.dtype.kind not in "fc":
            raise DTypeError(
                f"Argument `x` of `fft.{name}` must be a floating-point array, but has dtype "
                f"{x.dtype}. Convert it with `xp.astype`."
            )
        return transform(x, **options)

    return guarded(function, name)


def _over_axes(name: str, transform: Callable[..., Any]) -> Callable[..., Any]:
    """Transform over several axes: NumPy deprecates sizes without axes, the last ones."""

    def function(
        x: Any,
        /,
        *,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: str = "backward",
    ) -> Any:
        if axes is None and s is not None:
            axes = tuple(range(-len(s), 0))
        return transform(x, s=s, axes=axes, norm=norm)

    function.__name__ = function.__qualname__ = name
    return _floating(name, function)


FUNCTIONS: dict[str, Any] = {
    **{
        name: guarded(getattr(compat, name), name)
        for name in ("fftfreq", "fftshift", "ifftshift", "rfftfreq")
    },
    **{
        name: _floating(name, getattr(compat, name))
        for name in ("fft", "hfft", "ifft", "ihfft", "irfft", "rfft")
    },
    **{
        name: _over_axes(name, getattr(compat, name))
        for name in ("fftn", "ifftn", "irfftn", "rfftn")
    },
}
