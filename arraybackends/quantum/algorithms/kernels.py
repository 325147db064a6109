"""Feature maps, and the kernels that they make of data."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, Literal

from arraybackends.errors import ShapeError
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.observables import PauliSum
from arraybackends.selection import backend_of

__all__ = ["angle_feature_map", "fidelity_kernel", "projected_kernel", "zz_feature_map"]


def angle_feature_map(x: Any, /, *, rotation: Literal["rx", "ry", "rz"] = "ry") -> Circuit:
    """
    Circuit that rotates one qubit by each feature.

    Parameters
    ----------
    x : array, shape (*batch, n_features), real
        Angles in radians.
    rotation : {"rx", "ry", "rz"}
        About which axis; "rz" acts after a Hadamard gate, as it would do nothing to |0>.

    Returns
    -------
    Circuit
        On n_features qubits, with the batch of `x`.

    Raises
    ------
    ShapeError
        If `x` has no axis of features.

    Examples
    --------
    >>> import numpy as np
    >>> angle_feature_map(np.array([[0.0], [np.pi]])).probabilities().round(6)
    array([[1., 0.],
           [0., 1.]])
    """
    n_features = _n_features(x)
    circuit = Circuit(n_features)
    if rotation == "rz":
        circuit.h(range(n_features))
    for qubit in range(n_features):
        circuit.append(rotation, qubit, x[..., qubit])
    return circuit


def zz_feature_map(
    x: Any, /, *, n_layers: int = 2, pairs: Sequence[tuple[int, int]] | None = None
) -> Circuit:
    r"""
    Circuit whose fidelities are conjectured to be hard to compute classically.

    Parameters
    ----------
    x : array, shape (*batch, n_features), real
        In radians; the literature uses the range from 0 to 2 pi.
    n_layers : int
    pairs : sequence of (int, int), optional
        Which features are multiplied; all pairs unless given.

    Returns
    -------
    Circuit
        On n_features qubits, with the batch of `x`: each layer is a Hadamard gate on each qubit,
        :math:`R_Z(2 x_i)`, and :math:`R_{ZZ}(2 (\pi - x_i)(\pi - x_j))` [1]_.

    Raises
    ------
    ShapeError
        If `x` has no axis of features.
    ValueError
        If `n_layers` is below 1, or a pair is none of two features.

    Notes
    -----
    The same as that of Qiskit, up to a phase that depends on `x`.

    References
    ----------
    .. [1] V. Havlicek et al., "Supervised learning with quantum-enhanced feature spaces", Nature
       567 (2019), 209.

    Examples
    --------
    >>> import numpy as np
    >>> zz_feature_map(np.array([0.1, 0.2])).count_ops()
    {'h': 4, 'rz': 4, 'rzz': 2}
    """
    if n_layers < 1:
        raise ValueError(f"Argument `n_layers` must be at least 1, but is {n_layers!r}.")
    n_features = _n_features(x)
    chosen = list(combinations(range(n_features), 2)) if pairs is None else pairs
    circuit = Circuit(n_features)
    singles = [2 * x[..., qubit] for qubit in range(n_features)]
    for _ in range(n_layers):
        circuit.h(range(n_features))
        for qubit, angle in enumerate(singles):
            circuit.rz(qubit, angle)
        for first, second in chosen:
            product = (math.pi - x[..., first]) * (math.pi - x[..., second])
            circuit.rzz(first, second, 2 * product)
    return circuit


def fidelity_kernel(feature_map: Callable[[Any], Circuit], x: Any, y: Any = None, /) -> Any:
    """
    Fidelities of the states that a feature map makes of data.

    Parameters
    ----------
    feature_map : callable
        Takes an array (m, n_features) to a circuit with the batch (m,), such as `zz_feature_map`.
    x : array, shape (m, n_features), real
    y : array, shape (k, n_features), real, optional
        The same as `x` unless given.

    Returns
    -------
    array, shape (m, k), real
        Entries from 0 to 1 [1]_. Without `y` it is symmetric and positive semidefinite within
        rounding, with ones on the diagonal. Differentiable.

    Raises
    ------
    ShapeError
        If an array has another shape, or `feature_map` makes another batch of it.
    BackendMismatchError
        If the arrays are of two backends.
    MemoryLimitError
        If the m states do not fit.

    Notes
    -----
    One batched run for `x`, one for `y`, and one matrix product, O(m k 2**n_qubits).

    References
    ----------
    .. [1] M. Schuld and N. Killoran, "Quantum machine learning in feature Hilbert spaces", Phys.
       Rev. Lett. 122 (2019), 040504.

    Examples
    --------
    >>> import numpy as np
    >>> fidelity_kernel(angle_feature_map, np.array([[0.0], [np.pi / 2]])).round(6)
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    xp = backend_of(x) if y is None else backend_of(x, y)
    _check_data(x, y)
    states = _of_rows(x, feature_map(x).state())
    others = states if y is None else _of_rows(y, feature_map(y).state())
    overlaps = xp.matmul(states, xp.conj(xp.matrix_transpose(others)))
    return xp.real(overlaps) ** 2 + xp.imag(overlaps) ** 2


