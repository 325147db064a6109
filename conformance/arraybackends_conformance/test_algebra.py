"""Identities between operations, which hold whatever reference or phase a library chooses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pytest

from arraybackends_conformance.generation import Domain
from arraybackends_conformance.law import compiles_each_call, law
from arraybackends_conformance.telling import numbers
from arraybackends_conformance.tolerance import MATRIX_FUNCTION, epsilon

Identities: TypeAlias = Iterator[tuple[Any, Any, str]]
"""Yields both sides of identities, and what they are called."""

EVERY_PRECISION = ("float32", "float64", "complex64", "complex128")


def identities(
    *shapes: tuple[int, ...], dtypes: Sequence[str] = EVERY_PRECISION
) -> Callable[[Callable[..., Identities]], Callable[..., None]]:
    """Make a law of identities between functions of matrices of some shapes, in every dtype."""

    def declare(generate: Callable[..., Identities]) -> Callable[..., None]:
        @pytest.mark.parametrize("dtype", dtypes)
        def test(xp: Any, dtype: str) -> None:
            names: list[str] = []

            def sides(*matrices: Any) -> list[Any]:
                every = list(generate(xp, *matrices))
                names[:] = [name for _, _, name in every]
                return [(left, right) for left, right, _ in every]

            evaluate = xp.jit(sides, fallback="raise") if compiles_each_call(xp) else sides
            found = evaluate(*(_matrices(xp, dtype, *shape) for shape in shapes))
            for name, (left, right) in zip(names, found, strict=True):
                _assert_equal(xp, left, right, name)

        for attribute in ("__doc__", "__name__", "__qualname__", "__module__"):
            setattr(test, attribute, getattr(generate, attribute))
        return test

    return declare


def _matrices(xp: Any, dtype: str, *shape: int) -> Any:
    """Matrices of norm about 1; square ones are far from singular."""
    name = np.dtype(dtype)
    x = numbers(shape, np.complex128 if name.kind == "c" else np.float64) / 4
    square = 1.5 * np.eye(shape[-1]) if shape[-1] == shape[-2] else 0
    return xp.asarray((x + square).astype(name))


def _adjoint(xp: Any, x: Any) -> Any:
    return xp.conj(xp.matrix_transpose(x))


def _product(xp: Any, *factors: Any) -> Any:
    result = factors[0]
    for factor in factors[1:]:
        result = xp.matmul(result, factor)
    return result


def _assert_equal(xp: Any, left: Any, right: Any, what: str) -> None:
    """Assert equality up to rounding, relative to the largest element."""
    left, right = xp.to_numpy(left), xp.to_numpy(right)
    assert left.shape == right.shape, f"{what}: shapes {left.shape} and {right.shape}"
    eps = max(epsilon(left.dtype), epsilon(right.dtype))
    scale = max(1.0, float(np.max(np.abs(right), initial=0)))
    error = float(np.max(np.abs(left - right), initial=0))
    assert error <= MATRIX_FUNCTION.absolute * eps * scale, f"{what} is off by {error:.1e}"


def _identity(xp: Any, x: Any) -> Any:
    return xp.broadcast_to(xp.eye(x.shape[-1], dtype=x.dtype), tuple(x.shape))


@law("linalg.inv", "linalg.solve", "linalg.det", "linalg.slogdet", "linalg.eigvals")
@identities((2, 3, 3), (2, 3, 2))
def test_inverse_solution_and_determinant(xp: Any, a: Any, b: Any) -> Identities:
    """A A^-1 = 1, A solve(A, B) = B, det A = product of the eigenvalues = sign exp(log|det|)."""
    inverse, solution = xp.linalg.inv(a), xp.linalg.solve(a, b)
    yield (_product(xp, a, inverse), _identity(xp, a), "A A^-1 = 1")
    yield (_product(xp, a, solution), b, "A (A \\ B) = B")
    yield (_product(xp, inverse, b), solution, "A^-1 B = A \\ B")
    determinant = xp.linalg.det(a)
    values = xp.linalg.eigvals(a)
    product, total = xp.prod(values, axis=-1), xp.sum(values, axis=-1)
    complex_ = values.dtype
    yield (product, xp.astype(determinant, complex_), "det A = prod(w)")
    yield (total, xp.astype(xp.linalg.trace(a), complex_), "tr A = sum(w)")
    sign, logarithm = xp.linalg.slogdet(a)
    again = xp.multiply(sign, xp.astype(xp.exp(logarithm), sign.dtype))
    yield (again, determinant, "sign exp(log|det A|) = det A")


@law("linalg.svd", "linalg.svdvals", "linalg.eigh", "linalg.eigvalsh", "linalg.matrix_norm")
@identities((2, 4, 3))
def test_singular_values_are_roots_of_eigenvalues(xp: Any, a: Any) -> Identities:
    """s**2 = eig(A^H A), descending; norms of order 2, nuc and fro are those of s."""
    s = xp.linalg.svdvals(a)
    gram = _product(xp, _adjoint(xp, a), a)
    eigenvalues = xp.flip(xp.linalg.eigvalsh(gram), axis=-1)
    yield (xp.square(s), eigenvalues, "s**2 = eigvalsh(A^H A)")
    yield (xp.linalg.svd(a).S, s, "svd(A).S = svdvals(A)")
    yield (xp.flip(xp.linalg.eigh(gram).eigenvalues, axis=-1), eigenvalues, "eigh")
    yield (xp.linalg.matrix_norm(a, ord=2), xp.max(s, axis=-1), "|A|_2 = max(s)")
    yield (xp.linalg.matrix_norm(a, ord="nuc"), xp.sum(s, axis=-1), "|A|_nuc = sum(s)")
    yield (xp.linalg.matrix_norm(a), xp.linalg.vector_norm(s, axis=-1), "|A|_F = |s|")


@law("linalg.cholesky", "linalg.qr")
@identities((2, 4, 3))
def test_triangular_factors(xp: Any, a: Any) -> Identities:
    """A^H A = R^H R, and up to the phases of its rows R is the Cholesky factor."""
    q, r = xp.linalg.qr(a)
    gram = _product(xp, _adjoint(xp, a), a)
    yield (_product(xp, q, r), a, "Q R = A")
    yield (_product(xp, _adjoint(xp, q), q), _identity(xp, gram), "Q^H Q = 1")
    upper = xp.linalg.cholesky(gram, upper=True)
    yield (_product(xp, _adjoint(xp, upper), upper), gram, "U^H U = A^H A")
    yield (_adjoint(xp, xp.linalg.cholesky(gram)), upper, "L^H = U")
    yield (xp.abs(r), xp.abs(upper), "|R| = |U|")


@law("linalg.pinv", "linalg.matrix_rank")
@identities((4, 3))
def test_penrose_conditions(xp: Any, full: Any) -> Identities:
    """A A+ A = A, A+ A A+ = A+, and A A+ and A+ A are Hermitian, also where rank is lacking."""
    for a, rank in ((full, 3), (_product(xp, full[:, :2], full[:2, :]), 2)):
        inverse = xp.linalg.pinv(a, rtol=1e-4)
        yield xp.linalg.matrix_rank(a, rtol=1e-4), xp.asarray(rank), "rank"
        yield (_product(xp, a, inverse, a), a, "A A+ A = A")
        yield (_product(xp, inverse, a, inverse), inverse, "A+ A A+ = A+")
        for projector in (_product(xp, a, inverse), _product(xp, inverse, a)):
            yield (_adjoint(xp, projector), projector, "A A+ is Hermitian")


@law("linalg.expm")
@identities((2, 3, 3))
def test_exponentials(xp: Any, a: Any) -> Identities:
    """exp(A) exp(-A) = 1, exp(A + B) = exp(A) exp(B) if A B = B A, and det exp(A) = exp(tr A)."""
    exponential = xp.linalg.expm(a)
    inverse = xp.linalg.expm(xp.negative(a))
    yield (_product(xp, exponential, inverse), _identity(xp, a), "exp(A) exp(-A) = 1")
    b = xp.multiply(_product(xp, a, a), -0.25)
    together = xp.linalg.expm(xp.add(a, b))
    apart = _product(xp, exponential, xp.linalg.expm(b))
    yield (together, apart, "exp(A + B) = exp(A) exp(B)")
    yield (xp.linalg.det(exponential), xp.exp(xp.linalg.trace(a)), "det exp(A) = exp(tr A)")
    skew = xp.subtract(a, _adjoint(xp, a))
    unitary = xp.linalg.expm(skew)
    yield (_product(xp, _adjoint(xp, unitary), unitary), _identity(xp, a), "unitary")


@law("kron", "einsum", "tensordot", "matmul", "vecdot", "linalg.outer")
@identities((2, 3), (3, 4), (4, 2), (3, 2))
def test_products_agree(xp: Any, a: Any, b: Any, c: Any, d: Any) -> Identities:
    """One contraction by every function that can do it; (A x B)(C x D) = AC x BD."""
    product = xp.matmul(a, b)
    yield (xp.einsum("ij,jk->ik", a, b), product, "einsum is matmul")
    yield (xp.tensordot(a, b, axes=1), product, "tensordot is matmul")
    transposed = xp.einsum("ij,jk->ki", a, b)
    yield (xp.matrix_transpose(transposed), product, "einsum transposes")
    mixed = xp.matmul(xp.kron(a, c), xp.kron(b, xp.matrix_transpose(d)))
    expected = xp.kron(product, xp.matmul(c, xp.matrix_transpose(d)))
    yield (mixed, expected, "(A x C)(B x D) = AB x CD")
    u, v = a[0, :], b[:, 1]
    inner = xp.vecdot(u, v)
    yield (xp.einsum("i,i->", xp.conj(u), v), inner, "einsum is vecdot")
    yield (xp.tensordot(xp.conj(u), v, axes=1), inner, "tensordot is vecdot")
    yield (xp.linalg.trace(xp.linalg.outer(v, xp.conj(u))), inner, "tr(v u^H) = <u, v>")
    yield (xp.kron(u, v), xp.reshape(xp.linalg.outer(u, v), (9,)), "kron is outer")


TRANSFORMS = [("fft", "ifft"), ("rfft", "irfft"), ("ihfft", "hfft"), ("fftn", "ifftn"),
              ("rfftn", "irfftn")]  # fmt: skip


@law(*(f"fft.{name}" for pair in TRANSFORMS for name in pair))
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize(("forth", "back"), TRANSFORMS)
def test_transforms_invert_each_other(xp: Any, forth: str, back: str, norm: str) -> None:
    """There and back is the identity, in every normalisation."""
    dtype = np.float64 if "r" in forth or "h" in forth else np.complex128
    x = xp.asarray(numbers((3, 4), dtype))
    there = getattr(xp.fft, forth)(x, norm=norm)
    _assert_equal(xp, getattr(xp.fft, back)(there, norm=norm), x, f"{back}({forth}(x)) = x")


@law("fft.fft", "fft.fftn", "fft.rfft", "fft.fftshift", "fft.ifftshift", "roll")
@identities((3, 5), (3, 5), dtypes=("complex64", "complex128"))
def test_theorems_of_fourier_transforms(xp: Any, x: Any, y: Any) -> Identities:
    """Linearity, Parseval, convolution, translation; n dimensions are one after the other."""
    y = xp.flip(y, axis=1)
    fx, fy = xp.fft.fft(x), xp.fft.fft(y)
    combined = xp.add(xp.multiply(x, 2.0), xp.multiply(y, 0.5 - 1j))
    expected = xp.add(xp.multiply(fx, 2.0), xp.multiply(fy, 0.5 - 1j))
    yield (xp.fft.fft(combined), expected, "linearity")
    unitary = xp.fft.fft(x, norm="ortho")
    norms = xp.linalg.vector_norm(unitary, axis=-1)
    yield (norms, xp.linalg.vector_norm(x, axis=-1), "Parseval")
    rolled = [xp.multiply(x[:, k : k + 1], xp.roll(y, k, axis=1)) for k in range(5)]
    convolved = xp.sum(xp.stack(rolled), axis=0)
    yield (xp.fft.fft(convolved), xp.multiply(fx, fy), "convolution")
    phases = xp.astype(xp.asarray(np.exp(-2j * np.pi * np.arange(5) / 5)), x.dtype)
    yield (xp.fft.fft(xp.roll(x, 1, axis=1)), xp.multiply(fx, phases), "translation")
    yield (xp.fft.fftn(x), xp.fft.fft(fx, axis=0), "fftn")
    real = xp.real(x)
    half = xp.fft.fft(xp.astype(real, x.dtype))[:, :3]
    yield (xp.fft.rfft(real), half, "rfft is half of fft")
    yield (xp.fft.ifftshift(xp.fft.fftshift(x)), x, "ifftshift(fftshift(x)) = x")


@law("sort", "argsort", "take_along_axis", "searchsorted")
@pytest.mark.parametrize("dtype", ["int32", "float32", "float64"])
def test_sorting_and_searching_agree(xp: Any, dtype: str) -> None:
    """Sorting takes in the order of `argsort`, which keeps ties; searching counts what is below."""
    values = (numbers((3, 60), np.float64) % 3).astype(dtype)
    x = xp.asarray(values)
    positions = np.arange(60)
    for descending in (False, True):
        order = xp.argsort(x, axis=1, descending=descending)
        ordered = xp.sort(x, axis=1, descending=descending)
        taken = xp.to_numpy(xp.take_along_axis(x, order, axis=1))
        np.testing.assert_array_equal(taken, xp.to_numpy(ordered))
        steps = np.diff(taken, axis=1) * (-1 if descending else 1)
        assert np.all(steps >= 0), "the result of `sort` is not in order"
        found = xp.to_numpy(order)
        np.testing.assert_array_equal(np.sort(found, axis=1), np.broadcast_to(positions, (3, 60)))
        ties = steps == 0
        assert np.all(np.diff(found, axis=1)[ties] > 0), "`argsort` changes the order of ties"
    ordered = xp.sort(x[0, :])
    wanted = xp.asarray(np.unique(values))
    for side, below in (("left", np.less), ("right", np.less_equal)):
        counted = [int(np.sum(below(values[0], v))) for v in np.unique(values)]
        assert xp.to_numpy(xp.searchsorted(ordered, wanted, side=side)).tolist() == counted


@law("take", "at", "argsort", "permute_dims", "concat", "unstack", "stack", "roll", "flip")
def test_moves_are_undone(xp: Any) -> None:
    """Permutations have inverses; what is taken and put back changes nothing."""
    x = xp.asarray(numbers((4, 3, 2)))
    order = xp.asarray([2, 0, 3, 1])
    shuffled = xp.take(x, order, axis=0)
    for again in (
        xp.take(shuffled, xp.argsort(order), axis=0),
        xp.at(xp.zeros_like(x))[order].set(shuffled),
        xp.at(x)[order].set(shuffled),
        xp.permute_dims(xp.permute_dims(x, (2, 0, 1)), (1, 2, 0)),
        xp.stack(xp.unstack(x, axis=1), axis=1),
        xp.concat([x[:1, ...], x[1:, ...]]),
        xp.roll(xp.roll(x, 2, axis=0), -2, axis=0),
        xp.flip(xp.flip(x, axis=(0, 2)), axis=(2, 0)),
    ):
        np.testing.assert_array_equal(xp.to_numpy(again), xp.to_numpy(x))


@law("result_type")
def test_promotion_is_a_lattice(xp: Any) -> None:
    """The least upper bound within a kind: idempotent, commutative, associative."""
    domain = Domain(xp)
    for kinds in (("bool",), ("signed",), ("unsigned",), ("real", "complex")):
        dtypes = [getattr(xp, dtype.name) for dtype in domain.of_kinds(*kinds)]
        for a, b, c in itertools.product(dtypes, repeat=3):
            together = xp.result_type(a, b, c)
            assert xp.result_type(a, a) == a
            assert xp.result_type(a, b) == xp.result_type(b, a)
            assert xp.result_type(xp.result_type(a, b), c) == together
            assert xp.result_type(a, xp.result_type(b, c)) == together
            assert all(xp.can_cast(dtype, together) for dtype in (a, b, c))
