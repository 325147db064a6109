"""Every operation of the table against its reference, however it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from arraybackends_conformance.comparison import assert_same_kind
from arraybackends_conformance.generation import Domain, strata
from arraybackends_conformance.law import compiles_each_call, needs
from arraybackends_conformance.layout import LAYOUTS
from arraybackends_conformance.operations import OPERATIONS
from arraybackends_conformance.profiles import drawing
from arraybackends_conformance.signature import (
    flexible_parameters,
    protocol_signature,
    takes_arrays,
)
from arraybackends_conformance.specification import Call, Operation, on_host, to_native


def for_operations(suits: Callable[[str], object]) -> Any:
    """Parametrise a law over the operations that it suits."""
    return pytest.mark.parametrize(
        "operation", [op for op in OPERATIONS.values() if suits(op.name)], ids=str
    )


class reproducing(AbstractContextManager[None]):  # noqa: N801 (reads as a statement)
    """Adds to a failure the program that repeats it."""

    def __init__(self, xp: Any, operation: Operation, call: Call) -> None:
        self._arguments = xp, operation, call

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            xp, operation, call = self._arguments
            error.add_note(f"To reproduce:\n\n{operation.reproduction(xp, call)}\n")


def for_calls(
    xp: Any, operation: Operation, share: float, check: Callable[[Any, Call], None]
) -> None:
    """Check drawn calls of an operation, with a full share in every stratum of dtypes."""
    if operation.needs is not None:
        needs(xp, operation.needs)
    domains = strata(xp, operation.calls)
    if compiles_each_call(xp):
        domains = domains if share == 1 else [Domain(xp)]
        share /= 4
    for domain in domains:
        calls = operation.calls(domain)

        @drawing(share)
        def check_drawn(data: Any) -> None:
            check(data, data.draw(calls, label=operation.name))  # noqa: B023 (called at once)

        check_drawn()


def assert_agrees(xp: Any, operation: Operation, call: Call, result: Any) -> None:
    """Assert that a result is of the kind and value that the reference gives."""
    expected = operation.expected(call)
    assert_same_kind(xp, result, expected, native=operation.native, device=xp.device)
    operation.compare(on_host(xp, result), expected, call)


@for_operations(lambda name: True)
def test_agrees_with_the_reference(xp: Any, operation: Operation) -> None:
    """Values, dtype, shape, device and array type are those of the reference."""

    def check(_: Any, call: Call) -> None:
        with reproducing(xp, operation, call):
            native = call.map(lambda x: to_native(xp, x))
            assert_agrees(xp, operation, call, operation.apply(xp, native))

    for_calls(xp, operation, 1, check)


@for_operations(takes_arrays)
def test_leaves_its_inputs_alone(xp: Any, operation: Operation) -> None:
    """No array argument is written to."""
    if xp.capabilities.immutable:
        pytest.skip("The backend declares the capability `immutable`: nothing can be written to.")

    def check(_: Any, call: Call) -> None:
        with reproducing(xp, operation, call):
            native = call.map(lambda x: to_native(xp, x))
            operation.apply(xp, native)
            after = native.map(lambda x: xp.to_numpy(x) if xp.is_array(x) else x)
            for before, found in zip(call.arrays(), after.arrays(), strict=True):
                np.testing.assert_array_equal(found, before, strict=True)

    for_calls(xp, operation, 1 / 2, check)


@for_operations(takes_arrays)
def test_accepts_every_layout(xp: Any, operation: Operation) -> None:
    """Transposed, strided, reversed and read-only arrays give what contiguous ones give."""

    def check(data: Any, call: Call) -> None:
        layout = LAYOUTS[data.draw(st.sampled_from(sorted(LAYOUTS)), label="layout")]

        def lay_out(x: Any) -> Any:
            return layout(xp, x) if isinstance(x, np.ndarray) else to_native(xp, x)

        with reproducing(xp, operation, call):
            assert_agrees(xp, operation, call, operation.apply(xp, call.map(lay_out)))

    for_calls(xp, operation, 1 / 2, check)


@for_operations(flexible_parameters)
def test_takes_arguments_by_position_and_by_keyword(xp: Any, operation: Operation) -> None:
    """Parameters that the standard lets be given either way can be."""

    def check(_: Any, call: Call) -> None:
        for way in _ways(operation.name, call):
            with reproducing(xp, operation, way):
                native = way.map(lambda x: to_native(xp, x))
                assert_agrees(xp, operation, way, operation.apply(xp, native))

    for_calls(xp, operation, 1 / 2, check)


def _ways(name: str, call: Call) -> Iterator[Call]:
    """Write a call with its flexible arguments by position, then by keyword."""
    bound = protocol_signature(name).bind(*call.args, **call.kwargs)
    yield Call(bound.args, bound.kwargs)
    flexible = {
        key: bound.arguments[key] for key in flexible_parameters(name) if key in bound.arguments
    }
    by_position = len(flexible.keys() - bound.kwargs.keys())
    yield Call(bound.args[: len(bound.args) - by_position], {**bound.kwargs, **flexible})
