"""Whether two contestants have computed the same, which comes before any time counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from benchmarks.workloads import Precision, Workload

__all__ = ["Answer", "MismatchError", "answer_of_samples", "check_answer"]

Answer: TypeAlias = Mapping[str, np.ndarray]
"""What a contestant has computed, by name, in the conventions of this project."""

ROUNDING = {"single": 2e-4, "double": 1e-9}
"""How far results may be apart, relative to the largest element: hundreds of gates round."""

DEVIATIONS = 7.0
"""How many standard deviations frequencies may be apart."""


class MismatchError(Exception):
    """Two contestants disagree, so that no time of theirs means anything."""


def answer_of_samples(bits: np.ndarray) -> Answer:
    """Return how often each qubit was 1, and how often neighbours differed."""
    return {"ones": bits.mean(axis=0), "differ": (bits[:, 1:] != bits[:, :-1]).mean(axis=0)}


def check_answer(
    name: str, answer: Answer, others: str, expected: Answer, workload: Workload,
    precision: Precision,
) -> float:  # fmt: skip
    """
    Raise unless two answers agree, else return how far they are apart.

    States may differ by a phase, which nothing can measure.
    """
    if answer.keys() != expected.keys():
        raise MismatchError(f"{name} answers {sorted(answer)}, but {others} {sorted(expected)}.")
    largest = 0.0
    for key, right in expected.items():
        left = np.asarray(answer[key])
        if left.shape != right.shape:
            raise MismatchError(
                f"The {key} of {name} has the shape {left.shape}, that of {others} {right.shape}."
            )
        if not np.all(np.isfinite(left)):
            raise MismatchError(f"The {key} of {name} is not finite.")
        if key == "state":
            overlap = np.vdot(right, left)
            left = left * (abs(overlap) / overlap if overlap else 1.0)
        scale = 1.0 if workload.shots else float(np.max(np.abs(right)))
        apart = float(np.max(np.abs(left - right))) / scale
        bound = DEVIATIONS / workload.shots**0.5 if workload.shots else ROUNDING[precision]
        if apart > bound:
            raise MismatchError(
                f"The {key} of {name} differs from that of {others} by {apart:.2g} on "
                f"{workload.name} with {workload.n_qubits} qubits in {precision} precision; "
                f"at most {bound:.2g} is rounding."
            )
        largest = max(largest, apart)
    return largest
