"""Entanglement of mixed states."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.states.entropy import check_base
from arraybackends.quantum.states.register import check_subset, matrix_qubits, reorder
from arraybackends.quantum.states.spectrum import eigenvalues, square_root

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["concurrence", "logarithmic_negativity", "negativity", "partial_transpose"]


def partial_transpose(xp: ArrayBackend[Any], rho: Any, /, *, qubits: int | Iterable[int]) -> Any:
    """
    Density matrix with rows and columns of some qubits exchanged.

    Parameters
    ----------
    xp : ArrayBackend
    rho : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
    qubits : int or sequence of int

    Returns
    -------
    array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
        Hermitian, but not positive if the qubits are entangled in a way that `negativity` measures.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated.
    ShapeError
        If the matrix is not square.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import ghz_state, pure_density_matrix
    >>> xp = ab.get_backend("numpy")
    >>> bell = pure_density_matrix(xp, ghz_state(xp, 2))
    >>> xp.linalg.eigvalsh(partial_transpose(xp, bell, qubits=0)).round(3)
    array([-0.5,  0.5,  0.5,  0.5])
    """
    n_qubits = matrix_qubits(rho, "rho")
    exchanged = check_subset(qubits, n_qubits, "qubits")
    order = [
        (qubit + n_qubits) % (2 * n_qubits) if qubit % n_qubits in exchanged else qubit
        for qubit in range(2 * n_qubits)
    ]
    batch = tuple(rho.shape[:-2])
    return xp.reshape(reorder(xp, xp.reshape(rho, (*batch, 4**n_qubits)), order), rho.shape)


def negativity(xp: ArrayBackend[Any], rho: Any, /, *, qubits: int | Iterable[int]) -> Any:
    """
    Negativity: minus the sum of the negative eigenvalues of the partial transpose [1]_.

    Parameters
    ----------
    xp : ArrayBackend
    rho : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
    qubits : int or sequence of int
        One of the two parts.

    Returns
    -------
    array, shape batch, real
        Zero for separable states, 1/2 for a Bell pair; differentiable.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated.
    ShapeError
        If the matrix is not square.

    References
    ----------
    .. [1] G. Vidal, R. F. Werner, "Computable measure of entanglement", Phys. Rev. A 65 (2002),
       032314.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import ghz_state, pure_density_matrix
    >>> xp = ab.get_backend("numpy")
    >>> bell = pure_density_matrix(xp, ghz_state(xp, 2))
    >>> float(negativity(xp, bell, qubits=0).round(12))
    0.5
    """
    values = eigenvalues(xp, partial_transpose(xp, rho, qubits=qubits))
    return xp.sum(xp.where(values < 0, -values, xp.zeros_like(values)), axis=-1)


def logarithmic_negativity(
    xp: ArrayBackend[Any], rho: Any, /, *, qubits: int | Iterable[int], base: float = 2
) -> Any:
    """
    Logarithmic negativity log(2 N + 1) of the negativity N, in bits unless another base is given.

    Parameters
    ----------
    xp : ArrayBackend
    rho : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
    qubits : int or sequence of int
        One of the two parts.
    base : float
        Of the logarithm: 2 for bits, `math.e` for nats.

    Returns
    -------
    array, shape batch, real
        Zero for separable states, 1 bit for a Bell pair; additive; differentiable.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated, or the base not greater than 1.
    ShapeError
        If the matrix is not square.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import ghz_state, pure_density_matrix
    >>> xp = ab.get_backend("numpy")
    >>> bell = pure_density_matrix(xp, ghz_state(xp, 2))
    >>> float(logarithmic_negativity(xp, bell, qubits=0).round(12))
    1.0
    """
    check_base(base)
    return xp.log1p(2 * negativity(xp, rho, qubits=qubits)) / math.log(base)


def concurrence(xp: ArrayBackend[Any], rho: Any, /) -> Any:
    """
    Concurrence of two qubits, which determines their entanglement of formation [1]_.

    Parameters
    ----------
    xp : ArrayBackend
    rho : array, shape (*batch, 4, 4), complex

    Returns
    -------
    array, shape batch, real
        From 0 (separable) to 1 (Bell pair); differentiable.

    Raises
    ------
    ShapeError
        If it is no density matrix of two qubits.

    References
    ----------
    .. [1] W. K. Wootters, "Entanglement of formation of an arbitrary state of two qubits", Phys.
       Rev. Lett. 80 (1998), 2245.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import ghz_state, pure_density_matrix
    >>> xp = ab.get_backend("numpy")
    >>> float(concurrence(xp, pure_density_matrix(xp, ghz_state(xp, 2))).round(12))
    1.0
    """
    if matrix_qubits(rho, "rho") != 2:
        raise ShapeError(
            f"Argument `rho` must be of two qubits, shape (*batch, 4, 4), but has shape "
            f"{tuple(rho.shape)}."
        )
    root = square_root(xp)(rho)
    signs = xp.asarray([[-1], [1], [1], [-1]], dtype=rho.dtype, device=xp.device_of(rho))
    flipped = signs * xp.flip(root, axis=-2)  # the matrix of Y (x) Y is antidiagonal
    values = xp.linalg.svdvals(xp.matmul(xp.matrix_transpose(root), flipped))
    difference = 2 * values[..., 0] - xp.sum(values, axis=-1)
    return xp.where(difference > 0, difference, xp.zeros_like(difference))
