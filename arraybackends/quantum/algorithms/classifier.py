"""A quantum neural network that classifies data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.errors import CapabilityError, ShapeError
from arraybackends.quantum.algorithms.minimization import Minimizer, Minimum, minimize
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.circuits.layout import Layout
from arraybackends.quantum.dtype import index_dtype, real_dtype
from arraybackends.quantum.engines.measurement import resolve
from arraybackends.quantum.execution.execution import given_arrays
from arraybackends.quantum.execution.sweep import Evolution
from arraybackends.quantum.gates.parameter import Parameter
from arraybackends.quantum.memory import STATES_OF_EXPECTATION, check_memory
from arraybackends.quantum.planning.plan import plan
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Classifier", "reuploading_circuit", "train_classifier"]

_SPREAD = 0.3
"""Standard deviation of the random start, in radians."""


class Classifier(NamedTuple):
    """
    Circuit with weights that tells classes of data apart.

    Attributes
    ----------
    circuit : Circuit
    features : tuple of str
        Its parameters that are columns of the data.
    weights : array, shape (n_weights,), real
        Values of its other parameters, in their order.
    n_classes : int
    minimum : Minimum
        How the training went: the log-loss, and its history.
    """

    circuit: Circuit
    features: tuple[str, ...]
    weights: Any
    n_classes: int
    minimum: Minimum

    def predict_proba(self, x: Any, /) -> Any:
        """
        Probabilities of the classes.

        Parameters
        ----------
        x : array, shape (m, n_features), real

        Returns
        -------
        array, shape (m, n_classes), real
            Class k is the outcomes that are k modulo the number of classes. One batched run.

        Raises
        ------
        ShapeError
            If `x` has another shape.
        """
        xp = backend_of(self.weights, x)
        _check_data(x, self.features)
        values = {name: x[:, place] for place, name in enumerate(self.features)}
        for place, name in enumerate(_weight_names(self.circuit, self.features)):
            values[name] = self.weights[place]
        outcomes = self.circuit.bind(values).probabilities()
        classes = xp.arange(self.n_classes, dtype=index_dtype(xp), device=xp.device)
        mask = _is_of_class(xp, classes, self.circuit.n_qubits, self.n_classes)
        return xp.matmul(outcomes, xp.matrix_transpose(xp.astype(mask, outcomes.dtype)))

    def predict(self, x: Any, /) -> Any:
        """
        Most probable classes.

        Parameters
        ----------
        x : array, shape (m, n_features), real

        Returns
        -------
        array, shape (m,), integer

        Raises
        ------
        ShapeError
            If `x` has another shape.
        """
        probabilities = self.predict_proba(x)
        return backend_of(probabilities).argmax(probabilities, axis=1)


def reuploading_circuit(n_qubits: int, n_features: int, n_layers: int = 1, /) -> Circuit:
    """
    Circuit that encodes data again and again, between layers with weights.

    Parameters
    ----------
    n_qubits, n_features, n_layers : int

    Returns
    -------
    Circuit
        With the parameters x0, x1, ... for the features, in radians, and 2 * n_qubits *
        (n_layers + 1) weights. Each layer rotates by weights about Y and Z, entangles neighbours by
        controlled Z, and rotates by features about X: qubit q by feature q, and so on in turn until
        each qubit has a feature and each feature a qubit. Weights end the circuit. As a function of
        a feature, probabilities are Fourier series of degree `n_layers`, times how often a layer
        repeats the feature [1]_, [2]_.

    Raises
    ------
    ValueError
        If an argument is below 1.

    References
    ----------
    .. [1] A. Perez-Salinas, A. Cervera-Lierta, E. Gil-Fuster and J. I. Latorre, "Data re-uploading
       for a universal quantum classifier", Quantum 4 (2020), 226.
    .. [2] M. Schuld, R. Sweke and J. J. Meyer, "Effect of data encoding on the expressive power of
       variational quantum-machine-learning models", Phys. Rev. A 103 (2021), 032430.

    Examples
    --------
    >>> len(reuploading_circuit(2, 2, 3).parameters)
    18
    """
    for name, value in (("n_features", n_features), ("n_layers", n_layers)):
        if value < 1:
            raise ValueError(f"Argument `{name}` must be at least 1, but is {value!r}.")
    circuit = Circuit(n_qubits)
    for layer in range(n_layers + 1):
        for qubit in range(n_qubits):
            circuit.ry(qubit, Parameter(f"ry{layer}:{qubit}"))
            circuit.rz(qubit, Parameter(f"rz{layer}:{qubit}"))
        if layer < n_layers:
            for qubit in range(n_qubits - 1):
                circuit.cz(qubit, qubit + 1)
            for place in range(max(n_qubits, n_features)):
                circuit.rx(place % n_qubits, Parameter(f"x{place % n_features}"))
    return circuit


def train_classifier(
    circuit: Circuit, features: Sequence[str], x: Any, labels: Any, /, *,
    n_classes: int | None = None, start: Any = None, seed: int = 0,
    minimizer: Minimizer = minimize, max_iterations: int = 100, tolerance: float | None = None,
    callback: Callable[[int, float, float], None] | None = None,
) -> Classifier:  # fmt: skip
    """
    Choose the weights of a circuit so that it tells classes of data apart.

    Parameters
    ----------
    circuit : Circuit
        Of gates, such as `reuploading_circuit`.
    features : sequence of str
        Its parameters that are columns of the data; all others are weights.
    x : array, shape (m, n_features), real
        In radians. The backend of `x` runs the training.
    labels : array, shape (m,), integer
        Classes, from 0.
    n_classes : int, optional
        One more than the largest label unless given, and 2 at least.
    start : array, shape (n_weights,), real, optional
        Weights to start from; normal with a deviation of 0.3 unless given.
    seed : int
        Of that normal distribution.
    minimizer, max_iterations, tolerance, callback
        As in `vqe`.

    Returns
    -------
    Classifier
        Whose weights minimise the log-loss, the mean of -log p(label), as far as the iterations go.

    Raises
    ------
    ValueError
        If a feature is no parameter of the circuit, all parameters are features, or a label is not
        in range(n_classes), or there are more classes than outcomes.
    ShapeError
        If `x`, `labels` or `start` have another shape.
    TypeError
        If labels are no integers, or an angle of the circuit is an array.
    CapabilityError
        If the circuit has channels or measurements.
    MemoryLimitError
        If the states of all samples do not fit.

    Notes
    -----
    All samples are one batched run; the gradient is exact on every backend, by an adjoint sweep.
    Probabilities below the rounding error count as that, so that the loss stays finite.

    Examples
    --------
    >>> import numpy as np
    >>> x, labels = np.array([[0.1], [0.3], [2.9], [3.1]]), np.array([0, 0, 1, 1])
    >>> trained = train_classifier(reuploading_circuit(1, 1), ["x0"], x, labels)
    >>> trained.predict(x)
    array([0, 0, 1, 1])
    """
    xp = backend_of(x, labels)
    names = _weight_names(circuit, features)
    _check_data(x, features)
    count = _check_labels(xp, x, labels, n_classes, circuit.n_qubits)
    if start is None:
        start = xp.random.default_rng(seed).normal((len(names),), std=_SPREAD)
    elif tuple(start.shape) != (len(names),):
        raise ShapeError(
            f"Argument `start` must have shape {(len(names),)}, one element for each weight, but "
            f"has shape {tuple(start.shape)}."
        )
    value_and_grad = xp.value_and_grad(_log_loss(xp, circuit, features, x, labels, count))
    if xp.capabilities.compiles_complex:
        value_and_grad = xp.jit(value_and_grad)
    found = minimizer(
        xp, value_and_grad, start,
        max_iterations=max_iterations, tolerance=tolerance, callback=callback,
    )  # fmt: skip
    return Classifier(circuit.copy(), tuple(features), found.x, count, found)


def _log_loss(
    xp: ArrayBackend[Any], circuit: Circuit, features: Sequence[str], x: Any, labels: Any,
    n_classes: int,
) -> Callable[[Any], Any]:  # fmt: skip
    """Return the log-loss as a function of the weights."""
    resolved = resolve(circuit.structure)
    if resolved.pure is None or resolved.is_post_selected:
        raise CapabilityError(
            "Argument `circuit` must be made of gates alone, but has a channel, a measurement, a "
            "reset, a condition or a post-selection."
        )
    layout, program = Layout(circuit), plan(resolved.pure)
    evolution = Evolution(xp, program, is_unitary=circuit.is_reversible(xp))
    states = STATES_OF_EXPECTATION + evolution.n_kept
    check_memory(xp, circuit.n_qubits, x.shape[0], states=states)
    given = given_arrays(xp, program, circuit.matrices)
    dtype, size = real_dtype(xp), x.shape[0]
    weights_in = _weight_names(circuit, features)
    columns = [*features, *weights_in]
    to_rows = _indices(xp, [columns.index(name) for name in circuit.parameters])
    to_weights = _indices(xp, [circuit.parameters.index(name) for name in weights_in])
    wanted = xp.astype(_is_of_class(xp, labels, circuit.n_qubits, n_classes), dtype)
    least = float(xp.finfo(dtype).eps)

    def angles(weights: Any) -> Any:
        repeated = xp.broadcast_to(xp.astype(weights, dtype), (size, len(weights_in)))
        rows = xp.concat([xp.astype(x, dtype), repeated], axis=1)
        return layout.angles(xp, xp.take(rows, to_rows, axis=1))

    def loss(weights: Any) -> tuple[Any, Any]:
        tape = evolution.forward(angles(weights), given)
        outcomes = xp.real(tape.final) ** 2 + xp.imag(tape.final) ** 2
        right = xp.sum(wanted * outcomes, axis=1)
        right = xp.maximum(right, xp.full_like(right, least))
        return -xp.mean(xp.log(right)), (weights, tape, right)

    def backward(residuals: Any, cotangent: Any) -> tuple[Any]:
        weights, tape, right = residuals
        slopes = -2 / size * xp.astype(cotangent, dtype) / right
        image = xp.astype(slopes[:, None] * wanted, tape.final.dtype) * tape.final
        gradients = evolution.pull_back(angles(weights), given, tape, image)
        rows = layout.parameters(xp, gradients.angles)
        in_weights = xp.take(xp.sum(rows, axis=0), to_weights, axis=0)
        return (xp.astype(in_weights, weights.dtype),)

    return xp.custom_vjp(loss, backward)


def _indices(xp: ArrayBackend[Any], places: list[int]) -> Any:
    return xp.asarray(places, dtype=index_dtype(xp), device=xp.device)


def _is_of_class(xp: ArrayBackend[Any], classes: Any, n_qubits: int, n_classes: int) -> Any:
    """Return which outcomes mean each of some classes, (len(classes), 2**n_qubits)."""
    outcomes = xp.arange(2**n_qubits, dtype=index_dtype(xp), device=xp.device)
    return (outcomes % n_classes)[None, :] == xp.astype(classes, index_dtype(xp))[:, None]


def _weight_names(circuit: Circuit, features: Sequence[str]) -> list[str]:
    unknown = [name for name in features if name not in circuit.parameters]
    if unknown or len(set(features)) != len(features):
        raise ValueError(
            f"Argument `features` must be distinct parameters of the circuit, but is "
            f"{list(features)}; the circuit has {circuit.parameters}."
        )
    names = [name for name in circuit.parameters if name not in features]
    if not names:
        raise ValueError("Argument `features` has all parameters of the circuit: none is a weight.")
    return names


def _check_data(x: Any, features: Sequence[str]) -> None:
    if x.ndim != 2 or x.shape[1] != len(features) or x.shape[0] < 1:
        raise ShapeError(
            f"Argument `x` must have shape (m, {len(features)}), a row for each sample and a "
            f"column for each feature, but has shape {tuple(x.shape)}."
        )


def _check_labels(
    xp: ArrayBackend[Any], x: Any, labels: Any, n_classes: int | None, n_qubits: int
) -> int:
    """Return the number of classes."""
    if not xp.isdtype(labels.dtype, "integral"):
        raise TypeError(
            f"Argument `labels` must be integers, but has dtype {xp.dtype_name(labels.dtype)}."
        )
    if tuple(labels.shape) != (x.shape[0],):
        raise ShapeError(
            f"Argument `labels` must have shape {(x.shape[0],)}, one for each sample, but has "
            f"shape {tuple(labels.shape)}."
        )
    largest = int(xp.max(labels))
    count = max(largest + 1, 2) if n_classes is None else n_classes
    if int(xp.min(labels)) < 0 or largest >= count or count > 2**n_qubits:
        raise ValueError(
            f"Argument `labels` must be in range({count}), with at most one class for each of the "
            f"{2**n_qubits} outcomes, but is from {int(xp.min(labels))} to {largest}."
        )
    return count
