"""What the program has chosen, in which scope, and why the current backend is that."""

from __future__ import annotations

import functools
from collections.abc import Hashable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.errors import DeviceError, UnknownBackendError
from arraybackends.precision import precision_of
from arraybackends.selection.environment import (
    BACKEND_VARIABLE,
    DEVICE_VARIABLE,
    precision_setting,
    setting_of,
)
from arraybackends.selection.registry import canonical_name, known_names, load

if TYPE_CHECKING:
    from types import TracebackType

    from arraybackends.precision import Precision
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "current_name",
    "current_precision",
    "get_backend",
    "instance",
    "provenance",
    "set_backend",
    "use_backend",
]


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
    name = setting_of(BACKEND_VARIABLE)
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
    canonical = canonical_name(backend)
    if device is None:
        device = named_device
    elif named_device is not None and str(device) != named_device:
        raise DeviceError(
            f"Argument `name` is {name!r}, which names device {named_device!r}, but `device` is "
            f"{device!r}. Give the device once."
        )
    if not isinstance(device, Hashable):
        raise DeviceError(f"Argument `device` must be a string or a device, but is {device!r}.")
    precision = precision_setting() if precision is None else precision_of(precision)
    if device is not None:
        return instance(canonical, device, precision)
    device = setting_of(DEVICE_VARIABLE)
    try:
        return instance(canonical, device, precision)
    except DeviceError as error:
        if device is None:
            raise
        raise DeviceError(
            f"{error} (Environment variable `{DEVICE_VARIABLE}` is {device!r}.)"
        ) from error


@functools.lru_cache(maxsize=128)
def instance(name: str, device: Any, precision: Precision) -> ArrayBackend[Any]:
    """Return the one backend of these options, of a canonical name."""
    return load(name)(device=device, precision=precision)


def _environments_backend(device: Any, precision: Precision | None) -> ArrayBackend[Any]:
    """Build the backend of a program that has chosen none."""
    current_name()  # an error here names the variable
    name, _ = _chosen_name()
    backend, named_device = _split(name)
    if device is not None:
        return _build(backend, device, precision)
    other_device = setting_of(DEVICE_VARIABLE)
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
            f"Known names: {', '.join(known_names())}."
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
        return canonical_name(_split(name)[0])
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
    return precision_setting() if choice is None else choice.backend.precision


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
