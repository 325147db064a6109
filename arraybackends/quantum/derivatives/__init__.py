"""Derivatives of circuits, the geometry of their states, and gradients from shots."""

from __future__ import annotations

from arraybackends.quantum.derivatives.geometry import (
    classical_fisher_information,
    fubini_study_metric,
    natural_gradient,
    quantum_fisher_information,
    state_derivatives,
)
from arraybackends.quantum.derivatives.hessian import hessian_function
from arraybackends.quantum.derivatives.outcomes import probabilities_function
from arraybackends.quantum.derivatives.shift_rule import parameter_shift_rule
from arraybackends.quantum.derivatives.shots import (
    ShotEstimate,
    estimate_expectation,
    estimate_gradient,
    spsa_gradient,
)

__all__ = [
    "ShotEstimate",
    "classical_fisher_information",
    "estimate_expectation",
    "estimate_gradient",
    "fubini_study_metric",
    "hessian_function",
    "natural_gradient",
    "parameter_shift_rule",
    "probabilities_function",
    "quantum_fisher_information",
    "spsa_gradient",
    "state_derivatives",
]
