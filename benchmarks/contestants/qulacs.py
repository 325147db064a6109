"""qulacs; double precision only. Its qubit 0 is the last, and its rotations turn the other way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import qulacs
from qulacs.circuit import QuantumCircuitOptimizer

from benchmarks.circuits import Gate, Use
from benchmarks.comparison import Answer, answer_of_samples
from benchmarks.turns import Run
from benchmarks.workloads import Precision, Workload

__all__ = ["runs"]

BLOCKS = (2, 3, 4)
PAULIS = {"I": 0, "X": 1, "Y": 2, "Z": 3}


def _add(circuit: Any, gate: Gate) -> None:
    """Add a gate; one with a parameter starts at zero."""
    on = [circuit.get_qubit_count() - 1 - qubit for qubit in gate.qubits]
    match gate.name, gate.angles:
        case "rx", (Use(),):
            circuit.add_parametric_RX_gate(*on, 0.0)
        case "ry", (Use(),):
            circuit.add_parametric_RY_gate(*on, 0.0)
        case "rz", (Use(),):
            circuit.add_parametric_RZ_gate(*on, 0.0)
        case "rzz", (Use(),):
            circuit.add_parametric_multi_Pauli_rotation_gate(on, [3, 3], 0.0)
        case "u", (float(theta), float(phi), float(lam)):
            circuit.add_U3_gate(*on, theta, phi, lam)
        case "ry", (float(theta),):
            circuit.add_RY_gate(*on, -theta)
        case "cp", (float(theta),):
            phase = qulacs.gate.to_matrix_gate(qulacs.gate.U1(on[1], theta))
            phase.add_control_qubit(on[0], 1)
            circuit.add_gate(phase)
        case "h" | "x", ():
            getattr(circuit, f"add_{gate.name.upper()}_gate")(*on)
        case "cx", ():
            circuit.add_CNOT_gate(*on)
        case "swap", ():
            circuit.add_SWAP_gate(*on)
        case _:
            raise ValueError(f"No gate {gate.name!r} with the angles {gate.angles}.")


def _circuit(workload: Workload, kind: Callable[[int], Any]) -> Any:
    circuit = kind(workload.n_qubits)
    for gate in workload.gates:
        _add(circuit, gate)
    return circuit


def runs(workload: Workload, precision: Precision, threads: int) -> Sequence[Run]:
    """Return a run for each way to merge gates; gradients by backpropagation."""
    if precision != "double":
        return []
    if workload.task == "gradient":
        return [_gradient(workload)]
    circuit = _circuit(workload, qulacs.QuantumCircuit)
    made = [_run(workload, circuit, "as it is")]
    light = circuit.copy()
    QuantumCircuitOptimizer().optimize_light(light)
    made.append(_run(workload, light, "optimize_light"))
    for size in BLOCKS:
        merged = circuit.copy()
        QuantumCircuitOptimizer().optimize(merged, size)
        made.append(_run(workload, merged, f"optimize {size}"))
    return made


def _run(workload: Workload, circuit: Any, setting: str) -> Run:
    state = qulacs.QuantumState(workload.n_qubits)

    def simulate() -> Any:
        state.set_zero_state()
        circuit.update_quantum_state(state)
        return state

    def sample() -> Any:
        return simulate().sampling(workload.shots, 1)

    def answer(result: Any) -> Answer:
        shifts = np.arange(workload.n_qubits - 1, -1, -1)
        return answer_of_samples((np.asarray(result)[:, None] >> shifts) & 1)

    if workload.task == "samples":
        return Run(sample, answer, setting)
    return Run(simulate, lambda result: {"state": result.get_vector()}, setting)


def _gradient(workload: Workload) -> Run:
    circuit = _circuit(workload, qulacs.ParametricQuantumCircuit)
    observable = qulacs.Observable(workload.n_qubits)
    for label, weight in workload.observable.items():
        last = workload.n_qubits - 1
        word = [f"{p} {last - q}" for q, p in enumerate(label) if p != "I"]
        observable.add_operator(weight, " ".join(word))
    state = qulacs.QuantumState(workload.n_qubits)
    index = np.asarray([use.parameter for use in workload.uses])
    scale = -np.asarray([use.scale for use in workload.uses])

    def one(theta: np.ndarray) -> tuple[float, np.ndarray]:
        for place, angle in enumerate((scale * theta[index]).tolist()):
            circuit.set_parameter(place, angle)
        gradient = -workload.pull_back(np.asarray(circuit.backprop(observable)))
        state.set_zero_state()
        circuit.update_quantum_state(state)
        return observable.get_expectation_value(state), gradient

    return Run(lambda: [one(theta) for theta in workload.rows], lambda found: {
        "value": np.asarray(sum(value for value, _ in found)),
        "gradient": np.reshape([gradient for _, gradient in found], workload.theta.shape),
    }, "backprop")  # fmt: skip
