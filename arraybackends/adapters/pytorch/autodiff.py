"""Derivatives: PyTorch's own, whose gradients point uphill as the contract wants (row 108)."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.utils.checkpoint

from arraybackends.adapters.pytorch.errors import require_tensor
from arraybackends.errors import BackendMismatchError, GradientError, GradientFallbackWarning
from arraybackends.generic.containers import flatten, unflatten
from arraybackends.generic.differentiation import (
    argument_numbers,
    check_method,
    leaves_like,
    numerical_value_and_grad,
)

__all__ = [
    "checkpoint", "detach", "hessian", "jacfwd", "jacrev", "jvp", "requires_grad",
    "value_and_grad", "vjp",
]  # fmt: skip

Tensor = torch.Tensor
Argnums = int | tuple[int, ...]


def requires_grad(x: Any) -> Tensor:
    """Return a tracked leaf with the values of `x`."""
    if isinstance(x, Tensor) and (x.is_floating_point() or x.is_complex()):
        return x.detach().clone().requires_grad_()
    raise GradientError(
        f"Argument `x` must be a floating-point array of backend `pytorch`, but is {x!r}. "
        "Convert it with `xp.asarray`."
    )


def detach(x: Tensor) -> Tensor:
    """Return a view through which no derivative flows."""
    return require_tensor(x).detach()


class _Chosen:
    """The positional arguments to be differentiated, as leaves, among all arguments."""

    def __init__(self, xp: Any, args: Sequence[Any], argnums: Argnums) -> None:
        self._single = isinstance(argnums, int)
        self._numbers = argument_numbers(argnums, len(args))
        self._args = list(args)
        leaves, self._structure = flatten([args[number] for number in self._numbers])
        self.leaves = [_inexact(xp, leaf) for leaf in leaves]

    def args(self, leaves: Sequence[Tensor]) -> list[Any]:
        """All arguments, with these leaves in the chosen ones."""
        args = list(self._args)
        for number, value in zip(self._numbers, unflatten(self._structure, leaves), strict=True):
            args[number] = value
        return args

    def container(self, leaves: Sequence[Tensor]) -> Any:
        """Leaves in the containers of the chosen arguments."""
        values = unflatten(self._structure, leaves)
        return values[0] if self._single else tuple(values)


def _inexact(xp: Any, leaf: Any) -> Tensor:
    """Check one leaf to be differentiated; Python numbers become arrays of the default dtype."""
    if isinstance(leaf, (float, complex)):
        return xp.asarray(leaf)  # type: ignore[no-any-return]
    if isinstance(leaf, Tensor):
        if leaf.is_floating_point() or leaf.is_complex():
            return leaf
    elif hasattr(leaf, "__array__") or hasattr(leaf, "__dlpack__"):
        raise BackendMismatchError(
            "Arguments to be differentiated must be arrays of backend `pytorch`, but one is of "
            f"type `{type(leaf).__module__}.{type(leaf).__qualname__}`. Convert it with "
            "`xp.asarray` (NumPy) or `xp.from_dlpack` (other backends)."
        )
    raise GradientError(
        "Arguments to be differentiated must be floating-point arrays of backend `pytorch`, but "
        f"one is {leaf!r}. Convert it with `xp.asarray`, or choose other arguments with `argnums`."
    )


def _real_scalar(xp: Any, value: Any) -> Tensor:
    if isinstance(value, float):
        return xp.asarray(value)  # type: ignore[no-any-return]
    if not isinstance(value, Tensor):
        raise GradientError(
            f"The function to be differentiated must return a 0-d real array, but returned "
            f"{value!r}."
        )
    if value.shape != () or not value.is_floating_point():
        raise GradientError(
            "The function to be differentiated must return a 0-d real array, but returned one of "
            f"shape {tuple(value.shape)} and dtype {xp.dtype_name(value.dtype)}."
        )
    return value


class _BrokenGraphError(Exception):
    """The derivative cannot pass; the message says why."""


_DETACHED = (
    "its value does not depend on the arguments through the graph: it was detached, or taken out "
    "of PyTorch as a number or a NumPy array."
)


def _transforming() -> bool:
    """Whether a `torch.func` transform or the compiler is running, where leaves cannot be made."""
    return torch._C._are_functorch_transforms_active() or torch.compiler.is_compiling()


def value_and_grad(
    xp: Any, fn: Callable[..., Any], argnums: Argnums, has_aux: bool, method: str,
    stacklevel: int = 2,
) -> Callable[..., Any]:  # fmt: skip
    """Value and gradient: automatic, or by central differences where the graph is broken."""
    check_method(method)
    numerical = numerical_value_and_grad(xp, fn, argnums=argnums, has_aux=has_aux)
    name = getattr(fn, "__name__", type(fn).__name__)

    @functools.wraps(fn, updated=())
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        chosen = _Chosen(xp, args, argnums)
        if method == "finite-difference":
            return numerical(*chosen.args(chosen.leaves), **kwargs)

        def call(leaves: Sequence[Tensor]) -> tuple[Tensor, Any]:
            output = fn(*chosen.args(leaves), **kwargs)
            value, aux = output if has_aux else (output, None)
            return _real_scalar(xp, value), aux

        try:
            differentiate = _by_transform if _transforming() else _by_graph
            value, aux, gradients = differentiate(call, chosen.leaves)
        except _BrokenGraphError as broken:
            if method == "autodiff":
                raise GradientError(
                    f"`{name}` cannot be differentiated automatically: {broken} Use functions of "
                    "`xp`, or method='finite-difference'."
                ) from broken.__cause__
            warnings.warn(
                f"The gradient of `{name}` comes from central differences: {broken}",
                GradientFallbackWarning,
                stacklevel=stacklevel,
            )
            return numerical(*chosen.args([x.detach() for x in chosen.leaves]), **kwargs)
        gradient = chosen.container(gradients)
        return ((value, aux), gradient) if has_aux else (value, gradient)

    return differentiated


Call = Callable[[Sequence[Tensor]], tuple[Tensor, Any]]
Differentiated = tuple[Tensor, Any, list[Tensor]]


def _by_graph(call: Call, leaves: list[Tensor]) -> Differentiated:
    """Differentiate by the graph that PyTorch records, which is freed unless somebody needs it."""
    recording = torch.is_grad_enabled()
    with torch.enable_grad():
        inputs = [_tracked(leaf) for leaf in leaves]
        try:
            value, aux = call(inputs)
            if not value.requires_grad:
                raise _BrokenGraphError(_DETACHED)
            keep = recording and (
                any(leaf.requires_grad for leaf in leaves) or _reaches_others(value, inputs)
            )
            gradients: Sequence[Tensor | None] = torch.autograd.grad(
                value, inputs, create_graph=keep, allow_unused=True
            )
        except RuntimeError as error:
            reason = _loss(str(error))
            if reason is None:
                raise
            raise _BrokenGraphError(reason) from error
    if all(gradient is None for gradient in gradients):
        raise _BrokenGraphError(_DETACHED)
    return (
        value if keep else value.detach(),
        aux if keep else _detached(aux),
        [
            torch.zeros_like(x) if gradient is None else gradient
            for x, gradient in zip(leaves, gradients, strict=True)
        ],
    )


def _loss(message: str) -> str | None:
    """Say where the derivative was lost, if this is what PyTorch complains of."""
    if "Can't call numpy() on Tensor that requires grad" in message:
        return _DETACHED
    if "derivative for" in message and "is not implemented" in message:
        return f"PyTorch says that {message.strip().rstrip('.')}."
    return None


def _detached(aux: Any) -> Any:
    """Return extra output without the graph, which is freed."""
    leaves, structure = flatten(aux)
    if not any(isinstance(x, Tensor) and x.requires_grad for x in leaves):
        return aux
    return unflatten(structure, [x.detach() if isinstance(x, Tensor) else x for x in leaves])


def _tracked(x: Tensor) -> Tensor:
    """Return a tensor to differentiate by: a leaf, or an alias that stays in the caller's graph."""
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def _reaches_others(value: Tensor, inputs: list[Tensor]) -> bool:
    """Whether the graph of `value` ends in other leaves too, such as the weights of a module."""
    own = {id(x) for x in inputs}
    pending, seen = [value.grad_fn], set()
    while pending:
        node = pending.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if variable is not None and id(variable) not in own:
            return True
        pending.extend(parent for parent, _ in node.next_functions)
    return False


