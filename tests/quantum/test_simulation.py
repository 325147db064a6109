"""Random circuits against products of dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, estimate_memory, memory
from arraybackends.quantum.derivatives.gradient import expectation_function
from arraybackends.quantum.gates.gate import GATES

N_QUBITS = 5


@st.composite
def operations(draw, n_qubits=N_QUBITS, max_size=12):
    """List of gates `(name, qubits, angles)` that shrinks gate by gate."""

    def gate(name):
        n = GATES[name].n_qubits
        return st.tuples(
            st.just(name),
            st.permutations(range(n_qubits)).map(lambda order: tuple(order[:n])),
            st.tuples(*[st.floats(-7, 7)] * GATES[name].n_angles),
        )

    return draw(st.lists(st.sampled_from(sorted(GATES)).flatmap(gate), max_size=max_size))


def build(n_qubits, gates, convert=float):
    """Circuit of a list of gates."""
    circuit = Circuit(n_qubits)
    for name, qubits, angles in gates:
        circuit.append(name, qubits, *map(convert, angles))
    return circuit


class TestState:
    @given(gates=operations())
    def test_equals_the_product_of_dense_matrices(self, numpy_xp, dense, gates):
        """The state is the first column of the product of the gates' Kronecker products."""
        with ab.use_backend(numpy_xp):
            state = build(N_QUBITS, gates).state()
        np.testing.assert_allclose(state, dense.unitary(N_QUBITS, gates)[:, 0], atol=1e-12)

    @settings(max_examples=4)
    @given(gates=operations(n_qubits=4, max_size=8))
    def test_is_the_same_on_every_backend(self, xp, dense, gates):
        """Every backend gives that state, in complex128, on its own device."""
        with ab.use_backend(xp):
            state = build(4, gates).state()
        assert xp.is_array(state)
        assert xp.dtype_name(state.dtype) == "complex128"
        assert xp.device_of(state) == xp.device
        expected = dense.unitary(4, gates)[:, 0]
        np.testing.assert_allclose(xp.to_numpy(state), expected, atol=1e-12)

    @given(gates=operations())
    def test_has_norm_one(self, numpy_xp, gates):
        """Circuits conserve the norm; nothing is renormalised."""
        with ab.use_backend(numpy_xp):
            total = float(np.sum(build(N_QUBITS, gates).probabilities()))
        assert total == pytest.approx(1, abs=1e-12)

    def test_of_bell_pair(self, xp):
        """Qubit 0 is the leftmost bit: H on it and CX from it give |00> + |11>."""
        with ab.use_backend(xp):
            state = Circuit(2).h(0).cx(0, 1).state()
            flipped = Circuit(2).x(0).probabilities()
        np.testing.assert_allclose(xp.to_numpy(state), [0.5**0.5, 0, 0, 0.5**0.5], atol=1e-15)
        assert xp.to_numpy(flipped).tolist() == [0, 0, 1, 0]

    def test_in_single_precision(self, xp):
        """In single precision gates and states are complex64, probabilities float32."""
        single = xp.with_options(precision="single")
        with ab.use_backend(single):
            circuit = Circuit(2).ry(0, 0.3).crx(0, 1, 0.4)
            assert single.dtype_name(circuit.state().dtype) == "complex64"
            assert single.dtype_name(circuit.probabilities().dtype) == "float32"

    def test_with_user_matrices(self, numpy_xp, dense):
        """A user's matrix acts on its qubits in their order, whatever that is."""
        rng = np.random.default_rng(5)
        matrix = np.linalg.qr(rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4)))[0]
        state = Circuit(3).h(range(3)).t(1).unitary((2, 0), matrix).state()
        start = dense.unitary(3, [("h", (q,), ()) for q in range(3)] + [("t", (1,), ())])[:, 0]
        np.testing.assert_allclose(state, dense.embed(matrix, (2, 0), 3) @ start, atol=1e-14)
        nested = Circuit(3).h(range(3)).t(1).unitary((2, 0), matrix.tolist())
        with ab.use_backend(numpy_xp):
            np.testing.assert_allclose(nested.state(), state, atol=1e-15)


class TestBatches:
    def test_give_one_state_each(self, xp):
        """Angles of shape `batch` give states of shape (*batch, 2**n), each as if alone."""
        thetas = [0.1, 0.5, 2.0]
        batched = Circuit(2).ry(0, xp.asarray(thetas)).cx(0, 1).rz(1, 0.3).state()
        assert batched.shape == (3, 4)
        for row, theta in enumerate(thetas):
            alone = Circuit(2).ry(0, xp.asarray(theta)).cx(0, 1).rz(1, 0.3).state()
            np.testing.assert_allclose(xp.to_numpy(batched)[row], xp.to_numpy(alone), atol=1e-15)

    def test_broadcast(self, numpy_xp):
        """Batch shapes broadcast, also in expectation values."""
        rows, columns = np.linspace(0, 1, 2)[:, None], np.linspace(0, 2, 3)
        values = Circuit(1).rx(0, rows).rx(0, columns).expectation(ab_pauli("Z"))
        np.testing.assert_allclose(values, np.cos(rows + columns), atol=1e-15)

    def test_of_other_shapes_are_refused(self, numpy_xp):
        """Batch shapes that do not broadcast are a ShapeError that lists them."""
        circuit = Circuit(1).rx(0, np.zeros(2)).ry(0, np.zeros(3))
        with pytest.raises(ab.ShapeError, match=r"must broadcast, but are \[\(2,\), \(3,\)\]"):
            circuit.state()

    def test_may_be_empty(self, numpy_xp):
        """An empty batch of angles gives an empty batch of states."""
        assert Circuit(2).rx(0, np.zeros(0)).state().shape == (0, 4)


