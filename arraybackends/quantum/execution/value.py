"""Values of the gates of a program: matrices, diagonals and weights, from angles and given arrays.

The values of a kind have shape (members, batch or 1, *value). All gates with an angle share one
table of cosines and sines, and a kind costs one matrix product, forwards and backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import complex_dtype, real_dtype
from arraybackends.quantum.planning.program import Given, Kind, Program

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "Constants", "angle_gradient", "check_given", "given_gradients", "kind_constants",
    "kind_values", "kinds",
]  # fmt: skip


class Constants(NamedTuple):
    """
    What values are made of, whatever the angles.

    `parts` has for each kind an array (parts, value size), or None for a user's gates; `slots` and
    `frequencies` run over all gates with an angle, kind after kind; `slots` is None if they stand
    in the order of the angles. `products` has the values of the blocks that are fixed, None of the
    others.
    """

    parts: list[Any]
    slots: Any
    frequencies: Any
    products: list[Any]


def kind_constants(xp: ArrayBackend[Any], program: Program, /) -> Constants:
    """Return the constants of a program, all but `products`."""
    of_gates = kinds(program)
    parts = [
        xp.asarray(kind.parts, dtype=complex_dtype(xp), device=xp.device) if kind.parts else None
        for kind in of_gates
    ]
    slots = _slots(program)
    frequencies = [[kind.frequency] for kind in of_gates if kind.frequency for _ in kind.slots]
    return Constants(
        parts,
        None if _is_in_order(program, slots) else xp.asarray(slots, device=xp.device),
        xp.asarray(frequencies, dtype=real_dtype(xp), device=xp.device) if frequencies else None,
        [],
    )


def kinds(program: Program, /) -> list[Kind]:
    """Return the kinds of a program, which are its first sources."""
    return [source for source in program.sources if isinstance(source, Kind)]


def _slots(program: Program) -> list[int]:
    """Return the angle of each gate that has one, kind after kind."""
    return [slot for kind in kinds(program) if kind.frequency for slot in kind.slots]


def _is_in_order(program: Program, slots: Sequence[int]) -> bool:
    return slots == list(range(program.n_angles))


def kind_values(
    xp: ArrayBackend[Any], program: Program, constants: Constants, angles: Any, given: Sequence[Any]
) -> list[Any]:
    """
    Return the values of each kind.

    Parameters
    ----------
    xp : ArrayBackend
    program : Program
    constants : Constants
    angles : array, shape (n_angles, batch), real
    given : sequence of array, shape (d, d) or (d,), or with the batch in front
        Of the users' gates.
    """
    found, start = [], 0
    if constants.frequencies is not None:
        cosine, sine = _cosine_and_sine(xp, constants, angles)
        waves = xp.stack([xp.ones_like(cosine), cosine, sine], axis=-1)
        waves = xp.astype(waves, complex_dtype(xp))
    for kind, part in zip(kinds(program), constants.parts, strict=True):
        if kind.given is not None:
            arrays = [given[slot] for slot in kind.slots]
            found.append(_from_given(xp, kind, kind.given, arrays))
        elif kind.frequency is None:
            found.append(xp.reshape(part, (1, 1, *kind.shape)))
        else:
            rows = waves[start : start + len(kind.slots), ...]
            start += len(kind.slots)
            found.append(xp.reshape(xp.matmul(rows, part), (*rows.shape[:2], *kind.shape)))
    return found


def angle_gradient(
    xp: ArrayBackend[Any], program: Program, constants: Constants, angles: Any,
    gradients: Sequence[Any],
) -> Any:  # fmt: skip
    """Return the gradient in the angles, (n_angles, batch), given those in the values of kinds."""
    if constants.frequencies is None:
        return xp.zeros_like(angles)
    in_waves = []
    for kind, part, gradient in zip(kinds(program), constants.parts, gradients, strict=True):
        if kind.frequency is not None:
            flat = xp.reshape(gradient, (*gradient.shape[:2], part.shape[1]))
            in_wave = xp.matmul(flat, xp.conj(xp.matrix_transpose(part[1:, ...])))
            in_waves.append(xp.real(in_wave))
    both = in_waves[0] if len(in_waves) == 1 else xp.concat(in_waves)
    cosine, sine = _cosine_and_sine(xp, constants, angles)
    found = constants.frequencies * (cosine * both[..., 1] - sine * both[..., 0])
    if constants.slots is None:
        return found
    return xp.at(xp.zeros_like(angles))[constants.slots].add(found)


def _cosine_and_sine(xp: ArrayBackend[Any], constants: Constants, angles: Any) -> tuple[Any, Any]:
    """Return those of all gates with an angle, shape (gates, batch)."""
    slots = constants.slots
    theta = constants.frequencies * (angles if slots is None else xp.take(angles, slots, axis=0))
    return xp.cos(theta), xp.sin(theta)


# Users' gates


def given_gradients(
    xp: ArrayBackend[Any], program: Program, given: Sequence[Any], gradients: Sequence[Any]
) -> list[Any]:
    """Return the gradient in each given array, in its shape, given those in the values of kinds."""
    found: list[Any] = [None] * len(given)
    for kind, gradient in zip(kinds(program), gradients, strict=True):
        if kind.given is None:
            continue
        in_arrays = _to_given(xp, kind, kind.given, gradient)
        for place, slot in enumerate(kind.slots):
            part = in_arrays[place, ...]
            if part.shape != given[slot].shape:
                part = xp.sum(part, axis=0, keepdims=True)
            part = xp.reshape(part, given[slot].shape)
            found[slot] = part if found[slot] is None else found[slot] + part
    return [
        xp.zeros_like(array) if part is None else xp.astype(part, array.dtype)
        for array, part in zip(given, found, strict=True)
    ]


def _from_given(xp: ArrayBackend[Any], kind: Kind, how: Given, arrays: Sequence[Any]) -> Any:
    """Return given arrays as values: qubits in the order of the window, controls filled in."""
    n_axes, n_controls = len(kind.shape), len(how.states)
    side = kind.dimension >> n_controls
    batched = [xp.reshape(array, (-1, *[side] * n_axes)) for array in arrays]
    batch = max(array.shape[0] for array in batched)
    if batch > 1:
        batched = [xp.broadcast_to(array, (batch, *array.shape[1:])) for array in batched]
    value = xp.astype(xp.stack(batched), complex_dtype(xp))
    if how.is_conjugate:
        value = xp.conj(value)
    if n_controls:
        value = _embed(xp, kind, how, value)
    return _permute(xp, kind, how.order, value)


def _to_given(xp: ArrayBackend[Any], kind: Kind, how: Given, gradient: Any) -> Any:
    """Take the gradient in values back to given arrays, shape (members, batch or 1, *array)."""
    inverse = tuple(how.order.index(place) for place in range(len(how.order)))
    gradient = _permute(xp, kind, inverse, gradient)
    if how.states:
        active = slice(*_active(kind, how))
        index = (active, active) if kind.form == "dense" else (active,)
        gradient = gradient[:, :, *index]
    return xp.conj(gradient) if how.is_conjugate else gradient


def _active(kind: Kind, how: Given) -> tuple[int, int]:
    """Return where the controls let the gate act: their states, read as the leading bits."""
    side = kind.dimension >> len(how.states)
    start = sum(state << i for i, state in enumerate(reversed(how.states))) * side
    return start, start + side


def _embed(xp: ArrayBackend[Any], kind: Kind, how: Given, value: Any) -> Any:
    """Put values into identities that are larger by the controls."""
    start, stop = _active(kind, how)
    options = {"dtype": value.dtype, "device": xp.device}
    members = value.shape[:2]
    if kind.form == "diagonal":
        before = xp.ones((*members, start), **options)
        after = xp.ones((*members, kind.dimension - stop), **options)
        return xp.concat([before, value, after], axis=-1)
    eye = xp.broadcast_to(
        xp.eye(kind.dimension, **options), (*members, kind.dimension, kind.dimension)
    )
    zeros = xp.zeros((*members, stop - start, kind.dimension - (stop - start)), **options)
    rows = xp.concat([zeros[..., :start], value, zeros[..., start:]], axis=-1)
    return xp.concat([eye[..., :start, :], rows, eye[..., stop:, :]], axis=-2)


def _permute(xp: ArrayBackend[Any], kind: Kind, order: tuple[int, ...], value: Any) -> Any:
    """Reorder the tensor factors of values: factor i of the result is factor order[i]."""
    n = len(order)
    if order == tuple(range(n)):
        return value
    sides = len(kind.shape)
    axes = [2 + side * n + place for side in range(sides) for place in order]
    view = xp.reshape(value, (*value.shape[:2], *[2] * (n * sides)))
    return xp.reshape(xp.permute_dims(view, (0, 1, *axes)), value.shape)


def check_given(program: Program, given: Sequence[Any], /) -> None:
    """Raise unless each given array has the shape of its gate, or that and a batch in front."""
    for kind in kinds(program):
        if kind.given is None:
            continue
        side = kind.dimension >> len(kind.given.states)
        expected = (side,) * len(kind.shape)
        for slot in kind.slots:
            shape = tuple(given[slot].shape)
            if shape[-len(expected) :] != expected or len(shape) > len(expected) + 1:
                raise ShapeError(
                    f"The array in slot {slot} must have shape {expected}, or that with the batch "
                    f"in front, but has shape {shape}."
                )
