"""`vmap` for libraries that do not vectorise: a loop over the elements, and a stack."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

from arraybackends.errors import AxisError, CapabilityError, ShapeError
from arraybackends.generic.containers import broadcast_prefix, flatten, unflatten

__all__ = ["LoopVectorisation", "check_options", "steered_by_values"]


class LoopVectorisation:
    """`vmap` of a backend, one call of the function for each element."""

    def vmap(
        self, fn: Callable[..., Any], /, *, in_axes: Any = 0, out_axes: Any = 0,
        chunk_size: int | None = None, randomness: Literal["error", "different", "same"] = "error",
    ) -> Callable[..., Any]:  # fmt: skip
        xp: Any = self
        check_options(chunk_size, randomness)

        @functools.wraps(fn)
        def vectorised(*args: Any) -> Any:
            leaves, structure = flatten(args)
            axes = broadcast_prefix(in_axes, args, name="in_axes")
            axes = [_position(axis, leaf) for axis, leaf in zip(axes, leaves, strict=True)]
            size = _batch_size(axes, leaves)

            def call(element: int) -> Any:
                picked = [
                    leaf if axis is None else leaf[(slice(None),) * axis + (element, ...)]
                    for axis, leaf in zip(axes, leaves, strict=True)
                ]
                return fn(*unflatten(structure, picked))

            if size == 0:
                # One call on zeros tells the shapes of the results that there are none of.
                leaves = [
                    leaf if axis is None else _one_of_zeros(xp, leaf, axis)
                    for axis, leaf in zip(axes, leaves, strict=True)
                ]
                return _stacked(xp, [call(0)], out_axes, size)
            return _stacked(xp, [call(element) for element in range(size)], out_axes, size)

        return vectorised


def steered_by_values(fn: Callable[..., Any], /) -> CapabilityError:
    """Return the error of a function that cannot be mapped, because it looks at values."""
    name = getattr(fn, "__name__", type(fn).__name__)
    return CapabilityError(
        f"`{name}` looks at values, of which there are many at once inside `xp.vmap`. Use "
        "`xp.cond`, `xp.where`, `xp.scan` or `xp.while_loop` in place of Python's `if`, `for` and "
        "`while`, and functions of `xp` in place of `float`, `int` and NumPy."
    )


def check_options(chunk_size: int | None, randomness: str) -> None:
    """Refuse values of the options of `vmap` that mean nothing."""
    if chunk_size is not None and chunk_size < 1:
        raise ValueError(f"Argument `chunk_size` must be positive or None, but is {chunk_size}.")
    if randomness not in ("error", "different", "same"):
        raise ValueError(
            f"Argument `randomness` must be 'error', 'different' or 'same', but is {randomness!r}."
        )


def _position(axis: Any, leaf: Any) -> int | None:
    """Axis as a non-negative number; None for an argument that is not mapped."""
    if axis is None:
        return None
    ndim = len(leaf.shape)
    if not -ndim <= axis < ndim:
        raise AxisError(f"Argument `in_axes` names axis {axis}, but the array has {ndim} axes.")
    return int(axis % ndim)


def _batch_size(axes: list[int | None], leaves: list[Any]) -> int:
    sizes = {leaf.shape[axis] for axis, leaf in zip(axes, leaves, strict=True) if axis is not None}
    if len(sizes) != 1:
        raise ShapeError(
            f"The mapped axes must have one size, but have {sorted(sizes)}."
            if sizes
            else "Argument `in_axes` must map at least one array."
        )
    return int(sizes.pop())


def _one_of_zeros(xp: Any, leaf: Any, axis: int) -> Any:
    shape = (*leaf.shape[:axis], 1, *leaf.shape[axis + 1 :])
    return xp.zeros(shape, dtype=leaf.dtype, device=xp.device_of(leaf))


def _stacked(xp: Any, results: list[Any], out_axes: Any, size: int) -> Any:
    """Stack results leaf by leaf; of none, the first tells shapes and dtypes."""
    columns = [flatten(result) for result in results]
    structure = columns[0][1]
    axes = broadcast_prefix(out_axes, results[0], name="out_axes")
    stacked = []
    for axis, *column in zip(axes, *(leaves for leaves, _ in columns), strict=True):
        if axis is None:
            stacked.append(column[0])
            continue
        whole = xp.stack([xp.asarray(x) for x in column], axis=axis)
        if size == 0:
            whole = xp.moveaxis(xp.moveaxis(whole, axis, 0)[:0, ...], 0, axis)
        stacked.append(whole)
    return unflatten(structure, stacked)
