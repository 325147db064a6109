"""States by name and by amplitudes, against their definitions."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.errors import MemoryLimitError, ShapeError
from arraybackends.quantum import (
    Circuit,
    basis_state,
    density_matrix,
    dicke_state,
    ensemble,
    ghz_state,
    maximally_mixed_state,
    product_state,
    pure_density_matrix,
    random_density_matrix,
    random_state,
    state_vector,
    uniform_state,
    w_state,
)


def close(xp, x, expected, tolerance=1e-12):
    """Compare an array of any backend with a NumPy one, shape and values."""
    found = xp.to_numpy(x)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, expected, atol=tolerance, rtol=0)


def one_hot(*places, size):
    """Equal superposition of basis states."""
    state = np.zeros(size)
    state[list(places)] = 1 / math.sqrt(len(places))
    return state


class TestNamedStates:
    """States that have a name."""

    def test_basis_states(self, xp):
        """Bit strings, lists and batches of bits give the unit vectors, qubit 0 first."""
        close(xp, basis_state(xp, "011"), one_hot(3, size=8))
        close(xp, basis_state(xp, [1, 0]), one_hot(2, size=4))
        bits = xp.asarray([[0, 1], [1, 1]])
        close(xp, basis_state(xp, bits), np.eye(4)[[1, 3]])

    def test_superpositions(self, xp):
        """GHZ, W, Dicke and uniform states have equal amplitudes where their bits are right."""
        close(xp, ghz_state(xp, 3), one_hot(0, 7, size=8))
        close(xp, ghz_state(xp, 1), one_hot(0, 1, size=2))
        close(xp, w_state(xp, 3), one_hot(1, 2, 4, size=8))
        close(xp, uniform_state(xp, 3), np.full(8, 8**-0.5))
        for ones in range(5):
            places = [i for i in range(16) if i.bit_count() == ones]
            close(xp, dicke_state(xp, 4, ones), one_hot(*places, size=16))

    def test_product_states_by_letter(self, xp):
        """The letters are the eigenstates of Z, X and Y, and factors multiply from the left."""
        half = math.sqrt(0.5)
        letters = {
            "0": [1, 0], "1": [0, 1], "+": [half, half], "-": [half, -half],
            "r": [half, 1j * half], "l": [half, -1j * half],
        }  # fmt: skip
        for label in map("".join, itertools.product("01+-rl", repeat=2)):
            close(xp, product_state(xp, label), np.kron(letters[label[0]], letters[label[1]]))
        expected = np.kron(np.kron(letters["0"], letters["r"]), letters["-"])
        close(xp, product_state(xp, "0r-"), expected)

    def test_product_states_of_batches(self, xp):
        """Batches of factors broadcast."""
        angles = np.asarray([0.1, 0.2, 0.3])
        factor = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
        state = product_state(xp, [xp.asarray(factor), [0.6, 0.8j]])
        expected = np.einsum("bi,j->bij", factor, [0.6, 0.8j]).reshape(3, 4)
        close(xp, state, expected)

    def test_single_precision(self):
        """The dtype is that of the precision, without a trip through double."""
        xp = ab.get_backend("pytorch", precision="single")
        states = [ghz_state(xp, 2), w_state(xp, 2), uniform_state(xp, 2), basis_state(xp, "01")]
        states += [product_state(xp, "0+"), random_state(xp, 2, seed=1)]
        states += [maximally_mixed_state(xp, 1), random_density_matrix(xp, 1, seed=1)]
        assert {xp.dtype_name(state.dtype) for state in states} == {"complex64"}

    def test_states_stay_on_the_device(self):
        """Everything is created on the device of the backend."""
        xp = ab.get_backend("strict", device="device1")
        for state in (
            ghz_state(xp, 2), dicke_state(xp, 3, 2), uniform_state(xp, 2), basis_state(xp, "01"),
            product_state(xp, "0+"), random_state(xp, 2, seed=1), maximally_mixed_state(xp, 1),
            random_density_matrix(xp, 1, seed=1), ensemble(xp, [[1, 0]], [1.0]),
        ):  # fmt: skip
            assert xp.device_of(state) == "device1"

    @pytest.mark.parametrize("make", [ghz_state, w_state, uniform_state, maximally_mixed_state])
    def test_sizes_are_checked(self, numpy_xp, make):
        """No qubits, and more than fit, are refused before any allocation."""
        with pytest.raises(ValueError, match="`n_qubits` must be at least 1, but is 0"):
            make(numpy_xp, 0)
        with pytest.raises(TypeError, match=r"`n_qubits` must be an integer, but is 2\.0"):
            make(numpy_xp, 2.0)
        with pytest.raises(MemoryLimitError):
            make(numpy_xp, 60)

    def test_arguments_are_checked(self, numpy_xp):
        """Wrong bits, letters and numbers are named."""
        with pytest.raises(ValueError, match=r"`bits` must be made of 0 and 1, but is '02'"):
            basis_state(numpy_xp, "02")
        with pytest.raises(ValueError, match=r"must be made of 0 and 1, but is array\(\[0, 2\]\)"):
            basis_state(numpy_xp, [0, 2])
        with pytest.raises(ShapeError, match="at least one qubit"):
            basis_state(numpy_xp, np.asarray(1))
        with pytest.raises(ValueError, match="made of integers, but has dtype float64"):
            basis_state(numpy_xp, [0.0, 1.0])
        with pytest.raises(ValueError, match=r"letters 0 1 \+ - r l, but has \['2'\]"):
            product_state(numpy_xp, "02")
        with pytest.raises(ShapeError, match=r"one state of shape \(\*batch, 2\)"):
            product_state(numpy_xp, [[1, 0, 0, 0]])
        with pytest.raises(ValueError, match="`n_ones` must be from 0 to 2"):
            dicke_state(numpy_xp, 2, 3)


class TestGivenAmplitudes:
    """Amplitudes that the user gives."""

    def test_amplitudes_are_kept(self, xp):
        """They come back in the complex dtype of the precision."""
        state = state_vector(xp, xp.asarray([[0.6, 0.8], [1.0, 0.0]]))
        assert xp.dtype_name(state.dtype) == "complex128"
        close(xp, state, [[0.6, 0.8], [1, 0]])

    def test_norm_is_checked(self, xp):
        """A norm that is not one is refused with its value, and not rescaled."""
        with pytest.raises(ValueError, match=r"the norm is 1\.00000\d+\. Divide them by"):
            state_vector(xp, [0.6, 0.800004])
        with pytest.raises(ValueError, match="the norm is nan"):
            state_vector(xp, xp.asarray([math.nan, 1.0]))
        close(xp, state_vector(xp, [0.5, 0.5], check=False), [0.5, 0.5])

    def test_worst_of_a_batch_is_named(self, numpy_xp):
        """In a batch the norm that is farthest off is reported."""
        with pytest.raises(ValueError, match="the norm is 2"):
            state_vector(numpy_xp, [[1, 0], [2, 0], [1.5, 0]])

    @pytest.mark.parametrize("shape", [(3,), (), (2, 0)])
    def test_length_is_checked(self, xp, shape):
        """The number of amplitudes is a power of two."""
        with pytest.raises(ShapeError, match="`amplitudes` must have shape"):
            state_vector(xp, xp.zeros(shape))

    def test_traced_values_are_not_looked_at(self):
        """Under `jit` and `vmap` the shape is checked and the values are not."""
        for name in ("jax", "pytorch"):
            xp = ab.get_backend(name)
            states = [[0.6, 0.8], [2.0, 0.0]]
            mapped = xp.vmap(lambda x, xp=xp: state_vector(xp, x))
            close(xp, mapped(xp.asarray(states)), states)
        xp = ab.get_backend("jax")
        close(xp, xp.jit(lambda x: state_vector(xp, x))(xp.asarray([2.0, 0.0])), [2, 0])


class TestRandomStates:
    """Random states and density matrices."""

    def test_same_numbers_on_every_backend(self, xp, numpy_xp):
        """A seed gives the same states and density matrices everywhere."""
        options = {"seed": 7, "shape": (2,)}
        close(xp, random_state(xp, 3, **options), random_state(numpy_xp, 3, **options))
        expected = random_density_matrix(numpy_xp, 2, rank=3, **options)
        close(xp, random_density_matrix(xp, 2, rank=3, **options), expected)

    def test_seed_may_be_traced(self):
        """The seed is an argument of compiled functions: two differ, one repeats."""
        xp = ab.get_backend("jax")
        make = xp.jit(lambda seed: random_state(xp, 2, seed=seed))
        first, second = (xp.to_numpy(make(xp.asarray(seed))) for seed in (1, 2))
        assert not np.allclose(first, second)
        close(xp, make(xp.asarray(1)), xp.to_numpy(random_state(xp, 2, seed=1)))

    def test_haar_moments(self, numpy_xp):
        """Moments of Haar states: E|a|**2 = 1/d, E|a|**4 = 2/(d (d+1)), E a_i conj(a_j) = 0."""
        states = random_state(numpy_xp, 2, seed=3, shape=20000)
        np.testing.assert_allclose(np.linalg.norm(states, axis=-1), 1, atol=1e-14)
        second = states.T @ states.conj() / len(states)
        np.testing.assert_allclose(second, np.eye(4) / 4, atol=4 * 0.25 / math.sqrt(20000))
        fourth = np.mean(np.abs(states) ** 4, axis=0)
        np.testing.assert_allclose(fourth, 2 / (4 * 5), atol=4 * 0.13 / math.sqrt(20000))

    @pytest.mark.parametrize("rank", [None, 1, 2, 6])
    def test_mean_purity_of_random_density_matrices(self, numpy_xp, rank):
        """The mean purity of induced measures is (d + k) / (d k + 1) for d dimensions, rank k."""
        rho = random_density_matrix(numpy_xp, 2, seed=5, rank=rank, shape=4000)
        np.testing.assert_allclose(np.trace(rho, axis1=-2, axis2=-1), 1, atol=1e-13)
        values = np.linalg.eigvalsh(rho)
        k = 4 if rank is None else rank
        assert np.sum(values > 1e-14, axis=-1).max() == min(4, k)
        assert values.min() > -1e-14
        assert np.mean(np.sum(values**2, axis=-1)) == pytest.approx((4 + k) / (4 * k + 1), abs=6e-3)


class TestDensityMatrices:
    """Mixed states."""

    def test_given_entries(self, xp):
        """What is Hermitian, positive and of trace one is kept."""
        entries = np.asarray([[0.5, 0.2j], [-0.2j, 0.5]])
        close(xp, density_matrix(xp, xp.asarray(entries)), entries)

    @pytest.mark.parametrize(
        ("entries", "message"),
        [
            ([[0.5, 0.1], [0.2, 0.5]], r"Hermitian matrix, but differs from its adjoint by 0\.1"),
            ([[0.5, 0], [0, 0.6]], r"the trace is 1\.1"),
            ([[0.5, 0.6], [0.6, 0.5]], r"has the eigenvalue -0\.1"),
        ],
    )
    def test_entries_are_checked(self, xp, entries, message):
        """What is no density matrix is refused, with the value that is wrong."""
        with pytest.raises(ValueError, match=message):
            density_matrix(xp, entries)
        density_matrix(xp, entries, check=False)

    @pytest.mark.parametrize("shape", [(4,), (2, 4), (3, 3)])
    def test_shape_is_checked(self, numpy_xp, shape):
        """The matrix is square, of a size that is a power of two."""
        with pytest.raises(ShapeError, match="must be a density matrix"):
            density_matrix(numpy_xp, np.zeros(shape))

    def test_pure_and_mixed(self, xp):
        """Outer products, the maximally mixed state, and ensembles of both."""
        state = np.asarray([0.6, 0.8j])
        close(xp, pure_density_matrix(xp, xp.asarray(state)), np.outer(state, state.conj()))
        close(xp, maximally_mixed_state(xp, 2), np.eye(4) / 4)
        states = random_state(xp, 2, seed=1, shape=3)
        weights = np.asarray([0.2, 0.3, 0.5])
        vectors = xp.to_numpy(states)
        expected = np.einsum("k,ki,kj->ij", weights, vectors, vectors.conj())
        close(xp, ensemble(xp, states, weights.tolist()), expected)

    def test_ensembles_are_checked(self, numpy_xp):
        """Weights are not negative, have the sum one, and are as many as the states."""
        states = [[1, 0], [0, 1]]
        with pytest.raises(ValueError, match=r"the sum is 0\.9"):
            ensemble(numpy_xp, states, [0.5, 0.4])
        with pytest.raises(ValueError, match=r"must not be negative, but has -0\.5"):
            ensemble(numpy_xp, states, [1.5, -0.5])
        with pytest.raises(ShapeError, match=r"have \(2, 2\) and \(3,\)"):
            ensemble(numpy_xp, states, [0.5, 0.25, 0.25])


def asymmetric():
    """Circuit that tells all qubits apart."""
    return Circuit(3).h(0).cx(0, 2).ry(1, 0.3).swap(1, 2).rz(2, 0.7).cx(2, 0)


class TestInitialStates:
    """Circuits that start elsewhere than in |0...0>."""

    def test_linear_in_the_initial_state(self, xp, numpy_xp):
        """The final state is the circuit's matrix times the initial one, also in batches."""
        with ab.use_backend(xp):
            matrix = xp.to_numpy(asymmetric().matrix())
            states = random_state(numpy_xp, 3, seed=1, shape=(2, 2))
            close(xp, asymmetric().state(xp.asarray(states)), states @ matrix.T)
            close(xp, asymmetric().state(basis_state(xp, "101")), matrix[:, 5])

    def test_batches_broadcast(self, xp, numpy_xp):
        """One state for each angle, or one angle for each state."""
        states = random_state(numpy_xp, 1, seed=1, shape=2)
        angles = np.asarray([[0.1], [0.2], [0.3]])
        found = xp.to_numpy(Circuit(1).rx(0, xp.asarray(angles)).state(xp.asarray(states)))
        assert found.shape == (3, 2, 2)
        half = angles[2, 0] / 2
        rotation = np.asarray([[np.cos(half), -1j * np.sin(half)]])
        rotation = np.concatenate([rotation, rotation[:, ::-1]])
        np.testing.assert_allclose(found[2, 1], rotation @ states[1], atol=1e-12)

    @pytest.mark.parametrize("name", ["pytorch", "jax"])
    def test_derivative(self, name):
        """The gradient of a probability is twice the amplitude pulled back, uphill."""
        xp = ab.get_backend(name)
        with ab.use_backend(xp):
            matrix = xp.to_numpy(asymmetric().matrix())
            start = basis_state(xp, "011")

            def probability(state):
                amplitude = asymmetric().state(state)[5]
                return xp.real(amplitude) ** 2 + xp.imag(amplitude) ** 2

            gradient = xp.grad(probability)(start)
        close(xp, gradient, 2 * matrix[5, 3] * matrix[5].conj())

    def test_initial_states_are_checked(self, numpy_xp):
        """The norm and the number of qubits."""
        with ab.use_backend("numpy"):
            with pytest.raises(ValueError, match=r"the norm is 1\.41421356"):
                asymmetric().state(np.asarray([1.0, 1, 0, 0, 0, 0, 0, 0]))
            with pytest.raises(ShapeError, match="`initial` must have 8 amplitudes for 3 qubits"):
                asymmetric().state(basis_state(numpy_xp, "01"))
