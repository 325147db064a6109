"""Signed zeros, infinities and NaN where PyTorch's complex functions miss the standard's values.

Ordinary values and their derivatives are PyTorch's own. A selection differentiates both of its
branches, so what is selected at infinity takes no part in it.
"""

from __future__ import annotations

import math

import torch

__all__ = ["acos", "expm1", "log1p", "tan", "tanh"]

Tensor = torch.Tensor


def acos(z: Tensor) -> Tensor:
    """In complex128 PyTorch loses the sign of an imaginary part that vanishes."""
    result = torch.acos(z)
    # Written through an alias, which leaves the derivative alone.
    torch.view_as_real(result.detach())[..., 1].copysign_(-z.detach().imag)
    return result


def expm1(z: Tensor) -> Tensor:
    """PyTorch's formula holds for finite numbers; elsewhere exp(z) - 1 is exact."""
    finite = torch.isfinite(z)
    ordinary = torch.expm1(z)
    limit = torch.exp(torch.where(finite, 0, z.detach()))
    # Adding 0 makes +0 of -0, unlike the function of real numbers.
    real = torch.where(finite, ordinary.real + 0.0, limit.real - 1.0)
    return torch.complex(real, torch.where(finite, ordinary.imag, limit.imag))


def log1p(z: Tensor) -> Tensor:
    """PyTorch gives NaN for some numbers with an infinite part, whose logarithm is infinite."""
    infinite = torch.isinf(z)
    ordinary = torch.log1p(z)
    angle = torch.atan2(z.detach().imag, z.detach().real)
    real = torch.where(infinite, math.inf, ordinary.real)
    return torch.complex(real, torch.where(infinite, angle, ordinary.imag))


def tanh(z: Tensor) -> Tensor:
    """C gives tanh(inf + ib) the imaginary part 0 sin(2b), the standard 0 with the sign of b."""
    ordinary = torch.tanh(z)
    imag = _zero_with_sign(ordinary.imag, z.detach().real, z.detach().imag)
    return torch.complex(ordinary.real, imag)


def tan(z: Tensor) -> Tensor:
    """The same as of `tanh`, turned by a right angle."""
    ordinary = torch.tan(z)
    real = _zero_with_sign(ordinary.real, z.detach().imag, z.detach().real)
    return torch.complex(real, ordinary.imag)


def _zero_with_sign(part: Tensor, limit: Tensor, other: Tensor) -> Tensor:
    """Part of a result that is 0 with the sign of `other` where `limit` is infinite."""
    return torch.where(torch.isinf(limit), torch.copysign(torch.zeros_like(other), other), part)
