"""Time workloads beside the peers: `python -m benchmarks brickwork --qubits 20`."""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import memory
from benchmarks.contestants import CONTESTANTS, OURS
from benchmarks.launch import BenchmarkError, launch
from benchmarks.plots import draw
from benchmarks.process import Order
from benchmarks.report import RESULTS, TABLE, merge, page, read, short_table, table, with_table
from benchmarks.workloads import WORKLOADS

TRANSFORMS = ("transforms", "transforms-batch")
"""Our own ways beside each other, without peers; the first name means both."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("workloads", nargs="*", metavar="workload", help=f"of {', '.join(WORKLOADS)}; or all")
    add("--qubits", nargs="+", type=int, help="instead of the usual numbers")
    both = ["single", "double"]
    add("--precision", nargs="+", choices=both, default=both, help="or both")
    add("--contestants", nargs="+", metavar="name", help=f"of {', '.join(CONTESTANTS)}; or all")
    add("--threads", type=int, default=2, help="of each contestant (default: %(default)s)")
    add("--rounds", type=int, default=9, help="at most (default: %(default)s)")
    add("--seconds", type=float, default=60, help="for all rounds of a run (default: %(default)s)")
    add("--patience", type=float, default=120, help="seconds of a warm-up (default: %(default)s)")
    add("--minutes", type=float, metavar="minutes", help="begin no run after so many")
    add("--output", type=Path, metavar="folder", help="renew JSON, table and plots in a folder")
    add("--readme", type=Path, metavar="page", help="renew the table in a page from the folder")
    arguments = parser.parse_args()
    if unknown := {*arguments.workloads} - {*WORKLOADS}:
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    if unknown := {*(arguments.contestants or ())} - {*CONTESTANTS}:
        parser.error(f"no contestant {', '.join(unknown)}; there are {', '.join(CONTESTANTS)}")
    if arguments.readme and not arguments.output:
        parser.error("--readme needs --output")
    return arguments


def _orders(arguments: argparse.Namespace) -> Iterator[Order]:
    """Yield the runs that are asked for."""
    names = arguments.workloads or list(WORKLOADS)
    if TRANSFORMS[0] in names:
        names = list(dict.fromkeys([*names, *TRANSFORMS]))
    for name, precision in itertools.product(names, arguments.precision):
        contestants = arguments.contestants or list(OURS if name in TRANSFORMS else CONTESTANTS)
        for n_qubits in arguments.qubits or WORKLOADS[name][1]:
            yield Order(
                workload=name, n_qubits=n_qubits, precision=precision, contestants=contestants,
                threads=arguments.threads, rounds=arguments.rounds, seconds=arguments.seconds,
                patience=arguments.patience,
            )  # fmt: skip


def main() -> int:
    """Run what is asked for; the exit status is 1 if a result is wrong or this library fails."""
    arguments = _arguments()
    folder: Path | None = arguments.output
    failures, end = 0, time.monotonic() + 60 * (arguments.minutes or math.inf)
    for order in _orders(arguments):
        title = f"{order['workload']}, {order['n_qubits']} qubits, {order['precision']}"
        print(f"\n{title}", flush=True)
        if time.monotonic() > end:
            print("  not run: the time is over", flush=True)
            continue
        try:
            record = launch(order, lambda text: print(f"  {text}", flush=True))
        except BenchmarkError as error:
            print(f"  FAILED: {error}", flush=True)
            failures += 1
            continue
        print(table([record]), flush=True)
        if folder is not None:
            _write(folder, arguments.readme, record)
    if TRANSFORMS[0] in (arguments.workloads or WORKLOADS):
        print("\nmemory of half storage", flush=True)
        memory.tell(memory.QUBITS, arguments.threads, folder)
    return 1 if failures else 0


def _write(folder: Path, readme: Path | None, record: dict[str, Any]) -> None:
    """Renew what the folder and the page say, run by run: a long session may be interrupted."""
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / RESULTS
    records = merge(read(results), [record])
    lines = ",\n".join(json.dumps(each) for each in records)
    results.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    (folder / TABLE).write_text(page(records), encoding="utf-8")
    draw(records, folder)
    if readme is not None:
        text = readme.read_text(encoding="utf-8")
        readme.write_text(with_table(text, short_table(records)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
