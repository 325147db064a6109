"""Prove that a backend keeps the promises of `arraybackends.protocol.ArrayBackend`.

    pytest --pyargs arraybackends_conformance --arraybackends-backend=NAME

runs every law on any installed backend, shipped or third-party. `operations` is the table of what
every member must compute, `generation` draws inputs, `comparison` and `tolerance` say when two
results are the same, `ledger` lists the known differences, and the `test_*` modules are the laws.
"""
