"""Operations by backends: how many laws hold, fail, or were not proved."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from arraybackends.cli.terminal import paint

__all__ = ["RUNGS", "Cell", "Matrix", "case_of", "print_matrix", "titles"]

RUNGS = {1: "bound, not executed", 2: "simulated, not executed", 3: "executed"}
"""How far a proof goes."""


@dataclass
class Cell:
    """Laws about one operation on one backend, by what became of them."""

    held: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unproved: dict[str, str] = field(default_factory=dict)
    """Why each of these laws was not tried, or was expected to fail."""

    @property
    def text(self) -> str:
        """`"12"`, `"2 of 12 fail"`, or `"-"` where nothing was proved."""
        if self.failed:
            return f"{len(self.failed)} of {len(self.held) + len(self.failed)} fail"
        return str(len(self.held)) if self.held else "-"

    @property
    def colour(self) -> str:
        """Red for failure, green for proof, yellow for neither."""
        return "red" if self.failed else "green" if self.held else "yellow"


class Matrix:
    """
    The reports of several runs, by operation.

    Parameters
    ----------
    reports : list of dict
        Reports of the conformance suite, schema `arraybackends.conformance/1`.
    """

    def __init__(self, reports: list[dict[str, Any]]) -> None:
        self.reports = reports

    @cached_property
    def columns(self) -> list[dict[str, Cell]]:
        """Cells by operation, for each report."""
        return [_cells(report) for report in self.reports]

    @cached_property
    def operations(self) -> list[str]:
        """What the laws are about: the whole backend first, then members by name."""
        names = {name for column in self.columns for name in column}
        return sorted(names, key=lambda name: (not name.startswith("("), name.lower()))

    def row(self, operation: str) -> list[Cell]:
        """Return the cells of one operation."""
        return [column.get(operation, Cell()) for column in self.columns]


def _cells(report: dict[str, Any]) -> dict[str, Cell]:
    cells: dict[str, Cell] = defaultdict(Cell)
    for law, outcome in report["laws"].items():
        for name in outcome.get("passed", ()):
            cells[name].held.append(law)
        for name in outcome.get("failed", ()):
            cells[name].failed.append(law)
        for reason, names in outcome.get("not proved", {}).items():
            for name in names:
                cells[name].unproved[law] = reason
    return dict(cells)


def titles(report: dict[str, Any], /) -> dict[str, str]:
    """What a report is about and how far it goes, by heading."""
    cases = report["cases"]
    versions = report["versions"]
    return {
        "library": f"{report['library']['name']} {report['library']['version']}",
        "evidence": RUNGS[report["rung"]],
        "where": f"{report['device']}, {report['precision']} precision",
        "laws": f"{cases.get('passed', 0)} hold, {cases.get('failed', 0)} fail, "
        f"{cases.get('skipped', 0) + cases.get('expected', 0)} not proved",
        "examples": str(report["examples"]),
        "known differences": str(len(report["differences"])),
        "profile": report["profile"]
        + (f", seed {report['seed']}" if report["seed"] is not None else ""),
        "versions": ", ".join(f"{name} {versions[name]}" for name in sorted(versions)),
    }


def case_of(failure: dict[str, Any], /) -> str:
    """Law and case of a failure."""
    return f"{failure['law']}[{failure['case']}]" if failure["case"] else str(failure["law"])


def print_matrix(matrix: Matrix, /) -> None:
    """Write the matrix and the failures to the terminal."""
    rows = [("operation", *(report["backend"] for report in matrix.reports))]
    rows += [
        (operation, *(cell.text for cell in matrix.row(operation)))
        for operation in matrix.operations
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        if row is not rows[0]:
            cells[1:] = [
                paint(text, cell.colour, sys.stdout)
                for text, cell in zip(cells[1:], matrix.row(row[0]), strict=True)
            ]
        print("  ".join(cells).rstrip())
    for report in matrix.reports:
        print()
        print(report["backend"])
        for heading, value in titles(report).items():
            print(f"  {heading:<18} {value}")
        for failure in report["failures"]:
            _print_failure(failure)


def _print_failure(failure: dict[str, Any]) -> None:
    print()
    head = f"{', '.join(failure['about'])}: {case_of(failure)}"
    print(f"  {paint(head, 'red', sys.stdout)}")
    for text in (failure["error"], failure["input"], failure["program"]):
        for line in text.splitlines():
            print(f"    {line}")
