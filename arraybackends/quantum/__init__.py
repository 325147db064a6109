"""The quantum core: circuits and observables on any backend.

Qubit 0 is the leftmost and most significant bit; angles are in radians; a state has shape
`(*batch, 2**n_qubits)`.
"""

from __future__ import annotations

from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.circuits.noise import NoiseModel
from arraybackends.quantum.derivatives import (
    ShotEstimate,
    classical_fisher_information,
    estimate_expectation,
    estimate_gradient,
    fubini_study_metric,
    hessian_function,
    natural_gradient,
    parameter_shift_rule,
    probabilities_function,
    quantum_fisher_information,
    spsa_gradient,
    state_derivatives,
)
from arraybackends.quantum.derivatives.gradient import expectation_function
from arraybackends.quantum.engines.trajectories import Trajectories
from arraybackends.quantum.evolution import Drive, evolve, trotter
from arraybackends.quantum.gates.instruction import Instruction
from arraybackends.quantum.gates.parameter import LinearExpression, Parameter
from arraybackends.quantum.half.state import HalfState, run_half
from arraybackends.quantum.memory import MemoryEstimate, estimate_memory
from arraybackends.quantum.mps import MatrixProductState, run_mps
from arraybackends.quantum.observables import (
    Estimate,
    Hermitian,
    MeasurementGroup,
    Observable,
    ObservableSum,
    ParametricPauliSum,
    PauliSum,
    Projector,
    SparseHermitian,
    StateProjector,
    commuting_groups,
    covariance,
    estimate,
    expectation,
    expectations,
    measurement_groups,
    variance,
)
from arraybackends.quantum.states.distance import fidelity, overlap, trace_distance
from arraybackends.quantum.states.entanglement import (
    concurrence,
    logarithmic_negativity,
    negativity,
    partial_transpose,
)
from arraybackends.quantum.states.entropy import (
    entanglement_entropy,
    mutual_information,
    purity,
    renyi_entropy,
    von_neumann_entropy,
)
from arraybackends.quantum.states.reduction import (
    partial_trace,
    reduced_density_matrix,
    schmidt_values,
)
from arraybackends.quantum.states.sampling import (
    conditional_probabilities,
    conditional_state,
    counts,
    marginal_counts,
    marginal_probabilities,
    probabilities,
    sample,
    to_bits,
)
from arraybackends.quantum.states.state import (
    basis_state,
    density_matrix,
    dicke_state,
    ensemble,
    ghz_state,
    maximally_mixed_state,
    product_state,
    pure_density_matrix,
    random_density_matrix,
    random_state,
    state_vector,
    uniform_state,
    w_state,
)

__all__ = [
    "Circuit",
    "Drive",
    "Estimate",
    "HalfState",
    "Hermitian",
    "Instruction",
    "LinearExpression",
    "MatrixProductState",
    "MeasurementGroup",
    "MemoryEstimate",
    "NoiseModel",
    "Observable",
    "ObservableSum",
    "Parameter",
    "ParametricPauliSum",
    "PauliSum",
    "Projector",
    "ShotEstimate",
    "SparseHermitian",
    "StateProjector",
    "Trajectories",
    "basis_state",
    "classical_fisher_information",
    "commuting_groups",
    "concurrence",
    "conditional_probabilities",
    "conditional_state",
    "counts",
    "covariance",
    "density_matrix",
    "dicke_state",
    "ensemble",
    "entanglement_entropy",
    "estimate",
    "estimate_expectation",
    "estimate_gradient",
    "estimate_memory",
    "evolve",
    "expectation",
    "expectation_function",
    "expectations",
    "fidelity",
    "fubini_study_metric",
    "ghz_state",
    "hessian_function",
    "logarithmic_negativity",
    "marginal_counts",
    "marginal_probabilities",
    "maximally_mixed_state",
    "measurement_groups",
    "mutual_information",
    "natural_gradient",
    "negativity",
    "overlap",
    "parameter_shift_rule",
    "partial_trace",
    "partial_transpose",
    "probabilities",
    "probabilities_function",
    "product_state",
    "pure_density_matrix",
    "purity",
    "quantum_fisher_information",
    "random_density_matrix",
    "random_state",
    "reduced_density_matrix",
    "renyi_entropy",
    "run_half",
    "run_mps",
    "sample",
    "schmidt_values",
    "spsa_gradient",
    "state_derivatives",
    "state_vector",
    "to_bits",
    "trace_distance",
    "trotter",
    "uniform_state",
    "variance",
    "von_neumann_entropy",
    "w_state",
]
