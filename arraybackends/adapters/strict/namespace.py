"""array-api-strict as it is, with dtypes in any spelling and the errors of this package."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import array_api_strict as strict

from arraybackends.adapters import numpy_errors
from arraybackends.adapters.axes import require_axes, require_lengths
from arraybackends.adapters.base import public_names
from arraybackends.adapters.choices import require_choice
from arraybackends.adapters.operands import refuse_foreign
from arraybackends.adapters.refusal import is_explained, refusal
from arraybackends.errors import DeviceError
from arraybackends.precision import DTYPE_NAMES, dtype_name
from arraybackends.standard import FFTNamespace, LinalgNamespace, StandardNamespace

NATIVE = strict
Array = type(strict.asarray(0.0))
DTYPES = {name: getattr(strict, name) for name in DTYPE_NAMES}


def translated(
    error: Exception, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], /
) -> Exception:
    """Exception of arraybackends for one of array-api-strict or of NumPy below it."""
    if isinstance(error, ValueError) and "device" in str(error) and not is_explained(error):
        return refusal(DeviceError, function, args, kwargs, error)
    return numpy_errors.translated(error, function, args, kwargs)


def require_own(name: str, *operands: Any) -> None:
    """Raise if an operand of a function is another library's array."""
    refuse_foreign("strict", (Array,), name, operands)


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        require_own(name, *args)
        dtype = kwargs.get("dtype")
        if dtype is not None:
            kwargs["dtype"] = DTYPES[dtype_name(dtype)]
        try:
            return function(*args, **kwargs)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            ours = translated(error, name, args, kwargs)
            if ours is error:
                raise
            raise ours from error

    return wrapper


def _members(namespace: Any, protocol: type) -> dict[str, Any]:
    found = {name: getattr(namespace, name, None) for name in public_names(protocol)}
    return {
        name: _guarded(name, member) if callable(member) else member
        for name, member in found.items()
        if member is not None
    }


def _expand_dims(x: Any, /, axis: Any = 0) -> Any:
    # array-api-strict 2.6 has no default for the axis.
    return strict.expand_dims(x, axis=axis)


def _isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    # array-api-strict 2.6 ignores `invert`.
    found = strict.isin(x1, x2)
    return strict.logical_not(found) if invert else found


def _reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
    require_lengths(shape)
    # array-api-strict 2.6 raises AttributeError where a copy is needed and forbidden.
    try:
        return strict.reshape(x, shape, copy=copy)
    except AttributeError as error:
        raise ValueError(
            f"Argument `copy` is False, but an array of shape {x.shape} in this layout cannot have "
            f"the shape {shape} without a copy."
        ) from error


def _argsort(x: Any, /, **options: Any) -> Any:
    require_axes("argsort", x, 1)  # NumPy takes a number for a vector
    return strict.argsort(x, **options)


def _qr(x: Any, /, *, mode: str = "reduced") -> Any:
    require_choice("mode", mode, "reduced", "complete")
    return strict.linalg.qr(x, mode=mode)


def _matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    # array-api-strict 2.6 looks for the largest of no singular values (row L9).
    if 0 in x.shape[-2:]:
        return strict.zeros(x.shape[:-2], dtype=strict.int64, device=x.device)
    return strict.linalg.matrix_rank(x, rtol=rtol)


SOURCES = (
    {
        "argsort": _guarded("argsort", _argsort),
        "expand_dims": _guarded("expand_dims", _expand_dims),
        "isin": _guarded("isin", _isin),
        "reshape": _guarded("reshape", _reshape),
    },
    _members(strict, StandardNamespace),
    strict,
)
LINALG_SOURCES = (
    {"matrix_rank": _guarded("matrix_rank", _matrix_rank), "qr": _guarded("qr", _qr)},
    _members(strict.linalg, LinalgNamespace),
)
FFT_SOURCES = (_members(strict.fft, FFTNamespace),)
