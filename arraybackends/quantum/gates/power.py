"""Powers of unitary matrices.

Phases are principal: the power k of an eigenvalue exp(i a) is exp(i k a), where -pi < a <= pi.
"""

from __future__ import annotations

import cmath
import math
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.gates import matrix as small
from arraybackends.quantum.gates.matrix import Matrix
from arraybackends.quantum.tracing import number_if_known
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["diagonal_power", "finite_order_power", "unitary_power"]

_DIRECTIONS = (0.4, 1.3, 2.2, 3.1)
"""Of the combinations of real and imaginary part whose eigenvectors are tried."""

_TOLERANCE = 1e-6
_LARGEST_ORDER = 8


def finite_order_power(matrix: Matrix, exponent: float, /) -> Matrix:
    """Return the power of a matrix with matrix**n = 1, n at most 8, by its spectral projectors."""
    powers = [small.identity(len(matrix))]
    while len(powers) <= _LARGEST_ORDER:
        following = small.matmul(powers[-1], matrix)
        if small.is_close(following, powers[0]):
            break
        powers.append(following)
    else:
        raise ValueError(f"No power of the matrix up to {_LARGEST_ORDER} is the identity.")
    order = len(powers)
    weights = [0j] * order
    for level in range(-((order - 1) // 2), order // 2 + 1):  # phases 2 pi level / order
        raised = cmath.exp(2j * math.pi * level * exponent / order) / order
        for place in range(order):
            weights[place] += raised * cmath.exp(-2j * math.pi * level * place / order)
    return small.add(*map(small.scale, weights, powers))


def diagonal_power(diagonal: Any, exponent: float, /) -> Any:
    """Return the power of a diagonal of phases, as a tuple or an array."""
    if isinstance(diagonal, tuple):
        return tuple(
            cmath.exp(1j * exponent * (math.pi if _is_below_cut(phase) else phase))
            for phase in map(cmath.phase, diagonal)
        )
    xp = backend_of(diagonal)
    return _raise_phases(xp, xp.astype(diagonal, complex_dtype(xp)), exponent)


def unitary_power(xp: ArrayBackend[Any], matrix: Any, exponent: float, /) -> Any:
    """
    Return the power of a unitary matrix, as nested tuples or as an array.

    The eigenvectors are those of a combination of the Hermitian and the anti-Hermitian part, which
    commute. A combination whose eigenvalues coincide where those of the matrix do not would give
    wrong vectors; so several are tried, and the best is checked to diagonalise the matrix.

    Raises
    ------
    ValueError
        If none does.
    """
    if isinstance(matrix, tuple):
        array = xp.asarray(matrix, dtype=complex_dtype(xp), device=xp.device)
        rows = xp.to_numpy(unitary_power(xp, array, exponent)).tolist()
        return tuple(map(tuple, rows))
    xp = backend_of(matrix)
    matrix = xp.astype(matrix, complex_dtype(xp))
    adjoint = xp.conj(xp.matrix_transpose(matrix))
    if exponent == int(exponent):
        return xp.linalg.matrix_power(matrix if exponent >= 0 else adjoint, abs(int(exponent)))
    unit = xp.eye(matrix.shape[-1], dtype=matrix.dtype, device=xp.device)
    errors, tried = [], []
    for direction in _DIRECTIONS:
        turned = matrix * cmath.exp(-1j * direction)
        vectors = xp.linalg.eigh(0.5 * (turned + xp.conj(xp.matrix_transpose(turned))))[1]
        inside = xp.matmul(xp.conj(xp.matrix_transpose(vectors)), xp.matmul(matrix, vectors))
        phases = xp.linalg.diagonal(inside)
        errors.append(xp.max(xp.abs(xp.detach(inside - unit * phases[..., None, :]))))
        tried.append((vectors, phases))
    best = xp.reshape(xp.argmin(xp.stack(errors)), (1,))
    vectors, phases = (xp.take(xp.stack(x), best, axis=0)[0, ...] for x in zip(*tried, strict=True))
    error = number_if_known(xp, xp.min(xp.stack(errors)))
    if error is not None and not error <= _TOLERANCE:  # also for nan
        raise ValueError(
            f"The power {exponent!r} of a matrix needs its eigenvectors, but those found leave off-"
            f"diagonal elements up to {error:.2g}. Is the matrix unitary?"
        )
    raised = vectors * _raise_phases(xp, phases, exponent)[..., None, :]
    return xp.matmul(raised, xp.conj(xp.matrix_transpose(vectors)))


def _raise_phases(xp: ArrayBackend[Any], values: Any, exponent: float) -> Any:
    """Return exp(i exponent phase) of complex numbers."""
    phases = xp.atan2(xp.imag(values), xp.real(values))
    phases = xp.where(_is_below_cut(phases), phases + 2 * math.pi, phases) * exponent
    return xp.astype(xp.cos(phases), values.dtype) + 1j * xp.astype(xp.sin(phases), values.dtype)


def _is_below_cut(phase: Any) -> Any:
    """Whether a phase, or each of an array, is -pi but for rounding: that of -1."""
    return phase < -math.pi + _TOLERANCE
