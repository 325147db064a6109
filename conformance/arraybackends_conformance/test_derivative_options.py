"""Derivatives in single precision, of containers, of several arguments, and inside each other."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import law, needs


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Backends without automatic differentiation announce that, which other laws are about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ab.GradientFallbackWarning)
        yield


def _close(xp: Any, found: Any, expected: Any) -> None:
    rtol = 1e-12 if xp.capabilities.autodiff else 1e-5
    np.testing.assert_allclose(xp.to_numpy(found), expected, rtol=rtol, atol=rtol)


def _derivatives(xp: Any, name: str, x: Any) -> tuple[Any, ...]:
    def function(y: Any) -> Any:
        return xp.multiply(y, y)

    match name:
        case "vjp":
            value, pull_back = xp.vjp(function, x)
            return (value, *pull_back(x))
        case "jvp":
            return xp.jvp(function, (x,), (x,))  # type: ignore[no-any-return]
        case "hessian":
            return (xp.hessian(lambda y: xp.sum(function(y)))(x),)
        case "grad":
            return xp.value_and_grad(lambda y: xp.sum(function(y)))(x)  # type: ignore[no-any-return]
        case _:
            return (getattr(xp, name)(function)(x),)


@law("grad", "vjp", "jvp", "jacrev", "jacfwd", "hessian")
@pytest.mark.parametrize("name", ["grad", "vjp", "jvp", "jacrev", "jacfwd", "hessian"])
def test_derivatives_keep_single_precision(xp: Any, name: str) -> None:
    """Values and derivatives of float32 are float32 in a backend whose default is double."""
    for part in _derivatives(xp, name, xp.asarray([0.5, 2.0], dtype=xp.float32)):
        assert xp.is_array(part)
        assert xp.dtype_name(part.dtype) == "float32"


@law("jacrev", "jacfwd")
@pytest.mark.parametrize("name", ["jacrev", "jacfwd"])
def test_jacobian_of_a_number_has_the_shape_of_the_argument(xp: Any, name: str) -> None:
    """The Jacobian has the axes of the output, of which a number has none, then of the input."""
    x = np.asarray([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
    jacobian = getattr(xp, name)
    _close(xp, jacobian(lambda y: xp.sum(xp.square(y)))(xp.asarray(x.copy())), 2 * x)
    _close(xp, jacobian(lambda t: xp.multiply(xp.asarray(x.copy()), t))(xp.asarray(2.0)), x)
    assert tuple(jacobian(xp.square)(xp.asarray(2.0)).shape) == ()


@law("hessian")
def test_hessian_of_several_arguments(xp: Any) -> None:
    """A block for every pair of arguments, the mixed ones transposes of each other."""
    a, b = np.asarray([1.0, 2.0]), np.asarray([0.5, -1.0, 3.0])

    def function(a: Any, b: Any) -> Any:
        return xp.multiply(xp.sum(xp.square(a)), xp.sum(xp.pow(b, 3)))

    blocks = xp.hessian(function, argnums=(0, 1))(xp.asarray(a.copy()), xp.asarray(b.copy()))
    mixed = np.outer(2 * a, 3 * b**2)
    expected = ((2 * np.sum(b**3) * np.eye(2), mixed),
                (mixed.T, np.sum(a**2) * np.diag(6 * b)))  # fmt: skip
    assert len(blocks) == 2
    for row, wanted in zip(blocks, expected, strict=True):
        for block, part in zip(row, wanted, strict=True):
            rtol = 1e-12 if xp.capabilities.autodiff else 2e-3
            np.testing.assert_allclose(xp.to_numpy(block), part, rtol=rtol, atol=30 * rtol)


@law("checkpoint")
def test_checkpoint_passes_everything_on(xp: Any) -> None:
    """Keywords reach the function, and containers come back as they were."""

    def function(x: Any, *, scale: float = 1.0) -> Any:
        return {"scaled": xp.multiply(x, scale), "list": [x]}

    found = xp.checkpoint(function)(xp.asarray([1.0, 2.0]), scale=3.0)
    assert isinstance(found, dict) and isinstance(found["list"], list)
    assert xp.to_numpy(found["scaled"]).tolist() == [3.0, 6.0]
    gradient = xp.grad(lambda x: xp.sum(xp.checkpoint(function)(x, scale=3.0)["scaled"]))
    _close(xp, gradient(xp.asarray([1.0, 2.0])), [3.0, 3.0])


@law("grad", "value_and_grad")
def test_results_do_not_hold_the_graph(xp: Any) -> None:
    """Values and gradients are plain: another derivative of them, later, is zero or none."""
    x = xp.asarray([1.0, 2.0])
    value, gradient = xp.value_and_grad(lambda y: xp.sum(xp.square(y)))(x)
    for part in (value, gradient, xp.grad(lambda y: xp.sum(y))(x)):
        assert not getattr(part, "requires_grad", False)
        assert type(xp.to_numpy(part)) is np.ndarray
    assert not getattr(x, "requires_grad", False)


@law("grad")
def test_gradients_do_not_pile_up(xp: Any) -> None:
    """The second gradient at the same array is that of the first call, whatever was in between."""
    x = xp.asarray([1.0, 2.0])
    for _ in range(3):
        _close(xp, xp.grad(lambda y: xp.sum(xp.square(y)))(x), [2.0, 4.0])


@law("grad")
def test_gradient_with_respect_to_integers_is_an_error(xp: Any) -> None:
    """Integers cannot be moved a little: GradientError or DTypeError, not 0."""
    with pytest.raises((ab.GradientError, ab.DTypeError), match=r"\w+ \w+"):
        xp.grad(lambda x: xp.sum(xp.astype(x, xp.float64)))(xp.asarray([1, 2]))


@law("grad", "value_and_grad")
def test_gradients_inside_gradients_see_the_outer_variable(xp: Any) -> None:
    """d/da of (d/dx a x**3 at x = a) = d/da 3 a**3 = 9 a**2."""
    needs(xp, "autodiff")

    def outer(a: Any) -> Any:
        _, inner = xp.value_and_grad(lambda x: xp.multiply(a, xp.pow(x, 3)))(a)
        return inner

    _close(xp, xp.grad(outer)(xp.asarray(2.0)), 36.0)

    def penalty(x: Any) -> Any:  # |grad f|**2 with f = sum x**3 / 3
        slope = xp.grad(lambda y: xp.sum(xp.divide(xp.pow(y, 3), 3.0)))(x)
        return xp.sum(xp.square(slope))

    _close(xp, xp.grad(penalty)(xp.asarray([1.0, -2.0])), [4.0, -32.0])


@law("custom_vjp")
def test_custom_rule_sees_the_cotangent(xp: Any) -> None:
    """The rule gets the cotangent of every output, scaled and complex as it comes."""

    def forward(x: Any) -> Any:
        return (xp.multiply(x, 2.0), xp.multiply(x, 5.0)), x

    function = xp.custom_vjp(
        forward,
        lambda _, g: (xp.add(xp.multiply(g[0], 2.0), xp.multiply(g[1], 5.0)),),
    )
    x = xp.asarray([1.0, 2.0])
    _, pull_back = xp.vjp(function, x)
    (found,) = pull_back((xp.asarray([1.0, 10.0]), xp.asarray([100.0, 1000.0])))
    np.testing.assert_array_equal(xp.to_numpy(found), [502.0, 5020.0])
    single = xp.custom_vjp(lambda x: (xp.sum(x), x), lambda x, g: (xp.multiply(g, x),))
    _, pull_back = xp.vjp(single, x)
    np.testing.assert_array_equal(xp.to_numpy(pull_back(xp.asarray(3.0))[0]), [3.0, 6.0])


@law("grad", "value_and_grad")
def test_gradients_of_containers_keep_their_structure(xp: Any) -> None:
    """Tuples stay tuples, lists lists and dicts dicts, nested too."""
    a, b = xp.asarray(1.5), xp.asarray(2.0)

    def function(p: Any) -> Any:
        return xp.multiply(p[0], p[1]["b"][0])

    gradient = xp.grad(function)((a, {"b": [b]}))
    assert type(gradient) is tuple
    assert type(gradient[1]) is dict
    assert type(gradient[1]["b"]) is list
    _close(xp, gradient[0], 2.0)
    _close(xp, gradient[1]["b"][0], 1.5)


@law("grad")
def test_differences_scale_with_the_argument(xp: Any) -> None:
    """Gradients at large and small arguments are as accurate as near 1."""
    for scale in (1e-4, 1.0, 1e5):
        x = np.asarray([1.0, -2.5]) * scale
        for method in ("auto", "finite-difference"):
            gradient = xp.grad(lambda y: xp.sum(xp.square(y)), method=method)
            found = xp.to_numpy(gradient(xp.asarray(x.copy())))
            np.testing.assert_allclose(found, 2 * x, rtol=1e-6, atol=1e-9 * scale)


@law("linalg.eigh", "linalg.eigvalsh", "grad")
def test_sums_of_eigenvalues_have_gradients_where_they_are_equal(xp: Any) -> None:
    """The trace and its powers are smooth also at the identity: the gradient is a polynomial."""
    needs(xp, "autodiff")
    for x in (np.eye(3), np.diag([2.0, 2.0, 5.0]), np.ones((3, 3))):
        for values in (lambda m: xp.linalg.eigvalsh(m), lambda m: xp.linalg.eigh(m)[0]):
            gradient = xp.to_numpy(
                xp.grad(lambda m, f=values: xp.sum(xp.square(f(m))))(xp.asarray(x.copy()))
            )
            symmetric = (gradient + gradient.T) / 2
            np.testing.assert_allclose(symmetric, 2 * x, rtol=1e-12, atol=1e-12)


@law("where", "grad")
def test_untaken_branches_leave_gradients_alone(xp: Any) -> None:
    """`where` chooses: what is undefined in the branch not taken does not come through."""
    x = xp.asarray([0.0, 4.0])
    positive = xp.greater(x, 0.0)
    safe = xp.where(positive, x, xp.ones_like(x))

    def function(y: Any) -> Any:
        inner = xp.where(positive, y, xp.ones_like(y))
        return xp.sum(xp.where(positive, xp.log(inner), xp.zeros_like(y)))

    _close(xp, xp.grad(function)(x), [0.0, 0.25])
    infinite = xp.asarray([xp.nan, xp.inf])
    chosen = xp.where(xp.asarray([False, False]), infinite, safe)
    np.testing.assert_array_equal(xp.to_numpy(chosen), [1.0, 4.0])
