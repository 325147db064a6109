"""The methods of differentiation against each other, dense matrices, and automatic derivatives."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import (
    Circuit,
    Hermitian,
    Parameter,
    ParametricPauliSum,
    PauliSum,
    expectation_function,
    hessian_function,
    probabilities_function,
)
from arraybackends.quantum.derivatives import simulation
from arraybackends.quantum.gates.channel import CHANNELS, channel_of
from arraybackends.quantum.gates.gate import GATES, gate_of

METHODS = ("adjoint", "backprop", "parameter-shift", "finite-difference")
EVERYWHERE = ("adjoint", "parameter-shift", "finite-difference")
Z = PauliSum({"Z": 1.0})
HAMILTONIAN = PauliSum.from_text("0.3 XYZ - 0.7 ZIX + 0.2 IIY + 0.5 YZI - 0.4 ZZZ + 0.1 III")
TOLERANCE = {"adjoint": 1e-12, "backprop": 1e-12, "parameter-shift": 1e-12}
ONE_ANGLE = sorted(name for name in GATES if GATES[name].n_angles == 1)

FORMULAS = {
    "depolarizing": lambda x, z, p: ((1 - p) * x, (1 - p) * z),
    "bit_flip": lambda x, z, p: (x, (1 - 2 * p) * z),
    "bit_phase_flip": lambda x, z, p: ((1 - 2 * p) * x, (1 - 2 * p) * z),
    "phase_flip": lambda x, z, p: ((1 - 2 * p) * x, z),
    "reset_error": lambda x, z, p0, p1: ((1 - p0 - p1) * x, (1 - p0 - p1) * z + p0 - p1),
    "amplitude_damping": lambda x, z, g: (np.sqrt(1 - g) * x, (1 - g) * z + g),
    "generalized_amplitude_damping": lambda x, z, g, p: (
        np.sqrt(1 - g) * x, (1 - g) * z + g * (2 * p - 1),
    ),
    "phase_damping": lambda x, z, lam: (np.sqrt(1 - lam) * x, z),
    "thermal_relaxation": lambda x, z, t1, t2, t: (
        np.exp(-t / t2) * x, 1 - (1 - z) * np.exp(-t / t1),
    ),
    "excited_thermal_relaxation": lambda x, z, t1, t2, t, p: (
        np.exp(-t / t2) * x, z * np.exp(-t / t1) + (1 - 2 * p) * (1 - np.exp(-t / t1)),
    ),
}  # fmt: skip
"""<X> and <Z> after a channel, from those before it and its parameters."""

slow_vmap = pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")


def pytorch():
    """The PyTorch backend and its library, or a skip."""
    torch = pytest.importorskip("torch")
    return ab.get_backend("pytorch"), torch


def shared():
    """Three qubits, six parameters in ten places: shared, scaled, controlled, composite."""
    a, b, c, d, e, f = map(Parameter, "abcdef")
    return (
        Circuit(3)
        .h(range(3))
        .u(0, a, b, c)
        .crx(0, 2, d)
        .rz(2, a)
        .rzz(2, 1, 2 * e - a / 2 + 0.1)
        .ry(1, 0.4)
        .single_excitation(0, 2, f)
        .append("ry", 0, b, controls=(1, 2), control_states=(0, 1))
        .cp(1, 2, d)
    )


def noisy():
    """The same under noise, with measurement and a condition."""
    circuit = shared().depolarizing(0, 0.1).amplitude_damping(1, 0.3)
    return circuit.measure(0).append("rx", (2,), Parameter("a"), condition={0: 1})


def between_layers(n_qubits, append):
    """A circuit with something between two layers that mix everything."""
    circuit = Circuit(n_qubits)
    for qubit in range(n_qubits):
        circuit.u(qubit, 0.3 + qubit, 0.7 * qubit, 0.2)
    for qubit in range(n_qubits - 1):
        circuit.cx(qubit, qubit + 1)
    append(circuit)
    for qubit in range(n_qubits):
        circuit.u(qubit, 0.5, 0.1, 0.3 * qubit)
    return circuit


def some_observable(n_qubits):
    """Strings with all letters."""
    n = n_qubits
    return PauliSum({"X" * n: 0.5, "Z" * n: 0.7, "Y" + "Z" * (n - 1): -0.3, "I" * (n - 1) + "X": 1})


def gradient(xp, circuit, observable, theta, method):
    """Gradient by a method, as a NumPy array."""
    energy = expectation_function(circuit, observable, diff_method=method, xp=xp)
    return xp.to_numpy(xp.grad(energy)(xp.asarray(theta)))


def check_all(circuit, observable, theta):
    """All methods of NumPy, and backpropagation of PyTorch, agree; return the gradient."""
    xp = ab.get_backend("numpy")
    exact = gradient(xp, circuit, observable, theta, "adjoint")
    for method in ("parameter-shift", "finite-difference"):
        found = gradient(xp, circuit, observable, theta, method)
        np.testing.assert_allclose(found, exact, atol=TOLERANCE.get(method, 2e-9), err_msg=method)
    if ab.available_backends()["pytorch"].installed:
        found = gradient(ab.get_backend("pytorch"), circuit, observable, theta, "backprop")
        np.testing.assert_allclose(found, exact, atol=1e-12)
    return exact


class TestGates:
    @pytest.mark.parametrize("gate", [*ONE_ANGLE, "rxyz", "gphase"])
    def test_agree_with_dense_matrices(self, gate, dense):
        """The derivative in every gate is the central difference of products of matrices."""
        k = gate_of(gate).n_qubits
        n, qubits = max(k, 2), tuple(reversed(range(k)))
        circuit = between_layers(n, lambda c: c.append(gate, qubits, Parameter("t")))
        found = check_all(circuit, some_observable(n), np.array([0.4]))
        first, last = (
            between_layers(n, lambda c: None)[part]
            for part in (slice(0, 2 * n - 1), slice(2 * n - 1, None))
        )

        def energy(t):
            state = np.zeros(2**n, dtype=complex)
            state[0] = 1
            with ab.use_backend("numpy"):
                state = first.matrix() @ state
                middle = dense.gate(gate, t)
                full = middle[0, 0] * np.eye(2**n) if not k else dense.embed(middle, qubits, n)
                state = last.matrix() @ (full @ state)
            matrix = dense.sum({label: c.real for label, c in some_observable(n).terms.items()})
            return np.vdot(state, matrix @ state).real

        step = 1e-5
        expected = (energy(0.4 + step) - energy(0.4 - step)) / (2 * step)
        assert found[0] == pytest.approx(expected, abs=1e-9)

    @pytest.mark.parametrize("states", [(1,), (0,), (0, 1)])
    @pytest.mark.parametrize("gate", ["rx", "p", "gphase", "crz", "single_excitation", "u"])
    def test_agree_under_controls(self, gate, states):
        """Controls of either state add the eigenvalue 0, for which the rule has more terms."""
        k = gate_of(gate).n_qubits
        n = max(k + len(states), 2)
        names = [Parameter(name) for name in "abc"[: gate_of(gate).n_angles]]
        controls = tuple(range(k, k + len(states)))
        circuit = between_layers(
            n,
            lambda c: c.append(gate, range(k), *names, controls=controls, control_states=states),
        )
        check_all(circuit, some_observable(n), np.array([0.4, -1.1, 2.0])[: len(names)])

    def test_shift_equal_angles_apart(self):
        """Two parameters of one value, and one in two places, are told apart."""
        a, b = Parameter("a"), Parameter("b")
        circuit = Circuit(1).rx(0, a).rx(0, b).rx(0, 2 * a)
        found = check_all(circuit, Z, np.array([0.3, 0.3]))
        np.testing.assert_allclose(found, [-3 * math.sin(1.2), -math.sin(1.2)], atol=1e-12)

    def test_agree_on_shared_parameters(self):
        """Composite gates, controls, multiples and sums of parameters."""
        check_all(shared(), HAMILTONIAN, np.linspace(-1, 1, 6))

    @settings(max_examples=10)
    @given(
        operations=st.lists(
            st.tuples(
                st.sampled_from([*ONE_ANGLE, "u", "rxyz", "depolarizing", "amplitude_damping"]),
                st.permutations(range(4)),
                st.integers(0, 3),
                st.booleans(),
            ),
            min_size=1,
            max_size=8,
        )
    )
    def test_agree_on_random_circuits(self, operations):
        """Gates, with or without a control, and channels that share four parameters."""
        circuit = Circuit(4).h(range(4))
        for number in range(4):
            circuit.ry(number, Parameter(str(number)))
        for name, order, first, is_controlled in operations:
            gate = gate_of(name)
            k, n_angles = (1, 1) if gate is None else (gate.n_qubits, gate.n_angles)
            names = [Parameter(str((first + i) % 4)) for i in range(n_angles)]
            controls = order[k : k + 1] if is_controlled and gate is not None else ()
            circuit.append(name, order[:k], *names, controls=controls)
        xp, theta = ab.get_backend("numpy"), np.array([0.4, 0.1, 0.8, 0.6])
        exact, found = (
            gradient(xp, circuit, some_observable(4), theta, method)
            for method in ("adjoint", "parameter-shift")
        )
        np.testing.assert_allclose(found, exact, atol=1e-12)

    def test_agree_on_given_matrices(self):
        """Matrices and diagonals among the gates."""
        circuit = shared().unitary((0, 2), np.eye(4)[[2, 0, 3, 1]].tolist()).diagonal(1, [1, 1j])
        check_all(circuit.ry(1, Parameter("a")), HAMILTONIAN, np.linspace(-1, 1, 6))


class TestNoise:
    values = {
        "gamma": 0.3, "p": 0.6, "lam": 0.3, "t1": 1.3, "t2": 1.7, "time": 0.4, "excited": 0.3,
        "p0": 0.1, "p1": 0.3,
    }  # fmt: skip

    @pytest.mark.parametrize(
        "name", sorted(n for n in CHANNELS if CHANNELS[n].n_angles and n != "readout_error")
    )
    def test_agree_on_every_channel(self, name):
        """Channels that are linear in their parameters, and those that are not."""
        channel = CHANNELS[name]
        parameters = [Parameter(f"{name} {place}") for place in range(channel.n_angles)]
        circuit = between_layers(2, lambda c: c.append(name, 0, *parameters)).ry(0, Parameter("t"))
        theta = np.array([*(self.values[p] for p in channel.parameters), 0.2])
        check_all(circuit, some_observable(2), theta)

    @pytest.mark.parametrize("name", sorted(FORMULAS))
    def test_equal_formulas(self, name):
        """Slopes of <X> + 0.7 <Z> in every parameter of every channel, by its definition."""
        values = np.array([self.values[p] for p in CHANNELS[name].parameters])
        x, z = math.sin(0.7), math.cos(0.7)

        def energy(arguments):
            shrunk, turned = FORMULAS[name](x, z, *arguments)
            return shrunk + 0.7 * turned

        # Analytic functions have their derivative in the imaginary part.
        steps = 1e-20j * np.eye(len(values))
        expected = [energy(values + step).imag / 1e-20 for step in steps]
        names = [Parameter(str(place)) for place in range(len(values))]
        circuit = Circuit(1).ry(0, 0.7).append(name, 0, *names)
        found = check_all(circuit, PauliSum({"X": 1.0, "Z": 0.7}), values)
        np.testing.assert_allclose(found, expected, atol=1e-13)

    def test_shifts_in_damping_are_exact_at_every_value(self):
        """Reference points with roots of 0 do not make rounding large, whatever the angles are."""
        xp = ab.get_backend("numpy")
        circuit = between_layers(2, lambda c: c.amplitude_damping(0, Parameter("g")))
        thetas = np.linspace(0, 0.95, 50)[:, None]
        slopes = []
        for method in ("adjoint", "parameter-shift"):
            energy = expectation_function(circuit, some_observable(2), diff_method=method, xp=xp)
            _, pull_back = xp.vjp(energy, thetas)
            slopes.append(pull_back(np.ones(50))[0])
        np.testing.assert_allclose(slopes[1], slopes[0], atol=1e-13)

    def test_agree_on_joint_channels(self):
        """Channels of two qubits."""
        a, b = Parameter("a"), Parameter("b")
        circuit = between_layers(
            2,
            lambda c: c.append("joint_depolarizing", (1, 0), a).append(
                "pauli_XX_IZ", (0, 1), b, a / 4
            ),
        )
        assert channel_of("pauli_XX_IZ", 2) is not None
        check_all(circuit, some_observable(2), np.array([0.2, 0.3]))

    def test_agree_on_readout_errors(self):
        """One readout error that two measurements suffer, on which gates depend."""
        circuit = (
            Circuit(2)
            .ry(0, 0.7)
            .append("readout_error", 0, Parameter("a"), Parameter("b"))
            .measure(0)
            .append("rx", 1, Parameter("t"), condition={0: 1})
            .measure(0)
            .append("ry", 1, Parameter("t"), condition={0: 1})
            .depolarizing(1, Parameter("a"))
        )
        check_all(circuit, some_observable(2), np.array([0.1, 0.2, 0.9]))

    def test_agree_on_conditions(self):
        """Measurement, and a gate that depends on its outcome."""
        check_all(noisy(), HAMILTONIAN, np.linspace(-1, 1, 6))

    def test_depolarizing_has_a_known_derivative(self, xp):
        """<Z> of |0> after depolarizing with p is 1 - p, whatever the method."""
        if xp.name == "jax":
            pytest.skip("Three compilations say little more than PyTorch.")
        circuit = Circuit(1).depolarizing(0, Parameter("p"))
        for method in EVERYWHERE:
            found = gradient(xp, circuit, Z, [0.3], method)
            np.testing.assert_allclose(found, [-1], atol=1e-9)


class TestOrders:
    """E(x) = <Z> after RX(tanh(1.7 x + 0.2)), whose second derivative at 0.3 is 0.338191."""

    @pytest.mark.parametrize("backend", ["pytorch", "jax"])
    def test_second_derivative_by_every_method(self, backend):
        """The derivative of the derivative, with the chain rule through tanh."""
        if not ab.available_backends()[backend].installed:
            pytest.skip(f"Backend {backend} is not installed.")
        xp = ab.get_backend(backend)

        def value(method, x):
            circuit = Circuit(1).rx(0, Parameter("t"))
            energy = expectation_function(circuit, Z, diff_method=method, xp=xp)
            return energy(xp.reshape(xp.tanh(1.7 * x + 0.2), (1,)))

        def second(x):
            return xp.stack(
                [xp.grad(xp.grad(functools.partial(value, m), method="autodiff"))(x)
                 for m in METHODS]
            )  # fmt: skip

        second = xp.jit(second, fallback="raise") if xp.capabilities.compiles_complex else second
        found = xp.to_numpy(second(xp.asarray(0.3)))
        np.testing.assert_allclose(found, 0.338191113, atol=2e-8)

    @slow_vmap
    @pytest.mark.parametrize("make", [shared, noisy])
    def test_hessians_agree(self, make):
        """Hessians by every method on PyTorch equal the exact one of NumPy."""
        xp, _ = pytorch()
        theta = np.linspace(-1, 1, 6)
        numpy_xp = ab.get_backend("numpy")
        exact = hessian_function(make(), HAMILTONIAN, xp=numpy_xp)(np.stack([theta, theta / 2]))
        for method in METHODS:
            energy = expectation_function(make(), HAMILTONIAN, diff_method=method, xp=xp)
            found = xp.to_numpy(xp.hessian(energy)(xp.asarray(theta)))
            tolerance = TOLERANCE.get(method, 1e-6)
            np.testing.assert_allclose(found, exact[0], atol=tolerance, err_msg=method)

    def test_hessian_function_has_known_values(self, xp):
        """All four second derivatives of <Z> after RX(a) RX(b) are -cos(a + b)."""
        circuit = Circuit(1).rx(0, Parameter("a")).rx(0, Parameter("b"))
        function = hessian_function(circuit, Z, xp=xp)
        if xp.capabilities.compiles_complex:
            function = xp.jit(function, fallback="raise")
        found = function(xp.asarray([0.1, 0.2]))
        np.testing.assert_allclose(xp.to_numpy(found), -math.cos(0.3), atol=1e-14)

    def test_hessian_in_probabilities_is_exact(self):
        """<Z> after depolarizing p, RX(t) and depolarizing p is (1 - p)**2 cos t."""
        xp = ab.get_backend("numpy")
        p, t = Parameter("p"), Parameter("t")
        circuit = Circuit(1).depolarizing(0, p).rx(0, t).depolarizing(0, p)
        found = hessian_function(circuit, Z, xp=xp)(np.array([0.2, 0.3]))
        c, s = math.cos(0.3), math.sin(0.3)
        np.testing.assert_allclose(
            found, [[2 * c, 2 * 0.8 * s], [2 * 0.8 * s, -0.64 * c]], atol=1e-13
        )

    @slow_vmap
    def test_hessian_in_readout_errors_is_exact(self):
        """One error that two measurements suffer: its probability occurs twice."""
        xp, _ = pytorch()
        circuit = (
            Circuit(2)
            .ry(0, 0.7)
            .append("readout_error", 0, Parameter("a"), Parameter("b"))
            .measure(0)
            .append("rx", 1, Parameter("t"), condition={0: 1})
            .measure(0)
            .append("ry", 1, Parameter("t"), condition={0: 1})
        )
        theta, numpy_xp = np.array([0.1, 0.2, 0.9]), ab.get_backend("numpy")
        found = hessian_function(circuit, some_observable(2), xp=numpy_xp)(theta)
        energy = expectation_function(circuit, some_observable(2), xp=xp)
        expected = xp.to_numpy(xp.hessian(energy)(xp.asarray(theta)))
        np.testing.assert_allclose(found, expected, atol=1e-12)
        assert np.abs(found).min(axis=0).max() > 0.01

    def test_hessian_in_damping_is_refused(self):
        """A channel that is not linear in its parameter is named."""
        circuit = Circuit(1).h(0).amplitude_damping(0, Parameter("g"))
        with pytest.raises(ab.CapabilityError, match="amplitude_damping"):
            hessian_function(circuit, Z, xp=ab.get_backend("numpy"))

    @slow_vmap
    def test_second_derivative_in_damping_by_every_method(self):
        """<X> after H and damping g is sqrt(1 - g)."""
        xp, _ = pytorch()
        circuit = Circuit(1).h(0).amplitude_damping(0, Parameter("g"))
        for method in METHODS:
            energy = expectation_function(circuit, PauliSum({"X": 1.0}), diff_method=method, xp=xp)
            found = xp.hessian(energy)(xp.asarray([0.3]))
            assert float(found[0, 0]) == pytest.approx(-0.25 * 0.7**-1.5, abs=1e-6), method


class TestAutomaticDifferentiation:
    @pytest.mark.parametrize("method", METHODS[:3])
    @pytest.mark.parametrize("make", [shared, noisy])
    def test_passes_gradcheck(self, make, method):
        """PyTorch's own check of first derivatives, with a batch."""
        xp, torch = pytorch()
        energy = expectation_function(make(), HAMILTONIAN, diff_method=method, xp=xp)
        theta = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(2, 6).requires_grad_()
        assert torch.autograd.gradcheck(energy, theta)

    def test_probabilities_and_amplitudes_pass_gradcheck(self):
        """Probabilities of subsets, amplitudes, and probabilities of noisy circuits."""
        _, torch = pytorch()
        theta = torch.linspace(-1, 1, 6, dtype=torch.float64, requires_grad=True)

        def of(make, what):
            return lambda t: what(make().bind([t[i] for i in range(6)]))

        for function in (
            of(shared, lambda c: c.probabilities()),
            of(shared, lambda c: c.probabilities((2, 0))),
            of(noisy, lambda c: c.probabilities(1)),
            of(shared, lambda c: torch.view_as_real(c.amplitude("010"))),
            of(noisy, lambda c: torch.view_as_real(c.density_matrix()[1])),
        ):
            assert torch.autograd.gradcheck(function, theta)

    @slow_vmap
    @pytest.mark.parametrize("method", METHODS)
    def test_vectorises(self, method):
        """vmap of the gradient, nested too and of a batch of one, equals the loop."""
        xp, _ = pytorch()
        thetas = np.linspace(-1, 1, 12).reshape(1, 2, 6)
        gradient_of = xp.grad(
            expectation_function(shared(), HAMILTONIAN, diff_method=method, xp=xp)
        )
        found = xp.to_numpy(xp.vmap(xp.vmap(gradient_of))(xp.asarray(thetas)))
        for row in range(2):
            expected = xp.to_numpy(gradient_of(xp.asarray(thetas[0, row])))
            np.testing.assert_allclose(found[0, row], expected, atol=1e-9)

    @slow_vmap
    def test_has_both_modes(self):
        """Forward over reverse, reverse over forward, and jvp of the adjoint sweep."""
        xp, _ = pytorch()
        energy = expectation_function(Circuit(1).rx(0, Parameter("t")), Z, xp=xp)
        theta = xp.asarray([0.3])
        for second in (xp.jacfwd(xp.jacrev(energy)), xp.jacrev(xp.jacfwd(energy))):
            assert float(second(theta)[0, 0]) == pytest.approx(-math.cos(0.3), abs=1e-14)
        _, slope = xp.jvp(energy, (theta,), (xp.asarray([2.0]),))
        assert float(slope) == pytest.approx(-2 * math.sin(0.3), abs=1e-14)


