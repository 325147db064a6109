"""Devices, conversion and memory of the PyTorch adapter."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import arraybackends as ab

torch = pytest.importorskip("torch")

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="There is no CUDA device.")


@pytest.fixture(scope="module")
def xp() -> Any:
    """PyTorch, where it likes to be."""
    return ab.get_backend("pytorch")


def test_the_device_set_in_pytorch_is_respected(xp: Any) -> None:
    """Creation follows `with torch.device(...)`, unless the backend has a device of its own."""
    fixed: Any = ab.get_backend("pytorch", device="cpu")
    with torch.device("meta"):
        for x in (xp.zeros(3), xp.asarray([1.0]), xp.arange(3), xp.asarray(np.ones(2)), xp.eye(2)):
            assert x.device.type == "meta"
        assert xp.device == "meta"
        assert fixed.zeros(3).device.type == fixed.asarray(np.ones(2)).device.type == "cpu"
    assert xp.device == "cuda:0" if torch.cuda.is_available() else "cpu"


def test_the_process_default_of_pytorch_is_respected(xp: Any) -> None:
    """`torch.set_default_device` moves the backend along, and back."""
    torch.set_default_device("meta")
    try:
        assert xp.zeros(3).device.type == "meta"
    finally:
        torch.set_default_device(None)
    assert xp.zeros(3).device.type != "meta"


def test_defaults_of_pytorch_are_not_touched() -> None:
    """Neither precision changes the default dtype or device, or lets products have fewer digits."""
    before = torch.get_default_dtype(), torch.get_default_device()
    for precision in ("single", "double"):
        backend: Any = ab.get_backend("pytorch", precision=precision)  # type: ignore[arg-type]
        backend.asarray([1.0])
    assert (torch.get_default_dtype(), torch.get_default_device()) == before
    assert torch.get_float32_matmul_precision() == "highest"
    assert not torch.backends.cuda.matmul.allow_tf32


def test_results_live_where_inputs_live(xp: Any) -> None:
    """Functions of tensors on `meta` stay there: nothing is moved to the host."""
    x = xp.zeros((2, 2), dtype="complex128", device="meta")
    energies, states = xp.linalg.eigh(x)
    for y in (x + x, xp.matmul(x, x), xp.einsum("ij,jk->ik", x, x), energies, states,
              xp.at(x)[0].add(1.0), xp.remainder(energies, 2.0)):  # fmt: skip
        assert xp.device_of(y) == "meta"


@pytest.mark.parametrize("device", ["nonsense", "cuda:99", "cpu:x", 3.5])
def test_an_unknown_device_is_refused(xp: Any, device: Any) -> None:
    """The error names the value and lists what there is."""
    for attempt in (
        lambda: ab.get_backend("pytorch", device=device),
        lambda: xp.zeros(3, device=device),
        lambda: xp.to_device(xp.zeros(3), device),
    ):
        with pytest.raises(ab.DeviceError, match="It has: cpu"):
            attempt()


def test_mixed_devices_are_refused(xp: Any) -> None:
    """Tensors on two devices do not meet."""
    with pytest.raises(ab.DeviceError, match="add"):
        xp.add(xp.zeros(3, device="cpu"), xp.zeros(3, device="meta"))


def test_options_survive_pickling() -> None:
    """A backend without a device of its own stays one, and one with a device keeps it."""
    free = pickle.loads(pickle.dumps(ab.get_backend("pytorch")))  # noqa: S301 (our own bytes)
    fixed = pickle.loads(  # noqa: S301 (our own bytes)
        pickle.dumps(ab.get_backend("pytorch", device="cpu", precision="single"))
    )
    with torch.device("meta"):
        assert free.device == "meta" and free.with_options(precision="single").device == "meta"
        assert fixed.device == "cpu" and fixed.precision == "single"


def test_to_device_without_an_accelerator_changes_nothing(xp: Any) -> None:
    """Pinning and asynchrony are without effect on the CPU."""
    x = xp.zeros(3, device="cpu")
    assert xp.to_device(x, "cpu", non_blocking=True, pin=True) is x


def test_numpy_arrays_of_any_layout_are_taken_in(xp: Any) -> None:
    """Negative strides, foreign byte order and write protection are normalised, by a copy."""
    protected = np.arange(3.0)
    protected.flags.writeable = False
    for x in (np.arange(3.0)[::-1], np.arange(3.0).astype(">f8"), protected, np.arange(6.0)[::2]):
        for door in (xp.asarray, xp.from_dlpack):
            np.testing.assert_array_equal(xp.to_numpy(door(x)), x)
    for x in (np.arange(3.0)[::-1], np.arange(3.0).astype(">f8"), protected):
        with pytest.raises(ValueError, match="Use `copy=None`"):
            xp.asarray(x, copy=False)


def test_numpy_memory_is_shared_only_on_request(xp: Any) -> None:
    """`copy=False` aliases; everything else copies."""
    x = np.zeros(2)
    shared, copied = xp.asarray(x, copy=False, device="cpu"), xp.asarray(x)
    x[0] = 1.0
    assert float(shared[0]) == 1.0 and float(copied[0]) == 0.0


def test_arrays_of_jax_are_refused_and_never_misread(xp: Any) -> None:
    """`asarray` refuses them; DLPack copies them, since they are immutable."""
    jnp = pytest.importorskip("jax.numpy")
    x = jnp.asarray([1, 2, 3], dtype="int32")
    for attempt in (lambda: xp.asarray(x), lambda: xp.array([x, x]), lambda: xp.add(x, x)):
        with pytest.raises(ab.BackendMismatchError, match=r"xp\.from_dlpack"):
            attempt()
    y = xp.from_dlpack(x)
    y[0] = 7
    assert int(x[0]) == 1 and int(y[0]) == 7


def test_to_numpy_resolves_and_detaches(xp: Any) -> None:
    """Conjugate and negative views and tracked tensors come out as fresh arrays."""
    z = xp.asarray([1 + 2j])
    np.testing.assert_array_equal(xp.to_numpy(torch.conj(z)), [1 - 2j])
    np.testing.assert_array_equal(xp.to_numpy(torch.conj(z).imag), [-2.0])
    tracked = xp.requires_grad(xp.asarray([1.0]))
    fresh = xp.to_numpy(tracked)
    fresh[0] = 5.0
    assert float(tracked.detach()[0]) == 1.0
    assert not xp.to_numpy(tracked, copy=False).flags.writeable


def test_lists_of_tensors_keep_their_derivatives(xp: Any) -> None:
    """A matrix built from tracked scalars is differentiable."""

    def f(t: Any) -> Any:
        return xp.linalg.det(xp.asarray([[xp.cos(t), 2.0], [0.5, xp.cos(t)]]))

    assert float(xp.grad(f)(xp.asarray(0.3))) == pytest.approx(-np.sin(0.6))


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "uint64", "float16", "text"])
def test_dtypes_that_cannot_be_had_are_refused(xp: Any, dtype: str) -> None:
    """The error names the dtype and lists those there are; native ones are no exception."""
    with pytest.raises(ab.DTypeError, match=dtype):
        xp.zeros(3, dtype=dtype)
    if hasattr(torch, dtype):
        with pytest.raises(ab.DTypeError, match=dtype):
            xp.zeros(3, dtype=getattr(torch, dtype))


def test_absurd_sizes_are_refused_before_allocation(xp: Any) -> None:
    """The error says what was asked for and what there is."""
    with pytest.raises(ab.MemoryLimitError, match=r"needs 8 EiB.*limit of"):
        xp.zeros((2,) * 60)


def test_a_result_that_does_not_fit_is_explained(xp: Any) -> None:
    """The error of the allocator becomes one that says what was asked, what is free, what helps."""
    xp = xp.with_options(device="cpu")
    column = xp.zeros((2**24, 1))
    with pytest.raises(ab.MemoryLimitError, match=r"2251799813685248 bytes.*free.*chunk_size"):
        xp.add(column, xp.matrix_transpose(column))


def test_live_tensors_are_counted(xp: Any) -> None:
    """A tensor is counted while it lives, and its views are not counted again."""
    cpu: Any = ab.get_backend("pytorch", device="cpu")
    before = cpu.memory_stats()["cpu"].allocated
    x = cpu.zeros(100_000)
    view = x[10:]
    held = cpu.memory_stats()["cpu"]
    assert held.allocated - before == 800_000 and held.peak >= held.allocated
    del x, view
    assert cpu.memory_stats()["cpu"].allocated == before


def test_memory_limit_is_set_and_refused(xp: Any) -> None:
    """A fraction lowers the limit; anything else is an error."""
    cpu: Any = ab.get_backend("pytorch", device="cpu")
    whole = cpu.memory_limit(1.0)
    try:
        assert cpu.memory_limit(0.5) == whole // 2
        with pytest.raises(ab.MemoryLimitError, match="limit of"):
            cpu.zeros(whole // 8)
    finally:
        cpu.memory_limit(1.0)
    with pytest.raises(ValueError, match="fraction"):
        cpu.memory_limit(1.5)


def test_autocast_lowers_real_products_only(xp: Any) -> None:
    """Products of float32 become half precision, complex ones stay; complex dtypes are refused."""
    cpu: Any = ab.get_backend("pytorch", device="cpu", precision="single")
    x, z = cpu.ones((2, 2)), cpu.ones((2, 2), dtype="complex64")
    with cpu.autocast():
        assert cpu.matmul(x, x).dtype == torch.bfloat16
        assert cpu.matmul(z, z).dtype == torch.complex64
    with pytest.raises(ab.DTypeError, match="never complex"):
        cpu.autocast("complex64")


@pytest.mark.gpu
@needs_cuda
def test_the_accelerator_is_the_default() -> None:
    """Without a device arrays are on the current CUDA device."""
    xp: Any = ab.get_backend("pytorch")
    assert xp.device == f"cuda:{torch.cuda.current_device()}"
    assert xp.device_of(xp.zeros(3)) == xp.device


@pytest.mark.gpu
@needs_cuda
def test_pinned_transfers_equal_plain_ones() -> None:
    """Staging in page-locked memory changes no value, in both directions."""
    xp: Any = ab.get_backend("pytorch", device="cuda")
    x = xp.asarray(np.arange(1000.0), device="cpu")
    there = xp.to_device(x, "cuda", non_blocking=True, pin=True)
    xp.synchronize()
    back = xp.to_device(there, "cpu", pin=True)
    np.testing.assert_array_equal(xp.to_numpy(back), xp.to_numpy(x))


@pytest.mark.gpu
@needs_cuda
def test_the_limit_of_cuda_memory_is_kept() -> None:
    """A request above the fraction is refused before allocation."""
    xp: Any = ab.get_backend("pytorch", device="cuda")
    try:
        limit = xp.memory_limit(0.5)
        with pytest.raises(ab.MemoryLimitError, match="cuda"):
            xp.zeros(limit // 8 + 1)
    finally:
        xp.memory_limit(1.0)
