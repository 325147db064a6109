"""Entropies of states and of their parts, which are taken to be normalised."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.states.reduction import partial_trace, schmidt_values
from arraybackends.quantum.states.register import check_subset, matrix_qubits, vector_qubits
from arraybackends.quantum.states.spectrum import eigenvalues, rounding, squared_modulus

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "check_base",
    "entanglement_entropy",
    "mutual_information",
    "purity",
    "renyi_entropy",
    "von_neumann_entropy",
]


def purity(xp: ArrayBackend[Any], rho: Any, /) -> Any:
    """
    Purity tr(rho**2): 1 for pure states, 2**-n_qubits for the maximally mixed one.

    Parameters
    ----------
    xp : ArrayBackend
    rho : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex

    Returns
    -------
    array, shape batch, real
        Differentiable.

    Raises
    ------
    ShapeError
        If the matrix is not square.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import maximally_mixed_state
    >>> xp = ab.get_backend("numpy")
    >>> float(purity(xp, maximally_mixed_state(xp, 2)))
    0.25
    """
    matrix_qubits(rho, "rho")
    return xp.sum(squared_modulus(xp, rho), axis=(-2, -1))


def von_neumann_entropy(xp: ArrayBackend[Any], rho: Any, /, *, base: float = 2) -> Any:
    """
    Von Neumann entropy -tr(rho log rho), in bits unless another base is given.

    Parameters
    ----------
    xp : ArrayBackend
    rho : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
    base : float
        Of the logarithm: 2 for bits, `math.e` for nats.

    Returns
    -------
    array, shape batch, real
        From 0 to n_qubits * log(2); differentiable.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ValueError
        If the base is not greater than 1.

    Notes
    -----
    O(8**n_qubits) operations.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import maximally_mixed_state
    >>> xp = ab.get_backend("numpy")
    >>> float(von_neumann_entropy(xp, maximally_mixed_state(xp, 2)))
    2.0
    """
    return renyi_entropy(xp, rho, 1, base=base)


def renyi_entropy(xp: ArrayBackend[Any], rho: Any, order: float, /, *, base: float = 2) -> Any:
    """
    Renyi entropy log(tr(rho**order)) / (1 - order), in bits unless another base is given.

    Parameters
    ----------
    xp : ArrayBackend
    rho : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
    order : float
        Not negative. 0 gives the logarithm of the rank, 1 the von Neumann entropy (the limit), 2
        that of the purity, `math.inf` that of the largest eigenvalue.
    base : float
        Of the logarithm: 2 for bits, `math.e` for nats.

    Returns
    -------
    array, shape batch, real
        From 0 to n_qubits * log(2), the smaller the larger the order; differentiable.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    ValueError
        If the order is negative, or the base not greater than 1.

    Notes
    -----
    O(8**n_qubits) operations. Eigenvalues below max(2**n_qubits, 32) times the rounding unit count
    as zero.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> rho = xp.asarray([[0.75, 0], [0, 0.25 + 0j]])
    >>> [float(renyi_entropy(xp, rho, order).round(3)) for order in (0, 1, 2, math.inf)]
    [1.0, 0.811, 0.678, 0.415]
    """
    matrix_qubits(rho, "rho")
    _check_order(order, base)
    values = eigenvalues(xp, rho)
    return _entropy(xp, values, rounding(xp, values), order, base)


def entanglement_entropy(
    xp: ArrayBackend[Any], state: Any, /, *, qubits: int | Iterable[int], order: float = 1,
    base: float = 2,
) -> Any:  # fmt: skip
    """
    Entropy of some qubits of a pure state, in bits unless another base is given.

    Parameters
    ----------
    xp : ArrayBackend
    state : array, shape (*batch, 2**n_qubits), complex
    qubits : int or sequence of int
        One of the two parts; the other has the same entropy.
    order : float
        That of the Renyi entropy; 1 is the von Neumann entropy.
    base : float
        Of the logarithm: 2 for bits, `math.e` for nats.

    Returns
    -------
    array, shape batch, real
        Differentiable, also for product states, where the derivative is zero.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated, the order negative, or the base not greater than 1.
    ShapeError
        If the number of amplitudes is no power of two.

    Notes
    -----
    From the singular values of a matrix of the smaller part times the larger; more accurate for
    weak entanglement than the eigenvalues of the reduced density matrix.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import ghz_state
    >>> xp = ab.get_backend("numpy")
    >>> float(entanglement_entropy(xp, ghz_state(xp, 5), qubits=(1, 3)).round(12))
    1.0
    """
    _check_order(order, base)
    values = schmidt_values(xp, state, qubits=qubits)
    return _entropy(xp, values**2, rounding(xp, values) ** 2, order, base)


def mutual_information(
    xp: ArrayBackend[Any], state: Any, /, *, first: int | Iterable[int],
    second: int | Iterable[int], mixed: bool = False, base: float = 2,
) -> Any:  # fmt: skip
    """
    Mutual information S(A) + S(B) - S(AB) of two parts, in bits unless another base is given.

    Parameters
    ----------
    xp : ArrayBackend
    state : array, complex
        A state vector, shape (*batch, 2**n_qubits), or a density matrix, shape (*batch,
        2**n_qubits, 2**n_qubits).
    first, second : int or sequence of int
        The qubits of A and of B; they need not be all.
    mixed : bool
        Whether `state` is a density matrix.
    base : float
        Of the logarithm: 2 for bits, `math.e` for nats.

    Returns
    -------
    array, shape batch, real
        Differentiable.

    Raises
    ------
    ValueError
        If a qubit is out of range, repeated, or in both parts, or the base is not greater than 1.
    ShapeError
        If the shape is none of a state.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import ghz_state
    >>> xp = ab.get_backend("numpy")
    >>> state = ghz_state(xp, 4)
    >>> float(mutual_information(xp, state, first=0, second=(2, 3)).round(12))
    1.0
    """
    n_qubits = matrix_qubits(state, "state") if mixed else vector_qubits(state, "state")
    one = check_subset(first, n_qubits, "first")
    two = check_subset(second, n_qubits, "second")
    if set(one) & set(two):
        raise ValueError(
            f"Arguments `first` and `second` must be disjoint, but both have {set(one) & set(two)}."
        )

    def entropy(part: tuple[int, ...]) -> Any:
        if mixed:
            return von_neumann_entropy(xp, partial_trace(xp, state, keep=part), base=base)
        return entanglement_entropy(xp, state, qubits=part, base=base)

    return entropy(one) + entropy(two) - entropy((*one, *two))


def _entropy(xp: ArrayBackend[Any], p: Any, noise: Any, order: float, base: float) -> Any:
    """Return the Renyi entropy of probabilities, those below the noise being zero."""
    positive = p > noise
    safe = xp.where(positive, p, xp.ones_like(p))
    if order == 0:
        count = xp.sum(xp.astype(positive, p.dtype), axis=-1)
        return xp.log(count) / math.log(base)
    if order == math.inf:
        return -xp.log(xp.max(p, axis=-1)) / math.log(base)
    surprise = -xp.log(safe)
    if order == 1:
        return xp.sum(safe * surprise, axis=-1) / math.log(base)
    # tr(rho**order) - 1, without the cancellation near order 1.
    excess = xp.sum(safe * xp.expm1((1 - order) * surprise), axis=-1)
    return xp.log1p(excess) / ((1 - order) * math.log(base))


def _check_order(order: float, base: float) -> None:
    if not order >= 0:
        raise ValueError(f"Argument `order` must not be negative, but is {order!r}.")
    check_base(base)


def check_base(base: float) -> None:
    """Raise ValueError unless logarithms may have this base."""
    if not 1 < base < math.inf:
        raise ValueError(f"Argument `base` must be greater than 1, but is {base!r}.")
