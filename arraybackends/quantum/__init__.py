"""The quantum core: circuits and observables on any backend.

Qubit 0 is the leftmost and most significant bit; angles are in radians; a state has shape
`(*batch, 2**n_qubits)`.
"""

from __future__ import annotations

from arraybackends.quantum.circuit import Circuit
from arraybackends.quantum.gradient import expectation_function
from arraybackends.quantum.information import (
    concurrence,
    entanglement_entropy,
    fidelity,
    logarithmic_negativity,
    mutual_information,
    negativity,
    overlap,
    partial_trace,
    partial_transpose,
    purity,
    reduced_density_matrix,
    renyi_entropy,
    schmidt_values,
    trace_distance,
    von_neumann_entropy,
)
from arraybackends.quantum.instruction import Instruction
from arraybackends.quantum.parameter import LinearExpression, Parameter
from arraybackends.quantum.pauli import PauliSum
from arraybackends.quantum.sampling import (
    conditional_probabilities,
    conditional_state,
    counts,
    marginal_counts,
    marginal_probabilities,
    probabilities,
    sample,
    to_bits,
)
from arraybackends.quantum.state import (
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
    "Instruction",
    "LinearExpression",
    "Parameter",
    "PauliSum",
    "basis_state",
    "concurrence",
    "conditional_probabilities",
    "conditional_state",
    "counts",
    "density_matrix",
    "dicke_state",
    "ensemble",
    "entanglement_entropy",
    "expectation_function",
    "fidelity",
    "ghz_state",
    "logarithmic_negativity",
    "marginal_counts",
    "marginal_probabilities",
    "maximally_mixed_state",
    "mutual_information",
    "negativity",
    "overlap",
    "partial_trace",
    "partial_transpose",
    "probabilities",
    "product_state",
    "pure_density_matrix",
    "purity",
    "random_density_matrix",
    "random_state",
    "reduced_density_matrix",
    "renyi_entropy",
    "sample",
    "schmidt_values",
    "state_vector",
    "to_bits",
    "trace_distance",
    "uniform_state",
    "von_neumann_entropy",
    "w_state",
]
