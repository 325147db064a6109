"""Drawings as SVG: for notebooks and pages, in the colours of the text around them."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from arraybackends.quantum.drawing.geometry import BOX, Geometry, measure
from arraybackends.quantum.drawing.layout import Element, Kind, Layout, Mark, lay_out

if TYPE_CHECKING:
    from arraybackends.quantum.circuits.builder import CircuitBuilder

__all__ = ["draw_svg"]

_UNIT = 40  # pixels between wires
_MARGIN = 1.0  # left of the wires, for their names
_STROKE = 'stroke="currentColor" stroke-width="1.5"'


def draw_svg(circuit: CircuitBuilder, /) -> str:
    """
    Draw a circuit as a self-contained SVG element.

    Parameters
    ----------
    circuit : Circuit

    Returns
    -------
    str
        Scalable; takes colour and background from where it stands.

    Examples
    --------
    >>> from arraybackends.quantum import Circuit
    >>> draw_svg(Circuit(1).h(0)).startswith("<svg")
    True
    """
    layout = lay_out(circuit)
    geometry = measure(layout)
    n_wires = layout.n_qubits + layout.n_bits
    width, height = (_MARGIN + geometry.length) * _UNIT, n_wires * _UNIT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="{-_MARGIN * _UNIT:.0f} {-_UNIT / 2:.0f} {width:.0f} {height}" '
        'font-family="ui-monospace, monospace" font-size="12" text-anchor="middle" '
        'dominant-baseline="central" fill="currentColor" role="img">'
    )
    title = f"<title>Circuit of {layout.n_qubits} qubits, {len(circuit)} operations</title>"
    elements = (part for element in layout.elements for part in _element(geometry, element))
    return "\n".join([head, title, *_wires(layout, geometry), *elements, "</svg>"])


def _wires(layout: Layout, geometry: Geometry) -> Iterator[str]:
    for wire in range(layout.n_qubits + layout.n_bits):
        is_bit = wire >= layout.n_qubits
        name = f"c{wire - layout.n_qubits}" if is_bit else f"{wire}"
        yield f'<text x="{-_UNIT / 2:.0f}" y="{wire * _UNIT}">{name}</text>'
        for shift in (-1.5, 1.5) if is_bit else (0,):
            yield _line(0, wire + shift / _UNIT, geometry.length, wire + shift / _UNIT)


def _element(geometry: Geometry, element: Element) -> Iterator[str]:
    x = geometry.centres[element.column]
    if element.marks[0].kind is not Kind.BARRIER and element.first != element.last:
        yield _line(x, element.first, x, element.last)
    for mark in element.marks:
        yield _mark(x, geometry.widths[element.column], mark)


def _mark(x: float, width: float, mark: Mark) -> str:
    left, top, size = x * _UNIT, mark.wire * _UNIT, BOX * _UNIT
    if mark.kind is Kind.BOX:
        width *= _UNIT
        return (
            f'<rect x="{left - width / 2:.1f}" y="{top - size / 2:.1f}" width="{width:.1f}" '
            f'height="{size:.1f}" rx="3" fill="Canvas" {_STROKE}/>'
            f'<text x="{left:.1f}" y="{top}">{html.escape(mark.label)}</text>'
        )
    if mark.kind is Kind.NOT:
        half = 0.25
        return (
            f'<circle cx="{left:.1f}" cy="{top}" r="{half * _UNIT:.0f}" fill="Canvas" {_STROKE}/>'
            + _line(x - half, mark.wire, x + half, mark.wire)
            + _line(x, mark.wire - half, x, mark.wire + half)
        )
    if mark.kind is Kind.SWAP:
        half, y = 0.15, mark.wire
        return _line(x - half, y - half, x + half, y + half) + _line(
            x - half, y + half, x + half, y - half
        )
    if mark.kind is Kind.BARRIER:
        return (
            f'<line x1="{left:.1f}" y1="{top - _UNIT / 2:.0f}" x2="{left:.1f}" '
            f'y2="{top + _UNIT / 2:.0f}" stroke="currentColor" stroke-dasharray="4 3"/>'
        )
    fill = "Canvas" if mark.kind is Kind.ANTICONTROL else "currentColor"
    note = f'<text x="{left + 18:.1f}" y="{top - 10}">{mark.label}</text>' if mark.label else ""
    return f'<circle cx="{left:.1f}" cy="{top}" r="4.5" fill="{fill}" {_STROKE}/>{note}'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    corners = (f'{name}="{value * _UNIT:.1f}"' for name, value in zip(
        ("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True
    ))  # fmt: skip
    return f"<line {' '.join(corners)} {_STROKE}/>"
