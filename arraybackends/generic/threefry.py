"""Threefry-2x32 with 20 rounds: a random function of a 64-bit key and a 64-bit counter.

Words are int32 arrays read as two's complement, because every library adds, shifts and masks int32
(PyTorch has no uint32 arithmetic, JAX in single precision no int64) and all wrap on overflow.

Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC'11 (2011), section 4.2.
"""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["Words", "signed", "threefry2x32"]

Words: TypeAlias = tuple[Any, Any]
"""A 64-bit number as two int32 arrays: high word, low word."""

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def threefry2x32(key: Words, counter: Words, /) -> Words:
    """Return the random words that belong to `counter` under `key`; they broadcast, not 0-d."""
    schedule = (*key, key[0] ^ key[1] ^ _PARITY)
    x0, x1 = counter[0] + key[0], counter[1] + key[1]
    for group in range(5):
        for distance in _ROTATIONS[group % 2]:
            x0 = x0 + x1
            x1 = _rotate(x1, distance) ^ x0
        x0 = x0 + schedule[(group + 1) % 3]
        x1 = x1 + schedule[(group + 2) % 3] + (group + 1)
    return x0, x1


def _rotate(x: Any, distance: int) -> Any:
    # int32 shifts its sign in from the left; the mask takes it away again.
    return (x << distance) | ((x >> (32 - distance)) & ((1 << distance) - 1))


def signed(word: int, /) -> int:
    """Return the int32 whose bits are those of a number in [0, 2**32)."""
    return (word ^ 0x8000_0000) - 0x8000_0000
