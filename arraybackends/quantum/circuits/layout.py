"""The linear map from a parameter vector to the angles of a circuit, and its transpose."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import index_dtype, real_dtype
from arraybackends.quantum.execution.batch import given_batches
from arraybackends.quantum.gates.parameter import LinearExpression, Parameter, affine

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["Layout"]


class Layout:
    """
    Where the entries of a parameter vector stand among the angles of a circuit.

    Parameters
    ----------
    circuit : Circuit
        Its angles are numbers, parameters and linear expressions of parameters.

    Raises
    ------
    TypeError
        If an angle is an array, through which no derivative would flow.
    ShapeError
        If a given array has a batch, beside that of parameters.
    """

    def __init__(self, circuit: Circuit) -> None:
        for batch in given_batches(circuit.structure, circuit.matrices).values():
            raise ShapeError(
                f"An array of the circuit has the batch shape {batch}, but functions of parameters "
                "take their batch from these alone. Use `xp.vmap` over a function of the array, or "
                "the methods of the circuit."
            )
        places = {name: place for place, name in enumerate(circuit.parameters)}
        self._n_parameters = len(places)
        self._constants: list[float] = []
        entries: list[tuple[int, int, float]] = []  # of the matrix: slot, parameter, factor
        for slot, angle in enumerate(circuit.angles):
            if not isinstance(angle, (Parameter, LinearExpression)) and type(angle) is not float:
                raise TypeError(
                    "The angles of the circuit must be parameters and numbers, but one is an array "
                    f"of shape {tuple(angle.shape)}, through which no derivative would flow. "
                    "Replace it by a `Parameter`."
                )
            factors, constant = affine(angle)
            self._constants.append(constant)
            entries += [(slot, places[name], factor) for name, factor in factors.items()]
        self._slots = [slot for slot, _, _ in entries]
        self._places = [place for _, place, _ in entries]
        self._factors = [factor for _, _, factor in entries]

    def angles(self, xp: ArrayBackend[Any], theta: Any, /) -> Any:
        """Return the angles, (n_angles, batch), for parameters (n_parameters,) or with a batch."""
        if not xp.is_array(theta):
            raise TypeError(
                f"Argument `theta` must be an array of backend `{xp.name}`, but is {theta!r}. "
                "Convert it with `xp.asarray`."
            )
        shape = tuple(theta.shape)
        if shape[-1:] != (self._n_parameters,):
            raise ShapeError(
                f"Argument `theta` must have shape {(self._n_parameters,)}, one element for each "
                f"parameter of the circuit, or that with a batch in front, but has shape {shape}."
            )
        theta = xp.astype(theta, real_dtype(xp))
        columns = (math.prod(shape[:-1]), self._n_parameters)
        theta = (
            theta[:, None] if theta.ndim == 1 else xp.matrix_transpose(xp.reshape(theta, columns))
        )
        terms = self._terms(xp, theta, self._places)
        if self._slots == list(range(len(self._constants))) and not any(self._constants):
            return terms
        constants = xp.asarray(self._constants, dtype=real_dtype(xp), device=xp.device)
        start = xp.broadcast_to(constants[:, None], (len(self._constants), columns[0]))
        return self._scatter(xp, start, self._slots, terms)

    def parameters(self, xp: ArrayBackend[Any], gradient: Any, /) -> Any:
        """Return the gradient in parameters, (batch, n_parameters), given that in the angles."""
        terms = self._terms(xp, gradient, self._slots)
        if self._places != list(range(self._n_parameters)):
            shape = (self._n_parameters, gradient.shape[1])
            zeros = xp.zeros(shape, dtype=gradient.dtype, device=xp.device)
            terms = self._scatter(xp, zeros, self._places, terms)
        return xp.matrix_transpose(terms)

    def _terms(self, xp: ArrayBackend[Any], values: Any, sources: list[int]) -> Any:
        """Return the products of matrix entries and rows of values."""
        if sources != list(range(values.shape[0])):
            indices = xp.asarray(sources, dtype=index_dtype(xp), device=xp.device)
            values = xp.take(values, indices, axis=0)
        if all(factor == 1 for factor in self._factors):
            return values
        factors = xp.asarray(self._factors, dtype=values.dtype, device=xp.device)
        return factors[:, None] * values

    @staticmethod
    def _scatter(xp: ArrayBackend[Any], start: Any, targets: list[int], terms: Any) -> Any:
        if not targets:
            return start
        indices = xp.asarray(targets, dtype=index_dtype(xp), device=xp.device)
        return xp.at(start)[indices].add(terms)
