"""Clifford circuits, which Stim simulates by a tableau of signs."""

from __future__ import annotations

import numpy as np
import pytest
import stim
from hypothesis import given, settings
from hypothesis import strategies as st

from arraybackends.quantum import Circuit, PauliSum

GATES = {
    "h": "H", "x": "X", "y": "Y", "z": "Z", "s": "S", "sdg": "S_DAG", "sx": "SQRT_X",
    "sxdg": "SQRT_X_DAG", "cx": "CX", "cy": "CY", "cz": "CZ", "swap": "SWAP", "iswap": "ISWAP",
    "iswapdg": "ISWAP_DAG",
}  # fmt: skip
PAIRS = ("cx", "cy", "cz", "swap", "iswap", "iswapdg")


def steps(n_qubits, max_size):
    """Lists of gates and their qubits."""
    return st.lists(
        st.tuples(st.sampled_from(sorted(GATES)), st.permutations(range(n_qubits))).map(
            lambda drawn: (drawn[0], tuple(drawn[1][: 2 if drawn[0] in PAIRS else 1]))
        ),
        max_size=max_size,
    )


@settings(max_examples=40)
@given(data=st.data(), n_qubits=st.sampled_from([3, 6, 14]))
def test_states_and_stabilizers_agree(data, n_qubits):
    """The state is that of the tableau, but for a phase, and is stabilised by what Stim says."""
    circuit, simulator = Circuit(n_qubits).h(range(n_qubits)), stim.TableauSimulator()
    simulator.h(*range(n_qubits))
    for name, qubits in data.draw(steps(n_qubits, 40)):
        circuit.append(name, qubits)
        simulator.do(stim.CircuitInstruction(GATES[name], qubits))
    ours, theirs = circuit.state(), simulator.state_vector(endian="big")
    assert abs(np.vdot(ours, theirs)) == pytest.approx(1, abs=1e-5)
    stabilizers = simulator.canonical_stabilizers()
    strings = [str(stabilizer) for stabilizer in stabilizers]
    sums = [
        PauliSum({text[1:].replace("_", "I"): 1.0 if text[0] == "+" else -1.0}) for text in strings
    ]
    np.testing.assert_allclose(circuit.expectations(sums), 1, atol=1e-9)


def test_counts_of_stim_and_ours_have_the_same_support():
    """A GHZ state under a phase error correction is sampled in the same bit strings."""
    circuit = Circuit(5).h(0).cx((0, 0, 0, 0), (1, 2, 3, 4)).x(3)
    made = stim.Circuit("H 0\nCX 0 1 0 2 0 3 0 4\nX 3\nM 0 1 2 3 4")
    theirs = {"".join(map(str, row.astype(int))) for row in made.compile_sampler(seed=1).sample(64)}
    assert set(circuit.counts(64, seed=1)) == theirs
