"""Devices and memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import law, needs


@law("devices", "synchronize", "empty_cache")
def test_devices(xp: Any) -> None:
    """Devices are named by strings; synchronising and emptying caches return nothing."""
    assert xp.devices() and all(isinstance(device, str) for device in xp.devices())
    assert len(set(xp.devices())) == len(xp.devices())
    assert xp.synchronize() is None
    assert xp.empty_cache() is None


@law("to_device")
def test_arrays_are_made_and_stay_where_asked(xp: Any) -> None:
    """`device=` is honoured by creation, transfer and options; results live with their inputs."""
    x = xp.asarray([1.0, 2.0])
    assert xp.to_device(x, xp.device) is x
    for device in xp.devices():
        there = xp.to_device(x, device, non_blocking=True, pin=False)
        made = (
            there, xp.zeros((2,), device=device), xp.asarray([1.0, 2.0], device=device),
            xp.astype(x, xp.float32, device=device), xp.arange(3, device=device),
            xp.with_options(device=device).ones((2,)), xp.zeros_like(there),
            xp.with_options(device=device).random.default_rng(0).uniform((2,)),
            xp.add(there, 1.0), xp.sum(there), xp.sort(there), xp.linalg.outer(there, there),
        )  # fmt: skip
        assert [xp.device_of(y) for y in made] == [device] * len(made)
        np.testing.assert_array_equal(xp.to_numpy(there), [1.0, 2.0])
        assert ab.backend_of(there).device == device


def test_unknown_device_is_an_error(xp: Any) -> None:
    """A device that does not exist is a DeviceError that lists those that do."""
    for call in (
        lambda: xp.zeros((2,), device="quantum:7"),
        lambda: xp.to_device(xp.zeros((2,)), "quantum:7"),
        lambda: xp.with_options(device="quantum:7"),
        lambda: ab.get_backend(xp.name, device="quantum:7"),
    ):
        with pytest.raises(ab.DeviceError, match="quantum:7"):
            call()


def test_devices_are_not_mixed(xp: Any) -> None:
    """Arrays on two devices are refused, not moved in silence."""
    if len(xp.devices()) < 2:
        pytest.skip("The backend has one device here.")
    needs(xp, "devices_differ")
    first, second = (xp.zeros((2,), device=device) for device in xp.devices()[:2])
    with pytest.raises(ab.DeviceError):
        ab.backend_of(first, second)


@law("memory_stats", "memory_limit")
def test_memory_is_counted(xp: Any) -> None:
    """Holding an array raises the allocated bytes, and the peak is never below them."""
    before = xp.memory_stats()
    assert set(before) == set(xp.devices())
    x = xp.zeros((1 << 16,))
    xp.synchronize()
    after = xp.memory_stats()[xp.device]
    assert after.peak >= after.allocated >= 0
    assert after.peak >= before[xp.device].allocated
    assert x.shape == (1 << 16,)
    assert xp.memory_limit() > 1 << 20


@law("autocast")
def test_autocast_leaves_complex_products_alone(xp: Any) -> None:
    """Inside `autocast` complex products keep their dtype, and outside everything is as before."""
    x = xp.ones((2, 2), dtype=xp.float32)
    z = xp.ones((2, 2), dtype=xp.complex64)
    with xp.autocast():
        assert xp.matmul(z, z).dtype == xp.complex64
        xp.matmul(x, x)
    assert xp.matmul(x, x).dtype == xp.float32
