"""Matrix exponential, written against the standard alone.

Scaling and squaring of a diagonal Pade approximant of degree 13 (degree 7 in single precision), by
N. J. Higham, SIAM J. Matrix Anal. Appl. 26 (2005), 1179.
"""

from __future__ import annotations

import math
from typing import Any

from arraybackends.errors import DTypeError, ShapeError

__all__ = ["expm"]

# Degree and theta, the largest 1-norm for which the backward error stays below the unit roundoff:
# tables 2.3 and 2.4 of the reference.
_DEGREES = {"float32": (7, 3.925724783138660), "float64": (13, 5.371920351148152)}
_REAL_OF = {"complex64": "float32", "complex128": "float64"}


def _coefficients(degree: int) -> list[float]:
    """Return those of the numerator, integers, from the constant one up; the last is one."""
    return [
        float(math.factorial(2 * degree - k) * math.comb(degree, k) // math.factorial(degree))
        for k in range(degree + 1)
    ]


def expm(xp: Any, x: Any, /) -> Any:
    """
    Exponential of (a stack of) square matrices.

    Parameters
    ----------
    xp : ArrayBackend
    x : array, shape (..., n, n), floating point

    Returns
    -------
    array, shape (..., n, n)
        With the dtype of `x`. The cost is that of about 8 matrix products and a solution, and one
        product for each doubling of the norm above 5.4 (single precision: 3.9). The largest norm of
        a stack decides for all.

    Raises
    ------
    ShapeError
        If the last two axes are not equal.
    DTypeError
        If the dtype is not floating point.
    """
    if len(x.shape) < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"Argument `x` must have shape (..., n, n), but has {tuple(x.shape)}.")
    name = xp.dtype_name(x.dtype)
    if name not in _DEGREES and name not in _REAL_OF:
        raise DTypeError(f"Argument `x` must be a floating-point array, but has dtype {name}.")
    if math.prod(x.shape) == 0:
        return x
    degree, theta = _DEGREES[_REAL_OF.get(name, name)]
    norm = float(xp.max(xp.sum(xp.abs(x), axis=-2)))
    squarings = math.ceil(math.log2(norm / theta)) if theta < norm < math.inf else 0
    result = _pade(xp, x * 2.0**-squarings, _coefficients(degree))
    for _ in range(squarings):
        result = xp.matmul(result, result)
    return result


def _pade(xp: Any, x: Any, coefficients: list[float]) -> Any:
    """Quotient of the polynomials p(x) and p(-x), even and odd powers apart."""
    n = x.shape[-1]
    identity = xp.broadcast_to(xp.eye(n, dtype=x.dtype, device=xp.device_of(x)), x.shape)
    square = xp.matmul(x, x)
    powers = [identity, square]
    if len(coefficients) == 14:
        even, odd = _degree_13(xp, square, identity, coefficients)
    else:
        while len(powers) < len(coefficients) // 2:
            powers.append(xp.matmul(powers[-1], square))
        even = _combination(powers, coefficients[0::2])
        odd = _combination(powers, coefficients[1::2])
    odd = xp.matmul(x, odd)
    return xp.linalg.solve(even - odd, even + odd)


def _combination(matrices: list[Any], coefficients: list[float]) -> Any:
    total = matrices[0] * coefficients[0]
    for matrix, coefficient in zip(matrices[1:], coefficients[1:], strict=True):
        total = total + matrix * coefficient
    return total


def _degree_13(xp: Any, square: Any, identity: Any, b: list[float]) -> tuple[Any, Any]:
    """Even and odd parts of degree 13 with six products instead of nine (page 1185)."""
    fourth = xp.matmul(square, square)
    sixth = xp.matmul(fourth, square)
    low, high = [identity, square, fourth, sixth], [square, fourth, sixth]
    even = xp.matmul(sixth, _combination(high, b[8::2])) + _combination(low, b[0:8:2])
    odd = xp.matmul(sixth, _combination(high, b[9::2])) + _combination(low, b[1:9:2])
    return even, odd
