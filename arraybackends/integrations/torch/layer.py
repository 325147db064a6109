"""Circuits as modules of PyTorch: trained, moved, saved and distributed like any other layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.integrations.translation import import_library
from arraybackends.quantum.circuits.circuit import Circuit
from arraybackends.quantum.circuits.layout import Layout
from arraybackends.quantum.derivatives.expectation import DiffMethod, check_method
from arraybackends.quantum.derivatives.gradient import expectation_function
from arraybackends.quantum.derivatives.simulation import Simulation
from arraybackends.quantum.gates.parameter import Parameter
from arraybackends.quantum.observables import Observable, expectations
from arraybackends.quantum.observables.base import check_observable
from arraybackends.selection import get_backend

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from arraybackends.precision import Precision
else:
    torch = import_library("torch", "torch")

__all__ = ["QuantumLayer"]


class QuantumLayer(torch.nn.Module):
    """
    Expectation values of a circuit as a layer of a neural network.

    Parameters
    ----------
    circuit : Circuit
        Its angles are numbers, parameters and linear expressions of parameters; channels and
        post-selection are allowed, and then it runs on the density matrix.
    observables : Observable or sequence of Observable
        What is measured in the final state.
    inputs : sequence of Parameter or str
        The parameters that the data fill, in the order of the data's last axis. All others are
        weights, in the order of `circuit.parameters`.
    initial : array-like, shape (n_weights,), real, optional
        Where the weights start; uniform in [0, 2 pi), by PyTorch's generator, unless given.
    diff_method : {"adjoint", "backprop", "parameter-shift", "finite-difference"}
        As in `expectation_function`. The adjoint sweep differentiates all observables at once.
    device, dtype : optional
        Of the weights, as for every module of PyTorch; float32 or float64.

    Attributes
    ----------
    weights : torch.nn.Parameter, shape (n_weights,)
        The only entry of the `state_dict`.

    Raises
    ------
    TypeError
        If an angle of the circuit is an array, or an observable is none.
    ValueError
        If an input is no parameter of the circuit, or is named twice.
    ShapeError
        If `initial` or an observable does not fit the circuit.

    Notes
    -----
    The circuit runs where the weights are, in their precision: `.to("cuda")` and `.double()` move
    it.
    Under `torch.autocast` it keeps its precision, and half-precision data are widened on entry.

    Examples
    --------
    >>> import torch
    >>> from arraybackends.quantum import Circuit, Parameter, PauliSum
    >>> circuit = Circuit(1).rx(0, Parameter("x")).ry(0, Parameter("w"))
    >>> layer = QuantumLayer(circuit, PauliSum({"Z": 1.0}), inputs=["x"], initial=[0.0])
    >>> model = torch.nn.Sequential(torch.nn.Linear(3, 1), layer)
    >>> model(torch.zeros(5, 3)).shape
    torch.Size([5])
    >>> layer(torch.zeros(1))
    tensor(1., grad_fn=...)
    """

    _order: Tensor

    def __init__(
        self, circuit: Circuit, observables: Observable | Sequence[Observable], /, *,
        inputs: Sequence[Parameter | str] = (), initial: Any = None,
        diff_method: DiffMethod = "adjoint", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        check_method(diff_method)
        self._is_single = not isinstance(observables, Sequence)
        self.observables = (
            tuple(observables) if isinstance(observables, Sequence) else (observables,)
        )
        if not self.observables:
            raise ValueError("Argument `observables` must name at least one, but is empty.")
        for observable in self.observables:
            check_observable(observable, circuit.n_qubits)
        Layout(circuit)
        self.circuit = circuit.copy()
        self.diff_method = diff_method
        self.inputs = _names(circuit, inputs)
        names = circuit.parameters
        self.weight_names = tuple(name for name in names if name not in self.inputs)
        order = [(*self.inputs, *self.weight_names).index(name) for name in names]
        self.register_buffer("_order", torch.tensor(order, device=device), persistent=False)
        dtype = torch.get_default_dtype() if dtype is None else dtype
        _check_dtype(dtype)
        n_weights = len(self.weight_names)
        self.weights = torch.nn.Parameter(torch.empty(n_weights, device=device, dtype=dtype))
        if initial is None:
            self.reset_parameters()
        else:
            start = torch.as_tensor(initial)
            if tuple(start.shape) != (n_weights,):
                raise ShapeError(
                    f"Argument `initial` must have shape {(n_weights,)}, one element for each of "
                    f"the weights {list(self.weight_names)}, but has shape {tuple(start.shape)}."
                )
            with torch.no_grad():
                self.weights.copy_(start)
        self._functions: dict[tuple[Any, ...], Callable[[Tensor], Tensor]] = {}

    def reset_parameters(self) -> None:
        """Draw the weights anew, uniform in [0, 2 pi)."""
        torch.nn.init.uniform_(self.weights, 0.0, 2 * math.pi)

    def forward(self, inputs: Tensor | None = None, /) -> Tensor:
        """
        Expectation values.

        Parameters
        ----------
        inputs : torch.Tensor, shape (*batch, n_inputs), real
            May be left out if the circuit has no inputs.

        Returns
        -------
        torch.Tensor, shape batch, or (*batch, n_observables) for a sequence of observables
            In the dtype of the weights, on their device.

        Raises
        ------
        ShapeError
            If the last axis of `inputs` has another length than there are inputs.
        DTypeError
            If `inputs` are no real numbers, or the weights neither float32 nor float64.
        """
        weights = self.weights
        _check_dtype(weights.dtype)
        if inputs is None:
            inputs = weights.new_zeros((0,))
        if inputs.is_complex():
            raise DTypeError(f"Argument `inputs` must be real, but has dtype {inputs.dtype}.")
        if inputs.shape[-1:] != (len(self.inputs),):
            raise ShapeError(
                f"Argument `inputs` must have a last axis of length {len(self.inputs)}, one "
                f"element for each of {list(self.inputs)}, but has shape {tuple(inputs.shape)}."
            )
        with _full_precision(weights.device.type):
            batch = inputs.shape[:-1]
            rows = [inputs.to(weights.dtype), weights.expand(*batch, weights.shape[-1])]
            theta = torch.cat(rows, dim=-1).index_select(-1, self._order)
            return self._function(theta)

    def _function(self, theta: Tensor) -> Tensor:
        key = (theta.device, theta.dtype)
        if key not in self._functions:
            self._functions[key] = self._function_of(*key)
        return self._functions[key](theta)

    def _function_of(self, device: torch.device, dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
        """Return the expectation values as a function of all parameters of the circuit."""
        precision: Precision = "double" if dtype == torch.float64 else "single"
        xp: Any = get_backend("pytorch", device=device, precision=precision)
        if self.diff_method != "adjoint":
            functions = [
                expectation_function(self.circuit, one, diff_method=self.diff_method, xp=xp)
                for one in self.observables
            ]
            if self._is_single:
                return functions[0]
            return lambda theta: torch.stack([function(theta) for function in functions], dim=-1)
        layout = Layout(self.circuit)
        simulation = Simulation(
            xp, self.circuit.structure, self.circuit.matrices,
            is_unitary=self.circuit.is_reversible(xp), by_sweep=True,
        )  # fmt: skip

        def function(theta: Tensor) -> Tensor:
            final = simulation.final(layout.angles(xp, theta))
            values: Tensor = expectations(
                xp, final, self.observables, density=simulation.is_density
            )
            shape = () if self._is_single else (len(self.observables),)
            return values.reshape((*theta.shape[:-1], *shape))

        return function

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle and `copy.deepcopy` keep: all but what is made again when needed."""
        return {**self.__dict__, "_functions": {}}

    def extra_repr(self) -> str:
        """Return what the representation says of the layer."""
        return (
            f"n_qubits={self.circuit.n_qubits}, n_inputs={len(self.inputs)}, "
            f"n_weights={len(self.weight_names)}, n_observables={len(self.observables)}, "
            f"diff_method={self.diff_method!r}"
        )


def _names(circuit: Circuit, inputs: Sequence[Parameter | str]) -> tuple[str, ...]:
    names = tuple(given.name if isinstance(given, Parameter) else given for given in inputs)
    for name in names:
        if name not in circuit.parameters:
            raise ValueError(
                f"Argument `inputs` names {name!r}, which is no parameter of the circuit; it has "
                f"{list(circuit.parameters)}."
            )
        if names.count(name) > 1:
            raise ValueError(f"Argument `inputs` names {name!r} more than once.")
    return names


def _full_precision(device_type: str) -> AbstractContextManager[Any]:
    """Turn autocast off, where a device has it."""
    if torch.amp.is_autocast_available(device_type):
        return torch.autocast(device_type, enabled=False)
    return nullcontext()


def _check_dtype(dtype: Any) -> None:
    if dtype not in (torch.float32, torch.float64):
        raise DTypeError(
            f"The weights of a `QuantumLayer` must be float32 or float64, but are to be {dtype}: "
            "circuits do not compute in half precision. Use `torch.autocast` for the classical "
            "layers around it."
        )
