"""Wrong products of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, PyTorchBackend
from mutants.declaration import agrees, wrong
from mutants.elementwise import TELLING


@wrong("matmul", agrees("matmul"))
def matmul_in_single(xp: Any, right: Any) -> Any:
    """`matmul` computes in single precision, as TF32 would."""

    def matmul(x1: Any, x2: Any, /) -> Any:
        dtype = np.result_type(x1, x2)
        narrow = {"float64": "float32", "complex128": "complex64"}.get(dtype.name, dtype)
        return right(x1.astype(narrow), x2.astype(narrow)).astype(dtype)

    return matmul


@wrong("matmul", "test_telling_calls.py::test_every_telling_call_agrees[matmul]", on=PyTorchBackend)
def matmul_drops_the_imaginary_part(xp: Any, right: Any) -> Any:
    """`matmul` of real with complex matrices is real."""

    def matmul(x1: Any, x2: Any, /) -> Any:
        if x2.is_complex() and not x1.is_complex():
            x2 = x2.real
        return right(x1, x2)

    return matmul


@wrong("vecdot", agrees("vecdot"), on=PyTorchBackend)
def vecdot_without_the_conjugate(xp: Any, right: Any) -> Any:
    """`vecdot` does not conjugate its first argument."""
    return lambda x1, x2, /, *, axis=-1: right(xp.conj(x1), x2, axis=axis)


@wrong("linalg.outer", agrees("linalg.outer"))
def outer_with_the_conjugate(xp: Any, right: Any) -> Any:
    """`outer` conjugates its second argument."""
    return lambda x1, x2, /: right(x1, np.conj(x2))


@wrong("tensordot", f"{TELLING}[tensordot]")
def tensordot_pairs_axes_in_order(xp: Any, right: Any) -> Any:
    """`tensordot` sorts the axes to be contracted."""
    return lambda x1, x2, /, *, axes=2: right(
        x1, x2, axes=axes if isinstance(axes, int) else tuple(map(sorted, axes))
    )


@wrong("einsum", f"{TELLING}[einsum]")
def einsum_drops_the_imaginary_part(xp: Any, right: Any) -> Any:
    """`einsum` computes in the dtype of its first operand."""
    return lambda subscripts, /, *operands: right(
        subscripts,
        *(x.astype(operands[0].dtype) if operands[0].dtype.kind == "c" else x.real
          for x in operands),
    )  # fmt: skip


@wrong("einsum", f"{TELLING}[einsum]")
def einsum_orders_its_output_by_appearance(xp: Any, right: Any) -> Any:
    """The implicit output of `einsum` is in the order of appearance, not of the alphabet."""

    def einsum(subscripts: str, /, *operands: Any) -> Any:
        if "->" not in subscripts and "." not in subscripts:
            letters = dict.fromkeys(subscripts.replace(",", ""))
            subscripts += "->" + "".join(c for c in letters if subscripts.count(c) == 1)
        return right(subscripts, *operands)

    return einsum


@wrong("kron", agrees("kron"), on=JAXBackend)
def kron_in_the_other_order(xp: Any, right: Any) -> Any:
    """`kron` exchanges its arguments."""
    return lambda x1, x2, /: right(x2, x1)


@wrong("linalg.cross", f"{TELLING}[linalg.cross]")
def cross_along_the_last_axis(xp: Any, right: Any) -> Any:
    """`cross` ignores `axis`."""
    return lambda x1, x2, /, *, axis=-1: right(x1, x2)


@wrong("linalg.trace", f"{TELLING}[linalg.trace]")
def trace_of_the_main_diagonal(xp: Any, right: Any) -> Any:
    """`trace` ignores `offset`."""
    return lambda x, /, *, offset=0, dtype=None: right(x, dtype=dtype)


@wrong("linalg.matrix_power", f"{TELLING}[linalg.matrix_power]")
def matrix_power_by_elements(xp: Any, right: Any) -> Any:
    """`matrix_power` raises the elements of 2-by-2 matrices."""
    return lambda x, n, /: x**n if n > 0 else right(x, n)


@wrong("linalg.expm", agrees("linalg.expm"))
def expm_by_a_truncated_series(xp: Any, right: Any) -> Any:
    """`expm` is its series up to the sixth power, without scaling."""

    def expm(x: Any, /) -> Any:
        term = total = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
        for n in range(1, 7):
            term = term @ x / n
            total = total + term
        return total.astype(x.dtype)

    return expm


@wrong("linalg.matrix_norm", f"{TELLING}[linalg.matrix_norm]")
def matrix_norm_by_elements(xp: Any, right: Any) -> Any:
    """`matrix_norm` takes the orders of vector norms."""

    def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
        if isinstance(ord, str):
            return right(x, keepdims=keepdims, ord=ord)
        return xp.linalg.vector_norm(x, axis=(-2, -1), keepdims=keepdims, ord=ord)

    return matrix_norm


@wrong("linalg.vector_norm", f"{TELLING}[linalg.vector_norm]")
def vector_norm_always_euclidean(xp: Any, right: Any) -> Any:
    """`vector_norm` ignores `ord`."""
    return lambda x, /, *, axis=None, keepdims=False, ord=2: right(  # noqa: A006
        x, axis=axis, keepdims=keepdims
    )
