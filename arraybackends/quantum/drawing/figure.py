"""Drawings as Matplotlib figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.errors import CapabilityError
from arraybackends.quantum.drawing.geometry import BOX, measure
from arraybackends.quantum.drawing.layout import Kind, Mark, lay_out

if TYPE_CHECKING:
    from arraybackends.quantum.circuits.builder import CircuitBuilder

__all__ = ["draw_figure"]


def draw_figure(circuit: CircuitBuilder, /, *, ax: Any = None) -> Any:
    """
    Draw a circuit with Matplotlib.

    Parameters
    ----------
    circuit : Circuit
    ax : matplotlib.axes.Axes, optional
        Where to draw; axes of a new figure of fitting size unless given.

    Returns
    -------
    matplotlib.axes.Axes
        Nothing is shown: that is for the caller to do.

    Raises
    ------
    CapabilityError
        If Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise CapabilityError(
            "Drawing with `mpl` needs Matplotlib, which is not installed. Install it with "
            "`pip install 'arraybackends[plot]'`, or draw as `text`."
        ) from error
    layout = lay_out(circuit)
    geometry = measure(layout)
    n_wires = layout.n_qubits + layout.n_bits
    if ax is None:
        figure = Figure(figsize=(0.55 * (geometry.length + 1), 0.55 * n_wires))
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-0.8, geometry.length), ylim=(n_wires - 0.5, -0.5), aspect="equal")
    ax.set_axis_off()
    for wire in range(n_wires):
        is_bit = wire >= layout.n_qubits
        name = f"c{wire - layout.n_qubits}" if is_bit else f"{wire}"
        ax.text(-0.4, wire, name, ha="center", va="center")
        for shift in (-0.04, 0.04) if is_bit else (0.0,):
            ax.plot([0, geometry.length], [wire + shift] * 2, color="black", lw=1, zorder=1)
    for element in layout.elements:
        x, width = geometry.centres[element.column], geometry.widths[element.column]
        if element.marks[0].kind is not Kind.BARRIER:
            ax.plot([x, x], [element.first, element.last], color="black", lw=1.2, zorder=2)
        for mark in element.marks:
            _draw_mark(ax, x, width, mark)
    return ax


def _draw_mark(ax: Any, x: float, width: float, mark: Mark) -> None:
    from matplotlib.patches import Circle, Rectangle

    y = mark.wire
    if mark.kind is Kind.BOX:
        corner = (x - width / 2, y - BOX / 2)
        ax.add_patch(Rectangle(corner, width, BOX, facecolor="white", edgecolor="black", zorder=3))
        ax.text(x, y, mark.label, ha="center", va="center", zorder=4, fontsize=9)
    elif mark.kind is Kind.NOT:
        ax.add_patch(Circle((x, y), 0.25, facecolor="white", edgecolor="black", zorder=3))
        ax.plot([x - 0.25, x + 0.25], [y, y], color="black", lw=1.2, zorder=4)
        ax.plot([x, x], [y - 0.25, y + 0.25], color="black", lw=1.2, zorder=4)
    elif mark.kind is Kind.SWAP:
        for sign in (-1, 1):
            ends = [y - 0.15 * sign, y + 0.15 * sign]
            ax.plot([x - 0.15, x + 0.15], ends, color="black", lw=1.2, zorder=4)
    elif mark.kind is Kind.BARRIER:
        ax.plot([x, x], [y - 0.5, y + 0.5], color="black", lw=1, ls="--", zorder=2)
    else:
        face = "white" if mark.kind is Kind.ANTICONTROL else "black"
        ax.add_patch(Circle((x, y), 0.11, facecolor=face, edgecolor="black", zorder=3))
        ax.text(x + 0.3, y - 0.3, mark.label, ha="center", va="center", fontsize=8)
