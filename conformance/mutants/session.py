"""The pytest plug-in that runs each law on the wrong adapters that it must kill, and on right ones.

The adapters are parameters: `xp` of a law that some wrong adapter names is that adapter, or the one
it is derived from. A wrong one passes if the law fails on it as declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from mutants.declaration import Mutant, chosen_from, every_mutant

__all__ = ["JUDGED", "RIGHT", "options"]

JUDGED, RIGHT = "mutant", "right adapter"
"""Names of the properties of reports: which adapter was run."""

ASSERTIONS = (AssertionError, pytest.fail.Exception)
_MUTANT = pytest.StashKey[Mutant]()


def options(parts: Iterable[str]) -> list[str]:
    """Return the arguments that choose wrong adapters by parts of their names."""
    return [f"--mutant={part}" for part in parts]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("mutants").addoption("--mutant", metavar="PART", action="append", default=[])


def _chosen(config: pytest.Config) -> list[Mutant]:
    return chosen_from(every_mutant(), config.getoption("--mutant"))


@pytest.hookimpl(trylast=True)  # so that the adapter comes last in the name of an item
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    law = f"{metafunc.definition.path.name}::{metafunc.definition.name}"
    mutants = [m for m in _chosen(metafunc.config) if m.law.partition("[")[0] == law]
    backends = [m.backend for m in mutants] + list(dict.fromkeys(m.right for m in mutants))
    if "xp" in metafunc.fixturenames:
        metafunc.parametrize("xp", [backend() for backend in backends],
                             ids=[backend.__qualname__ for backend in backends])  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    of_class = {m.backend: m for m in _chosen(config)}
    demanded = {(m.right, m.law) for m in of_class.values()}
    items[:] = [item for item in items if _is_demanded(item, of_class, demanded)]


def _is_demanded(
    item: pytest.Item, of_class: dict[type, Mutant], demanded: set[tuple[type, str]]
) -> bool:
    """Whether some wrong adapter names a law for this adapter; marks what the item is about."""
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return False
    known = of_class.keys() | {right for right, _ in demanded}
    backend = next(cls for cls in type(callspec.params["xp"]).__mro__ if cls in known)
    others = callspec.id.removesuffix(backend.__qualname__).removesuffix("-")
    name = item.name.partition("[")[0]
    law = f"{item.path.name}::{name}[{others}]" if others else f"{item.path.name}::{name}"
    mutant = of_class.get(backend)
    if mutant is None:
        item.user_properties.append((RIGHT, f"{backend.name}: {law}"))
        return (backend, law) in demanded
    item.stash[_MUTANT] = mutant
    item.user_properties.append((JUDGED, repr(mutant)))
    return mutant.law == law


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """Exceptions of which a group consists: Hypothesis may find several failures."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error


def _verdict(mutant: Mutant, found: BaseException | None) -> str:
    """Say why the law proves nothing about the mutant; an empty string if it kills it."""
    if found is None:
        return "survives"
    expected = ASSERTIONS if mutant.error is AssertionError else (mutant.error,)
    others = [error for error in _leaves(found) if not isinstance(error, expected)]
    return f"dies by {others[0]!r}, not by {mutant.error.__name__}" if others else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    report = yield
    mutant = item.stash.get(_MUTANT, None)
    if mutant is not None and call.when == "call":
        problem = _verdict(mutant, call.excinfo.value if call.excinfo else None)
        report.outcome = "failed" if problem else "passed"
        report.longrepr = problem or None
    return report
