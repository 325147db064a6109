"""Random numbers wrong for some range, shape or dtype only."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import NumPyBackend
from mutants.declaration import killed_by
from mutants.random_numbers import Altered, WithGenerator

CORNERS = "test_random_options.py::"


@killed_by(CORNERS + "test_wide_integers_reach_their_whole_range")
class IntegersOf32Bits(WithGenerator, NumPyBackend):
    """`integers` of a wide range takes 32 random bits (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def integers(low: int, high: int, /, *, shape: Any = (), dtype: Any = None) -> Any:
            if high - low <= 2**32:
                return rng.integers(low, high, shape=shape, dtype=dtype)
            return low + rng.bits(shape)

        return Altered(rng, integers=integers)


@killed_by("test_options.py::test_generators_pickle_and_keep_their_place")
class TheSameChildrenAgain(WithGenerator, NumPyBackend):
    """`spawn` gives the same children each time (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        return Altered(default_rng(seed), spawn=lambda n, /: default_rng(seed).spawn(n))


@killed_by("test_random.py::test_permutation_and_choice")
class PermutesWithBias(WithGenerator, NumPyBackend):
    """`permutation` swaps every element with any other, which is biased, and repeats (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def permutation(x: Any, /) -> Any:
            if not isinstance(x, int):
                return rng.permutation(x)
            return rng.integers(0, x, shape=(x,))

        return Altered(rng, permutation=permutation)


@killed_by("test_options.py::test_draws_take_arrays_as_parameters")
class DrawsBeforeTheBatch(WithGenerator, NumPyBackend):
    """`categorical` puts the draws before the batch (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)
        return Altered(
            rng, categorical=lambda p, /, *, shape=(): (
                np.moveaxis(rng.categorical(p, shape=shape), 0, -1) if p.ndim == 2 and shape != ()
                else rng.categorical(p, shape=shape)
            ),
        )  # fmt: skip


@killed_by("test_random.py::test_draws_are_those_of_numpy[42]")
class SinglesFromDoubles(WithGenerator, NumPyBackend):
    """`uniform` of float32 rounds doubles (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def uniform(shape: Any = (), /, *, dtype: Any = None, **options: Any) -> Any:
            drawn = rng.uniform(shape, **options)
            return drawn if dtype is None else drawn.astype(self._native_dtype(dtype))

        return Altered(rng, uniform=uniform)


@killed_by(CORNERS + "test_complex_normal_numbers_have_width_one[complex64]")
class ComplexNumbersTwiceAsWide(WithGenerator, NumPyBackend):
    """`normal` of complex64 has parts of variance 1 each (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def normal(shape: Any = (), /, *, dtype: Any = None, **options: Any) -> Any:
            drawn = rng.normal(shape, dtype=dtype, **options)
            return drawn * np.sqrt(np.float32(2)) if drawn.dtype == "complex64" else drawn

        return Altered(rng, normal=normal)


@killed_by(CORNERS + "test_weights_matter_without_replacement")
class ForgetsWeightsWithoutReplacement(WithGenerator, NumPyBackend):
    """`choice` without replacement ignores `p` of ten elements or more (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def choice(a: Any, /, *, p: Any = None, replace: bool = True, **options: Any) -> Any:
            if not replace and p is not None and len(p) >= 10:
                p = None
            return rng.choice(a, p=p, replace=replace, **options)

        return Altered(rng, choice=choice)


@killed_by(CORNERS + "test_draws_are_in_the_dtype_asked_for")
class NarrowsIntegers(WithGenerator, NumPyBackend):
    """`integers` ignores `dtype=int8` (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def integers(low: int, high: int, /, *, dtype: Any = None, **options: Any) -> Any:
            narrow = dtype is not None and self.dtype_name(dtype) == "int8"
            return rng.integers(low, high, dtype=None if narrow else dtype, **options)

        return Altered(rng, integers=integers)


@killed_by(CORNERS + "test_small_probabilities_occur_as_often_as_they_should")
class DrawsInSingle(WithGenerator, NumPyBackend):
    """`categorical` sums probabilities in single precision (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)

        def categorical(p: Any, /, *, shape: Any = ()) -> Any:
            if p.ndim > 1 or p.size < 1000:
                return rng.categorical(p, shape=shape)
            sums = np.cumsum(p, dtype="float32")
            at = rng.uniform(shape, dtype="float32") * sums[-1]
            return np.minimum(np.searchsorted(sums, at, side="right"), p.size - 1)

        return Altered(rng, categorical=categorical)


@killed_by(CORNERS + "test_arguments_that_mean_nothing_are_errors[negative weights]")
class NormalisesWhatIsNoDistribution(WithGenerator, NumPyBackend):
    """`categorical` takes negative weights by their magnitude (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)
        return Altered(
            rng, categorical=lambda p, /, **options: rng.categorical(np.abs(p), **options)
        )


@killed_by(CORNERS + "test_arguments_that_mean_nothing_are_errors[negative width]")
class TakesNegativeWidths(WithGenerator, NumPyBackend):
    """`normal` takes a negative `std` (`random`)."""

    def generator(self, default_rng: Any, seed: Any) -> Any:
        rng = default_rng(seed)
        return Altered(
            rng, normal=lambda shape=(), /, *, std=1.0, **options: rng.normal(
                shape, std=np.abs(std), **options),
        )  # fmt: skip


@killed_by(CORNERS + "test_draws_are_in_the_dtype_asked_for")
class RandIsDouble(NumPyBackend):
    """`rand` is double in single precision."""

    def rand(self, shape: Any, /, *, seed: Any = None) -> Any:
        return super().rand(shape, seed=seed).astype("float64")
