"""Constructors for the entries of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from arraybackends_conformance.generation import Domain, Values
from arraybackends_conformance.specification import Call

__all__ = [
    "EVERY",
    "FLOATING",
    "NUMERIC",
    "ORDERED",
    "absolute_sum",
    "drawn",
    "maybe",
    "with_keywords",
]

INTEGER = ("signed", "unsigned")
ORDERED = (*INTEGER, "real")
FLOATING = ("real", "complex")
NUMERIC = (*INTEGER, *FLOATING)
EVERY = ("bool", *NUMERIC)


def drawn(function: Callable[..., Call]) -> Callable[[Domain], SearchStrategy[Call]]:
    """Make a function of `draw` and the domain, which returns a call, into a strategy of calls."""
    return st.composite(function)


def maybe(draw: Any, **strategies: SearchStrategy[Any]) -> dict[str, Any]:
    """Draw each keyword, or leave it out."""
    return {name: draw(s) for name, s in strategies.items() if draw(st.booleans())}


def with_keywords(
    *kinds: str,
    keywords: Callable[[Any, Domain, np.ndarray], Mapping[str, Any]] = lambda *_: {},
    values: Values | None = None,
    **shape: int,
) -> Callable[[Domain], SearchStrategy[Call]]:
    """Strategy for `f(x, **keywords)`, where the keywords may depend on `x`."""

    def call(draw: Any, domain: Domain) -> Call:
        x = draw(domain.arrays(*kinds, values=values, **shape))
        return Call((x,), keywords(draw, domain, x))

    return drawn(call)


def absolute_sum(call: Call) -> Any:
    """Scale of a sum or contraction: n times the sum of the absolute elements."""
    total, n = 1.0, 1
    for x in call.arrays():
        finite = np.abs(x[np.isfinite(x)].astype(np.complex128))
        total *= max(float(np.sum(finite)), 1e-300)
        n = max(n, x.size)
    return n * total
