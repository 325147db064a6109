"""Arrays where they should not be."""

from __future__ import annotations

from typing import Any

from arraybackends import DeviceError
from arraybackends.adapters import NumPyBackend, StrictBackend
from arraybackends.protocol import MemoryStats
from mutants.declaration import killed_by, wrong

STAY = "test_devices.py::test_arrays_are_made_and_stay_where_asked"


@wrong("arange", STAY, on=StrictBackend)
def arange_on_the_default_device(xp: Any, right: Any) -> Any:
    """`arange` ignores `device`."""
    return lambda *args, device=None, **options: right(*args, **options)


@wrong("linspace", "test_claims.py::test_creation_on_every_device[linspace]", on=StrictBackend)
def linspace_on_the_default_device(xp: Any, right: Any) -> Any:
    """`linspace` ignores `device`."""
    return lambda *args, device=None, **options: right(*args, **options)


@wrong("zeros_like", STAY, on=StrictBackend)
def zeros_like_on_the_default_device(xp: Any, right: Any) -> Any:
    """`zeros_like` makes its result on the default device, not beside its argument."""
    return lambda x, /, *, dtype=None, device=None: right(
        x, dtype=dtype, device=device or xp.device
    )


@killed_by(STAY)
class MovesNothing(StrictBackend):
    """`to_device` returns its argument."""

    def to_device(self, x: Any, device: Any, /, **options: Any) -> Any:
        return x


@killed_by(STAY)
class IsEverywhereOnTheHost(StrictBackend):
    """`device_of` is a constant."""

    def device_of(self, x: Any, /) -> str:
        return self.device


@killed_by("test_contract.py::test_with_options_changes_only_what_is_named")
class KeepsItsDevice(StrictBackend):
    """`with_options` ignores `device`."""

    def with_options(self, *, device: Any = None, precision: Any = None) -> Any:
        return type(self)(device=self.device, precision=precision or self.precision)


@killed_by("test_devices.py::test_unknown_device_is_an_error")
class TakesAnyDeviceForTheHost(NumPyBackend):
    """A device that does not exist is the host."""

    def _resolve_device(self, device: Any) -> str:
        try:
            return super()._resolve_device(device)
        except DeviceError:
            return "cpu"


@killed_by("test_claims.py::test_memory_is_really_counted")
class CountsNoMemory(NumPyBackend):
    """`memory_stats` is always zero."""

    def memory_stats(self) -> dict[str, MemoryStats]:
        return dict.fromkeys(self.devices(), MemoryStats(0, 0))
