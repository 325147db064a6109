"""Tensors on a line: how they are made, and what changes them but not the state."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.quantum.dtype import complex_dtype, real_dtype
from arraybackends.quantum.mps import environment
from arraybackends.quantum.mps.chain import Chain
from arraybackends.quantum.mps.factorization import Limit
from arraybackends.quantum.states.register import check_number, check_subset, vector_qubits
from arraybackends.quantum.states.state import product_state
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from typing import Self

    from arraybackends.protocol import ArrayBackend

__all__ = ["TensorTrain", "limit_of"]


class TensorTrain:
    """State as a product of one tensor for each qubit; see `MatrixProductState`."""

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
    ) -> Self:  # fmt: skip
        """Make a state whose sites before and after `centre` are known to be isometric."""
        result = object.__new__(cls)
        result._xp, result._tensors = xp, tuple(tensors)
        result._centre, result._discarded = centre, discarded
        return result

    @classmethod
    def zero(cls, xp: ArrayBackend[Any], n_qubits: int, /) -> Self:
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
    def product(cls, xp: ArrayBackend[Any], factors: str | Sequence[Any], /) -> Self:
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
        >>> from arraybackends.quantum import MatrixProductState
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
    ) -> Self:  # fmt: skip
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
        >>> from arraybackends.quantum import MatrixProductState, w_state
        >>> xp = ab.get_backend("numpy")
        >>> state = MatrixProductState.from_state_vector(xp, w_state(xp, 6), cutoff=1e-12)
        >>> state.bond_dimensions
        (2, 2, 2, 2, 2)
        """
        limit = limit_of(max_bond, cutoff)
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

    # The same state with other tensors

    def _after(self, chain: Chain) -> Self:
        discarded = (*self._discarded, *chain.discarded)
        return self._of(self._xp, chain.tensors, (chain.first, chain.last), discarded)

    def compressed(self, *, max_bond: int | None = None, cutoff: float = 0.0) -> Self:
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
        >>> from arraybackends.quantum import MatrixProductState, random_state
        >>> xp = ab.get_backend("numpy")
        >>> state = MatrixProductState.from_state_vector(xp, random_state(xp, 6, seed=1))
        >>> state.bond_dimensions, state.compressed(max_bond=3).bond_dimensions
        ((2, 4, 8, 4, 2), (2, 3, 3, 3, 2))
        """
        return self._compressed(limit_of(max_bond, cutoff))

    def _compressed(self, limit: Limit) -> Self:
        if self.n_qubits == 1 or limit == Limit():
            return self
        chain = Chain(self._xp, self._tensors, self._centre, limit)
        chain.compress(0, self.n_qubits - 1)
        return self._after(chain)

    def canonical(self, centre: int = 0, /) -> Self:
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

    def normalized(self) -> Self:
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


def limit_of(max_bond: int | None, cutoff: float) -> Limit:
    """Return the limit, or raise ValueError."""
    if not 0 <= cutoff < 1:
        raise ValueError(f"Argument `cutoff` must be at least 0 and below 1, but is {cutoff!r}.")
    return Limit(None if max_bond is None else check_number(max_bond, "max_bond", 1), cutoff)
