"""A double of CuPy that computes on the host. See the README beside it; it is for tests."""

from __future__ import annotations

import numpy as np

from cupy import cuda
from cupy._array import ndarray
from cupy._functions import TABLE, function, ufunc
from cupy._routines import (
    OWN,
    array,
    asarray,
    asnumpy,
    from_dlpack,
    get_default_memory_pool,
    get_default_pinned_memory_pool,
)

__version__ = TABLE["version"]
__conformance_rung__ = 2  # simulated, not executed

for _name in (
    "bool_ complex64 complex128 complexfloating dtype e finfo float32 float64 floating iinfo inf "
    "int8 int16 int32 int64 integer intp issubdtype nan newaxis number pi signedinteger uint8 "
    "uint16 uint32 uint64 unsignedinteger"
).split():
    globals()[_name] = getattr(np, _name)
for _name, (_nin, _nout, _types) in TABLE["ufuncs"].items():
    globals()[_name] = ufunc(_name, _nin, _nout, _types)
for _name in TABLE["functions"]:
    if "." not in _name and _name not in globals():
        globals()[_name] = function(_name, OWN.get(_name) or getattr(np, _name))
bool = np.bool_

from cupy import fft, linalg  # noqa: E402 (they are made from the functions above)

__all__ = sorted(
    {name for name in globals() if not name.startswith("_")}
    - {"OWN", "TABLE", "annotations", "function", "np"}
    - {"abs", "all", "any", "bool", "max", "min", "round", "sum", "pow"}
    | {"all", "any", "sum"}
)
