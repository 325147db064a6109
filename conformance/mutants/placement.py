"""Results that are not where their arguments are, and false claims."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from arraybackends.adapters import JAXBackend, NumPyBackend, PyTorchBackend, StrictBackend
from arraybackends.protocol import Capabilities
from mutants.declaration import killed_by, wrong

DEVICES = "test_placement.py::test_results_stay_with_their_arguments"
CONTRACT = "test_contract.py::"


def _brought_home(xp: Any, right: Any) -> Any:
    def function(*args: Any, **options: Any) -> Any:
        result = right(*args, **options)
        return xp.to_device(result, xp.device) if xp.is_array(result) else result

    return function


@wrong("tril", f"{DEVICES}[tril]", on=StrictBackend)
def tril_comes_home(xp: Any, right: Any) -> Any:
    """`tril` gives its result on the default device."""
    return _brought_home(xp, right)


@wrong("einsum", f"{DEVICES}[einsum]", on=StrictBackend)
def einsum_comes_home(xp: Any, right: Any) -> Any:
    """`einsum` gives its result on the default device."""
    return _brought_home(xp, right)


@wrong("searchsorted", f"{DEVICES}[searchsorted]", on=StrictBackend)
def searchsorted_comes_home(xp: Any, right: Any) -> Any:
    """`searchsorted` gives its result on the default device."""
    return _brought_home(xp, right)


@wrong("fft.fft", f"{DEVICES}[fft.fft]", on=StrictBackend)
def fft_comes_home(xp: Any, right: Any) -> Any:
    """`fft` gives its result on the default device."""
    return _brought_home(xp, right)


@wrong("linalg.expm", f"{DEVICES}[linalg.expm]", on=StrictBackend)
def expm_comes_home(xp: Any, right: Any) -> Any:
    """`expm` gives its result on the default device."""
    return _brought_home(xp, right)


@wrong("full_like", f"{DEVICES}[full_like]", on=StrictBackend)
def full_like_comes_home(xp: Any, right: Any) -> Any:
    """`full_like` makes its result on the default device."""
    return lambda x, fill_value, /, *, dtype=None, device=None: right(
        x, fill_value, dtype=dtype, device=device or xp.device
    )


@wrong("at", "test_placement.py::test_loops_and_updates_stay_where_they_are", on=StrictBackend)
def updates_come_home(xp: Any, right: Any) -> Any:
    """`at` gives its results on the default device."""

    def at(x: Any, /) -> Any:
        class Update:
            def __getitem__(self, index: Any) -> Any:
                chosen = right(x)[index]

                class Methods:
                    def __getattr__(self, name: str) -> Any:
                        return _brought_home(xp, getattr(chosen, name))

                return Methods()

        return Update()

    return at


@wrong("grad", "test_placement.py::test_derivatives_stay_where_they_are", on=StrictBackend)
def gradients_come_home(xp: Any, right: Any) -> Any:
    """`grad` gives gradients on the default device."""
    return lambda fn, /, **options: _brought_home(xp, right(fn, **options))


@killed_by("test_placement.py::test_draws_are_on_the_device_of_the_backend")
class DrawsAtHome(StrictBackend):
    """`randn` draws on the default device."""

    def randn(self, shape: Any, /, *, seed: Any = None) -> Any:
        return self.to_device(super().randn(shape, seed=seed), "CPU_DEVICE")


@killed_by("test_claims.py::test_device_is_part_of_the_identity")
class ForgetsItsDevice(StrictBackend):
    """Pickling loses the device."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (ForgetsItsDevice, (), {})

    def __setstate__(self, state: Any) -> None:
        pass


@killed_by("test_placement.py::test_what_is_listed_can_be_hashed")
class ListsItsDevices(NumPyBackend):
    """`devices` is a list, which cannot be hashed."""

    def devices(self) -> Any:
        return ["cpu"]


@killed_by("test_placement.py::test_capability_max_dimensions_is_exact", error=ValueError)
class ClaimsManyDimensions(NumPyBackend):
    """Claims no limit of dimensions (`max_dimensions`)."""

    _capabilities = dataclasses.replace(NumPyBackend._capabilities, max_dimensions=None)


@killed_by("test_placement.py::test_capability_max_dimensions_is_exact")
class ClaimsFewDimensions(NumPyBackend):
    """Claims at most 8 dimensions (`max_dimensions`)."""

    _capabilities = dataclasses.replace(NumPyBackend._capabilities, max_dimensions=8)


@killed_by("test_placement.py::test_capability_data_dependent_shapes_is_not_understated")
class ClaimsNoDataDependentShapes(NumPyBackend):
    """Claims no data-dependent shapes, so that what needs them is not asked."""

    _capabilities: Capabilities = dataclasses.replace(
        NumPyBackend._capabilities, data_dependent_shapes=False
    )


@killed_by("test_transforms.py::test_jit_status")
class ClaimsNotToCompile(JAXBackend):
    """Claims that `jit` does nothing."""

    _capabilities = dataclasses.replace(JAXBackend._capabilities, jit=False)


@killed_by("test_placement.py::test_capability_devices_differ_is_not_understated")
class ClaimsOneDevice(StrictBackend):
    """Claims one device, so that mixtures are not tried."""

    _capabilities = dataclasses.replace(StrictBackend._capabilities, devices_differ=False)


@killed_by(CONTRACT + "test_selection_changes_no_global_default")
class PrintsItsOwnWay(NumPyBackend):
    """Selecting it changes how NumPy prints (a global default)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        np.set_printoptions(precision=np.get_printoptions()["precision"] - 1 or 8)


@killed_by(CONTRACT + "test_with_options_changes_only_what_is_named")
class ChangesItself(NumPyBackend):
    """`with_options` changes the backend itself."""

    def with_options(self, *, device: Any = None, precision: Any = None) -> Any:
        if precision is not None:
            self.__dict__["precision"] = precision
        return self


@killed_by("test_dtypes.py::test_iinfo")
class NarrowLimits(NumPyBackend):
    """`iinfo` is symmetric."""

    def iinfo(self, dtype: Any, /) -> Any:
        right = np.iinfo(self._native_dtype(dtype))

        class Limits:
            bits, max, dtype = right.bits, right.max, right.dtype
            min = -right.max if right.min else 0

        return Limits()


@wrong("isdtype", "test_dtypes.py::test_every_dtype_is_of_its_kinds", on=PyTorchBackend)
def complex_numbers_are_not_numeric(xp: Any, right: Any) -> Any:
    """`isdtype` of complex dtypes with "numeric" is false."""
    return lambda dtype, kind: (
        right(dtype, kind) and not (kind == "numeric" and right(dtype, "complex floating"))
    )


@wrong("can_cast", "test_dtypes.py::test_every_pair_of_dtypes_promotes", on=JAXBackend)
def narrowing_is_a_cast(xp: Any, right: Any) -> Any:
    """`can_cast` of float64 to float32 is true."""
    return lambda from_, to, /: (
        right(from_, to) or (xp.isdtype(to, "real floating") and xp.isdtype(
            getattr(from_, "dtype", from_), "real floating"))
    )  # fmt: skip
