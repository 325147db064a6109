"""How much is drawn: `ci` repeats itself exactly, `dev` is quick, `nightly` is open-ended."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, settings

__all__ = ["PROFILES", "Profile", "examples", "load"]


class Profile(NamedTuple):
    """Examples per operation, the largest axis drawn, and whether each run draws the same."""

    examples: int
    largest_axis: int
    derandomize: bool


PROFILES = {
    "dev": Profile(10, 3, derandomize=False),
    "ci": Profile(25, 3, derandomize=True),
    "nightly": Profile(1000, 7, derandomize=False),
}

_current = PROFILES["ci"]


def load(name: str) -> None:
    """Make a profile the current one; before the laws are imported."""
    global _current
    _current = PROFILES[name]


def largest_axis() -> int:
    """Length of the longest axis in the pool of shapes."""
    return _current.largest_axis


def examples(share: float = 1.0, *, shrink: bool = True) -> Any:
    """
    Settings of a law that needs `share` times the examples of the profile.

    There is no deadline, since a first call may compile, and no phase that explains failures, which
    costs hundreds of calls; a failure prints a program that repeats it instead.
    """
    return settings(
        max_examples=max(2, round(_current.examples * share)),
        derandomize=_current.derandomize,
        database=None,
        deadline=None,
        print_blob=not _current.derandomize,
        phases=(Phase.explicit, Phase.generate, *[Phase.shrink] * shrink),
        suppress_health_check=list(HealthCheck),
    )
