"""The algebra of circuits against that of dense matrices, phases included."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter
from arraybackends.quantum.gates.gate import GATES, CompositeGate, FixedGate, gate_of

N_QUBITS = 4

NAMES = (*sorted(GATES), "gphase", "rxyz", "rzyx", "unitary", "diagonal")

numbers = st.floats(-7, 7)


def random_unitary(seed, dimension):
    """A unitary matrix that the seed determines."""
    rng = np.random.default_rng(seed)
    return np.linalg.qr(rng.normal(size=(dimension,) * 2) + 1j * rng.normal(size=(dimension,) * 2))[
        0
    ]


@st.composite
def gates(draw, n_qubits=N_QUBITS, names=NAMES, angles=numbers):
    """Arguments of `append`: a gate on some qubits, some of the others its controls."""
    name = draw(st.sampled_from(names))
    order = draw(st.permutations(range(n_qubits)))
    if name not in ("unitary", "diagonal") and gate_of(name).n_qubits > n_qubits:
        name = "swap"
    if name in ("unitary", "diagonal"):
        n = draw(st.integers(1, 2))
        matrix = random_unitary(draw(st.integers(0, 9)), 2**n)
        phases = np.exp(1j * np.angle(np.diagonal(matrix)))
        values = (matrix.tolist() if name == "unitary" else phases.tolist(),)
    else:
        n = gate_of(name).n_qubits
        values = draw(st.tuples(*[angles] * gate_of(name).n_angles))
    n_controls = draw(st.integers(0, n_qubits - n))
    states = draw(st.tuples(*[st.integers(0, 1)] * n_controls))
    controls = tuple(order[n : n + n_controls])
    return name, tuple(order[:n]), values, controls, states


@st.composite
def circuits(draw, n_qubits=N_QUBITS, max_size=6, **kinds):
    """Circuit drawn gate by gate."""
    circuit = Circuit(n_qubits)
    for name, qubits, values, controls, states in draw(
        st.lists(gates(n_qubits, **kinds), max_size=max_size)
    ):
        circuit.append(name, qubits, *values, controls=controls, control_states=states)
    return circuit


def matrix_of(dense, circuit):
    """Product of the Kronecker products of a circuit's gates."""
    n = circuit.n_qubits
    total = np.eye(2**n)
    for gate, qubits, values, controls, *_ in circuit:
        if gate == "barrier":
            continue
        if gate == "unitary":
            matrix = np.asarray(values[0])
        elif gate == "diagonal":
            matrix = np.diag(values[0])
        else:
            matrix = dense.gate(gate, *values)
        active = np.eye(2**n)
        for qubit, state in controls:
            active = active @ dense.embed(np.diag([1 - state, state]), (qubit,), n)
        total = (np.eye(2**n) - active + active @ dense.embed(matrix, qubits, n)) @ total
    return total


def assert_close(actual, expected):
    """Matrices are equal, to more digits than six gates lose."""
    np.testing.assert_allclose(actual, expected, atol=1e-11)


class TestMatrix:
    @given(circuit=circuits())
    def test_equals_the_product_of_kronecker_products(self, numpy_xp, dense, circuit):
        """The matrix is that of the gates with their controls, the global phase included."""
        assert_close(circuit.matrix(numpy_xp), matrix_of(dense, circuit))

    @settings(max_examples=2)
    @given(circuit=circuits(n_qubits=3, max_size=5))
    def test_is_the_same_on_every_backend(self, xp, dense, circuit):
        """Every backend gives that matrix as a native array."""
        matrix = circuit.matrix(xp)
        assert xp.is_array(matrix)
        assert_close(xp.to_numpy(matrix), matrix_of(dense, circuit))

    def test_has_the_batch_of_the_angles(self, xp, dense):
        """Angles with a batch give a matrix for each of their elements."""
        circuit = Circuit(2).h(0).rx(1, xp.asarray([0.1, 0.2, 0.3])).cx(0, 1)
        expected = [
            matrix_of(dense, Circuit(2).h(0).rx(1, angle).cx(0, 1)) for angle in (0.1, 0.2, 0.3)
        ]
        assert_close(xp.to_numpy(circuit.matrix()), expected)

    def test_is_refused_if_it_does_not_fit(self):
        """The memory is checked before anything is allocated."""
        with pytest.raises(ab.MemoryLimitError):
            Circuit(40).h(0).matrix(ab.get_backend("numpy"))

    @pytest.mark.parametrize("name", ["measure", "reset", "depolarizing"])
    def test_is_refused_where_there_is_none(self, name):
        """A circuit with measurements or channels has no matrix."""
        with pytest.raises(ab.CapabilityError, match=f"`{name}`"):
            append_irreversible(Circuit(1), name).matrix()


