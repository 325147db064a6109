"""Which backend: argument, context, process default, environment, in that order, then NumPy.

Nothing here imports an array library until a backend is chosen, and nothing is ever substituted:
an unknown name, a missing library and a missing device are three different errors.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import importlib
import importlib.util
import os
import sys
import warnings
from collections.abc import Hashable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.errors import (
    ArrayBackendsError,
    BackendBrokenError,
    BackendMismatchError,
    BackendNotInstalledError,
    DeviceError,
    EnvironmentVariableWarning,
    UnknownBackendError,
)
from arraybackends.precision import precision_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from arraybackends.precision import Precision
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "BackendStatus",
    "available_backends",
    "backend_class",
    "backend_of",
    "current_name",
    "current_precision",
    "get_backend",
    "provenance",
    "set_backend",
    "use_backend",
]

ENTRY_POINT_GROUP = "arraybackends.backends"
BACKEND_VARIABLE = "ARRAYBACKENDS_BACKEND"
DEVICE_VARIABLE = "ARRAYBACKENDS_DEVICE"
PRECISION_VARIABLE = "ARRAYBACKENDS_PRECISION"
_PREFIX = "ARRAYBACKENDS_"
_VARIABLES = (BACKEND_VARIABLE, DEVICE_VARIABLE, PRECISION_VARIABLE)


# What there is


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
# Packages that define the array types of a backend, tracers included.
_OWNERS = {
    "numpy": "numpy",
    "torch": "pytorch",
    "jax": "jax",
    "jaxlib": "jax",
    "cupy": "cupy",
    "array_api_strict": "strict",
}


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
def _plugins() -> dict[str, Any]:
    """Entry points of third-party backends by name; none is loaded."""
    from importlib.metadata import entry_points

    found: dict[str, Any] = {}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        # The first on the path wins, as among modules; the names shipped here are not to be had.
        if entry.name not in _KNOWN and entry.name not in _ALIASES:
            found.setdefault(entry.name, entry)
    return found


def _names() -> list[str]:
    return [*_KNOWN, *sorted(_plugins())]


def _canonical(name: str) -> str:
    canonical = _ALIASES.get(name, name)
    if canonical in _KNOWN or canonical in _plugins():
        return canonical
    known = _names()
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
    return _load(_canonical(name))


@functools.cache
def _load(name: str) -> Callable[..., ArrayBackend[Any]]:
    known = _KNOWN.get(name)
    if known is not None and not _is_installed(known.library):
        raise BackendNotInstalledError(
            f"Backend `{name}` is not installed: there is no package `{known.library}`. "
            f"Install it with: pip install {known.requirement}."
        )
    if known is None:
        entry = _plugins()[name]
        with _naming_the_broken(name, f"importing `{entry.value}`"):
            return entry.load()  # type: ignore[no-any-return]
    with _naming_the_broken(name, f"importing `{known.library}`"):
        importlib.import_module(known.library)
    module, _, attribute = known.target.partition(":")
    with _naming_the_broken(name, f"importing its adapter for {known.library} {_version(name)}"):
        return getattr(importlib.import_module(module), attribute)  # type: ignore[no-any-return]


@contextlib.contextmanager
def _naming_the_broken(name: str, action: str) -> Iterator[None]:
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
    return {name: _status(name, probe=probe) for name in _names()}


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
        cls = _load(name)
        with _naming_the_broken(name, "making it"):
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
        owner = _plugins()[name].dist
        return owner.version if owner is not None else None
    for distribution in distributions:
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(distribution)
    return None


# The environment


def _variable(variable: str) -> str | None:
    """Read a variable now: when it is needed, not at import."""
    _warn_about_unknown_variables()
    value = os.environ.get(variable)
    if value is not None and not value.strip():
        error, choices = {
            BACKEND_VARIABLE: (UnknownBackendError, f"one of {', '.join(_names())}"),
            DEVICE_VARIABLE: (DeviceError, "a device such as cpu or cuda:0"),
            PRECISION_VARIABLE: (UnknownBackendError, "double or single"),
        }[variable]
        raise error(
            f"Environment variable `{variable}` is empty. Unset it, or set it to {choices}."
        )
    return value


@functools.cache
def _warn_about_unknown_variables() -> None:
    """Look once: reading the whole environment takes longer than choosing a backend."""
    present = {variable for variable in os.environ if variable.startswith(_PREFIX)}
    for variable in sorted(present.difference(_VARIABLES)):
        close = difflib.get_close_matches(variable, _VARIABLES, n=1)
        hint = f" Did you mean `{close[0]}`?" if close else ""
        warnings.warn(
            f"Environment variable `{variable}` is not read by arraybackends.{hint} "
            f"Known variables: {', '.join(_VARIABLES)}.",
            EnvironmentVariableWarning,
            stacklevel=4,
        )


# The choice


class _Choice(NamedTuple):
    backend: ArrayBackend[Any]
    source: str


_context: ContextVar[tuple[_Choice, ...]] = ContextVar("arraybackends_context", default=())
_process_default: _Choice | None = None


def _chosen() -> _Choice | None:
    """Return what the program has chosen, if it has."""
    context = _context.get()
    return context[-1] if context else _process_default


def _chosen_name() -> tuple[str, str]:
    """Return the current backend's name, perhaps with a device, and why it is that."""
    choice = _chosen()
    if choice is not None:
        return choice.backend.name, choice.source
    name = _variable(BACKEND_VARIABLE)
    if name is not None:
        return name, f"Environment variable `{BACKEND_VARIABLE}` is {name!r}"
    return "numpy", "Nothing else was said, and NumPy is the default"


