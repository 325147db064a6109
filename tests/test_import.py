"""Importing costs nothing until a backend is chosen, and missing libraries are told apart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARIES = ("numpy", "torch", "jax", "jaxlib", "cupy", "array_api_strict", "array_api_compat")


def run(script: str, **environment: str) -> str:
    """Run a script in a fresh interpreter and return what it prints."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("ARRAYBACKENDS_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "statement",
    [
        "import arraybackends",
        "import arraybackends as ab; ab.available_backends(); ab.provenance()",
        "from arraybackends import ArrayBackend, Capabilities",
        "from arraybackends.adapters import NumPyBackend, StrictBackend",
        "from arraybackends.adapters import PyTorchBackend, JAXBackend, CuPyBackend",
        "import arraybackends.quantum",
        "import arraybackends.generic.random",
    ],
)
def test_loads_no_array_library(statement: str) -> None:
    """Importing, listing and naming load no array library, not even NumPy."""
    assert run(f"import sys; {statement}; print(*sys.modules.keys() & {set(LIBRARIES)!r})") == ""


@pytest.mark.parametrize("name", ["torch", "jax", "array_api_strict"])
def test_a_missing_library(name: str) -> None:
    """Without its library a backend is listed as not installed, and asking says what to do."""
    backend = {"torch": "pytorch", "jax": "jax", "array_api_strict": "strict"}[name]
    script = f"""
import sys
sys.modules[{name!r}] = None  # what Python itself does to forbid an import
import arraybackends as ab
status = ab.available_backends()[{backend!r}]
assert not status.installed and "pip install 'arraybackends[{backend}]'" in status.problem, status
try:
    ab.get_backend({backend!r})
except ab.BackendNotInstalledError as error:
    assert isinstance(error, ImportError)
    print(error)
assert ab.get_backend("numpy").name == "numpy"
"""
    assert run(script) == (
        f"Backend `{backend}` is not installed: there is no package `{name}`. "
        f"Install it with: pip install 'arraybackends[{backend}]'."
    )


def test_a_folder_is_no_library(tmp_path: Path) -> None:
    """A folder that happens to be called like a library does not count as installed."""
    (tmp_path / "cupy").mkdir()
    script = "import arraybackends as ab; print(ab.available_backends()['cupy'].installed)"
    assert run(script, PYTHONPATH=str(tmp_path)) == "False"


def test_a_broken_library(tmp_path: Path) -> None:
    """A library that fails at import is reported as broken, with its cause, and hides no other."""
    (tmp_path / "cupy.py").write_text("raise OSError('libcudart.so.12 is missing')\n")
    script = """
import sys, arraybackends as ab
sys.modules["torch"] = sys.modules["jax"] = None  # not to wait for them
status = ab.available_backends(probe=True)
assert status["numpy"].importable and status["numpy"].devices == ("cpu",)
assert status["cupy"].installed and status["cupy"].importable is False
try:
    ab.get_backend("cupy")
except ab.BackendBrokenError as error:
    assert isinstance(error, ImportError) and isinstance(error.__cause__, OSError)
    assert str(error) == status["cupy"].problem
    print(error)
"""
    assert run(script, PYTHONPATH=str(tmp_path)) == (
        "Backend `cupy` is installed, but importing `cupy` failed with OSError: "
        "libcudart.so.12 is missing. Reinstall it, or choose another backend."
    )


def test_installing_later_is_noticed(tmp_path: Path) -> None:
    """Whether a library is there is looked up anew each time."""
    script = f"""
import sys, importlib, pathlib
import arraybackends as ab
sys.path.insert(0, {str(tmp_path)!r})
print(ab.available_backends()["cupy"].installed)
pathlib.Path({str(tmp_path)!r}, "cupy.py").write_text("")
importlib.invalidate_caches()
print(ab.available_backends()["cupy"].installed)
"""
    assert run(script).split() == ["False", "True"]


def test_importing_changes_nothing_global() -> None:
    """Neither the import nor a backend in single precision switches JAX to 64 bits."""
    pytest.importorskip("jax")
    script = """
import jax, arraybackends as ab
ab.get_backend("jax", precision="single")
print(jax.config.jax_enable_x64)
ab.backend_of(jax.numpy.ones(2))
print(jax.config.jax_enable_x64)
ab.get_backend("jax")
print(jax.config.jax_enable_x64)
"""
    assert run(script).split() == ["False", "False", "True"]
