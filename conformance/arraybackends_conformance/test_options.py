"""The options of transformations: each does what it says, together with the others."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest

from arraybackends import GradientFallbackWarning
from arraybackends_conformance.law import law, needs
from arraybackends_conformance.test_gradients import differentiating
from arraybackends_conformance.tolerance import FINITE_DIFFERENCE


def _assert_close(xp: Any, result: Any, expected: Any) -> None:
    rtol = 1e-12 if xp.capabilities.autodiff else 10 * FINITE_DIFFERENCE
    assert xp.is_array(result)
    np.testing.assert_allclose(xp.to_numpy(result), expected, rtol=rtol, atol=rtol)


def _polynomial(xp: Any) -> Any:
    """a**2 b c**3, whose derivatives all differ."""
    return lambda a, b, c: xp.multiply(xp.multiply(xp.square(a), b), xp.pow(c, 3))


A, B, C = 1.5, 2.0, 3.0
DERIVATIVES = {0: 2 * A * B * C**3, 1: A**2 * C**3, 2: 3 * A**2 * B * C**2}


@law("grad", "value_and_grad")
def test_gradients_come_in_the_order_asked_for(xp: Any) -> None:
    """`argnums` may be in any order, of one element, or counted from the end."""
    args = [xp.asarray(x) for x in (A, B, C)]
    with differentiating(xp):
        for argnums in ((2, 0), (1,), (-1, 1), (0, 1, 2)):
            value, gradients = xp.value_and_grad(_polynomial(xp), argnums=argnums)(*args)
            alone = xp.grad(_polynomial(xp), argnums=argnums)(*args)
            _assert_close(xp, value, A**2 * B * C**3)
            for found in (gradients, alone):
                assert isinstance(found, tuple) and len(found) == len(argnums)
                for number, gradient in zip(argnums, found, strict=True):
                    _assert_close(xp, gradient, DERIVATIVES[number % 3])
        _assert_close(xp, xp.grad(_polynomial(xp), argnums=-2)(*args), DERIVATIVES[1])


@law("grad")
def test_gradient_passes_aux_on(xp: Any) -> None:
    """With `has_aux`, `grad` gives the gradient and the extra output, for one or many arguments."""
    a, b = xp.asarray(A), xp.asarray(B)

    def function(a: Any, b: Any) -> Any:
        return xp.multiply(xp.square(a), b), {"sum": xp.add(a, b), "text": "kept"}

    with differentiating(xp):
        found = xp.grad(function, has_aux=True)(a, b)
        assert isinstance(found, tuple), "`grad` drops what `has_aux` announces"
        gradient, aux = found
        both, aux2 = xp.grad(function, argnums=(1, 0), has_aux=True)(a, b)
        (value, aux3), _ = xp.value_and_grad(function, argnums=1, has_aux=True)(a, b)
    _assert_close(xp, gradient, 2 * A * B)
    _assert_close(xp, both[0], A**2)
    _assert_close(xp, both[1], 2 * A * B)
    _assert_close(xp, value, A**2 * B)
    for extra in (aux, aux2, aux3):
        assert extra["text"] == "kept"
        assert float(extra["sum"]) == A + B


@law("grad")
def test_gradient_passes_keywords_on(xp: Any) -> None:
    """Keyword arguments reach the function, and are not differentiated."""

    def function(x: Any, *, scale: Any) -> Any:
        return xp.multiply(xp.square(x), scale)

    with differentiating(xp):
        value, gradient = xp.value_and_grad(function)(xp.asarray(A), scale=3.0)
    _assert_close(xp, value, 3 * A**2)
    _assert_close(xp, gradient, 6 * A)


@law("grad")
def test_gradient_in_single_precision(xp: Any) -> None:
    """Value and gradient have the dtype of the argument, whatever the backend's default."""
    for dtype in ("float32", "complex64"):
        x = xp.asarray([1.0, 2.0], dtype=dtype)
        with differentiating(xp):
            value, gradient = xp.value_and_grad(lambda y: xp.sum(xp.square(xp.abs(y))))(x)
        assert xp.dtype_name(value.dtype) == "float32"
        assert xp.dtype_name(gradient.dtype) == dtype
        np.testing.assert_allclose(xp.to_numpy(gradient), [2.0, 4.0], rtol=2e-3)


