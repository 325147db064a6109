"""The standard on MLX: its own functions, which mostly follow it, and what they leave."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np

from arraybackends.adapters.base import public_names
from arraybackends.adapters.numpy_errors import translated
from arraybackends.adapters.operands import refuse_foreign
from arraybackends.adapters.refusal import refusal
from arraybackends.errors import AxisError, CapabilityError, DTypeError, LinAlgError
from arraybackends.precision import DTYPE_NAMES, dtype_name
from arraybackends.standard import (
    EigResult,
    FFTNamespace,
    LinalgNamespace,
    QRResult,
    SlogdetResult,
    StandardNamespace,
    SVDResult,
)

NATIVE = mx
DTYPES = {
    "bool": mx.bool_,
    **{
        name: getattr(mx, name)
        for name in DTYPE_NAMES
        if name not in ("bool", "float64", "complex128")
    },
}
_FLOATING = (mx.float32, mx.complex64)
_SIGNED = (mx.int8, mx.int16, mx.int32, mx.int64)


# Errors, operands and dtypes


def own(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Function that takes MLX's arrays alone, `dtype=` in any spelling, and raises our errors."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        refuse_foreign("mlx", (mx.array,), name, args)
        if kwargs.get("dtype") is not None:
            kwargs["dtype"] = DTYPES[dtype_name(kwargs["dtype"])]
        try:
            return function(*args, **kwargs)
        except (ValueError, TypeError, IndexError) as error:
            ours = _translated(error, name.rpartition(".")[2], args, kwargs)
            if ours is error:
                raise
            raise ours from error
        except CapabilityError:
            raise
        except RuntimeError as error:
            raise refusal(LinAlgError, name.rpartition(".")[2], args, kwargs, error) from error

    return wrapper


def _translated(
    error: Exception, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Exception:
    """MLX's exceptions are NumPy's but for those about axes and dtypes, and its spelling."""
    message = str(error)
    about_dtypes = ("must have type", "must promote to", "ot supported")
    if ("only" in message.lower() and "types" in message) or _has(message, about_dtypes):
        return refusal(DTypeError, name, args, kwargs, error)
    if _has(message, ("nvalid axis", "xis ", "uplicate", "epeat axes", "smallVector")):
        return refusal(AxisError, name, args, kwargs, error)
    return translated(error, name, args, kwargs)


def _has(message: str, texts: tuple[str, ...]) -> bool:
    return any(text in message for text in texts)


def require_floating(name: str, *arrays: Any) -> None:
    """Raise if an operand is no floating-point array: MLX would convert integers."""
    for x in arrays:
        if isinstance(x, mx.array) and x.dtype not in _FLOATING:
            raise DTypeError(
                f"Arguments of `{name}` must be floating-point arrays, but one has dtype "
                f"{dtype_name(x.dtype)}. Convert it with `xp.astype`."
            )


def _floating(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        require_floating(name, *args)
        return function(*args, **kwargs)

    return wrapper


def _widened(x: Any) -> Any:
    """Array in the dtype of its sums."""
    if x.dtype in _SIGNED or x.dtype == mx.bool_:
        return x.astype(mx.int64)
    return x if x.dtype in _FLOATING else x.astype(mx.uint64)


# Reductions and positions


def _sum_like(reduce: Callable[..., Any]) -> Callable[..., Any]:
    def function(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        x = _widened(x) if dtype is None else x.astype(dtype)
        if x.size == 0:  # MLX has no empty products
            shape = mx.sum(x, axis=axis, keepdims=keepdims).shape
            return mx.full(shape, 1 if reduce is mx.prod else 0, x.dtype)
        return reduce(x, axis=axis, keepdims=keepdims).astype(x.dtype)

    return function


def _spread(reduce: Callable[..., Any]) -> Callable[..., Any]:
    def function(
        x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False
    ) -> Any:
        count = (
            x.size
            if axis is None
            else math.prod(x.shape[i] for i in (axis if isinstance(axis, tuple) else (axis,)))
        )
        if count <= correction:
            return mx.full(mx.sum(x, axis=axis, keepdims=keepdims).shape, math.nan, x.dtype)
        variance = mx.var(x, axis=axis, keepdims=keepdims) * (count / (count - correction))
        return mx.sqrt(variance) if reduce is mx.std else variance

    return function


def _reduction(reduce: Callable[..., Any]) -> Callable[..., Any]:
    def function(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        return reduce(x, axis=axis, keepdims=keepdims)

    return function


def _truth(reduce: Callable[..., Any], of_nothing: bool) -> Callable[..., Any]:
    def function(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        if x.size == 0:  # where MLX reads memory that is not there
            shape = mx.sum(x, axis=axis, keepdims=keepdims).shape
            return mx.full(shape, of_nothing, mx.bool_)
        return reduce(x.astype(mx.bool_), axis=axis, keepdims=keepdims)

    return function


def _position(reduce: Callable[..., Any]) -> Callable[..., Any]:
    def function(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        return reduce(x, axis=axis, keepdims=keepdims).astype(mx.int64)

    return function


def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    return mx.count_nonzero(x, axis=axis, keepdims=keepdims).astype(mx.int64)


def _cumulative(accumulate: Callable[..., Any], first: int) -> Callable[..., Any]:
    def function(
        x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False
    ) -> Any:
        if axis is None:
            if x.ndim != 1:
                raise ValueError("Argument `axis` is needed where there is not one axis.")
            axis = 0
        x = _widened(x) if dtype is None else x.astype(dtype)
        result = accumulate(x, axis=axis).astype(x.dtype)
        if include_initial:
            shape = list(x.shape)
            shape[axis] = 1
            result = mx.concatenate([mx.full(shape, first, x.dtype), result], axis=axis)
        return result

    return function


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    if not descending:
        return mx.argsort(x, axis=axis).astype(mx.int64)
    # Equal elements keep their order: sort backwards, and turn the order around.
    backwards = mx.argsort(mx.flip(x, axis=axis), axis=axis).astype(mx.int64)
    return mx.flip(x.shape[axis] - 1 - backwards, axis=axis)


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    ordered = mx.sort(x, axis=axis)
    return mx.flip(ordered, axis=axis) if descending else ordered


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    x1 = x1 if sorter is None else mx.take(x1, sorter)
    return mx.searchsorted(x1, x2, side=side).astype(mx.int64)


# Element by element


def _with_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Function of two operands of which one may be a number of the same or a lower kind."""

    def wrapper(x1: Any, x2: Any, /) -> Any:
        if isinstance(x1, mx.array) and not isinstance(x2, mx.array):
            x2 = _like(x2, x1)
        elif isinstance(x2, mx.array) and not isinstance(x1, mx.array):
            x1 = _like(x1, x2)
        return function(x1, x2)

    return wrapper


