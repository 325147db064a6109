r"""The geometry of states: how fast they, and what is measured in them, change with parameters.

A step along a gradient depends on the parametrisation; one along the natural gradient, with the
metric of the states themselves, does not [1]_.

References
----------
.. [1] J. Stokes, J. Izaac, N. Killoran and G. Carleo, "Quantum natural gradient", Quantum 4, 269
   (2020).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from arraybackends.errors import CapabilityError
from arraybackends.quantum.derivatives.probes import Probes, check_shiftable
from arraybackends.quantum.derivatives.simulation import Simulation
from arraybackends.quantum.derivatives.uses import Uses
from arraybackends.quantum.dtype import real_dtype
from arraybackends.quantum.memory import check_memory
from arraybackends.quantum.states.sampling import marginal_probabilities

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = [
    "classical_fisher_information", "fubini_study_metric", "natural_gradient",
    "quantum_fisher_information", "state_derivatives",
]  # fmt: skip

Approximation = Literal["none", "block-diagonal", "diagonal"]


def state_derivatives(
    circuit: Circuit, theta: Any, /, *, xp: ArrayBackend[Any] | None = None
) -> tuple[Any, Any]:
    """
    Final state, and its derivative in each parameter.

    Parameters
    ----------
    circuit : Circuit
        Of gates alone. Its angles are numbers, parameters and linear expressions of parameters.
    theta : array, shape (*batch, n_parameters), real
        In the order of `circuit.parameters`.
    xp : ArrayBackend, optional
        Backend of `theta`; the current one unless given.

    Returns
    -------
    state : array, shape (*batch, 2**n_qubits), complex
    derivatives : array, shape (*batch, n_parameters, 2**n_qubits), complex
        Exact, also without automatic differentiation.

    Raises
    ------
    CapabilityError
        If the circuit has a channel, a measurement, a condition or a post-selection.
    TypeError
        If an angle of the circuit is an array.
    ShapeError
        If `theta` has another shape.
    MemoryLimitError
        If the states do not fit.

    Notes
    -----
    A gate is a sum of waves of one frequency in its angle, so that two runs at shifted angles give
    the derivative of the state, exactly. 2 P runs for P uses of parameters.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, state_derivatives
    >>> xp = ab.get_backend("numpy")
    >>> _, derivatives = state_derivatives(
    ...     Circuit(1).ry(0, Parameter("t")), xp.asarray([0.0]), xp=xp
    ... )
    >>> derivatives.real.round(6)
    array([[0. , 0.5]])
    """
    xp = circuit.backend if xp is None else xp
    uses = Uses(circuit)
    states, derivatives = _tangents(xp, circuit, uses, theta)
    n_uses, batch, size = derivatives.shape
    columns = xp.matrix_transpose(xp.reshape(derivatives, (n_uses, batch * size)))
    found = xp.reshape(uses.parameters(xp, columns), (batch, size, theta.shape[-1]))
    return (
        xp.reshape(states, (*theta.shape[:-1], size)),
        xp.reshape(xp.matrix_transpose(found), (*theta.shape, size)),
    )


def _tangents(xp: ArrayBackend[Any], circuit: Circuit, uses: Uses, theta: Any) -> tuple[Any, Any]:
    """Return the states, (batch, d), and their derivatives in the uses, (n_uses, batch, d)."""
    reason = "Derivatives of state vectors are asked for"
    check_shiftable(circuit, reason)
    simulation = Simulation(xp, uses.structure, circuit.matrices)
    if simulation.is_density:
        raise CapabilityError(
            f"{reason}, but the circuit has channels, measurements or conditions, after which no "
            "state vector describes it. `quantum_fisher_information` takes such circuits."
        )
    rows = uses.rows(xp, theta)
    probes = Probes(uses.structure, uses.is_variable, of_amplitudes=True)
    check_memory(xp, circuit.n_qubits, rows.shape[0] * max(len(probes.probes), 1))

    def states(some: Any) -> Any:
        return simulation.at_rows(simulation.final, some)

    return states(rows), probes.gradient(xp, states, rows)


def fubini_study_metric(
    circuit: Circuit, theta: Any, /, *, approximation: Approximation = "none",
    xp: ArrayBackend[Any] | None = None,
) -> Any:  # fmt: skip
    r"""
    Metric of the final states in the parameters of a circuit.

    Parameters
    ----------
    circuit : Circuit
        Of gates alone. Its angles are numbers, parameters and linear expressions of parameters.
    theta : array, shape (*batch, n_parameters), real
    approximation : {"none", "block-diagonal", "diagonal"}
        Which pairs of uses of parameters count: all; those of one layer, in which no gate depends
        on another; those of a use with itself.
    xp : ArrayBackend, optional
        Backend of `theta`; the current one unless given.

    Returns
    -------
    array, shape (*batch, n_parameters, n_parameters), real
        g_ij = Re(<d_i psi|d_j psi> - <d_i psi|psi> <psi|d_j psi>), symmetric and not negative.
        The overlap with the state at theta + d is 1 - sum_ij g_ij d_i d_j, to second order.

    Raises
    ------
    CapabilityError, TypeError, ShapeError, MemoryLimitError
        As `state_derivatives`.
    ValueError
        If there is no such approximation.

    Notes
    -----
    The approximations are what hardware measures with few circuits [1]_; here they save nothing.

    References
    ----------
    .. [1] J. Stokes, J. Izaac, N. Killoran and G. Carleo, "Quantum natural gradient", Quantum 4,
       269 (2020).

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, fubini_study_metric
    >>> xp = ab.get_backend("numpy")
    >>> circuit = Circuit(1).ry(0, Parameter("t"))
    >>> fubini_study_metric(circuit, xp.asarray([0.3]), xp=xp).round(6)
    array([[0.25]])
    """
    if approximation not in ("none", "block-diagonal", "diagonal"):
        raise ValueError(
            "Argument `approximation` must be 'none', 'block-diagonal' or 'diagonal', but is "
            f"{approximation!r}."
        )
    xp = circuit.backend if xp is None else xp
    uses = Uses(circuit)
    states, derivatives = _tangents(xp, circuit, uses, theta)
    tangents = xp.moveaxis(derivatives, 0, 1)
    bras = xp.conj(tangents)
    along = xp.matmul(bras, states[:, :, None])
    grams = xp.matmul(bras, xp.matrix_transpose(tangents))
    metric = xp.real(grams - along * xp.conj(xp.matrix_transpose(along)))
    if approximation != "none":
        layers = uses.layers() if approximation == "block-diagonal" else range(metric.shape[-1])
        mask = [[float(one == other) for other in layers] for one in layers]
        metric = metric * xp.asarray(mask, dtype=metric.dtype, device=xp.device)
    return xp.reshape(uses.both_parameters(xp, metric), (*theta.shape, theta.shape[-1]))


def quantum_fisher_information(
    circuit: Circuit, theta: Any, /, *, xp: ArrayBackend[Any] | None = None
) -> Any:
    r"""
    Quantum Fisher information of the final state about the parameters of a circuit.

    Parameters
    ----------
    circuit : Circuit
        Also with channels, measurements and conditions. Its angles are numbers, parameters and
        linear expressions of parameters.
    theta : array, shape (*batch, n_parameters), real
    xp : ArrayBackend, optional
        Backend of `theta`; the current one unless given.

    Returns
    -------
    array, shape (*batch, n_parameters, n_parameters), real
        Of pure states four times the `fubini_study_metric`. Of mixed ones that of the symmetric
        logarithmic derivative [1]_: with the eigenvalues w_k and eigenvectors of rho, the sum of
        2 Re(<k|d_i rho|l> <l|d_j rho|k>) / (w_k + w_l) over all k, l for which w_k + w_l is not
        zero to rounding.

    Raises
    ------
    CapabilityError
        If the circuit has a post-selection.
    TypeError, ShapeError, MemoryLimitError
        As `state_derivatives`.

    Notes
    -----
    Of mixed states, where the rank of rho changes with a parameter, the sum leaves out a part, and
    the result is not continuous in that point [1]_.

    References
    ----------
    .. [1] D. Safranek, "Discontinuities of the quantum Fisher information and the Bures metric",
       Phys. Rev. A 95, 052320 (2017).

    Examples
    --------
    Of a phase after dephasing with probability p, the information is (1 - 2 p)**2:

    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, quantum_fisher_information
    >>> xp = ab.get_backend("numpy")
    >>> circuit = Circuit(1).h(0).rz(0, Parameter("t")).phase_flip(0, 0.1)
    >>> quantum_fisher_information(circuit, xp.asarray([0.3]), xp=xp).round(6)
    array([[0.64]])
    """
    xp = circuit.backend if xp is None else xp
    check_shiftable(circuit, "The quantum Fisher information is computed by shift rules")
    uses = Uses(circuit)
    simulation = Simulation(xp, uses.structure, circuit.matrices)
    if not simulation.is_density:
        return 4 * fubini_study_metric(circuit, theta, xp=xp)
    rho, derivatives = _derivatives(xp, uses, simulation, simulation.final, theta)
    weights, vectors = xp.linalg.eigh(rho)
    basis = vectors[:, None, :, :]
    slopes = xp.matmul(xp.matmul(xp.conj(xp.matrix_transpose(basis)), derivatives), basis)
    sums = weights[:, :, None] + weights[:, None, :]
    flat = (*slopes.shape[:2], slopes.shape[-1] ** 2)
    shares = xp.reshape(_inverse_or_zero(xp, sums), (flat[0], 1, flat[2]))
    slopes = xp.reshape(slopes, flat)
    weighted = xp.astype(2 * shares, slopes.dtype) * xp.conj(slopes)
    found = xp.real(xp.matmul(slopes, xp.matrix_transpose(weighted)))
    return xp.reshape(found, (*theta.shape, theta.shape[-1]))


def classical_fisher_information(
    circuit: Circuit, theta: Any, /, qubits: int | Iterable[int] | None = None, *,
    xp: ArrayBackend[Any] | None = None,
) -> Any:  # fmt: skip
    r"""
    Fisher information about the parameters of a circuit in the outcomes of a measurement.

    Parameters
    ----------
    circuit : Circuit
        Also with channels, measurements and conditions. Its angles are numbers, parameters and
        linear expressions of parameters.
    theta : array, shape (*batch, n_parameters), real
    qubits : int or sequence of int, optional
        Measured in the end, in the computational basis, without readout error; all unless given.
    xp : ArrayBackend, optional
        Backend of `theta`; the current one unless given.

    Returns
    -------
    array, shape (*batch, n_parameters, n_parameters), real
        Sum over the outcomes x of (d_i p_x) (d_j p_x) / p_x. An outcome of probability zero to
        rounding counts as zero. At most the `quantum_fisher_information`.

    Raises
    ------
    CapabilityError
        If the circuit has a post-selection.
    ValueError
        If a qubit is out of range or repeated.
    TypeError, ShapeError, MemoryLimitError
        As `state_derivatives`.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, classical_fisher_information
    >>> xp = ab.get_backend("numpy")
    >>> circuit = Circuit(1).ry(0, Parameter("t"))
    >>> classical_fisher_information(circuit, xp.asarray([0.3]), xp=xp).round(6)
    array([[1.]])
    """
    xp = circuit.backend if xp is None else xp
    check_shiftable(circuit, "The Fisher information is computed by shift rules")
    uses = Uses(circuit)
    simulation = Simulation(xp, uses.structure, circuit.matrices)

    def distribution(angles: Any) -> Any:
        return marginal_probabilities(xp, simulation.probabilities(angles), qubits)

    p, slopes = _derivatives(xp, uses, simulation, distribution, theta)
    weighted = _inverse_or_zero(xp, p)[:, None, :] * slopes
    found = xp.matmul(slopes, xp.matrix_transpose(weighted))
    return xp.reshape(found, (*theta.shape, theta.shape[-1]))


def _derivatives(
    xp: ArrayBackend[Any], uses: Uses, simulation: Simulation, function: Any, theta: Any
) -> tuple[Any, Any]:
    """
    Return values (batch, *shape) and derivatives (batch, n_parameters, *shape).

    The function takes angles (n_uses, batch), and is linear in the density matrix.
    """

    def values(rows: Any) -> Any:
        return simulation.at_rows(function, rows)

    rows = uses.rows(xp, theta)
    found = values(rows)
    probes = Probes(uses.structure, uses.is_variable)
    by_use = probes.gradient(xp, values, rows)
    columns = xp.matrix_transpose(xp.reshape(by_use, (by_use.shape[0], -1)))
    derivatives = xp.reshape(uses.parameters(xp, columns), (*found.shape, theta.shape[-1]))
    return found, xp.moveaxis(derivatives, -1, 1)


def _inverse_or_zero(xp: ArrayBackend[Any], x: Any) -> Any:
    """Return 1 / x, or 0 where x is zero to rounding."""
    counts = x > xp.finfo(real_dtype(xp)).eps
    return xp.where(counts, 1 / xp.where(counts, x, xp.ones_like(x)), xp.zeros_like(x))


def natural_gradient(
    xp: ArrayBackend[Any], metric: Any, gradient: Any, /, *, damping: float = 0.0,
    tolerance: float | None = None,
) -> Any:  # fmt: skip
    """
    Direction of steepest ascent in a metric: the gradient times the inverse of the metric.

    Parameters
    ----------
    xp : ArrayBackend
    metric : array, shape (*batch, n, n), real
        Symmetric, such as `fubini_study_metric`.
    gradient : array, shape (*batch, n), real
    damping : float
        Added to the diagonal of the metric, which keeps steps short in directions in which the
        state hardly changes. If it is 0, the pseudo-inverse is taken.
    tolerance : float, optional
        Directions whose eigenvalue is at most this times the largest are left out by the
        pseudo-inverse. n times the rounding unit unless given.

    Returns
    -------
    array, shape (*batch, n), real
        Differentiable if there is damping, or the eigenvalues of the metric are distinct.

    Raises
    ------
    TypeError
        If `metric` or `gradient` is no array of the backend.
    ValueError
        If `damping` is negative.

    Notes
    -----
    A step of gradient descent with it, theta - rate * natural_gradient, follows evolution in
    imaginary time if the metric is that of Fubini and Study [1]_.

    References
    ----------
    .. [1] J. Stokes, J. Izaac, N. Killoran and G. Carleo, "Quantum natural gradient", Quantum 4,
       269 (2020).

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> natural_gradient(xp, xp.asarray([[0.25, 0.0], [0.0, 0.0]]), xp.asarray([0.5, 0.0]))
    array([2., 0.])
    """
    for name, array in (("metric", metric), ("gradient", gradient)):
        if not xp.is_array(array):
            raise TypeError(
                f"Argument `{name}` must be an array of backend `{xp.name}`, but is {array!r}."
            )
    if not damping >= 0:
        raise ValueError(f"Argument `damping` must not be negative, but is {damping!r}.")
    n = metric.shape[-1]
    columns = gradient[..., None]
    if damping > 0:
        unit = xp.eye(n, dtype=metric.dtype, device=xp.device)
        return xp.linalg.solve(metric + damping * unit, columns)[..., 0]
    if tolerance is None:
        tolerance = n * float(xp.finfo(metric.dtype).eps)
    values, vectors = xp.linalg.eigh(metric)
    counts = values > tolerance * xp.max(xp.abs(values), axis=-1, keepdims=True)
    inverses = xp.where(counts, 1 / xp.where(counts, values, xp.ones_like(values)), 0 * values)
    components = xp.matmul(xp.matrix_transpose(vectors), columns)
    return xp.matmul(vectors, inverses[..., None] * components)[..., 0]
