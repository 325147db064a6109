"""Expectation values of Pauli sums, tile by tile.

A string that flips bits of the block number pairs each block with another. So strings are gathered
whose flips span few directions, and tiles are laid along these: on a tile, such a string is a Pauli
string again, with a sign that depends on which tile it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.dtype import real_dtype
from arraybackends.quantum.half.layout import Layout
from arraybackends.quantum.observables.action import apply_action, plan_action
from arraybackends.quantum.observables.strings import PauliString, phase

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Group", "group"]


class _Term(NamedTuple):
    """Coefficient of a string on tiles, and the mask of block numbers that gives its sign."""

    coefficient: float
    signs: int


class Group:
    """
    Strings on tiles along the same masks.

    Parameters
    ----------
    layout : Layout
    masks : tuple of int
        Each with a highest bit that is in no other.
    strings : mapping of PauliString to float
        Whose flips of blocks the masks span.
    """

    def __init__(
        self, layout: Layout, masks: tuple[int, ...], strings: Mapping[PauliString, float], /
    ) -> None:
        self.masks = masks
        self._terms: dict[PauliString, list[_Term]] = {}
        inner = 2**layout.n_inner - 1
        for (x, z), coefficient in strings.items():
            flips, signs = x >> layout.n_inner, z >> layout.n_inner
            x_tile = z_tile = 0
            for mask in masks:
                x_tile = x_tile << 1 | (flips >> (mask.bit_length() - 1) & 1)
                z_tile = z_tile << 1 | ((signs & mask).bit_count() & 1)
            local = (x_tile << layout.n_inner | x & inner, z_tile << layout.n_inner | z & inner)
            # Both phases are real, or neither.
            ratio = (phase((x, z)) / phase(local)).real
            self._terms.setdefault(local, []).append(_Term(ratio * coefficient, signs))
        self._action = plan_action(layout.n_tile, tuple(self._terms))

    def apply(self, xp: ArrayBackend[Any], first: int, tile: Any, /) -> Any:
        """Apply the strings to the tile that begins with this block."""
        numbers = [
            sum(c * (-1) ** (signs & first).bit_count() for c, signs in terms)
            for terms in self._terms.values()
        ]
        weights = xp.asarray(numbers, dtype=real_dtype(xp), device=xp.device)
        return apply_action(xp, self._action, weights, tile)


def group(layout: Layout, strings: Mapping[PauliString, complex], /) -> list[Group]:
    """Gather strings, in their order, as far as tiles have room for their directions."""
    spans: list[tuple[dict[int, int], dict[PauliString, float]]] = []
    for (x, z), coefficient in strings.items():
        for span, found in spans:
            if _add(span, x >> layout.n_inner, layout.n_joined):
                found[x, z] = coefficient.real
                break
        else:
            span = {}
            _add(span, x >> layout.n_inner, layout.n_joined)
            spans.append((span, {(x, z): coefficient.real}))
    groups = []
    for span, found in spans:
        for bit in range(layout.n_outer):
            _add(span, 1 << bit, layout.n_joined)
        groups.append(Group(layout, tuple(span.values()), found))
    return groups


def _add(span: dict[int, int], mask: int, most: int) -> bool:
    """
    Add a direction to a span, by highest bit, unless it has too many; say whether it is in it.

    No highest bit is in any other mask.
    """
    for bit, other in span.items():
        if mask >> bit & 1:
            mask ^= other
    if not mask:
        return True
    if len(span) == most:
        return False
    highest = mask.bit_length() - 1
    for bit, other in span.items():
        if other >> highest & 1:
            span[bit] = other ^ mask
    span[highest] = mask
    return True
