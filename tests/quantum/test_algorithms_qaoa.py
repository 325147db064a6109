"""QAOA for MaxCut, compared with formulas of the literature and with the best of all cuts."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import PauliSum
from arraybackends.quantum.algorithms import maxcut, maxcut_hamiltonian, qaoa, qaoa_ansatz

RING = [(i, (i + 1) % 6) for i in range(6)]
BIPARTITE = [(i, j) for i in range(3) for j in range(3, 6)]
WEIGHTED = [(0, 1, 1.5), (1, 2, 0.5), (2, 0, 2.0), (2, 3, 1.0), (3, 4, -0.7), (4, 0, 1.2)]


def cut(edges, bits):
    """Weight of the edges between different bits."""
    weights = [edge[2] if len(edge) > 2 else 1 for edge in edges]
    return sum(w for (i, j, *_), w in zip(edges, weights, strict=True) if bits[i] != bits[j])


def best_cut(edges, n_nodes):
    """Largest weight among all cuts."""
    return max(cut(edges, bits) for bits in itertools.product("01", repeat=n_nodes))


def mean_cut(xp, edges, gamma, beta):
    """Mean cut of one layer."""
    cost = maxcut_hamiltonian(edges)
    with ab.use_backend(xp):
        return -float(qaoa_ansatz(cost).bind([gamma, beta]).expectation(cost))


class TestMaxCutHamiltonian:
    def test_counts_the_edges_that_are_cut(self, dense):
        """Its diagonal is minus the weight of each cut."""
        matrix = dense.sum(maxcut_hamiltonian(WEIGHTED).terms)
        cuts = [cut(WEIGHTED, bits) for bits in itertools.product("01", repeat=5)]
        np.testing.assert_allclose(matrix, np.diag(cuts) * -1.0, atol=1e-12)

    def test_adds_parallel_edges(self):
        """Whichever end comes first; nodes without edges are kept."""
        found = maxcut_hamiltonian([(0, 1), (1, 0, 2.0)], n_nodes=3)
        assert found == PauliSum({"ZZI": 1.5, "III": -1.5})

    def test_refuses_what_is_no_graph(self):
        """Loops, negative nodes, nodes beyond the register, and nothing at all."""
        with pytest.raises(ValueError, match=r"two different nodes, from 0, but has \(1, 1\)"):
            maxcut_hamiltonian([(1, 1)])
        with pytest.raises(ValueError, match=r"from 0, but has \(0, -1\)"):
            maxcut_hamiltonian([(0, -1)])
        with pytest.raises(ValueError, match="`n_nodes` is 2, but `edges` has the node 2"):
            maxcut_hamiltonian([(0, 2)], n_nodes=2)
        with pytest.raises(ValueError, match="`edges` has no edge"):
            maxcut_hamiltonian([])


class TestAnsatz:
    @pytest.mark.parametrize(("edges", "degree"), [(RING, 2), (BIPARTITE, 3)])
    def test_of_regular_graphs_without_triangles_cuts_by_the_formula(self, numpy_xp, edges, degree):
        """1/2 + sin(4 beta) sin(gamma) cos(gamma)**(d - 1) / 2 of each edge (Wang et al. 2018)."""
        for gamma, beta in ((0.3, 0.2), (-0.8, 1.0)):
            of_edge = math.sin(4 * beta) * math.sin(gamma) * math.cos(gamma) ** (degree - 1)
            expected = len(edges) * (1 + of_edge) / 2
            assert mean_cut(numpy_xp, edges, gamma, beta) == pytest.approx(expected, abs=1e-12)

    def test_of_any_graph_cuts_by_the_formula(self, numpy_xp):
        """Degrees that differ, and triangles (Wang et al. 2018, theorem 1)."""
        edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 0), (1, 3)]
        neighbours = [{a + b - n for a, b in edges if n in (a, b)} for n in range(5)]
        gamma, beta = 0.7, 0.4
        expected = 0.0
        for u, v in edges:
            d, e = len(neighbours[u]) - 1, len(neighbours[v]) - 1
            f = len(neighbours[u] & neighbours[v])
            cosine = math.cos(gamma)
            linear = math.sin(4 * beta) * math.sin(gamma) * (cosine**d + cosine**e)
            quadratic = math.sin(2 * beta) ** 2 * cosine ** (d + e - 2 * f)
            expected += 0.5 + linear / 4 - quadratic * (1 - math.cos(2 * gamma) ** f) / 4
        assert mean_cut(numpy_xp, edges, gamma, beta) == pytest.approx(expected, abs=1e-12)

    def test_refuses_costs_that_are_not_diagonal(self):
        """The message names the term; there is a layer at least."""
        with pytest.raises(ValueError, match="has the term XZ"):
            qaoa_ansatz(PauliSum({"XZ": 1.0}))
        with pytest.raises(ValueError, match="has the term ZZ with the coefficient 1j"):
            qaoa_ansatz(PauliSum({"ZZ": 1j}))
        with pytest.raises(ValueError, match="`n_layers` must be at least 1, but is 0"):
            qaoa_ansatz(PauliSum({"ZZ": 1.0}), 0)


class TestMaxCut:
    def test_cuts_three_quarters_of_a_ring(self, xp):
        """One layer at its best angles, on every backend, and a best cut in the sample."""
        start = xp.asarray([[np.pi / 4, np.pi / 8]])
        found = maxcut([*RING[:3], (3, 0)], xp=xp, start=start)
        assert found.minimum.converged
        assert found.expectation == pytest.approx(3, abs=1e-12)
        assert (found.bits, found.value) == ("0101", 4)
        assert found.parameters.shape == (1, 2)

    def test_cuts_more_with_more_layers(self, numpy_xp):
        """p layers give (2 p + 1) / (2 p + 2) of a ring of more than 2 p + 1 nodes, else all."""
        fractions = [maxcut(RING, p, xp=numpy_xp).expectation / 6 for p in (1, 2, 3)]
        np.testing.assert_allclose(fractions, [3 / 4, 5 / 6, 1], atol=1e-7)

    def test_cuts_at_best_0_69_at_degree_three(self, numpy_xp):
        """The optimum of the formula: 1/2 + 1 / (3 sqrt(3))."""
        found = maxcut(BIPARTITE, xp=numpy_xp)
        assert found.expectation / 9 == pytest.approx(0.5 + 1 / (3 * 3**0.5), abs=1e-9)

    def test_finds_the_best_of_weighted_cuts(self, numpy_xp):
        """What it returns is a cut of that weight, the best by brute force."""
        found = maxcut(WEIGHTED, 2, xp=numpy_xp)
        assert found.value == pytest.approx(cut(WEIGHTED, found.bits), abs=1e-12)
        assert found.value == pytest.approx(best_cut(WEIGHTED, 5), abs=1e-12)
        assert found.expectation < found.value

    def test_finds_ground_states_of_fields_and_products(self, numpy_xp):
        """Any diagonal cost is one: a field, and a product of three."""
        cost = PauliSum({"ZZZ": 1.0, "ZII": 0.4, "IZI": -0.3, "III": 2.0})
        found = qaoa(cost, 3, xp=numpy_xp)
        lowest = min(
            (-1) ** (a + b + c) + 0.4 * (-1) ** a - 0.3 * (-1) ** b + 2
            for a, b, c in itertools.product((0, 1), repeat=3)
        )
        assert found.value == pytest.approx(lowest, abs=1e-12)

    def test_starts_where_it_is_told(self, numpy_xp):
        """At the optimum nothing moves; other shapes and constant costs are refused."""
        start = np.array([[np.pi / 4, np.pi / 8]])
        found = maxcut(RING, xp=numpy_xp, start=start, shots=10)
        assert found.minimum.iterations == 0
        with pytest.raises(ab.ShapeError, match=r"`start` must have shape \(2, 2\)"):
            maxcut(RING, 2, xp=numpy_xp, start=start)
        with pytest.raises(ValueError, match="`cost` is constant"):
            qaoa(PauliSum({"II": 1.0}), xp=numpy_xp)
