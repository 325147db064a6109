"""Steps on states, and the values they act with, made by the same steps.

Shapes: a state (batch, size), the values of a source (members, batch or 1, *value). A routine that
makes the values of a product runs all its members at once: its batch is members * batch.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.dtype import complex_dtype, index_dtype
from arraybackends.quantum.execution.value import Constants, kind_constants, kind_values, kinds
from arraybackends.quantum.planning.program import (
    Controlled,
    Dense,
    Diagonal,
    Exchange,
    Flip,
    Gather,
    Kronecker,
    Operand,
    Permutation,
    Product,
    Program,
    Routine,
    Source,
    Step,
)

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "WORTH_REUSE", "Members", "apply_step", "flip", "initial_value",
    "kronecker_factors", "part_of", "prepare", "product_members", "put_part", "run_routine",
    "run_steps", "slice_length", "values", "zero_state",
]  # fmt: skip


WORTH_REUSE = 2**14
"""Amplitudes from which on it takes longer to get a new array than to ask for an old one."""

_LARGEST_TAKEN = 2**20
"""Amplitudes of a state up to which they are taken by their places."""

_SLICE = 2**17
"""Amplitudes of a slice in single precision: with its successor it fills a cache of 2 MiB."""


# Values


class Members(NamedTuple):
    """Values of all sources, as a routine sees them that runs so many members at once."""

    arrays: Sequence[Any]
    n_members: int
    batch: int

    def pick(self, xp: ArrayBackend[Any], operand: Operand, /) -> Any:
        """Return the values of a step, shape (n_members * batch or 1, *value)."""
        array = self.arrays[operand.source]
        if self.n_members == 1 or array.shape[0] == 1:
            return array[operand.start, ...]
        part = array[operand.start : operand.start + self.n_members, ...]
        if part.shape[1] != self.batch:
            part = xp.broadcast_to(part, (self.n_members, self.batch, *part.shape[2:]))
        return xp.reshape(part, (-1, *part.shape[2:]))


def values(
    xp: ArrayBackend[Any], program: Program, constants: Constants, angles: Any, given: Sequence[Any]
) -> list[Any]:
    """Return the values of all sources of a program."""
    arrays = kind_values(xp, program, constants, angles, given)
    for source, fixed in zip(program.sources[len(arrays) :], constants.products, strict=True):
        arrays.append(_made(xp, source, arrays) if fixed is None else fixed)
    return arrays


def prepare(xp: ArrayBackend[Any], program: Program, /) -> Constants:
    """Return the constants of a program, values that depend on nothing among them."""
    found = kind_constants(xp, program)
    arrays: list[Any] = [
        xp.reshape(part, (1, 1, *source.shape)) if source.is_fixed else None
        for source, part in zip(kinds(program), found.parts, strict=True)
    ]
    for source in program.sources[len(arrays) :]:
        arrays.append(_made(xp, source, arrays) if source.is_fixed else None)
    return found._replace(products=arrays[len(found.parts) :])


def _made(xp: ArrayBackend[Any], source: Source, arrays: Sequence[Any]) -> Any:
    """Return the values of a source that is made from others, or of a permutation."""
    if isinstance(source, Permutation):
        return xp.asarray(source.indices, dtype=index_dtype(xp), device=xp.device)
    if isinstance(source, Kronecker):
        first, second = kronecker_factors(source, arrays)
        product = first[:, :, :, None, :, None] * second[:, :, None, :, None, :]
        return xp.reshape(product, (source.n_members, -1, *source.shape))
    assert isinstance(source, Product)
    made = run_routine(xp, source.routine, product_members(source, arrays), None)
    return xp.reshape(made, (source.n_members, -1, *source.shape))


def kronecker_factors(source: Kronecker, arrays: Sequence[Any], /) -> list[Any]:
    """Return the members of both factors, shape (n_members or 1, batch or 1, d, d)."""
    found = []
    for operand in source.operands:
        array, stop = arrays[operand.source], operand.start + source.n_members
        is_whole = array.shape[0] in (1, source.n_members)
        found.append(array if is_whole else array[operand.start : stop, ...])
    return found


def product_members(product: Product | Kronecker, arrays: Sequence[Any], /) -> Members:
    """Return what the routine of a product sees: its batch is that of its factors."""
    sizes = [arrays[source].shape[1] for source in product.factors]
    return Members(arrays, product.n_members, next((size for size in sizes if size != 1), 1))


# Steps


def zero_state(xp: ArrayBackend[Any], n_qubits: int, batch: int, /) -> Any:
    """Return |0...0>, shape (batch, 2**n_qubits)."""
    first = xp.ones((batch, 1), dtype=complex_dtype(xp), device=xp.device)
    rest = xp.zeros((batch, 2**n_qubits - 1), dtype=complex_dtype(xp), device=xp.device)
    return xp.concat([first, rest], axis=1)


def run_routine(
    xp: ArrayBackend[Any], routine: Routine, members: Members, state: Any, /, *,
    is_owned: bool = False,
) -> Any:  # fmt: skip
    """
    Run a routine on a state (batch, size), which it may overwrite if that is its own.

    On |0...0> if it is None, which nobody else holds in memory then.
    """
    if routine.initial is not None:
        state = initial_value(xp, routine, members)
        return run_steps(xp, routine.steps, members, state, is_owned=False)
    if state is None:
        state = functools.partial(zero_state, xp, routine.size.bit_length() - 1, members.batch)
    return run_steps(xp, routine.steps, members, state, is_owned=is_owned)


def run_steps(
    xp: ArrayBackend[Any], steps: Sequence[Step], members: Members, state: Any, /, *,
    is_owned: bool,
) -> Any:  # fmt: skip
    """
    Run steps on states (batch, size), or on what a function makes that is called first.

    Where the library can write into arrays, a state that is no longer needed takes the next one
    but one, so that there are two in turns; `is_owned` says whether `state` is to be kept.
    """
    if callable(state):
        state, is_owned = state(), True
    size = math.prod(state.shape)
    writes, spare, place = xp.capabilities.writes_out and size >= WORTH_REUSE, None, 0
    length = slice_length(xp)
    while place < len(steps):
        step, result = steps[place], None
        together = _steps_in_slices(steps[place:], state, length) if writes else []
        if len(together) > 1:
            result = _run_in_slices(xp, together, members, state, spare, length)
        if result is None:
            together = []
            if not isinstance(step, Dense):
                spare = None  # frees it before the step makes an array of its own
            result = apply_step(xp, step, members, state, spare)
        if not isinstance(step, Exchange):
            spare = state if writes and is_owned else None
            is_owned = True
        # The state lives on in the result of an exchange, which may be a view.
        state = result
        place += max(len(together), 1)
    return state


def initial_value(xp: ArrayBackend[Any], routine: Routine, members: Members, /) -> Any:
    """Return the value that a routine starts from, shape (n_members * batch, size)."""
    assert routine.initial is not None
    state = members.pick(xp, routine.initial)
    state = xp.reshape(state, (state.shape[0], routine.size))
    return xp.broadcast_to(state, (members.n_members * members.batch, routine.size))


def slice_length(xp: ArrayBackend[Any], /) -> int:
    """Return how many amplitudes of a state stay in the cache while something is made of them."""
    return _SLICE if xp.precision == "single" else _SLICE // 2


def apply_step(
    xp: ArrayBackend[Any], step: Step, members: Members, state: Any, spare: Any = None, /
) -> Any:
    """Apply a step to states (batch, size); the result may take the place of a spare array."""
    batch, size = state.shape
    if spare is not None and spare.shape != state.shape:
        spare = None
    if isinstance(step, Dense):
        result = _multiply(xp, step, members.pick(xp, step.operand), state, spare)
    elif isinstance(step, Exchange):
        result = _exchanged(xp, step, state)
    elif isinstance(step, Gather):
        return xp.take(state, members.arrays[step.operand.source], axis=1)
    elif isinstance(step, Diagonal):
        diagonal = members.pick(xp, step.operand)
        shape = (length if kept else 1 for length, kept in zip(step.shape, step.kept, strict=True))
        diagonal = xp.reshape(diagonal, (diagonal.shape[0], *shape))
        result = diagonal * xp.reshape(state, (batch, *step.shape))
    elif isinstance(step, Flip):
        weights = members.pick(xp, step.operand)
        result = weights[:, :1] * state + weights[:, 1:] * flip(xp, step, state)
    else:
        part = part_of(xp, step, state)
        for inner in step.steps:
            part = apply_step(xp, inner, members, part)
        result = put_part(xp, step, state, part)
    if isinstance(step, Dense) and result.ndim == 2 and result.shape[1] == size:
        return result
    return xp.reshape(result, (-1, size))


def _multiply(xp: ArrayBackend[Any], step: Dense, matrix: Any, state: Any, spare: Any) -> Any:
    x1, x2, shape = _factors(xp, step, matrix, state)
    if spare is None or matrix.shape[0] > state.shape[0]:
        return xp.matmul(x1, x2)
    return xp.matmul_into(x1, x2, out=xp.reshape(spare, shape))


def _factors(
    xp: ArrayBackend[Any], step: Dense, matrix: Any, state: Any
) -> tuple[Any, Any, tuple[int, ...]]:
    """Return the factors of a dense step, on states or slices, and the shape of the product."""
    batch, size = state.shape
    left = size // (step.dimension * step.right)
    shape: tuple[int, ...]
    if step.right == 1 and matrix.shape[0] == 1:
        shape = (batch * left, step.dimension)  # a plain product costs less than a stack of one
        view = state if left == 1 else xp.reshape(state, shape)
        return view, xp.matrix_transpose(matrix[0, ...]), shape
    if step.right == 1:
        shape = (batch, left, step.dimension)
        return xp.reshape(state, shape), xp.matrix_transpose(matrix), shape
    if left == 1:
        shape = (batch, step.dimension, step.right)
        return matrix, xp.reshape(state, shape), shape
    shape = (batch, left, step.dimension, step.right)
    return matrix[:, None, :, :], xp.reshape(state, shape), shape


def _steps_in_slices(steps: Sequence[Step], state: Any, length: int) -> list[Dense]:
    """Return the first steps, as far as they act within slices of so many amplitudes."""
    found: list[Dense] = []
    if state.shape[0] == 1 and state.shape[1] > length:
        for step in steps:
            if not isinstance(step, Dense) or step.dimension * step.right > length:
                break
            found.append(step)
    return found


def _run_in_slices(
    xp: ArrayBackend[Any], steps: Sequence[Dense], members: Members, state: Any, spare: Any,
    length: int,
) -> Any:  # fmt: skip
    """
    Run dense steps on one slice of a state after the other, which stays in the cache meanwhile.

    Returns None if the library does not write into arrays just now.
    """
    out = xp.empty_like(state) if spare is None else spare
    buffers = [xp.empty_like(state[:, :length]) for _ in range(2)]
    matrices = [members.pick(xp, step.operand) for step in steps]
    for start in range(0, state.shape[1], length):
        part = state[:, start : start + length]
        for place, (step, matrix) in enumerate(zip(steps, matrices, strict=True)):
            target = buffers[place % 2]
            if place == len(steps) - 1:
                target = out[:, start : start + length]
            x1, x2, shape = _factors(xp, step, matrix, part)
            view = xp.reshape(target, shape)
            if xp.matmul_into(x1, x2, out=view) is not view:
                return None
            part = target
    return out


def _exchanged(xp: ArrayBackend[Any], step: Exchange, state: Any) -> Any:
    """
    Return states with their axes permuted.

    A library that has no compiler copies a view of many axes slowly, element by element: there
    amplitudes, or rows of them that stay together, are taken by their places. The places of a large
    state would take as much memory as a state.
    """
    batch, size = state.shape
    if not xp.capabilities.writes_out or not WORTH_REUSE <= size <= _LARGEST_TAKEN:
        axes = (0, *(axis + 1 for axis in step.axes))
        return xp.permute_dims(xp.reshape(state, (batch, *step.shape)), axes)
    *tables, row = _row_places(step)
    upper, lower = (xp.asarray(t, dtype=index_dtype(xp), device=xp.device) for t in tables)
    places = xp.reshape(upper[:, None] + lower[None, :], (-1,))
    rows = state if row == 1 else xp.reshape(state, (batch, size // row, row))
    return xp.take(rows, places, axis=1)


@functools.lru_cache(maxsize=256)
def _row_places(step: Exchange) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """
    Return where the rows of a state go that an exchange leaves together, and how long they are.

    The places are the sums of those of the upper and the lower half of the bits of a row's number.
    """
    row = step.shape[-1] if step.axes[-1] == len(step.shape) - 1 else 1
    strides: list[int] = []
    for axis in step.axes:
        stride = math.prod(step.shape[axis + 1 :]) // row
        length = step.shape[axis]
        while stride and (length := length // 2):
            strides.append(stride * length)
    half = len(strides) // 2
    return _sums(strides[:half]), _sums(strides[half:]), row


def _sums(strides: Sequence[int]) -> tuple[int, ...]:
    """Return the sums of the strides whose bits are set in 0, 1, ...; the first is the leading."""
    found = [0]
    for stride in reversed(strides):
        found += [place + stride for place in found]
    return tuple(found)


def flip(xp: ArrayBackend[Any], step: Flip, state: Any, /) -> Any:
    """Return the image of states (batch, size) under the Pauli string of a step."""
    batch, size = state.shape
    n_lower = step.n_qubits // 2
    axes = tuple(axis + 1 for axis in step.flipped)
    image = xp.flip(xp.reshape(state, (batch, *step.shape)), axis=axes) if axes else state
    image = xp.reshape(image, (batch, -1, 2**n_lower))
    options = {"dtype": state.dtype, "device": xp.device}
    upper = xp.asarray(_signs(step.signs >> n_lower, step.n_qubits - n_lower), **options)
    lower = xp.asarray(_signs(step.signs & (2**n_lower - 1), n_lower), **options)
    return xp.reshape((step.phase * upper)[:, None] * (lower * image), (batch, size))


@functools.lru_cache(maxsize=64)
def _signs(mask: int, n_bits: int) -> tuple[complex, ...]:
    """Return (-1)**(number of ones in a & mask) for all numbers a of so many bits."""
    signs: tuple[complex, ...] = (1 + 0j,)
    for bit in range(n_bits):
        sign = -1 if mask >> bit & 1 else 1
        signs = (*signs, *(sign * entry for entry in signs))
    return signs


def part_of(xp: ArrayBackend[Any], step: Controlled, state: Any, /) -> Any:
    """Return the part of states (batch, size) on which a controlled step acts."""
    states = dict(step.states)
    index = (states.get(axis, slice(None)) for axis in range(len(step.shape)))
    part = xp.reshape(state, (state.shape[0], *step.shape))[:, *index]
    return xp.reshape(part, (state.shape[0], state.shape[1] >> len(states)))


def put_part(xp: ArrayBackend[Any], step: Controlled, state: Any, part: Any, /) -> Any:
    """Return states with another part in the place of `part_of`."""
    states = dict(step.states)
    view = xp.reshape(state, (state.shape[0], *step.shape))
    whole = [1 if axis in states else length for axis, length in enumerate(step.shape)]
    part = xp.reshape(part, (state.shape[0], *whole))
    # From the innermost control outwards: the part joins its other half.
    for place in reversed(range(len(step.states))):
        axis, value = step.states[place]
        fixed = dict(step.states[:place])
        index = [
            slice(fixed[a], fixed[a] + 1) if a in fixed else slice(None)
            for a in range(len(step.shape))
        ]
        index[axis] = slice(1 - value, 2 - value)
        other = view[:, *index]
        part = xp.concat([other, part] if value else [part, other], axis=axis + 1)
    return xp.reshape(part, state.shape)
