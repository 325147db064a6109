"""Pauli strings as pairs of bit masks.

Bit `b` of the X-mask says that a string flips bit `b` of the index of an amplitude, and of the
Z-mask that it changes the sign there; a Y does both. Thus

    (P psi)[a] = (-i)**|x & z| (-1)**|a & z| psi[a ^ x]

where qubit 0 is the most significant bit.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from arraybackends.errors import ShapeError

__all__ = ["LETTERS", "PauliString", "agree", "commute", "multiply", "phase", "to_label"]
__all__ += ["to_string"]

PauliString: TypeAlias = tuple[int, int]
"""X-mask and Z-mask."""

LETTERS = {"I": (0, 0), "X": (1, 0), "Y": (1, 1), "Z": (0, 1)}
_NAMES = {bits: letter for letter, bits in LETTERS.items()}
_POWERS_OF_I = (1, 1j, -1, -1j)


def phase(string: PauliString, /) -> complex:
    """Return (-i)**|x & z|."""
    return _POWERS_OF_I[-(string[0] & string[1]).bit_count() % 4]


def multiply(first: PauliString, second: PauliString, /) -> tuple[PauliString, complex]:
    """Return the product of two strings and its phase."""
    (x1, z1), (x2, z2) = first, second
    x, z = x1 ^ x2, z1 ^ z2
    # P = i**|x & z| X**x Z**z, and moving Z**z1 past X**x2 gives (-1)**|z1 & x2|.
    power = (x1 & z1).bit_count() + (x2 & z2).bit_count() - (x & z).bit_count()
    return (x, z), _POWERS_OF_I[(power + 2 * (z1 & x2).bit_count()) % 4]


def commute(first: PauliString, second: PauliString, /) -> bool:
    """Whether two strings commute."""
    (x1, z1), (x2, z2) = first, second
    return ((x1 & z2).bit_count() + (z1 & x2).bit_count()) % 2 == 0


def agree(first: PauliString, second: PauliString, /) -> bool:
    """Whether two strings commute qubit by qubit: have one letter wherever both have any."""
    (x1, z1), (x2, z2) = first, second
    return not (x1 | z1) & (x2 | z2) & ((x1 ^ x2) | (z1 ^ z2))


def to_string(label: Any, n_qubits: int, /) -> PauliString:
    """Return the masks of a label, which must have so many letters."""
    if not isinstance(label, str) or not label or not set(label) <= set(LETTERS):
        raise ValueError(
            f"A label must be a non-empty string of the letters I, X, Y, Z, but is {label!r}."
        )
    if len(label) != n_qubits:
        raise ShapeError(
            f"All labels must have the same length, but {label!r} has {len(label)} letters and an "
            f"earlier one {n_qubits}."
        )
    x = z = 0
    for letter in label:
        flips, signs = LETTERS[letter]
        x, z = x << 1 | flips, z << 1 | signs
    return x, z


def to_label(string: PauliString, n_qubits: int, /) -> str:
    """Return the letters of a string."""
    x, z = string
    return "".join(_NAMES[x >> b & 1, z >> b & 1] for b in reversed(range(n_qubits)))
