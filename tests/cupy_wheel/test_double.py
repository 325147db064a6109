"""The double of the second rung: what it has in common with the real wheel, and what it refuses.

`python tests/cupy_wheel/test_double.py` renews its table from the wheel that is installed.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import runpy
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import cupy
import pytest

DOUBLE = Path(__file__).parents[2] / "conformance" / "doubles" / "cupy"
TABLE = DOUBLE / "wheel.json"
_MARKS = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def parameters(function: Any, /) -> str:
    """Parameters of a function as the table has them: `"a, axis=None, *, keepdims=False"`."""
    parts: list[str] = []
    previous = None
    for p in inspect.signature(function).parameters.values():
        if previous is p.POSITIONAL_ONLY and p.kind is not previous:
            parts.append("/")
        if p.kind is p.KEYWORD_ONLY and previous not in (p.KEYWORD_ONLY, p.VAR_POSITIONAL):
            parts.append("*")
        default = "" if p.default is p.empty else f"={_text(p.default)}"
        parts.append(f"{_MARKS.get(p.kind, '')}{p.name}{default}")
        previous = p.kind
    return ", ".join([*parts, "/"] if previous is inspect.Parameter.POSITIONAL_ONLY else parts)


def _text(default: Any) -> str:
    plain = default is None or isinstance(default, (bool, int, float, str))
    return repr(default) if plain else "None"


def member(path: str, /) -> Any:
    """Member of the wheel by its dotted path, None if it has none."""
    found: Any = cupy
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def table(names: list[str], /) -> dict[str, Any]:
    """Table of the wheel that is installed, for those of the names that it has."""
    functions: dict[str, str] = {}
    ufuncs: dict[str, Any] = {}
    for name in sorted(names):
        found = member(name)
        if isinstance(found, cupy.ufunc):
            ufuncs[name] = [found.nin, found.nout, found.types]
        elif inspect.isfunction(found) or found is cupy.matmul:
            functions[name] = parameters(found)
    return {"version": cupy.__version__, "functions": functions, "ufuncs": ufuncs}


def names() -> list[str]:
    """Names in the table."""
    known = json.loads(TABLE.read_text(encoding="utf-8"))
    return [*known["functions"], *known["ufuncs"]]


def test_double_is_like_the_wheel() -> None:
    """The double of the second rung has the names, parameters and kernels of the wheel."""
    known = json.loads(TABLE.read_text(encoding="utf-8"))
    assert table(names()) == known, f"CuPy has changed: run `python {__file__}`."


def test_arrays_of_the_double_have_nothing_of_their_own() -> None:
    """Every public attribute of the double's arrays is one of CuPy's."""
    double = runpy.run_path(str(DOUBLE / "_array.py"))["ndarray"]
    own = {name for name in vars(double) if not name.startswith("_")}
    assert {"get", "astype", "sum"} <= own <= set(dir(cupy.ndarray))


@pytest.mark.parametrize(
    "module", ["cupy", "cupy.linalg", "cupy.fft", "cupy.cuda", "cupy.cuda.runtime"]
)
def test_modules_of_the_double_have_nothing_of_their_own(module: str) -> None:
    """Every public name of the double is one of the wheel's."""
    program = f"import importlib; print(*importlib.import_module({module!r}).__dict__)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(DOUBLE.parent)},
    )  # fmt: skip
    found = {name for name in done.stdout.split() if not name.startswith("_")}
    assert found, "the double has no names"
    own = {"TABLE", "OWN", "Any", "Callable", "annotations", "function", "np"}
    assert found - own <= set(dir(importlib.import_module(module)))


def test_double_refuses_what_only_seems_to_work() -> None:
    """No implicit conversion, no arrays of NumPy, no dtype without a kernel, no hidden number."""
    program = """
        import numpy as np, cupy
        x = cupy.array([1.0, 2.0])
        adapter = {"__name__": "arraybackends.adapters.cupy", "x": x}
        for attempt in (lambda: np.asarray(x), lambda: np.add(x, x), lambda: x + np.ones(2),
                        lambda: cupy.concatenate([x, np.ones(2)]), lambda: cupy.signbit(1j * x),
                        lambda: cupy.sum(x, dim=0), lambda: eval("float(x[0])", adapter)):
            try:
                attempt()
            except TypeError:
                continue
            raise SystemExit("it was not refused")
        assert isinstance(cupy.sum(x), cupy.ndarray) and cupy.sum(x).shape == ()
        assert (float(x[0]), x[0].item(), x.get().tolist()) == (1.0, 1.0, [1.0, 2.0])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(DOUBLE.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(names()), indent=1) + "\n", encoding="utf-8")
