r"""Quantum trajectories: a batch of state vectors whose mean is the density matrix.

In a trajectory [1]_ a channel applies one of its Kraus matrices, K_i with probability p_i = |K_i
psi|**2, and a measurement collapses the state and records its outcome: the same thing. All
trajectories run at once; a uniform number for each and each choice decides, so that nothing
branches on values.

A choice has no derivative, but its probability has: a chosen K_i is divided by the square root of
p_i as a constant, which gives the state norm 1 and leaves the derivative of p_i in the derivative
of the norm. With that, the derivative of the mean of <psi|O|psi> is without bias (that of the
chosen path alone, of normalised states, is not). A path of probability 0 is never taken, so that a
derivative that needs one cannot be had: it is nan, at the ends of the ranges of parameters.

References
----------
.. [1] J. Dalibard, Y. Castin and K. Molmer, "Wave-function approach to dissipative processes in
   quantum optics", Phys. Rev. Lett. 68, 580 (1992).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.dtype import complex_dtype, index_dtype
from arraybackends.quantum.engines.measurement import is_gate, resolve
from arraybackends.quantum.execution.batch import stack_given
from arraybackends.quantum.execution.step import zero_state
from arraybackends.quantum.execution.sweep import Evolution
from arraybackends.quantum.gates.channel import (
    CHANNELS,
    POST_SELECT,
    READOUT_ERROR,
    Mixture,
    channel_of,
    kraus_matrices,
)
from arraybackends.quantum.gates.structure import (
    DIAGONAL,
    KRAUS,
    MEASURE,
    RESET,
    UNITARY,
    Operation,
    Structure,
)
from arraybackends.quantum.planning.plan import plan
from arraybackends.quantum.states.register import reorder, split

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Run", "TrajectoryEvolution"]

_PROJECTORS = (((1, 0), (0, 0)), ((0, 0), (0, 1)))
_TO_0 = (((1, 0), (0, 0)), ((0, 1), (0, 0)))


# Stages, in integers


class _Gates(NamedTuple):
    """Gates that run together, where bits have the values of a condition."""

    structure: Structure
    angles: tuple[int, ...]
    arrays: tuple[int, ...]
    condition: tuple[tuple[int, int], ...]


@functools.lru_cache(maxsize=256)
def _compile(structure: Structure, /) -> tuple[_Gates | Operation, ...]:
    """Return gates, gathered, and choices among Kraus matrices, one by one."""
    stages: list[_Gates | Operation] = []
    gates: list[Operation] = []
    others: list[Operation] = []  # come after the gates, which are on other qubits than those
    for operation in resolve(structure).operations:
        if not is_gate(operation.gate) or operation.condition:
            others.append(operation)
            continue
        if any(_wires(operation) & _wires(other) for other in others):
            stages += _in_order(structure.n_qubits, gates, others)
            gates, others = [], []
        gates.append(operation)
    stages += _in_order(structure.n_qubits, gates, others)
    return tuple(stages)


def _in_order(
    n_qubits: int, gates: list[Operation], others: list[Operation]
) -> Iterator[_Gates | Operation]:
    pending = gates
    for operation in others:
        joins = is_gate(operation.gate)
        if pending and not (joins and pending[0].condition == operation.condition):
            yield _gather(n_qubits, pending)
            pending = []
        if joins:
            pending = [*pending, operation]
        else:
            yield operation
    if pending:
        yield _gather(n_qubits, pending)


def _gather(n_qubits: int, gates: Sequence[Operation]) -> _Gates:
    """Number the slots of gates anew, so that equal gates elsewhere find the same plan."""
    angles: dict[int, int] = {}
    arrays: dict[int, int] = {}
    renumbered = []
    for gate in gates:
        places = arrays if gate.gate in (UNITARY, DIAGONAL) else angles
        slots = tuple(places.setdefault(slot, len(places)) for slot in gate.slots)
        renumbered.append(gate._replace(slots=slots, condition=()))
    structure = Structure(n_qubits, tuple(renumbered), len(angles), len(arrays))
    return _Gates(structure, tuple(angles), tuple(arrays), gates[0].condition)


def _wires(operation: Operation) -> set[int]:
    return {*operation.qubits, *(qubit for qubit, _ in operation.controls)}


# Runs


class Run(NamedTuple):
    """
    Final states of trajectories.

    Attributes
    ----------
    states : array, shape (trajectories, batch, 2**n_qubits), complex
        The squared norm is the probability of what was post-selected: 1 if nothing was.
    bits : dict of int to array, shape (trajectories, batch), integer
        Outcomes, by classical bit, of those that were measured.
    """

    states: Any
    bits: dict[int, Any]


class TrajectoryEvolution:
    """
    Runs of a circuit on state vectors, with one uniform number for each choice.

    Parameters
    ----------
    xp : ArrayBackend
    structure : Structure
    angles : array, shape (n_angles, batch), real
    matrices : sequence of array or nested tuple
        The users' arrays, by slot; with the batch in front where they differ.

    Attributes
    ----------
    n_choices : int
        Number of choices in a trajectory.
    """

    def __init__(
        self, xp: ArrayBackend[Any], structure: Structure, angles: Any, matrices: Sequence[Any], /
    ) -> None:
        self._xp = xp
        self._n_qubits = structure.n_qubits
        self._batch = angles.shape[1]
        arrays = [_as_array(xp, matrix) for matrix in matrices]
        self._stages: list[_GatesStep | _Choice] = []
        for stage in _compile(structure):
            if isinstance(stage, _Gates):
                self._stages.append(_GatesStep(xp, stage, angles, arrays))
            else:
                self._stages.append(_Choice(xp, stage, structure.n_qubits, angles, arrays))
        self.n_choices = sum(isinstance(stage, _Choice) for stage in self._stages)

    def run(self, uniform: Any, initial: Any = None, /) -> Run:
        """
        Run trajectories.

        Parameters
        ----------
        uniform : array, shape (trajectories, batch, n_choices), real
            Independent numbers in [0, 1).
        initial : array, shape (trajectories or 1, batch, 2**n_qubits), complex, optional
            |0...0> unless given.
        """
        xp = self._xp
        if initial is None:
            initial = zero_state(xp, self._n_qubits, self._batch)[None, ...]
        run, made = Run(initial, {}), 0
        for stage in self._stages:
            if isinstance(stage, _Choice):
                run = stage.apply(run, uniform[..., made])
                made += 1
            else:
                run = stage.apply(run)
        shape = (uniform.shape[0], *run.states.shape[1:])
        return run._replace(states=xp.broadcast_to(run.states, shape))


def _as_array(xp: ArrayBackend[Any], matrix: Any) -> Any:
    if isinstance(matrix, tuple):
        return xp.asarray(matrix, dtype=complex_dtype(xp), device=xp.device)
    return xp.astype(matrix, complex_dtype(xp))


class _GatesStep:
    """Gates on all trajectories."""

    def __init__(
        self, xp: ArrayBackend[Any], gates: _Gates, angles: Any, arrays: Sequence[Any]
    ) -> None:
        self._xp = xp
        self._condition = gates.condition
        self._structure = gates.structure
        self._evolution = Evolution(xp, plan(gates.structure), is_unitary=True)
        self._angles = _rows(xp, angles, gates.angles)
        self._arrays = [arrays[slot] for slot in gates.arrays]

    def apply(self, run: Run) -> Run:
        xp, (copies, batch, size) = self._xp, run.states.shape
        angles, arrays = self._angles, self._arrays
        if copies > 1 and batch > 1:
            angles = xp.tile(angles, (1, copies))
            arrays = stack_given(xp, self._structure, arrays, (copies, batch))
        flat = xp.reshape(run.states, (copies * batch, size))
        made = self._evolution.function(angles, arrays, flat)
        states = xp.reshape(made, run.states.shape)
        return _where(xp, self._condition, Run(states, run.bits), run)


class _Choice:
    """One Kraus matrix of several, on each trajectory its own."""

    def __init__(
        self, xp: ArrayBackend[Any], operation: Operation, n_qubits: int, angles: Any,
        arrays: Sequence[Any],
    ) -> None:  # fmt: skip
        self._xp = xp
        self._n_qubits = n_qubits
        self._operation = operation
        self._kraus = _kraus(xp, operation, angles, arrays)
        channel = channel_of(operation.gate, len(operation.qubits))
        self._is_mixed_unitary = isinstance(channel, Mixture) and channel.is_mixed_unitary

    def apply(self, run: Run, uniform: Any) -> Run:
        xp, qubits = self._xp, self._operation.qubits
        columns = split(xp, run.states, qubits, self._n_qubits)
        bits = dict(run.bits)
        if self._operation.gate in POST_SELECT:
            kraus = self._kraus[:, 0, :, :]
        else:
            probabilities = self._probabilities(columns)
            index = _choose(xp, probabilities, uniform)
            kraus = self._chosen(probabilities, index)
            if self._operation.bits:
                # The outcomes of a wrong readout come in pairs with those of the collapse.
                outcome = index // 2 if self._operation.slots else index
                bits[self._operation.bits[0]] = outcome
        made = xp.matmul(kraus, columns)
        rest = [qubit for qubit in range(self._n_qubits) if qubit not in qubits]
        order = (*qubits, *rest)
        back = [order.index(qubit) for qubit in range(self._n_qubits)]
        states = reorder(xp, xp.reshape(made, (*made.shape[:2], 2**self._n_qubits)), back)
        return _where(xp, self._operation.condition, Run(states, bits), run)

    def _probabilities(self, columns: Any) -> Any:
        """Return those of the Kraus matrices, which add up to 1, shape (trajectories, batch, m)."""
        xp, kraus = self._xp, self._kraus
        weights = xp.matmul(xp.conj(xp.matrix_transpose(kraus)), kraus)  # (batch or 1, m, d, d)
        if self._is_mixed_unitary:
            found = xp.real(weights[None, :, :, 0, 0])
        else:
            reduced = xp.matmul(columns, xp.conj(xp.matrix_transpose(columns)))
            d = kraus.shape[-1]
            flat = xp.reshape(xp.conj(weights), (*weights.shape[:2], d * d))
            vector = xp.reshape(reduced, (*reduced.shape[:2], d * d, 1))
            found = xp.real(xp.matmul(flat, vector))[..., 0]
        found = xp.maximum(xp.stop_gradient(found), xp.zeros_like(found))
        # What a post-selection has left nothing of takes any path, and stays nothing.
        total = xp.sum(found, axis=-1, keepdims=True)
        found = xp.where(total == 0, xp.ones_like(found), found)
        return found / xp.sum(found, axis=-1, keepdims=True)

    def _chosen(self, probabilities: Any, index: Any) -> Any:
        """Return the chosen Kraus matrices over the roots of their probabilities."""
        xp, kraus = self._xp, self._kraus
        n_kraus, d = kraus.shape[1], kraus.shape[-1]
        places = xp.arange(n_kraus, dtype=index.dtype, device=xp.device)
        is_chosen = index[..., None] == places
        probability = xp.sum(xp.where(is_chosen, probabilities, 0.0), axis=-1)
        one_hot = xp.astype(xp.astype(is_chosen, probabilities.dtype), kraus.dtype)
        flat = xp.reshape(kraus, (*kraus.shape[:2], d * d))
        chosen = xp.reshape(xp.matmul(one_hot[..., None, :], flat), (*index.shape, d, d))
        return chosen / xp.astype(xp.sqrt(probability), chosen.dtype)[..., None, None]


def _kraus(xp: ArrayBackend[Any], operation: Operation, angles: Any, arrays: Sequence[Any]) -> Any:
    """Return Kraus matrices, shape (batch or 1, m, d, d)."""
    options = {"dtype": complex_dtype(xp), "device": xp.device}
    name = operation.gate
    if name == RESET:
        return xp.asarray((_TO_0,), **options)
    if name == KRAUS:
        return arrays[operation.slots[0]][None, ...]
    parameters = _rows(xp, angles, operation.slots)
    if name != MEASURE:
        channel = channel_of(name, len(operation.qubits))
        assert channel is not None
        return kraus_matrices(xp, channel, parameters)
    projectors = xp.asarray((_PROJECTORS,), **options)
    if not operation.slots:
        return projectors
    _, up, down, zero_or_nan = _unstack(CHANNELS[READOUT_ERROR].coefficients(xp, parameters))
    right = xp.stack([1 - up, down, up, 1 - down], axis=-1)  # read 0 of 0 and 1, read 1 of 0 and 1
    roots = xp.astype(xp.sqrt(right + zero_or_nan[..., None]), options["dtype"])
    return roots[..., None, None] * xp.concat([projectors, projectors], axis=1)


def _choose(xp: ArrayBackend[Any], probabilities: Any, uniform: Any) -> Any:
    """Return indices drawn by inversion; one of probability 0 never is."""
    sums = xp.cumulative_sum(probabilities, axis=-1)
    target = uniform * sums[..., -1]
    return xp.count_nonzero(sums <= target[..., None], axis=-1)


def _where(
    xp: ArrayBackend[Any], condition: Sequence[tuple[int, int]], then: Run, otherwise: Run
) -> Run:
    """Return the one run where bits have the values of a condition, and the other elsewhere."""
    if not condition:
        return then
    holds = functools.reduce(
        xp.logical_and, (otherwise.bits[bit] == value for bit, value in condition)
    )
    bits = {
        bit: xp.where(holds, outcome, otherwise.bits.get(bit, xp.zeros_like(outcome)))
        for bit, outcome in then.bits.items()
    }
    return Run(xp.where(holds[..., None], then.states, otherwise.states), bits)


def _rows(xp: ArrayBackend[Any], angles: Any, slots: Sequence[int]) -> Any:
    return xp.take(angles, xp.asarray(slots, dtype=index_dtype(xp), device=xp.device), axis=0)


def _unstack(x: Any) -> list[Any]:
    return [x[i, ...] for i in range(x.shape[0])]
