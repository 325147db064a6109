"""The suite about itself: nothing is left out, nothing in the table is unused."""

from __future__ import annotations

from typing import Any

from hypothesis import find

from arraybackends_conformance.generation import Domain
from arraybackends_conformance.law import covered_members, members
from arraybackends_conformance.operations import OPERATIONS
from arraybackends_conformance.profiles import examples
from arraybackends_conformance.signature import protocol_signature
from arraybackends_conformance.test_operations import for_operations


def test_every_member_of_the_protocol_has_a_law() -> None:
    """A member that no law is about may be anything."""
    missing = sorted(members() - covered_members())
    assert not missing, f"no law is about {', '.join(missing)}"


def test_every_operation_of_the_table_is_in_the_protocol() -> None:
    """An entry for a name that the protocol does not have proves nothing."""
    unknown = sorted(set(OPERATIONS) - members())
    assert not unknown, f"the protocol does not have {', '.join(unknown)}"


@for_operations(lambda name: True)
def test_every_parameter_is_drawn(xp: Any, operation: Any) -> None:
    """Every keyword of the protocol is exercised: `find` raises where no call has it."""
    calls, signature = operation.calls(Domain(xp)), protocol_signature(operation.name)
    settings = examples(16, shrink=False)
    for parameter in signature.parameters:
        find(
            calls,
            lambda call, p=parameter: p in signature.bind(*call.args, **call.kwargs).arguments,
            settings=settings,
        )
