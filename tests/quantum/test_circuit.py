"""Circuits as data: building, comparing, binding, and refusing what makes no sense."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, PauliSum


class TestBuilding:
    def test_chains(self):
        """Gate methods return the circuit itself."""
        circuit = Circuit(2)
        assert circuit.h(0).cx(0, 1) is circuit
        assert len(circuit) == 2

    def test_applies_a_one_qubit_gate_to_each_of_several(self):
        """One-qubit gates take several qubits, in any iterable."""
        assert Circuit(3).rx(range(3), 0.5) == Circuit(3).rx(0, 0.5).rx(1, 0.5).rx(2, 0.5)

    def test_knows_cnot(self):
        """`cnot` is `cx` by its other name."""
        assert Circuit(2).cnot(0, 1) == Circuit(2).cx(0, 1)

    def test_takes_numpy_integers_as_qubits(self):
        """Anything that is an integer is a qubit."""
        assert Circuit(np.int64(2)).h(np.int32(1)) == Circuit(2).h(1)

    def test_shows_how_it_was_built(self):
        """The repr is the expression that builds the circuit."""
        circuit = Circuit(2).h(0).crx(0, 1, 0.5).rz(1, Parameter("a")).unitary(0, [[0, 1], [1, 0]])
        assert eval(repr(circuit)) == circuit  # noqa: S307 (our own text)

    def test_takes_matrices_of_any_dtype(self, xp):
        """An integer matrix is a matrix too."""
        flip = xp.asarray([[0, 1], [1, 0]])
        assert xp.to_numpy(Circuit(1).unitary(0, flip).probabilities()).tolist() == [0, 1]


class TestStructure:
    def test_is_without_angles(self):
        """Circuits that differ in angles alone have equal structures, hashes included."""
        first, second = Circuit(1).rx(0, 0.1).structure, Circuit(1).rx(0, 0.2).structure
        assert first == second
        assert hash(first) == hash(second)

    def test_tells_gates_and_qubits_apart(self):
        """Other gates, qubits or sharing of angles are another structure."""
        a = Parameter("a")
        structures = {
            Circuit(2).rx(0, 0.1).structure,
            Circuit(2).ry(0, 0.1).structure,
            Circuit(2).rx(1, 0.1).structure,
            Circuit(3).rx(0, 0.1).structure,
            Circuit(2).rx(0, a).rx(1, a).structure,
            Circuit(2).rx(0, a).rx(1, Parameter("b")).structure,
        }
        assert len(structures) == 6

    def test_is_all_that_is_hashable(self):
        """A circuit can change, so it has no hash."""
        with pytest.raises(TypeError, match=r"unhashable.* `circuit\.structure`"):
            hash(Circuit(1))
        with pytest.raises(TypeError, match="unhashable"):
            {Circuit(1): 1}
        key = Circuit(1).rx(0, 2 * Parameter("a")).unitary(0, [[0, 1], [1, 0]])
        same = Circuit(1).rx(0, 2 * Parameter("a")).unitary(0, [[0, 1], [1, 0]])
        other = Circuit(1).rx(0, 3 * Parameter("a")).unitary(0, [[0, 1], [1, 0]])
        found = {(key.structure, key.angles, key.matrices): 1}
        assert (same.structure, same.angles, same.matrices) in found
        assert (other.structure, other.angles, other.matrices) not in found


class TestReversibility:
    def test_needs_constants_that_are_unitary_to_the_last_digit(self, xp):
        """Runs are followed backwards only through matrices that undo themselves."""
        flip = [[0, 1], [1, 0]]
        rough = [[0, 1], [1 + 1e-9, 0]]
        assert Circuit(1).h(0).unitary(0, flip).is_reversible(xp)
        assert not Circuit(1).unitary(0, rough).is_reversible(xp)
        assert Circuit(1).unitary(0, rough).is_reversible(xp.with_options(precision="single"))
        assert not Circuit(1).unitary(0, flip, check=False).is_reversible(xp)
        array = xp.asarray(flip, device=xp.device)
        assert Circuit(1).unitary(0, array).is_reversible(xp) is not xp.capabilities.autodiff

    def test_survives_algebra(self, numpy_xp):
        """Circuits made of one that is not reversible are not."""
        rough = Circuit(1).unitary(0, [[0, 1], [1 + 1e-9, 0]])
        made = [rough + rough, Circuit(1).extend(rough), rough.copy(), rough[:], rough.inverse()]
        assert not any(circuit.is_reversible(numpy_xp) for circuit in made)


class TestEquality:
    def test_compares_gates_and_angles(self):
        """Equal gates with equal angles, in order, make equal circuits."""
        assert Circuit(2).rx(0, 0.1) == Circuit(2).rx(0, 0.1)
        assert Circuit(2).rx(0, 0.1) != Circuit(2).rx(0, 0.2)
        assert Circuit(2).rx(0, 0.1) != Circuit(3).rx(0, 0.1)
        assert Circuit(2).rx(0, Parameter("a")) != Circuit(2).rx(0, 0.1)
        assert Circuit(1) != "Circuit(1)"

    def test_compares_arrays_by_value(self, xp):
        """Angles that are arrays are equal if shape and elements are."""
        circuit = Circuit(1).rx(0, xp.asarray([0.1, 0.2]))
        assert circuit == Circuit(1).rx(0, xp.asarray([0.1, 0.2]))
        assert circuit != Circuit(1).rx(0, xp.asarray([0.1, 0.3]))
        assert circuit != Circuit(1).rx(0, xp.asarray(0.1))

    @pytest.mark.parametrize("copied", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])  # noqa: S301
    def test_survives_copies(self, copied):
        """A circuit equals its pickled and its deep copy."""
        circuit = Circuit(2).rx(0, np.asarray(0.1)).cx(0, 1).rz(1, Parameter("a"))
        assert copied(circuit) == circuit


class TestParameters:
    def test_are_in_order_of_first_use(self):
        """A name used twice is one parameter."""
        a, b = Parameter("a"), Parameter("b")
        assert Circuit(2).rx(0, b).ry(0, a).rz(1, b).parameters == ("b", "a")

    def test_bind_by_name_or_order(self):
        """Values come by name or in the order of `parameters`; the circuit is not modified."""
        circuit = Circuit(1).rx(0, Parameter("a")).ry(0, Parameter("b")).rz(0, Parameter("a"))
        expected = Circuit(1).rx(0, 1.0).ry(0, 2.0).rz(0, 1.0)
        assert circuit.bind([1.0, 2.0]) == expected
        assert circuit.bind({"b": 2.0}).bind({"a": 1.0}) == expected
        assert circuit.parameters == ("a", "b")

    def test_bind_arrays(self, xp):
        """Values may be arrays, whose backend then runs the circuit."""
        bound = Circuit(1).rx(0, Parameter("a")).bind([xp.asarray(0.5)])
        assert bound.backend.name == xp.name

    def test_must_be_bound_to_run(self):
        """Running with unbound parameters names them and the remedy."""
        with pytest.raises(ValueError, match=r"unbound parameters \('a',\).*`bind`"):
            Circuit(1).rx(0, Parameter("a")).state()

    def test_refuse_unknown_names_and_wrong_numbers(self):
        """Unknown names and a wrong number of values are errors that list the parameters."""
        circuit = Circuit(1).rx(0, Parameter("a"))
        with pytest.raises(ValueError, match=r"\['b'\].*\('a',\)"):
            circuit.bind({"b": 1.0})
        with pytest.raises(ValueError, match=r"parameters \('a',\), but has 2"):
            circuit.bind([1.0, 2.0])

    @pytest.mark.parametrize("name", ["", 3, None])
    def test_need_a_name(self, name):
        """A parameter's name is a non-empty string."""
        with pytest.raises(TypeError, match="non-empty string"):
            Parameter(name)


