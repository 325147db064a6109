"""An operation of the protocol, as the suite sees it: how to call it and what it must compute."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from arraybackends_conformance.law import member

if TYPE_CHECKING:
    from arraybackends_conformance.comparison import Comparison
    from arraybackends_conformance.generation import Domain

__all__ = ["DEVICE", "Call", "Operation", "leaves", "on_host", "to_native"]


class _Device:
    """Stands in a call for the device of the backend under test."""

    def __repr__(self) -> str:
        return "xp.device"


DEVICE = _Device()


@dataclass(frozen=True)
class Call:
    """Arguments of one call: arrays as ndarrays, dtypes as NumPy dtypes, devices as `DEVICE`."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def map(self, convert: Callable[[Any], Any]) -> Call:
        """Return the same call with every leaf converted."""
        return Call(_map(convert, self.args), _map(convert, dict(self.kwargs)))

    def arrays(self) -> list[np.ndarray]:
        """Return the array arguments, those inside sequences included."""
        return [x for x in leaves((self.args, self.kwargs)) if isinstance(x, np.ndarray)]

    def __repr__(self) -> str:
        parts = [_source(x) for x in self.args]
        parts += [f"{name}={_source(x)}" for name, x in self.kwargs.items()]
        return f"({', '.join(parts)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # Hypothesis would spell out the fields


@dataclass(frozen=True, kw_only=True)
class Operation:
    """
    One member of the protocol and its law.

    Attributes
    ----------
    name : str
        `"sum"`, `"linalg.eigh"`, ...
    calls : callable
        Given the domain of a backend, a strategy for calls.
    reference : callable
        The same on ndarrays. It fixes structure, dtype and shape of the result, and the values
        unless `compare` verifies them otherwise.
    compare : callable
        Whether values are right.
    refine : bool
        Take the values of 32-bit results from the reference run on 64-bit inputs.
    native : bool
        The result must be of the library's own array type, 0-d results too.
    needs : str or None
        Capability without which the operation is not tested.
    excludes : tuple of str
        Rows of the ledger because of which the domain is narrower than the standard's.
    """

    name: str
    calls: Callable[[Domain], SearchStrategy[Call]]
    reference: Callable[..., Any]
    compare: Comparison
    refine: bool = False
    native: bool = True
    needs: str | None = None
    excludes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return self.name

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # Hypothesis would spell out the fields

    def expected(self, call: Call) -> Any:
        """What the reference gives for a call."""
        result = self._evaluate(call)
        narrow = [x for x in leaves(result) if getattr(x, "dtype", None) in _WIDER]
        if not (self.refine and narrow):
            return result
        return _cast_like(self._evaluate(call.map(_widen)), result)

    def _evaluate(self, call: Call) -> Any:
        call = call.map(lambda x: "cpu" if x is DEVICE else x)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the reference may divide by zero; the result counts
            return self.reference(*call.args, **call.kwargs)

    def apply(self, xp: Any, call: Call) -> Any:
        """Call the operation on a backend; `call` holds native arguments."""
        # NumPy's floating-point warnings are the user's setting, and no part of the contract.
        with np.errstate(all="ignore"):
            return member(xp, self.name)(*call.args, **call.kwargs)

    def reproduction(self, xp: Any, call: Call) -> str:
        """Return a program that repeats the call."""
        device, precision = xp.device, xp.precision
        return (
            "import numpy as np\nfrom numpy import inf, nan\nimport arraybackends as ab\n"
            f"xp = ab.get_backend({xp.name!r}, device={device!r}, precision={precision!r})\n"
            f"print(xp.{self.name}{call.map(_Native)!r})"
        )


_WIDER = {np.dtype("float32"): np.float64, np.dtype("complex64"): np.complex128}


def _map(convert: Callable[[Any], Any], tree: Any) -> Any:
    if type(tree) in (list, tuple):
        return type(tree)(_map(convert, x) for x in tree)
    if type(tree) is dict:
        return {name: _map(convert, x) for name, x in tree.items()}
    return convert(tree)


def leaves(tree: Any) -> Iterator[Any]:
    """Leaves of nested sequences and mappings."""
    if isinstance(tree, Mapping):
        tree = tuple(tree.values())
    if isinstance(tree, (list, tuple)):
        for x in tree:
            yield from leaves(x)
    else:
        yield tree


def _widen(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return x.astype(_WIDER.get(x.dtype, x.dtype))
    if isinstance(x, np.dtype):
        return np.dtype(_WIDER.get(x, x))
    return x


def _cast_like(wide: Any, narrow: Any) -> Any:
    if isinstance(narrow, tuple):
        parts = [_cast_like(w, n) for w, n in zip(wide, narrow, strict=True)]
        return type(narrow)(*parts) if hasattr(narrow, "_fields") else tuple(parts)
    with np.errstate(all="ignore"):
        return np.asarray(wide).astype(narrow.dtype)


def to_native(xp: Any, x: Any) -> Any:
    """Convert an ndarray, NumPy dtype or `DEVICE` to what the backend takes."""
    if isinstance(x, np.ndarray):
        return xp.asarray(x.copy())  # NumPy backends would share it
    if isinstance(x, np.dtype):
        return getattr(xp, x.name)
    return xp.device if x is DEVICE else x


def on_host(xp: Any, tree: Any) -> Any:
    """Convert the arrays of a result to ndarrays, keeping tuples as they are."""
    if isinstance(tree, tuple):
        parts = [on_host(xp, x) for x in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    return xp.to_numpy(tree) if xp.is_array(tree) else tree


class _Native:
    """Prints an argument as it is written in a reproduction."""

    def __init__(self, x: Any) -> None:
        source = _source(x)
        self._text = f"xp.asarray({source})" if isinstance(x, np.ndarray) else source

    def __repr__(self) -> str:
        return self._text


def _source(x: Any) -> str:
    """Python source of an argument, without loss of digits."""
    if isinstance(x, np.ndarray):
        empty = f".reshape({x.shape})" if x.size == 0 else ""
        return f"np.asarray({x.tolist()!r}, dtype={x.dtype.name!r}){empty}"
    if isinstance(x, np.dtype):
        return repr(x.name)
    if type(x) in (list, tuple):
        inside = ", ".join(map(_source, x))
        comma = "," if type(x) is tuple and len(x) == 1 else ""
        return f"[{inside}]" if type(x) is list else f"({inside}{comma})"
    return repr(x)
