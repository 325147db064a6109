"""Memory shared, copied, or written to where it should not be, in one case only."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from mutants.declaration import killed_by, wrong

CONVERSION = "test_conversion.py::"


@wrong("astype", CONVERSION + "test_astype_copies_unless_told_otherwise")
def astype_always_copies(xp: Any, right: Any) -> Any:
    """`astype` ignores `copy`."""
    return lambda x, dtype, /, *, copy=True, device=None: right(x, dtype)


@wrong("astype", "test_ownership.py::test_astype_copies_in_every_spelling")
def astype_by_name_shares(xp: Any, right: Any) -> Any:
    """`astype` to the name of the same dtype returns its argument."""
    return lambda x, dtype, /, *, copy=True, device=None: (
        x if isinstance(dtype, str) and x.dtype == dtype else right(x, dtype, copy=copy)
    )


@wrong("from_dlpack", "test_ownership.py::test_dlpack_shares_or_copies_as_asked")
def dlpack_copies_anyway(xp: Any, right: Any) -> Any:
    """`from_dlpack(copy=False)` copies."""
    return lambda x, /, *, device=None, copy=None: right(x, device=device, copy=None if copy else
                                                         True)  # fmt: skip


@wrong("from_dlpack", "test_ownership.py::test_dlpack_shares_or_copies_as_asked", on=PyTorchBackend)
def dlpack_of_its_own_shares(xp: Any, right: Any) -> Any:
    """`from_dlpack(copy=True)` of an array of its own shares."""
    return lambda x, /, *, device=None, copy=None: (
        x if xp.is_array(x) else right(x, device=device, copy=copy)
    )


@wrong("to_numpy", CONVERSION + "test_to_numpy_gives_a_fresh_writable_array")
def to_numpy_hands_out_the_array(xp: Any, right: Any) -> Any:
    """`to_numpy(copy=False)` can be written to."""
    return lambda x, /, *, copy=True: right(x) if copy else np.asarray(x)


@wrong(
    "to_numpy",
    "test_ownership.py::test_to_numpy_copies_every_layout[shape3-read-only]",
    on=PyTorchBackend,
)
def to_numpy_shares_contiguous_memory(xp: Any, right: Any) -> Any:
    """`to_numpy` copies views alone."""
    return lambda x, /, *, copy=True: (
        right(x, copy=copy)
        if x.requires_grad or x.is_conj() or x.is_neg() or x.ndim < 3
        else x.numpy()
    )


@wrong("reshape", CONVERSION + "test_reshape_copies_if_asked", on=PyTorchBackend)
def reshape_always_copies(xp: Any, right: Any) -> Any:
    """`reshape(copy=False)` copies."""
    return lambda x, /, shape, *, copy=None: right(x, shape, copy=True)


@wrong("reshape", "test_ownership.py::test_reshape_refuses_to_copy")
def reshape_copies_what_it_must_not(xp: Any, right: Any) -> Any:
    """`reshape(copy=False)` copies where memory cannot be shared."""
    return lambda x, /, shape, *, copy=None: right(x, shape, copy=copy or None)


@wrong("asarray", CONVERSION + "test_array_copies", on=PyTorchBackend)
def asarray_copies_views_alone(xp: Any, right: Any) -> Any:
    """`asarray(copy=True)` of a contiguous array of its own shares."""
    return lambda obj, /, *, copy=None, **options: right(
        obj, copy=None if xp.is_array(obj) and obj.is_contiguous() else copy, **options
    )


@wrong("asarray", CONVERSION + "test_asarray_of_an_array_shares_or_copies_as_asked",
       on=JAXBackend)  # fmt: skip
def copy_false_is_a_wish(xp: Any, right: Any) -> Any:
    """`asarray(copy=False)` copies in silence, as JAX's does."""
    return lambda obj, /, *, copy=None, **options: right(obj, copy=copy or None, **options)


@killed_by("test_updates.py::test_every_update_of_every_index[mask-multiply]")
class MultipliesMasksInPlace(NumPyBackend):
    """`at(x)[mask].multiply` writes to `x`."""

    def _update(self, name: Any, x: Any, index: Any, values: Any) -> Any:
        if name == "multiply" and getattr(index, "dtype", None) == "bool":
            x[index] *= values
            return x
        return super()._update(name, x, index, values)


@killed_by("test_ownership.py::test_values_must_fit")
class TruncatesWhatIsSet(NumPyBackend):
    """`at(x)[i].set` of fractions into integers truncates."""

    def at(self, x: Any, /) -> Any:
        right = super().at(x)

        class Update:
            def __getitem__(self, index: Any) -> Any:
                chosen = right[index]

                class Methods:
                    def __getattr__(self, name: str) -> Any:
                        return lambda values, /: getattr(chosen, name)(
                            np.asarray(values).real.astype(x.dtype)
                            if x.dtype.kind == "i"
                            else values
                        )

                return Methods()

        return Update()


@killed_by("test_updates.py::test_every_update_of_every_index[array-multiply]")
class MultipliesOncePerIndex(NumPyBackend):
    """`at(x)[i].multiply` multiplies once where an index repeats."""

    def _update(self, name: Any, x: Any, index: Any, values: Any) -> Any:
        if name != "multiply":
            return super()._update(name, x, index, values)
        result = x.copy()
        result[index] = result[index] * values
        return result


@wrong("requires_grad", "test_claims.py::test_tracking_leaves_the_argument_alone",
       on=PyTorchBackend)  # fmt: skip
def tracks_the_argument(xp: Any, right: Any) -> Any:
    """`requires_grad` marks its argument."""
    return lambda x, /: x.requires_grad_()


@wrong("detach", "test_claims.py::test_tracking_leaves_the_argument_alone", on=PyTorchBackend)
def detach_copies(xp: Any, right: Any) -> Any:
    """`detach` copies."""
    return lambda x, /: x.detach().clone()


@wrong("add", "test_ownership.py::test_arrays_of_another_library_are_refused[add]")
def add_takes_anything(xp: Any, right: Any) -> Any:
    """`add` takes arrays of other libraries."""
    return lambda x1, x2, /: right(
        *(np.asarray(x) if hasattr(x, "__array__") else x for x in (x1, x2))
    )
