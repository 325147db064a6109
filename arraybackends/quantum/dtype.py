"""The dtypes of the core: those of the backend's precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.precision import DEFAULT_DTYPES

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["complex_dtype", "real_dtype"]


def real_dtype(xp: ArrayBackend[Any], /) -> Any:
    """Real dtype of the backend's precision: that of angles and expectation values."""
    return getattr(xp, DEFAULT_DTYPES[xp.precision].real)


def complex_dtype(xp: ArrayBackend[Any], /) -> Any:
    """Complex dtype of the backend's precision: that of gates and states."""
    return getattr(xp, DEFAULT_DTYPES[xp.precision].complex)
