"""Updates, loops and numbers wrong where only a law about that corner looks."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import NumPyBackend, PyTorchBackend
from mutants.declaration import killed_by, wrong
from mutants.elementwise import TELLING

LOOPS = "test_loops_and_maps.py::"
UPDATES = "test_updates.py::"


class _Updates:
    """`xp.at(x)` whose updates go through a function of one's own."""

    def __init__(self, updater: Any, change: Any) -> None:
        self._updater, self._change = updater, change

    def __getitem__(self, index: Any) -> Any:
        return _Update(self._updater[index], index, self._change)


class _Update:
    def __init__(self, update: Any, index: Any, change: Any) -> None:
        self._update, self._index, self._change = update, index, change

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._update, name)
        return lambda values, /: self._change(name, self._index, values, method)


@wrong("at", UPDATES + "test_every_update_of_every_index[from the end-set]")
def at_clamps_numbers_from_the_end(xp: Any, right: Any) -> Any:
    """`at` takes negative numbers for 0."""

    def at(x: Any, /) -> Any:
        return _Updates(
            right(x), lambda name, index, values, method:
            right(x)[0].set(values) if name == "set" and index == -1 else method(values)
        )  # fmt: skip

    return lambda x, /: at(x) if x.ndim == 2 else right(x)


@wrong("at", UPDATES + "test_every_update_of_every_index[new axis-add]")
def at_ignores_new_axes(xp: Any, right: Any) -> Any:
    """`at(x)[None]` updates nothing."""
    return lambda x, /: _Updates(
        right(x), lambda name, index, values, method:
        x.copy() if index is None else method(values)
    )  # fmt: skip


@wrong("at", UPDATES + "test_updates_keep_every_dtype[int8]")
def at_saturates(xp: Any, right: Any) -> Any:
    """`at(x).add` of int8 saturates."""

    def add(x: Any, index: Any, values: Any) -> Any:
        wide = right(x.astype("int64"))[index].add(np.asarray(values, "int64"))
        return np.clip(wide, -128, 127).astype("int8")

    return lambda x, /: _Updates(
        right(x), lambda name, index, values, method:
        add(x, index, values) if name == "add" and x.dtype == np.int8 else method(values)
    )  # fmt: skip


@wrong("at", UPDATES + "test_values_must_have_the_shape_of_the_index")
def at_cuts_values(xp: Any, right: Any) -> Any:
    """`at(x)[i].set` cuts values that are too many."""
    return lambda x, /: _Updates(
        right(x), lambda name, index, values, method:
        method(np.resize(values, x[index].shape) if np.ndim(values) else values)
    )  # fmt: skip


@wrong("vmap", LOOPS + "test_each_result_has_its_own_axis")
def the_first_axis_for_all(xp: Any, right: Any) -> Any:
    """`vmap` takes the first of several `out_axes` for all results."""
    return lambda fn, /, *, out_axes=0, **options: right(
        fn, out_axes=out_axes[0] if isinstance(out_axes, tuple) else out_axes, **options
    )


@wrong("vmap", LOOPS + "test_results_that_are_no_numbers_keep_their_dtype")
def truth_is_a_number(xp: Any, right: Any) -> Any:
    """`vmap` gives truth values as numbers."""

    def vmap(fn: Any, /, **options: Any) -> Any:
        def mapped(*args: Any) -> Any:
            found = right(fn, **options)(*args)
            parts = found if isinstance(found, tuple) else (found,)
            parts = tuple(
                x.astype("float64") if xp.is_array(x) and x.dtype == bool else x for x in parts
            )
            return parts if isinstance(found, tuple) else parts[0]

        return mapped

    return vmap


@wrong("scan", LOOPS + "test_steps_may_give_nothing", error=TypeError)
def scan_needs_outputs(xp: Any, right: Any) -> Any:
    """`scan` needs an output of every step."""

    def scan(fn: Any, init: Any, xs: Any, /, **options: Any) -> Any:
        carry, ys = right(fn, init, xs, **options)
        if ys is None:
            raise TypeError("There is nothing to stack.")
        return carry, ys

    return scan


@wrong("jit", LOOPS + "test_compiled_functions_are_functions")
def jit_loses_the_name(xp: Any, right: Any) -> Any:
    """`jit` returns a function without the name and docstring of its own."""

    def jit(fn: Any = None, /, **options: Any) -> Any:
        if fn is None:
            return lambda given: jit(given, **options)
        return right(lambda *args, **kwargs: fn(*args, **kwargs), **options)

    return jit


@wrong("while_loop", LOOPS + "test_loops_may_be_long")
def while_loop_gives_up(xp: Any, right: Any) -> Any:
    """`while_loop` stops after 1000 passes."""

    def while_loop(cond_fn: Any, body_fn: Any, init: Any, /) -> Any:
        passes = iter(range(1000))
        return right(lambda x: next(passes, None) is not None and cond_fn(x), body_fn, init)

    return while_loop


@wrong("cond", LOOPS + "test_predicates_are_numbers", on=PyTorchBackend)
def cond_asks_all(xp: Any, right: Any) -> Any:
    """`cond` takes an array of predicates for true if all are."""
    return lambda pred, true_fn, false_fn, /, *operands: right(
        xp.all(pred) if xp.is_array(pred) else pred, true_fn, false_fn, *operands
    )


@wrong("cumulative_sum", f"{TELLING}[cumulative_sum]")
def running_sums_of_int32_are_int32(xp: Any, right: Any) -> Any:
    """`cumulative_sum` of int32, between the narrowest and the widest, keeps its dtype."""
    return lambda x, /, **options: right(
        x, **({"dtype": x.dtype, **options} if x.dtype == np.int32 else options)
    )


@wrong("linspace", f"{TELLING}[linspace]")
def linspace_of_complex_ends_is_real(xp: Any, right: Any) -> Any:
    """`linspace` of complex ends goes along the real axis."""
    return lambda start, stop, /, num, **options: right(
        complex(start).real, complex(stop).real, num, **options
    )


@wrong("floor_divide", "test_accuracy.py::test_quotients_are_rounded_down_once")
def quotient_is_rounded_twice(xp: Any, right: Any) -> Any:
    """`floor_divide` is the floor of the rounded quotient."""
    return lambda x1, x2, /: (
        np.floor(np.divide(x1, x2)) if np.result_type(x1, x2).kind == "f" else right(x1, x2)
    )


@wrong("linalg.expm", "test_accuracy.py::test_expm_is_accurate_at_every_norm[float64]",
       on=PyTorchBackend)  # fmt: skip
def expm_of_one_matrix_is_native(xp: Any, right: Any) -> Any:
    """`expm` of one matrix is PyTorch's, which loses digits at some norms."""
    return lambda x, /: xp.native.linalg.matrix_exp(x)


@wrong("sum", "test_selection.py::test_threads_compute_each_for_itself")
def sum_by_a_shared_buffer(xp: Any, right: Any) -> Any:
    """`sum` keeps its argument where other threads find it."""
    shared: dict[str, Any] = {}

    def total(x: Any, /, **options: Any) -> Any:
        shared["x"] = x
        xp.matmul(np.ones((120, 120)), np.ones((120, 120)))  # during which others come in
        return right(shared["x"], **options)

    return total


@killed_by("test_selection.py::test_nothing_is_declared_absent_that_is_there")
class HidesBehindAbsence(NumPyBackend):
    """Declares `sort` absent, so that it is not proved, and has it."""

    @property
    def absent(self) -> frozenset[str]:
        return frozenset({"sort"})
