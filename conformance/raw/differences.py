"""In what the libraries differ from the contract, row by row, and the law that must say so.

The rows are those of the project's catalogue of measured differences (docs/differences.md has the
ones that we repair). A library that the contract agrees with in a row, or of which the row says
that its behaviour is outside the contract, is not listed in that row.
"""

from __future__ import annotations

from typing import NamedTuple

from raw import adapters

__all__ = ["DIFFERENCES", "LIBRARIES", "Difference"]

LIBRARIES = {
    "numpy": adapters.RawNumPy,
    "pytorch": adapters.RawPyTorch,
    "jax": adapters.RawJAX,
    "jax, 64 bits off": adapters.RawNarrowJAX,
}

ALL = ("numpy", "pytorch", "jax")
JAX_OFF = "jax, 64 bits off"


class Difference(NamedTuple):
    """One row of the catalogue for some libraries: what differs, and the law that fails on them."""

    row: str
    what: str
    libraries: tuple[str, ...]
    law: str


def _ledger(row: str) -> str:
    return f"test_ledger.py::test_contract_holds_all_the_same[{row}]"


def _shape(case: str) -> str:
    return f"test_errors.py::test_shapes_that_do_not_fit_are_a_shape_error[{case}]"


def _axis(case: str) -> str:
    return f"test_errors.py::test_axes_that_are_not_there_are_an_axis_error[{case}]"


def _dtype(case: str) -> str:
    return f"test_errors.py::test_dtypes_outside_an_operations_domain_are_a_dtype_error[{case}]"


def _told(name: str) -> str:
    return f"test_telling_calls.py::test_every_telling_call_agrees[{name}]"


