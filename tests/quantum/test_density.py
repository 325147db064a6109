"""Density matrices of noisy circuits against dense matrices in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, PauliSum, expectation_function
from arraybackends.quantum.engines.density import DensityEvolution, simulate_density
from arraybackends.quantum.gates.channel import channel_of, kraus_matrices

Z = PauliSum({"Z": 1.0})

N_QUBITS = 3


def branches_of(dense, noisy, xp, found):
    """Unnormalised density matrix for each history of classical bits, by enumeration."""
    d = 2**N_QUBITS
    start = np.zeros((d, d), dtype=complex)
    start[0, 0] = 1
    branches = [({}, start)]
    lower = np.array([[0, 1], [0, 0]])
    for name, qubits, values, condition in found:
        made = []
        for bits, rho in branches:
            if any(bits.get(bit, 0) != value for bit, value in condition.items()):
                made.append((bits, rho))
                continue
            if name == "measure":
                for value in (0, 1):
                    p = dense.embed(np.diag([1 - value, value]), qubits, N_QUBITS)
                    made.append(({**bits, values[0]: value}, p @ rho @ p))
                continue
            if name == "reset":
                kraus = [np.diag([1, 0]), lower]
            elif name in noisy.gates:
                kraus = [dense.gate(name, *values)]
            else:
                channel = channel_of(name, len(qubits))
                kraus = kraus_matrices(xp, channel, np.array(values))
            embedded = [dense.embed(k, qubits, N_QUBITS) for k in kraus]
            made.append((bits, sum(k @ rho @ k.conj().T for k in embedded)))
        branches = made
    return branches


class TestDensityMatrix:
    @settings(max_examples=50)
    @given(data=st.data())
    def test_equals_enumeration(self, numpy_xp, dense, noisy, data):
        """Gates, channels, collapse and classical control give what all histories add up to."""
        found = data.draw(noisy.operations(N_QUBITS))
        branches = branches_of(dense, noisy, numpy_xp, found)
        with ab.use_backend(numpy_xp):
            circuit = noisy.build(Circuit(N_QUBITS), found)
            rho = circuit.density_matrix()
            np.testing.assert_allclose(rho, sum(r for _, r in branches), atol=1e-12)
            if circuit.n_bits:
                expected = np.zeros((2,) * circuit.n_bits)
                for bits, branch in branches:
                    index = tuple(bits.get(bit, 0) for bit in range(circuit.n_bits))
                    expected[index] += np.trace(branch).real
                measured = sorted(
                    {bit for name, _, v, _ in found if name == "measure" for bit in v}
                )
                gone = tuple(bit for bit in range(circuit.n_bits) if bit not in measured)
                expected = expected.sum(axis=gone).ravel()
                if circuit.structure.operations and measured:
                    found_bits = circuit.bit_probabilities()
                    np.testing.assert_allclose(found_bits, expected, atol=1e-12)

    def test_is_the_same_on_every_backend(self, xp, compiled):
        """Batches, channels and feed-forward give every backend's density matrices."""
        thetas = [0.3, 1.1]

        def circuit(theta):
            made = Circuit(2).ry(0, theta).amplitude_damping(0, 0.2).cx(0, 1).measure(0)
            return made.cond({0: 1}, Circuit(2).rx(1, theta).phase_flip(1, 0.1))

        run = compiled(xp, lambda thetas: circuit(thetas).density_matrix())
        rho = run(xp.asarray(thetas))
        assert xp.dtype_name(rho.dtype) == "complex128"
        assert xp.device_of(rho) == xp.device
        for row, theta in enumerate(thetas):
            alone = circuit(np.asarray(theta)).density_matrix()
            np.testing.assert_allclose(xp.to_numpy(rho)[row], alone, atol=1e-14)

    def test_of_empty_batches(self, numpy_xp):
        """An empty batch of angles gives empty batches of every result."""
        circuit = Circuit(1).ry(0, np.zeros(0)).bit_flip(0, 0.1).measure(0)
        runs = circuit.trajectories(3, seed=1)
        assert circuit.density_matrix().shape == (0, 2, 2)
        assert circuit.expectation(Z).shape == runs.expectation(Z).value.shape == (0,)
        assert circuit.bit_probabilities().shape == (0, 2)
        assert circuit.sample(3, seed=1).shape == (0, 3)

    def test_in_single_precision(self, xp):
        """In single precision density matrices are complex64."""
        single = xp.with_options(precision="single")
        with ab.use_backend(single):
            rho = Circuit(1).h(0).depolarizing(0, 0.5).density_matrix()
        assert single.dtype_name(rho.dtype) == "complex64"
        np.testing.assert_allclose(xp.to_numpy(rho), [[0.5, 0.25], [0.25, 0.5]], atol=1e-6)

    def test_starts_where_it_is_told(self, numpy_xp):
        """A given initial matrix evolves; its batch joins that of the angles."""
        start = np.stack([np.diag([0.25, 0.75]), np.full((2, 2), 0.5)]).astype(complex)
        with ab.use_backend(numpy_xp):
            rho = Circuit(1).x(0).density_matrix(start)
            swept = Circuit(1).rx(0, np.zeros((3, 1))).density_matrix(start)
            with pytest.raises(
                ab.ShapeError, match="last two axes of `density` must have length 2"
            ):
                Circuit(1).density_matrix(np.eye(4) + 0j)
        np.testing.assert_allclose(rho[0], np.diag([0.75, 0.25]), atol=1e-15)
        np.testing.assert_allclose(rho[1], start[1], atol=1e-15)
        assert swept.shape == (3, 2, 2, 2)

    def test_of_a_pure_circuit_is_its_projector(self, numpy_xp):
        """Without noise, rho = |psi><psi|."""
        with ab.use_backend(numpy_xp):
            circuit = Circuit(3).h(0).cx(0, 1).ry(2, 0.4).ccx(0, 1, 2)
            state, rho = circuit.state(), circuit.density_matrix()
        np.testing.assert_allclose(rho, np.outer(state, state.conj()), atol=1e-14)

    def test_of_eight_qubits_with_many_controls(self, numpy_xp):
        """No limit of letters: X with seven controls, given and not, on eight noisy qubits."""
        with ab.use_backend(numpy_xp):
            circuit = Circuit(8).x(range(7)).mcx(range(7), 7).bit_flip(7, 0.1)
            value = circuit.expectation(PauliSum({"I" * 7 + "Z": 1.0}))
        assert value == pytest.approx(-0.8)

    def test_with_user_kraus_and_unitary(self, numpy_xp, dense):
        """Matrices of users act on their qubits in their order, conjugated on the columns."""
        rng = np.random.default_rng(3)
        a, b = rng.normal(size=(2, 4, 4)) + 1j * rng.normal(size=(2, 4, 4))
        unitary = np.linalg.qr(a)[0]
        isometry = np.linalg.qr(np.concatenate([a, b]))[0].reshape(2, 4, 4)
        with ab.use_backend(numpy_xp):
            rho = Circuit(3).unitary((2, 0), unitary).kraus((0, 2), isometry).density_matrix()
        state = dense.embed(unitary, (2, 0), 3)[:, 0]
        parts = [dense.embed(k, (0, 2), 3) @ state for k in isometry]
        expected = sum(np.outer(part, part.conj()) for part in parts)
        np.testing.assert_allclose(rho, expected, atol=1e-14)


