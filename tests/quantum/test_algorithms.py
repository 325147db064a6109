"""Molecules, ansatz circuits, minimisation, and the eigensolver that joins them."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import (
    Circuit,
    Parameter,
    PauliSum,
    expectation_function,
    fubini_study_metric,
)
from arraybackends.quantum.algorithms import (
    adam,
    excitation_ansatz,
    gradient_descent,
    ground_energy,
    hardware_efficient_ansatz,
    minimize,
    uccsd_ansatz,
    vqe,
)
from arraybackends.quantum.molecules import load_molecule, molecule_names


class TestMolecules:
    @pytest.mark.parametrize("name", ["h2", "h4-chain"])
    def test_have_the_exact_energy_that_they_say(self, dense, name):
        """The lowest eigenvalue of the dense Hamiltonian is the exact energy."""
        molecule = load_molecule(name)
        lowest = np.linalg.eigvalsh(dense.sum(molecule.hamiltonian.terms))[0]
        assert lowest == pytest.approx(molecule.exact_energy, abs=1e-10)

    @pytest.mark.parametrize("name", molecule_names())
    def test_have_the_hartree_fock_energy_that_they_say(self, numpy_xp, name):
        """The occupied qubits make the determinant of the Hartree-Fock energy."""
        molecule = load_molecule(name)
        with ab.use_backend(numpy_xp):
            determinant = Circuit(molecule.n_qubits).x(molecule.occupied)
            energy = float(determinant.expectation(molecule.hamiltonian))
        assert energy == pytest.approx(molecule.hartree_fock_energy, abs=1e-10)

    def test_name_their_source(self):
        """Every file says where its data are from."""
        assert all("qedcbench" in load_molecule(name).source for name in molecule_names())

    def test_of_unknown_name_are_refused(self):
        """The message lists the known names."""
        with pytest.raises(ValueError, match=r"'water'.*Known molecules: h2, h4-chain, h6-chain"):
            load_molecule("water")


class TestGroundEnergy:
    @pytest.mark.parametrize("name", molecule_names())
    def test_is_the_exact_energy_of_molecules(self, numpy_xp, name):
        """From the Hartree-Fock determinant, without a matrix, up to 12 qubits and 919 strings."""
        molecule = load_molecule(name)
        with ab.use_backend(numpy_xp):
            start = Circuit(molecule.n_qubits).x(molecule.occupied).state()
        found = ground_energy(numpy_xp, molecule.hamiltonian, start)
        assert found == pytest.approx(molecule.exact_energy, abs=1e-9)

    def test_is_the_same_on_every_backend(self, xp):
        """H2 on every backend."""
        molecule = load_molecule("h2")
        with ab.use_backend(xp):
            start = Circuit(molecule.n_qubits).x(molecule.occupied).state()
        found = ground_energy(xp, molecule.hamiltonian, start)
        assert found == pytest.approx(molecule.exact_energy, abs=1e-12)

    def test_stays_among_the_states_that_overlap(self, numpy_xp):
        """An eigenstate knows its own eigenvalue alone."""
        excited = np.array([0, 1.0 + 0j])
        assert ground_energy(numpy_xp, PauliSum({"Z": -2.0}), excited) == 2.0

    def test_is_bounded_in_dimension(self, numpy_xp):
        """A small Krylov space gives an upper bound."""
        molecule = load_molecule("h4-chain")
        with ab.use_backend(numpy_xp):
            start = Circuit(8).x(molecule.occupied).state()
        bounds = [
            ground_energy(numpy_xp, molecule.hamiltonian, start, max_dimension=dimension)
            for dimension in (1, 2, 4, 8)
        ]
        assert bounds == sorted(bounds, reverse=True)
        assert bounds[0] == pytest.approx(molecule.hartree_fock_energy, abs=1e-12)
        assert bounds[-1] > molecule.exact_energy

    def test_refuses_other_registers(self, numpy_xp):
        """State and Hamiltonian have the same qubits."""
        with pytest.raises(ab.ShapeError, match="the 1 qubits of the circuit, but acts on 2"):
            ground_energy(numpy_xp, PauliSum({"ZZ": 1.0}), np.array([1.0 + 0j, 0]))


class TestAnsatz:
    def test_conserves_electrons_of_each_spin(self, numpy_xp):
        """Excitations reach only bit strings with as many ones in each half."""
        ansatz = excitation_ansatz(8, (2, 3, 6, 7), 2)
        values = np.random.default_rng(1).normal(size=len(ansatz.parameters))
        with ab.use_backend(numpy_xp):
            probabilities = ansatz.bind(values).probabilities()
        reached = [format(i, "08b") for i in np.flatnonzero(probabilities > 1e-20)]
        assert {(s[:4].count("1"), s[4:].count("1")) for s in reached} == {(2, 2)}
        assert len(reached) == 36

    def test_counts_its_excitations(self):
        """Four electrons in eight spin orbitals: 8 single and 18 double excitations a layer."""
        assert len(excitation_ansatz(8, (2, 3, 6, 7), 3).parameters) == 3 * 26

    def test_has_a_layer(self):
        """No layers make no ansatz."""
        with pytest.raises(ValueError, match="`n_layers` must be at least 1, but is 0"):
            excitation_ansatz(4, (1, 3), 0)
        with pytest.raises(ValueError, match="`n_layers` must be at least 1, but is -1"):
            hardware_efficient_ansatz(2, -1)

    @pytest.mark.parametrize(
        ("pattern", "pairs"),
        [
            ("linear", [(0, 1), (1, 2), (2, 3)]),
            ("ring", [(0, 1), (1, 2), (2, 3), (3, 0)]),
            ("brickwork", [(0, 1), (2, 3), (1, 2)]),
            ("full", [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]),
            ([(3, 1), (0, 2)], [(3, 1), (0, 2)]),
        ],
    )
    def test_entangles_in_patterns(self, pattern, pairs):
        """Each layer joins the pairs of its pattern, with angles if the gate has any."""
        ansatz = hardware_efficient_ansatz(4, 2, rotations=["rx"], entangler="crz", pattern=pattern)
        assert [gate.qubits for gate in ansatz if not gate.controls and gate.gate == "crz"] == (
            pairs * 2
        )
        assert len(ansatz.parameters) == len(set(ansatz.parameters)) == 3 * 4 + 2 * len(pairs)

    def test_of_two_qubits_has_no_pair_twice(self):
        """A ring of two is a line, and of one nothing."""
        assert hardware_efficient_ansatz(2, pattern="ring").count_ops()["cx"] == 1
        assert "cx" not in hardware_efficient_ansatz(1, pattern="ring").count_ops()

    def test_refuses_patterns_and_gates_that_there_are_not(self):
        """Known names are in the message."""
        with pytest.raises(ValueError, match=r"`pattern` must be 'linear', .* but is 'star'"):
            hardware_efficient_ansatz(3, pattern="star")
        with pytest.raises(ValueError, match="'foo', which is no known gate"):
            hardware_efficient_ansatz(3, rotations=["foo"])


class Fermions:
    """Jordan-Wigner matrices by occupation numbers: signs count the electrons before."""

    @staticmethod
    def annihilator(orbital, n):
        """Matrix that empties a spin orbital."""
        matrix = np.zeros((2**n, 2**n))
        for state in range(2**n):
            bits = format(state, f"0{n}b")
            if bits[orbital] == "1":
                emptied = state - 2 ** (n - 1 - orbital)
                matrix[emptied, state] = (-1) ** bits[:orbital].count("1")
        return matrix

    @classmethod
    def excitation(cls, particles, holes, n):
        """Matrix that moves electrons from holes to particles."""
        factors = [cls.annihilator(p, n).T for p in particles]
        factors += [cls.annihilator(h, n) for h in reversed(holes)]
        return functools.reduce(np.matmul, factors)


class TestUCCSD:
    @pytest.mark.parametrize(
        ("spin_order", "occupied", "excitations"),
        [
            ("blocks", (0, 2), [((1,), (0,)), ((3,), (2,)), ((1, 3), (0, 2))]),
            ("interleaved", (0, 1), [((2,), (0,)), ((3,), (1,)), ((2, 3), (0, 1))]),
        ],
    )
    def test_is_the_product_of_fermionic_exponentials(
        self, numpy_xp, dense, spin_order, occupied, excitations
    ):
        """exp(t (T - T^+)) of each excitation, from matrices of occupation numbers."""
        ansatz = uccsd_ansatz(4, occupied, spin_order=spin_order)
        values = [0.3, -0.7, 1.1]
        expected = np.zeros(16)
        expected[sum(2 ** (3 - q) for q in occupied)] = 1
        for value, (particles, holes) in zip(values, excitations, strict=True):
            generator = Fermions.excitation(particles, holes, 4)
            expected = dense.exponential(1j * (generator - generator.T), value) @ expected
        with ab.use_backend(numpy_xp):
            found = ansatz.bind(values).state()
        np.testing.assert_allclose(found, expected, atol=1e-14)

    def test_counts_its_excitations(self):
        """As many amplitudes as the excitation ansatz has, of the same names."""
        occupied = (2, 3, 6, 7)
        assert (
            uccsd_ansatz(8, occupied, 2).parameters == excitation_ansatz(8, occupied, 2).parameters
        )

    def test_refuses_other_orders(self):
        """Spin orbitals come in pairs, in one of two orders."""
        with pytest.raises(ValueError, match=r"`n_qubits` must be even, .* but is 3"):
            uccsd_ansatz(3, (0,))
        with pytest.raises(ValueError, match="'blocks' or 'interleaved', but is 'mixed'"):
            excitation_ansatz(4, (0, 1), spin_order="mixed")
        for ansatz in (excitation_ansatz, uccsd_ansatz):
            with pytest.raises(
                ValueError, match=r"`occupied` must be distinct qubits, .* \(1, 1\)"
            ):
                ansatz(4, (1, 1))


class TestMinimize:
    def test_finds_the_minimum_of_rosenbrock(self, xp):
        """The valley of (1 - x)^2 + 100 (y - x^2)^2 leads to (1, 1) on every backend."""

        def value_and_grad(p):
            x, y = p[0], p[1]
            value = (1 - x) ** 2 + 100 * (y - x**2) ** 2
            slope = [-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)]
            return value, xp.stack(slope)

        compiled = xp.jit(value_and_grad) if xp.capabilities.compiles_complex else value_and_grad
        found = minimize(xp, compiled, xp.asarray([-1.2, 1.0]))
        assert found.converged
        np.testing.assert_allclose(xp.to_numpy(found.x), [1, 1], atol=1e-8)

    def test_stops_when_told(self, numpy_xp):
        """Running out of iterations is told; the callback sees each of them."""
        seen = []
        found = minimize(
            numpy_xp,
            lambda x: (np.sum(x**4), 4 * x**3),
            np.ones(2),
            max_iterations=3,
            callback=lambda iteration, value, norm: seen.append((iteration, value, norm)),
        )
        assert not found.converged
        assert found.iterations == len(seen) == 3
        assert seen[-1] == (3, found.value, found.gradient_norm)
        assert [value for _, value, _ in seen] == sorted((v for _, v, _ in seen), reverse=True)
        assert found.history == (2.0, *(value for _, value, _ in seen))

    def test_gives_up_where_no_step_helps(self, numpy_xp):
        """A gradient that points the wrong way ends the search instead of looping."""
        found = minimize(numpy_xp, lambda x: (np.sum(x**2), -2 * x), np.ones(2))
        assert not found.converged
        assert found.iterations == 0


class TestDescent:
    def test_takes_the_steps_of_the_gradient(self, numpy_xp):
        """On x**2 / 2 each step of size s multiplies x by 1 - s."""
        found = gradient_descent(
            numpy_xp, lambda x: (np.sum(x**2) / 2, x), np.ones(1), step=0.25, max_iterations=3
        )
        assert found.x[0] == 0.75**3
        assert found.history == tuple(0.75 ** (2 * k) / 2 for k in range(4))
        assert (found.iterations, found.evaluations, found.converged) == (3, 4, False)

    def test_takes_natural_steps(self, xp):
        """With the Hessian as metric, a whole step is Newton's: the minimum of a quadratic form."""
        hessian = xp.asarray([[2.0, 1.0], [1.0, 3.0]])

        def value_and_grad(x):
            gradient = xp.matmul(hessian, x)
            return xp.vecdot(x, gradient) / 2, gradient

        found = gradient_descent(
            xp, value_and_grad, xp.asarray([1.0, -2.0]),
            step=1.0, metric=lambda x: hessian, regularization=0.0,
        )  # fmt: skip
        assert (found.iterations, found.converged) == (1, True)
        np.testing.assert_allclose(xp.to_numpy(found.x), 0, atol=1e-15)

    def test_takes_the_steps_of_adam(self, numpy_xp):
        """The first step has the given size, whatever the gradient; the next by its formula."""
        slopes = iter([np.array([1e3, -1e-3]), np.array([0.0, 1e-3]), np.ones(2)])
        path = []

        def value_and_grad(x):
            path.append(x)
            return np.sum(x), next(slopes)

        adam(numpy_xp, value_and_grad, np.zeros(2), step=0.1, max_iterations=2)
        np.testing.assert_allclose(path[1], [-0.1, 0.1], rtol=1e-4)
        mean = 0.9 * 0.1 * 1e3 / (1 - 0.9**2)
        root = math.sqrt(0.999 * 0.001 * 1e6 / (1 - 0.999**2))
        assert path[2][0] == pytest.approx(path[1][0] - 0.1 * mean / root)


