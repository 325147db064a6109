"""PennyLane's lightning.qubit: states in both precisions, and the adjoint method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pennylane as qml
from pennylane.devices import ExecutionConfig

from benchmarks.circuits import Use
from benchmarks.comparison import Answer, answer_of_samples
from benchmarks.turns import Run
from benchmarks.workloads import Precision, Workload

__all__ = ["hamiltonian", "operations", "runs"]

GATES = {
    "h": qml.Hadamard, "x": qml.PauliX, "rx": qml.RX, "ry": qml.RY, "rz": qml.RZ, "u": qml.U3,
    "cx": qml.CNOT, "cp": qml.ControlledPhaseShift, "rzz": qml.IsingZZ, "swap": qml.SWAP,
}  # fmt: skip


def operations(workload: Workload, theta: Any) -> list[Any]:
    """Return the gates; `theta` is indexed by parameters."""
    return [
        GATES[gate.name](
            *(a.scale * theta[a.parameter] if isinstance(a, Use) else a for a in gate.angles),
            wires=gate.qubits,
        )
        for gate in workload.gates
    ]


def hamiltonian(workload: Workload) -> Any:
    """Return the observable as a linear combination."""
    words = [
        qml.pauli.string_to_pauli_word(label, wire_map={q: q for q in range(workload.n_qubits)})
        for label in workload.observable
    ]
    return qml.Hamiltonian(list(workload.observable.values()), words)


def runs(workload: Workload, precision: Precision, threads: int) -> Sequence[Run]:
    """Return the run; the device is called without a QNode, which costs milliseconds."""
    dtype = np.complex64 if precision == "single" else np.complex128
    device = qml.device("lightning.qubit", wires=workload.n_qubits, c_dtype=dtype, seed=1)
    return [_gradient(workload, device) if workload.task == "gradient" else _run(workload, device)]


def _run(workload: Workload, device: Any) -> Run:
    wires = range(workload.n_qubits)
    measured = qml.state() if workload.task == "state" else qml.sample(wires=wires)
    tape = qml.tape.QuantumScript(
        operations(workload, ()), [measured], shots=workload.shots or None
    )
    config = device.setup_execution_config(circuit=tape)
    (ready,), _ = device.preprocess_transforms(config)([tape])

    def answer(result: Any) -> Answer:
        if workload.task == "samples":
            return answer_of_samples(np.asarray(result))
        return {"state": np.asarray(result)}

    return Run(lambda: device.execute(ready, config), answer)


def _gradient(workload: Workload, device: Any) -> Run:
    measured = qml.expval(hamiltonian(workload))
    config = ExecutionConfig(gradient_method="adjoint", use_device_gradient=True)
    config = device.setup_execution_config(config)
    used = [place for place, gate in enumerate(workload.gates) if gate.angles]

    def ready(theta: np.ndarray) -> Any:
        tape = qml.tape.QuantumScript(operations(workload, theta), [measured])
        tape.trainable_params = range(len(used))
        return tape

    (checked,), _ = device.preprocess_transforms(config)([ready(workload.rows[0])])
    observable = checked.measurements

    def one(theta: np.ndarray) -> tuple[Any, np.ndarray]:
        tape = qml.tape.QuantumScript(operations(workload, theta), observable)
        tape.trainable_params = range(len(used))
        value, gradient = device.execute_and_compute_derivatives(tape, config)
        return value, workload.pull_back(np.ravel(np.asarray(gradient)))

    return Run(lambda: [one(theta) for theta in workload.rows], lambda found: {
        "value": np.asarray(sum(float(np.squeeze(value)) for value, _ in found)),
        "gradient": np.reshape([gradient for _, gradient in found], workload.theta.shape),
    }, "adjoint")  # fmt: skip
