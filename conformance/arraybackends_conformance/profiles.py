"""How much is drawn: `ci` repeats itself exactly, `dev` is quick, `nightly` is open-ended."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

__all__ = ["PROFILES", "Profile", "drawing", "drawn", "examples", "largest_axis", "load"]


class Profile(NamedTuple):
    """Examples per law and stratum, the largest axis drawn, and whether each run draws the same."""

    examples: int
    largest_axis: int
    derandomize: bool


PROFILES = {
    "dev": Profile(4, 3, derandomize=False),
    "ci": Profile(8, 3, derandomize=True),
    "nightly": Profile(80, 7, derandomize=False),
}

_ROUND = 10
_current = PROFILES["ci"]
_drawn = 0


def load(name: str) -> None:
    """Make a profile the current one; before the laws are imported."""
    global _current
    _current = PROFILES[name]


def largest_axis() -> int:
    """Length of the longest axis in the pool of shapes."""
    return _current.largest_axis


def drawn() -> int:
    """How many examples the laws of this process have been tried on."""
    return _drawn


def _counted(test: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(test)
    def counted(**kwargs: Any) -> None:
        global _drawn
        _drawn += 1
        test(**kwargs)

    return counted


def examples(share: float = 1.0, *, shrink: bool = True) -> Any:
    """
    Settings for `share` times the examples of the profile.

    There is no deadline, since a first call may compile, and no phase that explains failures, which
    costs hundreds of calls; a failure prints a program that repeats it instead.
    """
    return settings(
        max_examples=max(2, round(_current.examples * share)),
        derandomize=_current.derandomize,
        database=None,
        deadline=None,
        print_blob=not _current.derandomize,
        report_multiple_bugs=False,
        phases=(Phase.explicit, Phase.generate, *[Phase.shrink] * shrink),
        suppress_health_check=list(HealthCheck),
    )


def drawing(share: float = 1.0) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """
    Decorate a law that draws: its parameter `data` is the `hypothesis.strategies.data` object.

    Hypothesis varies earlier examples once it has ten of them: worthwhile in long runs, wasteful in
    short ones. So a run that repeats itself is made of rounds of ten, each with a seed of its own.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        chosen = examples(share)
        over_examples = given(data=st.data())
        counted = _counted(test)
        if not _current.derandomize:
            return chosen(over_examples(counted))  # type: ignore[no-any-return]

        @functools.wraps(test)
        def run(**kwargs: Any) -> None:
            for start in range(0, chosen.max_examples, _ROUND):
                count = min(_ROUND, chosen.max_examples - start)
                seed(start)(settings(chosen, max_examples=count)(over_examples(counted)))(**kwargs)

        signature = inspect.signature(test)
        kept = [p for p in signature.parameters.values() if p.name != "data"]
        run.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return run

    return decorate
