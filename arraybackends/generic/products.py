"""Kronecker product, Einstein summation and counting, written against the standard alone."""

from __future__ import annotations

import string
from typing import Any

from arraybackends.errors import DTypeError, ShapeError

__all__ = ["bincount", "check_bincount", "check_out", "einsum", "kron", "matmul_into"]


def kron(xp: Any, x1: Any, x2: Any, /) -> Any:
    """Kronecker product of arrays with the same number of axes."""
    if len(x1.shape) != len(x2.shape):
        raise ShapeError(
            "Arguments of `kron` must have the same number of axes, but have shapes "
            f"{tuple(x1.shape)} and {tuple(x2.shape)}."
        )
    # Axes of x1 and x2 alternate, and each pair then becomes one axis.
    outer = xp.multiply(
        xp.reshape(x1, tuple(size for n in x1.shape for size in (n, 1))),
        xp.reshape(x2, tuple(size for n in x2.shape for size in (1, n))),
    )
    return xp.reshape(outer, tuple(n * m for n, m in zip(x1.shape, x2.shape, strict=True)))


def matmul_into(xp: Any, x1: Any, x2: Any, out: Any, /) -> Any:
    """Matrix product in a new array, where a library cannot write into `out`."""
    check_out(xp, x1, x2, out)
    return xp.matmul(x1, x2)


def check_out(xp: Any, x1: Any, x2: Any, out: Any, /) -> None:
    """Raise unless `out` has the shape and the dtype of the product of two stacks of matrices."""
    first, second = tuple(x1.shape), tuple(x2.shape)
    n = max(len(first), len(second)) - 2
    stacks = zip(
        (1,) * (n + 2 - len(first)) + first[:-2],
        (1,) * (n + 2 - len(second)) + second[:-2],
        strict=True,
    )
    shape = (*(b if a == 1 else a for a, b in stacks), first[-2], second[-1])
    if tuple(out.shape) != shape:
        raise ShapeError(
            f"Argument `out` must have the shape {shape} of the product, but has shape "
            f"{tuple(out.shape)}."
        )
    same = x1.dtype == x2.dtype
    dtype = x1.dtype if same else xp.result_type(x1, x2)
    if out.dtype != dtype:
        raise DTypeError(
            f"Argument `out` must have the dtype {xp.dtype_name(dtype)} of the product, but has "
            f"dtype {xp.dtype_name(out.dtype)}."
        )


def einsum(xp: Any, subscripts: str, /, *operands: Any) -> Any:
    """
    Einstein summation, operand by operand from left to right.

    An index is summed as soon as no later operand and not the result has it.
    """
    terms, result = _parse(subscripts, [len(x.shape) for x in operands])
    dtype = xp.result_type(*operands)
    prepared = []
    for term, operand in zip(terms, operands, strict=True):
        prepared.append(_without_repeats(xp, term, xp.astype(operand, dtype, copy=False)))
    sizes: dict[str, int] = {}
    for term, operand in prepared:
        for label, size in zip(term, operand.shape, strict=True):
            if sizes.setdefault(label, size) != size:
                raise ShapeError(
                    f"Index `{label}` of {subscripts!r} has the sizes {sizes[label]} and {size}."
                )
    total_term, total = _summed(xp, *prepared[0], "".join(t for t, _ in prepared[1:]) + result)
    for position, (term, operand) in enumerate(prepared[1:], start=2):
        later = "".join(t for t, _ in prepared[position:]) + result
        union = total_term + "".join(label for label in term if label not in total_term)
        total = xp.multiply(
            _aligned(xp, total_term, total, union), _aligned(xp, term, operand, union)
        )
        total_term, total = _summed(xp, union, total, later)
    return xp.permute_dims(total, tuple(total_term.index(label) for label in result))