def _split(name: str) -> tuple[str, str | None]:
    """Split `"pytorch:cuda:1"` into backend and device."""
    backend, colon, device = name.partition(":")
    if colon and not device:
        raise DeviceError(f"Backend {name!r} names no device after the colon. Leave the colon out.")
    return backend, device or None


def _build(name: str, device: Any, precision: Precision | None) -> ArrayBackend[Any]:
    backend, named_device = _split(name)
    canonical = _canonical(backend)
    if device is None:
        device = named_device
    elif named_device is not None and str(device) != named_device:
        raise DeviceError(
            f"Argument `name` is {name!r}, which names device {named_device!r}, but `device` is "
            f"{device!r}. Give the device once."
        )
    if not isinstance(device, Hashable):
        raise DeviceError(f"Argument `device` must be a string or a device, but is {device!r}.")
    precision = _precision() if precision is None else precision_of(precision)
    if device is not None:
        return _instance(canonical, device, precision)
    device = _variable(DEVICE_VARIABLE)
    try:
        return _instance(canonical, device, precision)
    except DeviceError as error:
        if device is None:
            raise
        raise DeviceError(
            f"{error} (Environment variable `{DEVICE_VARIABLE}` is {device!r}.)"
        ) from error


@functools.lru_cache(maxsize=128)
def _instance(name: str, device: Any, precision: Precision) -> ArrayBackend[Any]:
    return _load(name)(device=device, precision=precision)


def _precision() -> Precision:
    name = _variable(PRECISION_VARIABLE)
    try:
        return precision_of(name)
    except ValueError as error:
        raise UnknownBackendError(
            f"Environment variable `{PRECISION_VARIABLE}` must be double or single, but is "
            f"{name!r}."
        ) from error


def _environments_backend(device: Any, precision: Precision | None) -> ArrayBackend[Any]:
    """Build the backend of a program that has chosen none."""
    current_name()  # an error here names the variable
    name, _ = _chosen_name()
    backend, named_device = _split(name)
    if device is not None:
        return _build(backend, device, precision)
    other_device = _variable(DEVICE_VARIABLE)
    if None not in (named_device, other_device) and named_device != other_device:
        raise DeviceError(
            f"Environment variable `{BACKEND_VARIABLE}` is {name!r}, but `{DEVICE_VARIABLE}` is "
            f"{other_device!r}. Give the device once."
        )
    return _build(name, None, precision)


