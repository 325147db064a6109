"""`jit` for libraries that do not compile: the function itself, with a status that says so."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

from arraybackends.errors import CapabilityError
from arraybackends.protocol import JitStatus

__all__ = ["EagerCompilation", "EagerFunction", "check_jit_options"]


def check_jit_options(
    xp: Any, fallback: str, cuda_graphs: bool, /, *, has_cuda_graphs: bool = False
) -> None:
    """Raise unless these are options of `jit` on a backend."""
    if fallback not in ("warn", "raise"):
        raise ValueError(f"Argument `fallback` must be 'warn' or 'raise', but is {fallback!r}.")
    if cuda_graphs and not has_cuda_graphs:
        raise CapabilityError(
            f"Argument `cuda_graphs` is True, but backend `{xp.name}` on device {xp.device!r} "
            "records no CUDA graphs. Use backend `pytorch` on a CUDA device, or leave it away."
        )


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
        cuda_graphs: bool = False,
    ) -> Any:  # fmt: skip
        xp: Any = self
        check_jit_options(xp, fallback, cuda_graphs)
        if fn is None:
            return functools.partial(self.jit, static_argnums=static_argnums, fallback=fallback)
        return EagerFunction(fn, f"Backend `{xp.name}` does not compile.")
