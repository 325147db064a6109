"""`xp.at(x)[index].add(values)`: indexed updates as pure functions, the same on every backend."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from arraybackends.errors import DTypeError
from arraybackends.generic.inspection import KINDS

__all__ = [
    "OPERATIONS",
    "IndexUpdate",
    "IndexUpdater",
    "UpdateName",
    "update_by_elements",
    "update_by_rounds",
]

UpdateName: TypeAlias = Literal["set", "add", "subtract", "multiply", "min", "max"]
Update: TypeAlias = Callable[[UpdateName, Any, Any, Any], Any]


class IndexUpdater:
    """
    `xp.at(x)`, to be indexed.

    Parameters
    ----------
    xp : ArrayBackend
    update : callable
        `update(name, x, index, values)` returns the updated copy.
    x : array
    """

    __slots__ = ("_update", "_x", "_xp")

    def __init__(self, xp: Any, update: Update, x: Any) -> None:
        self._xp = xp
        self._update = update
        self._x = x

    def __getitem__(self, index: Any, /) -> IndexUpdate:
        return IndexUpdate(self._xp, self._update, self._x, index)


class IndexUpdate:
    """`xp.at(x)[index]`: each method returns a new array with the dtype of `x`."""

    __slots__ = ("_index", "_update", "_x", "_xp")

    def __init__(self, xp: Any, update: Update, x: Any, index: Any) -> None:
        self._xp = xp
        self._update = update
        self._x = x
        self._index = index

    def set(self, values: Any, /) -> Any:
        """Replace; the result is undefined where an index repeats."""
        return self._updated("set", values)

    def add(self, values: Any, /) -> Any:
        """Add; repeated indices accumulate."""
        return self._updated("add", values)

    def subtract(self, values: Any, /) -> Any:
        """Subtract; repeated indices accumulate."""
        return self._updated("subtract", values)

    def multiply(self, values: Any, /) -> Any:
        """Multiply; repeated indices accumulate."""
        return self._updated("multiply", values)

    def min(self, values: Any, /) -> Any:
        """Take the smaller; repeated indices accumulate."""
        return self._updated("min", values)

    def max(self, values: Any, /) -> Any:
        """Take the larger; repeated indices accumulate."""
        return self._updated("max", values)

    def _updated(self, name: UpdateName, values: Any) -> Any:
        _check_fits(self._xp, self._x, values)
        return self._update(name, self._x, self._index, values)


_RANKS = {"bool": 0, "integral": 1, "real floating": 2, "complex floating": 3}
_SCALAR_RANKS = {bool: 0, int: 1, float: 2, complex: 3}


def _check_fits(xp: Any, x: Any, values: Any) -> None:
    """Refuse values that the dtype of the array cannot hold (row 92: libraries truncate)."""
    name = xp.dtype_name(x.dtype)
    if xp.is_array(values):
        given = xp.dtype_name(values.dtype)
        fits = given == name or (
            (_kind(given) not in ("bool", "integral") or _kind(given) == _kind(name))
            and xp.dtype_name(xp.result_type(x.dtype, values.dtype)) == name
        )
    else:
        given = type(values).__name__
        rank = next((r for kind, r in _SCALAR_RANKS.items() if isinstance(values, kind)), None)
        fits = rank is not None and rank <= _RANKS[_kind(name)]
    if not fits:
        raise DTypeError(
            f"Argument `values` of dtype {given} does not fit into an array of dtype {name}. "
            "Convert one of them with `xp.astype`."
        )


def _kind(name: str) -> str:
    return next(kind for kind in _RANKS if name in KINDS[kind])


OPERATIONS = {
    "add": "add",
    "subtract": "subtract",
    "multiply": "multiply",
    "min": "minimum",
    "max": "maximum",
}


def _selected(xp: Any, numbers: Any, index: Any) -> Any:
    """Return what an index selects; the standard wants every axis named, `at` does not."""
    parts = index if isinstance(index, tuple) else (index,)
    arrays = [part for part in parts if xp.is_array(part)]
    if any(part is ... for part in parts) or any(xp.isdtype(part.dtype, "bool") for part in arrays):
        return numbers[index]
    named = sum(part is not None for part in parts)
    if not arrays or named == len(numbers.shape):
        return numbers[(*parts, ...)] if named < len(numbers.shape) else numbers[parts]
    # Positions along the axes that are named become positions along one axis.
    leading, rest = numbers.shape[:named], numbers.shape[named:]
    position = xp.zeros((), dtype=xp.int64, device=xp.device_of(numbers))
    for size, part in zip(leading, parts, strict=True):
        given = xp.asarray(part, dtype=xp.int64, device=xp.device_of(numbers))
        position = position * size + xp.where(given < 0, given + size, given)
    rows = xp.reshape(numbers, (math.prod(leading), *rest))
    picked = xp.take(rows, xp.reshape(position, (-1,)), axis=0)
    return xp.reshape(picked, (*position.shape, *rest))


def update_by_elements(xp: Any, name: UpdateName, x: Any, index: Any, values: Any, /) -> Any:
    """
    Update one element after the other, for libraries that only have what the standard has.

    The library's arrays can be written to at single positions, and its own indexing says which
    positions an index means. One Python step for each element.
    """
    device = xp.device_of(x)
    size = math.prod(x.shape)
    numbers = xp.reshape(xp.arange(size, dtype=xp.int64, device=device), x.shape)
    selected = _selected(xp, numbers, index)
    if xp.is_array(values):
        values = xp.astype(values, x.dtype)
    else:
        values = xp.asarray(values, dtype=x.dtype, device=device)
    values = xp.reshape(xp.broadcast_to(values, selected.shape), (-1,))
    selected = xp.reshape(selected, (-1,))
    result = xp.reshape(xp.asarray(x, copy=True), (-1,))
    for i in range(selected.shape[0]):
        position = int(selected[i])
        value = values[i]
        if name != "set":
            value = getattr(xp, OPERATIONS[name])(result[position], value)
        result[position] = value
    return xp.reshape(result, x.shape)


def update_by_rounds(xp: Any, name: UpdateName, x: Any, index: Any, values: Any, /) -> Any:
    """
    Update in rounds without repeated positions, for libraries whose writes do not accumulate.

    The library's arrays can be written to at arrays of positions. There are as many rounds as the
    most frequent position has occurrences; the order of occurrences is kept, so that the result is
    the same each time.
    """
    device = xp.device_of(x)
    numbers = xp.arange(math.prod(x.shape), dtype=xp.int64, device=device)
    selected = xp.reshape(xp.reshape(numbers, x.shape)[index], (-1,))
    count = selected.shape[0]
    if not xp.is_array(values):
        values = xp.asarray(values, dtype=x.dtype, device=device)
    shape = xp.reshape(numbers, x.shape)[index].shape
    values = xp.reshape(xp.broadcast_to(xp.astype(values, x.dtype), shape), (-1,))
    result = xp.reshape(xp.asarray(x, copy=True), (-1,))
    order = xp.argsort(selected, stable=True)
    ordered = xp.take(selected, order)
    places = xp.arange(count, dtype=xp.int64, device=device)
    occurrence = places - xp.astype(xp.searchsorted(ordered, ordered), xp.int64)
    rounds = int(xp.max(occurrence)) + 1 if count > 0 else 0
    for number in range(rounds):
        now = occurrence == number
        positions, given = ordered[now], xp.take(values, order)[now]
        if name != "set":
            given = getattr(xp, OPERATIONS[name])(result[positions], given)
        result[positions] = given
    return xp.reshape(result, x.shape)
