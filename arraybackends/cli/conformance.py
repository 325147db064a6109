"""`arraybackends conformance`: prove backends, or show what was proved, as a matrix."""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from arraybackends.cli.matrix import Matrix, print_matrix
from arraybackends.cli.page import page
from arraybackends.errors import ArrayBackendsError
from arraybackends.selection import current_name

__all__ = ["add_command"]

_SCHEMA = "arraybackends.conformance-matrix/1"
_REPORT_SCHEMA = "arraybackends.conformance/1"
_SUITE = "arraybackends_conformance"


def add_command(commands: Any, /) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "conformance",
        help="prove backends by the conformance suite, or show reports of it",
        description="Run the conformance suite on backends, or read reports that it has written, "
        "and show a matrix of operations and backends. Exit status 1 if a law does not hold.",
    )
    parser.add_argument(
        "reports", nargs="*", type=Path, metavar="REPORT",
        help="reports to show, or folders of them; the suite is not run then",
    )  # fmt: skip
    parser.add_argument(
        "--backend", action="append", default=[], metavar="NAME",
        help="backend to prove, may be repeated; the current one unless said otherwise",
    )  # fmt: skip
    parser.add_argument("--precision", choices=("double", "single"), help="precision to prove")
    parser.add_argument(
        "--profile", choices=("ci", "dev", "nightly"), default="ci", help="how much is drawn"
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write the matrix as one page of HTML"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the reports as JSON")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if options.reports and options.backend:
        raise ArrayBackendsError(
            "Reports are shown, or backends are proved: give file names or `--backend`, not both."
        )
    if options.reports:
        reports = [_read(path) for path in _files(options.reports)]
    else:
        reports = [_prove(name, options) for name in options.backend or [current_name()]]
    matrix = Matrix(reports)
    print_matrix(matrix)
    if options.html is not None:
        options.html.write_text(page(matrix), encoding="utf-8")
    if options.json is not None:
        text = json.dumps({"schema": _SCHEMA, "reports": reports}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 1 if any(report["failures"] for report in reports) else 0


def _files(paths: list[Path]) -> list[Path]:
    found = [
        file
        for path in paths
        for file in (sorted(path.glob("conformance-*.json")) if path.is_dir() else [path])
    ]
    if not found:
        raise ArrayBackendsError(
            f"There is no report in {', '.join(map(str, paths))}: no file is named "
            "conformance-<backend>.json."
        )
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArrayBackendsError(f"Report {path} cannot be read: {error}.") from error
    if not isinstance(report, dict) or report.get("schema") != _REPORT_SCHEMA:
        raise ArrayBackendsError(f"File {path} is no report with the schema {_REPORT_SCHEMA}.")
    return report


def _prove(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Run the suite in a process of its own, whose output goes to standard error."""
    for package in ("hypothesis", "packaging", "pytest", _SUITE):
        if importlib.util.find_spec(package) is None:
            raise ArrayBackendsError(
                f"The conformance suite needs the package `{package}`. Install it with: "
                "pip install 'arraybackends[conformance]'."
            )
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(  # noqa: S603 (this interpreter, and no shell)
            _command(name, report, options), cwd=folder, stdout=sys.stderr, check=False
        )
        if not report.exists():
            raise ArrayBackendsError(
                f"The suite ended with status {done.returncode} on backend `{name}` and wrote no "
                "report. Its output, above, says why."
            )
        return _read(report)


def _command(name: str, report: Path, options: argparse.Namespace) -> list[str]:
    suite = importlib.util.find_spec(_SUITE)
    assert suite is not None
    assert suite.submodule_search_locations is not None
    registered = any(entry.value == f"{_SUITE}.plugin" for entry in entry_points(group="pytest11"))
    return [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        *([] if registered else ["-p", f"{_SUITE}.plugin"]),
        *(["-n", "auto"] if importlib.util.find_spec("xdist") else []),
        f"--confcutdir={suite.submodule_search_locations[0]}",  # nobody else's conftest.py
        "--pyargs", _SUITE,
        f"--arraybackends-backend={name}",
        f"--arraybackends-profile={options.profile}",
        f"--arraybackends-report={report}",
        *([f"--arraybackends-precision={options.precision}"] if options.precision else []),
    ]  # fmt: skip
