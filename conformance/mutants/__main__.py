"""Run the law named for each wrong adapter: on it, where it must fail, and on the right one."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import time
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

import arraybackends_conformance
from mutants.declaration import MUTANTS, Mutant

THEMES = (
    "elementwise", "reductions", "manipulation", "searching", "creation", "products",
    "decompositions", "fourier", "conversion", "differentiation", "transformation",
    "random_numbers", "devices", "identity",
)  # fmt: skip
SUITE = Path(arraybackends_conformance.__path__[0])
ASSERTIONS = (AssertionError, pytest.fail.Exception)


class Outcomes:
    """A plug-in of pytest that keeps the exception of every law that was called, or None."""

    def __init__(self) -> None:
        self.of: dict[str, BaseException | None] = {}

    @pytest.hookimpl
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> None:
        failed_before = call.when == "setup" and call.excinfo is not None
        if call.when == "call" or failed_before:
            law = f"{item.path.name}::{item.name}"
            self.of[law] = call.excinfo.value if call.excinfo else None


def outcomes(backend: type, laws: Collection[str]) -> dict[str, BaseException | None]:
    """Run some laws on a backend in this process."""
    seen = Outcomes()
    name = f"{backend.__module__}:{backend.__qualname__}"
    arguments = [
        *(f"{SUITE / law}" for law in laws),
        f"--arraybackends-backend={name}",
        f"--rootdir={SUITE}",
        f"--config-file={os.devnull}",
        "--quiet",
        "-pno:cacheprovider",
    ]
    with contextlib.redirect_stdout(io.StringIO()) as output:
        code = pytest.main(arguments, plugins=[seen])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        sys.exit(f"The laws of {name} could not be run:\n{output.getvalue()}")
    if unknown := set(laws) - set(seen.of):
        sys.exit(f"These are not names of single laws: {', '.join(unknown)}.")
    return seen.of


def leaves(error: BaseException) -> list[BaseException]:
    """Return the exceptions of which a group consists: Hypothesis may find several failures."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in leaves(part)]
    return [error]


def verdict(mutant: Mutant, right: BaseException | None, found: BaseException | None) -> str:
    """Say why the law proves nothing about the mutant; an empty string if it kills it."""
    expected = ASSERTIONS if mutant.error is AssertionError else (mutant.error,)
    if right is not None:
        return f"the law fails on the right adapter too: {right!r}"
    if found is None:
        return "survives"
    others = [error for error in leaves(found) if not isinstance(error, expected)]
    return f"dies by {others[0]!r}, not by {mutant.error.__name__}" if others else ""


def main() -> int:
    """Print the verdict on every wrong adapter; 1 if one is not killed as it should be."""
    start = time.monotonic()
    for theme in THEMES:
        importlib.import_module(f"mutants.{theme}")
    chosen = [m for m in MUTANTS if any(part in repr(m) for part in sys.argv[1:] or [""])]
    laws: dict[type, dict[str, None]] = defaultdict(dict)
    for mutant in chosen:
        laws[mutant.right][mutant.law] = None
    right = {backend: outcomes(backend, named) for backend, named in laws.items()}
    killed = 0
    for mutant in chosen:
        found = outcomes(mutant.backend, [mutant.law])
        problem = verdict(mutant, right[mutant.right][mutant.law], found[mutant.law])
        killed += not problem
        name = f"{mutant.right.name}.{mutant.backend.__name__}"
        doc = (mutant.backend.__doc__ or "").strip()
        print(f"{'killed ' if not problem else 'ALIVE  '} {name:44} {doc}", flush=True)
        if problem:
            print(f"        {mutant.law}: {problem}", flush=True)
    seconds = time.monotonic() - start
    print(f"{killed} of {len(chosen)} wrong adapters killed, in {seconds:.0f} s.")
    return int(killed < len(chosen))


if __name__ == "__main__":
    sys.exit(main())
