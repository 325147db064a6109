"""The ledger fails when it is wrong: a row that is out of date, unused, or not repaired."""

from __future__ import annotations

import dataclasses

import pytest

import arraybackends as ab
from arraybackends_conformance import ledger
from arraybackends_conformance.test_ledger import (
    test_contract_holds_all_the_same as contract_pin,
)
from arraybackends_conformance.test_ledger import (
    test_library_still_differs as native_pin,
)

xp = ab.get_backend("numpy")
ROW = next(row for row in ledger.LEDGER if row.id == "numpy-real-eigvals")


def test_pins_hold() -> None:
    """The row that the other tests spoil holds on both sides."""
    native_pin(xp, ROW)
    contract_pin(xp, ROW)


def test_row_for_another_version_fails() -> None:
    """A row whose versions are not those installed has to be looked at."""
    with pytest.raises(AssertionError, match=r"is about <1\.0, not"):
        native_pin(xp, dataclasses.replace(ROW, versions="<1.0"))


def test_repair_upstream_is_noticed() -> None:
    """Once the library does what the contract says, its pin fails."""
    with pytest.raises(AssertionError, match="the library itself"):
        native_pin(xp, dataclasses.replace(ROW, native=(ROW.native[0], "complex128")))


def test_adapter_without_the_repair_is_noticed() -> None:
    """If the backend gave the library's value, its pin would fail."""
    with pytest.raises(AssertionError, match="the backend: 'complex128' instead of 'float64'"):
        contract_pin(xp, dataclasses.replace(ROW, contract=(ROW.contract[0], "float64")))


def test_unused_exclusion_fails() -> None:
    """A row that excludes something from the contract must be named by what is narrowed."""
    unused = dataclasses.replace(ROW, id="numpy-unused", policy="excluded", contract=None)
    with pytest.raises(AssertionError, match="no law excludes `numpy-unused`"):
        contract_pin(xp, unused)


def test_every_row_belongs_to_one_backend() -> None:
    """Each row is run by the suite of its backend, and by no other."""
    backends = ab.available_backends()
    found = [row for name in backends for row in ledger.rows_of(name)]
    assert sorted(row.id for row in found) == sorted(row.id for row in ledger.LEDGER)
