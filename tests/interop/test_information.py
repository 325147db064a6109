"""Partial traces, entropies and distances are those of Qiskit's `quantum_info`."""

from __future__ import annotations

import numpy as np
import pytest
import qiskit.quantum_info as qi

import arraybackends.quantum as abq


@pytest.fixture(scope="module")
def pair(xp):
    """Two random density matrices of three qubits."""
    return [np.asarray(abq.random_density_matrix(xp, 3, seed=seed)) for seed in (1, 2)]


def of_qiskit(rho):
    """Density matrix of Qiskit, whose qubit 0 is the last bit."""
    return qi.DensityMatrix(rho).reverse_qargs()


@pytest.mark.parametrize("keep", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)])
def test_partial_traces(keep, pair, xp):
    """The state of some qubits is what Qiskit leaves after tracing out the others."""
    rho = pair[0]
    rest = [qubit for qubit in range(3) if qubit not in keep]
    expected = qi.partial_trace(of_qiskit(rho), rest).reverse_qargs().data
    np.testing.assert_allclose(abq.partial_trace(xp, rho, keep=keep), expected, atol=1e-12)


def test_entropies_and_distances(pair, xp):
    """Entropy, purity, fidelity and mutual information agree; Qiskit's fidelity is squared too."""
    rho, sigma = pair
    theirs, others = map(of_qiskit, pair)
    np.testing.assert_allclose(
        [
            abq.von_neumann_entropy(xp, rho),
            abq.purity(xp, rho),
            abq.fidelity(xp, rho, sigma, mixed=True),
            abq.trace_distance(xp, rho, sigma),
        ],
        [
            qi.entropy(theirs, base=2),
            qi.purity(theirs).real,
            qi.state_fidelity(theirs, others),
            np.abs(np.linalg.eigvalsh(theirs.data - others.data)).sum() / 2,
        ],
        atol=1e-9,
    )
    two = abq.partial_trace(xp, rho, keep=(0, 1))
    np.testing.assert_allclose(abq.concurrence(xp, two), qi.concurrence(of_qiskit(two)), atol=1e-7)
    np.testing.assert_allclose(
        abq.negativity(xp, rho, qubits=(0,)), qi.negativity(of_qiskit(rho), [0]), atol=1e-9
    )


def test_schmidt_values(xp):
    """Schmidt values are those of Qiskit's decomposition, in the same order."""
    state = np.asarray(abq.random_state(xp, 4, seed=3))
    theirs = qi.schmidt_decomposition(qi.Statevector(state).reverse_qargs(), [0, 2])
    ours = np.asarray(abq.schmidt_values(xp, state, qubits=(0, 2)))
    np.testing.assert_allclose(ours[: len(theirs)], [value for value, _, _ in theirs], atol=1e-12)
