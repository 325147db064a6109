"""Random numbers are the same everywhere, and random."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends_conformance.law import law
from arraybackends_conformance.tolerance import STATISTICAL

BITS = {
    0: [4070199207, 4202968722, 1427181096, 2012915765],
    42: [2098992034, 2919706841, 2646866425, 2409546199],
}
"""`jax.random.bits(jax.random.key(seed), (4,), "uint32")` of JAX 0.10.2: the published stream."""

WIDE_BITS = {
    0: [7719171245655871230, 3989946895414531357, -639706131588038527],
    42: [7871734211187709741, 276886910877598708, -7855648935367878381],
}
"""The same with "uint64", as two's complement."""

SEEDS = (0, 1, 42, 2**31 + 5, 2**40 + 7)


def _reference() -> Any:
    """Return the NumPy backend, which is installed everywhere."""
    return ab.get_backend("numpy")


def _generator(xp: Any, seed: int = 42) -> Any:
    return xp.random.default_rng(seed)


@law("random")
@pytest.mark.parametrize("seed", BITS)
def test_bits_are_the_published_ones(xp: Any, seed: int) -> None:
    """The stream is threefry-2x32 in the published order."""
    assert xp.to_numpy(_generator(xp, seed).bits((4,))).tolist() == BITS[seed]
    assert xp.to_numpy(_generator(xp, seed).bits((3,), width=64)).tolist() == WIDE_BITS[seed]
    assert xp.dtype_name(_generator(xp).bits(2).dtype) == "int64"


@pytest.mark.parametrize("seed", SEEDS)
def test_draws_are_those_of_numpy(xp: Any, seed: int) -> None:
    """Bits, integers and uniform numbers are equal; normal ones within a few ulp."""

    def draws(backend: Any) -> dict[str, Any]:
        rng = backend.random.default_rng(seed)
        drawn = {
            "bits": rng.bits((2, 3)),
            "uniform": rng.uniform((3,)),
            "float32": rng.uniform((3,), dtype="float32"),
            "interval": rng.uniform((2, 2), low=-2.0, high=3.0),
            "integers": rng.integers(-5, 17, shape=(4,)),
            "choice": rng.choice(10, shape=(5,), replace=False),
            "elements": rng.choice(backend.asarray([1.5, 2.5, 3.5]), shape=(4,)),
            "categorical": rng.categorical(backend.asarray([0.2, 0.5, 0.3]), shape=(4,)),
            "permutation": rng.permutation(6),
            "child": rng.spawn(2)[1].bits((2,)),
        }
        return {name: backend.to_numpy(x) for name, x in drawn.items()}

    reference = _reference()
    expected = draws(reference)
    for name, found in draws(xp).items():
        np.testing.assert_array_equal(found, expected[name], err_msg=name, strict=True)
    for dtype in ("float64", "float32", "complex128"):
        found, wanted = (
            b.to_numpy(b.random.default_rng(seed).normal((50,), dtype=dtype))
            for b in (xp, reference)
        )
        assert found.dtype == wanted.dtype == np.dtype(dtype)
        np.testing.assert_allclose(found, wanted, rtol=64 * np.finfo(dtype).eps)


def test_batching_does_not_change_the_draws(xp: Any) -> None:
    """The n-th number depends on the seed and on n alone."""
    whole = xp.to_numpy(_generator(xp).uniform((6,)))
    rng = _generator(xp)
    parts = np.concatenate([xp.to_numpy(rng.uniform((k,))) for k in (1, 3, 2)])
    np.testing.assert_array_equal(parts, whole)
    np.testing.assert_array_equal(xp.to_numpy(_generator(xp).uniform((2, 3))).ravel(), whole)
    np.testing.assert_array_equal(xp.to_numpy(_generator(xp).uniform(6)), whole)
    assert not np.array_equal(xp.to_numpy(rng.uniform((6,))), whole)


@law("rand", "randn")
def test_seeds_decide(xp: Any) -> None:
    """One seed repeats, two differ, None is fresh; the short forms draw from the same stream."""
    np.testing.assert_array_equal(
        xp.to_numpy(xp.rand((4,), seed=7)), xp.to_numpy(_generator(xp, 7).uniform((4,)))
    )
    np.testing.assert_array_equal(
        xp.to_numpy(xp.randn((4,), seed=7)), xp.to_numpy(_generator(xp, 7).normal((4,)))
    )
    assert not np.array_equal(xp.to_numpy(xp.rand(4, seed=7)), xp.to_numpy(xp.rand(4, seed=8)))
    assert not np.array_equal(xp.to_numpy(xp.rand(4)), xp.to_numpy(xp.rand(4)))
    as_array = xp.random.default_rng(xp.asarray(7)).uniform((4,))
    np.testing.assert_array_equal(xp.to_numpy(as_array), xp.to_numpy(xp.rand(4, seed=7)))
    assert xp.device_of(xp.rand(4, seed=7)) == xp.device
    assert xp.rand((), seed=7).shape == ()


