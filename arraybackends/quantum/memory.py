"""Whether states fit, in Python integers and before any allocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from arraybackends.errors import MemoryLimitError
from arraybackends.precision import DEFAULT_DTYPES
from arraybackends.quantum.half.layout import layout_of
from arraybackends.selection import get_backend

if TYPE_CHECKING:
    from arraybackends.precision import Precision
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "STATES_OF_EXPECTATION",
    "STATES_OF_RUN",
    "MemoryEstimate",
    "check_half_memory",
    "check_memory",
    "estimate_memory",
]

STATES_OF_RUN = 3
"""States held at once by a run: input, output, and a temporary."""

STATES_OF_EXPECTATION = 8
"""States held at once by an expectation value, which gathers the state, or by its adjoint sweep."""

STATES_OF_GRADIENT = 5
"""States held at once by an expectation value as a function of parameters, and its gradient."""

_ALWAYS_THERE = 2**24
"""Bytes that are not worth asking the system about, which takes longer than a small circuit."""

_SMALL_SHARE = 8
"""Below this fraction of the memory it is not worth counting what is held: that takes longer."""

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")

_HALF_BYTES = 4
"""Bytes of an amplitude in half storage."""

_TILE_BYTES = 56
"""Bytes of an amplitude that is worked on: packed, in complex64, and copies of it."""

Method = Literal["state", "expectation", "adjoint", "backprop", "density-matrix", "half"]


class MemoryEstimate(NamedTuple):
    """
    What a simulation takes, in bytes.

    Attributes
    ----------
    state : int
        One state vector or density matrix.
    peak : int
        The most held at once, all states of the batch and their copies.
    """

    state: int
    peak: int

    def __str__(self) -> str:
        return f"{_in_units(self.state)} for a state, {_in_units(self.peak)} at the peak"


def estimate_memory(
    n_qubits: int, batch: int = 1, method: Method = "state", *, passes: int | None = None,
    precision: Precision | None = None,
) -> MemoryEstimate:  # fmt: skip
    """
    Memory that a simulation takes, before it is run.

    Parameters
    ----------
    n_qubits : int
    batch : int
        Number of states computed together.
    method : {"state", "expectation", "adjoint", "backprop", "density-matrix", "half"}
        A run; an expectation value; its gradient by the adjoint sweep, or by backpropagation,
        which keeps the state after every pass; a run of the density matrix; a run in half storage,
        by `run_half`, with expectation values and samples.
    passes : int, optional
        Of the planned circuit, needed for "backprop" alone; at most the number of its gates.
    precision : {"double", "single"}, optional
        That of the current backend unless given; of no concern to "half".

    Returns
    -------
    MemoryEstimate
        Upper bounds, to which the library adds less than a tenth.

    Raises
    ------
    ValueError
        If a number is negative, the method is none of these, or `passes` are missing.

    Notes
    -----
    A run holds 3 states; an expectation value and the adjoint sweep hold 8 whatever the depth. In
    integers: no register is too large to ask for.

    Examples
    --------
    >>> estimate = estimate_memory(30, precision="single")
    >>> estimate.state == 8 * 2**30
    True
    >>> print(estimate)
    8 GiB for a state, 24 GiB at the peak
    >>> print(estimate_memory(30, method="backprop", passes=100, precision="single"))
    8 GiB for a state, 864 GiB at the peak
    >>> print(estimate_memory(30, method="half"))
    4 GiB for a state, 4.2 GiB at the peak
    """
    if n_qubits < 0 or batch < 0:
        raise ValueError(
            "Arguments `n_qubits` and `batch` must not be negative, but are "
            f"{n_qubits} and {batch}."
        )
    copies = {
        "state": STATES_OF_RUN,
        "expectation": STATES_OF_EXPECTATION,
        "adjoint": STATES_OF_EXPECTATION,
        "backprop": STATES_OF_EXPECTATION,
        "density-matrix": STATES_OF_RUN,
    }
    if method == "half":
        return _in_half(n_qubits, batch, layout_of(n_qubits).n_tile)
    if method not in copies:
        known = ", ".join(map(repr, (*copies, "half")))
        raise ValueError(f"Argument `method` must be one of {known}, but is {method!r}.")
    if method == "backprop" and passes is None:
        raise ValueError("Argument `passes` is needed for `method='backprop'`, but is None.")
    held = copies[method] + (passes or 0 if method == "backprop" else 0)
    one = _one_state(
        precision or get_backend().precision, n_qubits, axes=2 if method == "density-matrix" else 1
    )
    return MemoryEstimate(one, held * batch * one)


def check_memory(
    xp: ArrayBackend[Any], n_qubits: int, batch: int = 1, /, *, states: int = STATES_OF_RUN,
    axes: int = 1,
) -> None:  # fmt: skip
    """
    Refuse states that do not fit.

    Parameters
    ----------
    xp : ArrayBackend
        Its device, precision, `memory_limit()` and `memory_stats()` count.
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
    one = batch * _one_state(xp.precision, n_qubits, axes=axes)
    needed = states * one
    if needed <= _ALWAYS_THERE:
        return
    limit = xp.memory_limit()
    if needed <= limit // _SMALL_SHARE:
        return
    free = max(limit - _held(xp), 0)
    if needed <= free:
        return
    fitting = (free << axes * n_qubits) // needed
    largest = max(fitting.bit_length() - 1, 0) // axes
    kinds = ("A state", "states") if axes == 1 else ("A density matrix", "density matrices")
    of = f"{batch} {kinds[1]}" if batch > 1 else kinds[0]
    takes = "take" if batch > 1 else "takes"
    remedies = [f"fewer qubits (the largest register that fits has {largest})"]
    if batch > 1:
        remedies.append("a smaller batch, by `chunk_size` of `xp.vmap` for one")
    if xp.precision == "double":
        remedies.append("`precision='single'`")
    if axes == 1:
        remedies.append("half storage (`run_half`)")
    remedies.append("`run_mps` if there is little entanglement" if axes == 1 else "`trajectories`")
    remedies.append("a device with more memory")
    dtype = DEFAULT_DTYPES[xp.precision].complex
    raise MemoryLimitError(
        f"{of} of {n_qubits} qubits in {dtype} {takes} {_in_units(one)}, and a run holds {states} "
        f"times that, {_in_units(needed)}, but {_in_units(free)} of {_in_units(limit)} are "
        f"available on device {xp.device!r} of backend `{xp.name}`. Use "
        f"{', '.join(remedies[:-1])}, or {remedies[-1]}."
    )


