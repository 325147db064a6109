"""Write array code once; run it on NumPy, PyTorch, JAX and CuPy.

>>> import arraybackends as ab
>>> xp = ab.get_backend("numpy")
>>> xp.linalg.vector_norm(xp.asarray([3.0, 4.0]))
array(5.)

Importing this package loads no array library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends import errors
from arraybackends.errors import *  # noqa: F403
from arraybackends.selection import (
    BackendStatus,
    available_backends,
    backend_of,
    get_backend,
    provenance,
    set_backend,
    use_backend,
)

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend, Capabilities

    backend: ArrayBackend[Any]

__version__ = "0.1.0"

__all__ = [
    "ArrayBackend",
    "BackendStatus",
    "Capabilities",
    "available_backends",
    "backend",
    "backend_of",
    "get_backend",
    "provenance",
    "set_backend",
    "use_backend",
]
__all__ += errors.__all__


def __getattr__(name: str) -> Any:
    # `backend` is looked up at each use: a stored one would go stale with the next `set_backend`.
    if name == "backend":
        return get_backend()
    if name in {"ArrayBackend", "Capabilities"}:
        from arraybackends import protocol

        return getattr(protocol, name)
    raise AttributeError(f"Module `arraybackends` has no attribute `{name}`.")


def __dir__() -> list[str]:
    return sorted(__all__)
