"""The matrix as one page of HTML that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from html import escape
from typing import Any

from arraybackends.cli.matrix import Cell, Matrix, case_of, titles

__all__ = ["page"]

_INTRODUCTION = (
    "Every law of the arraybackends conformance suite, by operation and backend. A number counts "
    "the laws that hold; a dash means that nothing was proved."
)
_SECTIONS = (
    '<nav aria-label="Sections"><a href="#runs">Runs</a> · <a href="#failures">Failures</a> · '
    '<a href="#matrix">Operations</a> · <a href="#not-proved">Not proved</a> · '
    '<a href="#differences">Known differences</a></nav>'
)
_STYLE = """
:root {
  color-scheme: light dark; --text: #1b1f24; --back: #ffffff; --soft: #57606a; --line: #d0d7de;
  --head: #f6f8fa; --good: #116329; --good-back: #dafbe1; --bad: #a40e26; --bad-back: #ffebe9;
  --open: #6f4e00; --open-back: #fff8c5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --back: #0d1117; --soft: #9198a1; --line: #30363d; --head: #161b22;
    --good: #7ee787; --good-back: #12261e; --bad: #ff9492; --bad-back: #3c1418;
    --open: #e3b341; --open-back: #2e2a1f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 72rem; padding: 1.5rem; color: var(--text);
  background: var(--back); font: 1rem/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
p { max-width: 44rem; }
a { color: inherit; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; color: var(--soft); padding: .25rem 0; }
th, td {
  border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; vertical-align: top;
}
thead th { background: var(--head); }
tbody th { font-weight: 400; font-family: ui-monospace, monospace; white-space: nowrap; }
.matrix td { white-space: nowrap; font-variant-numeric: tabular-nums; }
.green { color: var(--good); background: var(--good-back); }
.red { color: var(--bad); background: var(--bad-back); font-weight: 600; }
.yellow { color: var(--open); background: var(--open-back); }
pre {
  background: var(--head); border: 1px solid var(--line); border-radius: .4rem;
  padding: .75rem; font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere;
}
details {
  border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .75rem; margin: .5rem 0;
}
summary { cursor: pointer; overflow-wrap: anywhere; }
code { font-family: ui-monospace, monospace; }
:target { outline: 3px solid var(--bad); }
"""


def page(matrix: Matrix, /) -> str:
    """
    Return the page.

    Parameters
    ----------
    matrix : Matrix

    Returns
    -------
    str
        A whole HTML document, readable in light and dark and without colours.
    """
    names = ", ".join(report["backend"] for report in matrix.reports)
    return "\n".join([
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Conformance: {escape(names)}</title><style>{_STYLE}</style></head><body>",
        "<h1>Conformance</h1>",
        f"<p>{_INTRODUCTION}</p>",
        _SECTIONS,
        *_runs(matrix),
        *_failures(matrix),
        *_matrix(matrix),
        *_unproved(matrix),
        *_differences(matrix),
        "</body></html>",
        "",
    ])  # fmt: skip


def _headings(*names: str) -> str:
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    return f"<thead><tr>{cells}</tr></thead><tbody>"


def _runs(matrix: Matrix) -> list[str]:
    columns = [titles(report) for report in matrix.reports]
    return [
        '<h2 id="runs">Runs</h2><div class="scroll"><table>',
        _headings("", *(report["backend"] for report in matrix.reports)),
        *(
            f'<tr><th scope="row">{escape(name)}</th>'
            + "".join(f"<td>{escape(column[name])}</td>" for column in columns)
            + "</tr>"
            for name in (columns[0] if columns else ())
        ),
        "</tbody></table></div>",
    ]


def _matrix(matrix: Matrix) -> list[str]:
    return [
        '<h2 id="matrix">Operations</h2><div class="scroll"><table class="matrix">',
        "<caption>Laws that hold, for each operation on each backend</caption>",
        _headings("operation", *(report["backend"] for report in matrix.reports)),
        *(
            f'<tr><th scope="row">{escape(operation)}</th>'
            + "".join(
                _cell(cell, operation, report["backend"])
                for cell, report in zip(matrix.row(operation), matrix.reports, strict=True)
            )
            + "</tr>"
            for operation in matrix.operations
        ),
        "</tbody></table></div>",
    ]


def _cell(cell: Cell, operation: str, backend: str) -> str:
    text = escape(cell.text)
    if cell.failed:
        text = f'<a href="#{_anchor(backend, operation)}">✗ {text}</a>'
    elif cell.held:
        text = f"✓ {text}"
    if cell.unproved:
        text += f" <small>({len(cell.unproved)} not proved)</small>"
    return f'<td class="{cell.colour}">{text}</td>'


def _anchor(backend: str, operation: str) -> str:
    kept = "".join(c if c.isalnum() else "-" for c in f"{backend}-{operation}")
    return f"failure-{kept}"


def _failures(matrix: Matrix) -> list[str]:
    found = [(r["backend"], failure) for r in matrix.reports for failure in r["failures"]]
    if not found:
        return ['<h2 id="failures">Failures</h2><p>None.</p>']
    known: set[str] = set()
    return [
        f'<h2 id="failures">Failures ({len(found)})</h2>',
        *(_failure(backend, failure, known) for backend, failure in found),
    ]


def _failure(backend: str, failure: dict[str, Any], known: set[str]) -> str:
    """Write one failure, which is the target of the links from what it is about."""
    anchors = [_anchor(backend, name) for name in failure["about"]]
    new = [anchor for anchor in anchors if anchor not in known]
    known.update(new)
    targets = "".join(f'<span id="{anchor}"></span>' for anchor in new)
    parts = [f"<pre>{escape(failure[name])}</pre>" for name in ("error", "input") if failure[name]]
    if failure["program"]:
        parts.append(f"<p>To see it again:</p><pre>{escape(failure['program'])}</pre>")
    about = escape(", ".join(failure["about"]))
    return (
        f"{targets}<details><summary><b>{escape(backend)}</b>: {about}, "
        f"<code>{escape(case_of(failure))}</code></summary>{''.join(parts)}</details>"
    )


def _unproved(matrix: Matrix) -> list[str]:
    reasons: dict[tuple[str, str], set[str]] = {}
    for report, column in zip(matrix.reports, matrix.columns, strict=True):
        for operation, cell in column.items():
            for reason in cell.unproved.values():
                reasons.setdefault((report["backend"], reason), set()).add(operation)
    if not reasons:
        return ['<h2 id="not-proved">Not proved</h2><p>Everything was tried.</p>']
    return [
        '<h2 id="not-proved">Not proved, and why</h2><div class="scroll"><table>',
        _headings("backend", "reason", "operations"),
        *(
            f"<tr><td>{escape(backend)}</td><td>{escape(reason)}</td>"
            f"<td>{escape(', '.join(sorted(operations)))}</td></tr>"
            for (backend, reason), operations in sorted(reasons.items())
        ),
        "</tbody></table></div>",
    ]


def _differences(matrix: Matrix) -> list[str]:
    rows = [(r["backend"], row) for r in matrix.reports for row in r["differences"]]
    if not rows:
        return ['<h2 id="differences">Known differences of the libraries</h2><p>None.</p>']
    return [
        '<h2 id="differences">Known differences of the libraries</h2><div class="scroll"><table>',
        _headings("backend", "operation", "the library", "here"),
        *(
            f"<tr><td>{escape(backend)}</td><td><code>{escape(row['operation'])}</code></td>"
            f'<td><a href="{escape(row["link"])}">{escape(row["reason"])}</a></td>'
            f"<td>{escape(row['policy'])}</td></tr>"
            for backend, row in rows
        ),
        "</tbody></table></div>",
    ]
