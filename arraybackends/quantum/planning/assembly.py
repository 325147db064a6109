"""The values of a program, gathered by class, so that few array operations make many of them.

A class is everything about a gate or block but the slots of its angles. Blocks of one class are
made together, and so are the gates that stand at one place of them.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from arraybackends.quantum.gates import matrix as m
from arraybackends.quantum.gates.gate import FixedGate, OneAngleGate, gate_of, pauli_label
from arraybackends.quantum.gates.matrix import Matrix
from arraybackends.quantum.gates.structure import DIAGONAL, UNITARY
from arraybackends.quantum.planning.program import (
    Controlled,
    Exchange,
    Form,
    Given,
    Kind,
    Kronecker,
    Operand,
    Permutation,
    Product,
    Program,
    Routine,
    Source,
    Step,
)

__all__ = ["Assembly", "Block", "Gate", "Tensor", "Value", "diagonal_places"]


class Gate(NamedTuple):
    """
    Class of a gate: its name, and how its value stands in its window.

    `states` are those of the controls, which are the leading bits of its value; `order` tells which
    of the bits stands at each place of the window.
    """

    form: Form
    name: str
    is_conjugate: bool
    states: tuple[int, ...]
    order: tuple[int, ...]


class Block(NamedTuple):
    """Class of a block: what it is made of, with classes as the sources of operands."""

    form: Form
    dimension: int
    initial: int
    steps: tuple[Step, ...]


class Tensor(NamedTuple):
    """Class of a Kronecker product: the classes of its factors."""

    dimension: int
    factors: tuple[int, int]


Class: TypeAlias = Gate | Block | Tensor | Permutation


class Value(NamedTuple):
    """A gate or block: its class and the slots of all its gates, in their order."""

    number: int
    slots: tuple[int, ...]

    @property
    def operand(self) -> Operand:
        """Stands for the value in a step before the program is complete."""
        return Operand(self.number, 0)


class Assembly:
    """
    The classes of a program.

    Attributes
    ----------
    blocks : dict
        The values of blocks that were planned, by their gates, for others like them.
    """

    def __init__(self) -> None:
        self.blocks: dict[Hashable, Value] = {}
        self._numbers: dict[Hashable, int] = {}
        self._classes: list[Class] = []
        self._n_slots: list[int] = []
        self._heights: list[int] = []

    def gate(self, gate: Gate, slots: Sequence[int] = ()) -> Value:
        """Value of a gate."""
        return self._value(gate, tuple(slots), 0)

    def block(
        self, form: Form, dimension: int, initial: Value, steps: Sequence[Step],
        values: Sequence[Value],
    ) -> Value:  # fmt: skip
        """Value of a block, of which `values` are those of the steps in their order."""
        members = (initial, *values)
        height = 1 + max(self._heights[value.number] for value in members)
        slots = tuple(slot for value in members for slot in value.slots)
        return self._value(Block(form, dimension, initial.number, tuple(steps)), slots, height)

    def kronecker(self, dimension: int, first: Value, second: Value) -> Value:
        """Value of the Kronecker product of two matrices."""
        height = 1 + max(self._heights[value.number] for value in (first, second))
        key = Tensor(dimension, (first.number, second.number))
        return self._value(key, (*first.slots, *second.slots), height)

    def permutation(self, indices: Sequence[int]) -> Value:
        """Value of fixed gates that permute basis states."""
        return self._value(Permutation(tuple(indices)), (), 1)

    def _value(self, key: Class, slots: tuple[int, ...], height: int) -> Value:
        number = self._numbers.setdefault(key, len(self._classes))
        if number == len(self._classes):
            self._classes.append(key)
            self._n_slots.append(len(slots))
            self._heights.append(height)
        return Value(number, slots)

    def program(
        self, n_qubits: int, n_angles: int, n_matrices: int, steps: Sequence[Step],
        values: Sequence[Value],
    ) -> Program:  # fmt: skip
        """Program of steps, of which `values` are those of the steps in their order."""
        members: list[list[tuple[int, ...]]] = [[] for _ in self._classes]

        def admit(number: int, slots: Sequence[tuple[int, ...]]) -> Operand:
            """Count members in, and return where they start."""
            if not self._n_slots[number]:
                members[number] = [()]
                return Operand(number, 0)
            start = len(members[number])
            members[number].extend(slots)
            return Operand(number, start)

        def place(step: Step, operands: Iterator[Operand]) -> Step:
            if isinstance(step, Exchange):
                return step
            if isinstance(step, Controlled):
                return step._replace(steps=tuple(place(inner, operands) for inner in step.steps))
            return step._replace(operand=next(operands))

        placed = iter([admit(value.number, [value.slots]) for value in values])
        routine = Routine(2**n_qubits, None, tuple(place(step, placed) for step in steps))
        routines: dict[int, Routine] = {}
        pairs: dict[int, tuple[Operand, Operand]] = {}
        # A block comes before what it is made of, so that all members of that are known then.
        for number in sorted(range(len(members)), key=lambda n: -self._heights[n]):
            block, rows = self._classes[number], members[number]
            if not rows or isinstance(block, (Gate, Permutation)):
                continue
            start, operands = 0, []
            for factor in _factors(block):
                stop = start + self._n_slots[factor]
                operands.append(admit(factor, [row[start:stop] for row in rows]))
                start = stop
            if not isinstance(block, Block):
                pairs[number] = (operands[0], operands[1])
                continue
            others = iter(operands[1:])
            size = block.dimension ** (2 if block.form == "dense" else 1)
            routines[number] = Routine(
                size, operands[0], tuple(place(step, others) for step in block.steps)
            )
        return self._renumbered(n_qubits, n_angles, n_matrices, members, routine, routines, pairs)

    def _renumbered(
        self, n_qubits: int, n_angles: int, n_matrices: int,
        members: Sequence[Sequence[tuple[int, ...]]], routine: Routine,
        routines: dict[int, Routine], pairs: dict[int, tuple[Operand, Operand]],
    ) -> Program:  # fmt: skip
        """Put gates first, then blocks after what they are made of; leave out what has no use."""
        used = [number for number in range(len(members)) if members[number]]
        used.sort(key=lambda number: self._heights[number])
        places = {number: place for place, number in enumerate(used)}

        def moved(step: Step) -> Step:
            if isinstance(step, Exchange):
                return step
            if isinstance(step, Controlled):
                return step._replace(steps=tuple(map(moved, step.steps)))
            return step._replace(operand=_moved(step.operand))

        def _moved(operand: Operand) -> Operand:
            return Operand(places[operand.source], operand.start)

        def renumbered(routine: Routine) -> Routine:
            initial = None if routine.initial is None else _moved(routine.initial)
            return Routine(routine.size, initial, tuple(map(moved, routine.steps)))

        sources: list[Source] = []
        for number in used:
            key, rows = self._classes[number], members[number]
            if isinstance(key, Gate):
                sources.append(_kind(key, tuple(slot for row in rows for slot in row)))
                continue
            if isinstance(key, Permutation):
                sources.append(key)
                continue
            if isinstance(key, Tensor):
                first, second = map(_moved, pairs[number])
                is_fixed = not self._n_slots[number]
                sources.append(Kronecker(key.dimension, len(rows), is_fixed, (first, second)))
                continue
            inner = renumbered(routines[number])
            factors = {*_operands(inner.steps)}
            assert inner.initial is not None
            sources.append(
                Product(
                    key.form, key.dimension, len(rows), not self._n_slots[number],
                    tuple(sorted(factors | {inner.initial.source})), inner,
                )
            )  # fmt: skip
        return Program(n_qubits, n_angles, n_matrices, tuple(sources), renumbered(routine))


def _factors(block: Block | Tensor) -> Sequence[int]:
    """Classes of what a block is made of, in their order."""
    if isinstance(block, Tensor):
        return block.factors
    return (block.initial, *_operands(block.steps))


def _operands(steps: Sequence[Step]) -> Iterator[int]:
    """Sources of the operands of steps, in their order."""
    for step in steps:
        if isinstance(step, Controlled):
            yield from _operands(step.steps)
        elif not isinstance(step, Exchange):
            yield step.operand.source


# Values of gates


def _kind(gate: Gate, slots: tuple[int, ...]) -> Kind:
    if gate.name in (UNITARY, DIAGONAL):
        given = Given(gate.order, gate.states, gate.is_conjugate)
        return Kind(gate.form, 2 ** len(gate.order), None, (), given, slots)
    frequency, parts = _parts(gate)
    return Kind(gate.form, 2 ** len(gate.order), frequency, parts, None, slots)


@functools.lru_cache(maxsize=1024)
def _parts(gate: Gate) -> tuple[float | None, tuple[tuple[complex, ...], ...]]:
    """Return the frequency and the flat parts of a gate of the table."""
    if gate.form == "flip":
        label = pauli_label(gate.name)
        assert label is not None
        # The conjugate of a Pauli string is itself, but for a sign for each Y.
        sine = 1j * (-1) ** label.count("Y") if gate.is_conjugate else -1j
        return 0.5, ((0j, 0j), (1 + 0j, 0j), (0j, sine))
    n_bits = len(gate.order)
    if gate.name == "id":
        eye = (1 + 0j,) * 2**n_bits if gate.form == "diagonal" else _rows(m.identity(2**n_bits))
        return None, (eye,)
    known = gate_of(gate.name)
    assert isinstance(known, (FixedGate, OneAngleGate))
    parts = (known.matrix,) if isinstance(known, FixedGate) else known.parts
    frequency = known.frequency if isinstance(known, OneAngleGate) else None
    if gate.form == "diagonal":
        diagonals = [tuple(row[i] for i, row in enumerate(part)) for part in parts]
        return frequency, tuple(_diagonal(gate, d, i == 0) for i, d in enumerate(diagonals))
    return frequency, tuple(_dense(gate, part, i == 0) for i, part in enumerate(parts))


def _dense(gate: Gate, matrix: Matrix, stays: bool) -> tuple[complex, ...]:
    """Return a part of a gate with its controls, in the order of its window, as one tuple."""
    for state in reversed(gate.states):
        # Where a control lets the gate idle, the constant part stays and the others vanish.
        rest = m.identity(len(matrix)) if stays else m.zero(len(matrix))
        matrix = m.control(rest, matrix) if state else m.control(matrix, rest)
    return _conjugated(gate, _rows(m.permute_qubits(matrix, gate.order)))


def _diagonal(gate: Gate, diagonal: tuple[complex, ...], stays: bool) -> tuple[complex, ...]:
    """Return the same of a diagonal gate, without making its matrix."""
    for state in reversed(gate.states):
        rest = (complex(stays),) * len(diagonal)
        diagonal = (*rest, *diagonal) if state else (*diagonal, *rest)
    n = len(gate.order)
    moved = (
        sum((index >> (n - 1 - i) & 1) << (n - 1 - place) for i, place in enumerate(gate.order))
        for index in range(2**n)
    )
    return _conjugated(gate, tuple(diagonal[index] for index in moved))


def _rows(matrix: Matrix) -> tuple[complex, ...]:
    return tuple(entry for row in matrix for entry in row)


def _conjugated(gate: Gate, entries: tuple[complex, ...]) -> tuple[complex, ...]:
    return tuple(entry.conjugate() for entry in entries) if gate.is_conjugate else entries


@functools.lru_cache(maxsize=1024)
def diagonal_places(name: str, /) -> frozenset[int]:
    """Return on which of its qubits, controls apart, a gate is diagonal whatever its angle."""
    label = pauli_label(name)
    if label is not None:
        return frozenset(place for place, letter in enumerate(label) if letter == "Z")
    known = gate_of(name)
    if not isinstance(known, (FixedGate, OneAngleGate)):
        return frozenset()
    parts = (known.matrix,) if isinstance(known, FixedGate) else known.parts
    moved = 0  # the bits in which the row and the column of some entry differ
    for part in parts:
        for i, row in enumerate(part):
            for j, entry in enumerate(row):
                if entry != 0:
                    moved |= i ^ j
    n = known.n_qubits
    return frozenset(place for place in range(n) if not moved >> (n - 1 - place) & 1)
