"""What the commands write to a terminal: errors, warnings, colours and a progress bar."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any, Self, TextIO

__all__ = ["Progress", "one_line_warnings", "paint", "report_error"]

_COLOURS = {"green": "32", "red": "31", "yellow": "33"}
_WIDTH = 24


def paint(text: str, colour: str, stream: TextIO, /) -> str:
    """Colour a text on a terminal, unless `NO_COLOR` is set (no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def report_error(message: str, /) -> None:
    """Write an error as one line."""
    line = " ".join(message.split())
    print(f"{paint('arraybackends: error:', 'red', sys.stderr)} {line}", file=sys.stderr)


@contextlib.contextmanager
def one_line_warnings() -> Iterator[None]:
    """Write warnings without the place in the source that they come from."""

    def show(message: Warning | str, *_: Any) -> None:
        line = " ".join(str(message).split())
        print(f"{paint('arraybackends: warning:', 'yellow', sys.stderr)} {line}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show  # type: ignore[assignment]
        yield


class Progress:
    """
    Progress bar on standard error, if that is a terminal.

    Used as a context manager; `update` redraws the line, and leaving removes it.
    """

    def __enter__(self) -> Self:
        self._active = sys.stderr.isatty()
        return self

    def __exit__(self, *_: object) -> None:
        if self._active:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def update(self, fraction: float, text: str, /) -> None:
        """Show a fraction of the work and a text beside it."""
        if self._active:
            filled = round(_WIDTH * min(max(fraction, 0.0), 1.0))
            bar = "#" * filled + "-" * (_WIDTH - filled)
            sys.stderr.write(f"\r\x1b[K[{bar}] {text}")
            sys.stderr.flush()
