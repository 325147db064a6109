"""Pauli sums in the forms of other libraries: order of qubits, by literal known examples."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum.molecules import load_molecule
from arraybackends.quantum.observables import PauliSum

NUMBERS = st.complex_numbers(max_magnitude=1e6, allow_nan=False) | st.floats(-1e6, 1e6)


def sums(n_qubits):
    """Sums on so many qubits."""
    labels = st.text("IXYZ", min_size=n_qubits, max_size=n_qubits)
    terms = st.dictionaries(labels, NUMBERS, min_size=1, max_size=8)
    return terms.map(PauliSum)


class TestOpenFermion:
    def test_text_of_a_molecule(self):
        """Text as `print(QubitOperator)` writes it; qubit 0 is the leftmost letter."""
        text = """(-0.09886396933545721+0j) [] +
(-0.04532220205287398+0j) [X0 X1 Y2 Y3] +
(0.04532220205287398+0j) [X0 Y1 Y2 X3] +
(0.17119774903432966+0j) [Z0] +
0.5j [Y2]"""
        assert PauliSum.from_openfermion(text.replace("0.5j", "(0+0.5j)")).terms == {
            "IIII": -0.09886396933545721,
            "XXYY": -0.04532220205287398,
            "XYYX": 0.04532220205287398,
            "ZIII": 0.17119774903432966,
            "IIYI": 0.5j,
        }

    @pytest.mark.parametrize(
        ("text", "n_qubits", "terms"),
        [
            ("(-0.07) [X0 X1 Y2 Y3] +", None, {"XXYY": -0.07}),
            ("0.5 [Z1 X0] + 2 []", 3, {"XZI": 0.5, "III": 2.0}),
            ("-1.0 [X0] - 0.25 [X0]", None, {"X": -1.25}),
            ("0.5 [X0] +\n-0.25 [Z0]", None, {"X": 0.5, "Z": -0.25}),
        ],
    )
    def test_text(self, text, n_qubits, terms):
        """The last plus may stay open, factors may come in any order, signs may be between."""
        assert PauliSum.from_openfermion(text, n_qubits=n_qubits).terms == terms

    def test_dictionary(self, numpy_xp, dense):
        """The dictionary `QubitOperator.terms`: `get_sparse_operator` puts qubit 0 in front."""
        terms = {((0, "X"), (2, "Y")): 0.5, ((1, "Z"),): -1j, (): 2.0}
        read = PauliSum.from_openfermion(terms)
        x, y, z, one = (dense.paulis[letter] for letter in "XYZI")
        expected = (
            0.5 * np.kron(np.kron(x, one), y) - 1j * np.kron(np.kron(one, z), one) + 2 * np.eye(8)
        )
        np.testing.assert_allclose(read.matrix(numpy_xp), expected, atol=1e-14)
        assert read.to_openfermion() == terms

    @given(observable=sums(5))
    def test_is_written_as_it_is_read(self, observable):
        """Both forms of writing give the same sum back."""
        for written in (observable.to_openfermion(), observable.to_openfermion_text()):
            assert PauliSum.from_openfermion(written, n_qubits=5) == observable.simplify()

    @pytest.mark.parametrize(
        ("terms", "n_qubits", "message"),
        [
            ("0.5 X0", None, "at position 0 it reads '0.5 X0'"),
            ("0.5 [X0] 0.5 [X1]", None, "at position 9 it reads"),
            ("0.5 [X0 X0]", None, "another X on 0"),
            ("0.5 [X4]", 4, r"in range\(4\), but X4"),
            ("0.5 []", None, "Argument `n_qubits` must be given"),
            ({((0, "Q"),): 1.0}, None, "letter must be I, X, Y or Z, but is 'Q'"),
            ({((-1, "X"),): 1.0}, 2, r"in range\(2\), but X-1"),
            ("__import__('os') [X0]", None, "at position 0"),
        ],
    )
    def test_in_another_form_is_refused(self, terms, n_qubits, message):
        """The message shows where; nothing is ever evaluated."""
        with pytest.raises(ValueError, match=message):
            PauliSum.from_openfermion(terms, n_qubits=n_qubits)


class TestQiskit:
    def test_labels_are_reversed(self, numpy_xp, dense):
        """The rightmost letter acts on Qiskit's qubit 0, which is ours."""
        pairs = [("XIZ", 0.5), ("IIY", 1j), ("XIZ", 0.25)]
        read = PauliSum.from_qiskit(pairs)
        assert read.terms == {"ZIX": 0.75, "YII": 1j}
        # Qiskit's own matrix has its qubit 0 as the least significant bit: the order of the labels.
        theirs = 0.75 * dense.string("XIZ") + 1j * dense.string("IIY")
        reverse = [int(f"{a:03b}"[::-1], 2) for a in range(8)]
        np.testing.assert_allclose(
            read.matrix(numpy_xp), theirs[np.ix_(reverse, reverse)], atol=1e-14
        )

    @given(observable=sums(4))
    def test_is_written_as_it_is_read(self, observable):
        """What `SparsePauliOp.from_list` takes."""
        assert PauliSum.from_qiskit(observable.to_qiskit()) == observable.simplify()

    def test_takes_numbers_of_numpy(self):
        """`SparsePauliOp.to_list()` has NumPy's complex numbers."""
        read = PauliSum.from_qiskit([("IX", np.complex128(0.5)), ("IZ", np.float32(2))])
        assert read.terms == {"XI": 0.5, "ZI": 2.0}

    def test_refuses_nothing_and_other_letters(self):
        """There must be a term, of one length."""
        with pytest.raises(ValueError, match="at least one term"):
            PauliSum.from_qiskit([])
        with pytest.raises(ab.ShapeError, match="'X' has 1 letters and an earlier one 2"):
            PauliSum.from_qiskit([("XX", 1), ("X", 1)])


