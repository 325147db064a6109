"""Arrays of the double: memory of the host behind the manners of a device."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from cupy.cuda.device import Device

__all__ = ["folded", "memory", "ndarray", "unwrapped", "wrapped"]

_ADAPTER = "arraybackends.adapters."
_CPU, _CUDA = (1, 0), (2, 0)  # devices of the DLPack protocol


class _Memory:
    """Bytes that arrays hold now, and the most so far."""

    held = peak = 0

    def take(self, nbytes: int) -> None:
        self.held += nbytes
        self.peak = max(self.peak, self.held)


memory = _Memory()


def _refused(*_: Any, **__: Any) -> Any:
    raise TypeError(
        "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a "
        "NumPy array explicitly."
    )


def _fetching(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Convert to a Python number, which the adapter must say by `.item()`: it waits."""

    def method(self: ndarray) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if caller.startswith(_ADAPTER):
            raise TypeError(f"{caller} fetches a number from the device; say so with `.item()`.")
        return convert(self._host)

    return method


class ndarray:  # noqa: N801 (CuPy's name)
    """Array on the one device of the double."""

    __array_priority__ = 100

    def __init__(self, host: Any) -> None:
        self._host = np.asarray(host)
        self._taken = self._host.nbytes if self._host.base is None else 0
        memory.take(self._taken)

    def __del__(self) -> None:
        memory.held -= self._taken

    __array__ = __array_ufunc__ = __array_function__ = _refused

    # To the host

    def get(self, stream: Any = None, order: str = "C", out: Any = None) -> Any:
        return self._host.copy()

    def item(self) -> Any:
        return self._host.item()

    def tolist(self) -> Any:
        return self._host.tolist()

    __bool__ = _fetching(bool)
    __complex__ = _fetching(complex)
    __float__ = _fetching(float)
    __index__ = _fetching(lambda host: host.__index__())
    __int__ = _fetching(int)

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CUDA

    def __dlpack__(
        self,
        stream: Any = None,
        *,
        max_version: Any = None,
        dl_device: Any = None,
        copy: Any = None,
    ) -> Any:
        if dl_device is None or tuple(dl_device) != _CPU:
            raise BufferError("There is no device whose memory could be exported.")
        return self._host.copy().__dlpack__()

    # Attributes

    device = property(lambda self: Device(0))
    dtype = property(lambda self: self._host.dtype)
    flags = property(lambda self: self._host.flags)
    itemsize = property(lambda self: self._host.itemsize)
    nbytes = property(lambda self: self._host.nbytes)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    strides = property(lambda self: self._host.strides)
    T = property(lambda self: ndarray(self._host.T))
    mT = property(lambda self: ndarray(self._host.mT))  # noqa: N815
    real = property(lambda self: ndarray(self._host.real))
    imag = property(lambda self: ndarray(self._host.imag))

    @property
    def shape(self) -> tuple[int, ...]:
        return self._host.shape

    @shape.setter
    def shape(self, shape: tuple[int, ...]) -> None:
        self._host = self._host.reshape(shape, copy=False)

    # Access

    def __len__(self) -> int:
        return len(self._host)

    def __iter__(self) -> Any:
        return (ndarray(part) for part in self._host)

    def __getitem__(self, index: Any) -> ndarray:
        return ndarray(self._host[folded(unwrapped(index), self.shape)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._host[folded(unwrapped(index), self.shape)] = unwrapped(value)

    def __repr__(self) -> str:
        return repr(self._host)

    def __eq__(self, other: object) -> Any:
        return _operator("equal")(self, other)

    def __ne__(self, other: object) -> Any:
        return _operator("not_equal")(self, other)

    __hash__ = None  # type: ignore[assignment]

    # What CuPy does otherwise than NumPy

    def astype(
        self,
        dtype: Any,
        order: str = "K",
        casting: Any = None,
        subok: Any = None,
        copy: bool = True,
    ) -> ndarray:
        with np.errstate(all="ignore"):
            result = self._host.astype(dtype, order=order, copy=copy)
        return self if result is self._host else ndarray(result)

    def take(self, indices: Any, axis: Any = None, out: Any = None) -> ndarray:
        return ndarray(self._host.take(unwrapped(indices), axis=axis, mode="wrap"))

    def repeat(self, repeats: Any, axis: Any = None) -> ndarray:
        if isinstance(repeats, ndarray):
            raise ValueError("Argument `repeats` must be an integer or a sequence of integers.")
        return ndarray(self._host.repeat(repeats, axis))


def folded(index: Any, shape: tuple[int, ...], /) -> Any:
    """Index whose arrays of integers wrap around: a device cannot raise."""
    items = index if isinstance(index, tuple) else (index,)
    consumed = [_consumed(item) for item in items]
    axis, folded = 0, []
    for item, axes in zip(items, consumed, strict=True):
        if item is Ellipsis:
            axis += len(shape) - sum(consumed)
        elif isinstance(item, np.ndarray) and item.dtype.kind in "iu" and item.ndim:
            item = item % shape[axis] if shape[axis] else item  # noqa: PLW2901
        folded.append(item)
        axis += axes
    return tuple(folded) if isinstance(index, tuple) else folded[0]


def _consumed(item: Any) -> int:
    """How many axes an item of an index stands for."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    if isinstance(item, np.ndarray) and item.dtype.kind == "b":
        return item.ndim
    return 1


def unwrapped(value: Any, /) -> Any:
    """Replace arrays of the double by their memory; NumPy's arrays are refused."""
    if isinstance(value, ndarray):
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if type(value) in (list, tuple):
        return type(value)(unwrapped(item) for item in value)
    return value


def wrapped(value: Any, /) -> Any:
    """Make arrays of the double of all arrays and scalars in a result: 0-d, never numbers."""
    if isinstance(value, (np.ndarray, np.generic)):
        return ndarray(value)
    if isinstance(value, (list, tuple)):
        return (
            type(value)(map(wrapped, value)) if type(value) is list else tuple(map(wrapped, value))
        )
    return value


def _method(name: str) -> Callable[..., Any]:
    def method(self: ndarray, *args: Any, **kwargs: Any) -> Any:
        with np.errstate(all="ignore"):
            given = {key: unwrapped(value) for key, value in kwargs.items()}
            return wrapped(getattr(self._host, name)(*unwrapped(args), **given))

    return method


for _name in (
    "all any argmax argmin clip conj conjugate copy cumprod cumsum diagonal dot flatten max mean "
    "min nonzero prod ravel reshape round squeeze std sum swapaxes trace transpose var view"
).split():
    setattr(ndarray, _name, _method(_name))


def _operator(name: str, *, swapped: bool = False, in_place: bool = False) -> Callable[..., Any]:
    def method(self: ndarray, *others: Any) -> Any:
        import cupy

        if any(isinstance(other, np.ndarray) for other in others):
            _refused()
        if any(type(other) not in (ndarray, bool, int, float, complex)
               and not isinstance(other, np.generic) for other in others):  # fmt: skip
            return NotImplemented
        operands = (*others, self) if swapped else (self, *others)
        result = getattr(cupy, name)(*operands)
        if in_place:
            self._host[...] = result._host
            return self
        return result

    return method


for _symbol, _name in {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power",
    "floordiv": "floor_divide", "mod": "remainder", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift", "matmul": "matmul",
}.items():  # fmt: skip
    setattr(ndarray, f"__{_symbol}__", _operator(_name))
    setattr(ndarray, f"__r{_symbol}__", _operator(_name, swapped=True))
    setattr(ndarray, f"__i{_symbol}__", _operator(_name, in_place=True))
for _symbol, _name in {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "neg": "negative",
    "pos": "positive", "abs": "abs", "invert": "invert",
}.items():  # fmt: skip
    setattr(ndarray, f"__{_symbol}__", _operator(_name))

ndarray.__module__ = "cupy"
