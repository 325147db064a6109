"""Parameters and their linear expressions: arithmetic, printing, binding, derivatives."""

from __future__ import annotations

import fractions
import math
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import (
    Circuit,
    LinearExpression,
    Parameter,
    PauliSum,
    expectation_function,
)

A, B = Parameter("a"), Parameter("b")

factors = st.floats(-4, 4, allow_subnormal=False)


@st.composite
def expressions(draw):
    """Linear expression of up to three parameters with random factors, or a number."""
    terms = draw(st.lists(st.tuples(factors, st.sampled_from("abc"))))
    return sum((factor * Parameter(name) for factor, name in terms), draw(factors))


def value_of(expression, values):
    """Value by Python's own arithmetic on the printed form."""
    return eval(str(expression), dict(values))  # noqa: S307 (our own text)


class TestArithmetic:
    @given(left=expressions(), right=expressions(), factor=factors)
    def test_is_that_of_the_values(self, left, right, factor):
        """Sums, differences and multiples commute with putting in values."""
        values = {"a": 0.5, "b": -1.25, "c": 3.0}
        one, two = value_of(left, values), value_of(right, values)
        assert value_of(left + right, values) == pytest.approx(one + two, abs=1e-12)
        assert value_of(left - right, values) == pytest.approx(one - two, abs=1e-12)
        assert value_of(factor * left, values) == pytest.approx(factor * one, abs=1e-12)
        assert value_of(-left, values) == pytest.approx(-one, abs=1e-12)
        if factor:
            assert value_of(left / 4 + factor, values) == pytest.approx(one / 4 + factor, abs=1e-12)

    def test_simplifies(self):
        """What comes down to a parameter or a number is one, in any order of the terms."""
        assert 2 * A + B - A - B == A
        assert isinstance(2 * A + B - A - B, Parameter)
        assert A - A == 0.0
        assert A + B == B + A
        assert hash(A + B) == hash(B + A)
        assert A + B != A - B
        assert +A is A
        assert 1 - A == -(A - 1)

    @pytest.mark.parametrize(
        "number", [2, 2.0, fractions.Fraction(2), np.float64(2), np.float32(2), np.int64(2)],
        ids=lambda number: type(number).__name__,
    )  # fmt: skip
    def test_takes_real_numbers_of_any_type(self, number):
        """Python's numbers and NumPy's scalars are factors and summands, on either side."""
        assert number * A == A * number == 2 * A
        assert number + A == A + number == A + 2
        assert number - A == 2 - A
        assert A / number == 0.5 * A
        assert type((A * number).terms[0][1]) is float

    @pytest.mark.parametrize("other", [1j, "2", True, None, [1.0]], ids=repr)
    @pytest.mark.parametrize("apply", [operator.add, operator.sub, operator.mul, operator.truediv])
    def test_takes_nothing_else(self, other, apply):
        """Complex numbers, text, truth values and lists are no factors."""
        with pytest.raises(TypeError, match=r"unsupported operand|can't multiply sequence"):
            apply(A, other)

    def test_is_linear(self):
        """A product of parameters is refused with both factors and the way out."""
        with pytest.raises(TypeError, match=r"product of a and 2\*b \+ 1 is not.*`bind`"):
            A * (2 * B + 1)

    @pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
    def test_is_finite(self, number):
        """A factor that is no number is refused."""
        with pytest.raises(ValueError, match="must be finite, but one is"):
            number * A

    def test_divides_by_no_zero(self):
        """Division by zero is Python's error."""
        with pytest.raises(ZeroDivisionError):
            A / 0


class TestPrinting:
    @pytest.mark.parametrize(
        ("expression", "text"),
        [
            (A, "a"),
            (2 * A - B / 2 + 0.1, "2*a - 0.5*b + 0.1"),
            (-A - 1, "-a - 1"),
            (-3 * A + B, "-3*a + b"),
            (A / 3, "0.3333333333333333*a"),
        ],
        ids=str,
    )
    def test_reads_like_mathematics(self, expression, text):
        """Factors of one are left out, and signs join the terms."""
        assert str(expression) == text

    @given(expression=expressions())
    def test_is_exact(self, expression):
        """The repr, evaluated, gives an equal expression; so does a pickle."""
        assert eval(repr(expression)) == expression  # noqa: S307 (our own text)
        assert pickle.loads(pickle.dumps(expression)) == expression  # noqa: S301


