"""What the machine can do, and what our plan of a circuit asks of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

import arraybackends as ab
from arraybackends.quantum.planning.plan import plan
from benchmarks.contestants.ours import fixed_circuit
from benchmarks.workloads import Precision, Workload

__all__ = ["Limits", "Traffic", "measure_limits", "traffic"]

COPIED = 2**27
"""Bytes that are copied: far more than a cache holds."""

MATRIX = 1024
TRIES = 5


class Limits(NamedTuple):
    """Bytes per second that a copy reads and writes; operations per second of a product."""

    bandwidth: float
    flops: float


class Traffic(NamedTuple):
    """What the plan of a circuit reads and writes, and computes, on the state alone."""

    passes: float
    bytes: int
    flops: int


def measure_limits(libraries: Iterable[str], precision: Precision, threads: int) -> Limits:
    """Copy with as many threads; multiply complex matrices with the fastest of the libraries."""
    source = np.ones((threads, COPIED // threads // 8))
    target = np.zeros_like(source)
    with ThreadPoolExecutor(threads) as pool:
        copied = _least(lambda: list(pool.map(np.copyto, target, source)))
    multiplied = min(_product(library, precision) for library in libraries)
    return Limits(2 * source.nbytes / copied, 8 * MATRIX**3 / multiplied)


def _product(library: str, precision: Precision) -> float:
    """Return the seconds of a product of square complex matrices."""
    xp = ab.get_backend(library, precision=precision, device="cpu")
    x = xp.ones((MATRIX, MATRIX), dtype=xp.complex64 if precision == "single" else xp.complex128)
    return _least(lambda: xp.matmul(x, x))


def _least(call: Callable[[], object]) -> float:
    """Return the least seconds of some calls, after one that warms up."""
    call()
    taken = []
    for _ in range(TRIES):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return min(taken)


def traffic(workload: Workload, precision: Precision) -> Traffic:
    """Ask the plan."""
    program = plan(fixed_circuit(workload).structure)
    itemsize = 8 if precision == "single" else 16
    return Traffic(float(program.passes), program.bytes(itemsize), program.flops)
