"""The library of this project, on each of its backends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import arraybackends as ab
from arraybackends.quantum import (
    Circuit,
    Parameter,
    PauliSum,
    expectation_function,
    probabilities,
    to_bits,
)
from benchmarks.comparison import Answer, answer_of_samples
from benchmarks.turns import Run
from benchmarks.workloads import Precision, Workload

__all__ = ["fixed_circuit", "runs"]

LARGEST_COMPILED = 12
"""Qubits up to which the state is also compiled on JAX: beyond, eager calls cost nothing."""


def _circuit(workload: Workload, angle: Callable[[Any], Any]) -> Circuit:
    circuit = Circuit(workload.n_qubits)
    for gate in workload.gates:
        circuit.append(gate.name, gate.qubits, *map(angle, gate.angles))
    return circuit


def fixed_circuit(workload: Workload) -> Circuit:
    """Return the circuit with numbers for angles; the first set, where there are parameters."""
    first = workload.rows[0]
    return _circuit(
        workload, lambda a: a if isinstance(a, float) else a.scale * float(first[a.parameter])
    )


def _parametric_circuit(workload: Workload) -> Circuit:
    """Return the circuit with parameters, which theta gives in the order of first use."""
    names = [Parameter(f"t{index}") for index in range(workload.theta.shape[-1])]
    return _circuit(workload, lambda a: a if isinstance(a, float) else a.scale * names[a.parameter])


def runs(workload: Workload, precision: Precision, threads: int, *, how: str) -> Sequence[Run]:
    """Return the runs; `how` is a backend, and perhaps a word more."""
    backend, _, mode = how.partition(" ")
    xp: Any = ab.get_backend(backend, precision=precision, device="cpu")
    if backend == "pytorch":
        xp.native.set_num_threads(threads)
    match workload.task, mode:
        case "state", "":
            return _states(xp, workload)
        case "gradient", "":
            return [_gradient(xp, workload, compiled=backend == "jax")]
        case "gradient", "compiled" | "eager" if workload.name.startswith("transforms"):
            return [_gradient(xp, workload, compiled=mode == "compiled")]
        case "samples", "" | "state":
            return [_samples(xp, workload, only_state=mode == "state")]
    return []


def _wait(array: Any) -> Any:
    """Return an array when it is computed: JAX returns early."""
    return array.block_until_ready() if hasattr(array, "block_until_ready") else array


def _states(xp: Any, workload: Workload) -> Sequence[Run]:
    circuit = fixed_circuit(workload)

    def state() -> Any:
        with ab.use_backend(xp):
            return _wait(circuit.state())

    def answer(result: Any) -> Answer:
        return {"state": xp.to_numpy(result)}

    eager = Run(state, answer, "eager")
    if xp.name != "jax" or workload.n_qubits > LARGEST_COMPILED:
        return [eager]
    angles = xp.asarray([angle for gate in workload.gates for angle in gate.angles])
    names = iter([Parameter(f"t{index}") for index in range(len(angles))])
    parametric = _circuit(workload, lambda _: next(names))
    compiled = xp.jit(lambda values: parametric.bind(list(values)).state(), fallback="raise")
    return [eager, Run(lambda: _wait(compiled(angles)), answer, "compiled")]


def _gradient(xp: Any, workload: Workload, *, compiled: bool) -> Run:
    circuit, observable = _parametric_circuit(workload), PauliSum(workload.observable)
    energy = expectation_function(circuit, observable, xp=xp)
    order = [int(name.removeprefix("t")) for name in circuit.parameters]
    dtype = xp.float32 if xp.precision == "single" else xp.float64
    theta = xp.asarray(workload.theta[..., order], dtype=dtype)

    def of_batch(values: Any) -> Any:
        each, pull_back = xp.vjp(energy, values)
        (gradients,) = pull_back(xp.ones_like(each))
        return xp.sum(each), gradients

    function = xp.value_and_grad(energy) if theta.ndim == 1 else of_batch
    if compiled:
        function = xp.jit(function, fallback="raise")

    def value_and_gradient() -> Any:
        value, gradient = function(theta)
        return value, _wait(gradient)

    def answer(result: Any) -> Answer:
        value, gradient = map(xp.to_numpy, result)
        in_order = np.empty_like(gradient)
        in_order[..., order] = gradient
        return {"value": np.asarray(value), "gradient": in_order}

    return Run(value_and_gradient, answer, "compiled" if compiled else "eager")


def _samples(xp: Any, workload: Workload, *, only_state: bool) -> Run:
    circuit = fixed_circuit(workload)
    n_qubits = workload.n_qubits

    def simulate() -> Any:
        with ab.use_backend(xp):
            return _wait(circuit.state())

    def sample() -> Any:
        with ab.use_backend(xp):
            return _wait(circuit.sample(workload.shots, seed=1))

    def answer(result: Any) -> Answer:
        return answer_of_samples(xp.to_numpy(to_bits(xp, result, n_qubits)))

    def exact_answer(result: Any) -> Answer:
        pairs = [probabilities(xp, result, (q, q + 1)) for q in range(n_qubits - 1)]
        found = np.stack([xp.to_numpy(pair) for pair in pairs])
        ones = [*(found[:, 2] + found[:, 3]), found[-1, 1] + found[-1, 3]]
        return {"ones": np.asarray(ones), "differ": found[:, 1] + found[:, 2]}

    return Run(simulate, exact_answer, "one state") if only_state else Run(sample, answer)
