"""The first rung for CuPy: its adapter fits the real wheel, which imports without a driver.

Nothing here computes. Every name that the adapter takes from CuPy exists, every call binds to the
signature of what it calls, and every name of the standard leads somewhere.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cupy
import pytest

import arraybackends as ab
from arraybackends.adapters import CuPyBackend
from arraybackends.adapters import cupy as adapter
from arraybackends.adapters.base import public_names
from arraybackends.adapters.cupy import namespace
from arraybackends.standard import FFTNamespace, LinalgNamespace, StandardNamespace


class Use(NamedTuple):
    """One use of the library; `call` is None where it is not called."""

    place: str
    path: str  # dotted, from the root module
    call: ast.Call | None

    def __str__(self) -> str:
        return f"{self.place}-{self.path}"


def uses_of(folder: Path, packages: set[str]) -> Iterator[Use]:
    """Yield each use of the packages in the modules of a folder."""
    for file in sorted(folder.glob("*.py")):
        tree = ast.parse(file.read_text())
        roots = _roots(tree, packages)
        called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
        inner = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        for node in ast.walk(tree):
            path = _path(node, roots)
            # Of `cupy.linalg.solve` the longest chain is the use; its beginnings are not.
            if path is not None and id(node) not in inner:
                yield Use(
                    f"{file.name}:{node.lineno}:{node.col_offset}", path, called.get(id(node))
                )


def _roots(tree: ast.AST, packages: set[str]) -> dict[str, str]:
    """Map the names in a module to what they are in the packages."""
    roots = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for name in names:
                    package = name.name.split(".")[0]
                    if package in packages:
                        roots[name.asname or package] = name.name if name.asname else package
            case ast.ImportFrom(module=str(module), names=names):
                for name in names:
                    full = f"{module}.{name.name}"
                    if module.split(".")[0] in packages or full in packages:
                        roots[name.asname or name.name] = full
            case ast.Assign(targets=[ast.Name(id=target)], value=value):
                if (path := _path(value, roots)) is not None:
                    roots[target] = path
    return roots


def _path(node: ast.AST, roots: dict[str, str]) -> str | None:
    match node:
        case ast.Name(id=name):
            return roots.get(name)
        case ast.Attribute(value=ast.Name(id="self"), attr="native"):
            return "cupy"
        case ast.Attribute(value=value, attr=attribute):
            parent = _path(value, roots)
            return None if parent is None else f"{parent}.{attribute}"
    return None


def arguments(call: ast.Call) -> tuple[list[Any], dict[str, Any], bool]:
    """Return placeholders for the arguments of a call, and whether these are all of them."""
    positional = [arg for arg in call.args if not isinstance(arg, ast.Starred)]
    keywords = {keyword.arg: None for keyword in call.keywords if keyword.arg is not None}
    complete = len(positional) == len(call.args) and len(keywords) == len(call.keywords)
    return [None] * len(positional), keywords, complete


USES = list(
    uses_of(Path(adapter.__path__[0]), {"cupy", "cupyx", "cupy_backends", "array_api_compat"})
)


def resolve(path: str) -> Any:
    """Import and get what a dotted path names."""
    return pkgutil.resolve_name(path)


@pytest.mark.parametrize("use", USES, ids=str)
def test_name_exists(use: Use) -> None:
    """What the adapter takes from CuPy is there."""
    resolve(use.path)  # raises AttributeError


def is_signed(use: Use) -> bool:
    """Whether it is called, and tells its signature; compiled functions often do not."""
    if use.call is None:
        return False
    function = resolve(use.path)
    if isinstance(function, cupy.ufunc):
        return True
    try:
        inspect.signature(function)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("use", [use for use in USES if is_signed(use)], ids=str)
def test_call_binds(use: Use) -> None:
    """The arguments that the adapter gives are ones that the function takes."""
    function = resolve(use.path)
    positional, keywords, complete = arguments(use.call)
    if isinstance(function, cupy.ufunc):
        assert function.nin <= len(positional) <= function.nargs
        assert keywords.keys() <= {"out", "dtype", "casting"}
        return
    signature = inspect.signature(function)
    bind = signature.bind if complete else signature.bind_partial
    bind(*positional, **keywords)


@pytest.mark.parametrize(
    ("protocol", "sources"),
    [
        (LinalgNamespace, namespace.LINALG_SOURCES),
        (FFTNamespace, namespace.FFT_SOURCES),
        (StandardNamespace, (*namespace.SOURCES, namespace.DTYPES, vars(CuPyBackend))),
    ],
    ids=["linalg", "fft", "standard"],
)
def test_every_name_of_the_standard_leads_somewhere(protocol: type, sources: Any) -> None:
    """A name of the standard is a method of the adapter, a fix-up, or in CuPy."""

    def leads(name: str) -> bool:
        return any(
            hasattr(source, name) or (not inspect.ismodule(source) and name in source)
            for source in (*sources, CuPyBackend)
        )

    own = {"linalg", "fft"}  # made by `NamespaceBackend`
    assert [name for name in sorted(public_names(protocol) - own) if not leads(name)] == []


def test_every_module_of_the_adapter_imports() -> None:
    """The whole adapter can be imported where there is no driver."""
    for module in pkgutil.iter_modules(adapter.__path__, f"{adapter.__name__}."):
        importlib.import_module(module.name)


def test_missing_device_is_said_clearly() -> None:
    """Without a CUDA device the backend says so, and does not fail deep inside CuPy."""
    if cupy.cuda.is_available():
        assert ab.get_backend("cupy").device.startswith("cuda:")
    else:
        with pytest.raises(ab.DeviceError, match="no CUDA device"):
            ab.get_backend("cupy")
