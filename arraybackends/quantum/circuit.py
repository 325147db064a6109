"""Circuits."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from arraybackends.errors import ShapeError
from arraybackends.quantum import matrix as small
from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.execution import simulate
from arraybackends.quantum.gate import GATES
from arraybackends.quantum.memory import STATES_OF_EXPECTATION, STATES_OF_RUN
from arraybackends.quantum.parameter import Angle, Parameter
from arraybackends.quantum.pauli import PauliSum, check_observable
from arraybackends.quantum.structure import UNITARY, Operation, Structure
from arraybackends.selection import backend_of, get_backend

if TYPE_CHECKING:
    from typing import Self

    from arraybackends.protocol import ArrayBackend

__all__ = ["Angle", "Circuit", "Qubits"]

Qubits: TypeAlias = int | Iterable[int]
"""One qubit, or several to each of which a one-qubit gate is applied."""


class Circuit:
    r"""
    Quantum circuit on a register of qubits that starts in |0...0>.

    Parameters
    ----------
    n_qubits : int
        Number of qubits, at least 1. Qubit 0 is the leftmost, most significant bit.

    Notes
    -----
    Gates are appended by methods, which return the circuit, so that they chain. Qubits come first,
    then angles, in radians. An angle is

    - a Python number;
    - an array of any backend, traced ones included: 0-d, or of shape `batch`, which gives a state
      for each element (the batch shapes of all angles broadcast);
    - a `Parameter`, which gets its value from `bind` or from `expectation_function`.

    One-qubit gates take several qubits too: `circuit.h(range(3))`.

    The circuit runs on the backend that its arrays belong to, and if all angles are numbers, on the
    current one. Two circuits are equal if they have equal gates with equal angles, in order.
    Circuits are mutable, thus not hashable; `structure` is.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit
    >>> with ab.use_backend("numpy"):
    ...     Circuit(2).x(0).cx(0, 1).probabilities()
    array([0., 0., 0., 1.])
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, n_qubits: int) -> None:
        self._n_qubits = _as_index(n_qubits, "n_qubits")
        if self._n_qubits < 1:
            raise ValueError(f"Argument `n_qubits` must be at least 1, but is {n_qubits!r}.")
        self._operations: list[Operation] = []
        self._angles: list[Angle] = []
        self._matrices: list[Any] = []
        self._slots: dict[Parameter, int] = {}
        self._array: Any = None  # the first array among angles and matrices: it names the backend

    # What it is made of

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return self._n_qubits

    @property
    def structure(self) -> Structure:
        """Gates, qubits and slots of angles: hashable, without the angles themselves."""
        return Structure(
            self._n_qubits, tuple(self._operations), len(self._angles), len(self._matrices)
        )

    @property
    def angles(self) -> tuple[Angle, ...]:
        """Angle of each slot of the structure, in radians."""
        return tuple(self._angles)

    @property
    def matrices(self) -> tuple[Any, ...]:
        """Matrices of the `unitary` gates, by slot."""
        return tuple(self._matrices)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of their first use."""
        return tuple(parameter.name for parameter in self._slots)

    @property
    def backend(self) -> ArrayBackend[Any]:
        """Backend that the arrays of the circuit belong to; without arrays, the current one."""
        return get_backend() if self._array is None else backend_of(self._array)

    def __len__(self) -> int:
        return len(self._operations)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Circuit):
            return NotImplemented
        return (self._n_qubits, len(self)) == (other._n_qubits, len(other)) and all(
            mine[:2] == theirs[:2] and all(map(_is_same, mine[2], theirs[2]))
            for mine, theirs in zip(self._gates(), other._gates(), strict=True)
        )

    def _gates(self) -> Iterator[tuple[str, tuple[int, ...], tuple[Any, ...]]]:
        """Each gate with the values in its slots."""
        for gate, qubits, slots, *_ in self._operations:
            values = self._matrices if gate == UNITARY else self._angles
            yield gate, qubits, tuple(values[slot] for slot in slots)

    def __repr__(self) -> str:
        calls = [f"Circuit({self._n_qubits})"]
        for gate, qubits, values in self._gates():
            wires: tuple[Any, ...] = (qubits,) if gate == UNITARY else qubits
            calls.append(f"{gate}({', '.join(map(repr, (*wires, *values)))})")
        return ".".join(calls)

    # Appending

    def append(self, gate: str, qubits: Sequence[int], *angles: Angle) -> Self:
        """
        Append a gate of the gate table by its name.

        Parameters
        ----------
        gate : str
            Name as in the methods: `"rx"`, `"cx"`, ...
        qubits : sequence of int
            Distinct, in the order of the gate's bits.
        *angles : float, array or Parameter
            In radians.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ValueError
            If the gate is unknown, a qubit is out of range or repeated, the number of qubits or
            angles is wrong, or an angle is not finite.
        TypeError
            If a qubit is no integer or an angle no real number, array or parameter.
        BackendMismatchError
            If an angle is an array of another backend than those before.

        Examples
        --------
        >>> Circuit(2).append("crx", (0, 1), 0.5)
        Circuit(2).crx(0, 1, 0.5)
        """
        known = GATES.get(gate)
        if known is None:
            raise ValueError(
                f"Argument `gate` is {gate!r}, which is no known gate. "
                f"Known gates: {', '.join(GATES)}; for others use `unitary`."
            )
        qubits = self._check_qubits(qubits, known.n_qubits, gate)
        if len(angles) != known.n_angles:
            raise ValueError(
                f"Gate `{gate}` takes {known.n_angles} angle(s), but {len(angles)} were given: "
                f"{angles!r}."
            )
        angles = tuple(a if isinstance(a, Parameter) else self._check_angle(a) for a in angles)
        self._operations.append(Operation(gate, qubits, tuple(map(self._slot, angles))))
        return self

    def unitary(self, qubits: Qubits, matrix: Any, *, check: bool = True) -> Self:
        """
        Append a gate by its matrix.

        Parameters
        ----------
        qubits : int or sequence of int
            The k qubits it acts on; the first is the most significant bit of the matrix index.
        matrix : nested sequence of numbers, or array, shape (2**k, 2**k)
            Unitary.
        check : bool
            Check that the matrix is unitary. Give False for a matrix that depends on a traced
            array (under `jit` or `vmap`), whose values cannot be looked at.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ShapeError
            If the shape does not fit the qubits.
        ValueError
            If the matrix is not unitary, to six digits.

        Examples
        --------
        >>> Circuit(1).unitary(0, [[0, 1], [1, 0]]).n_qubits
        1
        """
        several = tuple(qubits) if isinstance(qubits, Iterable) else (qubits,)
        checked = self._check_qubits(several, len(several), UNITARY)
        dimension = 2 ** len(checked)
        if isinstance(matrix, (list, tuple)):
            matrix = tuple(tuple(complex(entry) for entry in row) for row in matrix)
            shape: tuple[int, ...] = (len(matrix), *{len(row) for row in matrix})
        else:
            self._check_backend(matrix)
            shape = tuple(matrix.shape)
        if shape != (dimension, dimension):
            raise ShapeError(
                f"Argument `matrix` must have shape {(dimension, dimension)} for the qubits "
                f"{checked}, but has shape {shape}."
            )
        if check:
            _check_unitary(matrix)
        self._operations.append(Operation(UNITARY, checked, (len(self._matrices),)))
        self._matrices.append(matrix)
        return self

    def _each(self, gate: str, qubits: Qubits, *angles: Angle) -> Self:
        """Append a one-qubit gate to one or several qubits."""
        for qubit in qubits if isinstance(qubits, Iterable) else (qubits,):
            self.append(gate, (qubit,), *angles)
        return self

    def _check_qubits(self, qubits: Iterable[int], expected: int, gate: str) -> tuple[int, ...]:
        checked = tuple(_as_index(qubit, "qubits") for qubit in qubits)
        if len(checked) != expected or not checked:
            raise ValueError(
                f"Gate `{gate}` acts on {expected or 'at least 1'} qubit(s), but `qubits` is "
                f"{checked}."
            )
        if len(set(checked)) != len(checked) or not all(0 <= q < self._n_qubits for q in checked):
            raise ValueError(
                f"Argument `qubits` must be distinct and in range({self._n_qubits}), but is "
                f"{checked}."
            )
        return checked

    def _check_angle(self, angle: Angle) -> Angle:
        # The exact types: np.float64 derives from float, but belongs to NumPy.
        if type(angle) in (int, float):
            if not math.isfinite(angle):
                raise ValueError(f"An angle must be finite, but is {angle!r}.")
            return float(angle)
        if isinstance(angle, (bool, complex, str)) and type(angle).__module__ == "builtins":
            raise TypeError(
                f"An angle must be a real number, an array or a `Parameter`, but is {angle!r}."
            )
        xp = self._check_backend(angle)
        if not xp.isdtype(angle.dtype, ("integral", "real floating")):
            raise TypeError(f"An angle must be real, but has dtype {xp.dtype_name(angle.dtype)}.")
        return angle

    def _check_backend(self, array: Any) -> ArrayBackend[Any]:
        if self._array is None:
            xp = backend_of(array)
            self._array = array
            return xp
        return backend_of(self._array, array)

    def _slot(self, angle: Angle) -> int:
        if isinstance(angle, Parameter):
            if angle in self._slots:
                return self._slots[angle]
            self._slots[angle] = len(self._angles)
        self._angles.append(angle)
        return len(self._angles) - 1

    # Gates on one qubit (or several, one after the other)

    def h(self, qubits: Qubits, /) -> Self:
        """Hadamard gate."""
        return self._each("h", qubits)

    def x(self, qubits: Qubits, /) -> Self:
        """Pauli X: bit flip."""
        return self._each("x", qubits)

    def y(self, qubits: Qubits, /) -> Self:
        """Pauli Y."""
        return self._each("y", qubits)

    def z(self, qubits: Qubits, /) -> Self:
        """Pauli Z: phase flip."""
        return self._each("z", qubits)

    def s(self, qubits: Qubits, /) -> Self:
        """Square root of Z: diag(1, i)."""
        return self._each("s", qubits)

    def sdg(self, qubits: Qubits, /) -> Self:
        """Inverse of S: diag(1, -i)."""
        return self._each("sdg", qubits)

    def t(self, qubits: Qubits, /) -> Self:
        """Square root of S: diag(1, exp(i pi / 4))."""
        return self._each("t", qubits)

    def tdg(self, qubits: Qubits, /) -> Self:
        """Inverse of T."""
        return self._each("tdg", qubits)

    def sx(self, qubits: Qubits, /) -> Self:
        """Square root of X, with eigenvalues 1 and i."""
        return self._each("sx", qubits)

    def sxdg(self, qubits: Qubits, /) -> Self:
        """Inverse of SX."""
        return self._each("sxdg", qubits)

    def p(self, qubits: Qubits, theta: Angle, /) -> Self:
        """Phase: diag(1, exp(i theta))."""
        return self._each("p", qubits, theta)

    def rx(self, qubits: Qubits, theta: Angle, /) -> Self:
        """Rotation about x: exp(-i theta X / 2)."""
        return self._each("rx", qubits, theta)

    def ry(self, qubits: Qubits, theta: Angle, /) -> Self:
        """Rotation about y: exp(-i theta Y / 2)."""
        return self._each("ry", qubits, theta)

    def rz(self, qubits: Qubits, theta: Angle, /) -> Self:
        """Rotation about z: exp(-i theta Z / 2)."""
        return self._each("rz", qubits, theta)

    def u(self, qubits: Qubits, theta: Angle, phi: Angle, lam: Angle, /) -> Self:
        """Any rotation: P(phi) RY(theta) P(lam), with a real upper left element (Qiskit's u)."""
        return self._each("u", qubits, theta, phi, lam)

    # Gates on two qubits

    def cx(self, control: int, target: int, /) -> Self:
        """Controlled X."""
        return self.append("cx", (control, target))

    def cy(self, control: int, target: int, /) -> Self:
        """Controlled Y."""
        return self.append("cy", (control, target))

    def cz(self, control: int, target: int, /) -> Self:
        """Controlled Z."""
        return self.append("cz", (control, target))

    def ch(self, control: int, target: int, /) -> Self:
        """Controlled Hadamard."""
        return self.append("ch", (control, target))

    cnot = cx

    def cp(self, control: int, target: int, theta: Angle, /) -> Self:
        """Controlled phase: diag(1, 1, 1, exp(i theta))."""
        return self.append("cp", (control, target), theta)

    def crx(self, control: int, target: int, theta: Angle, /) -> Self:
        """Controlled rotation about x."""
        return self.append("crx", (control, target), theta)

    def cry(self, control: int, target: int, theta: Angle, /) -> Self:
        """Controlled rotation about y."""
        return self.append("cry", (control, target), theta)

    def crz(self, control: int, target: int, theta: Angle, /) -> Self:
        """Controlled rotation about z."""
        return self.append("crz", (control, target), theta)

    def swap(self, qubit1: int, qubit2: int, /) -> Self:
        """Exchange two qubits."""
        return self.append("swap", (qubit1, qubit2))

    def iswap(self, qubit1: int, qubit2: int, /) -> Self:
        """Exchange two qubits, with phase i on |01> and |10>."""
        return self.append("iswap", (qubit1, qubit2))

    def rxx(self, qubit1: int, qubit2: int, theta: Angle, /) -> Self:
        """Ising rotation exp(-i theta X(x)X / 2)."""
        return self.append("rxx", (qubit1, qubit2), theta)

    def ryy(self, qubit1: int, qubit2: int, theta: Angle, /) -> Self:
        """Ising rotation exp(-i theta Y(x)Y / 2)."""
        return self.append("ryy", (qubit1, qubit2), theta)

    def rzz(self, qubit1: int, qubit2: int, theta: Angle, /) -> Self:
        """Ising rotation exp(-i theta Z(x)Z / 2)."""
        return self.append("rzz", (qubit1, qubit2), theta)

    def single_excitation(self, qubit1: int, qubit2: int, theta: Angle, /) -> Self:
        """Givens rotation by theta / 2 from |01> to |10>; conserves the number of ones."""
        return self.append("single_excitation", (qubit1, qubit2), theta)

    # Gates on three and four qubits

    def ccx(self, control1: int, control2: int, target: int, /) -> Self:
        """Toffoli gate: X with two controls."""
        return self.append("ccx", (control1, control2, target))

    def cswap(self, control: int, target1: int, target2: int, /) -> Self:
        """Fredkin gate: controlled exchange."""
        return self.append("cswap", (control, target1, target2))

    def double_excitation(
        self, qubit1: int, qubit2: int, qubit3: int, qubit4: int, theta: Angle, /
    ) -> Self:
        """Givens rotation by theta / 2 from |0011> to |1100>; conserves the number of ones."""
        return self.append("double_excitation", (qubit1, qubit2, qubit3, qubit4), theta)

    # Parameters

    def bind(self, values: Mapping[str, Angle] | Iterable[Angle], /) -> Circuit:
        """
        Circuit with values in place of parameters.

        Parameters
        ----------
        values : mapping of str to angle, or iterable of angles
            Numbers or arrays; by name (the others stay parameters), or all of them in the order of
            `parameters`.

        Returns
        -------
        Circuit
            A new circuit; this one is not modified.

        Raises
        ------
        ValueError
            If a name is not one of `parameters`, or the number of values is wrong.

        Examples
        --------
        >>> from arraybackends.quantum import Parameter
        >>> Circuit(1).rx(0, Parameter("a")).bind({"a": 0.5})
        Circuit(1).rx(0, 0.5)
        """
        names = self.parameters
        if not isinstance(values, Mapping):
            values = list(values)
            if len(values) != len(names):
                raise ValueError(
                    f"Argument `values` must have one value for each of the parameters {names}, "
                    f"but has {len(values)}."
                )
            values = dict(zip(names, values, strict=True))
        unknown = sorted(set(values) - set(names))
        if unknown:
            raise ValueError(
                f"Argument `values` names {unknown}, but the parameters of the circuit are {names}."
            )
        bound = Circuit(self._n_qubits)
        bound._array = self._array
        bound._operations, bound._matrices = [*self._operations], [*self._matrices]
        bound._angles = [*self._angles]
        for parameter, slot in self._slots.items():
            if parameter.name in values:
                bound._angles[slot] = bound._check_angle(values[parameter.name])
            else:
                bound._slots[parameter] = slot
        return bound

    # Running

    def state(self) -> Any:
        """
        Final state.

        Returns
        -------
        array, shape (*batch, 2**n_qubits), complex
            Amplitudes, in the complex dtype of the backend's precision; differentiable in the
            angles.

        Raises
        ------
        MemoryLimitError
            If the state does not fit; refused before any allocation.
        ValueError
            If the circuit has unbound parameters.

        Notes
        -----
        O(gates * 2**n_qubits) operations; memory for three states.

        Examples
        --------
        >>> import arraybackends as ab
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).x(0).state()
        array([0.+0.j, 1.+0.j])
        """
        return self._simulate(states=STATES_OF_RUN)

    def probabilities(self) -> Any:
        """
        Probabilities of the bit strings 0...0 to 1...1.

        Returns
        -------
        array, shape (*batch, 2**n_qubits), real
            Squared moduli of the amplitudes; differentiable, also where an amplitude is zero.

        Examples
        --------
        >>> import arraybackends as ab
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).x(0).probabilities()
        array([0., 1.])
        """
        xp, state = self.backend, self.state()
        return xp.real(state) ** 2 + xp.imag(state) ** 2

    def expectation(self, observable: PauliSum) -> Any:
        """
        Expectation value of an observable in the final state.

        Parameters
        ----------
        observable : PauliSum
            On as many qubits, with real coefficients.

        Returns
        -------
        array, shape batch, real
            <state|observable|state>, exact; differentiable in the angles.

        Raises
        ------
        ShapeError
            If the observable acts on another number of qubits.
        TypeError
            If it is no `PauliSum`.
        ValueError
            If it is not Hermitian, or the circuit has unbound parameters.
        MemoryLimitError
            If the state does not fit.

        Notes
        -----
        One pass over the state for all strings of the observable that flip the same bits; memory
        for eight states.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import PauliSum
        >>> with ab.use_backend("numpy"):
        ...     Circuit(2).x(0).expectation(PauliSum.from_text("0.5 ZI + 2 IZ"))
        array(1.5)
        """
        check_observable(observable, self._n_qubits)
        state = self._simulate(states=STATES_OF_EXPECTATION)
        xp = self.backend
        return xp.real(xp.vecdot(state, observable.apply(xp, state)))

    def _simulate(self, *, states: int) -> Any:
        if self._slots:
            raise ValueError(
                f"The circuit has the unbound parameters {self.parameters}. Give them values with "
                "`bind`, or use `expectation_function`."
            )
        return simulate(self.backend, self.structure, self._angles, self._matrices, states=states)


def _as_index(value: Any, name: str) -> int:
    """Return a Python integer from anything that is one, but not from a bool."""
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        raise TypeError(f"Argument `{name}` must be made of integers, but has {value!r}.")
    return operator.index(value)


def _is_same(x: Any, y: Any) -> bool:
    """Whether two angles or matrices are equal, arrays included."""
    if x is y:
        return True
    arrays = [hasattr(value, "dtype") for value in (x, y)]
    if not all(arrays):
        return not any(arrays) and bool(x == y)
    xp = backend_of(x)
    return xp.is_array(y) and x.shape == y.shape and bool(xp.all(x == y))


def _check_unitary(matrix: Any) -> None:
    """Raise unless a matrix, as nested tuples or as an array, is unitary."""
    if isinstance(matrix, tuple):
        product = small.matmul(matrix, small.adjoint(matrix))
        unit = small.identity(len(matrix))
        difference = small.add(product, small.scale(-1, unit))
        error = max(abs(entry) for row in difference for entry in row)
    else:
        xp = backend_of(matrix)
        matrix = xp.astype(matrix, complex_dtype(xp))
        product = xp.matmul(matrix, xp.conj(xp.matrix_transpose(matrix)))
        unit = xp.eye(matrix.shape[0], dtype=matrix.dtype, device=matrix.device)
        error = float(xp.max(xp.abs(product - unit)))
    if not error <= 1e-6:  # also for nan
        raise ValueError(
            f"Argument `matrix` must be unitary, but matrix @ adjoint(matrix) differs from the "
            f"identity by {error:.2g}: {matrix!r}."
        )