def ab_pauli(label):
    """A single Pauli string."""
    from arraybackends.quantum import PauliSum

    return PauliSum({label: 1.0})


class TestMemoryLimit:
    @pytest.mark.parametrize("precision", ["double", "single"])
    def test_refuses_sixty_qubits(self, xp, precision):
        """60 qubits are refused before any allocation, with need, availability and remedies."""
        need = {"double": "16 EiB", "single": "8 EiB"}[precision]
        with (
            ab.use_backend(xp.with_options(precision=precision)),
            pytest.raises(ab.MemoryLimitError, match=rf"{need}.*available.*Use fewer qubits"),
        ):
            Circuit(60).h(0).state()

    def test_holds_what_is_documented(self, numpy_xp):
        """Peak memory is at most the number of states that the check counts with."""
        import tracemalloc

        circuit = Circuit(21).h(range(21)).cx(0, 19).crx(3, 7, 0.3).ccx(1, 9, 4)
        observable = ab_pauli("XY" + "Z" * 19) + ab_pauli("X" * 21) + ab_pauli("Z" * 21)
        for most, evaluate in [
            (memory.STATES_OF_RUN, circuit.state),
            (memory.STATES_OF_EXPECTATION, lambda: circuit.expectation(observable)),
        ]:
            with ab.use_backend(numpy_xp):
                tracemalloc.start()
                evaluate()
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
            assert peak < most * 16 * 2**21 + 2**22  # two slices of a MiB, matrices and the plan

    def test_of_a_gradient_is_five_states(self, numpy_xp):
        """However deep the circuit: final state, image, the two of the sweep, and a spare one."""
        import tracemalloc

        circuit = Circuit(21).h(range(21))
        for place in range(12):
            circuit.ry(place, Parameter(f"t{place}")).cx(place, 19 - place)
        energy = expectation_function(circuit, ab_pauli("Z" * 21), xp=numpy_xp)
        gradient = numpy_xp.value_and_grad(energy)
        theta = numpy_xp.zeros(12)
        tracemalloc.start()
        gradient(theta)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < memory.STATES_OF_GRADIENT * 16 * 2**21 + 2**22  # slices beside

    def test_counts_the_batch(self, numpy_xp):
        """A batch that does not fit is refused, and a smaller one is named as a remedy."""
        circuit = Circuit(30).rx(0, np.zeros(2**20))
        with pytest.raises(ab.MemoryLimitError, match="smaller batch"):
            circuit.state()

    def test_counts_what_is_held(self, xp):
        """Memory beyond the limit is not available; the error says how much is left of it."""
        free = xp.memory_limit(0.01)
        try:
            with ab.use_backend(xp), pytest.raises(ab.MemoryLimitError, match=r"of .* available"):
                Circuit(26).h(0).state()
        finally:
            assert xp.memory_limit(1.0) > free

    def test_is_estimated_beforehand(self, numpy_xp):
        """The bytes of states, copies and batches, for registers of any size, in integers."""
        with ab.use_backend(numpy_xp):
            assert estimate_memory(30, precision="single") == (2**33, 3 * 2**33)
            assert estimate_memory(30, 5, "adjoint") == (2**34, 40 * 2**34)
            assert estimate_memory(300, method="density-matrix").state == 2**604
            assert estimate_memory(4, method="backprop", passes=7) == (256, 15 * 256)
        assert str(estimate_memory(60, precision="double")).startswith("16 EiB for a state")
        with pytest.raises(ValueError, match="`passes` is needed"):
            estimate_memory(4, method="backprop")
        with pytest.raises(ValueError, match="one of 'state', 'expectation'"):
            estimate_memory(4, method="magic")
        with pytest.raises(ValueError, match="must not be negative"):
            estimate_memory(-1)

    def test_guards_every_entry(self, numpy_xp):
        """Expectation values, exact gradients and dense matrices are guarded too."""
        from arraybackends.quantum import Parameter, PauliSum, expectation_function

        observable = PauliSum({"Z" * 60: 1.0})
        for refused in (
            lambda: Circuit(60).expectation(observable),
            lambda: expectation_function(Circuit(60).rx(0, Parameter("a")), observable),
            lambda: PauliSum({"Z" * 20: 1.0}).matrix(numpy_xp),
        ):
            with ab.use_backend(numpy_xp), pytest.raises(ab.MemoryLimitError, match="available"):
                refused()


class TestDevices:
    @pytest.mark.parametrize(("backend", "device"), [("strict", "device1"), ("pytorch", "meta")])
    def test_hold_everything(self, backend, device):
        """States, expectation values and gradients stay on the device, without a detour."""
        from arraybackends.quantum import Parameter, PauliSum, expectation_function

        if not ab.available_backends()[backend].installed:
            pytest.skip(f"Backend {backend} is not installed.")
        xp = ab.get_backend(backend, device=device)
        observable = PauliSum.from_text("XYZ + ZZI")
        theta = xp.asarray([0.3, 0.2], device=device)
        circuit = Circuit(3).h(range(3)).rx(0, theta).cx(0, 2).unitary(1, [[0, 1], [1, 0]])
        assert xp.device_of(circuit.state()) == device
        assert xp.device_of(circuit.expectation(observable)) == device
        ansatz = Circuit(3).rx(0, Parameter("a")).cx(0, 2).ry(1, Parameter("b"))
        energy = expectation_function(ansatz, observable, xp=xp)
        for result in xp.value_and_grad(energy)(theta):
            assert xp.device_of(result) == device
