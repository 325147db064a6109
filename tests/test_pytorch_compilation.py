"""Compilation on PyTorch: lazy failures, one warning, honest status."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import arraybackends as ab

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def xp() -> Any:
    """PyTorch on the CPU."""
    return ab.get_backend("pytorch", device="cpu")


def test_a_compiled_function_gives_the_same_and_says_so(xp: Any) -> None:
    """The status is pending before the first call and compiled after it."""

    @xp.jit
    def f(x: Any) -> Any:
        return xp.sum(xp.sin(x) * 2.0)

    assert f.status.state == "pending"
    x = xp.asarray([0.1, 0.2])
    assert float(f(x)) == pytest.approx(float(xp.sum(xp.sin(x) * 2.0)))
    assert f.status == ("compiled", None)


def _leaving(xp: Any, calls: list[Any]) -> Any:
    """Make a function that the compiler cannot take as one graph."""

    def f(x: Any) -> Any:
        calls.append(None)
        return x * len(str(float(x[0])))

    return f


def test_a_rejected_function_falls_back_once(xp: Any) -> None:
    """The first call warns with the reason; the second neither compiles nor warns."""
    f = xp.jit(_leaving(xp, []))
    x = xp.asarray([0.5])
    with pytest.warns(ab.CompilationFallbackWarning, match="runs uncompiled") as caught:
        assert float(f(x)[0]) == 1.5
    assert len(caught) == 1
    assert f.status.state == "fallback" and f.status.reason
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(f(x)[0]) == 1.5


def test_a_rejected_function_can_raise_instead(xp: Any) -> None:
    """With `fallback="raise"` the cause is chained."""
    f = xp.jit(_leaving(xp, []), fallback="raise")
    with pytest.raises(ab.CompilationError, match="cannot be compiled") as caught:
        f(xp.asarray([0.5]))
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("fallback", ["warn", "raise"])
def test_errors_of_the_function_propagate(xp: Any, fallback: Any) -> None:
    """A ValueError of the user's own arrives as it is, without a warning or a new status."""

    @xp.jit(fallback=fallback)
    def f(x: Any) -> Any:
        if x.shape[0] > 1:
            raise ValueError("the user's own")
        return x

    with pytest.raises(ValueError, match="the user's own"):
        f(xp.asarray([1.0, 2.0]))
    assert f.status.state == "pending"


def test_static_arguments_are_constants(xp: Any) -> None:
    """A static argument may steer Python; an unhashable one is an error."""
    f = xp.jit(lambda x, n: x**n, static_argnums=1)
    assert float(f(xp.asarray([3.0]), 2)[0]) == 9.0
    with pytest.raises(TypeError, match="unhashable"):
        f(xp.asarray([3.0]), [2])
