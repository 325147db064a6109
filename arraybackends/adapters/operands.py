"""Operands must be a backend's own: some libraries take any other's arrays, and fetch them."""

from __future__ import annotations

from typing import Any

from arraybackends.errors import BackendMismatchError

__all__ = ["PLAIN", "refuse_foreign", "require_array"]

PLAIN: frozenset[type] = frozenset({bool, int, float, complex, str, slice, type(None)})
"""Types of arguments that are no arrays, which most shapes and axes consist of."""


def refuse_foreign(
    backend: str, own: tuple[type, ...], function: str, operands: tuple[Any, ...], /
) -> None:
    """
    Raise if an operand, or an item of a sequence of operands, is another library's array.

    Parameters
    ----------
    backend : str
    own : tuple of type
        The backend's array types. What is of none of them, but has a shape and a dtype, is foreign.
    function : str
        Name of the function that was called.
    operands : tuple

    Raises
    ------
    BackendMismatchError
    """
    for x in operands:
        if isinstance(x, (list, tuple)):
            refuse_foreign(backend, own, function, tuple(x))
        elif not isinstance(x, own) and hasattr(x, "shape") and hasattr(x, "dtype"):
            raise BackendMismatchError(
                f"Arguments of `{function}` must be arrays of backend `{backend}`, but one is of "
                f"type `{type(x).__module__}.{type(x).__qualname__}`. Convert it with "
                "`xp.from_dlpack`."
            )


def require_array(function: str, x1: Any, x2: Any, /) -> None:
    """
    Raise if both operands are Python numbers, which have no dtype to agree on.

    Raises
    ------
    TypeError
    """
    if type(x1) in PLAIN and type(x2) in PLAIN:
        raise TypeError(
            f"Arguments `x1` and `x2` of `{function}` must hold an array, but are {x1!r} and "
            f"{x2!r}. Make one with `xp.asarray`."
        )
