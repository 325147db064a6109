"""Tests of states in half storage, against double precision and against formulas."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.errors import CapabilityError, GradientError, MemoryLimitError, ShapeError
from arraybackends.quantum import (
    Circuit,
    Parameter,
    PauliSum,
    Projector,
    estimate_memory,
    expectation_function,
    run_half,
)
from arraybackends.quantum.half.layout import Layout, layout_of
from arraybackends.quantum.half.stages import layout_for, stages

NP = ab.get_backend("numpy")
ROUNDOFF = 2.0**-11


def random_circuit(n_qubits: int, depth: int, rng: Any) -> Circuit:
    """Rotations on all qubits, then gates on random pairs and triples, some with controls."""
    circuit = Circuit(n_qubits)
    for _ in range(depth):
        for qubit in range(n_qubits):
            circuit = circuit.ry(qubit, float(rng.uniform(0, 6))).rz(
                qubit, float(rng.uniform(0, 6))
            )
        for _ in range(n_qubits // 2):
            a, b, c = (int(q) for q in rng.choice(n_qubits, 3, replace=False))
            circuit = circuit.cx(a, b).rzz(b, c, 0.4).swap(a, c).crx(c, b, 0.7)
    return circuit


def difference(circuit: Circuit, found: Any) -> float:
    """Norm of the difference of a state to that in double precision."""
    with ab.use_backend(NP):
        exact = circuit.state()
    return float(np.linalg.norm(exact - np.asarray(found)))


def test_is_the_state_of_the_circuit(xp: Any) -> None:
    """On every backend the amplitudes are those of `state`, up to the estimated error."""
    circuit = Circuit(3).ry(0, 0.3).ry(2, 0.8).cx(0, 1).rx(1, 1.1).cx(1, 2).rz(2, 0.5)
    with ab.use_backend(xp):
        state = run_half(circuit, qubits_at_once=1)
    found = xp.to_numpy(state.to_state_vector())
    assert found.dtype == "complex64"
    assert state.n_roundings > 1
    assert state.nbytes == 4 * 8
    assert difference(circuit, found) <= state.error_estimate
    amplitude = xp.to_numpy(state.amplitude("011"))
    assert amplitude == found[0b011]
    value = xp.to_numpy(state.expectation(PauliSum({"YIX": 1.0})))
    with ab.use_backend(NP):
        exact = circuit.expectation(PauliSum({"YIX": 1.0}))
    assert abs(value - exact) <= 2 * state.error_estimate


@pytest.mark.parametrize("qubits_at_once", [1, 4, 7, None])
def test_the_size_of_the_parts_changes_only_the_roundings(qubits_at_once: int | None) -> None:
    """Small parts are rounded more often; the state is the same up to that."""
    circuit = random_circuit(8, 3, np.random.default_rng(1))
    state = run_half(circuit, qubits_at_once=qubits_at_once, xp=NP)
    assert difference(circuit, state.to_state_vector()) <= state.error_estimate
    if qubits_at_once is None:
        assert state.n_roundings == 1


def test_the_estimate_bounds_the_error_and_is_near() -> None:
    """In random circuits of many depths and sizes it is 1.5 to 4 times the true error."""
    rng, ratios = np.random.default_rng(2), []
    for n_qubits, depth, at_once in itertools.product((6, 9), (1, 4, 12), (3, 5)):
        circuit = random_circuit(n_qubits, depth, rng)
        state = run_half(circuit, qubits_at_once=at_once, xp=NP)
        found = np.asarray(state.to_state_vector())
        error = difference(circuit, found)
        ratios.append(state.error_estimate / error)
        # The model that was measured for random circuits, and twice of it.
        assert error <= 2 * 2.1e-4 * math.sqrt(state.n_roundings)
        assert error <= state.error_bound
        with ab.use_backend(NP):
            overlap = np.vdot(circuit.state(), found)
        assert 1 - abs(overlap) ** 2 / np.vdot(found, found).real <= 2 * 4.3e-8 * state.n_roundings
    assert min(ratios) > 1.5
    assert max(ratios) < 4


def test_the_bound_holds_where_errors_add_up() -> None:
    """Steps that are smaller than the rounding are lost, each in the same direction."""
    step = Circuit(1).ry(0, 2e-4)
    state = run_half(Circuit(1).h(0), xp=NP)
    for _ in range(20):
        state = state.apply(step)
    exact = np.asarray([math.cos(math.pi / 4 + 2e-3), math.sin(math.pi / 4 + 2e-3)])
    error = np.linalg.norm(np.asarray(state.to_state_vector()) - exact)
    assert state.error_estimate / 10 < error < state.error_bound
    assert state.n_roundings == 21


@pytest.mark.parametrize("kind", ["basis", "ghz", "w", "uniform", "haar"])
def test_amplitudes_of_all_sizes_keep_their_digits(kind: str) -> None:
    """Twenty qubits: from one amplitude of modulus 1 to a million of 1e-3."""
    n = 20
    if kind == "basis":
        circuit = Circuit(n).x(0).x(n - 1)
    elif kind in ("ghz", "uniform"):
        circuit = Circuit(n).h(0)
        for qubit in range(1, n):
            circuit = circuit.cx(0, qubit) if kind == "ghz" else circuit.h(qubit)
    elif kind == "w":
        circuit = Circuit(n).x(0)
        for qubit in range(1, n):
            angle = 2 * math.acos(1 / math.sqrt(n - qubit + 1))
            circuit = circuit.cry(qubit - 1, qubit, angle).cx(qubit, qubit - 1)
    else:
        circuit = random_circuit(n, 2, np.random.default_rng(3))
    single = NP.with_options(precision="single")
    state = run_half(circuit, xp=single)
    with ab.use_backend(single):
        exact = circuit.state()
    found = np.asarray(state.to_state_vector())
    assert np.linalg.norm(found - exact) <= state.error_estimate
    large = np.abs(exact) > 1e-3 / 2**10
    deviation = np.abs(found - exact)[large] / np.abs(exact)[large]
    if kind != "haar":
        assert deviation.max() <= state.error_bound
        assert not found[~large].any()


def test_takes_half_of_the_memory() -> None:
    """A run of 20 qubits holds 4 bytes for an amplitude and little more, at its peak too."""
    n, single = 20, NP.with_options(precision="single")
    circuit = random_circuit(n, 1, np.random.default_rng(4))
    observable = PauliSum({"X" * n: 1.0, "Z" * n: 0.5})

    def peak(run: Any) -> tuple[Any, int]:
        run()  # plans are kept
        tracemalloc.start()
        try:
            result = run()
            return result, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    state, of_half = peak(lambda: run_half(circuit, xp=single))
    with ab.use_backend(single):
        _, of_full = peak(circuit.state)
    assert state.nbytes == 4_194_304
    assert of_half <= estimate_memory(n, method="half").peak <= 6 * 2**n
    assert of_half < of_full / 2
    _, of_values = peak(lambda: (state.expectation(observable), state.sample(100, seed=1)))
    assert of_values < state.nbytes


@pytest.mark.parametrize("name", ["numpy", "pytorch"])
def test_expectation_values_and_outcomes(name: str) -> None:
    """They are those of the circuit: flips of many blocks, sums, probabilities, counts."""
    n, rng, xp = 5, np.random.default_rng(5), ab.get_backend(name)
    circuit = random_circuit(n, 1, rng)
    observable = PauliSum(
        {"".join(rng.choice(list("IXYZ"), n)): float(rng.normal()) for _ in range(12)}
    )
    total = observable + 2 * PauliSum({"YXYXZ": 1.0})
    with ab.use_backend(NP):
        values = np.asarray(circuit.expectation([observable, total]))
        marginal = np.asarray(circuit.probabilities((3, 0)))
    with ab.use_backend(xp):
        state = run_half(circuit, qubits_at_once=2)
    scale = sum(abs(c) for c in observable.terms.values()) + 2
    found = xp.to_numpy(state.expectation([observable, total]))
    np.testing.assert_allclose(found, values, atol=2 * scale * state.error_estimate)
    found = xp.to_numpy(state.probabilities((3, 0)))
    np.testing.assert_allclose(found, marginal, atol=2 * state.error_estimate)


def test_expectation_values_of_all_strings() -> None:
    """Every Pauli string on four qubits, of which three number the blocks."""
    n = 4
    circuit = random_circuit(n, 2, np.random.default_rng(6))
    state = run_half(circuit, qubits_at_once=2, xp=NP)
    strings = [PauliSum({"".join(label): 1.0}) for label in itertools.product("IXYZ", repeat=n)]
    with ab.use_backend(NP):
        exact = np.asarray(circuit.expectation(strings))
    error = 2.5 * state.error_estimate
    np.testing.assert_allclose(state.expectation(strings), exact, atol=error)
    total = PauliSum({label: 0.1 for string in strings for label in string.terms})
    np.testing.assert_allclose(
        state.expectation(total), 0.1 * exact.sum(), atol=0.1 * len(strings) * error
    )


def test_outcomes_follow_the_probabilities() -> None:
    """Frequencies of blocks and within blocks, for all qubits and for some."""
    circuit = random_circuit(6, 2, np.random.default_rng(7))
    state = run_half(circuit, qubits_at_once=3, xp=NP)
    shots = 40_000
    outcomes = np.asarray(state.sample(shots, seed=8))
    expected = np.asarray(state.probabilities(), dtype="float64")
    observed = np.bincount(outcomes, minlength=64) / shots
    assert np.all(np.abs(observed - expected) < 5 * np.sqrt(expected / shots) + 1e-4)
    some = np.asarray(state.sample(shots, seed=8, qubits=(4, 1)))
    np.testing.assert_array_equal(some, (outcomes >> 1 & 1) * 2 + (outcomes >> 4 & 1))
    counts = state.counts(shots, seed=8, qubits=(4, 1))
    assert counts == {f"{k:02b}": int(c) for k, c in enumerate(np.bincount(some))}
    assert state.sample(0, seed=1).shape == (0,)


def test_batches_are_the_single_runs() -> None:
    """A batch of angles and of initial states gives what each would alone."""
    angles = np.asarray([[0.3], [0.9]]) + np.asarray([0.0, 0.5, 1.0])
    circuit = Circuit(4).ry(0, angles).cx(0, 3).rx(2, 0.4).cx(2, 1)
    state = run_half(circuit, qubits_at_once=2)
    assert state.batch_shape == (2, 3)
    observable = PauliSum({"XXII": 0.5, "ZIIZ": 1.0, "IYYI": 0.2})
    values, outcomes = state.expectation(observable), state.sample(50, seed=2)
    assert values.shape == (2, 3)
    assert outcomes.shape == (2, 3, 50)
    assert state.probabilities(0).shape == (2, 3, 2)
    for row, column in np.ndindex(2, 3):
        one = Circuit(4).ry(0, float(angles[row, column])).cx(0, 3).rx(2, 0.4).cx(2, 1)
        with ab.use_backend(NP):
            alone = run_half(one, qubits_at_once=2)
        np.testing.assert_allclose(values[row, column], alone.expectation(observable), atol=1e-6)
        np.testing.assert_allclose(
            state.to_state_vector()[row, column], alone.to_state_vector(), atol=1e-3
        )
    start = np.stack([np.eye(16)[3], np.eye(16)[9]]).astype(complex)
    with ab.use_backend(NP):
        found = run_half(Circuit(4).x(0), start, qubits_at_once=2)
    np.testing.assert_array_equal(found.to_state_vector(), np.eye(16)[[11, 1]])
    assert found.n_roundings == 2


@pytest.mark.parametrize("diff_method", ["adjoint", "backprop", "finite-difference"])
def test_refuses_derivatives_that_rounding_spoils(diff_method: Any) -> None:
    """Half storage has one way to a gradient; the others are refused by name."""
    with pytest.raises(CapabilityError, match=f"{diff_method!r}.*parameter-shift"):
        expectation_function(
            Circuit(1).rx(0, Parameter("t")), PauliSum({"Z": 1.0}),
            diff_method=diff_method, storage="half", xp=NP,
        )  # fmt: skip


@pytest.mark.parametrize("name", ["numpy", "pytorch"])
def test_gradients_by_shifts(name: str) -> None:
    """Gradients in half storage are those of the parameter-shift rule, within their error."""
    xp = ab.get_backend(name)
    a, b = Parameter("a"), Parameter("b")
    circuit = Circuit(3).ry(0, a).cx(0, 1).rx(1, 2 * a).crz(1, 2, b).ry(2, b)
    observable = PauliSum({"ZIX": 1.0, "IZZ": 0.5})
    options: Any = {"diff_method": "parameter-shift", "xp": xp}
    theta = xp.asarray([0.4, 1.1])
    value, gradient = xp.value_and_grad(
        expectation_function(circuit, observable, storage="half", **options)
    )(theta)
    exact = expectation_function(circuit, observable, xp=NP)
    expected = NP.value_and_grad(exact)(NP.asarray([0.4, 1.1]))
    assert gradient.dtype == theta.dtype
    np.testing.assert_allclose(xp.to_numpy(value), expected[0], atol=1e-3)
    np.testing.assert_allclose(xp.to_numpy(gradient), expected[1], atol=3e-3)


def test_refuses_what_is_tracked_or_traced() -> None:
    """No derivative is lost in silence, neither on PyTorch nor on JAX."""
    torch = ab.get_backend("pytorch", device="cpu")
    angle = torch.requires_grad(torch.asarray(0.3))
    with pytest.raises(GradientError, match="storage='half'"):
        run_half(Circuit(1).rx(0, angle))
    jax = ab.get_backend("jax")

    def energy(angle: Any) -> Any:
        return run_half(Circuit(1).rx(0, angle)).expectation(PauliSum({"Z": 1.0}))

    with pytest.raises(CapabilityError, match="not run under `jit`"):
        jax.grad(energy, method="autodiff")(jax.asarray(0.3))


def test_refuses_what_it_cannot_do() -> None:
    """Channels, observables of other kinds, wrong sizes, and states that do not fit."""
    with pytest.raises(CapabilityError, match="not made of gates alone"):
        run_half(Circuit(1).bit_flip(0, 0.1), xp=NP)
    with pytest.raises(CapabilityError, match="not made of gates alone"):
        run_half(Circuit(1).readout_error(0, 0.1, 0.2), xp=NP)
    with pytest.raises(TypeError, match=r"type `str`"):
        run_half(Circuit(1), xp=NP).expectation("Z")  # type: ignore[arg-type]
    with pytest.raises(CapabilityError, match=r"`Projector`.*Pauli sums alone"):
        run_half(Circuit(1), xp=NP).expectation(Projector("0"))
    with pytest.raises(ValueError, match="unbound parameters"):
        run_half(Circuit(1).rx(0, Parameter("t")), xp=NP)
    with pytest.raises(ShapeError, match="must have 2 qubits"):
        run_half(Circuit(2), xp=NP).apply(Circuit(1))
    with pytest.raises(ShapeError, match="`initial` must have 4"):
        run_half(Circuit(2), NP.asarray([1.0, 0.0]), xp=NP)
    with pytest.raises(ValueError, match="`bits` must be 2"):
        run_half(Circuit(2), xp=NP).amplitude("012")
    with pytest.raises(ValueError, match="`qubits_at_once` must be at least 1"):
        run_half(Circuit(2), qubits_at_once=0, xp=NP)
    with pytest.raises(ValueError, match="`storage` must be 'full' or 'half'"):
        expectation_function(Circuit(1), PauliSum({"Z": 1.0}), storage="quarter", xp=NP)  # type: ignore[arg-type]
    with pytest.raises(MemoryLimitError, match=r"60 qubits in half storage.*4 EiB.*`run_mps`"):
        run_half(Circuit(60).h(0), xp=NP)


def test_stages_hold_every_operation_once_and_in_order() -> None:
    """Operations that share a qubit keep their order, and none leaves its tile."""
    circuit = random_circuit(9, 4, np.random.default_rng(9))
    layout = layout_for(circuit.structure, layout_of(9, 5))
    found = stages(circuit.structure, layout)
    assert sum(len(stage.structure.operations) for stage in found) == len(circuit)
    for stage in found:
        assert len(stage.masks) == layout.n_joined
        assert stage.structure.n_qubits == layout.n_tile
        covered = sorted(number for tile in layout.tiles(stage.masks) for number in tile)
        assert covered == list(range(2**layout.n_outer))


def test_a_wide_gate_makes_wide_parts() -> None:
    """A gate on more of the first qubits than parts have is done nonetheless."""
    circuit = Circuit(7).x(0).x(1).x(2).x(3).x(4).x(5)
    circuit = circuit.mcx(tuple(range(6)), 6)
    state = run_half(circuit, qubits_at_once=2, xp=NP)
    assert abs(complex(state.amplitude("1111111")) - 1) < 1e-6
    assert layout_of(7, 2) == Layout(7, 7, 2)
