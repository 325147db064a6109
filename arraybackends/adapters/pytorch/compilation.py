"""`jit`: what a function does is recorded at its first call of each signature, and compiled."""

from __future__ import annotations

import functools
import warnings
import weakref
from collections.abc import Callable
from typing import Any, Literal

import torch

from arraybackends.adapters.pytorch.cuda_graphs import Replay
from arraybackends.adapters.pytorch.recording import Program, UnrecordableError, record
from arraybackends.adapters.pytorch.tracing import is_traced
from arraybackends.errors import CompilationError, CompilationFallbackWarning
from arraybackends.generic.containers import flatten, unflatten
from arraybackends.protocol import JitStatus

__all__ = ["Compiled"]

_MOST_SIGNATURES = 64

# What a recording or a compiler raises, and also what users' functions raise: running them tells.
_FAILURES = (UnrecordableError, RuntimeError, TypeError, ValueError, AssertionError)


class Compiled:
    """
    A function compiled at its first call of each signature.

    Its operations are recorded. `torch.compile` makes kernels of real ones; complex ones, for which
    it makes none, run in PyTorch's interpreter, without Python between them. If that fails where
    the function itself succeeds, it runs eagerly from then on.

    Parameters
    ----------
    fn : callable
    static_argnums : int or tuple of int
    fallback : {"warn", "raise"}
    cuda_graphs : bool
        Whether calls replay the kernels of the first one.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        static_argnums: int | tuple[int, ...],
        fallback: Literal["warn", "raise"],
        cuda_graphs: bool,
    ) -> None:
        functools.update_wrapper(self, fn, updated=())
        self._fn = fn
        self._fallback: Literal["warn", "raise"] = fallback
        self._cuda_graphs = cuda_graphs
        self._static = (static_argnums,) if isinstance(static_argnums, int) else static_argnums
        self._status = JitStatus("pending")
        self._programs: dict[Any, Program] = {}
        self._compilations = 0
        self._bound: weakref.WeakKeyDictionary[Any, Compiled] = weakref.WeakKeyDictionary()

    @property
    def status(self) -> JitStatus:
        return self._status

    @property
    def compilations(self) -> int:
        return self._compilations

    def __get__(self, instance: Any, owner: type | None = None) -> Compiled:
        """Bind like a function, so that methods can be decorated."""
        if instance is None:
            return self
        if instance not in self._bound:
            method = functools.wraps(self._fn)(functools.partial(self._fn, weakref.proxy(instance)))
            self._bound[instance] = Compiled(
                method, self._static, self._fallback, self._cuda_graphs
            )
        return self._bound[instance]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._status.state == "fallback" or _is_inside_another():
            return self._fn(*args, **kwargs)
        static = {number % len(args): args[number] for number in self._static if args}
        hash(tuple(static.values()))
        dynamic = [None if place in static else arg for place, arg in enumerate(args)]
        leaves, structure = flatten((dynamic, kwargs))
        tensors = [x for x in leaves if isinstance(x, torch.Tensor)]
        if torch.is_grad_enabled() and any(x.requires_grad for x in tensors):
            return self._fn(*args, **kwargs)  # who differentiates it needs the function itself
        tensors = [x.resolve_conj().resolve_neg() for x in tensors]
        try:
            signature = (
                torch.is_grad_enabled(), structure,
                tuple((place, type(value), value) for place, value in static.items()),
                tuple(map(_signature, leaves)),
            )  # fmt: skip
            program = self._programs.get(signature)
            if program is None or not program.is_current:

                def call(inputs: Any) -> Any:
                    found = iter(inputs)
                    filled = [next(found) if isinstance(x, torch.Tensor) else x for x in leaves]
                    positional, named = unflatten(structure, filled)
                    for place, value in static.items():
                        positional[place] = value
                    return self._fn(*positional, **named)

                program = self._compile(call, tensors)
                self._programs[signature] = program
            if program.tracks and torch.is_grad_enabled():
                return self._fn(*args, **kwargs)
            result = program(tensors)
        except _FAILURES as error:
            return self._eagerly(args, kwargs, error)
        self._status = JitStatus("compiled")
        return result

    def _compile(self, call: Callable[[Any], Any], tensors: list[torch.Tensor]) -> Program:
        if len(self._programs) == _MOST_SIGNATURES:
            raise UnrecordableError(
                f"It was called with more than {_MOST_SIGNATURES} signatures, each of which is "
                "compiled by itself: pass numbers that change as arrays."
            )
        program = record(call, tensors)
        self._compilations += 1
        if program.is_complex:
            if not self._cuda_graphs:
                program.interpret(tensors)
        else:
            program.run = torch.compile(program.graph, fullgraph=True, dynamic=False)
            with warnings.catch_warnings():
                # The compiler's own modules deprecate each other.
                warnings.simplefilter("ignore", DeprecationWarning)
                program(tensors)
        if self._cuda_graphs:
            program.run = Replay(program.run, tensors)
        return program

    def _eagerly(self, args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception) -> Any:
        """Run uncompiled; an exception of the function itself propagates and changes nothing."""
        name = getattr(self._fn, "__name__", type(self._fn).__name__)
        reason = " ".join(str(error).split("\n\n")[0].split()) or type(error).__name__
        result = self._fn(*args, **kwargs)
        if self._fallback == "raise":
            raise CompilationError(f"`{name}` cannot be compiled: {reason}") from error
        self._status = JitStatus("fallback", reason)
        self._programs.clear()
        warnings.warn(
            f"`{name}` runs uncompiled, because its compilation failed: {reason}",
            CompilationFallbackWarning,
            stacklevel=3,
        )
        return result


def _is_inside_another() -> bool:
    """Whether an outer transformation sees the operations of the function anyway."""
    return is_traced() or torch._C._are_functorch_transforms_active()


def _signature(leaf: Any) -> Any:
    """Return what a compiled program depends on: all of a tensor but its values."""
    if isinstance(leaf, torch.Tensor):
        return (tuple(leaf.shape), leaf.stride(), leaf.dtype, leaf.device)
    if isinstance(leaf, (bool, int, float, complex, str)):
        return (type(leaf), leaf)
    raise UnrecordableError(
        f"An argument is a `{type(leaf).__name__}`, which is no array and no number: name it in "
        "`static_argnums`."
    )
