"""The doors between Python, NumPy, other libraries, devices and JAX."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from arraybackends.errors import DTypeError
from arraybackends.precision import DEFAULT_DTYPES, Precision, dtype_name

__all__ = ["Conversion"]


class Conversion:
    """What gets arrays in and out, to other devices and to other dtypes."""

    if TYPE_CHECKING:
        name: ClassVar[str]
        native: ModuleType
        device: str
        precision: Precision

        def _native_dtype(self, dtype: Any) -> Any: ...
        def _native_device(self, device: Any) -> Any: ...
        def _placement(self, device: Any) -> Any: ...
        def _resolve_device(self, device: Any) -> str: ...
        def device_of(self, x: Any, /) -> str: ...
        def dtype_name(self, dtype: Any, /) -> str: ...

    def is_array(self, x: Any, /) -> bool:
        # A tracer is a `jax.Array` in some transformations and not in others.
        return isinstance(x, (self.native.Array, self.native.core.Tracer))

    def _shapes_of(self, fn: Callable[..., Any], /, *arrays: Any) -> Any:
        """Trace `fn`, and compile nothing."""
        return self.native.eval_shape(fn, *arrays)

    def _is_traced(self, x: Any, /) -> bool:
        return isinstance(x, self.native.core.Tracer)

    def _outside_transforms(self) -> AbstractContextManager[None]:
        # What is made in it of known values is known under `jit` too, and may outlive that.
        context: AbstractContextManager[None] = self.native.ensure_compile_time_eval()
        return context

    def _require_array(self, x: Any) -> None:
        from arraybackends.adapters.jax.errors import array_operand

        array_operand(x)

    def asarray(
        self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
    ) -> Any:
        if self.is_array(obj):
            return self._from_own(obj, dtype, device, copy)
        if copy is False:
            raise ValueError(
                "Argument `copy` is False, but backend `jax` must copy an object of type "
                f"`{type(obj).__name__}`: its arrays are immutable. Leave `copy` away."
            )
        if isinstance(obj, (list, tuple)) and self._holds_own(obj):
            native = None if dtype is None else self._native_dtype(dtype)
            stacked = self.native.numpy.asarray(obj, dtype=native, device=self._placement(device))
            return self.astype(stacked, stacked.dtype, copy=False)
        return self._from_host(obj, dtype, device)

    def _holds_own(self, items: Any) -> bool:
        return any(
            self._holds_own(item) if isinstance(item, (list, tuple)) else self.is_array(item)
            for item in items
        )

    def _from_own(self, x: Any, dtype: Any, device: Any, copy: bool | None) -> Any:
        wanted = x.dtype if dtype is None else self._native_dtype(dtype)
        moves = device is not None and self._resolve_device(device) != self.device_of(x)
        if copy is False and (moves or wanted != x.dtype):
            raise ValueError(
                f"Argument `copy` is False, but an array of dtype {x.dtype.name} on device "
                f"{self.device_of(x)} must be copied to have dtype {wanted.name} on device "
                f"{device or self.device_of(x)}. Leave `copy` away."
            )
        return self.astype(x, wanted, copy=bool(copy), device=device if moves else None)

    def _from_host(self, obj: Any, dtype: Any, device: Any) -> Any:
        """Copy numbers, sequences, buffers or NumPy arrays in; memory is never shared (row 96)."""
        from arraybackends.adapters.host import host_array, is_host_array

        host = host_array(
            obj,
            dtype=None if dtype is None else dtype_name(self._native_dtype(dtype)),
            defaults=DEFAULT_DTYPES[self.precision],
            backend=self.name,
        )
        if dtype is None and not is_host_array(obj) and host.dtype.kind in "iu":
            host = self._with_default_width(host)
        self._native_dtype(host.dtype)
        # JAX may keep this copy as its memory; `jax.numpy.array` would compile for each shape.
        return self.native.device_put(host.copy(order="C"), self._placement(device))

    def _with_default_width(self, host: Any) -> Any:
        """Python integers as int64, or as int32 while x64 is off."""
        from arraybackends.adapters.jax.dtypes import default_integer

        wanted = default_integer()
        narrowed = host.astype(wanted)
        if (narrowed != host).any():
            raise DTypeError(
                f"Argument `obj` holds integers that do not fit into {wanted.name}, the default "
                "integer dtype. Say which dtype is wanted with `dtype=`."
            )
        return narrowed

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
        from arraybackends.adapters.host import imported

        if self.is_array(x):
            return self.asarray(x, device=device, copy=copy is not False)
        if copy is False:
            # JAX narrows a 64-bit array in silence while x64 is off (row 101).
            self._native_dtype(x.dtype)
            shared = self.native.numpy.from_dlpack(x, copy=False)
            return shared if device is None else self.asarray(shared, device=device, copy=False)
        if device is None and not self.device.startswith("cpu"):
            device = "cpu"
        # By way of NumPy, which takes any strides (row 102); the copy breaks the alias (row 95).
        return self._from_host(imported(x, copy=None), None, device)

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        import numpy as np

        self._require_array(x)
        return np.array(x) if copy else np.asarray(x)

    def pack_half(self, x: Any, /, *, out: Any = None) -> Any:
        from arraybackends.adapters.jax.half import pack

        self._require_array(x)
        return pack(self, x, out)

    def unpack_half(self, x: Any, /) -> Any:
        from arraybackends.adapters.jax.half import unpack

        self._require_array(x)
        return unpack(self, x)

    def to_device(
        self, x: Any, device: Any, /, *, non_blocking: bool = False, pin: bool = False
    ) -> Any:
        self._require_array(x)
        target = self._native_device(device)
        if isinstance(x, self.native.core.Tracer):
            return self.native.device_put(x, target)
        if x.devices() == {target}:
            return x
        moved = self.native.device_put(x, target)
        return moved if non_blocking else moved.block_until_ready()

    def astype(self, x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
        self._require_array(x)
        wanted = self._native_dtype(dtype)
        if x.dtype.kind == "c" and wanted.kind != "c":
            raise DTypeError(
                f"Argument `x` has dtype {x.dtype.name}, and {wanted.name} would drop imaginary "
                "parts. Take `xp.real` first."
            )
        if device is not None:
            x = self.to_device(x, device)
        if x.dtype != wanted or x.weak_type:
            # An explicit dtype strips the weak type too (row 6).
            return self.native.lax.convert_element_type(x, wanted)
        return self.native.numpy.array(x, copy=True) if copy else x
