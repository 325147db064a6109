"""Outcomes of measurements in the computational basis: probabilities, samples, counts.

The outcome of k measured qubits is the number whose bits they are, the first the most significant;
distributions have shape (*batch, 2**k).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.quantum.memory import check_memory
from arraybackends.quantum.states.register import check_number, check_subset, reorder, vector_qubits
from arraybackends.quantum.tracing import may_be

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "conditional_probabilities",
    "conditional_state",
    "counts",
    "counts_of_bits",
    "marginal_counts",
    "marginal_probabilities",
    "probabilities",
    "sample",
    "to_bits",
]

_SHOTS_AT_ONCE = 2**22
"""Outcomes drawn together: bounds the temporaries; the outcomes do not depend on it."""

_STATES_OF_SAMPLING = 8
"""Memory of a draw, in states: the sums of probabilities are in double precision."""

_ROUNDING = {"float32": 1e-4, "float64": 1e-6}
"""How far the sum of probabilities may be off after many gates, however few the outcomes."""

_LARGEST_ROUNDING = 1e-2


# Distributions


def probabilities(
    xp: ArrayBackend[Any], state: Any, qubits: int | Iterable[int] | None = None, /
) -> Any:
    """
    Probabilities of the outcomes of some qubits of a pure state.

    Parameters
    ----------
    xp : ArrayBackend
    state : array, shape (*batch, 2**n_qubits), complex
    qubits : int or sequence of int, optional
        Measured, in this order; all unless given.

    Returns
    -------
    array, shape (*batch, 2**k), real
        Differentiable, also where an amplitude is zero.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated.
    ShapeError
        If the number of amplitudes is no power of two.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import product_state
    >>> xp = ab.get_backend("numpy")
    >>> probabilities(xp, product_state(xp, "01+"), (2, 1)).round(3)
    array([0. , 0.5, 0. , 0.5])
    """
    vector_qubits(state, "state")
    return marginal_probabilities(xp, xp.real(state) ** 2 + xp.imag(state) ** 2, qubits)


def marginal_probabilities(
    xp: ArrayBackend[Any], distribution: Any, qubits: int | Iterable[int] | None = None, /
) -> Any:
    """
    Probabilities of the outcomes of some qubits, given those of all.

    Parameters
    ----------
    xp : ArrayBackend
    distribution : array, shape (*batch, 2**n_qubits), real
    qubits : int or sequence of int, optional
        Measured, in this order; all unless given.

    Returns
    -------
    array, shape (*batch, 2**k), real
        Differentiable.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated.
    ShapeError
        If the number of probabilities is no power of two.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> marginal_probabilities(xp, xp.asarray([0.1, 0.2, 0.3, 0.4]), 1).round(3)
    array([0.4, 0.6])
    """
    n_qubits = vector_qubits(distribution, "distribution")
    if qubits is None:
        return distribution
    subset = check_subset(qubits, n_qubits, "qubits")
    batch = tuple(distribution.shape[:-1])
    kept = [qubit in subset for qubit in range(n_qubits)]
    runs = [stop - start for start, stop in _runs(kept)]
    first = len(batch) + (not kept[0] if kept else 0)
    view = xp.reshape(distribution, (*batch, *(2**length for length in runs)))
    traced = tuple(axis for axis in range(len(batch), view.ndim) if (axis - first) % 2)
    if traced:
        view = xp.sum(view, axis=traced)
    marginal = xp.reshape(view, (*batch, 2 ** len(subset)))
    return reorder(xp, marginal, [sorted(subset).index(qubit) for qubit in subset])


def _runs(flags: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield where equal flags follow each other, as (start, stop)."""
    start = 0
    for stop in range(1, len(flags) + 1):
        if stop == len(flags) or flags[stop] != flags[start]:
            yield start, stop
            start = stop


