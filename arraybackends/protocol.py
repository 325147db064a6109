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
    "Generator",
    "GradientMethod",
    "IndexUpdate",
    "IndexUpdater",
    "JitStatus",
    "LinearAlgebra",
    "MemoryStats",
    "RandomNamespace",
    "Shape",
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

    Threefry-2x32 in counter mode: the n-th number drawn depends on the seed and on n alone, so that
    how draws are batched does not change them, and the bits equal those of `jax.random.bits` for
    the same key. The position advances with every draw; a generator made inside a compiled
    function starts where its seed says.
    """

    def bits(self, shape: Shape, /, *, width: Literal[32, 64] = 32) -> A:
        """
        Uniform random bits.

        Parameters
        ----------
        shape : int or sequence of int
        width : {32, 64}

        Returns
        -------
        array of int64 (uint32 where `default integer` is int32)
            With `width=32`, values in [0, 2**32); with `width=64`, the two's complement.
        """
        ...

    def uniform(
        self, shape: Shape = (), /, *, low: Any = 0.0, high: Any = 1.0, dtype: DTypeLike = None
    ) -> A:
        """Uniform numbers in [low, high), with 52 (float32: 23) random bits; equal everywhere."""
        ...

    def normal(
        self, shape: Shape = (), /, *, mean: Any = 0.0, std: Any = 1.0, dtype: DTypeLike = None
    ) -> A:
        """Normal numbers, by inversion; equal within a few ulp. A complex dtype has E|z|^2 = 1."""
        ...

    def integers(self, low: int, high: int, /, *, shape: Shape = (), dtype: DTypeLike = None) -> A:
        """Integers in [low, high); the bias is below (high - low) / 2**63."""
        ...

    def choice(
        self, a: A | int, /, *, shape: Shape = (), replace: bool_ = True, p: A | None = None
    ) -> A:
        """Elements of `a` along its first axis (or of range(a)), with probabilities `p`."""
        ...

    def categorical(self, p: A, /, *, shape: Shape = ()) -> A:
        """Indices drawn with probabilities `p` (last axis, normalised here), without a 2**24 limit."""
        ...

    def permutation(self, x: A | int, /) -> A:
        """Elements of `x` along its first axis (or range(x)) in random order."""
        ...

    def spawn(self, n: int, /) -> tuple[Generator[A], ...]:
        """Return `n` generators independent of this one and of each other."""
        ...


class RandomNamespace(Protocol[A]):
    """`xp.random`."""

    def default_rng(self, seed: A | int | None = None, /) -> Generator[A]:
        """
        Make a generator. Not in the standard.

        Parameters
        ----------
        seed : int, array (0-d integer, traced ones included), or None
            None takes fresh entropy from the operating system.
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
        """Jacobian by reverse mode, shape `(*output.shape, *input.shape)`; real input and output."""
        ...

    def jacfwd(
        self, fn: Callable[..., Any], /, *, argnums: int | tuple[int, ...] = 0
    ) -> Callable[..., Any]:
        """Jacobian by forward mode, shape `(*output.shape, *input.shape)`; real input and output."""
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
            those without automatic differentiation.
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

        Returns
        -------
        CompiledFunction
            With a `status`.
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
        """Bytes that arrays may take on the device; `fraction` of the total sets the limit first."""
        ...

    def empty_cache(self) -> None:
        """Give cached memory of the library back to the device."""
        ...

    def autocast(self, dtype: DTypeLike = None, /) -> AbstractContextManager[None]:
        """Lower the precision of real products inside, where the library can; never of complex ones."""
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
