"""The NumPy backend: the reference for values, without automatic differentiation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.adapters.creation import CreatingBackend
from arraybackends.adapters.process import HostMemory
from arraybackends.errors import DeviceError, DTypeError, ShapeError
from arraybackends.generic.eager import EagerTransforms
from arraybackends.generic.products import check_bincount, kron
from arraybackends.generic.update import IndexUpdater, UpdateName
from arraybackends.precision import DEFAULT_DTYPES
from arraybackends.protocol import Capabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arraybackends.protocol import ArrayBackend

__all__ = ["NumPyBackend"]

_STANDARD_CHARACTERS = frozenset(
    "?bhilqBHILQfdFD"
)  # all but half, long double and what is no number


class NumPyBackend(EagerTransforms, HostMemory, CreatingBackend["NDArray[Any]"]):
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
        writes_out=True,
    )

    # Devices

    def _resolve_device(self, device: Any) -> str:
        if device is None or device == "cpu":
            return "cpu"
        raise DeviceError(
            f"Argument `device` is {device!r}, but backend `numpy` has only the device 'cpu'."
        )

    def devices(self) -> tuple[str, ...]:
        return ("cpu",)

    # Conversion

    def is_array(self, x: Any, /) -> bool:
        return isinstance(x, (self.native.ndarray, self.native.generic))

    def device_of(self, x: Any, /) -> str:
        return "cpu"

    def asarray(
        self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
    ) -> Any:
        """Array; of a NumPy array with the right dtype, without `copy`, that array itself."""
        if (
            type(obj) is self.native.ndarray
            and dtype is None
            and device is None
            and not copy
            and obj.dtype.char in _STANDARD_CHARACTERS
            and obj.dtype.isnative
        ):
            return obj
        from arraybackends.adapters.host import host_array

        if device is not None:
            self._resolve_device(device)
        return host_array(
            obj,
            dtype=None if dtype is None else self.dtype_name(dtype),
            defaults=DEFAULT_DTYPES[self.precision],
            backend=self.name,
            copy=copy,
        )

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        from arraybackends.adapters.host import exported
        from arraybackends.adapters.numpy.operands import require_own

        require_own("to_numpy", x)
        return exported(self.native.asarray(x), copy=copy)

    def to_device(
        self, x: Any, device: Any, /, *, non_blocking: bool = False, pin: bool = False
    ) -> Any:
        self._resolve_device(device)
        return x

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
        from arraybackends.adapters.host import imported

        if device is not None:
            self._resolve_device(device)
        return imported(x, copy=copy)

    def pack_half(self, x: Any, /, *, out: Any = None) -> Any:
        from arraybackends.adapters.half import pack
        from arraybackends.adapters.numpy.operands import require_own

        require_own("pack_half", x, out)
        with self.native.errstate(over="ignore"):  # what is too large becomes infinite
            packed = pack(self, x, out)
        if out is None:
            return packed
        out[...] = packed
        return out

    def unpack_half(self, x: Any, /) -> Any:
        from arraybackends.adapters.half import unpack
        from arraybackends.adapters.numpy.operands import require_own

        require_own("unpack_half", x)
        return unpack(self, x)

    # Dtypes

    def astype(self, x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
        from arraybackends.adapters.numpy.operands import require_own

        require_own("astype", x)
        if device is not None:
            self._resolve_device(device)
        wanted = self._native_dtype(dtype)
        if x.dtype.kind == "c" and wanted.kind != "c":
            raise DTypeError(
                f"Argument `dtype` is {wanted}, but `x` is complex: its imaginary part would be "
                "lost. Use `xp.real` or `xp.abs`."
            )
        # Elements taken out of arrays are scalars, whose `astype` gives a scalar.
        return self.native.asarray(x.astype(wanted, copy=copy))

    # Numerics beyond the standard

    def einsum(self, subscripts: str, /, *operands: Any) -> Any:
        from arraybackends.adapters.numpy.operands import require_own

        np = self.native
        require_own("einsum", *operands)
        # Before contracting, since a pair may be narrower than the whole (row 21).
        dtype = np.result_type(*operands)
        operands = tuple(x.astype(dtype, copy=False) for x in operands)
        try:
            return np.asarray(np.einsum(subscripts, *operands, optimize=True))
        except ValueError as error:
            raise ShapeError(
                f"Argument `subscripts` is {subscripts!r}, which does not fit: {error}."
            ) from error

    def matmul_into(self, x1: Any, x2: Any, /, *, out: Any) -> Any:
        from arraybackends.adapters.numpy.linalg import matmul_into

        return matmul_into(self, x1, x2, out)

    def kron(self, x1: Any, x2: Any, /) -> Any:
        return kron(self, x1, x2)

    def at(self, x: Any, /) -> IndexUpdater:
        return IndexUpdater(self, self._update, x)

    def _update(self, name: UpdateName, x: Any, index: Any, values: Any) -> Any:
        np = self.native
        result = np.array(x, copy=True)
        try:
            if name == "set":
                result[index] = values
            else:
                ufuncs = {
                    "add": np.add,
                    "subtract": np.subtract,
                    "multiply": np.multiply,
                    "min": np.minimum,
                    "max": np.maximum,
                }
                ufuncs[name].at(result, index, values)
        except ValueError as error:
            raise ShapeError(f"The shapes of `index` and `values` do not fit: {error}.") from error
        return result

    def bincount(self, x: Any, /, *, weights: Any = None, minlength: int = 0) -> Any:
        check_bincount(self, x, weights, minlength)
        np = self.native
        if weights is None:
            return np.bincount(x, minlength=minlength)
        length = max(minlength, int(x.max()) + 1 if x.size else 0)
        # Not `np.bincount`, which makes all weights float64.
        totals = np.zeros(length, dtype=weights.dtype)
        np.add.at(totals, x, weights)
        return totals


if TYPE_CHECKING:

    def _conforms(backend: NumPyBackend) -> ArrayBackend[NDArray[Any]]:
        return backend
