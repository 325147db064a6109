"""What the double has in its own way: arrays from the host, memory pools, and CuPy's refusals."""

from __future__ import annotations

from typing import Any

import numpy as np

from cupy import cuda
from cupy._array import memory, ndarray, unwrapped

__all__ = [
    "OWN",
    "array",
    "asarray",
    "asnumpy",
    "from_dlpack",
    "get_default_memory_pool",
    "get_default_pinned_memory_pool",
]

_pool_limit = 0


class _Pool:
    """The memory pools."""

    def used_bytes(self) -> int:
        return memory.held

    def total_bytes(self) -> int:
        return memory.peak

    def set_limit(self, size: int | None = None, fraction: float | None = None) -> None:
        global _pool_limit  # noqa: PLW0603
        total = cuda.Device(0).mem_info[1]
        _pool_limit = int(fraction * total) if fraction is not None else int(size or 0)

    def get_limit(self) -> int:
        return _pool_limit

    def free_all_blocks(self) -> None:
        memory.peak = memory.held


def get_default_memory_pool() -> _Pool:
    """Return the pool of the device."""
    return _Pool()


get_default_pinned_memory_pool = get_default_memory_pool


def array(obj: Any, dtype: Any = None, copy: bool = True) -> ndarray:
    """Make an array of anything, also of what is on the host."""
    if isinstance(obj, ndarray):
        return obj.astype(obj.dtype if dtype is None else dtype, copy=copy)
    return ndarray(np.array(obj, dtype=dtype, copy=True))


def asarray(a: Any, dtype: Any = None, *, copy: bool | None = None) -> ndarray:
    """Make an array of anything, or return it."""
    return array(a, dtype, copy=bool(copy))


def asnumpy(a: ndarray) -> Any:
    """Copy to the host."""
    return a.get()


def from_dlpack(x: ndarray) -> ndarray:
    """View of an array of the device."""
    return ndarray(unwrapped(x).view())


def _stable(compute: Any) -> Any:
    def call(a: Any, axis: Any = -1, kind: Any = None) -> Any:
        if kind not in (None, "stable"):
            raise ValueError(f"kind can only be None or 'stable', not {kind!r}")
        return compute(a, axis=axis, kind="stable")

    return call


def _take_along_axis(a: Any, indices: Any, axis: Any) -> Any:
    if indices.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if axis is not None and a.ndim != indices.ndim:
        raise ValueError("`indices` and `a` must have the same number of dimensions")
    length = a.size if axis is None else a.shape[axis]
    return np.take_along_axis(a, indices % length if length else indices, axis)


def _bincount(x: Any, weights: Any = None, minlength: Any = None) -> Any:
    if x.dtype.kind == "f":
        raise TypeError("x must be int array")
    if x.size == 0:
        return np.zeros(minlength or 0, dtype=np.intp)
    return np.bincount(x, weights, minlength or 0)


def _clip(a: Any, a_min: Any, a_max: Any, out: Any = None) -> Any:
    if a_min is None and a_max is None:
        raise ValueError("array_clip: must set either max or min")
    return np.clip(a, a_min, a_max)


def _meshgrid(*xi: Any, **kwargs: Any) -> Any:
    if kwargs.get("indexing", "xy") not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    if any(x.ndim != 1 for x in xi):
        raise ValueError("input has to be 1d")
    return tuple(xi) if len(xi) <= 1 else np.meshgrid(*xi, **kwargs)


def _diff(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Any:
    ends = {"prepend": prepend, "append": append}
    return np.diff(a, n, axis, **{name: x for name, x in ends.items() if x is not None})


OWN = {
    "argsort": _stable(np.argsort),
    "bincount": _bincount,
    "clip": _clip,
    "diff": _diff,
    "meshgrid": _meshgrid,
    "sort": _stable(np.sort),
    "take": lambda a, indices, axis=None, out=None: np.take(a, indices, axis, mode="wrap"),
    "take_along_axis": _take_along_axis,
}
