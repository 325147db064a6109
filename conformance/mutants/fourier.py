"""Wrong transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import PyTorchBackend
from mutants.declaration import agrees, wrong
from mutants.elementwise import TELLING


@wrong("fft.fft", f"{TELLING}[fft.fft]")
def fft_without_norm(xp: Any, right: Any) -> Any:
    """`fft` ignores `norm`."""
    return lambda x, /, *, n=None, axis=-1, norm="backward": right(x, n=n, axis=axis)


@wrong("fft.ifft", f"{TELLING}[fft.ifft]")
def ifft_along_the_last_axis(xp: Any, right: Any) -> Any:
    """`ifft` ignores `axis`."""
    return lambda x, /, *, n=None, axis=-1, norm="backward": right(x, n=n, norm=norm)


@wrong("fft.rfft", f"{TELLING}[fft.rfft]")
def rfft_without_n(xp: Any, right: Any) -> Any:
    """`rfft` ignores `n`."""
    return lambda x, /, *, n=None, axis=-1, norm="backward": right(x, axis=axis, norm=norm)


@wrong("fft.fft", agrees("fft.fft"))
def fft_with_the_other_sign(xp: Any, right: Any) -> Any:
    """The exponent of `fft` has the physicist's sign."""
    return lambda x, /, **options: np.conj(right(np.conj(x), **options))


@wrong("fft.fft", agrees("fft.fft"))
def fft_in_double(xp: Any, right: Any) -> Any:
    """`fft` of complex64 is complex128."""
    return lambda x, /, **options: right(x, **options).astype("complex128")


@wrong("fft.fftn", f"{TELLING}[fft.fftn]", on=PyTorchBackend)
def fftn_of_the_last_two_axes(xp: Any, right: Any) -> Any:
    """`fftn` transforms two axes unless told otherwise."""
    return lambda x, /, *, s=None, axes=None, norm="backward": right(
        x, s=s, axes=(-2, -1) if axes is None and s is None and x.ndim > 2 else axes, norm=norm
    )


@wrong("fft.irfft", agrees("fft.irfft"))
def irfft_always_even(xp: Any, right: Any) -> Any:
    """`irfft` ignores an odd `n`."""
    return lambda x, /, *, n=None, **options: right(x, n=n and n // 2 * 2, **options)


@wrong("fft.fftfreq", agrees("fft.fftfreq"))
def frequencies_without_spacing(xp: Any, right: Any) -> Any:
    """`fftfreq` ignores `d`."""
    return lambda n, /, *, d=1.0, **options: right(n, **options)


@wrong("fft.ifftshift", agrees("fft.ifftshift"))
def ifftshift_is_fftshift(xp: Any, right: Any) -> Any:
    """`ifftshift` is `fftshift`, which is right for even lengths only."""
    return xp.fft.fftshift
