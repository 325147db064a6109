"""Central differences: accurate for their dtype, uphill for complex numbers, and announced."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.generic.differentiation import numerical_value_and_grad

STRICT = ab.get_backend("strict", device="device1")
BACKENDS = [ab.get_backend("numpy"), STRICT]
EVERY_BACKEND = pytest.mark.parametrize("xp", BACKENDS, ids=["numpy", "strict"])


def cubes(xp: Any) -> Any:
    """Return the function sum(x**3)."""
    return lambda x: xp.sum(x**3)


@EVERY_BACKEND
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-3)])
def test_gradient_is_as_accurate_as_its_dtype_allows(xp, dtype, tolerance):
    """The gradient of a cubic agrees with 3 x**2 and has the dtype and device of the argument."""
    x = xp.asarray([0.5, -2.0, 3.0], dtype=dtype)
    value, grad = xp.value_and_grad(cubes(xp), method="finite-difference")(x)
    assert xp.dtype_name(grad.dtype) == dtype
    assert xp.device_of(grad) == xp.device_of(x)
    np.testing.assert_allclose(xp.to_numpy(grad), [0.75, 12.0, 27.0], rtol=tolerance)
    np.testing.assert_allclose(xp.to_numpy(value), 19.125, rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_step_follows_the_size_of_the_argument(scale):
    """The gradient of a square is accurate for large arguments and absolutely so for small ones."""
    xp = BACKENDS[0]
    x = xp.asarray([scale])
    grad = xp.grad(lambda x: xp.sum(x**2), method="finite-difference")(x)
    np.testing.assert_allclose(grad, [2 * scale], rtol=1e-9, atol=1e-12)


@EVERY_BACKEND
def test_complex_gradient_points_uphill(xp):
    """For L = |z|**2 the gradient is 2z, and for L = Re z**2 it is 2 conj(z)."""
    z = xp.asarray([1 + 2j, -3j])
    modulus = xp.grad(lambda z: xp.sum(xp.real(z * xp.conj(z))), method="finite-difference")(z)
    square = xp.grad(lambda z: xp.sum(xp.real(z * z)), method="finite-difference")(z)
    np.testing.assert_allclose(xp.to_numpy(modulus), [2 + 4j, -6j], atol=1e-9)
    np.testing.assert_allclose(xp.to_numpy(square), [2 - 4j, 6j], atol=1e-9)


@EVERY_BACKEND
def test_gradient_has_the_structure_of_its_argument(xp):
    """Nested dicts, lists and tuples come back with the same keys, shapes and dtypes."""
    parameters = {"b": [xp.asarray([[1.0, 2.0]]), (xp.asarray(3.0),)], "a": xp.zeros((0,))}

    def loss(p):
        return xp.sum(p["b"][0] ** 2) * p["b"][1][0] + xp.sum(p["a"])

    grad = xp.grad(loss, method="finite-difference")(parameters)
    assert list(grad) == ["a", "b"]
    np.testing.assert_allclose(xp.to_numpy(grad["b"][0]), [[6.0, 12.0]], rtol=1e-9)
    np.testing.assert_allclose(xp.to_numpy(grad["b"][1][0]), 5.0, rtol=1e-9)
    assert grad["a"].shape == (0,)


def test_argnums_choose_the_arguments():
    """An int gives one gradient, a tuple a tuple, and negative numbers count from the end."""
    xp = BACKENDS[0]
    x, y = xp.asarray(2.0), xp.asarray(5.0)

    def product(x, y):
        return x * y

    first = xp.grad(product, method="finite-difference")(x, y)
    both = xp.grad(product, argnums=(0, -1), method="finite-difference")(x, y)
    np.testing.assert_allclose(first, 5.0)
    np.testing.assert_allclose(both, (5.0, 2.0))
    with pytest.raises(ab.GradientError, match=r"`argnums` is 2.*2 positional arguments"):
        xp.grad(product, argnums=2, method="finite-difference")(x, y)


def test_auxiliary_output_is_passed_through():
    """With `has_aux` the value and whatever comes with it are returned beside the gradient."""
    xp = BACKENDS[0]
    fn = xp.value_and_grad(lambda x: (x * x, "note"), has_aux=True, method="finite-difference")
    (value, aux), grad = fn(xp.asarray(3.0))
    assert (float(value), aux) == (9.0, "note")
    np.testing.assert_allclose(grad, 6.0)


def test_number_of_calls_is_two_for_each_direction():
    """The function is called once for the value and twice for each real degree of freedom."""
    xp = BACKENDS[0]
    calls = []

    def loss(x, z):
        calls.append(1)
        return xp.sum(x) + xp.sum(xp.real(z))

    numerical_value_and_grad(xp, loss, argnums=(0, 1))(xp.ones(3), xp.asarray([1j, 2j]))
    assert len(calls) == 1 + 2 * (3 + 2 * 2)


def test_errors_of_the_function_propagate():
    """An exception of the user's own arrives unchanged."""

    def broken(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        BACKENDS[0].grad(broken, method="finite-difference")(BACKENDS[0].asarray(1.0))


@pytest.mark.parametrize(
    ("output", "message"),
    [(lambda x: x, r"shape \(2,\)"), (lambda x: 1j * x[0, ...], "complex128"), (str, "returned")],
)
def test_output_must_be_a_real_scalar(output, message):
    """Anything but a real scalar is refused, with its shape and dtype named."""
    xp = BACKENDS[0]
    with pytest.raises(ab.GradientError, match=message):
        xp.grad(output, method="finite-difference")(xp.ones(2))


def test_argument_must_be_floating_point():
    """Integers have no derivative: the error names the remedy."""
    xp = BACKENDS[0]
    with pytest.raises(ab.GradientError, match="floating-point"):
        xp.grad(cubes(xp), method="finite-difference")(xp.asarray([1, 2]))


def test_fallback_is_announced_and_can_be_chosen_or_refused():
    """`auto` warns with the reason, `finite-difference` is silent, `autodiff` raises."""
    xp = BACKENDS[0]
    x = xp.ones(2)
    with pytest.warns(ab.GradientFallbackWarning, match="`numpy` has no automatic") as record:
        xp.grad(cubes(xp))(x)
    assert record[0].filename == __file__
    xp.grad(cubes(xp), method="finite-difference")(x)
    with pytest.raises(ab.GradientError, match="'autodiff'"):
        xp.grad(cubes(xp), method="autodiff")(x)
    with pytest.raises(ValueError, match="'forward'"):
        xp.grad(cubes(xp), method="forward")


@EVERY_BACKEND
@pytest.mark.filterwarnings("ignore::arraybackends.errors.GradientFallbackWarning")
def test_jacobians_and_products_with_them(xp):
    """`jacfwd`, `jacrev`, `jvp` and `vjp` agree with the analytic Jacobian of a real function."""
    x = xp.asarray([1.0, 2.0])
    matrix = xp.asarray([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    def fn(x):
        return matrix @ (x * x)

    expected = np.asarray([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]) * [2.0, 4.0]
    np.testing.assert_allclose(xp.to_numpy(xp.jacfwd(fn)(x)), expected, rtol=1e-9)
    np.testing.assert_allclose(xp.to_numpy(xp.jacrev(fn)(x)), expected, rtol=1e-9)
    tangent, cotangent = xp.asarray([0.5, -1.0]), xp.asarray([1.0, 0.0, -2.0])
    value, derivative = xp.jvp(fn, (x,), (tangent,))
    np.testing.assert_allclose(xp.to_numpy(value), xp.to_numpy(fn(x)))
    np.testing.assert_allclose(xp.to_numpy(derivative), expected @ [0.5, -1.0], rtol=1e-9)
    value, pull_back = xp.vjp(fn, x)
    (pulled,) = pull_back(cotangent)
    np.testing.assert_allclose(xp.to_numpy(pulled), [1.0, 0.0, -2.0] @ expected, rtol=1e-9)


@EVERY_BACKEND
@pytest.mark.filterwarnings("ignore::arraybackends.errors.GradientFallbackWarning")
def test_complex_pull_back_is_the_gradient_of_the_overlap(xp):
    """For a holomorphic f the cotangent w is pulled back to conj(f') w."""
    z, w = xp.asarray([1 + 2j]), xp.asarray([0.5 - 1j])
    _, pull_back = xp.vjp(lambda z: z * z, z)
    np.testing.assert_allclose(xp.to_numpy(pull_back(w)[0]), [(2 - 4j) * (0.5 - 1j)], atol=1e-9)


@EVERY_BACKEND
@pytest.mark.filterwarnings("ignore::arraybackends.errors.GradientFallbackWarning")
def test_hessian_has_half_of_the_digits(xp):
    """Second differences agree with the analytic Hessian of x0**2 x1 to seven digits."""
    x = xp.asarray([1.5, -2.0])
    hessian = xp.hessian(lambda x: x[0, ...] ** 2 * x[1, ...])(x)
    np.testing.assert_allclose(xp.to_numpy(hessian), [[-4.0, 3.0], [3.0, 0.0]], atol=1e-6)
