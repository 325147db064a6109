"""From pytest's reports of tests to the report of a run.

What is known where a law runs (its sentence, the input on which it failed) travels as a property of
pytest's own report, which is how it reaches the reporting process under xdist.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from arraybackends_conformance import ledger
from arraybackends_conformance.report import WHOLE

__all__ = ["FACTS", "Recorder"]

FACTS = "arraybackends-law"


class Recorder:
    """Collects outcomes, in the process that reports."""

    def __init__(self) -> None:
        self.cases: Counter[str] = Counter()
        self.examples = 0
        self.reached: set[str] = set()
        self.failures: list[dict[str, Any]] = []
        self._says: dict[str, str] = {}
        self._drawn: Counter[str] = Counter()
        self._outcomes: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._reasons: dict[str, dict[str, str]] = defaultdict(dict)
        self._differences: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of one test."""
        facts = dict(report.user_properties).get(FACTS)
        if not isinstance(facts, dict) or (report.when != "call" and report.passed):
            return
        law, about = facts["law"], facts["about"] or [WHOLE]
        outcome = "expected" if hasattr(report, "wasxfail") and report.skipped else report.outcome
        self.cases[outcome] += 1
        self._says[law] = facts["says"]
        for member in about:
            self._outcomes[law][member].add(outcome)
        if outcome == "skipped":
            self._reasons[law] |= dict.fromkeys(about, _reason(report))
        elif outcome == "expected":
            self._reasons[law] |= dict.fromkeys(about, report.wasxfail)
        else:
            self.reached |= set(facts["about"]) if facts["computes"] else set()
            self.examples += facts.get("examples", 1)
            self._drawn[law] += facts.get("examples", 1)
        if facts["difference"] is not None and outcome != "skipped":
            self._differences.add(facts["difference"])
        if outcome == "failed":
            self.failures.append({
                "law": law, "about": about, "case": facts["case"],
                **facts.get("failure", {"error": str(report.longrepr), "input": "", "program": ""}),
            })  # fmt: skip

    def results(self) -> dict[str, Any]:
        """Return the part of a report that is about outcomes, in a fixed order."""
        rows = {row.id: row for row in ledger.LEDGER}
        return {
            "cases": dict(sorted(self.cases.items())),
            "examples": self.examples,
            "laws": {law: self._law(law) for law in sorted(self._says)},
            "differences": [
                {"id": row.id, "operation": row.operation, "kind": row.kind, "policy": row.policy,
                 "versions": row.versions, "reason": row.reason, "link": row.link}
                for row in (rows[id] for id in sorted(self._differences))
            ],
            "failures": sorted(self.failures, key=lambda f: (f["about"], f["law"], f["case"])),
        }  # fmt: skip

    def _law(self, law: str) -> dict[str, Any]:
        outcomes = self._outcomes[law]
        by_outcome: dict[str, list[str]] = defaultdict(list)
        reasons: dict[str, list[str]] = defaultdict(list)
        for member in sorted(outcomes):
            outcome = _worst(outcomes[member])
            if outcome in ("failed", "passed"):
                by_outcome[outcome].append(member)
            else:
                reasons[f"{outcome}: {self._reasons[law][member]}"].append(member)
        entry: dict[str, Any] = {
            "says": self._says[law],
            "examples": self._drawn[law],
            **by_outcome,
        }
        return {**entry, "not proved": dict(reasons)} if reasons else entry

    def failed_laws(self) -> dict[str, set[str]]:
        """Laws that failed, by what they are about."""
        return self._with("failed")

    def unproved(self) -> dict[str, set[str]]:
        """What was not tried or was expected to fail, by the reason given."""
        found: dict[str, set[str]] = defaultdict(set)
        for law, outcomes in self._outcomes.items():
            for member, seen in outcomes.items():
                if _worst(seen) in ("expected", "skipped"):
                    found[self._reasons[law][member]].add(member)
        return found

    def _with(self, outcome: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for law, outcomes in self._outcomes.items():
            for member, seen in outcomes.items():
                if _worst(seen) == outcome:
                    found[member].add(law)
        return found


def _worst(outcomes: set[str]) -> str:
    """Outcome of a law for one member, which may have several cases."""
    return next(o for o in ("failed", "expected", "passed", "skipped") if o in outcomes)


def _reason(report: pytest.TestReport) -> str:
    _, _, text = report.longrepr  # type: ignore[misc] # of a skipped test: file, line, reason
    return str(text).removeprefix("Skipped: ")
