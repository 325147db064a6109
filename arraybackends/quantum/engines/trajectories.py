"""Many trajectories of a circuit, and what is estimated from them."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import CapabilityError
from arraybackends.quantum.engines.measurement import misread, resolve
from arraybackends.quantum.engines.trajectory import Run, TrajectoryEvolution
from arraybackends.quantum.execution.batch import batch_shape, stack_angles, stack_given
from arraybackends.quantum.gates.structure import (
    Structure,
)
from arraybackends.quantum.memory import check_memory
from arraybackends.quantum.observables.base import Observable, check_observables
from arraybackends.quantum.observables.grouping import Estimate
from arraybackends.quantum.states.register import check_number, check_subset
from arraybackends.quantum.states.sampling import probabilities, to_bits
from arraybackends.quantum.tracing import is_traced

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend, Generator

__all__ = ["Trajectories"]

_AMPLITUDES_AT_ONCE = 2**19
"""Amplitudes of the trajectories that run together."""

_STATES_OF_TRAJECTORIES = 5
"""States held at once for each trajectory: two of a run, and those of a choice."""

_MOST_REPEATS = 1000
"""Runs for each one asked for, after which a post-selection is given up."""


class Trajectories:
    """
    Runs of a circuit, drawn from a seed; made by `Circuit.trajectories`.

    Parameters
    ----------
    xp : ArrayBackend
    structure : Structure
    angles : sequence of float or array, shape batch
    matrices : sequence of array or nested tuple
    count : int
        Number of trajectories, for each element of the batch.
    seed : int or 0-d array
        Of `xp.random.default_rng`; may be traced.
    at_once : int, optional
        How many run together, which bounds the memory; results do not depend on it.

    Notes
    -----
    Each element of the batch has random numbers of its own. Under `vmap` give each a seed.
    """

    def __init__(
        self, xp: ArrayBackend[Any], structure: Structure, angles: Sequence[Any],
        matrices: Sequence[Any], count: int, seed: Any, at_once: int | None = None, /,
    ) -> None:  # fmt: skip
        self._xp = xp
        self._structure = structure
        self._shape = batch_shape(xp, structure, angles, matrices)
        self._count = check_number(count, "count", 1)
        self._seed = seed
        batch = math.prod(self._shape)
        one = max(batch, 1) * 2**structure.n_qubits
        fitting = max(_AMPLITUDES_AT_ONCE // one, 1)
        self._at_once = fitting if at_once is None else check_number(at_once, "at_once", 1)
        together = min(self._at_once, self._count)
        check_memory(xp, structure.n_qubits, batch * together, states=_STATES_OF_TRAJECTORIES)
        stacked = stack_angles(xp, angles, self._shape)
        given = stack_given(xp, structure, matrices, self._shape)
        self._evolution = TrajectoryEvolution(xp, structure, stacked, given)
        self._errors = {
            qubit: (stacked[up, :], stacked[down, :])
            for qubit, (up, down) in resolve(structure).readout.items()
        }

    def states(self) -> Any:
        """
        Final states.

        Returns
        -------
        array, shape (count, *batch, 2**n_qubits), complex
            Of norm 1; after post-selection, the squared norm is the probability that a trajectory
            is kept.
        """
        made = self._gather([run.states for run in self._runs()])
        return self._xp.reshape(made, (self._count, *self._shape, made.shape[-1]))

    def bits(self) -> dict[int, Any]:
        """
        Measured bits.

        Returns
        -------
        dict of int to array, shape (count, *batch), integer
            Outcomes by classical bit.
        """
        found: dict[int, list[Any]] = {}
        for run in self._runs():
            for bit in resolve(self._structure).measured:
                found.setdefault(bit, []).append(run.bits[bit])
        shape = (self._count, *self._shape)
        return {bit: self._xp.reshape(self._gather(x), shape) for bit, x in found.items()}

    def expectation(self, observable: Observable | Sequence[Observable], /) -> Estimate:
        """
        Estimate the expectation value of an observable, or of several from the same runs.

        Parameters
        ----------
        observable : Observable or sequence of Observable
            Hermitian, on as many qubits.

        Returns
        -------
        Estimate
            `value` and `standard_error`, arrays of shape `batch`, or (*batch, n_observables) for a
            sequence, real. The mean of the values is the expectation value in the density matrix;
            after post-selection, up to a bias of O(1 / count).

        Raises
        ------
        TypeError, ShapeError, ValueError
            As `Circuit.expectation`.

        Notes
        -----
        The derivative of `value` is an estimate without bias of that of the expectation value,
        because it contains those of the probabilities (score function, with the mean of the other
        trajectories as control variate), where automatic differentiation is at hand. Where it is
        not, differences of estimates are no derivatives: use `expectation_function`.
        """
        observables = observable if isinstance(observable, Sequence) else [observable]
        check_observables(observables, self._structure.n_qubits)
        xp, weights = self._xp, []
        values: list[list[Any]] = [[] for _ in observables]
        for run in self._runs():
            for found, one in zip(values, observables, strict=True):
                found.append(xp.real(xp.vecdot(run.states, one.apply(xp, run.states))))
            weights.append(xp.real(xp.vecdot(run.states, run.states)))
        weight = self._gather(weights)
        estimates = [self._estimate(self._gather(found), weight) for found in values]
        if observables is not observable:
            return estimates[0]
        return Estimate(*(xp.stack(parts, axis=-1) for parts in zip(*estimates, strict=True)))

    def probabilities(self, qubits: int | Iterable[int] | None = None, /) -> Any:
        """
        Estimate the probabilities of the outcomes of some qubits.

        Parameters
        ----------
        qubits : int or sequence of int, optional
            In this order; all unless given.

        Returns
        -------
        array, shape (*batch, 2**k), real
            Mean over the trajectories, with readout errors.
        """
        xp, n_qubits = self._xp, self._structure.n_qubits
        total: Any = 0
        for run in self._runs():
            found = probabilities(xp, run.states, qubits)
            total = total + xp.sum(found, axis=0)
        kept = range(n_qubits) if qubits is None else check_subset(qubits, n_qubits, "qubits")
        errors = {
            place: self._errors[qubit] for place, qubit in enumerate(kept) if qubit in self._errors
        }
        total = misread(xp, total / xp.sum(total, axis=-1, keepdims=True), errors)
        return xp.reshape(total, (*self._shape, total.shape[-1]))

    def outcomes(self, qubits: Sequence[int] | None = None, /) -> Any:
        """
        Outcome of each run: of its measured bits, or of qubits that are measured at the end.

        Parameters
        ----------
        qubits : sequence of int, optional
            Measured at the end; otherwise the outcome is that of the measured bits, in the order of
            their numbers.

        Returns
        -------
        array, shape (*batch, count), integer
            The first bit is the most significant. After post-selection, runs are repeated until
            there are so many that are kept.

        Raises
        ------
        CapabilityError
            If runs are to be repeated for a batch, or under `jit` or `vmap`, where their number is
            not known; or an outcome has more bits than an integer.
        ValueError
            If hardly any run is kept.
        """
        xp = self._xp
        is_post_selected = resolve(self._structure).is_post_selected
        if is_post_selected and self._shape:
            raise CapabilityError(
                "Outcomes after post-selection cannot be drawn for a batch, because each of its "
                "elements keeps other runs. Run its elements one by one."
            )
        rngs = xp.random.default_rng(self._seed).spawn(4)[1:]
        found, n_found = [], 0
        for run in self._runs(repeat=is_post_selected):
            outcome = self._outcome(run, rngs[0], rngs[1], qubits)
            if is_post_selected:
                norm = xp.real(xp.vecdot(run.states, run.states))
                is_kept = rngs[2].uniform(norm.shape) < norm
                if is_traced(xp, is_kept):
                    raise CapabilityError(
                        "Outcomes after post-selection cannot be drawn under `jit` or `vmap`, "
                        "because their number is not known."
                    )
                outcome = outcome[is_kept][:, None]
            found.append(outcome)
            n_found += outcome.shape[0]
            if n_found >= self._count:
                break
        gathered = self._gather(found)[: self._count, :]
        if gathered.shape[0] < self._count:
            raise ValueError(
                f"Post-selection keeps hardly any run: {n_found} of "
                f"{_MOST_REPEATS * self._count}. Use `density_matrix`, or select less."
            )
        return xp.reshape(xp.matrix_transpose(gathered), (*self._shape, self._count))

    def _outcome(
        self, run: Run, at_end: Generator[Any], in_readout: Generator[Any],
        qubits: Sequence[int] | None,
    ) -> Any:  # fmt: skip
        """Return the outcome of each trajectory, shape (trajectories, batch)."""
        xp, n_qubits = self._xp, self._structure.n_qubits
        if qubits is None:
            bits = [run.bits[bit] for bit in resolve(self._structure).measured]
        else:
            odds = probabilities(xp, xp.detach(run.states))
            nothing = xp.sum(odds, axis=-1, keepdims=True) == 0
            whole = at_end.categorical(xp.where(nothing, xp.ones_like(odds), odds))
            every = to_bits(xp, whole, n_qubits)
            n_uniform = n_qubits if self._errors else 0
            uniform = in_readout.uniform((*whole.shape, n_uniform))
            bits = []
            for qubit in qubits:
                bit = every[..., qubit]
                if qubit in self._errors:
                    up, down = self._errors[qubit]
                    wrong = uniform[..., qubit] < xp.where(bit == 1, down, up)
                    bit = xp.where(wrong, 1 - bit, bit)
                bits.append(bit)
        if bits and len(bits) >= xp.iinfo(bits[0].dtype).bits:
            raise CapabilityError(
                f"An outcome of {len(bits)} bits is no number of dtype "
                f"{xp.dtype_name(bits[0].dtype)}. Use `Circuit.counts`, or the `bits()` of "
                "`trajectories`."
            )
        return functools.reduce(lambda number, bit: 2 * number + bit, bits)

    def _runs(self, *, repeat: bool = False) -> Iterator[Run]:
        """Run trajectories, so many at once."""
        xp, n_choices = self._xp, self._evolution.n_choices
        (choices,) = xp.random.default_rng(self._seed).spawn(1)
        count = self._count * (_MOST_REPEATS if repeat else 1)
        for start in range(0, count, self._at_once):
            shape = (min(self._at_once, count - start), math.prod(self._shape), n_choices)
            yield self._evolution.run(choices.uniform(shape))

    def _gather(self, parts: Sequence[Any]) -> Any:
        return parts[0] if len(parts) == 1 else self._xp.concat(parts)

    def _estimate(self, values: Any, weights: Any) -> Estimate:
        """Return the mean of values (count, batch) with weights, which are 1 if all are kept."""
        xp, count = self._xp, self._count
        if resolve(self._structure).is_post_selected:
            mean = xp.sum(values, axis=0) / xp.sum(weights, axis=0)
        else:
            constant = xp.stop_gradient(values)
            others = (xp.sum(constant, axis=0) - constant) / max(count - 1, 1)
            score = weights - xp.stop_gradient(weights)
            mean = xp.mean(values - others * score, axis=0)
        deviations = xp.stop_gradient(values - mean * weights)
        spread = xp.sum(deviations**2, axis=0) / (count * (count - 1)) if count > 1 else math.nan
        weight = xp.stop_gradient(xp.mean(weights, axis=0))
        error = xp.sqrt(spread * xp.ones_like(weight)) / weight
        return Estimate(xp.reshape(mean, self._shape), xp.reshape(error, self._shape))
