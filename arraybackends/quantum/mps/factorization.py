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
        """Return how many singular values, in descending order, an element of a batch keeps."""
        bound = self.bound(values.shape[-1])
        if not self.cutoff:
            return bound
        if is_traced(xp, values):
            raise CapabilityError(
                f"Argument `cutoff` is {self.cutoff!r}, which lets shapes depend on values that "
                "are not known under `jit` and `vmap`. Give `max_bond` alone there."
            )
        if values.ndim > 1:
            ranks = xp.to_numpy(xp.count_nonzero(self.kept(xp, values), axis=-1))
            return max(ranks.tolist(), default=1)
        weights = xp.to_numpy(values**2).tolist()
        allowed, lost, rank = self.cutoff * sum(weights), sum(weights[bound:]), bound
        while rank > 1 and lost + weights[rank - 1] <= allowed:
            rank -= 1
            lost += weights[rank]
        return rank

    def kept(self, xp: ArrayBackend[Any], values: Any) -> Any:
        """Return which values, shape (batch, size), are kept, or None if the same of each."""
        if not self.cutoff or values.ndim == 1:
            return None
        places = xp.arange(values.shape[-1], device=xp.device)
        weights = xp.flip(values**2, axis=-1)
        lost = xp.flip(xp.cumulative_sum(weights, axis=-1), axis=-1)  # without a value and the next
        above = xp.logical_or(places == 0, lost > self.cutoff * lost[..., :1])
        return xp.logical_and(places < self.bound(values.shape[-1]), above)


