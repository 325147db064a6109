"""Noise models: which channel follows which gate, and how qubits are read out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.gates.channel import CHANNELS, READOUT_ERROR, channel_of
from arraybackends.quantum.gates.gate import GATES, gate_of
from arraybackends.quantum.gates.instruction import Instruction
from arraybackends.quantum.gates.structure import DIAGONAL, KRAUS, MEASURE, RESET, UNITARY

if TYPE_CHECKING:
    from typing import Self

__all__ = ["NoiseModel"]

_ARRAYS = (UNITARY, DIAGONAL)
_OF_ANY_WIDTH = ("joint_depolarizing", KRAUS, *_ARRAYS)


class _Rule(NamedTuple):
    """One channel, by an instruction on the first qubits, and where it goes."""

    channel: Instruction
    gates: frozenset[str] | None
    qubits: frozenset[int] | None
    before: bool

    def attach(self, instruction: Instruction) -> Iterator[Instruction]:
        """Yield the channel on the qubits of an instruction, if it belongs there."""
        name = "c" * len(instruction.controls) + instruction.gate
        is_noisy = _is_gate(instruction.gate) if self.gates is None else name in self.gates
        wires = (*(qubit for qubit, _ in instruction.controls), *instruction.qubits)
        arity = len(self.channel.qubits)
        if not is_noisy:
            return
        groups: list[tuple[int, ...]] = [(qubit,) for qubit in wires] if arity == 1 else [wires]
        for qubits in groups:
            if len(qubits) == arity and (self.qubits is None or self.qubits.issuperset(qubits)):
                yield self.channel._replace(qubits=qubits, condition=instruction.condition)


class NoiseModel:
    """
    Rules that make a circuit noisy.

    Notes
    -----
    Rules are added by methods, which return the model, so that they chain. `apply` gives a new
    circuit in which, for each gate, the channels of all rules that it meets come in the order of
    the rules, once. Channels that the circuit has already stay, and get no noise.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, NoiseModel, PauliSum
    >>> model = NoiseModel().add("bit_flip", 0.3, gates="x").readout(0.1, 0.2)
    >>> noisy = model.apply(Circuit(1).x(0))
    >>> with ab.use_backend("numpy"):
    ...     z = noisy.expectation(PauliSum({"Z": 1.0}))
    ...     z.round(3), noisy.probabilities().round(3)
    (np.float64(-0.4), array([0.41, 0.59]))
    """

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._deviation = 0.0  # of matrices among the channels from being unitary
        self._readout: list[tuple[tuple[Any, ...], frozenset[int] | None]] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._rules) + len(self._readout)} rule(s)>"

    def add(
        self, channel: str, /, *parameters: Any, gates: str | Iterable[str] | None = None,
        qubits: int | Iterable[int] | None = None, n_qubits: int | None = None,
        before: bool = False,
    ) -> Self:  # fmt: skip
        """
        Add a channel to gates.

        Parameters
        ----------
        channel : str
            Name of a channel, as for `Circuit.append`; or of a gate, for an error that is
            coherent, such as `"rx"` with the angle of an over-rotation.
        *parameters : number, array or Parameter
            Of the channel; for `"kraus"`, the matrices.
        gates : str or sequence of str, optional
            Names of the gates that suffer from it; `"measure"` and `"reset"` count as such. All
            gates, but not these two, unless given.
        qubits : int or sequence of int, optional
            Qubits that suffer from it; all unless given.
        n_qubits : int, optional
            On which the channel acts, where its name does not tell: for `"joint_depolarizing"`,
            `"kraus"`, `"unitary"` and `"diagonal"`. As many as the gates that are named, unless
            given.
        before : bool
            Whether the channel comes before the gate rather than after it.

        Returns
        -------
        NoiseModel
            The model itself.

        Raises
        ------
        ValueError
            If the channel or a gate is unknown, a parameter is out of its range, or a gate that is
            named acts on another number of qubits than a channel of several.

        Notes
        -----
        A channel of one qubit acts on each qubit of the gate. One of several acts on gates of as
        many qubits, all of them in `qubits`, in the order of the gate: controls first.
        """
        names = None if gates is None else _as_names(gates)
        arity = _width_of_channel(channel, n_qubits, names or frozenset())
        for name in sorted(names or ()):
            width = _width(name)
            if arity > 1 and width not in (None, arity):
                raise ValueError(
                    f"Channel `{channel}` acts on {arity} qubits, but gate `{name}` acts on "
                    f"{width}."
                )
        example = Circuit(arity).append(channel, range(arity), *parameters)
        self._deviation = max(self._deviation, example._deviation)
        self._rules.append(_Rule(example[0], names, _as_set(qubits), before))
        return self

    def readout(self, p10: Any, p01: Any, /, *, qubits: int | Iterable[int] | None = None) -> Self:
        """
        Let qubits be read out wrongly.

        Parameters
        ----------
        p10 : number, array or Parameter
            Probability to read 1 where the qubit is in |0>.
        p01 : number, array or Parameter
            Probability to read 0 where it is in |1>.
        qubits : int or sequence of int, optional
            All unless given.

        Returns
        -------
        NoiseModel
            The model itself.

        Raises
        ------
        ValueError
            If a probability is out of range.

        Notes
        -----
        The columns of the confusion matrix are (1 - p10, p10) and (p01, 1 - p01). What suffers from
        it: see `Circuit.readout_error`.
        """
        example = Circuit(1).append(READOUT_ERROR, 0, p10, p01)
        self._readout.append((example[0].values, _as_set(qubits)))
        return self

    def apply(self, circuit: Circuit, /) -> Circuit:
        """
        Make a circuit noisy.

        Parameters
        ----------
        circuit : Circuit
            Not modified.

        Returns
        -------
        Circuit
            A new circuit, with the errors of readout in the beginning, and channels at the gates.
            The channel of a gate under a condition has that condition too.

        Raises
        ------
        BackendMismatchError
            If parameters of the model and angles of the circuit belong to two backends.
        """
        noisy = circuit._of(circuit.n_qubits, self._noisy(circuit))
        noisy._deviation = max(noisy._deviation, self._deviation)
        return noisy

    def _noisy(self, circuit: Circuit) -> Iterator[Instruction]:
        for values, qubits in self._readout:
            for qubit in range(circuit.n_qubits):
                if qubits is None or qubit in qubits:
                    yield Instruction(READOUT_ERROR, (qubit,), values)
        for instruction in circuit:
            for rule in self._rules:
                if rule.before:
                    yield from rule.attach(instruction)
            yield instruction
            for rule in self._rules:
                if not rule.before:
                    yield from rule.attach(instruction)


def _is_gate(name: str) -> bool:
    return name in _ARRAYS or gate_of(name) is not None


def _width_of_channel(channel: str, n_qubits: int | None, gates: frozenset[str]) -> int:
    """Return on how many qubits a channel acts, given what the user says and to which gates."""
    if channel not in _OF_ANY_WIDTH:
        known = gate_of(channel) or channel_of(channel)
        if known is None or known.n_qubits == 0:
            raise ValueError(
                f"Argument `channel` is {channel!r}, which is no channel on qubits. Known ones: "
                f"{', '.join((*CHANNELS, *_OF_ANY_WIDTH))}."
            )
        return known.n_qubits
    if n_qubits is not None:
        return n_qubits
    widths = {_width(name) for name in gates}
    if len(widths) != 1 or widths == {None}:
        raise ValueError(
            f"Argument `n_qubits` must say on how many qubits `{channel}` acts, because the gates "
            f"{sorted(gates)} do not."
        )
    return widths.pop() or 1


def _width(name: str) -> int | None:
    """Return on how many qubits a gate acts, or None if on any number."""
    known = gate_of(name)
    if known is not None:
        return known.n_qubits
    inner = _width(name[1:]) if _is_controlled(name) else None
    return None if inner is None else inner + 1


def _as_names(gates: str | Iterable[str]) -> frozenset[str]:
    names = frozenset((gates,) if isinstance(gates, str) else gates)
    for name in sorted(names):
        if not _is_gate(name) and name not in (MEASURE, RESET) and not _is_controlled(name):
            raise ValueError(
                f"Argument `gates` has {name!r}, which is no gate that can be noisy. Known gates: "
                f"{', '.join((*GATES, UNITARY, DIAGONAL, MEASURE, RESET))}."
            )
    return names


def _is_controlled(name: str) -> bool:
    """Whether a name is that of a gate with more controls than the table has."""
    bare = name.lstrip("c")
    return any(_is_gate("c" * extra + bare) for extra in range(len(name) - len(bare)))


def _as_set(qubits: int | Iterable[int] | None) -> frozenset[int] | None:
    if qubits is None:
        return None
    return frozenset(qubits) if isinstance(qubits, Iterable) else frozenset((qubits,))
