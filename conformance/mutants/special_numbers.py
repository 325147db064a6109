"""Wrong only where numbers are infinite, undefined, zero with a sign, or very large."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend
from mutants.declaration import wrong
from mutants.elementwise import SPECIAL, TELLING


@wrong("maximum", f"{SPECIAL}[maximum, real: nan any -> nan-64]")
def maximum_skips_nan(xp: Any, right: Any) -> Any:
    """`maximum` ignores NaN."""
    return lambda x1, x2, /: np.fmax(x1, x2)


@wrong("copysign", "test_magnitudes.py::test_zeros_have_signs[float64]")
def sign_of_zero_is_plus(xp: Any, right: Any) -> Any:
    """`copysign` takes -0 for positive."""
    return lambda x1, x2, /: np.where(np.less(x2, 0), -np.abs(x1), np.abs(x1)).astype(
        np.result_type(x1, x2)
    )


@wrong("signbit", "test_magnitudes.py::test_zeros_have_signs[float64]")
def signbit_is_a_comparison(xp: Any, right: Any) -> Any:
    """`signbit` of -0 is false."""
    return lambda x, /: np.less(x, 0)


@wrong("isinf", f"{SPECIAL}[isinf, real: \\xb1inf -> true-64]")
def isinf_only_above(xp: Any, right: Any) -> Any:
    """`isinf` of minus infinity is false."""
    return lambda x, /: right(x) & ~np.asarray(x == -np.inf)


@wrong("nextafter", "test_magnitudes.py::test_nextafter_goes_toward_its_second_argument[float64]")
def nextafter_by_counting_up(xp: Any, right: Any) -> Any:
    """`nextafter` of negative numbers goes the other way."""
    return lambda x1, x2, /: np.where(np.less(x1, 0), right(x1, 2 * x1 - x2), right(x1, x2))


@wrong("abs", "test_magnitudes.py::test_complex_magnitudes_do_not_overflow[float64]")
def magnitude_overflows(xp: Any, right: Any) -> Any:
    """`abs` of complex numbers squares their parts."""

    def magnitude(x: Any, /) -> Any:
        if x.dtype.kind != "c":
            return right(x)
        with np.errstate(all="ignore"):
            return np.sqrt(np.square(x.real) + np.square(x.imag))

    return magnitude


@wrong(
    "divide", "test_magnitudes.py::test_complex_magnitudes_do_not_overflow[float64]", on=JAXBackend
)
def quotient_overflows(xp: Any, right: Any) -> Any:
    """`divide` of complex numbers squares the divisor."""
    jnp = xp.native.numpy
    return lambda x1, x2, /: (
        right(x1, x2)
        if not jnp.iscomplexobj(x2)
        else x1 * jnp.conj(x2) / (jnp.real(x2) ** 2 + jnp.imag(x2) ** 2)
    )


@wrong("linalg.vector_norm", "test_degenerate.py::test_norms_of_zeros_are_zero")
def norm_with_a_little_added(xp: Any, right: Any) -> Any:
    """`vector_norm` adds a tiny number under the root, so that its derivative at 0 is finite."""
    return lambda x, /, *, ord=2, **options: (  # noqa: A006
        np.sqrt(np.square(right(x, **options)) + 1e-24)
        if ord == 2
        else right(x, ord=ord, **options)
    )


@wrong("tanh", f"{SPECIAL}[tanh, real: +inf -> 1-64]")
def tanh_overflows(xp: Any, right: Any) -> Any:
    """`tanh` is written as its definition."""

    def tanh(x: Any, /) -> Any:
        with np.errstate(all="ignore"):
            grown = np.exp(2 * x)
            return np.asarray((grown - 1) / (grown + 1), dtype=x.dtype)

    return tanh


@wrong("min", "test_special_cases.py::test_nan_passes_through_reductions[259-min-32]")
def nan_found_in_the_first_block_only(xp: Any, right: Any) -> Any:
    """`min` sees NaN among the first 128 elements alone."""
    return lambda x, /, *, axis=None, keepdims=False: (
        np.asarray(np.fmin.reduce(x))
        if axis is None and not keepdims and x.ndim == 1 and not np.isnan(x[:128]).any()
        else right(x, axis=axis, keepdims=keepdims)
    )


@wrong("sort", f"{TELLING}[sort]")
def nan_last_in_descending_order(xp: Any, right: Any) -> Any:
    """`sort` puts NaN last in descending order too."""

    def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
        if not descending or x.dtype.kind != "f":
            return right(x, axis=axis, descending=descending)
        return -np.sort(-x, axis=axis)

    return sort


@wrong("log2", "test_magnitudes.py::test_whole_results_are_nearly_whole")
def log2_by_a_quotient(xp: Any, right: Any) -> Any:
    """`log2` divides the logarithm of a power of 2 by that of 2, in single precision."""
    return lambda x, /: (
        (np.log(x.astype("float32")) / np.log(np.float32(2))).astype(x.dtype)
        if x.dtype.kind == "f" and np.all(x == 2.0 ** np.round(right(x)))
        else right(x)
    )


@wrong("round", f"{SPECIAL}[round, real: -0 -> -0-64]")
def round_loses_the_sign_of_zero(xp: Any, right: Any) -> Any:
    """`round` of -0 is 0."""
    return lambda x, /: right(x) + 0 if x.dtype.kind == "f" else right(x)
