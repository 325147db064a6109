"""What a backend says of itself is true."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import law
from arraybackends_conformance.specification import DEVICE, to_native

BYTES = 1 << 26


@law("library_version", "native")
def test_version_is_that_of_the_library(xp: Any) -> None:
    """`library_version` is the version that the library itself tells."""
    assert xp.library_version == str(xp.native.__version__)


@law("capabilities")
def test_capability_autodiff_is_true(xp: Any) -> None:
    """Gradients announce themselves as differences exactly where `autodiff` is False."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        xp.grad(lambda x: xp.sum(xp.sin(x)))(xp.asarray([0.5, 1.0]))
    announced = any(issubclass(w.category, ab.GradientFallbackWarning) for w in seen)
    assert announced is not xp.capabilities.autodiff


@law("capabilities")
def test_capability_vmap_is_true(xp: Any) -> None:
    """The function is called once for a whole batch exactly where `vmap` is True."""
    calls = []

    def function(x: Any) -> Any:
        calls.append(x)
        return xp.sum(x)

    xp.vmap(function)(xp.ones((5, 2)))
    assert (len(calls) == 1) is xp.capabilities.vmap


@law("capabilities")
def test_capability_data_dependent_shapes_is_true(xp: Any) -> None:
    """Where shapes may depend on data, functions and masks that need it work; and `info` agrees."""
    promised = xp.capabilities.data_dependent_shapes
    assert xp.__array_namespace_info__().capabilities()["data-dependent shapes"] is promised
    if promised:
        x = xp.asarray([0.0, 3.0, 0.0, 5.0])
        assert xp.to_numpy(xp.nonzero(x)[0]).tolist() == [1, 3]
        assert xp.to_numpy(x[xp.greater(x, 4.0)]).tolist() == [5.0]


@law("capabilities")
def test_capability_checks_bounds_is_true(xp: Any) -> None:
    """No index is clamped, wrapped or dropped where `checks_bounds` is True; else none raises."""
    x, index = xp.asarray([[1.0, 2.0], [3.0, 4.0]]), xp.asarray([7])
    calls = (
        lambda: xp.take(x, index, axis=1),
        lambda: xp.take(x, xp.asarray([-3]), axis=0),
        lambda: xp.take_along_axis(x, xp.asarray([[5], [0]]), axis=1),
        lambda: xp.at(x)[index].set(0.0),
        lambda: xp.at(x)[index].add(1.0),
    )  # fmt: skip
    for call in calls:
        if xp.capabilities.checks_bounds:
            with pytest.raises(IndexError):
                call()
        else:
            call()
    if xp.capabilities.checks_bounds:  # some of the other libraries check numbers, but not arrays
        with pytest.raises(IndexError):
            x[5, :]


@law("capabilities")
def test_capability_unsigned_arithmetic_is_true(xp: Any) -> None:
    """The wide unsigned integers are there exactly where `unsigned_arithmetic` is True."""
    dtypes = xp.__array_namespace_info__().dtypes(kind="unsigned integer")
    assert ("uint32" in dtypes) is xp.capabilities.unsigned_arithmetic


@law("with_options", "device")
def test_device_is_part_of_the_identity(xp: Any) -> None:
    """Backends on other devices are other backends, and stay where they are when pickled."""
    for device in xp.devices():
        moved = xp.with_options(device=device)
        assert (moved == xp) is (device == xp.device)
        assert moved.device in repr(moved)
        again = pickle.loads(pickle.dumps(moved))  # noqa: S301 (our own bytes)
        assert (again.device, again.precision) == (device, xp.precision)
        assert again == moved
        assert hash(again) == hash(moved)


@law("capabilities", "devices")
def test_capability_devices_differ_is_true(xp: Any) -> None:
    """Where there is more than one device, they differ."""
    if len(xp.devices()) > 1:
        assert xp.capabilities.devices_differ


