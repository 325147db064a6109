"""How a register is cut into blocks, and which blocks are worked on together.

The first `n_outer` qubits number the blocks; the others are within each. A tile is some blocks in
complex64, joined: its first `n_joined` qubits choose one of them. Which blocks these are is said by
as many masks of block numbers: qubit k of the tile is the direction of the k-th mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["Layout", "layout_of"]

_SMALLEST_TILE = 14
_LARGEST_TILE = 22
_MARGIN = 5
"""A tile has 1/32 of the amplitudes, at which its copies in complex64 weigh little."""

_JOINED = 5
"""Outer qubits of a tile: the more, the fewer stages and the more blocks."""


class Layout(NamedTuple):
    """Number of qubits, of those that number the blocks, and of those of a tile among these."""

    n_qubits: int
    n_outer: int
    n_joined: int

    @property
    def n_inner(self) -> int:
        """Qubits within a block."""
        return self.n_qubits - self.n_outer

    @property
    def n_tile(self) -> int:
        """Qubits of a tile."""
        return self.n_inner + self.n_joined

    def masks(self, qubits: Sequence[int], /) -> tuple[int, ...]:
        """Return the masks of outer qubits."""
        return tuple(1 << (self.n_outer - 1 - qubit) for qubit in qubits)

    def tiles(self, masks: Sequence[int], /) -> Iterator[tuple[int, ...]]:
        """
        Yield the numbers of the blocks of each tile.

        Of each mask the highest bit must be in no other.
        """
        leading = sum(1 << (mask.bit_length() - 1) for mask in masks)
        offsets = [0]
        for mask in reversed(masks):
            offsets = [*offsets, *(offset ^ mask for offset in offsets)]
        for base in range(2**self.n_outer):
            if not base & leading:
                yield tuple(base ^ offset for offset in offsets)

    def joining(self, n_joined: int, /) -> Layout:
        """Return the same blocks in tiles of at least so many outer qubits."""
        return self._replace(n_joined=max(self.n_joined, n_joined))


def layout_of(n_qubits: int, qubits_at_once: int | None = None, /) -> Layout:
    """Return the layout of a register whose tiles have so many qubits."""
    if qubits_at_once is None:
        qubits_at_once = min(max(n_qubits - _MARGIN, _SMALLEST_TILE), _LARGEST_TILE)
    if qubits_at_once >= n_qubits:
        return Layout(n_qubits, 0, 0)
    n_joined = min(_JOINED, qubits_at_once)
    return Layout(n_qubits, n_qubits - qubits_at_once + n_joined, n_joined)
