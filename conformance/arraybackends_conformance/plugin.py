"""The pytest plug-in: which backend, how much is drawn, the report, and the summary at the end.

It is loaded by entry point in every pytest run of the environment where the suite is installed, so
it imports nothing heavy and does nothing until `--arraybackends-backend` names a backend.
"""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

__all__: list[str] = []

_SUITE = Path(__file__).parent
_BACKEND = pytest.StashKey[Any]()
_RECORDER = pytest.StashKey[Any]()
_FACTS = pytest.StashKey[dict[str, Any]]()
_DEFAULT_REPORT = "conformance-<backend>.json"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("arraybackends", "conformance of array backends")
    group.addoption(
        "--arraybackends-backend",
        metavar="NAME",
        help="backend to prove: a name, alias or plug-in, with a device if wanted "
        "(pytorch:cuda:0), or a class that is not registered (package.module:Class)",
    )
    group.addoption(
        "--arraybackends-device",
        metavar="DEVICE",
        help="device on which to prove it; the default is the backend's own",
    )
    group.addoption(
        "--arraybackends-precision",
        choices=("double", "single"),
        help="precision of the backend's defaults (double unless said otherwise)",
    )
    group.addoption(
        "--arraybackends-profile",
        choices=("ci", "dev", "nightly"),
        default="ci",
        help="how much is drawn: ci repeats itself exactly, nightly is open-ended",
    )
    group.addoption(
        "--arraybackends-report",
        metavar="PATH",
        nargs="?",
        const=_DEFAULT_REPORT,
        help=f"write a report as JSON, to {_DEFAULT_REPORT} unless a path is given",
    )


@pytest.hookimpl(tryfirst=True)  # before Hypothesis reads its seed
def pytest_configure(config: pytest.Config) -> None:
    name = config.getoption("--arraybackends-backend")
    if name is None:
        return
    import arraybackends as ab
    from arraybackends_conformance import profiles

    profile = config.getoption("--arraybackends-profile")
    profiles.load(profile)
    if not profiles.PROFILES[profile].derandomize and config.option.hypothesis_seed is None:
        # Drawn here, so that the report can tell it and every process has the same.
        config.option.hypothesis_seed = str(secrets.randbits(32))
    options = {
        "device": config.getoption("--arraybackends-device"),
        "precision": config.getoption("--arraybackends-precision"),
    }
    try:
        config.stash[_BACKEND] = _unregistered(name, options) or ab.get_backend(name, **options)
    except ab.ArrayBackendsError as error:
        raise pytest.UsageError(f"--arraybackends-backend={name}: {error}") from error


def _unregistered(name: str, options: dict[str, Any]) -> Any:
    """Return the backend named by `package.module:Class`, None for the name of a registered one."""
    module, _, cls = name.partition(":")
    return getattr(importlib.import_module(module), cls)(**options) if "." in module else None


# What is a law, and what it is about


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    laws = [item for item in items if _SUITE in item.path.parents]
    if laws and _BACKEND not in config.stash:
        raise pytest.UsageError(
            "The conformance suite proves one backend; name it with --arraybackends-backend=NAME."
        )
    for item in laws:
        item.add_marker(pytest.mark.filterwarnings("error"))
        case = item.callspec.id if hasattr(item, "callspec") else ""
        _make_known(item, item.function, case, _parameters(item))  # type: ignore[attr-defined]
    for item in items if _BACKEND in config.stash else ():
        check = _parameters(item).get("check")
        if hasattr(check, "law"):  # of `parametrize_with_checks`
            _make_known(item, check.law, check.case, check.arguments)


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return getattr(getattr(item, "callspec", None), "params", {})


def _make_known(item: pytest.Item, law: Any, case: str, arguments: dict[str, Any]) -> None:
    """Attach to a test what the report needs to know of the law that it is."""
    from arraybackends_conformance.law import law_name, members
    from arraybackends_conformance.recording import FACTS

    about = list(_members(law, arguments))
    named = arguments.get("name")  # by laws that look at every member, and compute with none
    is_named = not about and isinstance(named, str) and named in members()
    item.stash[_FACTS] = {
        "law": law_name(law),
        "case": case,
        "says": " ".join((law.__doc__ or "").split()),
        "about": [named] if is_named else about,
        "computes": bool(about),
        "difference": getattr(arguments.get("difference"), "id", None),
    }
    item.user_properties.append((FACTS, item.stash[_FACTS]))
    if absent := _absent(item.config.stash[_BACKEND], about, arguments):
        item.add_marker(pytest.mark.skip(f"The backend declares that it lacks {absent}."))


