"""Algorithms as small functions on the public interface of the core."""

from __future__ import annotations

from arraybackends.quantum.algorithms.ansatz import (
    excitation_ansatz,
    hardware_efficient_ansatz,
    uccsd_ansatz,
)
from arraybackends.quantum.algorithms.classifier import (
    Classifier,
    reuploading_circuit,
    train_classifier,
)
from arraybackends.quantum.algorithms.descent import adam, gradient_descent
from arraybackends.quantum.algorithms.fourier import phase_estimation, qft
from arraybackends.quantum.algorithms.grover import grover_search
from arraybackends.quantum.algorithms.kernels import (
    angle_feature_map,
    fidelity_kernel,
    projected_kernel,
    zz_feature_map,
)
from arraybackends.quantum.algorithms.lanczos import ground_energy
from arraybackends.quantum.algorithms.minimization import Minimizer, Minimum, minimize
from arraybackends.quantum.algorithms.qaoa import (
    Solution,
    maxcut,
    maxcut_hamiltonian,
    qaoa,
    qaoa_ansatz,
)
from arraybackends.quantum.algorithms.vqe import vqe

__all__ = [
    "Classifier",
    "Minimizer",
    "Minimum",
    "Solution",
    "adam",
    "angle_feature_map",
    "excitation_ansatz",
    "fidelity_kernel",
    "gradient_descent",
    "ground_energy",
    "grover_search",
    "hardware_efficient_ansatz",
    "maxcut",
    "maxcut_hamiltonian",
    "minimize",
    "phase_estimation",
    "projected_kernel",
    "qaoa",
    "qaoa_ansatz",
    "qft",
    "reuploading_circuit",
    "train_classifier",
    "uccsd_ansatz",
    "vqe",
    "zz_feature_map",
]