def check_half_memory(xp: ArrayBackend[Any], n_qubits: int, batch: int, n_tile: int, /) -> None:
    """
    Refuse states in half storage that do not fit.

    Parameters
    ----------
    xp : ArrayBackend
    n_qubits : int
    batch : int
        Number of states.
    n_tile : int
        Qubits of the part that is worked on at once.

    Raises
    ------
    MemoryLimitError
        With the need, what is available, and the remedies.
    """
    estimate = _in_half(n_qubits, batch, n_tile)
    if estimate.peak <= _ALWAYS_THERE:
        return
    limit = xp.memory_limit()
    free = max(limit - _held(xp), 0)
    if estimate.peak > free:
        raise MemoryLimitError(
            f"{batch} state{'s' * (batch > 1)} of {n_qubits} qubits in half storage, worked on in "
            f"parts of {n_tile} qubits, need {_in_units(estimate.peak)}, but {_in_units(free)} of "
            f"{_in_units(limit)} are available on device {xp.device!r} of backend `{xp.name}`. Use "
            "fewer qubits, a smaller batch or `qubits_at_once`, `run_mps` if there is little "
            "entanglement, or a device with more memory."
        )


def _in_half(n_qubits: int, batch: int, n_tile: int) -> MemoryEstimate:
    state = _HALF_BYTES * 2**n_qubits
    return MemoryEstimate(state, batch * (state + _TILE_BYTES * 2**n_tile))


def _one_state(precision: Precision, n_qubits: int, *, axes: int) -> int:
    n_bytes: int = 2 ** (axes * n_qubits) * (16 if precision == "double" else 8)
    return n_bytes


def _held(xp: ArrayBackend[Any]) -> int:
    """Return the bytes that arrays hold on the device now, as far as the library counts them."""
    stats = xp.memory_stats().get(xp.device)
    return 0 if stats is None else stats.allocated


def _in_units(n_bytes: int) -> str:
    """Write a number of bytes with a binary unit, however large, in integers."""
    power = (max(n_bytes, 1).bit_length() - 1) // 10
    if power >= len(_UNITS):
        return f"2**{n_bytes.bit_length() - 1} B"
    tenths = n_bytes * 10 >> (10 * power)
    return f"{tenths // 10}.{tenths % 10} {_UNITS[power]}".replace(".0 ", " ")
