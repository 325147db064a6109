"""What all adapters share: identity, and names that resolve once.

An adapter is a final class derived from `NamespaceBackend`. A name of the standard is the adapter's
own method, else its fix-up function, else the function of the namespace it builds on, resolved once
and then an ordinary attribute of the class: `xp.sum(x)` costs what the resolved function costs.
"""

from __future__ import annotations

import difflib
import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeAlias, TypeVar

from arraybackends.errors import DTypeError
from arraybackends.generic.expm import expm
from arraybackends.generic.inspection import KINDS, BackendInfo, names_of_kind
from arraybackends.generic.threefry import Words, threefry2x32
from arraybackends.precision import DEFAULT_DTYPES, DTYPE_NAMES, Precision, dtype_name, precision_of
from arraybackends.standard import (
    ARRAY_API_VERSION,
    FFTNamespace,
    LinalgNamespace,
    StandardNamespace,
)

if TYPE_CHECKING:
    from typing import Self

    from arraybackends.protocol import Capabilities, LinearAlgebra, RandomNamespace

__all__ = ["Extension", "NamespaceBackend", "Source", "first_of", "public_names"]

A = TypeVar("A")
Source: TypeAlias = Mapping[str, Any] | ModuleType


def public_names(namespace: type, /) -> frozenset[str]:
    """Return the public members that a protocol class declares."""
    declared = set(vars(namespace)) | set(namespace.__annotations__)
    return frozenset(name for name in declared if not name.startswith("_"))


_STANDARD_NAMES = public_names(StandardNamespace) - {"linalg", "fft", *DTYPE_NAMES}

if TYPE_CHECKING:
    # Type checkers see the standard's signatures; at run time a name resolves in `__getattr__`,
    # and inheriting the protocol's empty bodies would shadow it.
    class _Standard(StandardNamespace[A]): ...
else:

    class _Standard(Generic[A]):
        pass


class Extension:
    """
    A sub-namespace (`linalg`, `fft`): fix-ups first, then the namespace it builds on.

    Parameters
    ----------
    names : iterable of str
        What the extension has.
    sources : tuple of mappings or modules
        Searched in order for each name.
    """

    def __init__(self, qualname: str, names: Iterable[str], sources: tuple[Source, ...]) -> None:
        self.__dict__.update(_qualname=qualname, _names=frozenset(names), _sources=sources)

    def __getattr__(self, name: str) -> Any:
        names, qualname = self.__dict__["_names"], self.__dict__["_qualname"]
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f" Did you mean `{close[0]}`?" if close else ""
            raise AttributeError(f"Namespace `{qualname}` has no attribute `{name}`.{hint}")
        value = first_of(name, self.__dict__["_sources"])
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"Backends are immutable: attribute `{name}` of `{self!r}` cannot be set."
        )

    __delattr__ = __setattr__  # type: ignore[assignment]

    def __dir__(self) -> list[str]:
        return sorted(self.__dict__["_names"])

    def __repr__(self) -> str:
        return f"<namespace {self.__dict__['_qualname']}>"


