"""Peak memory of states in half storage, beside those in complex64: `python -m benchmarks.memory`.

Each run is a process of its own, which tells by how much its resident memory has grown at most.
Before it is asked, it has run a smaller circuit, so that libraries are loaded and plans made.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

import arraybackends as ab
from arraybackends.quantum import Circuit, estimate_memory, run_half
from benchmarks.launch import ROOT, BenchmarkError, machine
from benchmarks.process import environment

__all__ = ["QUBITS", "draw", "measure", "page", "tell"]

KINDS = ("complex64", "half")
BACKENDS = ("numpy", "pytorch")
QUBITS = (20, 22, 24)
TABLE, PLOT = "memory.md", "memory.svg"
_WARM_UP = 12


def _circuit(n_qubits: int) -> Circuit:
    """Two layers of the ansatz, with fixed angles."""
    angles = iter(np.random.default_rng(n_qubits).uniform(-np.pi, np.pi, 4 * n_qubits).tolist())
    circuit = Circuit(n_qubits)
    for _ in range(2):
        for qubit in range(n_qubits):
            circuit = circuit.ry(qubit, next(angles)).rz(qubit, next(angles))
        for qubit in range(n_qubits - 1):
            circuit = circuit.cx(qubit, qubit + 1)
    return circuit


def _run(kind: str, n_qubits: int) -> Any:
    circuit = _circuit(n_qubits)
    return run_half(circuit) if kind == "half" else circuit.state()


def _peak() -> int:
    """Return the most bytes that this process has held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _measured(backend: str, kind: str, n_qubits: int) -> int:
    """Run in this process, and return by how many bytes its peak has grown."""
    ab.set_backend(backend, device=None if backend == "numpy" else "cpu", precision="single")
    for each in KINDS:
        _run(each, _WARM_UP)
    before = _peak()
    state = _run(kind, n_qubits)
    grown = _peak() - before
    if (state.n_qubits if kind == "half" else state.shape[-1].bit_length() - 1) != n_qubits:
        raise BenchmarkError("The state has another number of qubits.")
    return grown


def measure(backend: str, kind: str, n_qubits: int, threads: int) -> dict[str, Any]:
    """Measure in a process of its own."""
    order = json.dumps([backend, kind, n_qubits])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", "--one", order],
        cwd=ROOT, env=environment(threads), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise BenchmarkError(f"{backend}, {kind}, {n_qubits} qubits: {done.stderr[-2000:]}")
    return {"backend": backend, "kind": kind, "n_qubits": n_qubits, "peak": int(done.stdout)}


def page(records: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of peaks."""
    peaks = {(r["backend"], r["n_qubits"], r["kind"]): r["peak"] for r in records}
    lines = ["| backend | qubits | complex64 | half storage | ratio | one state in complex64 |"]
    lines.append("| --- " * 6 + "|")
    for backend, n_qubits in dict.fromkeys((r["backend"], r["n_qubits"]) for r in records):
        full, half = (peaks[backend, n_qubits, kind] for kind in KINDS)
        one = estimate_memory(n_qubits, precision="single").state
        cells = [_mib(full), _mib(half), f"{half / full:.2f}", _mib(one)]
        lines.append(f"| {backend} | {n_qubits} | {' | '.join(cells)} |")
    told = (
        "By how much the resident memory of a process grows at most while it runs two layers of "
        "RY, RZ and a chain of CNOTs, final state included: in complex64, and by `run_half`."
    )
    return f"# Memory of half storage\n\n{told}\n\n{machine()}.\n\n" + "\n".join(lines) + "\n"


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:.1f} MiB"


def draw(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the peaks over the number of qubits."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for backend, kind in itertools.product(BACKENDS, KINDS):
        found = [r for r in records if r["backend"] == backend and r["kind"] == kind]
        axes.plot(
            [r["n_qubits"] for r in found], [r["peak"] / 2**20 for r in found],
            "o-" if kind == "half" else "s--", label=f"{backend}, {kind}",
        )  # fmt: skip
    axes.set(xlabel="qubits", ylabel="peak memory in MiB", yscale="log")
    axes.set_xticks(sorted({r["n_qubits"] for r in records}))
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    with mpl.rc_context({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})


def tell(qubits: Sequence[int], threads: int, folder: Path | None) -> None:
    """Measure all runs, print the page, and renew it and the plot in a folder."""
    records = [
        measure(backend, kind, n_qubits, threads)
        for backend, n_qubits, kind in itertools.product(BACKENDS, qubits, KINDS)
    ]
    print(page(records), flush=True)
    if folder is not None:
        (folder / TABLE).write_text(page(records), encoding="utf-8")
        draw(records, folder / PLOT)


def main() -> None:
    """Measure one run for another process, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--qubits", nargs="+", type=int, default=QUBITS)
    parser.add_argument("--threads", type=int, default=2, help="of each (default: %(default)s)")
    parser.add_argument("--output", type=Path, metavar="folder", help="renew the page and the plot")
    arguments = parser.parse_args()
    if arguments.one:
        print(_measured(*json.loads(arguments.one)))
        return
    tell(arguments.qubits, arguments.threads, arguments.output)


if __name__ == "__main__":
    main()
