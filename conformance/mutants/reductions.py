"""Wrong sums, extrema and statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, PyTorchBackend
from mutants.declaration import agrees, wrong
from mutants.elementwise import TELLING


@wrong("std", f"{TELLING}[std]")
def std_of_a_sample(xp: Any, right: Any) -> Any:
    """The default divisor of `std` is N - 1, as PyTorch's is."""
    return lambda x, /, *, correction=1.0, **options: right(x, correction=correction, **options)


@wrong("var", f"{TELLING}[var]")
def correction_of_var_is_an_integer(xp: Any, right: Any) -> Any:
    """`var` rounds the correction."""
    return lambda x, /, *, correction=0.0, **options: right(
        x, correction=int(correction), **options
    )


@wrong("mean", agrees("mean"), on=PyTorchBackend)
def mean_in_single(xp: Any, right: Any) -> Any:
    """`mean` accumulates in single precision."""
    return lambda x, /, **options: right(
        x.to(xp.complex64 if x.is_complex() else xp.float32), **options
    ).to(x.dtype)


@wrong("sum", agrees("sum"))
def sum_keeps_small_integers(xp: Any, right: Any) -> Any:
    """`sum` of int8 is int8."""
    return lambda x, /, *, dtype=None, **options: right(x, dtype=dtype or x.dtype, **options)


@wrong("sum", f"{TELLING}[sum]")
def sum_wraps_before_it_widens(xp: Any, right: Any) -> Any:
    """`sum` of int8 overflows, and is int64 afterwards."""
    return lambda x, /, *, dtype=None, **options: right(x, dtype=x.dtype, **options).astype(
        right(x, dtype=dtype, **options).dtype
    )


@wrong("sum", f"{TELLING}[sum]", on=PyTorchBackend)
def sum_over_no_axes_is_over_all(xp: Any, right: Any) -> Any:
    """`sum` takes `axis=()` for all axes, as PyTorch does."""
    return lambda x, /, *, axis=None, **options: right(
        x, axis=None if axis == () else axis, **options
    )


@wrong("prod", f"{TELLING}[prod]", on=JAXBackend)
def prod_ignores_dtype(xp: Any, right: Any) -> Any:
    """`prod` ignores `dtype`."""
    return lambda x, /, *, axis=None, dtype=None, keepdims=False: right(
        x, axis=axis, keepdims=keepdims
    )


@wrong("max", agrees("max"))
def max_ignores_keepdims(xp: Any, right: Any) -> Any:
    """`max` ignores `keepdims`."""
    return lambda x, /, *, axis=None, keepdims=False: right(x, axis=axis)


@wrong("min", "test_special_cases.py::test_nan_passes_through_reductions[67-min-64]")
def min_skips_nan(xp: Any, right: Any) -> Any:
    """`min` ignores NaN."""
    return lambda x, /, *, axis=None, keepdims=False: np.asarray(
        np.fmin.reduce(x, axis=axis, keepdims=keepdims)
    )


@wrong("argmax", agrees("argmax"))
def argmax_is_a_scalar_of_python(xp: Any, right: Any) -> Any:
    """`argmax` of a whole array is a Python integer."""
    return lambda x, /, *, axis=None, keepdims=False: (
        int(right(x)) if axis is None and not keepdims else right(x, axis=axis, keepdims=keepdims)
    )


@wrong("argmin", f"{TELLING}[argmin]")
def last_of_equal_minima(xp: Any, right: Any) -> Any:
    """`argmin` gives the last of several minima."""

    def argmin(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        n = x.size if axis is None else x.shape[axis]
        return n - 1 - right(np.flip(x, axis=axis), axis=axis, keepdims=keepdims)

    return argmin


@wrong("all", agrees("all"))
def all_is_a_count(xp: Any, right: Any) -> Any:
    """`all` counts."""
    return lambda x, /, *, axis=None, keepdims=False: np.asarray(
        np.sum(x != 0, axis=axis, keepdims=keepdims)
    )


@wrong("any", f"{TELLING}[any]", on=PyTorchBackend)
def any_of_bytes_is_a_byte(xp: Any, right: Any) -> Any:
    """`any` of uint8 is uint8, as PyTorch's is."""

    def any_(x: Any, /, **options: Any) -> Any:
        found = right(x, **options)
        return found.to(x.dtype) if x.dtype == xp.uint8 else found

    return any_


@wrong("cumulative_sum", agrees("cumulative_sum"))
def cumulative_sum_without_its_start(xp: Any, right: Any) -> Any:
    """`cumulative_sum` ignores `include_initial`."""
    return lambda x, /, *, axis=None, dtype=None, include_initial=False: right(
        x, axis=axis, dtype=dtype
    )


@wrong("diff", agrees("diff"))
def diff_without_prepend(xp: Any, right: Any) -> Any:
    """`diff` ignores `prepend`."""
    return lambda x, /, *, prepend=None, **options: right(x, **options)


@wrong("diff", f"{TELLING}[diff]")
def diff_only_once(xp: Any, right: Any) -> Any:
    """`diff` ignores `n`."""
    return lambda x, /, *, n=1, **options: right(x, n=min(n, 1), **options)
