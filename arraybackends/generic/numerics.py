"""The operations beyond the standard, for libraries that have none of them."""

from __future__ import annotations

from typing import Any

from arraybackends.generic import products
from arraybackends.generic.update import IndexUpdater, UpdateName, update_by_elements

__all__ = ["StandardNumerics"]


class StandardNumerics:
    """`einsum`, `kron`, `at` and `bincount` of a backend, by what the standard has."""

    def einsum(self, subscripts: str, /, *operands: Any) -> Any:
        """Sum products over indices."""
        return products.einsum(self, subscripts, *operands)

    def kron(self, x1: Any, x2: Any, /) -> Any:
        """Multiply every element of one array by the whole other one."""
        return products.kron(self, x1, x2)

    def bincount(self, x: Any, /, *, weights: Any | None = None, minlength: int = 0) -> Any:
        """Count how often each value occurs."""
        return products.bincount(self, x, weights=weights, minlength=minlength)

    def at(self, x: Any, /) -> IndexUpdater:
        """Update without modifying: `xp.at(x)[index].add(values)`."""
        return IndexUpdater(self, self._update, x)

    def _update(self, name: UpdateName, x: Any, index: Any, values: Any) -> Any:
        return update_by_elements(self, name, x, index, values)
