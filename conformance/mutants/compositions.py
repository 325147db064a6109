"""Transformations that are right by themselves, and wrong after or beside each other."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from arraybackends.adapters import NumPyBackend, PyTorchBackend
from arraybackends.protocol import MemoryStats
from mutants.declaration import killed_by, wrong

LAWS = "test_compositions.py::"
UPDATES = "test_updates.py::test_every_update_of_every_index"


# Updates


@killed_by(f"{UPDATES}[array of two axes-set]")
class SetsOneRow(NumPyBackend):
    """`at(x)[table].set` looks at the first row of a table of positions."""

    def _update(self, name: Any, x: Any, index: Any, values: Any) -> Any:
        if name == "set" and isinstance(index, np.ndarray) and index.ndim == 2:
            index, values = index[:1], values if np.ndim(values) == 0 else values[:1]
        return super()._update(name, x, index, values)


@killed_by(f"{UPDATES}[slice-min]")
class SkipsNaN(NumPyBackend):
    """`at(x).min` and `max` skip NaN."""

    def _update(self, name: Any, x: Any, index: Any, values: Any) -> Any:
        if name not in ("min", "max"):
            return super()._update(name, x, index, values)
        result = x.copy()
        {"min": np.fmin, "max": np.fmax}[name].at(result, index, values)
        return result


@killed_by(f"{UPDATES}[backwards-set]")
class GoesForward(NumPyBackend):
    """`at(x)[::-1]` updates from the first row on."""

    def _update(self, name: Any, x: Any, index: Any, values: Any) -> Any:
        if isinstance(index, slice) and index.step is not None and index.step < 0:
            index = np.sort(np.arange(x.shape[0])[index])
        return super()._update(name, x, index, values)


@killed_by("test_updates.py::test_updates_of_every_layout[transposed]")
class WritesIntoViews(NumPyBackend):
    """`at(x).set` writes into arrays that are not contiguous."""

    def _update(self, name: Any, x: Any, index: Any, values: Any) -> Any:
        if name != "set" or x.flags.c_contiguous or not x.flags.writeable:
            return super()._update(name, x, index, values)
        x[index] = values
        return x


# vmap


@wrong("vmap", f"{LAWS}test_vmap_along_every_axis_in_every_chunk[of one]")
def chunks_are_joined_in_front(xp: Any, right: Any) -> Any:
    """`vmap` joins its chunks along the first axis, whichever `out_axes` is, where that fits."""

    def vmap(
        fn: Any, /, *, in_axes: Any = 0, out_axes: Any = 0, chunk_size: Any = None, **rest: Any
    ) -> Any:
        whole = right(fn, in_axes=in_axes, out_axes=out_axes, chunk_size=chunk_size, **rest)
        if chunk_size is None or not isinstance(in_axes, tuple) or None in in_axes:
            return whole

        def mapped(*args: Any) -> Any:
            size = args[0].shape[in_axes[0]]
            parts = []
            for start in range(0, size, chunk_size):
                chosen = range(start, min(size, start + chunk_size))
                taken = [np.take(a, chosen, axis=i) for a, i in zip(args, in_axes, strict=True)]
                parts.append(whole(*taken))
            try:
                return np.concatenate(parts, axis=0)
            except ValueError:
                return whole(*args)

        return mapped

    return vmap


@wrong("vmap", f"{LAWS}test_vmap_along_every_axis_in_every_chunk[of none]")
def constants_are_not_stacked(xp: Any, right: Any) -> Any:
    """`vmap` returns a constant as it is."""

    def vmap(fn: Any, /, **options: Any) -> Any:
        def mapped(*args: Any) -> Any:
            seen: list[Any] = []

            def spied(*elements: Any) -> Any:
                seen.append(fn(*elements))
                return seen[-1]

            stacked = right(spied, **options)(*args)
            return seen[0] if len(seen) > 1 and all(y is seen[0] for y in seen) else stacked

        return mapped

    return vmap


# jit


def _wrapping(right: Any, wrap: Callable[[Any, tuple[int, ...]], Any]) -> Any:
    """`jit` of functions that are wrapped."""

    def jit(fn: Any = None, /, *, static_argnums: Any = (), **options: Any) -> Any:
        if fn is None:
            return functools.partial(jit, static_argnums=static_argnums, **options)
        places = (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums)
        return right(wrap(fn, places), static_argnums=static_argnums, **options)

    return jit


@wrong("jit", f"{LAWS}test_jit_of_one_call_after_another")
def equal_constants_are_one(xp: Any, right: Any) -> Any:
    """`jit` takes True and 1.0 for the 1 that it has seen."""

    def wrap(fn: Any, places: tuple[int, ...]) -> Any:
        known: dict[Any, Any] = {}

        @functools.wraps(fn)
        def call(*args: Any, **options: Any) -> Any:
            given = list(args)
            for place in places:
                given[place] = known.setdefault((place, given[place]), given[place])
            return fn(*given, **options)

        return call

    return _wrapping(right, wrap)


@wrong("jit", f"{LAWS}test_jit_of_one_call_after_another")
def compiled_for_the_first_dtype(xp: Any, right: Any) -> Any:
    """`jit` tells signatures by their shapes alone: results have the dtype of the first call."""

    def wrap(fn: Any, places: tuple[int, ...]) -> Any:
        known: dict[Any, Any] = {}

        @functools.wraps(fn)
        def call(*args: Any, **options: Any) -> Any:
            found = fn(*args, **options)
            if not isinstance(found, np.ndarray):
                return found
            key = tuple(x.shape if isinstance(x, np.ndarray) else (type(x), x) for x in args)
            dtype = known.setdefault(key, found.dtype)
            return found.astype(dtype) if dtype.kind == found.dtype.kind else found

        return call

    return _wrapping(right, wrap)


@wrong("jit", f"{LAWS}test_jit_calls_a_function_that_fails_once")
def failures_are_tried_again(xp: Any, right: Any) -> Any:
    """`jit` calls a function that failed once more, eagerly."""

    def wrap(fn: Any, places: tuple[int, ...]) -> Any:
        @functools.wraps(fn)
        def call(*args: Any, **options: Any) -> Any:
            try:
                return fn(*args, **options)
            except KeyError:
                return fn(*args, **options)

        return call

    return _wrapping(right, wrap)


# Loops


@wrong("while_loop", f"{LAWS}test_containers_come_back_as_they_are[tuple of one]")
def one_is_no_tuple(xp: Any, right: Any) -> Any:
    """`while_loop` returns the element of a tuple of one."""

    def while_loop(*arguments: Any) -> Any:
        value = right(*arguments)
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value

    return while_loop


@wrong("scan", f"{LAWS}test_results_of_scan_are_nobody_elses_storage")
def the_carry_is_the_last_output(xp: Any, right: Any) -> Any:
    """`scan` returns a view of the last output for a carry that equals it."""

    def scan(fn: Any, init: Any, xs: Any, /, **options: Any) -> Any:
        carry, outputs = right(fn, init, xs, **options)
        arrays = isinstance(carry, np.ndarray) and isinstance(outputs, np.ndarray)
        same = arrays and len(outputs) > 0 and np.array_equal(outputs[-1], carry)
        return (outputs[-1] if same else carry), outputs

    return scan


# Derivatives


@killed_by(f"{LAWS}test_pull_backs_do_not_share_what_they_keep")
class KeepsTheLastResiduals(PyTorchBackend):
    """`custom_vjp` keeps its residuals beside the function, not with the call."""

    def custom_vjp(self, fwd: Any, bwd: Any, /) -> Any:
        last: list[Any] = []

        def forward(*args: Any) -> Any:
            output, residuals = fwd(*args)
            last[:] = [residuals]
            return output, ()

        return super().custom_vjp(forward, lambda _, g: bwd(last[0], g))


@killed_by(f"{LAWS}test_threads_differentiate_each_for_itself")
class SharesArguments(NumPyBackend):
    """`value_and_grad` keeps the arguments where other threads write theirs."""

    def value_and_grad(self, fn: Any, /, **options: Any) -> Any:
        right = super().value_and_grad(fn, **options)
        kept: list[Any] = []

        def differentiated(*args: Any, **named: Any) -> Any:
            kept[:] = args
            fn(*args, **named)
            return right(*kept, **named)

        return differentiated


@killed_by(f"{LAWS}test_no_mode_passes_what_is_detached[stop_gradient]")
class StopsOneMode(PyTorchBackend):
    """`stop_gradient` stops no tangent."""

    def stop_gradient(self, x: Any, /) -> Any:
        import torch

        class Stop(torch.autograd.Function):
            generate_vmap_rule = True

            @staticmethod
            def forward(x: Any) -> Any:
                return x.clone()

            @staticmethod
            def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
                pass

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:  # noqa: ARG004
                return torch.zeros_like(g)

            @staticmethod
            def jvp(ctx: Any, tangent: Any) -> Any:  # noqa: ARG004
                return tangent.clone()

        return Stop.apply(x)  # type: ignore[no-untyped-call]


# Options, memory, conversion


@killed_by(f"{LAWS}test_every_way_to_a_backend_keeps_its_options[with_options]")
class ForgetsItsOptions(NumPyBackend):
    """`with_options` makes an object that says what it was asked for, and does not do it."""

    def with_options(self, *, device: Any = None, precision: Any = None) -> Any:
        made = super().with_options(device=device, precision=precision)
        plain = type(self)()
        for name in ("ones", "zeros", "eye"):
            made._set(**{name: getattr(plain, name)})
        return made


@killed_by("test_claims.py::test_memory_is_really_counted")
class ForgetsThePeak(NumPyBackend):
    """`memory_stats` gives what is allocated now for the peak."""

    def memory_stats(self) -> dict[str, MemoryStats]:
        return {
            device: MemoryStats(stats.allocated, stats.allocated)
            for device, stats in super().memory_stats().items()
        }


@wrong("asarray", "test_conversion.py::test_lists_of_single_elements[False]")
def elements_are_integers(xp: Any, right: Any) -> Any:
    """`asarray` of a list of 0-d arrays takes them for Python's integers."""

    def asarray(obj: Any, /, **options: Any) -> Any:
        if isinstance(obj, list) and obj and all(xp.is_array(x) for x in obj):
            obj = [int(x) if x.ndim == 0 else x for x in obj]
        return right(obj, **options)

    return asarray


@wrong("argmax", "test_transfers.py::test_operations_look_at_no_value[argmax]",
       on=PyTorchBackend, error=RuntimeError)  # fmt: skip
def argmax_fetches_its_result(xp: Any, right: Any) -> Any:
    """`argmax` takes its result out as a number, and makes an array of it."""

    def argmax(x: Any, /, **options: Any) -> Any:
        found = right(x, **options)
        return xp.asarray(found.item(), device=xp.device_of(x)) if found.ndim == 0 else found

    return argmax
