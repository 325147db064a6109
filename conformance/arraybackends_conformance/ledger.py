"""The known differences: where a library deviates from the contract, and what we do about it.

A row is not an excuse but a pin, with explicit input. Its native part shows that the library still
behaves so, and fails when that is repaired upstream; its contract part shows that the backend gives
the contract's value all the same. Random tests never meet a row: where the policy is to exclude,
the table of operations names the row that narrows its domain.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

__all__ = ["LEDGER", "Difference", "Raises", "observe", "rows_of"]

Kind = Literal["dtype", "value", "error", "structure", "ownership", "missing"]
Policy = Literal["repaired", "capability", "excluded"]
_ERRORS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True)
class Raises:
    """Stands for an exception of a class, or of one derived from it, by its name."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """
    One row.

    Attributes
    ----------
    id : str
        Short name, unique.
    operation, backend, versions : str
        Member of the protocol, canonical backend, and version specifier of the library.
    kind : str
        In what the library differs.
    policy : {"repaired", "capability", "excluded"}
        The adapter repairs it; a capability declares it; or it is outside the contract's domain.
    link, reason : str
        Where it is discussed, and why it is so.
    native : tuple
        Function of the library, and what it gives.
    contract : tuple or None
        Function of the backend, and what it must give; None where the domain excludes it.
    """

    id: str
    operation: str
    backend: str
    versions: str
    kind: Kind
    policy: Policy
    link: str
    reason: str
    native: tuple[Callable[[Any], Any], Any]
    contract: tuple[Callable[[Any], Any], Any] | None


def observe(function: Callable[[Any], Any], library: Any) -> Any:
    """Evaluate a pin to plain Python data: numbers, lists, dtype names, or the error raised."""
    try:
        return _plain(function(library))
    except _ERRORS as error:
        return {cls.__name__ for cls in type(error).__mro__}


def _plain(x: Any) -> Any:
    if isinstance(x, (tuple, list)):
        return [_plain(part) for part in x]
    if hasattr(x, "tolist"):
        return _plain(x.tolist())
    return repr(x) if x != x or isinstance(x, complex) else x


def rows_of(backend: str) -> list[Difference]:
    """Return the rows of a backend."""
    return [row for row in LEDGER if row.backend == backend]


def _dtype(x: Any) -> str:
    return str(x.dtype).rpartition(".")[2]


def _exponential(torch: Any) -> float:
    x = torch.tensor([[0.045, 0.0], [0.0, 0.0]], dtype=torch.float64)
    return float(torch.linalg.matrix_exp(x)[0, 0])


_STANDARD = "https://data-apis.org/array-api/2025.12/"
_PROMOTION = _STANDARD + "API_specification/type_promotion.html"
_NUMPY = "numpy", ">=2.1"
_TORCH = "pytorch", ">=2.10"
_JAX = "jax", ">=0.7"
_STRICT = "strict", ">=2.4"


def _row(
    id: str,
    operation: str,
    where: tuple[str, str],
    kind: Kind,
    policy: Policy,
    link: str,
    reason: str,
    native: tuple[Callable[[Any], Any], Any],
    contract: tuple[Callable[[Any], Any], Any] | None,
) -> Difference:
    backend, versions = where
    return Difference(
        id=id, operation=operation, backend=backend, versions=versions, kind=kind, policy=policy,
        link=link, reason=reason, native=native, contract=contract,
    )  # fmt: skip


LEDGER = (
    # NumPy
    _row("numpy-scalar-reductions", "sum", _NUMPY, "structure", "repaired", _STANDARD,
         "Full reductions give NumPy scalars, which are no arrays.",
         (lambda np: type(np.sum(np.ones(2))).__name__, "float64"),
         (lambda xp: type(xp.sum(xp.ones(2))).__name__, "ndarray")),
    _row("numpy-real-eigvals", "linalg.eigvals", _NUMPY, "dtype", "repaired", _STANDARD,
         "The dtype depends on the values: real if all eigenvalues are.",
         (lambda np: _dtype(np.linalg.eigvals(np.eye(2))), "float64"),
         (lambda xp: _dtype(xp.linalg.eigvals(xp.eye(2))), "complex128")),
    _row("numpy-mean-of-integers", "mean", _NUMPY, "error", "repaired", _STANDARD,
         "Integers are converted in silence.",
         (lambda np: np.mean(np.asarray([1, 2])), 1.5),
         (lambda xp: xp.mean(xp.asarray([1, 2])), Raises("DTypeError"))),
    _row("numpy-sqrt-of-integers", "sqrt", _NUMPY, "error", "repaired", _PROMOTION,
         "Integers are converted to a float of their own width: int8 gives float16.",
         (lambda np: _dtype(np.sqrt(np.asarray([4], dtype="int8"))), "float16"),
         (lambda xp: xp.sqrt(xp.asarray([4], dtype="int8")), Raises("DTypeError"))),
    _row("numpy-divide-integers", "divide", _NUMPY, "error", "repaired", _PROMOTION,
         "Integers are converted in silence.",
         (lambda np: np.divide(np.asarray([1]), np.asarray([2])), [0.5]),
         (lambda xp: xp.divide(xp.asarray([1]), xp.asarray([2])), Raises("DTypeError"))),
    _row("numpy-floor-divide-infinity", "floor_divide", _NUMPY, "value", "repaired", _STANDARD,
         "An infinite dividend gives NaN, as the remainder does.",
         (lambda np: np.floor_divide(np.asarray([np.inf]), np.asarray([1.0])), ["nan"]),
         (lambda xp: xp.floor_divide(xp.asarray([xp.inf]), xp.asarray([1.0])), [float("inf")])),
    _row("numpy-cross-kind", "add", _NUMPY, "dtype", "excluded", _PROMOTION,
         "Integers promote with floats by width, which the standard leaves undefined.",
         (lambda np: _dtype(np.ones(1, dtype="int32") + np.ones(1, dtype="float32")), "float64"),
         None),
    # PyTorch
    _row("pytorch-default-dtype", "asarray", _TORCH, "dtype", "repaired", _STANDARD,
         "The default is a global setting, float32 from the start.",
         (lambda torch: _dtype(torch.asarray(1.5)), "float32"),
         (lambda xp: _dtype(xp.asarray(1.5)), "float64")),
    _row("pytorch-zero-dimensional-promotion", "multiply", _TORCH, "dtype", "repaired",
         "https://github.com/pytorch/pytorch/issues/58736",
         "The width of 0-d operands is ignored.",
         (lambda torch: _dtype(torch.ones(1) * torch.tensor(1.0, dtype=torch.float64)), "float32"),
         (lambda xp: _dtype(xp.multiply(xp.ones(1, dtype="float32"), xp.asarray(1.0))), "float64")),
    _row("pytorch-unsigned-arithmetic", "capabilities", _TORCH, "missing", "capability",
         "https://github.com/pytorch/pytorch/issues/58734",
         "uint16, uint32 and uint64 are stored but not computed with.",
         (lambda torch: torch.ones(1, dtype=torch.uint32) + torch.ones(1, dtype=torch.uint32),
          Raises("RuntimeError")),
         (lambda xp: xp.capabilities.unsigned_arithmetic, False)),
    _row("pytorch-matmul-promotion", "matmul", _TORCH, "error", "repaired", _PROMOTION,
         "Products need equal dtypes.",
         (lambda torch: torch.matmul(torch.ones(2), torch.ones(2, dtype=torch.float64)),
          Raises("RuntimeError")),
         (lambda xp: xp.matmul(xp.ones(2, dtype="float32"), xp.ones(2)), 2.0)),
    _row("pytorch-einsum-promotion", "einsum", _TORCH, "error", "repaired", _PROMOTION,
         "Contractions need equal dtypes.",
         (lambda torch: torch.einsum("i,i->", torch.ones(2), torch.ones(2, dtype=torch.float64)),
          Raises("RuntimeError")),
         (lambda xp: xp.einsum("i,i->", xp.ones(2, dtype="float32"), xp.ones(2)), 2.0)),
    _row("pytorch-argmax-of-booleans", "argmax", _TORCH, "missing", "repaired", _STANDARD,
         "There is no kernel for booleans.",
         (lambda torch: torch.argmax(torch.tensor([False, True])), Raises("RuntimeError")),
         (lambda xp: xp.argmax(xp.asarray([False, True])), 1)),
    _row("pytorch-any-of-bytes", "any", _TORCH, "dtype", "repaired", _STANDARD,
         "uint8 was the boolean type once, and keeps its dtype.",
         (lambda torch: _dtype(torch.any(torch.ones(2, dtype=torch.uint8))), "uint8"),
         (lambda xp: _dtype(xp.any(xp.ones(2, dtype="uint8"))), "bool")),
    _row("pytorch-unsigned-sums", "sum", _TORCH, "dtype", "excluded", _STANDARD,
         "There is no uint64 arithmetic: sums of uint8 are int64.",
         (lambda torch: _dtype(torch.sum(torch.ones(2, dtype=torch.uint8))), "int64"), None),
    _row("pytorch-mean-of-integers", "mean", _TORCH, "error", "repaired", _STANDARD,
         "It is an error, but a RuntimeError.",
         (lambda torch: torch.mean(torch.tensor([1, 2])), Raises("RuntimeError")),
         (lambda xp: xp.mean(xp.asarray([1, 2])), Raises("DTypeError"))),
    _row("pytorch-std-correction", "std", _TORCH, "value", "repaired", _STANDARD,
         "The default divisor is N - 1.",
         (lambda torch: torch.std(torch.tensor([0.0, 2.0])) > 1.4, True),
         (lambda xp: xp.std(xp.asarray([0.0, 2.0])), 1.0)),
    _row("pytorch-max-along-axis", "max", _TORCH, "structure", "repaired", _STANDARD,
         "With an axis it returns values and indices.",
         (lambda torch: len(torch.max(torch.zeros(2, 3), axis=0)), 2),
         (lambda xp: tuple(xp.max(xp.zeros((2, 3)), axis=0).shape), [3])),
    _row("pytorch-empty-axis", "sum", _TORCH, "value", "repaired", _STANDARD,
         "An empty tuple of axes means all of them.",
         (lambda torch: torch.sum(torch.ones(2), axis=()), 2.0),
         (lambda xp: xp.sum(xp.ones(2), axis=()), [1.0, 1.0])),
    _row("pytorch-unique-all", "unique_all", _TORCH, "missing", "repaired",
         "https://github.com/pytorch/pytorch/issues/36748",
         "`unique` has no first indices.",
         (lambda torch: torch.unique_all, Raises("AttributeError")),
         (lambda xp: xp.unique_all(xp.asarray([3, 1, 3])).indices.shape, [2])),
    _row("pytorch-nonzero", "nonzero", _TORCH, "structure", "repaired", _STANDARD,
         "The default form is one matrix of coordinates.",
         (lambda torch: torch.nonzero(torch.eye(2)), [[0, 0], [1, 1]]),
         (lambda xp: xp.nonzero(xp.eye(2)), [[0, 1], [0, 1]])),
    _row("pytorch-squeeze", "squeeze", _TORCH, "error", "repaired", _STANDARD,
         "An axis longer than one is left alone.",
         (lambda torch: list(torch.squeeze(torch.ones(2, 3), 0).shape), [2, 3]),
         (lambda xp: xp.squeeze(xp.ones((2, 3)), 0), Raises("ShapeError"))),
    _row("pytorch-repeat", "repeat", _TORCH, "value", "repaired", _STANDARD,
         "`Tensor.repeat` is what others call `tile`.",
         (lambda torch: torch.tensor([1, 2]).repeat(2), [1, 2, 1, 2]),
         (lambda xp: xp.repeat(xp.asarray([1, 2]), 2), [1, 1, 2, 2])),
    _row("pytorch-negative-steps", "flip", _TORCH, "missing", "excluded", _STANDARD,
         "Slices cannot run backwards: `flip` can.",
         (lambda torch: torch.arange(3)[::-1], Raises("ValueError")),
         (lambda xp: xp.flip(xp.arange(3)), [2, 1, 0])),
    _row("pytorch-big-endian", "asarray", _TORCH, "error", "repaired", _STANDARD,
         "Only native byte order is read.",
         (lambda torch: torch.asarray(np.asarray([1.0], dtype=">f8")), Raises("ValueError")),
         (lambda xp: xp.asarray(np.asarray([1.0], dtype=">f8")), [1.0])),
    _row("pytorch-sign-of-nan", "sign", _TORCH, "value", "repaired", _STANDARD,
         "The sign of NaN is 0.",
         (lambda torch: torch.sign(torch.tensor([torch.nan])), [0.0]),
         (lambda xp: xp.sign(xp.asarray([xp.nan])), ["nan"])),
    _row("pytorch-conjugate-views", "to_numpy", _TORCH, "error", "repaired", _STANDARD,
         "Conjugation is lazy, and a lazy view has no NumPy form.",
         (lambda torch: torch.tensor([1j]).conj().numpy(), Raises("RuntimeError")),
         (lambda xp: xp.to_numpy(xp.conj(xp.asarray([1j]))), ["-1j"])),
    _row("pytorch-solve-vectors", "linalg.solve", _TORCH, "value", "repaired", _STANDARD,
         "A matrix may be taken for a batch of vectors.",
         (lambda torch: list(torch.linalg.solve(torch.eye(2).expand(3, 2, 2), torch.ones(3, 2))
                             .shape), [3, 2]),
         (lambda xp: xp.linalg.solve(xp.stack([xp.eye(2)] * 3), xp.ones((3, 2))),
          Raises("ShapeError"))),
    _row("pytorch-expm-of-one-matrix", "linalg.expm", _TORCH, "value", "repaired",
         "https://github.com/pytorch/pytorch/issues/196592",
         "A single matrix, not a stack, gets a polynomial with a wrong coefficient: 1e-10 is lost.",
         (lambda torch: abs(_exponential(torch) - math.exp(0.045)) > 1e-11, True),
         (lambda xp: abs(float(xp.linalg.expm(xp.asarray([[0.045, 0.0], [0.0, 0.0]]))[0, 0])
                         - math.exp(0.045)) < 1e-14, True)),
    _row("pytorch-broadcast-error", "add", _TORCH, "error", "repaired", _STANDARD,
         "Every error is a RuntimeError.",
         (lambda torch: torch.ones(2) + torch.ones(3), Raises("RuntimeError")),
         (lambda xp: xp.add(xp.ones(2), xp.ones(3)), Raises("ShapeError"))),
    _row("pytorch-complex-sums", "add", _TORCH, "value", "excluded",
         "https://github.com/pytorch/pytorch/issues/82510",
         "Complex sums multiply by alpha = 1 + 0j, which loses signs of zero and spreads NaN; a "
         "repair would cost several times the sum.",
         (lambda torch: torch.add(*[torch.tensor(complex(-0.0, -0.0))] * 2).real.signbit(), False),
         None),
    # JAX
    _row("jax-log1p-digits", "log1p", _JAX, "value", "repaired",
         "https://github.com/jax-ml/jax/issues/39707",
         "On the CPU a polynomial is used beyond its range: 129 ulp in float64, for `atanh` too.",
         (lambda jax: abs(float(jax.numpy.log1p(jax.numpy.asarray(-0.41415, dtype="float64")))
                          - math.log1p(-0.41415)) > 5e-15, True),
         (lambda xp: abs(float(xp.log1p(xp.asarray(-0.41415, dtype="float64")))
                         - math.log1p(-0.41415)) < 5e-16, True)),
    _row("jax-weak-types", "asarray", _JAX, "dtype", "repaired",
         "https://docs.jax.dev/en/latest/type_promotion.html",
         "Arrays made of Python numbers promote as if they were numbers still.",
         (lambda jax: _dtype(jax.numpy.asarray(1.5) * jax.numpy.ones(1, dtype="float32")),
          "float32"),
         (lambda xp: _dtype(xp.multiply(xp.asarray(1.5), xp.ones(1, dtype="float32"))), "float64")),
    _row("jax-broadcast-error", "add", _JAX, "error", "repaired", _STANDARD,
         "Shapes that do not fit are a TypeError.",
         (lambda jax: jax.numpy.ones(2) + jax.numpy.ones(3), Raises("TypeError")),
         (lambda xp: xp.add(xp.ones(2), xp.ones(3)), Raises("ShapeError"))),
    _row("jax-reshape-of-nothing", "reshape", _JAX, "error", "repaired", _STANDARD,
         "The unknown length of an empty array is a division by zero.",
         (lambda jax: jax.numpy.reshape(jax.numpy.ones(0), (0, -1)), Raises("ZeroDivisionError")),
         (lambda xp: xp.reshape(xp.ones(0), (0, -1)), Raises("ShapeError"))),
    _row("jax-clamped-index", "take", _JAX, "value", "capability",
         "https://docs.jax.dev/en/latest/notebooks/Common_Gotchas_in_JAX.html",
         "An accelerator cannot raise: an index out of range is clamped.",
         (lambda jax: jax.numpy.asarray([1.0, 2.0, 3.0])[5], 3.0),
         (lambda xp: xp.capabilities.checks_bounds, False)),
    _row("jax-dropped-update", "at", _JAX, "value", "capability",
         "https://docs.jax.dev/en/latest/notebooks/Common_Gotchas_in_JAX.html",
         "An update out of range is dropped.",
         (lambda jax: jax.numpy.zeros(2).at[5].set(1.0), [0.0, 0.0]),
         (lambda xp: xp.capabilities.checks_bounds, False)),
    _row("jax-copy-false", "asarray", _JAX, "ownership", "repaired", _STANDARD,
         "`copy=False` copies in silence.",
         (lambda jax: jax.numpy.asarray(np.ones(3), copy=False), [1.0, 1.0, 1.0]),
         (lambda xp: xp.asarray([1.0], copy=False), Raises("ValueError"))),
    _row("jax-subnormals", "multiply", _JAX, "value", "capability",
         "https://github.com/jax-ml/jax/issues/26658",
         "Subnormal numbers are flushed to zero on the CPU.",
         (lambda jax: jax.numpy.asarray(1e-300) * jax.numpy.asarray(1e-10), 0.0),
         (lambda xp: xp.capabilities.flushes_subnormals, True)),
    _row("jax-complex-gradient", "grad", _JAX, "value", "repaired",
         "https://github.com/jax-ml/jax/issues/4891",
         "The gradient of a complex argument is the conjugate of the steepest ascent.",
         (lambda jax: jax.grad(lambda z: jax.numpy.abs(z) ** 2)(1 + 2j).imag < 0, True),
         (lambda xp: xp.imag(xp.grad(lambda z: xp.square(xp.abs(z)))(xp.asarray(1 + 2j))) > 0,
          True)),
    _row("jax-abs-of-infinity", "abs", _JAX, "value", "repaired",
         "https://github.com/jax-ml/jax/issues/37817",
         "The magnitude of inf + nan j is NaN.",
         (lambda jax: jax.numpy.abs(jax.numpy.asarray(complex(np.inf, np.nan))), "nan"),
         (lambda xp: xp.abs(xp.asarray(complex(np.inf, np.nan))), float("inf"))),
    _row("jax-sqrt-branch", "sqrt", _JAX, "value", "repaired",
         "https://github.com/jax-ml/jax/issues/39110",
         "The sign of a zero imaginary part is lost on the branch cut.",
         (lambda jax: jax.numpy.imag(jax.numpy.sqrt(jax.numpy.asarray(complex(-1, -0.0)))), 1.0),
         (lambda xp: xp.imag(xp.sqrt(xp.asarray(complex(-1, -0.0)))), -1.0)),
    _row("jax-singular", "linalg.inv", _JAX, "error", "capability", _STANDARD,
         "Singular matrices have infinite inverses.",
         (lambda jax: bool(jax.numpy.all(jax.numpy.isfinite(
             jax.numpy.linalg.inv(jax.numpy.zeros((2, 2)))))), False),
         (lambda xp: xp.capabilities.raises_on_singular, False)),
    _row("jax-rank-of-nothing", "linalg.matrix_rank", _JAX, "error", "repaired", _STANDARD,
         "The rank of a 0 x 0 matrix is an error.",
         (lambda jax: jax.numpy.linalg.matrix_rank(jax.numpy.zeros((0, 0))), Raises("ValueError")),
         (lambda xp: xp.linalg.matrix_rank(xp.zeros((0, 0))), 0)),
    _row("jax-searchsorted-dtype", "searchsorted", _JAX, "dtype", "repaired", _STANDARD,
         "Positions are int32.",
         (lambda jax: _dtype(jax.numpy.searchsorted(jax.numpy.arange(3), 1)), "int32"),
         (lambda xp: _dtype(xp.searchsorted(xp.arange(3), xp.asarray(1))), "int64")),
    _row("jax-mean-of-integers", "mean", _JAX, "error", "repaired", _STANDARD,
         "Integers are converted in silence.",
         (lambda jax: jax.numpy.mean(jax.numpy.asarray([1, 2])), 1.5),
         (lambda xp: xp.mean(xp.asarray([1, 2])), Raises("DTypeError"))),
    # array-api-strict
    _row("strict-special-cases", "floor_divide", _STRICT, "value", "excluded",
         "https://github.com/numpy/numpy/issues/23860",
         "It passes on NumPy's values at infinity, which our NumPy adapter repairs.",
         (lambda strict: float(strict.floor_divide(strict.asarray(np.inf), strict.asarray(1.0))),
          "nan"),
         None),
)  # fmt: skip
