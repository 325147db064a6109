"""`arraybackends conformance`: runs of the suite and reports, as a matrix."""

from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser

import pytest

from arraybackends.cli import main

REPORT = {
    "schema": "arraybackends.conformance/1",
    "backend": "numpy",
    "rung": 3,
    "library": {"name": "numpy", "version": "2.4"},
    "device": "cpu",
    "precision": "double",
    "adapter": {"class": "a.b:C", "digest": "0"},
    "versions": {"arraybackends": "0.1.0", "hypothesis": "6", "python": "3.11"},
    "platform": "Linux x86_64",
    "profile": "nightly",
    "seed": 7,
    "members": ["cos", "sin"],
    "cases": {"passed": 3, "failed": 1, "skipped": 1},
    "examples": 42,
    "laws": {
        "contract.identity": {"says": "Itself.", "examples": 1, "passed": ["(the backend)"]},
        "operations.agrees": {"says": "Agrees.", "examples": 40, "passed": ["sin"],
                              "failed": ["cos"]},
        "errors.raises": {"says": "Raises.", "examples": 1, "passed": ["sin"],
                          "not proved": {"skipped: No device.": ["cos"]}},
    },
    "differences": [
        {"id": "numpy-x", "operation": "sin", "kind": "value", "policy": "repaired",
         "versions": ">=2", "reason": "It <sins>.", "link": "https://example.org"}
    ],
    "failures": [
        {"law": "operations.agrees", "about": ["cos"], "case": "cos", "error": "1 is not <2>",
         "input": "Draw 1: 0.0", "where": "", "program": "print(xp.cos(0.0))"}
    ],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A folder with two reports, one of which has a failure."""
    good = copy.deepcopy(REPORT) | {"backend": "cupy", "rung": 2, "failures": []}
    good["laws"]["operations.agrees"] = {"says": "", "examples": 1, "passed": ["cos", "sin"]}
    for report in (REPORT, good):
        path = tmp_path / f"conformance-{report['backend']}.json"
        path.write_text(json.dumps(report))
    return tmp_path


def run(capsys, *arguments):
    """Exit code, output and error output of the command."""
    code = main(["conformance", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_shows_a_matrix(capsys, folder):
    """Each operation has a line and each backend a column; failures follow with their input."""
    code, out, _ = run(capsys, folder)
    lines = {line.split("  ")[0]: line for line in out.splitlines()}
    assert code == 1
    assert re.fullmatch(r"operation +cupy +numpy", lines["operation"])
    assert re.fullmatch(r"cos +1 +1 of 1 fail", lines["cos"])
    assert re.fullmatch(r"sin +2 +2", lines["sin"])
    assert re.fullmatch(r"\(the backend\) +1 +1", lines["(the backend)"])
    assert "simulated, not executed" in out
    assert "nightly, seed 7" in out
    assert "3 hold, 1 fail, 1 not proved" in out
    for text in ("cos: operations.agrees[cos]", "1 is not <2>", "Draw 1: 0.0", "xp.cos(0.0)"):
        assert text in out


class Page(HTMLParser):
    """Collects what a page refers to, and whether its tags match."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.tags = [], set(), set(), []

    def handle_starttag(self, tag, attrs):
        """Remember a tag that has to be closed."""
        attributes = dict(attrs)
        self.tags.append(tag)
        self.ids |= {attributes["id"]} if "id" in attributes else set()
        self.links |= {attributes["href"]} if "href" in attributes else set()
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the innermost tag."""
        assert self.open.pop() == tag


def test_writes_one_page_that_needs_nothing(capsys, folder):
    """The page is well formed, escaped, without scripts; failures are linked from the matrix."""
    target = folder / "matrix.html"
    run(capsys, folder, "--html", target)
    text = target.read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert {"script", "link", "img"}.isdisjoint(page.tags)
    inside = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert {"failure-numpy-cos", "matrix", "runs"} <= inside <= page.ids
    assert "It &lt;sins&gt;." in text
    assert "1 is not &lt;2&gt;" in text
    assert "prefers-color-scheme: dark" in text
    assert '<th scope="row">cos</th>' in text


def test_writes_the_reports_as_json(capsys, folder):
    """The JSON has a schema and the reports as they are."""
    target = folder / "matrix.json"
    code, _, _ = run(capsys, folder / "conformance-cupy.json", "--json", target)
    written = json.loads(target.read_text())
    assert code == 0
    assert written["schema"] == "arraybackends.conformance-matrix/1"
    assert [report["backend"] for report in written["reports"]] == ["cupy"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "cannot be read"),
        (lambda path: path.write_text("{"), "cannot be read"),
        (lambda path: path.write_text("[]"), "is no report with the schema"),
        (lambda path: path.mkdir(), "There is no report in"),
    ],
    ids=["missing", "broken", "other", "empty"],
)
def test_what_is_no_report_is_an_error(capsys, tmp_path, make, message):
    """A file that is missing, broken or something else is named, in one line."""
    path = tmp_path / "conformance-x.json"
    make(path)
    code, _, err = run(capsys, path)
    assert code == 1
    assert message in err
    assert err.count("\n") == 1


def test_reports_and_backends_exclude_each_other(capsys, folder):
    """Reports are shown or backends are proved, not both."""
    code, _, err = run(capsys, folder, "--backend", "numpy")
    assert code == 1
    assert "not both" in err


def test_a_backend_that_cannot_be_proved_is_an_error(capfd):
    """The output of the suite says why, and the command that there is no report."""
    code = main(["conformance", "--backend", "nunpy"])
    _, err = capfd.readouterr()
    assert code == 1
    assert "Did you mean `numpy`" in err
    assert "wrote no report" in err
