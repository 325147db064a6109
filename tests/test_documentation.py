"""What the documentation tabulates is what the code says."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from arraybackends import adapters
from arraybackends.protocol import Capabilities

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
BACKENDS = {getattr(adapters, name).name: getattr(adapters, name) for name in adapters.__all__}


def cells(line: str) -> list[str]:
    """Split a row of a Markdown table."""
    return [cell.strip() for cell in line.strip("|\n").split("|")]


@pytest.fixture(scope="module")
def table() -> dict[str, dict[str, str]]:
    """Read the table of capabilities: backend, then capability."""
    page = (ROOT / "docs" / "differences.md").read_text()
    section = page.split("\n## What a capability tells\n")[1].split("\n## ")[0]
    header, _, *rows = re.findall(r"^\|.*\|$", section, flags=re.MULTILINE)
    _, *backends = cells(header)
    return {
        backend: {cells(row)[0].strip("`"): cells(row)[column] for row in rows}
        for column, backend in enumerate(backends, start=1)
    }


@pytest.mark.parametrize("name", BACKENDS)
def test_capabilities_are_those_of_the_classes(name: str, table: dict[str, dict[str, str]]) -> None:
    """Each cell tells the capability that the backend declares."""
    said = {True: "yes", False: "no", None: "any"}
    declared = BACKENDS[name]._capabilities
    assert table[name] == {
        field.name: said.get(value, str(value))
        for field in fields(Capabilities)
        for value in [getattr(declared, field.name)]
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    """A relative link names a file that is there."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
