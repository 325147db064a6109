"""Planning: from the structure of a circuit to a program, in integers only."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence

from arraybackends.errors import CapabilityError
from arraybackends.quantum.gates.gate import (
    CompositeGate,
    FixedGate,
    OneAngleGate,
    gate_of,
    pauli_label,
)
from arraybackends.quantum.gates.structure import BARRIER, DIAGONAL, UNITARY, Operation, Structure
from arraybackends.quantum.planning.assembly import Assembly, Gate, Value
from arraybackends.quantum.planning.fusion import Fused, fuse, is_diagonal, wires, with_phases
from arraybackends.quantum.planning.layers import (
    LARGEST_LAYERED,
    in_layers,
    permuted,
    total_cost,
)
from arraybackends.quantum.planning.program import Dense, Diagonal, Form, Program, Step
from arraybackends.quantum.planning.router import Router

__all__ = ["Program", "plan"]

LARGEST_EMBEDDED = 5
"""Qubits up to which a gate with controls or about a Pauli string is a dense matrix."""

LARGEST_DIAGONAL = 10
"""Qubits up to which a diagonal gate with controls is a longer diagonal."""


_LOOK_AHEAD = 32
"""Blocks that are looked at for those that can act before, or after the next exchange."""


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

    Raises
    ------
    CapabilityError
        If an operation is a channel or a measurement, or has a condition, which no state vector
        alone can run.
    """
    operations, order = _without_swaps(structure.n_qubits, _lower(structure.operations))
    planner = _Planner(Assembly(), Router(range(structure.n_qubits)))
    planner.add_all(_blocks(operations, structure.n_qubits))
    planner.router.rename(order)
    planner.router.restore()
    return planner.assembly.program(
        structure.n_qubits, structure.n_angles, structure.n_matrices,
        planner.router.steps, planner.values,
    )  # fmt: skip


def _blocks(operations: Sequence[Operation], n_qubits: int) -> list[Fused]:
    """Split operations into blocks, or where that is better into layers."""
    blocks = fuse(operations)
    if n_qubits > LARGEST_LAYERED:
        return blocks
    layers = with_phases(operations, lambda gates: in_layers(gates, n_qubits))
    return min((blocks, layers), key=lambda found: total_cost(found, n_qubits))


def _qubits(block: Fused) -> set[int]:
    return {*block.window, *(qubit for op in block.operations for qubit in wires(op))}


def _has_window(block: Fused) -> bool:
    """Whether the qubits of a block must be neighbours."""
    if block.form == "permutation" or (
        not block.window and all(map(is_diagonal, block.operations))
    ):
        return False
    return len(block.operations) > 1 or len(_qubits(block)) <= LARGEST_EMBEDDED


