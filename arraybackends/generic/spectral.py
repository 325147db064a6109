"""Reverse-mode derivatives of `eigh` and the thin `svd`, also where the spectrum is degenerate.

The formulas divide by the gaps between eigenvalues (M. B. Giles, Collected matrix derivative
results for forward and reverse mode algorithmic differentiation, 2008; arXiv:1909.02659).
Eigenvalues nearer to each other than their rounding error count as equal, and what would be divided
by their gap gives

* 0 where it is 0: functions of the eigenvalues alone, and of vectors with a simple eigenvalue, keep
  their derivative whatever the rest of the spectrum does;
* NaN where it is not: how vectors turn within one eigenspace is not determined by the matrix.

The functions take a namespace `xp` with the names of the standard, its own complex numbers as well.
"""

from __future__ import annotations

from typing import Any

__all__ = ["eigh_cotangent", "svd_cotangent"]

_EQUAL = 16
"""Eigenvalues are computed to a few n * eps * norm; those nearer than this many are equal."""
_ZERO = 1024
"""Rounding leaves this many n * eps of its terms where a cotangent is zero."""


def eigh_cotangent(xp: Any, values: Any, vectors: Any, to_values: Any, to_vectors: Any) -> Any:
    """Cotangent of a Hermitian matrix, itself Hermitian, from those of its eigenpairs."""
    turning = xp.matmul(_adjoint(xp, vectors), to_vectors)
    inner = _divided(xp, turning, _gaps(xp, values), _size(xp, turning))
    inner = _hermitian(xp, inner) + _diagonal(xp, to_values)
    return xp.matmul(xp.matmul(vectors, inner), _adjoint(xp, vectors))


def svd_cotangent(
    xp: Any, u: Any, values: Any, vh: Any, to_u: Any, to_values: Any, to_vh: Any
) -> Any:
    """Cotangent of a matrix from those of its thin singular value decomposition."""
    v, to_v = _adjoint(xp, vh), _adjoint(xp, to_vh)
    left = xp.matmul(_adjoint(xp, u), to_u)
    right = xp.matmul(vh, to_v)
    size = xp.maximum(_size(xp, left), _size(xp, right))
    together = _divided(xp, left + right, _gaps(xp, values), size)
    sums = values[..., None, :] + values[..., :, None]
    apart = _divided(xp, _skew(xp, left) - _skew(xp, right), _nonzero(xp, sums, values), size)
    inner = _hermitian(xp, together) + _skew(xp, apart) + _diagonal(xp, to_values)
    result = xp.matmul(xp.matmul(u, inner), vh)
    lengths = _nonzero(xp, values[..., None, :], values)
    if u.shape[-2] > u.shape[-1]:
        outside = to_u - xp.matmul(u, left)
        result = result + xp.matmul(_divided(xp, outside, lengths, _size(xp, to_u)), vh)
    if v.shape[-2] > v.shape[-1]:
        outside = _divided(xp, to_v - xp.matmul(v, right), lengths, _size(xp, to_v))
        result = result + xp.matmul(u, _adjoint(xp, outside))
    return result


def _divided(xp: Any, x: Any, gaps: Any, size: Any) -> Any:
    """Divide by the gaps; where they are 0, zero (up to rounding of `size`) gives 0, else NaN."""
    vanish = gaps == 0
    quotient = x / xp.where(vanish, 1.0, gaps)
    # A real number on the diagonal would change the length of a vector, and has no effect.
    turning = xp.abs(_without_real_diagonal(xp, x) if x.shape[-1] == x.shape[-2] else x)
    noise = _ZERO * max(x.shape[-2:]) * _epsilon(xp, gaps) * size
    undetermined = xp.where(turning > noise, float("nan"), 0 * turning)
    return xp.where(vanish, undetermined, quotient)


def _gaps(xp: Any, values: Any) -> Any:
    """Return w_j - w_i, and 0 for values that are equal up to rounding."""
    gaps = values[..., None, :] - values[..., :, None]
    return _nonzero(xp, gaps, values)


def _nonzero(xp: Any, x: Any, values: Any) -> Any:
    """Replace by 0 what is below the rounding error of the values."""
    norm = xp.sum(xp.abs(values), axis=-1, keepdims=True)[..., None]
    return xp.where(xp.abs(x) <= _EQUAL * _epsilon(xp, values) * norm, 0.0, x)


def _epsilon(xp: Any, x: Any) -> float:
    return float(xp.finfo(x.dtype).eps)


def _size(xp: Any, x: Any) -> Any:
    return xp.sum(xp.abs(x), axis=(-2, -1), keepdims=True)


def _adjoint(xp: Any, x: Any) -> Any:
    return xp.conj(xp.matrix_transpose(x))


def _hermitian(xp: Any, x: Any) -> Any:
    return (x + _adjoint(xp, x)) / 2


def _skew(xp: Any, x: Any) -> Any:
    return (x - _adjoint(xp, x)) / 2


def _diagonal(xp: Any, values: Any) -> Any:
    """Diagonal matrices."""
    square = xp.broadcast_to(values[..., :, None], (*values.shape, values.shape[-1]))
    return xp.tril(xp.triu(square))


def _without_real_diagonal(xp: Any, x: Any) -> Any:
    return x - xp.tril(xp.triu(xp.real(x)))
