"""The standard on NumPy: where its names are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from array_api_compat import numpy as compat

from arraybackends.adapters.numpy import (
    dtypes,
    elementwise,
    fft,
    linalg,
    manipulation,
    reductions,
)
from arraybackends.adapters.numpy.operands import owned
from arraybackends.adapters.numpy_errors import guarded

NATIVE = np
DTYPES = dtypes.DTYPES
# NumPy's own take `device=`; array-api-compat's wrappers of them cost more than the arrays.
_CREATION = {
    name: guarded(getattr(np, name), name)
    for name in (
        "arange",
        "empty",
        "empty_like",
        "eye",
        "full",
        "full_like",
        "linspace",
        "ones",
        "ones_like",
        "zeros",
        "zeros_like",
    )
}


def _owned(functions: Mapping[str, Any]) -> dict[str, Any]:
    return {name: owned(name, function) for name, function in functions.items()}


_FUNCTIONS = {
    **_CREATION,
    **dtypes.FUNCTIONS,
    **elementwise.FUNCTIONS,
    **_owned(reductions.FUNCTIONS),
    **_owned(manipulation.FUNCTIONS),
    "matmul": linalg.matmul,
    **_owned({"tensordot": linalg.tensordot, "vecdot": linalg.vecdot}),
}
METHODS = elementwise.METHODS
SOURCES = (_FUNCTIONS, compat)
LINALG_SOURCES = (_owned(linalg.FUNCTIONS),)
FFT_SOURCES = (_owned(fft.FUNCTIONS),)
