"""Derivatives: JAX's own, with gradients that point uphill.

For a real loss L of z = x + iy, JAX's reverse mode gives dL/dx - i dL/dy, the conjugate of the
contract's gradient (row 108). A cotangent is therefore conjugated on its way in and out.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
from jax import numpy as jnp

from arraybackends.adapters.host import is_host_array
from arraybackends.adapters.jax.errors import (
    UNTRACEABLE,
    is_array,
    is_recognised,
    raise_as_ours,
)
from arraybackends.errors import BackendMismatchError, GradientError, GradientFallbackWarning
from arraybackends.generic.differentiation import (
    argument_numbers,
    check_method,
    numerical_value_and_grad,
)

__all__ = ["hessian", "jacobian", "jvp", "value_and_grad", "vjp"]


def conjugate(tree: Any) -> Any:
    """Conjugate the complex leaves of a container."""
    return jax.tree.map(lambda x: jnp.conj(x) if is_array(x) and x.dtype.kind == "c" else x, tree)


class _Arguments:
    """Positional arguments, those to be differentiated as containers of floating-point arrays."""

    def __init__(self, xp: Any, args: Sequence[Any], argnums: int | tuple[int, ...]) -> None:
        self._is_single = isinstance(argnums, int)
        self._numbers = argument_numbers(argnums, len(args))
        checked = functools.partial(_floating_point, xp)
        self.chosen = [jax.tree.map(checked, args[number]) for number in self._numbers]
        self._args = list(args)
        self.all = self.with_chosen(self.chosen)
        self.are_traced = any(isinstance(x, jax.core.Tracer) for x in jax.tree.leaves(self.all))

    def with_chosen(self, values: Sequence[Any]) -> list[Any]:
        args = list(self._args)
        for number, value in zip(self._numbers, values, strict=True):
            args[number] = value
        return args

    def shaped(self, values: Sequence[Any]) -> Any:
        """One value for an integer `argnums`, a tuple of them for a tuple."""
        return values[0] if self._is_single else tuple(values)


def _floating_point(xp: Any, leaf: Any) -> Any:
    if isinstance(leaf, (float, complex)):
        return xp.asarray(leaf)
    if not is_array(leaf) and (hasattr(leaf, "__dlpack__") or hasattr(leaf, "__array__")):
        raise BackendMismatchError(
            "Arguments to be differentiated must be arrays of backend `jax`, but one is of type "
            f"`{type(leaf).__module__}.{type(leaf).__qualname__}`. Convert it with `xp.asarray` "
            "(NumPy) or `xp.from_dlpack` (other backends)."
        )
    if not is_array(leaf) or leaf.dtype.kind not in "fc":
        raise GradientError(
            "Arguments to be differentiated must be floating-point arrays of backend `jax`, but "
            f"one is {leaf!r}. Convert it with `xp.asarray`, or choose other arguments with "
            "`argnums`."
        )
    return xp.astype(leaf, leaf.dtype, copy=False)


def _real_scalar(xp: Any, value: Any) -> Any:
    if isinstance(value, float):
        return xp.asarray(value)
    if not is_array(value):
        raise GradientError(
            "The function to be differentiated must return a 0-d real array, but returned "
            f"{value!r}."
        )
    if value.shape != () or value.dtype.kind != "f":
        raise GradientError(
            "The function to be differentiated must return a 0-d real array, but returned one of "
            f"shape {value.shape} and dtype {value.dtype.name}."
        )
    return xp.astype(value, value.dtype, copy=False)


def _returning_arrays(xp: Any, fn: Callable[..., Any], has_aux: bool) -> Callable[..., Any]:
    """Function whose value is an array also where it was computed by NumPy."""

    def converted(value: Any) -> Any:
        return xp.asarray(value, dtype=xp._default_real) if is_host_array(value) else value

    @functools.wraps(fn, updated=())
    def function(*args: Any, **kwargs: Any) -> Any:
        output = fn(*args, **kwargs)
        return (converted(output[0]), output[1]) if has_aux else converted(output)

    return function


def _name(fn: Callable[..., Any]) -> str:
    return str(getattr(fn, "__name__", type(fn).__name__))


class _Disconnected(Exception):  # noqa: N818 (never seen by users)
    """The value does not depend on the arguments through the graph."""


_LOST = (*UNTRACEABLE, _Disconnected)


def _reason(error: Exception) -> str:
    """Say in one sentence where JAX lost the derivative."""
    if isinstance(error, _Disconnected):
        return "its value does not depend on the arguments through the graph."
    first = str(error).strip().split("\n")[0].rstrip(".:")
    return (
        "a value was taken out of the graph by NumPy or by Python's float, int or bool "
        f"({type(error).__name__}: {first})."
    )


@contextlib.contextmanager
def _explained(fn: Callable[..., Any], arguments: _Arguments) -> Iterator[None]:
    """Turn JAX's tracing errors into an error that says what to do."""
    try:
        yield
    except _LOST as error:
        if arguments.are_traced:
            # The surrounding transformation has its own way to deal with it.
            raise
        raise GradientError(
            f"`{_name(fn)}` cannot be differentiated automatically: {_reason(error)} Use functions "
            "of `xp`, or `xp.value_and_grad` with method='finite-difference'."
        ) from error


