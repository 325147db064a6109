"""Probabilities of outcomes as functions of parameters, with exact derivatives everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from arraybackends.errors import GradientError
from arraybackends.quantum.circuits.layout import Layout
from arraybackends.quantum.engines.density import density_evolution, interleave, separate
from arraybackends.quantum.engines.measurement import resolve
from arraybackends.quantum.execution.execution import given_arrays
from arraybackends.quantum.execution.sweep import evolution_of
from arraybackends.quantum.memory import STATES_OF_EXPECTATION, check_memory
from arraybackends.quantum.planning.plan import plan
from arraybackends.quantum.states.register import check_subset, reorder
from arraybackends.quantum.states.sampling import marginal_probabilities, probabilities
from arraybackends.quantum.tracing import is_tracked

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["probabilities_function"]


def probabilities_function(
    circuit: Circuit, qubits: int | Iterable[int] | None = None, /, *,
    xp: ArrayBackend[Any] | None = None,
) -> Callable[[Any], Any]:  # fmt: skip
    """
    Probabilities of outcomes as a function of the circuit's parameters.

    Parameters
    ----------
    circuit : Circuit
        Also with channels, measurements and conditions. Its angles are numbers, parameters and
        linear expressions of parameters.
    qubits : int or sequence of int, optional
        Measured in the end, in this order, without readout error; all unless given.
    xp : ArrayBackend, optional
        Backend that the function belongs to; the current one unless given.

    Returns
    -------
    callable
        Takes an array of shape (*batch, n_parameters), in the order of `circuit.parameters`, and
        returns the probabilities, a real array of shape (*batch, 2**k). `xp.vjp` of it is exact on
        every backend, also without automatic differentiation.

    Raises
    ------
    ValueError
        If a qubit is out of range or repeated.
    TypeError
        If an angle of the circuit is an array: pass it through the parameters instead.
    GradientError
        If an array of the circuit is tracked: `Circuit.probabilities` is differentiated in it.
    MemoryLimitError
        If the states of the adjoint sweep do not fit.

    Notes
    -----
    The vector-Jacobian product is one adjoint sweep: about three times the cost of the value.

    Examples
    --------
    The slope of the loss (p_0 - 1)**2, by the chain rule:

    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, probabilities_function
    >>> xp = ab.get_backend("numpy")
    >>> function = probabilities_function(Circuit(1).ry(0, Parameter("t")), xp=xp)
    >>> p, pull_back = xp.vjp(function, xp.asarray([xp.pi / 2]))
    >>> pull_back(2 * (p - 1) * xp.asarray([1.0, 0.0]))[0].round(6)
    array([0.5])
    """
    xp = circuit.backend if xp is None else xp
    n_qubits = circuit.n_qubits
    subset = tuple(range(n_qubits)) if qubits is None else check_subset(qubits, n_qubits, "qubits")
    if any(is_tracked(xp, x) for x in circuit.matrices if not isinstance(x, tuple)):
        raise GradientError(
            "An array of the circuit is tracked, but `probabilities_function` is differentiated in "
            "parameters alone. Use `Circuit.probabilities`, or detach the array with `xp.detach`."
        )
    resolved = resolve(circuit.structure)
    if resolved.pure is None or resolved.is_post_selected:
        return _of_density_matrices(xp, circuit, subset)
    layout, program = Layout(circuit), plan(resolved.pure)
    evolution = evolution_of(xp, program, is_unitary=circuit.is_reversible(xp))
    check_memory(xp, n_qubits, states=STATES_OF_EXPECTATION + evolution.n_kept)
    given = given_arrays(xp, program, circuit.matrices)

    def distribution(theta: Any) -> tuple[Any, Any]:
        """Probabilities as a function of the parameters."""
        tape = evolution.forward(layout.angles(xp, theta), given)
        values = probabilities(xp, tape.final, subset)
        return xp.reshape(values, (*theta.shape[:-1], values.shape[-1])), (theta, tape)

    def backward(residuals: Any, cotangent: Any) -> tuple[Any]:
        theta, tape = residuals
        weights = xp.astype(2 * _spread(xp, cotangent, subset, n_qubits), tape.final.dtype)
        angles = layout.angles(xp, theta)
        gradients = evolution.pull_back(angles, given, tape, weights * tape.final)
        in_theta = xp.reshape(layout.parameters(xp, gradients.angles), theta.shape)
        return (xp.astype(in_theta, theta.dtype),)

    return xp.custom_vjp(distribution, backward)


def _of_density_matrices(
    xp: ArrayBackend[Any], circuit: Circuit, subset: tuple[int, ...]
) -> Callable[[Any], Any]:
    layout, n_qubits = Layout(circuit), circuit.n_qubits
    is_post_selected = resolve(circuit.structure).is_post_selected

    def distribution(theta: Any) -> tuple[Any, Any]:
        """Probabilities as a function of the parameters."""
        angles = layout.angles(xp, theta)
        evolution = density_evolution(xp, circuit.structure, (), angles.shape[1])
        given = evolution.arrays(angles, circuit.matrices)
        final, tape = evolution.forward(angles, given, evolution.initial(angles.shape[1]))
        diagonal = xp.real(xp.linalg.diagonal(separate(xp, final)[0, ...]))
        values, total = marginal_probabilities(xp, diagonal, subset), xp.ones_like(diagonal[:, :1])
        if is_post_selected:
            total = xp.sum(diagonal, axis=-1, keepdims=True)
            values = values / total
        shaped = xp.reshape(values, (*theta.shape[:-1], values.shape[-1]))
        return shaped, (theta, angles, given, tape, values, total)

    def backward(residuals: Any, cotangent: Any) -> tuple[Any]:
        theta, angles, given, tape, values, total = residuals
        evolution = density_evolution(xp, circuit.structure, (), angles.shape[1])
        cotangent = xp.reshape(cotangent, values.shape)
        if is_post_selected:
            cotangent = cotangent - xp.sum(cotangent * values, axis=-1, keepdims=True)
        weights = _spread(xp, cotangent / total, subset, n_qubits)
        unit = xp.eye(2**n_qubits, dtype=tape[0].dtype, device=xp.device)
        costate = xp.astype(weights, unit.dtype)[:, :, None] * unit
        in_angles, in_given = evolution.pull_back(
            angles, given, tape, interleave(xp, costate)[None, ...]
        )
        in_angles = in_angles + evolution.angle_gradient(angles, in_given)
        in_theta = xp.reshape(layout.parameters(xp, in_angles), theta.shape)
        return (xp.astype(in_theta, theta.dtype),)

    return xp.custom_vjp(distribution, backward)


def _spread(xp: ArrayBackend[Any], values: Any, subset: tuple[int, ...], n_qubits: int) -> Any:
    """Return values of outcomes (*batch, 2**k) for each state of all qubits, (m, 2**n_qubits)."""
    layout = (*subset, *(qubit for qubit in range(n_qubits) if qubit not in subset))
    size = 2 ** len(subset)
    columns = xp.reshape(values, (-1, size, 1))
    whole = xp.broadcast_to(columns, (columns.shape[0], size, 2**n_qubits // size))
    flat = xp.reshape(whole, (columns.shape[0], 2**n_qubits))
    return reorder(xp, flat, [layout.index(qubit) for qubit in range(n_qubits)])
