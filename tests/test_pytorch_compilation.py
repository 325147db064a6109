"""Compilation on PyTorch: lazy failures, one warning, honest status."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, PauliSum, expectation_function

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def xp() -> Any:
    """PyTorch on the CPU."""
    return ab.get_backend("pytorch", device="cpu")


def test_a_compiled_function_gives_the_same_and_says_so(xp: Any) -> None:
    """The status is pending before the first call and compiled after it."""

    @xp.jit
    def f(x: Any) -> Any:
        return xp.sum(xp.sin(x) * 2.0)

    assert f.status.state == "pending"
    x = xp.asarray([0.1, 0.2])
    assert float(f(x)) == pytest.approx(float(xp.sum(xp.sin(x) * 2.0)))
    assert f.status == ("compiled", None)


def _leaving(xp: Any, calls: list[Any]) -> Any:
    """Make a function that the compiler cannot take as one graph."""

    def f(x: Any) -> Any:
        calls.append(None)
        return x * len(str(float(x[0])))

    return f


def test_a_rejected_function_falls_back_once(xp: Any) -> None:
    """The first call warns with the reason; the second neither compiles nor warns."""
    f = xp.jit(_leaving(xp, []))
    x = xp.asarray([0.5])
    with pytest.warns(ab.CompilationFallbackWarning, match="runs uncompiled") as caught:
        assert float(f(x)[0]) == 1.5
    assert len(caught) == 1
    assert f.status.state == "fallback" and f.status.reason
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(f(x)[0]) == 1.5


def test_a_rejected_function_can_raise_instead(xp: Any) -> None:
    """With `fallback="raise"` the cause is chained."""
    f = xp.jit(_leaving(xp, []), fallback="raise")
    with pytest.raises(ab.CompilationError, match="cannot be compiled") as caught:
        f(xp.asarray([0.5]))
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("fallback", ["warn", "raise"])
def test_errors_of_the_function_propagate(xp: Any, fallback: Any) -> None:
    """A ValueError of the user's own arrives as it is, without a warning or a new status."""

    @xp.jit(fallback=fallback)
    def f(x: Any) -> Any:
        if x.shape[0] > 1:
            raise ValueError("the user's own")
        return x

    with pytest.raises(ValueError, match="the user's own"):
        f(xp.asarray([1.0, 2.0]))
    assert f.status.state == "pending"


def test_static_arguments_are_constants(xp: Any) -> None:
    """A static argument may steer Python; an unhashable one is an error."""
    f = xp.jit(lambda x, n: x**n, static_argnums=1)
    assert float(f(xp.asarray([3.0]), 2)[0]) == 9.0
    with pytest.raises(TypeError, match="unhashable"):
        f(xp.asarray([3.0]), [2])


# Circuits, whose complex operations run as a program


OBSERVABLE = PauliSum({"ZZI": 1.0, "IXX": 0.5})


def energy(theta: Any) -> Any:
    """Build a circuit from an array of six angles, as users do."""
    circuit = Circuit(3)
    for place in range(6):
        circuit.ry(place % 3, theta[..., place]).cx(place % 3, (place + 1) % 3)
    return circuit.expectation(OBSERVABLE)


def plain(theta: Any) -> Any:
    """Build a circuit of one qubit."""
    return Circuit(1).ry(0, theta[0]).rx(0, theta[1]).expectation(PauliSum({"Z": 1.0}))


def silent(xp: Any, fn: Any) -> Any:
    """Compile a function, and refuse to fall back."""
    return xp.jit(fn, fallback="raise")


def test_gradients_of_circuits_are_compiled(xp: Any) -> None:
    """Value and gradient of a closure are those of the plain function, at other values too."""
    both = xp.value_and_grad(energy)
    compiled = silent(xp, both)
    for seed in range(3):
        theta = xp.randn((6,), seed=seed)
        for ours, plain in zip(compiled(theta), both(theta), strict=True):
            torch.testing.assert_close(ours, plain, rtol=0, atol=1e-13)
            assert not ours.requires_grad
    assert compiled.status == ("compiled", None) and compiled.compilations == 1


def test_every_signature_is_compiled_once(xp: Any) -> None:
    """Batches, precisions and layouts have programs of their own, of which there is one each."""
    compiled = silent(xp, energy)
    batch = xp.randn((4, 6), seed=1)
    across = xp.matrix_transpose(xp.randn((6, 4), seed=1))
    for theta in (batch[0], batch, batch + 1, across, batch[1]):
        torch.testing.assert_close(compiled(theta), energy(theta), rtol=0, atol=1e-13)
    assert compiled.compilations == 3


def test_second_derivatives_and_batches_are_compiled(xp: Any) -> None:
    """Hessians, maps and functions that carry their own rule go through `jit`."""
    circuit = Circuit(1).ry(0, Parameter("a")).rx(0, Parameter("b"))
    function = expectation_function(circuit, PauliSum({"Z": 1.0}), xp=xp)
    theta = xp.asarray([0.3, -0.4])
    for fn in (xp.hessian(function), xp.grad(function), xp.grad(xp.checkpoint(plain))):
        torch.testing.assert_close(silent(xp, fn)(theta), fn(theta), rtol=0, atol=1e-13)
    rows = xp.stack([theta, -theta])
    mapped = xp.vmap(xp.grad(function))
    torch.testing.assert_close(silent(xp, mapped)(rows), mapped(rows), rtol=0, atol=1e-13)


