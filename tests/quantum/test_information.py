"""Quantities of states, against dense formulas and where derivatives are delicate."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.linalg

import arraybackends as ab
from arraybackends.errors import ShapeError
from arraybackends.quantum import (
    basis_state,
    concurrence,
    ensemble,
    entanglement_entropy,
    fidelity,
    ghz_state,
    logarithmic_negativity,
    maximally_mixed_state,
    mutual_information,
    negativity,
    overlap,
    partial_trace,
    partial_transpose,
    product_state,
    pure_density_matrix,
    purity,
    random_density_matrix,
    random_state,
    reduced_density_matrix,
    renyi_entropy,
    schmidt_values,
    trace_distance,
    von_neumann_entropy,
    w_state,
)

_NUMPY = ab.get_backend("numpy")


def vectors(xp, n_qubits, seed, shape=()):
    """Random state vectors, drawn by NumPy."""
    return xp.asarray(random_state(_NUMPY, n_qubits, seed=seed, shape=shape))


def matrices(xp, n_qubits, seed, shape=(), rank=None):
    """Random density matrices, drawn by NumPy."""
    rho = random_density_matrix(_NUMPY, n_qubits, seed=seed, shape=shape, rank=rank)
    return xp.asarray(rho)


ORDERS = (0, 0.5, 0.9, 1 - 1e-9, 1, 1 + 1e-9, 2, 5, math.inf)


def close(xp, x, expected, tolerance=1e-10):
    """Compare an array of any backend with a NumPy one, shape and values."""
    found = xp.to_numpy(x)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, expected, atol=tolerance, rtol=0)


def reduce(rho, keep):
    """Partial trace by axes, in NumPy."""
    n = int(math.log2(len(rho)))
    rest = [q for q in range(n) if q not in keep]
    order = [*keep, *rest]
    view = rho.reshape((2,) * (2 * n)).transpose([*order, *(n + q for q in order)])
    kept, traced = 2 ** len(keep), 2 ** len(rest)
    return np.einsum("atbt->ab", view.reshape(kept, traced, kept, traced))


def entropy(values, order, base=2.0):
    """Renyi entropy of eigenvalues, by its definition."""
    values = values[values > 1e-14]
    if order == 0:
        return math.log(len(values), base)
    if order == math.inf:
        return -math.log(values.max(), base)
    if abs(order - 1) < 1e-6:
        return -np.sum(values * np.log(values)) / math.log(base)
    return math.log(np.sum(values**order), base) / (1 - order)


@pytest.fixture(scope="module")
def examples(numpy_xp):
    """Two density matrices of 3 qubits, one of them of rank 3, and a state vector."""
    return (
        random_density_matrix(numpy_xp, 3, seed=1),
        random_density_matrix(numpy_xp, 3, seed=2, rank=3),
        random_state(numpy_xp, 3, seed=3),
    )


class TestPairs:
    """Overlap, fidelity, trace distance."""

    def test_overlap(self, xp):
        """The first state is conjugated, and batches broadcast."""
        first, second = vectors(xp, 3, 1, 4), vectors(xp, 3, 2)
        expected = xp.to_numpy(first).conj() @ xp.to_numpy(second)
        close(xp, overlap(xp, first, second), expected)
        close(xp, fidelity(xp, first, second), np.abs(expected) ** 2)

    def test_fidelity_of_density_matrices(self, xp, examples):
        """Uhlmann's formula with matrix roots, in both orders, of full and of lower rank."""
        rho, sigma, _ = examples
        root = scipy.linalg.sqrtm(rho)
        values = np.linalg.eigvalsh(root @ sigma @ root)
        expected = np.sum(np.sqrt(np.clip(values, 0, None))) ** 2
        first, second = xp.asarray(rho), xp.asarray(sigma)
        close(xp, fidelity(xp, first, second, mixed=True), expected, 1e-7)
        close(xp, fidelity(xp, second, first, mixed=True), expected, 1e-7)
        close(xp, fidelity(xp, first, first, mixed=True), 1.0)

    def test_fidelity_with_a_pure_state(self, xp, examples):
        """<a|rho|a>, whichever comes first, and the same as with |a><a|."""
        rho, _, state = examples
        expected = np.real(state.conj() @ rho @ state)
        matrix, vector = xp.asarray(rho), xp.asarray(state)
        close(xp, fidelity(xp, matrix, vector, mixed=(True, False)), expected)
        close(xp, fidelity(xp, vector, matrix, mixed=(False, True)), expected)
        pure = pure_density_matrix(xp, vector)
        close(xp, fidelity(xp, pure, matrix, mixed=True), expected)

    def test_fidelity_of_a_batch(self, xp):
        """Batches of vectors and of matrices broadcast against each other."""
        states = vectors(xp, 2, 4, 3)
        rho = matrices(xp, 2, 5, shape=3)
        found = fidelity(xp, states, rho, mixed=(False, True))
        same = fidelity(xp, pure_density_matrix(xp, states), rho, mixed=True)
        psi, sigma = xp.to_numpy(states), xp.to_numpy(rho)
        close(xp, found, np.einsum("ki,kij,kj->k", psi.conj(), sigma, psi).real)
        close(xp, same, xp.to_numpy(found))

    def test_trace_distance(self, xp, examples):
        """Half the trace norm; of pure states sqrt(1 - fidelity)."""
        rho, sigma, state = examples
        expected = np.linalg.norm(rho - sigma, "nuc") / 2
        close(xp, trace_distance(xp, xp.asarray(rho), xp.asarray(sigma)), expected)
        first, second = xp.asarray(state), basis_state(xp, "101")
        found = trace_distance(xp, *(pure_density_matrix(xp, s) for s in (first, second)))
        close(xp, found, np.sqrt(1 - xp.to_numpy(fidelity(xp, first, second))))

    def test_sizes_are_compared(self, numpy_xp):
        """States of different registers are refused."""
        one, two = basis_state(numpy_xp, "0"), basis_state(numpy_xp, "01")
        with pytest.raises(ShapeError, match="the same number of qubits, but have 1 and 2"):
            overlap(numpy_xp, one, two)
        with pytest.raises(ShapeError, match="`other` must be a density matrix"):
            fidelity(numpy_xp, one, one, mixed=(False, True))
        with pytest.raises(ShapeError, match="`rho` must be a density matrix"):
            von_neumann_entropy(numpy_xp, two)


