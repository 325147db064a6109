"""Steps that repeat, as those of the layers of an ansatz do: what a compiler need see only once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from arraybackends.quantum.planning.program import Controlled, Exchange, Step

__all__ = ["Loop", "find_loops"]

_FEWEST = 3
"""Rounds that are worth a loop."""

_LONGEST = 64
"""Steps of the longest round that is looked for."""


class Loop(NamedTuple):
    """
    Steps from `first` on that are run in rounds.

    A round has one step for each of `strides`: by so many members its value is further on in its
    source from round to round.
    """

    first: int
    n_rounds: int
    strides: tuple[int, ...]

    @property
    def stop(self) -> int:
        """Place of the first step after the loop."""
        return self.first + self.n_rounds * len(self.strides)


def find_loops(steps: Sequence[Step], /) -> Iterator[Loop]:
    """Yield the loops of a routine, in their order."""
    place = 0
    while place < len(steps):
        lengths = range(1, min(_LONGEST, (len(steps) - place) // _FEWEST) + 1)
        # Of two that reach equally far, the one with the shorter rounds comes first.
        loops = (loop for length in lengths if (loop := _loop(steps, place, length)))
        best = max(loops, key=lambda loop: loop.stop, default=None)
        if best is not None:
            yield best
        place = place + 1 if best is None else best.stop


def _loop(steps: Sequence[Step], first: int, length: int) -> Loop | None:
    strides = []
    for place in range(first, first + length):
        stride = _stride(steps[place], steps[place + length])
        if stride is None:
            return None
        strides.append(stride)
    place = first + length
    while place + length < len(steps):
        if _stride(steps[place], steps[place + length]) != strides[(place - first) % length]:
            break
        place += 1
    n_rounds = (place - first) // length + 1
    return Loop(first, n_rounds, tuple(strides)) if n_rounds >= _FEWEST else None


def _stride(step: Step, other: Step) -> int | None:
    """Return how far the value of another step is from that of a like one, or None if unlike."""
    if type(step) is not type(other) or isinstance(step, Controlled):
        return None
    if isinstance(step, Exchange):
        return 0 if step == other else None
    assert not isinstance(other, (Exchange, Controlled))
    if step[1:] != other[1:] or step.operand.source != other.operand.source:
        return None
    stride = other.operand.start - step.operand.start
    return stride if stride >= 0 else None
