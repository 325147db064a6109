"""What a module calls public is what it defines."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

import arraybackends
from arraybackends.errors import BackendNotInstalledError


def public_modules() -> list[str]:
    """Name every module but the insides of the adapters, which import their libraries."""
    names = [
        info.name
        for info in pkgutil.walk_packages(arraybackends.__path__, prefix="arraybackends.")
        if not info.name.startswith("arraybackends.adapters.")
    ]
    return [name for name in names if not any(p.startswith("_") for p in name.split("."))]


def loaded(name: str) -> ModuleType:
    """Import a module; the integrations may want a library that is not installed."""
    try:
        return importlib.import_module(name)
    except BackendNotInstalledError as error:
        pytest.skip(str(error))


def defined_in(module: ModuleType) -> set[str]:
    """Name the public functions and classes that a module defines itself."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    }


@pytest.mark.parametrize("name", public_modules())
def test_all_lists_what_exists(name: str) -> None:
    """Every name in `__all__` can be had from the module, and none is listed twice."""
    module = loaded(name)
    listed = getattr(module, "__all__", [])
    assert [entry for entry in listed if not hasattr(module, entry)] == []
    assert len(listed) == len(set(listed))


def test_the_face_of_the_package_lists_what_exists() -> None:
    """Every name that `arraybackends` promises is there, and `dir` shows just those."""
    assert [name for name in arraybackends.__all__ if not hasattr(arraybackends, name)] == []
    assert dir(arraybackends) == sorted(arraybackends.__all__)


@pytest.mark.parametrize("name", public_modules())
def test_public_definitions_are_listed(name: str) -> None:
    """A function or class without a leading underscore is in `__all__`."""
    module = loaded(name)
    assert defined_in(module) - set(getattr(module, "__all__", [])) == set()
