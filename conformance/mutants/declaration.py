"""What a wrong adapter is, and how one is declared."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import mutants
from arraybackends.adapters import NumPyBackend
from arraybackends.adapters.base import NamespaceBackend

__all__ = ["Mutant", "agrees", "chosen_from", "every_mutant", "killed_by", "wrong"]

B = TypeVar("B", bound=type[NamespaceBackend[Any]])


class Mutant(NamedTuple):
    """
    A wrong adapter.

    Attributes
    ----------
    backend : type
        The adapter, derived from the right one.
    law : str
        Node of the suite that must fail on it, and passes on the right one.
    error : type of exception
        How the law fails: its own assertion, unless the wrong exception is what is wrong.
    """

    backend: type[NamespaceBackend[Any]]
    law: str
    error: type[BaseException]

    @property
    def right(self) -> type[NamespaceBackend[Any]]:
        """The adapter that this one is derived from."""
        shipped = "arraybackends.adapters."
        return next(cls for cls in self.backend.__mro__ if cls.__module__.startswith(shipped))

    def __repr__(self) -> str:
        return f"{self.right.name}.{self.backend.__qualname__}"


_DECLARED: list[Mutant] = []


@functools.cache
def every_mutant() -> tuple[Mutant, ...]:
    """Return the wrong adapters that the modules of this package declare."""
    for module in pkgutil.iter_modules(mutants.__path__):
        if not module.name.startswith("__"):
            importlib.import_module(f"mutants.{module.name}")
    return tuple(_DECLARED)


def chosen_from(every: Iterable[Mutant], parts: Iterable[str]) -> list[Mutant]:
    """Return those whose name has one of some parts; all if there is none."""
    return [m for m in every if any(part in repr(m) for part in list(parts) or [""])]


def agrees(operation: str) -> str:
    """Return the node of the law that an operation agrees with its reference."""
    return f"test_operations.py::test_agrees_with_the_reference[{operation}]"


def killed_by(law: str, *, error: type[BaseException] = AssertionError) -> Callable[[B], B]:
    """Declare a class to be a wrong adapter, and the law that must notice."""

    def declare(backend: B) -> B:
        _DECLARED.append(Mutant(backend, law, error))
        return backend

    return declare


def wrong(
    member: str,
    law: str,
    *,
    on: type[NamespaceBackend[Any]] = NumPyBackend,
    error: type[BaseException] = AssertionError,
) -> Callable[[Callable[[Any, Any], Any]], type[NamespaceBackend[Any]]]:
    """
    Make an adapter with one wrong member.

    The function decorated takes the backend and the right member, and returns the wrong one.
    """
    owner, _, name = member.rpartition(".")

    def declare(make: Callable[[Any, Any], Any]) -> type[NamespaceBackend[Any]]:
        def initialise(self: Any, *, device: Any = None, precision: Any = None) -> None:
            on.__init__(self, device=device, precision=precision)
            namespace = getattr(self, owner) if owner else self
            vars(namespace)[name] = make(self, getattr(namespace, name))

        body = {"__init__": initialise, "__doc__": make.__doc__, "__module__": make.__module__}
        return killed_by(law, error=error)(type(make.__name__, (on,), body))

    return declare
