"""Wrong only for arrays that are long, or laid out differently in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import PyTorchBackend
from mutants.declaration import wrong

LARGE = "test_large_arrays.py::"
LAYOUTS = "test_telling_calls.py::test_telling_calls_in_every_layout"


@wrong("matmul", LARGE + "test_large_products_keep_their_digits[float64]")
def large_matmul_in_single(xp: Any, right: Any) -> Any:
    """`matmul` of matrices with more than 32 rows is single, as on tensor cores."""

    def matmul(x1: Any, x2: Any, /) -> Any:
        product = right(x1, x2)
        if x1.ndim < 2 or x1.shape[-2] <= 32 or product.dtype != "float64":
            return product
        return right(x1.astype("float32"), x2.astype("float32")).astype("float64")

    return matmul


@wrong("linalg.solve", LARGE + "test_large_systems_are_solved", on=PyTorchBackend)
def large_solve_without_pivoting(xp: Any, right: Any) -> Any:
    """`solve` of more than 16 unknowns is single."""

    def solve(x1: Any, x2: Any, /) -> Any:
        if x1.shape[-1] <= 16 or x1.dtype != xp.float64:
            return right(x1, x2)
        return right(x1.float(), x2.float()).double()

    return solve


@wrong("linalg.eigh", LARGE + "test_large_decompositions_reconstruct[float64]")
def large_eigh_in_single(xp: Any, right: Any) -> Any:
    """`eigh` of more than 16 rows is single."""

    def eigh(x: Any, /) -> Any:
        if x.shape[-1] <= 16:
            return right(x)
        found = right(x.astype("complex64" if x.dtype.kind == "c" else "float32"))
        return type(found)(found[0].astype("float64"), found[1].astype(x.dtype))

    return eigh


@wrong("exp", LARGE + "test_long_arrays_are_computed_like_short_ones[exp]")
def fast_exp_of_many(xp: Any, right: Any) -> Any:
    """`exp` of more than 64 numbers is single."""
    return lambda x, /: (
        right(x.astype("float32")).astype("float64")
        if x.size > 64 and x.dtype == "float64"
        else right(x)
    )


@wrong("multiply", LARGE + "test_long_arrays_are_computed_like_short_ones[multiply]")
def remainder_of_the_vector_loop(xp: Any, right: Any) -> Any:
    """`multiply` forgets the last elements of an array longer than 64, modulo 4."""

    def multiply(x1: Any, x2: Any, /) -> Any:
        product = right(x1, x2)
        if product.size > 64 and product.size % 4 and product.dtype.kind == "f":
            product.reshape(-1)[-(product.size % 4) :] = 0
        return product

    return multiply


@wrong("fft.fft", LARGE + "test_long_transforms[17]")
def fft_of_the_next_power_of_two(xp: Any, right: Any) -> Any:
    """`fft` of more than 8 numbers is padded to a power of 2."""

    def fft(x: Any, /, *, n: Any = None, axis: int = -1, norm: Any = "backward") -> Any:
        size = n or x.shape[axis]
        padded = 1 << (size - 1).bit_length() if size > 8 else size
        return right(x, n=padded, axis=axis, norm=norm).take(range(size), axis=axis)

    return fft


@wrong("cumulative_sum", LARGE + "test_long_reductions")
def cumulative_sum_by_blocks(xp: Any, right: Any) -> Any:
    """`cumulative_sum` begins anew every 128 elements."""

    def cumulative_sum(x: Any, /, **options: Any) -> Any:
        if x.ndim != 1 or x.size <= 128 or options:
            return right(x, **options)
        return np.concatenate([right(part) for part in np.split(x, range(128, x.size, 128))])

    return cumulative_sum


@wrong("unique_counts", LARGE + "test_many_elements_are_counted")
def counts_of_many_in_a_byte(xp: Any, right: Any) -> Any:
    """`unique_counts` counts modulo 256."""

    def unique_counts(x: Any, /) -> Any:
        found = right(x)
        return found._replace(counts=found.counts % 256)

    return unique_counts


@wrong("argmax", LARGE + "test_positions_in_long_arrays")
def argmax_of_the_first_many(xp: Any, right: Any) -> Any:
    """`argmax` of a long array looks at its first 1024 elements."""
    return lambda x, /, *, axis=None, keepdims=False: right(
        x[:1024] if x.ndim == 1 else x, axis=axis, keepdims=keepdims
    )


@wrong("linalg.expm", "test_degenerate.py::test_exponentials_of_a_stack_are_those_of_its_matrices")
def expm_scaled_by_the_first(xp: Any, right: Any) -> Any:
    """`expm` scales all matrices of a stack as the first one needs."""

    def expm(x: Any, /) -> Any:
        if x.ndim < 3 or not x.size:
            return right(x)
        squarings = max(0, int(np.ceil(np.log2(np.abs(x.reshape(-1, *x.shape[-2:])[0]).sum()))) + 2)
        scaled = x / 2**squarings
        term = total = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
        for n in range(1, 20):
            term = term @ scaled / n
            total = total + term
        for _ in range(squarings):
            total = total @ total
        return total.astype(x.dtype)

    return expm


@wrong("cumulative_prod", f"{LAYOUTS}[transposed-cumulative_prod]")
def cumulative_prod_in_memory_order(xp: Any, right: Any) -> Any:
    """`cumulative_prod` of transposed arrays runs along the axis that memory has last."""
    return lambda x, /, *, axis=None, **options: right(
        x, axis=0 if x.flags.f_contiguous and x.ndim > 1 else axis, **options
    )


@wrong("sort", "test_telling_calls.py::test_every_telling_call_agrees[sort]")
def sort_in_place(xp: Any, right: Any) -> Any:
    """`sort` along the last axis of a contiguous array sorts that array."""

    def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
        if descending or axis != -1 or not x.flags.c_contiguous or not x.flags.writeable:
            return right(x, axis=axis, descending=descending)
        x.sort(axis=-1)
        return x

    return sort
