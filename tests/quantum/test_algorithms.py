"""Molecules, ansatz circuits, minimisation, and the eigensolver that joins them."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, PauliSum
from arraybackends.quantum.algorithms import (
    excitation_ansatz,
    ground_energy,
    hardware_efficient_ansatz,
    minimize,
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

    def test_gives_up_where_no_step_helps(self, numpy_xp):
        """A gradient that points the wrong way ends the search instead of looping."""
        found = minimize(numpy_xp, lambda x: (np.sum(x**2), -2 * x), np.ones(2))
        assert not found.converged
        assert found.iterations == 0


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
