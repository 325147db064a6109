"""Results are where their arguments are, whichever function made them; what is claimed holds."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from arraybackends import GradientFallbackWarning
from arraybackends_conformance.generation import Domain
from arraybackends_conformance.law import law, needs
from arraybackends_conformance.operations import OPERATIONS
from arraybackends_conformance.signature import takes_arrays
from arraybackends_conformance.specification import DEVICE, Operation, leaves, to_native
from arraybackends_conformance.telling import TELLING, telling_calls
from arraybackends_conformance.test_operations import for_operations, reproducing

ON_DEVICE = 6
"""So many calls of an operation are tried on another device."""


def _elsewhere(xp: Any) -> str:
    others = [device for device in xp.devices() if device != xp.device]
    if not others:
        pytest.skip("The backend has one device here.")
    return others[0]  # type: ignore[no-any-return]


@for_operations(lambda name: name in TELLING and takes_arrays(name))
def test_results_stay_with_their_arguments(xp: Any, operation: Operation) -> None:
    """Arguments on another device give results there, of every operation."""
    device = _elsewhere(xp)
    if operation.needs is not None:
        needs(xp, operation.needs)

    def place(x: Any) -> Any:
        made = device if x is DEVICE else to_native(xp, x)
        return xp.to_device(made, device) if xp.is_array(made) else made

    tried = 0
    for call in telling_calls(operation.name, Domain(xp)):
        if not call.arrays() or tried == ON_DEVICE:
            continue
        tried += 1
        with reproducing(xp, operation, call):
            result = operation.apply(xp, call.map(place))
            found = {xp.device_of(x) for x in leaves(result) if xp.is_array(x)}
            assert found <= {device}, f"the result is on {found}, its arguments on {device}"
    assert tried


@law("at", "scan", "cond", "while_loop", "vmap", "jit", "array")
def test_loops_and_updates_stay_where_they_are(xp: Any) -> None:
    """Control flow, maps and updates give their results on the device of their arguments."""
    device = _elsewhere(xp)
    x = xp.to_device(xp.asarray([1.0, 2.0]), device)
    made = (
        xp.at(x)[0].set(3.0), xp.at(x)[0].add(3.0), xp.array(x), xp.asarray(x),
        xp.at(x)[xp.to_device(xp.asarray([0, 0]), device)].add(x),
        *xp.scan(lambda c, y: (xp.add(c, y), c), xp.sum(x), x),
        xp.cond(True, xp.negative, xp.square, x),
        xp.while_loop(lambda y: xp.less(xp.sum(y), 10.0), lambda y: xp.multiply(y, 2.0), x),
        xp.vmap(xp.square)(x), xp.jit(xp.square)(x), xp.detach(x), xp.requires_grad(x),
    )  # fmt: skip
    assert [xp.device_of(y) for y in made] == [device] * len(made)


@law("grad", "value_and_grad", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "checkpoint")
def test_derivatives_stay_where_they_are(xp: Any) -> None:
    """Derivatives are on the device of the argument."""
    device = _elsewhere(xp)
    x = xp.to_device(xp.asarray([1.0, 2.0]), device)

    def function(y: Any) -> Any:
        return xp.sum(xp.square(y))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GradientFallbackWarning)
        value, pull_back = xp.vjp(function, x)
        made = (
            *xp.value_and_grad(function)(x), xp.grad(function)(x), value,
            *pull_back(xp.ones_like(value)), *xp.jvp(function, (x,), (x,)),
            xp.jacrev(xp.square)(x), xp.jacfwd(xp.square)(x), xp.hessian(function)(x),
            xp.checkpoint(xp.square)(x),
        )  # fmt: skip
    assert [xp.device_of(y) for y in made] == [device] * len(made)


@law("rand", "randn", "random")
def test_draws_are_on_the_device_of_the_backend(xp: Any) -> None:
    """A backend on another device draws there, and the same numbers."""
    moved = xp.with_options(device=_elsewhere(xp))
    rng, here = moved.random.default_rng(3), xp.random.default_rng(3)
    p = [0.25, 0.75]
    made = {
        "rand": (moved.rand((3,), seed=1), xp.rand((3,), seed=1)),
        "randn": (moved.randn((3,), seed=1), xp.randn((3,), seed=1)),
        "uniform": (rng.uniform((3,)), here.uniform((3,))),
        "normal": (rng.normal((3,)), here.normal((3,))),
        "integers": (rng.integers(0, 9, shape=(3,)), here.integers(0, 9, shape=(3,))),
        "bits": (rng.bits((3,)), here.bits((3,))),
        "permutation": (rng.permutation(5), here.permutation(5)),
        "choice": (rng.choice(5, shape=(2,), replace=False),
                   here.choice(5, shape=(2,), replace=False)),
        "categorical": (rng.categorical(moved.asarray(p), shape=(3,)),
                        here.categorical(xp.asarray(p), shape=(3,))),
        "child": (rng.spawn(1)[0].bits((2,)), here.spawn(1)[0].bits((2,))),
    }  # fmt: skip
    for name, (there, expected) in made.items():
        assert moved.device_of(there) == moved.device, name
        np.testing.assert_array_equal(moved.to_numpy(there), xp.to_numpy(expected), err_msg=name)


@law("devices", "capabilities")
def test_what_is_listed_can_be_hashed(xp: Any) -> None:
    """Devices are a tuple; capabilities can be keys."""
    assert type(xp.devices()) is tuple
    assert hash(xp.capabilities) == hash(xp.capabilities)


@law("capabilities")
def test_capability_max_dimensions_is_exact(xp: Any) -> None:
    """`max_dimensions` axes can be had, and one more cannot; without a limit 65 can."""
    limit = xp.capabilities.max_dimensions
    if limit is None:
        assert xp.zeros((1,) * 65).ndim == 65
        return
    assert limit >= 32
    assert xp.ones((1,) * limit).ndim == limit
    assert float(xp.sum(xp.ones((1,) * limit))) == 1.0


@law("capabilities")
def test_capability_data_dependent_shapes_is_not_understated(xp: Any) -> None:
    """A backend that claims no data-dependent shapes cannot give them: what works is claimed."""
    if not xp.capabilities.data_dependent_shapes:
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            xp.nonzero(xp.asarray([0.0, 3.0]))


@law("capabilities", "devices")
def test_capability_devices_differ_is_not_understated(xp: Any) -> None:
    """One device is what a backend has that claims that devices do not differ."""
    kinds = {device.partition(":")[0] for device in xp.devices()}
    assert len(kinds) == 1 or xp.capabilities.devices_differ


def test_every_operation_with_arrays_is_placed() -> None:
    """What no telling call is about is placed by no law."""
    assert {name for name in OPERATIONS if takes_arrays(name)} - set(TELLING) <= {"can_cast"}
