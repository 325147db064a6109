"""The quantum core: circuits and observables on any backend.

Qubit 0 is the leftmost and most significant bit; angles are in radians; a state has shape
`(*batch, 2**n_qubits)`.
"""

from __future__ import annotations

from arraybackends.quantum.circuit import Circuit
from arraybackends.quantum.gradient import expectation_function
from arraybackends.quantum.parameter import Parameter
from arraybackends.quantum.pauli import PauliSum

__all__ = ["Circuit", "Parameter", "PauliSum", "expectation_function"]
