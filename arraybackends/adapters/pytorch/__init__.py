"""The PyTorch adapter. Importing it loads no array library."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal

from arraybackends.adapters.base import NamespaceBackend
from arraybackends.generic.compilation import check_jit_options
from arraybackends.generic.control_flow import EagerControlFlow
from arraybackends.protocol import Capabilities

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Self

    import torch

    from arraybackends.adapters.pytorch.defaults import Defaults
    from arraybackends.generic.threefry import Words
    from arraybackends.generic.update import IndexUpdater
    from arraybackends.precision import Precision
    from arraybackends.protocol import ArrayBackend, GradientMethod, MemoryStats

__all__ = ["PyTorchBackend"]


class PyTorchBackend(EagerControlFlow, NamespaceBackend["torch.Tensor"]):
    """
    PyTorch as an array backend.

    Parameters
    ----------
    device : str or torch.device, optional
        `"cpu"`, `"cuda"` (the current one), `"cuda:1"`, `"mps"`, `"meta"`, ... Without it new
        arrays go where the user has told PyTorch (`with torch.device(...)`,
        `torch.set_default_device`), else to the accelerator if there is one (Apple's only in single
        precision, since it has no other), else to the CPU.
    precision : {"double", "single"}, optional
        Width of the default dtypes. PyTorch's own default dtype is neither asked nor changed.

    Notes
    -----
    uint16, uint32 and uint64 are not offered, since PyTorch has no arithmetic for them. Integers
    therefore add up in int64, unsigned ones too.
    """

    name = "pytorch"
    _requested: torch.device | None
    _defaults: Defaults
    _namespace = "arraybackends.adapters.pytorch.namespace"
    _capabilities = Capabilities(
        autodiff=True,
        jit=True,
        compiles_complex=False,
        vmap=True,
        immutable=False,
        unsigned_arithmetic=False,
        raises_on_singular=True,
        checks_bounds=True,
        data_dependent_shapes=True,
        flushes_subnormals=False,
        devices_differ=True,
        memory_stats=False,
        max_dimensions=64,
        writes_out=True,
    )

    def _place_on(self, device: str) -> None:
        from arraybackends.adapters.pytorch.defaults import Defaults

        requested = self.native.device(device) if device else None
        self._set(_requested=requested, _defaults=Defaults(requested, self.precision))

    def _bind(self, namespace: ModuleType, functions: Mapping[str, Any]) -> None:
        from arraybackends.adapters.pytorch.conversion import Conversion
        from arraybackends.adapters.pytorch.creation import Creation

        placing = {
            name: getattr(part, name)
            for part in (Creation(self._defaults), Conversion(self._defaults))
            for name in dir(part)
            if not name.startswith("_")
        }
        super()._bind(namespace, {**placing, **functions})

    # Identity

    @property
    def device(self) -> str:  # type: ignore[override]  # PyTorch's default can change
        """Device where new arrays are placed now."""
        from arraybackends.adapters.pytorch import placement

        place = self._defaults.place(None)
        return placement.name_of(self.native.empty(0).device if place is None else place)

    def with_options(self, *, device: Any = None, precision: Precision | None = None) -> Self:
        return type(self)(
            device=self._requested if device is None else device,
            precision=self.precision if precision is None else precision,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        requested = self._requested
        return (_restore, (self._adapter, requested and str(requested), self.precision))

    def _is_traced(self, x: torch.Tensor, /) -> bool:
        from arraybackends.adapters.pytorch.tracing import is_traced

        transforming = self.native._C._are_functorch_transforms_active()
        return transforming or is_traced() or x.device.type == "meta"

    def _shapes_of(self, fn: Callable[..., Any], /, *arrays: torch.Tensor) -> Any:
        """Call `fn` on tensors without values, at which nothing can look."""
        with self.native.device("meta"):
            return fn(*(x.to("meta") for x in arrays))

    def _outside_transforms(self) -> AbstractContextManager[None]:
        from arraybackends.adapters.pytorch.tracing import outside_transforms

        return outside_transforms()

    def _threefry(self, key: Words, counter: Words, /) -> Words:
        from arraybackends.adapters.pytorch.threefry import threefry

        return threefry(key, counter)

    # Devices and memory

    def _resolve_device(self, device: Any) -> str:
        if device is None:
            return ""
        from arraybackends.adapters.pytorch import placement

        return str(placement.resolve(device))

    def _place(self) -> torch.device:
        place: torch.device = self.native.device(self.device)
        return place

    def devices(self) -> tuple[str, ...]:
        from arraybackends.adapters.pytorch import placement

        return placement.available()

    def synchronize(self) -> None:
        from arraybackends.adapters.pytorch import memory

        memory.synchronize(self._place())

    def memory_stats(self) -> Mapping[str, MemoryStats]:
        from arraybackends.adapters.pytorch import memory

        return memory.stats()

    def memory_limit(self, fraction: float | None = None, /) -> int:
        from arraybackends.adapters.pytorch import memory

        if fraction is not None:
            memory.set_limit(self._place(), fraction)
        return memory.limit(self._place())

    def empty_cache(self) -> None:
        from arraybackends.adapters.pytorch import memory

        memory.empty_cache()

    def autocast(self, dtype: Any = None, /) -> AbstractContextManager[None]:
        from arraybackends.adapters.pytorch.autocasting import autocast

        return autocast(self._place(), dtype)

    # Conversion

    def to_numpy(self, x: torch.Tensor, /, *, copy: bool = True) -> Any:
        from arraybackends.adapters.pytorch.conversion import to_numpy

        return to_numpy(x, copy=copy)

    def to_device(
        self, x: torch.Tensor, device: Any, /, *, non_blocking: bool = False, pin: bool = False
    ) -> torch.Tensor:
        from arraybackends.adapters.pytorch import placement

        return placement.move(x, placement.resolve(device), non_blocking=non_blocking, pin=pin)

    def pack_half(self, x: torch.Tensor, /, *, out: torch.Tensor | None = None) -> torch.Tensor:
        from arraybackends.adapters.pytorch.half import pack

        return pack(self, x, out)

    def unpack_half(self, x: torch.Tensor, /) -> torch.Tensor:
        from arraybackends.adapters.pytorch.half import unpack

        return unpack(self, x)

    def is_array(self, x: Any, /) -> bool:
        return isinstance(x, self.native.Tensor)

    def device_of(self, x: torch.Tensor, /) -> str:
        from arraybackends.adapters.pytorch import placement

        return placement.name_of(x.device)

    # Numerics beyond the standard

    def einsum(self, subscripts: str, /, *operands: torch.Tensor) -> torch.Tensor:
        from arraybackends.adapters.pytorch.linalg import einsum

        return einsum(subscripts, *operands)

    def matmul_into(
        self, x1: torch.Tensor, x2: torch.Tensor, /, *, out: torch.Tensor
    ) -> torch.Tensor:
        from arraybackends.adapters.pytorch.linalg import matmul_into

        return matmul_into(self, x1, x2, out)

    def kron(self, x1: torch.Tensor, x2: torch.Tensor, /) -> torch.Tensor:
        from arraybackends.adapters.pytorch.linalg import kron

        return kron(x1, x2)

    def at(self, x: torch.Tensor, /) -> IndexUpdater:
        from arraybackends.adapters.pytorch.update import update
        from arraybackends.generic.update import IndexUpdater

        return IndexUpdater(self, update, x)

    def bincount(
        self, x: torch.Tensor, /, *, weights: torch.Tensor | None = None, minlength: int = 0
    ) -> torch.Tensor:
        from arraybackends.adapters.pytorch.counting import bincount

        return bincount(x, weights, minlength)

    def cond(
        self,
        pred: Any,
        true_fn: Callable[..., Any],
        false_fn: Callable[..., Any],
        /,
        *operands: Any,
    ) -> Any:
        from arraybackends.adapters.pytorch.transforms import cond

        return cond(self, pred, true_fn, false_fn, operands)

    # Differentiation

    def requires_grad(self, x: torch.Tensor, /) -> torch.Tensor:
        from arraybackends.adapters.pytorch.autodiff import requires_grad

        return requires_grad(x)

    def detach(self, x: torch.Tensor, /) -> torch.Tensor:
        from arraybackends.adapters.pytorch.autodiff import detach

        return detach(x)

    def value_and_grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool = False, method: GradientMethod = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        from arraybackends.adapters.pytorch import autodiff

        return autodiff.value_and_grad(self, fn, argnums, has_aux, method)

    def grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool = False, method: GradientMethod = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        from arraybackends.adapters.pytorch import autodiff

        both = autodiff.value_and_grad(self, fn, argnums, has_aux, method, stacklevel=3)

        @functools.wraps(fn, updated=())
        def gradient(*args: Any, **kwargs: Any) -> Any:
            value, grad = both(*args, **kwargs)
            return (grad, value[1]) if has_aux else grad

        return gradient

    def vjp(
        self, fn: Callable[..., Any], /, *primals: Any
    ) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        from arraybackends.adapters.pytorch import autodiff

        return autodiff.vjp(fn, primals)

    def jvp(
        self, fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], /
    ) -> tuple[Any, Any]:
        from arraybackends.adapters.pytorch import autodiff

        return autodiff.jvp(fn, primals, tangents)

    def jacrev(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        from arraybackends.adapters.pytorch import autodiff

        return autodiff.jacrev(fn, argnums)

    def jacfwd(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        from arraybackends.adapters.pytorch import autodiff

        return autodiff.jacfwd(fn, argnums)

    def hessian(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        from arraybackends.adapters.pytorch import autodiff

        return autodiff.hessian(fn, argnums)

    def custom_vjp(
        self,
        fwd: Callable[..., tuple[Any, Any]],
        bwd: Callable[[Any, Any], tuple[Any, ...]],
        /,
    ) -> Callable[..., Any]:
        from arraybackends.adapters.pytorch.custom_vjp import custom_vjp

        return custom_vjp(fwd, bwd)

    def checkpoint(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        from arraybackends.adapters.pytorch import autodiff

        return autodiff.checkpoint(fn)

    # Transformation

    def vmap(
        self, fn: Callable[..., Any], /, *, in_axes: Any = 0, out_axes: Any = 0,
        chunk_size: int | None = None, randomness: Literal["error", "different", "same"] = "error",
    ) -> Callable[..., Any]:  # fmt: skip
        from arraybackends.adapters.pytorch.transforms import vmap

        return vmap(self, fn, in_axes, out_axes, chunk_size, randomness)

    def jit(
        self, fn: Callable[..., Any] | None = None, /, *,
        static_argnums: int | tuple[int, ...] = (), fallback: Literal["warn", "raise"] = "warn",
        cuda_graphs: bool = False,
    ) -> Any:  # fmt: skip
        from arraybackends.adapters.pytorch.compilation import Compiled

        is_on_cuda = cuda_graphs and self._place().type == "cuda"
        check_jit_options(self, fallback, cuda_graphs, has_cuda_graphs=is_on_cuda)
        if fn is None:
            return functools.partial(
                self.jit, static_argnums=static_argnums, fallback=fallback, cuda_graphs=cuda_graphs
            )
        return Compiled(fn, static_argnums, fallback, cuda_graphs)


def _restore(cls: type[PyTorchBackend], device: str | None, precision: Precision) -> PyTorchBackend:
    return cls(device=device, precision=precision)


if TYPE_CHECKING:

    def _conforms(backend: PyTorchBackend) -> ArrayBackend[torch.Tensor]:
        return backend
