"""What a run on density matrices does, in integers: segments of operations, and branches.

Branches are the values of measured bits that a later operation reads.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from arraybackends.quantum.engines.measurement import is_gate, resolve
from arraybackends.quantum.gates.structure import (
    DIAGONAL,
    MEASURE,
    UNITARY,
    Operation,
    Structure,
)

__all__ = [
    "DIAGONALS",
    "RECORDS",
    "Segment",
    "Source",
    "Stage",
    "axes_within",
    "compile_stages",
    "is_active",
    "is_diagonal",
    "is_left",
]

_DEPHASE = "dephase"
_OUTCOMES = ("outcome_0", "outcome_1")
RECORDS = ("record_0", "record_1")
"""Whether a measurement writes 0 or 1, readout error included: diagonals made of its parameters."""

DIAGONALS = {_DEPHASE: (1, 0, 0, 1), _OUTCOMES[0]: (1, 0, 0, 0), _OUTCOMES[1]: (0, 0, 0, 1)}
"""Fixed diagonals, on the row and the column of a qubit."""


class Source(NamedTuple):
    """What an array that the planner is given is made of: an operation without its qubits."""

    name: str
    n_qubits: int
    slots: tuple[int, ...] = ()


class Segment(NamedTuple):
    """Operations that are one linear map, as a structure on rows and columns, and its arrays."""

    structure: Structure
    sources: tuple[Source, ...]


class Stage(NamedTuple):
    """
    One segment for all branches, or two that make two branches of each.

    `condition` has axes of bits and the values at which the segments act. Elsewhere nothing
    happens, except that of two new branches only the one with the value that the bit had before
    remains: that of the axis `old`, or 0. The axes `drop` are summed in the end.
    """

    segments: tuple[Segment, ...]
    n_axes: int
    condition: tuple[tuple[int, int], ...] = ()
    old: int | None = None
    drop: tuple[int, ...] = ()


class _Compiler:
    """Cuts operations into stages, of at most `longest` operations."""

    def __init__(self, structure: Structure, wanted: frozenset[int], longest: int | None) -> None:
        self.axes: list[int] = []  # the bit of each axis
        self.stages: list[Stage] = []
        self._structure = structure
        self._longest = longest
        self._pending: list[Operation] = []
        operations = resolve(structure).operations
        for operation, needed in zip(operations, _needed(operations, wanted), strict=True):
            if operation.gate == MEASURE and operation.bits[0] in needed:
                self._fork(operation)
            else:
                self._append(operation)
            self._drop(needed)
        self._flush()

    def _append(self, operation: Operation) -> None:
        if self._pending and (
            self._pending[0].condition != operation.condition or len(self._pending) == self._longest
        ):
            self._flush()
        self._pending.append(operation)

    def _flush(self) -> None:
        if self._pending:
            segment = self._segment(self._pending)
            condition = self._on_axes(self._pending[0])
            self.stages.append(Stage((segment,), len(self.axes), condition))
            self._pending = []

    def _fork(self, operation: Operation) -> None:
        self._flush()
        (bit,) = operation.bits
        names = RECORDS if operation.slots else _OUTCOMES
        segments = tuple(self._segment([operation._replace(gate=name)]) for name in names)
        old = self.axes.index(bit) if bit in self.axes else None
        drop = () if old is None else (old + 1,)
        condition = self._on_axes(operation)
        self.stages.append(Stage(segments, len(self.axes), condition, old, drop))
        self.axes = [bit, *(other for other in self.axes if other != bit)]

    def _drop(self, needed: frozenset[int]) -> None:
        gone = [axis for axis, bit in enumerate(self.axes) if bit not in needed]
        if gone:
            self._flush()
            last = self.stages[-1]
            n_axes = last.n_axes + len(last.segments) - 1
            left = [axis for axis in range(n_axes) if axis not in last.drop]
            drop = sorted((*last.drop, *(left[axis] for axis in gone)))
            self.stages[-1] = last._replace(drop=tuple(drop))
            self.axes = [bit for bit in self.axes if bit in needed]

    def _on_axes(self, operation: Operation) -> tuple[tuple[int, int], ...]:
        return tuple((self.axes.index(bit), value) for bit, value in operation.condition)

    def _segment(self, operations: Sequence[Operation]) -> Segment:
        found: dict[Source, int] = {}
        doubled: list[Operation] = []
        for operation in operations:
            if is_gate(operation.gate):
                slots = operation.slots
                if operation.gate in (UNITARY, DIAGONAL):
                    source = Source(operation.gate, len(operation.qubits), slots)
                    slots = (found.setdefault(source, len(found)),)
                doubled += (_on_side(operation, slots, side) for side in (0, 1))
            else:
                source = _source_of_map(operation)
                rows = tuple(2 * qubit for qubit in operation.qubits)
                columns = tuple(row + 1 for row in rows)
                kind = DIAGONAL if is_diagonal(source) else UNITARY
                slot = found.setdefault(source, len(found))
                doubled.append(Operation(kind, rows + columns, (slot,)))
        n_qubits, n_angles = 2 * self._structure.n_qubits, self._structure.n_angles
        structure = Structure(n_qubits, tuple(doubled), n_angles, len(found))
        return Segment(structure, tuple(found))


def _on_side(operation: Operation, slots: tuple[int, ...], side: int) -> Operation:
    """Return a gate on the rows (0), or its conjugate on the columns (1)."""
    return operation._replace(
        qubits=tuple(2 * qubit + side for qubit in operation.qubits),
        slots=slots,
        controls=tuple((2 * qubit + side, state) for qubit, state in operation.controls),
        condition=(),
        conjugate=bool(side),
    )


def _source_of_map(operation: Operation) -> Source:
    if operation.gate == MEASURE:
        return Source(_DEPHASE, 1)
    slots = () if operation.gate in _OUTCOMES else operation.slots
    return Source(operation.gate, len(operation.qubits), slots)


def is_diagonal(source: Source) -> bool:
    """Whether the array of a source is a diagonal."""
    return source.name in DIAGONALS or source.name in RECORDS


def _needed(operations: Sequence[Operation], wanted: frozenset[int]) -> list[frozenset[int]]:
    """Return the bits that something after each operation depends on."""
    needed, found = wanted, []
    for operation in reversed(operations):
        found.append(needed)
        if operation.gate == MEASURE and not operation.condition:
            needed = needed - set(operation.bits)
        needed = needed | {bit for bit, _ in operation.condition}
    return found[::-1]


@functools.lru_cache(maxsize=256)
def compile_stages(
    structure: Structure, wanted: frozenset[int], longest: int | None
) -> tuple[tuple[Stage, ...], tuple[int, ...]]:
    """Return the stages, and the bit of each axis that is left."""
    compiler = _Compiler(structure, wanted, longest)
    return tuple(compiler.stages), tuple(compiler.axes)


def axes_within(stage: Stage) -> int:
    """Return how many axes of bits there are within a stage, before any is dropped."""
    return stage.n_axes + len(stage.segments) - 1


def is_active(stage: Stage) -> list[bool]:
    """Return for each branch before a stage whether its segments act."""
    return [
        all(_value(index, axis, stage.n_axes) == value for axis, value in stage.condition)
        for index in range(2**stage.n_axes)
    ]


def is_left(stage: Stage, which: int) -> list[bool]:
    """Return for each branch whether it stays as it is, in the place of what a segment makes."""
    old = [
        0 if stage.old is None else _value(index, stage.old, stage.n_axes)
        for index in range(2**stage.n_axes)
    ]
    return [
        not active and (len(stage.segments) == 1 or value == which)
        for active, value in zip(is_active(stage), old, strict=True)
    ]


def _value(index: int, axis: int, n_axes: int) -> int:
    """Return the bit of an axis of branches."""
    return index >> (n_axes - 1 - axis) & 1
