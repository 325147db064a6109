"""Batches of given unitary matrices and diagonals, alone and together with those of angles."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import (
    Circuit,
    Hermitian,
    Parameter,
    PauliSum,
    StateProjector,
    expectation_function,
    probabilities_function,
)

SUM = PauliSum({"ZXI": 1.0, "YYZ": 0.4, "IZX": -0.3})


def _unitary(rng, *shape):
    real, imaginary = rng.normal(size=(2, *shape, shape[-1]))
    return np.linalg.qr(real + 1j * imaginary)[0]


RNG = np.random.default_rng(0)
MATRICES = _unitary(RNG, 3, 4)
DIAGONALS = np.exp(1j * RNG.normal(size=(2, 1, 2)))
ANGLES = RNG.normal(size=3)


def _circuit(matrix, diagonal, angle, kind):
    """A circuit that uses arrays as they are, controlled, inverted, to powers, and with noise."""
    circuit = Circuit(3).h((0, 1, 2)).ry(1, angle).unitary((2, 0), matrix).cx(0, 1)
    circuit.diagonal(1, diagonal, controls=2, control_states=[0]).rx(0, 0.3)
    circuit.extend(Circuit(3).unitary((1, 2), matrix).inverse())
    circuit.extend(Circuit(3).diagonal(0, diagonal).power(0.5))
    circuit.extend(Circuit(3).unitary((1, 0), matrix).power(0.5))
    circuit.extend(Circuit(2).unitary((0, 1), matrix).control(1))
    if kind != "pure":
        circuit.depolarizing(2, 0.1)
    if kind == "measured":
        circuit.measure(0, 0).append("unitary", (1, 2), matrix, condition={0: 1}).reset(2).h(2)
    return circuit


def _each(xp, result, kind):
    """What the circuits of the single members give."""
    return np.array([
        [
            xp.to_numpy(result(_circuit(*map(xp.asarray, (matrix, diagonal[0], angle)), kind)))
            for matrix, angle in zip(MATRICES, ANGLES, strict=True)
        ]
        for diagonal in DIAGONALS
    ])  # fmt: skip


def _all(xp, kind):
    return _circuit(*map(xp.asarray, (MATRICES, DIAGONALS, ANGLES)), kind)


@pytest.mark.parametrize("kind", ["pure", "noisy", "measured"])
def test_members_are_those_of_single_circuits(numpy_xp, kind):
    """Expectation values of a batch are those of its members, also with noise and measurements."""

    def value(circuit):
        return circuit.expectation(SUM)

    found = value(_all(numpy_xp, kind))
    np.testing.assert_allclose(found, _each(numpy_xp, value, kind), atol=1e-12)


def test_every_backend(xp, numpy_xp):
    """A batch has the same results on all backends."""

    def run(xp):
        circuit = Circuit(2).h(0).unitary((0, 1), xp.asarray(MATRICES))
        circuit.diagonal(1, xp.asarray(DIAGONALS), controls=0)
        return xp.to_numpy(circuit.expectation(PauliSum({"ZX": 1.0})))

    assert run(xp).shape == (2, 3)
    np.testing.assert_allclose(run(xp), run(numpy_xp), atol=1e-12)


def test_matrices_of_circuits(numpy_xp):
    """The matrix of a batch of circuits is a batch of matrices."""
    found = _all(numpy_xp, "pure").matrix()
    expected = _each(numpy_xp, Circuit.matrix, "pure")
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_trajectories_of_a_batch(numpy_xp):
    """Trajectories of a batch agree with its density matrices within their standard error."""
    circuit = _all(numpy_xp, "measured")
    mean, error = circuit.trajectories(1000, seed=1).expectation(SUM)
    assert np.all(np.abs(mean - circuit.expectation(SUM)) < 5 * error)
    assert circuit.sample(5, seed=1).shape == (2, 3, 5)


def test_gradients_in_a_batch_of_matrices():
    """Each matrix of a batch gets its own gradient."""
    xp = ab.get_backend("pytorch")

    def loss(matrix):
        circuit = Circuit(2).h(0).unitary((0, 1), matrix, check=False)
        return xp.sum(circuit.expectation(PauliSum({"ZX": 1.0})) ** 2)

    matrices = xp.asarray(MATRICES)
    found = xp.grad(loss)(matrices)
    expected = xp.stack([xp.grad(loss)(matrices[place]) for place in range(3)])
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_serialization(numpy_xp):
    """Batches survive JSON."""
    circuit = _all(numpy_xp, "pure")
    assert Circuit.from_json(circuit.to_json(), xp=numpy_xp) == circuit


def test_refusals():
    """Shapes that do not fit, and functions that take batches of parameters alone, say so."""
    with pytest.raises(ab.ShapeError, match=r"shape \(2, 2\) .* but has shape \(3, 4, 4\)"):
        Circuit(1).unitary(0, MATRICES)
    with pytest.raises(ValueError, match="must be unitary"):
        Circuit(2).unitary((0, 1), np.stack([MATRICES[0], 2 * MATRICES[1]]))
    with pytest.raises(ab.ShapeError, match=r"given arrays must broadcast, but are \[\(2,\), \(3,"):
        Circuit(2).unitary((0, 1), MATRICES).ry(0, np.zeros(2)).state()
    batched = Circuit(2).ry(0, Parameter("a")).unitary((0, 1), MATRICES)
    with pytest.raises(ab.ShapeError, match=r"batch shape \(3,\).*`xp\.vmap`"):
        expectation_function(batched, PauliSum({"ZZ": 1.0}))
    with pytest.raises(ab.ShapeError, match=r"batch shape \(3,\).*`xp\.vmap`"):
        probabilities_function(batched)


@pytest.mark.parametrize("name", ["jax", "pytorch"])
def test_given_arrays_under_transforms(name):
    """Arrays given to gates and observables are checked where known, and run where they are not."""

    def energy(xp, angle, factor):
        unitary = factor * xp.asarray(np.eye(4)[[0, 1, 3, 2]] + 0j)
        circuit = Circuit(3).ry((0, 1), angle).unitary((1, 2), unitary)
        circuit.unitary(0, unitary[2:, 2:], controls=1).diagonal(2, xp.asarray([1, 1j]))
        circuit.extend(Circuit(3).unitary((2, 0), unitary).power(0.5)).ry((1, 2), 0.4)
        hermitian = Hermitian(xp.asarray([[0.3, 1j], [-1j, 0.2]]), (2,), n_qubits=3)
        target = StateProjector(xp.asarray([0.6, 0.8j, 0, 0, 0, 0, 0, 0]))
        return circuit.expectation(hermitian + PauliSum({"ZXI": 0.7}) + 2 * target)

    xp, numpy_xp = ab.get_backend(name), ab.get_backend("numpy")
    x, one = xp.asarray([0.3, 0.8]), xp.asarray(1 + 0j)
    mapped = xp.vmap(lambda angle, factor: energy(xp, angle, factor), in_axes=(0, None))
    found = (xp.jit(mapped) if name == "jax" else mapped)(x, one)
    expected = [energy(numpy_xp, np.asarray(angle), 1) for angle in (0.3, 0.8)]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    with pytest.raises(ValueError, match="must be unitary"):
        xp.grad(lambda angle: energy(xp, angle, 2 * one))(x[0])


@pytest.mark.parametrize("kind", ["pure", "mixed"])
def test_several_observables(kind):
    """Variances and estimates of several observables at once are those of each."""
    xp = ab.get_backend("numpy")
    circuit = Circuit(3).ry(0, xp.asarray(ANGLES)).cx(0, 2).ry(1, 0.4)
    if kind == "mixed":
        circuit.depolarizing(2, xp.asarray([[0.1], [0.3]]))
    several = [
        SUM,
        Hermitian([[0, 1j], [-1j, 2]], (1,), n_qubits=3),
        0.5 * SUM + PauliSum({"ZZZ": 1}),
    ]
    variances = circuit.variance(several)
    runs = circuit.trajectories(50, seed=1)
    value, error = runs.expectation(several)
    for place, one in enumerate(several):
        np.testing.assert_allclose(variances[..., place], circuit.variance(one), atol=1e-12)
        alone = runs.expectation(one)
        np.testing.assert_array_equal(value[..., place], alone.value)
        np.testing.assert_array_equal(error[..., place], alone.standard_error)
    for measure in (circuit.expectation, circuit.variance, runs.expectation):
        with pytest.raises(ValueError, match="at least one"):
            measure([])
    with pytest.raises(TypeError, match="must be an observable"):
        circuit.variance([SUM, "ZZZ"])
