r"""The gate table.

A gate without angles is a matrix. A gate with one angle has the form

    M(theta) = constant + cos(frequency * theta) cosine + sin(frequency * theta) sine

which is that of every rotation, phase and excitation, controlled or not; so one formula makes all
matrices of a kind at once, and one more their derivatives. A gate with several angles is a product
of gates with one.

Matrices are nested tuples of Python numbers, indexed by bit strings: the first qubit of a gate is
the most significant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from arraybackends.quantum import matrix as m
from arraybackends.quantum.matrix import Matrix

__all__ = ["GATES", "PAULIS", "CompositeGate", "FixedGate", "Gate", "OneAngleGate"]


@dataclass(frozen=True, slots=True)
class FixedGate:
    """Gate without angles."""

    n_qubits: int
    matrix: Matrix
    n_angles: int = 0


@dataclass(frozen=True, slots=True)
class OneAngleGate:
    """Gate of the form constant + cos(frequency theta) cosine + sin(frequency theta) sine."""

    n_qubits: int
    frequency: float
    constant: Matrix
    cosine: Matrix
    sine: Matrix
    n_angles: int = 1


@dataclass(frozen=True, slots=True)
class CompositeGate:
    """Product of one-angle gates, in the order in which they act, with the angle of each."""

    n_qubits: int
    factors: tuple[tuple[str, int], ...]
    n_angles: int


Gate: TypeAlias = FixedGate | OneAngleGate | CompositeGate

_I = m.identity(2)
_X: Matrix = ((0j, 1 + 0j), (1 + 0j, 0j))
_Y: Matrix = ((0j, -1j), (1j, 0j))
_Z: Matrix = ((1 + 0j, 0j), (0j, -1 + 0j))
PAULIS: dict[str, Matrix] = {"I": _I, "X": _X, "Y": _Y, "Z": _Z}

_H = m.scale(math.sqrt(0.5), m.add(_X, _Z))
_S: Matrix = ((1 + 0j, 0j), (0j, 1j))
_T: Matrix = ((1 + 0j, 0j), (0j, math.sqrt(0.5) * (1 + 1j)))
_SX = m.scale(0.5, m.add(m.scale(1 + 1j, _I), m.scale(1 - 1j, _X)))
_SWAP: Matrix = tuple(m.identity(4)[i] for i in (0, 2, 1, 3))
_ISWAP: Matrix = m.add(
    m.basis_element(4, 0, 0),
    m.scale(1j, m.add(m.basis_element(4, 1, 2), m.basis_element(4, 2, 1))),
    m.basis_element(4, 3, 3),
)


def _fixed(matrix: Matrix) -> FixedGate:
    return FixedGate(len(matrix).bit_length() - 1, matrix)


def _controlled(gate: FixedGate | OneAngleGate) -> FixedGate | OneAngleGate:
    dimension = 2**gate.n_qubits
    unit, nothing = m.identity(dimension), m.zero(dimension)
    if isinstance(gate, FixedGate):
        return _fixed(m.control(unit, gate.matrix))
    return OneAngleGate(
        gate.n_qubits + 1,
        gate.frequency,
        m.control(unit, gate.constant),
        m.control(nothing, gate.cosine),
        m.control(nothing, gate.sine),
    )


def _rotation(pauli: Matrix) -> OneAngleGate:
    """Return exp(-i theta P / 2), for a matrix with P**2 = 1."""
    dimension = len(pauli)
    return OneAngleGate(
        dimension.bit_length() - 1,
        0.5,
        m.zero(dimension),
        m.identity(dimension),
        m.scale(-1j, pauli),
    )


def _phase() -> OneAngleGate:
    """Return diag(1, exp(i theta))."""
    excited = m.basis_element(2, 1, 1)
    return OneAngleGate(1, 1.0, m.basis_element(2, 0, 0), excited, m.scale(1j, excited))


def _excitation(n_qubits: int) -> OneAngleGate:
    """Return the rotation by theta / 2 from |0..01..1> to |1..10..0>."""
    dimension, half = 2**n_qubits, n_qubits // 2
    low = 2**half - 1
    high = low << half
    plane = m.add(m.basis_element(dimension, low, low), m.basis_element(dimension, high, high))
    turn = m.add(
        m.basis_element(dimension, high, low),
        m.scale(-1, m.basis_element(dimension, low, high)),
    )
    rest = m.add(m.identity(dimension), m.scale(-1, plane))
    return OneAngleGate(n_qubits, 0.5, rest, plane, turn)


_RX, _RY, _RZ, _P = _rotation(_X), _rotation(_Y), _rotation(_Z), _phase()

GATES: dict[str, Gate] = {
    "h": _fixed(_H),
    "x": _fixed(_X),
    "y": _fixed(_Y),
    "z": _fixed(_Z),
    "s": _fixed(_S),
    "sdg": _fixed(m.adjoint(_S)),
    "t": _fixed(_T),
    "tdg": _fixed(m.adjoint(_T)),
    "sx": _fixed(_SX),
    "sxdg": _fixed(m.adjoint(_SX)),
    "p": _P,
    "rx": _RX,
    "ry": _RY,
    "rz": _RZ,
    "u": CompositeGate(1, (("p", 2), ("ry", 0), ("p", 1)), 3),
    "cx": _controlled(_fixed(_X)),
    "cy": _controlled(_fixed(_Y)),
    "cz": _controlled(_fixed(_Z)),
    "ch": _controlled(_fixed(_H)),
    "cp": _controlled(_P),
    "crx": _controlled(_RX),
    "cry": _controlled(_RY),
    "crz": _controlled(_RZ),
    "swap": _fixed(_SWAP),
    "iswap": _fixed(_ISWAP),
    "rxx": _rotation(m.kron(_X, _X)),
    "ryy": _rotation(m.kron(_Y, _Y)),
    "rzz": _rotation(m.kron(_Z, _Z)),
    "single_excitation": _excitation(2),
    "double_excitation": _excitation(4),
    "ccx": _controlled(_controlled(_fixed(_X))),
    "cswap": _controlled(_fixed(_SWAP)),
}
