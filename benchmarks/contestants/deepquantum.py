"""deepquantum, on PyTorch; angles are data, in the order of their uses.

Single precision only: `to(torch.float64)` widens constants that it has rounded to single precision,
so that its results differ in the seventh digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import deepquantum
import numpy as np
import torch

from benchmarks.circuits import Use
from benchmarks.comparison import Answer
from benchmarks.turns import Run
from benchmarks.workloads import Precision, Workload

__all__ = ["runs"]


def _circuit(workload: Workload, dtype: torch.dtype) -> Any:
    circuit = deepquantum.QubitCircuit(workload.n_qubits)
    for gate in workload.gates:
        on, angles = list(gate.qubits), gate.angles
        match gate.name:
            case "h" | "x":
                getattr(circuit, gate.name)(*on)
            case "cx":
                circuit.cnot(*on)
            case "swap":
                circuit.swap(on)
            case "u":
                circuit.u3(*on, inputs=list(angles))
            case "cp":
                circuit.cp(*on, inputs=angles[0])
            case name:
                add = getattr(circuit, name)
                wires = on if name == "rzz" else on[0]
                if isinstance(angles[0], Use):
                    add(wires, encode=True)
                else:
                    add(wires, inputs=angles[0])
    for label in workload.observable:
        wires = [qubit for qubit, letter in enumerate(label) if letter != "I"]
        if wires:
            circuit.observable(wires, "".join(label[qubit] for qubit in wires).lower())
    return circuit.to(dtype)


def runs(workload: Workload, precision: Precision, threads: int) -> Sequence[Run]:
    """Return the run."""
    if precision != "single":
        return []
    torch.set_num_threads(threads)
    dtype = torch.float32
    if workload.task == "state":
        circuit = _circuit(workload, dtype)

        def answer(result: Any) -> Answer:
            return {"state": result.detach().numpy().reshape(-1)}

        return [Run(circuit, answer)]
    return [_gradient(workload, dtype)] if workload.task == "gradient" else []


def _gradient(workload: Workload, dtype: torch.dtype) -> Run:
    circuit = _circuit(workload, dtype)
    weights = dict(workload.observable)
    shift = weights.pop("I" * workload.n_qubits, 0.0) * len(workload.rows)
    weight = torch.tensor(list(weights.values()), dtype=dtype)
    index = [use.parameter for use in workload.uses]
    scale = torch.tensor([use.scale for use in workload.uses], dtype=dtype)

    def value_and_gradient() -> Any:
        theta = torch.tensor(workload.theta, dtype=dtype, requires_grad=True)
        circuit(data=theta[..., index] * scale)
        value = torch.sum(circuit.expectation() * weight) + shift
        value.backward()
        return value.detach(), theta.grad

    def answer(result: Any) -> Answer:
        return dict(zip(("value", "gradient"), map(np.asarray, result), strict=True))

    return Run(value_and_gradient, answer, "backpropagation")
