"""Spectra of density matrices, with derivatives where eigenvalues vanish.

First derivatives are finite everywhere. Where a quantity has none because an eigenvalue is zero
(the slope of -p log p at 0 is infinite), that eigenvalue contributes nothing: what remains is the
derivative along families of states in which it stays zero or has a minimum there, as pure states
do under unitary evolution. Second derivatives are NaN where eigenvalues of density matrices
coincide; those of quantities of state vectors are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["eigenvalues", "rounding", "square_root", "squared_modulus"]


_NOISE = 32
"""Eigenvalues are computed to a few n * eps; those below so many eps are zero."""


def eigenvalues(xp: ArrayBackend[Any], x: Any) -> Any:
    """Return those of the Hermitian part, so that derivatives are Hermitian on every backend."""
    return xp.linalg.eigvalsh((x + xp.conj(xp.matrix_transpose(x))) / 2)


def rounding(xp: ArrayBackend[Any], values: Any) -> Any:
    """Return what of eigenvalues or singular values cannot be told from zero, (*batch, 1)."""
    largest = xp.detach(xp.max(values, axis=-1, keepdims=True))
    return max(values.shape[-1], _NOISE) * float(xp.finfo(values.dtype).eps) * largest


def square_root(xp: ArrayBackend[Any]) -> Any:
    """
    Return the function that takes the root of positive matrices.

    Its derivative X solves sqrt(rho) X + X sqrt(rho) = d rho; where rho vanishes X is zero.
    """

    def forward(rho: Any) -> tuple[Any, Any]:
        values, vectors = xp.linalg.eigh((rho + xp.conj(xp.matrix_transpose(rho))) / 2)
        positive = values > rounding(xp, values)
        safe = xp.where(positive, values, xp.ones_like(values))
        roots = xp.where(positive, xp.sqrt(safe), xp.zeros_like(values))
        scaled = vectors * xp.astype(roots, rho.dtype)[..., None, :]
        return xp.matmul(scaled, xp.conj(xp.matrix_transpose(vectors))), (roots, vectors)

    def backward(residuals: Any, cotangent: Any) -> tuple[Any]:
        roots, vectors = residuals
        adjoint = xp.conj(xp.matrix_transpose(vectors))
        inner = xp.matmul(xp.matmul(adjoint, cotangent), vectors)
        sums = roots[..., :, None] + roots[..., None, :]
        inverse = xp.where(sums > 0, 1 / xp.where(sums > 0, sums, xp.ones_like(sums)), sums)
        inner = inner * xp.astype(inverse, inner.dtype)
        outer = xp.matmul(xp.matmul(vectors, inner), adjoint)
        return ((outer + xp.conj(xp.matrix_transpose(outer))) / 2,)

    return xp.custom_vjp(forward, backward)


def squared_modulus(xp: ArrayBackend[Any], x: Any) -> Any:
    """Return |x|**2, with a derivative at zero."""
    return xp.real(x) ** 2 + xp.imag(x) ** 2