def conditional_probabilities(
    xp: ArrayBackend[Any], distribution: Any, outcomes: Mapping[int, int], /
) -> Any:
    """
    Probabilities of the outcomes of the other qubits, given the outcomes of some.

    Parameters
    ----------
    xp : ArrayBackend
    distribution : array, shape (*batch, 2**n_qubits), real
        Probabilities of all qubits.
    outcomes : mapping of int to int
        Bit, 0 or 1, of each qubit that is known.

    Returns
    -------
    array, shape (*batch, 2**(n_qubits - k)), real
        Of the other qubits in ascending order, with sum one; differentiable.

    Raises
    ------
    ValueError
        If the outcomes have probability zero (where the values are traced, the result is NaN), a
        qubit is out of range, or a bit neither 0 nor 1.
    ShapeError
        If the number of probabilities is no power of two.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> conditional_probabilities(xp, xp.asarray([0.1, 0.2, 0.3, 0.4]), {1: 0})
    array([0.25, 0.75])
    """
    joint = _given(xp, distribution, outcomes, "distribution")
    total = xp.sum(joint, axis=-1, keepdims=True)
    _check_possible(xp, total, outcomes)
    return joint / total


def conditional_state(
    xp: ArrayBackend[Any], state: Any, outcomes: Mapping[int, int], /
) -> tuple[Any, Any]:
    """
    State of the other qubits after some have been measured, and the probability of that outcome.

    Parameters
    ----------
    xp : ArrayBackend
    state : array, shape (*batch, 2**n_qubits), complex
    outcomes : mapping of int to int
        Bit, 0 or 1, of each qubit that is measured: post-selection.

    Returns
    -------
    state : array, shape (*batch, 2**(n_qubits - k)), complex
        Normalised, of the other qubits in ascending order; differentiable.
    probability : array, shape batch, real
        Of the outcomes; differentiable.

    Raises
    ------
    ValueError
        If the outcomes have probability zero (where the values are traced, the result is NaN), a
        qubit is out of range, or a bit neither 0 nor 1.
    ShapeError
        If the number of amplitudes is no power of two.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import w_state
    >>> xp = ab.get_backend("numpy")
    >>> state, probability = conditional_state(xp, w_state(xp, 3), {0: 0})
    >>> state.real.round(3), float(probability.round(3))
    (array([0.   , 0.707, 0.707, 0.   ]), 0.667)
    """
    projected = _given(xp, state, outcomes, "state")
    probability = xp.sum(xp.real(projected) ** 2 + xp.imag(projected) ** 2, axis=-1)
    _check_possible(xp, probability, outcomes)
    norm = xp.astype(xp.sqrt(probability), projected.dtype)
    return projected / norm[..., None], probability


def _given(xp: ArrayBackend[Any], x: Any, outcomes: Mapping[int, int], argument: str) -> Any:
    """Return the part of (*batch, 2**n) in which some qubits have given values."""
    n_qubits = vector_qubits(x, argument)
    qubits = check_subset(outcomes, n_qubits, "outcomes")
    if not set(outcomes.values()) <= {0, 1}:
        raise ValueError(f"Argument `outcomes` must have the values 0 and 1, but is {outcomes!r}.")
    batch = tuple(x.shape[:-1])
    for known, qubit in enumerate(sorted(qubits)):
        # Those before it are gone; a view of at most three axes, however many qubits there are.
        view = xp.reshape(x, (*batch, 2 ** (qubit - known), 2, 2 ** (n_qubits - 1 - qubit)))
        x = xp.reshape(view[..., int(outcomes[qubit]), :], (*batch, -1))
    return x


def _check_possible(xp: ArrayBackend[Any], total: Any, outcomes: Mapping[int, int]) -> None:
    if not may_be(xp, xp.all(total > 0)):
        raise ValueError(
            f"Argument `outcomes` is {dict(outcomes)!r}, which has probability zero: there is no "
            "state after it."
        )


# Samples


