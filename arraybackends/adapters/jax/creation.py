"""New arrays: with the default dtypes of the backend, on its device, never weakly typed."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError

__all__ = ["Creation"]


def _shape(shape: Any) -> tuple[int, ...]:
    try:
        sizes = (operator.index(shape),)
    except TypeError:
        sizes = tuple(operator.index(size) for size in shape)
    if any(size < 0 for size in sizes):
        raise ShapeError(f"Argument `shape` must not be negative, but is {shape!r}.")
    return sizes


class Creation:
    """Creation functions of the standard."""

    if TYPE_CHECKING:
        native: ModuleType

        def _native_dtype(self, dtype: Any) -> Any: ...
        def _placement(self, device: Any) -> Any: ...
        def _reserve(self, shape: tuple[int, ...], dtype: Any, device: Any = None) -> None: ...
        def _require_array(self, x: Any) -> None: ...
        def _default_dtype_of(self, value: Any) -> Any: ...
        @property
        def _default_real(self) -> Any: ...

    def _dtype_or_real(self, dtype: Any) -> Any:
        return self._default_real if dtype is None else self._native_dtype(dtype)

    def zeros(self, shape: int | Sequence[int], *, dtype: Any = None, device: Any = None) -> Any:
        return self.full(shape, 0, dtype=self._dtype_or_real(dtype), device=device)

    def ones(self, shape: int | Sequence[int], *, dtype: Any = None, device: Any = None) -> Any:
        return self.full(shape, 1, dtype=self._dtype_or_real(dtype), device=device)

    def empty(self, shape: int | Sequence[int], *, dtype: Any = None, device: Any = None) -> Any:
        return self.zeros(shape, dtype=dtype, device=device)

    def full(
        self,
        shape: int | Sequence[int],
        fill_value: Any,
        *,
        dtype: Any = None,
        device: Any = None,
    ) -> Any:
        native = self._default_dtype_of(fill_value) if dtype is None else self._native_dtype(dtype)
        sizes = _shape(shape)
        self._reserve(sizes, native, device)
        return self.native.numpy.full(
            sizes, fill_value, dtype=native, device=self._placement(device)
        )

    def eye(
        self,
        n_rows: int,
        n_cols: int | None = None,
        /,
        *,
        k: int = 0,
        dtype: Any = None,
        device: Any = None,
    ) -> Any:
        native = self._dtype_or_real(dtype)
        sizes = _shape((n_rows, n_rows if n_cols is None else n_cols))
        self._reserve(sizes, native, device)
        return self.native.numpy.eye(*sizes, k=k, dtype=native, device=self._placement(device))

    def arange(
        self,
        start: float,
        /,
        stop: float | None = None,
        step: float = 1,
        *,
        dtype: Any = None,
        device: Any = None,
    ) -> Any:
        if stop is None:
            start, stop = 0, start
        if step == 0:
            raise ValueError("Argument `step` must not be 0.")
        if dtype is None:
            native = self._default_dtype_of(start + stop + step)
        else:
            native = self._native_dtype(dtype)
        exact = all(isinstance(x, int) for x in (start, stop, step))
        length = -((start - stop) // step) if exact else math.ceil((stop - start) / step)
        self._reserve((max(int(length), 0),), native, device)
        return self.native.numpy.arange(
            start, stop, step, dtype=native, device=self._placement(device)
        )

    def linspace(
        self,
        start: complex,
        stop: complex,
        /,
        num: int,
        *,
        dtype: Any = None,
        device: Any = None,
        endpoint: bool = True,
    ) -> Any:
        if dtype is None:
            native = self._default_dtype_of(start + stop + 0.0)
        else:
            native = self._native_dtype(dtype)
        self._reserve(_shape(num), native, device)
        return self.native.numpy.linspace(
            start, stop, num, endpoint=endpoint, dtype=native, device=self._placement(device)
        )

    def zeros_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self.full_like(x, 0, dtype=dtype, device=device)

    def ones_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self.full_like(x, 1, dtype=dtype, device=device)

    def empty_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self.full_like(x, 0, dtype=dtype, device=device)

    def full_like(
        self, x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None
    ) -> Any:
        self._require_array(x)
        return self.native.numpy.full_like(
            x,
            fill_value,
            dtype=x.dtype if dtype is None else self._native_dtype(dtype),
            device=None if device is None else self._native_device(device),
        )

    def _fftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
        return self._frequencies("fftfreq", n, d, dtype, device)

    def _rfftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
        return self._frequencies("rfftfreq", n, d, dtype, device)

    def _frequencies(self, name: str, n: int, d: float, dtype: Any, device: Any) -> Any:
        native = self._dtype_or_real(dtype)
        self._reserve(_shape(n), native, device)
        make = getattr(self.native.numpy.fft, name)
        return make(n, d=d, dtype=native, device=self._placement(device))
