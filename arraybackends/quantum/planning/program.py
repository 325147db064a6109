"""What the planner makes and the executor runs: steps in integers, and where values come from.

A routine is a register of axes and the steps that act on it. The state of a circuit runs through
one; and so does each fused block, whose matrix is a register twice as long (rows, then columns), so
that the same executor and the same reverse sweep serve both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

__all__ = [
    "Controlled", "Dense", "Diagonal", "Exchange", "Flip", "Form", "Gather", "Given", "Kind",
    "Kronecker", "Operand", "Permutation", "Product", "Program", "Routine", "Source", "Step",
    "ValueStep",
]  # fmt: skip

Form: TypeAlias = Literal["dense", "diagonal", "flip"]
"""What a value is: a matrix (d, d), a diagonal (d,), or the two weights of a `Flip`."""


class Operand(NamedTuple):
    """Where the value of a step is: in which source, and from which of its members on."""

    source: int
    start: int


class Dense(NamedTuple):
    """Multiply a matrix into the middle axis of the view (left, dimension, right)."""

    operand: Operand
    left: int
    dimension: int
    right: int


class Diagonal(NamedTuple):
    """Multiply the view `shape` by a diagonal over those of its axes that are kept."""

    operand: Operand
    shape: tuple[int, ...]
    kept: tuple[bool, ...]


class Flip(NamedTuple):
    """
    Add to the state, weighted, its image under a Pauli string: the rotation about a long one.

    The image: the axes `flipped` of the view `shape` are reversed, then the amplitude of index a
    gets the factor `phase` * (-1)**(number of ones in a & signs).
    """

    operand: Operand
    n_qubits: int
    shape: tuple[int, ...]
    flipped: tuple[int, ...]
    signs: int
    phase: complex


class Exchange(NamedTuple):
    """Permute the axes of the view `shape`."""

    shape: tuple[int, ...]
    axes: tuple[int, ...]

    def inverse(self) -> Exchange:
        """Return the exchange that undoes this one."""
        shape = tuple(self.shape[axis] for axis in self.axes)
        return Exchange(shape, tuple(self.axes.index(axis) for axis in range(len(self.axes))))


class Gather(NamedTuple):
    """Take the amplitudes in another order, that of a `Permutation`."""

    operand: Operand


class Controlled(NamedTuple):
    """Run steps on the part of the view `shape` where some axes, of length 2, have a state."""

    shape: tuple[int, ...]
    states: tuple[tuple[int, int], ...]
    steps: tuple[Step, ...]


ValueStep: TypeAlias = Dense | Diagonal | Flip
Step: TypeAlias = ValueStep | Exchange | Gather | Controlled


class Given(NamedTuple):
    """How the user's arrays become the values of a kind."""

    order: tuple[int, ...]
    states: tuple[int, ...]
    is_conjugate: bool


class Kind(NamedTuple):
    """
    All gates of a program whose values are made in one go.

    `parts` are flat: one of a fixed gate, the constant, cosine and sine of a gate with an angle,
    none of a user's. `slots` holds that of the angle, or of the user's array, of each gate, and is
    empty for a fixed gate, which is one member for all its uses.
    """

    form: Form
    dimension: int
    frequency: float | None
    parts: tuple[tuple[complex, ...], ...]
    given: Given | None
    slots: tuple[int, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether the value depends on nothing."""
        return not self.slots

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one value."""
        return _value_shape(self.form, self.dimension)


class Routine(NamedTuple):
    """Steps on a register of `size` amplitudes, from the value `initial` or from a given state."""

    size: int
    initial: Operand | None
    steps: tuple[Step, ...]


class Product(NamedTuple):
    """Blocks of gates that differ in the values of the gates only: so many members."""

    form: Form
    dimension: int
    n_members: int
    is_fixed: bool
    factors: tuple[int, ...]
    routine: Routine

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one value."""
        return _value_shape(self.form, self.dimension)


class Kronecker(NamedTuple):
    """Kronecker products of the matrices of two sources: so many members."""

    dimension: int
    n_members: int
    is_fixed: bool
    operands: tuple[Operand, Operand]

    @property
    def factors(self) -> tuple[int, ...]:
        """Sources of the two factors."""
        return tuple(operand.source for operand in self.operands)

    @property
    def form(self) -> Form:
        """What the values are: matrices."""
        return "dense"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one value."""
        return (self.dimension, self.dimension)


class Permutation(NamedTuple):
    """Fixed gates that permute basis states: which amplitude before becomes each one after."""

    indices: tuple[int, ...]

    @property
    def factors(self) -> tuple[int, ...]:
        """None."""
        return ()

    @property
    def is_fixed(self) -> bool:
        """Whether the value depends on nothing."""
        return True

    def inverse(self) -> Permutation:
        """Return the permutation that undoes this one."""
        places = sorted(range(len(self.indices)), key=self.indices.__getitem__)
        return Permutation(tuple(places))


Source: TypeAlias = Kind | Product | Kronecker | Permutation


def _value_shape(form: Form, dimension: int) -> tuple[int, ...]:
    return {"dense": (dimension, dimension), "diagonal": (dimension,), "flip": (2,)}[form]


@dataclass(frozen=True, eq=False, slots=True)
class Program:
    """
    What the executor runs.

    Sources come in an order in which each can be made from those before. A program is equal to
    itself alone: plans are cached, so that what is made for one can be kept by it.
    """

    n_qubits: int
    n_angles: int
    n_matrices: int
    sources: tuple[Source, ...]
    routine: Routine

    @property
    def steps(self) -> tuple[Step, ...]:
        """Steps on the state."""
        return self.routine.steps

    @property
    def passes(self) -> float:
        """How often the state is read and written, parts of it under controls counted as such."""
        return sum(map(_passes, self.steps))

    @property
    def flops(self) -> int:
        """Real additions and multiplications on the state, for one member of a batch."""
        return sum(_flops(step, 2**self.n_qubits) for step in self.steps)

    def bytes(self, itemsize: int = 16) -> int:
        """Bytes of state that are read and written; an amplitude in double precision has 16."""
        return int(2 * self.passes * itemsize * 2**self.n_qubits)


def _passes(step: Step) -> float:
    if not isinstance(step, Controlled):
        return 1.0
    # The part is taken out, and put back together with its other halves, one after the other.
    part = 0.5 ** len(step.states)
    return part * (1 + sum(map(_passes, step.steps))) + 2 * (1 - part)


def _flops(step: Step, size: int) -> int:
    if isinstance(step, (Exchange, Gather)):
        return 0
    if isinstance(step, Controlled):
        return sum(_flops(inner, size >> len(step.states)) for inner in step.steps)
    if isinstance(step, Dense):
        return size * (8 * step.dimension - 2)
    return size * (6 if isinstance(step, Diagonal) else 20)
