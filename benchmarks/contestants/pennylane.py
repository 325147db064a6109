"""PennyLane's default.qubit: states on NumPy, gradients by backpropagation through PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pennylane as qml
import torch

from benchmarks.comparison import Answer
from benchmarks.contestants.lightning import hamiltonian, operations
from benchmarks.turns import Run
from benchmarks.workloads import Precision, Workload

__all__ = ["runs"]


def runs(workload: Workload, precision: Precision, threads: int) -> Sequence[Run]:
    """Return the run; its states are in double precision only."""
    if precision != "double" or workload.task == "samples":
        return []
    torch.set_num_threads(threads)
    return [_gradient(workload) if workload.task == "gradient" else _state(workload)]


def _state(workload: Workload) -> Run:
    device = qml.device("default.qubit", wires=workload.n_qubits)
    tape = qml.tape.QuantumScript(operations(workload, ()), [qml.state()])
    (ready,), _ = device.preprocess_transforms()([tape])
    return Run(lambda: device.execute(ready), lambda result: {"state": np.asarray(result)})


def _gradient(workload: Workload) -> Run:
    device = qml.device("default.qubit", wires=workload.n_qubits)
    observable = hamiltonian(workload)

    @qml.qnode(device, interface="torch", diff_method="backprop")
    def energy(theta: Any) -> Any:
        operations(workload, theta)
        return qml.expval(observable)

    def value_and_gradient() -> Any:
        theta = torch.tensor(workload.theta.T, dtype=torch.float64, requires_grad=True)
        value = torch.sum(energy(theta))
        value.backward()
        return value.detach(), theta.grad

    def answer(result: Any) -> Answer:
        value, gradient = result
        return {"value": value.numpy(), "gradient": gradient.numpy().T}

    return Run(value_and_gradient, answer, "torch, backprop")
