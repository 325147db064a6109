"""Sums of Pauli strings, applied without matrices.

A string is stored as two integers: bit `b` of the X-mask says that it flips bit `b` of the index of
an amplitude, and of the Z-mask that it changes the sign there; a Y does both. Thus

    (P psi)[a] = (-i)**|x & z| (-1)**|a & z| psi[a ^ x]

and all strings with the same X-mask share one pass over the state.
"""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import complex_dtype, real_dtype
from arraybackends.quantum.memory import check_memory
from arraybackends.selection import get_backend

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["PauliSum", "check_observable"]

_Masks: TypeAlias = tuple[int, int]
_LETTERS = {"I": (0, 0), "X": (1, 0), "Y": (1, 1), "Z": (0, 1)}
_NAMES = {bits: letter for letter, bits in _LETTERS.items()}
_POWERS_OF_I = (1, 1j, -1, -1j)

_TERM = re.compile(
    r"\s*(?P<sign>[+-])?\s*(?P<size>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?\s*\*?\s*(?P<label>[IXYZ]+)\s*"
)

_ELEMENTS_AT_ONCE = 2**20
"""Amplitudes gathered in one pass; bounds the temporaries of `apply` to some 50 MB."""


class _Flip(NamedTuple):
    """All strings with one X-mask; the phases of their Y are in the coefficients."""

    x_mask: int
    z_masks: tuple[int, ...]
    coefficients: tuple[complex, ...]


