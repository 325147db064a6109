"""Tables of ratios, made of the records of runs."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from benchmarks.contestants import OURS
from benchmarks.workloads import WORKLOADS

__all__ = [
    "RESULTS", "TABLE", "Ratio", "merge", "page", "ratio", "read", "short_table", "table",
    "with_table",
]  # fmt: skip

Record: TypeAlias = Mapping[str, Any]

RESULTS, TABLE = "results.json", "results.md"
BACKENDS = ("numpy", "pytorch", "jax")
MAIN = tuple(f"arraybackends {backend}" for backend in BACKENDS)
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


class Ratio(NamedTuple):
    """Median and quartiles of the ratios within each round."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{_digits(self.median)} ({_digits(self.low)}-{_digits(self.high)})"


def _digits(x: float) -> str:
    """Return a number with two digits, without an exponent."""
    return f"{x:.{max(0, 1 - math.floor(math.log10(x)))}f}" if x < 10 else f"{x:.0f}"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Summarise the ratios within each round."""
    each = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    low, median, high = statistics.quantiles(each, n=4, method="inclusive")
    return Ratio(median, low, high)


def _seconds(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{_digits(seconds / size)} {unit}"
    return f"{_digits(seconds / 1e-6)} µs"


def _key(record: Record) -> tuple[Any, ...]:
    place = list(WORKLOADS).index(record["workload"])
    return place, record["precision"], record["n_qubits"], record["threads"]


def read(path: Path) -> list[Record]:
    """Return the records in a file; none, if there is no file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def merge(old: Sequence[Record], new: Sequence[Record]) -> list[Record]:
    """Return all records in order; a new one replaces the old one of the same run."""
    records = {_key(record): record for record in (*old, *new)}
    return [records[key] for key in sorted(records)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(map(_row, [header, ["---"] * len(header), *rows])) + "\n"


def _name(record: Record) -> str:
    return f"{record['workload']}, {record['n_qubits']} qubits, {record['precision']}"


def _versus(record: Record, backend: str, peer: str) -> Ratio | None:
    runs = record["contestants"]
    mine = f"arraybackends {backend}"
    return ratio(runs[mine]["seconds"], runs[peer]["seconds"]) if mine in runs else None


def table(records: Sequence[Record]) -> str:
    """Return a table with a row for each run and peer."""
    header = ["workload", "contestant", "setting", "time", "first call"]
    header += [f"ours / peer, {backend}" for backend in BACKENDS]
    rows = []
    for record in records:
        for peer, run in record["contestants"].items():
            versus = [""] * len(BACKENDS)
            if peer not in MAIN:
                versus = [str(_versus(record, backend, peer) or "-") for backend in BACKENDS]
            median, first = statistics.median(run["seconds"]), run["first"]
            title = f"{peer} {run['version']}"
            rows.append(
                [_name(record), title, run["setting"], _seconds(median), _seconds(first), *versus]
            )
        for peer, reason in record["left_out"].items():
            rows.append([_name(record), peer, f"left out: {reason}", "", "", "", "", ""])
    return _markdown(header, rows)


def page(records: Sequence[Record]) -> str:
    """Return the long table as a page."""
    told = (
        "The median time of a call after the first, and what our times on each backend are as "
        "ratios to it, with the quartiles; [how it was measured](../benchmarks.md)."
    )
    return f"# Results of the benchmarks\n\n{told}\n\n{caption(records)}\n\n{table(records)}"


def short_table(records: Sequence[Record]) -> str:
    """Return a table with a row for each run: our ratios to the fastest peer, date and machine."""
    header = ["workload", "fastest peer", *BACKENDS]
    rows = []
    for record in records:
        peers = {
            name: statistics.median(run["seconds"])
            for name, run in record["contestants"].items()
            if name not in OURS
        }
        if peers:
            best = min(peers, key=peers.__getitem__)
            versus = [str(_versus(record, backend, best) or "-") for backend in BACKENDS]
            rows.append([_name(record), f"{best}, {_seconds(peers[best])}", *versus])
    return f"{_markdown(header, rows)}\n{caption(records)}\n"


def caption(records: Sequence[Record]) -> str:
    """Return when, on what, and beside how much other work the records were made."""
    dates = sorted({record["date"] for record in records})
    machines = "; ".join(sorted({record["machine"] for record in records}))
    loads = [record["load"] for record in records]
    threads = ", ".join(map(str, sorted({record["threads"] for record in records})))
    return (
        f"{' to '.join(dict.fromkeys((dates[0], dates[-1])))}, {machines}; threads of each: "
        f"{threads}. Load average when the runs began: {min(loads)} to {max(loads)}, "
        f"where 0 is a quiet machine."
    )


def with_table(page: str, made: str) -> str:
    """Return a page with what stands between its marks replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}{END}{after}"
