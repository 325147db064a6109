"""Axes and lengths that do not fit an operation: some libraries make something of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arraybackends.errors import ShapeError

__all__ = ["require_axes", "require_lengths"]

_AT_LEAST = {1: "one axis", 2: "two axes"}


def require_axes(function: str, x: Any, least: int, /) -> None:
    """
    Raise if an array has too few axes for an operation.

    Parameters
    ----------
    function : str
        Name of the operation, for the message.
    x : array
    least : int
        Number of axes that it needs: 1 or 2.

    Raises
    ------
    ShapeError
    """
    if len(x.shape) < least:
        raise ShapeError(
            f"Argument `x` of `{function}` must have at least {_AT_LEAST[least]}, but has shape "
            f"{tuple(x.shape)}."
        )


def require_lengths(shape: int | Sequence[int], /) -> None:
    """
    Raise if a shape has a length below -1, which some libraries take for the unknown one.

    Parameters
    ----------
    shape : int or sequence of int

    Raises
    ------
    ShapeError
    """
    if min((shape,) if isinstance(shape, int) else shape, default=0) < -1:
        raise ShapeError(
            f"Argument `shape` is {shape!r}, but lengths are not negative, except for one -1 that "
            "follows from the others."
        )
