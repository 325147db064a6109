"""Who takes part: this library on its backends, and the simulators that it is compared with."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from benchmarks.turns import Run

__all__ = ["CONTESTANTS", "OURS", "Contestant"]


class Contestant(NamedTuple):
    """
    Who takes part.

    Attributes
    ----------
    module : str
        Module of this package that knows how.
    library : str
        What that imports.
    distribution : str
        What pip installs.
    how : str
        Chooses among the ways that the module knows, if there are several.
    """

    module: str
    library: str
    distribution: str
    how: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether this environment has the library."""
        return find_spec(self.library) is not None

    def load(self) -> Callable[..., Sequence[Run]]:
        """Import the library; the function takes workload, precision and number of threads."""
        runs = importlib.import_module(f"{__name__}.{self.module}").runs
        return functools.partial(runs, how=self.how) if self.how else runs


OURS = {
    f"arraybackends {how}": Contestant("ours", library, library, how)
    for how, library in {
        "numpy": "numpy",
        "pytorch": "torch",
        "jax": "jax",
        "pytorch compiled": "torch",
        "jax eager": "jax",
        "numpy state": "numpy",
        "pytorch state": "torch",
    }.items()
}
"""This library. What comes after the backend's name is for single workloads."""

CONTESTANTS = OURS | {
    "qsim": Contestant("qsim", "qsimcirq", "qsimcirq"),
    "qulacs": Contestant("qulacs", "qulacs", "qulacs"),
    "Aer": Contestant("aer", "qiskit_aer", "qiskit-aer"),
    "Lightning": Contestant("lightning", "pennylane_lightning", "pennylane-lightning"),
    "default.qubit": Contestant("pennylane", "pennylane", "pennylane"),
    "TensorCircuit-NG numpy": Contestant(
        "tensorcircuit", "tensorcircuit", "tensorcircuit-ng", "numpy"
    ),
    "TensorCircuit-NG pytorch": Contestant(
        "tensorcircuit", "tensorcircuit", "tensorcircuit-ng", "pytorch"
    ),
    "TensorCircuit-NG jax": Contestant("tensorcircuit", "tensorcircuit", "tensorcircuit-ng", "jax"),
    "deepquantum": Contestant("deepquantum", "deepquantum", "deepquantum"),
    "pyqtorch": Contestant("pyqtorch", "pyqtorch", "pyqtorch"),
}