def _like(number: Any, x: Any) -> Any:
    is_complex = isinstance(number, complex) and x.dtype == mx.float32
    return mx.array(number, dtype=mx.complex64 if is_complex else x.dtype)


def round(x: Any, /) -> Any:
    return mx.round(x) if x.dtype in _FLOATING else x


def _of_integers_too(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, /: function(x) if x.dtype in _FLOATING else x


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    bounds = [b if b is None or isinstance(b, mx.array) else _like(b, x) for b in (min, max)]
    return x if bounds[0] is None and bounds[1] is None else mx.clip(x, *bounds).astype(x.dtype)


def hypot(x1: Any, x2: Any, /) -> Any:
    larger, smaller = mx.maximum(mx.abs(x1), mx.abs(x2)), mx.minimum(mx.abs(x1), mx.abs(x2))
    ratio = mx.where(larger > 0, smaller / larger, mx.zeros_like(larger))
    result = larger * mx.sqrt(1 + ratio * ratio)
    return mx.where(mx.isinf(x1) | mx.isinf(x2), mx.array(math.inf, result.dtype), result)


def sign(x: Any, /) -> Any:
    result = mx.sign(x)
    return (
        mx.where(mx.isnan(x), mx.array(math.nan, x.dtype), result)
        if x.dtype in _FLOATING
        else result
    )


def signbit(x: Any, /) -> Any:
    return mx.view(x, mx.int32) < 0


def copysign(x1: Any, x2: Any, /) -> Any:
    sign = mx.view(x2, mx.uint32) & mx.array(1 << 31, mx.uint32)
    magnitude = mx.view(x1, mx.uint32) & mx.array((1 << 31) - 1, mx.uint32)
    return mx.view(magnitude | sign, mx.float32)


# Shapes and selections


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    parts = [part for part in (prepend, x, append) if part is not None]
    return mx.diff(mx.concatenate(parts, axis=axis) if len(parts) > 1 else x, n=n, axis=axis)


def expand_dims(x: Any, /, axis: Any = 0) -> Any:
    return mx.expand_dims(x, axis)


def expm1(x: Any, /) -> Any:
    if x.dtype != mx.complex64:
        return mx.expm1(x)
    a, b = mx.real(x), mx.imag(x)
    half = mx.sin(b / 2)
    return mx.expm1(a) * mx.cos(b) - 2 * half * half + 1j * (mx.exp(a) * mx.sin(b))


def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
    sources = source if isinstance(source, tuple) else (source,)
    targets = destination if isinstance(destination, tuple) else (destination,)
    if len(sources) != len(targets):
        raise ValueError("Arguments `source` and `destination` must have one shape.")
    moved = [_counted(i, x.ndim) for i in sources]
    order = [i for i in range(x.ndim) if i not in moved]
    for target, axis in sorted(zip([_counted(i, x.ndim) for i in targets], moved, strict=True)):
        order.insert(target, axis)
    return mx.transpose(x, order)


def _counted(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise IndexError(f"Invalid axis {axis} for array with {ndim} dimensions.")
    return axis % ndim


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    return tuple(mx.broadcast_arrays(*arrays))


def flip(x: Any, /, *, axis: Any = None) -> Any:
    if isinstance(axis, tuple) and len({a % x.ndim for a in axis}) < len(axis):
        raise AxisError(f"Argument `axis` must name each axis once, but is {axis}.")
    return mx.flip(x, axis=axis) if x.ndim else x


def full(shape: Any, fill_value: Any, *, dtype: Any) -> Any:
    # MLX reads a Python number as int64, which the largest of uint64 does not fit.
    return mx.broadcast_to(mx.array(np.asarray(fill_value, dtype_name(dtype))), shape)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None) -> Any:
    return full(x.shape, fill_value, dtype=x.dtype if dtype is None else dtype)


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    x1, x2 = (mx.array(x) if not isinstance(x, mx.array) else x for x in (x1, x2))
    found = mx.any(mx.expand_dims(x1, -1) == mx.flatten(x2), axis=-1)
    return mx.logical_not(found) if invert else found


def meshgrid(*arrays: Any, indexing: str = "xy") -> tuple[Any, ...]:
    return tuple(mx.meshgrid(*arrays, indexing=indexing))


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    if isinstance(repeats, mx.array):
        repeats = repeats.tolist()
        length = x.size if axis is None else x.shape[axis]
        counts = repeats if isinstance(repeats, list) else [repeats]
        counts = counts * length if len(counts) == 1 else counts
        positions = mx.array(np.repeat(np.arange(length), counts))
        return mx.take(mx.flatten(x) if axis is None else x, positions, axis=axis or 0)
    return mx.repeat(x, repeats, axis=axis)


def reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
    return mx.reshape(x, shape)


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    return mx.roll(x, shift, axis)


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    return mx.take(x, indices, axis=axis)


def tril(x: Any, /, *, k: int = 0) -> Any:
    return mx.tril(x, k)


def triu(x: Any, /, *, k: int = 0) -> Any:
    return mx.triu(x, k)


# Dtypes


def can_cast(from_: Any, to: Any, /) -> bool:
    source = from_.dtype if isinstance(from_, mx.array) else from_
    return bool(np.can_cast(dtype_name(source), dtype_name(to)))


def result_type(*arrays_and_dtypes: Any) -> Any:
    dtypes = [
        x if type(x) in (bool, int, float, complex)
        else np.dtype(dtype_name(x.dtype if isinstance(x, mx.array) else x))
        for x in arrays_and_dtypes
    ]  # fmt: skip
    return DTYPES[np.result_type(*dtypes).name]


# Linear algebra, on the processor: MLX has it nowhere else


def _on_cpu(function: Callable[..., Any]) -> Callable[..., Any]:
    return functools.partial(function, stream=mx.cpu)


def _evaluated(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compute at once, so that what cannot be computed is said here."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        mx.eval(result)
        return result

    return wrapper


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return mx.linalg.cross(x1, x2, axis=axis, stream=mx.cpu)


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    return mx.linalg.cholesky(x, upper=upper, stream=mx.cpu)


def eigh(x: Any, /) -> EigResult[Any]:
    return EigResult(*mx.linalg.eigh(x, stream=mx.cpu))


def qr(x: Any, /, *, mode: str = "reduced") -> QRResult[Any]:
    if mode not in ("reduced", "complete"):
        raise ValueError(f"Argument `mode` must be 'reduced' or 'complete', but is {mode!r}.")
    if mode == "complete":
        raise CapabilityError(f"Argument `mode` is {mode!r}, but MLX has only 'reduced'.")
    return QRResult(*mx.linalg.qr(x, stream=mx.cpu))


def slogdet(x: Any, /) -> SlogdetResult[Any]:
    return SlogdetResult(*mx.linalg.slogdet(x, stream=mx.cpu))


def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult[Any]:
    u, s, vh = mx.linalg.svd(x, stream=mx.cpu)
    if not full_matrices:
        k = s.shape[-1]
        u, vh = u[..., :, :k], vh[..., :k, :]
    return SVDResult(u, s, vh)


def svdvals(x: Any, /) -> Any:
    return mx.linalg.svd(x, compute_uv=False, stream=mx.cpu)


def solve(x1: Any, x2: Any, /) -> Any:
    columns = x2[:, None] if x2.ndim == 1 else x2
    stack = mx.broadcast_shapes(x1.shape[:-2], columns.shape[:-2])
    x1 = mx.broadcast_to(x1, (*stack, *x1.shape[-2:]))
    columns = mx.broadcast_to(columns, (*stack, *columns.shape[-2:]))
    solution = mx.linalg.solve(x1, columns, stream=mx.cpu)
    return solution[..., 0] if x2.ndim == 1 else solution


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return mx.diagonal(x, offset, -2, -1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return _sum_like(mx.sum)(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def outer(x1: Any, x2: Any, /) -> Any:
    return x1[:, None] * x2[None, :]


def matrix_power(x: Any, n: int, /) -> Any:
    if n < 0:
        return matrix_power(mx.linalg.inv(x, stream=mx.cpu), -n)
    result = mx.broadcast_to(mx.eye(x.shape[-1]).astype(x.dtype), x.shape)
    for bit in bin(n)[2:]:
        result = result @ result
        result = result @ x if bit == "1" else result
    return result


def matmul(x1: Any, x2: Any, /) -> Any:
    require_floating("matmul", x1, x2)  # MLX multiplies no matrices of integers
    return mx.matmul(x1, x2)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    product = mx.conj(x1) * x2 if x1.dtype == mx.complex64 else x1 * x2
    return mx.sum(product, axis=axis).astype(product.dtype)


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    require_floating("tensordot", x1, x2)
    return mx.tensordot(x1, x2, axes=axes if isinstance(axes, int) else [list(a) for a in axes])


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    size = mx.abs(x)
    if ord in (math.inf, -math.inf):
        return (mx.max if ord > 0 else mx.min)(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return mx.sum((size != 0).astype(size.dtype), axis=axis, keepdims=keepdims)
    return mx.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


_FIXUPS: dict[str, Any] = {
    **{name: _sum_like(getattr(mx, name)) for name in ("sum", "prod")},
    **{name: _reduction(getattr(mx, name)) for name in ("max", "mean", "min")},
    "all": _truth(mx.all, True), "any": _truth(mx.any, False),
    **{name: _position(getattr(mx, name)) for name in ("argmax", "argmin")},
    **{name: _spread(getattr(mx, name)) for name in ("std", "var")},
    **{name: _of_integers_too(getattr(mx, name)) for name in ("ceil", "floor", "trunc")},
    **{
        name: _with_numbers(getattr(mx, name))
        for name in (
            "add", "atan2", "bitwise_and", "bitwise_left_shift", "bitwise_or",
            "bitwise_right_shift", "bitwise_xor", "divide", "equal", "floor_divide", "greater",
            "greater_equal", "less", "less_equal", "logaddexp", "logical_and", "logical_or",
            "logical_xor", "maximum", "minimum", "multiply", "not_equal", "pow", "remainder",
            "subtract",
        )
    },
    "argsort": argsort, "broadcast_arrays": broadcast_arrays, "can_cast": can_cast, "clip": clip,
    "copysign": _with_numbers(copysign), "count_nonzero": count_nonzero,
    "cumulative_prod": _cumulative(mx.cumprod, 1), "cumulative_sum": _cumulative(mx.cumsum, 0),
    "diff": diff, "expand_dims": expand_dims, "expm1": expm1, "flip": flip,
    "full": full, "full_like": full_like,
    "hypot": _with_numbers(hypot), "isin": isin, "matmul": matmul, "meshgrid": meshgrid,
    "moveaxis": moveaxis, "repeat": repeat, "reshape": reshape, "result_type": result_type,
    "roll": roll, "round": round, "searchsorted": searchsorted, "sign": sign,
    "signbit": signbit, "sort": sort, "take": take, "tensordot": tensordot, "tril": tril,
    "triu": triu, "vecdot": vecdot,
}  # fmt: skip
_LINALG: dict[str, Any] = {
    **{
        name: _floating(name, _evaluated(function))
        for name, function in {
            "cholesky": cholesky, "det": _on_cpu(mx.linalg.det), "eigh": eigh,
            "eigvalsh": _on_cpu(mx.linalg.eigvalsh),
            "inv": _on_cpu(mx.linalg.inv), "qr": qr, "slogdet": slogdet, "solve": solve,
            "svd": svd, "svdvals": svdvals,
        }.items()
    },
    "cross": cross, "diagonal": diagonal, "matmul": matmul, "matrix_power": matrix_power,
    "matrix_transpose": mx.matrix_transpose, "outer": outer, "tensordot": tensordot,
    "trace": trace, "vecdot": vecdot, "vector_norm": _floating("vector_norm", vector_norm),
}  # fmt: skip
_FLOATS = (
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "copysign", "cos", "cosh",
    "divide", "exp", "expm1", "hypot", "log", "log10", "log1p", "log2", "logaddexp", "mean",
    "reciprocal", "sin", "sinh", "sqrt", "std", "tan", "tanh", "var",
)  # fmt: skip
ABSENT = frozenset({
    "complex128", "fft.hfft", "fft.ihfft", "float64", "linalg.eig", "linalg.eigvals",
    "linalg.matrix_norm", "linalg.matrix_rank", "linalg.pinv", "nextafter", "nonzero",
    "unique_all", "unique_counts", "unique_inverse", "unique_values",
})  # fmt: skip
"""What MLX does not have; its `eig` gives wrong vectors for some complex matrices."""


def _members(namespace: Any, protocol: type, fixups: dict[str, Any], prefix: str = "") -> Any:
    found = {}
    for name in public_names(protocol) - set(DTYPE_NAMES):
        function = fixups.get(name, getattr(namespace, name, None))
        if callable(function) and prefix + name not in ABSENT:
            function = _floating(name, function) if name in _FLOATS and not prefix else function
            found[name] = own(prefix + name, function)
    return found


SOURCES = (
    _members(mx, StandardNamespace, _FIXUPS),
    {"e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "pi": math.pi},
)
LINALG_SOURCES = (_members(mx.linalg, LinalgNamespace, _LINALG, "linalg."),)
_FOURIER = {
    name: _floating(name, getattr(mx.fft, name))
    for name in public_names(FFTNamespace)
    if hasattr(mx.fft, name) and not name.endswith(("shift", "freq"))
}
FFT_SOURCES = (_members(mx.fft, FFTNamespace, _FOURIER, "fft."),)
