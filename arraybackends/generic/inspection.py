"""What `__array_namespace_info__` tells, from what a backend says of itself."""

from __future__ import annotations

import contextlib
from typing import Any

from arraybackends.errors import DTypeError
from arraybackends.precision import DEFAULT_DTYPES, DTYPE_NAMES

__all__ = ["KINDS", "BackendInfo", "names_of_kind"]

_SIGNED = ("int8", "int16", "int32", "int64")
_UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
_REAL = ("float32", "float64")
_COMPLEX = ("complex64", "complex128")

KINDS = {
    "bool": ("bool",),
    "signed integer": _SIGNED,
    "unsigned integer": _UNSIGNED,
    "integral": (*_SIGNED, *_UNSIGNED),
    "real floating": _REAL,
    "complex floating": _COMPLEX,
    "numeric": (*_SIGNED, *_UNSIGNED, *_REAL, *_COMPLEX),
}
"""Names of the dtypes of each kind of the standard."""


def names_of_kind(kind: str | tuple[str, ...] | None, /) -> frozenset[str]:
    """
    Names of the dtypes of a kind, of several, or of all kinds.

    Raises
    ------
    ValueError
        If a kind is unknown; the message lists those there are.
    """
    if kind is None:
        return frozenset(DTYPE_NAMES)
    if isinstance(kind, tuple):
        return frozenset().union(*(names_of_kind(part) for part in kind))
    try:
        return frozenset(KINDS[kind])
    except (KeyError, TypeError):
        raise ValueError(
            f"Argument `kind` must be one of {', '.join(map(repr, KINDS))}, or a tuple of these, "
            f"but is {kind!r}."
        ) from None


class BackendInfo:
    """The inspection interface of the standard, for one backend object."""

    def __init__(self, xp: Any, /) -> None:
        self._xp = xp

    def capabilities(self) -> dict[str, Any]:
        known = self._xp.capabilities
        return {
            "boolean indexing": known.data_dependent_shapes,
            "data-dependent shapes": known.data_dependent_shapes,
            "max dimensions": known.max_dimensions,
        }

    def default_device(self) -> str:
        device: str = self._xp.device
        return device

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        dtypes = self.dtypes(device=device)
        names = DEFAULT_DTYPES[self._xp.precision]
        integer = dtypes.get("int64", dtypes["int32"])
        return {
            "real floating": dtypes[names.real],
            "complex floating": dtypes[names.complex],
            "integral": integer,
            "indexing": integer,
        }

    def devices(self) -> list[str]:
        return list(self._xp.devices())

    def dtypes(
        self, *, device: Any = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        if device is not None:
            self._xp.with_options(device=device)
        wanted = names_of_kind(kind)
        found = {}
        for name in self._xp._dtypes:
            # What there is may depend on the moment: JAX has 64-bit dtypes only in its x64 mode.
            with contextlib.suppress(DTypeError):
                found[name] = self._xp._native_dtype(name)
        return {name: dtype for name, dtype in found.items() if name in wanted}