class TestBinding:
    @given(expression=expressions(), values=st.tuples(factors, factors, factors))
    def test_puts_values_in(self, expression, values):
        """Bound angles are the values of their expressions, whether at once or one by one."""
        named = dict(zip("abc", values, strict=True))
        circuit = Circuit(1).rx(0, A).ry(0, B).rz(0, Parameter("c")).rx(0, expression)
        assert circuit.parameters == ("a", "b", "c")
        expected = pytest.approx([*values, value_of(expression, named)], abs=1e-12)
        assert circuit.bind(values).angles == expected
        by_one = circuit.bind({"b": values[1]}).bind({"c": values[2]}).bind({"a": values[0]})
        assert by_one.angles == expected

    def test_takes_arrays(self, xp):
        """Arrays are put into expressions as arrays; batches broadcast."""
        circuit = Circuit(1).rx(0, 2 * A - B / 2 + 0.1)
        row = xp.asarray([0.5, 1.0], device=xp.device)
        column = xp.asarray([[1.0], [2.0]], device=xp.device)
        (angle,) = circuit.bind([row, column]).angles
        np.testing.assert_allclose(xp.to_numpy(angle), [[0.6, 1.6], [0.1, 1.1]], atol=1e-15)
        (angle,) = circuit.bind([row, 1]).angles
        np.testing.assert_allclose(xp.to_numpy(angle), [0.6, 1.6], atol=1e-15)

    def test_casts_integer_arrays(self, xp):
        """Half of an integer array is no integer array."""
        (angle,) = Circuit(1).rx(0, A / 2).bind([xp.asarray([1, 2], device=xp.device)]).angles
        np.testing.assert_allclose(xp.to_numpy(angle), [0.5, 1.0])

    def test_substitutes_parameters(self):
        """A value may be another parameter or expression, also one that is there already."""
        circuit = Circuit(1).rx(0, A).ry(0, B).rz(0, A + B)
        assert circuit.bind({"a": 2 * B}) == Circuit(1).rx(0, 2 * B).ry(0, B).rz(0, 3 * B)
        merged = circuit.bind({"a": B})
        assert merged.parameters == ("b",)
        assert merged.structure == Circuit(1).rx(0, B).ry(0, B).rz(0, 2 * B).structure
        assert merged.bind([0.5]) == Circuit(1).rx(0, 0.5).ry(0, 0.5).rz(0, 1.0)
        swapped = circuit.bind({"a": B, "b": A})
        assert swapped == Circuit(1).rx(0, B).ry(0, A).rz(0, A + B)

    def test_assigns_in_place(self):
        """`assign` changes the circuit, `bind` leaves it."""
        circuit = Circuit(1).rx(0, A + 1)
        assert circuit.bind([1.0]) == Circuit(1).rx(0, 2.0)
        assert circuit.parameters == ("a",)
        assert circuit.assign([1.0]) is circuit
        assert circuit == Circuit(1).rx(0, 2.0)

    def test_shares_slots_of_equal_expressions(self):
        """Equal expressions are one angle."""
        assert len(Circuit(1).rx(0, A + B).ry(0, B + A).angles) == 1

    @pytest.mark.parametrize(
        ("values", "kind", "message"),
        [
            ({"a": math.nan}, ValueError, "finite, but is nan"),
            ({"a": "x"}, TypeError, "real number.*but is 'x'"),
            ({"a": np.asarray(1.0)}, ValueError, "cannot hold an array beside the unbound b"),
            ({"c": 1.0}, ValueError, r"\['c'\].*\('a', 'b'\)"),
        ],
        ids=repr,
    )
    def test_refuses_wrong_values(self, values, kind, message):
        """Wrong values are errors, after which the circuit is as before."""
        circuit = Circuit(1).rx(0, A).ry(0, A + B)
        with pytest.raises(kind, match=message):
            circuit.assign(values)
        assert circuit == Circuit(1).rx(0, A).ry(0, A + B)

    def test_checks_probabilities(self):
        """A parameter of a channel must be in its range when it gets a value."""
        circuit = Circuit(1).append("bit_flip", 0, A)
        with pytest.raises(ValueError, match=r"`bit_flip`.*1\.5"):
            circuit.bind([1.5])


class TestDerivatives:
    def test_follow_the_chain_rule(self, xp):
        """Gradients in parameters are those of the same circuit with its angles written out."""
        circuit = Circuit(2).ry(0, 2 * A - B / 2 + 0.1).crx(0, 1, B).rz(1, A).ry(1, 0.4 - A)
        energy = expectation_function(circuit, PauliSum({"XZ": 1.0, "ZY": 0.5}), xp=xp)
        theta = xp.asarray([0.3, -0.7], device=xp.device)
        function = xp.grad(energy)
        if xp.capabilities.compiles_complex:
            function = xp.jit(function, fallback="raise")
        gradient = function(theta)

        def value(a, b):
            angles = (2 * a - b / 2 + 0.1, b, a, 0.4 - a)
            bound = Circuit(2).ry(0, angles[0]).crx(0, 1, b).rz(1, a).ry(1, angles[3])
            with ab.use_backend("numpy"):
                return float(bound.expectation(PauliSum({"XZ": 1.0, "ZY": 0.5})))

        h = 1e-5
        expected = [
            (value(0.3 + h, -0.7) - value(0.3 - h, -0.7)) / (2 * h),
            (value(0.3, -0.7 + h) - value(0.3, -0.7 - h)) / (2 * h),
        ]
        np.testing.assert_allclose(xp.to_numpy(gradient), expected, atol=1e-9)

    def test_flow_through_bound_arrays(self, xp):
        """A differentiable backend differentiates through `bind`."""
        if not xp.capabilities.autodiff:
            pytest.skip("The backend has no automatic differentiation.")
        circuit = Circuit(1).rx(0, 2 * A + 0.5)

        def value(a):
            return circuit.bind([a]).expectation(PauliSum({"Z": 1.0}))

        function = xp.grad(value)
        if xp.capabilities.compiles_complex:
            function = xp.jit(function, fallback="raise")
        gradient = function(xp.asarray(0.3, device=xp.device))
        assert float(xp.to_numpy(gradient)) == pytest.approx(-2 * math.sin(1.1), abs=1e-12)

    def test_are_exported(self):
        """The type of expressions has a public name, for annotations."""
        assert isinstance(A + B, LinearExpression)
