"""What is said of a law that does not hold: the error, the input, and how to see it again."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

__all__ = ["LONGEST", "describe_failure", "readable"]

LONGEST = 1500
"""Characters of an error that are kept."""

_PROGRAM = "To reproduce:"
_NOT_THE_ADAPTER = ("hypothesis", "arraybackends_conformance", "_pytest", "pluggy")


def describe_failure(error: BaseException, repeat: str, /) -> dict[str, str]:
    """
    Error, shrunk input, place, and a program that repeats the failure by itself.

    Parameters
    ----------
    error : BaseException
        With the notes that Hypothesis and the laws have added.
    repeat : str
        Command that runs the law again: the program, where the law has none.
    """
    notes = [str(note) for note in getattr(error, "__notes__", ())]
    programs = [note for note in notes if note.startswith(_PROGRAM)]
    inputs = [note for note in notes if not note.startswith((_PROGRAM, "You can reproduce"))]
    return {
        "error": f"{type(error).__name__}: {error}"[:LONGEST].rstrip(),
        "input": "\n".join(inputs)[:LONGEST],
        "where": _innermost(error),
        "program": programs[-1].removeprefix(_PROGRAM).strip() if programs else repeat,
    }


def _innermost(error: BaseException) -> str:
    """Last function of the adapter in which the error was on its way, if it was in any."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not set(Path(frame.filename).parts) & set(_NOT_THE_ADAPTER):
            return f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
    return ""


def readable(facts: dict[str, Any], /) -> str:
    """The text that stands for the traceback."""
    failure = facts["failure"]
    about = ", ".join(facts["about"])
    parts = [
        f"{facts['says']}",
        f"{failure['error']}",
        f"In {failure['where']}" if failure["where"] else "",
        failure["input"],
        f"{_PROGRAM}\n\n{failure['program']}\n",
    ]
    head = f"{facts['law']}" + (f" ({about})" if about else "")
    return "\n".join([head, *filter(None, parts)])
