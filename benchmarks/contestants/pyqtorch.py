"""pyqtorch, on PyTorch.

Gradients by backpropagation: its adjoint method does not take products of Pauli matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtorch
import torch

from benchmarks.circuits import Angle, Gate, Use
from benchmarks.comparison import Answer
from benchmarks.turns import Run
from benchmarks.workloads import Precision, Workload

__all__ = ["runs"]


def _operations(gate: Gate) -> list[Any]:
    """Return the gate; a rotation about ZZ is made of others, since there is none."""
    on, angles = gate.qubits, [_name(angle) for angle in gate.angles]
    match gate.name:
        case "u":
            theta, phi, lam = angles
            return [pyqtorch.U(*on, lam, theta, phi)]
        case "rzz":
            between = pyqtorch.CNOT(*on)
            return [between, pyqtorch.RZ(on[1], *angles), between]
        case "cx":
            return [pyqtorch.CNOT(*on)]
        case "cp":
            return [pyqtorch.CPHASE(*on, *angles)]
        case name:
            return [getattr(pyqtorch, name.upper())(*on, *angles)]


def _name(angle: Angle) -> str:
    """Return the name under which the values have an angle."""
    return f"{angle.parameter}*{angle.scale}" if isinstance(angle, Use) else repr(angle)


def runs(workload: Workload, precision: Precision, threads: int) -> Sequence[Run]:
    """Return the run."""
    torch.set_num_threads(threads)
    dtype = torch.complex64 if precision == "single" else torch.complex128
    operations = [made for gate in workload.gates for made in _operations(gate)]
    circuit = pyqtorch.QuantumCircuit(workload.n_qubits, operations).to(dtype=dtype)
    if workload.task == "state":

        def answer(result: Any) -> Answer:
            return {"state": result.detach().numpy().reshape(-1)}

        fixed = {
            _name(angle): torch.tensor([angle], dtype=dtype.to_real())
            for gate in workload.gates
            for angle in gate.angles
        }
        return [Run(lambda: pyqtorch.run(circuit, values=fixed), answer)]
    if workload.task == "gradient":
        return [_gradient(workload, circuit, dtype)]
    return []


def _observable(workload: Workload) -> Any:
    terms = []
    for label, weight in workload.observable.items():
        word = [getattr(pyqtorch, p)(q) for q, p in enumerate(label) if p != "I"]
        terms.append(
            pyqtorch.Scale(
                pyqtorch.Sequence(word or [pyqtorch.I(0)]),
                torch.tensor(weight, dtype=torch.float64),
            )
        )
    return pyqtorch.Observable([pyqtorch.Add(terms)])


def _gradient(workload: Workload, circuit: Any, dtype: torch.dtype) -> Run:
    observable = _observable(workload).to(dtype=dtype)
    uses = sorted(set(workload.uses))

    def value_and_gradient() -> Any:
        theta = torch.tensor(workload.theta.T, dtype=dtype.to_real(), requires_grad=True)
        values = {_name(use): use.scale * theta[use.parameter] for use in uses}
        state = circuit.init_state(batch_size=len(workload.rows))
        value = torch.sum(pyqtorch.expectation(circuit, state, values, observable))
        value.backward()
        return value.detach(), theta.grad

    def answer(result: Any) -> Answer:
        value, gradient = map(np.asarray, result)
        return {"value": value, "gradient": gradient.T}

    return Run(value_and_gradient, answer, "backpropagation")
