"""The report of a run: what was proved, on what, how far, and what failed with which input.

A report is plain data with a schema. It has neither times nor names of machines: a run that repeats
itself writes the same bytes, so that reports can be committed and compared.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import arraybackends
from arraybackends_conformance.law import law_names, members

__all__ = ["SCHEMA", "WHOLE", "adapter_digest", "describe", "stale", "write"]

SCHEMA = "arraybackends.conformance/1"
WHOLE = "(the backend)"
"""What a law is about that is about no single member."""

BOUND, SIMULATED, EXECUTED = 1, 2, 3


def adapter_digest(module: str, /) -> str:
    """
    Digest of an adapter's own source: the folder of its package, or its single module.

    It does not depend on where the adapter is installed.
    """
    file = Path(str(importlib.import_module(module).__file__))
    files = sorted(file.parent.glob("*.py")) if file.name == "__init__.py" else [file]
    digest = hashlib.sha256()
    for source in files:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def describe(backend: Any, /, *, profile: str, seed: int | None) -> dict[str, Any]:
    """
    What a run is about, without its results.

    `rung` is 3 where the library computes, and 2 where it is a double that says so itself.
    """
    import hypothesis

    cls = type(backend)
    return {
        "schema": SCHEMA,
        "backend": backend.name,
        "rung": getattr(backend.native, "__conformance_rung__", EXECUTED),
        "library": {"name": backend.native.__name__, "version": backend.library_version},
        "device": backend.device,
        "precision": backend.precision,
        "adapter": {"class": f"{cls.__module__}:{cls.__qualname__}",
                    "digest": adapter_digest(cls.__module__)},
        "versions": {
            "arraybackends": arraybackends.__version__,
            "hypothesis": hypothesis.__version__,
            "python": platform.python_version(),
        },
        "platform": f"{platform.system()} {platform.machine()}",
        "profile": profile,
        "seed": seed,
        "members": sorted(members()),
    }  # fmt: skip


def write(report: dict[str, Any], path: Path, /) -> None:
    """Write a report: one line for each law and each failure."""
    lines = [_field(name, value) for name, value in report.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _field(name: str, value: Any) -> str:
    if name in ("laws", "failures", "differences") and value:
        pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        rows = ",\n".join(
            " " + (json.dumps(key) + ":" if key is not None else "") + _compact(item)
            for key, item in pairs
        )
        left, right = "{}" if isinstance(value, dict) else "[]"
        return f"{json.dumps(name)}:{left}\n{rows}\n{right}"
    return f"{json.dumps(name)}:{_compact(value)}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def stale(report: dict[str, Any], /) -> list[str]:
    """Sentences saying in what a report no longer describes the suite and its adapter."""
    found = []
    now = arraybackends.__version__
    if report["schema"] != SCHEMA:
        return [f"The schema is {report['schema']}, not {SCHEMA}."]
    if report["versions"]["arraybackends"] != now:
        found.append(f"It is about arraybackends {report['versions']['arraybackends']}, not {now}.")
    module, _, _ = report["adapter"]["class"].partition(":")
    if report["adapter"]["digest"] != adapter_digest(module):
        found.append("The source of the adapter has changed.")
    found += _difference("Members of the protocol", report["members"], members())
    found += _difference("Laws", report["laws"], law_names())
    return found


def _difference(what: str, then: Iterable[str], now: Iterable[str]) -> list[str]:
    new, gone = sorted(set(now) - set(then)), sorted(set(then) - set(now))
    return [
        f"{what} {change}: {', '.join(names)}."
        for change, names in (("are new", new), ("are gone", gone))
        if names
    ]
