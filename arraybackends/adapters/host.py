"""What users hand over, as a NumPy array of a dtype of the standard: the door of every adapter.

Numbers, nested sequences of them, NumPy arrays and buffers come in. Byte order and subclasses are
normalised, what the standard has no dtype for is refused, and so are arrays of other libraries,
which would otherwise be read as buffers, element by element, or as garbage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arraybackends.errors import BackendMismatchError, DTypeError, ShapeError
from arraybackends.precision import DTYPE_NAMES, DefaultDTypes, require_representable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["created", "exported", "host_array", "imported", "is_host_array"]

_STANDARD = frozenset(np.dtype(name) for name in DTYPE_NAMES)
_NUMBERS = frozenset({bool, int, float, complex})
_WHOLE_NUMBERS = frozenset({bool, int})
_HOST_DEVICES = (1, 3)  # kDLCPU and kDLCUDAHost of the DLPack protocol


def is_host_array(obj: Any, /) -> bool:
    """Whether an object is an array or a scalar of NumPy."""
    return isinstance(obj, (np.ndarray, np.generic))


def host_array(
    obj: Any,
    /,
    *,
    dtype: str | None,
    defaults: DefaultDTypes,
    backend: str,
    copy: bool | None = None,
) -> NDArray[Any]:
    """
    NumPy array of a number, nested sequence, buffer or NumPy array.

    Parameters
    ----------
    obj : object
    dtype : str or None
        Name of the dtype of the result; None keeps that of `obj`, or for Python numbers takes the
        default of their kind.
    defaults : DefaultDTypes
        What Python floats and complex numbers become.
    backend : str
        Name of the backend that the array is for, to be named in errors.
    copy : bool or None
        True gives memory of its own, False that of `obj`, None that of `obj` where it can.

    Raises
    ------
    BackendMismatchError
        If `obj` is, or holds, an array of another library.
    DTypeError
        If the dtype is not one of the standard, or the conversion would drop imaginary parts
        or wrap integers that do not fit.
    ShapeError
        If the nested sequences are ragged.
    ValueError
        If `copy` is False and the memory of `obj` cannot be used.
    """
    types = _leaf_types(obj) if isinstance(obj, (list, tuple)) else {type(obj)}
    for kind in types - _NUMBERS:
        _refuse_foreign(kind, backend)
    if dtype is None and int in types <= _WHOLE_NUMBERS:
        dtype = "int64"  # NumPy would make floating-point numbers of large ones
    is_whole = dtype is not None and "int" in dtype and types <= _WHOLE_NUMBERS
    found = _converted(obj, dtype if is_whole else None)
    is_sequence = types <= _NUMBERS or isinstance(obj, (list, tuple))
    if dtype is None and types <= _NUMBERS and found.dtype.kind in "fc":
        dtype = defaults.real if found.dtype.kind == "f" else defaults.complex
    if dtype is not None and types <= _NUMBERS and found.size and found.dtype.kind == "f":
        require_representable("obj", dtype, found.min().item(), found.max().item())
    result = _with_dtype(found, dtype)
    shares = result is found and not is_sequence
    if copy is False and not shares:
        raise ValueError(
            f"Argument `copy` is False, but an array of dtype {result.dtype} cannot share memory "
            f"with `obj`, which is {type(obj).__name__}. Leave `copy` away."
        )
    return result.copy() if copy and shares else result


def _converted(obj: Any, dtype: str | None) -> NDArray[Any]:
    try:
        return np.asarray(obj, dtype=dtype)
    except OverflowError as error:
        raise DTypeError(
            f"Argument `obj` holds an integer that does not fit {dtype}: {error}. Ask for a wider "
            "dtype, or for a floating-point one."
        ) from error
    except (ValueError, TypeError) as error:
        raise ShapeError(
            f"Argument `obj` must be a number, a regular nested sequence of numbers or a buffer: "
            f"{error}."
        ) from error


def _leaf_types(items: Iterable[Any]) -> set[type]:
    types = set(map(type, items))
    if types & {list, tuple}:
        types -= {list, tuple}
        for item in items:
            if isinstance(item, (list, tuple)):
                types |= _leaf_types(item)
    return types


def _refuse_foreign(kind: type, backend: str) -> None:
    # Tracers of JAX have none of the first two.
    protocols = ("__dlpack__", "__cuda_array_interface__", "__array_namespace__", "aval")
    if not issubclass(kind, (np.ndarray, np.generic)) and any(hasattr(kind, p) for p in protocols):
        raise BackendMismatchError(
            f"Argument `obj` holds an array of type `{kind.__module__}.{kind.__qualname__}`, which "
            f"does not belong to backend `{backend}`. Convert it with `xp.from_dlpack`."
        )


def _with_dtype(x: NDArray[Any], dtype: str | None) -> NDArray[Any]:
    native = x.dtype.newbyteorder("=")
    if dtype is None:
        if native not in _STANDARD:
            raise DTypeError(
                f"Argument `obj` has the NumPy dtype {x.dtype}, which is none of the standard's. "
                "Say which is wanted with `dtype=`."
            )
        return x.astype(native, copy=False)
    if native.kind not in "biufc":
        raise DTypeError(f"Argument `obj` has the NumPy dtype {x.dtype}, which is no number.")
    wanted = np.dtype(dtype)
    if native.kind == "c" and wanted.kind != "c":
        raise DTypeError(
            f"Argument `dtype` is {dtype}, but `obj` is complex: its imaginary part would be lost. "
            "Use `xp.real` or `xp.abs`."
        )
    return x.astype(wanted, copy=False)


def created(name: str, /, *args: Any, **kwargs: Any) -> NDArray[Any]:
    """Array that the creation function of that name makes; `empty` has no garbage in it."""
    with np.errstate(all="ignore"):
        array: NDArray[Any] = getattr(np, "zeros" if name == "empty" else name)(*args, **kwargs)
    return array


def exported(x: NDArray[Any], /, *, copy: bool) -> NDArray[Any]:
    """Fresh, writable array with the values of `x`, or a read-only view of it."""
    if copy:
        return x.copy()
    view = x.view()
    view.flags.writeable = False
    return view


def imported(x: Any, /, *, copy: bool | None) -> NDArray[Any]:
    """
    NumPy array from any object with the DLPack protocol, from a device also.

    Parameters
    ----------
    x : object
    copy : bool or None
        None copies, except from NumPy itself: of two libraries that share memory, one may write
        what the other takes for constant (rows 94 to 98).

    Raises
    ------
    BackendMismatchError
        If `x` has no such protocol or refuses to be exported.
    ValueError
        If `copy` is False and `x` is not in the memory of the host.
    """
    if not hasattr(x, "__dlpack_device__"):
        raise BackendMismatchError(
            f"Argument `x` is of type `{type(x).__module__}.{type(x).__qualname__}`, which has no "
            "DLPack protocol. Use `xp.asarray` for numbers, sequences and buffers."
        )
    on_host = x.__dlpack_device__()[0] in _HOST_DEVICES
    if copy is False and not on_host:
        raise ValueError("Argument `copy` is False, but `x` is not in the memory of the host.")
    try:
        found = np.from_dlpack(x) if on_host else np.from_dlpack(x, device="cpu")
    except (BufferError, RuntimeError, ValueError) as error:
        raise BackendMismatchError(
            f"Argument `x` of type `{type(x).__module__}.{type(x).__qualname__}` cannot be "
            f"exported: {error}. Detach or convert it first."
        ) from error
    must_copy = not is_host_array(x) if copy is None else copy
    return found.copy() if must_copy else found
