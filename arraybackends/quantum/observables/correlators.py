"""Expectation values of many Pauli strings in one pass for each set of flipped bits.

For a state psi, or a density matrix rho, let w_x[a] = psi*[a] psi[a ^ x] or rho[a ^ x, a]. Then

    <P> = Re (-i)**|x & z| sum_a (-1)**|a & z| w_x[a]

where the phase picks the real or the imaginary part of w_x: a *row* of real numbers, shared by all
strings with the same X-mask and the same part. The sum over a is a matrix product with signs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from arraybackends.quantum.dtype import index_dtype
from arraybackends.quantum.observables.action import (
    Flip,
    flip,
    flip_sources,
    gather_flipped,
    pad_to_powers,
    signs,
)
from arraybackends.quantum.observables.strings import PauliString, phase

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["string_expectations", "string_traces"]

_Rows: TypeAlias = Callable[[Sequence[int], bool], Any]
"""Rows of some X-masks, shape (count, masks, 2**n_qubits), real: the real or imaginary parts."""

_ELEMENTS_AT_ONCE = 2**20
"""Elements of w_x made in one pass."""


def string_expectations(
    xp: ArrayBackend[Any], n_qubits: int, strings: Sequence[PauliString], states: Any, /
) -> Any:
    """Return <P> for states (*batch, 2**n_qubits): shape (*batch, n_strings), real."""
    size = 2**n_qubits
    flat = xp.reshape(states, (-1, size))

    def rows(masks: Sequence[int], is_imaginary: bool) -> Any:
        if len(masks) > 1:
            moved, still = gather_flipped(xp, flat, n_qubits, masks), flat[:, None, :]
        else:
            moved = flip(xp, flat, n_qubits, masks[0])
            still = xp.reshape(flat, moved.shape)
        if is_imaginary:
            product = xp.real(still) * xp.imag(moved) - xp.imag(still) * xp.real(moved)
        else:
            product = xp.real(still) * xp.real(moved) + xp.imag(still) * xp.imag(moved)
        return xp.reshape(product, (-1, len(masks), size))

    values = _sum_rows(xp, n_qubits, strings, flat, rows)
    return xp.reshape(values, (*states.shape[:-1], len(strings)))


def string_traces(
    xp: ArrayBackend[Any], n_qubits: int, strings: Sequence[PauliString], density: Any, /
) -> Any:
    """Return Re tr(rho P) for rho (*batch, 2**n_qubits, 2**n_qubits): (*batch, n_strings)."""
    size = 2**n_qubits
    flat = xp.reshape(density, (-1, size, size))

    def rows(masks: Sequence[int], is_imaginary: bool) -> Any:
        sources = flip_sources(xp, n_qubits, masks, xp.device_of(flat))
        shape = (flat.shape[0], *sources.shape)
        elements = xp.take_along_axis(flat, xp.broadcast_to(sources, shape), axis=1)
        return xp.imag(elements) if is_imaginary else xp.real(elements)

    values = _sum_rows(xp, n_qubits, strings, flat, rows)
    return xp.reshape(values, (*density.shape[:-2], len(strings)))


def _sum_rows(
    xp: ArrayBackend[Any], n_qubits: int, strings: Sequence[PauliString], flat: Any, rows: _Rows
) -> Any:
    """Sum w_x with the signs of each string, shape (count, n_strings)."""
    at_once = max(_ELEMENTS_AT_ONCE // (max(flat.shape[0], 1) * 2**n_qubits), 1)
    parts, order = [], []
    for is_imaginary, groups in zip((False, True), _group(strings), strict=True):
        for group in groups:
            for start in range(0, len(group), at_once):
                some = group[start : start + at_once]
                row = rows([flip.x_mask for flip in some], is_imaginary)
                parts.append(_transform(xp, n_qubits, some, row))
                order += [position for flip in some for position in flip.positions]
    if not parts:
        return xp.zeros((flat.shape[0], 0), dtype=xp.real(flat).dtype, device=xp.device_of(flat))
    places = {position: place for place, position in enumerate(order)}
    sources = [places[position] for position in range(len(strings))]
    values = parts[0] if len(parts) == 1 else xp.concat(parts, axis=1)
    return xp.take(
        values, xp.asarray(sources, dtype=index_dtype(xp), device=xp.device_of(flat)), axis=1
    )


def _group(strings: Sequence[PauliString]) -> list[tuple[tuple[Flip, ...], ...]]:
    """Strings by X-mask: those that need the real part, and those that need the imaginary one."""
    groups: list[dict[int, list[int]]] = [{}, {}]
    for position, (x, z) in enumerate(strings):
        groups[(x & z).bit_count() % 2].setdefault(x, []).append(position)
    none = len(strings)
    return [
        pad_to_powers(
            [
                Flip(
                    mask,
                    tuple(strings[position][1] for position in positions),
                    tuple(positions),
                    tuple(_sign(strings[position]) for position in positions),
                )
                for mask, positions in by_mask.items()
            ],
            none,
        )
        for by_mask in groups
    ]


def _sign(string: PauliString) -> float:
    """Sign with which the real or imaginary part of the sum counts: Re(-i w) = Im w."""
    factor = complex(phase(string))
    return factor.real - factor.imag


def _transform(xp: ArrayBackend[Any], n_qubits: int, flips: tuple[Flip, ...], rows: Any) -> Any:
    """Sum rows (count, flips, 2**n_qubits) with the signs of each string: (count, strings)."""
    device, dtype = xp.device_of(rows), rows.dtype
    z_masks = xp.asarray([flip.z_masks for flip in flips], dtype=index_dtype(xp), device=device)
    n_lower = n_qubits // 2
    n_upper = n_qubits - n_lower
    upper = signs(xp, xp.bitwise_right_shift(z_masks, n_lower), n_upper, dtype)
    lower = signs(xp, xp.bitwise_and(z_masks, 2**n_lower - 1), n_lower, dtype)
    view = xp.reshape(rows, (*rows.shape[:2], 2**n_upper, 2**n_lower))
    partial = xp.matmul(view, xp.matrix_transpose(lower))
    values = xp.sum(partial * xp.matrix_transpose(upper), axis=2)
    phases = [flip.phases for flip in flips]
    values = values * xp.asarray(phases, dtype=dtype, device=device)
    return xp.reshape(values, (values.shape[0], math.prod(values.shape[1:])))
