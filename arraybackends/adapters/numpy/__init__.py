"""The NumPy backend: the reference for values, without automatic differentiation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.adapters.base import NamespaceBackend
from arraybackends.errors import DeviceError
from arraybackends.generic.eager import EagerTransforms
from arraybackends.protocol import Capabilities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from arraybackends.protocol import ArrayBackend, MemoryStats

__all__ = ["NumPyBackend"]


class NumPyBackend(EagerTransforms, NamespaceBackend["NDArray[Any]"]):
    """
    NumPy as an array backend. Parameters are those of `NamespaceBackend`; the device is `"cpu"`.

    Gradients are central differences, except those of `custom_vjp` functions, which are exact.
    """

    name = "numpy"
    _namespace = "arraybackends.adapters.numpy.namespace"
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
        devices_differ=False,
        memory_stats=False,
        max_dimensions=64,
    )

    # Devices and memory

    def _resolve_device(self, device: Any) -> str:
        if device is None or device == "cpu":
            return "cpu"
        raise DeviceError(
            f"Argument `device` is {device!r}, but backend `numpy` has only the device 'cpu'."
        )

    def devices(self) -> tuple[str, ...]:
        return ("cpu",)

    def synchronize(self) -> None:
        """Return at once: NumPy computes synchronously."""

    # Conversion

    def is_array(self, x: Any, /) -> bool:
        return isinstance(x, (self.native.ndarray, self.native.generic))

    def device_of(self, x: Any, /) -> str:
        return "cpu"

    def asarray(
        self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
    ) -> Any:
        if device is not None:
            self._resolve_device(device)
        np = self.native
        result = np.array(
            obj, dtype=None if dtype is None else self._native_dtype(dtype), copy=copy
        )
        if dtype is None and not self.is_array(obj) and result.dtype.kind in "fc":
            result = result.astype(
                self._default_real if result.dtype.kind == "f" else self._default_complex,
                copy=False,
            )
        return result

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        if copy:
            return self.native.array(x, copy=True)
        view = self.native.asarray(x).view()
        view.flags.writeable = False
        return view

    def to_device(
        self, x: Any, device: Any, /, *, non_blocking: bool = False, pin: bool = False
    ) -> Any:
        self._resolve_device(device)
        return x

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
        if device is not None:
            self._resolve_device(device)
        return self.native.from_dlpack(x, copy=True if copy is None else copy)

    # Creation

    def _new(self, function: Any, *args: Any, dtype: Any, device: Any, **kwargs: Any) -> Any:
        if device is not None:
            self._resolve_device(device)
        return function(*args, dtype=dtype, **kwargs)

    def _real(self, dtype: Any) -> Any:
        return self._default_real if dtype is None else self._native_dtype(dtype)

    def _same(self, dtype: Any) -> Any:
        return None if dtype is None else self._native_dtype(dtype)

    def _of_value(self, dtype: Any, *values: Any) -> Any:
        """Dtype asked for, or the default one for Python scalars."""
        if dtype is not None:
            return self._native_dtype(dtype)
        kinds = {type(value) for value in values if value is not None}
        if complex in kinds:
            return self._default_complex
        if float in kinds:
            return self._default_real
        return self._dtypes["bool" if kinds == {bool} else "int64"]

    def zeros(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new(self.native.zeros, shape, dtype=self._real(dtype), device=device)

    def ones(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new(self.native.ones, shape, dtype=self._real(dtype), device=device)

    def empty(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new(self.native.empty, shape, dtype=self._real(dtype), device=device)

    def full(self, shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new(
            self.native.full, shape, fill_value,
            dtype=self._of_value(dtype, fill_value), device=device,
        )  # fmt: skip

    def zeros_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new(self.native.zeros_like, x, dtype=self._same(dtype), device=device)

    def ones_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new(self.native.ones_like, x, dtype=self._same(dtype), device=device)

    def empty_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new(self.native.empty_like, x, dtype=self._same(dtype), device=device)

    def full_like(
        self, x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None
    ) -> Any:
        return self._new(
            self.native.full_like, x, fill_value, dtype=self._same(dtype), device=device
        )

    def arange(
        self, start: Any, /, stop: Any = None, step: Any = 1, *,
        dtype: Any = None, device: Any = None,
    ) -> Any:  # fmt: skip
        if stop is None:
            start, stop = 0, start
        return self._new(
            self.native.arange, start, stop, step,
            dtype=self._of_value(dtype, start, stop, step), device=device,
        )  # fmt: skip

    def linspace(
        self, start: Any, stop: Any, /, num: int, *,
        dtype: Any = None, device: Any = None, endpoint: bool = True,
    ) -> Any:  # fmt: skip
        return self._new(
            self.native.linspace, start, stop, num,
            dtype=self._of_value(dtype, start, stop, 1.0), device=device, endpoint=endpoint,
        )  # fmt: skip

    def eye(
        self, n_rows: int, n_cols: int | None = None, /, *,
        k: int = 0, dtype: Any = None, device: Any = None,
    ) -> Any:  # fmt: skip
        return self._new(
            self.native.eye, n_rows, n_cols, dtype=self._real(dtype), device=device, k=k
        )

    def astype(self, x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
        if device is not None:
            self._resolve_device(device)
        return x.astype(self._native_dtype(dtype), copy=copy)

    # Reductions

    def sum(self, x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        if dtype is not None:
            dtype = self._native_dtype(dtype)
        return self.native.add.reduce(x, axis=axis, dtype=dtype, out=..., keepdims=keepdims)

    def prod(
        self, x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False
    ) -> Any:
        if dtype is not None:
            dtype = self._native_dtype(dtype)
        return self.native.multiply.reduce(x, axis=axis, dtype=dtype, out=..., keepdims=keepdims)

    # Numerics beyond the standard

    def einsum(self, subscripts: str, /, *operands: Any) -> Any:
        return self.native.asarray(self.native.einsum(subscripts, *operands))

    def kron(self, x1: Any, x2: Any, /) -> Any:
        return self.native.kron(x1, x2)
