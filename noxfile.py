# /// script
# dependencies = ["nox>=2026.10"]
# ///
"""The project's tasks: `nox` runs what CI needs, `nox -l` lists them all.

Every session makes its own environment with pip, from the versions in constraints.txt. What follows
`--` goes to the session's last command: `nox -s tests -- -k selection`.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
EVERY_BACKEND = "pytorch,jax,strict"  # NumPy is always there, CuPy needs CUDA

# A test process for each core, with one thread each.
PARALLEL = ("--numprocesses", "auto")
ONE_THREAD = {"OMP_NUM_THREADS": "1"}

# JAX compiles a program for every function and shape: the processes share what they compiled.
COMPILED_ONCE = {
    "JAX_COMPILATION_CACHE_DIR": str(ROOT / ".nox" / "compiled"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}

# What the sessions write of the lines that they reach, and `coverage` reads.
REACHED = ROOT / ".nox" / "reached" / ".coverage"

# What `nox -s conformance-numpy -- renew` writes, and a test compares with the code.
REPORTS = ROOT / "docs" / "conformance"
RENEW = "renew"

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True


def install(session: nox.Session, *requirements: str) -> None:
    """Install with pip, in the versions that the project is proved against."""
    # Python compiles what is imported; pip would compile all of PyTorch, in twice the time.
    options = ("--quiet", "--no-compile", "--constraint", str(ROOT / "constraints.txt"))
    session.install(*options, *requirements)


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group."""
    return list(nox.project.dependency_groups(PYPROJECT, name))


def run_pytest(session: nox.Session, *arguments: str, path: str = "") -> None:
    """Run pytest on every core, counting which lines and branches of the package it reaches."""
    REACHED.parent.mkdir(parents=True, exist_ok=True)
    settings = f"--rcfile={ROOT / 'pyproject.toml'}"
    environment = {
        **ONE_THREAD,
        **COMPILED_ONCE,
        "COVERAGE_FILE": str(REACHED),
        "PYTHONPATH": path,
    }
    session.run("coverage", "run", settings, "-m", "pytest", *PARALLEL, *arguments, env=environment)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, formatting, and the directions in which modules may import each other."""
    install(session, *group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-logo")


@nox.session
def types(session: nox.Session) -> None:
    """Check with mypy --strict, and with pyright, which also sees parameters renamed."""
    install(session, "--editable", f".[{EVERY_BACKEND},conformance,plot]", *group("types"))
    session.run("mypy")
    session.run("pyright")


@nox.session
def tests(session: nox.Session) -> None:
    """The project's own tests, and every example in the documentation."""
    install(session, "--editable", f".[{EVERY_BACKEND}]", *group("test"))
    # File by file: each example of a page builds on those before it.
    run_pytest(session, "--dist", "loadfile", *session.posargs)


def prove(session: nox.Session, backend: str, *requirements: str, path: str = "") -> None:
    """Install the package with one backend and run the suite as any other project would."""
    install(session, *requirements, "coverage", "pytest-xdist")
    elsewhere = Path(session.create_tmp()).resolve()
    (elsewhere / "pytest.ini").touch()  # and not by this project's configuration
    session.chdir(elsewhere)
    arguments = list(session.posargs)
    folder = elsewhere
    if RENEW in arguments:
        arguments.remove(RENEW)
        folder = REPORTS
        folder.mkdir(exist_ok=True)
    run_pytest(
        session,
        "--pyargs",
        "arraybackends_conformance",
        f"--arraybackends-backend={backend}",
        f"--arraybackends-report={folder}",
        *arguments,
        path=path,
    )


@nox.session(name="conformance-numpy")
def conformance_numpy(session: nox.Session) -> None:
    """Prove the NumPy adapter, beside no other array library."""
    prove(session, "numpy", ".[conformance]")


@nox.session(name="conformance-pytorch")
def conformance_pytorch(session: nox.Session) -> None:
    """Prove the PyTorch adapter, beside no other array library but NumPy."""
    prove(session, "pytorch", ".[conformance,pytorch]")


@nox.session(name="conformance-jax")
def conformance_jax(session: nox.Session) -> None:
    """Prove the JAX adapter, beside no other array library but NumPy."""
    prove(session, "jax", ".[conformance,jax]")


@nox.session(name="conformance-cupy")
def conformance_cupy(session: nox.Session) -> None:
    """Bind the CuPy adapter to the real wheel; prove it on a device, or else on a double."""
    package = ".[conformance,cupy12]"
    install(session, package)
    session.run("pytest", "--confcutdir=tests/cupy_wheel", "tests/cupy_wheel")
    ask = "import cupy; print(cupy.cuda.is_available())"
    if str(session.run("python", "-c", ask, silent=True)).strip() == "True":
        prove(session, "cupy", package)
    else:
        prove(session, "cupy", package, path=str(ROOT / "conformance" / "doubles"))
        session.warn("Rung 2 of 3: bound to the wheel and simulated. Nothing ran on a device.")


