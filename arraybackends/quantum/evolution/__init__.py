"""Time evolution exp(-i H t): Trotter products as circuits, Krylov subspaces on states."""

from __future__ import annotations

from arraybackends.quantum.evolution.drive import Drive
from arraybackends.quantum.evolution.krylov import evolve
from arraybackends.quantum.evolution.trotter import trotter

__all__ = ["Drive", "evolve", "trotter"]
