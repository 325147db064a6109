"""No hidden transfer: arrays of which only shapes and dtypes are known are enough to compute with.

What looks at a value, and so waits for the device and fetches it, cannot run on such arrays. An
adapter whose library has them says so by the method `_shapes_of(fn, *arrays)`, which calls `fn` on
stand-ins for the arrays and returns what it returns.
"""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from arraybackends import GradientFallbackWarning
from arraybackends_conformance.generation import Domain
from arraybackends_conformance.law import law, needs
from arraybackends_conformance.signature import takes_arrays
from arraybackends_conformance.specification import Call, Operation, leaves, to_native
from arraybackends_conformance.telling import TELLING, telling_calls
from arraybackends_conformance.test_operations import for_operations, reproducing

CALLS = 4
"""So many calls of an operation are tried."""

SHAPED_BY_VALUES = frozenset(
    {"bincount", "nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values"}
)

MATRIX, FOURTH = ((2, 2),), ((2, 2, 2, 2),)

PROGRAMS: dict[str, tuple[Callable[[Any, Any], Any], tuple[tuple[int, ...], ...]]] = {
    "at": (lambda xp, x: xp.at(x)[0, :].add(xp.at(x)[1].set(2.0)[1]), MATRIX),
    "cond": (
        lambda xp, x: xp.vmap(
            lambda row: xp.cond(xp.greater(xp.sum(row), 0.0), xp.sin, xp.cos, row)
        )(x),
        MATRIX,
    ),
    "einsum": (lambda xp, x: xp.einsum("ij,kj->ik", x, x), MATRIX),
    "expm": (lambda xp, x: xp.linalg.expm(x), MATRIX),
    "grad": (lambda xp, x: xp.grad(lambda y: xp.sum(xp.sin(y)))(x), MATRIX),
    "hessian": (lambda xp, x: xp.hessian(lambda y: xp.sum(xp.square(y)))(x), FOURTH),
    "jacfwd": (lambda xp, x: xp.jacfwd(xp.sin)(x), FOURTH),
    "random": (
        lambda xp, x: xp.add(
            x, xp.with_options(device=xp.device_of(x)).random.default_rng(1).uniform(x.shape)
        ),
        MATRIX,
    ),
    "scan": (
        lambda xp, x: xp.scan(lambda c, row: (xp.add(c, row), xp.sum(c)), x[0, :], x),
        ((2,), (2,)),
    ),
    "value_and_grad": (
        lambda xp, x: xp.value_and_grad(lambda y: xp.sum(xp.square(y)))(x),
        ((), (2, 2)),
    ),
    "vmap": (lambda xp, x: xp.vmap(xp.sort, in_axes=1, out_axes=1)(x), MATRIX),
    "where": (lambda xp, x: xp.where(xp.any(xp.isnan(x)), xp.zeros_like(x), x), MATRIX),
}
"""Functions of a real matrix, and the shapes of what they return."""


def _shapes_of(xp: Any) -> Callable[..., Any]:
    found: Callable[..., Any] | None = getattr(xp, "_shapes_of", None)
    if found is None:
        pytest.skip("The backend has no arrays without values (`_shapes_of`).")
    return found


def _is_shaped_by_values(name: str, call: Call) -> bool:
    counted = name == "repeat" and isinstance(call.args[1], np.ndarray)
    return name in SHAPED_BY_VALUES or counted


def _kinds(xp: Any, tree: Any) -> list[tuple[tuple[int, ...], str]]:
    arrays = [x for x in leaves(tree) if hasattr(x, "shape")]
    return [(tuple(x.shape), xp.dtype_name(x.dtype)) for x in arrays]


def _apply(xp: Any, operation: Operation, call: Call, *arrays: Any) -> Any:
    """Call an operation with these arrays in place of those of the call."""
    given = iter(arrays)
    return operation.apply(
        xp, call.map(lambda x: next(given) if isinstance(x, np.ndarray) else to_native(xp, x))
    )


@for_operations(lambda name: name in TELLING and takes_arrays(name))
def test_operations_look_at_no_value(xp: Any, operation: Operation) -> None:
    """Shapes and dtypes of arguments are enough for those of the result, of every operation."""
    shapes_of = _shapes_of(xp)
    if operation.needs is not None:
        needs(xp, operation.needs)
    calls = (
        call
        for call in telling_calls(operation.name, Domain(xp))
        if call.arrays() and not _is_shaped_by_values(operation.name, call)
    )
    for call in itertools.islice(calls, CALLS):
        compute = functools.partial(_apply, xp, operation, call)
        with reproducing(xp, operation, call):
            found = shapes_of(compute, *(to_native(xp, x) for x in call.arrays()))
            assert _kinds(xp, found) == _kinds(xp, operation.expected(call))


@law("at", "cond", "grad", "hessian", "jacfwd", "random", "scan", "value_and_grad", "vmap")
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_look_at_no_value(xp: Any, name: str) -> None:
    """Nor do derivatives, maps, loops, updates and draws."""
    shapes_of, x = _shapes_of(xp), xp.asarray([[1.0, 2.0], [3.0, 4.0]], dtype="float64")
    program, shapes = PROGRAMS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GradientFallbackWarning)
        found = shapes_of(lambda y: program(xp, y), x)
    assert _kinds(xp, found) == [(shape, "float64") for shape in shapes]