def value_and_grad(
    xp: Any,
    fn: Callable[..., Any],
    argnums: int | tuple[int, ...],
    has_aux: bool,
    method: str,
    *,
    stacklevel: int,
) -> Callable[..., Any]:
    """`value_and_grad` by reverse mode, or by central differences where JAX cannot trace."""
    check_method(method)
    numerical = numerical_value_and_grad(
        xp, _returning_arrays(xp, fn, has_aux), argnums=argnums, has_aux=has_aux
    )

    @functools.wraps(fn, updated=())
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        arguments = _Arguments(xp, args, argnums)
        if method == "finite-difference":
            return numerical(*arguments.all, **kwargs)
        if method == "autodiff":
            with _explained(fn, arguments):
                return _reverse(xp, fn, arguments, kwargs, has_aux)
        try:
            return _reverse(xp, fn, arguments, kwargs, has_aux)
        except _LOST as error:
            if arguments.are_traced:
                # Differences would meet the same obstacle.
                raise
            warnings.warn(
                f"The gradient of `{_name(fn)}` is made of central differences: {_reason(error)}",
                GradientFallbackWarning,
                stacklevel=stacklevel,
            )
        return numerical(*arguments.all, **kwargs)

    return differentiated


def _reverse(
    xp: Any, fn: Callable[..., Any], arguments: _Arguments, kwargs: dict[str, Any], has_aux: bool
) -> Any:
    rest: Any = None

    def scalar(*values: Any) -> tuple[Any, list[Any]]:
        nonlocal rest
        output = fn(*arguments.with_chosen(values), **kwargs)
        value, aux = output if has_aux else (output, None)
        value = _real_scalar(xp, value)
        if not arguments.are_traced and not isinstance(value, jax.core.Tracer):
            raise _Disconnected
        # Anything may come with the value, but JAX carries arrays only.
        leaves, structure = jax.tree.flatten(aux)
        rest = structure, [None if is_array(leaf) else leaf for leaf in leaves]
        return value, [leaf for leaf in leaves if is_array(leaf)]

    value, pull_back, arrays = jax.vjp(scalar, *arguments.chosen, has_aux=True)
    gradient = arguments.shaped(conjugate(pull_back(jnp.ones_like(value))))
    if not has_aux:
        return value, gradient
    structure, leaves = rest
    carried = iter(arrays)
    aux = jax.tree.unflatten(structure, [next(carried) if x is None else x for x in leaves])
    return (value, aux), gradient


def _as_array_like(x: Any, number: Any) -> Any:
    """Array with the dtype of `x` if a Python number is given."""
    return number if is_array(number) else jnp.asarray(number, dtype=x.dtype)


