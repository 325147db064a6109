r"""The channel table.

A channel with parameters is, as a map of density matrices, a sum of constant maps

    S(p) = sum_j c_j(p) M_j

so that one formula makes all channels of a kind at once, and one more their derivatives. Its Kraus
matrices [1]_ are sums of constant matrices too, but their coefficients hold square roots of
probabilities, whose slopes are infinite where a probability is 0. Density matrices, therefore, use
S; trajectories, which need a choice of Kraus matrices, use those.

A map is a matrix on 2k qubits: rows first, then columns, so that K rho K^+ is K (x) conj(K).

References
----------
.. [1] M. A. Nielsen and I. L. Chuang, "Quantum Computation and Quantum Information", Cambridge
   University Press (2000), section 8.3.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.gates import matrix as m
from arraybackends.quantum.gates.gate import PAULIS
from arraybackends.quantum.gates.matrix import Matrix

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "CHANNELS", "POST_SELECT", "READOUT_ERROR", "Channel", "Mixture", "Projection", "Rates",
    "Relaxation", "channel_of", "check_parameters", "kraus_matrices", "pauli_channel_name",
    "superoperator", "superoperator_derivatives", "superoperator_of_kraus",
]  # fmt: skip

POST_SELECT = ("post_select_0", "post_select_1")
"""Names of the projections of a qubit, which do not preserve the trace, by their outcome."""

READOUT_ERROR = "readout_error"
"""Name of what a qubit suffers in being read out: its state dephases, its outcome may be wrong."""

_MOST_QUBITS = 4
"""On which a joint channel acts: its map has 16**k entries."""

_TOLERANCE = 1e-6
"""By which a probability may leave its range, for rounding in single precision."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """
    Nothing happens, or, each with a probability that is a parameter, one of several events.

    Each event is a channel without parameters, by its Kraus matrices and by its map. Probabilities
    are `scale` times the parameters. In a mixture of unitaries all Kraus matrices are multiples of
    unitary ones, so that their odds do not depend on the state.
    """

    n_qubits: int
    parameters: tuple[str, ...]
    events: tuple[tuple[Matrix, ...], ...]
    maps: tuple[Matrix, ...]
    is_mixed_unitary: bool
    scale: float = 1.0

    @property
    def n_angles(self) -> int:
        """Number of parameters."""
        return len(self.parameters)

    @property
    def parts(self) -> tuple[Matrix, ...]:
        """Maps that the channel is a sum of."""
        return (m.identity(4**self.n_qubits), *self.maps)

    def coefficients(self, xp: ArrayBackend[Any], parameters: Any, /) -> Any:
        """Coefficients of the parts, which are probabilities; nan outside of the range."""
        happens = self.scale * parameters
        nothing = 1 - xp.sum(happens, axis=0, keepdims=True)
        probabilities = xp.concat([nothing, happens])
        return _or_nan(xp, xp.all(probabilities >= -_TOLERANCE, axis=0), probabilities)

    def jacobian(self, xp: ArrayBackend[Any], parameters: Any, /) -> Any:
        """Derivatives of the coefficients, shape (parts, parameters, ...)."""
        n = self.n_angles
        slopes = [[-self.scale] * n]
        slopes += [[self.scale * (row == column) for column in range(n)] for row in range(n)]
        shape = (n + 1, n, *[1] * (parameters.ndim - 1))
        constant = xp.asarray(slopes, dtype=parameters.dtype, device=xp.device)
        return xp.reshape(constant, shape) * xp.ones_like(parameters)

    @property
    def kraus_parts(self) -> tuple[tuple[Matrix, ...], ...]:
        """Constant stacks of matrices that the stack of Kraus matrices is a sum of."""
        groups = ((m.identity(2**self.n_qubits),), *self.events)
        nothing = m.zero(2**self.n_qubits)
        return tuple(
            tuple(
                matrix if there == here else nothing
                for there, group in enumerate(groups)
                for matrix in group
            )
            for here in range(len(groups))
        )

    def kraus_coefficients(self, xp: ArrayBackend[Any], parameters: Any, /) -> Any:
        """Coefficients of the Kraus parts."""
        probabilities = self.coefficients(xp, parameters)
        return xp.sqrt(xp.maximum(probabilities, xp.zeros_like(probabilities)))

    def check(self, name: str, values: Sequence[float | None], /) -> None:
        """Raise ValueError unless the values that are known can be those of the parameters."""
        for parameter, value in zip(self.parameters, values, strict=True):
            if value is not None:
                _check_range(name, parameter, value, 0, 1 if self.n_angles > 1 else 1 / self.scale)
        total = math.fsum(value for value in values if value is not None)
        if self.scale * total > 1 + 1e-12:
            raise ValueError(
                f"The probabilities of `{name}` must add up to at most 1, but {list(values)} add "
                f"up to {total:.6g}."
            )


@dataclass(frozen=True, slots=True)
class Projection:
    """Projection of a qubit, which leaves the probability of its outcome as the trace."""

    outcome: int
    n_qubits: int = 1
    parameters: tuple[str, ...] = ()
    n_angles: int = 0

    @property
    def parts(self) -> tuple[Matrix, ...]:
        """Map that the projection is."""
        return (m.basis_element(4, 3 * self.outcome, 3 * self.outcome),)

    def coefficients(self, xp: ArrayBackend[Any], parameters: Any, /) -> Any:
        """Return 1."""
        return xp.ones((1, *parameters.shape[1:]), dtype=parameters.dtype, device=xp.device)

    def jacobian(self, xp: ArrayBackend[Any], parameters: Any, /) -> Any:
        """Return no derivatives, shape (1, 0, ...)."""
        return xp.zeros((1, *parameters.shape), dtype=parameters.dtype, device=xp.device)

    @property
    def kraus_parts(self) -> tuple[tuple[Matrix, ...], ...]:
        """Projector."""
        return ((m.basis_element(2, self.outcome, self.outcome),),)

    kraus_coefficients = coefficients

    def check(self, name: str, values: Sequence[float | None], /) -> None:
        """Accept no parameters."""


class Rates(NamedTuple):
    """
    What a relaxation does to a qubit.

    `up` and `down` are the probabilities of |0> -> |1> and |1> -> |0>, `coherence` is the factor of
    the off-diagonal elements, and `slack` is (1 - up) (1 - down) - coherence**2, which is not
    negative for channels, in a form without cancellation.
    """

    up: Any
    down: Any
    coherence: Any
    slack: Any


@dataclass(frozen=True, slots=True)
class Relaxation:
    """
    Channel of one qubit that moves populations and shrinks coherences, and is the same about z.

    `rates` makes the rates from the parameters; `slopes` the derivatives of up, down and coherence
    in each parameter. `ranges` are those of the parameters.
    """

    parameters: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    rates: Callable[[Any, Sequence[Any]], Rates]
    slopes: Callable[[Any, Sequence[Any]], Sequence[tuple[Any, Any, Any]]]
    n_qubits: int = 1

    @property
    def n_angles(self) -> int:
        """Number of parameters."""
        return len(self.parameters)

    @property
    def parts(self) -> tuple[Matrix, ...]:
        """Maps that the channel is a sum of."""
        e = functools.partial(m.basis_element, 4)
        return (
            m.add(e(0, 0), e(3, 3)),
            m.add(e(3, 0), m.scale(-1, e(0, 0))),
            m.add(e(0, 3), m.scale(-1, e(3, 3))),
            m.add(e(1, 1), e(2, 2)),
        )

    def coefficients(self, xp: ArrayBackend[Any], parameters: Any, /) -> Any:
        """Coefficients of the parts: 1, up, down, coherence; nan outside of the range."""
        rates = self._checked_rates(xp, parameters)
        return xp.stack([xp.ones_like(rates.up), rates.up, rates.down, rates.coherence])

    def jacobian(self, xp: ArrayBackend[Any], parameters: Any, /) -> Any:
        """Derivatives of the coefficients, shape (parts, parameters, ...)."""
        slopes = self.slopes(xp, _rows(parameters))
        columns = [xp.stack([xp.zeros_like(slope[0]), *slope]) for slope in slopes]
        return xp.stack(columns, axis=1)

    @property
    def kraus_parts(self) -> tuple[tuple[Matrix, ...], ...]:
        """Constant stacks of matrices that the stack of Kraus matrices is a sum of."""
        places = ((0, 0, 0), (0, 1, 1), (1, 0, 0), (1, 1, 1), (2, 0, 1), (3, 1, 0))
        nothing = m.zero(2)
        return tuple(
            tuple(m.basis_element(2, row, column) if k == which else nothing for k in range(4))
            for which, row, column in places
        )

    def kraus_coefficients(self, xp: ArrayBackend[Any], parameters: Any, /) -> Any:
        """Coefficients of the Kraus parts: a Cholesky decomposition of the Choi matrix."""
        up, down, coherence, slack = self._checked_rates(xp, parameters)
        zero = xp.zeros_like(up)
        pivot_is_0 = up <= down
        pivot = xp.sqrt(1 - xp.where(pivot_is_0, up, down))
        shrunk = coherence / pivot
        rest = xp.sqrt(xp.maximum(slack, zero)) / pivot
        return xp.stack([
            xp.where(pivot_is_0, pivot, shrunk),
            xp.where(pivot_is_0, shrunk, pivot),
            xp.where(pivot_is_0, zero, rest),
            xp.where(pivot_is_0, rest, zero),
            xp.sqrt(down),
            xp.sqrt(up),
        ])  # fmt: skip

    def check(self, name: str, values: Sequence[float | None], /) -> None:
        """Raise ValueError unless the values that are known can be those of the parameters."""
        for parameter, value, (low, high) in zip(self.parameters, values, self.ranges, strict=True):
            if value is not None:
                _check_range(name, parameter, value, low, high)
        known = dict(zip(self.parameters, values, strict=True))
        t1, t2 = known.get("t1"), known.get("t2")
        if t1 is not None and t2 is not None and t2 > 2 * t1 * (1 + 1e-12):
            raise ValueError(
                f"Argument `t2` of `{name}` must be at most 2 `t1`, because relaxation dephases as "
                f"well, but `t1` is {t1!r} and `t2` is {t2!r}."
            )

    def _checked_rates(self, xp: ArrayBackend[Any], parameters: Any) -> Rates:
        up, down, coherence, slack = self.rates(xp, _rows(parameters))
        is_channel = xp.logical_and(
            xp.logical_and(xp.abs(2 * up - 1) <= 1 + _TOLERANCE, slack >= -_TOLERANCE),
            xp.abs(2 * down - 1) <= 1 + _TOLERANCE,
        )
        return Rates(up, down, _or_nan(xp, is_channel, coherence), slack)


Channel: TypeAlias = Mixture | Relaxation | Projection


# Mixtures


def _map(kraus: Sequence[Matrix]) -> Matrix:
    return m.add(*(m.kron(k, tuple(tuple(x.conjugate() for x in row) for row in k)) for k in kraus))


def _mixture(parameters: tuple[str, ...], *events: tuple[Matrix, ...]) -> Mixture:
    n_qubits = len(events[0][0]).bit_length() - 1
    is_mixed_unitary = all(map(_is_unitary, events))
    return Mixture(n_qubits, parameters, events, tuple(map(_map, events)), is_mixed_unitary)


def _is_unitary(event: tuple[Matrix, ...]) -> bool:
    unit = m.identity(len(event[0]))
    return len(event) == 1 and m.matmul(m.adjoint(event[0]), event[0]) == unit


def _pauli_string(label: str) -> Matrix:
    return functools.reduce(m.kron, (PAULIS[letter] for letter in label))


def _depolarizing(n_qubits: int) -> Mixture:
    """Return rho -> (1 - p) rho + p 1 / 2**n: all Pauli strings but 1, equally likely."""
    n_strings = 4**n_qubits
    labels = itertools.islice(itertools.product("IXYZ", repeat=n_qubits), 1, None)
    size = math.sqrt(1 / (n_strings - 1))
    event = tuple(m.scale(size, _pauli_string("".join(label))) for label in labels)
    dimension = 2**n_qubits
    trace = [index % (dimension + 1) == 0 for index in range(n_strings)]
    weight = 1 / (dimension * (1 - 1 / n_strings))
    mixed = tuple(
        tuple(
            complex(weight * (trace[row] and trace[column]) - (row == column) / (n_strings - 1))
            for column in range(n_strings)
        )
        for row in range(n_strings)
    )
    return Mixture(n_qubits, ("p",), (event,), (mixed,), True, 1 - 1 / n_strings)


_TO_0 = (m.basis_element(2, 0, 0), m.basis_element(2, 0, 1))
_TO_1 = (m.basis_element(2, 1, 0), m.basis_element(2, 1, 1))


# Relaxations


def _sqrt(xp: ArrayBackend[Any], x: Any) -> Any:
    """Return the square root, whose infinite slope at 0 counts as 0."""
    positive = x > 0
    return xp.where(positive, xp.sqrt(xp.where(positive, x, xp.ones_like(x))), xp.zeros_like(x))


def _sqrt_slope(xp: ArrayBackend[Any], x: Any) -> Any:
    """Return the derivative of `_sqrt`."""
    positive = x > 0
    half = 0.5 / xp.sqrt(xp.where(positive, x, xp.ones_like(x)))
    return xp.where(positive, half, xp.zeros_like(x))


def _amplitude_damping(xp: ArrayBackend[Any], parameters: Sequence[Any]) -> Rates:
    (gamma,) = parameters
    zero = xp.zeros_like(gamma)
    return Rates(zero, gamma, _sqrt(xp, 1 - gamma), zero)


def _amplitude_damping_slopes(
    xp: ArrayBackend[Any], parameters: Sequence[Any]
) -> list[tuple[Any, Any, Any]]:
    (gamma,) = parameters
    return [(xp.zeros_like(gamma), xp.ones_like(gamma), -_sqrt_slope(xp, 1 - gamma))]


def _generalized_amplitude_damping(xp: ArrayBackend[Any], parameters: Sequence[Any]) -> Rates:
    gamma, p = parameters
    up, down = (1 - p) * gamma, p * gamma
    return Rates(up, down, _sqrt(xp, 1 - gamma), up * down)


def _generalized_amplitude_damping_slopes(
    xp: ArrayBackend[Any], parameters: Sequence[Any]
) -> list[tuple[Any, Any, Any]]:
    gamma, p = parameters
    return [(1 - p, p, -_sqrt_slope(xp, 1 - gamma)), (-gamma, gamma, xp.zeros_like(p))]


def _phase_damping(xp: ArrayBackend[Any], parameters: Sequence[Any]) -> Rates:
    (lam,) = parameters
    zero = xp.zeros_like(lam)
    return Rates(zero, zero, _sqrt(xp, 1 - lam), lam)


def _phase_damping_slopes(
    xp: ArrayBackend[Any], parameters: Sequence[Any]
) -> list[tuple[Any, Any, Any]]:
    (lam,) = parameters
    return [(xp.zeros_like(lam), xp.zeros_like(lam), -_sqrt_slope(xp, 1 - lam))]


def _thermal_relaxation(xp: ArrayBackend[Any], parameters: Sequence[Any]) -> Rates:
    t1, t2, time = parameters
    loss, coherence = -xp.expm1(-time / t1), xp.exp(-time / t2)
    return Rates(xp.zeros_like(loss), loss, coherence, _pure_dephasing(xp, t1, t2, time))


def _thermal_relaxation_slopes(
    xp: ArrayBackend[Any], parameters: Sequence[Any]
) -> list[tuple[Any, Any, Any]]:
    t1, t2, time = parameters
    kept, coherence = xp.exp(-time / t1), xp.exp(-time / t2)
    zero = xp.zeros_like(kept)
    return [
        (zero, -kept * time / t1**2, zero),
        (zero, zero, coherence * time / t2**2),
        (zero, kept / t1, -coherence / t2),
    ]


def _excited_thermal_relaxation(xp: ArrayBackend[Any], parameters: Sequence[Any]) -> Rates:
    t1, t2, time, excited = parameters
    loss, coherence = -xp.expm1(-time / t1), xp.exp(-time / t2)
    up, down = excited * loss, (1 - excited) * loss
    return Rates(up, down, coherence, up * down + _pure_dephasing(xp, t1, t2, time))


def _excited_thermal_relaxation_slopes(
    xp: ArrayBackend[Any], parameters: Sequence[Any]
) -> list[tuple[Any, Any, Any]]:
    t1, t2, time, excited = parameters
    loss = -xp.expm1(-time / t1)
    to_ground = _thermal_relaxation_slopes(xp, (t1, t2, time))
    return [
        *((excited * down, (1 - excited) * down, dephasing) for _, down, dephasing in to_ground),
        (loss, -loss, xp.zeros_like(loss)),
    ]


def _readout_error(xp: ArrayBackend[Any], parameters: Sequence[Any]) -> Rates:
    up, down = parameters
    return Rates(up, down, xp.zeros_like(up), (1 - up) * (1 - down))


def _readout_error_slopes(
    xp: ArrayBackend[Any], parameters: Sequence[Any]
) -> list[tuple[Any, Any, Any]]:
    one, zero = xp.ones_like(parameters[0]), xp.zeros_like(parameters[0])
    return [(one, zero, zero), (zero, one, zero)]


def _pure_dephasing(xp: ArrayBackend[Any], t1: Any, t2: Any, time: Any) -> Any:
    """Return exp(-time / t1) - exp(-2 time / t2)."""
    return -xp.exp(-time / t1) * xp.expm1(time / t1 - 2 * time / t2)


_UNIT = (0.0, 1.0)
_TIMES = ((math.ulp(0.0), math.inf), (math.ulp(0.0), math.inf), (0.0, math.inf))

CHANNELS: dict[str, Channel] = {
    "depolarizing": _depolarizing(1),
    "bit_flip": _mixture(("p",), (PAULIS["X"],)),
    "bit_phase_flip": _mixture(("p",), (PAULIS["Y"],)),
    "phase_flip": _mixture(("p",), (PAULIS["Z"],)),
    "reset_error": _mixture(("p0", "p1"), _TO_0, _TO_1),
    "amplitude_damping": Relaxation(
        ("gamma",), (_UNIT,), _amplitude_damping, _amplitude_damping_slopes
    ),
    "generalized_amplitude_damping": Relaxation(
        ("gamma", "p"), (_UNIT, _UNIT),
        _generalized_amplitude_damping, _generalized_amplitude_damping_slopes,
    ),
    "phase_damping": Relaxation(("lam",), (_UNIT,), _phase_damping, _phase_damping_slopes),
    "thermal_relaxation": Relaxation(
        ("t1", "t2", "time"), _TIMES, _thermal_relaxation, _thermal_relaxation_slopes
    ),
    "excited_thermal_relaxation": Relaxation(
        ("t1", "t2", "time", "excited"), (*_TIMES, _UNIT),
        _excited_thermal_relaxation, _excited_thermal_relaxation_slopes,
    ),
    READOUT_ERROR: Relaxation(
        ("p10", "p01"), (_UNIT, _UNIT), _readout_error, _readout_error_slopes
    ),
    **{name: Projection(outcome) for outcome, name in enumerate(POST_SELECT)},
}  # fmt: skip
"""Channels of one qubit. `channel_of` knows `joint_depolarizing` and Pauli channels besides."""


@functools.lru_cache(maxsize=256)
def channel_of(name: str, n_qubits: int = 1, /) -> Channel | None:
    """
    Find a channel.

    Parameters
    ----------
    name : str
        One of `CHANNELS`, `"joint_depolarizing"`, or what `pauli_channel_name` gives.
    n_qubits : int
        On which `joint_depolarizing` acts: 1 to 4.

    Returns
    -------
    Channel or None
        None if there is no such channel.
    """
    if name == "joint_depolarizing":
        if n_qubits > _MOST_QUBITS:
            raise ValueError(
                f"Channel `{name}` acts on at most {_MOST_QUBITS} qubits, but is to act on "
                f"{n_qubits}."
            )
        return _depolarizing(max(n_qubits, 1))
    labels = _pauli_labels(name)
    if labels:
        names = tuple(f"probability of {label}" for label in labels)
        return _mixture(names, *((_pauli_string(label),) for label in labels))
    return CHANNELS.get(name)


def pauli_channel_name(labels: Sequence[str], /) -> str:
    """
    Name of the channel in which one of several Pauli strings happens.

    Parameters
    ----------
    labels : sequence of str
        Distinct strings of the letters I, X, Y, Z, of the same length, at most 4.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If these are no such labels.

    Examples
    --------
    >>> pauli_channel_name(["XX", "IZ"])
    'pauli_XX_IZ'
    """
    name = "_".join(("pauli", *labels))
    if not _pauli_labels(name) or not labels:
        raise ValueError(
            "The labels of a Pauli channel must be distinct strings of the letters I, X, Y, Z, of "
            f"one length, at most {_MOST_QUBITS}, but are {list(labels)}."
        )
    return name


def _pauli_labels(name: str) -> tuple[str, ...]:
    """Return the strings of a Pauli channel, or nothing if it is none."""
    kind, *labels = name.split("_")
    sizes = {len(label) for label in labels}
    if kind != "pauli" or len(sizes) != 1 or not 0 < sizes.pop() <= _MOST_QUBITS:
        return ()
    if len(set(labels)) != len(labels) or not set("".join(labels)) <= set("IXYZ"):
        return ()
    return tuple(labels)


def check_parameters(name: str, channel: Channel, values: Sequence[Any], /) -> None:
    """
    Raise unless the parameters that are Python numbers are in their range.

    Raises
    ------
    ValueError
        With the parameter, its value and its range.
    """
    channel.check(name, [value if type(value) in (int, float) else None for value in values])


def _check_range(name: str, parameter: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high * (1 + 1e-12):
        if high == math.inf:
            allowed = "positive" if low > 0 else "not negative"
        else:
            allowed = f"in [{low:g}, {high:g}]"
        raise ValueError(f"Argument `{parameter}` of `{name}` must be {allowed}, but is {value!r}.")


# Arrays


def superoperator(xp: ArrayBackend[Any], channel: Channel, parameters: Any, /) -> Any:
    """
    Matrices of a channel as a map of density matrices.

    Parameters
    ----------
    xp : ArrayBackend
    channel : Channel
    parameters : array, shape (n_parameters, *batch), real

    Returns
    -------
    array, shape (*batch, 4**k, 4**k), complex
        Acts on the k row qubits, then the k column qubits. Differentiable; at the end of the range
        where a coherence is the square root of 0, the slope of that root counts as 0. All nan
        where a parameter is outside of its range.
    """
    coefficients = channel.coefficients(xp, parameters)
    return _combine(xp, coefficients, _constant(xp, channel.parts), 4**channel.n_qubits)


def superoperator_derivatives(xp: ArrayBackend[Any], channel: Channel, parameters: Any, /) -> Any:
    """Return the derivatives of `superoperator`, shape (n_parameters, *batch, 4**k, 4**k)."""
    jacobian = channel.jacobian(xp, parameters)
    return _combine(xp, jacobian, _constant(xp, channel.parts), 4**channel.n_qubits)


def kraus_matrices(xp: ArrayBackend[Any], channel: Channel, parameters: Any, /) -> Any:
    """
    Kraus matrices of a channel.

    Parameters
    ----------
    xp : ArrayBackend
    channel : Channel
    parameters : array, shape (n_parameters, *batch), real

    Returns
    -------
    array, shape (*batch, m, 2**k, 2**k), complex
        Differentiable where no probability of the channel is 0.
    """
    parts = channel.kraus_parts
    dimension = 2**channel.n_qubits
    flat = _combine(xp, channel.kraus_coefficients(xp, parameters), _constant(xp, parts), dimension)
    n_kraus = len(parts[0])
    return xp.reshape(flat, (*parameters.shape[1:], n_kraus, dimension, dimension))


def superoperator_of_kraus(xp: ArrayBackend[Any], kraus: Any, /) -> Any:
    """Return sum_i K_i (x) conj(K_i), shape (..., d**2, d**2), of (..., m, d, d)."""
    *batch, _, d, _ = kraus.shape
    columns = xp.reshape(xp.moveaxis(kraus, -3, -1), (*batch, d * d, kraus.shape[-3]))
    product = xp.matmul(columns, xp.conj(xp.matrix_transpose(columns)))
    product = xp.reshape(product, (*batch, d, d, d, d))  # K[a, b] conj(K[c, e])
    n = len(batch)
    order = (*range(n), n, n + 2, n + 1, n + 3)
    return xp.reshape(xp.permute_dims(product, order), (*batch, d * d, d * d))


def _constant(xp: ArrayBackend[Any], parts: Any) -> Any:
    """Return constant parts as rows of an array."""
    array = xp.asarray(parts, dtype=complex_dtype(xp), device=xp.device)
    return xp.reshape(array, (array.shape[0], -1))


def _combine(xp: ArrayBackend[Any], coefficients: Any, parts: Any, dimension: int) -> Any:
    """Contract the first axis of coefficients with that of parts, whose rows are matrices."""
    weights = xp.astype(xp.moveaxis(coefficients, 0, -1), parts.dtype)
    combined = xp.matmul(xp.reshape(weights, (-1, parts.shape[0])), parts)
    rows = parts.shape[1] // dimension
    return xp.reshape(combined, (*coefficients.shape[1:], rows, dimension))


def _rows(parameters: Any) -> list[Any]:
    return [parameters[i, ...] for i in range(parameters.shape[0])]


def _or_nan(xp: ArrayBackend[Any], condition: Any, x: Any) -> Any:
    return xp.where(condition, x, xp.full_like(x, math.nan))
