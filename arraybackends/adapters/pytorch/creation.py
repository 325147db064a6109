"""Creation functions of the standard, on the device and in the precision of a backend object."""

# PyTorch leaves much of what is used here untyped.
# mypy: disable-error-code="no-any-return, no-untyped-call"
from __future__ import annotations

import numbers
import operator
from collections.abc import Sequence
from typing import Any

import torch

from arraybackends.adapters.pytorch import placement
from arraybackends.adapters.pytorch.defaults import Defaults
from arraybackends.adapters.pytorch.dtypes import native_dtype
from arraybackends.adapters.pytorch.errors import checked
from arraybackends.adapters.pytorch.memory import reserve
from arraybackends.adapters.ranges import ends_of_range, require_samples
from arraybackends.precision import dtype_name, require_representable

__all__ = ["Creation"]

Tensor = torch.Tensor
Shape = int | Sequence[int]


class Creation:
    """The creation functions of one backend object."""

    def __init__(self, defaults: Defaults) -> None:
        self._defaults = defaults

    def _options(
        self, dtype: Any, device: Any, *values: Any, shape: tuple[int, ...] = ()
    ) -> dict[str, Any]:
        found, place = self._defaults.dtype(dtype, *values), self._defaults.place(device)
        reserve(shape, found, place)
        return {"dtype": found, "device": place}

    # Filled with one value

    @checked
    def empty(self, shape: Shape, *, dtype: Any = None, device: Any = None) -> Tensor:
        shape = _shape(shape)
        return torch.empty(shape, **self._options(dtype, device, 1.0, shape=shape))

    @checked
    def zeros(self, shape: Shape, *, dtype: Any = None, device: Any = None) -> Tensor:
        shape = _shape(shape)
        return torch.zeros(shape, **self._options(dtype, device, 1.0, shape=shape))

    @checked
    def ones(self, shape: Shape, *, dtype: Any = None, device: Any = None) -> Tensor:
        shape = _shape(shape)
        return torch.ones(shape, **self._options(dtype, device, 1.0, shape=shape))

    @checked
    def full(
        self, shape: Shape, fill_value: Any, *, dtype: Any = None, device: Any = None
    ) -> Tensor:
        shape = _shape(shape)
        if isinstance(fill_value, Tensor):
            # `torch.full` takes the number out of a tensor, and its derivative is lost.
            return fill_value.to(**_changes(dtype, device)).expand(shape).clone()
        options = self._options(dtype, device, fill_value, shape=shape)
        require_representable("fill_value", dtype_name(options["dtype"]), fill_value)
        return torch.full(shape, fill_value, **options)

    @checked
    def empty_like(self, x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
        return torch.empty_like(x, **_changes(dtype, device))

    @checked
    def zeros_like(self, x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
        return torch.zeros_like(x, **_changes(dtype, device))

    @checked
    def ones_like(self, x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
        return torch.ones_like(x, **_changes(dtype, device))

    @checked
    def full_like(
        self, x: Tensor, /, fill_value: Any, *, dtype: Any = None, device: Any = None
    ) -> Tensor:
        if isinstance(fill_value, Tensor):
            options: dict[str, Any] = {"dtype": x.dtype, "device": x.device}
            options |= _changes(dtype, device)
            return fill_value.to(**options).expand(x.shape).clone()
        changes = _changes(dtype, device)
        name = dtype_name(changes.get("dtype", x.dtype))
        require_representable("fill_value", name, fill_value)
        return torch.full_like(x, fill_value, **changes)

    # Sequences and matrices

    @checked
    def arange(
        self, start: float, /, stop: float | None = None, step: float = 1, *,
        dtype: Any = None, device: Any = None,
    ) -> Tensor:  # fmt: skip
        if stop is None:
            start, stop = 0, start
        ends = ends_of_range(start, stop, step)
        options = self._options(dtype, device, start, stop, step)
        require_representable("stop", dtype_name(options["dtype"]), *ends)
        if not ends:
            # PyTorch refuses a stop before the start (row 77).
            return torch.empty(0, **options)
        if not (options["dtype"].is_floating_point or _integers(start, stop, step)):
            # PyTorch would round the step first.
            exact = torch.arange(start, stop, step, dtype=torch.float64, device=options["device"])
            return exact.to(options["dtype"])
        return torch.arange(start, stop, step, **options)

    @checked
    def linspace(
        self, start: complex, stop: complex, /, num: int, *,
        dtype: Any = None, device: Any = None, endpoint: bool = True,
    ) -> Tensor:  # fmt: skip
        options = self._options(dtype, device, start, stop, 1.0)
        require_representable("stop", dtype_name(options["dtype"]), start, stop)
        if endpoint:
            return torch.linspace(start, stop, num, **options)
        # PyTorch always includes the end.
        return torch.linspace(start, stop, num + 1, **options)[:num]

    @checked
    def eye(
        self, n_rows: int, n_cols: int | None = None, /, *,
        k: int = 0, dtype: Any = None, device: Any = None,
    ) -> Tensor:  # fmt: skip
        columns = n_rows if n_cols is None else n_cols
        matrix = torch.zeros((n_rows, columns), **self._options(dtype, device, 1.0))
        if -n_rows < k < columns:
            torch.diagonal(matrix, k).fill_(1)
        return matrix

    # Sample frequencies, of the extension `fft`

    @checked
    def fftfreq(
        self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None
    ) -> Tensor:
        require_samples(n)
        return torch.fft.fftfreq(n, d, **self._options(dtype, device, 1.0))

    @checked
    def rfftfreq(
        self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None
    ) -> Tensor:
        require_samples(n)
        return torch.fft.rfftfreq(n, d, **self._options(dtype, device, 1.0))


def _integers(*values: Any) -> bool:
    return all(isinstance(value, numbers.Integral) for value in values)


def _shape(shape: Any) -> tuple[int, ...]:
    try:
        return (operator.index(shape),)
    except TypeError:
        return tuple(shape)


def _changes(dtype: Any, device: Any) -> dict[str, Any]:
    """Return what is asked for, without what is to stay as it is."""
    options: dict[str, Any] = {}
    if dtype is not None:
        options["dtype"] = native_dtype(dtype)
    if device is not None:
        options["device"] = placement.resolve(device)
    return options
