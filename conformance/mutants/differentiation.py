"""Wrong derivatives."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from arraybackends import GradientError, GradientFallbackWarning
from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from mutants.declaration import killed_by, wrong

GRADIENTS = "test_gradients.py::"
OPTIONS = "test_options.py::"


@wrong("grad", GRADIENTS + "test_complex_gradients_point_uphill", on=JAXBackend)
def gradient_downhill_in_the_imaginary_direction(xp: Any, right: Any) -> Any:
    """`grad` is JAX's own, in which complex gradients are conjugated."""
    return lambda fn, /, *, argnums=0, has_aux=False, method="auto": xp.native.grad(
        fn, argnums, has_aux
    )


@wrong("vjp", OPTIONS + "test_complex_vjp_is_adjoint_to_jvp[_mixing]", on=JAXBackend)
def vjp_not_conjugated(xp: Any, right: Any) -> Any:
    """`vjp` is JAX's own, which knows no conjugates."""
    return lambda fn, /, *primals: xp.native.vjp(fn, *primals)


@wrong("jvp", OPTIONS + "test_complex_vjp_is_adjoint_to_jvp[_mixing]", on=PyTorchBackend)
def jvp_conjugated(xp: Any, right: Any) -> Any:
    """`jvp` conjugates the tangent."""
    return lambda fn, primals, tangents, /: right(fn, primals, [xp.conj(t) for t in tangents])


@wrong("grad", GRADIENTS + "test_gradient_of_a_real_argument_is_real", on=PyTorchBackend)
def gradient_of_a_real_argument_is_complex(xp: Any, right: Any) -> Any:
    """`grad` of a real argument is complex."""
    return lambda fn, /, **options: lambda *args: right(fn, **options)(*args) + 0j


@wrong("value_and_grad", GRADIENTS + "test_unused_argument_has_a_zero_gradient",
       on=PyTorchBackend)  # fmt: skip
def no_gradient_of_unused_arguments(xp: Any, right: Any) -> Any:
    """`value_and_grad` gives None for arguments that do not enter, as PyTorch does."""

    def value_and_grad(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any) -> Any:
            value, gradients = right(fn, **options)(*args)
            if isinstance(gradients, tuple):
                gradients = tuple(g if bool(xp.any(g)) else None for g in gradients)
            return value, gradients

        return differentiated

    return value_and_grad


