"""The pins of the known differences, and the ledger about itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from packaging.specifiers import SpecifierSet

import arraybackends as ab
from arraybackends_conformance.law import members
from arraybackends_conformance.ledger import LEDGER, Difference, Raises, observe
from arraybackends_conformance.operations import OPERATIONS
from arraybackends_conformance.special_cases import KNOWN_DIFFERENCES


def _assert_observed(function: Any, library: Any, expected: Any, what: str) -> None:
    with np.errstate(all="ignore"):
        found = observe(function, library)
    if isinstance(expected, Raises):
        assert isinstance(found, set), f"{what}: {found!r} instead of {expected}"
        assert expected.name in found, f"{what}: raises {found}, not {expected}"
    else:
        assert found == expected, f"{what}: {found!r} instead of {expected!r}"


def _exclusions() -> set[str]:
    """Rows that narrow what a law demands."""
    named = {row for operation in OPERATIONS.values() for row in operation.excludes}
    return named | set(KNOWN_DIFFERENCES)


def test_library_still_differs(xp: Any, difference: Difference) -> None:
    """The library behaves as the row says; if it was repaired, the row and our repair can go."""
    assert xp.library_version in SpecifierSet(difference.versions, prereleases=True), (
        f"Row `{difference.id}` is about {difference.versions}, not {xp.library_version}."
    )
    function, expected = difference.native
    _assert_observed(function, xp.native, expected, f"the library itself ({difference.reason})")


def test_contract_holds_all_the_same(xp: Any, difference: Difference) -> None:
    """The backend gives the contract's value, or declares the difference as a capability."""
    if difference.contract is None:
        assert difference.id in _exclusions(), f"no law excludes `{difference.id}`"
        return
    function, expected = difference.contract
    _assert_observed(function, xp, expected, "the backend")


def test_rows_are_well_formed() -> None:
    """Ids are unique, backends and operations exist, links and reasons are given."""
    ids = [row.id for row in LEDGER]
    assert len(set(ids)) == len(ids)
    for row in LEDGER:
        assert row.backend in ab.available_backends()
        assert row.operation in members(), f"row `{row.id}` is about `{row.operation}`"
        assert row.link.startswith("https://")
        assert row.reason.endswith(".")
        assert row.contract is not None or row.policy == "excluded"


def test_exclusions_are_rows() -> None:
    """A domain is narrowed only by a row of the ledger."""
    assert _exclusions() <= {row.id for row in LEDGER}
