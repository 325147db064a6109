"""Which gates become one step: blocks on few qubits, chosen by what a pass over the state costs.

A block grows from the first gate that is left. It takes in every gate that its qubits reach, and
then the qubits by which it reaches most of the others. Gates may pass each other where they
commute because they are diagonal on the qubits they share, as a control is. How large blocks get is
decided by their cost, and so is whether diagonal gates make a step of their own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from arraybackends.quantum.gates.structure import DIAGONAL, UNITARY, Operation
from arraybackends.quantum.planning.assembly import diagonal_places

__all__ = ["PASS", "Fused", "dense_cost", "fuse", "is_diagonal", "wires", "with_phases"]

PASS = 20.0
"""Cost of reading and writing the state once, in units of multiplying one row of a matrix into it.

Measured on x86-64 cores in single precision: a block of k qubits takes about 1.1 + 0.045 * 2**k ns
for each amplitude with PyTorch, 2.3 + 0.045 * 2**k ns with NumPy. Of 14, 20 and 28 this one has the
shortest runs of both, exchanges included.
"""

_OPTIONS = ((5, False), (4, False), (3, False), (5, True))
"""Qubits of the largest dense block, and whether smaller ones may be better: all are tried."""

_PROBED = 500
"""Gates on which they are."""

_LARGEST_DIAGONAL = 12
"""Qubits of a block of diagonal gates."""

_LONE = 0.25
"""What a gate on one qubit counts, of one on more: some block takes it in anyway."""

_LOOK_AHEAD = 16
"""How many gates on a qubit are looked at for one that commutes with those before."""


class Fused(NamedTuple):
    """
    A block: its gates, its cost, and whether it may take in gates, unlike a gate too large.

    A dense block acts on the qubits of its `window` if it has one, else on those of its gates; the
    form of permutations is "permutation".
    """

    operations: list[Operation]
    is_shared: bool
    cost: float
    window: tuple[int, ...] = ()
    form: Literal["permutation", "any"] = "any"


def dense_cost(n_qubits: int, /) -> float:
    """Cost for each amplitude of a dense block."""
    return PASS + 2.0**n_qubits


def wires(operation: Operation, /) -> tuple[int, ...]:
    """All qubits of an operation, controls first."""
    if not operation.controls:
        return operation.qubits
    return (*(qubit for qubit, _ in operation.controls), *operation.qubits)


def is_diagonal(operation: Operation, /) -> bool:
    """Whether an operation is diagonal, whatever its angle."""
    if operation.gate in (UNITARY, DIAGONAL):
        return operation.gate == DIAGONAL
    return len(diagonal_places(operation.gate)) == len(operation.qubits)


def fuse(operations: Sequence[Operation], /) -> list[Fused]:
    """
    Split operations into blocks.

    Parameters
    ----------
    operations : sequence of Operation
        Gates in the order in which they act.

    Returns
    -------
    list of Fused
        In an order in which they can act: dense blocks on at most five qubits, blocks of diagonal
        gates, and single gates on more.
    """
    return with_phases(operations, _fuse)


def with_phases(
    operations: Sequence[Operation], split: Callable[[list[Operation]], list[Fused]], /
) -> list[Fused]:
    """Split operations, all but global phases, which are factors of any block."""
    phases = [operation for operation in operations if not wires(operation)]
    blocks = split([operation for operation in operations if wires(operation)])
    for place, block in enumerate(blocks if phases else ()):
        if block.is_shared and block.form == "any":
            blocks[place] = block._replace(operations=[*block.operations, *phases])
            return blocks
    return [*blocks, *(Fused([phase], False, PASS) for phase in phases)]


def _fuse(operations: list[Operation]) -> list[Fused]:
    """Fuse in the better one of the two ways that are best for the first gates."""
    options: Sequence[tuple[int, bool]] = _OPTIONS
    if len(operations) > _PROBED:
        first = _Gates(operations[:_PROBED])
        options = sorted(options, key=lambda option: _total(_Fusion(first, *option)))[:2]
    gates = _Gates(operations)
    return min((list(_Fusion(gates, *option)) for option in options), key=_total)


def _total(blocks: Iterable[Fused]) -> float:
    return sum(block.cost for block in blocks)


class _Gates:
    """What there is to know of operations; sets of qubits are the bits of an integer."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations
        self.qubits = [wires(operation) for operation in operations]
        self.is_diagonal = [is_diagonal(operation) for operation in operations]
        self.masks = [_mask(qubits) for qubits in self.qubits]
        self.z_masks = [
            mask if diagonal else _diagonal_mask(operation)
            for operation, mask, diagonal in zip(
                operations, self.masks, self.is_diagonal, strict=True
            )
        ]
        self.weights = [1.0 if len(qubits) > 1 else _LONE for qubits in self.qubits]
        n_qubits = max(self.masks, default=0).bit_length()
        self.queues: list[list[int]] = [[] for _ in range(n_qubits)]
        for number, qubits in enumerate(self.qubits):
            for qubit in qubits:
                self.queues[qubit].append(number)


