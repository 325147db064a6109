"""The same mistake is the same error on every backend, and its message says what was wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.generation import Domain
from arraybackends_conformance.law import law, member
from arraybackends_conformance.operations import OPERATIONS
from arraybackends_conformance.signature import protocol_signature
from arraybackends_conformance.specification import to_native
from arraybackends_conformance.telling import TELLING, telling_calls

SHAPES: dict[str, Callable[[Any], Any]] = {
    "add": lambda xp: xp.add(xp.ones((2,)), xp.ones((3,))),
    "where": lambda xp: xp.where(xp.ones((2,), dtype=xp.bool), xp.ones((3,)), xp.ones((3,))),
    "matmul": lambda xp: xp.matmul(xp.ones((2, 3)), xp.ones((2, 3))),
    "tensordot": lambda xp: xp.tensordot(xp.ones((2, 3)), xp.ones((2, 3)), axes=1),
    "vecdot": lambda xp: xp.vecdot(xp.ones((2,)), xp.ones((3,))),
    "einsum": lambda xp: xp.einsum("ij,jk->ik", xp.ones((2, 3)), xp.ones((2, 3))),
    "concat": lambda xp: xp.concat([xp.ones((2, 2)), xp.ones((2, 3))]),
    "stack": lambda xp: xp.stack([xp.ones((2,)), xp.ones((3,))]),
    "reshape": lambda xp: xp.reshape(xp.ones((2, 3)), (4,)),
    "reshape unknown of nothing": lambda xp: xp.reshape(xp.ones((0,)), (0, -1)),
    "broadcast_to": lambda xp: xp.broadcast_to(xp.ones((2,)), (3,)),
    "broadcast_arrays": lambda xp: xp.broadcast_arrays(xp.ones((2,)), xp.ones((3,))),
    "broadcast_shapes": lambda xp: xp.broadcast_shapes((2,), (3,)),
    "squeeze": lambda xp: xp.squeeze(xp.ones((2, 3)), axis=0),
    "solve": lambda xp: xp.linalg.solve(xp.eye(2), xp.ones((3,))),
    "solve of a stack of vectors": lambda xp: xp.linalg.solve(
        xp.broadcast_to(xp.eye(2), (3, 2, 2)), xp.ones((3, 2))
    ),
    "inv": lambda xp: xp.linalg.inv(xp.ones((2, 3))),
    "max of nothing": lambda xp: xp.max(xp.ones((0,))),
    "argmin of nothing": lambda xp: xp.argmin(xp.ones((0,))),
}

AXES: dict[str, Callable[[Any], Any]] = {
    "sum": lambda xp: xp.sum(xp.ones((2, 3)), axis=2),
    "sum repeated": lambda xp: xp.sum(xp.ones((2, 3)), axis=(0, 0)),
    "sum repeated from both ends": lambda xp: xp.sum(xp.ones((2, 3)), axis=(0, -2)),
    "max": lambda xp: xp.max(xp.ones((2, 3)), axis=-3),
    "mean": lambda xp: xp.mean(xp.ones((2, 3)), axis=5),
    "std": lambda xp: xp.std(xp.ones((2, 3)), axis=5),
    "all": lambda xp: xp.all(xp.ones((2, 3)), axis=5),
    "argmax": lambda xp: xp.argmax(xp.ones((2, 3)), axis=2),
    "cumulative_sum": lambda xp: xp.cumulative_sum(xp.ones((2, 3)), axis=2),
    "concat": lambda xp: xp.concat([xp.ones((2,)), xp.ones((2,))], axis=1),
    "stack": lambda xp: xp.stack([xp.ones((2,)), xp.ones((2,))], axis=2),
    "expand_dims": lambda xp: xp.expand_dims(xp.ones((2,)), axis=3),
    "flip": lambda xp: xp.flip(xp.ones((2,)), axis=1),
    "moveaxis": lambda xp: xp.moveaxis(xp.ones((2,)), 1, 0),
    "permute_dims repeated": lambda xp: xp.permute_dims(xp.ones((2, 3)), (0, 0)),
    "roll": lambda xp: xp.roll(xp.ones((2,)), 1, axis=1),
    "sort": lambda xp: xp.sort(xp.ones((2,)), axis=1),
    "argsort": lambda xp: xp.argsort(xp.ones((2,)), axis=1),
    "squeeze": lambda xp: xp.squeeze(xp.ones((2,)), axis=1),
    "take": lambda xp: xp.take(xp.ones((2,)), xp.asarray([0]), axis=1),
    "unstack": lambda xp: xp.unstack(xp.ones((2,)), axis=1),
    "fft": lambda xp: xp.fft.fft(xp.ones((2,), dtype=xp.complex128), axis=1),
    "vector_norm": lambda xp: xp.linalg.vector_norm(xp.ones((2,)), axis=1),
}

DTYPES: dict[str, Callable[[Any], Any]] = {
    "mean of integers": lambda xp: xp.mean(xp.asarray([1, 2])),
    "std of integers": lambda xp: xp.std(xp.asarray([1, 2])),
    "sqrt of integers": lambda xp: xp.sqrt(xp.asarray([1, 2])),
    "sin of integers": lambda xp: xp.sin(xp.asarray([1, 2])),
    "divide of integers": lambda xp: xp.divide(xp.asarray([1, 2]), xp.asarray([1, 2])),
    "norm of integers": lambda xp: xp.linalg.vector_norm(xp.asarray([1, 2])),
    "inverse of integers": lambda xp: xp.linalg.inv(xp.asarray([[1, 0], [0, 1]])),
    "difference of booleans": lambda xp: xp.subtract(xp.asarray([True]), xp.asarray([True])),
    "negative of booleans": lambda xp: xp.negative(xp.asarray([True])),
}

IMAGINARY: dict[str, Callable[[Any], Any]] = {
    "astype": lambda xp: xp.astype(xp.asarray([1 + 2j]), xp.float64),
    "astype to integers": lambda xp: xp.astype(xp.asarray([1 + 2j]), xp.int64),
    "asarray of data": lambda xp: xp.asarray(np.asarray([1 + 2j]), dtype=xp.float64),
    "asarray of numbers": lambda xp: xp.asarray([1.0, 2j], dtype="float32"),
    "asarray of an array": lambda xp: xp.asarray(xp.asarray([1 + 2j]), dtype=xp.float64),
    "full": lambda xp: xp.full((2,), 1j, dtype=xp.float64),
}

NONSENSE: dict[str, tuple[Any, tuple[type[Exception], ...]]] = {
    "axis": (-97, (ab.AxisError,)),
    "axes": ((-97,), (ab.ShapeError,)),
    "shape": ((-3,), (ab.ShapeError,)),
    "n": (-3, (ValueError,)),
    "num": (-3, (ValueError,)),
    "dtype": ("float17", (ab.DTypeError,)),
    "device": ("quantum:7", (ab.DeviceError,)),
    "side": ("sideways", (ValueError,)),
    "norm": ("sideways", (ValueError,)),
    "mode": ("sideways", (ValueError,)),
    "indexing": ("sideways", (ValueError,)),
    "ord": ("sideways", (ValueError, TypeError)),
}
"""A value of each parameter that no operation takes, and the errors that may tell so."""

WITH_NONSENSE = [
    (name, parameter)
    for name in OPERATIONS
    if name in TELLING
    for parameter in protocol_signature(name).parameters
    if parameter in NONSENSE and (name, parameter) != ("linalg.matrix_power", "n")
]

WITH_AXIS = sorted(
    name
    for name in OPERATIONS
    if {"axis", "axes"} & set(protocol_signature(name).parameters)
    and name not in ("permute_dims", "tensordot", "linalg.tensordot")
)


def assert_explains(error: BaseException, *words: str) -> None:
    """A message is whole sentences that name an argument as code, and whatever else is wanted."""
    message = str(error)
    assert re.match(r"[A-Z`].*`[\w.]+`.*\.$", message, re.DOTALL), f"no sentence: {message}"
    for word in words:
        assert word in message, f"does not tell {word}: {message}"


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_do_not_fit_are_a_shape_error(xp: Any, name: str) -> None:
    """ShapeError, which is a ValueError, with a message."""
    with pytest.raises(ab.ShapeError) as raised:
        SHAPES[name](xp)
    assert_explains(raised.value)


@pytest.mark.parametrize("name", AXES)
def test_axes_that_are_not_there_are_an_axis_error(xp: Any, name: str) -> None:
    """AxisError, which is a ShapeError and an IndexError, with a message."""
    with pytest.raises(ab.AxisError) as raised:
        AXES[name](xp)
    assert_explains(raised.value)


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes_outside_an_operations_domain_are_a_dtype_error(xp: Any, name: str) -> None:
    """DTypeError, which is a TypeError, rather than a guess."""
    with pytest.raises(ab.DTypeError) as raised:
        DTYPES[name](xp)
    assert_explains(raised.value)


@pytest.mark.parametrize("axis", [-4, 3])
@pytest.mark.parametrize("name", WITH_AXIS)
def test_no_axis_is_out_of_range_in_silence(xp: Any, name: str, axis: int) -> None:
    """Every function with an axis refuses one that its argument does not have, as some error."""
    complex_ = name.startswith("fft.") and name not in ("fft.rfft", "fft.rfftn", "fft.ihfft")
    x = xp.ones((3, 3), dtype=xp.complex128 if complex_ else xp.float64)
    arguments: dict[str, tuple[Any, ...]] = {
        "concat": ([x, x],), "stack": ([x, x],), "linalg.cross": (x, x), "repeat": (x, 2),
        "roll": (x, 1), "take": (x, xp.asarray([0])), "vecdot": (x, x), "linalg.vecdot": (x, x),
        "take_along_axis": (x, xp.asarray([[0]])),
    }  # fmt: skip
    several = "axes" in protocol_signature(name).parameters
    keyword = {"axes": (axis,)} if several else {"axis": axis}
    if name in ("stack", "expand_dims"):  # which count axes in the result
        keyword = {"axis": axis + (1 if axis > 0 else -1)}
    with pytest.raises((IndexError, ValueError)) as raised:
        member(xp, name)(*arguments.get(name, (x,)), **keyword)
    assert_explains(raised.value)


@pytest.mark.parametrize(("name", "parameter"), WITH_NONSENSE)
def test_the_message_names_the_argument_and_its_value(xp: Any, name: str, parameter: str) -> None:
    """Nonsense for one argument of any operation is an error of one class that tells both."""
    nonsense, errors = NONSENSE[parameter]
    if name.endswith("tensordot") and parameter == "axes":
        nonsense = ((-97,), (-97,))
    call = next(telling_calls(name, Domain(xp))).map(lambda x: to_native(xp, x))
    bound = protocol_signature(name).bind(*call.args, **call.kwargs)
    bound.arguments[parameter] = nonsense
    with pytest.raises(errors) as raised:
        member(xp, name)(*bound.args, **bound.kwargs)
    assert_explains(raised.value, f"`{parameter}`", str(nonsense))


@pytest.mark.parametrize("name", ["add", "fft.fft", "linalg.svd", "reshape", "sum", "zeros"])
def test_calls_that_do_not_fit_the_signature_are_a_type_error(xp: Any, name: str) -> None:
    """Unknown keywords and missing arguments have nothing to do with dtypes or shapes."""
    for args, kwargs in (((), {}), ((xp.ones((2, 2)),) * 2, {"no_such_argument": 3})):
        with pytest.raises(TypeError, match="argument") as raised:
            member(xp, name)(*args, **kwargs)
        assert not isinstance(raised.value, ab.DTypeError)


@law("astype", "asarray", "full")
@pytest.mark.parametrize("name", IMAGINARY)
def test_imaginary_parts_are_not_lost(xp: Any, name: str) -> None:
    """Complex numbers do not become real ones: TypeError, not the real part."""
    with pytest.raises(TypeError) as raised:
        IMAGINARY[name](xp)
    assert_explains(raised.value)


@law("pow")
def test_negative_powers_of_integers_are_an_error(xp: Any) -> None:
    """They are no integers: ValueError, not 0."""
    for exponent in (xp.asarray([2, -1]), -1):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 (what it tells is looked at)
            xp.pow(xp.asarray([2, 3]), exponent)
        assert_explains(raised.value)
