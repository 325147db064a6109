r"""The gate table.

A gate without angles is a matrix. A gate with one angle has the form

    M(theta) = constant + cos(frequency * theta) cosine + sin(frequency * theta) sine

which is that of every rotation, phase and excitation, controlled or not; so one formula makes all
matrices of a kind at once, and one more their derivatives. They are groups in their angle, M(a)
M(b) = M(a + b), so that a power of such a gate is a multiple of its angle. A gate with several
angles is a product of gates with one.

A rotation about a Pauli string, exp(-i theta P / 2), is named by its letters, "r" before them:
`rx`, `rzz`, `rxyz`, of any length. The global phase exp(i theta) is a gate on no qubits, `gphase`.

Matrices are nested tuples of Python numbers, indexed by bit strings: the first qubit of a gate is
the most significant.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from arraybackends.quantum.gates import matrix as m
from arraybackends.quantum.gates.matrix import Matrix

__all__ = ["GATES", "PAULIS", "CompositeGate", "FixedGate", "Gate", "OneAngleGate", "gate_of"]
__all__ += ["pauli_label"]


@dataclass(frozen=True, slots=True)
class FixedGate:
    """Gate without angles."""

    n_qubits: int
    matrix: Matrix
    n_angles: int = 0


@dataclass(frozen=True)
class OneAngleGate:
    """Gate of the form constant + cos(frequency theta) cosine + sin(frequency theta) sine."""

    n_qubits: int
    frequency: float
    make_parts: Callable[[], tuple[Matrix, Matrix, Matrix]]
    n_angles: int = 1

    @functools.cached_property
    def parts(self) -> tuple[Matrix, Matrix, Matrix]:
        """Constant, cosine and sine: dense, thus made only when asked for."""
        return self.make_parts()

    @property
    def constant(self) -> Matrix:
        """What does not depend on the angle."""
        return self.parts[0]

    @property
    def cosine(self) -> Matrix:
        """Factor of cos(frequency theta)."""
        return self.parts[1]

    @property
    def sine(self) -> Matrix:
        """Factor of sin(frequency theta)."""
        return self.parts[2]


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
_SQRT_ISWAP = m.add(
    m.basis_element(4, 0, 0),
    m.scale(math.sqrt(0.5), m.add(m.basis_element(4, 1, 1), m.basis_element(4, 2, 2))),
    m.scale(math.sqrt(0.5) * 1j, m.add(m.basis_element(4, 1, 2), m.basis_element(4, 2, 1))),
    m.basis_element(4, 3, 3),
)
_ECR = m.scale(math.sqrt(0.5), m.add(m.kron(_X, _I), m.scale(-1, m.kron(_Y, _X))))


def _fixed(matrix: Matrix) -> FixedGate:
    return FixedGate(len(matrix).bit_length() - 1, matrix)


def _controlled(gate: FixedGate | OneAngleGate) -> FixedGate | OneAngleGate:
    dimension = 2**gate.n_qubits
    if isinstance(gate, FixedGate):
        return _fixed(m.control(m.identity(dimension), gate.matrix))

    def parts() -> tuple[Matrix, Matrix, Matrix]:
        constant, *turning = gate.parts
        cosine, sine = (m.control(m.zero(dimension), part) for part in turning)
        return m.control(m.identity(dimension), constant), cosine, sine

    return OneAngleGate(gate.n_qubits + 1, gate.frequency, parts)


def pauli_label(name: str, /) -> str | None:
    """Return the Pauli string of a rotation, "XYZ" for "rxyz", or None of any other name."""
    letters = name[1:]
    return letters.upper() if name[:1] == "r" and letters and set(letters) <= set("xyz") else None


def _rotation(label: str) -> OneAngleGate:
    """Return exp(-i theta P / 2) of a Pauli string."""

    def parts() -> tuple[Matrix, Matrix, Matrix]:
        pauli = functools.reduce(m.kron, (PAULIS[letter] for letter in label))
        return m.zero(len(pauli)), m.identity(len(pauli)), m.scale(-1j, pauli)

    return OneAngleGate(len(label), 0.5, parts)


def _phase(dimension: int) -> OneAngleGate:
    """Return diag(1, ..., 1, exp(i theta))."""

    def parts() -> tuple[Matrix, Matrix, Matrix]:
        last = m.basis_element(dimension, dimension - 1, dimension - 1)
        return m.add(m.identity(dimension), m.scale(-1, last)), last, m.scale(1j, last)

    return OneAngleGate(dimension.bit_length() - 1, 1.0, parts)


def _plane(dimension: int, low: int, high: int, upward: complex) -> OneAngleGate:
    """Return the rotation by theta / 2 of the plane |low>, |high> that takes |low> to `upward`."""

    def parts() -> tuple[Matrix, Matrix, Matrix]:
        plane = m.add(m.basis_element(dimension, low, low), m.basis_element(dimension, high, high))
        turn = m.add(
            m.scale(upward, m.basis_element(dimension, high, low)),
            m.scale(-upward.conjugate(), m.basis_element(dimension, low, high)),
        )
        return m.add(m.identity(dimension), m.scale(-1, plane)), plane, turn

    return OneAngleGate(dimension.bit_length() - 1, 0.5, parts)


@functools.lru_cache(maxsize=1024)
def gate_of(name: str, /) -> Gate | None:
    """Return the gate of a name: of the table, or a rotation about a Pauli string; or None."""
    if name in GATES:
        return GATES[name]
    if name == "gphase":
        return _GPHASE
    label = pauli_label(name)
    return None if label is None else _rotation(label)


_X_GATE, _SX_GATE, _S_GATE = _fixed(_X), _fixed(_SX), _fixed(_S)
_Z_GATE, _H_GATE, _SWAP_GATE = _fixed(_Z), _fixed(_H), _fixed(_SWAP)
_GPHASE = _phase(1)

GATES: dict[str, Gate] = {
    "id": _fixed(_I),
    "h": _H_GATE,
    "x": _X_GATE,
    "y": _fixed(_Y),
    "z": _Z_GATE,
    "s": _S_GATE,
    "sdg": _fixed(m.adjoint(_S)),
    "t": _fixed(_T),
    "tdg": _fixed(m.adjoint(_T)),
    "sx": _SX_GATE,
    "sxdg": _fixed(m.adjoint(_SX)),
    "p": _phase(2),
    "rx": _rotation("X"),
    "ry": _rotation("Y"),
    "rz": _rotation("Z"),
    "u": CompositeGate(1, (("p", 2), ("ry", 0), ("p", 1)), 3),
    "cx": _controlled(_X_GATE),
    "cy": _controlled(_fixed(_Y)),
    "cz": _controlled(_Z_GATE),
    "ch": _controlled(_H_GATE),
    "cs": _controlled(_S_GATE),
    "csdg": _controlled(_fixed(m.adjoint(_S))),
    "csx": _controlled(_SX_GATE),
    "csxdg": _controlled(_fixed(m.adjoint(_SX))),
    "cp": _phase(4),
    "crx": _controlled(_rotation("X")),
    "cry": _controlled(_rotation("Y")),
    "crz": _controlled(_rotation("Z")),
    "swap": _SWAP_GATE,
    "iswap": _fixed(_ISWAP),
    "iswapdg": _fixed(m.adjoint(_ISWAP)),
    "sqrt_iswap": _fixed(_SQRT_ISWAP),
    "sqrt_iswapdg": _fixed(m.adjoint(_SQRT_ISWAP)),
    "ecr": _fixed(_ECR),
    "rxx": _rotation("XX"),
    "ryy": _rotation("YY"),
    "rzz": _rotation("ZZ"),
    "rzx": _rotation("ZX"),
    "xx_plus_yy": _plane(4, 1, 2, -1j),
    "xx_minus_yy": _plane(4, 0, 3, -1j),
    "single_excitation": _plane(4, 1, 2, 1 + 0j),
    "double_excitation": _plane(16, 3, 12, 1 + 0j),
    "ccx": _controlled(_controlled(_X_GATE)),
    "ccz": _controlled(_controlled(_Z_GATE)),
    "cswap": _controlled(_SWAP_GATE),
}
