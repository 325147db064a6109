"""The checks of the suite inside another project's own tests, and what the suite reports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import arraybackends as ab
from arraybackends_conformance.checks import checks, parametrize_with_checks

SUITE = """
import arraybackends as ab
from arraybackends_conformance.checks import parametrize_with_checks

@parametrize_with_checks(
    ab.get_backend("numpy"), expected_failures={"contract.constants": "They are fine."}
)
def test_conforms(check):
    check()
"""
BROKEN = """
import arraybackends as ab
from arraybackends.adapters import NumPyBackend

class BrokenBackend(NumPyBackend):
    name = "broken"
    absent = frozenset({"sin"})

    def cos(self, x, /):
        return self.sin(x)
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, without the plug-in's own registration."""
    from importlib.metadata import entry_points

    installed = any(entry.name == "arraybackends" for entry in entry_points(group="pytest11"))
    plugin = () if installed else ("-p", "arraybackends_conformance.plugin")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, "-p", "no:cacheprovider", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_names_are_those_of_pytest(tmp_path: Path) -> None:
    """A check has the name under which pytest runs the law."""
    listed = run(
        tmp_path, "--pyargs", "arraybackends_conformance", "--arraybackends-backend=numpy",
        "--collect-only", "-q",
    )  # fmt: skip
    nodes = [line for line in listed.stdout.splitlines() if "::test_" in line]
    names = sorted(
        re.sub(r"^.*?test_(\w+)\.py::test_", r"\1.", node).removesuffix("[]") for node in nodes
    )
    found = [str(check) for check in checks(ab.get_backend("numpy"))]
    assert sorted(found) == names
    assert len(set(found)) == len(found)


def test_unexpected_passes_fail(tmp_path: Path) -> None:
    """A check that is expected to fail and passes fails the run."""
    (tmp_path / "test_mine.py").write_text(SUITE)
    done = run(tmp_path, "test_mine.py", "-k", "contract.constants or contract.test_is_immutable")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "[XPASS(strict)] They are fine." in done.stdout


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"contract.constant": "why"}, "no check. Did you mean `contract.constants`"),
        ({"contract.constants": " "}, "no reason for `contract.constants`"),
    ],
)
def test_expected_failures_are_checked(expected: dict[str, str], message: str) -> None:
    """An expected failure that is no check, or has no reason, is an error."""
    with pytest.raises(ValueError, match=message):
        parametrize_with_checks(ab.get_backend("numpy"), expected_failures=expected)


def test_report_of_a_broken_backend(tmp_path: Path) -> None:
    """The report has failures with input and program; what is declared absent is none."""
    (tmp_path / "adapters").mkdir()
    (tmp_path / "adapters" / "broken.py").write_text(BROKEN)
    (tmp_path / "conftest.py").write_text("import sys; sys.path.insert(0, '.')")
    done = run(
        tmp_path, "-p", "conftest", "--pyargs", "arraybackends_conformance.test_operations",
        "--arraybackends-backend=adapters.broken:BrokenBackend", "--arraybackends-report",
        "-k", "test_agrees_with_the_reference and (sin or cos)",
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    report = json.loads((tmp_path / "conformance-broken.json").read_text())
    (failure,) = report["failures"]
    assert failure["about"] == ["cos"]
    assert "instead of" in failure["error"]
    assert "xp.cos(" in failure["program"]
    law = report["laws"]["operations.agrees_with_the_reference"]
    assert law["failed"] == ["cos"]
    assert law["not proved"] == {"skipped: The backend declares that it lacks `sin`.": ["sin"]}
    assert report["examples"] > report["cases"]["passed"] + report["cases"]["failed"]
    assert report["precision"] == "double"
    assert "Failing, by operation (1):" in done.stdout
    assert "cos  operations.agrees_with_the_reference" in done.stdout
    assert "_hypothesis" not in done.stdout, "a wall of tracebacks"