def _parse(subscripts: str, ndims: list[int]) -> tuple[list[str], str]:
    """Return the labels of each operand and of the result, ellipses replaced by free letters."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise ShapeError(
            f"Argument `subscripts` is {subscripts!r}, with {len(terms)} terms, for {len(ndims)} "
            "operands."
        )
    free = [label for label in string.ascii_letters if label not in subscripts]
    hidden = max(
        (n - len(t.replace("...", "")) for t, n in zip(terms, ndims, strict=True) if "..." in t),
        default=0,
    )
    letters = "".join(free[:hidden])
    for i, (term, ndim) in enumerate(zip(terms, ndims, strict=True)):
        count = ndim - len(term.replace("...", ""))
        terms[i] = term.replace("...", letters[hidden - count :] if count > 0 else "")
        if len(terms[i]) != ndim:
            raise ShapeError(
                f"Argument `subscripts` is {subscripts!r}, whose term {term!r} does not fit an "
                f"operand with {ndim} axes."
            )
    joined = "".join(terms)
    if not arrow:
        once = sorted(label for label in set(joined) - set(letters) if joined.count(label) == 1)
        return terms, letters + "".join(once)
    result = right.replace("...", letters)
    if not set(result) <= set(joined) or len(set(result)) != len(result):
        raise ShapeError(
            f"Argument `subscripts` is {subscripts!r}, but the result {right!r} may have only "
            "indices of the operands, and each only once."
        )
    return terms, result


def _without_repeats(xp: Any, term: str, x: Any) -> tuple[str, Any]:
    """Take the diagonal of axes that share an index."""
    for label in dict.fromkeys(term):
        while term.count(label) > 1:
            first = term.index(label)
            second = term.index(label, first + 1)
            if x.shape[first] != x.shape[second]:
                raise ShapeError(
                    f"Index `{label}` has the sizes {x.shape[first]} and {x.shape[second]}."
                )
            rest = [axis for axis in range(len(term)) if axis not in (first, second)]
            x = xp.linalg.diagonal(xp.permute_dims(x, (*rest, first, second)))
            term = "".join(term[axis] for axis in rest) + label
    return term, x


def _summed(xp: Any, term: str, x: Any, needed: str) -> tuple[str, Any]:
    axes = tuple(axis for axis, label in enumerate(term) if label not in needed)
    if axes:
        x = xp.sum(x, axis=axes, dtype=x.dtype)
    return "".join(label for label in term if label in needed), x


def _aligned(xp: Any, term: str, x: Any, union: str) -> Any:
    """Permute and expand the axes to those of `union`."""
    order = [label for label in union if label in term]
    x = xp.permute_dims(x, tuple(term.index(label) for label in order))
    sizes = dict(zip(order, x.shape, strict=True))
    return xp.reshape(x, tuple(sizes.get(label, 1) for label in union))


def check_bincount(xp: Any, x: Any, weights: Any | None, minlength: int) -> None:
    """Refuse what cannot be counted."""
    if len(x.shape) != 1:
        raise ShapeError(f"Argument `x` must have one axis, but has shape {tuple(x.shape)}.")
    if not xp.isdtype(x.dtype, "integral"):
        raise DTypeError(
            f"Argument `x` must be an array of integers, but has dtype {xp.dtype_name(x.dtype)}."
        )
    if weights is not None and tuple(weights.shape) != tuple(x.shape):
        raise ShapeError(
            f"Argument `weights` must have the shape of `x`, {tuple(x.shape)}, but has "
            f"{tuple(weights.shape)}."
        )
    if minlength < 0:
        raise ValueError(f"Argument `minlength` must not be negative, but is {minlength}.")
    if x.shape[0] > 0 and bool(xp.any(x < 0)):
        raise ValueError("Argument `x` must not have negative elements.")


def bincount(xp: Any, x: Any, /, *, weights: Any | None = None, minlength: int = 0) -> Any:
    """Number (or total weight) of each value; takes len(x) times the largest value of memory."""
    check_bincount(xp, x, weights, minlength)
    length = max(minlength, int(xp.max(x)) + 1 if x.shape[0] > 0 else 0)
    values = xp.arange(length, dtype=x.dtype, device=xp.device_of(x))
    hits = xp.equal(xp.expand_dims(x, axis=1), values)
    if weights is None:
        return xp.sum(xp.astype(hits, xp.int64), axis=0)
    zero = xp.zeros_like(weights)
    return xp.sum(
        xp.where(hits, xp.expand_dims(weights, axis=1), xp.expand_dims(zero, axis=1)),
        axis=0,
        dtype=weights.dtype,
    )
