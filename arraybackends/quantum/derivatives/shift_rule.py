r"""Rules that make the derivative of a sum of waves from its values at shifted points.

A gate exp(-i theta G) makes every expectation value a sum of waves in theta, whose frequencies are
the positive differences of eigenvalues of G [1]_ [2]_. From these alone follows the rule: two terms
for a rotation, four for a controlled one.

References
----------
.. [1] M. Schuld, V. Bergholm, C. Gogolin, J. Izaac and N. Killoran, "Evaluating analytic gradients
   on quantum hardware", Phys. Rev. A 99, 032331 (2019).
.. [2] D. Wierichs, J. Izaac, C. Wang and C. Y.-Y. Lin, "General parameter-shift rules for quantum
   gradients", Quantum 6, 677 (2022).
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable

from arraybackends.quantum.gates.gate import OneAngleGate, pauli_label

__all__ = ["eigenvalues", "gate_frequencies", "parameter_shift_rule"]

_SINGULAR = 1e-9


def parameter_shift_rule(frequencies: Iterable[float], /) -> tuple[tuple[float, float], ...]:
    r"""
    Coefficients and shifts that make a derivative from values.

    Parameters
    ----------
    frequencies : iterable of float
        The positive frequencies in f(x) = a_0 + sum_k a_k cos(w_k x) + b_k sin(w_k x), distinct.

    Returns
    -------
    tuple of (float, float)
        Pairs (c, s) such that f'(x) = sum c f(x + s), exactly: two for each frequency.

    Raises
    ------
    ValueError
        If frequencies are not positive and distinct, or so unlike each other that no shifts were
        found.

    Notes
    -----
    Multiples 1, 2, ... R of one frequency have a rule in closed form, which has the least possible
    variance [1]_; for others a linear system is solved.

    References
    ----------
    .. [1] D. Wierichs, J. Izaac, C. Wang and C. Y.-Y. Lin, "General parameter-shift rules for
       quantum gradients", Quantum 6, 677 (2022), equations 14 and 23.

    Examples
    --------
    Of a rotation, whose generator has the eigenvalues 1/2 and -1/2:

    >>> from arraybackends.quantum import parameter_shift_rule
    >>> [(round(c, 3), round(s, 3)) for c, s in parameter_shift_rule([1.0])]
    [(0.5, 1.571), (-0.5, -1.571)]

    Of a controlled one, which has the eigenvalue 0 besides:

    >>> [(round(c, 3), round(s, 3)) for c, s in parameter_shift_rule([0.5, 1.0])]
    [(0.427, 1.571), (-0.427, -1.571), (-0.073, 4.712), (0.073, -4.712)]
    """
    waves = tuple(sorted(float(frequency) for frequency in frequencies))
    if len(set(waves)) != len(waves) or not all(0 < wave < math.inf for wave in waves):
        raise ValueError(
            f"Argument `frequencies` must be positive, finite and distinct, but is {waves}."
        )
    return _rule(waves)


@functools.lru_cache(maxsize=256)
def _rule(waves: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    count = len(waves)
    if not count:
        return ()
    least = waves[0]
    shifts = [(2 * place + 1) * math.pi / (2 * count * least) for place in range(count)]
    if all(math.isclose(wave, (place + 1) * least) for place, wave in enumerate(waves)):
        weights = [
            least * (-1) ** place / (4 * count * math.sin(least * shift / 2) ** 2)
            for place, shift in enumerate(shifts)
        ]
    else:
        # The odd part of f at the shifts has the sines alone, and its slope at 0 is sum w_k b_k.
        rows = [[math.sin(wave * shift) for shift in shifts] for wave in waves]
        weights = [weight / 2 for weight in _solve(rows, list(waves))]
    pairs = zip(weights, shifts, strict=True)
    return tuple(
        itertools.chain.from_iterable(
            ((weight, shift), (-weight, -shift)) for weight, shift in pairs
        )
    )


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a small linear system by elimination with pivots."""
    rows = [[*row, entry] for row, entry in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        if abs(rows[column][column]) < _SINGULAR:
            raise ValueError(
                f"Argument `frequencies` is {tuple(right)}, of which the sines at equidistant "
                "shifts depend on each other: there is no rule with these shifts."
            )
        for row in range(size):
            if row != column:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [row[-1] / row[place] for place, row in enumerate(rows)]


@functools.lru_cache(maxsize=1024)
def gate_frequencies(name: str, gate: OneAngleGate, /, *, is_controlled: bool) -> tuple[float, ...]:
    """Return the frequencies of expectation values in the angle of a gate."""
    found = set(eigenvalues(name, gate))
    if is_controlled:
        found.add(0.0)
    differences = {abs(a - b) for a, b in itertools.combinations(found, 2)}
    return tuple(sorted(differences))


def eigenvalues(name: str, gate: OneAngleGate, /) -> tuple[float, ...]:
    """
    Return the distinct eigenvalues of the generator of a gate.

    With projectors P, constant + cos(f t) cosine + sin(f t) sine is P_0 + exp(-ift) P_+ + exp(ift)
    P_-: each that does not vanish is an eigenvalue.
    """
    frequency = gate.frequency
    if pauli_label(name):  # whose dense parts may be large
        return (-frequency, frequency)
    constant, cosine, sine = gate.parts
    weights = {
        0.0: max(abs(entry) for row in constant for entry in row),
        frequency: _largest_sum(cosine, sine, 1j),
        -frequency: _largest_sum(cosine, sine, -1j),
    }
    return tuple(value for value, weight in weights.items() if weight > _SINGULAR)


def _largest_sum(
    left: tuple[tuple[complex, ...], ...], right: tuple[tuple[complex, ...], ...], factor: complex
) -> float:
    """Return the largest modulus in left + factor * right."""
    return max(
        abs(a + factor * b)
        for left_row, right_row in zip(left, right, strict=True)
        for a, b in zip(left_row, right_row, strict=True)
    )
