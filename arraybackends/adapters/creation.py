"""Creation functions of the standard, with the dtypes and the device of the backend object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from arraybackends.adapters.base import NamespaceBackend, first_of
from arraybackends.adapters.ranges import ends_of_range, require_samples
from arraybackends.errors import DTypeError
from arraybackends.precision import dtype_name, require_representable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CreatingBackend"]

A = TypeVar("A")


class CreatingBackend(NamespaceBackend[A]):
    """Backend whose library has creation functions with `dtype=` and `device=`, as the standard."""

    if TYPE_CHECKING:

        def is_array(self, x: Any, /) -> bool: ...

    def _native_device(self, device: Any) -> Any:
        """Return the library's object for a device in any spelling; None is the backend's own."""
        return self._resolve_device(self.device if device is None else device)

    def _created(self, function: Any, *args: Any, dtype: Any, device: Any, **kwargs: Any) -> Any:
        """Call a function of the library on a native device; None is its own choice."""
        return function(*args, dtype=dtype, device=device, **kwargs)

    def _new(self, name: str, *args: Any, dtype: Any, device: Any, **kwargs: Any) -> Any:
        """Call the library's function of that name on a device; None is the backend's own."""
        function, place = first_of(name, self._sources), self._native_device(device)
        return self._created(function, *args, dtype=dtype, device=place, **kwargs)

    def _like(self, name: str, *args: Any, dtype: Any, device: Any) -> Any:
        """Call the library's function of that name; None keeps dtype or device of the array."""
        return self._created(
            first_of(name, self._sources),
            *args,
            dtype=None if dtype is None else self._native_dtype(dtype),
            device=None if device is None else self._native_device(device),
        )

    def _real(self, dtype: Any) -> Any:
        return self._default_real if dtype is None else self._native_dtype(dtype)

    def _for_scalars(self, dtype: Any, *values: Any) -> Any:
        """Return the dtype asked for, else the default one for the kind of the Python scalars."""
        is_complex = any(isinstance(value, complex) for value in values)
        if dtype is not None:
            if is_complex and not self.isdtype(dtype, "complex floating"):
                raise DTypeError(
                    f"Argument `dtype` is {dtype!r}, but a value is complex: its imaginary part "
                    "would be lost."
                )
            return self._native_dtype(dtype)
        if is_complex:
            return self._default_complex
        if any(isinstance(value, float) for value in values):
            return self._default_real
        return self._dtypes["bool" if all(isinstance(v, bool) for v in values) else "int64"]

    def zeros(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new("zeros", shape, dtype=self._real(dtype), device=device)

    def ones(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new("ones", shape, dtype=self._real(dtype), device=device)

    def empty(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
        return self._new("empty", shape, dtype=self._real(dtype), device=device)

    def full(self, shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
        wanted = self._for_scalars(dtype, fill_value)
        require_representable("fill_value", dtype_name(wanted), fill_value)
        return self._new("full", shape, fill_value, dtype=wanted, device=device)

    def eye(
        self, n_rows: int, n_cols: int | None = None, /, *,
        k: int = 0, dtype: Any = None, device: Any = None,
    ) -> Any:  # fmt: skip
        return self._new("eye", n_rows, n_cols, dtype=self._real(dtype), device=device, k=k)

    def arange(
        self, start: Any, /, stop: Any = None, step: Any = 1, *,
        dtype: Any = None, device: Any = None,
    ) -> Any:  # fmt: skip
        if stop is None:
            start, stop = 0, start
        wanted = self._for_scalars(dtype, start, stop, step)
        require_representable("stop", dtype_name(wanted), *ends_of_range(start, stop, step))
        return self._new("arange", start, stop, step, dtype=wanted, device=device)

    def linspace(
        self, start: Any, stop: Any, /, num: int, *,
        dtype: Any = None, device: Any = None, endpoint: bool = True,
    ) -> Any:  # fmt: skip
        wanted = self._for_scalars(dtype, start, stop, 1.0)
        require_representable("stop", dtype_name(wanted), start, stop)
        return self._new(
            "linspace", start, stop, num, dtype=wanted, device=device, endpoint=endpoint
        )

    def zeros_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self._like("zeros_like", x, dtype=dtype, device=device)

    def ones_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self._like("ones_like", x, dtype=dtype, device=device)

    def empty_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return self._like("empty_like", x, dtype=dtype, device=device)

    def full_like(
        self, x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None
    ) -> Any:
        if self.is_array(x):  # `_like` refuses what is none
            wanted = x.dtype if dtype is None else dtype
            require_representable("fill_value", self.dtype_name(wanted), fill_value)
        return self._like("full_like", x, fill_value, dtype=dtype, device=device)

    def _fft_methods(self) -> Mapping[str, Any]:
        return {"fftfreq": self._fftfreq, "rfftfreq": self._rfftfreq}

    def _fftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
        require_samples(n)
        return self._new_frequencies("fftfreq", n, d, dtype, device)

    def _rfftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
        require_samples(n)
        return self._new_frequencies("rfftfreq", n, d, dtype, device)

    def _new_frequencies(self, name: str, n: int, d: float, dtype: Any, device: Any) -> Any:
        function, place = first_of(name, self._fft_sources), self._native_device(device)
        return self._created(function, n, d=d, dtype=self._real(dtype), device=place)