_SUBSETS = [keep for k in range(4) for keep in itertools.permutations(range(3), k)]


class TestParts:
    """Reduced states."""

    def test_every_subset_in_every_order(self, xp, examples):
        """Partial traces of matrices and vectors equal those by axes."""
        rho, _, state = examples
        matrix, vector = xp.asarray(rho), xp.asarray(state)
        outer = np.outer(state, state.conj())
        compiled = xp.capabilities.jit and xp.name == "jax"  # at 0.1 s for each subset
        for keep in _SUBSETS[:: 5 if compiled else 1]:
            close(xp, partial_trace(xp, matrix, keep=keep), reduce(rho, keep))
            found = reduced_density_matrix(xp, vector, keep=keep)
            close(xp, found, reduce(outer, keep))

    def test_batches(self, xp):
        """Leading axes stay."""
        states = vectors(xp, 3, 1, (2, 2))
        found = reduced_density_matrix(xp, states, keep=(2, 0))
        again = partial_trace(xp, pure_density_matrix(xp, states), keep=(2, 0))
        close(xp, found, xp.to_numpy(again))
        vector = xp.to_numpy(states)[1, 0]
        close(xp, found[1, 0, ...], reduce(np.outer(vector, vector.conj()), (2, 0)))

    def test_many_qubits(self, xp):
        """Alternate qubits of 16 and of 20: neither letters nor axes run out."""
        state = w_state(xp, 20)
        found = reduced_density_matrix(xp, state, keep=range(0, 20, 2)[:3])
        values = np.linalg.eigvalsh(xp.to_numpy(found))[-2:]
        np.testing.assert_allclose(values, [3 / 20, 17 / 20], atol=1e-12)
        pair = reduced_density_matrix(xp, w_state(xp, 16), keep=(13, 2))
        close(xp, purity(xp, pair), (14 / 16) ** 2 + (2 / 16) ** 2)

    def test_partial_trace_of_eight_qubits(self, numpy_xp):
        """A density matrix of 8 qubits, alternate ones kept, equals that of its vector."""
        state = random_state(numpy_xp, 8, seed=6)
        keep = (7, 1, 3, 5)
        found = partial_trace(numpy_xp, pure_density_matrix(numpy_xp, state), keep=keep)
        close(numpy_xp, found, reduced_density_matrix(numpy_xp, state, keep=keep))

    def test_qubits_are_checked(self, numpy_xp):
        """Repeated, absent and fractional qubits are named."""
        state = basis_state(numpy_xp, "01")
        with pytest.raises(ValueError, match=r"`keep` must be distinct and in range\(2\)"):
            reduced_density_matrix(numpy_xp, state, keep=(0, 0))
        with pytest.raises(ValueError, match=r"`qubits` must be distinct and in range\(2\)"):
            schmidt_values(numpy_xp, state, qubits=2)
        with pytest.raises(TypeError, match=r"`keep` must be made of integers, but has 0\.5"):
            reduced_density_matrix(numpy_xp, state, keep=[0.5])

    def test_schmidt_values(self, xp, examples):
        """Their squares are the eigenvalues of the reduced density matrix."""
        _, _, state = examples
        outer = np.outer(state, state.conj())
        expected = np.linalg.eigvalsh(reduce(outer, (1,)))[::-1]
        for part in (1, (2, 0)):
            close(xp, schmidt_values(xp, xp.asarray(state), qubits=part) ** 2, expected)


