"""JAX's exceptions, translated to those of this package."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, ParamSpec, TypeVar

import jax
import numpy as np
from jax import numpy as jnp

from arraybackends.adapters.refusal import is_explained, refusal
from arraybackends.errors import (
    AxisError,
    BackendMismatchError,
    DTypeError,
    ShapeError,
)

__all__ = [
    "TRANSLATED",
    "UNTRACEABLE",
    "ArrayImpl",
    "array_operand",
    "is_array",
    "is_recognised",
    "of_floating_point",
    "operand",
    "raise_as_ours",
    "require_broadcastable",
    "require_floating_point",
    "standard",
    "translated",
]

P = ParamSpec("P")
R = TypeVar("R")

ArrayImpl = type(jnp.zeros(()))
"""The one concrete class of arrays: comparing types is ten times faster than `isinstance`."""

UNTRACEABLE = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
"""What JAX raises where Python or NumPy asks for a value that is only traced."""

TRANSLATED = (TypeError, ValueError, IndexError, ZeroDivisionError)
"""What JAX raises for arguments that do not fit."""

_AXIS = re.compile(
    r"\bax[ei]s\b.*out of bounds|duplicate value in 'axis'|repeated axis|permutation"
    r"|dimensions must be unique|map its argument along axis"
)
_SHAPE = re.compile(
    r"shape|broadcast|dimension|ndim|\dD|rank|size|empty|ax[ei]s|expected square|subscript"
    r"|at least one array",
    re.IGNORECASE,
)


def is_array(x: Any) -> bool:
    """Whether `x` is an array; a tracer is no `jax.Array` in some transformations."""
    return isinstance(x, (jax.Array, jax.core.Tracer))


def array_operand(x: Any) -> Any:
    """Return `x` if it is an array of JAX; refuse everything else."""
    if is_array(x):
        return x
    if isinstance(x, (bool, int, float, complex, str, list, tuple, dict, type(None))):
        raise TypeError(f"Argument `x` must be an array, but is {x!r}. Make one with `xp.asarray`.")
    raise BackendMismatchError(
        f"Argument `x` must be an array of backend `jax`, but is of type "
        f"`{type(x).__module__}.{type(x).__qualname__}`. Convert it with `xp.asarray` (NumPy) or "
        "`xp.from_dlpack` (other backends)."
    )


def operand(x: Any) -> Any:
    """Return an operand of an element-wise function: an array or a Python number."""
    if isinstance(x, np.generic):
        # A NumPy scalar carries a width, which would win over that of the array (row 17).
        return x.item()
    if isinstance(x, (bool, int, float, complex)):
        return x
    return array_operand(x)


def require_floating_point(name: str, *operands: Any) -> None:
    """Refuse integers and booleans, which JAX would convert to some floating-point dtype."""
    for x in operands:
        if is_array(x) and x.dtype.kind not in "fc":
            raise DTypeError(
                f"Arguments of `{name}` must be floating-point arrays, but one has dtype "
                f"{x.dtype.name}. Convert it with `xp.astype`."
            )


def require_broadcastable(x1: Any, x2: Any) -> None:
    """Refuse operands whose shapes do not broadcast, which is a TypeError in JAX (row 66)."""
    shapes = jnp.shape(x1), jnp.shape(x2)
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(
            f"Arguments `x1` and `x2` must broadcast, but have shapes {shapes[0]} and {shapes[1]}."
        ) from None


def raise_as_ours(
    error: Exception, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> NoReturn:
    """Raise `error` as the class that the contract names; JAX's tracing errors stay as they are."""
    if isinstance(error, UNTRACEABLE) or is_explained(error):
        raise error
    raise refusal(_kind(error), function, args, kwargs, _first_words(error)) from error


def _kind(error: Exception) -> type[Exception]:
    message = str(error)
    if isinstance(error, IndexError) or _AXIS.search(message):
        return AxisError
    if "does not accept dtype" in message or "only real valued inputs" in message:
        return DTypeError
    # `reshape((0, -1))` of an empty array divides by the product of the shape (row 70).
    if isinstance(error, ZeroDivisionError) or _SHAPE.search(message):
        return ShapeError
    return TypeError if isinstance(error, TypeError) else ValueError


def is_recognised(error: Exception) -> bool:
    """Whether an error is surely JAX's about arguments, where functions of the user ran too."""
    return _kind(error) not in (TypeError, ValueError)


def _first_words(error: Exception) -> str:
    return str(error).strip().split("\n\n")[0]


def translated(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function the contract's errors."""

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TRANSLATED as error:
            raise_as_ours(error, function.__name__, args, kwargs)

    return checked


def of_floating_point(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function refuse arrays of integers or booleans as its first two arguments."""

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        require_floating_point(function.__name__, *args[:2])
        return function(*args, **kwargs)

    return checked


def standard(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function of an array the contract's errors, also where its first argument is none."""

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        if args and type(args[0]) is not ArrayImpl:
            array_operand(args[0])
        try:
            return function(*args, **kwargs)
        except TRANSLATED as error:
            raise_as_ours(error, function.__name__, args, kwargs)

    return checked
