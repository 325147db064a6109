"""Noise models: the right channel at the right gate, once."""

from __future__ import annotations

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, NoiseModel, Parameter, PauliSum, expectation_function


def operations(circuit):
    """Names and qubits of the instructions of a circuit."""
    return [(instruction.gate, instruction.qubits) for instruction in circuit]


class TestRules:
    def test_attach_channels_once(self):
        """Each named gate is followed by its channel on each of its qubits; the rest stays."""
        model = NoiseModel().add("bit_flip", 0.1, gates=("x", "cx"))
        noisy = model.apply(Circuit(2).x(0).h(0).cx(1, 0).barrier().measure(0))
        assert operations(noisy) == [
            ("x", (0,)), ("bit_flip", (0,)), ("h", (0,)), ("cx", (1, 0)), ("bit_flip", (1,)),
            ("bit_flip", (0,)), ("barrier", (0, 1)), ("measure", (0,)),
        ]  # fmt: skip

    def test_attach_joint_channels_to_gates_of_their_size(self):
        """A channel on two qubits acts once on both qubits of a gate, in their order."""
        model = NoiseModel().add("joint_depolarizing", 0.1, gates="cx")
        model.add("pauli_XZ", 0.2).add("phase_flip", 0.3, gates="h")
        noisy = model.apply(Circuit(3).h(0).cx(2, 1).ccx(0, 1, 2))
        assert operations(noisy) == [
            ("h", (0,)), ("phase_flip", (0,)), ("cx", (2, 1)), ("joint_depolarizing", (2, 1)),
            ("pauli_XZ", (2, 1)), ("ccx", (0, 1, 2)),
        ]  # fmt: skip

    def test_choose_qubits(self):
        """Only the qubits that are named suffer."""
        model = NoiseModel().add("bit_flip", 0.1, qubits=1)
        model.add("joint_depolarizing", 0.1, gates="cx", qubits=(0, 1))
        noisy = model.apply(Circuit(3).x(range(3)).cx(0, 1).cx(1, 2))
        assert [o for o in operations(noisy) if o[0] not in ("x", "cx")] == [
            ("bit_flip", (1,)), ("bit_flip", (1,)), ("joint_depolarizing", (0, 1)),
            ("bit_flip", (1,)),
        ]  # fmt: skip

    def test_reach_controls_conditions_and_measurements(self):
        """Controls count as qubits of the gate; noise has the gate's condition; or comes before."""
        model = NoiseModel().add("bit_flip", 0.1, gates="cccx")
        model.add("phase_flip", 0.2, gates="measure", before=True).add("bit_flip", 0.3, gates="x")
        circuit = Circuit(4).mcx((0, 1, 2), 3).measure(0).cond({0: 1}, Circuit(4).x(1))
        noisy = model.apply(circuit)
        assert operations(noisy) == [
            ("x", (3,)), *(("bit_flip", (q,)) for q in range(4)), ("phase_flip", (0,)),
            ("measure", (0,)), ("x", (1,)), ("bit_flip", (1,)),
        ]  # fmt: skip
        assert noisy[-1].condition == ((0, 1),)

    def test_leave_the_circuit_alone(self):
        """The circuit given is not modified, and what was noise before stays as it was."""
        circuit = Circuit(1).x(0).bit_flip(0, 0.2)
        noisy = NoiseModel().add("phase_flip", 0.1).apply(circuit)
        assert operations(circuit) == [("x", (0,)), ("bit_flip", (0,))]
        assert operations(noisy) == [("x", (0,)), ("phase_flip", (0,)), ("bit_flip", (0,))]

    def test_may_be_coherent(self, numpy_xp):
        """A gate as noise: an over-rotation after each gate, run on the state vector."""
        noisy = NoiseModel().add("rx", 0.1, gates="x").apply(Circuit(1).x(0))
        exact = Circuit(1).rx(0, np.pi + 0.1)
        with ab.use_backend(numpy_xp):
            np.testing.assert_allclose(noisy.probabilities(), exact.probabilities(), atol=1e-15)


class TestResults:
    def test_equal_noise_by_hand(self, xp, compiled):
        """A noisy circuit gives what the same channels give when appended by hand."""

        def both(theta):
            model = NoiseModel().add("depolarizing", 0.05, gates="ry")
            model.add("joint_depolarizing", 0.1, gates="cx").readout(0.02, 0.05, qubits=0)
            noisy = model.apply(Circuit(2).ry(0, theta).cx(0, 1))
            hand = Circuit(2).ry(0, theta).depolarizing(0, 0.05).cx(0, 1)
            hand.joint_depolarizing((0, 1), 0.1).readout_error(0, 0.02, 0.05)
            return noisy.probabilities(), hand.probabilities()

        found, expected = map(xp.to_numpy, compiled(xp, both)(xp.asarray(0.7)))
        np.testing.assert_allclose(found, expected, atol=1e-14)
        assert found.sum() == pytest.approx(1)

    def test_are_differentiable_in_the_noise(self, numpy_xp):
        """The strength of the noise may be a parameter."""
        model = NoiseModel().add("bit_flip", Parameter("p"), gates="x")
        noisy = model.apply(Circuit(1).x(0).x(0))
        energy = expectation_function(noisy, PauliSum({"Z": 1.0}), xp=numpy_xp)
        value, slope = numpy_xp.value_and_grad(energy)(np.array([0.1]))
        assert value == pytest.approx(0.8**2)  # each flip multiplies <Z> by 1 - 2 p
        assert slope == pytest.approx([-4 * 0.8])


class TestRefusals:
    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            (("bitflip", 0.1), r"`channel` is 'bitflip', which is no channel"),
            (("bit_flip", 1.1), r"`p` of `bit_flip` must be in \[0, 1\]"),
            (("bit_flip",), r"takes 1 angle\(s\), but 0 were given"),
            (("gphase", 0.1), "which is no channel on qubits"),
            (("joint_depolarizing", 0.1), "`n_qubits` must say on how many qubits"),
        ],
    )
    def test_of_channels(self, rule, message):
        """Unknown channels and wrong parameters are refused when they are added."""
        with pytest.raises(ValueError, match=message):
            NoiseModel().add(*rule)

    def test_of_gates(self):
        """Unknown gates, and gates of another size than the channel, are refused."""
        with pytest.raises(ValueError, match="'cnott', which is no gate that can be noisy"):
            NoiseModel().add("bit_flip", 0.1, gates=("cx", "cnott"))
        with pytest.raises(ValueError, match="acts on 2 qubits, but gate `ccx` acts on 3"):
            NoiseModel().add("pauli_XX", 0.1, gates="ccx")
        with pytest.raises(ValueError, match=r"`p10` .* must be in \[0, 1\], but is 2"):
            NoiseModel().readout(2, 0.1)
