"""Derivatives of expectation values: analytic values, central differences, and each other."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, PauliSum, expectation_function
from arraybackends.quantum.gates.gate import GATES

Z = PauliSum({"Z": 1.0})
HAMILTONIAN = PauliSum.from_text("0.3 XYZ - 0.7 ZIX + 0.2 IIY + 0.5 YZI - 0.4 ZZZ + 0.1 III")

# Torch's vmap, inside its Hessians, has no batching rule for a conjugation and says so.
slow_vmap = pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")


def example():
    """Three qubits, six parameters, one of them shared, and a fixed angle."""
    a, b, c, d, e, f = map(Parameter, "abcdef")
    return (
        Circuit(3)
        .h(range(3))
        .u(0, a, b, c)
        .crx(0, 2, d)
        .rz(2, a)
        .swap(0, 1)
        .rzz(2, 1, e)
        .ry(1, 0.4)
        .single_excitation(0, 2, f)
        .unitary((2, 0), np.linalg.qr(np.arange(16.0).reshape(4, 4) ** 0.5 + np.eye(4))[0].tolist())
    )


def compiled(xp, function):
    """The function, compiled where that is possible: far quicker on JAX than a first eager run."""
    return xp.jit(function, fallback="raise") if xp.capabilities.compiles_complex else function


def differences(function, theta, step=1e-5):
    """Gradient by central differences, in NumPy."""
    rows = step * np.eye(len(theta))
    return np.array([(function(theta + r) - function(theta - r)) / (2 * step) for r in rows])


class TestReferenceCircuit:
    """E(t) = <Z> after RX(t) is cos t."""

    @slow_vmap
    def test_has_known_derivatives(self, xp):
        """At t = 0.3 the exact function gives 0.955336, -0.295520 and -0.955336."""
        energy = expectation_function(Circuit(1).rx(0, Parameter("t")), Z, xp=xp)
        value, gradient = compiled(xp, xp.value_and_grad(energy))(xp.asarray([0.3]))
        assert float(value) == pytest.approx(math.cos(0.3), abs=1e-14)
        assert float(gradient[0]) == pytest.approx(-math.sin(0.3), abs=1e-14)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ab.GradientFallbackWarning)
            second = compiled(xp, xp.hessian(energy))(xp.asarray([0.3]))
        assert float(second[0, 0]) == pytest.approx(-math.cos(0.3), abs=1e-9)

    @slow_vmap
    def test_has_a_hessian_in_two_angles(self, xp):
        """All four second derivatives of <Z> after RX(a) RX(b) are -cos(a + b)."""
        circuit = Circuit(1).rx(0, Parameter("a")).rx(0, Parameter("b"))
        energy = expectation_function(circuit, Z, xp=xp)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ab.GradientFallbackWarning)
            second = compiled(xp, xp.hessian(energy))(xp.asarray([0.1, 0.2]))
        np.testing.assert_allclose(xp.to_numpy(second), -math.cos(0.3), atol=1e-9)

    @slow_vmap
    def test_is_differentiated_twice_by_automatic_differentiation(self, xp):
        """A circuit rebuilt inside the function has exact first and second derivatives."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")

        def energy(t):
            return Circuit(1).rx(0, t).expectation(Z)

        first = xp.grad(energy, method="autodiff")
        second = xp.grad(first, method="autodiff")
        t = xp.asarray(0.3)
        assert float(compiled(xp, first)(t)) == pytest.approx(-math.sin(0.3), abs=1e-14)
        assert float(compiled(xp, second)(t)) == pytest.approx(-math.cos(0.3), abs=1e-14)

    def test_keeps_the_dtype(self, xp):
        """In single precision value and gradient are float32."""
        single = xp.with_options(precision="single")
        energy = expectation_function(Circuit(1).rx(0, Parameter("t")), Z, xp=single)
        theta = single.asarray([0.3])
        value, gradient = compiled(single, single.value_and_grad(energy))(theta)
        assert single.dtype_name(value.dtype) == single.dtype_name(gradient.dtype) == "float32"
        assert float(gradient[0]) == pytest.approx(-math.sin(0.3), abs=1e-6)


