"""The last lines of a run: what was proved, what was not and why, and what failed, by operation."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from arraybackends_conformance.recording import Recorder

__all__ = ["lines"]

_SHOWN = 6
"""Names in a list before it is cut."""


def lines(backend: Any, recorder: Recorder, members: AbstractSet[str], /) -> Iterator[str]:
    """Yield the lines."""
    done = recorder.cases["passed"] + recorder.cases["failed"]
    share = 100 * len(recorder.reached & members) // len(members)
    yield (
        f"{backend.name} {backend.library_version} on {backend.device}, {backend.precision}: "
        f"{done} laws on {len(recorder.reached)} operations, {share} % of the protocol covered, "
        f"{recorder.examples} examples."
    )
    missing = sorted(members - recorder.reached)
    if done == 0:
        yield "No law was executed, which proves nothing: this is a failure."
    elif missing:
        yield f"Not reached in this run: {', '.join(missing)}."
    unproved = recorder.unproved()
    if unproved:
        yield ""
        yield "Not proved, for the reason given:"
        for reason in sorted(unproved, key=lambda r: (-len(unproved[r]), r)):
            yield f"  {reason} {_cut(unproved[reason])}"
    failed = recorder.failed_laws()
    if failed:
        yield ""
        yield f"Failing, by operation ({len(failed)}):"
        width = max(map(len, failed))
        for member in sorted(failed):
            yield f"  {member:<{width}}  {', '.join(sorted(failed[member]))}"


def _cut(names: AbstractSet[str]) -> str:
    known = sorted(names)
    more = f", and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"({', '.join(known[:_SHOWN])}{more})"