def append_irreversible(circuit, name):
    """Append an operation without a matrix."""
    values = (0.1,) if name == "depolarizing" else ()
    return circuit.append(name, 0, *values, bits=(0,) if name == "measure" else ())


class TestAmplitude:
    def test_belongs_to_its_bit_string(self, xp):
        """The first bit is that of qubit 0."""
        with ab.use_backend(xp):
            circuit = Circuit(3).x(0).h(2)
            assert complex(xp.to_numpy(circuit.amplitude("101"))) == pytest.approx(0.5**0.5)
            assert complex(xp.to_numpy(circuit.amplitude("001"))) == 0

    @pytest.mark.parametrize("bits", ["", "0", "000", "0a", "02"])
    def test_needs_as_many_bits_as_qubits(self, bits):
        """Anything but a bit string of that length is refused."""
        with pytest.raises(ValueError, match=f"2 letters 0 and 1, but is '{bits}'"):
            Circuit(2).amplitude(bits)


class TestInverse:
    @given(circuit=circuits())
    def test_undoes_the_circuit(self, dense, circuit):
        """The inverse is the adjoint, of every gate with any controls."""
        inverse = circuit.inverse()
        assert_close(matrix_of(dense, inverse), matrix_of(dense, circuit).conj().T)
        assert inverse.inverse() == circuit

    @pytest.mark.parametrize("gate", sorted(GATES))
    def test_is_one_gate_of_the_table(self, dense, gate):
        """The inverse of a gate of the table is such a gate again."""
        angles = (0.7, -1.3, 2.1)[: GATES[gate].n_angles]
        circuit = Circuit(GATES[gate].n_qubits).append(gate, range(GATES[gate].n_qubits), *angles)
        (instruction,) = circuit.inverse()
        assert instruction.gate in GATES
        assert_close(matrix_of(dense, circuit + circuit.inverse()), np.eye(2**circuit.n_qubits))

    def test_of_arrays(self, xp):
        """Angles, matrices and diagonals that are arrays are inverted as arrays."""
        circuit = Circuit(1).rx(0, xp.asarray(0.5))
        circuit.unitary(0, xp.asarray([[0.0, 1.0], [1j, 0.0]], dtype=xp.complex128))
        circuit.diagonal(0, xp.asarray([1.0, 1j], dtype=xp.complex128))
        probabilities = (Circuit(1).h(0) + circuit + circuit.inverse()).h(0).probabilities()
        np.testing.assert_allclose(xp.to_numpy(probabilities), [1, 0], atol=1e-15)

    @pytest.mark.parametrize("name", ["measure", "reset", "depolarizing"])
    def test_is_refused_where_there_is_none(self, name):
        """What is not unitary cannot be undone, controlled or raised to a fraction."""
        circuit = append_irreversible(Circuit(1), name)
        with pytest.raises(ValueError, match=f"`{name}` has no inverse"):
            circuit.inverse()
        with pytest.raises(ValueError, match=f"`{name}` cannot be controlled"):
            circuit.control()
        with pytest.raises(ValueError, match=f"`{name}` has no power"):
            circuit.power(0.5)


