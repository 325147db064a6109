"""Sums of Pauli strings with numbers as coefficients, and their algebra."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from numbers import Complex
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import complex_dtype, real_dtype
from arraybackends.quantum.observables import reading
from arraybackends.quantum.observables.action import (
    Action,
    apply_action,
    plan_action,
    prepare_action,
)
from arraybackends.quantum.observables.base import Observable, check_states
from arraybackends.quantum.observables.correlators import string_traces
from arraybackends.quantum.observables.strings import (
    PauliString,
    agree,
    commute,
    multiply,
    to_label,
    to_string,
)

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["PauliSum"]


class PauliSum(Observable):
    """
    Weighted sum of Pauli strings. Immutable and hashable.

    Parameters
    ----------
    terms : mapping of str to number
        Coefficient of each string of the letters I, X, Y, Z, all of the same length; the leftmost
        letter acts on qubit 0 (the order of Cirq and PennyLane; for Qiskit's labels, which are
        reversed, there is `from_qiskit`).
    n_qubits : int, optional
        Length of the labels. Needed only if there is no term: the zero operator.

    Raises
    ------
    ValueError
        If there is neither a term nor `n_qubits`, a label has other letters, or a coefficient is
        not finite.
    ShapeError
        If labels differ in length.

    Notes
    -----
    `+`, `-`, multiples by numbers (`*`, `/`), products (`@`) and powers (`**`) are exact in the
    strings; terms that cancel are dropped. `==` compares coefficients exactly.

    Examples
    --------
    >>> 2 * PauliSum({"XI": 1.0}) @ PauliSum({"YI": 0.5})
    PauliSum({'ZI': 1j})
    """

    __slots__ = ("_action", "_n_qubits", "_terms")

    def __init__(self, terms: Mapping[str, complex], /, *, n_qubits: int | None = None) -> None:
        if not terms and n_qubits is None:
            raise ValueError(
                "Argument `terms` must have at least one term, but is empty. For the zero operator "
                "give `n_qubits`."
            )
        self._n_qubits = len(next(iter(terms))) if n_qubits is None else n_qubits
        self._terms = {
            to_string(label, self._n_qubits): _as_coefficient(coefficient, label)
            for label, coefficient in terms.items()
        }
        self._action: Action | None = None

    @classmethod
    def from_strings(
        cls, strings: Iterable[tuple[PauliString, complex]], n_qubits: int, /
    ) -> PauliSum:
        """
        Make a sum from masks, in linear time.

        Parameters
        ----------
        strings : iterable of ((int, int), number)
            X-mask and Z-mask of each string, where qubit 0 is the most significant bit, and its
            coefficient. Repeated strings add up; those that cancel are dropped.
        n_qubits : int

        Returns
        -------
        PauliSum

        Examples
        --------
        >>> PauliSum.from_strings([((0b10, 0b01), 0.5)], 2)
        PauliSum({'XZ': 0.5})
        """
        terms: dict[PauliString, complex] = {}
        for string, coefficient in strings:
            terms[string] = terms.get(string, 0) + _as_coefficient(coefficient, str(string))
        result = object.__new__(cls)
        result._n_qubits = n_qubits
        result._terms = {string: c for string, c in terms.items() if c != 0}
        result._action = None
        return result

    @classmethod
    def identity(cls, n_qubits: int, /) -> PauliSum:
        """Identity on so many qubits."""
        return cls({"I" * n_qubits: 1.0})

    # Reading and writing

    @classmethod
    def from_text(cls, text: str, /, *, n_qubits: int | None = None) -> PauliSum:
        """
        Read a sum such as `"-1.05 II + 0.39 ZI - XX"` or `"0.5 X0 Z3 - Y1"`.

        Parameters
        ----------
        text : str
            Terms joined by + or -, each a number (1 if left out; complex ones in parentheses; `*`
            allowed after it) and a string: a label such as `XIZ`, whose leftmost letter acts on
            qubit 0, or letters with their qubits such as `X0 Z2` (`I` alone is the identity).
            Repeated strings add up.
        n_qubits : int, optional
            Size of the register: needed, and only allowed, for letters with qubits.

        Returns
        -------
        PauliSum

        Raises
        ------
        ValueError
            If the text has another form; the message shows where.
        ShapeError
            If labels differ in length.

        Examples
        --------
        >>> PauliSum.from_text("0.5 ZZ - XI")
        PauliSum({'ZZ': 0.5, 'XI': -1.0})
        >>> PauliSum.from_text("0.5 Z0 Z2 - (1-2j) X1", n_qubits=3)
        PauliSum({'ZIZ': 0.5, 'IXI': (-1+2j)})
        """
        return cls.from_strings(*reading.read_text(text, n_qubits))

    @classmethod
    def from_sparse(
        cls, terms: Mapping[str, complex] | Iterable[tuple[str, complex]], /, *, n_qubits: int
    ) -> PauliSum:
        """
        Make a sum from strings that name only the qubits they act on.

        Parameters
        ----------
        terms : mapping of str to number, or iterable of (str, number)
            Such as `{"X0 Z3": 0.5, "": 1.0}`; the empty string is the identity.
        n_qubits : int
            Size of the register.

        Returns
        -------
        PauliSum

        Raises
        ------
        ValueError
            If a string has another form, or a qubit is repeated or out of range.

        Examples
        --------
        >>> PauliSum.from_sparse({"X0 Z3": 0.5, "": 1.0}, n_qubits=4)
        PauliSum({'XIIZ': 0.5, 'IIII': 1.0})
        """
        pairs = terms.items() if isinstance(terms, Mapping) else terms
        strings = [(reading.read_sparse(key, n_qubits), c) for key, c in pairs]
        return cls.from_strings(strings, n_qubits)

    @classmethod
    def from_openfermion(
        cls, terms: str | Mapping[Any, complex], /, *, n_qubits: int | None = None
    ) -> PauliSum:
        r"""
        Read OpenFermion's operators, whose qubit 0 is ours: no order is reversed.

        Parameters
        ----------
        terms : str or mapping
            What `str(QubitOperator)` writes, such as `"(-0.07+0j) [X0 X1 Y2 Y3] +"` with a term on
            each line, or its dictionary `terms`, such as `{((0, "X"), (1, "Y")): 0.5, (): 1.0}`.
        n_qubits : int, optional
            Size of the register; that of the highest qubit unless given.

        Returns
        -------
        PauliSum

        Raises
        ------
        ValueError
            If the text has another form, or a qubit is repeated or out of range.

        Examples
        --------
        >>> PauliSum.from_openfermion("(-0.07) [X0 X1 Y2 Y3] +\n0.5 []")
        PauliSum({'XXYY': -0.07, 'IIII': 0.5})
        """
        return cls.from_strings(*reading.read_openfermion(terms, n_qubits))

    @classmethod
    def from_qiskit(cls, terms: Iterable[tuple[str, complex]], /) -> PauliSum:
        """
        Read Qiskit's labels, whose rightmost letter acts on qubit 0: each label is reversed.

        Parameters
        ----------
        terms : iterable of (str, number)
            What `SparsePauliOp.to_list()` returns. Repeated labels add up.

        Returns
        -------
        PauliSum
            With the same action on each qubit: Qiskit's qubit 0 is ours.

        Raises
        ------
        ValueError
            If there is no term, or a label has other letters.
        ShapeError
            If labels differ in length.

        Examples
        --------
        >>> PauliSum.from_qiskit([("IIX", 1.0), ("ZYI", 0.5)])
        PauliSum({'XII': 1.0, 'IYZ': 0.5})
        """
        pairs = [(label[::-1], c) for label, c in terms]
        if not pairs:
            raise ValueError("Argument `terms` must have at least one term, but is empty.")
        n_qubits = len(pairs[0][0])
        return cls.from_strings([(to_string(label, n_qubits), c) for label, c in pairs], n_qubits)

    def to_text(self) -> str:
        """
        Text that `from_text` reads.

        Examples
        --------
        >>> PauliSum({"ZI": 0.5, "XY": -1j}).to_text()
        '0.5 ZI + (-0.0-1.0j) XY'
        """
        return reading.write_text(self._pairs())

    def to_openfermion(self) -> dict[tuple[tuple[int, str], ...], complex]:
        """
        Dictionary `terms` of OpenFermion's `QubitOperator`, qubit 0 being the same.

        Examples
        --------
        >>> PauliSum({"IXY": 0.5}).to_openfermion()
        {((1, 'X'), (2, 'Y')): 0.5}
        """
        return {
            tuple((q, letter) for q, letter in enumerate(label) if letter != "I"): c
            for label, c in self._pairs()
        }

    def to_openfermion_text(self) -> str:
        r"""
        What OpenFermion's `QubitOperator` takes and prints.

        Examples
        --------
        >>> PauliSum({"IXY": 0.5, "III": -1.0}).to_openfermion_text()
        '0.5 [X1 Y2] +\n-1.0 []'
        """
        return reading.write_openfermion(self._pairs())

    def to_qiskit(self) -> list[tuple[str, complex]]:
        """
        List that `SparsePauliOp.from_list` takes, each label reversed: qubit 0 is rightmost.

        Examples
        --------
        >>> PauliSum({"XII": 1.0, "IYZ": 0.5}).to_qiskit()
        [('IIX', 1.0), ('ZYI', 0.5)]
        """
        return [(label[::-1], c) for label, c in self._pairs()]

    # What it is made of

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return self._n_qubits

    @property
    def terms(self) -> dict[str, complex]:
        """Coefficient of each label; a float where it is real."""
        return dict(self._pairs())

    @property
    def strings(self) -> dict[PauliString, complex]:
        """Coefficient of each string, as X-mask and Z-mask; qubit 0 is the most significant bit."""
        return dict(self._terms)

    @property
    def hermiticity_defect(self) -> str | None:
        """First coefficient that is not real, if there is one."""
        for label, c in self._pairs():
            if isinstance(c, complex):
                return f"the coefficient of {label} is {c}"
        return None

    def _pairs(self) -> Iterator[tuple[str, complex]]:
        for string, c in self._terms.items():
            yield to_label(string, self._n_qubits), c.real if c.imag == 0 else c

    def __len__(self) -> int:
        return len(self._terms)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PauliSum):
            return NotImplemented
        return (self._n_qubits, self._terms) == (other._n_qubits, other._terms)

    def __hash__(self) -> int:
        return hash((self._n_qubits, frozenset(self._terms.items())))

    def __repr__(self) -> str:
        size = "" if self._terms else f", n_qubits={self._n_qubits}"
        return f"PauliSum({self.terms}{size})"

    # Algebra

    def __add__(self, other: Observable) -> Any:
        if not isinstance(other, PauliSum):
            return super().__add__(other)
        self._check_size(other)
        return self._make([*self._terms.items(), *other._terms.items()])

    def __mul__(self, factor: complex) -> PauliSum:
        if isinstance(factor, bool) or not isinstance(factor, (int, float, complex)):
            return NotImplemented
        factor = _as_coefficient(factor, "factor")
        return self._make((string, factor * c) for string, c in self._terms.items())

    def __matmul__(self, other: PauliSum) -> PauliSum:
        if not isinstance(other, PauliSum):
            return NotImplemented
        self._check_size(other)
        return self._make(_products(self, other))

    def __pow__(self, exponent: int) -> PauliSum:
        if isinstance(exponent, bool) or not isinstance(exponent, int):
            return NotImplemented
        if exponent < 0:
            raise ValueError(f"The exponent of a power must not be negative, but is {exponent}.")
        result, square = self.identity(self._n_qubits), self
        while exponent:
            if exponent & 1:
                result = result @ square
            if exponent := exponent >> 1:
                square = square @ square
        return result

    def adjoint(self) -> PauliSum:
        """
        Adjoint operator: with the conjugate coefficients.

        Examples
        --------
        >>> PauliSum({"X": 1 + 2j}).adjoint()
        PauliSum({'X': (1-2j)})
        """
        return self._make((string, c.conjugate()) for string, c in self._terms.items())

    def commutator(self, other: PauliSum, /) -> PauliSum:
        """
        Commutator AB - BA; strings that commute are never multiplied.

        Examples
        --------
        >>> PauliSum({"X": 1.0}).commutator(PauliSum({"Y": 1.0}))
        PauliSum({'Z': 2j})
        """
        self._check_size(other)
        return self._make((s, 2 * c) for s, c in _products(self, other, commuting=False))

    def anticommutator(self, other: PauliSum, /) -> PauliSum:
        """
        Anticommutator AB + BA.

        Examples
        --------
        >>> PauliSum({"X": 1.0}).anticommutator(PauliSum({"X": 1.0, "Y": 1.0}))
        PauliSum({'I': 2.0})
        """
        self._check_size(other)
        return self._make((s, 2 * c) for s, c in _products(self, other, commuting=True))

    def commutes_with(self, other: PauliSum, /, *, tolerance: float = 0.0) -> bool:
        """
        Whether two sums commute as operators.

        Parameters
        ----------
        other : PauliSum
            On as many qubits.
        tolerance : float
            Largest coefficient that the commutator may have.

        Returns
        -------
        bool

        Examples
        --------
        >>> PauliSum({"XX": 1.0}).commutes_with(PauliSum({"ZZ": 1.0}))
        True
        """
        return all(abs(c) <= tolerance for c in self.commutator(other)._terms.values())

    def commutes_qubit_wise_with(self, other: PauliSum, /) -> bool:
        """
        Whether on each qubit all strings of both sums have the same letter, or I.

        Such sums commute, and can be measured together in a product basis.

        Examples
        --------
        >>> PauliSum({"XX": 1.0}).commutes_qubit_wise_with(PauliSum({"ZZ": 1.0}))
        False
        """
        self._check_size(other)
        x = z = 0
        for string in [*self._terms, *other._terms]:
            if not agree(string, (x, z)):
                return False
            x, z = x | string[0], z | string[1]
        return True

    def simplify(self, *, tolerance: float = 0.0) -> PauliSum:
        """
        Sum without the small terms, and with coefficients chopped to real where they nearly are.

        Parameters
        ----------
        tolerance : float
            Terms whose coefficient is at most that large are dropped; so are real and imaginary
            parts. The operator changes by at most the sum of what is dropped, in operator norm.

        Returns
        -------
        PauliSum

        Examples
        --------
        >>> PauliSum({"X": 1 + 1e-15j, "Y": 1e-15}).simplify(tolerance=1e-12)
        PauliSum({'X': 1.0})
        """

        def chop(part: float) -> float:
            return part if abs(part) > tolerance else 0.0

        return self._make((s, complex(chop(c.real), chop(c.imag))) for s, c in self._terms.items())

    def tensor(self, other: PauliSum, /) -> PauliSum:
        """
        Tensor product; the qubits of `other` come after those of this sum.

        Examples
        --------
        >>> PauliSum({"X": 2.0}).tensor(PauliSum({"YZ": 0.5}))
        PauliSum({'XYZ': 1.0})
        """
        shift = other._n_qubits
        pairs = [
            ((x1 << shift | x2, z1 << shift | z2), c1 * c2)
            for (x1, z1), c1 in self._terms.items()
            for (x2, z2), c2 in other._terms.items()
        ]
        return self.from_strings(pairs, self._n_qubits + shift)

    def embed(self, n_qubits: int, qubits: Sequence[int] | None = None, /) -> PauliSum:
        """
        The same operator on some qubits of a larger register.

        Parameters
        ----------
        n_qubits : int
            Size of the register.
        qubits : sequence of int, optional
            Distinct; where each qubit of this sum goes. The first ones unless given.

        Returns
        -------
        PauliSum

        Raises
        ------
        ValueError
            If `qubits` are not distinct, out of range or not as many as those of this sum.

        Examples
        --------
        >>> PauliSum({"XZ": 1.0}).embed(4, (3, 1))
        PauliSum({'IZIX': 1.0})
        """
        places = tuple(range(self._n_qubits) if qubits is None else qubits)
        reading.check_qubits(places, self._n_qubits, n_qubits)

        def spread(mask: int) -> int:
            bits = (mask >> (self._n_qubits - 1 - i) & 1 for i in range(self._n_qubits))
            return sum(
                bit << (n_qubits - 1 - place) for bit, place in zip(bits, places, strict=True)
            )

        pairs = [((spread(x), spread(z)), c) for (x, z), c in self._terms.items()]
        return self.from_strings(pairs, n_qubits)

    def _make(self, strings: Iterable[tuple[PauliString, complex]]) -> PauliSum:
        return self.from_strings(strings, self._n_qubits)

    def _check_size(self, other: PauliSum) -> None:
        if self._n_qubits != other._n_qubits:
            raise ShapeError(
                f"Both Pauli sums must act on the same number of qubits, but they act on "
                f"{self._n_qubits} and {other._n_qubits}. Use `embed`."
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
        DTypeError
            If `state` is not complex.

        Notes
        -----
        One pass over the states for all strings in a window of five neighbouring qubits, and for
        all others that flip the same bits; no matrix of the size of the register is formed.

        Examples
        --------
        >>> import arraybackends as ab
        >>> xp = ab.get_backend("numpy")
        >>> PauliSum({"Z": 2.0}).apply(xp, xp.asarray([0j, 1.0]))
        array([ 0.+0.j, -2.+0.j])
        """
        check_states(xp, state, self._n_qubits)
        coefficients = self.coefficients(xp, device=xp.device_of(state))
        return apply_action(xp, self.action, coefficients, state)

    def operator(self, xp: ArrayBackend[Any], /) -> Callable[[Any], Any]:
        """
        `apply` as a function of the state, to be called many times.

        What does not depend on the state is made once, on the device of `xp`, unless it is large.
        """
        return prepare_action(xp, self.action, self.coefficients(xp))

    def trace(self, xp: ArrayBackend[Any], density: Any, /) -> Any:
        """Real part of tr(density @ operator), from 2**n_qubits elements for each X-mask."""
        check_states(xp, density, self._n_qubits, density=True)
        if self.hermiticity_defect is not None:
            return super().trace(xp, density)
        values = string_traces(xp, self._n_qubits, tuple(self._terms), density)
        weights = xp.astype(self.coefficients(xp, device=xp.device_of(density)), values.dtype)
        return xp.matmul(values, weights)

    def coefficients(self, xp: ArrayBackend[Any], /, *, device: Any = None) -> Any:
        """
        Coefficients in the order of `terms`.

        Returns
        -------
        array, shape (n_terms,)
            Real if all of them are, in the backend's precision.
        """
        numbers: list[Any] = list(self._terms.values())
        is_real = all(c.imag == 0 for c in numbers)
        return xp.asarray(
            [c.real for c in numbers] if is_real else numbers,
            dtype=real_dtype(xp) if is_real else complex_dtype(xp),
            device=xp.device if device is None else device,
        )

    @property
    def action(self) -> Action:
        """Passes over a state in which the sum is applied."""
        # No `cached_property`: compilers do not trace its lock.
        if self._action is None:
            self._action = plan_action(self._n_qubits, tuple(self._terms))
        return self._action


def _products(
    first: PauliSum, second: PauliSum, *, commuting: bool | None = None
) -> Iterator[tuple[PauliString, complex]]:
    """Products of all pairs of strings, or of those that commute, or that do not."""
    for s1, c1 in first._terms.items():
        for s2, c2 in second._terms.items():
            if commuting is None or commute(s1, s2) == commuting:
                string, factor = multiply(s1, s2)
                yield string, factor * c1 * c2


def _as_coefficient(value: Any, name: str) -> complex:
    if isinstance(value, bool) or not isinstance(value, Complex):
        raise TypeError(
            f"The coefficient of {name} must be a Python number, but is {value!r} of type "
            f"`{type(value).__name__}`. For coefficients in an array use `ParametricPauliSum`."
        )
    number = complex(value)
    if not cmath.isfinite(number):
        raise ValueError(f"The coefficient of {name} must be finite, but is {value!r}.")
    return number
