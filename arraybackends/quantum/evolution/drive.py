"""Hamiltonians that depend on time: Pauli sums with coefficients that are functions of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from arraybackends.errors import ShapeError
from arraybackends.quantum.observables import PauliSum, check_observable

__all__ = ["Drive", "Envelope", "Hamiltonian", "Rotation", "as_drive"]

Envelope: TypeAlias = Callable[[Any], Any]
"""A factor as a function of time."""


class Drive:
    """
    Time-dependent Hamiltonian H(t) = sum_k f_k(t) H_k.

    Parameters
    ----------
    terms : sequence of (PauliSum, callable or None)
        Parts with real coefficients, all on as many qubits; each with the function of time that
        multiplies it, None for 1. A function takes the time as it was given (a number or an array)
        and returns a real number or a real 0-d array, through which derivatives flow.

    Raises
    ------
    ValueError
        If there is no term, or a part is not Hermitian.
    TypeError
        If a term is no such pair.
    ShapeError
        If parts act on different numbers of qubits.

    Examples
    --------
    >>> import math
    >>> from arraybackends.quantum import PauliSum
    >>> Drive([(PauliSum({"Z": 1.0}), None), (PauliSum({"X": 0.5}), math.cos)]).n_qubits
    1
    """

    def __init__(self, terms: Sequence[tuple[PauliSum, Envelope | None]], /) -> None:
        if not terms:
            raise ValueError("Argument `terms` must have at least one term, but is empty.")
        given: Sequence[Any] = terms
        for term in given:
            match term:
                case (PauliSum(), envelope) if envelope is None or callable(envelope):
                    continue
            raise TypeError(
                "Argument `terms` must have pairs of a `PauliSum` and a function of time or None, "
                f"but has {term!r}."
            )
        self.terms = tuple(terms)
        self.n_qubits = self.terms[0][0].n_qubits
        for part, _ in self.terms:
            if part.n_qubits != self.n_qubits:
                raise ShapeError(
                    f"The parts in `terms` must act on the same number of qubits, but act on "
                    f"{self.n_qubits} and {part.n_qubits}."
                )
            check_observable(part, self.n_qubits)

    @property
    def is_constant(self) -> bool:
        """Whether no part depends on time."""
        return all(envelope is None for _, envelope in self.terms)

    def at(self, time: Any, /) -> list[tuple[PauliSum, Any]]:
        """Parts with their factors at a time."""
        return [(part, 1.0 if f is None else f(time)) for part, f in self.terms]

    def rotations(self, time: Any, /) -> list[Rotation]:
        """Strings with their coefficients at a time, the identity among them."""
        found = []
        for part, factor in self.at(time):
            for label, coefficient in part.terms.items():
                qubits = tuple(q for q, letter in enumerate(label) if letter != "I")
                letters = "".join(label[q] for q in qubits)
                found.append(Rotation(letters, qubits, coefficient * factor))
        return found


class Rotation(NamedTuple):
    """A Pauli string on some qubits, with its coefficient."""

    letters: str
    qubits: tuple[int, ...]
    coefficient: Any


Hamiltonian: TypeAlias = PauliSum | Drive
"""What evolves a state: constant, or a function of time."""


def as_drive(hamiltonian: Hamiltonian, /) -> Drive:
    """
    Return the Hamiltonian as a function of time.

    Raises
    ------
    TypeError
        If it is neither `PauliSum` nor `Drive`.
    """
    if isinstance(hamiltonian, Drive):
        return hamiltonian
    if isinstance(hamiltonian, PauliSum):
        return Drive([(hamiltonian, None)])
    raise TypeError(
        "Argument `hamiltonian` must be a `PauliSum`, or a `Drive` for one that depends on time, "
        f"but is of type `{type(hamiltonian).__name__}`."
    )
