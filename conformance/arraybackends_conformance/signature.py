"""Signatures: what the protocol declares, and what an adapter's function accepts."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from arraybackends.protocol import ArrayBackend
from arraybackends_conformance.law import EXTENSIONS

__all__ = [
    "declaration",
    "differences",
    "flexible_parameters",
    "protocol_signature",
    "takes_arrays",
]

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_KEYWORD = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def declaration(name: str) -> Any:
    """Return what the protocol has under a member's name: a function, a property, or None."""
    extension, _, part = name.rpartition(".")
    return getattr(EXTENSIONS[extension] if extension else ArrayBackend, part, None)


def protocol_signature(name: str) -> Signature:
    """Signature that the protocol declares for a member, without `self`."""
    return _without_self(inspect.signature(declaration(name)))


def _without_self(signature: Signature) -> Signature:
    _, *parameters = signature.parameters.values()
    return signature.replace(parameters=parameters)


def flexible_parameters(name: str) -> list[str]:
    """Return the parameters that may be given by position or by keyword."""
    parameters = protocol_signature(name).parameters.values()
    return [p.name for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD]


def takes_arrays(name: str) -> bool:
    """Whether some parameter of a member is annotated as an array (the type variable `A`)."""
    parameters = protocol_signature(name).parameters.values()
    return any(re.search(r"\bA\b", str(p.annotation)) for p in parameters)


def differences(name: str, function: Callable[..., Any]) -> list[str]:
    """
    Sentences saying where a function cannot be called as the protocol declares.

    A function may accept more than the protocol: further optional parameters, or keywords for what
    is positional-only. Functions without a signature (builtins) are left to the calls of the table.
    """
    try:
        actual = inspect.signature(function)
    except ValueError:
        return []
    declared = protocol_signature(name)
    found = []
    positions = [p for p in actual.parameters.values() if p.kind in _POSITIONAL]
    star = any(p.kind is Parameter.VAR_POSITIONAL for p in actual.parameters.values())
    star_star = any(p.kind is Parameter.VAR_KEYWORD for p in actual.parameters.values())
    used = set()
    for position, wanted in enumerate(
        p for p in declared.parameters.values() if p.kind in _POSITIONAL
    ):
        if position >= len(positions):
            if not star:
                found.append(f"`{wanted.name}` cannot be given by position")
            continue
        given = positions[position]
        used.add(given.name)
        if wanted.kind is Parameter.POSITIONAL_OR_KEYWORD and given.name != wanted.name:
            found.append(f"parameter {position} is `{given.name}`, not `{wanted.name}`")
        if wanted.kind is Parameter.POSITIONAL_OR_KEYWORD and given.kind not in _KEYWORD:
            found.append(f"`{wanted.name}` cannot be given by keyword")
        found += _default_differences(wanted, given)
    for wanted in declared.parameters.values():
        if wanted.kind is Parameter.VAR_POSITIONAL and not star:
            found.append(f"`*{wanted.name}` is not accepted")
        if wanted.kind is not Parameter.KEYWORD_ONLY:
            continue
        given_or_none = actual.parameters.get(wanted.name)
        if given_or_none is None or given_or_none.kind not in _KEYWORD:
            if not star_star:
                found.append(f"keyword `{wanted.name}` is not accepted")
            continue
        used.add(wanted.name)
        found += _default_differences(wanted, given_or_none)
    for extra in actual.parameters.values():
        required = extra.default is Parameter.empty and extra.kind in (*_POSITIONAL, *_KEYWORD)
        if required and extra.name not in used:
            found.append(f"`{extra.name}` is required, which the protocol does not have")
    return found


def _default_differences(wanted: Parameter, given: Parameter) -> list[str]:
    if wanted.default is Parameter.empty:
        same = True  # a function may make optional what the protocol requires
    elif given.default is Parameter.empty:
        same = False
    else:
        # Libraries mark an absent argument by a private object; what the call then means is left
        # to the calls of the table. A default that is plain data is comparable, and is compared.
        plain = given.default is None or isinstance(given.default, (bool, int, float, str, tuple))
        same = not plain or given.default == wanted.default
    if same:
        return []
    return [f"`{wanted.name}` has the default {given.default!r}, not {wanted.default!r}"]
