"""Creation, and the functions about dtypes that take plain arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from arraybackends_conformance.comparison import Comparison, close, exact, nothing
from arraybackends_conformance.generation import KINDS, Domain, Values
from arraybackends_conformance.operations._build import EVERY, NUMERIC, drawn, maybe
from arraybackends_conformance.specification import DEVICE, Call, Operation
from arraybackends_conformance.tolerance import REDUCTION

__all__ = ["OPERATIONS"]


def _placement(draw: Any, domain: Domain, *kinds: str) -> dict[str, Any]:
    return maybe(draw, dtype=domain.dtype(*kinds) | st.none(), device=st.just(DEVICE) | st.none())


def _shape(draw: Any, domain: Domain) -> Any:
    shape = draw(domain.shape())
    if len(shape) == 1 and draw(st.booleans()):
        return shape[0]
    return list(shape) if draw(st.booleans()) else shape


def _shaped(draw: Any, domain: Domain) -> Call:
    shape, placement = _shape(draw, domain), _placement(draw, domain, *EVERY)
    return (
        Call((), {"shape": shape, **placement})
        if draw(st.booleans())
        else Call((shape,), placement)
    )


def _like(draw: Any, domain: Domain) -> Call:
    return Call((draw(domain.arrays(*EVERY)),), _placement(draw, domain, *EVERY))


def _fill(draw: Any, domain: Domain, placement: dict[str, Any], default: np.dtype | None) -> Any:
    dtype = placement.get("dtype") or default
    if dtype is None:
        return draw(st.sampled_from((True, 3, -0.1, 0.5 + 0.1j)))
    narrow = {8: np.dtype("float32"), 16: np.dtype("complex64")}
    source = narrow.get(dtype.itemsize, dtype) if dtype.kind in "fc" else dtype
    value = draw(Values(0, 10).elements(source))
    return {"b": bool, "f": float, "c": complex}.get(dtype.kind, int)(value)


def _full(draw: Any, domain: Domain) -> Call:
    shape, placement = _shape(draw, domain), _placement(draw, domain, *EVERY)
    fill = _fill(draw, domain, placement, None)
    if draw(st.booleans()):
        return Call((), {"shape": shape, "fill_value": fill, **placement})
    return Call((shape, fill), placement)


def _full_like(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY))
    placement = _placement(draw, domain, *EVERY)
    return Call((x, _fill(draw, domain, placement, x.dtype)), placement)


def _arange(draw: Any, domain: Domain) -> Call:
    whole = draw(st.booleans())
    kinds = ("signed",) if whole else ("real",)
    number = st.integers(-5, 5) if whole else st.integers(-20, 20).map(lambda i: i / 4)
    placement = _placement(draw, domain, *kinds)
    match draw(st.sampled_from(("stop", "start, stop", "step", "keywords"))):
        case "stop":
            return Call((draw(number),), placement)
        case "start, stop":
            return Call((draw(number), draw(number)), placement)
        case "step":
            return Call((draw(number), draw(number), draw(number.filter(bool))), placement)
    start, stop, step = draw(number), draw(number), draw(number.filter(bool))
    return Call((start,), {"stop": stop, "step": step, **placement})


def _arange_reference(
    start: float, stop: float | None = None, step: float = 1, **kwargs: Any
) -> Any:
    start, stop = (0, start) if stop is None else (start, stop)
    return np.arange(start, stop, step, **kwargs)


def _linspace(draw: Any, domain: Domain) -> Call:
    number = st.integers(-8, 8) | st.floats(-8, 8, width=32)
    placement = _placement(draw, domain, "real")
    start, stop, num = draw(number), draw(number), draw(st.integers(0, 5))
    kwargs = {**placement, **maybe(draw, endpoint=st.booleans())}
    if draw(st.booleans()):
        return Call((start, stop), {"num": num, **kwargs})
    return Call((start, stop, num), kwargs)


def _eye(draw: Any, domain: Domain) -> Call:
    rows, columns = draw(st.integers(0, 3)), draw(st.none() | st.integers(0, 3))
    sizes = (rows,) if columns is None and draw(st.booleans()) else (rows, columns)
    return Call(sizes, {**_placement(draw, domain, *EVERY), **maybe(draw, k=st.integers(-3, 3))})


def _asarray(draw: Any, domain: Domain) -> Call:
    match draw(st.sampled_from(("array", "scalar", "sequence"))):
        case "array":
            obj = draw(domain.arrays(*EVERY))
            kinds = [kind for kind, names in KINDS.items() if obj.dtype.name in names]
        case "scalar":
            obj = draw(st.sampled_from((True, 3, 0.1, 0.1 + 0.2j)))
            kinds = [_KIND[type(obj)]]
        case _:
            obj = draw(st.sampled_from(([], [1, 2, 3], [[0.1], [0.2]], [True, False], (1.0, 2j))))
            kinds = [] if obj == [] else [_KIND[np.asarray(obj).dtype.type(0).item().__class__]]
    dtypes = [d for d in domain.of_kinds(*kinds) if _keeps(obj, d)]
    dtype = {"dtype": draw(st.sampled_from(dtypes))} if dtypes and draw(st.booleans()) else {}
    copies = (None, True)
    return Call(
        (obj,), {**dtype, **maybe(draw, device=st.just(DEVICE), copy=st.sampled_from(copies))}
    )


_KIND = {bool: "bool", int: "signed", float: "real", complex: "complex"}


def _keeps(obj: Any, dtype: np.dtype) -> bool:
    """Whether converting to the dtype overflows nowhere."""
    limits = np.iinfo(dtype) if dtype.kind in "iu" else None
    values = np.asarray(obj)
    return limits is None or bool(np.all((values >= limits.min) & (values <= limits.max)))


def _asarray_reference(obj: Any, **kwargs: Any) -> Any:
    return np.asarray(obj, **kwargs)


def _astype(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*EVERY, values=Values(0, 10)))
    kinds = {"b": EVERY, "i": NUMERIC, "u": NUMERIC, "f": NUMERIC, "c": ("complex",)}[x.dtype.kind]
    dtype = draw(domain.dtype(*kinds))
    return Call((x, dtype), maybe(draw, copy=st.booleans(), device=st.just(DEVICE)))


def _can_cast(draw: Any, domain: Domain) -> Call:
    first, second = draw(domain.promotable(*EVERY))
    source = draw(domain.array(first, ())) if draw(st.booleans()) else first
    return Call((source, second))


def _isdtype(draw: Any, domain: Domain) -> Call:
    dtype = draw(domain.dtype(*EVERY))
    names = (
        "bool", "signed integer", "unsigned integer", "integral", "real floating",
        "complex floating", "numeric",
    )  # fmt: skip
    one = st.sampled_from(names) | domain.dtype(*EVERY)
    kind = draw(one | st.lists(one, min_size=1, max_size=3).map(tuple))
    if draw(st.booleans()):
        return Call((), {"dtype": dtype, "kind": kind})
    return Call((dtype, kind))


def _spaced(call: Call) -> float:
    return float(1 + sum(abs(x) for x in call.args if isinstance(x, (int, float))))


def creation(
    name: str, calls: Any, reference: Any = None, compare: Comparison = exact
) -> Operation:
    """Entry for a creation function."""
    return Operation(
        name=name, calls=drawn(calls), reference=reference or getattr(np, name), compare=compare
    )


_ENTRIES = (
    creation("arange", _arange, _arange_reference, close(REDUCTION, lambda _: 40.0)),
    creation("asarray", _asarray, _asarray_reference),
    creation("empty", _shaped, compare=nothing),
    creation("empty_like", _like, compare=nothing),
    creation("eye", _eye),
    creation("full", _full, lambda shape, fill_value, **k: np.full(shape, fill_value, **k)),
    creation("full_like", _full_like),
    creation("linspace", _linspace, lambda a, b, num, **k: np.linspace(a, b, num, **k),
             close(REDUCTION, _spaced)),
    creation("ones", _shaped),
    creation("ones_like", _like),
    creation("zeros", _shaped),
    creation("zeros_like", _like),
    creation("astype", _astype, lambda x, dtype, **k: x.astype(dtype)),
    creation("can_cast", _can_cast, lambda a, b: np.can_cast(getattr(a, "dtype", a), b)),
    creation("isdtype", _isdtype, lambda dtype, kind: np.isdtype(dtype, kind)),
)  # fmt: skip

OPERATIONS = {entry.name: entry for entry in _ENTRIES}
