"""Gradients of the PyTorch adapter: leaves, nesting, broken graphs, rules of one's own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import arraybackends as ab

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def xp() -> Any:
    """PyTorch on the CPU."""
    return ab.get_backend("pytorch", device="cpu")


def test_requires_grad_returns_a_leaf_and_leaves_the_argument_alone(xp: Any) -> None:
    """The tracked leaf is a new tensor, also of a tensor inside a graph."""
    x = xp.asarray([1.0, 2.0])
    tracked = xp.requires_grad(x)
    assert tracked.requires_grad and tracked.is_leaf and not x.requires_grad
    inner = xp.requires_grad(tracked * 2)
    assert inner.requires_grad and inner.is_leaf
    xp.sum(inner).backward()
    assert tracked.grad is None


@pytest.mark.parametrize("x", [[1.0], np.ones(2), torch.arange(3)], ids=["list", "numpy", "int"])
def test_requires_grad_refuses_what_cannot_be_tracked(xp: Any, x: Any) -> None:
    """Lists, NumPy arrays and integers are refused, not returned untracked."""
    with pytest.raises(ab.GradientError, match="floating-point array of backend `pytorch`"):
        xp.requires_grad(x)


def test_detach_shares_storage_outside_the_graph(xp: Any) -> None:
    """The detached tensor has the same data pointer and no derivative."""
    x = xp.requires_grad(xp.asarray([1.0, 2.0]))
    detached = xp.detach(x)
    assert detached.data_ptr() == x.data_ptr() and not detached.requires_grad
    gradient = xp.grad(lambda x: xp.sum(xp.detach(x) * x))(xp.asarray([1.0, 2.0]))
    np.testing.assert_array_equal(xp.to_numpy(gradient), [1.0, 2.0])


def test_a_hybrid_model_trains_as_one(xp: Any) -> None:
    """The value inside a module keeps the graph of the layers around it."""
    torch.manual_seed(0)
    before, after = torch.nn.Linear(2, 2).double(), torch.nn.Linear(1, 1).double()
    x = xp.asarray([0.3, -0.7])

    def loss() -> Any:
        value, gradient = xp.value_and_grad(lambda a: xp.sum(xp.cos(a)))(before(x))
        return xp.sum(after(xp.stack([value + xp.sum(gradient**2)])) ** 2)

    parameters = [*before.parameters(), *after.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=0.05)
    first = float(loss().detach())
    for _ in range(30):
        optimiser.zero_grad()
        loss().backward()
        assert all(p.grad is not None and bool(torch.any(p.grad != 0)) for p in parameters)
        optimiser.step()
    assert float(loss().detach()) < first


def test_the_graph_of_a_closure_is_kept(xp: Any) -> None:
    """Weights that a function only encloses get gradients from the value and the gradient."""
    weight = xp.requires_grad(xp.asarray([2.0, 3.0]))
    value, gradient = xp.value_and_grad(lambda x: xp.sum(weight * x**2))(xp.asarray([1.0, 2.0]))
    (value + xp.sum(gradient)).backward()
    np.testing.assert_array_equal(weight.grad.numpy(), [1.0 + 2.0, 4.0 + 4.0])


def test_results_without_an_outer_graph_are_free(xp: Any) -> None:
    """Value, extra output and gradient hold no graph that nobody asked for."""
    (value, aux), gradient = xp.value_and_grad(
        lambda x: (xp.sum(x**2), {"x": x, "text": "kept"}), has_aux=True
    )(xp.asarray([1.0, 2.0]))
    assert not (value.requires_grad or gradient.requires_grad or aux["x"].requires_grad)
    assert aux["text"] == "kept"


def test_second_derivatives(xp: Any) -> None:
    """A gradient of a gradient, a Hessian, and both by other transforms agree."""
    x = xp.asarray(0.3)
    value, second = xp.value_and_grad(xp.grad(xp.cos))(x)
    assert float(value) == pytest.approx(-math.sin(0.3), abs=1e-15)
    assert float(second) == pytest.approx(-math.cos(0.3), abs=1e-15)

    def energy(p: Any) -> Any:
        return xp.cos(p[0] + p[1])

    p = xp.asarray([0.4, 0.5])
    expected = np.full((2, 2), -math.cos(0.9))
    for hessian in (xp.hessian(energy), xp.jacrev(xp.grad(energy)), xp.jacfwd(xp.grad(energy))):
        np.testing.assert_allclose(xp.to_numpy(hessian(p)), expected, atol=1e-14)
    batched = xp.vmap(xp.hessian(energy))(xp.stack([p, p]))
    np.testing.assert_allclose(xp.to_numpy(batched), [expected, expected], atol=1e-14)


def test_automatic_first_and_called_once(xp: Any) -> None:
    """The gradient is exact, and the function was called one time."""
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        return xp.sum(xp.sin(x) ** 3)

    x = xp.linspace(-2.0, 2.0, 50)
    gradient = xp.grad(f)(x)
    expected = 3 * xp.sin(x) ** 2 * xp.cos(x)
    assert len(calls) == 1
    np.testing.assert_allclose(xp.to_numpy(gradient), xp.to_numpy(expected), atol=1e-12)


@pytest.mark.parametrize(("precision", "tolerance"), [("single", 1e-3), ("double", 1e-6)])
@pytest.mark.parametrize("leak", ["detach", "numpy"])
def test_a_broken_graph_falls_back_with_the_reason(
    precision: Any, tolerance: float, leak: str
) -> None:
    """One warning names the reason; `autodiff` raises instead; dtypes are those of the input."""
    xp: Any = ab.get_backend("pytorch", device="cpu", precision=precision)

    def f(x: Any) -> Any:
        x = xp.asarray(x.numpy()) if leak == "numpy" else xp.detach(x)
        return xp.sum(x**2)

    x = xp.asarray([1.0, 2.0])
    with pytest.warns(ab.GradientFallbackWarning, match="taken out of PyTorch") as caught:
        value, gradient = xp.value_and_grad(f)(x)
    assert len(caught) == 1
    assert value.dtype == gradient.dtype == x.dtype
    np.testing.assert_allclose(xp.to_numpy(gradient), [2.0, 4.0], atol=tolerance)
    with pytest.raises(ab.GradientError, match="cannot be differentiated automatically"):
        xp.grad(f, method="autodiff")(x)


@pytest.mark.parametrize(
    ("f", "name"),
    [(lambda x: torch.sum(torch.heaviside(x, x) * x), "heaviside"),
     (lambda x: torch.sum(torch.special.zeta(x + 1, x)), "zeta")],
    ids=["forward", "backward"],
)  # fmt: skip
def test_an_operator_without_a_derivative_is_named(xp: Any, f: Any, name: str) -> None:
    """The warning names the operator, whether PyTorch finds out at once or in the backward pass."""
    x = xp.asarray([1.5, 2.0])
    with pytest.warns(ab.GradientFallbackWarning, match=name):
        gradient = xp.grad(f)(x)
    exact = xp.grad(f, method="finite-difference")(x)
    np.testing.assert_allclose(xp.to_numpy(gradient), xp.to_numpy(exact))


def test_exceptions_of_the_function_propagate(xp: Any) -> None:
    """A KeyError arrives as it is, after one call."""
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        return {}["absent"]

    with pytest.raises(KeyError, match="absent"):
        xp.grad(f)(xp.asarray(1.0))
    assert len(calls) == 1


def test_unused_arguments_get_zeros(xp: Any) -> None:
    """An argument without influence has a zero gradient, and nothing falls back."""
    x, y = xp.asarray([1.0, 2.0]), xp.asarray([3.0])
    gx, gy = xp.grad(lambda x, y: xp.sum(x**2), argnums=(0, 1))(x, y)
    np.testing.assert_array_equal(xp.to_numpy(gx), [2.0, 4.0])
    np.testing.assert_array_equal(xp.to_numpy(gy), [0.0])


def test_arguments_may_be_containers(xp: Any) -> None:
    """Dicts, lists and tuples of tensors give gradients of the same structure."""
    tree = {"w": [xp.asarray(2.0), xp.asarray(3.0)], "b": (xp.asarray(5.0),)}
    gradient = xp.grad(lambda t: t["w"][0] * t["w"][1] + t["b"][0] ** 2)(tree)
    assert float(gradient["w"][0]) == 3.0 and float(gradient["w"][1]) == 2.0
    assert isinstance(gradient["b"], tuple) and float(gradient["b"][0]) == 10.0


@pytest.mark.parametrize(
    ("f", "message"),
    [(lambda x: x * 2, r"shape \(2,\)"), (lambda x: torch.sum(x * 1j), "complex128"),
     (lambda x: "text", "returned 'text'")],
    ids=["vector", "complex", "text"],
)  # fmt: skip
def test_outputs_must_be_real_scalars(xp: Any, f: Any, message: str) -> None:
    """The error says what came back instead."""
    with pytest.raises(ab.GradientError, match=message):
        xp.grad(f)(xp.asarray([1.0, 2.0]))


def test_integers_are_not_differentiable(xp: Any) -> None:
    """The error names the argument and the remedy."""
    with pytest.raises(ab.GradientError, match="choose other arguments with `argnums`"):
        xp.grad(lambda n: xp.sum(n))(xp.asarray([1, 2]))


def test_gradients_point_uphill(xp: Any) -> None:
    """The gradient of abs(z)**2 at 3+4j is 6+8j, also by finite differences."""

    def f(z: Any) -> Any:
        return xp.abs(z) ** 2

    z = xp.asarray(3 + 4j)
    assert complex(xp.grad(f)(z)) == pytest.approx(6 + 8j, abs=1e-14)
    assert complex(xp.grad(f, method="finite-difference")(z)) == pytest.approx(6 + 8j, abs=1e-6)


def test_check_grad_finds_what_a_half_broken_graph_loses(xp: Any) -> None:
    """Automatic and numerical gradients agree, unless part of the graph is cut."""
    assert xp.check_grad(xp.cos, xp.asarray(0.3)) < 1e-8
    partly = xp.check_grad(lambda x: xp.sum(x) + xp.sum(xp.detach(x)), xp.asarray([1.0, 2.0]))
    assert partly == pytest.approx(1.0, abs=1e-6)


def test_jacobians_of_complex_functions_are_refused(xp: Any) -> None:
    """No imaginary part is dropped in silence."""
    with pytest.raises(ab.GradientError, match="Split complex numbers"):
        xp.jacrev(lambda x: x * 1j)(xp.asarray([1.0]))


def _sum_of_sines(xp: Any, residuals: str) -> Any:
    """Make a function with a rule of its own: of inputs kept, or of something computed."""

    def fwd(x: Any) -> Any:
        return xp.sum(xp.sin(x)), (x if residuals == "input" else xp.cos(x))

    def bwd(kept: Any, cotangent: Any) -> Any:
        return (cotangent * (xp.cos(kept) if residuals == "input" else kept),)

    return xp.custom_vjp(fwd, bwd)


@pytest.mark.parametrize("residuals", ["input", "computed"])
def test_custom_vjp_composes_with_all_transforms(xp: Any, residuals: str) -> None:
    """First and second derivatives, in both modes and in batches, follow from the rule."""
    f = _sum_of_sines(xp, residuals)
    x = xp.asarray([0.3, 0.4])
    first, second = np.cos([0.3, 0.4]), np.diag(-np.sin([0.3, 0.4]))
    close = np.testing.assert_allclose
    close(xp.to_numpy(xp.grad(f)(x)), first)
    close(xp.to_numpy(xp.jacfwd(f)(x)), first)
    close(xp.to_numpy(xp.jacrev(xp.grad(f))(x)), second)
    close(xp.to_numpy(xp.hessian(f)(x)), second)
    close(xp.to_numpy(xp.jacfwd(xp.jacfwd(f))(x)), second)
    close(xp.to_numpy(xp.jacrev(xp.jacfwd(f))(x)), second)
    with torch.no_grad():  # outside of the transforms, so that it does not concern them
        close(xp.to_numpy(xp.hessian(f)(x)), second)
    third = np.zeros((2, 2, 2))
    third[[0, 1], [0, 1], [0, 1]] = -first
    close(xp.to_numpy(xp.jacfwd(xp.hessian(f))(x)), third)
    close(xp.to_numpy(xp.vmap(xp.grad(f))(xp.stack([x, 2 * x]))), [first, np.cos([0.6, 0.8])])
    assert torch.autograd.gradgradcheck(f, (xp.requires_grad(x),))


def test_custom_vjp_is_used_and_checked(xp: Any) -> None:
    """The rule decides, even if wrong; None is zero; a wrong number of cotangents is an error."""
    f = xp.custom_vjp(lambda x, y: (x * y, None), lambda kept, cotangent: (7 * cotangent, None))
    gx, gy = xp.grad(f, argnums=(0, 1))(xp.asarray(2.0), xp.asarray(3.0))
    assert float(gx) == 7.0 and float(gy) == 0.0
    short = xp.custom_vjp(lambda x, y: (x * y, None), lambda kept, cotangent: (cotangent,))
    with pytest.raises(ab.GradientError, match="tuple of 2 cotangents"):
        xp.grad(short)(xp.asarray(2.0), xp.asarray(3.0))


def test_checkpoint_recomputes(xp: Any) -> None:
    """The function runs again in the backward pass, with the same gradient; also under `vmap`."""
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return xp.sum(xp.sin(xp.exp(x)))

    x = xp.asarray([0.1, 0.2])
    expected = xp.to_numpy(xp.grad(f)(x))
    calls.clear()
    np.testing.assert_allclose(xp.to_numpy(xp.grad(xp.checkpoint(f))(x)), expected)
    assert len(calls) == 2
    batched = xp.vmap(xp.grad(xp.checkpoint(f)))(xp.stack([x, x]))
    np.testing.assert_allclose(xp.to_numpy(batched), [expected, expected])


def test_conjugates_are_mapped_without_a_warning(xp: Any) -> None:
    """Neither `vmap` of conjugates nor of their gradients falls back to a slow loop, with words."""
    z = xp.asarray([[1 + 2j], [3 - 1j]])
    assert xp.to_numpy(xp.vmap(xp.conj)(z)).tolist() == [[1 - 2j], [3 + 1j]]

    def norm(row: Any) -> Any:
        return xp.real(xp.sum(xp.conj(row) * row))

    assert xp.to_numpy(xp.vmap(xp.grad(norm))(z)).tolist() == [[2 + 4j], [6 - 2j]]


def test_circuits_built_inside_of_transforms(xp: Any) -> None:
    """Gradients and Hessians of functions that build a circuit can be mapped."""
    from arraybackends.quantum import Circuit, Parameter, PauliSum, expectation_function

    def plain(t: Any) -> Any:
        circuit = Circuit(2).rx(0, t).cx(0, 1).rzz(0, 1, t)
        return circuit.expectation(PauliSum({"ZX": 1.0, "YY": 0.3, "ZZ": 1.0}))

    def noisy(t: Any) -> Any:
        return Circuit(1).rx(0, t).bit_flip(0, 0.1).expectation(PauliSum({"Z": 1.0}))

    def bound(t: Any) -> Any:
        circuit = Circuit(1).rx(0, Parameter("a"))
        return expectation_function(circuit, PauliSum({"Z": 1.0}), xp=xp)(t[None])

    points = xp.asarray([0.3, 1.1])
    for fn in (plain, noisy, bound):
        for derivative in (xp.grad(fn), xp.grad(xp.grad(fn)), xp.hessian(fn), xp.jacfwd(fn)):
            expected = xp.stack([derivative(t) for t in points])
            torch.testing.assert_close(xp.vmap(derivative)(points), expected, rtol=0, atol=1e-12)
