"""Every example in the docstrings, the README and the documentation is a test."""

from __future__ import annotations

from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from importlib.util import find_spec

from sybil import Sybil
from sybil.parsers.doctest import DocTestParser
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

# What `nox -s interop` installs.
LIBRARIES = ("cirq", "openfermion", "pennylane", "qiskit")
MISSING = [name for name in LIBRARIES if find_spec(name) is None]

OPTIONS = ELLIPSIS | NORMALIZE_WHITESPACE

pages = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=OPTIONS), SkipParser()],
    patterns=["*.md"],
)
docstrings = Sybil(
    parsers=[DocTestParser(OPTIONS)],
    patterns=["arraybackends/*.py", "arraybackends/*/*.py", "arraybackends/*/*/*.py"],
    excludes=[f"arraybackends/integrations/{name}.py" for name in MISSING],
)

pytest_collect_file = (pages + docstrings).pytest()
