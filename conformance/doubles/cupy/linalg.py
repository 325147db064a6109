"""`cupy.linalg`: where NumPy raises for a singular matrix, the device writes NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from cupy._functions import TABLE, function


def _without_errors(compute: Callable[..., Any]) -> Callable[..., Any]:
    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if a.ndim > 2:
            parts = [call(part, *[x[i] for x in args], **kwargs) for i, part in enumerate(a)]
            return np.stack(parts) if parts else compute(a, *args, **kwargs)
        try:
            return compute(a, *args, **kwargs)
        except LinAlgError as error:
            if "ingular" not in str(error) and "positive definite" not in str(error):
                raise
            return np.full_like(args[0] if args else a, np.nan, dtype=np.result_type(a, *args, "f"))

    return call


def _solve(a: Any, b: Any) -> Any:
    if b.ndim == 1:
        if a.shape[-1] != b.size:
            raise ValueError("a must have (..., M, M) shape and b must have (M,)")
        b = np.broadcast_to(b, a.shape[:-1])
        return _without_errors(np.linalg.solve)(a, b[..., None])[..., 0]
    if a.shape[:-1] != b.shape[:-1]:
        raise ValueError("a must have (..., M, M) shape and b must have (..., M, K)")
    if b.ndim == a.ndim - 1:
        return _without_errors(np.linalg.solve)(a, b[..., None])[..., 0]
    return _without_errors(np.linalg.solve)(a, b)


def _stacked_square(compute: Callable[..., Any]) -> Callable[..., Any]:
    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
            raise LinAlgError("Last 2 dimensions of the array must be square")
        return compute(a, *args, **kwargs)

    return call


def _matrix_rank(M: Any, tol: Any = None) -> Any:
    if M.ndim > 2:
        raise LinAlgError("0- or 1- or 2-dimensional array given; stacks are not supported")
    return np.linalg.matrix_rank(M, tol)


_OWN = {
    "cholesky": _stacked_square(_without_errors(np.linalg.cholesky)),
    "inv": _stacked_square(_without_errors(np.linalg.inv)),
    "matrix_rank": _matrix_rank,
    "solve": _stacked_square(_solve),
}
__all__ = ["LinAlgError"]
for _name in TABLE["functions"]:
    _module, _, _short = _name.rpartition(".")
    if _module == "linalg":
        globals()[_short] = function(_name, _OWN.get(_short) or getattr(np.linalg, _short))
        __all__ += [_short]
