"""Linear algebra, every product at full precision (row L12)."""

from __future__ import annotations

import functools
import types
from collections.abc import Sequence
from typing import Any, Literal

import jax
from jax import lax
from jax import numpy as jnp
from jax.scipy.linalg import expm as jax_expm

from arraybackends.adapters.choices import require_choice
from arraybackends.adapters.jax.custom_vjp import custom_vjp
from arraybackends.adapters.jax.dtypes import native_dtype
from arraybackends.adapters.jax.errors import (
    ArrayImpl,
    array_operand,
    of_floating_point,
    standard,
    translated,
)
from arraybackends.generic.spectral import eigh_cotangent, svd_cotangent
from arraybackends.standard import EigResult, QRResult, SlogdetResult, SVDResult

__all__ = ["EXTENSION", "FUNCTIONS", "einsum", "kron"]


def _precision(*operands: Any) -> Any:
    """Full precision, where JAX takes less on GPUs; `autocast` lowers real products."""
    config: Any = jax.config
    if config.jax_default_matmul_precision is None or any(map(jnp.iscomplexobj, operands)):
        return lax.Precision.HIGHEST
    return None


@jax.jit
def _matmul(x1: Any, x2: Any) -> Any:
    return jnp.matmul(x1, x2, precision=_precision(x1, x2))


@functools.partial(jax.jit, static_argnames="axis")
def _vecdot(x1: Any, x2: Any, axis: int) -> Any:
    return jnp.linalg.vecdot(x1, x2, axis=axis, precision=_precision(x1, x2))


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    # By default JAX averages with the transpose; the standard reads one triangle (row L3).
    return jnp.linalg.cholesky(x, upper=upper, symmetrize_input=False)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return jnp.linalg.cross(x1, x2, axis=axis)


def det(x: Any, /) -> Any:
    return jnp.linalg.det(x)


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return jnp.linalg.diagonal(x, offset=offset)


def eig(x: Any, /) -> EigResult[Any]:
    return EigResult(*jnp.linalg.eig(x))


def eigh(x: Any, /) -> EigResult[Any]:
    return EigResult(*_eigh(x))


def eigvals(x: Any, /) -> Any:
    return jnp.linalg.eigvals(x)


def eigvalsh(x: Any, /) -> Any:
    return jnp.linalg.eigvalsh(x, symmetrize_input=False)


def inv(x: Any, /) -> Any:
    return jnp.linalg.inv(x)


def matmul(x1: Any, x2: Any, /) -> Any:
    if type(x1) is not ArrayImpl or type(x2) is not ArrayImpl:
        array_operand(x1)
        array_operand(x2)
    return _matmul(x1, x2)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return jnp.linalg.matrix_norm(x, keepdims=keepdims, ord=ord)


def matrix_power(x: Any, n: int, /) -> Any:
    if n == 0:
        # JAX makes the identity on its default device.
        return jnp.zeros_like(x) + jnp.eye(x.shape[-1], dtype=x.dtype)
    # This one takes no precision.
    with jax.default_matmul_precision("highest"):
        return jnp.linalg.matrix_power(x, n)


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    if 0 in x.shape[-2:]:
        # JAX looks for the largest singular value where there is none (row L9).
        return jnp.count_nonzero(x, axis=(-2, -1))
    return jnp.linalg.matrix_rank(x, rtol=rtol)


def matrix_transpose(x: Any, /) -> Any:
    return jnp.matrix_transpose(x)


def outer(x1: Any, x2: Any, /) -> Any:
    return jnp.linalg.outer(x1, x2)


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    return jnp.linalg.pinv(x, rtol=rtol)


def qr(x: Any, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult[Any]:
    require_choice("mode", mode, "reduced", "complete")
    return QRResult(*jnp.linalg.qr(x, mode=mode))


def slogdet(x: Any, /) -> SlogdetResult[Any]:
    return SlogdetResult(*jnp.linalg.slogdet(x))


def solve(x1: Any, x2: Any, /) -> Any:
    return jnp.linalg.solve(array_operand(x1), array_operand(x2))


def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult[Any]:
    if full_matrices and x.shape[-1] != x.shape[-2]:
        return SVDResult(*jnp.linalg.svd(x))
    return SVDResult(*_svd(x))


def svdvals(x: Any, /) -> Any:
    return jnp.linalg.svdvals(x)


def tensordot(x1: Any, x2: Any, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> Any:
    array_operand(x1)
    array_operand(x2)
    return jnp.tensordot(x1, x2, axes=axes, precision=_precision(x1, x2))


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return jnp.linalg.trace(x, offset=offset, dtype=None if dtype is None else native_dtype(dtype))


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return _vecdot(x1, x2, axis=axis)


def vector_norm(
    x: Any, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False, ord: Any = 2
) -> Any:
    return jnp.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


def expm(x: Any, /) -> Any:
    # JAX gives NaN where more squarings are needed: from norms of 5.4 * 2**16 on, unless told.
    return jax_expm(x, max_squarings=32)


@translated
def einsum(subscripts: str, /, *operands: Any) -> Any:
    return jnp.einsum(subscripts, *map(array_operand, operands), precision=_precision(*operands))


@standard
def kron(x1: Any, x2: Any, /) -> Any:
    return jnp.kron(x1, x2)


# JAX's derivatives of these are not finite where eigenvalues are equal (jax-ml/jax#2311).

_XP = types.SimpleNamespace(**vars(jnp) | {"matmul": _matmul})


def _eigh_forward(x: Any) -> tuple[Any, Any]:
    pairs = tuple(jnp.linalg.eigh(x, symmetrize_input=False))
    return pairs, pairs


@jax.jit
def _eigh_backward(pairs: Any, cotangents: Any) -> tuple[Any]:
    return (eigh_cotangent(_XP, *pairs, *cotangents),)


def _svd_forward(x: Any) -> tuple[Any, Any]:
    factors = tuple(jnp.linalg.svd(x, full_matrices=False))
    return factors, factors


@jax.jit
def _svd_backward(factors: Any, cotangents: Any) -> tuple[Any]:
    return (svd_cotangent(_XP, *factors, *cotangents),)


_eigh = custom_vjp(_eigh_forward, _eigh_backward)
_svd = custom_vjp(_svd_forward, _svd_backward)


EXTENSION: dict[str, Any] = {
    **{
        f.__name__: standard(f)
        for f in (
            cross, diagonal, matmul, matrix_power, matrix_transpose, outer, tensordot, trace,
            vecdot,
        )
    },
    **{
        f.__name__: standard(of_floating_point(f))
        for f in (
            cholesky, det, eig, eigh, eigvals, eigvalsh, expm, inv, matrix_norm, matrix_rank, pinv,
            qr, slogdet, solve, svd, svdvals, vector_norm,
        )
    },
}  # fmt: skip

FUNCTIONS = {
    name: EXTENSION[name] for name in ("matmul", "matrix_transpose", "tensordot", "vecdot")
}
