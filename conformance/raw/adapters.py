"""The libraries as backends, with no fix-ups: names are looked up, and nothing else is done."""

from __future__ import annotations

from typing import Any

from arraybackends.adapters.base import NamespaceBackend
from arraybackends.generic.eager import EagerTransforms
from arraybackends.protocol import Capabilities, MemoryStats

__all__ = ["RawJAX", "RawNumPy", "RawPyTorch"]

_CLAIMS = Capabilities(
    autodiff=False, jit=False, compiles_complex=False, vmap=False, immutable=False,
    unsigned_arithmetic=True, raises_on_singular=True, checks_bounds=True,
    data_dependent_shapes=True, flushes_subnormals=False, devices_differ=False,
    memory_stats=False, max_dimensions=64,
)  # fmt: skip
"""What an author claims who has looked at NumPy alone."""


class Updater:
    """`xp.at(x)[i].add(v)` as statements on a copy."""

    def __init__(self, xp: Any, x: Any) -> None:
        self.xp, self.x = xp, x

    def __getitem__(self, index: Any) -> Any:
        self.index = index
        return self

    def _copied(self) -> Any:
        return self.x.clone() if hasattr(self.x, "clone") else self.x.copy()

    def set(self, values: Any, /) -> Any:
        result = self._copied()
        result[self.index] = values
        return result

    def add(self, values: Any, /) -> Any:
        result = self._copied()
        result[self.index] += values
        return result


class Raw(EagerTransforms, NamespaceBackend[Any]):
    """A namespace with a host; conversions and operations are the library's own."""

    _capabilities = _CLAIMS

    def _resolve_device(self, device: Any) -> str:
        return "cpu"

    def devices(self) -> tuple[str, ...]:
        return ("cpu",)

    def device_of(self, x: Any, /) -> str:
        return "cpu"

    def to_device(self, x: Any, device: Any, /, **options: Any) -> Any:
        return x

    def synchronize(self) -> None:
        """Nothing is pending."""

    def memory_stats(self) -> dict[str, MemoryStats]:
        return {"cpu": MemoryStats(0, 0)}

    def is_array(self, x: Any, /) -> bool:
        return isinstance(x, type(self.zeros(1)))

    def array(self, obj: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self.asarray(obj, dtype=dtype)

    def at(self, x: Any, /) -> Any:
        return Updater(self, x)

    def einsum(self, subscripts: str, /, *operands: Any) -> Any:
        return self.library.einsum(subscripts, *operands)

    def kron(self, x1: Any, x2: Any, /) -> Any:
        return self.library.kron(x1, x2)

    @property
    def library(self) -> Any:
        """Where the library has its functions."""
        return self.native


class RawNumPy(Raw):
    """`numpy` itself."""

    name = "numpy"
    _namespace = "raw.numpy_namespace"

    def is_array(self, x: Any, /) -> bool:
        return isinstance(x, self.native.ndarray)

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        return self.native.asarray(x)


class RawPyTorch(Raw):
    """`array_api_compat.torch`, over `torch` itself."""

    name = "pytorch"
    _namespace = "raw.pytorch_namespace"

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        return x.numpy()

    def requires_grad(self, x: Any, /) -> Any:
        return x.requires_grad_()


class RawJAX(Raw):
    """`jax.numpy` itself, and JAX's own gradient."""

    name = "jax"
    _namespace = "raw.jax_namespace"

    def __init__(self, *, device: Any = None, precision: Any = None) -> None:
        super().__init__(device=device, precision=precision)
        self.native.config.update("jax_enable_x64", self.x64)

    x64 = True

    def is_array(self, x: Any, /) -> bool:
        return isinstance(x, self.native.Array)

    def to_numpy(self, x: Any, /, *, copy: bool = True) -> Any:
        import numpy as np

        return np.asarray(x)

    def grad(self, fn: Any, /, **options: Any) -> Any:
        options.pop("method", None)
        return self.native.grad(fn, **options)

    @property
    def library(self) -> Any:
        return self.native.numpy


class RawNarrowJAX(RawJAX):
    """`jax.numpy` with 64 bits off, as it is imported."""

    x64 = False
