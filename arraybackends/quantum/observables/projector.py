"""Projectors on bit strings and on states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import index_dtype
from arraybackends.quantum.observables.base import Observable, check_states
from arraybackends.quantum.observables.reading import check_qubits
from arraybackends.quantum.tracing import number_if_known
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Projector", "StateProjector"]


class Projector(Observable):
    """
    Projector on a bit string of some qubits: its expectation value is the string's probability.

    Parameters
    ----------
    bits : str
        Of the letters 0 and 1, read left to right.
    qubits : sequence of int, optional
        Which qubit each bit is of. All qubits in order unless given.
    n_qubits : int, optional
        Size of the register; as many as there are bits unless given.

    Raises
    ------
    ValueError
        If `bits` has other letters or none, or the qubits are not distinct, on the register, and
        as many.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> Projector("1", (1,), n_qubits=2).apply(xp, xp.asarray([0.5, 0.5, 0.5, 0.5j]))
    array([0. +0.j , 0.5+0.j , 0. +0.j , 0. +0.5j])
    """

    __slots__ = ("_bits", "_n_qubits", "_qubits")

    def __init__(
        self, bits: Any, /, qubits: Sequence[int] | None = None, *, n_qubits: int | None = None
    ) -> None:
        if not isinstance(bits, str) or not bits or set(bits) - {"0", "1"}:
            raise ValueError(f"Argument `bits` must be a string of 0 and 1, but is {bits!r}.")
        self._bits = bits
        self._qubits = tuple(range(len(bits)) if qubits is None else qubits)
        if n_qubits is None:
            n_qubits = max(self._qubits, default=0) + 1
        self._n_qubits = n_qubits
        check_qubits(self._qubits, len(bits), n_qubits)

    @property
    def n_qubits(self) -> int:
        """Number of qubits of the register."""
        return self._n_qubits

    @property
    def bits(self) -> str:
        """The bit string."""
        return self._bits

    @property
    def qubits(self) -> tuple[int, ...]:
        """Qubit of each bit."""
        return self._qubits

    @property
    def hermiticity_defect(self) -> None:
        """Nothing: a projector is Hermitian."""
        return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Projector):
            return NotImplemented
        return (self._n_qubits, self._fixed()) == (other._n_qubits, other._fixed())

    def __hash__(self) -> int:
        return hash((self._n_qubits, frozenset(self._fixed().items())))

    def __repr__(self) -> str:
        return f"Projector({self._bits!r}, {self._qubits}, n_qubits={self._n_qubits})"

    def adjoint(self) -> Projector:
        """Adjoint operator: itself."""
        return self

    def apply(self, xp: ArrayBackend[Any], state: Any, /) -> Any:
        """Apply the projector to states; see `Observable.apply`."""
        check_states(xp, state, self._n_qubits)
        keep = self._keep(xp, state)
        return xp.where(keep, state, xp.zeros_like(state))

    def trace(self, xp: ArrayBackend[Any], density: Any, /) -> Any:
        """Real part of tr(density @ operator), from the diagonal."""
        check_states(xp, density, self._n_qubits, density=True)
        diagonal = xp.real(xp.linalg.diagonal(density))
        return xp.sum(xp.where(self._keep(xp, density), diagonal, 0.0), axis=-1)

    def _fixed(self) -> dict[int, str]:
        return dict(zip(self._qubits, self._bits, strict=True))

    def _keep(self, xp: ArrayBackend[Any], like: Any) -> Any:
        """Whether each basis state has the bits, shape (2**n_qubits,)."""
        mask = value = 0
        for qubit, bit in self._fixed().items():
            place = self._n_qubits - 1 - qubit
            mask, value = mask | 1 << place, value | int(bit) << place
        index = xp.arange(2**self._n_qubits, dtype=index_dtype(xp), device=xp.device_of(like))
        return xp.bitwise_and(index, mask) == value


class StateProjector(Observable):
    """
    Projector |phi><phi| on a state: its expectation value is the fidelity with it.

    Parameters
    ----------
    state : array, shape (2**n_qubits,), complex
        Of norm 1. May be traced, and is differentiated.
    check : bool
        Check the norm. Under `jit` and `vmap` it is not known, and not checked.

    Raises
    ------
    ShapeError
        If the shape is no (2**n_qubits,).
    ValueError
        If the norm is not 1 to six digits.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum.observables import StateProjector, expectation
    >>> xp = ab.get_backend("numpy")
    >>> plus = xp.asarray([0.5**0.5, 0.5**0.5 + 0j])
    >>> expectation(xp, xp.asarray([1.0, 0j]), StateProjector(plus)).round(9)
    np.float64(0.5)
    """

    __slots__ = ("_n_qubits", "_state")

    def __init__(self, state: Any, /, *, check: bool = True) -> None:
        xp = backend_of(state)
        shape = tuple(state.shape)
        self._n_qubits = shape[0].bit_length() - 1 if len(shape) == 1 else 0
        if self._n_qubits < 1:
            raise ShapeError(
                f"Argument `state` must have shape (2**n_qubits,), but has shape {shape}."
            )
        check_states(xp, state, self._n_qubits)
        self._state = state
        norm = number_if_known(xp, xp.linalg.vector_norm(xp.detach(state))) if check else None
        if norm is not None and not abs(norm - 1) <= 1e-6:  # also for nan
            raise ValueError(
                f"Argument `state` must have norm 1, but has norm {norm}. Divide it by its norm."
            )

    @property
    def n_qubits(self) -> int:
        """Number of qubits of the register."""
        return self._n_qubits

    @property
    def hermiticity_defect(self) -> None:
        """Nothing: a projector is Hermitian."""
        return None

    @property
    def arrays(self) -> tuple[Any, ...]:
        """The state."""
        return (self._state,)

    def __repr__(self) -> str:
        return f"<StateProjector on {self._n_qubits} qubits>"

    def adjoint(self) -> StateProjector:
        """Adjoint operator: itself."""
        return self

    def apply(self, xp: ArrayBackend[Any], state: Any, /) -> Any:
        """Apply the projector to states; see `Observable.apply`."""
        check_states(xp, state, self._n_qubits)
        backend_of(state, self._state)
        phi = xp.astype(self._state, state.dtype, copy=False)
        return xp.vecdot(phi, state)[..., None] * phi

    def trace(self, xp: ArrayBackend[Any], density: Any, /) -> Any:
        """Real part of <phi|density|phi>."""
        check_states(xp, density, self._n_qubits, density=True)
        backend_of(density, self._state)
        phi = xp.astype(self._state, density.dtype, copy=False)
        return xp.real(xp.vecdot(phi, xp.matmul(density, phi)))
