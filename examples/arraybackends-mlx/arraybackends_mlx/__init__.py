"""MLX as an array backend."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from arraybackends.adapters.creation import CreatingBackend
from arraybackends.adapters.process import HostMemory
from arraybackends.errors import AxisError, CapabilityError, DeviceError, DTypeError, GradientError
from arraybackends.generic.compilation import check_jit_options
from arraybackends.generic.containers import flatten, unflatten
from arraybackends.generic.control_flow import EagerControlFlow
from arraybackends.generic.differentiation import NumericalDifferentiation, check_method
from arraybackends.generic.numerics import StandardNumerics
from arraybackends.generic.vectorisation import check_options
from arraybackends.precision import DEFAULT_DTYPES
from arraybackends.protocol import Capabilities, JitStatus

__all__ = ["MLXBackend"]


class MLXBackend(
    EagerControlFlow, NumericalDifferentiation, StandardNumerics, HostMemory, CreatingBackend[Any]
):
    """
    MLX as an array backend, on the processor.

    Parameters
    ----------
    device : {"cpu"}, optional
    precision : {"single"}, optional
        MLX has no complex128.

    Raises
    ------
    CapabilityError
        If double precision is asked for.
    """

    name = "mlx"
    _namespace = "arraybackends_mlx.namespace"
    _capabilities = Capabilities(
        autodiff=True,
        jit=True,
        compiles_complex=True,
        vmap=True,
        immutable=False,
        unsigned_arithmetic=True,
        raises_on_singular=True,
        checks_bounds=False,
        data_dependent_shapes=False,
        flushes_subnormals=False,
        devices_differ=False,
        memory_stats=False,
        max_dimensions=None,
    )

    def __init__(self, *, device: Any = None, precision: Any = None) -> None:
        if precision not in (None, "single"):
            raise CapabilityError(
                f"Argument `precision` is {precision!r}, but MLX has no complex128 and computes in "
                "float32. Ask for it with `precision='single'`."
            )
        super().__init__(device=device, precision="single")

    @property
    def absent(self) -> frozenset[str]:
        """Members of the protocol that MLX does not have."""
        from arraybackends_mlx.namespace import ABSENT

        return ABSENT

    # Devices

    def _resolve_device(self, device: Any) -> str:
        if device is None or device == "cpu":
            return "cpu"
        raise DeviceError(
            f"Argument `device` is {device!r}, but backend `mlx` has only the device 'cpu'."
        )

    def _created(self, function: Any, *args: Any, dtype: Any, device: Any, **kwargs: Any) -> Any:
        return function(*args, dtype=dtype, **kwargs)

    def _fftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
        self._native_device(device)
        return self.astype(self.native.fft.fftfreq(n, d), self._real(dtype))

    def _rfftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
        self._native_device(device)
        return self.astype(self.native.fft.rfftfreq(n, d), self._real(dtype))

    # Conversion

    def is_array(self, x: Any, /) -> bool:
        return isinstance(x, self.native.array)

    def device_of(self, x: Any, /) -> str:
        return "cpu"

    def asarray(
        self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
    ) -> Any:
        if device is not None:
            self._resolve_device(device)
        if self.is_array(obj):
            return obj if dtype is None and not copy else self.astype(obj, dtype or obj.dtype)
        from arraybackends.adapters.host import host_array

        if copy is False:
            raise ValueError("Argument `copy` is False, but MLX copies what it takes in.")
        host = host_array(
            obj,
            dtype=None if dtype is None else self.dtype_name(self._native_dtype(dtype)),
            defaults=DEFAULT_DTYPES[self.precision],
            backend=self.name,
        )
        return self.native.array(host, dtype=self._native_dtype(host.dtype))

    def astype(self, x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
        from arraybackends.adapters.operands import refuse_foreign

        refuse_foreign("mlx", (self.native.array,), "astype", (x,))
        if device is not None:
            self._resolve_device(device)
        wanted = self._native_dtype(dtype)
        if x.dtype == self.native.complex64 and wanted != x.dtype:
            raise DTypeError(
                f"Argument `dtype` is {dtype!r}, but `x` is complex: its imaginary part would be "
                "lost. Use `xp.real` or `xp.abs`."
            )
        return self.native.array(x) if copy and wanted == x.dtype else x.astype(wanted)

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        import numpy as np

        from arraybackends.adapters.host import exported
        from arraybackends.adapters.operands import refuse_foreign

        refuse_foreign("mlx", (self.native.array,), "to_numpy", (x,))
        return exported(np.asarray(x), copy=copy)

    def to_device(
        self, x: Any, device: Any, /, *, non_blocking: bool = False, pin: bool = False
    ) -> Any:
        self._resolve_device(device)
        return x

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
        from arraybackends.adapters.host import imported

        if self.is_array(x):
            return self.asarray(x, device=device, copy=copy)
        return self.asarray(imported(x, copy=copy), device=device, copy=copy)

    def finfo(self, type: Any, /) -> Any:
        from arraybackends.adapters.dtype_limits import float_info

        return float_info(self._numpy_dtype(type))

    def iinfo(self, type: Any, /) -> Any:
        from arraybackends.adapters.dtype_limits import integer_info

        return integer_info(self._numpy_dtype(type))

    def _numpy_dtype(self, type: Any) -> Any:
        import numpy as np

        return np.dtype(self.dtype_name(type.dtype if self.is_array(type) else type))

    # Transformations, MLX's own

    def detach(self, x: Any, /) -> Any:
        return self.native.stop_gradient(x)

    def checkpoint(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        recomputed = self.native.checkpoint(fn)
        return lambda *args, **kwargs: recomputed(*args, **kwargs)

    def value_and_grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool = False, method: str = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        check_method(method)
        if method == "finite-difference":
            return super().value_and_grad(fn, argnums=argnums, has_aux=has_aux, method=method)
        differentiated = self.native.value_and_grad(fn, argnums)

        @functools.wraps(fn)
        def checked(*args: Any, **kwargs: Any) -> Any:
            try:
                return differentiated(*args, **kwargs)
            except ValueError as error:
                raise GradientError(f"MLX cannot differentiate the function: {error}.") from error

        return checked

    def grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool = False, method: str = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        differentiated = self.value_and_grad(fn, argnums=argnums, has_aux=has_aux, method=method)

        @functools.wraps(fn)
        def gradient(*args: Any, **kwargs: Any) -> Any:
            value, grad = differentiated(*args, **kwargs)
            return (grad, value[1]) if has_aux else grad

        return gradient

    def vjp(
        self, fn: Callable[..., Any], /, *primals: Any
    ) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        leaves, structure = flatten(primals)
        on_leaves, outputs = self._on_leaves(fn, structure)
        output = self.native.vjp(on_leaves, leaves, [])[0] if not leaves else on_leaves(*leaves)

        def pull_back(cotangent: Any) -> tuple[Any, ...]:
            _, gradients = self.native.vjp(on_leaves, leaves, flatten(cotangent)[0])
            return tuple(unflatten(structure, gradients))

        return unflatten(outputs[0], output), pull_back

    def jvp(
        self, fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], /
    ) -> tuple[Any, Any]:
        leaves, structure = flatten(tuple(primals))
        on_leaves, outputs = self._on_leaves(fn, structure)
        values, derivatives = self.native.jvp(on_leaves, leaves, flatten(tuple(tangents))[0])
        return unflatten(outputs[0], values), unflatten(outputs[0], derivatives)

    def _on_leaves(self, fn: Callable[..., Any], structure: Any) -> tuple[Any, list[Any]]:
        """Function of arrays that returns arrays, and the structure of what it last returned."""
        outputs: list[Any] = [None]

        def on_leaves(*leaves: Any) -> list[Any]:
            found, outputs[0] = flatten(fn(*unflatten(structure, leaves)))
            return found

        return on_leaves, outputs

    def custom_vjp(
        self, fwd: Callable[..., tuple[Any, Any]], bwd: Callable[[Any, Any], tuple[Any, ...]], /
    ) -> Callable[..., Any]:
        @self.native.custom_function  # type: ignore[untyped-decorator]
        def function(*args: Any) -> Any:
            return fwd(*args)[0]

        @function.vjp  # type: ignore[untyped-decorator]
        def pull_back(primals: Any, cotangent: Any, output: Any) -> Any:
            args = primals if isinstance(primals, tuple) else (primals,)
            given = bwd(fwd(*args)[1], cotangent)
            found = tuple(
                self.native.zeros_like(arg) if part is None else part
                for arg, part in zip(args, given, strict=True)
            )
            return found if isinstance(primals, tuple) else found[0]

        return lambda *args: function(*args)

    def vmap(
        self, fn: Callable[..., Any], /, *, in_axes: Any = 0, out_axes: Any = 0,
        chunk_size: int | None = None, randomness: str = "error",
    ) -> Callable[..., Any]:  # fmt: skip
        check_options(chunk_size, randomness)
        in_axes = tuple(in_axes) if isinstance(in_axes, list) else in_axes
        mapped = self.native.vmap(fn, in_axes=in_axes, out_axes=out_axes)

        @functools.wraps(fn, updated=())
        def vectorised(*args: Any) -> Any:
            try:
                return mapped(*args)
            except IndexError as error:
                raise AxisError(
                    f"Argument `in_axes` is {in_axes!r} and `out_axes` {out_axes!r}, but {error}."
                ) from error

        return vectorised

    def jit(
        self, fn: Callable[..., Any] | None = None, /, *,
        static_argnums: int | tuple[int, ...] = (), fallback: str = "warn",
        cuda_graphs: bool = False,
    ) -> Any:  # fmt: skip
        check_jit_options(self, fallback, cuda_graphs)
        if fn is None:
            return functools.partial(self.jit, static_argnums=static_argnums, fallback=fallback)
        return _Compiled(self.native.compile, fn)


class _Compiled:
    """A function compiled by MLX, which traces Python numbers as constants."""

    def __init__(self, compile: Callable[..., Any], fn: Callable[..., Any]) -> None:
        @functools.wraps(fn)
        def traced(*args: Any, **kwargs: Any) -> Any:
            self.compilations += 1
            return fn(*args, **kwargs)

        functools.update_wrapper(self, fn)
        self._compiled = compile(traced)
        self.status = JitStatus("pending")
        self.compilations = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self._compiled(*args, **kwargs)
        self.status = JitStatus("compiled")
        return result