def _members(law: Any, arguments: dict[str, Any]) -> tuple[str, ...]:
    """What a law is about: its own declaration, or the row of a table that it is given."""
    if "operation" in arguments:
        return (arguments["operation"].name,)
    difference = arguments.get("difference")  # pytest's own object where there are no rows
    if hasattr(difference, "operation"):
        return (difference.operation,)
    return getattr(law, "members", ())


def _absent(backend: Any, about: list[str], arguments: dict[str, Any]) -> str:
    """Members, of those that a law needs, that the backend declares not to have."""
    needed = {*about, *(value for value in arguments.values() if isinstance(value, str))}
    return ", ".join(
        f"`{name}`" for name in sorted(needed & getattr(backend, "absent", frozenset()))
    )


@pytest.fixture(scope="session")
def xp(pytestconfig: pytest.Config) -> Any:
    """The backend under test."""
    return pytestconfig.stash[_BACKEND]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "difference" in metafunc.fixturenames and _BACKEND in metafunc.config.stash:
        from arraybackends_conformance import ledger

        rows = ledger.rows_of(metafunc.config.stash[_BACKEND].name)
        metafunc.parametrize("difference", rows, ids=[row.id for row in rows])


# What became of it


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    if _FACTS not in item.stash:
        return (yield)  # type: ignore[return-value]
    from arraybackends_conformance import profiles

    before = profiles.drawn()
    try:
        return (yield)  # type: ignore[return-value]
    except (AttributeError, TypeError) as error:
        if dtype := _lacking_dtype(item.config.stash[_BACKEND], error):
            pytest.skip(f"The law asks for {dtype}, which the backend declares that it lacks.")
        raise
    finally:
        item.stash[_FACTS]["examples"] = max(profiles.drawn() - before, 1)


def _lacking_dtype(backend: Any, error: Exception) -> str | None:
    """Name of a dtype that a law asked for in vain, if the backend declares not to have it."""
    from arraybackends.precision import DTYPE_NAMES

    said = str(error)
    for name in sorted(getattr(backend, "absent", frozenset()) & set(DTYPE_NAMES)):
        if f"has no {name}." in said or f"has no attribute '{name}'" in said:
            return name
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    facts = item.stash.get(_FACTS, None)
    failed = call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception)
    if facts is None or not failed or call.when != "call":
        return (yield)
    from arraybackends_conformance.failure import describe_failure, readable

    assert call.excinfo is not None
    facts["failure"] = describe_failure(call.excinfo.value, _again(item))
    report = yield
    if report.failed and item.config.option.tbstyle == "auto":
        report.longrepr = readable(facts)
    return report


def _again(item: pytest.Item) -> str:
    """Command that runs a law of the suite again."""
    backend, facts = item.config.stash[_BACKEND], item.stash[_FACTS]
    module, _, test = facts["law"].partition(".")
    case = f"[{facts['case']}]" if facts["case"] else ""
    return (
        f"pytest --pyargs 'arraybackends_conformance.test_{module}::test_{test}{case}' "
        f"--arraybackends-backend={backend.name} --arraybackends-device={backend.device} "
        f"--arraybackends-precision={backend.precision}"
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    if _BACKEND in session.config.stash:
        from arraybackends_conformance.recording import Recorder

        session.config.stash[_RECORDER] = Recorder()
        session.config.pluginmanager.register(session.config.stash[_RECORDER])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    is_worker = hasattr(config, "workerinput")
    if _RECORDER not in config.stash or is_worker or config.option.collectonly:
        return
    if config.stash[_RECORDER].examples == 0 and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    if (path := _report_path(config)) is not None:
        from arraybackends_conformance import report

        seed = config.option.hypothesis_seed
        header = report.describe(
            config.stash[_BACKEND],
            profile=config.getoption("--arraybackends-profile"),
            seed=None if seed is None else int(seed),
        )
        report.write({**header, **config.stash[_RECORDER].results()}, path)


def _report_path(config: pytest.Config) -> Path | None:
    path = config.getoption("--arraybackends-report")
    if path is None:
        return None
    name = _DEFAULT_REPORT.replace("<backend>", config.stash[_BACKEND].name)
    found = config.invocation_params.dir / (name if path == _DEFAULT_REPORT else path)
    return found / name if found.is_dir() else found


# The summary


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if _RECORDER not in config.stash:
        return
    from arraybackends_conformance.law import members
    from arraybackends_conformance.summary import lines

    backend, recorder = config.stash[_BACKEND], config.stash[_RECORDER]
    terminalreporter.section("arraybackends conformance")
    for line in lines(backend, recorder, members()):
        terminalreporter.line(line)
    if (path := _report_path(config)) is not None and path.exists():
        terminalreporter.line(f"The report is in {path}.")
