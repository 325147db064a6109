r"""The reverse sweep: derivatives of a run, in angles, given arrays and the initial state.

The sweep [1]_ walks back through the steps with two states, psi and lambda, and differentiates with
respect to the values of the steps:

    psi <- U^+ psi;    dU = lambda psi^+;    lambda <- U^+ lambda

Where a step is not unitary, psi is not computed backwards but was kept by the run. What holds for
the state of a circuit holds for the matrix of a block too, whose steps are the gates it is made of:
the same sweep takes the gradient on to the gates, and `value.angle_gradient` to the angles.

References
----------
.. [1] T. Jones and J. Gacon, "Efficient calculation of gradients in classical simulations of
   variational quantum algorithms", 2020, arXiv:2009.02823.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.dtype import index_dtype
from arraybackends.quantum.execution.loop import Rounds, run_loop
from arraybackends.quantum.execution.step import (
    WORTH_REUSE,
    Members,
    apply_step,
    flip,
    initial_value,
    kronecker_factors,
    part_of,
    prepare,
    product_members,
    put_part,
    run_steps,
    slice_length,
    values,
    zero_state,
)
from arraybackends.quantum.execution.value import angle_gradient, given_gradients
from arraybackends.quantum.planning.program import (
    Controlled,
    Dense,
    Diagonal,
    Exchange,
    Flip,
    Gather,
    Kind,
    Kronecker,
    Operand,
    Permutation,
    Product,
    Program,
    Routine,
    Source,
    Step,
    ValueStep,
)
from arraybackends.quantum.planning.repetition import Loop, find_loops
from arraybackends.quantum.tracing import is_traced, outside_transforms

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Evolution", "Gradients", "Tape", "evolution_of"]


_WORTH_KEEPING = 2**18
"""Amplitudes of all states of a run up to which it is faster to keep them than to compute them."""


def evolution_of(
    xp: ArrayBackend[Any], program: Program, /, *, is_unitary: bool = False
) -> Evolution:
    """
    Return the evolution of a program, which is made once.

    While a transformation records what is done, it is made anew: arrays of that must not be kept.
    """
    with outside_transforms(xp):
        is_recorded = is_traced(xp, xp.zeros((), device=xp.device))
    if is_recorded:
        return Evolution(xp, program, is_unitary=is_unitary)
    hashable: Any = xp
    return _evolution(hashable, program, is_unitary)


@functools.lru_cache(maxsize=64)
def _evolution(xp: ArrayBackend[Any], program: Program, is_unitary: bool) -> Evolution:
    return Evolution(xp, program, is_unitary=is_unitary)


class Tape(NamedTuple):
    """
    What the sweep starts from: final state, states that were kept, and values.

    Kept are the states before all steps where they are small, else those before steps of no
    inverse.
    """

    final: Any
    kept: list[Any]
    arrays: list[Any]


class Gradients(NamedTuple):
    """In angles, (n_angles, batch), in each given array, and in the initial state if wanted."""

    angles: Any
    given: list[Any]
    initial: Any


class Evolution:
    """
    A run of a program, with its exact derivative on every backend.

    Parameters
    ----------
    xp : ArrayBackend
    program : Program
    is_unitary : bool
        Whether all given arrays are unitary. If so, the sweep computes the states backwards, and
        holds a few of them however deep the circuit is; if not, the run keeps the state before each
        step that contains a given array.

    Notes
    -----
    `forward` and `pull_back` are the two halves of a `custom_vjp`, for functions that go on from
    the final state to a number; `function` is the evolution alone. Shapes:

    - angles: (n_angles, batch), real;
    - given: for each slot (d, d), or (d,) of a diagonal, or the same with the batch in front;
    - initial: (batch, 2**n_qubits), complex; |0...0> if None.
    """

    def __init__(
        self, xp: ArrayBackend[Any], program: Program, /, *, is_unitary: bool = False
    ) -> None:
        self._xp = xp
        self._program = program
        with outside_transforms(xp):
            self._constants = prepare(xp, program)
        self._variable = _sources_with(program, lambda kind: not kind.is_fixed)
        self._irreversible = frozenset[int]()
        if not is_unitary:
            self._irreversible = _sources_with(program, lambda kind: kind.given is not None)
        self._applied = frozenset(_applied(program))
        with outside_transforms(xp):
            self._inverses = {
                number: xp.asarray(
                    source.inverse().indices, dtype=index_dtype(xp), device=xp.device
                )
                for number, source in enumerate(program.sources)
                if isinstance(source, Permutation)
            }
        # A compiler takes longer than a run, in proportion to the steps that it sees.
        self._loops: tuple[Loop, ...] = ()
        if xp.capabilities.compiles_complex and not self.n_kept:
            self._loops = tuple(find_loops(program.steps))
        self._has_parts = any(isinstance(step, Controlled) for step in program.steps)

    @property
    def n_kept(self) -> int:
        """Number of states that a run keeps for the sweep, beside the final one."""
        return sum(self._is_irreversible(step) for step in self._program.steps)

    def function(self, angles: Any, given: Sequence[Any] = (), initial: Any = None, /) -> Any:
        """Return the final state, (batch, 2**n_qubits), differentiable in all arguments."""
        if initial is None:

            def forward(angles: Any, given: list[Any]) -> tuple[Any, Any]:
                tape = self.forward(angles, given)
                return tape.final, (angles, given, tape)

            def backward(residuals: Any, cotangent: Any) -> tuple[Any, ...]:
                angles, given, tape = residuals
                return self.pull_back(angles, given, tape, cotangent)[:2]

            return self._xp.custom_vjp(forward, backward)(angles, list(given))

        def forward_from(angles: Any, given: list[Any], initial: Any) -> tuple[Any, Any]:
            tape = self.forward(angles, given, initial)
            return tape.final, (angles, given, tape)

        def backward_to(residuals: Any, cotangent: Any) -> tuple[Any, ...]:
            angles, given, tape = residuals
            return tuple(self.pull_back(angles, given, tape, cotangent, to_initial=True))

        return self._xp.custom_vjp(forward_from, backward_to)(angles, list(given), initial)

    def forward(self, angles: Any, given: Sequence[Any] = (), initial: Any = None, /) -> Tape:
        """Run, and keep what the sweep needs."""
        xp, program = self._xp, self._program
        arrays = values(xp, program, self._constants, angles, given)
        members = Members(arrays, 1, angles.shape[1] if initial is None else initial.shape[0])
        is_looped = bool(self._loops) and is_traced(xp, angles)
        amplitudes = len(program.steps) * members.batch * 2**program.n_qubits
        is_kept = amplitudes <= _WORTH_KEEPING and not self._has_parts
        start = functools.partial(zero_state, xp, program.n_qubits, members.batch)
        if not is_looped and not is_kept:
            state = start if initial is None else initial
            final, kept = self._run(program.steps, members, state, is_owned=False)
            return Tape(final, kept, arrays)
        state = start() if initial is None else initial
        if is_looped:
            return Tape(self._run_in_loops(members, state), [], arrays)
        kept = []
        for step in program.steps:
            kept.append(state)
            state = apply_step(xp, step, members, state)
        return Tape(state, kept, arrays)

    def pull_back(
        self, angles: Any, given: Sequence[Any], tape: Tape, cotangent: Any, /, *,
        to_initial: bool = False,
    ) -> Gradients:  # fmt: skip
        """Take a cotangent of the final state back to the arguments."""
        xp, program, arrays = self._xp, self._program, tape.arrays
        adjoints = [
            self._adjoint(number, source, array) if number in self._applied else None
            for number, (source, array) in enumerate(zip(program.sources, arrays, strict=True))
        ]
        found = _Found(xp)
        members = Members(arrays, 1, tape.final.shape[0])
        if len(tape.kept) == len(program.steps) > 0 and not self._has_parts:
            initial = self._sweep_kept(members, adjoints, found, tape.kept, cotangent, to_initial)
        else:
            _, initial = self._sweep(
                program.routine, members, adjoints, found, tape.final, tape.kept, cotangent,
                to_initial,
            )  # fmt: skip
        for number, source in reversed(list(enumerate(program.sources))):
            if isinstance(source, Product) and number in self._variable:
                self._sweep_product(number, source, arrays, adjoints, found)
            elif isinstance(source, Kronecker) and number in self._variable:
                self._split(number, source, arrays, found)
        gradients = [
            found.gradient(number) if number in self._variable else None
            for number, source in enumerate(program.sources)
            if isinstance(source, Kind)
        ]
        return Gradients(
            angle_gradient(xp, program, self._constants, angles, gradients),
            given_gradients(xp, program, given, gradients),
            initial,
        )

    def _sweep_product(
        self, number: int, product: Product, arrays: Sequence[Any], adjoints: Sequence[Any],
        found: _Found,
    ) -> None:  # fmt: skip
        """Take the gradient in the values of a product to those of its factors."""
        xp, routine = self._xp, product.routine
        members = product_members(product, arrays)
        rows = members.n_members * members.batch
        final, kept = xp.reshape(arrays[number], (rows, routine.size)), list[Any]()
        if any(map(self._is_irreversible, routine.steps)):
            start = initial_value(xp, routine, members)
            _, kept = self._run(routine.steps, members, start, is_owned=False)
        assert routine.initial is not None
        to_initial = routine.initial.source in self._variable
        cotangent = xp.reshape(found.gradient(number), (rows, routine.size))
        _, initial = self._sweep(
            routine, members, adjoints, found, final, kept, cotangent, to_initial
        )
        if to_initial:
            found.add(routine.initial, members, initial)

    def _split(self, number: int, source: Kronecker, arrays: Sequence[Any], found: _Found) -> None:
        """Take the gradient in Kronecker products to their factors."""
        xp, members = self._xp, product_members(source, arrays)
        gradient = found.gradient(number)
        first, second = kronecker_factors(source, arrays)
        p, q = first.shape[-1], second.shape[-1]
        gradient = xp.reshape(gradient, (*gradient.shape[:2], p, q, p, q))
        gradient = xp.permute_dims(gradient, (0, 1, 2, 4, 3, 5))
        gradient = xp.reshape(gradient, (*gradient.shape[:2], p * p, q * q))
        if source.factors[0] in self._variable:
            column = xp.reshape(xp.conj(second), (*second.shape[:2], q * q, 1))
            part = xp.reshape(xp.matmul(gradient, column), (-1, p, p))
            found.add(source.operands[0], members, part)
        if source.factors[1] in self._variable:
            row = xp.reshape(xp.conj(first), (*first.shape[:2], 1, p * p))
            part = xp.reshape(xp.matmul(row, gradient), (-1, q, q))
            found.add(source.operands[1], members, part)

    def _adjoint(self, number: int, source: Source, array: Any) -> Any:
        if isinstance(source, Permutation):
            return self._inverses[number]
        xp = self._xp
        return xp.conj(xp.matrix_transpose(array) if source.form == "dense" else array)

    def _is_irreversible(self, step: Step) -> bool:
        if isinstance(step, Controlled):
            return any(map(self._is_irreversible, step.steps))
        return not isinstance(step, Exchange) and step.operand.source in self._irreversible

    def _is_variable(self, step: Step) -> bool:
        if isinstance(step, Controlled):
            return any(map(self._is_variable, step.steps))
        return not isinstance(step, Exchange) and step.operand.source in self._variable

    def _run(
        self, steps: Sequence[Step], members: Members, state: Any, *, is_owned: bool
    ) -> tuple[Any, list[Any]]:
        """Run steps, keeping the states before those that have no inverse."""
        xp, kept, start = self._xp, [], 0
        for place, step in enumerate(steps):
            if self._is_irreversible(step):
                state = run_steps(xp, steps[start:place], members, state, is_owned=is_owned)
                kept.append(state)
                start, is_owned = place, False
        return run_steps(xp, steps[start:], members, state, is_owned=is_owned), kept

    def _run_in_loops(self, members: Members, state: Any) -> Any:
        """Run the circuit, with steps that repeat as loops."""
        xp, steps, place = self._xp, self._program.steps, 0
        for loop in self._loops:
            state = run_steps(xp, steps[place : loop.first], members, state, is_owned=False)
            state = run_loop(xp, Rounds(loop, steps, members), state)
            place = loop.stop
        return run_steps(xp, steps[place:], members, state, is_owned=False)

    def _loop_back(self, loop: Loop, walk: _Walk, found: _Found) -> None:
        """Walk back through the rounds of a loop."""
        xp, steps = self._xp, self._program.steps[loop.first :]
        rounds = Rounds(loop, self._program.steps, walk.backwards)
        variable = [self._is_variable(step) for step in steps[: len(loop.strides)]]

        def one(carry: tuple[Any, Any], values: Sequence[Any]) -> tuple[Any, list[Any]]:
            (state, costate), members = carry, rounds.members(values)
            gradients = []
            for step, is_variable in zip(reversed(rounds.steps), reversed(variable), strict=True):
                undone = step.inverse() if isinstance(step, Exchange) else step
                state = apply_step(xp, undone, members, state)
                if is_variable and isinstance(step, (Dense, Diagonal, Flip)):
                    gradients.append(_value_gradient(xp, step, costate, state))
                costate = apply_step(xp, undone, members, costate)
            return (state, costate), gradients

        carry = (walk.state, walk.costate)
        (walk.state, walk.costate), gradients = xp.scan(one, carry, rounds.xs, reverse=True)
        values = [
            (step.operand, stride)
            for step, stride, is_variable in zip(steps, loop.strides, variable, strict=False)
            if is_variable and not isinstance(step, (Exchange, Controlled))
        ]
        for (operand, stride), gradient in zip(reversed(values), gradients, strict=True):
            starts = [operand.start + stride * place for place in range(loop.n_rounds)]
            found.add_rounds(operand.source, starts, walk.members, gradient)

    def _sweep(
        self, routine: Routine, members: Members, adjoints: Sequence[Any], found: _Found,
        state: Any, kept: Sequence[Any], costate: Any, to_initial: bool,
    ) -> tuple[Any, Any]:  # fmt: skip
        """
        Walk back through a routine.

        Returns the states at its start, or if the costate there is not wanted, those at the first
        step that has a gradient.
        """
        backwards = members._replace(arrays=adjoints)
        steps = routine.steps
        variable = [place for place, step in enumerate(steps) if self._is_variable(step)]
        first = 0 if to_initial else min(variable, default=len(steps))
        walk = _Walk(self._xp, members, backwards, state, list(kept), costate)
        loops = self._loops if routine is self._program.routine else ()
        loops = loops if is_traced(self._xp, state) else ()
        ends = {loop.stop - 1: loop for loop in loops if loop.first >= first}
        place = len(steps) - 1
        while place >= first:
            if loop := ends.get(place):
                self._loop_back(loop, walk, found)
                place = loop.first - 1
                continue
            self._step_back(steps[place], walk, found)
            if place > first or to_initial:
                walk.costate_back(steps[place])
            place -= 1
        return walk.state, walk.costate

    def _sweep_kept(
        self, members: Members, adjoints: Sequence[Any], found: _Found, kept: Sequence[Any],
        costate: Any, to_initial: bool,
    ) -> Any:  # fmt: skip
        """Walk back through the circuit with the costate alone; return that at its start."""
        backwards, steps = members._replace(arrays=adjoints), self._program.steps
        variable = [place for place, step in enumerate(steps) if self._is_variable(step)]
        first = 0 if to_initial else min(variable, default=len(steps))
        for place in reversed(range(first, len(steps))):
            step = steps[place]
            if isinstance(step, (Dense, Diagonal, Flip)) and self._is_variable(step):
                found.defer(step, members, costate, kept[place])
            if place > first or to_initial:
                undone = step.inverse() if isinstance(step, Exchange) else step
                costate = apply_step(self._xp, undone, backwards, costate)
        return costate

    def _step_back(self, step: Step, walk: _Walk, found: _Found) -> None:
        """Take the state before a step, and the gradient in its value."""
        if isinstance(step, Controlled):
            self._controlled_back(step, walk, found)
            return
        if self._is_irreversible(step):
            walk.recall()
        else:
            walk.state_back(step)
        if not isinstance(step, (Exchange, Gather)) and self._is_variable(step):
            gradient = _value_gradient(self._xp, step, walk.costate, walk.state)
            found.add(step.operand, walk.members, gradient)

    def _controlled_back(self, step: Controlled, walk: _Walk, found: _Found) -> None:
        """Walk back through the steps under controls, on the part where they act."""
        xp, kept = self._xp, list[Any]()
        part, copart = part_of(xp, step, walk.state), part_of(xp, step, walk.costate)
        is_irreversible = self._is_irreversible(step)
        if is_irreversible:
            walk.recall()
            start = part_of(xp, step, walk.state)
            _, kept = self._run(step.steps, walk.members, start, is_owned=False)
        inner = _Walk(xp, walk.members, walk.backwards, part, kept, copart)
        for inner_step in reversed(step.steps):
            self._step_back(inner_step, inner, found)
            inner.costate_back(inner_step)
        if not is_irreversible:
            walk.state = put_part(xp, step, walk.state, inner.state)
        walk.costate = put_part(xp, step, walk.costate, inner.costate)


class _Walk:
    """
    The two states on their way back, and the values by which they go.

    An array that one of them has left is the next one's to write into, where a library can do so:
    the walk holds three states, and the two it started from, which are not its own.
    """

    def __init__(
        self, xp: ArrayBackend[Any], members: Members, backwards: Members,
        state: Any, kept: list[Any], costate: Any,
    ) -> None:  # fmt: skip
        self._xp = xp
        self.members = members
        self.backwards = backwards
        self.state = state
        self.costate = costate
        self._kept = kept
        self._owns_state = self._owns_costate = False
        self._spare: Any = None
        self._writes = xp.capabilities.writes_out and math.prod(state.shape) >= WORTH_REUSE

    def recall(self) -> None:
        """Take the state that the run kept."""
        self.state, self._owns_state = self._kept.pop(), False

    def state_back(self, step: ValueStep | Exchange | Gather) -> None:
        """Undo a step on the state."""
        self.state, self._owns_state = self._back(step, self.state, self._owns_state)

    def costate_back(self, step: Step) -> None:
        """Undo a step on the costate, which steps under controls have done already."""
        if not isinstance(step, Controlled):
            self.costate, self._owns_costate = self._back(step, self.costate, self._owns_costate)

    def _back(self, step: ValueStep | Exchange | Gather, x: Any, is_own: bool) -> tuple[Any, bool]:
        """Undo a step, and say whether the result is the walk's own."""
        if isinstance(step, Exchange):
            self._spare = None  # frees it before the step makes an array of its own
            # What was exchanged may be a view.
            return apply_step(self._xp, step.inverse(), self.members, x), is_own
        found = apply_step(self._xp, step, self.backwards, x, self._spare)
        self._spare = x if self._writes and is_own else None
        return found, True


