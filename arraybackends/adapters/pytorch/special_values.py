"""Signed zeros, infinities and NaN where PyTorch's complex functions miss the standard's values.

Ordinary values and their derivatives are PyTorch's own. A selection differentiates both of its
branches, so what is selected at infinity takes no part in it. Where all numbers are known to be
finite, nothing is selected.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable

import torch

from arraybackends.adapters.pytorch.tracing import is_traced

__all__ = ["COMPLEX", "known_finite"]

Tensor = torch.Tensor


def known_finite(x: Tensor) -> bool:
    """Whether all elements are finite; no, where looking at them needs a transfer or cannot be."""
    if x.device.type != "cpu" or torch._C._are_functorch_transforms_active():
        return False
    # A sum that overflows only costs the selection.
    return not is_traced() and cmath.isfinite(torch.sum(x.detach()).item())


def acos(z: Tensor) -> Tensor:
    """In complex128 PyTorch loses the sign of an imaginary part that vanishes."""
    result = torch.acos(z)
    # Written through an alias, which leaves the derivative alone.
    torch.view_as_real(result.detach())[..., 1].copysign_(-z.detach().imag)
    return result


def expm1(z: Tensor) -> Tensor:
    """PyTorch's formula holds for finite numbers; elsewhere exp(z) - 1 is exact."""
    ordinary = torch.expm1(z)
    if known_finite(z):
        # Adding 0 makes +0 of -0, unlike the function of real numbers; through `data`, since the
        # derivative is computed from the result.
        torch.view_as_real(ordinary.data)[..., 0].add_(0.0)
        return ordinary
    finite = torch.isfinite(z)
    limit = torch.exp(torch.where(finite, 0, z.detach()))
    real = torch.where(finite, ordinary.real + 0.0, limit.real - 1.0)
    return torch.complex(real, torch.where(finite, ordinary.imag, limit.imag))


def log1p(z: Tensor) -> Tensor:
    """PyTorch gives NaN for some numbers with an infinite part, whose logarithm is infinite."""
    ordinary = torch.log1p(z)
    if known_finite(z):
        return ordinary
    infinite = torch.isinf(z)
    angle = torch.atan2(z.detach().imag, z.detach().real)
    real = torch.where(infinite, math.inf, ordinary.real)
    return torch.complex(real, torch.where(infinite, angle, ordinary.imag))


def tanh(z: Tensor) -> Tensor:
    """C gives tanh(inf + ib) the imaginary part 0 sin(2b), the standard 0 with the sign of b."""
    ordinary = torch.tanh(z)
    if known_finite(z):
        return ordinary
    imag = _zero_with_sign(ordinary.imag, z.detach().real, z.detach().imag)
    return torch.complex(ordinary.real, imag)


def tan(z: Tensor) -> Tensor:
    """The same as of `tanh`, turned by a right angle."""
    ordinary = torch.tan(z)
    if known_finite(z):
        return ordinary
    real = _zero_with_sign(ordinary.real, z.detach().imag, z.detach().real)
    return torch.complex(real, ordinary.imag)


def _zero_with_sign(part: Tensor, limit: Tensor, other: Tensor) -> Tensor:
    """Part of a result that is 0 with the sign of `other` where `limit` is infinite."""
    return torch.where(torch.isinf(limit), torch.copysign(torch.zeros_like(other), other), part)


COMPLEX: dict[str, Callable[[Tensor], Tensor]] = {
    function.__name__: function for function in (acos, expm1, log1p, tan, tanh)
}
"""Functions of complex arrays."""
