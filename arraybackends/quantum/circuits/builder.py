"""What a circuit is made of, and how it grows: every operation is checked when it is appended."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from arraybackends.quantum.gates.channel import CHANNELS, channel_of, check_parameters
from arraybackends.quantum.gates.gate import GATES, gate_of
from arraybackends.quantum.gates.given import GIVEN, as_given, check_shape, check_values
from arraybackends.quantum.gates.instruction import Instruction, controlled
from arraybackends.quantum.gates.parameter import (
    Angle,
    LinearExpression,
    Parameter,
    Symbolic,
    affine,
)
from arraybackends.quantum.gates.structure import BARRIER, MEASURE, RESET, Operation, Structure
from arraybackends.selection import backend_of, get_backend

if TYPE_CHECKING:
    from typing import Self

    from arraybackends.protocol import ArrayBackend

__all__ = [
    "CircuitBuilder",
    "Condition",
    "Qubits",
    "as_index",
    "at_least",
    "check_states",
    "columns_of",
    "is_array",
]

Qubits: TypeAlias = int | Iterable[int]
"""One qubit, or several, to each of which a gate is applied."""

Condition: TypeAlias = Mapping[int, int] | Iterable[tuple[int, int]]
"""Values that classical bits must have, by bit."""


class CircuitBuilder:
    """
    Register of qubits and the list of what happens to it.

    Parameters
    ----------
    n_qubits : int
        Number of qubits, at least 1.
    n_bits : int
        Number of classical bits, which grows as measurements write into more.

    Notes
    -----
    `Circuit` is this class with methods for gates and algebra; see there.
    """

    def __init__(self, n_qubits: int, n_bits: int = 0) -> None:
        self._n_qubits = as_index(n_qubits, "n_qubits")
        if self._n_qubits < 1:
            raise ValueError(f"Argument `n_qubits` must be at least 1, but is {n_qubits!r}.")
        self._n_bits = as_index(n_bits, "n_bits")
        if self._n_bits < 0:
            raise ValueError(f"Argument `n_bits` must not be negative, but is {n_bits!r}.")
        self._operations: list[Operation] = []
        self._angles: list[Angle] = []
        self._matrices: list[Any] = []
        self._slots: dict[Symbolic, int] = {}
        self._array: Any = None  # the first array among the values: it names the backend
        self._deviation = 0.0  # of the given arrays from being unitary, at most

    # What it is made of

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return self._n_qubits

    @property
    def n_bits(self) -> int:
        """Number of classical bits, into which measurements write."""
        return self._n_bits

    @property
    def structure(self) -> Structure:
        """
        Operations, qubits and slots of angles, without the angles themselves.

        Returns
        -------
        Structure
            Immutable, hashable, equal if and only if all its parts are: the key under which plans
            are cached, and one for caches of one's own. `(structure, angles, matrices)` is a key
            with the values, hashable where these are numbers or parameters.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(1).rx(0, 0.1).structure == Circuit(1).rx(0, 0.2).structure
        True
        """
        return Structure(
            self._n_qubits,
            tuple(self._operations),
            len(self._angles),
            len(self._matrices),
            self._n_bits,
        )

    @property
    def angles(self) -> tuple[Angle, ...]:
        """Angle of each slot of the structure, in radians."""
        return tuple(self._angles)

    @property
    def matrices(self) -> tuple[Any, ...]:
        """Arrays that operations were given: matrices, diagonals and Kraus matrices, by slot."""
        return tuple(self._matrices)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of first use; within an expression, by name."""
        return tuple(dict.fromkeys(name for angle in self._slots for name in affine(angle)[0]))

    @property
    def backend(self) -> ArrayBackend[Any]:
        """Backend that the arrays of the circuit belong to; without arrays, the current one."""
        return get_backend() if self._array is None else backend_of(self._array)

    def is_reversible(self, xp: ArrayBackend[Any], /) -> bool:
        """
        Whether the given matrices undo themselves exactly when a run is followed backwards.

        Parameters
        ----------
        xp : ArrayBackend
            Backend of the run.

        Returns
        -------
        bool
            True if they are unitary within the rounding of the precision, and constants: for the
            second derivative in a matrix, a state computed backwards would depend on it.
        """
        tolerance = 1e-12 if xp.precision == "double" else 1e-6
        constant = not xp.capabilities.autodiff
        return self._deviation <= tolerance and all(
            constant or isinstance(matrix, tuple) for matrix in self._matrices
        )

    def __len__(self) -> int:
        return len(self._operations)

    def __iter__(self) -> Iterator[Instruction]:
        return map(self._instruction, self._operations)

    def _instruction(self, operation: Operation) -> Instruction:
        values = self._matrices if operation.gate in GIVEN else self._angles
        return Instruction(
            operation.gate,
            operation.qubits,
            tuple(values[slot] for slot in operation.slots),
            operation.controls,
            operation.bits,
            operation.condition,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CircuitBuilder):
            return NotImplemented
        sizes = (self._n_qubits, self._n_bits, len(self))
        return sizes == (other._n_qubits, other._n_bits, len(other)) and all(
            mine._replace(values=()) == theirs._replace(values=())
            and all(map(_is_same, mine.values, theirs.values))
            for mine, theirs in zip(self, other, strict=True)
        )

    def __hash__(self) -> int:
        raise TypeError(
            "A circuit is unhashable, because it can change. Use `circuit.structure`, which is "
            "hashable and leaves values away, or `(circuit.structure, circuit.angles, "
            "circuit.matrices)` for the values too."
        )

    def __repr__(self) -> str:
        calls = [f"{type(self).__name__}({self._n_qubits}"]
        calls[0] += f", {self._n_bits})" if self._n_bits else ")"
        for gate, qubits, values, controls, bits, condition in self:
            keywords: dict[str, Any] = {}
            if controls:
                keywords["controls"], keywords["control_states"] = zip(*controls, strict=True)
            if bits:
                keywords["bits"] = bits
            if condition:
                keywords["condition"] = dict(condition)
            method = gate
            wires: tuple[Any, ...] = (qubits,) if gate in GIVEN else qubits
            is_gate = gate in GIVEN or gate_of(gate) is not None
            if keywords or not is_gate or not hasattr(self, gate):
                method, wires = "append", (gate, qubits)
            arguments = [*map(repr, (*wires, *values))]
            arguments += [f"{name}={value!r}" for name, value in keywords.items()]
            calls.append(f"{method}({', '.join(arguments)})")
        return ".".join(calls)

    # Appending

    def append(
        self, gate: str, qubits: Qubits, *values: Any,
        controls: Qubits = (), control_states: Iterable[int] | None = None,
        bits: Qubits = (), condition: Condition = (),
    ) -> Self:  # fmt: skip
        """
        Append an operation by its name.

        Parameters
        ----------
        gate : str
            A gate of the table by the name of its method (`"rx"`, `"cx"`, ...), a rotation about a
            Pauli string (`"rxyz"`), a channel (`"depolarizing"`), or `"unitary"`, `"diagonal"`,
            `"measure"`, `"reset"`, `"barrier"`.
        qubits : int or sequence of int
            Distinct, in the order of the gate's bits.
        *values : float, array or Parameter
            Angles in radians, or the parameters of a channel; of a gate that is given by an array,
            that array.
        controls : int or sequence of int
            Qubits that must be in their state of `control_states` for the gate to act.
        control_states : sequence of int, optional
            0 or 1 for each control; all 1 unless given.
        bits : int or sequence of int
            Classical bits that a measurement writes, one for each qubit.
        condition : mapping of int to int
            Classical bits, and the values 0 or 1 that they must have for the operation to happen.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ValueError
            If the gate is unknown, a qubit is out of range or repeated, the number of qubits or
            angles is wrong, an angle is not finite, or an operation that is no gate is controlled.
        TypeError
            If a qubit is no integer or an angle no real number, array or parameter.
        BackendMismatchError
            If a value is an array of another backend than those before.

        Notes
        -----
        A controlled gate that has a name of its own gets it: `"x"` with one control is `"cx"`.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(2).append("crx", (0, 1), 0.5)
        Circuit(2).crx(0, 1, 0.5)
        >>> Circuit(3).append("ry", 2, 0.5, controls=(0, 1), control_states=(1, 0))
        Circuit(3).append('ry', (2,), 0.5, controls=(0, 1), control_states=(1, 0))
        """
        return self._push(
            self._checked(gate, qubits, values, controls, control_states, bits, condition)
        )

    def _broadcast(self, gate: str, wires: Sequence[Qubits], *angles: Angle) -> Self:
        """Append a gate once, or for each element of the wires that are iterables."""
        if all(type(wire) is int for wire in wires):
            return self._push(self._checked(gate, cast("tuple[int, ...]", wires), angles))
        columns = columns_of(gate, wires)
        return self._push_all(self._checked(gate, qubits, angles) for qubits in columns)

    def _broadcast_sequence(
        self, name: str, wires: Sequence[Qubits], *gates: tuple[str, tuple[int, ...], Angle]
    ) -> Self:
        """Append several gates, on places among the wires, for each element of the wires."""
        return self._push_all(
            self._checked(gate, tuple(qubits[place] for place in places), (angle,))
            for qubits in columns_of(name, wires)
            for gate, places, angle in gates
        )

    def _push_all(self, instructions: Iterable[Instruction]) -> Self:
        """Append instructions once all of them have been checked."""
        checked = list(instructions)
        if arrays := [value for one in checked for value in one.values if is_array(value)]:
            self._check_backend(*arrays)
        for instruction in checked:
            self._push(instruction)
        return self

    def _push(self, instruction: Instruction) -> Self:
        """Append an instruction that has been checked."""
        gate, qubits, values, controls, bits, condition = instruction
        store = self._matrices if gate in GIVEN else self._angles
        slots: tuple[int, ...] = ()
        for value in values:
            if isinstance(value, (Parameter, LinearExpression)):
                if value in self._slots:
                    slots += (self._slots[value],)
                    continue
                self._slots[value] = len(store)
            elif self._array is None and is_array(value):
                self._array = value
            slots += (len(store),)
            store.append(value)
        if bits:
            self._n_bits = max(self._n_bits, max(bits) + 1)
        self._operations.append(Operation(gate, qubits, slots, controls, bits, condition))
        return self

    # Checks

    def _checked(
        self, gate: str, qubits: Qubits, values: Sequence[Any],
        controls: Qubits = (), control_states: Iterable[int] | None = None,
        bits: Qubits = (), condition: Condition = (), *, check_array: bool = True,
    ) -> Instruction:  # fmt: skip
        """Return the instruction that `append` was asked for."""
        targets = self._check_qubits(qubits, "qubits")
        known = gate_of(gate)
        if known is not None:
            _check_counts(gate, targets, known.n_qubits, values, known.n_angles)
            checked = tuple(map(self._check_angle, values))
        elif gate in GIVEN:
            _check_counts(gate, targets, max(len(targets), 1), values, 1)
            checked = (self._check_given(gate, values[0], targets, check=check_array),)
        elif channel := channel_of(gate, len(targets)):
            _check_counts(gate, targets, channel.n_qubits, values, channel.n_angles)
            checked = tuple(map(self._check_angle, values))
            check_parameters(gate, channel, checked)
        elif gate in (MEASURE, RESET, BARRIER):
            least = 0 if gate == BARRIER else 1
            _check_counts(gate, targets, max(len(targets), least), values, 0)
            checked = ()
        else:
            raise ValueError(
                f"Argument `gate` is {gate!r}, which is no known gate. Known gates: "
                f"{', '.join((*GATES, *CHANNELS))}; for others use `unitary`."
            )
        if len(checked) > 1 and (arrays := [*filter(is_array, checked)]):
            self._check_backend(*arrays)
        written = _check_bits(gate, targets, bits) if bits or gate == MEASURE else ()
        wanted = self._check_condition(condition) if condition else ()
        instruction = Instruction(gate, targets, checked, (), written, wanted)
        if type(controls) is tuple and not controls and control_states is None:
            return instruction
        return controlled(instruction, self._check_controls(controls, control_states, targets))

    def _check_qubits(self, qubits: Qubits, name: str) -> tuple[int, ...]:
        several = qubits if isinstance(qubits, (tuple, Iterable)) else (qubits,)
        checked = tuple([as_index(qubit, name) for qubit in several])
        n_qubits = self._n_qubits
        outside = [qubit for qubit in checked if not 0 <= qubit < n_qubits]
        if outside or (len(checked) > 1 and len(set(checked)) != len(checked)):
            raise ValueError(
                f"Argument `{name}` must be distinct and in range({n_qubits}), but is {checked}."
            )
        return checked

    def _check_controls(
        self, controls: Qubits, states: Iterable[int] | None, targets: tuple[int, ...]
    ) -> tuple[tuple[int, int], ...]:
        qubits = self._check_qubits(controls, "controls")
        if both := set(qubits) & set(targets):
            raise ValueError(
                f"Argument `controls` is {qubits}, but the gate acts on {sorted(both)} itself."
            )
        return tuple(zip(qubits, check_states(states, len(qubits)), strict=True))

    def _check_condition(self, condition: Condition) -> tuple[tuple[int, int], ...]:
        pairs = tuple(condition.items() if isinstance(condition, Mapping) else condition)
        for bit, value in pairs:
            if as_index(bit, "condition") not in range(self._n_bits) or value not in (0, 1):
                raise ValueError(
                    f"Argument `condition` must give bits in range({self._n_bits}) a value 0 or 1, "
                    f"but is {dict(pairs)}. Bits exist once they are measured into."
                )
        if len(dict(pairs)) != len(pairs):
            raise ValueError(f"Argument `condition` must have distinct bits, but is {pairs}.")
        return tuple(sorted((operator.index(bit), operator.index(value)) for bit, value in pairs))

    def _check_angle(self, angle: Angle) -> Angle:
        if isinstance(angle, (Parameter, LinearExpression)):
            return angle
        # The exact types: np.float64 derives from float, but belongs to NumPy.
        if type(angle) in (int, float):
            if not -math.inf < angle < math.inf:
                raise ValueError(f"An angle must be finite, but is {angle!r}.")
            return float(angle)
        if type(angle).__module__ == "builtins":
            raise TypeError(
                f"An angle must be a real number, an array or a `Parameter`, but is {angle!r}."
            )
        xp = self._check_backend(angle)
        if not xp.isdtype(angle.dtype, ("integral", "real floating")):
            raise TypeError(f"An angle must be real, but has dtype {xp.dtype_name(angle.dtype)}.")
        return angle

    def _check_given(self, gate: str, array: Any, qubits: tuple[int, ...], *, check: bool) -> Any:
        given = as_given(gate, array)
        if not isinstance(given, tuple):
            self._check_backend(given)
        check_shape(gate, given, qubits)
        deviation = check_values(gate, given) if check else math.inf
        self._deviation = max(self._deviation, deviation)
        return given

    def _check_backend(self, *arrays: Any) -> ArrayBackend[Any]:
        """Return the backend of arrays and circuit, or raise BackendMismatchError."""
        return backend_of(*arrays) if self._array is None else backend_of(self._array, *arrays)