def _mask(qubits: Iterable[int]) -> int:
    mask = 0
    for qubit in qubits:
        mask |= 1 << qubit
    return mask


def _diagonal_mask(operation: Operation) -> int:
    """Return the qubits on which an operation is diagonal."""
    places = diagonal_places(operation.gate)
    targets = (operation.qubits[place] for place in places)
    return _mask((*targets, *(qubit for qubit, _ in operation.controls)))


class _Growth(NamedTuple):
    """A block while it grows: its qubits, its gates, and what these count."""

    window: int
    taken: tuple[int, ...]
    weight: float


class _Fusion:
    """
    One way to split operations: into blocks of some size, or smaller where that is better.

    A block that is tried marks its gates as done, and unmarks them afterwards.
    """

    def __init__(self, gates: _Gates, largest: int, prefers_better: bool) -> None:
        self._gates = gates
        self._largest = largest
        self._prefers_better = prefers_better
        self._heads = [0] * len(gates.queues)
        self._done = bytearray(len(gates.operations))

    def __iter__(self) -> Iterator[Fused]:
        for seed in range(len(self._done)):
            if not self._done[seed]:
                yield self._block(seed)

    def _block(self, seed: int) -> Fused:
        """Take the block that grows from a gate."""
        gates = self._gates
        n_qubits = len(gates.qubits[seed])
        options: list[tuple[float, float, _Growth]] = []
        if n_qubits <= self._largest:
            *smaller, full = self._grow(seed, self._largest, diagonal=False)
            for growth in (*(smaller if self._prefers_better else ()), full):
                cost = dense_cost(growth.window.bit_count())
                options.append((growth.weight / cost, cost, growth))
        if gates.is_diagonal[seed] and n_qubits <= _LARGEST_DIAGONAL:
            growth = self._grow(seed, _LARGEST_DIAGONAL, diagonal=True)[-1]
            options.append((growth.weight / PASS, PASS, growth))
        is_shared = bool(options)
        if not is_shared:
            alone = _Growth(gates.masks[seed], (seed,), 1.0)
            options.append((0.0, dense_cost(min(n_qubits, 8)), alone))
        _, cost, growth = max(options, key=lambda option: option[0])
        self._mark(growth.taken, 1)
        self._advance(growth.window)
        return Fused([gates.operations[number] for number in sorted(growth.taken)], is_shared, cost)

    def _grow(self, seed: int, largest: int, *, diagonal: bool) -> list[_Growth]:
        """Return blocks that grow from a gate, each larger than the one before."""
        gates, heads = self._gates, self._heads[:]
        window = gates.masks[seed]
        self._done[seed] = 1
        taken = [seed, *self._reach(window, window, diagonal)]
        found = [_Growth(window, tuple(taken), self._weight(taken))]
        while True:
            self._advance(window)
            best, best_added, best_score = None, 0, (0.0, 0)
            for added in self._additions(window, largest, diagonal):
                trial = self._reach(window | added, added, diagonal)
                self._mark(trial, 0)
                score = (self._weight(trial) / added.bit_count(), -_distance(added, window))
                if best is None or score > best_score:
                    best, best_added, best_score = trial, added, score
            if best is None:
                break
            self._mark(best, 1)
            window |= best_added
            taken += best
            found.append(_Growth(window, tuple(taken), found[-1].weight + self._weight(best)))
        self._mark(taken, 0)
        self._heads = heads
        return found

    def _mark(self, numbers: Iterable[int], done: int) -> None:
        for number in numbers:
            self._done[number] = done

    def _advance(self, window: int) -> None:
        """Let the queues of qubits begin with gates that are not done."""
        done = self._done
        for qubit in _bits(window):
            queue, head = self._gates.queues[qubit], self._heads[qubit]
            while head < len(queue) and done[queue[head]]:
                head += 1
            self._heads[qubit] = head

    def _weight(self, numbers: Iterable[int]) -> float:
        weights = self._gates.weights
        return sum(weights[number] for number in numbers)

    def _additions(self, window: int, largest: int, diagonal: bool) -> set[int]:
        """Qubits by which a block would reach one gate more."""
        gates, done, room = self._gates, self._done, largest - window.bit_count()
        found = set[int]()
        for qubit in _bits(window) if room else ():
            queue, head = gates.queues[qubit], self._heads[qubit]
            is_first = True
            for number in queue[head : head + _LOOK_AHEAD]:
                if done[number]:
                    continue
                is_z = gates.z_masks[number] >> qubit & 1
                if is_first or is_z:
                    added = gates.masks[number] & ~window
                    fits = 0 < added.bit_count() <= room
                    if fits and (gates.is_diagonal[number] or not diagonal):
                        found.add(added)
                        break
                if not is_z:
                    break
                is_first = False
        return found

    def _reach(self, window: int, fresh: int, diagonal: bool) -> list[int]:
        """Take in all gates that can act within a window now that some of its qubits are new."""
        gates, done, taken = self._gates, self._done, list[int]()
        queues, masks, z_masks = gates.queues, gates.masks, gates.z_masks
        outside, pending = ~window, list(_bits(fresh))
        while pending:
            qubit = pending.pop()
            head, bit, is_first = self._heads[qubit], 1 << qubit, True
            for number in queues[qubit][head : head + _LOOK_AHEAD]:
                if done[number]:
                    continue
                is_z, mask = z_masks[number] & bit, masks[number]
                if not (is_first or is_z):
                    break
                if mask & outside or (diagonal and not gates.is_diagonal[number]):
                    can_act = False
                else:
                    can_act = mask == bit or all(
                        other == qubit or self._is_next(number, other)
                        for other in gates.qubits[number]
                    )
                if can_act:
                    done[number] = 1
                    taken.append(number)
                    if mask != bit:
                        pending += (other for other in gates.qubits[number] if other != qubit)
                elif is_z:
                    is_first = False
                else:
                    break
        return taken

    def _is_next(self, number: int, qubit: int) -> bool:
        """Whether a gate could act next, as far as a qubit is concerned."""
        gates, done, head = self._gates, self._done, self._heads[qubit]
        is_z = gates.z_masks[number] >> qubit & 1
        for other in gates.queues[qubit][head : head + _LOOK_AHEAD]:
            if other == number:
                return True
            if not done[other] and not (is_z and gates.z_masks[other] >> qubit & 1):
                return False
        return False


@functools.lru_cache(maxsize=4096)
def _bits(mask: int) -> tuple[int, ...]:
    """Return the qubits in a set."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(found)


def _distance(added: int, window: int) -> int:
    """Return how far a first new qubit is from the nearest old one."""
    first = added & -added
    below, above = window & (first - 1), window // first
    distances = [first.bit_length() - below.bit_length()] if below else []
    return min([*distances, (above & -above).bit_length() - 1] if above else distances)