class TestBackend:
    def test_is_that_of_the_angles(self, xp):
        """Arrays decide, whatever the current backend is."""
        with ab.use_backend("numpy"):
            circuit = Circuit(1).rx(0, xp.asarray(0.5))
            assert circuit.backend.name == xp.name
            assert xp.is_array(circuit.state())

    def test_is_the_current_one_for_numbers(self, xp):
        """Circuits of plain numbers run on the backend that is current when they run."""
        circuit = Circuit(1).rx(0, 0.5)
        with ab.use_backend(xp):
            assert xp.is_array(circuit.state())

    def test_is_numpy_for_numpy_scalars(self):
        """np.float64 derives from float but belongs to NumPy."""
        with ab.use_backend("strict"):
            assert Circuit(1).rx(0, np.float64(0.5)).backend.name == "numpy"

    def test_may_not_be_mixed(self):
        """Arrays of two backends in one circuit are refused, both named."""
        strict = ab.get_backend("strict")
        circuit = Circuit(1).rx(0, np.asarray(0.1))
        with pytest.raises(ab.BackendMismatchError, match="`numpy` and `strict`"):
            circuit.ry(0, strict.asarray(0.1))
        with pytest.raises(ab.BackendMismatchError, match="`numpy` and `strict`"):
            Circuit(1).u(0, np.asarray(0.1), strict.asarray(0.1), 0.1)
        a, b = Parameter("a"), Parameter("b")
        with pytest.raises(ab.BackendMismatchError, match="`numpy` and `strict`"):
            Circuit(1).rx(0, a).ry(0, b).bind([np.asarray(0.1), strict.asarray(0.1)])

    def test_is_not_that_of_refused_arrays(self):
        """An array that was refused leaves no trace."""
        strict = ab.get_backend("strict")
        circuit = Circuit(1)
        with pytest.raises(ab.ShapeError, match="shape"):
            circuit.unitary(0, np.eye(4))
        with pytest.raises(TypeError, match="real"):
            circuit.rx(0, np.asarray(1j))
        assert circuit.rx(0, strict.asarray(0.1)).backend.name == "strict"


