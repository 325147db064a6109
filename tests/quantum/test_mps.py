"""Matrix product states against state vectors, exact solutions and finite differences."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.errors import (
    BackendMismatchError,
    CapabilityError,
    DTypeError,
    GradientError,
    GradientFallbackWarning,
    MemoryLimitError,
    ShapeError,
)
from arraybackends.quantum import (
    Circuit,
    Hermitian,
    MatrixProductState,
    ParametricPauliSum,
    PauliSum,
    Projector,
    StateProjector,
    entanglement_entropy,
    expectation,
    ghz_state,
    probabilities,
    product_state,
    random_state,
    run_mps,
    variance,
)
from arraybackends.quantum.gates.gate import GATES, gate_of

SUM = PauliSum({"ZIZI": 0.7, "XXII": -0.5, "IYZX": 0.3, "IIIY": 0.4, "IIII": 0.1, "ZIII": 0.2})


@st.composite
def circuits(draw, max_qubits=6, max_gates=10):
    """Circuits of gates of every kind, on any qubits in any order, with any controls."""
    n_qubits = draw(st.integers(1, max_qubits))
    circuit = Circuit(n_qubits)
    names = [*GATES, "rxyz", "rzyyx", "gphase", "unitary", "diagonal"]
    for _ in range(draw(st.integers(1, max_gates))):
        name = draw(st.sampled_from(names))
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        given_array = name in ("unitary", "diagonal")
        n_targets = draw(st.integers(1, 3)) if given_array else gate_of(name).n_qubits
        if n_targets > n_qubits:
            continue
        wires = draw(st.permutations(range(n_qubits)))
        n_controls = draw(st.integers(0, min(3, n_qubits - n_targets)))
        if name == "unitary":
            values = [np.linalg.qr(_complex(rng, 2**n_targets, 2**n_targets))[0].tolist()]
        elif name == "diagonal":
            values = [np.exp(1j * rng.normal(size=2**n_targets)).tolist()]
        else:
            values = rng.normal(size=gate_of(name).n_angles).tolist()
        circuit.append(
            name, wires[:n_targets], *values,
            controls=wires[n_targets : n_targets + n_controls],
            control_states=rng.integers(0, 2, n_controls).tolist(),
        )  # fmt: skip
    return circuit


def _complex(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def _layers(angles, n_qubits=4, n_layers=2):
    """Circuit of entangling layers, without symmetry, with distant gates."""
    circuit, k = Circuit(n_qubits), 0
    for _ in range(n_layers):
        for qubit in range(n_qubits):
            circuit.ry(qubit, angles[k]).rz(qubit, angles[k + 1])
            k += 2
        for qubit in range(n_qubits - 1):
            circuit.append("crx" if qubit % 2 else "rzx", (qubit, qubit + 1), angles[k])
            k += 1
        circuit.append("rxyz", (n_qubits - 1, 0, 1), angles[k]).cx(n_qubits - 1, 0)
        k += 1
    return circuit


N_ANGLES = 2 * (2 * 4 + 3 + 1)


def _entangled(xp, **options):
    """State of four qubits without symmetry, as a matrix product state and as a vector."""
    angles = np.random.default_rng(3).normal(size=N_ANGLES).tolist()
    with ab.use_backend(xp):
        circuit = _layers(angles)
        return run_mps(circuit, **options), circuit.state()


# Runs


class TestAgreesWithStateVector:
    @given(circuits())
    def test_without_truncation(self, circuit):
        """Every gate, controlled or not, on any qubits, acts as on the state vector."""
        with ab.use_backend("numpy"):
            exact = circuit.state()
            state = run_mps(circuit)
            assert state.is_exact
            np.testing.assert_allclose(state.to_state_vector(), exact, atol=1e-12)

    @given(circuits())
    @settings(max_examples=30)
    def test_with_a_cutoff_that_discards_nothing(self, circuit):
        """Bonds become as small as the Schmidt ranks, and nothing else changes."""
        with ab.use_backend("numpy"):
            exact = circuit.state()
            state = run_mps(circuit, cutoff=1e-26).compressed(cutoff=1e-24)
        np.testing.assert_allclose(state.to_state_vector(), exact, atol=1e-11)
        for cut, bond in enumerate(state.bond_dimensions, 1):
            values = np.linalg.svd(exact.reshape(2**cut, -1), compute_uv=False)
            assert np.sum(values > 1e-9) <= bond <= np.sum(values > 1e-14)

    @given(circuits(), st.data())
    @settings(max_examples=30)
    def test_canonical_form(self, circuit, data):
        """Around its centre the tensors are isometries, and the state is the same."""
        with ab.use_backend("numpy"):
            exact = circuit.state()
            state = run_mps(circuit)
        centre = data.draw(st.integers(0, circuit.n_qubits - 1))
        canonical = state.canonical(centre)
        np.testing.assert_allclose(canonical.to_state_vector(), exact, atol=1e-12)
        for site, tensor in enumerate(canonical.tensors):
            left, _, right = tensor.shape
            columns = tensor.reshape(-1, right) if site < centre else tensor.reshape(left, -1).T
            if site != centre:
                gram = columns.conj().T @ columns
                np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-12)

    def test_on_every_backend(self, xp):
        """Truncated runs, observables, samples and entropies are the same on every backend."""
        matrix = np.linalg.qr(_complex(np.random.default_rng(0), 4, 4))[0].tolist()

        def results(backend, angles, given):
            circuit = Circuit(4).ry(0, angles[0]).ry(3, angles[1]).rxx(0, 3, angles[2])
            circuit.unitary((2, 0), given, check=False).crx(1, 2, angles[1]).u(1, *angles)
            state = run_mps(circuit.rzz(1, 2, 0.4).h(1).rzx(1, 2, 0.7), xp=backend, max_bond=2)
            return (
                state.to_state_vector(), state.expectation(SUM), state.discarded_weights,
                state.entanglement_entropy(2), state.sample(100, seed=7),
            )  # fmt: skip

        def run(backend):
            angles = [backend.asarray(angle) for angle in (0.3, 1.1, -0.7)]
            compiled = backend.capabilities.jit and backend.capabilities.immutable
            function = functools.partial(results, backend)
            found = (backend.jit(function) if compiled else function)(
                angles, backend.asarray(matrix)
            )
            return [backend.to_numpy(array) for array in found]

        found, expected = run(xp), run(ab.get_backend("numpy"))
        assert expected[2].sum() > 1e-3
        for mine, theirs in zip(found[1:], expected[1:], strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-12)
        np.testing.assert_allclose(found[0], expected[0], atol=1e-12)

    def test_second_circuit_goes_on(self, numpy_xp):
        """Circuits one after the other act as their sum does, and discarded weights add up."""
        rng = np.random.default_rng(1)
        first, second = (_layers(rng.normal(size=N_ANGLES).tolist()) for _ in range(2))
        start = MatrixProductState.zero(numpy_xp, 4)
        with ab.use_backend("numpy"):
            exact = (first + second).state()
        both = start.apply(first).apply(second)
        np.testing.assert_allclose(both.to_state_vector(), exact, atol=1e-12)
        cut = start.apply(first, max_bond=2).apply(second, max_bond=2)
        weights = start.apply(first, max_bond=2).discarded_weights
        np.testing.assert_array_equal(cut.discarded_weights[: len(weights)], weights)


# Truncation


class TestTruncation:
    @given(st.integers(1, 5), st.integers(0, 1000))
    @settings(max_examples=20)
    def test_error_bounds_the_distance(self, max_bond, seed):
        """The squared norm falls by the discarded weight, and the distance is within the bound."""
        angles = np.random.default_rng(seed).normal(size=6 * 15).tolist()
        with ab.use_backend("numpy"):
            circuit = _layers(angles, 5, 5)
            exact, state = circuit.state(), run_mps(circuit, max_bond=max_bond)
        assert max(state.bond_dimensions) <= max_bond
        vector = state.to_state_vector()
        assert np.vdot(vector, vector).real == pytest.approx(1 - state.truncation_error, abs=1e-12)
        assert np.linalg.norm(vector - exact) <= state.error_bound + 1e-12
        assert state.is_exact == (max_bond >= 4)

    def test_one_cut_keeps_the_largest_schmidt_values(self, numpy_xp):
        """Of a single cut the weight is that of the smallest values, and 1 minus the fidelity."""
        exact = random_state(numpy_xp, 2, seed=5)
        values = np.linalg.svd(exact.reshape(2, 2), compute_uv=False)
        state = MatrixProductState.from_state_vector(numpy_xp, exact, max_bond=1)
        assert state.truncation_error == pytest.approx(values[1] ** 2, abs=1e-12)
        fidelity = abs(np.vdot(exact, state.normalized().to_state_vector())) ** 2
        assert fidelity == pytest.approx(1 - state.truncation_error, abs=1e-12)

    def test_cutoff_is_a_part_of_the_weight(self, numpy_xp):
        """With a cutoff no truncation discards more than its part, and the bonds are smaller."""
        exact = random_state(numpy_xp, 8, seed=2)
        full = MatrixProductState.from_state_vector(numpy_xp, exact)
        cut = full.compressed(cutoff=0.05)
        assert full.bond_dimensions == (2, 4, 8, 16, 8, 4, 2)
        assert max(cut.bond_dimensions) < 16
        assert 0 < np.max(cut.discarded_weights) <= 0.05

    def test_static_bonds(self, numpy_xp):
        """Without a cutoff bonds follow from the circuit alone, whatever the angles."""
        rng = np.random.default_rng(0)
        start = MatrixProductState.zero(numpy_xp, 4)
        shapes = {
            start.apply(_layers(angles), max_bond=3).bond_dimensions
            for angles in (rng.normal(size=N_ANGLES).tolist(), [0.0] * N_ANGLES)
        }
        assert shapes == {(2, 3, 2)}


# Many qubits


class TestManyQubits:
    @pytest.mark.parametrize("name", ["numpy", "pytorch"])
    def test_ghz(self, name):
        """The GHZ state of 100 qubits has its correlations, two outcomes and one bit."""
        n, xp = 100, ab.get_backend(name)
        circuit = Circuit(n).h(0)
        for qubit in range(n - 1):
            circuit.cx(qubit, qubit + 1)
        state = run_mps(circuit, max_bond=8, xp=xp)
        assert state.is_exact
        assert set(state.bond_dimensions) == {2}
        ends = PauliSum({"Z" + (n - 2) * "I" + "Z": 1.0, n * "X": 2.0, "Z" + (n - 1) * "I": 4.0})
        assert float(state.expectation(ends)) == pytest.approx(3, abs=1e-12)
        assert abs(complex(state.amplitude(n * "1"))) == pytest.approx(math.sqrt(0.5), abs=1e-12)
        assert float(state.entanglement_entropy(n // 3)) == pytest.approx(1, abs=1e-12)
        counts = state.counts(50, seed=2)
        assert set(counts) == {n * "0", n * "1"}

    def test_ising_quench(self):
        """Trotter steps of 50 spins give the magnetization of free fermions."""
        n, steps, dt, field = 50, 12, 0.06, 0.8
        circuit = Circuit(n)
        for _ in range(steps):
            for site in range(n):
                circuit.rx(site, field * dt)
            for site in range(n - 1):
                circuit.rzz(site, site + 1, 2 * dt)
            for site in range(n):
                circuit.rx(site, field * dt)
        with ab.use_backend("numpy"):
            state = run_mps(circuit, max_bond=16)
        found = [_string_value(state, f"X{site}", n) for site in (0, 10, 24)]
        exact = _free_fermion_magnetization(n, steps, dt, field)
        np.testing.assert_allclose(found, exact[[0, 10, 24]], atol=1e-8)
        assert 0 < state.truncation_error < 1e-14

    def test_deep_product(self):
        """A circuit with gates over all of 60 qubits, and its inverse, leave them as they were."""
        rng = np.random.default_rng(4)
        circuit = Circuit(60)
        for start in (0, 1):
            for qubit in range(60):
                circuit.u(qubit, *rng.normal(size=3).tolist())
            for qubit in range(start, 59, 2):
                circuit.append("sqrt_iswap", (qubit, qubit + 1))
        circuit.append("r" + 30 * "xy", range(60), 0.4)
        circuit.append("x", 59, controls=range(0, 58, 3))
        with ab.use_backend("numpy"):
            state = run_mps(circuit + circuit.inverse(), max_bond=40)
        assert abs(state.amplitude(60 * "0")) == pytest.approx(1, abs=1e-10)

    def test_long_pauli_rotation(self):
        """exp(-i t P / 2)|0> of 80 letters is cos |0> - i sin P|0>."""
        label = 20 * "xyzz"
        with ab.use_backend("numpy"):
            state = run_mps(Circuit(80).append("r" + label, range(80), 0.6))
        flipped = label.replace("x", "1").replace("y", "1").replace("z", "0")
        assert state.amplitude(80 * "0") == pytest.approx(math.cos(0.3), abs=1e-14)
        assert state.amplitude(flipped) == pytest.approx(-1j * math.sin(0.3) * 1j**20, abs=1e-14)


def _string_value(state, string, n_qubits):
    return float(state.expectation(PauliSum.from_sparse({string: 1.0}, n_qubits=n_qubits)))


def _free_fermion_magnetization(n, steps, dt, field):
    """
    <X_j> after the same Trotter steps from all spins up, from Majorana fermions.

    With a_j = (prod_{k<j} X_k) Z_j and b_j = (prod_{k<j} X_k) Y_j both X_j = i b_j a_j (up to sign)
    and Z_j Z_{j+1} are quadratic, so that steps are rotations of the 2 n operators. The state is
    that of even parity of the two with all Z_j Z_{j+1} = 1, in which <X_j> is the same.
    """
    field_angle, bond_angle = field * dt, 2 * dt  # of exp(-i angle P / 2)

    def rotation(pairs, angle):
        matrix = np.eye(2 * n)
        for i, j in pairs:  # exp(-i angle P / 2) with P = i c_i c_j turns c_i and c_j
            c, s = math.cos(angle), math.sin(angle)
            matrix[np.ix_([i, j], [i, j])] = [[c, s], [-s, c]]
        return matrix

    # X_j = i a_j b_j up to sign, Z_j Z_{j+1} = i b_j a_{j+1} up to the same one.
    fields = rotation([(2 * j, 2 * j + 1) for j in range(n)], field_angle)
    bonds = rotation([(2 * j + 1, 2 * j + 2) for j in range(n - 1)], bond_angle)
    covariance = np.zeros((2 * n, 2 * n))
    for j in range(n - 1):
        covariance[2 * j + 1, 2 * j + 2], covariance[2 * j + 2, 2 * j + 1] = 1, -1
    covariance[2 * n - 1, 0], covariance[0, 2 * n - 1] = -1, 1
    step = fields @ bonds @ fields
    for _ in range(steps):
        covariance = step @ covariance @ step.T
    return np.array([covariance[2 * j, 2 * j + 1] for j in range(n)])


# What is measured


@pytest.fixture(scope="module", params=["exact", "max_bond", "cutoff"])
def pair(request):
    """State and its own amplitudes, truncated ones too."""
    options = {"exact": {}, "max_bond": {"max_bond": 3}, "cutoff": {"cutoff": 0.02}}
    state, _ = _entangled(ab.get_backend("numpy"), **options[request.param])
    return state, state.to_state_vector()


class TestMeasures:
    def test_pauli_sum(self, pair, dense):
        """A Pauli sum has the value of its matrix in the amplitudes."""
        state, vector = pair
        expected = np.vdot(vector, dense.sum(SUM.terms) @ vector).real
        assert state.expectation(SUM) == pytest.approx(expected, abs=1e-12)
        learnt = ParametricPauliSum(tuple(SUM.terms), np.array([*SUM.terms.values()]))
        assert state.expectation(learnt) == pytest.approx(expected, abs=1e-12)
        assert state.expectation(PauliSum({}, n_qubits=4)) == 0

    def test_other_observables(self, pair, numpy_xp):
        """Hermitian matrices, projectors and sums of them have their values in the amplitudes."""
        state, vector = pair
        matrix = _complex(np.random.default_rng(0), 4, 4)
        hermitian = Hermitian((matrix + matrix.conj().T).tolist(), (3, 1), n_qubits=4)
        target = random_state(numpy_xp, 4, seed=3)
        for observable in (
            hermitian,
            Projector("10", (3, 1), n_qubits=4),
            StateProjector(target),
            0.5 * hermitian - 2 * SUM + Projector("0110"),
        ):
            expected = expectation(numpy_xp, vector, observable)
            assert state.expectation(observable) == pytest.approx(expected, abs=1e-12)

    def test_probabilities_and_reduced_density_matrix(self, pair, numpy_xp):
        """Marginals and reduced density matrices have the order of qubits that was asked for."""
        state, vector = pair
        for qubits in ((), (2,), (3, 0), (1, 3, 2), range(4)):
            found = state.probabilities(qubits)
            np.testing.assert_allclose(found, probabilities(numpy_xp, vector, qubits), atol=1e-12)
            rest = [qubit for qubit in range(4) if qubit not in qubits]
            rows = (
                vector.reshape(2, 2, 2, 2).transpose(*qubits, *rest).reshape(2 ** len(qubits), -1)
            )
            rho = state.reduced_density_matrix(qubits)
            np.testing.assert_allclose(rho, rows @ rows.conj().T, atol=1e-12)
        np.testing.assert_allclose(state.probabilities(), np.abs(vector) ** 2, atol=1e-12)

    def test_amplitude_norm_and_overlap(self, pair, numpy_xp):
        """Amplitudes, norm, overlap and fidelity are those of the vectors."""
        state, vector = pair
        assert state.amplitude("1011") == pytest.approx(vector[0b1011], abs=1e-12)
        assert state.norm() == pytest.approx(np.linalg.norm(vector), abs=1e-12)
        assert state.normalized().norm() == pytest.approx(1, abs=1e-12)
        other = random_state(numpy_xp, 4, seed=8)
        product = MatrixProductState.from_state_vector(numpy_xp, other)
        overlap = np.vdot(vector, other)
        assert state.overlap(product) == pytest.approx(overlap, abs=1e-12)
        assert state.fidelity(product) == pytest.approx(abs(overlap) ** 2, abs=1e-12)

    def test_entanglement(self, numpy_xp):
        """Schmidt values and entropies at each cut are those of the state vector."""
        state, vector = _entangled(numpy_xp)
        for cut in range(1, 4):
            values = np.linalg.svd(vector.reshape(2**cut, -1), compute_uv=False)
            np.testing.assert_allclose(state.schmidt_values(cut), values, atol=1e-12)
            for order in (0.5, 1, 2):
                expected = entanglement_entropy(numpy_xp, vector, qubits=range(cut), order=order)
                found = state.entanglement_entropy(cut, order=order)
                assert found == pytest.approx(expected, abs=1e-12)

    def test_variance(self, numpy_xp):
        """Variances are those of the state vector, of observables of any kind."""
        state, vector = _entangled(numpy_xp)
        for observable in (SUM, Projector("01", (2, 0), n_qubits=4)):
            expected = variance(numpy_xp, vector, observable)
            assert state.variance(observable) == pytest.approx(expected, abs=1e-12)

    def test_product(self, numpy_xp):
        """Products of single states multiply out as `product_state` does."""
        for factors in ("1l-0", [np.array([0.6, 0.8j]), np.array([0.0, 1.0])]):
            state = MatrixProductState.product(numpy_xp, factors)
            expected = product_state(numpy_xp, factors)
            np.testing.assert_allclose(state.to_state_vector(), expected, atol=1e-12)


class TestSamples:
    def test_seed(self, numpy_xp):
        """More shots with the same seed begin alike, and chosen qubits are columns."""
        state, _ = _entangled(numpy_xp)
        bits = state.sample(200, seed=11)
        np.testing.assert_array_equal(bits[:50], state.sample(50, seed=11))
        chosen = state.sample(200, seed=11, qubits=(3, 1))
        np.testing.assert_array_equal(chosen, bits[:, [3, 1]])

    def test_distribution(self, numpy_xp):
        """Frequencies differ from probabilities by no more than chance."""
        state, vector = _entangled(numpy_xp)
        shots = 40_000
        counts = state.counts(shots, seed=5)
        assert sum(counts.values()) == shots
        assert [*counts] == sorted(counts)
        expected = shots * np.abs(vector) ** 2
        found = np.array([counts.get(f"{index:04b}", 0) for index in range(16)])
        chi_squared = np.sum((found - expected) ** 2 / expected)
        assert chi_squared < 44  # 15 degrees of freedom: once in 10000

    def test_impossible_outcomes_never_occur(self, numpy_xp):
        """A truncated state has samples, none of them of probability zero."""
        state = MatrixProductState.from_state_vector(numpy_xp, ghz_state(numpy_xp, 4), max_bond=1)
        assert state.truncation_error == pytest.approx(0.5)
        assert len(state.counts(100, seed=1)) == 1

    def test_no_shots(self, numpy_xp):
        """No shots give no rows."""
        assert MatrixProductState.zero(numpy_xp, 3).sample(0, seed=1).shape == (0, 3)


# Derivatives


def _gradients(xp, angles, **options):
    """Gradients of an energy through a matrix product state and through the state vector."""

    def energy(x):
        return run_mps(_layers(x), xp=xp, **options).expectation(SUM)

    def reference(x):
        return _layers(x).expectation(SUM)

    x = xp.asarray(angles)
    return (xp.to_numpy(xp.grad(f)(x)) for f in (energy, reference))


class TestDerivatives:
    @pytest.mark.parametrize("kind", ["generic", "trivial", "clifford"])
    def test_exact_without_truncation(self, kind):
        """Gradients are those of the state vector, also where Schmidt values vanish or coincide."""
        angles = {
            "generic": np.random.default_rng(0).normal(size=N_ANGLES),
            "trivial": np.zeros(N_ANGLES),
            "clifford": np.pi / 2 * (np.arange(N_ANGLES) % 3),
        }[kind]
        found, expected = _gradients(ab.get_backend("pytorch"), angles.tolist())
        assert np.max(np.abs(expected)) > 0.1
        np.testing.assert_allclose(found, expected, atol=1e-12)

    def test_compiled_and_vectorised(self):
        """On JAX a truncated run compiles, has the gradient of PyTorch, and maps over batches."""
        xp, torch = ab.get_backend("jax"), ab.get_backend("pytorch")

        def energy(x, backend):
            circuit = Circuit(3).ry((0, 2), x[0]).rx(1, x[1]).rzx(0, 1, x[2]).rxx(0, 2, x[3])
            return run_mps(circuit, xp=backend, max_bond=1).expectation(PauliSum({"ZYX": 1.0}))

        angles = np.random.default_rng(1).normal(size=(2, 4))
        both = xp.jit(xp.vmap(xp.value_and_grad(lambda x: energy(x, xp))))
        values, gradients = both(xp.asarray(angles))
        expected = torch.value_and_grad(lambda x: energy(x, torch))
        for row in range(2):
            value, gradient = expected(torch.asarray(angles[row]))
            assert float(values[row]) == pytest.approx(float(value), abs=1e-12)
            np.testing.assert_allclose(gradients[row], gradient, atol=1e-11)
            assert np.min(np.abs(gradients[row])) > 1e-4

    @pytest.mark.parametrize("options", [{"max_bond": 2}, {"max_bond": 3}, {"cutoff": 0.01}])
    def test_of_truncated_states(self, options):
        """Where bonds are truncated, derivatives are those of differences of truncated runs."""
        xp, angles = ab.get_backend("pytorch"), np.random.default_rng(2).normal(size=N_ANGLES)
        found, exact = _gradients(xp, angles, **options)

        def energy(x):
            state = run_mps(_layers(x.tolist()), xp=ab.get_backend("numpy"), **options)
            assert not state.is_exact
            return float(state.expectation(SUM))

        steps = 1e-5 * np.eye(N_ANGLES)
        expected = [(energy(angles + step) - energy(angles - step)) / 2e-5 for step in steps]
        np.testing.assert_allclose(found, expected, atol=1e-8)
        assert np.max(np.abs(found - exact)) > 1e-3

    def test_of_weights_and_entropies(self):
        """Discarded weight, norm, entropy and fidelity have the derivatives of differences."""
        xp = ab.get_backend("pytorch")
        angles = np.random.default_rng(5).normal(size=N_ANGLES)
        target = MatrixProductState.product(xp, "0+l1")

        def quantities(x):
            state = run_mps(_layers(x), xp=xp, max_bond=3)
            return xp.stack([
                state.truncation_error, state.norm(), state.entanglement_entropy(2),
                state.fidelity(target), xp.sum(state.schmidt_values(1) ** 4),
            ])  # fmt: skip

        jacobian = np.stack([
            xp.to_numpy(xp.grad(lambda x, row=row: quantities(x)[row])(xp.asarray(angles)))
            for row in range(5)
        ])  # fmt: skip
        for place in (0, 9, 17):
            step = np.zeros(N_ANGLES)
            step[place] = 1e-5
            above, below = (
                xp.to_numpy(quantities(xp.asarray(angles + sign * step))) for sign in (1, -1)
            )
            np.testing.assert_allclose(jacobian[:, place], (above - below) / 2e-5, atol=1e-8)

    def test_second_derivatives(self):
        """The Hessian of a truncated energy is the difference of gradients."""
        xp = ab.get_backend("pytorch")

        def energy(x):
            circuit = Circuit(4)
            for qubit in range(4):
                circuit.ry(qubit, 0.3 + x[qubit % 2])
            circuit.rzx(1, 2, x[2]).ryy(1, 2, 0.4).rxx(0, 3, 0.7)
            return run_mps(circuit, xp=xp, max_bond=2).expectation(SUM)

        angles = np.array([0.3, -0.4, 0.9])
        gradient = xp.grad(energy)
        for place, step in enumerate(1e-5 * np.eye(3)):
            row = xp.grad(lambda x, place=place: gradient(x)[place])(xp.asarray(angles))
            above, below = (xp.to_numpy(gradient(xp.asarray(angles + s * step))) for s in (1, -1))
            np.testing.assert_allclose(xp.to_numpy(row), (above - below) / 2e-5, atol=1e-7)

    def test_of_given_arrays(self):
        """Derivatives flow into a unitary that is an array and into learnt coefficients."""
        xp = ab.get_backend("pytorch")
        labels = ("ZIY", "XXI")

        def energy(theta, weights, run):
            c, s = xp.cos(theta), xp.sin(theta)
            matrix = xp.astype(xp.stack([xp.stack([c, -s]), xp.stack([s, c])]), xp.complex128)
            circuit = Circuit(3).h(0).ry(1, 0.4).h(2)
            circuit.unitary((1,), matrix).cx(1, 2).rx(2, 0.3)
            return run(circuit, ParametricPauliSum(labels, weights))

        arguments = xp.asarray(0.8), xp.asarray([0.3, -0.7])
        found, expected = (
            xp.grad(lambda t, w, run=run: energy(t, w, run), argnums=(0, 1))(*arguments)
            for run in (
                lambda circuit, observable: run_mps(circuit).expectation(observable),
                lambda circuit, observable: circuit.expectation(observable),
            )
        )
        for mine, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-12)

    def test_undetermined_derivative_is_nan(self):
        """Where the Schmidt values at a cut coincide, the truncated state has no derivative."""
        xp = ab.get_backend("pytorch")

        def value(x):
            circuit = Circuit(2).h(0).cx(0, 1).rx(0, x)
            return (
                run_mps(circuit, xp=xp)
                .compressed(max_bond=1)
                .expectation(PauliSum({"ZI": 1.0, "YX": 0.5}))
            )

        assert math.isnan(float(xp.grad(value)(xp.asarray(0.3))))

    def test_near_vanishing_schmidt_values(self):
        """Close to a product state, where truncated bonds have room, derivatives are right."""
        angles = 1e-2 * np.random.default_rng(2).normal(size=N_ANGLES)
        found, _ = _gradients(ab.get_backend("pytorch"), angles, max_bond=2)

        def energy(x):
            state = run_mps(_layers(x.tolist()), xp=ab.get_backend("numpy"), max_bond=2)
            return float(state.expectation(SUM))

        steps = 1e-6 * np.eye(N_ANGLES)
        expected = [(energy(angles + step) - energy(angles - step)) / 2e-6 for step in steps]
        np.testing.assert_allclose(found, expected, atol=1e-7)

    @pytest.mark.parametrize("max_bond", [2, 3])
    def test_vanishing_schmidt_values_with_truncation_are_refused(self, max_bond):
        """Directions that truncated bonds might miss are never left out in silence."""
        with pytest.raises(GradientError, match="although fewer Schmidt values do not vanish"):
            next(_gradients(ab.get_backend("pytorch"), [0.0] * N_ANGLES, max_bond=max_bond))

    def test_vanishing_schmidt_values_with_truncation_are_nan_if_traced(self):
        """Where values are not known, the gradient that would miss directions is NaN."""
        xp = ab.get_backend("pytorch")

        def energy(x):
            return run_mps(_layers(x), xp=xp, max_bond=2).expectation(SUM)

        generic = np.random.default_rng(2).normal(size=N_ANGLES)
        gradients = xp.vmap(xp.grad(energy))(xp.asarray([np.zeros(N_ANGLES), generic]))
        assert math.isnan(float(xp.sum(gradients[0])))
        assert bool(xp.all(xp.isfinite(gradients[1])))

    def test_without_automatic_differentiation(self, numpy_xp):
        """On NumPy, gradients are finite differences, with a warning."""

        def energy(x):
            return run_mps(Circuit(2).ry(0, x[0]).cx(0, 1), xp=numpy_xp).expectation(
                PauliSum({"IZ": 1.0})
            )

        with pytest.warns(GradientFallbackWarning):
            gradient = numpy_xp.grad(energy)(np.array([0.4]))
        np.testing.assert_allclose(gradient, [-math.sin(0.4)], atol=1e-7)


# Precision and devices


def test_single_precision():
    """In single precision tensors and results are single, and right to its digits."""
    xp = ab.get_backend("pytorch", precision="single")
    state, exact = _entangled(xp, max_bond=4)
    assert xp.dtype_name(state.tensors[0].dtype) == "complex64"
    np.testing.assert_allclose(state.to_state_vector(), exact, atol=1e-5)
    assert xp.dtype_name(state.expectation(SUM).dtype) == "float32"


def test_other_device():
    """Everything stays on the device of the backend."""
    strict = ab.get_backend("strict")
    xp = ab.get_backend("strict", device=strict.devices()[1])
    state, _ = _entangled(xp, max_bond=3)
    for array in (state.expectation(SUM), state.sample(3, seed=1), state.entanglement_entropy(2)):
        assert xp.device_of(array) == xp.device_of(state.tensors[0])


# Errors


class TestErrors:
    @pytest.mark.parametrize(
        ("circuit", "name"),
        [
            (Circuit(2).append("depolarizing", 0, 0.1), "depolarizing"),
            (Circuit(2).append("measure", 0, bits=(0,)), "measure"),
            (Circuit(2).append("reset", 0), "reset"),
            (
                Circuit(2).append("measure", 0, bits=(0,)).append("x", 1, condition={0: 1}),
                "measure",
            ),
        ],
    )
    def test_what_is_no_gate_is_refused_by_name(self, circuit, name):
        """Channels, measurements and resets are refused by their name, none is skipped."""
        with ab.use_backend("numpy"), pytest.raises(CapabilityError, match=f"`{name}`"):
            run_mps(circuit)

    def test_unbound_parameter(self, numpy_xp):
        """An unbound parameter is named."""
        with pytest.raises(ValueError, match="unbound parameters: theta"):
            run_mps(Circuit(1).rx(0, ab.quantum.Parameter("theta")), xp=numpy_xp)

    def test_sizes(self, numpy_xp):
        """States and circuits of different sizes do not meet."""
        state = MatrixProductState.zero(numpy_xp, 3)
        with pytest.raises(ShapeError, match="must have 3 qubits"):
            state.apply(Circuit(2))
        with pytest.raises(ShapeError, match="must have 3 qubits"):
            state.overlap(MatrixProductState.zero(numpy_xp, 2))
        with pytest.raises(ShapeError, match="3 qubits"):
            state.expectation(PauliSum({"ZZ": 1.0}))

    def test_limits(self, numpy_xp):
        """Limits out of range are refused with their value."""
        state = MatrixProductState.zero(numpy_xp, 3)
        with pytest.raises(ValueError, match="`max_bond` must be at least 1, but is 0"):
            state.compressed(max_bond=0)
        for cutoff in (-0.1, 1.0, math.nan):
            with pytest.raises(ValueError, match="`cutoff` must be at least 0 and below 1"):
                state.compressed(cutoff=cutoff)

    def test_cutoff_of_traced_values(self):
        """A cutoff is refused where values are not known."""
        xp = ab.get_backend("jax")

        def energy(x):
            circuit = Circuit(2).rx(0, x).cx(0, 1)
            return run_mps(circuit, xp=xp, cutoff=1e-3).expectation(PauliSum({"ZI": 1.0}))

        with pytest.raises(CapabilityError, match=r"`cutoff` is 0\.001"):
            xp.jit(energy)(xp.asarray(0.3))

    def test_memory(self, numpy_xp):
        """Runs, vectors and marginals that do not fit are refused beforehand."""
        rng = np.random.default_rng(0)
        circuit = Circuit(60)
        for start in range(60):
            for qubit in range(start % 2, 59, 2):
                circuit.append("rxx", (qubit, qubit + 1), float(rng.normal())).h(qubit)
        with pytest.raises(MemoryLimitError, match="smaller `max_bond`"):
            run_mps(circuit, xp=numpy_xp)
        state = MatrixProductState.zero(numpy_xp, 60)
        with pytest.raises(MemoryLimitError, match="60 qubits"):
            state.to_state_vector()
        with pytest.raises(MemoryLimitError, match="these qubits"):
            state.probabilities(range(50))

    def test_tensors(self, numpy_xp):
        """Tensors that do not fit each other, or are not complex, are refused."""
        with pytest.raises(ShapeError, match=r"shape \(\*batch, left, 2, right\)"):
            MatrixProductState(numpy_xp, [np.ones((1, 2, 2), complex), np.ones((3, 2, 1), complex)])
        with pytest.raises(DTypeError, match="must be complex, but has dtype float64"):
            MatrixProductState(numpy_xp, [np.ones((1, 2, 1))])

    def test_backends(self, numpy_xp):
        """States of two backends do not meet."""
        other = MatrixProductState.zero(ab.get_backend("pytorch"), 2)
        with pytest.raises(BackendMismatchError):
            MatrixProductState.zero(numpy_xp, 2).overlap(other)

    def test_arguments(self, numpy_xp):
        """Bit strings and cuts out of range are refused with their value."""
        state = MatrixProductState.zero(numpy_xp, 3)
        with pytest.raises(ValueError, match="3 letters 0 and 1, but is '01'"):
            state.amplitude("01")
        with pytest.raises(ValueError, match=r"range\(1, 3\), but is 3"):
            state.schmidt_values(3)
        with pytest.raises(ValueError, match=r"range\(3\), but is \(3,\)"):
            state.canonical(3)
