"""What a law is: a test that says which members of the protocol it is about."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

import arraybackends_conformance
from arraybackends.adapters.base import public_names
from arraybackends.protocol import ArrayBackend, LinearAlgebra
from arraybackends.standard import FFTNamespace

__all__ = [
    "compiles_each_call",
    "covered_members",
    "law",
    "law_name",
    "law_names",
    "laws",
    "member",
    "members",
    "needs",
]

T = TypeVar("T", bound=Callable[..., Any])

INSPECTION = "__array_namespace_info__"
EXTENSIONS = {"linalg": LinearAlgebra, "fft": FFTNamespace}


def _names(protocol: type) -> frozenset[str]:
    """Public members of a protocol class and of the protocols it is built of."""
    bases = [base for base in protocol.__mro__ if base.__module__.startswith("arraybackends.")]
    return frozenset().union(*map(public_names, bases))


def members() -> frozenset[str]:
    """Every member of the protocol, those of the extensions with their prefix."""
    extended = {f"{name}.{part}" for name, cls in EXTENSIONS.items() for part in _names(cls)}
    return _names(ArrayBackend) | extended | {INSPECTION, "__array_api_version__"}


def member(xp: Any, name: str) -> Any:
    """Look up `"sum"` or `"linalg.eigh"` on a backend."""
    for part in name.split("."):
        xp = getattr(xp, part)
    return xp


def law(*about: str) -> Callable[[T], T]:
    """Declare which members a law is about; the coverage and the reports are made from it."""
    unknown = set(about) - members()
    if unknown:
        raise ValueError(f"A law is about {sorted(unknown)}, which the protocol does not have.")

    def declare(test: T) -> T:
        test.members = about  # type: ignore[attr-defined]
        return test

    return declare


def needs(xp: Any, capability: str) -> None:
    """Skip the law if the backend declares that it lacks a capability."""
    if not getattr(xp.capabilities, capability):
        pytest.skip(f"The backend declares no capability `{capability}`.")


def compiles_each_call(xp: Any) -> bool:
    """Whether a library compiles every call for itself, so that many cost less as one program."""
    return bool(xp.capabilities.jit and xp.capabilities.immutable)


def law_name(test: Callable[..., Any]) -> str:
    """Name of a law in reports: `"operations.agrees_with_the_reference"`."""
    module = test.__module__.rpartition(".")[2]
    return f"{module.removeprefix('test_')}.{test.__name__.removeprefix('test_')}"


def law_names() -> frozenset[str]:
    """Names of all laws."""
    return frozenset(map(law_name, laws()))


def laws() -> Iterator[Callable[..., Any]]:
    """Every law, in the order of the modules."""
    for module in pkgutil.iter_modules(arraybackends_conformance.__path__):
        if module.name.startswith("test_"):
            found = importlib.import_module(f"{arraybackends_conformance.__name__}.{module.name}")
            yield from (value for name, value in vars(found).items() if name.startswith("test_"))


def covered_members() -> frozenset[str]:
    """Members that some law or some entry of the table of operations is about."""
    from arraybackends_conformance.operations import OPERATIONS

    declared = {name for test in laws() for name in getattr(test, "members", ())}
    return frozenset(declared | set(OPERATIONS))
