"""The memory of this process and of its machine, for libraries whose arrays live on the host."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from arraybackends.errors import DTypeError
from arraybackends.protocol import MemoryStats

__all__ = ["HostMemory", "check_autocast_dtype", "resident_memory", "total_memory"]

_shares: dict[str, float] = {}


def resident_memory() -> MemoryStats:
    """
    Bytes that this process holds in memory, whatever for, and the most it has held.

    Returns
    -------
    MemoryStats
        From `/proc` on Linux; elsewhere the present is as unknown as the peak and both are that of
        `getrusage`, or zero where there is no such call.
    """
    with contextlib.suppress(OSError):
        fields = dict(
            line.split(":", 1)
            for line in Path("/proc/self/status").read_text().splitlines()
            if line.startswith("Vm")
        )
        held, peak = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        return MemoryStats(held, max(held, peak))
    try:
        import resource
    except ImportError:
        return MemoryStats(0, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return MemoryStats(peak, peak)


def total_memory() -> int:
    """Bytes of memory that this process may use: the machine's, or its control group's limit."""
    if not hasattr(os, "sysconf"):  # Windows does not tell
        return sys.maxsize
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            total = min(total, int(Path(path).read_text()))
    return total


def check_autocast_dtype(dtype: Any, /) -> None:
    """
    Refuse dtypes that products cannot be computed in at lower precision.

    Raises
    ------
    DTypeError
        If it is none of float16, bfloat16 and float32; None is the library's choice.
    """
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    if dtype is not None and name.rpartition(".")[2] not in ("float16", "bfloat16", "float32"):
        raise DTypeError(
            f"Argument `dtype` must be 'float16', 'bfloat16' or 'float32', but is {dtype!r}."
        )


class HostMemory:
    """Memory and synchronisation of a backend that computes on the host, at once."""

    device: str

    def devices(self) -> tuple[str, ...]:
        """Names of the devices there are: the host, unless the class says otherwise."""
        return (self.device,)

    def synchronize(self) -> None:
        """Return at once: every result is there when the call returns."""

    def memory_stats(self) -> dict[str, MemoryStats]:
        """Memory of the whole process: the library does not count what its arrays take."""
        return dict.fromkeys(self.devices(), resident_memory())

    def memory_limit(self, fraction: float | None = None, /) -> int:
        """Bytes that arrays may take; the limit is advice to callers, nothing enforces it."""
        if fraction is not None:
            if not 0.0 < fraction <= 1.0:
                raise ValueError(f"Argument `fraction` must be in (0, 1], but is {fraction!r}.")
            _shares[self.device] = float(fraction)
        return int(_shares.get(self.device, 1.0) * total_memory())

    def empty_cache(self) -> None:
        """Do nothing: the library keeps no memory that it does not use."""

    def autocast(self, dtype: Any = None, /) -> contextlib.AbstractContextManager[None]:
        """Check the dtype and change nothing: the library computes in the dtype of its inputs."""
        check_autocast_dtype(dtype)
        return contextlib.nullcontext()
