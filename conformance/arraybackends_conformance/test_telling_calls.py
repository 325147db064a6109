"""Every value of every keyword, on arrays that tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.generation import Domain
from arraybackends_conformance.law import compiles_each_call, needs
from arraybackends_conformance.layout import LAYOUTS
from arraybackends_conformance.operations import OPERATIONS
from arraybackends_conformance.signature import takes_arrays
from arraybackends_conformance.specification import Call, Operation, to_native
from arraybackends_conformance.telling import TELLING, telling_calls
from arraybackends_conformance.test_operations import assert_agrees, for_operations, reproducing

DEPENDS_ON_VALUES = frozenset({
    "asarray", "bincount", "broadcast_shapes", "nonzero", "repeat", "result_type", "unique_all",
    "unique_counts", "unique_inverse", "unique_values",
})  # fmt: skip
"""What they return has a shape that depends on values, or is no array: no compiler takes them."""


def _compiled(xp: Any, operation: Operation, calls: list[Call]) -> list[Any]:
    """Results of all calls by one program, in the time that a compiler takes for a few of them."""

    def program(arrays: list[list[Any]]) -> list[Any]:
        results = []
        for call, own in zip(calls, map(iter, arrays), strict=True):
            native = call.map(
                lambda x, own=own: next(own) if isinstance(x, np.ndarray) else to_native(xp, x)
            )
            results.append(operation.apply(xp, native))
        return results

    arrays = [[to_native(xp, x) for x in call.arrays()] for call in calls]
    results: list[Any] = xp.jit(program, fallback="raise")(arrays)
    return results


@for_operations(lambda name: name in TELLING)
def test_every_telling_call_agrees(xp: Any, operation: Operation) -> None:
    """Values, dtype, shape, device and array type are those of the reference; inputs stay."""
    if operation.needs is not None:
        needs(xp, operation.needs)
    calls = list(telling_calls(operation.name, Domain(xp)))
    if compiles_each_call(xp) and operation.name not in DEPENDS_ON_VALUES:
        for call, result in zip(calls, _compiled(xp, operation, calls), strict=True):
            with reproducing(xp, operation, call):
                assert_agrees(xp, operation, call, result)
        return
    for call in calls:
        with reproducing(xp, operation, call):
            native = call.map(lambda x: to_native(xp, x))
            assert_agrees(xp, operation, call, operation.apply(xp, native))
            if not xp.capabilities.immutable:
                after = native.map(lambda x: xp.to_numpy(x) if xp.is_array(x) else x)
                for before, found in zip(call.arrays(), after.arrays(), strict=True):
                    np.testing.assert_array_equal(found, before, strict=True)


@for_operations(lambda name: name in TELLING and takes_arrays(name))
@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_telling_calls_in_every_layout(xp: Any, operation: Operation, layout: str) -> None:
    """What arrays look like in memory does not matter."""
    if operation.needs is not None:
        needs(xp, operation.needs)
    if xp.capabilities.immutable:
        pytest.skip("The backend declares the capability `immutable`: it keeps layouts to itself.")

    def lay_out(x: Any) -> Any:
        return LAYOUTS[layout](xp, x) if isinstance(x, np.ndarray) else to_native(xp, x)

    for call in telling_calls(operation.name, Domain(xp)):
        with reproducing(xp, operation, call):
            assert_agrees(xp, operation, call, operation.apply(xp, call.map(lay_out)))


def test_only_what_is_left_to_chance_is_not_told() -> None:
    """Operations without telling calls are those whose arguments are dtypes alone."""
    untold = set(OPERATIONS) - set(TELLING)
    assert untold == {"can_cast", "isdtype"}
