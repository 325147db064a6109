"""The circuits that are timed, in a notation that belongs to no library."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

__all__ = [
    "Angle", "Gate", "Use", "ansatz", "brickwork", "fourier_transform", "moebius_ladder", "qaoa",
    "random_pairs",
]  # fmt: skip


class Use(NamedTuple):
    """The angle `scale * theta[parameter]`, in radians."""

    parameter: int
    scale: float = 1.0


Angle: TypeAlias = float | Use


class Gate(NamedTuple):
    """
    One of h, x, rx, ry, rz, u, cx, cp, rzz, swap, as OpenQASM 3 defines them.

    Qubit 0 is the leftmost; rx(t) = exp(-i t X / 2), rzz(t) = exp(-i t ZZ / 2).
    """

    name: str
    qubits: tuple[int, ...]
    angles: tuple[Angle, ...] = ()


def _random_layer(rng: random.Random, n_qubits: int) -> Iterator[Gate]:
    """Yield a random gate on each qubit."""
    for qubit in range(n_qubits):
        yield Gate("u", (qubit,), tuple(rng.uniform(-math.pi, math.pi) for _ in range(3)))


def brickwork(n_qubits: int, depth: int = 20) -> Iterator[Gate]:
    """Yield layers of random one-qubit gates and of CNOTs between alternating neighbours."""
    rng = random.Random(n_qubits)
    for layer in range(depth):
        yield from _random_layer(rng, n_qubits)
        for qubit in range(layer % 2, n_qubits - 1, 2):
            yield Gate("cx", (qubit, qubit + 1))


def random_pairs(n_qubits: int, depth: int = 20) -> Iterator[Gate]:
    """Yield layers of random one-qubit gates and of CNOTs between pairs drawn anew."""
    rng = random.Random(n_qubits)
    for _ in range(depth):
        yield from _random_layer(rng, n_qubits)
        order = rng.sample(range(n_qubits), n_qubits)
        for place in range(0, n_qubits - 1, 2):
            yield Gate("cx", (order[place], order[place + 1]))


def fourier_transform(n_qubits: int) -> Iterator[Gate]:
    """Yield the quantum Fourier transform of a random product state."""
    rng = random.Random(n_qubits)
    for qubit in range(n_qubits):
        yield Gate("ry", (qubit,), (rng.uniform(-math.pi, math.pi),))
    for qubit in range(n_qubits):
        yield Gate("h", (qubit,))
        for other in range(qubit + 1, n_qubits):
            yield Gate("cp", (other, qubit), (math.pi / 2 ** (other - qubit),))
    for qubit in range(n_qubits // 2):
        yield Gate("swap", (qubit, n_qubits - 1 - qubit))


def ansatz(n_qubits: int, layers: int, ones: Iterable[int] = ()) -> Iterator[Gate]:
    """Yield layers of RY, RZ and a chain of CNOTs; the qubits `ones` start as 1."""
    for qubit in ones:
        yield Gate("x", (qubit,))
    for layer in range(layers):
        for place, name in enumerate(("ry", "rz")):
            for qubit in range(n_qubits):
                yield Gate(name, (qubit,), (Use((2 * layer + place) * n_qubits + qubit),))
        for qubit in range(n_qubits - 1):
            yield Gate("cx", (qubit, qubit + 1))


def moebius_ladder(n_nodes: int) -> list[tuple[int, int]]:
    """Return the edges of a ring of an even number of nodes and of its diameters: 3-regular."""
    if n_nodes % 2:
        raise ValueError(f"A Moebius ladder has an even number of nodes, not {n_nodes}.")
    half = n_nodes // 2
    ring = [(node, node + 1) for node in range(n_nodes - 1)]
    return [*ring, (0, n_nodes - 1), *((node, node + half) for node in range(half))]


def qaoa(n_qubits: int, layers: int) -> Iterator[Gate]:
    """Yield layers of QAOA for the largest cut of a Moebius ladder; theta is gamma, beta, ..."""
    for qubit in range(n_qubits):
        yield Gate("h", (qubit,))
    for layer in range(layers):
        for edge in moebius_ladder(n_qubits):
            yield Gate("rzz", edge, (Use(2 * layer),))
        for qubit in range(n_qubits):
            yield Gate("rx", (qubit,), (Use(2 * layer + 1, 2.0),))
