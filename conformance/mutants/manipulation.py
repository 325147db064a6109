"""Elements moved to the wrong place."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, PyTorchBackend
from mutants.declaration import agrees, wrong
from mutants.elementwise import TELLING


@wrong("roll", agrees("roll"))
def roll_to_the_left(xp: Any, right: Any) -> Any:
    """`roll` moves elements to lower indices."""

    def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
        back = tuple(-s for s in shift) if isinstance(shift, tuple) else -shift
        return right(x, back, axis=axis)

    return roll


@wrong("repeat", agrees("repeat"), on=PyTorchBackend)
def repeat_tiles(xp: Any, right: Any) -> Any:
    """`repeat` repeats the whole, as PyTorch's method of that name does."""

    def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
        if not isinstance(repeats, int):
            return right(x, repeats, axis=axis)
        x, axis = (xp.reshape(x, (-1,)), 0) if axis is None else (x, axis)
        return xp.concat([x] * repeats, axis=axis) if repeats else right(x, 0, axis=axis)

    return repeat


@wrong("permute_dims", f"{TELLING}[permute_dims]")
def permute_dims_backwards(xp: Any, right: Any) -> Any:
    """`permute_dims` takes the inverse permutation."""
    return lambda x, /, axes: right(x, tuple(axes.index(i) for i in range(len(axes))))


@wrong("moveaxis", f"{TELLING}[moveaxis]")
def moveaxis_swaps(xp: Any, right: Any) -> Any:
    """`moveaxis` exchanges two axes."""
    return lambda x, source, destination, /: (
        np.swapaxes(x, source, destination)
        if isinstance(source, int)
        else right(x, source, destination)
    )


@wrong("matrix_transpose", f"{TELLING}[matrix_transpose]", on=JAXBackend)
def matrix_transpose_reverses_all_axes(xp: Any, right: Any) -> Any:
    """`matrix_transpose` is `.T`."""
    return lambda x, /: x.T


@wrong("stack", agrees("stack"))
def stack_along_the_last_axis(xp: Any, right: Any) -> Any:
    """The default axis of `stack` is the last."""
    return lambda arrays, /, *, axis=-1: right(arrays, axis=axis)


@wrong("concat", agrees("concat"))
def concat_without_axis_is_along_the_first(xp: Any, right: Any) -> Any:
    """`concat` takes `axis=None` for 0 instead of flattening."""
    return lambda arrays, /, *, axis=0: right(arrays, axis=axis or 0)


@wrong("flip", agrees("flip"))
def flip_one_axis(xp: Any, right: Any) -> Any:
    """`flip` without an axis flips the last one only."""
    return lambda x, /, *, axis=None: right(x, axis=-1 if axis is None and x.ndim else axis)


@wrong("tril", agrees("tril"))
def tril_counts_diagonals_downwards(xp: Any, right: Any) -> Any:
    """`tril` has the sign of `k` wrong."""
    return lambda x, /, *, k=0: right(x, k=-k)


@wrong("meshgrid", agrees("meshgrid"), on=PyTorchBackend)
def meshgrid_by_rows(xp: Any, right: Any) -> Any:
    """The default indexing of `meshgrid` is "ij", as PyTorch's is."""
    return lambda *arrays, indexing="ij": right(*arrays, indexing=indexing)


@wrong("reshape", agrees("reshape"))
def reshape_in_fortran_order(xp: Any, right: Any) -> Any:
    """`reshape` takes the elements column by column."""
    return lambda x, /, shape, *, copy=None: np.reshape(x, shape, order="F", copy=copy)


@wrong("squeeze", "test_errors.py::test_shapes_that_do_not_fit_are_a_shape_error[squeeze]")
def squeeze_of_a_long_axis_does_nothing(xp: Any, right: Any) -> Any:
    """`squeeze` of an axis that is not 1 returns its argument, as PyTorch does."""
    return lambda x, /, axis: np.squeeze(x) if 1 in x.shape else x


@wrong("unstack", agrees("unstack"))
def unstack_the_first_axis(xp: Any, right: Any) -> Any:
    """`unstack` ignores `axis`."""
    return lambda x, /, *, axis=0: right(x)


@wrong("expand_dims", agrees("expand_dims"))
def expand_dims_after_the_axis(xp: Any, right: Any) -> Any:
    """`expand_dims` counts negative axes in the old shape."""
    return lambda x, /, axis=0: right(
        x, axis if not isinstance(axis, int) or axis >= 0 or not x.ndim else axis % x.ndim
    )


@wrong("broadcast_to", "test_operations.py::test_accepts_every_layout[broadcast_to]")
def broadcast_to_reads_memory_in_order(xp: Any, right: Any) -> Any:
    """`broadcast_to` ignores the strides of its argument."""

    def broadcast_to(x: Any, /, shape: Any) -> Any:
        memory = x if x.base is None else x.base.reshape(-1)[: x.size]
        return right(memory.reshape(x.shape), shape)

    return broadcast_to
