"""What a wrong adapter is, and how one is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from arraybackends.adapters import NumPyBackend
from arraybackends.adapters.base import NamespaceBackend

__all__ = ["MUTANTS", "Mutant", "agrees", "killed_by", "wrong"]

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


MUTANTS: list[Mutant] = []


def agrees(operation: str) -> str:
    """Return the node of the law that an operation agrees with its reference."""
    return f"test_operations.py::test_agrees_with_the_reference[{operation}]"


def killed_by(law: str, *, error: type[BaseException] = AssertionError) -> Callable[[B], B]:
    """Declare a class to be a wrong adapter, and the law that must notice."""

    def declare(backend: B) -> B:
        MUTANTS.append(Mutant(backend, law, error))
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
