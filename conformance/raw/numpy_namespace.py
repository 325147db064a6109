"""Where raw NumPy's names are."""

import numpy as np

from arraybackends.precision import DTYPE_NAMES

NATIVE = np
DTYPES = {name: np.dtype(name) for name in DTYPE_NAMES}
SOURCES = (np,)
LINALG_SOURCES = (np.linalg, np)
FFT_SOURCES = (np.fft,)
