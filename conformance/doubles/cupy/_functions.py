"""Functions of the double, made from the table of the wheel's parameters and kernels."""

from __future__ import annotations

import json
import warnings
from ast import literal_eval
from collections.abc import Callable
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

import numpy as np

from cupy._array import folded, ndarray, unwrapped, wrapped

__all__ = ["TABLE", "function", "signature_of", "ufunc"]

TABLE = json.loads((Path(__file__).parent / "wheel.json").read_text(encoding="utf-8"))
"""Parameters of functions and kernels of universal functions, as in the real wheel."""

_SCALARS = {bool: "?", int: "l", float: "d", complex: "D"}
_KINDS = "biufc"


def signature_of(text: str, /) -> Signature:
    """Signature from a row of the table, `"a, axis=None, *, keepdims=False"`."""
    names = text.split(", ") if text else []
    kind = Parameter.POSITIONAL_OR_KEYWORD
    found: list[Parameter] = []
    for name in names:
        bare, optional, default = name.lstrip("*").partition("=")
        if name == "/":
            found = [p.replace(kind=Parameter.POSITIONAL_ONLY) for p in found]
        elif name == "*":
            kind = Parameter.KEYWORD_ONLY
        elif name.startswith("**"):
            found.append(Parameter(bare, Parameter.VAR_KEYWORD))
        elif name.startswith("*"):
            found.append(Parameter(bare, Parameter.VAR_POSITIONAL))
            kind = Parameter.KEYWORD_ONLY
        else:
            value = literal_eval(default) if optional else Parameter.empty
            found.append(Parameter(bare, kind, default=value))
    return Signature(found)


def function(name: str, compute: Callable[..., Any], /) -> Callable[..., Any]:
    """CuPy's function of that name: its parameters, and what NumPy computes."""
    signature = signature_of(TABLE["functions"][name])

    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*unwrapped(args), **{k: unwrapped(v) for k, v in kwargs.items()})
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a device warns of nothing
            return wrapped(compute(*bound.args, **bound.kwargs))

    call.__name__ = call.__qualname__ = name.rpartition(".")[2]
    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


class ufunc:  # noqa: N801 (CuPy's name)
    """Universal function: it computes for those dtypes for which the wheel has a kernel."""

    def __init__(self, name: str, nin: int, nout: int, types: list[str]) -> None:
        self.name = self.__name__ = name
        self.nin, self.nout, self.nargs, self.types = nin, nout, nin + nout, types
        self._compute = getattr(np, name)

    def __call__(self, *args: Any, dtype: Any = None) -> ndarray:
        if len(args) != self.nin:
            raise TypeError(f"Wrong number of arguments for {self.name!r}: {len(args)}.")
        inputs, output = self._kernel(args, dtype)
        operands = [
            np.asarray(unwrapped(x)).astype(char, copy=False)
            for x, char in zip(args, inputs, strict=True)
        ]
        if self.name in ("pow", "power"):
            # For one exponent NumPy takes short cuts (a square root), which no kernel does.
            operands = [np.stack([x, x]) for x in np.broadcast_arrays(*operands)]
            with np.errstate(all="ignore"):
                return ndarray(self._compute(*operands)[0].astype(output, copy=False))
        with np.errstate(all="ignore"):
            result = self._compute(*operands)
        return ndarray(np.asarray(result).astype(output, copy=False))

    def _kernel(self, args: tuple[Any, ...], dtype: Any) -> tuple[str, str]:
        found = self._dtypes(args)
        for kernel in self.types:
            inputs, _, output = kernel.partition("->")
            if dtype is not None and np.dtype(output) != dtype:
                continue
            if all(d is None or np.can_cast(d, c) for d, c in zip(found, inputs, strict=True)):
                return inputs, output
        raise TypeError(f"No kernel of {self.name!r} takes {', '.join(map(str, found))}.")

    def _dtypes(self, args: tuple[Any, ...]) -> list[Any]:
        """Dtypes of the operands; None for a Python number that takes that of the others."""
        arrays = [x.dtype for x in map(unwrapped, args) if isinstance(x, (np.ndarray, np.generic))]
        highest = max((_KINDS.index(d.kind) for d in arrays), default=-1)

        def dtype_of(x: Any) -> Any:
            x = unwrapped(x)
            if type(x) not in _SCALARS:
                return x.dtype
            kind = np.dtype(_SCALARS[type(x)]).kind
            fits = _KINDS.index(kind) <= highest or (kind == "i" and highest == _KINDS.index("u"))
            return None if fits else np.result_type(*arrays, x)

        return [dtype_of(x) for x in args]

    def at(self, a: ndarray, indices: Any, b: Any = None) -> None:
        if a.dtype.char not in "ilILfd" or self.name not in ("add", "maximum", "minimum"):
            raise TypeError(f"`{self.name}.at` has no kernel for {a.dtype}.")
        self._compute.at(unwrapped(a), folded(unwrapped(indices), a.shape), unwrapped(b))

    def __repr__(self) -> str:
        return f"<ufunc {self.name!r}>"
