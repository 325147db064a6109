"""Shapes, order, joining and splitting: the elements are moved, never changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arraybackends_conformance.comparison import exact
from arraybackends_conformance.generation import Domain, axes
from arraybackends_conformance.operations._build import EVERY, drawn, maybe
from arraybackends_conformance.specification import Call, Operation

__all__ = ["OPERATIONS"]


def move(name: str, calls: Any, reference: Callable[..., Any] | None = None) -> Operation:
    """Entry for a function that moves elements."""
    return Operation(
        name=name, calls=drawn(calls), reference=reference or getattr(np, name), compare=exact
    )


def _broadcast_arrays(draw: Any, domain: Domain) -> Call:
    shapes = draw(domain.broadcastable(draw(st.integers(2, 3))))
    return Call(tuple(draw(domain.array(draw(domain.dtype(*EVERY)), s)) for s in shapes))


def _broadcast_shapes(draw: Any, domain: Domain) -> Call:
    return Call(tuple(draw(domain.broadcastable(draw(st.integers(2, 3))))))


def _broadcast_to(draw: Any, domain: Domain) -> Call:
    first, second = draw(domain.broadcastable())
    x = draw(domain.array(draw(domain.dtype(*EVERY)), first))
    return _shaped(draw, x, np.broadcast_shapes(first, second))


def _shaped(draw: Any, x: np.ndarray, shape: tuple[int, ...]) -> Call:
    return Call((x,), {"shape": shape}) if draw(st.booleans()) else Call((x, shape))


def _joined(draw: Any, domain: Domain, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    dtypes = draw(domain.promotable(*EVERY, n=len(shapes)))
    return [draw(domain.array(d, s)) for d, s in zip(dtypes, shapes, strict=True)]


def _concat(draw: Any, domain: Domain) -> Call:
    shape = draw(domain.shape(min_dims=1))
    axis = draw(axes(len(shape)) | st.none())
    shapes = []
    for _ in range(draw(st.integers(1, 3))):
        own = list(shape)
        own[0 if axis is None else axis] = draw(st.integers(0, 2))
        shapes.append(tuple(own))
    arrays = _joined(draw, domain, shapes)
    sequence = draw(st.sampled_from((list, tuple)))(arrays)
    return Call((sequence,), {} if axis == 0 else {"axis": axis})


def _stack(draw: Any, domain: Domain) -> Call:
    shape = draw(domain.shape(max_dims=2))
    arrays = _joined(draw, domain, [shape] * draw(st.integers(1, 3)))
    return Call((arrays,), maybe(draw, axis=axes(len(shape) + 1)))


def _expand_dims(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY, max_dims=2))
    one = axes(x.ndim + 1)
    two = st.lists(axes(x.ndim + 2), min_size=2, max_size=2, unique_by=lambda i: i % (x.ndim + 2))
    if draw(st.booleans()):
        return Call((x,), maybe(draw, axis=one | two.map(tuple)))
    return Call((x, draw(one)))


def _flip(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY))
    several = st.lists(axes(x.ndim), unique_by=lambda i: i % x.ndim).map(tuple) if x.ndim else None
    axis = st.none() if several is None else st.none() | axes(x.ndim) | several
    return Call((x,), maybe(draw, axis=axis))


def _moveaxis(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY, min_dims=1))
    n = draw(st.integers(1, x.ndim))
    source, destination = (
        tuple(draw(st.permutations(range(x.ndim)))[:n]) for _ in ("source", "destination")
    )
    if n == 1 and draw(st.booleans()):
        return Call((x, source[0] - x.ndim, destination[0]))
    return Call((x, source, destination))


def _permute_dims(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY))
    order = tuple(draw(st.permutations(range(x.ndim))))
    return Call((x,), {"axes": order}) if draw(st.booleans()) else Call((x, order))


def _repeat(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY))
    axis = draw(axes(x.ndim) | st.none()) if x.ndim else None
    length = x.size if axis is None else x.shape[axis]
    each = st.lists(st.integers(0, 2), min_size=length, max_size=length).map(
        lambda counts: np.asarray(counts, dtype=np.int64)
    )
    repeats = draw(st.integers(0, 3) | each) if domain.capabilities.data_dependent_shapes else 2
    return Call((x, repeats), {} if axis is None else {"axis": axis})


def _reshape(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY))
    shape = list(draw(st.permutations(x.shape)))
    if draw(st.booleans()):
        shape.insert(draw(st.integers(0, len(shape))), 1)
    if draw(st.booleans()):
        shape = [x.size]
    if x.size and shape and draw(st.booleans()):
        shape[draw(st.integers(0, len(shape) - 1))] = -1
    call = _shaped(draw, x, tuple(shape))
    copy = maybe(draw, copy=st.sampled_from((None, True)))
    return Call(call.args, {**call.kwargs, **copy})


def _roll(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY))
    shift = st.integers(-4, 4)
    if x.ndim == 0 or draw(st.booleans()):
        return Call((x, draw(shift)))
    if draw(st.booleans()):
        return Call((x,), {"shift": draw(shift), "axis": draw(axes(x.ndim))})
    chosen = tuple(draw(st.lists(axes(x.ndim), min_size=1, unique_by=lambda i: i % x.ndim)))
    return Call((x, tuple(draw(shift) for _ in chosen)), {"axis": chosen})


def _squeeze(draw: Any, domain: Domain) -> Call:
    shape = list(draw(domain.shape(max_dims=2)))
    for _ in range(draw(st.integers(1, 2))):
        shape.insert(draw(st.integers(0, len(shape))), 1)
    x = draw(domain.array(draw(domain.dtype(*EVERY)), tuple(shape)))
    ones = [i for i, side in enumerate(shape) if side == 1]
    axis = draw(st.sampled_from([ones[0], ones[-1] - len(shape), tuple(ones), (ones[-1],)]))
    return Call((x,), {"axis": axis}) if draw(st.booleans()) else Call((x, axis))


def _tile(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY, max_dims=2))
    return Call((x, tuple(draw(st.lists(st.integers(0, 3), max_size=3)))))


def _unstack(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY, min_dims=1))
    return Call((x,), maybe(draw, axis=axes(x.ndim)))


def _triangle(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY, min_dims=2))
    return Call((x,), maybe(draw, k=st.integers(-4, 4)))


def _meshgrid(draw: Any, domain: Domain) -> Call:
    dtype = draw(domain.dtype(*EVERY[1:]))
    sides = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    vectors = tuple(draw(domain.array(dtype, side)) for side in sides)
    return Call(vectors, maybe(draw, indexing=st.sampled_from(("xy", "ij"))))


def _tuple(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: tuple(function(*args, **kwargs))


_ENTRIES = (
    move("broadcast_arrays", _broadcast_arrays, _tuple(np.broadcast_arrays)),
    move("broadcast_shapes", _broadcast_shapes),
    move("broadcast_to", _broadcast_to),
    move("concat", _concat),
    move("expand_dims", _expand_dims, lambda x, axis=0: np.expand_dims(x, axis)),
    move("flip", _flip),
    move("matrix_transpose", lambda draw, domain: Call((draw(domain.arrays(*EVERY, min_dims=2)),))),
    move("meshgrid", _meshgrid, _tuple(np.meshgrid)),
    move("moveaxis", _moveaxis),
    move("permute_dims", _permute_dims),
    move("repeat", _repeat),
    move("reshape", _reshape),
    move("roll", _roll),
    move("squeeze", _squeeze),
    move("stack", _stack),
    move("tile", _tile),
    move("tril", _triangle),
    move("triu", _triangle),
    move("unstack", _unstack, _tuple(np.unstack)),
)

OPERATIONS = {entry.name: entry for entry in _ENTRIES}
