"""The `arraybackends` command: results, exit codes, and messages of one line."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

import arraybackends as ab
from arraybackends.cli import main
from arraybackends.cli.terminal import Progress, paint

EXACT_H2 = -1.1371170673457325
BACKENDS = ("numpy", "pytorch", "jax", "strict")


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self):
        """Claim it."""
        return True


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    """No variable of the caller reaches the command."""
    for variable in [v for v in os.environ if v.startswith("ARRAYBACKENDS_")]:
        monkeypatch.delenv(variable)


def run(capsys, *arguments):
    """Exit code, output and error output of the command."""
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


class TestVQE:
    @pytest.mark.parametrize("backend", BACKENDS)
    def test_finds_the_energy_of_hydrogen(self, capsys, monkeypatch, backend):
        """Each backend, chosen by the environment, finds the same energy to 1e-9 hartree."""
        if not ab.available_backends()[backend].installed:
            pytest.skip(f"Backend {backend} is not installed.")
        monkeypatch.setenv("ARRAYBACKENDS_BACKEND", backend)
        code, out, err = run(capsys, "vqe", "h2", "--json")
        report = json.loads(out)
        assert (code, err) == (0, "")
        assert report["backend"] == backend
        assert report["energy"] == pytest.approx(EXACT_H2, abs=1e-9)
        assert report["converged"] is True

    def test_reports_in_a_stable_form(self, capsys):
        """The JSON has a schema and these keys; energies are consistent with each other."""
        _, out, _ = run(capsys, "vqe", "h2", "--backend", "numpy", "--json", "--seed", "3")
        report = json.loads(out)
        assert set(report) == {
            "schema", "molecule", "source", "n_qubits", "n_terms", "unit", "energy",
            "exact_energy", "error", "hartree_fock_energy", "converged", "iterations",
            "evaluations", "gradient_norm", "n_parameters", "seconds", "backend",
            "library_version", "device", "precision", "n_layers", "seed", "backend_reason",
        }  # fmt: skip
        assert report["schema"] == "arraybackends.vqe/1"
        assert report["exact_energy"] == EXACT_H2
        assert report["error"] == report["energy"] - report["exact_energy"]
        assert report["seed"] == 3
        assert report["backend_reason"] == "Option `--backend` is 'numpy'."

    def test_prints_energies_backend_and_device(self, capsys):
        """The text shows energy, exact energy, error, backend, device and iterations."""
        code, out, _ = run(capsys, "vqe", "h2", "--backend", "numpy", "--device", "cpu")
        lines = dict(line.split("  ", 1) for line in out.splitlines())
        assert code == 0
        assert lines["energy"].strip() == "-1.1371170673 hartree"
        assert lines["exact energy"].strip() == "-1.1371170673 hartree"
        assert abs(float(lines["error"].split()[0])) < 1e-9
        assert "on cpu, double precision" in lines["backend"]
        assert lines["iterations"].endswith(", converged")
        assert "\x1b" not in out

    def test_runs_in_single_precision(self, capsys):
        """`--precision single` computes in float32, to 1e-6 hartree."""
        _, out, _ = run(capsys, "vqe", "h2", "--precision", "single", "--json")
        report = json.loads(out)
        assert report["precision"] == "single"
        assert 1e-12 < abs(report["error"]) < 1e-6

    def test_says_that_it_did_not_converge(self, capsys):
        """When the iterations run out the result says so."""
        _, out, _ = run(capsys, "vqe", "h2", "--max-iterations", "1")
        assert "1 in" in out
        assert "not converged" in out

    def test_depends_on_the_seed(self, capsys):
        """The same seed gives the same run, another one another."""
        energies = [
            json.loads(run(capsys, "vqe", "h2", "--json", "--max-iterations", "1", "--seed", s)[1])[
                "energy"
            ]
            for s in ("1", "1", "2")
        ]
        assert energies[0] == energies[1] != energies[2]


class TestErrors:
    def test_of_the_library_are_one_line(self, capsys):
        """An unknown backend is one line on standard error, and exit code 1."""
        code, out, err = run(capsys, "vqe", "h2", "--backend", "nunpy")
        assert (code, out) == (1, "")
        assert err.startswith("arraybackends: error: Backend `nunpy` is unknown. Did you mean")
        assert err.count("\n") == 1

    def test_name_the_environment_variable(self, capsys, monkeypatch):
        """A wrong variable is named."""
        monkeypatch.setenv("ARRAYBACKENDS_PRECISION", "half")
        code, _, err = run(capsys, "vqe", "h2")
        assert code == 1
        assert "`ARRAYBACKENDS_PRECISION` must be double or single, but is 'half'" in err

    def test_of_a_device(self, capsys):
        """A device that does not exist is one line too."""
        code, _, err = run(capsys, "vqe", "h2", "--backend", "numpy", "--device", "cuda:7")
        assert code == 1
        assert "'cuda:7'" in err

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([], "required"),
            (["vqe", "water"], "invalid choice: 'water' (choose from"),
            (["vqe", "h2", "--precision", "half"], "invalid choice: 'half'"),
            (["vqe", "h2", "--max-iterations", "0"], "integer from 1, but is '0'"),
            (["vqe", "h2", "--seed", "x"], "integer from 0, but is 'x'"),
            (["vqe", "h2", "--layers", "-1"], "integer from 1, but is '-1'"),
        ],
    )
    def test_of_usage_exit_with_two(self, capsys, arguments, message):
        """Wrong usage is explained by the parser."""
        with pytest.raises(SystemExit) as error:
            main(arguments)
        assert error.value.code == 2
        assert message in capsys.readouterr().err

    def test_become_of_an_interrupt(self, capsys, monkeypatch):
        """Ctrl-C ends with one line and the exit code of shells."""

        def interrupted(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr("arraybackends.cli.vqe.vqe", interrupted)
        assert run(capsys, "vqe", "h2") == (130, "", "arraybackends: error: Interrupted.\n")


class TestInfo:
    def test_lists_every_backend(self, capsys):
        """Each known backend has a line, and the current one is explained."""
        code, out, _ = run(capsys, "info")
        assert code == 0
        for name in ("numpy", "pytorch", "jax", "cupy", "strict"):
            assert name in out
        assert "Nothing else was said, and NumPy is the default." in out

    def test_reports_in_a_stable_form(self, capsys, monkeypatch):
        """The JSON has a schema; aliases are resolved and the reason given."""
        monkeypatch.setenv("ARRAYBACKENDS_BACKEND", "torch:cpu")
        code, out, _ = run(capsys, "info", "--json")
        report = json.loads(out)
        assert code == 0
        assert report["schema"] == "arraybackends.info/1"
        assert report["current"] == {
            "name": "pytorch",
            "reason": "Backend `pytorch`: Environment variable `ARRAYBACKENDS_BACKEND` is "
            "'torch:cpu'.",
            "precision": "double",
            "device": None,
            "problem": None,
        }
        for backend in report["backends"]:
            assert set(backend) == {
                "name", "installed", "version", "importable", "devices", "problem", "status",
                "capabilities",
            }  # fmt: skip

    def test_probes_when_asked(self, capsys):
        """`--probe` imports the libraries, and tells devices and capabilities."""
        _, out, _ = run(capsys, "info", "--json", "--probe")
        report = json.loads(out)
        numpy = report["backends"][0]
        assert (numpy["status"], numpy["devices"]) == ("usable", ["cpu"])
        assert numpy["capabilities"]["autodiff"] is False
        assert report["current"]["device"] == "cpu"

    def test_survives_broken_installations(self, capsys, monkeypatch, tmp_path):
        """A library whose import raises anything is shown as broken, the others as they are."""
        (tmp_path / "cupy.py").write_text("raise RuntimeError('libcuda is\\nmissing')")
        monkeypatch.syspath_prepend(tmp_path)
        code, out, _ = run(capsys, "info", "--probe")
        assert code == 0
        assert "broken" in out
        assert "RuntimeError: libcuda is" in out
        assert "usable" in out

    @pytest.mark.parametrize("precision", ["", "half"])
    def test_reports_a_wrong_precision(self, capsys, monkeypatch, precision):
        """A precision that is none is a problem of the current backend, not of the command."""
        monkeypatch.setenv("ARRAYBACKENDS_PRECISION", precision)
        code, out, _ = run(capsys, "info", "--json")
        assert code == 1
        assert "`ARRAYBACKENDS_PRECISION`" in json.loads(out)["current"]["problem"]

    def test_reports_a_wrong_environment(self, capsys, monkeypatch):
        """An unknown current backend is shown, with exit code 1, and the list all the same."""
        monkeypatch.setenv("ARRAYBACKENDS_BACKEND", "nunpy")
        code, out, _ = run(capsys, "info")
        assert code == 1
        assert "No current backend: Backend `nunpy` is unknown. Did you mean `numpy`?" in out
        assert "strict" in out

    def test_imports_no_array_library(self):
        """Without `--probe` even NumPy stays out, also when another backend is current."""
        program = (
            "import sys; from arraybackends.cli import main; code = main(['info', '--json']); "
            "found = {'numpy', 'torch', 'jax', 'cupy', 'array_api_strict'} & set(sys.modules); "
            "sys.exit(code or ', '.join(found) or None)"
        )
        environment = {**os.environ, "ARRAYBACKENDS_BACKEND": "pytorch"}
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


class TestTerminal:
    def test_draws_a_bar_on_a_terminal(self, monkeypatch):
        """The bar is redrawn in place and removed at the end."""
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        with Progress() as progress:
            progress.update(0.5, "half")
            progress.update(7.0, "all")
        assert "[############------------] half" in terminal.getvalue()
        assert "[########################] all" in terminal.getvalue()
        assert terminal.getvalue().endswith("\r\x1b[K")

    def test_draws_nothing_elsewhere(self, capsys):
        """Output into a file or a pipe has no bar."""
        with Progress() as progress:
            progress.update(0.5, "half")
        assert capsys.readouterr().err == ""

    def test_shows_the_progress_of_the_eigensolver(self, monkeypatch, capsys):
        """A run on a terminal shows iteration and energy, up to a full bar."""
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        assert main(["vqe", "h2"]) == 0
        assert "iteration 1  energy -1.1" in terminal.getvalue()
        assert "[########################]" in terminal.getvalue()

    @pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
    def test_paints_only_where_wanted(self, monkeypatch, variable, value):
        """Colours need a terminal, and stay away if NO_COLOR is set or the terminal is dumb."""
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        assert paint("text", "red", Terminal()) == "\x1b[31mtext\x1b[0m"
        monkeypatch.setenv(variable, value)
        assert paint("text", "red", Terminal()) == "text"

    def test_writes_warnings_in_one_line(self):
        """A warning of the library has no file name, nor the line of code that it comes from."""
        environment = {**os.environ, "ARRAYBACKENDS_BAKCEND": "numpy"}
        done = subprocess.run(
            [sys.executable, "-m", "arraybackends", "info"],
            capture_output=True, text=True, env=environment, check=False,
        )  # fmt: skip
        assert done.returncode == 0
        start = "arraybackends: warning: Environment variable `ARRAYBACKENDS_BAKCEND` is not read"
        assert done.stderr.startswith(start)
        assert done.stderr.count("\n") == 1


class TestModule:
    def test_is_the_command(self):
        """`python -m arraybackends` is the command, and knows its version."""
        done = subprocess.run(
            [sys.executable, "-m", "arraybackends", "--version"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, f"arraybackends {ab.__version__}\n")
