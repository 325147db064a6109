"""Why a gradient is missing or wrong: the operation at which the graph was lost."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

import arraybackends
from arraybackends.errors import GradientError
from arraybackends.generic.containers import flatten, unflatten
from arraybackends.integrations.translation import import_library

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.overrides import TorchFunctionMode
else:
    torch = import_library("torch", "torch")
    TorchFunctionMode = import_library("torch.overrides", "torch").TorchFunctionMode

__all__ = ["GradientDiagnosis", "GradientLoss", "explain_gradient"]

_CONVERSIONS = frozenset((
    "__array__", "__bool__", "__complex__", "__dlpack__", "__float__", "__index__", "__int__",
    "item", "numpy", "tolist",
))  # fmt: skip
_REMEDIES = {
    "detach": "Leave `detach` (`xp.stop_gradient`) out where the derivative is wanted.",
    "data": "Use the tensor itself: `.data` is outside of the graph.",
    "is untracked": "Leave `torch.no_grad` and `torch.inference_mode` where it is wanted.",
    "conversion": (
        "Use functions of `xp` on the array itself; if the value steers the program, that "
        "dependence has no derivative."
    ),
    "integer": "Integers and booleans carry no derivative: use `xp.where`, or a smooth function.",
    "operation": "Use another operation, or give it a derivative with `xp.custom_vjp`.",
    "in-place": "Make a new array, with functions or `xp.at(x)[index].set(value)`.",
    "nan": "Keep away from points without a derivative, with `xp.where` on the argument.",
}
_FOREIGN = (str(Path(arraybackends.__file__).parent), str(Path(torch.__file__).parent))
_FUNCTION = str(Path(torch.__file__).parent / "autograd" / "function.py")


class GradientLoss(NamedTuple):
    """
    A place where a derivative stops.

    Attributes
    ----------
    operation : str
        What was called.
    location : str
        File, line and source of the caller's code.
    remedy : str
        What to do instead.
    """

    operation: str
    location: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.operation} at {self.location}. {self.remedy}"


class GradientDiagnosis(NamedTuple):
    """
    What became of a gradient.

    Attributes
    ----------
    arrives : tuple of bool
        For each array among the arguments, whether a derivative reaches it.
    disagreement : float
        Between automatic and central differences along one direction; nan if one of them failed.
    losses : tuple of GradientLoss
        Where derivatives stop, in order. What stops there may have been meant to.
    """

    arrives: tuple[bool, ...]
    disagreement: float
    losses: tuple[GradientLoss, ...]

    def __str__(self) -> str:
        missing = [str(place) for place, arrives in enumerate(self.arrives) if not arrives]
        lines = ["A gradient reaches every array among the arguments."]
        if missing:
            lines = [f"No gradient reaches array {', '.join(missing)} of the arguments."]
        lines.append(
            "Automatic derivative and central differences differ by "
            f"{self.disagreement:.1e} along one direction."
        )
        lines += [f"The derivative stops in {loss}" for loss in self.losses]
        return "\n".join(lines)


def explain_gradient(fn: Callable[..., Any], /, *args: Any) -> GradientDiagnosis:
    """
    Find where a gradient is lost.

    Parameters
    ----------
    fn : callable
        Returns a 0-d real tensor.
    *args : containers of arrays
        Where it is differentiated; every floating-point tensor among them is.

    Returns
    -------
    GradientDiagnosis
        Its text names each operation, conversion or in-place change that stops the derivative, the
        line of the caller that made it, and the remedy.

    Raises
    ------
    GradientError
        If there is nothing to differentiate: the arguments hold integers only, or `fn` returns no
        real number.

    Notes
    -----
    Four calls of `fn`. Losses are noticed as they happen, inside of circuits and other rules of
    one's own not at all: those are exact. The disagreement shows whether a loss matters.

    Examples
    --------
    >>> import torch
    >>> print(explain_gradient(lambda x: torch.sum(x) * float(x[0]), torch.ones(2)))
    A gradient reaches every array among the arguments.
    Automatic derivative and central differences differ by 2.0e+00 along one direction.
    The derivative stops in the conversion `Tensor.__float__` at <doctest ...
    """
    leaves, structure = flatten(list(args))
    chosen = [i for i, leaf in enumerate(leaves) if _is_differentiable(leaf)]
    if not chosen:
        raise GradientError(
            "Nothing can be differentiated: the arguments hold no floating-point tensor. Convert "
            "integers and lists with `xp.asarray(x, dtype=xp.float64)`."
        )

    def call(tensors: Sequence[Tensor]) -> Any:
        filled = list(leaves)
        for place, tensor in zip(chosen, tensors, strict=True):
            filled[place] = tensor
        return fn(*unflatten(structure, filled))

    inputs = [leaves[place].detach() for place in chosen]
    watch = _Watch()
    gradients = _automatic(call, inputs, watch)
    arrives = tuple(gradient is not None for gradient in gradients)
    disagreement = _disagreement(call, inputs, gradients) if gradients else float("nan")
    return GradientDiagnosis(
        arrives or (False,) * len(inputs), disagreement, tuple(dict.fromkeys(watch.losses))
    )


def _is_differentiable(leaf: Any) -> bool:
    return isinstance(leaf, torch.Tensor) and (leaf.is_floating_point() or leaf.is_complex())


class _Watch(TorchFunctionMode):
    """Notice calls that take tracked tensors and return what is not tracked."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[GradientLoss] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if not any(_is_tracked(x) for x in (*args, *(kwargs or {}).values())):
            return func(*args, **(kwargs or {}))
        name = _name(func)
        if name in _CONVERSIONS:
            self._add(f"the conversion `Tensor.{name}`", "conversion")
        try:
            result = func(*args, **(kwargs or {}))
        except NotImplementedError as error:
            self._add(f"the operation `{name}`, which has no derivative ({error})", "operation")
            raise
        parts = result if isinstance(result, (tuple, list)) else (result,)
        if any(isinstance(x, torch.Tensor) and not x.requires_grad for x in parts):
            self._note(name, [x for x in parts if isinstance(x, torch.Tensor)])
        return result

    def _note(self, name: str, parts: list[Tensor]) -> None:
        if name in ("detach", "detach_"):
            self._add(f"`Tensor.{name}`", "detach")
        elif name == "data":
            self._add("`Tensor.data`", "data")
        elif not any(_is_differentiable(x) for x in parts):
            dtype = str(parts[0].dtype).removeprefix("torch.")
            self._add(f"the operation `{name}`, whose result is {dtype},", "integer")
        elif not torch.is_grad_enabled():
            self._add(f"the operation `{name}`, which runs untracked,", "is untracked")
        elif not any(x.requires_grad for x in parts):
            self._add(f"the operation `{name}`, which has no derivative,", "operation")

    def _add(self, operation: str, kind: str) -> None:
        frame: FrameType | None = sys._getframe(2)
        outermost = None
        while frame is not None:
            path = frame.f_code.co_filename
            if path == _FUNCTION:
                return  # a rule of its own: what it does is not differentiated
            if outermost is None and not path.startswith(_FOREIGN):
                outermost = frame
            frame = frame.f_back
        place = "an unknown line"
        if outermost is not None:
            place = f"{outermost.f_code.co_filename}:{outermost.f_lineno}"
        self.losses.append(GradientLoss(operation, place, _REMEDIES[kind]))