class Factorization:
    """
    Differentiable factorizations on one backend, of matrices and of batches of them.

    Parameters
    ----------
    xp : ArrayBackend
    limit : Limit
    is_checked : bool
        Whether derivatives are refused where isometries miss directions; those of what does not
        depend on the isometries are right all the same.
    """

    def __init__(self, xp: ArrayBackend[Any], limit: Limit, /, *, is_checked: bool) -> None:
        self._xp = xp
        self._limit = limit
        self._is_checked = is_checked
        self._isometry: Callable[[Any], tuple[Any, Any]] = xp.custom_vjp(
            self._qr, self._qr_cotangent
        )
        self._split: Callable[[Any], tuple[Any, Any, Any]] = xp.custom_vjp(
            self._svd, self._svd_cotangent
        )

    def isometry(self, matrix: Any, /) -> tuple[Any, Any]:
        """Return an isometry (m, k) and the rest (k, n), k = min(m, n)."""
        *batch, rows, columns = matrix.shape
        if rows > columns:
            return self._isometry(matrix)
        # Any unitary will do, and this one needs no derivative.
        eye = self._xp.eye(rows, dtype=matrix.dtype, device=self._xp.device)
        return self._xp.broadcast_to(eye, (*batch, rows, rows)), matrix

    def truncated(self, matrix: Any, /) -> tuple[Any, Any, Any]:
        """
        Return the best factors (m, k) and (k, n) within the limit, and the weight discarded.

        Of a batch each element is cut by its own values; where it keeps fewer than k, rows of its
        right factor are zero.
        """
        return self._split(matrix)

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
        outside = xp.matmul(xp.matmul(outside, u * inverse[..., None, :]), vh)
        total = xp.matmul(left, to_right) + outside
        # With a cutoff, directions in which values would grow from zero count as cut off.
        if not self._is_checked or self._limit.cutoff:
            return (total,)
        vanishing = xp.any(values <= self._noise(values), axis=-1)
        missed = xp.logical_and(vanishing, self._is_wanted(to_left, to_right))
        return (self._unless(missed, f"has dimension {right.shape[-1]}", total),)

    # With truncation

    def _svd(self, matrix: Any) -> tuple[Any, Any]:
        xp = self._xp
        u, values, vh = xp.linalg.svd(matrix, full_matrices=False)
        rank, is_kept = self._limit.rank(xp, values), self._limit.kept(xp, values)
        kept, lost = values[..., :rank], values[..., rank:]
        if is_kept is not None:
            kept, lost = xp.where(is_kept, values, 0.0)[..., :rank], xp.where(is_kept, 0.0, values)
        left, right = u[..., :, :rank], xp.astype(kept, vh.dtype)[..., :, None] * vh[..., :rank, :]
        return (left, right, xp.sum(lost**2, axis=-1)), (matrix, left)

    def _svd_cotangent(self, residuals: Any, cotangents: Any) -> tuple[Any]:
        """Pull back with L^+ dL = 0, where dL turns kept left vectors to discarded ones."""
        xp = self._xp
        # Residuals that are neither arguments nor outputs would not be differentiated again.
        (matrix, output), (to_left, to_right, to_weight) = residuals, cotangents
        u, values, vh = xp.linalg.svd(matrix, full_matrices=False)
        rank = to_left.shape[-1]
        left, right = u[..., :, :rank], vh[..., :rank, :]
        vanishing, inverse = values <= self._noise(values), self._inverse(values)[..., :rank]
        is_kept = self._limit.kept(xp, values)
        if is_kept is None:
            start, lost, missed = rank, values[..., rank:], vanishing[..., rank - 1]
        else:
            # Elements that are cut at fewer values discard some of the first `rank` too.
            is_used, start, lost = is_kept[..., :rank], 0, xp.where(is_kept, 0.0, values)
            to_left = xp.where(is_used[..., None, :], to_left, 0.0)
            to_right = xp.where(is_used[..., :, None], to_right, 0.0)
            inverse = xp.where(is_used, inverse, 0.0)
            missed = xp.any(xp.logical_and(is_kept, vanishing), axis=-1)
            missed = xp.logical_and(missed, xp.logical_not(xp.all(is_kept, axis=-1)))
        # The same but for rounding; the derivatives of `output` and `u` are in different gauges.
        gauge = xp.matmul(self._adjoint(left), output)
        to_left, to_right = xp.matmul(to_left, self._adjoint(gauge)), xp.matmul(gauge, to_right)
        total = xp.matmul(left, to_right)
        outside = to_left - xp.matmul(u, xp.matmul(self._adjoint(u), to_left))
        outside = outside * xp.astype(inverse, u.dtype)[..., None, :]
        total = total + xp.matmul(outside, right)
        if start == values.shape[-1]:
            return (total,)
        # Also R = L^+ A turns with L, by what of A is discarded.
        others = u[..., :, start:]
        rest = xp.astype(lost, vh.dtype)[..., :, None] * vh[..., start:, :]
        turning = xp.matmul(self._adjoint(others), to_left)
        turning = turning + xp.matmul(rest, self._adjoint(to_right))
        if is_kept is not None:
            is_turned = xp.logical_and(is_used[..., None, :], xp.logical_not(is_kept)[..., :, None])
            turning = xp.where(is_turned, turning, 0.0)
        turning = self._divided(turning, values[..., :rank], values[..., start:], values)
        scaled = turning * xp.astype(values[..., :rank], turning.dtype)[..., None, :]
        total = total + xp.matmul(xp.matmul(others, scaled), right)
        total = total + xp.matmul(xp.matmul(left, self._adjoint(turning)), rest)
        to_weight = xp.astype(to_weight, rest.dtype)[..., None, None]
        total = total + 2 * to_weight * xp.matmul(others, rest)
        missed = xp.logical_and(missed, self._is_wanted(to_left, to_right))
        return (self._unless(missed, f"is cut to {rank}", total),)

    # What has no derivative

    def _is_wanted(self, to_left: Any, to_right: Any) -> Any:
        xp = self._xp
        sizes = (xp.sum(xp.abs(x), axis=(-2, -1)) for x in (to_left, to_right))
        return sum(sizes) > 0

    def _unless(self, missed: Any, how: str, total: Any) -> Any:
        """Return cotangents unless directions are missed: then raise, or return NaN if traced."""
        if is_traced(self._xp, missed):
            return self._xp.where(missed[..., None, None], math.nan, total)
        if bool(self._xp.any(missed)):
            raise GradientError(
                f"A bond {how} although fewer Schmidt values do not vanish: the state could grow "
                "in more directions than are kept, and its derivative is not determined. Move the "
                "angles a little away from this point, at random, or use a larger `max_bond`, or a "
                "`cutoff` that makes bonds no larger than the state needs."
            )
        return total

    def _divided(self, turning: Any, kept: Any, lost: Any, values: Any) -> Any:
        """Divide by kept**2 - lost**2; where these are equal, the result is NaN, at zero zero."""
        xp = self._xp
        noise = self._noise(values)[..., None]
        kept, lost = kept[..., None, :], lost[..., :, None]
        gaps = kept - lost
        equal = gaps <= noise
        product = xp.where(equal, 1.0, gaps * (kept + lost))
        size = xp.sum(xp.abs(turning), axis=(-2, -1), keepdims=True)
        eps = float(xp.finfo(values.dtype).eps)
        matters = xp.logical_and(kept > noise, xp.abs(turning) > _ZERO * eps * size)
        factors = xp.where(equal, xp.where(matters, math.nan, xp.zeros_like(gaps)), 1 / product)
        return turning * xp.astype(factors, turning.dtype)

    def _inverse(self, values: Any) -> Any:
        """Return 1 / values, and 0 for those that are zero up to rounding."""
        xp = self._xp
        zero = values <= self._noise(values)
        return xp.where(zero, 0.0, 1 / xp.where(zero, 1.0, values))

    def _noise(self, values: Any) -> Any:
        eps = float(self._xp.finfo(values.dtype).eps)
        return _EQUAL * eps * self._xp.sum(values, axis=-1, keepdims=True)

    def _adjoint(self, matrix: Any) -> Any:
        return self._xp.conj(self._xp.matrix_transpose(matrix))
