"""The same values in memory layouts that libraries treat differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["LAYOUTS"]


def _transposed(xp: Any, x: np.ndarray) -> Any:
    reverse = tuple(reversed(range(x.ndim)))
    return xp.permute_dims(xp.asarray(x.transpose().copy(order="C")), reverse)


def _strided(xp: Any, x: np.ndarray) -> Any:
    if x.ndim == 0:
        return xp.asarray(np.stack([x, x]))[1]
    wide = np.repeat(x, 2, axis=-1)
    return xp.asarray(wide)[..., ::2]


def _reversed(xp: Any, x: np.ndarray) -> Any:
    return xp.flip(xp.asarray(np.array(np.flip(x))))


def _read_only(xp: Any, x: np.ndarray) -> Any:
    array = xp.asarray(x.copy())
    if hasattr(getattr(array, "flags", None), "writeable"):
        array.flags.writeable = False
    return array


LAYOUTS: dict[str, Callable[[Any, np.ndarray], Any]] = {
    "transposed": _transposed,
    "strided": _strided,
    "reversed": _reversed,
    "read-only": _read_only,
}
