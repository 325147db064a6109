"""Random numbers of another shape, from another stream, or from what was given."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import NumPyBackend
from mutants.declaration import killed_by
from mutants.random_numbers import Altered, WithGenerator

OPTIONS = "test_random_options.py::"


@killed_by(OPTIONS + "test_draws_have_the_shape_asked_for[normal]")
class OneNumberIsAVector(WithGenerator, NumPyBackend):
    """`normal` of shape () has one axis (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)
        return Altered(rng, normal=lambda shape=(), /, **options: rng.normal(
            (1,) if shape == () else shape, **options))  # fmt: skip


@killed_by(OPTIONS + "test_children_do_not_move_their_parent")
class SpawnMovesTheParent(WithGenerator, NumPyBackend):
    """`spawn` takes its keys from the stream of the parent (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def spawn(n: int, /) -> Any:
            rng.bits(n)
            return rng.spawn(n)

        return Altered(rng, spawn=spawn)


@killed_by(OPTIONS + "test_rearranged_arrays_are_new")
class ShufflesInPlace(WithGenerator, NumPyBackend):
    """`permutation` rearranges the array that it is given (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def permutation(x: Any, /) -> Any:
            found = rng.permutation(x)
            if isinstance(x, np.ndarray):
                x[...] = found
            return found

        return Altered(rng, permutation=permutation)


@killed_by(OPTIONS + "test_weights_may_be_counts")
class CountsAreLogarithms(WithGenerator, NumPyBackend):
    """`categorical` takes integer weights for logarithms (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)
        return Altered(rng, categorical=lambda p, /, *, shape=(): rng.categorical(
            np.exp(p) if p.dtype.kind == "i" else p, shape=shape))  # fmt: skip


@killed_by("test_distributions.py::test_continuous_draws[normal, single]")
class UniformForNormal(WithGenerator, NumPyBackend):
    """`normal` in single precision is uniform, of mean 0 and width 1 (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def normal(
            shape: Any = (), /, *, mean: Any = 0.0, std: Any = 1.0, dtype: Any = None
        ) -> Any:
            if dtype != "float32":
                return rng.normal(shape, mean=mean, std=std, dtype=dtype)
            fraction = rng.uniform(shape, dtype=dtype) - 0.5
            return (fraction * np.sqrt(12) * std + mean).astype(dtype)

        return Altered(rng, normal=normal)


@killed_by("test_distributions.py::test_streams_of_a_family_are_independent")
class ChildrenAreNeighbours(WithGenerator, NumPyBackend):
    """`spawn` gives the generators of the following seeds (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        return Altered(
            default_rng(seed),
            spawn=lambda n, /: tuple(default_rng(seed + k) for k in range(1, n + 1)),
        )
