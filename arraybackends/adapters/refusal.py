"""What an error says of a call that a library refused: its arguments, the reason, the remedy.

Libraries say what went wrong inside of them, mostly without the names of the standard. Here the
call is described by the signature that the protocol declares, and the library's words are kept.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from arraybackends.errors import (
    ArrayBackendsError,
    AxisError,
    DeviceError,
    DTypeError,
    LinAlgError,
    ShapeError,
)

__all__ = ["is_explained", "refusal"]

_REMEDIES: dict[type[Exception], str] = {
    AxisError: "The axes of an array with n of them go from -n to n - 1, each named once.",
    ShapeError: "Change shapes with `xp.reshape` or `xp.broadcast_to`.",
    DTypeError: "Convert arrays with `xp.astype`.",
    DeviceError: "Move arrays with `xp.to_device`.",
    LinAlgError: "`xp.linalg.pinv` and `xp.linalg.matrix_rank` take any finite matrix.",
}
_OF_THE_CALL = re.compile(
    r"unexpected keyword argument|required (positional |keyword-only )?argument"
    r"|positional arguments? but|multiple values for argument|[Ww]rong number of arguments"
)
"""Python's words for a call that does not fit the signature, whatever the arguments are."""

_LONGEST = 80
"""So many characters of an argument are shown."""


def is_explained(error: Exception, /) -> bool:
    """Whether an error already says which argument is wrong, in the words of this package."""
    return isinstance(error, ArrayBackendsError) or bool(re.match(r"Arguments? `", str(error)))


def refusal(
    kind: type[Exception],
    function: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    reason: object,
    /,
) -> Exception:
    """
    Return the exception for a call that a library refused.

    Parameters
    ----------
    kind : type of exception
        What the arguments call for; a call that does not fit the signature is a TypeError.
    function : str
        Name of the member of the protocol that was called.
    args, kwargs
        What it was called with.
    reason : object
        What the library says, as text.
    """
    if _OF_THE_CALL.search(str(reason)):
        kind = TypeError
    text = " ".join(str(reason).split()).rstrip(" .")
    said = f"{text[:1].lower()}{text[1:]}" if text else "the library gives no reason"
    given = " and ".join(f"`{name}` {_seen(x)}" for name, x in _named(function, args, kwargs))
    remedy = _REMEDIES.get(kind, f"`help(xp.{function})` lists what is allowed.")
    return kind(f"`{function}` was called with {given or 'nothing'}: {said}. {remedy}")


def _named(
    function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Arguments under the names that the protocol gives them."""
    positional: list[str] = []
    for parameter in _parameters(function):
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional += [parameter.name] * (len(args) - len(positional))
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            positional.append(parameter.name)
    positional += [f"args[{i}]" for i in range(len(positional), len(args))]
    yield from zip(positional, args, strict=False)
    yield from kwargs.items()


def _parameters(function: str) -> list[inspect.Parameter]:
    from arraybackends.protocol import ArrayBackend, LinearAlgebra
    from arraybackends.standard import FFTNamespace

    for namespace in (ArrayBackend, LinearAlgebra, FFTNamespace):
        declared = getattr(namespace, function, None)
        if callable(declared):
            return list(inspect.signature(declared).parameters.values())[1:]
    return []


def _seen(x: Any) -> str:
    """How an argument looks: arrays by shape and dtype, the rest as Python writes it."""
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        dtype = str(x.dtype).rpartition(".")[2]
        return f"of shape {tuple(x.shape)} and dtype {dtype}"
    if isinstance(x, (list, tuple)) and any(hasattr(item, "shape") for item in x):
        return f"holding arrays of shapes {', '.join(str(_shape(item)) for item in x)}"
    text = repr(x)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _shape(x: Any) -> tuple[int, ...]:
    return tuple(getattr(x, "shape", ()))
