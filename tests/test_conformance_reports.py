"""What the documentation shows of the conformance suite is what the suite says today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arraybackends_conformance import documentation, report

DOCS = Path(__file__).parents[1] / "docs"
BACKENDS = ("numpy", "pytorch", "jax", "strict", "cupy")


def load(backend: str) -> dict:
    """Read the committed report of a backend."""
    path = DOCS / "conformance" / f"conformance-{backend}.json"
    assert path.exists(), f"There is no {path.name}. Make the reports with `nox -s reports`."
    return json.loads(path.read_text())


@pytest.mark.parametrize("backend", BACKENDS)
def test_report_is_current(backend: str) -> None:
    """A report is about today's adapter, protocol and laws."""
    reasons = report.stale(load(backend))
    assert not reasons, f"{' '.join(reasons)} Renew the reports with `nox -s reports`."


@pytest.mark.parametrize("backend", BACKENDS)
def test_report_shows_no_failure(backend: str) -> None:
    """What is shipped holds, on the default profile; CuPy's report says that it is simulated."""
    found = load(backend)
    assert found["failures"] == []
    assert found["cases"]["passed"] > 3000
    assert found["profile"] == "ci"
    assert found["rung"] == (2 if backend == "cupy" else 3)


def test_stale_reports_are_noticed() -> None:
    """Another version, adapter, member or law makes a report stale, and each is named."""
    found = load("numpy")
    found["versions"]["arraybackends"] = "0.0.1"
    found["adapter"]["digest"] = "0"
    found["members"] = [name for name in found["members"] if name != "sum"]
    found["laws"]["operations.is_pleasant"] = found["laws"].pop("contract.constants")
    text = " ".join(report.stale(found))
    assert "It is about arraybackends 0.0.1, not" in text
    assert "The source of the adapter has changed." in text
    assert "Members of the protocol are new: sum." in text
    assert "Laws are new: contract.constants." in text
    assert "Laws are gone: operations.is_pleasant." in text
    assert report.stale({**found, "schema": "other/1"}) == [
        "The schema is other/1, not arraybackends.conformance/1."
    ]


def test_table_of_differences_is_current() -> None:
    """The page has the ledger of today."""
    page = (DOCS / "differences.md").read_text()
    assert documentation.renewed(page) == page, "Renew it with `nox -s reports`."


def test_page_without_marks_is_refused() -> None:
    """A page in which there is no place for the table is an error."""
    with pytest.raises(ValueError, match="must have the marks"):
        documentation.renewed("# Differences")
