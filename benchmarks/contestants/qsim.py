"""qsim, through qsimcirq; single precision only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cirq
import numpy as np
import qsimcirq

from benchmarks.circuits import Gate
from benchmarks.comparison import Answer, answer_of_samples
from benchmarks.turns import Run
from benchmarks.workloads import Precision, Workload

__all__ = ["runs"]

FUSION = (2, 3, 4, 5)


def _operation(gate: Gate, qubits: Sequence[cirq.Qid]) -> cirq.Operation:
    on = [qubits[qubit] for qubit in gate.qubits]
    match gate.name, gate.angles:
        case "u", (float(theta), float(phi), float(lam)):
            cosine, sine = np.cos(theta / 2), np.sin(theta / 2)
            rows = [
                [cosine, -np.exp(1j * lam) * sine],
                [np.exp(1j * phi) * sine, np.exp(1j * (phi + lam)) * cosine],
            ]
            return cirq.MatrixGate(np.asarray(rows)).on(*on)
        case "ry", (float(theta),):
            return cirq.ry(theta).on(*on)
        case "cp", (float(theta),):
            return cirq.CZPowGate(exponent=theta / np.pi).on(*on)
        case name, ():
            return {"h": cirq.H, "x": cirq.X, "cx": cirq.CX, "swap": cirq.SWAP}[name].on(*on)
    raise ValueError(f"No gate {gate.name!r} with the angles {gate.angles}.")


def runs(workload: Workload, precision: Precision, threads: int) -> Sequence[Run]:
    """Return a run for each size of fused gates; the circuit is translated beforehand."""
    if precision != "single" or workload.task == "gradient":
        return []
    qubits = cirq.LineQubit.range(workload.n_qubits)
    circuit = qsimcirq.QSimCircuit([_operation(gate, qubits) for gate in workload.gates])
    translated, _ = circuit.translate_cirq_to_qsim(qubits)
    return [_run(workload, translated, threads, size) for size in FUSION]


def _run(workload: Workload, translated: Any, threads: int, size: int) -> Run:
    options = qsimcirq.QSimOptions(max_fused_gate_size=size, cpu_threads=threads)
    simulator = qsimcirq.QSimSimulator(options, seed=1)
    # What `simulate_into_1d_array` and `run` call once they have translated the circuit.
    settings = {**simulator.qsim_options, "c": translated, "s": 1}
    module = simulator._sim_module
    setting = f"max_fused_gate_size={size}"

    def answer_of_state(result: Any) -> Answer:
        return {"state": result.view(np.complex64)}

    def answer(result: Any) -> Answer:
        shifts = np.arange(workload.n_qubits - 1, -1, -1)
        return answer_of_samples((np.asarray(result)[:, None] >> shifts) & 1)

    if workload.task == "samples":
        return Run(lambda: module.qsim_sample_final(settings, workload.shots), answer, setting)
    return Run(lambda: module.qsim_simulate_fullstate(settings, 0), answer_of_state, setting)