def test_compiled_functions_are_differentiated_as_they_are(xp: Any) -> None:
    """The other nesting, and weights that are tracked or overwritten, give what is right now."""
    theta = xp.randn((6,), seed=2)
    compiled = silent(xp, energy)
    expected = xp.grad(energy)(theta)
    torch.testing.assert_close(xp.grad(compiled)(theta), expected, rtol=0, atol=1e-13)
    weights = theta.clone().requires_grad_()
    model = silent(xp, lambda x: energy(weights * x))
    (found,) = torch.autograd.grad(model(xp.ones((6,))), weights)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-13)
    with torch.no_grad():
        first = model(xp.ones((6,)))
        weights += 0.5
        second = model(xp.ones((6,)))
    assert float(abs(first - energy(theta))) < 1e-13
    assert float(abs(second - energy(theta + 0.5))) < 1e-13


def test_results_of_compiled_functions_are_the_callers(xp: Any) -> None:
    """Writing into a constant result does not change the next one; random numbers stay random."""
    compiled = silent(xp, lambda x: (xp.zeros((2,), dtype=xp.complex128), x * 1j))
    first, _ = compiled(xp.ones((2,)))
    first += 5
    assert float(abs(compiled(xp.ones((2,)))[0]).max()) == 0
    noisy = silent(xp, lambda x: x + 1j * torch.rand(2, dtype=torch.float64))
    assert not torch.equal(noisy(xp.ones((2,))), noisy(xp.ones((2,))))


def test_what_cannot_be_recorded_is_named(xp: Any) -> None:
    """Objects as arguments and results, and numbers without end, fall back with the remedy."""
    theta = xp.randn((6,), seed=2)
    for fn, arguments, reason in (
        (lambda x, c: c.bind(x[:1]).expectation(PauliSum({"Z": 1.0})),
         (theta, Circuit(1).rx(0, Parameter("a"))), "`Circuit`.*`static_argnums`"),
        (lambda x: object(), (theta,), "returns a `object`"),
        (lambda x: xp.sum(xp.ones(xp.nonzero(x)[0].shape)) * 1j, (theta,), "what `.*nonzero"),
        (lambda x: (x * 1j)[x > 0], (theta,), "depends on values"),
    ):  # fmt: skip
        with pytest.raises(ab.CompilationError, match=reason):
            silent(xp, fn)(*arguments)
    counted = xp.jit(lambda x, n: 1j * x * n)
    for n in range(64):
        assert float(xp.imag(counted(xp.asarray(2.0), n))) == 2 * n
    with pytest.warns(ab.CompilationFallbackWarning, match="64 signatures"):
        assert float(xp.imag(counted(xp.asarray(2.0), 64))) == 128


# CUDA graphs

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="There is no CUDA device.")


@pytest.mark.parametrize("name", ["numpy", "pytorch", "jax", "strict"])
def test_cuda_graphs_are_refused_where_there_are_none(name: str) -> None:
    """Nothing pretends to record: the error names backend and device, as a decorator too."""
    other: Any = ab.get_backend(name, device=None if name in ("numpy", "strict") else "cpu")
    for call in (lambda: other.jit(energy, cuda_graphs=True), lambda: other.jit(cuda_graphs=True)):
        with pytest.raises(ab.CapabilityError, match=f"`{name}` on device .* no CUDA graphs"):
            call()


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("is_complex", [True, False])
def test_cuda_graphs_replay_at_other_values(is_complex: bool) -> None:
    """Value and gradient are those of the plain function, call after call, and results are kept."""
    cuda: Any = ab.get_backend("pytorch", device="cuda")
    both = cuda.value_and_grad(energy if is_complex else lambda x: cuda.sum(cuda.sin(x) ** 2))
    compiled = cuda.jit(both, cuda_graphs=True, fallback="raise")
    found = [compiled(cuda.randn((6,), seed=seed)) for seed in range(4)]
    for seed, ours in enumerate(found):
        plain = both(cuda.randn((6,), seed=seed))
        torch.testing.assert_close(ours, plain, rtol=0, atol=1e-12)
    assert compiled.status == ("compiled", None)
    assert compiled.compilations == 1


@pytest.mark.gpu
@needs_cuda
def test_cuda_graphs_have_one_for_each_signature() -> None:
    """Other shapes are recorded anew, and arguments that are not on the device are an error."""
    cuda: Any = ab.get_backend("pytorch", device="cuda")
    compiled = cuda.jit(energy, cuda_graphs=True, fallback="raise")
    for shape in ((6,), (4, 6), (6,)):
        theta = cuda.randn(shape, seed=1)
        torch.testing.assert_close(compiled(theta), energy(theta), rtol=0, atol=1e-12)
    assert compiled.compilations == 2
    with pytest.raises(ab.CompilationError, match="all on one CUDA device"):
        cuda.jit(lambda x: x + 1, cuda_graphs=True, fallback="raise")(cuda.ones(2, device="cpu"))


@pytest.mark.gpu
@needs_cuda
def test_cuda_graphs_refuse_what_values_steer() -> None:
    """A function that looks at values cannot be recorded, and says so."""
    cuda: Any = ab.get_backend("pytorch", device="cuda")
    steered = cuda.jit(
        lambda x: x if float(cuda.sum(x)) > 0 else -x, cuda_graphs=True, fallback="raise"
    )
    with pytest.raises(ab.CompilationError):
        steered(cuda.ones(2))