def _by_transform(call: Call, leaves: list[Tensor]) -> Differentiated:
    """Differentiate by `torch.func`, inside of its other transforms."""
    extras: list[Any] = []

    def scalar(*inputs: Tensor) -> tuple[Tensor, list[Tensor]]:
        value, aux = call(inputs)
        if not torch.compiler.is_compiling() and not value.requires_grad:
            raise _BrokenGraphError(_DETACHED)
        others, structure = flatten(aux)
        extras[:] = [structure, [None if isinstance(x, Tensor) else x for x in others]]
        return value, [x for x in others if isinstance(x, Tensor)]

    differentiated: Any = torch.func.vjp(scalar, *leaves, has_aux=True)
    value, pull_back, arrays = differentiated
    gradients = pull_back(torch.ones_like(value))
    structure, others = extras
    found = iter(arrays)
    aux = unflatten(structure, [next(found) if x is None else x for x in others])
    return value, aux, list(gradients)


def vjp(fn: Callable[..., Any], primals: Sequence[Any]) -> tuple[Any, Callable[[Any], Any]]:
    """Output and pull-back."""
    result: Any = torch.func.vjp(fn, *primals)
    output, pull_back = result

    def pull_back_all(cotangent: Any) -> tuple[Any, ...]:
        leaves_like(cotangent, output, "cotangent")
        return tuple(pull_back(cotangent))

    return output, pull_back_all


