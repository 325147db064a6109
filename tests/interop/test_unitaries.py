"""Circuits of gates mean the same in Qiskit, Cirq and PennyLane: phase, bit order and controls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import Circuit
from arraybackends.quantum.gates.gate import gate_of

ATOL = 1e-9


@given(data=st.data())
def test_matrices_agree(data, circuits, library):
    """The matrix of a circuit, its global phase included, is that of the translated circuit."""
    n = data.draw(st.integers(4, 5))
    circuit = circuits.build(n, data.draw(circuits.steps(n)))
    np.testing.assert_allclose(library.matrix(library.to(circuit), n), circuit.matrix(), atol=ATOL)


@settings(max_examples=25)
@given(data=st.data())
def test_matrices_of_controlled_circuits_agree(data, circuits, library):
    """The circuit under a control, where its global phase shows, is the translated one's matrix."""
    steps = data.draw(circuits.steps(4, max_size=6, most_controls=1))
    state = data.draw(st.integers(0, 1))
    circuit = circuits.build(4, steps)
    inside = library.matrix(library.to(circuit), 4)
    unit = np.eye(16)
    blocks = [inside, unit] if state == 0 else [unit, inside]
    expected = np.block([[blocks[0], 0 * unit], [0 * unit, blocks[1]]])
    controlled = circuit.control(1, [state])
    np.testing.assert_allclose(controlled.matrix(), expected, atol=ATOL)
    np.testing.assert_allclose(library.matrix(library.to(controlled), 5), expected, atol=ATOL)


@settings(max_examples=25)
@given(data=st.data())
def test_final_states_agree(data, circuits, library):
    """The library's simulator, in double precision, ends in the state of ours."""
    circuit = circuits.build(6, data.draw(circuits.steps(6, max_size=14)))
    np.testing.assert_allclose(library.state(library.to(circuit), 6), circuit.state(), atol=ATOL)


@settings(max_examples=25)
@given(data=st.data())
def test_circuits_come_back(data, circuits, library):
    """A circuit that was translated there and back has the same matrix."""
    circuit = circuits.build(4, data.draw(circuits.steps(4, max_size=6))).id(3)
    back = library.back(library.to(circuit))
    assert back.n_qubits == 4
    np.testing.assert_allclose(back.matrix(), circuit.matrix(), atol=ATOL)


@settings(max_examples=15)
@given(data=st.data())
def test_inverses_and_powers_agree(data, circuits, library):
    """Inverses and integer powers of circuits are those of the translated matrix."""
    circuit = circuits.build(4, data.draw(circuits.steps(4, max_size=5)))
    exponent = data.draw(st.sampled_from([-2, -1, 2, 3]))
    matrix = library.matrix(library.to(circuit), 4)
    expected = np.linalg.matrix_power(matrix, exponent)
    np.testing.assert_allclose(circuit.power(exponent).matrix(), expected, atol=ATOL)


@pytest.mark.parametrize("name", [
    "h", "y", "sx", "rx", "ry", "p", "u", "cx", "crz", "iswap", "ecr", "rzx", "xx_plus_yy",
    "xx_minus_yy", "single_excitation", "double_excitation", "ccx", "cswap", "rxyz", "rzzz",
])  # fmt: skip
def test_named_gates_come_back_under_three_controls(name, library):
    """Each kind of gate, under three controls and on descending qubits, keeps its matrix."""
    known = gate_of(name)
    n = known.n_qubits + 3
    circuit = Circuit(n).append(
        name, range(n)[::-1][: known.n_qubits], *(0.3, -1.2, 2.5)[: known.n_angles],
        controls=(2, 0, 1), control_states=(1, 0, 1),
    )  # fmt: skip
    made = library.to(circuit)
    np.testing.assert_allclose(library.matrix(made, n), circuit.matrix(), atol=ATOL)
    np.testing.assert_allclose(library.back(made).matrix(), circuit.matrix(), atol=ATOL)


@pytest.mark.parametrize("qubit", range(3))
def test_qubits_keep_their_numbers(qubit, library):
    """A flip of qubit i leads to the basis state whose ith bit, counted from the left, is 1."""
    circuit = Circuit(3).x(qubit).id([q for q in range(3) if q != qubit])
    state = library.state(library.to(circuit), 3)
    assert np.flatnonzero(np.abs(state) > 0.5).tolist() == [4 >> qubit]


def test_batches_of_matrices_are_refused(library):
    """A gate has one matrix there; a batch is refused in words."""
    circuit = Circuit(1).unitary(0, np.stack([np.eye(2), np.eye(2)]))
    with pytest.raises(ab.ShapeError, match=r"`unitary` must be a single one.* batch shape \(2,\)"):
        library.to(circuit)
