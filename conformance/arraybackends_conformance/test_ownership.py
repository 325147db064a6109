"""Copies, views and strangers, in every spelling and every layout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import law, member
from arraybackends_conformance.layout import LAYOUTS
from arraybackends_conformance.operations import OPERATIONS
from arraybackends_conformance.signature import takes_arrays
from arraybackends_conformance.test_conversion import needs_writing

FUNCTIONS = ("sum", "sqrt", "sort", "reshape", "flip", "matmul", "linalg.inv", "add", "concat",
             "to_numpy", "astype", "einsum", "kron")  # fmt: skip
CALLS: dict[str, Any] = {
    "reshape": lambda f, x: f(x, (-1,)), "matmul": lambda f, x: f(x, x),
    "add": lambda f, x: f(x, x), "concat": lambda f, x: f([x, x]),
    "einsum": lambda f, x: f("i->i", x), "kron": lambda f, x: f(x, x),
    "astype": lambda f, x: f(x, "float64"),
}  # fmt: skip


class _Stranger:
    """What an array of a library that is not installed would look like to NumPy."""

    shape, ndim, dtype = (2, 2), 2, np.dtype("float64")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray([[2.0, 1.0], [1.0, 3.0]], dtype=dtype)


def _foreign(xp: Any) -> Any:
    """Array of another backend; where none is installed, what only looks like one."""
    for name, status in ab.available_backends(probe=True).items():
        if name not in (xp.name, "numpy") and status.problem is None:
            return ab.get_backend(name).asarray([[2.0, 1.0], [1.0, 3.0]])
    if xp.name != "numpy":
        return np.asarray([[2.0, 1.0], [1.0, 3.0]])
    return _Stranger()


@law("astype")
def test_astype_copies_in_every_spelling(xp: Any) -> None:
    """Whether the dtype is named, native or NumPy's: a copy unless `copy=False`."""
    needs_writing(xp)
    for spelling in ("float64", xp.float64, np.float64, np.dtype("float64"), float):
        x = xp.asarray([1.0, 2.0])
        copied, same = xp.astype(x, spelling), xp.astype(x, spelling, copy=False)
        x[0] = 5.0
        assert (float(copied[0]), float(same[0])) == (1.0, 5.0)


@law("from_dlpack")
def test_dlpack_shares_or_copies_as_asked(xp: Any) -> None:
    """`copy=True` copies arrays of its own too; `copy=False` shares, or raises."""
    needs_writing(xp)
    x = xp.asarray([1.0, 2.0])
    copied, shared = xp.from_dlpack(x, copy=True), xp.from_dlpack(x, copy=False)
    x[0] = 5.0
    assert (float(copied[0]), float(shared[0])) == (1.0, 5.0)
    source = np.asarray([1.0, 2.0])
    try:
        view = xp.from_dlpack(source, copy=False)
    except ValueError:
        return  # the memory of a device is not that of NumPy
    source[0] = 5.0
    assert float(view[0]) == 5.0


@law("from_dlpack", "array", "asarray")
def test_large_foreign_memory_is_copied(xp: Any) -> None:
    """Buffers large and aligned enough to be shared are copied all the same."""
    buffer = np.zeros(4096 + 64, dtype="uint8")
    start = -buffer.ctypes.data % 64
    source = buffer[start : start + 4096].view("float64")
    made = [xp.from_dlpack(source, copy=True), xp.array(source), xp.asarray(source, copy=True)]
    if not xp.is_array(source):
        made += [xp.from_dlpack(source), xp.asarray(source)]
    source[...] = 7.0
    for x in made:
        assert float(xp.sum(x)) == 0.0


@law("from_dlpack", "asarray")
@pytest.mark.parametrize("layout", ["transposed", "stride-0", "strided", "reversed"])
def test_foreign_memory_of_any_layout(xp: Any, layout: str) -> None:
    """Views of another library's memory come in with the values that they show."""
    base = np.arange(6.0).reshape(2, 3)
    x = {"transposed": base.T, "stride-0": np.broadcast_to(base[0], (2, 3)),
         "strided": base[:, ::2], "reversed": base[::-1, ::-1]}[layout]  # fmt: skip
    for made in (xp.from_dlpack(x, copy=True), xp.asarray(x, copy=True), xp.array(x)):
        np.testing.assert_array_equal(xp.to_numpy(made), x)


@law("to_numpy")
@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 2, 3), (0, 2)])
def test_to_numpy_copies_every_layout(xp: Any, layout: str, shape: tuple[int, ...]) -> None:
    """A fresh, writable ndarray of the same values, whatever the array looks like in memory."""
    data = np.arange(float(np.prod(shape))).reshape(shape)
    x = LAYOUTS[layout](xp, data)
    host = xp.to_numpy(x)
    assert type(host) is np.ndarray
    assert host.flags.writeable
    np.testing.assert_array_equal(host, data, strict=True)
    host[...] = 99.0
    np.testing.assert_array_equal(xp.to_numpy(x), data)
    view = xp.to_numpy(x, copy=False)
    assert not view.flags.writeable
    np.testing.assert_array_equal(view, data, strict=True)


@law("reshape")
def test_reshape_refuses_to_copy(xp: Any) -> None:
    """`reshape(copy=False)` raises where the memory cannot be shared."""
    needs_writing(xp)
    x = xp.matrix_transpose(xp.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        xp.reshape(x, (6,), copy=False)
    np.testing.assert_array_equal(xp.to_numpy(xp.reshape(x, (6,))), [1, 4, 2, 5, 3, 6])


@law("at")
def test_values_must_fit(xp: Any) -> None:
    """Fractions do not become integers, nor complex numbers real ones, in whatever spelling."""
    integers, reals = xp.asarray([1, 2]), xp.asarray([1.0, 2.0])
    for x, value in ((integers, 1.5), (integers, xp.asarray(1.5)), (reals, 1j),
                     (reals, xp.asarray([1j, 2j]))):  # fmt: skip
        for name in ("set", "add", "multiply"):
            with pytest.raises(TypeError, match=r"\w+ \w+"):
                getattr(xp.at(x)[...], name)(value)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arrays_of_another_library_are_refused(xp: Any, name: str) -> None:
    """A function given another library's array raises; it does not convert."""
    with pytest.raises((TypeError, ValueError), match=r"\w+"):
        CALLS.get(name, lambda f, x: f(x))(member(xp, name), _foreign(xp))


MIXED = sorted(
    name for name, operation in OPERATIONS.items()
    if takes_arrays(name) and name in ("add", "multiply", "matmul", "where", "concat", "stack",
                                       "maximum", "equal", "tensordot", "linalg.solve", "pow")
)  # fmt: skip


@pytest.mark.parametrize("name", MIXED)
def test_arrays_of_two_libraries_are_not_mixed(xp: Any, name: str) -> None:
    """An array of another library beside one of its own is an error in either place."""
    own, function = xp.asarray([[2.0, 1.0], [1.0, 3.0]]), member(xp, name)
    foreign = [_foreign(xp), *([] if xp.name == "numpy" else [np.ones((2, 2))])]
    for pair in [pair for x in foreign for pair in ((own, x), (x, own))]:
        arguments = {
            "concat": (list(pair),), "stack": (list(pair),), "where": (xp.greater(own, 1.5), *pair),
        }.get(name, pair)  # fmt: skip
        with pytest.raises((TypeError, ValueError), match=r"\w+"):
            function(*arguments)
