"""Blocks of amplitudes: packed, unpacked as tiles, and run through stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.dtype import index_dtype
from arraybackends.quantum.execution.execution import given_arrays
from arraybackends.quantum.execution.step import Members, prepare, run_routine, values, zero_state
from arraybackends.quantum.half.layout import Layout
from arraybackends.quantum.half.stages import Stage
from arraybackends.quantum.planning.plan import plan

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["copied", "cut", "joined", "run_stage", "scale_of", "unpacked_tiles", "zero_blocks"]


_LARGEST_EXPONENT = 15
"""Of the scale: float16 ends at 65504, and a single amplitude may have modulus 1."""


def scale_of(n_qubits: int, /) -> float:
    """
    Return the power of two by which amplitudes are multiplied before they are packed.

    Their root mean square is then about 1, far from where float16 numbers lose digits.
    """
    return 2.0 ** min(n_qubits // 2, _LARGEST_EXPONENT)


def zero_blocks(xp: ArrayBackend[Any], layout: Layout, /) -> list[Any]:
    """Return |0...0>: blocks (1, 2**n_inner), packed. All but the first are one array."""
    first = zero_state(xp, layout.n_inner, 1) * scale_of(layout.n_qubits)
    empty = xp.pack_half(xp.zeros_like(first))
    return [xp.pack_half(first), *[empty] * (2**layout.n_outer - 1)]


def copied(xp: ArrayBackend[Any], blocks: Sequence[Any], count: int, /) -> list[Any]:
    """
    Return the same blocks (1 or count, size) as (count, size), which may be written into.

    They are parts of one array, since many small ones would leave gaps in the memory.
    """
    shape = (count, blocks[0].shape[-1])
    whole = xp.stack([xp.broadcast_to(block, shape) for block in blocks])
    return [whole[number, ...] for number in range(len(blocks))]


def cut(xp: ArrayBackend[Any], layout: Layout, state: Any, /) -> list[Any]:
    """Return the blocks of states (batch, 2**n_qubits)."""
    size = 2**layout.n_inner
    scale = scale_of(layout.n_qubits)
    return [
        xp.pack_half(state[:, start : start + size] * scale)
        for start in range(0, 2**layout.n_qubits, size)
    ]


def joined(xp: ArrayBackend[Any], blocks: Sequence[Any], numbers: Sequence[int], /) -> Any:
    """Return some blocks in complex64, side by side, scaled."""
    if len(numbers) == 1:
        return xp.unpack_half(blocks[numbers[0]])
    return xp.unpack_half(xp.concat([blocks[number] for number in numbers], axis=1))


def unpacked_tiles(
    xp: ArrayBackend[Any], layout: Layout, blocks: Sequence[Any], masks: Sequence[int], /
) -> Iterator[tuple[int, Any]]:
    """Yield for each tile the number of its first block, and its amplitudes, scaled."""
    for numbers in layout.tiles(masks):
        yield numbers[0], joined(xp, blocks, numbers)


def run_stage(
    xp: ArrayBackend[Any], layout: Layout, stage: Stage, blocks: list[Any], angles: Any,
    matrices: Sequence[Any], /,
) -> None:  # fmt: skip
    """
    Replace all blocks in a list by those after a stage, each rounded once.

    Parameters
    ----------
    xp : ArrayBackend
        In single precision.
    layout : Layout
    stage : Stage
    blocks : list of array, shape (batch, 2**n_inner), packed
        Written into.
    angles : array, shape (n_angles, batch), real
    matrices : sequence of array or nested tuple
        Of the circuit, by slot.
    """
    program = plan(stage.structure)
    given = given_arrays(xp, program, [matrices[slot] for slot in stage.matrices])
    slots = xp.asarray(stage.angles, dtype=index_dtype(xp), device=xp.device)
    own = xp.take(angles, slots, axis=0) if stage.angles else angles[:0, :]
    members = Members(values(xp, program, prepare(xp, program), own, given), 1, angles.shape[1])
    size = 2**layout.n_inner
    for numbers in layout.tiles(stage.masks):
        tile = joined(xp, blocks, numbers)
        tile = run_routine(xp, program.routine, members, tile, is_owned=True)
        for place, number in enumerate(numbers):
            part = tile[:, place * size : (place + 1) * size]
            blocks[number] = xp.pack_half(part, out=blocks[number])
