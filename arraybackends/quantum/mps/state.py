"""Matrix product states: what users make, run circuits on, and measure."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.dtype import complex_dtype, real_dtype
from arraybackends.quantum.execution.batch import batch_shape, stack_angles
from arraybackends.quantum.memory import check_memory
from arraybackends.quantum.mps import environment
from arraybackends.quantum.mps.chain import Chain, plan_memory
from arraybackends.quantum.mps.factorization import Limit
from arraybackends.quantum.mps.gates import Operators, gates_of
from arraybackends.quantum.observables import moments
from arraybackends.quantum.observables.base import Observable, check_observable
from arraybackends.quantum.observables.combination import ObservableSum
from arraybackends.quantum.observables.hermitian import Hermitian
from arraybackends.quantum.observables.parametric import ParametricPauliSum
from arraybackends.quantum.observables.pauli import PauliSum
from arraybackends.quantum.observables.projector import Projector
from arraybackends.quantum.states import information
from arraybackends.quantum.states.register import check_number, check_subset, reorder, vector_qubits
from arraybackends.quantum.states.state import product_state
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["MatrixProductState", "run_mps"]


def run_mps(
    circuit: Circuit, /, *, max_bond: int | None = None, cutoff: float = 0.0,
    xp: ArrayBackend[Any] | None = None,
) -> MatrixProductState:  # fmt: skip
    """
    Run a circuit on a matrix product state that starts in |0...0>.

    Parameters
    ----------
    circuit : Circuit
        Of gates, any of them, on any qubits; without a batch.
    max_bond : int, optional
        Largest bond dimension: where more is needed, the state is truncated. Unless given, nothing
        is truncated and the result is exact.
    cutoff : float
        Part of the squared norm, from 0 to 1, that each truncation may discard, so that bonds
        become as small as the state allows. Shapes depend on values then: not under `jit` or
        `vmap`.
    xp : ArrayBackend, optional
        Backend; that of the circuit's arrays, or the current one, unless given.

    Returns
    -------
    MatrixProductState
        With the weight that was discarded. Its norm is not restored after truncations.

    Raises
    ------
    CapabilityError
        If the circuit has a channel, a measurement, a post-selection, a reset or a condition; or
        with `cutoff` under `jit` or `vmap`.
    ShapeError
        If the circuit has a batch. Use `xp.vmap` over a function of the angles.
    MemoryLimitError
        If the tensors do not fit; without a cutoff refused before the run.
    ValueError
        If the circuit has unbound parameters, or `max_bond` or `cutoff` is out of range.
    GradientError
        When the result is differentiated where a truncated state has no derivative; see Notes.

    Notes
    -----
    Without `cutoff`, bond dimensions follow from the circuit and `max_bond` alone, so that this
    runs under `jit` and `vmap`. A gate on neighbours costs O(max_bond**3) operations, one on
    distant qubits as much for each qubit between; neither swaps nor dense matrices of many qubits
    are used, however many qubits a Pauli rotation or controls span.

    Differentiable in angles and given arrays, exactly where nothing is truncated
    (`result.is_exact`), also where Schmidt values coincide or vanish. After truncations it is the
    derivative of the truncated state, which is not one of the exact state: it sees only what the
    kept bonds can hold. With a `cutoff` these are the Schmidt values above it, so that directions
    in which further ones would grow from zero, as at the start of an optimization at angle 0, have
    the derivative zero, like the truncated state itself within the cutoff. With `max_bond`, where
    Schmidt values vanish among the kept ones and others are discarded, the truncated state has no
    derivative: a `GradientError` is raised, or the result is NaN under `jit` and `vmap`; start at
    small random angles there. Where kept and discarded Schmidt values coincide and do not vanish,
    there is none either, and the result is NaN. On backends without
    automatic differentiation, `xp.grad` uses finite differences, with a warning.

    Examples
    --------
    A GHZ state of 60 qubits:

    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, PauliSum, run_mps
    >>> circuit = Circuit(60).h(0)
    >>> for qubit in range(59):
    ...     circuit = circuit.cx(qubit, qubit + 1)
    >>> with ab.use_backend("numpy"):
    ...     state = run_mps(circuit, max_bond=16)
    >>> max(state.bond_dimensions), state.is_exact
    (2, True)
    >>> float(state.expectation(PauliSum({"X" * 60: 1.0})).round(12))
    1.0
    """
    backend = circuit.backend if xp is None else xp
    start = MatrixProductState.zero(backend, circuit.n_qubits)
    return start.apply(circuit, max_bond=max_bond, cutoff=cutoff)


class MatrixProductState:
    """
    State of qubits on a line, as a product of one tensor for each.

    Parameters
    ----------
    xp : ArrayBackend
    tensors : sequence of array, shape (left, 2, right), complex
        One for each qubit, qubit 0 first; `right` of each is `left` of the next, and 1 at the ends.
        The amplitude of a bit string is the product of the matrices that its bits select. Not
        modified.

    Raises
    ------
    ShapeError
        If the shapes do not fit.
    DTypeError
        If a tensor is not complex.

    Notes
    -----
    Immutable: methods return new states. Few Schmidt values across every cut, which the bonds hold,
    are what makes this cheaper than a state vector: O(n_qubits * max_bond**2) memory.

    Norms are never restored in silence: expectation values and probabilities are <psi|O|psi>, which
    after truncation add up to the squared norm, `1 - truncation_error`. `normalized()` divides by
    the norm. Samples are of the normalised state.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, MatrixProductState
    >>> state = MatrixProductState.zero(ab.get_backend("numpy"), 3)
    >>> state.apply(Circuit(3).h(0).cx(0, 2)).bond_dimensions
    (2, 2)
    """

    __slots__ = ("_centre", "_discarded", "_tensors", "_xp")

    def __init__(self, xp: ArrayBackend[Any], tensors: Sequence[Any], /) -> None:
        tensors = tuple(tensors)
        shapes = [tuple(tensor.shape) for tensor in tensors]
        bonds = [1, *(shape[-1] if shape else 0 for shape in shapes)]
        expected = [(left, 2, right) for left, right in itertools.pairwise(bonds)]
        if not tensors or shapes != expected or bonds[-1] != 1:
            raise ShapeError(
                "Argument `tensors` must have one tensor of shape (left, 2, right) for each qubit, "
                "`right` being `left` of the next, and 1 at the ends, but has the shapes "
                f"{shapes}."
            )
        backend_of(*tensors)
        for tensor in tensors:
            if not xp.isdtype(tensor.dtype, "complex floating"):
                raise DTypeError(
                    f"Argument `tensors` must be complex, but has dtype "
                    f"{xp.dtype_name(tensor.dtype)}. Convert it with `xp.astype`."
                )
        self._xp = xp
        self._tensors = tuple(xp.astype(x, complex_dtype(xp), copy=False) for x in tensors)
        self._centre = (0, len(tensors) - 1)
        self._discarded: tuple[Any, ...] = ()

    @classmethod
    def _of(
        cls, xp: ArrayBackend[Any], tensors: Iterable[Any], centre: tuple[int, int],
        discarded: tuple[Any, ...] = (),
    ) -> MatrixProductState:  # fmt: skip
        """Make a state whose sites before and after `centre` are known to be isometric."""
        result = object.__new__(cls)
        result._xp, result._tensors = xp, tuple(tensors)
        result._centre, result._discarded = centre, discarded
        return result

    @classmethod
    def zero(cls, xp: ArrayBackend[Any], n_qubits: int, /) -> MatrixProductState:
        """
        |0...0>.

        Parameters
        ----------
        xp : ArrayBackend
        n_qubits : int

        Returns
        -------
        MatrixProductState
        """
        return cls.product(xp, "0" * check_number(n_qubits, "n_qubits", 1))

    @classmethod
    def product(cls, xp: ArrayBackend[Any], factors: str | Sequence[Any], /) -> MatrixProductState:
        """
        Product of states of single qubits.

        Parameters
        ----------
        xp : ArrayBackend
        factors : str, or sequence of array, shape (2,)
            As for `product_state`: in a string `0 1 + - r l` stand for the eigenstates of Z, X, Y.

        Returns
        -------
        MatrixProductState
            With bonds of dimension 1; differentiable.

        Raises
        ------
        ValueError
            If a letter is unknown, or a norm not 1.
        ShapeError
            If there is no factor, or one is no state of one qubit.

        Examples
        --------
        >>> import arraybackends as ab
        >>> state = MatrixProductState.product(ab.get_backend("numpy"), "1+")
        >>> state.probabilities().round(3)
        array([0. , 0. , 0.5, 0.5])
        """
        if isinstance(factors, str):
            letters = {letter: product_state(xp, letter) for letter in dict.fromkeys(factors)}
            states = [letters[letter] for letter in factors]
        else:
            states = [product_state(xp, [factor]) for factor in factors]
        if not states or any(tuple(state.shape) != (2,) for state in states):
            raise ShapeError(
                "Argument `factors` must have one state of shape (2,) for each qubit, but has the "
                f"shapes {[tuple(state.shape) for state in states]}."
            )
        return cls._of(xp, (state[None, :, None] for state in states), (0, 0))

    @classmethod
    def from_state_vector(
        cls, xp: ArrayBackend[Any], state: Any, /, *, max_bond: int | None = None,
        cutoff: float = 0.0,
    ) -> MatrixProductState:  # fmt: skip
        """
        Matrix product state of a state vector.

        Parameters
        ----------
        xp : ArrayBackend
        state : array, shape (2**n_qubits,), complex
        max_bond : int, optional
        cutoff : float
            As for `run_mps`.

        Returns
        -------
        MatrixProductState

        Raises
        ------
        ShapeError
            If the number of amplitudes is no power of two above 1, or there is a batch.
        ValueError
            If `max_bond` or `cutoff` is out of range.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import w_state
        >>> xp = ab.get_backend("numpy")
        >>> state = MatrixProductState.from_state_vector(xp, w_state(xp, 6), cutoff=1e-12)
        >>> state.bond_dimensions
        (2, 2, 2, 2, 2)
        """
        limit = _limit(max_bond, cutoff)
        n_qubits = vector_qubits(state, "state")
        if state.ndim != 1 or not n_qubits:
            raise ShapeError(
                "Argument `state` must have shape (2**n_qubits,), without a batch and with at "
                f"least one qubit, but has shape {tuple(state.shape)}."
            )
        # Exact tensors without decompositions: those on the left are identities.
        rest = xp.astype(state, complex_dtype(xp))
        tensors = []
        for site in range(n_qubits):
            left, right = 2**site, 2 ** (n_qubits - 1 - site)
            if 2 * left <= right:
                eye = xp.eye(2 * left, dtype=rest.dtype, device=xp.device)
                tensors.append(xp.reshape(eye, (left, 2, 2 * left)))
            elif not tensors or tensors[-1].shape[2] == left:
                tensors.append(xp.reshape(rest, (left, 2, right)))
            else:
                eye = xp.eye(2 * right, dtype=rest.dtype, device=xp.device)
                tensors.append(xp.reshape(eye, (2 * right, 2, right)))
        return cls(xp, tensors)._compressed(limit)

    # What it is made of

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return len(self._tensors)

    @property
    def tensors(self) -> tuple[Any, ...]:
        """Tensors, shape (left, 2, right), qubit 0 first."""
        return self._tensors

    @property
    def bond_dimensions(self) -> tuple[int, ...]:
        """Dimension of each bond between neighbours, n_qubits - 1 of them."""
        return tuple(tensor.shape[2] for tensor in self._tensors[:-1])

    @property
    def discarded_weights(self) -> Any:
        """
        Weight that each truncation discarded: the sum of the squares of the Schmidt values cut off.

        Returns
        -------
        array, shape (n_truncations,), real
            In the order in which they happened.
        """
        if not self._discarded:
            return self._xp.zeros((0,), dtype=real_dtype(self._xp), device=self._xp.device)
        return self._xp.stack(self._discarded)

    @property
    def truncation_error(self) -> Any:
        """
        Weight that all truncations together discarded.

        Returns
        -------
        array, shape (), real
            How much the squared norm has fallen; 1 minus this is an estimate of the fidelity of the
            normalised state with the exact one, and equals it for a single truncation [1]_.

        References
        ----------
        .. [1] Y. Zhou, E. M. Stoudenmire, X. Waintal, "What limits the simulation of quantum
           computers?", Phys. Rev. X 10 (2020), 041038.
        """
        return self._xp.sum(self.discarded_weights)

    @property
    def error_bound(self) -> Any:
        """
        Bound of the distance |exact - state|: the sum of the roots of the discarded weights.

        Returns
        -------
        array, shape (), real
            Rigorous, because gates do not change distances, but often far too large.
        """
        return self._xp.sum(self._xp.sqrt(self.discarded_weights))

    @property
    def is_exact(self) -> bool:
        """Whether no bond was ever truncated."""
        return not self._discarded

    def __repr__(self) -> str:
        widest = max(self.bond_dimensions, default=1)
        return f"<MatrixProductState of {self.n_qubits} qubits, largest bond {widest}>"

    # Changes

    def apply(
        self, circuit: Circuit, /, *, max_bond: int | None = None, cutoff: float = 0.0
    ) -> MatrixProductState:
        """
        State after a circuit; see `run_mps`.

        Parameters
        ----------
        circuit : Circuit
            On as many qubits.
        max_bond : int, optional
        cutoff : float
            As for `run_mps`.

        Returns
        -------
        MatrixProductState

        Raises
        ------
        ShapeError
            If the circuit has another number of qubits, or a batch.
        CapabilityError, MemoryLimitError, ValueError
            As `run_mps`.
        BackendMismatchError
            If the arrays of the circuit are of another backend.
        """
        xp, limit = self._xp, _limit(max_bond, cutoff)
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
        values = [x for x in (*circuit.angles, *circuit.matrices) if hasattr(x, "shape")]
        backend_of(self._tensors[0], *values)
        batch = batch_shape(xp, circuit.structure, circuit.angles, circuit.matrices)
        if batch:
            raise ShapeError(
                f"The circuit has the batch shape {batch}, but a matrix product "
                "state is a single one. Use `xp.vmap` over a function of the angles."
            )
        gates = list(gates_of(circuit.structure))
        if not cutoff:
            plan_memory(xp, (1, *self.bond_dimensions, 1), gates, limit)
        matrices = [
            xp.asarray(x, dtype=complex_dtype(xp), device=xp.device) if isinstance(x, tuple) else x
            for x in circuit.matrices
        ]
        chain = Chain(xp, self._tensors, self._centre, limit)
        angles = stack_angles(xp, circuit.angles, ())
        for gate, factors in Operators(xp, gates, angles, matrices):
            chain.apply(gate, factors)
        return self._after(chain)

    def _after(self, chain: Chain) -> MatrixProductState:
        discarded = (*self._discarded, *chain.discarded)
        return self._of(self._xp, chain.tensors, (chain.first, chain.last), discarded)

    def compressed(self, *, max_bond: int | None = None, cutoff: float = 0.0) -> MatrixProductState:
        """
        State with smaller bonds.

        Parameters
        ----------
        max_bond : int, optional
        cutoff : float
            As for `run_mps`.

        Returns
        -------
        MatrixProductState

        Raises
        ------
        ValueError
            If `max_bond` or `cutoff` is out of range.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import random_state
        >>> xp = ab.get_backend("numpy")
        >>> state = MatrixProductState.from_state_vector(xp, random_state(xp, 6, seed=1))
        >>> state.bond_dimensions, state.compressed(max_bond=3).bond_dimensions
        ((2, 4, 8, 4, 2), (2, 3, 3, 3, 2))
        """
        return self._compressed(_limit(max_bond, cutoff))

    def _compressed(self, limit: Limit) -> MatrixProductState:
        if self.n_qubits == 1 or limit == Limit():
            return self
        chain = Chain(self._xp, self._tensors, self._centre, limit)
        chain.compress(0, self.n_qubits - 1)
        return self._after(chain)

    def canonical(self, centre: int = 0, /) -> MatrixProductState:
        """
        The same state with isometric tensors around a centre.

        Parameters
        ----------
        centre : int
            Tensors before it are isometries from their left bond and bit to their right bond, those
            after it from their right bond and bit to their left bond.

        Returns
        -------
        MatrixProductState

        Raises
        ------
        ValueError
            If there is no such qubit.
        """
        (centre,) = check_subset(centre, self.n_qubits, "centre")
        chain = Chain(self._xp, self._tensors, self._centre, Limit())
        chain.move_centre(centre, centre)
        return self._after(chain)

    def normalized(self) -> MatrixProductState:
        """
        State divided by its norm.

        Returns
        -------
        MatrixProductState
            With the discarded weights that it had.
        """
        xp, place = self._xp, self._centre[0]
        tensors = list(self._tensors)
        tensors[place] = tensors[place] / xp.astype(self.norm(), tensors[place].dtype)
        return self._of(xp, tensors, self._centre, self._discarded)

    # Amplitudes

    def norm(self) -> Any:
        """
        Norm.

        Returns
        -------
        array, shape (), real
            1 but for truncation and rounding; differentiable.
        """
        xp = self._xp
        return xp.sqrt(xp.real(environment.inner_product(xp, self._tensors, self._tensors)))

    def amplitude(self, bits: str, /) -> Any:
        """
        Amplitude of a bit string.

        Parameters
        ----------
        bits : str
            A 0 or 1 for each qubit, qubit 0 first.

        Returns
        -------
        array, shape (), complex
            Differentiable.

        Raises
        ------
        ValueError
            If it is no such bit string.

        Notes
        -----
        O(n_qubits * max_bond**2) operations.

        Examples
        --------
        >>> import arraybackends as ab
        >>> state = MatrixProductState.product(ab.get_backend("numpy"), "1r" + 40 * "0")
        >>> complex(state.amplitude("11" + 40 * "0").round(3))
        0.707j
        """
        if len(bits) != self.n_qubits or not set(bits) <= {"0", "1"}:
            raise ValueError(
                f"Argument `bits` must be a string of {self.n_qubits} letters 0 and 1, but is "
                f"{bits!r}."
            )
        xp = self._xp
        selected = (tensor[:, int(bit), :] for tensor, bit in zip(self._tensors, bits, strict=True))
        row = next(selected)
        for matrix in selected:
            row = xp.matmul(row, matrix)
        return row[0, 0]

    def to_state_vector(self) -> Any:
        """
        All amplitudes.

        Returns
        -------
        array, shape (2**n_qubits,), complex
            Differentiable.

        Raises
        ------
        MemoryLimitError
            If they do not fit.
        """
        check_memory(self._xp, self.n_qubits)
        return environment.state_vector(self._xp, self._tensors)

    def overlap(self, other: MatrixProductState, /) -> Any:
        """
        Overlap <self|other>.

        Parameters
        ----------
        other : MatrixProductState
            On as many qubits.

        Returns
        -------
        array, shape (), complex
            Differentiable. Of the states as they are, without dividing by norms.

        Raises
        ------
        ShapeError
            If the numbers of qubits differ.
        """
        if other.n_qubits != self.n_qubits:
            raise ShapeError(
                f"Argument `other` must have {self.n_qubits} qubits, but has {other.n_qubits}."
            )
        backend_of(self._tensors[0], other._tensors[0])
        return environment.inner_product(self._xp, self._tensors, other._tensors)

    def fidelity(self, other: MatrixProductState, /) -> Any:
        """
        Fidelity |<self|other>|**2.

        Parameters
        ----------
        other : MatrixProductState
            On as many qubits.

        Returns
        -------
        array, shape (), real
            Differentiable. Of the states as they are, without dividing by norms.

        Raises
        ------
        ShapeError
            If the numbers of qubits differ.
        """
        overlap = self.overlap(other)
        return self._xp.real(overlap) ** 2 + self._xp.imag(overlap) ** 2

    # Observables

    def expectation(self, observable: Observable, /) -> Any:
        """
        Expectation value <psi|observable|psi>.

        Parameters
        ----------
        observable : Observable
            Hermitian, on as many qubits.

        Returns
        -------
        array, shape (), real
            Differentiable in the state and in the arrays of the observable.

        Raises
        ------
        TypeError, ShapeError, ValueError
            If it is no Hermitian observable on so many qubits.
        MemoryLimitError
            If the contraction does not fit.

        Notes
        -----
        Strings of a Pauli sum that begin alike share their contraction, and end with their last
        letter: a local Hamiltonian costs O(n_qubits * max_bond**3) operations. A `Projector` costs
        as much; a `Hermitian` on k qubits 4**k times that. Other observables (`SparseHermitian`,
        `StateProjector`) are applied to the state vector, which must fit.
        """
        check_observable(observable, self.n_qubits)
        xp = self._xp
        if observable.arrays:
            backend_of(self._tensors[0], *observable.arrays)
        if isinstance(observable, (PauliSum, ParametricPauliSum)):
            if not len(observable):
                return xp.zeros((), dtype=real_dtype(xp), device=xp.device)
            values = environment.string_values(xp, self._tensors, tuple(observable.strings))
            if isinstance(observable, PauliSum):
                weights = observable.coefficients(xp, device=xp.device)
            else:
                weights = observable.coefficients(xp, like=values)
            return xp.sum(xp.astype(weights, values.dtype) * values)
        if isinstance(observable, ObservableSum):
            total = xp.zeros((), dtype=real_dtype(xp), device=xp.device)
            for coefficient, term in observable.terms:
                total = total + complex(coefficient).real * self.expectation(term)
            return total
        if isinstance(observable, Projector):
            fixed = dict(zip(observable.qubits, map(int, observable.bits), strict=True))
            return environment.outcome_probability(xp, self._tensors, fixed)
        if isinstance(observable, Hermitian):
            rho = self.reduced_density_matrix(observable.qubits)
            return observable.on_its_qubits().trace(xp, rho)
        return moments.expectation(xp, self.to_state_vector(), observable)

    def variance(self, observable: Observable, /) -> Any:
        """
        Variance <A**2> - <A>**2, of a normalised state.

        Parameters
        ----------
        observable : Observable
            Hermitian, on as many qubits.

        Returns
        -------
        array, shape (), real
            Differentiable. Small variances are differences of large numbers.

        Raises
        ------
        TypeError, ShapeError, ValueError, MemoryLimitError
            As `expectation`.

        Notes
        -----
        The square of a Pauli sum is made of strings; other observables are applied to the state
        vector, which must fit.
        """
        check_observable(observable, self.n_qubits)
        if isinstance(observable, PauliSum):
            mean = self.expectation(observable)
            return self.expectation(observable.anticommutator(observable) / 2) - mean**2
        return moments.variance(self._xp, self.to_state_vector(), observable)

    def reduced_density_matrix(self, qubits: int | Iterable[int], /) -> Any:
        """
        Density matrix of a few qubits.

        Parameters
        ----------
        qubits : int or sequence of int
            The k qubits kept, in this order.

        Returns
        -------
        array, shape (2**k, 2**k), complex
            Differentiable; its trace is the squared norm.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated.
        MemoryLimitError
            If 4**k contractions do not fit.
        """
        subset, xp = check_subset(qubits, self.n_qubits, "qubits"), self._xp
        flat = environment.reduced_elements(xp, self._tensors, subset)
        places = [sorted(subset).index(qubit) for qubit in subset]
        # Of each site the column comes first, that of the conjugate.
        order = [2 * place + 1 for place in places] + [2 * place for place in places]
        return xp.reshape(reorder(xp, flat, order), (2 ** len(subset),) * 2)

    # Outcomes

    def probabilities(self, qubits: int | Iterable[int] | None = None, /) -> Any:
        """
        Probabilities of the outcomes of some qubits.

        Parameters
        ----------
        qubits : int or sequence of int, optional
            Measured, in this order; all unless given.

        Returns
        -------
        array, shape (2**k,), real
            Differentiable; their sum is the squared norm.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated.
        MemoryLimitError
            If 2**k contractions do not fit.
        """
        xp = self._xp
        if qubits is None:
            state = self.to_state_vector()
            return xp.real(state) ** 2 + xp.imag(state) ** 2
        subset = check_subset(qubits, self.n_qubits, "qubits")
        found = environment.diagonal_elements(xp, self._tensors, subset)
        return reorder(xp, found, [sorted(subset).index(qubit) for qubit in subset])

    def sample(self, shots: int, /, *, seed: Any, qubits: int | Iterable[int] | None = None) -> Any:
        """
        Outcomes of measurements of all qubits, drawn without any correlation [1]_.

        Parameters
        ----------
        shots : int
        seed : int or 0-d array
            Of `xp.random.default_rng`, the same outcomes on every backend; may be traced.
        qubits : int or sequence of int, optional
            Of which the bits are returned, in this order; all unless given.

        Returns
        -------
        array, shape (shots, k), integer
            Bits, not the numbers they make, which for more than 63 qubits no integer dtype holds.
            Of the normalised state. More shots with the same seed begin with the same outcomes.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated, or `shots` negative.

        Notes
        -----
        O(shots * n_qubits * max_bond**2) operations: bit after bit by its probability given those
        before.

        References
        ----------
        .. [1] A. J. Ferris, G. Vidal, "Perfect sampling with unitary tensor networks", Phys. Rev. B
           85 (2012), 165146.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, run_mps
        >>> with ab.use_backend("numpy"):
        ...     run_mps(Circuit(3).h(0).cx(0, 1).x(2)).sample(4, seed=1)
        array([[0, 0, 1],
               [1, 1, 1],
               [1, 1, 1],
               [0, 0, 1]])
        """
        xp, shots = self._xp, check_number(shots, "shots", 0)
        every = range(self.n_qubits)
        subset = every if qubits is None else check_subset(qubits, self.n_qubits, "qubits")
        tensors = [xp.detach(tensor) for tensor in self.canonical(0).tensors]
        bits = environment.draw(xp, tensors, shots, xp.random.default_rng(seed))
        if subset == every:
            return bits
        return xp.take(bits, xp.asarray(subset, dtype=xp.int64, device=xp.device), axis=1)

    def counts(
        self, shots: int, /, *, seed: Any, qubits: int | Iterable[int] | None = None
    ) -> dict[str, int]:
        """
        How often each outcome was drawn.

        Parameters
        ----------
        shots, seed, qubits
            As for `sample`.

        Returns
        -------
        dict of str to int
            Bit strings that occurred, in ascending order, qubit 0 first.

        Raises
        ------
        ValueError
            As `sample`.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, run_mps
        >>> with ab.use_backend("numpy"):
        ...     run_mps(Circuit(2).h(0).cx(0, 1)).counts(1000, seed=1)
        {'00': 512, '11': 488}
        """
        bits = self._xp.to_numpy(self.sample(shots, seed=seed, qubits=qubits)).tolist()
        return dict(sorted(Counter("".join(map(str, row)) for row in bits).items()))

    # Entanglement

    def schmidt_values(self, cut: int, /) -> Any:
        """
        Schmidt values between the qubits before a cut and the others.

        Parameters
        ----------
        cut : int
            Number of qubits before the cut, from 1 to n_qubits - 1.

        Returns
        -------
        array, shape (bond,), real
            In descending order; the sum of their squares is the squared norm. Differentiable.

        Raises
        ------
        ValueError
            If there is no such cut.
        """
        state, rows, columns = self._schmidt_form(cut)
        values = information.schmidt_values(self._xp, state, qubits=range(_bits(rows)))
        return values[: min(rows, columns)]

    def entanglement_entropy(self, cut: int, /, *, order: float = 1, base: float = 2) -> Any:
        """
        Entropy of the qubits before a cut, in bits unless another base is given.

        Parameters
        ----------
        cut : int
            Number of qubits before the cut, from 1 to n_qubits - 1.
        order : float
            That of the Renyi entropy; 1 is the von Neumann entropy.
        base : float
            Of the logarithm: 2 for bits, `math.e` for nats.

        Returns
        -------
        array, shape (), real
            Of a normalised state; differentiable.

        Raises
        ------
        ValueError
            If there is no such cut, the order is negative, or the base not greater than 1.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit, run_mps
        >>> with ab.use_backend("numpy"):
        ...     state = run_mps(Circuit(40).h(0).cx(0, 30))
        >>> float(state.entanglement_entropy(20).round(12))
        1.0
        """
        state, rows, _ = self._schmidt_form(cut)
        return information.entanglement_entropy(
            self._xp, state, qubits=range(_bits(rows)), order=order, base=base
        )

    def _schmidt_form(self, cut: int) -> tuple[Any, int, int]:
        """Return a state of few qubits with the same entanglement: the centre, padded by zeros."""
        xp = self._xp
        if check_number(cut, "cut", 1) >= self.n_qubits:
            raise ValueError(
                f"Argument `cut` must be in range(1, {self.n_qubits}), but is {cut!r}."
            )
        tensor = self.canonical(cut - 1).tensors[cut - 1]
        rows, columns = 2 * tensor.shape[0], tensor.shape[2]
        matrix = xp.reshape(tensor, (rows, columns))
        height, width = 2 ** _bits(rows), 2 ** _bits(columns)
        options = {"dtype": matrix.dtype, "device": xp.device}
        if width > columns:
            matrix = xp.concat([matrix, xp.zeros((rows, width - columns), **options)], axis=1)
        if height > rows:
            matrix = xp.concat([matrix, xp.zeros((height - rows, width), **options)], axis=0)
        return xp.reshape(matrix, (height * width,)), rows, columns


def _bits(size: int) -> int:
    """Return the number of bits that so many values need."""
    return (size - 1).bit_length()


def _limit(max_bond: int | None, cutoff: float) -> Limit:
    """Return the limit, or raise ValueError."""
    if not 0 <= cutoff < 1:
        raise ValueError(f"Argument `cutoff` must be at least 0 and below 1, but is {cutoff!r}.")
    return Limit(None if max_bond is None else check_number(max_bond, "max_bond", 1), cutoff)
