"""Contractions of matrix product states, site by site from the left.

An environment is what the sites to the left of a bond become when a state meets its conjugate
there, shape (*batch, count, bond of the conjugate, bond); `count` of them are carried along at
once.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arraybackends.quantum.dtype import complex_dtype, index_dtype
from arraybackends.quantum.gates.gate import PAULIS
from arraybackends.quantum.mps.chain import check_bytes
from arraybackends.quantum.observables.strings import PauliString

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = [
    "diagonal_elements", "draw", "inner_product", "outcome_probability", "reduced_elements",
    "state_vector", "string_values",
]  # fmt: skip

_ELEMENTS_AT_ONCE = 2**22
"""Elements of the vectors of samples drawn together; the samples do not depend on it."""

_COPIES = 6
"""Arrays of the size of the environments that are held at once."""

_LETTERS = tuple(PAULIS[letter] for letter in "IZXY")  # in the order 2 x + z


def inner_product(xp: ArrayBackend[Any], bra: Sequence[Any], ket: Sequence[Any], /) -> Any:
    """Return <bra|ket>, shape batch; those of the two broadcast."""
    environment = _start(xp)
    for above, below in zip(bra, ket, strict=True):
        environment = _closed(xp, _opened(xp, environment, below), above)
    return environment[..., 0, 0, 0]


def outcome_probability(
    xp: ArrayBackend[Any], tensors: Sequence[Any], fixed: Mapping[int, int], /
) -> Any:
    """Return the probability of the bits of some sites, shape batch."""
    environment = _start(xp)
    for site, tensor in enumerate(tensors):
        bits = slice(fixed[site], fixed[site] + 1) if site in fixed else slice(None)
        selected = tensor[..., bits, :]
        environment = _closed(xp, _opened(xp, environment, selected), selected)
    return xp.real(environment[..., 0, 0, 0])


def diagonal_elements(
    xp: ArrayBackend[Any], tensors: Sequence[Any], sites: Iterable[int], /
) -> Any:
    """Return the probabilities of all outcomes of some sites in ascending order, (*batch, 2**k)."""
    return xp.real(_elements(xp, tensors, set(sites), is_diagonal=True))


def reduced_elements(xp: ArrayBackend[Any], tensors: Sequence[Any], sites: Iterable[int], /) -> Any:
    """
    Return the reduced density matrix of sites, (*batch, 4**k).

    Site by site, the column of each before its row.
    """
    return _elements(xp, tensors, set(sites), is_diagonal=False)


def _elements(
    xp: ArrayBackend[Any], tensors: Sequence[Any], kept: set[int], *, is_diagonal: bool
) -> Any:
    size = (2 if is_diagonal else 4) ** len(kept)
    largest = max((math.prod(_batch(tensors[site])) * tensors[site].shape[-1] ** 2
                   for site in kept), default=1)  # fmt: skip
    check_bytes(xp, _COPIES * size * largest, "What is asked of these qubits")
    last = max(kept, default=-1)
    environment = _start(xp)
    for site, tensor in enumerate(tensors[: last + 1]):
        opened = _opened(xp, environment, tensor)
        if site not in kept:
            environment = _closed(xp, opened, tensor)
            continue
        # Behind the batch: one, bit, right, left; and the count, bit, left, right.
        above = xp.conj(xp.moveaxis(tensor, -3, -1))[..., None, :, :, :]
        below = xp.moveaxis(opened, -2, -3)
        if not is_diagonal:
            above, below = above[..., :, None, :, :], below[..., None, :, :, :]
        made = xp.matmul(above, below)
        count = math.prod(made.shape[len(_batch(tensor)) : -2])
        environment = xp.reshape(made, (*_batch(tensor), count, *made.shape[-2:]))
    return _weighed(xp, environment, _from_right(xp, tensors, last + 1)[0])


def state_vector(xp: ArrayBackend[Any], tensors: Sequence[Any], /) -> Any:
    """Return all amplitudes, (*batch, 2**n_sites)."""
    rows = xp.ones((1, 1), dtype=complex_dtype(xp), device=xp.device)
    for site, tensor in enumerate(tensors):
        made = xp.matmul(rows, _columns(xp, tensor))
        rows = xp.reshape(made, (*_batch(tensor), 2 ** (site + 1), tensor.shape[-1]))
    return rows[..., 0]


# Pauli strings


class _Step(NamedTuple):
    """
    What happens to environments at a site.

    Each new one comes from a parent by a letter. Some are `finished`, because identities follow,
    and are the values of strings; `kept` go on.
    """

    parents: tuple[int, ...]
    letters: tuple[int, ...]
    finished: tuple[int, ...]
    kept: tuple[int, ...]


@functools.lru_cache(maxsize=64)
def _plan(n_sites: int, strings: tuple[PauliString, ...]) -> tuple[list[_Step], list[int]]:
    """
    Return the steps, and the strings in the order in which they finish.

    Strings that begin alike share environments. The identity finishes at the first site.
    """
    lengths = []
    for x, z in strings:
        support = x | z
        trailing = (support & -support).bit_length() - 1 if support else n_sites - 1
        lengths.append(n_sites - trailing)
    steps: list[_Step] = []
    order: list[int] = []
    nodes = {(0, 0): 0}
    for site in range(max(lengths)):
        shift = n_sites - site - 1
        children: dict[PauliString, int] = {}
        parents, letters, finished = [], [], []
        for number, (x, z) in enumerate(strings):
            if lengths[number] <= site:
                continue
            prefix = x >> shift, z >> shift
            if prefix not in children:
                children[prefix] = len(children)
                parents.append(nodes[prefix[0] >> 1, prefix[1] >> 1])
                letters.append(2 * (prefix[0] & 1) + (prefix[1] & 1))
            if lengths[number] == site + 1:
                finished.append(children[prefix])
                order.append(number)
        going = dict.fromkeys(
            (x >> shift, z >> shift)
            for number, (x, z) in enumerate(strings)
            if lengths[number] > site + 1
        )
        nodes = {prefix: place for place, prefix in enumerate(going)}
        kept = tuple(children[prefix] for prefix in going)
        steps.append(_Step(tuple(parents), tuple(letters), tuple(finished), kept))
    return steps, order


def string_values(
    xp: ArrayBackend[Any], tensors: Sequence[Any], strings: Sequence[PauliString], /
) -> Any:
    """Return the expectation values of Pauli strings, (*batch, n_strings), real."""
    steps, order = _plan(len(tensors), tuple(strings))
    largest = max(
        len(step.parents) * math.prod(tensor.shape)
        for step, tensor in zip(steps, tensors, strict=False)
    )
    check_bytes(xp, _COPIES * largest, "The expectation value")
    paulis = xp.asarray(_LETTERS, dtype=complex_dtype(xp), device=xp.device)[:, None, :, :]
    rights = _from_right(xp, tensors, 1)
    environment, values = _start(xp), []
    for site, step in enumerate(steps):
        tensor = tensors[site]
        left, _, right = tensor.shape[-3:]
        turned = xp.matmul(paulis, tensor[..., None, :, :, :])
        turned = xp.reshape(turned, (*_batch(tensor), 4, left, 2 * right))
        made = xp.matmul(_taken(xp, environment, step.parents), _taken(xp, turned, step.letters))
        made = _closed(xp, xp.reshape(made, (*made.shape[:-1], 2, right)), tensor)
        if step.finished:
            values.append(_weighed(xp, _taken(xp, made, step.finished), rights[site]))
        if step.kept:
            environment = _taken(xp, made, step.kept)
    places = [order.index(number) for number in range(len(order))]
    return xp.real(_taken(xp, xp.concat(values, axis=-1), tuple(places), axis=-1))


def _taken(xp: ArrayBackend[Any], x: Any, places: tuple[int, ...], axis: int = -3) -> Any:
    if places == tuple(range(x.shape[axis])):
        return x
    return xp.take(x, xp.asarray(places, dtype=index_dtype(xp), device=xp.device), axis=axis)


# Samples


def draw(xp: ArrayBackend[Any], tensors: Sequence[Any], shots: int, rng: Any, /) -> Any:
    """Return bits (*batch, shots, n_sites), given a state whose centre is the first site."""
    batch, n_sites = _batch(tensors[0]), len(tensors)
    widest = max(tensor.shape[-1] for tensor in tensors)
    at_once = max(_ELEMENTS_AT_ONCE // ((2 * widest + n_sites) * max(math.prod(batch), 1)), 1)
    drawn = [
        _draw(xp, tensors, rng.uniform((min(at_once, shots - start), *batch, n_sites)))
        for start in range(0, max(shots, 1), at_once)
    ]
    return drawn[0] if len(drawn) == 1 else xp.concat(drawn, axis=-2)


def _draw(xp: ArrayBackend[Any], tensors: Sequence[Any], uniform: Any) -> Any:
    """Choose bit after bit by its probability given those before."""
    integer = xp.__array_namespace_info__().default_dtypes()["integral"]
    uniform = xp.moveaxis(uniform, 0, -2)  # shots last, so that more of them begin alike
    rows = xp.ones((*uniform.shape[:-1], 1), dtype=tensors[0].dtype, device=xp.device)
    bits = []
    for site, tensor in enumerate(tensors):
        made = xp.matmul(rows, _columns(xp, tensor))
        both = xp.reshape(made, (*made.shape[:-1], 2, tensor.shape[-1]))
        weights = xp.sum(xp.real(both) ** 2 + xp.imag(both) ** 2, axis=-1)
        zero, one = weights[..., 0], weights[..., 1]
        # A weight of zero is never chosen, because a uniform number is less than 1.
        is_one = uniform[..., site] * (zero + one) >= zero
        norm = xp.sqrt(xp.where(is_one, one, zero))
        chosen = xp.where(is_one[..., None], both[..., 1, :], both[..., 0, :])
        rows = chosen / xp.astype(norm, chosen.dtype)[..., None]
        bits.append(xp.astype(is_one, integer))
    return xp.stack(bits, axis=-1)


# Environments


def _start(xp: ArrayBackend[Any]) -> Any:
    return xp.ones((1, 1, 1), dtype=complex_dtype(xp), device=xp.device)


def _opened(xp: ArrayBackend[Any], environment: Any, ket: Any) -> Any:
    """Contract environments with a tensor, (*batch, count, above, bit, right)."""
    *batch, count, above, below = environment.shape
    rows = xp.reshape(environment, (*batch, count * above, below))
    made = xp.matmul(rows, _columns(xp, ket))
    return xp.reshape(made, (*made.shape[:-2], count, above, *ket.shape[-2:]))


def _closed(xp: ArrayBackend[Any], opened: Any, bra: Any) -> Any:
    """Contract with the conjugate of a tensor, (*batch, count, right of it, right)."""
    *batch, above, bits, right = opened.shape
    rows = xp.reshape(bra, (*_batch(bra), above * bits, bra.shape[-1]))
    adjoint = xp.conj(xp.matrix_transpose(rows))[..., None, :, :]
    return xp.matmul(adjoint, xp.reshape(opened, (*batch, above * bits, right)))


def _from_right(xp: ArrayBackend[Any], tensors: Sequence[Any], first: int) -> list[Any]:
    """Return what the sites from each one on become, for `first` and all after it, the last too."""
    found = [xp.ones((1, 1), dtype=complex_dtype(xp), device=xp.device)]
    for tensor in reversed(tensors[first:]):
        *batch, left, _, right = tensor.shape
        rows = xp.reshape(tensor, (*batch, 2 * left, right))
        made = xp.matmul(rows, xp.matrix_transpose(found[-1]))
        made = xp.matrix_transpose(xp.reshape(made, (*batch, left, 2 * right)))
        found.append(xp.matmul(xp.conj(_columns(xp, tensor)), made))
    return found[::-1]


def _weighed(xp: ArrayBackend[Any], environment: Any, right: Any) -> Any:
    """Contract environments with what is to the right of them, (*batch, count)."""
    *batch, above, below = environment.shape
    rows = xp.reshape(environment, (*batch, above * below))
    made = xp.matmul(rows, xp.reshape(right, (*right.shape[:-2], above * below, 1)))
    return made[..., 0]


def _batch(tensor: Any) -> tuple[int, ...]:
    return tuple(tensor.shape[:-3])


def _columns(xp: ArrayBackend[Any], tensor: Any) -> Any:
    """Return a tensor as a matrix with the bit among the columns."""
    *batch, left, bits, right = tensor.shape
    return xp.reshape(tensor, (*batch, left, bits * right))
