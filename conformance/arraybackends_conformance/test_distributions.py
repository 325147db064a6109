"""Samplers draw from the distributions that they are named after: tests with fixed seeds.

The stream is fixed, so that no law flickers: a p-value is the same in each run, on every backend.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law
from arraybackends_conformance.tolerance import STATISTICAL

DRAWN = 4000
SEED = 1905


def _kolmogorov(x: np.ndarray, cdf: Callable[[np.ndarray], np.ndarray]) -> float:
    """P-value of the Kolmogorov-Smirnov test, by the asymptotic series."""
    x = np.sort(x.astype("float64"))
    n, expected = x.size, cdf(x)
    steps = np.arange(n + 1) / n
    distance = max(np.max(steps[1:] - expected), np.max(expected - steps[:-1]))
    z = (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)) * distance
    series = [2 * (-1) ** (k - 1) * math.exp(-2 * (k * z) ** 2) for k in range(1, 101)]
    return min(max(sum(series), 0.0), 1.0) if z > 0.2 else 1.0


def _chi_square(counts: np.ndarray, probabilities: np.ndarray) -> float:
    """P-value of the chi-square test, by the Wilson-Hilferty approximation."""
    expected = probabilities * counts.sum()
    statistic, k = float(np.sum((counts - expected) ** 2 / expected)), counts.size - 1
    z = ((statistic / k) ** (1 / 3) - (1 - 2 / (9 * k))) / math.sqrt(2 / (9 * k))
    return 0.5 * math.erfc(z / math.sqrt(2))


def _normal_cdf(x: np.ndarray) -> np.ndarray:
    return np.asarray([0.5 * math.erfc(-value / math.sqrt(2)) for value in x])


CONTINUOUS: dict[str, tuple[Callable[[Any], Any], Callable[[np.ndarray], np.ndarray]]] = {
    "uniform": (lambda rng: rng.uniform((DRAWN,)), lambda x: x),
    "uniform, single": (lambda rng: rng.uniform((DRAWN,), dtype="float32"), lambda x: x),
    "uniform in an interval": (
        lambda rng: rng.uniform((DRAWN,), low=-3.0, high=5.0), lambda x: (x + 3) / 8
    ),
    "normal": (lambda rng: rng.normal((DRAWN,)), _normal_cdf),
    "normal, single": (lambda rng: rng.normal((DRAWN,), dtype="float32"), _normal_cdf),
    "normal of a width": (
        lambda rng: rng.normal((DRAWN,), mean=-2.0, std=0.5), lambda x: _normal_cdf((x + 2) * 2)
    ),
    "complex normal": (
        lambda rng: rng.normal((DRAWN,), dtype="complex128"), lambda x: 1 - np.exp(-(x**2))
    ),
    "complex normal, single": (
        lambda rng: rng.normal((DRAWN,), dtype="complex64"), lambda x: 1 - np.exp(-(x**2))
    ),
    "bits": (lambda rng: rng.bits((DRAWN,)), lambda x: x / 2.0**32),
    "wide bits": (lambda rng: rng.bits((DRAWN,), width=64), lambda x: (x + 2.0**63) / 2.0**64),
    "wide integers": (
        lambda rng: rng.integers(-(2**40), 2**41, shape=(DRAWN,)),
        lambda x: (x + 2.0**40) / (3 * 2.0**40),
    ),
}  # fmt: skip


@law("random")
@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_draws(xp: Any, name: str) -> None:
    """Kolmogorov-Smirnov; of complex numbers the magnitude, and the angle, which is uniform."""
    draw, cdf = CONTINUOUS[name]
    drawn = xp.to_numpy(draw(xp.random.default_rng(SEED)))
    if drawn.dtype.kind == "c":
        angles = np.angle(drawn.astype("complex128"))
        assert _kolmogorov(angles, lambda x: (x + np.pi) / (2 * np.pi)) > STATISTICAL
        drawn = np.abs(drawn)
    assert _kolmogorov(drawn, cdf) > STATISTICAL
    following = drawn[:-1].astype("float64") * 1.0
    correlation = np.corrcoef(following, drawn[1:].astype("float64"))[0, 1]
    assert abs(correlation) < 5 / math.sqrt(DRAWN), "one number tells the next"


WEIGHTS = np.asarray([0.1, 0.4, 0.05, 0.45])
DISCRETE: dict[str, tuple[Callable[[Any, Any], Any], np.ndarray]] = {
    "integers": (lambda xp, rng: rng.integers(0, 7, shape=(DRAWN,)), np.full(7, 1 / 7)),
    "choice": (lambda xp, rng: rng.choice(5, shape=(DRAWN,)), np.full(5, 0.2)),
    "choice with weights": (
        lambda xp, rng: rng.choice(4, shape=(DRAWN,), p=xp.asarray(WEIGHTS.copy())), WEIGHTS
    ),
    "categorical": (
        lambda xp, rng: rng.categorical(xp.asarray(WEIGHTS.copy()), shape=(DRAWN,)), WEIGHTS
    ),
    "categorical, second row": (
        lambda xp, rng: rng.categorical(
            xp.asarray(np.stack([WEIGHTS[::-1], WEIGHTS])), shape=(DRAWN,)
        )[1, :],
        WEIGHTS,
    ),
    "low bits": (lambda xp, rng: rng.bits((DRAWN,)) & 7, np.full(8, 1 / 8)),
}  # fmt: skip


@law("random")
@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_draws(xp: Any, name: str) -> None:
    """Chi-square of the counts, and of the counts of pairs that follow each other."""
    draw, probabilities = DISCRETE[name]
    drawn = xp.to_numpy(draw(xp, xp.random.default_rng(SEED)))
    n = probabilities.size
    assert _chi_square(np.bincount(drawn, minlength=n), probabilities) > STATISTICAL
    pairs = np.bincount(drawn[:-1:2] * n + drawn[1::2], minlength=n * n)
    assert _chi_square(pairs, np.outer(probabilities, probabilities).ravel()) > STATISTICAL


@law("random")
def test_orders(xp: Any) -> None:
    """Of a permutation every place holds every element; of a choice, the first place its weight."""
    rng = xp.random.default_rng(SEED)
    orders = np.stack([xp.to_numpy(rng.permutation(5)) for _ in range(120)])
    for place in orders.T:
        assert _chi_square(np.bincount(place, minlength=5), np.full(5, 0.2)) > STATISTICAL
    p = xp.asarray(WEIGHTS.copy())
    chosen = np.stack([
        xp.to_numpy(rng.choice(4, shape=(2,), replace=False, p=p)) for _ in range(120)
    ])  # fmt: skip
    assert _chi_square(np.bincount(chosen[:, 0], minlength=4), WEIGHTS) > STATISTICAL
    second = np.asarray([
        sum(WEIGHTS[i] * WEIGHTS[j] / (1 - WEIGHTS[i]) for i in range(4) if i != j)
        for j in range(4)
    ])  # fmt: skip
    assert _chi_square(np.bincount(chosen[:, 1], minlength=4), second) > STATISTICAL


@law("random")
def test_streams_of_a_family_are_independent(xp: Any) -> None:
    """Parent, children, grandchild and neighbouring seeds share no number and do not correlate."""
    parent = xp.random.default_rng(SEED)
    first, second = parent.spawn(2)
    family = [parent, first, second, first.spawn(1)[0], parent.spawn(1)[0],
              xp.random.default_rng(SEED + 1)]  # fmt: skip
    streams = [xp.to_numpy(rng.bits((1000,))) for rng in family]
    for one, other in itertools.combinations(streams, 2):
        assert len(np.intersect1d(one, other)) <= 1
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / math.sqrt(1000)
        agreeing = [int(np.sum(((one ^ other) >> bit) & 1)) for bit in range(32)]
        assert abs(np.asarray(agreeing) - 500).max() < 6 * math.sqrt(250)
