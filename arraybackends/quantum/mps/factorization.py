r"""Factors of matrices, the left one an isometry, with derivatives that degeneracies do not spoil.

In a matrix product state the factors of A = L R meet again: whatever is computed of them is the
same for L W and W^+ R, with any unitary W. So the derivative may be taken in the gauge L^+ dL = 0,
in which gaps *among* the singular values that are kept do not occur; those between kept and
discarded ones do. Where values among the kept ones vanish, and others are discarded, no derivative
exists: which vectors of the many equally good ones will be kept depends on where the state goes to.
(The derivatives of `svd` itself would be those of single vectors, which do not
exist where singular values coincide, as they do in GHZ and in product states.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.errors import CapabilityError, GradientError
from arraybackends.quantum.tracing import is_traced

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Factorization", "Limit"]

_EQUAL = 16
"""Singular values are computed to a few eps * norm; those nearer than this many are equal."""

_ZERO = 1024
"""Rounding leaves this many eps of its terms where a cotangent is zero."""


class Limit(NamedTuple):
    """
    How much of a spectrum is kept.

    Parameters
    ----------
    max_bond : int or None
        Number of singular values at most.
    cutoff : float
        Part of the sum of their squares that may be discarded where `max_bond` allows more.
    """

    max_bond: int | None = None
    cutoff: float = 0.0

    def bound(self, size: int) -> int:
        """Return how many of so many values are kept at most."""
        return size if self.max_bond is None else min(size, self.max_bond)

    def rank(self, xp: ArrayBackend[Any], values: Any) -> int:
        """Return how many singular values, in descending order, are kept."""
        rank = self.bound(values.shape[0])
        if not self.cutoff:
            return rank
        if is_traced(xp, values):
            raise CapabilityError(
                f"Argument `cutoff` is {self.cutoff!r}, which lets shapes depend on values that "
                "are not known under `jit` and `vmap`. Give `max_bond` alone there."
            )
        weights = xp.to_numpy(values**2).tolist()
        allowed = self.cutoff * sum(weights)
        lost = sum(weights[rank:])
        while rank > 1 and lost + weights[rank - 1] <= allowed:
            rank -= 1
            lost += weights[rank]
        return rank


class Factorization:
    """
    Differentiable factorizations on one backend.

    Parameters
    ----------
    xp : ArrayBackend
    """

    def __init__(self, xp: ArrayBackend[Any], /) -> None:
        self._xp = xp
        self._isometry: Callable[[Any], tuple[Any, Any]] = xp.custom_vjp(
            self._qr, self._qr_cotangent
        )

    def isometry(self, matrix: Any, /) -> tuple[Any, Any]:
        """Return an isometry (m, k) and the rest (k, n), k = min(m, n)."""
        rows, columns = matrix.shape
        if rows > columns:
            return self._isometry(matrix)
        # Any unitary will do, and this one needs no derivative.
        return self._xp.eye(rows, dtype=matrix.dtype, device=self._xp.device), matrix

    def truncated(self, matrix: Any, limit: Limit, /) -> tuple[Any, Any, Any]:
        """Return the best factors (m, k) and (k, n) within a limit, and the weight discarded."""
        xp = self._xp

        def forward(matrix: Any) -> tuple[Any, Any]:
            u, values, vh = xp.linalg.svd(matrix, full_matrices=False)
            rank = limit.rank(xp, values)
            right = xp.astype(values[:rank], vh.dtype)[:, None] * vh[:rank, :]
            weight = xp.sum(values[rank:] ** 2)
            left = u[:, :rank]
            return (left, right, weight), (matrix, left)

        split: tuple[Any, Any, Any] = xp.custom_vjp(forward, self._svd_cotangent)(matrix)
        return split

    # Without truncation

    def _qr(self, matrix: Any) -> tuple[Any, Any]:
        left, right = self._xp.linalg.qr(matrix)
        return (left, right), (left, right)

    def _qr_cotangent(self, residuals: Any, cotangents: Any) -> tuple[Any]:
        """Pull back with dL = (1 - L L^+) dA R^-1 and dR = L^+ dA."""
        xp = self._xp
        (left, right), (to_left, to_right) = residuals, cotangents
        outside = to_left - xp.matmul(left, xp.matmul(self._adjoint(left), to_left))
        u, values, vh = xp.linalg.svd(right, full_matrices=False)
        inverse = xp.astype(self._inverse(values), u.dtype)
        outside = xp.matmul(xp.matmul(outside, u * inverse[None, :]), vh)
        return (xp.matmul(left, to_right) + outside,)

    # With truncation

    def _svd_cotangent(self, residuals: Any, cotangents: Any) -> tuple[Any]:
        """Pull back with L^+ dL = 0, where dL turns kept left vectors to discarded ones."""
        xp = self._xp
        # Residuals that are neither arguments nor outputs would not be differentiated again.
        (matrix, output), (to_left, to_right, to_weight) = residuals, cotangents
        u, values, vh = xp.linalg.svd(matrix, full_matrices=False)
        rank = to_left.shape[1]
        left, right, kept = u[:, :rank], vh[:rank, :], values[:rank]
        # The same but for rounding; the derivatives of `output` and `u` are in different gauges.
        gauge = xp.matmul(self._adjoint(left), output)
        to_left, to_right = xp.matmul(to_left, self._adjoint(gauge)), xp.matmul(gauge, to_right)
        inverse = xp.astype(self._inverse(values)[:rank], u.dtype)
        total = xp.matmul(left, to_right)
        outside = to_left - xp.matmul(u, xp.matmul(self._adjoint(u), to_left))
        total = total + xp.matmul(outside * inverse[None, :], right)
        if rank == values.shape[0]:
            return (total,)
        # Also R = L^+ A turns with L, by what of A is discarded.
        others, lost = u[:, rank:], values[rank:]
        rest = xp.astype(lost, vh.dtype)[:, None] * vh[rank:, :]
        turning = xp.matmul(self._adjoint(others), to_left)
        turning = turning + xp.matmul(rest, self._adjoint(to_right))
        turning = self._divided(turning, kept, lost, values)
        scaled = turning * xp.astype(kept, turning.dtype)[None, :]
        total = total + xp.matmul(xp.matmul(others, scaled), right)
        total = total + xp.matmul(xp.matmul(left, self._adjoint(turning)), rest)
        total = total + 2 * xp.astype(to_weight, rest.dtype) * xp.matmul(others, rest)
        used = xp.sum(xp.abs(to_left)) + xp.sum(xp.abs(to_right)) > 0
        missed = xp.logical_and(kept[rank - 1] <= self._noise(values), used)
        return (self._unless(missed, rank, total),)

    def _unless(self, missed: Any, rank: int, total: Any) -> Any:
        """Return a cotangent unless directions are missed: then raise, or return NaN if traced."""
        if is_traced(self._xp, missed):
            return self._xp.where(missed, math.nan, total)
        if bool(missed):
            raise GradientError(
                f"A bond is cut to {rank} although fewer Schmidt values do not vanish: the state "
                "could grow in more directions than are kept, and its derivative is not "
                "determined. Move the angles a little away from this point, at random, or use a "
                "larger `max_bond`."
            )
        return total

    def _divided(self, turning: Any, kept: Any, lost: Any, values: Any) -> Any:
        """Divide by kept**2 - lost**2; where these are equal, the result is NaN, at zero zero."""
        xp = self._xp
        noise = self._noise(values)
        gaps = kept[None, :] - lost[:, None]
        equal = gaps <= noise
        product = xp.where(equal, 1.0, gaps * (kept[None, :] + lost[:, None]))
        size = xp.sum(xp.abs(turning))
        eps = float(xp.finfo(values.dtype).eps)
        matters = xp.logical_and(kept[None, :] > noise, xp.abs(turning) > _ZERO * eps * size)
        factors = xp.where(equal, xp.where(matters, math.nan, xp.zeros_like(gaps)), 1 / product)
        return turning * xp.astype(factors, turning.dtype)

    def _inverse(self, values: Any) -> Any:
        """Return 1 / values, and 0 for those that are zero up to rounding."""
        xp = self._xp
        zero = values <= self._noise(values)
        return xp.where(zero, 0.0, 1 / xp.where(zero, 1.0, values))

    def _noise(self, values: Any) -> Any:
        return _EQUAL * float(self._xp.finfo(values.dtype).eps) * self._xp.sum(values)

    def _adjoint(self, matrix: Any) -> Any:
        return self._xp.conj(self._xp.matrix_transpose(matrix))
