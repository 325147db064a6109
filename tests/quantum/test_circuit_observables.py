"""Observables of circuits: one or several, of any kind, pure and noisy."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, expectation_function
from arraybackends.quantum.observables import (
    Hermitian,
    ParametricPauliSum,
    PauliSum,
    Projector,
    StateProjector,
)

Z0, XX = PauliSum({"ZI": 1.0}), PauliSum({"XX": 1.0, "IZ": 0.5})


def circuit(theta):
    """Two entangled qubits."""
    return Circuit(2).ry(0, theta).cx(0, 1).rx(1, 0.3)


@pytest.mark.parametrize("name", ["numpy", "pytorch", "jax", "strict"])
def test_several_are_those_one_by_one(name):
    """A sequence gives an array with an element for each; moments agree with the matrices."""
    xp = ab.get_backend(name)
    several = [Z0, XX, Projector("11"), Hermitian([[0, 1], [1, 0]], (1,), n_qubits=2)]
    for made in (circuit(xp.asarray([0.4, 1.1])), circuit(xp.asarray([0.4, 1.1])).bit_flip(0, 0.1)):
        rho = xp.to_numpy(made.density_matrix())
        matrices = [xp.to_numpy(observable.matrix(xp)) for observable in several]
        means = np.stack([np.einsum("bij,ji->b", rho, m).real for m in matrices], axis=-1)
        found = made.expectation(several)
        np.testing.assert_allclose(xp.to_numpy(found), means, atol=1e-12)
        one = made.expectation(several[1])
        np.testing.assert_allclose(xp.to_numpy(one), means[:, 1], atol=1e-12)
        a, b = matrices[:2]
        product = np.einsum("bij,ji->b", rho, a @ b + b @ a).real / 2 - means[:, 0] * means[:, 1]
        both = made.covariance(Z0, XX)
        np.testing.assert_allclose(xp.to_numpy(both), product, atol=1e-12)
        spread = np.einsum("bij,ji->b", rho, b @ b).real - means[:, 1] ** 2
        np.testing.assert_allclose(xp.to_numpy(made.variance(XX)), spread, atol=1e-12)


def test_the_observable_names_the_backend():
    """A circuit of numbers runs where the arrays of its observables are; a mixture is refused."""
    torch = ab.get_backend("pytorch")
    weights = torch.asarray([0.3, 0.7])
    with ab.use_backend("numpy"):
        value = circuit(0.4).expectation(ParametricPauliSum(("ZI", "XX"), weights))
        assert torch.is_array(value)
        with pytest.raises(ab.BackendMismatchError):
            circuit(np.asarray(0.4)).expectation(ParametricPauliSum(("ZI", "XX"), weights))


@pytest.mark.parametrize("name", ["pytorch", "jax"])
def test_hamiltonians_can_be_learnt(name):
    """The derivative in a coefficient is the expectation value of its string."""
    xp = ab.get_backend(name)
    labels = ("ZI", "XX", "IY")

    def energy(weights):
        return circuit(0.4).expectation(ParametricPauliSum(labels, weights))

    found = xp.to_numpy(xp.grad(energy)(xp.asarray([0.3, 0.7, 1.0])))
    with ab.use_backend("numpy"):
        expected = circuit(0.4).expectation([PauliSum({label: 1.0}) for label in labels])
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_every_kind_has_an_adjoint_gradient(numpy_xp):
    """On NumPy the gradient is exact for any observable: that of its matrix as a Pauli sum."""
    made = Circuit(2).ry(0, Parameter("a")).cx(0, 1).rx(1, Parameter("b"))
    theta = np.array([0.4, 0.9])
    state = np.array([0.6, 0, 0, 0.8j])
    for observable in (Projector("10"), StateProjector(state), Projector("1", (1,)) - 2 * Z0):
        energy = expectation_function(made, observable, xp=numpy_xp)
        value, gradient = numpy_xp.value_and_grad(energy)(theta)
        dense = expectation_function(made, Hermitian(observable.matrix(numpy_xp)), xp=numpy_xp)
        step = 1e-5
        differences = [
            (dense(theta + shift) - dense(theta - shift)) / (2 * step) for shift in step * np.eye(2)
        ]
        np.testing.assert_allclose(value, dense(theta), atol=1e-12)
        np.testing.assert_allclose(gradient, differences, atol=1e-9)


def test_refusals_name_the_size():
    """Each observable must fit the circuit, in a sequence too."""
    with pytest.raises(ab.ShapeError, match="2 qubits of the circuit, but acts on 1"):
        circuit(0.1).expectation([Z0, PauliSum({"Z": 1.0})])
    with pytest.raises(TypeError, match="such as a `PauliSum`, but is of type `int`"):
        circuit(0.1).expectation([Z0, 1])