class _Planner:
    """Turns gates and blocks into steps on a register, and keeps the values of the steps."""

    def __init__(self, assembly: Assembly, router: Router) -> None:
        self.assembly = assembly
        self.router = router
        self.values: list[Value] = []

    def add_all(self, blocks: Sequence[Fused]) -> None:
        """
        Add blocks.

        Those whose qubits are neighbours act before others that they have no qubit in common with;
        then one exchange makes the windows of as many as possible.
        """
        rest = iter([(block, _qubits(block), _has_window(block)) for block in blocks])
        near: list[tuple[Fused, set[int], bool]] = []
        while True:
            waiting: list[tuple[Fused, set[int], bool]] = []
            blocked = set[int]()
            for block, qubits, has_window in itertools.chain(near, rest):
                fits = not has_window or self.router.are_neighbours(qubits)
                if fits and blocked.isdisjoint(qubits):
                    self.add_fused(block)
                else:
                    waiting.append((block, qubits, has_window))
                    blocked |= qubits
                    if len(waiting) == _LOOK_AHEAD:
                        break
            if not waiting:
                return
            near = waiting
            self.router.arrange(qubits for _, qubits, has_window in near if has_window)

    def add_fused(self, block: Fused) -> None:
        """Add a block."""
        if block.form == "permutation":
            value = self.assembly.permutation(
                permuted(tuple(block.operations), tuple(self.router.order))
            )
            self.values.append(value)
            self.router.permute(value.operand)
        elif block.window:
            self._add_block(block.operations, block.window)
        else:
            self.add(block.operations)

    def add(self, block: Sequence[Operation]) -> None:
        """Add gates that are one step."""
        if len(block) > 1:
            self._add_block(block)
        elif block[0].gate == "swap" and not block[0].controls:
            self.router.swap(*block[0].qubits)
        else:
            self._add_gate(block[0])

    def _add_gate(self, operation: Operation) -> None:
        name, targets = operation.gate, operation.qubits
        states = dict(operation.controls)
        qubits = wires(operation)
        form: Form = "diagonal" if is_diagonal(operation) else "dense"
        if len(qubits) > (LARGEST_DIAGONAL if form == "diagonal" else LARGEST_EMBEDDED):
            if states:
                self._add_controlled(operation)
                return
            if pauli_label(name):
                form = "flip"
        if form == "dense":
            placed = self.router.window(qubits)
            if len(placed) > len(qubits):
                self._add_block([operation])
                return
        else:
            placed = sorted(qubits, key=self.router.order.index)
        order = tuple(map(qubits.index, placed))
        gate = Gate(form, name, operation.conjugate, tuple(states.values()), order)
        if form == "flip":
            gate = gate._replace(order=())
        value = self.assembly.gate(gate, operation.slots)
        self.values.append(value)
        if form == "dense":
            self.router.dense(value.operand, placed)
        elif form == "diagonal":
            self.router.diagonal(value.operand, placed)
        else:
            label = pauli_label(name)
            assert label is not None
            self.router.flip(value.operand, dict(zip(targets, label, strict=True)))

    def _add_controlled(self, operation: Operation) -> None:
        """Add a gate with many controls: it acts alone on the part where they have their states."""
        states = dict(operation.controls)
        rest = [qubit for qubit in self.router.order if qubit not in states]
        inner = _Planner(self.assembly, Router(rest))
        inner.add([operation._replace(controls=())])
        inner.router.restore()
        self.values.extend(inner.values)
        self.router.controlled(states, inner.router.steps)

    def _add_block(self, block: Sequence[Operation], window: Sequence[int] = ()) -> None:
        """Add gates as one dense matrix, or without a window as one diagonal if all are."""
        qubits = {*window, *(qubit for operation in block for qubit in wires(operation))}
        all_diagonal = not window and all(is_diagonal(operation) for operation in block)
        if all_diagonal:
            placed = sorted(qubits, key=self.router.order.index)
        else:
            placed = self.router.window(qubits)
        value = self._block(block, placed, "diagonal" if all_diagonal else "dense")
        self.values.append(value)
        if all_diagonal:
            self.router.diagonal(value.operand, placed)
        else:
            self.router.dense(value.operand, placed)

    def _block(self, block: Sequence[Operation], qubits: Sequence[int], form: Form) -> Value:
        """Value of a block in a window; like ones are planned once."""
        local, slots = _localized(block, qubits)
        key = form, len(qubits), local
        value = self.assembly.blocks.get(key)
        if value is None:
            value = self.assembly.blocks[key] = self._new_block(local, range(len(qubits)), form)
        return value._replace(slots=tuple(slots[place] for place in value.slots))

    def _new_block(self, block: Sequence[Operation], qubits: Sequence[int], form: Form) -> Value:
        if form == "dense" and all(len(wires(operation)) == 1 for operation in block):
            return self._tensor(block, qubits)
        return self._product(block, qubits, form)

    def _product(self, block: Sequence[Operation], qubits: Sequence[int], form: Form) -> Value:
        """Value of a block whose gates run on the identity."""
        dimension = 2 ** len(qubits)
        router = Router(qubits, dimension if form == "dense" else 1)
        inner = _Planner(self.assembly, router)
        for place, part in enumerate(_parts(block, qubits)):
            if not place and len(part) > 1 and form == "dense":
                inner._add_block(part, qubits)  # the identity then takes no part
            else:
                inner.add(part)
        router.restore()
        steps, values = router.steps, inner.values
        if _fills(steps[0], form, dimension):
            return self.assembly.block(form, dimension, values[0], steps[1:], values[1:])
        order = tuple(range(len(qubits)))
        identity = self.assembly.gate(Gate(form, "id", False, (), order))
        return self.assembly.block(form, dimension, identity, steps, values)

    def _tensor(self, block: Sequence[Operation], qubits: Sequence[int]) -> Value:
        """Value of gates on one qubit each: the Kronecker product of those on each qubit."""
        if len(qubits) > 1:
            half = len(qubits) // 2
            first, second = (
                self._tensor([gate for gate in block if wires(gate)[0] in part], part)
                for part in (qubits[:half], qubits[half:])
            )
            return self.assembly.kronecker(2 ** len(qubits), first, second)
        if len(block) > 1 or any(gate.gate == DIAGONAL for gate in block):
            return self._product(block, qubits, "dense")
        if not block:
            return self.assembly.gate(Gate("dense", "id", False, (), (0,)))
        states = tuple(state for _, state in block[0].controls)
        gate = Gate("dense", block[0].gate, block[0].conjugate, states, (0,))
        return self.assembly.gate(gate, block[0].slots)


def _localized(
    block: Sequence[Operation], qubits: Sequence[int]
) -> tuple[tuple[Operation, ...], list[int]]:
    """Return the gates of a block with qubits as places and slots counted, and the old slots."""
    place = {qubit: number for number, qubit in enumerate(qubits)}
    local: list[Operation] = []
    slots: list[int] = []
    for operation in block:
        start = len(slots)
        slots += operation.slots
        local.append(
            operation._replace(
                qubits=tuple([place[qubit] for qubit in operation.qubits]),
                slots=tuple(range(start, len(slots))),
                controls=tuple([(place[qubit], state) for qubit, state in operation.controls]),
            )
        )
    return tuple(local), slots


