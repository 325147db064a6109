"""The standard on CuPy 14: array-api-compat, and what it leaves.

Written against the documentation and bound against the wheel; the reasons that cite a row of the
table of semantics say what CuPy's documentation and its list of expected failures say.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import cupy as cp
import numpy as np
from array_api_compat import cupy as compat
from array_api_compat.cupy import fft as compat_fft
from array_api_compat.cupy import linalg as compat_linalg

from arraybackends.adapters.axes import require_axes, require_lengths
from arraybackends.adapters.base import public_names
from arraybackends.adapters.choices import require_choice
from arraybackends.adapters.numpy_errors import translated
from arraybackends.adapters.operands import refuse_foreign, require_array
from arraybackends.errors import DTypeError
from arraybackends.precision import DTYPE_NAMES, dtype_name
from arraybackends.standard import (
    EigResult,
    FFTNamespace,
    LinalgNamespace,
    QRResult,
    SlogdetResult,
    StandardNamespace,
    SVDResult,
)

NATIVE = cp
DTYPES = {name: np.dtype(name) for name in DTYPE_NAMES}
_CONSTANTS = ("e", "inf", "nan", "newaxis", "pi")
_METHODS = ("asarray", "from_dlpack", "finfo", "iinfo")


# Errors and dtypes


def require_own(name: str, *operands: Any) -> None:
    """Raise if an operand is another library's array: CuPy calls methods of whatever it is."""
    for x in operands:
        if type(x) is not cp.ndarray:
            refuse_foreign("cupy", (cp.ndarray,), name, (x,))


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Function with our errors, and with `dtype=` in any spelling."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        require_own(name, *args)
        if kwargs.get("dtype") is not None:
            kwargs["dtype"] = DTYPES[dtype_name(kwargs["dtype"])]
        try:
            return function(*args, **kwargs)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            ours = translated(error, name, args, kwargs)
            if ours is error:
                raise
            raise ours from error

    return wrapper


def _check_floating(name: str, *arrays: Any) -> None:
    for x in arrays:
        if isinstance(x, cp.ndarray) and x.dtype.kind not in "fc":
            raise DTypeError(
                f"Arguments of `{name}` must be floating-point arrays, but one has dtype "
                f"{x.dtype}. Convert it with `xp.astype`."
            )


