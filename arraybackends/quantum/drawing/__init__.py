"""Drawings of circuits: text, SVG, and Matplotlib figures, all of one layout."""

from __future__ import annotations

from arraybackends.quantum.drawing.figure import draw_figure
from arraybackends.quantum.drawing.svg import draw_svg
from arraybackends.quantum.drawing.text import draw_text

__all__ = ["draw_figure", "draw_svg", "draw_text"]
