"""Whether a state fits, in Python integers and before any allocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.errors import MemoryLimitError
from arraybackends.precision import DEFAULT_DTYPES

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["STATES_OF_EXPECTATION", "STATES_OF_RUN", "check_memory"]

STATES_OF_RUN = 3
"""States held at once by a run: input, output, and a temporary."""

STATES_OF_EXPECTATION = 8
"""States held at once by an expectation value, which gathers the state, or by its adjoint sweep."""

_ALWAYS_THERE = 2**24
"""Bytes that are not worth asking the system about, which takes longer than a small circuit."""

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def check_memory(
    xp: ArrayBackend[Any], n_qubits: int, batch: int = 1, /, *, states: int = STATES_OF_RUN,
    axes: int = 1,
) -> None:  # fmt: skip
    """
    Refuse states that do not fit.

    Parameters
    ----------
    xp : ArrayBackend
        Its device, precision and `memory_limit()` count.
    n_qubits : int
    batch : int
        Number of states.
    states : int
        How many of each are held at once.
    axes : int
        1 for state vectors, 2 for density matrices.

    Raises
    ------
    MemoryLimitError
        With the need, what is available, and the remedies.
    """
    dtype = DEFAULT_DTYPES[xp.precision].complex
    one = batch * 2 ** (axes * n_qubits) * (16 if dtype == "complex128" else 8)
    if states * one <= _ALWAYS_THERE:
        return
    available = xp.memory_limit()
    if states * one <= available:
        return
    fitting = (available << axes * n_qubits) // (states * one)
    largest = max(fitting.bit_length() - 1, 0) // axes
    kinds = ("A state", "states") if axes == 1 else ("A density matrix", "density matrices")
    of = f"{batch} {kinds[1]}" if batch > 1 else kinds[0]
    takes = "take" if batch > 1 else "takes"
    remedies = ["fewer qubits"]
    if batch > 1:
        remedies.append("a smaller batch")
    if xp.precision == "double":
        remedies.append("`precision='single'`")
    raise MemoryLimitError(
        f"{of} of {n_qubits} qubits in {dtype} {takes} {_in_units(one)}, and a run holds {states} "
        f"times that, {_in_units(states * one)}, but {_in_units(available)} are available on "
        f"device {xp.device!r} of backend `{xp.name}`. Use {' or '.join(remedies)}; the largest "
        f"register that fits has {largest} qubits."
    )


def _in_units(n_bytes: int) -> str:
    """Write a number of bytes with a binary unit, however large, in integers."""
    power = (max(n_bytes, 1).bit_length() - 1) // 10
    if power >= len(_UNITS):
        return f"2**{n_bytes.bit_length() - 1} B"
    tenths = n_bytes * 10 >> (10 * power)
    return f"{tenths // 10}.{tenths % 10} {_UNITS[power]}".replace(".0 ", " ")
