"""Results of circuits, on the engine that they need.

Gates alone run on a state vector. Channels, measurements, resets and conditions make states mixed:
then exact results come from the density matrix, and outcomes from trajectories.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.errors import CapabilityError, ShapeError
from arraybackends.quantum.circuits.builder import CircuitBuilder
from arraybackends.quantum.dtype import real_dtype
from arraybackends.quantum.engines.density import simulate_density
from arraybackends.quantum.engines.measurement import (
    Resolved,
    is_gate,
    misread,
    resolve,
    terminal_measurements,
)
from arraybackends.quantum.engines.trajectories import Trajectories
from arraybackends.quantum.execution.batch import batch_shape, stack_angles
from arraybackends.quantum.execution.execution import simulate
from arraybackends.quantum.gates.channel import POST_SELECT
from arraybackends.quantum.gates.structure import Structure
from arraybackends.quantum.memory import STATES_OF_EXPECTATION, STATES_OF_RUN
from arraybackends.quantum.observables.base import Observable, check_observables
from arraybackends.quantum.observables.moments import (
    covariance,
    expectation,
    expectations,
    variance,
)
from arraybackends.quantum.states import sampling
from arraybackends.quantum.states.register import check_number, check_subset, vector_qubits
from arraybackends.quantum.states.state import state_vector
from arraybackends.quantum.tracing import may_be
from arraybackends.selection import backend_of, use_backend

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["CircuitRuns"]


_MOST_BITS = 31
"""Of the smallest integers that outcomes are made of, beside the sign."""


class _Final(NamedTuple):
    """Final states or density matrices, and the probability of what is post-selected, if any is."""

    array: Any
    is_density: bool
    probability: Any


class CircuitRuns(CircuitBuilder):
    """Circuit that runs."""

    # States

    def state(self, initial: Any = None, /) -> Any:
        """
        Final state.

        Parameters
        ----------
        initial : array, shape (*batch, 2**n_qubits), complex, optional
            State to start from, normalised; |0...0> unless given. Batch shapes broadcast.

        Returns
        -------
        array, shape (*batch, 2**n_qubits), complex
            Amplitudes, in the complex dtype of the backend's precision; differentiable in the
            angles and in `initial`. After post-selection, normalised.

        Raises
        ------
        CapabilityError
            If the circuit has a channel, a measurement, a reset or a condition, after which the
            state is mixed: see `density_matrix` and `trajectories`.
        MemoryLimitError
            If the state does not fit; refused before any allocation.
        ShapeError
            If `initial` has another number of qubits.
        ValueError
            If the circuit has unbound parameters, what is post-selected has probability zero, or
            the norm of `initial` is not 1. What is traced cannot be checked.

        Notes
        -----
        O(gates * 2**n_qubits) operations; memory for three states.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).x(0).state()
        array([0.+0.j, 1.+0.j])
        """
        resolved = resolve(self.structure)
        if resolved.pure is None:
            mixing = next(
                (
                    f"`{operation.gate}`"
                    for operation in resolved.operations
                    if not is_gate(operation.gate) and operation.gate not in POST_SELECT
                ),
                "a condition on classical bits",
            )
            raise CapabilityError(
                f"The circuit has {mixing}, after which no state vector describes it. Use "
                "`density_matrix()` or `expectation` for exact results, or `trajectories` for "
                "samples of states."
            )
        if initial is not None:
            initial = state_vector(self.backend, initial)
            if vector_qubits(initial, "initial") != self._n_qubits:
                raise ShapeError(
                    f"Argument `initial` must have {2**self._n_qubits} amplitudes for "
                    f"{self._n_qubits} qubits, but has shape {tuple(initial.shape)}."
                )
        return self._run_pure(resolved, STATES_OF_RUN, initial).array

    def density_matrix(self, initial: Any = None, /) -> Any:
        """
        Final density matrix.

        Parameters
        ----------
        initial : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex, optional
            Density matrix to start from; |0...0><0...0| unless given.

        Returns
        -------
        array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
            Exact, of trace 1 if `initial` has; differentiable in the angles, in the parameters of
            channels and in `initial`. After post-selection, normalised.

        Raises
        ------
        MemoryLimitError
            If the matrix does not fit; refused before any allocation.
        ShapeError, DTypeError
            If `initial` is no array of complex density matrices of the size.
        ValueError
            If the circuit has unbound parameters, or what is post-selected has probability zero.

        Notes
        -----
        O(operations * 4**n_qubits) operations. While a classical bit is to be read by a later
        condition, there is a matrix for each value of it. Where keeping all intermediate matrices
        for a derivative takes more than 256 MB, only about the root of their number is kept, and
        the run is repeated piece by piece.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).h(0).phase_damping(0, 0.36).density_matrix().real.round(3)
        array([[0.5, 0.4],
               [0.4, 0.5]])
        """
        self._check_bound()
        rho = simulate_density(
            self.backend, self.structure, self._angles, self._matrices, initial=initial
        )[0, ...]
        return self._normalised(rho).array

    def trajectories(self, count: int, /, *, seed: Any, at_once: int | None = None) -> Trajectories:
        """
        Run the circuit many times on state vectors, with real choices and collapse.

        Parameters
        ----------
        count : int
            Number of trajectories, for each element of the batch.
        seed : int or 0-d array
            Of `xp.random.default_rng`, the same trajectories on every backend; may be traced.
        at_once : int, optional
            How many run together; as many as are quick unless given. Results do not depend on it.

        Returns
        -------
        Trajectories
            With `states()`, `bits()`, `expectation(observable)`, `probabilities()`.

        Raises
        ------
        MemoryLimitError
            If the states that run together do not fit.
        ValueError
            If the circuit has unbound parameters.

        Notes
        -----
        O(count * operations * 2**n_qubits) operations: cheaper than the density matrix where
        `count` is less than 2**n_qubits.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, PauliSum
        >>> with ab.use_backend("numpy"):
        ...     runs = Circuit(1).x(0).bit_flip(0, 0.3).trajectories(1000, seed=1)
        ...     value, error = runs.expectation(PauliSum({"Z": 1.0}))
        >>> abs(value + 0.4) < 4 * error
        np.True_
        """
        self._check_bound()
        xp, structure = self.backend, self.structure
        return Trajectories(xp, structure, self._angles, self._matrices, count, seed, at_once)

    # Expectation values

    def expectation(self, observable: Observable | Sequence[Observable], /) -> Any:
        """
        Expectation value of an observable, or of several, in the final state.

        Parameters
        ----------
        observable : Observable or sequence of Observable
            Hermitian, on as many qubits: a `PauliSum`, a matrix, a projector, or a sum of such.

        Returns
        -------
        array, shape batch, or (*batch, n_observables) for a sequence, real
            <state|observable|state>, or tr(density_matrix @ observable), exact; differentiable in
            the angles, in the parameters of channels, and in arrays that the observable is made of.

        Raises
        ------
        ShapeError
            If an observable acts on another number of qubits.
        TypeError
            If it is none.
        ValueError
            If it is not Hermitian, or as `density_matrix`.
        BackendMismatchError
            If it is made of arrays of another backend than the circuit's.
        MemoryLimitError
            If the state or the density matrix does not fit.

        Notes
        -----
        One pass over the state for all strings of a `PauliSum` in a window of five neighbouring
        qubits, and for all others that flip the same bits; several sums share the passes. Memory
        for eight states.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, PauliSum
        >>> with ab.use_backend("numpy"):
        ...     Circuit(2).x(0).expectation(PauliSum.from_text("0.5 ZI + 2 IZ"))
        array(1.5)
        >>> with ab.use_backend("numpy"):
        ...     Circuit(2).x(0).expectation([PauliSum({"ZI": 1.0}), PauliSum({"IZ": 1.0})])
        array([-1.,  1.])
        """
        if isinstance(observable, Sequence):
            xp, final = self._measured(*observable)
            return expectations(xp, final.array, observable, density=final.is_density)
        xp, final = self._measured(observable)
        return expectation(xp, final.array, observable, density=final.is_density)

    def expectations(self, observables: Sequence[Observable], /) -> Any:
        """
        Expectation values of many observables in the final state, from one run.

        Parameters
        ----------
        observables : sequence of Observable
            On as many qubits, Hermitian; at least one.

        Returns
        -------
        array, shape (*batch, n_observables), real
            Exact; differentiable.

        Raises
        ------
        ShapeError, TypeError, ValueError, MemoryLimitError
            As `expectation`.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, PauliSum
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).x(0).expectations([PauliSum({"Z": 1.0}), PauliSum({"X": 1.0})])
        array([-1.,  0.])
        """
        check_observables(observables, self._n_qubits)
        final = self._final(STATES_OF_EXPECTATION)
        return expectations(self.backend, final.array, observables, density=final.is_density)

    def variance(self, observable: Observable | Sequence[Observable], /) -> Any:
        """
        Variance <A**2> - <A>**2 of an observable, or of several, in the final state.

        Parameters
        ----------
        observable : Observable or sequence of Observable
            On as many qubits, Hermitian.

        Returns
        -------
        array, shape batch, or (*batch, n_observables) for a sequence, real
            Exact, from one run; differentiable.

        Raises
        ------
        ShapeError, TypeError, ValueError, BackendMismatchError, MemoryLimitError
            As `expectation`.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, PauliSum
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).variance(PauliSum({"X": 2.0}))
        array(4.)
        """
        observables = observable if isinstance(observable, Sequence) else [observable]
        xp, final = self._measured(*observables)
        found = [variance(xp, final.array, x, density=final.is_density) for x in observables]
        return xp.stack(found, axis=-1) if observables is observable else found[0]

    def covariance(self, first: Observable, second: Observable, /) -> Any:
        """
        Symmetrised covariance <AB + BA> / 2 - <A><B> of two observables in the final state.

        Parameters
        ----------
        first, second : Observable
            On as many qubits, Hermitian; they need not commute.

        Returns
        -------
        array, shape batch, real
            Exact; differentiable.

        Raises
        ------
        ShapeError, TypeError, ValueError, BackendMismatchError, MemoryLimitError
            As `expectation`.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, PauliSum
        >>> with ab.use_backend("numpy"):
        ...     Circuit(2).h(0).cx(0, 1).covariance(
        ...         PauliSum({"ZI": 1.0}), PauliSum({"IZ": 1.0})
        ...     ).round(9)
        np.float64(1.0)
        """
        xp, final = self._measured(first, second)
        return covariance(xp, final.array, first, second, density=final.is_density)

    def _measured(self, *observables: Observable) -> tuple[ArrayBackend[Any], _Final]:
        """Run on the backend that the circuit and the observables belong to."""
        check_observables(observables, self._n_qubits)
        arrays = [array for observable in observables for array in observable.arrays]
        if self._array is None and arrays:
            with use_backend(backend_of(*arrays)) as xp:
                return xp, self._final(STATES_OF_EXPECTATION)
        xp = backend_of(self._array, *arrays) if arrays else self.backend
        return xp, self._final(STATES_OF_EXPECTATION)

    # Outcomes

    def probabilities(self, qubits: int | Iterable[int] | None = None, /) -> Any:
        """
        Probabilities of the outcomes of qubits, if they are measured in the end.

        Parameters
        ----------
        qubits : int or sequence of int, optional
            Measured, in this order; all unless given.

        Returns
        -------
        array, shape (*batch, 2**k), real
            Of the bit strings 0...0 to 1...1, with readout errors if there are any; differentiable,
            also where an amplitude is zero.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated, or as `density_matrix`.
        MemoryLimitError
            If the state or the density matrix does not fit.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(2).x(0).probabilities(), Circuit(2).x(0).probabilities(0)
        (array([0., 0., 1., 0.]), array([0., 1.]))
        """
        xp, final = self.backend, self._final(STATES_OF_RUN)
        if final.is_density:
            diagonal = xp.real(xp.linalg.diagonal(final.array))
            found = sampling.marginal_probabilities(xp, diagonal, qubits)
        else:
            found = sampling.probabilities(xp, final.array, qubits)
        kept = range(self._n_qubits) if qubits is None else self._subset(qubits)
        readout = resolve(self.structure).readout
        slots = {place: readout[qubit] for place, qubit in enumerate(kept) if qubit in readout}
        return self._misread(found, slots)

    def bit_probabilities(self) -> Any:
        """
        Probabilities of the values of the measured bits.

        Returns
        -------
        array, shape (*batch, 2**k), real
            Exact, of the k bits that are measured, in the order of their numbers; differentiable.

        Raises
        ------
        ValueError
            If nothing is measured, or as `density_matrix`.
        MemoryLimitError
            If the density matrices, one for each value of the bits, do not fit.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).x(0).measure(0).reset(0).measure(0).bit_probabilities()
        array([0., 0., 1., 0.])
        """
        self._check_bound()
        xp, structure = self.backend, self.structure
        bits = resolve(structure).measured
        if not bits:
            raise ValueError("The circuit measures nothing. Use `probabilities`, or `measure`.")
        terminal = self._terminal(structure)
        if terminal is not None:
            resolved, qubits = terminal
            state = self._run_pure(resolved, STATES_OF_RUN).array
            found = sampling.probabilities(xp, state, [qubits[bit] for bit in bits])
            return self._misread(found, _readout_slots(structure, bits))
        rho = simulate_density(xp, structure, self._angles, self._matrices, wanted=bits)
        found = xp.moveaxis(xp.real(xp.linalg.trace(rho)), 0, -1)
        if resolve(structure).is_post_selected:
            total = xp.sum(found, axis=-1, keepdims=True)
            _check_possible(xp, total)
            found = found / total
        return found

    def sample(self, shots: int, /, *, seed: Any, qubits: int | Iterable[int] | None = None) -> Any:
        """
        Outcomes of independent runs of the circuit.

        Parameters
        ----------
        shots : int
            Number of runs, for each element of the batch.
        seed : int or 0-d array
            Of `xp.random.default_rng`, the same outcomes on every backend; may be traced.
        qubits : int or sequence of int, optional
            Measured in the end, in this order. Unless given, the outcome is that of the measured
            bits, in the order of their numbers; of a circuit that measures nothing, of all qubits.

        Returns
        -------
        array, shape (*batch, shots), integer
            The number whose bits the outcomes are, the first the most significant.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated, or as `density_matrix`.
        CapabilityError
            If a circuit with post-selection among channels or measurements has a batch, or there
            are more measured bits than an integer has, 63; `counts` takes any number.
        MemoryLimitError
            If the states do not fit.

        Notes
        -----
        Where gates come first and measurements last, the state is computed once. Otherwise each run
        is a trajectory of its own.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(2).h(0).cx(0, 1).sample(8, seed=1)
        array([0, 0, 3, 3, 0, 3, 3, 0])
        """
        self._check_bound()
        xp, structure = self.backend, self.structure
        targets = self._measured_at_end(qubits)
        if targets is not None and resolve(structure).pure is not None:
            return sampling.sample(xp, self.probabilities(targets), shots, seed=seed)
        if targets is None and self._terminal(structure) is not None:
            return sampling.sample(xp, self.bit_probabilities(), shots, seed=seed)
        shots = check_number(shots, "shots", 0)
        return self.trajectories(max(shots, 1), seed=seed).outcomes(targets)[..., :shots]

    def counts(self, shots: int, /, *, seed: Any, qubits: int | Iterable[int] | None = None) -> Any:
        """
        How often each outcome occurs in independent runs of the circuit.

        Parameters
        ----------
        shots, seed, qubits
            As for `sample`.

        Returns
        -------
        dict of str to int, or nested list of such
            Bit strings that occurred, with one character for each measured bit; with a batch, one
            dict for each of its elements.

        Raises
        ------
        ValueError, CapabilityError, MemoryLimitError
            As `sample`.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(2).h(0).cx(0, 1).counts(8, seed=1)
        {'00': 4, '11': 4}
        """
        targets = self._measured_at_end(qubits)
        resolved = resolve(self.structure)
        n_bits = len(resolved.measured) if targets is None else len(targets)
        if targets is None and n_bits > _MOST_BITS and not resolved.is_post_selected:
            self._check_bound()
            xp, shots = self.backend, check_number(shots, "shots", 0)
            bits = self.trajectories(max(shots, 1), seed=seed).bits()
            table = xp.stack([bits[bit][:shots, ...] for bit in resolved.measured], axis=-1)
            return sampling.counts_of_bits(xp.to_numpy(xp.moveaxis(table, 0, -2)))
        outcomes = self.sample(shots, seed=seed, qubits=targets)
        return sampling.counts(self.backend, outcomes, n_bits)

    def post_selection_probability(self) -> Any:
        """
        Probability that a run is kept by all post-selections.

        Returns
        -------
        array, shape batch, real
            1 if there are none; differentiable.

        Raises
        ------
        ValueError
            If it is zero, or the circuit has unbound parameters.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).h(0).post_select(0, 1).post_selection_probability().round(3)
        np.float64(0.5)
        """
        probability = self._final(STATES_OF_RUN).probability
        if probability is None:
            xp = self.backend
            shape = batch_shape(xp, self.structure, self._angles, self._matrices)
            return xp.ones(shape, dtype=real_dtype(xp), device=xp.device)
        return probability

    # Engines

    def _check_bound(self) -> None:
        if self._slots:
            raise ValueError(
                f"The circuit has the unbound parameters {self.parameters}. Give them values with "
                "`bind`, or use `expectation_function`."
            )

    def _final(self, states: int) -> _Final:
        """Run on the engine that the circuit needs."""
        resolved = resolve(self.structure)
        if resolved.pure is not None:
            return self._run_pure(resolved, states)
        self._check_bound()
        rho = simulate_density(self.backend, self.structure, self._angles, self._matrices)
        return self._normalised(rho[0, ...])

    def _run_pure(self, resolved: Resolved, states: int, initial: Any = None) -> _Final:
        """Run on a state vector."""
        self._check_bound()
        assert resolved.pure is not None
        xp, matrices = self.backend, resolved.matrices(self._matrices)
        is_unitary = not resolved.is_post_selected and self.is_reversible(xp)
        state = simulate(
            xp, resolved.pure, self._angles, matrices,
            states=states, is_unitary=is_unitary, initial=initial,
        )  # fmt: skip
        if not resolved.is_post_selected:
            return _Final(state, False, None)
        probability = xp.real(xp.vecdot(state, state))
        _check_possible(xp, probability)
        norm = xp.astype(xp.sqrt(probability), state.dtype)
        return _Final(state / norm[..., None], False, probability)

    def _normalised(self, rho: Any) -> _Final:
        if not resolve(self.structure).is_post_selected:
            return _Final(rho, True, None)
        xp = self.backend
        probability = xp.real(xp.linalg.trace(rho))
        _check_possible(xp, probability)
        norm = xp.astype(probability, rho.dtype)
        return _Final(rho / norm[..., None, None], True, probability)

    def _terminal(self, structure: Structure) -> tuple[Resolved, dict[int, int]] | None:
        """Return gates, and the qubit of each bit, of a circuit that ends in measurements."""
        terminal = terminal_measurements(structure)
        if terminal is None:
            return None
        resolved = resolve(terminal[0])
        return None if resolved.pure is None else (resolved, terminal[1])

    # Readout

    def _subset(self, qubits: int | Iterable[int]) -> tuple[int, ...]:
        return check_subset(qubits, self._n_qubits, "qubits")

    def _measured_at_end(self, qubits: int | Iterable[int] | None) -> tuple[int, ...] | None:
        """Return the qubits that make the outcome; None if measured bits do."""
        if qubits is not None:
            return self._subset(qubits)
        return None if resolve(self.structure).measured else tuple(range(self._n_qubits))

    def _misread(self, distribution: Any, slots: dict[int, tuple[int, ...]]) -> Any:
        """Apply readout errors, given their slots, to places of a distribution."""
        if not slots:
            return distribution
        xp = self.backend
        shape = batch_shape(xp, self.structure, self._angles, self._matrices)
        angles = stack_angles(xp, self._angles, shape)
        flat = xp.reshape(distribution, (math.prod(shape), distribution.shape[-1]))
        errors = {place: (angles[up, :], angles[down, :]) for place, (up, down) in slots.items()}
        return xp.reshape(misread(xp, flat, errors), distribution.shape)


def _readout_slots(structure: Structure, bits: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return the slots of the readout errors of terminal measurements, by place among the bits."""
    slots = {
        operation.bits[0]: operation.slots
        for operation in resolve(structure).operations
        if operation.bits and operation.slots
    }
    return {place: slots[bit] for place, bit in enumerate(bits) if bit in slots}


def _check_possible(xp: Any, probability: Any) -> None:
    if not may_be(xp, xp.all(probability > 0)):
        raise ValueError("What the circuit post-selects has probability zero: nothing is left.")
