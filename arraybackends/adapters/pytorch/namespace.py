"""Where the names of the standard come from on PyTorch."""

from __future__ import annotations

import math

import torch

from arraybackends.adapters.pytorch import (
    data_types,
    elementwise,
    linalg,
    manipulation,
    searching,
    statistics,
)
from arraybackends.adapters.pytorch.dtypes import DTYPES
from arraybackends.adapters.pytorch.fft import FFT

__all__ = ["DTYPES", "FFT_SOURCES", "LINALG_SOURCES", "NATIVE", "SOURCES"]

NATIVE = torch

SOURCES = (
    elementwise.FUNCTIONS,
    manipulation.FUNCTIONS,
    searching.FUNCTIONS,
    statistics.FUNCTIONS,
    data_types.FUNCTIONS,
    linalg.PRODUCTS,
    {"e": math.e, "pi": math.pi, "inf": math.inf, "nan": math.nan, "newaxis": None},
)
LINALG_SOURCES = (linalg.LINALG,)
FFT_SOURCES = (FFT,)