DIFFERENCES = (
    # Dtypes and promotion
    Difference("1", "the default float is float32", ("pytorch",), _ledger("pytorch-default-dtype")),
    Difference("2", "the default complex is complex64", ("pytorch",), _told("asarray")),
    Difference("3", "the default integer is int32", (JAX_OFF,), _told("asarray")),
    Difference("4", "float64 data become float32 in silence", (JAX_OFF,),
               "test_dtypes.py::test_the_dtype_of_data_is_kept"),
    Difference("5", "integers beyond 32 bits are an OverflowError", (JAX_OFF,),
               "test_large_integers.py::test_large_numbers_of_python_are_taken_whole"),
    Difference("6", "numbers of Python stay weak", ("jax",), _ledger("jax-weak-types")),
    Difference("11, 12", "integers are divided to floats", ALL, _dtype("divide of integers")),
    Difference("15, 16", "wide unsigned integers have no arithmetic", ("pytorch",),
               "test_contract.py::test_capability_unsigned_arithmetic_is_true"),
    Difference("18", "roots of integers are floats of some width", ALL,
               _dtype("sqrt of integers")),
    Difference("21", "contractions do not promote", ("pytorch",),
               _ledger("pytorch-einsum-promotion")),
    Difference("23", "names are no dtypes", ("pytorch",),
               "test_dtypes.py::test_every_spelling_is_understood[float32]"),
    Difference("24", "limits are no Python floats or dtypes", ALL, "test_dtypes.py::test_finfo"),
    # Integers and booleans
    Difference("29", "negative powers of integers are 0 or garbage", ("pytorch", "jax"),
               "test_errors.py::test_negative_powers_of_integers_are_an_error"),
    Difference("32", "the error of True - True is not ours", ALL,
               _dtype("difference of booleans")),
    Difference("36", "argmax has no booleans", ("pytorch",),
               _ledger("pytorch-argmax-of-booleans")),
    # Reductions
    Difference("39", "sums of small integers are int32", (JAX_OFF,), _told("sum")),
    Difference("42", "the mean of integers is no DTypeError", ALL, _dtype("mean of integers")),
    Difference("44", "fractional corrections are refused", ("pytorch",), _told("std")),
    Difference("47", "the error of the maximum of nothing is not ours", ALL,
               _shape("max of nothing")),
    Difference("52", "full reductions are scalars of NumPy", ("numpy",),
               _ledger("numpy-scalar-reductions")),
    # Sorting, searching, sets
    Difference("62", "unique_all is missing", ("pytorch",), _ledger("pytorch-unique-all")),
    Difference("64", "positions are int32", ("jax",), _ledger("jax-searchsorted-dtype")),
    # Errors, axes, shapes
    Difference("66", "each has an error of its own for shapes that do not fit", ALL,
               _shape("add")),
    Difference("67", "and for axes that are not there", ALL, _axis("sum")),
    Difference("68", "and for repeated axes", ALL, _axis("sum repeated")),
    Difference("69", "and for axes that are too long to be squeezed", ALL, _shape("squeeze")),
    Difference("70", "and for unknown lengths of nothing", ALL,
               _shape("reshape unknown of nothing")),
    # Indexing and updates
    Difference("81, 82, 83, 84", "indices out of bounds are clamped, filled, wrapped or dropped",
               ("pytorch", "jax"), "test_claims.py::test_capability_checks_bounds_is_true"),
    Difference("87", "indices of uint8 are a mask", ("pytorch",),
               "test_indices.py::test_every_integer_dtype_is_an_index[uint8]"),
    Difference("90", "arrays cannot be written to", ("jax",),
               "test_contract.py::test_capability_immutable_is_true"),
    Difference("91", "repeated indices add once", ("numpy", "pytorch"),
               "test_updates.py::test_every_update_of_every_index[array-add]"),
    Difference("92", "what is set is truncated, and imaginary parts are dropped",
               ("numpy", "pytorch"), "test_ownership.py::test_values_must_fit"),
    # Memory and interoperation
    Difference("94", "another library's memory is shared", ("pytorch",),
               "test_conversion.py::test_dlpack_of_numpy_arrays"),
    Difference("95", "later writes to the source are seen", ("jax",),
               "test_ownership.py::test_large_foreign_memory_is_copied"),
    Difference("97", "NumPy's memory is shared", ("pytorch",),
               "test_conversion.py::test_array_copies"),
    Difference("98", "read-only memory is written to", ("pytorch",),
               "test_conversion.py::test_takes_read_only_numpy_data"),
    Difference("99", "copy=False copies", ("jax",), _ledger("jax-copy-false")),
    Difference("100", "arrays of other libraries are read as bytes", ("pytorch",),
               "test_conversion.py::test_arrays_of_other_backends_are_refused"),
    Difference("101", "float64 from other libraries becomes float32", (JAX_OFF,),
               "test_conversion.py::test_dlpack_round_trips[float64]"),
    Difference("102", "memory with strides of 0 is refused", ("jax",),
               "test_ownership.py::test_foreign_memory_of_any_layout[stride-0]"),
    Difference("103", "tracked and read-only arrays do not become plain ones", ("pytorch",),
               "test_conversion.py::test_to_numpy_resolves_views"),
    Difference("103", "the host's copy cannot be written to", ("jax",),
               "test_conversion.py::test_to_numpy_gives_a_fresh_writable_array"),
    Difference("104", "negative strides are refused", ("pytorch",),
               "test_conversion.py::test_takes_numpy_data_of_any_layout[negative-strides]"),
    Difference("104", "the other byte order is refused", ("pytorch", "jax"),
               "test_conversion.py::test_takes_numpy_data_of_any_layout[big-endian]"),
    Difference("105", "arrays of two libraries are mixed", ("jax", "numpy"),
               "test_ownership.py::test_arrays_of_two_libraries_are_not_mixed[add]"),
    # Floating point and complex numbers
    Difference("107", "subnormal numbers are 0", ("jax",),
               "test_contract.py::test_capability_flushes_subnormals_is_true"),
    Difference("108", "complex gradients are conjugated", ("jax",),
               _ledger("jax-complex-gradient")),
    Difference("109", "the magnitude of inf + nan j is NaN", ("jax",),
               _ledger("jax-abs-of-infinity")),
    Difference("110", "the root has the wrong side of the cut", ("jax",),
               _ledger("jax-sqrt-branch")),
    Difference("rule 1", "floor_divide of infinities is NaN", ("numpy",),
               _ledger("numpy-floor-divide-infinity")),
    # Linear algebra
    Difference("L1, L2", "singular matrices have inverses", ("jax",),
               "test_contract.py::test_capability_raises_on_singular_is_true"),
    Difference("L4", "real eigenvalues are real", ("numpy",), _ledger("numpy-real-eigvals")),
    Difference("L7", "a matrix is taken for a stack of vectors, or its error is not ours", ALL,
               _shape("solve of a stack of vectors")),
    Difference("L8", "norms of integers are floats", ALL, _dtype("norm of integers")),
    Difference("L8", "inverses of integers are floats", ALL, _dtype("inverse of integers")),
    Difference("L9", "the rank of nothing is an error", ("jax",), _ledger("jax-rank-of-nothing")),
)  # fmt: skip
