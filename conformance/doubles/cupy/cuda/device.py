"""`cupy.cuda.Device`."""

from __future__ import annotations

from typing import Any, Self

__all__ = ["Device"]

_MEMORY = 1 << 33


class Device:
    """The one device."""

    def __init__(self, device: Any = None) -> None:
        self.id = 0 if device is None else int(getattr(device, "id", device))
        if self.id != 0:
            raise RuntimeError("cudaErrorInvalidDevice: invalid device ordinal")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"

    @property
    def mem_info(self) -> tuple[int, int]:
        """Free and total bytes."""
        return _MEMORY, _MEMORY

    def synchronize(self) -> None:
        """Return at once: nothing runs."""
