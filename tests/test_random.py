"""Random numbers: the same on every backend, however they are drawn."""

from __future__ import annotations

import copy
import math
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

import arraybackends as ab
from arraybackends.generic.inverse_normal import inverse_normal
from arraybackends.generic.threefry import signed, threefry2x32

INSTALLED = [name for name, status in ab.available_backends().items() if status.installed]
OTHERS = [name for name in INSTALLED if name != "numpy"]
NUMPY = ab.get_backend("numpy")
SEEDS = [0, 7, -1, 2**31, 2**40 + 5, 2**64 - 1, -(2**63)]


@pytest.fixture(params=INSTALLED)
def xp(request: pytest.FixtureRequest) -> Any:
    """Every backend that is installed, in double precision."""
    return ab.get_backend(request.param)


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest) -> Any:
    """Every installed backend that NumPy is compared with."""
    return ab.get_backend(request.param)


def rng(xp: Any, seed: Any = 1) -> Any:
    """Make a generator."""
    return xp.random.default_rng(seed)


def words(*values: int) -> tuple[Any, ...]:
    """Make words of numbers in [0, 2**32)."""
    return tuple(NUMPY.asarray([signed(value)], dtype="int32") for value in values)


class TestThreefry:
    """The random function itself."""

    @pytest.mark.parametrize(
        ("key", "counter", "expected"),
        [
            ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
            ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0x1CB996FC, 0xBB002BE7)),
            ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
        ],
    )
    def test_known_answers(
        self, key: tuple[int, int], counter: tuple[int, int], expected: tuple[int, int]
    ) -> None:
        """The known answers of the Random123 library come out."""
        found = threefry2x32(words(*key), words(*counter))  # type: ignore[arg-type]
        assert tuple(int(word[0]) % 2**32 for word in found) == expected


class TestInverseNormal:
    """Quantiles of the normal distribution."""

    def test_matches_scipy(self) -> None:
        """Quantiles agree with those of SciPy into the tails, where they are largest."""
        u = np.concatenate([2.0 ** -np.arange(1, 54), 1 - 2.0 ** -np.arange(2, 54)])
        u = np.concatenate([u, np.linspace(0.001, 0.999, 999)])
        np.testing.assert_allclose(inverse_normal(NUMPY, u), stats.norm.ppf(u), rtol=2e-14, atol=0)

    def test_is_odd(self) -> None:
        """The quantiles of u and 1 - u are opposite, exactly where 1 - u is."""
        u = np.arange(1, 512) / 1024
        np.testing.assert_array_equal(inverse_normal(NUMPY, u), -inverse_normal(NUMPY, 1 - u))


class TestAgainstJAX:
    """JAX, which draws with the same function, is the oracle."""

    @pytest.fixture
    def jax(self) -> Any:
        """JAX with 64-bit numbers, on which its own random numbers depend."""
        jax = pytest.importorskip("jax")
        ab.get_backend("jax", precision="double")
        return jax

    @pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed < 2**63])
    def test_bits(self, xp: Any, jax: Any, seed: int) -> None:
        """The bits are those of `jax.random.bits` for the same key, in both widths."""
        key = jax.random.key(seed)
        for width in (32, 64):
            bits = xp.to_numpy(rng(xp, seed).bits((3, 4), width=width))
            expected = np.asarray(jax.random.bits(key, (3, 4), f"uint{width}"))
            assert bits.dtype == np.int64
            np.testing.assert_array_equal(bits.astype(expected.dtype), expected)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_uniform(self, xp: Any, jax: Any, dtype: str) -> None:
        """The uniform numbers are those of `jax.random.uniform` for the same key."""
        found = xp.to_numpy(rng(xp, 3).uniform(100, dtype=dtype))
        expected = np.asarray(jax.random.uniform(jax.random.key(3), 100, dtype))
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


