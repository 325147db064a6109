"""Derivatives of circuits, the geometry of their states, and gradients from shots."""

from __future__ import annotations

from arraybackends.quantum.derivatives.expectation import DiffMethod
from arraybackends.quantum.derivatives.shift_rule import parameter_shift_rule

__all__ = ["DiffMethod", "parameter_shift_rule"]