class TestObservables:
    def test_equal_the_trace(self, numpy_xp, dense):
        """Expectation value and variance are tr(rho A) and tr(rho A A) - tr(rho A)**2."""
        terms = {"XX": 0.5, "ZI": -0.3, "YZ": 0.2}
        with ab.use_backend(numpy_xp):
            circuit = Circuit(2).h(0).cx(0, 1).ry(1, 0.4).depolarizing((0, 1), 0.2)
            rho, matrix = circuit.density_matrix(), dense.sum(terms)
            mean = np.trace(rho @ matrix).real
            assert circuit.expectation(PauliSum(terms)) == pytest.approx(mean)
            square = np.trace(rho @ matrix @ matrix).real
            assert circuit.variance(PauliSum(terms)) == pytest.approx(square - mean**2)

    def test_of_a_sweep_come_in_one_call(self, numpy_xp):
        """Three values over a hundred angles: as in a loop, with noise and without."""
        thetas = np.linspace(0, 3, 100)
        observables = [PauliSum({label: 1.0}) for label in ("ZI", "IZ", "XX")]
        for noise in (0.0, 0.1):

            def run(theta, noise=noise):
                circuit = Circuit(2).ry(0, theta).cx(0, 1)
                circuit = circuit.depolarizing(1, noise) if noise else circuit
                return circuit.expectations(observables)

            swept = run(thetas)
            assert swept.shape == (100, 3)
            with ab.use_backend(numpy_xp):
                np.testing.assert_allclose(swept, [run(float(t)) for t in thetas], atol=1e-14)

    def test_probabilities_of_subsets(self, numpy_xp):
        """Probabilities are those of the diagonal, in the order of the qubits asked for."""
        with ab.use_backend(numpy_xp):
            found = Circuit(2).x(0).bit_flip(1, 0.1).probabilities((1, 0))
        np.testing.assert_allclose(found, [0, 0.9, 0, 0.1], atol=1e-15)


