"""What is said of gradients that do not arrive."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, PauliSum

torch = pytest.importorskip("torch")

from arraybackends.integrations.torch import explain_gradient  # noqa: E402

xp = ab.get_backend("pytorch", device="cpu")


def energy(t: Any) -> Any:
    """Return <Z> after RX(t)."""
    return Circuit(1).rx(0, t).expectation(PauliSum({"Z": 1.0}))


def overwriting(x: Any) -> Any:
    """Change what the derivative of the exponential needs."""
    y = torch.exp(x)
    y += 1
    return torch.sum(y)


def untracked(x: Any) -> Any:
    """Compute without a graph."""
    with torch.no_grad():
        return torch.sum(x)


CAUSES = {
    "conversion to a number": (lambda x: energy(float(x[0])), "`Tensor.__float__`", "functions"),
    "conversion to NumPy": (lambda x: x.detach().numpy().sum(), "`Tensor.detach`", "detach"),
    "detached": (lambda x: xp.sum(xp.detach(x)), "`Tensor.detach`", "stop_gradient"),
    "data": (lambda x: xp.sum(x.data), "`Tensor.data`", "outside of the graph"),
    "integer": (lambda x: xp.sum(x) * xp.argmax(x), "`argmax`", "xp.where"),
    "in place": (overwriting, "`Exp`", "new array"),
    "no graph": (untracked, "`sum`, which runs untracked", "no_grad"),
    "no derivative": (lambda x: torch.sum(torch.special.zeta(x + 2, x)), "zeta", "custom_vjp"),
    "nan": (lambda x: torch.sqrt(torch.sum(0 * x)), "`MulBackward0`, which returned nan", "where"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_named_with_its_line_and_remedy(cause: str) -> None:
    """The text has the operation, the line of this file, and the way out."""
    fn, operation, remedy = CAUSES[cause]
    found = explain_gradient(fn, xp.asarray([0.3, 0.4]))
    loss = next(loss for loss in found.losses if operation in loss.operation)
    lines, start = inspect.getsourcelines(fn)
    line = int(re.fullmatch(rf"{re.escape(__file__)}:(\d+)", loss.location)[1])
    assert start <= line < start + len(lines)
    assert remedy in loss.remedy and loss.operation in str(found)


def test_a_whole_gradient_is_confirmed() -> None:
    """A circuit in a larger expression loses nothing, and both derivatives agree."""
    found = explain_gradient(lambda x: xp.sin(energy(x["t"])), {"t": xp.asarray(0.3)})
    assert found.losses == () and found.arrives == (True,)
    assert found.disagreement < 1e-8
    assert "reaches every array" in str(found)


def test_half_a_gradient_is_told_from_a_whole_one() -> None:
    """What is lost beside a part that arrives shows in the disagreement."""
    found = explain_gradient(lambda x: xp.sum(x) + xp.sum(xp.detach(x)), xp.asarray([0.3]))
    assert found.arrives == (True,)
    assert found.disagreement == pytest.approx(1.0, abs=1e-6)
    unused = explain_gradient(lambda x, y: xp.sum(x), xp.asarray([0.3]), xp.asarray(2.0))
    assert unused.arrives == (True, False) and "reaches array 1" in str(unused)


def test_nothing_to_differentiate_is_an_error() -> None:
    """Integers have no gradient; errors of the function propagate."""
    with pytest.raises(ab.GradientError, match="no floating-point tensor"):
        explain_gradient(lambda x: xp.sum(x), xp.asarray([1, 2]))
    with pytest.raises(ab.GradientError, match=r"shape \(2,\)"):
        explain_gradient(lambda x: x, xp.asarray([1.0, 2.0]))
    with pytest.raises(KeyError, match="mine"):
        explain_gradient(lambda x: {}["mine"], xp.asarray([1.0]))


def test_anomaly_detection_names_the_forward_line_behind_a_circuit() -> None:
    """Under `torch.autograd.set_detect_anomaly` the infinite slope of a root is found."""
    with (
        torch.autograd.set_detect_anomaly(True),
        pytest.warns(UserWarning, match="forward call that caused the error"),
        pytest.raises(RuntimeError, match=r"SqrtBackward0.* returned nan"),
    ):
        xp.value_and_grad(lambda t: energy(xp.sqrt(0 * t)))(xp.asarray(0.3))
