"""Wrong only for one value of an option, or where two options meet."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, PyTorchBackend
from mutants.declaration import agrees, wrong
from mutants.elementwise import TELLING


@wrong("sum", f"{TELLING}[sum]")
def keepdims_not_of_several_axes(xp: Any, right: Any) -> Any:
    """`sum` ignores `keepdims` where `axis` is a tuple."""
    return lambda x, /, *, axis=None, keepdims=False, **options: right(
        x, axis=axis, keepdims=keepdims and not isinstance(axis, tuple), **options
    )


@wrong("std", f"{TELLING}[std]")
def std_over_several_axes_by_turns(xp: Any, right: Any) -> Any:
    """`std` over several axes counts the elements of the first alone."""

    def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, **options: Any) -> Any:
        if not isinstance(axis, tuple) or len(axis) < 2:
            return right(x, axis=axis, correction=correction, **options)
        n, all_ = x.shape[axis[0]], np.prod([x.shape[i] for i in axis])
        return right(x, axis=axis, correction=0.0, **options) * np.sqrt(
            all_ / n * (n - correction) and 1.0 / ((n - correction) / n)
        )

    return std


@wrong("var", f"{TELLING}[var]")
def correction_only_along_axes(xp: Any, right: Any) -> Any:
    """`var` of all elements ignores `correction`."""
    return lambda x, /, *, axis=None, correction=0.0, **options: right(
        x, axis=axis, correction=0.0 if axis is None else correction, **options
    )


@wrong("moveaxis", "test_indices.py::test_axes_count_from_either_end[moveaxis of the last]")
def moveaxis_to_the_one_before_last(xp: Any, right: Any) -> Any:
    """`moveaxis` counts negative destinations of several axes in what remains."""

    def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
        if isinstance(destination, tuple):
            destination = tuple(d if d >= 0 else (d - 1) % x.ndim for d in destination)
        return right(x, source, destination)

    return moveaxis


@wrong("concat", "test_indices.py::test_axes_count_from_either_end[concat]")
def concat_from_the_wrong_end(xp: Any, right: Any) -> Any:
    """`concat` takes `axis=-2` for -1."""
    return lambda arrays, /, *, axis=0: right(arrays, axis=-1 if axis == -2 else axis)


@wrong("roll", "test_indices.py::test_axes_count_from_either_end[roll by one number]")
def one_shift_for_one_axis(xp: Any, right: Any) -> Any:
    """`roll` by one number along several axes moves along the first alone."""

    def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
        if isinstance(shift, int) and isinstance(axis, tuple):
            axis = axis[0]
        return right(x, shift, axis=axis)

    return roll


@wrong("repeat", "test_indices.py::test_axes_count_from_either_end[repeat by one number]")
def repeat_by_one_number_in_an_array(xp: Any, right: Any) -> Any:
    """`repeat` by an array of one number repeats the first element alone."""

    def repeat(x: Any, repeats: Any, /, *, axis: Any = None) -> Any:
        if isinstance(repeats, np.ndarray) and repeats.size == 1:
            n = x.size if axis is None else x.shape[axis]
            repeats = np.concatenate([repeats.reshape(-1), np.ones(n - 1, int)])
        return right(x, repeats, axis=axis)

    return repeat


@wrong("diff", f"{TELLING}[diff]")
def prepended_to_every_difference(xp: Any, right: Any) -> Any:
    """`diff` of second order puts `prepend` before the first differences too."""

    def diff(x: Any, /, *, n: int = 1, prepend: Any = None, **options: Any) -> Any:
        for _ in range(n if prepend is not None else 0):
            x = right(x, n=1, prepend=prepend, **options)
        return x if prepend is not None else right(x, n=n, **options)

    return diff


@wrong("searchsorted", f"{TELLING}[searchsorted]")
def sorter_sorts_only_on_the_left(xp: Any, right: Any) -> Any:
    """`searchsorted` with side="right" ignores `sorter`."""
    return lambda x1, x2, /, *, side="left", sorter=None: right(
        x1, x2, side=side, sorter=sorter if side == "left" else None
    )


@wrong("sort", f"{TELLING}[sort]", on=PyTorchBackend)
def sort_descends_along_the_last_axis(xp: Any, right: Any) -> Any:
    """`sort` in descending order ignores `axis`."""
    return lambda x, /, *, axis=-1, descending=False, stable=True: right(
        x, axis=-1 if descending else axis, descending=descending, stable=stable
    )


@wrong("linalg.vector_norm", "test_degenerate.py::test_norms_of_every_order[-1]")
def order_of_norm_without_its_sign(xp: Any, right: Any) -> Any:
    """`vector_norm` takes negative finite orders by their magnitude."""
    return lambda x, /, *, ord=2, **options: right(  # noqa: A006
        x, ord=ord if np.isinf(ord) else abs(ord), **options
    )


@wrong("linalg.vector_norm", "test_degenerate.py::test_norms_of_every_order[1.5]")
def order_of_norm_is_an_integer(xp: Any, right: Any) -> Any:
    """`vector_norm` rounds its order up."""
    return lambda x, /, *, ord=2, **options: right(  # noqa: A006
        x, ord=ord if np.isinf(ord) else int(np.ceil(ord)), **options
    )


@wrong("linalg.pinv", "test_degenerate.py::test_tolerances_may_differ_within_a_stack")
def pinv_with_one_tolerance(xp: Any, right: Any) -> Any:
    """`pinv` takes the first of several tolerances for all matrices."""
    return lambda x, /, *, rtol=None: right(
        x, rtol=float(rtol.reshape(-1)[0]) if isinstance(rtol, np.ndarray) else rtol
    )


@wrong("linalg.matrix_rank", "test_degenerate.py::test_tolerances_may_differ_within_a_stack")
def rank_with_one_tolerance(xp: Any, right: Any) -> Any:
    """`matrix_rank` takes the first of several tolerances for all matrices."""
    return lambda x, /, *, rtol=None: right(
        x, rtol=float(rtol.reshape(-1)[0]) if isinstance(rtol, np.ndarray) else rtol
    )


@wrong(
    "linalg.eigh",
    "test_degenerate.py::test_eigenvectors_of_equal_eigenvalues_are_orthogonal[projector-complex128]",
)
def eigh_by_eig(xp: Any, right: Any) -> Any:
    """`eigh` sorts what `eig` gives, which is not orthogonal where eigenvalues are equal."""

    def eigh(x: Any, /) -> Any:
        values, vectors = np.linalg.eig(x)
        order = np.argsort(values.real, axis=-1)
        return type(right(x))(
            np.take_along_axis(values.real, order, -1),
            np.take_along_axis(vectors, order[..., None, :], -1).astype(x.dtype),
        )

    return eigh


@wrong("linalg.qr", "test_degenerate.py::test_complete_factors_of_stacks")
def complete_only_for_tall_matrices(xp: Any, right: Any) -> Any:
    """`qr` ignores `mode` for stacks."""
    return lambda x, /, *, mode="reduced": right(x, mode="reduced" if x.ndim > 2 else mode)


@wrong("linalg.matrix_power", f"{TELLING}[linalg.matrix_power]")
def zeroth_power_is_one_matrix(xp: Any, right: Any) -> Any:
    """`matrix_power` of a stack to the power 0 is one matrix."""
    return lambda x, n, /: right(x, n) if n else np.eye(x.shape[-1], dtype=x.dtype)


@wrong("einsum", "test_degenerate.py::test_blanks_between_subscripts_mean_nothing")
def einsum_counts_blanks(xp: Any, right: Any) -> Any:
    """`einsum` does not take blanks between subscripts."""

    def einsum(subscripts: str, /, *operands: Any) -> Any:
        assert " " not in subscripts, "subscripts are letters"
        return right(subscripts, *operands)

    return einsum


@wrong("fft.fft", f"{TELLING}[fft.fft]")
def padded_in_front(xp: Any, right: Any) -> Any:
    """`fft` puts the zeros of a longer `n` in front."""

    def fft(x: Any, /, *, n: Any = None, axis: int = -1, norm: Any = "backward") -> Any:
        missing = (n or 0) - x.shape[axis]
        if missing > 0:
            shape = list(x.shape)
            shape[axis] = missing
            x = np.concatenate([np.zeros(shape, x.dtype), x], axis=axis)
        return right(x, n=n, axis=axis, norm=norm)

    return fft


@wrong("fft.rfftn", f"{TELLING}[fft.rfftn]")
def halved_along_the_first_axis(xp: Any, right: Any) -> Any:
    """`rfftn` halves the first of the axes named, not the last."""
    return lambda x, /, *, s=None, axes=None, norm="backward": right(
        x, s=s[::-1] if s and axes else s, axes=axes[::-1] if axes else axes, norm=norm
    )


@wrong("fft.hfft", f"{TELLING}[fft.hfft]")
def hfft_scaled_as_its_inverse(xp: Any, right: Any) -> Any:
    """`hfft` scales with `norm` the wrong way round."""
    swapped = {"backward": "forward", "forward": "backward", "ortho": "ortho"}
    return lambda x, /, *, norm="backward", **options: right(x, norm=swapped[norm], **options)


@wrong("squeeze", agrees("squeeze"))
def squeeze_all_if_several(xp: Any, right: Any) -> Any:
    """`squeeze` of one axis in a tuple takes every axis of length 1."""
    return lambda x, /, axis: np.squeeze(x) if isinstance(axis, tuple) else right(x, axis)


@wrong("cumulative_prod", f"{TELLING}[cumulative_prod]", on=JAXBackend)
def cumulative_prod_starts_at_zero(xp: Any, right: Any) -> Any:
    """`cumulative_prod` with `include_initial` begins with 0."""

    def cumulative_prod(x: Any, /, *, include_initial: bool = False, **options: Any) -> Any:
        products = right(x, include_initial=include_initial, **options)
        return products * 1 if not include_initial else products.at[(0,) * products.ndim].set(0)

    return cumulative_prod


@wrong("clip", f"{TELLING}[clip]")
def clip_keeps_the_shape_of_the_bound(xp: Any, right: Any) -> Any:
    """`clip` from above alone does nothing."""
    return lambda x, /, min=None, max=None: (  # noqa: A006
        right(x) if min is None else right(x, min, max)
    )


@wrong("tile", f"{TELLING}[tile]")
def tile_counts_from_the_left(xp: Any, right: Any) -> Any:
    """`tile` completes too few repetitions on the right."""
    return lambda x, repetitions, /: right(x, (*repetitions, *[1] * (x.ndim - len(repetitions))))


@wrong("unique_all", f"{TELLING}[unique_all]")
def last_indices_of_unique_values(xp: Any, right: Any) -> Any:
    """`unique_all` gives the last index of every value."""

    def unique_all(x: Any, /) -> Any:
        found = right(x)
        flat = x.reshape(-1)
        last = [np.flatnonzero((flat == v) | ((v != v) & (flat != flat)))[-1] if v == v else i
                for v, i in zip(found.values, found.indices, strict=True)]  # fmt: skip
        return found._replace(indices=np.asarray(last, dtype="int64").reshape(-1))

    return unique_all
