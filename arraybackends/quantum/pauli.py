"""Pauli sums, by the name they had."""

from __future__ import annotations

from arraybackends.quantum.observables.base import check_observable
from arraybackends.quantum.observables.pauli import PauliSum

__all__ = ["PauliSum", "check_observable"]
