"""Wrong in one dtype, or on the way between two."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends import ShapeError
from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from mutants.declaration import agrees, killed_by, wrong
from mutants.elementwise import TELLING

LARGE = "test_large_integers.py::"


@wrong("abs", agrees("abs"))
def abs_of_complex64_is_double(xp: Any, right: Any) -> Any:
    """`abs` of complex64 is float64."""
    return lambda x, /: right(x).astype("float64") if x.dtype == "complex64" else right(x)


@wrong("max", f"{TELLING}[max]")
def max_of_unsigned_as_signed(xp: Any, right: Any) -> Any:
    """`max` of uint64 compares as int64."""
    return lambda x, /, **options: (
        right(x.view("int64"), **options).view("uint64")
        if x.dtype == "uint64"
        else right(x, **options)
    )


@wrong("floor_divide", f"{TELLING}[floor_divide]")
def floor_divide_through_floats(xp: Any, right: Any) -> Any:
    """`floor_divide` of int64 computes in float64."""

    def floor_divide(x1: Any, x2: Any, /) -> Any:
        quotient = right(x1, x2)
        if quotient.dtype != "int64":
            return quotient
        return np.floor(np.true_divide(x1, x2)).astype("int64")

    return floor_divide


@wrong("remainder", f"{TELLING}[remainder]")
def remainder_through_floats(xp: Any, right: Any) -> Any:
    """`remainder` of uint64 computes in float64."""

    def remainder(x1: Any, x2: Any, /) -> Any:
        rest = right(x1, x2)
        if rest.dtype != "uint64":
            return rest
        return np.remainder(np.asarray(x1, "float64"), np.asarray(x2, "float64")).astype("uint64")

    return remainder


@wrong("equal", LARGE + "test_neighbours_are_told_apart[equal]")
def equal_through_floats(xp: Any, right: Any) -> Any:
    """`equal` of int64 compares as float64."""
    return lambda x1, x2, /: right(
        *(np.asarray(x, "float64") if getattr(x, "dtype", None) == "int64" else x for x in (x1, x2))
    )


@wrong("sort", LARGE + "test_neighbours_are_sorted")
def sort_through_floats(xp: Any, right: Any) -> Any:
    """`sort` of int64 goes by float64."""

    def sort(x: Any, /, *, axis: int = -1, **options: Any) -> Any:
        key = x.astype("float64") if x.dtype == "int64" else x
        return np.take_along_axis(x, xp.argsort(key, axis=axis, **options), axis=axis)

    return sort


@wrong("unique_values", LARGE + "test_neighbours_are_different")
def unique_through_floats(xp: Any, right: Any) -> Any:
    """`unique_values` of int64 takes for equal what float64 cannot tell apart."""

    def unique_values(x: Any, /) -> Any:
        if x.dtype != "int64":
            return right(x)
        _, first = np.unique(x.astype("float64"), return_index=True)
        return x.reshape(-1)[first]

    return unique_values


@wrong("isin", LARGE + "test_neighbours_are_different")
def isin_through_floats(xp: Any, right: Any) -> Any:
    """`isin` of int64 compares as float64."""
    return lambda x1, x2, /, **options: right(x1.astype("float64"), x2.astype("float64"), **options)


@wrong("searchsorted", LARGE + "test_neighbours_are_found")
def searchsorted_through_floats(xp: Any, right: Any) -> Any:
    """`searchsorted` of int64 compares as float64."""
    return lambda x1, x2, /, **options: right(
        x1.astype("float64") if x1.dtype == "int64" else x1, x2, **options
    )


@wrong("where", LARGE + "test_large_integers_are_moved_whole[where]")
def where_through_floats(xp: Any, right: Any) -> Any:
    """`where` of int64 passes through float64."""

    def where(condition: Any, x1: Any, x2: Any, /) -> Any:
        chosen = right(condition, x1, x2)
        return chosen.astype("float64").astype("int64") if chosen.dtype == "int64" else chosen

    return where


@wrong("astype", LARGE + "test_conversions_round_once")
def astype_by_way_of_single(xp: Any, right: Any) -> Any:
    """`astype` of integers to float64 rounds to float32."""

    def astype(x: Any, dtype: Any, /, **options: Any) -> Any:
        converted = right(x, dtype, **options)
        if x.dtype.kind in "iu" and converted.dtype == "float64":
            return converted.astype("float32").astype("float64")
        return converted

    return astype


@wrong("astype", "test_magnitudes.py::test_what_is_not_zero_is_true[float64]")
def truth_of_the_integral_part(xp: Any, right: Any) -> Any:
    """`astype` of 0.5 to bool is false."""

    def astype(x: Any, dtype: Any, /, **options: Any) -> Any:
        if xp.isdtype(dtype, "bool") and x.dtype.kind == "f":
            return right(np.trunc(x), dtype, **options)
        return right(x, dtype, **options)

    return astype


@wrong("asarray", LARGE + "test_large_numbers_of_python_are_taken_whole")
def integers_of_python_through_floats(xp: Any, right: Any) -> Any:
    """`asarray` of Python integers passes through float64."""

    def asarray(obj: Any, /, **options: Any) -> Any:
        if type(obj) is int:
            obj = int(float(obj))
        return right(obj, **options)

    return asarray


@wrong("full", LARGE + "test_large_numbers_of_python_are_taken_whole", on=PyTorchBackend)
def full_through_floats(xp: Any, right: Any) -> Any:
    """`full` passes integers through float64."""
    return lambda shape, fill_value, **options: right(
        shape, int(float(fill_value)) if type(fill_value) is int else fill_value, **options
    )


@wrong("arange", LARGE + "test_large_numbers_of_python_are_taken_whole")
def arange_through_floats(xp: Any, right: Any) -> Any:
    """`arange` of integers counts in float64."""

    def arange(start: Any, /, stop: Any = None, step: Any = 1, **options: Any) -> Any:
        start, stop = (0, start) if stop is None else (start, stop)
        wanted = right(start, stop, step, **options)
        return (float(start) + step * np.arange(wanted.size, dtype="float64")).astype(wanted.dtype)

    return arange


@wrong("linalg.trace", LARGE + "test_small_integers_do_not_overflow[linalg.trace]")
def trace_wraps_before_it_widens(xp: Any, right: Any) -> Any:
    """`trace` of int8 overflows, and is int64 afterwards."""
    return lambda x, /, *, offset=0, dtype=None: np.trace(x, offset, -2, -1, dtype=x.dtype).astype(
        right(x, dtype=dtype).dtype
    )


@wrong("linalg.svd", f"{TELLING}[linalg.svd]")
def singular_values_are_complex(xp: Any, right: Any) -> Any:
    """`svd` of complex64 has complex singular values."""

    def svd(x: Any, /, **options: Any) -> Any:
        found = right(x, **options)
        return found._replace(S=found.S.astype(x.dtype)) if x.dtype == "complex64" else found

    return svd


@wrong("var", "test_magnitudes.py::test_spread_about_a_large_mean[options0-float32-var]")
def var_of_singles_cancels(xp: Any, right: Any) -> Any:
    """`var` of float32 is the mean square less the squared mean."""
    return lambda x, /, **options: (
        right(x, **options)
        if x.dtype != "float32" or options
        else np.asarray(np.mean(x * x) - np.mean(x) ** 2)
    )


@wrong("mean", agrees("mean"), on=JAXBackend)
def mean_of_complex64_is_double(xp: Any, right: Any) -> Any:
    """`mean` of complex64 is complex128."""
    return lambda x, /, **options: right(
        x.astype("complex128") if x.dtype == "complex64" else x, **options
    )


@wrong("take", "test_indices.py::test_every_integer_dtype_is_an_index[uint8]", on=PyTorchBackend)
def bytes_are_a_mask(xp: Any, right: Any) -> Any:
    """`take` takes indices of uint8 for a mask, as PyTorch does."""
    return lambda x, indices, /, *, axis=None: (
        xp.moveaxis(xp.moveaxis(x, axis or 0, 0)[indices.bool()], 0, axis or 0)
        if indices.dtype == xp.uint8
        else right(x, indices, axis=axis)
    )


@killed_by("test_indices.py::test_every_integer_dtype_is_an_index[uint8]", error=ShapeError)
class UpdatesByAMask(NumPyBackend):
    """`at` takes indices of uint8 for a mask."""

    def _update(self, name: Any, x: Any, index: Any, values: Any) -> Any:
        if getattr(index, "dtype", None) == "uint8":
            index = np.flatnonzero(np.resize(index, len(x)))
        return super()._update(name, x, index, values)


@wrong("result_type", "test_dtypes.py::test_every_pair_of_dtypes_promotes", on=PyTorchBackend)
def bytes_are_signed(xp: Any, right: Any) -> Any:
    """`result_type` of int8 and uint8 is int8."""

    def result_type(*operands: Any) -> Any:
        names = {xp.dtype_name(getattr(x, "dtype", x)) for x in operands}
        return xp.int8 if names == {"int8", "uint8"} else right(*operands)

    return result_type


@wrong("full", "test_dtypes.py::test_arrays_made_from_numbers_promote_like_others", on=JAXBackend)
def full_is_weak(xp: Any, right: Any) -> Any:
    """`full` has JAX's weak type, which any other dtype beats."""
    return lambda shape, fill_value, *, dtype=None, device=None: (
        xp.native.numpy.full(shape, fill_value)
        if dtype is None and type(fill_value) is float
        else right(shape, fill_value, dtype=dtype, device=device)
    )
