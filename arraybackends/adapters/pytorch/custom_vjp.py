"""Functions with a reverse-mode derivative of their own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.autograd import forward_ad

from arraybackends.errors import GradientError
from arraybackends.generic.containers import flatten, unflatten

__all__ = ["custom_vjp"]

Tensor = torch.Tensor
Forward = Callable[..., tuple[Any, Any]]
Backward = Callable[[Any, Any], tuple[Any, ...]]


class _Packing:
    """A container of tensors and constants, taken apart into the tensors and put together again."""

    def __init__(self, tree: Any) -> None:
        leaves, self._structure = flatten(tree)
        self._constants = [None if isinstance(leaf, Tensor) else leaf for leaf in leaves]
        self.tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]

    def unpack(self, tensors: Sequence[Any]) -> Any:
        found = iter(tensors)
        leaves = [next(found) if c is None else c for c in self._constants]
        return unflatten(self._structure, leaves)

    def forget(self) -> _Packing:
        """Drop the tensors, which the graph keeps for as long as it needs them."""
        self.tensors = []
        return self


def _may_differentiate_again() -> bool:
    """Inside of transforms, forward modes and `no_grad` turn PyTorch's own switch off."""
    return torch.is_grad_enabled() or torch._C._are_functorch_transforms_active()


class _Call:
    """
    One call of a function: how its arguments, outputs and residuals are packed.

    A residual that is an input or an output is not stored twice, and carries second derivatives
    like any other tensor. Further ones are outputs without a derivative, and are computed again
    from the inputs where a second derivative is asked for.
    """

    def __init__(self, fwd: Forward, bwd: Backward, args: Sequence[Any]) -> None:
        self._fwd = fwd
        self._bwd = bwd
        self._args = _Packing(tuple(args))
        self.inputs = self._args.tensors
        self._args.forget()

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        output, residuals = self._fwd(*self._args.unpack(inputs))
        self.output = _Packing(output)
        packed = _Packing(residuals)
        # An input that is returned as it is would be the same tensor with two derivatives.
        outputs = [
            x.clone() if any(x is given for given in inputs) else x for x in self.output.tensors
        ]
        known: dict[int, int] = {}  # by identity, of the inputs first
        for place, x in enumerate((*inputs, *self.output.tensors)):
            known.setdefault(id(x), place)
        count = len(inputs) + len(outputs)
        others: list[Tensor] = []
        self._places = []
        for x in packed.tensors:
            place = known.setdefault(id(x), count + len(others))
            if place == count + len(others):
                others.append(x.detach())
            self._places.append(place)
        self.n_outputs = len(outputs)
        self.output.forget()
        self._residuals = packed.forget()
        return (*outputs, *others)

    def backward(
        self, inputs: Sequence[Tensor], outputs: Sequence[Tensor], cotangents: Sequence[Any]
    ) -> list[Any]:
        """Return one cotangent for each input; None for zero."""
        args = self._args.unpack(inputs)
        if len(outputs) > self.n_outputs and _may_differentiate_again():
            residuals = self._fwd(*args)[1]
        else:
            known = [*inputs, *outputs]
            residuals = self._residuals.unpack([known[place] for place in self._places])
        given: Any = self._bwd(residuals, self.output.unpack(cotangents[: self.n_outputs]))
        if not isinstance(given, tuple) or len(given) != len(args):
            raise GradientError(
                f"Argument `bwd` of `custom_vjp` must return a tuple of {len(args)} cotangents, "
                f"one for each argument, but returned {given!r}."
            )
        found: list[Any] = []
        for argument, cotangent in zip(args, given, strict=True):
            count = len(_Packing(argument).tensors)
            leaves = [None] * count if cotangent is None else _Packing(cotangent).tensors
            if len(leaves) != count:
                raise GradientError(
                    "Argument `bwd` of `custom_vjp` must return cotangents with the structure of "
                    f"the arguments, but returned {cotangent!r} for one with {count} arrays."
                )
            found.extend(leaves)
        return found


class _ReverseOnly(torch.autograd.Function):
    """What PyTorch needs to know of a call."""

    generate_vmap_rule = True

    @staticmethod
    def forward(call: _Call, *inputs: Tensor) -> tuple[Tensor, ...]:
        return call.forward(inputs)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        call, *tensors = inputs
        ctx.call = call
        ctx.n_inputs = len(tensors)
        ctx.mark_non_differentiable(*output[call.n_outputs :])
        ctx.save_for_backward(*tensors, *output)
        ctx.save_for_forward(*tensors, *output)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        saved = ctx.saved_tensors
        inputs, outputs = saved[: ctx.n_inputs], saved[ctx.n_inputs :]
        return (None, *ctx.call.backward(inputs, outputs, cotangents))


class _BothModes(_ReverseOnly):
    """With a forward mode too: the transpose of the backward rule, which is linear."""

    generate_vmap_rule = True

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: Any) -> tuple[Any, ...]:
        call = ctx.call
        given = [i for i, tangent in enumerate(tangents) if tangent is not None]

        def pull_back(*cotangents: Tensor) -> tuple[Tensor, ...]:
            found = call.backward(inputs, outputs, cotangents)
            return tuple(
                torch.zeros_like(inputs[i]) if found[i] is None else found[i] for i in given
            )

        # PyTorch turns forward mode off here, which would end those around this one in silence.
        with forward_ad._set_fwd_grad_enabled(True):
            saved = [forward_ad.unpack_dual(x)[0] for x in ctx.saved_tensors]  # type: ignore[no-untyped-call]
            inputs, outputs = saved[: ctx.n_inputs], saved[ctx.n_inputs :]
            zeros = [torch.zeros_like(x) for x in outputs[: call.n_outputs]]
            transposed = torch.func.vjp(pull_back, *zeros)[1]
            derivatives = transposed(tuple(tangents[i] for i in given))
        return (*derivatives, *(None for _ in outputs[call.n_outputs :]))


def custom_vjp(fwd: Forward, bwd: Backward) -> Callable[..., Any]:
    """Function `lambda *args: fwd(*args)[0]` that is differentiated by `bwd`."""

    @functools.wraps(fwd, updated=())
    def function(*args: Any) -> Any:
        if torch.compiler.is_compiling() and torch._C._are_functorch_transforms_active():
            # The compiler would differentiate the forward pass instead, without a word.
            torch._dynamo.graph_break("rules of one's own are lost inside of transforms")
        call = _Call(fwd, bwd, args)
        # The compiler refuses a forward mode of one's own.
        rule = _ReverseOnly if torch.compiler.is_compiling() else _BothModes
        outputs = rule.apply(call, *call.inputs)  # type: ignore[no-untyped-call]
        return call.output.unpack(outputs[: call.n_outputs])

    return function
