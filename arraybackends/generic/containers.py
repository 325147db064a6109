"""Nested containers of arrays: taken apart into leaves and put together again.

Lists, tuples (named ones included) and dicts are containers; None is an empty one; everything else
is a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from arraybackends.errors import ShapeError

__all__ = ["Structure", "broadcast_prefix", "flatten", "map_leaves", "unflatten"]


@dataclass(frozen=True, slots=True)
class Structure:
    """The shape of a container: its type, the keys of a dict, and the structures it holds."""

    kind: type
    keys: tuple[Any, ...] | None
    children: tuple[Structure, ...]


class _Leaf:
    """Kind of the structure that is no container."""


_LEAF = Structure(_Leaf, None, ())
_EMPTY = Structure(type(None), None, ())


def flatten(tree: Any, /) -> tuple[list[Any], Structure]:
    """
    Leaves of a container in order, and the structure that puts them together again.

    The values of a dict are taken in the order of its keys, so that equal dicts give equal results.
    """
    leaves: list[Any] = []
    return leaves, _structure(tree, leaves)


def _structure(tree: Any, leaves: list[Any]) -> Structure:
    if tree is None:
        return _EMPTY
    if isinstance(tree, dict):
        keys = tuple(sorted(tree, key=lambda key: (type(key).__name__, key)))
        return Structure(type(tree), keys, tuple(_structure(tree[key], leaves) for key in keys))
    if isinstance(tree, (list, tuple)):
        return Structure(type(tree), None, tuple(_structure(item, leaves) for item in tree))
    leaves.append(tree)
    return _LEAF


def unflatten(structure: Structure, leaves: Iterable[Any], /) -> Any:
    """Container of a structure with the given leaves."""
    return _rebuild(structure, iter(leaves))


def _rebuild(structure: Structure, leaves: Iterator[Any]) -> Any:
    if structure == _LEAF:
        return next(leaves)
    if structure == _EMPTY:
        return None
    children = [_rebuild(child, leaves) for child in structure.children]
    if structure.keys is not None:
        return dict(zip(structure.keys, children, strict=True))
    if hasattr(structure.kind, "_fields"):
        return structure.kind(*children)
    return structure.kind(children)


def map_leaves(fn: Callable[..., Any], tree: Any, /, *others: Any) -> Any:
    """Container of `fn(leaf, *leaves of the others)`, for containers of one structure."""
    leaves, structure = flatten(tree)
    columns = [leaves]
    for other in others:
        column, other_structure = flatten(other)
        if other_structure != structure:
            raise ShapeError(
                f"Containers must have the same structure, but {tree!r} and {other!r} differ."
            )
        columns.append(column)
    return unflatten(structure, [fn(*row) for row in zip(*columns, strict=True)])


def broadcast_prefix(prefix: Any, tree: Any, /, *, name: str) -> list[Any]:
    """
    Value of a prefix for every leaf of a container.

    A value that is no container, None included, stands for all the leaves below it.
    """
    if not isinstance(prefix, (list, tuple, dict)):
        return [prefix] * len(flatten(tree)[0])
    if isinstance(prefix, dict):
        fits = isinstance(tree, dict) and prefix.keys() == tree.keys()
    else:
        fits = isinstance(tree, (list, tuple)) and len(prefix) == len(tree)
    if not fits:
        raise ShapeError(
            f"Argument `{name}` must match the container that it applies to, but {prefix!r} does "
            f"not match {type(tree).__name__} of {len(tree) if hasattr(tree, '__len__') else 1}."
        )
    if isinstance(prefix, dict):
        _, structure = flatten(tree)
        pairs = [(prefix[key], tree[key]) for key in structure.keys or ()]
    else:
        pairs = list(zip(prefix, tree, strict=True))
    return [value for head, tail in pairs for value in broadcast_prefix(head, tail, name=name)]
