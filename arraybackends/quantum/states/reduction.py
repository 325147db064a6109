"""Parts of states: reduced density matrices and Schmidt values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

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

__all__ = ["partial_trace", "reduced_density_matrix", "schmidt_values"]


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