@wrong("grad", GRADIENTS + "test_gradient_is_the_analytic_one[sin]", on=PyTorchBackend)
def differences_pass_for_derivatives(xp: Any, right: Any) -> Any:
    """`grad` uses finite differences, and says nothing."""

    def grad(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", GradientFallbackWarning)
                return right(fn, **{**options, "method": "finite-difference"})(*args)

        return differentiated

    return grad


@wrong("grad", GRADIENTS + "test_fallback_announces_itself", on=JAXBackend,
       error=GradientFallbackWarning)  # fmt: skip
def autodiff_falls_back(xp: Any, right: Any) -> Any:
    """`grad` falls back on differences even with method="autodiff"."""
    return lambda fn, /, *, argnums=0, has_aux=False, method="auto": right(
        fn, argnums=argnums, has_aux=has_aux, method="auto" if method == "autodiff" else method
    )


@wrong("grad", GRADIENTS + "test_users_errors_propagate", on=PyTorchBackend)
def errors_of_the_user_mean_zero(xp: Any, right: Any) -> Any:
    """`grad` catches the user's errors and gives zeros."""

    def grad(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any) -> Any:
            try:
                return right(fn, **options)(*args)
            except LookupError:
                return xp.zeros_like(args[0])

        return differentiated

    return grad


@wrong("grad", OPTIONS + "test_gradient_passes_aux_on", on=JAXBackend)
def aux_dropped(xp: Any, right: Any) -> Any:
    """`grad` drops the auxiliary output."""

    def grad(fn: Any, /, *, has_aux: bool = False, **options: Any) -> Any:
        gradient = right(fn, has_aux=has_aux, **options)
        return (lambda *args: gradient(*args)[0]) if has_aux else gradient

    return grad


@wrong("value_and_grad", OPTIONS + "test_gradients_come_in_the_order_asked_for",
       on=PyTorchBackend)  # fmt: skip
def gradients_in_the_order_of_the_arguments(xp: Any, right: Any) -> Any:
    """`value_and_grad` sorts `argnums`."""
    return lambda fn, /, *, argnums=0, **options: right(
        fn, argnums=argnums if isinstance(argnums, int) else tuple(sorted(argnums)), **options
    )


@wrong("grad", GRADIENTS + "test_argnums_aux_and_containers")
def first_argument_only(xp: Any, right: Any) -> Any:
    """`grad` ignores `argnums`."""
    return lambda fn, /, *, argnums=0, **options: right(fn, **options)


@wrong("hessian", GRADIENTS + "test_hessian_is_right_and_symmetric", on=JAXBackend)
def hessian_is_diagonal(xp: Any, right: Any) -> Any:
    """`hessian` lacks the mixed derivatives."""
    return lambda fn, /, **options: (
        lambda *args: right(fn, **options)(*args) * xp.eye(args[0].shape[0])
    )


@wrong("jacfwd", OPTIONS + "test_jacobians_of_a_chosen_argument", on=PyTorchBackend)
def jacobian_of_the_first_argument(xp: Any, right: Any) -> Any:
    """`jacfwd` ignores `argnums`."""
    return lambda fn, /, *, argnums=0: right(fn)


@wrong("jacrev", GRADIENTS + "test_jacobians_agree", on=JAXBackend)
def jacobian_transposed(xp: Any, right: Any) -> Any:
    """`jacrev` has the axes of the input first."""

    def jacrev(fn: Any, /, **options: Any) -> Any:
        def differentiated(x: Any) -> Any:
            jacobian = right(fn, **options)(x)
            n = jacobian.ndim - x.ndim
            return xp.permute_dims(jacobian, (*range(n, jacobian.ndim), *range(n)))

        return differentiated

    return jacrev


@wrong("custom_vjp", GRADIENTS + "test_custom_vjp_decides_the_derivative", on=PyTorchBackend)
def rule_ignored(xp: Any, right: Any) -> Any:
    """`custom_vjp` differentiates the forward pass."""
    return lambda fwd, bwd, /: lambda *args: fwd(*args)[0]


@wrong("custom_vjp", GRADIENTS + "test_custom_vjp_is_uphill_for_complex_arguments",
       on=JAXBackend)  # fmt: skip
def rule_conjugated(xp: Any, right: Any) -> Any:
    """`custom_vjp` hands the cotangents of the rule to JAX as they are."""

    def custom_vjp(fwd: Any, bwd: Any, /) -> Any:
        fn = xp.native.custom_vjp(lambda *args: fwd(*args)[0])
        fn.defvjp(fwd, bwd)
        return fn

    return custom_vjp


@wrong("checkpoint", GRADIENTS + "test_checkpoint_changes_no_result", on=PyTorchBackend)
def checkpoint_stores_in_single(xp: Any, right: Any) -> Any:
    """`checkpoint` keeps its inputs in single precision."""
    return lambda fn, /: lambda *args: right(fn)(*(x.to(xp.float32).to(x.dtype) for x in args))


@wrong("detach", GRADIENTS + "test_detached_arrays_carry_no_derivative", on=JAXBackend)
def detach_does_nothing(xp: Any, right: Any) -> Any:
    """`detach` lets derivatives through."""
    return lambda x, /: x


@wrong("grad", GRADIENTS + "test_output_that_is_no_real_scalar_is_an_error", on=PyTorchBackend)
def vectors_are_summed(xp: Any, right: Any) -> Any:
    """`grad` sums an output that is not scalar."""
    return lambda fn, /, **options: right(lambda *args: xp.sum(xp.real(fn(*args))), **options)


@wrong("check_grad", GRADIENTS + "test_check_grad_measures_the_disagreement", on=PyTorchBackend)
def check_grad_is_satisfied(xp: Any, right: Any) -> Any:
    """`check_grad` compares the numerical derivative with itself."""
    return lambda fn, /, *args: 0.0


@killed_by(GRADIENTS + "test_output_that_is_no_real_scalar_is_an_error", error=ValueError)
class RaisesAnotherError(NumPyBackend):
    """A gradient that does not exist is a ValueError."""

    def grad(self, fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any) -> Any:
            try:
                return super(RaisesAnotherError, self).grad(fn, **options)(*args)
            except GradientError as error:
                raise ValueError(str(error)) from error

        return differentiated


@wrong("value_and_grad", GRADIENTS + "test_gradient_is_the_analytic_one[sin]", on=PyTorchBackend)
def gradients_in_numpy(xp: Any, right: Any) -> Any:
    """`value_and_grad` returns NumPy arrays, as optimisers want."""

    def value_and_grad(fn: Any, /, **options: Any) -> Any:
        def differentiated(*args: Any) -> Any:
            value, gradient = right(fn, **options)(*args)
            return float(value), np.asarray(gradient)

        return differentiated

    return value_and_grad


@wrong("linalg.eigh", "test_degenerate_spectra.py::test_trace_of_the_root[identity-root]",
       on=PyTorchBackend)  # fmt: skip
def eigenvectors_by_the_library(xp: Any, right: Any) -> Any:
    """`eigh` is PyTorch's own, whose derivative divides by gaps that are 0."""
    return lambda x, /: xp.native.linalg.eigh(x)


@wrong("linalg.svd", "test_degenerate_spectra.py::test_what_is_not_determined_is_not_a_number[svd]",
       on=PyTorchBackend)  # fmt: skip
def singular_vectors_without_derivative(xp: Any, right: Any) -> Any:
    """`svd` differentiates its values alone."""

    def svd(x: Any, /, **options: Any) -> Any:
        u, s, vh = right(x, **options)
        return type(right(x))(xp.detach(u) + 0 * xp.sum(s), s, xp.detach(vh))

    return svd
