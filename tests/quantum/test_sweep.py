"""Programs of every kind of operation against dense matrices, and their derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, PauliSum, expectation_function
from arraybackends.quantum.execution import sweep as evolution
from arraybackends.quantum.execution.step import Members, apply_step
from arraybackends.quantum.execution.sweep import Evolution, evolution_of
from arraybackends.quantum.gates.gate import GATES, gate_of
from arraybackends.quantum.gates.structure import (
    BARRIER,
    DIAGONAL,
    MEASURE,
    RESET,
    UNITARY,
    Operation,
    Structure,
)
from arraybackends.quantum.planning.plan import plan
from arraybackends.quantum.planning.program import Dense, Exchange, Operand
from arraybackends.quantum.planning.repetition import Loop, find_loops

N_QUBITS = 7
LONG = ["rxyzzxy", "rzzzzzz", "ryyyyyy", "rxxxxxx", "rxyzxyz"]
NAMES = [*sorted(GATES), "gphase", "rxyz", "rzzz", *LONG]


class Problem:
    """A structure with values for its slots, and what it does as a dense matrix."""

    def __init__(self, n_qubits, operations, angles, matrices, batch=1):
        self.structure = Structure(n_qubits, tuple(operations), len(angles), len(matrices))
        self.angles = np.array(angles, dtype=float).reshape(len(angles), batch)
        self.matrices = matrices

    def matrix(self, dense, member=0):
        """Product of the operations' matrices, for a member of the batch."""
        n = self.structure.n_qubits
        product = np.eye(2**n)
        for operation in self.structure.operations:
            product = self._matrix(dense, operation, member) @ product
        return product

    def _matrix(self, dense, operation, member):
        n = self.structure.n_qubits
        if operation.gate == BARRIER:
            return np.eye(2**n)
        if operation.gate in (UNITARY, DIAGONAL):
            found = self.matrices[operation.slots[0]]
            if found.ndim > (2 if operation.gate == UNITARY else 1):
                found = found[member]
            matrix = np.diag(found) if operation.gate == DIAGONAL else found
        else:
            matrix = dense.gate(operation.gate, *self.angles[list(operation.slots), member])
        matrix = matrix.conj() if operation.conjugate else matrix
        full = dense.embed(matrix, operation.qubits, n)
        bits = (np.arange(2**n)[:, None] >> np.arange(n)[::-1]) & 1
        acts = np.all([bits[:, q] == s for q, s in operation.controls], axis=0)
        acts = np.broadcast_to(acts, 2**n)[:, None]
        return np.where(acts, full, np.eye(2**n))


def random_unitary(rng, dimension):
    """Haar-like unitary."""
    shape = (dimension, dimension)
    return np.linalg.qr(rng.normal(size=shape) + 1j * rng.normal(size=shape))[0]


