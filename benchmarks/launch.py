"""Runs in processes of their own, begun again without a contestant that fails."""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.process import Order, environment

__all__ = ["BenchmarkError", "launch", "machine"]

ROOT = Path(__file__).parents[1]


class BenchmarkError(Exception):
    """No times can be told: results differ, or this library itself has failed."""


def machine() -> str:
    """Return what the machine is."""
    information = Path("/proc/cpuinfo")
    text = information.read_text() if information.exists() else ""
    found = re.search(r"^model name\s*: (.*)$", text, flags=re.MULTILINE)
    name = found[1].strip() if found else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"


def launch(order: Order, tell: Callable[[str], None]) -> dict[str, Any]:
    """
    Run one workload in a process of its own.

    A peer that crashes, or needs longer than the patience for its warm-up, is left out, and the
    run is begun again: its record tells why under "left_out".

    Raises
    ------
    BenchmarkError
        If results differ, or this library fails.
    """
    left_out: dict[str, str] = {}
    contestants = list(order["contestants"])
    while True:
        load = os.getloadavg()[0]
        asked = json.dumps({**order, "contestants": contestants})
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.process", asked],
            cwd=ROOT, env=environment(order["threads"]), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        last = events[-1] if events else {}
        if "record" in last:
            today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
            about = {"date": today, "machine": machine(), "load": round(load, 1)}
            return {**about, **last["record"], "left_out": left_out}
        if "mismatch" in last:
            raise BenchmarkError(last["mismatch"])
        name = last.get("warming")
        reason = _reason(done, order["patience"])
        if name is None or name.startswith("arraybackends"):
            raise BenchmarkError(f"{name or 'The run'} has failed: {reason}\n{done.stderr}")
        tell(f"{name} is left out: {reason}")
        left_out[name] = reason
        contestants.remove(name)


def _reason(done: subprocess.CompletedProcess[str], patience: float) -> str:
    """Return why a process has ended."""
    if "Timeout (" in done.stderr:
        return f"not warm after {patience:g} s"
    if done.returncode < 0:
        return f"killed by signal {-done.returncode}"
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit status {done.returncode}"
