"""The doors: what is copied, what is shared, what is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import law


def _others(xp: Any) -> list[Any]:
    """Return the other backends installed, on their host device."""
    found = []
    for name, status in ab.available_backends(probe=True).items():
        if name != xp.name and status.problem is None and status.devices:
            found.append(ab.get_backend(name))
    return found


@law("array")
def test_array_copies(xp: Any) -> None:
    """Writing to the source of `array` afterwards changes nothing."""
    source = np.asarray([1.0, 2.0, 3.0])
    made = [xp.array(source), xp.asarray(source, copy=True)]
    if not xp.is_array(source):  # an array of the backend's own passes through `asarray`
        made.append(xp.asarray(source))
    source[0] = 99.0
    for x in made:
        assert xp.to_numpy(x)[0] == 1.0
    nested = [1.0, 2.0]
    assert xp.to_numpy(xp.array(nested, dtype=xp.float32)).dtype == np.float32
    if not xp.capabilities.immutable:
        native = xp.asarray([1.0, 2.0])
        copies = [xp.array(native), xp.asarray(native, copy=True), xp.array(native[:1])]
        native[0] = 99.0
        assert [float(x[0]) for x in copies] == [1.0, 1.0, 1.0]


@law("asarray")
def test_asarray_of_an_array_shares_or_copies_as_asked(xp: Any) -> None:
    """`asarray` passes an array on; `copy=False` never copies and never changes the dtype."""
    x = xp.asarray([1.0, 2.0])
    shared = xp.asarray(x)
    np.testing.assert_array_equal(xp.to_numpy(shared), [1.0, 2.0])
    if not xp.capabilities.immutable:
        x[0] = 5.0
        assert float(xp.asarray(x, copy=False)[0]) == 5.0
        assert float(shared[0]) == 5.0
    with pytest.raises(ValueError, match="copy"):
        xp.asarray(x, dtype=xp.float32, copy=False)
    with pytest.raises(ValueError, match="copy"):
        xp.asarray([1.0, 2.0], copy=False)


@law("astype")
def test_astype_copies_unless_told_otherwise(xp: Any) -> None:
    """`astype` copies, and with `copy=False` passes an array of the same dtype on."""
    needs_writing(xp)
    x = xp.asarray([1.0, 2.0])
    copied, same = xp.astype(x, xp.float64), xp.astype(x, xp.float64, copy=False)
    x[0] = 5.0
    assert float(copied[0]) == 1.0
    assert float(same[0]) == 5.0


def needs_writing(xp: Any) -> None:
    """Skip where arrays cannot be written to, so that sharing cannot be seen."""
    if xp.capabilities.immutable:
        pytest.skip("The backend declares the capability `immutable`: sharing cannot be seen.")


@law("reshape")
def test_reshape_copies_if_asked(xp: Any) -> None:
    """`reshape(copy=True)` copies; `copy=False` shares."""
    needs_writing(xp)
    x = xp.asarray([1.0, 2.0])
    copied = xp.reshape(x, (2, 1), copy=True)
    shared = xp.reshape(x, (2, 1), copy=False)
    x[0] = 5.0
    assert float(copied[0, 0]) == 1.0
    assert float(shared[0, 0]) == 5.0


@law("to_numpy")
def test_to_numpy_gives_a_fresh_writable_array(xp: Any) -> None:
    """`to_numpy` copies to the host; writing to the result does not reach the array."""
    x = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    host = xp.to_numpy(x)
    assert type(host) is np.ndarray
    assert host.flags.writeable
    host[0, 0] = 99.0
    assert float(x[0, 0]) == 1.0
    view = xp.to_numpy(x, copy=False)
    assert type(view) is np.ndarray
    assert not view.flags.writeable
    np.testing.assert_array_equal(view, [[1.0, 2.0], [3.0, 4.0]])
    assert xp.to_numpy(xp.asarray(1.5)).shape == ()
    assert type(xp.to_numpy(xp.sum(x))) is np.ndarray


def test_to_numpy_resolves_views(xp: Any) -> None:
    """Conjugated, real, imaginary, transposed and tracked arrays arrive as plain ndarrays."""
    z = np.asarray([[1 + 2j, 3 - 4j], [5j, 6]])
    x = xp.asarray(z)
    np.testing.assert_array_equal(xp.to_numpy(xp.conj(x)), z.conj())
    np.testing.assert_array_equal(xp.to_numpy(xp.imag(xp.conj(x))), -z.imag)
    np.testing.assert_array_equal(xp.to_numpy(xp.conj(xp.matrix_transpose(x))), z.conj().T)
    np.testing.assert_array_equal(xp.to_numpy(xp.requires_grad(x)), z)
    np.testing.assert_array_equal(xp.to_numpy(xp.flip(x)), np.flip(z))


@pytest.mark.parametrize(
    "x",
    [
        np.arange(6.0).reshape(2, 3)[::-1, ::-1],
        np.arange(6.0).reshape(2, 3).T,
        np.arange(6, dtype=">f8").reshape(2, 3),
        np.arange(6, dtype=">i4"),
        np.broadcast_to(np.arange(3.0), (2, 3)),
        np.float64(1.5),
        np.complex64(1 + 2j),
        np.int32(7),
        np.bool_(True),
    ],
    ids=["negative-strides", "transposed", "big-endian", "big-endian-int", "stride-0",
         "float64-scalar", "complex64-scalar", "int32-scalar", "bool-scalar"],
)  # fmt: skip
def test_takes_numpy_data_of_any_layout(xp: Any, x: Any) -> None:
    """Byte order, strides and scalar types of NumPy data are normalised; the dtype is kept."""
    result = xp.asarray(x)
    assert xp.is_array(result)
    assert xp.dtype_name(result.dtype) == np.asarray(x).dtype.newbyteorder("=").name
    np.testing.assert_array_equal(xp.to_numpy(result), x)


def test_takes_read_only_numpy_data(xp: Any) -> None:
    """A read-only ndarray is taken in without a warning, and stays as it is."""
    x = np.asarray([1.0, 2.0])
    x.flags.writeable = False
    for result in (xp.array(x), xp.from_dlpack(x, copy=True)):
        if not xp.capabilities.immutable:
            result[0] = 9.0
    if not xp.is_array(x) and not xp.capabilities.immutable:
        xp.asarray(x)[0] = 9.0
    assert x[0] == 1.0


@pytest.mark.parametrize(
    "x",
    [np.asarray([1.0], dtype=np.longdouble), np.asarray(["a"]), np.asarray([object()]),
     np.asarray(["2020-01-01"], dtype="datetime64[D]")],
    ids=["longdouble", "str", "object", "datetime"],
)  # fmt: skip
def test_refuses_numpy_data_without_a_dtype_here(xp: Any, x: Any) -> None:
    """Data that no dtype of the backend holds are refused by name."""
    with pytest.raises(ab.DTypeError):
        xp.asarray(x)


@law("is_array", "device_of")
def test_arrays_are_recognised(xp: Any) -> None:
    """`is_array` knows the backend's own arrays from everything else."""
    for x in (xp.zeros((2,)), xp.zeros(()), xp.sum(xp.ones((2,))), xp.zeros((2,))[0]):
        assert xp.is_array(x) is True
        assert xp.device_of(x) == xp.device
    for x in (1.0, [1.0], (1.0,), None, "x", xp, xp.float64):
        assert xp.is_array(x) is False
    for other in _others(xp):
        assert xp.is_array(other.zeros((2,))) is False
        assert ab.backend_of(other.zeros((2,))).name == other.name
    assert ab.backend_of(xp.zeros((2,)), 1.0).name == xp.name