class TestPower:
    @given(circuit=circuits(max_size=3), exponent=st.integers(-3, 3))
    def test_repeats(self, dense, circuit, exponent):
        """Integer powers are those of the matrix, negative ones those of its inverse."""
        expected = np.linalg.matrix_power(matrix_of(dense, circuit), exponent)
        assert_close(matrix_of(dense, circuit**exponent), expected)

    @given(
        gate=gates(names=[n for n in NAMES if not isinstance(gate_of(n), CompositeGate)]),
        first=st.floats(-2, 2),
        second=st.floats(-2, 2),
    )
    def test_adds_exponents(self, dense, gate, first, second):
        """Powers of one gate, with any controls, multiply as the sum of their exponents."""
        name, qubits, values, controls, states = gate
        circuit = Circuit(N_QUBITS)
        circuit.append(name, qubits, *values, controls=controls, control_states=states)
        with ab.use_backend("numpy"):
            product = matrix_of(dense, circuit**first) @ matrix_of(dense, circuit**second)
            assert_close(product, matrix_of(dense, circuit ** (first + second)))

    @pytest.mark.parametrize("gate", sorted(n for n in GATES if isinstance(GATES[n], FixedGate)))
    def test_has_principal_phases(self, dense, gate):
        """A third of a fixed gate has the eigenvalues exp(i a / 3), where -pi < a <= pi."""
        n = GATES[gate].n_qubits
        circuit = Circuit(n).append(gate, range(n)) ** (1 / 3)
        root, whole = matrix_of(dense, circuit), dense.gate(gate)
        assert_close(np.linalg.matrix_power(root, 3), whole)
        phases = np.angle(np.linalg.eigvals(root))
        assert np.all(phases > -np.pi / 3 - 1e-9 + 1e-6)
        assert np.all(phases < np.pi / 3 + 1e-9)

    @pytest.mark.parametrize(
        ("whole", "half"),
        [("z", "s"), ("s", "t"), ("sdg", "tdg"), ("x", "sx"), ("iswap", "sqrt_iswap")],
    )
    def test_gives_the_square_roots_of_the_table(self, dense, whole, half):
        """The square roots that have a name are the principal ones."""
        n = GATES[whole].n_qubits
        root = Circuit(n).append(whole, range(n)) ** 0.5
        assert_close(matrix_of(dense, root), dense.gate(half))

    @pytest.mark.parametrize("phases", [(0.3, -0.3, 2.0, 2.0), (3.1, -3.1, 0.0, 1.0), (np.pi,) * 4])
    def test_of_matrices_with_related_phases(self, xp, phases):
        """Phases that are equal or opposite do not spoil the eigenvectors."""
        vectors = random_unitary(1, 4)
        whole = (vectors * np.exp(1j * np.asarray(phases))) @ vectors.conj().T
        matrix = xp.asarray(whole.tolist(), dtype=xp.complex128, device=xp.device)
        (instruction,) = Circuit(2).unitary((0, 1), matrix) ** 0.3
        expected = (vectors * np.exp(0.3j * np.asarray(phases))) @ vectors.conj().T
        np.testing.assert_allclose(xp.to_numpy(instruction.values[0]), expected, atol=1e-9)

    def test_scales_parameters(self):
        """The power of a rotation has a multiple of its angle, whatever that is."""
        a = Parameter("a")
        assert Circuit(1).rx(0, a) ** 0.5 == Circuit(1).rx(0, a / 2)
        assert Circuit(1).rx(0, a) ** -(2**40) == Circuit(1).rx(0, -(2.0**40) * a)

    def test_does_not_repeat_matrices(self, dense):
        """A high power of a matrix is one matrix."""
        with ab.use_backend("numpy"):
            circuit = Circuit(1).unitary(0, random_unitary(3, 2).tolist()) ** 1000
        assert len(circuit) == 1
        expected = np.linalg.matrix_power(random_unitary(3, 2), 1000)
        assert_close(matrix_of(dense, circuit), expected)

    @pytest.mark.parametrize(
        ("circuit", "exponent", "message"),
        [
            (Circuit(1).h(0).x(0), 0.5, "integer for a circuit of 2 operations, but is 0.5"),
            (Circuit(1).h(0), float("nan"), "finite number, but is nan"),
            (Circuit(1).u(0, 1.0, 2.0, 3.0), 0.5, "`u` has no power 0.5"),
            (Circuit(1).unitary(0, [[1, 1], [0, 1]], check=False), 0.5, "Is the matrix unitary"),
        ],
    )
    def test_is_refused_where_none_is_known(self, circuit, exponent, message):
        """Fractions of products and of several angles are refused with the way out."""
        with ab.use_backend("numpy"), pytest.raises(ValueError, match=message):
            circuit.power(exponent)


