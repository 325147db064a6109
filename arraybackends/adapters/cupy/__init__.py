"""The CuPy backend: NumPy's functions on CUDA devices, without automatic differentiation.

Importing it, and CuPy, needs no GPU; making a backend object does.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from arraybackends.adapters.creation import CreatingBackend
from arraybackends.adapters.process import check_autocast_dtype
from arraybackends.errors import DeviceError, DTypeError, ShapeError
from arraybackends.generic.eager import EagerTransforms
from arraybackends.generic.products import check_bincount, kron
from arraybackends.generic.update import IndexUpdater, UpdateName, update_by_rounds
from arraybackends.precision import DEFAULT_DTYPES
from arraybackends.protocol import Capabilities, MemoryStats

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["CuPyBackend"]


class CuPyBackend(EagerTransforms, CreatingBackend[Any]):
    """
    CuPy as an array backend.

    Parameters
    ----------
    device : str, int or cupy.cuda.Device, optional
        `"cuda:0"`, `"cuda:1"`, ...; the default is CuPy's current device.
    precision : {"double", "single"}, optional

    Raises
    ------
    DeviceError
        If there is no CUDA device, or not that one.

    Notes
    -----
    New arrays are placed on `device`. CuPy runs kernels on its current device: for arrays of
    another one, work inside `with cupy.cuda.Device(n)`. Gradients are central differences, except
    those of `custom_vjp` functions, which are exact.
    """

    name = "cupy"
    _namespace = "arraybackends.adapters.cupy.namespace"
    _capabilities = Capabilities(
        autodiff=False,
        jit=False,
        compiles_complex=False,
        vmap=False,
        immutable=False,
        unsigned_arithmetic=True,
        raises_on_singular=False,
        checks_bounds=False,
        data_dependent_shapes=True,
        flushes_subnormals=False,
        devices_differ=True,
        memory_stats=True,
        max_dimensions=64,
    )

    # Devices

    def _count(self) -> int:
        """Return the number of CUDA devices; without a driver CuPy raises a RuntimeError."""
        try:
            return int(self.native.cuda.runtime.getDeviceCount())
        except RuntimeError as error:
            raise DeviceError(
                f"Backend `cupy` finds no CUDA device: {error}. Choose another backend, or install "
                "a driver and check `nvidia-smi`."
            ) from error

    def devices(self) -> tuple[str, ...]:
        return tuple(f"cuda:{number}" for number in range(self._count()))

    def _resolve_device(self, device: Any) -> str:
        known = self.devices()
        if not known:
            raise DeviceError(
                "Backend `cupy` finds no CUDA device: the driver lists none. Choose another "
                "backend, or check the environment variable `CUDA_VISIBLE_DEVICES`."
            )
        if device is None or device == "cuda":
            device = self.native.cuda.runtime.getDevice()
        number = getattr(device, "id", device)
        name = f"cuda:{number}" if isinstance(number, int) else number
        if name in known:
            return str(name)
        raise DeviceError(
            f"Argument `device` is {device!r}, but backend `cupy` has only {', '.join(known)}."
        )

    def _native_device(self, device: Any) -> Any:
        name: str = super()._native_device(device)
        return self.native.cuda.Device(int(name.partition(":")[2]))

    def _created(self, function: Any, *args: Any, dtype: Any, device: Any, **kwargs: Any) -> Any:
        # CuPy's functions have no `device=` (cupy/cupy#9848).
        with nullcontext() if device is None else device:
            return function(*args, dtype=dtype, **kwargs)

    def synchronize(self) -> None:
        self._native_device(None).synchronize()

    def memory_stats(self) -> dict[str, MemoryStats]:
        """Bytes that the memory pool of each device has given out, and that it has reserved."""
        stats = {}
        for name in self.devices():
            with self._native_device(name):
                pool = self.native.get_default_memory_pool()
                stats[name] = MemoryStats(pool.used_bytes(), pool.total_bytes())
        return stats

    def memory_limit(self, fraction: float | None = None, /) -> int:
        if fraction is not None and not 0.0 < fraction <= 1.0:
            raise ValueError(f"Argument `fraction` must be in (0, 1], but is {fraction!r}.")
        with self._native_device(None) as device:
            pool = self.native.get_default_memory_pool()
            if fraction is not None:
                pool.set_limit(fraction=fraction)
            _, total = device.mem_info
            return int(pool.get_limit() or total)

    def empty_cache(self) -> None:
        self.native.get_default_memory_pool().free_all_blocks()
        self.native.get_default_pinned_memory_pool().free_all_blocks()

    def autocast(self, dtype: Any = None, /) -> AbstractContextManager[None]:
        """Check the dtype and change nothing: CuPy computes in the dtype of its inputs."""
        check_autocast_dtype(dtype)
        return nullcontext()

    # Conversion

    def is_array(self, x: Any, /) -> bool:
        return isinstance(x, self.native.ndarray)

    def device_of(self, x: Any, /) -> str:
        return f"cuda:{x.device.id}"

    def asarray(
        self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
    ) -> Any:
        if self.is_array(obj):
            moved = obj if device is None else self.to_device(obj, device)
            wanted = obj.dtype if dtype is None else self._native_dtype(dtype)
            if copy is False and (moved is not obj or wanted != obj.dtype):
                raise ValueError(
                    f"Argument `copy` is False, but `obj` has dtype {obj.dtype} on "
                    f"{self.device_of(obj)}."
                )
            return self.astype(moved, wanted, copy=bool(copy) and moved is obj)
        from arraybackends.adapters.host import host_array

        if copy is False:
            raise ValueError(
                "Argument `copy` is False, but what is in the memory of the host must be copied to "
                "a CUDA device."
            )
        host = host_array(
            obj,
            dtype=None if dtype is None else self.dtype_name(dtype),
            defaults=DEFAULT_DTYPES[self.precision],
            backend=self.name,
        )
        with self._native_device(device):
            return self.native.array(host)

    def astype(self, x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
        from arraybackends.adapters.cupy.namespace import require_own

        require_own("astype", x)
        wanted = self._native_dtype(dtype)
        if x.dtype.kind == "c" and wanted.kind != "c":
            raise DTypeError(
                f"Argument `dtype` is {wanted}, but `x` is complex: its imaginary part would be "
                "lost. Use `xp.real` or `xp.abs`."
            )
        result = x.astype(wanted, copy=copy)
        return result if device is None else self.to_device(result, device)

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        from arraybackends.adapters.cupy.namespace import require_own

        require_own("to_numpy", x)
        host = self.native.asnumpy(x)
        host.flags.writeable = copy
        return host

    def to_device(
        self, x: Any, device: Any, /, *, non_blocking: bool = False, pin: bool = False
    ) -> Any:
        place = self._native_device(device)
        if place == x.device:
            return x
        with place:
            return self.native.array(x, copy=True)

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
        from arraybackends.adapters.host import imported

        if not hasattr(x, "__dlpack_device__") or x.__dlpack_device__()[0] not in _CUDA_DEVICES:
            return self.asarray(imported(x, copy=False), device=device, copy=copy)
        found = self.native.from_dlpack(x)
        place = None if device is None else self._native_device(device)
        must_copy = not self.is_array(x) if copy is None else copy
        if place is not None and place != found.device:
            if copy is False:
                raise ValueError(f"Argument `copy` is False, but `x` is not on {device!r}.")
            return self.to_device(found, place)
        return found.copy() if must_copy else found

    def pack_half(self, x: Any, /, *, out: Any = None) -> Any:
        from arraybackends.adapters.cupy.namespace import require_own
        from arraybackends.adapters.half import pack

        require_own("pack_half", x, out)
        return pack(self, x, out)

    def unpack_half(self, x: Any, /) -> Any:
        from arraybackends.adapters.cupy.namespace import require_own
        from arraybackends.adapters.half import unpack

        require_own("unpack_half", x)
        return unpack(self, x)

    # Dtypes

    def finfo(self, type: Any, /) -> Any:
        from arraybackends.adapters.dtype_limits import float_info

        return float_info(self._dtype_of(type))

    def iinfo(self, type: Any, /) -> Any:
        from arraybackends.adapters.dtype_limits import integer_info

        return integer_info(self._dtype_of(type))

    def _dtype_of(self, type: Any) -> Any:
        return type.dtype if self.is_array(type) else self._native_dtype(type)

    # Numerics beyond the standard

    def einsum(self, subscripts: str, /, *operands: Any) -> Any:
        # Before contracting, since a pair may be narrower than the whole (row 21).
        dtype = self.result_type(*operands)
        operands = tuple(x.astype(dtype, copy=False) for x in operands)
        try:
            return self.native.einsum(subscripts, *operands, optimize=True)
        except ValueError as error:
            raise ShapeError(
                f"Argument `subscripts` is {subscripts!r}, which does not fit: {error}."
            ) from error

    def kron(self, x1: Any, x2: Any, /) -> Any:
        return kron(self, x1, x2)

    def at(self, x: Any, /) -> IndexUpdater:
        return IndexUpdater(self, self._update, x)

    def _update(self, name: UpdateName, x: Any, index: Any, values: Any) -> Any:
        if name != "add" or x.dtype not in _ACCUMULATED:
            return update_by_rounds(self, name, x, index, values)
        given = self.asarray(values, dtype=x.dtype)
        if x.dtype.kind == "c":
            # `cupy.add.at` takes no complex arrays.
            parts = (
                self._update(name, x.real, index, given.real),
                self._update(name, x.imag, index, given.imag),
            )
            return (parts[0] + 1j * parts[1]).astype(x.dtype, copy=False)
        result = x.copy()
        self.native.add.at(result, index, given)
        return result

    def bincount(self, x: Any, /, *, weights: Any = None, minlength: int = 0) -> Any:
        check_bincount(self, x, weights, minlength)
        cp = self.native
        length = max(minlength, x.max().item() + 1 if x.size else 0)
        if weights is None:
            # `cupy.bincount` takes no empty array.
            return cp.bincount(x, minlength=length) if x.size else cp.zeros(length, dtype="int64")
        totals = cp.zeros(length, dtype=weights.dtype)
        return self.at(totals)[x].add(weights)


_ACCUMULATED = (
    "int32",
    "int64",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
_CUDA_DEVICES = (2, 13)  # kDLCUDA and kDLCUDAManaged of the DLPack protocol

if TYPE_CHECKING:

    def _conforms(backend: CuPyBackend) -> ArrayBackend[Any]:
        return backend