def _check_counts(
    gate: str, qubits: tuple[int, ...], n_qubits: int, values: Sequence[Any], n_values: int
) -> None:
    if len(qubits) != n_qubits:
        raise ValueError(
            f"Gate `{gate}` acts on {n_qubits if qubits or gate_of(gate) else 'at least 1'} "
            f"qubit(s), but `qubits` is {qubits}."
        )
    if len(values) != n_values:
        raise ValueError(
            f"Gate `{gate}` takes {n_values} {'array' if gate in GIVEN else 'angle'}(s), but "
            f"{len(values)} were given: {tuple(values)!r}."
        )


def columns_of(gate: str, wires: Sequence[Qubits], /) -> list[tuple[int, ...]]:
    """Return the qubits of each gate that is meant where several stand at the places of one."""
    lists = [tuple(wire) if isinstance(wire, Iterable) else wire for wire in wires]
    lengths = {len(wire) for wire in lists if isinstance(wire, tuple)}
    if len(lengths) > 1:
        raise ValueError(
            f"Gate `{gate}` is applied to several qubits at a time, of which there must be "
            f"equally many at each place, but they are {lists}."
        )
    repeats = lengths.pop() if lengths else 1
    columns = [wire if isinstance(wire, tuple) else (wire,) * repeats for wire in lists]
    return list(zip(*columns, strict=True))


