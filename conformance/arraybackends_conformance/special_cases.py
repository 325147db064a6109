"""What the Array API 2025.12 prescribes at infinities, NaN, signed zeros and poles, as data.

A line reads `operands -> result`, with one column per operand; of a complex number both the real
and the imaginary part have a column. `special_case_notation` says what the words stand for.
Results that the standard calls implementation-dependent are left out. So are subnormal numbers,
which it allows to be flushed.
"""

from __future__ import annotations

__all__ = [
    "BINARY",
    "COMPLEX_BINARY",
    "COMPLEX_UNARY",
    "CONJUGATE_SYMMETRIC",
    "EVEN",
    "KNOWN_DIFFERENCES",
    "MULTIPLE_OF_LOG",
    "ODD",
    "ROTATED",
    "UNARY",
    "WITHOUT_FREEDOM",
]

_ROUNDING = """
    integer -> x
    +inf    -> +inf
    -inf    -> -inf
    +0      -> +0
    -0      -> -0
    nan     -> nan
"""

_LOGARITHM = """
    nan  -> nan
    <0   -> nan
    ±0   -> -inf
    1    -> +0
    +inf -> +inf
"""

_ODD_BOUNDED = """
    nan  -> nan
    +0   -> +0
    -0   -> -0
    ±inf -> nan
"""

_ODD_UNBOUNDED = """
    nan  -> nan
    +0   -> +0
    -0   -> -0
    +inf -> +inf
    -inf -> -inf
"""

UNARY = {
    "abs": """
        nan  -> nan
        -0   -> +0
        -inf -> +inf
    """,
    "acos": """
        nan -> nan
        >1  -> nan
        <-1 -> nan
        1   -> +0
    """,
    "acosh": """
        nan  -> nan
        <1   -> nan
        1    -> +0
        +inf -> +inf
    """,
    "asin": """
        nan -> nan
        >1  -> nan
        <-1 -> nan
        +0  -> +0
        -0  -> -0
    """,
    "asinh": _ODD_UNBOUNDED,
    "atan": """
        nan  -> nan
        +0   -> +0
        -0   -> -0
        +inf -> π/2
        -inf -> -π/2
    """,
    "atanh": """
        nan -> nan
        <-1 -> nan
        >1  -> nan
        -1  -> -inf
        1   -> +inf
        +0  -> +0
        -0  -> -0
    """,
    "ceil": _ROUNDING,
    "clip": "nan -> nan",
    "cos": """
        nan  -> nan
        ±0   -> 1
        ±inf -> nan
    """,
    "cosh": """
        nan  -> nan
        ±0   -> 1
        ±inf -> +inf
    """,
    "exp": """
        nan  -> nan
        ±0   -> 1
        +inf -> +inf
        -inf -> +0
    """,
    "expm1": """
        nan  -> nan
        +0   -> +0
        -0   -> -0
        +inf -> +inf
        -inf -> -1
    """,
    "floor": _ROUNDING,
    "isfinite": """
        ±inf   -> false
        nan    -> false
        finite -> true
    """,
    "isinf": """
        ±inf   -> true
        finite -> false
        nan    -> false
    """,
    "isnan": """
        nan    -> true
        number -> false
    """,
    "log": _LOGARITHM,
    "log10": _LOGARITHM,
    "log1p": """
        nan  -> nan
        <-1  -> nan
        -1   -> -inf
        -0   -> -0
        +0   -> +0
        +inf -> +inf
    """,
    "log2": _LOGARITHM,
    "negative": """
        +0   -> -0
        -0   -> +0
        +inf -> -inf
        -inf -> +inf
        nan  -> nan
    """,
    "reciprocal": """
        nan  -> nan
        +0   -> +inf
        -0   -> -inf
        +inf -> +0
        -inf -> -0
    """,
    "round": _ROUNDING + "half -> even",
    "sign": """
        <0  -> -1
        ±0  -> +0
        >0  -> 1
        nan -> nan
    """,
    "signbit": """
        +0       -> false
        -0       -> true
        +inf     -> false
        -inf     -> true
        positive -> false
        negative -> true
        +nan     -> false
        -nan     -> true
    """,
    "sin": _ODD_BOUNDED,
    "sinh": _ODD_UNBOUNDED,
    "sqrt": """
        nan  -> nan
        <0   -> nan
        +0   -> +0
        -0   -> -0
        +inf -> +inf
    """,
    "square": """
        nan  -> nan
        ±0   -> +0
        ±inf -> +inf
    """,
    "tan": _ODD_BOUNDED,
    "tanh": """
        nan  -> nan
        +0   -> +0
        -0   -> -0
        +inf -> 1
        -inf -> -1
    """,
    "trunc": _ROUNDING,
}

