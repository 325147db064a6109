"""The laws as values: every check of the suite, to be run inside another project's own tests."""

from __future__ import annotations

import difflib
import inspect
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from arraybackends_conformance import ledger
from arraybackends_conformance.law import law_name, laws

__all__ = ["Check", "checks", "parametrize_with_checks"]

Case = tuple[tuple[str, ...], dict[str, Any]]
"""Parts of a case's name, and the arguments that it gives to a law."""


@dataclass(frozen=True, eq=False)
class Check:
    """
    One law in one case, for one backend.

    Attributes
    ----------
    backend : ArrayBackend
    law : callable
        A test of the suite.
    case : str
        Name of the case, as pytest has it; empty for a law that has one case.
    arguments : dict
        What the case gives to the law.

    Examples
    --------
    Calling a check raises if the law does not hold.

    >>> import arraybackends as ab
    >>> from arraybackends_conformance.checks import checks
    >>> found = {str(check): check for check in checks(ab.get_backend("numpy"))}
    >>> found["contract.constants"]()
    """

    backend: Any
    law: Callable[..., None]
    case: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        name = law_name(self.law)
        return f"{name}[{self.case}]" if self.case else name

    def __call__(self) -> None:
        """Run the law."""
        asks = "xp" in inspect.signature(self.law).parameters
        self.law(**{"xp": self.backend} if asks else {}, **self.arguments)


def checks(backend: Any, /) -> list[Check]:
    """Return every check of the suite for a backend."""
    return [
        Check(backend, law, _ascii("-".join(itertools.chain(*names))), _merged(arguments))
        for law in laws()
        for names, arguments in (
            zip(*combination, strict=True) if combination else ((), ())
            for combination in itertools.product(*_dimensions(law, backend))
        )
    ]


def _ascii(name: str) -> str:
    """Name as pytest writes it."""
    return name.encode("unicode_escape").decode("ascii")


def _merged(parts: Any) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def _dimensions(law: Callable[..., None], backend: Any) -> list[list[Case]]:
    """Return the cases of each parametrisation of a law, in pytest's order."""
    found = [
        _cases(*mark.args, **mark.kwargs)
        for mark in getattr(law, "pytestmark", ())
        if mark.name == "parametrize"
    ]
    if "difference" in inspect.signature(law).parameters:
        found.append([((row.id,), {"difference": row}) for row in ledger.rows_of(backend.name)])
    return found


def _cases(names: Any, values: Any, ids: Any = None) -> list[Case]:
    parameters = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
    cases: list[Case] = []
    for position, value in enumerate(values):
        given = dict(zip(parameters, value if len(parameters) > 1 else (value,), strict=True))
        if ids is None or callable(ids):
            parts = tuple(_name(ids, name, x, position) for name, x in given.items())
        else:
            parts = (ids[position],)
        cases.append((parts, given))
    return cases


def _name(ids: Any, parameter: str, value: Any, position: int) -> str:
    if ids is not None:
        return str(ids(value))
    if value is None or isinstance(value, (str, int, float)):
        return str(value)
    return str(getattr(value, "__name__", f"{parameter}{position}"))


def parametrize_with_checks(
    backend: Any, /, *, expected_failures: Mapping[str, str] | None = None
) -> pytest.MarkDecorator:
    """
    Decorator that runs a test, with the parameter `check`, on every check of the suite.

    Parameters
    ----------
    backend : ArrayBackend
        The backend to prove. What it lists in its attribute `absent` is skipped.
    expected_failures : mapping of str to str, optional
        Why a check is known to fail, by the name of the check
        (`"operations.agrees_with_the_reference[sum]"`). One that passes all the same fails the run:
        the entry is out of date.

    Returns
    -------
    pytest.MarkDecorator

    Raises
    ------
    ValueError
        If an expected failure is no check of the suite, or has no reason.

    Notes
    -----
    The checks repeat themselves exactly (profile `ci`), so that what is expected to fail does.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends_conformance.checks import parametrize_with_checks
    >>> @parametrize_with_checks(ab.get_backend("numpy"))
    ... def test_numpy_conforms(check):
    ...     check()
    """
    expected = dict(expected_failures or {})
    found = checks(backend)
    _require_known(expected, {str(check) for check in found})
    strict = pytest.mark.filterwarnings("error")
    return pytest.mark.parametrize("check", [
        pytest.param(check, id=str(check), marks=[
            strict,
            *([pytest.mark.xfail(strict=True, reason=expected[str(check)])]
              if str(check) in expected else []),
        ])
        for check in found
    ])  # fmt: skip


def _require_known(expected: Mapping[str, str], known: set[str]) -> None:
    for name, reason in expected.items():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean `{close[0]}`?" if close else ""
            raise ValueError(
                f"Argument `expected_failures` names `{name}`, which is no check.{hint}"
            )
        if not reason.strip():
            raise ValueError(f"Argument `expected_failures` gives no reason for `{name}`.")
