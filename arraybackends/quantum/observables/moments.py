"""Expectation values, variances and covariances, in states and in density matrices.

All of them assume states of norm 1 and density matrices of trace 1, and renormalise nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.dtype import index_dtype
from arraybackends.quantum.observables.base import Observable, check_observable, check_states
from arraybackends.quantum.observables.correlators import string_expectations, string_traces
from arraybackends.quantum.observables.parametric import ParametricPauliSum
from arraybackends.quantum.observables.pauli import PauliSum
from arraybackends.quantum.observables.strings import PauliString

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["covariance", "expectation", "expectations", "variance"]


def expectation(
    xp: ArrayBackend[Any], state: Any, observable: Observable, /, *, density: bool = False
) -> Any:
    """
    Expectation value of an observable.

    Parameters
    ----------
    xp : ArrayBackend
        Backend of `state`.
    state : array, shape (*batch, 2**n_qubits), complex
        Of norm 1. With `density`, density matrices (*batch, 2**n_qubits, 2**n_qubits) of trace 1.
    observable : Observable
        Hermitian, on as many qubits.
    density : bool
        Whether `state` holds density matrices.

    Returns
    -------
    array, shape batch, real
        <state|observable|state> or tr(state @ observable); differentiable in the state and in the
        arrays of the observable.

    Raises
    ------
    TypeError
        If `observable` is none.
    ShapeError
        If the observable acts on another number of qubits.
    DTypeError
        If the state is not complex.
    ValueError
        If the observable is not Hermitian.

    Notes
    -----
    Of a density matrix, a Pauli sum reads 2**n_qubits elements for each X-mask; only sums of other
    observables that are not Hermitian one by one are applied to whole matrices.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum.observables import PauliSum, expectation
    >>> xp = ab.get_backend("numpy")
    >>> expectation(xp, xp.asarray([0.6, 0.8j]), PauliSum({"Y": 1.0})).round(9)
    np.float64(0.96)
    """
    _check(xp, state, observable, density)
    if density:
        return observable.trace(xp, state)
    return xp.real(xp.vecdot(state, observable.apply(xp, state)))


def variance(
    xp: ArrayBackend[Any], state: Any, observable: Observable, /, *, density: bool = False
) -> Any:
    """
    Variance <A**2> - <A>**2 of an observable.

    Parameters
    ----------
    xp, state, observable, density
        As for `expectation`.

    Returns
    -------
    array, shape batch, real
        Of a state computed as |(A - <A>) psi|**2: never negative, and exact to rounding also where
        it is small. Differentiable.

    Raises
    ------
    TypeError, ShapeError, DTypeError, ValueError
        As `expectation`.

    Notes
    -----
    One application of the observable, to a state or to the columns of a density matrix; A**2 is
    never formed.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum.observables import PauliSum, variance
    >>> xp = ab.get_backend("numpy")
    >>> variance(xp, xp.asarray([1.0, 0j]), PauliSum({"X": 2.0}))
    array(4.)
    """
    return covariance(xp, state, observable, observable, density=density)


def covariance(
    xp: ArrayBackend[Any], state: Any, first: Observable, second: Observable, /, *,
    density: bool = False,
) -> Any:  # fmt: skip
    """
    Symmetrised covariance <AB + BA> / 2 - <A><B> of two observables.

    Parameters
    ----------
    xp, state, density
        As for `expectation`.
    first, second : Observable
        Hermitian, on as many qubits. They need not commute: the symmetrised product is Hermitian.

    Returns
    -------
    array, shape batch, real
        Differentiable.

    Raises
    ------
    TypeError, ShapeError, DTypeError, ValueError
        As `expectation`.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum.observables import PauliSum, covariance
    >>> xp = ab.get_backend("numpy")
    >>> bell = xp.asarray([0.5**0.5, 0, 0, 0.5**0.5 + 0j])
    >>> covariance(xp, bell, PauliSum({"ZI": 1.0}), PauliSum({"IZ": 1.0})).round(9)
    np.float64(1.0)
    """
    _check(xp, state, first, density)
    _check(xp, state, second, density)
    if density:
        means = first.trace(xp, state), second.trace(xp, state)
        # Re tr(B A rho), and A rho is A applied to the columns.
        product = xp.matrix_transpose(first.apply(xp, xp.matrix_transpose(state)))
        return second.trace(xp, product) - means[0] * means[1]
    deviation = _deviation(xp, state, first)
    other = deviation if second is first else _deviation(xp, state, second)
    return xp.real(xp.vecdot(deviation, other))


def expectations(
    xp: ArrayBackend[Any], state: Any, observables: Sequence[Observable], /, *,
    density: bool = False,
) -> Any:  # fmt: skip
    """
    Expectation values of many observables.

    Parameters
    ----------
    xp, state, density
        As for `expectation`.
    observables : sequence of Observable
        Hermitian, on as many qubits; at least one.

    Returns
    -------
    array, shape (*batch, n_observables), real
        Differentiable.

    Raises
    ------
    TypeError, ShapeError, DTypeError, ValueError
        As `expectation`.

    Notes
    -----
    All Pauli sums share one pass over the state for each X-mask among their strings, and the
    expectation value of a string is computed once, however many sums it is in.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum.observables import PauliSum, expectations
    >>> xp = ab.get_backend("numpy")
    >>> local = [PauliSum({"ZI": 1.0}), PauliSum({"IZ": 1.0}), PauliSum({"ZZ": 1.0})]
    >>> expectations(xp, xp.asarray([0, 1.0, 0, 0j]), local)
    array([ 1., -1., -1.])
    """
    observables = tuple(observables)
    if not observables:
        raise ValueError("Argument `observables` must have at least one, but is empty.")
    for observable in observables:
        _check(xp, state, observable, density)
    sums = [o for o in observables if isinstance(o, (PauliSum, ParametricPauliSum))]
    values = iter(_pauli_expectations(xp, state, sums, density) if len(sums) > 1 else ())
    together = len(sums) > 1
    return xp.stack(
        [
            next(values)
            if together and isinstance(o, (PauliSum, ParametricPauliSum))
            else expectation(xp, state, o, density=density)
            for o in observables
        ],
        axis=-1,
    )


def _pauli_expectations(
    xp: ArrayBackend[Any], state: Any, sums: Sequence[PauliSum | ParametricPauliSum], density: bool
) -> list[Any]:
    """Expectation values of Pauli sums, from those of all their strings."""
    places: dict[PauliString, int] = {}
    for one in sums:
        for string in one.strings:
            places.setdefault(string, len(places))
    strings = tuple(places)
    measure = string_traces if density else string_expectations
    values = measure(xp, sums[0].n_qubits, strings, state)
    device = xp.device_of(values)
    results = []
    for one in sums:
        if isinstance(one, PauliSum):
            weights = xp.astype(one.coefficients(xp, device=device), values.dtype, copy=False)
        else:
            weights = one.coefficients(xp, like=values)
        mine = xp.asarray([places[s] for s in one.strings], dtype=index_dtype(xp), device=device)
        results.append(xp.matmul(xp.take(values, mine, axis=-1), weights))
    return results


def _deviation(xp: ArrayBackend[Any], state: Any, observable: Observable) -> Any:
    """Return (A - <A>) psi."""
    applied = observable.apply(xp, state)
    mean = xp.real(xp.vecdot(state, applied))
    return applied - mean[..., None] * state


def _check(xp: ArrayBackend[Any], state: Any, observable: Any, density: bool) -> None:
    n_qubits = observable.n_qubits if isinstance(observable, Observable) else 0
    check_observable(observable, n_qubits)
    check_states(xp, state, n_qubits, density=density)