# Of one size where possible: JAX compiles every operation for every shape.
DRAWS: dict[str, Callable[[Any, Any], Any]] = {
    "bits": lambda _, g: g.bits((3, 50)),
    "wide bits": lambda _, g: g.bits(150, width=64),
    "uniform": lambda _, g: g.uniform(150),
    "uniform float32": lambda _, g: g.uniform(150, dtype="float32"),
    "integers": lambda _, g: g.integers(-5, 12, shape=150),
    "wide integers": lambda _, g: g.integers(-(2**62), 2**62 - 1, shape=150),
    "bytes": lambda _, g: g.integers(0, 256, shape=150, dtype="uint8"),
    "choice": lambda xp, g: g.choice(xp.asarray([[1, 2], [3, 4], [5, 6]]), shape=(75, 2)),
    "choice without replacement": lambda _, g: g.choice(150, shape=99, replace=False),
    "choice with probabilities": lambda xp, g: g.choice(
        3, shape=150, p=xp.asarray([1.0, 0.0, 3.0])
    ),
    "race": lambda xp, g: g.choice(150, shape=9, replace=False, p=xp.arange(150)),
    "categorical": lambda xp, g: g.categorical(
        xp.reshape(xp.arange(60, dtype=xp.float64), (2, 3, 10)), shape=(5, 5)
    ),
    "permutation": lambda _, g: g.permutation(150),
    "children": lambda _, g: g.spawn(150)[2].bits(150),
    "scalar": lambda _, g: g.uniform(),
    "empty": lambda _, g: g.integers(0, 3, shape=(2, 0)),
}


class TestEverywhere:
    """The same seed gives the same numbers on every backend."""

    @pytest.mark.parametrize("draw", DRAWS)
    def test_equals_numpy(self, other: Any, draw: str) -> None:
        """Every backend draws the numbers that NumPy draws, bit for bit."""
        expected = DRAWS[draw](NUMPY, rng(NUMPY))
        found = DRAWS[draw](other, rng(other))
        assert other.is_array(found)
        assert other.device_of(found) == other.device
        found = other.to_numpy(found)
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(found, expected)

    @pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
    def test_normal_is_close_to_numpy(self, other: Any, dtype: str) -> None:
        """Normal numbers agree with NumPy's within a few ulp."""
        expected = rng(NUMPY).normal(500, mean=0.5, std=2.0, dtype=dtype)
        found = other.to_numpy(rng(other).normal(500, mean=0.5, std=2.0, dtype=dtype))
        assert found.dtype == expected.dtype
        np.testing.assert_array_max_ulp(
            found.view(found.real.dtype), expected.view(expected.real.dtype), maxulp=32
        )

    @pytest.mark.parametrize("seed", SEEDS)
    def test_seed_arrays_are_seeds(self, xp: Any, seed: int) -> None:
        """A 0-d array seeds like the integer that it holds."""
        wrapped = (seed + 2**63) % 2**64 - 2**63
        expected = xp.to_numpy(rng(xp, seed).bits(9))
        found = rng(xp, xp.asarray(wrapped, dtype="int64")).bits(9)
        np.testing.assert_array_equal(xp.to_numpy(found), expected)

    @pytest.mark.parametrize("seed", [-3, 2**31 - 1])
    def test_narrow_seed_arrays_are_seeds(self, xp: Any, seed: int) -> None:
        """An int32 seed means its value: negative ones extend their sign."""
        found = rng(xp, xp.asarray(seed, dtype="int32")).bits(9)
        np.testing.assert_array_equal(xp.to_numpy(found), rng(NUMPY, seed).bits(9))

    def test_default_dtypes_follow_the_precision(self, xp: Any) -> None:
        """Single precision draws float32, and double precision float64."""
        single = xp.with_options(precision="single")
        assert xp.dtype_name(rng(xp).uniform(2).dtype) == "float64"
        assert xp.dtype_name(rng(single).uniform(2).dtype) == "float32"
        assert xp.dtype_name(rng(single).normal(2).dtype) == "float32"

    def test_shorthands(self, xp: Any) -> None:
        """`rand` and `randn` are the generator's first numbers."""
        u, z = xp.to_numpy(xp.rand(5, seed=4)), xp.to_numpy(xp.randn((5,), seed=4))
        np.testing.assert_array_equal(u, xp.to_numpy(rng(xp, 4).uniform(5)))
        np.testing.assert_array_equal(z, xp.to_numpy(rng(xp, 4).normal(5)))

    def test_without_64_bits(self) -> None:
        """JAX without x64, which has no int64, draws the numbers of single precision elsewhere."""
        pytest.importorskip("jax")
        script = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from test_random import single_precision_draws\n"
            "import arraybackends as ab, pickle\n"
            "xp = ab.get_backend('jax', precision='single')\n"
            "draws = {k: xp.to_numpy(v) for k, v in single_precision_draws(xp).items()}\n"
            "sys.stdout.buffer.write(pickle.dumps(draws))\n"
        )
        found = pickle.loads(  # noqa: S301 (written by this very test)
            subprocess.run(
                [sys.executable, "-c", script, os.path.dirname(__file__)],
                check=True,
                capture_output=True,
            ).stdout
        )
        for name, expected in single_precision_draws(
            NUMPY.with_options(precision="single")
        ).items():
            if name == "normal":
                np.testing.assert_allclose(found[name], expected, rtol=1e-5)
            else:
                np.testing.assert_array_equal(found[name], expected)
        assert found["bits"].dtype == np.uint32
        assert found["integers"].dtype == np.int32


