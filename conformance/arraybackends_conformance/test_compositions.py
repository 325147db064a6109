"""Transformations in every combination of their options, and one after the other."""

from __future__ import annotations

import copy
import itertools
import pickle
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import compiles_each_call, law, needs
from arraybackends_conformance.telling import numbers

WORKERS = 4


@pytest.fixture(autouse=True)
def quiet(xp: Any) -> Iterator[None]:
    """Backends without automatic differentiation announce that, which other laws are about."""
    with warnings.catch_warnings():
        if not xp.capabilities.autodiff:
            warnings.simplefilter("ignore", ab.GradientFallbackWarning)
        yield


MAPPED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "of both": lambda xp, x, y: xp.add(x, xp.sum(y)),
    "of one": lambda xp, x, y: y,
    "of none": lambda xp, x, y: xp.asarray([[1.0, 2.0], [3.0, 4.0]]),
}


@law("vmap")
@pytest.mark.parametrize("name", MAPPED)
def test_vmap_along_every_axis_in_every_chunk(xp: Any, name: str) -> None:
    """In chunks of any size, along any axes in and out, `vmap` is the stack of the calls."""
    x, y = numbers((3, 2, 3)), numbers((3, 3, 3))
    constant = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    every = itertools.product((0, 2, -1), (0, 1, None), (0, 1, -1), (None, 1, 2, 3, 4))
    step = 11 if compiles_each_call(xp) else 1
    for first, second, out, chunk_size in itertools.islice(every, 0, None, step):
        mapped = xp.vmap(
            lambda a, b: constant if name == "of none" else MAPPED[name](xp, a, b),
            in_axes=(first, second), out_axes=out, chunk_size=chunk_size,
        )  # fmt: skip
        rows = []
        for i in range(3):
            a, b = np.take(x, i, axis=first), y if second is None else np.take(y, i, axis=second)
            rows.append({"of both": a + b.sum(), "of one": b}.get(name, [[1.0, 2.0], [3.0, 4.0]]))
        np.testing.assert_allclose(
            xp.to_numpy(mapped(xp.asarray(x), xp.asarray(y))), np.stack(rows, axis=out), rtol=1e-14
        )


@law("jit")
def test_jit_of_one_call_after_another(xp: Any) -> None:
    """What a compiled function has seen changes nothing: dtypes, shapes, constants, keywords."""
    calls = []

    def function(x: Any, constant: Any, *, scale: Any = 1) -> Any:
        calls.append(constant)
        if isinstance(constant, bool):
            return xp.logical_not(xp.equal(x, 0))
        if isinstance(constant, float):
            return xp.negative(x)
        return xp.multiply(x, scale)

    compiled = xp.jit(function, static_argnums=1)
    # Compilers take a second for each kernel of real numbers, of which other laws are.
    dtypes = ("complex128", "complex64")
    if not xp.capabilities.jit:
        dtypes += ("float64", "float32", "int32")
    arguments = [(numbers(3, dtype), constant) for dtype in dtypes for constant in (1, True, 1.0)]
    another = numbers((2, 2), "complex64")
    for x, constant in [*arguments, (another, 1), (another[0], 1), *arguments[:2]]:
        for options in ({}, {"scale": 2}):
            if compiles_each_call(xp) and options and constant != 1:
                continue
            found = compiled(xp.asarray(x.copy()), constant, **options)
            expected = function(xp.asarray(x.copy()), constant, **options)
            assert found.dtype == expected.dtype, f"{found.dtype} of {x.dtype} and {constant!r}"
            np.testing.assert_array_equal(xp.to_numpy(found), xp.to_numpy(expected))


@law("jit")
def test_jit_calls_a_function_that_fails_once(xp: Any) -> None:
    """An error of the function is raised at once, and nothing is tried again."""
    calls = []

    def fails(x: Any) -> Any:
        calls.append(x)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        xp.jit(fails)(xp.ones((2,)))
    assert len(calls) == 1


