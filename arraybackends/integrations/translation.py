"""What the translators share: values as numbers and NumPy arrays, and gates made of others."""

from __future__ import annotations

import functools
import importlib
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from arraybackends.errors import BackendNotInstalledError, CapabilityError, ShapeError
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.gates.channel import channel_of, kraus_matrices
from arraybackends.quantum.gates.given import batch_of
from arraybackends.quantum.gates.instruction import Instruction
from arraybackends.quantum.gates.parameter import Angle, LinearExpression, Parameter, affine, scale
from arraybackends.quantum.gates.structure import KRAUS, RESET
from arraybackends.selection import backend_of, get_backend

__all__ = [
    "angle_with", "elementary", "extend_under", "given_array", "import_library", "kraus_of",
    "number", "refusal", "satisfying",
]  # fmt: skip

_MOST_CONDITION_BITS = 8


def import_library(name: str, requirement: str, /) -> Any:
    """Import a library, or raise BackendNotInstalledError that says how to install it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise BackendNotInstalledError(
            f"This integration needs {name}, which is not installed. Install it with: "
            f"pip install {requirement}."
        ) from error


def refusal(operation: object, library: str, remedy: str = "") -> CapabilityError:
    """Return the error of an operation that one side does not have."""
    return CapabilityError(
        f"`{operation}` cannot be translated, because {library} has nothing that means exactly "
        f"the same. {remedy}".rstrip()
    )


# Values


def number(value: Angle, /) -> float:
    """Return an angle as a number; ShapeError of a batch, ValueError of an unbound parameter."""
    if type(value) is float:
        return value
    if isinstance(value, (Parameter, LinearExpression)):
        raise ValueError(f"The angle {value} has no value, which it needs here. `bind` it first.")
    array = backend_of(value).to_numpy(value)
    if array.shape:
        raise ShapeError(
            f"An angle must be a single number to be translated, but has shape {array.shape}. "
            "Translate the circuits of a batch one by one."
        )
    return float(array)


def angle_with(value: Angle, symbol: Callable[[str], Any], /) -> Any:
    """Return an angle as a number, or as an expression of another library's symbols."""
    if isinstance(value, Parameter):
        return symbol(value.name)
    if not isinstance(value, LinearExpression):
        return number(value)
    terms, constant = affine(value)
    total = functools.reduce(operator.add, (f * symbol(name) for name, f in terms.items()))
    return total + constant if constant else total


def given_array(gate: str, value: Any, /) -> np.ndarray:
    """Return a matrix, a diagonal or Kraus matrices as NumPy array; ShapeError of a batch."""
    if batch := batch_of(gate, value):
        raise ShapeError(
            f"The array of a gate `{gate}` must be a single one to be translated, but has the "
            f"batch shape {batch}. Translate the circuits of a batch one by one."
        )
    array = value if isinstance(value, tuple) else backend_of(value).to_numpy(value)
    return np.asarray(array, dtype=complex)


def kraus_of(instruction: Instruction, /) -> np.ndarray | None:
    """Return the Kraus matrices of a channel or a reset, shape (m, 2**k, 2**k), or None."""
    name, qubits, values = instruction[:3]
    if name == KRAUS:
        return given_array(name, values[0])
    if name == RESET:
        return np.array([[[1, 0], [0, 0]], [[0, 1], [0, 0]]], dtype=complex)
    channel = channel_of(name, len(qubits))
    if channel is None or name.startswith(("readout", "post_select")):
        return None
    xp = get_backend("numpy", precision="double")
    parameters = np.array([number(value) for value in values])
    found: np.ndarray = np.asarray(kraus_matrices(xp, channel, parameters))
    happens: np.ndarray = np.abs(found).max(axis=(1, 2)) > 0
    chosen: np.ndarray = found[happens]
    return chosen


# Gates made of others


def elementary(instruction: Instruction, /, *, of: Iterable[str] = ()) -> Iterator[Instruction]:
    """
    Write an instruction without gates that another library lacks.

    These are those of `of`, and a phase whose controls are all to be 0.

    A phase of the states where a qubit is 0 is a phase of all and the opposite one where it is 1. A
    double excitation is a product of eight rotations about Pauli strings, which commute.
    """
    gate, _, values, controls = instruction[:4]
    if gate == "gphase" and controls:  # one with a control in 1 is named `p`
        *rest, (last, _) = controls
        yield from elementary(instruction._replace(controls=tuple(rest)))
        opposite = (scale(values[0], -1),)
        yield Instruction("p", (last,), opposite, tuple(rest), (), instruction.condition)
    elif gate == "double_excitation" and gate in of:
        for letters in itertools.product("xy", repeat=4):
            factor = 1j
            for place, letter in enumerate(letters):
                factor *= 1 if letter == "x" else (-1j if place < 2 else 1j)
            if factor.real:
                turned = (scale(values[0], factor.real / 8),)
                yield instruction._replace(gate="r" + "".join(letters), values=turned)
    else:
        yield instruction


# Classical conditions


def satisfying(
    bits: Sequence[int], is_true: Callable[[tuple[int, ...]], object], /
) -> list[dict[int, int]]:
    """Return the values of bits for which a condition holds: exactly one of them, if it does."""
    distinct = list(dict.fromkeys(bits))
    if len(distinct) > _MOST_CONDITION_BITS:
        raise CapabilityError(
            f"A condition on {len(distinct)} classical bits cannot be translated: at most "
            f"{_MOST_CONDITION_BITS} are tried."
        )
    found = []
    for values in itertools.product((0, 1), repeat=len(distinct)):
        chosen = dict(zip(distinct, values, strict=True))
        if is_true(tuple(chosen[bit] for bit in bits)):
            found.append(chosen)
    return found


def extend_under(circuit: Circuit, block: Circuit, conditions: Sequence[dict[int, int]], /) -> None:
    """Append a block under each of several conditions that exclude each other."""
    read = {bit for condition in conditions for bit in condition}
    written = {bit for instruction in block for bit in instruction.bits}
    if read & written and (len(conditions) > 1 or read & {b for i in block[:-1] for b in i.bits}):
        raise CapabilityError(
            f"A block under a condition on the classical bits {sorted(read)} measures into them, "
            "and what comes after would see another condition."
        )
    for condition in conditions:
        circuit.cond(condition, block)