@functools.cache
def _load_forward_mode() -> None:
    """Use forward mode once: PyTorch loads its rules then, with a deprecation of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.func.jvp(torch.sin, (torch.zeros(1),), (torch.zeros(1),))


def jvp(fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Output and directional derivative."""
    _load_forward_mode()
    leaves_like(list(tangents), list(primals), "tangents")
    result: Any = torch.func.jvp(fn, tuple(primals), tuple(tangents))
    return result[0], result[1]


def _of_real(
    derivative: Callable[..., Any],
    fn: Callable[..., Any],
    argnums: Argnums,
    *,
    scalar: bool = False,
) -> Callable[..., Any]:
    """Refuse complex inputs and outputs, of which PyTorch would keep one part."""
    name = derivative.__name__

    @functools.wraps(fn, updated=())
    def returning_real(*args: Any) -> Any:
        output = fn(*args)
        _require_real(output, name)
        if scalar and (not isinstance(output, Tensor) or output.ndim > 0):
            raise GradientError(
                f"`{name}` takes functions that return a 0-d real array, but one returned "
                f"{f'shape {tuple(output.shape)}' if isinstance(output, Tensor) else repr(output)}."
            )
        return output

    differentiated = derivative(returning_real, argnums)

    @functools.wraps(fn, updated=())
    def of_real(*args: Any) -> Any:
        _require_real([args[number] for number in argument_numbers(argnums, len(args))], name)
        return differentiated(*args)

    return of_real


def _require_real(tree: Any, name: str) -> None:
    for x in flatten(tree)[0]:
        if not isinstance(x, Tensor) or not x.is_floating_point():
            raise GradientError(
                f"`{name}` takes functions of real arrays that return real arrays, but one is "
                f"{x.dtype if isinstance(x, Tensor) else x!r}. Split complex numbers into real "
                "and imaginary parts."
            )


def jacrev(fn: Callable[..., Any], argnums: Argnums) -> Callable[..., Any]:
    """Jacobian by reverse mode."""
    return _of_real(torch.func.jacrev, fn, argnums)


def jacfwd(fn: Callable[..., Any], argnums: Argnums) -> Callable[..., Any]:
    """Jacobian by forward mode."""
    _load_forward_mode()
    return _of_real(torch.func.jacfwd, fn, argnums)


def hessian(fn: Callable[..., Any], argnums: Argnums) -> Callable[..., Any]:
    """Second derivatives: forward over reverse mode."""
    _load_forward_mode()
    return _of_real(torch.func.hessian, fn, argnums, scalar=True)


def checkpoint(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Recompute instead of store; inside of `torch.func` transforms, which forbid it, just call."""

    @functools.wraps(fn, updated=())
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if _transforming():
            return fn(*args, **kwargs)
        return torch.utils.checkpoint.checkpoint(fn, *args, use_reentrant=False, **kwargs)

    return checkpointed
