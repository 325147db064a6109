"""Measurement, reset, classical control, post-selection and readout, in all engines."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, PauliSum

Z = PauliSum({"Z": 1.0})
SHOTS = 4000


def agrees(count, probability, shots=SHOTS):
    """Whether a count is within four standard errors of its expectation."""
    return abs(count - shots * probability) <= 4 * (shots * probability * (1 - probability)) ** 0.5


@pytest.fixture(autouse=True)
def _numpy(numpy_xp):
    """Circuits without arrays run on NumPy."""
    with ab.use_backend(numpy_xp):
        yield


class TestEngines:
    def test_agree_on_a_bit_flip(self, xp, compiled):
        """X, then a bit flip of 0.3: <Z> is -0.4 exactly, by trajectories and by samples."""
        with ab.use_backend(xp):
            circuit = Circuit(1).x(0).bit_flip(0, 0.3)
            np.testing.assert_allclose(float(circuit.expectation(Z)), -0.4, atol=1e-12)
            run = compiled(xp, lambda seed: circuit.trajectories(SHOTS, seed=seed).expectation(Z))
            value, error = map(float, run(xp.asarray(1)))
            assert abs(value + 0.4) < 4 * error
            sample = compiled(xp, lambda seed: circuit.sample(SHOTS, seed=seed))
            ones = int(xp.to_numpy(sample(xp.asarray(2))).sum())
        assert agrees(ones, 0.7)

    def test_agree_on_collapse(self):
        """H, measure, H, measure: the second outcome is 0 or 1 with probability 1/2 each."""
        circuit = Circuit(1).h(0).measure(0).h(0).measure(0)
        np.testing.assert_allclose(circuit.bit_probabilities(), [0.25] * 4)
        np.testing.assert_allclose(circuit.density_matrix(), np.eye(2) / 2, atol=1e-15)
        counts = circuit.counts(SHOTS, seed=3)
        assert all(agrees(counts[key], 0.25) for key in ("00", "01", "10", "11"))

    def test_agree_on_repeated_measurement(self):
        """Measured twice in a row, a qubit gives the same outcome."""
        circuit = Circuit(1).h(0).measure(0).measure(0)
        np.testing.assert_allclose(circuit.bit_probabilities(), [0.5, 0, 0, 0.5], atol=1e-15)
        assert set(circuit.counts(200, seed=1)) == {"00", "11"}

    def test_agree_on_reset(self):
        """X, reset: |0> with norm 1; a reset of half a Bell pair leaves the other half mixed."""
        circuit = Circuit(1).x(0).reset(0)
        np.testing.assert_allclose(circuit.density_matrix(), np.diag([1, 0]))
        states = circuit.trajectories(10, seed=1).states()
        np.testing.assert_allclose(np.abs(states), [[1, 0]] * 10)
        bell = Circuit(2).h(0).cx(0, 1).reset(0)
        np.testing.assert_allclose(bell.probabilities(), [0.5, 0.5, 0, 0], atol=1e-15)
        assert bell.expectation(PauliSum({"IX": 1.0})) == pytest.approx(0)
        assert set(bell.counts(100, seed=2)) == {"00", "01"}

    def test_agree_on_the_direction_of_controls(self):
        """CX(1, 0) on |01> gives |11> in every engine."""
        circuit = Circuit(2).x(1).cx(1, 0)
        np.testing.assert_array_equal(np.abs(circuit.state()), [0, 0, 0, 1])
        np.testing.assert_array_equal(circuit.density_matrix().real, np.diag([0, 0, 0, 1]))
        runs = circuit.trajectories(2, seed=1)
        np.testing.assert_array_equal(np.abs(runs.states()), [[0, 0, 0, 1]] * 2)
        assert circuit.counts(5, seed=1) == {"11": 5}

    def test_refuse_what_they_cannot_run(self):
        """A mixed state has no state vector: an error that names the operation and the remedy."""
        for circuit, name in [
            (Circuit(1).bit_flip(0, 0.1), "bit_flip"),
            (Circuit(1).measure(0), "measure"),
            (Circuit(1).reset(0), "reset"),
        ]:
            with pytest.raises(ab.CapabilityError, match=rf"`{name}`.*`density_matrix\(\)`"):
                circuit.state()


class TestKeys:
    def test_have_one_character_for_each_measured_bit(self):
        """Measuring one of two qubits gives keys of one character."""
        assert Circuit(2).x(0).measure(0).counts(7, seed=1) == {"1": 7}
        assert Circuit(2).x(0).measure(1).counts(7, seed=1) == {"0": 7}
        assert Circuit(3).x(2).measure((2, 0)).counts(7, seed=1) == {"10": 7}
        assert Circuit(2).x(0).counts(7, seed=1) == {"10": 7}
        assert Circuit(2).x(0).bit_flip(1, 1.0).counts(7, seed=1, qubits=1) == {"1": 7}

    def test_follow_the_numbers_of_the_bits(self):
        """Bits are read in the order of their numbers; a bit written again has its last value."""
        assert Circuit(2).x(0).measure((0, 1), (5, 2)).counts(3, seed=1) == {"01": 3}
        again = Circuit(1).x(0).measure(0, (0,)).x(0).measure(0, (0,))
        assert again.counts(3, seed=1) == {"0": 3}
        np.testing.assert_allclose(again.bit_probabilities(), [1, 0])

    def test_of_batches(self, numpy_xp):
        """With a batch there are counts for each element."""
        circuit = Circuit(1).rx(0, np.array([0.0, np.pi])).measure(0).reset(0)
        assert circuit.counts(4, seed=1) == [{"0": 4}, {"1": 4}]

    def test_need_a_measurement(self):
        """The distribution of the bits of a circuit without measurements is refused."""
        with pytest.raises(ValueError, match="measures nothing"):
            Circuit(1).bit_probabilities()


class TestClassicalControl:
    def test_teleports(self):
        """Teleportation with feed-forward gives the state of the first qubit to the third."""
        circuit = Circuit(3).u(0, 0.7, 0.3, 1.1).h(1).cx(1, 2).cx(0, 1).h(0).measure((0, 1))
        circuit.cond({1: 1}, Circuit(3).x(2)).cond({0: 1}, Circuit(3).z(2))
        sent = Circuit(1).u(0, 0.7, 0.3, 1.1)
        for letter in "XYZ":
            there = circuit.expectation(PauliSum({"II" + letter: 1.0}))
            assert there == pytest.approx(sent.expectation(PauliSum({letter: 1.0})))
        value, error = circuit.trajectories(50, seed=1).expectation(PauliSum({"IIZ": 1.0}))
        assert value == pytest.approx(np.cos(0.7))
        assert error < 1e-12

    def test_equals_deferred_measurement(self):
        """Measuring first and controlling classically is controlling first and measuring last."""
        early = Circuit(2).ry(0, 0.8).measure(0).cond({0: 1}, Circuit(2).ry(1, 0.5))
        early.cond({0: 0}, Circuit(2).rx(1, 0.9)).measure(1)
        late = Circuit(2).ry(0, 0.8).append("ry", 1, 0.5, controls=0)
        late.append("rx", 1, 0.9, controls=0, control_states=(0,)).measure((0, 1))
        np.testing.assert_allclose(early.bit_probabilities(), late.bit_probabilities(), atol=1e-14)
        np.testing.assert_allclose(early.density_matrix(), late.density_matrix(), atol=1e-14)

    def test_of_measurements_and_resets(self):
        """Measurements and resets may have conditions too; a bit not written keeps its value."""
        circuit = Circuit(2).x((0, 1)).measure(0)
        circuit.append("measure", 1, bits=(1,), condition={0: 0})
        circuit.append("reset", 0, condition={0: 1}).append("x", 1, condition={1: 0})
        np.testing.assert_allclose(circuit.bit_probabilities(), [0, 0, 1, 0])
        np.testing.assert_allclose(circuit.probabilities(), [1, 0, 0, 0])
        assert circuit.counts(3, seed=1) == {"10": 3}

    def test_by_bits_that_nothing_has_written(self):
        """Bits are 0 before anything is measured into them."""
        circuit = Circuit(1, 2).append("x", 0, condition={1: 1})
        assert circuit.counts(3, seed=1) == {"0": 3}
        np.testing.assert_allclose(circuit.state(), [1, 0])
        happens = Circuit(1, 1).append("x", 0, condition={0: 0})
        np.testing.assert_allclose(happens.state(), [0, 1])


class TestPostSelection:
    def test_normalises_and_tells_the_probability(self, xp):
        """The state is that of the runs that are kept, and their part is known."""
        with ab.use_backend(xp):
            circuit = Circuit(2).ry(0, 0.8).cx(0, 1).post_select(1, 1).h(0)
            state, kept = circuit.state(), circuit.post_selection_probability()
        np.testing.assert_allclose(xp.to_numpy(state), [0, 0.5**0.5, 0, -(0.5**0.5)], atol=1e-14)
        assert float(kept) == pytest.approx(np.sin(0.4) ** 2)

    def test_is_the_same_in_all_engines(self):
        """Density matrix and trajectories keep the same runs as the state vector."""
        circuit = Circuit(2).ry(0, 0.8).ry(1, 0.3).cx(0, 1).post_select(1, 0)
        state, rho = circuit.state(), circuit.density_matrix()
        np.testing.assert_allclose(rho, np.outer(state, state.conj()), atol=1e-14)
        observable = PauliSum({"XI": 1.0})
        value, _ = circuit.trajectories(3, seed=1).expectation(observable)
        assert value == pytest.approx(circuit.expectation(observable))
        assert Circuit(1).post_selection_probability() == 1

    def test_comes_before_later_measurements(self):
        """Outcomes of measurements are those of the runs that are kept, whenever they happen."""
        circuit = Circuit(2).h(0).measure(0).cx(0, 1).post_select(1, 1)
        np.testing.assert_allclose(circuit.bit_probabilities(), [0, 1], atol=1e-15)
        assert circuit.counts(20, seed=1) == {"1": 20}
        after = Circuit(2).h(0).cx(0, 1).post_select(1, 1).measure(0)
        assert after.counts(20, seed=1) == {"1": 20}

    def test_of_the_impossible_is_an_error(self):
        """What has probability zero leaves nothing, and is no state of zeros."""
        pure, mixed = Circuit(1).post_select(0, 1), Circuit(1).reset(0).post_select(0, 1)
        for run in (pure.state, pure.density_matrix, mixed.density_matrix, mixed.probabilities):
            with pytest.raises(ValueError, match="probability zero"):
                run()
        with pytest.raises(ValueError, match=r"`values` must be 0 or 1 .* but is 2"):
            Circuit(1).post_select(0, 2)


class TestReadout:
    def test_errs_in_outcomes_only(self, xp):
        """Probabilities, bits and counts have the confusion matrix; observables have not."""
        with ab.use_backend(xp):
            circuit = Circuit(2).readout_error(0, 0.1, 0.2).x(0)
            np.testing.assert_allclose(xp.to_numpy(circuit.probabilities(0)), [0.2, 0.8])
            assert float(circuit.expectation(PauliSum({"ZI": 1.0}))) == pytest.approx(-1)
            measured = circuit.copy().measure(0)
            np.testing.assert_allclose(xp.to_numpy(measured.bit_probabilities()), [0.2, 0.8])
            noisy = Circuit(2).readout_error(0, 0.1, 0.2).x(0).phase_flip(0, 0.5)
            np.testing.assert_allclose(xp.to_numpy(noisy.probabilities(0)), [0.2, 0.8])

    def test_is_sampled(self):
        """Samples of states, of terminal measurements and of trajectories have it."""
        base = Circuit(2).readout_error(0, 0.1, 0.2).x(0)
        for circuit in (base.copy(), base.copy().measure((0, 1)), base.copy().reset(1)):
            counts = circuit.counts(SHOTS, seed=5)
            assert agrees(counts["00"], 0.2), circuit
        middle = base.copy().measure(0).cx(0, 1).measure(1)
        np.testing.assert_allclose(middle.bit_probabilities(), [0, 0.2, 0, 0.8], atol=1e-15)
        counts = middle.counts(SHOTS, seed=5)
        assert agrees(counts["01"], 0.2)

    def test_decides_conditions(self):
        """A condition reads what was written, not what was there."""
        circuit = Circuit(2).readout_error(0, 0.0, 0.25).x(0).measure(0)
        circuit.cond({0: 1}, Circuit(2).x(1))
        np.testing.assert_allclose(
            circuit.density_matrix(), np.diag([0, 0, 0.25, 0.75]), atol=1e-15
        )
        value, error = circuit.trajectories(2000, seed=1).expectation(PauliSum({"IZ": 1.0}))
        assert abs(value + 0.5) < 4 * error

    def test_holds_from_there_on(self):
        """Measurements before it are right, and a later error replaces it."""
        circuit = Circuit(1).x(0).measure(0).readout_error(0, 0.0, 1.0).measure(0)
        circuit.readout_error(0, 0.0, 0.0).measure(0)
        np.testing.assert_allclose(circuit.bit_probabilities(), np.eye(8)[0b101], atol=1e-15)


class TestChannelsOfCircuits:
    def test_broadcast(self):
        """A channel of one qubit acts on each of several; a joint one once on all."""
        assert len(Circuit(3).depolarizing(range(3), 0.1)) == 3
        assert len(Circuit(3).joint_depolarizing(range(3), 0.1)) == 1
        assert len(Circuit(2).pauli_channel((0, 1), {"X": 0.1})) == 2
        assert len(Circuit(2).pauli_channel((0, 1), {"XX": 0.1, "IZ": 0.2})) == 1

    def test_check_their_numbers(self):
        """Parameters out of range and Kraus sets that lose trace are refused, with what is off."""
        with pytest.raises(ValueError, match=r"`gamma` .* must be in \[0, 1\], but is 1.2"):
            Circuit(1).amplitude_damping(0, 1.2)
        with pytest.raises(ValueError, match=r"`t2` .* at most 2 `t1`"):
            Circuit(1).thermal_relaxation(0, 1.0, 3.0, 0.1)
        with pytest.raises(ValueError, match=r"preserve the trace.* by 0\.5"):
            Circuit(1).kraus(0, [[[0.5**0.5, 0], [0, 1]]])
        with pytest.raises(ValueError, match="no inverse"):
            Circuit(1).bit_flip(0, 0.1).inverse()
        with pytest.raises(ValueError, match="cannot be controlled"):
            Circuit(2).append("bit_flip", 0, 0.1, controls=1)

    def test_survive_a_round_trip(self):
        """Noisy circuits are written and read, copied and compared like any other."""
        circuit = Circuit(2).h(0).readout_error(1, 0.1, 0.2).measure(0)
        circuit.cond({0: 1}, Circuit(2).amplitude_damping(1, 0.3)).reset(1)
        circuit.kraus(1, [[[0.6, 0], [0, 0.6]], [[0, 0.8], [0.8, 0]]]).post_select(0, 1)
        again = Circuit.from_json(circuit.to_json())
        assert again == circuit
        np.testing.assert_allclose(again.density_matrix(), circuit.density_matrix())


class TestManyBits:
    @staticmethod
    def _measured(n_bits, start=0.0):
        """A circuit whose bits are the start and its opposite in turn."""
        circuit = Circuit(1).ry(0, start)
        for _ in range(n_bits):
            circuit.measure(0).x(0)
        return circuit

    def test_are_counted(self):
        """Bit strings may be longer than the integers of any dtype."""
        assert self._measured(70).counts(3, seed=1) == {35 * "01": 3}
        both = self._measured(64, np.array([0.0, np.pi])).counts(2, seed=1)
        assert both == [{32 * "01": 2}, {32 * "10": 2}]

    def test_are_the_bits_of_samples(self):
        """Counts of long bit strings are those of the integers, where these hold them."""
        circuit = Circuit(1)
        for _ in range(40):
            circuit.h(0).measure(0)
        samples = circuit.sample(4, seed=3)
        assert sorted(circuit.counts(4, seed=3)) == sorted(f"{x:040b}" for x in samples)

    def test_are_no_integers(self):
        """Outcomes that do not fit into an integer are refused."""
        assert self._measured(63).sample(1, seed=1) == [int(31 * "01" + "0", 2)]
        with pytest.raises(ab.CapabilityError, match="64 bits is no number of dtype int64"):
            self._measured(64).sample(1, seed=1)

    @pytest.mark.parametrize("n_bits", [2, 40])
    def test_of_no_shots(self, n_bits):
        """No runs have no outcomes, whatever the engine."""
        circuit = self._measured(n_bits)
        assert circuit.counts(0, seed=1) == {}
        assert circuit.sample(0, seed=1).shape == (0,)
        with pytest.raises(ValueError, match="`shots` must be at least 0"):
            circuit.counts(-1, seed=1)
