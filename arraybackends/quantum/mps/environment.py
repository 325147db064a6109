"""Contractions of matrix product states, site by site from the left.

An environment is what the sites to the left of a bond become when a state meets its conjugate
there, shape (count, bond of the conjugate, bond); `count` of them are carried along at once.
"""

from __future__ import annotations

import functools
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
    """Return <bra|ket>."""
    environment = _start(xp)
    for above, below in zip(bra, ket, strict=True):
        environment = _closed(xp, _opened(xp, environment, below), above)
    return environment[0, 0, 0]


def outcome_probability(
    xp: ArrayBackend[Any], tensors: Sequence[Any], fixed: Mapping[int, int], /
) -> Any:
    """Return the probability of the bits of some sites."""
    environment = _start(xp)
    for site, tensor in enumerate(tensors):
        bits = slice(fixed[site], fixed[site] + 1) if site in fixed else slice(None)
        selected = tensor[:, bits, :]
        environment = _closed(xp, _opened(xp, environment, selected), selected)
    return xp.real(environment[0, 0, 0])


def diagonal_elements(
    xp: ArrayBackend[Any], tensors: Sequence[Any], sites: Iterable[int], /
) -> Any:
    """Return the probabilities of all outcomes of some sites in ascending order, (2**k,)."""
    return xp.real(_elements(xp, tensors, set(sites), is_diagonal=True))


def reduced_elements(xp: ArrayBackend[Any], tensors: Sequence[Any], sites: Iterable[int], /) -> Any:
    """Return the reduced density matrix of sites, (4**k,): column and row of each, site by site."""
    return _elements(xp, tensors, set(sites), is_diagonal=False)


def _elements(
    xp: ArrayBackend[Any], tensors: Sequence[Any], kept: set[int], *, is_diagonal: bool
) -> Any:
    size = (2 if is_diagonal else 4) ** len(kept)
    largest = max((tensors[site].shape[2] ** 2 for site in kept), default=1)
    check_bytes(xp, _COPIES * size * largest, "What is asked of these qubits")
    last = max(kept, default=-1)
    environment = _start(xp)
    for site, tensor in enumerate(tensors[: last + 1]):
        opened = _opened(xp, environment, tensor)
        if site not in kept:
            environment = _closed(xp, opened, tensor)
            continue
        above = xp.conj(xp.permute_dims(tensor, (1, 2, 0)))[None, ...]  # (1, bit, right, left)
        below = xp.permute_dims(opened, (0, 2, 1, 3))  # (count, bit, left, right)
        if not is_diagonal:
            above, below = above[:, :, None, :, :], below[:, None, :, :, :]
        made = xp.matmul(above, below)
        environment = xp.reshape(made, (-1, tensor.shape[2], tensor.shape[2]))
    return _weighed(xp, environment, _from_right(xp, tensors, last + 1)[0])


def state_vector(xp: ArrayBackend[Any], tensors: Sequence[Any], /) -> Any:
    """Return all amplitudes, (2**n_sites,)."""
    rows = xp.ones((1, 1), dtype=complex_dtype(xp), device=xp.device)
    for tensor in tensors:
        left, _, right = tensor.shape
        rows = xp.reshape(xp.matmul(rows, xp.reshape(tensor, (left, 2 * right))), (-1, right))
    return xp.reshape(rows, (-1,))


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
    """Return the expectation values of Pauli strings, (n_strings,), real."""
    steps, order = _plan(len(tensors), tuple(strings))
    largest = max(
        len(step.parents) * 2 * tensor.shape[0] * tensor.shape[2]
        for step, tensor in zip(steps, tensors, strict=False)
    )
    check_bytes(xp, _COPIES * largest, "The expectation value")
    paulis = xp.asarray(_LETTERS, dtype=complex_dtype(xp), device=xp.device)[:, None, :, :]
    rights = _from_right(xp, tensors, 1)
    environment, values = _start(xp), []
    for site, step in enumerate(steps):
        tensor = tensors[site]
        left, _, right = tensor.shape
        turned = xp.reshape(xp.matmul(paulis, tensor), (4, left, 2 * right))
        made = xp.matmul(_taken(xp, environment, step.parents), _taken(xp, turned, step.letters))
        made = xp.reshape(made, (made.shape[0], left, 2, right))
        made = _closed(xp, made, tensor)
        if step.finished:
            values.append(_weighed(xp, _taken(xp, made, step.finished), rights[site]))
        if step.kept:
            environment = _taken(xp, made, step.kept)
    places = [order.index(number) for number in range(len(order))]
    return xp.real(_taken(xp, xp.concat(values), tuple(places)))