class TestProbabilities:
    @pytest.mark.parametrize("qubits", [None, (2, 0), 1])
    @pytest.mark.parametrize("make", [shared, noisy, lambda: shared().post_select(1, 0)])
    def test_have_exact_products_with_jacobians(self, make, qubits):
        """vjp on NumPy equals automatic differentiation of the bound circuit, in a batch."""
        _, torch = pytorch()
        numpy_xp = ab.get_backend("numpy")
        thetas = np.stack([np.linspace(-1, 1, 6), np.linspace(0, 2, 6)])
        function = probabilities_function(make(), qubits, xp=numpy_xp)
        values, pull_back = numpy_xp.vjp(function, thetas)
        weights = np.random.default_rng(1).normal(size=values.shape)
        tracked = torch.tensor(thetas, requires_grad=True)
        expected = make().bind([tracked[:, i] for i in range(6)]).probabilities(qubits)
        (slopes,) = torch.autograd.grad(torch.sum(expected * torch.tensor(weights)), tracked)
        np.testing.assert_allclose(values, expected.detach().numpy(), atol=1e-13)
        np.testing.assert_allclose(pull_back(weights)[0], slopes.numpy(), atol=1e-12)

    @pytest.mark.parametrize("make", [shared, noisy])
    def test_pass_gradcheck_twice(self, make):
        """Also second derivatives, on PyTorch."""
        xp, torch = pytorch()
        theta = torch.linspace(-1, 1, 6, dtype=torch.float64, requires_grad=True)
        function = probabilities_function(make(), 2, xp=xp)
        assert torch.autograd.gradcheck(function, theta)
        assert torch.autograd.gradgradcheck(function, theta)


