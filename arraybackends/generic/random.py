"""Random numbers that are the same on every backend, drawn with functions of the standard alone.

The n-th number of a generator is a function of its key and of n (`threefry`). Everything is
computed in integers as far as it goes, so that the results are equal and not merely close: only
`normal`, and `choice` without replacement under given probabilities, go through a logarithm.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, final

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.generic.inverse_normal import inverse_normal
from arraybackends.generic.threefry import Words, signed
from arraybackends.precision import DEFAULT_DTYPES, DTYPE_NAMES, integer_limits

if TYPE_CHECKING:
    from arraybackends.precision import Precision
    from arraybackends.protocol import ArrayBackend, Shape

__all__ = ["Generator", "RandomNamespace"]

_REAL = ("float32", "float64")
_COMPLEX = {"complex64": "float32", "complex128": "float64"}
_INTEGERS = tuple(name for name in DTYPE_NAMES if "int" in name)
_LARGEST_DRAW = 2**31 - 1  # indices of a draw are int32
_FINE_OUTCOMES = 2**16  # up to here 29 bits resolve probabilities to a thousandth of their mean
_FIRST_CHILD = 2**63  # counters from here on make the keys of children; draws stay below


@final
class RandomNamespace:
    """
    `xp.random`.

    Parameters
    ----------
    xp : ArrayBackend
        Arrays are created by it, on its device.
    """

    __slots__ = ("_xp",)

    def __init__(self, xp: ArrayBackend[Any], /) -> None:
        self._xp = xp

    def default_rng(self, seed: Any = None, /) -> Generator:
        if seed is None:
            seed = secrets.randbits(64)
        if isinstance(seed, Integral):
            return Generator(self._xp, _key_of_integer(self._xp, int(seed)))
        return Generator(self._xp, _key_of_array(self._xp, self._xp.asarray(seed)))

    def __repr__(self) -> str:
        return f"<namespace {self._xp.name}.random>"


@final
class Generator:
    """
    A stream of random numbers, made by `xp.random.default_rng` and by `spawn`.

    Parameters
    ----------
    xp : ArrayBackend
    key : tuple of two arrays, shape (1,), int32
        Not 0-d, because NumPy's scalars warn on overflow where its arrays wrap.
    """

    __slots__ = ("_children", "_integer", "_key", "_names", "_position", "_xp")

    def __init__(self, xp: ArrayBackend[Any], key: Words, /) -> None:
        self._xp: Any = xp
        self._key = key
        self._position = 0
        self._children = 0
        self._names = frozenset(xp.__array_namespace_info__().dtypes())
        self._integer = "int64" if "int64" in self._names else "int32"

    def __repr__(self) -> str:
        return f"<random generator of {self._xp!r} at position {self._position}>"

    def bits(self, shape: Shape, /, *, width: Literal[32, 64] = 32) -> Any:
        shape = _shape(shape)
        if width not in (32, 64):
            raise ValueError(f"Argument `width` must be 32 or 64, but is {width!r}.")
        if width == 64:
            self._dtype("int64", ("int64",))
            high, low = self._draw(shape)
            return (self._xp.astype(high, "int64") << 32) | self._unsigned(low)
        return self._unsigned(_folded(self._draw(shape)))

    def uniform(
        self, shape: Shape = (), /, *, low: Any = 0.0, high: Any = 1.0, dtype: Any = None
    ) -> Any:
        shape = _shape(shape)
        name = self._dtype(dtype, _REAL)
        both_numbers = isinstance(low, Real) and isinstance(high, Real)
        if both_numbers and not 0 <= float(high) - float(low) < math.inf:
            raise ValueError(
                "Arguments `low` and `high` must be finite, at a finite distance, and ordered, but "
                f"are {low!r} and {high!r}."
            )
        fraction, unit = self._fraction(shape, name)
        low, high = self._parameter(low, name), self._parameter(high, name)
        x = fraction * unit * (high - low) + low
        # The sum may round up to `high`, which the interval does not contain.
        return _checked(self._xp.where(x < high, x, low), shape, "`low` and `high`")

    def normal(
        self, shape: Shape = (), /, *, mean: Any = 0.0, std: Any = 1.0, dtype: Any = None
    ) -> Any:
        shape = _shape(shape)
        name = self._dtype(dtype, (*_REAL, *_COMPLEX))
        if isinstance(std, Real) and not float(std) >= 0:
            raise ValueError(f"Argument `std` must not be negative, but is {std!r}.")
        if name in _COMPLEX:
            parts = self._standard_normal((*shape, 2), _COMPLEX[name]) * math.sqrt(0.5)
            parts = self._xp.astype(parts, name)
            z = parts[..., 0] + parts[..., 1] * 1j
        else:
            z = self._standard_normal(shape, name)
        mean, std = self._parameter(mean, name), self._parameter(std, name)
        return _checked(z * std + mean, shape, "`mean` and `std`")

    def integers(self, low: int, high: int, /, *, shape: Shape = (), dtype: Any = None) -> Any:
        shape = _shape(shape)
        name = self._dtype(dtype, _INTEGERS, default=self._integer)
        low, high = _integer(low, "low"), _integer(high, "high")
        (smallest, largest), (_, widest) = integer_limits(name), integer_limits(self._integer)
        largest = min(largest, widest)
        if not (smallest <= low < high <= largest + 1 and high - low <= widest):
            raise ValueError(
                "Arguments `low` and `high` must be in order, in the range of "
                f"{name} and at most {widest} apart, but are {low} and {high}."
            )
        x = self._scaled(self._draw(shape), high - low) + low
        return self._xp.astype(x, name)

    def choice(self, a: Any, /, *, shape: Shape = (), replace: bool = True, p: Any = None) -> Any:
        shape = _shape(shape)
        n = self._population(a, "a")
        count = math.prod(shape)
        if p is not None:
            p = self._probabilities(p)
            if p.shape != (n,):
                raise ShapeError(
                    f"Argument `p` must have shape ({n},), one probability for each element of "
                    f"`a`, but has shape {tuple(p.shape)}."
                )
        if count > n and (not replace or n == 0):
            raise ValueError(
                f"Argument `shape` asks for {count} elements, but `a` has {n}, and an element is "
                f"drawn {'as often as needed' if replace else 'only once'}."
            )
        if not replace:
            index = self._order(n)[:count] if p is None else self._order_by(p, count)[:count]
        elif p is None:
            index = self.integers(0, max(n, 1), shape=count)
        else:
            index = self.categorical(p, shape=count)
        return self._taken(a, index, shape)

    def categorical(self, p: Any, /, *, shape: Shape = ()) -> Any:
        xp, shape = self._xp, _shape(shape)
        p = self._probabilities(p)
        *batch, n = p.shape
        rows, count = math.prod(batch), math.prod(shape)
        if rows * n > integer_limits(self._integer)[1] // 4:
            raise ValueError(
                f"Argument `p` has {rows * n} probabilities, more than {self._integer} counts. Use "
                'a backend with precision="double".'
            )
        p, words = xp.reshape(p, (rows, n)), self._draw((rows, count))
        coarse = self._integer == "int32" and n > _FINE_OUTCOMES
        index = self._in_groups(p, words) if coarse else self._inverted(p, words)
        return xp.reshape(index, (*batch, *shape))

    def permutation(self, x: Any, /) -> Any:
        n = self._population(x, "x")
        return self._taken(x, self._order(n), (n,))

    def spawn(self, n: int, /) -> tuple[Generator, ...]:
        if _integer(n, "n") < 0:
            raise ValueError(f"Argument `n` must not be negative, but is {n}.")
        high, low = self._blocks(_FIRST_CHILD + self._children, n)
        self._children += n
        return tuple(Generator(self._xp, (high[k : k + 1], low[k : k + 1])) for k in range(n))

    # The stream

    def _draw(self, shape: tuple[int, ...]) -> Words:
        """Return the next blocks of the stream, and advance."""
        count = math.prod(shape)
        high, low = self._blocks(self._position, count)
        self._position += count
        return self._xp.reshape(high, shape), self._xp.reshape(low, shape)

    def _blocks(self, start: int, count: int) -> Words:
        if count > _LARGEST_DRAW:
            raise ValueError(
                f"Argument `shape` asks for {count} random numbers, but one draw gives at most "
                f"{_LARGEST_DRAW}. Draw several times."
            )
        high, low = divmod(start, 2**32)
        carries_at = min(2**32 - low, _LARGEST_DRAW)
        words: Words = self._xp._fused(
            _words, count, self._key, signed(high), signed(low), carries_at
        )
        return words

    def _unsigned(self, word: Any) -> Any:
        if self._integer == "int32":
            return self._xp.astype(word, "uint32")
        return self._xp.astype(word, "int64") & 0xFFFF_FFFF

    def _fraction(self, shape: tuple[int, ...], name: str) -> tuple[Any, float]:
        """Return random whole numbers in [0, 1/unit) and the unit."""
        leading_bits = _leading_23 if name == "float32" else _leading_52
        unit = 2.0**-23 if name == "float32" else 2.0**-52
        return self._xp._fused(leading_bits, name, self._draw(shape)), unit

    def _standard_normal(self, shape: tuple[int, ...], name: str) -> Any:
        fraction, unit = self._fraction(shape, name)
        return inverse_normal(self._xp, (fraction + 0.5) * unit)  # neither 0 nor 1

    def _scaled(self, words: Words, n: Any) -> Any:
        return self._xp._fused(_scaled, self._integer, words, n)

    # Orders

    def _order(self, n: int) -> Any:
        """Return a random permutation of range(n), sorted by 64-bit keys."""
        xp = self._xp
        high, low = self._draw((n,))
        by_low = xp.argsort(low, stable=True)
        return xp.take(by_low, xp.argsort(xp.take(high, by_low), stable=True))

    def _order_by(self, p: Any, count: int) -> Any:
        """Return the order in which elements are drawn without replacement: a race."""
        xp = self._xp
        possible = p > 0
        if not self._may_be(xp.count_nonzero(possible) >= count):
            raise ValueError(
                f"Argument `shape` asks for {count} elements without replacement, but `p` has only "
                f"{int(xp.count_nonzero(possible))} that are not zero."
            )
        # Waiting times with the full relative precision of the dtype, so that short ones do not
        # tie; the factor keeps the fraction below 1, to which it may round.
        high, low = (xp.astype(self._unsigned(word), p.dtype) for word in self._draw(p.shape))
        fraction = (high + low * 2.0**-32) * 2.0**-32 * (1 - 2.0**-24)
        waiting = -xp.log1p(-fraction) / xp.where(possible, p, 1.0)
        return xp.argsort(xp.where(possible, waiting, math.inf), stable=True)

    # Draws with given probabilities

    def _inverted(self, p: Any, words: Words) -> Any:
        """Return where 64-bit fractions fall among the partial sums of each row, exactly."""
        sums = self._sums(p)
        row = self._xp.arange(p.shape[0], dtype=sums.dtype)[:, None]
        target = self._scaled(words, sums[:, -1:])
        return self._xp._fused(_first_above, None, sums, row, target)

    def _in_groups(self, p: Any, words: Words) -> Any:
        """Draw a group of outcomes, then one within: so 32 bits resolve probabilities finely."""
        xp, (rows, n) = self._xp, p.shape
        size = 1 << (n.bit_length() // 2)
        groups = -(-n // size)
        padding = xp.zeros((rows, groups * size - n), dtype=p.dtype)
        p = xp.reshape(xp.concat([p, padding], axis=1), (rows * groups, size))
        totals = xp.sum(p, axis=-1, keepdims=True)
        group = self._inverted(xp.reshape(totals, (rows, groups)), words)
        sums = self._sums(p / xp.where(totals > 0, totals, 1.0))
        row = group + xp.arange(rows, dtype=group.dtype)[:, None] * groups
        last = xp.reshape(xp.take(sums[:, -1], xp.reshape(row, (-1,))), row.shape)
        # The draw of the group has used the leading bits of one word; here the other leads.
        target = self._scaled((words[1], words[0]), last)
        return group * size + xp._fused(_first_above, None, sums, row, target)

    def _sums(self, p: Any) -> Any:
        """Return partial sums of probabilities along the last axis, as integers: exact."""
        unit = 2.0 ** (61 if self._integer == "int64" else 29)
        weights = self._xp.astype(self._xp.round(p * unit), self._integer)
        return self._xp.cumulative_sum(weights, axis=-1, dtype=self._integer)

    # Arguments

    def _dtype(self, dtype: Any, allowed: Sequence[str], default: str | None = None) -> str:
        if dtype is None:
            precision: Precision = self._xp.precision
            return default or DEFAULT_DTYPES[precision].real
        name: str = self._xp.dtype_name(dtype)
        if name not in allowed:
            raise DTypeError(
                f"Argument `dtype` must be one of {', '.join(allowed)}, but is {dtype!r}."
            )
        if name not in self._names:
            raise DTypeError(
                f"Argument `dtype` is {dtype!r}, but backend {self._xp!r} has no {name}."
            )
        return name

    def _parameter(self, value: Any, name: str) -> Any:
        # Python numbers take on the dtype of the array they meet; NumPy's scalars do not.
        if isinstance(value, Real):
            return float(value)
        if isinstance(value, complex):
            return complex(value)
        return self._xp.astype(self._xp.asarray(value), name)

    def _probabilities(self, p: Any) -> Any:
        """Return `p` normalised along its last axis, in the widest real dtype."""
        xp = self._xp
        p = xp.asarray(p)
        if not xp.isdtype(p.dtype, ("real floating", "integral")):
            raise DTypeError(f"Argument `p` must be real, but has dtype {xp.dtype_name(p.dtype)}.")
        if p.ndim == 0 or p.shape[-1] == 0:
            raise ShapeError(
                "Argument `p` must have at least one probability along its last axis, but has "
                f"shape {tuple(p.shape)}."
            )
        p = xp.astype(p, "float64" if "float64" in self._names else "float32")
        total = xp.sum(p, axis=-1, keepdims=True)
        if not self._may_be(xp.all(p >= 0) & xp.all(xp.isfinite(total)) & xp.all(total > 0)):
            raise ValueError(
                "Argument `p` must hold non-negative, finite numbers with a positive sum along the "
                f"last axis, but its smallest value is {float(xp.min(p))} and its sums are from "
                f"{float(xp.min(total))} to {float(xp.max(total))}."
            )
        return p / total

    def _may_be(self, condition: Any) -> bool:
        """Whether a 0-d boolean holds, as far as it is known: while tracing it is not."""
        return self._xp._is_traced(condition) or bool(condition)

    def _population(self, x: Any, argument: str) -> int:
        if isinstance(x, Integral):
            if x < 0:
                raise ValueError(f"Argument `{argument}` must not be negative, but is {x}.")
            return int(x)
        if self._xp.asarray(x).ndim == 0:
            raise ShapeError(f"Argument `{argument}` must have at least one axis or be an int.")
        return int(x.shape[0])

    def _taken(self, x: Any, index: Any, shape: tuple[int, ...]) -> Any:
        if not isinstance(x, Integral):
            index = self._xp.take(x, index, axis=0)
        return self._xp.reshape(index, (*shape, *index.shape[1:]))


def _key_of_integer(xp: ArrayBackend[Any], seed: int) -> Words:
    if not -(2**63) <= seed < 2**64:
        raise ValueError(
            f"Argument `seed` must be in [-2**63, 2**64), but is {seed}. Take it modulo 2**64."
        )
    high, low = divmod(seed % 2**64, 2**32)
    return xp.asarray([signed(high)], dtype="int32"), xp.asarray([signed(low)], dtype="int32")


def _key_of_array(xp: ArrayBackend[Any], seed: Any) -> Words:
    if not xp.isdtype(seed.dtype, "integral"):
        raise DTypeError(
            f"Argument `seed` must be an integer, but has dtype {xp.dtype_name(seed.dtype)}."
        )
    if seed.ndim != 0:
        raise ShapeError(
            f"Argument `seed` must be 0-d, but has shape {tuple(seed.shape)}. "
            "Use `xp.vmap` for many seeds."
        )
    seed = xp.reshape(seed, (1,))
    if "int64" in xp.__array_namespace_info__().dtypes():
        wide = xp.astype(seed, "int64")
        return xp.astype(wide >> 32, "int32"), xp.astype((wide << 32) >> 32, "int32")
    return -xp.astype(seed < 0, "int32"), xp.astype(seed, "int32")


# Exact arithmetic, which libraries that compile may take as one: no rounding depends on it.


def _words(xp: Any, count: int, key: Words, high: int, low: int, carries_at: int) -> Words:
    """Return `count` blocks of the stream from a position on."""
    index = xp.arange(count, dtype="int32")
    carry = xp.astype(index >= carries_at, "int32")
    words: Words = xp._threefry(key, (carry + high, index + low))
    return words


def _folded(words: Words) -> Any:
    return words[0] ^ words[1]


def _leading_23(xp: Any, dtype: str, words: Words) -> Any:
    return xp.astype((_folded(words) >> 9) & 0x7F_FFFF, dtype)


def _leading_52(xp: Any, dtype: str, words: Words) -> Any:
    high, low = (xp.astype(word, "int64") for word in words)
    return xp.astype(((high & 0xFFFF_FFFF) << 20) | ((low >> 12) & 0xF_FFFF), dtype)


def _scaled(xp: Any, dtype: str, words: Words, n: Any) -> Any:
    """Return floor(x * n / 2**64), exactly, for the 64-bit numbers x and 0 < n < 2**63."""
    # Schoolbook multiplication by one digit of x after the other, from the last; the digits are so
    # short that their products with a digit of n fit.
    width = 16 if dtype == "int64" else 8
    mask = (1 << width) - 1
    n_high, n_low = n >> width, n & mask
    scaled: Any = 0
    for word in (xp.astype(word, dtype) for word in reversed(words)):
        for shift in range(0, 32, width):
            digit = (word >> shift) & mask
            carried = (digit * n_low + (scaled & mask)) >> width
            scaled = digit * n_high + (scaled >> width) + carried
    return scaled


def _first_above(xp: Any, _: None, x: Any, row: Any, target: Any) -> Any:
    """Return the first index with x[row] > target; every row ascends, and there is one."""
    # By hand, because searchsorted takes one row, and for a million targets is no faster.
    rows, n = x.shape
    flat = xp.reshape(x, (rows * n,))
    before_row = row * n - 1
    index = xp.zeros_like(target)
    step = 1 << n.bit_length() >> 1
    while step:
        probe = index + step
        seen = xp.take(flat, xp.reshape(xp.clip(probe, max=n) + before_row, (-1,)))
        index = xp.where(xp.reshape(seen, target.shape) <= target, probe, index)
        step >>= 1
    return index


def _checked(x: Any, shape: tuple[int, ...], arguments: str) -> Any:
    if x.shape != shape:
        raise ShapeError(
            f"Arguments {arguments} must broadcast to `shape` {shape}, but give {tuple(x.shape)}."
        )
    return x


def _integer(value: Any, argument: str) -> int:
    if not isinstance(value, Integral):
        raise TypeError(f"Argument `{argument}` must be an int, but is {value!r}.")
    return int(value)


def _shape(shape: Shape) -> tuple[int, ...]:
    sizes: tuple[Any, ...] = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    if not all(isinstance(size, Integral) and int(size) >= 0 for size in sizes):
        raise ShapeError(f"Argument `shape` must hold non-negative integers, but is {shape!r}.")
    return tuple(int(size) for size in sizes)
