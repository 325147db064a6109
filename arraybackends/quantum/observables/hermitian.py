"""Observables given by a dense matrix on a few qubits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import ShapeError
from arraybackends.quantum.dtype import complex_dtype
from arraybackends.quantum.observables.base import Observable, check_states
from arraybackends.quantum.observables.reading import check_qubits
from arraybackends.quantum.tracing import number_if_known
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["Hermitian"]


class Hermitian(Observable):
    """
    Hermitian operator on k of n qubits, given by its matrix.

    Parameters
    ----------
    matrix : array or nested sequence of numbers, shape (2**k, 2**k)
        Real or complex. An array belongs to its backend, may be traced, and is differentiated.
    qubits : sequence of int, optional
        The k qubits it acts on; the first is the most significant bit of the matrix index. All
        qubits in order unless given.
    n_qubits : int, optional
        Size of the register; k unless given.
    check : bool
        Check that the matrix is Hermitian. Under `jit` and `vmap` values are not known, and not
        checked.

    Raises
    ------
    ShapeError
        If the matrix is not square, or its size is no power of two, or does not fit the qubits.
    ValueError
        If the matrix is not Hermitian to six digits of its largest element, or the qubits are not
        distinct and on the register.

    Notes
    -----
    Applying it costs O(2**(n + k)) operations; no matrix of the size of the register is formed.

    Examples
    --------
    >>> import arraybackends as ab
    >>> from arraybackends.quantum.observables import Hermitian, expectation
    >>> xp = ab.get_backend("numpy")
    >>> number = Hermitian([[0, 0], [0, 1]], (1,), n_qubits=2)
    >>> expectation(xp, xp.asarray([0, 1.0, 0, 0j]), number)
    array(1.)
    """

    __slots__ = ("_matrix", "_n_qubits", "_qubits")

    def __init__(
        self, matrix: Any, /, qubits: Sequence[int] | None = None, *,
        n_qubits: int | None = None, check: bool = True,
    ) -> None:  # fmt: skip
        if isinstance(matrix, (list, tuple)):
            matrix = tuple(tuple(complex(entry) for entry in row) for row in matrix)
            shape: tuple[int, ...] = (len(matrix), *{len(row) for row in matrix})
        else:
            shape = tuple(matrix.shape)
        k = shape[0].bit_length() - 1 if shape else 0
        if k < 1 or shape != (2**k, 2**k):
            raise ShapeError(
                f"Argument `matrix` must have shape (2**k, 2**k) for k qubits, but has shape "
                f"{shape}."
            )
        self._qubits = tuple(range(k)) if qubits is None else tuple(qubits)
        if n_qubits is None and len(self._qubits) == k:
            n_qubits = k if qubits is None else max(self._qubits) + 1
        self._n_qubits = k if n_qubits is None else n_qubits
        check_qubits(self._qubits, k, self._n_qubits)
        self._matrix = matrix
        if check:
            _check_hermitian(matrix)

    @property
    def n_qubits(self) -> int:
        """Number of qubits of the register."""
        return self._n_qubits

    @property
    def qubits(self) -> tuple[int, ...]:
        """Qubits it acts on."""
        return self._qubits

    @property
    def hermiticity_defect(self) -> None:
        """Nothing: the matrix was checked."""
        return None

    @property
    def arrays(self) -> tuple[Any, ...]:
        """The matrix, if it is an array."""
        return () if isinstance(self._matrix, tuple) else (self._matrix,)

    def __repr__(self) -> str:
        return f"Hermitian({self._matrix!r}, {self._qubits}, n_qubits={self._n_qubits})"

    def on_its_qubits(self) -> Hermitian:
        """Return the same operator on a register of the qubits it acts on, in their order."""
        return Hermitian(self._matrix, check=False)

    def adjoint(self) -> Hermitian:
        """Adjoint operator: itself."""
        return self

    def apply(self, xp: ArrayBackend[Any], state: Any, /) -> Any:
        """Apply the operator to states; see `Observable.apply`."""
        check_states(xp, state, self._n_qubits)
        matrix = self._local(xp, state)
        batch, n, k = state.shape[:-1], self._n_qubits, len(self._qubits)
        order, back = self._order()
        tensor = xp.permute_dims(xp.reshape(state, (-1, *(2,) * n)), (0, *(q + 1 for q in order)))
        moved = xp.matmul(matrix, xp.reshape(tensor, (-1, 2**k, 2 ** (n - k))))
        tensor = xp.permute_dims(xp.reshape(moved, (-1, *(2,) * n)), (0, *(q + 1 for q in back)))
        return xp.reshape(tensor, (*batch, 2**n))

    def trace(self, xp: ArrayBackend[Any], density: Any, /) -> Any:
        """Real part of tr(density @ operator), from the reduced density matrix."""
        check_states(xp, density, self._n_qubits, density=True)
        matrix = self._local(xp, density)
        batch, n, k = density.shape[:-2], self._n_qubits, len(self._qubits)
        order, _ = self._order()
        axes = (0, *(q + 1 for q in order), *(n + q + 1 for q in order))
        tensor = xp.permute_dims(xp.reshape(density, (-1, *(2,) * (2 * n))), axes)
        tensor = xp.reshape(tensor, (-1, 2**k, 2 ** (n - k), 2**k, 2 ** (n - k)))
        reduced = xp.linalg.trace(xp.permute_dims(tensor, (0, 1, 3, 2, 4)))
        value = xp.sum(reduced * xp.matrix_transpose(matrix), axis=(1, 2))
        return xp.reshape(xp.real(value), batch)

    def _local(self, xp: ArrayBackend[Any], like: Any) -> Any:
        """Matrix as an array, with the dtype and on the device of the states."""
        if isinstance(self._matrix, tuple):
            return xp.asarray(self._matrix, dtype=like.dtype, device=xp.device_of(like))
        backend_of(like, self._matrix)
        return xp.astype(self._matrix, like.dtype, copy=False)

    def _order(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Order of qubits with those of the matrix in front, and its inverse."""
        rest = (q for q in range(self._n_qubits) if q not in self._qubits)
        order = (*self._qubits, *rest)
        return order, tuple(order.index(q) for q in range(self._n_qubits))


def _check_hermitian(matrix: Any) -> None:
    """Raise unless a matrix, as nested tuples or as an array, is Hermitian."""
    if isinstance(matrix, tuple):
        size = range(len(matrix))
        largest = max(abs(matrix[i][j]) for i in size for j in size)
        error, i, j = max(
            (abs(matrix[i][j] - matrix[j][i].conjugate()), i, j) for i in size for j in size
        )
        above, below = matrix[i][j], matrix[j][i]
    else:
        xp = backend_of(matrix)
        matrix = xp.astype(xp.detach(matrix), complex_dtype(xp))
        errors = xp.abs(matrix - xp.conj(xp.matrix_transpose(matrix)))
        greatest = number_if_known(xp, xp.max(xp.abs(matrix)))
        if greatest is None:
            return
        largest = greatest
        i, j = divmod(int(xp.argmax(xp.reshape(errors, (-1,)))), matrix.shape[0])
        error = float(errors[i, j])
        above, below = matrix[i, j], matrix[j, i]
    if not error <= 1e-6 * largest:  # also for nan
        raise ValueError(
            f"Argument `matrix` must be Hermitian, but element ({i}, {j}) is "
            f"{complex(above)} and element ({j}, {i}) is {complex(below)}. Its Hermitian part "
            "is (M + adjoint(M)) / 2."
        )
