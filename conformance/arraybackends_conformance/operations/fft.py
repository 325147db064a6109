"""Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arraybackends_conformance.comparison import Comparison, close, exact
from arraybackends_conformance.generation import Domain, Values, axes
from arraybackends_conformance.operations._build import FLOATING, drawn, maybe
from arraybackends_conformance.specification import DEVICE, Call, Operation
from arraybackends_conformance.tolerance import FOURIER, ROUNDED

__all__ = ["OPERATIONS"]

NORMS = st.sampled_from(("backward", "ortho", "forward"))
SHAPES = ((4,), (3,), (2, 4), (3, 2), (2, 3, 2))
ENTRIES = Values(-3, 3)


def _signal(draw: Any, domain: Domain, kind: str) -> np.ndarray:
    shape = draw(st.sampled_from(SHAPES))
    return draw(domain.array(draw(domain.dtype(kind)), shape, ENTRIES))


def _one_axis(kind: str) -> Any:
    def call(draw: Any, domain: Domain) -> Call:
        x = _signal(draw, domain, kind)
        return Call((x,), maybe(draw, n=st.integers(1, 5), axis=axes(x.ndim), norm=NORMS))

    return drawn(call)


def _some_axes(ndim: int) -> Any:
    return st.lists(axes(ndim), min_size=1, unique_by=lambda i: i % ndim)


def _many_axes(kind: str) -> Any:
    def call(draw: Any, domain: Domain) -> Call:
        x = _signal(draw, domain, kind)
        kwargs = maybe(draw, axes=_some_axes(x.ndim), norm=NORMS)
        if "axes" in kwargs and draw(st.booleans()):
            kwargs["s"] = tuple(draw(st.integers(1, 4)) for _ in kwargs["axes"])
        return Call((x,), kwargs)

    return drawn(call)


def _spectrum(forward: Callable[..., Any]) -> Any:
    """Draw half spectra of real signals: the inverse is undefined on others."""

    def call(draw: Any, domain: Domain) -> Call:
        signal = _signal(draw, domain, "real")
        axis = draw(axes(signal.ndim))
        kwargs = {"axis": axis, **maybe(draw, norm=NORMS)}
        if signal.shape[axis] % 2 or draw(st.booleans()):
            kwargs["n"] = signal.shape[axis]
        return Call((forward(signal, axis=axis),), kwargs)

    return drawn(call)


def _spectra(draw: Any, domain: Domain) -> Call:
    signal = _signal(draw, domain, "real")
    chosen = draw(_some_axes(signal.ndim))
    sizes = tuple(signal.shape[i] for i in chosen)
    kwargs = {"axes": chosen, **maybe(draw, norm=NORMS)}
    if sizes[-1] % 2 or draw(st.booleans()):
        kwargs["s"] = sizes
    return Call((np.fft.rfftn(signal, axes=chosen),), kwargs)


def _frequencies(draw: Any, domain: Domain) -> Call:
    optional = maybe(draw, d=st.sampled_from((0.5, 2.0, 1e-3)), dtype=domain.dtype("real"),
                     device=st.just(DEVICE))  # fmt: skip
    return Call((draw(st.integers(1, 6)),), optional)


def _reordered(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*FLOATING, min_dims=1))
    return Call((x,), maybe(draw, axes=axes(x.ndim) | _some_axes(x.ndim) | st.none()))


def _as_dtype(function: Callable[..., Any]) -> Callable[..., Any]:
    def frequencies(n: int, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
        return function(n, d=d).astype(dtype or np.float64)

    return frequencies


def _size(call: Call) -> float:
    return float(max(1.0, np.sum(np.abs(call.args[0]))))


def fourier(name: str, calls: Any, reference: Any = None, compare: Comparison | None = None
            ) -> Operation:  # fmt: skip
    """Entry for a member of the extension."""
    return Operation(
        name=f"fft.{name}", calls=calls, reference=reference or getattr(np.fft, name),
        compare=compare or close(FOURIER, _size), refine=True,
    )  # fmt: skip


_ENTRIES = (
    fourier("fft", _one_axis("complex")),
    fourier("ifft", _one_axis("complex")),
    fourier("fftn", _many_axes("complex")),
    fourier("ifftn", _many_axes("complex")),
    fourier("rfft", _one_axis("real")),
    fourier("irfft", _spectrum(np.fft.rfft)),
    fourier("rfftn", _many_axes("real")),
    fourier("irfftn", drawn(_spectra)),
    fourier("hfft", _spectrum(np.fft.ihfft)),
    fourier("ihfft", _one_axis("real")),
    fourier("fftfreq", drawn(_frequencies), _as_dtype(np.fft.fftfreq), close(ROUNDED)),
    fourier("rfftfreq", drawn(_frequencies), _as_dtype(np.fft.rfftfreq), close(ROUNDED)),
    fourier("fftshift", drawn(_reordered), compare=exact),
    fourier("ifftshift", drawn(_reordered), compare=exact),
)

OPERATIONS = {entry.name: entry for entry in _ENTRIES}
