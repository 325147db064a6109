"""Every law of the suite, with what is known to fail and why."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import arraybackends as ab
from arraybackends_conformance.checks import parametrize_with_checks

GAPS = {
    name: gap["reason"]
    for gap in tomllib.loads((Path(__file__).parent / "known_gaps.toml").read_text())["gap"]
    for name in gap["checks"]
}


@parametrize_with_checks(ab.get_backend("mlx", precision="single"), expected_failures=GAPS)
def test_conforms(check):
    """The adapter keeps the promises of the protocol, but for the known gaps."""
    check()


def test_double_precision_is_refused():
    """There is no complex128: who asks for it is told, and nothing narrower is substituted."""
    with pytest.raises(ab.CapabilityError, match="precision='single'"):
        ab.get_backend("mlx", precision="double")
    with pytest.raises(ab.DTypeError, match="has no float64"):
        ab.get_backend("mlx", precision="single").zeros(2, dtype="float64")