def _check_bits(gate: str, qubits: tuple[int, ...], bits: Qubits) -> tuple[int, ...]:
    several = bits if isinstance(bits, Iterable) else (bits,)
    checked = tuple(as_index(bit, "bits") for bit in several)
    if len(checked) != (len(qubits) if gate == MEASURE else 0) or min(checked, default=0) < 0:
        raise ValueError(
            f"Argument `bits` must have one bit for each qubit that is measured, numbered from 0, "
            f"but for `{gate}` on the qubits {qubits} it is {checked}."
        )
    if len(set(checked)) != len(checked):
        raise ValueError(f"Argument `bits` must be distinct, but is {checked}.")
    return checked


def is_array(value: Any, /) -> bool:
    """Whether a checked value is an array, and not a number, an expression or nested tuples."""
    return type(value) not in (float, tuple, Parameter, LinearExpression)


def as_index(value: Any, name: str, /) -> int:
    """Return a Python integer from anything that is one, but not from a bool."""
    if type(value) is int:
        return value
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        raise TypeError(f"Argument `{name}` must be made of integers, but has {value!r}.")
    return operator.index(value)


def at_least(minimum: int, value: int, name: str, /) -> int:
    """Return an integer argument, or raise."""
    if as_index(value, name) < minimum:
        raise ValueError(f"Argument `{name}` must be at least {minimum}, but is {value!r}.")
    return value


def check_states(states: Iterable[int] | None, n_controls: int, /) -> tuple[int, ...]:
    """Return the states of controls, each 0 or 1, one for each."""
    if states is None:
        return (1,) * n_controls
    checked = tuple(as_index(state, "control_states") for state in states)
    if len(checked) != n_controls or not set(checked) <= {0, 1}:
        raise ValueError(
            f"Argument `control_states` must have a 0 or 1 for each of the {n_controls} "
            f"control(s), but is {checked}."
        )
    return checked


def _is_same(x: Any, y: Any) -> bool:
    """Whether two values are equal, arrays included."""
    if x is y:
        return True
    arrays = [hasattr(value, "dtype") for value in (x, y)]
    if not all(arrays):
        return not any(arrays) and bool(x == y)
    xp = backend_of(x)
    return xp.is_array(y) and x.shape == y.shape and bool(xp.all(x == y))