@nox.session(name="conformance-strict")
def conformance_strict(session: nox.Session) -> None:
    """Prove the adapter of array-api-strict, beside no other array library but NumPy."""
    prove(session, "strict", ".[conformance,strict]")


@nox.session(name="conformance-mlx", default=False)  # MLX 0.32 hangs now and then
def conformance_mlx(session: nox.Session) -> None:
    """Prove an adapter of somebody else's: the example of the documentation, for MLX."""
    install(session, ".[conformance]", "./examples/arraybackends-mlx", "pytest-xdist")
    reports = Path(session.create_tmp()).resolve()
    session.chdir("examples/arraybackends-mlx")
    session.run(
        "pytest",
        "--arraybackends-backend=mlx",
        "--arraybackends-precision=single",
        f"--arraybackends-report={reports}",
        *PARALLEL,
        *session.posargs,
        env=ONE_THREAD,
    )


@nox.session(default=False)
def reports(session: nox.Session) -> None:
    """Renew the reports in the documentation, and the page that is made of the ledger."""
    install(session, "--editable", ".[conformance]")
    session.run("python", "-m", "arraybackends_conformance.documentation", "docs/differences.md")
    for backend in ("numpy", "pytorch", "jax", "strict", "cupy"):
        session.notify(f"conformance-{backend}", [RENEW])


@nox.session(name="conformance-mutants")
def conformance_mutants(session: nox.Session) -> None:
    """Prove the suite: wrong adapters and raw libraries fail the laws named for them."""
    install(session, "--editable", f".[{EVERY_BACKEND},conformance]", *group("test"))
    session.chdir("conformance")
    session.run("python", "-m", "mutants", *session.posargs, env={**ONE_THREAD, **COMPILED_ONCE})
    if not session.posargs:
        session.run("python", "-m", "raw", env=ONE_THREAD)


@nox.session
def coverage(session: nox.Session) -> None:
    """Lines and branches of the adapters that the sessions before this one have reached."""
    install(session, "coverage")
    environment = {"COVERAGE_FILE": str(REACHED)}
    session.run("coverage", "combine", env=environment)
    session.run("coverage", "report", env=environment)


@nox.session
def interop(session: nox.Session) -> None:
    """Circuits and observables against Qiskit, Cirq, PennyLane, OpenFermion and Stim."""
    install(session, "--editable", ".[interop]", *group("test"), "stim")
    libraries = ("cirq", "openfermion", "pennylane", "qiskit")
    examples = (f"arraybackends/integrations/{name}.py" for name in libraries)
    places = ("tests/interop", *examples, "docs/interoperability.md")
    session.run("pytest", *PARALLEL, *places, *session.posargs, env=ONE_THREAD)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Time the simulator beside its peers: `nox -s bench -- brickwork --qubits 20`."""
    install(session, "--editable", f".[{EVERY_BACKEND},plot]", *group("bench"))
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(reuse_venv=False)
def build(session: nox.Session) -> None:
    """The wheel, installed alone into an empty environment, does the main job."""
    wheels = Path(session.create_tmp()).resolve()
    for old in wheels.glob("*.whl"):
        old.unlink()
    session.run("pip", "wheel", "--quiet", "--no-deps", f"--wheel-dir={wheels}", ".")
    (wheel,) = wheels.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    for wanted in ("arraybackends/py.typed", "arraybackends_conformance/__init__.py"):
        if wanted not in shipped:
            session.error(f"The wheel lacks {wanted}.")

    install(session, str(wheel))
    session.chdir(wheels)  # away from the checkout, which must not stand in for the wheel
    session.run("python", "-c", "import arraybackends")
    session.run("arraybackends", "info", "--json")
    result = json.loads(str(session.run("arraybackends", "vqe", "h2", "--json", silent=True)))
    if abs(result["energy"] - -1.1371170673) > 1e-6:
        session.error(f"The energy of H2 is {result['energy']}, not -1.1371170673 hartree.")


@nox.session
def downstream(session: nox.Session) -> None:
    """A library that knows arraybackends alone passes its own tests on every backend."""
    install(session, f".[{EVERY_BACKEND}]", "./tests/downstream", "pytest")
    session.chdir("tests/downstream")
    for backend in ("numpy", "pytorch", "jax", "strict"):
        session.run("pytest", env={"ARRAYBACKENDS_BACKEND": backend})
