"""How the tables of special cases are read.

A word on the left of an arrow stands for sample operands, a word on the right for what the result
must be:

- `nan`, `+nan`, `-nan`, `+0`, `-0`, `+inf`, `1`, `π/2`: that number. Signs of zeros count, the sign
  of NaN only if written.
- `±0`, `±inf`: as operands both, as a result either.
- `any`, `number` (not NaN), `finite`, `nonzero`, `positive`, `negative` (these three finite), `>0`,
  `<1`, `|x|>1` (these with infinity), `integer`, `odd`, `even`, `frac` (not an integer), `half`,
  also with `>0` or `<0`.
- `x`, `x1`, `x2`, `a`, `b`: the operand of that column, `-x1` its negative, `|x1|` its magnitude.
- `+inf·cos`, `+0·sin`: the signs of the cosine and sine of the imaginary part.
- `positive`, `negative`, `any` as results: anything of that sign, or anything.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from arraybackends_conformance import special_cases as table
from arraybackends_conformance.tolerance import FUNCTION

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Example", "Prescribed", "SpecialCase", "special_cases"]


class Prescribed(NamedTuple):
    """What one real number of a result must be: its magnitude, its sign, or both."""

    value: float
    magnitude_counts: bool = True
    sign_counts: bool = True
    rounded: bool = False

    def admits(self, result: float, eps: float) -> bool:
        """Whether a result is right, for a dtype with that machine epsilon."""
        if self.sign_counts and math.copysign(1, result) != math.copysign(1, self.value):
            return False
        if not self.magnitude_counts or abs(result) == abs(self.value):
            return True
        if math.isnan(self.value):
            return math.isnan(result)
        error = abs(abs(result) - abs(self.value))
        return self.rounded and error <= FUNCTION.relative * eps * abs(self.value)

    def __neg__(self) -> Prescribed:
        return self._replace(value=-self.value)

    def __truediv__(self, divisor: float) -> Prescribed:
        return self._replace(value=self.value / divisor, rounded=True)

    def __str__(self) -> str:
        if not self.magnitude_counts:
            return ("positive" if self.value > 0 else "negative") if self.sign_counts else "any"
        sign = "" if self.sign_counts or math.isnan(self.value) else "±"
        return f"{sign}{abs(self.value) if sign else self.value!r}"


class Example(NamedTuple):
    """Operands, and what the result must be; a pair of real numbers for each complex one."""

    operands: tuple[float, ...]
    result: tuple[Prescribed, ...]


class SpecialCase(NamedTuple):
    """One line of the tables."""

    function: str
    line: str
    is_complex: bool

    def __str__(self) -> str:
        kind = "complex" if self.is_complex else "real"
        return f"{self.function}, {kind}: {self.line}"

    def examples(self, limits: np.finfo) -> list[Example]:
        """Examples of the case for a dtype with those limits."""
        name, wrap = self.function, _identity
        if name in table.ROTATED and self.is_complex:
            name, both_sides = table.ROTATED[name]
            wrap = _turned_back if both_sides else _turned_operand
        elif name in table.MULTIPLE_OF_LOG and self.is_complex:
            base = table.MULTIPLE_OF_LOG[name]
            name, wrap = "log", lambda example: _divided(example, math.log(base))
        examples = list(_expand(self.line, _Samples(limits)))
        if self.is_complex and name in table.CONJUGATE_SYMMETRIC:
            examples += [_conjugated(x) for x in examples if not math.isnan(x.operands[1])]
        if self.is_complex and name in table.ODD | table.EVEN:
            examples += [_negated(x, odd=name in table.ODD) for x in examples]
        return [wrap(example) for example in examples]


def special_cases() -> Iterator[SpecialCase]:
    """Every case of the tables, with those that a function inherits from another one."""
    inherited = {name: table.COMPLEX_UNARY[other] for name, (other, _) in table.ROTATED.items()}
    inherited |= dict.fromkeys(table.MULTIPLE_OF_LOG, table.COMPLEX_UNARY["log"])
    for tables, is_complex in (
        ((table.UNARY, table.BINARY), False),
        ((table.COMPLEX_UNARY, inherited, table.COMPLEX_BINARY), True),
    ):
        for lines_of in tables:
            for function, lines in lines_of.items():
                for line in filter(None, map(str.strip, lines.splitlines())):
                    yield SpecialCase(function, " ".join(line.split()), is_complex)


# Symmetries, with (a, b) for a + ib


def _identity(example: Example) -> Example:
    return example


def _conjugated(example: Example) -> Example:
    (a, b), (real, imag) = example
    return Example((a, -b), (real, -imag))


def _negated(example: Example, *, odd: bool) -> Example:
    (a, b), (real, imag) = example
    return Example((-a, -b), (-real, -imag) if odd else (real, imag))


def _turned_operand(example: Example) -> Example:
    (a, b), result = example
    return Example((b, -a), result)


def _turned_back(example: Example) -> Example:
    (a, b), (real, imag) = example
    return Example((b, -a), (imag, -real))


def _divided(example: Example, divisor: float) -> Example:
    operands, (real, imag) = example
    return Example(operands, (real / divisor, imag / divisor))


# Words

_COLUMNS = {"x": 0, "x1": 0, "x2": 1, "a": 0, "b": 1}
_NUMBERS = {"+0": 0.0, "-0": -0.0, "+inf": math.inf, "-inf": -math.inf, "1": 1.0, "-1": -1.0,
            "nan": math.nan, "+nan": math.nan, "-nan": -math.nan}  # fmt: skip
_RELATIONS: dict[str, Callable[[float], bool]] = {
    "any": lambda _: True,
    "number": lambda x: not math.isnan(x),
    "finite": math.isfinite,
    "nonzero": lambda x: math.isfinite(x) and x != 0,
    "positive": lambda x: 0 < x < math.inf,
    "negative": lambda x: -math.inf < x < 0,
    ">0": lambda x: x > 0,
    "<0": lambda x: x < 0,
    ">1": lambda x: x > 1,
    "<1": lambda x: x < 1,
    "<-1": lambda x: x < -1,
    "|x|>1": lambda x: abs(x) > 1,
    "|x|<1": lambda x: abs(x) < 1,
    "not-1": lambda x: x != 1,
    "integer": lambda x: math.isfinite(x) and x == math.floor(x),
    "odd": lambda x: math.isfinite(x) and x % 2 == 1,
    "even": lambda x: math.isfinite(x) and x % 2 == 0,
    "frac": lambda x: math.isfinite(x) and x != math.floor(x),
    "half": lambda x: math.isfinite(x) and x % 1 == 0.5,
}


class _Samples:
    """Sample operands of a dtype."""

    def __init__(self, limits: np.finfo) -> None:
        magnitudes = [0.0, float(limits.smallest_normal), 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.5]
        magnitudes += [float(limits.max), math.inf]
        self._all = [sign * x for x in magnitudes for sign in (1, -1)] + [math.nan]

    def __call__(self, word: str, earlier: tuple[float, ...]) -> list[float]:
        """Samples for the word of a column, given the operands in the columns before."""
        if (reference := _reference(word, earlier)) is not None:
            return [reference]
        if word in _NUMBERS:
            return [_NUMBERS[word]]
        if word.startswith("±"):
            return [_NUMBERS.get("+" + word[1:], 1.0), _NUMBERS["-" + word[1:]]]
        if word in _RELATIONS:
            return list(filter(_RELATIONS[word], self._all))
        sort, sign = _RELATIONS[word[:-2]], _RELATIONS[word[-2:]]
        return [x for x in self._all if sort(x) and sign(x)]


def _expand(line: str, samples: _Samples) -> Iterator[Example]:
    left, right = (side.split() for side in line.split(" -> "))
    rows: list[tuple[float, ...]] = [()]
    for word in left:
        rows = list(itertools.chain.from_iterable(
            [(*row, x) for x in samples(word, row)] for row in rows
        ))  # fmt: skip
    for row in rows:
        yield Example(row, tuple(_prescribed(word, row) for word in right))


def _reference(word: str, operands: tuple[float, ...]) -> float | None:
    """Value of `x1`, `-x1`, `|x1|`, `-|x1|`; None for other words."""
    name = word.lstrip("-")
    column = _COLUMNS.get(name.strip("|"))
    if column is None or column >= len(operands):
        return None
    value = abs(operands[column]) if name.startswith("|") else operands[column]
    return -value if word.startswith("-") else value


def _prescribed(word: str, operands: tuple[float, ...]) -> Prescribed:
    if (reference := _reference(word, operands)) is not None:
        return Prescribed(reference, sign_counts=not math.isnan(reference))
    if word == "any":
        return Prescribed(math.nan, magnitude_counts=False, sign_counts=False)
    if word in ("positive", "negative"):
        return Prescribed(1.0 if word == "positive" else -1.0, magnitude_counts=False)
    if word in ("true", "false"):
        return Prescribed(float(word == "true"))
    if word == "even":
        return Prescribed(float(round(operands[0])), sign_counts=False)
    if "·" in word:
        magnitude, function = word.split("·")
        wave = math.cos if function == "cos" else math.sin
        return Prescribed(math.copysign(_NUMBERS[magnitude], wave(operands[1])))
    if "π" in word:
        value = _multiple_of_pi(word.lstrip("±"))
        return Prescribed(value, sign_counts="±" not in word, rounded=True)
    if word.startswith("±"):
        return Prescribed(_NUMBERS["+" + word[1:]], sign_counts=False)
    return Prescribed(_NUMBERS[word], sign_counts=word != "nan")


def _multiple_of_pi(word: str) -> float:
    """Value of `π`, `-π/2`, `3π/4`."""
    factor, _, divisor = word.partition("π")
    sign, factor = (-1, factor[1:]) if factor.startswith("-") else (1, factor)
    return sign * int(factor or 1) * math.pi / int(divisor.lstrip("/") or 1)