def get_backend(
    name: str | ArrayBackend[Any] | None = None,
    /,
    *,
    device: Any = None,
    precision: Precision | None = None,
) -> ArrayBackend[Any]:
    """
    Backend by name, or the current one.

    Parameters
    ----------
    name : str or backend, optional
        `"numpy"`, `"pytorch"` (or `"torch"`), `"jax"`, `"cupy"`, `"strict"`, or a plug-in's name,
        with a device after a colon if wanted: `"pytorch:cuda:1"`. None gives the current backend:
        that of the innermost `use_backend`, else of `set_backend`, else of the environment variable
        `ARRAYBACKENDS_BACKEND`, else NumPy.
    device : str or native device, optional
        Where new arrays are placed. Default: `ARRAYBACKENDS_DEVICE`, else an accelerator if the
        library has one, else the CPU.
    precision : {"double", "single"}, optional
        Width of the default dtypes. Default: `ARRAYBACKENDS_PRECISION`, else double.

    Returns
    -------
    ArrayBackend

    Raises
    ------
    UnknownBackendError
        If there is no backend of that name; the message suggests one and lists all.
    BackendNotInstalledError
        If its library is not installed; the message has the install line.
    BackendBrokenError
        If its library cannot be imported.
    DeviceError
        If there is no such device; the message lists those there are.

    Examples
    --------
    >>> get_backend("numpy", precision="single")
    NumPyBackend(device='cpu', precision='single')
    """
    if isinstance(name, str):
        return _build(name, device, precision)
    if name is None:
        choice = _chosen()
        if choice is None:
            return _environments_backend(device, precision)
        name = choice.backend
    _require_backend(name)
    if device is None and precision is None:
        return name
    return name.with_options(device=device, precision=precision)


def _require_backend(name: Any) -> None:
    if not isinstance(name, str) and not callable(getattr(name, "with_options", None)):
        raise TypeError(
            f"Argument `name` must be the name of a backend or a backend, but is {name!r}. "
            f"Known names: {', '.join(_names())}."
        )


def set_backend(
    name: str | ArrayBackend[Any], /, *, device: Any = None, precision: Precision | None = None
) -> ArrayBackend[Any]:
    """
    Set the default backend of the process and return it.

    Parameters are those of `get_backend`. A surrounding `use_backend` still wins.

    Examples
    --------
    >>> set_backend("numpy").name
    'numpy'
    """
    global _process_default
    _require_backend(name)
    backend = get_backend(name, device=device, precision=precision)
    _process_default = _Choice(backend, f"`set_backend` was called with {name!r}")
    return backend


class use_backend:  # noqa: N801 (reads as a statement)
    """
    Use a backend inside a `with` block or a decorated function, in this context only.

    Parameters are those of `get_backend`. The choice is local to the thread or asyncio task, may be
    nested, and ends with the block, also after an exception.

    Examples
    --------
    >>> with use_backend("numpy", precision="single") as xp:
    ...     get_backend() is xp
    True
    """

    def __init__(
        self,
        name: str | ArrayBackend[Any],
        /,
        *,
        device: Any = None,
        precision: Precision | None = None,
    ) -> None:
        _require_backend(name)
        self._choice = _Choice(
            get_backend(name, device=device, precision=precision),
            f"`use_backend({name!r})` is active",
        )

    def __enter__(self) -> ArrayBackend[Any]:
        _context.set((*_context.get(), self._choice))
        return self._choice.backend

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Blocks inside generators may end in another order than they began.
        context = list(_context.get())
        for position in reversed(range(len(context))):
            if context[position] is self._choice:
                del context[position]
                break
        _context.set(tuple(context))

    def __call__(self, fn: Any, /) -> Any:
        """Decorate a function, or a coroutine function."""
        import inspect

        if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
            raise TypeError(
                f"Argument `fn` must not be a generator function, but is {fn!r}: the backend would "
                "be that of whoever runs it. Use a `with` block inside."
            )

        @functools.wraps(fn)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return fn(*args, **kwargs)

        @functools.wraps(fn)
        async def inside_coroutine(*args: Any, **kwargs: Any) -> Any:
            with self:
                return await fn(*args, **kwargs)

        return inside_coroutine if inspect.iscoroutinefunction(fn) else inside


def current_name() -> str:
    """
    Canonical name of the current backend; its library is not imported.

    Raises
    ------
    UnknownBackendError
        If the environment names no known backend.

    Examples
    --------
    >>> with use_backend("numpy"):
    ...     current_name()
    'numpy'
    """
    name, source = _chosen_name()
    try:
        return _canonical(_split(name)[0])
    except UnknownBackendError as error:
        raise UnknownBackendError(f"{error} ({source}.)") from None


