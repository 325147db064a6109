"""The exceptions and warnings of arraybackends: one small tree.

Every exception derives from `ArrayBackendsError` and from the built-in class that a caller would
expect (`ValueError`, `TypeError`, `ImportError`, ...), so that code which knows nothing of this
package still catches what it means.
"""

from __future__ import annotations

__all__ = [
    "ArrayBackendsError",
    "ArrayBackendsWarning",
    "AxisError",
    "BackendBrokenError",
    "BackendMismatchError",
    "BackendNotInstalledError",
    "CapabilityError",
    "CompilationError",
    "CompilationFallbackWarning",
    "DTypeError",
    "DeviceError",
    "EnvironmentVariableWarning",
    "GradientError",
    "GradientFallbackWarning",
    "LinAlgError",
    "MemoryLimitError",
    "ShapeError",
    "UnknownBackendError",
]


class ArrayBackendsError(Exception):
    """Base class of every exception that arraybackends raises by itself."""


class UnknownBackendError(ArrayBackendsError, ValueError):
    """The name is not that of any backend; the message suggests and lists the known ones."""


class BackendNotInstalledError(ArrayBackendsError, ImportError):
    """The backend is known but its library is not installed; the message has the install line."""


class BackendBrokenError(ArrayBackendsError, ImportError):
    """The backend's library or plug-in is there but cannot be imported; the cause is chained."""


class BackendMismatchError(ArrayBackendsError, TypeError):
    """An array of one backend was given to another, or arrays of two backends were mixed."""


class CapabilityError(ArrayBackendsError, RuntimeError):
    """The backend has no such capability; `capabilities` tells before the call."""


class DeviceError(ArrayBackendsError, ValueError):
    """The device does not exist, cannot be used, or differs between the arguments."""


class DTypeError(ArrayBackendsError, TypeError):
    """The dtype is unknown, cannot be had on this backend, or is not allowed for the operation."""


class ShapeError(ArrayBackendsError, ValueError):
    """Shapes do not fit each other or the operation."""


class AxisError(ShapeError, IndexError):
    """An axis is out of range or repeated."""


class LinAlgError(ArrayBackendsError, ValueError):
    """A matrix is singular, not positive definite, or a decomposition did not converge."""


class GradientError(ArrayBackendsError, RuntimeError):
    """A derivative cannot be had; the message says where it was lost."""


class CompilationError(ArrayBackendsError, RuntimeError):
    """The compiler of the backend rejected a function; the cause is chained."""


class MemoryLimitError(ArrayBackendsError, MemoryError):
    """The arrays asked for would not fit; refused before any allocation."""


class ArrayBackendsWarning(UserWarning):
    """Base class of every warning that arraybackends gives by itself."""


class GradientFallbackWarning(ArrayBackendsWarning):
    """A gradient comes from finite differences; the message names the reason."""


class CompilationFallbackWarning(ArrayBackendsWarning):
    """A function runs uncompiled after its compilation failed; the message names the cause."""


class EnvironmentVariableWarning(ArrayBackendsWarning):
    """An `ARRAYBACKENDS_*` environment variable is not one that arraybackends reads."""
