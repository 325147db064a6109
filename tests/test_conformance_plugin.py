"""The conformance suite as its users run it: what counts as a failure, and what it prints."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

SUITE = "arraybackends_conformance"
# The plug-in registers itself once the distribution is installed, and only then.
INSTALLED = any(entry.name == "arraybackends" for entry in entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", "arraybackends_conformance.plugin")


def run(directory: Path, *arguments: str, laws: str = SUITE) -> subprocess.CompletedProcess[str]:
    """Run the suite, or one module of laws, in an empty directory."""
    command = [sys.executable, "-m", "pytest", *PLUGIN, "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "--pyargs", laws, *arguments],
        cwd=directory, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_summary_counts_laws_and_coverage(tmp_path: Path) -> None:
    """The summary says how many laws ran on how many operations, and what was not reached."""
    done = run(
        tmp_path, "--arraybackends-backend=numpy", "-k", "test_constants",
        laws=f"{SUITE}.test_contract",
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    assert "numpy" in done.stdout
    assert "1 laws on 5 operations, 2 % of the protocol covered" in done.stdout
    assert "Not reached in this run:" in done.stdout


def test_backend_must_be_named(tmp_path: Path) -> None:
    """Without a backend nothing is assumed."""
    done = run(tmp_path)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--arraybackends-backend=NAME" in done.stderr


@pytest.mark.parametrize(
    ("name", "message"),
    [("pytorhc", "Did you mean `pytorch`"), ("numpy:cuda:0", "has only the device 'cpu'")],
)
def test_unusable_backend_is_an_error(tmp_path: Path, name: str, message: str) -> None:
    """A backend that is named and cannot be used is an error, never a skip."""
    done = run(tmp_path, f"--arraybackends-backend={name}")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert message in done.stderr


def test_no_law_executed_is_a_failure(tmp_path: Path) -> None:
    """A run in which everything was skipped or deselected proves nothing."""
    skipped = run(
        tmp_path, "--arraybackends-backend=numpy", "-k", "test_jit_falls_back_once",
        laws=f"{SUITE}.test_transforms",
    )  # fmt: skip
    assert "1 skipped" in skipped.stdout
    assert skipped.returncode != pytest.ExitCode.OK
    assert "No law was executed" in skipped.stdout
    deselected = run(
        tmp_path, "--arraybackends-backend=numpy", "-k", "no_such_law",
        laws=f"{SUITE}.test_contract",
    )  # fmt: skip
    assert deselected.returncode != pytest.ExitCode.OK


def test_failure_prints_a_program_that_repeats_it(tmp_path: Path) -> None:
    """A failing law says what to run to see the failure again."""
    (tmp_path / "conftest.py").write_text(
        "import arraybackends as ab\n"
        "vars(ab.get_backend('numpy'))['cos'] = lambda x, /: ab.get_backend('numpy').sin(x)\n"
    )
    done = run(
        tmp_path, "--arraybackends-backend=numpy", "-k", "test_agrees_with_the_reference and cos",
        "-p", "conftest", laws=f"{SUITE}.test_operations",
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "xp = ab.get_backend('numpy', device='cpu', precision='double')" in done.stdout
    assert "print(xp.cos(xp.asarray(np.asarray(" in done.stdout


def test_plugin_is_silent_in_other_runs(tmp_path: Path) -> None:
    """Where the suite is merely installed, nothing changes and no array library is loaded."""
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_nothing_is_loaded():\n"
        "    assert not {'numpy', 'torch', 'jax', 'arraybackends.protocol'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGIN, "-p", "no:cacheprovider", "test_other.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    assert "arraybackends conformance" not in done.stdout
