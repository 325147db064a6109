"""A guess for arguments that mean nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends import AxisError
from mutants.declaration import wrong

REFUSED = "test_meaningless.py::test_arguments_that_mean_nothing_are_refused"


@wrong("asarray", f"{REFUSED}[asarray of lists of different lengths]")
def rows_are_padded(xp: Any, right: Any) -> Any:
    """`asarray` fills short rows with zeros."""

    def asarray(obj: Any, /, **options: Any) -> Any:
        if isinstance(obj, list) and obj and all(isinstance(row, list) for row in obj):
            width = max(map(len, obj))
            obj = [row + [0] * (width - len(row)) for row in obj]
        return right(obj, **options)

    return asarray


@wrong("linalg.det", f"{REFUSED}[det of a matrix that is not square]")
def det_of_a_rectangle_is_zero(xp: Any, right: Any) -> Any:
    """`det` of a matrix that is not square is 0."""
    return lambda x, /: right(x) if x.shape[-1] == x.shape[-2] else np.zeros(x.shape[:-2])


@wrong("matmul", f"{REFUSED}[matmul of a number]")
def matmul_of_a_number_multiplies(xp: Any, right: Any) -> Any:
    """`matmul` of a 0-d array multiplies every element."""
    return lambda x1, x2, /: np.multiply(x1, x2) if x1.ndim == 0 else right(x1, x2)


@wrong("fft.fft", f"{REFUSED}[fft with unknown norm]")
def unknown_norm_is_the_default(xp: Any, right: Any) -> Any:
    """`fft` takes the default for a norm that it does not know."""
    return lambda x, /, *, norm="backward", **options: right(
        x, norm=norm if norm in ("backward", "ortho", "forward") else "backward", **options
    )


@wrong("linalg.qr", f"{REFUSED}[qr in full]")
def qr_in_any_mode_is_reduced(xp: Any, right: Any) -> Any:
    """`qr` takes unknown modes for the reduced one."""
    return lambda x, /, *, mode="reduced": right(x, mode=mode if mode == "complete" else "reduced")


@wrong("fft.fft", f"{REFUSED}[fft of integers]")
def fft_of_integers(xp: Any, right: Any) -> Any:
    """`fft` converts integers."""
    return lambda x, /, **options: right(x.astype(complex), **options)


@wrong("sum", "test_errors.py::test_the_message_names_the_argument_and_its_value[sum-axis]")
def sum_says_little(xp: Any, right: Any) -> Any:
    """The message of a wrong axis of `sum` does not name it."""

    def function(x: Any, /, **options: Any) -> Any:
        try:
            return right(x, **options)
        except AxisError as error:
            raise AxisError("The axis is out of bounds.") from error

    return function
