"""Integers that floating-point numbers cannot tell apart, and sums that small ones cannot hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law, needs

LARGE = 2**53
NEIGHBOURS = np.asarray([LARGE + 1, LARGE, LARGE + 2, LARGE + 1, -LARGE - 1, -LARGE])

COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
               "maximum", "minimum")  # fmt: skip

MOVES: dict[str, Any] = {
    "astype": lambda xp, x: xp.astype(xp.astype(x, xp.int64), xp.int64),
    "where": lambda xp, x: xp.where(xp.greater(x, 0), x, x),
    "clip": lambda xp, x: xp.clip(x, -(2**62), 2**62),
    "concat": lambda xp, x: xp.concat([x[:2], x[2:]]),
    "take": lambda xp, x: xp.take(x, xp.arange(6)),
    "max": lambda xp, x: xp.stack([xp.max(x[i : i + 1]) for i in range(6)]),
    "sum": lambda xp, x: xp.stack([xp.sum(x[i : i + 1]) for i in range(6)]),
    "prod": lambda xp, x: xp.stack([xp.prod(x[i : i + 1]) for i in range(6)]),
    "cumulative_sum": lambda xp, x: xp.diff(xp.cumulative_sum(x, include_initial=True), axis=0),
    "at": lambda xp, x: xp.at(xp.zeros_like(x))[xp.arange(6)].set(x),
    "at.add": lambda xp, x: xp.at(xp.zeros_like(x))[xp.arange(6)].add(x),
    "floor_divide": lambda xp, x: xp.floor_divide(x, 1),
    "abs": lambda xp, x: xp.multiply(xp.abs(x), xp.sign(x)),
    "round": lambda xp, x: xp.round(x),
    "floor": lambda xp, x: xp.floor(xp.ceil(xp.trunc(x))),
    "matmul": lambda xp, x: xp.matmul(x, xp.eye(6, dtype=xp.int64)),
    "einsum": lambda xp, x: xp.einsum("i,ij->j", x, xp.eye(6, dtype=xp.int64)),
    "tensordot": lambda xp, x: xp.tensordot(x, xp.eye(6, dtype=xp.int64), axes=1),
    "linalg.outer": lambda xp, x: xp.linalg.outer(x, xp.ones((1,), dtype=xp.int64))[:, 0],
    "full": lambda xp, x: xp.stack([xp.full((), int(n)) for n in NEIGHBOURS]),
    "to_numpy": lambda xp, x: xp.asarray(xp.to_numpy(x)),
}


def _numpy(xp: Any, x: Any) -> np.ndarray:
    found = xp.to_numpy(x)
    assert found.dtype == np.int64
    return found  # type: ignore[no-any-return]


@law(*COMPARISONS)
@pytest.mark.parametrize("name", COMPARISONS)
def test_neighbours_are_told_apart(xp: Any, name: str) -> None:
    """Comparisons of int64 are exact beyond 2**53."""
    first, second = NEIGHBOURS[:, None], NEIGHBOURS[None, :]
    found = getattr(xp, name)(xp.asarray(first.copy()), xp.asarray(second.copy()))
    np.testing.assert_array_equal(xp.to_numpy(found), getattr(np, name)(first, second))


@law("sort", "argsort")
def test_neighbours_are_sorted(xp: Any) -> None:
    """Integers are sorted as integers, in both directions."""
    x = xp.asarray(NEIGHBOURS.copy())
    ascending = np.sort(NEIGHBOURS)
    np.testing.assert_array_equal(_numpy(xp, xp.sort(x)), ascending)
    np.testing.assert_array_equal(_numpy(xp, xp.sort(x, descending=True)), ascending[::-1])
    np.testing.assert_array_equal(NEIGHBOURS[xp.to_numpy(xp.argsort(x))], ascending)
    order = xp.to_numpy(xp.argsort(x, descending=True))
    np.testing.assert_array_equal(NEIGHBOURS[order], ascending[::-1])
    assert int(xp.argmax(x)) == 2
    assert int(xp.argmin(x)) == 4


@law("unique_values", "unique_counts", "unique_inverse", "unique_all", "isin")
def test_neighbours_are_different(xp: Any) -> None:
    """Sets of integers keep apart what floating-point numbers do not."""
    needs(xp, "data_dependent_shapes")
    x = xp.asarray(NEIGHBOURS.copy())
    values, counts = np.unique(NEIGHBOURS, return_counts=True)
    np.testing.assert_array_equal(np.sort(_numpy(xp, xp.unique_values(x))), values)
    for found in (xp.unique_counts(x), xp.unique_all(x)):
        order = np.argsort(xp.to_numpy(found.values))
        np.testing.assert_array_equal(xp.to_numpy(found.counts)[order], counts)
    inverse = xp.unique_inverse(x)
    restored = xp.to_numpy(inverse.values)[xp.to_numpy(inverse.inverse_indices)]
    np.testing.assert_array_equal(restored, NEIGHBOURS)
    found = xp.isin(x, xp.asarray([LARGE + 1]))
    np.testing.assert_array_equal(xp.to_numpy(found), NEIGHBOURS == LARGE + 1)


@law("searchsorted")
def test_neighbours_are_found(xp: Any) -> None:
    """Integers are searched for as integers."""
    ordered = np.unique(NEIGHBOURS)
    for side in ("left", "right"):
        found = xp.searchsorted(
            xp.asarray(ordered.copy()), xp.asarray(NEIGHBOURS.copy()), side=side
        )
        np.testing.assert_array_equal(
            xp.to_numpy(found), np.searchsorted(ordered, NEIGHBOURS, side=side)
        )


@law("where", "at", "to_numpy")
@pytest.mark.parametrize("name", MOVES)
def test_large_integers_are_moved_whole(xp: Any, name: str) -> None:
    """Integers beyond 2**53 pass through every function of integers without rounding."""
    np.testing.assert_array_equal(_numpy(xp, MOVES[name](xp, xp.asarray(NEIGHBOURS.copy()))),
                                  NEIGHBOURS)  # fmt: skip


@law("astype")
def test_conversions_round_once(xp: Any) -> None:
    """Integers become the nearest floating-point numbers, also beyond single precision."""
    x = np.asarray([2**24 + 1, 2**30 + 1, -(2**40) - 3, 2**53 + 1])
    for dtype in ("float32", "float64"):
        found = xp.to_numpy(xp.astype(xp.asarray(x.copy()), dtype))
        np.testing.assert_array_equal(found, x.astype(dtype))
    back = xp.astype(xp.asarray(x[:3].astype("float64")), xp.int64)
    np.testing.assert_array_equal(_numpy(xp, back), x[:3])


@law("asarray", "array", "full", "full_like", "arange")
def test_large_numbers_of_python_are_taken_whole(xp: Any) -> None:
    """Python integers become integers without passing through floating-point numbers."""
    n = 2**62 + 1
    x = xp.zeros((1,), dtype=xp.int64)
    for made in (
        xp.asarray(n), xp.asarray([n]), xp.array((n,)), xp.full((1,), n), xp.full_like(x, n),
        xp.asarray(n, dtype=xp.int64), xp.arange(n, n + 1), xp.add(x, n), xp.at(x)[0].set(n),
        xp.where(xp.asarray([True]), n, x), xp.clip(x, n, None), xp.arange(n - 2, n + 1)[2:],
    ):  # fmt: skip
        assert _numpy(xp, made).reshape(-1).tolist() == [n]
    assert _numpy(xp, xp.arange(n, n - 4, -2)).tolist() == [n, n - 2]


@law("sum", "prod", "cumulative_sum", "linalg.trace")
@pytest.mark.parametrize("name", ["sum", "prod", "cumulative_sum", "cumulative_prod",
                                  "linalg.trace"])  # fmt: skip
def test_small_integers_do_not_overflow(xp: Any, name: str) -> None:
    """Sums and products of int8 are of the default integer from the first addition on."""
    from arraybackends_conformance.law import member

    vector = np.asarray([100, 100, 100], dtype="int8")
    x = np.diag(vector) if name == "linalg.trace" else vector
    reference = {"linalg.trace": np.trace}.get(name, getattr(np, name, None))
    assert reference is not None
    found = xp.to_numpy(member(xp, name)(xp.asarray(x.copy())))
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, reference(x.astype("int64")))
