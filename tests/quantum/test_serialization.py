"""Circuits as JSON: what is written is read again, and what is wrong is refused."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter

A, B = Parameter("a"), Parameter("b")

angles = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([A, B, 2 * A - B / 3 + 0.1]),
    st.builds(np.asarray, st.lists(st.floats(-7, 7), min_size=1, max_size=3)),
    st.builds(np.float32, st.floats(-7, 7, width=32)),
)

operations = st.one_of(
    st.tuples(st.sampled_from(["h", "t", "sxdg"]), st.just(()), st.just({})),
    st.tuples(st.sampled_from(["rx", "p"]), st.tuples(angles), st.just({})),
    st.tuples(
        st.just("u"),
        st.tuples(angles, angles, angles),
        st.just({"controls": (2, 1), "control_states": (0, 1), "condition": {0: 1, 2: 0}}),
    ),
    st.tuples(st.just("unitary"), st.just(([[0, 1j], [1, 0]],)), st.just({"controls": (1,)})),
    st.tuples(
        st.just("diagonal"), st.just((np.asarray([1, 1j], dtype=np.complex64),)), st.just({})
    ),
    st.tuples(
        st.just("measure"), st.just(()), st.builds(lambda bit: {"bits": (bit,)}, st.integers(0, 4))
    ),
    st.tuples(st.sampled_from(["reset", "barrier"]), st.just(()), st.just({})),
    st.tuples(st.just("depolarizing"), st.tuples(st.floats(0, 0.5)), st.just({})),
)


class TestRoundTrip:
    @given(drawn=st.lists(operations, max_size=8))
    def test_gives_an_equal_circuit(self, drawn):
        """Reading what was written gives an equal circuit, exactly, and the same text again."""
        circuit = Circuit(3, n_bits=3)
        for gate, values, keywords in drawn:
            circuit.append(gate, 0, *values, **keywords)
        text = circuit.to_json()
        with ab.use_backend("numpy"):
            read = Circuit.from_json(text)
        assert read == circuit
        assert read.structure.operations == circuit.structure.operations
        assert read.to_json() == text

    def test_keeps_dtypes_on_every_backend(self, xp):
        """Arrays come back with dtype, shape and values, on the backend that is asked for."""
        phases = xp.asarray([1.0, 1j], dtype=xp.complex64, device=xp.device)
        times = xp.asarray([[0.5], [1.5]], dtype=xp.float32, device=xp.device)
        circuit = Circuit(1).rx(0, times).diagonal(0, phases)
        read = Circuit.from_json(circuit.to_json(), xp=xp)
        assert read == circuit
        assert xp.dtype_name(read.angles[0].dtype) == "float32"
        assert xp.dtype_name(read.matrices[0].dtype) == "complex64"

    def test_is_plain_data(self):
        """The text names its format and version, and leaves empty fields out."""
        data = json.loads(Circuit(2).h(0).crx(0, 1, 2 * A).to_json())
        assert data == {
            "format": "arraybackends.quantum.Circuit",
            "version": 1,
            "n_qubits": 2,
            "n_bits": 0,
            "operations": [
                {"gate": "h", "qubits": [0]},
                {
                    "gate": "crx",
                    "qubits": [0, 1],
                    "values": [{"terms": {"a": 2.0}, "constant": 0.0}],
                },
            ],
        }

    def test_refuses_to_write_what_json_cannot(self):
        """An array with a nan has no JSON."""
        with pytest.raises(ValueError, match="JSON compliant"):
            Circuit(1).rx(0, np.asarray(math.nan)).to_json()


def text_of(**fields):
    """Text of a circuit of two qubits with one gate, some fields replaced."""
    operation = {"gate": "rx", "qubits": [0], "values": [0.5]}
    data = {
        "format": "arraybackends.quantum.Circuit", "version": 1,
        "n_qubits": 2, "n_bits": 0, "operations": [operation],
    }  # fmt: skip
    for name, value in fields.items():
        (data if name in data else operation)[name] = value
    return json.dumps(data)


ARRAY = {"dtype": "float64", "shape": [1], "entries": [0.5]}


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "no valid JSON"),
            ("{", "no valid JSON"),
            ("[" * 100_000, "no valid JSON"),
            ('{"a": NaN}', "NaN is no number of JSON"),
            ("[]", "format None, version None"),
            (text_of(version=2), "version 1, but has format '.*', version 2"),
            (text_of(format="x"), "but has format 'x'"),
            (text_of(n_qubits=0), "no valid circuit: .*at least 1, but is 0"),
            (text_of(n_qubits=1.5), "no valid circuit: .*integers, but has 1.5"),
            (text_of(n_bits=-1), "must not be negative, but is -1"),
            (text_of(operations={}), r"a list, but there is \{\}"),
            (text_of(operations=[3]), "Operation 0.*fields gate, qubits and perhaps.* is 3"),
            (text_of(gate="foo"), "Operation 0 .*'foo', which is no known gate"),
            (text_of(gate=3), "must be a string, but is 3"),
            (text_of(qubits=[2]), r"Operation 0 .*range\(2\), but is \(2,\)"),
            (text_of(qubits=["0"]), "integers, but has '0'"),
            (text_of(qubits=0), "a list, but there is 0"),
            (text_of(values=[]), r"takes 1 angle\(s\), but 0 were given"),
            (text_of(values=[True]), "there is True"),
            (text_of(values=["0.5"]), "there is '0.5'"),
            (text_of(values=[10**400]), "Operation 0 "),
            (text_of(values=[{"parameter": ""}]), "non-empty string"),
            (text_of(values=[{"parameter": "a", "more": 1}]), "fields parameter, but there is"),
            (text_of(values=[{"terms": [], "constant": 0}]), r"must be an object, but are \[\]"),
            (text_of(values=[{"terms": {"a": "2"}, "constant": 0}]), "a number, but there is '2'"),
            (text_of(values=[ARRAY | {"dtype": "object"}]), "dtype must be one of .*'object'"),
            (text_of(values=[ARRAY | {"shape": [2]}]), r"shape \(2,\) does not fit the 1 entries"),
            (text_of(values=[ARRAY | {"shape": [-1]}]), r"shape \(-1,\) does not fit"),
            (text_of(values=[ARRAY | {"entries": ["x"]}]), r"must be numbers, but are \['x'\]"),
            (text_of(values=[ARRAY | {"dtype": "complex128"}]), "a list, but there is 0.5"),
            (text_of(controls=[[1]]), r"list of pairs, but there is \[\[1\]\]"),
            (text_of(controls=[[1, 2]]), r"0 or 1 for each of the 1 control\(s\), but is \(2,\)"),
            (text_of(condition=[[0, 1]]), r"range\(0\)"),
            (text_of(gate="unitary", values=[{"entries": [[[1, 0], [1, 0]]] * 2}]), "be unitary"),
            (text_of(gate="unitary", values=[{"entries": [1]}]), "a list, but there is 1"),
            (text_of(gate="unitary", values=[0.5]), "Operation 0 "),
            (text_of(extra=1), "but there is .*'extra': 1"),
        ],
    )  # fmt: skip
    def test_say_what_is_wrong_where(self, text, message):
        """Anything but a valid circuit is a ValueError that shows the value and its place."""
        with ab.use_backend("numpy"), pytest.raises(ValueError, match=message):
            Circuit.from_json(text)
