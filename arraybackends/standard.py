"""The Array API standard, revision 2025.12, as typing protocols. Types only.

The names, parameter kinds, defaults and meanings are those of the standard, whose text is the
reference: https://data-apis.org/array-api/2025.12/. A docstring here adds only what this package
promises beyond it. `arraybackends.protocol` adds the groups that the standard does not have.
"""

from __future__ import annotations

from builtins import bool as bool_  # the namespaces below have a member named `bool`
from collections.abc import Sequence
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

__all__ = [
    "ARRAY_API_VERSION",
    "DTypeLike",
    "EigResult",
    "FFTNamespace",
    "LinalgNamespace",
    "NamespaceInfo",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "StandardNamespace",
    "UniqueAllResult",
    "UniqueCountsResult",
    "UniqueInverseResult",
]

ARRAY_API_VERSION = "2025.12"

A = TypeVar("A")

DTypeLike: TypeAlias = Any
"""A dtype in any spelling: name, native dtype, NumPy dtype or scalar type, Python type."""


class UniqueAllResult(NamedTuple, Generic[A]):
    """Result of `unique_all`."""

    values: A
    indices: A
    inverse_indices: A
    counts: A


class UniqueCountsResult(NamedTuple, Generic[A]):
    """Result of `unique_counts`."""

    values: A
    counts: A


class UniqueInverseResult(NamedTuple, Generic[A]):
    """Result of `unique_inverse`."""

    values: A
    inverse_indices: A


class EigResult(NamedTuple, Generic[A]):
    """Result of `linalg.eigh` and `linalg.eig`."""

    eigenvalues: A
    eigenvectors: A


class QRResult(NamedTuple, Generic[A]):
    """Result of `linalg.qr`."""

    Q: A
    R: A


class SlogdetResult(NamedTuple, Generic[A]):
    """Result of `linalg.slogdet`."""

    sign: A
    logabsdet: A


class SVDResult(NamedTuple, Generic[A]):
    """Result of `linalg.svd`."""

    U: A
    S: A
    Vh: A


