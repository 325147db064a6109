"""Grover's search."""

from __future__ import annotations

import math
from collections.abc import Iterable

from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["grover_search"]


def grover_search(marked: Iterable[str], /, *, n_iterations: int | None = None) -> Circuit:
    r"""
    Circuit that finds marked bit strings among all.

    Parameters
    ----------
    marked : iterable of str
        Bit strings of one length, each once; the first bit is that of qubit 0.
    n_iterations : int, optional
        How often oracle and diffusion are applied; as often as is best unless given.

    Returns
    -------
    Circuit
        After k iterations the outcome is one of m marked strings among N with the probability
        :math:`\sin^2((2 k + 1) \theta)`, where :math:`\sin^2 \theta = m / N` [1]_.

    Raises
    ------
    ValueError
        If nothing is marked, a string is repeated or no bit string of the length of the others, or
        `n_iterations` is negative.

    References
    ----------
    .. [1] M. Boyer, G. Brassard, P. Hoyer and A. Tapp, "Tight bounds on quantum searching",
       Fortschr. Phys. 46 (1998), 493.

    Examples
    --------
    >>> import arraybackends as ab
    >>> with ab.use_backend("numpy"):
    ...     grover_search(["10"]).probabilities().round(6)
    array([0., 0., 1., 0.])
    """
    strings = list(marked)
    n_qubits = len(strings[0]) if strings else 0
    is_valid = all(len(bits) == n_qubits and set(bits) <= {"0", "1"} for bits in strings)
    if not n_qubits or not is_valid or len(set(strings)) != len(strings):
        raise ValueError(
            f"Argument `marked` must be distinct bit strings of one length, but is {strings}."
        )
    angle = math.asin(math.sqrt(len(strings) / 2**n_qubits))
    best = math.floor(math.pi / (4 * angle)) if n_iterations is None else n_iterations
    if best < 0:
        raise ValueError(f"Argument `n_iterations` must not be negative, but is {best}.")
    qubits = range(n_qubits)
    circuit = Circuit(n_qubits).h(qubits)
    for _ in range(best):
        for bits in strings:
            _flip_sign(circuit, bits)
        circuit.h(qubits)
        _flip_sign(circuit, "0" * n_qubits)
        circuit.h(qubits).global_phase(math.pi)
    return circuit


def _flip_sign(circuit: Circuit, bits: str) -> None:
    """Append the gate that multiplies one basis state by -1."""
    qubits, states = range(circuit.n_qubits), map(int, bits)
    circuit.append("gphase", (), math.pi, controls=qubits, control_states=states)
