"""From columns and wires to coordinates: what the graphical drawings have in common."""

from __future__ import annotations

from typing import NamedTuple

from arraybackends.quantum.drawing.layout import Kind, Layout

__all__ = ["BOX", "Geometry", "measure"]

BOX = 0.7
"""Height of a box, and least width, where wires are a distance of 1 apart."""

_LETTER = 0.17  # width of a letter of a label, in the same unit
_GAP = 0.3


class Geometry(NamedTuple):
    """Centres of the columns and widths of their boxes; wire `w` is at height `w`."""

    centres: tuple[float, ...]
    widths: tuple[float, ...]
    length: float


def measure(layout: Layout, /) -> Geometry:
    """Return the geometry of a layout; wires begin at 0."""
    widths = [BOX] * layout.n_columns
    for element in layout.elements:
        for mark in element.marks:
            if mark.kind is Kind.BOX:
                need = _LETTER * len(mark.label) + 0.25
                widths[element.column] = max(widths[element.column], need)
    centres, end = [], _GAP
    for width in widths:
        centres.append(end + width / 2)
        end += width + _GAP
    return Geometry(tuple(centres), tuple(widths), max(end, 1.0))
