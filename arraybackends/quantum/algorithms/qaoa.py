"""The quantum approximate optimisation algorithm, for MaxCut and other diagonal costs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from arraybackends.errors import ShapeError
from arraybackends.quantum.algorithms.minimization import Minimizer, Minimum, minimize
from arraybackends.quantum.algorithms.vqe import vqe
from arraybackends.quantum.circuits.builder import as_index
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.gates.parameter import Parameter
from arraybackends.quantum.observables import PauliSum
from arraybackends.selection import get_backend

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Edge", "Solution", "maxcut", "maxcut_hamiltonian", "qaoa", "qaoa_ansatz"]

Edge: TypeAlias = tuple[int, int] | tuple[int, int, float]
"""Two nodes, and a weight, which is 1 unless given."""

_TIME_STEP = 0.75
"""Of the start: annealing in so many steps of this size, relative to the scale of the cost."""


class Solution(NamedTuple):
    """
    Result of `qaoa` and `maxcut`.

    Attributes
    ----------
    parameters : array, shape (n_layers, 2), real
        Angles gamma and beta of each layer.
    expectation : float
        Mean cost of the optimised circuit; of `maxcut`, mean weight of the cut.
    bits : str
        Best of the sampled bit strings; its first bit is that of qubit 0.
    value : float
        Cost of `bits`; of `maxcut`, weight of that cut.
    minimum : Minimum
        How the minimisation of the cost went.
    """

    parameters: Any
    expectation: float
    bits: str
    value: float
    minimum: Minimum


def maxcut_hamiltonian(edges: Iterable[Edge], /, *, n_nodes: int | None = None) -> PauliSum:
    """
    Cost whose ground states are the maximum cuts of a graph.

    Parameters
    ----------
    edges : iterable of (int, int) or (int, int, float)
        Pairs of nodes and their weights, 1 unless given; those of equal pairs add up.
    n_nodes : int, optional
        As many as the edges name unless given.

    Returns
    -------
    PauliSum
        The sum of w_ij (Z_i Z_j - 1) / 2 over the edges: minus the weight of the edges between the
        nodes that are 0 and those that are 1.

    Raises
    ------
    ValueError
        If an edge joins a node with itself, or a node is not in range(n_nodes), or there is none.
    TypeError
        If a node is no integer.

    References
    ----------
    .. [1] E. Farhi, J. Goldstone and S. Gutmann, "A quantum approximate optimization algorithm",
       2014, arXiv:1411.4028.

    Examples
    --------
    >>> maxcut_hamiltonian([(0, 1), (1, 2, 3.0)])
    PauliSum({'ZZI': 0.5, 'IZZ': 1.5, 'III': -2.0})
    """
    weights: Counter[tuple[int, int]] = Counter()
    for edge in edges:
        first, second = (as_index(node, "edges") for node in edge[:2])
        if first == second or min(first, second) < 0:
            raise ValueError(
                f"Argument `edges` must join two different nodes, from 0, but has {edge!r}."
            )
        weight: Any = edge[2] if len(edge) == 3 else 1.0
        weights[min(first, second), max(first, second)] += weight
    size = max((second for _, second in weights), default=-1) + 1
    if n_nodes is not None and n_nodes < size:
        raise ValueError(
            f"Argument `n_nodes` is {n_nodes!r}, but `edges` has the node {size - 1}, from 0."
        )
    size = size if n_nodes is None else n_nodes
    if size < 1:
        raise ValueError("Argument `edges` has no edge, so that `n_nodes` must be given.")
    terms = {f"Z{first} Z{second}": weight / 2 for (first, second), weight in weights.items()}
    return PauliSum.from_sparse({**terms, "": -sum(weights.values()) / 2}, n_qubits=size)


def qaoa_ansatz(cost: PauliSum, n_layers: int = 1, /) -> Circuit:
    r"""
    Alternating evolution under a diagonal cost and under the transverse field.

    Parameters
    ----------
    cost : PauliSum
        Hermitian, of I and Z alone.
    n_layers : int

    Returns
    -------
    Circuit
        With parameters gamma0, beta0, gamma1, beta1, ..., in radians: from the uniform
        superposition, each layer applies :math:`\exp(-i \gamma C)`, without the phase of the
        constant in the cost, and :math:`\exp(i \beta \sum_j X_j)` [1]_. Angles that rise in gamma
        and fall in beta are annealing to the lowest cost.

    Raises
    ------
    ValueError
        If `n_layers` is below 1, or the cost has an X, a Y, or a complex coefficient.

    References
    ----------
    .. [1] E. Farhi, J. Goldstone and S. Gutmann, "A quantum approximate optimization algorithm",
       2014, arXiv:1411.4028. Their cost is maximised: minus this one.

    Examples
    --------
    >>> qaoa_ansatz(maxcut_hamiltonian([(0, 1)])).parameters
    ('gamma0', 'beta0')
    """
    if n_layers < 1:
        raise ValueError(f"Argument `n_layers` must be at least 1, but is {n_layers!r}.")
    terms = _diagonal_terms(cost)
    qubits = range(cost.n_qubits)
    circuit = Circuit(cost.n_qubits).h(qubits)
    for layer in range(n_layers):
        gamma, beta = Parameter(f"gamma{layer}"), Parameter(f"beta{layer}")
        for label, coefficient in terms.items():
            if "Z" in label:
                circuit.pauli_rotation(label, qubits, 2 * coefficient * gamma)
        circuit.rx(qubits, -2 * beta)
    return circuit


def qaoa(
    cost: PauliSum, n_layers: int = 1, /, *, xp: ArrayBackend[Any] | None = None,
    start: Any = None, shots: int = 1000, seed: int = 0, minimizer: Minimizer = minimize,
    max_iterations: int = 500, tolerance: float | None = None,
    callback: Callable[[int, float, float], None] | None = None,
) -> Solution:  # fmt: skip
    """
    Bit string of low cost, by the quantum approximate optimisation algorithm.

    Parameters
    ----------
    cost : PauliSum
        Hermitian, of I and Z alone; minimised.
    n_layers : int
    xp : ArrayBackend, optional
        The current backend unless given.
    start : array, shape (n_layers, 2), real, optional
        Angles gamma and beta of each layer to start from; unless given those of annealing [1]_:
        gamma rises and beta falls, linearly.
    shots, seed : int
        How many bit strings are drawn from the optimised circuit, and the seed.
    minimizer, max_iterations, tolerance, callback
        As in `vqe`.

    Returns
    -------
    Solution

    Raises
    ------
    ValueError
        As `qaoa_ansatz`, or if the cost is constant.
    ShapeError
        If `start` has another shape.

    References
    ----------
    .. [1] S. H. Sack and M. Serbyn, "Quantum annealing initialization of the quantum approximate
       optimization algorithm", Quantum 5 (2021), 491.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> found = qaoa(PauliSum.from_text("ZZ + 0.5 ZI"), xp=xp)
    >>> found.bits, found.value
    ('10', -1.5)
    """
    ansatz = qaoa_ansatz(cost, n_layers)
    xp = get_backend() if xp is None else xp
    if start is None:
        start = xp.asarray(_annealing(cost, n_layers), device=xp.device)
    elif tuple(start.shape) != (n_layers, 2):
        raise ShapeError(
            f"Argument `start` must have shape {(n_layers, 2)}, gamma and beta of each layer, but "
            f"has shape {tuple(start.shape)}."
        )
    found = vqe(
        ansatz, cost, xp=xp, start=xp.reshape(start, (2 * n_layers,)), minimizer=minimizer,
        max_iterations=max_iterations, tolerance=tolerance, callback=callback,
    )  # fmt: skip

    def sample(parameters: Any) -> Any:
        bound = ansatz.bind(parameters[place] for place in range(2 * n_layers))
        return bound.sample(shots, seed=seed)

    draw = xp.jit(sample) if xp.capabilities.compiles_complex else sample
    outcomes = sorted(set(xp.to_numpy(draw(found.x)).tolist()))
    strings = [f"{outcome:0{cost.n_qubits}b}" for outcome in outcomes]
    values = {bits: _value(cost, bits) for bits in strings}
    best = min(strings, key=values.__getitem__)
    return Solution(xp.reshape(found.x, (n_layers, 2)), found.value, best, values[best], found)


def maxcut(
    edges: Iterable[Edge], n_layers: int = 1, /, *, n_nodes: int | None = None,
    xp: ArrayBackend[Any] | None = None, start: Any = None, shots: int = 1000, seed: int = 0,
    minimizer: Minimizer = minimize, max_iterations: int = 500, tolerance: float | None = None,
    callback: Callable[[int, float, float], None] | None = None,
) -> Solution:  # fmt: skip
    """
    Cut of a graph of large weight, by the quantum approximate optimisation algorithm.

    Parameters
    ----------
    edges, n_nodes
        As in `maxcut_hamiltonian`.
    n_layers, xp, start, shots, seed, minimizer, max_iterations, tolerance, callback
        As in `qaoa`.

    Returns
    -------
    Solution
        `expectation` is the mean weight of the cut, `value` the weight of the best cut in the
        sample, and `bits` the side of each node in it.

    Raises
    ------
    ValueError, TypeError, ShapeError
        As `maxcut_hamiltonian` and `qaoa`.

    Notes
    -----
    With one layer and no triangles among regular nodes of degree d and weights 1, the mean cut of
    an edge is 1/2 + sin(4 beta) sin(gamma) cos(gamma)**(d-1) / 2 [1]_: at best 3/4 in a ring, and
    0.6925 where the degree is 3.

    References
    ----------
    .. [1] Z. Wang, S. Hadfield, Z. Jiang and E. G. Rieffel, "Quantum approximate optimization
       algorithm for MaxCut: a fermionic view", Phys. Rev. A 97 (2018), 022304.

    Examples
    --------
    >>> import arraybackends as ab
    >>> found = maxcut([(0, 1), (1, 2), (2, 3), (3, 0)], xp=ab.get_backend("numpy"))
    >>> found.bits, found.value, round(found.expectation, 6)
    ('0101', 4.0, 3.0)
    """
    cost = maxcut_hamiltonian(edges, n_nodes=n_nodes)
    found = qaoa(
        cost, n_layers, xp=xp, start=start, shots=shots, seed=seed, minimizer=minimizer,
        max_iterations=max_iterations, tolerance=tolerance, callback=callback,
    )  # fmt: skip
    return found._replace(expectation=-found.expectation, value=-found.value)


def _diagonal_terms(cost: PauliSum) -> dict[str, float]:
    for label, coefficient in cost.terms.items():
        if not set(label) <= set("IZ") or coefficient.imag:
            raise ValueError(
                "Argument `cost` must be made of I and Z with real coefficients, but has the term "
                f"{label} with the coefficient {coefficient!r}."
            )
    return {label: coefficient.real for label, coefficient in cost.terms.items()}


def _annealing(cost: PauliSum, n_layers: int) -> list[list[float]]:
    """Return angles of annealing, relative to the root mean square of the cost's coefficients."""
    squares = [abs(c) ** 2 for label, c in cost.terms.items() if "Z" in label and c]
    if not squares:
        raise ValueError("Argument `cost` is constant: every bit string has the same cost.")
    scale = 2 * math.sqrt(sum(squares) / len(squares))
    ramp = [(layer + 0.5) / n_layers for layer in range(n_layers)]
    return [[_TIME_STEP * s / scale, _TIME_STEP * (1 - s)] for s in ramp]


def _value(cost: PauliSum, bits: str) -> float:
    """Return the cost of a bit string."""
    ones = {qubit for qubit, bit in enumerate(bits) if bit == "1"}
    total = 0.0
    for label, coefficient in cost.terms.items():
        is_odd = sum(label[qubit] == "Z" for qubit in ones) % 2
        total += -coefficient.real if is_odd else coefficient.real
    return total
