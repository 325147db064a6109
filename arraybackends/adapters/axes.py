"""Arrays must have the axes that an operation works on: some libraries make them up."""

from __future__ import annotations

from typing import Any

from arraybackends.errors import ShapeError

__all__ = ["require_axes"]

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