_QUOTIENT = """
    nan      any      -> nan
    any      nan      -> nan
    ±inf     ±inf     -> nan
    ±0       ±0       -> nan
    +0       >0       -> +0
    -0       >0       -> -0
    +0       <0       -> -0
    -0       <0       -> +0
    >0       +0       -> +inf
    >0       -0       -> -inf
    <0       +0       -> -inf
    <0       -0       -> +inf
    +inf     positive -> +inf
    +inf     negative -> -inf
    -inf     positive -> -inf
    -inf     negative -> +inf
    positive +inf     -> +0
    positive -inf     -> -0
    negative +inf     -> -0
    negative -inf     -> +0
    positive positive -> positive
    negative negative -> positive
    positive negative -> negative
    negative positive -> negative
"""

_EXTREMUM = """
    nan any -> nan
    any nan -> nan
"""

BINARY = {
    "add": """
        nan     any     -> nan
        any     nan     -> nan
        +inf    -inf    -> nan
        -inf    +inf    -> nan
        +inf    +inf    -> +inf
        -inf    -inf    -> -inf
        +inf    finite  -> +inf
        -inf    finite  -> -inf
        finite  +inf    -> +inf
        finite  -inf    -> -inf
        -0      -0      -> -0
        -0      +0      -> +0
        +0      ±0      -> +0
        ±0      nonzero -> x2
        nonzero ±0      -> x1
        nonzero -x1     -> +0
    """,
    "atan2": """
        nan      any      -> nan
        any      nan      -> nan
        >0       ±0       -> π/2
        +0       >0       -> +0
        +0       +0       -> +0
        +0       -0       -> π
        +0       <0       -> π
        -0       >0       -> -0
        -0       +0       -> -0
        -0       -0       -> -π
        -0       <0       -> -π
        <0       ±0       -> -π/2
        positive +inf     -> +0
        positive -inf     -> π
        negative +inf     -> -0
        negative -inf     -> -π
        +inf     finite   -> π/2
        -inf     finite   -> -π/2
        +inf     +inf     -> π/4
        +inf     -inf     -> 3π/4
        -inf     +inf     -> -π/4
        -inf     -inf     -> -3π/4
    """,
    "copysign": """
        number <0   -> -|x1|
        number -0   -> -|x1|
        number +0   -> |x1|
        number >0   -> |x1|
        number -nan -> -|x1|
        number +nan -> |x1|
        nan    <0   -> -nan
        nan    -0   -> -nan
        nan    +0   -> +nan
        nan    >0   -> +nan
        nan    -nan -> -nan
        nan    +nan -> +nan
    """,
    "divide": _QUOTIENT,
    "equal": """
        nan     any    -> false
        any     nan    -> false
        +inf    +inf   -> true
        -inf    -inf   -> true
        ±0      ±0     -> true
        nonzero x1     -> true
        nonzero -x1    -> false
        ±inf    finite -> false
        +inf    -inf   -> false
    """,
    "floor_divide": _QUOTIENT,
    "hypot": """
        ±inf   any    -> +inf
        any    ±inf   -> +inf
        ±0     number -> |x2|
        number ±0     -> |x1|
        finite nan    -> nan
        nan    finite -> nan
        nan    nan    -> nan
    """,
    "logaddexp": """
        nan    any    -> nan
        any    nan    -> nan
        +inf   number -> +inf
        number +inf   -> +inf
    """,
    "maximum": _EXTREMUM,
    "minimum": _EXTREMUM,
    "multiply": """
        nan      any      -> nan
        any      nan      -> nan
        ±inf     ±0       -> nan
        ±0       ±inf     -> nan
        +inf     >0       -> +inf
        +inf     <0       -> -inf
        -inf     >0       -> -inf
        -inf     <0       -> +inf
        >0       +inf     -> +inf
        <0       +inf     -> -inf
        >0       -inf     -> -inf
        <0       -inf     -> +inf
        +0       +0       -> +0
        -0       -0       -> +0
        +0       -0       -> -0
        -0       +0       -> -0
        +0       positive -> +0
        +0       negative -> -0
        -0       positive -> -0
        -0       negative -> +0
        positive positive -> positive
        negative negative -> positive
        positive negative -> negative
        negative positive -> negative
    """,
    "nextafter": """
        nan any -> nan
        any nan -> nan
        -0  +0  -> +0
        +0  -0  -> -0
    """,
    "not_equal": """
        nan     any    -> true
        any     nan    -> true
        +inf    -inf   -> true
        -inf    +inf   -> true
        ±0      ±0     -> false
        nonzero x1     -> false
        nonzero -x1    -> true
        +inf    +inf   -> false
    """,
    "pow": """
        not-1    nan     -> nan
        any      ±0      -> 1
        nan      nonzero -> nan
        nan      ±inf    -> nan
        |x|>1    +inf    -> +inf
        |x|>1    -inf    -> +0
        ±1       ±inf    -> 1
        1        number  -> 1
        |x|<1    +inf    -> +0
        |x|<1    -inf    -> +inf
        +inf     >0      -> +inf
        +inf     <0      -> +0
        -inf     odd>0   -> -inf
        -inf     even>0  -> +inf
        -inf     frac>0  -> +inf
        -inf     odd<0   -> -0
        -inf     even<0  -> +0
        -inf     frac<0  -> +0
        +0       >0      -> +0
        +0       <0      -> +inf
        -0       odd>0   -> -0
        -0       even>0  -> +0
        -0       frac>0  -> +0
        -0       odd<0   -> -inf
        -0       even<0  -> +inf
        -0       frac<0  -> +inf
        negative frac>0  -> nan
        negative frac<0  -> nan
    """,
    "remainder": """
        nan      any      -> nan
        any      nan      -> nan
        ±inf     ±inf     -> nan
        ±0       ±0       -> nan
        ±0       >0       -> +0
        ±0       <0       -> -0
        nonzero  ±0       -> nan
        ±inf     nonzero  -> nan
        ±inf     ±0       -> nan
        positive +inf     -> x1
        positive -inf     -> x2
        negative +inf     -> x2
        negative -inf     -> x1
        integer>0 1       -> +0
        integer<0 1       -> +0
        integer>0 -1      -> -0
        integer<0 -1      -> -0
    """,
    "subtract": """
        nan     any     -> nan
        any     nan     -> nan
        +inf    +inf    -> nan
        -inf    -inf    -> nan
        +inf    -inf    -> +inf
        -inf    +inf    -> -inf
        ±inf    finite  -> x1
        finite  +inf    -> -inf
        finite  -inf    -> +inf
        -0      +0      -> -0
        -0      -0      -> +0
        +0      ±0      -> +0
        nonzero ±0      -> x1
        nonzero x1      -> +0
    """,
}

