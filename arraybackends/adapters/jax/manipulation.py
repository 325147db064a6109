"""Shapes, indexing, searching, sorting, sets, statistics and utilities of the standard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from arraybackends.adapters.jax.dtypes import DTYPES, default_integer, kind_of, native_dtype
from arraybackends.adapters.jax.errors import (
    ArrayImpl,
    array_operand,
    of_floating_point,
    operand,
    standard,
    translated,
)
from arraybackends.adapters.operands import require_array
from arraybackends.errors import AxisError
from arraybackends.standard import UniqueAllResult, UniqueCountsResult, UniqueInverseResult

__all__ = ["FUNCTIONS"]

Axes = int | tuple[int, ...] | None


def meshgrid(*arrays: Any, indexing: Literal["xy", "ij"] = "xy") -> tuple[Any, ...]:
    return tuple(jnp.meshgrid(*map(array_operand, arrays), indexing=indexing))


def tril(x: Any, /, *, k: int = 0) -> Any:
    return jnp.tril(x, k)


def triu(x: Any, /, *, k: int = 0) -> Any:
    return jnp.triu(x, k)


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    return tuple(jnp.broadcast_arrays(*map(array_operand, arrays)))


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(np.broadcast_shapes(*shapes))


def broadcast_to(x: Any, /, shape: Sequence[int]) -> Any:
    return jnp.broadcast_to(x, shape)


def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    return jnp.concat([array_operand(x) for x in arrays], axis=axis)


def expand_dims(x: Any, /, axis: int | tuple[int, ...] = 0) -> Any:
    return jnp.expand_dims(x, axis)


def flip(x: Any, /, *, axis: Axes = None) -> Any:
    return jnp.flip(x, axis)


def moveaxis(x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...], /) -> Any:
    return jnp.moveaxis(x, source, destination)


def permute_dims(x: Any, /, axes: Sequence[int]) -> Any:
    return jnp.permute_dims(x, tuple(axes))


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    return jnp.repeat(x, repeats, axis=axis)


def reshape(x: Any, /, shape: Sequence[int], *, copy: bool | None = None) -> Any:
    if copy is False:
        raise ValueError(
            "Argument `copy` is False, but JAX does not say whether a reshaped array shares "
            "memory. Leave `copy` away."
        )
    return jnp.reshape(x, shape, copy=copy)


def roll(x: Any, /, shift: int | tuple[int, ...], *, axis: Axes = None) -> Any:
    return jnp.roll(x, shift, axis=axis)


def squeeze(x: Any, /, axis: int | tuple[int, ...]) -> Any:
    return jnp.squeeze(x, axis)


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    return jnp.stack([array_operand(x) for x in arrays], axis=axis)


def tile(x: Any, repetitions: Sequence[int], /) -> Any:
    return jnp.tile(x, tuple(repetitions))


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    return tuple(jnp.unstack(x, axis=axis))


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    if axis is None and x.ndim != 1:
        raise AxisError(
            f"Argument `axis` must be given for an array with {x.ndim} axes, but is None."
        )
    return jnp.take(x, indices, axis=axis)


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    return jnp.take_along_axis(x, indices, axis=axis)


def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    return jnp.argmax(x, axis=axis, keepdims=keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    return jnp.argmin(x, axis=axis, keepdims=keepdims)


def count_nonzero(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return jnp.count_nonzero(x, axis=axis, keepdims=keepdims)


def nonzero(x: Any, /) -> tuple[Any, ...]:
    indices = jnp.nonzero(x)
    # JAX makes empty ones on its default device.
    return tuple(jax.device_put(i, x.sharding) if type(x) is ArrayImpl else i for i in indices)


def searchsorted(
    x1: Any, x2: Any, /, *, side: Literal["left", "right"] = "left", sorter: Any = None
) -> Any:
    positions = jnp.searchsorted(x1, operand(x2), side=side, sorter=sorter)
    # JAX counts in int32 (row 64).
    return lax.convert_element_type(positions, default_integer())


def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    require_array("where", x1, x2)
    return jnp.where(condition, operand(x1), operand(x2))


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    return jnp.isin(operand(x1), operand(x2), invert=invert)


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    return jnp.argsort(x, axis=axis, descending=descending, stable=stable)


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    return jnp.sort(x, axis=axis, descending=descending, stable=stable)


def unique_all(x: Any, /) -> UniqueAllResult[Any]:
    return UniqueAllResult(*jnp.unique_all(x))


def unique_counts(x: Any, /) -> UniqueCountsResult[Any]:
    return UniqueCountsResult(*jnp.unique_counts(x))


def unique_inverse(x: Any, /) -> UniqueInverseResult[Any]:
    return UniqueInverseResult(*jnp.unique_inverse(x))


def unique_values(x: Any, /) -> Any:
    return jnp.unique_values(x)


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    return jnp.cumulative_sum(
        x, axis=axis, dtype=_sum_dtype(x, dtype), include_initial=include_initial
    )


def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    return jnp.cumulative_prod(
        x, axis=axis, dtype=_sum_dtype(x, dtype), include_initial=include_initial
    )


def max(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return jnp.max(x, axis=axis, keepdims=keepdims)


def mean(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return jnp.mean(x, axis=axis, keepdims=keepdims)


def min(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return jnp.min(x, axis=axis, keepdims=keepdims)


def prod(x: Any, /, *, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return jnp.prod(x, axis=axis, dtype=_sum_dtype(x, dtype), keepdims=keepdims)


def std(x: Any, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    return jnp.std(x, axis=axis, correction=correction, keepdims=keepdims)


def sum(x: Any, /, *, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return jnp.sum(x, axis=axis, dtype=_sum_dtype(x, dtype), keepdims=keepdims)


def var(x: Any, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    return jnp.var(x, axis=axis, correction=correction, keepdims=keepdims)


def _truth(x: Any) -> Any:
    # JAX drops the imaginary part on the way to a bool.
    return x != 0 if jnp.iscomplexobj(x) else x


def all(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return jnp.all(_truth(x), axis=axis, keepdims=keepdims)


def any(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return jnp.any(_truth(x), axis=axis, keepdims=keepdims)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    return jnp.diff(x, n=n, axis=axis, prepend=prepend, append=append)


def _sum_dtype(x: Any, dtype: Any) -> Any:
    """Return the dtype of a sum: JAX widens integers in sums, but not in all cumulative ones."""
    if dtype is not None:
        return native_dtype(dtype)
    kind = kind_of(x)
    if kind == "u":
        return DTYPES["uint64" if default_integer().itemsize == 8 else "uint32"]
    return default_integer() if kind in "bi" else None


_FUNCTIONS_OF_ARRAYS: tuple[Callable[..., Any], ...] = (
    tril, triu, broadcast_to, expand_dims, flip, moveaxis, permute_dims, repeat, reshape, roll,
    squeeze, tile, unstack, take, take_along_axis, argmax, argmin, count_nonzero, nonzero, argsort,
    sort, unique_all, unique_counts, unique_inverse, unique_values, cumulative_sum,
    cumulative_prod, max, min, prod, sum, all, any, diff, where,
)  # fmt: skip

FUNCTIONS: dict[str, Any] = {
    **{f.__name__: standard(f) for f in _FUNCTIONS_OF_ARRAYS},
    **{f.__name__: standard(of_floating_point(f)) for f in (mean, std, var)},
} | {
    f.__name__: translated(f)
    for f in (meshgrid, broadcast_arrays, broadcast_shapes, concat, stack, searchsorted, isin)
}
