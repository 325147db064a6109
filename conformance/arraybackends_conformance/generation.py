"""What is drawn: dtypes that the backend has, shapes from a pool, ordinary and special values.

Everything is drawn as NumPy data. Promotion is drawn within a kind and from real to complex, never
across kinds, where the standard promises nothing. Shapes come from a pool because libraries that
compile per shape would otherwise spend their time compiling.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import find
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import SearchStrategy

from arraybackends_conformance import profiles

__all__ = ["KINDS", "Domain", "Draw", "Values", "axes", "reduced_axes", "strata"]

Draw = Any
"""The function that `hypothesis.strategies.composite` hands in."""

KINDS = {
    "bool": ("bool",),
    "signed": ("int8", "int16", "int32", "int64"),
    "unsigned": ("uint8", "uint16", "uint32", "uint64"),
    "real": ("float32", "float64"),
    "complex": ("complex64", "complex128"),
}
"""Dtypes among which promotion is drawn."""

_NEEDS_UNSIGNED = frozenset({"uint16", "uint32", "uint64"})


class Values:
    """
    The range from which elements are drawn.

    Parameters
    ----------
    low, high : float
        Bounds of integers, real numbers, and both parts of complex ones.
    special : tuple of float
        Real values drawn as well, where the standard says what they give.
    gap : float
        Numbers nearer to 0 than this are not drawn, other than 0 itself: products of tiny numbers
        are subnormal, which some libraries flush.
    zero : bool
        Whether 0 is drawn.
    """

    def __init__(
        self,
        low: float = -10,
        high: float = 10,
        *,
        special: tuple[float, ...] = (),
        gap: float = 2**-10,
        zero: bool = True,
    ) -> None:
        self.low, self.high, self.special, self.gap, self.zero = low, high, special, gap, zero

    def elements(self, dtype: np.dtype) -> SearchStrategy[Any]:
        """Strategy for the elements of an array."""
        match dtype.kind:
            case "b":
                return st.booleans()
            case "i" | "u":
                return self._integers(np.iinfo(dtype))
            case "f":
                drawn = self._floats(8 * dtype.itemsize)
                return drawn | st.sampled_from(self.special) if self.special else drawn
            case _:
                part = self._floats(4 * dtype.itemsize)
                return st.builds(complex, part, part)

    def _integers(self, limits: Any) -> SearchStrategy[int]:
        low = max(math.ceil(self.low), int(limits.min))
        high = min(math.floor(self.high), int(limits.max))
        drawn = st.integers(low, high)
        return drawn if self.zero else drawn.filter(bool)

    def _floats(self, width: int) -> SearchStrategy[float]:
        inside = [st.just(0.0)] if self.zero and self.low <= 0 <= self.high else []
        for low, high in (
            (max(self.low, self.gap), self.high),
            (self.low, min(self.high, -self.gap)),
        ):
            if low <= high:
                inside.append(st.floats(low, high, width=width, allow_subnormal=False))  # type: ignore[arg-type]
        return st.one_of(inside)


class Domain:
    """
    What can be drawn for one backend.

    Parameters
    ----------
    xp : ArrayBackend
        Its dtypes and capabilities bound what is drawn; its name does not matter.
    stratum : tuple of str, optional
        Kinds to which `dtype` and `promotable` keep where they have the choice.
    """

    def __init__(self, xp: Any, stratum: tuple[str, ...] = tuple(KINDS)) -> None:
        self.capabilities = xp.capabilities
        self.asked: set[str] = set()
        self._stratum = stratum
        available = set(xp.__array_namespace_info__().dtypes())
        if not xp.capabilities.unsigned_arithmetic:
            available -= _NEEDS_UNSIGNED
        self._dtypes = {
            kind: tuple(np.dtype(name) for name in names if name in available)
            for kind, names in KINDS.items()
        }

    def of_kinds(self, *kinds: str) -> tuple[np.dtype, ...]:
        """All dtypes of some kinds."""
        return tuple(dtype for kind in kinds for dtype in self._dtypes[kind])

    def dtype(self, *kinds: str) -> SearchStrategy[np.dtype]:
        """Any dtype of some kinds, every kind as often."""
        self.asked |= set(kinds)
        kept = [kind for kind in kinds if kind in self._stratum] or kinds
        groups = [group for kind in kept if (group := self.of_kinds(kind))]
        return st.sampled_from(groups).flatmap(st.sampled_from)

    def promotable(self, *kinds: str, n: int = 2) -> SearchStrategy[tuple[np.dtype, ...]]:
        """`n` dtypes that promote within a kind, or from real to complex."""
        self.asked |= set(kinds)
        kept = [kind for kind in kinds if kind in self._stratum] or kinds
        groups = [self.of_kinds(kind) for kind in kept]
        if {"real", "complex"} <= set(kinds) and {"real", "complex"} & set(kept):
            groups.append(self.of_kinds("real", "complex"))
        groups = [group for group in groups if group]
        return st.sampled_from(groups).flatmap(
            lambda group: st.tuples(*[st.sampled_from(group)] * n)
        )

    def shape(
        self, *, min_dims: int = 0, max_dims: int = 3, min_side: int = 0
    ) -> SearchStrategy[tuple[int, ...]]:
        """Any shape of the pool with so many axes."""
        return st.sampled_from(_pool(min_dims, max_dims, min_side, profiles.largest_axis()))

    def broadcastable(self, n: int = 2) -> SearchStrategy[tuple[tuple[int, ...], ...]]:
        """`n` shapes of the pool that broadcast."""
        return st.sampled_from(_broadcasting(n, profiles.largest_axis()))

    def array(
        self, dtype: Any, shape: Any, values: Values | None = None
    ) -> SearchStrategy[np.ndarray]:
        """Array with elements from a range."""
        dtype = np.dtype(dtype)
        elements = (values or Values()).elements(dtype)
        return hnp.arrays(dtype, shape, elements=elements, fill=st.nothing())

    def arrays(
        self, *kinds: str, values: Values | None = None, **shape: int
    ) -> SearchStrategy[np.ndarray]:
        """Array of any dtype of some kinds and any shape of the pool."""
        return st.tuples(self.dtype(*kinds), self.shape(**shape)).flatmap(
            lambda drawn: self.array(*drawn, values)
        )


STRATA = (("bool", "signed", "unsigned"), ("real",), ("complex",))
"""Short runs must meet every kind of arithmetic, which chance alone would not see to."""


def strata(xp: Any, calls: Callable[[Domain], SearchStrategy[Any]]) -> list[Domain]:
    """Return a domain for each stratum of dtypes among which a strategy chooses."""
    everything = Domain(xp)
    find(calls(everything), lambda _: True, settings=profiles.examples(shrink=False))
    chosen = [Domain(xp, kinds) for kinds in STRATA if everything.asked & set(kinds)]
    return chosen or [everything]


@functools.cache
def _pool(min_dims: int, max_dims: int, min_side: int, largest: int) -> tuple[tuple[int, ...], ...]:
    k = largest
    every = [
        (k,), (), (2, k), (1,), (0,), (k, 2), (2, 0), (2, 1, k), (1, 1), (k, k),
        (0, 2, 1), (2, 2, 2),
    ]  # fmt: skip
    return tuple(
        shape
        for shape in every
        if min_dims <= len(shape) <= max_dims and all(side >= min_side for side in shape)
    )


@functools.cache
def _broadcasting(n: int, largest: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    k = largest
    pairs = [
        ((k,), (k,)), ((), ()), ((2, k), (k,)), ((k,), ()), ((2, k), (2, k)), ((2, 1), (1, k)),
        ((0,), (1,)), ((2, 1, k), (k, 1)), ((1,), (2, k)), ((), (2, 0)),
    ]  # fmt: skip
    return tuple((*pair, *[pair[0]] * (n - 2)) for pair in pairs)


def axes(ndim: int) -> SearchStrategy[int]:
    """Any axis, counted from either end."""
    return st.integers(-ndim, ndim - 1)


def reduced_axes(ndim: int) -> SearchStrategy[int | tuple[int, ...] | None]:
    """What reductions take for `axis`: None, one axis, or a tuple of distinct ones."""
    several = (
        st.lists(axes(ndim), max_size=ndim, unique_by=lambda i: i % ndim) if ndim else st.just([])
    )
    single: Sequence[Any] = [axes(ndim)] if ndim else []
    return st.one_of(st.none(), *single, several.map(tuple))