class NamespaceBackend(_Standard[A]):
    """
    Base class of the adapters.

    Parameters
    ----------
    device : str or native device, optional
        Where new arrays are placed.
    precision : {"double", "single"}, optional
        Width of the default dtypes; double unless said otherwise.

    Notes
    -----
    The module of the class imports no array library, so that the class can be named without it.
    `_namespace` names the module that does: it is imported when the first backend object is made,
    and defines

    - `NATIVE`: the library;
    - `DTYPES`: its dtypes by canonical name, those that can be had;
    - `SOURCES`, `LINALG_SOURCES`, `FFT_SOURCES`: where names of the standard are looked up, in
      order;
    - optionally `METHODS`: functions of the standard that take the backend object first, which
      CPython calls with less ado.

    Whatever depends on the device, the precision or the backend object is a method of the class.
    """

    name: ClassVar[str]
    _adapter: ClassVar[type[NamespaceBackend[Any]]]
    _namespace: ClassVar[str]
    _capabilities: ClassVar[Capabilities]

    if TYPE_CHECKING:
        device: str
        precision: Precision
        native: ModuleType
        _dtypes: Mapping[str, Any]
        _sources: tuple[Source, ...]
        _fft_sources: tuple[Source, ...]

        @property
        def linalg(self) -> LinearAlgebra[A]: ...

    def __new__(cls, **_options: Any) -> Self:
        backend: Self = object.__new__(_bound(cls))
        return backend

    def __init__(self, *, device: Any = None, precision: Precision | None = None) -> None:
        namespace = importlib.import_module(self._namespace)
        self._set(
            native=namespace.NATIVE,
            precision=precision_of(precision),
            _dtypes=namespace.DTYPES,
            _sources=namespace.SOURCES,
            _fft_sources=namespace.FFT_SOURCES,
        )
        self._place_on(self._resolve_device(device))
        self._bind(namespace, {})

    def _set(self, **attributes: Any) -> None:
        # Not through `__dict__`: to look at it makes every later look-up of a method dearer.
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

    def _place_on(self, device: str) -> None:
        """Make this, the name of a device, the one of new arrays."""
        self._set(device=device)

    def _bind(self, namespace: ModuleType, functions: Mapping[str, Any]) -> None:
        """Give this object its extensions, and `functions` that take its device and precision."""
        own = _STANDARD_NAMES & functions.keys()
        self._set(
            **{name: functions[name] for name in own},
            linalg=Extension(
                f"{self.name}.linalg",
                public_names(LinalgNamespace) | {"expm"},
                (*namespace.LINALG_SOURCES, {"expm": functools.partial(expm, self)}),
            ),
            fft=Extension(
                f"{self.name}.fft",
                public_names(FFTNamespace),
                (functions, self._fft_methods(), *namespace.FFT_SOURCES),
            ),
        )
        wanted = _STANDARD_NAMES - self.absent
        if missing := sorted(name for name in wanted if not hasattr(self, name)):
            raise AttributeError(f"No source has {missing}: adapter `{self.name}` is incomplete.")

    # Identity

    @property
    def absent(self) -> frozenset[str]:
        """Members of the protocol that the library does not have: looking one up is an error."""
        return frozenset()

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def __name__(self) -> str:
        # Consumers of namespaces, Hypothesis for one, expect what modules have.
        return f"arraybackends.{self.name}"

    @property
    def library_version(self) -> str:
        return str(self.native.__version__)

    @property
    def __array_api_version__(self) -> str:
        return ARRAY_API_VERSION

    def __array_namespace_info__(self) -> BackendInfo:
        return BackendInfo(self)

    def with_options(self, *, device: Any = None, precision: Precision | None = None) -> Self:
        return type(self)(
            device=self.device if device is None else device,
            precision=self.precision if precision is None else precision,
        )

    def _key(self) -> tuple[Any, ...]:
        return (self._adapter, self.device, self.precision)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NamespaceBackend) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (self._adapter, self.device, self.precision))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}(device={self.device!r}, precision={self.precision!r})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"Backends are immutable: attribute `{name}` of `{self!r}` cannot be set. "
            "Use `with_options` for another device or precision."
        )

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def _fft_methods(self) -> Mapping[str, Any]:
        """Return the members of `fft` that depend on device and precision."""
        return {}

    # Dtypes

    def dtype_name(self, dtype: Any, /) -> str:
        return dtype_name(dtype)

    def _native_dtype(self, dtype: Any) -> Any:
        """Return the native dtype for any spelling of one that this backend object can give."""
        name = dtype_name(dtype)
        try:
            return self._dtypes[name]
        except KeyError:
            raise DTypeError(
                f"Argument `dtype` is {dtype!r}, but backend {self!r} has no {name}. "
                f"It has: {', '.join(self._dtypes)}."
            ) from None

    @property
    def _default_real(self) -> Any:
        return self._dtypes[DEFAULT_DTYPES[self.precision].real]

    @property
    def _default_complex(self) -> Any:
        return self._dtypes[DEFAULT_DTYPES[self.precision].complex]

    def isdtype(self, dtype: Any, kind: Any) -> bool:
        """Whether a dtype, in any spelling, is of a kind, of one of several, or another dtype."""
        name = dtype_name(dtype)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        return any(
            name in names_of_kind(one) if one in KINDS else name == dtype_name(one) for one in kinds
        )

    # Conversion

    def array(self, obj: Any, /, *, dtype: Any = None, device: Any = None) -> A:
        return self.asarray(obj, dtype=dtype, device=device, copy=True)

    def pack_half(self, x: A, /, *, out: A | None = None) -> A:
        from arraybackends.generic.half import pack

        packed: A = pack(self, x, out)
        return packed

    def unpack_half(self, x: A, /) -> A:
        from arraybackends.generic.half import unpack

        numbers: A = unpack(self, x)
        return numbers

    def _is_traced(self, x: A, /) -> bool:
        """Whether the values of `x` are unknown: a transformation records what is done with it."""
        return False

    # Numerics beyond the standard

    def matmul_into(self, x1: A, x2: A, /, *, out: A) -> A:
        from arraybackends.generic.products import matmul_into

        product: A = matmul_into(self, x1, x2, out)
        return product

    def _fused(self, fn: Callable[..., Any], static: Any, /, *arrays: Any) -> Any:
        """Call `fn(xp, static, *arrays)`; as one program, where each step would be compiled."""
        return fn(self, static, *arrays)

    # Random numbers

    def _threefry(self, key: Words, counter: Words, /) -> Words:
        return threefry2x32(key, counter)

    @property
    def random(self) -> RandomNamespace[A]:
        # Imported late: many programs never need it.
        from arraybackends.generic import random

        backend: Any = self
        return random.RandomNamespace(backend)

    def rand(self, shape: Any, /, *, seed: Any = None) -> A:
        return self.random.default_rng(seed).uniform(shape)

    def randn(self, shape: Any, /, *, seed: Any = None) -> A:
        return self.random.default_rng(seed).normal(shape)

    # Differentiation

    def stop_gradient(self, x: A, /) -> A:
        backend: Any = self
        detached: A = backend.detach(x)
        return detached

    def check_grad(self, fn: Callable[..., Any], /, *args: Any) -> float:
        from arraybackends.generic.differentiation import check_grad

        return check_grad(self, fn, *args)

    # Devices

    def _resolve_device(self, device: Any) -> str:
        """Return the canonical name of a device in any spelling; None is the default device."""
        raise TypeError(f"`{type(self).__name__}` does not say how its devices are named.")