def _is_tracked(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return any(_is_tracked(part) for part in x)
    return isinstance(x, torch.Tensor) and x.requires_grad


def _name(func: Any) -> str:
    name: str = getattr(func, "__name__", type(func).__name__)
    if name == "__get__":
        return str(getattr(getattr(func, "__self__", None), "__name__", name))
    return name


def _automatic(
    call: Callable[[Sequence[Tensor]], Any], inputs: list[Tensor], watch: _Watch
) -> Sequence[Tensor | None]:
    """Return the automatic gradient, or nothing if it cannot be had."""
    tracked = [x.clone().requires_grad_() for x in inputs]
    with warnings.catch_warnings(record=True) as caught, torch.enable_grad():
        warnings.simplefilter("always")
        try:
            with torch.autograd.set_detect_anomaly(True):
                with watch:
                    value = call(tracked)
                if not isinstance(value, torch.Tensor):
                    return [None] * len(inputs)
                if value.shape != () or not value.is_floating_point():
                    raise GradientError(
                        "The function to be differentiated must return a 0-d real tensor, but "
                        f"returned one of shape {tuple(value.shape)} and dtype {value.dtype}."
                    )
                if not value.requires_grad:
                    return [None] * len(inputs)
                return torch.autograd.grad(value, tracked, allow_unused=True)
        except RuntimeError as error:
            loss = _loss(str(error), [str(warning.message) for warning in caught])
            if loss is None and not watch.losses:
                raise
            watch.losses += [] if loss is None else [loss]
            return []


def _loss(message: str, traces: list[str]) -> GradientLoss | None:
    """Return what the engine complains of, with the line that it says made the node."""
    made = [line for trace in traces for line in re.findall(r'File "(.+)", line (\d+)', trace)]
    users = [f"{path}:{line}" for path, line in made if not path.startswith(_FOREIGN)]
    place = users[-1] if users else "an unknown line"
    if "modified by an inplace operation" in message:
        node = re.search(r"output \d+ of (\w+)", message)
        name = f"an in-place change of what `{node[1] if node else 'an input'}` needs, used"
        return GradientLoss(name, place, _REMEDIES["in-place"])
    if "leaf Variable that requires grad is being used in an in-place" in message:
        return GradientLoss("an in-place change of an argument", place, _REMEDIES["in-place"])
    if found := re.search(r"Function '(\w+)' returned nan", message):
        return GradientLoss(f"`{found[1]}`, which returned nan,", place, _REMEDIES["nan"])
    if found := re.search(r"derivative for '?([\w:.]+)'? is not implemented", message):
        name = f"the operation `{found[1]}`, which has no derivative,"
        return GradientLoss(name, place, _REMEDIES["operation"])
    return None


def _disagreement(
    call: Callable[[Sequence[Tensor]], Any], inputs: list[Tensor],
    gradients: Sequence[Tensor | None],
) -> float:  # fmt: skip
    """Compare derivatives along the direction of all ones."""
    slope = 0.0
    for gradient in gradients:
        if gradient is not None:
            slope += float(torch.sum(gradient.real))
    step = max(float(torch.finfo(x.dtype).eps) for x in inputs) ** (1 / 3)
    with torch.no_grad():
        ahead = float(call([x + step for x in inputs]))
        behind = float(call([x - step for x in inputs]))
    return float(abs(slope - (ahead - behind) / (2 * step)))
