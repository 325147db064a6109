"""Whether tensors have values just now: compilers follow functions with tensors that have none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

__all__ = ["is_traced", "recording"]

_depth = 0


def is_traced() -> bool:
    """Whether a compiler follows what is done, so that no value may be asked for."""
    return torch.compiler.is_compiling() or _depth > 0


@contextlib.contextmanager
def recording() -> Iterator[None]:
    """Let the adapter know; other threads then do without looking at values, which is right too."""
    global _depth  # noqa: PLW0603  # compilers do not follow context variables
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