class TestArrays:
    """Derivatives in the arrays of observables and circuits, never lost in silence."""

    @pytest.mark.parametrize("method", ["adjoint", "backprop"])
    @pytest.mark.parametrize("make", [shared, noisy])
    def test_flow_into_coefficients(self, make, method):
        """The derivative in a coefficient is the expectation value of its string."""
        xp, _ = pytorch()
        labels, theta = ("XYZ", "ZIX"), xp.asarray(np.linspace(-1, 1, 6))

        def energy(weights, theta):
            observable = ParametricPauliSum(labels, weights)
            return expectation_function(make(), observable, diff_method=method, xp=xp)(theta)

        weights = xp.asarray([0.3, -0.7])
        in_weights, in_theta = xp.grad(energy, argnums=(0, 1))(weights, theta)
        for place, label in enumerate(labels):
            value = expectation_function(make(), PauliSum({label: 1.0}), xp=xp)(theta)
            assert float(in_weights[place]) == pytest.approx(float(value), abs=1e-13)
        fixed = PauliSum(dict(zip(labels, (0.3, -0.7), strict=True)))
        expected = gradient(xp, make(), fixed, np.linspace(-1, 1, 6), "adjoint")
        np.testing.assert_allclose(xp.to_numpy(in_theta), expected, atol=1e-13)

    def test_flow_into_matrices(self):
        """A tracked Hermitian matrix and a tracked unitary get their derivatives."""
        xp, torch = pytorch()

        def energy(matrix, angle, theta):
            unitary = xp.stack([xp.cos(angle), -xp.sin(angle), xp.sin(angle), xp.cos(angle)])
            unitary = xp.astype(xp.reshape(unitary, (2, 2)), xp.complex128)
            circuit = Circuit(1).ry(0, Parameter("t")).unitary(0, unitary)
            observable = Hermitian(matrix + matrix.T)
            return expectation_function(circuit, observable, xp=xp)(theta)

        arguments = (
            torch.tensor([[0.3, 0.1], [0.2, -0.4]], dtype=torch.float64, requires_grad=True),
            torch.tensor(0.6, dtype=torch.float64, requires_grad=True),
            torch.tensor([0.3], dtype=torch.float64, requires_grad=True),
        )
        assert torch.autograd.gradcheck(energy, arguments)

    @pytest.mark.parametrize("method", ["parameter-shift", "finite-difference"])
    def test_are_refused_where_they_would_be_lost(self, method):
        """Methods that differentiate in parameters alone refuse tracked arrays."""
        xp, _ = pytorch()
        weights = xp.requires_grad(xp.asarray([1.0]))
        observable = ParametricPauliSum(("Z",), weights)
        circuit = Circuit(1).rx(0, Parameter("t"))
        with pytest.raises(ab.GradientError, match=method):
            expectation_function(circuit, observable, diff_method=method, xp=xp)
        tracked = xp.requires_grad(xp.asarray([[1.0, 0], [0, 1j]]))
        with pytest.raises(ab.GradientError, match="tracked"):
            probabilities_function(Circuit(1).unitary(0, tracked), xp=xp)
        constant = observable.with_coefficients(xp.detach(weights))
        assert gradient(xp, circuit, constant, [0.3], method) == pytest.approx(-math.sin(0.3))


