"""The dtypes of the core: those of the backend's precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.precision import DEFAULT_DTYPES

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["complex_dtype", "index_dtype", "real_dtype"]


def real_dtype(xp: ArrayBackend[Any], /) -> Any:
    """Real dtype of the backend's precision: that of angles and expectation values."""
    return getattr(xp, DEFAULT_DTYPES[xp.precision].real)


def complex_dtype(xp: ArrayBackend[Any], /) -> Any:
    """Complex dtype of the backend's precision: that of gates and states."""
    return getattr(xp, DEFAULT_DTYPES[xp.precision].complex)


_INDEX_DTYPES: dict[tuple[str, str], Any] = {}
"""What `index_dtype` has found out, by name and precision: asking costs 0.1 ms."""


def index_dtype(xp: ArrayBackend[Any], /) -> Any:
    """Integer dtype of positions: int32 on JAX while its x64 mode is off, which has no int64."""
    key = xp.name, xp.precision
    if key not in _INDEX_DTYPES:
        _INDEX_DTYPES[key] = xp.__array_namespace_info__().default_dtypes()["indexing"]
    return _INDEX_DTYPES[key]