def _fills(step: Step, form: Form, dimension: int) -> bool:
    """Whether the value of a first step is that of the block up to it."""
    if form == "diagonal":
        return isinstance(step, Diagonal) and step.shape == (dimension,)
    return isinstance(step, Dense) and step.dimension == dimension


def _lower(operations: Sequence[Operation]) -> Iterator[Operation]:
    """Replace composite gates by their factors, drop what does nothing, refuse what is no gate."""
    for operation in operations:
        if operation.gate in (BARRIER, "id"):
            continue
        gate = gate_of(operation.gate)
        known = isinstance(gate, (FixedGate, OneAngleGate, CompositeGate))
        if not known and operation.gate not in (UNITARY, DIAGONAL):
            _refuse(f"`{operation.gate}`, which is no unitary gate")
        if operation.condition:
            _refuse(f"`{operation.gate}` under a condition on classical bits")
        if isinstance(gate, CompositeGate):
            for name, angle in gate.factors:
                yield operation._replace(gate=name, slots=(operation.slots[angle],))
        else:
            yield operation


def _refuse(what: str) -> None:
    raise CapabilityError(
        f"The circuit has {what}: no state vector alone can run it. Use `density_matrix()` or "
        "`expectation` for exact results, or `trajectories` for samples of states."
    )


def _without_swaps(
    n_qubits: int, operations: Iterator[Operation]
) -> tuple[list[Operation], list[int]]:
    """Rename qubits instead of swapping them; return the gates and the qubit at each wire."""
    wire, are_renamed = list(range(n_qubits)), False
    found = []
    for operation in operations:
        if operation.gate == "swap" and not operation.controls:
            first, second = operation.qubits
            wire[first], wire[second] = wire[second], wire[first]
            are_renamed = True
        elif are_renamed:
            qubits = tuple(wire[qubit] for qubit in operation.qubits)
            controls = tuple((wire[qubit], state) for qubit, state in operation.controls)
            found.append(operation._replace(qubits=qubits, controls=controls))
        else:
            found.append(operation)
    return found, [wire.index(place) for place in range(n_qubits)]


def _parts(block: Sequence[Operation], qubits: Sequence[int]) -> list[list[Operation]]:
    """
    Split a block into parts that are made one by one, and multiplied.

    Parts that occur in many blocks are made for all of them together, and fixed ones once and for
    all: so gates on one qubit go together, and so do fixed gates.
    """
    if len(qubits) == 1 or all(map(_is_fixed, block)):
        return [[operation] for operation in block]
    runs = list(_merge_runs(block))
    if all(map(_is_lone, runs)):
        half = len(runs) // 2
        return runs if len(runs) <= 2 else [_joined(runs[:half]), _joined(runs[half:])]
    return _layers(runs)


def _layers(runs: Sequence[list[Operation]]) -> list[list[Operation]]:
    """Gather runs on one qubit, and fixed gates, as far as the others let them."""
    found: list[list[Operation]] = []
    left = list(runs)
    while left:
        for together in (_is_lone, _is_fixed_run):
            taken, left = _take(left, together)
            if taken:
                found.append(_joined(taken))
        taken, left = _take(left, lambda run: not _is_lone(run) and not _is_fixed_run(run))
        found.extend(taken)
    return found


def _take(
    runs: Sequence[list[Operation]], is_wanted: Callable[[list[Operation]], bool]
) -> tuple[list[list[Operation]], list[list[Operation]]]:
    """Take the wanted runs that can act before all others, and return them and the others."""
    taken, left, blocked = [], [], set[int]()
    for run in runs:
        qubits = {qubit for operation in run for qubit in wires(operation)}
        if is_wanted(run) and not qubits & blocked:
            taken.append(run)
        else:
            left.append(run)
            blocked |= qubits
    return taken, left


def _joined(runs: Sequence[list[Operation]]) -> list[Operation]:
    return [operation for run in runs for operation in run]


def _is_lone(run: Sequence[Operation]) -> bool:
    return len(wires(run[0])) == 1 and not _is_fixed_run(run)


def _is_fixed_run(run: Sequence[Operation]) -> bool:
    return all(map(_is_fixed, run))


def _is_fixed(operation: Operation) -> bool:
    return not operation.slots


def _merge_runs(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """Gather one-qubit gates that follow each other on a qubit; other gates stay alone."""
    pending: dict[int, list[Operation]] = {}
    for operation in operations:
        qubits = wires(operation)
        if len(qubits) == 1:
            pending.setdefault(qubits[0], []).append(operation)
            continue
        for qubit in qubits:
            if qubit in pending:
                yield pending.pop(qubit)
        yield [operation]
    yield from pending.values()
