"""Weighted sums of Pauli strings, applied to states in few passes and without matrices.

What the passes are depends on the strings alone, and is planned in integers:

- a *window* of a few neighbouring qubits takes all strings that fit into it: a small dense block,
  one matrix product with the state;
- all other strings with the same X-mask share a *flip*: they move an amplitude to the same place,
  and the sum of their signs is a diagonal. Where states are small, many flips go in one pass.

The coefficients are an array, so that derivatives flow into them too.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.dtype import complex_dtype, index_dtype, real_dtype
from arraybackends.quantum.observables.strings import PauliString, phase

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Action", "Flip", "Window", "apply_action", "flip", "flip_sources", "gather_flipped"]
__all__ += ["pad_to_powers", "plan_action", "prepare_action", "signs"]

_WINDOW = 5
"""Qubits of the widest window: a block of 32 rows is about as fast to apply as one to copy."""

_WORTH_A_WINDOW = 3
"""Flips that a window must save: a matrix product costs about as much as that many."""

_ELEMENTS_AT_ONCE = 2**18
"""Amplitudes gathered in one pass; bounds the temporaries of small states to some 10 MB."""

_ELEMENTS_KEPT = 2**21
"""Numbers that `prepare_action` keeps for many calls; larger diagonals are made in each."""


class Window(NamedTuple):
    """Strings on neighbouring qubits: where in the table of all strings of the window they are."""

    first_bit: int
    n_bits: int
    positions: tuple[int, ...]  # of strings in the sum; one after the last stands for "none"
    phases: tuple[complex, ...]


class Flip(NamedTuple):
    """All strings with one X-mask, padded by "none" to a power of two."""

    x_mask: int
    z_masks: tuple[int, ...]
    positions: tuple[int, ...]
    phases: tuple[complex, ...]


class Action(NamedTuple):
    """How a sum of strings is applied; `flips` by the number of their strings."""

    n_qubits: int
    windows: tuple[Window, ...]
    flips: tuple[tuple[Flip, ...], ...]

    @property
    def n_passes(self) -> int:
        """Products of the state with a block or with a diagonal."""
        return len(self.windows) + sum(map(len, self.flips))


# Planning


def plan_action(n_qubits: int, strings: Sequence[PauliString], /) -> Action:
    """Plan the action of a sum of distinct strings."""
    by_mask: dict[int, list[int]] = {}
    for position, (x, _) in enumerate(strings):
        by_mask.setdefault(x, []).append(position)
    windows: list[tuple[int, list[int]]] = []
    for low, masks in _windows(by_mask, strings):
        windows.append((low, [position for mask in masks for position in by_mask.pop(mask)]))
    _move_signs(by_mask, windows, strings)
    flips = [
        Flip(
            mask,
            tuple(strings[position][1] for position in positions),
            tuple(positions),
            tuple(phase(strings[position]) for position in positions),
        )
        for mask, positions in by_mask.items()
    ]
    blocks = tuple(_window(low, inside, strings) for low, inside in windows)
    return Action(n_qubits, blocks, pad_to_powers(flips, len(strings)))


def _windows(
    by_mask: dict[int, list[int]], strings: Sequence[PauliString]
) -> list[tuple[int, list[int]]]:
    """Choose windows, each with its lowest bit and the X-masks whose strings all lie in it."""
    spans = {}
    for mask, positions in by_mask.items():
        support = 0
        for position in positions:
            support |= strings[position][0] | strings[position][1]
        low = (support & -support).bit_length() - 1 if support else 0
        if mask and support.bit_length() - low <= _WINDOW:
            spans[mask] = (low, support.bit_length())
    chosen: list[tuple[int, list[int]]] = []
    while spans:  # the window that starts at the lowest bit left covers all it can
        low = min(start for start, _ in spans.values())
        inside = [mask for mask, (_, end) in spans.items() if end <= low + _WINDOW]
        if len(inside) >= _WORTH_A_WINDOW:
            chosen.append((low, inside))
        for mask in inside:
            del spans[mask]
    return chosen


def _move_signs(
    by_mask: dict[int, list[int]], windows: list[tuple[int, list[int]]],
    strings: Sequence[PauliString],
) -> None:  # fmt: skip
    """Move the strings without X into windows if these hold them all, which saves a pass."""
    homes = []
    for position in by_mask.get(0, ()):
        z = strings[position][1]
        fitting = [
            inside
            for low, inside in windows
            if not z or not (z & -(1 << low + _WINDOW) or z % (1 << low))
        ]
        if not fitting:
            return
        homes.append((fitting[0], position))
    for inside, position in homes:
        inside.append(position)
    if homes:
        del by_mask[0]


def _window(low: int, inside: Sequence[int], strings: Sequence[PauliString]) -> Window:
    n_bits = max((strings[p][0] | strings[p][1]).bit_length() for p in inside) - low
    positions = [len(strings)] * 4**n_bits
    phases = [1 + 0j] * 4**n_bits
    for position in inside:
        x, z = (mask >> low for mask in strings[position])
        positions[x << n_bits | z] = position
        phases[x << n_bits | z] = phase(strings[position])
    return Window(low, n_bits, tuple(positions), tuple(phases))


def pad_to_powers(flips: Iterable[Flip], none: int, /) -> tuple[tuple[Flip, ...], ...]:
    """Pad each flip by strings "none" to a power of two, and sort the flips by that power."""
    by_size: dict[int, list[Flip]] = {}
    for x_mask, z_masks, positions, phases in flips:
        size = 1 << (len(z_masks) - 1).bit_length()
        rest = size - len(z_masks)
        padded = Flip(
            x_mask, z_masks + (0,) * rest, positions + (none,) * rest, phases + (1,) * rest
        )
        by_size.setdefault(size, []).append(padded)
    return tuple(map(tuple, by_size.values()))


# Execution


def apply_action(xp: ArrayBackend[Any], action: Action, coefficients: Any, states: Any, /) -> Any:
    """Apply a sum with coefficients (n_strings,) to states (*batch, 2**n_qubits)."""
    count = math.prod(states.shape[:-1])
    device = xp.device_of(states)
    padded = _padded(xp, coefficients)
    passes = _passes(xp, action, padded, count, device)
    return _add_passes(xp, states, (make() for make in passes))


def prepare_action(
    xp: ArrayBackend[Any], action: Action, coefficients: Any, /
) -> Callable[[Any], Any]:
    """Return `apply_action` for states on the device of `xp`, with small matrices made once."""
    n_flips = sum(map(len, action.flips))
    if n_flips * 2**action.n_qubits > _ELEMENTS_KEPT:
        return lambda states: apply_action(xp, action, coefficients, states)
    made = [make() for make in _passes(xp, action, _padded(xp, coefficients), 1, xp.device)]
    return lambda states: _add_passes(xp, states, made)


def _padded(xp: ArrayBackend[Any], coefficients: Any) -> Any:
    """Append the coefficient of the string "none"."""
    return xp.concat([coefficients, xp.zeros_like(coefficients[:1])])


def _passes(
    xp: ArrayBackend[Any], action: Action, coefficients: Any, count: int, device: Any
) -> Sequence[Callable[[], Callable[[Any], Any]]]:
    """Return what makes the passes; each takes states (count, 2**n_qubits)."""
    n = action.n_qubits
    passes = [
        functools.partial(_block_pass, xp, window, coefficients, device)
        for window in action.windows
    ]
    at_once = max(_ELEMENTS_AT_ONCE // (max(count, 1) * 2**n), 1)
    for flips in action.flips:
        for start in range(0, len(flips), at_once):
            some = flips[start : start + at_once]
            passes.append(functools.partial(_flip_pass, xp, n, some, coefficients, device))
    return passes


def _add_passes(xp: ArrayBackend[Any], states: Any, passes: Iterable[Callable[[Any], Any]]) -> Any:
    flat = xp.reshape(states, (-1, states.shape[-1]))
    total = None
    for apply in passes:
        part = apply(flat)
        total = part if total is None else total + part
    return xp.zeros_like(states) if total is None else xp.reshape(total, states.shape)


def _block_pass(
    xp: ArrayBackend[Any], window: Window, coefficients: Any, device: Any
) -> Callable[[Any], Any]:
    """Return the product with the matrix of a window."""
    size, right = 2**window.n_bits, 2**window.first_bit
    block = _block(xp, window, coefficients, device)

    def apply(states: Any) -> Any:
        matrix = xp.astype(block, states.dtype, copy=False)
        if right == 1:
            view = xp.matmul(xp.reshape(states, (-1, size)), xp.matrix_transpose(matrix))
        else:
            view = xp.matmul(matrix, xp.reshape(states, (-1, size, right)))
        return xp.reshape(view, states.shape)

    return apply


def _block(xp: ArrayBackend[Any], window: Window, coefficients: Any, device: Any) -> Any:
    """Return the matrix of a window: element (a, b) is in the diagonal of X-mask a ^ b."""
    dtype, size = complex_dtype(xp), 2**window.n_bits
    positions = xp.asarray(window.positions, dtype=index_dtype(xp), device=device)
    weights = xp.astype(xp.take(coefficients, positions), dtype)
    weights = weights * xp.asarray(window.phases, dtype=dtype, device=device)
    index = xp.arange(size, dtype=index_dtype(xp), device=device)
    table = xp.astype(signs(xp, index, window.n_bits, real_dtype(xp)), dtype)
    diagonals = xp.matmul(xp.reshape(weights, (size, size)), table)
    sources = xp.bitwise_xor(index[:, None], index) * size + index[:, None]
    flat = xp.take(xp.reshape(diagonals, (-1,)), xp.reshape(sources, (-1,)))
    return xp.reshape(flat, (size, size))


def _flip_pass(
    xp: ArrayBackend[Any], n_qubits: int, flips: tuple[Flip, ...], coefficients: Any, device: Any
) -> Callable[[Any], Any]:
    """Return the sum of the products of flipped states with diagonals."""
    factors = _diagonals(xp, n_qubits, flips, coefficients, device)
    masks = tuple(flip.x_mask for flip in flips)

    def apply(states: Any) -> Any:
        of_kind = _as_kind_of(xp, factors, states)
        if len(masks) > 1:
            moved = gather_flipped(xp, states, n_qubits, masks)
            return xp.sum(of_kind * moved, axis=1)
        moved = flip(xp, states, n_qubits, masks[0])
        if of_kind.shape[1] > 1:
            of_kind = xp.reshape(of_kind, (1, *moved.shape[1:]))
        else:
            of_kind = of_kind[0, 0]
        return xp.reshape(of_kind * moved, states.shape)

    return apply


def gather_flipped(
    xp: ArrayBackend[Any], states: Any, n_qubits: int, x_masks: Sequence[int], /
) -> Any:
    """Return psi[a ^ x] for each mask, shape (count, masks, 2**n_qubits)."""
    sources = flip_sources(xp, n_qubits, x_masks, xp.device_of(states))
    moved = xp.take(states, xp.reshape(sources, (-1,)), axis=1)
    return xp.reshape(moved, (states.shape[0], *sources.shape))


def flip_sources(
    xp: ArrayBackend[Any], n_qubits: int, x_masks: Sequence[int], device: Any, /
) -> Any:
    """Return a ^ x for each mask and index, shape (masks, 2**n_qubits)."""
    masks = xp.asarray(x_masks, dtype=index_dtype(xp), device=device)
    return xp.bitwise_xor(
        masks[:, None], xp.arange(2**n_qubits, dtype=index_dtype(xp), device=device)
    )


def flip(xp: ArrayBackend[Any], states: Any, n_qubits: int, x_mask: int, /) -> Any:
    """Return psi[a ^ x] for one mask; the axes after the first are runs of qubits."""
    shape, axes = _runs(x_mask, n_qubits)
    view = xp.reshape(states, (states.shape[0], *shape))
    return xp.flip(view, axis=tuple(axis + 1 for axis in axes)) if axes else view


def _runs(mask: int, n_qubits: int, /) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a shape whose axes are runs of equal bits, and the axes where they are set."""
    shape: list[int] = []
    axes: list[int] = []
    before = None
    for bit in reversed(range(n_qubits)):
        is_set = mask >> bit & 1
        if is_set == before:
            shape[-1] *= 2
        else:
            axes += [len(shape)] if is_set else []
            shape.append(2)
        before = is_set
    return tuple(shape), tuple(axes)


