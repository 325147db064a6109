"""How far a result may be from the reference: one table, each number with its reason.

A bound is `relative * eps * |expected| + absolute * eps * scale`, where eps is that of the result's
real part and the scale is what the operation says (1 for functions of order one, the sum of the
absolute inputs for sums, a norm for matrices). 0 and 0 mean equal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = [
    "COMPLEX_FUNCTION",
    "CONTRACTION",
    "DECOMPOSITION",
    "EXACT",
    "FINITE_DIFFERENCE",
    "FOURIER",
    "FUNCTION",
    "GRADIENT",
    "MATRIX_FUNCTION",
    "NORMAL",
    "POWER",
    "REDUCTION",
    "ROUNDED",
    "STATISTICAL",
    "Tolerance",
    "epsilon",
]


class Tolerance(NamedTuple):
    """Multiples of the machine epsilon: of the expected value, and of the operation's scale."""

    relative: float
    absolute: float


EXACT = Tolerance(0, 0)
"""Moves, comparisons, integer arithmetic: there is one right answer."""

ROUNDED = Tolerance(1, 0)
"""One correctly rounded operation (+, *, /, sqrt): IEEE 754 gives half an ulp. A whole one admits
the fused and vectorised forms, in which complex products add two rounded terms."""

FUNCTION = Tolerance(16, 4)
"""Elementary functions: vector libraries promise 1 to 4 ulp, XLA's polynomials measure up to 10.
The absolute part covers zeros of sin and log, where the argument's rounding dominates."""

COMPLEX_FUNCTION = Tolerance(64, 64)
"""Complex elementary functions, normwise: a handful of real ones and their cancellations."""

POWER = Tolerance(256, 4)
"""x**y = exp(y log x) multiplies the logarithm's error by y log x, at most 60 in our domain."""

REDUCTION = Tolerance(4, 1)
"""Sums of n terms: n * eps * sum|x| for any order of summation (Higham 2002, section 4.2); the
scale carries n. The relative part covers the division or root at the end."""

CONTRACTION = Tolerance(4, 4)
"""Products of matrices: n * eps * |A||B|; 4 for complex products, which are 4 real ones."""

DECOMPOSITION = Tolerance(64, 64)
"""Backward error of LAPACK's algorithms: a modest polynomial of n times eps times norm; n <= 4."""

MATRIX_FUNCTION = Tolerance(512, 512)
"""expm, inv, pinv, det: backward error times the condition number, at most 10 to 50 as drawn."""

FOURIER = Tolerance(8, 8)
"""log2(n) butterflies, each a few roundings, against the norm of the input; n <= 16."""

GRADIENT = Tolerance(64, 64)
"""An exact derivative of a short program of elementary functions."""

FINITE_DIFFERENCE = 1e-6
"""Central differences in double precision: eps**(2/3), about 4e-11, times third derivatives."""

NORMAL = Tolerance(64, 64)
"""Inversion of the normal distribution: erfinv's polynomial evaluated by two libraries."""

STATISTICAL = 1e-6
"""Smallest p-value of a chi-square test with a fixed seed: deterministic, so it never flickers."""


def epsilon(dtype: np.dtype) -> float:
    """Machine epsilon of the real part of a dtype; 0 for integers and booleans."""
    return float(np.finfo(dtype).eps) if dtype.kind in "fc" else 0.0
