"""Selection in threads and tasks, and what a backend says that it does not have."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.precision import DTYPE_NAMES
from arraybackends_conformance.law import law, member, members

WORKERS = 4


def _precisions(xp: Any) -> tuple[str, ...]:
    """Two precisions, one for every other worker, of a backend that has them."""
    try:
        both = {xp.with_options(precision=name).precision for name in ("double", "single")}
    except (TypeError, ValueError, ab.CapabilityError):
        both = set()
    if len(both) < 2:
        pytest.skip("The backend has one precision.")
    return ("double", "single") * (WORKERS // 2)


@law("with_options", "precision")
def test_threads_select_each_for_itself(xp: Any) -> None:
    """What `use_backend` selects in one thread, nested and interleaved, no other thread sees."""
    precisions = _precisions(xp)
    barrier = threading.Barrier(WORKERS, timeout=60)

    def work(precision: str) -> list[str]:
        seen = []
        for _ in range(5):
            barrier.wait()
            with ab.use_backend(xp.name, precision=precision) as selected:
                barrier.wait()  # every thread has selected its own by now
                assert selected == ab.get_backend()
                seen.append(ab.get_backend().precision)
        return seen

    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(work, precisions))
    assert found == [[precision] * 5 for precision in precisions]


@law("with_options", "precision")
def test_tasks_select_each_for_itself(xp: Any) -> None:
    """Tasks of one loop that wait for each other keep the backend that each has selected."""
    precisions = _precisions(xp)

    async def work(precision: str) -> list[str]:
        seen = []
        with ab.use_backend(xp.name, precision=precision):
            for _ in range(3):
                await asyncio.sleep(0)
                seen.append(ab.get_backend().precision)
        return seen

    async def together() -> list[list[str]]:
        return await asyncio.gather(*map(work, precisions))

    found = asyncio.run(together())
    assert found == [[precision] * 3 for precision in precisions]


@law("sum", "matmul", "random", "grad", "vmap")
def test_threads_compute_each_for_itself(xp: Any) -> None:
    """One backend object serves many threads at once: no call sees the arguments of another."""
    barrier = threading.Barrier(WORKERS, timeout=60)

    def work(number: int) -> list[Any]:
        x = xp.full((3, 3), float(number + 1))
        found = []
        for _ in range(10):
            barrier.wait()
            rng = xp.random.default_rng(number)
            mapped = xp.vmap(lambda row: xp.sum(xp.multiply(row, float(number))))(x)
            made = (xp.sum(x), xp.matmul(x, x), rng.uniform((2,)), mapped, xp.sort(x))
            found.append([xp.to_numpy(y).tolist() for y in made])
        return found

    with ThreadPoolExecutor(WORKERS) as pool:
        together = list(pool.map(work, range(WORKERS)))
    for number, results in enumerate(together):
        x = np.full((3, 3), float(number + 1))
        drawn = xp.to_numpy(xp.random.default_rng(number).uniform((2,))).tolist()
        expected = [
            x.sum().tolist(),
            (x @ x).tolist(),
            drawn,
            (x.sum(axis=1) * number).tolist(),
            x.tolist(),
        ]
        assert results == [expected] * 10


@law("capabilities")
def test_nothing_is_declared_absent_that_is_there(xp: Any) -> None:
    """What a backend lists in `absent` is a member of the protocol, and raises when it is used."""
    absent = getattr(xp, "absent", frozenset())
    unknown = set(absent) - members() - set(DTYPE_NAMES)
    assert not unknown, f"the protocol does not have {sorted(unknown)}"
    for name in sorted(set(absent) & set(DTYPE_NAMES)):
        with pytest.raises((AttributeError, TypeError, ValueError)):
            xp.zeros((2,), dtype=name)
    there = []
    for name in sorted(set(absent) - set(DTYPE_NAMES)):
        try:
            value = member(xp, name)
        except (AttributeError, TypeError, ValueError, RuntimeError):
            continue
        if not callable(value):
            there.append(name)
            continue
        try:
            value(xp.ones((2, 2)))
        except (AttributeError, TypeError, ValueError, RuntimeError):
            continue
        there.append(name)
    assert not there, f"{there} are declared absent, but can be called"
