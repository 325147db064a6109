"""The conformance suite can fail: backends that are wrong on purpose are each caught by a law."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from arraybackends.adapters import NumPyBackend
from arraybackends_conformance import test_contract as contract
from arraybackends_conformance import test_conversion as conversion
from arraybackends_conformance import test_dtypes as dtypes
from arraybackends_conformance import test_gradients as gradients
from arraybackends_conformance import test_operations as operations
from arraybackends_conformance import test_random as random
from arraybackends_conformance import test_transforms as transforms
from arraybackends_conformance.operations import OPERATIONS

agrees = operations.test_agrees_with_the_reference
leaves_inputs = operations.test_leaves_its_inputs_alone
layouts = operations.test_accepts_every_layout


class Wrong(NamedTuple):
    """One member replaced by a wrong one, and the law that must notice."""

    member: str
    replace: Callable[[Any], Callable[..., Any]]
    law: Callable[..., Any]
    arguments: dict[str, Any] = {}


def _add_in_place(xp: Any) -> Any:
    def add(x1: Any, x2: Any, /) -> Any:
        total = np.add(x1, x2)
        if isinstance(x1, np.ndarray) and x1.shape == total.shape and x1.dtype == total.dtype:
            x1[...] = total
        return total

    return add


def _sort_contiguous(xp: Any) -> Any:
    def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
        memory = np.frombuffer(x.base if x.base is not None else x, dtype=x.dtype)[: x.size]
        ordered = np.sort(memory.reshape(x.shape), axis=axis)
        return np.flip(ordered, axis=axis) if descending else ordered

    return sort


def _eigenvectors_as_rows(xp: Any) -> Any:
    def eigh(x: Any, /) -> Any:
        values, vectors = result = np.linalg.eigh(x)
        return type(result)(values, np.swapaxes(vectors, -1, -2))

    return eigh


def _unstable_argsort(xp: Any) -> Any:
    right = xp.argsort

    def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
        return np.flip(right(x, axis=axis), axis=axis) if descending else right(x, axis=axis)

    return argsort


def _of(name: str) -> dict[str, Any]:
    return {"operation": OPERATIONS[name]}


WRONG = {
    "standard deviation with the divisor N - 1": Wrong(
        "std", lambda xp: lambda x, *, axis=None, correction=1, keepdims=False: np.asarray(
            np.std(x, axis=axis, ddof=correction, keepdims=keepdims)), agrees, _of("std")),
    "sum in single precision": Wrong(
        "sum", lambda xp: lambda x, *, axis=None, dtype=None, keepdims=False: np.asarray(np.sum(
            np.sum(x.astype("float32") if x.dtype == "float64" else x, axis=axis, dtype=dtype,
                   keepdims=keepdims), axis=(), dtype=dtype or x.dtype)), agrees, _of("sum")),
    "inner product without the conjugate": Wrong(
        "vecdot", lambda xp: lambda x1, x2, *, axis=-1: np.asarray(
            np.sum(np.multiply(x1, x2), axis=axis)), agrees, _of("vecdot")),
    "keepdims ignored": Wrong(
        "max", lambda xp: lambda x, *, axis=None, keepdims=False: np.asarray(np.max(x, axis=axis)),
        agrees, _of("max")),
    "wrong default axis": Wrong(
        "sort", lambda xp: lambda x, *, axis=0, descending=False, stable=True: (
            np.flip(np.sort(x, axis=axis), axis=axis) if descending else np.sort(x, axis=axis)),
        agrees, _of("sort")),
    "argsort that reverses ties": Wrong("argsort", _unstable_argsort, agrees, _of("argsort")),
    "imaginary part dropped": Wrong(
        "matmul", lambda xp: lambda x1, x2: np.asarray(np.matmul(x1, np.real(x2))).astype(
            np.result_type(x1, x2)), agrees, _of("matmul")),
    "all as a count": Wrong(
        "all", lambda xp: lambda x, *, axis=None, keepdims=False: np.asarray(
            np.sum(x != 0, axis=axis, keepdims=keepdims)), agrees, _of("all")),
    "integer division that truncates": Wrong(
        "floor_divide", lambda xp: lambda x1, x2: np.trunc(np.divide(x1, x2)).astype(
            np.result_type(x1, x2)), agrees, _of("floor_divide")),
    "rounding halves away from zero": Wrong(
        "round", lambda xp: lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x).astype(x.dtype)
        if x.dtype.kind == "f" else np.round(x), agrees, _of("round")),
    "eigenvectors as rows": Wrong(
        "linalg.eigh", _eigenvectors_as_rows, agrees, _of("linalg.eigh")),
    "transform with the opposite sign": Wrong(
        "fft.fft", lambda xp: lambda x, *, n=None, axis=-1, norm="backward": np.conj(
            np.fft.fft(np.conj(x), n=n, axis=axis, norm=norm)), agrees, _of("fft.fft")),
    "addition in place": Wrong("add", _add_in_place, leaves_inputs, _of("add")),
    "strides ignored": Wrong("sort", _sort_contiguous, layouts, _of("sort")),
    "asarray that aliases": Wrong(
        "array", lambda xp: lambda obj, *, dtype=None, device=None: np.asarray(obj, dtype=dtype),
        conversion.test_array_copies),
    "to_numpy that is a view": Wrong(
        "to_numpy", lambda xp: lambda x, *, copy=True: np.asarray(x),
        conversion.test_to_numpy_gives_a_fresh_writable_array),
    "dtype request ignored": Wrong(
        "zeros", lambda xp: lambda shape, *, dtype=None, device=None: np.zeros(shape),
        dtypes.test_every_spelling_is_understood, {"name": "complex128"}),
    "parameter renamed": Wrong(
        "tensordot", lambda xp: lambda x1, x2, *, axis=2: np.tensordot(x1, x2, axis),
        contract.test_signature_is_that_of_the_protocol, {"name": "tensordot"}),
    "default changed": Wrong(
        "var", lambda xp: lambda x, *, axis=None, correction=1.0, keepdims=False: x,
        contract.test_signature_is_that_of_the_protocol, {"name": "var"}),
    "seed ignored": Wrong(
        "rand", lambda xp: lambda shape, *, seed=None: np.random.default_rng().random(shape),
        random.test_seeds_decide),
    "gradient conjugated": Wrong(
        "grad", lambda xp: lambda fn, **options: lambda z, g=xp.grad: np.conj(g(fn, **options)(z)),
        gradients.test_complex_gradients_point_uphill),
    "vmap that does not map": Wrong(
        "vmap", lambda xp: lambda fn, **options: fn, transforms.test_vmap_is_the_stacked_map,
        {"name": "sum"}),
    "jit that remembers its first result": Wrong(
        "jit", lambda xp: lambda fn, **options: lambda x, seen=[]: (seen or [seen.append(fn(x))])
        and seen[0], transforms.test_jit_changes_no_result, {"name": "sum"}),
}  # fmt: skip


def _backend(wrong: Wrong) -> Any:
    """NumPy backend with one member replaced."""
    backend = NumPyBackend()
    owner, _, name = wrong.member.rpartition(".")
    namespace = vars(backend)[owner] if owner else backend
    vars(namespace)[name] = wrong.replace(NumPyBackend())
    return backend


@pytest.mark.parametrize("name", WRONG)
def test_wrong_backend_is_caught(name: str) -> None:
    """The law passes on the right backend and fails on the wrong one."""
    wrong = WRONG[name]
    with pytest.raises((AssertionError, RuntimeWarning)):
        wrong.law(xp=_backend(wrong), **wrong.arguments)
    wrong.law(xp=NumPyBackend(), **wrong.arguments)
