"""Backends of third parties, found by their entry points."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BACKEND = '''
"""A backend that derives from nothing of arraybackends."""
from arraybackends.errors import DeviceError

class Tensor:
    device = "abacus"

class AbacusBackend:
    name = "abacus"

    def __init__(self, *, device=None, precision=None):
        if device not in (None, "abacus"):
            raise DeviceError(f"Argument `device` is {device!r}, but there is only 'abacus'.")
        self.device, self.precision = "abacus", precision or "double"

    def with_options(self, *, device=None, precision=None):
        return AbacusBackend(device=device, precision=precision or self.precision)

    def is_array(self, x):
        return isinstance(x, Tensor)

    def device_of(self, x):
        return x.device

    def devices(self):
        return ("abacus",)
'''


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages with four plug-ins: a good one, and three that are not."""
    install(tmp_path, "abacus", "abacus = abacus_backend:AbacusBackend", version="2.5")
    (tmp_path / "abacus_backend.py").write_text(BACKEND)
    install(tmp_path, "broken", "broken = broken_backend:Backend")
    (tmp_path / "broken_backend.py").write_text("raise RuntimeError('out of beads')\n")
    install(tmp_path, "absent", "absent = no_such_module:Backend")
    install(tmp_path, "thief", "numpy = thief:Backend\ntorch = thief:Backend")
    (tmp_path / "thief.py").write_text("raise SystemExit('loaded')\n")
    return tmp_path


def install(site: Path, distribution: str, entry_points: str, *, version: str = "1.0") -> None:
    """Write what an installer leaves behind of a distribution."""
    folder = site / f"{distribution}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    )
    (folder / "entry_points.txt").write_text(f"[arraybackends.backends]\n{entry_points}\n")


def run(site: Path, script: str) -> list[str]:
    """Run a script beside the plug-ins and return the lines that it prints."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("ARRAYBACKENDS_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys, arraybackends as ab\n{script}"],
        env={**inherited, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_loaded_only_when_chosen(site: Path) -> None:
    """A plug-in is listed without being loaded, and loaded when it is chosen."""
    script = """
status = ab.available_backends()
print(list(status)[5:])
print(status["abacus"])
print("abacus_backend" in sys.modules)
print(ab.get_backend("abacus", precision="single").precision)
print(ab.get_backend("abacus") is ab.get_backend("abacus"))
with ab.use_backend("abacus"):
    print(ab.backend.name)
"""
    assert run(site, script) == [
        "['abacus', 'absent', 'broken']",
        (
            "BackendStatus(name='abacus', installed=True, version='2.5', importable=None, "
            "devices=None, problem=None)"
        ),
        "False",
        "single",
        "True",
        "abacus",
    ]


def test_broken_ones_do_not_break_the_others(site: Path) -> None:
    """Plug-ins that cannot be loaded are reported with their cause; the others work."""
    script = """
sys.modules["torch"] = sys.modules["jax"] = None  # not to wait for them
for name, status in ab.available_backends(probe=True).items():
    if name in ("numpy", "abacus", "broken", "absent"):
        print(name, status.importable, status.devices, status.problem)
try:
    ab.get_backend("broken")
except ab.BackendBrokenError as error:
    print(type(error.__cause__).__name__)
"""
    found = run(site, script)
    assert found[0] == "numpy True ('cpu',) None"
    assert found[1] == "abacus True ('abacus',) None"
    assert found[2].startswith(
        "absent False None Backend `absent` is installed, but importing "
        "`no_such_module:Backend` failed with ModuleNotFoundError: "
    )
    assert found[3:] == [
        (
            "broken False None Backend `broken` is installed, but importing "
            "`broken_backend:Backend` failed with RuntimeError: out of beads. Reinstall it, or "
            "choose another backend."
        ),
        "RuntimeError",
    ]


def test_shipped_names_cannot_be_taken(site: Path) -> None:
    """A plug-in that calls itself like a shipped backend, or its alias, is never loaded."""
    script = """
print(type(ab.get_backend("numpy")).__name__)
print([name for name in ab.available_backends() if name in ("numpy", "torch")])
print("thief" in sys.modules)
"""
    assert run(site, script) == ["NumPyBackend", "['numpy']", "False"]


def test_arrays_are_recognised(site: Path) -> None:
    """An array of a plug-in leads to it, and mixing it with others is an error that names both."""
    script = """
import numpy as np
from abacus_backend import Tensor
print(ab.backend_of(Tensor()).name)
for mixed in ((Tensor(), np.ones(2)), (Tensor(), object())):
    try:
        ab.backend_of(*mixed)
    except TypeError as error:
        print(error)
"""
    assert run(site, script) == [
        "abacus",
        (
            "Arrays of the backends `abacus` and `numpy` are mixed. Convert them to one backend "
            "with `xp.from_dlpack`."
        ),
        (
            "Argument 1 is of type `builtins.object`, which is no array of any known backend "
            "(numpy, pytorch, jax, cupy, strict, abacus, absent, broken)."
        ),
    ]


def test_names_are_suggested(site: Path) -> None:
    """Plug-ins are among the names that an unknown one is compared with."""
    script = """
try:
    ab.get_backend("abakus")
except ab.UnknownBackendError as error:
    print(error)
"""
    assert run(site, script) == [
        (
            "Backend `abakus` is unknown. Did you mean `abacus`? Known backends: numpy, pytorch, "
            "jax, cupy, strict, abacus, absent, broken."
        )
    ]


def test_devices_pass_through(site: Path) -> None:
    """A device after the colon reaches the plug-in, whose own error propagates."""
    script = """
print(ab.get_backend("abacus:abacus").device)
try:
    ab.get_backend("abacus:cuda:0")
except ab.DeviceError as error:
    print(error)
"""
    assert run(site, script) == [
        "abacus",
        "Argument `device` is 'cuda:0', but there is only 'abacus'.",
    ]


def test_the_first_on_the_path_wins(site: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of two plug-ins of one name, the first on the path is taken, as among modules."""
    later = tmp_path_factory.mktemp("later")
    install(later, "copycat", "abacus = thief:Backend")
    script = f"sys.path.append({str(later)!r})\nprint(type(ab.get_backend('abacus')).__name__)"
    assert run(site, script) == ["AbacusBackend"]