@functools.cache
def _bound(adapter: Any) -> Any:
    """
    Return the class with those of the standard's names that are not its methods.

    CPython calls what stands in the class of an object without attributes to spare faster than what
    stands in the object, which tells on small arrays: `xp.add` costs 1.10 of `np.add`, not 1.18.
    """
    if "_adapter" in vars(adapter):
        return adapter
    namespace = importlib.import_module(adapter._namespace)
    members: dict[str, Any] = {**namespace.DTYPES}
    for source in reversed(namespace.SOURCES):
        found = vars(source) if isinstance(source, ModuleType) else source
        members |= {name: staticmethod(found[name]) for name in _STANDARD_NAMES & found.keys()}
    members |= getattr(namespace, "METHODS", {})
    members = {name: member for name, member in members.items() if not hasattr(adapter, name)}
    identity = {name: getattr(adapter, name) for name in ("__doc__", "__module__", "__qualname__")}
    return type(adapter)(adapter.__name__, (adapter,), {**members, **identity, "_adapter": adapter})


def _restore(
    cls: type[NamespaceBackend[Any]], device: str, precision: Precision
) -> NamespaceBackend[Any]:
    return cls(device=device, precision=precision)


def first_of(name: str, sources: tuple[Source, ...], /) -> Any:
    """Return the member of that name of the first source that has it."""
    for source in sources:
        if isinstance(source, ModuleType):
            if hasattr(source, name):
                return getattr(source, name)
        elif name in source:
            return source[name]
    raise AttributeError(f"No source has `{name}`: the adapter is incomplete.")
