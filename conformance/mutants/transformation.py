"""Functions changed by being mapped, compiled or looped."""

from __future__ import annotations

import warnings
from typing import Any

from arraybackends import CompilationError, CompilationFallbackWarning, ShapeError
from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from arraybackends.generic.compilation import EagerFunction
from arraybackends.protocol import JitStatus
from mutants.declaration import killed_by, wrong

TRANSFORMS = "test_transforms.py::"
LOOPS = "test_control_flow.py::"
OPTIONS = "test_options.py::"


@wrong("vmap", TRANSFORMS + "test_vmap_is_the_stacked_map[sum]", on=PyTorchBackend)
def vmap_calls_on_the_whole_batch(xp: Any, right: Any) -> Any:
    """`vmap` calls the function on the whole batch."""
    return lambda fn, /, **options: fn


@wrong("vmap", TRANSFORMS + "test_vmap_axes", error=ShapeError)
def vmap_over_first_axes(xp: Any, right: Any) -> Any:
    """`vmap` ignores negative `in_axes`."""
    return lambda fn, /, *, in_axes=0, **options: right(
        fn, in_axes=(0, 0) if in_axes == (-1, 0) else in_axes, **options
    )


@wrong("vmap", TRANSFORMS + "test_vmap_axes", on=JAXBackend)
def vmap_into_the_first_axis(xp: Any, right: Any) -> Any:
    """`vmap` ignores `out_axes`."""
    return lambda fn, /, *, out_axes=0, **options: right(fn, **options)


@wrong("vmap", TRANSFORMS + "test_vmap_is_the_stacked_map[sum]", on=PyTorchBackend)
def remainder_of_chunks_lost(xp: Any, right: Any) -> Any:
    """`vmap` works on whole chunks only."""

    def vmap(fn: Any, /, *, chunk_size: int | None = None, **options: Any) -> Any:
        def mapped(x: Any) -> Any:
            n = x.shape[0] // (chunk_size or 1) * (chunk_size or 1)
            return right(fn, chunk_size=chunk_size, **options)(x[:n])

        return mapped

    return vmap


@wrong("vmap", OPTIONS + "test_chunks_keep_the_axes[2]", on=JAXBackend)
def chunks_joined_along_the_first_axis(xp: Any, right: Any) -> Any:
    """`vmap` in chunks ignores `out_axes`."""
    return lambda fn, /, *, out_axes=0, chunk_size=None, **options: right(
        fn, out_axes=0 if chunk_size else out_axes, chunk_size=chunk_size, **options
    )


@wrong("vmap", OPTIONS + "test_vmap_over_nothing", error=IndexError)
def vmap_of_nothing_fails(xp: Any, right: Any) -> Any:
    """`vmap` needs one element to learn the shape of the result."""

    def vmap(fn: Any, /, **options: Any) -> Any:
        return lambda *args: (args[0][0], right(fn, **options)(*args))[1]

    return vmap


@wrong("jit", TRANSFORMS + "test_jit_changes_no_result[sum]", on=JAXBackend)
def jit_remembers_its_first_result(xp: Any, right: Any) -> Any:
    """`jit` returns what it returned first."""

    def jit(fn: Any, /, **options: Any) -> Any:
        seen: list[Any] = []

        def compiled(*args: Any) -> Any:
            if not seen:
                seen.append(fn(*args))
            return seen[0]

        return compiled

    return jit


@wrong("jit", TRANSFORMS + "test_jit_is_a_decorator", on=JAXBackend, error=TypeError)
def static_arguments_are_traced(xp: Any, right: Any) -> Any:
    """`jit` ignores `static_argnums`."""

    def jit(fn: Any = None, /, *, static_argnums: Any = (), **options: Any) -> Any:
        return right(fn, **options)

    return jit


@wrong("jit", TRANSFORMS + "test_jit_falls_back_once", on=JAXBackend)
def jit_falls_back_in_silence(xp: Any, right: Any) -> Any:
    """`jit` does not say that it could not compile."""

    def jit(fn: Any, /, **options: Any) -> Any:
        compiled = right(fn, **options)

        def called(*args: Any) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CompilationFallbackWarning)
                return compiled(*args)

        return called

    return jit


@wrong("jit", TRANSFORMS + "test_jit_lets_the_users_errors_through", on=JAXBackend,
       error=CompilationError)  # fmt: skip
def errors_of_the_user_are_of_compilation(xp: Any, right: Any) -> Any:
    """`jit` reports every error as one of compilation."""

    def jit(fn: Any, /, **options: Any) -> Any:
        def called(*args: Any) -> Any:
            try:
                return right(fn, **options)(*args)
            except LookupError as error:
                raise CompilationError(str(error)) from error

        return called

    return jit


@wrong("jit", TRANSFORMS + "test_jit_status")
def jit_pretends_to_compile(xp: Any, right: Any) -> Any:
    """`jit` says "compiled" where nothing is."""

    class Compiled(EagerFunction):
        status = JitStatus("compiled")

    return lambda fn, /, **options: Compiled(fn, "")


@wrong("scan", LOOPS + "test_scan_is_a_loop[True]")
def scan_forwards(xp: Any, right: Any) -> Any:
    """`scan` ignores `reverse`."""
    return lambda fn, init, xs, /, *, length=None, reverse=False: right(fn, init, xs, length=length)


@wrong("scan", LOOPS + "test_scan_is_a_loop[True]", on=JAXBackend)
def scan_stacks_in_the_order_of_steps(xp: Any, right: Any) -> Any:
    """`scan` stacks outputs in the order in which they came."""

    def scan(fn: Any, init: Any, xs: Any, /, *, reverse: bool = False, **options: Any) -> Any:
        carry, ys = right(fn, init, xs, reverse=reverse, **options)
        return carry, xp.native.tree.map(xp.flip, ys) if reverse else ys

    return scan


@killed_by(LOOPS + "test_while_loop_repeats")
class LoopsAtLeastOnce(NumPyBackend):
    """`while_loop` asks after the first pass."""

    def while_loop(self, cond_fn: Any, body_fn: Any, init: Any, /) -> Any:
        return super().while_loop(cond_fn, body_fn, body_fn(init))


@killed_by(LOOPS + "test_cond_takes_one_branch")
class TakesAnyPredicateForTrue(PyTorchBackend):
    """`cond` asks whether the predicate is there."""

    def cond(self, pred: Any, true_fn: Any, false_fn: Any, /, *operands: Any) -> Any:
        return true_fn(*operands) if pred is not False else false_fn(*operands)
