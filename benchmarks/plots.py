"""Times over numbers of qubits, with what the machine allows drawn in."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.contestants import CONTESTANTS, OURS

__all__ = ["draw"]

PASSES = {"state": 1, "gradient": 3, "samples": 1}
"""Sweeps over the plan: a gradient goes forward once, and back with two states."""

LOOKS = dict(
    zip(
        CONTESTANTS,
        zip(mpl.colormaps["tab20"].colors, itertools.cycle("osv^D<>pPX*")),  # type: ignore[attr-defined]
        strict=False,
    )
)
"""Colour and marker of each contestant, the same in all plots."""


def draw(records: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Draw the runs of each workload and precision into a file each; return the files."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in records:
        groups.setdefault((record["workload"], record["precision"]), []).append(record)
    return [_draw(group, folder / f"{'-'.join(key)}.svg") for key, group in groups.items()]


def _draw(records: Sequence[Mapping[str, Any]], path: Path) -> Path:
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    names = dict.fromkeys(name for record in records for name in record["contestants"])
    for name in names:
        found = [record for record in records if name in record["contestants"]]
        times = [record["contestants"][name]["seconds"] for record in found]
        middle = [statistics.median(each) for each in times]
        spread = [
            [m - min(each) for m, each in zip(middle, times, strict=True)],
            [max(each) - m for m, each in zip(middle, times, strict=True)],
        ]
        ours = name in OURS
        colour, marker = LOOKS[name]
        axes.errorbar(
            [record["n_qubits"] for record in found], middle, yerr=spread, label=name,
            color=colour, marker=marker, linewidth=2.2 if ours else 1, alpha=1 if ours else 0.7,
        )  # fmt: skip
    for label, quantity, limit, style in (
        ("copy bandwidth", "bytes", "bandwidth", "--"),
        ("matrix products", "flops", "flops", ":"),
    ):
        least = [
            PASSES[record["task"]] * record["batch"] * record["plan"][quantity]
            / record["limits"][limit]
            for record in records
        ]  # fmt: skip
        qubits = [record["n_qubits"] for record in records]
        axes.plot(qubits, least, style, color="black", label=f"limit of our plan: {label}")
    first = records[0]
    axes.set(
        xlabel="qubits", ylabel="seconds", yscale="log",
        title=f"{first['workload']}, {first['precision']} precision, {first['date']}",
    )  # fmt: skip
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))
    with mpl.rc_context({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})
    return path
