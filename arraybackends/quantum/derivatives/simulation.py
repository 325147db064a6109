"""Circuits as functions of the array of their angles, in array operations that are differentiated.

What other methods of differentiation are made of: values at many points, and functions that carry a
gradient made of such values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.engines.density import density_evolution, separate
from arraybackends.quantum.engines.measurement import resolve
from arraybackends.quantum.execution.execution import given_arrays, run
from arraybackends.quantum.execution.step import prepare
from arraybackends.quantum.execution.sweep import evolution_of
from arraybackends.quantum.gates.structure import Structure
from arraybackends.quantum.memory import STATES_OF_EXPECTATION, check_memory
from arraybackends.quantum.observables import Observable, expectation
from arraybackends.quantum.planning.plan import plan

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Simulation", "in_chunks", "with_gradient"]

_AMPLITUDES_AT_ONCE = 2**20
"""Of the states of a batch that many runs are gathered to: few calls, and small memory."""


class Simulation:
    """
    A circuit as a function of its angles, (n_angles, batch).

    Parameters
    ----------
    xp : ArrayBackend
    structure : Structure
    matrices : sequence of array or nested tuple
        The users' arrays, by slot; differentiated too.
    is_unitary : bool
        Whether those are known to be unitary; of use to the adjoint sweep.
    by_sweep : bool
        Differentiate state vectors by the adjoint sweep instead of backpropagation.
    """

    def __init__(
        self, xp: ArrayBackend[Any], structure: Structure, matrices: Sequence[Any], /, *,
        is_unitary: bool = False, by_sweep: bool = False,
    ) -> None:  # fmt: skip
        self._xp = xp
        self._structure = structure
        self._matrices = matrices
        self._resolved = resolve(structure)
        self._run: Callable[[Any], Any] | None = None
        if self._resolved.pure is not None:
            program = plan(self._resolved.pure)
            given = given_arrays(xp, program, self._resolved.matrices(matrices))
            if by_sweep:
                evolution = evolution_of(xp, program, is_unitary=is_unitary)
                self._run = lambda angles: evolution.function(angles, given)
            else:
                made = prepare(xp, program)
                self._run = lambda angles: run(xp, program, made, angles, given)

    @property
    def is_density(self) -> bool:
        """Whether the final states are density matrices."""
        return self._run is None

    @property
    def rows_at_once(self) -> int:
        """How many states may be computed at once without much memory."""
        n_axes = 2 if self.is_density else 1
        return max(_AMPLITUDES_AT_ONCE >> (n_axes * self._structure.n_qubits), 1)

    def at_rows(self, function: Callable[[Any], Any], rows: Any, /) -> Any:
        """Return what a function of angles (n_angles, m) gives for rows (m, n_angles)."""
        return in_chunks(
            self._xp, lambda few: function(self._xp.matrix_transpose(few)), rows,
            at_once=self.rows_at_once,
        )  # fmt: skip

    def final(self, angles: Any, /) -> Any:
        """Return the final states (batch, 2**n) or density matrices (batch, 2**n, 2**n)."""
        xp, batch = self._xp, angles.shape[1]
        if self._run is None:
            evolution = density_evolution(xp, self._structure, (), batch)
            given = evolution.arrays(angles, self._matrices)
            rho = separate(xp, evolution.run(angles, given, evolution.initial(batch)))[0, ...]
            if not self._resolved.is_post_selected:
                return rho
            probability = xp.astype(xp.real(xp.linalg.trace(rho)), rho.dtype)
            return rho / probability[:, None, None]
        check_memory(xp, self._structure.n_qubits, batch, states=STATES_OF_EXPECTATION)
        state = self._run(angles)
        if not self._resolved.is_post_selected:
            return state
        norm = xp.sqrt(xp.real(xp.vecdot(state, state)))
        return state / xp.astype(norm, state.dtype)[:, None]

    def expectation(self, observable: Observable, angles: Any, /) -> Any:
        """Return the expectation values, (batch,)."""
        return expectation(self._xp, self.final(angles), observable, density=self.is_density)

    def probabilities(self, angles: Any, /) -> Any:
        """Return the probabilities of the bit strings, (batch, 2**n)."""
        xp, final = self._xp, self.final(angles)
        if self.is_density:
            return xp.real(xp.linalg.diagonal(final))
        return xp.real(final) ** 2 + xp.imag(final) ** 2


def in_chunks(
    xp: ArrayBackend[Any], function: Callable[[Any], Any], rows: Any, /, *, at_once: int
) -> Any:
    """Return what a function makes of rows (m, n), a few at a time, joined over the first axis."""
    count = rows.shape[0]
    if count <= at_once:
        return function(rows)
    starts = range(0, count, at_once)
    return xp.concat([function(rows[start : min(start + at_once, count), :]) for start in starts])


def with_gradient(
    xp: ArrayBackend[Any], values: Callable[[Any], Any], gradient: Callable[[Any], Any], /
) -> Callable[[Any], Any]:
    """
    Return a function of vectors (*batch, n) whose gradient another function computes.

    Derivatives of higher order are those of `gradient`.
    """

    def expectation(x: Any) -> tuple[Any, tuple[Any]]:
        """Expectation value as a function of the parameters."""
        return values(x), (x,)

    def backward(residuals: tuple[Any], cotangent: Any) -> tuple[Any]:
        (x,) = residuals
        return (xp.astype(xp.expand_dims(cotangent, axis=-1) * gradient(x), x.dtype),)

    return xp.custom_vjp(expectation, backward)