def test_arrays_of_other_backends_are_refused(xp: Any) -> None:
    """`asarray` of a foreign array is an error: `from_dlpack` is the only door."""
    for other in _others(xp):
        if other.name == "numpy":
            continue
        foreign = other.asarray([[1.0, 2.0], [3.0, 4.0]])
        for convert in (xp.asarray, xp.array):
            with pytest.raises(ab.BackendMismatchError, match="from_dlpack"):
                convert(foreign)
        with pytest.raises(ab.BackendMismatchError):
            ab.backend_of(foreign, xp.zeros((2,)))


@law("from_dlpack")
@pytest.mark.parametrize("name", ["int64", "float32", "float64", "complex64", "complex128", "bool"])
def test_dlpack_round_trips(xp: Any, name: str) -> None:
    """Values, dtype and shape survive the way to each other backend and back, unshared."""
    data = np.asarray([[0, 1, 1], [1, 0, 1]], dtype=name)
    host = ab.get_backend("numpy")
    for other in [host, *(b for b in _others(xp) if b.name != "numpy")]:
        if name not in other.__array_namespace_info__().dtypes():
            continue
        there = other.from_dlpack(xp.asarray(data))
        assert other.is_array(there)
        assert other.dtype_name(there.dtype) == name
        back = xp.from_dlpack(there)
        assert xp.is_array(back)
        assert xp.device_of(back) == xp.device
        np.testing.assert_array_equal(xp.to_numpy(back), data, strict=True)
        transposed = xp.from_dlpack(other.matrix_transpose(there))
        np.testing.assert_array_equal(xp.to_numpy(transposed), data.T, strict=True)
        if not other.capabilities.immutable:
            there[0, 0] = there[0, 1]
            np.testing.assert_array_equal(xp.to_numpy(back), data)
        if not xp.capabilities.immutable:
            back[0, 1] = back[0, 0]
            assert other.to_numpy(there)[0, 1] == data[0, 1]


def test_dlpack_of_numpy_arrays(xp: Any) -> None:
    """A NumPy array comes in by DLPack as a copy."""
    data = np.asarray([1.0, 2.0])
    results = [xp.from_dlpack(data, copy=True)]
    if not xp.is_array(data):
        results.append(xp.from_dlpack(data))
    data[0] = 9.0
    assert [xp.to_numpy(x).tolist() for x in results] == [[1.0, 2.0]] * len(results)
    copied = xp.from_dlpack(xp.asarray([1.0, 2.0]), copy=True)
    assert xp.to_numpy(copied).tolist() == [1.0, 2.0]


def test_host_scalars(xp: Any) -> None:
    """0-d arrays convert to Python numbers."""
    assert float(xp.asarray(1.5)) == 1.5
    assert int(xp.asarray(3)) == 3
    assert bool(xp.asarray(True)) is True
    assert complex(xp.asarray(1 + 2j)) == 1 + 2j


@law("asarray")
@pytest.mark.parametrize("nested", [False, True])
def test_lists_of_single_elements(xp: Any, nested: bool) -> None:
    """Lists of 0-d arrays become arrays of their values and dtype, or are refused by name."""
    elements, values = [xp.asarray(1.5), xp.asarray(-2.25)], [1.5, -2.25]
    for container in (list, tuple):
        obj = container([elements, elements] if nested else elements)
        with contextlib.suppress(ab.BackendMismatchError):
            found = xp.asarray(obj)
            assert xp.dtype_name(found.dtype) == "float64"
            assert xp.to_numpy(found).tolist() == ([values, values] if nested else values)
