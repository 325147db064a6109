"""Drawings: what stands where, in characters, SVG and figures."""

from __future__ import annotations

import builtins
from xml.dom import minidom

import pytest

from arraybackends.errors import CapabilityError
from arraybackends.quantum import Circuit, Parameter
from arraybackends.quantum.drawing.layout import Kind, lay_out


@pytest.fixture
def everything():
    """A circuit with every kind of mark."""
    a = Parameter("a")
    circuit = Circuit(4, 1).h(range(4)).cx(0, 3).barrier().rx(1, 2 * a + 0.1).ccx(0, 1, 2)
    circuit.swap(1, 3).rzz(0, 2, 0.25).pauli_rotation("XYZ", (0, 1, 3), a).global_phase(1.0)
    circuit.append("x", (2,), controls=(0, 3), control_states=(1, 0)).measure(1, [0])
    return circuit.reset(1).append("x", (3,), condition={0: 1})


class TestText:
    def test_draws_every_kind_of_mark(self, everything):
        """The whole drawing, character by character."""
        assert everything.draw() == "\n".join(
            [
                " 0: ─H──●──░─────────────────●─────RZZ(0.25)──RXYZ(a):X──●──────────",
                "        │                    │         │          │      │",
                " 1: ─H──┼──░──RX(2*a + 0.1)──●──x──────┼──────RXYZ(a):Y──┼──M──|0>──",
                "        │                    │  │      │          │      │  │",
                " 2: ─H──┼──░─────────────────X──┼──RZZ(0.25)──────┼──────X──┼───────",
                "        │                       │                 │      │  │",
                " 3: ─H──X──░────────────────────x─────────────RXYZ(a):Z──○──┼───X───",
                "                                                            │   │",
                "c0: ════════════════════════════════════════════════════════╩══╩=1══",
            ]
        )

    def test_is_what_print_shows(self):
        """`str` of a circuit is its drawing, while `repr` makes it anew."""
        circuit = Circuit(1).h(0)
        assert str(circuit) == circuit.draw() == "0: ─H──"
        assert repr(circuit) == "Circuit(1).h(0)"

    def test_continues_below_at_the_width(self, everything):
        """No line is wider, and every column is drawn once."""
        lines = everything.draw(width=40).splitlines()
        assert max(map(len, lines)) <= 41
        assert sum(line.count("RX(2*a + 0.1)") for line in lines) == 1
        assert sum(line.startswith("c0: ") for line in lines) > 1

    def test_can_do_without_unicode(self, everything):
        """With `ascii_only` every character is one of ASCII."""
        assert everything.draw(ascii_only=True).isascii()

    def test_shows_numbers_arrays_and_parameters_shortly(self, xp):
        """A number with four digits, a batch by its shape."""
        circuit = Circuit(1).rx(0, 1 / 3).ry(0, xp.asarray(0.25)).rz(0, xp.zeros(3))
        assert str(circuit) == "0: ─RX(0.3333)──RY(0.25)──RZ(array3)──"


class TestLayout:
    def test_wires_between_are_not_free(self):
        """A gate cannot stand where the line of another passes."""
        columns = [element.column for element in lay_out(Circuit(3).cx(0, 2).x(1).x(0)).elements]
        assert columns == [0, 1, 1]

    def test_names_of_controlled_gates_are_taken_apart(self):
        """The first qubits of `ccx` are controls, and of `cswap` one is."""
        ccx, cswap = lay_out(Circuit(3).ccx(0, 1, 2).cswap(0, 1, 2)).elements
        assert [mark.kind for mark in ccx.marks] == [Kind.CONTROL, Kind.CONTROL, Kind.NOT]
        assert [mark.kind for mark in cswap.marks] == [Kind.CONTROL, Kind.SWAP, Kind.SWAP]


class TestSVG:
    def test_is_well_formed_and_complete(self, everything):
        """An XML element with every label."""
        root = minidom.parseString(everything.draw("svg"))  # noqa: S318
        texts = [element.firstChild.data for element in root.getElementsByTagName("text")]
        assert texts.count("H") == 4
        assert {"RX(2*a + 0.1)", "|0>", "=1", "c0"} <= set(texts)

    def test_escapes_names(self):
        """A parameter may be called what would end an element."""
        minidom.parseString(Circuit(1).rx(0, Parameter("</svg>")).draw("svg"))  # noqa: S318

    def test_notebooks_show_it(self, everything):
        """The representation in HTML holds the drawing."""
        assert everything.draw("svg") in everything._repr_html_()


class TestFigure:
    def test_draws_every_label(self, everything):
        """On new axes, with nothing shown and no state of pyplot touched."""
        ax = everything.draw("mpl")
        labels = [text.get_text() for text in ax.texts]
        assert labels.count("H") == 4
        assert {"RX(2*a + 0.1)", "|0>", "=1", "c0"} <= set(labels)
        ax.figure.canvas.draw()

    def test_draws_on_given_axes(self):
        """And returns them."""
        from matplotlib.figure import Figure

        ax = Figure().add_subplot()
        assert Circuit(1).h(0).draw("mpl", ax=ax) is ax

    def test_says_how_to_install_matplotlib(self, monkeypatch):
        """Where it is missing."""
        real = builtins.__import__

        def without(name, *args, **kwargs):
            if name.startswith("matplotlib"):
                raise ImportError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(CapabilityError, match=r"pip install 'arraybackends\[plot\]'"):
            Circuit(1).draw("mpl")


def test_refuses_unknown_forms():
    """Naming those that there are."""
    with pytest.raises(ValueError, match="`form` must be 'text', 'svg' or 'mpl'"):
        Circuit(1).draw("latex")
