"""Arrays without axes, without elements, or with fewer than an operation looks at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law, needs


@law("linalg.vector_norm", "linalg.matrix_norm", "vecdot", "tensordot", "einsum")
def test_nothing_is_reduced_to_the_neutral_element(xp: Any) -> None:
    """Norms and products of no elements are 0."""
    x, m = xp.zeros((0,)), xp.zeros((2, 0))
    assert float(xp.linalg.vector_norm(x)) == 0.0
    assert float(xp.linalg.vector_norm(x, ord=1)) == 0.0
    assert xp.to_numpy(xp.linalg.vector_norm(m, axis=1)).tolist() == [0.0, 0.0]
    assert float(xp.linalg.matrix_norm(m)) == 0.0
    assert float(xp.vecdot(x, x)) == 0.0
    assert float(xp.tensordot(x, x, axes=1)) == 0.0
    assert xp.to_numpy(xp.einsum("ij->i", m)).tolist() == [0.0, 0.0]
    assert xp.to_numpy(xp.matmul(m, xp.zeros((0, 1)))).tolist() == [[0.0], [0.0]]


@law("linalg.det", "linalg.slogdet", "linalg.matrix_rank", "linalg.inv", "linalg.eigh",
     "linalg.expm", "linalg.trace", "linalg.solve")  # fmt: skip
@pytest.mark.parametrize("batch", [(), (2,)])
def test_matrices_without_rows(xp: Any, batch: tuple[int, ...]) -> None:
    """The 0-by-0 matrix is the identity: determinant 1, rank and trace 0; factors are empty."""
    nothing = xp.zeros((*batch, 0, 0))
    values = {
        "det": 1.0, "matrix_rank": 0, "trace": 0.0,
    }  # fmt: skip
    for name, value in values.items():
        found = xp.to_numpy(getattr(xp.linalg, name)(nothing))
        np.testing.assert_array_equal(found, np.full(batch, value), err_msg=name)
    sign, logarithm = xp.linalg.slogdet(nothing)
    np.testing.assert_array_equal(xp.to_numpy(sign), np.ones(batch))
    np.testing.assert_array_equal(xp.to_numpy(logarithm), np.zeros(batch))
    for name in ("inv", "expm"):
        assert tuple(getattr(xp.linalg, name)(nothing).shape) == (*batch, 0, 0)
    assert tuple(xp.linalg.eigh(nothing)[0].shape) == (*batch, 0)
    assert tuple(xp.linalg.solve(nothing, xp.zeros((*batch, 0, 3))).shape) == (*batch, 0, 3)


@law("nonzero")
def test_a_number_has_no_positions(xp: Any) -> None:
    """`nonzero` of a 0-d array is an error, not that of a vector."""
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        xp.nonzero(xp.asarray(1.0))


@law("diff")
def test_more_differences_than_elements(xp: Any) -> None:
    """There are no n-th differences of n elements or fewer."""
    for size, n in ((2, 2), (2, 3), (1, 1), (0, 1), (0, 2)):
        found = xp.diff(xp.zeros((3, size), dtype=xp.float32), n=n)
        assert tuple(found.shape) == (3, 0)
        assert found.dtype == xp.float32


@law("unique_values", "unique_counts", "unique_inverse", "unique_all")
@pytest.mark.parametrize("dtype", ["bool", "int8", "float32"])
def test_sets_without_elements(xp: Any, dtype: str) -> None:
    """The set of no elements is empty and keeps the dtype; inverse indices keep the shape."""
    needs(xp, "data_dependent_shapes")
    x = xp.zeros((2, 0), dtype=dtype)
    found = xp.unique_all(x)
    for values in (xp.unique_values(x), xp.unique_counts(x)[0], xp.unique_inverse(x)[0], found[0]):
        assert tuple(values.shape) == (0,)
        assert xp.dtype_name(values.dtype) == dtype
    for integers in (found[1], found[3], xp.unique_counts(x)[1]):
        assert tuple(integers.shape) == (0,)
        assert xp.dtype_name(integers.dtype) == "int64"
    for inverse in (found[2], xp.unique_inverse(x)[1]):
        assert tuple(inverse.shape) == (2, 0)


@law("sort", "argsort", "cumulative_sum", "take", "flip")
def test_empty_arrays_keep_their_dtype(xp: Any) -> None:
    """Moving and sorting no elements changes neither shape nor dtype."""
    for dtype in ("int8", "float32", "complex64"):
        x = xp.zeros((2, 0), dtype=dtype)
        made = [xp.flip(x), xp.take(x, xp.asarray([1, 1]), axis=0), xp.roll(x, 3, axis=1),
                xp.concat([x, x])[:2, :]]  # fmt: skip
        if dtype != "complex64":
            made.append(xp.sort(x))
            assert xp.dtype_name(xp.argsort(x).dtype) == "int64"
        for y in made:
            assert (tuple(y.shape), y.dtype) == ((2, 0), x.dtype)
    initial = xp.cumulative_sum(xp.zeros((2, 0)), axis=1, include_initial=True)
    assert xp.to_numpy(initial).tolist() == [[0.0], [0.0]]
    initial = xp.cumulative_prod(xp.zeros((0,)), include_initial=True)
    assert xp.to_numpy(initial).tolist() == [1.0]
    nothing = xp.take(xp.ones((3,), dtype=xp.float32), xp.zeros((0,), dtype=xp.int64))
    assert (tuple(nothing.shape), nothing.dtype) == ((0,), xp.float32)


@law("concat", "result_type")
def test_empty_arrays_promote(xp: Any) -> None:
    """An array without elements still has a dtype."""
    joined = xp.concat([xp.zeros((0,), dtype=xp.float64), xp.ones((2,), dtype=xp.float32)])
    assert joined.dtype == xp.float64
    assert xp.add(xp.zeros((0,), dtype=xp.float64), xp.ones((1,), dtype=xp.float32)).dtype == (
        xp.float64
    )
