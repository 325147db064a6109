"""Circuits in stages: what can be done to a tile before it is rounded. In integers only."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from arraybackends.quantum.gates.given import GIVEN
from arraybackends.quantum.gates.structure import BARRIER, Operation, Structure
from arraybackends.quantum.half.layout import Layout
from arraybackends.quantum.planning.fusion import wires

__all__ = ["Stage", "layout_for", "stages"]


class Stage(NamedTuple):
    """
    Operations on the same tiles.

    `structure` is on the qubits of a tile; `angles` and `matrices` are the slots of the circuit
    that its own slots stand for.
    """

    masks: tuple[int, ...]
    structure: Structure
    angles: tuple[int, ...]
    matrices: tuple[int, ...]


def layout_for(structure: Structure, layout: Layout, /) -> Layout:
    """Return the layout with tiles that hold every operation."""
    most = max(
        (len(_outer(operation, layout)) for operation in structure.operations if _acts(operation)),
        default=0,
    )
    return layout.joining(most)


@functools.lru_cache(maxsize=256)
def stages(structure: Structure, layout: Layout, /) -> tuple[Stage, ...]:
    """
    Divide a circuit of gates, greedily.

    Each stage takes all operations that fit into its tiles and come after no other. Operations on
    several qubits choose the tiles, those on one qubit fill what room they leave.
    """
    left = [operation for operation in structure.operations if _acts(operation)]
    found: list[Stage] = []
    while left:
        outer = _grown(left, set(), layout, 2)
        outer = _grown(left, outer, layout, 1)
        rest = (qubit for qubit in range(layout.n_outer) if qubit not in outer)
        while len(outer) < layout.n_joined:
            outer.add(next(rest))
        taken, left = _split(left, outer, layout)
        found.append(_stage(taken, sorted(outer), layout))
    return tuple(found)


def _acts(operation: Operation) -> bool:
    return operation.gate not in (BARRIER, "id")


def _outer(operation: Operation, layout: Layout) -> set[int]:
    return {qubit for qubit in wires(operation) if qubit < layout.n_outer}


def _grown(
    operations: Sequence[Operation], outer: set[int], layout: Layout, least: int
) -> set[int]:
    """Return outer qubits on which the first operations on so many qubits can be done together."""
    chosen, blocked = set(outer), set[int]()
    for operation in operations:
        qubits = wires(operation)
        if len(qubits) < least:
            continue
        wanted = chosen | _outer(operation, layout)
        if len(wanted) <= layout.n_joined and blocked.isdisjoint(qubits):
            chosen = wanted
        else:
            blocked.update(qubits)
            if len(blocked) == layout.n_qubits:
                break
    return chosen


def _split(
    operations: Sequence[Operation], outer: set[int], layout: Layout
) -> tuple[list[Operation], list[Operation]]:
    """Return the operations that these tiles can do now, and the others."""
    taken, left = [], []
    blocked = set(range(layout.n_outer)) - outer
    for operation in operations:
        qubits = wires(operation)
        if blocked.isdisjoint(qubits):
            taken.append(operation)
        else:
            left.append(operation)
            blocked.update(qubits)
    return taken, left


def _stage(operations: Sequence[Operation], outer: Sequence[int], layout: Layout) -> Stage:
    order = [*outer, *range(layout.n_outer, layout.n_qubits)]
    place = {qubit: number for number, qubit in enumerate(order)}
    angles: dict[int, int] = {}
    matrices: dict[int, int] = {}
    local = []
    for operation in operations:
        known = matrices if operation.gate in GIVEN else angles
        local.append(
            operation._replace(
                qubits=tuple(place[qubit] for qubit in operation.qubits),
                slots=tuple(known.setdefault(slot, len(known)) for slot in operation.slots),
                controls=tuple((place[qubit], state) for qubit, state in operation.controls),
            )
        )
    structure = Structure(layout.n_tile, tuple(local), len(angles), len(matrices))
    return Stage(layout.masks(outer), structure, tuple(angles), tuple(matrices))
