"""Observables of every kind against dense matrices, on every backend."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum.molecules import load_molecule
from arraybackends.quantum.observables import (
    Hermitian,
    ObservableSum,
    ParametricPauliSum,
    PauliSum,
    Projector,
    SparseHermitian,
    StateProjector,
    action,
    check_observable,
    covariance,
    expectation,
    expectations,
    variance,
)

RNG = np.random.default_rng(11)
N = 3


def random_states(*shape):
    """Random normalised states along the last axis."""
    states = RNG.normal(size=shape) + 1j * RNG.normal(size=shape)
    return states / np.linalg.norm(states, axis=-1, keepdims=True)


def random_hermitian(size):
    """Random Hermitian matrix."""
    matrix = RNG.normal(size=(size, size)) + 1j * RNG.normal(size=(size, size))
    return matrix + matrix.conj().T


STATES = random_states(2, 2**N)
WEIGHTS = np.array([0.4, 0.6])
MIXED = np.einsum("k,ki,kj->ij", WEIGHTS, STATES, STATES.conj())
TERMS = {"XYZ": 0.3, "ZIX": -0.7, "IIY": 0.2, "YZI": 0.5, "ZZZ": -0.4, "III": 0.1, "IXX": 0.6}
SMALL = random_hermitian(4)
TARGET = random_states(2**N)


def kinds(xp, dense):
    """Each kind of observable on three qubits, with its matrix."""
    large = random_hermitian(2**N) * (RNG.random((2**N, 2**N)) < 0.4)
    sparse = (large + large.conj().T) / 2
    rows, columns = np.nonzero(sparse)
    pauli = PauliSum(TERMS)
    ket = TARGET[:, None]
    p10 = dense.embed(np.diag([0, 0, 1, 0]), (2, 0), N)
    found = {
        "pauli": (pauli, dense.sum(TERMS)),
        "parametric": (
            ParametricPauliSum(tuple(TERMS), xp.asarray(np.array(list(TERMS.values())))),
            dense.sum(TERMS),
        ),
        "dense array": (
            Hermitian(xp.asarray(SMALL), (2, 0), n_qubits=N),
            dense.embed(SMALL, (2, 0), N),
        ),
        "dense list": (
            Hermitian([[1, 2j], [-2j, 0.5]], (1,), n_qubits=N),
            dense.embed(np.array([[1, 2j], [-2j, 0.5]]), (1,), N),
        ),
        "sparse": (
            SparseHermitian(
                xp.asarray(rows), xp.asarray(columns), xp.asarray(sparse[rows, columns]), n_qubits=N
            ),
            sparse,
        ),
        "sparse list": (
            SparseHermitian([0, 5, 3, 3], [5, 0, 3, 3], [1j, -1j, 0.5, 1], n_qubits=N),
            np.array(
                [[{(0, 5): 1j, (5, 0): -1j, (3, 3): 1.5}.get((i, j), 0) for j in range(8)]
                 for i in range(8)]
            ),
        ),
        "bits": (Projector("10", (2, 0), n_qubits=N), p10),
        "state": (StateProjector(xp.asarray(TARGET)), ket @ ket.conj().T),
    }  # fmt: skip
    found["sum"] = (
        0.5 * pauli + 2 * found["bits"][0] - found["state"][0] / 4,
        0.5 * dense.sum(TERMS) + 2 * p10 - ket @ ket.conj().T / 4,
    )
    return found


def evaluate(xp, fn, *args):
    """Call a function, compiled on JAX, which takes longer to run it operation by operation."""
    return xp.jit(fn)(*args) if xp.name == "jax" else fn(*args)


class TestKinds:
    def test_act_as_their_matrices(self, xp, dense):
        """Application, prepared application and trace agree with the dense matrix."""
        found = kinds(xp, dense)

        def actions(states, density):
            return [
                (o.apply(xp, states), o.operator(xp)(states), o.trace(xp, density), o.matrix(xp))
                for o, _ in found.values()
            ]

        density = np.stack([MIXED, MIXED.T])
        results = evaluate(xp, actions, xp.asarray(STATES), xp.asarray(density))
        for (name, (observable, matrix)), result in zip(found.items(), results, strict=True):
            applied, prepared, traced, square = map(xp.to_numpy, result)
            assert (observable.n_qubits, observable.is_hermitian) == (N, True), name
            np.testing.assert_allclose(applied, STATES @ matrix.T, atol=1e-12, err_msg=name)
            np.testing.assert_allclose(prepared, STATES @ matrix.T, atol=1e-12, err_msg=name)
            np.testing.assert_allclose(square, matrix, atol=1e-12, err_msg=name)
            traces = [np.trace(rho @ matrix).real for rho in density]
            np.testing.assert_allclose(traced, traces, atol=1e-12, err_msg=name)

    def test_moments_are_those_of_the_matrices(self, xp, dense):
        """Means, variances, symmetrised covariances and lists, of states and density matrices."""
        found = kinds(xp, dense)
        observables = [observable for observable, _ in found.values()]
        matrices = [matrix for _, matrix in found.values()]
        pure = np.stack([np.outer(state, state.conj()) for state in STATES])
        mixed = np.stack([MIXED, pure[0]])
        a, b = matrices[0], matrices[2]
        for states, rhos, density in [(STATES, pure, False), (mixed, mixed, True)]:

            def moments(states, density=density):
                return (
                    expectations(xp, states, observables, density=density),
                    xp.stack(
                        [expectation(xp, states, o, density=density) for o in observables], axis=-1
                    ),
                    xp.stack(
                        [variance(xp, states, o, density=density) for o in observables], axis=-1
                    ),
                    covariance(xp, states, observables[0], observables[2], density=density),
                )

            results = evaluate(xp, moments, xp.asarray(states))
            together, apart, spread, both = map(xp.to_numpy, results)
            means = np.array([[np.trace(rho @ m).real for m in matrices] for rho in rhos])
            squares = np.array([[np.trace(rho @ m @ m).real for m in matrices] for rho in rhos])
            products = [np.trace(rho @ (a @ b + b @ a)).real / 2 for rho in rhos]
            np.testing.assert_allclose(together, means, atol=1e-12)
            np.testing.assert_allclose(apart, means, atol=1e-12)
            np.testing.assert_allclose(spread, squares - means**2, atol=1e-11)
            np.testing.assert_allclose(both, products - means[:, 0] * means[:, 2], atol=1e-11)

    def test_keep_single_precision(self, xp, dense):
        """A state in complex64 gives results in complex64 and float32, also in double precision."""
        found = kinds(xp, dense)
        many = [PauliSum(TERMS), PauliSum({"XXX": 1.0})]

        def results(state, rho):
            return (
                [o.apply(xp, state) for o, _ in found.values()],
                [o.trace(xp, rho) for o, _ in found.values()],
                expectations(xp, state, many),
            )

        state = xp.asarray(STATES[0], dtype="complex64")
        applied, traced, together = evaluate(
            xp, results, state, xp.asarray(MIXED, dtype="complex64")
        )
        for (name, (_, matrix)), result in zip(found.items(), applied, strict=True):
            assert xp.dtype_name(result.dtype) == "complex64", name
            np.testing.assert_allclose(xp.to_numpy(result), matrix @ STATES[0], atol=1e-5)
        assert {xp.dtype_name(value.dtype) for value in (*traced, together)} == {"float32"}

    def test_run_on_the_device_of_the_state(self):
        """On the second device of the strict backend nothing is made on the first."""
        strict = ab.get_backend("strict", device="device1")
        state = strict.asarray(STATES)
        rho = strict.asarray(MIXED)
        for observable in (
            PauliSum(TERMS),
            Hermitian([[1, 0], [0, -1]], (1,), n_qubits=N),
            SparseHermitian([0], [0], [1.0], n_qubits=N),
            Projector("101"),
        ):
            assert strict.device_of(observable.apply(strict, state)) == strict.device
            assert strict.device_of(observable.trace(strict, rho)) == strict.device
        several = [PauliSum(TERMS), PauliSum({"XXX": 1.0})]
        assert strict.device_of(expectations(strict, state, several)) == strict.device

    @pytest.mark.parametrize("name", ["pytorch", "jax"])
    def test_are_vectorised(self, name):
        """Under `vmap` the values are those of a loop."""
        xp = ab.get_backend(name)
        first, second = PauliSum(TERMS), Projector("1", (2,), n_qubits=N)
        third = first + 2 * StateProjector(xp.asarray(TARGET))

        def moments(state):
            means = expectations(xp, state, [first, second, third, PauliSum({"XXX": 1.0})])
            return means, covariance(xp, state, first, second)

        states = xp.asarray(STATES)
        expected = evaluate(xp, moments, states)
        for found, value in zip(evaluate(xp, xp.vmap(moments), states), expected, strict=True):
            np.testing.assert_allclose(xp.to_numpy(found), xp.to_numpy(value), atol=1e-12)


class TestPlan:
    def test_chains_take_few_passes(self, dense):
        """Strings on neighbours share windows: a chain of 20 qubits takes five passes."""
        n = 20
        bonds = [("I" * i + p + p + "I" * (n - i - 2)) for i in range(n - 1) for p in "XYZ"]
        fields = ["I" * i + "X" + "I" * (n - i - 1) for i in range(n)]
        heisenberg = PauliSum(dict.fromkeys(bonds, 1.0))
        ising = PauliSum(dict.fromkeys([*fields, *(b for b in bonds if "Z" in b)], 1.0))
        assert heisenberg.action.n_passes == 5
        assert not heisenberg.action.flips
        assert ising.action.n_passes == 5

    @given(data=st.data())
    def test_windows_and_flips_agree_with_the_matrix(self, numpy_xp, dense, data):
        """Whatever mixture of windows and flips a sum on seven qubits gets."""
        n = 7
        labels = st.builds(
            lambda start, word: ("I" * start + word + "I" * n)[:n],
            st.integers(0, n - 1), st.text("IXYZ", min_size=1, max_size=n),
        )  # fmt: skip
        terms = data.draw(
            st.dictionaries(labels, st.complex_numbers(max_magnitude=2), min_size=1, max_size=12)
        )
        states = random_states(2, 2**n)
        applied = PauliSum(terms).apply(numpy_xp, states)
        np.testing.assert_allclose(applied, states @ dense.sum(terms).T, atol=1e-11)

    def test_windows_are_tested(self, numpy_xp, dense):
        """A chain on seven qubits with Y and identity is made of windows alone, at both ends."""
        n, terms = 7, {"I" * 7: 0.3}
        for i in range(n - 1):
            for k, word in enumerate(("XX", "YY", "XY", "ZZ", "ZX")):
                terms["I" * i + word + "I" * (n - i - 2)] = 0.1 * k - 0.05 * i + 1j * k
        observable = PauliSum(terms)
        assert not observable.action.flips
        assert len(observable.action.windows) == 2
        states = random_states(3, 2**n)
        applied = observable.apply(numpy_xp, states)
        np.testing.assert_allclose(applied, states @ dense.sum(terms).T, atol=1e-12)

    def test_the_memory_of_a_pass_is_bounded(self, numpy_xp, dense, monkeypatch):
        """Passes of one flip, of some, and of all give one result, prepared or not."""
        labels = ["XIIYIX", "YIZIIX", "ZXIIIX", "XXIIIZ", "YIIIIY", "ZIIIIZ", "IIIIII"]
        terms = {label: 0.3 + 0.2 * k for k, label in enumerate(labels)}
        states = random_states(2, 64)
        for limit in (1, 200, 2**18):
            monkeypatch.setattr(action, "_ELEMENTS_AT_ONCE", limit)
            for kept in (1, 2**21):
                monkeypatch.setattr(action, "_ELEMENTS_KEPT", kept)
                observable = PauliSum(terms)
                for applied in (
                    observable.apply(numpy_xp, states),
                    observable.operator(numpy_xp)(states),
                ):
                    np.testing.assert_allclose(applied, states @ dense.sum(terms).T, atol=1e-12)


class TestMolecules:
    @pytest.mark.parametrize("name", ["h2", "h4-chain", "h6-chain"])
    def test_energy_of_the_determinant(self, numpy_xp, name):
        """The Hartree-Fock state has the Hartree-Fock energy, in one observable or in two."""
        molecule = load_molecule(name)
        hamiltonian, n = molecule.hamiltonian, molecule.n_qubits
        state = np.zeros(2**n, complex)
        state[sum(1 << (n - 1 - qubit) for qubit in molecule.occupied)] = 1
        energy = expectation(numpy_xp, state, hamiltonian)
        assert abs(energy - molecule.hartree_fock_energy) < 1e-8
        number = PauliSum.from_sparse({"": n / 2} | {f"Z{q}": -0.5 for q in range(n)}, n_qubits=n)
        both = expectations(numpy_xp, state, [hamiltonian, number])
        np.testing.assert_allclose(both, [energy, molecule.n_electrons], atol=1e-10)
        assert hamiltonian.commutes_with(number, tolerance=1e-12)


class TestDerivatives:
    @pytest.mark.parametrize("name", ["pytorch", "jax"])
    def test_flow_into_states_and_arrays(self, name, dense):
        """Gradients agree with formulas: 2 H psi in a state, <P> in a coefficient, ..."""
        xp = ab.get_backend(name)
        matrix, state = dense.sum(TERMS), STATES[0]
        psi, rho = xp.asarray(state), xp.asarray(np.outer(state, state.conj()))
        weights, other = xp.asarray(np.array(list(TERMS.values()))), PauliSum({"XXX": 1.0})
        sums = ParametricPauliSum(tuple(TERMS), weights)

        def energies(psi, weights, phi):
            learnt = sums.with_coefficients(weights)
            return (
                expectation(xp, psi, learnt)
                + 2 * xp.sum(expectations(xp, psi, [learnt, other]))
                + 3 * expectation(xp, psi, StateProjector(phi, check=False))
            )

        def in_weights(weights):
            return expectation(xp, rho, sums.with_coefficients(weights), density=True)

        found = evaluate(xp, xp.grad(energies, argnums=(0, 1, 2)), psi, weights, xp.asarray(TARGET))
        in_psi, in_coefficients, in_phi = map(xp.to_numpy, found)
        summed = 3 * matrix + 2 * dense.string("XXX")
        overlap = np.vdot(TARGET, state)
        np.testing.assert_allclose(in_psi, 2 * summed @ state + 6 * overlap * TARGET, atol=1e-12)
        np.testing.assert_allclose(in_phi, 6 * state * overlap.conj(), atol=1e-12)
        strings = np.array([np.vdot(state, dense.string(p) @ state).real for p in TERMS])
        np.testing.assert_allclose(in_coefficients, 3 * strings, atol=1e-12)
        of_density = evaluate(xp, xp.grad(in_weights), weights)
        np.testing.assert_allclose(xp.to_numpy(of_density), strings, atol=1e-12)

    @pytest.mark.parametrize("name", ["pytorch", "jax"])
    def test_of_the_variance(self, name, dense):
        """The gradient of a variance agrees with that of <A**2> - <A>**2 on the sphere."""
        xp = ab.get_backend(name)
        matrix, state = dense.sum(TERMS), STATES[1]
        gradient = xp.grad(lambda s: variance(xp, s, PauliSum(TERMS)))
        found = xp.to_numpy(evaluate(xp, gradient, xp.asarray(state)))
        mean = np.vdot(state, matrix @ state).real
        expected = 2 * matrix @ matrix @ state - 4 * mean * matrix @ state
        tangent = np.eye(8) - np.outer(state, state.conj())
        np.testing.assert_allclose(tangent @ found, tangent @ expected, atol=1e-11)


class TestCombinations:
    def test_of_any_kinds_are_observables(self, dense):
        """Mixed sums flatten, know their adjoint, and say which coefficient is not real."""
        mixed = 2 * (PauliSum({"XY": 1.0}) + Projector("01")) - Projector("11") / 2
        assert isinstance(mixed, ObservableSum)
        assert [c for c, _ in mixed.terms] == [2.0, 2.0, -0.5]
        skew = 1j * Projector("01")
        assert not skew.is_hermitian
        assert (skew + skew.adjoint()).apply(
            ab.get_backend("numpy"), np.ones(4, complex)
        ).tolist() == [0, 0, 0, 0]
        with pytest.raises(ValueError, match=r"coefficient of Projector\('01'.*is 1j"):
            check_observable(skew, 2)

    def test_of_different_sizes_are_refused(self):
        """All terms act on one register."""
        with pytest.raises(ab.ShapeError, match="act on 1 and 2"):
            PauliSum({"X": 1.0}) + Projector("01")
        with pytest.raises(TypeError, match="unsupported operand"):
            Projector("0") + 1
        with pytest.raises(TypeError, match="multiply"):
            Projector("0") * "a"


class TestRefusals:
    @pytest.mark.parametrize(
        ("make", "error", "message"),
        [
            (lambda: Hermitian([[0, 1], [2, 0]]), ValueError, r"element \(1, 0\) is \(2\+0j\)"),
            (lambda: Hermitian(np.array([[0, 1j], [1j, 0]])), ValueError, r"element \(0, 1\)"),
            (lambda: Hermitian(np.array([[np.nan]])), ab.ShapeError, "for k qubits"),
            (lambda: Hermitian(np.full((2, 2), np.nan)), ValueError, "must be Hermitian"),
            (lambda: Hermitian(np.eye(3)), ab.ShapeError, r"has shape \(3, 3\)"),
            (lambda: Hermitian(np.eye(2), (2,), n_qubits=2), ValueError, r"in range\(2\)"),
            (lambda: Hermitian(np.eye(4), (1, 1)), ValueError, "2 distinct qubits"),
            (lambda: Projector("012"), ValueError, "string of 0 and 1, but is '012'"),
            (lambda: Projector("01", (0,)), ValueError, r"2 distinct qubits, but is \(0,\)"),
            (lambda: StateProjector(np.ones(2, complex)), ValueError, "norm 1, but has norm 1.41"),
            (lambda: StateProjector(np.ones(3, complex)), ab.ShapeError, "length 2 for 1 qubits"),
            (lambda: StateProjector(np.array([1.0, 0.0])), ab.DTypeError, "has dtype float64"),
            (
                lambda: SparseHermitian([0], [1], [1.0], n_qubits=1),
                ValueError, r"element \(0, 1\) is \(1\+0j\) and element \(1, 0\) is 0j",
            ),
            (
                lambda: SparseHermitian([0], [2], [1.0], n_qubits=1),
                ValueError, r"an element is at \(0, 2\)",
            ),
            (
                lambda: SparseHermitian([0, 1], [0], [1.0], n_qubits=1),
                ab.ShapeError, r"shapes \(2,\), \(1,\), \(1,\)",
            ),
            (
                lambda: SparseHermitian(np.zeros(1), np.zeros(1), np.ones(1), n_qubits=1),
                ab.DTypeError, "dtypes float64 and float64",
            ),
            (lambda: ParametricPauliSum((), np.ones(0)), ValueError, "at least one label"),
            (lambda: ParametricPauliSum(("X", "X"), np.ones(2)), ValueError, "'X' twice"),
            (lambda: ParametricPauliSum(("X",), np.ones(2)), ab.ShapeError, r"shape \(1,\)"),
            (lambda: ParametricPauliSum(("X",), np.ones(1) * 1j), ab.DTypeError, "must be real"),
        ],
    )  # fmt: skip
    def test_show_the_offending_value(self, make, error, message):
        """Matrices, strings and coefficients that make no observable are refused."""
        with pytest.raises(error, match=message):
            make()

    def test_of_states(self, numpy_xp):
        """States of another kind, size or backend are refused, whatever the observable."""
        z = PauliSum({"Z": 1.0})
        with pytest.raises(TypeError, match="must be an array of backend `numpy`"):
            expectation(numpy_xp, [1.0, 0.0], z)
        with pytest.raises(ab.DTypeError, match="must be complex, but has dtype float64"):
            expectation(numpy_xp, np.array([1.0, 0.0]), z)
        with pytest.raises(ab.ShapeError, match="length 2 for 1 qubits"):
            expectation(numpy_xp, np.ones(4, complex), z)
        with pytest.raises(ab.ShapeError, match="last two axes of `density`"):
            expectation(numpy_xp, np.ones(2, complex), z, density=True)
        with pytest.raises(ValueError, match="coefficient of Z is 1j"):
            expectation(numpy_xp, np.ones(2, complex), 1j * z)
        with pytest.raises(ValueError, match="at least one"):
            expectations(numpy_xp, np.ones(2, complex), [])
        torch = ab.get_backend("pytorch")
        foreign = Hermitian(torch.asarray([[1.0, 0.0], [0.0, 1.0]]))
        with pytest.raises(ab.BackendMismatchError):
            expectation(numpy_xp, np.ones(2, complex), foreign)


@settings(max_examples=20)
@given(
    labels=st.lists(st.text("IXYZ", min_size=4, max_size=4), min_size=1, max_size=6, unique=True)
)
def test_strings_are_measured_one_by_one(numpy_xp, dense, labels):
    """In one pass over shared X-masks every string has its own expectation value."""
    states = random_states(2, 16)
    found = expectations(numpy_xp, states, [PauliSum({label: 1.0}) for label in [*labels, "XYZI"]])
    for k, label in enumerate([*labels, "XYZI"]):
        expected = np.einsum("bi,ij,bj->b", states.conj(), dense.string(label), states).real
        np.testing.assert_allclose(found[:, k], expected, atol=1e-12)


def test_hermitian_arrays_are_checked_on_every_backend(xp):
    """The message names the elements that are not conjugate to each other."""
    with pytest.raises(
        ValueError, match=r"element \(0, 1\) is \(2\+0j\) and element \(1, 0\) is 0j"
    ):
        Hermitian(xp.asarray([[1.0, 2.0], [0.0, 1.0]]))
