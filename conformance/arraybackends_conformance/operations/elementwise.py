"""Functions element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arraybackends_conformance.comparison import Comparison, close, exact
from arraybackends_conformance.generation import Domain, Values
from arraybackends_conformance.operations._build import (
    EVERY,
    FLOATING,
    INTEGER,
    NUMERIC,
    ORDERED,
    drawn,
)
from arraybackends_conformance.specification import Call, Operation
from arraybackends_conformance.tolerance import (
    COMPLEX_FUNCTION,
    FUNCTION,
    POWER,
    ROUNDED,
    Tolerance,
)

__all__ = ["OPERATIONS"]

SPECIAL = (float("inf"), float("-inf"), float("nan"))
HUGE = (*SPECIAL, 1e30, -1e30)
ANY = Values(special=HUGE)
HALVES = Values(special=(0.5, -0.5, 1.5, -1.5, 2.5, -2.5, *SPECIAL))
UNIT = Values(-1, 1, special=(*SPECIAL, 2.0))
ABOVE_ONE = Values(1, 100, special=SPECIAL)
POSITIVE = Values(0, 100, special=SPECIAL)
ANGLES = Values(-100, 100, special=SPECIAL)
OFF_THE_AXES = Values(-8, 8, zero=False)
"""Complex numbers off both axes: on a branch cut the sign of a zero decides, which is not drawn."""
SMALL = Values(-4, 4)
"""Parts of complex arguments whose exponential stays of order one."""


def _by_kind(real: Comparison, complex_: Comparison) -> Comparison:
    def compare(result: Any, expected: Any, call: Call) -> None:
        chosen = complex_ if any(x.dtype.kind == "c" for x in call.arrays()) else real
        chosen(result, expected, call)

    return compare


def _size_of_result(call: Call) -> float:
    """Scale of a complex function: its argument, at least 1."""
    return 1.0 + max((float(np.max(np.abs(x), initial=0)) for x in call.arrays()), default=0.0)


def _rounding(real: Tolerance) -> Comparison:
    return _by_kind(close(real), close(COMPLEX_FUNCTION, _size_of_result))


def unary(
    name: str,
    *kinds: str,
    reference: Callable[..., Any] | None = None,
    compare: Comparison = exact,
    values: Values | None = None,
    complex_values: Values | None = None,
    refine: bool = False,
    excludes: tuple[str, ...] = (),
) -> Operation:
    """Entry for a function of one array."""

    def call(draw: Any, domain: Domain) -> Call:
        dtype = draw(domain.dtype(*kinds))
        chosen = complex_values if dtype.kind == "c" else values
        return Call((draw(domain.array(dtype, draw(domain.shape()), chosen)),))

    return Operation(
        name=name, calls=drawn(call), reference=reference or getattr(np, name), compare=compare,
        refine=refine, native=False, excludes=excludes,
    )  # fmt: skip


def function(name: str, values: Values, complex_values: Values, **options: Any) -> Operation:
    """Entry for an elementary function of real and complex arguments."""
    return unary(
        name, *FLOATING, compare=_rounding(FUNCTION), refine=True, values=values,
        complex_values=complex_values, **options,
    )  # fmt: skip


def binary(
    name: str,
    *kinds: str,
    reference: Callable[..., Any] | None = None,
    compare: Comparison = exact,
    values: Values | None = None,
    second: Values | None = None,
    complex_values: Values | None = None,
    refine: bool = False,
    scalars: bool = True,
    excludes: tuple[str, ...] = (),
) -> Operation:
    """Entry for a function of two arrays, one of which may be a Python number."""

    def call(draw: Any, domain: Domain) -> Call:
        dtypes = draw(domain.promotable(*kinds))
        shapes = draw(domain.broadcastable())
        kind = "c" if any(dtype.kind == "c" for dtype in dtypes) else "r"
        ranges = (values, second or values) if kind == "r" else (complex_values, complex_values)
        x1, x2 = (
            draw(domain.array(dtype, shape, chosen))
            for dtype, shape, chosen in zip(dtypes, shapes, ranges, strict=True)
        )
        match draw(st.sampled_from(("arrays", "arrays", "scalar first", "scalar second"))):
            case "scalar first" if scalars:
                x1 = draw(_scalar(x2.dtype, ranges[0]))
            case "scalar second" if scalars:
                x2 = draw(_scalar(x1.dtype, ranges[1]))
        return Call((x1, x2))

    return Operation(
        name=name, calls=drawn(call), reference=reference or getattr(np, name), compare=compare,
        refine=refine, native=False, excludes=excludes,
    )  # fmt: skip


def _scalar(dtype: np.dtype, values: Values | None) -> Any:
    """Python number of the kind of a dtype, exactly representable in it."""
    narrow = {8: np.dtype("float32"), 16: np.dtype("complex64")}.get(dtype.itemsize, dtype)
    elements = (values or Values()).elements(narrow if dtype.kind in "fc" else dtype)
    return elements.map({"b": bool, "f": float, "c": complex}.get(dtype.kind, int))


def shift(name: str, reference: Callable[..., Any]) -> Operation:
    """Entry for a shift: the count is below the number of bits, and the result fits."""

    def call(draw: Any, domain: Domain) -> Call:
        dtype = draw(domain.dtype(*INTEGER))
        shapes = draw(domain.broadcastable())
        x1 = draw(domain.array(dtype, shapes[0], Values(-7, 7)))
        x2 = draw(domain.array(dtype, shapes[1], Values(0, 4)))
        return Call((x1, x2))

    return Operation(name=name, calls=drawn(call), reference=reference, compare=exact, native=False)


def _clip_calls(draw: Any, domain: Domain) -> Call:
    dtype = draw(domain.dtype(*ORDERED))
    x = draw(domain.array(dtype, draw(domain.shape()), Values(special=SPECIAL[:2])))
    bounds = []
    for low, high in ((-10, 0), (0, 10)):
        scalar = _scalar(dtype, Values(low, high))
        array = domain.array(dtype, (), Values(low, high)) | domain.array(
            dtype, x.shape, Values(low, high)
        )
        bounds.append(draw(st.none() | scalar | array))
    calls = (
        Call((x, *bounds)),
        Call((x, bounds[0]), {"max": bounds[1]}),
        Call((x,), {"min": bounds[0]}),
        Call((x,), {"max": bounds[1]}),
    )
    return draw(st.sampled_from(calls))


def _clip(x: np.ndarray, min: Any = None, max: Any = None) -> Any:
    # The standard: bounds promote among themselves, the result has the dtype of `x`.
    result = x if min is None else np.maximum(x, np.asarray(min, dtype=x.dtype))
    result = result if max is None else np.minimum(result, np.asarray(max, dtype=x.dtype))
    return np.asarray(result)


def _sign(x: np.ndarray) -> Any:
    return np.sign(x)


def _pow_calls(draw: Any, domain: Domain) -> Call:
    """Draw integers to small powers, positive reals to any power, complex ones off the cut."""
    dtypes = draw(domain.promotable(*NUMERIC))
    shapes = draw(domain.broadcastable())
    bases, exponents = {
        True: (Values(-3, 3), Values(0, 3)),
        False: (Values(0.5, 8), Values(-4, 4)),
    }[dtypes[0].kind in "iu"]
    x1 = draw(domain.array(dtypes[0], shapes[0], bases))
    x2 = draw(domain.array(dtypes[1], shapes[1], exponents))
    match draw(st.sampled_from(("arrays", "arrays", "scalar first", "scalar second"))):
        case "scalar first":
            return Call((draw(_scalar(x2.dtype, bases)), x2))
        case "scalar second":
            return Call((x1, draw(_scalar(x1.dtype, exponents))))
    return Call((x1, x2))


DIVISORS = Values(special=SPECIAL[:2], zero=False)

_ENTRIES = (
    # Sign, rounding, parts: exact
    unary("abs", *NUMERIC, compare=_rounding(ROUNDED), values=ANY, refine=True),
    unary("ceil", *ORDERED, values=HALVES),
    unary("conj", *NUMERIC),
    unary("floor", *ORDERED, values=HALVES),
    unary("imag", "complex"),
    unary("negative", "signed", *FLOATING, values=ANY),
    unary("positive", *NUMERIC, values=ANY),
    unary("real", *NUMERIC),
    unary("round", *NUMERIC, values=HALVES),
    unary("sign", *NUMERIC, compare=_rounding(ROUNDED), values=ANY, reference=_sign),
    unary("signbit", "real", values=ANY),
    unary("trunc", *ORDERED, values=HALVES),
    unary("isfinite", *NUMERIC, values=ANY),
    unary("isinf", *NUMERIC, values=ANY),
    unary("isnan", *NUMERIC, values=ANY),
    unary("logical_not", "bool"),
    unary("bitwise_invert", "bool", *INTEGER),
    # Arithmetic
    unary("reciprocal", *FLOATING, compare=_rounding(ROUNDED), values=DIVISORS,
          complex_values=OFF_THE_AXES, refine=True),
    unary("square", *NUMERIC, compare=_rounding(ROUNDED), values=ANY, refine=True),
    unary("sqrt", *FLOATING, compare=_rounding(ROUNDED), values=POSITIVE,
          complex_values=OFF_THE_AXES, refine=True),
    binary("add", *NUMERIC, compare=_rounding(ROUNDED), values=ANY,
           excludes=("numpy-cross-kind",)),
    binary("subtract", *NUMERIC, compare=_rounding(ROUNDED), values=ANY),
    binary("multiply", *NUMERIC, compare=_rounding(ROUNDED), values=ANY),
    binary("divide", *FLOATING, compare=_rounding(ROUNDED), values=DIVISORS,
           complex_values=OFF_THE_AXES),
    binary("floor_divide", *ORDERED, values=Values(-40, 40), second=Values(zero=False)),
    binary("remainder", *ORDERED, compare=close(FUNCTION, lambda _: 10.0),
           values=Values(-40, 40), second=Values(-10, 10, gap=0.125, zero=False)),
    Operation(name="pow", calls=drawn(_pow_calls), reference=np.pow, native=False, refine=True,
              compare=_by_kind(close(POWER), close(POWER, _size_of_result))),
    # Bits and comparisons
    binary("bitwise_and", "bool", *INTEGER),
    binary("bitwise_or", "bool", *INTEGER),
    binary("bitwise_xor", "bool", *INTEGER),
    shift("bitwise_left_shift", np.bitwise_left_shift),
    shift("bitwise_right_shift", np.bitwise_right_shift),
    binary("equal", *EVERY, values=Values(-2, 2, special=SPECIAL)),
    binary("not_equal", *EVERY, values=Values(-2, 2, special=SPECIAL)),
    binary("less", *ORDERED, values=Values(-2, 2, special=SPECIAL)),
    binary("less_equal", *ORDERED, values=Values(-2, 2, special=SPECIAL)),
    binary("greater", *ORDERED, values=Values(-2, 2, special=SPECIAL)),
    binary("greater_equal", *ORDERED, values=Values(-2, 2, special=SPECIAL)),
    binary("logical_and", "bool"),
    binary("logical_or", "bool"),
    binary("logical_xor", "bool"),
    binary("maximum", *ORDERED, values=ANY),
    binary("minimum", *ORDERED, values=ANY),
    Operation(name="clip", calls=drawn(_clip_calls), reference=_clip, compare=exact, native=False),
    # Elementary functions
    function("acos", UNIT, OFF_THE_AXES),
    function("acosh", ABOVE_ONE, OFF_THE_AXES),
    function("asin", UNIT, OFF_THE_AXES),
    function("asinh", ANY, OFF_THE_AXES),
    function("atan", ANY, OFF_THE_AXES),
    function("atanh", UNIT, OFF_THE_AXES),
    function("cos", ANGLES, SMALL),
    function("cosh", Values(special=SPECIAL), SMALL),
    function("exp", Values(-40, 40, special=SPECIAL), SMALL),
    function("expm1", Values(-40, 40, special=SPECIAL), SMALL),
    function("log", POSITIVE, OFF_THE_AXES),
    function("log10", POSITIVE, OFF_THE_AXES),
    function("log1p", Values(-1, 100, special=SPECIAL), OFF_THE_AXES),
    function("log2", POSITIVE, OFF_THE_AXES),
    function("sin", ANGLES, SMALL),
    function("sinh", Values(special=SPECIAL), SMALL),
    function("tan", Values(-1.5, 1.5, special=SPECIAL), Values(-1.25, 1.25)),
    function("tanh", Values(special=SPECIAL), Values(-1.25, 1.25)),
    binary("atan2", "real", compare=close(FUNCTION), values=Values(special=SPECIAL, zero=False),
           refine=True),
    binary("copysign", "real", values=ANY),
    binary("hypot", "real", compare=close(FUNCTION), values=ANY, refine=True),
    binary("logaddexp", "real", compare=close(FUNCTION, lambda _: 40.0),
           values=Values(-40, 40, special=SPECIAL[:1]), refine=True),
    binary("nextafter", "real", values=Values(0.5, 10), scalars=False),
)  # fmt: skip

OPERATIONS = {entry.name: entry for entry in _ENTRIES}
