"""Quantities of states: overlaps, reduced states, entropies, entanglement, distances.

State vectors have shape (*batch, 2**n_qubits), density matrices (*batch, 2**n_qubits,
2**n_qubits). All are taken to be normalised.

First derivatives are finite everywhere. Where a quantity has none because an eigenvalue is zero
(the slope of -p log p at 0 is infinite), that eigenvalue contributes nothing: what remains is the
derivative along families of states in which it stays zero or has a minimum there, as pure states
do under unitary evolution. Second derivatives are NaN where eigenvalues of density matrices
coincide; those of quantities of state vectors are not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.memory import check_memory
from arraybackends.quantum.states.register import (
    check_subset,
    matrix_qubits,
    reorder,
    split,
    vector_qubits,
)

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "concurrence",
    "entanglement_entropy",
    "fidelity",
    "logarithmic_negativity",
    "mutual_information",
    "negativity",
    "overlap",
    "partial_trace",
    "partial_transpose",
    "purity",
    "reduced_density_matrix",
    "renyi_entropy",
    "schmidt_values",
    "trace_distance",
    "von_neumann_entropy",
]

_NOISE = 32
"""Eigenvalues are computed to a few n * eps; those below so many eps are zero."""


# Pairs of states


def overlap(xp: ArrayBackend[Any], state: Any, other: Any, /) -> Any:
    """
    Overlap <state|other> of state vectors.

    Parameters
    ----------
    xp : ArrayBackend
    state, other : array, shape (*batch, 2**n_qubits), complex
        Batch shapes broadcast.

    Returns
    -------
    array, shape batch, complex
        Linear in `other`, antilinear in `state`; differentiable.

    Raises
    ------
    ShapeError
        If the numbers of qubits differ.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> overlap(xp, xp.asarray([0.6, 0.8j]), xp.asarray([0j, 1.0]))
    array(0.-0.8j)
    """
    _check_pair(vector_qubits(state, "state"), vector_qubits(other, "other"))
    return xp.vecdot(state, other)


def fidelity(
    xp: ArrayBackend[Any], state: Any, other: Any, /, *,
    mixed: bool | tuple[bool, bool] = False,
) -> Any:  # fmt: skip
    """
    Fidelity of two states, pure or mixed: 1 for equal states, 0 for orthogonal ones.

    Parameters
    ----------
    xp : ArrayBackend
    state, other : array, complex
        State vectors, shape (*batch, 2**n_qubits), or density matrices, shape (*batch, 2**n_qubits,
        2**n_qubits). Batch shapes broadcast.
    mixed : bool or pair of bool
        Whether they (both, or each) are density matrices.

    Returns
    -------
    array, shape batch, real
        |<a|b>|**2, <a|rho|a>, or (tr sqrt(sqrt(rho) sigma sqrt(rho)))**2 (Uhlmann's; not its square
        root) [1]_; differentiable.

    Raises
    ------
    ShapeError
        If the numbers of qubits differ, or a density matrix is not square.

    Notes
    -----
    O(2**n_qubits), O(4**n_qubits), and for two matrices O(8**n_qubits) operations.

    References
    ----------
    .. [1] R. Jozsa, "Fidelity for mixed quantum states", J. Mod. Opt. 41 (1994), 2315.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import basis_state, maximally_mixed_state
    >>> xp = ab.get_backend("numpy")
    >>> rho = maximally_mixed_state(xp, 2)
    >>> float(fidelity(xp, basis_state(xp, "01"), rho, mixed=(False, True)))
    0.25
    """
    first_mixed, second_mixed = mixed if isinstance(mixed, tuple) else (mixed, mixed)
    _check_pair(
        (matrix_qubits if first_mixed else vector_qubits)(state, "state"),
        (matrix_qubits if second_mixed else vector_qubits)(other, "other"),
    )
    if first_mixed and second_mixed:
        root = _square_root(xp)
        product = xp.matmul(root(state), root(other))
        return xp.sum(xp.linalg.svdvals(product), axis=-1) ** 2
    if first_mixed:
        return _expectation(xp, state, other)
    if second_mixed:
        return _expectation(xp, other, state)
    return _squared_modulus(xp, xp.vecdot(state, other))


def trace_distance(xp: ArrayBackend[Any], rho: Any, sigma: Any, /) -> Any:
    """
    Trace distance of two density matrices: half the sum of the moduli of rho - sigma's eigenvalues.

    Parameters
    ----------
    xp : ArrayBackend
    rho, sigma : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
        Batch shapes broadcast.

    Returns
    -------
    array, shape batch, real
        From 0 (equal) to 1 (orthogonal); that of pure states is sqrt(1 - fidelity). Differentiable,
        with the derivative 0 for equal matrices.

    Raises
    ------
    ShapeError
        If the matrices are not square, or differ in size.

    Notes
    -----
    O(8**n_qubits) operations.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> rho, sigma = xp.asarray([[1, 0], [0, 0j]]), xp.asarray([[0.5, 0], [0, 0.5 + 0j]])
    >>> float(trace_distance(xp, rho, sigma))
    0.5
    """
    _check_pair(matrix_qubits(rho, "rho"), matrix_qubits(sigma, "sigma"))
    return xp.sum(xp.abs(_eigenvalues(xp, rho - sigma)), axis=-1) / 2


# Parts of states


def reduced_density_matrix(
    xp: ArrayBackend[Any], state: Any, /, *, keep: int | Iterable[int]
) -> Any:
    """
    Density matrix of some qubits of a pure state: the partial trace of |state><state|.

    Parameters
    ----------
    xp : ArrayBackend
    state : array, shape (*batch, 2**n_qubits), complex
    keep : int or sequence of int
        The qubits that remain; the first becomes qubit 0 of the result.

    Returns
    -------
    array, shape (*batch, 2**k, 2**k), complex
        Differentiable.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated.
    ShapeError
        If the number of amplitudes is no power of two.
    MemoryLimitError
        If the matrix does not fit.

    Notes
    -----
    O(2**(n_qubits + k)) operations; |state><state| is never formed.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import ghz_state
    >>> xp = ab.get_backend("numpy")
    >>> reduced_density_matrix(xp, ghz_state(xp, 16), keep=(3, 9)).real.round(3).diagonal()
    array([0.5, 0. , 0. , 0.5])
    """
    n_qubits = vector_qubits(state, "state")
    kept = check_subset(keep, n_qubits, "keep")
    check_memory(xp, max(n_qubits, 2 * len(kept)), math.prod(state.shape[:-1]))
    amplitudes = split(xp, state, kept, n_qubits)
    return xp.matmul(amplitudes, xp.conj(xp.matrix_transpose(amplitudes)))


def partial_trace(xp: ArrayBackend[Any], rho: Any, /, *, keep: int | Iterable[int]) -> Any:
    """
    Density matrix of some qubits of a density matrix.

    Parameters
    ----------
    xp : ArrayBackend
    rho : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
        For a state vector there is `reduced_density_matrix`.
    keep : int or sequence of int
        The qubits that remain; the first becomes qubit 0 of the result.

    Returns
    -------
    array, shape (*batch, 2**k, 2**k), complex
        Differentiable.

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
    >>> partial_trace(xp, pure_density_matrix(xp, ghz_state(xp, 3)), keep=2).real.round(3)
    array([[0.5, 0. ],
           [0. , 0.5]])
    """
    n_qubits = matrix_qubits(rho, "rho")
    kept = check_subset(keep, n_qubits, "keep")
    rest = tuple(qubit for qubit in range(n_qubits) if qubit not in kept)
    batch, size = tuple(rho.shape[:-2]), 2 ** len(kept)
    both = tuple(side * n_qubits + qubit for qubits in (kept, rest) for side in (0, 1)
                 for qubit in qubits)  # fmt: skip
    flat = reorder(xp, xp.reshape(rho, (*batch, 4**n_qubits)), both)
    blocks = xp.reshape(flat, (*batch, size, size, 2 ** len(rest), 2 ** len(rest)))
    return xp.linalg.trace(blocks)


def schmidt_values(xp: ArrayBackend[Any], state: Any, /, *, qubits: int | Iterable[int]) -> Any:
    """
    Schmidt values of a pure state between some qubits and the rest, the largest first.

    Parameters
    ----------
    xp : ArrayBackend
    state : array, shape (*batch, 2**n_qubits), complex
    qubits : int or sequence of int
        One of the two parts.

    Returns
    -------
    array, shape (*batch, 2**min(k, n_qubits - k)), real
        Their squares are the eigenvalues of the density matrix of either part; differentiable.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated.
    ShapeError
        If the number of amplitudes is no power of two.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import ghz_state
    >>> xp = ab.get_backend("numpy")
    >>> schmidt_values(xp, ghz_state(xp, 4), qubits=(0, 2)).round(3)
    array([0.707, 0.707, 0.   , 0.   ])
    """
    n_qubits = vector_qubits(state, "state")
    part = check_subset(qubits, n_qubits, "qubits")
    return xp.linalg.svdvals(split(xp, state, part, n_qubits))


# Entropies


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
    return xp.sum(_squared_modulus(xp, rho), axis=(-2, -1))


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
    values = _eigenvalues(xp, rho)
    return _entropy(xp, values, _rounding(xp, values), order, base)


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
    return _entropy(xp, values**2, _rounding(xp, values) ** 2, order, base)


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


# Entanglement of mixed states


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
    values = _eigenvalues(xp, partial_transpose(xp, rho, qubits=qubits))
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
    _check_base(base)
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
    root = _square_root(xp)(rho)
    signs = xp.asarray([[-1], [1], [1], [-1]], dtype=rho.dtype, device=xp.device_of(rho))
    flipped = signs * xp.flip(root, axis=-2)  # the matrix of Y (x) Y is antidiagonal
    values = xp.linalg.svdvals(xp.matmul(xp.matrix_transpose(root), flipped))
    difference = 2 * values[..., 0] - xp.sum(values, axis=-1)
    return xp.where(difference > 0, difference, xp.zeros_like(difference))


# Spectra


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


def _rounding(xp: ArrayBackend[Any], values: Any) -> Any:
    """Return what of eigenvalues or singular values cannot be told from zero, (*batch, 1)."""
    largest = xp.detach(xp.max(values, axis=-1, keepdims=True))
    return max(values.shape[-1], _NOISE) * float(xp.finfo(values.dtype).eps) * largest


def _eigenvalues(xp: ArrayBackend[Any], x: Any) -> Any:
    """Return those of the Hermitian part, so that derivatives are Hermitian on every backend."""
    return xp.linalg.eigvalsh((x + xp.conj(xp.matrix_transpose(x))) / 2)


def _square_root(xp: ArrayBackend[Any]) -> Any:
    """
    Return the function that takes the root of positive matrices.

    Its derivative X solves sqrt(rho) X + X sqrt(rho) = d rho; where rho vanishes X is zero.
    """

    def forward(rho: Any) -> tuple[Any, Any]:
        values, vectors = xp.linalg.eigh((rho + xp.conj(xp.matrix_transpose(rho))) / 2)
        positive = values > _rounding(xp, values)
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


def _expectation(xp: ArrayBackend[Any], rho: Any, state: Any) -> Any:
    """Return <state|rho|state>."""
    return xp.real(xp.vecdot(state, xp.matmul(rho, state[..., None])[..., 0]))


def _squared_modulus(xp: ArrayBackend[Any], x: Any) -> Any:
    """Return |x|**2, with a derivative at zero."""
    return xp.real(x) ** 2 + xp.imag(x) ** 2


# Arguments


def _check_pair(first: int, second: int) -> None:
    if first != second:
        raise ShapeError(
            f"Both states must have the same number of qubits, but have {first} and {second}."
        )


def _check_order(order: float, base: float) -> None:
    if not order >= 0:
        raise ValueError(f"Argument `order` must not be negative, but is {order!r}.")
    _check_base(base)


def _check_base(base: float) -> None:
    if not 1 < base < math.inf:
        raise ValueError(f"Argument `base` must be greater than 1, but is {base!r}.")
