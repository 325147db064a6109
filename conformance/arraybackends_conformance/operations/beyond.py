"""Numerics that the standard does not have."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from arraybackends_conformance.comparison import close
from arraybackends_conformance.generation import Domain, Values
from arraybackends_conformance.operations._build import NUMERIC, absolute_sum, drawn, maybe
from arraybackends_conformance.specification import Call, Operation
from arraybackends_conformance.tolerance import CONTRACTION, REDUCTION

__all__ = ["OPERATIONS"]

ENTRIES = Values(-3, 3, gap=2**-6)

EINSUMS = (
    ("ij->ji", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("ij->", (2, 3)),
    ("ij,jk->ik", (2, 3), (3, 2)),
    ("ij,jk", (2, 3), (3, 2)),
    ("i,j->ij", (2,), (3,)),
    ("i,i->", (3,), (3,)),
    ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
    ("...i->...", (2, 3)),
    ("ij,ij->i", (2, 3), (2, 3)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
    ("ij,j->i", (2, 0), (0,)),
    (",i->i", (), (3,)),
)


def _einsum(draw: Any, domain: Domain) -> Call:
    subscripts, *shapes = draw(st.sampled_from(EINSUMS))
    dtypes = draw(domain.promotable("signed", "real", "complex", n=len(shapes)))
    operands = [draw(domain.array(d, s, ENTRIES)) for d, s in zip(dtypes, shapes, strict=True)]
    return Call((subscripts, *operands))


def _kron(draw: Any, domain: Domain) -> Call:
    dtypes = draw(domain.promotable(*NUMERIC))
    shapes = draw(st.sampled_from((((2,), (3,)), ((2, 2), (2, 1)), ((1, 2, 2), (2, 1, 2)),
                                   ((0,), (2,)), ((), ()))))  # fmt: skip
    return Call(
        tuple(draw(domain.array(d, s, ENTRIES)) for d, s in zip(dtypes, shapes, strict=True))
    )


def _bincount(draw: Any, domain: Domain) -> Call:
    n = draw(st.integers(0, 6))
    x = draw(domain.array(draw(domain.dtype("signed")), n, Values(0, 5)))
    kwargs = maybe(draw, minlength=st.integers(0, 8))
    if draw(st.booleans()):
        kwargs["weights"] = draw(domain.array(draw(domain.dtype("real")), n, ENTRIES))
    return Call((x,), kwargs)


def _bincount_reference(x: np.ndarray, *, weights: Any = None, minlength: int = 0) -> Any:
    counts = np.bincount(x.astype(np.int64), weights=weights, minlength=minlength)
    return counts if weights is None else counts.astype(weights.dtype)


def _array(function: Any) -> Any:
    return lambda *args, **kwargs: np.asarray(function(*args, **kwargs))


_ENTRIES = (
    Operation(name="einsum", calls=drawn(_einsum), reference=_array(np.einsum), refine=True,
              compare=close(CONTRACTION, absolute_sum)),
    Operation(name="kron", calls=drawn(_kron), reference=_array(np.kron), refine=True,
              compare=close(CONTRACTION, lambda _: 9.0)),
    Operation(name="bincount", calls=drawn(_bincount), reference=_bincount_reference, refine=True,
              compare=close(REDUCTION, absolute_sum), needs="data_dependent_shapes"),
)  # fmt: skip

OPERATIONS = {entry.name: entry for entry in _ENTRIES}
