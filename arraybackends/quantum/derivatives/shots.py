"""Expectation values and gradients as a device estimates them: from a number of shots."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.derivatives.probes import Probes, check_shiftable
from arraybackends.quantum.derivatives.simulation import Simulation
from arraybackends.quantum.derivatives.uses import Uses
from arraybackends.quantum.dtype import complex_dtype, real_dtype
from arraybackends.quantum.gates.structure import Structure
from arraybackends.quantum.observables import (
    MeasurementGroup,
    PauliSum,
    check_observable,
    measurement_groups,
)
from arraybackends.quantum.states import sampling
from arraybackends.quantum.states.register import check_number

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["ShotEstimate", "estimate_expectation", "estimate_gradient", "spsa_gradient"]

_LEAST_SHOTS = 2
"""Of a group: with one there is no standard error."""


class ShotEstimate(NamedTuple):
    """Estimates without bias from shots, and their standard errors, as arrays of one shape."""

    value: Any
    standard_error: Any


def estimate_expectation(
    circuit: Circuit, observable: PauliSum, theta: Any, /, *, shots: int, seed: Any,
    xp: ArrayBackend[Any] | None = None,
) -> ShotEstimate:  # fmt: skip
    """
    Expectation value from shots.

    Parameters
    ----------
    circuit : Circuit
        Its angles are numbers, parameters and linear expressions of parameters.
    observable : PauliSum
        Hermitian, on as many qubits.
    theta : array, shape (*batch, n_parameters), real
    shots : int
        Runs for each element of the batch, at least two for each group of strings that are measured
        together. They are split in proportion to the sums of the moduli of the coefficients.
    seed : int or 0-d array
        Of `xp.random.default_rng`, the same estimates on every backend but for rounding.
    xp : ArrayBackend, optional
        Backend of `theta`; the current one unless given.

    Returns
    -------
    ShotEstimate
        Arrays of shape `batch`, real; no derivative flows through them.

    Raises
    ------
    ValueError
        If there are too few shots.
    CapabilityError
        If the circuit has a post-selection.
    TypeError, ShapeError, MemoryLimitError
        As `expectation_function`; or TypeError if the observable is no Pauli sum.

    Notes
    -----
    Readout errors count for what depends on measured bits, not for the measurement in the end.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, PauliSum, estimate_expectation
    >>> xp = ab.get_backend("numpy")
    >>> circuit = Circuit(1).ry(0, Parameter("t"))
    >>> estimate_expectation(
    ...     circuit, PauliSum({"Z": 1.0}), xp.asarray([0.0]), shots=100, seed=1, xp=xp
    ... )
    ShotEstimate(value=array(1.), standard_error=array(0.))
    """
    xp = circuit.backend if xp is None else xp
    check_shiftable(circuit, "Expectation values are to be estimated from shots")
    uses = Uses(circuit)
    values, variances = _measure(
        xp, uses.structure, circuit.matrices, observable, uses.rows(xp, theta), shots, seed
    )
    shape = theta.shape[:-1]
    return ShotEstimate(xp.reshape(values, shape), xp.reshape(xp.sqrt(variances), shape))


def estimate_gradient(
    circuit: Circuit, observable: PauliSum, theta: Any, /, *, shots: int, seed: Any,
    xp: ArrayBackend[Any] | None = None,
) -> ShotEstimate:  # fmt: skip
    """
    Gradient of an expectation value from shots, by parameter shifts.

    Parameters
    ----------
    circuit, observable, theta, seed, xp
        As for `estimate_expectation`.
    shots : int
        Runs for each shifted circuit and each element of the batch.

    Returns
    -------
    ShotEstimate
        Arrays of shape (*batch, n_parameters), real. The mean over seeds is the gradient of
        `expectation_function`.

    Raises
    ------
    ValueError, CapabilityError, TypeError, ShapeError, MemoryLimitError
        As `estimate_expectation`.

    Notes
    -----
    For P uses of parameters 2 P circuits, or 4 P for controlled rotations [1]_.

    References
    ----------
    .. [1] R. Sweke et al., "Stochastic gradient descent for hybrid quantum-classical optimization",
       Quantum 4, 314 (2020).

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, PauliSum, estimate_gradient
    >>> xp = ab.get_backend("numpy")
    >>> circuit = Circuit(1).ry(0, Parameter("t"))
    >>> gradient, error = estimate_gradient(
    ...     circuit, PauliSum({"Z": 1.0}), xp.asarray([0.3]), shots=10_000, seed=1, xp=xp
    ... )
    >>> bool(abs(gradient[0] + 0.2955) < 4 * error[0])
    True
    """
    xp = circuit.backend if xp is None else xp
    check_shiftable(circuit, "Gradients are to be estimated by parameter shifts")
    uses = Uses(circuit)
    probes = Probes(uses.structure, uses.is_variable)
    rows, count = uses.rows(xp, theta), len(probes.probes)
    if not count:
        check_observable(observable, circuit.n_qubits)
        return ShotEstimate(xp.zeros_like(theta), xp.zeros_like(theta))
    batch, n_parameters = rows.shape[0], theta.shape[-1]
    values, variances = _measure(
        xp, uses.structure, circuit.matrices, observable, probes.rows(xp, rows), shots, seed
    )

    def weights_of(some: Any) -> Any:
        unit = xp.eye(count, dtype=some.dtype, device=xp.device)
        each = xp.broadcast_to(unit[:, None, :], (count, batch, count))
        return xp.reshape(each, (count * batch, count))

    in_uses = xp.moveaxis(probes.gradient(xp, weights_of, rows), 0, -1)
    flat = xp.reshape(in_uses, (batch * count, in_uses.shape[-1]))
    weights = xp.reshape(uses.parameters(xp, flat), (batch, count, n_parameters))
    values, variances = (
        xp.matrix_transpose(xp.reshape(x, (count, batch))) for x in (values, variances)
    )
    gradient = xp.sum(weights * values[..., None], axis=1)
    errors = xp.sqrt(xp.sum(weights**2 * variances[..., None], axis=1))
    return ShotEstimate(xp.reshape(gradient, theta.shape), xp.reshape(errors, theta.shape))


def spsa_gradient(
    xp: ArrayBackend[Any], function: Callable[[Any], Any], theta: Any, /, *, step: float, seed: Any,
    n_samples: int = 1,
) -> Any:  # fmt: skip
    """
    Gradient from differences along random directions (SPSA).

    Parameters
    ----------
    xp : ArrayBackend
    function : callable
        Takes an array of shape (n_parameters,) to a real 0-d array, which may be noisy.
    theta : array, shape (n_parameters,), real
    step : float
        Length of the step in every parameter; positive.
    seed : int or 0-d array
        Of `xp.random.default_rng`.
    n_samples : int
        Directions to average over; two calls of `function` for each.

    Returns
    -------
    array, shape (n_parameters,), real
        Without bias to the order step**2 [1]_.

    Raises
    ------
    ValueError
        If `step` is not positive, or there is no sample.

    References
    ----------
    .. [1] J. C. Spall, "Multivariate stochastic approximation using a simultaneous perturbation
       gradient approximation", IEEE Trans. Autom. Control 37, 332 (1992).

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import spsa_gradient
    >>> xp = ab.get_backend("numpy")
    >>> spsa_gradient(xp, lambda x: x[0] ** 2, xp.asarray([3.0]), step=0.1, seed=1).round(6)
    array([6.])
    """
    n_samples = check_number(n_samples, "n_samples", 1)
    if not 0 < step < math.inf:
        raise ValueError(f"Argument `step` must be positive and finite, but is {step!r}.")
    rng = xp.random.default_rng(seed)
    signs = xp.astype(2 * rng.integers(0, 2, shape=(n_samples, *theta.shape)) - 1, theta.dtype)
    total = xp.zeros_like(theta)
    for sample in range(n_samples):
        direction = signs[sample, ...]
        difference = function(theta + step * direction) - function(theta - step * direction)
        total = total + xp.astype(difference, theta.dtype) / (2 * step) * direction
    return total / n_samples


def _measure(
    xp: ArrayBackend[Any], structure: Structure, matrices: Any, observable: PauliSum, rows: Any,
    shots: int, seed: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Return estimates of the expectation value at angles (m, n), and their variances, (m,)."""
    check_observable(observable, structure.n_qubits)
    groups = measurement_groups(observable)
    values = xp.zeros((rows.shape[0],), dtype=real_dtype(xp), device=xp.device)
    variances = values
    seeds = xp.random.default_rng(seed).bits((len(groups),))
    for number, (group, share) in enumerate(zip(groups, _split(shots, groups), strict=True)):
        rotation = group.circuit().structure.operations
        rotated = structure._replace(operations=(*structure.operations, *rotation))
        simulation = Simulation(xp, rotated, matrices)
        distribution = simulation.at_rows(simulation.probabilities, rows)
        outcomes = sampling.sample(xp, distribution, share, seed=seeds[number, ...])
        found = xp.take(_eigenvalues(xp, group), xp.reshape(outcomes, (-1,)))
        found = xp.reshape(found, outcomes.shape)
        values = values + xp.mean(found, axis=-1)
        variances = variances + xp.var(found, axis=-1, correction=1) / share
    return values, variances


