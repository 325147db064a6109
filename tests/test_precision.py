"""Every spelling of a dtype is understood, and none is narrowed in silence."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import arraybackends as ab
from arraybackends.precision import DEFAULT_DTYPES, DTYPE_NAMES, dtype_name, precision_of

INSTALLED = [name for name, status in ab.available_backends().items() if status.installed]
PYTHON_TYPES = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}


@pytest.fixture(params=INSTALLED)
def xp(request: pytest.FixtureRequest) -> Any:
    """Every backend that is installed, in double precision."""
    return ab.get_backend(request.param, precision="double")


def spellings(name: str) -> list[Any]:
    """List the ways to write a dtype without an array library but NumPy."""
    python = [kind for kind, meant in PYTHON_TYPES.items() if meant == name]
    return [name, np.dtype(name), np.dtype(name).type, *python, *(kind.__name__ for kind in python)]


@pytest.mark.parametrize("name", DTYPE_NAMES)
def test_spellings(name: str) -> None:
    """Names, NumPy's dtypes and scalar types, and Python's types and their names all count."""
    assert [dtype_name(spelling) for spelling in spellings(name)] == [name] * len(spellings(name))


@pytest.mark.parametrize("kind", [np.intc, np.longlong, np.ulonglong, np.short, np.double])
def test_spellings_of_c(kind: type) -> None:
    """NumPy's scalar types with the names of C mean the width that they have here."""
    assert dtype_name(kind) == np.dtype(kind).name


@pytest.mark.parametrize("name", DTYPE_NAMES)
def test_arrays_have_the_dtype_asked_for(xp: Any, name: str) -> None:
    """Every spelling, the native one included, gives an array of just that dtype or an error."""
    if name not in xp.__array_namespace_info__().dtypes():
        for spelling in spellings(name):
            with pytest.raises(
                ab.DTypeError, match=rf"`dtype` is .*{name}.*no.* {name}.* has: bool"
            ):
                xp.zeros(2, dtype=spelling)
        return
    for spelling in (*spellings(name), getattr(xp, name)):
        x = xp.zeros(2, dtype=spelling)
        assert x.dtype == getattr(xp, name)
        assert xp.dtype_name(x.dtype) == name


@pytest.mark.parametrize(
    "spelling",
    [
        "float46", "f8", "", None, 3, object, str, np.floating, np.longdouble, np.str_,
        np.dtype("datetime64[s]"), np.zeros(2), ml_dtypes.bfloat16,
    ],
)  # fmt: skip
def test_unknown_spelling(spelling: Any) -> None:
    """An unknown spelling is an error that lists the known names."""
    with pytest.raises(ab.DTypeError, match=r"`dtype` must be one of bool, .* complex128, a"):
        dtype_name(spelling)


def test_unknown_dtype_of_an_array(xp: Any) -> None:
    """So it is where an array is asked for, and it is a TypeError."""
    with pytest.raises(TypeError, match=r"`dtype` must be one of .* but is 'quaternion'"):
        xp.zeros(2, dtype="quaternion")


@pytest.mark.parametrize("precision", ["double", "single"])
def test_defaults_follow_the_precision(xp: Any, precision: Any) -> None:
    """The precision sets the default dtypes, and nothing else."""
    chosen = xp.with_options(precision=precision)
    assert xp.dtype_name(chosen.zeros(2).dtype) == DEFAULT_DTYPES[precision].real
    assert xp.dtype_name(chosen.asarray([1j]).dtype) == DEFAULT_DTYPES[precision].complex
    assert xp.dtype_name(chosen.zeros(2, dtype="complex128").dtype) == "complex128"


def test_precision_names() -> None:
    """None means double; anything but the two names is an error."""
    assert (precision_of(None), precision_of("single")) == ("double", "single")
    with pytest.raises(ValueError, match="`precision` must be 'double' or 'single', but is 'half'"):
        precision_of("half")
    with pytest.raises(ValueError, match="`precision` must be 'double' or 'single', but is 32"):
        ab.get_backend("numpy", precision=32)  # type: ignore[arg-type]
