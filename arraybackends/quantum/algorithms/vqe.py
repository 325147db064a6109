"""The variational quantum eigensolver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.algorithms.minimization import Minimizer, Minimum, minimize
from arraybackends.quantum.derivatives.gradient import expectation_function
from arraybackends.selection import get_backend

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit
    from arraybackends.quantum.observables import Observable

__all__ = ["vqe"]

_SPREAD = 0.01
"""Standard deviation of the random start, in radians: small, so that the start stays near zero."""


def vqe(
    ansatz: Circuit, hamiltonian: Observable, /, *, xp: ArrayBackend[Any] | None = None,
    start: Any = None, seed: int = 0, minimizer: Minimizer = minimize,
    max_iterations: int = 500, tolerance: float | None = None,
    callback: Callable[[int, float, float], None] | None = None,
) -> Minimum:  # fmt: skip
    """
    Lowest energy that a parametrised circuit reaches.

    Parameters
    ----------
    ansatz : Circuit
        With parameters.
    hamiltonian : Observable
        Hermitian.
    xp : ArrayBackend, optional
        The current backend unless given. Where it compiles complex arithmetic, the energy and its
        gradient are compiled.
    start : array, shape (n_parameters,), real, optional
        Where to start, in the order of `ansatz.parameters`. Unless given, the start is normal with
        a deviation of 0.01 around zero: exactly zero is often a saddle.
    seed : int
        Of that normal distribution.
    minimizer : callable
        `minimize`, `adam`, `gradient_descent`, or another of that signature; options of its own
        are given by `functools.partial(adam, step=0.01)`.
    max_iterations, tolerance, callback
        As in `minimize`.

    Returns
    -------
    Minimum
        `x` are the parameters, `value` is the energy. The same seed gives the same start on every
        backend.

    Raises
    ------
    ValueError
        If the circuit has no parameters; and as `expectation_function`.
    ShapeError
        If `start` has another number of elements than the circuit has parameters.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, PauliSum
    >>> circuit = Circuit(1).ry(0, Parameter("t"))
    >>> round(vqe(circuit, PauliSum({"Z": 1.0}), xp=ab.get_backend("numpy")).value, 9)
    -1.0
    """
    if not ansatz.parameters:
        raise ValueError("Argument `ansatz` must have parameters, but has none to vary.")
    xp = get_backend() if xp is None else xp
    shape = (len(ansatz.parameters),)
    if start is None:
        start = xp.random.default_rng(seed).normal(shape, std=_SPREAD)
    elif tuple(start.shape) != shape:
        raise ShapeError(
            f"Argument `start` must have shape {shape}, one element for each parameter of the "
            f"ansatz, but has shape {tuple(start.shape)}."
        )
    value_and_grad = xp.value_and_grad(expectation_function(ansatz, hamiltonian, xp=xp))
    if xp.capabilities.compiles_complex:
        value_and_grad = xp.jit(value_and_grad)
    return minimizer(
        xp, value_and_grad, start,
        max_iterations=max_iterations, tolerance=tolerance, callback=callback,
    )  # fmt: skip
