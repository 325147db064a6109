"""Fourier transforms; the frequencies, which depend on the precision, are made by the backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from jax import numpy as jnp

from arraybackends.adapters.jax.errors import of_floating_point, standard

__all__ = ["EXTENSION"]

Norm = Literal["backward", "ortho", "forward"]


def _along_one_axis(name: str) -> Callable[..., Any]:
    native = getattr(jnp.fft, name)

    def transform(
        x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward"
    ) -> Any:
        return native(x, n=n, axis=axis, norm=norm)

    transform.__name__ = transform.__qualname__ = name
    return standard(of_floating_point(transform))


def _over_axes(name: str) -> Callable[..., Any]:
    native = getattr(jnp.fft, name)

    def transform(
        x: Any,
        /,
        *,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: Norm = "backward",
    ) -> Any:
        return native(x, s=s, axes=axes, norm=norm)

    transform.__name__ = transform.__qualname__ = name
    return standard(of_floating_point(transform))


def _shift(name: str) -> Callable[..., Any]:
    native = getattr(jnp.fft, name)

    def shift(x: Any, /, *, axes: int | Sequence[int] | None = None) -> Any:
        return native(x, axes=axes)

    shift.__name__ = shift.__qualname__ = name
    return standard(shift)


EXTENSION: dict[str, Any] = {
    **{name: _along_one_axis(name) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")},
    **{name: _over_axes(name) for name in ("fftn", "ifftn", "rfftn", "irfftn")},
    **{name: _shift(name) for name in ("fftshift", "ifftshift")},
}
