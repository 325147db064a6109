"""Minimisation by the quasi-Newton method BFGS, on any backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Minimizer", "Minimum", "default_tolerance", "largest_element", "minimize"]

_SUFFICIENT_DECREASE = 1e-4
_LARGEST_STEP = 0.5
_HALVINGS = 20


class Minimum(NamedTuple):
    """
    Result of a minimisation.

    Attributes
    ----------
    x : array, shape (n,), real
    value : float
        Of the function at `x`.
    gradient_norm : float
        Largest element of the gradient at `x`.
    iterations, evaluations : int
    converged : bool
        Whether the gradient norm is within the tolerance.
    history : tuple of float
        Values at the start and after each iteration.
    """

    x: Any
    value: float
    gradient_norm: float
    iterations: int
    evaluations: int
    converged: bool
    history: tuple[float, ...]


class Minimizer(Protocol):
    """Minimiser of smooth functions: `minimize`, `adam`, `gradient_descent` and their like."""

    def __call__(
        self, xp: ArrayBackend[Any], value_and_grad: Callable[[Any], tuple[Any, Any]], x: Any, /,
        *, max_iterations: int, tolerance: float | None,
        callback: Callable[[int, float, float], None] | None,
    ) -> Minimum:  # fmt: skip
        """Minimise a function from `x`, as `minimize` does."""
        ...


def default_tolerance(epsilon: float, /) -> float:
    """Return the largest element of a gradient that counts as zero, for a dtype's epsilon."""
    return max(1e-9, 32 * epsilon)


def minimize(
    xp: ArrayBackend[Any], value_and_grad: Callable[[Any], tuple[Any, Any]], x: Any, /, *,
    max_iterations: int = 500, tolerance: float | None = None,
    callback: Callable[[int, float, float], None] | None = None,
) -> Minimum:  # fmt: skip
    """
    Minimise a smooth function.

    Parameters
    ----------
    xp : ArrayBackend
    value_and_grad : callable
        Returns the value (0-d) and the gradient (like `x`).
    x : array, shape (n,), real
        Where to start; not modified.
    max_iterations : int
    tolerance : float, optional
        Stop when no element of the gradient is larger; `default_tolerance` unless given.
    callback : callable, optional
        Called after each iteration with its number, the value and the gradient norm.

    Returns
    -------
    Minimum
        `converged` is False if the iterations ran out, or no step lowers the value.

    Notes
    -----
    The BFGS update of the inverse Hessian, n x n [1]_, and a backtracking line search;
    deterministic.

    References
    ----------
    .. [1] J. Nocedal and S. J. Wright, "Numerical Optimization", 2nd ed., 2006, eq. (6.17), (6.20).

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> found = minimize(xp, lambda x: (xp.sum((x - 1) ** 2), 2 * (x - 1)), xp.zeros(2))
    >>> found.x, found.converged
    (array([1., 1.]), True)
    """
    epsilon = float(xp.finfo(x.dtype).eps)
    tolerance = default_tolerance(epsilon) if tolerance is None else tolerance
    inverse_hessian = None
    value, gradient = _evaluate(value_and_grad, x)
    norm, iteration, evaluations = largest_element(xp, gradient), 0, 1
    history = [value]
    while norm > tolerance and iteration < max_iterations:
        direction = -gradient
        if inverse_hessian is not None:
            direction = xp.matmul(inverse_hessian, direction)
        slope = float(xp.vecdot(gradient, direction))
        length = min(1.0, _LARGEST_STEP / largest_element(xp, direction))
        slack = 16 * epsilon * abs(value)  # rounding of the values
        for _ in range(_HALVINGS):
            new_x = x + length * direction
            new_value, new_gradient = _evaluate(value_and_grad, new_x)
            evaluations += 1
            if new_value <= value + _SUFFICIENT_DECREASE * length * slope + slack:
                break
            length /= 2
        else:
            if inverse_hessian is None:
                break
            inverse_hessian = None  # try again along the gradient
            continue
        step, change = new_x - x, new_gradient - gradient
        if float(xp.vecdot(step, change)) > epsilon * float(xp.vecdot(change, change)):
            inverse_hessian = _update(xp, inverse_hessian, step, change)
        x, value, gradient = new_x, new_value, new_gradient
        norm = largest_element(xp, gradient)
        history.append(value)
        iteration += 1
        if callback is not None:
            callback(iteration, value, norm)
    return Minimum(x, value, norm, iteration, evaluations, norm <= tolerance, tuple(history))


def _evaluate(value_and_grad: Callable[[Any], tuple[Any, Any]], x: Any) -> tuple[float, Any]:
    value, gradient = value_and_grad(x)
    return float(value), gradient


def largest_element(xp: ArrayBackend[Any], x: Any, /) -> float:
    """Return the largest absolute value of an array."""
    return float(xp.max(xp.abs(x)))


def _update(xp: ArrayBackend[Any], inverse_hessian: Any, step: Any, change: Any) -> Any:
    """Return the inverse Hessian that maps the change of the gradient to the step."""
    curvature = xp.vecdot(step, change)
    if inverse_hessian is None:
        unit = xp.eye(step.shape[0], dtype=step.dtype, device=xp.device)
        inverse_hessian = unit * (curvature / xp.vecdot(change, change))
    image = xp.matmul(inverse_hessian, change)
    growth = (1 + xp.vecdot(change, image) / curvature) / curvature
    cross = step[:, None] * (image / curvature)[None, :]
    squares = growth * (step[:, None] * step[None, :])
    return inverse_hessian + squares - cross - xp.matrix_transpose(cross)
