"""Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from array_api_compat.numpy import fft as compat

from arraybackends.adapters.numpy_errors import guarded

__all__ = ["FUNCTIONS"]


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
    return guarded(function)


FUNCTIONS: dict[str, Any] = {
    **{
        name: guarded(getattr(compat, name), name)
        for name in (
            "fft",
            "fftfreq",
            "fftshift",
            "hfft",
            "ifft",
            "ifftshift",
            "ihfft",
            "irfft",
            "rfft",
            "rfftfreq",
        )
    },
    **{
        name: _over_axes(name, getattr(compat, name))
        for name in ("fftn", "ifftn", "irfftn", "rfftn")
    },
}
