"""What is timed: a circuit, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from arraybackends.quantum.molecules import load_molecule
from benchmarks import circuits
from benchmarks.circuits import Gate, Use

__all__ = ["WORKLOADS", "Precision", "Workload", "make"]

Precision: TypeAlias = Literal["single", "double"]
Task: TypeAlias = Literal["state", "gradient", "samples"]


@dataclass(frozen=True, eq=False)
class Workload:
    """
    A circuit, and what is asked of it.

    Attributes
    ----------
    name : str
    task : {"state", "gradient", "samples"}
        The final state; an expectation value and its gradient, of a batch the sum of the values
        and all gradients; or outcomes of all qubits.
    n_qubits : int
    gates : tuple of Gate
    theta : array, shape (n_parameters,) or (batch, n_parameters), float64
        Of "gradient".
    observable : mapping of str to float
        Weights of Pauli strings, of "gradient".
    shots : int
        Of "samples".
    """

    name: str
    task: Task
    n_qubits: int
    gates: tuple[Gate, ...]
    theta: np.ndarray
    observable: Mapping[str, float]
    shots: int = 0

    @property
    def rows(self) -> np.ndarray:
        """Parameter sets, shape (batch, n_parameters)."""
        return np.atleast_2d(self.theta)

    @property
    def uses(self) -> list[Use]:
        """Uses of parameters, in the order of the gates."""
        return [angle for gate in self.gates for angle in gate.angles if isinstance(angle, Use)]

    def pull_back(self, gradient: np.ndarray) -> np.ndarray:
        """Return the gradient in the parameters, given that in the angle of each use."""
        total = np.zeros(self.theta.shape[-1])
        for use, value in zip(self.uses, gradient, strict=True):
            total[use.parameter] += use.scale * value
        return total


def _state(name: str, n_qubits: int, gates: Callable[[int], Iterable[Gate]]) -> Workload:
    return Workload(name, "state", n_qubits, tuple(gates(n_qubits)), np.zeros(0), {})


def _gradient(
    name: str, n_qubits: int, gates: Iterable[Gate], observable: Mapping[str, float], *batch: int
) -> Workload:
    made = tuple(gates)
    count = 1 + max(a.parameter for gate in made for a in gate.angles if isinstance(a, Use))
    theta = np.random.default_rng(n_qubits).uniform(-np.pi, np.pi, (*batch, count))
    return Workload(name, "gradient", n_qubits, made, theta, observable)


def _on(n_qubits: int, letters: Mapping[int, str]) -> str:
    return "".join(letters.get(qubit, "I") for qubit in range(n_qubits))


def _ising(n_qubits: int) -> dict[str, float]:
    """Return the transverse-field Ising chain."""
    bonds = {_on(n_qubits, {q: "Z", q + 1: "Z"}): 1.0 for q in range(n_qubits - 1)}
    return bonds | {_on(n_qubits, {q: "X"}): 0.5 for q in range(n_qubits)}


def _cut(n_qubits: int) -> dict[str, float]:
    return {_on(n_qubits, {a: "Z", b: "Z"}): 0.5 for a, b in circuits.moebius_ladder(n_qubits)}


def _molecule(name: str, n_qubits: int) -> Workload:
    molecule = load_molecule(f"{name}-chain")
    if molecule.n_qubits != n_qubits:
        raise ValueError(f"The molecule {name} has {molecule.n_qubits} qubits, not {n_qubits}.")
    terms = {label: float(complex(w).real) for label, w in molecule.hamiltonian.terms.items()}
    gates = circuits.ansatz(n_qubits, 4, molecule.occupied)
    return _gradient(name, n_qubits, gates, terms)


def _ansatz(name: str, n_qubits: int, layers: int, *batch: int) -> Workload:
    return _gradient(name, n_qubits, circuits.ansatz(n_qubits, layers), _ising(n_qubits), *batch)


def _sampling(n_qubits: int) -> Workload:
    gates = tuple(circuits.brickwork(n_qubits))
    return Workload("sampling", "samples", n_qubits, gates, np.zeros(0), {}, shots=10**6)


WORKLOADS: dict[str, tuple[Callable[[int], Workload], tuple[int, ...]]] = {
    "brickwork": (lambda n: _state("brickwork", n, circuits.brickwork), (4, 8, 12, 16, 20, 22, 24)),
    "random-pairs": (lambda n: _state("random-pairs", n, circuits.random_pairs), (12, 16, 20, 24)),
    "qft": (lambda n: _state("qft", n, circuits.fourier_transform), (12, 16, 20, 24)),
    "ansatz": (lambda n: _ansatz("ansatz", n, 8), (4, 8, 12, 16, 20)),
    "qaoa": (lambda n: _gradient("qaoa", n, circuits.qaoa(n, 4), _cut(n)), (8, 12, 16, 20)),
    "h4": (lambda n: _molecule("h4", n), (8,)),
    "h6": (lambda n: _molecule("h6", n), (12,)),
    "batch": (lambda n: _ansatz("batch", n, 4, 256), (10,)),
    "sampling": (_sampling, (22,)),
    "transforms": (lambda n: _ansatz("transforms", n, 4), (4, 8, 12, 16)),
    "transforms-batch": (lambda n: _ansatz("transforms-batch", n, 4, 64), (4, 8)),
}
"""How each workload is made, and the numbers of qubits that it is timed at unless told."""


def make(name: str, n_qubits: int) -> Workload:
    """Make a workload by its name."""
    return WORKLOADS[name][0](n_qubits)