def projected_kernel(
    feature_map: Callable[[Any], Circuit], x: Any, y: Any = None, /, *, gamma: float = 1.0
) -> Any:
    r"""
    Gaussian kernel of the reduced density matrices of single qubits.

    Parameters
    ----------
    feature_map, x, y
        As in `fidelity_kernel`.
    gamma : float
        Factor of the squared distance.

    Returns
    -------
    array, shape (m, k), real
        :math:`\exp(-\gamma \sum_q \|\rho_q(x) - \rho_q(y)\|_F^2)` [1]_, which unlike fidelities
        does not concentrate near zero with many qubits. Differentiable.

    Raises
    ------
    ShapeError, MemoryLimitError
        As `fidelity_kernel`.

    References
    ----------
    .. [1] H.-Y. Huang et al., "Power of data in quantum machine learning", Nat. Commun. 12 (2021),
       2631.

    Examples
    --------
    >>> import numpy as np
    >>> projected_kernel(angle_feature_map, np.array([[0.0], [np.pi]])).round(6)
    array([[1.      , 0.135335],
           [0.135335, 1.      ]])
    """
    xp = backend_of(x) if y is None else backend_of(x, y)
    _check_data(x, y)
    vectors = _bloch_vectors(feature_map, x)
    others = vectors if y is None else _bloch_vectors(feature_map, y)
    differences = vectors[:, None, :] - others[None, :, :]
    return xp.exp(-gamma / 2 * xp.sum(differences**2, axis=-1))


def _bloch_vectors(feature_map: Callable[[Any], Circuit], x: Any) -> Any:
    """Return <X>, <Y>, <Z> of each qubit, (m, 3 n_qubits)."""
    circuit = feature_map(x)
    letters = [(letter, qubit) for qubit in range(circuit.n_qubits) for letter in "XYZ"]
    paulis = [
        PauliSum.from_sparse({f"{letter}{qubit}": 1.0}, n_qubits=circuit.n_qubits)
        for letter, qubit in letters
    ]
    return _of_rows(x, circuit.expectations(paulis))


def _n_features(x: Any) -> int:
    if x.ndim < 1 or x.shape[-1] < 1:
        raise ShapeError(
            "Argument `x` must have shape (*batch, n_features), with a feature at least, but has "
            f"shape {tuple(x.shape)}."
        )
    return int(x.shape[-1])


def _check_data(x: Any, y: Any) -> None:
    for data in (x,) if y is None else (x, y):
        if data.ndim != 2 or data.shape[1] != x.shape[1]:
            given = f"{tuple(x.shape)}" if y is None else f"{tuple(x.shape)} and {tuple(y.shape)}"
            raise ShapeError(
                "Arguments `x` and `y` must have the shapes (m, n_features) and (k, n_features), "
                f"but data of shape {given} were given."
            )


def _of_rows(x: Any, values: Any) -> Any:
    """Return values of a circuit after checking that there are as many as rows of data."""
    if values.ndim != 2 or values.shape[0] != x.shape[0]:
        raise ShapeError(
            f"Argument `feature_map` must make a circuit with the batch {(x.shape[0],)} of data of "
            f"shape {tuple(x.shape)}, but made one with the batch {tuple(values.shape[:-1])}."
        )
    return values
