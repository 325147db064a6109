"""Indexing, searching, sorting, sets."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from arraybackends_conformance.comparison import exact, unordered
from arraybackends_conformance.generation import Domain, Values, axes
from arraybackends_conformance.operations._build import EVERY, ORDERED, drawn, maybe
from arraybackends_conformance.specification import Call, Operation

__all__ = ["OPERATIONS"]

FEW = Values(-2, 2, special=(float("inf"),), gap=0.5)
"""Values that often repeat."""
FEW_OR_NAN = Values(-2, 2, special=(float("inf"), float("nan")), gap=0.5)
INDICES = ("signed",)
COMPARABLE = ("bool", *ORDERED)


def _index_dtype(draw: Any, domain: Domain) -> np.dtype:
    return draw(st.sampled_from([np.dtype("int64"), np.dtype("int64"), *domain.of_kinds(*INDICES)]))


def _take(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY, min_dims=1, min_side=1))
    axis = draw(axes(x.ndim))
    n = x.shape[axis]
    shape = draw(domain.shape(max_dims=1))
    indices = draw(domain.array(_index_dtype(draw, domain), shape or (2,), Values(-n, n - 1)))
    return Call((x, indices), {} if x.ndim == 1 and draw(st.booleans()) else {"axis": axis})


def _take_along_axis(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY, min_dims=1, min_side=1))
    axis = draw(axes(x.ndim))
    shape = list(x.shape)
    shape[axis] = draw(st.integers(0, 3))
    n = x.shape[axis]
    indices = draw(domain.array(_index_dtype(draw, domain), tuple(shape), Values(-n, n - 1)))
    default = axis in (-1, x.ndim - 1) and draw(st.booleans())
    return Call((x, indices), {} if default else {"axis": axis})


def _nonzero(draw: Any, domain: Domain) -> Call:
    return Call((draw(domain.arrays(*EVERY, min_dims=1, values=Values(-1, 1, gap=1))),))


def _searchsorted(draw: Any, domain: Domain) -> Call:
    dtype = draw(domain.dtype(*ORDERED))
    x1 = draw(domain.array(dtype, draw(st.integers(0, 5)), FEW))
    x2 = draw(domain.array(dtype, draw(domain.shape(max_dims=2)), FEW))
    kwargs = maybe(draw, side=st.sampled_from(("left", "right")))
    if draw(st.booleans()):
        return Call((x1, x2), {**kwargs, "sorter": np.argsort(x1, stable=True)})
    return Call((np.sort(x1), x2), kwargs)


def _where(draw: Any, domain: Domain) -> Call:
    dtypes = draw(domain.promotable(*EVERY))
    shapes = draw(domain.broadcastable(3))
    condition = draw(domain.array("bool", shapes[0]))
    x1, x2 = (draw(domain.array(d, s)) for d, s in zip(dtypes, shapes[1:], strict=True))
    if dtypes[1].kind == "f" and draw(st.booleans()):
        return Call((condition, 0.5, x2)) if draw(st.booleans()) else Call((condition, x2, -0.5))
    return Call((condition, x1, x2))


def _isin(draw: Any, domain: Domain) -> Call:
    dtype = draw(domain.dtype("signed", "unsigned"))  # the standard has `isin` of integers alone
    x1 = draw(domain.array(dtype, draw(domain.shape()), FEW))
    x2 = draw(domain.array(dtype, draw(domain.shape(max_dims=2)), FEW))
    return Call((x1, x2), maybe(draw, invert=st.booleans()))


def _sort(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*ORDERED, min_dims=1, values=FEW_OR_NAN))
    return Call(
        (x,), maybe(draw, axis=axes(x.ndim), descending=st.booleans(), stable=st.booleans())
    )


def _sorted(x: np.ndarray, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    return np.take_along_axis(x, _order(x, axis=axis, descending=descending), axis=axis)


def _order(x: np.ndarray, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Order with NaN as the largest value; ties keep their order in both directions."""
    if not descending:
        return np.argsort(x, axis=axis, stable=True)
    backwards = np.argsort(np.flip(x, axis=axis), axis=axis, stable=True)
    return np.flip(x.shape[axis] - 1 - backwards, axis=axis)


def _same_order(result: Any, expected: Any, call: Call) -> None:
    """Equal indices; if stability was not asked for, indices that give the same sorted values."""
    if call.kwargs.get("stable", True):
        exact(result, expected, call)
    axis, (x,) = call.kwargs.get("axis", -1), call.args
    exact(np.sort(result, axis=axis), np.sort(expected, axis=axis), call)
    exact(np.take_along_axis(x, result, axis), np.take_along_axis(x, expected, axis), call)


def _unique(kinds: tuple[str, ...], values: Values) -> Any:
    return drawn(lambda draw, domain: Call((draw(domain.arrays(*kinds, values=values)),)))


def _same_unique(result: Any, expected: Any, call: Call) -> None:
    """The values are those of the reference in some order, and the other fields belong to them."""
    (x,) = call.args
    names = getattr(expected, "_fields", None)
    if names is None:
        unordered(result, expected, call)
        return
    unordered(result.values, expected.values, call)
    flat = x.reshape(-1)
    if "indices" in names:
        exact(flat[result.indices], result.values, call)
        order, wanted = (_by_value(r.indices, r.values) for r in (result, expected))
        exact(order, wanted, call)
    if "counts" in names:
        exact(_by_value(result.counts, result.values), _by_value(expected.counts, expected.values),
              call)  # fmt: skip
    if "inverse_indices" in names:
        exact(result.values[result.inverse_indices], x, call)


def _by_value(field: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sort a field by the values that it belongs to; equal values (NaNs) by the field."""
    return field[np.lexsort((field, values))]


def searching(name: str, calls: Any, reference: Any = None, **options: Any) -> Operation:
    """Entry for a function of this module."""
    return Operation(
        name=name, calls=calls, reference=reference or getattr(np, name),
        **{"compare": exact, **options},
    )  # fmt: skip


_DATA = {"needs": "data_dependent_shapes"}

_ENTRIES = (
    searching("take", drawn(_take)),
    searching("take_along_axis", drawn(_take_along_axis)),
    searching("nonzero", drawn(_nonzero), **_DATA),
    searching("searchsorted", drawn(_searchsorted),
              lambda x1, x2, **kwargs: np.asarray(np.searchsorted(x1, x2, **kwargs))),
    searching("where", drawn(_where), native=False),
    searching("isin", drawn(_isin)),
    searching("sort", drawn(_sort), _sorted),
    searching("argsort", drawn(_sort), _order, compare=_same_order),
    searching("unique_all", _unique(COMPARABLE, FEW_OR_NAN), compare=_same_unique, **_DATA),
    searching("unique_counts", _unique(COMPARABLE, FEW_OR_NAN), compare=_same_unique,
              **_DATA),
    searching("unique_inverse", _unique(COMPARABLE, FEW), compare=_same_unique, **_DATA),
    searching("unique_values", _unique(COMPARABLE, FEW_OR_NAN), compare=_same_unique,
              **_DATA),
)  # fmt: skip

OPERATIONS = {entry.name: entry for entry in _ENTRIES}
