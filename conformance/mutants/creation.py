"""Wrong values and dtypes of new arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, PyTorchBackend
from mutants.declaration import agrees, wrong
from mutants.elementwise import TELLING

SPELLINGS = "test_dtypes.py::test_every_spelling_is_understood"
DEFAULTS = "test_dtypes.py::test_default_dtypes_follow_the_precision"


@wrong("linspace", f"{TELLING}[linspace]", on=JAXBackend)
def linspace_to_the_end(xp: Any, right: Any) -> Any:
    """`linspace` ignores `endpoint`."""
    return lambda start, stop, /, num, *, endpoint=True, **options: right(
        start, stop, num, **options
    )


@wrong("arange", agrees("arange"))
def arange_to_the_end(xp: Any, right: Any) -> Any:
    """`arange` includes its end."""

    def arange(start: Any, /, stop: Any = None, step: Any = 1, **options: Any) -> Any:
        start, stop = (0, start) if stop is None else (start, stop)
        return right(start, stop + step, step, **options)

    return arange


@wrong("eye", agrees("eye"))
def eye_on_the_main_diagonal(xp: Any, right: Any) -> Any:
    """`eye` ignores `k`."""
    return lambda n_rows, n_cols=None, /, *, k=0, **options: right(n_rows, n_cols, **options)


@wrong("full", DEFAULTS + "[double]", on=PyTorchBackend)
def full_of_floats(xp: Any, right: Any) -> Any:
    """`full` makes floating-point numbers of integers."""

    def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
        if type(fill_value) is int and dtype is None:
            dtype = "float64"
        return right(shape, fill_value, dtype=dtype, device=device)

    return full


@wrong("ones_like", f"{TELLING}[ones_like]")
def ones_like_in_the_same_dtype(xp: Any, right: Any) -> Any:
    """`ones_like` ignores `dtype`."""
    return lambda x, /, *, dtype=None, device=None: right(x, device=device)


@wrong("zeros", SPELLINGS + "[complex128]", on=PyTorchBackend)
def dtype_by_name_ignored(xp: Any, right: Any) -> Any:
    """`zeros` does not know dtypes by name."""
    return lambda shape, *, dtype=None, device=None: right(
        shape, dtype=None if isinstance(dtype, str) else dtype, device=device
    )


@wrong("ones", SPELLINGS + "[float32]", on=PyTorchBackend)
def dtype_of_numpy_ignored(xp: Any, right: Any) -> Any:
    """`ones` does not know the dtypes of NumPy."""
    return lambda shape, *, dtype=None, device=None: right(
        shape, dtype=None if isinstance(dtype, np.dtype) else dtype, device=device
    )


@wrong("asarray", SPELLINGS + "[complex128]", on=JAXBackend)
def dtype_of_python_ignored(xp: Any, right: Any) -> Any:
    """`asarray` does not know the types of Python as dtypes."""
    return lambda obj, /, *, dtype=None, **options: right(
        obj, dtype=None if isinstance(dtype, type) else dtype, **options
    )


@wrong("linspace", DEFAULTS + "[double]", on=PyTorchBackend)
def linspace_in_single(xp: Any, right: Any) -> Any:
    """`linspace` has PyTorch's default dtype."""
    return lambda start, stop, /, num, *, dtype=None, **options: right(
        start, stop, num, dtype=dtype or "float32", **options
    )


@wrong("ones", DEFAULTS + "[single]")
def precision_ignored(xp: Any, right: Any) -> Any:
    """`ones` is float64 whatever the precision."""
    return lambda shape, *, dtype=None, device=None: right(shape, dtype=dtype or "float64")


@wrong("asarray", "test_dtypes.py::test_the_dtype_of_data_is_kept")
def data_in_the_default_dtype(xp: Any, right: Any) -> Any:
    """`asarray` casts floating-point data to the default dtype."""

    def asarray(obj: Any, /, *, dtype: Any = None, **options: Any) -> Any:
        if dtype is None and isinstance(obj, np.ndarray) and obj.dtype.kind == "f":
            dtype = xp._default_real
        return right(obj, dtype=dtype, **options)

    return asarray


@wrong("astype", "test_errors.py::test_imaginary_parts_are_not_lost[astype]")
def astype_takes_the_real_part(xp: Any, right: Any) -> Any:
    """`astype` of complex numbers to real ones drops the imaginary part."""
    return lambda x, dtype, /, **options: right(
        np.real(x) if x.dtype.kind == "c" and not xp.isdtype(dtype, "complex floating") else x,
        dtype,
        **options,
    )


@wrong("zeros", "test_dtypes.py::test_unknown_spelling_is_an_error[float63]")
def unknown_dtype_is_the_default(xp: Any, right: Any) -> Any:
    """`zeros` takes the default for a dtype that it does not know."""

    def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
        try:
            return right(shape, dtype=dtype)
        except TypeError:
            return right(shape)

    return zeros
