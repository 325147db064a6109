"""The benchmarks refuse wrong results, and tell what they have measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.comparison import Answer, MismatchError
from benchmarks.contestants import CONTESTANTS
from benchmarks.limits import traffic
from benchmarks.report import TABLE, merge, page, ratio, read, short_table, table, with_table
from benchmarks.turns import Run, qualify, race
from benchmarks.workloads import WORKLOADS, make

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "benchmarks" / "results.json"
OURS = ("arraybackends numpy", "arraybackends pytorch")


def ours(name: str, workload: Any) -> Callable[[], Sequence[Run]]:
    """Return what makes the runs of this library."""
    return lambda: CONTESTANTS[name].load()(workload, "double", 1)


def peer(answer: Answer, setting: str = "", call: Callable[[], Any] = dict) -> Run:
    """Return a contestant that gives an answer."""
    return Run(call, lambda _: answer, setting)


@pytest.fixture(scope="module")
def state() -> Answer:
    """Compute the final state of four qubits."""
    (run,) = ours(OURS[0], make("qft", 4))()
    return run.answer(run.call())


@pytest.mark.parametrize("name", ["qft", "qaoa", "ansatz"])
def test_backends_agree_and_take_turns(name: str) -> None:
    """NumPy and PyTorch compute the same, each in every round."""
    workload = make(name, 4)
    ready = qualify({name: ours(name, workload) for name in OURS}, workload, "double")
    times = race(ready, rounds=3, seconds=1.0)
    assert {name: len(each) for name, each in times.items()} == dict.fromkeys(OURS, 3)
    assert all(seconds > 0 for each in times.values() for seconds in each)
    assert all(each.apart < 1e-12 for each in ready.values())


def test_a_wrong_state_is_refused(state: Answer) -> None:
    """A peer whose state is off in the seventh digit has no time in double precision."""
    workload = make("qft", 4)
    wrong = state["state"].copy()
    wrong[3] += 1e-7
    contestants = {OURS[0]: ours(OURS[0], workload), "wrong": lambda: [peer({"state": wrong})]}
    with pytest.raises(MismatchError, match=r"state of wrong differs from that of arraybackends"):
        qualify(contestants, workload, "double")


@pytest.mark.parametrize("key", ["value", "gradient"])
def test_a_wrong_derivative_is_refused(key: str) -> None:
    """A peer whose value or gradient is wrong has no time."""
    workload = make("ansatz", 4)
    (run,) = ours(OURS[0], workload)()
    answer = dict(run.answer(run.call()))
    answer[key] = -answer[key]
    with pytest.raises(MismatchError, match=f"The {key} of wrong"):
        qualify({"right": lambda: [run], "wrong": lambda: [peer(answer)]}, workload, "single")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"state": np.full(16, np.nan)}, "not finite"),
        ({"state": np.zeros(16)}, "differs"),
        ({"state": np.zeros(8)}, "shape"),
        ({"value": np.zeros(())}, "answers"),
    ],
    ids=["nan", "zero", "shape", "other"],
)
def test_what_is_no_state_is_refused(state: Answer, wrong: Answer, reason: str) -> None:
    """Answers that are not numbers, or of another kind or shape, are mismatches."""
    contestants = {"right": lambda: [peer(state)], "wrong": lambda: [peer(wrong)]}
    with pytest.raises(MismatchError, match=reason):
        qualify(contestants, make("qft", 4), "double")


def test_a_phase_is_no_difference(state: Answer) -> None:
    """Libraries differ in the phases of their gates, which cannot be measured."""
    turned = {"state": state["state"] * np.exp(0.7j)}
    contestants = {"right": lambda: [peer(state)], "turned": lambda: [peer(turned)]}
    ready = qualify(contestants, make("qft", 4), "double")
    assert ready["turned"].apart < 1e-12


def test_the_fastest_setting_takes_part(state: Answer) -> None:
    """Of several settings of a contestant the fastest is timed; one with none does not run."""
    slow = peer(state, "slow", lambda: sum(range(10**5)))
    fast = peer(state, "fast", lambda: sum(range(10**3)))
    contestants = {"peer": lambda: [slow, fast, slow], "absent": list}
    ready = qualify(contestants, make("qft", 4), "double")
    assert {name: each.run.setting for name, each in ready.items()} == {"peer": "fast"}


def test_the_fourier_transform_is_one() -> None:
    """The circuit computes the discrete Fourier transform of its product state."""
    workload = make("qft", 4)
    product = np.ones(1)
    for gate in workload.gates[:4]:
        (angle,) = gate.angles
        product = np.kron(product, [np.cos(angle / 2), np.sin(angle / 2)])
    (run,) = ours(OURS[0], workload)()
    found = run.answer(run.call())["state"]
    np.testing.assert_allclose(found, 4 * np.fft.ifft(product), atol=1e-12)


def test_limits_follow_from_the_plan() -> None:
    """The bytes of a plan are those of its passes, half as many in single precision."""
    workload = make("qft", 4)
    double, single = traffic(workload, "double"), traffic(workload, "single")
    assert double.bytes == 2 * single.bytes == int(2 * double.passes * 16 * 2**4)
    assert double.flops > 0


def record(seconds: Sequence[float], **changes: Any) -> dict[str, Any]:
    """Return the record of a run."""
    run = {"version": "1", "setting": "", "first": 0.5, "apart": 0.0}
    return {
        "date": "2026-01-01", "machine": "none", "load": 0.5, "workload": "qft", "n_qubits": 4,
        "precision": "double", "threads": 1, "left_out": {"Aer": "not warm after 1 s"},
        "contestants": {
            "arraybackends numpy": {**run, "seconds": list(seconds)},
            "qulacs": {**run, "seconds": [0.02, 0.02, 0.04]},
        },
        **changes,
    }  # fmt: skip


def test_ratios_are_within_rounds() -> None:
    """The median and the quartiles are of the ratios of times of the same round."""
    assert ratio([1.0, 4.0, 9.0], [2.0, 4.0, 3.0]) == (1.0, 0.75, 2.0)
    (row,) = [line for line in table([record([0.01, 0.01, 0.02])]).splitlines() if "qulacs" in line]
    assert "| 20 ms |" in row and "| 0.50 (0.50-0.50) | - | - |" in row


def test_tables_tell_who_is_left_out_and_when_it_was() -> None:
    """The long table names who is left out; the short one the date, the machine and its load."""
    assert "Aer | left out: not warm after 1 s" in table([record([0.1, 0.1, 0.1])])
    short = short_table([record([0.1, 0.1, 0.1])])
    assert "2026-01-01, none" in short and "Load average when the runs began: 0.5" in short


def test_a_new_run_replaces_the_old_one() -> None:
    """Records of the same workload, size, precision and number of threads are one."""
    old, new, other = record([1.0] * 3), record([2.0] * 3), record([1.0] * 3, n_qubits=3)
    assert merge([old, other], [new]) == [other, new]


@pytest.mark.parametrize("name", WORKLOADS)
def test_usual_sizes_can_be_made(name: str) -> None:
    """Each workload can be made at the numbers of qubits at which it is timed."""
    build, sizes = WORKLOADS[name]
    for n_qubits in sizes:
        workload = build(n_qubits)
        assert workload.name == name
        assert workload.n_qubits == n_qubits
        assert all(0 <= use.parameter < workload.theta.shape[-1] for use in workload.uses)


def test_the_readme_shows_the_results() -> None:
    """The table of the README is made of the JSON."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == with_table(readme, short_table(read(RESULTS)))