class TestExactGradient:
    def test_equals_that_of_numpy_everywhere(self, xp, numpy_xp):
        """Six parameters, shared and merged ones among them: equal on every backend to 1e-12."""
        theta = np.linspace(-1, 1, 6)
        reference = numpy_xp.value_and_grad(
            expectation_function(example(), HAMILTONIAN, xp=numpy_xp)
        )
        function = xp.value_and_grad(expectation_function(example(), HAMILTONIAN, xp=xp))
        found_here = compiled(xp, function)(xp.asarray(theta))
        for found, expected in zip(found_here, reference(theta), strict=True):
            np.testing.assert_allclose(xp.to_numpy(found), expected, atol=1e-12)

    def test_equals_central_differences(self, numpy_xp):
        """And equals central differences of the expectation of the bound circuit."""
        theta = np.linspace(-1, 1, 6)

        def energy(values):
            return float(example().bind(map(np.asarray, values)).expectation(HAMILTONIAN))

        gradient = numpy_xp.grad(expectation_function(example(), HAMILTONIAN, xp=numpy_xp))(theta)
        np.testing.assert_allclose(gradient, differences(energy, theta), atol=1e-9)

    def test_equals_automatic_differentiation(self, xp):
        """Where there is automatic differentiation, it gives the same for the bound circuit."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")

        def energy(theta):
            return example().bind([theta[i] for i in range(6)]).expectation(HAMILTONIAN)

        theta = xp.asarray(np.linspace(-1, 1, 6))
        exact = compiled(xp, xp.grad(expectation_function(example(), HAMILTONIAN, xp=xp)))(theta)
        automatic = compiled(xp, xp.grad(energy, method="autodiff"))(theta)
        np.testing.assert_allclose(xp.to_numpy(exact), xp.to_numpy(automatic), atol=1e-12)

    @pytest.mark.parametrize("gate", sorted(g for g in GATES if GATES[g].n_angles))
    def test_of_every_gate_equals_central_differences(self, numpy_xp, gate):
        """Every angle of every parametrised gate, between random layers, on qubits in any order."""
        n = max(GATES[gate].n_qubits, 2)
        qubits = tuple(reversed(range(GATES[gate].n_qubits)))
        names = [Parameter(name) for name in "abc"[: GATES[gate].n_angles]]
        circuit = Circuit(n)
        for qubit in range(n):
            circuit.u(qubit, 0.3 + qubit, 0.7 * qubit, 0.2)
        circuit.cx(0, 1).append(gate, qubits, *names)
        for qubit in range(n):
            circuit.u(qubit, 0.5, 0.1, 0.3 * qubit)
        observable = PauliSum({"X" * n: 0.5, "Z" * n: 0.7, "Y" + "Z" * (n - 1): -0.3})
        energy = expectation_function(circuit, observable, xp=numpy_xp)
        theta = np.array([0.4, -1.1, 2.0])[: len(names)]
        np.testing.assert_allclose(
            numpy_xp.grad(energy)(theta), differences(lambda t: float(energy(t)), theta), atol=1e-9
        )

    @settings(max_examples=15)
    @given(
        gates=st.lists(
            st.tuples(
                st.sampled_from(["rx", "ry", "rz", "crx", "cp", "rxx", "cx", "iswap", "u"]),
                st.permutations(range(3)),
                st.integers(0, 3),
            ),
            min_size=1,
            max_size=12,
        )
    )
    def test_of_random_circuits_equals_central_differences(self, numpy_xp, gates):
        """Random circuits whose gates share four parameters."""
        circuit = Circuit(3).h(range(3))
        for number in range(4):
            circuit.ry(number % 3, Parameter(str(number)))
        for gate, order, parameter in gates:
            known = GATES[gate]
            angles = [Parameter(str((parameter + i) % 4)) for i in range(known.n_angles)]
            circuit.append(gate, order[: known.n_qubits], *angles)
        energy = expectation_function(circuit, HAMILTONIAN, xp=numpy_xp)
        theta = np.array([0.4, -1.1, 2.0, 0.9])
        np.testing.assert_allclose(
            numpy_xp.grad(energy)(theta), differences(lambda t: float(energy(t)), theta), atol=2e-9
        )

    def test_memory_does_not_grow_with_depth(self, numpy_xp):
        """The adjoint sweep of 60 layers holds no more states than that of 6."""
        import tracemalloc

        def peak(n_layers):
            circuit = Circuit(17)
            for layer in range(n_layers):
                circuit.ry(layer % 17, Parameter(str(layer))).cx(layer % 17, (layer + 1) % 17)
            energy = expectation_function(circuit, PauliSum({"Z" * 17: 1.0}), xp=numpy_xp)
            theta = np.zeros(n_layers)
            tracemalloc.start()
            numpy_xp.grad(energy)(theta)
            used = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return used

        peak(2)  # fills caches
        assert peak(60) < peak(20) + 2**21  # one state more

    def test_of_numbers_alone_is_empty(self, numpy_xp):
        """A circuit without parameters is a constant function of an empty vector."""
        energy = expectation_function(Circuit(1).x(0), Z, xp=numpy_xp)
        value, gradient = numpy_xp.value_and_grad(energy)(np.zeros(0))
        assert (float(value), gradient.shape) == (-1.0, (0,))


class TestTransforms:
    def test_compile_circuits_inside_functions(self, xp):
        """A circuit rebuilt inside a function is traced, without looking at its angles."""
        if not xp.capabilities.compiles_complex:
            pytest.skip("The backend does not compile complex arithmetic.")

        def energy(t):
            return Circuit(2).rx(0, t).cx(0, 1).rz(1, t).expectation(PauliSum({"ZZ": 1.0, "ZI": 1}))

        value, gradient = xp.jit(xp.value_and_grad(energy), fallback="raise")(xp.asarray(0.3))
        assert float(value) == pytest.approx(1 + math.cos(0.3), abs=1e-14)
        assert float(gradient) == pytest.approx(-math.sin(0.3), abs=1e-14)

    @slow_vmap
    def test_vectorise(self, xp, numpy_xp):
        """vmap of the gradient gives the gradient of each parameter vector."""
        thetas = np.linspace(-1, 1, 12).reshape(2, 6)
        gradient = xp.grad(expectation_function(example(), HAMILTONIAN, xp=xp))
        mapped = compiled(xp, xp.vmap(gradient))(xp.asarray(thetas))
        reference = numpy_xp.grad(expectation_function(example(), HAMILTONIAN, xp=numpy_xp))
        for row, theta in enumerate(thetas):
            np.testing.assert_allclose(xp.to_numpy(mapped)[row], reference(theta), atol=1e-12)

    @slow_vmap
    def test_vectorise_circuits_inside_functions(self, xp):
        """vmap over an angle of a rebuilt circuit equals the batch and the cosine."""
        ts = xp.asarray([0.1, 0.2, 0.3])

        def energy(t):
            return Circuit(1).rx(0, t).expectation(Z)

        mapped, batched = compiled(xp, xp.vmap(energy))(ts), compiled(xp, energy)(ts)
        np.testing.assert_allclose(xp.to_numpy(mapped), np.cos([0.1, 0.2, 0.3]), atol=1e-14)
        np.testing.assert_allclose(xp.to_numpy(batched), np.cos([0.1, 0.2, 0.3]), atol=1e-14)


class TestClosure:
    """The form that rebuilds the circuit inside a function, as in the documentation."""

    def test_runs_as_printed(self, xp):
        """Exact by automatic differentiation; elsewhere central differences, which say so."""
        hamiltonian = PauliSum.from_text("-1.05 II + 0.39 ZI - 0.39 IZ - 0.01 ZZ + 0.18 XX")

        def energy(theta):
            c = Circuit(2)
            c.ry(0, theta[0]); c.ry(1, theta[1]); c.cx(0, 1)  # fmt: skip # noqa: E702
            return c.expectation(hamiltonian)

        circuit = Circuit(2).ry(0, Parameter("a")).ry(1, Parameter("b")).cx(0, 1)
        theta = xp.asarray([0.1, 0.2])
        function = xp.value_and_grad(expectation_function(circuit, hamiltonian, xp=xp))
        exact = compiled(xp, function)(theta)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ab.GradientFallbackWarning)
            found = compiled(xp, xp.value_and_grad(energy))(theta)
        assert bool(caught) is not xp.capabilities.autodiff
        assert all("`arraybackends.quantum.expectation_function`" in str(w.message) for w in caught)
        for x, y in zip(found, exact, strict=True):
            np.testing.assert_allclose(xp.to_numpy(x), xp.to_numpy(y), atol=1e-9)


class TestRefusals:
    def test_of_angles_that_are_arrays(self, numpy_xp):
        """An array among the angles would lose its derivative, so it is refused."""
        circuit = Circuit(1).rx(0, np.zeros(3)).ry(0, Parameter("a"))
        with pytest.raises(TypeError, match=r"array of shape \(3,\).*Replace it by a `Parameter`"):
            expectation_function(circuit, Z)

    def test_of_observables_that_do_not_fit(self, numpy_xp):
        """The observable is checked when the function is made."""
        with pytest.raises(ab.ShapeError, match="1 qubits of the circuit, but acts on 2"):
            expectation_function(Circuit(1).rx(0, Parameter("a")), PauliSum({"ZZ": 1.0}))

    def test_of_wrong_vectors(self, numpy_xp):
        """The function takes one array of its backend with an element for each parameter."""
        energy = expectation_function(Circuit(1).rx(0, Parameter("a")), Z, xp=numpy_xp)
        with pytest.raises(ab.ShapeError, match=r"shape \(1,\).*but has shape \(2,\)"):
            energy(np.zeros(2))
        with pytest.raises(TypeError, match=r"array of backend `numpy`, but is \[0.1\]"):
            energy([0.1])
