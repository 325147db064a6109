"""TensorCircuit-NG on NumPy, PyTorch and JAX; on JAX compiled. Its backend is a global state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorcircuit as tc

from benchmarks.circuits import Use
from benchmarks.comparison import Answer
from benchmarks.turns import Run
from benchmarks.workloads import Precision, Workload

__all__ = ["runs"]

PAULIS = {"I": 0, "X": 1, "Y": 2, "Z": 3}


def _circuit(workload: Workload, angle: Callable[[Any], Any]) -> Any:
    circuit = tc.Circuit(workload.n_qubits)
    for gate in workload.gates:
        angles = tuple(map(angle, gate.angles))
        match gate.name:
            case "u":
                names = ("theta", "phi", "lbd")
                circuit.u(*gate.qubits, **dict(zip(names, angles, strict=True)))
            case "rx" | "ry" | "rz" | "rzz":
                getattr(circuit, gate.name)(*gate.qubits, theta=angles[0])
            case "cp":
                circuit.cphase(*gate.qubits, theta=angles[0])
            case name:
                getattr(circuit, name)(*gate.qubits)
    return circuit


def runs(workload: Workload, precision: Precision, threads: int, *, how: str) -> Sequence[Run]:
    """Return the run on the backend `how`."""
    dtype = "complex64" if precision == "single" else "complex128"

    def enter() -> None:
        tc.set_backend(how)
        tc.set_dtype(dtype)

    enter()
    if how == "pytorch":
        import torch

        torch.set_num_threads(threads)
    if workload.task == "state":
        return [_state(workload, how, enter)]
    if workload.task == "gradient" and how != "numpy":
        return [_gradient(workload, how, enter)]
    return []


def _wait(array: Any) -> Any:
    return array.block_until_ready() if hasattr(array, "block_until_ready") else array


def _state(workload: Workload, how: str, enter: Callable[[], None]) -> Run:
    def answer(result: Any) -> Answer:
        return {"state": np.asarray(result)}

    if how != "jax":
        fixed = {
            angle: tc.array_to_tensor(angle, dtype=tc.rdtypestr)  # PyTorch would round it
            for gate in workload.gates
            for angle in gate.angles
        }
        return Run(lambda: _circuit(workload, fixed.__getitem__).state(), answer, "", enter)
    values = tc.backend.convert_to_tensor(
        np.asarray([angle for gate in workload.gates for angle in gate.angles])
    )

    @tc.backend.jit
    def state(angles: Any) -> Any:
        each = iter(range(len(angles)))
        return _circuit(workload, lambda _: angles[next(each)]).state()

    return Run(lambda: _wait(state(values)), answer, "compiled", enter)


def _gradient(workload: Workload, how: str, enter: Callable[[], None]) -> Run:
    backend = tc.backend
    strings = [[PAULIS[letter] for letter in label] for label in workload.observable]
    weights = list(workload.observable.values())
    # Its sparse matrices are the fastest way, but do not work on PyTorch.
    matrix = tc.quantum.PauliStringSum2COO(strings, weights) if how == "jax" else None
    theta = backend.convert_to_tensor(workload.theta.astype(tc.rdtypestr))

    def energy(values: Any) -> Any:
        circuit = _circuit(
            workload, lambda a: a.scale * values[a.parameter] if isinstance(a, Use) else a
        )
        if matrix is not None:
            return backend.real(tc.templates.measurements.operator_expectation(circuit, matrix))
        terms = zip(strings, weights, strict=True)
        return sum(w * backend.real(circuit.expectation_ps(ps=string)) for string, w in terms)

    transform = backend.vectorized_value_and_grad if theta.ndim > 1 else backend.value_and_grad
    function = transform(energy)
    if how == "jax":
        function = backend.jit(function)

    def value_and_gradient() -> Any:
        value, gradient = function(theta)
        return value, _wait(gradient)

    def answer(result: Any) -> Answer:
        value, gradient = map(backend.numpy, result)
        return {"value": np.sum(value), "gradient": np.asarray(gradient)}

    return Run(value_and_gradient, answer, "compiled" if how == "jax" else "", enter)
