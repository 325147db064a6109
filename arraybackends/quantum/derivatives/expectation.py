"""Expectation values as functions of parameters, differentiated by a method of one's choice."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from arraybackends.errors import CapabilityError, GradientError
from arraybackends.quantum.circuits.layout import Layout
from arraybackends.quantum.derivatives.half import HalfSimulation
from arraybackends.quantum.derivatives.probes import Probes, check_shiftable
from arraybackends.quantum.derivatives.simulation import Simulation, with_gradient
from arraybackends.quantum.derivatives.uses import Uses
from arraybackends.quantum.dtype import real_dtype
from arraybackends.quantum.observables import Observable
from arraybackends.quantum.tracing import is_tracked

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["DIFF_METHODS", "DiffMethod", "Storage", "check_method", "check_storage"]
__all__ += ["expectation_by", "has_tracked_arrays"]

DiffMethod = Literal["adjoint", "backprop", "parameter-shift", "finite-difference"]
"""How the derivative of an expectation value is computed."""

DIFF_METHODS: tuple[DiffMethod, ...] = (
    "adjoint", "backprop", "parameter-shift", "finite-difference",
)  # fmt: skip


Storage = Literal["full", "half"]
"""How states are kept: in the backend's precision, or as pairs of float16."""


def check_storage(storage: str, diff_method: str, /) -> None:
    """Raise unless this is a way to keep states, of which this is a way to differentiate."""
    if storage not in ("full", "half"):
        raise ValueError(f"Argument `storage` must be 'full' or 'half', but is {storage!r}.")
    if storage == "half" and diff_method != "parameter-shift":
        raise CapabilityError(
            f"Argument `storage` is 'half' and `diff_method` is {diff_method!r}, which would "
            "differentiate, un-compute or magnify the rounding of states. Use "
            "`diff_method='parameter-shift'`."
        )


def check_method(diff_method: str, /) -> None:
    """Raise ValueError unless this is a way to differentiate."""
    if diff_method not in DIFF_METHODS:
        known = ", ".join(map(repr, DIFF_METHODS))
        raise ValueError(f"Argument `diff_method` must be one of {known}, but is {diff_method!r}.")


def has_tracked_arrays(xp: ArrayBackend[Any], circuit: Circuit, observable: Observable, /) -> bool:
    """Whether a derivative may be wanted in the arrays that circuit or observable are made of."""
    arrays = [array for array in circuit.matrices if not isinstance(array, tuple)]
    return any(is_tracked(xp, array) for array in (*arrays, *observable.arrays))


def expectation_by(
    diff_method: DiffMethod,
    xp: ArrayBackend[Any],
    circuit: Circuit,
    observable: Observable,
    /,
    *,
    storage: Storage = "full",
) -> Callable[[Any], Any]:
    """Return what `expectation_function` does, with derivatives by a method."""
    if diff_method in ("adjoint", "backprop"):
        if diff_method == "backprop" and not xp.capabilities.autodiff:
            raise CapabilityError(
                f"Argument `diff_method` is 'backprop', but backend `{xp.name}` has no automatic "
                "differentiation. Use 'adjoint', which is exact on every backend."
            )
        return _by_the_backend(xp, circuit, observable, by_sweep=diff_method == "adjoint")
    if has_tracked_arrays(xp, circuit, observable):
        raise GradientError(
            f"Argument `diff_method` is {diff_method!r}, which differentiates in the parameters of "
            "the circuit alone, but an array of the circuit or of the observable is tracked. Use "
            "'adjoint' or 'backprop', or detach the array with `xp.detach`."
        )
    if diff_method == "parameter-shift":
        return _by_shifts(xp, circuit, observable, storage)
    return _by_differences(xp, circuit, observable)


def _by_the_backend(
    xp: ArrayBackend[Any], circuit: Circuit, observable: Observable, *, by_sweep: bool
) -> Callable[[Any], Any]:
    layout = Layout(circuit)
    simulation = Simulation(
        xp, circuit.structure, circuit.matrices,
        is_unitary=circuit.is_reversible(xp), by_sweep=by_sweep,
    )  # fmt: skip

    def expectation(theta: Any) -> Any:
        """Expectation value as a function of the parameters."""
        values = simulation.expectation(observable, layout.angles(xp, theta))
        return xp.reshape(values, theta.shape[:-1])

    return expectation


def _by_shifts(
    xp: ArrayBackend[Any], circuit: Circuit, observable: Observable, storage: Storage
) -> Callable[[Any], Any]:
    """
    Shift the angle of one gate at a time.

    The derivative is made of the function itself, so that derivatives of any order are shifts.
    """
    check_shiftable(circuit, "Argument `diff_method` is 'parameter-shift'")
    uses = Uses(circuit)
    kind = HalfSimulation if storage == "half" else Simulation
    simulation = kind(xp, uses.structure, circuit.matrices)
    value = functools.partial(simulation.expectation, observable)
    probes = Probes(uses.structure, uses.is_variable)

    def values(rows: Any) -> Any:
        return simulation.at_rows(value, rows)

    def slopes(rows: Any) -> Any:
        return xp.matrix_transpose(probes.gradient(xp, of_uses, rows))

    of_uses = with_gradient(xp, values, slopes)

    def expectation(theta: Any) -> Any:
        return xp.reshape(values(uses.rows(xp, theta)), theta.shape[:-1])

    def gradient(theta: Any) -> Any:
        return xp.reshape(uses.parameters(xp, slopes(uses.rows(xp, theta))), theta.shape)

    return with_gradient(xp, expectation, gradient)


def _by_differences(
    xp: ArrayBackend[Any], circuit: Circuit, observable: Observable
) -> Callable[[Any], Any]:
    layout = Layout(circuit)
    simulation = Simulation(xp, circuit.structure, circuit.matrices)
    value = functools.partial(simulation.expectation, observable)

    def values(theta: Any) -> Any:
        rows = xp.matrix_transpose(layout.angles(xp, theta))
        return xp.reshape(simulation.at_rows(value, rows), theta.shape[:-1])

    return _differenced(xp, values, float(xp.finfo(real_dtype(xp)).eps))


def _differenced(
    xp: ArrayBackend[Any], values: Callable[[Any], Any], error: float
) -> Callable[[Any], Any]:
    """
    Return the function with central differences as its derivative.

    With rounding of size `error`, steps near error**(1/3) lead to an error near error**(2/3) in the
    derivative; which is the `error` of the function that gives the second derivative. Steps are
    powers of two, by which angles move without rounding.
    """
    step = 2.0 ** round(math.log2(error) / 3)

    @functools.cache
    def inner() -> Callable[[Any], Any]:
        return _differenced(xp, values, error ** (2 / 3))

    def gradient(theta: Any) -> Any:
        n = theta.shape[-1]
        if n == 0:
            return xp.zeros_like(theta)
        centre = xp.expand_dims(xp.astype(theta, real_dtype(xp)), axis=-2)
        moves = step * xp.eye(n, dtype=centre.dtype, device=xp.device)
        found = inner()(xp.stack([centre + moves, centre - moves]))
        return (found[0, ...] - found[1, ...]) / (2 * step)

    return with_gradient(xp, values, gradient)