class PauliSum:
    """
    Weighted sum of Pauli strings. Immutable and hashable.

    Parameters
    ----------
    terms : mapping of str to number
        Coefficient of each string of the letters I, X, Y, Z, all of the same length; the leftmost
        letter acts on qubit 0 (the order of Cirq and PennyLane; Qiskit's labels are reversed).

    Raises
    ------
    ValueError
        If there is no term, a label has other letters, or a coefficient is not finite.
    ShapeError
        If labels differ in length.

    Notes
    -----
    `+`, `-`, multiples by numbers (`*`, `/`) and products (`@`) are exact in the strings; terms
    that cancel are dropped. `==` compares coefficients exactly.

    Examples
    --------
    >>> 2 * PauliSum({"XI": 1.0}) @ PauliSum({"YI": 0.5})
    PauliSum({'ZI': 1j})
    """

    def __init__(self, terms: Mapping[str, complex], /) -> None:
        if not terms:
            raise ValueError("Argument `terms` must have at least one term, but is empty.")
        self._n_qubits = len(next(iter(terms)))
        masks: dict[_Masks, complex] = {}
        for label, coefficient in terms.items():
            masks[_to_masks(label, self._n_qubits)] = _as_coefficient(coefficient, label)
        self._terms = masks
        self._grouped: tuple[tuple[_Flip, ...], ...] | None = None

    @classmethod
    def from_text(cls, text: str, /) -> PauliSum:
        """
        Read a sum such as `"-1.05 II + 0.39 ZI - XX"`.

        Parameters
        ----------
        text : str
            Terms joined by + or -, each a decimal number (1 if left out, `*` allowed after it) and
            a label. Repeated labels add up.

        Returns
        -------
        PauliSum

        Raises
        ------
        ValueError
            If the text has another form; the message shows where.

        Examples
        --------
        >>> PauliSum.from_text("0.5 ZZ - XI")
        PauliSum({'ZZ': 0.5, 'XI': -1.0})
        """
        position, total = 0, None
        while position < len(text) or total is None:
            match = _TERM.match(text, position)
            if match is None or (total is not None and match["sign"] is None):
                raise ValueError(
                    f"Argument `text` must be a sum such as '0.5 ZZ - 1.2 XI', but at position "
                    f"{position} it reads {text[position : position + 20]!r}."
                )
            size = float(match["size"] or 1)
            term = cls({match["label"]: -size if match["sign"] == "-" else size})
            total = term if total is None else total + term
            position = match.end()
        return total

    @classmethod
    def _from_masks(cls, n_qubits: int, terms: dict[_Masks, complex]) -> PauliSum:
        result = object.__new__(cls)
        result._n_qubits = n_qubits
        result._terms = {masks: c for masks, c in terms.items() if c != 0}
        result._grouped = None
        return result

    # What it is made of

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return self._n_qubits

    @property
    def terms(self) -> dict[str, complex]:
        """Coefficient of each label; a float where it is real."""
        return {
            _to_label(masks, self._n_qubits): c.real if c.imag == 0 else c
            for masks, c in self._terms.items()
        }

    @property
    def is_hermitian(self) -> bool:
        """Whether all coefficients are real."""
        return all(c.imag == 0 for c in self._terms.values())

    def __len__(self) -> int:
        return len(self._terms)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PauliSum):
            return NotImplemented
        return (self._n_qubits, self._terms) == (other._n_qubits, other._terms)

    def __hash__(self) -> int:
        return hash((self._n_qubits, frozenset(self._terms.items())))

    def __repr__(self) -> str:
        return f"PauliSum({self.terms})"

    # Algebra

    def __add__(self, other: PauliSum) -> PauliSum:
        if not isinstance(other, PauliSum):
            return NotImplemented
        self._check_size(other)
        terms = dict(self._terms)
        for masks, c in other._terms.items():
            terms[masks] = terms.get(masks, 0) + c
        return self._from_masks(self._n_qubits, terms)

    def __sub__(self, other: PauliSum) -> PauliSum:
        if not isinstance(other, PauliSum):
            return NotImplemented
        return self + -other

    def __neg__(self) -> PauliSum:
        return -1 * self

    def __mul__(self, factor: complex) -> PauliSum:
        if isinstance(factor, bool) or not isinstance(factor, (int, float, complex)):
            return NotImplemented
        factor = _as_coefficient(factor, "factor")
        return self._from_masks(self._n_qubits, {k: factor * c for k, c in self._terms.items()})

    __rmul__ = __mul__

    def __truediv__(self, divisor: complex) -> PauliSum:
        return self * (1 / divisor)

    def __matmul__(self, other: PauliSum) -> PauliSum:
        if not isinstance(other, PauliSum):
            return NotImplemented
        self._check_size(other)
        terms: dict[_Masks, complex] = {}
        for (x1, z1), c1 in self._terms.items():
            for (x2, z2), c2 in other._terms.items():
                x, z = x1 ^ x2, z1 ^ z2
                # P = i**|x & z| X**x Z**z, and moving Z**z1 past X**x2 gives (-1)**|z1 & x2|.
                power = (x1 & z1).bit_count() + (x2 & z2).bit_count() - (x & z).bit_count()
                phase = _POWERS_OF_I[(power + 2 * (z1 & x2).bit_count()) % 4]
                terms[x, z] = terms.get((x, z), 0) + phase * c1 * c2
        return self._from_masks(self._n_qubits, terms)

    def _check_size(self, other: PauliSum) -> None:
        if self._n_qubits != other._n_qubits:
            raise ShapeError(
                f"Both Pauli sums must act on the same number of qubits, but they act on "
                f"{self._n_qubits} and {other._n_qubits}."
            )

    # Action

    def apply(self, xp: ArrayBackend[Any], state: Any, /) -> Any:
        """
        Apply the sum to states.

        Parameters
        ----------
        xp : ArrayBackend
            Backend of `state`.
        state : array, shape (*batch, 2**n_qubits), complex
            Not modified.

        Returns
        -------
        array, shape (*batch, 2**n_qubits), complex
            With the dtype of `state`; differentiable. Coefficients have the backend's precision.

        Raises
        ------
        ShapeError
            If the last axis has another length.

        Notes
        -----
        One pass over the states for all strings that flip the same bits, gathered by index in
        groups of passes; no matrix is formed.

        Examples
        --------
        >>> import arraybackends as ab
        >>> xp = ab.get_backend("numpy")
        >>> PauliSum({"Z": 2.0}).apply(xp, xp.asarray([0j, 1.0]))
        array([ 0.+0.j, -2.+0.j])
        """
        *batch, size = state.shape
        if size != 2**self._n_qubits:
            raise ShapeError(
                f"The last axis of `state` must have length {2**self._n_qubits} for "
                f"{self._n_qubits} qubits, but `state` has shape {tuple(state.shape)}."
            )
        count = math.prod(batch)
        passes = (_pass(xp, self._n_qubits, flips) for flips in self._passes(count))
        return xp.reshape(_add_passes(xp, xp.reshape(state, (count, size)), passes), state.shape)

    def operator(self, xp: ArrayBackend[Any], /) -> Callable[[Any], Any]:
        """
        `apply` for states of shape (1, 2**n_qubits), to be called many times.

        What does not depend on the state is made once, unless it is large.
        """
        n_flips = sum(map(len, self._flips))
        if n_flips * 2**self._n_qubits > _ELEMENTS_AT_ONCE:
            return lambda state: self.apply(xp, state)
        passes = [_pass(xp, self._n_qubits, flips) for flips in self._passes(1)]
        return lambda state: _add_passes(xp, state, passes)

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

        Examples
        --------
        >>> import arraybackends as ab
        >>> PauliSum({"Y": 1.0}).matrix(ab.get_backend("numpy"))
        array([[0.+0.j, 0.-1.j],
               [0.+1.j, 0.+0.j]])
        """
        xp = get_backend() if xp is None else xp
        size = 2**self._n_qubits
        check_memory(xp, self._n_qubits, size)
        columns = self.apply(xp, xp.eye(size, dtype=complex_dtype(xp), device=xp.device))
        return xp.matrix_transpose(columns)

    def _passes(self, batch: int) -> Iterator[tuple[_Flip, ...]]:
        """Flips applied together: of like numbers of strings, and within the memory."""
        at_once = max(_ELEMENTS_AT_ONCE // (max(batch, 1) * 2**self._n_qubits), 1)
        for flips in self._flips:
            for start in range(0, len(flips), at_once):
                yield flips[start : start + at_once]

    @property
    def _flips(self) -> tuple[tuple[_Flip, ...], ...]:
        # No `cached_property`: compilers do not trace its lock.
        if self._grouped is None:
            self._grouped = self._group()
        return self._grouped

    def _group(self) -> tuple[tuple[_Flip, ...], ...]:
        """Strings by X-mask, padded with zero coefficients to a power of two, by that power."""
        by_mask: dict[int, list[tuple[int, complex]]] = {}
        for (x, z), c in self._terms.items():
            phase = _POWERS_OF_I[-(x & z).bit_count() % 4]
            by_mask.setdefault(x, []).append((z, phase * c))
        by_size: dict[int, list[_Flip]] = {}
        for x, strings in by_mask.items():
            size = 1 << (len(strings) - 1).bit_length()
            z_masks, coefficients = zip(*strings, *[(0, 0j)] * (size - len(strings)), strict=True)
            by_size.setdefault(size, []).append(_Flip(x, z_masks, coefficients))
        return tuple(map(tuple, by_size.values()))


def check_observable(observable: Any, n_qubits: int, /) -> None:
    """
    Raise unless this is an observable on so many qubits.

    Raises
    ------
    TypeError
        If it is no `PauliSum`.
    ShapeError
        If the number of qubits differs.
    ValueError
        If a coefficient is not real.
    """
    if not isinstance(observable, PauliSum):
        raise TypeError(
            f"Argument `observable` must be a `PauliSum`, but is of type "
            f"`{type(observable).__name__}`."
        )
    if observable.n_qubits != n_qubits:
        raise ShapeError(
            f"Argument `observable` must act on the {n_qubits} qubits of the circuit, but acts on "
            f"{observable.n_qubits}."
        )
    for label, c in observable.terms.items():
        if isinstance(c, complex):
            raise ValueError(
                f"Argument `observable` must be Hermitian, but the coefficient of {label} is {c}."
            )


def _pass(xp: ArrayBackend[Any], n_qubits: int, flips: tuple[_Flip, ...]) -> tuple[Any, Any]:
    """Return where each amplitude comes from and its factor, both of shape (flips, 2**n_qubits)."""
    x_masks = xp.asarray([flip.x_mask for flip in flips], device=xp.device)
    index = xp.arange(2**n_qubits, device=xp.device)
    return xp.bitwise_xor(x_masks[:, None], index), _diagonals(xp, n_qubits, flips)


def _add_passes(xp: ArrayBackend[Any], states: Any, passes: Iterable[tuple[Any, Any]]) -> Any:
    """Gather and add; `states` has shape (count, 2**n_qubits)."""
    result = xp.zeros_like(states)
    for sources, factors in passes:
        flipped = xp.take(states, xp.reshape(sources, (-1,)), axis=1)
        flipped = xp.reshape(flipped, (states.shape[0], *sources.shape))
        result = result + xp.sum(xp.astype(factors, states.dtype) * flipped, axis=1)
    return result


def _diagonals(xp: ArrayBackend[Any], n_qubits: int, flips: tuple[_Flip, ...]) -> Any:
    """
    Return sum_z c_z (-1)**|a & z| for each flip and index a, shape (flips, 2**n_qubits).

    The sign is a product of those of the upper and the lower bits of a, so that the sum over z is a
    matrix product; a real one where all coefficients are real.
    """
    is_real = all(complex(c).imag == 0 for flip in flips for c in flip.coefficients)
    dtype = real_dtype(xp) if is_real else complex_dtype(xp)
    coefficients = xp.asarray(
        [[complex(c).real if is_real else c for c in flip.coefficients] for flip in flips],
        dtype=dtype, device=xp.device,
    )  # fmt: skip
    z_masks = xp.asarray([flip.z_masks for flip in flips], device=xp.device)
    n_lower = n_qubits // 2
    upper = _signs(xp, xp.bitwise_right_shift(z_masks, n_lower), n_qubits - n_lower, dtype)
    lower = _signs(xp, xp.bitwise_and(z_masks, 2**n_lower - 1), n_lower, dtype)
    weighted = xp.matrix_transpose(upper * coefficients[:, :, None])
    return xp.reshape(xp.matmul(weighted, lower), (len(flips), -1))


def _signs(xp: ArrayBackend[Any], masks: Any, n_bits: int, dtype: Any) -> Any:
    """Return (-1)**|mask & a| for all numbers a of `n_bits` bits, along a new last axis."""
    parity = xp.bitwise_and(masks[..., None], xp.arange(2**n_bits, device=xp.device))
    shift = 1 << max(n_bits - 1, 0).bit_length() >> 1
    while shift:
        parity = xp.bitwise_xor(parity, xp.bitwise_right_shift(parity, shift))
        shift >>= 1
    return xp.astype(1 - 2 * xp.bitwise_and(parity, 1), dtype)


def _to_masks(label: Any, n_qubits: int) -> _Masks:
    if not isinstance(label, str) or not label or not set(label) <= set(_LETTERS):
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
        flips, signs = _LETTERS[letter]
        x, z = x << 1 | flips, z << 1 | signs
    return x, z


def _to_label(masks: _Masks, n_qubits: int) -> str:
    x, z = masks
    return "".join(_NAMES[x >> b & 1, z >> b & 1] for b in reversed(range(n_qubits)))


def _as_coefficient(value: Any, name: str) -> complex:
    if isinstance(value, bool) or not isinstance(value, (int, float, complex)):
        raise TypeError(
            f"The coefficient of {name} must be a Python number, but is {value!r} of type "
            f"`{type(value).__name__}`."
        )
    if not cmath.isfinite(value):
        raise ValueError(f"The coefficient of {name} must be finite, but is {value!r}.")
    return complex(value)
