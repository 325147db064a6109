"""Expectation values as functions of a parameter vector, with exact derivatives everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.density_gradient import density_expectation_function
from arraybackends.quantum.execution import given_arrays
from arraybackends.quantum.layout import Layout
from arraybackends.quantum.measurement import resolve
from arraybackends.quantum.memory import STATES_OF_EXPECTATION, check_memory
from arraybackends.quantum.observables import Observable, check_observable
from arraybackends.quantum.plan import plan
from arraybackends.quantum.sweep import Evolution

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuit import Circuit

__all__ = ["expectation_function"]


def expectation_function(
    circuit: Circuit, observable: Observable, /, *, xp: ArrayBackend[Any] | None = None
) -> Callable[[Any], Any]:
    """
    Expectation value as a function of the circuit's parameters.

    Parameters
    ----------
    circuit : Circuit
        Its angles are numbers, parameters and linear expressions of parameters.
    observable : Observable
        Hermitian, on as many qubits. Arrays that it is made of count as constants: to differentiate
        in them use `Circuit.expectation`.
    xp : ArrayBackend, optional
        Backend that the function belongs to; the current one unless given.

    Returns
    -------
    callable
        Takes an array of shape (*batch, n_parameters), in the order of `circuit.parameters`, and
        returns the expectation values, a real array of shape `batch`. The gradient is exact on
        every backend, also without automatic differentiation, and costs about three times the
        value.

    Raises
    ------
    TypeError
        If an angle of the circuit is an array: pass it through the parameters instead.
    ShapeError, ValueError
        As `Circuit.expectation`.
    MemoryLimitError
        If the states of the adjoint sweep do not fit.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, PauliSum
    >>> xp = ab.get_backend("numpy")
    >>> circuit = Circuit(1).rx(0, Parameter("t"))
    >>> energy = expectation_function(circuit, PauliSum({"Z": 1.0}), xp=xp)
    >>> value, gradient = xp.value_and_grad(energy)(xp.asarray([0.0]))
    >>> value, gradient
    (array(1.), array([0.]))
    """
    xp = circuit.backend if xp is None else xp
    check_observable(observable, circuit.n_qubits)
    resolved = resolve(circuit.structure)
    if resolved.pure is None or resolved.is_post_selected:
        return density_expectation_function(xp, circuit, observable)
    layout = Layout(circuit)
    program = plan(resolved.pure)
    evolution = Evolution(xp, program, is_unitary=circuit.is_reversible(xp))
    check_memory(xp, circuit.n_qubits, states=STATES_OF_EXPECTATION + evolution.n_kept)
    given = given_arrays(xp, program, circuit.matrices)
    apply = observable.operator(xp)

    def expectation(theta: Any) -> tuple[Any, Any]:
        """Expectation value as a function of the parameters."""
        tape = evolution.forward(layout.angles(xp, theta), given)
        image = apply(tape.final)
        values = xp.real(xp.vecdot(tape.final, image))
        return xp.reshape(values, theta.shape[:-1]), (theta, tape, image)

    def backward(residuals: Any, cotangent: Any) -> tuple[Any]:
        theta, tape, image = residuals
        weights = xp.reshape(2 * xp.astype(cotangent, image.dtype), (-1, 1))
        angles = layout.angles(xp, theta)
        gradients = evolution.pull_back(angles, given, tape, weights * image)
        in_theta = xp.reshape(layout.parameters(xp, gradients.angles), theta.shape)
        return (xp.astype(in_theta, theta.dtype),)

    return xp.custom_vjp(expectation, backward)