class TestVQE:
    def test_reaches_the_exact_energy_of_hydrogen(self, xp):
        """H2 on every backend, to 1e-9 hartree."""
        molecule = load_molecule("h2")
        ansatz = excitation_ansatz(molecule.n_qubits, molecule.occupied)
        found = vqe(ansatz, molecule.hamiltonian, xp=xp)
        assert found.converged
        assert found.value == pytest.approx(molecule.exact_energy, abs=1e-9)

    def test_reaches_the_exact_energy_of_a_chain(self, numpy_xp):
        """Four hydrogen atoms, two layers: to 1e-6 hartree, where one layer gives 1e-4."""
        molecule = load_molecule("h4-chain")
        errors = []
        for n_layers in (1, 2):
            ansatz = excitation_ansatz(molecule.n_qubits, molecule.occupied, n_layers)
            energy = vqe(ansatz, molecule.hamiltonian, xp=numpy_xp, max_iterations=150).value
            errors.append(energy - molecule.exact_energy)
        assert 1e-5 < errors[0] < 2e-4
        assert 0 < errors[1] < 1e-6

    def test_reaches_the_ising_ground_state(self, numpy_xp):
        """H = -Z0 Z1 - X0 - X1 has the ground energy -sqrt(5)."""
        hamiltonian = PauliSum.from_text("-ZZ - XI - IX")
        found = vqe(hardware_efficient_ansatz(2, 1), hamiltonian, xp=numpy_xp, seed=1)
        assert found.value == pytest.approx(-(5**0.5), abs=1e-8)

    def test_reaches_the_exact_energy_by_coupled_cluster(self, numpy_xp):
        """H2, to 1e-9 hartree; H4 above the exact energy, to 1e-4 in one layer."""
        for name, bound in (("h2", 1e-9), ("h4-chain", 1e-4)):
            molecule = load_molecule(name)
            ansatz = uccsd_ansatz(molecule.n_qubits, molecule.occupied)
            found = vqe(ansatz, molecule.hamiltonian, xp=numpy_xp, tolerance=1e-5)
            assert -1e-12 < found.value - molecule.exact_energy < bound

    def test_reaches_the_exact_energy_along_the_natural_gradient(self, numpy_xp):
        """H2 in a few steps of the Fubini-Study metric."""
        molecule = load_molecule("h2")
        ansatz = uccsd_ansatz(molecule.n_qubits, molecule.occupied)
        natural = functools.partial(
            gradient_descent, step=0.3,
            metric=lambda x: fubini_study_metric(ansatz, x, xp=numpy_xp),
        )  # fmt: skip
        found = vqe(
            ansatz, molecule.hamiltonian, xp=numpy_xp,
            minimizer=natural, tolerance=1e-5, max_iterations=60,
        )  # fmt: skip
        assert found.value == pytest.approx(molecule.exact_energy, abs=1e-9)

    def test_differentiates_six_atoms(self, numpy_xp):
        """H6, 12 qubits and 919 strings: the adjoint gradient is the central difference."""
        molecule = load_molecule("h6-chain")
        ansatz = excitation_ansatz(molecule.n_qubits, molecule.occupied)
        energy = expectation_function(ansatz, molecule.hamiltonian, xp=numpy_xp)
        theta = 0.1 * np.random.default_rng(0).normal(size=len(ansatz.parameters))
        value, gradient = numpy_xp.value_and_grad(energy)(theta)
        assert molecule.exact_energy < value
        direction = np.random.default_rng(1).normal(size=theta.shape)
        up, down = energy(np.stack([theta + 1e-4 * direction, theta - 1e-4 * direction]))
        assert gradient @ direction == pytest.approx((up - down) / 2e-4, rel=1e-6)

    def test_minimises_as_it_is_told(self, numpy_xp):
        """Z has the ground energy -1, which Adam finds too; the callback sees its steps."""
        seen = []
        found = vqe(
            Circuit(1).ry(0, Parameter("t")), PauliSum({"Z": 1.0}), xp=numpy_xp,
            minimizer=functools.partial(adam, step=0.2), max_iterations=300,
            callback=lambda iteration, value, norm: seen.append(value),
        )  # fmt: skip
        assert found.value == pytest.approx(-1, abs=1e-6)
        assert found.history[1:] == tuple(seen)

    def test_starts_where_it_is_told(self, numpy_xp):
        """A start at the minimum is the end; one of another length is refused."""
        circuit, hamiltonian = Circuit(1).ry(0, Parameter("t")), PauliSum({"Z": 1.0})
        found = vqe(circuit, hamiltonian, xp=numpy_xp, start=np.array([np.pi]))
        assert (found.iterations, found.history) == (0, (-1.0,))
        with pytest.raises(ab.ShapeError, match=r"`start` must have shape \(1,\), .* \(2,\)"):
            vqe(circuit, hamiltonian, xp=numpy_xp, start=np.zeros(2))

    def test_repeats_itself(self, numpy_xp):
        """The same seed gives the same numbers, another seed another path."""
        hamiltonian = PauliSum.from_text("-ZZ - XI - IX")

        def run(seed):
            return vqe(
                hardware_efficient_ansatz(2, 1), hamiltonian,
                xp=numpy_xp, seed=seed, max_iterations=2,
            ).value  # fmt: skip

        assert run(1) == run(1) != run(2)

    def test_needs_parameters(self):
        """An ansatz without parameters is refused."""
        with pytest.raises(ValueError, match="`ansatz` must have parameters"):
            vqe(Circuit(1).x(0), PauliSum({"Z": 1.0}))

    def test_runs_on_the_current_backend(self):
        """Without `xp` the current backend runs it."""
        with ab.use_backend("strict") as xp:
            found = vqe(Circuit(1).ry(0, Parameter("t")), PauliSum({"Z": 1.0}))
            assert xp.is_array(found.x)
