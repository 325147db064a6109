"""Product formulas: exp(-i H t) as a circuit of Pauli rotations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arraybackends.quantum.circuits.builder import at_least
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.evolution.drive import Hamiltonian, Rotation, as_drive

__all__ = ["trotter"]

_ORDERS = (1, 2, 4)


def trotter(
    hamiltonian: Hamiltonian, time: Any, /, *, steps: int, order: int = 2, start: Any = 0.0
) -> Circuit:
    """
    Circuit that approximates the evolution under a Hamiltonian.

    Parameters
    ----------
    hamiltonian : PauliSum or Drive
        With real coefficients.
    time : float, 0-d or batched real array, or Parameter
        Duration, in the inverse unit of the Hamiltonian (hbar = 1); differentiable. A `Parameter`
        or batch needs a Hamiltonian that does not depend on time.
    steps : int
        Number of equal steps, at least 1.
    order : {1, 2, 4}
        Of the formula: the error of the circuit falls as `steps**-order`.
    start : float or array
        Time at which the evolution starts, for a `Drive`.

    Returns
    -------
    Circuit
        With the global phase of the evolution, so that its controlled version is right too.

    Raises
    ------
    ValueError
        If `steps` or `order` is out of range.
    TypeError
        If `hamiltonian` is no Hamiltonian.

    Notes
    -----
    One rotation a term and step at order 1, two at order 2, ten at order 4 (rotations that meet at
    the seams of steps are left to the planner). Orders 2 and 4 are Suzuki's symmetric products
    [1]_; a Hamiltonian that depends on time is taken at the middle of each symmetric step, which
    keeps their order [2]_. Order 1 takes it there too.

    References
    ----------
    .. [1] M. Suzuki, "Fractal decomposition of exponential operators", Phys. Lett. A 146, 319
       (1990).
    .. [2] M. Suzuki, "General decomposition theory of ordered exponentials", Proc. Japan Acad.
       Ser. B 69, 161 (1993).

    Examples
    --------
    >>> from arraybackends.quantum import PauliSum
    >>> trotter(PauliSum({"ZZ": 1.0, "XI": 0.5}), 0.2, steps=1, order=1)
    Circuit(2).rzz(0, 1, 0.4).rx(0, 0.2)
    """
    drive = as_drive(hamiltonian)
    steps = at_least(1, steps, "steps")
    if order not in _ORDERS:
        raise ValueError(f"Argument `order` must be one of {_ORDERS}, but is {order!r}.")
    circuit = Circuit(drive.n_qubits)
    for begin, length in _pieces(steps, order):
        duration = time * length
        middle = None if drive.is_constant else start + time * (begin + length / 2)
        _append_step(circuit, drive.rotations(middle), duration, symmetric=order > 1)
    return circuit


def _pieces(steps: int, order: int) -> Iterator[tuple[float, float]]:
    """Yield begin and length of each elementary step, as fractions of the whole time."""
    inner = 1 / (4 - 4 ** (1 / 3))
    fractions = (inner, inner, 1 - 4 * inner, inner, inner) if order == 4 else (1.0,)
    for step in range(steps):
        begin = 0.0
        for fraction in fractions:
            yield (step + begin) / steps, fraction / steps
            begin += fraction


def _append_step(
    circuit: Circuit, rotations: list[Rotation], duration: Any, *, symmetric: bool
) -> None:
    if not symmetric:
        _append(circuit, rotations, duration)
        return
    *outer, innermost = rotations
    _append(circuit, outer, duration * 0.5)
    _append(circuit, [innermost], duration)
    _append(circuit, outer[::-1], duration * 0.5)


def _append(circuit: Circuit, rotations: list[Rotation], duration: Any) -> None:
    for letters, qubits, coefficient in rotations:
        if letters:
            circuit.pauli_rotation(letters, qubits, duration * (2.0 * coefficient))
        else:
            circuit.global_phase(duration * (-1.0 * coefficient))
