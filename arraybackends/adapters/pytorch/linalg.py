"""Linear algebra of the standard, its two functions of the main namespace, einsum and kron."""

# PyTorch leaves much of what is used here untyped.
# mypy: disable-error-code="no-any-return, no-untyped-call"
from __future__ import annotations

import math
import types
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch

from arraybackends.adapters.choices import require_choice
from arraybackends.adapters.pytorch import elementwise, manipulation, searching, statistics
from arraybackends.adapters.pytorch.custom_vjp import custom_vjp
from arraybackends.adapters.pytorch.dtypes import promoted
from arraybackends.adapters.pytorch.errors import checked, raise_as_ours, require_tensor
from arraybackends.adapters.pytorch.manipulation import matrix_transpose
from arraybackends.adapters.pytorch.statistics import sum as sum_
from arraybackends.adapters.pytorch.tracing import is_traced
from arraybackends.errors import ShapeError
from arraybackends.generic.products import check_out
from arraybackends.generic.spectral import eigh_cotangent, svd_cotangent
from arraybackends.standard import EigResult, QRResult, SlogdetResult, SVDResult

__all__ = ["LINALG", "PRODUCTS", "einsum", "kron", "matmul_into"]

Tensor = torch.Tensor


# Products. PyTorch's own do not promote (rows 19 to 21).