_COMPLEX_LOGARITHM = """
    finite +inf     -> +inf π/2
    finite nan      -> nan  nan
    -inf   positive -> +inf π
    +inf   positive -> +inf +0
    -inf   +inf     -> +inf 3π/4
    +inf   +inf     -> +inf π/4
    ±inf   nan      -> +inf nan
    nan    finite   -> nan  nan
    nan    +inf     -> +inf nan
    nan    nan      -> nan  nan
"""

# A zero in the imaginary part tells the side of a branch cut, as in C99, and conjugation gives the
# other side: lines such as `negative +0 -> +0 positive` of the root.
#
# The signs of the results of exp and expm1 in columns -inf +inf, -inf nan, +inf +inf and +inf nan
# are open in the standard; array-api-tests asks for those that are written there, and so do we.
COMPLEX_UNARY = {
    "abs": """
        ±inf   any    -> +inf
        any    ±inf   -> +inf
        ±0     number -> |b|
        number ±0     -> |a|
        nan    finite -> nan
        finite nan    -> nan
        nan    nan    -> nan
    """,
    "acos": """
        ±0      +0       -> π/2  -0
        ±0      nan      -> π/2  nan
        finite  +inf     -> π/2  -inf
        nonzero nan      -> nan  nan
        -inf    positive -> π    -inf
        +inf    positive -> +0   -inf
        -inf    +inf     -> 3π/4 -inf
        +inf    +inf     -> π/4  -inf
        ±inf    nan      -> nan  ±inf
        nan     finite   -> nan  nan
        nan     +inf     -> nan  -inf
        nan     nan      -> nan  nan
        >1      +0       -> +0   negative
        <-1     +0       -> π    negative
    """,
    "acosh": """
        ±0      +0       -> +0   π/2
        finite  +inf     -> +inf π/2
        nonzero nan      -> nan  nan
        +0      nan      -> nan  ±π/2
        -inf    positive -> +inf π
        +inf    positive -> +inf +0
        -inf    +inf     -> +inf 3π/4
        +inf    +inf     -> +inf π/4
        ±inf    nan      -> +inf nan
        nan     finite   -> nan  nan
        nan     +inf     -> +inf nan
        nan     nan      -> nan  nan
        >1      +0       -> positive +0
        <-1     +0       -> positive π
    """,
    "asinh": """
        +0       +0       -> +0   +0
        positive +inf     -> +inf π/2
        finite   nan      -> nan  nan
        +inf     positive -> +inf +0
        +inf     +inf     -> +inf π/4
        nan      +0       -> nan  +0
        nan      nonzero  -> nan  nan
        nan      +inf     -> ±inf nan
        nan      nan      -> nan  nan
        +0       >1       -> positive π/2
    """,
    "atanh": """
        +0       +0       -> +0   +0
        +0       nan      -> +0   nan
        1        +0       -> +inf +0
        positive +inf     -> +0   π/2
        nonzero  nan      -> nan  nan
        +inf     positive -> +0   π/2
        +inf     +inf     -> +0   π/2
        +inf     nan      -> +0   nan
        nan      finite   -> nan  nan
        nan      +inf     -> ±0   π/2
        nan      nan      -> nan  nan
        >1       +0       -> positive π/2
    """,
    "cosh": """
        +0      +0      -> 1        +0
        +0      +inf    -> nan      ±0
        +0      nan     -> nan      ±0
        nonzero +inf    -> nan      nan
        nonzero nan     -> nan      nan
        +inf    +0      -> +inf     +0
        +inf    nonzero -> +inf·cos +inf·sin
        +inf    +inf    -> ±inf     nan
        +inf    nan     -> +inf     nan
        nan     ±0      -> nan      ±0
        nan     nonzero -> nan      nan
        nan     nan     -> nan      nan
    """,
    "exp": """
        ±0     +0      -> 1        +0
        finite +inf    -> nan      nan
        finite nan     -> nan      nan
        +inf   +0      -> +inf     +0
        -inf   finite  -> +0·cos   +0·sin
        +inf   nonzero -> +inf·cos +inf·sin
        -inf   +inf    -> +0       +0
        +inf   +inf    -> +inf     nan
        -inf   nan     -> +0       +0
        +inf   nan     -> +inf     nan
        nan    +0      -> nan      +0
        nan    nonzero -> nan      nan
        nan    ±inf    -> nan      nan
        nan    nan     -> nan      nan
    """,
    "expm1": """
        ±0     +0      -> +0       +0
        finite +inf    -> nan      nan
        finite nan     -> nan      nan
        +inf   +0      -> +inf     +0
        -inf   finite  -> -1       +0·sin
        +inf   nonzero -> +inf·cos +inf·sin
        -inf   +inf    -> -1       +0
        +inf   +inf    -> +inf     nan
        -inf   nan     -> -1       +0
        +inf   nan     -> +inf     nan
        nan    +0      -> nan      +0
        nan    nonzero -> nan      nan
        nan    ±inf    -> nan      nan
        nan    nan     -> nan      nan
    """,
    "isfinite": """
        nan    any    -> false
        any    nan    -> false
        ±inf   any    -> false
        any    ±inf   -> false
        finite finite -> true
    """,
    "isinf": """
        ±inf   any    -> true
        any    ±inf   -> true
        finite finite -> false
        nan    finite -> false
        finite nan    -> false
        nan    nan    -> false
    """,
    "isnan": """
        nan    any    -> true
        any    nan    -> true
        number number -> false
    """,
    "log": "-0 +0 -> -inf π\n +0 +0 -> -inf +0\n <0 +0 -> any π" + _COMPLEX_LOGARITHM,
    "log1p": "-1 +0 -> -inf +0\n <-1 +0 -> any π" + _COMPLEX_LOGARITHM,
    "round": """
        integer +inf    -> a    +inf
        -inf    integer -> -inf b
        +0      -0      -> +0   -0
        -0      +0      -> -0   +0
        nan     integer -> nan  b
        integer nan     -> a    nan
    """,
    "sign": """
        ±0  ±0  -> +0  +0
        nan any -> nan nan
        any nan -> nan nan
    """,
    "sinh": """
        +0       +0       -> +0       +0
        +0       +inf     -> ±0       nan
        +0       nan      -> ±0       nan
        positive +inf     -> nan      nan
        positive nan      -> nan      nan
        +inf     +0       -> +inf     +0
        +inf     positive -> +inf·cos +inf·sin
        +inf     +inf     -> ±inf     nan
        +inf     nan      -> ±inf     nan
        nan      +0       -> nan      +0
        nan      nonzero  -> nan      nan
        nan      nan      -> nan      nan
    """,
    "sqrt": """
        ±0     +0       -> +0   +0
        any    +inf     -> +inf +inf
        finite nan      -> nan  nan
        -inf   positive -> +0   +inf
        +inf   positive -> +inf +0
        -inf   nan      -> nan  ±inf
        +inf   nan      -> +inf nan
        nan    finite   -> nan  nan
        nan    nan      -> nan  nan
        negative +0     -> +0   positive
    """,
    "tanh": """
        +0      +0       -> +0  +0
        nonzero +inf     -> nan nan
        +0      +inf     -> +0  nan
        nonzero nan      -> nan nan
        +0      nan      -> +0  nan
        +inf    positive -> 1   +0
        +inf    +inf     -> 1   ±0
        +inf    nan      -> 1   ±0
        nan     +0       -> nan +0
        nan     nonzero  -> nan nan
        nan     nan      -> nan nan
    """,
}

