"""Observables: Pauli sums, matrices, projectors, and what is measured of them."""

from __future__ import annotations

from arraybackends.quantum.observables.base import Observable, check_observable
from arraybackends.quantum.observables.combination import ObservableSum
from arraybackends.quantum.observables.pauli import PauliSum

__all__ = ["Observable", "ObservableSum", "PauliSum", "check_observable"]
