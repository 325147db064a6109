"""What a call through a backend costs on four elements, as a ratio to the library's own call.

Three namespaces make the same call: ours, the library's and, where there is one, that of
array-api-compat. They take turns inside one run, since two runs of one program differ by more than
what is measured, and the figures are medians over the rounds of the ratio within a round, with the
quartiles as the spread.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import sys
import timeit
from typing import Any, NamedTuple

import arraybackends as ab

CALLS = {"sum": "xp.sum(x)", "matmul": "xp.matmul(x, x)", "add": "xp.add(x, x)"}
COMPAT = {
    "numpy": "array_api_compat.numpy",
    "pytorch": "array_api_compat.torch",
    "cupy": "array_api_compat.cupy",
}
LIMIT = 1.15


class Ratio(NamedTuple):
    """Median and quartiles over the rounds."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f})"


class Overhead(NamedTuple):
    """One call on one backend; `own` and `compat` are ratios of our time to theirs."""

    backend: str
    call: str
    nanoseconds: float
    own: Ratio
    compat: Ratio | None

    @property
    def within(self) -> bool:
        """Whether the call costs at most `LIMIT` times one of the other two."""
        return min(r.median for r in (self.own, self.compat) if r is not None) <= LIMIT


def namespaces(xp: Any) -> dict[str, Any]:
    """Return the namespaces that make the call: ours, the library's, array-api-compat's."""
    own = importlib.import_module("jax.numpy") if xp.name == "jax" else xp.native
    rivals = {"ours": xp, "own": own}
    if xp.name in COMPAT:
        rivals["compat"] = importlib.import_module(COMPAT[xp.name])
    return rivals


def measure(xp: Any, call: str, *, rounds: int, calls: int) -> Overhead:
    """Time one call in all namespaces by turns."""
    x = xp.reshape(xp.asarray([0.25, -0.5, 1.0, 0.75], dtype=xp.float64), (2, 2))
    timers = {
        name: timeit.Timer(CALLS[call], globals={"xp": namespace, "x": x})
        for name, namespace in namespaces(xp).items()
    }
    for timer in timers.values():
        timer.timeit(calls)  # the first calls compile, and fill caches
    times: dict[str, list[float]] = {name: [] for name in timers}
    order = list(timers)
    for _ in range(rounds):
        for name in order:
            times[name].append(timers[name].timeit(calls) / calls)
        order = order[1:] + order[:1]  # nobody always runs first
    return Overhead(
        xp.name,
        call,
        1e9 * statistics.median(times["ours"]),
        ratio(times["ours"], times["own"]),
        ratio(times["ours"], times["compat"]) if "compat" in times else None,
    )


def ratio(ours: list[float], theirs: list[float]) -> Ratio:
    """Summarise the ratios within each round."""
    low, median, high = statistics.quantiles(
        [mine / other for mine, other in zip(ours, theirs, strict=True)], n=4
    )
    return Ratio(median, low, high)


def report(results: list[Overhead]) -> None:
    """Print a table of ratios."""
    header = ("backend", "call", "ns", "to the library", "to compat", f"<= {LIMIT}")
    rows = [
        (
            result.backend,
            f"xp.{result.call}",
            f"{result.nanoseconds:.0f}",
            str(result.own),
            str(result.compat or "-"),
            "yes" if result.within else "NO",
        )
        for result in results
    ]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def main() -> int:
    """Measure; the exit status is 1 if a call costs more than the limit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backend", nargs="+", default=["numpy", "pytorch", "jax"])
    parser.add_argument("--rounds", type=int, default=101, help="rounds (default: %(default)s)")
    parser.add_argument("--calls", type=int, default=2000, help="calls a round")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    results = [
        measure(ab.get_backend(name), call, rounds=options.rounds, calls=options.calls)
        for name in options.backend
        for call in CALLS
    ]
    if options.json:
        json.dump([{**r._asdict(), "within": r.within} for r in results], sys.stdout, indent=2)
        print()
    else:
        report(results)
    return 0 if all(result.within for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
