"""The results that the standard prescribes at infinities, NaN, signed zeros and poles."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law
from arraybackends_conformance.special_case_notation import Example, SpecialCase, special_cases
from arraybackends_conformance.special_cases import KNOWN_DIFFERENCES, WITHOUT_FREEDOM

CASES = list(special_cases())
SIZES = (67, 259, 1027)
"""Odd lengths, so that both vectorised loops and what they leave over are run."""

SINGLY = 12
"""At most so many examples of a case are tried as 0-d arrays, since calls are dear."""

in_both_widths = pytest.mark.parametrize("width", [32, 64])


def dtype_of(xp: Any, width: int, *, is_complex: bool = False) -> np.dtype:
    """Floating-point dtype of a width, if the backend has it."""
    name = f"complex{2 * width}" if is_complex else f"float{width}"
    if name not in xp.__array_namespace_info__().dtypes():
        pytest.skip(f"The backend has no {name}.")
    return np.dtype(name)


def columns(examples: list[Example], dtype: np.dtype) -> list[np.ndarray]:
    """Operands of examples, one array for each argument."""
    parts = np.asarray([example.operands for example in examples], np.finfo(dtype).dtype).T.copy()
    if dtype.kind == "f":
        return list(parts)
    joined = []
    for real, imag in zip(parts[::2], parts[1::2], strict=True):
        z = np.empty(len(examples), dtype)
        z.real, z.imag = real, imag  # real + 1j * imag would lose signs of zeros
        joined.append(z)
    return joined


def call(xp: Any, function: str, arguments: list[np.ndarray]) -> np.ndarray:
    """Result on the host; a library may warn of what divides by zero or is invalid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        result: np.ndarray = xp.to_numpy(getattr(xp, function)(*map(xp.asarray, arguments)))
    return result


def failures(
    case: SpecialCase, examples: list[Example], arguments: list[np.ndarray], result: np.ndarray
) -> list[str]:
    """A line for every result that differs from what is prescribed."""
    eps = float(np.finfo(arguments[0].dtype).eps)
    found = []
    for i, example in enumerate(examples):
        value = result[i]
        parts = (value.real, value.imag) if len(example.result) == 2 else (value,)
        if not all(p.admits(float(x), eps) for p, x in zip(example.result, parts, strict=True)):
            operands = ", ".join(repr(x[i].item()) for x in arguments)
            wanted = ", ".join(map(str, example.result))
            found.append(f"{case.function}({operands}) is {value.item()!r}, not {wanted}")
    return found


def surrounded(examples: list[Example], n_operands: int) -> list[Example]:
    """Examples in every position of an odd number of elements, among ordinary ones."""
    size = next(n for n in SIZES if n > len(examples))
    ordinary = Example((0.5,) * n_operands, ())
    every = [*examples, ordinary]
    return [every[i % len(every)] for i in range(size)]


def assert_keeps(xp: Any, function: str, line: str, wrong: list[str]) -> None:
    """Assert that nothing is wrong, or that something is where a row of the ledger says so."""
    for row, (backend, lines) in KNOWN_DIFFERENCES.items():
        if backend == xp.name and line in lines.get(function, ()):
            assert wrong, f"`{function}` keeps `{line}` now: take it out of `{row}`."
            return
    assert not wrong, "\n".join([f"{function}: {line}", *dict.fromkeys(wrong)])


