"""The tensors of a matrix product state while gates act on them.

A tensor has shape (*batch, left bond, 2, right bond). Gates multiply bonds by those of their
operators, and that is all as long as bonds are within the limit: no decomposition, exact values and
derivatives.
A bond larger than its two sides allow is made smaller without loss or decomposition too: one side
becomes an identity. Only a bond beyond the limit is cut, by the singular values at the centre of
orthogonality, which is the best there is for one bond [1]_; the centre moves by QR decompositions.

References
----------
.. [1] U. Schollwoeck, "The density-matrix renormalization group in the age of matrix product
   states", Ann. Phys. 326 (2011), 96, section 4.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import MemoryLimitError
from arraybackends.quantum.mps.factorization import Factorization, Limit
from arraybackends.quantum.mps.gates import Placed

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Chain", "check_bytes", "plan_memory"]

_ALWAYS_THERE = 2**24
"""Bytes that are not worth asking the system about."""

_COPIES = 6
"""Arrays of the size of what is decomposed that are held at once."""


class Chain:
    """
    Tensors that gates act on.

    Parameters
    ----------
    xp : ArrayBackend
    tensors : sequence of array, shape (*batch, left, 2, right), complex
    centre : (int, int)
        First and last site that need not be isometric: those before it are so from the left, those
        after it from the right.
    limit : Limit
    is_checked : bool
        Whether derivatives are refused where isometries miss directions; see `Factorization`.
    """

    def __init__(
        self, xp: ArrayBackend[Any], tensors: Sequence[Any], centre: tuple[int, int],
        limit: Limit, /, *, is_checked: bool = True,
    ) -> None:  # fmt: skip
        self._xp = xp
        self._factorization = Factorization(xp, limit, is_checked=is_checked)
        self._limit = limit
        self._batch = tuple(tensors[0].shape[:-3])
        axis = len(self._batch)
        leading = tuple(range(axis))
        self._bit_first = (*leading, axis + 1, axis, axis + 2)
        self._bonds_beside = (*leading, axis, axis + 3, axis + 2, axis + 1, axis + 4)
        self.tensors = list(tensors)
        self.first, self.last = centre
        self.discarded: list[Any] = []

    # Gates

    def apply(self, gate: Placed, factors: Sequence[Any], /) -> None:
        """Apply a gate, given its factors."""
        xp, tensors = self._xp, self.tensors
        first, last = gate.sites[0], gate.sites[-1]
        if first == last:
            tensors[first] = xp.matmul(factors[0][..., 0, :, :, :], tensors[first])
            return
        at_site = dict(zip(gate.sites, factors, strict=True))
        bonds = gate.bonds
        if self._limit.cutoff:
            self._check(gate)
        for site in range(first, last + 1):
            factor = at_site.get(site)
            if factor is None:
                factor = self._passing(bonds[site - first], tensors[site])
            tensors[site] = self._multiplied(factor, tensors[site])
        self._shrink(first, last)
        self.first, self.last = min(self.first, first), max(self.last, last)
        if self._limit.cutoff or any(
            self._limit.bound(tensor.shape[-1]) < tensor.shape[-1] for tensor in tensors[first:last]
        ):
            self.compress(first, last)

    def _check(self, gate: Placed) -> None:
        """Check the memory of a step whose shapes depend on values, and were not foreseen."""
        bonds = [1, *(tensor.shape[-1] for tensor in self.tensors)]
        _, work = _step(bonds, gate, Limit())
        check_bytes(self._xp, math.prod(self._batch) * _COPIES * work, "A gate")

    def _passing(self, bond: int, like: Any) -> Any:
        """Return the factor of a site that a gate passes over."""
        xp = self._xp
        eye = [xp.eye(size, dtype=like.dtype, device=xp.device) for size in (bond, 2)]
        return eye[0][:, :, None, None] * eye[1]

    def _multiplied(self, factor: Any, tensor: Any) -> Any:
        xp = self._xp
        (over, under), (left, _, right) = factor.shape[-4:-2], tensor.shape[-3:]
        columns = xp.permute_dims(tensor, self._bit_first)
        columns = xp.reshape(columns, (*self._batch, 2, left * right))
        rows = xp.reshape(factor, (*factor.shape[:-4], over * under * 2, 2))
        made = xp.reshape(xp.matmul(rows, columns), (*self._batch, over, under, 2, left, right))
        made = xp.permute_dims(made, self._bonds_beside)
        return xp.reshape(made, (*self._batch, over * left, 2, under * right))

    def _shrink(self, first: int, last: int) -> None:
        """Make bonds no larger than the tensors on their two sides need."""
        for site in range(first, last):
            left, _, right = self.tensors[site].shape[-3:]
            if 2 * left < right:
                self._to_right(site)
        for site in range(last, first, -1):
            left, _, right = self.tensors[site].shape[-3:]
            if 2 * right < left:
                self._to_left(site)

    # Orthogonality and truncation

    def move_centre(self, first: int, last: int) -> None:
        """Make the sites before and after a window isometric."""
        for site in range(self.first, first):
            self._to_right(site)
        self.first, self.last = max(self.first, first), max(self.last, first)
        for site in range(self.last, last, -1):
            self._to_left(site)
        self.first, self.last = min(self.first, last), min(self.last, last)

    def compress(self, first: int, last: int) -> None:
        """Cut the bonds between two sites to the limit."""
        self.move_centre(first, last)
        if last == first + 1:
            self._split_pair(first)
            return
        for site in range(first, last):
            self._to_right(site)
        for site in range(last, first, -1):
            self._cut_to_left(site)
        self.first = self.last = first

    def _split_pair(self, site: int) -> None:
        """Contract two neighbours and split them again."""
        before, after = self.tensors[site], self.tensors[site + 1]
        rows = self._as_matrix(before, is_left=True)
        left, right = self._truncated(self._xp.matmul(rows, self._as_matrix(after, is_left=False)))
        self.tensors[site] = self._as_tensor(left, before.shape[-3], left.shape[-1])
        self.tensors[site + 1] = self._as_tensor(right, right.shape[-2], after.shape[-1])
        self.first = self.last = site + 1

    def _truncated(self, matrix: Any) -> tuple[Any, Any]:
        left, right, weight = self._factorization.truncated(matrix)
        # Elements of a batch may be cut at fewer values than the bond has.
        is_ragged = self._batch and self._limit.cutoff
        if left.shape[-1] < min(matrix.shape[-2:]) or is_ragged:
            self.discarded.append(weight)
        return left, right

    def _as_matrix(self, tensor: Any, *, is_left: bool) -> Any:
        """Return a tensor as a matrix with the bit among the rows, or else among the columns."""
        left, _, right = tensor.shape[-3:]
        shape = (2 * left, right) if is_left else (left, 2 * right)
        return self._xp.reshape(tensor, (*self._batch, *shape))

    def _as_tensor(self, matrix: Any, left: int, right: int) -> Any:
        return self._xp.reshape(matrix, (*self._batch, left, 2, right))

    def _to_right(self, site: int) -> None:
        """Make a site isometric from the left, and give the rest to the next one."""
        tensor, after = self.tensors[site], self.tensors[site + 1]
        isometry, rest = self._factorization.isometry(self._as_matrix(tensor, is_left=True))
        columns = self._xp.matmul(rest, self._as_matrix(after, is_left=False))
        bond = isometry.shape[-1]
        self.tensors[site] = self._as_tensor(isometry, tensor.shape[-3], bond)
        self.tensors[site + 1] = self._as_tensor(columns, bond, after.shape[-1])

    def _to_left(self, site: int) -> None:
        """Make a site isometric from the right, and give the rest to the one before."""
        self._give_to_left(site, *self._factorization.isometry(self._turned(site)))

    def _cut_to_left(self, site: int) -> None:
        """Do the same with the bond cut to the limit, if it is larger."""
        left = self.tensors[site].shape[-3]
        if not self._limit.cutoff and self._limit.bound(left) == left:
            self._to_left(site)
        else:
            self._give_to_left(site, *self._truncated(self._turned(site)))

    def _turned(self, site: int) -> Any:
        return self._xp.matrix_transpose(self._as_matrix(self.tensors[site], is_left=False))

    def _give_to_left(self, site: int, isometry: Any, rest: Any) -> None:
        xp, before, right = self._xp, self.tensors[site - 1], self.tensors[site].shape[-1]
        rows = xp.matrix_transpose(isometry)
        self.tensors[site] = self._as_tensor(rows, isometry.shape[-1], right)
        made = xp.matmul(self._as_matrix(before, is_left=True), xp.matrix_transpose(rest))
        self.tensors[site - 1] = self._as_tensor(made, before.shape[-3], rest.shape[-2])


# Sizes, in integers


def _step(bonds: Sequence[int], gate: Placed, limit: Limit) -> tuple[list[int], int]:
    """Return the bonds after a gate, and the elements of its largest intermediate tensor."""
    first, last = gate.sites[0], gate.sites[-1]
    grown = list(bonds)
    for place, bond in enumerate(gate.bonds):
        grown[first + 1 + place] *= bond
    work = max(2 * grown[site] * grown[site + 1] for site in range(first, last + 1))
    for site in range(first, last):
        grown[site + 1] = min(grown[site + 1], 2 * grown[site])
    for site in range(last, first, -1):
        grown[site] = min(grown[site], 2 * grown[site + 1])
    if last == first + 1 and limit.bound(grown[last]) < grown[last]:
        work = max(work, 4 * grown[first] * grown[last + 1])
    for site in range(first, last):
        grown[site + 1] = limit.bound(grown[site + 1])
    return grown, work


def plan_memory(
    xp: ArrayBackend[Any], bonds: Sequence[int], gates: Sequence[Placed], limit: Limit,
    n_states: int, /,
) -> None:  # fmt: skip
    """Refuse a run that does not fit; `bonds` are those before it, with a 1 at both ends."""
    largest = 0
    for gate in gates:
        if len(gate.sites) > 1:
            bonds, work = _step(bonds, gate, limit)
            stored = sum(2 * a * b for a, b in itertools.pairwise(bonds))
            largest = max(largest, stored + _COPIES * work)
    check_bytes(xp, n_states * largest, "The circuit")


def check_bytes(xp: ArrayBackend[Any], n_elements: int, what: str, /) -> None:
    """
    Refuse arrays that do not fit.

    Raises
    ------
    MemoryLimitError
        With the need, what is available, and the remedies.
    """
    need = n_elements * (16 if xp.precision == "double" else 8)
    if need <= _ALWAYS_THERE or need <= (available := xp.memory_limit()):
        return
    raise MemoryLimitError(
        f"{what} needs {_gibibytes(need)} as a matrix product state, but "
        f"{_gibibytes(available)} are available on device {xp.device!r} of backend `{xp.name}`. "
        "Use a smaller `max_bond`, fewer qubits at once, or `precision='single'`."
    )


def _gibibytes(n_bytes: int) -> str:
    if n_bytes.bit_length() > 80:
        return f"2**{n_bytes.bit_length() - 1} B"
    return f"{n_bytes / 2**30:.3g} GiB"
