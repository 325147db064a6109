"""Channels, measurements and resets as methods of circuits.

A channel of one qubit takes several too, and acts on each in turn. Its parameters are numbers,
arrays, or `Parameter`, as angles are. Numbers are checked; an array outside of the range gives nan.

References
----------
.. [1] M. A. Nielsen and I. L. Chuang, "Quantum Computation and Quantum Information", Cambridge
   University Press (2000), section 8.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.circuits.builder import CircuitBuilder, Qubits
from arraybackends.quantum.gates.channel import POST_SELECT, READOUT_ERROR, pauli_channel_name
from arraybackends.quantum.gates.parameter import Angle
from arraybackends.quantum.gates.structure import BARRIER, KRAUS, MEASURE, RESET

if TYPE_CHECKING:
    from typing import Self

__all__ = ["NoiseMethods"]


class NoiseMethods(CircuitBuilder):
    """Circuit that grows by channels, measurements and resets; each method returns the circuit."""

    # Pauli channels

    def bit_flip(self, qubits: Qubits, p: Angle, /) -> Self:
        """X with probability `p` (Nielsen and Chuang call 1 - p what is `p` here)."""
        return self._broadcast("bit_flip", (qubits,), p)

    def phase_flip(self, qubits: Qubits, p: Angle, /) -> Self:
        """Z with probability `p`."""
        return self._broadcast("phase_flip", (qubits,), p)

    def bit_phase_flip(self, qubits: Qubits, p: Angle, /) -> Self:
        """Y with probability `p`."""
        return self._broadcast("bit_phase_flip", (qubits,), p)

    def pauli_channel(self, qubits: Qubits, probabilities: Mapping[str, Angle], /) -> Self:
        """
        Append a channel in which one of several Pauli strings happens, or nothing.

        Parameters
        ----------
        qubits : int or sequence of int
            One for each letter of the strings; if those have one letter, each qubit in turn.
        probabilities : mapping of str to number, array or Parameter
            Of each string, at most four letters long; the leftmost letter acts on the first qubit.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ValueError
            If labels are no Pauli strings of one length, a probability is negative, or their sum is
            more than 1.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> len(Circuit(2).pauli_channel((0, 1), {"XX": 0.01, "ZI": 0.02}))
        1
        """
        name, values = pauli_channel_name(list(probabilities)), tuple(probabilities.values())
        if len(next(iter(probabilities))) == 1:
            return self._broadcast(name, (qubits,), *values)
        return self.append(name, qubits, *values)

    def depolarizing(self, qubits: Qubits, p: Angle, /) -> Self:
        """
        Append depolarizing channels, one on each qubit: rho -> (1 - p) rho + p 1 / 2.

        Parameters
        ----------
        qubits : int or sequence of int
        p : number, array or Parameter
            Probability that the state of a qubit is replaced by the maximally mixed one, as in [1]_
            and in Qiskit; at most 4/3. X, Y and Z happen with probability p / 4 each. PennyLane and
            Cirq give instead the probability 3 p / 4 that any of them happens.

        Returns
        -------
        Circuit
            The circuit itself.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).depolarizing(0, 0.2).probabilities()
        array([0.9, 0.1])
        """
        return self._broadcast("depolarizing", (qubits,), p)

    def joint_depolarizing(self, qubits: Qubits, p: Angle, /) -> Self:
        """
        Append one depolarizing channel on k qubits: rho -> (1 - p) rho + p 1 / 2**k.

        Parameters
        ----------
        qubits : int or sequence of int
            At most four.
        p : number, array or Parameter
            Probability that the state of all of them is replaced by the maximally mixed one, as in
            Qiskit; at most 4**k / (4**k - 1). Each Pauli string but the identity happens with
            probability p / 4**k; Cirq and Stim give the sum of these.

        Returns
        -------
        Circuit
            The circuit itself.
        """
        return self.append("joint_depolarizing", qubits, p)

    # Relaxation

    def amplitude_damping(self, qubits: Qubits, gamma: Angle, /) -> Self:
        """
        Append amplitude damping: |1> decays to |0> with probability `gamma`.

        Its Kraus matrices are diag(1, sqrt(1 - gamma)) and sqrt(gamma) |0><1|. At gamma = 1, where
        the slope of the root is infinite, the derivative of the coherence counts as 0.
        """
        return self._broadcast("amplitude_damping", (qubits,), gamma)

    def generalized_amplitude_damping(self, qubits: Qubits, gamma: Angle, p: Angle, /) -> Self:
        """
        Append amplitude damping towards a mixture of |0>, with weight `p`, and |1>.

        As in [1]_ and in Cirq; PennyLane and Qiskit give the weight of |1>.
        """
        return self._broadcast("generalized_amplitude_damping", (qubits,), gamma, p)

    def phase_damping(self, qubits: Qubits, lam: Angle, /) -> Self:
        """Shrink coherences by sqrt(1 - lam); Kraus: diag(1, sqrt(1 - lam)), sqrt(lam) |1><1|."""
        return self._broadcast("phase_damping", (qubits,), lam)

    def thermal_relaxation(
        self, qubits: Qubits, t1: Angle, t2: Angle, time: Angle, excited: Angle = 0.0, /
    ) -> Self:
        """
        Append thermal relaxation for a time.

        Parameters
        ----------
        qubits : int or sequence of int
        t1, t2 : number, array or Parameter
            Times in which populations approach equilibrium, and in which coherences decay, by a
            factor of e; t2 is at most 2 t1. In any unit.
        time : number, array or Parameter
            For which it lasts, in the unit of `t1`.
        excited : number, array or Parameter
            Population of |1> in equilibrium.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ValueError
            If a time is not positive, `t2` is more than 2 `t1`, or `excited` is not in [0, 1].

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).x(0).thermal_relaxation(0, 50.0, 70.0, 20.0).probabilities().round(3)
        array([0.33, 0.67])
        """
        if type(excited) in (int, float) and excited == 0:
            return self._broadcast("thermal_relaxation", (qubits,), t1, t2, time)
        return self._broadcast("excited_thermal_relaxation", (qubits,), t1, t2, time, excited)

    # Other channels

    def reset_error(self, qubits: Qubits, p0: Angle, p1: Angle, /) -> Self:
        """Leave a qubit in |0> with probability `p0`, in |1> with `p1`, and else as it is."""
        return self._broadcast("reset_error", (qubits,), p0, p1)

    def kraus(self, qubits: Qubits, matrices: Any, /, *, check: bool = True) -> Self:
        """
        Append a channel by its Kraus matrices.

        Parameters
        ----------
        qubits : int or sequence of int
            The k qubits it acts on; the first is the most significant bit of a matrix index.
        matrices : nested sequence of numbers, or array, shape (m, 2**k, 2**k)
            With the sum of adjoint(K) @ K equal to the identity.
        check : bool
            Check that the trace is preserved. Under `jit` and `vmap` values are not known, and not
            checked.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ShapeError
            If the shape does not fit the qubits.
        ValueError
            If the trace is not preserved, to six digits; with the largest deviation.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).kraus(0, [[[0.6, 0], [0, 0.6]], [[0, 0.8], [0.8, 0]]]).probabilities()
        array([0.36, 0.64])
        """
        return self._push(self._checked(KRAUS, qubits, (matrices,), check_array=check))

    # Measurement

    def measure(self, qubits: Qubits, bits: Qubits | None = None, /) -> Self:
        """
        Measure qubits in the computational basis, which collapses the state.

        Parameters
        ----------
        qubits : int or sequence of int
        bits : int or sequence of int, optional
            Classical bit that each outcome is written to; new ones unless given.

        Returns
        -------
        Circuit
            The circuit itself. `sample` and `counts` give the measured bits, in the order of their
            numbers, from now on; operations may depend on them by `cond` or by the argument
            `condition` of `append`.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated, or there is not one bit for each.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(2).x(0).measure(0).counts(10, seed=1)
        {'1': 10}
        """
        targets = self._check_qubits(qubits, "qubits")
        if bits is None:
            bits = range(self._n_bits, self._n_bits + len(targets))
        return self.append(MEASURE, targets, bits=bits)

    def reset(self, qubits: Qubits, /) -> Self:
        """Leave qubits in |0>, whatever they were: measure them, and flip what is 1."""
        return self.append(RESET, qubits)

    def barrier(self, qubits: Qubits | None = None, /) -> Self:
        """Draw a line across qubits, all unless given; it does nothing."""
        return self.append(BARRIER, range(self._n_qubits) if qubits is None else qubits)

    def post_select(self, qubits: Qubits, values: int | Iterable[int], /) -> Self:
        """
        Keep only the runs in which qubits, if they were measured here, would have given values.

        Parameters
        ----------
        qubits : int or sequence of int
        values : int or sequence of int
            0 or 1, for all of them or for each.

        Returns
        -------
        Circuit
            The circuit itself. Results are those of the runs that are kept, normalised to them;
            `post_selection_probability` gives their part of all runs.

        Raises
        ------
        ValueError
            If a qubit is out of range or repeated, or a value neither 0 nor 1.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     circuit = Circuit(2).h(0).cx(0, 1).post_select(0, 1)
        ...     circuit.probabilities(), circuit.post_selection_probability().round(3)
        (array([0., 0., 0., 1.]), np.float64(0.5))
        """
        targets = self._check_qubits(qubits, "qubits")
        several = tuple(values) if isinstance(values, Iterable) else (values,) * len(targets)
        if len(several) != len(targets) or not set(several) <= {0, 1}:
            raise ValueError(
                f"Argument `values` must be 0 or 1 for each of the qubits {targets}, but is "
                f"{values!r}."
            )
        for qubit, value in zip(targets, several, strict=True):
            self.append(POST_SELECT[int(value)], qubit)
        return self

    def readout_error(self, qubits: Qubits, p10: Angle, p01: Angle, /) -> Self:
        """
        Let qubits be read out wrongly from now on.

        Parameters
        ----------
        qubits : int or sequence of int
        p10 : number, array or Parameter
            Probability to read 1 where the qubit is in |0>.
        p01 : number, array or Parameter
            Probability to read 0 where it is in |1>.

        Returns
        -------
        Circuit
            The circuit itself.

        Notes
        -----
        Outcomes suffer from it: those of `measure` (the qubit collapses to what it is, the bit may
        say otherwise), `probabilities`, `sample` and `counts`. States and expectation values of
        observables do not.

        Examples
        --------
        >>> import arraybackends as ab
        >>> from arraybackends.quantum import Circuit
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).readout_error(0, 0.1, 0.2).x(0).probabilities()
        array([0.2, 0.8])
        """
        return self._broadcast(READOUT_ERROR, (qubits,), p10, p01)
