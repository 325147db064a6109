"""Matrix product states, and circuits that run on them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.execution.batch import batch_shape, stack_angles, stack_given
from arraybackends.quantum.mps.chain import Chain, plan_memory
from arraybackends.quantum.mps.gates import Operators, gates_of
from arraybackends.quantum.mps.readout import Readout
from arraybackends.quantum.mps.tensors import broadcast_batches, limit_of
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from typing import Self

    from arraybackends.protocol import ArrayBackend

__all__ = ["MatrixProductState", "run_mps"]


def run_mps(
    circuit: Circuit, /, *, max_bond: int | None = None, cutoff: float = 0.0,
    xp: ArrayBackend[Any] | None = None,
) -> MatrixProductState:  # fmt: skip
    """
    Run a circuit on a matrix product state that starts in |0...0>.

    Parameters
    ----------
    circuit : Circuit
        Of gates, any of them, on any qubits. A batch of angles or given arrays gives a batch of
        states.
    max_bond : int, optional
        Largest bond dimension: where more is needed, the state is truncated. Unless given, nothing
        is truncated and the result is exact.
    cutoff : float
        Part of the squared norm, from 0 to 1, that each truncation may discard, so that bonds
        become as small as the state allows, or as all states of a batch allow. Shapes depend on
        values then: not under `jit` or `vmap`.
    xp : ArrayBackend, optional
        Backend; that of the circuit's arrays, or the current one, unless given.

    Returns
    -------
    MatrixProductState
        With the weight that was discarded. Its norm is not restored after truncations.

    Raises
    ------
    CapabilityError
        If the circuit has a channel, a measurement, a post-selection, a reset or a condition; or
        with `cutoff` under `jit` or `vmap`.
    ShapeError
        If batch shapes do not broadcast.
    MemoryLimitError
        If the tensors do not fit; without a cutoff refused before the run.
    ValueError
        If the circuit has unbound parameters, or `max_bond` or `cutoff` is out of range.
    GradientError
        When the result is differentiated where a truncated state has no derivative; see Notes.

    Notes
    -----
    Without `cutoff`, bond dimensions follow from the circuit and `max_bond` alone, so that this
    runs under `jit` and `vmap`. A gate on neighbours costs O(max_bond**3) operations, one on
    distant qubits as much for each qubit between; neither swaps nor dense matrices of many qubits
    are used, however many qubits a Pauli rotation or controls span.

    Each state of a batch is what it would be alone: it is cut by its own Schmidt values, and a
    bond with more room than its cutoff asks for is filled up with zeros. `truncation_error` is that
    of each.

    Differentiable in angles and given arrays, exactly where nothing is truncated
    (`result.is_exact`), also where Schmidt values coincide or vanish. After truncations it is the
    derivative of the truncated state, which is not one of the exact state: it sees only what the
    kept bonds can hold. With a `cutoff` these are the Schmidt values above it, so that directions
    in which further ones would grow from zero, as at the start of an optimization at angle 0, have
    the derivative zero, like the truncated state itself within the cutoff. With `max_bond`, where
    Schmidt values vanish at a bond with room for them, and others are discarded there or elsewhere,
    the truncated state has no derivative: a `GradientError` is raised, or the result is NaN under
    `jit` and `vmap` (for that element of a batch); start at small random angles there. Where kept
    and discarded Schmidt values coincide and do not vanish, there is none either, and the result is
    NaN. On backends without automatic differentiation, `xp.grad` uses finite differences, with a
    warning.

    Examples
    --------
    A GHZ state of 60 qubits:

    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, PauliSum, run_mps
    >>> circuit = Circuit(60).h(0)
    >>> for qubit in range(59):
    ...     circuit = circuit.cx(qubit, qubit + 1)
    >>> with ab.use_backend("numpy"):
    ...     state = run_mps(circuit, max_bond=16)
    >>> max(state.bond_dimensions), state.is_exact
    (2, True)
    >>> float(state.expectation(PauliSum({"X" * 60: 1.0})).round(12))
    1.0
    """
    backend = circuit.backend if xp is None else xp
    start = MatrixProductState.zero(backend, circuit.n_qubits)
    return start.apply(circuit, max_bond=max_bond, cutoff=cutoff)


class MatrixProductState(Readout):
    """
    State of qubits on a line, as a product of one tensor for each.

    Parameters
    ----------
    xp : ArrayBackend
    tensors : sequence of array, shape (*batch, left, 2, right), complex
        One for each qubit, qubit 0 first; `right` of each is `left` of the next, and 1 at the ends.
        The amplitude of a bit string is the product of the matrices that its bits select. Batch
        shapes broadcast. Not modified.

    Raises
    ------
    ShapeError
        If the shapes do not fit.
    DTypeError
        If a tensor is not complex.

    Notes
    -----
    Immutable: methods return new states. Few Schmidt values across every cut, which the bonds hold,
    are what makes this cheaper than a state vector: O(n_qubits * max_bond**2) memory.

    Norms are never restored in silence: expectation values and probabilities are <psi|O|psi>, which
    after truncation add up to the squared norm, `1 - truncation_error`. `normalized()` divides by
    the norm. Samples are of the normalised state.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum import Circuit, MatrixProductState
    >>> state = MatrixProductState.zero(ab.get_backend("numpy"), 3)
    >>> state.apply(Circuit(3).h(0).cx(0, 2)).bond_dimensions
    (2, 2)
    """

    __slots__ = ()

    def apply(
        self, circuit: Circuit, /, *, max_bond: int | None = None, cutoff: float = 0.0
    ) -> Self:
        """
        State after a circuit; see `run_mps`.

        Parameters
        ----------
        circuit : Circuit
            On as many qubits.
        max_bond : int, optional
        cutoff : float
            As for `run_mps`.

        Returns
        -------
        MatrixProductState

        Raises
        ------
        ShapeError
            If the circuit has another number of qubits, or batch shapes do not broadcast.
        CapabilityError, MemoryLimitError, ValueError
            As `run_mps`.
        BackendMismatchError
            If the arrays of the circuit are of another backend.
        """
        xp, limit = self._xp, limit_of(max_bond, cutoff)
        if circuit.n_qubits != self.n_qubits:
            raise ShapeError(
                f"Argument `circuit` must have {self.n_qubits} qubits, as the state has, but has "
                f"{circuit.n_qubits}."
            )
        if circuit.parameters:
            raise ValueError(
                f"The circuit has unbound parameters: {', '.join(circuit.parameters)}. Give them "
                "values with `bind`."
            )
        values = [x for x in (*circuit.angles, *circuit.matrices) if hasattr(x, "shape")]
        backend_of(self._tensors[0], *values)
        of_circuit = batch_shape(xp, circuit.structure, circuit.angles, circuit.matrices)
        batch = broadcast_batches(xp, "circuit", self.batch_shape, of_circuit)
        gates = list(gates_of(circuit.structure))
        if not cutoff:
            bonds = (1, *self.bond_dimensions, 1)
            plan_memory(xp, bonds, gates, limit, math.prod(batch))
        matrices = [
            xp.asarray(x, dtype=complex_dtype(xp), device=xp.device) if isinstance(x, tuple) else x
            for x in stack_given(xp, circuit.structure, circuit.matrices, batch)
        ]
        start = self._over(batch)
        chain = Chain(xp, start._tensors, start._centre, limit)
        angles = stack_angles(xp, circuit.angles, batch if of_circuit else ())
        for gate, factors in Operators(xp, gates, angles, matrices, is_batch=bool(of_circuit)):
            chain.apply(gate, factors)
        return start._after(chain)
