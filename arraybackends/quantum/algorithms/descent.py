"""Minimisation by steps along the gradient: plain, natural, and with moments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.algorithms.minimization import (
    Minimum,
    default_tolerance,
    largest_element,
)

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["adam", "gradient_descent"]


def gradient_descent(
    xp: ArrayBackend[Any], value_and_grad: Callable[[Any], tuple[Any, Any]], x: Any, /, *,
    step: float = 0.1, metric: Callable[[Any], Any] | None = None, regularization: float = 1e-6,
    max_iterations: int = 500, tolerance: float | None = None,
    callback: Callable[[int, float, float], None] | None = None,
) -> Minimum:  # fmt: skip
    """
    Minimise a smooth function by steps of fixed size along the gradient, or the natural gradient.

    Parameters
    ----------
    xp : ArrayBackend
    value_and_grad : callable
        Returns the value (0-d) and the gradient (like `x`).
    x : array, shape (n,), real
        Where to start; not modified.
    step : float
        Factor of the gradient.
    metric : callable, optional
        Takes `x` to a matrix (n, n), such as the `fubini_study_metric` of a circuit: steps are
        along the natural gradient, the solution of metric @ d = gradient [1]_.
    regularization : float
        Added to the diagonal of the metric, which may be singular.
    max_iterations : int
    tolerance : float, optional
        Stop when no element of the gradient is larger; `default_tolerance` unless given.
    callback : callable, optional
        Called after each iteration with its number, the value and the gradient norm.

    Returns
    -------
    Minimum
        `converged` is False if the iterations ran out.

    References
    ----------
    .. [1] J. Stokes, J. Izaac, N. Killoran and G. Carleo, "Quantum natural gradient", Quantum 4
       (2020), 269.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> found = gradient_descent(xp, lambda x: (xp.sum((x - 1) ** 2), 2 * (x - 1)), xp.zeros(2))
    >>> found.x, found.converged
    (array([1., 1.]), True)
    """

    def move(x: Any, gradient: Any) -> Any:
        if metric is not None:
            unit = xp.eye(x.shape[0], dtype=x.dtype, device=xp.device)
            gradient = xp.linalg.solve(metric(x) + regularization * unit, gradient)
        return -step * gradient

    return _descend(xp, value_and_grad, x, move, max_iterations, tolerance, callback)


def adam(
    xp: ArrayBackend[Any], value_and_grad: Callable[[Any], tuple[Any, Any]], x: Any, /, *,
    step: float = 0.05, decay: tuple[float, float] = (0.9, 0.999), offset: float = 1e-8,
    max_iterations: int = 500, tolerance: float | None = None,
    callback: Callable[[int, float, float], None] | None = None,
) -> Minimum:  # fmt: skip
    """
    Minimise a function by the method Adam, which suits noisy gradients and many parameters.

    Parameters
    ----------
    xp : ArrayBackend
    value_and_grad : callable
        Returns the value (0-d) and the gradient (like `x`).
    x : array, shape (n,), real
        Where to start; not modified.
    step : float
        Size of a step, about.
    decay : (float, float)
        Of the running means of the gradient and of its square, from 0 to below 1.
    offset : float
        Added to the root of the mean square, against division by zero.
    max_iterations, tolerance, callback
        As in `gradient_descent`.

    Returns
    -------
    Minimum
        `converged` is False if the iterations ran out.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2014,
       arXiv:1412.6980, algorithm 1.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> found = adam(xp, lambda x: (xp.sum((x - 1) ** 2), 2 * (x - 1)), xp.zeros(2))
    >>> found.x.round(6)
    array([1., 1.])
    """
    mean = square = xp.zeros_like(x)
    count = 0

    def move(_: Any, gradient: Any) -> Any:
        nonlocal mean, square, count
        count += 1
        mean = decay[0] * mean + (1 - decay[0]) * gradient
        square = decay[1] * square + (1 - decay[1]) * gradient**2
        root = xp.sqrt(square / (1 - decay[1] ** count))
        return -step / (1 - decay[0] ** count) * mean / (root + offset)

    return _descend(xp, value_and_grad, x, move, max_iterations, tolerance, callback)


def _descend(
    xp: ArrayBackend[Any], value_and_grad: Callable[[Any], tuple[Any, Any]], x: Any,
    move: Callable[[Any, Any], Any], max_iterations: int, tolerance: float | None,
    callback: Callable[[int, float, float], None] | None,
) -> Minimum:  # fmt: skip
    """Take the steps that `move` makes of point and gradient."""
    epsilon = float(xp.finfo(x.dtype).eps)
    tolerance = default_tolerance(epsilon) if tolerance is None else tolerance
    value, gradient = value_and_grad(x)
    norm, history = largest_element(xp, gradient), [float(value)]
    while norm > tolerance and len(history) <= max_iterations:
        x = x + move(x, gradient)
        value, gradient = value_and_grad(x)
        norm = largest_element(xp, gradient)
        history.append(float(value))
        if callback is not None:
            callback(len(history) - 1, history[-1], norm)
    return Minimum(
        x, history[-1], norm, len(history) - 1, len(history), norm <= tolerance, tuple(history)
    )