class TestArguments:
    def test_of_unknown_methods_are_refused(self):
        """An unknown method is named beside the known ones."""
        with pytest.raises(ValueError, match="'spsa'"):
            expectation_function(Circuit(1), Z, diff_method="spsa")

    @pytest.mark.parametrize("backend", ["numpy", "strict"])
    def test_backprop_needs_automatic_differentiation(self, backend):
        """Without it the error names the method that works."""
        if not ab.available_backends()[backend].installed:
            pytest.skip(f"Backend {backend} is not installed.")
        with pytest.raises(ab.CapabilityError, match="adjoint"):
            expectation_function(Circuit(1), Z, diff_method="backprop", xp=ab.get_backend(backend))

    def test_post_selection_has_no_shift_rule(self):
        """Quotients are refused by parameter shifts, and right by the others."""
        circuit = Circuit(2).ry(0, Parameter("t")).cx(0, 1).h(0).post_select(0, 1)
        observable = PauliSum({"IX": 1.0, "IZ": 0.5})
        xp = ab.get_backend("numpy")
        with pytest.raises(ab.CapabilityError, match="post-selection"):
            expectation_function(circuit, observable, diff_method="parameter-shift", xp=xp)
        exact = gradient(xp, circuit, observable, [0.4], "adjoint")
        differences = gradient(xp, circuit, observable, [0.4], "finite-difference")
        np.testing.assert_allclose(differences, exact, atol=1e-9)
        np.testing.assert_allclose(exact, [-math.cos(0.4) - 0.5 * math.sin(0.4)], atol=1e-12)

    def test_without_parameters_is_empty(self):
        """A constant function has an empty gradient by every method."""
        xp = ab.get_backend("numpy")
        for method in EVERYWHERE:
            energy = expectation_function(Circuit(1).x(0), Z, diff_method=method, xp=xp)
            value, found = xp.value_and_grad(energy)(np.zeros(0))
            assert (float(value), found.shape) == (-1.0, (0,))

    @pytest.mark.parametrize("method", EVERYWHERE)
    def test_keep_the_dtype(self, xp, method):
        """In single precision values and gradients are float32, of the accuracy it allows."""
        if xp.name == "jax":
            pytest.skip("One compilation for each method says little more than PyTorch.")
        single = xp.with_options(precision="single")
        circuit = Circuit(1).rx(0, Parameter("t"))
        energy = expectation_function(circuit, Z, diff_method=method, xp=single)
        value, found = single.value_and_grad(energy)(single.asarray([0.3]))
        assert single.dtype_name(value.dtype) == single.dtype_name(found.dtype) == "float32"
        assert float(found[0]) == pytest.approx(-math.sin(0.3), abs=5e-5)

    @pytest.mark.parametrize("method", ["parameter-shift", "finite-difference"])
    def test_do_not_depend_on_the_size_of_batches(self, method, monkeypatch):
        """Evaluations a few at a time give what evaluations at once do."""
        xp, theta = ab.get_backend("numpy"), np.linspace(-1, 1, 6)
        expected = gradient(xp, noisy(), HAMILTONIAN, theta, method)
        monkeypatch.setattr(simulation, "_AMPLITUDES_AT_ONCE", 3 * 4**3)
        found = gradient(xp, noisy(), HAMILTONIAN, theta, method)
        np.testing.assert_allclose(found, expected, atol=1e-12)
