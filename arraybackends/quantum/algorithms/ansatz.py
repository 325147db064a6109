"""Parametrised circuits for the variational eigensolver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Literal

from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.gates.gate import gate_of
from arraybackends.quantum.gates.parameter import Parameter
from arraybackends.quantum.observables import PauliSum

__all__ = ["SpinOrder", "excitation_ansatz", "hardware_efficient_ansatz", "uccsd_ansatz"]

SpinOrder = Literal["blocks", "interleaved"]
"""Where the spin orbitals stand: all of one spin, then the other; or in turn, from spin up."""


def excitation_ansatz(
    n_qubits: int, occupied: Sequence[int], n_layers: int = 1, /, *,
    spin_order: SpinOrder = "blocks",
) -> Circuit:  # fmt: skip
    """
    Excitations of a Slater determinant, which conserve the number of electrons of each spin.

    Parameters
    ----------
    n_qubits : int
        Number of spin orbitals, even.
    occupied : sequence of int
        Qubits that are 1 at the start.
    n_layers : int
        How many times all excitations are applied, each time with parameters of their own.
    spin_order : {"blocks", "interleaved"}
        Whether the qubits stand in two blocks of equal length, one for each spin, as those of
        `load_molecule` do, or in turn, as those of OpenFermion do.

    Returns
    -------
    Circuit
        With one parameter for each single and double excitation of each layer; with all of them
        zero it prepares the determinant.

    Raises
    ------
    ValueError
        If `n_layers` is below 1, `n_qubits` is odd, `occupied` names a qubit twice or one that
        there is not, or there is no such `spin_order`.

    Notes
    -----
    The qubit excitations of [1]_: those of unitary coupled cluster without the signs of the
    fermions, which saves most gates and costs little accuracy.

    References
    ----------
    .. [1] Y. S. Yordanov et al., "Qubit-excitation-based adaptive variational quantum eigensolver",
       Commun. Phys. 4 (2021), 228.

    Examples
    --------
    >>> len(excitation_ansatz(4, (1, 3)).parameters)
    3
    """
    _check_layers(n_layers)
    circuit = _determinant(n_qubits, occupied)
    for layer in range(n_layers):
        for holes, particles in _excitations(n_qubits, occupied, spin_order):
            gate = "single_excitation" if len(holes) == 1 else "double_excitation"
            circuit.append(gate, (*particles, *holes), _amplitude(layer, holes, particles))
    return circuit


def uccsd_ansatz(
    n_qubits: int, occupied: Sequence[int], n_layers: int = 1, /, *,
    spin_order: SpinOrder = "blocks",
) -> Circuit:  # fmt: skip
    r"""
    Unitary coupled cluster with single and double excitations of a Slater determinant.

    Parameters
    ----------
    n_qubits, occupied, n_layers, spin_order
        As in `excitation_ansatz`; qubit p is spin orbital p of the Jordan-Wigner transformation.

    Returns
    -------
    Circuit
        With one amplitude :math:`\theta` for each excitation T of each layer, singles first; with
        all of them zero it prepares the determinant.

    Raises
    ------
    ValueError
        As `excitation_ansatz`.

    Notes
    -----
    The product [1]_ of :math:`\exp(\theta (T - T^\dagger))`, each of them exact: the Pauli strings
    of one excitation commute, 2 for a single and 8 for a double.

    References
    ----------
    .. [1] J. Romero et al., "Strategies for quantum computing molecular energies using the unitary
       coupled cluster ansatz", Quantum Sci. Technol. 4 (2018), 014008.

    Examples
    --------
    >>> uccsd_ansatz(4, (1, 3)).count_ops()
    {'x': 2, 'ryx': 2, 'rxy': 2, ...}
    """
    _check_layers(n_layers)
    circuit = _determinant(n_qubits, occupied)
    excitations = [
        (holes, particles, _generator(n_qubits, holes, particles))
        for holes, particles in _excitations(n_qubits, occupied, spin_order)
    ]
    for layer in range(n_layers):
        for holes, particles, generator in excitations:
            amplitude = _amplitude(layer, holes, particles)
            for label, coefficient in generator.items():
                circuit.pauli_rotation(label, range(n_qubits), 2 * coefficient * amplitude)
    return circuit


def _generator(
    n_qubits: int, holes: tuple[int, ...], particles: tuple[int, ...]
) -> dict[str, float]:
    """Return i (T - T^+) of an excitation T, so that exp(t (T - T^+)) = exp(-i t generator)."""
    excitation = PauliSum.identity(n_qubits)
    for particle in particles:
        excitation = excitation @ _annihilator(n_qubits, particle).adjoint()
    for hole in reversed(holes):
        excitation = excitation @ _annihilator(n_qubits, hole)
    return {label: -2 * c.imag for label, c in excitation.terms.items() if c.imag}


def _determinant(n_qubits: int, occupied: Sequence[int]) -> Circuit:
    if len(set(occupied)) != len(occupied):
        raise ValueError(f"Argument `occupied` must be distinct qubits, but is {tuple(occupied)}.")
    return Circuit(n_qubits).x(occupied)


def _annihilator(n_qubits: int, orbital: int) -> PauliSum:
    """Return the Jordan-Wigner transform of the operator that empties a spin orbital."""
    before, after = "Z" * orbital, "I" * (n_qubits - orbital - 1)
    return PauliSum({f"{before}X{after}": 0.5, f"{before}Y{after}": 0.5j})


def _amplitude(layer: int, holes: tuple[int, ...], particles: tuple[int, ...]) -> Parameter:
    return Parameter(f"{layer}:{','.join(map(str, holes))}->{','.join(map(str, particles))}")


def _excitations(
    n_qubits: int, occupied: Sequence[int], spin_order: str
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Pairs (occupied qubits, empty qubits) that keep the number of electrons of each spin."""
    blocks = _spin_blocks(n_qubits, spin_order)
    full = [tuple(q for q in block if q in occupied) for block in blocks]
    empty = [tuple(q for q in block if q not in occupied) for block in blocks]
    singles = [list(product(full[spin], empty[spin])) for spin in (0, 1)]
    for hole, particle in singles[0] + singles[1]:
        yield (hole,), (particle,)
    for spin in (0, 1):
        yield from product(combinations(full[spin], 2), combinations(empty[spin], 2))
    for (hole1, particle1), (hole2, particle2) in product(*singles):
        yield (hole1, hole2), (particle1, particle2)


