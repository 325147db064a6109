"""Arguments that mean nothing are refused: no guess, no padding, no default instead."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

import arraybackends as ab
from arraybackends_conformance.law import law
from arraybackends_conformance.test_errors import assert_explains

REFUSED: dict[str, Callable[[Any], Any]] = {
    "asarray of lists of different lengths": lambda xp: xp.asarray([[1], [1, 2]]),
    "asarray of None": lambda xp: xp.asarray(None),
    "asarray of a string": lambda xp: xp.asarray("1.5"),
    "asarray of an integer beyond all dtypes": lambda xp: xp.asarray(2**70),
    "from_dlpack of a list": lambda xp: xp.from_dlpack([1.0]),
    "repeat less than never": lambda xp: xp.repeat(xp.ones((2,)), -1),
    "reshape to a length below -1": lambda xp: xp.reshape(xp.ones((2, 2)), (-2, 2)),
    "reshape with two unknown lengths": lambda xp: xp.reshape(xp.ones((2, 2)), (-1, -1)),
    "expand_dims at one place twice": lambda xp: xp.expand_dims(xp.ones((2,)), axis=(0, 0)),
    "flip of an axis twice": lambda xp: xp.flip(xp.ones((2, 2)), axis=(0, 0)),
    "unstack of a number": lambda xp: xp.unstack(xp.asarray(1.0)),
    "stack of nothing": lambda xp: xp.stack([]),
    "concat of nothing": lambda xp: xp.concat([]),
    "matmul of a number": lambda xp: xp.matmul(xp.asarray(1.0), xp.ones((2,))),
    "tril of a vector": lambda xp: xp.tril(xp.ones((2,))),
    "zeros of negative length": lambda xp: xp.zeros((-1,)),
    "eye of negative length": lambda xp: xp.eye(-1),
    "linspace of negative length": lambda xp: xp.linspace(0, 1, -1),
    "arange that stands still": lambda xp: xp.arange(0, 3, 0),
    "cumulative_sum of a matrix without an axis": lambda xp: xp.cumulative_sum(xp.ones((2, 2))),
    "bincount of negative numbers": lambda xp: xp.bincount(xp.asarray([-1, 2])),
    "bincount of fractions": lambda xp: xp.bincount(xp.ones((2,))),
    "searchsorted on a third side": lambda xp: xp.searchsorted(
        xp.ones((2,)), xp.ones((2,)), side="middle"
    ),
    "meshgrid with unknown indexing": lambda xp: xp.meshgrid(xp.ones((2,)), indexing="zz"),
    "fft with unknown norm": lambda xp: xp.fft.fft(xp.ones((2,), dtype="complex128"), norm="x"),
    "qr in a mode of NumPy's": lambda xp: xp.linalg.qr(xp.eye(2), mode="r"),
    "qr in full": lambda xp: xp.linalg.qr(xp.eye(2), mode="full"),
    "sort of a number": lambda xp: xp.sort(xp.asarray(1.0)),
    "argsort of a number": lambda xp: xp.argsort(xp.asarray(1.0)),
    "where between two numbers": lambda xp: xp.where(xp.asarray([True]), 1.0, 2.0),
    "rfft of complex numbers": lambda xp: xp.fft.rfft(xp.ones((2,), dtype="complex64")),
    **{f"{name} of integers": lambda xp, name=name: getattr(xp.fft, name)(xp.asarray([1, 2]))
       for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fftn", "ifftn", "rfftn",
                    "irfftn")},
    "matrix_norm of unknown order": lambda xp: xp.linalg.matrix_norm(xp.ones((2, 2)), ord="bar"),
    **{f"{name} of a matrix that is not square":
       lambda xp, name=name: getattr(xp.linalg, name)(xp.eye(2, 3))
       for name in ("cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "expm", "inv",
                    "slogdet")},
    **{f"{name} of integers": lambda xp, name=name: getattr(xp.linalg, name)(xp.asarray([[1]]))
       for name in ("cholesky", "eigh", "inv", "svd")},
    "autocast to complex numbers": lambda xp: xp.autocast("complex64").__enter__(),
    "bits of width 16": lambda xp: xp.random.default_rng(1).bits((2,), width=16),
    "grad by magic": lambda xp: xp.grad(xp.sum, method="magic")(xp.ones((2,))),
    "vmap along an axis that is not there": lambda xp: xp.vmap(xp.sum, in_axes=5)(xp.ones((2,))),
}  # fmt: skip

CLASSES: dict[str, type[Exception]] = {
    "asarray of None": TypeError,
    "asarray of a string": TypeError,
    "from_dlpack of a list": TypeError,
    "where between two numbers": TypeError,
    "sort of a number": ab.ShapeError,
    "argsort of a number": ab.ShapeError,
    "rfft of complex numbers": ab.DTypeError,
    "asarray of an integer beyond all dtypes": ab.DTypeError,
    "bincount of fractions": ab.DTypeError,
    "autocast to complex numbers": ab.DTypeError,
    "vmap along an axis that is not there": ab.AxisError,
    "expand_dims at one place twice": ab.AxisError,
    "flip of an axis twice": ab.AxisError,
    **dict.fromkeys((name for name in REFUSED if name.endswith(" of integers")), ab.DTypeError),
    **dict.fromkeys((name for name in REFUSED if "not square" in name), ab.ShapeError),
}
"""What is refused by another error than a ValueError, or by a narrower one."""


@pytest.mark.parametrize("name", REFUSED)
def test_arguments_that_mean_nothing_are_refused(xp: Any, name: str) -> None:
    """The error of one class on every backend, whose message names an argument; never a result."""
    operation = name.partition(" ")[0]
    if getattr(xp, "absent", frozenset()) & {operation, f"linalg.{operation}", f"fft.{operation}"}:
        pytest.skip(f"The backend declares that it lacks `{operation}`.")
    with pytest.raises(CLASSES.get(name, ValueError)) as raised:
        REFUSED[name](xp)
    assert_explains(raised.value)


@law("autocast")
def test_errors_leave_autocast(xp: Any) -> None:
    """An error inside `autocast` arrives outside."""
    with pytest.raises(ValueError, match="mine"), xp.autocast():
        raise ValueError("mine")


@law("with_options")
def test_options_that_are_not_given_stay(xp: Any) -> None:
    """`with_options` of one option, or of none, keeps the others; and so does pickling."""
    single = xp.with_options(precision="single")
    assert single.with_options() == single
    assert single.with_options(device=xp.device) == single
    assert pickle.loads(pickle.dumps(single)) == single  # noqa: S301 (our own bytes)
