"""How near two states are: overlap, fidelity, trace distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.states.register import matrix_qubits, vector_qubits
from arraybackends.quantum.states.spectrum import eigenvalues, square_root, squared_modulus

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["fidelity", "overlap", "trace_distance"]


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
        root = square_root(xp)
        product = xp.matmul(root(state), root(other))
        return xp.sum(xp.linalg.svdvals(product), axis=-1) ** 2
    if first_mixed:
        return _expectation(xp, state, other)
    if second_mixed:
        return _expectation(xp, other, state)
    return squared_modulus(xp, xp.vecdot(state, other))


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
    return xp.sum(xp.abs(eigenvalues(xp, rho - sigma)), axis=-1) / 2


def _expectation(xp: ArrayBackend[Any], rho: Any, state: Any) -> Any:
    """Return <state|rho|state>."""
    return xp.real(xp.vecdot(state, xp.matmul(rho, state[..., None])[..., 0]))


def _check_pair(first: int, second: int) -> None:
    if first != second:
        raise ShapeError(
            f"Both states must have the same number of qubits, but have {first} and {second}."
        )
