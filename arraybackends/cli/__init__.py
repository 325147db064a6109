"""The `arraybackends` command.

Exit status 0 is success, 1 an error of arraybackends (one line on standard error), 2 wrong usage.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from arraybackends import __version__
from arraybackends.cli import conformance, info, vqe
from arraybackends.cli.terminal import one_line_warnings, report_error
from arraybackends.errors import ArrayBackendsError

__all__ = ["main"]

_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process unless given.

    Returns
    -------
    int
        Exit status.

    Examples
    --------
    >>> main(["vqe", "h2", "--backend", "numpy", "--json"])  # doctest: +ELLIPSIS
    {
      "schema": "arraybackends.vqe/1",
    ...
    }
    0
    """
    options = _parser().parse_args(arguments)
    with one_line_warnings():
        try:
            return int(options.run(options))
        except ArrayBackendsError as error:
            report_error(str(error))
            return 1
        except KeyboardInterrupt:
            report_error("Interrupted.")
            return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="arraybackends", description="Array code and quantum circuits on any array library."
    )
    parser.add_argument("--version", action="version", version=f"arraybackends {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    vqe.add_command(commands)
    info.add_command(commands)
    conformance.add_command(commands)
    return parser
