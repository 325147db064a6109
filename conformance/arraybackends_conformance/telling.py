"""Calls in which every argument matters, so that one ignored or misread cannot go unnoticed.

Laws that draw cannot reach every value of every keyword within their time. Here each is reached, in
the narrowest and the widest dtype of every kind, on few arrays made to tell: axes of different
lengths, numbers that are all different, in no order, of both signs; and integers at the ends of
their ranges.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from arraybackends_conformance.generation import KINDS, Domain
from arraybackends_conformance.operations._build import EVERY, FLOATING, INTEGER, NUMERIC, ORDERED
from arraybackends_conformance.specification import Call

__all__ = ["TELLING", "telling_calls"]

OMITTED = ...
"""Stands among the values of a keyword for leaving it out."""

PLACES = (OMITTED, "xy", "ij")
DOUBLE = np.dtype("float64")
COMPLEX = np.dtype("complex128")


def ends(domain: Domain, *kinds: str) -> tuple[np.dtype, ...]:
    """
    Dtypes of some kinds.

    Where each call is compiled these are the narrowest and the widest of each kind; those between
    are left to the laws that draw.
    """
    found = [domain.of_kinds(kind) for kind in kinds]
    if domain.capabilities.jit and domain.capabilities.immutable:
        found = [(*group[:1], *group[-1:]) for group in found]
    return tuple(dict.fromkeys(dtype for group in found for dtype in group))


def numbers(shape: int | tuple[int, ...], dtype: Any = DOUBLE) -> np.ndarray:
    """Different numbers below 2 in magnitude (integers: below 16), exact in every dtype."""
    dtype, shape = np.dtype(dtype), (shape,) if isinstance(shape, int) else shape
    k = np.arange(math.prod(shape))
    first, second = (k * 12 + 5) % 31, (k * 17 + 3) % 31
    match dtype.kind:
        case "b":
            values: Any = first % 3 == 0
        case "u":
            values = first
        case "i":
            values = first - 15
        case "f":
            values = (first - 15.25) / 8
        case _:
            values = (first - 15.25) / 8 + 1j * (second - 14.75) / 8
    return np.asarray(values, dtype).reshape(shape)


def extremes(dtype: Any) -> np.ndarray:
    """Integers at both ends of a dtype, which floating-point numbers do not tell apart."""
    limits = np.iinfo(dtype)
    some = [limits.max, limits.min, limits.max - 1, 1, limits.min + 1, limits.max // 3, 0]
    return np.asarray(some, dtype)


def every(*values: Any, **keywords: Sequence[Any]) -> list[Call]:
    """One call for every combination of the values of its keywords."""
    names = list(keywords)
    return [
        Call(values, {n: v for n, v in zip(names, chosen, strict=True) if v is not OMITTED})
        for chosen in itertools.product(*keywords.values())
    ]


def of_kinds(
    *kinds: str, shape: int | tuple[int, ...] = (2, 3), n: int = 1, extreme: bool = False
) -> Callable[[Domain], Iterator[Call]]:
    """`n` arrays of some kinds; if `extreme`, integers at the ends of their ranges."""

    def calls(domain: Domain) -> Iterator[Call]:
        for dtype in ends(domain, *kinds):
            x = extremes(dtype) if extreme and dtype.kind in "iu" else numbers(shape, dtype)
            yield Call((x, np.roll(x, 1))[:n])

    return calls


def mixed(*kinds: str) -> Callable[[Domain], Iterator[Call]]:
    """Two arrays of one dtype, of the narrowest and the widest, and one beside a number."""

    def calls(domain: Domain) -> Iterator[Call]:
        groups = [ends(domain, kind) for kind in kinds]
        if {"real", "complex"} <= set(kinds):
            groups.append(ends(domain, "real", "complex"))
        pairs = {(dtype, dtype): None for group in groups for dtype in group}
        for narrow, *_, wide in (group for group in groups if len(group) > 1):
            pairs |= {(narrow, wide): None, (wide, narrow): None}
        for first, second in pairs:
            x1, x2 = numbers((2, 1, 4), first), numbers((3, 1), second)
            yield Call((x1, np.where(x2 == 0, np.ones_like(x2), x2)))
        for i, dtype in enumerate(ends(domain, *kinds)[::2]):
            x = numbers((3,), dtype)
            x = np.where(x == 0, np.ones_like(x), x)
            scalar = {"b": True, "f": 0.75, "c": 0.75 - 0.5j}.get(dtype.kind, 3)
            yield Call((x, scalar) if i % 2 else (scalar, x))

    return calls


Calls = list[Call] | Callable[[Domain], Iterator[Call]]

X = numbers((2, 3, 4))
B = X > -1
MATRIX, TALL = numbers((2, 3, 4), COMPLEX), numbers((4, 3))
SQUARE = numbers((2, 3, 3), COMPLEX) + 4 * np.eye(3)
HERMITIAN = SQUARE + np.conj(np.swapaxes(SQUARE, -1, -2))
TIES = np.asarray([[2.0, 1.0, np.nan, 1.0, 2.0], [1.0, np.inf, 1.0, -0.5, np.nan]])
LONG = numbers(31)[np.arange(400) % 3]
"""Long enough for algorithms that only long arrays get, with many equal elements."""

REDUCED = (OMITTED, None, 0, 1, -1, (0, 2), ())
ONE_AXIS = (OMITTED, 0, 1, -1)
KEEP = (OMITTED, True)
NORMS = (OMITTED, "backward", "ortho", "forward")
ORDERS = ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)


def _sums(name: str) -> Calls:
    def calls(domain: Domain) -> Iterator[Call]:
        yield from every(X if name == "sum" else numbers((2, 3, 2)), axis=REDUCED, keepdims=KEEP)
        for narrow, wide in (("float32", "float64"), ("int8", "int32"), ("int16", "int64"),
                             ("complex64", "complex128")):  # fmt: skip
            yield Call((numbers((2, 3), narrow),), {"dtype": np.dtype(wide), "axis": 1})
        kinds = NUMERIC if domain.capabilities.unsigned_arithmetic else ("signed", *FLOATING)
        for dtype in ends(domain, *kinds):
            yield Call((numbers((5,), dtype),))
            if dtype.kind in "iu":
                yield Call((np.full(3, np.iinfo(dtype).max // 2 + 3, dtype),))

    return calls


def _cumulative(domain: Domain) -> Iterator[Call]:
    yield from every(X, axis=(0, 1, -1), include_initial=(OMITTED, True))
    yield from every(X[0, 0], axis=(OMITTED, None, 0), include_initial=(OMITTED, True))
    yield Call((numbers(3, "float32"),), {"dtype": DOUBLE})
    kinds = NUMERIC if domain.capabilities.unsigned_arithmetic else ("signed", *FLOATING)
    for dtype in ends(domain, *kinds):
        yield Call((numbers(3, dtype),))
        if dtype.kind in "iu":
            yield Call((np.full(3, np.iinfo(dtype).max // 2 + 3, dtype),))


def _diff() -> list[Call]:
    first, last = numbers((2, 1, 4)) + 3, numbers((2, 2, 4)) - 3
    return [
        *every(X, n=(OMITTED, 0, 1, 2), axis=ONE_AXIS),
        *every(X, axis=(1, -2), n=(OMITTED, 2), prepend=(OMITTED, first), append=(OMITTED, last)),
        Call((X,), {"prepend": X[..., :1] + 1}),
    ]


def _sorted(domain: Domain) -> Iterator[Call]:
    directions = {"descending": (OMITTED, True), "stable": (OMITTED, False)}
    yield from every(TIES, axis=(OMITTED, 0), **directions)
    yield from every(LONG, **directions)
    for dtype in ends(domain, *ORDERED):
        x = numbers(7, dtype) if dtype.kind == "f" else extremes(dtype)
        yield from (Call((x,)), Call((x,), {"descending": True}))


def _searches(domain: Domain) -> Iterator[Call]:
    x1, x2 = np.asarray([1.0, 2.0, 2.0, 2.0, 3.0]), np.asarray([[2.0, 0.5], [3.0, 4.0], [1.0, 2.5]])
    yield from every(x1, x2, side=(OMITTED, "left", "right"))
    order = np.asarray([3, 0, 4, 1, 2])
    yield from every(x1[np.argsort(order)], x2, sorter=(order,), side=(OMITTED, "right"))
    for dtype in ends(domain, *INTEGER):
        yield Call((np.sort(extremes(dtype)), extremes(dtype)))


def _take(domain: Domain) -> Iterator[Call]:
    for axis in (0, 1, 2, -1, -2, -3):
        n = X.shape[axis]
        yield Call((X, np.asarray([n - 1, 0, -1, 1 - n])), {"axis": axis})
    yield Call((X[0, 0], np.asarray([3, 1])))
    for dtype in ends(domain, *EVERY):
        yield Call((numbers(4, dtype), np.asarray([2, -4])))


def _take_along_axis() -> list[Call]:
    indices = {0: [[1, 0, -1]], 1: [[2], [0]], -1: [[0, -1, 1], [2, 1, 0]]}
    x = X[..., 0]
    calls = [Call((x, np.asarray(i)), {"axis": axis}) for axis, i in indices.items()]
    return [Call((X[0, :2, :2], np.asarray([[1, 0], [0, 0]]))), *calls]


def _where(domain: Domain) -> Iterator[Call]:
    condition = np.asarray([[True], [False], [True]])
    for call in mixed(*EVERY)(domain):
        if all(isinstance(x, np.ndarray) for x in call.args):
            yield Call((condition, *call.args))
    yield Call((condition, np.asarray(1.5), np.asarray(-2.0)))
    yield Call((np.asarray(True), X, np.asarray(-2.0)))


def _concat(domain: Domain) -> Iterator[Call]:
    yield from every([X, X + 1], axis=(OMITTED, 0, 1, -1, None))
    yield Call(([X, X[:, :1]],), {"axis": 1})
    for call in mixed(*EVERY)(domain):
        if all(isinstance(x, np.ndarray) for x in call.args):
            yield Call(([x.reshape(-1) for x in call.args],))


def _repeat() -> list[Call]:
    return [
        *every(X, 2, axis=(OMITTED, 0, 1, -1)),
        *(Call((X, np.asarray(n)), {"axis": a}) for a, n in ((0, [2, 1]), (1, [1, 0, 2]))),
        Call((X[0, 0], np.asarray([0, 3, 1, 2]))),
    ]


def _roll() -> list[Call]:
    both = [Call((X,), {"shift": (1, -1), "axis": axes}) for axes in ((0, 2), (2, 1), (-1, 0))]
    return [*(c for shift in (1, -2, 5) for c in every(X, shift, axis=(OMITTED, None, 0, 1, -1))),
            *both]  # fmt: skip


def _clip(domain: Domain) -> Iterator[Call]:
    yield from every(X, min=(OMITTED, None, -0.5), max=(OMITTED, None, 0.75))
    for dtype in ends(domain, *ORDERED):
        x = numbers((3, 4), dtype)
        low, high = (1, 5) if dtype.kind in "iu" else (-0.5, 0.75)
        row, column = numbers(4, dtype), numbers((3, 1), dtype)
        yield Call((x, low, high))
        yield Call((x, np.minimum(row, column), np.maximum(row, column)))


def _creation(*arguments: Any) -> Callable[[Domain], Iterator[Call]]:
    def calls(domain: Domain) -> Iterator[Call]:
        for dtype in (OMITTED, None, *ends(domain, *EVERY)):
            yield from every(*arguments, dtype=(dtype,))

    return calls


def _like(*fill: Any) -> Callable[[Domain], Iterator[Call]]:
    def calls(domain: Domain) -> Iterator[Call]:
        for dtype in ends(domain, *EVERY):
            yield Call((numbers((2, 1, 3), dtype), *fill))
        yield from every(X, *fill, dtype=(None, *ends(domain, *EVERY)))

    return calls


def _full(domain: Domain) -> Iterator[Call]:
    for fill in (True, 3, 0.5, 0.5 - 2j):
        yield Call(((2, 3), fill))
        yield Call((2, fill))
    for dtype in ends(domain, *EVERY):
        fill = {"b": True, "f": 0.5, "c": 0.5 - 2j}.get(dtype.kind, 3)
        yield Call(((2, 3), fill), {"dtype": dtype})


def _arange(domain: Domain) -> Iterator[Call]:
    for arguments in ((5,), (2, 7), (2, 9, 3), (7, 2, -2), (3, 0), (0.5,), (0.25, 2.0, 0.5), (-3,)):
        yield Call(arguments)
    yield Call((2,), {"stop": 9, "step": 2})
    for dtype in ends(domain, *ORDERED):
        yield Call((1, 6, 2), {"dtype": dtype})


def _linspace(domain: Domain) -> Iterator[Call]:
    intervals = ((0, 1), (1.5, -0.5), (2, 2))
    for (start, stop), num in itertools.product(intervals, (0, 1, 2, 5)):
        yield from every(start, stop, num, endpoint=(OMITTED, True, False))
    for dtype in ends(domain, "real"):
        yield Call((0, 1, 4), {"dtype": dtype, "endpoint": False})
    yield Call((0.5 - 1j, 2j, 3))
    for dtype in ends(domain, "complex"):
        yield Call((1j, 2.0, 4), {"dtype": dtype, "endpoint": False})


def _eye() -> list[Call]:
    sizes = ((3,), (2, 4), (4, 2), (3, None))
    return [call for size in sizes for call in every(*size, k=(OMITTED, -2, -1, 0, 1, 2))]


def _astype(domain: Domain) -> Iterator[Call]:
    kinds = {"b": EVERY, "i": NUMERIC, "u": NUMERIC, "f": FLOATING, "c": ("complex",)}
    widest = [np.dtype(name) for name in ("bool", "int64", "float64", "complex128")]
    for source in ends(domain, *EVERY):
        x = np.abs(numbers(5, source)) if source.kind == "i" else numbers(5, source)
        for target in ends(domain, *kinds[source.kind]):
            if source in widest or target in widest:
                yield Call((x, target))
    yield from every(X, np.dtype("float32"), copy=(True, False))
    for dtype in ends(domain, "real"):  # an element of an array is an array
        yield Call((numbers((), dtype), dtype))


def _asarray(domain: Domain) -> Iterator[Call]:
    for obj in (True, 3, 0.5, 1 - 2j, [], [1, 2], [[0.5, 1.5]], (1, 2.5), [True, False], [1, 2j],
                [[1], [2]], 2**40):  # fmt: skip
        yield Call((obj,))
    for dtype in ends(domain, *EVERY):
        yield Call((numbers((2, 3), dtype),))
        yield Call(([0, 1],), {"dtype": dtype})


def _vector_norm() -> list[Call]:
    orders = (OMITTED, 0, 1, 2, 3, math.inf, -math.inf)
    x = numbers((2, 3, 4), COMPLEX)
    return [
        *every(x, ord=orders, axis=(OMITTED, 1)),
        *every(X, axis=(OMITTED, None, 0, -1, (0, 2)), keepdims=KEEP, ord=(OMITTED, 1)),
    ]


def _tensordot() -> list[Call]:
    return [
        Call((X, numbers((3, 4, 2)))),
        Call((X, numbers((4, 3))), {"axes": 1}),
        Call((X[0], numbers(2)), {"axes": 0}),
        Call((numbers((3, 3, 2)), numbers((3, 3, 4))), {"axes": ((0, 1), (1, 0))}),
        Call((numbers((3, 3, 2)), numbers((3, 3, 4))), {"axes": ((1, 0), (0, 1))}),
        Call((numbers((3, 3, 2)), numbers((3, 3, 4))), {"axes": ((0, 1), (0, 1))}),
        Call((MATRIX, numbers((4, 2), COMPLEX)), {"axes": ((2, 0), (0, 1))}),
        Call((MATRIX, numbers((4, 2), COMPLEX)), {"axes": ((-1,), (-2,))}),
    ]


def _matrices() -> list[Call]:
    shapes = (((2, 3, 4), (4, 2)), ((3, 4), (2, 4, 3)), ((2, 1, 3, 4), (3, 4, 2)),
              ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((3,), (3,)))  # fmt: skip
    return [Call((numbers(x1, COMPLEX), numbers(x2, COMPLEX))) for x1, x2 in shapes]


def _products(domain: Domain) -> Iterator[Call]:
    yield from _matrices()
    wide = (np.dtype("int64"), DOUBLE, COMPLEX)
    for group in (ends(domain, "signed"), ends(domain, *FLOATING)):
        for first, second in itertools.product(group, group):
            if first in wide or second in wide:
                x1, x2 = numbers((2, 3), first), numbers((3, 2), second)
                yield Call((x1, x2) if first.kind != "i" else (x1 // 8, x2 // 8))


def _vecdot() -> list[Call]:
    x = numbers((3, 3), COMPLEX)
    return [*every(x, np.flip(x).copy(), axis=(OMITTED, -1, -2)),
            Call((MATRIX, numbers((3, 4), COMPLEX)))]  # fmt: skip


def _cross() -> list[Call]:
    x = numbers((3, 2, 3), COMPLEX)
    return every(x, np.flip(x).copy(), axis=(OMITTED, -1, -3))


def _solve() -> list[Call]:
    square = SQUARE[:, :2, :2].copy()
    return [
        Call((square, numbers(2, COMPLEX))),
        Call((square, numbers((2, 2), COMPLEX))),
        Call((square, numbers((2, 2, 3), COMPLEX))),
        Call((square[0], numbers((2, 3), COMPLEX))),
        Call((SQUARE, numbers(3, COMPLEX))),
    ]


def _floating_matrices(matrix: np.ndarray) -> Callable[[Domain], Iterator[Call]]:
    def calls(domain: Domain) -> Iterator[Call]:
        for dtype in ends(domain, *FLOATING):
            real = matrix.real if dtype.kind == "f" else matrix
            yield Call((real.astype(dtype),))

    return calls


def _then(*parts: Calls) -> Callable[[Domain], Iterator[Call]]:
    def calls(domain: Domain) -> Iterator[Call]:
        for part in parts:
            yield from part(domain) if callable(part) else part

    return calls


NEARLY_SINGULAR = np.diag([1.0, 0.5, 1e-2])

UNARY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp",
                     "expm1", "log", "log10", "log1p", "log2", "sin", "sinh", "sqrt", "tan", "tanh",
                     "reciprocal"), FLOATING),
    **dict.fromkeys(("abs", "square", "sign", "round", "positive", "conj", "real", "isfinite",
                     "isinf", "isnan"), NUMERIC),
    **dict.fromkeys(("ceil", "floor", "trunc"), ORDERED),
    "negative": ("signed", *FLOATING), "imag": ("complex",), "signbit": ("real",),
    "logical_not": ("bool",), "bitwise_invert": ("bool", *INTEGER),
}  # fmt: skip

BINARY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("add", "subtract", "multiply"), NUMERIC),
    "divide": FLOATING,
    **dict.fromkeys(("maximum", "minimum", "floor_divide", "remainder", "less", "less_equal",
                     "greater", "greater_equal"), ORDERED),
    **dict.fromkeys(("equal", "not_equal"), EVERY),
    **dict.fromkeys(("atan2", "copysign", "hypot", "logaddexp"), ("real",)),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), ("bool", *INTEGER)),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), ("bool",)),
}  # fmt: skip

NEIGHBOURS = Call((np.asarray([1.0, 1.0, 1.0]), 1.0 + np.asarray([0.0, 1.0, -1.0]) * 2**-50))
"""Numbers that differ in their last bits."""

COMPARISONS = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
WRAPPING = {"add", "subtract", "multiply", "maximum", "minimum"}
BITWISE = {"bitwise_and", "bitwise_or", "bitwise_xor"}

LARGE = [Call((np.asarray([1000.0, -1000.0, 1000.0]), np.asarray([1000.0, -1000.0, -1000.0])))]
HUGE = [Call((np.asarray([3e200, 3e-200, -6e300]), np.asarray([4e200, 4e-200, 8e300])))]


def _integer_division(domain: Domain) -> Iterator[Call]:
    yield from mixed(*ORDERED)(domain)
    for dtype in ends(domain, *INTEGER):
        x = extremes(dtype)
        yield Call((x, np.full_like(x, 7)))


def _functions() -> Iterator[tuple[str, Calls]]:
    for name, kinds in UNARY.items():
        yield name, of_kinds(*kinds, extreme=name not in ("square",))
    for name, kinds in BINARY.items():
        parts: list[Calls] = [mixed(*kinds)]
        if name in COMPARISONS | WRAPPING | BITWISE:
            parts.append(of_kinds(*(k for k in kinds if k in INTEGER), n=2, extreme=True))
        if name in COMPARISONS:
            parts.append([NEIGHBOURS])
        parts += {"logaddexp": [LARGE], "hypot": [HUGE]}.get(name, [])
        integral = name in ("floor_divide", "remainder")
        yield name, _integer_division if integral else _then(*parts)


THIRDS = [np.asarray([[1 / 3, 2 / 3]] * 2, dtype) for dtype in ("float32", "float32", "float64")]
"""Numbers whose products are not exact in single precision."""

FREQUENCIES = [
    *every(5, d=(OMITTED, 0.25)),
    *every(6, d=(OMITTED, 2.0)),
    *every(4, dtype=(np.dtype("float32"), DOUBLE)),
]

UNIQUE = _then(
    of_kinds("bool", *ORDERED, extreme=True), [Call((NEIGHBOURS.args[1],)), Call((np.round(X),))]
)

TELLING: dict[str, Calls] = {
    **dict(_functions()),
    "pow": _then(
        mixed("complex"),
        [Call((np.abs(numbers(5)), numbers(5))), Call((numbers(5, "int64"), numbers(5, "uint8")
                                                       .astype("int64") % 4))],
    ),
    "nextafter": [Call((np.asarray([1.0, 1.0, 2.0]), np.asarray([2.0, 0.0, 2.0])))],
    "bitwise_left_shift": [Call((np.asarray([1, 3, -2]), np.asarray([40, 2, 5])))],
    "bitwise_right_shift": [Call((np.asarray([2**50, 3, -9]), np.asarray([40, 1, 2])))],
    "clip": _clip,
    # Reductions
    "sum": _sums("sum"), "prod": _sums("prod"),
    "max": _then(every(X, axis=REDUCED, keepdims=KEEP), of_kinds(*ORDERED, extreme=True)),
    "min": _then(every(X, axis=REDUCED, keepdims=KEEP), of_kinds(*ORDERED, extreme=True)),
    "mean": _then(every(X, axis=REDUCED, keepdims=KEEP), of_kinds(*FLOATING)),
    "std": every(X, axis=(OMITTED, 1, (0, 2)), keepdims=KEEP, correction=(OMITTED, 0, 1, 0.5)),
    "var": every(X, axis=(OMITTED, 1, (0, 2)), keepdims=KEEP, correction=(OMITTED, 0, 1, 0.5)),
    "all": _then(every(B, axis=REDUCED, keepdims=KEEP), of_kinds(*EVERY)),
    "any": _then(every(~B, axis=REDUCED, keepdims=KEEP), of_kinds(*EVERY)),
    "count_nonzero": _then(every(B, axis=REDUCED, keepdims=KEEP), of_kinds(*EVERY)),
    "argmax": _then(every(np.round(X), axis=(OMITTED, None, 0, 1, -1), keepdims=KEEP),
                    of_kinds(*ORDERED, extreme=True)),
    "argmin": _then(every(np.round(X), axis=(OMITTED, None, 0, 1, -1), keepdims=KEEP),
                    of_kinds(*ORDERED, extreme=True)),
    "cumulative_sum": _cumulative, "cumulative_prod": _cumulative,
    "diff": _diff(),
    # Shapes
    "flip": every(X, axis=(OMITTED, None, 0, 1, -1, (0, 2), ())),
    "roll": _roll(), "repeat": _repeat(), "concat": _concat,
    "tile": [Call((X, reps)) for reps in ((2,), (2, 1, 3), (3, 1, 1, 2), ())],
    "stack": every([X, X + 1], axis=(OMITTED, 0, 1, 2, 3, -1, -2)),
    "unstack": every(X, axis=ONE_AXIS),
    "expand_dims": every(X, axis=(OMITTED, 0, 1, 3, -1, -2, (0, 2))),
    "squeeze": every(X[:1, :, :1], axis=(0, 2, -1, (0, 2), (0,))),
    "permute_dims": every(X, axes=tuple(itertools.permutations(range(3)))),
    "moveaxis": [Call((X, *way)) for way in ((0, 2), (2, 0), (0, -1), (-1, 1), ((0, 1), (2, 0)))],
    "matrix_transpose": [Call((X,))], "linalg.matrix_transpose": [Call((X,))],
    "reshape": every(X, shape=((4, 3, 2), (-1,), (6, 4), (2, -1)), copy=(OMITTED, None, True)),
    "tril": every(X, k=(OMITTED, -2, -1, 0, 1, 2)), "triu": every(X, k=(OMITTED, -2, -1, 0, 1, 2)),
    "meshgrid": [*every(numbers(2), numbers(3), indexing=PLACES),
                 *every(numbers(2), numbers(3), numbers(4), indexing=PLACES)],
    "broadcast_arrays": [Call((X[:, :1], numbers((3, 1)))), Call((X, X[0, 0], X[:1, :, :1]))],
    "broadcast_shapes": [Call(((2, 1, 4), (3, 1))), Call(((1,), (2, 1), (0, 1, 5)))],
    "broadcast_to": [Call((X[:, :1], (3, 2, 5, 4))), Call((X[:1, :, :1], (2, 3, 4)))],
    # Indices
    "take": _take, "take_along_axis": _take_along_axis(), "where": _where,
    "sort": _sorted, "argsort": _sorted, "searchsorted": _searches,
    "isin": _then(every(numbers((2, 5), "int64"), numbers((3, 2), "int64"),
                        invert=(OMITTED, True)), of_kinds(*INTEGER, n=2, extreme=True)),
    "nonzero": of_kinds(*EVERY, shape=(2, 3, 4)),
    **dict.fromkeys(("unique_all", "unique_counts", "unique_values"),
                    _then(UNIQUE, [Call((TIES,))])),
    "unique_inverse": UNIQUE,
    "bincount": every(np.asarray([3, 1, 3, 0]), minlength=(OMITTED, 0, 2, 6),
                      weights=(OMITTED, numbers(4), numbers(4, "float32"))),
    # Creation
    "zeros": _creation((2, 3)), "ones": _creation((2, 3)), "empty": _creation((2, 3)),
    "zeros_like": _like(), "ones_like": _like(), "empty_like": _like(), "full_like": _like(1),
    "full": _full, "arange": _arange, "linspace": _linspace, "eye": _then(_eye(), _creation(2)),
    "astype": _astype, "asarray": _asarray,
    # Products
    "matmul": _products, "linalg.matmul": _matrices(),
    "tensordot": _tensordot(), "linalg.tensordot": _tensordot(),
    "vecdot": _vecdot(), "linalg.vecdot": _vecdot(), "linalg.cross": _cross(),
    "linalg.outer": [Call((numbers(2, COMPLEX), numbers(3, COMPLEX)))],
    "einsum": [
        Call(("ba", X[0])), Call(("ca,ab", X[0], numbers((4, 2)))), Call(("kij,jl", X, TALL)),
        Call(("ij,jk->ik", X[0], numbers((4, 2), COMPLEX))),
        Call(("ij,jk,kl->il", *THIRDS)),
        Call(("ij,jk", MATRIX[0], numbers((4, 2)))), Call(("jk,ij->ik", X[0], numbers((2, 3)))),
        Call(("...ij,...kj->...ki", MATRIX, numbers((3, 4), COMPLEX))),
        Call(("iij->j", numbers((3, 3, 2)))), Call(("i,j,k->kji", X[:, 0, 0], X[0, :, 0], X[0, 0])),
    ],
    "kron": [Call((numbers((2, 3), COMPLEX), numbers((3, 2)))), Call((numbers(2), numbers(3)))],
    # Linear algebra
    "linalg.matrix_norm": _then(every(MATRIX, ord=ORDERS, keepdims=KEEP), _floating_matrices(TALL)),
    "linalg.vector_norm": _vector_norm(),
    "linalg.trace": every(X, offset=(OMITTED, -2, -1, 0, 1, 2)),
    "linalg.diagonal": every(X, offset=(OMITTED, -2, -1, 0, 1, 2)),
    "linalg.matrix_power": [Call((SQUARE, n)) for n in range(-3, 5)],
    "linalg.matrix_rank": every(NEARLY_SINGULAR, rtol=(OMITTED, None, 1e-3, 0.1, 0.7)),
    "linalg.pinv": every(NEARLY_SINGULAR, rtol=(OMITTED, None, 1e-3, 0.1, 0.7)),
    "linalg.solve": _solve(),
    "linalg.cholesky": _then(every(HERMITIAN + 9 * np.eye(3), upper=(OMITTED, False, True)),
                             _floating_matrices(HERMITIAN + 9 * np.eye(3))),
    "linalg.qr": _then(every(MATRIX, mode=(OMITTED, "reduced", "complete")),
                       every(TALL, mode=(OMITTED, "reduced", "complete")),
                       _floating_matrices(TALL)),
    "linalg.svd": _then(every(MATRIX, full_matrices=(OMITTED, True, False)),
                        every(TALL, full_matrices=(OMITTED, True, False)),
                        _floating_matrices(TALL)),
    **dict.fromkeys(("linalg.svdvals",), _floating_matrices(MATRIX)),
    **dict.fromkeys(("linalg.det", "linalg.slogdet", "linalg.inv", "linalg.eig", "linalg.eigvals",
                     "linalg.expm"), _floating_matrices(SQUARE)),
    **dict.fromkeys(("linalg.eigh", "linalg.eigvalsh"), _floating_matrices(HERMITIAN)),
    # Transforms
    **dict.fromkeys(("fft.fft", "fft.ifft"), _then(
        every(MATRIX, n=(OMITTED, 2, 5), axis=(OMITTED, 0, 1)),
        every(MATRIX, norm=NORMS, axis=(1,), n=(None,)), of_kinds("complex"))),
    **dict.fromkeys(("fft.rfft", "fft.ihfft"), _then(
        every(X, n=(OMITTED, 2, 5), axis=(OMITTED, 0, 1)),
        every(X, norm=NORMS, axis=(1,), n=(None,)), of_kinds("real"))),
    "fft.irfft": [Call((np.fft.rfft(X, axis=a, norm=m),), {"axis": a, "n": X.shape[a], "norm": m})
                  for a in (0, 1, -1) for m in NORMS[1:]],
    "fft.hfft": [Call((np.fft.ihfft(X, axis=a, norm=m),), {"axis": a, "n": X.shape[a], "norm": m})
                 for a in (0, 1, -1) for m in NORMS[1:]],
    **dict.fromkeys(("fft.fftn", "fft.ifftn"), _then(
        every(MATRIX, axes=(OMITTED, None, (0, 1), (2,), (-1, 0))), every(MATRIX, norm=NORMS),
        every(MATRIX, axes=((0, 1), (2, 0)), s=((2, 3), (3, 2), (1, 4))))),
    "fft.rfftn": _then(every(X, axes=(OMITTED, None, (0, 1), (2,), (-1, 0))), every(X, norm=NORMS),
                       every(X, axes=((0, 1), (2, 0)), s=((2, 3), (3, 2), (1, 4)))),
    "fft.irfftn": [Call((np.fft.rfftn(X, axes=a, norm=m),),
                        {"axes": a, "s": tuple(X.shape[i] for i in a), "norm": m})
                   for a in ((0, 1), (0, 2), (2, 0)) for m in NORMS[1:]],
    "fft.fftfreq": FREQUENCIES, "fft.rfftfreq": FREQUENCIES,
    **dict.fromkeys(("fft.fftshift", "fft.ifftshift"), every(
        X, axes=(OMITTED, None, 0, 1, -1, (1,), (0, 2)))),
}  # fmt: skip


def telling_calls(name: str, domain: Domain) -> Iterator[Call]:
    """Calls of an operation, in the dtypes that a backend has."""
    calls = TELLING[name]
    known = {dtype.name for dtype in domain.of_kinds(*KINDS)}
    for call in calls(domain) if callable(calls) else calls:
        if all(x.dtype.name in known for x in call.arrays()):
            yield call