@law("grad", "value_and_grad")
def test_differences_take_the_same_options(xp: Any) -> None:
    """`method="finite-difference"` differs in nothing but accuracy: order, aux, complex, dtype."""
    a, z = xp.asarray(A), xp.asarray([1 + 2j, -0.5j])

    def function(a: Any, z: Any) -> Any:
        return xp.multiply(a, xp.sum(xp.real(xp.multiply(z, z)))), "kept"

    square = float(np.sum((xp.to_numpy(z) ** 2).real))
    single = xp.asarray([0.5, 2.0], dtype=xp.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GradientFallbackWarning)
        (value, aux), (to_z, to_a) = xp.value_and_grad(
            function, argnums=(1, 0), has_aux=True, method="finite-difference"
        )(a, z)
        narrow = xp.grad(lambda x: xp.sum(xp.sin(x)), method="finite-difference")(single)
    assert aux == "kept"
    assert float(value) == pytest.approx(A * square, rel=1e-12)
    np.testing.assert_allclose(xp.to_numpy(to_a), square, rtol=1e-6)
    np.testing.assert_allclose(xp.to_numpy(to_z), 2 * A * np.conj(xp.to_numpy(z)), rtol=1e-6)
    assert narrow.dtype == xp.float32
    np.testing.assert_allclose(xp.to_numpy(narrow), np.cos([0.5, 2.0]), rtol=2e-3)


@law("jacrev", "jacfwd", "hessian")
def test_jacobians_of_a_chosen_argument(xp: Any) -> None:
    """`argnums` of Jacobians and Hessians, one and several."""
    a, b = xp.asarray([1.0, 2.0, 3.0]), xp.asarray([0.5, -1.0])

    def outer(a: Any, b: Any) -> Any:
        return xp.linalg.outer(xp.square(a), b)

    first = np.zeros((3, 2, 3))
    second = np.zeros((3, 2, 2))
    for i, j in np.ndindex(3, 2):
        first[i, j, i] = 2 * float(a[i]) * float(b[j])
        second[i, j, j] = float(a[i]) ** 2
    with differentiating(xp):
        for jacobian in (xp.jacrev, xp.jacfwd):
            _assert_close(xp, jacobian(outer)(a, b), first)
            _assert_close(xp, jacobian(outer, argnums=1)(a, b), second)
            both = jacobian(outer, argnums=(1, 0))(a, b)
            _assert_close(xp, both[0], second)
            _assert_close(xp, both[1], first)
        hessian = xp.to_numpy(
            xp.hessian(lambda a, b: xp.multiply(xp.sum(a), xp.sum(xp.pow(b, 3))), argnums=1)(a, b)
        )
    tolerance = 1e-12 if xp.capabilities.autodiff else 1e-3
    np.testing.assert_allclose(hessian, np.diag([18.0, -36.0]), atol=36 * tolerance)


def _holomorphic(xp: Any, z: Any) -> Any:
    return xp.multiply(xp.multiply(z, z), 1 + 2j)


def _mixing(xp: Any, z: Any) -> Any:
    """Neither holomorphic nor its conjugate."""
    return xp.add(xp.multiply(z, xp.conj(z)), xp.multiply(xp.conj(z), 0.5 - 2j))


@law("vjp", "jvp")
@pytest.mark.parametrize("function", [_holomorphic, _mixing])
def test_complex_vjp_is_adjoint_to_jvp(xp: Any, function: Any) -> None:
    """With <a, b> = Re sum conj(a) b: <w, J v> = <J* w, v>; J v is the directional derivative."""
    z, v = np.asarray([0.5 + 1j, -1 + 0.25j]), np.asarray([1 - 2j, 0.5 + 3j])
    w = np.asarray([2 + 1j, -1 - 0.5j])

    def at(z: np.ndarray) -> np.ndarray:
        return xp.to_numpy(function(xp, xp.asarray(z)))  # type: ignore[no-any-return]

    h = 1e-5
    directional = (at(z + h * v) - at(z - h * v)) / (2 * h)
    with differentiating(xp):
        output, pull_back = xp.vjp(lambda y: function(xp, y), xp.asarray(z))
        (cotangent,) = pull_back(xp.asarray(w))
        output2, tangent = xp.jvp(lambda y: function(xp, y), (xp.asarray(z),), (xp.asarray(v),))
    for found in (output, output2):
        np.testing.assert_allclose(xp.to_numpy(found), at(z), rtol=1e-14)
    np.testing.assert_allclose(xp.to_numpy(tangent), directional, rtol=1e-7)
    left = np.sum(np.conj(w) * directional).real
    right = np.sum(np.conj(xp.to_numpy(cotangent)) * v).real
    assert left == pytest.approx(right, rel=1e-7)
    for direction in (np.asarray([1, 0]), np.asarray([1j, 0]), np.asarray([0, 1j])):
        slope = (at(z + h * direction) - at(z - h * direction)) / (2 * h)
        found = np.sum(np.conj(xp.to_numpy(cotangent)) * direction).real
        assert np.sum(np.conj(w) * slope).real == pytest.approx(found, rel=1e-7, abs=1e-8)


