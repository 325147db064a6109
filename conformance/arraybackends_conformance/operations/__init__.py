"""The table of operations: one entry for every function of the protocol that has a reference."""

from arraybackends_conformance.operations import (
    beyond,
    creation,
    elementwise,
    fft,
    linalg,
    manipulation,
    reductions,
    searching,
)
from arraybackends_conformance.specification import Operation

__all__ = ["OPERATIONS"]

_GROUPS = (elementwise, creation, manipulation, reductions, searching, linalg, fft, beyond)

OPERATIONS: dict[str, Operation] = {
    name: entry for group in _GROUPS for name, entry in group.OPERATIONS.items()
}
