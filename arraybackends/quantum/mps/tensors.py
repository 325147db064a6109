"""Tensors on a line: how they are made, and what changes them but not the state."""

from __future__ import annotations

import itertools
import math
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

__all__ = ["TensorTrain", "broadcast_batches", "limit_of"]


class TensorTrain:
    """
    State as a product of one tensor for each qubit; see `MatrixProductState`.

    Tensors and discarded weights are held with the batch in one axis, or without one.
    """

    __slots__ = ("_batch", "_centre", "_discarded", "_tensors", "_xp")

    def __init__(self, xp: ArrayBackend[Any], tensors: Sequence[Any], /) -> None:
        tensors = tuple(tensors)
        shapes = [tuple(tensor.shape) for tensor in tensors]
        bonds = [1, *(shape[-1] if shape else 0 for shape in shapes)]
        expected = [(left, 2, right) for left, right in itertools.pairwise(bonds)]
        if not tensors or [shape[-3:] for shape in shapes] != expected or bonds[-1] != 1:
            raise ShapeError(
                "Argument `tensors` must have one tensor of shape (*batch, left, 2, right) for "
                "each qubit, `right` being `left` of the next, and 1 at the ends, but has the "
                f"shapes {shapes}."
            )
        backend_of(*tensors)
        for tensor in tensors:
            if not xp.isdtype(tensor.dtype, "complex floating"):
                raise DTypeError(
                    f"Argument `tensors` must be complex, but has dtype "
                    f"{xp.dtype_name(tensor.dtype)}. Convert it with `xp.astype`."
                )
        self._xp = xp
        self._batch = tuple(xp.broadcast_shapes(*(shape[:-3] for shape in shapes)))
        converted = (xp.astype(x, complex_dtype(xp), copy=False) for x in tensors)
        self._tensors = tuple(_flat(xp, x, self._batch, 3) for x in converted)
        self._centre = (0, len(tensors) - 1)
        self._discarded: tuple[Any, ...] = ()

    @classmethod
    def _of(
        cls, xp: ArrayBackend[Any], tensors: Iterable[Any], batch: tuple[int, ...],
        centre: tuple[int, int], discarded: Iterable[Any] = (),
    ) -> Self:  # fmt: skip
        """Make a state whose sites before and after `centre` are known to be isometric."""
        result = object.__new__(cls)
        result._xp, result._tensors, result._batch = xp, tuple(tensors), batch
        result._centre, result._discarded = centre, tuple(discarded)
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
        factors : str, or sequence of array, shape (*batch, 2)
            As for `product_state`: in a string `0 1 + - r l` stand for the eigenstates of Z, X, Y.
            Batch shapes broadcast.

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
        if not states:
            raise ShapeError("Argument `factors` must have one state for each qubit, but is empty.")
        batch = tuple(xp.broadcast_shapes(*(tuple(state.shape[:-1]) for state in states)))
        tensors = (_flat(xp, state[..., None, :, None], batch, 3) for state in states)
        return cls._of(xp, tensors, batch, (0, 0))

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
        state : array, shape (*batch, 2**n_qubits), complex
        max_bond : int, optional
        cutoff : float
            As for `run_mps`.

        Returns
        -------
        MatrixProductState

        Raises
        ------
        ShapeError
            If the number of amplitudes is no power of two above 1.
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
        if not n_qubits:
            raise ShapeError(
                "Argument `state` must have shape (*batch, 2**n_qubits) with at least one qubit, "
                f"but has shape {tuple(state.shape)}."
            )
        # Exact tensors without decompositions: those on the left are identities.
        rest = xp.astype(state, complex_dtype(xp))
        batch = tuple(rest.shape[:-1])
        tensors: list[Any] = []
        for site in range(n_qubits):
            left, right = 2**site, 2 ** (n_qubits - 1 - site)
            if 2 * left <= right:
                eye = xp.eye(2 * left, dtype=rest.dtype, device=xp.device)
                tensors.append(xp.reshape(eye, (left, 2, 2 * left)))
            elif not tensors or tensors[-1].shape[-1] == left:
                tensors.append(xp.reshape(rest, (*batch, left, 2, right)))
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
        """Tensors, shape (*batch, left, 2, right), qubit 0 first."""
        return tuple(self._shaped(tensor) for tensor in self._tensors)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch of states; () of a single one."""
        return self._batch

    @property
    def bond_dimensions(self) -> tuple[int, ...]:
        """Dimension of each bond between neighbours, n_qubits - 1 of them."""
        return tuple(tensor.shape[-1] for tensor in self._tensors[:-1])

    @property
    def discarded_weights(self) -> Any:
        """
        Weight that each truncation discarded: the sum of the squares of the Schmidt values cut off.

        Returns
        -------
        array, shape (*batch, n_truncations), real
            In the order in which they happened.
        """
        xp = self._xp
        if not self._discarded:
            return xp.zeros((*self._batch, 0), dtype=real_dtype(xp), device=xp.device)
        return self._shaped(xp.stack(self._discarded, axis=-1))

    @property
    def truncation_error(self) -> Any:
        """
        Weight that all truncations together discarded.

        Returns
        -------
        array, shape batch, real
            How much the squared norm has fallen; 1 minus this is an estimate of the fidelity of the
            normalised state with the exact one, and equals it for a single truncation [1]_.

        References
        ----------
        .. [1] Y. Zhou, E. M. Stoudenmire, X. Waintal, "What limits the simulation of quantum
           computers?", Phys. Rev. X 10 (2020), 041038.
        """
        return self._xp.sum(self.discarded_weights, axis=-1)

    @property
    def error_bound(self) -> Any:
        """
        Bound of the distance |exact - state|: the sum of the roots of the discarded weights.

        Returns
        -------
        array, shape batch, real
            Rigorous, because gates do not change distances, but often far too large.
        """
        return self._xp.sum(self._xp.sqrt(self.discarded_weights), axis=-1)

    @property
    def is_exact(self) -> bool:
        """Whether no bond was ever truncated, of no element of a batch; with a cutoff none is."""
        return not self._discarded

    def __repr__(self) -> str:
        widest = max(self.bond_dimensions, default=1)
        batch = f"batch shape {self._batch}, " if self._batch else ""
        return f"<MatrixProductState of {self.n_qubits} qubits, {batch}largest bond {widest}>"

    # The same state with other tensors

    def _shaped(self, x: Any) -> Any:
        """Return what was computed of the tensors with the shape of the batch in front."""
        if len(self._batch) < 2:
            return x
        return self._xp.reshape(x, (*self._batch, *x.shape[1:]))

    def _over(self, batch: tuple[int, ...]) -> Self:
        """Return the same states, repeated over a larger batch."""
        if batch == self._batch:
            return self
        tensors, discarded = (
            [_flat(self._xp, self._shaped(x), batch, x.ndim - bool(self._batch)) for x in arrays]
            for arrays in (self._tensors, self._discarded)
        )
        return self._of(self._xp, tensors, batch, self._centre, discarded)

    def _after(self, chain: Chain) -> Self:
        discarded = (*self._discarded, *chain.discarded)
        return self._of(self._xp, chain.tensors, self._batch, (chain.first, chain.last), discarded)

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
        return self._after(self._centred(centre))

    def _centred(self, centre: int, *, is_checked: bool = True) -> Chain:
        chain = Chain(self._xp, self._tensors, self._centre, Limit(), is_checked=is_checked)
        chain.move_centre(centre, centre)
        return chain

    def norm(self) -> Any:
        """
        Norm.

        Returns
        -------
        array, shape batch, real
            1 but for truncation and rounding; differentiable.
        """
        xp = self._xp
        square = xp.real(environment.inner_product(xp, self._tensors, self._tensors))
        return self._shaped(xp.sqrt(square))

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
        norm = _flat(xp, xp.astype(self.norm(), tensors[place].dtype), self._batch, 0)
        tensors[place] = tensors[place] / norm[..., None, None, None]
        return self._of(xp, tensors, self._batch, self._centre, self._discarded)


def broadcast_batches(
    xp: ArrayBackend[Any], argument: str, own: tuple[int, ...], other: tuple[int, ...], /
) -> tuple[int, ...]:
    """Return the shape to which those of a state and of an argument broadcast."""
    try:
        return tuple(xp.broadcast_shapes(own, other))
    except ShapeError as error:
        raise ShapeError(
            f"Argument `{argument}` must have a batch shape that broadcasts with {own}, that of "
            f"the state, but has {other}."
        ) from error


def _flat(xp: ArrayBackend[Any], x: Any, batch: tuple[int, ...], n_axes: int) -> Any:
    """Return an array of so many axes for each element of a batch, in one axis."""
    if not batch:
        return x
    own = tuple(x.shape[x.ndim - n_axes :])
    return xp.reshape(xp.broadcast_to(x, (*batch, *own)), (math.prod(batch), *own))


def limit_of(max_bond: int | None, cutoff: float) -> Limit:
    """Return the limit, or raise ValueError."""
    if not 0 <= cutoff < 1:
        raise ValueError(f"Argument `cutoff` must be at least 0 and below 1, but is {cutoff!r}.")
    return Limit(None if max_bond is None else check_number(max_bond, "max_bond", 1), cutoff)
