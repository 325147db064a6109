r"""The density-matrix engine: noise, measurements and classical control, exactly.

A density matrix of n qubits is a state of 2n: a gate U acts on the rows, and conj(U) on the
columns; a channel is one matrix on the rows and columns of its qubits. The planner and the executor
of state vectors run all of it. The row and the column of a qubit are neighbours in the register, so
that a gate, its conjugate and the noise after them fuse into one block.

Where a later operation depends on a measured bit, the matrix splits into two, one for each value of
the bit, whose traces are the probabilities: a leading axis that lasts until the bit is read no
more. A measurement that nothing depends on only dephases.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.dtype import complex_dtype, index_dtype
from arraybackends.quantum.engines.stage import (
    DIAGONALS,
    RECORDS,
    Segment,
    Source,
    Stage,
    axes_within,
    compile_stages,
    is_active,
    is_diagonal,
    is_left,
)
from arraybackends.quantum.execution.batch import batch_shape, stack_angles, stack_given
from arraybackends.quantum.execution.execution import run
from arraybackends.quantum.execution.step import prepare, zero_state
from arraybackends.quantum.execution.sweep import Evolution
from arraybackends.quantum.gates.channel import (
    CHANNELS,
    READOUT_ERROR,
    channel_of,
    superoperator,
    superoperator_derivatives,
    superoperator_of_kraus,
)
from arraybackends.quantum.gates.structure import (
    DIAGONAL,
    KRAUS,
    RESET,
    Structure,
)
from arraybackends.quantum.memory import STATES_OF_RUN, check_memory
from arraybackends.quantum.observables.base import check_states
from arraybackends.quantum.planning.plan import plan
from arraybackends.quantum.states.register import reorder

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "DensityEvolution",
    "density_evolution",
    "interleave",
    "separate",
    "simulate_density",
]

_AMPLITUDES_KEPT = 2**24
"""Elements of density matrices that may be kept for a derivative before runs are repeated."""

_TO_0 = ((1, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))


# Evolution


class DensityEvolution:
    """
    A run of a circuit on density matrices, with its exact derivative on every backend.

    Parameters
    ----------
    xp : ArrayBackend
    structure : Structure
    wanted : iterable of int
        Measured bits by whose values the result is split.
    longest : int, optional
        Most operations between two matrices that are kept for the derivative; what lies between
        them is run again. Everything is kept unless given.

    Attributes
    ----------
    bits : tuple of int
        Those of `wanted` that are measured, in the order of the axes of the result.
    n_branches : int
        Most branches at one time.

    Notes
    -----
    Shapes: angles (n_angles, batch), real; given arrays as `arrays` makes them; density matrices
    (branches, batch, 4**n_qubits), rows and columns interleaved, and one branch in the beginning.
    """

    def __init__(
        self, xp: ArrayBackend[Any], structure: Structure, /, *,
        wanted: Iterable[int] = (), longest: int | None = None,
    ) -> None:  # fmt: skip
        self._xp = xp
        self._n_qubits = structure.n_qubits
        self._longest = longest
        self._stages, self.bits = compile_stages(structure, frozenset(wanted), longest)
        self._sources = tuple(
            dict.fromkeys(
                source
                for stage in self._stages
                for segment in stage.segments
                for source in segment.sources
            )
        )
        self.n_branches = 2 ** max(map(axes_within, self._stages), default=0)

    def initial(self, batch: int, /) -> Any:
        """Return |0...0><0...0|."""
        return zero_state(self._xp, 2 * self._n_qubits, batch)[None, ...]

    # Forwards

    def run(self, angles: Any, given: Sequence[Any], initial: Any, /) -> Any:
        """Return the final density matrices; differentiable by the backend."""
        rho = initial
        for stage in self._stages:
            step: Callable[..., Any] = functools.partial(self._run_stage, stage)
            if self._longest is not None:
                step = self._xp.checkpoint(step)
            rho = step(angles, list(given), rho)
        return rho

    def _run_stage(self, stage: Stage, angles: Any, given: list[Any], rho: Any) -> Any:
        xp, finals = self._xp, []
        for segment in stage.segments:
            program = plan(segment.structure)
            arguments = self._arguments(segment, angles, given, rho)
            finals.append(run(xp, program, prepare(xp, program), *arguments))
        return self._join(stage, finals, rho)

    def forward(self, angles: Any, given: Sequence[Any], initial: Any, /) -> tuple[Any, list[Any]]:
        """Return the final density matrices, and those before each stage for `pull_back`."""
        rho, tape = initial, []
        for stage in self._stages:
            tape.append(rho)
            rho = self._run_stage(stage, angles, list(given), rho)
        return rho, tape

    # Backwards

    def pull_back(
        self, angles: Any, given: Sequence[Any], tape: Sequence[Any], cotangent: Any, /
    ) -> tuple[Any, list[Any]]:
        """Take a cotangent of the result back to the angles and the given arrays."""
        xp = self._xp
        in_angles, in_given = xp.zeros_like(angles), [xp.zeros_like(array) for array in given]
        for stage, rho in zip(reversed(self._stages), reversed(tape), strict=True):
            parts, cotangent = self._split(stage, cotangent, rho)
            for segment, part in zip(stage.segments, parts, strict=True):
                arguments = self._arguments(segment, angles, given, rho)
                evolution = Evolution(xp, plan(segment.structure))
                made = evolution.forward(*arguments)
                found = evolution.pull_back(
                    *arguments[:2], made, xp.reshape(part, made.final.shape), to_initial=True
                )
                cotangent = cotangent + xp.reshape(found.initial, rho.shape)
                in_angles = in_angles + _sum_copies(xp, found.angles, 1, angles.shape)
                for source, gradient in zip(segment.sources, found.given, strict=True):
                    place = self._sources.index(source)
                    in_given[place] = in_given[place] + _sum_copies(
                        xp, gradient, 0, given[place].shape
                    )
        return in_angles, in_given

    def _arguments(
        self, segment: Segment, angles: Any, given: Sequence[Any], rho: Any
    ) -> tuple[Any, list[Any], Any]:
        """Return angles, given arrays and states of a segment, with the branches in the batch."""
        xp, (branches, batch, size) = self._xp, rho.shape
        arrays = [given[self._sources.index(source)] for source in segment.sources]
        if branches > 1 and batch > 1:
            angles = xp.tile(angles, (1, branches))
            arrays = [
                xp.tile(array, (branches, *[1] * (array.ndim - 1)))
                if array.ndim > _n_axes(source) and array.shape[0] > 1
                else array
                for source, array in zip(segment.sources, arrays, strict=True)
            ]
        return angles, arrays, xp.reshape(rho, (branches * batch, size))

    # Branches

    def _join(self, stage: Stage, finals: Sequence[Any], rho: Any) -> Any:
        """Return the branches after a stage, given what its segments make of those before."""
        xp, (_, batch, size) = self._xp, rho.shape
        parts = [xp.reshape(final, rho.shape) for final in finals]
        if stage.condition:
            active = self._weights(is_active(stage))
            parts = [
                active * part + self._weights(is_left(stage, which)) * rho
                for which, part in enumerate(parts)
            ]
        joined = parts[0] if len(parts) == 1 else xp.concat(parts)
        if stage.drop:
            view = xp.reshape(joined, (*[2] * axes_within(stage), batch, size))
            left = axes_within(stage) - len(stage.drop)
            joined = xp.reshape(xp.sum(view, axis=stage.drop), (2**left, batch, size))
        return joined

    def _split(self, stage: Stage, cotangent: Any, rho: Any) -> tuple[list[Any], Any]:
        """Take a cotangent back through `_join`: to what the segments make, and past them."""
        xp, (branches, batch, size) = self._xp, rho.shape
        if stage.drop:
            axes = range(axes_within(stage))
            kept = (1 if axis in stage.drop else 2 for axis in axes)
            view = xp.reshape(cotangent, (*kept, batch, size))
            whole = xp.broadcast_to(view, (*[2 for _ in axes], batch, size))
            cotangent = xp.reshape(whole, (2 ** len(axes), batch, size))
        parts = [
            cotangent[start : start + branches, ...]
            for start in range(0, cotangent.shape[0], branches)
        ]
        past = xp.zeros_like(rho)
        if stage.condition:
            for which, part in enumerate(parts):
                past = past + self._weights(is_left(stage, which)) * part
            parts = [self._weights(is_active(stage)) * part for part in parts]
        return parts, past

    def _weights(self, flags: Sequence[bool]) -> Any:
        """Return 1 or 0 for each branch, to be multiplied with density matrices."""
        xp = self._xp
        weights = xp.asarray(list(map(complex, flags)), dtype=complex_dtype(xp), device=xp.device)
        return weights[:, None, None]

    # Arrays

    def arrays(self, angles: Any, matrices: Sequence[Any], /) -> list[Any]:
        """
        Make what the planner is given.

        Parameters
        ----------
        angles : array, shape (n_angles, batch), real
        matrices : sequence of array or nested tuple
            The users' arrays, by slot.

        Returns
        -------
        list of array
            Matrices (4**k, 4**k), diagonals, or the same with the batch in front.
        """
        xp = self._xp
        made: dict[Source, Any] = {}
        for (name, n_qubits), group in _grouped(self._sources).items():
            channel = channel_of(name, n_qubits)
            if channel is not None:
                maps = superoperator(xp, channel, _parameters(xp, angles, group))
                made |= {source: maps[place, ...] for place, source in enumerate(group)}
            else:
                made |= {source: self._array(source, angles, matrices) for source in group}
        return [made[source] for source in self._sources]

    def _array(self, source: Source, angles: Any, matrices: Sequence[Any]) -> Any:
        xp, name, slots = self._xp, source.name, source.slots
        options = {"dtype": complex_dtype(xp), "device": xp.device}
        if name in DIAGONALS:
            return xp.asarray(DIAGONALS[name], **options)
        if name == RESET:
            return xp.asarray(_TO_0, **options)
        if name in RECORDS:
            _, up, down, zero_or_nan = self._readout(angles, slots)
            up, down = up + zero_or_nan, down + zero_or_nan
            first, last = (up, 1 - down) if name == RECORDS[1] else (1 - up, down)
            zero = xp.zeros_like(up)
            return xp.astype(xp.stack([first, zero, zero, last], axis=-1), options["dtype"])
        array = matrices[slots[0]]
        if isinstance(array, tuple):
            array = xp.asarray(array, **options)
        array = xp.astype(array, options["dtype"])
        return superoperator_of_kraus(xp, array) if name == KRAUS else array

    def _readout(self, angles: Any, slots: tuple[int, ...]) -> list[Any]:
        """Return the coefficients of a readout error, each of shape (batch,)."""
        parameters = _take(self._xp, angles, slots)
        found = CHANNELS[READOUT_ERROR].coefficients(self._xp, parameters)
        return [found[i, ...] for i in range(4)]

    def angle_gradient(self, angles: Any, in_given: Sequence[Any], /) -> Any:
        """Return the part of the gradient in the angles that flows through the given arrays."""
        xp = self._xp
        gradient = xp.zeros_like(angles)
        places = {source: place for place, source in enumerate(self._sources)}
        for (name, n_qubits), group in _grouped(self._sources).items():
            channel = channel_of(name, n_qubits)
            if channel is not None and group[0].slots:
                slopes = superoperator_derivatives(xp, channel, _parameters(xp, angles, group))
                cotangents = xp.stack([in_given[places[source]] for source in group])
                found = xp.sum(xp.real(xp.conj(cotangents) * slopes), axis=(-2, -1))
                slots = [source.slots[i] for i in range(channel.n_angles) for source in group]
                rows = xp.reshape(found, (len(slots), -1))
                gradient = xp.at(gradient)[xp.asarray(slots, device=xp.device)].add(rows)
            elif name in RECORDS:
                sign = 1 if name == RECORDS[1] else -1
                for source in group:
                    cotangent = xp.real(in_given[places[source]])
                    rows = xp.stack([sign * cotangent[..., 0], -sign * cotangent[..., 3]])
                    slots = list(source.slots)
                    gradient = xp.at(gradient)[xp.asarray(slots, device=xp.device)].add(rows)
        return gradient


def _n_axes(source: Source) -> int:
    """Return 1 for a diagonal, 2 for a matrix."""
    return 1 if source.name == DIAGONAL or is_diagonal(source) else 2


def _grouped(sources: Iterable[Source]) -> Mapping[tuple[str, int], list[Source]]:
    """Gather sources that are made in one go."""
    groups: dict[tuple[str, int], list[Source]] = {}
    for source in sources:
        groups.setdefault((source.name, source.n_qubits), []).append(source)
    return groups


def _parameters(xp: ArrayBackend[Any], angles: Any, group: Sequence[Source]) -> Any:
    """Return the parameters of channels of a kind, shape (n_parameters, channels, batch)."""
    n, count = len(group[0].slots), len(group)
    rows = _take(xp, angles, [source.slots[i] for i in range(n) for source in group])
    return xp.reshape(rows, (n, count, angles.shape[1]))


def _take(xp: ArrayBackend[Any], angles: Any, slots: Sequence[int]) -> Any:
    return xp.take(angles, xp.asarray(slots, dtype=index_dtype(xp), device=xp.device), axis=0)


def _sum_copies(xp: ArrayBackend[Any], x: Any, axis: int, shape: Sequence[int]) -> Any:
    """Sum what belongs to copies of one array, which were made along an axis."""
    if x.shape[axis] == shape[axis]:
        return x
    copies = x.shape[axis] // shape[axis]
    view = xp.reshape(x, (*x.shape[:axis], copies, *shape[axis:]))
    return xp.sum(view, axis=axis)


# Whole circuits


def simulate_density(
    xp: ArrayBackend[Any], structure: Structure, angles: Sequence[Any], matrices: Sequence[Any],
    /, *, initial: Any = None, wanted: Iterable[int] = (),
) -> Any:  # fmt: skip
    """
    Final density matrix of a circuit, with what follows post-selection not normalised.

    Parameters
    ----------
    xp : ArrayBackend
    structure : Structure
    angles : sequence of float or array, shape batch
        One for each slot; batch shapes broadcast.
    matrices : sequence of array or nested tuple
        The users' arrays, by slot.
    initial : array, shape (*batch, 2**n_qubits, 2**n_qubits), complex, optional
        |0...0><0...0| unless given.
    wanted : iterable of int
        Classical bits by whose values the result is split.

    Returns
    -------
    array, shape (2**n_wanted, *batch, 2**n_qubits, 2**n_qubits), complex
        One for each value of the wanted bits, the first bit the most significant; its trace is the
        probability of the value.

    Raises
    ------
    MemoryLimitError
        If the density matrices of all branches do not fit; refused before any allocation.
    ShapeError
        If `initial` has another shape, or batch shapes do not broadcast.
    """
    wanted = tuple(wanted)
    n_qubits = structure.n_qubits
    shape = batch_shape(xp, structure, angles, matrices)
    if initial is not None:
        check_states(xp, initial, n_qubits, density=True)
        shape = tuple(xp.broadcast_shapes(shape, initial.shape[:-2]))
    batch = math.prod(shape)
    evolution = density_evolution(xp, structure, wanted, batch)
    stacked = stack_angles(xp, angles, shape)
    start = evolution.initial(batch)
    if initial is not None:
        dimension = 2**n_qubits
        rho = xp.broadcast_to(xp.astype(initial, start.dtype), (*shape, dimension, dimension))
        start = interleave(xp, xp.reshape(rho, (1, batch, dimension, dimension)))
    given = evolution.arrays(stacked, stack_given(xp, structure, matrices, shape))
    final = evolution.run(stacked, given, start)
    split = _by_value(xp, final, evolution.bits, wanted)
    return xp.reshape(separate(xp, split), (2 ** len(wanted), *shape, 2**n_qubits, 2**n_qubits))


def density_evolution(
    xp: ArrayBackend[Any], structure: Structure, wanted: Iterable[int], batch: int
) -> DensityEvolution:
    """Return the evolution of a circuit, if it fits."""
    evolution = DensityEvolution(xp, structure, wanted=wanted)
    count = batch * evolution.n_branches
    check_memory(xp, structure.n_qubits, count, states=STATES_OF_RUN, axes=2)
    n_operations = len(structure.operations)
    if n_operations * count * 4**structure.n_qubits > _AMPLITUDES_KEPT:
        longest = math.isqrt(n_operations) + 1
        return DensityEvolution(xp, structure, wanted=wanted, longest=longest)
    return evolution


def _by_value(xp: ArrayBackend[Any], rho: Any, bits: Sequence[int], wanted: Sequence[int]) -> Any:
    """Order the branches by the values of the wanted bits; one never measured is 0."""
    if tuple(bits) == tuple(wanted):
        return rho
    rest = tuple(rho.shape[1:])
    axes = [bits.index(bit) for bit in wanted if bit in bits]
    n = len(axes)
    view = xp.permute_dims(xp.reshape(rho, (*[2] * n, *rest)), (*axes, n, n + 1))
    for place, bit in enumerate(wanted):
        if bit not in bits:
            view = xp.expand_dims(view, axis=place)
            view = xp.concat([view, xp.zeros_like(view)], axis=place)
    return xp.reshape(view, (2 ** len(wanted), *rest))


def interleave(xp: ArrayBackend[Any], rho: Any, /) -> Any:
    """Return density matrices (*batch, 2**n, 2**n) as (*batch, 4**n), row bit before column bit."""
    *batch, dimension, _ = rho.shape
    n = dimension.bit_length() - 1
    order = [place for qubit in range(n) for place in (qubit, n + qubit)]
    return reorder(xp, xp.reshape(rho, (*batch, dimension**2)), order)


def separate(xp: ArrayBackend[Any], vectors: Any, /) -> Any:
    """Return what `interleave` was given."""
    *batch, size = vectors.shape
    n = (size.bit_length() - 1) // 2
    order = (*range(0, 2 * n, 2), *range(1, 2 * n, 2))
    return xp.reshape(reorder(xp, vectors, order), (*batch, 2**n, 2**n))