@st.composite
def problems(draw, n_qubits=N_QUBITS, max_size=10, batch=1, is_unitary=True):
    """Circuits of every kind of operation: controls, conjugates, given arrays, long strings."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    operations, angles, matrices = [], [], []
    for name in draw(
        st.lists(st.sampled_from([*NAMES, UNITARY, DIAGONAL, BARRIER]), max_size=max_size)
    ):
        order = [int(q) for q in rng.permutation(n_qubits)]
        known = gate_of(name)
        n_targets = known.n_qubits if known else int(rng.integers(1, 4))
        n_controls = 0
        if name != BARRIER and rng.random() < 0.6:
            n_controls = int(rng.integers(0, n_qubits - n_targets + 1))
        controls = tuple((q, int(rng.integers(2))) for q in order[n_targets:][:n_controls])
        slots = ()
        if name in (UNITARY, DIAGONAL):
            side, several = 2**n_targets, rng.random() < 0.5
            count = batch if several else 1
            given_arrays = np.stack([random_unitary(rng, side) for _ in range(count)])
            if not is_unitary:
                given_arrays = given_arrays + 0.1 * rng.normal(size=given_arrays.shape)
            if name == DIAGONAL:
                given_arrays = np.linalg.eigvals(given_arrays)
            slots = (len(matrices),)
            matrices.append(given_arrays if several and batch > 1 else given_arrays[0])
        elif known:
            slots = tuple(range(len(angles), len(angles) + known.n_angles))
            angles += [rng.uniform(-7, 7, size=batch) for _ in range(known.n_angles)]
        conjugate = bool(rng.random() < 0.3)
        operations.append(
            Operation(name, tuple(order[:n_targets]), slots, controls, conjugate=conjugate)
        )
    return Problem(n_qubits, operations, angles, matrices, batch)


def state_of(xp, problem, is_unitary=True):
    """Final states of a problem on a backend, as NumPy arrays."""
    angles = xp.asarray(problem.angles)
    evolution = Evolution(xp, plan(problem.structure), is_unitary=is_unitary)
    return xp.to_numpy(evolution.function(angles, [xp.asarray(m) for m in problem.matrices]))


def layers(n_qubits, name="t"):
    """A rotation on each qubit and a chain of CNOTs, twice; the parameters are named."""
    circuit = Circuit(n_qubits)
    for _ in range(2):
        for qubit in range(n_qubits):
            circuit.ry(qubit, Parameter(f"{name}{qubit}"))
        for qubit in range(n_qubits - 1):
            circuit.cx(qubit, qubit + 1)
    return circuit


class TestRun:
    @settings(max_examples=150)
    @given(problem=problems())
    def test_equals_the_dense_matrices(self, numpy_xp, dense, problem):
        """The state is the first column of the product of the operations' matrices."""
        state = state_of(numpy_xp, problem)[0]
        np.testing.assert_allclose(state, problem.matrix(dense)[:, 0], atol=1e-12)

    @settings(max_examples=25)
    @given(problem=problems(n_qubits=7, max_size=6, batch=3, is_unitary=False))
    def test_equals_them_for_each_member_of_a_batch(self, numpy_xp, dense, problem):
        """Angles and given arrays may differ in a batch; given arrays need not be unitary."""
        states = state_of(numpy_xp, problem, is_unitary=False)
        for member, state in enumerate(states):
            np.testing.assert_allclose(state, problem.matrix(dense, member)[:, 0], atol=1e-11)

    @settings(max_examples=3)
    @given(problem=problems(n_qubits=7, max_size=8, batch=2))
    def test_is_the_same_on_every_backend(self, xp, dense, problem):
        """Every backend gives those states."""
        for member, state in enumerate(state_of(xp, problem)):
            np.testing.assert_allclose(state, problem.matrix(dense, member)[:, 0], atol=1e-12)

    @given(problem=problems(max_size=6))
    def test_starts_from_any_state(self, numpy_xp, dense, problem):
        """An initial state takes the place of |0...0>."""
        rng = np.random.default_rng(1)
        start = rng.normal(size=(1, 2**N_QUBITS)) + 1j * rng.normal(size=(1, 2**N_QUBITS))
        evolution = Evolution(numpy_xp, plan(problem.structure))
        state = evolution.function(problem.angles, problem.matrices, start)
        np.testing.assert_allclose(state[0], problem.matrix(dense) @ start[0], atol=1e-11)


def inner_product(xp, problem, is_unitary, target):
    """Real part of <target|final state>, summed over the batch, as a function with a gradient."""
    evolution = Evolution(xp, plan(problem.structure), is_unitary=is_unitary)

    def forward(angles, matrices, start):
        tape = evolution.forward(angles, matrices, start)
        return xp.sum(xp.real(xp.conj(target) * tape.final)), (angles, matrices, tape)

    def backward(residuals, cotangent):
        weighted = xp.astype(cotangent, target.dtype) * target
        return tuple(evolution.pull_back(*residuals, weighted, to_initial=True))

    return xp.custom_vjp(forward, backward)


class TestExchange:
    @pytest.mark.parametrize(
        ("shape", "axes"),
        [
            ((2, 8, 4, 2, 16, 8), (3, 1, 4, 0, 5, 2)),
            ((4, 2, 64, 2, 16), (3, 2, 0, 1, 4)),
            ((128, 128), (1, 0)),
        ],
    )
    def test_permutes_the_axes_of_a_large_state(self, xp, shape, axes):
        """Where places are taken instead of a view, and where rows stay together, alike."""
        state = np.arange(2 * 2**14).reshape(2, -1) * (1 + 2j)
        expected = state.reshape(2, *shape).transpose(0, *(axis + 1 for axis in axes))
        members = Members([], 1, 2)
        found = apply_step(xp, Exchange(shape, axes), members, xp.asarray(state))
        np.testing.assert_array_equal(xp.to_numpy(found), expected.reshape(2, -1))