class TestEntropies:
    """Entropies and mutual information."""

    @pytest.mark.parametrize("order", ORDERS)
    def test_renyi_entropies(self, xp, examples, order):
        """The definition, of full and of lower rank; order 1 is the limit of its neighbours."""
        for rho in examples[:2]:
            values = np.linalg.eigvalsh(rho)
            found = renyi_entropy(xp, xp.asarray(rho), order)
            close(xp, found, entropy(values, order), 1e-8)
            found = renyi_entropy(xp, xp.asarray(rho), order, base=math.e)
            close(xp, found, entropy(values, order, math.e), 1e-8)

    @pytest.mark.parametrize("order", ORDERS)
    def test_extreme_states(self, xp, order):
        """Pure states have no entropy, maximally mixed ones n bits, at every order."""
        pure = pure_density_matrix(xp, vectors(xp, 2, 1))
        close(xp, renyi_entropy(xp, pure, order), 0.0)
        close(xp, renyi_entropy(xp, maximally_mixed_state(xp, 2), order), 2.0)
        product = product_state(xp, "+r1")
        close(xp, entanglement_entropy(xp, product, qubits=1, order=order), 0.0)
        close(xp, entanglement_entropy(xp, ghz_state(xp, 4), qubits=(1, 3), order=order), 1.0)

    def test_entanglement_entropy(self, xp, examples):
        """The entropy of the reduced density matrix, from either side, also batched."""
        states = vectors(xp, 3, 9, 2)
        expected = [
            entropy(np.linalg.eigvalsh(reduce(np.outer(s, s.conj()), (2,))), 1)
            for s in xp.to_numpy(states)
        ]
        close(xp, entanglement_entropy(xp, states, qubits=2), expected)
        close(xp, entanglement_entropy(xp, states, qubits=(1, 0)), expected)
        reduced = reduced_density_matrix(xp, states, keep=2)
        close(xp, von_neumann_entropy(xp, reduced), expected)

    def test_mutual_information(self, xp, examples):
        """S(A) + S(B) - S(AB), for vectors and matrices; twice the entropy of a pure whole."""
        rho, _, state = examples

        def part(matrix, keep):
            return entropy(np.linalg.eigvalsh(reduce(matrix, keep)), 1)

        expected = part(rho, (2,)) + part(rho, (0,)) - part(rho, (2, 0))
        found = mutual_information(xp, xp.asarray(rho), first=2, second=0, mixed=True)
        close(xp, found, expected)
        outer = np.outer(state, state.conj())
        expected = part(outer, (2,)) + part(outer, (0,)) - part(outer, (2, 0))
        close(xp, mutual_information(xp, xp.asarray(state), first=2, second=0), expected)
        whole = mutual_information(xp, xp.asarray(state), first=2, second=(0, 1))
        close(xp, whole, 2 * part(outer, (2,)))

    def test_arguments_are_checked(self, numpy_xp):
        """Negative orders, bases up to one and parts that overlap are refused."""
        rho = maximally_mixed_state(numpy_xp, 1)
        with pytest.raises(ValueError, match="`order` must not be negative, but is -1"):
            renyi_entropy(numpy_xp, rho, -1)
        with pytest.raises(ValueError, match="`order` must not be negative, but is nan"):
            renyi_entropy(numpy_xp, rho, math.nan)
        with pytest.raises(ValueError, match="`base` must be greater than 1, but is 1"):
            von_neumann_entropy(numpy_xp, rho, base=1)
        with pytest.raises(ValueError, match=r"must be disjoint, but both have \{1\}"):
            mutual_information(numpy_xp, basis_state(numpy_xp, "01"), first=(0, 1), second=1)

    def test_single_precision(self):
        """In single precision entropies of pure and product states vanish, noise and all."""
        xp = ab.get_backend("pytorch", precision="single")
        state = vectors(xp, 3, 2)
        for order in (0, 0.1, 1, 2):
            found = renyi_entropy(xp, pure_density_matrix(xp, state), order)
            assert xp.dtype_name(found.dtype) == "float32"
            assert abs(float(found)) < 1e-5
        assert abs(float(entanglement_entropy(xp, product_state(xp, "+r0"), qubits=1))) < 1e-5


