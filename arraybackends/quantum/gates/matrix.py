"""Small matrices as nested tuples: the gate table is made of them, before any backend is chosen."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["Matrix", "add", "adjoint", "basis_element", "control", "identity", "kron", "matmul"]
__all__ += ["is_close", "is_diagonal", "permute_qubits", "scale", "zero"]

Matrix: TypeAlias = tuple[tuple[complex, ...], ...]


def identity(dimension: int) -> Matrix:
    """Return the identity."""
    return tuple(tuple(complex(i == j) for j in range(dimension)) for i in range(dimension))


def zero(dimension: int) -> Matrix:
    """Return the zero matrix."""
    return ((0j,) * dimension,) * dimension


def basis_element(dimension: int, row: int, column: int) -> Matrix:
    """Return |row><column|."""
    return tuple(
        tuple(complex((i, j) == (row, column)) for j in range(dimension)) for i in range(dimension)
    )


def add(*terms: Matrix) -> Matrix:
    """Return the sum."""
    return tuple(
        tuple(sum(entries) for entries in zip(*rows, strict=True))
        for rows in zip(*terms, strict=True)
    )


def scale(factor: complex, matrix: Matrix) -> Matrix:
    """Return a multiple."""
    return tuple(tuple(factor * entry for entry in row) for row in matrix)


def matmul(left: Matrix, right: Matrix) -> Matrix:
    """Return the product."""
    columns = tuple(zip(*right, strict=True))
    return tuple(
        tuple(sum(a * b for a, b in zip(row, column, strict=True)) for column in columns)
        for row in left
    )


def adjoint(matrix: Matrix) -> Matrix:
    """Return the conjugate transpose."""
    return tuple(
        tuple(entry.conjugate() for entry in column) for column in zip(*matrix, strict=True)
    )


def kron(left: Matrix, right: Matrix) -> Matrix:
    """Return the Kronecker product: `left` acts on the more significant qubits."""
    return tuple(
        tuple(a * b for a in left_row for b in right_row)
        for left_row in left
        for right_row in right
    )


def control(idle: Matrix, active: Matrix) -> Matrix:
    """Return |0><0| (x) idle + |1><1| (x) active: one more qubit in front."""
    return add(kron(basis_element(2, 0, 0), idle), kron(basis_element(2, 1, 1), active))


def permute_qubits(matrix: Matrix, order: tuple[int, ...]) -> Matrix:
    """Reorder tensor factors: factor `i` of the result is factor `order[i]` of the matrix."""
    n = len(order)
    source = [
        sum(((index >> (n - 1 - i)) & 1) << (n - 1 - order[i]) for i in range(n))
        for index in range(2**n)
    ]
    return tuple(tuple(matrix[row][column] for column in source) for row in source)


def is_close(left: Matrix, right: Matrix) -> bool:
    """Whether two matrices are equal but for rounding."""
    difference = add(left, scale(-1, right))
    return all(abs(entry) < 1e-12 for row in difference for entry in row)


def is_diagonal(matrix: Matrix) -> bool:
    """Whether the elements off the diagonal are zero but for rounding."""
    return all(
        i == j or abs(entry) < 1e-12 for i, row in enumerate(matrix) for j, entry in enumerate(row)
    )
