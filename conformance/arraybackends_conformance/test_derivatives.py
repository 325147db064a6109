"""The derivative of every differentiable operation, against differences of its reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.generation import Domain
from arraybackends_conformance.law import compiles_each_call, needs
from arraybackends_conformance.operations import OPERATIONS
from arraybackends_conformance.specification import Call, leaves, to_native
from arraybackends_conformance.telling import TELLING, numbers, telling_calls

STEP = 1e-6
TOLERANCE = 1e-7
"""Of central differences with that step: eps / STEP, and STEP**2 times third derivatives."""

BETWEEN = 0.5 + numbers((2, 3)) / 5
"""Different numbers in (0.1, 0.9), where most functions are smooth."""
COMPLEX = numbers((2, 3), np.complex128) / 2
SQUARE = numbers((2, 2, 2)) / 4 + 2 * np.eye(2)
COMPLEX_SQUARE = numbers((2, 2, 2), np.complex128) / 4 + 2 * np.eye(2)
HERMITIAN = np.asarray([[3.0, 0.5 - 1j], [0.5 + 1j, 1.0]])
X, Y = numbers((2, 1, 3)) + 0.05, numbers((3, 1)) - 2.3
SIGNAL = numbers((2, 4))


def _symmetric(function: str) -> Callable[..., Any]:
    """Functions of Hermitian matrices are differentiated where they are Hermitian."""

    def apply(xp: Any, call: Call) -> Any:
        (x,) = call.args
        adjoint = xp.conj(xp.matrix_transpose(x))
        return OPERATIONS[function].apply(xp, Call((xp.add(x, adjoint),), call.kwargs))

    return apply


FUNCTIONS = ("asin", "atan", "asinh", "atanh", "acos", "cos", "cosh", "exp", "expm1", "log",
             "log10", "log1p", "log2", "reciprocal", "sin", "sinh", "sqrt", "square", "tan", "tanh",
             "abs", "negative", "positive", "conj", "real")  # fmt: skip

CALLS: dict[str, list[Call]] = {
    **{name: [Call((BETWEEN,)), Call((COMPLEX,))] for name in FUNCTIONS},
    "acosh": [Call((BETWEEN + 1,)), Call((COMPLEX,))],
    "imag": [Call((COMPLEX,))],
    "sign": [Call((COMPLEX,))],
    **{name: [Call((X, Y)), Call((X, 1.5)), Call((0.75, Y)), Call((COMPLEX, COMPLEX[:, :1]))]
       for name in ("add", "subtract", "multiply", "divide")},
    "pow": [Call((BETWEEN, Y[:1])), Call((X, 3.0)), Call((1.5, Y)), Call((COMPLEX, 2.0))],
    **{name: [Call((X, Y))]
       for name in ("atan2", "hypot", "logaddexp", "maximum", "minimum", "copysign")},
    "remainder": [Call((X, Y))],
    "clip": [Call((X, -0.5, 0.5))],
    "where": [Call((X > 0, X, Y)), Call((X > 0, COMPLEX[0], 1.0)),
              Call((X > 0, X, np.asarray(2.0))), Call((X > 0, np.asarray(0.5), Y))],
    # Reductions
    **{name: [Call((X,)), Call((X,), {"axis": -1}), Call((X,), {"axis": (0, 2), "keepdims": True})]
       for name in ("sum", "mean", "prod", "max", "min", "std", "var")},
    "cumulative_sum": [Call((X,), {"axis": -1}), Call((X,), {"axis": 0, "include_initial": True})],
    "cumulative_prod": [Call((X,), {"axis": -1}), Call((COMPLEX,), {"axis": 0})],
    "diff": [Call((X,), {"n": 2}), Call((COMPLEX,), {"axis": 0})],
    # Moves
    "astype": [Call((X, np.dtype("complex128")))],
    "broadcast_to": [Call((X, (2, 3, 3)))],
    "concat": [Call(([X, X + 1, X - 1],), {"axis": 1}), Call(([X, Y],), {"axis": None})],
    "expand_dims": [Call((X,), {"axis": 1})],
    "flip": [Call((X,), {"axis": 2})],
    "matrix_transpose": [Call((COMPLEX,))],
    "moveaxis": [Call((X, 0, 2))],
    "permute_dims": [Call((X, (2, 0, 1)))],
    "repeat": [Call((X, 2), {"axis": 2})],
    "reshape": [Call((X, (3, 2)))],
    "roll": [Call((X, 1)), Call((X, 2), {"axis": 2})],
    "sort": [Call((X,)), Call((X,), {"axis": 0, "descending": True})],
    "squeeze": [Call((X, 1))],
    "stack": [Call(([X, X + 1, X - 1],), {"axis": 1})],
    "take": [Call((X, np.asarray([2, 0, 2])), {"axis": 2})],
    "take_along_axis": [Call((X[:, 0], np.asarray([[2, 2], [0, 1]])))],
    "tile": [Call((X, (2, 1, 2)))],
    "tril": [Call((SQUARE,))],
    "triu": [Call((COMPLEX_SQUARE,))],
    "unstack": [Call((X,), {"axis": 2})],
    # Products
    "matmul": [Call((SQUARE, SQUARE[0])), Call((COMPLEX_SQUARE, COMPLEX[:, 0])),
               Call((SQUARE, COMPLEX_SQUARE))],
    "vecdot": [Call((X[:, 0], X[0, 0])), Call((COMPLEX, COMPLEX[1])), Call((BETWEEN, COMPLEX))],
    "tensordot": [Call((SQUARE, COMPLEX_SQUARE)), Call((SQUARE, SQUARE + 1), {"axes": 1})],
    "einsum": [Call(("ij,jk->ki", COMPLEX, COMPLEX.T.copy())), Call(("ii->i", SQUARE[0])),
               Call(("ij,j->", BETWEEN, COMPLEX[0]))],
    "kron": [Call((BETWEEN, COMPLEX[:1]))],
    "linalg.cross": [Call((BETWEEN, COMPLEX))],
    "linalg.outer": [Call((COMPLEX[0], BETWEEN[1]))],
    # Linear algebra
    "linalg.trace": [Call((COMPLEX_SQUARE,))],
    "linalg.diagonal": [Call((COMPLEX_SQUARE,))],
    **{f"linalg.{name}": [Call((SQUARE,)), Call((COMPLEX_SQUARE,))]
       for name in ("det", "slogdet", "inv", "expm", "svdvals")},
    "linalg.pinv": [Call((SQUARE,)), Call((COMPLEX_SQUARE,), {"rtol": 1e-8})],
    "linalg.matrix_power": [Call((SQUARE, 3)), Call((COMPLEX_SQUARE, -2))],
    "linalg.solve": [Call((SQUARE, SQUARE[0])), Call((COMPLEX_SQUARE, COMPLEX[:, 0]))],
    "linalg.vector_norm": [Call((BETWEEN,)), Call((COMPLEX,), {"axis": 1, "ord": 3}),
                           Call((COMPLEX,), {"ord": 1})],
    "linalg.matrix_norm": [Call((SQUARE,)), Call((COMPLEX_SQUARE,)), Call((SQUARE,), {"ord": 2}),
                           Call((SQUARE,), {"ord": "nuc"})],
    "linalg.eigvalsh": [Call((HERMITIAN,)), Call((HERMITIAN.real.copy(),))],
    "linalg.cholesky": [Call((HERMITIAN,)), Call((HERMITIAN,), {"upper": True})],
    # Transforms
    **{f"fft.{name}": [Call((COMPLEX,)), Call((COMPLEX,), {"axis": 0, "n": 4, "norm": "ortho"})]
       for name in ("fft", "ifft")},
    **{f"fft.{name}": [Call((COMPLEX,))] for name in ("fftn", "ifftn")},
    **{f"fft.{name}": [Call((SIGNAL,)), Call((SIGNAL,), {"n": 5})] for name in ("rfft", "ihfft")},
    "fft.rfftn": [Call((SIGNAL,))],
    **{f"fft.{name}": [Call((COMPLEX,))] for name in ("fftshift", "ifftshift")},
    **{f"fft.{name}": [Call((COMPLEX,)), Call((COMPLEX,), {"n": 4, "axis": 0})]
       for name in ("irfft", "hfft")},
    "fft.irfftn": [Call((COMPLEX,))],
    # Others
    "broadcast_arrays": [Call((X, Y))],
    "meshgrid": [Call((BETWEEN[0], BETWEEN[1, :2]))],
    "bincount": [Call((np.asarray([2, 0, 2]),), {"weights": BETWEEN[0], "minlength": 3})],
    "linalg.matmul": [Call((COMPLEX, COMPLEX.T.copy()))],
    "linalg.tensordot": [Call((SQUARE, SQUARE + 1), {"axes": 1})],
    "linalg.vecdot": [Call((COMPLEX, COMPLEX[1]))],
    "linalg.matrix_transpose": [Call((COMPLEX,))],
}  # fmt: skip

APPLY = {name: _symmetric(name) for name in ("linalg.eigvalsh", "linalg.cholesky")}


def _value(name: str, call: Call) -> list[np.ndarray]:
    """Leaves of what the reference gives."""
    if name in APPLY:
        (x,) = call.args
        call = Call((x + np.conj(np.matrix_transpose(x)),), call.kwargs)
    with np.errstate(all="ignore"):
        return [
            np.asarray(x) for x in leaves(OPERATIONS[name].reference(*call.args, **call.kwargs))
        ]


def _weights(outputs: list[np.ndarray]) -> list[np.ndarray]:
    return [numbers(x.shape, x.dtype) + 0.1 for x in outputs]


def _is_inexact(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc"


def _differences(name: str, call: Call, weights: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the uphill gradient for every floating-point array, by central differences."""

    def loss(x: np.ndarray, moved: np.ndarray) -> float:
        there = call.map(lambda y: moved if y is x else y)
        outputs = _value(name, there)
        pairs = zip(weights, outputs, strict=True)
        return float(sum(np.sum((np.conj(w) * out).real) for w, out in pairs))

    for x in filter(_is_inexact, call.arrays()):
        gradient = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            for direction in (1, 1j)[: 1 + (x.dtype.kind == "c")]:
                step = np.zeros_like(x)
                step[index] = STEP * direction
                slope = (loss(x, x + step) - loss(x, x - step)) / (2 * STEP)
                gradient[index] += slope * direction
        yield gradient


