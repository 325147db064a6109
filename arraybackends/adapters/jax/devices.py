"""Devices by name, and what their memory holds."""

from __future__ import annotations

import contextlib
import functools
import gc
import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from arraybackends.adapters.process import check_autocast_dtype, total_memory
from arraybackends.errors import DeviceError, MemoryLimitError
from arraybackends.protocol import MemoryStats

__all__ = ["Devices"]

_CERTAINLY_FITS = 2**28
"""Requests below so many bytes are not looked at: asking for the limit costs microseconds."""

_limits: dict[str, int] = {}
_peaks: dict[str, int] = {}


@functools.cache
def _name(device: Any) -> str:
    platform = device.platform
    if platform == "gpu":
        platform = "rocm" if "rocm" in device.client.platform_version else "cuda"
    return f"{platform}:{device.id}"


@functools.cache
def _all(jax: Any) -> dict[str, Any]:
    """Return the devices of this process by name, those of the default platform first."""
    devices = list(jax.local_devices())
    if devices[0].platform != "cpu":
        # JAX_PLATFORMS may leave the CPU out.
        with contextlib.suppress(RuntimeError):
            devices += jax.local_devices(backend="cpu")
    return {_name(device): device for device in devices}


def _default_name(jax: Any) -> str:
    chosen = jax.config.jax_default_device
    return _name(chosen) if chosen is not None else next(iter(_all(jax)))


class Devices:
    """The devices of JAX; `"cpu"` means `"cpu:0"`."""

    native: ModuleType
    device: str

    if TYPE_CHECKING:

        def _require_array(self, x: Any) -> None: ...

    def devices(self) -> tuple[str, ...]:
        return tuple(_all(self.native))

    def _resolve_device(self, device: Any) -> str:
        jax: Any = self.native
        if device is None:
            # JAX itself puts an accelerator first.
            return _default_name(jax)
        if isinstance(device, jax.Device):
            return _name(device)
        devices = _all(jax)
        if isinstance(device, str):
            platform, _, number = device.lower().partition(":")
            if platform == "gpu":
                platform = next((n.partition(":")[0] for n in devices if n[:3] != "cpu"), "gpu")
            name = f"{platform}:{number or 0}"
            if name in devices:
                return name
        raise DeviceError(
            f"Argument `device` is {device!r}, which JAX does not have. "
            f"It has: {', '.join(devices)}."
        )

    def _native_device(self, device: Any) -> Any:
        return _all(self.native)[self._resolve_device(device)]

    def _placement(self, device: Any) -> Any:
        """Return the device for a new array; None where that is JAX's own default."""
        jax: Any = self.native
        name = self.device if device is None else self._resolve_device(device)
        # Naming the device doubles the time that JAX takes to make a small array.
        return None if name == _default_name(jax) else _all(jax)[name]

    def device_of(self, x: Any, /) -> str:
        jax: Any = self.native
        self._require_array(x)
        while isinstance(x, jax.core.Tracer):
            # Tracers have no device (jax-ml/jax#26000), but some hold an array that has.
            inner = getattr(x, "primal", getattr(x, "val", None))
            if inner is None:
                return self.device
            x = inner
        if not isinstance(x, jax.Array):
            return self.device
        devices = x.devices()
        if self.device in map(_name, devices):
            return self.device
        return min(map(_name, devices))

    # Memory

    def _reserve(self, shape: tuple[int, ...], dtype: Any, device: Any = None) -> None:
        """Refuse an array that cannot fit: JAX aborts the process on an absurd allocation."""
        needed = math.prod(shape) * dtype.itemsize
        if needed < _CERTAINLY_FITS:
            return
        name = self.device if device is None else self._resolve_device(device)
        device = self._native_device(name)
        limit = _limit(name, device)
        if needed > limit:
            free = max(limit - _stats(self.native, name, device).allocated, 0)
            raise MemoryLimitError(
                f"An array of shape {shape} and dtype {dtype.name} needs {_size(needed)}, but "
                f"device {name} has a limit of {_size(limit)}, of which {_size(free)} are free. "
                "Use a smaller shape, a narrower dtype, or a part at a time (`chunk_size` of "
                "`xp.vmap`)."
            )

    def memory_limit(self, fraction: float | None = None, /) -> int:
        device = self._native_device(self.device)
        if fraction is not None:
            if not 0 < fraction <= 1:
                raise ValueError(f"Argument `fraction` must be in (0, 1], but is {fraction!r}.")
            _limits[self.device] = int(fraction * _total(device))
        return _limit(self.device, device)

    def memory_stats(self) -> Mapping[str, MemoryStats]:
        jax: Any = self.native
        return {name: _stats(jax, name, device) for name, device in _all(jax).items()}

    def synchronize(self) -> None:
        jax: Any = self.native
        jax.effects_barrier()
        jax.block_until_ready([x for x in jax.live_arrays() if not x.is_deleted()])

    def empty_cache(self) -> None:
        # XLA keeps no cache that could be given back; only arrays in reference cycles are.
        gc.collect()

    def autocast(self, dtype: Any = None, /) -> AbstractContextManager[None]:
        jax: Any = self.native
        check_autocast_dtype(dtype)
        # XLA knows no float16 products of float32 arrays; bfloat16 is its lower precision.
        full = dtype is not None and str(getattr(dtype, "name", dtype)).endswith("float32")
        context: AbstractContextManager[None] = jax.default_matmul_precision(
            "float32" if full else "bfloat16"
        )
        return context


def _total(device: Any) -> int:
    stats = device.memory_stats()
    if stats and "bytes_limit" in stats:
        return int(stats["bytes_limit"])
    return total_memory()


def _limit(name: str, device: Any) -> int:
    return _limits.get(name) or _total(device)


def _stats(jax: Any, name: str, device: Any) -> MemoryStats:
    stats = device.memory_stats()
    if stats:
        return MemoryStats(int(stats["bytes_in_use"]), int(stats["peak_bytes_in_use"]))
    held = sum(
        shard.data.nbytes
        for x in jax.live_arrays()
        for shard in x.addressable_shards
        if shard.device == device
    )
    # Without a counter of the allocator, the peak is that of the moments looked at.
    _peaks[name] = max(held, _peaks.get(name, 0))
    return MemoryStats(held, _peaks[name])


def _size(n_bytes: int) -> str:
    for unit in ("B", "KiB", "MiB", "GiB", "TiB", "PiB"):
        if n_bytes < 1024:
            return f"{n_bytes:.4g} {unit}"
        n_bytes /= 1024  # type: ignore[assignment]
    return f"{n_bytes:.4g} EiB"