def sample(xp: ArrayBackend[Any], distribution: Any, shots: int, /, *, seed: Any) -> Any:
    """
    Outcomes drawn from a distribution.

    Parameters
    ----------
    xp : ArrayBackend
    distribution : array, shape (*batch, n_outcomes), real
        Probabilities. What rounding has done to their sum is mended.
    shots : int
        Number of draws from each distribution.
    seed : int or 0-d array
        Of `xp.random.default_rng`, the same outcomes on every backend; may be traced.

    Returns
    -------
    array, shape (*batch, shots), integer
        Each in range(n_outcomes); one of probability zero is never drawn. More shots with the same
        seed begin with the same outcomes, unless there is a batch.

    Raises
    ------
    ValueError
        If a probability is negative or not finite, or a sum differs from 1 by more than rounding
        does: n_outcomes times the rounding unit, at least 1e-6 (in single precision 1e-4), at most
        1e-2. What is traced cannot be checked.
    ShapeError
        If there is no outcome.
    DTypeError
        If the distribution is not real floating.
    MemoryLimitError
        If the sums of the probabilities do not fit.

    Notes
    -----
    By inversion of the cumulative distribution, which is summed exactly, in integers: there is no
    bias, however many outcomes there are. O(n_outcomes + shots * log(n_outcomes)).

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> sample(xp, xp.asarray([0.5, 0.0, 0.0, 0.5]), 8, seed=1)
    array([0, 0, 3, 3, 0, 3, 3, 0])
    """
    shots = check_number(shots, "shots", 0)
    if not xp.isdtype(distribution.dtype, "real floating"):
        raise DTypeError(
            "Argument `distribution` must be real floating, but has dtype "
            f"{xp.dtype_name(distribution.dtype)}."
        )
    if not distribution.ndim or not distribution.shape[-1]:
        raise ShapeError(
            "Argument `distribution` must have shape (*batch, n_outcomes) with at least one "
            f"outcome, but has shape {tuple(distribution.shape)}."
        )
    *batch, n_outcomes = distribution.shape
    rows = math.prod(batch)
    rng = xp.random.default_rng(seed)
    if not rows:
        return rng.integers(0, 1, shape=(*batch, shots))
    check_memory(xp, (n_outcomes - 1).bit_length(), rows, states=_STATES_OF_SAMPLING)
    weights = xp.reshape(_checked(xp, xp.detach(distribution)), (rows, n_outcomes))
    rows_at_once = max(_SHOTS_AT_ONCE // max(shots, 1), 1)
    drawn = []
    for row in range(0, rows, rows_at_once):
        some = weights[row : min(row + rows_at_once, rows), :]
        draws = [
            rng.categorical(some, shape=min(_SHOTS_AT_ONCE, shots - shot))
            for shot in range(0, max(shots, 1), _SHOTS_AT_ONCE)
        ]
        drawn.append(draws[0] if len(draws) == 1 else xp.concat(draws, axis=-1))
    outcomes = drawn[0] if len(drawn) == 1 else xp.concat(drawn)
    return xp.reshape(outcomes, (*batch, shots))


def _checked(xp: ArrayBackend[Any], distribution: Any) -> Any:
    """Return weights without what rounding put below zero."""
    eps = float(xp.finfo(distribution.dtype).eps)
    floor = _ROUNDING[xp.dtype_name(distribution.dtype)]
    tolerance = min(max(distribution.shape[-1] * eps, floor), _LARGEST_ROUNDING)
    total = xp.sum(distribution, axis=-1)
    error = xp.abs(total - 1)
    if not may_be(xp, xp.all(error <= tolerance)):  # also for nan
        worst = int(xp.argmax(xp.reshape(error, (-1,))))
        raise ValueError(
            "Argument `distribution` must have the sum 1 along its last axis, up to rounding "
            f"({tolerance:.3g}), but has {float(xp.reshape(total, (-1,))[worst]):.9g}."
        )
    least = xp.min(distribution)
    if not may_be(xp, least >= -tolerance):
        raise ValueError(
            f"Argument `distribution` must not be negative, but has {float(least):.6g}."
        )
    return xp.clip(distribution, min=0)


def to_bits(xp: ArrayBackend[Any], outcomes: Any, n_qubits: int, /) -> Any:
    """
    Bits of outcomes.

    Parameters
    ----------
    xp : ArrayBackend
    outcomes : array, shape (*batch,), integer
    n_qubits : int
        Number of bits.

    Returns
    -------
    array, shape (*batch, n_qubits), integer
        Zeros and ones, with the dtype of `outcomes`; qubit 0 comes first.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> to_bits(xp, xp.asarray([1, 6]), 3)
    array([[0, 0, 1],
           [1, 1, 0]])
    """
    places = xp.arange(n_qubits - 1, -1, -1, dtype=outcomes.dtype, device=xp.device_of(outcomes))
    return xp.bitwise_and(xp.bitwise_right_shift(outcomes[..., None], places), 1)


def counts(xp: ArrayBackend[Any], outcomes: Any, n_qubits: int, /) -> Any:
    """
    How often each outcome was drawn.

    Parameters
    ----------
    xp : ArrayBackend
    outcomes : array, shape (*batch, shots), integer
        As `sample` returns them.
    n_qubits : int
        Number of measured qubits: the length of the keys.

    Returns
    -------
    dict of str to int, or nested list of such
        Bit strings that occurred, in ascending order, read from left to right (qubit 0 first); with
        a batch, one for each of its elements. Python objects: the outcomes move to the host.

    Raises
    ------
    ShapeError
        If there is no axis of shots.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> counts(xp, xp.asarray([3, 0, 3, 1]), 2)
    {'00': 1, '01': 1, '11': 2}
    """
    if not outcomes.ndim:
        raise ShapeError("Argument `outcomes` must have shape (*batch, shots), but is 0-d.")
    if outcomes.ndim > 1:
        return [counts(xp, outcomes[row, ...], n_qubits) for row in range(outcomes.shape[0])]
    values, numbers = xp.unique_counts(outcomes)
    pairs = zip(xp.to_numpy(values).tolist(), xp.to_numpy(numbers).tolist(), strict=True)
    return {f"{value:0{n_qubits}b}" if n_qubits else "": number for value, number in sorted(pairs)}


def counts_of_bits(bits: Any, /) -> Any:
    """Return what `counts` does, for bits on the host, shape (*batch, shots, n_bits)."""
    if bits.ndim > 2:
        return [counts_of_bits(rows) for rows in bits]
    found = Counter("".join(map(str, row)) for row in bits.tolist())
    return dict(sorted(found.items()))


def marginal_counts(counts: Mapping[str, int], qubits: int | Iterable[int], /) -> dict[str, int]:
    """
    Counts of some qubits, given those of all.

    Parameters
    ----------
    counts : mapping of str to int
        Bit strings of equal length and how often they occurred.
    qubits : int or sequence of int
        Positions in the strings, in the order wanted.

    Returns
    -------
    dict of str to int
        In ascending order of the bit strings.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated, or the strings differ in length.

    Examples
    --------
    >>> marginal_counts({"001": 3, "011": 2, "110": 5}, (2, 0))
    {'01': 5, '10': 5}
    """
    lengths = {len(bits) for bits in counts}
    if len(lengths) > 1:
        raise ValueError(
            "Argument `counts` must have bit strings of one length, but has the lengths "
            f"{sorted(lengths)}."
        )
    subset = check_subset(qubits, lengths.pop() if lengths else 0, "qubits") if counts else ()
    found: dict[str, int] = {}
    for bits, number in counts.items():
        key = "".join(bits[qubit] for qubit in subset)
        found[key] = found.get(key, 0) + number
    return dict(sorted(found.items()))
