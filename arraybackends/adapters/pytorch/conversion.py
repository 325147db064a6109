"""The doors through which numbers and arrays of others enter and leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.utils.dlpack

from arraybackends.adapters.pytorch import placement
from arraybackends.adapters.pytorch.defaults import Defaults
from arraybackends.adapters.pytorch.dtypes import native_dtype, promoted, require_no_loss
from arraybackends.adapters.pytorch.errors import require_tensor
from arraybackends.errors import BackendMismatchError, DTypeError, ShapeError
from arraybackends.precision import dtype_name, require_representable

__all__ = ["Conversion", "to_numpy"]

Tensor = torch.Tensor

_NUMBERS = (bool, int, float, complex)


class Conversion:
    """`asarray` and `from_dlpack` of one backend object."""

    def __init__(self, defaults: Defaults) -> None:
        self._defaults = defaults

    def asarray(
        self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
    ) -> Tensor:
        wanted = None if dtype is None else native_dtype(dtype)
        if isinstance(obj, Tensor):
            return self._from_tensor(obj, wanted, device, copy)
        if isinstance(obj, (np.ndarray, np.generic)):
            return self._from_numpy(np.asarray(obj), wanted, device, copy)
        if copy is False:
            raise ValueError(
                "Argument `copy` is False, but an array cannot share memory with a "
                f"`{type(obj).__name__}`. Use `copy=None`."
            )
        if isinstance(obj, _NUMBERS):
            chosen = self._defaults.dtype(wanted, obj)
            require_representable("obj", dtype_name(chosen), obj)
            return self._from_numbers(obj, chosen, device)
        if isinstance(obj, (list, tuple)):
            return self._from_sequence(obj, wanted, device)
        _refuse_foreign(obj)
        return self._from_numpy(np.asarray(obj), wanted, device, None)

    def _from_tensor(
        self, x: Tensor, dtype: torch.dtype | None, device: Any, copy: bool | None
    ) -> Tensor:
        dtype = dtype or x.dtype
        require_no_loss(x.is_complex(), dtype)
        place = x.device if device is None else placement.resolve(device)
        if copy is False and (dtype, place) != (x.dtype, x.device):
            raise ValueError(
                f"Argument `copy` is False, but an array of {x.dtype} on {x.device} cannot become "
                f"one of {dtype} on {place} without a copy. Use `copy=None`."
            )
        return x.to(device=place, dtype=dtype, copy=bool(copy))

    def _from_numpy(
        self, x: Any, dtype: torch.dtype | None, device: Any, copy: bool | None
    ) -> Tensor:
        name = dtype_name(dtype or x.dtype)
        require_no_loss(x.dtype.kind == "c", native_dtype(name))
        place = self._defaults.place(device)
        # PyTorch takes neither negative strides, nor foreign byte order, nor read-only memory.
        shareable = (
            x.dtype == np.dtype(name) and x.flags.writeable and min(x.strides, default=0) >= 0
        )
        if copy is False:
            if not shareable or (place is not None and place.type != "cpu"):
                raise ValueError(
                    f"Argument `copy` is False, but a NumPy array of dtype {x.dtype} (writeable: "
                    f"{x.flags.writeable}, strides: {x.strides}) cannot become one of dtype {name} "
                    f"on {place or 'cpu'} without a copy. Use `copy=None`."
                )
            return torch.from_numpy(x)
        owned = torch.from_numpy(np.array(x, dtype=name, order="C", copy=True))
        # Where nobody has placed it, PyTorch knows the default device that a user has set.
        return owned.to(torch.empty(0).device if place is None else place)

    def _from_numbers(self, obj: Any, dtype: torch.dtype, device: Any) -> Tensor:
        place = self._defaults.place(device)
        try:
            return torch.tensor(obj, dtype=dtype, device=place)
        except (ValueError, RuntimeError, TypeError) as error:
            message = str(error)
            if "expected sequence" in message or "not a sequence" in message:
                raise ShapeError(
                    f"Argument `obj` must hold sequences of one length at each depth: {message}."
                ) from error
            raise DTypeError(
                f"Argument `obj` does not fit the dtype {dtype}: {message}."
            ) from error

    def _from_sequence(self, obj: Any, dtype: torch.dtype | None, device: Any) -> Tensor:
        leaves = list(_leaves(obj))
        if all(isinstance(leaf, _NUMBERS) for leaf in leaves):
            chosen = self._defaults.dtype(dtype, *(leaves or [1.0]))
            require_representable("obj", dtype_name(chosen), *leaves)
            return self._from_numbers(obj, chosen, device)
        if any(isinstance(leaf, Tensor) for leaf in leaves):
            return self._stacked(obj, dtype, device)
        for leaf in leaves:
            _refuse_foreign(leaf)
        return self._from_numpy(np.asarray(obj), dtype, device, None)

    def _stacked(self, obj: Any, dtype: torch.dtype | None, device: Any) -> Tensor:
        """Join nested lists of tensors, with their derivatives, which PyTorch's own would lose."""
        parts = [
            self._stacked(part, dtype, device)
            if isinstance(part, (list, tuple))
            else self.asarray(part, dtype=dtype, device=device)
            for part in obj
        ]
        if len({part.shape for part in parts}) != 1:
            raise ShapeError("Argument `obj` must hold arrays and sequences of one shape.")
        return torch.stack(promoted(*parts))

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
        if isinstance(x, Tensor):
            return self._from_tensor(x, None, device, copy)
        if isinstance(x, np.ndarray):
            return self._from_numpy(x, None, device, copy)
        if not hasattr(x, "__dlpack__"):
            raise TypeError(
                f"Argument `x` must support DLPack, but is of type `{type(x).__name__}`."
            )
        shared = torch.utils.dlpack.from_dlpack(x)
        native_dtype(shared.dtype)
        # A source may be immutable, as in JAX (rows 94, 95): shared memory is an explicit choice.
        place = shared.device if device is None else placement.resolve(device)
        if copy is False and place != shared.device:
            raise ValueError(
                f"Argument `copy` is False, but an array on {shared.device} cannot be moved to "
                f"{place} without a copy. Use `copy=None`."
            )
        return shared.to(place, copy=copy is not False)


def _leaves(obj: Any) -> Iterator[Any]:
    for item in obj:
        if isinstance(item, (list, tuple)):
            yield from _leaves(item)
        else:
            yield item


def _refuse_foreign(x: Any) -> None:
    """Refuse arrays of other libraries, whose memory PyTorch would misread (row 100)."""
    if hasattr(x, "__dlpack__") and not isinstance(x, (np.ndarray, np.generic, Tensor)):
        raise BackendMismatchError(
            "Argument `obj` must be made of numbers, NumPy arrays and arrays of backend `pytorch`, "
            f"but holds one of type `{type(x).__module__}.{type(x).__qualname__}`. "
            "Convert it with `xp.from_dlpack`."
        )


def to_numpy(x: Tensor, *, copy: bool) -> Any:
    """Return a tensor as an array on the host, outside of the graph (row 103)."""
    resolved = require_tensor(x).detach().resolve_conj().resolve_neg()
    if copy or resolved.device.type != "cpu":
        return resolved.to("cpu", copy=True).numpy()
    view = resolved.numpy().view()
    view.flags.writeable = False
    return view