def _floating(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Function of floating-point arrays: CuPy would convert integers (rows 11, 12, 18, 42)."""
    guarded = _guarded(name, function)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        _check_floating(name, *args)
        return guarded(*args, **kwargs)

    return wrapper


# Element by element


def round(x: Any, /) -> Any:
    return x.copy() if x.dtype.kind in "biu" else cp.rint(x)


def imag(x: Any, /) -> Any:
    return x.imag.copy() if x.dtype.kind == "c" else cp.zeros_like(x)


def conj(x: Any, /) -> Any:
    return cp.conj(x) if x.dtype.kind == "c" else x.copy()


def expm1(x: Any, /) -> Any:
    result = cp.expm1(x)
    if result.dtype.kind == "c":
        # As on NumPy (numpy/numpy#21746), whose formula CuPy shares.
        real = result.real
        real += 0.0  # not -0 at -0, unlike the function of real numbers
        result = cp.where(cp.isfinite(x), result, cp.exp(x) - 1.0)
    return result


def tanh(x: Any, /) -> Any:
    # C gives tanh(inf + ib) the imaginary part 0 sin(2b), the standard 0 with the sign of b.
    result = cp.tanh(x)
    if result.dtype.kind == "c":
        _zero_with_sign(result.imag, x.real, x.imag)
    return result


def tan(x: Any, /) -> Any:
    # The same, turned by a right angle.
    result = cp.tan(x)
    if result.dtype.kind == "c":
        _zero_with_sign(result.real, x.imag, x.real)
    return result


def _zero_with_sign(part: Any, limit: Any, other: Any) -> None:
    """Make a part of a result 0 with the sign of `other` where `limit` is infinite."""
    part[...] = cp.where(cp.isinf(limit), cp.copysign(cp.zeros_like(other), other), part)


def floor_divide(x1: Any, x2: Any, /) -> Any:
    result = cp.floor_divide(x1, x2)
    if result.dtype.kind == "f":
        # As on NumPy: infinite operands give nan or -1 where the standard has infinities and -0.
        infinite = cp.logical_or(cp.isinf(x1), cp.isinf(x2))
        result = cp.where(infinite, cp.floor(cp.divide(x1, x2)), result).astype(result.dtype)
    return result


_FLOATING = (
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cholesky", "copysign", "cos",
    "cosh", "det", "divide", "eig", "eigh", "eigvals", "eigvalsh", "exp", "fft", "fftn", "hfft",
    "hypot", "ifft", "ifftn", "ihfft", "inv", "irfft", "irfftn", "log", "rfft", "rfftn",
    "log10", "log1p", "log2", "logaddexp", "matrix_norm", "matrix_rank", "mean", "nextafter",
    "pinv", "qr", "reciprocal", "sin", "sinh", "slogdet", "solve", "sqrt", "std", "svd", "svdvals",
    "tan", "tanh", "var", "vector_norm",
)  # fmt: skip


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    spread = cp.std(x, axis=axis, ddof=correction, keepdims=keepdims)
    return _without_freedom(x, spread, correction)


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    spread = cp.var(x, axis=axis, ddof=correction, keepdims=keepdims)
    return _without_freedom(x, spread, correction)


def _without_freedom(x: Any, spread: Any, correction: float) -> Any:
    """Spread, or NaN where no degree of freedom is left: CuPy divides by 0 and gives infinity."""
    if spread.size and x.size // spread.size <= correction:
        return cp.full_like(spread, np.nan)
    return spread


# Shapes and selections


def reshape(x: Any, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Any:
    require_lengths(shape)
    return compat.reshape(x, shape, copy=copy)  # type: ignore[attr-defined]


def expand_dims(x: Any, /, axis: Any = 0) -> Any:
    return cp.expand_dims(x, axis)


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    require_axes("argsort", x, 1)  # CuPy takes a number for a vector
    return compat.argsort(  # type: ignore[attr-defined]
        x, axis=axis, descending=descending, stable=stable
    )


def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    require_array("where", x1, x2)
    return compat.where(condition, x1, x2)  # type: ignore[attr-defined]


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    # `cupy.repeat` takes integers and sequences of them only: the positions are counted here.
    if isinstance(repeats, int):
        return cp.repeat(x, repeats, axis=axis)
    if axis is None:
        x, axis = x.ravel(), 0
    ends = cp.cumsum(cp.broadcast_to(repeats.astype(np.int64), (x.shape[axis],)))
    total = ends[-1].item() if ends.size else 0
    positions = cp.searchsorted(ends, cp.arange(total, dtype=np.int64), side="right")
    return cp.take(x, positions, axis=axis)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    require_axes("unstack", x, 1)
    front = cp.moveaxis(x, axis, 0)
    return tuple(front[i, ...] for i in range(front.shape[0]))


# CuPy, as NumPy, makes a matrix of a vector.


def tril(x: Any, /, *, k: int = 0) -> Any:
    require_axes("tril", x, 2)
    return cp.tril(x, k)


def triu(x: Any, /, *, k: int = 0) -> Any:
    require_axes("triu", x, 2)
    return cp.triu(x, k)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    return cp.diff(x, n=n, axis=axis, prepend=prepend, append=append)


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    return np.broadcast_shapes(*shapes)


# Dtypes


def can_cast(from_: Any, to: Any, /) -> bool:
    source = from_.dtype if isinstance(from_, cp.ndarray) else DTYPES[dtype_name(from_)]
    return bool(np.can_cast(source, DTYPES[dtype_name(to)]))


def result_type(*arrays_and_dtypes: Any) -> Any:
    return np.result_type(
        *(
            x.dtype
            if isinstance(x, cp.ndarray)
            else x
            if type(x) in (bool, int, float, complex)
            else DTYPES[dtype_name(x)]
            for x in arrays_and_dtypes
        )
    )


# Linear algebra


def matmul(x1: Any, x2: Any, /) -> Any:
    return cp.matmul(x1, x2)


def eig(x: Any, /) -> EigResult[Any]:
    values, vectors = cp.linalg.eig(x)
    return EigResult(_complex(values), _complex(vectors))


def eigvals(x: Any, /) -> Any:
    return _complex(cp.linalg.eigvals(x))


def _complex(x: Any) -> Any:
    return x.astype(np.result_type(x.dtype, 1j), copy=False)


def eigh(x: Any, /) -> EigResult[Any]:
    return EigResult(*cp.linalg.eigh(x))


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    if 0 in x.shape[-2:]:  # there is no largest singular value to compare with
        return cp.zeros(x.shape[:-2], dtype=np.int64)
    return compat_linalg.matrix_rank(x, rtol=rtol)


def qr(x: Any, /, *, mode: str = "reduced") -> QRResult[Any]:
    require_choice("mode", mode, "reduced", "complete")
    return QRResult(*cp.linalg.qr(x, mode=mode))


def slogdet(x: Any, /) -> SlogdetResult[Any]:
    return SlogdetResult(*cp.linalg.slogdet(x))


def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult[Any]:
    return SVDResult(*cp.linalg.svd(x, full_matrices=full_matrices))


def solve(x1: Any, x2: Any, /) -> Any:
    # CuPy does not broadcast the stacks, and takes a stack of vectors for one (row L7).
    if x2.ndim == 1:
        columns = cp.broadcast_to(x2[:, None], (*x1.shape[:-1], 1))
        return cp.linalg.solve(x1, columns)[..., 0]
    stack = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    x1 = cp.broadcast_to(x1, (*stack, *x1.shape[-2:]))
    x2 = cp.broadcast_to(x2, (*stack, *x2.shape[-2:]))
    return cp.linalg.solve(x1, x2)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return compat_linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


# Fourier transforms


def _over_axes(transform: Callable[..., Any]) -> Callable[..., Any]:
    """Transform over several axes: sizes without axes are those of the last ones."""

    @functools.wraps(transform)
    def function(
        x: Any,
        /,
        *,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: str = "backward",
    ) -> Any:
        if axes is None and s is not None:
            axes = tuple(range(-len(s), 0))
        return transform(x, s=s, axes=axes, norm=norm)

    return function


# Where names are looked up


def _members(namespace: Any, protocol: type, fixups: dict[str, Any]) -> dict[str, Any]:
    names = public_names(protocol) - set(DTYPE_NAMES) - set(_CONSTANTS)
    found = {name: fixups.get(name, getattr(namespace, name, None)) for name in names}
    return {
        name: _floating(name, function) if name in _FLOATING else _guarded(name, function)
        for name, function in found.items()
        if callable(function)
    }


_FIXUPS: dict[str, Any] = {
    "argsort": argsort,
    "broadcast_shapes": broadcast_shapes,
    "can_cast": can_cast,
    "conj": conj,
    "diff": diff,
    "expand_dims": expand_dims,
    "expm1": expm1,
    "floor_divide": floor_divide,
    "imag": imag,
    "matmul": matmul,
    "repeat": repeat,
    "reshape": reshape,
    "result_type": result_type,
    "round": round,
    "std": std,
    "tan": tan,
    "tanh": tanh,
    "tril": tril,
    "triu": triu,
    "unstack": unstack,
    "var": var,
    "where": where,
}
_LINALG_FIXUPS: dict[str, Any] = {
    "eig": eig,
    "eigh": eigh,
    "eigvals": eigvals,
    "matmul": matmul,
    "matrix_rank": matrix_rank,
    "qr": qr,
    "slogdet": slogdet,
    "solve": solve,
    "svd": svd,
    "vector_norm": vector_norm,
}
_FFT_FIXUPS: dict[str, Any] = {
    name: _over_axes(getattr(compat_fft, name)) for name in ("fftn", "ifftn", "irfftn", "rfftn")
}

SOURCES = (
    _members(compat, StandardNamespace, _FIXUPS),
    {name: getattr(cp, name) for name in _CONSTANTS},
)
LINALG_SOURCES = (_members(compat_linalg, LinalgNamespace, _LINALG_FIXUPS),)
FFT_SOURCES = (_members(compat_fft, FFTNamespace, _FFT_FIXUPS),)
