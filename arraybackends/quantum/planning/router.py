"""The order of qubits along the axes of a state, kept track of instead of restored.

A router turns "this value acts on these qubits" into steps on views of the state. Qubits that a
dense matrix acts on must be neighbours: an exchange brings them together, and nothing brings them
back before somebody asks. Diagonals and flips act wherever their qubits are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from arraybackends.quantum.planning.arrangement import Arrangement
from arraybackends.quantum.planning.program import (
    Controlled,
    Dense,
    Diagonal,
    Exchange,
    Flip,
    Gather,
    Operand,
    Step,
)

__all__ = ["Router"]

_LONG = 12
"""Qubits of a register on which the shape of products decides how long they take."""

_WIDEST = 6
"""Qubits up to which a window is widened to the end of the register."""


class Router:
    """
    Steps on a register whose axes hold the qubits in some order.

    Parameters
    ----------
    order : sequence of int
        The qubit at each axis, leftmost first.
    tail : int
        Length of a last axis that no gate acts on: the columns of a matrix.
    """

    def __init__(self, order: Sequence[int], tail: int = 1) -> None:
        self.order = list(order)
        self.steps: list[Step] = []
        self._start = list(order)
        self._tail = tail

    def are_neighbours(self, qubits: Iterable[int]) -> bool:
        """Whether the axes of qubits follow each other."""
        places = sorted(map(self.order.index, qubits))
        return not places or places[-1] - places[0] == len(places) - 1

    def arrange(self, windows: Iterable[AbstractSet[int]]) -> None:
        """Make the qubits of the first window neighbours, and of as many others as possible."""
        arrangement = Arrangement()
        for window in windows:
            arrangement.admit(window)
        order = arrangement.order(self.order)
        if order != self.order:
            self._exchange(order)

    def gather(self, qubits: Iterable[int]) -> list[int]:
        """Make qubits neighbours, and return them in the order of their axes."""
        found = sorted(qubits, key=self.order.index)
        start = self.order.index(found[0]) if found else 0
        if self.order[start : start + len(found)] != found:
            self._exchange([qubit for qubit in self.order if qubit not in found] + found)
        return found

    def window(self, qubits: Iterable[int]) -> list[int]:
        """
        Make qubits neighbours, and return them with those that had better be in the window too.

        A product with a matrix on an axis before a last one of length 2 or 4 is a loop over tiny
        products, many times as slow as with a larger matrix on both.
        """
        found = self.gather(qubits)
        last = self.order[len(self.order) - self.order[::-1].index(found[-1]) :]
        if self._tail > 1 or len(self.order) < _LONG or not 0 < len(last) <= 2:
            return found
        return [*found, *last] if len(found) + len(last) <= _WIDEST else found

    def swap(self, first: int, second: int) -> None:
        """Exchange two qubits, by renaming them."""
        i, j = self.order.index(first), self.order.index(second)
        self.order[i], self.order[j] = second, first

    def rename(self, names: Sequence[int]) -> None:
        """Call each qubit by another name."""
        self.order = [names[qubit] for qubit in self.order]

    def restore(self) -> None:
        """Bring the qubits back to where they were at first."""
        if self.order != self._start:
            self._exchange(self._start)

    def dense(self, operand: Operand, qubits: Sequence[int]) -> None:
        """Multiply a matrix on neighbouring qubits, in the order of their axes."""
        start = self.order.index(qubits[0]) if qubits else 0
        left, dimension = 2**start, 2 ** len(qubits)
        right = 2 ** len(self.order) // (left * dimension) * self._tail
        self.steps.append(Dense(operand, left, dimension, right))

    def diagonal(self, operand: Operand, qubits: Iterable[int]) -> None:
        """Multiply a diagonal on any qubits, in the order of their axes."""
        members = set(qubits)
        shape, kept = _runs([qubit in members for qubit in self.order], self._tail)
        self.steps.append(Diagonal(operand, shape, kept))

    def flip(self, operand: Operand, letters: dict[int, str]) -> None:
        """Rotate about a Pauli string: the letter of each qubit that has one."""
        placed = [letters.get(qubit, "I") for qubit in self.order]
        shape, flips = _runs([letter in "XY" for letter in placed], 1)
        signs = sum(1 << place for place, letter in enumerate(reversed(placed)) if letter in "YZ")
        flipped = tuple(axis for axis, flip in enumerate(flips) if flip)
        phase = (1, -1j, -1, 1j)[placed.count("Y") % 4]
        self.steps.append(Flip(operand, len(placed), shape, flipped, signs, phase))

    def permute(self, operand: Operand) -> None:
        """Take the amplitudes of the whole register in another order."""
        self.steps.append(Gather(operand))

    def controlled(self, states: dict[int, int], steps: Sequence[Step]) -> None:
        """Run steps, made for the register without the controls, where these have their states."""
        shape: list[int] = []
        axes: list[tuple[int, int]] = []
        after_control = True
        for qubit in self.order:
            if qubit in states:
                axes.append((len(shape), states[qubit]))
                shape.append(2)
            elif after_control:
                shape.append(2)
            else:
                shape[-1] *= 2
            after_control = qubit in states
        self.steps.append(Controlled(tuple(shape), tuple(axes), tuple(steps)))

    def _exchange(self, target: list[int]) -> None:
        """Permute the axes, with those that stay together merged."""
        runs: list[list[int]] = []
        for source in (*map(self.order.index, target), *([len(target)] if self._tail > 1 else [])):
            if runs and runs[-1][-1] + 1 == source:
                runs[-1].append(source)
            else:
                runs.append([source])
        lengths = [2] * len(target) + [self._tail]
        in_old_order = sorted(runs)
        shape = []
        for run in in_old_order:
            length = 1
            for source in run:
                length *= lengths[source]
            shape.append(length)
        self.steps.append(Exchange(tuple(shape), tuple(map(in_old_order.index, runs))))
        self.order = list(target)


def _runs(flags: Sequence[bool], tail: int) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """Merge neighbouring axes of length 2 with equal flags; return lengths and flags."""
    shape: list[int] = []
    kept: list[bool] = []
    for flag in flags:
        if kept and kept[-1] == flag:
            shape[-1] *= 2
        else:
            shape.append(2)
            kept.append(flag)
    if tail > 1:
        if kept and not kept[-1]:
            shape[-1] *= tail
        else:
            shape.append(tail)
            kept.append(False)
    return tuple(shape), tuple(kept)