def _diagonals(
    xp: ArrayBackend[Any], n_qubits: int, flips: tuple[Flip, ...], coefficients: Any, device: Any
) -> Any:
    """
    Return sum_z c_z (-1)**|a & z| for each flip and index a, shape (flips, 2**n_qubits or 1).

    The sign is a product of those of the upper and the lower bits of a, so that the sum over z is a
    matrix product; a real one where coefficients and phases are real.
    """
    is_real = not any(complex(p).imag for flip in flips for p in flip.phases)
    is_real = is_real and xp.isdtype(coefficients.dtype, "real floating")
    dtype = real_dtype(xp) if is_real else complex_dtype(xp)
    positions = xp.asarray([flip.positions for flip in flips], dtype=index_dtype(xp), device=device)
    weights = xp.take(coefficients, xp.reshape(positions, (-1,)))
    weights = xp.astype(xp.reshape(weights, positions.shape), dtype)
    phases = [[p.real if is_real else p for p in map(complex, flip.phases)] for flip in flips]
    weights = weights * xp.asarray(phases, dtype=dtype, device=device)
    if not any(z for flip in flips for z in flip.z_masks):
        return xp.sum(weights, axis=1, keepdims=True)
    z_masks = xp.asarray([flip.z_masks for flip in flips], dtype=index_dtype(xp), device=device)
    n_lower = n_qubits // 2
    upper = signs(xp, xp.bitwise_right_shift(z_masks, n_lower), n_qubits - n_lower, dtype)
    lower = signs(xp, xp.bitwise_and(z_masks, 2**n_lower - 1), n_lower, dtype)
    weighted = xp.matrix_transpose(upper * weights[:, :, None])
    return xp.reshape(xp.matmul(weighted, lower), (len(flips), -1))


def signs(xp: ArrayBackend[Any], masks: Any, n_bits: int, dtype: Any, /) -> Any:
    """Return (-1)**|mask & a| for all numbers a of `n_bits` bits, along a new last axis."""
    index = xp.arange(2**n_bits, dtype=masks.dtype, device=xp.device_of(masks))
    parity = xp.bitwise_and(masks[..., None], index)
    shift = 1 << max(n_bits - 1, 0).bit_length() >> 1
    while shift:
        parity = xp.bitwise_xor(parity, xp.bitwise_right_shift(parity, shift))
        shift >>= 1
    return xp.astype(1 - 2 * xp.bitwise_and(parity, 1), dtype)


def _as_kind_of(xp: ArrayBackend[Any], factors: Any, states: Any) -> Any:
    """Cast factors to the precision of states, but let real ones be real."""
    if not xp.isdtype(factors.dtype, "real floating"):
        return xp.astype(factors, states.dtype, copy=False)
    single = xp.dtype_name(states.dtype) == "complex64"
    return xp.astype(factors, xp.float32 if single else xp.float64, copy=False)
