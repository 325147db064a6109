"""What comes in from the host: copied, normalised, or refused with the reason."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

import arraybackends as ab

NUMPY = ab.get_backend("numpy")
STRICT = ab.get_backend("strict", device="device1")
EVERY_BACKEND = pytest.mark.parametrize("xp", [NUMPY, STRICT], ids=["numpy", "strict"])


@pytest.mark.parametrize("name", ["NumPyBackend", "StrictBackend", "CuPyBackend"])
def test_naming_a_class_loads_no_library(name):
    """Importing an adapter's class imports neither its library nor NumPy."""
    code = (
        f"import sys; from arraybackends.adapters import {name}; "
        "assert not {'numpy', 'cupy', 'array_api_strict', 'array_api_compat'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_numpy_shares_its_own_arrays_unless_asked_to_copy():
    """On the NumPy backend `asarray` gives an array back, `array` and `copy=True` a copy."""
    x = np.ones(3)
    assert NUMPY.asarray(x) is x
    assert not np.shares_memory(NUMPY.array(x), x)
    assert not np.shares_memory(NUMPY.asarray(x, copy=True), x)
    with pytest.raises(ValueError, match="`copy` is False"):
        NUMPY.asarray(x, dtype="float32", copy=False)
    with pytest.raises(ValueError, match="`copy` is False"):
        NUMPY.asarray([1.0], copy=False)


def test_other_backends_copy_numpy_arrays():
    """Writing to the source does not reach what was made of it."""
    source = np.zeros(2)
    x = STRICT.asarray(source)
    y = STRICT.from_dlpack(source)
    source[:] = 1.0
    assert STRICT.to_numpy(x).tolist() == STRICT.to_numpy(y).tolist() == [0.0, 0.0]


@EVERY_BACKEND
def test_to_numpy_gives_a_fresh_array_or_a_read_only_view(xp):
    """A copy can be written to without effect on the array; a view cannot be written to."""
    x = xp.zeros(2)
    host = xp.to_numpy(x)
    host[:] = 1.0
    assert xp.to_numpy(x).tolist() == [0.0, 0.0]
    assert not xp.to_numpy(x, copy=False).flags.writeable


@EVERY_BACKEND
@pytest.mark.parametrize(
    "source",
    [
        np.arange(3.0).astype(">f8"),
        np.arange(6.0)[::-2],
        np.broadcast_to(np.float64(1.0), (3,)),
        memoryview(np.arange(3.0)),
        np.float64(2.0),
    ],
    ids=["big-endian", "negative stride", "read-only", "buffer", "scalar"],
)
def test_layouts_are_normalised(xp, source):
    """Byte order, strides, read-only memory and buffers make ordinary float64 arrays."""
    x = xp.asarray(source)
    assert xp.dtype_name(x.dtype) == "float64"
    assert xp.to_numpy(x).tolist() == np.asarray(source).tolist()


@EVERY_BACKEND
@pytest.mark.parametrize("dtype", ["float16", "longdouble", "object", "U3", "datetime64[s]"])
def test_dtypes_outside_the_standard_are_refused(xp, dtype):
    """The error names the dtype; numbers can still be taken in by saying which dtype is wanted."""
    source = np.zeros(2, dtype=dtype)
    with pytest.raises(ab.DTypeError, match=re.escape(str(source.dtype))):
        xp.asarray(source)
    if source.dtype.kind == "f":
        assert xp.dtype_name(xp.asarray(source, dtype="float64").dtype) == "float64"
    else:
        with pytest.raises(ab.DTypeError, match="no number"):
            xp.asarray(source, dtype="float64")


@EVERY_BACKEND
def test_imaginary_parts_are_not_dropped(xp):
    """Complex data do not become real, neither on the way in nor by `astype`."""
    with pytest.raises(ab.DTypeError, match="imaginary"):
        xp.asarray([1j], dtype="float64")
    with pytest.raises(ab.DTypeError):
        xp.astype(xp.asarray([1j]), "float64")


@EVERY_BACKEND
def test_ragged_sequences_are_a_shape_error(xp):
    """Rows of different lengths make no array."""
    with pytest.raises(ab.ShapeError, match="regular nested sequence"):
        xp.asarray([[1.0], [1.0, 2.0]])


@EVERY_BACKEND
@pytest.mark.parametrize("nested", [False, True], ids=["alone", "in a list"])
def test_arrays_of_other_backends_are_refused(xp, nested):
    """Arrays of PyTorch, JAX and array-api-strict are named and sent to `from_dlpack`."""
    for name in {"pytorch", "jax", "strict"} - {xp.name}:
        if not ab.available_backends()[name].installed:
            continue
        foreign = ab.get_backend(name, device=None).ones(())
        with pytest.raises(ab.BackendMismatchError, match=r"`xp\.from_dlpack`"):
            xp.asarray([foreign] if nested else foreign)


@EVERY_BACKEND
def test_python_numbers_follow_the_precision(xp):
    """Floats and complex numbers take the default width; what has a dtype keeps it."""
    single = xp.with_options(precision="single")
    assert single.dtype_name(single.asarray([1.0, 2]).dtype) == "float32"
    assert single.dtype_name(single.asarray(1j).dtype) == "complex64"
    assert single.dtype_name(single.asarray([1, 2]).dtype) == "int64"
    assert single.dtype_name(single.asarray(np.ones(2)).dtype) == "float64"
    assert single.dtype_name(single.fft.fftfreq(4).dtype) == "float32"


def test_memory_limit_is_a_share_of_what_there_is():
    """The limit shrinks with its fraction, and nonsense is refused."""
    total = NUMPY.memory_limit(1.0)
    assert NUMPY.memory_limit(0.5) == pytest.approx(total / 2, rel=1e-6)
    assert NUMPY.memory_limit() == pytest.approx(total / 2, rel=1e-6)
    assert NUMPY.memory_limit(1.0) == total
    with pytest.raises(ValueError, match=r"\(0, 1\], but is 2"):
        NUMPY.memory_limit(2)


@EVERY_BACKEND
def test_unknown_devices_are_refused_with_those_there_are(xp):
    """The error names the device asked for and lists the others."""
    with pytest.raises(ab.DeviceError, match=r"'cuda:7'.*'(cpu|CPU_DEVICE)'"):
        xp.zeros(2, device="cuda:7")
    with pytest.raises(ab.DeviceError, match="'cuda:7'"):
        xp.to_device(xp.ones(2), "cuda:7")


@EVERY_BACKEND
def test_unknown_autocast_dtypes_are_refused(xp):
    """Nothing changes inside, but a dtype that could never be meant is an error."""
    with xp.autocast("float16"):
        assert xp.dtype_name(xp.ones(2).dtype) == "float64"
    with pytest.raises(ab.DTypeError, match="'int8'"):
        xp.autocast("int8")
