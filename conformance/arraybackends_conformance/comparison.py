"""When a result is right: its kind, then its values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from arraybackends_conformance.specification import Call, leaves
from arraybackends_conformance.tolerance import EXACT, Tolerance, epsilon

__all__ = ["Comparison", "Scale", "assert_same_kind", "close", "exact", "nothing", "unordered"]

Comparison: TypeAlias = Callable[[Any, Any, Call], None]
"""Takes the result (as NumPy arrays), what the reference gave, and the call."""

Scale: TypeAlias = Callable[[Call], Any]


def assert_same_kind(xp: Any, result: Any, expected: Any, *, native: bool, device: str) -> None:
    """Structure, array type, device, dtype and shape of a result are those of the reference."""
    if isinstance(expected, tuple):
        assert isinstance(result, tuple), f"the result is a {type(result).__name__}, not a tuple"
        assert len(result) == len(expected), f"{len(result)} results instead of {len(expected)}"
        for name in getattr(expected, "_fields", ()):
            assert hasattr(result, name), f"the result has no field `{name}`"
        for part, wanted in zip(result, expected, strict=True):
            assert_same_kind(xp, part, wanted, native=native, device=device)
    elif isinstance(expected, (np.ndarray, np.generic)):
        assert xp.is_array(result), f"the result is a {type(result)}, no array of this backend"
        if native:
            array = type(xp.zeros(1))
            assert isinstance(result, array), f"the result is a {type(result)}, not a {array}"
        assert xp.device_of(result) == device, f"on {xp.device_of(result)}, not on {device}"
        given = xp.dtype_name(result.dtype)
        assert given == expected.dtype.name, f"dtype {given} instead of {expected.dtype.name}"
        shape = tuple(result.shape)
        assert shape == expected.shape, f"shape {shape} instead of {expected.shape}"
    else:
        assert type(result) is type(expected), f"a {type(result)}, not a {type(expected)}"


def close(tolerance: Tolerance, scale: Scale | None = None) -> Comparison:
    """Within a tolerance; NaN equals NaN, signed zeros are equal, infinities must be the same."""

    def compare(result: Any, expected: Any, call: Call) -> None:
        size = 1.0 if scale is None else scale(call)
        for part, wanted in zip(leaves(result), leaves(expected), strict=True):
            _assert_close(np.asarray(part), np.asarray(wanted), tolerance, size)

    return compare


def _assert_close(result: Any, expected: Any, tolerance: Tolerance, scale: Any) -> None:
    with np.errstate(all="ignore"):
        same = (result == expected) | (np.isnan(result) & np.isnan(expected) if _inexact(expected)
                                       else np.False_)  # fmt: skip
        if tolerance != EXACT and _inexact(expected):
            eps, tiny = epsilon(expected.dtype), np.finfo(expected.dtype).tiny
            bound = eps * (tolerance.relative * abs(expected) + tolerance.absolute * scale) + tiny
            error = abs(result - expected)
            same |= np.isfinite(expected) & (error <= bound)
    if not np.all(same):
        where = tuple(int(i) for i in np.argwhere(~np.atleast_1d(same))[0])
        value, wanted = np.atleast_1d(result)[where], np.atleast_1d(expected)[where]
        raise AssertionError(f"{value!r} instead of {wanted!r} at {where}; the result:\n{result!r}")


def _inexact(x: Any) -> bool:
    return bool(x.dtype.kind in "fc")


exact = close(EXACT)


def nothing(result: Any, expected: Any, call: Call) -> None:
    """Values are not promised; only dtype, shape and device are (`empty`)."""


def unordered(result: Any, expected: Any, call: Call) -> None:
    """Equal as multisets."""
    exact(np.sort(result), np.sort(expected), call)
