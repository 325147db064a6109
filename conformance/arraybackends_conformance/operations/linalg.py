"""Linear algebra. Decompositions are verified by what they must satisfy, never elementwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from arraybackends_conformance.comparison import Comparison, close, exact
from arraybackends_conformance.generation import Domain, Values, axes
from arraybackends_conformance.operations._build import (
    EVERY,
    FLOATING,
    NUMERIC,
    absolute_sum,
    drawn,
    maybe,
)
from arraybackends_conformance.specification import Call, Operation
from arraybackends_conformance.tolerance import (
    CONTRACTION,
    DECOMPOSITION,
    MATRIX_FUNCTION,
    REDUCTION,
    epsilon,
)

__all__ = ["OPERATIONS"]

ENTRIES = Values(-3, 3, gap=2**-6)
BATCHES: tuple[tuple[int, ...], ...] = ((), (), (2,), (0,), (2, 1))


# Matrices


def _batch(draw: Any) -> tuple[int, ...]:
    return draw(st.sampled_from(BATCHES))


def _general(draw: Any, domain: Domain, *, square: bool = False) -> np.ndarray:
    rows = draw(st.integers(1, 3))
    columns = rows if square else draw(st.integers(1, 3))
    dtype = draw(domain.dtype(*FLOATING))
    return draw(domain.array(dtype, (*_batch(draw), rows, columns), ENTRIES))


def _invertible(draw: Any, domain: Domain, *, side: int | None = None) -> np.ndarray:
    """Diagonally dominant, so that the condition number stays below ten or so."""
    n = draw(st.integers(1, 3)) if side is None else side
    dtype = draw(domain.dtype(*FLOATING))
    x = draw(domain.array(dtype, (*_batch(draw), n, n), Values(-1, 1, gap=2**-6)))
    sign = draw(st.sampled_from((-1, 1)))
    return (x + sign * (n + 1) * np.eye(n)).astype(dtype)


def _hermitian(draw: Any, domain: Domain) -> np.ndarray:
    x = _general(draw, domain, square=True)
    return x + _adjoint(x)


def _positive(draw: Any, domain: Domain) -> np.ndarray:
    x = _general(draw, domain, square=True)
    return (x @ _adjoint(x) + np.eye(x.shape[-1])).astype(x.dtype)


def _adjoint(x: np.ndarray) -> np.ndarray:
    return np.conj(np.swapaxes(x, -1, -2))


def _of(matrix: Callable[[Any, Domain], np.ndarray], **keywords: Any) -> Any:
    """Strategy for `f(matrix, **keywords)`."""
    return drawn(lambda draw, domain: Call((matrix(draw, domain),), maybe(draw, **keywords)))


def _exponent(draw: Any, domain: Domain) -> np.ndarray:
    """Draw from few shapes: a compiler takes long over each."""
    shape = draw(st.sampled_from(((2, 2), (3, 3), (2, 1, 1), (0, 2, 2))))
    return draw(domain.array(draw(domain.dtype(*FLOATING)), shape, ENTRIES))


def _square(draw: Any, domain: Domain) -> np.ndarray:
    return _general(draw, domain, square=True)


# Verification


def _norm(call: Call) -> float:
    """Product over the arguments of size times largest entry, at least 1: bounds every norm."""
    total = 1.0
    for x in call.arrays():
        total *= max(1.0, float(np.max(np.abs(x), initial=0)) * max(x.shape or (1,)))
    return total


def _assert_satisfied(left: Any, right: Any, call: Call, what: str) -> None:
    left, right = np.asarray(left), np.asarray(right)
    eps = max(epsilon(x.dtype) for x in call.arrays())
    bound = DECOMPOSITION.absolute * eps * _norm(call)
    error = float(np.max(np.abs(left - right), initial=0))
    assert error <= bound, f"{what} is violated by {error:.2e}, which may be {bound:.2e}"


def _assert_orthonormal(q: np.ndarray, call: Call, what: str) -> None:
    _assert_satisfied(_adjoint(q) @ q, np.eye(q.shape[-1]), call, f"{what}^H {what} = 1")


def _verify_cholesky(result: Any, expected: Any, call: Call) -> None:
    (x,) = call.args
    upper = call.kwargs.get("upper", False)
    product = _adjoint(result) @ result if upper else result @ _adjoint(result)
    _assert_satisfied(product, x, call, "U^H U = A" if upper else "L L^H = A")
    exact(np.triu(result) if upper else np.tril(result), result, call)
    diagonal = np.diagonal(result, axis1=-2, axis2=-1)
    assert np.all(diagonal.real > 0), f"the diagonal is not positive: {diagonal}"


def _verify_eigh(result: Any, expected: Any, call: Call) -> None:
    (x,) = call.args
    values, vectors = result
    close(DECOMPOSITION, _norm)(values, expected.eigenvalues, call)
    _assert_orthonormal(vectors, call, "V")
    _assert_satisfied(x @ vectors, vectors * values[..., None, :], call, "A V = V diag(w)")


def _verify_eig(result: Any, expected: Any, call: Call) -> None:
    (x,) = call.args
    values, vectors = result
    _assert_satisfied(x @ vectors, vectors * values[..., None, :], call, "A V = V diag(w)")
    norms = np.linalg.vector_norm(vectors, axis=-2)
    _assert_satisfied(norms, np.ones_like(norms), call, "|v| = 1")
    _verify_eigvals(values, expected.eigenvalues, call)


def _verify_eigvals(result: Any, expected: Any, call: Call) -> None:
    # Single eigenvalues of a defective matrix move by eps**(1/n); symmetric functions of them
    # do not, so the elementary ones are compared: trace, power sum, determinant.
    for power in (1, 2, 3):
        left, right = np.sum(result**power, axis=-1), np.sum(expected**power, axis=-1)
        eps = max(epsilon(x.dtype) for x in call.arrays())
        bound = MATRIX_FUNCTION.absolute * eps * _norm(call) ** power
        assert np.all(np.abs(left - right) <= bound), f"sum of w**{power}: {left}, not {right}"


def _verify_qr(result: Any, expected: Any, call: Call) -> None:
    q, r = result
    _assert_satisfied(q @ r, call.args[0], call, "Q R = A")
    _assert_orthonormal(q, call, "Q")
    exact(np.triu(r), r, call)


def _verify_svd(result: Any, expected: Any, call: Call) -> None:
    (x,) = call.args
    u, s, vh = result
    k = s.shape[-1]
    close(DECOMPOSITION, _norm)(s, expected.S, call)
    _assert_satisfied((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], x, call, "U S Vh = A")
    _assert_orthonormal(u, call, "U")
    _assert_orthonormal(_adjoint(vh), call, "V")


# Products


def _contraction(call: Call) -> float:
    return max(1.0, absolute_sum(call))


def _matmul(draw: Any, domain: Domain) -> Call:
    dtypes = draw(domain.promotable(*NUMERIC))
    m, k, n = (draw(st.integers(0, 3)) for _ in range(3))
    batch = draw(st.sampled_from((((), ()), ((2,), (2,)), ((2, 1), (3,)), ((), (2,)))))
    vectors = draw(st.sampled_from(((False, False), (True, False), (False, True), (True, True))))
    left = (k,) if vectors[0] else (*batch[0], m, k)
    right = (k,) if vectors[1] else (*batch[1], k, n)
    x1, x2 = (draw(domain.array(d, s, ENTRIES)) for d, s in zip(dtypes, (left, right), strict=True))
    return Call((x1, x2))


def _vecdot(draw: Any, domain: Domain) -> Call:
    dtypes = draw(domain.promotable(*NUMERIC))
    shapes = draw(
        st.sampled_from(
            (
                ((3,), (3,)),
                ((2, 3), (3,)),
                ((2, 3), (2, 3)),
                ((2, 1, 3), (2, 3)),
                ((0,), (0,)),
                ((0, 3), (3,)),
            )
        )
    )
    x1, x2 = (draw(domain.array(d, s, ENTRIES)) for d, s in zip(dtypes, shapes, strict=True))
    if shapes[0] == shapes[1] and draw(st.booleans()):
        return Call((x1, x2), {"axis": draw(st.integers(-x1.ndim, -1))})
    return Call((x1, x2), maybe(draw, axis=st.just(-1)))


def _tensordot(draw: Any, domain: Domain) -> Call:
    dtypes = draw(domain.promotable(*NUMERIC))
    left, right, contracted = draw(
        st.sampled_from(
            (
                ((2, 3), (2, 3), {}),
                ((2, 3), (3, 2), {"axes": 1}),
                ((2, 3), (3,), {"axes": 1}),
                ((2,), (3,), {"axes": 0}),
                ((2, 3), (4, 2), {"axes": ((0,), (1,))}),
                ((2, 3, 4), (4, 2), {"axes": ([2, 0], [0, 1])}),
                ((2, 0), (0, 3), {"axes": 1}),
                ((2, 3), (4, 3), {"axes": ((-1,), (-1,))}),
                ((), (2,), {"axes": 0}),
            )
        )
    )
    x1, x2 = (draw(domain.array(d, s, ENTRIES)) for d, s in zip(dtypes, (left, right), strict=True))
    return Call((x1, x2), contracted)


def _outer(draw: Any, domain: Domain) -> Call:
    dtypes = draw(domain.promotable(*NUMERIC))
    return Call(tuple(draw(domain.array(d, draw(st.integers(0, 3)), ENTRIES)) for d in dtypes))


def _cross(draw: Any, domain: Domain) -> Call:
    dtypes = draw(domain.promotable("signed", *FLOATING))
    shape, axis = draw(st.sampled_from((((3,), -1), ((2, 3), -1), ((3, 2), -2), ((0, 3), -1))))
    x1, x2 = (draw(domain.array(d, shape, ENTRIES)) for d in dtypes)
    return Call((x1, x2), {} if axis == -1 and draw(st.booleans()) else {"axis": axis})


def _solve(draw: Any, domain: Domain) -> Call:
    x1 = _invertible(draw, domain)
    *batch, n, _ = x1.shape
    kind = {"f": "real", "c": "complex"}[x1.dtype.kind]
    dtype = draw(domain.dtype(kind, "complex") if kind == "real" else domain.dtype(*FLOATING))
    shape = (n,) if draw(st.booleans()) else (*batch, n, draw(st.integers(0, 2)))
    return Call((x1, draw(domain.array(dtype, shape, ENTRIES))))


# Norms and parts


def _vector_norm(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*FLOATING, values=ENTRIES, min_side=1))
    order = st.sampled_from((1, 2, 2.0, 0, 3, float("inf"), float("-inf")))
    several = [st.lists(axes(x.ndim), min_size=1, unique_by=lambda i: i % x.ndim).map(tuple)]
    axis = st.one_of(st.none(), axes(x.ndim), *several) if x.ndim else st.none()
    return Call((x,), maybe(draw, axis=axis, keepdims=st.booleans(), ord=order))


def _matrix_norm(draw: Any, domain: Domain) -> Call:
    x = _general(draw, domain)
    order = st.sampled_from(("fro", "nuc", 1, -1, 2, -2, float("inf"), float("-inf")))
    return Call((x,), maybe(draw, keepdims=st.booleans(), ord=order))


def _matrix_power(draw: Any, domain: Domain) -> Call:
    return Call((_invertible(draw, domain), draw(st.integers(-2, 4))))


def _matrix_rank(draw: Any, domain: Domain) -> Call:
    """Draw a product of thin integer factors: its rank is exact and its gap wide."""
    n, rank = draw(st.integers(1, 4)), draw(st.integers(0, 4))
    dtype = draw(domain.dtype(*FLOATING))
    left, right = np.eye(n, rank), np.eye(rank, draw(st.integers(1, 4)))
    x = (left * draw(st.integers(1, 3))) @ right
    batch = _batch(draw)
    stacked = np.broadcast_to(x, (*batch, *x.shape)).astype(dtype)
    return Call((stacked,), maybe(draw, rtol=st.sampled_from((None, 1e-3))))


def _pinv(draw: Any, domain: Domain) -> Call:
    return Call((_invertible(draw, domain),), maybe(draw, rtol=st.sampled_from((None, 1e-3))))


def _with_offset(draw: Any, domain: Domain) -> Call:
    x = draw(domain.arrays(*NUMERIC, min_dims=2, values=ENTRIES))
    return Call((x,), maybe(draw, offset=st.integers(-2, 2)))


def _trace(draw: Any, domain: Domain) -> Call:
    call = _with_offset(draw, domain)
    (x,) = call.args
    if x.dtype.kind == "u" or draw(st.booleans()):
        kind = {"i": "signed", "u": "unsigned", "f": "real", "c": "complex"}[x.dtype.kind]
        wide = [d for d in domain.of_kinds(kind) if d.itemsize >= x.dtype.itemsize]
        return Call(call.args, {**call.kwargs, "dtype": draw(st.sampled_from(wide))})
    return call


class _Slogdet(NamedTuple):
    sign: Any
    logabsdet: Any


def _slogdet(x: np.ndarray) -> _Slogdet:
    sign, logabsdet = np.linalg.slogdet(x)
    return _Slogdet(np.asarray(sign), np.asarray(logabsdet))


def _array(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: np.asarray(function(*args, **kwargs))


def _complex_eigvals(x: np.ndarray) -> Any:
    return np.linalg.eigvals(x).astype(np.result_type(x.dtype, np.complex64))


def _complex_eig(x: np.ndarray) -> Any:
    result = np.linalg.eig(x)
    dtype = np.result_type(x.dtype, np.complex64)
    return type(result)(*(part.astype(dtype) for part in result))


def _solve_reference(x1: np.ndarray, x2: np.ndarray) -> Any:
    dtype = np.result_type(x1, x2)
    return np.linalg.solve(x1.astype(dtype), x2.astype(dtype))


def exponential(x: np.ndarray) -> np.ndarray:
    """Matrix exponential by its series, after scaling by a power of two and before squaring."""
    squarings = max(
        0, int(np.ceil(np.log2(max(np.max(np.abs(x), initial=0) * x.shape[-1], 1)))) + 2
    )
    scaled = x.astype(np.result_type(x, np.float64)) / 2**squarings
    term = total = np.broadcast_to(np.eye(x.shape[-1], dtype=scaled.dtype), x.shape)
    for n in range(1, 20):  # |scaled| <= 1/4: the twentieth term is below 1e-29
        term = term @ scaled / n
        total = total + term
    for _ in range(squarings):
        total = total @ total
    return total.astype(x.dtype)


def _expm_scale(call: Call) -> float:
    (x,) = call.args
    return float(np.exp(np.max(np.sum(np.abs(x), axis=-1), initial=0)))


def linalg(name: str, calls: Any, reference: Any = None, compare: Comparison = exact,
           *, refine: bool = False) -> Operation:  # fmt: skip
    """Entry for a member of the extension."""
    function = reference or getattr(np.linalg, name)
    return Operation(
        name=f"linalg.{name}", calls=calls, reference=function, compare=compare, refine=refine
    )


_functions = close(MATRIX_FUNCTION, _norm)
_products = close(CONTRACTION, _contraction)


def _powers(call: Call) -> float:
    _, n = call.args
    return float(_norm(call) ** max(abs(n), 1))


_ENTRIES = (
    linalg("cholesky", _of(_positive, upper=st.booleans()), compare=_verify_cholesky),
    linalg("cross", drawn(_cross), compare=close(CONTRACTION, lambda _: 18.0), refine=True),
    linalg("det", _of(_invertible), _array(np.linalg.det),
           close(MATRIX_FUNCTION, lambda c: _norm(c) ** 3), refine=True),
    linalg("diagonal", drawn(_with_offset)),
    linalg("eig", _of(_square), _complex_eig, _verify_eig),
    linalg("eigh", _of(_hermitian), compare=_verify_eigh),
    linalg("eigvals", _of(_square), _complex_eigvals, _verify_eigvals),
    linalg("eigvalsh", _of(_hermitian), compare=close(DECOMPOSITION, _norm), refine=True),
    linalg("inv", _of(_invertible), compare=_functions, refine=True),
    linalg("matmul", drawn(_matmul), _array(np.matmul), _products, refine=True),
    linalg("matrix_norm", drawn(_matrix_norm), _array(np.linalg.matrix_norm),
           close(DECOMPOSITION, _norm), refine=True),
    linalg("matrix_power", drawn(_matrix_power), compare=close(MATRIX_FUNCTION, _powers),
           refine=True),
    linalg("matrix_rank", drawn(_matrix_rank), _array(np.linalg.matrix_rank)),
    linalg("matrix_transpose",
           drawn(lambda draw, domain: Call((draw(domain.arrays(*EVERY, min_dims=2)),)))),
    linalg("outer", drawn(_outer), compare=_products, refine=True),
    linalg("pinv", drawn(_pinv), compare=_functions, refine=True),
    linalg("qr", _of(_general, mode=st.sampled_from(("reduced", "complete"))), compare=_verify_qr),
    linalg("slogdet", _of(_invertible), _slogdet, _functions, refine=True),
    linalg("solve", drawn(_solve), _solve_reference, _functions, refine=True),
    linalg("svd", _of(_general, full_matrices=st.booleans()), compare=_verify_svd),
    linalg("svdvals", _of(_general), compare=close(DECOMPOSITION, _norm), refine=True),
    linalg("tensordot", drawn(_tensordot), _array(np.tensordot), _products, refine=True),
    linalg("trace", drawn(_trace), _array(np.linalg.trace), close(REDUCTION, absolute_sum)),
    linalg("vecdot", drawn(_vecdot), _array(np.vecdot), _products, refine=True),
    linalg("vector_norm", drawn(_vector_norm), _array(np.linalg.vector_norm), _functions,
           refine=True),
    linalg("expm", _of(_exponent), exponential, close(MATRIX_FUNCTION, _expm_scale), refine=True),
    Operation(name="matmul", calls=drawn(_matmul), reference=_array(np.matmul), compare=_products,
              refine=True),
    Operation(name="tensordot", calls=drawn(_tensordot), reference=_array(np.tensordot),
              compare=_products, refine=True),
    Operation(name="vecdot", calls=drawn(_vecdot), reference=_array(np.vecdot), compare=_products,
              refine=True),
)  # fmt: skip

OPERATIONS = {entry.name: entry for entry in _ENTRIES}
