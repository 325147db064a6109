"""Small registers: layers of like steps, where the number of calls decides how long a run takes.

On a few thousand amplitudes a pass over the state costs less than the call that makes it. What
counts then is that the values of steps are made together: gates on one qubit become blocks on fixed
windows, the same in each layer, and permutations and diagonals act on the whole register at once.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Hashable, Sequence

from arraybackends.quantum.gates.gate import FixedGate, gate_of
from arraybackends.quantum.gates.structure import Operation
from arraybackends.quantum.planning.fusion import PASS, Fused, dense_cost, is_diagonal, wires

__all__ = ["LARGEST_LAYERED", "in_layers", "is_permutation", "permuted", "total_cost"]

LARGEST_LAYERED = 12
"""Qubits up to which layers are tried: a permutation of more amplitudes leaves the cache."""

_CALL = 1.3e5
"""Cost of an array operation and of its derivative, in units of `PASS`, for one amplitude."""

_GATHER = 2 * PASS
"""Cost of a permutation for each amplitude, while the state is in the cache."""

_ONE_WINDOW = 5
"""Qubits up to which all of a layer is one block."""

_WINDOW = 4
"""Qubits of a window otherwise: few amplitudes to make, also for a batch of angles."""


def in_layers(operations: Sequence[Operation], n_qubits: int, /) -> list[Fused]:
    """
    Split operations into layers.

    Parameters
    ----------
    operations : sequence of Operation
        Gates in the order in which they act.
    n_qubits : int

    Returns
    -------
    list of Fused
        Blocks of gates on one qubit in windows, of diagonal gates and of permutations on the whole
        register, and single gates.
    """
    windows = _windows(n_qubits)
    found: list[Fused] = []
    left = _Left(operations, n_qubits)
    while left:
        singles = left.take(lambda operation: len(wires(operation)) <= 1)
        blocks = _in_windows(singles, windows)
        if several := left.take(is_diagonal):
            blocks.append(Fused(several, True, PASS))
        if several := left.take(is_permutation):
            blocks.append(Fused(several, True, _GATHER, form="permutation"))
        if not blocks:
            operation = left.take_one()
            blocks.append(Fused([operation], False, dense_cost(len(wires(operation)))))
        found += [_whole(blocks, n_qubits)] if len(windows) == 1 else blocks
    return found


class _Left:
    """The operations that are left, in a queue for each qubit."""

    def __init__(self, operations: Sequence[Operation], n_qubits: int) -> None:
        self._operations = operations
        self._queues: list[list[int]] = [[] for _ in range(n_qubits)]
        for number in reversed(range(len(operations))):
            for qubit in wires(operations[number]):
                self._queues[qubit].append(number)

    def __bool__(self) -> bool:
        return any(self._queues)

    def take(self, is_wanted: Callable[[Operation], bool]) -> list[Operation]:
        """Take the wanted operations that can act before all others."""
        taken, pending = [], [qubit for qubit, queue in enumerate(self._queues) if queue]
        while pending:
            queue = self._queues[pending.pop()]
            while queue and self._is_first(queue[-1]) and is_wanted(self._operations[queue[-1]]):
                number = queue[-1]
                taken.append(number)
                for qubit in wires(self._operations[number]):
                    self._queues[qubit].pop()
                    pending.append(qubit)
        return [self._operations[number] for number in sorted(taken)]

    def take_one(self) -> Operation:
        """Take the first operation."""
        number = min(queue[-1] for queue in self._queues if queue)
        for qubit in wires(self._operations[number]):
            self._queues[qubit].pop()
        return self._operations[number]

    def _is_first(self, number: int) -> bool:
        return all(self._queues[q][-1] == number for q in wires(self._operations[number]))


def total_cost(blocks: Sequence[Fused], n_qubits: int, /) -> float:
    """Return what passes over the state cost, and the calls that make them and their values."""
    classes = {_class(block): _n_calls(block) for block in blocks}
    calls = len(blocks) + sum(classes.values())
    return sum(block.cost for block in blocks) + calls * _CALL * 0.5**n_qubits


def _windows(n_qubits: int) -> list[tuple[int, ...]]:
    """Split a register into windows of about equal length."""
    count = 1 if n_qubits <= _ONE_WINDOW else -(-n_qubits // _WINDOW)
    ends = [n_qubits * place // count for place in range(count + 1)]
    return [tuple(range(*pair)) for pair in itertools.pairwise(ends)]


def _in_windows(operations: Sequence[Operation], windows: Sequence[tuple[int, ...]]) -> list[Fused]:
    """Return blocks of gates on one qubit each."""
    home = {qubit: window for window in windows for qubit in window}
    inside: dict[tuple[int, ...], list[Operation]] = {}
    for operation in operations:
        inside.setdefault(home[wires(operation)[0]], []).append(operation)
    return [
        Fused(inside[window], True, dense_cost(len(window)), window)
        for window in windows
        if window in inside
    ]


def _whole(blocks: Sequence[Fused], n_qubits: int) -> Fused:
    """Join all blocks of a layer to one on the whole register."""
    operations = [operation for block in blocks for operation in block.operations]
    return Fused(operations, True, dense_cost(n_qubits), tuple(range(n_qubits)))


def _class(block: Fused) -> Hashable:
    """Return what blocks have in common whose values are made together."""
    window = sorted({qubit for operation in block.operations for qubit in wires(operation)})
    window = sorted(block.window or window)
    return block.form, len(window), tuple(
        (
            operation.gate, operation.conjugate, bool(operation.slots),
            tuple(map(window.index, operation.qubits)),
            tuple((window.index(qubit), state) for qubit, state in operation.controls),
        )
        for operation in block.operations
    )  # fmt: skip


def _n_calls(block: Fused) -> int:
    """Return about how many array operations make the values of a class of blocks."""
    if block.form == "permutation" or not any(operation.slots for operation in block.operations):
        return 0
    counts: dict[int, int] = {}
    others = 0
    for operation in block.operations:
        if len(wires(operation)) > 1:
            others += bool(operation.slots)
        for qubit in wires(operation)[:1]:
            counts[qubit] = counts.get(qubit, 0) + (len(wires(operation)) == 1)
    singles = max(counts.values(), default=0)
    return singles + others + (len(counts).bit_length() if singles else 0)


# Permutations


@functools.lru_cache(maxsize=256)
def _moves(name: str) -> tuple[tuple[int, int], ...] | None:
    """Return which basis states a gate moves where from, or None if it is no permutation."""
    known = gate_of(name)
    if not isinstance(known, FixedGate):
        return None
    moves = []
    for row, entries in enumerate(known.matrix):
        columns = [column for column, entry in enumerate(entries) if entry != 0]
        if len(columns) != 1 or entries[columns[0]] != 1:
            return None
        moves.append((row, columns[0]))
    return tuple((row, column) for row, column in moves if row != column)


def is_permutation(operation: Operation, /) -> bool:
    """Whether an operation takes basis states to basis states, without phases."""
    return _moves(operation.gate) is not None


@functools.lru_cache(maxsize=64)
def permuted(operations: tuple[Operation, ...], order: tuple[int, ...], /) -> tuple[int, ...]:
    """
    Return which amplitude before becomes each one after.

    Parameters
    ----------
    operations : tuple of Operation
        Permutations.
    order : tuple of int
        The qubit at each axis of the state, leftmost first.
    """
    n = len(order)
    bit = {qubit: n - 1 - axis for axis, qubit in enumerate(order)}
    sources = list(range(2**n))
    for operation in reversed(operations):
        care = sum(1 << bit[qubit] for qubit in wires(operation))
        fixed = sum(state << bit[qubit] for qubit, state in operation.controls)
        places = [bit[qubit] for qubit in operation.qubits]
        flips = {
            fixed | _spread(row, places): _spread(row ^ column, places)
            for row, column in _moves(operation.gate) or ()
        }
        sources = [index ^ flips.get(index & care, 0) for index in sources]
    return tuple(sources)


def _spread(bits: int, places: Sequence[int]) -> int:
    """Put the bits of a number, the first one most significant, at other places."""
    last = len(places) - 1
    return sum((bits >> (last - i) & 1) << place for i, place in enumerate(places))
