"""`jit` for libraries that do not compile: the function itself, with a status that says so."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

from arraybackends.protocol import JitStatus

__all__ = ["EagerCompilation", "EagerFunction"]


class EagerFunction:
    """A function given to `jit` that runs uncompiled; `eager` is that function."""

    def __init__(self, fn: Callable[..., Any], reason: str) -> None:
        functools.update_wrapper(self, fn)
        self.eager = fn
        self._status = JitStatus("eager", reason)

    @property
    def status(self) -> JitStatus:
        return self._status

    @property
    def compilations(self) -> int:
        return 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.eager(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind like a function, so that methods can be decorated."""
        return self if instance is None else functools.partial(self, instance)


class EagerCompilation:
    """`jit` of a backend that does not compile."""

    def jit(
        self, fn: Callable[..., Any] | None = None, /, *,
        static_argnums: int | tuple[int, ...] = (), fallback: Literal["warn", "raise"] = "warn",
    ) -> Any:  # fmt: skip
        if fallback not in ("warn", "raise"):
            raise ValueError(f"Argument `fallback` must be 'warn' or 'raise', but is {fallback!r}.")
        if fn is None:
            return functools.partial(self.jit, static_argnums=static_argnums, fallback=fallback)
        xp: Any = self
        return EagerFunction(fn, f"Backend `{xp.name}` does not compile.")