CARRIES: dict[str, Callable[[Any], Any]] = {
    "tuple of one": lambda x: (x,),
    "list of one": lambda x: [x],
    "dict": lambda x: {"a": x, "b": (x, [x])},
    "array": lambda x: x,
}


def _structure(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _structure(part) for name, part in tree.items()}
    return type(tree)(map(_structure, tree)) if type(tree) in (tuple, list) else None


@law("scan", "while_loop", "cond", "vmap", "grad", "checkpoint", "jit", "vjp", "jvp")
@pytest.mark.parametrize("name", CARRIES)
def test_containers_come_back_as_they_are(xp: Any, name: str) -> None:
    """A tuple of one array is a tuple still, whatever a function goes through."""
    x = xp.asarray([0.5, 2.0])
    tree = CARRIES[name](x)

    def first(part: Any) -> Any:
        while not xp.is_array(part):
            part = next(iter(part.values() if isinstance(part, dict) else part))
        return part

    def same(part: Any) -> Any:
        return part

    found = {
        "scan": xp.scan(lambda c, _: (c, c), tree, None, length=2)[0],
        "outputs of scan": xp.scan(lambda c, _: (c, c), tree, None, length=2)[1],
        "while_loop": xp.while_loop(lambda c: xp.less(xp.sum(first(c)), 0.0), same, tree),
        "cond": xp.cond(True, same, same, tree),
        "vmap": xp.vmap(same)(tree),
        "checkpoint": xp.checkpoint(same)(tree),
        "grad": xp.grad(lambda p: xp.sum(xp.square(first(p))))(tree),
    }
    for by, part in found.items():
        assert _structure(part) == _structure(tree), f"{by} gives {_structure(part)}"


@law("scan")
def test_results_of_scan_are_nobody_elses_storage(xp: Any) -> None:
    """To write into the last carry or into the outputs changes nothing else."""
    if xp.capabilities.immutable:
        pytest.skip("The backend declares the capability `immutable`: nothing can be written to.")
    start, steps = xp.asarray([1.0, 2.0]), xp.asarray([[3.0, 4.0], [5.0, 6.0]])
    carry, outputs = xp.scan(lambda c, s: (xp.add(c, s), xp.add(c, s)), start, steps)
    carry[0] = -1.0
    assert xp.to_numpy(outputs).tolist() == [[4.0, 6.0], [9.0, 12.0]]
    outputs[0, 0] = -2.0
    assert xp.to_numpy(start).tolist() == [1.0, 2.0]
    assert xp.to_numpy(steps).tolist() == [[3.0, 4.0], [5.0, 6.0]]


@law("custom_vjp", "vjp")
def test_pull_backs_do_not_share_what_they_keep(xp: Any) -> None:
    """Of two evaluations of one function each pulls back at its own point, in any order."""
    function = xp.custom_vjp(
        lambda x: (xp.sum(xp.square(x)), x), lambda x, g: (xp.multiply(xp.multiply(x, 2.0), g),)
    )
    points = [xp.asarray([1.0, 2.0]), xp.asarray([30.0, 40.0])]
    for f in (function, lambda x: xp.sum(xp.square(x))):
        pulls = [xp.vjp(f, x)[1] for x in points]
        for k in (1, 0, 1):
            (found,) = pulls[k](xp.asarray(1.0))
            np.testing.assert_allclose(
                xp.to_numpy(found), 2 * xp.to_numpy(points[k]), rtol=1e-5, atol=1e-6
            )

    def both(x: Any) -> Any:
        return xp.multiply(function(x), function(xp.multiply(x, 2.0)))

    # d/dx of s * 4s with s = sum x**2, which calls the rule at two points before it pulls back.
    s = 5.0
    np.testing.assert_allclose(
        xp.to_numpy(xp.grad(both)(points[0])), 16 * s * np.asarray([1.0, 2.0]), rtol=1e-5
    )


