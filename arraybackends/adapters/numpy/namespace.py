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
SOURCES = (
    elementwise.FUNCTIONS,
    reductions.FUNCTIONS,
    manipulation.FUNCTIONS,
    dtypes.FUNCTIONS,
    {"matmul": linalg.matmul, "tensordot": linalg.tensordot, "vecdot": linalg.vecdot},
    compat,
)
LINALG_SOURCES = (linalg.FUNCTIONS,)
FFT_SOURCES = (fft.FUNCTIONS,)