def single_precision_draws(xp: Any) -> dict[str, Any]:
    """Draw in ways that need no 64-bit integers."""
    p = xp.asarray([[1.0, 2.0, 0.0, 3.0], [0.0, 0.0, 1.0, 1.0]])
    return {
        "bits": rng(xp, 2**40 - 7).bits(48),
        "seed array": rng(xp, xp.asarray(-9, dtype="int32")).bits(48),
        "unsigned seed array": rng(xp, xp.asarray(2**31 + 9, dtype="uint32")).bits(48),
        "uniform": rng(xp).uniform(48),
        "normal": rng(xp).normal(48),
        "integers": rng(xp).integers(-7, 1000, shape=48),
        "all integers": rng(xp).integers(0, 2**31 - 1, shape=48),
        "permutation": rng(xp).permutation(48),
        "categorical": rng(xp).categorical(p, shape=24),
        "race": rng(xp).choice(48, shape=9, replace=False, p=xp.arange(48)),
        "child": rng(xp).spawn(48)[2].bits(48),
    }


class TestStream:
    """The n-th number depends on the seed and n alone."""

    @pytest.mark.parametrize(
        "draw",
        [
            lambda g, n: g.bits(n),
            lambda g, n: g.uniform(n),
            lambda g, n: g.normal(n, dtype="complex128"),
            lambda g, n: g.integers(0, 10**6, shape=n),
            lambda g, n: g.choice(9, shape=n, p=NUMPY.ones(9)),
        ],
        ids=["bits", "uniform", "complex normal", "integers", "choice"],
    )
    def test_batching_changes_nothing(self, draw: Callable[[Any, int], Any]) -> None:
        """Drawing 10 and then 7 numbers is drawing 17."""
        parts, whole = rng(NUMPY), rng(NUMPY)
        found = NUMPY.concat([draw(parts, 10), draw(parts, 7)])
        np.testing.assert_array_equal(found, draw(whole, 17))

    def test_shape_is_an_arrangement(self) -> None:
        """A shape arranges the stream in row-major order."""
        np.testing.assert_array_equal(
            rng(NUMPY).bits((2, 3, 4)), rng(NUMPY).bits(24).reshape(2, 3, 4)
        )

    def test_counter_carries(self) -> None:
        """The stream goes on past 2**32 numbers."""
        generator, later = rng(NUMPY), rng(NUMPY)
        generator._position = 2**32 - 3
        later._position = 2**32
        np.testing.assert_array_equal(generator.bits(8)[3:], later.bits(5))
        low, high = words(1), words(2)
        found = threefry2x32(rng(NUMPY)._key, (*low, *high))
        assert int(later.bits(1)[0]) != 0
        later._position = 2**32 + 2
        assert int(later.bits(1)[0]) == int(found[0][0] ^ found[1][0]) % 2**32

    def test_a_failed_draw_takes_nothing(self) -> None:
        """Arguments are checked before the position advances."""
        generator = rng(NUMPY)
        with pytest.raises(ValueError, match="must be in order"):
            generator.integers(3, 3)
        np.testing.assert_array_equal(generator.bits(3), rng(NUMPY).bits(3))

    def test_entropy(self, xp: Any) -> None:
        """Without a seed two generators differ."""
        first, second = (xp.to_numpy(rng(xp, None).bits(4)) for _ in range(2))
        assert not np.array_equal(first, second)

    def test_copies_go_on_alone(self) -> None:
        """A copied or pickled generator continues at the same position, independently."""
        generator = rng(NUMPY)
        generator.bits(5)
        twins = [copy.deepcopy(generator), pickle.loads(pickle.dumps(generator))]  # noqa: S301
        expected = generator.bits(3)
        for twin in twins:
            np.testing.assert_array_equal(twin.bits(3), expected)

    def test_representation(self) -> None:
        """A generator shows its backend and position."""
        generator = rng(NUMPY)
        generator.uniform((2, 3))
        assert repr(generator) == f"<random generator of {NUMPY!r} at position 6>"
        assert repr(NUMPY.random) == "<namespace numpy.random>"


