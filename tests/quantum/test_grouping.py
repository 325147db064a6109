"""Groups of strings that are measured together."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum.molecules import load_molecule
from arraybackends.quantum.observables import (
    PauliSum,
    Projector,
    commuting_groups,
    estimate,
    expectation,
    measurement_groups,
    variance,
)

TERMS = st.dictionaries(
    st.text("IXYZ", min_size=3, max_size=3),
    st.floats(-2, 2, allow_subnormal=False).filter(bool),
    min_size=1,
    max_size=12,
)


def total(sums, n_qubits):
    """Sum of Pauli sums."""
    return sum(sums, start=PauliSum({}, n_qubits=n_qubits))


@settings(max_examples=30)
@given(terms=TERMS)
def test_groups_commute_and_add_up(terms):
    """Each string is in one group, in which all commute, qubit by qubit where that is promised."""
    observable = PauliSum(terms)
    product = measurement_groups(observable)
    assert total((group.observable for group in product), 3) == observable
    for group in product:
        assert group.observable.commutes_qubit_wise_with(PauliSum({group.basis: 1.0}))
    clifford = commuting_groups(observable)
    assert total(clifford, 3) == observable
    for group in clifford:
        for first, second in itertools.combinations(group.terms, 2):
            assert PauliSum({first: 1.0}).commutes_with(PauliSum({second: 1.0}))
    assert len(clifford) <= len(terms)


@pytest.mark.parametrize(
    ("name", "bases", "groups"), [("h2", 5, 2), ("h4-chain", 39, 9), ("h6-chain", 204, 34)]
)
def test_molecules_need_few_groups(name, bases, groups):
    """The four XY strings of H2 need a basis each, the others one; larger ones no more than now."""
    hamiltonian = load_molecule(name).hamiltonian
    assert len(measurement_groups(hamiltonian)) <= bases
    assert len(commuting_groups(hamiltonian)) <= groups


@settings(max_examples=20)
@given(terms=TERMS, seed=st.integers(0, 99))
def test_exact_frequencies_give_the_expectation_value(numpy_xp, terms, seed):
    """After its circuit, the distribution of a group gives its mean and its variance."""
    observable = PauliSum(terms)
    rng = np.random.default_rng(seed)
    state = rng.normal(size=8) + 1j * rng.normal(size=8)
    state /= np.linalg.norm(state)
    shots, counts = 10**12, []
    groups = measurement_groups(observable)
    for group in groups:
        rotated = _run(numpy_xp, group.circuit(), state)
        frequencies = np.abs(rotated) ** 2
        counts.append({f"{a:03b}": round(shots * p) for a, p in enumerate(frequencies)})
        found = group.estimate(counts[-1])
        expected = expectation(numpy_xp, state, group.observable)
        assert found.value == pytest.approx(expected, abs=1e-9)
        spread = math.sqrt(variance(numpy_xp, state, group.observable) / shots)
        assert found.standard_error == pytest.approx(spread, abs=1e-9)
    together = estimate(groups, counts)
    expected = expectation(numpy_xp, state, observable)
    assert together.value == pytest.approx(expected, abs=1e-8)


def _run(xp, circuit, state):
    """Apply a circuit to a state, by the circuit's matrix."""
    return xp.to_numpy(circuit.matrix(xp)) @ state


def test_basis_circuits_are_literal():
    """H measures X; SDG then H measures Y; Z and I need nothing."""
    (group,) = measurement_groups(PauliSum({"XYZI": 1.0}))
    assert group.basis == "XYZI"
    assert repr(group.circuit()) == "Circuit(4).h(0).sdg(1).h(1)"


def test_estimates_have_standard_errors():
    """Of a fair coin: 1 / sqrt(shots - 1); of one shot nothing is known."""
    (group,) = measurement_groups(PauliSum({"Z": 1.0}))
    found = group.estimate({"0": 50, "1": 50})
    assert found.value == 0.0
    assert found.standard_error == pytest.approx(1 / math.sqrt(99))
    assert group.estimate({"1": 1}) == (-1.0, math.inf)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "at least one shot"),
        ({"0": -1, "1": 3}, "no negative count"),
        ({"00": 1}, "strings of 1 bits, but one is '00'"),
        ({"x": 1}, "but one is 'x'"),
    ],
)
def test_senseless_counts_are_refused(counts, message):
    """Bit strings have a bit for each qubit, and there is a shot."""
    (group,) = measurement_groups(PauliSum({"Z": 1.0}))
    with pytest.raises(ValueError, match=message):
        group.estimate(counts)


def test_other_observables_are_refused():
    """Only Hermitian Pauli sums have groups, and each group its counts."""
    for function in (measurement_groups, commuting_groups):
        with pytest.raises(TypeError, match="must be a `PauliSum`, but is of type `Projector`"):
            function(Projector("0"))
        with pytest.raises(ValueError, match="coefficient of X is 1j"):
            function(PauliSum({"X": 1j}))
    with pytest.raises(ValueError, match="each of the 1 groups, but has 0"):
        estimate(measurement_groups(PauliSum({"Z": 1.0})), [])
    assert issubclass(ab.ShapeError, ValueError)
