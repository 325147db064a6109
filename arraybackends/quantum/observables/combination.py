"""Linear combinations of observables of any kinds."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.observables.base import Observable

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["ObservableSum", "combine"]


class ObservableSum(Observable):
    """
    Linear combination of observables of any kinds, made by `+`, `-`, `*` and `/`.

    Parameters
    ----------
    terms : iterable of (number, Observable)
        At least one; all on the same number of qubits.

    Examples
    --------
    >>> from arraybackends.quantum.observables import PauliSum, Projector
    >>> (0.5 * PauliSum({"ZI": 1.0}) + 2 * Projector("01")).n_qubits
    2
    """

    __slots__ = ("_terms",)

    def __init__(self, terms: Iterable[tuple[complex, Observable]], /) -> None:
        self._terms = tuple(terms)
        if not self._terms:
            raise ValueError("Argument `terms` must have at least one term, but is empty.")
        sizes = {term.n_qubits for _, term in self._terms}
        if len(sizes) > 1:
            raise ShapeError(
                f"All observables of a sum must act on the same number of qubits, but they act on "
                f"{' and '.join(map(str, sorted(sizes)))}."
            )

    @property
    def terms(self) -> tuple[tuple[complex, Observable], ...]:
        """Coefficients and observables."""
        return self._terms

    @property
    def n_qubits(self) -> int:
        """Number of qubits of the register."""
        return self._terms[0][1].n_qubits

    @property
    def hermiticity_defect(self) -> str | None:
        """First coefficient that is not real, or what a term says of itself."""
        for coefficient, term in self._terms:
            if complex(coefficient).imag:
                return f"the coefficient of {term!r} is {coefficient}"
            if term.hermiticity_defect is not None:
                return term.hermiticity_defect
        return None

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Arrays of all terms."""
        return tuple(array for _, term in self._terms for array in term.arrays)

    def __repr__(self) -> str:
        return " + ".join(f"{coefficient} * {term!r}" for coefficient, term in self._terms)

    def adjoint(self) -> Observable:
        """Adjoint operator."""
        return ObservableSum((complex(c).conjugate(), term.adjoint()) for c, term in self._terms)

    def apply(self, xp: ArrayBackend[Any], state: Any, /) -> Any:
        """Apply the operator to states; see `Observable.apply`."""
        return _total(xp, ((c, term.apply(xp, state)) for c, term in self._terms))

    def operator(self, xp: ArrayBackend[Any], /) -> Callable[[Any], Any]:
        """`apply` as a function of the state, to be called many times."""
        parts = [(c, term.operator(xp)) for c, term in self._terms]
        return lambda state: _total(xp, ((c, part(state)) for c, part in parts))

    def trace(self, xp: ArrayBackend[Any], density: Any, /) -> Any:
        """Real part of the trace of the product with density matrices."""
        if all(not complex(c).imag for c, _ in self._terms):
            parts = ((complex(c).real, term.trace(xp, density)) for c, term in self._terms)
            return functools.reduce(lambda a, b: a + b, (c * part for c, part in parts))
        return super().trace(xp, density)


def combine(*terms: tuple[complex, Observable]) -> ObservableSum:
    """Return a combination, with combinations inside it multiplied out."""
    flat = []
    for factor, term in terms:
        inner = term.terms if isinstance(term, ObservableSum) else ((1.0, term),)
        flat += [(factor * coefficient, part) for coefficient, part in inner]
    return ObservableSum(flat)


def _total(xp: ArrayBackend[Any], parts: Iterable[tuple[complex, Any]]) -> Any:
    return functools.reduce(lambda a, b: xp.add(a, b), (c * part for c, part in parts))