def _spin_blocks(n_qubits: int, spin_order: str) -> tuple[range, range]:
    if n_qubits % 2:
        raise ValueError(
            f"Argument `n_qubits` must be even, a qubit for each spin orbital, but is {n_qubits!r}."
        )
    if spin_order == "blocks":
        return range(n_qubits // 2), range(n_qubits // 2, n_qubits)
    if spin_order == "interleaved":
        return range(0, n_qubits, 2), range(1, n_qubits, 2)
    raise ValueError(
        f"Argument `spin_order` must be 'blocks' or 'interleaved', but is {spin_order!r}."
    )


Pattern = Literal["linear", "ring", "brickwork", "full"]
"""Which qubits a layer of two-qubit gates joins."""


def hardware_efficient_ansatz(
    n_qubits: int, n_layers: int = 1, /, *, rotations: Sequence[str] = ("ry", "rz"),
    entangler: str = "cx", pattern: Pattern | Sequence[tuple[int, int]] = "linear",
) -> Circuit:  # fmt: skip
    """
    Layers of rotations of every qubit and of two-qubit gates.

    Parameters
    ----------
    n_qubits : int
    n_layers : int
    rotations : sequence of str
        Gates of one qubit, in the order in which they act.
    entangler : str
        Gate of two qubits, with angles or without.
    pattern : {"linear", "ring", "brickwork", "full"} or sequence of (int, int)
        Pairs of qubits on which the entangler acts in each layer: neighbours one after the other;
        these and the last with the first; neighbours from even qubits, then from odd ones; all
        pairs; or those given.

    Returns
    -------
    Circuit
        With a parameter for each angle; a last layer of rotations ends it [1]_. Without options it
        has 2 * n_qubits * (n_layers + 1) parameters.

    Raises
    ------
    ValueError
        If `n_layers` is below 1, a gate is unknown or acts on another number of qubits, or there is
        no such `pattern`.

    References
    ----------
    .. [1] A. Kandala et al., "Hardware-efficient variational quantum eigensolver for small
       molecules and quantum magnets", Nature 549 (2017), 242.

    Examples
    --------
    >>> len(hardware_efficient_ansatz(3, 2).parameters)
    18
    >>> hardware_efficient_ansatz(4, rotations=["ry"], entangler="cz", pattern="ring").count_ops()
    {'ry': 8, 'cz': 4}
    """
    _check_layers(n_layers)
    pairs = _pairs(n_qubits, pattern)
    circuit = Circuit(n_qubits)
    for layer in range(n_layers + 1):
        for qubit in range(n_qubits):
            for gate in rotations:
                _append(circuit, gate, (qubit,), layer)
        if layer < n_layers:
            for pair in pairs:
                _append(circuit, entangler, pair, layer)
    return circuit


def _append(circuit: Circuit, gate: str, qubits: tuple[int, ...], layer: int) -> None:
    """Append a gate with parameters of its own."""
    known = gate_of(gate)
    n_angles = 0 if known is None else known.n_angles
    label = f"{gate}{layer}:{','.join(map(str, qubits))}"
    names = [label] if n_angles == 1 else [f"{label}.{i}" for i in range(n_angles)]
    circuit.append(gate, qubits, *map(Parameter, names))


def _pairs(n_qubits: int, pattern: str | Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    neighbours = [(qubit, qubit + 1) for qubit in range(n_qubits - 1)]
    if not isinstance(pattern, str):
        return [(first, second) for first, second in pattern]
    if pattern == "linear":
        return neighbours
    if pattern == "ring":
        return neighbours + [(n_qubits - 1, 0)] * (n_qubits > 2)
    if pattern == "brickwork":
        return neighbours[::2] + neighbours[1::2]
    if pattern == "full":
        return list(combinations(range(n_qubits), 2))
    raise ValueError(
        f"Argument `pattern` must be 'linear', 'ring', 'brickwork', 'full' or pairs of qubits, but "
        f"is {pattern!r}."
    )


def _check_layers(n_layers: int) -> None:
    if n_layers < 1:
        raise ValueError(f"Argument `n_layers` must be at least 1, but is {n_layers!r}.")
