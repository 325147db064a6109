"""Second derivatives of expectation values, exact on every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arraybackends.errors import CapabilityError
from arraybackends.quantum.derivatives.gradient import expectation_function
from arraybackends.quantum.derivatives.probes import Probes, check_shiftable
from arraybackends.quantum.derivatives.simulation import Simulation, in_chunks
from arraybackends.quantum.derivatives.uses import Uses
from arraybackends.quantum.gates.channel import READOUT_ERROR, Relaxation, channel_of
from arraybackends.quantum.gates.gate import gate_of
from arraybackends.quantum.observables import Observable

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["hessian_function"]


def hessian_function(
    circuit: Circuit, observable: Observable, /, *, xp: ArrayBackend[Any] | None = None
) -> Callable[[Any], Any]:
    """
    Second derivatives of an expectation value as a function of the circuit's parameters.

    Parameters
    ----------
    circuit : Circuit
        As for `expectation_function`.
    observable : Observable
        Hermitian, on as many qubits.
    xp : ArrayBackend, optional
        Backend that the function belongs to; the current one unless given.

    Returns
    -------
    callable
        Takes an array of shape (*batch, n_parameters), and returns the Hessians, a real array of
        shape (*batch, n_parameters, n_parameters): exact, without automatic differentiation.

    Raises
    ------
    CapabilityError
        If the circuit has a post-selection, or a parameter is one of a channel that is not linear
        in it, such as `amplitude_damping`. There use `xp.hessian` of `expectation_function`, on a
        backend with automatic differentiation.
    TypeError, ShapeError, ValueError
        As `expectation_function`.

    Notes
    -----
    Adjoint gradients at shifted angles: for P uses of parameters 2 P gradients, or 4 P for
    controlled rotations [1]_.

    References
    ----------
    .. [1] A. Mari, T. R. Bromley and N. Killoran, "Estimating the gradient and higher-order
       derivatives on quantum hardware", Phys. Rev. A 103, 012405 (2021).

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, PauliSum, hessian_function
    >>> xp = ab.get_backend("numpy")
    >>> circuit = Circuit(1).rx(0, Parameter("a")).rx(0, Parameter("b"))
    >>> hessian_function(circuit, PauliSum({"Z": 1.0}), xp=xp)(xp.asarray([0.1, 0.2])).round(6)
    array([[-0.955336, -0.955336],
           [-0.955336, -0.955336]])
    """
    xp = circuit.backend if xp is None else xp
    check_shiftable(circuit, "Hessians are computed by shift rules")
    uses = Uses(circuit)
    for operation in uses.structure.operations:
        channel = channel_of(operation.gate, len(operation.qubits))
        varies = gate_of(operation.gate) is None and any(
            uses.is_variable[slot] for slot in operation.slots
        )
        is_linear = not isinstance(channel, Relaxation) or operation.gate == READOUT_ERROR
        if varies and not is_linear:
            raise CapabilityError(
                f"The Hessian in a parameter of `{operation.gate}`, which the channel is not "
                "linear in, has no shift rule. Use `xp.hessian` of `expectation_function` on a "
                "backend with automatic differentiation."
            )
    probes = Probes(uses.structure, uses.is_variable)
    at_once = Simulation(xp, uses.structure, circuit.matrices).rows_at_once
    energy = expectation_function(uses.circuit(circuit.matrices), observable, xp=xp)

    def gradient(rows: Any) -> Any:
        values, pull_back = xp.vjp(energy, rows)
        return pull_back(xp.ones_like(values))[0]

    def gradients(rows: Any) -> Any:
        return in_chunks(xp, gradient, rows, at_once=at_once)

    def hessian(theta: Any) -> Any:
        """Second derivatives of an expectation value, as a function of the parameters."""
        found = probes.gradient(xp, gradients, uses.rows(xp, theta))
        matrices = uses.both_parameters(xp, xp.moveaxis(found, 0, 1))
        return xp.reshape(matrices, (*theta.shape, theta.shape[-1]))

    return hessian
