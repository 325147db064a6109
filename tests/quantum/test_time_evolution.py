"""Time evolution against matrix exponentials, an integrator of ODEs, and analytic results."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.quantum import Circuit, Parameter, PauliSum
from arraybackends.quantum.evolution import Drive, evolve, trotter

H = PauliSum.from_text("0.7 ZZI - 0.3 IXX + 0.5 YII + 0.2 III - 0.4 IIZ + 0.6 XII")
# A driven qubit, H(t) = Z + 0.8 cos(3t) X + 0.5 t Y, from 0.2 to 1.7.
START, DURATION = 0.2, 1.5
DRIVE = Drive(
    [
        (PauliSum({"Z": 1.0}), None),
        (PauliSum({"X": 0.8}), lambda t: math.cos(3 * t)),
        (PauliSum({"Y": 0.5}), lambda t: t),
    ]
)
LARGE = {
    "hamiltonian": PauliSum({"XX": 9.0}), "state": np.eye(4)[0] + 0j, "dimension": 2, "time": 9.0
}  # fmt: skip


@pytest.fixture(scope="module")
def driven():
    """Final state of the driven qubit, by an integrator of differential equations."""

    def right(t, y):
        x = 0.8 * math.cos(3 * t)
        h = np.array([[1, x - 0.5j * t], [x + 0.5j * t, -1]])
        return -1j * h @ y

    solved = solve_ivp(right, (START, START + DURATION), [1, 0j], rtol=1e-11, atol=1e-12)
    return solved.y[:, -1]


def random_state(n_qubits):
    """A state without symmetries."""
    rng = np.random.default_rng(n_qubits)
    psi = rng.normal(size=2**n_qubits) + 1j * rng.normal(size=2**n_qubits)
    return psi / np.linalg.norm(psi)


def rates(errors):
    """Exponents with which errors fall when steps are halved."""
    return [math.log2(a / b) for a, b in itertools.pairwise(errors)]


class TestKrylov:
    @pytest.mark.parametrize("time", [0, 0.3, -2.0, 7.0])
    def test_is_the_matrix_exponential(self, xp, dense, time):
        """Forwards, backwards, and over times that take several steps."""
        psi = random_state(3)
        exact = scipy.linalg.expm(-1j * time * dense.sum(H.terms)) @ psi
        found = xp.to_numpy(evolve(xp, H, xp.asarray(psi), time))
        np.testing.assert_allclose(found, exact, atol=1e-13)

    @given(
        time=st.floats(-4, 4),
        dimension=st.integers(8, 20),
        terms=st.dictionaries(
            st.text("IXYZ", min_size=4, max_size=4), st.floats(-2, 2), min_size=1, max_size=6
        ),
    )
    def test_keeps_its_tolerance(self, numpy_xp, dense, time, dimension, terms):
        """Whatever the Hamiltonian and the subspace, exhausted ones included."""
        psi = random_state(4)
        exact = scipy.linalg.expm(-1j * time * dense.sum(terms)) @ psi
        found = evolve(numpy_xp, PauliSum(terms), psi, time, dimension=dimension, tolerance=1e-9)
        assert np.linalg.norm(found - exact) <= 1e-9

    def test_single_precision_keeps_its_dtype(self, xp, dense):
        """A state in complex64 stays one, and is right to seven digits."""
        xp = xp.with_options(precision="single")
        psi = random_state(3)
        found = evolve(xp, H, xp.asarray(psi, dtype=xp.complex64), 1.0)
        exact = scipy.linalg.expm(-1j * dense.sum(H.terms)) @ psi
        assert xp.dtype_name(found.dtype) == "complex64"
        np.testing.assert_allclose(xp.to_numpy(found), exact, atol=1e-5)

    def test_batches_evolve_each_for_itself(self, xp):
        """An eigenstate, which exhausts its subspace at once, beside a state that does not."""
        states = xp.asarray(np.array([[1, 0j], [0.6, 0.8j]]))
        found = xp.to_numpy(evolve(xp, PauliSum({"Z": 1.0}), states, 0.5))
        phase = np.exp(-0.5j)
        expected = [[phase, 0], [0.6 * phase, 0.8j / phase]]
        np.testing.assert_allclose(found, expected, atol=1e-14)

    def test_compiles_with_traced_time(self, xp):
        """Under jit and vmap, and for several times at once, given the number of steps."""
        psi = xp.asarray(random_state(3))

        def run(time):
            return evolve(xp, H, psi, time, steps=1, dimension=4)

        times = xp.asarray([0.3, -0.8])
        several = xp.vmap(run)(times)
        np.testing.assert_allclose(
            xp.to_numpy(run(times)), xp.to_numpy(several), rtol=0, atol=1e-13
        )
        for i, time in enumerate((0.3, -0.8)):
            one = evolve(xp, H, psi, time, steps=1, dimension=4)
            np.testing.assert_allclose(
                xp.to_numpy(several[i, ...]), xp.to_numpy(one), rtol=0, atol=1e-13
            )
        if xp.capabilities.compiles_complex:
            one = xp.jit(run)(times[0])
            np.testing.assert_allclose(xp.to_numpy(one), xp.to_numpy(several[0, ...]), atol=1e-13)

    def test_several_times_broadcast_with_the_states(self, numpy_xp):
        """Each state for each time, also under a drive of array functions."""
        drive = Drive([(PauliSum({"Z": 1.0}), None), (PauliSum({"X": 0.8}), np.cos)])
        states = np.stack([random_state(1), np.array([1, 0j])])
        times = np.array([[0.4], [-0.3], [0.9]])
        found = evolve(numpy_xp, drive, states, times, steps=3, start=START)
        assert found.shape == (3, 2, 2)
        for i, time in enumerate(times[:, 0]):
            alone = evolve(numpy_xp, drive, states, time, steps=3, start=START)
            np.testing.assert_allclose(found[i], alone, rtol=0, atol=1e-14)

    def test_derivative_in_time_is_the_mean_of_a_commutator(self, xp, compiled):
        """d<A>/dt = i<[H, A]>, also from a state whose subspace is exhausted."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")
        hamiltonian, observable = PauliSum({"X": 0.5}), PauliSum({"Z": 1.0})

        def mean(time):
            state = evolve(xp, hamiltonian, xp.asarray([1, 0j]), time, steps=1)
            return xp.real(xp.vecdot(state, observable.apply(xp, state)))

        value, slope = compiled(xp, xp.value_and_grad(mean))(xp.asarray(0.4))
        assert float(value) == pytest.approx(math.cos(0.4), abs=1e-14)
        assert float(slope) == pytest.approx(-math.sin(0.4), abs=1e-13)

    def test_order_of_driven_evolution_is_four(self, numpy_xp, driven):
        """Halving the step divides the error by sixteen."""
        errors = [
            np.linalg.norm(
                evolve(numpy_xp, DRIVE, np.array([1, 0j]), DURATION, steps=n, start=START) - driven
            )
            for n in (8, 16, 32)
        ]
        assert min(rates(errors)) > 3.9
        assert errors[-1] < 1e-7

    def test_derivatives_flow_into_the_drive(self, xp, compiled):
        """A constant pulse of amplitude a turns by 2 a t: <Z> = cos(2 a t)."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")

        def mean(amplitude):
            drive = Drive([(PauliSum({"X": 1.0}), lambda t: amplitude)])
            state = evolve(xp, drive, xp.asarray([1, 0j]), 0.7, steps=2)
            return xp.real(xp.vecdot(state, PauliSum({"Z": 1.0}).apply(xp, state)))

        slope = compiled(xp, xp.grad(mean))(xp.asarray(0.3))
        assert float(slope) == pytest.approx(-1.4 * math.sin(0.42), abs=1e-12)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"dimension": 1}, ValueError, "`dimension` must be at least 2"),
            ({"steps": 0}, ValueError, "`steps` must be at least 1"),
            (LARGE, ValueError, "`dimension` is 2, with which a tolerance of 2.2e-14 takes more"),
            ({"hamiltonian": DRIVE}, ValueError, "`steps` is needed, since the Hamiltonian"),
            ({"time": np.asarray(0.5)}, ValueError, "`steps` is needed, since `time` is an array"),
            (
                {"state": np.eye(3, 2) + 0j, "time": np.asarray([0.5, 1.0]), "steps": 1},
                ShapeError,
                "`time` must broadcast with the batch of states",
            ),
            ({"hamiltonian": 3}, TypeError, "`hamiltonian` must be a `PauliSum`"),
            ({"state": np.zeros(4, complex)}, ShapeError, "must have length 2 for 1 qubits"),
            ({"state": np.zeros(2)}, DTypeError, "`state` must be complex"),
            ({"hamiltonian": PauliSum({"X": 1j})}, ValueError, "must be Hermitian"),
        ],
    )
    def test_refuses(self, numpy_xp, arguments, error, message):
        """What it cannot do, naming the argument."""
        given = {"hamiltonian": PauliSum({"X": 1.0}), "state": np.array([1, 0j]), "time": 0.5}
        options = {**given, **arguments}
        hamiltonian, state, time = (options.pop(name) for name in given)
        with pytest.raises(error, match=message):
            evolve(numpy_xp, hamiltonian, state, time, **options)


class TestTrotter:
    @pytest.mark.parametrize("order", [1, 2, 4])
    def test_order_is_that_of_the_formula(self, numpy_xp, dense, order):
        """The error of the whole unitary, phase included, falls as steps**-order."""
        exact = scipy.linalg.expm(-1j * dense.sum(H.terms))
        errors = [
            np.linalg.norm(trotter(H, 1.0, steps=n, order=order).matrix(numpy_xp) - exact, 2)
            for n in (4, 8, 16)
        ]
        assert all(order - 0.1 < rate < order + 0.2 for rate in rates(errors))

    @pytest.mark.parametrize("order", [1, 2, 4])
    def test_order_holds_for_a_drive(self, numpy_xp, driven, order):
        """The middle of each symmetric step keeps the order of a time-dependent formula."""
        errors = []
        for n in (8, 16, 32):
            circuit = trotter(DRIVE, DURATION, steps=n, order=order, start=START)
            errors.append(np.linalg.norm(circuit.matrix(numpy_xp)[:, 0] - driven))
        assert all(order - 0.1 < rate < order + 0.2 for rate in rates(errors))

    def test_is_exact_where_terms_commute(self, xp, dense):
        """One step of any order, on every backend."""
        hamiltonian = PauliSum.from_text("0.3 ZZ - 0.8 XX + 0.1 II")
        exact = scipy.linalg.expm(-1.3j * dense.sum(hamiltonian.terms))
        matrix = xp.to_numpy(trotter(hamiltonian, 1.3, steps=1, order=1).matrix(xp))
        np.testing.assert_allclose(matrix, exact, atol=1e-14)

    def test_time_may_be_a_parameter_or_a_batch(self, numpy_xp):
        """A bound parameter and an element of a batch give the same state as a number."""
        bound = trotter(H, Parameter("t"), steps=2).bind({"t": 0.4})
        batch = trotter(H, numpy_xp.asarray([0.1, 0.4]), steps=2)
        expected = trotter(H, 0.4, steps=2).state()
        np.testing.assert_allclose(bound.state(), expected, atol=1e-15)
        np.testing.assert_allclose(batch.state()[1], expected, atol=1e-15)

    def test_is_differentiable_in_time(self, xp):
        """The energy of a field along x, seen along z: cos(2 t)."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")
        hamiltonian, observable = PauliSum({"X": 1.0}), PauliSum({"Z": 1.0})
        slope = xp.grad(
            lambda time: trotter(hamiltonian, time, steps=3, order=4).expectation(observable)
        )(xp.asarray(0.4))
        assert float(slope) == pytest.approx(-2 * math.sin(0.8), abs=1e-13)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"steps": 0}, "`steps`"),
            ({"steps": 1, "order": 3}, "`order`"),
        ],
    )
    def test_refuses(self, options, message):
        """Numbers of steps and orders that there are not."""
        with pytest.raises(ValueError, match=message):
            trotter(H, 1.0, **options)

    def test_free_fermions_at_twelve_spins(self, numpy_xp):
        """Order of a quenched Ising ring beside its free-fermion solution."""
        n, field, time = 12, 0.6, 0.9
        ising = PauliSum(
            {
                "".join("Z" if q in (i, (i + 1) % n) else "I" for q in range(n)): -1.0
                for i in range(n)
            }
            | {"".join("X" if q == i else "I" for q in range(n)): -field for i in range(n)}
        )
        start = Circuit(n).h(range(n)).state()
        state = evolve(numpy_xp, ising, start, time)
        transverse = PauliSum({"X" + "I" * (n - 1): 1.0})
        found = float(np.real(np.vdot(state, transverse.apply(numpy_xp, state))))
        momenta = (2 * np.arange(n) + 1 - n) * np.pi / n  # of the even sector
        energy = np.sqrt((np.cos(momenta) - field) ** 2 + np.sin(momenta) ** 2)
        turned = (np.sin(momenta) / energy * np.sin(2 * energy * time)) ** 2
        assert found == pytest.approx(np.mean(1 - 2 * turned), abs=1e-12)


def test_drives_are_made_of_pairs():
    """A part without its function of time, or with a number, is refused in words."""
    for term in (PauliSum({"Z": 1.0}), (1.0, PauliSum({"Z": 1.0})), (PauliSum({"Z": 1.0}), 0.5)):
        with pytest.raises(TypeError, match="pairs of a `PauliSum` and a function of time or None"):
            Drive([term])
