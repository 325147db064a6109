"""Which backend: argument, context, process default, environment, in that order, then NumPy.

Nothing here imports an array library until a backend is chosen, and nothing is ever substituted:
an unknown name, a missing library and a missing device are three different errors.
"""

from __future__ import annotations

from arraybackends.selection.choice import (
    current_name,
    current_precision,
    get_backend,
    provenance,
    set_backend,
    use_backend,
)
from arraybackends.selection.owner import backend_of
from arraybackends.selection.registry import BackendStatus, available_backends, backend_class

__all__ = [
    "BackendStatus",
    "available_backends",
    "backend_class",
    "backend_of",
    "current_name",
    "current_precision",
    "get_backend",
    "provenance",
    "set_backend",
    "use_backend",
]