def _split(shots: int, groups: tuple[MeasurementGroup, ...]) -> list[int]:
    """Return the shots of each group, in proportion to the sizes of their coefficients."""
    spare = check_number(shots, "shots", 1) - _LEAST_SHOTS * len(groups)
    if spare < 0:
        raise ValueError(
            f"Argument `shots` must be at least {_LEAST_SHOTS * len(groups)}, {_LEAST_SHOTS} for "
            f"each of the {len(groups)} groups of strings measured together, but is {shots}."
        )
    sizes = [sum(map(abs, group.observable.strings.values())) for group in groups]
    total, given, cumulated = math.fsum(sizes), 0, 0.0
    found = []
    for size in sizes:
        cumulated += size
        upto = round(spare * min(cumulated / total, 1.0))
        found.append(_LEAST_SHOTS + upto - given)
        given = upto
    return found


def _eigenvalues(xp: ArrayBackend[Any], group: MeasurementGroup) -> Any:
    """Return what each outcome in the basis of a group stands for, (2**n_qubits,)."""
    n_qubits = group.observable.n_qubits
    strings = (((0, x | z), c) for (x, z), c in group.observable.strings.items())
    ones = xp.ones((2**n_qubits,), dtype=complex_dtype(xp), device=xp.device)
    return xp.real(PauliSum.from_strings(strings, n_qubits).apply(xp, ones))
