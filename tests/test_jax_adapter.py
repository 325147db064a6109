"""Where JAX differs from the contract, the adapter makes it agree."""

from __future__ import annotations

import copy
import functools
import math
import os
import pickle
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends import errors

jax = pytest.importorskip("jax")


@pytest.fixture(scope="module")
def xp() -> Any:
    """The backend in double precision."""
    return ab.get_backend("jax", device="cpu", precision="double")


def run(script: str, **environment: str) -> list[str]:
    """Lines printed by a script in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        env={**os.environ, "JAX_PLATFORMS": "cpu", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# Identity


def test_survives_pickle_and_copy(xp: Any) -> None:
    """A backend comes back from pickle equal, with the same hash, and is its own copy."""
    restored = pickle.loads(pickle.dumps(xp))  # noqa: S301
    assert restored == xp
    assert hash(restored) == hash(xp)
    assert copy.deepcopy(xp) is xp


def test_cpu_means_the_first_one(xp: Any) -> None:
    """Devices are strings, and `cpu` is `cpu:0`."""
    assert xp.device == "cpu:0"
    assert xp.device_of(xp.zeros(2, device=jax.devices("cpu")[0])) == "cpu:0"
    with pytest.raises(errors.DeviceError, match="'cpu:7', which JAX does not have"):
        xp.zeros(2, device="cpu:7")


def test_single_precision_leaves_x64_alone() -> None:
    """Without x64 a 64-bit dtype is an error that says how to get one, and never 32 bits."""
    printed = run(
        """
        import numpy as np, jax
        import arraybackends as ab
        xp = ab.get_backend("jax", precision="single")
        print(jax.config.jax_enable_x64, xp.asarray(1.0).dtype, xp.arange(3).dtype)
        for call in (
            lambda: xp.zeros(2, dtype="float64"),
            lambda: xp.asarray(np.ones(2)),
            lambda: xp.from_dlpack(np.ones(2)),
            lambda: xp.asarray(2**40),
            lambda: xp.sum(xp.ones(2), dtype=float),
        ):
            try:
                print(call())
            except ab.errors.DTypeError as error:
                print("refused")
        print(sorted(xp.__array_namespace_info__().dtypes(kind="integral")))
        ab.get_backend("jax")
        print(jax.config.jax_enable_x64, xp.jit(xp.cos)(0.5).dtype)
        """
    )
    assert printed[0] == "False float32 int32"
    assert printed[1:6] == ["refused"] * 5
    assert printed[6] == "['int16', 'int32', 'int8', 'uint16', 'uint32', 'uint8']"
    assert printed[7] == "True float32"


def test_results_live_where_their_inputs_live() -> None:
    """On a second device new arrays, results, gradients and compiled results stay there."""
    printed = run(
        """
        import numpy as np
        import arraybackends as ab
        first = ab.get_backend("jax")
        second = first.with_options(device="cpu:1")
        x = second.asarray([1.0, 2.0])
        results = [
            x, second.eye(2)[0], second.fft.fftfreq(3), second.from_dlpack(np.ones(2)),
            first.sin(x), first.zeros_like(x), first.asarray(x), first.nonzero(x - x)[0],
            first.linalg.matrix_rank(second.zeros((0, 0))),
            first.linalg.matrix_power(second.eye(2), 0),
            first.grad(lambda t: first.sum(t * first.ones(2, device=first.device_of(t))))(x),
            second.jit(lambda s: s * second.ones(2))(2.0),
        ]
        print({first.device_of(r) for r in results}, first.devices())
        print(first.device_of(first.to_device(x, "cpu:0")), first.to_device(x, "cpu:1") is x)
        print(ab.backend_of(x))
        """,
        XLA_FLAGS="--xla_force_host_platform_device_count=2",
    )
    assert printed == [
        "{'cpu:1'} ('cpu:0', 'cpu:1')",
        "cpu:0 True",
        "JAXBackend(device='cpu:1', precision='double')",
    ]


# Conversion


def test_arrays_are_never_weakly_typed(xp: Any) -> None:
    """Arrays made of Python numbers have a definite dtype, however they are made (row 6)."""
    arrays = [
        xp.asarray(1.5),
        xp.full(2, 1.5),
        xp.zeros_like(jax.numpy.asarray(1.5)),
        xp.asarray(jax.numpy.asarray(1.5)),
        xp.asarray([jax.numpy.asarray(1.5), 2.0]),
        xp.jit(lambda x: x + 1.0)(0.5),
        *xp.value_and_grad(lambda x: x * x)(0.5),
        *xp.scan(lambda carry, x: (carry + x, 1.0), 0.0, xp.ones(2)),
        xp.cond(True, lambda: 1.0, lambda: 2.0),
    ]
    assert not any(x.weak_type for x in arrays)


def test_host_memory_is_not_shared(xp: Any) -> None:
    """What is written to the source later does not show (rows 94 to 97)."""
    source = np.zeros(1024)
    taken = [xp.asarray(source), xp.from_dlpack(source), xp.array(source)]
    given = xp.to_numpy(taken[0])
    source[:] = given[:] = 1.0
    assert all(float(xp.sum(x)) == 0.0 for x in taken)


def test_refuses_what_it_cannot_hold(xp: Any) -> None:
    """`copy=False` of host data, foreign arrays and dropped imaginary parts are errors."""
    with pytest.raises(ValueError, match="must copy an object of type `ndarray`"):
        xp.asarray(np.ones(2), copy=False)
    with pytest.raises(ValueError, match="must be copied to have dtype float32"):
        xp.asarray(xp.ones(2), dtype="float32", copy=False)
    with pytest.raises(errors.DTypeError, match="would drop imaginary parts"):
        xp.astype(xp.asarray(1j), "float64")
    with pytest.raises(errors.DTypeError, match="does not fit into an array of dtype float64"):
        xp.at(xp.ones(2))[0].set(1j)
    with pytest.raises(errors.BackendMismatchError, match=r"numpy\.ndarray"):
        xp.add(xp.ones(2), np.ones(2))


def test_takes_any_layout(xp: Any) -> None:
    """Big-endian, reversed and broadcast host arrays come in right (rows 102, 104)."""
    source = np.arange(3, dtype=">f8")[::-1]
    assert xp.to_numpy(xp.asarray(source)).tolist() == [2.0, 1.0, 0.0]
    assert xp.to_numpy(xp.from_dlpack(np.broadcast_to(np.ones(1), (3,)))).tolist() == [1.0] * 3


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("zeros", (2**60,)),
        ("full", ((2**40, 2**40), 1.0)),
        ("eye", (2**30,)),
        ("arange", (10**15,)),
        ("linspace", (0.0, 1.0, 10**15)),
    ],
)
def test_absurd_sizes_are_refused(xp: Any, name: str, args: tuple[Any, ...]) -> None:
    """An array that cannot fit is an error with numbers, where JAX would abort the process."""
    with pytest.raises(errors.MemoryLimitError, match=r"needs .* but device cpu:0 has a limit of"):
        getattr(xp, name)(*args)


# The standard


def test_error_classes(xp: Any) -> None:
    """Errors of shapes and axes have the classes of the contract (rows 66 to 70)."""
    x = xp.ones((2, 3))
    for kind, call in (
        (errors.ShapeError, lambda: xp.add(x, xp.ones(2))),
        (errors.ShapeError, lambda: xp.matmul(x, x)),
        (errors.ShapeError, lambda: xp.reshape(xp.ones((0, 3)), (0, -1))),
        (errors.ShapeError, lambda: xp.concat([x, xp.ones((3, 2))])),
        (errors.AxisError, lambda: xp.sum(x, axis=2)),
        (errors.AxisError, lambda: xp.permute_dims(x, (0, 0))),
        (IndexError, lambda: xp.expand_dims(x, axis=5)),
        (TypeError, lambda: xp.sin(2.0)),
    ):
        with pytest.raises(kind):
            call()


def test_branch_cuts_keep_their_sides(xp: Any) -> None:
    """Roots and inverse functions agree with NumPy on both sides of their cuts (row 110)."""

    def points(step: float) -> Any:
        return np.asarray(
            [complex(a + step, b) for a in (-2.0, -0.5, 0.5, 2.0) for b in (0.0, -0.0)]
        )

    z = points(0.0)
    for name in ("sqrt", "log", "acos", "asin", "acosh"):
        result = xp.to_numpy(getattr(xp, name)(xp.asarray(z)))
        np.testing.assert_allclose(result, getattr(np, name)(z), rtol=1e-14)
        function = functools.partial(lambda f, t: xp.real(f(t)), getattr(xp, name))
        slope = xp.to_numpy(xp.vmap(xp.grad(function))(xp.asarray(z)))
        shifted = (getattr(np, name)(points(1e-6)) - getattr(np, name)(points(-1e-6))) / 2e-6
        np.testing.assert_allclose(np.conj(slope), shifted, rtol=1e-8, atol=1e-8)


def test_special_values(xp: Any) -> None:
    """Infinities, NaN and signed zeros follow the standard where JAX alone does not."""
    z = xp.asarray([complex("inf+nanj"), complex("nan-infj")])
    assert xp.to_numpy(xp.abs(z)).tolist() == [np.inf, np.inf]
    assert xp.to_numpy(xp.exp(xp.asarray(complex("-inf+nanj")))) == 0
    assert not xp.to_numpy(xp.signbit(xp.sign(xp.asarray(-0.0))))
    quotient = xp.floor_divide(xp.asarray([np.inf, -1.0, -0.0]), xp.asarray([2.0, np.inf, 1.0]))
    assert xp.to_numpy(quotient).tolist() == [np.inf, 0.0, 0.0]
    assert xp.to_numpy(xp.signbit(quotient)).tolist() == [False, True, True]
    rest = xp.remainder(xp.asarray([-3.0, 3.0]), xp.asarray([1.0, -1.0]))
    assert xp.to_numpy(xp.signbit(rest)).tolist() == [False, True]


@pytest.mark.parametrize("name", ["sqrt", "tanh", "exp", "sinh", "log1p", "asinh", "abs", "sign"])
def test_repaired_functions_have_finite_derivatives(xp: Any, name: str) -> None:
    """Repairs bring no NaN into first and second derivatives, compiled and vectorised."""
    slope = xp.grad(lambda t: xp.real(getattr(xp, name)(t)))
    z = xp.asarray([0.3 + 0.2j, -0.4 + 0.1j])
    assert bool(xp.all(xp.isfinite(xp.jit(xp.vmap(slope))(z))))
    assert bool(xp.isfinite(xp.grad(lambda t: xp.real(slope(t)))(z[0])))


def test_negative_integer_exponents_are_refused(xp: Any) -> None:
    """JAX gives the lowest integer (row 29)."""
    for exponent in (-1, xp.asarray([-1])):
        with pytest.raises(ValueError, match="must not be negative"):
            xp.pow(xp.asarray([2]), exponent)


def test_one_triangle_is_read(xp: Any) -> None:
    """`eigh` and `cholesky` do not average with the transpose (row L3)."""
    x = np.asarray([[2.0, 9.0], [1.0, 3.0]])
    np.testing.assert_allclose(xp.linalg.eigvalsh(xp.asarray(x)), np.linalg.eigvalsh(x))
    np.testing.assert_allclose(xp.linalg.cholesky(xp.asarray(x)), np.linalg.cholesky(x))


def test_dtypes_of_indices_and_sums(xp: Any) -> None:
    """Indices and sums have the default integer dtypes, and no rank is lost in empty matrices."""
    assert xp.searchsorted(xp.ones(2), xp.ones(2)).dtype == xp.int64
    assert xp.sum(xp.ones(2, dtype="uint8")).dtype == xp.uint64
    assert xp.cumulative_prod(xp.ones(2, dtype="uint8")).dtype == xp.uint64
    assert int(xp.linalg.matrix_rank(xp.zeros((0, 0)))) == 0
    assert type(xp.finfo(xp.float32).eps) is float


def test_products_ask_for_full_precision(xp: Any) -> None:
    """Products have the highest precision; autocast lowers real ones only (row L12)."""

    def precision(dtype: str) -> str:
        x = xp.ones((2, 2), dtype=dtype)
        return str(jax.make_jaxpr(lambda t: xp.matmul(t, t))(x)).split("precision=")[1][:40]

    assert "HIGHEST" in precision("float32")
    with xp.autocast("bfloat16"):
        assert "HIGHEST" not in precision("float32")
        assert "HIGHEST" in precision("complex64")


# Differentiation


def test_gradients_point_uphill(xp: Any) -> None:
    """Gradients, pull-backs and custom rules share PyTorch's convention (row 108)."""
    squared = xp.custom_vjp(lambda z: (xp.real(z * xp.conj(z)), z), lambda z, c: (2 * c * z,))
    z = xp.asarray(3 + 4j)
    assert complex(xp.grad(squared)(z)) == 6 + 8j
    assert complex(xp.grad(lambda t: xp.real(t * xp.conj(t)))(z)) == 6 + 8j
    assert complex(xp.vjp(lambda t: t * t, z)[1](1j)[0]) == np.conj(6 + 8j) * 1j
    assert xp.check_grad(lambda t: xp.real(xp.exp(t)), xp.asarray(0.3 + 0.2j)) < 1e-8