@law("vjp", "jvp")
def test_vjp_and_jvp_of_several_arguments(xp: Any) -> None:
    """One cotangent for each argument; tangents of all arguments add up."""
    a, b = xp.asarray(A), xp.asarray([2.0, 5.0])

    def function(a: Any, b: Any) -> Any:
        return xp.multiply(xp.square(a), b)

    w, v = xp.asarray([1.0, -2.0]), (xp.asarray(0.5), xp.asarray([3.0, -1.0]))
    with differentiating(xp):
        _, pull_back = xp.vjp(function, a, b)
        to_a, to_b = pull_back(w)
        _, tangent = xp.jvp(function, (a, b), v)
    _assert_close(xp, to_a, 2 * A * (2.0 - 10.0))
    _assert_close(xp, to_b, [A**2, -2 * A**2])
    _assert_close(xp, tangent, [2 * A * 2.0 * 0.5 + 3 * A**2, 2 * A * 5.0 * 0.5 - A**2])


@law("custom_vjp")
def test_custom_rules_chain(xp: Any) -> None:
    """Inside another function, mapped and compiled, the rule still decides."""
    needs(xp, "autodiff")
    function = xp.custom_vjp(
        lambda x: (xp.square(x), x), lambda x, g: (xp.multiply(g, xp.multiply(x, 10.0)),)
    )
    x = xp.asarray([1.0, 2.0])

    def whole(x: Any) -> Any:
        return xp.sum(xp.multiply(function(xp.multiply(x, 3.0)), xp.asarray([1.0, -1.0])))

    expected = [90.0, -180.0]
    _assert_close(xp, xp.grad(whole)(x), expected)
    mapped = xp.vmap(xp.grad(lambda y: function(xp.multiply(y, 3.0))))(x)
    _assert_close(xp, mapped, [90.0, 180.0])


@law("checkpoint")
def test_checkpoint_of_several_arguments(xp: Any) -> None:
    """All arguments reach the function, and all gradients come back."""
    args = [xp.asarray(x) for x in (A, B, C)]
    with differentiating(xp):
        saved = xp.checkpoint(_polynomial(xp))
        gradients = xp.grad(lambda *args: saved(*args), argnums=(0, 1, 2))(*args)
    _assert_close(xp, saved(*args), A**2 * B * C**3)
    for number, gradient in enumerate(gradients):
        _assert_close(xp, gradient, DERIVATIVES[number])


@law("check_grad")
def test_check_grad_looks_at_every_argument(xp: Any) -> None:
    """A wrong derivative of the second argument is seen."""
    function = xp.custom_vjp(
        lambda a, b: (xp.add(xp.sum(a), xp.sum(b)), (a, b)),
        lambda saved, g: (xp.multiply(g, xp.ones_like(x)), xp.multiply(g, xp.full_like(x, 3.0))),
    )
    x = xp.asarray([0.5, 1.0])
    assert xp.check_grad(function, x, x) == pytest.approx(2.0, abs=1e-6)


# vmap


