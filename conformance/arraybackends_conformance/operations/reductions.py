"""Sums, products, extrema, statistics, and their cumulative forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arraybackends_conformance.comparison import Comparison, close, exact
from arraybackends_conformance.generation import Domain, Values, axes, reduced_axes
from arraybackends_conformance.operations._build import (
    EVERY,
    FLOATING,
    NUMERIC,
    ORDERED,
    absolute_sum,
    drawn,
    maybe,
    with_keywords,
)
from arraybackends_conformance.specification import Call, Operation
from arraybackends_conformance.tolerance import REDUCTION

__all__ = ["OPERATIONS"]

SPECIAL = Values(special=(float("inf"), float("nan")))
FACTORS = Values(-3, 3)

_sums = close(REDUCTION, absolute_sum)


def _product_scale(call: Call) -> float:
    """n times the product of the magnitudes that exceed one."""
    x = np.abs(call.arrays()[0].astype(np.complex128))
    return float(x.size * np.prod(np.maximum(x, 1.0)))


def _axis_and_keepdims(draw: Any, domain: Domain, x: np.ndarray) -> dict[str, Any]:
    return maybe(draw, axis=reduced_axes(x.ndim), keepdims=st.booleans())


def _one_axis_and_keepdims(draw: Any, domain: Domain, x: np.ndarray) -> dict[str, Any]:
    axis = axes(x.ndim) | st.none() if x.ndim else st.none()
    return maybe(draw, axis=axis, keepdims=st.booleans())


def _correction(draw: Any, domain: Domain, x: np.ndarray) -> dict[str, Any]:
    corrections = st.sampled_from((0, 1, 0.0, 1.0, 0.5))
    kwargs = {**_axis_and_keepdims(draw, domain, x), **maybe(draw, correction=corrections)}
    n = np.ones(x.shape).sum(axis=kwargs.get("axis")).size
    if x.size // max(n, 1) <= kwargs.get("correction", 0):
        del kwargs["correction"]  # the divisor would not be positive, of which libraries warn
    return kwargs


def reduction(
    name: str,
    *kinds: str,
    compare: Comparison = exact,
    values: Values | None = None,
    keywords: Any = _axis_and_keepdims,
    reference: Callable[..., Any] | None = None,
    refine: bool = False,
    **shape: int,
) -> Operation:
    """Entry for a reduction."""
    function = reference or getattr(np, name)
    return Operation(
        name=name,
        calls=with_keywords(*kinds, keywords=keywords, values=values, **shape),
        reference=lambda *args, **kwargs: np.asarray(function(*args, **kwargs)),
        compare=compare,
        refine=refine,
    )


def _summable(domain: Domain) -> tuple[str, ...]:
    """Kinds whose sum has a default dtype that the backend has."""
    return NUMERIC if domain.capabilities.unsigned_arithmetic else ("signed", *FLOATING)


def _accumulator(draw: Any, domain: Domain, x: np.ndarray) -> np.dtype:
    """Draw a dtype of the kind of `x`, wide enough not to overflow."""
    kind = {"i": "signed", "u": "unsigned", "f": "real", "c": "complex"}[x.dtype.kind]
    wide = [d for d in domain.of_kinds(kind) if d.itemsize >= max(4, x.dtype.itemsize)]
    return draw(st.sampled_from(wide or [x.dtype]))


def _accumulation(keywords: Any, values: Values, **shape: int) -> Any:
    def call(draw: Any, domain: Domain) -> Call:
        x = draw(domain.arrays(*_summable(domain), values=values, **shape))
        given = keywords(draw, domain, x)
        if draw(st.booleans()):
            given["dtype"] = _accumulator(draw, domain, x)
        return Call((x,), given)

    return drawn(call)


def _cumulative(draw: Any, domain: Domain, x: np.ndarray) -> dict[str, Any]:
    required = {"axis": draw(axes(x.ndim))} if x.ndim > 1 else {}
    optional = {"include_initial": st.booleans()}
    if x.ndim == 1:
        optional["axis"] = axes(1) | st.none()
    return {**required, **maybe(draw, **optional)}


def _diff_calls(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*NUMERIC, min_dims=1, values=Values(0, 10)))
    axis = draw(axes(x.ndim))
    kwargs: dict[str, Any] = {} if axis == -1 and draw(st.booleans()) else {"axis": axis}
    kwargs |= maybe(draw, n=st.integers(0, 2))
    for name in ("prepend", "append"):
        if draw(st.booleans()):
            shape = list(x.shape)
            shape[axis] = draw(st.integers(1, 2))
            kwargs[name] = draw(domain.array(x.dtype, tuple(shape), Values(0, 10)))
    return Call((x,), kwargs)


def _diff(x: np.ndarray, **kwargs: Any) -> Any:
    given = {name: value for name, value in kwargs.items() if value is not None}
    return np.diff(x, **given)


def _array(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: np.asarray(function(*args, **kwargs))


_ENTRIES = (
    reduction("all", *EVERY, values=Values(-1, 1, special=(float("nan"),))),
    reduction("any", *EVERY, values=Values(-1, 1, special=(float("nan"),))),
    reduction("count_nonzero", *EVERY, values=Values(-1, 1, special=(float("nan"),))),
    reduction("max", *ORDERED, values=SPECIAL, min_side=1),
    reduction("min", *ORDERED, values=SPECIAL, min_side=1),
    reduction("argmax", *ORDERED, values=Values(-2, 2, special=SPECIAL.special), min_side=1,
              keywords=_one_axis_and_keepdims),
    reduction("argmin", *ORDERED, values=Values(-2, 2, special=SPECIAL.special), min_side=1,
              keywords=_one_axis_and_keepdims),
    reduction("mean", *FLOATING, compare=_sums, refine=True, min_side=1),
    reduction("std", "real", compare=_sums, keywords=_correction, refine=True, min_side=1),
    reduction("var", "real", compare=close(REDUCTION, lambda c: absolute_sum(c) ** 2),
              keywords=_correction, refine=True, min_side=1),
    Operation(name="sum", calls=_accumulation(_axis_and_keepdims, SPECIAL), refine=True,
              excludes=("pytorch-unsigned-sums",),
              reference=_array(np.sum), compare=_sums),
    Operation(name="prod", calls=_accumulation(_axis_and_keepdims, FACTORS), refine=True,
              reference=_array(np.prod), compare=close(REDUCTION, _product_scale)),
    Operation(name="cumulative_sum", calls=_accumulation(_cumulative, Values(), min_dims=1),
              reference=np.cumulative_sum, compare=_sums, refine=True),
    Operation(name="cumulative_prod", calls=_accumulation(_cumulative, FACTORS, min_dims=1),
              reference=np.cumulative_prod, compare=close(REDUCTION, _product_scale), refine=True),
    Operation(name="diff", calls=drawn(_diff_calls), reference=_diff,
              compare=close(REDUCTION, lambda _: 40.0)),
)  # fmt: skip

OPERATIONS = {entry.name: entry for entry in _ENTRIES}
