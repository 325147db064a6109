"""Molecules of OpenFermion's data: term by term, and their exact energies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openfermion
import pytest
from scipy.sparse.linalg import LinearOperator, eigsh

from arraybackends.integrations.openfermion import from_openfermion

DATA = Path(openfermion.__file__).parent / "testing" / "data"
FILES = {
    "H2": "H2_sto-3g_singlet_0.7414.hdf5",
    "LiH": "H1-Li1_sto-3g_singlet_1.45.hdf5",
}


@pytest.mark.parametrize("name", FILES)
def test_energies_of_molecules(name, xp):
    """The lowest eigenvalue of the translated sum, applied without a matrix, is the FCI energy."""
    molecule = openfermion.MolecularData(filename=str(DATA / FILES[name]))
    operator = openfermion.jordan_wigner(molecule.get_molecular_hamiltonian())
    ours = from_openfermion(operator, n_qubits=molecule.n_qubits)
    assert len(ours) == {"H2": 15, "LiH": 631}[name]
    for string, coefficient in operator.terms.items():
        letters = dict(string)
        label = "".join(letters.get(qubit, "I") for qubit in range(molecule.n_qubits))
        assert ours.terms[label] == coefficient
    size = 2**molecule.n_qubits
    apply = ours.operator(xp)
    matrix = LinearOperator((size, size), matvec=lambda v: apply(v.reshape(-1)), dtype=complex)
    energy = eigsh(matrix, k=1, which="SA", v0=np.ones(size), tol=1e-9)[0][0]
    assert energy == pytest.approx(molecule.fci_energy, abs=1e-6)
