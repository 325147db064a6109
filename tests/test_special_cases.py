"""The tables of special cases: every line says something, and wrong values are noticed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from arraybackends.adapters import NumPyBackend
from arraybackends_conformance import special_cases as table
from arraybackends_conformance.special_case_notation import Prescribed, special_cases
from arraybackends_conformance.test_special_cases import test_element_wise_special_case as law

CASES = list(special_cases())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_line_has_examples(dtype: str) -> None:
    """No line is vacuous, and each has as many operands and results in all its examples."""
    for case in CASES:
        examples = case.examples(np.finfo(dtype))
        assert examples, str(case)
        assert len({(len(x.operands), len(x.result)) for x in examples}) == 1, str(case)


def test_known_differences_are_lines() -> None:
    """What a backend is excused from is in the tables."""
    lines = {(case.function, case.line) for case in CASES}
    lines |= {("std", table.WITHOUT_FREEDOM), ("var", table.WITHOUT_FREEDOM)}
    for _, excused in table.KNOWN_DIFFERENCES.values():
        for function, of_function in excused.items():
            assert {(function, line) for line in of_function} <= lines


@pytest.mark.parametrize(
    ("prescribed", "right", "wrong"),
    [
        (Prescribed(0.0), [0.0], [-0.0, 1e-300, math.nan]),
        (Prescribed(0.0, sign_counts=False), [0.0, -0.0], [1e-300, math.nan]),
        (Prescribed(math.inf), [math.inf], [-math.inf, math.nan, 1e308]),
        (Prescribed(math.nan, sign_counts=False), [math.nan, -math.nan], [0.0, math.inf]),
        (Prescribed(-math.nan), [-math.nan], [math.nan, -1.0]),
        (Prescribed(-1.0, magnitude_counts=False), [-0.0, -3.0, -math.inf], [0.0, 3.0]),
        (Prescribed(math.pi, rounded=True), [math.nextafter(math.pi, 4)], [3.14, -math.pi, 0.0]),
        (Prescribed(1.0), [1.0], [math.nextafter(1.0, 2.0), math.nan]),
    ],
    ids=str,
)
def test_what_is_prescribed(prescribed: Prescribed, right: list[float], wrong: list[float]) -> None:
    """Magnitude and sign are compared where they count, and approximations within a few ulp."""
    eps = float(np.finfo(np.float64).eps)
    assert all(prescribed.admits(x, eps) for x in right)
    assert not any(prescribed.admits(x, eps) for x in wrong)


@pytest.mark.parametrize(
    ("function", "wrong", "line"),
    [
        ("floor_divide", np.floor_divide, "+inf positive -> +inf"),
        ("abs", lambda x, /: np.where(np.isnan(x), 0.0, np.abs(x)), "nan -> nan"),
        ("negative", lambda x, /: 0.0 - x, "+0 -> -0"),
        ("sqrt", lambda x, /: np.sqrt(x + 0.0), "-0 -> -0"),
        ("tanh", np.tanh, "+inf positive -> 1 +0"),
    ],
)
def test_law_notices(function: str, wrong: Callable[..., Any], line: str) -> None:
    """A backend with a wrong special value fails the law, and the message names the operands."""
    xp = NumPyBackend()
    xp.__dict__[function] = wrong
    (case,) = [case for case in CASES if (case.function, case.line) == (function, line)]
    with pytest.raises(AssertionError, match=rf"{function}\(.*\) is .*, not"):
        law(xp, case, 64)


def test_symmetries_are_followed() -> None:
    """Lines hold in every quadrant: sin(z) is -i sinh(iz), odd and symmetric in conjugation."""
    (case,) = [c for c in CASES if str(c) == "sin, complex: +inf +0 -> +inf +0"]
    found = {repr(example.operands) for example in case.examples(np.finfo("float64"))}
    assert found == {"(0.0, -inf)", "(-0.0, -inf)", "(0.0, inf)", "(-0.0, inf)"}
