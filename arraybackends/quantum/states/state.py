"""States by name and by their amplitudes; random states; density matrices.

State vectors have shape (*batch, 2**n_qubits), density matrices (*batch, 2**n_qubits,
2**n_qubits), in the complex dtype of the backend's precision.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import complex_dtype, real_dtype
from arraybackends.quantum.memory import check_memory
from arraybackends.quantum.states.register import check_number, matrix_qubits, vector_qubits
from arraybackends.quantum.tracing import may_be

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend, Shape

__all__ = [
    "basis_state",
    "density_matrix",
    "dicke_state",
    "ensemble",
    "ghz_state",
    "maximally_mixed_state",
    "product_state",
    "pure_density_matrix",
    "random_density_matrix",
    "random_state",
    "state_vector",
    "uniform_state",
    "w_state",
]

_HALF = math.sqrt(0.5)
_SYMBOLS: dict[str, tuple[complex, complex]] = {
    "0": (1, 0),
    "1": (0, 1),
    "+": (_HALF, _HALF),
    "-": (_HALF, -_HALF),
    "r": (_HALF, _HALF * 1j),
    "l": (_HALF, -_HALF * 1j),
}

_TOLERANCE = {"double": 1e-6, "single": 1e-4}
"""How far the norm of what is given may be from one, by precision."""


def state_vector(xp: ArrayBackend[Any], amplitudes: Any, /, *, check: bool = True) -> Any:
    """
    State with given amplitudes.

    Parameters
    ----------
    xp : ArrayBackend
    amplitudes : array or nested sequence of numbers, shape (*batch, 2**n_qubits)
        Normalised: they are checked, never rescaled.
    check : bool
        Whether the norm is checked. Values that are traced (under `jit` or `vmap`) never are.

    Returns
    -------
    array, shape (*batch, 2**n_qubits), complex
        The amplitudes in the complex dtype of the backend's precision; differentiable.

    Raises
    ------
    ShapeError
        If the number of amplitudes is no power of two.
    ValueError
        If the norm differs from 1 by more than 1e-6 (in single precision 1e-4).
    BackendMismatchError
        If the array belongs to another backend.

    Examples
    --------
    >>> import arraybackends as ab
    >>> state_vector(ab.get_backend("numpy"), [0.6, 0.8])
    array([0.6+0.j, 0.8+0.j])
    """
    state = _complex(xp, amplitudes)
    vector_qubits(state, "amplitudes")
    if check:
        norm = xp.linalg.vector_norm(state, axis=-1)
        _check_one(xp, norm, "amplitudes", "the norm", "Divide them by their norm")
    return state


def basis_state(xp: ArrayBackend[Any], bits: Any, /) -> Any:
    """
    Computational basis state.

    Parameters
    ----------
    xp : ArrayBackend
    bits : str, sequence of int, or array of integers, shape (*batch, n_qubits)
        Zeros and ones; qubit 0 comes first.

    Returns
    -------
    array, shape (*batch, 2**n_qubits), complex

    Raises
    ------
    ValueError
        If a bit is neither 0 nor 1. What is traced cannot be checked.
    ShapeError
        If there is no qubit.
    MemoryLimitError
        If the states do not fit.

    Examples
    --------
    >>> import arraybackends as ab
    >>> basis_state(ab.get_backend("numpy"), "10")
    array([0.+0.j, 0.+0.j, 1.+0.j, 0.+0.j])
    """
    if isinstance(bits, str):
        if not set(bits) <= {"0", "1"}:
            raise ValueError(f"Argument `bits` must be made of 0 and 1, but is {bits!r}.")
        bits = [int(bit) for bit in bits]
    if not xp.is_array(bits):
        bits = xp.asarray(bits, device=xp.device)
    if not bits.ndim or not bits.shape[-1]:
        raise ShapeError(
            f"Argument `bits` must have shape (*batch, n_qubits) with at least one qubit, but has "
            f"shape {tuple(bits.shape)}."
        )
    if not xp.isdtype(bits.dtype, "integral"):
        raise ValueError(
            f"Argument `bits` must be made of integers, but has dtype {xp.dtype_name(bits.dtype)}."
        )
    if not may_be(xp, xp.all((bits == 0) | (bits == 1))):
        raise ValueError(f"Argument `bits` must be made of 0 and 1, but is {bits!r}.")
    n_qubits = int(bits.shape[-1])
    check_memory(xp, n_qubits, math.prod(bits.shape[:-1]))
    index = xp.arange(2**n_qubits, device=xp.device_of(bits))
    place = xp.astype(xp.arange(n_qubits - 1, -1, -1, device=xp.device_of(bits)), index.dtype)
    occupied = xp.sum(
        xp.bitwise_left_shift(xp.astype(bits, index.dtype), place),
        axis=-1, keepdims=True, dtype=index.dtype,
    )  # fmt: skip
    return xp.astype(index == occupied, complex_dtype(xp))


def product_state(
    xp: ArrayBackend[Any], factors: str | Sequence[Any], /, *, check: bool = True
) -> Any:
    """
    Product of states of single qubits.

    Parameters
    ----------
    xp : ArrayBackend
    factors : str, or sequence of array, shape (*batch, 2)
        One for each qubit, the first for qubit 0. In a string `0 1 + - r l` stand for the
        eigenstates of Z, X and Y with the eigenvalues 1 and -1.
    check : bool
        Whether the norms are checked. Values that are traced never are.

    Returns
    -------
    array, shape (*batch, 2**n_qubits), complex
        Batch shapes broadcast; differentiable.

    Raises
    ------
    ValueError
        If a letter is unknown, or a norm not 1.
    ShapeError
        If a factor is no state of one qubit, there is none, or batches do not broadcast.
    MemoryLimitError
        If the state does not fit.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> product_state(xp, "1+").real.round(3)
    array([0.   , 0.   , 0.707, 0.707])
    >>> product_state(xp, [[0.6, 0.8], [0, 1]])
    array([0. +0.j, 0.6+0.j, 0. +0.j, 0.8+0.j])
    """
    if isinstance(factors, str):
        unknown = sorted(set(factors) - set(_SYMBOLS))
        if unknown:
            raise ValueError(
                f"Argument `factors` must be made of the letters {' '.join(_SYMBOLS)}, but has "
                f"{unknown}."
            )
        factors = [_SYMBOLS[symbol] for symbol in factors]
    states = [state_vector(xp, factor, check=check) for factor in factors]
    if not states or any(state.shape[-1] != 2 for state in states):
        raise ShapeError(
            "Argument `factors` must have one state of shape (*batch, 2) for each qubit, but has "
            f"the shapes {[tuple(state.shape) for state in states]}."
        )
    batch = xp.broadcast_shapes(*(tuple(state.shape[:-1]) for state in states))
    check_memory(xp, len(states), math.prod(batch))
    return _product(xp, states)


def _product(xp: ArrayBackend[Any], factors: Sequence[Any]) -> Any:
    """Multiply neighbours pairwise, so that all but the last product are small."""
    if len(factors) == 1:
        return factors[0]
    left, right = (_product(xp, half) for half in _halves(factors))
    outer = left[..., :, None] * right[..., None, :]
    return xp.reshape(outer, (*outer.shape[:-2], outer.shape[-2] * outer.shape[-1]))


def _halves(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    yield items[: len(items) // 2]
    yield items[len(items) // 2 :]


def uniform_state(xp: ArrayBackend[Any], n_qubits: int, /) -> Any:
    """
    Equal superposition of all bit strings, |+...+>.

    Parameters
    ----------
    xp : ArrayBackend
    n_qubits : int
        At least 1.

    Returns
    -------
    array, shape (2**n_qubits,), complex

    Raises
    ------
    ValueError
        If there is no qubit.
    MemoryLimitError
        If the state does not fit.

    Examples
    --------
    >>> import arraybackends as ab
    >>> uniform_state(ab.get_backend("numpy"), 2)
    array([0.5+0.j, 0.5+0.j, 0.5+0.j, 0.5+0.j])
    """
    _check_size(xp, n_qubits)
    amplitude = 2.0 ** (-n_qubits / 2)
    return xp.full((2**n_qubits,), amplitude, dtype=complex_dtype(xp), device=xp.device)


def ghz_state(xp: ArrayBackend[Any], n_qubits: int, /) -> Any:
    """
    Greenberger-Horne-Zeilinger state, (|0...0> + |1...1>) / sqrt(2).

    Parameters
    ----------
    xp : ArrayBackend
    n_qubits : int
        At least 1.

    Returns
    -------
    array, shape (2**n_qubits,), complex

    Raises
    ------
    ValueError
        If there is no qubit.
    MemoryLimitError
        If the state does not fit.

    References
    ----------
    .. [1] D. M. Greenberger, M. A. Horne, A. Zeilinger, "Going beyond Bell's theorem", in Bell's
       Theorem, Quantum Theory, and Conceptions of the Universe (1989), 69; arXiv:0712.0921.

    Examples
    --------
    >>> import arraybackends as ab
    >>> ghz_state(ab.get_backend("numpy"), 2).real.round(3)
    array([0.707, 0.   , 0.   , 0.707])
    """
    _check_size(xp, n_qubits)
    index = xp.arange(2**n_qubits, device=xp.device)
    return _superposition(xp, (index == 0) | (index == 2**n_qubits - 1), 2)


def w_state(xp: ArrayBackend[Any], n_qubits: int, /) -> Any:
    """
    W state: the equal superposition of the bit strings with a single one.

    Parameters
    ----------
    xp : ArrayBackend
    n_qubits : int
        At least 1.

    Returns
    -------
    array, shape (2**n_qubits,), complex

    Raises
    ------
    ValueError
        If there is no qubit.
    MemoryLimitError
        If the state does not fit.

    References
    ----------
    .. [1] W. Duer, G. Vidal, J. I. Cirac, "Three qubits can be entangled in two inequivalent ways",
       Phys. Rev. A 62 (2000), 062314.

    Examples
    --------
    >>> import arraybackends as ab
    >>> w_state(ab.get_backend("numpy"), 2).real.round(3)
    array([0.   , 0.707, 0.707, 0.   ])
    """
    return dicke_state(xp, n_qubits, 1)


def dicke_state(xp: ArrayBackend[Any], n_qubits: int, n_ones: int, /) -> Any:
    """
    Dicke state: the equal superposition of the bit strings with a given number of ones.

    Parameters
    ----------
    xp : ArrayBackend
    n_qubits : int
        At least 1.
    n_ones : int
        From 0 to `n_qubits`.

    Returns
    -------
    array, shape (2**n_qubits,), complex

    Raises
    ------
    ValueError
        If there is no qubit, or `n_ones` is out of range.
    MemoryLimitError
        If the state does not fit.

    References
    ----------
    .. [1] R. H. Dicke, "Coherence in spontaneous radiation processes", Phys. Rev. 93 (1954), 99.

    Examples
    --------
    >>> import arraybackends as ab
    >>> dicke_state(ab.get_backend("numpy"), 3, 2).real.round(3)
    array([0.   , 0.   , 0.   , 0.577, 0.   , 0.577, 0.577, 0.   ])
    """
    _check_size(xp, n_qubits)
    if not 0 <= n_ones <= n_qubits:
        raise ValueError(
            f"Argument `n_ones` must be from 0 to {n_qubits}, the number of qubits, but is "
            f"{n_ones}."
        )
    ones = xp.zeros((1,), dtype="int8", device=xp.device)
    for _ in range(n_qubits):
        ones = xp.concat([ones, ones + 1])
    return _superposition(xp, ones == n_ones, math.comb(n_qubits, n_ones))


def _superposition(xp: ArrayBackend[Any], where: Any, count: int) -> Any:
    return xp.astype(where, complex_dtype(xp)) * (1 / math.sqrt(count))


def random_state(xp: ArrayBackend[Any], n_qubits: int, /, *, seed: Any, shape: Shape = ()) -> Any:
    """
    Random states, distributed uniformly (by the Haar measure).

    Parameters
    ----------
    xp : ArrayBackend
    n_qubits : int
        At least 1.
    seed : int or 0-d array
        Of `xp.random.default_rng`: the same states on every backend.
    shape : int or sequence of int
        How many states, and their arrangement.

    Returns
    -------
    array, shape (*shape, 2**n_qubits), complex
        Normalised vectors of complex normal numbers; equal within a few ulp on every backend.

    Raises
    ------
    ValueError
        If there is no qubit.
    MemoryLimitError
        If the states do not fit.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> state = random_state(xp, 3, seed=1)
    >>> state.shape, float(xp.linalg.vector_norm(state).round(12))
    ((8,), 1.0)
    """
    batch = _batch(shape)
    _check_size(xp, n_qubits, math.prod(batch))
    rng = xp.random.default_rng(seed)
    state = rng.normal((*batch, 2**n_qubits), dtype=complex_dtype(xp))
    norm = xp.linalg.vector_norm(state, axis=-1, keepdims=True)
    return state / xp.astype(norm, state.dtype)


# Density matrices


def density_matrix(xp: ArrayBackend[Any], entries: Any, /, *, check: bool = True) -> Any:
    """
    Density matrix with given entries.

    Parameters
    ----------
    xp : ArrayBackend
    entries : array or nested sequence of numbers, shape (*batch, 2**n_qubits, 2**n_qubits)
        Hermitian, positive, of trace one: they are checked, never rescaled.
    check : bool
        Whether they are checked, in O(8**n_qubits). Values that are traced never are.

    Returns
    -------
    array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
        The entries in the complex dtype of the backend's precision; differentiable.

    Raises
    ------
    ShapeError
        If the matrices are not square, or their size is no power of two.
    ValueError
        If they are not Hermitian, positive and of trace one, to within 1e-6 (in single precision
        1e-4).
    BackendMismatchError
        If the array belongs to another backend.

    Examples
    --------
    >>> import arraybackends as ab
    >>> density_matrix(ab.get_backend("numpy"), [[0.75, 0], [0, 0.25]])
    array([[0.75+0.j, 0.  +0.j],
           [0.  +0.j, 0.25+0.j]])
    """
    rho = _complex(xp, entries)
    matrix_qubits(rho, "entries")
    if not check:
        return rho
    tolerance = _TOLERANCE[xp.precision]
    skew = xp.max(xp.abs(rho - xp.conj(xp.matrix_transpose(rho))))
    if not may_be(xp, skew <= tolerance):
        raise ValueError(
            "Argument `entries` must be a Hermitian matrix, but differs from its adjoint by "
            f"{float(skew):.3g}."
        )
    trace = xp.real(xp.linalg.trace(rho))
    _check_one(xp, trace, "entries", "the trace", "Divide them by their trace")
    least = xp.min(xp.linalg.eigvalsh(xp.detach(rho)))
    if not may_be(xp, least >= -tolerance):
        raise ValueError(
            "Argument `entries` must be a positive matrix, but has the eigenvalue "
            f"{float(least):.6g}."
        )
    return rho


def pure_density_matrix(xp: ArrayBackend[Any], state: Any, /) -> Any:
    """
    Density matrix |state><state| of a state vector.

    Parameters
    ----------
    xp : ArrayBackend
    state : array, shape (*batch, 2**n_qubits), complex

    Returns
    -------
    array, shape (*batch, 2**n_qubits, 2**n_qubits), complex

    Raises
    ------
    ShapeError
        If the number of amplitudes is no power of two.
    MemoryLimitError
        If the matrix does not fit.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> pure_density_matrix(xp, basis_state(xp, "1"))
    array([[0.+0.j, 0.+0.j],
           [0.+0.j, 1.+0.j]])
    """
    state = _complex(xp, state)
    n_qubits = vector_qubits(state, "state")
    check_memory(xp, 2 * n_qubits, math.prod(state.shape[:-1]))
    return state[..., :, None] * xp.conj(state)[..., None, :]


def maximally_mixed_state(xp: ArrayBackend[Any], n_qubits: int, /) -> Any:
    """
    Density matrix of complete ignorance: the identity divided by 2**n_qubits.

    Parameters
    ----------
    xp : ArrayBackend
    n_qubits : int
        At least 1.

    Returns
    -------
    array, shape (2**n_qubits, 2**n_qubits), complex

    Raises
    ------
    ValueError
        If there is no qubit.
    MemoryLimitError
        If the matrix does not fit.

    Examples
    --------
    >>> import arraybackends as ab
    >>> maximally_mixed_state(ab.get_backend("numpy"), 1)
    array([[0.5+0.j, 0. +0.j],
           [0. +0.j, 0.5+0.j]])
    """
    _check_size(xp, n_qubits)
    check_memory(xp, 2 * n_qubits)
    return xp.eye(2**n_qubits, dtype=complex_dtype(xp), device=xp.device) * 2.0**-n_qubits


def ensemble(xp: ArrayBackend[Any], states: Any, probabilities: Any, /) -> Any:
    """
    Density matrix of an ensemble: sum_k p_k |state_k><state_k|.

    Parameters
    ----------
    xp : ArrayBackend
    states : array, shape (*batch, n_states, 2**n_qubits), complex
        Need not be orthogonal.
    probabilities : array or sequence of numbers, shape (*batch, n_states), real

    Returns
    -------
    array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
        Differentiable in both.

    Raises
    ------
    ShapeError
        If there is not one probability for each state.
    ValueError
        If a probability is negative, or their sum is not one. What is traced cannot be checked.
    MemoryLimitError
        If the matrix does not fit.

    Examples
    --------
    >>> import arraybackends as ab
    >>> ensemble(ab.get_backend("numpy"), [[1, 0], [0, 1]], [0.75, 0.25]).real
    array([[0.75, 0.  ],
           [0.  , 0.25]])
    """
    states = _complex(xp, states)
    n_qubits = vector_qubits(states, "states")
    if not xp.is_array(probabilities):
        probabilities = xp.asarray(probabilities, dtype=real_dtype(xp), device=xp.device)
    weights = xp.astype(probabilities, real_dtype(xp))
    if states.ndim < 2 or weights.shape[-1:] != states.shape[-2:-1]:
        raise ShapeError(
            "Arguments `states` and `probabilities` must have the shapes (*batch, n_states, "
            f"2**n_qubits) and (*batch, n_states), but have {tuple(states.shape)} and "
            f"{tuple(weights.shape)}."
        )
    least = xp.min(weights)
    if not may_be(xp, least >= 0):
        raise ValueError(
            f"Argument `probabilities` must not be negative, but has {float(least):.6g}."
        )
    _check_one(xp, xp.sum(weights, axis=-1), "probabilities", "the sum", "Divide them by their sum")
    batch = xp.broadcast_shapes(tuple(states.shape[:-2]), tuple(weights.shape[:-1]))
    check_memory(xp, 2 * n_qubits, math.prod(batch))
    weighted = xp.astype(weights, states.dtype)[..., None] * states
    return xp.matmul(xp.matrix_transpose(weighted), xp.conj(states))


def random_density_matrix(
    xp: ArrayBackend[Any], n_qubits: int, /, *, seed: Any, rank: int | None = None,
    shape: Shape = (),
) -> Any:  # fmt: skip
    """
    Random density matrices: a Haar random pure state of which a part is traced out [1]_.

    Parameters
    ----------
    xp : ArrayBackend
    n_qubits : int
        At least 1.
    seed : int or 0-d array
        Of `xp.random.default_rng`: the same matrices on every backend.
    rank : int, optional
        Dimension of the part traced out, from 1 (pure states). The default, 2**n_qubits, gives the
        Hilbert-Schmidt measure.
    shape : int or sequence of int
        How many matrices, and their arrangement.

    Returns
    -------
    array, shape (*shape, 2**n_qubits, 2**n_qubits), complex
        Of rank at most `rank`; equal within a few ulp on every backend.

    Raises
    ------
    ValueError
        If there is no qubit, or `rank` is less than 1.
    MemoryLimitError
        If the matrices do not fit.

    References
    ----------
    .. [1] K. Zyczkowski, H.-J. Sommers, "Induced measures in the space of mixed quantum states",
       J. Phys. A 34 (2001), 7111.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> rho = random_density_matrix(xp, 2, seed=1, rank=2)
    >>> int(xp.linalg.matrix_rank(rho)), float(xp.linalg.trace(rho).real.round(12))
    (2, 1.0)
    """
    batch = _batch(shape)
    rank = 2 ** check_number(n_qubits, "n_qubits", 1) if rank is None else rank
    check_number(rank, "rank", 1)
    _check_size(xp, n_qubits, math.prod(batch) * max(2**n_qubits, rank))
    rng = xp.random.default_rng(seed)
    factor = rng.normal((*batch, 2**n_qubits, rank), dtype=complex_dtype(xp))
    norm = xp.linalg.vector_norm(factor, axis=(-2, -1), keepdims=True)
    factor = factor / xp.astype(norm, factor.dtype)
    return xp.matmul(factor, xp.conj(xp.matrix_transpose(factor)))


# Arguments


def _complex(xp: ArrayBackend[Any], values: Any) -> Any:
    """Return numbers or an array of this backend in the complex dtype of its precision."""
    if xp.is_array(values):
        return xp.astype(values, complex_dtype(xp))
    return xp.asarray(values, dtype=complex_dtype(xp), device=xp.device)


def _batch(shape: Shape) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _check_size(xp: ArrayBackend[Any], n_qubits: int, batch: int = 1) -> None:
    check_memory(xp, check_number(n_qubits, "n_qubits", 1), batch)


def _check_one(xp: ArrayBackend[Any], values: Any, argument: str, what: str, remedy: str) -> None:
    """Raise unless all values are one, or unknown."""
    errors = xp.abs(values - 1)
    if may_be(xp, xp.all(errors <= _TOLERANCE[xp.precision])):  # false for nan
        return
    worst = xp.reshape(values, (-1,))[int(xp.argmax(xp.reshape(errors, (-1,))))]
    raise ValueError(
        f"Argument `{argument}` must be normalised, but {what} is {float(worst):.9g}. {remedy}: "
        "states are never rescaled in silence."
    )
