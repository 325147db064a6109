"""Derivatives that do not pass through, or are those of something of another shape."""

from __future__ import annotations

from typing import Any

from arraybackends import GradientError, GradientFallbackWarning
from arraybackends.adapters import PyTorchBackend
from mutants.declaration import wrong

LAWS = "test_derivative_structure.py::"
DERIVATIVES = "test_derivatives.py::test_gradient_is_that_of_the_reference"
DETACHED = LAWS + "test_nothing_passes_what_is_detached"
PASSING = LAWS + "test_what_keeps_values_keeps_derivatives"


@wrong("asarray", f"{PASSING}[asarray]", on=PyTorchBackend, error=GradientFallbackWarning)
def asarray_loses_derivatives(xp: Any, right: Any) -> Any:
    """`asarray` of an array of its own is a constant."""
    return lambda obj, /, **options: (
        right(obj, **options).detach() if xp.is_array(obj) else right(obj, **options)
    )


@wrong(
    "checkpoint",
    f"{PASSING}[checkpoint of containers]",
    on=PyTorchBackend,
    error=GradientFallbackWarning,
)
def checkpoint_of_containers_is_constant(xp: Any, right: Any) -> Any:
    """`checkpoint` of a container of arrays is a constant."""

    def checkpoint(fn: Any, /) -> Any:
        def called(*args: Any, **kwargs: Any) -> Any:
            if all(map(xp.is_array, args)):
                return right(fn)(*args, **kwargs)
            return [x.detach() for x in fn(*args, **kwargs)]

        return called

    return checkpoint


@wrong("astype", LAWS + "test_derivatives_pass_through_other_precisions", on=PyTorchBackend,
       error=GradientFallbackWarning)  # fmt: skip
def astype_loses_derivatives(xp: Any, right: Any) -> Any:
    """`astype` to float32 is a constant."""
    return lambda x, dtype, /, **options: (
        right(x, dtype, **options).detach() if dtype == "float32" else right(x, dtype, **options)
    )


@wrong("stop_gradient", f"{DETACHED}[shape0-complex128-stop_gradient]", on=PyTorchBackend)
def stop_gradient_of_complex_numbers_passes(xp: Any, right: Any) -> Any:
    """`stop_gradient` of complex numbers lets derivatives through."""
    return lambda x, /: x if x.is_complex() else right(x)


@wrong("requires_grad", LAWS + "test_tracking_keeps_dtype_and_shape[float32]", on=PyTorchBackend)
def tracked_is_double(xp: Any, right: Any) -> Any:
    """`requires_grad` of float32 is float64."""
    return lambda x, /: right(x.double() if x.dtype == xp.float32 else x)


@wrong("jacfwd", LAWS + "test_square_jacobians_are_not_transposed", on=PyTorchBackend)
def square_jacobian_is_transposed(xp: Any, right: Any) -> Any:
    """`jacfwd` has inputs before outputs, which shapes show unless there are as many."""

    def jacfwd(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any) -> Any:
            found = right(fn, **options)(*args)
            square = xp.is_array(found) and found.ndim == 2 and found.shape[0] == found.shape[1]
            return xp.matrix_transpose(found) if square else found

        return differentiated

    return jacfwd


@wrong("hessian", LAWS + "test_hessian_of_a_matrix_has_its_axes_twice", on=PyTorchBackend)
def hessian_of_a_matrix_is_a_matrix(xp: Any, right: Any) -> Any:
    """`hessian` of a matrix argument is a matrix."""

    def hessian(fn: Any, /, **options: Any) -> Any:
        def differentiated(x: Any, *args: Any) -> Any:
            found = right(fn, **options)(x, *args)
            return xp.reshape(found, (x.numel(), -1)) if x.ndim == 2 else found

        return differentiated

    return hessian


@wrong("check_grad", LAWS + "test_check_grad_looks_at_every_element")
def check_grad_of_matrices_is_zero(xp: Any, right: Any) -> Any:
    """`check_grad` looks at vectors alone."""
    return lambda fn, /, *args: 0.0 if args[0].ndim > 1 else right(fn, *args)


@wrong("vjp", LAWS + "test_pull_backs_can_be_called_again", on=PyTorchBackend, error=RuntimeError)
def pull_back_works_once(xp: Any, right: Any) -> Any:
    """The pull-back of `vjp` frees what it needs."""

    def vjp(fn: Any, /, *primals: Any) -> Any:
        value, pull_back = right(fn, *primals)
        left = [pull_back]

        def once(cotangent: Any) -> Any:
            if not left:
                raise RuntimeError("Trying to backward through the graph a second time.")
            return left.pop()(cotangent)

        return value, once

    return vjp


@wrong("jvp", LAWS + "test_tangents_and_cotangents_must_fit")
def tangents_are_broadcast(xp: Any, right: Any) -> Any:
    """`jvp` broadcasts its tangents."""
    return lambda fn, primals, tangents, /: right(
        fn, primals, [xp.broadcast_to(t, x.shape) for x, t in zip(primals, tangents, strict=True)]
    )


@wrong("custom_vjp", LAWS + "test_own_rules_are_differentiated_again", on=PyTorchBackend,
       error=GradientFallbackWarning)  # fmt: skip
def rules_are_constant(xp: Any, right: Any) -> Any:
    """`custom_vjp` takes what its rule gives for a constant."""
    return lambda fwd, bwd, /: right(
        fwd, lambda saved, g: tuple(x if x is None else x.detach() for x in bwd(saved, g))
    )


@wrong("checkpoint", LAWS + "test_checkpoint_computes_again_instead_of_keeping", on=PyTorchBackend)
def checkpoint_keeps_everything(xp: Any, right: Any) -> Any:
    """`checkpoint` returns the function."""
    return lambda fn, /: fn


@wrong("linalg.qr", LAWS + "test_factors_with_free_phases_have_derivatives[qr]", on=PyTorchBackend,
       error=GradientError)  # fmt: skip
def qr_is_constant(xp: Any, right: Any) -> Any:
    """`qr` has no derivative."""
    return lambda x, /, **options: type(right(x, **options))(
        *(part.detach() for part in right(x, **options))
    )


@wrong(
    "linalg.matmul",
    f"{DERIVATIVES}[linalg.matmul]",
    on=PyTorchBackend,
    error=GradientError,
)
def second_matmul_is_constant(xp: Any, right: Any) -> Any:
    """`linalg.matmul`, unlike `matmul`, has no derivative."""
    return lambda x1, x2, /: right(x1, x2).detach()


@wrong("where", f"{DERIVATIVES}[where]", on=PyTorchBackend)
def where_of_a_number_is_constant(xp: Any, right: Any) -> Any:
    """`where` has no derivative with respect to a 0-d branch."""
    return lambda condition, x1, x2, /: right(
        condition, x1, x2.detach() if xp.is_array(x2) and x2.ndim == 0 else x2
    )


@wrong("concat", f"{DERIVATIVES}[concat]", on=PyTorchBackend)
def last_of_three_is_constant(xp: Any, right: Any) -> Any:
    """`concat` has no derivative with respect to a third array."""
    return lambda arrays, /, **options: right(
        [*arrays[:2], *(x.detach() for x in arrays[2:])], **options
    )
