"""Matrix product states: registers of many qubits with little entanglement."""

from __future__ import annotations

from arraybackends.quantum.mps.state import MatrixProductState, run_mps

__all__ = ["MatrixProductState", "run_mps"]
