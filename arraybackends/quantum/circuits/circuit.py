"""Circuits: the class that users build, change and run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from arraybackends.errors import BackendMismatchError
from arraybackends.quantum.circuits.algebra import CircuitAlgebra
from arraybackends.quantum.circuits.gate_methods import GateMethods
from arraybackends.quantum.circuits.noise_methods import NoiseMethods
from arraybackends.quantum.circuits.running import CircuitRuns
from arraybackends.quantum.circuits.serialization import from_json, to_json
from arraybackends.quantum.drawing import draw_figure, draw_svg, draw_text
from arraybackends.quantum.execution.unitary import circuit_matrix

if TYPE_CHECKING:
    from typing import Self

    from arraybackends.protocol import ArrayBackend

__all__ = ["Circuit"]


class Circuit(GateMethods, NoiseMethods, CircuitRuns, CircuitAlgebra):
    r"""
    Quantum circuit on a register of qubits that starts in |0...0>.

    Parameters
    ----------
    n_qubits : int
        Number of qubits, at least 1. Qubit 0 is the leftmost, most significant bit.
    n_bits : int
        Number of classical bits, which grows as measurements write into more.

    Notes
    -----
    Gates are appended by methods, which return the circuit, so that they chain. Qubits come first,
    then angles, in radians. An angle is

    - a Python number;
    - an array of any backend, traced ones included: 0-d, or of shape `batch`, which gives a state
      for each element (the batch shapes of all angles broadcast);
    - a `Parameter` or a linear expression of parameters, `2 * a - b / 2 + 0.1`, which gets its
      value from `bind` or from `expectation_function`.

    Gates take several qubits too: `circuit.h(range(3))`, `circuit.cx((0, 1), (2, 3))`.

    A circuit is a sequence of instructions: `len(circuit)`, `circuit[0]`, `circuit[2:5]` and `for`
    work. Sums concatenate, powers repeat, `inverse` and `control` give new circuits.

    The circuit runs on the backend that its arrays belong to, and if all angles are numbers, on the
    current one.

    Two circuits are equal if they have equal operations with equal values, in order. Circuits are
    mutable, thus unhashable: what is looked up by its content must not change. Their `structure` is
    immutable and hashable, which operations act on which qubits and where values go. It is the key
    of a dict or a cache; `(structure, angles, matrices)` is one with the values.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit
    >>> with ab.use_backend("numpy"):
    ...     Circuit(2).x(0).cx(0, 1).probabilities()
    array([0., 0., 0., 1.])

    One entry for all circuits that differ in their angles alone:

    >>> depths = {Circuit(2).rx(0, 0.1).cx(0, 1).structure: 2}
    >>> depths[Circuit(2).rx(0, 0.7).cx(0, 1).structure]
    2
    """

    def amplitude(self, bits: str, /) -> Any:
        """
        Amplitude of a bit string in the final state.

        Parameters
        ----------
        bits : str
            A 0 or 1 for each qubit, qubit 0 first.

        Returns
        -------
        array, shape batch, complex
            Differentiable in the angles.

        Raises
        ------
        ValueError
            If it is no such bit string, or as `state`.

        Notes
        -----
        Costs as much as the whole state.

        Examples
        --------
        >>> import arraybackends as ab
        >>> with ab.use_backend("numpy"):
        ...     Circuit(2).x(0).amplitude("10")
        array(1.+0.j)
        """
        if len(bits) != self._n_qubits or not set(bits) <= {"0", "1"}:
            raise ValueError(
                f"Argument `bits` must be a string of {self._n_qubits} letters 0 and 1, but is "
                f"{bits!r}."
            )
        return self.state()[..., int(bits, 2)]

    def matrix(self, xp: ArrayBackend[Any] | None = None, /) -> Any:
        """
        Matrix of the whole circuit.

        Parameters
        ----------
        xp : ArrayBackend, optional
            Backend to compute it on, if the circuit has no arrays; the current one unless given.

        Returns
        -------
        array, shape (*batch, 2**n_qubits, 2**n_qubits), complex
            Unitary, with its global phase; differentiable in the angles.

        Raises
        ------
        CapabilityError
            If the circuit has a measurement, a reset, a channel or a condition.
        MemoryLimitError
            If the matrix does not fit; refused before any allocation.
        BackendMismatchError
            If `xp` is not the backend of the circuit's arrays.
        ValueError
            If the circuit has unbound parameters.

        Notes
        -----
        O(gates * 4**n_qubits) operations; memory for three such matrices.

        Examples
        --------
        >>> import arraybackends as ab
        >>> with ab.use_backend("numpy"):
        ...     Circuit(1).x(0).matrix().real
        array([[0., 1.],
               [1., 0.]])
        """
        self._check_bound()
        backend = self.backend if xp is None else xp
        if backend.name != self.backend.name and self._array is not None:
            raise BackendMismatchError(
                f"Argument `xp` is the backend `{backend.name}`, but the arrays of the circuit "
                f"belong to `{self.backend.name}`."
            )
        return circuit_matrix(
            backend, self.structure, self._angles, self._matrices,
            is_unitary=self.is_reversible(backend),
        )  # fmt: skip

    def draw(
        self, form: Literal["text", "svg", "mpl"] = "text", /, *, width: int | None = None,
        ascii_only: bool = False, ax: Any = None,
    ) -> Any:  # fmt: skip
        """
        Draw the circuit.

        Parameters
        ----------
        form : {"text", "svg", "mpl"}
            A string of characters, a string with an SVG element, or Matplotlib axes.
        width : int, optional
            Of text: columns after which the drawing is continued below; unlimited unless given.
        ascii_only : bool
            Of text: whether to do without box-drawing characters.
        ax : matplotlib.axes.Axes, optional
            Where Matplotlib draws; axes of a new figure of fitting size unless given.

        Returns
        -------
        str or matplotlib.axes.Axes
            `print` the one, `ax.figure.savefig` the other: nothing is shown by itself. A global
            phase is not drawn.

        Raises
        ------
        ValueError
            If there is no such form.
        CapabilityError
            If Matplotlib is wanted and not installed.

        Examples
        --------
        >>> print(Circuit(2).h(0).cx(0, 1).rz(1, 0.5).draw())
        0: ─H──●───────────
               │
        1: ────X──RZ(0.5)──
        """
        if form == "text":
            return draw_text(self, width=width, ascii_only=ascii_only)
        if form == "svg":
            return draw_svg(self)
        if form == "mpl":
            return draw_figure(self, ax=ax)
        raise ValueError(f"Argument `form` must be 'text', 'svg' or 'mpl', but is {form!r}.")

    def __str__(self) -> str:
        return draw_text(self)

    def _repr_html_(self) -> str:
        return f'<div style="overflow-x: auto">{draw_svg(self)}</div>'

    def to_json(self) -> str:
        """
        Text of the circuit in JSON.

        Returns
        -------
        str
            Angles and parameters exactly; arrays by value, with their dtype.

        Examples
        --------
        >>> Circuit.from_json(Circuit(1).rx(0, 0.1).to_json())
        Circuit(1).rx(0, 0.1)
        """
        return to_json(self)

    @classmethod
    def from_json(cls, text: str, /, *, xp: ArrayBackend[Any] | None = None) -> Self:
        """
        Circuit from the text that `to_json` wrote.

        Parameters
        ----------
        text : str
        xp : ArrayBackend, optional
            Backend of the arrays; the current one unless given.

        Returns
        -------
        Circuit
            Checked like any other: the text may come from anywhere.

        Raises
        ------
        ValueError
            If the text is no such JSON, or no valid circuit.
        """
        return from_json(cls, text, xp)
