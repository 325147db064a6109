"""Derivatives: against analysis, against differences, against each other."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.generation import Domain, Values
from arraybackends_conformance.law import law, needs
from arraybackends_conformance.profiles import drawing
from arraybackends_conformance.tolerance import FINITE_DIFFERENCE

POINT = np.asarray([0.3, -0.7, 1.1])


@contextmanager
def differentiating(xp: Any) -> Iterator[None]:
    """Gradients announce themselves exactly where the backend has no automatic differentiation."""
    with warnings.catch_warnings():
        if not xp.capabilities.autodiff:
            warnings.simplefilter("ignore", ab.GradientFallbackWarning)
        yield


def _rtol(xp: Any) -> float:
    return 1e-12 if xp.capabilities.autodiff else FINITE_DIFFERENCE


def _assert_close(xp: Any, result: Any, expected: Any, rtol: float | None = None) -> None:
    rtol = _rtol(xp) if rtol is None else rtol
    np.testing.assert_allclose(xp.to_numpy(result), expected, rtol=rtol, atol=rtol)


# Real functions of real arguments with their gradients
ANALYTIC: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sin": (lambda xp, x: xp.sum(xp.pow(xp.sin(x), 3)), lambda x: 3 * np.sin(x) ** 2 * np.cos(x)),
    "square": (lambda xp, x: xp.sum(xp.square(x)), lambda x: 2 * x),
    "exp": (lambda xp, x: xp.exp(xp.sum(x)), lambda x: np.full_like(x, np.exp(x.sum()))),
    "norm": (lambda xp, x: xp.linalg.vector_norm(x), lambda x: x / np.linalg.norm(x)),
    "prod": (lambda xp, x: xp.prod(x), lambda x: np.prod(x) / x),
    "dot": (
        lambda xp, x: xp.vecdot(x, xp.asarray([1.0, 2.0, 3.0])),
        lambda x: np.asarray([1.0, 2.0, 3.0]),
    ),
    "where": (
        lambda xp, x: xp.sum(xp.where(xp.greater(x, 0.0), xp.square(x), xp.negative(x))),
        lambda x: np.where(x > 0, 2 * x, -1.0),
    ),
    "at": (
        lambda xp, x: xp.sum(xp.square(xp.at(x)[0].multiply(3.0))),
        lambda x: np.asarray([18 * x[0], 2 * x[1], 2 * x[2]]),
    ),
    "take": (
        lambda xp, x: xp.sum(xp.square(xp.take(x, xp.asarray([0, 0, 2]), axis=0))),
        lambda x: np.asarray([4 * x[0], 0.0, 2 * x[2]]),
    ),
    "complex inside": (
        lambda xp, x: xp.sum(xp.real(xp.exp(xp.multiply(x, 1j)))),
        lambda x: -np.sin(x),
    ),
    "logdet": (
        lambda xp, x: xp.linalg.slogdet(xp.add(xp.linalg.outer(x, x), xp.eye(3)))[1],
        lambda x: 2 * x / (1 + x @ x),
    ),
    "expm": (
        lambda xp, x: xp.linalg.trace(xp.linalg.expm(xp.multiply(xp.eye(3), x))),
        lambda x: np.exp(x),
    ),
}


@law("grad", "value_and_grad")
@pytest.mark.parametrize("name", ANALYTIC)
def test_gradient_is_the_analytic_one(xp: Any, name: str) -> None:
    """Value and gradient are right, native, and have the dtype and shape of the argument."""
    function, derivative = ANALYTIC[name]
    x = xp.asarray(POINT)
    with differentiating(xp):
        value, gradient = xp.value_and_grad(lambda y: function(xp, y))(x)
        alone = xp.grad(lambda y: function(xp, y))(x)
    assert xp.is_array(value) and xp.is_array(gradient)
    assert tuple(value.shape) == () and gradient.shape == x.shape
    assert gradient.dtype == x.dtype
    _assert_close(xp, value, xp.to_numpy(function(xp, x)))
    _assert_close(xp, gradient, derivative(POINT))
    _assert_close(xp, alone, derivative(POINT))
    np.testing.assert_array_equal(xp.to_numpy(x), POINT)


@drawing()
def test_both_paths_agree(xp: Any, data: Any) -> None:
    """Automatic gradients are those of central differences, at any point."""
    needs(xp, "autodiff")
    x = data.draw(Domain(xp).array("float64", 3, Values(-2, 2)), label="x")

    def function(y: Any) -> Any:
        return xp.sum(xp.multiply(xp.tanh(y), xp.cumulative_sum(xp.cos(y))))

    exact = xp.grad(function, method="autodiff")(xp.asarray(x))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ab.GradientFallbackWarning)
        numerical = xp.grad(function, method="finite-difference")(xp.asarray(x))
    np.testing.assert_allclose(
        xp.to_numpy(exact), xp.to_numpy(numerical), rtol=FINITE_DIFFERENCE, atol=FINITE_DIFFERENCE
    )


def test_complex_gradients_point_uphill(xp: Any) -> None:
    """The gradient of a real function of z is dL/dRe z + i dL/dIm z."""
    z = xp.asarray([3 + 4j, 1 - 2j])
    weights = xp.asarray([2 - 1j, 0.5 + 3j])
    with differentiating(xp):
        square = xp.grad(lambda z: xp.sum(xp.square(xp.abs(z))))(z)
        linear = xp.grad(lambda z: xp.sum(xp.real(xp.multiply(z, weights))))(z)
        quadratic = xp.grad(lambda z: xp.sum(xp.real(xp.multiply(z, z))))(z)
    _assert_close(xp, square, [6 + 8j, 2 - 4j])
    _assert_close(xp, linear, [2 + 1j, 0.5 - 3j])
    _assert_close(xp, quadratic, np.conj([2 * (3 + 4j), 2 * (1 - 2j)]))
    assert square.dtype == z.dtype


def test_gradient_of_a_real_argument_is_real(xp: Any) -> None:
    """A real parameter of a complex program has a real gradient."""
    with differentiating(xp):
        gradient = xp.grad(lambda t: xp.real(xp.sum(xp.exp(xp.multiply(t, 1j)))))(xp.asarray(0.3))
    assert gradient.dtype == xp.float64
    _assert_close(xp, gradient, -np.sin(0.3))


def test_unused_argument_has_a_zero_gradient(xp: Any) -> None:
    """An argument that does not enter gets zeros, without a warning on differentiable backends."""
    x, y = xp.asarray([1.0, 2.0]), xp.asarray([[3.0]])
    with differentiating(xp):
        _, (gx, gy) = xp.value_and_grad(lambda x, y: xp.sum(xp.square(x)), argnums=(0, 1))(x, y)
    _assert_close(xp, gx, [2.0, 4.0])
    assert xp.is_array(gy), f"the gradient of an unused argument is {gy!r}"
    np.testing.assert_array_equal(xp.to_numpy(gy), [[0.0]])


def test_argnums_aux_and_containers(xp: Any) -> None:
    """`argnums` selects, `has_aux` passes extra output through, containers keep their structure."""
    a, b, c = xp.asarray(1.5), xp.asarray(2.0), xp.asarray(3.0)

    def product(a: Any, b: Any, c: Any) -> Any:
        return xp.multiply(xp.multiply(a, a), xp.multiply(b, c))

    with differentiating(xp):
        value, (ga, gc) = xp.value_and_grad(product, argnums=(0, 2))(a, b, c)
        gb = xp.grad(product, argnums=1)(a, b, c)
        (value2, aux), g = xp.value_and_grad(
            lambda a: (xp.square(a), {"seen": a, "text": "kept"}), has_aux=True
        )(a)
        nested = xp.grad(lambda p: xp.add(xp.multiply(p["w"][0], p["w"][1]), xp.square(p["b"])))(
            {"w": [a, b], "b": c}
        )
    _assert_close(xp, value, 13.5)
    _assert_close(xp, ga, 18.0)
    _assert_close(xp, gb, 6.75)
    _assert_close(xp, gc, 4.5)
    _assert_close(xp, value2, 2.25)
    assert aux["text"] == "kept"
    assert float(aux["seen"]) == 1.5
    _assert_close(xp, g, 3.0)
    assert set(nested) == {"w", "b"} and isinstance(nested["w"], list)
    _assert_close(xp, nested["w"][0], 2.0)
    _assert_close(xp, nested["w"][1], 1.5)
    _assert_close(xp, nested["b"], 6.0)


def test_function_is_called_once(xp: Any) -> None:
    """Automatic differentiation evaluates the function one time."""
    needs(xp, "autodiff")
    calls = []

    def function(x: Any) -> Any:
        calls.append(x)
        return xp.sum(xp.sin(x))

    xp.value_and_grad(function)(xp.asarray(POINT))
    assert len(calls) == 1


def test_users_errors_propagate(xp: Any) -> None:
    """An exception of the function arrives as it is, after one call."""
    calls = []

    def fails(x: Any) -> Any:
        calls.append(1)
        raise KeyError("mine")

    for method in ("auto", "finite-difference"):
        calls.clear()
        with differentiating(xp), pytest.raises(KeyError, match="mine"):
            xp.grad(fails, method=method)(xp.asarray(POINT))
        assert len(calls) == 1


def test_fallback_announces_itself(xp: Any) -> None:
    """A broken graph gives differences with one warning that names the reason, or an error."""
    x = xp.asarray([1.0, 2.0])

    def broken(y: Any) -> Any:
        return xp.sum(xp.square(xp.detach(y)))

    with pytest.warns(ab.GradientFallbackWarning) as seen:
        gradient = xp.grad(broken)(x)
    assert len(seen) == 1
    np.testing.assert_allclose(xp.to_numpy(gradient), [2.0, 4.0], atol=1e-6)
    with pytest.raises(ab.GradientError):
        xp.grad(broken, method="autodiff")(x)


def test_output_that_is_no_real_scalar_is_an_error(xp: Any) -> None:
    """Vector and complex outputs have no gradient."""
    x = xp.asarray([1.0, 2.0])
    for function in (xp.sin, lambda y: xp.sum(xp.multiply(y, 1j))):
        with differentiating(xp), pytest.raises(ab.GradientError):
            xp.grad(function)(x)


def test_second_derivatives_by_nesting(xp: Any) -> None:
    """The gradient of a gradient is exact where differentiation is automatic."""
    needs(xp, "autodiff")
    second = xp.grad(xp.grad(lambda t: xp.cos(t)))(xp.asarray(0.3))
    _assert_close(xp, second, -np.cos(0.3))


@law("hessian")
def test_hessian_is_right_and_symmetric(xp: Any) -> None:
    """cos(a + b) has four equal second derivatives."""
    with differentiating(xp):
        hessian = xp.to_numpy(xp.hessian(lambda t: xp.cos(xp.sum(t)))(xp.asarray([0.3, 0.4])))
        general = xp.to_numpy(
            xp.hessian(lambda t: xp.multiply(xp.prod(t), xp.exp(t[0])))(xp.asarray(POINT))
        )
    rtol = 1e-12 if xp.capabilities.autodiff else 1e-4
    np.testing.assert_allclose(hessian, np.full((2, 2), -np.cos(0.7)), rtol=rtol, atol=rtol)
    np.testing.assert_allclose(general, general.T, rtol=rtol, atol=rtol)
    a, b, c = POINT
    assert abs(general[1, 2] - a * np.exp(a)) < max(rtol, 1e-12)
    assert abs(general[0, 0] - (2 + a) * b * c * np.exp(a)) < max(rtol, 1e-12)


def _vector_function(xp: Any, x: Any) -> Any:
    return xp.stack([xp.multiply(x[0], x[1]), xp.sin(x[2]), xp.exp(xp.sum(x)), xp.square(x[0])])


def _vector_jacobian(x: np.ndarray) -> np.ndarray:
    e = np.exp(x.sum())
    return np.asarray([[x[1], x[0], 0], [0, 0, np.cos(x[2])], [e, e, e], [2 * x[0], 0, 0]])


@law("jacrev", "jacfwd")
def test_jacobians_agree(xp: Any) -> None:
    """Forward and reverse mode give the analytic Jacobian, shape (*output, *input)."""
    x = xp.asarray(POINT)
    with differentiating(xp):
        reverse = xp.jacrev(lambda y: _vector_function(xp, y))(x)
        forward = xp.jacfwd(lambda y: _vector_function(xp, y))(x)
        matrix = xp.jacrev(lambda m: xp.matmul(m, m))(xp.asarray([[1.0, 2.0], [3.0, 4.0]]))
    _assert_close(xp, reverse, _vector_jacobian(POINT))
    _assert_close(xp, forward, _vector_jacobian(POINT))
    assert tuple(matrix.shape) == (2, 2, 2, 2)
    assert float(matrix[0, 1, 0, 0]) == pytest.approx(2.0, rel=1e-6)


@law("vjp", "jvp")
def test_vjp_and_jvp_are_adjoint(xp: Any) -> None:
    """<w, J v> = <J^T w, v>, and both come with the output."""
    x, v = xp.asarray(POINT), xp.asarray([1.0, -2.0, 0.5])
    w = xp.asarray([0.5, 1.5, -1.0, 2.0])
    with differentiating(xp):
        out_r, pullback = xp.vjp(lambda y: _vector_function(xp, y), x)
        (cotangent,) = pullback(w)
        out_f, tangent = xp.jvp(lambda y: _vector_function(xp, y), (x,), (v,))
    jacobian = _vector_jacobian(POINT)
    _assert_close(xp, out_r, xp.to_numpy(_vector_function(xp, x)))
    _assert_close(xp, out_f, xp.to_numpy(_vector_function(xp, x)))
    _assert_close(xp, tangent, jacobian @ xp.to_numpy(v))
    _assert_close(xp, cotangent, jacobian.T @ xp.to_numpy(w))


@law("requires_grad", "detach", "stop_gradient")
def test_detached_arrays_carry_no_derivative(xp: Any) -> None:
    """`detach` keeps the values; the derivative of sum(detach(x) * x) is x."""
    x = xp.asarray([1.0, 2.0])
    tracked = xp.requires_grad(x)
    for y in (tracked, xp.detach(x), xp.detach(tracked), xp.stop_gradient(x)):
        assert xp.is_array(y)
        np.testing.assert_array_equal(xp.to_numpy(y), [1.0, 2.0])
    if xp.capabilities.autodiff:
        for stop in (xp.detach, xp.stop_gradient):
            _assert_close(
                xp, xp.grad(lambda y, f=stop: xp.sum(xp.multiply(f(y), y)))(x), [1.0, 2.0]
            )


@law("custom_vjp")
def test_custom_vjp_decides_the_derivative(xp: Any) -> None:
    """The function's own backward pass is used, exactly and without a warning, everywhere."""

    def forward(x: Any, y: Any) -> Any:
        return xp.sum(xp.multiply(xp.square(x), y)), (x, y)

    def backward(residuals: Any, cotangent: Any) -> Any:
        x, y = residuals  # three times the derivative, so that it cannot be another's
        return xp.multiply(cotangent, xp.multiply(xp.multiply(x, y), 6.0)), None

    function = xp.custom_vjp(forward, backward)
    x, y = xp.asarray([1.0, 2.0]), xp.asarray([3.0, 4.0])
    assert float(function(x, y)) == 19.0
    value, (gx, gy) = xp.value_and_grad(function, argnums=(0, 1))(x, y)
    assert float(value) == 19.0
    np.testing.assert_array_equal(xp.to_numpy(gx), [18.0, 48.0])
    np.testing.assert_array_equal(xp.to_numpy(gy), [0.0, 0.0])
    _, pullback = xp.vjp(function, x, y)
    np.testing.assert_array_equal(xp.to_numpy(pullback(xp.asarray(2.0))[0]), [36.0, 96.0])


