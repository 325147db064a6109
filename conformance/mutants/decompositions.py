"""Wrong factors, eigenvalues and solutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, PyTorchBackend
from mutants.declaration import agrees, wrong
from mutants.elementwise import TELLING


@wrong("linalg.eigh", agrees("linalg.eigh"))
def eigh_in_descending_order(xp: Any, right: Any) -> Any:
    """`eigh` gives the largest eigenvalue first."""

    def eigh(x: Any, /) -> Any:
        values, vectors = result = right(x)
        return type(result)(np.flip(values, -1), np.flip(vectors, -1))

    return eigh


@wrong("linalg.eigh", agrees("linalg.eigh"))
def eigenvectors_in_rows(xp: Any, right: Any) -> Any:
    """`eigh` gives eigenvectors as rows."""

    def eigh(x: Any, /) -> Any:
        values, vectors = result = right(x)
        return type(result)(values, np.conj(np.swapaxes(vectors, -1, -2)))

    return eigh


@wrong("linalg.eigvalsh", agrees("linalg.eigvalsh"), on=PyTorchBackend)
def eigvalsh_of_the_real_part(xp: Any, right: Any) -> Any:
    """`eigvalsh` of complex matrices drops the imaginary part."""
    return lambda x, /: right(x.real)


@wrong("linalg.eigvals", agrees("linalg.eigvals"))
def real_eigenvalues_are_real(xp: Any, right: Any) -> Any:
    """`eigvals` is real if all eigenvalues are, as NumPy's is."""
    return lambda x, /: np.linalg.eigvals(x)


@wrong("linalg.svd", f"{TELLING}[linalg.svd]")
def svd_always_full(xp: Any, right: Any) -> Any:
    """`svd` ignores `full_matrices`."""
    return lambda x, /, *, full_matrices=True: right(x)


@wrong("linalg.svd", agrees("linalg.svd"), on=PyTorchBackend)
def svd_gives_v(xp: Any, right: Any) -> Any:
    """`svd` gives V instead of its adjoint."""

    def svd(x: Any, /, *, full_matrices: bool = True) -> Any:
        result = right(x, full_matrices=full_matrices)
        return type(result)(result[0], result[1], xp.conj(xp.matrix_transpose(result[2])))

    return svd


@wrong("linalg.qr", f"{TELLING}[linalg.qr]")
def qr_always_reduced(xp: Any, right: Any) -> Any:
    """`qr` ignores `mode`."""
    return lambda x, /, *, mode="reduced": right(x)


@wrong(
    "linalg.cholesky",
    "test_telling_calls.py::test_every_telling_call_agrees[linalg.cholesky]",
    on=JAXBackend,
)
def cholesky_always_lower(xp: Any, right: Any) -> Any:
    """`cholesky` ignores `upper`."""
    return lambda x, /, *, upper=False: right(x)


@wrong("linalg.cholesky", f"{TELLING}[linalg.cholesky]", on=PyTorchBackend)
def cholesky_transposed_for_upper(xp: Any, right: Any) -> Any:
    """`cholesky` transposes the lower factor, without conjugating it."""
    return lambda x, /, *, upper=False: xp.matrix_transpose(right(x)) if upper else right(x)


@wrong("linalg.slogdet", agrees("linalg.slogdet"))
def slogdet_without_sign(xp: Any, right: Any) -> Any:
    """The sign of `slogdet` is always 1."""

    def slogdet(x: Any, /) -> Any:
        result = right(x)
        return result._replace(sign=np.ones_like(result.sign))

    return slogdet


@wrong("linalg.solve", f"{TELLING}[linalg.solve]", on=PyTorchBackend)
def solve_for_a_stack_of_vectors(xp: Any, right: Any) -> Any:
    """`solve` takes a matrix on the right for a stack of vectors, as PyTorch does."""

    def solve(x1: Any, x2: Any, /) -> Any:
        if x1.ndim == 3 and x2.ndim == 2 and x2.shape == x1.shape[:-1]:
            return right(x1, x2[..., None])[..., 0]
        return right(x1, x2)

    return solve


@wrong("linalg.inv", "test_contract.py::test_capability_raises_on_singular_is_true")
def inverse_of_a_singular_matrix(xp: Any, right: Any) -> Any:
    """`inv` gives the pseudo-inverse of a singular matrix."""
    return lambda x, /: np.linalg.pinv(x)


@wrong("linalg.matrix_rank", f"{TELLING}[linalg.matrix_rank]")
def rank_without_rtol(xp: Any, right: Any) -> Any:
    """`matrix_rank` ignores `rtol`."""
    return lambda x, /, *, rtol=None: right(x)


@wrong("linalg.pinv", f"{TELLING}[linalg.pinv]")
def pinv_without_rtol(xp: Any, right: Any) -> Any:
    """`pinv` ignores `rtol`."""
    return lambda x, /, *, rtol=None: right(x)
