"""`cupy.fft`."""

from __future__ import annotations

import numpy as np

from cupy._functions import TABLE, function

__all__ = []
for _name in TABLE["functions"]:
    _module, _, _short = _name.rpartition(".")
    if _module == "fft":
        globals()[_short] = function(_name, getattr(np.fft, _short))
        __all__ += [_short]
