"""Dtypes: constants, spellings, defaults, promotion, limits."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.precision import DEFAULT_DTYPES, DTYPE_NAMES
from arraybackends_conformance.generation import Domain
from arraybackends_conformance.law import law
from arraybackends_conformance.operations._build import EVERY
from arraybackends_conformance.profiles import drawing

PYTHON = {"bool": bool, "int64": int, "float64": float, "complex128": complex}


def _available(xp: Any, name: str) -> None:
    if name not in xp.__array_namespace_info__().dtypes():
        pytest.skip(f"The backend has no {name}.")


def _spellings(xp: Any, name: str) -> list[Any]:
    numpy = [name, np.dtype(name), np.dtype(name).type, getattr(xp, name)]
    return [*numpy, PYTHON[name]] if name in PYTHON else numpy


@law(*DTYPE_NAMES, "dtype_name")
@pytest.mark.parametrize("name", DTYPE_NAMES)
def test_every_spelling_is_understood(xp: Any, name: str) -> None:
    """String, NumPy dtype, scalar type, native dtype and Python type all give the same dtype."""
    _available(xp, name)
    constant = getattr(xp, name)
    for spelling in _spellings(xp, name):
        made = (
            xp.zeros((2,), dtype=spelling),
            xp.ones((2,), dtype=spelling),
            xp.full((2,), 1, dtype=spelling),
            xp.empty((2,), dtype=spelling),
            xp.eye(2, dtype=spelling),
            xp.asarray([0, 1], dtype=spelling),
            xp.array([0, 1], dtype=spelling),
            xp.astype(xp.asarray([0, 1]), spelling),
            xp.zeros_like(xp.zeros((2,)), dtype=spelling),
        )
        for x in made:
            assert x.dtype == constant
            assert xp.dtype_name(x.dtype) == name
        assert xp.dtype_name(spelling) == name
    assert hash(constant) == hash(getattr(xp, name))


@pytest.mark.parametrize("spelling", ["float63", "flaot64", object(), "", None.__class__])
def test_unknown_spelling_is_an_error(xp: Any, spelling: Any) -> None:
    """A dtype that means nothing is a DTypeError that lists the known ones."""
    with pytest.raises(ab.DTypeError, match="complex128"):
        xp.zeros((2,), dtype=spelling)
    with pytest.raises(ab.DTypeError, match="complex128"):
        xp.asarray([1.0], dtype=spelling)
    with pytest.raises(ab.DTypeError, match="complex128"):
        xp.dtype_name(spelling)


def test_dtype_that_cannot_be_had_is_an_error(xp: Any) -> None:
    """A dtype is given as asked for or refused, never narrowed."""
    for name in set(DTYPE_NAMES) - set(xp.__array_namespace_info__().dtypes()):
        with pytest.raises(ab.DTypeError, match=name):
            xp.zeros((2,), dtype=name)
    for name in ("float16", "object", "longdouble", "str"):
        with pytest.raises(ab.DTypeError):
            xp.zeros((2,), dtype=name)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_default_dtypes_follow_the_precision(xp: Any, precision: Any) -> None:
    """Every creation function gives the default real, complex and integer dtypes."""
    xp = xp.with_options(precision=precision)
    real, complex_ = DEFAULT_DTYPES[precision]
    reals = (
        xp.zeros((2,)), xp.ones(2), xp.empty((2,)), xp.eye(2), xp.full((2,), 1.5),
        xp.linspace(0, 1, 3),
        xp.arange(3.0), xp.asarray(1.5), xp.asarray([1.5]), xp.array([1.5]), xp.fft.fftfreq(4),
        xp.fft.rfftfreq(4), xp.rand((2,), seed=0), xp.randn((2,), seed=0),
        xp.random.default_rng(0).uniform((2,)), xp.random.default_rng(0).normal((2,)),
    )  # fmt: skip
    assert [xp.dtype_name(x.dtype) for x in reals] == [real] * len(reals)
    complexes = (xp.asarray(1j), xp.asarray([1.0, 1j]), xp.full((2,), 1j), xp.array([1j]))
    assert [xp.dtype_name(x.dtype) for x in complexes] == [complex_] * len(complexes)
    defaults = xp.__array_namespace_info__().default_dtypes()
    integers = (xp.asarray(3), xp.asarray([1, 2]), xp.arange(3), xp.full((2,), 7), xp.array([1]))
    assert all(x.dtype == defaults["integral"] for x in integers)
    booleans = (xp.asarray(True), xp.asarray([True, False]), xp.full((2,), False))
    assert all(x.dtype == xp.bool for x in booleans)


def test_the_dtype_of_data_is_kept(xp: Any) -> None:
    """A NumPy array keeps its dtype whatever the precision: data are never narrowed."""
    for backend in (xp, xp.with_options(precision="single")):
        for name in ("float32", "float64", "complex64", "complex128", "int32", "int64"):
            x = np.asarray([1, 2], dtype=name)
            assert xp.dtype_name(backend.asarray(x).dtype) == name
            assert xp.dtype_name(backend.asarray(backend.asarray(x)).dtype) == name


@law("full", "full_like", "asarray", "arange", "linspace")
@pytest.mark.parametrize("name", [name for name in DTYPE_NAMES if "int" in name])
def test_numbers_that_do_not_fit_are_refused(xp: Any, name: str) -> None:
    """A Python number outside the range of an integer dtype is a DTypeError, and never wraps."""
    _available(xp, name)
    smallest, largest = int(np.iinfo(name).min), int(np.iinfo(name).max)
    for fits in (smallest, largest):
        assert int(xp.full((2,), fits, dtype=name)[1]) == fits
        assert int(xp.asarray([0, fits], dtype=name)[1]) == fits
    for number in (smallest - 1, largest + 1, math.inf, math.nan):
        with pytest.raises(ab.DTypeError):
            xp.full((2,), number, dtype=name)
        with pytest.raises(ab.DTypeError):
            xp.full_like(xp.zeros((2,), dtype=name), number)
        with pytest.raises(ab.DTypeError):
            xp.asarray(number, dtype=name)
        with pytest.raises(ab.DTypeError):
            xp.asarray([0, number], dtype=name)
    if "64" not in name:
        with pytest.raises(ab.DTypeError):
            xp.arange(largest - 1, largest + 2, dtype=name)
        with pytest.raises(ab.DTypeError):
            xp.linspace(0, largest + 1, 3, dtype=name)


@law("result_type")
@drawing(4)
def test_promotion(xp: Any, data: Any) -> None:
    """`result_type` and the functions follow the promotion table of the standard."""
    n = data.draw(st.integers(1, 3), label="n")
    dtypes = data.draw(Domain(xp).promotable(*EVERY, n=n), label="dtypes")
    native = [getattr(xp, dtype.name) for dtype in dtypes]
    expected = np.result_type(*dtypes).name
    assert xp.dtype_name(xp.result_type(*native)) == expected
    zero_dimensional = [xp.zeros((), dtype=dtype) for dtype in native]
    assert xp.dtype_name(xp.result_type(*zero_dimensional)) == expected
    joined = xp.concat([xp.zeros((1,), dtype=dtype) for dtype in native])
    assert xp.dtype_name(joined.dtype) == expected
    if n == 2:
        vector, scalar = xp.ones((2,), dtype=native[0]), xp.ones((), dtype=native[1])
        chosen = xp.where(xp.asarray(True), vector, scalar)
        assert xp.dtype_name(chosen.dtype) == expected
        if dtypes[0].kind != "b":
            assert xp.dtype_name(xp.multiply(vector, scalar).dtype) == expected


KINDS = ("bool", "signed integer", "unsigned integer", "integral", "real floating",
         "complex floating", "numeric")  # fmt: skip


@law("isdtype")
def test_every_dtype_is_of_its_kinds(xp: Any) -> None:
    """`isdtype` of every dtype with every kind, with every dtype, and with pairs of kinds."""
    names = list(xp.__array_namespace_info__().dtypes())
    for name in names:
        dtype = getattr(xp, name)
        for kind in KINDS:
            assert xp.isdtype(dtype, kind) is np.isdtype(np.dtype(name), kind), (name, kind)
        for other in names:
            assert xp.isdtype(dtype, getattr(xp, other)) is (name == other), (name, other)
        for pair in (("bool", "integral"), ("real floating", dtype), ("bool", "complex floating")):
            kinds = tuple(np.dtype(name) if kind is dtype else kind for kind in pair)
            assert xp.isdtype(dtype, pair) is np.isdtype(np.dtype(name), kinds), (name, pair)


@law("can_cast", "result_type")
def test_every_pair_of_dtypes_promotes(xp: Any) -> None:
    """`result_type` and `can_cast` of every pair within a kind, and of real with complex."""
    domain = Domain(xp)
    groups = [domain.of_kinds(kind) for kind in ("bool", "signed", "unsigned")]
    groups += [domain.of_kinds("signed", "unsigned"), domain.of_kinds("real", "complex")]
    for first, second in (pair for group in groups for pair in itertools.product(group, group)):
        if {first.name, second.name} & {"uint64"} and "i" in first.kind + second.kind:
            continue  # no integer holds both
        a, b = getattr(xp, first.name), getattr(xp, second.name)
        wanted = np.result_type(first, second).name
        assert xp.dtype_name(xp.result_type(a, b)) == wanted, (first, second)
        assert xp.can_cast(a, b) is np.can_cast(first, second), (first, second)


def test_python_scalars_do_not_promote(xp: Any) -> None:
    """A Python number takes the dtype of the array beside it."""
    single = xp.ones((2,), dtype=xp.float32)
    assert xp.add(single, 1.5).dtype == xp.float32
    assert xp.add(2, single).dtype == xp.float32
    assert xp.result_type(single, 1.5) == xp.float32
    assert (single * 2.0).dtype == xp.float32
    assert xp.multiply(single, 1j).dtype == xp.complex64
    assert xp.add(xp.ones((2,), dtype=xp.int8), 1).dtype == xp.int8


@law("full", "asarray", "array", "arange", "linspace", "full_like")
def test_arrays_made_from_numbers_promote_like_others(xp: Any) -> None:
    """An array made of Python numbers is no Python number: beside float32 it is what it is."""
    single = xp.ones((2,), dtype=xp.float32)
    for made in (
        xp.full((2,), 1.5), xp.full((), 1.5), xp.asarray(1.5), xp.asarray([1.5, 2.5]),
        xp.array(1.5), xp.linspace(0, 1, 2), xp.arange(2.0), xp.zeros((2,)), xp.eye(2),
        xp.full_like(xp.zeros((2,)), 1.5), xp.sum(xp.full((2,), 1.5)), xp.rand((2,), seed=1),
    ):  # fmt: skip
        assert xp.dtype_name(xp.multiply(made, single).dtype) == "float64"
    byte = xp.ones((2,), dtype=xp.int8)
    for made in (xp.full((2,), 3), xp.asarray(3), xp.arange(2), xp.array([3, 4])):
        assert xp.dtype_name(xp.add(made, byte).dtype) == "int64"


@law("finfo")
def test_finfo(xp: Any) -> None:
    """Limits of floating-point dtypes are Python numbers; complex ones have their parts'."""
    for name in ("float32", "float64", "complex64", "complex128"):
        expected = np.finfo(name)
        for argument in (getattr(xp, name), xp.zeros((), dtype=name)):
            found = xp.finfo(argument)
            assert found.bits == expected.bits
            for field in ("eps", "max", "min", "smallest_normal"):
                value = getattr(found, field)
                assert isinstance(value, float), f"finfo.{field} is a {type(value)}"
                assert value == float(getattr(expected, field))
            assert found.dtype == getattr(xp, expected.dtype.name)


@law("iinfo")
def test_iinfo(xp: Any) -> None:
    """Limits of integer dtypes."""
    for name in DTYPE_NAMES[1:9]:
        if name not in xp.__array_namespace_info__().dtypes():
            continue
        expected, found = np.iinfo(name), xp.iinfo(getattr(xp, name))
        assert (found.bits, int(found.max), int(found.min)) == (
            expected.bits, int(expected.max), int(expected.min),
        )  # fmt: skip
        assert found.dtype == getattr(xp, name)