class TestSpawn:
    """Children are streams of their own."""

    def test_children_differ(self) -> None:
        """Children differ from each other, from the parent, and from children spawned later."""
        parent = rng(NUMPY)
        children = [*parent.spawn(3), *parent.spawn(2)]
        draws = [tuple(g.bits(2).tolist()) for g in (rng(NUMPY), *children, *children[0].spawn(1))]
        assert len(set(draws)) == len(draws) == 7

    def test_spawning_and_drawing_do_not_disturb_each_other(self) -> None:
        """Children depend on the seed and their number alone; the stream does not notice them."""
        drawn, fresh = rng(NUMPY), rng(NUMPY)
        drawn.bits(10)
        for one, two in zip(drawn.spawn(2), (*fresh.spawn(1), *fresh.spawn(1)), strict=True):
            np.testing.assert_array_equal(one.bits(4), two.bits(4))
        np.testing.assert_array_equal(fresh.bits(11)[10:], drawn.bits(1))


class TestDistributions:
    """Fixed seeds, so that a statistical test has one result."""

    def test_uniform(self) -> None:
        """Uniform numbers pass a Kolmogorov-Smirnov test and stay in [0, 1)."""
        u = rng(NUMPY).uniform(100_000)
        assert stats.kstest(u, "uniform").pvalue > 0.01
        assert 0 <= u.min() < u.max() < 1

    def test_uniform_bounds(self, xp: Any) -> None:
        """Numbers never reach the upper bound, even where the sum would round to it."""
        x = xp.to_numpy(rng(xp).uniform(10_000, low=1e7, high=1e7 + 2, dtype="float32"))
        assert set(x.tolist()) == {1e7, 1e7 + 1}

    def test_uniform_between_arrays(self, xp: Any) -> None:
        """Bounds may be arrays that broadcast to the shape; the dtype stays the one asked for."""
        low = xp.asarray([0.0, 10.0])
        x = rng(xp).uniform((500, 2), low=low, high=np.float64(20.0), dtype="float32")
        assert xp.dtype_name(x.dtype) == "float32"
        smallest, largest = xp.to_numpy(x).min(axis=0), xp.to_numpy(x).max(axis=0)
        assert (smallest >= [0, 10]).all()
        assert (smallest < [1, 11]).all()
        assert (largest > 19).all()

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_normal(self, dtype: str) -> None:
        """Normal numbers pass a Kolmogorov-Smirnov test; moments and tails are right."""
        z = rng(NUMPY).normal(200_000, dtype=dtype).astype("float64")
        assert stats.kstest(z, "norm").pvalue > 0.01
        moments = [np.mean(z**k) for k in (1, 2, 3, 4)]
        np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=0.05)
        expected = 2 * stats.norm.sf(3) * z.size
        assert abs(np.sum(np.abs(z) > 3) - expected) < 4 * math.sqrt(expected)

    def test_complex_normal(self) -> None:
        """The parts of complex normal numbers are independent, with E|z|**2 = std**2."""
        z = rng(NUMPY).normal(100_000, std=3.0, dtype=complex)
        assert np.mean(np.abs(z) ** 2) == pytest.approx(9, rel=0.02)
        assert abs(np.mean(z**2)) < 0.1
        assert stats.kstest(z.imag / (3 * math.sqrt(0.5)), "norm").pvalue > 0.01

    @pytest.mark.parametrize("span", [6, 1000])
    def test_integers(self, span: int) -> None:
        """Integers pass a chi-square test."""
        counts = np.bincount(rng(NUMPY).integers(0, span, shape=100_000), minlength=span)
        assert stats.chisquare(counts).pvalue > 0.01

    def test_wide_integers(self) -> None:
        """Integers fill ranges that no float64 resolves, up to both ends of the dtype."""
        x = rng(NUMPY).integers(-(2**62), 2**62 - 1, shape=50_000)
        assert stats.kstest(x / 2.0**63 + 0.5, "uniform").pvalue > 0.01
        assert stats.chisquare(np.bincount(x % 8)).pvalue > 0.01
        assert set(rng(NUMPY).integers(254, 256, shape=50, dtype="uint8").tolist()) == {254, 255}

    def test_exact_multiplication(self) -> None:
        """An integer is floor(x * n / 2**64) of the 64 bits that it takes."""
        x = [int(b) % 2**64 for b in rng(NUMPY).bits(50, width=64)]
        for n in (1, 10, 2**16 - 1, 2**31 + 11, 2**63 - 1):
            assert rng(NUMPY).integers(0, n, shape=50).tolist() == [b * n >> 64 for b in x]

    def test_categorical(self) -> None:
        """Outcomes have their probabilities, in every batch, and zero ones never come."""
        p = np.asarray([[1.0, 2.0, 0.0, 5.0], [0.0, 1.0, 1.0, 0.0]])
        drawn = rng(NUMPY).categorical(p, shape=40_000)
        assert drawn.shape == (2, 40_000)
        for row, weights in zip(drawn, p, strict=True):
            counts = np.bincount(row, minlength=4)
            assert (counts[weights == 0] == 0).all()
            seen = weights > 0
            expected = weights[seen] / weights.sum() * 40_000
            assert stats.chisquare(counts[seen], expected).pvalue > 0.01

    def test_categorical_beyond_24_bits(self) -> None:
        """Half of 2**24 + 2 outcomes with twice the weight come two times out of three."""
        n = 2**24 + 2
        p = np.ones(n, dtype="float32")
        p[: n // 2] = 2
        drawn = rng(NUMPY).categorical(p, shape=20_000)
        assert np.mean(drawn >= n // 2) == pytest.approx(1 / 3, abs=0.015)
        assert len(np.unique(drawn)) > 19_950
        assert set((drawn % 2).tolist()) == {0, 1}

    def test_extreme_weights(self, xp: Any) -> None:
        """Tiny, huge and lonely weights are normalised; what remains positive is drawn."""
        for weights in ([0.0, 1e-300, 0.0], [0.0, 1e300, 1e-300], [0, 3, 0]):
            drawn = rng(xp).categorical(xp.asarray(weights), shape=20)
            assert xp.to_numpy(drawn).tolist() == [1] * 20

    def test_choice_without_replacement(self) -> None:
        """Every pair of elements is equally likely, and none comes twice."""
        drawn = [rng(NUMPY, seed).choice(5, shape=2, replace=False) for seed in range(2000)]
        assert all(a != b for a, b in drawn)
        counts = np.bincount([5 * a + b for a, b in drawn], minlength=25).reshape(5, 5)
        assert stats.chisquare(counts[~np.eye(5, dtype=bool)]).pvalue > 0.01

    def test_weighted_choice_without_replacement(self) -> None:
        """The first element has its probability, the second that among the rest."""
        p = np.asarray([0.5, 0.3, 0.2, 0.0])
        drawn = [rng(NUMPY, seed).choice(4, shape=2, replace=False, p=p) for seed in range(3000)]
        counts = np.bincount([4 * a + b for a, b in drawn], minlength=16).reshape(4, 4)[:3, :3]
        expected = p[:3, None] * p[None, :3] / (1 - p[:3, None]) * 3000
        off = ~np.eye(3, dtype=bool)
        assert counts[off].sum() == 3000
        assert stats.chisquare(counts[off], expected[off]).pvalue > 0.01

    def test_permutation(self) -> None:
        """All orders of four elements are equally likely."""
        orders = [tuple(rng(NUMPY, seed).permutation(4).tolist()) for seed in range(2400)]
        _, counts = np.unique(orders, axis=0, return_counts=True)
        assert len(counts) == 24
        assert stats.chisquare(counts).pvalue > 0.01

    def test_permutation_of_rows(self, xp: Any) -> None:
        """An array is permuted along its first axis, and is not modified."""
        x = xp.reshape(xp.arange(20), (10, 2))
        y = xp.to_numpy(rng(xp).permutation(x))
        np.testing.assert_array_equal(xp.to_numpy(x), np.arange(20).reshape(10, 2))
        np.testing.assert_array_equal(np.sort(y[:, 0]), np.arange(0, 20, 2))
        np.testing.assert_array_equal(y[:, 1], y[:, 0] + 1)
        assert not np.array_equal(y, np.arange(20).reshape(10, 2))


class TestTransforms:
    """Draws inside compiled, mapped and differentiated functions."""

    def test_vmap_over_seeds(self, xp: Any) -> None:
        """Mapping over seeds gives what the seeds give one by one."""

        def draw(seed: Any) -> Any:
            generator = rng(xp, seed)
            return generator.normal(4), generator.integers(0, 10, shape=4), generator.permutation(4)

        seeds = [0, 5, 2**40]
        found = xp.vmap(draw)(xp.asarray(seeds, dtype="int64"))
        for row, seed in enumerate(seeds):
            for mapped, alone in zip(found, draw(seed), strict=True):
                np.testing.assert_allclose(xp.to_numpy(mapped)[row], xp.to_numpy(alone), rtol=1e-14)

    def test_vmap_over_probabilities(self, xp: Any) -> None:
        """Each of mapped distributions is sampled by itself."""
        p = xp.asarray([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
        drawn = xp.vmap(lambda weights: rng(xp, 3).categorical(weights, shape=30))(p)
        expected = [rng(xp, 3).categorical(p[row, :], shape=30) for row in range(2)]
        np.testing.assert_array_equal(
            xp.to_numpy(drawn), np.stack([xp.to_numpy(row) for row in expected])
        )

    def test_jit(self, xp: Any) -> None:
        """Compiled draws equal eager ones, and differ between seeds given as arguments."""

        def draw(seed: Any) -> Any:
            generator = rng(xp, seed)
            generator.bits(4)
            return generator.uniform(4)

        compiled = xp.jit(draw)
        for seed in (1, 2):
            np.testing.assert_array_equal(
                xp.to_numpy(compiled(xp.asarray(seed))), rng(NUMPY, seed).uniform(8)[4:]
            )

    def test_sampling_under_jit(self, xp: Any) -> None:
        """Traced probabilities are sampled, though they cannot be checked."""
        draw = xp.jit(lambda p, seed: rng(xp, seed).categorical(p, shape=50))
        p = xp.asarray([0.2, 0.0, 0.8])
        expected = rng(NUMPY, 4).categorical(np.asarray([0.2, 0.0, 0.8]), shape=50)
        np.testing.assert_array_equal(xp.to_numpy(draw(p, xp.asarray(4))), expected)

    def test_gradients_flow_through_the_parameters(self, xp: Any) -> None:
        """The derivative of mean + std z with respect to mean and std is (1, z)."""
        if not xp.capabilities.autodiff:
            pytest.skip("there is nothing to flow")
        z = float(xp.to_numpy(rng(xp).normal()))
        grads = xp.grad(lambda m, s: rng(xp).normal(mean=m, std=s), argnums=(0, 1))(
            xp.asarray(0.3), xp.asarray(2.0)
        )
        np.testing.assert_allclose([float(g) for g in grads], [1.0, z], rtol=1e-14)


class TestErrors:
    """Every wrong argument is one clear error."""

    @pytest.mark.parametrize("seed", [2**64, -(2**63) - 1])
    def test_seed_out_of_range(self, seed: int) -> None:
        """A seed of more than 64 bits is refused, with the remedy."""
        with pytest.raises(ValueError, match=rf"`seed` must be in .* but is {seed}\. Take it mod"):
            rng(NUMPY, seed)

    def test_seed_dtype(self, xp: Any) -> None:
        """A seed that is no integer is refused."""
        with pytest.raises(ab.DTypeError, match="`seed` must be an integer, but has dtype float64"):
            rng(xp, xp.asarray(1.0))

    def test_seed_shape(self, xp: Any) -> None:
        """A vector of seeds is refused, with the remedy."""
        with pytest.raises(ab.ShapeError, match=r"`seed` must be 0-d.*\(2,\).*xp\.vmap"):
            rng(xp, xp.asarray([1, 2]))

    @pytest.mark.parametrize(
        ("draw", "error", "message"),
        [
            (lambda g: g.bits(-1), ab.ShapeError, "`shape` must hold non-negative .* but is -1"),
            (lambda g: g.bits((2, 1.5)), ab.ShapeError, r"`shape` must hold .* is \(2, 1\.5\)"),
            (lambda g: g.bits(2, width=16), ValueError, "`width` must be 32 or 64, but is 16"),
            (lambda g: g.bits(2**31), ValueError, "2147483648 random numbers.*Draw several times"),
            (
                lambda g: g.uniform(2, dtype="int32"),
                ab.DTypeError,
                "`dtype` must be one of float32, float64, but is 'int32'",
            ),
            (
                lambda g: g.uniform(2, low=2.0, high=1.0),
                ValueError,
                r"`low` and `high` must be finite.*are 2\.0 and 1\.0",
            ),
            (lambda g: g.uniform(2, low=-1e308, high=1e308), ValueError, "at a finite distance"),
            (lambda g: g.uniform(2, low=math.nan), ValueError, "must be finite.*nan"),
            (
                lambda g: g.uniform(low=np.zeros(3)),
                ab.ShapeError,
                r"`low` and `high` must broadcast to `shape` \(\), but give \(3,\)",
            ),
            (
                lambda g: g.normal(2, mean=np.zeros((3, 2))),
                ab.ShapeError,
                r"`mean` and `std` must broadcast to `shape` \(2,\), but give \(3, 2\)",
            ),
            (lambda g: g.normal(std=-1), ValueError, "`std` must not be negative, but is -1"),
            (lambda g: g.integers(1.5, 3), TypeError, r"`low` must be an int, but is 1\.5"),
            (lambda g: g.integers(5, 2), ValueError, "must be in order.*are 5 and 2"),
            (
                lambda g: g.integers(0, 300, dtype="uint8"),
                ValueError,
                "in the range of uint8.*are 0 and 300",
            ),
            (lambda g: g.integers(-(2**63), 2**63), ValueError, "at most 9223372036854775807"),
            (
                lambda g: g.integers(0, 2, dtype="float64"),
                ab.DTypeError,
                "`dtype` must be one of int8, .*but is 'float64'",
            ),
            (
                lambda g: g.choice(3, shape=4, replace=False),
                ValueError,
                "asks for 4 elements, but `a` has 3, and an element is drawn only once",
            ),
            (lambda g: g.choice(0, shape=1), ValueError, "asks for 1 elements, but `a` has 0"),
            (lambda g: g.choice(-1), ValueError, "`a` must not be negative, but is -1"),
            (lambda g: g.choice(np.asarray(3.0)), ab.ShapeError, "`a` must have at least one axis"),
            (
                lambda g: g.choice(3, p=np.ones(4)),
                ab.ShapeError,
                r"`p` must have shape \(3,\).*has shape \(4,\)",
            ),
            (
                lambda g: g.choice(3, shape=2, replace=False, p=np.asarray([0.0, 1.0, 0.0])),
                ValueError,
                "asks for 2 elements without replacement, but `p` has only 1",
            ),
            (lambda g: g.permutation(np.asarray(3)), ab.ShapeError, "`x` must have at least one"),
            (lambda g: g.spawn(-1), ValueError, "`n` must not be negative, but is -1"),
            (lambda g: g.categorical(np.ones(0)), ab.ShapeError, r"at least one .* shape \(0,\)"),
            (lambda g: g.categorical(np.asarray(1.0)), ab.ShapeError, r"least one .* shape \(\)"),
            (
                lambda g: g.categorical(np.ones(2, dtype=complex)),
                ab.DTypeError,
                "`p` must be real, but has dtype complex128",
            ),
        ],
    )
    def test_bad_arguments(
        self, draw: Callable[[Any], Any], error: type[Exception], message: str
    ) -> None:
        """Each wrong argument is named, with its value."""
        with pytest.raises(error, match=message):
            draw(rng(NUMPY))

    @pytest.mark.parametrize(
        "p", [[0.5, -0.5, 1.0], [0.0, 0.0], [1.0, math.nan], [1.0, math.inf], [[1.0, 1.0], [0, 0]]]
    )
    def test_no_distribution(self, xp: Any, p: Any) -> None:
        """Negative, infinite, missing and all-zero weights are refused on every backend."""
        with pytest.raises(ValueError, match="`p` must hold non-negative, finite numbers"):
            rng(xp).categorical(xp.asarray(p))
