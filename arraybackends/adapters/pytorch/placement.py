"""Where tensors are: names of devices, the default device, and moving between devices."""

from __future__ import annotations

import functools
from typing import Any

import torch
import torch.utils._device

from arraybackends.errors import DeviceError

__all__ = ["available", "default_device", "move", "name_of", "resolve"]


def available() -> tuple[str, ...]:
    """Names of the devices that hold data."""
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is None:
        return ("cpu",)
    if accelerator.type == "mps":
        return ("cpu", "mps")
    count = torch.accelerator.device_count()
    return ("cpu", *(f"{accelerator.type}:{index}" for index in range(count)))


def resolve(device: Any) -> torch.device:
    """Return the device for a name or a native device, or refuse one that cannot be used."""
    try:
        resolved = torch.device(device)
        if resolved.type not in ("cpu", "meta"):
            torch.empty(0, device=resolved)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise DeviceError(
            f"Argument `device` is {device!r}, but PyTorch cannot use such a device here. "
            f"It has: {', '.join(available())}, and 'meta', which holds no data."
        ) from error
    return resolved


@functools.cache
def _find_accelerator(precision: str) -> torch.device | None:
    """Return the accelerator, if there is one that has the precision: without an index."""
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is not None and accelerator.type == "mps" and precision == "double":
        return None
    return accelerator


# The compiler warns where it would see through a cache.
@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _accelerator(precision: str) -> torch.device | None:
    return _find_accelerator(precision)


def default_device(precision: str) -> torch.device | None:
    """Return where arrays go that nobody has placed; None leaves it to PyTorch."""
    # The public `torch.get_default_device` cannot tell "cpu" from nothing set by the user.
    if torch.utils._device.CURRENT_DEVICE is not None:
        return None
    accelerator: torch.device | None = _accelerator(precision)
    return accelerator


def name_of(device: torch.device) -> str:
    """Return the name of a device, with the index of the current one where it has none."""
    if device.type in ("cpu", "meta", "mps"):
        return device.type  # "cpu:0" is the CPU
    index: int | None = device.index
    return f"{device.type}:{torch.accelerator.current_device_index() if index is None else index}"


def move(x: torch.Tensor, device: torch.device, *, non_blocking: bool, pin: bool) -> torch.Tensor:
    """Return a tensor on a device."""
    if pin and x.device.type == "cpu" and device.type == "cuda":
        x = x.pin_memory()
    elif pin and x.device.type == "cuda" and device.type == "cpu":
        staged = torch.empty_like(x, device=device, pin_memory=True)
        staged.copy_(x, non_blocking=non_blocking)
        return staged
    return x.to(device, non_blocking=non_blocking)
