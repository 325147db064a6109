"""Circuits on states in half storage, as functions of their angles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.quantum.derivatives.simulation import in_chunks
from arraybackends.quantum.dtype import real_dtype
from arraybackends.quantum.gates.structure import Structure
from arraybackends.quantum.half.state import HalfState
from arraybackends.quantum.observables import Observable

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["HalfSimulation"]


class HalfSimulation:
    """
    What `Simulation` is, in half storage: a circuit as a function of its angles, (n_angles, batch).

    Parameters
    ----------
    xp : ArrayBackend
    structure : Structure
    matrices : sequence of array or nested tuple
    """

    def __init__(
        self, xp: ArrayBackend[Any], structure: Structure, matrices: Sequence[Any], /
    ) -> None:
        self._xp = xp
        self._structure = structure
        self._matrices = matrices
        self._start = HalfState.zero(xp, structure.n_qubits)

    def at_rows(self, function: Callable[[Any], Any], rows: Any, /) -> Any:
        """Return what a function of angles (n_angles, m) gives for rows (m, n_angles)."""
        # One state after the other: several would take the memory that this is to save.
        return in_chunks(
            self._xp, lambda few: function(self._xp.matrix_transpose(few)), rows, at_once=1
        )

    def expectation(self, observable: Observable, angles: Any, /) -> Any:
        """Return the expectation values, (batch,)."""
        state = self._start.after(self._structure, angles, self._matrices, (angles.shape[1],))
        return self._xp.astype(state.expectation(observable), real_dtype(self._xp))
