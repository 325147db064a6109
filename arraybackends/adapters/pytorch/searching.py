"""Indexing, searching, sorting and sets of the standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch

from arraybackends.adapters.axes import require_axes
from arraybackends.adapters.pytorch.dtypes import operands
from arraybackends.adapters.pytorch.errors import checked, require_tensor
from arraybackends.errors import AxisError
from arraybackends.standard import UniqueAllResult, UniqueCountsResult, UniqueInverseResult

__all__ = ["FUNCTIONS"]

Tensor = torch.Tensor


@checked
def take(x: Tensor, indices: Tensor, /, *, axis: int | None = None) -> Tensor:
    """Elements along an axis."""
    if axis is None:
        if x.ndim != 1:
            raise AxisError(
                f"Argument `axis` must be given for an array with {x.ndim} axes, but is None."
            )
        axis = 0
    if not -x.ndim <= axis < x.ndim:
        raise AxisError(f"Argument `axis` is {axis}, but the array has {x.ndim} axes.")
    # Unlike `torch.index_select`, indexing counts from the end too.
    return x[(slice(None),) * (axis % x.ndim) + (indices.to(torch.int64),)]


@checked
def take_along_axis(x: Tensor, indices: Tensor, /, *, axis: int = -1) -> Tensor:
    """Elements picked by an array of indices for each slice (row 85)."""
    size, axis = x.shape[axis], axis % x.ndim
    indices = indices.to(torch.int64)
    indices = torch.where(indices < 0, indices + size, indices)
    # `torch.take_along_dim` broadcasts, but takes indices beyond the end modulo the size (row 83).
    others = torch.broadcast_shapes(  # type: ignore[no-untyped-call]
        *((*a.shape[:axis], 1, *a.shape[axis + 1 :]) for a in (x, indices))
    )
    x, indices = (
        a.expand((*others[:axis], a.shape[axis], *others[axis + 1 :])) for a in (x, indices)
    )
    return torch.gather(x, axis, indices)


@checked
def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    """Indices of non-zero elements, one array for each axis (row 65)."""
    require_axes("nonzero", x, 1)
    return tuple(torch.nonzero(x, as_tuple=True))


@checked
def searchsorted(
    x1: Tensor, x2: Any, /, *, side: Literal["left", "right"] = "left", sorter: Tensor | None = None
) -> Tensor:
    """Positions that keep `x1` sorted; PyTorch does not promote."""
    values, sought = operands(require_tensor(x1), x2)
    if sorter is not None:
        sorter = sorter.to(torch.int64).contiguous()
    return torch.searchsorted(values.contiguous(), sought.contiguous(), side=side, sorter=sorter)


@checked
def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Tensor:
    """Whether elements of `x1` are among those of `x2`; PyTorch does not take all that is due."""
    x1, x2 = operands(x1, x2)
    if x1.dtype is torch.bool:
        x1, x2 = x1.to(torch.uint8), x2.to(torch.uint8)
    return torch.isin(x1, x2.contiguous(), invert=invert)  # whose views it cannot flatten


@checked
def argsort(
    x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> Tensor:
    """Indices that sort; PyTorch sorts unstably unless told otherwise (row 57)."""
    require_axes("argsort", x, 1)
    return torch.sort(x, dim=axis, descending=descending, stable=stable).indices


@checked
def sort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Sorted copy; PyTorch's own also returns the indices, and takes a number for a vector."""
    require_axes("sort", x, 1)
    return torch.sort(x, dim=axis, descending=descending, stable=stable).values


@checked
def unique_all(x: Tensor, /) -> UniqueAllResult[Tensor]:
    """Distinct elements, where each is first, and counts (row 62): by a stable sort."""
    flat = x.reshape(-1)
    order = _order(flat)
    ordered = flat[order]
    starts = torch.ones_like(ordered, dtype=torch.bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    first = torch.nonzero(starts).reshape(-1)
    inverse = torch.empty_like(order)
    inverse[order] = torch.cumsum(starts, 0) - 1
    end = torch.full_like(first[:1], flat.shape[0])
    return UniqueAllResult(
        ordered[first], order[first], inverse.reshape(x.shape), torch.diff(torch.cat([first, end]))
    )


def _order(flat: Tensor) -> Tensor:
    """Return the indices of a stable sort; complex ones by real, then imaginary part (row 59)."""
    if not flat.is_complex():
        return torch.sort(flat, stable=True).indices
    by_imag = torch.sort(flat.imag, stable=True).indices
    return by_imag[torch.sort(flat.real[by_imag], stable=True).indices]


@checked
def unique_counts(x: Tensor, /) -> UniqueCountsResult[Tensor]:
    """Distinct elements and how often each occurs."""
    found = unique_all(x)
    return UniqueCountsResult(found.values, found.counts)


@checked
def unique_inverse(x: Tensor, /) -> UniqueInverseResult[Tensor]:
    """Distinct elements and the index of each element among them."""
    found = unique_all(x)
    return UniqueInverseResult(found.values, found.inverse_indices)


@checked
def unique_values(x: Tensor, /) -> Tensor:
    """Distinct elements; NaNs are distinct from each other (row 60)."""
    return unique_all(x).values if x.is_complex() else torch.unique(x)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        take, take_along_axis, nonzero, searchsorted, isin, argsort, sort, unique_all,
        unique_counts, unique_inverse, unique_values,
    )
}  # fmt: skip
