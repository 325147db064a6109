"""Wrong indexing, searching, sorting, sets, counting and updates."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from mutants.declaration import agrees, killed_by, wrong
from mutants.elementwise import TELLING


@wrong("argsort", f"{TELLING}[argsort]")
def argsort_is_unstable(xp: Any, right: Any) -> Any:
    """`argsort` does not keep the order of equal elements in long arrays."""
    return lambda x, /, *, axis=-1, descending=False, stable=True: (
        right(x, axis=axis, descending=True) if descending else np.argsort(x, axis, "quicksort")
    )


@wrong("argsort", agrees("argsort"))
def argsort_reverses_ties(xp: Any, right: Any) -> Any:
    """`argsort` in descending order is the ascending one reversed."""
    return lambda x, /, *, axis=-1, descending=False, stable=True: (
        np.flip(right(x, axis=axis), axis=axis) if descending else right(x, axis=axis)
    )


@wrong("sort", agrees("sort"))
def sort_puts_nan_first(xp: Any, right: Any) -> Any:
    """`sort` treats NaN as the smallest number."""

    def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
        key = np.where(np.isnan(x), -np.inf, x) if x.dtype.kind == "f" else x
        order = xp.argsort(key, axis=axis, descending=descending)
        return np.take_along_axis(x, order, axis=axis)

    return sort


@wrong("sort", f"{TELLING}[sort]")
def sort_by_negation(xp: Any, right: Any) -> Any:
    """`sort` in descending order negates, which the smallest integer does not survive."""
    return lambda x, /, *, axis=-1, descending=False, stable=True: (
        -right(-x, axis=axis) if descending else right(x, axis=axis)
    )


@wrong("searchsorted", agrees("searchsorted"))
def searchsorted_on_the_left(xp: Any, right: Any) -> Any:
    """`searchsorted` ignores `side`."""
    return lambda x1, x2, /, *, side="left", sorter=None: right(x1, x2, sorter=sorter)


@wrong("searchsorted", agrees("searchsorted"), on=JAXBackend)
def searchsorted_in_int32(xp: Any, right: Any) -> Any:
    """`searchsorted` gives int32, as JAX's does."""
    return lambda x1, x2, /, **options: right(x1, x2, **options).astype("int32")


@wrong("take", "test_contract.py::test_capability_checks_bounds_is_true")
def take_clamps(xp: Any, right: Any) -> Any:
    """`take` clamps indices that are out of bounds."""
    return lambda x, indices, /, *, axis=None: np.take(x, indices, axis=axis, mode="clip")


@wrong("take_along_axis", f"{TELLING}[take_along_axis]")
def take_along_the_first_axis(xp: Any, right: Any) -> Any:
    """The default axis of `take_along_axis` is the first."""
    return lambda x, indices, /, *, axis=0: right(x, indices, axis=axis)


@wrong("nonzero", agrees("nonzero"), on=PyTorchBackend)
def nonzero_as_a_matrix(xp: Any, right: Any) -> Any:
    """`nonzero` gives one array of coordinates, as PyTorch's does."""
    return lambda x, /: xp.native.nonzero(x)


@wrong("unique_counts", f"{TELLING}[unique_counts]")
def equal_nans_are_counted_together(xp: Any, right: Any) -> Any:
    """`unique_counts` takes all NaNs for one value."""
    result = type(right(np.zeros(1)))
    return lambda x, /: result(*np.unique(x, return_counts=True, equal_nan=True))


@wrong("unique_inverse", agrees("unique_inverse"))
def inverse_is_flat(xp: Any, right: Any) -> Any:
    """`unique_inverse` gives flat indices."""

    def unique_inverse(x: Any, /) -> Any:
        found = right(x)
        return found._replace(inverse_indices=found.inverse_indices.reshape(-1))

    return unique_inverse


@wrong("isin", agrees("isin"))
def isin_never_inverts(xp: Any, right: Any) -> Any:
    """`isin` ignores `invert`."""
    return lambda x1, x2, /, *, invert=False: right(x1, x2)


@wrong("where", agrees("where"), on=PyTorchBackend)
def where_in_the_dtype_of_the_first(xp: Any, right: Any) -> Any:
    """`where` casts to the dtype of its second argument."""
    return lambda condition, x1, x2, /: right(condition, x1, x2).to(
        x1.dtype if xp.is_array(x1) else x2.dtype
    )


@wrong("bincount", agrees("bincount"))
def bincount_without_minlength(xp: Any, right: Any) -> Any:
    """`bincount` ignores `minlength`."""
    return lambda x, /, *, weights=None, minlength=0: right(x, weights=weights)


@killed_by("test_updates.py::test_every_update_of_every_index[array-add]")
class AddsOncePerIndex(NumPyBackend):
    """`at(x)[i].add` adds once where an index repeats, as `x[i] += v` does."""

    def _update(self, name: Any, x: Any, index: Any, values: Any) -> Any:
        if name != "add":
            return super()._update(name, x, index, values)
        result = x.copy()
        result[index] += values
        return result


@killed_by("test_updates.py::test_every_update_of_every_index[integer-set]")
class SetsInPlace(NumPyBackend):
    """`at(x)[i].set` writes to `x`."""

    def _update(self, name: Any, x: Any, index: Any, values: Any) -> Any:
        if name != "set":
            return super()._update(name, x, index, values)
        x[index] = values
        return x


@killed_by("test_updates.py::test_complex_values_do_not_lose_their_imaginary_part_in_real_arrays")
class SetsTheRealPart(NumPyBackend):
    """`at(x)[i].set` drops the imaginary part, as JAX and PyTorch do."""

    def at(self, x: Any, /) -> Any:
        class Update:
            def __getitem__(self, index: Any) -> Any:
                self.index = index
                return self

            def set(self, values: Any, /) -> Any:
                result = x.copy()
                result[self.index] = np.real(values)
                return result

        return Update()
