"""Operations beyond the standard: updates, products and counts agree with NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.generic.update import update_by_rounds

NUMPY = ab.get_backend("numpy")
STRICT = ab.get_backend("strict", device="device1")
EVERY_BACKEND = pytest.mark.parametrize("xp", [NUMPY, STRICT], ids=["numpy", "strict"])
UFUNCS = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
}


@EVERY_BACKEND
@pytest.mark.parametrize("name", UFUNCS)
@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_updates_accumulate_where_an_index_repeats(xp, name, dtype):
    """Each update equals `ufunc.at` of NumPy and keeps the dtype; the array stays as it was."""
    host, indices, values = np.arange(1, 6).astype(dtype), [0, 3, 0, 0], np.arange(2, 6)
    x = xp.asarray(host)
    update = xp.at(x)[xp.asarray(indices)]
    result = getattr(update, name)(xp.asarray(values.astype(dtype)))
    expected = host.copy()
    UFUNCS[name].at(expected, indices, values.astype(dtype))
    np.testing.assert_array_equal(xp.to_numpy(result), expected)
    assert xp.to_numpy(result).dtype == host.dtype
    np.testing.assert_array_equal(xp.to_numpy(x), host)


@EVERY_BACKEND
def test_updates_take_every_kind_of_index(xp):
    """Integers, slices, an ellipsis, masks and arrays select, and values broadcast."""
    x = xp.zeros((2, 3))
    mask = xp.asarray([[True, False, True], [False, False, False]])
    for index, expected in [
        ((1, ...), [[0, 0, 0], [5, 5, 5]]),
        (1, [[0, 0, 0], [5, 5, 5]]),
        (slice(0, 1), [[5, 5, 5], [0, 0, 0]]),
        (xp.asarray([-1, -1]), [[0, 0, 0], [5, 5, 5]]),
        ((slice(None), 2), [[0, 0, 5], [0, 0, 5]]),
        ((..., slice(0, 2)), [[5, 5, 0], [5, 5, 0]]),
        (mask, [[5, 0, 5], [0, 0, 0]]),
        ((xp.asarray([0, 1]), xp.asarray([2, 0])), [[0, 0, 5], [5, 0, 0]]),
    ]:
        np.testing.assert_array_equal(xp.to_numpy(xp.at(x)[index].set(5.0)), expected)
    row = xp.at(x)[0, ...].add(xp.asarray([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(xp.to_numpy(row), [[1, 2, 3], [0, 0, 0]])


@EVERY_BACKEND
def test_updates_never_lose_a_part_of_a_value(xp):
    """Complex values into a real array, floats into integers and wide into narrow are refused."""
    for x, value in [
        (xp.zeros(2), 1j),
        (xp.zeros(2, dtype="int64"), 1.5),
        (xp.zeros(2, dtype="float32"), xp.ones((), dtype="float64")),
        (xp.zeros(2), xp.ones((), dtype="int64")),
    ]:
        with pytest.raises(ab.DTypeError, match="`values`"):
            xp.at(x)[0].set(value)


@pytest.mark.parametrize("name", UFUNCS)
def test_rounds_accumulate_in_order(name):
    """Updates in rounds equal `ufunc.at`, whatever the indices."""
    rng = np.random.default_rng(1)
    x, values = rng.normal(size=(3, 4)), rng.normal(size=20)
    index = (rng.integers(3, size=20), rng.integers(4, size=20))
    expected = x.copy()
    UFUNCS[name].at(expected, index, values)
    np.testing.assert_array_equal(update_by_rounds(NUMPY, name, x, index, values), expected)
    empty = np.zeros(0, dtype=np.int64)
    np.testing.assert_array_equal(update_by_rounds(NUMPY, name, x, (empty, empty), 1.0), x)


@EVERY_BACKEND
@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("ii->i", [(3, 3)]),
        ("ii", [(3, 3)]),
        ("iij,jk->ki", [(2, 2, 3), (3, 4)]),
        ("...ij,...j->...i", [(5, 2, 3), (3,)]),
        ("i...->...", [(2, 3, 4)]),
        ("a,b,c->cab", [(2,), (3,), (4,)]),
        ("abc,cd,bd,e->ae", [(2, 3, 4), (4, 5), (3, 5), (2,)]),
        (",i->i", [(), (3,)]),
    ],
)
def test_einsum_agrees_with_numpy(xp, subscripts, shapes):
    """Contractions, traces, diagonals and ellipses, explicit or implied."""
    rng = np.random.default_rng(2)
    operands = [rng.normal(size=shape) for shape in shapes]
    result = xp.einsum(subscripts, *(xp.asarray(x) for x in operands))
    np.testing.assert_allclose(xp.to_numpy(result), np.einsum(subscripts, *operands), atol=1e-12)


@EVERY_BACKEND
def test_einsum_promotes_and_refuses(xp):
    """Real and complex operands promote; sizes and terms that do not fit are shape errors."""
    real, imaginary = xp.ones((2, 2), dtype="float32"), xp.ones((2, 2), dtype="complex64")
    assert xp.dtype_name(xp.einsum("ij,jk->ik", real, imaginary).dtype) == "complex64"
    for subscripts in ("ij->i", "ij,jk->il", "ijk,jk->ik", "ij,jk->ii"):
        with pytest.raises(ab.ShapeError, match="subscripts"):
            xp.einsum(subscripts, real, real)
    with pytest.raises(ab.ShapeError):
        xp.einsum("ij,jk->ik", real, xp.ones((3, 2), dtype="float32"))


@EVERY_BACKEND
@pytest.mark.parametrize(
    "shapes", [((), ()), ((2,), (3,)), ((2, 3), (4, 5)), ((2, 1, 3), (1, 2, 2)), ((0, 2), (3, 1))]
)
def test_kron_agrees_with_numpy(xp, shapes):
    """Kronecker products of arrays with any number of axes."""
    rng = np.random.default_rng(3)
    a, b = (rng.normal(size=shape) for shape in shapes)
    result = xp.kron(xp.asarray(a), xp.asarray(b))
    np.testing.assert_allclose(xp.to_numpy(result), np.kron(a, b))


@EVERY_BACKEND
def test_bincount_counts_and_weighs(xp):
    """Counts are int64, weights keep their dtype, complex ones too, and lengths are as asked."""
    x = xp.asarray([0, 3, 3])
    assert xp.to_numpy(xp.bincount(x)).tolist() == [1, 0, 0, 2]
    assert xp.to_numpy(xp.bincount(x, minlength=6)).tolist() == [1, 0, 0, 2, 0, 0]
    weights = xp.asarray([1j, 1.0, 2.0], dtype="complex64")
    weighed = xp.to_numpy(xp.bincount(x, weights=weights))
    assert weighed.tolist() == [1j, 0, 0, 3]
    assert weighed.dtype == "complex64"
    empty = xp.zeros((0,), dtype="int64")
    assert xp.to_numpy(xp.bincount(empty, minlength=2)).tolist() == [0, 0]


@EVERY_BACKEND
def test_bincount_refuses_what_cannot_be_counted(xp):
    """Negative values, floats, matrices and weights of another shape are named errors."""
    with pytest.raises(ValueError, match="negative"):
        xp.bincount(xp.asarray([-1]))
    with pytest.raises(ab.DTypeError, match="float64"):
        xp.bincount(xp.ones(2))
    with pytest.raises(ab.ShapeError, match="one axis"):
        xp.bincount(xp.asarray([[1]]))
    with pytest.raises(ab.ShapeError, match="`weights`"):
        xp.bincount(xp.asarray([1]), weights=xp.ones(2))


def test_norms_of_complex_vectors_warn_of_nothing():
    """PyTorch says once for each process that it drops an imaginary part, where it counts."""
    torch = pytest.importorskip("torch")
    xp = ab.get_backend("pytorch")
    x = xp.asarray([1 + 2j, 0j, 3j])
    torch.set_warn_always(True)
    try:
        norms = [float(xp.linalg.vector_norm(x, ord=n)) for n in (0, 1, 2, 3, np.inf, -np.inf)]
    finally:
        torch.set_warn_always(False)
    np.testing.assert_allclose(
        norms, [np.linalg.norm([1 + 2j, 0, 3j], n) for n in (0, 1, 2, 3, np.inf, -np.inf)]
    )
