"""Pauli sums whose coefficients are an array: Hamiltonians with parameters to learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.quantum.observables.action import apply_action, plan_action, prepare_action
from arraybackends.quantum.observables.base import Observable, check_states
from arraybackends.quantum.observables.correlators import string_traces
from arraybackends.quantum.observables.pauli import PauliSum
from arraybackends.quantum.observables.strings import PauliString, to_label, to_string
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["ParametricPauliSum"]


class ParametricPauliSum(Observable):
    """
    Weighted sum of Pauli strings whose coefficients are an array, traced ones included.

    Parameters
    ----------
    labels : sequence of str
        Distinct strings of the letters I, X, Y, Z, all of the same length.
    coefficients : array, shape (n_terms,), real floating
        Derivatives flow into them.

    Raises
    ------
    ValueError
        If there is no label, one is repeated, or has other letters.
    ShapeError
        If labels differ in length, or there are not as many coefficients.
    DTypeError
        If the coefficients are not real.

    Notes
    -----
    What is planned depends on the labels alone. To reuse the plan with other coefficients, as in a
    loss function that is called many times, use `with_coefficients`.

    Examples
    --------
    The derivative of an expectation value in a coefficient is that of the string:

    >>> import arraybackends as ab
    >>> from arraybackends.quantum.observables import ParametricPauliSum, expectation
    >>> xp = ab.get_backend("pytorch")
    >>> state = xp.asarray([1.0, 0, 0, 0j])
    >>> def energy(weights):
    ...     return expectation(xp, state, ParametricPauliSum(("ZI", "XX"), weights))
    >>> xp.grad(energy)(xp.asarray([0.3, 0.7]))
    tensor([1., 0.], dtype=torch.float64)
    """

    __slots__ = ("_action", "_coefficients", "_n_qubits", "_strings")

    def __init__(self, labels: Sequence[str], coefficients: Any, /) -> None:
        if not labels:
            raise ValueError("Argument `labels` must have at least one label, but is empty.")
        self._n_qubits = len(labels[0])
        self._strings: tuple[PauliString, ...] = tuple(
            to_string(label, self._n_qubits) for label in labels
        )
        if len(set(self._strings)) != len(labels):
            repeated = next(label for label in labels if labels.count(label) > 1)
            raise ValueError(f"Argument `labels` must be distinct, but has {repeated!r} twice.")
        self._action = plan_action(self._n_qubits, self._strings)
        self._coefficients = self._checked(coefficients)

    def with_coefficients(self, coefficients: Any, /) -> ParametricPauliSum:
        """
        Sum of the same strings with other coefficients.

        Parameters
        ----------
        coefficients : array, shape (n_terms,), real floating

        Returns
        -------
        ParametricPauliSum
        """
        result = object.__new__(ParametricPauliSum)
        result._n_qubits, result._strings = self._n_qubits, self._strings
        result._action = self._action
        result._coefficients = result._checked(coefficients)
        return result

    def _checked(self, coefficients: Any) -> Any:
        xp = backend_of(coefficients)
        if not xp.isdtype(coefficients.dtype, "real floating"):
            raise DTypeError(
                f"Argument `coefficients` must be real, but has dtype "
                f"{xp.dtype_name(coefficients.dtype)}."
            )
        if tuple(coefficients.shape) != (len(self._strings),):
            raise ShapeError(
                f"Argument `coefficients` must have shape {(len(self._strings),)}, one element for "
                f"each label, but has shape {tuple(coefficients.shape)}."
            )
        return coefficients

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return self._n_qubits

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each string."""
        return tuple(to_label(string, self._n_qubits) for string in self._strings)

    @property
    def strings(self) -> tuple[PauliString, ...]:
        """X-mask and Z-mask of each string; qubit 0 is the most significant bit."""
        return self._strings

    @property
    def hermiticity_defect(self) -> None:
        """Nothing: the coefficients are real."""
        return None

    @property
    def arrays(self) -> tuple[Any, ...]:
        """The coefficients."""
        return (self._coefficients,)

    def __len__(self) -> int:
        return len(self._strings)

    def __repr__(self) -> str:
        return f"ParametricPauliSum({self.labels}, {self._coefficients!r})"

    def adjoint(self) -> ParametricPauliSum:
        """Adjoint operator: itself."""
        return self

    def pauli_sum(self) -> PauliSum:
        """Sum with the present values of the coefficients as numbers; not under a trace."""
        xp = backend_of(self._coefficients)
        return PauliSum(
            dict(zip(self.labels, xp.to_numpy(self._coefficients).tolist(), strict=True))
        )

    def apply(self, xp: ArrayBackend[Any], state: Any, /) -> Any:
        """Apply the sum to states; see `PauliSum.apply`."""
        check_states(xp, state, self._n_qubits)
        backend_of(state, self._coefficients)
        return apply_action(xp, self._action, self._coefficients, state)

    def operator(self, xp: ArrayBackend[Any], /) -> Callable[[Any], Any]:
        """`apply` as a function of the state, to be called many times."""
        return prepare_action(xp, self._action, self._coefficients)

    def trace(self, xp: ArrayBackend[Any], density: Any, /) -> Any:
        """Real part of tr(density @ operator), from 2**n_qubits elements for each X-mask."""
        check_states(xp, density, self._n_qubits, density=True)
        values = string_traces(xp, self._n_qubits, self._strings, density)
        return xp.matmul(values, self.coefficients(xp, like=values))

    def coefficients(self, xp: ArrayBackend[Any], /, *, like: Any) -> Any:
        """Coefficients with the dtype of another array, of the same backend."""
        backend_of(like, self._coefficients)
        return xp.astype(self._coefficients, like.dtype, copy=False)
