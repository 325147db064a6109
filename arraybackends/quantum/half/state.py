"""States in half storage, circuits that run on them, and what is asked of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import CapabilityError, GradientError, ShapeError
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.dtype import index_dtype, real_dtype
from arraybackends.quantum.engines.measurement import resolve
from arraybackends.quantum.execution.batch import batch_shape, stack_angles, stack_given
from arraybackends.quantum.half.blocks import (
    copied,
    cut,
    joined,
    run_stage,
    scale_of,
    unpacked_tiles,
    zero_blocks,
)
from arraybackends.quantum.half.layout import Layout, layout_of
from arraybackends.quantum.half.pauli import group
from arraybackends.quantum.half.stages import layout_for, stages
from arraybackends.quantum.memory import check_half_memory, check_memory
from arraybackends.quantum.observables.base import Observable, check_observable, check_observables
from arraybackends.quantum.observables.combination import ObservableSum
from arraybackends.quantum.observables.pauli import PauliSum
from arraybackends.quantum.states import sampling
from arraybackends.quantum.states.register import (
    check_number,
    check_subset,
    reorder,
    vector_qubits,
)
from arraybackends.quantum.states.state import state_vector
from arraybackends.quantum.tracing import is_traced, is_tracked
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.gates.structure import Structure

__all__ = ["HalfState", "run_half"]

_UNIT_ROUNDOFF = 2.0**-11
"""Largest relative error of a number rounded to float16, and of a whole state."""


def run_half(
    circuit: Circuit, initial: Any = None, /, *, qubits_at_once: int | None = None,
    xp: ArrayBackend[Any] | None = None,
) -> HalfState:  # fmt: skip
    """
    Run a circuit on a state vector that is kept as pairs of float16.

    Parameters
    ----------
    circuit : Circuit
        Of gates. A batch of angles or given arrays gives a batch of states.
    initial : array, shape (*batch, 2**n_qubits), complex, optional
        State to start from, normalised; |0...0> unless given.
    qubits_at_once : int, optional
        The state is worked on in parts of 2**qubits_at_once amplitudes, which alone are in
        complex64; unless given 1/32 of the state, from 2**14 to 2**22.
    xp : ArrayBackend, optional
        Backend; that of the circuit's arrays, or the current one, unless given. Whatever its
        precision, the computation is in single precision.

    Returns
    -------
    HalfState

    Raises
    ------
    CapabilityError
        If the circuit has a channel, a readout error, a measurement, a post-selection, a reset or a
        condition; or under `jit` and `vmap`.
    GradientError
        If an angle or an array is tracked: see `expectation_function` with `storage="half"`.
    MemoryLimitError
        If the state does not fit; refused before any allocation.
    ShapeError
        If `initial` has another number of qubits, or batch shapes do not broadcast.
    ValueError
        If the circuit has unbound parameters, or the norm of `initial` is not 1.

    Notes
    -----
    4 bytes for an amplitude, and less than 56 for one of the part that is worked on. Gates are
    gathered in stages, each of which acts within parts, and all amplitudes are rounded once in each
    stage: the fewer, the larger the parts. Amplitudes are kept times a power of two near
    2**(n_qubits / 2), where float16 numbers have all their digits. A run takes some ten times as
    long as one in complex64 on a CPU, most of it for the conversion.

    A gate on many of the first qubits makes the parts as large as it needs.

    References
    ----------
    .. [1] H. De Raedt et al., "Massively parallel quantum computer simulator, eleven years later",
       Comput. Phys. Commun. 237 (2019), 47: states of 2 bytes for an amplitude.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, PauliSum, run_half
    >>> with ab.use_backend("numpy"):
    ...     state = run_half(Circuit(3).h(0).cx(0, 1).cx(1, 2).ry(0, 0.3))
    >>> state.nbytes, state.n_roundings
    (32, 1)
    >>> state.error_estimate < 5e-4
    True
    >>> abs(float(state.expectation(PauliSum({"ZIZ": 1.0}))) - 0.9553) < 2 * state.error_estimate
    True
    """
    backend = circuit.backend if xp is None else xp
    if initial is None:
        start = HalfState.zero(backend, circuit.n_qubits, qubits_at_once=qubits_at_once)
        return start.apply(circuit)
    backend = backend.with_options(precision="single")
    state = state_vector(backend, initial)
    _check_known(backend, (state,))
    if vector_qubits(state, "initial") != circuit.n_qubits:
        raise ShapeError(
            f"Argument `initial` must have {2**circuit.n_qubits} amplitudes for "
            f"{circuit.n_qubits} qubits, but has shape {tuple(state.shape)}."
        )
    batch = tuple(state.shape[:-1])
    layout = _layout(circuit.n_qubits, qubits_at_once)
    rows = backend.reshape(state, (math.prod(batch), 2**circuit.n_qubits))
    return HalfState(backend, layout, cut(backend, layout, rows), batch, 1).apply(circuit)


class HalfState:
    """
    State vector in half of the memory of complex64, and how far it may be off.

    Made by `run_half`; immutable. What is asked of it is computed part by part, in single
    precision.
    """

    __slots__ = ("_batch", "_blocks", "_layout", "_n_roundings", "_xp")

    def __init__(
        self, xp: ArrayBackend[Any], layout: Layout, blocks: Sequence[Any],
        batch: tuple[int, ...], n_roundings: int, /,
    ) -> None:  # fmt: skip
        self._xp = xp
        self._layout = layout
        self._blocks = blocks
        self._batch = batch
        self._n_roundings = n_roundings

    @classmethod
    def zero(
        cls, xp: ArrayBackend[Any], n_qubits: int, /, *, qubits_at_once: int | None = None
    ) -> HalfState:
        """
        State |0...0>.

        Parameters
        ----------
        xp : ArrayBackend
        n_qubits : int
        qubits_at_once : int, optional
            As for `run_half`.

        Returns
        -------
        HalfState

        Raises
        ------
        MemoryLimitError
            If it does not fit.
        """
        single = xp.with_options(precision="single")
        layout = _layout(n_qubits, qubits_at_once)
        check_half_memory(single, n_qubits, 1, layout.n_tile)
        return cls(single, layout, zero_blocks(single, layout), (), 0)

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return self._layout.n_qubits

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; empty for one state."""
        return self._batch

    @property
    def nbytes(self) -> int:
        """Bytes of all amplitudes: 4 for each."""
        n_bytes: int = 4 * math.prod(self._batch) * 2**self.n_qubits
        return n_bytes

    @property
    def n_roundings(self) -> int:
        """How often each amplitude has been rounded to float16."""
        return self._n_roundings

    @property
    def error_estimate(self) -> float:
        """
        Estimated norm of the difference to the exact state: 2**-11 * sqrt(n_roundings).

        A rounding changes the state by at most 2**-11 of its norm. Where the changes of different
        stages have nothing to do with each other, their squares add up, and this is a bound: in
        random circuits about twice the true error. An expectation value is off by at most twice
        as much, in units of the largest modulus of the observable's eigenvalues.
        """
        return _UNIT_ROUNDOFF * math.sqrt(self._n_roundings)

    @property
    def error_bound(self) -> float:
        """
        Bound of the norm of the difference to the exact state: 2**-11 * n_roundings.

        Reached at most where every stage errs in the same direction, as it may where very small
        steps of time, each a run of its own, change amplitudes by less than their rounding.
        """
        return _UNIT_ROUNDOFF * self._n_roundings

    def __repr__(self) -> str:
        batch = f", batch_shape={self._batch}" if self._batch else ""
        return (
            f"<HalfState: n_qubits={self.n_qubits}{batch}, n_roundings={self._n_roundings}, "
            f"error_estimate={self.error_estimate:.2g}>"
        )

    # Circuits

    def apply(self, circuit: Circuit, /) -> HalfState:
        """
        State after a circuit; see `run_half`.

        Parameters
        ----------
        circuit : Circuit
            On as many qubits.

        Returns
        -------
        HalfState

        Raises
        ------
        ShapeError
            If the circuit has another number of qubits, or batch shapes do not broadcast.
        CapabilityError, GradientError, MemoryLimitError, ValueError
            As `run_half`.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, run_half
        >>> with ab.use_backend("numpy"):
        ...     run_half(Circuit(2).h(0)).apply(Circuit(2).cx(0, 1)).probabilities()
        array([0.4998932, 0.       , 0.       , 0.4998932], dtype=float32)
        """
        xp = self._xp
        if circuit.n_qubits != self.n_qubits:
            raise ShapeError(
                f"Argument `circuit` must have {self.n_qubits} qubits, as the state has, but has "
                f"{circuit.n_qubits}."
            )
        if circuit.parameters:
            raise ValueError(
                f"The circuit has unbound parameters: {', '.join(circuit.parameters)}. Give them "
                "values with `bind`."
            )
        arrays = [x for x in (*circuit.angles, *circuit.matrices) if hasattr(x, "shape")]
        backend_of(self._blocks[0], *arrays)
        _check_known(xp, arrays)
        of_circuit = batch_shape(xp, circuit.structure, circuit.angles, circuit.matrices)
        batch = tuple(xp.broadcast_shapes(of_circuit, self._batch))
        angles = stack_angles(xp, circuit.angles, batch)
        return self.after(circuit.structure, angles, circuit.matrices, batch)

    def after(
        self, structure: Structure, angles: Any, matrices: Sequence[Any], batch: tuple[int, ...], /
    ) -> HalfState:
        """Return the state after gates whose angles are (n_angles, prod(batch))."""
        xp = self._xp
        resolved = resolve(structure)
        if resolved.pure is None or resolved.is_post_selected or resolved.readout:
            raise CapabilityError(
                "The circuit is not made of gates alone, and half storage is for state vectors of "
                "norm 1. Use `Circuit.expectation`, `density_matrix`, or `trajectories`."
            )
        layout = layout_for(resolved.pure, self._layout)
        count = math.prod(batch)
        check_half_memory(xp, self.n_qubits, count, layout.n_tile)
        angles = xp.astype(angles, real_dtype(xp))
        given = stack_given(xp, structure, matrices, batch)
        rows = [_over_batch(xp, block, self._batch, batch) for block in self._blocks]
        blocks = copied(xp, rows, count)
        found = stages(resolved.pure, layout)
        for stage in found:
            run_stage(xp, layout, stage, blocks, angles, given)
        return HalfState(xp, self._layout, blocks, batch, self._n_roundings + len(found))

    # Amplitudes

    def amplitude(self, bits: str, /) -> Any:
        """
        Amplitude of a bit string.

        Parameters
        ----------
        bits : str
            A 0 or 1 for each qubit, qubit 0 first.

        Returns
        -------
        array, shape batch, complex64

        Raises
        ------
        ValueError
            If it is no such bit string.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, run_half
        >>> with ab.use_backend("numpy"):
        ...     run_half(Circuit(2).x(0)).amplitude("10")
        array(1.+0.j, dtype=complex64)
        """
        if len(bits) != self.n_qubits or not set(bits) <= {"0", "1"}:
            raise ValueError(
                f"Argument `bits` must be {self.n_qubits} characters 0 or 1, but is {bits!r}."
            )
        xp, layout = self._xp, self._layout
        block, place = divmod(int(bits, 2), 2**layout.n_inner)
        part = xp.unpack_half(self._blocks[block][:, place : place + 1])
        return xp.reshape(part / scale_of(self.n_qubits), self._batch)

    def to_state_vector(self) -> Any:
        """
        All amplitudes.

        Returns
        -------
        array, shape (*batch, 2**n_qubits), complex64

        Raises
        ------
        MemoryLimitError
            If they do not fit: they take twice the memory of this state.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, run_half
        >>> with ab.use_backend("numpy"):
        ...     run_half(Circuit(1).x(0)).to_state_vector()
        array([0.+0.j, 1.+0.j], dtype=complex64)
        """
        xp = self._xp
        check_memory(xp, self.n_qubits, math.prod(self._batch))
        whole = joined(xp, self._blocks, range(len(self._blocks)))
        return xp.reshape(whole / scale_of(self.n_qubits), (*self._batch, 2**self.n_qubits))

    # Expectation values

    def expectation(self, observable: Observable | Sequence[Observable], /) -> Any:
        """
        Expectation value of a Pauli sum, or of several.

        Parameters
        ----------
        observable : PauliSum, or sum of such, or sequence of these
            Hermitian, on as many qubits.

        Returns
        -------
        array, shape batch, or (*batch, n_observables) for a sequence, float32

        Raises
        ------
        CapabilityError
            If it is another kind of observable.
        ShapeError, TypeError, ValueError
            As `Circuit.expectation`.

        Notes
        -----
        One pass over the state for all strings whose letters X and Y on the first qubits span few
        directions, up to five; all strings of Z are among them.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, PauliSum, run_half
        >>> with ab.use_backend("numpy"):
        ...     run_half(Circuit(2).x(0)).expectation(PauliSum({"ZI": 1.0}))
        array(-1., dtype=float32)
        """
        if isinstance(observable, Sequence):
            check_observables(observable, self.n_qubits)
            return self._xp.stack([self.expectation(one) for one in observable], axis=-1)
        check_observable(observable, self.n_qubits)
        xp, layout, scale = self._xp, self._layout, scale_of(self.n_qubits)
        count = math.prod(self._batch)
        total = xp.zeros((count,), dtype=real_dtype(xp), device=xp.device)
        for strings in group(layout, _pauli_sum(observable).strings):
            for first, tile in unpacked_tiles(xp, layout, self._blocks, strings.masks):
                image = strings.apply(xp, first, tile)
                total = total + xp.real(xp.vecdot(tile, image)) / scale**2
        return xp.reshape(total, self._batch)

    # Outcomes

    def probabilities(self, qubits: int | Iterable[int] | None = None, /) -> Any:
        """
        Probabilities of the outcomes of qubits.

        Parameters
        ----------
        qubits : int or sequence of int, optional
            Measured, in this order; all unless given.

        Returns
        -------
        array, shape (*batch, 2**k), float32
            Their sum is the squared norm, which rounding takes from 1.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, run_half
        >>> with ab.use_backend("numpy"):
        ...     run_half(Circuit(2).x(0)).probabilities(0)
        array([0., 1.], dtype=float32)
        """
        xp, layout = self._xp, self._layout
        every = range(self.n_qubits)
        subset = tuple(every) if qubits is None else check_subset(qubits, self.n_qubits, "qubits")
        # Tiles of neighbouring blocks: these are the last of the outer qubits.
        n_fixed = layout.n_outer - layout.n_joined
        kept = sorted(subset)
        within = [qubit - n_fixed for qubit in kept if qubit >= n_fixed]
        parts: dict[str, Any] = {}
        for first, distribution in self._distributions(self._neighbours()):
            part = sampling.marginal_probabilities(xp, distribution, within)
            bits = f"{first >> layout.n_joined:0{n_fixed}b}"
            key = "".join(bits[qubit] for qubit in kept if qubit < n_fixed)
            parts[key] = parts[key] + part if key in parts else part
        found = xp.concat([parts[key] for key in sorted(parts)], axis=1)
        found = reorder(xp, found, [kept.index(qubit) for qubit in subset])
        return xp.reshape(found, (*self._batch, 2 ** len(subset)))

    def sample(self, shots: int, /, *, seed: Any, qubits: int | Iterable[int] | None = None) -> Any:
        """
        Outcomes of measurements of qubits.

        Parameters
        ----------
        shots : int
            Number of draws from each state.
        seed : int or 0-d array
            Of `xp.random.default_rng`: the same outcomes on every backend, as far as rounding
            leaves the probabilities the same. Not those of `Circuit.sample`.
        qubits : int or sequence of int, optional
            Measured, in this order; all unless given.

        Returns
        -------
        array, shape (*batch, shots), integer
            The number whose bits the outcomes are, the first the most significant.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated, or `shots` is negative.

        Notes
        -----
        A part of the state is drawn, and then an outcome within it: no distribution of all
        outcomes is made.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, run_half
        >>> with ab.use_backend("numpy"):
        ...     run_half(Circuit(2).x(0)).sample(3, seed=1)
        array([2, 2, 2])
        """
        xp = self._xp
        shots = check_number(shots, "shots", 0)
        every = range(self.n_qubits)
        subset = tuple(every) if qubits is None else check_subset(qubits, self.n_qubits, "qubits")
        weights = self._tile_weights()
        generators = xp.random.default_rng(seed).spawn(weights.shape[0])
        rows = [
            self._drawn(row, weights[row, :], shots, generator)
            for row, generator in enumerate(generators)
        ]
        outcomes = xp.reshape(xp.stack(rows), (*self._batch, shots))
        if subset == tuple(every):
            return outcomes
        bits = sampling.to_bits(xp, outcomes, self.n_qubits)
        found = xp.zeros_like(outcomes)
        for qubit in subset:
            found = 2 * found + bits[..., qubit]
        return found

    def counts(self, shots: int, /, *, seed: Any, qubits: int | Iterable[int] | None = None) -> Any:
        """
        How often each outcome is drawn.

        Parameters
        ----------
        shots, seed, qubits
            As for `sample`.

        Returns
        -------
        dict of str to int, or nested list of such
            Bit strings that occurred; with a batch, one dict for each of its elements.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, run_half
        >>> with ab.use_backend("numpy"):
        ...     run_half(Circuit(2).x(0)).counts(3, seed=1)
        {'10': 3}
        """
        if qubits is not None:
            qubits = check_subset(qubits, self.n_qubits, "qubits")
        outcomes = self.sample(shots, seed=seed, qubits=qubits)
        n_bits = self.n_qubits if qubits is None else len(qubits)
        return sampling.counts(self._xp, outcomes, n_bits)

    def _distributions(self, masks: Sequence[int]) -> Iterable[tuple[int, Any]]:
        """Yield the first block of each tile, and the probabilities (batch, 2**n_tile)."""
        xp, scale = self._xp, scale_of(self.n_qubits)
        for first, tile in unpacked_tiles(xp, self._layout, self._blocks, masks):
            yield first, (xp.real(tile) / scale) ** 2 + (xp.imag(tile) / scale) ** 2

    def _neighbours(self) -> tuple[int, ...]:
        """Return the masks along which tiles are made of neighbouring blocks."""
        layout = self._layout
        return layout.masks(range(layout.n_outer - layout.n_joined, layout.n_outer))

    def _tile_weights(self) -> Any:
        """Return the probabilities of neighbouring tiles, (batch, n_tiles)."""
        xp = self._xp
        sums = [xp.sum(part, axis=-1) for _, part in self._distributions(self._neighbours())]
        return xp.stack(sums, axis=-1)

    def _drawn(self, row: int, weights: Any, shots: int, generator: Any) -> Any:
        """Draw from one state: first tiles, then within each all that fell on it."""
        xp, layout, n_blocks = self._xp, self._layout, 2**self._layout.n_joined
        tiles = xp.to_numpy(generator.categorical(weights, shape=shots)).tolist()
        order = sorted(range(shots), key=tiles.__getitem__)
        drawn = [xp.zeros((0,), dtype=index_dtype(xp), device=xp.device)]
        for number, places in itertools.groupby(order, key=tiles.__getitem__):
            blocks = range(number * n_blocks, (number + 1) * n_blocks)
            tile = joined(xp, [block[row : row + 1, :] for block in self._blocks], blocks)[0, :]
            distribution = xp.real(tile) ** 2 + xp.imag(tile) ** 2
            within = generator.categorical(distribution, shape=len(list(places)))
            drawn.append(xp.astype(within, index_dtype(xp)) + number * 2**layout.n_tile)
        back = [0] * shots
        for place, shot in enumerate(order):
            back[shot] = place
        shots_of = xp.asarray(back, dtype=index_dtype(xp), device=xp.device)
        return xp.take(xp.concat(drawn), shots_of)