def current_precision() -> Precision:
    """
    Precision of the current backend; its library is not imported.

    Raises
    ------
    UnknownBackendError
        If the environment names no precision.

    Examples
    --------
    >>> with use_backend("numpy", precision="single"):
    ...     current_precision()
    'single'
    """
    choice = _chosen()
    return _precision() if choice is None else choice.backend.precision


def provenance() -> str:
    """
    Why the current backend is the current one, in one sentence; its library is not imported.

    Raises
    ------
    UnknownBackendError
        If the environment names no known backend.

    Examples
    --------
    >>> with use_backend("numpy"):
    ...     provenance()
    "Backend `numpy`: `use_backend('numpy')` is active."
    """
    return f"Backend `{current_name()}`: {_chosen_name()[1]}."


# From arrays


def _owner_of(array_type: type) -> str | None:
    for base in array_type.__mro__:
        owner = _OWNERS.get(base.__module__.partition(".")[0])
        if owner is not None:
            return owner
    return None


def _plugin_owner_of(x: Any) -> str | None:
    """Ask the plug-ins, as a last resort: this loads them, and a broken one is passed over."""
    for name in _plugins():
        with contextlib.suppress(ArrayBackendsError), _naming_the_broken(name, "using it"):
            # With the precision that it prefers, since not every library has both.
            if _load(name)().is_array(x):
                return name
    return None


def backend_of(*arrays: Any) -> ArrayBackend[Any]:
    """
    Backend that arrays belong to, on the device where they are.

    Parameters
    ----------
    *arrays : arrays
        Native arrays, traced ones included. Python numbers are passed over.

    Returns
    -------
    ArrayBackend
        With the options of the current backend, if that is the same one, and else with the
        precision of the widest floating-point array.

    Raises
    ------
    BackendMismatchError
        If arrays of two backends are mixed; the message names both.
    DeviceError
        If arrays are on two devices.
    TypeError
        If there is no array among the arguments.

    Examples
    --------
    >>> import numpy as np
    >>> backend_of(np.ones(2)).name
    'numpy'
    """
    found = {
        position: x
        for position, x in enumerate(arrays)
        if type(x) not in (bool, int, float, complex)
    }
    if not found:
        raise TypeError(
            f"Argument `arrays` must hold at least one array, but is {arrays!r}. "
            "Use `get_backend()` for the current backend."
        )
    owners = {position: _owner_of(type(x)) or _plugin_owner_of(x) for position, x in found.items()}
    names = sorted({owner for owner in owners.values() if owner is not None})
    if len(names) > 1:
        raise BackendMismatchError(
            f"Arrays of the backends {' and '.join(f'`{name}`' for name in names)} are mixed. "
            "Convert them to one backend with `xp.from_dlpack`."
        )
    backend = _backend_like(names[0], list(found.values())) if names else None
    for position, x in found.items():
        # Libraries have more than arrays: dtypes, devices, modules, compiled functions.
        if backend is None or owners[position] is None or not backend.is_array(x):
            raise TypeError(
                f"Argument {position} is of type `{type(x).__module__}.{type(x).__qualname__}`, "
                f"which is no array of any known backend ({', '.join(_names())})."
            )
    assert backend is not None
    devices = sorted({backend.device_of(x) for x in found.values()})
    if len(devices) > 1:
        raise DeviceError(
            f"Arrays are on the devices {' and '.join(devices)}. Move them to one device with "
            "`xp.to_device`."
        )
    if backend.device != devices[0]:
        backend = backend.with_options(device=devices[0])
    return backend


def _backend_like(name: str, arrays: list[Any]) -> ArrayBackend[Any]:
    """Return the current backend if it is called `name`, else one with the arrays' precision."""
    if current_name() == name:
        return get_backend()
    dtypes = {str(getattr(x, "dtype", "")).rpartition(".")[2] for x in arrays}
    if dtypes & {"float64", "complex128"}:
        return _instance(name, None, "double")
    if dtypes & {"float32", "complex64"}:
        return _instance(name, None, "single")
    return _instance(name, None, _precision())
