"""Derivatives wrong for some dtype, shape or option only."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from mutants.declaration import wrong

CORNERS = "test_derivative_options.py::"


@wrong("jvp", CORNERS + "test_derivatives_keep_single_precision[jvp]", on=PyTorchBackend)
def tangents_are_double(xp: Any, right: Any) -> Any:
    """`jvp` gives double tangents of single arguments."""

    def jvp(fn: Any, primals: Any, tangents: Any, /) -> Any:
        value, tangent = right(fn, primals, tangents)
        return value, xp.astype(tangent, xp.float64) if tangent.dtype == xp.float32 else tangent

    return jvp


@wrong("vjp", CORNERS + "test_derivatives_keep_single_precision[vjp]", on=PyTorchBackend)
def cotangents_are_double(xp: Any, right: Any) -> Any:
    """`vjp` gives double cotangents of single arguments."""

    def vjp(fn: Any, /, *primals: Any) -> Any:
        value, pull_back = right(fn, *primals)
        return value, lambda w: tuple(
            xp.astype(g, xp.float64) if g.dtype == xp.float32 else g for g in pull_back(w)
        )

    return vjp


@wrong("jacrev", CORNERS + "test_derivatives_keep_single_precision[jacrev]", on=JAXBackend)
def jacobians_are_double(xp: Any, right: Any) -> Any:
    """`jacrev` gives double Jacobians of single arguments."""
    return lambda fn, /, **options: lambda x: xp.astype(right(fn, **options)(x), xp.float64)


@wrong(
    "jacrev",
    CORNERS + "test_jacobian_of_a_number_has_the_shape_of_the_argument[jacrev]",
    on=PyTorchBackend,
)
def jacobian_of_a_number_is_a_row(xp: Any, right: Any) -> Any:
    """`jacrev` of a scalar function has one row."""

    def jacrev(fn: Any, /, **options: Any) -> Any:
        def differentiated(x: Any) -> Any:
            jacobian = right(fn, **options)(x)
            return jacobian[None] if jacobian.ndim == x.ndim else jacobian

        return differentiated

    return jacrev


@wrong("hessian", CORNERS + "test_hessian_of_several_arguments", on=JAXBackend)
def hessian_of_several_has_diagonal_blocks(xp: Any, right: Any) -> Any:
    """`hessian` of several arguments lacks the mixed blocks."""

    def hessian(fn: Any, /, *, argnums: Any = 0) -> Any:
        def differentiated(*args: Any) -> Any:
            found = right(fn, argnums=argnums)(*args)
            if isinstance(argnums, int):
                return found
            return tuple(
                tuple(block if i == j else 0 * block for j, block in enumerate(row))
                for i, row in enumerate(found)
            )

        return differentiated

    return hessian


@wrong("checkpoint", CORNERS + "test_checkpoint_passes_everything_on", on=PyTorchBackend)
def checkpoint_drops_keywords(xp: Any, right: Any) -> Any:
    """`checkpoint` drops keyword arguments."""
    return lambda fn, /: lambda *args, **kwargs: right(fn)(*args)


@wrong("checkpoint", CORNERS + "test_checkpoint_passes_everything_on", on=JAXBackend)
def checkpoint_of_containers_is_flat(xp: Any, right: Any) -> Any:
    """`checkpoint` returns containers as tuples."""

    def checkpoint(fn: Any, /) -> Any:
        def called(*args: Any, **kwargs: Any) -> Any:
            out = right(fn)(*args, **kwargs)
            return tuple(out.values()) if isinstance(out, dict) else out

        return called

    return checkpoint


@wrong("value_and_grad", CORNERS + "test_results_do_not_hold_the_graph", on=PyTorchBackend)
def value_holds_the_graph(xp: Any, right: Any) -> Any:
    """`value_and_grad` returns a value that still tracks derivatives."""

    def value_and_grad(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any, **kwargs: Any) -> Any:
            value, gradient = right(fn, **options)(*args, **kwargs)
            return (value.requires_grad_() if xp.is_array(value) and value.is_leaf else value,
                    gradient)  # fmt: skip

        return differentiated

    return value_and_grad


@wrong("grad", CORNERS + "test_gradients_do_not_pile_up", on=PyTorchBackend)
def gradients_pile_up(xp: Any, right: Any) -> Any:
    """`grad` adds to the gradient of the last call at the same array, as `backward` does."""
    seen: dict[int, Any] = {}

    def grad(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any, **kwargs: Any) -> Any:
            gradient = right(fn, **options)(*args, **kwargs)
            if xp.is_array(gradient) and not options:
                old = seen.get(id(args[0]))
                if old is not None and old[0] is args[0]:
                    gradient = gradient + old[1]
                seen[id(args[0])] = (args[0], gradient)
            return gradient

        return differentiated

    return grad


@wrong("grad", CORNERS + "test_gradient_with_respect_to_integers_is_an_error", on=PyTorchBackend)
def gradient_of_integers_is_zero(xp: Any, right: Any) -> Any:
    """`grad` with respect to integers is 0."""

    def grad(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any, **kwargs: Any) -> Any:
            if xp.is_array(args[0]) and xp.isdtype(args[0].dtype, "integral"):
                return xp.zeros_like(args[0])
            return right(fn, **options)(*args, **kwargs)

        return differentiated

    return grad


@wrong("value_and_grad", CORNERS + "test_gradients_inside_gradients_see_the_outer_variable",
       on=PyTorchBackend)  # fmt: skip
def inner_gradients_are_constants(xp: Any, right: Any) -> Any:
    """`value_and_grad` inside another is a constant for it."""

    def value_and_grad(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any, **kwargs: Any) -> Any:
            value, gradient = right(fn, **options)(*args, **kwargs)
            return value, xp.detach(gradient) if xp.is_array(gradient) else gradient

        return differentiated

    return value_and_grad


@wrong("custom_vjp", CORNERS + "test_custom_rule_sees_the_cotangent", on=PyTorchBackend)
def rule_without_its_cotangent(xp: Any, right: Any) -> Any:
    """`custom_vjp` calls the rule with a cotangent of ones."""
    return lambda fwd, bwd, /: right(
        fwd, lambda saved, g: bwd(saved, xp.ones_like(g) if xp.is_array(g) else g)
    )


@wrong("custom_vjp", CORNERS + "test_custom_rule_sees_the_cotangent", on=JAXBackend)
def rule_of_several_outputs_sees_the_first(xp: Any, right: Any) -> Any:
    """`custom_vjp` of a function of several outputs calls the rule with the first cotangent."""
    return lambda fwd, bwd, /: right(
        fwd,
        lambda saved, g: bwd(saved, (g[0], xp.zeros_like(g[1])) if isinstance(g, tuple) else g),
    )


@wrong("grad", CORNERS + "test_gradients_of_containers_keep_their_structure", on=JAXBackend)
def gradients_of_tuples_are_lists(xp: Any, right: Any) -> Any:
    """`grad` of tuples gives lists."""

    def grad(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any, **kwargs: Any) -> Any:
            found = right(fn, **options)(*args, **kwargs)
            return list(found) if isinstance(args[0], tuple) else found

        return differentiated

    return grad


@wrong("grad", CORNERS + "test_differences_scale_with_the_argument", on=NumPyBackend)
def step_of_one_size(xp: Any, right: Any) -> Any:
    """`grad` by differences steps by 1e-7, whatever the size of the argument."""

    def grad(fn: Any, /, *, argnums: Any = 0, **options: Any) -> Any:
        def differentiated(*args: Any, **kwargs: Any) -> Any:
            x = args[0]
            if argnums or not isinstance(x, np.ndarray) or x.dtype != "float64":
                return right(fn, argnums=argnums, **options)(*args, **kwargs)
            exact = right(fn, **options)(*args, **kwargs)
            slopes = np.zeros_like(x)
            for i in np.ndindex(x.shape):
                step = np.zeros_like(x)
                step[i] = 1e-7
                slopes[i] = (fn(x + step) - fn(x - step)) / 2e-7
            return slopes if np.max(np.abs(x), initial=0) > 1e3 else exact

        return differentiated

    return grad


@wrong("linalg.eigh", CORNERS + "test_sums_of_eigenvalues_have_gradients_where_they_are_equal",
       on=PyTorchBackend)  # fmt: skip
def gradient_of_eigenvalues_needs_gaps(xp: Any, right: Any) -> Any:
    """`eigh` differentiates its eigenvalues with the eigenvectors, dividing by their gaps."""

    def eigh(x: Any, /) -> Any:
        found = right(x)
        gaps = found[0][..., :, None] - found[0][..., None, :] + xp.eye(x.shape[-1])
        spread = xp.sum(0.0 / gaps, axis=-1)
        return type(found)(found[0] + spread, found[1]) if x.requires_grad else found

    return eigh


@wrong("where", CORNERS + "test_untaken_branches_leave_gradients_alone", on=JAXBackend)
def where_by_arithmetic(xp: Any, right: Any) -> Any:
    """`where` multiplies its branches by 0 and 1, so that NaN comes through."""

    def where(condition: Any, x1: Any, x2: Any, /) -> Any:
        chosen = right(condition, x1, x2)
        if chosen.dtype != "float64":
            return chosen
        mask = xp.astype(condition, xp.float64)
        return mask * x1 + (1 - mask) * x2

    return where
