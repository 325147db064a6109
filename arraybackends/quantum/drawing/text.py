"""Drawings as text, a line for each wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arraybackends.quantum.drawing.layout import Element, Kind, Layout, lay_out

if TYPE_CHECKING:
    from arraybackends.quantum.circuits.builder import CircuitBuilder

__all__ = ["draw_text"]


class _Style(NamedTuple):
    """The characters of a drawing."""

    wire: str
    bit: str
    link: str
    crossing: str
    bit_crossing: str
    symbols: dict[Kind, str]


_UNICODE = _Style(
    "─", "═", "│", "┼", "╪",
    {
        Kind.CONTROL: "●", Kind.ANTICONTROL: "○", Kind.NOT: "X", Kind.SWAP: "x",
        Kind.BARRIER: "░", Kind.BIT: "╩",
    },
)  # fmt: skip
_ASCII = _Style(
    "-", "=", "|", "+", "+",
    {
        Kind.CONTROL: "@", Kind.ANTICONTROL: "o", Kind.NOT: "X", Kind.SWAP: "x",
        Kind.BARRIER: ":", Kind.BIT: "^",
    },
)  # fmt: skip


def draw_text(
    circuit: CircuitBuilder, /, *, width: int | None = None, ascii_only: bool = False
) -> str:
    """
    Draw a circuit with characters.

    Parameters
    ----------
    circuit : Circuit
    width : int, optional
        Columns of text after which the drawing is continued below; unlimited unless given.
    ascii_only : bool
        Whether to do without box-drawing characters.

    Returns
    -------
    str
        Lines without trailing spaces.

    Examples
    --------
    >>> from arraybackends.quantum import Circuit
    >>> print(draw_text(Circuit(2).h(0).cx(0, 1).rz(1, 0.5)))
    0: ─H──●───────────
           │
    1: ────X──RZ(0.5)──
    """
    layout, style = lay_out(circuit), _ASCII if ascii_only else _UNICODE
    names = [f"{q}: " for q in range(layout.n_qubits)]
    names += [f"c{b}: " for b in range(layout.n_bits)]
    margin = max(map(len, names))
    columns = [_column(layout, style, number) for number in range(layout.n_columns)]
    parts: list[list[list[str]]] = [[]]
    used = margin
    for column in columns:
        if width is not None and parts[-1] and used + len(column[0]) > width:
            parts.append([])
            used = margin
        parts[-1].append(column)
        used += len(column[0])
    heads = [text for name in names for text in (name.rjust(margin), " " * margin)][:-1]
    wires = [style.wire if q < layout.n_qubits else style.bit for q in range(len(names))]
    tails = [text for wire in wires for text in (wire, "")][:-1]
    blocks = (
        "\n".join("".join(row).rstrip() for row in zip(heads, *part, tails, strict=True))
        for part in parts
    )
    return "\n\n".join(blocks)


def _column(layout: Layout, style: _Style, number: int) -> list[str]:
    """Return the rows of a column, wires and the gaps between them, all of one width."""
    n_wires = layout.n_qubits + layout.n_bits
    wires = [style.wire if w < layout.n_qubits else style.bit for w in range(n_wires)]
    rows = [row for wire in wires for row in (wire, " ")][:-1]
    for element in layout.elements:
        if element.column == number:
            _put(rows, layout, style, element)
    size = max(map(len, rows)) + 2
    filled = []
    for place, row in enumerate(rows):
        filled.append(row.center(size, " " if place % 2 else wires[place // 2]))
    return filled


def _put(rows: list[str], layout: Layout, style: _Style, element: Element) -> None:
    is_barrier = element.marks[0].kind is Kind.BARRIER
    for place in range(2 * element.first + 1, 2 * element.last):
        if is_barrier:
            continue
        on_bit = place // 2 >= layout.n_qubits
        crossing = style.bit_crossing if on_bit else style.crossing
        rows[place] = style.link if place % 2 else crossing
    for mark in element.marks:
        symbol = style.symbols.get(mark.kind, "") + mark.label
        rows[2 * mark.wire] = symbol
