"""Points at which a circuit is evaluated for the derivatives in the angles of its operations.

Gates are shifted by the rule of their generator. A channel S(p) = sum_j c_j(p) M_j makes every
expectation value a linear function of its coefficients c, so that its values at reference points,
at which the channel is as physical as any, and the derivatives of c give those in p: exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.errors import CapabilityError
from arraybackends.quantum.derivatives.shift_rule import gate_frequencies, parameter_shift_rule
from arraybackends.quantum.dtype import index_dtype, real_dtype
from arraybackends.quantum.engines.measurement import resolve
from arraybackends.quantum.gates.channel import READOUT_ERROR, Channel, Mixture, channel_of
from arraybackends.quantum.gates.gate import OneAngleGate, gate_of
from arraybackends.quantum.gates.structure import Operation, Structure

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["Probe", "Probes", "check_shiftable"]

_NEVER = 1e4
"""Time in units of t1 after which nothing is left, not even in double precision."""

_REFERENCES: dict[str, tuple[tuple[float, ...], ...]] = {
    "amplitude_damping": ((0.0,), (0.75,), (1.0,)),
    "phase_damping": ((0.0,), (1.0,)),
    "generalized_amplitude_damping": ((0.0, 1.0), (0.75, 1.0), (1.0, 1.0), (1.0, 0.0)),
    "thermal_relaxation": ((1.0, 2.0, 0.0), (1.0, 2.0, math.log(4)), (1.0, 2.0, _NEVER)),
    "excited_thermal_relaxation": (
        (1.0, 2.0, 0.0, 0.0), (1.0, 2.0, math.log(4), 0.0),
        (1.0, 2.0, _NEVER, 0.0), (1.0, 2.0, _NEVER, 1.0),
    ),
    READOUT_ERROR: ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)),
}  # fmt: skip
"""Parameters at which the coefficients of a relaxation span all that they can be."""


class Probe(NamedTuple):
    """Angles that are shifted, or replaced, by numbers."""

    slots: tuple[int, ...]
    values: tuple[float, ...]
    replaces: bool = False


class _OfChannel(NamedTuple):
    """A channel, the slots of its parameters, and which probes are its reference points."""

    name: str
    channel: Channel
    slots: tuple[int, ...]
    start: int
    stop: int


class Probes:
    """
    The probes of a structure in which no two operations share an angle.

    Parameters
    ----------
    structure : Structure
    is_variable : sequence of bool
        For which angles a derivative is wanted.
    of_amplitudes : bool
        Whether what is differentiated is linear in the state vector instead of in its density
        matrix. Then every gate is a wave of one frequency.
    """

    def __init__(
        self, structure: Structure, is_variable: Iterable[bool], /, *, of_amplitudes: bool = False
    ) -> None:
        wanted = tuple(is_variable)
        self._of_amplitudes = of_amplitudes
        self.probes: list[Probe] = []
        self._shifts: list[tuple[int, float]] = []  # slot and coefficient of the first probes
        self._channels: list[_OfChannel] = []
        varying = [
            operation
            for operation in structure.operations
            if operation.slots
            and (gate_of(operation.gate) or channel_of(operation.gate, len(operation.qubits)))
            and any(wanted[slot] for slot in operation.slots)
        ]
        for operation in varying:
            gate = gate_of(operation.gate)
            if isinstance(gate, OneAngleGate):
                self._add_gate(operation, gate)
        for operation in varying:
            channel = channel_of(operation.gate, len(operation.qubits))
            if gate_of(operation.gate) is None and channel is not None:
                self._add_channel(operation, channel)

    def _add_gate(self, operation: Operation, gate: OneAngleGate) -> None:
        frequencies: tuple[float, ...] = (gate.frequency,)
        if not self._of_amplitudes:
            is_controlled = bool(operation.controls)
            frequencies = gate_frequencies(operation.gate, gate, is_controlled=is_controlled)
        for coefficient, shift in parameter_shift_rule(frequencies):
            self.probes.append(Probe(operation.slots, (shift,)))
            self._shifts.append((operation.slots[0], coefficient))

    def _add_channel(self, operation: Operation, channel: Channel) -> None:
        start = len(self.probes)
        for reference in _references(operation.gate, channel):
            self.probes.append(Probe(operation.slots, reference, replaces=True))
        self._channels.append(
            _OfChannel(operation.gate, channel, operation.slots, start, len(self.probes))
        )

    def rows(self, xp: ArrayBackend[Any], angles: Any, /) -> Any:
        """Return the angles (batch, n) at all probes, shape (n_probes * batch, n)."""
        (batch, n), count = angles.shape, len(self.probes)
        replaced = [
            probe._replace(values=(1.0,) * len(probe.slots)) if probe.replaces else Probe((), ())
            for probe in self.probes
        ]
        # Not a difference: a square root of a reference near 0 would make its rounding large.
        moved = (1 - self._on_grid(xp, n, replaced, like=angles)) * angles
        moved = moved + self._on_grid(xp, n, self.probes, like=angles)
        return xp.reshape(moved, (count * batch, n))

    @staticmethod
    def _on_grid(xp: ArrayBackend[Any], n: int, probes: Sequence[Probe], *, like: Any) -> Any:
        """Return the values of probes where their slots are, else 0; shape (n_probes, 1, n)."""
        places = [place * n + slot for place, probe in enumerate(probes) for slot in probe.slots]
        values = [value for probe in probes for value in probe.values]
        zeros = xp.zeros((len(probes) * n,), dtype=like.dtype, device=xp.device)
        values = xp.asarray(values, dtype=like.dtype, device=xp.device)
        return xp.reshape(xp.at(zeros)[_indices(xp, places)].add(values), (len(probes), 1, n))

    def gradient(
        self, xp: ArrayBackend[Any], function: Callable[[Any], Any], angles: Any, /
    ) -> Any:
        """
        Derivatives of a function that is linear in quantum states.

        Parameters
        ----------
        xp : ArrayBackend
        function : callable
            Takes angles (m, n) to values (m, *shape).
        angles : array, shape (batch, n), real

        Returns
        -------
        array, shape (n, batch, *shape)
        """
        batch, n = angles.shape
        if not self.probes:
            like = function(angles)
            return xp.zeros((n, *like.shape), dtype=like.dtype, device=xp.device)
        found = function(self.rows(xp, angles))
        values = xp.reshape(found, (len(self.probes), batch, *found.shape[1:]))
        gradient = xp.zeros((n, *values.shape[1:]), dtype=values.dtype, device=xp.device)
        if self._shifts:
            terms = self._weighted(xp, values)
            slots = [slot for slot, _ in self._shifts]
            gradient = xp.at(gradient)[_indices(xp, slots)].add(terms)
        for of_channel in self._channels:
            part = values[of_channel.start : of_channel.stop, ...]
            weights = _channel_weights(xp, of_channel, angles)
            shape = (*weights.shape, *[1] * (values.ndim - 2))
            weights = xp.reshape(xp.astype(weights, values.dtype), shape)
            slopes = xp.sum(weights * part[:, None, ...], axis=0)
            gradient = xp.at(gradient)[_indices(xp, of_channel.slots)].add(slopes)
        return gradient

    def _weighted(self, xp: ArrayBackend[Any], values: Any) -> Any:
        """Return the values at shifts times their coefficients."""
        coefficients = [coefficient for _, coefficient in self._shifts]
        array = xp.asarray(coefficients, dtype=real_dtype(xp), device=xp.device)
        shape = (len(coefficients), *[1] * (values.ndim - 1))
        weights = xp.reshape(xp.astype(array, values.dtype), shape)
        return weights * values[: len(coefficients), ...]


def check_shiftable(circuit: Circuit, reason: str, /) -> None:
    """Raise CapabilityError unless expectation values are sums of waves in the angles."""
    if resolve(circuit.structure).is_post_selected:
        raise CapabilityError(
            f"{reason}, but the circuit has a post-selection, after which expectation values are "
            "quotients, to which no shift rule applies. Use 'adjoint'."
        )


def _references(name: str, channel: Channel) -> tuple[tuple[float, ...], ...]:
    if not isinstance(channel, Mixture):
        return _REFERENCES[name]
    n = channel.n_angles
    corners = (tuple((i == j) / channel.scale for j in range(n)) for i in range(n))
    return ((0.0,) * n, *corners)


def _channel_weights(xp: ArrayBackend[Any], of_channel: _OfChannel, angles: Any) -> Any:
    """Return the weights of values at references, shape (references, parameters, batch)."""
    channel, slots = of_channel.channel, of_channel.slots
    parameters = xp.matrix_transpose(xp.take(angles, _indices(xp, slots), axis=1))
    slopes = channel.jacobian(xp, parameters)
    n_parts = slopes.shape[0]
    flat = xp.matmul(_inverse(xp, of_channel, angles.dtype), xp.reshape(slopes, (n_parts, -1)))
    return xp.reshape(flat, (flat.shape[0], *slopes.shape[1:]))


def _inverse(xp: ArrayBackend[Any], of_channel: _OfChannel, dtype: Any) -> Any:
    """Return the matrix that takes coefficients to weights of references that have them."""
    references = _references(of_channel.name, of_channel.channel)
    columns = xp.asarray(references, dtype=dtype, device=xp.device)
    return xp.linalg.pinv(of_channel.channel.coefficients(xp, xp.matrix_transpose(columns)))


def _indices(xp: ArrayBackend[Any], places: Sequence[int]) -> Any:
    return xp.asarray(list(places), dtype=index_dtype(xp), device=xp.device)
