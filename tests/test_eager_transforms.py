"""Transformations of backends whose library has none: exact where they can be, never in silence."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab

STRICT = ab.get_backend("strict", device="device1")
BACKENDS = [ab.get_backend("numpy"), STRICT]
EVERY_BACKEND = pytest.mark.parametrize("xp", BACKENDS, ids=["numpy", "strict"])


def cube_with_derivative(xp, scale=1.0):
    """Return sum(x**3) with a backward rule; a wrong `scale` makes the rule wrong."""
    return xp.custom_vjp(
        lambda x: (xp.sum(x**3), x),
        lambda x, cotangent: (3.0 * scale * x**2 * cotangent,),
    )


# Functions that carry their derivative


@EVERY_BACKEND
def test_custom_derivative_is_exact_and_silent(xp):
    """The backward rule is used for values, gradients and pull-backs, also through `jit`."""
    x = xp.asarray([1.0, 2.0])
    for fn in (cube_with_derivative(xp), xp.jit(cube_with_derivative(xp))):
        value, grad = xp.value_and_grad(fn)(x)
        assert float(value) == 9.0
        assert xp.to_numpy(grad).tolist() == [3.0, 12.0]
        _, pull_back = xp.vjp(fn, x)
        assert xp.to_numpy(pull_back(xp.asarray(2.0))[0]).tolist() == [6.0, 24.0]


@EVERY_BACKEND
def test_missing_cotangents_are_zero(xp):
    """None stands for a zero cotangent of any structure, and `argnums` chooses among all."""
    fn = xp.custom_vjp(lambda a, b: (xp.sum(a["x"]), None), lambda _, g: (None, g))
    a, b = {"x": xp.ones(2)}, xp.ones(())
    first, second = xp.grad(fn, argnums=(0, 1))(a, b)
    assert xp.to_numpy(first["x"]).tolist() == [0.0, 0.0]
    assert float(second) == 1.0


def test_wrong_number_of_cotangents_is_an_error():
    """The error says how many there must be."""
    xp = BACKENDS[0]
    fn = xp.custom_vjp(lambda x: (xp.sum(x), None), lambda _, g: (g, g))
    with pytest.raises(ab.GradientError, match="tuple of 1"):
        xp.grad(fn)(xp.ones(2))


@EVERY_BACKEND
def test_check_grad_finds_a_wrong_rule(xp):
    """A right rule differs from central differences by rounding only, a wrong one by its error."""
    x = xp.asarray([1.0, 2.0])
    assert xp.check_grad(cube_with_derivative(xp), x) < 1e-7
    assert xp.check_grad(cube_with_derivative(xp, scale=1.1), x) == pytest.approx(1.2, rel=1e-6)


def test_check_grad_refuses_to_compare_differences_with_themselves():
    """Where the gradient would itself be numerical there is nothing to check."""
    xp = BACKENDS[0]
    with pytest.raises(ab.CapabilityError, match="custom_vjp"):
        xp.check_grad(lambda x: xp.sum(x), xp.ones(2))


@pytest.mark.filterwarnings("ignore::arraybackends.errors.GradientFallbackWarning")
def test_hessian_differentiates_the_exact_gradient():
    """With a derivative of its own, the Hessian keeps ten digits instead of seven."""
    xp = BACKENDS[0]
    hessian = xp.hessian(cube_with_derivative(xp))(xp.asarray([1.0, 2.0]))
    np.testing.assert_allclose(hessian, [[6.0, 0.0], [0.0, 12.0]], rtol=1e-9, atol=1e-9)


# vmap


@EVERY_BACKEND
def test_vmap_maps_any_axis_in_and_out(xp):
    """Negative, missing and nested axes do what a loop and a stack would."""
    x = xp.reshape(xp.arange(6, dtype="float64"), (2, 3))
    rows = xp.vmap(lambda row, scale: row * scale, in_axes=(0, None))(x, xp.asarray(2.0))
    columns = xp.vmap(lambda column: column * 2.0, in_axes=-1, out_axes=-1)(x)
    np.testing.assert_array_equal(xp.to_numpy(rows), 2 * xp.to_numpy(x))
    np.testing.assert_array_equal(xp.to_numpy(columns), 2 * xp.to_numpy(x))
    swapped = xp.vmap(lambda d: {"y": d["a"] + d["b"]}, in_axes=({"a": 0, "b": None},), out_axes=1)
    result = swapped({"a": x, "b": xp.asarray(1.0)})
    np.testing.assert_array_equal(xp.to_numpy(result["y"]), xp.to_numpy(x).T + 1)


@EVERY_BACKEND
def test_vmap_nests(xp):
    """A matrix product is three nested maps of a scalar product."""
    a, b = xp.reshape(xp.arange(6.0), (2, 3)), xp.reshape(xp.arange(12.0), (3, 4))
    product = xp.vmap(xp.vmap(xp.vecdot, in_axes=(None, 1)), in_axes=(0, None))(a, b)
    np.testing.assert_array_equal(xp.to_numpy(product), xp.to_numpy(a) @ xp.to_numpy(b))


@EVERY_BACKEND
def test_vmap_over_nothing_gives_nothing_of_the_right_shape(xp):
    """A batch of size zero has the shape and dtype that one element would give."""
    result = xp.vmap(lambda x: xp.stack([x, x]), out_axes=1)(xp.zeros((0, 3), dtype="float32"))
    assert tuple(result.shape) == (2, 0, 3)
    assert xp.dtype_name(result.dtype) == "float32"


def test_vmap_refuses_what_does_not_fit():
    """Different sizes, axes that are not there, nothing to map and bad options are errors."""
    xp = BACKENDS[0]
    add = xp.vmap(xp.add)
    with pytest.raises(ab.ShapeError, match=r"\[2, 3\]"):
        add(xp.ones(2), xp.ones(3))
    with pytest.raises(ab.AxisError, match="axis 1"):
        xp.vmap(xp.sin, in_axes=1)(xp.ones(2))
    with pytest.raises(ab.ShapeError, match="at least one"):
        xp.vmap(xp.sin, in_axes=None)(xp.ones(2))
    with pytest.raises(ab.ShapeError, match="`in_axes` must match"):
        xp.vmap(xp.add, in_axes=(0,))(xp.ones(2), xp.ones(2))
    with pytest.raises(ValueError, match="`chunk_size`"):
        xp.vmap(xp.sin, chunk_size=0)
    with pytest.raises(ValueError, match="`randomness`"):
        xp.vmap(xp.sin, randomness="none")


# jit


@EVERY_BACKEND
def test_jit_says_that_it_is_eager(xp):
    """The function is the same, with its name, and its status gives the reason."""

    @xp.jit
    def double(x):
        """Twice."""
        return 2 * x

    @xp.jit(static_argnums=1)
    def power(x, n):
        return x**n

    assert (double.__name__, double.__doc__) == ("double", "Twice.")
    assert double.status.state == power.status.state == "eager"
    assert f"`{xp.name}` does not compile" in double.status.reason
    assert double.compilations == 0
    assert float(double(xp.asarray(2.0))) == 4.0
    assert float(power(xp.asarray(3.0), 2)) == 9.0


def test_jit_decorates_methods_and_checks_its_options():
    """A decorated method is bound to its object; unknown fallbacks are refused."""
    xp = BACKENDS[0]

    class Model:
        scale = 3.0

        @xp.jit
        def __call__(self, x):
            return self.scale * x

    assert Model()(2.0) == 6.0
    with pytest.raises(ValueError, match="`fallback`"):
        xp.jit(fallback="ignore")


# Loops and branches


@EVERY_BACKEND
def test_scan_carries_and_stacks(xp):
    """A running sum equals the cumulative one, forwards and backwards, of containers too."""
    x = xp.arange(1.0, 5.0)

    def step(total, item):
        total = total + item["x"]
        return total, (total, item["x"])

    total, (sums, items) = xp.scan(step, xp.asarray(0.0), {"x": x})
    assert float(total) == 10.0
    assert xp.to_numpy(sums).tolist() == [1.0, 3.0, 6.0, 10.0]
    assert xp.to_numpy(items).tolist() == xp.to_numpy(x).tolist()
    _, (sums, items) = xp.scan(step, xp.asarray(0.0), {"x": x}, reverse=True)
    assert xp.to_numpy(sums).tolist() == [10.0, 9.0, 7.0, 4.0]
    assert xp.to_numpy(items).tolist() == xp.to_numpy(x).tolist()


@EVERY_BACKEND
def test_scan_without_inputs_or_steps(xp):
    """A length replaces inputs, no steps leave the carry alone, and lengths must agree."""
    last, outputs = xp.scan(lambda c, _: (c + 1, None), xp.asarray(0), None, length=3)
    assert (int(last), outputs) == (3, None)
    carry, outputs = xp.scan(lambda c, x: (c + x, x), xp.asarray(1.0), xp.zeros((0,)))
    assert float(carry) == 1.0
    assert tuple(outputs.shape) == (0,)
    with pytest.raises(ab.ShapeError, match=r"\[2, 3\]"):
        xp.scan(lambda c, x: (c, x), xp.asarray(0.0), xp.ones(2), length=3)


@EVERY_BACKEND
def test_scan_refuses_a_carry_that_changes(xp):
    """What a compiler could not carry is an error everywhere: structure, shapes and dtypes stay."""
    x = xp.ones(2)
    with pytest.raises(ab.ShapeError, match="structure"):
        xp.scan(lambda c, x: ((c, c), x), xp.asarray(0.0), x)
    with pytest.raises(ab.ShapeError, match=r"\(\) became \(1,\)"):
        xp.scan(lambda c, x: (xp.reshape(c, (1,)), x), xp.asarray(0.0), x)
    with pytest.raises(ab.DTypeError, match="float32"):
        xp.scan(lambda c, x: (xp.astype(c, "float32"), x), xp.asarray(0.0), x)


@EVERY_BACKEND
def test_branches_and_loops(xp):
    """`cond` calls one branch with the operands; `while_loop` runs until its condition fails."""
    x = xp.asarray(3.0)
    assert float(xp.cond(x > 2, xp.add, xp.subtract, x, x)) == 6.0
    assert float(xp.cond(x > 4, xp.add, xp.subtract, x, x)) == 0.0
    assert float(xp.while_loop(lambda x: x < 100, lambda x: 2 * x, x)) == 192.0