NOISY = {
    "bit_flip": 1, "phase_flip": 1, "bit_phase_flip": 1, "depolarizing": 1, "reset_error": 2,
    "amplitude_damping": 1, "generalized_amplitude_damping": 2, "phase_damping": 1,
    "thermal_relaxation": 3, "excited_thermal_relaxation": 4,
}  # fmt: skip


class TestGradients:
    @pytest.mark.parametrize("name", NOISY)
    def test_of_channels_are_exact_without_autodiff(self, numpy_xp, name):
        """On NumPy, gradients in the parameters of each channel equal differences."""
        values = np.array([0.3, 0.4, 0.3, 0.2])[: NOISY[name]]
        names = [Parameter(f"p{i}") for i in range(len(values))]
        circuit = Circuit(1).ry(0, 0.8).append(name, 0, *names).rx(0, 0.5)
        energy = expectation_function(circuit, PauliSum({"Z": 1.0, "X": 0.5}), xp=numpy_xp)
        _, gradient = numpy_xp.value_and_grad(energy)(values)
        for i, step in enumerate(1e-6 * np.eye(len(values))):
            difference = (energy(values + step) - energy(values - step)) / 2e-6
            assert gradient[i] == pytest.approx(difference, abs=1e-8)

    def test_of_everything_at_once(self, xp, compiled):
        """Feed-forward, readout errors, resets, post-selection: exact on each backend, batched."""
        a, p = Parameter("a"), Parameter("p")

        def circuit(a, p):
            made = Circuit(2).ry(0, a).cx(0, 1).depolarizing(1, p).readout_error(0, p, 2 * p)
            made.measure(0).cond({0: 1}, Circuit(2).rx(1, a).amplitude_damping(1, p))
            return made.reset(0).h(0).joint_depolarizing((1, 0), p).ry(0, a).post_select(0, 1)

        observable = PauliSum.from_text("IX - 0.5 IZ")
        energy = expectation_function(circuit(a, p), observable, xp=xp)

        def value_and_slope(theta):
            values, pull_back = xp.vjp(energy, theta)
            return values, pull_back(xp.ones_like(values))[0]

        points = np.array([[0.7, 0.1], [1.9, 0.2]])
        found = compiled(xp, value_and_slope)(xp.asarray(points.tolist()))
        values, slopes = map(xp.to_numpy, found)

        def exact(a, p):
            with ab.use_backend("numpy"):
                return float(circuit(float(a), float(p)).expectation(observable))

        for point, value, slope in zip(points, values, slopes, strict=True):
            assert value == pytest.approx(exact(*point))
            steps = 1e-6 * np.eye(2)
            differences = [(exact(*(point + h)) - exact(*(point - h))) / 2e-6 for h in steps]
            np.testing.assert_allclose(slope, differences, atol=1e-8)

    def test_through_the_circuit_itself(self, xp, compiled):
        """Where there is automatic differentiation it goes through `expectation` as well."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")

        def energy(theta):
            noisy = Circuit(1).ry(0, theta[0]).amplitude_damping(0, theta[1])
            return noisy.expectation(Z)

        gradient = xp.to_numpy(compiled(xp, xp.grad(energy))(xp.asarray([0.3, 0.2])))
        expected = [-0.8 * np.sin(0.3), 1 - np.cos(0.3)]  # <Z> = g + (1 - g) cos t
        np.testing.assert_allclose(gradient, expected, atol=1e-12)

    def test_of_second_order(self, xp, compiled):
        """Hessians in angles and noise are those of <Z> = g + (1 - g) cos t."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")

        def energy(theta):
            return Circuit(1).ry(0, theta[0]).amplitude_damping(0, theta[1]).expectation(Z)

        found = compiled(xp, xp.hessian(energy))(xp.asarray([0.3, 0.2]))
        expected = [[-0.8 * np.cos(0.3), np.sin(0.3)], [np.sin(0.3), 0]]
        np.testing.assert_allclose(xp.to_numpy(found), expected, atol=1e-12)

    def test_through_kraus_matrices_of_users(self, xp, compiled):
        """Kraus matrices may depend on what is differentiated: a bit flip, by its matrices."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")

        def energy(p):
            flips = xp.asarray([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]], dtype=p.dtype)
            roots = xp.sqrt(xp.stack([1 - p, p]))
            kraus = roots[:, None, None] * flips
            return Circuit(1).x(0).kraus(0, kraus, check=False).expectation(Z)

        value, slope = compiled(xp, xp.value_and_grad(energy))(xp.asarray(0.3))
        assert float(value) == pytest.approx(-0.4)
        assert float(slope) == pytest.approx(2)

    @pytest.mark.parametrize("end", [0.0, 1.0])
    def test_are_finite_at_the_ends_of_the_range(self, numpy_xp, end):
        """The derivative of a population is exact where a coherence has an infinite slope."""
        circuit = Circuit(1).ry(0, 0.9).amplitude_damping(0, Parameter("g"))
        energy = expectation_function(circuit, Z, xp=numpy_xp)
        (slope,) = numpy_xp.grad(energy)(np.array([end]))
        assert slope == pytest.approx(1 - np.cos(0.9))

    def test_keep_few_matrices(self, numpy_xp):
        """Cut into pieces, a run has the same derivative, and keeps one matrix for each piece."""
        circuit = Circuit(2)
        for _ in range(6):
            circuit.ry(0, 0.3).cx(0, 1).depolarizing((0, 1), 0.1)
        angles = np.array([[float(a)] for a in circuit.angles])
        found = []
        for longest in (None, 5):
            evolution = DensityEvolution(numpy_xp, circuit.structure, longest=longest)
            given = evolution.arrays(angles, ())
            final, tape = evolution.forward(angles, given, evolution.initial(1))
            in_angles, in_given = evolution.pull_back(angles, given, tape, np.ones_like(final))
            found.append(in_angles + evolution.angle_gradient(angles, in_given))
            assert len(tape) == (1 if longest is None else 5)
        np.testing.assert_allclose(found[0], found[1], atol=1e-13)


class TestTransforms:
    def test_compile_and_vectorise(self, xp, compiled):
        """Under vmap, and jit where there is one, results equal those of single runs."""
        if not xp.capabilities.vmap:
            pytest.skip("The backend does not vectorise.")

        def energy(theta):
            noisy = Circuit(2).ry(0, theta).cx(0, 1).bit_flip(1, 0.2 * theta).measure(1)
            return noisy.cond({0: 1}, Circuit(2).x(0)).expectation(PauliSum({"ZI": 1.0}))

        thetas = xp.asarray([0.2, 0.9, 1.4])
        mapped = xp.to_numpy(compiled(xp, xp.vmap(energy))(thetas))
        with ab.use_backend("numpy"):
            alone = [float(energy(theta)) for theta in (0.2, 0.9, 1.4)]
        np.testing.assert_allclose(mapped, alone, atol=1e-14)


class TestLimits:
    def test_memory_counts_rows_and_columns(self, numpy_xp):
        """Thirty qubits are refused as a density matrix, with the largest register that fits."""
        with (
            ab.use_backend(numpy_xp),
            pytest.raises(ab.MemoryLimitError, match=r"A density matrix of 30 qubits .* 16 EiB"),
        ):
            Circuit(30).h(0).depolarizing(0, 0.1).density_matrix()

    def test_memory_counts_branches(self, numpy_xp):
        """Bits that are read at the end make a matrix for each of their values."""
        circuit = Circuit(8)
        for _ in range(30):
            circuit.h(0).measure(0)
        with ab.use_backend(numpy_xp), pytest.raises(ab.MemoryLimitError, match="1073741824 dens"):
            circuit.bit_probabilities()

    def test_branches_last_until_the_last_condition(self, numpy_xp):
        """Measured bits that nothing reads any more cost nothing."""
        circuit = Circuit(1)
        for bit in range(40):
            circuit.h(0).measure(0).cond({bit: 1}, Circuit(1).x(0))
        assert DensityEvolution(numpy_xp, circuit.structure).n_branches == 2
        with ab.use_backend(numpy_xp):
            np.testing.assert_allclose(circuit.probabilities(), [1, 0], atol=1e-12)

    def test_wanted_bits_that_are_never_measured_are_zero(self, numpy_xp):
        """Splitting by a bit that nothing writes leaves nothing at its value 1."""
        circuit = Circuit(1).measure(0, (1,))
        with ab.use_backend(numpy_xp):
            split = simulate_density(numpy_xp, circuit.structure, (), (), wanted=(0, 1))
        np.testing.assert_allclose(np.trace(split, axis1=1, axis2=2), [1, 0, 0, 0])