class TestEntanglementOfMixedStates:
    """Partial transpose, negativity, concurrence."""

    def test_werner_states(self, xp):
        """The singlet mixed with noise: N = max(0, (3 p - 1) / 4), C = max(0, (3 p - 1) / 2)."""
        half = math.sqrt(0.5)
        singlet = pure_density_matrix(xp, xp.asarray([0, half, -half, 0j]))
        for p in (0.0, 0.2, 0.6, 1.0):
            rho = singlet * p + maximally_mixed_state(xp, 2) * (1 - p)
            close(xp, negativity(xp, rho, qubits=1), max(0, (3 * p - 1) / 4))
            close(xp, concurrence(xp, rho), max(0, (3 * p - 1) / 2))
            expected = math.log2(1 + 2 * max(0, (3 * p - 1) / 4))
            close(xp, logarithmic_negativity(xp, rho, qubits=0), expected)

    def test_concurrence_of_pure_states(self, xp):
        """2 |a d - b c|, phases included, in a batch."""
        states = vectors(xp, 2, 4, 5)
        a, b, c, d = xp.to_numpy(states).T
        found = concurrence(xp, pure_density_matrix(xp, states))
        close(xp, found, 2 * np.abs(a * d - b * c), 1e-7)

    def test_partial_transpose(self, xp, examples):
        """Of a product the factor is transposed; of all qubits the matrix."""
        one, two = (matrices(xp, 1, seed) for seed in (1, 2))
        a, b = xp.to_numpy(one), xp.to_numpy(two)
        found = partial_transpose(xp, xp.kron(one, two), qubits=1)
        close(xp, found, np.kron(a, b.T))
        rho = xp.asarray(examples[0])
        close(xp, partial_transpose(xp, rho, qubits=(2, 0, 1)), examples[0].T)

    def test_concurrence_is_of_two_qubits(self, numpy_xp):
        """Other sizes are refused."""
        with pytest.raises(ShapeError, match="must be of two qubits"):
            concurrence(numpy_xp, maximally_mixed_state(numpy_xp, 1))


