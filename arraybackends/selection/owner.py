"""The backend that arrays belong to."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ArrayBackendsError, BackendMismatchError, DeviceError
from arraybackends.selection.choice import current_name, get_backend, instance
from arraybackends.selection.environment import precision_setting
from arraybackends.selection.registry import known_names, load, naming_the_broken, plugins

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["backend_of"]

# Packages that define the array types of a backend, tracers included.
_OWNERS = {
    "numpy": "numpy",
    "torch": "pytorch",
    "jax": "jax",
    "jaxlib": "jax",
    "cupy": "cupy",
    "array_api_strict": "strict",
}


def _owner_of(array_type: type) -> str | None:
    for base in array_type.__mro__:
        owner = _OWNERS.get(base.__module__.partition(".")[0])
        if owner is not None:
            return owner
    return None


def _plugin_owner_of(x: Any) -> str | None:
    """Ask the plug-ins, as a last resort: this loads them, and a broken one is passed over."""
    for name in plugins():
        with contextlib.suppress(ArrayBackendsError), naming_the_broken(name, "using it"):
            # With the precision that it prefers, since not every library has both.
            if load(name)().is_array(x):
                return name
    return None


def backend_of(*arrays: Any) -> ArrayBackend[Any]:
    """
    Backend that arrays belong to, on the device where they are.

    Parameters
    ----------
    *arrays : arrays
        Native arrays, traced ones included. Python numbers are passed over.

    Returns
    -------
    ArrayBackend
        With the options of the current backend, if that is the same one, and else with the
        precision of the widest floating-point array.

    Raises
    ------
    BackendMismatchError
        If arrays of two backends are mixed; the message names both.
    DeviceError
        If arrays are on two devices.
    TypeError
        If there is no array among the arguments.

    Examples
    --------
    >>> import numpy as np
    >>> backend_of(np.ones(2)).name
    'numpy'
    """
    found = {
        position: x
        for position, x in enumerate(arrays)
        if type(x) not in (bool, int, float, complex)
    }
    if not found:
        raise TypeError(
            f"Argument `arrays` must hold at least one array, but is {arrays!r}. "
            "Use `get_backend()` for the current backend."
        )
    owners = {position: _owner_of(type(x)) or _plugin_owner_of(x) for position, x in found.items()}
    names = sorted({owner for owner in owners.values() if owner is not None})
    if len(names) > 1:
        raise BackendMismatchError(
            f"Arrays of the backends {' and '.join(f'`{name}`' for name in names)} are mixed. "
            "Convert them to one backend with `xp.from_dlpack`."
        )
    backend = _backend_like(names[0], list(found.values())) if names else None
    for position, x in found.items():
        # Libraries have more than arrays: dtypes, devices, modules, compiled functions.
        if backend is None or owners[position] is None or not backend.is_array(x):
            raise TypeError(
                f"Argument {position} is of type `{type(x).__module__}.{type(x).__qualname__}`, "
                f"which is no array of any known backend ({', '.join(known_names())})."
            )
    assert backend is not None
    devices = sorted({backend.device_of(x) for x in found.values()})
    if len(devices) > 1:
        raise DeviceError(
            f"Arrays are on the devices {' and '.join(devices)}. Move them to one device with "
            "`xp.to_device`."
        )
    if backend.device != devices[0]:
        backend = backend.with_options(device=devices[0])
    return backend


def _backend_like(name: str, arrays: list[Any]) -> ArrayBackend[Any]:
    """Return the current backend if it is called `name`, else one with the arrays' precision."""
    if current_name() == name:
        return get_backend()
    dtypes = {str(getattr(x, "dtype", "")).rpartition(".")[2] for x in arrays}
    if dtypes & {"float64", "complex128"}:
        return instance(name, None, "double")
    if dtypes & {"float32", "complex64"}:
        return instance(name, None, "single")
    return instance(name, None, precision_setting())
