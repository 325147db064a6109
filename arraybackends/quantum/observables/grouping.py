"""Groups of Pauli strings that can be measured together, and estimates from counts.

Both colourings are greedy, in the order of falling coefficients ("sorted insertion" [1]_), which
for the number of shots is about the best that is known for its cost.

References
----------
.. [1] O. Crawford et al., "Efficient quantum measurement of Pauli operators in the presence of
   finite sampling error", Quantum 5, 385 (2021).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from arraybackends.quantum.observables.base import check_observable
from arraybackends.quantum.observables.pauli import PauliSum
from arraybackends.quantum.observables.strings import PauliString, agree, commute, to_label

if TYPE_CHECKING:
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["Estimate", "MeasurementGroup", "commuting_groups", "estimate", "measurement_groups"]


class Estimate(NamedTuple):
    """An expectation value estimated from shots, and its standard error."""

    value: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class MeasurementGroup:
    """
    Strings that are measured together, in a product basis.

    Attributes
    ----------
    observable : PauliSum
        The strings with their coefficients.
    basis : str
        For each qubit the Pauli operator that is measured; I where it does not matter.
    """

    observable: PauliSum
    basis: str

    def circuit(self) -> Circuit:
        """
        Circuit after which a measurement in the computational basis is one in this basis.

        Returns
        -------
        Circuit
            H on qubits measured in X, SDG and H on those in Y. To be composed after the circuit
            that prepares the state.

        Examples
        --------
        >>> from arraybackends.quantum.observables import PauliSum, measurement_groups
        >>> (group,) = measurement_groups(PauliSum({"XYZ": 1.0}))
        >>> group.circuit()
        Circuit(3).h(0).sdg(1).h(1)
        """
        from arraybackends.quantum.circuits.circuit import Circuit

        circuit = Circuit(len(self.basis))
        for qubit, letter in enumerate(self.basis):
            if letter == "Y":
                circuit.sdg(qubit)
            if letter in "XY":
                circuit.h(qubit)
        return circuit

    def estimate(self, counts: Mapping[str, int], /) -> Estimate:
        """
        Estimate the expectation value from counts in this basis.

        Parameters
        ----------
        counts : mapping of str to int
            How often each bit string was found, of all qubits from left to right, after
            `circuit()`.

        Returns
        -------
        Estimate
            Mean over the shots, and the standard error of the mean (infinite for one shot).

        Raises
        ------
        ValueError
            If there are no shots, a count is negative, or a bit string has another length.

        Examples
        --------
        >>> from arraybackends.quantum.observables import PauliSum, measurement_groups
        >>> (group,) = measurement_groups(PauliSum({"ZZ": 1.0, "IZ": 0.5}))
        >>> group.estimate({"00": 50, "11": 50}).value
        1.0
        """
        shots = sum(counts.values())
        if shots < 1 or min(counts.values()) < 0:
            raise ValueError(
                f"Argument `counts` must hold at least one shot and no negative count, but is "
                f"{dict(counts)}."
            )
        terms = [(x | z, c.real) for (x, z), c in self.observable.strings.items()]
        samples = [(self._value(bits, terms), count) for bits, count in counts.items()]
        mean = math.fsum(value * count for value, count in samples) / shots
        if shots == 1:
            return Estimate(mean, math.inf)
        spread = math.fsum((value - mean) ** 2 * count for value, count in samples)
        return Estimate(mean, math.sqrt(spread / (shots - 1) / shots))

    def _value(self, bits: str, terms: Sequence[tuple[int, float]]) -> float:
        if len(bits) != len(self.basis) or set(bits) - {"0", "1"}:
            raise ValueError(
                f"The keys of `counts` must be strings of {len(self.basis)} bits, but one is "
                f"{bits!r}."
            )
        outcome = int(bits, 2)
        return math.fsum(c * (-1) ** (outcome & support).bit_count() for support, c in terms)


def measurement_groups(observable: PauliSum, /) -> tuple[MeasurementGroup, ...]:
    """
    Group strings that commute qubit by qubit, so that product bases measure them.

    Parameters
    ----------
    observable : PauliSum
        With real coefficients.

    Returns
    -------
    tuple of MeasurementGroup
        Their observables add up to the given one. Strings come in the order of falling moduli of
        their coefficients, and each goes into the first group that it fits.

    Raises
    ------
    TypeError
        If the observable is no Pauli sum.
    ValueError
        If it is not Hermitian.

    Notes
    -----
    O(n_terms * n_groups).

    Examples
    --------
    >>> from arraybackends.quantum.observables import PauliSum, measurement_groups
    >>> groups = measurement_groups(PauliSum.from_text("ZI + 0.5 IZ + 0.3 XX"))
    >>> [group.basis for group in groups]
    ['ZZ', 'XX']
    """
    _check_pauli_sum(observable)
    bases: list[PauliString] = []
    members: list[list[tuple[PauliString, complex]]] = []
    for string, c in _by_size(observable):
        for number, basis in enumerate(bases):
            if agree(string, basis):
                bases[number] = (basis[0] | string[0], basis[1] | string[1])
                members[number].append((string, c))
                break
        else:
            bases.append(string)
            members.append([(string, c)])
    n = observable.n_qubits
    return tuple(
        MeasurementGroup(PauliSum.from_strings(some, n), to_label(basis, n))
        for basis, some in zip(bases, members, strict=True)
    )


def commuting_groups(observable: PauliSum, /) -> tuple[PauliSum, ...]:
    """
    Group strings that commute with each other.

    Parameters
    ----------
    observable : PauliSum

    Returns
    -------
    tuple of PauliSum
        They add up to the given one. In each all strings commute, so that one exponential is the
        product of theirs, and one Clifford circuit diagonalises them.

    Raises
    ------
    TypeError
        If the observable is no Pauli sum.
    ValueError
        If it is not Hermitian.

    Notes
    -----
    O(n_terms**2) at worst.

    Examples
    --------
    >>> from arraybackends.quantum.observables import PauliSum, commuting_groups
    >>> commuting_groups(PauliSum.from_text("XX + 0.5 ZZ + 0.2 ZI"))
    (PauliSum({'XX': 1.0, 'ZZ': 0.5}), PauliSum({'ZI': 0.2}))
    """
    _check_pauli_sum(observable)
    groups: list[list[tuple[PauliString, complex]]] = []
    for string, c in _by_size(observable):
        for group in groups:
            if all(commute(string, other) for other, _ in group):
                group.append((string, c))
                break
        else:
            groups.append([(string, c)])
    return tuple(PauliSum.from_strings(group, observable.n_qubits) for group in groups)


def estimate(
    groups: Sequence[MeasurementGroup], counts: Sequence[Mapping[str, int]], /
) -> Estimate:
    """
    Estimate the expectation value of a sum from the counts of its groups.

    Parameters
    ----------
    groups : sequence of MeasurementGroup
        Those of `measurement_groups`.
    counts : sequence of mapping of str to int
        Of each group, from independent shots.

    Returns
    -------
    Estimate
        Sum of the groups' estimates; their errors are independent and add in quadrature.

    Raises
    ------
    ValueError
        If there are not as many counts as groups, or counts make no sense.

    Examples
    --------
    >>> from arraybackends.quantum.observables import PauliSum, estimate, measurement_groups
    >>> groups = measurement_groups(PauliSum.from_text("ZZ + 0.5 XX"))
    >>> estimate(groups, [{"00": 100}, {"00": 50, "11": 50}])
    Estimate(value=1.5, standard_error=0.0)
    """
    if len(groups) != len(counts):
        raise ValueError(
            f"Argument `counts` must have one element for each of the {len(groups)} groups, but "
            f"has {len(counts)}."
        )
    estimates = [group.estimate(some) for group, some in zip(groups, counts, strict=True)]
    return Estimate(
        math.fsum(one.value for one in estimates),
        math.hypot(*(one.standard_error for one in estimates)),
    )


def _check_pauli_sum(observable: PauliSum) -> None:
    if not isinstance(observable, PauliSum):
        raise TypeError(
            f"Argument `observable` must be a `PauliSum`, but is of type "
            f"`{type(observable).__name__}`."
        )
    check_observable(observable, observable.n_qubits)


def _by_size(observable: PauliSum) -> list[tuple[PauliString, complex]]:
    return sorted(observable.strings.items(), key=lambda term: -abs(term[1]))