def test_the_long_table_shows_the_results() -> None:
    """The table of the documentation is made of the JSON."""
    records = read(RESULTS)
    assert RESULTS.with_name(TABLE).read_text(encoding="utf-8") == page(records)
    drawn = {f"{each['workload']}-{each['precision']}.svg" for each in records}
    assert {path.name for path in RESULTS.parent.glob("*-*.svg")} == drawn


def test_each_contestant_has_a_look_of_its_own() -> None:
    """Colours and markers are told apart, and are the same in all plots."""
    plots = pytest.importorskip("benchmarks.plots", exc_type=ImportError)
    assert set(plots.LOOKS) == set(CONTESTANTS)
    assert len(set(plots.LOOKS.values())) == len(CONTESTANTS)


def test_the_memory_of_half_storage_is_told_as_a_ratio() -> None:
    """A row for each backend and size, with what one state takes beside it."""
    memory = pytest.importorskip("benchmarks.memory", exc_type=ImportError)
    record = {"backend": "numpy", "n_qubits": 20}
    peaks = [{**record, "kind": "complex64", "peak": 3 * 2**23}, {**record, "kind": "half"}]
    peaks[1]["peak"] = 3 * 2**21
    assert "| numpy | 20 | 24.0 MiB | 6.0 MiB | 0.25 | 8.0 MiB |" in memory.page(peaks)
