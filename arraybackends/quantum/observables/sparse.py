"""Observables given by the elements of a sparse matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arraybackends.errors import DTypeError, ShapeError
from arraybackends.quantum.dtype import complex_dtype, index_dtype
from arraybackends.quantum.observables.base import Observable, check_states
from arraybackends.selection import backend_of

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["SparseHermitian"]


class SparseHermitian(Observable):
    """
    Hermitian operator given by the non-zero elements of its matrix, in coordinates.

    Parameters
    ----------
    rows, columns : array or sequence of int, shape (n_elements,)
        Of each element. Elements with equal coordinates add up, as in SciPy's COO format.
    values : array or sequence of numbers, shape (n_elements,)
        All three are arrays of one backend, or all sequences. The values may be traced, and are
        differentiated.
    n_qubits : int
        The matrix has the shape (2**n_qubits, 2**n_qubits); qubit 0 is the most significant bit.
    check : bool
        Check that the coordinates are in range and the matrix is Hermitian. Give False for arrays
        that are traced (under `jit` or `vmap`), whose values cannot be looked at.

    Raises
    ------
    ShapeError
        If the three differ in length or are not vectors.
    ValueError
        If a coordinate is out of range, or the matrix is not Hermitian to six digits of its largest
        element.

    Notes
    -----
    Applying it costs O(n_elements) operations and as many numbers for each state.

    Examples
    --------
    >>> import arraybackends as ab
    >>> xp = ab.get_backend("numpy")
    >>> flip = SparseHermitian([0, 1], [1, 0], [1.0, 1.0], n_qubits=1)
    >>> flip.apply(xp, xp.asarray([1.0, 0j]))
    array([0.+0.j, 1.+0.j])
    """

    __slots__ = ("_n_qubits", "_parts")

    def __init__(
        self, rows: Any, columns: Any, values: Any, /, *, n_qubits: int, check: bool = True
    ) -> None:
        parts: tuple[Any, ...] = (rows, columns, values)
        if all(isinstance(part, (list, tuple)) for part in parts):
            parts = tuple(map(tuple, parts))
            shapes = [(len(part),) for part in parts]
        else:
            xp = backend_of(*parts)
            shapes = [tuple(part.shape) for part in parts]
            if not all(xp.isdtype(part.dtype, "integral") for part in parts[:2]):
                raise DTypeError(
                    f"Arguments `rows` and `columns` must be integers, but have dtypes "
                    f"{xp.dtype_name(rows.dtype)} and {xp.dtype_name(columns.dtype)}."
                )
        if len(set(shapes)) != 1 or len(shapes[0]) != 1:
            raise ShapeError(
                f"Arguments `rows`, `columns` and `values` must be vectors of one length, but have "
                f"shapes {', '.join(map(str, shapes))}."
            )
        self._n_qubits, self._parts = n_qubits, parts
        if check:
            self._check()

    @property
    def n_qubits(self) -> int:
        """Number of qubits of the register."""
        return self._n_qubits

    @property
    def hermiticity_defect(self) -> None:
        """Nothing: the elements were checked."""
        return None

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Coordinates and values, if they are arrays."""
        return () if isinstance(self._parts[0], tuple) else self._parts

    def __len__(self) -> int:
        rows = self._parts[0]
        return len(rows) if isinstance(rows, tuple) else int(rows.shape[0])

    def __repr__(self) -> str:
        return f"<SparseHermitian on {self._n_qubits} qubits with {len(self)} elements>"

    def adjoint(self) -> SparseHermitian:
        """Adjoint operator: itself."""
        return self

    def apply(self, xp: ArrayBackend[Any], state: Any, /) -> Any:
        """Apply the operator to states; see `Observable.apply`."""
        check_states(xp, state, self._n_qubits)
        rows, columns, values = self._elements(xp, state)
        products = xp.reshape(values * xp.take(state, columns, axis=-1), (-1,))
        count, size = math.prod(state.shape[:-1]), state.shape[-1]
        starts = xp.arange(count, dtype=index_dtype(xp), device=xp.device_of(state)) * size
        targets = xp.reshape(starts[:, None] + rows, (-1,))
        result = xp.at(xp.zeros_like(xp.reshape(state, (-1,))))[targets].add(products)
        return xp.reshape(result, state.shape)

    def trace(self, xp: ArrayBackend[Any], density: Any, /) -> Any:
        """Real part of tr(density @ operator), from as many elements as the operator has."""
        check_states(xp, density, self._n_qubits, density=True)
        rows, columns, values = self._elements(xp, density)
        flat = xp.reshape(density, (*density.shape[:-2], 4**self._n_qubits))
        elements = xp.take(flat, columns * 2**self._n_qubits + rows, axis=-1)
        return xp.real(xp.sum(values * elements, axis=-1))

    def _elements(self, xp: ArrayBackend[Any], like: Any) -> tuple[Any, Any, Any]:
        """Coordinates and values as arrays, on the device and with the dtype of the states."""
        if isinstance(self._parts[0], tuple):
            device = xp.device_of(like)
            rows, columns = (
                xp.asarray(part, dtype=index_dtype(xp), device=device) for part in self._parts[:2]
            )
            return rows, columns, xp.asarray(self._parts[2], dtype=like.dtype, device=device)
        rows, columns, values = self._parts
        backend_of(like, values)
        rows, columns = (xp.astype(part, index_dtype(xp), copy=False) for part in (rows, columns))
        return rows, columns, xp.astype(values, like.dtype, copy=False)

    def _check(self) -> None:
        """Sum the elements in Python: a dictionary needs no sorting and shows what is wrong."""
        lists: Sequence[Any] = self._parts
        if not isinstance(self._parts[0], tuple):
            xp = backend_of(*self._parts)
            values = xp.astype(self._parts[2], complex_dtype(xp))
            lists = [xp.to_numpy(part).tolist() for part in (*self._parts[:2], values)]
        size = 2**self._n_qubits
        elements: dict[tuple[int, int], complex] = {}
        for row, column, value in zip(*lists, strict=True):
            if not (0 <= row < size and 0 <= column < size):
                raise ValueError(
                    f"Arguments `rows` and `columns` must be in range({size}) for "
                    f"{self._n_qubits} qubits, but an element is at ({row}, {column})."
                )
            elements[row, column] = elements.get((row, column), 0) + complex(value)
        largest = max(map(abs, elements.values()), default=0.0)
        for (row, column), value in elements.items():
            mirrored = elements.get((column, row), 0j)
            if not abs(value - mirrored.conjugate()) <= 1e-6 * largest:  # also for nan
                raise ValueError(
                    f"Argument `values` must make a Hermitian matrix, but element ({row}, "
                    f"{column}) is {value} and element ({column}, {row}) is {mirrored}. Give both "
                    "triangles of the matrix."
                )
