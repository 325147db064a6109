"""Everything that a library without transformations of its own needs, in one class."""

from __future__ import annotations

from arraybackends.generic.compilation import EagerCompilation
from arraybackends.generic.control_flow import EagerControlFlow
from arraybackends.generic.differentiation import NumericalDifferentiation
from arraybackends.generic.vectorisation import LoopVectorisation

__all__ = ["EagerTransforms"]


class EagerTransforms(
    EagerControlFlow, EagerCompilation, LoopVectorisation, NumericalDifferentiation
):
    """Transformations for a backend whose library neither differentiates nor compiles."""
