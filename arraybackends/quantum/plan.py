"""Planning: from the structure of a circuit to a program, in integers only.

The planner turns gates into dense blocks on windows of neighbouring axes of the state. It keeps
track of the order of the qubits instead of restoring it: gates on qubits that are not neighbours
are preceded by an exchange of axes, and swaps are a matter of bookkeeping.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from arraybackends.quantum.gate import GATES, CompositeGate, FixedGate, OneAngleGate
from arraybackends.quantum.matrix import Matrix, permute_qubits
from arraybackends.quantum.structure import Operation, Structure

__all__ = ["Block", "Dense", "Exchange", "Kind", "Program", "Step", "plan"]


class Kind(NamedTuple):
    """
    All gates of a program whose matrices are made in one go.

    `order` tells which of the gate's qubits stands at each place of its window; `parts` are the
    matrices of the gate table in that order: one of a fixed gate, three of a gate with an angle,
    none of a user's. `slots` holds the slot of the angle (of a user's gate: of the matrix) of each
    gate, and is empty for a fixed gate.
    """

    frequency: float | None
    order: tuple[int, ...]
    parts: tuple[Matrix, ...]
    slots: tuple[int, ...]

    @property
    def has_angles(self) -> bool:
        """Whether the gates have an angle each."""
        return self.frequency is not None


class Block(NamedTuple):
    """A dense matrix: the product of gates `(kind, position in the kind)`, first gate first."""

    factors: tuple[tuple[int, int], ...]
    has_angles: bool


class Dense(NamedTuple):
    """Multiply a block into the middle axis of the view (left, dimension, right) of the state."""

    block: int
    left: int
    dimension: int
    right: int


class Exchange(NamedTuple):
    """Permute the axes of the view `shape` of the state."""

    shape: tuple[int, ...]
    axes: tuple[int, ...]

    def inverse(self) -> Exchange:
        """Return the exchange that undoes this one."""
        shape = tuple(self.shape[axis] for axis in self.axes)
        return Exchange(shape, tuple(self.axes.index(axis) for axis in range(len(self.axes))))


Step: TypeAlias = Dense | Exchange


class Program(NamedTuple):
    """What the executor runs."""

    n_qubits: int
    kinds: tuple[Kind, ...]
    blocks: tuple[Block, ...]
    steps: tuple[Step, ...]


@functools.lru_cache(maxsize=256)
def plan(structure: Structure, /) -> Program:
    """
    Plan a circuit.

    Parameters
    ----------
    structure : Structure
        Plans are cached by it.

    Returns
    -------
    Program
        Steps that leave the qubits in their order.
    """
    n_qubits = structure.n_qubits
    order = list(range(n_qubits))  # order[position] is the qubit at that axis of the state
    kinds: dict[tuple[str, tuple[int, ...]], list[int]] = {}
    numbers: dict[tuple[str, tuple[int, ...]], int] = {}
    blocks: list[Block] = []
    steps: list[Step] = []
    for run in _merge_runs(structure.operations):
        if run[0].gate == "swap":
            first, second = (order.index(qubit) for qubit in run[0].qubits)
            order[first], order[second] = order[second], order[first]
            continue
        qubits = sorted(run[0].qubits, key=order.index)
        start = order.index(qubits[0])
        if order[start : start + len(qubits)] != qubits:
            target = [qubit for qubit in order if qubit not in qubits] + qubits
            steps.append(_exchange(order, target))
            order, start = target, n_qubits - len(qubits)
        factors = []
        for gate, wires, slots, *_ in run:
            key = (gate, tuple(wires.index(qubit) for qubit in qubits))
            number = numbers.setdefault(key, len(numbers))
            members = kinds.setdefault(key, [])
            factors.append((number, len(members)))
            members.extend(slots)
        has_angles = any(isinstance(GATES.get(gate), OneAngleGate) for gate, *_ in run)
        dimension = 2 ** len(qubits)
        right = 2 ** (n_qubits - start - len(qubits))
        steps.append(Dense(len(blocks), 2**n_qubits // (dimension * right), dimension, right))
        blocks.append(Block(tuple(factors), has_angles))
    if order != list(range(n_qubits)):
        steps.append(_exchange(order, list(range(n_qubits))))
    return Program(
        n_qubits,
        tuple(_kind(*key, tuple(slots)) for key, slots in kinds.items()),
        tuple(blocks),
        tuple(steps),
    )


def _kind(name: str, order: tuple[int, ...], slots: tuple[int, ...]) -> Kind:
    gate = GATES.get(name)
    if isinstance(gate, OneAngleGate):
        parts = tuple(
            permute_qubits(part, order) for part in (gate.constant, gate.cosine, gate.sine)
        )
        return Kind(gate.frequency, order, parts, slots)
    parts = (permute_qubits(gate.matrix, order),) if isinstance(gate, FixedGate) else ()
    return Kind(None, order, parts, slots)


def _lower(operations: Sequence[Operation]) -> Iterator[Operation]:
    """Replace composite gates by their factors."""
    for operation in operations:
        gate = GATES.get(operation.gate)
        if isinstance(gate, CompositeGate):
            for name, angle in gate.factors:
                yield Operation(name, operation.qubits, (operation.slots[angle],))
        else:
            yield operation


def _merge_runs(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """Gather one-qubit gates that follow each other on a qubit; other gates stay alone."""
    pending: dict[int, list[Operation]] = {}
    for operation in _lower(operations):
        if len(operation.qubits) == 1:
            pending.setdefault(operation.qubits[0], []).append(operation)
            continue
        for qubit in operation.qubits:
            if qubit in pending:
                yield pending.pop(qubit)
        yield [operation]
    yield from pending.values()


def _exchange(old: list[int], new: list[int]) -> Exchange:
    """Exchange from one order of the qubits to another, with axes that stay together merged."""
    sources = [old.index(qubit) for qubit in new]
    runs: list[list[int]] = []
    for source in sources:
        if runs and runs[-1][-1] + 1 == source:
            runs[-1].append(source)
        else:
            runs.append([source])
    in_old_order = sorted(runs)
    return Exchange(
        tuple(2 ** len(run) for run in in_old_order),
        tuple(in_old_order.index(run) for run in runs),
    )
