"""Plans: what they cost in passes, bytes and operations, and what they leave alone."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arraybackends.quantum import Circuit
from arraybackends.quantum.gates.gate import GATES, gate_of
from arraybackends.quantum.gates.structure import Operation, Structure
from arraybackends.quantum.planning.arrangement import Arrangement
from arraybackends.quantum.planning.fusion import fuse
from arraybackends.quantum.planning.plan import plan
from arraybackends.quantum.planning.program import (
    Controlled,
    Dense,
    Diagonal,
    Exchange,
    Flip,
    Product,
)


def structure(n_qubits, *gates):
    """Structure of gates `(name, qubits)` or `(name, qubits, controls)`, each with own angles."""
    operations, n_angles = [], 0
    for name, qubits, *controls in gates:
        n = gate_of(name).n_angles
        slots = tuple(range(n_angles, n_angles + n))
        n_angles += n
        operations.append(Operation(name, qubits, slots, *controls))
    return Structure(n_qubits, tuple(operations), n_angles, 0)


def brickwork(n_qubits, depth):
    """Layers of a rotation on every qubit and controlled gates on neighbours."""
    gates = []
    for layer in range(depth):
        gates += [("u", (q,)) for q in range(n_qubits)]
        gates += [("cx", (q, q + 1)) for q in range(layer % 2, n_qubits - 1, 2)]
    return structure(n_qubits, *gates)


def count_calls(function, *arguments):
    """Number of Python functions that a call calls."""
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return count


class TestArrangement:
    @given(
        windows=st.lists(st.frozensets(st.integers(0, 9), min_size=1, max_size=5), max_size=12),
        before=st.permutations(range(10)),
    )
    def test_makes_neighbours_of_admitted_windows(self, windows, before):
        """In its order the qubits of every window that it admitted follow each other."""
        arrangement = Arrangement()
        admitted = [window for window in windows if arrangement.admit(window)]
        order = arrangement.order(before)
        assert sorted(order) == list(range(10))
        assert admitted[:1] == windows[:1]
        for window in admitted:
            places = sorted(map(order.index, window))
            assert places[-1] - places[0] == len(window) - 1

    def test_admits_chains_of_overlapping_windows(self):
        """Windows of which each shares qubits with the next stand in a row."""
        arrangement = Arrangement()
        assert arrangement.admit({4, 0}) and arrangement.admit({0, 7, 2})
        assert arrangement.admit({2, 5}) and not arrangement.admit({4, 5})


class TestPlan:
    def test_is_cached_by_structure(self):
        """Rebuilding a circuit with other angles finds the same plan."""
        first = plan(Circuit(2).rx(0, 0.1).cx(0, 1).structure)
        assert plan(Circuit(2).rx(0, 0.7).cx(0, 1).structure) is first

    def test_of_a_few_qubits_is_one_block(self):
        """Gates that fit into one window make one pass over the state."""
        circuit = Circuit(5).h(range(5)).cx(0, 4).rzz(1, 3, 0.2).ccx(2, 0, 1).u(4, 0.1, 0.2, 0.3)
        (step,) = plan(circuit.structure).steps
        assert isinstance(step, Dense)
        assert step.dimension == 32

    def test_makes_swaps_free(self):
        """Swaps that cancel leave no step; others at most one exchange at the end."""
        assert plan(Circuit(3).swap(0, 1).swap(0, 1).structure).steps == ()
        (step,) = plan(Circuit(3).swap(0, 1).swap(1, 2).structure).steps
        assert isinstance(step, Exchange)

    def test_of_neighbours_exchanges_nothing(self):
        """Blocks on neighbouring qubits of a line are windows of the state as it is."""
        steps = plan(brickwork(16, 8)).steps
        assert all(isinstance(step, Dense) for step in steps)

    def test_of_brickwork_needs_few_passes(self):
        """22 qubits, depth 20: 650 gates in at most 50 passes, and flops near their floor."""
        program = plan(brickwork(22, 20))
        assert program.passes <= 50
        assert program.bytes(8) == program.passes * 2 * 8 * 2**22
        assert program.flops < 50 * 8 * 2**5 * 2**22 * 0.7

    def test_of_random_pairs_exchanges_once_for_many_blocks(self):
        """22 qubits, depth 20, on pairs that change in each layer: few exchanges serve them all."""
        rng, gates = np.random.default_rng(0), []
        for _ in range(20):
            pairs = [int(q) for q in rng.permutation(22)]
            gates += [("u", (q,)) for q in range(22)]
            gates += [("cx", pair) for pair in zip(pairs[::2], pairs[1::2], strict=True)]
        program = plan(structure(22, *gates))
        assert sum(isinstance(step, Exchange) for step in program.steps) <= 16
        assert program.passes <= 84

    @pytest.mark.parametrize("n_qubits", [4, 6, 12])
    def test_of_layers_on_a_small_register_makes_them_together(self, n_qubits):
        """A layer more is a few steps more; the values come from no more array operations."""
        programs = []
        for depth in (4, 8):
            gates = []
            for _ in range(depth):
                gates += [(name, (q,)) for q in range(n_qubits) for name in ("ry", "rz")]
                gates += [("cx", (q, q + 1)) for q in range(n_qubits - 1)]
            programs.append(plan(structure(n_qubits, *gates)))
        few, many = programs
        assert len(few.sources) == len(many.sources)
        assert len(many.steps) == 2 * len(few.steps)
        n_windows = 1 if n_qubits == 4 else -(-n_qubits // 4)
        n_permutations = 0 if n_qubits == 4 else 1
        assert len(few.steps) == 4 * (n_windows + n_permutations)

    def test_takes_work_in_proportion_to_the_gates(self):
        """Twice as many gates on random pairs take about twice as many calls, few for each gate."""
        calls = []
        for count in (500, 1000):
            rng = np.random.default_rng(1)
            pairs = [tuple(map(int, rng.permutation(20)[:2])) for _ in range(count)]
            names = rng.choice(["cx", "rzz", "u"], count)
            gates = [(n, p[: gate_of(n).n_qubits]) for n, p in zip(names, pairs, strict=True)]
            asked = structure(20, *gates)
            calls.append(count_calls(plan.__wrapped__, asked))
        assert calls[1] < 2.3 * calls[0]
        assert calls[1] < 300 * 1000

    def test_plans_like_blocks_once(self):
        """Of a layer more on the same qubits only the fusion takes more work."""
        circuits = [brickwork(20, depth) for depth in (20, 40)]
        few, many = (count_calls(plan.__wrapped__, each) for each in circuits)
        assert many - few < 100 * (len(circuits[1].operations) - len(circuits[0].operations))

    def test_of_diagonal_gates_is_one_diagonal(self):
        """Diagonal gates on a register of moderate size are one elementwise product."""
        gates = [("rzz", (a, b)) for a in range(12) for b in range(a)]
        (step,) = plan(structure(12, *gates, *(("p", (q,)) for q in range(12)))).steps
        assert isinstance(step, Diagonal)

    def test_of_the_fourier_transform_needs_few_passes(self):
        """The controlled phases of 22 qubits, 231 of them, make fewer passes than qubits."""
        gates = []
        for q in range(22):
            gates += [("h", (q,)), *(("cp", (j, q)) for j in range(q + 1, 22))]
        assert plan(structure(22, *gates)).passes <= 12

    def test_lets_gates_pass_that_commute(self):
        """Of gates with one control the last passes the second, into the block that it fits."""
        pairs = [(0, 1), (0, 8), (1, 2), (2, 3), (0, 3), (8, 9), (9, 7), (7, 8)]
        first, second = fuse(structure(10, *(("cx", pair) for pair in pairs)).operations)
        inside = [(0, 1), (1, 2), (2, 3), (0, 3)]
        assert [operation.qubits for operation in first.operations] == inside
        assert {operation.qubits for operation in second.operations} == {*pairs} - {*inside}

    def test_works_on_the_part_that_controls_select(self):
        """Nine controls leave one amplitude in 512 to work on, and at most two passes in all."""
        controls = tuple((q, q % 2) for q in range(9))
        program = plan(structure(12, ("rxx", (11, 9), controls)))
        (step,) = program.steps
        assert isinstance(step, Controlled)
        assert program.passes < 2.02
        assert program.flops < 2**12

    def test_rotates_about_long_strings_in_one_step(self):
        """A Pauli string of twelve letters is a flip with signs, never a matrix."""
        program = plan(structure(12, ("rxyzxyzxyzxyz", tuple(range(12)))))
        (step,) = program.steps
        assert isinstance(step, Flip)
        assert all(source.dimension == 1 for source in program.sources)

    def test_gives_a_global_phase_to_a_block(self):
        """A global phase costs no pass where there is another gate."""
        program = plan(structure(3, ("gphase", ()), ("rx", (0,)), ("gphase", ())))
        assert program.passes == 1
        assert plan(structure(3, ("gphase", ()))).passes == 1

    def test_makes_layers_of_like_blocks_together(self):
        """However many layers, the values come from as many array operations as few layers'."""
        counts = [
            sum(
                len(source.routine.steps)
                for source in plan(brickwork(16, depth)).sources
                if isinstance(source, Product)
            )
            for depth in (24, 96)
        ]
        assert counts[1] < 2 * counts[0]

    @given(
        gates=st.lists(
            st.tuples(st.sampled_from(sorted(GATES)), st.permutations(range(6)).map(tuple)),
            max_size=12,
        )
    )
    def test_undoes_its_exchanges(self, gates):
        """The inverse of an exchange undoes it."""
        index = np.arange(2**6)
        program = plan(structure(6, *((g, q[: GATES[g].n_qubits]) for g, q in gates)))
        for step in program.steps:
            if isinstance(step, Exchange):
                there = index.reshape(step.shape).transpose(step.axes).ravel()
                back = step.inverse()
                again = there.reshape(back.shape).transpose(back.axes).ravel()
                np.testing.assert_array_equal(again, index)
