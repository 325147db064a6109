"""Random numbers that are not, or not the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import NumPyBackend, PyTorchBackend
from arraybackends.adapters.base import NamespaceBackend
from mutants.declaration import killed_by

RANDOM = "test_random.py::"


class Altered:
    """A generator, or namespace, with some methods replaced."""

    def __init__(self, right: Any, **replaced: Any) -> None:
        self.right, self.replaced = right, replaced

    def __getattr__(self, name: str) -> Any:
        return self.replaced.get(name) or getattr(self.right, name)

    def __reduce__(self) -> Any:
        return (_unchanged, (self.right,))


def _unchanged(x: Any) -> Any:
    return x


class WithGenerator(NamespaceBackend[Any]):
    """Makes generators by `generator(default_rng, seed)`."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        return default_rng(seed)

    @property
    def random(self) -> Any:
        right = super().random
        return Altered(
            right, default_rng=lambda seed=None, /: self.generator(right.default_rng, seed)
        )


@killed_by(RANDOM + "test_seeds_decide")
class IgnoresTheSeed(NumPyBackend):
    """`rand` ignores the seed."""

    def rand(self, shape: Any, /, *, seed: Any = None) -> Any:
        return super().rand(shape)


@killed_by(RANDOM + "test_bits_are_the_published_ones[42]")
class HasOneSeed(WithGenerator, NumPyBackend):
    """Every generator has the seed 0."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        return default_rng(0)


@killed_by(RANDOM + "test_draws_are_those_of_numpy[42]")
class DrawsByPyTorch(WithGenerator, PyTorchBackend):
    """Uniform numbers are those of PyTorch's own generator."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        torch = self.native
        own = torch.Generator().manual_seed(int(seed))

        def uniform(
            shape: Any = (), /, *, low: Any = 0.0, high: Any = 1.0, dtype: Any = None
        ) -> Any:
            wanted = self._native_dtype(dtype or "float64")
            return low + (high - low) * torch.rand(shape, generator=own, dtype=wanted)

        return Altered(default_rng(seed), uniform=uniform)


@killed_by(RANDOM + "test_children_are_independent")
class ChildrenRepeatTheParent(WithGenerator, NumPyBackend):
    """Spawned generators all have the seed of their parent."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        return Altered(
            default_rng(seed), spawn=lambda n, /: tuple(default_rng(seed) for _ in range(n))
        )


@killed_by(RANDOM + "test_batching_does_not_change_the_draws")
class StandsStill(WithGenerator, NumPyBackend):
    """Generators do not advance."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        return Altered(
            default_rng(seed),
            uniform=lambda shape=(), /, **options: default_rng(seed).uniform(shape, **options),
        )


@killed_by(RANDOM + "test_ranges")
class IncludesTheUpperBound(WithGenerator, NumPyBackend):
    """`integers` includes `high`."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)
        return Altered(
            rng, integers=lambda low, high, /, **options: rng.integers(low, high + 1, **options)
        )


@killed_by(RANDOM + "test_distributions")
class TakesTheVariance(WithGenerator, NumPyBackend):
    """`normal` takes the variance for the standard deviation."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)
        return Altered(
            rng,
            normal=lambda shape=(), /, *, std=1.0, **options: rng.normal(
                shape, std=np.sqrt(std), **options
            ),
        )


@killed_by(RANDOM + "test_permutation_and_choice")
class ChoosesAgain(WithGenerator, NumPyBackend):
    """`choice` ignores `replace`."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)
        return Altered(
            rng, choice=lambda a, /, *, replace=True, **options: rng.choice(a, **options)
        )


@killed_by(RANDOM + "test_permutation_and_choice")
class PermutesElements(WithGenerator, NumPyBackend):
    """`permutation` of a matrix permutes its elements, not its rows."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def permutation(x: Any, /) -> Any:
            if isinstance(x, int):
                return rng.permutation(x)
            return rng.permutation(x.reshape(-1)).reshape(x.shape)

        return Altered(rng, permutation=permutation)
