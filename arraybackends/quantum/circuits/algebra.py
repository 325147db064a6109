"""The algebra of circuits: parts, products, inverses, powers, controls, values of parameters."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from arraybackends.quantum.circuits.builder import (
    CircuitBuilder,
    Condition,
    Qubits,
    as_index,
    check_states,
    is_array,
)
from arraybackends.quantum.gates.channel import channel_of, check_parameters
from arraybackends.quantum.gates.gate import gate_of
from arraybackends.quantum.gates.instruction import (
    Instruction,
    controlled,
    has_exact_power,
    inverse,
    power,
    remapped,
)
from arraybackends.quantum.gates.parameter import Angle, LinearExpression, Parameter, substitute
from arraybackends.quantum.gates.structure import BARRIER

if TYPE_CHECKING:
    from typing import Self

__all__ = ["CircuitAlgebra"]


class CircuitAlgebra(CircuitBuilder):
    """Circuit from which others are made; those methods leave it as it is."""

    def _of(self, n_qubits: int, instructions: Iterable[Instruction]) -> Self:
        """Return a circuit of checked instructions, with the classical bits of this one."""
        made = type(self)(n_qubits, self._n_bits)
        made._deviation = self._deviation
        for instruction in instructions:
            made._push(instruction)
        return made

    # Parts

    @overload
    def __getitem__(self, place: int, /) -> Instruction: ...

    @overload
    def __getitem__(self, place: slice, /) -> Self: ...

    def __getitem__(self, place: int | slice, /) -> Instruction | Self:
        if isinstance(place, slice):
            return self._of(self._n_qubits, map(self._instruction, self._operations[place]))
        return self._instruction(self._operations[place])

    def copy(self) -> Self:
        """
        Copy of the circuit, which can grow by itself; arrays are shared.

        Returns
        -------
        Circuit
        """
        copied = type(self)(self._n_qubits, self._n_bits)
        copied._operations, copied._angles = [*self._operations], [*self._angles]
        copied._matrices, copied._slots = [*self._matrices], {**self._slots}
        copied._array, copied._deviation = self._array, self._deviation
        return copied

    __copy__ = copy

    def depth(self) -> int:
        """
        Length of the longest path: operations that share a qubit or a bit follow each other.

        Returns
        -------
        int
            Barriers do not count, but hold back what comes after them.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(3).h(range(3)).cx(0, 1).depth()
        2
        """
        levels: Counter[tuple[str, int]] = Counter()
        for operation in self._operations:
            wires = [("qubit", qubit) for qubit in operation.qubits]
            wires += [("qubit", qubit) for qubit, _ in operation.controls]
            wires += [("bit", bit) for bit in operation.bits]
            wires += [("bit", bit) for bit, _ in operation.condition]
            if operation.gate == BARRIER and not wires:
                wires = [("qubit", qubit) for qubit in range(self._n_qubits)]
            level = max((levels[wire] for wire in wires), default=0)
            for wire in wires:
                levels[wire] = level + (operation.gate != BARRIER)
        return max(levels.values(), default=0)

    def count_ops(self) -> dict[str, int]:
        """
        How often each operation occurs.

        Returns
        -------
        dict of str to int
            The most frequent first. A gate with controls counts as its name after as many "c".

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(3).h(range(3)).cx(0, 1).count_ops()
        {'h': 3, 'cx': 1}
        """
        names = ("c" * len(op.controls) + op.gate for op in self._operations)
        return dict(Counter(names).most_common())

    def gate_count(self, *names: str) -> int:
        """
        Count the operations, barriers apart.

        Parameters
        ----------
        *names : str
            Only these, as in `count_ops`; all unless given.

        Returns
        -------
        int

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(3).h(range(3)).cx(0, 1).gate_count()
        4
        """
        counts = self.count_ops()
        return sum(counts.get(name, 0) for name in names or set(counts) - {BARRIER})

    # Products

    def extend(
        self, other: CircuitBuilder, qubits: Qubits | None = None, /, *, condition: Condition = ()
    ) -> Self:
        """
        Append the operations of another circuit to this one.

        Parameters
        ----------
        other : Circuit
        qubits : int or sequence of int, optional
            Qubit of this circuit for each qubit of the other; the first ones unless given.
        condition : mapping of int to int
            Classical bits, and the values that they must have for the operations to happen.

        Returns
        -------
        Circuit
            This circuit. Classical bits keep their numbers.

        Raises
        ------
        ValueError
            If the qubits do not fit.
        BackendMismatchError
            If the circuits have arrays of two backends.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(3).extend(Circuit(2).cx(0, 1), (2, 0))
        Circuit(3).cx(2, 0)
        """
        places = range(other.n_qubits) if qubits is None else qubits
        places = self._check_qubits(places, "qubits")
        if len(places) != other.n_qubits:
            raise ValueError(
                f"Argument `qubits` must name one qubit for each of the {other.n_qubits} of the "
                f"other circuit, but is {places}."
            )
        if not isinstance(condition, Mapping):
            condition = dict(condition)
        moved = []
        for instruction in other:
            wanted = {**dict(instruction.condition), **condition}
            if any(wanted[bit] != value for bit, value in instruction.condition):
                raise ValueError(
                    f"Argument `condition` is {condition}, but an operation of the other circuit "
                    f"has the condition {dict(instruction.condition)}, which excludes it."
                )
            checked = self._check_condition(wanted) if condition else instruction.condition
            moved.append(remapped(instruction, places)._replace(condition=checked))
        if other._array is not None:
            self._check_backend(other._array)
        self._n_bits = max(self._n_bits, other.n_bits)
        self._deviation = max(self._deviation, other._deviation)
        for instruction in moved:
            self._push(instruction)
        return self

    def compose(self, other: CircuitBuilder, qubits: Qubits | None = None, /) -> Self:
        """
        Circuit that runs this one, then another.

        Parameters
        ----------
        other, qubits
            As in `extend`.

        Returns
        -------
        Circuit
            A new circuit; `first + second` is the same.

        Raises
        ------
        ValueError, BackendMismatchError
            As `extend`.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(2).h(0).compose(Circuit(2).cx(0, 1))
        Circuit(2).h(0).cx(0, 1)
        """
        return self.copy().extend(other, qubits)

    def __add__(self, other: CircuitBuilder) -> Self:
        if not isinstance(other, CircuitBuilder):
            return NotImplemented
        return self.compose(other)

    def cond(
        self, condition: Condition, other: CircuitBuilder, qubits: Qubits | None = None, /
    ) -> Self:
        """
        Append another circuit, to run only if classical bits have given values.

        Parameters
        ----------
        condition : mapping of int to int
            Values 0 or 1 of bits that have been measured into.
        other, qubits
            As in `extend`.

        Returns
        -------
        Circuit
            This circuit.

        Raises
        ------
        ValueError
            If a bit does not exist, or as `extend`.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(2, 1).cond({0: 1}, Circuit(1).x(0), 1)
        Circuit(2, 1).append('x', (1,), condition={0: 1})
        """
        return self.extend(other, qubits, condition=condition)

    def remap(self, qubits: Sequence[int], n_qubits: int | None = None, /) -> Self:
        """
        Circuit on other qubits.

        Parameters
        ----------
        qubits : sequence of int
            New place of each qubit.
        n_qubits : int, optional
            Size of the new register; as many as needed unless given.

        Returns
        -------
        Circuit

        Raises
        ------
        ValueError
            If there is not one place for each qubit, or one is out of range or repeated.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(2).cx(0, 1).remap((2, 0))
        Circuit(3).cx(2, 0)
        """
        size = max((as_index(qubit, "qubits") for qubit in qubits), default=-1) + 1
        return type(self)(max(size, 1) if n_qubits is None else n_qubits).extend(self, qubits)

    def reverse_bits(self) -> Self:
        """
        Circuit with its qubits in reversed order, for libraries whose qubit 0 is the last bit.

        Returns
        -------
        Circuit

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(3).cx(0, 1).reverse_bits()
        Circuit(3).cx(2, 1)
        """
        return self.remap(range(self._n_qubits)[::-1])

    # Inverses, powers, controls

    def inverse(self) -> Self:
        """
        Circuit that undoes this one.

        Returns
        -------
        Circuit

        Raises
        ------
        ValueError
            If it contains a measurement, a reset or a channel.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(2).s(0).rx(1, 0.5).cx(0, 1).inverse()
        Circuit(2).cx(0, 1).rx(1, -0.5).sdg(0)
        """
        return self._of(self._n_qubits, map(inverse, reversed(list(self))))

    def power(self, exponent: float, /) -> Self:
        """
        Circuit repeated, or a fraction of it.

        Parameters
        ----------
        exponent : float
            An integer, negative ones for the inverse; or any number if the circuit is a single
            gate.

        Returns
        -------
        Circuit
            `circuit ** exponent` is the same. The power of a gate with an angle has a multiple of
            the angle. Fractions of any other gate have principal phases: an eigenvalue exp(i a),
            -pi < a <= pi, becomes exp(i exponent a). So the power 1/2 of Z is S.

        Raises
        ------
        ValueError
            If the exponent is no integer and there are several operations, of which no power is
            known, or if an operation is no unitary gate.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(2).h(0).cx(0, 1) ** 2
        Circuit(2).h(0).cx(0, 1).h(0).cx(0, 1)
        >>> Circuit(1).rx(0, 0.5).power(0.5)
        Circuit(1).rx(0, 0.25)
        """
        if not math.isfinite(exponent):
            raise ValueError(f"Argument `exponent` must be a finite number, but is {exponent!r}.")
        instructions = list(self)
        is_single = len(instructions) == 1
        if exponent == int(exponent) and not (is_single and has_exact_power(instructions[0])):
            if exponent < 0:
                instructions = list(self.inverse())
            return self._of(self._n_qubits, instructions * abs(int(exponent)))
        if not is_single:
            raise ValueError(
                f"Argument `exponent` must be an integer for a circuit of {len(instructions)} "
                f"operations, but is {exponent!r}. For other powers append its `matrix()` to a "
                "circuit by `unitary`, and take the power of that."
            )
        return self._of(self._n_qubits, [power(self.backend, instructions[0], exponent)])

    def __pow__(self, exponent: float) -> Self:
        return self.power(exponent)

    def control(
        self, controls: int | Sequence[int] = 1, /, states: Iterable[int] | None = None
    ) -> Self:
        """
        Circuit that acts only where control qubits are in given states.

        Parameters
        ----------
        controls : int or sequence of int
            A number of new qubits, which come in front of the register; or qubits of the register,
            on which the circuit does nothing.
        states : sequence of int, optional
            0 or 1 for each control; all 1 unless given.

        Returns
        -------
        Circuit
            The global phase is kept: it becomes one of the controls.

        Raises
        ------
        ValueError
            If the circuit acts on a control, the states do not fit, or an operation is no unitary
            gate.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit
        >>> Circuit(1).x(0).control(2)
        Circuit(3).ccx(0, 1, 2)
        >>> Circuit(2).rz(1, 0.5).global_phase(0.25).control((0,))
        Circuit(2).crz(0, 1, 0.5).p(0, 0.25)
        """
        if isinstance(controls, Sequence):
            qubits, places = self._check_qubits(controls, "controls"), range(self._n_qubits)
            size = self._n_qubits
            for gate, targets, _, steering, _, _ in self:
                used = {*targets, *(qubit for qubit, _ in steering)}
                if gate != BARRIER and (both := used & set(qubits)):
                    raise ValueError(
                        f"Argument `controls` is {qubits}, but a gate `{gate}` of the circuit acts "
                        f"on {sorted(both)}."
                    )
        else:
            count = as_index(controls, "controls")
            if count < 1:
                raise ValueError(f"Argument `controls` must be at least 1, but is {count}.")
            size = count + self._n_qubits
            qubits, places = tuple(range(count)), range(count, size)
        pairs = tuple(zip(qubits, check_states(states, len(qubits)), strict=True))
        return self._of(size, (controlled(remapped(step, places), pairs) for step in self))

    # Values of parameters

    def bind(self, values: Mapping[str, Angle] | Iterable[Angle], /) -> Self:
        """
        Circuit with values in place of parameters.

        Parameters
        ----------
        values : mapping of str to angle, or iterable of angles
            Numbers, arrays, or other parameters and expressions of them; by name (the others stay
            parameters), or all of them in the order of `parameters`.

        Returns
        -------
        Circuit
            A new circuit; this one is not modified.

        Raises
        ------
        ValueError
            If a name is not one of `parameters`, the number of values is wrong, or an array meets a
            parameter that stays in one expression.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit, Parameter
        >>> Circuit(1).rx(0, Parameter("a")).bind({"a": 0.5})
        Circuit(1).rx(0, 0.5)
        """
        return self.copy().assign(values)

    def assign(self, values: Mapping[str, Angle] | Iterable[Angle], /) -> Self:
        """
        Give parameters of this circuit their values, in place.

        Parameters
        ----------
        values
            As in `bind`.

        Returns
        -------
        Circuit
            The circuit itself.

        Raises
        ------
        ValueError
            As `bind`; nothing is assigned then.

        Examples
        --------
        >>> from arraybackends.quantum import Circuit, Parameter
        >>> circuit = Circuit(1).rx(0, Parameter("a"))
        >>> circuit.assign([0.5]) is circuit
        True
        """
        checked = self._check_values(values)
        angles = [*self._angles]
        slots: dict[Any, int] = {}
        repeated = False
        for symbolic, slot in self._slots.items():
            angle = substitute(symbolic, checked)
            angles[slot] = angle
            if isinstance(angle, (Parameter, LinearExpression)):
                repeated = repeated or angle in slots
                slots[angle] = slot
        for operation in self._operations:
            channel = channel_of(operation.gate, len(operation.qubits))
            if channel is not None and gate_of(operation.gate) is None:
                check_parameters(
                    operation.gate, channel, [angles[slot] for slot in operation.slots]
                )
        self._angles, self._slots = angles, slots
        if self._array is None:
            self._array = next(filter(is_array, checked.values()), None)
        if repeated:  # two parameters have become one: they share a slot from now on
            instructions = list(self)
            self._operations, self._angles, self._matrices, self._slots = [], [], [], {}
            for instruction in instructions:
                self._push(instruction)
        return self

    def _check_values(self, values: Mapping[str, Angle] | Iterable[Angle]) -> dict[str, Angle]:
        names = self.parameters
        if not isinstance(values, Mapping):
            values = list(values)
            if len(values) != len(names):
                raise ValueError(
                    f"Argument `values` must have one value for each of the parameters {names}, "
                    f"but has {len(values)}."
                )
            values = dict(zip(names, values, strict=True))
        unknown = sorted(set(values) - set(names))
        if unknown:
            raise ValueError(
                f"Argument `values` names {unknown}, but the parameters of the circuit are {names}."
            )
        checked = {name: self._check_angle(value) for name, value in values.items()}
        if arrays := [*filter(is_array, checked.values())]:
            self._check_backend(*arrays)
        return checked
