"""Circuits as JSON: plain data, exact, and checked on reading as if the user had built them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from arraybackends.precision import DTYPE_NAMES
from arraybackends.quantum.gates.instruction import Instruction
from arraybackends.quantum.gates.parameter import LinearExpression, Parameter
from arraybackends.selection import backend_of, get_backend

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.builder import CircuitBuilder

__all__ = ["from_json", "to_json"]

_FORMAT = "arraybackends.quantum.Circuit"
_VERSION = 1

_C = TypeVar("_C", bound="CircuitBuilder")


# Writing


def to_json(circuit: CircuitBuilder, /) -> str:
    """Write a circuit, or raise ValueError if an array in it holds a nan or an infinity."""
    data = {
        "format": _FORMAT,
        "version": _VERSION,
        "n_qubits": circuit.n_qubits,
        "n_bits": circuit.n_bits,
        "operations": [_write_operation(instruction) for instruction in circuit],
    }
    return json.dumps(data, allow_nan=False)


def _write_operation(instruction: Instruction) -> dict[str, Any]:
    """Return an operation as plain data, without its empty fields."""
    fields = instruction._replace(values=tuple(map(_write_value, instruction.values)))._asdict()
    return {name: value for name, value in fields.items() if value or name == "qubits"}


def _write_value(value: Any) -> Any:
    if type(value) is float:
        return value
    if isinstance(value, Parameter):
        return {"parameter": value.name}
    if isinstance(value, LinearExpression):
        return {"terms": dict(value.terms), "constant": value.constant}
    if isinstance(value, tuple):
        return {"entries": _write_entries(value)}
    xp = backend_of(value)
    array = xp.to_numpy(value)
    entries = array.reshape(-1).tolist()
    if any(isinstance(entry, complex) for entry in entries):
        entries = _write_entries(entries)
    return {"dtype": xp.dtype_name(value.dtype), "shape": list(array.shape), "entries": entries}


def _write_entries(entries: Any) -> Any:
    """Return nested sequences of complex numbers as nested lists of pairs."""
    if isinstance(entries, complex):
        return [entries.real, entries.imag]
    return [_write_entries(entry) for entry in entries]


# Reading


def from_json(circuit_type: type[_C], text: str, xp: ArrayBackend[Any] | None, /) -> _C:
    """Read a circuit, or raise ValueError that says what is wrong where."""
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Argument `text` is no valid JSON: {error}.") from error
    named = data if isinstance(data, dict) else {}
    if (named.get("format"), named.get("version")) != (_FORMAT, _VERSION):
        raise ValueError(
            f"Argument `text` must be a circuit of format {_FORMAT!r}, version {_VERSION}, but has "
            f"format {named.get('format')!r}, version {named.get('version')!r}."
        )
    try:
        _check_fields(data, required=("format", "version", "n_qubits", "n_bits", "operations"))
        circuit = circuit_type(data["n_qubits"], data["n_bits"])
        operations = _list(data["operations"])
    except (TypeError, ValueError) as error:
        raise ValueError(f"Argument `text` is no valid circuit: {error}") from error
    backend = get_backend() if xp is None else xp
    for place, operation in enumerate(operations):
        try:
            _append(circuit, operation, backend)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"Operation {place} of the circuit in `text` is not valid: {error}"
            ) from error
    return circuit


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _check_fields(data: Any, required: Sequence[str], optional: Sequence[str] = ()) -> None:
    names = set(data) if isinstance(data, dict) else set()
    if not set(required) <= names <= {*required, *optional}:
        raise ValueError(
            f"There must be an object with the fields {', '.join(required)}"
            f"{' and perhaps ' + ', '.join(optional) if optional else ''}, but there is {data!r}."
        )


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise ValueError(f"There must be a list, but there is {data!r}.")
    return data


def _pairs(data: Any) -> list[tuple[Any, Any]]:
    pairs = [tuple(_list(pair)) for pair in _list(data)]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"There must be a list of pairs, but there is {data!r}.")
    return [(first, second) for first, second in pairs]


def _append(circuit: CircuitBuilder, data: Any, xp: ArrayBackend[Any]) -> None:
    _check_fields(data, ("gate", "qubits"), ("values", "controls", "bits", "condition"))
    if not isinstance(data["gate"], str):
        raise ValueError(f"The gate must be a string, but is {data['gate']!r}.")
    controls = _pairs(data.get("controls", []))
    circuit.append(
        data["gate"],
        _list(data["qubits"]),
        *(_read_value(value, xp) for value in _list(data.get("values", []))),
        controls=[qubit for qubit, _ in controls],
        control_states=[state for _, state in controls],
        bits=_list(data.get("bits", [])),
        condition=_pairs(data.get("condition", [])),
    )


def _read_value(data: Any, xp: ArrayBackend[Any]) -> Any:
    if type(data) in (int, float):
        return data
    if isinstance(data, dict) and "parameter" in data:
        _check_fields(data, ("parameter",))
        return Parameter(data["parameter"])
    if isinstance(data, dict) and "terms" in data:
        _check_fields(data, ("terms", "constant"))
        if not isinstance(data["terms"], dict):
            raise ValueError(f"The terms must be an object, but are {data['terms']!r}.")
        terms = [_real(factor) * Parameter(name) for name, factor in data["terms"].items()]
        return sum(terms, _real(data["constant"]))
    if isinstance(data, dict) and "dtype" in data:
        _check_fields(data, ("dtype", "shape", "entries"))
        return _read_array(data, xp)
    _check_fields(data, ("entries",))
    return _read_entries(_list(data["entries"]))


def _read_array(data: dict[str, Any], xp: ArrayBackend[Any]) -> Any:
    dtype, shape = data["dtype"], tuple(_list(data["shape"]))
    if dtype not in DTYPE_NAMES:
        raise ValueError(f"The dtype must be one of {', '.join(DTYPE_NAMES)}, but is {dtype!r}.")
    entries = _list(data["entries"])
    if not all(type(n) is int and n >= 0 for n in shape) or math.prod(shape) != len(entries):
        raise ValueError(f"The shape {shape} does not fit the {len(entries)} entries.")
    if dtype.startswith("complex"):
        entries = [complex(*map(_real, pair)) for pair in _pairs(entries)]
    elif not all(type(entry) in (int, float, bool) for entry in entries):
        raise ValueError(f"The entries must be numbers, but are {entries!r}.")
    flat = xp.asarray(entries, dtype=getattr(xp, dtype), device=xp.device)
    return xp.reshape(flat, shape)


def _read_entries(entries: list[Any]) -> Any:
    """Return nested tuples of complex numbers; a list of two numbers is one of them."""
    if len(entries) == 2 and all(type(entry) in (int, float) for entry in entries):
        return complex(*entries)
    return tuple(_read_entries(_list(entry)) for entry in entries)


def _real(data: Any) -> float:
    if type(data) not in (int, float):
        raise ValueError(f"There must be a number, but there is {data!r}.")
    return float(data)
