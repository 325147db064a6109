"""Relative accuracy where a definition written down as it is would cancel or overflow."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law
from arraybackends_conformance.tolerance import FUNCTION

LIKE_X = ("asin", "asinh", "atan", "atanh", "expm1", "log1p", "sin", "sinh", "tan", "tanh")
"""Functions that are x + O(x**2) at 0."""

TINY = {"float32": (1e-30, 1e-9, 3e-6), "float64": (1e-300, 1e-18, 1e-9)}
"""Arguments so small, and so large, that the next term of the series counts, or nearly does."""

SERIES: dict[str, float] = {"expm1": 0.5, "log1p": -0.5}
"""Coefficients of x**2."""


@law(*LIKE_X)
@pytest.mark.parametrize("name", LIKE_X)
def test_functions_are_accurate_near_their_zero(xp: Any, name: str) -> None:
    """f(x) = x + a x**2 for tiny x, to the last digits: no difference of large numbers."""
    for dtype, magnitudes in TINY.items():
        x = np.asarray([s * m for m in magnitudes for s in (1, -1)], dtype)
        wide = x.astype(np.longdouble)
        expected = wide + SERIES.get(name, 0.0) * wide**2
        result = xp.to_numpy(getattr(xp, name)(xp.asarray(x)))
        error = np.abs(result.astype(np.longdouble) - expected) / np.abs(expected)
        worst = int(np.argmax(error))
        bound = FUNCTION.relative * np.finfo(dtype).eps
        assert error[worst] <= bound, f"{name}({x[worst]!r}) is {result[worst]!r}"


def _both_signs(smallest: float, largest: float) -> np.ndarray:
    magnitudes = np.geomspace(smallest, largest, 4000)
    return np.concatenate([-magnitudes, magnitudes])


NEAR_ONE = 1 + _both_signs(1e-6, 0.9)
WHOLE_RANGE: dict[str, np.ndarray] = {
    **dict.fromkeys(("sin", "cos", "tan"), _both_signs(1e-6, 30)),
    **dict.fromkeys(("sinh", "cosh", "exp", "expm1"), _both_signs(1e-6, 80)),
    **dict.fromkeys(("tanh", "atan", "asinh"), _both_signs(1e-6, 1e3)),
    **dict.fromkeys(("asin", "acos", "atanh", "log1p"), _both_signs(1e-6, 0.999)),
    **dict.fromkeys(("log", "log2", "log10"), np.concatenate([NEAR_ONE, np.geomspace(2, 1e30)])),
    "acosh": 1 + np.geomspace(1e-6, 1e3, 4000),
    "sqrt": np.geomspace(1e-30, 1e30, 4000),
}


@law(*WHOLE_RANGE)
@pytest.mark.parametrize("dtype", TINY)
@pytest.mark.parametrize("name", WHOLE_RANGE)
def test_functions_keep_their_digits_everywhere(xp: Any, name: str, dtype: str) -> None:
    """No stretch of the real line is left to a polynomial that does not reach so far."""
    x = WHOLE_RANGE[name].astype(dtype)
    expected = getattr(np, name)(x.astype(np.longdouble))
    result = xp.to_numpy(getattr(xp, name)(xp.asarray(x)))
    error = np.abs((result - expected) / expected)
    worst = int(np.argmax(error))
    bound = FUNCTION.relative * np.finfo(dtype).eps
    assert error[worst] <= bound, f"{name}({x[worst]!r}) is {result[worst]!r}"


@law("var", "std")
@pytest.mark.parametrize("name", ["var", "std"])
def test_spread_does_not_cancel(xp: Any, name: str) -> None:
    """A large mean does not drown the spread, as E[x**2] - E[x]**2 would."""
    x = np.asarray([1e8, 1e8 + 1, 1e8 + 2])
    expected = 2 / 3 if name == "var" else (2 / 3) ** 0.5
    assert float(getattr(xp, name)(xp.asarray(x))) == pytest.approx(expected, rel=1e-12)


@law("linalg.slogdet")
def test_slogdet_does_not_overflow(xp: Any) -> None:
    """The logarithm of a determinant is finite where the determinant is not."""
    sign, logarithm = xp.linalg.slogdet(xp.multiply(xp.eye(3), -1e200))
    assert float(sign) == -1.0
    assert float(logarithm) == pytest.approx(600 * np.log(10), rel=1e-14)


@law("linalg.expm")
def test_expm_of_large_and_defective_matrices(xp: Any) -> None:
    """Rotations by large angles stay rotations; a nilpotent matrix has a finite series."""
    generator = np.asarray([[0.0, -50.0], [50.0, 0.0]])
    c, s = np.cos(50.0), np.sin(50.0)
    rotation = xp.to_numpy(xp.linalg.expm(xp.asarray(generator)))
    np.testing.assert_allclose(rotation, [[c, -s], [s, c]], rtol=0, atol=1e-12)
    nilpotent = xp.asarray([[0.0, 1e6], [0.0, 0.0]])
    np.testing.assert_allclose(xp.to_numpy(xp.linalg.expm(nilpotent)), [[1, 1e6], [0, 1]])


@law("linalg.expm")
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_expm_is_accurate_at_every_norm(xp: Any, dtype: str) -> None:
    """No norm gets too low a degree, alone or in a stack: exp x (J / 2) where J**2 = 2 J."""
    x = np.asarray([1e-7, 1e-5, 1e-3, 0.01, 0.02, 0.045, 0.1, 0.25, 0.48, 1.0, 2.0, 4.0])
    x = (x * (1j if dtype == "complex128" else 1)).astype(dtype)
    halves = np.full((2, 2), 0.5)
    matrices = (x[:, None, None] * halves).astype(dtype)
    expected = np.eye(2) + np.expm1(x.astype("complex128"))[:, None, None] * halves
    alone = np.stack([xp.to_numpy(xp.linalg.expm(xp.asarray(m.copy()))) for m in matrices])
    for found in (alone, xp.to_numpy(xp.linalg.expm(xp.asarray(matrices)))):
        assert found.dtype == dtype
        error = np.abs(found - expected).max(axis=(1, 2)) / np.abs(expected).max(axis=(1, 2))
        assert error.max() <= 64 * np.finfo(dtype).eps, f"at the norm {abs(x[np.argmax(error)])}"


@law("floor_divide", "remainder")
def test_quotients_are_rounded_down_once(xp: Any) -> None:
    """The floor of the exact quotient, not of the rounded one: 1 // 0.1 is 9, as 0.1 > 1/10."""
    x = np.asarray([1.0, -1.0, 7.0, 0.3, -6.0, 5.5])
    y = np.asarray([0.1, 0.1, 0.1, 0.1, 0.2, -0.1])
    expected = [math.floor(Fraction(a) / Fraction(b)) for a, b in zip(x, y, strict=True)]
    quotient = xp.to_numpy(xp.floor_divide(xp.asarray(x.copy()), xp.asarray(y.copy())))
    assert quotient.tolist() == expected
    rest = xp.to_numpy(xp.remainder(xp.asarray(x.copy()), xp.asarray(y.copy())))
    np.testing.assert_allclose(quotient * y + rest, x, rtol=1e-15)


@law("sum", "mean")
def test_long_sums_keep_their_digits(xp: Any) -> None:
    """A million tenths in double precision: no accumulator narrower than the dtype."""
    x = xp.full((1_000_000,), 0.1)
    assert float(xp.sum(x)) == pytest.approx(1e5, rel=1e-10)
    assert float(xp.mean(x)) == pytest.approx(0.1, rel=1e-10)
