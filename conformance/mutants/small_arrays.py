"""Wrong only for arrays without axes or without elements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from mutants.declaration import agrees, wrong

NOTHING = "test_small_arrays.py::test_nothing_is_reduced_to_the_neutral_element"


@wrong("prod", "test_special_cases.py::test_reduction_of_nothing[prod-64]")
def prod_of_nothing_is_zero(xp: Any, right: Any) -> Any:
    """`prod` of no elements is 0."""
    return lambda x, /, **options: right(x, **options) if x.size else 0 * right(x, **options)


@wrong("any", agrees("any"))
def any_of_nothing(xp: Any, right: Any) -> Any:
    """`any` of no elements is true."""
    return lambda x, /, **options: right(x, **options) if x.size else ~right(x, **options)


@wrong("mean", "test_special_cases.py::test_reduction_of_nothing[mean-64]")
def mean_of_nothing_is_zero(xp: Any, right: Any) -> Any:
    """`mean` of no elements is 0."""
    return lambda x, /, **options: (
        right(x, **options) if x.size else np.zeros_like(xp.sum(x, **options))
    )


@wrong("flip", agrees("flip"), error=IndexError)
def flip_needs_an_axis(xp: Any, right: Any) -> Any:
    """`flip` of a 0-d array fails."""
    return lambda x, /, *, axis=None: (x.shape[0:1][0], right(x, axis=axis))[1]


@wrong("concat", "test_small_arrays.py::test_empty_arrays_promote")
def concat_forgets_empty_arrays(xp: Any, right: Any) -> Any:
    """`concat` leaves empty arrays out, and their dtypes out of the promotion."""

    def concat(arrays: Any, /, *, axis: Any = 0) -> Any:
        return right([x for x in arrays if x.size] or list(arrays), axis=axis)

    return concat


@wrong("sort", agrees("sort"))
def sort_of_nothing_is_double(xp: Any, right: Any) -> Any:
    """`sort` of no elements is float64."""
    return lambda x, /, **options: right(x, **options) if x.size else np.zeros(x.shape)


@wrong("matmul", agrees("matmul"))
def matmul_over_nothing_is_one(xp: Any, right: Any) -> Any:
    """`matmul` over an axis of length 0 is 1."""
    return lambda x1, x2, /: right(x1, x2) + (0 if x1.shape[-1] else 1)


@wrong("linalg.det", "test_small_arrays.py::test_matrices_without_rows[batch0]")
def det_of_nothing_is_zero(xp: Any, right: Any) -> Any:
    """`det` of a 0-by-0 matrix is 0."""
    return lambda x, /: right(x) if x.shape[-1] else np.zeros(x.shape[:-2], x.dtype)


@wrong("linalg.matrix_rank", "test_small_arrays.py::test_matrices_without_rows[batch0]",
       on=JAXBackend, error=ValueError)  # fmt: skip
def rank_of_nothing_fails(xp: Any, right: Any) -> Any:
    """`matrix_rank` of a 0-by-0 matrix fails, as JAX's does."""
    return lambda x, /, *, rtol=None: xp.native.numpy.linalg.matrix_rank(x, rtol=rtol)


@wrong("linalg.vector_norm", NOTHING)
def norm_of_nothing_is_undefined(xp: Any, right: Any) -> Any:
    """`vector_norm` of no elements is NaN."""
    return lambda x, /, **options: right(x, **options) if x.size else right(x, **options) + math.nan


@wrong("vecdot", agrees("vecdot"))
def vecdot_of_nothing_is_undefined(xp: Any, right: Any) -> Any:
    """`vecdot` over an axis of length 0 is NaN."""
    return lambda x1, x2, /, *, axis=-1: (
        right(x1, x2, axis=axis) if x1.shape[axis] else right(x1, x2, axis=axis) + 1
    )


@wrong("nonzero", "test_small_arrays.py::test_a_number_has_no_positions")
def nonzero_of_a_number(xp: Any, right: Any) -> Any:
    """`nonzero` takes a 0-d array for a vector."""
    return lambda x, /: right(np.atleast_1d(x))


@wrong("take", "test_small_arrays.py::test_empty_arrays_keep_their_dtype")
def take_nothing_takes_everything(xp: Any, right: Any) -> Any:
    """`take` without indices returns its argument."""
    return lambda x, indices, /, *, axis=None: right(x, indices, axis=axis) if indices.size else x


