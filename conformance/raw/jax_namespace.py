"""Where raw JAX's names are."""

import jax
import numpy as np
from jax import numpy as jnp

from arraybackends.precision import DTYPE_NAMES

NATIVE = jax
DTYPES = {name: np.dtype(name) for name in DTYPE_NAMES}
SOURCES = (jnp,)
LINALG_SOURCES = (jnp.linalg, jnp)
FFT_SOURCES = (jnp.fft,)
