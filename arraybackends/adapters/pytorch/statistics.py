"""Reductions, cumulative sums and products, and differences of the standard."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from arraybackends.adapters.pytorch.dtypes import native_dtype, promoted
from arraybackends.adapters.pytorch.errors import checked, raise_as_ours
from arraybackends.errors import AxisError

__all__ = ["FUNCTIONS", "sum"]

Tensor = torch.Tensor
Axes = int | tuple[int, ...] | None


def _accumulator(x: Tensor, dtype: Any) -> torch.dtype:
    """Return the dtype of a sum or product: integers accumulate in int64 (rows 39, 40)."""
    if dtype is not None:
        return native_dtype(dtype)
    return x.dtype if x.is_floating_point() or x.is_complex() else torch.int64


def _reduce(
    native: Callable[..., Tensor], x: Tensor, axis: Axes, keepdims: bool, **options: Any
) -> Tensor:
    """Reduce; PyTorch takes `axis=()` for all axes (row 49), so one more is reduced instead."""
    if axis == ():
        return native(x.unsqueeze(-1), -1, **options)
    return native(x, axis, keepdim=keepdims, **options)


def sum(x: Tensor, /, *, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """Sum; integers add up in int64."""
    try:
        if dtype is not None:
            dtype = native_dtype(dtype)
        elif axis is None and not keepdims:
            return torch.sum(x)
        return _reduce(torch.sum, x, axis, keepdims, dtype=dtype)
    except (RuntimeError, IndexError, TypeError) as error:
        raise_as_ours(error, "sum", (x,), {"axis": axis, "dtype": dtype})


@checked
def prod(x: Tensor, /, *, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """Product; PyTorch multiplies over one axis at a time (pytorch/pytorch#56586)."""
    dtype = _accumulator(x, dtype)
    if isinstance(axis, int):
        return torch.prod(x, axis, keepdim=keepdims, dtype=dtype)
    axes = range(x.ndim) if axis is None else sorted({_position(a, x.ndim) for a in axis})
    if axis is not None and len(axes) != len(axis):
        raise AxisError(f"Argument `axis` must name each axis once, but is {axis}.")
    x = x.to(dtype, copy=not axes)
    for a in reversed(axes):
        x = torch.prod(x, a, keepdim=keepdims, dtype=dtype)
    return x


def _position(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise AxisError(f"Argument `axis` names axis {axis}, but the array has {ndim} axes.")
    return axis % ndim


@checked
def max(x: Tensor, /, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Largest element; PyTorch's own also returns where it is (row 46)."""
    return _reduce(torch.amax, x, axis, keepdims)


@checked
def min(x: Tensor, /, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Smallest element; PyTorch's own also returns where it is (row 46)."""
    return _reduce(torch.amin, x, axis, keepdims)


@checked
def mean(x: Tensor, /, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Mean of floating-point numbers."""
    return _reduce(torch.mean, x, axis, keepdims)


def _spread(
    native: Callable[..., Tensor], x: Tensor, axis: Axes, correction: float, keepdims: bool
) -> Tensor:
    """Spread, NaN where no degrees of freedom are left: PyTorch warns, and may give infinity."""
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    if math.prod([x.shape[a] for a in axes]) > correction:
        return _reduce(native, x, axis, keepdims, correction=correction)
    return _reduce(torch.mean, torch.abs(x), axis, keepdims) * math.nan


@checked
def std(
    x: Tensor, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False
) -> Tensor:
    """Standard deviation; PyTorch corrects by 1 unless told otherwise (row 43)."""
    return _spread(torch.std, x, axis, correction, keepdims)


@checked
def var(
    x: Tensor, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False
) -> Tensor:
    """Variance; PyTorch corrects by 1 unless told otherwise (row 43)."""
    return _spread(torch.var, x, axis, correction, keepdims)


@checked
def all(x: Tensor, /, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Whether all elements are true; PyTorch answers in uint8 for uint8 (row 37)."""
    return _reduce(torch.all, x, axis, keepdims).to(torch.bool)


@checked
def any(x: Tensor, /, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Whether any element is true; PyTorch answers in uint8 for uint8 (row 37)."""
    return _reduce(torch.any, x, axis, keepdims).to(torch.bool)


@checked
def count_nonzero(x: Tensor, /, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Count non-zero elements; PyTorch's own has no `keepdims`."""
    return _reduce(torch.sum, x != 0, axis, keepdims)


@checked
def argmax(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Index of the largest element; PyTorch has none for booleans (row 36)."""
    return torch.argmax(_ordered(x), axis, keepdims)


@checked
def argmin(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Index of the smallest element; PyTorch has none for booleans (row 36)."""
    return torch.argmin(_ordered(x), axis, keepdims)


def _ordered(x: Tensor) -> Tensor:
    return x.to(torch.uint8) if x.dtype is torch.bool else x


def _cumulate(
    native: Callable[..., Tensor], initial: int, x: Tensor, axis: int | None, dtype: Any,
    include_initial: bool,
) -> Tensor:  # fmt: skip
    if axis is None:
        if x.ndim != 1:
            raise AxisError(
                f"Argument `axis` must be given for an array with {x.ndim} axes, but is None."
            )
        axis = 0
    result = native(x, axis, dtype=_accumulator(x, dtype))
    if include_initial:
        first = result.new_full((), initial).expand(
            [1 if a == axis % x.ndim else n for a, n in enumerate(x.shape)]
        )
        result = torch.cat([first, result], axis)
    return result


@checked
def cumulative_sum(
    x: Tensor, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Tensor:
    """Cumulative sum; integers add up in int64 (row 41)."""
    return _cumulate(torch.cumsum, 0, x, axis, dtype, include_initial)


@checked
def cumulative_prod(
    x: Tensor, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Tensor:
    """Cumulative product; integers multiply in int64."""
    return _cumulate(torch.cumprod, 1, x, axis, dtype, include_initial)


@checked
def diff(
    x: Tensor, /, *, axis: int = -1, n: int = 1,
    prepend: Tensor | None = None, append: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Differences along an axis; PyTorch's own does not promote, and joins also where `n` is 0."""
    if n == 0:
        return x.clone()
    parts = promoted(*(part for part in (prepend, x, append) if part is not None))
    return torch.diff(torch.cat(parts, axis) if len(parts) > 1 else parts[0], n, axis)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        sum, prod, max, min, mean, std, var, all, any, count_nonzero, argmax, argmin,
        cumulative_sum, cumulative_prod, diff,
    )
}  # fmt: skip
