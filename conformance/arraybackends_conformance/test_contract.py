"""The backend as an object: members, signatures, identity, capabilities, side effects."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import pickle
import subprocess
import sys
import textwrap
from types import ModuleType
from typing import Any

import pytest

import arraybackends as ab
from arraybackends.precision import DTYPE_NAMES
from arraybackends.protocol import Capabilities
from arraybackends.standard import ARRAY_API_VERSION
from arraybackends_conformance.law import INSPECTION, law, member, members
from arraybackends_conformance.signature import declaration, differences, protocol_signature

FUNCTIONS = sorted(name for name in members() if inspect.isfunction(declaration(name)))


@pytest.mark.parametrize("name", sorted(members()))
def test_has_every_member(xp: Any, name: str) -> None:
    """Every member of the protocol is there, dtypes if they can be had, and is listed by `dir`."""
    if name in DTYPE_NAMES and name not in xp.__array_namespace_info__().dtypes():
        assert not hasattr(xp, name) and name not in dir(xp)
        return
    assert member(xp, name) is not None or name == "newaxis"
    owner, _, part = name.rpartition(".")
    listed = dir(member(xp, owner) if owner else xp)
    assert part in listed or part.startswith("__"), f"`dir` does not list `{name}`"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signature_is_that_of_the_protocol(xp: Any, name: str) -> None:
    """Names, kinds and defaults of parameters admit every call that the protocol declares."""
    found = differences(name, member(xp, name))
    declared = protocol_signature(name)
    assert not found, f"`{name}` should accept {declared}: {'; '.join(found)}"


@law("e", "pi", "inf", "nan", "newaxis")
def test_constants(xp: Any) -> None:
    """Constants are Python numbers with the values of the standard."""
    assert (xp.e, xp.pi, xp.inf, xp.newaxis) == (math.e, math.pi, math.inf, None)
    assert math.isnan(xp.nan)
    assert all(isinstance(x, float) for x in (xp.e, xp.pi, xp.inf, xp.nan))


@law("name", "library_version", "device", "precision", "native", "__array_api_version__")
def test_identity(xp: Any) -> None:
    """A backend says what it is."""
    assert xp.name.isidentifier() and xp.name.islower()
    assert ab.get_backend(xp.name).name == xp.name
    assert xp.library_version[0].isdigit()
    assert xp.device in xp.devices()
    assert xp.precision == "double"
    assert isinstance(xp.native, ModuleType)
    assert xp.__array_api_version__ == ARRAY_API_VERSION


@law("linalg", "fft", "random")
def test_extensions_are_cached(xp: Any) -> None:
    """A sub-namespace is one object, so that looking it up costs nothing."""
    assert xp.linalg is xp.linalg
    assert xp.fft is xp.fft
    assert xp.sum is xp.sum or xp.sum == xp.sum
    assert callable(xp.random.default_rng)


def test_unknown_attribute_is_suggested(xp: Any) -> None:
    """A misspelt name is an AttributeError that names the near one."""
    with pytest.raises(AttributeError, match="matrix_transpose"):
        _ = xp.matrix_transposed
    with pytest.raises(AttributeError, match="eigh"):
        _ = xp.linalg.eighh


@law("with_options")
def test_with_options_changes_only_what_is_named(xp: Any) -> None:
    """`with_options` gives the same backend with another precision or device."""
    single = xp.with_options(precision="single")
    assert (single.precision, single.device, single.name) == ("single", xp.device, xp.name)
    assert single.with_options(precision="double") == xp
    assert xp.with_options() == xp
    for device in xp.devices():
        moved = xp.with_options(device=device)
        assert (moved.device, moved.precision) == (device, xp.precision)
    with pytest.raises(ValueError, match="precision"):
        xp.with_options(precision="half")


def test_equality_and_hash(xp: Any) -> None:
    """Backends are equal exactly if kind, device and precision are."""
    twin = type(xp)(device=xp.device, precision=xp.precision)
    single = xp.with_options(precision="single")
    assert twin == xp and hash(twin) == hash(xp)
    assert single != xp and len({xp, twin, single}) == 2
    assert xp != xp.name


def test_copies_are_the_same_backend(xp: Any) -> None:
    """Pickling and copying give an equal backend with its options."""
    single = xp.with_options(precision="single")
    for backend in (xp, single):
        assert pickle.loads(pickle.dumps(backend)) == backend  # noqa: S301 (our own bytes)
        assert copy.copy(backend) == backend
        assert copy.deepcopy({"backend": backend}) == {"backend": backend}


def test_repr_tells_device_and_precision(xp: Any) -> None:
    """The repr says everything that makes the backend what it is."""
    assert all(part in repr(xp) for part in (type(xp).__name__, xp.device, xp.precision))


def test_is_immutable(xp: Any) -> None:
    """Nothing can be set or deleted on a backend."""
    for name in ("precision", "device", "sum", "anything"):
        with pytest.raises(AttributeError):
            setattr(xp, name, None)
    with pytest.raises(AttributeError):
        del xp.precision
    with pytest.raises((AttributeError, TypeError)):
        xp.linalg.eigh = None


@law("capabilities")
def test_capabilities_are_declared(xp: Any) -> None:
    """Capabilities are the frozen dataclass of the protocol, each flag a bool."""
    declared = xp.capabilities
    assert isinstance(declared, Capabilities)
    for flag in dataclasses.fields(Capabilities):
        value = getattr(declared, flag.name)
        if flag.name == "max_dimensions":
            assert value is None or value > 0
        else:
            assert type(value) is bool, f"capability `{flag.name}` is {value!r}"


def test_capability_immutable_is_true(xp: Any) -> None:
    """Arrays can be written to exactly where `immutable` is False."""
    x = xp.zeros((2,))
    if xp.capabilities.immutable:
        with pytest.raises(TypeError):
            x[0] = 1.0
    else:
        x[0] = 1.0
        assert float(x[0]) == 1.0


def test_capability_flushes_subnormals_is_true(xp: Any) -> None:
    """Subnormal results become zero exactly where `flushes_subnormals` says so."""
    product = xp.to_numpy(xp.asarray([1e-300]) * xp.asarray([1e-10]))
    assert bool(product[0] == 0.0) is xp.capabilities.flushes_subnormals


def test_capability_unsigned_arithmetic_is_true(xp: Any) -> None:
    """Unsigned integers wider than a byte are added where `unsigned_arithmetic` says so."""
    if not xp.capabilities.unsigned_arithmetic:
        pytest.skip("The backend declares no capability `unsigned_arithmetic`.")
    for name in ("uint16", "uint32", "uint64"):
        x = xp.asarray([1, 2], dtype=name)
        assert xp.to_numpy(xp.add(x, x)).tolist() == [2, 4]
        assert xp.dtype_name(xp.sum(x).dtype) == "uint64"


def test_capability_checks_bounds_is_true(xp: Any) -> None:
    """An index out of range raises IndexError where `checks_bounds` says so."""
    if not xp.capabilities.checks_bounds:
        pytest.skip("The backend declares no capability `checks_bounds`.")
    x = xp.asarray([1.0, 2.0])
    with pytest.raises(IndexError):
        xp.take(x, xp.asarray([5]), axis=0)
    with pytest.raises(IndexError):
        _ = x[5]


def test_capability_raises_on_singular_is_true(xp: Any) -> None:
    """A singular or indefinite matrix raises LinAlgError where `raises_on_singular` says so."""
    singular = xp.asarray([[1.0, 2.0], [2.0, 4.0]])
    indefinite = xp.asarray([[1.0, 2.0], [2.0, 1.0]])
    calls = (
        lambda: xp.linalg.inv(singular),
        lambda: xp.linalg.solve(singular, xp.asarray([1.0, 1.0])),
        lambda: xp.linalg.cholesky(indefinite),
    )
    for call in calls:
        if xp.capabilities.raises_on_singular:
            with pytest.raises(ab.LinAlgError):
                call()
        else:
            assert not bool(xp.all(xp.isfinite(call())))


def test_capability_max_dimensions_is_true(xp: Any) -> None:
    """An array may have `max_dimensions` axes."""
    n = xp.capabilities.max_dimensions
    assert xp.zeros((1,) * (33 if n is None else min(n, 64))).ndim == (
        33 if n is None else min(n, 64)
    )


@law(INSPECTION)
def test_inspection(xp: Any) -> None:
    """`__array_namespace_info__` tells devices, dtypes and defaults of this backend object."""
    info = xp.__array_namespace_info__()
    assert set(info.capabilities()) >= {
        "boolean indexing", "data-dependent shapes", "max dimensions",
    }  # fmt: skip
    assert info.capabilities()["max dimensions"] == xp.capabilities.max_dimensions
    assert str(info.default_device()) == xp.device
    assert tuple(map(str, info.devices())) == tuple(xp.devices())
    for name, dtype in info.dtypes().items():
        assert xp.dtype_name(dtype) == name
        assert dtype == getattr(xp, name)
    assert set(info.dtypes(kind="complex floating")) == {"complex64", "complex128"}
    assert set(info.dtypes(kind=("bool", "real floating"))) == {"bool", "float32", "float64"}
    for backend, real, complex_ in (
        (xp, "float64", "complex128"),
        (xp.with_options(precision="single"), "float32", "complex64"),
    ):
        defaults = backend.__array_namespace_info__().default_dtypes()
        assert xp.dtype_name(defaults["real floating"]) == real
        assert xp.dtype_name(defaults["complex floating"]) == complex_
        assert set(defaults) == {"real floating", "complex floating", "integral", "indexing"}


def _run(program: str) -> str:
    """Output of a Python program in a fresh process, in which warnings are errors."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_loads_no_array_library() -> None:
    """Neither the package nor the names of the shipped adapters import a library."""
    loaded = _run(
        """
        import sys
        import arraybackends
        import arraybackends.adapters as adapters
        for name in adapters.__all__:
            getattr(adapters, name)
        libraries = {"numpy", "torch", "jax", "cupy", "array_api_strict"}
        print(sorted(libraries & set(sys.modules)))
        """
    )
    assert loaded == "[]"


