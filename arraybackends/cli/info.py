"""`arraybackends info`: which backends there are, and why the current one is the current one."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

from arraybackends import __version__
from arraybackends.cli.terminal import paint
from arraybackends.errors import ArrayBackendsError
from arraybackends.selection import (
    BackendStatus,
    available_backends,
    current_name,
    current_precision,
    get_backend,
    provenance,
)

__all__ = ["add_command"]

_SCHEMA = "arraybackends.info/1"


def add_command(commands: Any, /) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "info",
        help="show the backends and which one is current",
        description="Show every known backend with its version and state, and why the current one "
        "is the current one. No array library is imported unless `--probe` asks for it.",
    )
    parser.add_argument(
        "--probe", action="store_true",
        help="import every installed library to see whether it works, and its devices",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="write the answer as JSON")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    backends = [
        _describe(status, probe=options.probe)
        for status in available_backends(probe=options.probe).values()
    ]
    report = {
        "schema": _SCHEMA,
        "version": __version__,
        "probed": options.probe,
        "current": _current(probe=options.probe),
        "backends": backends,
    }
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        _print_report(report)
    return 0 if report["current"]["problem"] is None else 1


def _describe(status: BackendStatus, *, probe: bool) -> dict[str, Any]:
    description = {**status._asdict(), "status": _state(status), "capabilities": None}
    if probe and status.devices:
        capabilities = get_backend(status.name, device=status.devices[0]).capabilities
        description["capabilities"] = dataclasses.asdict(capabilities)
    return description


def _state(status: BackendStatus) -> str:
    if not status.installed:
        return "not installed"
    if status.importable is None:
        return "installed"
    if not status.importable:
        return "broken"
    return "usable" if status.devices else "no device"


def _current(*, probe: bool) -> dict[str, Any]:
    """Describe the current backend; its device is known only once its library is imported."""
    current: dict[str, Any] = dict.fromkeys(("name", "reason", "precision", "device", "problem"))
    try:
        current |= {"name": current_name(), "reason": provenance()}
        current["precision"] = current_precision()
        if probe:
            current["device"] = get_backend().device
    except ArrayBackendsError as error:
        current["problem"] = str(error)
    return current


def _print_report(report: dict[str, Any]) -> None:
    colours = {"usable": "green", "installed": "green", "broken": "red", "no device": "yellow"}
    current = report["current"]
    rows = [("", "backend", "version", "status", "devices")]
    for backend in report["backends"]:
        mark = "*" if backend["name"] == current["name"] else ""
        devices = "?" if backend["devices"] is None else ", ".join(backend["devices"])
        rows.append((mark, backend["name"], backend["version"] or "-", backend["status"], devices))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print(f"arraybackends {report['version']}")
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        if row[3] in colours:
            cells[3] = paint(cells[3], colours[row[3]], sys.stdout)
        print("  ".join(cells).rstrip())
    print()
    if current["problem"] is None:
        device = f" on {current['device']}" if current["device"] else ""
        print(f"{current['reason']} It runs{device} in {current['precision']} precision.")
    else:
        print(f"{paint('No current backend:', 'red', sys.stdout)} {current['problem']}")
    for backend in report["backends"]:
        if backend["problem"] is not None:
            print(f"{backend['name']}: {backend['problem']}")
    if not report["probed"]:
        print("Add --probe to import the installed libraries and list their devices.")
