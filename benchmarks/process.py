"""One run of one workload in a process of its own: `python -m benchmarks.process '{...}'`.

What happens is told in lines of JSON on the standard output. The process that asked for it knows
from them whose turn it was when a run crashes, or lasts longer than its patience.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import warnings
from importlib.metadata import version
from typing import Any, TypedDict

from arraybackends.errors import CompilationFallbackWarning, GradientFallbackWarning
from benchmarks.comparison import MismatchError
from benchmarks.contestants import CONTESTANTS
from benchmarks.limits import measure_limits, traffic
from benchmarks.turns import qualify, race
from benchmarks.workloads import Precision, make

__all__ = ["Order", "environment"]

THREADS = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip


class Order(TypedDict):
    """What a run is asked for."""

    workload: str
    n_qubits: int
    precision: Precision
    contestants: list[str]
    threads: int
    rounds: int
    seconds: float
    patience: float


def environment(threads: int) -> dict[str, str]:
    """Return the variables that hold every library to as many threads."""
    return {**os.environ, **dict.fromkeys(THREADS, str(threads)), "JAX_PLATFORMS": "cpu"}


def _tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


def run(order: Order) -> dict[str, Any]:
    """Run one workload, and return the record of it."""
    workload, precision = make(order["workload"], order["n_qubits"]), order["precision"]
    threads = order["threads"]
    if hasattr(os, "sched_setaffinity"):  # XLA has as many threads as it has cores
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

    def announce(name: str) -> None:
        _tell(warming=name)
        # Even a library that never returns to Python is stopped.
        faulthandler.dump_traceback_later(order["patience"], exit=True)

    def prepare(name: str) -> Any:
        return lambda: CONTESTANTS[name].load()(workload, precision, threads)

    contestants = {name: prepare(name) for name in order["contestants"]}
    ready = qualify(contestants, workload, precision, announce)
    faulthandler.cancel_dump_traceback_later()
    times = race(ready, rounds=order["rounds"], seconds=order["seconds"])
    libraries = [name for name in ("numpy", "pytorch") if f"arraybackends {name}" in ready]
    return {
        "workload": workload.name,
        "task": workload.task,
        "n_qubits": workload.n_qubits,
        "batch": len(workload.rows) if workload.theta.ndim > 1 else 1,
        "precision": precision,
        "threads": threads,
        "limits": measure_limits(libraries or ["numpy"], precision, threads)._asdict(),
        "plan": traffic(workload, precision)._asdict(),
        "contestants": {
            name: {
                "version": version(CONTESTANTS[name].distribution),
                "setting": each.run.setting,
                "first": float(f"{each.first:.4g}"),
                "seconds": [float(f"{seconds:.4g}") for seconds in times[name]],
                "apart": float(f"{each.apart:.2g}"),
            }
            for name, each in ready.items()
        },
    }


def main() -> int:
    """Run what the argument asks for."""
    order: Order = json.loads(sys.argv[1])
    for slow in (GradientFallbackWarning, CompilationFallbackWarning):
        warnings.simplefilter("error", slow)  # a way around is not what is to be timed
    installed = [name for name in order["contestants"] if CONTESTANTS[name].is_installed]
    try:
        _tell(record=run({**order, "contestants": installed}))
    except MismatchError as error:
        _tell(mismatch=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
