"""Pauli sums from and to OpenFermion, whose qubit i is ours."""

from __future__ import annotations

from typing import Any, TypeAlias

from arraybackends.integrations.translation import import_library
from arraybackends.quantum.observables import PauliSum

openfermion = import_library("openfermion", "openfermion")

__all__ = ["from_openfermion", "to_openfermion"]

QubitOperator: TypeAlias = Any


def to_openfermion(given: PauliSum, /) -> QubitOperator:
    """
    Translate a Pauli sum to a `QubitOperator`.

    Parameters
    ----------
    given : PauliSum

    Returns
    -------
    openfermion.QubitOperator
        It does not know the number of qubits.

    Examples
    --------
    >>> to_openfermion(PauliSum({"IXY": 0.5}))
    0.5 [X1 Y2]
    """
    made = openfermion.QubitOperator()
    for string, coefficient in given.to_openfermion().items():
        made += openfermion.QubitOperator(string, coefficient)
    return made


def from_openfermion(given: QubitOperator, /, *, n_qubits: int | None = None) -> PauliSum:
    """
    Translate a `QubitOperator` to a Pauli sum.

    Parameters
    ----------
    given : openfermion.QubitOperator
        Fermions become qubits by a transformation of OpenFermion's, `jordan_wigner` for one.
    n_qubits : int, optional
        Size of the register; that of the highest qubit unless given.

    Returns
    -------
    PauliSum

    Raises
    ------
    TypeError
        If it is no `QubitOperator`.
    ValueError
        If no term names a qubit and `n_qubits` is not given, or a qubit is out of range.

    Examples
    --------
    >>> from openfermion import QubitOperator
    >>> from_openfermion(QubitOperator("X0 Z2", 0.5))
    PauliSum({'XIZ': 0.5})
    """
    if not isinstance(given, openfermion.QubitOperator):
        raise TypeError(
            f"Argument `given` must be a `QubitOperator`, but is a `{type(given).__name__}`. "
            "Operators on fermions become one by `openfermion.jordan_wigner`."
        )
    return PauliSum.from_openfermion(given.terms, n_qubits=n_qubits)
