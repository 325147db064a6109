"""Pauli sums against dense matrices."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import PauliSum
from arraybackends.quantum.observables import action

COMPLEX = st.complex_numbers(max_magnitude=2, allow_nan=False)


def sums(n_qubits):
    """Terms of a sum on so many qubits."""
    labels = st.text("IXYZ", min_size=n_qubits, max_size=n_qubits)
    return st.dictionaries(labels, COMPLEX, min_size=1, max_size=8)


def random_states(*shape):
    """Random complex amplitudes."""
    rng = np.random.default_rng(3)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


class TestMatrix:
    @given(terms=sums(4))
    def test_is_the_sum_of_kronecker_products(self, numpy_xp, dense, terms):
        """The leftmost letter acts on qubit 0, the most significant bit."""
        np.testing.assert_allclose(PauliSum(terms).matrix(numpy_xp), dense.sum(terms), atol=1e-12)

    @given(first=sums(3), second=sums(3), factor=COMPLEX)
    def test_follows_the_algebra(self, numpy_xp, dense, first, second, factor):
        """Sums, differences, multiples and products of sums are those of their matrices."""
        a, b = PauliSum(first), PauliSum(second)
        m, n = dense.sum(first), dense.sum(second)
        for result, expected in [
            (a + b, m + n),
            (a - b, m - n),
            (factor * a, factor * m),
            (a * factor, factor * m),
            (-a, -m),
            (a / 2, m / 2),
            (a @ b, m @ n),
        ]:
            np.testing.assert_allclose(result.matrix(numpy_xp), expected, atol=1e-12)


class TestApply:
    @settings(max_examples=4)
    @given(terms=sums(3))
    def test_is_the_product_with_the_matrix(self, xp, dense, terms):
        """On every backend, and on a batch of states."""
        states = random_states(2, 3, 8)
        applied = PauliSum(terms).apply(xp, xp.asarray(states))
        expected = states @ dense.sum(terms).T
        np.testing.assert_allclose(xp.to_numpy(applied), expected, atol=1e-12)

    def test_does_not_depend_on_the_size_of_passes(self, numpy_xp, monkeypatch, dense):
        """Many small passes give what one large pass does."""
        terms = {label: 0.1 * k for k, label in enumerate(("XXI", "XYI", "ZZI", "IXX", "YIY"), 1)}
        state = random_states(8)
        monkeypatch.setattr(action, "_ELEMENTS_AT_ONCE", 1)
        np.testing.assert_allclose(
            PauliSum(terms).apply(numpy_xp, state), dense.sum(terms) @ state, atol=1e-13
        )

    def test_keeps_the_dtype(self, xp):
        """A state in complex64 stays in complex64."""
        state = xp.asarray(random_states(4), dtype="complex64")
        for terms in ({"XY": 0.5, "ZZ": 1.0}, {"XY": 0.5j}):
            applied = PauliSum(terms).apply(xp, state)
            assert xp.dtype_name(applied.dtype) == "complex64"

    def test_refuses_other_lengths(self, numpy_xp):
        """The last axis has an element for each bit string."""
        with pytest.raises(ab.ShapeError, match="length 4 for 2 qubits"):
            PauliSum({"XX": 1.0}).apply(numpy_xp, np.zeros(8, complex))


class TestText:
    @pytest.mark.parametrize(
        ("text", "terms"),
        [
            ("-1.05 II + 0.39 ZI - XX", {"II": -1.05, "ZI": 0.39, "XX": -1.0}),
            ("ZZ+XI", {"ZZ": 1.0, "XI": 1.0}),
            (" .5*Y -1e-3X ", {"Y": 0.5, "X": -1e-3}),
            ("2. X + 1 X", {"X": 3.0}),
        ],
    )
    def test_is_read(self, text, terms):
        """Signs, decimal numbers, optional products; repeated labels add up."""
        assert PauliSum.from_text(text).terms == terms

    @pytest.mark.parametrize(
        ("text", "place"),
        [("", 0), ("0.5", 0), ("XX YY", 3), ("XX + 1.2.3 YY", 3), ("XA", 1), ("X + inf Y", 2)],
    )
    def test_in_another_form_is_refused(self, text, place):
        """The message shows where the text stops making sense."""
        with pytest.raises(ValueError, match=f"at position {place} it reads"):
            PauliSum.from_text(text)


class TestData:
    def test_drops_terms_that_cancel(self):
        """A zero operator has no terms but keeps its qubits, and its expectation is zero."""
        zero = PauliSum({"XX": 1.0}) - PauliSum({"XX": 1.0})
        assert (len(zero), zero.n_qubits) == (0, 2)
        xp = ab.get_backend("numpy")
        assert not zero.apply(xp, np.ones(4, complex)).any()

    def test_compares_hashes_and_pickles(self):
        """Equal sums have equal hashes, whatever the order of terms; a pickled copy is equal."""
        first, second = PauliSum({"X": 1.0, "Z": 2.0}), PauliSum({"Z": 2.0, "X": 1.0})
        assert first == second
        assert hash(first) == hash(second)
        assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301
        assert first != PauliSum({"X": 1.0})
        assert eval(repr(first)) == first  # noqa: S307 (our own text)

    def test_knows_whether_it_is_hermitian(self):
        """Real coefficients make a Hermitian operator."""
        x, y = PauliSum({"X": 1.0}), PauliSum({"Y": 1.0})
        assert (x + y).is_hermitian
        assert not (x @ y).is_hermitian
        assert (x @ y).terms == {"Z": 1j}

    @pytest.mark.parametrize(
        ("terms", "error", "message"),
        [
            ({}, ValueError, "at least one term"),
            ({"": 1.0}, ValueError, "non-empty string"),
            ({"XQ": 1.0}, ValueError, "letters I, X, Y, Z, but is 'XQ'"),
            ({"X": 1.0, "XX": 1.0}, ab.ShapeError, "'XX' has 2 letters and an earlier one 1"),
            ({"X": "1"}, TypeError, "Python number, but is '1' of type `str`"),
            ({"X": True}, TypeError, "Python number, but is True"),
            ({"X": float("inf")}, ValueError, "finite, but is inf"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, terms, error, message):
        """Wrong labels and coefficients are errors that show them."""
        with pytest.raises(error, match=message):
            PauliSum(terms)

    def test_refuses_other_sizes_and_operands(self):
        """Sums on different numbers of qubits and foreign operands do not combine."""
        with pytest.raises(ab.ShapeError, match="act on 1 and 2"):
            PauliSum({"X": 1.0}) + PauliSum({"XX": 1.0})
        with pytest.raises(TypeError, match="unsupported operand"):
            PauliSum({"X": 1.0}) + 1
        with pytest.raises(TypeError, match="unsupported operand"):
            PauliSum({"X": 1.0}) @ 2
