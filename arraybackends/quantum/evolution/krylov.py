"""Evolution of states in Krylov subspaces, to a tolerance or in a fixed number of steps."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.circuits.builder import at_least
from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.evolution.drive import Drive, Hamiltonian, as_drive
from arraybackends.quantum.memory import check_memory
from arraybackends.quantum.observables.base import check_states

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.observables import PauliSum

__all__ = ["evolve"]

# Commutator-free Magnus integrator of order 4, eq. (43) of Blanes and Moan (2006): the nodes of
# Gauss in a step of length 1, and the weights of the two Hamiltonians in the first exponential.
_NODES = (0.5 - math.sqrt(3) / 6, 0.5 + math.sqrt(3) / 6)
_WEIGHTS = (0.25 + math.sqrt(3) / 6, 0.25 - math.sqrt(3) / 6)

_MANY = 10**6
"""Applications of the Hamiltonian that nobody means to ask for."""


def evolve(
    xp: ArrayBackend[Any], hamiltonian: Hamiltonian, state: Any, time: Any, /, *,
    steps: int | None = None, dimension: int = 16, tolerance: float | None = None,
    start: Any = 0.0,
) -> Any:  # fmt: skip
    """
    Evolve states: exp(-i H t) psi, or its time-ordered form.

    Parameters
    ----------
    xp : ArrayBackend
        Backend of `state`.
    hamiltonian : PauliSum or Drive
        With real coefficients.
    state : array, shape (*batch, 2**n_qubits), complex
        Not modified.
    time : float or real array
        Duration, in the inverse unit of the Hamiltonian (hbar = 1), also negative; derivatives flow
        through an array. Several times broadcast with the batch of states.
    steps : int, optional
        Number of steps. Unless given it is chosen such that a bound of the error is below
        `tolerance`; needed where the bound is not known: `time` an array, or a Hamiltonian that
        depends on time.
    dimension : int
        Of the Krylov subspace of each step, at least 2.
    tolerance : float, optional
        Largest error (2-norm) that steps are chosen for; a hundred times the epsilon of the dtype
        unless given.
    start : float or 0-d array
        Time at which the evolution starts, for a `Drive`, whose functions take arrays of the shape
        of `time`.

    Returns
    -------
    array, shape (*batch, 2**n_qubits), complex
        Differentiable in state, time and the functions of a `Drive`. The norm is conserved.

    Raises
    ------
    ValueError
        If `steps` is needed or out of range, or `dimension` is, or is too small for the tolerance.
    ShapeError, DTypeError, TypeError
        If `state` is no state on the qubits of the Hamiltonian.
    MemoryLimitError
        If the Krylov basis does not fit.

    Notes
    -----
    Lanczos iteration with full orthogonalisation; cost steps * dimension applications of the
    Hamiltonian and memory for `dimension` states. With r = sum |c_k| / 2 a step of length h errs by
    at most 12 exp(-(r h)**2 / m) (e r h / m)**m for m >= 2 r h [1]_, which chooses the number of
    steps. A Hamiltonian that depends on time takes two exponentials a step, and the error falls as
    steps**-4 [2]_. Once the subspace is exhausted the iteration goes on with zeros, without a
    branch, so that it compiles.

    References
    ----------
    .. [1] M. Hochbruck and C. Lubich, "On Krylov subspace approximations to the matrix exponential
       operator", SIAM J. Numer. Anal. 34, 1911 (1997), theorem 4.
    .. [2] S. Blanes and P. C. Moan, "Fourth- and sixth-order commutator-free Magnus integrators",
       Appl. Numer. Math. 56, 1519 (2006).

    Examples
    --------
    >>> import math
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import PauliSum
    >>> xp = ab.get_backend("numpy")
    >>> state = evolve(xp, PauliSum({"X": 1.0}), xp.asarray([1.0, 0.0j]), math.pi / 2)
    >>> xp.round(xp.abs(state))
    array([0., 1.])
    """
    drive = as_drive(hamiltonian)
    check_states(xp, state, drive.n_qubits)
    dimension = at_least(2, dimension, "dimension")
    if xp.is_array(time):
        state = _for_each_time(xp, state, time)
    dimension = min(dimension, state.shape[-1])
    steps = _choose_steps(xp, drive, time, steps, dimension, tolerance)
    check_memory(xp, drive.n_qubits, math.prod(state.shape[:-1]), states=dimension + 6)
    result = state
    for step in range(steps):
        for generator in _generators(xp, drive, time, step, steps, start):
            result = _exponential(xp, generator, result, time / steps, dimension)
    return result


def _for_each_time(xp: ArrayBackend[Any], state: Any, time: Any) -> Any:
    """States broadcast to a batch of times."""
    batch = tuple(state.shape[:-1])
    try:
        shape = xp.broadcast_shapes(batch, tuple(time.shape))
    except ValueError as error:
        raise ShapeError(
            f"Argument `time` must broadcast with the batch of states, but has shape "
            f"{tuple(time.shape)}, and the batch {batch}. Add axes with `xp.reshape`."
        ) from error
    return state if shape == batch else xp.broadcast_to(state, (*shape, state.shape[-1]))


def _choose_steps(
    xp: ArrayBackend[Any], drive: Drive, time: Any, steps: int | None, dimension: int,
    tolerance: float | None,
) -> int:  # fmt: skip
    if steps is not None:
        return at_least(1, steps, "steps")
    if not drive.is_constant or not isinstance(time, (int, float)):
        what = "`time` is an array" if drive.is_constant else "the Hamiltonian depends on time"
        raise ValueError(
            f"Argument `steps` is needed, since {what}: no bound of the error is known beforehand. "
            "Give a number, and compare with twice as many."
        )
    if tolerance is None:
        tolerance = 100 * float(xp.finfo(complex_dtype(xp)).eps)
    norm = sum(abs(c) for part, _ in drive.terms for c in part.terms.values())
    reach = norm * abs(time) / 2
    steps = max(math.ceil(2 * reach / dimension), 1)
    while dimension < 2**drive.n_qubits and _bound(reach, dimension, steps) > tolerance:
        steps = math.ceil(steps * 1.2)
        if steps * dimension > _MANY:
            raise ValueError(
                f"Argument `dimension` is {dimension}, with which a tolerance of {tolerance:.1e} "
                f"takes more than {steps} steps over the time {time!r}. Use a larger dimension, or "
                "give `steps`."
            )
    return steps


def _bound(reach: float, dimension: int, steps: int) -> float:
    """Bound of the error of all steps, for a reach r t."""
    step = reach / steps
    share = step / dimension
    if share == 0:
        return 0.0
    logarithm = dimension * (1 + math.log(share)) - step**2 / dimension
    return 12 * steps * math.exp(logarithm)


def _generators(
    xp: ArrayBackend[Any], drive: Drive, time: Any, step: int, steps: int, start: Any
) -> list[Callable[[Any], Any]]:
    """Return the actions of the Hamiltonians whose exponentials make a step, the first first."""
    if drive.is_constant:
        return [_action(xp, drive.at(None))]
    first, second = (drive.at(start + time * ((step + node) / steps)) for node in _NODES)
    return [
        _action(
            xp,
            [
                (part, weights[0] * early + weights[1] * late)
                for (part, early), (_, late) in zip(first, second, strict=True)
            ],
        )
        for weights in (_WEIGHTS, _WEIGHTS[::-1])
    ]


def _action(xp: ArrayBackend[Any], terms: Sequence[tuple[PauliSum, Any]]) -> Callable[[Any], Any]:
    """Return the action of a sum of Pauli sums with factors, numbers or arrays."""
    fixed = [factor * part for part, factor in terms if not xp.is_array(factor)]
    scaled = [(part, factor) for part, factor in terms if xp.is_array(factor)]
    constant = functools.reduce(operator.add, fixed).operator(xp) if fixed else xp.zeros_like

    def apply(states: Any) -> Any:
        image = constant(states)
        for part, factor in scaled:
            image = image + xp.astype(factor, states.dtype)[..., None] * part.apply(xp, states)
        return image

    return apply


def _exponential(
    xp: ArrayBackend[Any], apply: Callable[[Any], Any], state: Any, time: Any, dimension: int
) -> Any:
    """Return exp(-i time H) state from the Krylov subspace of the state."""
    norm = _norm(xp, state)
    basis = [_divided(xp, state, norm)]
    diagonal: list[Any] = []
    off_diagonal: list[Any] = []
    for place in range(dimension):
        image = apply(basis[-1])
        diagonal.append(xp.real(xp.vecdot(basis[-1], image)))
        if place == dimension - 1:
            break
        size = _norm(xp, image)
        known = xp.stack(basis, axis=-2)
        for _ in range(2):  # once is not enough in finite precision
            overlaps = xp.vecdot(known, image[..., None, :])
            image = image - xp.matmul(overlaps[..., None, :], known)[..., 0, :]
        # What remains of an exhausted subspace is rounding: a zero, also for the derivative.
        rounding = 100 * float(xp.finfo(state.dtype).eps) * xp.stop_gradient(size)
        remains = xp.real(xp.vecdot(image, image)) > rounding**2
        image = xp.where(remains[..., None], image, xp.zeros_like(image))
        residual = _norm(xp, image)
        off_diagonal.append(residual)
        basis.append(_divided(xp, image, residual))
    weights = _first_column(xp, diagonal, off_diagonal, time)
    weights = weights * xp.astype(norm, weights.dtype)[..., None]
    return xp.matmul(weights[..., None, :], xp.stack(basis, axis=-2))[..., 0, :]


def _norm(xp: ArrayBackend[Any], states: Any) -> Any:
    """Norms, with derivative zero of zero."""
    square = xp.real(xp.vecdot(states, states))
    positive = square > 0
    root = xp.sqrt(xp.where(positive, square, xp.ones_like(square)))
    return xp.where(positive, root, xp.zeros_like(root))


def _divided(xp: ArrayBackend[Any], states: Any, norms: Any) -> Any:
    """States by their norms; zero states stay zero."""
    safe = xp.where(norms > 0, norms, xp.ones_like(norms))
    return states / xp.astype(safe, states.dtype)[..., None]


def _first_column(
    xp: ArrayBackend[Any], diagonal: list[Any], off_diagonal: list[Any], time: Any
) -> Any:
    """Return the first column of exp(-i time T) for a symmetric tridiagonal matrix T."""
    zero = xp.zeros_like(diagonal[0])
    entries = {(i, i): d for i, d in enumerate(diagonal)}
    for i, b in enumerate(off_diagonal):
        entries[i, i + 1] = entries[i + 1, i] = b
    places = range(len(diagonal))
    rows = [xp.stack([entries.get((i, j), zero) for j in places], axis=-1) for i in places]
    matrix = xp.stack(rows, axis=-2)
    matrix = matrix * (
        xp.astype(time, matrix.dtype)[..., None, None] if xp.is_array(time) else time
    )
    turned = xp.astype(matrix, complex_dtype(xp)) * -1j
    return xp.linalg.expm(turned)[..., 0]