def vjp(
    xp: Any, fn: Callable[..., Any], primals: Sequence[Any]
) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Output, and the pull-back of cotangents."""
    arguments = _Arguments(xp, primals, tuple(range(len(primals))))
    with _explained(fn, arguments):
        output, pull_back = jax.vjp(fn, *arguments.chosen)

    def pull_back_uphill(cotangent: Any) -> tuple[Any, ...]:
        given = jax.tree.map(_as_array_like, output, cotangent)
        try:
            cotangents: tuple[Any, ...] = conjugate(pull_back(conjugate(given)))
        except (TypeError, ValueError) as error:
            if not is_recognised(error):
                raise
            raise_as_ours(error, "vjp", (fn, *primals), {"cotangent": cotangent})
        return cotangents

    return output, pull_back_uphill


def jvp(
    xp: Any, fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """Output, and its derivative along the tangents."""
    arguments = _Arguments(xp, primals, tuple(range(len(primals))))
    along = jax.tree.map(_as_array_like, arguments.chosen, list(tangents))
    with _explained(fn, arguments):
        try:
            output, derivative = jax.jvp(fn, arguments.chosen, along)
        except TypeError as error:
            if not _lacks_forward_mode(error):
                raise
            output, pull_back = jax.vjp(fn, *arguments.chosen)
            # The transpose of the transpose of the derivative is the derivative.
            _, push_forward = jax.vjp(pull_back, jax.tree.map(jnp.zeros_like, output))
            (derivative,) = push_forward(tuple(along))
    return output, derivative


def _lacks_forward_mode(error: TypeError) -> bool:
    """Whether JAX says that it has only the reverse mode of a `custom_vjp` function."""
    return "custom_vjp" in str(error)


def jacobian(
    xp: Any, fn: Callable[..., Any], argnums: int | tuple[int, ...], *, forward: bool
) -> Callable[..., Any]:
    """Jacobian of a real function of real arguments."""

    @functools.wraps(fn, updated=())
    def differentiated(*args: Any) -> Any:
        arguments = _Arguments(xp, args, argnums)
        _require_real(arguments.chosen, "Arguments")

        def real(*values: Any) -> Any:
            output = fn(*arguments.with_chosen(values))
            _require_real(output, "Outputs")
            return output

        numbers = tuple(range(len(arguments.chosen)))
        with _explained(fn, arguments):
            blocks = _jacobian(real, numbers, arguments.chosen, forward=forward)
        output: Any = jax.tree.structure(jax.eval_shape(real, *arguments.chosen))
        return jax.tree.unflatten(
            output, [arguments.shaped(row) for row in output.flatten_up_to(blocks)]
        )

    return differentiated


def _jacobian(
    fn: Callable[..., Any], numbers: tuple[int, ...], values: Sequence[Any], *, forward: bool
) -> Any:
    if forward:
        try:
            return jax.jacfwd(fn, argnums=numbers)(*values)
        except TypeError as error:
            if not _lacks_forward_mode(error):
                raise
    return jax.jacrev(fn, argnums=numbers)(*values)


def _require_real(tree: Any, what: str) -> None:
    for leaf in jax.tree.leaves(tree):
        if not is_array(leaf) or leaf.dtype.kind != "f":
            raise GradientError(
                f"{what} of a function whose Jacobian is asked for must be real floating-point "
                f"arrays, but one is {leaf!r}. Use `xp.vjp` or `xp.jvp` for complex ones."
            )


def hessian(xp: Any, fn: Callable[..., Any], argnums: int | tuple[int, ...]) -> Callable[..., Any]:
    """Second derivatives of a real scalar function: forward mode over reverse mode."""

    @functools.wraps(fn, updated=())
    def differentiated(*args: Any) -> Any:
        arguments = _Arguments(xp, args, argnums)
        _require_real(arguments.chosen, "Arguments")

        def scalar(*values: Any) -> Any:
            return _real_scalar(xp, fn(*arguments.with_chosen(values)))

        numbers = tuple(range(len(arguments.chosen)))
        with _explained(fn, arguments):
            rows = _jacobian(
                jax.jacrev(scalar, argnums=numbers), numbers, arguments.chosen, forward=True
            )
        structure: Any = jax.tree.structure(tuple(arguments.chosen))
        return arguments.shaped(
            structure.unflatten([arguments.shaped(row) for row in structure.flatten_up_to(rows)])
        )

    return differentiated
