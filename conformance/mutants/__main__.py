"""Run the law named for each wrong adapter: on it, where it must fail, and on the right one."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import arraybackends_conformance
from mutants.declaration import Mutant, chosen_from, every_mutant
from mutants.session import JUDGED, RIGHT, options
from mutants.whole import first_law_to_kill, in_parallel

SUITE = Path(arraybackends_conformance.__path__[0])


class Verdicts:
    """Keeps, in the process that reports, what the laws said of each adapter, and prints it."""

    def __init__(self, mutants: list[Mutant], console: io.TextIOBase) -> None:
        self.mutants = {repr(mutant): mutant for mutant in mutants}
        self.problems: dict[str, str] = {}
        self.console = console

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties = dict(report.user_properties)
        if report.when == "call" and JUDGED in properties:
            name = str(properties[JUDGED])
            self.judge(name, str(report.longrepr or ""))
        elif RIGHT in properties and report.failed:
            print(f"FAILS on the right adapter {properties[RIGHT]}: {report.longrepr}",
                  file=self.console, flush=True)  # fmt: skip
            self.problems[str(properties[RIGHT])] = "fails on the right adapter"

    def judge(self, name: str, problem: str) -> None:
        self.problems[name] = problem
        mutant = self.mutants[name]
        doc = (mutant.backend.__doc__ or "").strip()
        print(f"{'ALIVE  ' if problem else 'killed '} {name:48} {doc}",
              file=self.console, flush=True)  # fmt: skip
        if problem:
            print(f"        {mutant.law}: {problem}", file=self.console, flush=True)


def run_named_laws(mutants: list[Mutant], parts: list[str], verdicts: Verdicts) -> None:
    """Run each law on the adapters that name it, on as many processes as there are cores."""
    functions = dict.fromkeys(f"{SUITE / mutant.law.partition('[')[0]}" for mutant in mutants)
    registered = any(entry.name == "arraybackends" for entry in entry_points(group="pytest11"))
    arguments = [
        *functions,
        *options(parts),
        "-pmutants.session",
        *([] if registered else ["-parraybackends_conformance.plugin"]),
        "--arraybackends-backend=numpy",
        "--numprocesses=auto",
        "--dist=worksteal",
        f"--rootdir={SUITE}",
        f"--config-file={os.devnull}",
        "-pno:cacheprovider",
        "--quiet",
    ]
    with contextlib.redirect_stdout(io.StringIO()) as output:
        code = pytest.main(arguments, plugins=[verdicts])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        sys.exit(f"The laws could not be run:\n{output.getvalue()}")


def run_whole_suite(mutants: list[Mutant], verdicts: Verdicts) -> None:
    """Run all laws on every adapter until one fails, whichever it is."""
    for mutant, law in in_parallel(first_law_to_kill, mutants):
        print(f"        {law or 'no law fails'}", file=verdicts.console)
        verdicts.judge(repr(mutant), "" if law else "survives the whole suite")


def main() -> int:
    """Print the verdict on every wrong adapter; 1 if one is not killed as it should be."""
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    parser.add_argument("parts", nargs="*", help="choose adapters by parts of their names")
    parser.add_argument("--whole", action="store_true",
                        help="run all laws on each, not only the one named")  # fmt: skip
    arguments = parser.parse_args()
    start = time.monotonic()
    mutants = chosen_from(every_mutant(), arguments.parts)
    verdicts = Verdicts(mutants, sys.stdout)
    if arguments.whole:
        run_whole_suite(mutants, verdicts)
    else:
        run_named_laws(mutants, arguments.parts, verdicts)
    alive = [name for name in verdicts.mutants if verdicts.problems.get(name, "was not run")]
    killed = len(mutants) - len(alive)
    print(f"Kill rate: {killed}/{len(mutants)} ({100 * killed / max(len(mutants), 1):.4g} %), "
          f"in {time.monotonic() - start:.0f} s.")  # fmt: skip
    if alive:
        print("Survivors: " + ", ".join(alive))
    return int(not mutants or any(verdicts.problems.values()) or bool(alive))


if __name__ == "__main__":
    sys.exit(main())
