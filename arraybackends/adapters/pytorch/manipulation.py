"""Shapes and order of elements: the manipulation functions of the standard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch

from arraybackends.adapters.axes import require_axes
from arraybackends.adapters.pytorch import placement
from arraybackends.adapters.pytorch.dtypes import native_dtype, promoted, require_no_loss
from arraybackends.adapters.pytorch.errors import checked, require_tensor
from arraybackends.errors import AxisError, ShapeError

__all__ = ["FUNCTIONS"]

Tensor = torch.Tensor
Axes = int | tuple[int, ...] | None


@checked
def astype(x: Tensor, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    """Convert to a dtype in any spelling."""
    wanted = native_dtype(dtype)
    require_no_loss(x.is_complex(), wanted)
    place = x.device if device is None else placement.resolve(device)
    return x.to(device=place, dtype=wanted, copy=copy)


@checked
def broadcast_arrays(*arrays: Tensor) -> tuple[Tensor, ...]:
    """Views of one common shape."""
    return tuple(torch.broadcast_tensors(*arrays)) if arrays else ()  # type: ignore[no-untyped-call]


@checked
def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Shape that arrays of these shapes broadcast to."""
    return tuple(torch.broadcast_shapes(*shapes))  # type: ignore[no-untyped-call]


@checked
def broadcast_to(x: Tensor, /, shape: Sequence[int]) -> Tensor:
    """View of another shape."""
    if -1 in shape:
        # PyTorch keeps the size of an axis asked for as -1.
        raise ShapeError(f"Argument `shape` must not be negative, but is {tuple(shape)}.")
    return torch.broadcast_to(x, tuple(shape))


@checked
def concat(arrays: Sequence[Tensor], /, *, axis: int | None = 0) -> Tensor:
    """Join along an existing axis; PyTorch's own takes no `axis=None` (pytorch/pytorch#70925)."""
    if axis is None:
        arrays, axis = [x.reshape(-1) for x in arrays], 0
    return torch.cat(_of_one_dtype(arrays), axis)


@checked
def stack(arrays: Sequence[Tensor], /, *, axis: int = 0) -> Tensor:
    """Join along a new axis."""
    return torch.stack(_of_one_dtype(arrays), axis)


def _of_one_dtype(arrays: Sequence[Tensor]) -> tuple[Tensor, ...]:
    arrays = tuple(arrays)
    if not arrays:
        raise ShapeError("Argument `arrays` must hold at least one array, but is empty.")
    return promoted(*arrays)


@checked
def expand_dims(x: Tensor, /, axis: int | tuple[int, ...] = 0) -> Tensor:
    """Insert axes of size 1; PyTorch inserts one at a time."""
    if isinstance(axis, int):
        return torch.unsqueeze(x, axis)
    ndim = x.ndim + len(axis)
    positions = {a % ndim for a in axis if -ndim <= a < ndim}
    if len(positions) != len(axis):
        raise AxisError(
            f"Argument `axis` must name {len(axis)} distinct axes of {ndim}, but is {axis}."
        )
    for position in sorted(positions):
        x = torch.unsqueeze(x, position)
    return x


@checked
def flip(x: Tensor, /, *, axis: Axes = None) -> Tensor:
    """Reverse the order of elements."""
    return torch.flip(x, tuple(range(x.ndim)) if axis is None else _tuple(axis))


@checked
def matrix_transpose(x: Tensor, /) -> Tensor:
    """Swap the last two axes."""
    require_axes("matrix_transpose", x, 2)
    return x.mT


@checked
def meshgrid(*arrays: Tensor, indexing: Literal["xy", "ij"] = "xy") -> tuple[Tensor, ...]:
    """Coordinate matrices from coordinate vectors."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` must be 'xy' or 'ij', but is {indexing!r}.")
    return tuple(torch.meshgrid(*arrays, indexing=indexing)) if arrays else ()


@checked
def moveaxis(
    x: Tensor, source: int | tuple[int, ...], destination: int | tuple[int, ...], /
) -> Tensor:
    """Move axes to other positions."""
    return torch.movedim(x, _tuple(source), _tuple(destination))


def _tuple(axis: int | tuple[int, ...]) -> tuple[int, ...]:
    return (axis,) if isinstance(axis, int) else tuple(axis)


@checked
def permute_dims(x: Tensor, /, axes: Sequence[int]) -> Tensor:
    """Permute the axes."""
    return torch.permute(x, tuple(axes))


@checked
def repeat(x: Tensor, repeats: Tensor | int, /, *, axis: int | None = None) -> Tensor:
    """Repeat elements; PyTorch counts in int32 or int64 only (pytorch/pytorch#151311)."""
    if isinstance(repeats, Tensor):
        repeats = repeats.to(torch.int64).reshape(-1) if repeats.ndim else repeats.to(torch.int64)
    return torch.repeat_interleave(x, repeats, axis)


@checked
def reshape(x: Tensor, /, shape: Sequence[int], *, copy: bool | None = None) -> Tensor:
    """Change the shape; `copy=False` raises where the elements would have to move."""
    if copy is None:
        return torch.reshape(x, tuple(shape))
    if copy:
        return x.clone(memory_format=torch.contiguous_format).view(tuple(shape))
    result = torch.reshape(x, tuple(shape))
    if result.data_ptr() != x.data_ptr():
        raise ValueError(
            f"Argument `copy` is False, but shape {tuple(shape)} is no view of an array with shape "
            f"{tuple(x.shape)} and strides {x.stride()}. Use `copy=None`."
        )
    return result


@checked
def roll(x: Tensor, /, shift: int | tuple[int, ...], *, axis: Axes = None) -> Tensor:
    """Shift elements around; over the flattened array if `axis` is None."""
    if isinstance(axis, tuple) and isinstance(shift, int):
        # PyTorch does not repeat a single shift for all axes.
        shift = (shift,) * len(axis)
    return torch.roll(x, shift, () if axis is None else axis)


@checked
def squeeze(x: Tensor, /, axis: int | tuple[int, ...]) -> Tensor:
    """Remove axes of size 1; PyTorch keeps others without a word (row 69)."""
    axes = _tuple(axis)
    for a in axes:
        if -x.ndim <= a < x.ndim and x.shape[a] != 1:
            raise ShapeError(
                f"Argument `axis` must name axes of size 1, but is {axis} for an array with shape "
                f"{tuple(x.shape)}."
            )
    return torch.squeeze(x, axes)


@checked
def tile(x: Tensor, repetitions: Sequence[int], /) -> Tensor:
    """Repeat an array along its axes."""
    return torch.tile(x, tuple(repetitions))


@checked
def tril(x: Tensor, /, *, k: int = 0) -> Tensor:
    """Lower triangle of the last two axes."""
    return torch.tril(x, k)


@checked
def triu(x: Tensor, /, *, k: int = 0) -> Tensor:
    """Upper triangle of the last two axes."""
    return torch.triu(x, k)


@checked
def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """Slices along an axis."""
    require_axes("unstack", require_tensor(x), 1)
    return tuple(torch.unbind(x, axis))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        astype, broadcast_arrays, broadcast_shapes, broadcast_to, concat, stack, expand_dims, flip,
        matrix_transpose, meshgrid, moveaxis, permute_dims, repeat, reshape, roll, squeeze, tile,
        tril, triu, unstack,
    )
}  # fmt: skip
