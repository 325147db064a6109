"""Loops over rounds of steps, which a compiler sees only once, however deep the circuit is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.execution.step import Members, apply_step
from arraybackends.quantum.planning.program import Controlled, Exchange, Gather, Operand, Step
from arraybackends.quantum.planning.repetition import Loop

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Rounds", "run_loop"]


class Rounds:
    """
    The rounds of a loop.

    Parameters
    ----------
    loop : Loop
    steps : sequence of Step
        Those of the routine that the loop is in.
    members : Members
        The values of its steps.

    Attributes
    ----------
    steps : list of Step
        Of one round, each with a source of its own for its value.
    xs : list of array
        The values that differ from round to round, which is their first axis.
    """

    def __init__(self, loop: Loop, steps: Sequence[Step], members: Members) -> None:
        self._batch = members.batch
        self._fixed: list[Any] = []
        self.steps: list[Step] = []
        self.xs: list[Any] = []
        for number, stride in enumerate(loop.strides):
            step, fixed = steps[loop.first + number], None
            assert not isinstance(step, Controlled)
            if not isinstance(step, Exchange):
                source, start = step.operand
                array = members.arrays[source]
                if isinstance(step, Gather):
                    fixed = array
                elif stride:
                    stop = start + stride * (loop.n_rounds - 1) + 1
                    self.xs.append(array[start:stop:stride, ...])
                else:
                    fixed = array[start : start + 1, ...]
                step = step._replace(operand=Operand(number, 0))
            self.steps.append(step)
            self._fixed.append(fixed)
        self._varies = [stride != 0 for stride in loop.strides]

    def members(self, values: Sequence[Any]) -> Members:
        """Return the values of the steps of a round."""
        left = iter(values)
        arrays = [
            next(left)[None, ...] if varies else fixed
            for varies, fixed in zip(self._varies, self._fixed, strict=True)
        ]
        return Members(arrays, 1, self._batch)


def run_loop(xp: ArrayBackend[Any], rounds: Rounds, state: Any, /) -> Any:
    """Run all rounds on a state."""

    def one(state: Any, values: Sequence[Any]) -> tuple[Any, None]:
        members = rounds.members(values)
        for step in rounds.steps:
            state = apply_step(xp, step, members, state)
        return state, None

    return xp.scan(one, state, rounds.xs)[0]
