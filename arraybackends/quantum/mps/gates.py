r"""Gates as matrix product operators, exact and without any decomposition of arrays.

An operator on several sites is a product of small matrices, one for each site, whose elements are
2 x 2 matrices [1]_. How many rows they need is found once for each kind of gate, in Python numbers;
angles and given arrays enter one of the factors, linearly. So:

- a gate of the table is factorized leg by leg, `cx` and `rzz` with two terms, `swap` with four;
- a rotation about a Pauli string of any length is cos 1 - i sin P, two terms;
- controls, however many, add one term: 1 + |c><c| (U - 1).

References
----------
.. [1] U. Schollwoeck, "The density-matrix renormalization group in the age of matrix product
   states", Ann. Phys. 326 (2011), 96, section 5.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from arraybackends.errors import CapabilityError
from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.engines.measurement import is_gate
from arraybackends.quantum.gates import matrix as m
from arraybackends.quantum.gates.gate import PAULIS, CompositeGate, FixedGate, gate_of, pauli_label
from arraybackends.quantum.gates.matrix import Matrix
from arraybackends.quantum.gates.structure import BARRIER, DIAGONAL, UNITARY, Operation, Structure
from arraybackends.quantum.states.register import reorder

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Form", "Operators", "Placed", "gates_of"]

Factor: TypeAlias = tuple[tuple[Matrix, ...], ...]
"""Matrix of 2 x 2 matrices."""

_EYE = m.identity(2)
_NONE = m.zero(2)
_PROJECTORS = (m.basis_element(2, 0, 0), m.basis_element(2, 1, 1))


class Form(NamedTuple):
    """
    Gate as a product of factors, one for each of its sites in ascending order.

    Parameters
    ----------
    factors : tuple of Factor or None
        None where values enter.
    bonds : tuple of int
        Rows of the second and of all further factors.
    core : int
        The place where values enter.
    parts : tuple of Factor
        The core, if the gate is of the table: times 1, and times cosine and sine of the angle.
    frequency : float or None
        Of cosine and sine; None without an angle.
    """

    factors: tuple[Factor | None, ...]
    bonds: tuple[int, ...]
    core: int
    parts: tuple[Factor, ...]
    frequency: float | None


class Placed(NamedTuple):
    """A gate, its sites in ascending order, and its form."""

    operation: Operation
    sites: tuple[int, ...]
    form: Form

    @property
    def bonds(self) -> list[int]:
        """Bond of the operator to the right of each site but the last, from the first one on."""
        found = []
        for place, bond in enumerate(self.form.bonds):
            found += [bond] * (self.sites[place + 1] - self.sites[place])
        return found


class _Legs(NamedTuple):
    """
    What is at each site: the target of a gate, or a control.

    `order` tells which of the targets stands at each place among them; `states` has the state of
    each control, and None for a target, in the order of sites.
    """

    order: tuple[int, ...]
    states: tuple[int | None, ...]


# Gates of a circuit


def gates_of(structure: Structure, /) -> Iterator[Placed]:
    """
    Gates with one angle at most, in order, with their forms.

    Raises
    ------
    CapabilityError
        If an operation is no gate, or conditional.
    """
    for operation in structure.operations:
        name = operation.gate
        if name == BARRIER:
            continue
        if not is_gate(name) or operation.condition:
            what = "a condition on classical bits" if operation.condition else f"`{name}`"
            raise CapabilityError(
                f"The circuit has {what}, which a matrix product state does not take: it runs "
                "gates alone. Measure it with `sample` in the end, or run the circuit with "
                "`density_matrix()` or `trajectories`."
            )
        known = gate_of(name)
        if isinstance(known, CompositeGate):
            for factor, angle in known.factors:
                yield _placed(operation._replace(gate=factor, slots=(operation.slots[angle],)))
        else:
            yield _placed(operation)


def _placed(operation: Operation) -> Placed:
    name, targets, controls = operation.gate, operation.qubits, dict(operation.controls)
    sites = tuple(sorted((*targets, *controls)))
    states = tuple(controls.get(site) for site in sites)
    legs = _Legs(tuple(targets.index(site) for site in sites if site in targets), states)
    if name == "gphase":
        return Placed(operation, sites or (0,), _phase_form(states, operation.conjugate))
    if name in (UNITARY, DIAGONAL):
        return Placed(operation, sites, _given_form(legs, name == DIAGONAL))
    return Placed(operation, sites, _table_form(name, legs, operation.conjugate))


@functools.lru_cache(maxsize=4096)
def _table_form(name: str, legs: _Legs, is_conjugate: bool) -> Form:
    known = gate_of(name)
    assert known is not None
    assert not isinstance(known, CompositeGate)
    frequency = None if isinstance(known, FixedGate) else known.frequency
    label = pauli_label(name)
    if label is None:
        matrices = (known.matrix,) if isinstance(known, FixedGate) else known.parts
        return _form(matrices, frequency, legs, is_conjugate)
    letters = [label[place] for place in legs.order]
    product = _rotation(letters, is_controlled=len(legs.states) > len(letters))
    return _assembled(*product, frequency, legs, is_conjugate)


@functools.lru_cache(maxsize=4096)
def _phase_form(states: tuple[int | None, ...], is_conjugate: bool) -> Form:
    """Return the form of a global phase: a phase of the last of its controls, if there are any."""
    where = _EYE if not states else _PROJECTORS[states[-1] or 0]
    matrices = m.add(_EYE, m.scale(-1, where)), where, m.scale(1j, where)
    return _form(matrices, 1.0, _Legs((0,), (*states[:-1], None)), is_conjugate)


def _form(
    matrices: tuple[Matrix, ...], frequency: float | None, legs: _Legs, is_conjugate: bool
) -> Form:
    """Return the form of a gate, given the parts of its matrix."""
    n_targets = len(legs.order)
    if len(legs.states) > n_targets:
        matrices = (m.add(matrices[0], m.scale(-1, m.identity(2**n_targets))), *matrices[1:])
    ordered = [m.permute_qubits(matrix, legs.order) for matrix in matrices]
    return _assembled(*_factorized(ordered, n_targets), frequency, legs, is_conjugate)


def _assembled(
    targets: list[Factor], parts: list[Factor], frequency: float | None, legs: _Legs,
    is_conjugate: bool,
) -> Form:  # fmt: skip
    """Return the form of a gate, given its factors on its targets."""
    if is_conjugate:
        targets, parts = [*map(_conjugate, targets)], [*map(_conjugate, parts)]
    factors = _with_controls([*targets, None], legs.states)
    core = factors.index(None)
    if len(factors) > len(legs.order):
        is_first, is_last = core == 0, core == len(factors) - 1
        parts = [
            _beside(_NONE if number else _EYE, part, is_first, is_last)
            for number, part in enumerate(parts)
        ]
    bonds = tuple(len(factor if factor is not None else parts[0]) for factor in factors[1:])
    return Form(tuple(factors), bonds, core, tuple(parts), frequency)


@functools.lru_cache(maxsize=4096)
def _given_form(legs: _Legs, is_diagonal: bool) -> Form:
    """Return the form of an array that is known only when it runs: its elements are all free."""
    n_targets = len(legs.order)
    core = (n_targets - 1) // 2
    base = 2 if is_diagonal else 4
    units = _PROJECTORS if is_diagonal else tuple(
        m.basis_element(2, row, column) for row in (0, 1) for column in (0, 1)
    )  # fmt: skip
    targets: list[Factor | None] = []
    for place in range(n_targets):
        if place < core:  # each row has its units in the columns (row, unit)
            size = base**place
            targets.append(tuple(
                tuple(units[r % base] if r // base == row else _NONE for r in range(size * base))
                for row in range(size)
            ))  # fmt: skip
        elif place > core:  # each column has them in the rows (unit, column)
            size = base ** (n_targets - 1 - place)
            targets.append(tuple(
                tuple(units[row // size] if row % size == r else _NONE for r in range(size))
                for row in range(size * base)
            ))  # fmt: skip
        else:
            targets.append(None)
    factors = _with_controls(targets, legs.states)
    place = factors.index(None)
    is_controlled = len(factors) > n_targets
    bonds = tuple(
        len(factor) if factor is not None else base**core + is_controlled for factor in factors[1:]
    )
    return Form(tuple(factors), bonds, place, (), None)


# Factors in Python numbers


def _factorized(matrices: Sequence[Matrix], n_qubits: int) -> tuple[list[Factor], list[Factor]]:
    """Return the factors but the last, which matrices on so many qubits share, and each last."""
    rests = [[_by_legs(matrix, n_qubits)] for matrix in matrices]
    factors: list[Factor] = []
    for _ in range(n_qubits - 1):
        width = len(rests[0][0]) // 4
        rows = [
            [entry for rest in rests for entry in rest[left][width * unit : width * (unit + 1)]]
            for left in range(len(rests[0]))
            for unit in range(4)
        ]
        chosen, weights = _row_basis(rows)
        factors.append(tuple(
            tuple(
                _square([weights[4 * left + unit][right] for unit in range(4)])
                for right in range(len(chosen))
            )
            for left in range(len(rests[0]))
        ))  # fmt: skip
        rests = [
            [rows[place][width * part : width * (part + 1)] for place in chosen]
            for part in range(len(rests))
        ]
    return factors, [tuple((_square(row),) for row in rest) for rest in rests]


def _by_legs(matrix: Matrix, n_qubits: int) -> list[complex]:
    """Return the elements of a matrix in the order row, column of each leg, leg by leg."""
    flat = []
    for index in range(4**n_qubits):
        row = column = 0
        for leg in reversed(range(n_qubits)):
            unit = index >> 2 * leg & 3
            row, column = row << 1 | unit >> 1, column << 1 | unit & 1
        flat.append(matrix[row][column])
    return flat


def _row_basis(rows: Sequence[Sequence[complex]]) -> tuple[list[int], list[list[complex]]]:
    """Choose independent rows, and return the weights of these in each row."""
    chosen: list[int] = []
    reduced: list[tuple[int, list[complex], list[complex]]] = []
    weights: list[list[complex]] = []
    for place, row in enumerate(rows):
        rest, of_chosen = list(row), [0j] * len(rows)
        for pivot, vector, combination in reduced:
            factor = rest[pivot] / vector[pivot]
            rest = [x - factor * y for x, y in zip(rest, vector, strict=True)]
            of_chosen = [x + factor * y for x, y in zip(of_chosen, combination, strict=True)]
        pivot = max(range(len(rest)), key=lambda column: abs(rest[column]))
        if abs(rest[pivot]) > 1e-12:
            combination = [-x for x in of_chosen]
            combination[len(chosen)] = 1 + 0j
            reduced.append((pivot, rest, combination))
            of_chosen = [complex(number == len(chosen)) for number in range(len(rows))]
            chosen.append(place)
        weights.append(of_chosen)
    return chosen, [row[: len(chosen)] for row in weights]


def _square(units: Sequence[complex]) -> Matrix:
    return (units[0], units[1]), (units[2], units[3])


def _rotation(letters: Sequence[str], is_controlled: bool) -> tuple[list[Factor], list[Factor]]:
    """Return the factors of cos 1 - i sin P, or of that minus 1, and the last for each part."""
    paulis = [PAULIS[letter] for letter in letters]
    constant = m.scale(-1 if is_controlled else 0, _EYE)
    if len(paulis) == 1:
        return [], [((constant,),), ((_EYE,),), ((m.scale(-1j, paulis[0]),),)]
    factors: list[Factor] = [((_EYE, paulis[0]),)]
    factors += [((_EYE, _NONE), (_NONE, pauli)) for pauli in paulis[1:-1]]
    turned = m.scale(-1j, paulis[-1])
    return factors, [((constant,), (_NONE,)), ((_EYE,), (_NONE,)), ((_NONE,), (turned,))]


def _with_controls(
    targets: Sequence[Factor | None], states: Sequence[int | None]
) -> list[Factor | None]:
    """Put the projectors of controls among the factors of targets, and all beside the identity."""
    is_controlled = len(states) > len(targets)
    waiting = list(targets)
    active: list[Factor | None] = []
    for state in states:
        if state is None:
            active.append(waiting.pop(0))
            continue
        # Between targets a control passes on what is to the right of it.
        is_inside = waiting and len(waiting) < len(targets)
        size = _rows_of(waiting, targets) if is_inside else 1
        active.append(tuple(
            tuple(_PROJECTORS[state] if row == column else _NONE for column in range(size))
            for row in range(size)
        ))  # fmt: skip
    if not is_controlled:
        return active
    last = len(active) - 1
    return [
        None if factor is None else _beside(_EYE, factor, place == 0, place == last)
        for place, factor in enumerate(active)
    ]


def _rows_of(waiting: Sequence[Factor | None], targets: Sequence[Factor | None]) -> int:
    """Return the bond to the left of the next target: its rows, or the columns of the last one."""
    after = waiting[0]
    if after is not None:
        return len(after)
    before = targets[len(targets) - len(waiting) - 1]
    assert before is not None
    return len(before[0])


def _beside(identity: Matrix, factor: Factor, is_first: bool, is_last: bool) -> Factor:
    """Return the factor of a sum of a product of identities and another product."""
    above = (identity, *((_NONE,) * len(factor[0])))
    if is_first:
        return ((identity, *factor[0]),)
    if is_last:
        return ((identity,), *factor)
    return (above, *((_NONE, *row) for row in factor))


def _conjugate(factor: Factor) -> Factor:
    return tuple(
        tuple(tuple(tuple(x.conjugate() for x in line) for line in square) for square in row)
        for row in factor
    )


# Arrays


class Operators:
    """
    Factors of gates as arrays.

    Parameters
    ----------
    xp : ArrayBackend
    gates : sequence of Placed
    angles : array, shape (n_angles, batch), real
    matrices : sequence of array
        The users' arrays, by slot, some with the batch in front.
    is_batch : bool
        Whether there is a batch; if not, `angles` has one column.
    """

    def __init__(
        self, xp: ArrayBackend[Any], gates: Sequence[Placed], angles: Any,
        matrices: Sequence[Any], /, *, is_batch: bool,
    ) -> None:  # fmt: skip
        self._xp = xp
        self._batch = (angles.shape[1],) if is_batch else ()
        self._matrices = matrices
        self._constants: dict[int, list[Any]] = {}  # by the id of a form, which `gates` keeps
        self._places: dict[tuple[int, float], int] = {}
        self._gates = gates
        for operation, _, form in gates:
            if form.frequency is not None:
                key = operation.slots[0], form.frequency
                self._places.setdefault(key, len(self._places))
        if self._places:
            slots = xp.asarray([slot for slot, _ in self._places], device=xp.device)
            frequencies = [[frequency] for _, frequency in self._places]
            theta = xp.take(angles, slots, axis=0)
            theta = theta * xp.asarray(frequencies, dtype=theta.dtype, device=xp.device)
            waves = xp.stack([xp.ones_like(theta), xp.cos(theta), xp.sin(theta)], axis=-1)
            self._waves = xp.astype(waves, complex_dtype(xp))

    def __iter__(self) -> Iterator[tuple[Placed, list[Any]]]:
        """
        Yield gates with their factors, shape (left, right, 2, 2): bonds, then row and column.

        The factor in which values enter may have the batch in front.
        """
        for gate in self._gates:
            yield gate, self._factors(gate.operation, gate.form)

    def _factors(self, operation: Operation, form: Form) -> list[Any]:
        made = self._constant_factors(form)
        if form.parts and form.frequency is None:
            return made
        core = made[form.core]
        if form.parts:
            place = self._places[operation.slots[0], form.frequency or 0.0]
            flat = self._xp.matmul(self._waves[place, ...], core)
            shape = (len(form.parts[0]), len(form.parts[0][0]), 2, 2)
            core = self._xp.reshape(flat, (*self._batch, *shape))
        else:
            core = self._given(operation, form)
        return [*made[: form.core], core, *made[form.core + 1 :]]

    def _constant_factors(self, form: Form) -> list[Any]:
        """Return what does not depend on values; of the core, its parts as rows."""
        if id(form) in self._constants:
            return self._constants[id(form)]
        options = {"dtype": complex_dtype(self._xp), "device": self._xp.device}
        made = []
        for place, factor in enumerate(form.factors):
            if place != form.core:
                made.append(self._xp.asarray(factor, **options))
            elif form.frequency is None:
                made.append(self._xp.asarray(form.parts[0], **options) if form.parts else None)
            else:
                rows = self._xp.asarray(form.parts, **options)
                made.append(self._xp.reshape(rows, (len(form.parts), -1)))
        self._constants[id(form)] = made
        return made

    def _given(self, operation: Operation, form: Form) -> Any:
        """Return the core of a gate that is given by an array."""
        xp, n = self._xp, len(operation.qubits)
        value = xp.astype(self._matrices[operation.slots[0]], complex_dtype(xp))
        if operation.conjugate:
            value = xp.conj(value)
        options = {"dtype": value.dtype, "device": xp.device}
        order = [operation.qubits.index(site) for site in sorted(operation.qubits)]
        core = (n - 1) // 2
        if operation.gate == DIAGONAL:
            if operation.controls:
                value = value - 1
            batch = tuple(value.shape[:-1])
            value = reorder(xp, value, order)
            value = xp.reshape(value, (*batch, 2**core, 2, 2 ** (n - 1 - core)))
            value = xp.matrix_transpose(value)[..., None] * xp.eye(2, **options)
        else:
            if operation.controls:
                value = value - xp.eye(2**n, **options)
            batch = tuple(value.shape[:-2])
            value = xp.reshape(value, (*batch, 4**n))
            value = reorder(xp, value, [leg + side for leg in order for side in (0, n)])
            value = xp.reshape(value, (*batch, 4**core, 2, 2, 4 ** (n - 1 - core)))
            value = xp.moveaxis(value, -1, -3)
        return self._beside_identity(value, form) if operation.controls else value

    def _beside_identity(self, core: Any, form: Form) -> Any:
        """Return the factor of a sum of identities and another product; see `_beside`."""
        xp = self._xp
        options = {"dtype": core.dtype, "device": xp.device}
        *batch, rows, columns, _, _ = core.shape
        eye = xp.broadcast_to(xp.eye(2, **options), (*batch, 1, 1, 2, 2))
        if form.core == 0:
            return xp.concat([eye, core], axis=-3)
        if form.core == len(form.factors) - 1:
            return xp.concat([eye, core], axis=-4)
        above = xp.concat([eye, xp.zeros((*batch, 1, columns, 2, 2), **options)], axis=-3)
        before = xp.zeros((*batch, rows, 1, 2, 2), **options)
        return xp.concat([above, xp.concat([before, core], axis=-3)], axis=-4)
