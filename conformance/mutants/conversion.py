"""Arrays shared that should be copied, accepted that should be refused, or of another library."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends import CompilationFallbackWarning
from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from mutants.declaration import agrees, killed_by, wrong
from mutants.elementwise import TELLING


@wrong("array", "test_conversion.py::test_array_copies")
def array_shares(xp: Any, right: Any) -> Any:
    """`array` does not copy."""
    return lambda obj, /, **options: xp.asarray(obj, **options)


@wrong("asarray", "test_conversion.py::test_array_copies", on=PyTorchBackend)
def asarray_ignores_copy(xp: Any, right: Any) -> Any:
    """`asarray` takes a NumPy array's memory, whatever `copy` says."""

    def asarray(obj: Any, /, *, copy: Any = None, **options: Any) -> Any:
        if isinstance(obj, np.ndarray) and obj.flags.writeable and not options:
            return xp.native.from_numpy(obj)
        return right(obj, copy=copy, **options)

    return asarray


@wrong("asarray", "test_conversion.py::test_asarray_of_an_array_shares_or_copies_as_asked")
def asarray_copies_anyway(xp: Any, right: Any) -> Any:
    """`asarray(copy=False)` copies if it must, instead of refusing."""
    return lambda obj, /, *, copy=None, **options: right(obj, copy=copy or None, **options)


@wrong("astype", "test_conversion.py::test_astype_copies_unless_told_otherwise")
def astype_shares(xp: Any, right: Any) -> Any:
    """`astype` to the same dtype returns its argument."""
    return lambda x, dtype, /, *, copy=True, device=None: right(x, dtype, copy=False)


@wrong("reshape", "test_conversion.py::test_reshape_copies_if_asked", on=PyTorchBackend)
def reshape_ignores_copy(xp: Any, right: Any) -> Any:
    """`reshape` ignores `copy`."""
    return lambda x, /, shape, *, copy=None: right(x, shape)


@wrong("to_numpy", "test_conversion.py::test_to_numpy_gives_a_fresh_writable_array",
       on=PyTorchBackend)  # fmt: skip
def to_numpy_is_a_view(xp: Any, right: Any) -> Any:
    """`to_numpy` shares memory."""
    return lambda x, /, *, copy=True: x.detach().resolve_conj().resolve_neg().numpy()


@wrong("to_numpy", "test_conversion.py::test_to_numpy_resolves_views")
def to_numpy_drops_the_imaginary_part(xp: Any, right: Any) -> Any:
    """`to_numpy` gives the real part."""
    return lambda x, /, *, copy=True: right(np.real(x), copy=copy)


@wrong("from_dlpack", "test_conversion.py::test_dlpack_of_numpy_arrays", on=PyTorchBackend)
def from_dlpack_shares(xp: Any, right: Any) -> Any:
    """`from_dlpack` shares memory with the other library."""
    return lambda x, /, *, device=None, copy=None: xp.native.from_dlpack(x)


@wrong("asarray", "test_conversion.py::test_arrays_of_other_backends_are_refused")
def asarray_takes_foreign_arrays(xp: Any, right: Any) -> Any:
    """`asarray` converts arrays of other backends."""
    return lambda obj, /, **options: right(
        np.from_dlpack(obj) if hasattr(obj, "__dlpack__") else obj, **options
    )


@killed_by("test_conversion.py::test_arrays_are_recognised")
class TakesEverythingForAnArray(NumPyBackend):
    """`is_array` asks whether something can be converted."""

    def is_array(self, x: Any, /) -> bool:
        return hasattr(x, "__array__") or hasattr(x, "__dlpack__")


@wrong("linalg.eigvalsh", agrees("linalg.eigvalsh"), on=PyTorchBackend)
def eigvalsh_by_numpy(xp: Any, right: Any) -> Any:
    """`eigvalsh` is computed by NumPy, and returned as NumPy's array."""
    return lambda x, /: np.linalg.eigvalsh(x.numpy())


@wrong("sort", "test_transforms.py::test_jit_changes_no_result[sort]", on=JAXBackend,
       error=CompilationFallbackWarning)  # fmt: skip
def sort_by_way_of_the_host(xp: Any, right: Any) -> Any:
    """`sort` goes to the host and back, so that it cannot be compiled."""
    return lambda x, /, *, axis=-1, descending=False, stable=True: xp.asarray(
        NumPyBackend().sort(np.asarray(x), axis=axis, descending=descending)
    )


@wrong("sum", f"{TELLING}[sum]")
def sum_is_a_scalar_of_numpy(xp: Any, right: Any) -> Any:
    """`sum` of a whole array is NumPy's scalar, not an array."""
    return lambda x, /, **options: np.sum(x, **options)


@killed_by("test_dtypes.py::test_every_spelling_is_understood[float32]")
class NamesDtypesOfThePrecision(NumPyBackend):
    """`dtype_name` says float64 of every real number."""

    def dtype_name(self, dtype: Any, /) -> str:
        name = super().dtype_name(dtype)
        return "float64" if name == "float32" else name