class TestSparse:
    def test_text_and_dictionary(self):
        """Letters with their qubits, in any order; the identity is I or nothing."""
        expected = {"XIIZ": 0.5, "IYII": -1.0, "IIII": 1 + 2j}
        text = "0.5 X0 Z3 - Y1 + (1+2j) I"
        assert PauliSum.from_text(text, n_qubits=4).terms == expected
        assert PauliSum.from_text("0.5*Z3*X0 - Y1 + (1+2j)*I", n_qubits=4).terms == expected
        sparse = {"Z3 X0": 0.5, "Y1": -1.0, "": 1 + 2j}
        assert PauliSum.from_sparse(sparse, n_qubits=4).terms == expected
        assert PauliSum.from_text("X10", n_qubits=11).terms == {"I" * 10 + "X": 1.0}

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: PauliSum.from_text("X0 Z1"), "`n_qubits` must be given .* 'X0 Z1'"),
            (lambda: PauliSum.from_text("X0 Z0", n_qubits=2), "another Z on 0"),
            (lambda: PauliSum.from_text("X2", n_qubits=2), r"in range\(2\)"),
            (lambda: PauliSum.from_sparse({"X": 1.0}, n_qubits=2), "but is 'X'"),
            (lambda: PauliSum.from_text("XX", n_qubits=3), "'XX' has 2 letters"),
        ],
    )
    def test_in_another_form_is_refused(self, call, message):
        """The message names what is wrong."""
        with pytest.raises(ValueError, match=message):
            call()

    def test_text_is_written_with_signs(self):
        """Real negative coefficients read as differences."""
        observable = PauliSum({"XY": 0.5, "ZI": -0.25, "II": -1e-30})
        assert observable.to_text() == "0.5 XY - 0.25 ZI - 1e-30 II"

    @given(observable=sums(3))
    def test_text_is_written_as_it_is_read(self, observable):
        """`from_text` reads what `to_text` writes."""
        shorter = observable.simplify()
        if len(shorter):
            assert PauliSum.from_text(shorter.to_text()) == shorter


def test_reading_takes_linear_time():
    """Forty thousand terms, repeated strings among them, take no more than a moment."""
    labels = [f"{k:016b}".translate({48: "X", 49: "Z"}) for k in range(20_000)] * 2
    text = " + ".join(f"0.5 {label}" for label in labels)
    start = time.perf_counter()
    read = PauliSum.from_text(text)
    assert time.perf_counter() - start < 20  # 0.5 s; quadratic reading takes minutes
    assert len(read) == 20_000
    assert set(read.terms.values()) == {1.0}


