"""The linear map from a parameter vector to the angles of a circuit, and its transpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import real_dtype
from arraybackends.quantum.parameter import LinearExpression, Parameter, affine

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend
    from arraybackends.quantum.circuit import Circuit

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
    """

    def __init__(self, circuit: Circuit) -> None:
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
        """Return the angles, shape (n_angles, 1), for a parameter vector."""
        if not xp.is_array(theta):
            raise TypeError(
                f"Argument `theta` must be an array of backend `{xp.name}`, but is {theta!r}. "
                "Convert it with `xp.asarray`."
            )
        if tuple(theta.shape) != (self._n_parameters,):
            raise ShapeError(
                f"Argument `theta` must have shape {(self._n_parameters,)}, one element for each "
                f"parameter of the circuit, but has shape {tuple(theta.shape)}."
            )
        terms = self._terms(xp, xp.astype(theta, real_dtype(xp)), self._places)
        if self._slots == list(range(len(self._constants))) and not any(self._constants):
            return terms[:, None]
        constants = xp.asarray(self._constants, dtype=real_dtype(xp), device=xp.device)
        return self._scatter(xp, constants, self._slots, terms)[:, None]

    def parameters(self, xp: ArrayBackend[Any], gradient: Any, /) -> Any:
        """Return the gradient in the parameters, given that in the angles, shape (n_angles,)."""
        terms = self._terms(xp, gradient, self._slots)
        if self._places == list(range(self._n_parameters)):
            return terms
        zeros = xp.zeros((self._n_parameters,), dtype=gradient.dtype, device=xp.device)
        return self._scatter(xp, zeros, self._places, terms)

    def _terms(self, xp: ArrayBackend[Any], values: Any, sources: list[int]) -> Any:
        """Return the products of matrix entries and vector entries."""
        if sources != list(range(values.shape[0])):
            values = xp.take(values, xp.asarray(sources, dtype=xp.int64, device=xp.device))
        if all(factor == 1 for factor in self._factors):
            return values
        return values * xp.asarray(self._factors, dtype=values.dtype, device=xp.device)

    @staticmethod
    def _scatter(xp: ArrayBackend[Any], start: Any, targets: list[int], terms: Any) -> Any:
        if not targets:
            return start
        indices = xp.asarray(targets, dtype=xp.int64, device=xp.device)
        return xp.at(start)[indices].add(terms)