def test_function_is_called_once(xp: Any) -> None:
    """One call gives value and gradient; an unused argument gets zeros; aux may be anything."""
    calls = []

    def fn(x: Any, y: Any) -> Any:
        calls.append(x)
        return xp.sum(x * x), {"note": "text", "x": x}

    differentiated = xp.value_and_grad(fn, argnums=(1, 0), has_aux=True)
    (value, aux), (dy, dx) = differentiated(xp.ones(2), {"a": [0.5, xp.ones(3)]})
    assert len(calls) == 1
    assert float(value) == 2.0
    assert aux["note"] == "text"
    assert xp.to_numpy(aux["x"] + dx).tolist() == [3.0, 3.0]
    assert xp.to_numpy(dy["a"][1]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "fn",
    [lambda x: float(x[0]) ** 2 + float(x[1]) ** 2, lambda x: np.sum(np.asarray(x) ** 2)],
    ids=["python", "numpy"],
)
def test_lost_graph_falls_back(xp: Any, fn: Any) -> None:
    """Differences replace the derivative, with a reason, where a value leaves the graph."""
    x = xp.asarray([1.0, 2.0])
    with pytest.warns(errors.GradientFallbackWarning, match="taken out of the graph"):
        _, gradient = xp.value_and_grad(fn)(x)
    np.testing.assert_allclose(gradient, [2.0, 4.0], rtol=1e-8)
    with pytest.raises(errors.GradientError, match="cannot be differentiated automatically"):
        xp.value_and_grad(fn, method="autodiff")(x)