class TestControl:
    @given(circuit=circuits(n_qubits=3), states=st.lists(st.integers(0, 1), min_size=1, max_size=2))
    def test_acts_where_the_controls_have_their_states(self, dense, circuit, states):
        """The controlled circuit is the circuit in one block, and the identity in the others."""
        controlled = circuit.control(len(states), states)
        block = int("".join(map(str, states)), 2)
        expected = np.eye(2**controlled.n_qubits, dtype=complex)
        place = slice(8 * block, 8 * (block + 1))
        expected[place, place] = matrix_of(dense, circuit)
        assert_close(matrix_of(dense, controlled), expected)

    def test_turns_the_global_phase_into_a_phase_gate(self):
        """The phase of a controlled circuit is one of its controls."""
        circuit = Circuit(1).global_phase(0.5)
        assert circuit.control() == Circuit(2).p(0, 0.5)
        assert circuit.control(2) == Circuit(3).cp(0, 1, 0.5)
        assert circuit.control(2, (1, 0)) == Circuit(3).append(
            "p", 0, 0.5, controls=1, control_states=(0,)
        )

    def test_uses_the_names_of_controlled_gates(self):
        """A controlled gate that is in the table has its name."""
        assert Circuit(1).x(0).control(2) == Circuit(3).ccx(0, 1, 2)
        assert Circuit(2).cx(0, 1).control() == Circuit(3).ccx(0, 1, 2)
        assert Circuit(3).append("z", 2, controls=(0, 1)) == Circuit(3).ccz(0, 1, 2)

    def test_takes_qubits_of_the_register(self):
        """Controls may be qubits that the circuit does not use."""
        assert Circuit(3).x(1).control((2,)) == Circuit(3).cx(2, 1)
        with pytest.raises(
            ValueError, match=r"is \(1,\), but a gate `x` of the circuit acts on \[1\]"
        ):
            Circuit(3).x(1).control((1,))

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda c: c.control(0), "at least 1, but is 0"),
            (lambda c: c.control(1, (2,)), r"0 or 1 for each of the 1 control\(s\), but is \(2,\)"),
            (lambda c: c.control(2, (1,)), r"each of the 2 control\(s\), but is \(1,\)"),
            (lambda c: c.append("x", 0, controls=0), r"is \(0,\), but the gate acts on \[0\]"),
            (lambda c: c.append("x", 0, controls=(1, 1)), r"`controls` must be distinct"),
            (lambda c: c.append("x", 0, controls=5), r"range\(2\), but is \(5,\)"),
            (lambda c: c.append("x", 0, control_states=(1,)), r"each of the 0 control\(s\)"),
        ],
    )
    def test_is_refused_where_it_makes_no_sense(self, call, message):
        """Wrong controls and states are errors that show them."""
        with pytest.raises(ValueError, match=message):
            call(Circuit(2).x(0))