class TestRefusals:
    @pytest.mark.parametrize(
        ("build", "message"),
        [
            (lambda c: c.h(3), r"distinct and in range\(3\), but is \(3,\)"),
            (lambda c: c.h(-1), r"distinct and in range\(3\), but is \(-1,\)"),
            (lambda c: c.cx(1, 1), r"distinct and in range\(3\), but is \(1, 1\)"),
            (lambda c: c.append("cx", (0,)), r"`cx` acts on 2 qubit\(s\), but `qubits` is \(0,\)"),
            (lambda c: c.append("rx", (0,)), r"`rx` takes 1 angle\(s\), but 0 were given"),
            (
                lambda c: c.append("foo", (0,)),
                r"'foo', which is no known gate. Known gates: id, h, x",
            ),
            (lambda c: c.rx(0, float("nan")), "finite, but is nan"),
            (lambda c: c.unitary(0, [[1, 0], [0, 2]]), "must be unitary.*by 3"),
            (
                lambda c: c.unitary(0, np.asarray([[1, 0], [0, 2.0]])),
                "must be unitary.*by 3: array",
            ),
            (lambda c: c.unitary(0, np.full((2, 2), np.nan)), "must be unitary.*by nan"),
            (lambda c: c.unitary((0, 1), [[1, 0], [0, 1]]), r"shape \(4, 4\).*has shape \(2, 2\)"),
            (lambda c: c.unitary(0, [[1, 0], [0]]), r"shape \(2, 2\).*but"),
            (lambda c: c.unitary((), [[1]]), "at least 1"),
        ],
    )
    def test_of_values(self, build, message):
        """A wrong value is a ValueError that shows it and what is right; nothing is appended."""
        circuit = Circuit(3)
        with pytest.raises(ValueError, match=message):
            build(circuit)
        assert len(circuit) == 0

    @pytest.mark.parametrize(
        ("build", "message"),
        [
            (lambda c: c.h(0.0), "integers, but has 0.0"),
            (lambda c: c.h(True), "integers, but has True"),
            (lambda c: c.h("0"), "integers, but has '0'"),
            (lambda c: c.rx(0, 1j), "real number.*but is 1j"),
            (lambda c: c.rx(0, "a"), "real number.*but is 'a'"),
            (lambda c: c.rx(0, True), "real number.*but is True"),
            (lambda c: c.rx(0, None), "real number.*but is None"),
            (lambda c: c.rx(0, [0.1, 0.2]), r"real number.*but is \[0.1, 0.2\]"),
            (lambda c: c.rx(0, np.asarray(1j)), "must be real, but has dtype complex128"),
        ],
    )
    def test_of_types(self, build, message):
        """A wrong type is a TypeError that shows the value."""
        with pytest.raises(TypeError, match=message):
            build(Circuit(3))

    @pytest.mark.parametrize("n_qubits", [0, -1])
    def test_of_empty_registers(self, n_qubits):
        """A circuit has at least one qubit."""
        with pytest.raises(ValueError, match="at least 1"):
            Circuit(n_qubits)

    def test_of_observables(self):
        """An observable fits the circuit and is Hermitian."""
        with pytest.raises(ab.ShapeError, match="the 2 qubits of the circuit, but acts on 1"):
            Circuit(2).expectation(PauliSum({"Z": 1.0}))
        with pytest.raises(TypeError, match="`PauliSum`, but is of type `str`"):
            Circuit(1).expectation("Z")
        with pytest.raises(ValueError, match="Hermitian, but the coefficient of Z is 1j"):
            Circuit(1).expectation(PauliSum({"Z": 1j}))
