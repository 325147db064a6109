"""Linear algebra: floating-point matrices in, arrays out, complex eigenvalues always."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from array_api_compat.numpy import linalg as compat

from arraybackends.adapters.choices import require_choice
from arraybackends.adapters.numpy.dtypes import DTYPES
from arraybackends.adapters.numpy.operands import require_own
from arraybackends.adapters.numpy_errors import guarded, translated
from arraybackends.errors import DTypeError, ShapeError
from arraybackends.generic.products import check_out
from arraybackends.precision import dtype_name
from arraybackends.standard import EigResult, QRResult, SlogdetResult, SVDResult

__all__ = ["FUNCTIONS", "matmul", "matmul_into", "tensordot", "vecdot"]


def matmul(x1: Any, x2: Any, /) -> Any:
    if type(x1) is not np.ndarray or type(x2) is not np.ndarray:
        require_own("matmul", x1, x2)
    try:
        return np.matmul(x1, x2, out=...)
    except (ValueError, TypeError) as error:
        raise translated(error, "matmul", (x1, x2), {}) from error


def matmul_into(xp: Any, x1: Any, x2: Any, out: Any, /) -> Any:
    require_own("matmul_into", x1, x2, out)
    check_out(xp, x1, x2, out)
    try:
        return np.matmul(x1, x2, out=out)
    except (ValueError, TypeError) as error:
        raise translated(error, "matmul_into", (x1, x2), {"out": out}) from error


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    try:
        return np.vecdot(x1, x2, axis=axis, out=...)  # type: ignore[call-overload]
    except (ValueError, TypeError) as error:
        raise translated(error, "vecdot", (x1, x2), {"axis": axis}) from error


@guarded
def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return np.asarray(np.tensordot(x1, x2, axes=axes))


def _floating(*, axes: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Function of floating-point arrays: NumPy would convert integers to float64 (row L8)."""

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(x: Any, /, *args: Any, **kwargs: Any) -> Any:
            if x.dtype.kind not in "fc":
                raise DTypeError(
                    f"Argument `x` of `linalg.{function.__name__}` must be a floating-point "
                    f"array, but has dtype {x.dtype}. Convert it with `xp.astype`."
                )
            if x.ndim < axes:
                raise ShapeError(
                    f"Argument `x` of `linalg.{function.__name__}` must have at least {axes} axes, "
                    f"but has shape {x.shape}."
                )
            return function(x, *args, **kwargs)

        return guarded(wrapper)

    return decorated


_matrices = _floating(axes=2)


@_matrices
def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    return np.linalg.cholesky(x, upper=upper)


@_matrices
def det(x: Any, /) -> Any:
    return np.linalg.det(x)


@_matrices
def eig(x: Any, /) -> EigResult[Any]:
    values, vectors = np.linalg.eig(x)
    return EigResult(_complex(values), _complex(vectors))


@_matrices
def eigvals(x: Any, /) -> Any:
    return _complex(np.linalg.eigvals(x))


def _complex(x: Any) -> Any:
    # NumPy's dtype depends on the values (row L4).
    return x.astype(np.result_type(x.dtype, 1j), copy=False)


@_matrices
def eigh(x: Any, /) -> EigResult[Any]:
    return EigResult(*np.linalg.eigh(x))


@_matrices
def eigvalsh(x: Any, /) -> Any:
    return np.linalg.eigvalsh(x)


@_matrices
def inv(x: Any, /) -> Any:
    return np.linalg.inv(x)


@_matrices
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return np.asarray(np.linalg.matrix_norm(x, keepdims=keepdims, ord=ord))


@_matrices
def matrix_power(x: Any, n: int, /) -> Any:
    return np.linalg.matrix_power(x, n)


@_matrices
def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    if 0 in x.shape[-2:]:  # row L9
        return np.zeros(x.shape[:-2], dtype=np.int64)
    return np.asarray(compat.matrix_rank(x, rtol=rtol))


@_matrices
def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    return compat.pinv(x, rtol=rtol)


@_matrices
def qr(x: Any, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult[Any]:
    require_choice("mode", mode, "reduced", "complete")
    return QRResult(*np.linalg.qr(x, mode=mode))


@_matrices
def slogdet(x: Any, /) -> SlogdetResult[Any]:
    sign, logabsdet = np.linalg.slogdet(x)
    return SlogdetResult(np.asarray(sign), np.asarray(logabsdet))


@_matrices
def solve(x1: Any, x2: Any, /) -> Any:
    return np.linalg.solve(x1, x2)


@_matrices
def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult[Any]:
    return SVDResult(*np.linalg.svd(x, full_matrices=full_matrices))


@_matrices
def svdvals(x: Any, /) -> Any:
    return np.linalg.svdvals(x)


@_floating(axes=0)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return np.asarray(compat.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord))


@guarded
def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    wanted = None if dtype is None else DTYPES[dtype_name(dtype)]
    return np.asarray(compat.trace(x, offset=offset, dtype=wanted))


FUNCTIONS: dict[str, Any] = {
    "cholesky": cholesky,
    "cross": guarded(np.linalg.cross),
    "det": det,
    "diagonal": guarded(np.linalg.diagonal),
    "eig": eig,
    "eigh": eigh,
    "eigvals": eigvals,
    "eigvalsh": eigvalsh,
    "inv": inv,
    "matmul": matmul,
    "matrix_norm": matrix_norm,
    "matrix_power": matrix_power,
    "matrix_rank": matrix_rank,
    "matrix_transpose": guarded(np.linalg.matrix_transpose),
    "outer": guarded(np.linalg.outer),
    "pinv": pinv,
    "qr": qr,
    "slogdet": slogdet,
    "solve": solve,
    "svd": svd,
    "svdvals": svdvals,
    "tensordot": tensordot,
    "trace": trace,
    "vecdot": vecdot,
    "vector_norm": vector_norm,
}