@law("grad", "value_and_grad", "vjp", "custom_vjp")
def test_threads_differentiate_each_for_itself(xp: Any) -> None:
    """Many threads differentiate one function at once, each at its own point."""
    barrier = threading.Barrier(WORKERS, timeout=60)

    def inside(x: Any) -> Any:
        barrier.wait()  # every thread is inside of its function by now
        return xp.sum(xp.square(x))

    gradient = xp.grad(xp.custom_vjp(lambda x: (inside(x), x), lambda x, g: (xp.multiply(x, g),)))
    plain = xp.value_and_grad(inside)

    def work(number: int) -> list[Any]:
        x = xp.asarray([1.0, 2.0 + number])
        value, slope = plain(x)
        return [xp.to_numpy(y).tolist() for y in (gradient(x), value, slope)]

    with ThreadPoolExecutor(WORKERS) as pool:
        together = list(pool.map(work, range(WORKERS)))
    for number, (own, value, slope) in enumerate(together):
        y = 2.0 + number
        assert own == [1.0, y]
        np.testing.assert_allclose(value, 1 + y**2, rtol=1e-14)
        np.testing.assert_allclose(slope, [2.0, 2 * y], rtol=1e-6)


@law("stop_gradient", "detach", "jvp", "jacfwd", "jacrev", "hessian")
@pytest.mark.parametrize("name", ["detach", "stop_gradient"])
def test_no_mode_passes_what_is_detached(xp: Any, name: str) -> None:
    """Forward and second derivatives too take what is detached for a constant."""
    needs(xp, "autodiff")
    stop, x = getattr(xp, name), xp.asarray([3.0, -2.0])

    def function(y: Any) -> Any:
        return xp.multiply(y, stop(y))

    ones = xp.ones_like(x)
    np.testing.assert_array_equal(xp.to_numpy(xp.jvp(function, (x,), (ones,))[1]), [3.0, -2.0])
    for jacobian in (xp.jacfwd, xp.jacrev):
        np.testing.assert_array_equal(xp.to_numpy(jacobian(function)(x)), np.diag([3.0, -2.0]))
    second = xp.hessian(lambda y: xp.sum(xp.multiply(xp.square(y), stop(y))))(x)
    np.testing.assert_array_equal(xp.to_numpy(second), np.diag([6.0, -4.0]))


WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "with_options": lambda xp, single: single,
    "no options": lambda xp, single: single.with_options(),
    "its device": lambda xp, single: single.with_options(device=single.device),
    "there and back": lambda xp, single: single.with_options(precision="double").with_options(
        precision="single"
    ),
    "pickle": lambda xp, single: pickle.loads(pickle.dumps(single)),  # noqa: S301 (our own)
    "copy": lambda xp, single: copy.deepcopy(copy.copy(single)),
    "by name": lambda xp, single: ab.get_backend(xp.name, device=xp.device, precision="single"),
}


@law("with_options", "precision")
@pytest.mark.parametrize("name", WAYS)
def test_every_way_to_a_backend_keeps_its_options(xp: Any, name: str) -> None:
    """Whatever way it was made, a backend in single precision makes arrays in single precision."""
    if name == "by name" and type(xp).__module__.partition(".")[0] != "arraybackends":
        pytest.skip("The backend may be known by its class alone.")
    single = WAYS[name](xp, xp.with_options(precision="single"))
    assert (single.precision, single.device, single.name) == ("single", xp.device, xp.name)
    made = {
        "ones": single.ones((2,)), "asarray": single.asarray([0.5]), "arange": single.arange(0.5),
        "linspace": single.linspace(0, 1, 2), "eye": single.eye(2), "full": single.full((1,), 0.5),
        "rand": single.rand((2,)), "randn": single.randn((2,)),
        "fftfreq": single.fft.fftfreq(3), "uniform": single.random.default_rng(1).uniform((2,)),
        "complex": single.real(single.asarray([0.5j])),
        "complex full": single.imag(single.full((1,), 0.5j)),
    }  # fmt: skip
    for function, x in made.items():
        assert single.dtype_name(x.dtype) == "float32", function
        assert single.device_of(x) == xp.device
    defaults = single.__array_namespace_info__().default_dtypes()
    assert single.dtype_name(defaults["complex floating"]) == "complex64"
