"""Dtype names, their spellings, and the precision policy.

The API names a dtype by a string (`"complex128"`). `dtype_name` understands every spelling in use
without importing any array library; each adapter maps the name to its native dtype.
"""

from __future__ import annotations

import contextlib
from collections.abc import Hashable
from numbers import Real
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from arraybackends.errors import DTypeError

__all__ = [
    "DEFAULT_DTYPES",
    "DTYPE_NAMES",
    "DefaultDTypes",
    "Precision",
    "dtype_name",
    "integer_limits",
    "precision_of",
    "require_representable",
]

Precision: TypeAlias = Literal["double", "single"]

DTYPE_NAMES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "complex64",
    "complex128",
)  # fmt: skip
"""The dtypes of the standard, in its order."""

_KNOWN = frozenset(DTYPE_NAMES)
_PYTHON_TYPES = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}
_PYTHON_NAMES = {kind.__name__: name for kind, name in _PYTHON_TYPES.items()}


class DefaultDTypes(NamedTuple):
    """Names of the dtypes that a backend gives when none is asked for."""

    real: str
    complex: str


DEFAULT_DTYPES: dict[Precision, DefaultDTypes] = {
    "double": DefaultDTypes("float64", "complex128"),
    "single": DefaultDTypes("float32", "complex64"),
}


def dtype_name(dtype: Any, /) -> str:
    """
    Canonical name of a dtype in any spelling.

    Parameters
    ----------
    dtype : str, type, or dtype object
        A canonical name, a Python type (`bool`, `int`, `float`, `complex`, which mean 64-bit
        widths), a NumPy dtype or scalar type, or the native dtype of any backend.

    Returns
    -------
    str
        One of `DTYPE_NAMES`.

    Raises
    ------
    DTypeError
        If the spelling is unknown. The message lists the known names.

    Examples
    --------
    >>> dtype_name(complex)
    'complex128'
    >>> dtype_name("float32")
    'float32'
    """
    # The kind keeps dtypes of two libraries with equal hashes from being compared.
    key = (type(dtype), dtype)
    name = _known_names.get(key) if isinstance(dtype, Hashable) else None
    if name is None:
        name = _find_name(dtype)
        _known_names[key] = name
    return name


# NumPy takes microseconds to name a dtype. A dictionary, because PyTorch's compiler looks through
# `functools.cache` and warns about it.
_known_names: dict[tuple[type, Hashable], str] = {}


def _find_name(dtype: Any) -> str:
    if isinstance(dtype, type) and dtype in _PYTHON_TYPES:
        return _PYTHON_TYPES[dtype]
    for spelling in _spellings(dtype):
        if spelling in _KNOWN:
            return spelling
    if isinstance(dtype, str) and dtype in _PYTHON_NAMES:
        return _PYTHON_NAMES[dtype]
    raise DTypeError(
        f"Argument `dtype` must be one of {', '.join(DTYPE_NAMES)}, a Python type, or a NumPy or "
        f"native dtype of those, but is {dtype!r}."
    )


def _spellings(dtype: Any) -> tuple[str, ...]:
    """Return the names under which a dtype object may present itself."""
    if isinstance(dtype, str):
        return (dtype,)
    # np.dtype has `name`; np.float32 and jnp.float32 are classes with `__name__`; np.longlong is
    # a class whose name is no width but whose instances have a dtype; torch.float32 and
    # array_api_strict.float32 have only their repr.
    names = [getattr(dtype, "name", None), getattr(dtype, "__name__", None)]
    if isinstance(dtype, type) and hasattr(dtype, "itemsize"):
        with contextlib.suppress(TypeError):  # an abstract one, such as np.floating
            names.append(getattr(getattr(dtype(), "dtype", None), "name", None))
    names.append(repr(dtype).rpartition(".")[2])
    return tuple(name for name in names if isinstance(name, str))


def precision_of(name: str | None, /) -> Precision:
    """
    Check a precision name.

    Parameters
    ----------
    name : str or None
        `"double"` or `"single"`; None means `"double"`.

    Returns
    -------
    str
        The name.

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> precision_of(None)
    'double'
    """
    if name is None:
        return "double"
    for known in get_args(Precision):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise ValueError(f"Argument `precision` must be 'double' or 'single', but is {name!r}.")


def integer_limits(name: str, /) -> tuple[int, int]:
    """Smallest and largest number of the integer dtype of that name."""
    bits = int(name.lstrip("uint"))
    return (0, 2**bits - 1) if name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def require_representable(argument: str, dtype: str, /, *values: Any) -> None:
    """Refuse numbers that an integer dtype would wrap; of others it cuts off the fraction."""
    if "int" not in dtype:
        return
    smallest, largest = integer_limits(dtype)
    numbers: list[Any] = [value for value in values if isinstance(value, Real)]
    for value in numbers:
        if not smallest - 1 < value < largest + 1:
            raise DTypeError(
                f"Argument `{argument}` must be from {smallest} to {largest} to fit {dtype}, but "
                f"is or leads to {value}. Ask for a wider dtype."
            )
