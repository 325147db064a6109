"""Expectation values as functions of a parameter vector, with exact derivatives everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.circuits.layout import Layout
from arraybackends.quantum.derivatives.density_gradient import density_expectation_function
from arraybackends.quantum.derivatives.expectation import (
    DiffMethod,
    Storage,
    check_method,
    check_storage,
    expectation_by,
    has_tracked_arrays,
)
from arraybackends.quantum.engines.measurement import resolve
from arraybackends.quantum.execution.execution import given_arrays
from arraybackends.quantum.execution.sweep import evolution_of
from arraybackends.quantum.memory import STATES_OF_GRADIENT, check_memory
from arraybackends.quantum.observables import Observable, check_observable
from arraybackends.quantum.planning.plan import plan
from arraybackends.quantum.tracing import outside_transforms

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["expectation_function"]


def expectation_function(
    circuit: Circuit, observable: Observable, /, *, diff_method: DiffMethod = "adjoint",
    storage: Storage = "full", xp: ArrayBackend[Any] | None = None,
) -> Callable[[Any], Any]:  # fmt: skip
    """
    Expectation value as a function of the circuit's parameters.

    Parameters
    ----------
    circuit : Circuit
        Its angles are numbers, parameters and linear expressions of parameters.
    observable : Observable
        Hermitian, on as many qubits. If arrays of which it or the circuit is made are tracked when
        the function is made, "adjoint" and "backprop" differentiate in them too.
    diff_method : {"adjoint", "backprop", "parameter-shift", "finite-difference"}
        How the gradient is computed; see the notes.
    storage : {"full", "half"}
        How states are kept: "half" is that of `run_half`, with "parameter-shift" alone.
    xp : ArrayBackend, optional
        Backend that the function belongs to; the current one unless given.

    Returns
    -------
    callable
        Takes an array of shape (*batch, n_parameters), in the order of `circuit.parameters`, and
        returns the expectation values, a real array of shape `batch`. The gradient is that of the
        method on every backend, also without automatic differentiation.

    Raises
    ------
    TypeError
        If an angle of the circuit is an array: pass it through the parameters instead.
    ShapeError, ValueError
        As `Circuit.expectation`; or if there is no such `diff_method`.
    CapabilityError
        If the method is "backprop" and the backend has no automatic differentiation,
        "parameter-shift" and the circuit has a post-selection, or another than "parameter-shift"
        with half storage, or that and the circuit is not made of gates alone.
    GradientError
        If an array is tracked and the method is "parameter-shift" or "finite-difference".
    MemoryLimitError
        If the states of the adjoint sweep do not fit.

    Notes
    -----
    For P uses of parameters, and in units of one evaluation:

    - "adjoint" sweeps back through the circuit [1]_: about 3 evaluations and 5 states, exact.
    - "backprop" leaves it to the library: about 3 evaluations, but a state for each gate; exact.
    - "parameter-shift" evaluates at shifted angles, as hardware can: 2 P times, for controlled
      rotations and excitations 4 P times, by the rule [2]_ that follows from the spectrum of each
      generator; exact. Every use of a parameter is shifted by itself. Channels are evaluated at
      reference points, which is exact too, as states are linear in their coefficients.
    - "finite-difference" is central, with a step that suits the precision: an error near 4e-11 in
      double and 2e-5 in single precision, and in second derivatives near 1e-7 and 1e-3. Steps are
      absolute, in radians; within a step of the end of its range, a parameter of a channel gives
      nan.

    With half storage the value and each evaluation for the gradient are off as `HalfState` says,
    and differences of them, which `xp.hessian` takes where there is no automatic differentiation,
    mean nothing.

    Derivatives of higher order are those of the method, where the library has automatic
    differentiation; elsewhere `xp.hessian` takes differences of the gradient, with a warning, and
    `hessian_function` is exact.

    References
    ----------
    .. [1] T. Jones and J. Gacon, "Efficient calculation of gradients in classical simulations of
       variational quantum algorithms", 2020, arXiv:2009.02823.
    .. [2] D. Wierichs, J. Izaac, C. Wang and C. Y.-Y. Lin, "General parameter-shift rules for
       quantum gradients", Quantum 6, 677 (2022).

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
    check_method(diff_method)
    check_storage(storage, diff_method)
    check_observable(observable, circuit.n_qubits)
    if diff_method != "adjoint" or has_tracked_arrays(xp, circuit, observable):
        return expectation_by(diff_method, xp, circuit, observable, storage=storage)
    resolved = resolve(circuit.structure)
    if resolved.pure is None or resolved.is_post_selected:
        return density_expectation_function(xp, circuit, observable)
    layout = Layout(circuit)
    program = plan(resolved.pure)
    evolution = evolution_of(xp, program, is_unitary=circuit.is_reversible(xp))
    check_memory(xp, circuit.n_qubits, states=STATES_OF_GRADIENT + evolution.n_kept)
    given = given_arrays(xp, program, circuit.matrices)
    with outside_transforms(xp):
        apply = observable.operator(xp)

    def expectation(theta: Any) -> tuple[Any, Any]:
        """Expectation value as a function of the parameters."""
        tape = evolution.forward(layout.angles(xp, theta), given)
        image = apply(tape.final)
        values = xp.real(xp.vecdot(tape.final, image))
        return xp.reshape(values, theta.shape[:-1]), (theta, tape, image)

    def backward(residuals: Any, cotangent: Any) -> tuple[Any]:
        theta, tape, image = residuals
        angles = layout.angles(xp, theta)
        gradients = evolution.pull_back(angles, given, tape, image)
        in_theta = xp.reshape(layout.parameters(xp, gradients.angles), theta.shape)
        # The weights come last: on the image they would take one more state.
        weights = 2 * xp.astype(xp.expand_dims(cotangent, axis=-1), in_theta.dtype)
        return (xp.astype(weights * in_theta, theta.dtype),)

    return xp.custom_vjp(expectation, backward)