@law("memory_stats")
def test_memory_is_really_counted(xp: Any) -> None:
    """64 MiB more are held while an array of that size is."""
    before = xp.memory_stats()[xp.device].allocated
    x = xp.ones((BYTES // 8,))
    xp.synchronize()
    after = xp.memory_stats()[xp.device]
    assert after.allocated - before > BYTES // 2, f"{before} bytes, then {after}"
    assert after.peak >= after.allocated
    assert float(x[-1]) == 1.0
    del x
    released = xp.memory_stats()[xp.device]
    assert released.peak - before > BYTES // 2, "the peak is forgotten"


@law("memory_limit")
def test_memory_limit_is_more_than_is_held(xp: Any) -> None:
    """What arrays may take is at least what they do take."""
    assert type(xp.memory_limit()) is int
    assert xp.memory_limit() >= xp.memory_stats()[xp.device].allocated


@law("memory_limit")
def test_memory_limit_is_the_share_asked_for(xp: Any) -> None:
    """`memory_limit(fraction)` sets the limit and returns it; a share beyond (0, 1] is refused."""
    before, whole = xp.memory_limit(), xp.memory_limit(1.0)
    try:
        assert xp.memory_limit(0.5) == pytest.approx(whole / 2, rel=1e-3)
        assert xp.memory_limit() == pytest.approx(whole / 2, rel=1e-3)
    finally:
        assert xp.memory_limit(min(before / whole, 1.0)) == pytest.approx(before, rel=1e-3)
    for fraction in (0.0, 1.5, -1.0):
        with pytest.raises(ValueError, match="fraction"):
            xp.memory_limit(fraction)


@law("native", "is_array")
def test_arrays_are_those_of_the_library(xp: Any) -> None:
    """No other library is put in its place: results are of a type that `native` defines."""
    library = xp.native.__name__.partition(".")[0]
    x = xp.ones((2, 2))
    for made in (x, xp.sum(x), xp.linalg.eigh(x)[1], xp.fft.fft(xp.astype(x, xp.complex128)),
                 xp.rand((2,)), xp.einsum("ij->ji", x), xp.grad(xp.sum, method="auto")(x)
                 if xp.capabilities.autodiff else x):  # fmt: skip
        assert type(made).__module__.startswith(library), f"{type(made)} is not of {library}"


class _LooksLikeAnArray:
    """What has the attributes of an array is not yet one."""

    shape, ndim, dtype, device = (2,), 1, np.dtype("float64"), "cpu"

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.zeros(2)

    def __array_namespace__(self, *, api_version: Any = None) -> Any:
        return np


@law("is_array")
def test_what_looks_like_an_array_is_none(xp: Any) -> None:
    """`is_array` goes by the type, not by attributes."""
    assert xp.is_array(_LooksLikeAnArray()) is False


@law("requires_grad", "detach")
def test_tracking_leaves_the_argument_alone(xp: Any) -> None:
    """`requires_grad` does not mark its argument; `detach` shares the storage of its."""
    x = xp.asarray([1.0, 2.0])
    tracked = xp.requires_grad(x)
    if hasattr(x, "requires_grad"):
        assert tracked.requires_grad
        assert not x.requires_grad
        assert not xp.detach(tracked).requires_grad
    if not xp.capabilities.immutable:
        detached = xp.detach(x)
        x[0] = 5.0
        assert float(detached[0]) == 5.0


@law("random")
@pytest.mark.parametrize("seed", [-3, 2**63 + 11, 2**64 - 1])
def test_every_seed_is_the_same_everywhere(xp: Any, seed: int) -> None:
    """Seeds are taken modulo 2**64 on every backend, from Python and from arrays."""
    expected = ab.get_backend("numpy").random.default_rng(seed).bits((4,))
    assert xp.to_numpy(xp.random.default_rng(seed).bits((4,))).tolist() == expected.tolist()
    signed = (seed + 2**63) % 2**64 - 2**63
    from_array = xp.random.default_rng(xp.asarray(signed)).bits((4,))
    assert xp.to_numpy(from_array).tolist() == expected.tolist()


CREATION: dict[str, Any] = {
    "arange": lambda xp, **k: xp.arange(3, **k),
    "array": lambda xp, **k: xp.array([1.0, 2.0], **k),
    "asarray": lambda xp, **k: xp.asarray([1.0, 2.0], **k),
    "asarray of an array": lambda xp, **k: xp.asarray(xp.ones((2,)), **k),
    "astype": lambda xp, **k: xp.astype(xp.ones((2,)), xp.float32, **k),
    "empty": lambda xp, **k: xp.empty((2,), **k),
    "empty_like": lambda xp, **k: xp.empty_like(xp.ones((2,)), **k),
    "eye": lambda xp, **k: xp.eye(2, **k),
    "fft.fftfreq": lambda xp, **k: xp.fft.fftfreq(4, **k),
    "fft.rfftfreq": lambda xp, **k: xp.fft.rfftfreq(4, **k),
    "from_dlpack": lambda xp, **k: xp.from_dlpack(xp.ones((2,)), **k),
    "full": lambda xp, **k: xp.full((2,), 1.0, **k),
    "full_like": lambda xp, **k: xp.full_like(xp.ones((2,)), 1.0, **k),
    "linspace": lambda xp, **k: xp.linspace(0, 1, 3, **k),
    "ones": lambda xp, **k: xp.ones((2,), **k),
    "ones_like": lambda xp, **k: xp.ones_like(xp.ones((2,)), **k),
    "zeros": lambda xp, **k: xp.zeros((2,), **k),
    "zeros_like": lambda xp, **k: xp.zeros_like(xp.ones((2,)), **k),
}


@pytest.mark.parametrize("name", CREATION)
def test_creation_on_every_device(xp: Any, name: str) -> None:
    """`device=` places, the default is the backend's device, and what is not there is an error."""
    for device in xp.devices():
        assert xp.device_of(CREATION[name](xp, device=device)) == device
        beside = xp.with_options(device=device)
        assert beside.device_of(CREATION[name](beside)) == device
    assert xp.device_of(CREATION[name](xp, device=to_native(xp, DEVICE))) == xp.device
    with pytest.raises(ab.DeviceError, match="quantum:7"):
        CREATION[name](xp, device="quantum:7")
