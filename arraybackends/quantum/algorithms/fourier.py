"""The quantum Fourier transform and phase estimation."""

from __future__ import annotations

import math

from arraybackends.quantum.circuits.circuit import Circuit

__all__ = ["phase_estimation", "qft"]


def qft(n_qubits: int, /, *, swaps: bool = True) -> Circuit:
    r"""
    Quantum Fourier transform.

    Parameters
    ----------
    n_qubits : int
    swaps : bool
        Whether the qubits end in their order; without, the result is bit-reversed.

    Returns
    -------
    Circuit
        Whose matrix has the entries :math:`\exp(2 \pi i j k / 2^n) / 2^{n/2}` [1]_, exactly;
        `inverse()` undoes it.

    Raises
    ------
    ValueError
        If `n_qubits` is below 1.

    References
    ----------
    .. [1] M. A. Nielsen and I. L. Chuang, "Quantum Computation and Quantum Information", 2010,
       section 5.1.

    Examples
    --------
    >>> qft(2)
    Circuit(2).h(0).cp(1, 0, 1.5707963267948966).h(1).swap(0, 1)
    """
    circuit = Circuit(n_qubits)
    for target in range(n_qubits):
        circuit.h(target)
        for control in range(target + 1, n_qubits):
            circuit.cp(control, target, math.pi / 2 ** (control - target))
    if swaps:
        for qubit in range(n_qubits // 2):
            circuit.swap(qubit, n_qubits - 1 - qubit)
    return circuit


def phase_estimation(
    unitary: Circuit, n_counting: int, /, *, preparation: Circuit | None = None
) -> Circuit:
    r"""
    Circuit that writes the phase of an eigenvalue into counting qubits.

    Parameters
    ----------
    unitary : Circuit
        Of gates alone.
    n_counting : int
        Number of counting qubits: bits of the phase.
    preparation : Circuit, optional
        That makes the eigenstate of |0...0>, on as many qubits as `unitary`; unless given it is
        |0...0>.

    Returns
    -------
    Circuit
        On the counting qubits and behind them those of `unitary`. For an eigenvalue
        :math:`\exp(2 \pi i \phi)`, outcome m of the counting qubits has the probability
        :math:`\sin^2(\pi t \delta) / (t \sin(\pi \delta))^2` with :math:`\delta = \phi - m / t` and
        :math:`t = 2^{\mathrm{n\_counting}}` [1]_: 1 if the phase has so many bits.

    Raises
    ------
    ValueError
        If `n_counting` is below 1, `preparation` has other qubits, or `unitary` has an operation
        that cannot be controlled.

    Notes
    -----
    The unitary is repeated 2**n_counting - 1 times; the powers of a single gate are single gates.

    References
    ----------
    .. [1] M. A. Nielsen and I. L. Chuang, "Quantum Computation and Quantum Information", 2010,
       section 5.2.

    Examples
    --------
    >>> import arraybackends as ab
    >>> with ab.use_backend("numpy"):
    ...     circuit = phase_estimation(Circuit(1).s(0), 2, preparation=Circuit(1).x(0))
    ...     circuit.probabilities(range(2)).round(6)
    array([0., 1., 0., 0.])
    """
    if n_counting < 1:
        raise ValueError(f"Argument `n_counting` must be at least 1, but is {n_counting!r}.")
    n_qubits = n_counting + unitary.n_qubits
    register = range(n_counting, n_qubits)
    circuit = Circuit(n_qubits)
    if preparation is not None:
        circuit.extend(preparation, register)
    circuit.h(range(n_counting))
    for qubit in range(n_counting):
        power = unitary.power(2 ** (n_counting - 1 - qubit))
        circuit.extend(power.control(1), (qubit, *register))
    return circuit.extend(qft(n_counting).inverse(), range(n_counting))
