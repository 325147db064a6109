"""Expectation values in density matrices as functions of parameters, with exact derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.circuits.layout import Layout
from arraybackends.quantum.engines.density import density_evolution, interleave, separate
from arraybackends.quantum.engines.measurement import resolve
from arraybackends.quantum.observables.base import Observable
from arraybackends.quantum.observables.moments import expectation

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["density_expectation_function"]


def density_expectation_function(
    xp: ArrayBackend[Any], circuit: Circuit, observable: Observable, /
) -> Callable[[Any], Any]:
    """
    Return what `expectation_function` does, for a circuit that makes states mixed.

    A reverse sweep through the density matrices: about four times the cost of the value.
    """
    layout, n_qubits = Layout(circuit), circuit.n_qubits
    is_post_selected = resolve(circuit.structure).is_post_selected

    def expectations(theta: Any) -> tuple[Any, Any]:
        """Expectation value as a function of the parameters."""
        angles = layout.angles(xp, theta)
        batch = angles.shape[1]
        evolution = density_evolution(xp, circuit.structure, (), batch)
        given = evolution.arrays(angles, circuit.matrices)
        final, tape = evolution.forward(angles, given, evolution.initial(batch))
        rho = separate(xp, final)[0, ...]
        values = expectation(xp, rho, observable, density=True)
        weights = xp.ones_like(values)
        if is_post_selected:
            weights = xp.real(xp.linalg.trace(rho))
            values = values / weights
        residuals = (theta, angles, given, tape, values, weights)
        return xp.reshape(values, theta.shape[:-1]), residuals

    def backward(residuals: Any, cotangent: Any) -> tuple[Any]:
        theta, angles, given, tape, values, weights = residuals
        batch = angles.shape[1]
        evolution = density_evolution(xp, circuit.structure, (), batch)
        image = observable.matrix(xp)[None, ...]
        if is_post_selected:
            unit = xp.eye(2**n_qubits, dtype=image.dtype, device=xp.device)
            image = image - xp.astype(values, image.dtype)[:, None, None] * unit
        factors = xp.reshape(cotangent, (batch,)) / weights
        costate = xp.astype(factors, image.dtype)[:, None, None] * image
        in_angles, in_given = evolution.pull_back(
            angles, given, tape, interleave(xp, costate)[None, ...]
        )
        in_angles = in_angles + evolution.angle_gradient(angles, in_given)
        in_theta = xp.reshape(layout.parameters(xp, in_angles), theta.shape)
        return (xp.astype(in_theta, theta.dtype),)

    return xp.custom_vjp(expectations, backward)
