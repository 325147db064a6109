"""Readers and writers of Pauli sums: our text, sparse strings and OpenFermion's operators.

Each reader returns pairs of a string and a coefficient, and the number of qubits. Numbers are read
by `float` and `complex`, forms by regular expressions, in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from arraybackends.errors import ShapeError
from arraybackends.quantum.observables.strings import LETTERS, PauliString, to_string

__all__ = ["check_qubits", "read_openfermion", "read_sparse", "read_text", "write_openfermion"]
__all__ += ["write_text"]

_Pairs: TypeAlias = list[tuple[PauliString, complex]]
_Factors: TypeAlias = list[tuple[int, str]]

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_COMPLEX = rf"\(\s*[+-]?\s*(?:{_NUMBER})j?\s*(?:[+-]\s*(?:{_NUMBER})j)?\s*\)"
_SIGN = r"\s*(?P<sign>[+-](?:\s*-)?)?\s*"  # OpenFermion writes "+" and then a negative number
_SIZE = rf"(?P<size>{_NUMBER}|{_COMPLEX})?\s*\*?\s*"
_FACTORS = r"[XYZ]\d+(?:[\s*]*[XYZ]\d+)*"

_TERM = re.compile(rf"{_SIGN}{_SIZE}(?:(?P<factors>{_FACTORS})|(?P<label>[IXYZ]+)(?!\d))\s*")
_OPENFERMION = re.compile(rf"{_SIGN}{_SIZE}\[\s*(?P<factors>(?:{_FACTORS})?)\s*\]\s*")
_FACTOR = re.compile(r"([XYZ])(\d+)")
_SPARSE = re.compile(rf"\s*(?:{_FACTORS}|I?)\s*")


def read_text(text: str, n_qubits: int | None, /) -> tuple[_Pairs, int]:
    """Read `"0.5 ZZ - XI"`, or with a number of qubits `"0.5 Z0 Z1 - X0"`."""
    found: list[tuple[re.Match[str], complex]] = []
    for match, size in _read_terms(_TERM, text, "'0.5 ZZ - 1.2 XI'"):
        if match["factors"] and n_qubits is None:
            raise ValueError(
                f"Argument `n_qubits` must be given for letters with qubits such as "
                f"{match['factors']!r}."
            )
        found.append((match, size))
    first = next((m["label"] for m, _ in found if m["label"]), "")
    given = len(first) if n_qubits is None else n_qubits
    pairs: _Pairs = []
    for match, size in found:
        label = match["label"]
        if match["factors"] or (label == "I" and given != 1 and n_qubits is not None):
            string = _from_factors(_split(match["factors"] or ""), given)
        else:
            string = to_string(label, given)
        pairs.append((string, size))
    return pairs, given


def read_sparse(text: Any, n_qubits: int, /) -> PauliString:
    """Read `"X0 Z3"`."""
    if not isinstance(text, str) or not _SPARSE.fullmatch(text):
        raise ValueError(
            f"A sparse string must be letters X, Y, Z with their qubits, such as 'X0 Z3', but is "
            f"{text!r}."
        )
    return _from_factors(_split(text), n_qubits)


def read_openfermion(
    terms: str | Mapping[Any, complex], n_qubits: int | None, /
) -> tuple[_Pairs, int]:
    """Read the text or the dictionary of a `QubitOperator`."""
    factors: list[tuple[_Factors, complex]]
    if isinstance(terms, str):
        read = _read_terms(_OPENFERMION, terms, "'0.5 [X0 Z3] + 1.2 []'", may_end=True)
        factors = [(_split(match["factors"]), size) for match, size in read]
    else:
        factors = [([(int(q), str(letter)) for q, letter in key], c) for key, c in terms.items()]
    highest = max((qubit for some, _ in factors for qubit, _ in some), default=-1)
    size = highest + 1 if n_qubits is None else n_qubits
    if size < 1:
        raise ValueError("Argument `n_qubits` must be given where no term names a qubit.")
    return [(_from_factors(some, size), c) for some, c in factors], size


def write_text(terms: Iterable[tuple[str, complex]], /) -> str:
    """Write what `read_text` reads."""
    text = " + ".join(f"{_write_number(c)} {label}" for label, c in terms)
    return text.replace(" + -", " - ")


def write_openfermion(terms: Iterable[tuple[str, complex]], /) -> str:
    """Write what `read_openfermion` reads."""

    def factors(label: str) -> str:
        return " ".join(f"{letter}{q}" for q, letter in enumerate(label) if letter != "I")

    return " +\n".join(f"{_write_number(c)} [{factors(label)}]" for label, c in terms)


def check_qubits(qubits: Sequence[int], expected: int, n_qubits: int, /) -> None:
    """Raise unless these are so many distinct qubits of the register."""
    if len(qubits) != expected or len(set(qubits)) != len(qubits):
        raise ValueError(f"Argument `qubits` must be {expected} distinct qubits, but is {qubits}.")
    if not all(0 <= qubit < n_qubits for qubit in qubits):
        raise ValueError(f"Argument `qubits` must be in range({n_qubits}), but is {qubits}.")


def _read_terms(
    pattern: re.Pattern[str], text: str, example: str, *, may_end: bool = False
) -> list[tuple[re.Match[str], complex]]:
    """Return the terms of a text with their signed coefficients."""
    found: list[tuple[re.Match[str], complex]] = []
    position = 0
    while position < len(text) or not found:
        if may_end and found and text[position:].strip() == "+":
            break
        match = pattern.match(text, position)
        if match is None or (found and match["sign"] is None):
            raise ValueError(
                f"The text must be a sum such as {example}, but at position {position} it reads "
                f"{text[position : position + 20]!r}."
            )
        size = _read_number(match["size"] or "1")
        is_negative = (match["sign"] or "").count("-") == 1
        found.append((match, -size if is_negative else size))
        position = match.end()
    return found


def _read_number(text: str) -> complex:
    return complex("".join(text.strip("()").split()))


def _write_number(value: complex) -> str:
    number = complex(value)
    if number.imag == 0:
        return repr(number.real)
    return f"({number.real!r}{number.imag:+}j)"


def _split(factors: str) -> _Factors:
    return [(int(qubit), letter) for letter, qubit in _FACTOR.findall(factors)]


def _from_factors(factors: _Factors, n_qubits: int) -> PauliString:
    x = z = 0
    for qubit, letter in factors:
        if not 0 <= qubit < n_qubits:
            raise ShapeError(
                f"The qubits of a string must be in range({n_qubits}), but {letter}{qubit} acts on "
                f"{qubit}."
            )
        if letter not in LETTERS:
            raise ValueError(f"A letter must be I, X, Y or Z, but is {letter!r}.")
        bit = 1 << (n_qubits - 1 - qubit)
        if (x | z) & bit:
            raise ValueError(
                f"A string must have one letter for a qubit, but has another {letter} on {qubit}."
            )
        flips, signs = LETTERS[letter]
        x, z = x | flips * bit, z | signs * bit
    return x, z