CONJUGATE_SYMMETRIC = frozenset(
    "acos acosh asinh atanh cosh exp expm1 log log1p sinh sqrt tanh".split()
)
"""f(conj(z)) must equal conj(f(z))."""

EVEN = frozenset({"cosh"})
"""f(-z) must equal f(z)."""

ODD = frozenset({"asinh", "atanh", "sinh", "tanh"})
"""f(-z) must equal -f(z)."""

ROTATED = {
    "asin": ("asinh", True),
    "atan": ("atanh", True),
    "cos": ("cosh", False),
    "sin": ("sinh", True),
    "tan": ("tanh", True),
}
"""f(z) must be g(iz) or, where True, -i g(iz)."""

MULTIPLE_OF_LOG = {"log10": 10.0, "log2": 2.0}
"""f(z) must be log(z) / log(base)."""

COMPLEX_BINARY = {
    "add": """
        -0   +0   -0  -0   -> -0   +0
        -0   -0   -0  -0   -> -0   -0
        +inf nan  1   1    -> +inf nan
        1    -inf nan 1    -> nan  -inf
    """,
    "divide": "nan nan nan nan -> nan nan",
    "equal": """
        nan    any    1    1      -> false
        any    nan    1    1      -> false
        1      1      nan  any    -> false
        1      1      any  nan    -> false
        +inf   ±0     +inf ±0     -> true
        finite +inf   a    +inf   -> true
        finite finite a    b      -> true
        +inf   1      -inf 1      -> false
    """,
    "multiply": "nan nan nan nan -> nan nan",
    "not_equal": """
        nan    any    1    1      -> true
        any    nan    1    1      -> true
        1      1      nan  any    -> true
        1      1      any  nan    -> true
        +inf   ±0     +inf ±0     -> false
        finite +inf   a    +inf   -> false
        finite finite a    b      -> false
        +inf   1      -inf 1      -> true
    """,
    "subtract": """
        -0   +0   +0  +0   -> -0   +0
        +inf nan  1   1    -> +inf nan
        1    -inf nan 1    -> nan  -inf
    """,
}

