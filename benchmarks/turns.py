"""Contestants take turns: their results are compared first, then their times are taken."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.comparison import Answer, check_answer
from benchmarks.workloads import Precision, Workload

__all__ = ["Ready", "Run", "qualify", "race"]

TURN = 0.02
"""Seconds that a turn takes at least, in as many calls as that needs."""

REST = 0.005
"""Seconds between turns, in which the threads of the library before come to rest."""


class Run(NamedTuple):
    """
    A contestant that is ready.

    Attributes
    ----------
    call : callable
        What is timed. It returns when the work is done.
    answer : callable
        Makes of what `call` returns an answer that can be compared.
    setting : str
        What was chosen among several.
    enter : callable
        Called before each turn, off the clock: for libraries with a global state.
    """

    call: Callable[[], Any]
    answer: Callable[[Any], Answer]
    setting: str = ""
    enter: Callable[[], None] = lambda: None


class Ready(NamedTuple):
    """
    A contestant whose result has been compared, at its best setting.

    `first` is the seconds of its first call, which may compile, and `once` that of a later one;
    `apart` is how far its result was from the others'.
    """

    run: Run
    first: float
    once: float
    apart: float


def _timed(run: Run) -> tuple[float, Any]:
    run.enter()
    start = time.perf_counter()
    result = run.call()
    return time.perf_counter() - start, result


def qualify(
    contestants: Mapping[str, Callable[[], Sequence[Run]]], workload: Workload,
    precision: Precision, announce: Callable[[str], None] = lambda _: None,
) -> dict[str, Ready]:  # fmt: skip
    """
    Compare the results of all contestants, and find the best setting of each.

    Parameters
    ----------
    contestants : mapping of str to callable
        Each makes its runs, one for each setting; none, if it does not do such a thing. The
        results of all settings of all must agree with the first.
    workload, precision
        What they run.
    announce : callable
        Told whose turn it is.

    Returns
    -------
    dict of str to Ready

    Raises
    ------
    MismatchError
        If results differ.
    """
    ready: dict[str, Ready] = {}
    expected: tuple[str, Answer] | None = None
    for name, prepare in contestants.items():
        announce(name)
        for run in prepare():
            first, result = _timed(run)
            answer = run.answer(result)
            del result
            if expected is None:
                expected = name, answer
            apart = check_answer(name, answer, *expected, workload, precision)
            del answer
            once = min(_timed(run)[0] for _ in range(2 if first < 1 else 1))
            if name not in ready or once < ready[name].once:
                ready[name] = Ready(run, first, once, apart)
        gc.collect()
    return ready


def race(ready: Mapping[str, Ready], *, rounds: int, seconds: float) -> dict[str, list[float]]:
    """
    Let contestants take turns.

    Parameters
    ----------
    ready : mapping of str to Ready
    rounds : int
        Turns of each.
    seconds : float
        Roughly how long all may take together; there are three rounds at least.

    Returns
    -------
    dict of str to list of float
        Seconds of a call, one for each round.
    """
    calls = {name: max(1, math.ceil(TURN / each.once)) for name, each in ready.items()}
    together = sum(calls[name] * each.once for name, each in ready.items())
    times: dict[str, list[float]] = {name: [] for name in ready}
    order = list(ready)
    for _ in range(max(3, min(rounds, int(seconds / together)))):
        for name in order:
            times[name].append(_turn(ready[name].run, calls[name]))
        order = order[1:] + order[:1]  # nobody always runs first
    return times


def _turn(run: Run, calls: int) -> float:
    """Return the seconds of a call."""
    run.enter()
    time.sleep(REST)
    start = time.perf_counter()
    for _ in range(calls):
        run.call()
    return (time.perf_counter() - start) / calls