@law(*sorted({case.function for case in CASES}))
@in_both_widths
@pytest.mark.parametrize("case", CASES, ids=str)
def test_element_wise_special_case(xp: Any, case: SpecialCase, width: int) -> None:
    """A special case of an element-wise function holds for 0-d arrays and inside long ones."""
    dtype = dtype_of(xp, width, is_complex=case.is_complex)
    examples = case.examples(np.finfo(dtype))
    arguments = columns(examples, dtype)
    some = range(0, len(examples), -(-len(examples) // SINGLY))
    singly = [call(xp, case.function, [x[i] for x in arguments]) for i in some]
    wrong = failures(
        case, [examples[i] for i in some], [x[some] for x in arguments], np.asarray(singly)
    )
    many = surrounded(examples, len(examples[0].operands))
    arguments = columns(many, dtype)
    result = call(xp, case.function, arguments)
    special = [i for i, example in enumerate(many) if example.result]
    wrong += failures(
        case,
        [many[i] for i in special],
        [x[special] for x in arguments],
        result[special],
    )
    assert_keeps(xp, case.function, case.line, wrong)


@law("clip")
@in_both_widths
@pytest.mark.parametrize("where", ["x", "min", "max"])
def test_nan_passes_through_clip(xp: Any, width: int, where: str) -> None:
    """NaN in any argument of `clip` gives NaN, whether the bounds are arrays or numbers."""
    dtype = dtype_of(xp, width)
    arguments = {"x": 0.5, "min": 0.0, "max": 1.0} | {where: math.nan}
    for size in (None, *SIZES):
        arrays = {
            name: xp.asarray(np.full(() if size is None else size, value, dtype))
            for name, value in arguments.items()
        }
        x = arrays["x"]
        for bounds in (arrays, arguments):
            clipped = xp.to_numpy(xp.clip(x, min=bounds["min"], max=bounds["max"]))
            assert np.all(np.isnan(clipped)), f"clip with `{where}` NaN is {clipped!r}"


REDUCTIONS_OF_NOTHING = {
    "sum": 0.0,
    "prod": 1.0,
    "mean": math.nan,
    "std": math.nan,
    "var": math.nan,
}


@law(*REDUCTIONS_OF_NOTHING)
@in_both_widths
@pytest.mark.parametrize("name", REDUCTIONS_OF_NOTHING)
def test_reduction_of_nothing(xp: Any, name: str, width: int) -> None:
    """Empty sums are 0, empty products 1, and there is no mean or spread of nothing."""
    dtype = dtype_of(xp, width)
    for shape, axis in (((0,), None), ((3, 0), 1), ((0, 3), 0)):
        x = np.zeros(shape, dtype)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            result = xp.to_numpy(getattr(xp, name)(xp.asarray(x), axis=axis))
        expected = np.full(np.sum(x, axis=axis).shape, REDUCTIONS_OF_NOTHING[name], dtype)
        np.testing.assert_array_equal(result, expected, strict=True)


@law("sum", "prod", "mean")
@in_both_widths
def test_complex_reduction_of_nothing(xp: Any, width: int) -> None:
    """Also of complex numbers: 0, 1, and NaN in both parts of the mean."""
    dtype = dtype_of(xp, width, is_complex=True)
    x = xp.asarray(np.zeros(0, dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert xp.to_numpy(xp.sum(x)) == 0
        assert xp.to_numpy(xp.prod(x)) == 1
        mean = xp.to_numpy(xp.mean(x))
    assert np.isnan(mean.real), f"mean of nothing is {mean!r}"
    assert np.isnan(mean.imag), f"mean of nothing is {mean!r}"


@law("std", "var")
@in_both_widths
@pytest.mark.parametrize("name", ["std", "var"])
@pytest.mark.parametrize("correction", [2, 2.0, 2.5, 3])
def test_spread_without_degrees_of_freedom(
    xp: Any, name: str, correction: float, width: int
) -> None:
    """Where no more elements are left than are taken off, there is no spread."""
    dtype = dtype_of(xp, width)
    wrong = []
    for x, axis in ((np.asarray([1.0, 3.0], dtype), None), (np.ones((3, 2), dtype), 1)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # libraries warn of the division by 0
            spread = getattr(xp, name)(xp.asarray(x), axis=axis, correction=correction)
        result = xp.to_numpy(spread)
        if not np.all(np.isnan(result)):
            wrong.append(f"{name}({x!r}, {axis=}, {correction=}) is {result!r}, not NaN")
    assert_keeps(xp, name, WITHOUT_FREEDOM, wrong)


@law("max", "mean", "min", "prod", "std", "sum", "var")
@in_both_widths
@pytest.mark.parametrize("name", ["max", "mean", "min", "prod", "std", "sum", "var"])
@pytest.mark.parametrize("size", [1, 2, *SIZES])
def test_nan_passes_through_reductions(xp: Any, name: str, size: int, width: int) -> None:
    """One NaN anywhere, beside infinities or not, makes the reduction NaN."""
    dtype = dtype_of(xp, width)
    for where in sorted({0, size // 2, size - 1}):
        for other in (0.5, math.inf, -math.inf, 0.0):
            x = np.full(size, other, dtype)
            x[where] = math.nan
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                result = xp.to_numpy(getattr(xp, name)(xp.asarray(x)))
            assert np.isnan(result), f"{name} of {size} times {other} with NaN at {where}: {result}"


@law("cumulative_sum", "cumulative_prod", "sum", "prod")
@in_both_widths
def test_infinities_in_sums_and_products(xp: Any, width: int) -> None:
    """Sums and products treat infinities as successive additions and multiplications do."""
    dtype = dtype_of(xp, width)
    inf, nan = math.inf, math.nan
    for name, cumulative, x, steps in (
        ("sum", "cumulative_sum", [1, inf, 2, -inf, 3], [1, inf, inf, nan, nan]),
        ("sum", "cumulative_sum", [-inf, 1, -inf], [-inf, -inf, -inf]),
        ("prod", "cumulative_prod", [2, -inf, -1, 0, 5], [2, -inf, inf, nan, nan]),
        ("prod", "cumulative_prod", [-inf, inf, -inf], [-inf, -inf, inf]),
    ):
        values = xp.asarray(np.asarray(x, dtype))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            running = xp.to_numpy(getattr(xp, cumulative)(values))
            total = xp.to_numpy(getattr(xp, name)(values))
        np.testing.assert_array_equal(
            running, np.asarray(steps, dtype), err_msg=f"{cumulative} {x}"
        )
        np.testing.assert_array_equal(total, np.asarray(steps[-1], dtype), err_msg=f"{name} {x}")


@law("all", "any")
@in_both_widths
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_zero_is_true(xp: Any, value: float, width: int) -> None:
    """NaN and infinities are true, and of nothing all are true and none is."""
    dtype = dtype_of(xp, width)
    x = xp.asarray(np.asarray([value], dtype))
    assert bool(xp.all(x))
    assert bool(xp.any(x))
    nothing = xp.asarray(np.zeros(0, dtype))
    assert bool(xp.all(nothing))
    assert not bool(xp.any(nothing))