def family(xp, t):
    """cos(t) |00> + sin(t) |11>: a product at 0, a Bell pair at pi/4."""
    cosine, sine = (xp.astype(f(t), "complex128") for f in (xp.cos, xp.sin))
    zero = xp.zeros_like(cosine)
    return xp.stack([cosine, zero, zero, sine])


def family_matrix(xp, t):
    """Density matrix of the family."""
    return pure_density_matrix(xp, family(xp, t))


def half(xp, t):
    """One qubit of the family."""
    return reduced_density_matrix(xp, family(xp, t), keep=0)


def basis_matrix(xp, bits):
    """Density matrix of a basis state."""
    return pure_density_matrix(xp, basis_state(xp, bits))


def generic(xp, **options):
    """Some density matrix of two qubits."""
    return matrices(xp, 2, 8, **options)


QUANTITIES = {
    "entanglement entropy": lambda xp, t: entanglement_entropy(xp, family(xp, t), qubits=0),
    "renyi of vectors": lambda xp, t: entanglement_entropy(xp, family(xp, t), qubits=0, order=2),
    "entropy of a half": lambda xp, t: von_neumann_entropy(xp, half(xp, t)),
    "entropy of the whole": lambda xp, t: von_neumann_entropy(xp, family_matrix(xp, t)),
    "renyi 3 of a half": lambda xp, t: renyi_entropy(xp, half(xp, t), 3),
    "purity": lambda xp, t: purity(xp, half(xp, t)),
    "mutual information": lambda xp, t: mutual_information(
        xp, family_matrix(xp, t), first=0, second=1, mixed=True
    ),
    "fidelity with |00>": lambda xp, t: fidelity(xp, family(xp, t), basis_state(xp, "00")),
    "fidelity with the orthogonal": lambda xp, t: fidelity(
        xp, family(xp, t), basis_state(xp, "01")
    ),
    "Uhlmann with |00>": lambda xp, t: fidelity(
        xp, family_matrix(xp, t), basis_matrix(xp, "00"), mixed=True
    ),
    "Uhlmann with the orthogonal": lambda xp, t: fidelity(
        xp, family_matrix(xp, t), basis_matrix(xp, "01"), mixed=True
    ),
    "Uhlmann with full rank": lambda xp, t: fidelity(
        xp, family_matrix(xp, t), generic(xp), mixed=True
    ),
    "Uhlmann with lower rank": lambda xp, t: fidelity(
        xp, generic(xp, rank=2), family_matrix(xp, t), mixed=True
    ),
    "Uhlmann with the identity": lambda xp, t: fidelity(
        xp,
        (family_matrix(xp, t) + maximally_mixed_state(xp, 2)) / 2,
        maximally_mixed_state(xp, 2),
        mixed=True,
    ),
    "trace distance": lambda xp, t: trace_distance(xp, family_matrix(xp, t), generic(xp)),
    "trace distance to |00>": lambda xp, t: trace_distance(
        xp, family_matrix(xp, t), basis_matrix(xp, "00")
    ),
    "negativity": lambda xp, t: negativity(xp, family_matrix(xp, t), qubits=0),
    "concurrence": lambda xp, t: concurrence(xp, family_matrix(xp, t)),
    "ensemble": lambda xp, t: von_neumann_entropy(
        xp, ensemble(xp, [[1, 0], [0, 1]], xp.stack([xp.cos(t) ** 2, xp.sin(t) ** 2]))
    ),
}