def _layout(n_qubits: int, qubits_at_once: int | None) -> Layout:
    if qubits_at_once is not None:
        qubits_at_once = check_number(qubits_at_once, "qubits_at_once", 1)
    return layout_of(n_qubits, qubits_at_once)


def _check_known(xp: ArrayBackend[Any], arrays: Iterable[Any]) -> None:
    """Raise unless the values are known and no derivative in them is wanted."""
    for array in arrays:
        if is_traced(xp, array):
            raise CapabilityError(
                "An array of the circuit is traced, but half storage is not run under `jit`, "
                "`vmap` or derivatives: its parts are worked on one by one. Give a batch of angles "
                "in place of `vmap`; `expectation_function` with `storage='half'` has a derivative."
            )
        if is_tracked(xp, array):
            raise GradientError(
                "An array of the circuit is tracked, but no derivative flows through numbers in "
                "half storage. Use `expectation_function` with `storage='half'`, or detach the "
                "array with `xp.detach`."
            )


def _over_batch(
    xp: ArrayBackend[Any], block: Any, own: tuple[int, ...], batch: tuple[int, ...]
) -> Any:
    """Return a block (prod(own), size) for the elements of a larger batch, or as it is for all."""
    if own in ((), batch):
        return block
    size = block.shape[-1]
    whole = xp.broadcast_to(xp.reshape(block, (*own, size)), (*batch, size))
    return xp.reshape(whole, (math.prod(batch), size))


def _pauli_sum(observable: Observable) -> PauliSum:
    """Return an observable as one sum of strings."""
    if isinstance(observable, PauliSum):
        return observable
    if isinstance(observable, ObservableSum):
        pairs = [
            (string, coefficient * factor)
            for factor, term in observable.terms
            for string, coefficient in _pauli_sum(term).strings.items()
        ]
        return PauliSum.from_strings(pairs, observable.n_qubits)
    raise CapabilityError(
        f"Argument `observable` is of type `{type(observable).__name__}`, but a state in half "
        "storage has expectation values of Pauli sums alone. Write it as a `PauliSum`, or use "
        "`Circuit.expectation`."
    )
