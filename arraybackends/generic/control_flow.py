"""Loops and branches for libraries that run eagerly: Python's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.generic.containers import flatten, map_leaves, unflatten

__all__ = ["EagerControlFlow"]


class EagerControlFlow:
    """`scan`, `cond` and `while_loop` of a backend, by the statements of Python."""

    def scan(
        self, fn: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any, /, *,
        length: int | None = None, reverse: bool = False,
    ) -> tuple[Any, Any]:  # fmt: skip
        steps = _length(xs, length)
        if steps == 0:
            # One call on zeros tells the shapes of the outputs that there are none of.
            _, y = fn(init, map_leaves(lambda x: self._zeros(x.shape[1:], x), xs))
            return init, map_leaves(lambda leaf: self._zeros((0, *leaf.shape), leaf), y)
        carry, outputs = init, []
        for step in reversed(range(steps)) if reverse else range(steps):
            x = map_leaves(lambda leaf, i=step: leaf[i, ...], xs)
            before = carry
            carry, y = fn(carry, x)
            _check_carry(before, carry)
            outputs.append(y)
        return carry, self._stack(outputs[::-1] if reverse else outputs)

    def cond(
        self,
        pred: Any,
        true_fn: Callable[..., Any],
        false_fn: Callable[..., Any],
        /,
        *operands: Any,
    ) -> Any:
        return true_fn(*operands) if bool(pred) else false_fn(*operands)

    def while_loop(
        self, cond_fn: Callable[[Any], Any], body_fn: Callable[[Any], Any], init: Any, /
    ) -> Any:
        value = init
        while bool(cond_fn(value)):
            value = body_fn(value)
        return value

    def _zeros(self, shape: tuple[int, ...], like: Any) -> Any:
        xp: Any = self
        return xp.zeros(shape, dtype=like.dtype, device=xp.device_of(like))

    def _stack(self, results: list[Any]) -> Any:
        """Stack containers of one structure leaf by leaf."""
        xp: Any = self
        columns = [flatten(result) for result in results]
        structure = columns[0][1]
        if any(other != structure for _, other in columns):
            raise ShapeError("Argument `fn` must return containers of one structure at each step.")
        leaves = zip(*(leaves for leaves, _ in columns), strict=True)
        return unflatten(structure, [xp.stack([xp.asarray(x) for x in row]) for row in leaves])


def _check_carry(before: Any, after: Any) -> None:
    """Refuse what compilers refuse: a carry that changes its structure, shapes or dtypes."""
    old, structure = flatten(before)
    new, found = flatten(after)
    if structure != found:
        raise ShapeError(
            f"The carry of `scan` must keep its structure, but {before!r} became {after!r}."
        )
    for x, y in zip(old, new, strict=True):
        shapes = [tuple(getattr(leaf, "shape", ())) for leaf in (x, y)]
        if shapes[0] != shapes[1]:
            raise ShapeError(
                f"The carry of `scan` must keep its shapes, but {shapes[0]} became {shapes[1]}."
            )
        if hasattr(x, "dtype") and hasattr(y, "dtype") and x.dtype != y.dtype:
            raise DTypeError(
                f"The carry of `scan` must keep its dtypes, but {x.dtype} became {y.dtype}."
            )


def _length(xs: Any, length: int | None) -> int:
    leaves, _ = flatten(xs)
    lengths = {leaf.shape[0] for leaf in leaves}
    if length is not None:
        lengths.add(length)
    if len(lengths) != 1:
        raise ShapeError(
            "Arguments `xs` and `length` must give one number of steps, but give "
            f"{sorted(lengths) or 'none'}."
        )
    return int(lengths.pop())
