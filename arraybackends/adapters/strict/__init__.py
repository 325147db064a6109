"""The strict backend: array-api-strict, which has nothing but the standard.

It is for tests. Cross-kind promotion raises, arrays on `device1` and `device2` cannot reach the
host by accident, and whatever code takes from NumPy beyond the standard fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.adapters.creation import CreatingBackend
from arraybackends.adapters.process import HostMemory
from arraybackends.errors import DeviceError
from arraybackends.generic.eager import EagerTransforms
from arraybackends.generic.numerics import StandardNumerics
from arraybackends.precision import DEFAULT_DTYPES
from arraybackends.protocol import Capabilities

if TYPE_CHECKING:
    from array_api_strict._array_object import Array

    from arraybackends.protocol import ArrayBackend

__all__ = ["StrictBackend"]

_DEVICES = ("CPU_DEVICE", "device1", "device2")


class StrictBackend(EagerTransforms, StandardNumerics, HostMemory, CreatingBackend["Array"]):
    """
    array-api-strict as an array backend, for tests.

    Parameters
    ----------
    device : {"CPU_DEVICE", "device1", "device2"} or array_api_strict.Device, optional
        The library's devices with all dtypes; the default is the first.
    precision : {"double", "single"}, optional
    """

    name = "strict"
    _namespace = "arraybackends.adapters.strict.namespace"
    _capabilities = Capabilities(
        autodiff=False,
        jit=False,
        compiles_complex=False,
        vmap=False,
        immutable=False,
        unsigned_arithmetic=True,
        raises_on_singular=True,
        checks_bounds=True,
        data_dependent_shapes=True,
        flushes_subnormals=False,
        devices_differ=True,
        memory_stats=False,
        max_dimensions=64,
    )

    # Devices

    def _resolve_device(self, device: Any) -> str:
        if device is None:
            return _DEVICES[0]
        for name in _DEVICES:
            if device == name or device == self.native.Device(name):
                return name
        raise DeviceError(
            f"Argument `device` is {device!r}, but backend `strict` has only the devices "
            f"{', '.join(map(repr, _DEVICES))}."
        )

    def _native_device(self, device: Any) -> Any:
        return self.native.Device(super()._native_device(device))

    def devices(self) -> tuple[str, ...]:
        return _DEVICES

    # Conversion

    def is_array(self, x: Any, /) -> bool:
        from arraybackends.adapters.strict.namespace import Array

        return isinstance(x, Array)

    def device_of(self, x: Any, /) -> str:
        return self._resolve_device(x.device)

    def asarray(
        self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
    ) -> Any:
        if self.is_array(obj):
            if device is not None:
                obj = self.to_device(obj, device)
            wanted = obj.dtype if dtype is None else self._native_dtype(dtype)
            if copy is False and wanted != obj.dtype:
                raise ValueError(
                    f"Argument `copy` is False, but `obj` has dtype {obj.dtype}, not {wanted}."
                )
            return self.astype(obj, wanted, copy=bool(copy))
        from arraybackends.adapters.host import host_array, is_host_array

        host = host_array(
            obj,
            dtype=None if dtype is None else self.dtype_name(dtype),
            defaults=DEFAULT_DTYPES[self.precision],
            backend=self.name,
            copy=True if copy is None and is_host_array(obj) else copy,
        )
        return self.native.asarray(host, device=self._native_device(device), copy=copy)

    def astype(self, x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
        from arraybackends.adapters.strict.namespace import require_own, translated

        require_own("astype", x)
        place = x.device if device is None else self._native_device(device)
        try:
            return self.native.astype(x, self._native_dtype(dtype), copy=copy, device=place)
        except TypeError as error:
            raise translated(error, "astype", (x, dtype), {}) from error

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        from arraybackends.adapters.host import exported, imported
        from arraybackends.adapters.strict.namespace import require_own

        require_own("to_numpy", x)
        return exported(imported(x, copy=False), copy=copy)

    def to_device(
        self, x: Any, device: Any, /, *, non_blocking: bool = False, pin: bool = False
    ) -> Any:
        return x.to_device(self._native_device(device))

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
        from arraybackends.adapters.host import imported

        must_copy = not self.is_array(x) if copy is None else copy
        return self.asarray(imported(x, copy=must_copy), device=device, copy=False)


if TYPE_CHECKING:

    def _conforms(backend: StrictBackend) -> ArrayBackend[Array]:
        return backend
