"""`scan`, `cond` and `while_loop` do what the Python loops do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arraybackends_conformance.law import law


@law("scan")
@pytest.mark.parametrize("reverse", [False, True])
def test_scan_is_a_loop(xp: Any, reverse: bool) -> None:
    """Carry and stacked outputs are those of the loop; outputs keep their positions."""
    data = np.asarray([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    def step(carry: Any, x: Any) -> Any:
        total = xp.add(xp.multiply(carry["total"], 0.5), x["row"])
        return {"total": total}, (xp.sum(total), x["row"])

    carry, (sums, rows) = xp.scan(
        step, {"total": xp.zeros((2,))}, {"row": xp.asarray(data)}, reverse=reverse
    )
    total, expected = np.zeros(2), np.zeros(3)
    for i in range(3)[::-1] if reverse else range(3):
        total = total * 0.5 + data[i]
        expected[i] = total.sum()
    np.testing.assert_allclose(xp.to_numpy(carry["total"]), total, rtol=1e-14)
    np.testing.assert_allclose(xp.to_numpy(sums), expected, rtol=1e-14)
    np.testing.assert_array_equal(xp.to_numpy(rows), data)


def test_scan_by_length(xp: Any) -> None:
    """Without inputs, `length` says how often; and zero steps return the first carry."""
    carry, ys = xp.scan(lambda c, _: (xp.add(c, 1.0), c), xp.asarray(0.0), None, length=4)
    assert float(carry) == 4.0
    assert xp.to_numpy(ys).tolist() == [0.0, 1.0, 2.0, 3.0]


@law("cond")
def test_cond_takes_one_branch(xp: Any) -> None:
    """The branch is chosen by the predicate; operands are passed on; containers come back."""

    def double(x: Any, y: Any) -> Any:
        return {"z": xp.multiply(x, 2.0), "w": y}

    def negate(x: Any, y: Any) -> Any:
        return {"z": xp.negative(x), "w": y}

    x, y = xp.asarray(3.0), xp.asarray([1.0, 2.0])
    for pred, expected in ((True, 6.0), (False, -3.0)):
        for p in (xp.asarray(pred), pred):
            result = xp.cond(p, double, negate, x, y)
            assert float(result["z"]) == expected
            assert xp.to_numpy(result["w"]).tolist() == [1.0, 2.0]


@law("while_loop")
def test_while_loop_repeats(xp: Any) -> None:
    """The body is applied while the condition holds, possibly never."""

    def below(state: Any) -> Any:
        return xp.less(state[0], 100.0)

    def double(state: Any) -> Any:
        return (xp.multiply(state[0], 2.0), xp.add(state[1], 1))

    value, steps = xp.while_loop(below, double, (xp.asarray(3.0), xp.asarray(0)))
    assert (float(value), int(steps)) == (192.0, 6)
    value, steps = xp.while_loop(below, double, (xp.asarray(300.0), xp.asarray(0)))
    assert (float(value), int(steps)) == (300.0, 0)