@wrong("argmax", agrees("argmax"))
def argmax_keeps_one_axis(xp: Any, right: Any) -> Any:
    """`argmax` of all elements keeps one axis, not all of them."""
    return lambda x, /, *, axis=None, keepdims=False: (
        right(x).reshape(1) if axis is None and keepdims else right(x, axis=axis, keepdims=keepdims)
    )


@wrong("count_nonzero", agrees("count_nonzero"))
def count_of_a_number_is_a_truth(xp: Any, right: Any) -> Any:
    """`count_nonzero` of a 0-d array is a boolean."""
    return lambda x, /, **options: right(x, **options) if x.ndim else np.asarray(x != 0)


@wrong("meshgrid", agrees("meshgrid"))
def meshgrid_of_one_is_no_tuple(xp: Any, right: Any) -> Any:
    """`meshgrid` of one array is that array."""
    return lambda *arrays, indexing="xy": (
        right(*arrays, indexing=indexing) if len(arrays) > 1 else arrays[0]
    )


@wrong("linspace", agrees("linspace"))
def linspace_of_one_is_the_end(xp: Any, right: Any) -> Any:
    """`linspace` of one number is the end, not the start."""
    return lambda start, stop, /, num, **options: right(
        stop if num == 1 else start, stop, num, **options
    )


@wrong("isin", agrees("isin"))
def everything_is_in_nothing(xp: Any, right: Any) -> Any:
    """`isin` of an empty set is true."""
    return lambda x1, x2, /, *, invert=False: right(x1, x2, invert=invert ^ (x2.size == 0))


@wrong("diff", "test_small_arrays.py::test_more_differences_than_elements", error=ValueError)
def diff_needs_elements(xp: Any, right: Any) -> Any:
    """`diff` of fewer elements than differences fails."""

    def diff(x: Any, /, *, axis: int = -1, n: int = 1, **options: Any) -> Any:
        if n >= x.shape[axis] and not options:
            raise ValueError("There are too few elements to take differences.")
        return right(x, axis=axis, n=n, **options)

    return diff


@wrong("unstack", agrees("unstack"), error=IndexError)
def unstack_needs_elements(xp: Any, right: Any) -> Any:
    """`unstack` of an axis of length 0 fails."""
    return lambda x, /, *, axis=0: (np.take(x, 0, axis=axis), right(x, axis=axis))[1]


@wrong("roll", agrees("roll"), error=ZeroDivisionError)
def roll_divides_by_the_length(xp: Any, right: Any) -> Any:
    """`roll` of an axis of length 0 divides by 0."""

    def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
        if isinstance(axis, int) and isinstance(shift, int):
            shift %= x.shape[axis]
        elif axis is None:
            shift %= x.size
        return right(x, shift, axis=axis)

    return roll


@wrong("to_numpy", "test_conversion.py::test_to_numpy_gives_a_fresh_writable_array",
       on=PyTorchBackend)  # fmt: skip
def to_numpy_of_a_number_is_a_scalar(xp: Any, right: Any) -> Any:
    """`to_numpy` of a 0-d array is a scalar of NumPy."""
    return lambda x, /, *, copy=True: right(x, copy=copy)[()]


@wrong("unique_values", "test_small_arrays.py::test_sets_without_elements[int8]")
def values_of_nothing_are_double(xp: Any, right: Any) -> Any:
    """`unique_values` of no elements is float64."""
    return lambda x, /: right(x) if x.size else np.zeros(0)


@wrong("cumulative_sum", "test_small_arrays.py::test_empty_arrays_keep_their_dtype")
def nothing_has_no_initial_sum(xp: Any, right: Any) -> Any:
    """`cumulative_sum` with `include_initial` along an axis of length 0 is empty."""
    return lambda x, /, *, axis=None, include_initial=False, **options: right(
        x, axis=axis, include_initial=include_initial and x.size > 0, **options
    )


@wrong("searchsorted", agrees("searchsorted"))
def position_of_a_number_has_an_axis(xp: Any, right: Any) -> Any:
    """`searchsorted` of a 0-d array is 1-d."""
    return lambda x1, x2, /, **options: np.atleast_1d(right(x1, x2, **options))


@wrong("vmap", "test_options.py::test_vmap_over_nothing", on=NumPyBackend)
def vmap_over_nothing_is_double(xp: Any, right: Any) -> Any:
    """`vmap` over no elements is float64."""

    def vmap(fn: Any, /, **options: Any) -> Any:
        mapped = right(fn, **options)
        return lambda *args: mapped(*args) if len(args[0]) else mapped(*args).astype("float64")

    return vmap