class NamespaceInfo(Protocol):
    """Result of `__array_namespace_info__`; devices and dtypes are those of this backend object."""

    def capabilities(self) -> dict[str, Any]:
        """Return `boolean indexing`, `data-dependent shapes` and `max dimensions`."""
        ...

    def default_device(self) -> Any:
        """Return the device where new arrays are placed."""
        ...

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """Return the dtypes of `real floating`, `complex floating`, `integral`, `indexing`."""
        ...

    def devices(self) -> list[Any]:
        """Return the devices there are."""
        ...

    def dtypes(
        self, *, device: Any = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        """Return the dtypes that arrays can have, by name."""
        ...


class LinalgNamespace(Protocol[A]):
    """`xp.linalg`: the linear algebra extension of the standard."""

    def cholesky(self, x: A, /, *, upper: bool_ = False) -> A:
        """Cholesky factor of (a stack of) positive-definite matrices."""
        ...

    def cross(self, x1: A, x2: A, /, *, axis: int = -1) -> A:
        """Cross product of 3-element vectors along `axis`."""
        ...

    def det(self, x: A, /) -> A:
        """Determinant."""
        ...

    def diagonal(self, x: A, /, *, offset: int = 0) -> A:
        """Diagonal of the last two axes."""
        ...

    def eig(self, x: A, /) -> EigResult[A]:
        """Eigenvalues and right eigenvectors of a general matrix; always complex."""
        ...

    def eigh(self, x: A, /) -> EigResult[A]:
        """Eigenvalues, ascending, and orthonormal eigenvectors of Hermitian matrices."""
        ...

    def eigvals(self, x: A, /) -> A:
        """Eigenvalues of a general matrix; always complex."""
        ...

    def eigvalsh(self, x: A, /) -> A:
        """Eigenvalues of Hermitian matrices, ascending."""
        ...

    def inv(self, x: A, /) -> A:
        """Inverse."""
        ...

    def matmul(self, x1: A, x2: A, /) -> A:
        """Matrix product, batched over leading axes."""
        ...

    def matrix_norm(
        self, x: A, /, *, keepdims: bool_ = False, ord: float | Literal["fro", "nuc"] | None = "fro"
    ) -> A:
        """Matrix norm over the last two axes."""
        ...

    def matrix_power(self, x: A, n: int, /) -> A:
        """Integer power of a square matrix."""
        ...

    def matrix_rank(self, x: A, /, *, rtol: A | float | None = None) -> A:
        """Number of singular values above the tolerance."""
        ...

    def matrix_transpose(self, x: A, /) -> A:
        """Swap the last two axes."""
        ...

    def outer(self, x1: A, x2: A, /) -> A:
        """Outer product of two vectors."""
        ...

    def pinv(self, x: A, /, *, rtol: A | float | None = None) -> A:
        """Moore-Penrose pseudo-inverse."""
        ...

    def qr(self, x: A, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult[A]:
        """QR decomposition."""
        ...

    def slogdet(self, x: A, /) -> SlogdetResult[A]:
        """Sign and logarithm of the absolute determinant."""
        ...

    def solve(self, x1: A, x2: A, /) -> A:
        """Solution of `x1 @ x = x2`; `x2` is a vector only if it has one axis."""
        ...

    def svd(self, x: A, /, *, full_matrices: bool_ = True) -> SVDResult[A]:
        """Singular value decomposition `U, S, Vh`."""
        ...

    def svdvals(self, x: A, /) -> A:
        """Singular values, descending."""
        ...

    def tensordot(
        self, x1: A, x2: A, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2
    ) -> A:
        """Contraction over `axes`."""
        ...

    def trace(self, x: A, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> A:
        """Sum of the diagonal of the last two axes."""
        ...

    def vecdot(self, x1: A, x2: A, /, *, axis: int = -1) -> A:
        """Inner product over `axis`; conjugates `x1`."""
        ...

    def vector_norm(
        self,
        x: A,
        /,
        *,
        axis: int | tuple[int, ...] | None = None,
        keepdims: bool_ = False,
        ord: float = 2,
    ) -> A:
        """Vector norm over `axis`."""
        ...


class FFTNamespace(Protocol[A]):
    """`xp.fft`: the Fourier transform extension of the standard."""

    def fft(
        self,
        x: A,
        /,
        *,
        n: int | None = None,
        axis: int = -1,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Discrete Fourier transform along `axis`."""
        ...

    def fftfreq(
        self, n: int, /, *, d: float = 1.0, dtype: DTypeLike | None = None, device: Any = None
    ) -> A:
        """Sample frequencies of `fft`, in cycles per unit of `d`."""
        ...

    def fftn(
        self,
        x: A,
        /,
        *,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Transform over several axes."""
        ...

    def fftshift(self, x: A, /, *, axes: int | Sequence[int] | None = None) -> A:
        """Move the zero frequency to the centre."""
        ...

    def hfft(
        self,
        x: A,
        /,
        *,
        n: int | None = None,
        axis: int = -1,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Transform of a signal with Hermitian symmetry."""
        ...

    def ifft(
        self,
        x: A,
        /,
        *,
        n: int | None = None,
        axis: int = -1,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Inverse of `fft`."""
        ...

    def ifftn(
        self,
        x: A,
        /,
        *,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Inverse of `fftn`."""
        ...

    def ifftshift(self, x: A, /, *, axes: int | Sequence[int] | None = None) -> A:
        """Inverse of `fftshift`."""
        ...

    def ihfft(
        self,
        x: A,
        /,
        *,
        n: int | None = None,
        axis: int = -1,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Inverse of `hfft`."""
        ...

    def irfft(
        self,
        x: A,
        /,
        *,
        n: int | None = None,
        axis: int = -1,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Inverse of `rfft`."""
        ...

    def irfftn(
        self,
        x: A,
        /,
        *,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Inverse of `rfftn`."""
        ...

    def rfft(
        self,
        x: A,
        /,
        *,
        n: int | None = None,
        axis: int = -1,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Transform of a real signal."""
        ...

    def rfftfreq(
        self, n: int, /, *, d: float = 1.0, dtype: DTypeLike | None = None, device: Any = None
    ) -> A:
        """Sample frequencies of `rfft`."""
        ...

    def rfftn(
        self,
        x: A,
        /,
        *,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: Literal["backward", "ortho", "forward"] = "backward",
    ) -> A:
        """Transform of a real signal over several axes."""
        ...


class StandardNamespace(Protocol[A]):
    """The functions, constants and dtypes of the standard."""

    e: float
    inf: float
    nan: float
    newaxis: None
    pi: float

    bool: Any
    int8: Any
    int16: Any
    int32: Any
    int64: Any
    uint8: Any
    uint16: Any
    uint32: Any
    uint64: Any
    float32: Any
    float64: Any
    complex64: Any
    complex128: Any

    @property
    def linalg(self) -> LinalgNamespace[A]:
        """The linear algebra extension."""
        ...

    @property
    def fft(self) -> FFTNamespace[A]:
        """The Fourier transform extension."""
        ...

    @property
    def __array_api_version__(self) -> str:
        """Revision of the standard."""
        ...

    def __array_namespace_info__(self) -> NamespaceInfo:
        """Inspect the namespace: capabilities, devices, dtypes and their defaults."""
        ...

    # Creation

    def arange(
        self,
        start: float,
        /,
        stop: float | None = None,
        step: float = 1,
        *,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> A:
        """Evenly spaced values in the half-open interval [start, stop)."""
        ...

    def asarray(
        self,
        obj: Any,
        /,
        *,
        dtype: DTypeLike | None = None,
        device: Any = None,
        copy: bool_ | None = None,
    ) -> A:
        """Array of a Python scalar, nested sequence, NumPy array or array of this backend.

        A NumPy array is copied unless `copy=False`. An array of another backend is refused with
        `BackendMismatchError`: `from_dlpack` is the only door.
        """
        ...

    def empty(
        self, shape: int | Sequence[int], *, dtype: DTypeLike | None = None, device: Any = None
    ) -> A:
        """Array with uninitialised values."""
        ...

    def empty_like(self, x: A, /, *, dtype: DTypeLike | None = None, device: Any = None) -> A:
        """Uninitialised array with the shape, dtype and device of `x`."""
        ...

    def eye(
        self,
        n_rows: int,
        n_cols: int | None = None,
        /,
        *,
        k: int = 0,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> A:
        """Ones on the `k`-th diagonal, zeros elsewhere."""
        ...

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool_ | None = None) -> A:
        """Array from any object with the DLPack protocol.

        `copy=None` copies wherever sharing memory could break a promise of either library.
        """
        ...

    def full(
        self,
        shape: int | Sequence[int],
        fill_value: Any,
        *,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> A:
        """Array filled with `fill_value`."""
        ...

    def full_like(
        self, x: A, /, fill_value: Any, *, dtype: DTypeLike | None = None, device: Any = None
    ) -> A:
        """Array like `x` filled with `fill_value`."""
        ...

    def linspace(
        self,
        start: complex,
        stop: complex,
        /,
        num: int,
        *,
        dtype: DTypeLike | None = None,
        device: Any = None,
        endpoint: bool_ = True,
    ) -> A:
        """`num` evenly spaced values from `start` to `stop`."""
        ...

    def meshgrid(self, *arrays: A, indexing: Literal["xy", "ij"] = "xy") -> tuple[A, ...]:
        """Coordinate arrays from one-dimensional coordinates."""
        ...

    def ones(
        self, shape: int | Sequence[int], *, dtype: DTypeLike | None = None, device: Any = None
    ) -> A:
        """Array of ones."""
        ...

    def ones_like(self, x: A, /, *, dtype: DTypeLike | None = None, device: Any = None) -> A:
        """Array of ones like `x`."""
        ...

    def tril(self, x: A, /, *, k: int = 0) -> A:
        """Lower triangle of (a stack of) matrices."""
        ...

    def triu(self, x: A, /, *, k: int = 0) -> A:
        """Upper triangle of (a stack of) matrices."""
        ...

    def zeros(
        self, shape: int | Sequence[int], *, dtype: DTypeLike | None = None, device: Any = None
    ) -> A:
        """Array of zeros."""
        ...

    def zeros_like(self, x: A, /, *, dtype: DTypeLike | None = None, device: Any = None) -> A:
        """Array of zeros like `x`."""
        ...

    # Data types

    def astype(self, x: A, dtype: DTypeLike, /, *, copy: bool_ = True, device: Any = None) -> A:
        """Copy of `x` with another dtype."""
        ...

    def can_cast(self, from_: Any, to: Any, /) -> bool_:
        """Whether a cast keeps the value by the promotion rules."""
        ...

    def finfo(self, type: Any, /) -> Any:
        """Machine limits of a floating-point dtype, as Python floats."""
        ...

    def iinfo(self, type: Any, /) -> Any:
        """Machine limits of an integer dtype."""
        ...

    def isdtype(self, dtype: Any, kind: Any) -> bool_:
        """Whether `dtype` is of a kind (or one of several kinds)."""
        ...

    def result_type(self, *arrays_and_dtypes: Any) -> Any:
        """Dtype that results from promoting the arguments."""
        ...

    # Element by element

    def abs(self, x: A, /) -> A:
        """Magnitude of each element; real for complex input."""
        ...

    def acos(self, x: A, /) -> A:
        """Inverse cosine, in radians."""
        ...

    def acosh(self, x: A, /) -> A:
        """Inverse hyperbolic cosine."""
        ...

    def add(self, x1: A | complex, x2: A | complex, /) -> A:
        """Sum `x1 + x2`."""
        ...

    def asin(self, x: A, /) -> A:
        """Inverse sine, in radians."""
        ...

    def asinh(self, x: A, /) -> A:
        """Inverse hyperbolic sine."""
        ...

    def atan(self, x: A, /) -> A:
        """Inverse tangent, in radians."""
        ...

    def atan2(self, x1: A | complex, x2: A | complex, /) -> A:
        """Angle of the point (x2, x1), in radians, in [-pi, pi]."""
        ...

    def atanh(self, x: A, /) -> A:
        """Inverse hyperbolic tangent."""
        ...

    def bitwise_and(self, x1: A | complex, x2: A | complex, /) -> A:
        """Bitwise and."""
        ...

    def bitwise_invert(self, x: A, /) -> A:
        """Bitwise complement."""
        ...

    def bitwise_left_shift(self, x1: A | complex, x2: A | complex, /) -> A:
        """Shift the bits of `x1` left by `x2`."""
        ...

    def bitwise_or(self, x1: A | complex, x2: A | complex, /) -> A:
        """Bitwise or."""
        ...

    def bitwise_right_shift(self, x1: A | complex, x2: A | complex, /) -> A:
        """Shift the bits of `x1` right by `x2`, keeping the sign."""
        ...

    def bitwise_xor(self, x1: A | complex, x2: A | complex, /) -> A:
        """Bitwise exclusive or."""
        ...

    def ceil(self, x: A, /) -> A:
        """Smallest integer not below each element."""
        ...

    def clip(self, x: A, /, min: A | float | None = None, max: A | float | None = None) -> A:
        """Limit each element to the interval from `min` to `max`."""
        ...

    def conj(self, x: A, /) -> A:
        """Complex conjugate."""
        ...

    def copysign(self, x1: A | complex, x2: A | complex, /) -> A:
        """Magnitude of `x1` with the sign of `x2`."""
        ...

    def cos(self, x: A, /) -> A:
        """Cosine of angles in radians."""
        ...

    def cosh(self, x: A, /) -> A:
        """Hyperbolic cosine."""
        ...

    def divide(self, x1: A | complex, x2: A | complex, /) -> A:
        """Quotient `x1 / x2` of floating-point arrays."""
        ...

    def equal(self, x1: A | complex, x2: A | complex, /) -> A:
        """Whether `x1 == x2`."""
        ...

    def exp(self, x: A, /) -> A:
        """Exponential."""
        ...

    def expm1(self, x: A, /) -> A:
        """`exp(x) - 1`, accurate near 0."""
        ...

    def floor(self, x: A, /) -> A:
        """Largest integer not above each element."""
        ...

    def floor_divide(self, x1: A | complex, x2: A | complex, /) -> A:
        """Quotient rounded towards negative infinity."""
        ...

    def greater(self, x1: A | complex, x2: A | complex, /) -> A:
        """Whether `x1 > x2`."""
        ...

    def greater_equal(self, x1: A | complex, x2: A | complex, /) -> A:
        """Whether `x1 >= x2`."""
        ...

    def hypot(self, x1: A | complex, x2: A | complex, /) -> A:
        """`sqrt(x1**2 + x2**2)` without overflow."""
        ...

    def imag(self, x: A, /) -> A:
        """Imaginary part of a complex array."""
        ...

    def isfinite(self, x: A, /) -> A:
        """Whether each element is neither infinite nor NaN."""
        ...

    def isinf(self, x: A, /) -> A:
        """Whether each element is infinite."""
        ...

    def isnan(self, x: A, /) -> A:
        """Whether each element is NaN."""
        ...

    def less(self, x1: A | complex, x2: A | complex, /) -> A:
        """Whether `x1 < x2`."""
        ...

    def less_equal(self, x1: A | complex, x2: A | complex, /) -> A:
        """Whether `x1 <= x2`."""
        ...

    def log(self, x: A, /) -> A:
        """Natural logarithm."""
        ...

    def log10(self, x: A, /) -> A:
        """Logarithm to base 10."""
        ...

    def log1p(self, x: A, /) -> A:
        """`log(1 + x)`, accurate near 0."""
        ...

    def log2(self, x: A, /) -> A:
        """Logarithm to base 2."""
        ...

    def logaddexp(self, x1: A | complex, x2: A | complex, /) -> A:
        """`log(exp(x1) + exp(x2))` without overflow."""
        ...

    def logical_and(self, x1: A | complex, x2: A | complex, /) -> A:
        """Logical and of boolean arrays."""
        ...

    def logical_not(self, x: A, /) -> A:
        """Logical complement of a boolean array."""
        ...

    def logical_or(self, x1: A | complex, x2: A | complex, /) -> A:
        """Logical or of boolean arrays."""
        ...

    def logical_xor(self, x1: A | complex, x2: A | complex, /) -> A:
        """Logical exclusive or of boolean arrays."""
        ...

    def maximum(self, x1: A | complex, x2: A | complex, /) -> A:
        """Larger of `x1` and `x2`; NaN wins."""
        ...

    def minimum(self, x1: A | complex, x2: A | complex, /) -> A:
        """Smaller of `x1` and `x2`; NaN wins."""
        ...

    def multiply(self, x1: A | complex, x2: A | complex, /) -> A:
        """Product `x1 * x2`."""
        ...

    def negative(self, x: A, /) -> A:
        """`-x`."""
        ...

    def nextafter(self, x1: A | complex, x2: A | complex, /) -> A:
        """Next representable number from `x1` towards `x2`."""
        ...

    def not_equal(self, x1: A | complex, x2: A | complex, /) -> A:
        """Whether `x1 != x2`."""
        ...

    def positive(self, x: A, /) -> A:
        """`+x`."""
        ...

    def pow(self, x1: A | complex, x2: A | complex, /) -> A:
        """`x1` to the power `x2`."""
        ...

    def real(self, x: A, /) -> A:
        """Real part."""
        ...

    def reciprocal(self, x: A, /) -> A:
        """`1 / x`."""
        ...

    def remainder(self, x1: A | complex, x2: A | complex, /) -> A:
        """Remainder of `floor_divide`, with the sign of `x2`."""
        ...

    def round(self, x: A, /) -> A:
        """Nearest integer, halves to even."""
        ...

    def sign(self, x: A, /) -> A:
        """-1, 0 or 1; `z / abs(z)` for complex input."""
        ...

    def signbit(self, x: A, /) -> A:
        """Whether the sign bit is set."""
        ...

    def sin(self, x: A, /) -> A:
        """Sine of angles in radians."""
        ...

    def sinh(self, x: A, /) -> A:
        """Hyperbolic sine."""
        ...

    def sqrt(self, x: A, /) -> A:
        """Principal square root."""
        ...

    def square(self, x: A, /) -> A:
        """`x * x`."""
        ...

    def subtract(self, x1: A | complex, x2: A | complex, /) -> A:
        """Difference `x1 - x2`."""
        ...

    def tan(self, x: A, /) -> A:
        """Tangent of angles in radians."""
        ...

    def tanh(self, x: A, /) -> A:
        """Hyperbolic tangent."""
        ...

    def trunc(self, x: A, /) -> A:
        """Nearest integer towards 0."""
        ...

    # Linear algebra

    def matmul(self, x1: A, x2: A, /) -> A:
        """Matrix product, batched over leading axes."""
        ...

    def matrix_transpose(self, x: A, /) -> A:
        """Swap the last two axes."""
        ...

    def tensordot(
        self, x1: A, x2: A, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2
    ) -> A:
        """Contraction over `axes`."""
        ...

    def vecdot(self, x1: A, x2: A, /, *, axis: int = -1) -> A:
        """Inner product over `axis`; conjugates `x1`."""
        ...

    # Manipulation

    def broadcast_arrays(self, *arrays: A) -> tuple[A, ...]:
        """Broadcast arrays against each other."""
        ...

    def broadcast_shapes(self, *shapes: tuple[int, ...]) -> tuple[int, ...]:
        """Shape that results from broadcasting `shapes`."""
        ...

    def broadcast_to(self, x: A, /, shape: Sequence[int]) -> A:
        """Broadcast `x` to `shape`."""
        ...

    def concat(self, arrays: Sequence[A], /, *, axis: int | None = 0) -> A:
        """Join arrays along an existing axis."""
        ...

    def expand_dims(self, x: A, /, axis: int | tuple[int, ...] = 0) -> A:
        """Insert axes of length 1 at `axis`."""
        ...

    def flip(self, x: A, /, *, axis: int | tuple[int, ...] | None = None) -> A:
        """Reverse the order along `axis` (all axes if None)."""
        ...

    def moveaxis(
        self, x: A, source: int | tuple[int, ...], destination: int | tuple[int, ...], /
    ) -> A:
        """Move axes to new positions."""
        ...

    def permute_dims(self, x: A, /, axes: Sequence[int]) -> A:
        """Permute the axes."""
        ...

    def repeat(self, x: A, repeats: A | int, /, *, axis: int | None = None) -> A:
        """Repeat each element."""
        ...

    def reshape(self, x: A, /, shape: Sequence[int], *, copy: bool_ | None = None) -> A:
        """Same elements in another shape; one entry may be -1."""
        ...

    def roll(
        self, x: A, /, shift: int | tuple[int, ...], *, axis: int | tuple[int, ...] | None = None
    ) -> A:
        """Shift elements cyclically."""
        ...

    def squeeze(self, x: A, /, axis: int | tuple[int, ...]) -> A:
        """Remove axes of length 1."""
        ...

    def stack(self, arrays: Sequence[A], /, *, axis: int = 0) -> A:
        """Join arrays along a new axis."""
        ...

    def tile(self, x: A, repetitions: Sequence[int], /) -> A:
        """Repeat the whole array."""
        ...

    def unstack(self, x: A, /, *, axis: int = 0) -> tuple[A, ...]:
        """Split along `axis` into a tuple of arrays."""
        ...

    # Indexing, searching, sorting, sets

    def take(self, x: A, indices: A, /, *, axis: int | None = None) -> A:
        """Elements at `indices` along `axis`; indices must be in bounds."""
        ...

    def take_along_axis(self, x: A, indices: A, /, *, axis: int = -1) -> A:
        """Elements at `indices` along `axis`, matched position by position."""
        ...

    def argmax(self, x: A, /, *, axis: int | None = None, keepdims: bool_ = False) -> A:
        """Index of the first maximum."""
        ...

    def argmin(self, x: A, /, *, axis: int | None = None, keepdims: bool_ = False) -> A:
        """Index of the first minimum."""
        ...

    def count_nonzero(
        self, x: A, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool_ = False
    ) -> A:
        """Number of non-zero elements."""
        ...

    def nonzero(self, x: A, /) -> tuple[A, ...]:
        """Indices of the non-zero elements, one array per axis."""
        ...

    def searchsorted(
        self,
        x1: A | complex,
        x2: A | complex,
        /,
        *,
        side: Literal["left", "right"] = "left",
        sorter: A | None = None,
    ) -> A:
        """Insertion positions of `x2` in the sorted one-dimensional `x1`."""
        ...

    def where(self, condition: A, x1: A | complex, x2: A | complex, /) -> A:
        """`x1` where the condition holds, else `x2`."""
        ...

    def isin(self, x1: A | complex, x2: A | complex, /, *, invert: bool_ = False) -> A:
        """Whether each element of `x1` is in `x2`."""
        ...

    def argsort(
        self, x: A, /, *, axis: int = -1, descending: bool_ = False, stable: bool_ = True
    ) -> A:
        """Indices that sort `x`; stable unless `stable=False`."""
        ...

    def sort(
        self, x: A, /, *, axis: int = -1, descending: bool_ = False, stable: bool_ = True
    ) -> A:
        """Sorted copy along `axis`; NaNs last."""
        ...

    def unique_all(self, x: A, /) -> UniqueAllResult[A]:
        """Unique values, first indices, inverse indices and counts."""
        ...

    def unique_counts(self, x: A, /) -> UniqueCountsResult[A]:
        """Unique values and their counts."""
        ...

    def unique_inverse(self, x: A, /) -> UniqueInverseResult[A]:
        """Unique values and the indices that rebuild `x`."""
        ...

    def unique_values(self, x: A, /) -> A:
        """Unique values, in no promised order; NaNs stay distinct."""
        ...

    # Statistics and utilities

    def cumulative_prod(
        self,
        x: A,
        /,
        *,
        axis: int | None = None,
        dtype: DTypeLike | None = None,
        include_initial: bool_ = False,
    ) -> A:
        """Cumulative product."""
        ...

    def cumulative_sum(
        self,
        x: A,
        /,
        *,
        axis: int | None = None,
        dtype: DTypeLike | None = None,
        include_initial: bool_ = False,
    ) -> A:
        """Cumulative sum."""
        ...

    def max(
        self, x: A, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool_ = False
    ) -> A:
        """Maximum over `axis`."""
        ...

    def mean(
        self, x: A, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool_ = False
    ) -> A:
        """Arithmetic mean of floating-point elements."""
        ...

    def min(
        self, x: A, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool_ = False
    ) -> A:
        """Minimum over `axis`."""
        ...

    def prod(
        self,
        x: A,
        /,
        *,
        axis: int | tuple[int, ...] | None = None,
        dtype: DTypeLike | None = None,
        keepdims: bool_ = False,
    ) -> A:
        """Product over `axis`."""
        ...

    def std(
        self,
        x: A,
        /,
        *,
        axis: int | tuple[int, ...] | None = None,
        correction: float = 0.0,
        keepdims: bool_ = False,
    ) -> A:
        """Standard deviation over `axis`, divisor N - `correction`."""
        ...

    def sum(
        self,
        x: A,
        /,
        *,
        axis: int | tuple[int, ...] | None = None,
        dtype: DTypeLike | None = None,
        keepdims: bool_ = False,
    ) -> A:
        """Sum over `axis`."""
        ...

    def var(
        self,
        x: A,
        /,
        *,
        axis: int | tuple[int, ...] | None = None,
        correction: float = 0.0,
        keepdims: bool_ = False,
    ) -> A:
        """Variance over `axis`, divisor N - `correction`."""
        ...

    def all(
        self, x: A, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool_ = False
    ) -> A:
        """Whether all elements are true over `axis`."""
        ...

    def any(
        self, x: A, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool_ = False
    ) -> A:
        """Whether any element is true over `axis`."""
        ...

    def diff(
        self,
        x: A,
        /,
        *,
        axis: int = -1,
        n: int = 1,
        prepend: A | None = None,
        append: A | None = None,
    ) -> A:
        """`n`-th difference along `axis`."""
        ...