class TestKept:
    def test_is_made_once(self, xp):
        """What a program needs whatever its angles is made once for each backend."""
        program = plan(layers(3).structure)
        assert evolution_of(xp, program) is evolution_of(xp, program)
        assert evolution_of(xp, program) is not evolution_of(xp, program, is_unitary=True)

    @pytest.mark.parametrize("transform", ["jit", "vmap", "grad"])
    def test_nothing_made_under_a_transformation(self, xp, transform):
        """A first run under one leaves nothing behind that a later run would stumble over."""
        if transform == "grad" and not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")
        evolution._evolution.cache_clear()
        circuit, theta = layers(3, transform), xp.asarray([[0.1, 0.2, 0.3]])

        def energy(theta):
            state = circuit.bind([theta[0], theta[1], theta[2]]).state()
            return xp.real(xp.vecdot(state, state)) + xp.real(state[0])

        with ab.use_backend(xp):
            first = {
                "jit": lambda: xp.jit(energy)(theta[0, :]),
                "vmap": lambda: xp.vmap(energy)(theta)[0],
                "grad": lambda: xp.value_and_grad(energy)(theta[0, :])[0],
            }[transform]()
            again = energy(theta[0, :])
            np.testing.assert_allclose(xp.to_numpy(first), xp.to_numpy(again), rtol=1e-12)

    def test_nothing_without_derivatives(self):
        """What is made in PyTorch's inference mode serves derivatives later."""
        torch = pytest.importorskip("torch")
        evolution._evolution.cache_clear()
        xp, circuit = ab.get_backend("pytorch", device="cpu"), layers(3, "inference")
        with torch.inference_mode():
            energy = expectation_function(circuit, PauliSum({"ZZZ": 1.0}), xp=xp)
            value = energy(xp.asarray([0.1, 0.2, 0.3]))
        theta = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64, requires_grad=True)
        again = energy(theta)
        torch.autograd.grad(torch.autograd.grad(again, theta, create_graph=True)[0].sum(), theta)
        assert float(value) == float(again.detach())