class TestCompose:
    @given(first=circuits(), second=circuits(n_qubits=2), order=st.permutations(range(N_QUBITS)))
    def test_multiplies_matrices(self, dense, first, second, order):
        """The other circuit acts afterwards, on the qubits that are named."""
        qubits = tuple(order[:2])
        expected = dense.embed(matrix_of(dense, second), qubits, N_QUBITS) @ matrix_of(dense, first)
        assert_close(matrix_of(dense, first.compose(second, qubits)), expected)

    @given(circuit=circuits(), at=st.integers(-7, 7))
    def test_undoes_slicing(self, circuit, at):
        """A circuit is the sum of its parts, and of its instructions."""
        assert circuit[:at] + circuit[at:] == circuit
        assert [circuit[place] for place in range(len(circuit))] == list(circuit)
        assert circuit[:at].n_qubits == circuit.n_qubits

    @given(circuit=circuits(n_qubits=3))
    def test_reverses_bits(self, dense, circuit):
        """Reversed qubits permute the matrix."""
        reversed_matrix = dense.embed(matrix_of(dense, circuit), (2, 1, 0), 3)
        assert_close(matrix_of(dense, circuit.reverse_bits()), reversed_matrix)
        assert circuit.reverse_bits().reverse_bits() == circuit

    def test_leaves_its_parts_alone(self):
        """Sums are new circuits; `extend` is in place, also by the circuit itself."""
        first, second = Circuit(2).h(0), Circuit(2).cx(0, 1)
        assert first + second == Circuit(2).h(0).cx(0, 1)
        assert (len(first), len(second)) == (1, 1)
        assert first.extend(first) is first
        assert first == Circuit(2).h(0).h(0)

    def test_shares_parameters(self):
        """A parameter of both circuits is one parameter of their sum."""
        a = Parameter("a")
        circuit = Circuit(1).rx(0, a) + Circuit(1).ry(0, a)
        assert circuit == Circuit(1).rx(0, a).ry(0, a)
        assert circuit.structure == Circuit(1).rx(0, a).ry(0, a).structure

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda c: c.compose(Circuit(3)), r"range\(2\), but is \(0, 1, 2\)"),
            (lambda c: c.compose(Circuit(2), (0,)), r"each of the 2 .* but is \(0,\)"),
            (lambda c: c.compose(Circuit(2), (0, 0)), r"distinct.* but is \(0, 0\)"),
            (lambda c: c.remap((1, 1)), r"distinct.* but is \(1, 1\)"),
            (lambda c: c.cond({0: 1}, Circuit(1).x(0), 0), r"range\(0\).*\{0: 1\}"),
        ],
    )
    def test_is_refused_where_the_qubits_do_not_fit(self, call, message):
        """Each qubit of the other circuit needs one place."""
        with pytest.raises(ValueError, match=message):
            call(Circuit(2).h(0))

    def test_adds_circuits_alone(self):
        """Nothing else can be added."""
        with pytest.raises(TypeError, match="unsupported operand"):
            Circuit(1) + 1

    def test_refuses_to_mix_backends(self):
        """Circuits with arrays of two backends do not compose, and nothing is appended."""
        strict = ab.get_backend("strict")
        first = Circuit(1).rx(0, np.asarray(0.1))
        with pytest.raises(ab.BackendMismatchError, match="`numpy` and `strict`"):
            first.extend(Circuit(1).h(0).rx(0, strict.asarray(0.1)))
        assert len(first) == 1


class TestConditions:
    def test_belong_to_every_operation(self):
        """`cond` appends a circuit whose operations happen for some values of bits."""
        body = Circuit(2).x(0).cx(0, 1)
        circuit = Circuit(2, n_bits=2).cond({1: 0, 0: 1}, body)
        assert [step.condition for step in circuit] == [((0, 1), (1, 0))] * 2
        assert len(Circuit(2, 1).cond({0: 1}, body)) == 2

    def test_add_up(self):
        """Nested conditions must hold together; contradictory ones are refused."""
        inner = Circuit(1, 2).cond({0: 1}, Circuit(1).x(0))
        (step,) = Circuit(1, 2).cond({1: 1}, inner)
        assert step.condition == ((0, 1), (1, 1))
        with pytest.raises(ValueError, match=r"is \{0: 0\}.*\{0: 1\}, which excludes it"):
            Circuit(1, 2).cond({0: 0}, inner)

    def test_need_bits_that_exist(self):
        """A bit exists once a measurement writes into it, or from the start."""
        circuit = Circuit(1).append("measure", 0, bits=(2,))
        assert circuit.n_bits == 3
        assert circuit.append("x", 0, condition={2: 1})[1].condition == ((2, 1),)
        for condition in ({3: 1}, {0: 2}, [(0, 1), (0, 0)]):
            with pytest.raises(ValueError, match="`condition`"):
                circuit.append("x", 0, condition=condition)

    @pytest.mark.parametrize(
        ("gate", "bits", "message"),
        [
            ("measure", (), r"one bit for each qubit.*`measure` on the qubits \(0, 1\) it is \(\)"),
            ("measure", (0, 0), r"distinct, but is \(0, 0\)"),
            ("measure", (0, -1), r"numbered from 0.*\(0, -1\)"),
            ("reset", (0, 1), r"`reset`.* it is \(0, 1\)"),
        ],
    )
    def test_bits_belong_to_measured_qubits(self, gate, bits, message):
        """A measurement writes one bit for each qubit, nothing else writes any."""
        with pytest.raises(ValueError, match=message):
            Circuit(2).append(gate, (0, 1), bits=bits)


