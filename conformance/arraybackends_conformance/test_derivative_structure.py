"""What derivatives pass through, what they are derivatives of, and what they refuse."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import compiles_each_call, law, needs
from arraybackends_conformance.telling import numbers

X = numbers((2, 3))
W = numbers((2, 3))[::-1].copy()


@pytest.fixture(autouse=True)
def quiet(xp: Any) -> Iterator[None]:
    """Backends without automatic differentiation announce that, which other laws are about."""
    with warnings.catch_warnings():
        if not xp.capabilities.autodiff:
            warnings.simplefilter("ignore", ab.GradientFallbackWarning)
        yield


def _rtol(xp: Any) -> float:
    return 1e-12 if xp.capabilities.autodiff else 1e-5


MOVES: dict[str, Callable[[Any, Any], Any]] = {
    "array": lambda xp, x: xp.array(x),
    "asarray": lambda xp, x: xp.asarray(x),
    "asarray, copied": lambda xp, x: xp.asarray(x, copy=True),
    "astype": lambda xp, x: xp.astype(x, xp.float64),
    "to_device": lambda xp, x: xp.to_device(x, xp.device),
    "checkpoint": lambda xp, x: xp.checkpoint(xp.positive)(x),
    "checkpoint of containers": lambda xp, x: xp.checkpoint(lambda p: [p["x"]])({"x": x})[0],
    "jit": lambda xp, x: xp.jit(xp.positive)(x),
    "vmap": lambda xp, x: xp.vmap(xp.positive)(x),
    "scan": lambda xp, x: xp.scan(lambda c, row: (c, row), xp.asarray(0.0), x)[1],
    "cond": lambda xp, x: xp.cond(True, xp.positive, xp.negative, x),
    "at": lambda xp, x: xp.at(x)[:0].set(1.0),
    "at of values": lambda xp, x: xp.at(xp.zeros((2, 3)))[...].add(x),
    "broadcast_arrays": lambda xp, x: xp.broadcast_arrays(x, xp.ones((2, 1)))[0],
    "meshgrid": lambda xp, x: xp.reshape(
        xp.meshgrid(xp.reshape(x, (6,)), xp.ones((1,)))[0], (2, 3)
    ),
}  # fmt: skip


@law("grad", "array", "asarray", "astype", "to_device", "checkpoint", "broadcast_arrays",
     "meshgrid")  # fmt: skip
@pytest.mark.parametrize("move", MOVES)
def test_what_keeps_values_keeps_derivatives(xp: Any, move: str) -> None:
    """Copies, moves and wrappers are the identity for derivatives too."""
    w = xp.asarray(W.copy())

    def loss(x: Any) -> Any:
        return xp.sum(xp.multiply(w, MOVES[move](xp, x)))

    found = xp.to_numpy(_at_once(xp, xp.grad(loss))(xp.asarray(X.copy())))
    np.testing.assert_allclose(found, W, rtol=_rtol(xp), atol=_rtol(xp))


@law("astype", "grad")
def test_derivatives_pass_through_other_precisions(xp: Any) -> None:
    """What is computed in single precision or with complex numbers has a derivative too."""
    needs(xp, "autodiff")
    w = np.asarray([1.5, -2.0])
    for dtype in ("float32", "complex128"):

        def loss(x: Any, dtype: str = dtype) -> Any:
            there = xp.astype(xp.real(xp.astype(x, dtype)), xp.float64)
            return xp.sum(xp.multiply(xp.asarray(w.copy()), there))

        gradient = _at_once(xp, xp.grad(loss))(xp.asarray([0.25, 4.0]))
        assert xp.dtype_name(gradient.dtype) == "float64"
        np.testing.assert_array_equal(xp.to_numpy(gradient), w)


@law("detach", "stop_gradient")
@pytest.mark.parametrize("name", ["detach", "stop_gradient"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_nothing_passes_what_is_detached(
    xp: Any, name: str, dtype: str, shape: tuple[int, ...]
) -> None:
    """The gradient of Re sum x detach(x) sees the other factor alone."""
    needs(xp, "autodiff")
    stop = getattr(xp, name)
    data = numbers(shape, dtype)
    found = xp.grad(lambda x: xp.sum(xp.real(xp.multiply(x, stop(x)))))(xp.asarray(data.copy()))
    np.testing.assert_allclose(xp.to_numpy(found), np.conj(data), rtol=1e-14)


@law("requires_grad")
@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_tracking_keeps_dtype_and_shape(xp: Any, dtype: str) -> None:
    """`requires_grad` changes nothing but what the library remembers."""
    x = xp.requires_grad(xp.asarray(numbers((2, 1), dtype)))
    assert (xp.dtype_name(x.dtype), tuple(x.shape)) == (dtype, (2, 1))


def _at_once(xp: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """One program, where each operation would be compiled by itself."""
    return xp.jit(function, fallback="raise") if compiles_each_call(xp) else function


def _matrix(xp: Any, x: Any) -> Any:
    """Vector function of a vector whose Jacobian is square and not symmetric."""
    return xp.multiply(xp.square(x), xp.roll(x, 1))


@law("jacrev", "jacfwd", "vjp", "jvp")
def test_square_jacobians_are_not_transposed(xp: Any) -> None:
    """Rows belong to outputs and columns to inputs, also where there are as many."""
    x = np.asarray([0.5, -1.0, 2.0])
    expected = np.diag(2 * x * np.roll(x, 1)) + np.diag(x**2) @ np.roll(np.eye(3), 1, axis=0)
    for jacobian in (xp.jacrev, xp.jacfwd):
        differentiated = _at_once(xp, jacobian(lambda y: _matrix(xp, y)))
        found = xp.to_numpy(differentiated(xp.asarray(x.copy())))
        np.testing.assert_allclose(found, expected, rtol=_rtol(xp), atol=_rtol(xp))


@law("hessian")
def test_hessian_of_a_matrix_has_its_axes_twice(xp: Any) -> None:
    """d2f / dx_ij dx_kl is at [i, j, k, l]."""
    x = np.asarray([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])
    hessian = _at_once(xp, xp.hessian(lambda y: xp.sum(xp.pow(y, 3))))
    found = xp.to_numpy(hessian(xp.asarray(x.copy())))
    expected = np.zeros((2, 3, 2, 3))
    for i, j in np.ndindex(2, 3):
        expected[i, j, i, j] = 6 * x[i, j]
    assert found.shape == expected.shape
    atol = 1e-12 if xp.capabilities.autodiff else 1e-3
    np.testing.assert_allclose(found, expected, rtol=0, atol=12 * atol)


@law("check_grad")
def test_check_grad_looks_at_every_element(xp: Any) -> None:
    """One wrong derivative of many is seen, and how wrong it is."""
    factors = np.asarray([[1.0, 1.0, 1.0], [1.0, 1.0, 5.0]])
    wrong = xp.custom_vjp(
        lambda y: (xp.sum(y), y), lambda y, g: (xp.multiply(g, xp.asarray(factors.copy())),)
    )
    assert xp.check_grad(wrong, xp.asarray(X.copy())) == pytest.approx(4.0, abs=1e-6)


@law("vjp")
def test_pull_backs_can_be_called_again(xp: Any) -> None:
    """One evaluation serves many cotangents: the second is as good as the first."""
    _, pull_back = xp.vjp(lambda y: xp.multiply(y, xp.square(y)), xp.asarray([1.0, 2.0]))
    for w in ([1.0, 0.0], [0.0, 1.0], [1.0, 1.0]):
        (found,) = pull_back(xp.asarray(w))
        expected = np.asarray(w) * [3.0, 12.0]
        np.testing.assert_allclose(xp.to_numpy(found), expected, rtol=1e-5, atol=1e-5)


@law("vjp", "jvp")
def test_tangents_and_cotangents_must_fit(xp: Any) -> None:
    """A tangent of another shape, or one too many, is an error, and is not broadcast."""
    x, number = xp.asarray([1.0, 2.0, 3.0]), xp.asarray(1.0)
    with pytest.raises((TypeError, ValueError), match=r"\w+ \w+"):
        xp.jvp(xp.sin, (x,), (number,))
    with pytest.raises((ab.GradientError, TypeError, ValueError), match=r"\w+ \w+"):
        xp.jvp(xp.sin, (x,), (x, x))
    _, pull_back = xp.vjp(xp.sin, x)
    with pytest.raises((TypeError, ValueError), match=r"\w+ \w+"):
        pull_back(number)


@law("jacrev", "jacfwd", "hessian", "grad")
def test_what_has_no_derivative_is_a_gradient_error(xp: Any) -> None:
    """Integers, complex Jacobians, Hessians of vectors, and arguments that are not there."""
    x, integers = xp.asarray([1.0, 2.0]), xp.asarray([1, 2])
    for call in (
        lambda: xp.jacrev(xp.positive)(integers), lambda: xp.jacfwd(xp.positive)(integers),
        lambda: xp.hessian(xp.sum)(integers), lambda: xp.hessian(xp.sin)(x),
        lambda: xp.grad(xp.sum, argnums=3)(x),
    ):  # fmt: skip
        with pytest.raises((ab.GradientError, ab.DTypeError), match=r"\w+ \w+"):
            call()


@law("custom_vjp", "grad")
def test_own_rules_are_differentiated_again(xp: Any) -> None:
    """The second derivative is that of the rule: with the rule 3 x**2 for x**3 it is 6 x."""
    needs(xp, "autodiff")
    cube = xp.custom_vjp(
        lambda x: (xp.pow(x, 3), x), lambda x, g: (xp.multiply(g, xp.multiply(xp.square(x), 3.0)),)
    )
    second = xp.grad(xp.grad(lambda x: cube(x)))(xp.asarray(2.0))
    assert float(second) == pytest.approx(12.0, rel=1e-12)


@law("checkpoint")
def test_checkpoint_computes_again_instead_of_keeping(xp: Any) -> None:
    """The function runs a second time in the backward pass."""
    needs(xp, "autodiff")
    if compiles_each_call(xp):
        pytest.skip("The backend records the function once and repeats the record.")
    calls = []

    def function(x: Any) -> Any:
        calls.append(1)
        return xp.sum(xp.sin(xp.exp(x)))

    xp.grad(xp.checkpoint(function))(xp.asarray([0.5, 1.0]))
    assert len(calls) == 2


@law("linalg.qr", "linalg.eig", "linalg.eigvals")
@pytest.mark.parametrize("by", ["qr", "eig"])
def test_factors_with_free_phases_have_derivatives(xp: Any, by: str) -> None:
    """What no phase changes has a derivative: Q Q^H, |R|, V exp(w) V^-1, the sum of w^3."""
    needs(xp, "autodiff")
    a = numbers((4, 2)) / 2 + np.eye(4, 2)
    w = numbers((4, 4)) / 4
    square = numbers((3, 3)) / 8 + np.diag([1.0, 2.0, 3.5])

    def adjoint(x: Any) -> Any:
        return xp.matrix_transpose(x)

    def by_qr(x: Any) -> Any:
        q, r = xp.linalg.qr(x)
        projector = xp.matmul(q, adjoint(q))
        weighted = xp.sum(xp.multiply(xp.asarray(w.copy()), projector))
        return xp.add(weighted, xp.sum(xp.abs(xp.triu(r))))

    def by_solving(x: Any) -> Any:
        gram = xp.matmul(adjoint(x), x)
        projector = xp.matmul(x, xp.linalg.solve(gram, adjoint(x)))
        weighted = xp.sum(xp.multiply(xp.asarray(w.copy()), projector))
        return xp.add(weighted, xp.sum(xp.abs(xp.linalg.cholesky(gram, upper=True))))

    def by_eig(x: Any) -> Any:
        values, vectors = xp.linalg.eig(x)
        function = xp.matmul(xp.multiply(vectors, xp.exp(values)), xp.linalg.inv(vectors))
        cubes = xp.pow(xp.linalg.eigvals(x), 3)
        weighted = xp.sum(xp.multiply(xp.asarray(w[:3, :3].copy()), xp.real(function)))
        return xp.add(weighted, xp.sum(xp.real(cubes)))

    def by_powers(x: Any) -> Any:
        weighted = xp.sum(xp.multiply(xp.asarray(w[:3, :3].copy()), xp.linalg.expm(x)))
        return xp.add(weighted, xp.linalg.trace(xp.linalg.matrix_power(x, 3)))

    one, other, data = {
        "qr": (by_qr, by_solving, a), "eig": (by_eig, by_powers, square)
    }[by]  # fmt: skip
    x = xp.asarray(data.copy())
    try:
        found = xp.to_numpy(_at_once(xp, xp.grad(one, method="autodiff"))(x))
    except NotImplementedError as error:
        # JAX says that it differentiates the eigenvectors of Hermitian matrices alone.
        if by != "eig":
            raise
        pytest.skip(f"The library has no derivative of `{by}`: {error}")
    expected = xp.to_numpy(_at_once(xp, xp.grad(other, method="autodiff"))(x))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * abs(expected).max())
