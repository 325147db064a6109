"""PyTorch: circuits as modules, and the reasons why a gradient does not arrive."""

from __future__ import annotations

from arraybackends.integrations.torch.diagnosis import (
    GradientDiagnosis,
    GradientLoss,
    explain_gradient,
)
from arraybackends.integrations.torch.layer import QuantumLayer

__all__ = ["GradientDiagnosis", "GradientLoss", "QuantumLayer", "explain_gradient"]
