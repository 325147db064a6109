"""Qiskit Aer's state vector. Its qubit 0 is the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import qiskit
import qiskit_aer

from benchmarks.comparison import Answer, answer_of_samples
from benchmarks.turns import Run
from benchmarks.workloads import Precision, Workload

__all__ = ["runs"]

FUSION = (3, 4, 5)


def _circuit(workload: Workload) -> Any:
    circuit = qiskit.QuantumCircuit(workload.n_qubits)
    for gate in workload.gates:
        on = [workload.n_qubits - 1 - qubit for qubit in gate.qubits]
        getattr(circuit, gate.name)(*gate.angles, *on)
    return circuit


def runs(workload: Workload, precision: Precision, threads: int) -> Sequence[Run]:
    """Return a run for each size of fused gates."""
    if workload.task == "gradient":
        return []
    circuit = _circuit(workload)
    if workload.task == "samples":
        circuit.measure_all()
    else:
        circuit.save_statevector()
    return [_run(workload, circuit, precision, threads, size) for size in FUSION]


def _run(workload: Workload, circuit: Any, precision: Precision, threads: int, size: int) -> Run:
    simulator = qiskit_aer.AerSimulator(
        method="statevector", precision=precision, fusion_enable=True, fusion_max_qubit=size,
        max_parallel_threads=threads,
    )  # fmt: skip
    shots = workload.shots or 1

    def answer(result: Any) -> Answer:
        if workload.task == "state":
            return {"state": np.asarray(result.data()["statevector"])}
        counts = result.data()["counts"]
        outcomes = np.repeat([int(key, 16) for key in counts], list(counts.values()))
        shifts = np.arange(workload.n_qubits - 1, -1, -1)
        return answer_of_samples((outcomes[:, None] >> shifts) & 1)

    return Run(
        lambda: simulator.run(circuit, shots=shots, seed_simulator=1).result(), answer,
        f"fusion_max_qubit={size}",
    )  # fmt: skip