def _taken(xp: ArrayBackend[Any], x: Any, places: tuple[int, ...]) -> Any:
    if places == tuple(range(x.shape[0])):
        return x
    return xp.take(x, xp.asarray(places, dtype=index_dtype(xp), device=xp.device), axis=0)


# Samples


def draw(xp: ArrayBackend[Any], tensors: Sequence[Any], shots: int, rng: Any, /) -> Any:
    """Return bits (shots, n_sites), given a state whose centre is the first site."""
    widest = max(tensor.shape[2] for tensor in tensors)
    at_once = max(_ELEMENTS_AT_ONCE // (2 * widest + len(tensors)), 1)
    drawn = [
        _draw(xp, tensors, rng.uniform((min(at_once, shots - start), len(tensors))))
        for start in range(0, max(shots, 1), at_once)
    ]
    return drawn[0] if len(drawn) == 1 else xp.concat(drawn)


def _draw(xp: ArrayBackend[Any], tensors: Sequence[Any], uniform: Any) -> Any:
    """Choose bit after bit by its probability given those before."""
    integer = xp.__array_namespace_info__().default_dtypes()["integral"]
    shots = uniform.shape[0]
    rows = xp.ones((shots, 1), dtype=tensors[0].dtype, device=xp.device)
    bits = []
    for site, tensor in enumerate(tensors):
        left, _, right = tensor.shape
        both = xp.reshape(xp.matmul(rows, xp.reshape(tensor, (left, 2 * right))), (shots, 2, right))
        weights = xp.sum(xp.real(both) ** 2 + xp.imag(both) ** 2, axis=-1)
        zero, one = weights[:, 0], weights[:, 1]
        # A weight of zero is never chosen, because a uniform number is less than 1.
        is_one = uniform[:, site] * (zero + one) >= zero
        norm = xp.sqrt(xp.where(is_one, one, zero))
        chosen = xp.where(is_one[:, None], both[:, 1, :], both[:, 0, :])
        rows = chosen / xp.astype(norm, chosen.dtype)[:, None]
        bits.append(xp.astype(is_one, integer))
    return xp.stack(bits, axis=-1)


# Environments


def _start(xp: ArrayBackend[Any]) -> Any:
    return xp.ones((1, 1, 1), dtype=complex_dtype(xp), device=xp.device)


def _opened(xp: ArrayBackend[Any], environment: Any, ket: Any) -> Any:
    """Contract environments with a tensor, (count, above, bit, right)."""
    count, above, below = environment.shape
    _, bits, right = ket.shape
    rows = xp.reshape(environment, (count * above, below))
    made = xp.matmul(rows, xp.reshape(ket, (below, bits * right)))
    return xp.reshape(made, (count, above, bits, right))


def _closed(xp: ArrayBackend[Any], opened: Any, bra: Any) -> Any:
    """Contract with the conjugate of a tensor, (count, right of it, right)."""
    count, above, bits, right = opened.shape
    rows = xp.reshape(bra, (above * bits, bra.shape[2]))
    adjoint = xp.conj(xp.matrix_transpose(rows))[None, :, :]
    return xp.matmul(adjoint, xp.reshape(opened, (count, above * bits, right)))


def _from_right(xp: ArrayBackend[Any], tensors: Sequence[Any], first: int) -> list[Any]:
    """Return what the sites from each one on become, for `first` and all after it, the last too."""
    found = [xp.ones((1, 1), dtype=complex_dtype(xp), device=xp.device)]
    for tensor in reversed(tensors[first:]):
        left, _, right = tensor.shape
        made = xp.matmul(xp.reshape(tensor, (2 * left, right)), xp.matrix_transpose(found[-1]))
        rows = xp.reshape(made, (left, 2 * right))
        found.append(
            xp.matmul(xp.conj(xp.reshape(tensor, (left, 2 * right))), xp.matrix_transpose(rows))
        )
    return found[::-1]


def _weighed(xp: ArrayBackend[Any], environment: Any, right: Any) -> Any:
    """Contract environments with what is to the right of them, (count,)."""
    count = environment.shape[0]
    made = xp.matmul(xp.reshape(environment, (count, -1)), xp.reshape(right, (-1, 1)))
    return made[:, 0]