def matmul(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Matrix product, batched over leading axes."""
    try:
        if x1.dtype is x2.dtype:
            return torch.matmul(x1, x2)
        return torch.matmul(*promoted(x1, x2))
    except (RuntimeError, TypeError, AttributeError) as error:
        raise_as_ours(error, "matmul", (x1, x2), {})


def matmul_into(xp: Any, x1: Tensor, x2: Tensor, out: Tensor, /) -> Tensor:
    """Matrix product, written into `out` unless somebody records what is done."""
    operands = (x1, x2, out)
    for x in operands:
        require_tensor(x)
    check_out(xp, *operands)
    recorded = torch.is_grad_enabled() and any(x.requires_grad for x in operands)
    if recorded or x1.dtype is not x2.dtype or xp._is_traced(out):
        return matmul(x1, x2)
    try:
        return torch.matmul(x1, x2, out=out)
    except RuntimeError as error:
        raise_as_ours(error, "matmul_into", (x1, x2), {"out": out})


def tensordot(
    x1: Tensor, x2: Tensor, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2
) -> Tensor:
    """Contraction over `axes`."""
    try:
        if x1.dtype is not x2.dtype:
            x1, x2 = promoted(x1, x2)
        return torch.tensordot(x1, x2, axes)
    except (RuntimeError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise_as_ours(error, "tensordot", (x1, x2), {"axes": axes})


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """Inner product that conjugates `x1`."""
    try:
        if x1.dtype is not x2.dtype:
            x1, x2 = promoted(x1, x2)
        if x1.shape[axis] != x2.shape[axis]:
            # PyTorch would broadcast the axis that is summed over.
            raise ShapeError(
                f"Arguments `x1` and `x2` must have one size along axis {axis}, but have shapes "
                f"{tuple(x1.shape)} and {tuple(x2.shape)}."
            )
        if x1.is_floating_point() or x1.is_complex():
            return torch.linalg.vecdot(x1, x2, dim=axis)
        return torch.sum(x1 * x2, axis, dtype=x1.dtype)  # PyTorch has none for integers
    except (RuntimeError, IndexError, TypeError, AttributeError) as error:
        raise_as_ours(error, "vecdot", (x1, x2), {"axis": axis})


@checked
def outer(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Outer product of two vectors."""
    return torch.outer(*promoted(x1, x2))


@checked
def einsum(subscripts: str, /, *operands: Tensor) -> Tensor:
    """Einstein summation."""
    operands = promoted(*operands)
    # Sums over one operand are in int64, those over products in the dtype of the operands.
    return torch.einsum(subscripts, *operands).to(operands[0].dtype)


@checked
def kron(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Kronecker product; PyTorch's own fails on transposed arrays."""
    x1, x2 = promoted(x1, x2)
    if x1.ndim != x2.ndim:
        raise ShapeError(
            "Arguments of `kron` must have the same number of axes, but have shapes "
            f"{tuple(x1.shape)} and {tuple(x2.shape)}."
        )
    # Axes of x1 and x2 alternate, and each pair then becomes one axis.
    outer = x1.reshape([size for n in x1.shape for size in (n, 1)]) * x2.reshape(
        [size for m in x2.shape for size in (1, m)]
    )
    return outer.reshape([n * m for n, m in zip(x1.shape, x2.shape, strict=True)])


@checked
def cross(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """Cross product; PyTorch's own does not add axes in broadcasting (pytorch/pytorch#39656)."""
    x1, x2 = promoted(x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ShapeError(
            f"Arguments `x1` and `x2` must have 3 elements along axis {axis}, but have shapes "
            f"{tuple(x1.shape)} and {tuple(x2.shape)}."
        )
    return torch.linalg.cross(*torch.broadcast_tensors(x1, x2), dim=axis)


# Decompositions, in the standard's named tuples.


@checked
def cholesky(x: Tensor, /, *, upper: bool = False) -> Tensor:
    """Cholesky factor."""
    return torch.linalg.cholesky(x, upper=upper)


@checked
def eig(x: Tensor, /) -> EigResult[Tensor]:
    """Eigenvalues and right eigenvectors, always complex."""
    return EigResult(*torch.linalg.eig(x))


@checked
def eigh(x: Tensor, /) -> EigResult[Tensor]:
    """Eigenvalues, ascending, and eigenvectors of Hermitian matrices."""
    return EigResult(*(_eigh if _may_be_differentiated(x) else torch.linalg.eigh)(x))


@checked
def qr(x: Tensor, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult[Tensor]:
    """QR decomposition."""
    require_choice("mode", mode, "reduced", "complete")
    return QRResult(*torch.linalg.qr(x, mode))


@checked
def slogdet(x: Tensor, /) -> SlogdetResult[Tensor]:
    """Sign and logarithm of the absolute determinant."""
    return SlogdetResult(*torch.linalg.slogdet(x))


@checked
def svd(x: Tensor, /, *, full_matrices: bool = True) -> SVDResult[Tensor]:
    """Singular value decomposition."""
    is_thin = not full_matrices or x.shape[-1] == x.shape[-2]
    if is_thin and _may_be_differentiated(x):
        return SVDResult(*_svd(x))
    return SVDResult(*torch.linalg.svd(x, full_matrices))


# PyTorch's derivatives of these are not finite where eigenvalues are equal (pytorch/pytorch#49886).

_XP = types.SimpleNamespace(
    **elementwise.FUNCTIONS
    | manipulation.FUNCTIONS
    | searching.FUNCTIONS
    | statistics.FUNCTIONS
    | {"matmul": torch.matmul, "finfo": torch.finfo}
)


def _may_be_differentiated(x: Any) -> bool:
    if is_traced() or torch._C._are_functorch_transforms_active():
        return True
    return torch.is_grad_enabled() and getattr(x, "requires_grad", False)


def _eigh_forward(x: Tensor) -> tuple[Any, Any]:
    pairs = tuple(torch.linalg.eigh(x))
    return pairs, pairs


def _eigh_backward(pairs: Any, cotangents: Any) -> tuple[Tensor]:
    return (eigh_cotangent(_XP, *pairs, *cotangents),)


def _svd_forward(x: Tensor) -> tuple[Any, Any]:
    factors = tuple(torch.linalg.svd(x, full_matrices=False))
    return factors, factors


def _svd_backward(factors: Any, cotangents: Any) -> tuple[Tensor]:
    return (svd_cotangent(_XP, *factors, *cotangents),)


_eigh = custom_vjp(_eigh_forward, _eigh_backward)
_svd = custom_vjp(_svd_forward, _svd_backward)


# Solving


@checked
def matrix_rank(x: Tensor, /, *, rtol: Tensor | float | None = None) -> Tensor:
    """Number of singular values above the tolerance."""
    return torch.linalg.matrix_rank(x, rtol=rtol)


@checked
def pinv(x: Tensor, /, *, rtol: Tensor | float | None = None) -> Tensor:
    """Moore-Penrose pseudo-inverse."""
    return torch.linalg.pinv(x, rtol=rtol)


@checked
def solve(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Solution of `x1 @ x = x2`; PyTorch guesses stacks of vectors from the shapes (row L7)."""
    x1, x2 = promoted(x1, x2)
    if x2.ndim == 1:
        return torch.linalg.solve(x1, x2.unsqueeze(-1)).squeeze(-1)
    if x1.ndim == x2.ndim + 1 and x1.shape[:-1] == x2.shape:
        x2 = x2.unsqueeze(0)
    return torch.linalg.solve(x1, x2)


# Diagonals and norms


@checked
def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """Diagonal of the last two axes."""
    return torch.diagonal(x, offset, -2, -1)


@checked
def trace(x: Tensor, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """Sum of the diagonal of the last two axes; PyTorch's own takes one matrix (row 78)."""
    return sum_(torch.diagonal(x, offset, -2, -1), axis=-1, dtype=dtype)


@checked
def matrix_norm(
    x: Tensor, /, *, keepdims: bool = False, ord: float | Literal["fro", "nuc"] | None = "fro"
) -> Tensor:
    """Matrix norm over the last two axes."""
    return torch.linalg.matrix_norm(x, "fro" if ord is None else ord, (-2, -1), keepdims)


@checked
def vector_norm(
    x: Tensor, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False,
    ord: float = 2,
) -> Tensor:  # fmt: skip
    """Vector norm; PyTorch takes `axis=()` for all axes (row 49)."""
    if ord == 0 and x.is_complex():
        x = torch.abs(x)  # or PyTorch warns that it drops an imaginary part
    if axis == ():
        return torch.linalg.vector_norm(x.unsqueeze(-1), ord, -1)
    return torch.linalg.vector_norm(x, ord, axis, keepdims)


def _of_one_matrix(name: str) -> Callable[..., Any]:
    native = getattr(torch.linalg, name)

    def function(x: Tensor, /) -> Tensor:
        try:
            return native(x)
        except (RuntimeError, TypeError) as error:
            raise_as_ours(error, name, (x,), {})

    function.__name__ = function.__qualname__ = name
    function.__doc__ = native.__doc__
    return function


@checked
def matrix_power(x: Tensor, n: int, /) -> Tensor:
    """Integer power of a square matrix."""
    return torch.linalg.matrix_power(x, n)


@checked
def expm(x: Tensor, /) -> Tensor:
    """Exponential of square matrices."""
    if x.ndim < 2 or math.prod(x.shape[:-2]) != 1:
        return torch.linalg.matrix_exp(x)
    # A single matrix gets a polynomial with a wrong coefficient, pairs do not
    # (pytorch/pytorch#196592).
    pair = x.expand(2, *x.shape)
    return torch.linalg.matrix_exp(pair)[0, ...]


PRODUCTS: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (matmul, tensordot, vecdot)
}

LINALG: dict[str, Callable[..., Any]] = (
    PRODUCTS
    | {
        function.__name__: function
        for function in (
            matrix_transpose, outer, cross, cholesky, eig, eigh, qr, slogdet, svd, matrix_rank,
            pinv, solve, diagonal, trace, matrix_norm, vector_norm, matrix_power, expm,
        )
    }
    | {name: _of_one_matrix(name) for name in ("det", "eigvals", "eigvalsh", "inv", "svdvals")}
)  # fmt: skip
