"""Whether tensors have values just now: compilers follow functions with tensors that have none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

__all__ = ["is_traced", "outside_transforms", "recording"]

_depth = 0


def is_traced() -> bool:
    """Whether a compiler follows what is done, so that no value may be asked for."""
    return torch.compiler.is_compiling() or _depth > 0


@contextlib.contextmanager
def outside_transforms() -> Iterator[None]:
    """Leave the transforms of `torch.func`, and inference mode, for a while."""
    with contextlib.ExitStack() as stack:
        if torch._C._are_functorch_transforms_active():
            stack.enter_context(temporarily_clear_interpreter_stack())
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(mode=False))
        yield


@contextlib.contextmanager
def recording() -> Iterator[None]:
    """Let the adapter know; other threads then do without looking at values, which is right too."""
    global _depth  # noqa: PLW0603  # compilers do not follow context variables
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
