"""Wrong functions element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, PyTorchBackend
from mutants.declaration import agrees, wrong

SPECIAL = "test_special_cases.py::test_element_wise_special_case"
TELLING = "test_telling_calls.py::test_every_telling_call_agrees"


@wrong("round", agrees("round"))
def round_half_up(xp: Any, right: Any) -> Any:
    """`round` takes halves up."""
    return lambda x, /: np.floor(x + 0.5) if xp.isdtype(x.dtype, "real floating") else right(x)


@wrong("floor_divide", agrees("floor_divide"))
def floor_divide_truncates(xp: Any, right: Any) -> Any:
    """`floor_divide` rounds toward zero, as C does."""
    return lambda x1, x2, /: np.trunc(np.divide(x1, x2)).astype(right(x1, x2).dtype)


@wrong("remainder", agrees("remainder"))
def remainder_of_c(xp: Any, right: Any) -> Any:
    """`remainder` has the sign of the dividend."""
    return lambda x1, x2, /: np.fmod(x1, x2)


@wrong("pow", "test_errors.py::test_negative_powers_of_integers_are_an_error")
def pow_of_negative_exponent_is_zero(xp: Any, right: Any) -> Any:
    """`pow` of integers gives 0 for negative exponents, as PyTorch does."""
    return lambda x1, x2, /: np.trunc(np.float_power(x1, x2)).astype(np.int64)


@wrong("logaddexp", f"{TELLING}[logaddexp]")
def logaddexp_overflows(xp: Any, right: Any) -> Any:
    """`logaddexp` is written as its definition."""
    return lambda x1, x2, /: np.log(np.exp(x1) + np.exp(x2))


@wrong("hypot", f"{TELLING}[hypot]")
def hypot_overflows(xp: Any, right: Any) -> Any:
    """`hypot` is written as its definition."""
    return lambda x1, x2, /: np.sqrt(np.square(x1) + np.square(x2))


@wrong("expm1", "test_accuracy.py::test_functions_are_accurate_near_their_zero[expm1]")
def expm1_cancels(xp: Any, right: Any) -> Any:
    """`expm1` is written as its definition."""
    return lambda x, /: np.exp(x) - 1


@wrong("log1p", "test_accuracy.py::test_functions_are_accurate_near_their_zero[log1p]")
def log1p_cancels(xp: Any, right: Any) -> Any:
    """`log1p` is written as its definition."""
    return lambda x, /: np.log(1 + x)


@wrong("abs", agrees("abs"))
def abs_of_the_real_part(xp: Any, right: Any) -> Any:
    """`abs` of complex numbers forgets the imaginary part."""
    return lambda x, /: np.abs(np.real(x))


@wrong("conj", agrees("conj"))
def conj_does_nothing(xp: Any, right: Any) -> Any:
    """`conj` returns its argument."""
    return lambda x, /: x


@wrong("sqrt", agrees("sqrt"))
def sqrt_of_integers_only_in_single(xp: Any, right: Any) -> Any:
    """`sqrt` computes in single precision."""
    return lambda x, /: right(x.astype("complex64" if x.dtype.kind == "c" else "float32")).astype(
        x.dtype
    )


@wrong("sign", f"{SPECIAL}[sign, real: nan -> nan-64]", on=PyTorchBackend)
def sign_of_nan_is_zero(xp: Any, right: Any) -> Any:
    """`sign` of NaN is 0, as PyTorch's is."""
    return lambda x, /: xp.native.sgn(x)


@wrong("clip", agrees("clip"))
def clip_by_the_bounds_swapped(xp: Any, right: Any) -> Any:
    """`clip` takes the bounds in the other order."""
    return lambda x, /, min=None, max=None: right(x, max, min)  # noqa: A006


@wrong("atan2", agrees("atan2"))
def atan2_of_x_and_y(xp: Any, right: Any) -> Any:
    """`atan2` takes x before y."""
    return lambda x1, x2, /: right(x2, x1)


@wrong("equal", f"{TELLING}[equal]")
def equal_within_rounding(xp: Any, right: Any) -> Any:
    """`equal` forgives differences of rounding."""
    return lambda x1, x2, /: np.isclose(x1, x2, equal_nan=False)


@wrong("multiply", f"{TELLING}[multiply]")
def integers_through_floats(xp: Any, right: Any) -> Any:
    """`multiply` computes integers as floating-point numbers."""

    def multiply(x1: Any, x2: Any, /) -> Any:
        product = right(x1, x2)
        if product.dtype.kind != "i":
            return product
        return right(np.asarray(x1, "float64"), np.asarray(x2, "float64")).astype(product.dtype)

    return multiply


@wrong("bitwise_right_shift", f"{TELLING}[bitwise_right_shift]")
def shift_without_sign(xp: Any, right: Any) -> Any:
    """`bitwise_right_shift` shifts zeros into negative numbers."""

    def shift(x1: Any, x2: Any, /) -> Any:
        dtype = np.result_type(x1, x2)
        unsigned = dtype.name.replace("uint", "int").replace("int", "uint")
        return right(np.asarray(x1, dtype).view(unsigned), np.asarray(x2, unsigned)).view(dtype)

    return shift


@wrong("add", "test_operations.py::test_leaves_its_inputs_alone[add]", on=PyTorchBackend)
def add_in_place(xp: Any, right: Any) -> Any:
    """`add` reuses the memory of its first argument."""

    def add(x1: Any, x2: Any, /) -> Any:
        total = right(x1, x2)
        if xp.is_array(x1) and (x1.shape, x1.dtype) == (total.shape, total.dtype):
            return x1.copy_(total)
        return total

    return add


@wrong("multiply", "test_dtypes.py::test_promotion", on=PyTorchBackend)
def scalars_do_not_promote(xp: Any, right: Any) -> Any:
    """`multiply` ignores the width of 0-d arrays, as PyTorch's operator does."""
    return xp.native.multiply


@wrong("sqrt", f"{SPECIAL}[sqrt, complex: negative +0 -> +0 positive-64]", on=JAXBackend)
def sqrt_on_the_wrong_side_of_the_cut(xp: Any, right: Any) -> Any:
    """`sqrt` of a negative number with imaginary part -0 lies above the cut, as JAX's does."""
    return xp.native.numpy.sqrt
