"""The backends that there are: those shipped here, and plug-ins, none of them loaded yet."""

from __future__ import annotations

import contextlib
import difflib
import functools
import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.errors import (
    ArrayBackendsError,
    BackendBrokenError,
    BackendNotInstalledError,
    DeviceError,
    UnknownBackendError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from arraybackends.protocol import ArrayBackend

__all__ = [
    "BackendStatus",
    "available_backends",
    "backend_class",
    "canonical_name",
    "known_names",
    "load",
    "naming_the_broken",
    "plugins",
]

ENTRY_POINT_GROUP = "arraybackends.backends"


class _Known(NamedTuple):
    """A backend that this package ships: where it is, and what it needs."""

    target: str  # "module:class" of the adapter
    library: str  # import name of the array library
    distributions: tuple[str, ...]  # the names under which that library is installed
    requirement: str  # what to give to pip


_KNOWN = {
    "numpy": _Known("arraybackends.adapters.numpy:NumPyBackend", "numpy", ("numpy",), "numpy"),
    "pytorch": _Known(
        "arraybackends.adapters.pytorch:PyTorchBackend",
        "torch",
        ("torch",),
        "'arraybackends[pytorch]'",
    ),
    "jax": _Known("arraybackends.adapters.jax:JAXBackend", "jax", ("jax",), "'arraybackends[jax]'"),
    "cupy": _Known(
        "arraybackends.adapters.cupy:CuPyBackend",
        "cupy",
        ("cupy-cuda12x", "cupy-cuda13x", "cupy"),
        "'arraybackends[cupy12]' (CUDA 12) or 'arraybackends[cupy13]' (CUDA 13)",
    ),
    "strict": _Known(
        "arraybackends.adapters.strict:StrictBackend",
        "array_api_strict",
        ("array-api-strict",),
        "'arraybackends[strict]'",
    ),
}
_ALIASES = {"torch": "pytorch"}


class BackendStatus(NamedTuple):
    """
    What is known of one backend.

    `importable` and `devices` are None where the library was not imported to find out. `problem`
    says, in one sentence with the remedy, why the backend cannot be used; None if nothing is known
    against it.
    """

    name: str
    installed: bool
    version: str | None
    importable: bool | None
    devices: tuple[str, ...] | None
    problem: str | None


@functools.cache
def plugins() -> dict[str, Any]:
    """Entry points of third-party backends by name; none is loaded."""
    from importlib.metadata import entry_points

    found: dict[str, Any] = {}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        # The first on the path wins, as among modules; the names shipped here are not to be had.
        if entry.name not in _KNOWN and entry.name not in _ALIASES:
            found.setdefault(entry.name, entry)
    return found


def known_names() -> list[str]:
    """Return the canonical names: those shipped first, then plug-ins."""
    return [*_KNOWN, *sorted(plugins())]


def canonical_name(name: str) -> str:
    """Return the name that an alias stands for, or refuse what is unknown."""
    canonical = _ALIASES.get(name, name)
    if canonical in _KNOWN or canonical in plugins():
        return canonical
    known = known_names()
    close = difflib.get_close_matches(name.strip().lower(), [*known, *_ALIASES], n=1)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    raise UnknownBackendError(
        f"Backend `{name}` is unknown.{hint} Known backends: {', '.join(known)}."
    )


def backend_class(name: str, /) -> Callable[..., ArrayBackend[Any]]:
    """
    Class (or factory) of a backend; this imports its library.

    Parameters
    ----------
    name : str
        Canonical name or alias.

    Returns
    -------
    callable
        Takes `device=` and `precision=`.

    Raises
    ------
    UnknownBackendError, BackendNotInstalledError, BackendBrokenError
        See `arraybackends.errors`.
    """
    return load(canonical_name(name))


@functools.cache
def load(name: str) -> Callable[..., ArrayBackend[Any]]:
    """Import the adapter of a canonical name, and its library."""
    known = _KNOWN.get(name)
    if known is not None and not _is_installed(known.library):
        raise BackendNotInstalledError(
            f"Backend `{name}` is not installed: there is no package `{known.library}`. "
            f"Install it with: pip install {known.requirement}."
        )
    if known is None:
        entry = plugins()[name]
        with naming_the_broken(name, f"importing `{entry.value}`"):
            return entry.load()  # type: ignore[no-any-return]
    with naming_the_broken(name, f"importing `{known.library}`"):
        importlib.import_module(known.library)
    module, _, attribute = known.target.partition(":")
    with naming_the_broken(name, f"importing its adapter for {known.library} {_version(name)}"):
        return getattr(importlib.import_module(module), attribute)  # type: ignore[no-any-return]


@contextlib.contextmanager
def naming_the_broken(name: str, action: str) -> Iterator[None]:
    """Chain whatever a broken installation raises to an error that names the backend."""
    try:
        yield
    except (ArrayBackendsError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise BackendBrokenError(
            f"Backend `{name}` is installed, but {action} failed with {type(error).__name__}: "
            f"{error}. Reinstall it, or choose another backend."
        ) from error


def _is_installed(library: str) -> bool:
    if library in sys.modules:
        return sys.modules[library] is not None
    spec = importlib.util.find_spec(library)
    return spec is not None and spec.origin is not None  # a folder of that name has none


def available_backends(*, probe: bool = False) -> dict[str, BackendStatus]:
    """
    Every known backend and whether it can be used.

    Parameters
    ----------
    probe : bool
        Import the installed libraries to find broken ones and their devices; seconds. Without it
        nothing is imported.

    Returns
    -------
    dict of str to BackendStatus
        Shipped backends first, then plug-ins. A broken one never hides the others.

    Examples
    --------
    >>> available_backends()["numpy"].installed
    True
    """
    return {name: _status(name, probe=probe) for name in known_names()}


def _status(name: str, *, probe: bool) -> BackendStatus:
    known = _KNOWN.get(name)
    installed = known is None or _is_installed(known.library)
    version = _version(name)
    if not installed or not probe:
        problem = None
        if not installed and known is not None:
            problem = f"Not installed. Install it with: pip install {known.requirement}."
        return BackendStatus(name, installed, version, None, None, problem)
    try:
        cls = load(name)
        with naming_the_broken(name, "making it"):
            devices = tuple(cls().devices())
    except BackendBrokenError as error:
        return BackendStatus(name, installed, version, False, None, str(error))
    except DeviceError as error:
        return BackendStatus(name, installed, version, True, (), str(error))
    return BackendStatus(name, installed, version, True, devices, None)


def _version(name: str) -> str | None:
    from importlib import metadata

    if name in _KNOWN:
        distributions = _KNOWN[name].distributions
    else:
        owner = plugins()[name].dist
        return owner.version if owner is not None else None
    for distribution in distributions:
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(distribution)
    return None
