"""PyTorch's exceptions, translated to those of this package."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, ParamSpec, TypeVar

import torch
from torch._C import _LinAlgError  # type: ignore[attr-defined]

from arraybackends.adapters.refusal import is_explained, refusal
from arraybackends.errors import (
    AxisError,
    BackendMismatchError,
    DeviceError,
    DTypeError,
    LinAlgError,
    MemoryLimitError,
    ShapeError,
)

__all__ = ["checked", "raise_as_ours", "require_tensor"]

P = ParamSpec("P")
R = TypeVar("R")

_AXIS = (
    "^Dimension out of range|tuple index out of range|appears multiple times|repeated dim"
    "|duplicate dims"
)
_DTYPE = (
    "not implemented for|expects a real input tensor|Expected a floating point or complex"
    "|only support floating point|could not infer output dtype|dtype|Subtraction, the"
    "|Negation, the|type promotion|Promotion for|value cannot be converted to type"
)
_SHAPE = (
    r"must match|shape|broadcast|inconsistent tensor size|number of dimensions|at least \dD"
    r"|at least \d dimensions|equal size|non-empty|number of sizes|same size|must have length"
    r"|square matrices|contracted dimensions|subscript|dimension can be inferred|cannot reshape"
    r"|negative dimension|Expected \d-D|number of data points|non-negative|1D tensors?"
    "|operands were provided"
)
_CHOICE = (
    "Invalid normalization mode|side can only be|Order .* not supported|Invalid norm order"
    "|unrecognized mode"
)
_HOST_IS_FULL = "DefaultCPUAllocator: "
# PyTorch raises RuntimeError for nearly everything: only the message tells what happened.
_MEANINGS: tuple[tuple[re.Pattern[str], type[Exception]], ...] = tuple(
    (re.compile(pattern), ours)
    for pattern, ours in (
        (_AXIS, AxisError),
        (r"reduction dim .*(non-zero size|input\.numel\(\) == 0)", ShapeError),
        ("index .*out of (bounds|range)|out of DATA bounds|too many indices", IndexError),
        ("input tensor should not contain infs or NaNs|failed to converge", LinAlgError),
        (_DTYPE, DTypeError),
        ("on the expected device|to be on the same device|on different devices", DeviceError),
        (_SHAPE, ShapeError),
        (_CHOICE, ValueError),
    )
)


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function the contract's errors in place of PyTorch's."""
    is_method = next(iter(inspect.signature(function).parameters), "") == "self"

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        # AttributeError: the array of another library lacks a method.
        except (RuntimeError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise_as_ours(error, function.__name__, args[is_method:], kwargs)

    return call


def raise_as_ours(
    error: Exception, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> NoReturn:
    """Raise `error` as the class that the contract names; what is not recognised stays as it is."""
    if is_explained(error):
        raise error
    for argument in args:
        if _is_foreign(argument):
            require_tensor(argument)
    if isinstance(error, torch.OutOfMemoryError) or _HOST_IS_FULL in str(error):
        raise MemoryLimitError(_exhausted(error, name, args)) from error
    kind = _kind(error)
    if kind is None:
        raise error
    raise refusal(kind, name, args, kwargs, _first_line(error)) from error


def _kind(error: Exception) -> type[Exception] | None:
    if isinstance(error, (TypeError, AttributeError)):
        return TypeError
    if isinstance(error, _LinAlgError):
        return LinAlgError
    found = (ours for pattern, ours in _MEANINGS if pattern.search(str(error)))
    return next(found, ValueError if isinstance(error, ValueError) else None)


def require_tensor(x: Any) -> torch.Tensor:
    """Return `x` if it is a tensor, else refuse it."""
    if isinstance(x, torch.Tensor):
        return x
    if _is_foreign(x):
        raise BackendMismatchError(
            "Arguments must be arrays of backend `pytorch`, but one is of type "
            f"`{type(x).__module__}.{type(x).__qualname__}`. Convert it with `xp.asarray` (NumPy) "
            "or `xp.from_dlpack` (other backends)."
        )
    raise TypeError(f"Arguments must be arrays, but one is {x!r}. Make one with `xp.asarray`.")


def _exhausted(error: Exception, name: str, args: tuple[Any, ...]) -> str:
    from arraybackends.adapters.pytorch import memory

    device = next((x.device for x in args if isinstance(x, torch.Tensor)), torch.device("cpu"))
    return (
        f"The result of `{name}`{_shapes(args)} does not fit: {_first_line(error)}. "
        f"{memory.free(device)} are free on device {device}. Use smaller arrays (`chunk_size` of "
        "`xp.vmap`), single precision, or a gradient that keeps less (`xp.checkpoint`, "
        "the adjoint method of circuits)."
    )


def _is_foreign(x: Any) -> bool:
    return not isinstance(x, torch.Tensor) and hasattr(x, "shape") and hasattr(x, "dtype")


def _shapes(args: tuple[Any, ...]) -> str:
    """Say what the arrays among the arguments look like."""
    tensors = [x for x in args if isinstance(x, torch.Tensor)]
    if not tensors:
        return ""
    return " with " + ", ".join(
        f"shape {tuple(x.shape)} and dtype {str(x.dtype).removeprefix('torch.')}" for x in tensors
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
