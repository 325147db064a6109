"""Loops, maps and compiled functions wrong for some option, dtype or length only."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from mutants.declaration import wrong

CORNERS = "test_loops_and_maps.py::"
OPTIONS = "test_options.py::"
TRANSFORMS = "test_transforms.py::"


@wrong("scan", CORNERS + "test_scan_of_no_steps")
def scan_of_nothing_has_no_outputs(xp: Any, right: Any) -> Any:
    """`scan` of no steps has no outputs, not even empty ones."""

    def scan(fn: Any, init: Any, xs: Any, /, **options: Any) -> Any:
        carry, ys = right(fn, init, xs, **options)
        return carry, None if xp.is_array(ys) and not len(ys) else ys

    return scan


@wrong("scan", CORNERS + "test_scan_keeps_the_dtype_of_its_carry[float32]", on=PyTorchBackend)
def scan_widens_its_carry(xp: Any, right: Any) -> Any:
    """`scan` returns its carry in double."""

    def scan(fn: Any, init: Any, xs: Any, /, **options: Any) -> Any:
        carry, ys = right(fn, init, xs, **options)
        return xp.astype(carry, xp.float64) if xp.is_array(carry) else carry, ys

    return scan


@wrong("scan", CORNERS + "test_scan_refuses_lengths_that_disagree")
def scan_stops_at_the_shortest(xp: Any, right: Any) -> Any:
    """`scan` takes the shortest of its inputs, as `zip` does."""

    def scan(fn: Any, init: Any, xs: Any, /, *, length: Any = None, **options: Any) -> Any:
        if isinstance(xs, np.ndarray) and length is not None:
            xs = xs[: min(length, len(xs))]
            length = None
        if isinstance(xs, tuple):
            xs = tuple(x[: min(map(len, xs))] for x in xs)
        return right(fn, init, xs, length=length, **options)

    return scan


@wrong("scan", CORNERS + "test_scan_refuses_a_carry_that_changes", on=NumPyBackend)
def scan_lets_its_carry_grow(xp: Any, right: Any) -> Any:
    """`scan` does not look at the shape of its carry."""

    def scan(fn: Any, init: Any, xs: Any, /, **options: Any) -> Any:
        if not isinstance(init, np.ndarray) or options or len(xs) == 0:
            return right(fn, init, xs, **options)
        ys = []
        for x in xs:
            init, y = fn(init, x)
            ys.append(y)
        return init, xp._stack(ys)

    return scan


@wrong("vmap", CORNERS + "test_vmap_keeps_the_structure_of_results", on=PyTorchBackend)
def vmap_returns_tuples(xp: Any, right: Any) -> Any:
    """`vmap` returns lists as tuples."""

    def vmap(fn: Any, /, **options: Any) -> Any:
        def mapped(*args: Any, **kwargs: Any) -> Any:
            found = right(fn, **options)(*args, **kwargs)
            return tuple(found) if isinstance(found, list) else found

        return mapped

    return vmap


@wrong("vmap", CORNERS + "test_vmap_keeps_dtypes[None-float32]")
def vmap_stacks_in_double(xp: Any, right: Any) -> Any:
    """`vmap` stacks single results in double."""

    def vmap(fn: Any, /, **options: Any) -> Any:
        def mapped(*args: Any, **kwargs: Any) -> Any:
            found = right(fn, **options)(*args, **kwargs)
            return found.astype("float64") if getattr(found, "dtype", None) == "float32" else found

        return mapped

    return vmap


@wrong("vmap", CORNERS + "test_functions_map_along_every_axis[sum]", on=JAXBackend)
def vmap_with_axes_confused(xp: Any, right: Any) -> Any:
    """`vmap` over axis 1 is over axis 2."""
    return lambda fn, /, *, in_axes=0, **options: right(
        fn, in_axes=2 if in_axes == 1 else in_axes, **options
    )


@wrong("jit", OPTIONS + "test_jit_serves_every_signature", on=JAXBackend)
def jit_drops_keywords(xp: Any, right: Any) -> Any:
    """`jit` drops keyword arguments."""
    return lambda fn=None, /, **options: (
        right(fn, **options) if fn is None else lambda *args, **kwargs: right(fn, **options)(*args)
    )


@wrong("jit", OPTIONS + "test_jit_serves_every_signature", on=JAXBackend)
def jit_forgets_dtypes(xp: Any, right: Any) -> Any:
    """`jit` converts single arguments to double."""

    def jit(fn: Any = None, /, **options: Any) -> Any:
        if fn is None:
            return right(fn, **options)
        compiled = right(fn, **options)

        def called(*args: Any, **kwargs: Any) -> Any:
            return compiled(*(xp.astype(x, xp.float64) if getattr(x, "dtype", None) == "float32"
                              else x for x in args), **kwargs)  # fmt: skip

        return called

    return jit


@wrong("jit", OPTIONS + "test_static_arguments_are_values", on=JAXBackend)
def jit_keeps_the_first_static_argument(xp: Any, right: Any) -> Any:
    """`jit` compiles for the first static arguments and uses that for all."""

    def jit(fn: Any = None, /, *, static_argnums: Any = (), **options: Any) -> Any:
        if fn is None or static_argnums == ():
            return right(fn, static_argnums=static_argnums, **options)
        positions = {static_argnums} if isinstance(static_argnums, int) else set(static_argnums)
        first: dict[int, Any] = {}
        compiled = right(fn, static_argnums=static_argnums, **options)

        def called(*args: Any) -> Any:
            return compiled(*(first.setdefault(i, x) if i in positions else x
                              for i, x in enumerate(args)))  # fmt: skip

        return called

    return jit


@wrong("jit", CORNERS + "test_compiled_functions_run_once_per_signature", on=JAXBackend)
def jit_compiles_at_every_call(xp: Any, right: Any) -> Any:
    """`jit` compiles at every call."""

    def jit(fn: Any = None, /, **options: Any) -> Any:
        if fn is None:
            return right(fn, **options)

        class Compiled:
            status = right(fn, **options).status

            def __call__(self, *args: Any, **kwargs: Any) -> Any:
                again = right(lambda *a, **k: fn(*a, **k), **options)
                result = again(*args, **kwargs)
                self.status = again.status
                return result

        return Compiled()

    return jit


@wrong("jit", CORNERS + "test_jit_of_an_unknown_fallback_is_an_error", on=JAXBackend)
def any_fallback_will_do(xp: Any, right: Any) -> Any:
    """`jit` takes an unknown `fallback` for "warn"."""
    return lambda fn=None, /, *, fallback="warn", **options: right(
        fn, fallback=fallback if fallback in ("warn", "raise") else "warn", **options
    )


@wrong("cond", CORNERS + "test_only_the_branch_chosen_is_run")
def cond_runs_both_branches(xp: Any, right: Any) -> Any:
    """`cond` runs both branches, and returns the one chosen."""
    return lambda pred, true_fn, false_fn, /, *operands: [false_fn(*operands), true_fn(*operands)][
        bool(pred)
    ]


@wrong("while_loop", CORNERS + "test_loops_keep_dtypes[float32]", on=PyTorchBackend)
def while_loop_in_double(xp: Any, right: Any) -> Any:
    """`while_loop` carries single numbers as double ones."""
    return lambda cond_fn, body_fn, init, /: right(
        cond_fn, body_fn,
        xp.astype(init, xp.float64) if xp.is_array(init) and init.dtype == xp.float32 else init,
    )  # fmt: skip


@wrong("jit", TRANSFORMS + "test_jit_of_containers", on=JAXBackend, error=TypeError)
def jit_flattens_results(xp: Any, right: Any) -> Any:
    """`jit` returns dicts as lists."""

    def jit(fn: Any = None, /, **options: Any) -> Any:
        if fn is None:
            return right(fn, **options)
        compiled = right(fn, **options)

        def called(*args: Any, **kwargs: Any) -> Any:
            found = compiled(*args, **kwargs)
            return list(found.values()) if isinstance(found, dict) else found

        return called

    return jit
