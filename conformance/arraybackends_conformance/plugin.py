"""The pytest plug-in: which backend, how much is drawn, and the summary at the end.

It is loaded by entry point in every pytest run of the environment where the suite is installed, so
it imports nothing heavy and does nothing until `--arraybackends-backend` names a backend.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

__all__: list[str] = []

_SUITE = Path(__file__).parent
_BACKEND = pytest.StashKey[Any]()
_TALLY = pytest.StashKey["Tally"]()
_MEMBER = "arraybackends-member"


class Tally:
    """Laws that were executed, and the members of the protocol that they are about."""

    def __init__(self) -> None:
        self.laws = 0
        self.members: set[str] = set()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("arraybackends", "conformance of array backends")
    group.addoption(
        "--arraybackends-backend",
        metavar="NAME",
        help="backend to prove: a name, alias or plug-in, with a device if wanted "
        "(pytorch:cuda:0), or a class that is not registered (package.module:Class)",
    )
    group.addoption(
        "--arraybackends-profile",
        choices=("ci", "dev", "nightly"),
        default="ci",
        help="how much is drawn: ci repeats itself exactly, nightly is open-ended",
    )


def pytest_configure(config: pytest.Config) -> None:
    name = config.getoption("--arraybackends-backend")
    if name is None:
        return
    import arraybackends as ab
    from arraybackends_conformance import profiles

    profiles.load(config.getoption("--arraybackends-profile"))
    try:
        config.stash[_BACKEND] = _unregistered(name) or ab.get_backend(name)
    except ab.ArrayBackendsError as error:
        raise pytest.UsageError(f"--arraybackends-backend={name}: {error}") from error
    config.stash[_TALLY] = Tally()


def _unregistered(name: str) -> Any:
    """Return the backend named by `package.module:Class`, None for the name of a registered one."""
    module, _, cls = name.partition(":")
    return getattr(importlib.import_module(module), cls)() if "." in module else None


def _is_law(item: pytest.Item) -> bool:
    return _SUITE in item.path.parents


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    laws = [item for item in items if _is_law(item)]
    if laws and _BACKEND not in config.stash:
        raise pytest.UsageError(
            "The conformance suite proves one backend; name it with --arraybackends-backend=NAME."
        )
    for item in laws:
        item.add_marker(pytest.mark.filterwarnings("error"))
        item.user_properties += [(_MEMBER, name) for name in _members(item)]


def _members(item: pytest.Item) -> tuple[str, ...]:
    """What a law is about: its own declaration, or the operation it is parametrised with."""
    callspec = getattr(item, "callspec", None)
    operation = callspec.params.get("operation") if callspec else None
    if operation is not None:
        return (operation.name,)
    return getattr(getattr(item, "function", None), "members", ())


@pytest.fixture(scope="session")
def xp(pytestconfig: pytest.Config) -> Any:
    """The backend under test."""
    return pytestconfig.stash[_BACKEND]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "difference" in metafunc.fixturenames and _BACKEND in metafunc.config.stash:
        from arraybackends_conformance import ledger

        rows = ledger.rows_of(metafunc.config.stash[_BACKEND].name)
        metafunc.parametrize("difference", rows, ids=[row.id for row in rows])


class _Counter:
    """Counts in the process that reports, which under xdist is not the one that runs."""

    def __init__(self, config: pytest.Config) -> None:
        self._tally = config.stash[_TALLY]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" or report.skipped:
            return
        members = {str(value) for name, value in report.user_properties if name == _MEMBER}
        if members:
            self._tally.laws += 1
            self._tally.members |= members


def pytest_sessionstart(session: pytest.Session) -> None:
    if _TALLY in session.config.stash:
        session.config.pluginmanager.register(_Counter(session.config))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    is_worker = hasattr(config, "workerinput")
    asked = _TALLY in config.stash and not is_worker and not config.option.collectonly
    if asked and config.stash[_TALLY].laws == 0 and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if _TALLY not in config.stash:
        return
    from arraybackends_conformance.law import members

    tally, backend, every = config.stash[_TALLY], config.stash[_BACKEND], members()
    share = 100 * len(tally.members & every) // len(every)
    terminalreporter.section("arraybackends conformance")
    terminalreporter.line(
        f"{backend.name} {backend.library_version} on {backend.device}, {backend.precision}: "
        f"{tally.laws} laws on {len(tally.members)} operations, {share} % of the protocol covered."
    )
    missing = sorted(every - tally.members)
    if missing and tally.laws:
        terminalreporter.line(f"Not reached in this run: {', '.join(missing)}.")
    if tally.laws == 0:
        terminalreporter.line("No law was executed, which proves nothing: this is a failure.")
