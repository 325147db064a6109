"""An order of qubits in which as many windows as possible are runs of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

__all__ = ["Arrangement"]

Segment: TypeAlias = list[set[int]]
"""Cells of qubits in a fixed order, up to reversal; within a cell any order will do."""


class Arrangement:
    """
    An order of qubits, fixed no further than the windows that it has admitted ask for.

    Windows may overlap in a chain, as those of layers of gates on neighbours do. This is less than
    a PQ-tree [1]_ can do, but all that the few windows of an exchange need.

    References
    ----------
    .. [1] K. S. Booth and G. S. Lueker, "Testing for the consecutive ones property, interval
       graphs, and graph planarity using PQ-tree algorithms", J. Comput. Syst. Sci. 13, 335 (1976).
    """

    def __init__(self) -> None:
        self._segments: list[Segment] = []

    def admit(self, qubits: AbstractSet[int]) -> bool:
        """Make qubits neighbours, unless the windows admitted before do not allow it."""
        touched = [s for s in self._segments if any(qubits & cell for cell in s)]
        rest = set(qubits).difference(*(cell for segment in touched for cell in segment))
        if not touched:
            joined: Segment | None = [set(qubits)]
        elif len(touched) == 1:
            joined = _inside(touched[0], qubits) if not rest else _at_end(touched[0], qubits)
            if joined is not None and rest:
                joined.append(rest)
        elif len(touched) == 2:
            first, second = (_at_end(segment, qubits) for segment in touched)
            joined = None
            if first is not None and second is not None:
                joined = [*first, *([rest] if rest else []), *reversed(second)]
        else:
            return False
        if joined is None:
            return False
        self._segments = [s for s in self._segments if s not in touched] + [joined]
        return True

    def order(self, before: Sequence[int]) -> list[int]:
        """Return such an order; qubits of no window come first, and ties are left as they were."""
        placed: list[int] = []
        for segment in reversed(self._segments):  # the window that was admitted last is innermost
            for cell in segment:
                placed.extend(qubit for qubit in before if qubit in cell)
        return [qubit for qubit in before if qubit not in placed] + placed


def _at_end(segment: Segment, qubits: AbstractSet[int]) -> Segment | None:
    """Return a segment at whose end the qubits stand that it has of some, if it can be had."""
    for cells in (segment, segment[::-1]):
        count = 0
        while count < len(cells) and cells[-1 - count] <= qubits:
            count += 1
        head, tail = cells[: len(cells) - count], cells[len(cells) - count :]
        if head and head[-1] & qubits:
            head = [*head[:-1], head[-1] - qubits, head[-1] & qubits]
            inner = head[:-1]
        else:
            inner = head
        if not any(cell & qubits for cell in inner):
            return [*head, *tail]
    return None


def _inside(segment: Segment, qubits: AbstractSet[int]) -> Segment | None:
    """Return a segment in which the qubits, all of which it has, are neighbours."""
    touched = [place for place, cell in enumerate(segment) if cell & qubits]
    first, last = touched[0], touched[-1]
    if any(not cell <= qubits for cell in segment[first + 1 : last]):
        return None
    found = [set(cell) for cell in segment[:first]]
    for place in range(first, last + 1):
        cell = segment[place]
        parts = [cell - qubits, cell & qubits]
        if place == last and first != last:
            parts.reverse()
        found.extend(part for part in parts if part)
    return [*found, *(set(cell) for cell in segment[last + 1 :])]
