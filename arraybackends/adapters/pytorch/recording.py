"""Functions as programs: their operations recorded once, and run by PyTorch's interpreter."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch.fx.experimental.proxy_tensor import make_fx

from arraybackends.adapters.pytorch.tracing import recording
from arraybackends.generic.containers import Structure, flatten, unflatten

if TYPE_CHECKING:
    from torch.fx import GraphModule, Node

__all__ = ["Program", "UnrecordableError", "record"]

Tensor = torch.Tensor
Run = Callable[..., Sequence[Tensor]]

_COPIES = (
    torch.ops.aten.detach.default,
    torch.ops.aten.alias.default,
    torch.ops.aten.lift_fresh_copy.default,
)


class UnrecordableError(Exception):
    """A function cannot be told by its operations; the message says why."""


class Program:
    """
    The operations of a function on arguments of one signature.

    Parameters
    ----------
    graph : GraphModule
        From tensors to tensors.
    structure : Structure
        Of the output.
    constants : list
        Leaves of the output that are no tensors, and None where a tensor is.
    """

    def __init__(self, graph: GraphModule, structure: Structure, constants: list[Any]) -> None:
        self._structure = structure
        self._constants = constants
        self._captured = _captured(graph)
        self._versions = self._current()
        self.is_complex = _is_complex(graph)
        self.graph = _folded(graph)
        self._has_tensors = any(x is None for x in constants)
        self.run: Run = self.graph

    @property
    def tracks(self) -> bool:
        """Whether a derivative may be wanted in what the function encloses."""
        return any(x.requires_grad for x in self._captured)

    @property
    def is_current(self) -> bool:
        """Whether what the function encloses has not been overwritten since."""
        return self._versions == self._current()

    def _current(self) -> list[int]:
        return [0 if x.is_inference() else x._version for x in self._captured]

    def interpret(self, tensors: Sequence[Tensor]) -> None:
        """Hand the program to PyTorch's interpreter, which needs no Python between operations."""
        if not self._has_tensors:
            return
        with warnings.catch_warnings(), torch.no_grad():
            # Deprecated in favour of compilers that generate no code for complex numbers.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", torch.jit._trace.TracerWarning)
            example = tuple(x.detach() for x in tensors)
            self.run = torch.jit.trace(self.graph, example, check_trace=False)  # type: ignore[no-untyped-call]

    def __call__(self, tensors: Sequence[Tensor]) -> Any:
        found = iter(self.run(*tensors))
        leaves = [next(found) if x is None else x for x in self._constants]
        return unflatten(self._structure, leaves)


def record(call: Callable[[Sequence[Tensor]], Any], tensors: Sequence[Tensor]) -> Program:
    """
    Record what a function of tensors does, by calling it once with tensors that have no values.

    Raises
    ------
    UnrecordableError
        If values steer the function, or its output is more than arrays and numbers.
    """
    structure: Structure | None = None
    constants: list[Any] = []

    def flat(*inputs: Tensor) -> list[Tensor]:
        nonlocal structure
        leaves, structure = flatten(call(inputs))
        for leaf in leaves:
            if not isinstance(leaf, (Tensor, bool, int, float, complex, str)):
                raise UnrecordableError(f"It returns a `{type(leaf).__name__}`.")
        constants[:] = [None if isinstance(x, Tensor) else x for x in leaves]
        return [x for x in leaves if isinstance(x, Tensor)]

    recorder = make_fx(flat, tracing_mode="fake", _allow_non_fake_inputs=True)
    with recording(), warnings.catch_warnings():
        # PyTorch's own modules deprecate each other.
        warnings.simplefilter("ignore", DeprecationWarning)
        graph = recorder(*(x.detach() for x in tensors))
    assert structure is not None
    for node in graph.graph.nodes:
        if _has_unknown_shape(node):
            raise UnrecordableError(
                f"The shape of what `{node.target}` returns depends on values. Use `xp.where`."
            )
        if _has(node, torch.Tag.data_dependent_output):
            raise UnrecordableError(
                f"`{node.target}` makes a Python number of an array. Use functions of `xp`."
            )
    return Program(graph, structure, constants)


def _captured(graph: GraphModule) -> list[Tensor]:
    found = [getattr(graph, str(x.target)) for x in graph.graph.nodes if x.op == "get_attr"]
    return [x for x in found if isinstance(x, Tensor)]


def _is_complex(graph: GraphModule) -> bool:
    return any(
        isinstance(x.meta.get("val"), Tensor) and x.meta["val"].is_complex()
        for x in graph.graph.nodes
    )


def _folded(module: GraphModule) -> GraphModule:
    """Compute what depends on no argument, and leave out copies; unless a step writes in place."""
    graph = module.graph
    steps = [node for node in graph.nodes if node.op == "call_function"]
    if any(_is_mutable(node) for node in steps):
        return module
    known: dict[Node, Any] = {
        node: getattr(module, str(node.target)).detach()
        for node in graph.nodes
        if node.op == "get_attr"
    }
    for node in steps:
        if node.target in _COPIES:
            node.replace_all_uses_with(node.args[0])
        if not _has(node, torch.Tag.nondeterministic_seeded) and all(
            source in known for source in node.all_input_nodes
        ):
            with torch.no_grad():
                known[node] = node.target(
                    *torch.fx.map_arg(node.args, known.__getitem__),
                    **torch.fx.map_arg(node.kwargs, known.__getitem__),
                )
    for number, (node, value) in enumerate(known.items()):
        if isinstance(value, Tensor) and any(user not in known for user in node.users):
            # A result is the caller's, who may write into it.
            is_result = any(user.op == "output" for user in node.users)
            module.register_buffer(f"_known_{number}", value, persistent=False)
            with graph.inserting_before(node):
                constant = graph.get_attr(f"_known_{number}")
                if is_result:
                    constant = graph.call_function(torch.ops.aten.clone.default, (constant,))
            node.replace_all_uses_with(constant)
    graph.eliminate_dead_code()
    module.recompile()
    return module


def _is_mutable(node: Node) -> bool:
    """Whether a step writes into its arguments."""
    operator = node.target
    return isinstance(operator, torch._ops.OpOverload) and bool(operator._schema.is_mutable)


def _has(node: Node, tag: torch.Tag) -> bool:
    """Whether a step is of an operator with a tag."""
    return isinstance(node.target, torch._ops.OpOverload) and tag in node.target.tags


def _has_unknown_shape(node: Node) -> bool:
    """Whether the shape of a result depends on values."""
    if not _has(node, torch.Tag.dynamic_output_shape):
        return False
    if node.target is torch.ops.aten.index.Tensor:  # by integers it does not
        values = [source.meta["val"] for source in node.all_input_nodes[1:] if source.meta]
        return any(x.dtype in (torch.bool, torch.uint8) for x in values)
    return True
