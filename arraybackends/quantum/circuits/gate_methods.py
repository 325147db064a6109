"""The gates as methods of circuits.

Qubits come first, then angles, in radians. Each place for a qubit takes several too: the gate is
applied to each in turn, or to the first of all places, the second of all places, and so on.

References
----------
.. [1] F. Arute et al., "Quantum supremacy using a programmable superconducting processor", Nature
   574, 505 (2019), for the fermionic simulation gate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.circuits.builder import CircuitBuilder, Qubits, columns_of
from arraybackends.quantum.gates.parameter import Angle, scale
from arraybackends.quantum.gates.structure import DIAGONAL, UNITARY

if TYPE_CHECKING:
    from typing import Self

__all__ = ["GateMethods"]


class GateMethods(CircuitBuilder):
    """Circuit that grows by methods named after gates; each returns the circuit."""

    # Gates on one qubit

    def id(self, qubits: Qubits, /) -> Self:
        """Identity: does nothing."""
        return self._broadcast("id", (qubits,))

    def h(self, qubits: Qubits, /) -> Self:
        """Hadamard gate."""
        return self._broadcast("h", (qubits,))

    def x(self, qubits: Qubits, /) -> Self:
        """Pauli X: bit flip."""
        return self._broadcast("x", (qubits,))

    def y(self, qubits: Qubits, /) -> Self:
        """Pauli Y."""
        return self._broadcast("y", (qubits,))

    def z(self, qubits: Qubits, /) -> Self:
        """Pauli Z: phase flip."""
        return self._broadcast("z", (qubits,))

    def s(self, qubits: Qubits, /) -> Self:
        """Square root of Z: diag(1, i)."""
        return self._broadcast("s", (qubits,))

    def sdg(self, qubits: Qubits, /) -> Self:
        """Inverse of S: diag(1, -i)."""
        return self._broadcast("sdg", (qubits,))

    def t(self, qubits: Qubits, /) -> Self:
        """Square root of S: diag(1, exp(i pi / 4))."""
        return self._broadcast("t", (qubits,))

    def tdg(self, qubits: Qubits, /) -> Self:
        """Inverse of T."""
        return self._broadcast("tdg", (qubits,))

    def sx(self, qubits: Qubits, /) -> Self:
        """Square root of X, with eigenvalues 1 and i."""
        return self._broadcast("sx", (qubits,))

    def sxdg(self, qubits: Qubits, /) -> Self:
        """Inverse of SX."""
        return self._broadcast("sxdg", (qubits,))

    def p(self, qubits: Qubits, theta: Angle, /) -> Self:
        """Phase: diag(1, exp(i theta))."""
        return self._broadcast("p", (qubits,), theta)

    u1 = p

    def rx(self, qubits: Qubits, theta: Angle, /) -> Self:
        """Rotation about x: exp(-i theta X / 2)."""
        return self._broadcast("rx", (qubits,), theta)

    def ry(self, qubits: Qubits, theta: Angle, /) -> Self:
        """Rotation about y: exp(-i theta Y / 2)."""
        return self._broadcast("ry", (qubits,), theta)

    def rz(self, qubits: Qubits, theta: Angle, /) -> Self:
        """Rotation about z: exp(-i theta Z / 2)."""
        return self._broadcast("rz", (qubits,), theta)

    def u(self, qubits: Qubits, theta: Angle, phi: Angle, lam: Angle, /) -> Self:
        """Any rotation: P(phi) RY(theta) P(lam), with a real upper left element (Qiskit's u)."""
        return self._broadcast("u", (qubits,), theta, phi, lam)

    u3 = u

    def u2(self, qubits: Qubits, phi: Angle, lam: Angle, /) -> Self:
        """Any rotation of |0> to the equator: `u` with theta = pi / 2."""
        return self.u(qubits, math.pi / 2, phi, lam)

    # Gates on two qubits

    def cx(self, control: Qubits, target: Qubits, /) -> Self:
        """Controlled X."""
        return self._broadcast("cx", (control, target))

    def cy(self, control: Qubits, target: Qubits, /) -> Self:
        """Controlled Y."""
        return self._broadcast("cy", (control, target))

    def cz(self, control: Qubits, target: Qubits, /) -> Self:
        """Controlled Z."""
        return self._broadcast("cz", (control, target))

    def ch(self, control: Qubits, target: Qubits, /) -> Self:
        """Controlled Hadamard."""
        return self._broadcast("ch", (control, target))

    def cs(self, control: Qubits, target: Qubits, /) -> Self:
        """Controlled S."""
        return self._broadcast("cs", (control, target))

    def csdg(self, control: Qubits, target: Qubits, /) -> Self:
        """Inverse of CS."""
        return self._broadcast("csdg", (control, target))

    def csx(self, control: Qubits, target: Qubits, /) -> Self:
        """Controlled square root of X."""
        return self._broadcast("csx", (control, target))

    def csxdg(self, control: Qubits, target: Qubits, /) -> Self:
        """Inverse of CSX."""
        return self._broadcast("csxdg", (control, target))

    cnot = cx

    def cp(self, control: Qubits, target: Qubits, theta: Angle, /) -> Self:
        """Controlled phase: diag(1, 1, 1, exp(i theta))."""
        return self._broadcast("cp", (control, target), theta)

    def crx(self, control: Qubits, target: Qubits, theta: Angle, /) -> Self:
        """Controlled rotation about x."""
        return self._broadcast("crx", (control, target), theta)

    def cry(self, control: Qubits, target: Qubits, theta: Angle, /) -> Self:
        """Controlled rotation about y."""
        return self._broadcast("cry", (control, target), theta)

    def crz(self, control: Qubits, target: Qubits, theta: Angle, /) -> Self:
        """Controlled rotation about z."""
        return self._broadcast("crz", (control, target), theta)

    def cu(
        self, control: Qubits, target: Qubits, theta: Angle, phi: Angle, lam: Angle,
        gamma: Angle, /,
    ) -> Self:  # fmt: skip
        """Controlled exp(i gamma) U(theta, phi, lam): a controlled U and a phase of the control."""
        return self._push_all(
            instruction
            for above, below in columns_of("cu", (control, target))
            for instruction in (
                self._checked("u", below, (theta, phi, lam), controls=above),
                self._checked("p", above, (gamma,)),
            )
        )

    def swap(self, qubit1: Qubits, qubit2: Qubits, /) -> Self:
        """Exchange two qubits."""
        return self._broadcast("swap", (qubit1, qubit2))

    def iswap(self, qubit1: Qubits, qubit2: Qubits, /) -> Self:
        """Exchange two qubits, with phase i on |01> and |10>."""
        return self._broadcast("iswap", (qubit1, qubit2))

    def iswapdg(self, qubit1: Qubits, qubit2: Qubits, /) -> Self:
        """Inverse of ISWAP."""
        return self._broadcast("iswapdg", (qubit1, qubit2))

    def sqrt_iswap(self, qubit1: Qubits, qubit2: Qubits, /) -> Self:
        """Square root of ISWAP: exp(i pi (X(x)X + Y(x)Y) / 8)."""
        return self._broadcast("sqrt_iswap", (qubit1, qubit2))

    def sqrt_iswapdg(self, qubit1: Qubits, qubit2: Qubits, /) -> Self:
        """Inverse of the square root of ISWAP."""
        return self._broadcast("sqrt_iswapdg", (qubit1, qubit2))

    def ecr(self, qubit1: Qubits, qubit2: Qubits, /) -> Self:
        """Echoed cross resonance: (X(x)1 - Y(x)X) / sqrt(2)."""
        return self._broadcast("ecr", (qubit1, qubit2))

    def rxx(self, qubit1: Qubits, qubit2: Qubits, theta: Angle, /) -> Self:
        """Ising rotation exp(-i theta X(x)X / 2)."""
        return self._broadcast("rxx", (qubit1, qubit2), theta)

    def ryy(self, qubit1: Qubits, qubit2: Qubits, theta: Angle, /) -> Self:
        """Ising rotation exp(-i theta Y(x)Y / 2)."""
        return self._broadcast("ryy", (qubit1, qubit2), theta)

    def rzz(self, qubit1: Qubits, qubit2: Qubits, theta: Angle, /) -> Self:
        """Ising rotation exp(-i theta Z(x)Z / 2)."""
        return self._broadcast("rzz", (qubit1, qubit2), theta)

    def rzx(self, qubit1: Qubits, qubit2: Qubits, theta: Angle, /) -> Self:
        """Cross resonance exp(-i theta Z(x)X / 2)."""
        return self._broadcast("rzx", (qubit1, qubit2), theta)

    def xx_plus_yy(
        self, qubit1: Qubits, qubit2: Qubits, theta: Angle, beta: Angle = 0.0, /
    ) -> Self:
        """
        Exchange exp(-i theta (X(x)X + Y(x)Y) / 4): acts on |01> and |10>.

        With `beta`, between `p` of `qubit1` by beta and by -beta, so that |01> becomes
        cos(theta / 2) |01> - i exp(-i beta) sin(theta / 2) |10>.
        """
        turn = self._check_angle(beta)
        return self._turned("xx_plus_yy", qubit1, qubit2, theta, turn)

    def xx_minus_yy(
        self, qubit1: Qubits, qubit2: Qubits, theta: Angle, beta: Angle = 0.0, /
    ) -> Self:
        """
        Pairing exp(-i theta (X(x)X - Y(x)Y) / 4): acts on |00> and |11>.

        With `beta`, between `p` of `qubit1` by -beta and by beta, so that |00> becomes
        cos(theta / 2) |00> - i exp(i beta) sin(theta / 2) |11>.
        """
        turn = scale(self._check_angle(beta), -1)
        return self._turned("xx_minus_yy", qubit1, qubit2, theta, turn)

    def _turned(self, gate: str, qubit1: Qubits, qubit2: Qubits, theta: Angle, beta: Angle) -> Self:
        """Append a gate in a basis in which a phase of the first qubit is taken out."""
        if type(beta) is float and beta == 0:
            return self._broadcast(gate, (qubit1, qubit2), theta)
        return self._broadcast_sequence(
            gate, (qubit1, qubit2),
            ("p", (0,), beta), (gate, (0, 1), theta), ("p", (0,), scale(beta, -1)),
        )  # fmt: skip

    def fsim(self, qubit1: Qubits, qubit2: Qubits, theta: Angle, phi: Angle, /) -> Self:
        """Fermionic simulation [1]_: `xx_plus_yy` by 2 theta, then `cp` by -phi."""
        turn, phase = scale(self._check_angle(theta), 2), scale(self._check_angle(phi), -1)
        return self._broadcast_sequence(
            "fsim", (qubit1, qubit2), ("xx_plus_yy", (0, 1), turn), ("cp", (0, 1), phase)
        )

    def single_excitation(self, qubit1: Qubits, qubit2: Qubits, theta: Angle, /) -> Self:
        """Givens rotation by theta / 2 from |01> to |10>; conserves the number of ones."""
        return self._broadcast("single_excitation", (qubit1, qubit2), theta)

    # Gates on three and four qubits

    def ccx(self, control1: Qubits, control2: Qubits, target: Qubits, /) -> Self:
        """Toffoli gate: X with two controls."""
        return self._broadcast("ccx", (control1, control2, target))

    toffoli = ccx

    def ccz(self, control1: Qubits, control2: Qubits, target: Qubits, /) -> Self:
        """Z with two controls."""
        return self._broadcast("ccz", (control1, control2, target))

    def cswap(self, control: Qubits, target1: Qubits, target2: Qubits, /) -> Self:
        """Fredkin gate: controlled exchange."""
        return self._broadcast("cswap", (control, target1, target2))

    fredkin = cswap

    def double_excitation(
        self, qubit1: Qubits, qubit2: Qubits, qubit3: Qubits, qubit4: Qubits, theta: Angle, /
    ) -> Self:
        """Givens rotation by theta / 2 from |0011> to |1100>; conserves the number of ones."""
        return self._broadcast("double_excitation", (qubit1, qubit2, qubit3, qubit4), theta)

    # Gates on any number of qubits

    def mcx(self, controls: Qubits, target: int, /) -> Self:
        """X with any number of controls."""
        return self.append("x", target, controls=controls)

    def mcp(self, controls: Qubits, target: int, theta: Angle, /) -> Self:
        """Phase exp(i theta) where controls and target are 1."""
        return self.append("p", target, theta, controls=controls)

    def global_phase(self, theta: Angle, /) -> Self:
        """Multiply the state by exp(i theta), which matters once the circuit is controlled."""
        return self.append("gphase", (), theta)

    def pauli_rotation(self, label: str, qubits: Qubits, theta: Angle, /) -> Self:
        """
        Append the rotation exp(-i theta P / 2) about a Pauli string of any length.

        Parameters
        ----------
        label : str
            Letters I, X, Y, Z, one for each qubit; where it is I nothing happens.
        qubits : int or sequence of int
        theta : angle

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ValueError
            If a letter is another, or their number is not that of the qubits.

        Notes
        -----
        A string of I alone is the global phase exp(-i theta / 2).

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(4).pauli_rotation("XIZ", (3, 2, 1), 0.5)
        Circuit(4).append('rxz', (3, 1), 0.5)
        """
        several = self._check_qubits(qubits, "qubits")
        if len(label) != len(several) or not set(label) <= set("IXYZ"):
            raise ValueError(
                f"Argument `label` must have a letter I, X, Y or Z for each of the qubits "
                f"{several}, but is {label!r}."
            )
        acting = [
            (letter, qubit) for letter, qubit in zip(label, several, strict=True) if letter != "I"
        ]
        if not acting:
            return self.global_phase(scale(self._check_angle(theta), -0.5))
        letters, places = zip(*acting, strict=True)
        return self.append("r" + "".join(letters).lower(), places, theta)

    def multicontrol(
        self, controls: Qubits, qubits: Qubits, gate: Any, /, *angles: Angle,
        control_states: Iterable[int] | None = None,
    ) -> Self:  # fmt: skip
        """
        Append a gate with any number of controls.

        Parameters
        ----------
        controls : int or sequence of int
        qubits : int or sequence of int
            On which the gate acts.
        gate : str, or matrix as in `unitary`
            Name of a gate, or a unitary matrix.
        *angles : angle
            Of the gate.
        control_states : sequence of int, optional
            0 or 1 for each control; all 1 unless given.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ValueError, TypeError, ShapeError
            As `append`.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(3).x(0).multicontrol((0, 1), 2, "x", control_states=(1, 0)).amplitude("101")
        array(1.+0.j)
        """
        name, values = (gate, angles) if isinstance(gate, str) else (UNITARY, (gate, *angles))
        return self.append(name, qubits, *values, controls=controls, control_states=control_states)

    def unitary(
        self, qubits: Qubits, matrix: Any, *, check: bool = True,
        controls: Qubits = (), control_states: Iterable[int] | None = None,
    ) -> Self:  # fmt: skip
        """
        Append a gate by its matrix.

        Parameters
        ----------
        qubits : int or sequence of int
            The k qubits it acts on; the first is the most significant bit of the matrix index.
        matrix : nested sequence of numbers, or array, shape (*batch, 2**k, 2**k)
            Unitary; or a batch of such, which broadcasts with those of the angles.
        check : bool
            Check that the matrix is unitary. Under `jit` and `vmap` values are not known, and not
            checked.
        controls, control_states
            As in `append`.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ShapeError
            If the shape does not fit the qubits.
        ValueError
            If the matrix is not unitary, to six digits.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(1).unitary(0, [[0, 1], [1, 0]]).n_qubits
        1
        """
        return self._push(
            self._checked(UNITARY, qubits, (matrix,), controls, control_states, check_array=check)
        )

    def diagonal(
        self, qubits: Qubits, values: Any, *, check: bool = True,
        controls: Qubits = (), control_states: Iterable[int] | None = None,
    ) -> Self:  # fmt: skip
        """
        Append a diagonal gate.

        Parameters
        ----------
        qubits : int or sequence of int
            The k qubits it acts on; the first is the most significant bit of the index.
        values : sequence of numbers, or array, shape (*batch, 2**k)
            Diagonal of the matrix: phases, of modulus 1; or a batch of such.
        check : bool
            Check the moduli. Under `jit` and `vmap` values are not known, and not checked.
        controls, control_states
            As in `append`.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ShapeError
            If the shape does not fit the qubits.
        ValueError
            If an element has not the modulus 1, to six digits.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(2).diagonal((0, 1), [1, 1, 1, -1])  # a controlled Z
        Circuit(2).diagonal((0, 1), ((1+0j), (1+0j), (1+0j), (-1+0j)))
        """
        return self._push(
            self._checked(DIAGONAL, qubits, (values,), controls, control_states, check_array=check)
        )
