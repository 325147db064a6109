"""The whole suite on one wrong adapter, the laws about what it gets wrong first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import arraybackends_conformance
from mutants.declaration import Mutant

__all__ = ["first_law_to_kill", "in_parallel"]

SUITE = Path(arraybackends_conformance.__path__[0])
ABOUT = "MUTANT_IS_ABOUT"  # not a variable of arraybackends, of which it warns when unknown


def in_parallel(
    judge: Callable[[Mutant], str], mutants: list[Mutant]
) -> Iterator[tuple[Mutant, str]]:
    """Judge mutants in as many processes as there are cores; yield verdicts as they come."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pending = {pool.submit(judge, mutant): mutant for mutant in mutants}
        for done in as_completed(pending):
            yield pending[done], done.result()


def first_law_to_kill(mutant: Mutant) -> str:
    """Return the first law of the suite that fails on an adapter; "" if none does."""
    backend = f"{mutant.backend.__module__}:{mutant.backend.__qualname__}"
    about = " ".join(re.findall(r"`(\w+)", mutant.backend.__doc__ or ""))
    registered = any(entry.name == "arraybackends" for entry in entry_points(group="pytest11"))
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", str(SUITE), "--exitfirst", "--quiet", "--tb=no", "-rf",
            "-pmutants.whole", f"--arraybackends-backend={backend}",
            *([] if registered else ["-parraybackends_conformance.plugin"]),
            f"--rootdir={SUITE}", f"--config-file={os.devnull}", "-pno:cacheprovider",
        ],
        capture_output=True, text=True, check=False, env={**os.environ, ABOUT: about},
    )  # fmt: skip
    if done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"The suite cannot be run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    found = re.search(r"^(?:FAILED|ERROR) (.*)$", done.stdout, re.MULTILINE)
    return found.group(1) if found else ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    about = os.environ.get(ABOUT, "").split()
    items.sort(key=lambda item: not any(re.search(rf"\b{x}\b", item.name) for x in about))
