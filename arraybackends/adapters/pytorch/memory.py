"""Memory of the devices: what is held, what may be held, and giving back."""

from __future__ import annotations

import gc
import math

import torch

from arraybackends.adapters.process import total_memory
from arraybackends.adapters.pytorch import placement
from arraybackends.errors import MemoryLimitError
from arraybackends.protocol import MemoryStats

__all__ = ["empty_cache", "free", "limit", "reserve", "set_limit", "stats", "synchronize"]

_CERTAINLY_FITS = 2**28
"""Requests below so many bytes are not looked at: asking for the limit costs microseconds."""

_host_peak = 0
_host_fraction = 1.0


def stats() -> dict[str, MemoryStats]:
    """Bytes of each device: of the accelerator's allocator, of the live tensors on the host."""
    found = {}
    for name in placement.available():
        if name == "cpu":
            found[name] = _host_stats()
        elif name == "mps":
            held = torch.mps.current_allocated_memory()
            found[name] = MemoryStats(held, held)
        else:
            found[name] = MemoryStats(
                torch.accelerator.memory_allocated(name),
                torch.accelerator.max_memory_allocated(name),
            )
    return found


def _host_stats() -> MemoryStats:
    """Count the storages of live tensors: PyTorch keeps no account of host memory, nor a peak."""
    global _host_peak
    storages = {}
    for candidate in gc.get_objects():
        if issubclass(type(candidate), torch.Tensor) and candidate.device.type == "cpu":
            try:
                storage = candidate.untyped_storage()
            except RuntimeError:
                continue  # sparse tensors and those of `torch.func` have none
            # The compiler's tensors are on the host, and their storage on no device.
            if storage.device.type == "cpu":
                storages[storage._cdata] = storage.nbytes()
    held = sum(storages.values())
    _host_peak = max(held, _host_peak)
    return MemoryStats(held, _host_peak)


def limit(device: torch.device) -> int:
    """Bytes that tensors may take on a device."""
    if device.type == "cuda":
        return int(torch.cuda.get_per_process_memory_fraction(device) * _total(device))
    return int(_host_fraction * _total(device))


def set_limit(device: torch.device, fraction: float) -> None:
    """Limit the share of a device's memory that tensors may take."""
    global _host_fraction
    if not 0 < fraction <= 1:
        raise ValueError(f"Argument `fraction` must be in (0, 1], but is {fraction!r}.")
    if device.type == "cuda":
        torch.cuda.set_per_process_memory_fraction(fraction, device)
    elif device.type == "mps":
        torch.mps.set_per_process_memory_fraction(fraction)
    else:
        _host_fraction = fraction


def _total(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.accelerator.get_memory_info(device)[1]
    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    return total_memory()


def reserve(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | None) -> None:
    """Refuse a tensor that cannot fit: the system would kill the process that fills it."""
    needed = math.prod(shape) * dtype.itemsize
    if needed < _CERTAINLY_FITS:
        return
    place = torch.empty(0).device if device is None else device
    if place.type == "meta":
        return
    allowed = limit(place)
    if needed > allowed:
        raise MemoryLimitError(
            f"An array of shape {shape} and dtype {str(dtype).removeprefix('torch.')} needs "
            f"{_size(needed)}, but device {placement.name_of(place)} has a limit of "
            f"{_size(allowed)}, of which {free(place)} are free. Use a smaller shape, a narrower "
            "dtype, or a part at a time (`chunk_size` of `xp.vmap`)."
        )


def free(device: torch.device) -> str:
    """Say how much tensors may still take on a device."""
    held = stats().get(placement.name_of(device), MemoryStats(0, 0)).allocated
    return _size(max(limit(device) - held, 0))


def _size(n_bytes: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB", "TiB", "PiB"):
        if n_bytes < 1024:
            return f"{n_bytes:.4g} {unit}"
        n_bytes /= 1024
    return f"{n_bytes:.4g} EiB"


def synchronize(device: torch.device) -> None:
    """Wait for the work queued on a device; the CPU computes synchronously."""
    if device.type not in ("cpu", "meta"):
        torch.accelerator.synchronize(device)


def empty_cache() -> None:
    """Give unused memory of the accelerator's allocator back; the host's has no cache."""
    gc.collect()
    if torch.accelerator.is_available():
        torch.accelerator.empty_cache()