class TestAlgebra:
    @settings(max_examples=30)
    @given(a=sums(3), b=sums(3))
    def test_commutators_and_powers(self, numpy_xp, dense, a, b):
        """Those of the matrices."""
        a, b = a / 1e6, b / 1e6
        m, n = dense.sum(a.terms) + np.zeros((8, 8)), dense.sum(b.terms) + np.zeros((8, 8))
        for result, expected in [
            (a.commutator(b), m @ n - n @ m),
            (a.anticommutator(b), m @ n + n @ m),
            (a.adjoint(), m.conj().T),
            (a**0, np.eye(8)),
            (a**3, m @ m @ m),
        ]:
            np.testing.assert_allclose(result.matrix(numpy_xp), expected, atol=1e-9)
        assert a.commutes_with(b, tolerance=1e-9) == (np.abs(m @ n - n @ m).max() < 1e-9)
        assert a.commutes_with(a, tolerance=1e-9)

    def test_qubit_wise_commutation(self):
        """XX and ZZ commute, but not qubit by qubit."""
        xx, zz, xi = (PauliSum({label: 1.0}) for label in ("XX", "ZZ", "XI"))
        assert xx.commutes_with(zz)
        assert not xx.commutes_qubit_wise_with(zz)
        assert xx.commutes_qubit_wise_with(xi)

    def test_tensor_products_and_embeddings(self, numpy_xp, dense):
        """Tensor products are Kronecker products; embedding places each qubit."""
        a, b = PauliSum({"XY": 0.5, "ZI": 1j}), PauliSum({"Z": 2.0, "Y": 1.0})
        m, n = dense.sum(a.terms), dense.sum(b.terms)
        np.testing.assert_allclose(a.tensor(b).matrix(numpy_xp), np.kron(m, n), atol=1e-14)
        placed = a.embed(4, (3, 1))
        np.testing.assert_allclose(placed.matrix(numpy_xp), dense.embed(m, (3, 1), 4), atol=1e-14)
        assert a.embed(3).terms == {"XYI": 0.5, "ZII": 1j}
        for qubits, message in [((0,), "2 distinct"), ((0, 0), "2 distinct"), ((0, 4), "range")]:
            with pytest.raises(ValueError, match=message):
                a.embed(4, qubits)

    def test_simplify_chops(self):
        """Small terms and small parts go, and only those."""
        rough = PauliSum({"X": 1 + 1e-13j, "Y": 1e-13, "Z": 0.5j})
        assert rough.simplify(tolerance=1e-12).terms == {"X": 1.0, "Z": 0.5j}
        assert rough.simplify() == rough

    def test_the_zero_operator_is_written(self, numpy_xp):
        """It prints as what makes it, and applies as zero."""
        zero = PauliSum({}, n_qubits=2)
        assert repr(zero) == "PauliSum({}, n_qubits=2)"
        assert zero == PauliSum({"XX": 1.0}) - PauliSum({"XX": 1.0})
        assert not zero.matrix(numpy_xp).any()

    def test_refuses_negative_powers(self):
        """There is no inverse."""
        with pytest.raises(ValueError, match="must not be negative, but is -1"):
            PauliSum({"X": 1.0}) ** -1


def test_a_molecule_survives_every_form():
    """H4 through all writers and readers."""
    hamiltonian = load_molecule("h4-chain").hamiltonian
    n = hamiltonian.n_qubits
    for copy in (
        PauliSum.from_text(hamiltonian.to_text()),
        PauliSum.from_openfermion(hamiltonian.to_openfermion(), n_qubits=n),
        PauliSum.from_openfermion(hamiltonian.to_openfermion_text(), n_qubits=n),
        PauliSum.from_qiskit(hamiltonian.to_qiskit()),
        PauliSum.from_strings(hamiltonian.strings.items(), n),
    ):
        assert copy == hamiltonian
