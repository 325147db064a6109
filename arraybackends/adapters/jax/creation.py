"""New arrays: of dtypes that JAX has, on the right device, and only if they can fit."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from numbers import Number
from types import NoneType
from typing import TYPE_CHECKING, Any

from arraybackends.adapters.creation import CreatingBackend
from arraybackends.adapters.ranges import length_of_range
from arraybackends.errors import ShapeError

__all__ = ["Creation"]

_FEW = 4096
"""Up to so many elements, an array is made on the host: JAX would compile for each shape."""

_AXES_OF_HOST = 64
"""More axes than these NumPy has not, and JAX has."""


def _shape(shape: Any, name: str = "shape") -> tuple[int, ...]:
    sizes: tuple[int, ...]
    try:
        sizes = (operator.index(shape),)
    except TypeError:
        sizes = tuple(operator.index(size) for size in shape)
    if any(size < 0 for size in sizes):
        raise ShapeError(f"Argument `{name}` must not be negative, but is {shape!r}.")
    return sizes


_SHAPES: dict[str, Callable[..., tuple[int, ...]]] = {
    "zeros": _shape,
    "ones": _shape,
    "empty": _shape,
    "full": lambda shape, fill_value: _shape(shape),
    "eye": lambda rows, columns=None: _shape((rows, rows if columns is None else columns)),
    "arange": lambda *args: (length_of_range(*args),),
    "linspace": lambda *args: _shape(args[2], "num"),
}


class Creation(CreatingBackend[Any]):
    """Creation functions of the standard."""

    if TYPE_CHECKING:

        def _placement(self, device: Any) -> Any: ...
        def _reserve(self, shape: tuple[int, ...], dtype: Any, device: Any = None) -> None: ...
        def is_array(self, x: Any, /) -> bool: ...
        def _require_array(self, x: Any) -> None: ...

    def _new(self, name: str, *args: Any, dtype: Any, device: Any, **kwargs: Any) -> Any:
        shape = _SHAPES[name](*args)
        self._reserve(shape, dtype, device)
        place = self._placement(device)
        known = all(isinstance(x, (Number, Sequence, NoneType)) for x in args)
        if known and math.prod(shape) <= _FEW and len(shape) <= _AXES_OF_HOST:
            from arraybackends.adapters.host import created

            return self.native.device_put(created(name, *args, dtype=dtype, **kwargs), place)
        make = getattr(self.native.numpy, name)
        return make(*args, dtype=dtype, device=place, **kwargs)

    def _like(self, name: str, *args: Any, dtype: Any, device: Any) -> Any:
        x, *rest = args
        self._require_array(x)
        # A weakly typed array would make another one.
        wanted = x.dtype if dtype is None else self._native_dtype(dtype)
        place = None if device is None else self._native_device(device)
        return getattr(self.native.numpy, name)(x, *rest, dtype=wanted, device=place)

    def _new_frequencies(self, name: str, n: int, d: float, dtype: Any, device: Any) -> Any:
        make = getattr(self.native.numpy.fft, name)
        return make(n, d=d, dtype=self._real(dtype), device=self._placement(device))

    def _for_scalars(self, dtype: Any, *values: Any) -> Any:
        if dtype is None and self.is_array(values[0]):
            return values[0].dtype
        wanted = super()._for_scalars(dtype, *values)
        if dtype is None and not self.native.config.jax_enable_x64:
            return self._dtypes.get({"int64": "int32"}.get(wanted.name, wanted.name))
        return wanted