class TestDerivatives:
    """Derivatives, at the points where eigenvalues vanish and coincide."""

    @pytest.mark.parametrize("name", QUANTITIES)
    @pytest.mark.parametrize("backend", ["pytorch", "jax"])
    def test_along_a_family(self, backend, name):
        """At a product state, at a Bell pair, and between, they are central differences."""
        xp = ab.get_backend(backend)

        def quantity(t):
            return QUANTITIES[name](xp, t)

        gradient = xp.grad(quantity, method="autodiff")
        for t in (0.0, math.pi / 4, 0.3):
            step = 1e-5
            pair = (float(quantity(xp.asarray(t + sign * step))) for sign in (1, -1))
            difference = (next(pair) - next(pair)) / (2 * step)
            assert float(gradient(xp.asarray(t))) == pytest.approx(difference, abs=2e-6)

    @pytest.mark.parametrize("backend", ["pytorch", "jax"])
    @pytest.mark.parametrize("order", [0.7, 1, 2, math.inf])
    def test_of_singular_matrices_are_finite(self, backend, order):
        """At pure states, zeros and the identity the gradient in all entries is finite."""
        xp = ab.get_backend(backend)
        for rho in (
            basis_matrix(xp, "01"),
            maximally_mixed_state(xp, 2),
            generic(xp, rank=2),
            matrices(xp, 2, 1, rank=1),
        ):
            gradient = xp.grad(lambda x: renyi_entropy(xp, x, order), method="autodiff")(rho)
            assert bool(xp.all(xp.isfinite(xp.abs(gradient))))
            for other in (rho, basis_matrix(xp, "10"), generic(xp)):
                for quantity in (
                    lambda x, other=other: fidelity(xp, x, other, mixed=True),
                    lambda x, other=other: trace_distance(xp, x, other),
                ):
                    gradient = xp.grad(quantity, method="autodiff")(rho)
                    assert bool(xp.all(xp.isfinite(xp.abs(gradient))))

    @pytest.mark.parametrize("backend", ["pytorch", "jax"])
    def test_entropy_of_full_rank(self, backend):
        """The gradient of the entropy is -(log rho + 1), as a Hermitian matrix."""
        xp = ab.get_backend(backend)
        rho = generic(xp)
        gradient = xp.grad(lambda x: von_neumann_entropy(xp, x, base=math.e))(rho)
        close(xp, gradient, -scipy.linalg.logm(xp.to_numpy(rho)) - np.eye(4))

    @pytest.mark.parametrize("backend", ["pytorch", "jax"])
    def test_second_derivatives_of_vectors(self, backend):
        """The Hessian of the entanglement entropy is the difference of its gradients."""
        xp = ab.get_backend(backend)

        def quantity(t):
            return entanglement_entropy(xp, family(xp, t), qubits=0, base=math.e)

        # S = -2 c**2 log c - 2 s**2 log s: S'' by hand.
        t = 0.3
        c, s = math.cos(t), math.sin(t)
        expected = 4 * (c * c - s * s) * math.log(c / s) - 4
        assert float(xp.hessian(quantity)(xp.asarray(t))) == pytest.approx(expected, rel=1e-9)

    def test_under_transformations(self):
        """Compiled and vectorised, values and derivatives stay the same."""
        xp = ab.get_backend("jax")
        points = xp.asarray([0.0, 0.3, math.pi / 4])
        for name in ("entanglement entropy", "Uhlmann with full rank", "concurrence"):
            both = xp.value_and_grad(lambda t, name=name: QUANTITIES[name](xp, t))
            values, gradients = xp.jit(xp.vmap(both))(points)
            for i in range(3):
                value, gradient = both(points[i])
                np.testing.assert_allclose(float(values[i]), float(value), atol=1e-12)
                np.testing.assert_allclose(float(gradients[i]), float(gradient), atol=1e-9)

    # PyTorch has no batching rule for the conjugates that the adapter takes.
    @pytest.mark.filterwarnings("ignore:There is a performance drop")
    def test_vectorised_on_pytorch(self):
        """`vmap` over states equals the batch."""
        xp = ab.get_backend("pytorch")
        rho = matrices(xp, 2, 3, shape=3)
        sigma = generic(xp)
        mapped = xp.vmap(lambda x: fidelity(xp, x, sigma, mixed=True))(rho)
        close(xp, mapped, xp.to_numpy(fidelity(xp, rho, sigma, mixed=True)))
