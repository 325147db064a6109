"""Vectorisation and control flow."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch

from arraybackends.errors import AxisError, ShapeError
from arraybackends.generic.containers import broadcast_prefix, flatten, map_leaves, unflatten
from arraybackends.generic.vectorisation import check_options, steered_by_values

__all__ = ["cond", "vmap"]

Tensor = torch.Tensor

_STEERED = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent",
    "vmap: It looks like you're calling .item() on a Tensor",
)


def vmap(
    xp: Any, fn: Callable[..., Any], in_axes: Any, out_axes: Any, chunk_size: int | None,
    randomness: str,
) -> Callable[..., Any]:  # fmt: skip
    """Vectorise by `torch.func.vmap`, which sees flat tuples of tensors."""
    check_options(chunk_size, randomness)

    @functools.wraps(fn, updated=())
    def vectorised(*args: Any) -> Any:
        leaves, structure = flatten(args)
        axes = broadcast_prefix(in_axes, args, name="in_axes")
        _check_axes(axes, leaves)
        results: list[Any] = []

        def flat(*inputs: Any) -> tuple[Tensor, ...]:
            outputs, results[:] = _flat_output(xp, fn(*unflatten(structure, inputs)))
            return tuple(outputs)

        mapped = torch.func.vmap(
            flat, in_dims=tuple(axes), randomness=randomness, chunk_size=chunk_size
        )
        try:
            outputs = mapped(*leaves)
        except RuntimeError as error:
            if any(told in str(error) for told in _STEERED):
                raise steered_by_values(fn) from error
            raise
        tree = unflatten(results[0], outputs)
        positions = broadcast_prefix(out_axes, tree, name="out_axes")
        return unflatten(
            results[0],
            [
                x[0] if axis is None else torch.movedim(x, 0, axis)
                for x, axis in zip(outputs, positions, strict=True)
            ],
        )

    return vectorised


def _flat_output(xp: Any, output: Any) -> tuple[list[Tensor], list[Any]]:
    """Return leaves, Python numbers made arrays, and the structure."""
    leaves, structure = flatten(output)
    return [xp.asarray(leaf) for leaf in leaves], [structure]


def _check_axes(axes: Sequence[int | None], leaves: Sequence[Any]) -> None:
    """Refuse axes that PyTorch would refuse with errors of other classes."""
    sizes = set()
    for axis, leaf in zip(axes, leaves, strict=True):
        if axis is None:
            continue
        if not isinstance(leaf, Tensor):
            raise TypeError(
                f"Argument `in_axes` maps an argument that is no array but {leaf!r}. Give it the "
                "axis None."
            )
        if not -leaf.ndim <= axis < leaf.ndim:
            raise AxisError(
                f"Argument `in_axes` names axis {axis}, but the array has {leaf.ndim} axes."
            )
        sizes.add(leaf.shape[axis])
    if len(sizes) != 1:
        raise ShapeError(
            f"The mapped axes must have one size, but have {sorted(sizes)}."
            if sizes
            else "Argument `in_axes` must map at least one array."
        )


def cond(
    xp: Any, pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any],
    operands: Sequence[Any],
) -> Any:  # fmt: skip
    """Call one of two functions, or both where `pred` cannot be looked at, and choose."""
    if not isinstance(pred, Tensor):
        return true_fn(*operands) if pred else false_fn(*operands)
    if pred.ndim > 0:
        raise ShapeError(
            f"Argument `pred` must be 0-d, but has shape {tuple(pred.shape)}. Use `xp.where` to "
            "choose for each element."
        )
    try:
        holds = bool(pred)
    except RuntimeError:
        # `vmap` has one predicate for each element.
        return map_leaves(
            lambda a, b: xp.where(pred, xp.asarray(a), xp.asarray(b)),
            true_fn(*operands),
            false_fn(*operands),
        )
    return true_fn(*operands) if holds else false_fn(*operands)
