"""Other libraries: circuits and observables from and to them, layers and optimisers.

Each module needs its library, and imports it. `qiskit`, `cirq`, `pennylane` and `openfermion` read
and write; nothing is skipped or approximated: an operation that the other side does not have is
refused by its name. `torch` has circuits as layers, `optimize` the minimisers of SciPy and Optax.
"""
