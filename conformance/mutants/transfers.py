"""Values that are fetched to the host, and sent back, in silence."""

from __future__ import annotations

from typing import Any

from arraybackends.adapters import PyTorchBackend
from mutants.declaration import wrong

LAW = "test_transfers.py::test_operations_look_at_no_value"


@wrong("roll", f"{LAW}[roll]", on=PyTorchBackend, error=NotImplementedError)
def roll_on_the_host(xp: Any, right: Any) -> Any:
    """`roll` goes through NumPy."""
    return lambda x, /, shift, *, axis=None: xp.to_device(
        right(x.cpu(), shift, axis=axis), x.device
    )


@wrong("clip", f"{LAW}[clip]", on=PyTorchBackend, error=RuntimeError)
def clip_looks_first(xp: Any, right: Any) -> Any:
    """`clip` asks for the largest element, and returns early."""

    def function(x: Any, /, min: Any = None, max: Any = None) -> Any:
        within = x.numel() and isinstance(max, float) and x.max().item() <= max
        return right(x, min) if within else right(x, min, max)

    return function