def test_ranges(xp: Any) -> None:
    """Draws stay inside their intervals, and reach all of a small one."""
    rng = _generator(xp)
    u = xp.to_numpy(rng.uniform((2000,), low=-1.0, high=2.0))
    assert u.min() >= -1.0 and u.max() < 2.0
    assert set(xp.to_numpy(rng.integers(-2, 3, shape=(500,))).tolist()) == {-2, -1, 0, 1, 2}
    assert xp.to_numpy(rng.integers(5, 6, shape=(3,))).tolist() == [5, 5, 5]
    assert xp.dtype_name(rng.integers(0, 9, shape=(2,), dtype="int32").dtype) == "int32"
    for low, high in ((3, 3), (4, 1)):
        with pytest.raises(ValueError, match="low"):
            rng.integers(low, high)


def test_permutation_and_choice(xp: Any) -> None:
    """Permutations rearrange; choice without replacement does not repeat; rows stay whole."""
    rng = _generator(xp)
    assert sorted(xp.to_numpy(rng.permutation(20)).tolist()) == list(range(20))
    rows = xp.to_numpy(rng.permutation(xp.asarray([[1, 2], [3, 4], [5, 6]])))
    assert sorted(rows.tolist()) == [[1, 2], [3, 4], [5, 6]]
    assert len(set(xp.to_numpy(rng.choice(20, shape=(20,), replace=False)).tolist())) == 20
    p = xp.asarray([0.0, 1.0, 0.0])
    assert set(xp.to_numpy(rng.choice(3, shape=(50,), p=p)).tolist()) == {1}
    with pytest.raises(ValueError, match="shape"):
        rng.choice(3, shape=(4,), replace=False)


def test_categorical(xp: Any) -> None:
    """Outcomes of weight 0 never occur; weights need no normalisation; batches have rows."""
    rng = _generator(xp)
    drawn = xp.to_numpy(rng.categorical(xp.asarray([0.0, 3.0, 0.0, 1.0]), shape=(300,)))
    assert set(drawn.tolist()) == {1, 3}
    assert xp.dtype_name(rng.categorical(xp.asarray([0.5, 0.5])).dtype) == "int64"


def test_children_are_independent(xp: Any) -> None:
    """Spawned generators differ from each other and from their parent, and repeat with the seed."""
    streams = [_generator(xp), *_generator(xp).spawn(3)]
    draws = [xp.to_numpy(rng.uniform((500,))) for rng in streams]
    for i, first in enumerate(draws):
        for second in draws[:i]:
            assert abs(np.corrcoef(first, second)[0, 1]) < 0.2
    again = xp.to_numpy(_generator(xp).spawn(3)[2].uniform((500,)))
    np.testing.assert_array_equal(again, draws[3])


def _p_value(counts: np.ndarray, expected: np.ndarray) -> float:
    """Chi-square upper tail by the Wilson-Hilferty approximation, good to a percent."""
    statistic, k = float(np.sum((counts - expected) ** 2 / expected)), counts.size - 1
    z = ((statistic / k) ** (1 / 3) - (1 - 2 / (9 * k))) / math.sqrt(2 / (9 * k))
    return 0.5 * math.erfc(z / math.sqrt(2))


def test_distributions(xp: Any) -> None:
    """Chi-square tests of uniform, normal, integer and categorical draws, with a fixed seed."""
    n = 20000
    rng = _generator(xp, 2025)
    uniform = np.histogram(xp.to_numpy(rng.uniform((n,))), bins=20, range=(0, 1))[0]
    assert _p_value(uniform, np.full(20, n / 20)) > STATISTICAL
    edges = np.linspace(-2.5, 2.5, 21)
    cdf = np.asarray([0.5 * math.erfc(-x / math.sqrt(2)) for x in edges])
    normal = np.histogram(xp.to_numpy(rng.normal((n,), mean=1.0, std=2.0)), bins=1 + 2 * edges)[0]
    assert _p_value(normal, n * np.diff(cdf)) > STATISTICAL
    integers = np.bincount(xp.to_numpy(rng.integers(0, 7, shape=(n,))), minlength=7)
    assert _p_value(integers, np.full(7, n / 7)) > STATISTICAL
    p = np.asarray([0.1, 0.2, 0.3, 0.4])
    categorical = np.bincount(xp.to_numpy(rng.categorical(xp.asarray(p), shape=(n,))), minlength=4)
    assert _p_value(categorical, n * p) > STATISTICAL
    z = xp.to_numpy(rng.normal((n,), dtype="complex128"))
    assert abs(np.mean(np.abs(z) ** 2) - 1) < 0.05
    assert abs(np.mean(z.real * z.imag)) < 0.05


def test_compiled_and_vectorised_draws(xp: Any) -> None:
    """Under `jit` and `vmap` over seeds the draws are those of each seed."""

    def draw(seed: Any) -> Any:
        return xp.random.default_rng(seed).uniform((3,))

    seeds = xp.asarray([1, 2, 42])
    expected = np.stack([xp.to_numpy(draw(xp.asarray(seed))) for seed in (1, 2, 42)])
    np.testing.assert_array_equal(xp.to_numpy(xp.vmap(draw)(seeds)), expected)
    compiled = xp.jit(draw)
    np.testing.assert_array_equal(xp.to_numpy(compiled(xp.asarray(1))), expected[0])
    np.testing.assert_array_equal(xp.to_numpy(compiled(xp.asarray(2))), expected[1])
