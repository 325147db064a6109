"""What a backend promises, group by group. Types only.

`ArrayBackend` is an Array API 2025.12 namespace (`arraybackends.standard`) and the small groups
below, none of which the standard has. Every parameter is positional-only or keyword-only, so that
a renamed parameter cannot pass the type checkers. `Capabilities` says which groups hold natively;
where a library has nothing, `arraybackends.generic` provides the group, so that no member of a
backend ever raises `NotImplementedError`.

Arrays are the native arrays of the library throughout, and no function modifies its arguments.
"""

from __future__ import annotations

from builtins import bool as bool_
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from arraybackends.precision import Precision
from arraybackends.standard import (
    DTypeLike,
    LinalgNamespace,
    StandardNamespace,
)

__all__ = [
    "ArrayBackend",
    "Capabilities",
    "CompiledFunction",
    "Conversion",
    "Differentiation",
    "Generator",
    "GradientMethod",
    "Identity",
    "IndexUpdate",
    "IndexUpdater",
    "JitStatus",
    "LinearAlgebra",
    "Memory",
    "MemoryStats",
    "Numerics",
    "RandomNamespace",
    "Shape",
    "Transformation",
]

A = TypeVar("A")

Shape: TypeAlias = int | Sequence[int]
GradientMethod: TypeAlias = Literal["auto", "autodiff", "finite-difference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """
    What a backend can do natively. Code asks for a capability, never for a backend's name.

    Attributes
    ----------
    autodiff : bool
        Derivatives are automatic and exact. Otherwise `grad` and its relatives use central
        differences, except for functions that carry their own derivative (`custom_vjp`).
    jit : bool
        `jit` compiles. Otherwise it returns the function, with a status that says so.
    compiles_complex : bool
        The compiler generates code for complex arithmetic, rather than calling eager kernels.
    vmap : bool
        `vmap` vectorises. Otherwise it loops and stacks, with the same results.
    immutable : bool
        Arrays cannot be written to.
    unsigned_arithmetic : bool
        uint16, uint32 and uint64 support arithmetic, promotion and unsigned sums.
    raises_on_singular : bool
        `linalg.inv`, `solve` and `cholesky` raise `LinAlgError`, rather than return inf or nan.
    checks_bounds : bool
        Out-of-range indices raise `IndexError`, in `take` and in the library's own indexing.
    data_dependent_shapes : bool
        `nonzero`, `unique_*` and boolean masks work (eagerly).
    flushes_subnormals : bool
        Subnormal results become zero.
    devices_differ : bool
        There can be more than one kind of device.
    memory_stats : bool
        `memory_stats` measures the device's allocator, rather than counting live arrays.
    max_dimensions : int or None
        Largest number of axes of an array; None if unlimited.
    writes_out : bool
        `matmul_into` and `pack_half` write into the array that they are given as `out`, rather than
        returning a new one.
    """

    autodiff: bool
    jit: bool
    compiles_complex: bool
    vmap: bool
    immutable: bool
    unsigned_arithmetic: bool
    raises_on_singular: bool
    checks_bounds: bool
    data_dependent_shapes: bool
    flushes_subnormals: bool
    devices_differ: bool
    memory_stats: bool
    max_dimensions: int | None
    writes_out: bool = False


class MemoryStats(NamedTuple):
    """Bytes on one device: held by arrays now, and the most so far."""

    allocated: int
    peak: int


class JitStatus(NamedTuple):
    """
    What became of a function given to `jit`.

    `state` is `"pending"` before the first call, then `"compiled"`, `"eager"` (the backend does
    not compile) or `"fallback"` (compilation failed); `reason` says why it is not compiled.
    """

    state: Literal["pending", "compiled", "eager", "fallback"]
    reason: str | None = None


class CompiledFunction(Protocol):
    """The function that `jit` returns."""

    @property
    def status(self) -> JitStatus:
        """Whether it is compiled, and if not, why."""
        ...

    @property
    def compilations(self) -> int:
        """How often it was compiled: once for each signature, never where nothing compiles."""
        ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, compiling it at the first call of each signature."""
        ...


class IndexUpdate(Protocol[A]):
    """`xp.at(x)[index]`: pure updates, each returning a new array with the dtype of `x`."""

    def set(self, values: A | complex, /) -> A:
        """Replace; the result is undefined where an index repeats."""
        ...

    def add(self, values: A | complex, /) -> A:
        """Add; repeated indices accumulate."""
        ...

    def subtract(self, values: A | complex, /) -> A:
        """Subtract; repeated indices accumulate."""
        ...

    def multiply(self, values: A | complex, /) -> A:
        """Multiply; repeated indices accumulate."""
        ...

    def min(self, values: A | float, /) -> A:
        """Take the smaller; repeated indices accumulate."""
        ...

    def max(self, values: A | float, /) -> A:
        """Take the larger; repeated indices accumulate."""
        ...


class IndexUpdater(Protocol[A]):
    """`xp.at(x)`: to be indexed."""

    def __getitem__(self, index: Any, /) -> IndexUpdate[A]:
        """Select what to update: integers, slices, a boolean mask, or arrays of integers."""
        ...


class LinearAlgebra(LinalgNamespace[A], Protocol[A]):
    """`xp.linalg`: the extension of the standard and what goes beyond it."""

    def expm(self, x: A, /) -> A:
        """
        Exponential of (a stack of) square matrices. Not in the standard.

        Parameters
        ----------
        x : array, shape (..., n, n), floating point

        Returns
        -------
        array, shape (..., n, n)
            Scaling and squaring of a Pade approximant [1]_; O(n**3); differentiable.

        References
        ----------
        .. [1] N. J. Higham, "The scaling and squaring method for the matrix exponential
           revisited", SIAM J. Matrix Anal. Appl. 26 (2005), 1179.
        """
        ...


class Generator(Protocol[A]):
    """
    A stream of random numbers that is the same on every backend. Not in the standard.

    Threefry-2x32 in counter mode [1]_: the n-th number drawn depends on the seed and on n alone, so
    that how draws are batched does not change them, and the bits equal those of `jax.random.bits`
    for the same key. Every element of a draw takes one 64-bit block of the stream, whatever its
    dtype (a complex normal number: two).

    Notes
    -----
    The position in the stream is a Python integer and advances with every draw. A generator that a
    function under `jit` or `vmap` takes from outside is frozen where it was when the function was
    traced: make it inside, from a seed that is an argument. Generators pickle and copy.

    References
    ----------
    .. [1] J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
       1, 2, 3", SC'11 (2011).
    """

    def bits(self, shape: Shape, /, *, width: Literal[32, 64] = 32) -> A:
        """
        Uniform random bits, those of `jax.random.bits` for the same key.

        Parameters
        ----------
        shape : int or sequence of int
        width : {32, 64}

        Returns
        -------
        array of int64, or of uint32 where there is no int64
            With `width=32`, values in [0, 2**32); with `width=64`, the two's complement.

        Raises
        ------
        DTypeError
            If 64 bits are asked for where there is no int64.

        Examples
        --------
        >>> import arraybackends as ab
        >>> ab.get_backend("numpy").random.default_rng(0).bits(2)
        array([4070199207, 4202968722])
        """
        ...

    def uniform(
        self, shape: Shape = (), /, *, low: Any = 0.0, high: Any = 1.0, dtype: DTypeLike = None
    ) -> A:
        """
        Uniform numbers in [low, high).

        Parameters
        ----------
        shape : int or sequence of int
        low, high : float or array
            Bounds; arrays broadcast to `shape`.
        dtype : dtype, optional
            float64 (52 random bits) or float32 (23); default: that of the backend's precision.

        Returns
        -------
        array, shape `shape`
            Exactly equal on every backend for the default bounds, and to `jax.random.uniform`;
            otherwise within rounding, where a compiler fuses multiplication and addition.

        Raises
        ------
        ValueError
            If the bounds are numbers that are not finite or not ordered.
        ShapeError
            If the bounds do not broadcast to `shape`.

        Examples
        --------
        >>> import arraybackends as ab
        >>> ab.get_backend("numpy").random.default_rng(0).uniform(2)
        array([0.41845711, 0.21629545])
        """
        ...

    def normal(
        self, shape: Shape = (), /, *, mean: Any = 0.0, std: Any = 1.0, dtype: DTypeLike = None
    ) -> A:
        """
        Normal numbers, by inversion of the distribution function.

        Parameters
        ----------
        shape : int or sequence of int
        mean, std : number or array
            Mean and standard deviation; arrays broadcast to `shape`.
        dtype : dtype, optional
            Real or complex floating; default: the real one of the backend's precision. A complex
            number with `std=1` has independent parts and E|z|**2 = 1.

        Returns
        -------
        array, shape `shape`
            Equal within a few ulp on every backend. Never infinite: float64 ends at 8.3 standard
            deviations, float32 at 5.5.

        Raises
        ------
        ValueError
            If `std` is a negative number.
        ShapeError
            If `mean` and `std` do not broadcast to `shape`.

        Examples
        --------
        >>> import arraybackends as ab
        >>> ab.get_backend("numpy").random.default_rng(0).normal(2)
        array([-0.20584214, -0.78476578])
        """
        ...

    def integers(self, low: int, high: int, /, *, shape: Shape = (), dtype: DTypeLike = None) -> A:
        """
        Integers in [low, high).

        Parameters
        ----------
        low, high : int
        shape : int or sequence of int
        dtype : dtype, optional
            Any integer dtype that holds the bounds; default: int64, or int32 where there is none.

        Returns
        -------
        array, shape `shape`
            Equal on every backend. No probability is off by more than a fraction of
            (high - low) / 2**63.

        Raises
        ------
        ValueError
            If the interval is empty, or not within the dtype.

        Examples
        --------
        >>> import arraybackends as ab
        >>> ab.get_backend("numpy").random.default_rng(0).integers(1, 7, shape=5)
        array([3, 2, 6, 4, 4])
        """
        ...

    def choice(
        self, a: A | int, /, *, shape: Shape = (), replace: bool_ = True, p: A | None = None
    ) -> A:
        """
        Elements of an array along its first axis, or of range(a).

        Parameters
        ----------
        a : array or int
        shape : int or sequence of int
            How many elements, and their arrangement.
        replace : bool
            Whether an element may be drawn more than once.
        p : array, shape (n,), optional
            Probabilities, normalised here; default: all equal.

        Returns
        -------
        array, shape (*shape, *a.shape[1:])

        Raises
        ------
        ValueError
            If there are too few elements for a draw without replacement, or `p` is not a
            distribution. What is traced cannot be checked.
        ShapeError
            If `p` does not have one probability per element.

        Examples
        --------
        >>> import arraybackends as ab
        >>> ab.get_backend("numpy").random.default_rng(0).choice(10, shape=3, replace=False)
        array([4, 8, 3])
        """
        ...

    def categorical(self, p: A, /, *, shape: Shape = ()) -> A:
        """
        Indices drawn with given probabilities.

        Parameters
        ----------
        p : array, shape (*batch, n), real
            Non-negative weights; normalised along the last axis.
        shape : int or sequence of int
            Draws for each distribution.

        Returns
        -------
        array, shape (*batch, *shape), int64 (int32 where there is no int64)
            Indices in [0, n). One of probability zero is never drawn.

        Raises
        ------
        ValueError
            If a probability is negative, infinite or NaN, or a sum is zero. What is traced cannot
            be checked.
        DTypeError
            If `p` is complex or boolean.

        Notes
        -----
        Probabilities are rounded to multiples of 2**-61 (2**-29 where there is no int64), whose
        partial sums are integers: exact, in whatever order a library adds them, so that draws are
        equal on every backend. Where there is no int64, one of more than 2**16 outcomes is drawn in
        two steps, a group and one within, and differs from what other backends draw. Cost
        O(n + shots log n); there is no limit of 2**24 outcomes.

        Examples
        --------
        >>> import arraybackends as ab
        >>> xp = ab.get_backend("numpy")
        >>> xp.random.default_rng(0).categorical(xp.asarray([0.5, 0.0, 0.5]), shape=5)
        array([0, 0, 2, 2, 2])
        """
        ...

    def permutation(self, x: A | int, /) -> A:
        """
        Elements of an array along its first axis, or of range(x), in random order.

        Parameters
        ----------
        x : array or int

        Returns
        -------
        array
            Equal on every backend.

        Examples
        --------
        >>> import arraybackends as ab
        >>> ab.get_backend("numpy").random.default_rng(0).permutation(5)
        array([4, 3, 2, 1, 0])
        """
        ...

    def spawn(self, n: int, /) -> tuple[Generator[A], ...]:
        """
        Make generators independent of this one and of each other.

        Parameters
        ----------
        n : int

        Returns
        -------
        tuple of Generator
            The k-th child ever spawned depends on the seed and on k alone, not on the position:
            spawning and drawing do not disturb each other, and spawning twice gives new children.

        Examples
        --------
        >>> import arraybackends as ab
        >>> parent = ab.get_backend("numpy").random.default_rng(0)
        >>> [child.bits(1) for child in parent.spawn(2)]
        [array([1215042075]), array([4236705951])]
        """
        ...


class RandomNamespace(Protocol[A]):
    """`xp.random`."""

    def default_rng(self, seed: A | int | None = None, /) -> Generator[A]:
        """
        Make a generator.

        Parameters
        ----------
        seed : int, array, or None
            An integer in [-2**63, 2**64), taken modulo 2**64, or a 0-d integer array, which may be
            traced. None takes 64 bits of entropy from the operating system.

        Returns
        -------
        Generator

        Raises
        ------
        ValueError
            If the integer is out of range.
        DTypeError
            If the seed is not an integer.
        ShapeError
            If the array is not 0-d.

        Examples
        --------
        >>> import arraybackends as ab
        >>> ab.get_backend("numpy").random.default_rng(7).integers(0, 100, shape=5)
        array([84,  4, 22,  6,  1])
        """
        ...


class Identity(Protocol):
    """Who a backend is. Backends are frozen, hashable, comparable and picklable."""

    @property
    def name(self) -> str:
        """Canonical name: `"numpy"`, `"pytorch"`, `"jax"`, `"cupy"`, `"strict"`, or a plug-in's."""
        ...

    @property
    def library_version(self) -> str:
        """Version of the array library."""
        ...

    @property
    def device(self) -> str:
        """Device where new arrays are placed: `"cpu"`, `"cuda:0"`, ..."""
        ...

    @property
    def precision(self) -> Precision:
        """`"double"` or `"single"`: the width of the default dtypes."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the backend can do natively."""
        ...

    @property
    def native(self) -> ModuleType:
        """The array library itself, for what the protocol does not have."""
        ...


class Conversion(Protocol[A]):
    """The doors between backends, devices and the host."""

    def array(self, obj: Any, /, *, dtype: DTypeLike = None, device: Any = None) -> A:
        """
        Array that always owns its data: `asarray(obj, copy=True)`. Not in the standard.

        Raises
        ------
        BackendMismatchError
            If `obj` is an array of another backend (`from_dlpack` is the only door).
        DTypeError
            If the dtype cannot be had; never less than asked for.
        """
        ...

    def to_numpy(self, x: A, /, *, copy: bool_ = True) -> Any:
        """
        Array on the host as a `numpy.ndarray`. Not in the standard.

        Parameters
        ----------
        x : array
            Resolved (conjugate views) and detached (tracked arrays) as needed.
        copy : bool
            True gives a fresh, writable array; False a read-only view where that is possible.
        """
        ...

    def to_device(
        self, x: A, device: Any, /, *, non_blocking: bool_ = False, pin: bool_ = False
    ) -> A:
        """
        Array on another device; `x` itself if it is there already. Not in the standard.

        Parameters
        ----------
        x : array
        device : str or native device
        non_blocking : bool
            Do not wait for the copy, where the library can do so; otherwise without effect.
        pin : bool
            Stage the copy in page-locked host memory, where there is any; otherwise without effect.

        Raises
        ------
        DeviceError
            If there is no such device. The message lists those there are.
        """
        ...

    def pack_half(self, x: A, /, *, out: A | None = None) -> A:
        """
        Complex numbers in half of their memory: both parts rounded to float16.

        Not in the standard, which has no float16.

        Parameters
        ----------
        x : array, complex64
        out : array of int32, shape x.shape, optional
            As in `matmul_into`: of `xp`'s own making; its values are lost.

        Returns
        -------
        array of int32, shape x.shape
            `out` itself where the library can write into it. To be stored, rearranged and given to
            `unpack_half`: its bits are those of two float16 numbers, the real part below. No
            derivative flows through it.

        Raises
        ------
        DTypeError
            If `x` is not complex64, or `out` not int32.
        ShapeError
            If `out` has another shape.

        Notes
        -----
        Rounded to nearest, ties to even: a part keeps 11 bits between 2**-14 and 65504; smaller
        ones are rounded to a multiple of 2**-24 (or to zero, with `flushes_subnormals`), larger
        ones come back infinite or nan.

        Examples
        --------
        >>> import arraybackends as ab
        >>> xp = ab.get_backend("numpy")
        >>> packed = xp.pack_half(xp.asarray([1 + 2j, 0.1 - 0.1j], dtype="complex64"))
        >>> packed.nbytes, xp.unpack_half(packed)
        (8, array([1.        +2.j        , 0.09997559-0.09997559j], dtype=complex64))
        """
        ...

    def unpack_half(self, x: A, /) -> A:
        """Complex64 numbers that `pack_half` has packed. Not in the standard."""
        ...

    def is_array(self, x: Any, /) -> bool_:
        """Whether `x` is an array of this backend, traced ones included. Not in the standard."""
        ...

    def device_of(self, x: A, /) -> str:
        """Name of the device of `x`, in a form that `device=` accepts. Not in the standard."""
        ...

    def dtype_name(self, dtype: DTypeLike, /) -> str:
        """Canonical name of a dtype in any spelling. Not in the standard."""
        ...


class Numerics(Protocol[A]):
    """Operations beyond the standard."""

    def einsum(self, subscripts: str, /, *operands: A) -> A:
        """Einstein summation; operands promote as in `matmul`. Not in the standard."""
        ...

    def kron(self, x1: A, x2: A, /) -> A:
        """Kronecker product of arrays with the same number of axes. Not in the standard."""
        ...

    def matmul_into(self, x1: A, x2: A, /, *, out: A) -> A:
        """
        Matrix product that may take the place of an array nobody needs. Not in the standard.

        Parameters
        ----------
        x1, x2 : array
            As in `matmul`, with two axes or more.
        out : array
            With the shape, dtype and device of the product; of `xp`'s own making, and sharing no
            storage with `x1` and `x2`. Its values are lost.

        Returns
        -------
        array
            `matmul(x1, x2)`: `out` itself where the library can write into it; otherwise, and
            under `jit`, `vmap` and derivatives, a new array.

        Raises
        ------
        ShapeError, DTypeError
            If `out` has another shape or dtype than the product.
        """
        ...

    def at(self, x: A, /) -> IndexUpdater[A]:
        """Pure indexed update: `xp.at(x)[i].set(v)`; `x` is not modified. Not in the standard."""
        ...

    def bincount(self, x: A, /, *, weights: A | None = None, minlength: int = 0) -> A:
        """
        Number (or total weight) of each value in a vector of non-negative integers.

        Not in the standard. The result has max(max(x) + 1, minlength) elements; under `jit` and
        `vmap`, where max(x) is unknown, exactly `minlength`, and larger values are not counted.
        """
        ...

    def scan(
        self, fn: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any, /, *,
        length: int | None = None, reverse: bool_ = False,
    ) -> tuple[Any, Any]:  # fmt: skip
        """
        Loop that carries a value: `carry, y = fn(carry, x)`. Not in the standard.

        Parameters
        ----------
        fn : callable
            Returns the new carry and an output for each step.
        init : container of arrays
            The first carry; structure, shapes and dtypes stay the same.
        xs : container of arrays or None
            Iterated over the first axis of every array.
        length : int, optional
            Number of steps; needed if `xs` is None.
        reverse : bool
            Iterate from the last to the first; outputs keep their positions.

        Returns
        -------
        tuple
            The last carry and the outputs stacked over a new first axis.
        """
        ...

    def cond(
        self,
        pred: Any,
        true_fn: Callable[..., Any],
        false_fn: Callable[..., Any],
        /,
        *operands: Any,
    ) -> Any:
        """`true_fn(*operands)` if the 0-d boolean `pred` holds, else `false_fn(*operands)`."""
        ...

    def while_loop(
        self, cond_fn: Callable[[Any], Any], body_fn: Callable[[Any], Any], init: Any, /
    ) -> Any:
        """Apply `body_fn` while `cond_fn` of the carried value holds. Not in the standard."""
        ...


class Differentiation(Protocol[A]):
    """
    Derivatives. Not in the standard.

    Arguments of differentiated functions may be nested lists, tuples and dicts of arrays. For a
    real function of a complex argument the gradient points uphill: dL/dRe z + i dL/dIm z.
    """

    def requires_grad(self, x: A, /) -> A:
        """Tracked leaf with the values of `x`, where the library tracks; `x` is left alone."""
        ...

    def detach(self, x: A, /) -> A:
        """Array that shares storage with `x` and through which no derivative flows."""
        ...

    def stop_gradient(self, x: A, /) -> A:
        """Synonym of `detach`, by the name that JAX users know."""
        ...

    def grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool_ = False, method: GradientMethod = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        """Gradient of a real scalar function: `value_and_grad` without the value."""
        ...

    def value_and_grad(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0,
        has_aux: bool_ = False, method: GradientMethod = "auto",
    ) -> Callable[..., Any]:  # fmt: skip
        """
        Function that returns the value and the gradient of a real scalar function.

        Parameters
        ----------
        fn : callable
            Returns a 0-d real array, or with `has_aux` a pair of it and anything.
        argnums : int or tuple of int
            Positional arguments to differentiate; a tuple gives a tuple of gradients.
        has_aux : bool
            Return `((value, aux), grad)`.
        method : {"auto", "autodiff", "finite-difference"}
            `"auto"` differentiates automatically and falls back to central differences, with a
            `GradientFallbackWarning` that names the reason, only where the graph cannot carry the
            derivative; `"autodiff"` raises instead.

        Returns
        -------
        callable
            Takes the arguments of `fn`; value and gradients are native arrays with the dtype and
            device of the inputs, and can be differentiated again.

        Raises
        ------
        GradientError
            If the output is not a real scalar, or an argument is not differentiable.
        """
        ...

    def vjp(
        self, fn: Callable[..., Any], /, *primals: Any
    ) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """Output of `fn` and the function that pulls a cotangent back to the arguments."""
        ...

    def jvp(
        self, fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], /
    ) -> tuple[Any, Any]:
        """Output of `fn` and its directional derivative along `tangents`."""
        ...

    def jacrev(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        """Jacobian by reverse mode, shape `(*output.shape, *input.shape)`; real throughout."""
        ...

    def jacfwd(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        """Jacobian by forward mode, shape `(*output.shape, *input.shape)`; real throughout."""
        ...

    def hessian(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        """Second derivatives of a real scalar function of real arguments."""
        ...

    def custom_vjp(
        self, fwd: Callable[..., tuple[Any, Any]], bwd: Callable[[Any, Any], tuple[Any, ...]], /
    ) -> Callable[..., Any]:
        """
        Function with a reverse-mode derivative of its own.

        Parameters
        ----------
        fwd : callable
            `fwd(*args)` returns the output and the residuals that `bwd` needs.
        bwd : callable
            `bwd(residuals, cotangent)` returns one cotangent per argument (None for zero), in the
            uphill convention on every backend.

        Returns
        -------
        callable
            `lambda *args: fwd(*args)[0]`, differentiated by `bwd`; exact on every backend, also on
            those without automatic differentiation. Second derivatives are those of `bwd`, and of
            `fwd` where it computes residuals that are neither arguments nor outputs.

        Notes
        -----
        All that is differentiated must be among `args`: what `fwd` or `bwd` take from an enclosing
        scope is a constant (JAX refuses it where it is traced).
        """
        ...

    def checkpoint(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Function whose intermediates are recomputed in the backward pass instead of stored."""
        ...

    def check_grad(self, fn: Callable[..., Any], /, *args: Any) -> float:
        """Largest absolute difference between the gradient and central differences."""
        ...


class Transformation(Protocol):
    """Vectorisation and compilation. Not in the standard."""

    def vmap(
        self, fn: Callable[..., Any], /, *, in_axes: Any = 0, out_axes: Any = 0,
        chunk_size: int | None = None, randomness: Literal["error", "different", "same"] = "error",
    ) -> Callable[..., Any]:  # fmt: skip
        """
        Vectorise a function over an axis of its arguments.

        Parameters
        ----------
        fn : callable
        in_axes : int, None, or a container that matches the arguments
            Axis of each argument that is mapped; None for an argument that is not.
        out_axes : int or container
            Where the mapped axis appears in the results.
        chunk_size : int, optional
            Work on at most so many elements at a time; bounds the memory, not the result.
        randomness : {"error", "different", "same"}
            What the library's own random functions do inside. `xp.random` is not concerned: its
            draws depend on the seeds alone.
        """
        ...

    def jit(
        self, fn: Callable[..., Any] | None = None, /, *,
        static_argnums: int | tuple[int, ...] = (), fallback: Literal["warn", "raise"] = "warn",
        cuda_graphs: bool_ = False,
    ) -> Any:  # fmt: skip
        """
        Compile a function; also a decorator, with or without arguments.

        Parameters
        ----------
        fn : callable
        static_argnums : int or tuple of int
            Positional arguments that are hashable constants.
        fallback : {"warn", "raise"}
            What a compilation failure does: run eagerly from then on, with one
            `CompilationFallbackWarning`, or raise `CompilationError`. Errors of `fn` propagate.
        cuda_graphs : bool
            Record the kernels of a call too, and launch them all at once in later ones, on PyTorch
            with a CUDA device.

        Returns
        -------
        CompiledFunction
            With a `status`.

        Raises
        ------
        CapabilityError
            If `cuda_graphs` are asked for where there are none.
        """
        ...


class Memory(Protocol):
    """Devices, synchronisation and memory. Not in the standard."""

    def devices(self) -> tuple[str, ...]:
        """Names of the devices there are."""
        ...

    def synchronize(self) -> None:
        """Wait until all work on the device is done."""
        ...

    def memory_stats(self) -> Mapping[str, MemoryStats]:
        """Bytes allocated and their peak, for each device."""
        ...

    def memory_limit(self, fraction: float | None = None, /) -> int:
        """Bytes that arrays may take on the device; `fraction` of the total sets it first."""
        ...

    def empty_cache(self) -> None:
        """Give cached memory of the library back to the device."""
        ...

    def autocast(self, dtype: DTypeLike = None, /) -> AbstractContextManager[None]:
        """Lower the precision of real products where the library can; never of complex ones."""
        ...


class ArrayBackend(
    Identity, StandardNamespace[A], Conversion[A], Numerics[A], Differentiation[A],
    Transformation, Memory, Protocol[A],
):  # fmt: skip
    """
    An Array API namespace that also differentiates, compiles, vectorises and draws random numbers.

    Get one from `arraybackends.get_backend`. Functions take and return native arrays.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> xp.sum(xp.asarray([1.0, 2.0, 3.0]))
    array(6.)
    """

    @property
    def linalg(self) -> LinearAlgebra[A]:
        """Linear algebra: the extension of the standard, and `expm`."""
        ...

    @property
    def random(self) -> RandomNamespace[A]:
        """Random numbers that are the same on every backend."""
        ...

    def rand(self, shape: Shape, /, *, seed: A | int | None = None) -> A:
        """Uniform numbers in [0, 1): `random.default_rng(seed).uniform(shape)`."""
        ...

    def randn(self, shape: Shape, /, *, seed: A | int | None = None) -> A:
        """Standard normal numbers: `random.default_rng(seed).normal(shape)`."""
        ...

    def with_options(
        self, *, device: Any = None, precision: Precision | None = None
    ) -> ArrayBackend[A]:
        """Return the same backend with another device or precision; None keeps the present one."""
        ...
