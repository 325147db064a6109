"""The environment variables that choose, read when they are needed, not at import."""

from __future__ import annotations

import difflib
import functools
import os
import warnings
from typing import TYPE_CHECKING

from arraybackends.errors import DeviceError, EnvironmentVariableWarning, UnknownBackendError
from arraybackends.precision import precision_of
from arraybackends.selection.registry import known_names

if TYPE_CHECKING:
    from arraybackends.precision import Precision

__all__ = [
    "BACKEND_VARIABLE",
    "DEVICE_VARIABLE",
    "PRECISION_VARIABLE",
    "precision_setting",
    "setting_of",
]

BACKEND_VARIABLE = "ARRAYBACKENDS_BACKEND"
DEVICE_VARIABLE = "ARRAYBACKENDS_DEVICE"
PRECISION_VARIABLE = "ARRAYBACKENDS_PRECISION"
_PREFIX = "ARRAYBACKENDS_"
_VARIABLES = (BACKEND_VARIABLE, DEVICE_VARIABLE, PRECISION_VARIABLE)


def setting_of(variable: str) -> str | None:
    """Read a variable now: when it is needed, not at import."""
    _warn_about_unknown_variables()
    value = os.environ.get(variable)
    if value is not None and not value.strip():
        error, choices = {
            BACKEND_VARIABLE: (UnknownBackendError, f"one of {', '.join(known_names())}"),
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


def precision_setting() -> Precision:
    """Return the precision that the environment asks for, or else double."""
    name = setting_of(PRECISION_VARIABLE)
    try:
        return precision_of(name)
    except ValueError as error:
        raise UnknownBackendError(
            f"Environment variable `{PRECISION_VARIABLE}` must be double or single, but is "
            f"{name!r}."
        ) from error