WITHOUT_FREEDOM = "size <= correction -> nan"
"""What `std` and `var` must give where no degree of freedom is left."""

_OF_NUMPY = {
    "expm1": (
        "±0 +0 -> +0 +0",
        "+inf +0 -> +inf +0",
        "-inf finite -> -1 +0·sin",
        "-inf +inf -> -1 +0",
        "+inf +inf -> +inf nan",
        "-inf nan -> -1 +0",
        "+inf nan -> +inf nan",
        "nan +0 -> nan +0",
    ),
    "floor_divide": (
        "+inf positive -> +inf",
        "+inf negative -> -inf",
        "-inf positive -> -inf",
        "-inf negative -> +inf",
        "positive -inf -> -0",
        "negative +inf -> -0",
    ),
    "pow": ("-inf frac>0 -> +inf", "-0 frac>0 -> +0"),
    "sign": ("±0 ±0 -> +0 +0",),
    "std": (WITHOUT_FREEDOM,),
    "tan": ("+inf positive -> 1 +0",),
    "tanh": ("+inf positive -> 1 +0",),
    "var": (WITHOUT_FREEDOM,),
}

KNOWN_DIFFERENCES: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "pytorch-complex-sums": (
        "pytorch",
        {
            "add": ("-0 +0 -0 -0 -> -0 +0", "-0 -0 -0 -0 -> -0 -0", "1 -inf nan 1 -> nan -inf"),
            "subtract": ("1 -inf nan 1 -> nan -inf",),
        },
    ),
    "strict-special-cases": ("strict", _OF_NUMPY),
}
"""Row of the ledger: the backend, and the lines that it does not keep."""
