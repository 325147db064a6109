"""Algorithms as small functions on the public interface of the core."""

from __future__ import annotations

from arraybackends.quantum.algorithms.ansatz import excitation_ansatz, hardware_efficient_ansatz
from arraybackends.quantum.algorithms.lanczos import ground_energy
from arraybackends.quantum.algorithms.minimization import Minimum, minimize
from arraybackends.quantum.algorithms.vqe import vqe

__all__ = [
    "Minimum",
    "excitation_ansatz",
    "ground_energy",
    "hardware_efficient_ansatz",
    "minimize",
    "vqe",
]
