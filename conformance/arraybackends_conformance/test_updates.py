"""Pure updates by index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends_conformance.generation import Domain, Values
from arraybackends_conformance.law import compiles_each_call, law
from arraybackends_conformance.layout import LAYOUTS
from arraybackends_conformance.profiles import drawing

UFUNCS = {
    "set": None, "add": np.add, "subtract": np.subtract, "multiply": np.multiply,
    "min": np.minimum, "max": np.maximum,
}  # fmt: skip


@law("at")
@pytest.mark.parametrize("update", UFUNCS)
@drawing()
def test_agrees_with_numpy(xp: Any, update: str, data: Any) -> None:
    """Integers, slices, masks and index arrays update as in NumPy; repeated indices accumulate."""
    domain = Domain(xp)
    dtype = data.draw(domain.dtype("signed", "real"), label="dtype")
    x = data.draw(domain.array(dtype, (3, 4), Values(-3, 3)), label="x")
    indices = data.draw(domain.array("int64", 3, Values(-3, 2)), label="indices")
    if update == "set":
        indices = np.unique(indices % 3)
    columns = indices % 4
    mask = x > 0
    choices = (
        1, (1, 2), slice(0, 2), (slice(None), 1), (slice(0, 3, 2), slice(1, 3)), ..., (..., -1),
        indices, mask, (indices, columns),
    )  # fmt: skip
    index = data.draw(st.sampled_from(choices), label="index")
    selected = x[index].shape
    shape = data.draw(st.sampled_from([(), selected]), label="shape")
    values = data.draw(domain.array(dtype, shape, Values(-2, 2)), label="values")

    native = xp.asarray(x.copy())  # which NumPy backends would share
    where = tuple(_index(xp, i) for i in index) if type(index) is tuple else _index(xp, index)
    result = getattr(xp.at(native)[where], update)(xp.asarray(values))

    expected = x.copy()
    if update == "set":
        expected[index] = values
    else:
        UFUNCS[update].at(expected, index, values)
    assert xp.is_array(result)
    assert xp.dtype_name(result.dtype) == dtype.name
    np.testing.assert_allclose(xp.to_numpy(result), expected, rtol=8 * _eps(dtype), atol=0)
    np.testing.assert_array_equal(xp.to_numpy(native), x)


X = np.asarray([[1.0, -2.0, 3.0, 0.5], [4.0, 1.5, -1.0, 2.0], [-3.0, 0.25, 2.5, -0.5]])
REPEATED = np.asarray([2, 0, 2])
INDICES: dict[str, Any] = {
    "integer": 1, "integers": (1, 2), "slice": slice(0, 2), "column": (slice(None), 1),
    "strides": (slice(0, 3, 2), slice(1, 3)), "all": ..., "last": (..., -1),
    "array": REPEATED, "negative": -1 - REPEATED, "arrays": (REPEATED, np.asarray([3, 1, 3])),
    "mask": X > 1, "from the end": -1, "both from the end": (-2, -3), "new axis": None,
    "array of two axes": np.asarray([[2, 0], [0, 1]]), "empty": np.asarray([], dtype="int64"),
    "backwards": slice(None, None, -1), "backwards by two": (slice(2, None, -2), slice(3, 0, -1)),
}  # fmt: skip


@law("at")
@pytest.mark.parametrize("update", UFUNCS)
@pytest.mark.parametrize("name", INDICES)
def test_every_update_of_every_index(xp: Any, update: str, name: str) -> None:
    """As in NumPy, for one value and for many; repeated indices accumulate; `x` stays as it is."""
    index = INDICES[name]
    if compiles_each_call(xp) and update not in ("set", "add") and name not in ("array", "mask"):
        pytest.skip("The library compiles each; what is selected does not depend on the update.")
    if update == "set":  # whose result is undefined where an index repeats
        index = _distinct(index)
    shape = X[index].shape
    for values in (
        np.asarray(1.75),
        np.arange(X[index].size).reshape(shape) / 2 - 1,
        np.resize([np.nan, np.inf, -0.25, -np.inf], shape),
    ):
        native = xp.asarray(X.copy())
        where = tuple(_index(xp, i) for i in index) if type(index) is tuple else _index(xp, index)
        result = getattr(xp.at(native)[where], update)(xp.asarray(values))
        expected = X.copy()
        if update == "set":
            expected[index] = values
        else:
            UFUNCS[update].at(expected, index, values)
        np.testing.assert_array_equal(xp.to_numpy(result), expected)
        np.testing.assert_array_equal(xp.to_numpy(native), X)


@law("at")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_updates_of_every_layout(xp: Any, layout: str) -> None:
    """Transposed, strided, reversed and read-only arrays are updated, and stay as they are."""
    for update, ufunc in UFUNCS.items():
        native = LAYOUTS[layout](xp, X)
        result = getattr(xp.at(native)[1, 2], update)(xp.asarray(-7.5))
        expected = X.copy()
        expected[1, 2] = -7.5 if ufunc is None else ufunc(X[1, 2], -7.5)
        np.testing.assert_array_equal(xp.to_numpy(result), expected)
        np.testing.assert_array_equal(xp.to_numpy(native), X)


def _distinct(index: Any) -> Any:
    """Return the first two, which differ, of the positions in an index."""
    if type(index) is tuple:
        return tuple(map(_distinct, index))
    return (
        index[:, :1]
        if getattr(index, "ndim", 0) == 2 and index.dtype != bool
        else (index[:2] if isinstance(index, np.ndarray) and index.dtype != bool else index)
    )


def _index(xp: Any, index: Any) -> Any:
    return xp.asarray(index) if isinstance(index, np.ndarray) else index


def _eps(dtype: np.dtype) -> float:
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0


def test_takes_python_numbers_and_keeps_the_dtype(xp: Any) -> None:
    """A Python number is cast to the dtype of the array; complex arrays keep both parts."""
    x = xp.zeros((3,), dtype=xp.float32)
    assert xp.at(x)[0].set(1.5).dtype == xp.float32
    z = xp.at(xp.zeros((3,), dtype=xp.complex128))[1].set(1 + 2j)
    np.testing.assert_array_equal(xp.to_numpy(z), [0, 1 + 2j, 0])
    repeated = xp.at(xp.zeros((2,)))[xp.asarray([0, 0, 1])].add(1.0)
    np.testing.assert_array_equal(xp.to_numpy(repeated), [2.0, 1.0])


def test_complex_values_do_not_lose_their_imaginary_part_in_real_arrays(xp: Any) -> None:
    """A value of a higher kind than the array is an error, never truncated."""
    with pytest.raises(TypeError):
        xp.at(xp.zeros((2,)))[0].set(xp.asarray(1j))


@law("at")
@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "complex64"])
def test_updates_keep_every_dtype(xp: Any, dtype: str) -> None:
    """Updated arrays have the dtype of the array; integers wrap; numbers are arrays too."""
    x = xp.asarray([1, 0, 1], dtype=dtype)
    found = xp.at(x)[1].set(xp.asarray(1, dtype=dtype))
    assert xp.dtype_name(found.dtype) == dtype
    assert xp.to_numpy(found).astype(int if dtype == "bool" else dtype).tolist() == [1, 1, 1]
    number = xp.at(xp.asarray(0, dtype=dtype))[...].set(xp.asarray(1, dtype=dtype))
    assert (tuple(number.shape), complex(number)) == ((), 1)
    if dtype == "int8":
        wrapped = xp.at(xp.asarray([127, -128], dtype=dtype))[...].add(
            xp.asarray([1, -1], dtype=dtype)
        )
        assert xp.to_numpy(wrapped).tolist() == [-128, 127]


@law("at")
def test_values_must_have_the_shape_of_the_index(xp: Any) -> None:
    """Too many values are a ShapeError, and are not cut or repeated."""
    for values in (xp.ones((3,)), xp.ones((3, 2))):
        with pytest.raises(ab.ShapeError, match=r"\w+ \w+"):
            xp.at(xp.zeros((4,)))[:2].set(values)
