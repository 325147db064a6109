"""What is asked of a matrix product state: amplitudes, expectation values, outcomes, entropies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import index_dtype, real_dtype
from arraybackends.quantum.memory import check_memory
from arraybackends.quantum.mps import environment
from arraybackends.quantum.mps.tensors import TensorTrain, broadcast_batches
from arraybackends.quantum.observables import moments
from arraybackends.quantum.observables.base import Observable, check_observable, check_observables
from arraybackends.quantum.observables.combination import ObservableSum
from arraybackends.quantum.observables.hermitian import Hermitian
from arraybackends.quantum.observables.parametric import ParametricPauliSum
from arraybackends.quantum.observables.pauli import PauliSum
from arraybackends.quantum.observables.projector import Projector
from arraybackends.quantum.observables.strings import PauliString
from arraybackends.quantum.states import entropy, reduction
from arraybackends.quantum.states.register import check_number, check_subset, reorder
from arraybackends.quantum.states.sampling import counts_of_bits
from arraybackends.selection import backend_of

__all__ = ["Readout"]


class Readout(TensorTrain):
    """Matrix product state that answers questions."""

    __slots__ = ()

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
        array, shape batch, complex
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
        >>> from arraybackends.quantum import MatrixProductState
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
        selected = (
            tensor[..., :, int(bit), :] for tensor, bit in zip(self._tensors, bits, strict=True)
        )
        row = next(selected)
        for matrix in selected:
            row = xp.matmul(row, matrix)
        return self._shaped(row[..., 0, 0])

    def to_state_vector(self) -> Any:
        """
        All amplitudes.

        Returns
        -------
        array, shape (*batch, 2**n_qubits), complex
            Differentiable.

        Raises
        ------
        MemoryLimitError
            If they do not fit.
        """
        check_memory(self._xp, self.n_qubits, math.prod(self.batch_shape))
        return self._shaped(environment.state_vector(self._xp, self._tensors))

    def overlap(self, other: TensorTrain, /) -> Any:
        """
        Overlap <self|other>.

        Parameters
        ----------
        other : MatrixProductState
            On as many qubits; batch shapes broadcast.

        Returns
        -------
        array, shape batch, complex
            Differentiable. Of the states as they are, without dividing by norms.

        Raises
        ------
        ShapeError
            If the numbers of qubits differ, or batch shapes do not broadcast.
        """
        if other.n_qubits != self.n_qubits:
            raise ShapeError(
                f"Argument `other` must have {self.n_qubits} qubits, but has {other.n_qubits}."
            )
        backend_of(self._tensors[0], other._tensors[0])
        batch = broadcast_batches(self._xp, "other", self.batch_shape, other.batch_shape)
        mine = self._over(batch)
        theirs = other._over(batch)._tensors
        return mine._shaped(environment.inner_product(self._xp, mine._tensors, theirs))

    def fidelity(self, other: TensorTrain, /) -> Any:
        """
        Fidelity |<self|other>|**2.

        Parameters
        ----------
        other : MatrixProductState
            On as many qubits.

        Returns
        -------
        array, shape batch, real
            Differentiable. Of the states as they are, without dividing by norms.

        Raises
        ------
        ShapeError
            If the numbers of qubits differ.
        """
        overlap = self.overlap(other)
        return self._xp.real(overlap) ** 2 + self._xp.imag(overlap) ** 2

    # Observables

    def expectation(self, observable: Observable | Sequence[Observable], /) -> Any:
        """
        Expectation value <psi|observable|psi> of an observable, or of several.

        Parameters
        ----------
        observable : Observable or sequence of Observable
            Hermitian, on as many qubits.

        Returns
        -------
        array, shape batch, or (*batch, n_observables) for a sequence, real
            Differentiable in the state and in the arrays of the observable.

        Raises
        ------
        TypeError, ShapeError, ValueError
            If it is no Hermitian observable on so many qubits, or there is none.
        MemoryLimitError
            If the contraction does not fit.

        Notes
        -----
        Strings of Pauli sums that begin alike share their contraction, and end with their last
        letter: a local Hamiltonian costs O(n_qubits * max_bond**3) operations. A `Projector` costs
        as much; a `Hermitian` on k qubits 4**k times that. Other observables (`SparseHermitian`,
        `StateProjector`) are applied to the state vector, which must fit.
        """
        if not isinstance(observable, Sequence):
            return self._expectations([observable])[0]
        return self._xp.stack(self._expectations(observable), axis=-1)

    def _expectations(self, observables: Sequence[Observable]) -> list[Any]:
        """Return expectation values of observables; Pauli sums share their strings."""
        xp = self._xp
        check_observables(observables, self.n_qubits)
        for observable in observables:
            if observable.arrays:
                backend_of(self._tensors[0], *observable.arrays)
        sums = [x for x in observables if isinstance(x, (PauliSum, ParametricPauliSum))]
        strings = tuple(dict.fromkeys(string for one in sums for string in one.strings))
        values = None
        if strings:
            values = self._shaped(environment.string_values(xp, self._tensors, strings))
        return [self._expectation(observable, strings, values) for observable in observables]

    def _expectation(
        self, observable: Observable, strings: tuple[PauliString, ...], values: Any
    ) -> Any:
        """Return an expectation value, given those of Pauli strings, shape (*batch, n_strings)."""
        xp = self._xp
        if isinstance(observable, (PauliSum, ParametricPauliSum)):
            if not len(observable):
                return xp.zeros(self.batch_shape, dtype=real_dtype(xp), device=xp.device)
            if tuple(observable.strings) != strings:
                places = {string: place for place, string in enumerate(strings)}
                mine = [places[string] for string in observable.strings]
                indices = xp.asarray(mine, dtype=index_dtype(xp), device=xp.device)
                values = xp.take(values, indices, axis=-1)
            if isinstance(observable, PauliSum):
                weights = observable.coefficients(xp, device=xp.device)
            else:
                weights = observable.coefficients(xp, like=values)
            return xp.sum(xp.astype(weights, values.dtype) * values, axis=-1)
        if isinstance(observable, ObservableSum):
            total = xp.zeros(self.batch_shape, dtype=real_dtype(xp), device=xp.device)
            for coefficient, term in observable.terms:
                total = total + complex(coefficient).real * self.expectation(term)
            return total
        if isinstance(observable, Projector):
            fixed = dict(zip(observable.qubits, map(int, observable.bits), strict=True))
            return self._shaped(environment.outcome_probability(xp, self._tensors, fixed))
        if isinstance(observable, Hermitian):
            rho = self.reduced_density_matrix(observable.qubits)
            return observable.on_its_qubits().trace(xp, rho)
        return moments.expectation(xp, self.to_state_vector(), observable)

    def variance(self, observable: Observable | Sequence[Observable], /) -> Any:
        """
        Variance <A**2> - <A>**2 of an observable, or of several, in a normalised state.

        Parameters
        ----------
        observable : Observable or sequence of Observable
            Hermitian, on as many qubits.

        Returns
        -------
        array, shape batch, or (*batch, n_observables) for a sequence, real
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
        if isinstance(observable, Sequence):
            check_observables(observable, self.n_qubits)
            return self._xp.stack([self.variance(one) for one in observable], axis=-1)
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
        array, shape (*batch, 2**k, 2**k), complex
            Differentiable; its trace is the squared norm.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated.
        MemoryLimitError
            If 4**k contractions do not fit.
        """
        subset, xp = check_subset(qubits, self.n_qubits, "qubits"), self._xp
        flat = self._shaped(environment.reduced_elements(xp, self._tensors, subset))
        places = [sorted(subset).index(qubit) for qubit in subset]
        # Of each site the column comes first, that of the conjugate.
        order = [2 * place + 1 for place in places] + [2 * place for place in places]
        side = 2 ** len(subset)
        return xp.reshape(reorder(xp, flat, order), (*self.batch_shape, side, side))

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
        array, shape (*batch, 2**k), real
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
        found = self._shaped(environment.diagonal_elements(xp, self._tensors, subset))
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
        array, shape (*batch, shots, k), integer
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
        tensors = [xp.detach(tensor) for tensor in self.canonical(0)._tensors]
        rng = xp.random.default_rng(seed)
        bits = self._shaped(environment.draw(xp, tensors, shots, rng))
        if subset == every:
            return bits
        return xp.take(bits, xp.asarray(subset, dtype=index_dtype(xp), device=xp.device), axis=-1)

    def counts(self, shots: int, /, *, seed: Any, qubits: int | Iterable[int] | None = None) -> Any:
        """
        How often each outcome was drawn.

        Parameters
        ----------
        shots, seed, qubits
            As for `sample`.

        Returns
        -------
        dict of str to int, or nested list of such
            Bit strings that occurred, in ascending order, qubit 0 first; with a batch, one dict for
            each of its elements.

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
        return counts_of_bits(self._xp.to_numpy(self.sample(shots, seed=seed, qubits=qubits)))

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
        array, shape (*batch, bond), real
            In descending order; the sum of their squares is the squared norm. Differentiable. In a
            batch that a cutoff truncated, zeros where a state has fewer than the bond holds.

        Raises
        ------
        ValueError
            If there is no such cut.
        """
        state, rows, columns = self._schmidt_form(cut)
        values = reduction.schmidt_values(self._xp, state, qubits=range(_bits(rows)))
        return values[..., : min(rows, columns)]

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
        array, shape batch, real
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
        return entropy.entanglement_entropy(
            self._xp, state, qubits=range(_bits(rows)), order=order, base=base
        )

    def _schmidt_form(self, cut: int) -> tuple[Any, int, int]:
        """Return a state of few qubits with the same entanglement: the centre, padded by zeros."""
        xp = self._xp
        if check_number(cut, "cut", 1) >= self.n_qubits:
            raise ValueError(
                f"Argument `cut` must be in range(1, {self.n_qubits}), but is {cut!r}."
            )
        # What is missing in the isometries beside the centre changes it to second order only.
        tensor = self._centred(cut - 1, is_checked=False).tensors[cut - 1]
        *batch, left, _, columns = tensor.shape
        rows = 2 * left
        matrix = xp.reshape(tensor, (*batch, rows, columns))
        height, width = 2 ** _bits(rows), 2 ** _bits(columns)
        options = {"dtype": matrix.dtype, "device": xp.device}
        if width > columns:
            matrix = xp.concat(
                [matrix, xp.zeros((*batch, rows, width - columns), **options)], axis=-1
            )
        if height > rows:
            matrix = xp.concat(
                [matrix, xp.zeros((*batch, height - rows, width), **options)], axis=-2
            )
        state = xp.reshape(matrix, (*batch, height * width))
        return self._shaped(state), rows, columns


def _bits(size: int) -> int:
    """Return the number of bits that so many values need."""
    return (size - 1).bit_length()
