"""The dtypes of PyTorch, and the standard's promotion between them."""

from __future__ import annotations

import functools
from typing import Any

import torch

from arraybackends.adapters.pytorch.errors import require_tensor
from arraybackends.errors import DTypeError
from arraybackends.precision import DTYPE_NAMES, dtype_name

__all__ = [
    "DTYPES",
    "native_dtype",
    "operands",
    "promoted",
    "real_dtype",
    "require_no_loss",
    "result_type",
    "tensor_of",
]

# PyTorch can store uint16, uint32 and uint64 but not add them (rows 15, 16): they are not offered.
DTYPES: dict[str, torch.dtype] = {
    name: getattr(torch, name) for name in DTYPE_NAMES if name not in ("uint16", "uint32", "uint64")
}

_KNOWN = frozenset(DTYPES.values())
_SCALARS = (bool, int, float, complex)
_COMPLEX = {torch.float32: torch.complex64, torch.float64: torch.complex128}
_REAL = {complex_: real for real, complex_ in _COMPLEX.items()}


def native_dtype(dtype: Any) -> torch.dtype:
    """Return the native dtype for any spelling, or refuse it."""
    if type(dtype) is torch.dtype and dtype in _KNOWN:
        return dtype
    name = dtype_name(dtype)
    try:
        return DTYPES[name]
    except KeyError:
        raise DTypeError(
            f"Argument `dtype` is {dtype!r}, but PyTorch has no arithmetic for {name}. "
            f"Backend `pytorch` has: {', '.join(DTYPES)}."
        ) from None


def require_no_loss(is_complex: bool, dtype: torch.dtype) -> None:
    """Refuse to convert complex numbers to real ones, of which PyTorch would only warn."""
    if is_complex and not dtype.is_complex:
        raise DTypeError(
            f"Argument `dtype` is {dtype}, but the numbers are complex: their imaginary part would "
            "be lost. Use `xp.real` or `xp.abs`."
        )


def real_dtype(dtype: torch.dtype) -> torch.dtype:
    """Return the dtype of the real part."""
    return _REAL.get(dtype, dtype)


@functools.cache
def _promote(a: torch.dtype, b: torch.dtype) -> torch.dtype:
    try:
        return torch.promote_types(a, b)
    except RuntimeError as error:
        raise DTypeError(f"The dtypes {a} and {b} do not promote to a common one.") from error


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _with_scalar(dtype: torch.dtype, scalar: Any) -> torch.dtype:
    """Promote a dtype with a Python scalar: a scalar has a kind, but no width."""
    if isinstance(scalar, complex):
        return _COMPLEX.get(dtype, dtype)
    return torch.result_type(torch.empty((), dtype=dtype), scalar)


def result_type(*arrays_and_dtypes: Any) -> torch.dtype:
    """
    Promote arrays, dtypes and Python scalars.

    PyTorch ignores the width of a 0-d array beside others (row 7); the standard does not.
    """
    scalars = [x for x in arrays_and_dtypes if isinstance(x, _SCALARS)]
    dtypes = [
        x.dtype if isinstance(x, torch.Tensor) else native_dtype(x)
        for x in arrays_and_dtypes
        if not isinstance(x, _SCALARS)
    ]
    if not dtypes:
        raise ValueError(
            "Argument `arrays_and_dtypes` must hold at least one array or dtype, but is "
            f"{arrays_and_dtypes!r}."
        )
    return functools.reduce(_with_scalar, scalars, functools.reduce(_promote, dtypes))


def tensor_of(x: Any, like: torch.Tensor) -> torch.Tensor:
    """Return a Python scalar as the 0-d tensor that promotes with `like` as the scalar does."""
    if isinstance(x, torch.Tensor):
        return x
    if not isinstance(x, _SCALARS):
        require_tensor(x)
    return torch.full((), x, dtype=_with_scalar(like.dtype, x), device=like.device)


def promoted(*arrays: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return arrays converted to their common dtype."""
    first = require_tensor(arrays[0]).dtype
    if all(x.dtype is first for x in arrays[1:]):
        return arrays
    dtype = functools.reduce(_promote, [require_tensor(x).dtype for x in arrays])
    return tuple(x.to(dtype) for x in arrays)


def operands(x1: Any, x2: Any) -> tuple[torch.Tensor, ...]:
    """Return two operands that promote as in the standard: 0-d arrays count in full (row 7)."""
    if isinstance(x1, torch.Tensor):
        return promoted(x1, tensor_of(x2, x1))
    return promoted(tensor_of(x1, require_tensor(x2)), x2)
