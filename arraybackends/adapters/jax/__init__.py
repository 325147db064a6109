"""The JAX adapter. Importing it loads no array library."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from arraybackends.adapters.jax.conversion import Conversion
from arraybackends.adapters.jax.creation import Creation
from arraybackends.adapters.jax.devices import Devices
from arraybackends.generic.compilation import check_jit_options
from arraybackends.generic.inspection import BackendInfo
from arraybackends.generic.products import check_bincount
from arraybackends.generic.update import IndexUpdater, UpdateName
from arraybackends.precision import Precision
from arraybackends.protocol import Capabilities

if TYPE_CHECKING:
    import jax

    from arraybackends.protocol import ArrayBackend, GradientMethod

__all__ = ["JAXBackend"]


class _Info(BackendInfo):
    """What JAX has, which depends on whether x64 is on."""

    def dtypes(
        self, *, device: Any = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        from arraybackends.adapters.jax.dtypes import is_available

        known = super().dtypes(device=device, kind=kind)
        return {name: dtype for name, dtype in known.items() if is_available(name)}


class JAXBackend(Devices, Conversion, Creation):
    """
    Arrays of JAX.

    Parameters
    ----------
    device : str or jax.Device, optional
        `"cpu"`, `"cuda:0"`, `"tpu:3"`, ...; JAX's default device unless said otherwise.
    precision : {"double", "single"}, optional
        Double, the default, turns JAX's x64 mode on for the whole process; single leaves it alone.
    """

    name = "jax"
    _namespace = "arraybackends.adapters.jax.namespace"
    _capabilities = Capabilities(
        autodiff=True,
        jit=True,
        compiles_complex=True,
        vmap=True,
        immutable=True,
        unsigned_arithmetic=True,
        raises_on_singular=False,
        checks_bounds=False,
        data_dependent_shapes=True,
        flushes_subnormals=True,
        devices_differ=True,
        memory_stats=False,
        max_dimensions=None,
    )

    def __init__(self, *, device: Any = None, precision: Precision | None = None) -> None:
        super().__init__(device=device, precision=precision)
        if self.precision == "double":
            # Without it JAX has no 64-bit dtypes at all. Nothing else global is touched.
            self.native.config.update("jax_enable_x64", True)

    @property
    def library_version(self) -> str:
        return str(self.native.__version__)

    def _native_dtype(self, dtype: Any) -> Any:
        from arraybackends.adapters.jax.dtypes import native_dtype

        return native_dtype(dtype)

    def __array_namespace_info__(self) -> BackendInfo:
        return _Info(self)

    def _fused(self, fn: Callable[..., Any], static: Any, /, *arrays: Any) -> Any:
        from arraybackends.adapters.jax.transformation import fused

        return fused(fn)(self, static, *arrays)

    # Numerics beyond the standard

    def einsum(self, subscripts: str, /, *operands: jax.Array) -> jax.Array:
        from arraybackends.adapters.jax.linalg import einsum

        result: jax.Array = einsum(subscripts, *operands)
        return result

    def kron(self, x1: jax.Array, x2: jax.Array, /) -> jax.Array:
        from arraybackends.adapters.jax.linalg import kron

        result: jax.Array = kron(x1, x2)
        return result

    def at(self, x: jax.Array, /) -> IndexUpdater:
        self._require_array(x)
        return IndexUpdater(self, _update, x)

    def bincount(
        self, x: jax.Array, /, *, weights: jax.Array | None = None, minlength: int = 0
    ) -> jax.Array:
        if isinstance(x, self.native.core.Tracer):
            # The largest value is unknown, and with it the shape.
            counts = self.native.numpy.bincount(x, weights=weights, length=minlength)
        else:
            check_bincount(self, x, weights, minlength)
            counts = self.native.numpy.bincount(x, weights=weights, minlength=minlength)
        result: jax.Array = counts
        return result

    def scan(
        self, fn: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any, /, *,
        length: int | None = None, reverse: bool = False,
    ) -> tuple[Any, Any]:  # fmt: skip
        from arraybackends.adapters.jax.control_flow import scan

        return scan(self, fn, init, xs, length, reverse)

    def cond(
        self,
        pred: Any,
        true_fn: Callable[..., Any],
        false_fn: Callable[..., Any],
        /,
        *operands: Any,
    ) -> Any:
        from arraybackends.adapters.jax.control_flow import cond

        return cond(self, pred, true_fn, false_fn, operands)

    def while_loop(
        self, cond_fn: Callable[[Any], Any], body_fn: Callable[[Any], Any], init: Any, /
    ) -> Any:
        from arraybackends.adapters.jax.control_flow import while_loop

        return while_loop(self, cond_fn, body_fn, init)

    # Differentiation

    def requires_grad(self, x: jax.Array, /) -> jax.Array:
        self._require_array(x)
        return x

    def detach(self, x: jax.Array, /) -> jax.Array:
        self._require_array(x)
        detached: jax.Array = self.native.lax.stop_gradient(x)
        return detached

    def value_and_grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool = False, method: GradientMethod = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        return self._value_and_grad(fn, argnums, has_aux, method, stacklevel=3)

    def _value_and_grad(
        self,
        fn: Callable[..., Any],
        argnums: int | tuple[int, ...],
        has_aux: bool,
        method: GradientMethod,
        *,
        stacklevel: int,
    ) -> Callable[..., Any]:
        from arraybackends.adapters.jax.differentiation import value_and_grad

        return value_and_grad(self, fn, argnums, has_aux, method, stacklevel=stacklevel)

    def grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool = False, method: GradientMethod = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        both = self._value_and_grad(fn, argnums, has_aux, method, stacklevel=4)

        @functools.wraps(fn, updated=())
        def gradient(*args: Any, **kwargs: Any) -> Any:
            value, grad = both(*args, **kwargs)
            return (grad, value[1]) if has_aux else grad

        return gradient

    def vjp(
        self, fn: Callable[..., Any], /, *primals: Any
    ) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        from arraybackends.adapters.jax.differentiation import vjp

        return vjp(self, fn, primals)

    def jvp(
        self, fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], /
    ) -> tuple[Any, Any]:
        from arraybackends.adapters.jax.differentiation import jvp

        return jvp(self, fn, primals, tangents)

    def jacrev(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        from arraybackends.adapters.jax.differentiation import jacobian

        return jacobian(self, fn, argnums, forward=False)

    def jacfwd(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        from arraybackends.adapters.jax.differentiation import jacobian

        return jacobian(self, fn, argnums, forward=True)

    def hessian(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        from arraybackends.adapters.jax.differentiation import hessian

        return hessian(self, fn, argnums)

    def custom_vjp(
        self,
        fwd: Callable[..., tuple[Any, Any]],
        bwd: Callable[[Any, Any], tuple[Any, ...]],
        /,
    ) -> Callable[..., Any]:
        from arraybackends.adapters.jax.custom_vjp import custom_vjp

        return custom_vjp(fwd, bwd)

    def checkpoint(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        checkpointed: Callable[..., Any] = self.native.checkpoint(fn)
        return checkpointed

    def check_grad(self, fn: Callable[..., Any], /, *args: Any) -> float:
        numbers = tuple(range(len(args)))
        exact = self.grad(fn, argnums=numbers, method="autodiff")(*args)
        numerical = self.grad(fn, argnums=numbers, method="finite-difference")(*args)
        leaves = self.native.tree.leaves
        return max(
            (
                float(self.native.numpy.max(abs(a - b)))
                for a, b in zip(leaves(exact), leaves(numerical), strict=True)
                if a.size
            ),
            default=0.0,
        )

    # Transformation

    def vmap(
        self, fn: Callable[..., Any], /, *, in_axes: Any = 0, out_axes: Any = 0,
        chunk_size: int | None = None, randomness: Literal["error", "different", "same"] = "error",
    ) -> Callable[..., Any]:  # fmt: skip
        from arraybackends.adapters.jax.transformation import vmap

        return vmap(fn, in_axes, out_axes, chunk_size, randomness)

    def jit(
        self, fn: Callable[..., Any] | None = None, /, *,
        static_argnums: int | tuple[int, ...] = (), fallback: Literal["warn", "raise"] = "warn",
        cuda_graphs: bool = False,
    ) -> Any:  # fmt: skip
        from arraybackends.adapters.jax.transformation import JitFunction

        check_jit_options(self, fallback, cuda_graphs)
        if fn is None:
            return functools.partial(self.jit, static_argnums=static_argnums, fallback=fallback)
        numbers = (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums)
        return JitFunction(self, fn, numbers, fallback)


def _update(name: UpdateName, x: Any, index: Any, values: Any) -> Any:
    from arraybackends.adapters.jax.errors import raise_as_ours

    try:
        return getattr(x.at[index], name)(values)
    except (TypeError, ValueError) as error:
        raise_as_ours(error, "at", (x,), {"index": index, "values": values})


if TYPE_CHECKING:

    def _conforms(backend: JAXBackend) -> ArrayBackend[jax.Array]:
        return backend
