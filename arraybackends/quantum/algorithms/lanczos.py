"""The lowest eigenvalue of an observable, without its matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.quantum.memory import check_memory
from arraybackends.quantum.observables import Observable, check_observable

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["ground_energy"]


def ground_energy(
    xp: ArrayBackend[Any], hamiltonian: Observable, state: Any, /, *, max_dimension: int = 100
) -> float:
    """
    Lowest eigenvalue among the eigenstates that overlap with a state.

    Parameters
    ----------
    xp : ArrayBackend
        Backend of `state`.
    hamiltonian : Observable
        Hermitian.
    state : array, shape (2**n_qubits,), complex
        Start, of norm 1. What the Hamiltonian conserves keeps its value: from a determinant the
        result is the exact energy for its number of electrons.
    max_dimension : int
        Largest dimension of the Krylov space.

    Returns
    -------
    float
        An upper bound, which converges exponentially in the dimension; the iteration ends when a
        step changes it by less than ten times the dtype's epsilon.

    Raises
    ------
    ShapeError, TypeError, ValueError
        As `Circuit.expectation`.
    MemoryLimitError
        If `max_dimension` states do not fit.

    Notes
    -----
    Lanczos iteration with full orthogonalisation [1]_.

    References
    ----------
    .. [1] G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th ed., 2013, section 10.3.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> from arraybackends.quantum import PauliSum
    >>> hamiltonian = PauliSum.from_text("-ZZ - XI - IX")
    >>> round(ground_energy(xp, hamiltonian, xp.asarray([1.0, 0.0, 0.0, 0.0j])), 9)
    -2.236067977
    """
    check_observable(hamiltonian, state.shape[-1].bit_length() - 1)
    check_memory(xp, hamiltonian.n_qubits, states=min(max_dimension, state.shape[-1]) + 8)
    epsilon = float(xp.finfo(state.dtype).eps)
    basis = [state]
    diagonal: list[float] = []
    off_diagonal: list[float] = []
    energy = float("inf")
    while True:
        image = hamiltonian.apply(xp, basis[-1])
        diagonal.append(float(xp.real(xp.vecdot(basis[-1], image))))
        previous, energy = energy, _lowest_eigenvalue(xp, diagonal, off_diagonal)
        scale = max(map(abs, diagonal + off_diagonal))
        if previous - energy <= 10 * epsilon * scale or len(basis) >= max_dimension:
            return energy
        for _ in range(2):  # once is not enough in finite precision
            for vector in basis:
                image = image - xp.vecdot(vector, image) * vector
        norm = float(xp.linalg.vector_norm(image))
        if norm <= 100 * epsilon * scale:
            return energy
        off_diagonal.append(norm)
        basis.append(image / norm)


def _lowest_eigenvalue(
    xp: ArrayBackend[Any], diagonal: list[float], off_diagonal: list[float]
) -> float:
    """Return the lowest eigenvalue of a symmetric tridiagonal matrix."""
    n = len(diagonal)
    entries = {(i, i): d for i, d in enumerate(diagonal)}
    for i, b in enumerate(off_diagonal):
        entries[i, i + 1] = entries[i + 1, i] = b
    rows = [[entries.get((i, j), 0.0) for j in range(n)] for i in range(n)]
    matrix = xp.asarray(rows, device=xp.device)
    return float(xp.min(xp.linalg.eigvalsh(matrix)))
