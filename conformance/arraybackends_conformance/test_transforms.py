"""`vmap` and `jit` change how a function is run, not what it returns."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import law, needs

MATRICES = np.asarray(
    [[[2.0, 1.0], [0.5, 3.0]], [[1.0, -1.0], [0.25, 2.0]], [[4.0, 0.5], [-1.0, 1.0]]]
)

FUNCTIONS = {
    "sum": lambda xp, x: xp.sum(x),
    "matmul": lambda xp, x: xp.matmul(x, xp.matrix_transpose(x)),
    "solve": lambda xp, x: xp.linalg.solve(x, xp.ones((2,))),
    "eigvalsh": lambda xp, x: xp.linalg.eigvalsh(xp.add(x, xp.matrix_transpose(x))),
    "where": lambda xp, x: xp.where(xp.greater(x, 0.0), x, xp.zeros_like(x)),
    "sort": lambda xp, x: xp.sort(x, axis=0),
    "take": lambda xp, x: xp.take(x, xp.asarray([1, 0]), axis=0),
    "cumulative_sum": lambda xp, x: xp.cumulative_sum(x, axis=1),
    "fft": lambda xp, x: xp.abs(xp.fft.fft(xp.astype(x, xp.complex128))),
    "einsum": lambda xp, x: xp.einsum("ij,kj->ik", x, x),
    "at": lambda xp, x: xp.at(x)[0].add(1.0),
    "std": lambda xp, x: xp.std(x, axis=0),
    "expm": lambda xp, x: xp.linalg.expm(x),
    "scan": lambda xp, x: xp.scan(lambda c, r: (xp.add(c, r), c), xp.zeros((2,)), x)[1],
    "uniform": lambda xp, x: xp.add(x, xp.random.default_rng(3).uniform((2, 2))),
}


def _assert_close(xp: Any, result: Any, expected: Any) -> None:
    assert xp.is_array(result)
    assert xp.dtype_name(result.dtype) == xp.dtype_name(expected.dtype)
    np.testing.assert_allclose(xp.to_numpy(result), xp.to_numpy(expected), rtol=1e-12, atol=1e-13)


# vmap


@law("vmap")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_vmap_is_the_stacked_map(xp: Any, name: str) -> None:
    """`vmap(f)(xs)` is the stack of `f(x)`, in one piece and in chunks."""
    xs = xp.asarray(MATRICES)
    expected = xp.stack([FUNCTIONS[name](xp, x) for x in xp.unstack(xs)])
    for chunk_size in (None, 1, 2):
        mapped = xp.vmap(lambda x: FUNCTIONS[name](xp, x), chunk_size=chunk_size)
        _assert_close(xp, mapped(xs), expected)


def test_vmap_axes(xp: Any) -> None:
    """`in_axes` and `out_axes` take integers, None, tuples and containers that match."""
    x, y = xp.asarray(MATRICES), xp.asarray([1.0, 2.0, 3.0])

    def function(a: Any, b: Any) -> Any:
        return xp.multiply(a, b)

    rows = [xp.multiply(a, b) for a, b in zip(xp.unstack(x), xp.unstack(y), strict=True)]
    _assert_close(xp, xp.vmap(function)(x, y), xp.stack(rows))
    _assert_close(xp, xp.vmap(function, out_axes=-1)(x, y), xp.stack(rows, axis=-1))
    _assert_close(xp, xp.vmap(function, out_axes=1)(x, y), xp.stack(rows, axis=1))
    last = xp.moveaxis(x, 0, -1)
    _assert_close(xp, xp.vmap(function, in_axes=(-1, 0))(last, y), xp.stack(rows))
    alone = [xp.multiply(a, 2.0) for a in xp.unstack(x)]
    _assert_close(xp, xp.vmap(function, in_axes=(0, None))(x, xp.asarray(2.0)), xp.stack(alone))
    nested = xp.vmap(lambda p, b: {"z": xp.multiply(p["a"], b)}, in_axes=({"a": 0}, None))
    _assert_close(xp, nested({"a": x}, xp.asarray(2.0))["z"], xp.stack(alone))


def test_vmap_nests(xp: Any) -> None:
    """`vmap(vmap(f))` maps over two axes; the batch may be one."""
    x, y = xp.asarray([1.0, 2.0]), xp.asarray([10.0, 20.0, 30.0])
    table = xp.vmap(xp.vmap(xp.add, in_axes=(None, 0)), in_axes=(0, None))(x, y)
    np.testing.assert_array_equal(xp.to_numpy(table), [[11, 21, 31], [12, 22, 32]])
    one = xp.vmap(xp.sum)(xp.ones((1, 3)))
    assert xp.to_numpy(one).tolist() == [3.0]


def test_vmap_refuses_axes_of_different_length(xp: Any) -> None:
    """Mapped axes must agree."""
    with pytest.raises(ab.ShapeError, match=r"vmap|mapped"):
        xp.vmap(xp.add)(xp.ones((2,)), xp.ones((3,)))


# jit


@law("jit")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_jit_changes_no_result(xp: Any, name: str) -> None:
    """A compiled function returns what the function returns, at the first call and the next."""
    compiled = xp.jit(lambda x: FUNCTIONS[name](xp, x))
    for matrix in MATRICES[:2]:
        x = xp.asarray(matrix)
        _assert_close(xp, compiled(x), FUNCTIONS[name](xp, x))


def test_jit_status(xp: Any) -> None:
    """The status says pending, then compiled, or eager with the reason."""
    compiled = xp.jit(lambda x: xp.sum(xp.sin(x)))
    assert compiled.status.state in ("pending", "eager")
    compiled(xp.ones((3,)))
    if xp.capabilities.jit:
        assert compiled.status.state == "compiled"
    else:
        assert compiled.status.state == "eager"
        assert compiled.status.reason


def test_jit_is_a_decorator(xp: Any) -> None:
    """With and without arguments."""

    @xp.jit
    def plain(x: Any) -> Any:
        return xp.sum(x)

    @xp.jit(static_argnums=1)
    def power(x: Any, n: int) -> Any:
        return xp.prod(xp.stack([x] * n))

    assert float(plain(xp.ones((3,)))) == 3.0
    assert float(power(xp.asarray(2.0), 3)) == 8.0
    assert float(power(xp.asarray(2.0), 5)) == 32.0


def test_jit_lets_the_users_errors_through(xp: Any) -> None:
    """An exception of the function is not a compilation failure: it arrives, and nothing warns."""

    def fails(x: Any) -> Any:
        raise KeyError("mine")

    for fallback in ("warn", "raise"):
        with pytest.raises(KeyError, match="mine"):
            xp.jit(fails, fallback=fallback)(xp.ones((2,)))


def test_jit_falls_back_once(xp: Any) -> None:
    """What the compiler rejects runs eagerly, with one warning; or raises if that was asked."""
    needs(xp, "jit")

    def branches_on_a_value(x: Any) -> Any:
        return xp.sin(x) if float(xp.to_numpy(xp.sum(x))) > 0 else xp.cos(x)

    x = xp.ones((2,))
    with pytest.raises(ab.CompilationError):
        xp.jit(branches_on_a_value, fallback="raise")(x)
    compiled = xp.jit(branches_on_a_value)
    with pytest.warns(ab.CompilationFallbackWarning) as seen:
        first = compiled(x)
    assert len(seen) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second = compiled(x)
    assert compiled.status.state == "fallback"
    assert compiled.status.reason
    for result in (first, second):
        _assert_close(xp, result, xp.sin(x))


def test_jit_of_containers(xp: Any) -> None:
    """Dicts, lists and tuples of arrays go in and come out."""
    compiled = xp.jit(lambda p: {"sum": xp.add(p["a"], p["b"][0]), "pair": (p["a"], p["b"][1])})
    a, b = xp.asarray([1.0]), [xp.asarray([2.0]), xp.asarray([3.0])]
    result = compiled({"a": a, "b": b})
    assert float(result["sum"][0]) == 3.0
    assert float(result["pair"][1][0]) == 3.0


@law("vmap")
@pytest.mark.parametrize("steer", [bool, float], ids=["bool", "float"])
def test_maps_that_values_steer_loop_or_tell_the_way_out(xp: Any, steer: Any) -> None:
    """Where `vmap` vectorises, a function that looks at values is refused with what to use."""
    x = xp.asarray([0.5, -1.5])
    mapped = xp.vmap(lambda y: y if steer(xp.astype(y > 0, xp.float64)) else -y)
    if not xp.capabilities.vmap:
        np.testing.assert_array_equal(xp.to_numpy(mapped(x)), [0.5, 1.5])
        return
    with pytest.raises(ab.CapabilityError, match=r"`xp.cond`.*`xp.scan`"):
        mapped(x)


@law("jit")
def test_records_cuda_graphs_or_refuses_to(xp: Any) -> None:
    """With `cuda_graphs` results are the same, or there is an error that names the option."""
    x = xp.asarray([0.5, 1.5])
    try:
        compiled = xp.jit(xp.sin, cuda_graphs=True, fallback="raise")
    except ab.CapabilityError as error:
        assert "`cuda_graphs`" in str(error)  # noqa: PT017 - either is right
        return
    for y in (x, x + 1):
        np.testing.assert_allclose(xp.to_numpy(compiled(y)), xp.to_numpy(xp.sin(y)), rtol=1e-12)
    assert compiled.status.state == "compiled"


@law("jit", "custom_vjp", "grad")
def test_compiled_gradients_keep_the_rule(xp: Any) -> None:
    """`jit(grad(f))` differentiates by the rule that `f` was given, compiled or not."""
    function = xp.custom_vjp(
        lambda x: (xp.sum(xp.square(x)), x), lambda x, g: (xp.multiply(xp.multiply(x, 7.0), g),)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ab.CompilationFallbackWarning)
        gradient = xp.jit(xp.grad(function))(xp.asarray([1.0, -2.0]))
    np.testing.assert_array_equal(xp.to_numpy(gradient), [7.0, -14.0])


@law("vmap")
def test_vmap_of_a_batch_of_none(xp: Any) -> None:
    """A batch of length 0 gives results of length 0, in the dtype of the function."""
    mapped = xp.vmap(xp.sum)(xp.zeros((0, 3)))
    assert tuple(mapped.shape) == (0,)
    assert xp.dtype_name(mapped.dtype) == "float64"


@law("vmap")
def test_vmap_nests_over_any_axes(xp: Any) -> None:
    """Inner and outer maps, each along any axis in and out, are two loops."""
    x = np.arange(24.0).reshape(2, 3, 4)
    native = xp.asarray(x)
    for outer, inner, out, into in ((0, 0, 0, 0), (2, 0, 1, 0), (1, 1, 0, -1), (-1, -2, -1, 0)):
        twice = xp.vmap(
            xp.vmap(xp.cumulative_sum, in_axes=inner, out_axes=into), in_axes=outer, out_axes=out
        )
        rows = [
            np.stack([np.cumsum(v) for v in np.moveaxis(m, inner, 0)], axis=into)
            for m in np.moveaxis(x, outer, 0)
        ]
        np.testing.assert_array_equal(xp.to_numpy(twice(native)), np.stack(rows, axis=out))
