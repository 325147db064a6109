"""Where the names of PyTorch are, as array-api-compat has them."""

import torch
from array_api_compat import torch as compat

from arraybackends.precision import DTYPE_NAMES

NATIVE = torch
DTYPES = {name: getattr(torch, name) for name in DTYPE_NAMES}
SOURCES = (compat,)
LINALG_SOURCES = (compat.linalg, compat)
FFT_SOURCES = (compat.fft,)
