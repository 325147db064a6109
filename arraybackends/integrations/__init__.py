"""Circuits and observables of other libraries: readers and writers.

Each module needs its library, and imports it: `qiskit`, `cirq`, `pennylane`, `openfermion`. Nothing
is skipped or approximated: an operation that the other side does not have is refused by its name.
"""
