"""Functions of a backend refuse the arrays of another, in every position."""

from __future__ import annotations

from typing import Any

import pytest

import arraybackends as ab

NAMES = ("numpy", "pytorch", "jax", "strict")

CALLS = {
    "sum": lambda xp, own, other: xp.sum(other),
    "sin": lambda xp, own, other: xp.sin(other),
    "add": lambda xp, own, other: xp.add(own, other),
    "radd": lambda xp, own, other: xp.add(other, own),
    "matmul": lambda xp, own, other: xp.matmul(own, other),
    "tensordot": lambda xp, own, other: xp.tensordot(own, other),
    "concat": lambda xp, own, other: xp.concat([own, other]),
    "where": lambda xp, own, other: xp.where(own > 0, own, other),
    "reshape": lambda xp, own, other: xp.reshape(other, (4,)),
    "linalg.inv": lambda xp, own, other: xp.linalg.inv(other),
    "fft.fft": lambda xp, own, other: xp.fft.fft(xp.astype(other, "complex128")),
    "einsum": lambda xp, own, other: xp.einsum("ij,jk->ik", own, other),
    "asarray": lambda xp, own, other: xp.asarray(other),
    "to_numpy": lambda xp, own, other: xp.to_numpy(other),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("other", NAMES)
@pytest.mark.parametrize("own", NAMES)
def test_other_backends_are_refused(own: str, other: str, call: str) -> None:
    """An array of another backend is never taken in silence, nor fetched to the host."""
    if own == other or (call == "asarray" and other == "numpy"):
        pytest.skip("an array of one's own, or NumPy's at the door that takes it")
    xp, foreign = ab.get_backend(own), ab.get_backend(other)
    mine: Any = xp.eye(2)
    theirs: Any = foreign.eye(2)
    with pytest.raises(ab.BackendMismatchError, match="backend `"):
        CALLS[call](xp, mine, theirs)