@law("vmap")
@pytest.mark.parametrize("chunk_size", [None, 1, 2, 3, 7])
def test_chunks_keep_the_axes(xp: Any, chunk_size: int | None) -> None:
    """Chunks are cut along `in_axes` and joined along `out_axes`, in containers too."""
    x = np.arange(24.0).reshape(2, 3, 4)
    y = np.asarray([1.0, 2.0, 4.0])

    def function(p: Any, b: Any, c: Any) -> Any:
        return {"product": xp.multiply(p["x"], b), "sum": (xp.sum(p["x"]), xp.add(p["x"], c))}

    mapped = xp.vmap(function, in_axes=({"x": 1}, 0, None), out_axes={"product": -1, "sum": (0, 1)},
                     chunk_size=chunk_size)  # fmt: skip
    result = mapped({"x": xp.asarray(x)}, xp.asarray(y), xp.asarray(10.0))
    np.testing.assert_array_equal(xp.to_numpy(result["product"]), np.moveaxis(x, 1, -1) * y)
    assert isinstance(result["sum"], tuple)
    np.testing.assert_array_equal(xp.to_numpy(result["sum"][0]), x.sum(axis=(0, 2)))
    np.testing.assert_array_equal(xp.to_numpy(result["sum"][1]), x + 10)


@law("vmap")
def test_vmap_over_nothing(xp: Any) -> None:
    """A batch of 0 gives results of length 0 with the shape and dtype that elements would have."""
    result = xp.vmap(lambda x: xp.sum(xp.matmul(x, xp.matrix_transpose(x)), axis=0))(
        xp.zeros((0, 2, 3), dtype=xp.float32)
    )
    assert tuple(result.shape) == (0, 2)
    assert result.dtype == xp.float32


@law("vmap")
def test_vmap_refuses_options_that_mean_nothing(xp: Any) -> None:
    """Chunks of no elements, and unknown treatments of randomness, are errors."""
    with pytest.raises(ValueError, match="chunk_size"):
        xp.vmap(xp.sum, chunk_size=0)(xp.ones((2, 2)))
    with pytest.raises(ValueError, match="randomness"):
        xp.vmap(xp.sum, randomness="sometimes")(xp.ones((2, 2)))


@law("vmap")
def test_vmap_of_gradients_is_the_gradient_of_each(xp: Any) -> None:
    """Gradients of a batch are those of its elements, also where the parameters are shared."""
    x, w = np.arange(6.0).reshape(3, 2), np.asarray([0.5, -1.0])
    with differentiating(xp):
        mapped = xp.vmap(xp.grad(lambda w, x: xp.square(xp.vecdot(w, x))), in_axes=(None, 0))(
            xp.asarray(w), xp.asarray(x)
        )
    _assert_close(xp, mapped, 2 * (x @ w)[:, None] * x)


# jit


@law("jit")
def test_jit_serves_every_signature(xp: Any) -> None:
    """Other shapes, dtypes, structures and keywords give other results, not the first one's."""
    compiled = xp.jit(lambda x, scale=1.0: xp.multiply(xp.sum(x), scale))
    for shape, dtype in (((2,), "float64"), ((3,), "float64"), ((2, 2), "float32")):
        result = compiled(xp.ones(shape, dtype=dtype))
        assert float(result) == np.prod(shape)
        assert xp.dtype_name(result.dtype) == dtype
    assert float(compiled(xp.ones((2,)), scale=3.0)) == 6.0


@law("jit")
def test_static_arguments_are_values(xp: Any) -> None:
    """Static arguments, one or several, are what they are inside, and may be strings."""

    def function(name: str, x: Any, n: int) -> Any:
        assert type(name) is str and type(n) is int
        return getattr(xp, name)(xp.stack([x] * n))

    compiled = xp.jit(function, static_argnums=(0, 2))
    x = xp.asarray(2.0)
    for name, n, expected in (("sum", 3, 6.0), ("prod", 3, 8.0), ("sum", 5, 10.0)):
        assert float(compiled(name, x, n)) == expected


@law("jit")
def test_jit_of_complex_programs(xp: Any) -> None:
    """Complex numbers keep both parts, their dtype, and say nothing if the capability is there."""
    z = xp.asarray([1 + 2j, 3 - 4j])

    def function(z: Any) -> Any:
        return xp.matmul(xp.exp(xp.multiply(z, 1j)), xp.conj(z))

    compiled = xp.jit(function)
    with warnings.catch_warnings():
        if not xp.capabilities.compiles_complex:
            warnings.simplefilter("ignore")
        result = compiled(z)
    assert result.dtype == z.dtype
    np.testing.assert_allclose(xp.to_numpy(result), xp.to_numpy(function(z)), rtol=1e-12)
    if xp.capabilities.jit and xp.capabilities.compiles_complex:
        assert compiled.status.state == "compiled"