def test_errors_of_gradients(xp: Any) -> None:
    """Wrong outputs and inputs are named; the user's own exceptions propagate."""
    x = xp.ones(2)
    with pytest.raises(errors.GradientError, match=r"one of shape \(2,\)"):
        xp.grad(lambda t: t)(x)
    with pytest.raises(errors.GradientError, match="dtype complex128"):
        xp.grad(lambda t: t * 1j)(0.5)
    with pytest.raises(errors.GradientError, match="must be floating-point arrays"):
        xp.grad(lambda t: t)(xp.asarray(1))
    with pytest.raises(errors.GradientError, match="`argnums` is 3"):
        xp.grad(xp.sum, argnums=3)(x)
    with pytest.raises(ZeroDivisionError):
        xp.grad(lambda t: 1 // 0)(0.5)


def test_custom_rules_compose(xp: Any) -> None:
    """A custom rule works compiled, vectorised, forward, twice, and with constant residuals."""
    cube = xp.custom_vjp(
        lambda x: (xp.sum(x**3), (x, "constant", 3)),
        lambda kept, c: (kept[2] * c * kept[0] ** 2,),
    )
    x = xp.asarray([1.0, 2.0])
    assert xp.to_numpy(xp.jit(xp.grad(cube))(x)).tolist() == [3.0, 12.0]
    assert xp.to_numpy(xp.vmap(xp.grad(cube))(xp.stack([x, x]))).tolist() == [[3.0, 12.0]] * 2
    assert xp.to_numpy(xp.hessian(cube)(x)).tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert float(xp.jvp(cube, (x,), (xp.ones(2),))[1]) == 15.0
    assert xp.to_numpy(xp.jacfwd(cube)(x)).tolist() == [3.0, 12.0]
    wrong = xp.custom_vjp(lambda a: (a, a), lambda a, c: c)
    with pytest.raises(errors.GradientError, match="must return a tuple of 1"):
        xp.grad(wrong)(0.5)


# Transformation


def test_chunks_do_not_change_results(xp: Any) -> None:
    """A last chunk that is smaller, axes in the middle and containers come out right."""
    x = xp.reshape(xp.arange(30.0), (2, 5, 3))

    def fn(a: Any, b: Any) -> Any:
        return {"sum": xp.sum(a) + b, "row": a}

    whole = xp.vmap(fn, in_axes=(1, None), out_axes={"sum": 0, "row": 1})(x, 2.0)
    parts = xp.vmap(fn, in_axes=(1, None), out_axes={"sum": 0, "row": 1}, chunk_size=2)(x, 2.0)
    for name in whole:
        np.testing.assert_array_equal(whole[name], parts[name])
    with pytest.raises(errors.ShapeError, match="inconsistent sizes"):
        xp.vmap(fn)(xp.ones(2), xp.ones(3))


def test_compilation_says_what_became_of_it(xp: Any) -> None:
    """The status tells; a branch on values falls back once, or is an error that names `xp.cond`."""

    def branch(x: Any) -> Any:
        return x if x > 0 else -x

    compiled = xp.jit(xp.sin)
    assert compiled.status.state == "pending"
    compiled(xp.ones(2))
    assert compiled.status.state == "compiled"
    fallen = xp.jit(branch)
    with pytest.warns(errors.CompilationFallbackWarning, match=r"`branch`.*xp\.cond"):
        assert float(fallen(xp.asarray(-2.0))) == 2.0
    assert float(fallen(xp.asarray(-3.0))) == 3.0
    assert fallen.status.state == "fallback"
    with pytest.raises(errors.CompilationError, match=r"xp\.cond"):
        xp.jit(branch, fallback="raise")(xp.asarray(1.0))
    with pytest.raises(errors.CompilationError, match="not a valid JAX type"):
        xp.jit(lambda x: "text", fallback="raise")(1.0)


def test_own_exceptions_propagate_from_transforms(xp: Any) -> None:
    """A TypeError of the user's is not taken for one of JAX's."""

    def broken(x: Any) -> Any:
        raise TypeError("mine")

    for transformed in (xp.jit(broken), xp.vmap(broken), xp.grad(broken)):
        with pytest.raises(TypeError, match="mine"):
            transformed(xp.ones(2))
    with pytest.raises(TypeError, match="must be hashable"):
        xp.jit(lambda x, n: x, static_argnums=1)(xp.ones(2), [1])


def test_methods_are_compiled(xp: Any) -> None:
    """`jit` decorates methods, with one compilation for each object."""

    class Line:
        def __init__(self, slope: float) -> None:
            self.slope = slope

        @xp.jit
        def at(self, x: Any) -> Any:
            return self.slope * x

    steep, flat = Line(3.0), Line(0.5)
    assert float(steep.at(xp.asarray(2.0))) == 6.0
    assert float(flat.at(xp.asarray(2.0))) == 1.0
    assert steep.at.status.state == "compiled"


def test_counting_under_tracing(xp: Any) -> None:
    """Where the largest value is unknown `minlength` is the length, and the rest is dropped."""
    count = xp.jit(lambda x: xp.bincount(x, minlength=3))
    assert xp.to_numpy(count(xp.asarray([1, 2, 2, 7]))).tolist() == [0, 1, 2]


def test_memory_is_counted(xp: Any) -> None:
    """Live arrays are counted, and the limit can be set and is kept."""
    before = xp.memory_stats()["cpu:0"].allocated
    x = xp.zeros(2**17)
    xp.synchronize()
    stats = xp.memory_stats()["cpu:0"]
    assert stats.allocated - before >= x.nbytes
    assert stats.peak >= stats.allocated
    total = xp.memory_limit(1.0)
    try:
        assert xp.memory_limit(0.25) == total // 4
    finally:
        xp.memory_limit(1.0)


def test_circuits_run_while_x64_is_off() -> None:
    """In a process that has never asked for double precision, nothing asks for int64."""
    program = """
import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, PauliSum, expectation_function
xp = ab.set_backend("jax", precision="single")
energy = expectation_function(Circuit(1).rx(0, Parameter("t")), PauliSum({"Z": 1.0}), xp=xp)
value, gradient = xp.value_and_grad(energy)(xp.asarray([0.5]))
outcomes = Circuit(2).h(0).cx(0, 1).sample(100, seed=1)
print(float(value), float(gradient[0]), set(outcomes.tolist()), gradient.dtype)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    value, gradient, *outcomes, dtype = done.stdout.split()
    assert abs(float(value) - math.cos(0.5)) < 1e-6
    assert abs(float(gradient) + math.sin(0.5)) < 1e-6
    assert outcomes == ["{0,", "3}"] and dtype == "float32"


def test_compiled_circuits_are_differentiated(xp: Any) -> None:
    """Both orders of `jit` and derivatives, of a function that builds its circuit inside."""
    from arraybackends.quantum import Circuit, PauliSum

    def energy(angle: Any) -> Any:
        return Circuit(1).rx(0, angle).expectation(PauliSum({"Z": 1.0}))

    for both in (xp.value_and_grad(xp.jit(energy)), xp.jit(xp.value_and_grad(energy))):
        value, slope = both(xp.asarray(0.3))
        assert float(value) == pytest.approx(math.cos(0.3))
        assert float(slope) == pytest.approx(-math.sin(0.3))
