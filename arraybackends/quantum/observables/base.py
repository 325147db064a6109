"""What an observable is: a small abstract class that every kind of observable derives from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.memory import check_memory
from arraybackends.selection import get_backend

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Observable", "check_observable", "check_observables", "check_states"]


class Observable(ABC):
    """
    A linear operator on a register of qubits, known by its action on states.

    A subclass gives `n_qubits`, `apply`, `adjoint` and `hermiticity_defect`; the rest follows.
    Observables are immutable. Sums and multiples by numbers of any two are observables.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def n_qubits(self) -> int:
        """Number of qubits of the register."""

    @abstractmethod
    def apply(self, xp: ArrayBackend[Any], state: Any, /) -> Any:
        """
        Apply the operator to states.

        Parameters
        ----------
        xp : ArrayBackend
            Backend of `state`.
        state : array, shape (*batch, 2**n_qubits), complex
            Not modified.

        Returns
        -------
        array, shape (*batch, 2**n_qubits), complex
            With the dtype and on the device of `state`; differentiable.

        Raises
        ------
        ShapeError
            If the last axis has another length.
        DTypeError
            If `state` is not complex.
        """

    @property
    @abstractmethod
    def hermiticity_defect(self) -> str | None:
        """What keeps the operator from being Hermitian, in words; None if nothing does."""

    @property
    def is_hermitian(self) -> bool:
        """Whether the operator is Hermitian, so that its expectation values are real."""
        return self.hermiticity_defect is None

    @abstractmethod
    def adjoint(self) -> Observable:
        """Adjoint operator."""

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Arrays that the operator is made of, which say what backend it belongs to."""
        return ()

    def operator(self, xp: ArrayBackend[Any], /) -> Callable[[Any], Any]:
        """
        `apply` as a function of the state, to be called many times.

        Parameters
        ----------
        xp : ArrayBackend

        Returns
        -------
        callable
            Takes and returns states (*batch, 2**n_qubits). What does not depend on the state may
            have been made beforehand, on the device of `xp`.
        """
        return lambda state: self.apply(xp, state)

    def trace(self, xp: ArrayBackend[Any], density: Any, /) -> Any:
        """
        Real part of the trace of the product with density matrices.

        Parameters
        ----------
        xp : ArrayBackend
            Backend of `density`.
        density : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex

        Returns
        -------
        array, shape batch, real
            Re tr(density @ operator): of a Hermitian operator, the expectation value.
        """
        check_states(xp, density, self.n_qubits, density=True)
        columns = self.apply(xp, xp.matrix_transpose(density))
        return xp.real(xp.linalg.trace(columns))

    def matrix(self, xp: ArrayBackend[Any] | None = None, /) -> Any:
        """
        Dense matrix.

        Parameters
        ----------
        xp : ArrayBackend, optional
            The current backend unless given.

        Returns
        -------
        array, shape (2**n_qubits, 2**n_qubits), complex

        Raises
        ------
        MemoryLimitError
            If it does not fit.
        """
        xp = get_backend() if xp is None else xp
        size = 2**self.n_qubits
        check_memory(xp, self.n_qubits, size)
        columns = self.apply(xp, xp.eye(size, dtype=complex_dtype(xp), device=xp.device))
        return xp.matrix_transpose(columns)

    def __add__(self, other: Observable) -> Observable:
        if not isinstance(other, Observable):
            return NotImplemented
        from arraybackends.quantum.observables.combination import combine

        return combine((1.0, self), (1.0, other))

    def __sub__(self, other: Observable) -> Observable:
        if not isinstance(other, Observable):
            return NotImplemented
        return self + -1 * other

    def __neg__(self) -> Observable:
        return -1 * self

    def __mul__(self, factor: complex) -> Observable:
        if isinstance(factor, bool) or not isinstance(factor, (int, float, complex)):
            return NotImplemented
        from arraybackends.quantum.observables.combination import combine

        return combine((factor, self))

    def __rmul__(self, factor: complex) -> Observable:
        return self * factor

    def __truediv__(self, divisor: complex) -> Observable:
        if isinstance(divisor, bool) or not isinstance(divisor, (int, float, complex)):
            return NotImplemented
        return self * (1 / divisor)


def check_observable(observable: Any, n_qubits: int, /) -> None:
    """
    Raise unless this is a Hermitian observable on so many qubits.

    Raises
    ------
    TypeError
        If it is no `Observable`.
    ShapeError
        If the number of qubits differs.
    ValueError
        If it is not Hermitian; the message has the offending value.
    """
    if not isinstance(observable, Observable):
        raise TypeError(
            f"Argument `observable` must be an observable, such as a `PauliSum`, but is of type "
            f"`{type(observable).__name__}`."
        )
    if observable.n_qubits != n_qubits:
        raise ShapeError(
            f"Argument `observable` must act on the {n_qubits} qubits of the circuit, but acts on "
            f"{observable.n_qubits}."
        )
    if (defect := observable.hermiticity_defect) is not None:
        raise ValueError(
            f"Argument `observable` must be Hermitian, but {defect}. Its Hermitian part is "
            "(A + A.adjoint()) / 2."
        )


def check_observables(observables: Sequence[Any], n_qubits: int, /) -> None:
    """Do the same for each of several, of which there must be one."""
    if not observables:
        raise ValueError("Argument `observable` must have at least one, but is empty.")
    for observable in observables:
        check_observable(observable, n_qubits)


def check_states(
    xp: ArrayBackend[Any], states: Any, n_qubits: int, /, *, density: bool = False
) -> None:
    """Raise unless these are complex arrays of states, or of density matrices, of the size."""
    name = "density" if density else "state"
    if not xp.is_array(states):
        raise TypeError(
            f"Argument `{name}` must be an array of backend `{xp.name}`, but is of type "
            f"`{type(states).__name__}`. Convert it with `xp.asarray`."
        )
    if not xp.isdtype(states.dtype, "complex floating"):
        raise DTypeError(
            f"Argument `{name}` must be complex, but has dtype {xp.dtype_name(states.dtype)}. "
            "Convert it with `xp.astype`."
        )
    axes = 2 if density else 1
    if len(states.shape) < axes or {*states.shape[-axes:]} != {2**n_qubits}:
        which = "last two axes" if density else "last axis"
        raise ShapeError(
            f"The {which} of `{name}` must have length {2**n_qubits} for {n_qubits} qubits, but "
            f"`{name}` has shape {tuple(states.shape)}."
        )
