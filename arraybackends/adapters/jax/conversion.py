"""The doors between Python, NumPy, other libraries, devices and JAX."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from arraybackends.errors import BackendMismatchError, DTypeError, ShapeError

__all__ = ["Conversion"]


def _leaves(obj: Any) -> Iterator[Any]:
    if isinstance(obj, (list, tuple)):
        for item in obj:
            yield from _leaves(item)
    else:
        yield obj


class Conversion:
    """`asarray`, `from_dlpack`, `to_numpy`, `to_device` and `astype`."""

    if TYPE_CHECKING:
        native: ModuleType
        device: str

        def _native_dtype(self, dtype: Any) -> Any: ...
        def _native_device(self, device: Any) -> Any: ...
        def _placement(self, device: Any) -> Any: ...
        def _require_array(self, x: Any) -> None: ...
        def device_of(self, x: Any, /) -> str: ...
        @property
        def _default_real(self) -> Any: ...
        @property
        def _default_complex(self) -> Any: ...

    def is_array(self, x: Any, /) -> bool:
        from arraybackends.adapters.jax.errors import is_array

        return is_array(x)

    def array(self, obj: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self.asarray(obj, dtype=dtype, device=device, copy=True)

    def asarray(
        self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
    ) -> Any:
        import numpy as np

        native = None if dtype is None else self._native_dtype(dtype)
        if self.is_array(obj):
            return self._from_own(obj, native, device, copy)
        if copy is False:
            raise ValueError(
                f"Argument `copy` is False, but backend `jax` must copy {type(obj).__name__} data: "
                "its arrays are immutable. Use `copy=None`."
            )
        if isinstance(obj, (np.ndarray, np.generic)):
            return self._from_host(obj, native, device)
        return self._from_python(obj, native, device)

    def _from_own(self, x: Any, dtype: Any, device: Any, copy: bool | None) -> Any:
        if copy is False and dtype not in (None, x.dtype):
            raise ValueError(
                f"Argument `copy` is False, but converting {x.dtype.name} to {dtype.name} copies."
            )
        if device is not None and self._resolve_device(device) != self.device_of(x):
            if copy is False:
                raise ValueError(
                    f"Argument `copy` is False, but moving from {self.device_of(x)} to {device} "
                    "copies."
                )
            x = self.to_device(x, device)
        x = self.astype(x, x.dtype if dtype is None else dtype, copy=False)
        return self.native.numpy.array(x, copy=True) if copy else x

    def _from_host(self, x: Any, dtype: Any, device: Any) -> Any:
        """Copy a NumPy array in; the result never shares its memory (rows 94-97)."""
        import numpy as np

        if dtype is None:
            dtype = self._native_dtype(x.dtype)
        elif x.dtype.kind == "c" and dtype.kind != "c":
            _refuse_complex_to_real(x.dtype, dtype)
        # Byte order, long double and object are for NumPy to convert (row 104).
        host = np.ascontiguousarray(x).astype(dtype, copy=False).reshape(np.shape(x))
        return self.native.numpy.array(host, dtype=dtype, copy=True, device=self._placement(device))

    def _from_python(self, obj: Any, dtype: Any, device: Any) -> Any:
        import numpy as np

        leaves = list(_leaves(obj))
        foreign = [leaf for leaf in leaves if not self._is_host_data(leaf)]
        if foreign:
            raise BackendMismatchError(
                f"Argument `obj` is or holds a `{type(foreign[0]).__module__}."
                f"{type(foreign[0]).__qualname__}`, which is no array of backend `jax`. Convert it "
                "with `xp.from_dlpack`."
            )
        arrays = [leaf for leaf in leaves if self.is_array(leaf)]
        if arrays:
            if dtype is None:
                dtype = self.native.numpy.result_type(*leaves)
            return self.native.numpy.asarray(obj, dtype=dtype, device=self._placement(device))
        try:
            host = np.asarray(obj)
        except ValueError as error:
            raise ShapeError(f"Argument `obj` must not be ragged: {error}.") from error
        if dtype is None:
            dtype = self._default_dtype_of_kind(host.dtype)
        if host.dtype.kind == "c" and dtype.kind != "c":
            _refuse_complex_to_real(host.dtype, dtype)
        # From the Python numbers again, so that one that does not fit is an OverflowError.
        host = np.asarray(obj, dtype=dtype) if host.dtype.kind in "biuO" else host.astype(dtype)
        return self.native.numpy.array(host, dtype=dtype, device=self._placement(device))

    def _is_host_data(self, leaf: Any) -> bool:
        import numpy as np

        if self.is_array(leaf) or isinstance(
            leaf, (bool, int, float, complex, np.ndarray, np.generic, memoryview, bytearray)
        ):
            return True
        return not hasattr(leaf, "__dlpack__") and not hasattr(leaf, "__array__")

    def _default_dtype_of_kind(self, dtype: Any) -> Any:
        from arraybackends.adapters.jax.dtypes import DTYPES, default_integer

        defaults = {
            "b": DTYPES["bool"],
            "i": default_integer(),
            "u": default_integer(),
            "f": self._default_real,
            "c": self._default_complex,
        }
        if dtype.kind not in defaults:
            raise DTypeError(f"Argument `obj` must hold numbers, but NumPy makes {dtype!r} of it.")
        return defaults[dtype.kind]

    def _default_dtype_of(self, value: Any) -> Any:
        """Return the dtype that a scalar gets when none is asked for."""
        import numpy as np

        if self.is_array(value):
            return value.dtype
        return self._default_dtype_of_kind(np.asarray(value).dtype)

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        if not hasattr(x, "__dlpack__"):
            raise TypeError(
                f"Argument `x` must have the DLPack protocol, but is of type `{type(x).__name__}`."
            )
        if self.is_array(x):
            return self.asarray(x, device=device, copy=copy is not False)
        on_host = x.__dlpack_device__()[0] == 1
        if not on_host or copy is False:
            if on_host:
                # JAX narrows a 64-bit array in silence while x64 is off (row 101).
                self._native_dtype(np.from_dlpack(x).dtype)
            shared = self.native.numpy.from_dlpack(x, copy=copy is not False)
            return shared if device is None else self.to_device(shared, device)
        if device is None:
            device = self.device if self.device.startswith("cpu") else "cpu:0"
        # By way of NumPy, which takes any strides (row 102); the copy breaks the alias (row 95).
        return self._from_host(np.from_dlpack(x), None, device)

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        import numpy as np

        self._require_array(x)
        return np.array(x) if copy else np.asarray(x)

    def to_device(
        self, x: Any, device: Any, /, *, non_blocking: bool = False, pin: bool = False
    ) -> Any:
        self._require_array(x)
        target = self._native_device(device)
        if isinstance(x, self.native.Array) and not self._is_traced(x) and x.devices() == {target}:
            return x
        moved = self.native.device_put(x, target)
        return moved if non_blocking or self._is_traced(moved) else moved.block_until_ready()

    def _is_traced(self, x: Any) -> bool:
        return isinstance(x, self.native.core.Tracer)

    def astype(self, x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
        self._require_array(x)
        native = self._native_dtype(dtype)
        if x.dtype.kind == "c" and native.kind != "c":
            _refuse_complex_to_real(x.dtype, native)
        if device is not None:
            x = self.to_device(x, device)
        if x.dtype != native or x.weak_type:
            # An explicit dtype also strips the weak type (row 6).
            return self.native.lax.convert_element_type(x, native)
        return self.native.numpy.array(x, copy=True) if copy else x


def _refuse_complex_to_real(source: Any, target: Any) -> None:
    raise DTypeError(
        f"Converting {source.name} to {target.name} would drop imaginary parts. Take `xp.real` "
        "first."
    )
