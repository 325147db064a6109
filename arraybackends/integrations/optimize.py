"""Optimisers of other libraries: SciPy for functions on any backend, Optax on JAX.

Parameters are arrays of the backend, or nested lists, tuples and dicts of them; complex ones count
as pairs of real numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from arraybackends.errors import CapabilityError, DTypeError, GradientError
from arraybackends.generic.containers import flatten, unflatten
from arraybackends.integrations.translation import import_library
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arraybackends.protocol import ArrayBackend

__all__ = ["FlatObjective", "Minimum", "minimize", "minimize_optax"]

T = TypeVar("T")


class Minimum(NamedTuple):
    """
    Result of a minimisation.

    Attributes
    ----------
    x : container of arrays
        Like the start, on its device.
    value : float
    converged : bool
    result : scipy.optimize.OptimizeResult
        What SciPy says; `result.x` is the flat vector.
    """

    x: Any
    value: float
    converged: bool
    result: Any


class FlatObjective:
    """
    A function of arrays as SciPy wants it: of one float64 vector, with its gradient.

    Parameters
    ----------
    fn : callable
        Returns a 0-d real array.
    like : container of arrays
        Real or complex floating-point arrays of one backend, whose structure, shapes and dtypes the
        argument of `fn` has.

    Raises
    ------
    TypeError
        If there is no array.
    DTypeError
        If an array is of integers.
    BackendMismatchError
        If arrays belong to two backends.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> objective = FlatObjective(lambda p: xp.sum(p["a"] ** 2), {"a": xp.asarray([1.0, 2.0])})
    >>> objective.flat({"a": xp.asarray([3.0, 4.0])})
    array([3., 4.])
    >>> objective.unflat([5.0, 6.0])
    {'a': array([5., 6.])}
    """

    def __init__(self, fn: Callable[[Any], Any], like: Any, /) -> None:
        leaves, self._structure = flatten(like)
        self.xp: ArrayBackend[Any] = backend_of(*leaves)
        for leaf in leaves:
            if not self.xp.isdtype(leaf.dtype, ("real floating", "complex floating")):
                raise DTypeError(
                    "Parameters must be floating-point arrays, but one has dtype "
                    f"{self.xp.dtype_name(leaf.dtype)}."
                )
        self._leaves = [self.xp.detach(leaf) for leaf in leaves]
        self._value_and_grad = self.xp.value_and_grad(fn)

    def flat(self, x: Any, /) -> NDArray[np.float64]:
        """Return a container as one vector, shape (n,), float64: complex numbers as pairs."""
        parts = [np.empty(0)]
        for leaf in flatten(x)[0]:
            values = self.xp.to_numpy(leaf).ravel()
            if np.iscomplexobj(values):
                values = values.astype(np.complex128).view(np.float64)
            parts.append(values.astype(np.float64))
        return np.concatenate(parts)

    def unflat(self, vector: Sequence[float] | NDArray[np.float64], /) -> Any:
        """Return a vector, shape (n,), as a container of arrays of the backend."""
        vector = np.ascontiguousarray(vector, dtype=np.float64)
        found, start = [], 0
        for like in self._leaves:
            shape = tuple(like.shape)
            is_complex = self.xp.isdtype(like.dtype, "complex floating")
            stop = start + math.prod(shape) * (2 if is_complex else 1)
            part = vector[start:stop]
            part = part.view(np.complex128) if is_complex else part
            found.append(self.xp.asarray(part.reshape(shape), dtype=like.dtype, device=like.device))
            start = stop
        return unflatten(self._structure, found)

    def __call__(self, vector: NDArray[np.float64], /) -> tuple[float, NDArray[np.float64]]:
        """Value and gradient, shape (n,), at a vector."""
        value, gradient = self._value_and_grad(self.unflat(vector))
        return float(value), self.flat(gradient)


def minimize(
    fn: Callable[[T], Any], x0: T, /, *, method: str = "L-BFGS-B", **options: Any
) -> Minimum:
    """
    Minimise a function by SciPy, with its exact gradient.

    Parameters
    ----------
    fn : callable
        Takes what `x0` is, returns a 0-d real array of the same backend.
    x0 : container of arrays
        Where to start; not modified. Its backend is the one that computes.
    method : str
        Of `scipy.optimize.minimize`, which takes its gradient where it uses one. `"COBYLA"` and
        `"Nelder-Mead"`, which use none, get the values alone.
    **options
        Further arguments of `scipy.optimize.minimize`: `tol`, `options`, `bounds`, `constraints`,
        `callback`, ..., in terms of the flat vector.

    Returns
    -------
    Minimum

    Raises
    ------
    BackendNotInstalledError
        If SciPy is not installed.
    GradientError
        If `jac` is given: the gradient is the function's own.

    Notes
    -----
    SciPy computes in float64 on the host: each evaluation moves the parameters to the device and
    the gradient back. In single precision the gradient has seven digits; loosen `tol` accordingly.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, Parameter, PauliSum, expectation_function
    >>> xp = ab.get_backend("numpy")
    >>> circuit = Circuit(1).ry(0, Parameter("t"))
    >>> energy = expectation_function(circuit, PauliSum({"Z": 1.0}), xp=xp)
    >>> found = minimize(energy, xp.asarray([0.1]))
    >>> round(found.value, 6), found.converged
    (-1.0, True)
    """
    scipy_optimize = import_library("scipy.optimize", "scipy")
    if "jac" in options:
        raise GradientError(
            "Argument `jac` must not be given: the gradient is that of `xp.value_and_grad`. Give "
            "the function another one with `xp.custom_vjp`."
        )
    objective = FlatObjective(fn, x0)
    start = objective.flat(x0)
    if method.lower() in _WITHOUT_GRADIENT:
        result = scipy_optimize.minimize(
            lambda vector: float(fn(objective.unflat(vector))), start, method=method, **options
        )
    else:
        result = scipy_optimize.minimize(objective, start, jac=True, method=method, **options)
    return Minimum(objective.unflat(result.x), float(result.fun), bool(result.success), result)


_WITHOUT_GRADIENT = ("cobyla", "cobyqa", "nelder-mead", "powell")


def minimize_optax(
    fn: Callable[[T], Any], x0: T, optimizer: Any, /, *, steps: int, state: Any = None
) -> tuple[T, Any, Any]:
    """
    Minimise a function of JAX arrays by an Optax optimiser, compiled as one loop.

    Parameters
    ----------
    fn : callable
        Takes what `x0` is, returns a 0-d real array; made of `xp` and JAX functions.
    x0 : container of JAX arrays
    optimizer : optax.GradientTransformation
        `optax.adam(0.1)`, `optax.chain(...)`, ...
    steps : int
    state : optional
        Of the optimiser, from an earlier call: goes on where that one ended.

    Returns
    -------
    x : container of JAX arrays
    state : container of JAX arrays
        Of the optimiser, to go on with.
    values : array, shape (steps,), real
        Before each step.

    Raises
    ------
    BackendNotInstalledError
        If Optax is not installed.
    CapabilityError
        If the parameters are arrays of another backend.

    Notes
    -----
    Complex gradients point uphill, as everywhere here; those of `jax.grad` are their conjugates, by
    which an optimiser could not descend.

    Examples
    --------
    >>> import arraybackends as ab, optax
    >>> xp = ab.get_backend("jax")
    >>> x, _, values = minimize_optax(
    ...     lambda x: xp.sum((x - 1) ** 2), xp.asarray([0.0, 3.0]), optax.adam(0.1), steps=200
    ... )
    >>> bool(xp.all(xp.abs(x - 1) < 1e-2))
    True
    """
    optax = import_library("optax", "optax")
    xp: Any = backend_of(*flatten(x0)[0])
    if xp.name != "jax":
        raise CapabilityError(
            f"Optax optimises JAX arrays, but the parameters belong to backend `{xp.name}`. Use "
            "`minimize` (SciPy), or a `torch.optim` optimiser with PyTorch."
        )
    differentiated = xp.value_and_grad(fn)

    def step(carry: tuple[Any, Any], _: None) -> tuple[tuple[Any, Any], Any]:
        x, state = carry
        value, gradient = differentiated(x)
        updates, state = optimizer.update(gradient, state, x)
        return (optax.apply_updates(x, updates), state), value

    def descend(x: Any, state: Any) -> Any:
        return xp.native.lax.scan(step, (x, state), None, length=steps)

    state = optimizer.init(x0) if state is None else state
    (x, state), values = xp.native.jit(descend)(x0, state)
    return x, state, values
