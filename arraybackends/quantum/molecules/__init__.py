"""Molecules whose exact energies are known.

Qubit Hamiltonians and reference energies of hydrogen chains in the STO-3G basis, from qedcbench
2.0.8 (Apache-2.0), `hydrogen_lattice`; each file names its source. The Jordan-Wigner qubits stand
in two blocks of equal length, one for each spin, and within a block the orbital of lowest energy
is the last.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources

from arraybackends.quantum.observables import PauliSum

__all__ = ["Molecule", "load_molecule", "molecule_names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Molecule:
    """
    A molecule as a problem for qubits. Energies in hartree, lengths in angstrom.

    Attributes
    ----------
    name : str
    source : str
        Where the data are from.
    bond_length : float
    n_electrons : int
        Half of them of each spin.
    hartree_fock_energy : float
        Energy of the best Slater determinant.
    exact_energy : float
        Ground-state energy in the basis (full configuration interaction).
    hamiltonian : PauliSum
        Including the repulsion of the nuclei.
    """

    name: str
    source: str
    bond_length: float
    n_electrons: int
    hartree_fock_energy: float
    exact_energy: float
    hamiltonian: PauliSum

    @property
    def n_qubits(self) -> int:
        """Number of qubits: one for each spin orbital."""
        return self.hamiltonian.n_qubits

    @property
    def occupied(self) -> tuple[int, ...]:
        """Qubits that are 1 in the Hartree-Fock state."""
        half, pairs = self.n_qubits // 2, self.n_electrons // 2
        return (*range(half - pairs, half), *range(self.n_qubits - pairs, self.n_qubits))


def molecule_names() -> tuple[str, ...]:
    """
    Names that `load_molecule` knows.

    Examples
    --------
    >>> molecule_names()
    ('h2', 'h4-chain', 'h6-chain')
    """
    files = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name[: -len(".json")] for name in files if name.endswith(".json")))


@functools.cache
def load_molecule(name: str, /) -> Molecule:
    """
    Load a molecule by name.

    Parameters
    ----------
    name : str
        One of `molecule_names()`.

    Returns
    -------
    Molecule

    Raises
    ------
    ValueError
        If the name is unknown; the message lists the known ones.

    Examples
    --------
    >>> load_molecule("h2").exact_energy
    -1.1371170673457325
    """
    if name not in molecule_names():
        raise ValueError(
            f"Argument `name` is {name!r}, which is no known molecule. "
            f"Known molecules: {', '.join(molecule_names())}."
        )
    text = resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return Molecule(
        name=data["name"],
        source=data["source"],
        bond_length=data["bond_length_angstrom"],
        n_electrons=data["n_qubits"] // 2,  # a hydrogen atom has one electron and two spin orbitals
        hartree_fock_energy=data["hartree_fock_energy"],
        exact_energy=data["fci_energy"],
        hamiltonian=PauliSum(data["hamiltonian"]),
    )
