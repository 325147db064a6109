"""A guess for arguments that mean nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

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
