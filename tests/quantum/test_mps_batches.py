"""Batches of matrix product states against the single runs, one by one, and against vectors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.errors import GradientError, MemoryLimitError, ShapeError
from arraybackends.quantum import (
    Circuit,
    Hermitian,
    MatrixProductState,
    ParametricPauliSum,
    PauliSum,
    Projector,
    StateProjector,
    overlap,
    random_state,
    run_mps,
)

SUM = PauliSum({"ZIZI": 0.7, "XXII": -0.5, "IYZX": 0.3, "IIIY": 0.4, "IIII": 0.1, "ZIII": 0.2})
BATCH = (2, 3)


def _values(seed=0):
    """Angles, unitaries and diagonals, with batches that broadcast."""
    rng = np.random.default_rng(seed)
    angles = rng.normal(size=(7, *BATCH))
    angles[:, 0, 0] = 0  # a state of little entanglement among others
    matrices = rng.normal(size=(2, 1, 4, 4)) + 1j * rng.normal(size=(2, 1, 4, 4))
    unitaries = np.linalg.qr(matrices)[0]
    unitaries[0, 0] = np.eye(4)
    return angles, unitaries, np.exp(1j * rng.normal(size=(3, 4)))


def _circuit(xp, angles, unitary, diagonal):
    """Circuit of gates with batches of all kinds, on distant qubits too, and of numbers."""
    a = [angles[row, ...] for row in range(7)]
    circuit = Circuit(4).ry(0, a[0]).rx(1, a[1]).ry(2, 0.4).rzx(0, 1, a[2]).rxx(1, 3, a[3])
    circuit.unitary((3, 1), unitary, check=False).append("ryz", (2, 0), a[4]).ry(3, a[5])
    circuit.append("rx", 1, a[6], controls=(3,), control_states=(0,)).rzx(2, 3, 0.9)
    circuit.append("diagonal", (2, 0), diagonal, controls=(1,))
    return circuit.unitary((2, 1), unitary, check=False).ry(1, a[3])


def _element(values, place):
    """What one element of the batch is made of."""
    angles, unitaries, diagonals = values
    return angles[:, *place], unitaries[place[0], 0], diagonals[place[1]]


def _questions(xp, state):
    """All that is asked of a state that has no more of the same size than the batch."""
    target = MatrixProductState.product(xp, "+0l1")
    matrix = np.array([[0.3, 1 - 2j], [1 + 2j, -0.4]]).tolist()
    hermitian = Hermitian(matrix, (2,), n_qubits=4)
    projector = Projector("10", (3, 1), n_qubits=4)
    vector = StateProjector(random_state(xp, 4, seed=3))
    learnt = ParametricPauliSum(("ZIZI", "XXII"), xp.asarray([0.2, -0.7]))
    several = [SUM, hermitian, learnt, projector, PauliSum({}, n_qubits=4), vector]
    return (
        state.to_state_vector(), state.amplitude("0110"), state.probabilities(),
        state.probabilities((2, 0)), state.reduced_density_matrix((3, 1)), state.norm(),
        state.normalized().to_state_vector(), state.canonical(2).to_state_vector(),
        state.expectation(several), state.expectation(0.5 * hermitian - 2 * SUM),
        state.variance(SUM), state.variance(projector), state.overlap(target),
        state.fidelity(target), state.truncation_error, state.error_bound,
        xp.sum(state.schmidt_values(1) ** 4, axis=-1), state.entanglement_entropy(2, order=2),
        state.entanglement_entropy(3), state.compressed(max_bond=1).truncation_error,
    )  # fmt: skip


# What a batch is


class TestElements:
    @pytest.mark.parametrize(
        "options", [{}, {"max_bond": 2}, {"cutoff": 0.03}, {"cutoff": 0.01, "max_bond": 3}]
    )
    @pytest.mark.parametrize("name", ["numpy", "pytorch"])
    def test_are_what_they_are_alone(self, name, options):
        """Everything that is asked of a batch is what is asked of each, truncated or not."""
        xp, values = ab.get_backend(name), _values()
        state = run_mps(_circuit(xp, *map(xp.asarray, values)), **options)
        assert state.batch_shape == BATCH
        found = [xp.to_numpy(answer) for answer in _questions(xp, state)]
        bonds = []
        for place in np.ndindex(BATCH):
            one = run_mps(_circuit(xp, *map(xp.asarray, _element(values, place))), **options)
            bonds.append(one.bond_dimensions)
            for mine, alone in zip(found, _questions(xp, one), strict=True):
                np.testing.assert_allclose(mine[place], alone, atol=1e-12)
        assert state.bond_dimensions == tuple(map(max, zip(*bonds, strict=True)))
        if "cutoff" in options:
            assert len(set(bonds)) > 1

    def test_on_every_backend(self, xp):
        """Truncated batches, compiled where the backend compiles, are those of NumPy."""

        def answers(backend, *values):
            state = run_mps(_circuit(backend, *values), xp=backend, max_bond=2)
            return (
                state.to_state_vector(), state.expectation([SUM, Projector("1010")]),
                state.truncation_error, state.entanglement_entropy(2), state.sample(20, seed=7),
                state.reduced_density_matrix((3, 1)),
            )  # fmt: skip

        def run(backend):
            function = lambda *values: answers(backend, *values)  # noqa: E731
            is_compiled = backend.capabilities.jit and backend.capabilities.immutable
            compiled = backend.jit(function) if is_compiled else function
            return [backend.to_numpy(x) for x in compiled(*map(backend.asarray, _values()))]

        for mine, theirs in zip(run(xp), run(ab.get_backend("numpy")), strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-11)

    def test_full_bond_is_the_state_vector(self, numpy_xp):
        """Without truncation a batch is that of the state vectors, with their shapes."""
        circuit = _circuit(numpy_xp, *_values(3))
        state, exact = run_mps(circuit), circuit.state()
        assert state.is_exact
        assert state.truncation_error.shape == BATCH
        np.testing.assert_allclose(state.to_state_vector(), exact, atol=1e-12)
        np.testing.assert_allclose(state.expectation(SUM), circuit.expectation(SUM), atol=1e-12)
        np.testing.assert_allclose(state.variance(SUM), circuit.variance(SUM), atol=1e-12)
        batch = MatrixProductState.from_state_vector(numpy_xp, exact)
        np.testing.assert_allclose(batch.to_state_vector(), exact, atol=1e-12)
        cut = MatrixProductState.from_state_vector(numpy_xp, exact, max_bond=2)
        norms = np.sum(np.abs(cut.to_state_vector()) ** 2, axis=-1)
        np.testing.assert_allclose(norms, 1 - cut.truncation_error, atol=1e-12)
        assert np.ptp(cut.truncation_error) > 1e-3

    def test_starts_broadcast(self, numpy_xp):
        """A batch of states meets a batch of angles, and further circuits keep what was lost."""
        rng = np.random.default_rng(2)
        qubits = rng.normal(size=(3, 2)) + 1j * rng.normal(size=(3, 2))
        qubits /= np.linalg.norm(qubits, axis=-1, keepdims=True)
        start = MatrixProductState.product(numpy_xp, [qubits, np.array([0.6, 0.8j])])
        assert start.batch_shape == (3,)
        theta = rng.normal(size=(2, 1))
        circuit = Circuit(2).rxx(0, 1, theta).ry(0, 0.2)
        initial = np.einsum("bi,j->bij", qubits, [0.6, 0.8j]).reshape(3, 4)
        expected = circuit.state(initial)
        after = start.apply(circuit)
        np.testing.assert_allclose(after.to_state_vector(), expected, atol=1e-12)
        cut = start.apply(Circuit(2).rxx(0, 1, 0.7), max_bond=1)
        further = cut.apply(circuit, max_bond=1)
        assert further.discarded_weights.shape == (2, 3, 2)
        np.testing.assert_array_equal(further.discarded_weights[1, :, 0], cut.truncation_error)

    def test_overlaps_broadcast(self, numpy_xp):
        """Overlaps of two batches broadcast as those of state vectors."""
        left, right = (random_state(numpy_xp, 3, seed=s, shape=b) for s, b in ((1, (2, 1)), (2, 3)))
        found = MatrixProductState.from_state_vector(numpy_xp, left).overlap(
            MatrixProductState.from_state_vector(numpy_xp, right)
        )
        np.testing.assert_allclose(found, overlap(numpy_xp, left, right), atol=1e-12)

    def test_tensors_broadcast(self, numpy_xp):
        """Tensors of a batch and tensors of all its elements make a batch."""
        rows = np.array([[[[1.0], [0.0]]], [[[0.0], [1.0]]]], dtype=complex)
        state = MatrixProductState(numpy_xp, [rows, rows[0]])
        assert repr(state) == "<MatrixProductState of 2 qubits, batch shape (2,), largest bond 1>"
        np.testing.assert_array_equal(state.probabilities(), np.eye(4)[[0, 2]])


# Samples


class TestSamples:
    def test_are_of_each_element(self, numpy_xp):
        """Every element has its own distribution; more shots with the same seed begin alike."""
        theta = np.array([[0.0], [math.pi / 3], [math.pi]])
        state = run_mps(Circuit(30).ry(0, theta).cx(0, 29))
        bits = state.sample(2000, seed=4, qubits=(29, 0))
        assert bits.shape == (3, 1, 2000, 2)
        np.testing.assert_array_equal(bits[..., 0], bits[..., 1])
        np.testing.assert_allclose(bits[..., 0].mean(axis=-1)[:, 0], [0, 0.25, 1], atol=0.04)
        few = state.sample(50, seed=4, qubits=(29, 0))
        np.testing.assert_array_equal(bits[..., :50, :], few)
        counts = state.counts(100, seed=4, qubits=0)
        assert (counts[0], counts[2]) == ([{"0": 100}], [{"1": 100}])

    def test_elements_are_independent(self, numpy_xp):
        """Equal states in a batch do not have equal samples."""
        bits = run_mps(Circuit(20).h(range(20)).rz(0, np.zeros(2))).sample(10, seed=1)
        assert 0.3 < np.mean(bits[0] != bits[1]) < 0.7


# Derivatives


def _loss(xp, unitary, diagonal, **options):
    """Sum of energies, errors and entropies over the batch, with different weights."""
    shape = tuple(np.broadcast_shapes(unitary.shape[:-2], diagonal.shape[:-1]))
    weights = xp.reshape(xp.arange(1.0, 1 + math.prod(shape), dtype=xp.float64), shape)

    def loss(angles):
        state = run_mps(_circuit(xp, angles, unitary, diagonal), xp=xp, **options)
        terms = state.expectation(SUM) + 2 * state.truncation_error
        return xp.sum(weights * (terms + state.entanglement_entropy(2, order=2)))

    return loss


class TestDerivatives:
    @pytest.mark.parametrize("options", [{}, {"max_bond": 2}, {"cutoff": 0.03}])
    def test_are_those_of_each_element(self, options):
        """Gradients of a batch are those of its elements, also where they are cut differently."""
        xp = ab.get_backend("pytorch")
        angles, unitaries, diagonals = _values(6)
        if "max_bond" in options:
            angles[:, 0, 0] = np.linspace(0.3, 1.1, 7)
            unitaries[0, 0] = unitaries[1, 0].T
        values = angles, unitaries, diagonals
        loss = _loss(xp, xp.asarray(unitaries), xp.asarray(diagonals), **options)
        found = xp.to_numpy(xp.grad(loss)(xp.asarray(angles)))
        bonds = set()
        for number, place in enumerate(np.ndindex(BATCH), 1):
            angle, *given = map(xp.asarray, _element(values, place))
            bonds.add(run_mps(_circuit(xp, angle, *given), **options).bond_dimensions)
            alone = number * xp.to_numpy(xp.grad(_loss(xp, *given, **options))(angle))
            np.testing.assert_allclose(found[:, *place], alone, atol=1e-10)
        assert (len(bonds) > 1) == ("cutoff" in options)

    def test_compiled(self):
        """On JAX gradients of truncated batches are those of differences; NaN where none exists."""
        xp, numpy_xp = ab.get_backend("jax"), ab.get_backend("numpy")

        def energy(x, backend):
            circuit = Circuit(4).ry((0, 3), x[0, ...]).rx((1, 2), x[1, ...]).rzx(1, 2, x[2, ...])
            circuit.rxx(0, 1, x[3, ...]).rzx(3, 2, x[2, ...]).rzz(1, 2, x[0, ...])
            state = run_mps(circuit, xp=backend, max_bond=2)
            weights = backend.asarray([[1.0, 2.0, 3.0]])
            return backend.sum(weights * state.expectation(PauliSum({"ZYXX": 1.0, "ZIIY": 0.3})))

        x = np.random.default_rng(1).normal(size=(4, 1, 3))
        x[:, 0, 1] = 0
        found = xp.to_numpy(xp.jit(xp.grad(lambda x: energy(x, xp)))(xp.asarray(x)))
        assert np.isnan(found[:, 0, 1]).any()
        for place in ((0, 0, 0), (2, 0, 2), (3, 0, 0), (1, 0, 2)):
            step = np.zeros_like(x)
            step[place] = 1e-5
            expected = (energy(x + step, numpy_xp) - energy(x - step, numpy_xp)) / 2e-5
            assert found[place] == pytest.approx(float(expected), abs=1e-7)
            assert abs(found[place]) > 1e-3

    def test_undetermined_of_one_element_is_refused(self):
        """Where one element has no derivative that of the batch is refused."""
        angles, unitaries, diagonals = _values()
        xp = ab.get_backend("pytorch")
        loss = _loss(xp, xp.asarray(unitaries), xp.asarray(diagonals), max_bond=2)
        with pytest.raises(GradientError, match="fewer Schmidt values do not vanish"):
            xp.grad(loss)(xp.asarray(angles))


class TestMissedDirections:
    @staticmethod
    def _energy(theta, read):
        """Energy of a state in which a bond has room that is empty at angle 0."""
        rng = np.random.default_rng(0)
        circuit = Circuit(3).u(0, 0.4, 0.7, 1.1).u(2, 1.3, -0.6, 0.2)
        circuit.h(1).ry(1, theta).cx(0, 1).rxx(1, 2, 0.7)  # at 0, qubit 1 is an eigenstate of both
        for qubit in range(3):
            circuit.u(qubit, *rng.normal(size=3).tolist())
        sum_of = PauliSum({"XYZ": 0.3, "YXX": -0.8, "ZZY": 0.6, "IXY": 0.5, "YIX": 0.9})
        return read(circuit).expectation(sum_of)

    def test_of_canonical_forms_are_refused(self):
        """An isometry that misses directions in which a state could grow has no derivative."""
        xp = ab.get_backend("pytorch")
        exact = xp.grad(lambda x: self._energy(x, lambda circuit: circuit))
        plain = xp.grad(lambda x: self._energy(x, run_mps))
        moved = xp.grad(lambda x: self._energy(x, lambda c: run_mps(c).canonical(2)))
        for theta in (0.0, 0.4):
            expected = float(exact(xp.asarray(theta)))
            assert float(plain(xp.asarray(theta))) == pytest.approx(expected, abs=1e-12)
        assert float(moved(xp.asarray(0.4))) == pytest.approx(expected, abs=1e-12)
        with pytest.raises(GradientError, match="has dimension 2 although fewer Schmidt values"):
            moved(xp.asarray(0.0))

    def test_of_entropies_are_not_needed(self):
        """Entropies change to second order only in such directions, and have their derivatives."""
        xp = ab.get_backend("pytorch")

        def purity(theta):
            circuit = Circuit(3).ry(0, 0.4 + theta).ry(2, 0.5).h(1).ry(1, theta).cx(0, 1)
            state = run_mps(circuit.rxx(1, 2, 0.7).ry(1, 0.3 + theta).cx(0, 1))
            return xp.sum(state.schmidt_values(2) ** 4) + 3 * xp.sum(state.schmidt_values(1) ** 4)

        found = float(xp.grad(purity)(xp.asarray(0.0)))
        above, below = (float(purity(xp.asarray(x))) for x in (1e-5, -1e-5))
        assert found == pytest.approx((above - below) / 2e-5, abs=1e-8)
        assert abs(found) > 0.1


# Many qubits, errors


def test_sixty_qubits(numpy_xp):
    """A batch of chains of 60 qubits has the correlations, entropies and overlaps of each."""
    theta = np.array([0.3, 1.2, 2.5, math.pi / 2])
    circuit = Circuit(60).ry(0, theta)
    for qubit in range(59):
        circuit.cx(qubit, qubit + 1)
    state = run_mps(circuit, max_bond=4, xp=numpy_xp)
    assert set(state.bond_dimensions) == {2}
    values = state.expectation([PauliSum({letters: 1.0}) for letters in
                                ("Z" + 58 * "I" + "Z", 59 * "I" + "Z", 60 * "X")])  # fmt: skip
    expected = np.stack([np.ones(4), np.cos(theta), np.sin(theta)], axis=-1)
    np.testing.assert_allclose(values, expected, atol=1e-12)
    p = np.cos(theta / 2) ** 2
    entropy = -p * np.log2(p) - (1 - p) * np.log2(1 - p)
    np.testing.assert_allclose(state.entanglement_entropy(30), entropy, atol=1e-12)
    single = run_mps(circuit[0:0] + Circuit(60).ry(0, 0.7).compose(circuit[1:]), xp=numpy_xp)
    np.testing.assert_allclose(single.fidelity(state), np.cos((theta - 0.7) / 2) ** 2, atol=1e-12)
    noisy = state.apply(Circuit(60).rxx(20, 21, np.array([0.0, 0.5, 1.0, 1.5])), max_bond=1)
    assert noisy.truncation_error.shape == (4,)
    assert np.min(noisy.truncation_error) > 1e-3


class TestErrors:
    def test_batches_that_do_not_broadcast(self, numpy_xp):
        """Batches of states, angles and tensors that do not broadcast are refused."""
        start = MatrixProductState.product(numpy_xp, [np.eye(2), np.array([1.0, 0.0])])
        with pytest.raises(ShapeError, match=r"\(3,\)"):
            start.apply(Circuit(2).rx(0, np.zeros(3)))
        rows = np.full((3, 2), math.sqrt(0.5))
        other = MatrixProductState.product(numpy_xp, [rows, rows])
        with pytest.raises(
            ShapeError, match=r"`other` .* \(2,\), that of the state, but has \(3,\)"
        ):
            start.overlap(other)
        with pytest.raises(ShapeError, match=r"\(3,\)"):
            MatrixProductState(numpy_xp, [start.tensors[0], other.tensors[1]])

    def test_memory_counts_the_batch(self, numpy_xp):
        """What does not fit because of the batch is refused beforehand."""
        with pytest.raises(MemoryLimitError, match="matrix product state"):
            run_mps(Circuit(40).rxx(0, 39, np.broadcast_to(0.1, (2**26,))), xp=numpy_xp)
        state = MatrixProductState.product(numpy_xp, [np.broadcast_to([1.0, 0], (2**9, 2))] * 26)
        with pytest.raises(MemoryLimitError, match="512 states"):
            state.to_state_vector()

    def test_no_observables(self, numpy_xp):
        """Nothing to measure is refused."""
        with pytest.raises(ValueError, match="at least one"):
            MatrixProductState.zero(numpy_xp, 2).expectation([])
