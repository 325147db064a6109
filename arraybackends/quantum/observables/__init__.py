"""Observables: Pauli sums, matrices, projectors, and what is measured of them.

Every kind derives from `Observable`, and sums and multiples of any two are observables. None makes
a matrix of the size of the register unless asked to by `matrix`.
"""

from __future__ import annotations

from arraybackends.quantum.observables.base import Observable, check_observable
from arraybackends.quantum.observables.combination import ObservableSum
from arraybackends.quantum.observables.grouping import (
    Estimate,
    MeasurementGroup,
    commuting_groups,
    estimate,
    measurement_groups,
)
from arraybackends.quantum.observables.hermitian import Hermitian
from arraybackends.quantum.observables.moments import (
    covariance,
    expectation,
    expectations,
    variance,
)
from arraybackends.quantum.observables.parametric import ParametricPauliSum
from arraybackends.quantum.observables.pauli import PauliSum
from arraybackends.quantum.observables.projector import Projector, StateProjector
from arraybackends.quantum.observables.sparse import SparseHermitian

__all__ = [
    "Estimate",
    "Hermitian",
    "MeasurementGroup",
    "Observable",
    "ObservableSum",
    "ParametricPauliSum",
    "PauliSum",
    "Projector",
    "SparseHermitian",
    "StateProjector",
    "check_observable",
    "commuting_groups",
    "covariance",
    "estimate",
    "expectation",
    "expectations",
    "measurement_groups",
    "variance",
]
