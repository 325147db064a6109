"""The standard on NumPy: where its names are looked up."""

from __future__ import annotations

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

NATIVE = np
DTYPES = dtypes.DTYPES
# NumPy's own take `device=`; array-api-compat's wrappers of them cost more than the arrays.
_CREATION = {
    name: getattr(np, name)
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
SOURCES = (
    _CREATION,
    elementwise.FUNCTIONS,
    reductions.FUNCTIONS,
    manipulation.FUNCTIONS,
    dtypes.FUNCTIONS,
    {"matmul": linalg.matmul, "tensordot": linalg.tensordot, "vecdot": linalg.vecdot},
    compat,
)
LINALG_SOURCES = (linalg.FUNCTIONS,)
FFT_SOURCES = (fft.FUNCTIONS,)
