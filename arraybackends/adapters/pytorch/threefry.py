"""The threefry function as one operator, which the compiler calls and does not look into.

Inductor inlines every intermediate into its users while it counts what they would cost, which takes
a time exponential in the rounds: over five minutes for a draw with a constant seed in PyTorch 2.13.
"""

from __future__ import annotations

from typing import Any

import torch

from arraybackends.adapters.pytorch.tracing import is_traced
from arraybackends.generic.threefry import Words, threefry2x32

__all__ = ["threefry"]


@torch.library.custom_op(
    "arraybackends::threefry2x32",
    mutates_args=(),
    schema="(Tensor k0, Tensor k1, Tensor c0, Tensor c1) -> (Tensor, Tensor)",
)
def _operator(k0: Any, k1: Any, c0: Any, c1: Any) -> Any:
    return threefry2x32((k0, k1), (c0, c1))


@_operator.register_fake
def _shapes(*words: Any) -> Any:
    shape = torch.broadcast_shapes(*(word.shape for word in words))  # type: ignore[no-untyped-call]
    return words[0].new_empty(shape), words[0].new_empty(shape)


@_operator.register_vmap
def _batched(info: Any, in_dims: tuple[int | None, ...], *words: Any) -> Any:
    ndim = max(word.ndim - (dim is not None) for word, dim in zip(words, in_dims, strict=True))
    aligned = [
        word if dim is None else _in_front(word, dim, ndim)
        for word, dim in zip(words, in_dims, strict=True)
    ]
    return _operator(*aligned), (0, 0)


def _in_front(word: Any, dim: int, ndim: int) -> Any:
    """Move the mapped axis to the front of `ndim` others, so that the words broadcast."""
    word = word.movedim(dim, 0)
    return word.reshape(word.shape[0], *(1,) * (ndim + 1 - word.ndim), *word.shape[1:])


def threefry(key: Words, counter: Words, /) -> Words:
    """Return what `threefry2x32` returns."""
    if is_traced():
        first, second = _operator(*key, *counter)
        return first, second
    return threefry2x32(key, counter)