def test_selection_changes_no_global_default(xp: Any) -> None:
    """Making a backend leaves the settings of all libraries alone, but for x64 in double."""
    program = """
        import sys
        from importlib import import_module
        import numpy as np
        import arraybackends as ab
        from arraybackends import selection

        def settings():
            found = {{"errstate": np.geterr(), "print": np.get_printoptions(),
                      "random": np.random.get_state()[1].tolist()}}
            if "torch" in sys.modules:
                import torch
                found |= {{"dtype": str(torch.get_default_dtype()),
                           "device": str(torch.get_default_device()),
                           "threads": torch.get_num_threads(), "grad": torch.is_grad_enabled(),
                           "seed": torch.initial_seed()}}
            if "jax" in sys.modules:
                import jax
                found["jax"] = {{k: v for k, v in jax.config.values.items()
                                 if k != "jax_enable_x64" or {precision!r} == "single"}}
            return found

        selection.backend_class({name!r})
        import_module({module!r})
        before = settings()
        ab.get_backend({name!r}, precision={precision!r})
        xp = getattr(import_module({module!r}), {cls!r})(precision={precision!r})
        xp.sum(xp.asarray([1.0, 2.0]))
        after = settings()
        assert before == after, [k for k in before if before[k] != after[k]]
        print("unchanged")
    """
    for precision in ("double", "single"):
        assert (
            _run(
                program.format(
                    name=xp.name,
                    precision=precision,
                    module=type(xp).__module__,
                    cls=type(xp).__name__,
                )
            )
            == "unchanged"
        )