def test_custom_vjp_is_uphill_for_complex_arguments(xp: Any) -> None:
    """Cotangents of complex arguments are in the uphill convention on every backend."""
    function = xp.custom_vjp(
        lambda z: (xp.sum(xp.square(xp.abs(z))), z),
        lambda z, g: (xp.multiply(z, xp.multiply(g, 2.0)),),
    )
    gradient = xp.grad(function)(xp.asarray([3 + 4j]))
    np.testing.assert_allclose(xp.to_numpy(gradient), [6 + 8j], rtol=1e-12)


@law("checkpoint")
def test_checkpoint_changes_no_result(xp: Any) -> None:
    """A checkpointed function has the same value and gradient."""
    x = xp.asarray(POINT)

    def function(y: Any) -> Any:
        return xp.sum(xp.sin(xp.exp(y)))

    with differentiating(xp):
        plain = xp.value_and_grad(function)(x)
        saved = xp.value_and_grad(lambda y: xp.checkpoint(function)(y))(x)
    for a, b in zip(plain, saved, strict=True):
        np.testing.assert_allclose(xp.to_numpy(a), xp.to_numpy(b), rtol=1e-12)


@law("check_grad")
def test_check_grad_measures_the_disagreement(xp: Any) -> None:
    """Near 0 for a right gradient, and the error itself for a wrong one."""
    x = xp.asarray([0.3, 0.6])
    if xp.capabilities.autodiff:
        assert xp.check_grad(lambda y: xp.sum(xp.cos(y)), x) < 1e-8
        partly = xp.check_grad(lambda y: xp.add(xp.sum(y), xp.sum(xp.detach(y))), x)
        assert partly == pytest.approx(1.0, abs=1e-6)

    def scaled(factor: float) -> Any:
        return xp.custom_vjp(
            lambda y: (xp.sum(y), y), lambda y, g: (xp.multiply(g, xp.full_like(y, factor)),)
        )

    assert xp.check_grad(scaled(1.0), x) < 1e-8
    assert xp.check_grad(scaled(0.0), x) == pytest.approx(1.0, abs=1e-6)


def test_transforms_compose(xp: Any) -> None:
    """`jit(value_and_grad(f))`, `vmap(grad(f))` and the gradient of a scan are right."""
    x = xp.asarray(POINT)
    with differentiating(xp):
        value, gradient = xp.jit(xp.value_and_grad(lambda t: xp.cos(t)))(xp.asarray(0.3))
        mapped = xp.vmap(xp.grad(lambda t: xp.sin(t)))(x)
        looped = xp.grad(
            lambda t: xp.scan(lambda c, y: (xp.multiply(c, y), c), xp.asarray(1.0), t)[0]
        )(x)
    _assert_close(xp, value, np.cos(0.3))
    _assert_close(xp, gradient, -np.sin(0.3))
    _assert_close(xp, mapped, np.cos(POINT))
    _assert_close(xp, looped, np.prod(POINT) / POINT)