class TestDerivatives:
    @pytest.mark.parametrize("is_unitary", [True, False])
    @settings(max_examples=40)
    @given(data=st.data())
    def test_equal_central_differences(self, numpy_xp, is_unitary, data):
        """In angles, given arrays and initial states; with states computed backwards or kept."""
        problem = data.draw(problems(n_qubits=6, max_size=6, batch=2, is_unitary=is_unitary))
        rng = np.random.default_rng(0)
        start, target = rng.normal(size=(2, 2, 64)) + 1j * rng.normal(size=(2, 2, 64))
        function = inner_product(numpy_xp, problem, is_unitary, target)
        arguments = (problem.angles, problem.matrices, start)
        exact = numpy_xp.grad(function, argnums=(0, 1, 2))(*arguments)
        for array, gradient in [
            (problem.angles, exact[0]),
            (start, exact[2]),
            *zip(problem.matrices, exact[1], strict=True),
        ]:
            assert gradient.shape == array.shape
            direction = rng.normal(size=array.shape)
            if array.dtype.kind == "c":
                direction = direction + 1j * rng.normal(size=array.shape)
            kept = array.copy()
            ends = []
            for step in (1e-5, -1e-5):
                array[...] = kept + step * direction
                ends.append(float(function(*arguments)))
            array[...] = kept
            slope = (ends[0] - ends[1]) / 2e-5
            assert np.sum(gradient * direction.conj()).real == pytest.approx(slope, abs=2e-7)

    def test_of_given_arrays_equal_those_of_autodiff(self, xp, numpy_xp):
        """The evolution itself is differentiable by the backend, also under its compiler."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")
        rng = np.random.default_rng(3)
        matrix = rng.normal(size=(2, 4, 4)) + 1j * rng.normal(size=(2, 4, 4))
        structure = Structure(
            3,
            (
                Operation("rx", (0,), (0,)),
                Operation(UNITARY, (2, 0), (0,)),
                Operation("rxyz", (1, 0, 2), (1,)),
            ),
            2,
            1,
        )
        problem = Problem(3, structure.operations, rng.normal(size=(2, 2)), [matrix], 2)
        target = rng.normal(size=(2, 8)) + 1j * rng.normal(size=(2, 8))
        start = np.zeros((2, 8), dtype=complex)
        start[:, 0] = 1
        expected = numpy_xp.grad(inner_product(numpy_xp, problem, False, target), argnums=(0, 1))(
            problem.angles, problem.matrices, start
        )
        evolution = Evolution(xp, plan(structure))
        goal = xp.asarray(target)

        def function(angles, matrices):
            return xp.sum(xp.real(xp.conj(goal) * evolution.function(angles, matrices)))

        gradient = xp.grad(function, argnums=(0, 1), method="autodiff")
        if xp.capabilities.compiles_complex:
            gradient = xp.jit(gradient, fallback="raise")
        angles, (given_array,) = gradient(xp.asarray(problem.angles), [xp.asarray(matrix)])
        np.testing.assert_allclose(xp.to_numpy(angles), expected[0], atol=1e-12)
        np.testing.assert_allclose(xp.to_numpy(given_array), expected[1][0], atol=1e-12)


def layered(n_qubits, depth):
    """Layers of rotations and a chain of controlled gates, each with an angle of its own."""
    operations, n_angles = [], 0
    for _ in range(depth):
        for qubit in range(n_qubits):
            for name in ("ry", "rz"):
                operations.append(Operation(name, (qubit,), (n_angles,)))
                n_angles += 1
        operations += [Operation("cx", (q, q + 1)) for q in range(n_qubits - 1)]
    rng = np.random.default_rng(depth)
    return Problem(n_qubits, operations, list(rng.uniform(-3, 3, n_angles)), [])


class TestLoops:
    def test_have_the_derivatives_of_steps_one_by_one(self, numpy_xp):
        """Under a compiler layers are rounds of a loop, and the gradient is the same."""
        xp = pytest.importorskip("jax") and ab.get_backend("jax")
        problem = layered(6, 5)
        assert next(find_loops(plan(problem.structure).steps)).n_rounds == 5
        target = np.random.default_rng(0).normal(size=(1, 64)) * (1 + 0.5j)
        start = np.eye(1, 64, dtype=complex)
        expected = numpy_xp.grad(inner_product(numpy_xp, problem, True, target), argnums=(0, 2))(
            problem.angles, [], start
        )
        function = xp.grad(inner_product(xp, problem, True, xp.asarray(target)), argnums=(0, 2))
        found = xp.jit(function, fallback="raise")(
            xp.asarray(problem.angles), [], xp.asarray(start)
        )
        for given_array, wanted in zip(found, expected, strict=True):
            np.testing.assert_allclose(xp.to_numpy(given_array), wanted, atol=1e-12)

    def test_show_a_compiler_as_many_operations_however_deep_the_circuit(self):
        """Six times the layers are less than one and a half times the operations."""
        jax = pytest.importorskip("jax")
        core = pytest.importorskip("jax.extend.core")
        xp = ab.get_backend("jax")
        counts = []
        for depth in (8, 48):
            problem = layered(13, depth)
            target = xp.zeros((1, 2**13), dtype=xp.complex128)
            gradient = jax.grad(inner_product(xp, problem, True, target))
            start = xp.zeros((1, 2**13), dtype=xp.complex128)
            traced = jax.make_jaxpr(gradient)(xp.asarray(problem.angles), [], start)
            counts.append(n_equations(core, traced.jaxpr))
        assert counts[1] < 1.5 * counts[0]

    def test_are_runs_of_steps_that_differ_in_their_values_alone(self):
        """A step stands as many members further on in each round; a break ends the loop."""
        steps = [
            step
            for place in range(4)
            for step in (Dense(Operand(0, 2 * place), 1, 2, 4), Dense(Operand(1, 0), 2, 2, 2))
        ]
        assert list(find_loops(steps)) == [Loop(0, 4, (2, 0))]
        broken = [*steps[:6], Dense(Operand(0, 7), 1, 2, 4), *steps[:2]]
        assert list(find_loops(broken)) == [Loop(0, 3, (2, 0))]
        assert list(find_loops(steps[:4])) == []


def n_equations(core, jaxpr):
    """Number of operations, those inside of others included."""
    count = 0
    for equation in jaxpr.eqns:
        count += 1
        for inner in core.jaxprs_in_params(equation.params):
            count += n_equations(core, inner)
    return count


class TestRefusals:
    @pytest.mark.parametrize(
        ("operation", "what"),
        [
            (Operation(MEASURE, (0,), bits=(0,)), "`measure`, which is no unitary gate"),
            (Operation(RESET, (0,)), "`reset`"),
            (Operation("depolarizing", (0,), (0,)), "`depolarizing`"),
            (Operation("x", (0,), condition=((0, 1),)), "`x` under a condition on classical bits"),
        ],
    )
    def test_name_what_no_state_vector_can_run(self, operation, what):
        """Measurements, channels and conditions are refused by name, with the remedy."""
        with pytest.raises(ab.CapabilityError, match=rf"{what}.*density_matrix.*trajectories"):
            plan(Structure(1, (operation,), 1, 0, 1))

    def test_of_given_arrays_of_other_shapes(self, numpy_xp):
        """Given arrays must have the shape of their gate."""
        structure = Structure(2, (Operation(UNITARY, (0, 1), (0,)),), 0, 1)
        from arraybackends.quantum.execution.execution import given_arrays

        with pytest.raises(ab.ShapeError, match=r"slot 0 must have shape \(4, 4\).*\(2, 2\)"):
            given_arrays(numpy_xp, plan(structure), [np.eye(2)])
