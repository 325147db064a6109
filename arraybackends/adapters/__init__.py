"""One adapter per array library. Importing this package, or naming a class, loads no library."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arraybackends.adapters.cupy import CuPyBackend
    from arraybackends.adapters.jax import JAXBackend
    from arraybackends.adapters.numpy import NumPyBackend
    from arraybackends.adapters.pytorch import PyTorchBackend
    from arraybackends.adapters.strict import StrictBackend

__all__ = ["CuPyBackend", "JAXBackend", "NumPyBackend", "PyTorchBackend", "StrictBackend"]

_MODULES = {name: name.removesuffix("Backend").lower() for name in __all__}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"Module `{__name__}` has no attribute `{name}`.")
