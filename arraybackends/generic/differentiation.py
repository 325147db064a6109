"""Derivatives for libraries that have none: exact where a function carries its own, else numerical.

A function made by `custom_vjp` is differentiated by its backward rule. Any other one is
differentiated by central differences, with a warning that says so.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from arraybackends.errors import (
    CapabilityError,
    GradientError,
    GradientFallbackWarning,
    ShapeError,
)
from arraybackends.generic import finite_differences
from arraybackends.generic.compilation import EagerFunction
from arraybackends.generic.containers import flatten, map_leaves, unflatten

__all__ = [
    "CustomVJP",
    "NumericalDifferentiation",
    "argument_numbers",
    "check_grad",
    "check_method",
    "leaves_like",
    "numerical_value_and_grad",
]


class CustomVJP:
    """A function with a backward rule of its own, for libraries without differentiation."""

    def __init__(
        self,
        fwd: Callable[..., tuple[Any, Any]],
        bwd: Callable[[Any, Any], Any],
    ) -> None:
        self._fwd = fwd
        self._bwd = bwd
        self.__name__ = getattr(fwd, "__name__", "custom_vjp")
        self.__doc__ = fwd.__doc__

    def __call__(self, *args: Any) -> Any:
        return self._fwd(*args)[0]

    def vjp(self, xp: Any, *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """Output and exact pull-back."""
        output, residuals = self._fwd(*args)

        def pull_back(cotangent: Any) -> tuple[Any, ...]:
            cotangents = self._bwd(residuals, cotangent)
            if not isinstance(cotangents, tuple) or len(cotangents) != len(args):
                raise GradientError(
                    f"Argument `bwd` of `custom_vjp` must return a tuple of {len(args)} "
                    f"cotangents, one for each argument of `{self.__name__}`, but returned "
                    f"{cotangents!r}."
                )
            return tuple(
                map_leaves(xp.zeros_like, arg) if given is None else given
                for arg, given in zip(args, cotangents, strict=True)
            )

        return output, pull_back


def _custom(fn: Callable[..., Any]) -> CustomVJP | None:
    """Return the derivative that a function carries, also through `jit`."""
    while isinstance(fn, EagerFunction):
        fn = fn.eager
    return fn if isinstance(fn, CustomVJP) else None


def argument_numbers(argnums: int | tuple[int, ...], n_args: int, /) -> list[int]:
    """Return the positions, counted from the front, of the arguments to be differentiated."""
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for number in numbers:
        if not -n_args <= number < n_args:
            raise GradientError(
                f"Argument `argnums` is {argnums!r}, but the function was called with {n_args} "
                "positional arguments."
            )
    return [number % n_args for number in numbers]


class _Chosen:
    """The arguments to be differentiated, as leaves, and the way back to a full argument list."""

    def __init__(self, xp: Any, args: Sequence[Any], argnums: int | tuple[int, ...]) -> None:
        self._args = list(args)
        self._numbers = argument_numbers(argnums, len(args))
        self._single = isinstance(argnums, int)
        self.leaves, self.structure = flatten([args[number] for number in self._numbers])
        _check_differentiable(xp, self.leaves)

    def args(self, leaves: list[Any]) -> list[Any]:
        args = list(self._args)
        for number, value in zip(self._numbers, unflatten(self.structure, leaves), strict=True):
            args[number] = value
        return args

    def pick(self, values: Sequence[Any]) -> Any:
        """Return those of one value per argument that were chosen."""
        picked = tuple(values[number] for number in self._numbers)
        return picked[0] if self._single else picked

    def container(self, leaves: list[Any]) -> Any:
        values = unflatten(self.structure, leaves)
        return values[0] if self._single else tuple(values)


def _check_differentiable(xp: Any, leaves: list[Any]) -> None:
    for leaf in leaves:
        if not xp.is_array(leaf) or not xp.isdtype(
            leaf.dtype, ("real floating", "complex floating")
        ):
            raise GradientError(
                "Arguments to be differentiated must be floating-point arrays of backend "
                f"`{xp.name}`, but one is {leaf!r}. Convert it with `xp.asarray`, or choose other "
                "arguments with `argnums`."
            )


def _real_scalar(xp: Any, value: Any) -> Any:
    """Check the value of a function whose gradient is asked for."""
    if isinstance(value, float):
        return xp.asarray(value)
    if not xp.is_array(value):
        raise GradientError(
            f"The function to be differentiated must return a 0-d real array, but returned "
            f"{value!r}."
        )
    if value.shape != () or not xp.isdtype(value.dtype, "real floating"):
        raise GradientError(
            "The function to be differentiated must return a 0-d real array, but returned one of "
            f"shape {tuple(value.shape)} and dtype {xp.dtype_name(value.dtype)}."
        )
    return value


def numerical_value_and_grad(
    xp: Any, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """`value_and_grad` by central differences: 2n + 1 calls of `fn` for n real elements."""

    @functools.wraps(fn)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        chosen = _Chosen(xp, args, argnums)
        output = fn(*args, **kwargs)
        value = _real_scalar(xp, output[0] if has_aux else output)

        def scalar(leaves: list[Any]) -> list[Any]:
            result = fn(*chosen.args(leaves), **kwargs)
            return [_real_scalar(xp, result[0] if has_aux else result)]

        gradients = finite_differences.pull_back(xp, scalar, chosen.leaves, [xp.ones_like(value)])
        grad = chosen.container(gradients)
        return ((value, output[1]), grad) if has_aux else (value, grad)

    return differentiated


class NumericalDifferentiation:
    """Differentiation of a backend whose library has none."""

    def requires_grad(self, x: Any, /) -> Any:
        return x

    def detach(self, x: Any, /) -> Any:
        return x

    def checkpoint(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        return fn

    def custom_vjp(
        self, fwd: Callable[..., tuple[Any, Any]], bwd: Callable[[Any, Any], tuple[Any, ...]], /
    ) -> Callable[..., Any]:
        return CustomVJP(fwd, bwd)

    def grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool = False, method: str = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        differentiated = self._value_and_grad(fn, argnums, has_aux, method, stacklevel=4)

        @functools.wraps(fn)
        def gradient(*args: Any, **kwargs: Any) -> Any:
            value, grad = differentiated(*args, **kwargs)
            return (grad, value[1]) if has_aux else grad

        return gradient

    def value_and_grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool = False, method: str = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        return self._value_and_grad(fn, argnums, has_aux, method, stacklevel=3)

    def _value_and_grad(
        self,
        fn: Callable[..., Any],
        argnums: int | tuple[int, ...],
        has_aux: bool,
        method: str,
        *,
        stacklevel: int,
    ) -> Callable[..., Any]:
        check_method(method)
        custom = _custom(fn)
        if custom is not None and method != "finite-difference":
            return self._exact_value_and_grad(custom, argnums, has_aux)
        if method == "autodiff":
            raise GradientError(
                f"Argument `method` is 'autodiff', but {self._reason(fn)} Use 'auto' or "
                "'finite-difference', or give the function a derivative with `xp.custom_vjp`."
            )
        numerical = numerical_value_and_grad(self, fn, argnums=argnums, has_aux=has_aux)
        if method == "finite-difference":
            return numerical

        @functools.wraps(fn)
        def differentiated(*args: Any, **kwargs: Any) -> Any:
            self._warn(fn, stacklevel)
            return numerical(*args, **kwargs)

        return differentiated

    def _exact_value_and_grad(
        self, custom: CustomVJP, argnums: int | tuple[int, ...], has_aux: bool
    ) -> Callable[..., Any]:
        @functools.wraps(custom, updated=())
        def differentiated(*args: Any) -> Any:
            chosen = _Chosen(self, args, argnums)
            output, pull_back = custom.vjp(self, *args)
            value = _real_scalar(self, output[0] if has_aux else output)
            xp: Any = self
            cotangent = xp.ones_like(value)
            if has_aux:
                cotangent = (cotangent, map_leaves(xp.zeros_like, output[1]))
            grad = chosen.pick(pull_back(cotangent))
            return ((value, output[1]), grad) if has_aux else (value, grad)

        return differentiated

    def vjp(
        self, fn: Callable[..., Any], /, *primals: Any
    ) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        custom = _custom(fn)
        if custom is not None:
            return custom.vjp(self, *primals)
        self._warn(fn, 3)
        chosen = _Chosen(self, primals, tuple(range(len(primals))))
        output = fn(*primals)

        def pull_back(cotangent: Any) -> tuple[Any, ...]:
            cotangents = leaves_like(cotangent, output, "cotangent")
            gradients = finite_differences.pull_back(
                self, _on_leaves(fn, chosen), chosen.leaves, cotangents
            )
            return tuple(chosen.container(gradients))

        return output, pull_back

    def jvp(
        self, fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], /
    ) -> tuple[Any, Any]:
        self._warn(fn, 3)
        chosen = _Chosen(self, primals, tuple(range(len(primals))))
        output = fn(*primals)
        _, structure = flatten(output)
        derivatives = finite_differences.push_forward(
            self,
            _on_leaves(fn, chosen),
            chosen.leaves,
            leaves_like(list(tangents), list(primals), "tangents"),
        )
        return output, unflatten(structure, derivatives)

    def jacrev(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        return self._jacobian(fn, argnums)

    def jacfwd(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        return self._jacobian(fn, argnums)

    def _jacobian(
        self, fn: Callable[..., Any], argnums: int | tuple[int, ...]
    ) -> Callable[..., Any]:
        @functools.wraps(fn, updated=())
        def jacobian(*args: Any) -> Any:
            self._warn(fn, 3)
            chosen = _Chosen(self, args, argnums)
            return _blocks(self, fn, chosen)

        return jacobian

    def hessian(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        custom = _custom(fn)
        if custom is not None:
            # Differences of an exact gradient keep twice the digits of second differences.
            return self._jacobian(self.grad(custom, argnums=argnums), argnums)

        @functools.wraps(fn, updated=())
        def second(*args: Any) -> Any:
            self._warn(fn, 3)
            chosen = _Chosen(self, args, argnums)
            blocks = finite_differences.second_derivatives(
                self, lambda leaves: _real_scalar(self, fn(*chosen.args(leaves))), chosen.leaves
            )
            return chosen.container([chosen.container(row) for row in blocks])

        return second

    def _reason(self, fn: Callable[..., Any]) -> str:
        xp: Any = self
        name = getattr(fn, "__name__", type(fn).__name__)
        return (
            f"backend `{xp.name}` has no automatic differentiation and `{name}` has no derivative "
            "of its own."
        )

    def _warn(self, fn: Callable[..., Any], stacklevel: int) -> None:
        warnings.warn(
            f"Derivatives of `{getattr(fn, '__name__', type(fn).__name__)}` are central "
            f"differences: {self._reason(fn)} Give it one with `xp.custom_vjp`; circuits have one "
            "in `arraybackends.quantum.expectation_function`, and second ones in "
            "`arraybackends.quantum.hessian_function`.",
            GradientFallbackWarning,
            stacklevel=stacklevel,
        )


def check_grad(xp: Any, fn: Callable[..., Any], /, *args: Any) -> float:
    """
    Largest absolute difference between the gradient and central differences.

    Raises
    ------
    CapabilityError
        If the gradient would itself be central differences: there is nothing to check.
    """
    if not xp.capabilities.autodiff and _custom(fn) is None:
        raise CapabilityError(
            f"Backend `{xp.name}` has no automatic differentiation, and "
            f"`{getattr(fn, '__name__', type(fn).__name__)}` no derivative of its own "
            "(`xp.custom_vjp`) that could be checked."
        )
    argnums = tuple(range(len(args)))
    exact = xp.grad(fn, argnums=argnums, method="auto")(*args)
    _, numerical = numerical_value_and_grad(xp, fn, argnums=argnums)(*args)
    differences = [
        float(xp.max(xp.abs(a - b)))
        for a, b in zip(flatten(exact)[0], flatten(numerical)[0], strict=True)
        if 0 not in a.shape
    ]
    return max(differences, default=0.0)


def check_method(method: str) -> None:
    """Refuse names that are no way to differentiate."""
    if method not in ("auto", "autodiff", "finite-difference"):
        raise ValueError(
            "Argument `method` must be 'auto', 'autodiff' or 'finite-difference', but is "
            f"{method!r}."
        )


def _on_leaves(fn: Callable[..., Any], chosen: _Chosen) -> Callable[[list[Any]], list[Any]]:
    return lambda leaves: flatten(fn(*chosen.args(leaves)))[0]


def leaves_like(tree: Any, like: Any, name: str) -> list[Any]:
    """Leaves of tangents or cotangents, which must look like what they belong to."""
    leaves, found = flatten(tree)
    wanted, structure = flatten(like)
    if found != structure:
        raise GradientError(
            f"Argument `{name}` must have the structure of what it belongs to, but is {tree!r}."
        )
    for given, x in zip(leaves, wanted, strict=True):
        shape, expected = tuple(getattr(given, "shape", ())), tuple(getattr(x, "shape", ()))
        if shape != expected:
            raise ShapeError(
                f"Argument `{name}` must have the shapes of what it belongs to, but one has shape "
                f"{shape} instead of {expected}. Use `xp.broadcast_to`."
            )
    return leaves


def _blocks(xp: Any, fn: Callable[..., Any], chosen: _Chosen) -> Any:
    _, structure = flatten(fn(*chosen.args(chosen.leaves)))
    blocks = finite_differences.jacobian(xp, _on_leaves(fn, chosen), chosen.leaves)
    return unflatten(structure, [chosen.container(row) for row in blocks])