@law("cond", "while_loop", "scan")
def test_control_flow_compiles(xp: Any) -> None:
    """Under `jit` a traced predicate chooses the branch, and loops end where they should."""
    needs(xp, "jit")
    needs(xp, "compiles_complex")

    def function(x: Any) -> Any:
        x = xp.cond(xp.greater(x, 0.0), lambda y: xp.multiply(y, 2.0), xp.negative, x)
        x = xp.while_loop(lambda y: xp.less(y, 50.0), lambda y: xp.multiply(y, 3.0), x)
        return xp.scan(lambda c, _: (xp.add(c, 1.0), c), x, None, length=3)

    compiled = xp.jit(function, fallback="raise")
    for start, end in ((1.0, 54.0 + 3), (-5.0, 135.0 + 3)):
        carry, steps = compiled(xp.asarray(start))
        assert float(carry) == end
        assert xp.to_numpy(steps).tolist() == [end - 3, end - 2, end - 1]


# Generators


@law("random")
def test_generators_pickle_and_keep_their_place(xp: Any) -> None:
    """A copy goes on where the original is; children do not depend on the position."""
    rng = xp.random.default_rng(5)
    rng.uniform((3,))
    twin = pickle.loads(pickle.dumps(rng))  # noqa: S301 (our own bytes)
    rest = xp.to_numpy(rng.uniform((4,)))
    np.testing.assert_array_equal(xp.to_numpy(twin.uniform((4,))), rest)
    first, again = xp.random.default_rng(5).spawn(2)[1], rng.spawn(2)[1]
    np.testing.assert_array_equal(xp.to_numpy(first.bits(3)), xp.to_numpy(again.bits(3)))
    later = xp.to_numpy(rng.spawn(1)[0].bits(3))
    assert not np.array_equal(later, xp.to_numpy(xp.random.default_rng(5).spawn(1)[0].bits(3)))


@law("random")
def test_draws_take_arrays_as_parameters(xp: Any) -> None:
    """Bounds, means, widths and batches of weights may be arrays."""
    rng = xp.random.default_rng(9)
    low, high = xp.asarray([0.0, 10.0]), xp.asarray([1.0, 30.0])
    drawn = xp.to_numpy(rng.uniform((500, 2), low=low, high=high))
    assert np.all((drawn >= [0, 10]) & (drawn < [1, 30]))
    assert drawn[:, 1].max() > 25
    normal = xp.to_numpy(rng.normal((2000, 2), mean=xp.asarray([5.0, -5.0]), std=low))
    assert abs(normal[:, 0] - 5).max() == 0.0
    assert 9 < normal[:, 1].std() < 11
    p = xp.asarray([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    outcomes = xp.to_numpy(rng.categorical(p, shape=(50,)))
    assert outcomes.shape == (2, 50)
    assert set(outcomes[0].tolist()) == {1}
    assert set(outcomes[1].tolist()) == {0, 2}
    chosen = xp.to_numpy(
        rng.choice(xp.asarray([7, 8, 9]), shape=(2,), replace=False, p=xp.asarray([0.5, 0.0, 0.5]))
    )
    assert sorted(chosen.tolist()) == [7, 9]


@law("random")
def test_generators_do_not_share_a_place(xp: Any) -> None:
    """Two generators with one seed advance each by itself."""
    first, second = xp.random.default_rng(3), xp.random.default_rng(3)
    drawn = xp.to_numpy(first.uniform((4,)))
    np.testing.assert_array_equal(xp.to_numpy(second.uniform((4,))), drawn)
    for draw in (
        lambda rng: rng.normal((3,)), lambda rng: rng.integers(0, 1 << 30, shape=(3,)),
        lambda rng: rng.permutation(30), lambda rng: rng.choice(1 << 30, shape=(3,)),
        lambda rng: rng.bits((3,)), lambda rng: rng.categorical(xp.ones((1000,)), shape=(9,)),
    ):  # fmt: skip
        assert not np.array_equal(xp.to_numpy(draw(first)), xp.to_numpy(draw(first)))
