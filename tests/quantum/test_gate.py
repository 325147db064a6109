"""Every gate against its definition."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter
from arraybackends.quantum.gates.gate import GATES, gate_of, pauli_label

ANGLES = (0.7, -1.3, 2.1)


class TestMatrices:
    @pytest.mark.parametrize("gate", sorted(GATES))
    def test_equal_their_definition(self, numpy_xp, dense, gate):
        """Each gate is what the literature says, its phase included."""
        n, angles = GATES[gate].n_qubits, ANGLES[: GATES[gate].n_angles]
        circuit = Circuit(n).append(gate, range(n), *angles)
        np.testing.assert_allclose(circuit.matrix(numpy_xp), dense.gate(gate, *angles), atol=1e-14)

    @pytest.mark.parametrize("gate", ["h", "u", "crx", "iswap", "double_excitation", "cswap"])
    def test_are_the_same_on_every_backend(self, xp, dense, gate):
        """A gate of each kind has the same matrix on every backend."""
        n, angles = GATES[gate].n_qubits, ANGLES[: GATES[gate].n_angles]
        circuit = Circuit(n).append(gate, range(n), *map(xp.asarray, angles))
        matrix = xp.to_numpy(circuit.matrix(xp))
        np.testing.assert_allclose(matrix, dense.gate(gate, *angles), atol=1e-14)

    @pytest.mark.parametrize("label", ["X", "Z", "XY", "ZX", "YXZ", "ZYXZ", "YYYYY"])
    def test_of_pauli_rotations(self, numpy_xp, dense, label):
        """The rotation about a Pauli string is an exponential, for any letters."""
        n = len(label)
        circuit = Circuit(n).pauli_rotation(label, range(n), 0.7)
        expected = dense.exponential(dense.string(label), 0.35)
        np.testing.assert_allclose(circuit.matrix(numpy_xp), expected, atol=1e-14)

    @pytest.mark.parametrize("control_states", [(0, 0), (0, 1), (1, 0), (1, 1)])
    @pytest.mark.parametrize("gate", ["gphase", "p", "rx", "rxyz", "u", "swap"])
    def test_of_controlled_gates(self, numpy_xp, dense, gate, control_states):
        """A gate with controls acts in one block of the matrix; its phase counts there."""
        known = gate_of(gate)
        n, angles = known.n_qubits, ANGLES[: known.n_angles]
        circuit = Circuit(n + 2).multicontrol(
            (0, 1), range(2, n + 2), gate, *angles, control_states=control_states
        )
        expected = np.eye(2 ** (n + 2), dtype=complex)
        block = slice(*(2**n * (2 * control_states[0] + control_states[1] + k) for k in (0, 1)))
        expected[block, block] = dense.gate(gate, *angles)
        np.testing.assert_allclose(circuit.matrix(numpy_xp), expected, atol=1e-14)


class TestNames:
    @pytest.mark.parametrize("name", ["", "r", "rq", "rxq", "rX", "gphas", "foo"])
    def test_of_no_gate(self, name):
        """What is no gate has no entry."""
        assert gate_of(name) is None

    def test_of_rotations(self):
        """Rotations are named by the letters of their Pauli string, and all of them are gates."""
        assert pauli_label("rxyz") == "XYZ"
        assert pauli_label("rzx") == "ZX"
        assert pauli_label("crx") is None
        assert pauli_label("r") is None
        assert gate_of("ryxz").n_qubits == 3

    def test_of_long_rotations_cost_nothing(self):
        """A rotation about a long string is a gate without a dense matrix being made."""
        name = "r" + 10 * "xyz"
        assert gate_of(name).n_qubits == 30
        assert "parts" not in vars(gate_of(name))
        assert Circuit(30).append(name, range(30), 0.5)[0].gate == name


class TestMethods:
    @pytest.mark.parametrize("gate", sorted(GATES))
    def test_methods_take_qubits_first_and_angles_after(self, gate):
        """The method of each gate appends just that gate, with qubits before angles."""
        n = GATES[gate].n_qubits
        angles = ANGLES[: GATES[gate].n_angles]
        circuit = getattr(Circuit(n), gate)(*range(n), *angles)
        assert circuit == Circuit(n).append(gate, tuple(range(n)), *angles)

    @pytest.mark.parametrize(
        ("alias", "gate"),
        [("cnot", "cx"), ("toffoli", "ccx"), ("fredkin", "cswap"), ("u1", "p"), ("u3", "u")],
    )
    def test_have_the_names_of_other_libraries(self, alias, gate):
        """A gate by its other name is the same gate."""
        assert getattr(Circuit, alias) is getattr(Circuit, gate)

    @pytest.mark.parametrize(
        "append",
        [
            lambda circuit, a, b: circuit.fsim(a, b, 0.7, -0.4),
            lambda circuit, a, b: circuit.xx_plus_yy(a, b, 0.7, 0.3),
            lambda circuit, a, b: circuit.xx_minus_yy(a, b, 0.7, 0.3),
            lambda circuit, a, b: circuit.cu(a, b, *ANGLES, 0.2),
        ],
        ids=["fsim", "xx_plus_yy", "xx_minus_yy", "cu"],
    )
    def test_along_a_chain_are_whole_gates(self, append):
        """Gates made of others are applied one after the other, not part by part."""
        one_by_one = append(append(Circuit(3), 0, 1), 1, 2)
        assert append(Circuit(3), (0, 1), (1, 2)) == one_by_one
        assert append(Circuit(3), iter((0, 1)), iter((1, 2))) == one_by_one

    def test_of_two_backends_are_refused_whole(self, numpy_xp):
        """A gate made of others leaves no part of itself behind when it is refused."""
        circuit = Circuit(2)
        torch = ab.get_backend("pytorch")
        with pytest.raises(ab.BackendMismatchError):
            circuit.fsim(0, 1, numpy_xp.asarray(0.3), torch.asarray(0.4))
        assert circuit == Circuit(2)

    def test_of_gates_made_of_others(self, numpy_xp, dense):
        """Gates that are made of others have the matrices of their definitions."""

        def matrix(circuit):
            return circuit.matrix(numpy_xp)

        c, s = np.cos(0.7), -1j * np.sin(0.7)
        fsim = [[1, 0, 0, 0], [0, c, s, 0], [0, s, c, 0], [0, 0, 0, np.exp(0.4j)]]
        np.testing.assert_allclose(matrix(Circuit(2).fsim(0, 1, 0.7, -0.4)), fsim, atol=1e-14)
        u2 = dense.gate("u", np.pi / 2, 0.3, 0.9)
        np.testing.assert_allclose(matrix(Circuit(1).u2(0, 0.3, 0.9)), u2, atol=1e-14)
        cu = dense.controlled(np.exp(0.2j) * dense.gate("u", *ANGLES))
        np.testing.assert_allclose(matrix(Circuit(2).cu(0, 1, *ANGLES, 0.2)), cu, atol=1e-14)
        for sign, name, rows in ((1, "xx_plus_yy", (1, 2)), (-1, "xx_minus_yy", (0, 3))):
            expected = dense.gate(name, 0.7)
            turn = np.exp(-1j * sign * 0.3)
            expected[rows[1], rows[0]] *= turn
            expected[rows[0], rows[1]] *= turn.conj()
            made = getattr(Circuit(2), name)(0, 1, 0.7, 0.3)
            np.testing.assert_allclose(matrix(made), expected, atol=1e-14)
        mcp = np.diag([1, 1, 1, 1, 1, 1, 1, np.exp(0.3j)])
        np.testing.assert_allclose(matrix(Circuit(3).mcp((0, 1), 2, 0.3)), mcp, atol=1e-14)
        phase = np.exp(0.3j) * np.eye(2)
        np.testing.assert_allclose(matrix(Circuit(1).global_phase(0.3)), phase, atol=1e-14)
        assert Circuit(3).mcx((0, 1), 2) == Circuit(3).ccx(0, 1, 2)
        assert Circuit(2).mcx(0, 1) == Circuit(2).cx(0, 1)

    def test_of_pauli_rotations_skip_the_identity(self, numpy_xp):
        """Qubits whose letter is I are left out; a string of I alone is a global phase."""
        circuit = Circuit(4).pauli_rotation("XIZ", (3, 2, 1), 0.5)
        assert circuit == Circuit(4).append("rxz", (3, 1), 0.5)
        a = Parameter("a")
        assert Circuit(2).pauli_rotation("II", (0, 1), a) == Circuit(2).global_phase(-a / 2)

    def test_take_matrices_as_multicontrolled_gates(self, numpy_xp, dense):
        """`multicontrol` takes a matrix where it takes a name."""
        circuit = Circuit(2).multicontrol(0, 1, [[0, 1j], [1, 0]])
        expected = dense.controlled(np.asarray([[0, 1j], [1, 0]]))
        np.testing.assert_allclose(circuit.matrix(numpy_xp), expected)
        assert circuit == Circuit(2).unitary(1, [[0, 1j], [1, 0]], controls=0)

    def test_apply_gates_to_several_qubits(self):
        """Several qubits at each place pair up; a single one goes with each of the others."""
        assert Circuit(3).h(range(3)) == Circuit(3).h(0).h(1).h(2)
        assert Circuit(4).cx([0, 1], (2, 3)) == Circuit(4).cx(0, 2).cx(1, 3)
        assert Circuit(3).rzz(0, iter([1, 2]), 0.5) == Circuit(3).rzz(0, 1, 0.5).rzz(0, 2, 0.5)
        assert Circuit(2).h([]) == Circuit(2)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda c: c.cx([0, 1], [2]), r"equally many.*\[\(0, 1\), \(2,\)\]"),
            (lambda c: c.h([0, 3]), r"range\(3\), but is \(3,\)"),
            (lambda c: c.pauli_rotation("XQ", (0, 1), 0.5), r"of the qubits \(0, 1\), but is 'XQ'"),
            (lambda c: c.pauli_rotation("X", (0, 1), 0.5), r"of the qubits \(0, 1\), but is 'X'"),
            (lambda c: c.append("gphase", 0, 0.5), r"`gphase` acts on 0 qubit\(s\).*\(0,\)"),
            (lambda c: c.diagonal(0, [1, 1j, 1]), r"`values` must have shape \(2,\).*\(3,\)"),
            (lambda c: c.diagonal(0, [1, 0.5]), "modulus 1, but one differs from that by 0.5"),
            (lambda c: c.diagonal(0, np.asarray([1, np.nan])), "modulus 1.*by nan"),
            (lambda c: c.diagonal(0, [1, float("nan")]), "modulus 1, but .*by nan"),
            (lambda c: c.unitary(0, [[1, "1"], [0, 1]]), "numbers, but has '1' inside"),
            (lambda c: c.unitary(0, [[1, np.asarray(0)], [0, 1]]), r"but has array\(0\) inside"),
            (lambda c: c.unitary(0, [1, 2]), "nested sequences of numbers, but has"),
            (lambda c: c.unitary(0, [[1, 0], [0, float("nan")]]), "be unitary.*by nan"),
            (lambda c: c.unitary(0, [[2, 0], [0, 1]], controls=1), "be unitary.*by 3"),
            (lambda c: c.append("kraus", 0, [[[1, 0], [0, 0.5]]]), "preserve the trace.*by 0.75"),
            (lambda c: c.append("kraus", 0, [[1, 0], [0, 1]]), "nested sequences of numbers"),
            (lambda c: c.append("kraus", 0, np.eye(2)), r"shape \(m, 2, 2\).*shape \(2, 2\)"),
            (lambda c: c.append("unitary", 0), r"takes 1 array\(s\), but 0 were given"),
            (lambda c: c.append("bit_flip", 0, 1.5), r"`bit_flip`.*1\.5"),
            (lambda c: c.append("measure", (), bits=()), "acts on at least 1 qubit"),
        ],
    )  # fmt: skip
    def test_refuse_what_makes_no_sense(self, call, message):
        """A wrong value is a ValueError that shows it; nothing is appended then."""
        circuit = Circuit(3)
        with pytest.raises(ValueError, match=message):
            call(circuit)
        assert len(circuit) == 0
