"""Loops, maps and compiled functions: no steps, other dtypes, keywords, any axis."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import law, needs

ERRORS = (TypeError, ValueError)


@law("scan")
def test_scan_of_no_steps(xp: Any) -> None:
    """The first carry, and outputs of length 0 in the shape and dtype that steps would have."""
    carry, ys = xp.scan(
        lambda c, x: (xp.add(c, xp.sum(x)), xp.multiply(x, 2.0)), xp.asarray(1.5), xp.zeros((0, 3))
    )
    assert float(carry) == 1.5
    assert xp.is_array(ys)
    assert (tuple(ys.shape), ys.dtype) == ((0, 3), xp.float64)


@law("scan")
@pytest.mark.parametrize("dtype", ["float32", "complex64", "int32", "bool"])
def test_scan_keeps_the_dtype_of_its_carry(xp: Any, dtype: str) -> None:
    """Carry and outputs keep their dtypes, whatever the default of the backend is."""
    start = xp.asarray([1, 0], dtype=dtype)
    carry, ys = xp.scan(lambda c, _: (c, c), start, None, length=3)
    for part in (carry, ys):
        assert xp.dtype_name(part.dtype) == dtype
    assert tuple(ys.shape) == (3, 2)


@law("scan")
def test_scan_refuses_lengths_that_disagree(xp: Any) -> None:
    """Inputs of different lengths, and a length that is not theirs, are errors."""
    with pytest.raises(ERRORS):
        xp.scan(lambda c, x: (c, x[0]), xp.asarray(0.0), (xp.ones((3,)), xp.ones((2,))))
    for length in (2, 5):
        with pytest.raises(ERRORS):
            xp.scan(lambda c, x: (c, x), xp.asarray(0.0), xp.ones((3,)), length=length)


@law("scan")
def test_scan_refuses_a_carry_that_changes(xp: Any) -> None:
    """The carry keeps shape, dtype and structure: what compilers need is asked for everywhere."""
    for step in (
        lambda c, x: (xp.concat([c, c]), x), lambda c, x: (xp.astype(c, xp.complex128), x),
        lambda c, x: ((c, c), x),
    ):  # fmt: skip
        with pytest.raises(ERRORS):
            xp.scan(step, xp.ones((2,)), xp.ones((3,)))


@law("cond", "while_loop")
@pytest.mark.parametrize("dtype", ["float32", "complex64", "int32"])
def test_loops_keep_dtypes(xp: Any, dtype: str) -> None:
    """`while_loop` and `cond` return what they carry in its own dtype."""
    x = xp.asarray(1, dtype=dtype)
    doubled = xp.while_loop(lambda y: xp.less(xp.real(y), 8), lambda y: xp.add(y, y), x)
    chosen = xp.cond(xp.asarray(False), xp.negative, xp.positive, x)
    assert [xp.dtype_name(y.dtype) for y in (doubled, chosen)] == [dtype] * 2
    assert complex(doubled) == 8


@law("cond")
def test_only_the_branch_chosen_is_run(xp: Any) -> None:
    """Where values are known the other branch is not called: it may fail, or take for ever."""
    if xp.capabilities.jit and xp.capabilities.immutable:
        pytest.skip("The backend records both branches, whose values it does not know.")
    calls = []

    def branch(name: str) -> Any:
        return lambda x: calls.append(name) or x

    for pred in (True, False, xp.asarray(True), xp.asarray(False)):
        calls.clear()
        xp.cond(pred, branch("true"), branch("false"), xp.asarray(1.0))
        assert calls == [str(bool(pred)).lower()]


@law("vmap")
def test_vmap_of_keywords_and_constants(xp: Any) -> None:
    """Keyword arguments are mapped along their first axis, or passed on, as the backends agree."""
    x = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    mapped = xp.vmap(lambda a, b: xp.add(a, b), in_axes=(0, None))
    np.testing.assert_array_equal(
        xp.to_numpy(mapped(x, xp.asarray([10.0, 20.0]))), [[11, 22], [13, 24]]
    )
    constant, number = xp.vmap(lambda a: (xp.ones((2,)), xp.asarray(3.0)))(x)
    np.testing.assert_array_equal(xp.to_numpy(constant), np.ones((2, 2)))
    assert xp.to_numpy(number).tolist() == [3.0, 3.0]


@law("vmap")
def test_vmap_keeps_the_structure_of_results(xp: Any) -> None:
    """Lists come back as lists, tuples as tuples, dicts as dicts."""
    x = xp.asarray([1.0, 2.0])
    for container in (lambda y: [y, y], lambda y: (y,), lambda y: {"a": (y, [y])}):
        found = xp.vmap(container)(x)
        assert type(found) is type(container(x))
    nested = xp.vmap(lambda y: {"a": (y, [y])})(x)["a"]
    assert (type(nested), type(nested[1])) == (tuple, list)


@law("vmap")
@pytest.mark.parametrize("dtype", ["float32", "complex64", "int32", "bool"])
@pytest.mark.parametrize("chunk_size", [None, 2])
def test_vmap_keeps_dtypes(xp: Any, dtype: str, chunk_size: int | None) -> None:
    """Results have the dtype that the function gives, whatever the default is."""
    x = xp.asarray([1, 0, 1], dtype=dtype)
    found = xp.vmap(lambda y: xp.stack([y, y]), chunk_size=chunk_size)(x)
    assert xp.dtype_name(found.dtype) == dtype
    assert tuple(found.shape) == (3, 2)


FUNCTIONS = {
    "sum": lambda xp, x: xp.sum(x), "sort": lambda xp, x: xp.sort(x, axis=0),
    "square": lambda xp, x: xp.square(x), "flip": lambda xp, x: xp.flip(x, axis=-1),
}  # fmt: skip


@law("vmap")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_map_along_every_axis(xp: Any, name: str) -> None:
    """`in_axes` and `out_axes` are counted from either end, alone and together."""
    data = np.arange(24.0).reshape(2, 3, 4) % 7
    x = xp.asarray(data.copy())
    for axis in (0, 1, 2, -1, -2, -3):
        rows = [FUNCTIONS[name](xp, xp.asarray(row.copy())) for row in np.moveaxis(data, axis, 0)]
        for out in (axis % rows[0].ndim if rows[0].ndim else 0, -1):
            mapped = xp.vmap(lambda y: FUNCTIONS[name](xp, y), in_axes=axis, out_axes=out)(x)
            expected = xp.to_numpy(xp.stack(rows, axis=out))
            np.testing.assert_array_equal(xp.to_numpy(mapped), expected, err_msg=f"{axis}, {out}")


@law("jit")
def test_compiled_functions_run_once_per_signature(xp: Any) -> None:
    """Where `jit` compiles, arguments of one shape and dtype call `fn` once, which is counted."""
    needs(xp, "jit")
    calls = []

    def function(x: Any) -> Any:
        calls.append(1)
        return xp.sum(xp.sin(x))

    compiled = xp.jit(function)
    compiled(xp.ones((3,)))
    traced = len(calls)
    for i in range(4):
        compiled(xp.full((3,), float(i)))
    assert len(calls) == traced
    assert compiled.compilations == 1
    compiled(xp.ones((4,)))
    assert compiled.compilations == 2


@law("jit")
def test_jit_of_an_unknown_fallback_is_an_error(xp: Any) -> None:
    """`fallback` is "warn" or "raise"."""
    with pytest.raises(ValueError, match="fallback"):
        xp.jit(xp.sum, fallback="sometimes")(xp.ones((2,)))


@law("jit")
@pytest.mark.parametrize("dtype", ["float32", "complex64", "int32", "bool"])
def test_compiled_functions_keep_dtypes(xp: Any, dtype: str) -> None:
    """Arguments and results of compiled functions have the dtypes that they have eagerly."""
    compiled = xp.jit(lambda x: {"same": xp.flip(x), "stack": [xp.stack([x, x])]})
    with warnings.catch_warnings():
        if not xp.capabilities.compiles_complex:
            warnings.simplefilter("ignore")
        found = compiled(xp.asarray([1, 0], dtype=dtype))
    assert type(found) is dict and type(found["stack"]) is list
    for part in (found["same"], found["stack"][0]):
        assert xp.dtype_name(part.dtype) == dtype
    assert complex(found["same"][1]) == 1


@law("jit", "grad")
def test_compiled_functions_do_not_remember_values(xp: Any) -> None:
    """What a compiled function closes over is a constant; what is passed is not."""
    compiled = xp.jit(lambda x, y: xp.add(xp.multiply(x, 2.0), y))
    for a, b in ((1.0, 2.0), (3.0, -1.0), (0.0, 0.0)):
        assert float(compiled(xp.asarray(a), xp.asarray(b))) == 2 * a + b


@law("vmap")
def test_each_result_has_its_own_axis(xp: Any) -> None:
    """`out_axes` of several results are one for each, and tell nothing of the others."""
    x = np.arange(6.0).reshape(3, 2)
    first, second = xp.vmap(lambda y: (xp.negative(y), xp.square(y)), out_axes=(1, 0))(
        xp.asarray(x.copy())
    )
    np.testing.assert_array_equal(xp.to_numpy(first), -x.T)
    np.testing.assert_array_equal(xp.to_numpy(second), x**2)
    with pytest.raises(ab.ShapeError, match="in_axes"):
        xp.vmap(xp.square, in_axes=None)(xp.asarray(x.copy()))


@law("vmap")
def test_results_that_are_no_numbers_keep_their_dtype(xp: Any) -> None:
    """Truth values and integers come out of maps as what they are."""
    x = xp.asarray([1.0, -2.0, 3.0])
    truth, places = xp.vmap(lambda y: (xp.greater(y, 0.0), xp.astype(xp.sign(y), xp.int32)))(x)
    assert xp.to_numpy(truth).tolist() == [True, False, True]
    assert xp.to_numpy(places).tolist() == [1, -1, 1]
    assert (xp.dtype_name(truth.dtype), xp.dtype_name(places.dtype)) == ("bool", "int32")


@law("scan", "jit")
def test_steps_may_give_nothing(xp: Any) -> None:
    """None is a container without arrays, as an output of `scan` and of compiled functions."""
    carry, ys = xp.scan(lambda c, x: (xp.add(c, x), None), xp.asarray(0.0), xp.ones((3,)))
    assert (float(carry), ys) == (3.0, None)
    assert xp.jit(lambda x: None)(carry) is None


@law("jit")
def test_compiled_functions_are_functions(xp: Any) -> None:
    """They have a name, can be compiled again, take no arguments, and count from the end."""

    def doubled(x: Any) -> Any:
        """Twice."""
        return xp.multiply(x, 2.0)

    compiled = xp.jit(doubled)
    assert (compiled.__name__, compiled.__doc__) == ("doubled", "Twice.")
    assert float(xp.jit(compiled)(xp.asarray(2.0))) == 4.0
    assert float(xp.jit(lambda: xp.asarray(5.0))()) == 5.0
    power = xp.jit(lambda x, n: xp.prod(xp.stack([x] * n)), static_argnums=-1)
    assert float(power(xp.asarray(2.0), 3)) == 8.0


@law("while_loop")
def test_loops_may_be_long(xp: Any) -> None:
    """A loop ends when its condition says so, and not after some number of steps."""
    found = xp.while_loop(lambda n: xp.less(n, 1500), lambda n: xp.add(n, 1), xp.asarray(0))
    assert int(found) == 1500


@law("cond", "while_loop")
def test_predicates_are_numbers(xp: Any) -> None:
    """A predicate with several elements is an error: neither all of them nor any."""
    x, several = xp.asarray([1.0, 2.0]), xp.asarray([True, True])
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        xp.cond(several, xp.negative, xp.positive, x)
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        xp.while_loop(lambda y: xp.less(y, 5.0), lambda y: xp.add(y, 1.0), x)
