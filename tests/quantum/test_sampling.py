"""Probabilities, samples and counts, against definitions and statistics."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats

import arraybackends as ab
from arraybackends.errors import DTypeError, MemoryLimitError, ShapeError
from arraybackends.quantum import (
    basis_state,
    conditional_probabilities,
    conditional_state,
    counts,
    ghz_state,
    marginal_counts,
    marginal_probabilities,
    probabilities,
    random_state,
    sample,
    to_bits,
    w_state,
)
from arraybackends.quantum.states import sampling

_SUBSETS = [qubits for k in range(4) for qubits in itertools.permutations(range(3), k)]


def close(xp, x, expected):
    """Compare an array of any backend with a NumPy one, shape and values."""
    found = xp.to_numpy(x)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, expected, atol=1e-12, rtol=0)


def by_axes(distribution, qubits):
    """Marginal of a distribution, one axis for each qubit."""
    n = int(math.log2(distribution.shape[-1]))
    tensor = distribution.reshape((2,) * n)
    tensor = tensor.sum(axis=tuple(q for q in range(n) if q not in qubits))
    order = [sorted(qubits).index(q) for q in qubits]
    return tensor.transpose(order).reshape(-1)


@pytest.fixture(scope="module")
def amplitudes(numpy_xp):
    """A state vector of 3 qubits."""
    return random_state(numpy_xp, 3, seed=1)


class TestProbabilities:
    """Distributions, their marginals and their conditionals."""

    def test_every_subset_in_every_order(self, xp, amplitudes):
        """They are the sums over the other qubits, in the order asked for."""
        state, distribution = xp.asarray(amplitudes), np.abs(amplitudes) ** 2
        close(xp, probabilities(xp, state), distribution)
        for qubits in _SUBSETS[:: 4 if xp.name == "jax" else 1]:
            close(xp, probabilities(xp, state, qubits), by_axes(distribution, qubits))
        close(xp, probabilities(xp, state, 2), by_axes(distribution, (2,)))

    def test_batches(self, xp, numpy_xp):
        """Leading axes stay."""
        states = random_state(numpy_xp, 3, seed=2, shape=(2, 3))
        found = xp.to_numpy(probabilities(xp, xp.asarray(states), (2, 0)))
        assert found.shape == (2, 3, 4)
        np.testing.assert_allclose(found[1, 2], by_axes(np.abs(states[1, 2]) ** 2, (2, 0)))

    def test_many_qubits(self, xp):
        """Alternate qubits of 20."""
        found = xp.to_numpy(probabilities(xp, w_state(xp, 20), range(18, -1, -6)))
        expected = np.zeros(16)
        expected[[1, 2, 4, 8]] = 1 / 20
        expected[0] = 16 / 20
        np.testing.assert_allclose(found, expected, atol=1e-12)

    def test_derivative_where_an_amplitude_is_zero(self):
        """It is finite, and zero."""
        for name in ("pytorch", "jax"):
            xp = ab.get_backend(name)
            gradient = xp.grad(lambda x, xp=xp: probabilities(xp, x, 0)[1])(basis_state(xp, "00"))
            close(xp, gradient, np.zeros(4))

    def test_conditional_probabilities(self, xp, amplitudes):
        """Bayes: the joint distribution divided by that of the condition."""
        distribution = np.abs(amplitudes) ** 2
        joint = distribution.reshape(2, 2, 2)
        found = conditional_probabilities(xp, xp.asarray(distribution), {2: 1, 0: 0})
        close(xp, found, joint[0, :, 1] / joint[0, :, 1].sum())

    def test_conditional_states(self, xp, numpy_xp, amplitudes):
        """The other qubits, normalised, and the probability of the outcome; in batches too."""
        tensor = amplitudes.reshape(2, 2, 2)
        state, probability = conditional_state(xp, xp.asarray(amplitudes), {1: 0})
        part = tensor[:, 0, :].reshape(-1)
        close(xp, probability, np.linalg.norm(part) ** 2)
        close(xp, state, part / np.linalg.norm(part))
        states = random_state(numpy_xp, 3, seed=2, shape=2)
        state, probability = conditional_state(xp, xp.asarray(states), {2: 1, 0: 1})
        parts = states.reshape(2, 2, 2, 2)[:, 1, :, 1]
        close(xp, probability, np.linalg.norm(parts, axis=-1) ** 2)
        close(xp, state, parts / np.linalg.norm(parts, axis=-1, keepdims=True))

    def test_all_qubits_measured(self, xp, amplitudes):
        """What remains is one amplitude of modulus one."""
        state, probability = conditional_state(xp, xp.asarray(amplitudes), {0: 1, 1: 0, 2: 1})
        close(xp, probability, np.abs(amplitudes[5]) ** 2)
        close(xp, state, [amplitudes[5] / np.abs(amplitudes[5])])

    def test_chain_of_conditions(self, numpy_xp, amplitudes):
        """Measuring one qubit after the other multiplies the probabilities."""
        once, whole = conditional_state(numpy_xp, amplitudes, {0: 1, 2: 0})
        first, p = conditional_state(numpy_xp, amplitudes, {0: 1})
        second, q = conditional_state(numpy_xp, first, {1: 0})
        close(numpy_xp, second, once)
        assert p * q == pytest.approx(whole, abs=1e-12)

    def test_impossible_outcomes(self, xp):
        """Outcomes of probability zero are refused, the rest of the arguments too."""
        state = ghz_state(xp, 2)
        with pytest.raises(ValueError, match=r"is \{0: 0, 1: 1\}, which has probability zero"):
            conditional_state(xp, state, {0: 0, 1: 1})
        with pytest.raises(ValueError, match="probability zero"):
            conditional_probabilities(xp, probabilities(xp, state), {0: 0, 1: 1})
        with pytest.raises(ValueError, match=r"values 0 and 1, but is \{0: 2\}"):
            conditional_state(xp, state, {0: 2})
        with pytest.raises(ValueError, match=r"`outcomes` must be distinct and in range\(2\)"):
            conditional_state(xp, state, {2: 0})


class TestSamples:
    """Draws of outcomes."""

    def test_same_outcomes_on_every_backend(self, xp, numpy_xp, amplitudes):
        """A seed decides the counts, whatever the backend."""
        state = xp.asarray(amplitudes)
        outcomes = sample(xp, probabilities(xp, state), 1000, seed=7)
        expected = sample(numpy_xp, probabilities(numpy_xp, amplitudes), 1000, seed=7)
        assert np.array_equal(xp.to_numpy(outcomes), expected)
        assert counts(xp, outcomes, 3) == counts(numpy_xp, expected, 3)
        assert not np.array_equal(sample(numpy_xp, np.full(8, 0.125), 1000, seed=8), expected)

    def test_frequencies(self, numpy_xp, amplitudes):
        """They follow the distribution, by a chi-squared test."""
        distribution = probabilities(numpy_xp, amplitudes)
        outcomes = sample(numpy_xp, distribution, 100_000, seed=3)
        observed = np.bincount(outcomes, minlength=8)
        assert scipy.stats.chisquare(observed, distribution * 100_000).pvalue > 1e-3

    def test_impossible_outcomes_are_never_drawn(self, xp):
        """A GHZ state gives only the bit strings of zeros and of ones."""
        outcomes = sample(xp, probabilities(xp, ghz_state(xp, 3)), 1000, seed=1)
        found = counts(xp, outcomes, 3)
        assert set(found) == {"000", "111"}
        assert abs(found["000"] - 500) < 4 * math.sqrt(250)

    def test_pieces_do_not_change_the_outcomes(self, numpy_xp, monkeypatch):
        """How many are drawn together is invisible, with a batch and without; shots extend."""
        distribution = probabilities(numpy_xp, random_state(numpy_xp, 3, seed=1, shape=(2, 3)))
        batch = sample(numpy_xp, distribution, 50, seed=5)
        single = sample(numpy_xp, distribution[1, 2], 50, seed=5)
        assert batch.shape == (2, 3, 50)
        assert np.array_equal(single[:20], sample(numpy_xp, distribution[1, 2], 20, seed=5))
        for at_once in (7, 60, 120):
            monkeypatch.setattr(sampling, "_SHOTS_AT_ONCE", at_once)
            assert np.array_equal(sample(numpy_xp, distribution, 50, seed=5), batch)
            assert np.array_equal(sample(numpy_xp, distribution[1, 2], 50, seed=5), single)

    def test_batches_are_independent(self, numpy_xp):
        """Each distribution of a batch has draws of its own."""
        outcomes = sample(numpy_xp, np.full((3, 2), 0.5), 64, seed=2)
        assert len({row.tobytes() for row in outcomes}) == 3

    @pytest.mark.parametrize(("rows", "shots"), [(0, 3), (2, 0), (0, 0)])
    def test_empty_batches_and_no_shots(self, xp, rows, shots):
        """They give integers of the right shape."""
        found = sample(xp, xp.full((rows, 4), 0.25), shots, seed=1)
        assert tuple(found.shape) == (rows, shots)
        assert xp.isdtype(found.dtype, "integral")

    @pytest.mark.parametrize(("name", "precision"), [("numpy", "single"), ("pytorch", "double")])
    def test_beyond_two_to_the_24_outcomes(self, name, precision):
        """With weight 2 on the lower half, a third of the draws is in the upper half."""
        xp = ab.get_backend(name, precision=precision)
        half = 2**23 + 1
        weights = [xp.full((half,), weight / (3 * half), device=xp.device) for weight in (2, 1)]
        outcomes = sample(xp, xp.concat(weights), 20_000, seed=1)
        upper = int(xp.count_nonzero(outcomes >= half))
        assert abs(upper - 20_000 / 3) < 4 * math.sqrt(20_000 * 2 / 9)
        odd = int(xp.sum(xp.bitwise_and(outcomes, 1)))
        assert abs(odd - 10_000) < 4 * math.sqrt(5_000)

    def test_without_64_bit_integers(self):
        """On JAX without x64 draws are unbiased too, and stay within the possible ones."""
        code = """if True:
            import arraybackends as ab
            from arraybackends.quantum import sample
            xp = ab.get_backend("jax", precision="single")
            half = 2**22
            weights = xp.concat([xp.full((half,), w / (3 * half)) for w in (2, 1)])
            mask = xp.astype(xp.arange(2 * half) % 8 == 5, weights.dtype)
            outcomes = sample(xp, weights * mask * 8, 200_000, seed=1)
            print(outcomes.dtype, int((outcomes >= half).sum()), int((outcomes % 8 != 5).sum()))
        """
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        dtype, upper, impossible = done.stdout.split()
        assert (dtype, impossible) == ("int32", "0")
        assert abs(int(upper) - 200_000 / 3) < 4 * math.sqrt(200_000 * 2 / 9)

    def test_rounding_is_mended(self, xp):
        """Sums that rounding has put off, and probabilities just below zero, are accepted."""
        weights = [0.5 + 1e-13, 0.5, -1e-17, 0.0, 0.0, 0.0, 0.0, 0.0]
        outcomes = sample(xp, xp.asarray(weights), 1000, seed=1)
        assert set(xp.to_numpy(outcomes).tolist()) == {0, 1}

    def test_what_is_no_distribution_is_refused(self, xp):
        """The error has the sum, or the probability, that is wrong."""
        with pytest.raises(ValueError, match=r"the sum 1 .* but has 0\.9\.$"):
            sample(xp, xp.asarray([0.5, 0.4]), 10, seed=1)
        with pytest.raises(ValueError, match=r"but has 1\.00001\.$"):
            sample(xp, xp.asarray([[0.5, 0.5], [0.5, 0.50001]]), 10, seed=1)
        with pytest.raises(ValueError, match="but has nan"):
            sample(xp, xp.asarray([0.5, math.nan]), 10, seed=1)
        with pytest.raises(ValueError, match=r"must not be negative, but has -0\.1"):
            sample(xp, xp.asarray([1.1, -0.1]), 10, seed=1)

    def test_arguments_are_checked(self, numpy_xp):
        """Shapes, dtypes, numbers of shots and memory."""
        half = np.asarray([0.5, 0.5])
        with pytest.raises(ValueError, match="`shots` must be at least 0, but is -1"):
            sample(numpy_xp, half, -1, seed=1)
        with pytest.raises(TypeError, match=r"`shots` must be an integer, but is 10\.0"):
            sample(numpy_xp, half, 10.0, seed=1)
        with pytest.raises(DTypeError, match="must be real floating, but has dtype complex128"):
            sample(numpy_xp, half + 0j, 10, seed=1)
        with pytest.raises(ShapeError, match="at least one outcome"):
            sample(numpy_xp, np.asarray(1.0), 10, seed=1)
        with pytest.raises(MemoryLimitError):
            sample(numpy_xp, np.broadcast_to(0.5, (2**50, 2)), 10, seed=1)

    def test_compiled(self, numpy_xp, amplitudes):
        """Under `jit` the seed is an argument: two differ, one repeats, all as without."""
        xp = ab.get_backend("jax")
        distribution = probabilities(numpy_xp, amplitudes)
        draw = xp.jit(lambda p, seed: sample(xp, p, 1000, seed=seed))
        one, two = (xp.to_numpy(draw(xp.asarray(distribution), xp.asarray(s))) for s in (1, 2))
        assert np.array_equal(one, sample(numpy_xp, distribution, 1000, seed=1))
        assert np.array_equal(two, sample(numpy_xp, distribution, 1000, seed=2))
        assert not np.array_equal(one, two)

    @pytest.mark.parametrize("name", ["pytorch", "jax"])
    def test_vectorised_over_seeds(self, name, numpy_xp, amplitudes):
        """`vmap` over seeds and distributions equals the loop."""
        xp = ab.get_backend(name)
        distribution = np.stack([np.abs(amplitudes) ** 2, np.full(8, 0.125)])
        draw = xp.vmap(lambda p, seed: sample(xp, p, 100, seed=seed))
        found = xp.to_numpy(draw(xp.asarray(distribution), xp.asarray([4, 5])))
        for row, seed in zip(range(2), (4, 5), strict=True):
            assert np.array_equal(found[row], sample(numpy_xp, distribution[row], 100, seed=seed))


class TestBitsAndCounts:
    """Outcomes as bits and as counts."""

    def test_bits(self, xp):
        """Qubit 0 comes first; the dtype is that of the outcomes; axes are kept."""
        outcomes = xp.asarray([[0, 5], [6, 3]])
        found = to_bits(xp, outcomes, 3)
        assert found.dtype == outcomes.dtype
        expected = [[[0, 0, 0], [1, 0, 1]], [[1, 1, 0], [0, 1, 1]]]
        assert xp.to_numpy(found).tolist() == expected

    def test_counts(self, xp):
        """Bit strings in ascending order, with Python numbers; a list for a batch."""
        found = counts(xp, xp.asarray([[3, 0, 3], [1, 1, 1]]), 2)
        assert found == [{"00": 1, "11": 2}, {"01": 3}]
        assert list(found[0]) == ["00", "11"]
        assert all(type(number) is int for number in found[0].values())

    def test_counts_of_many_qubits(self, numpy_xp):
        """Outcomes of 60 qubits do not overflow."""
        assert counts(numpy_xp, np.asarray([2**60 - 1, 2**59]), 60) == {
            "1" + "0" * 59: 1,
            "1" * 60: 1,
        }

    def test_no_measured_qubit(self, xp):
        """There is one outcome, the empty string."""
        outcomes = xp.zeros((5,), dtype="int64")
        assert to_bits(xp, outcomes, 0).shape == (5, 0)
        assert counts(xp, outcomes, 0) == {"": 5}

    def test_counts_need_shots(self, xp):
        """A single outcome is no sample."""
        with pytest.raises(ShapeError, match="is 0-d"):
            counts(xp, xp.asarray(1), 2)

    def test_marginal_counts(self):
        """Characters are picked in the order wanted and counts added."""
        joint = {"001": 3, "011": 2, "110": 5}
        assert marginal_counts(joint, (2, 0)) == {"01": 5, "10": 5}
        assert marginal_counts(joint, 1) == {"0": 3, "1": 7}
        assert marginal_counts({}, (0, 1)) == {}
        with pytest.raises(ValueError, match=r"`qubits` must be distinct and in range\(3\)"):
            marginal_counts(joint, 3)
        with pytest.raises(ValueError, match=r"lengths \[1, 2\]"):
            marginal_counts({"0": 1, "01": 1}, 0)

    def test_marginals_agree(self, numpy_xp, amplitudes):
        """Columns of bits, marginal counts and marginal distributions tell the same."""
        distribution = probabilities(numpy_xp, amplitudes)
        outcomes = sample(numpy_xp, distribution, 5000, seed=1)
        bits = to_bits(numpy_xp, outcomes, 3)[:, [2, 0]]
        by_bits = counts(numpy_xp, bits[:, 0] * 2 + bits[:, 1], 2)
        assert by_bits == marginal_counts(counts(numpy_xp, outcomes, 3), (2, 0))
        expected = marginal_probabilities(numpy_xp, distribution, (2, 0)) * 5000
        assert scipy.stats.chisquare(list(by_bits.values()), expected).pvalue > 1e-3
