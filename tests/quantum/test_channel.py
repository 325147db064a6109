"""The channel table against the literature, and its laws over the whole range of parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arraybackends.quantum.gates import channel as table

UNIT = st.sampled_from([0.0, 1e-12, 0.3, 0.5, 1 - 1e-9, 1.0]) | st.floats(0, 1)
TIME = st.floats(1e-3, 1e3)

NAMES = {
    **dict.fromkeys(set(table.CHANNELS) - set(table.POST_SELECT), 1),
    "joint_depolarizing": 2,
    "pauli_X_Y_Z": 1,
    "pauli_XX_IZ_YI": 2,
}


@st.composite
def channels(draw):
    """Name, number of qubits and parameters of a channel, the ends of the ranges included."""
    name = draw(st.sampled_from(sorted(NAMES)))
    if name.endswith("thermal_relaxation"):
        t1 = draw(TIME)
        values = [t1, t1 * draw(st.sampled_from([2.0]) | st.floats(0.01, 2)), draw(TIME) - 1e-3]
        values += [draw(UNIT)] if name.startswith("excited") else []
    elif name in ("depolarizing", "joint_depolarizing"):
        dimension = 4 ** NAMES[name]
        values = [draw(UNIT) * dimension / (dimension - 1)]
    else:
        n_angles = table.channel_of(name, NAMES[name]).n_angles
        values = [draw(UNIT) for _ in range(n_angles)]
        if sum(values) > 1 and not name.startswith("generalized"):
            values = [value / math.fsum(values) for value in values]
    return name, NAMES[name], values


def kraus_of(name, *values):
    """Kraus matrices as Nielsen and Chuang write them (section 8.3), errors with probability p."""
    x, y, z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])
    eye, lower = np.eye(2), np.array([[0, 1], [0, 0]])
    p = values[0]
    match name:
        case "bit_flip" | "phase_flip" | "bit_phase_flip":
            pauli = {"bit_flip": x, "phase_flip": z, "bit_phase_flip": y}[name]
            return [math.sqrt(1 - p) * eye, math.sqrt(p) * pauli]
        case "depolarizing":
            rest = [math.sqrt(p / 4) * pauli for pauli in (x, y, z)]
            return [math.sqrt(1 - 3 * p / 4) * eye, *rest]
        case "pauli_X_Y_Z":
            weights = (1 - sum(values), *values)
            return [math.sqrt(w) * pauli for w, pauli in zip(weights, (eye, x, y, z), strict=True)]
        case "amplitude_damping":
            return [np.diag([1, math.sqrt(1 - p)]), math.sqrt(p) * lower]
        case "phase_damping":
            return [np.diag([1, math.sqrt(1 - p)]), np.diag([0, math.sqrt(p)])]
        case "generalized_amplitude_damping":
            down, up = math.sqrt(values[1]), math.sqrt(1 - values[1])
            return [
                down * np.diag([1, math.sqrt(1 - p)]),
                down * math.sqrt(p) * lower,
                up * np.diag([math.sqrt(1 - p), 1]),
                up * math.sqrt(p) * lower.T,
            ]
        case "reset_error":
            return [
                math.sqrt(1 - sum(values)) * eye,
                *(math.sqrt(values[0]) * k for k in (np.diag([1, 0]), lower)),
                *(math.sqrt(values[1]) * k for k in (np.diag([0, 1]), lower.T)),
            ]
    raise KeyError(name)


def dense_map(kraus):
    """Sum of K (x) conj(K)."""
    return sum(np.kron(k, np.conj(k)) for k in kraus)


def column(xp, values):
    """Parameters of one channel, without a batch."""
    return xp.asarray(list(map(float, values)))


EXAMPLES = {
    "bit_flip": (0.2,),
    "phase_flip": (0.9,),
    "bit_phase_flip": (0.4,),
    "depolarizing": (0.3,),
    "pauli_X_Y_Z": (0.1, 0.2, 0.05),
    "amplitude_damping": (0.35,),
    "phase_damping": (0.6,),
    "generalized_amplitude_damping": (0.3, 0.8),
    "reset_error": (0.2, 0.1),
}


class TestTable:
    @pytest.mark.parametrize("name", EXAMPLES)
    def test_equals_the_literature(self, xp, name):
        """Each channel is that of the Kraus matrices of Nielsen and Chuang."""
        channel, values = table.channel_of(name), EXAMPLES[name]
        found = xp.to_numpy(table.superoperator(xp, channel, column(xp, values)))
        np.testing.assert_allclose(found, dense_map(kraus_of(name, *values)), atol=1e-14)

    def test_joint_depolarizing_mixes_towards_the_identity(self, numpy_xp):
        """The joint channel replaces all its qubits by the maximally mixed state."""
        channel = table.channel_of("joint_depolarizing", 3)
        mixed = np.eye(8).ravel()
        expected = 0.7 * np.eye(64) + 0.3 * np.outer(mixed, mixed) / 8
        found = table.superoperator(numpy_xp, channel, np.array([0.3]))
        np.testing.assert_allclose(found, expected, atol=1e-14)

    def test_thermal_relaxation_decays_exponentially(self, numpy_xp):
        """Populations approach equilibrium with T1, coherences zero with T2."""
        t1, t2, time, excited = 50.0, 70.0, 20.0, 0.2
        channel = table.channel_of("excited_thermal_relaxation")
        found = table.superoperator(numpy_xp, channel, np.array([t1, t2, time, excited]))
        rho = np.array([[0.3, 0.2 + 0.1j], [0.2 - 0.1j, 0.7]])
        decayed = (found @ rho.ravel()).reshape(2, 2)
        population = excited + (0.7 - excited) * math.exp(-time / t1)
        assert decayed[1, 1] == pytest.approx(population)
        assert decayed[0, 1] == pytest.approx((0.2 + 0.1j) * math.exp(-time / t2))

    @given(case=channels())
    def test_is_made_of_channels(self, numpy_xp, case):
        """Over the whole range, ends included: trace kept, positive, and equal to its Kraus set."""
        name, n_qubits, values = case
        channel, d = table.channel_of(name, n_qubits), 2**n_qubits
        table.check_parameters(name, channel, values)
        parameters = np.array(values)
        kraus = table.kraus_matrices(numpy_xp, channel, parameters)
        total = np.einsum("mij,mik->jk", kraus.conj(), kraus)
        np.testing.assert_allclose(total, np.eye(d), atol=1e-12)
        found = table.superoperator(numpy_xp, channel, parameters)
        np.testing.assert_allclose(found, dense_map(kraus), atol=1e-12)
        choi = found.reshape(d, d, d, d).transpose(0, 2, 1, 3).reshape(d * d, d * d)
        assert np.linalg.eigvalsh(choi).min() > -1e-12
        np.testing.assert_allclose(np.trace(found.reshape(d, d, d, d)), np.eye(d), atol=1e-12)

    def test_is_batched_and_in_the_precision_of_the_backend(self, xp):
        """Parameters of shape (n, *batch) give maps and Kraus matrices in front of their shape."""
        single = xp.with_options(precision="single")
        channel = table.channel_of("amplitude_damping")
        gamma = single.asarray([[[0.0, 0.5, 1.0]] * 2], dtype=single.float32)
        assert table.superoperator(single, channel, gamma).shape == (2, 3, 4, 4)
        kraus = table.kraus_matrices(single, channel, gamma)
        assert kraus.shape == (2, 3, 4, 2, 2)
        assert single.dtype_name(kraus.dtype) == "complex64"
        found = xp.to_numpy(table.superoperator_of_kraus(single, kraus))[1, 1]
        expected = dense_map(kraus_of("amplitude_damping", 0.5))
        np.testing.assert_allclose(found, expected, atol=1e-6)

    def test_is_nan_outside_of_the_range(self, xp):
        """Arrays, whose values are not looked at, give nan instead of a map that is no channel."""
        for name, values in [
            ("bit_flip", (1.2,)), ("bit_flip", (-0.1,)), ("pauli_X_Y_Z", (0.5, 0.5, 0.2)),
            ("amplitude_damping", (1.5,)), ("phase_damping", (-0.2,)),
            ("thermal_relaxation", (1.0, 2.5, 0.5)),
        ]:  # fmt: skip
            channel = table.channel_of(name)
            parameters = column(xp, values)
            for make in (table.superoperator, table.kraus_matrices):
                assert np.isnan(xp.to_numpy(make(xp, channel, parameters))).any()


class TestDerivatives:
    @pytest.mark.parametrize("name", sorted({*EXAMPLES, *NAMES} - {"joint_depolarizing"}))
    def test_are_exact(self, numpy_xp, name):
        """Derivatives of the map equal differences."""
        channel = table.channel_of(name, NAMES.get(name, 1))
        values = np.array(EXAMPLES.get(name, (0.3, 0.5, 0.1, 0.2)[: channel.n_angles]))
        found = table.superoperator_derivatives(numpy_xp, channel, values)
        for i in range(len(values)):
            step = 1e-6 * np.eye(len(values))[i]
            upper, lower = (
                table.superoperator(numpy_xp, channel, values + sign * step) for sign in (1, -1)
            )
            np.testing.assert_allclose(found[i], (upper - lower) / 2e-6, atol=1e-8)

    def test_are_automatic(self, xp, compiled):
        """Automatic differentiation finds the same, for each form of channel."""
        for name, values in [
            ("reset_error", (0.2, 0.1)),
            ("excited_thermal_relaxation", (0.3, 0.5, 0.1, 0.2)),
        ]:
            channel, parameters = table.channel_of(name), column(xp, values)
            found = xp.to_numpy(table.superoperator_derivatives(xp, channel, parameters))
            if xp.capabilities.autodiff:

                def parts(p, channel=channel):
                    return xp.real(table.superoperator(xp, channel, p))

                automatic = xp.to_numpy(compiled(xp, xp.jacrev(parts))(parameters))
                np.testing.assert_allclose(np.moveaxis(automatic, -1, 0), found.real, atol=1e-12)

    @pytest.mark.parametrize("end", [0.0, 1.0])
    def test_are_finite_at_the_ends_of_the_range(self, xp, end):
        """At the ends slopes are finite: populations exact, that of a root of 0 counted as 0."""
        channel = table.channel_of("amplitude_damping")
        parameters = column(xp, [end])
        found = xp.to_numpy(table.superoperator_derivatives(xp, channel, parameters))[0]
        slope = -0.5 if end == 0 else 0.0
        expected = [[0, 0, 0, 1], [0, slope, 0, 0], [0, 0, slope, 0], [0, 0, 0, -1]]
        np.testing.assert_allclose(found, expected)
        if xp.capabilities.autodiff:

            def parts(p):
                return xp.real(table.superoperator(xp, channel, p))

            automatic = xp.to_numpy(xp.jacrev(parts)(parameters))[..., 0]
            np.testing.assert_allclose(automatic, expected)


class TestParameters:
    @pytest.mark.parametrize(
        ("name", "values", "message"),
        [
            ("bit_flip", (1.2,), r"`p` of `bit_flip` must be in \[0, 1\], but is 1.2"),
            ("amplitude_damping", (-0.1,), r"`gamma` .* must be in \[0, 1\], but is -0.1"),
            ("depolarizing", (1.4,), r"`p` .* must be in \[0, 1.33333\], but is 1.4"),
            ("pauli_X_Z", (0.7, 0.4), r"must add up to at most 1, but .* add up to 1.1"),
            ("thermal_relaxation", (1.0, 2.1, 0.1), r"`t2` .* at most 2 `t1`.* `t2` is 2.1"),
            ("thermal_relaxation", (0.0, 2.1, 0.1), r"`t1` .* must be positive, but is 0.0"),
            ("thermal_relaxation", (1.0, 1.0, -1.0), r"`time` .* not negative, but is -1.0"),
        ],
    )
    def test_out_of_range_are_refused(self, name, values, message):
        """Numbers out of range are an error that names parameter, value and range."""
        with pytest.raises(ValueError, match=message):
            table.check_parameters(name, table.channel_of(name), values)

    def test_that_are_no_numbers_are_not_looked_at(self, numpy_xp):
        """Arrays pass: under a compiler they have no values yet."""
        table.check_parameters("bit_flip", table.channel_of("bit_flip"), [np.array(3.0)])

    def test_labels_of_pauli_channels_are_checked(self):
        """Labels must be distinct Pauli strings of one length."""
        assert table.pauli_channel_name(["X", "Z"]) == "pauli_X_Z"
        for labels in ([], ["X", "X"], ["X", "XY"], ["A"], ["X" * 5]):
            with pytest.raises(ValueError, match="labels of a Pauli channel"):
                table.pauli_channel_name(labels)
        assert table.channel_of("pauli_A") is None
        assert table.channel_of("nothing") is None

    def test_many_qubits_are_refused(self):
        """A joint channel whose map would have more than 4**8 entries is refused by name."""
        with pytest.raises(ValueError, match="at most 4 qubits, but is to act on 5"):
            table.channel_of("joint_depolarizing", 5)