class TestDepth:
    @given(circuit=circuits())
    def test_is_the_number_of_layers(self, circuit):
        """Packing operations as early as they can happen makes that many layers."""
        layers = []
        for step in circuit:
            wires = {*step.qubits, *(qubit for qubit, _ in step.controls)}
            if not wires:
                continue
            place = len(layers)
            while place and not layers[place - 1] & wires:
                place -= 1
            if place == len(layers):
                layers.append(set())
            layers[place] |= wires
        assert circuit.depth() == len(layers)

    def test_waits_for_bits_and_barriers(self):
        """Conditions follow the measurement of their bits; barriers hold back but do not count."""
        circuit = Circuit(2).append("measure", 0, bits=(0,)).append("x", 1, condition={0: 1})
        assert circuit.depth() == 2
        assert Circuit(2).h(0).append("barrier", ()).h(1).depth() == 2
        assert Circuit(2).h(0).h(1).append("barrier", (0, 1)).depth() == 1


class TestCounting:
    def test_counts_operations_by_name(self):
        """Operations are counted by name, controls included, the most frequent first."""
        circuit = Circuit(4).cx(0, 1).h(range(4)).append("h", 3, controls=(0, 1, 2))
        circuit.append("barrier", ())
        assert circuit.count_ops() == {"h": 4, "cx": 1, "ccch": 1, "barrier": 1}
        assert next(iter(circuit.count_ops())) == "h"
        assert circuit.gate_count() == 6
        assert circuit.gate_count("h", "cx", "rx") == 5


class TestTransforms:
    def test_see_through_algebra(self, xp):
        """Traced angles pass through inverses, powers, controls and sums."""

        def value(angle):
            part = Circuit(1).h(0).rx(0, angle).rz(0, 0.3)
            whole = part.control(1, (0,)) + (part.inverse() ** 2).control() + Circuit(2).p(1, angle)
            return whole.amplitude("01")

        with ab.use_backend("numpy"):
            expected = [complex(value(angle)) for angle in (0.4, -1.2)]
        function = xp.vmap(value)
        if xp.capabilities.compiles_complex:
            function = xp.jit(function, fallback="raise")
        amplitudes = function(xp.asarray([0.4, -1.2], device=xp.device))
        np.testing.assert_allclose(xp.to_numpy(amplitudes), expected, atol=1e-14)


class TestCopies:
    @pytest.mark.parametrize("how", ["method", "shallow", "deep", "pickle"])
    def test_grow_apart(self, how):
        """A copy is equal, and what is done to it does not change the original."""
        copied = {
            "method": Circuit.copy,
            "shallow": copy.copy,
            "deep": copy.deepcopy,
            "pickle": lambda circuit: pickle.loads(pickle.dumps(circuit)),  # noqa: S301
        }[how]
        circuit = (
            Circuit(2, 1)
            .rx(0, np.asarray(0.1))
            .rz(1, 2 * Parameter("a"))
            .unitary(0, [[0, 1], [1, 0]])
        )
        other = copied(circuit)
        assert other == circuit
        assert other.structure == circuit.structure
        other.assign([0.5]).h(0)
        assert circuit.parameters == ("a",)
        assert len(circuit) == 3
