"""Parametrised circuits for the variational eigensolver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from arraybackends.quantum.circuit import Circuit
from arraybackends.quantum.parameter import Parameter

__all__ = ["excitation_ansatz", "hardware_efficient_ansatz"]


def excitation_ansatz(n_qubits: int, occupied: Sequence[int], n_layers: int = 1, /) -> Circuit:
    """
    Excitations of a Slater determinant, which conserve the number of electrons of each spin.

    Parameters
    ----------
    n_qubits : int
        Spin orbitals, in two blocks of equal length, one for each spin.
    occupied : sequence of int
        Qubits that are 1 at the start.
    n_layers : int
        How many times all excitations are applied, each time with parameters of their own.

    Returns
    -------
    Circuit
        With one parameter for each single and double excitation of each layer; with all of them
        zero it prepares the determinant.

    Raises
    ------
    ValueError
        If `n_layers` is below 1.

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
    circuit = Circuit(n_qubits).x(occupied)
    for layer in range(n_layers):
        for holes, particles in _excitations(n_qubits, occupied):
            name = f"{layer}:{','.join(map(str, holes))}->{','.join(map(str, particles))}"
            gate = "single_excitation" if len(holes) == 1 else "double_excitation"
            circuit.append(gate, (*particles, *holes), Parameter(name))
    return circuit


def _excitations(
    n_qubits: int, occupied: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Pairs (occupied qubits, empty qubits) that keep the number of electrons of each spin."""
    blocks = (range(n_qubits // 2), range(n_qubits // 2, n_qubits))
    full = [tuple(q for q in block if q in occupied) for block in blocks]
    empty = [tuple(q for q in block if q not in occupied) for block in blocks]
    singles = [list(product(full[spin], empty[spin])) for spin in (0, 1)]
    for hole, particle in singles[0] + singles[1]:
        yield (hole,), (particle,)
    for spin in (0, 1):
        yield from product(combinations(full[spin], 2), combinations(empty[spin], 2))
    for (hole1, particle1), (hole2, particle2) in product(*singles):
        yield (hole1, hole2), (particle1, particle2)


def hardware_efficient_ansatz(n_qubits: int, n_layers: int = 1, /) -> Circuit:
    """
    Layers of RY and RZ rotations on every qubit and a chain of controlled X gates.

    Parameters
    ----------
    n_qubits : int
    n_layers : int

    Returns
    -------
    Circuit
        With 2 * n_qubits * (n_layers + 1) parameters: a last layer of rotations ends it [1]_.

    Raises
    ------
    ValueError
        If `n_layers` is below 1.

    References
    ----------
    .. [1] A. Kandala et al., "Hardware-efficient variational quantum eigensolver for small
       molecules and quantum magnets", Nature 549 (2017), 242.

    Examples
    --------
    >>> len(hardware_efficient_ansatz(3, 2).parameters)
    18
    """
    _check_layers(n_layers)
    circuit = Circuit(n_qubits)
    for layer in range(n_layers + 1):
        for qubit in range(n_qubits):
            circuit.ry(qubit, Parameter(f"y{layer},{qubit}"))
            circuit.rz(qubit, Parameter(f"z{layer},{qubit}"))
        if layer < n_layers:
            for qubit in range(n_qubits - 1):
                circuit.cx(qubit, qubit + 1)
    return circuit


def _check_layers(n_layers: int) -> None:
    if n_layers < 1:
        raise ValueError(f"Argument `n_layers` must be at least 1, but is {n_layers!r}.")
