"""Backends that say wrong things about themselves, or raise the wrong errors."""

from __future__ import annotations

import dataclasses
from typing import Any

from arraybackends import DTypeError, ShapeError
from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend
from arraybackends.protocol import Capabilities
from mutants.declaration import killed_by, wrong

CONTRACT = "test_contract.py::"


def _claims(right: Any, **flags: bool) -> Capabilities:
    return dataclasses.replace(right._capabilities, **flags)


@killed_by(CONTRACT + "test_equality_and_hash")
class IsEqualByName(NumPyBackend):
    """Backends are equal if their names are, whatever their precision."""

    def _key(self) -> tuple[Any, ...]:
        return (self.name,)


@killed_by(CONTRACT + "test_equality_and_hash")
class HashesByIdentity(NumPyBackend):
    """Equal backends have different hashes."""

    __eq__ = NumPyBackend.__eq__

    def __hash__(self) -> int:
        return id(self)


@killed_by(CONTRACT + "test_copies_are_the_same_backend")
class ForgetsItsPrecision(NumPyBackend):
    """Pickling loses the precision."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (ForgetsItsPrecision, ())


@killed_by(CONTRACT + "test_repr_tells_device_and_precision")
class HidesItsDevice(NumPyBackend):
    """The repr does not tell the device."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(precision={self.precision!r})"


@killed_by(CONTRACT + "test_is_immutable")
class CanBeChanged(NumPyBackend):
    """Attributes can be set."""

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__[name] = value


@killed_by("test_claims.py::test_version_is_that_of_the_library")
class HasItsOwnVersion(NumPyBackend):
    """`library_version` is the adapter's."""

    library_version = "1.0.0"


@killed_by(CONTRACT + "test_capability_raises_on_singular_is_true")
class ClaimsToRaise(JAXBackend):
    """Claims to raise on singular matrices."""

    _capabilities = _claims(JAXBackend, raises_on_singular=True)


@killed_by(CONTRACT + "test_capability_immutable_is_true")
class ClaimsToBeImmutable(NumPyBackend):
    """Claims that arrays cannot be written to."""

    _capabilities = _claims(NumPyBackend, immutable=True)


@killed_by("test_claims.py::test_capability_autodiff_is_true")
class ClaimsNotToDifferentiate(PyTorchBackend):
    """Claims that derivatives are differences, so that tolerances are wide."""

    _capabilities = _claims(PyTorchBackend, autodiff=False)


@killed_by("test_claims.py::test_capability_vmap_is_true")
class ClaimsToVectorise(NumPyBackend):
    """Claims that `vmap` is native."""

    _capabilities = _claims(NumPyBackend, vmap=True)


@wrong("linalg.inv", "test_errors.py::test_shapes_that_do_not_fit_are_a_shape_error[inv]",
       error=TypeError)  # fmt: skip
def inverse_of_a_rectangle_is_a_type_error(xp: Any, right: Any) -> Any:
    """`inv` of a matrix that is not square raises TypeError."""

    def inv(x: Any, /) -> Any:
        try:
            return right(x)
        except ShapeError as error:
            raise TypeError(str(error)) from error

    return inv


@wrong("mean", "test_errors.py::test_dtypes_outside_an_operations_domain_are_a_dtype_error"
       "[mean of integers]")  # fmt: skip
def mean_of_integers(xp: Any, right: Any) -> Any:
    """`mean` takes integers."""

    def mean(x: Any, /, **options: Any) -> Any:
        try:
            return right(x, **options)
        except DTypeError:
            return right(x.astype("float64"), **options)

    return mean


@wrong("sum", "test_errors.py::test_axes_that_are_not_there_are_an_axis_error"
       "[sum repeated from both ends]")  # fmt: skip
def sum_forgives_repeated_axes(xp: Any, right: Any) -> Any:
    """`sum` takes an axis named twice once."""

    def sum_(x: Any, /, *, axis: Any = None, **options: Any) -> Any:
        if isinstance(axis, tuple):
            axis = tuple({i % x.ndim for i in axis})
        return right(x, axis=axis, **options)

    return sum_
