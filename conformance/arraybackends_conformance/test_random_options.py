"""Draws from wide ranges, of small probabilities, in other dtypes; and meaningless arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law


def _generator(xp: Any, seed: int = 11) -> Any:
    return xp.random.default_rng(seed)


@law("random")
def test_wide_integers_reach_their_whole_range(xp: Any) -> None:
    """Ranges beyond 32 bits, and the whole of int64, are filled evenly."""
    n = 2000
    for low, high in ((0, 2**40), (-(2**50), 2**50), (-(2**61), 2**62), (0, 3 * 2**60)):
        drawn = xp.to_numpy(_generator(xp).integers(low, high, shape=(n,)))
        assert drawn.dtype == np.int64
        share = (drawn.astype("float64") - float(low)) / (float(high) - float(low))
        assert share.min() >= 0 and share.max() <= 1
        counts = np.histogram(share, bins=8, range=(0, 1))[0]
        assert abs(counts - n / 8).max() < 6 * np.sqrt(n / 8)
        assert len(np.unique(drawn % 256)) > 200  # the low bits are random too


@law("random")
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_normal_numbers_have_width_one(xp: Any, dtype: str) -> None:
    """E|z|**2 = 1 with equal, independent parts, in both widths; `std` scales, `mean` moves."""
    z = xp.to_numpy(_generator(xp).normal((20000,), dtype=dtype))
    assert z.dtype == dtype
    for part in (z.real, z.imag):
        assert abs(np.mean(part.astype("float64") ** 2) - 0.5) < 0.02
        assert abs(np.mean(part)) < 0.02
    moved = xp.to_numpy(_generator(xp).normal((20000,), dtype=dtype, mean=3 - 4j, std=2.0))
    np.testing.assert_allclose(moved, 3 - 4j + 2 * z, rtol=1e-5, atol=1e-5)


@law("random")
def test_weights_matter_without_replacement(xp: Any) -> None:
    """Elements of large weight are chosen early, those of weight 0 never, also out of many."""
    p = np.ones(40)
    p[:20] = 0.0
    p[-1] = 1e6
    rng = _generator(xp)
    chosen = np.stack([
        xp.to_numpy(rng.choice(40, shape=(5,), replace=False, p=xp.asarray(p / p.sum())))
        for _ in range(20)
    ])  # fmt: skip
    assert chosen.min() >= 20
    assert np.all(np.any(chosen == 39, axis=1))
    assert all(len(set(row)) == 5 for row in chosen.tolist())


@law("random", "rand", "randn")
def test_draws_are_in_the_dtype_asked_for(xp: Any) -> None:
    """`dtype=` of every draw, and the precision of the backend where none is given."""
    rng = _generator(xp)
    for dtype in ("int8", "int16", "int32", "int64", "uint8"):
        assert xp.dtype_name(rng.integers(0, 9, shape=(2,), dtype=dtype).dtype) == dtype
    for dtype in ("float32", "float64"):
        for draw in (rng.uniform, rng.normal):
            assert xp.dtype_name(draw((2,), dtype=dtype).dtype) == dtype
    single = xp.with_options(precision="single")
    made = (single.rand((2,), seed=1), single.randn((2,), seed=1), single.rand((2,)),
            single.random.default_rng(1).uniform((2,)))  # fmt: skip
    assert [xp.dtype_name(x.dtype) for x in made] == ["float32"] * len(made)


@law("random")
def test_small_probabilities_occur_as_often_as_they_should(xp: Any) -> None:
    """Of very many outcomes, those at the end of the list are as likely as those at the start."""
    n, shots = 1 << 15, 20000
    p = np.full(n, 3e-8)  # each is lost beside 1 in single precision
    p[0] = 1.0
    drawn = xp.to_numpy(_generator(xp).categorical(xp.asarray(p), shape=(shots,)))
    assert 5 < int(np.sum(drawn > 0)) < 45  # 20 are expected
    even = xp.to_numpy(_generator(xp).categorical(xp.ones((n,)), shape=(shots,)))
    counts = np.histogram(even, bins=16, range=(0, n))[0]
    assert abs(counts - shots / 16).max() < 6 * np.sqrt(shots / 16)
    assert len(np.unique(even % 16)) == 16


MEANINGLESS: dict[str, Any] = {
    "negative weights": lambda xp, rng: rng.categorical(xp.asarray([0.5, -0.5, 1.0])),
    "weights that are NaN": lambda xp, rng: rng.categorical(xp.asarray([0.5, xp.nan])),
    "no weight": lambda xp, rng: rng.categorical(xp.asarray([0.0, 0.0])),
    "negative width": lambda xp, rng: rng.normal((2,), std=-1.0),
    "bounds exchanged": lambda xp, rng: rng.uniform((2,), low=1.0, high=0.0),
    "infinite bounds": lambda xp, rng: rng.uniform((2,), low=0.0, high=xp.inf),
    "no integers": lambda xp, rng: rng.integers(3, 3),
    "integers out of the dtype": lambda xp, rng: rng.integers(0, 1000, dtype="int8"),
    "weights of another length": lambda xp, rng: rng.choice(3, p=xp.asarray([0.5, 0.5])),
    "more than there are": lambda xp, rng: rng.choice(3, shape=(4,), replace=False),
    "more than have weight": lambda xp, rng: rng.choice(
        3, shape=(2,), replace=False, p=xp.asarray([0.0, 1.0, 0.0])
    ),
    "seed out of range": lambda xp, rng: xp.random.default_rng(2**64),
    "negative shape": lambda xp, rng: rng.uniform((-1,)),
}


@law("random")
@pytest.mark.parametrize("name", MEANINGLESS)
def test_arguments_that_mean_nothing_are_errors(xp: Any, name: str) -> None:
    """ValueError (or ShapeError, which is one), with a message, rather than some numbers."""
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        MEANINGLESS[name](xp, _generator(xp))


@law("random")
def test_integers_are_unbiased_at_awkward_widths(xp: Any) -> None:
    """Three quarters of a power of 2: what a remainder would favour is not favoured."""
    n = 30000
    for high in (3, 6, 192, 3 * 2**29):
        drawn = xp.to_numpy(_generator(xp, 5).integers(0, high, shape=(n,)))
        counts = np.histogram(drawn, bins=3, range=(0, high))[0]
        assert abs(counts - n / 3).max() < 5 * np.sqrt(n / 3)


@law("random")
def test_permutations_are_even(xp: Any) -> None:
    """Each of the orders of three elements comes up as often as any other."""
    rng = _generator(xp, 17)
    n = 600
    orders = [tuple(xp.to_numpy(rng.permutation(3)).tolist()) for _ in range(n)]
    counts = np.asarray([orders.count(order) for order in sorted(set(orders))])
    assert counts.size == 6
    assert abs(counts - n / 6).max() < 5 * np.sqrt(n / 6)


DRAWS: dict[str, Any] = {
    "bits": lambda xp, rng, shape: rng.bits(shape),
    "uniform": lambda xp, rng, shape: rng.uniform(shape),
    "normal": lambda xp, rng, shape: rng.normal(shape),
    "complex normal": lambda xp, rng, shape: rng.normal(shape, dtype="complex128"),
    "integers": lambda xp, rng, shape: rng.integers(0, 9, shape=shape),
    "choice": lambda xp, rng, shape: rng.choice(9, shape=shape),
    "choice of elements": lambda xp, rng, shape: rng.choice(xp.asarray([1.5, 2.5]), shape=shape),
    "choice with weights": lambda xp, rng, shape: rng.choice(
        2, shape=shape, p=xp.asarray([0.5, 0.5])
    ),
    "choice without replacement": lambda xp, rng, shape: rng.choice(
        9, shape=shape, replace=False
    ),
    "categorical": lambda xp, rng, shape: rng.categorical(xp.asarray([0.5, 0.5]), shape=shape),
}  # fmt: skip


@law("random")
@pytest.mark.parametrize("name", DRAWS)
def test_draws_have_the_shape_asked_for(xp: Any, name: str) -> None:
    """Every shape of every draw: a number, a length, several axes, nothing."""
    rng = _generator(xp)
    for shape, expected in (((), ()), (3, (3,)), ((2, 3), (2, 3)), ((0,), (0,)), ([2, 1], (2, 1))):
        found = DRAWS[name](xp, rng, shape)
        assert xp.is_array(found)
        assert tuple(found.shape) == expected


@law("random")
def test_children_do_not_move_their_parent(xp: Any) -> None:
    """`spawn` returns a tuple and takes nothing from the stream."""
    rng, alone = _generator(xp), _generator(xp)
    children = rng.spawn(3)
    assert type(children) is tuple and len(children) == 3
    assert rng.spawn(0) == ()
    np.testing.assert_array_equal(xp.to_numpy(rng.bits((3,))), xp.to_numpy(alone.bits((3,))))


@law("random")
def test_rearranged_arrays_are_new(xp: Any) -> None:
    """`permutation` and `choice` rearrange rows, and leave the array that they are given alone."""
    data = np.arange(15.0).reshape(5, 3)
    x, rng = xp.asarray(data.copy()), _generator(xp)
    for found in (rng.permutation(x), rng.choice(x, shape=(5,), replace=False)):
        rows = xp.to_numpy(found)
        assert sorted(rows.tolist()) == data.tolist()
        assert rows.tolist() != data.tolist()
        np.testing.assert_array_equal(xp.to_numpy(x), data)


@law("random")
def test_weights_may_be_counts(xp: Any) -> None:
    """Integer weights are weights like others: 1 and 3 are 0.25 and 0.75, in each row."""
    counts = [[1, 0, 3], [2, 2, 0]]
    drawn, expected = (
        xp.to_numpy(_generator(xp).categorical(xp.asarray(p), shape=(400,)))
        for p in (counts, [[0.25, 0.0, 0.75], [0.5, 0.5, 0.0]])
    )
    np.testing.assert_array_equal(drawn, expected)
    assert not np.array_equal(drawn[0], drawn[1])