def _native(xp: Any, x: Any, differentiated: Iterator[Any]) -> Any:
    return next(differentiated) if _is_inexact(x) else to_native(xp, x)


def _loss(xp: Any, name: str, call: Call, weights: list[np.ndarray]) -> Callable[..., Any]:
    """Real function of the floating-point arrays of a call: Re sum conj(w) f."""
    apply = APPLY.get(name, OPERATIONS[name].apply)

    def loss(*arrays: Any) -> Any:
        differentiated = iter(arrays)
        result = apply(xp, call.map(lambda x: _native(xp, x, differentiated)))
        terms = [
            xp.sum(xp.real(xp.multiply(xp.conj(xp.asarray(w)), part)))
            for w, part in zip(weights, leaves(result), strict=True)
        ]
        return sum(terms[1:], terms[0])

    return loss


@pytest.mark.parametrize("name", CALLS)
def test_gradient_is_that_of_the_reference(xp: Any, name: str) -> None:
    """For real and complex arguments, all of them, broadcast ones too, in the uphill convention."""
    needs(xp, "autodiff")
    points = [list(filter(_is_inexact, call.arrays())) for call in CALLS[name]]
    weights = [_weights(_value(name, call)) for call in CALLS[name]]

    def gradients(points: Any) -> list[Any]:
        return [
            xp.grad(
                _loss(xp, name, call, own), argnums=tuple(range(len(arrays))), method="autodiff"
            )(*arrays)
            for call, own, arrays in zip(CALLS[name], weights, points, strict=True)
        ]

    evaluate = xp.jit(gradients, fallback="raise") if compiles_each_call(xp) else gradients
    every = evaluate([[xp.asarray(x.copy()) for x in arrays] for arrays in points])
    for call, own, arrays, found in zip(CALLS[name], weights, points, every, strict=True):
        differences = _differences(name, call, own)
        for x, part, expected in zip(arrays, found, differences, strict=True):
            assert xp.dtype_name(part.dtype) == x.dtype.name
            np.testing.assert_allclose(
                xp.to_numpy(part), expected, rtol=TOLERANCE, atol=100 * TOLERANCE,
                err_msg=f"{name}{call}",
            )  # fmt: skip


ELSEWHERE = {
    "linalg.eig", "linalg.eigh", "linalg.eigvals", "linalg.qr", "linalg.svd",  # up to phases
    "asarray", "arange", "linspace", "full", "full_like",  # from numbers, or the identity
}  # fmt: skip
CONSTANT = {
    "ceil", "empty_like", "floor", "floor_divide", "linalg.matrix_rank", "nextafter", "ones_like",
    "round", "trunc", "unique_all", "unique_counts", "unique_inverse", "unique_values",
    "zeros_like",
}  # fmt: skip


def test_no_derivative_is_left_out() -> None:
    """Every operation on floating-point arrays that gives some is differentiated by a law."""
    domain = Domain(ab.get_backend("numpy"))

    def gives_floats(name: str) -> bool:
        calls = [c for c in telling_calls(name, domain) if any(map(_is_inexact, c.arrays()))]
        return bool(calls) and any(map(_is_inexact, _value(name, calls[0])))

    missing = {name for name in TELLING if gives_floats(name)} - set(CALLS) - ELSEWHERE - CONSTANT
    assert not missing, f"no law is about the derivatives of {sorted(missing)}"
