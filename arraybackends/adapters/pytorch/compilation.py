"""`jit` by `torch.compile`, whose failures come at the first call."""

from __future__ import annotations

import functools
import types
import warnings
from collections.abc import Callable
from typing import Any, Literal

import torch

from arraybackends.errors import CompilationError, CompilationFallbackWarning
from arraybackends.protocol import JitStatus

__all__ = ["Compiled"]

_COMPILER_ERRORS = (torch._dynamo.exc.TorchDynamoException, torch._inductor.exc.InductorError)


class Compiled:
    """
    A function compiled as one graph at its first call of each signature.

    If the compiler fails where the function itself succeeds, it runs eagerly from then on.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        static_argnums: int | tuple[int, ...],
        fallback: Literal["warn", "raise"],
    ) -> None:
        functools.update_wrapper(self, fn)
        self._fn = fn
        self._compiled = torch.compile(_with_code_of_its_own(fn), fullgraph=True)
        self._fallback = fallback
        self._static = (static_argnums,) if isinstance(static_argnums, int) else static_argnums
        self._status = JitStatus("pending")

    @property
    def status(self) -> JitStatus:
        return self._status

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind like a function, so that methods can be decorated."""
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._status.state == "fallback":
            return self._fn(*args, **kwargs)
        for number in self._static:
            hash(args[number])
        try:
            result = self._run(args, kwargs)
        except _COMPILER_ERRORS as error:
            return self._eagerly(args, kwargs, error)
        self._status = JitStatus("compiled")
        return result

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._status.state == "compiled":
            return self._compiled(*args, **kwargs)
        with warnings.catch_warnings():
            # The compiler's own modules deprecate each other.
            warnings.simplefilter("ignore", DeprecationWarning)
            # `capabilities.compiles_complex` says it, and the results are right.
            warnings.filterwarnings(
                "ignore", message="Torchinductor does not support code generation for complex"
            )
            return self._compiled(*args, **kwargs)

    def _eagerly(self, args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception) -> Any:
        """Run uncompiled; an exception of the function itself propagates and changes nothing."""
        name = getattr(self._fn, "__name__", type(self._fn).__name__)
        reason = " ".join(str(error).split("\n\n")[0].split()) or type(error).__name__
        if self._fallback == "raise":
            self._fn(*args, **kwargs)
            raise CompilationError(f"`{name}` cannot be compiled: {reason}") from error
        result = self._fn(*args, **kwargs)
        self._status = JitStatus("fallback", reason)
        warnings.warn(
            f"`{name}` runs uncompiled, because its compilation failed: {reason}",
            CompilationFallbackWarning,
            stacklevel=4,
        )
        return result


def _with_code_of_its_own(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Copy a function with its code: the compiler counts recompilations of all that share one."""
    if not isinstance(fn, types.FunctionType):
        return fn
    copy = types.FunctionType(
        fn.__code__.replace(), fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__
    )
    copy.__kwdefaults__ = fn.__kwdefaults__
    return copy