class _Found:
    """Gradients in the values of sources, gathered member by member."""

    def __init__(self, xp: ArrayBackend[Any]) -> None:
        self._xp = xp
        self._pieces: dict[int, list[tuple[list[int], Any]]] = {}
        self._deferred: dict[int, dict[tuple[Any, ...], list[tuple[ValueStep, Any, Any]]]] = {}

    def add(self, operand: Operand, members: Members, gradient: Any) -> None:
        """Add the gradient in the values of some members, shape (n_members * batch, ...)."""
        n_members = members.n_members
        starts = list(range(operand.start, operand.start + n_members))
        self._add(operand.source, starts, members, gradient)

    def defer(self, step: ValueStep, members: Members, costate: Any, state: Any) -> None:
        """Add the gradient in the value of a step, made together with those of like steps."""
        alike = self._deferred.setdefault(step.operand.source, {})
        alike.setdefault((type(step), *step[1:]), []).append((step, costate, state))
        self._members = members

    def add_rounds(self, source: int, starts: list[int], members: Members, gradient: Any) -> None:
        """Add the gradients in the values of a step in all rounds, (rounds, batch, *value)."""
        xp, value = self._xp, members.arrays[source].shape[2:]
        self._add(source, starts, members, xp.reshape(gradient, (-1, *value)))

    def gradient(self, source: int) -> Any:
        """Return the gradient in the values of all members of a source."""
        xp = self._xp
        for entries in self._deferred.pop(source, {}).values():
            steps, costates, states = zip(*reversed(entries), strict=True)
            if len(entries) > 1:
                costates, states = (xp.concat(costates),), (xp.concat(states),)
            gradient = _value_gradient(xp, steps[0], costates[0], states[0])
            starts = [step.operand.start for step in steps]
            self._add(source, starts, self._members, gradient)
        pieces = sorted(self._pieces[source], key=lambda piece: piece[0])
        parts = [part for _, part in pieces]
        whole = parts[0] if len(parts) == 1 else xp.concat(parts)
        places = [place for starts, _ in pieces for place in starts]
        if places == list(range(len(places))):
            return whole
        order = sorted(range(len(places)), key=places.__getitem__)
        return xp.take(whole, xp.asarray(order, device=xp.device), axis=0)

    def _add(self, source: int, starts: list[int], members: Members, gradient: Any) -> None:
        xp, array = self._xp, members.arrays[source]
        shape = (len(starts), gradient.shape[0] // len(starts))
        gradient = xp.reshape(gradient, (*shape, *array.shape[2:]))
        if array.shape[1] != shape[1]:
            gradient = xp.sum(gradient, axis=1, keepdims=True)
        self._pieces.setdefault(source, []).append((starts, gradient))


def _applied(program: Program) -> Iterator[int]:
    """Yield the sources of all steps of a program."""
    routines = [source.routine for source in program.sources if isinstance(source, Product)]
    pending = [step for routine in (program.routine, *routines) for step in routine.steps]
    while pending:
        step = pending.pop()
        if isinstance(step, Controlled):
            pending.extend(step.steps)
        elif not isinstance(step, Exchange):
            yield step.operand.source


def _sources_with(program: Program, is_wanted: Callable[[Kind], bool]) -> frozenset[int]:
    """Return the kinds that are wanted, and the products that contain one."""
    found: set[int] = set()
    for number, source in enumerate(program.sources):
        if is_wanted(source) if isinstance(source, Kind) else found & set(source.factors):
            found.add(number)
    return frozenset(found)


def _value_gradient(xp: ArrayBackend[Any], step: ValueStep, costate: Any, state: Any) -> Any:
    """Return the gradient in the value of a step, given the states after and before it."""
    if isinstance(step, Dense):
        return _matrix_gradient(xp, step, costate, state)
    if isinstance(step, Diagonal):
        products = xp.reshape(costate * xp.conj(state), (costate.shape[0], *step.shape))
        axes = tuple(axis + 1 for axis, kept in enumerate(step.kept) if not kept)
        return xp.sum(products, axis=axes) if axes else products
    image = flip(xp, step, state)
    return xp.stack([xp.vecdot(state, costate), xp.vecdot(image, costate)], axis=-1)


def _matrix_gradient(xp: ArrayBackend[Any], step: Dense, costate: Any, state: Any) -> Any:
    """
    Return costate state^+ over the window of a step, shape (batch, d, d).

    Large states come in slices: what is made of one stays in the cache, and takes no state's space.
    """
    shape = (costate.shape[0], step.left, step.dimension, step.right)
    costate, state = xp.reshape(costate, shape), xp.reshape(state, shape)
    n_slices = math.prod(shape) // slice_length(xp) if xp.capabilities.writes_out else 1
    axis = 1 if step.left > 1 else 3
    width = max(shape[axis] // max(n_slices, 1), 1)
    total = None
    for start in range(0, shape[axis], width):
        index = (*(slice(None),) * axis, slice(start, start + width), ...)
        part = _window_products(xp, costate[index], state[index])
        total = part if total is None else total + part
    return total


def _window_products(xp: ArrayBackend[Any], costate: Any, state: Any) -> Any:
    """Return the matrices costate state^+ of the axis before the last one of four."""
    batch, left, dimension, right = costate.shape
    state = xp.conj(state)
    if right == 1:
        return xp.matmul(xp.matrix_transpose(costate[..., 0]), state[..., 0])
    if left == 1:
        return xp.matmul(costate[:, 0, :, :], xp.matrix_transpose(state[:, 0, :, :]))
    if dimension <= right:
        return xp.sum(xp.matmul(costate, xp.matrix_transpose(state)), axis=1)
    columns = (batch, dimension, left * right)
    costate = xp.reshape(xp.permute_dims(costate, (0, 2, 1, 3)), columns)
    state = xp.reshape(xp.permute_dims(state, (0, 2, 1, 3)), columns)
    return xp.matmul(costate, xp.matrix_transpose(state))
