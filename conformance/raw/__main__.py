"""Run the laws that must fail on the raw libraries, and say which differences they name."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Collection
from importlib.metadata import entry_points
from pathlib import Path

import arraybackends_conformance
from raw.differences import DIFFERENCES, LIBRARIES

SUITE = Path(arraybackends_conformance.__path__[0])


def failing(library: str, laws: Collection[str]) -> set[str]:
    """Return the laws, of some or of all, that fail on a raw library; in a process of its own."""
    backend = LIBRARIES[library]
    registered = any(entry.name == "arraybackends" for entry in entry_points(group="pytest11"))
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", *(f"{SUITE / law}" for law in laws or [""]),
            f"--arraybackends-backend={backend.__module__}:{backend.__qualname__}",
            *([] if registered else ["-parraybackends_conformance.plugin"]),
            f"--rootdir={SUITE}", f"--config-file={os.devnull}", "-pno:cacheprovider",
            "--quiet", "--tb=no", "-rfE",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        sys.exit(f"The laws could not be run on raw {library}:\n{done.stdout}{done.stderr}")
    found = re.findall(r"^(?:FAILED|ERROR) \S*?(test_\w+\.py::.*?)(?: - .*)?$", done.stdout,
                       re.MULTILINE)  # fmt: skip
    return set(found)


def main() -> int:
    """Print the verdict on every difference; 1 if one is not named."""
    parser = argparse.ArgumentParser(prog="python -m raw", description=__doc__)
    parser.add_argument("--whole", action="store_true", help="run all laws, and count")
    whole = parser.parse_args().whole
    missed = 0
    for library in LIBRARIES:
        listed = [d for d in DIFFERENCES if library in d.libraries]
        failed = failing(library, [] if whole else dict.fromkeys(d.law for d in listed))
        print(f"raw {library}: {len(failed)} laws fail")
        for difference in listed:
            named = difference.law in failed
            missed += not named
            print(f"  {'named ' if named else 'MISSED'} row {difference.row}: {difference.what}")
            if not named:
                print(f"         {difference.law} passes")
    total = sum(len(d.libraries) for d in DIFFERENCES)
    print(f"{total - missed} of {total} differences are named.")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
