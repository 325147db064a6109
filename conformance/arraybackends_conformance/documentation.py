"""The table of known differences in the documentation, made from the ledger.

    python -m arraybackends_conformance.documentation docs/differences.md

writes it between the two marks in a page.
"""

from __future__ import annotations

import sys
from pathlib import Path

from arraybackends_conformance.ledger import LEDGER, Difference

__all__ = ["BEGIN", "END", "renewed", "table"]

BEGIN = "<!-- The table is made from the ledger by `nox -s reports`. -->"
END = "<!-- End of the table. -->"

_HERE = {
    "repaired": "repaired",
    "capability": "told by a capability",
    "excluded": "outside the contract",
}


def table() -> str:
    """Return the known differences as tables of Markdown, one for each backend."""
    backends = list(dict.fromkeys(row.backend for row in LEDGER))
    return "\n".join(line for backend in backends for line in _of(backend))


def _of(backend: str) -> list[str]:
    rows = sorted((row for row in LEDGER if row.backend == backend), key=lambda row: row.id)
    return [
        f"### `{backend}`, {rows[0].versions}",
        "",
        "| operation | kind | what the library does | here |",
        "|---|---|---|---|",
        *map(_line, rows),
        "",
    ]


def _line(row: Difference) -> str:
    reason = row.reason.replace("|", "\\|")
    return f"| `{row.operation}` | {row.kind} | [{reason}]({row.link}) | {_HERE[row.policy]} |"


def renewed(page: str, /) -> str:
    """Return a page with the table of today between its marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page must have the marks {BEGIN!r} and {END!r}.")
    return f"{before}{BEGIN}\n\n{table()}{END}{after}"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(renewed(file.read_text(encoding="utf-8")), encoding="utf-8")
